//! For tests only: what expressions mean, as tables of expressions and their values.

use super::EvalErrorKind;
use super::trial::{Trial, parse, table};

const SCOPE: &str = r#"{"a": 1, "b": 2, "half": 0.5, "big": 9223372036854775807, "s": "text", "t": true, "n": null,
    "items": [3, 1, 2], "body": {"models": {"version": 7, "id": 3}, "list": [{"id": 1}, {"id": 2}]},
    "steps": {"deploy": {"status": 200, "body": {"x": 1}}, "gone": "step `gone` was skipped"}}"#;

#[test]
fn operators_are_json_and_python_where_json_is_silent() {
    let rows = [
        ("a + b * 3", "7"),
        ("(a + b) * 3", "9"),
        ("-a", "-1"),
        ("b ** 3", "8"),
        ("b ** -1", "0.5"),
        ("7 / 2", "3.5"),
        ("4 / 2", "2.0"),
        ("-7 // 2", "-4"),
        ("7 // -2", "-4"),
        ("-7 % 3", "2"),
        ("7 % -3", "-2"),
        ("half * 2", "1.0"),
        ("big + 1", "9223372036854775808"),
        ("18446744073709551615 - 1", "18446744073709551614"),
        ("s ~ a ~ t", "\"text1true\""),
        ("s + '!'", "\"text!\""),
        ("items + [4]", "[3,1,2,4]"),
        ("s * 2", "\"texttext\""),
        ("[0] * 3", "[0,0,0]"),
        ("1 == 1.0", "true"),
        ("1 == true", "false"),
        ("n == null", "true"),
        ("n == none", "true"),
        ("'1' == 1", "false"),
        ("{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", "true"),
        ("1 != 2", "true"),
        ("1 < 2 <= 2 < 3", "true"),
        ("1 < 2 > 5", "false"),
        ("'a' < 'b'", "true"),
        ("2 in items", "true"),
        ("9 not in items", "true"),
        ("'ex' in s", "true"),
        ("'models' in body", "true"),
        ("true and not false", "true"),
        ("false or t", "true"),
        ("not 1 == 2", "true"),
        ("1 if t else 2", "1"),
        ("1 if not t else 2", "2"),
        ("[a, [b], {'k': s}]", "[1,[2],{\"k\":\"text\"}]"),
        ("(1, 2)", "[1,2]"),
        ("{1: 'x'}", "{\"1\":\"x\"}"),
    ];
    table(&Trial::of(SCOPE), &rows);
}

#[test]
fn what_has_no_value_is_an_error_that_says_why() {
    let rows = [
        ("1 / 0", "!`/` by zero"),
        ("1 % 0", "!`%` by zero"),
        ("big * big", "!does not fit into 64 bits"),
        ("2 ** 1000000", "!does not fit into 64 bits"),
        ("10.0 ** 1000", "!not a finite number"),
        ("-(2 ** 63) - 1", "!does not fit into 64 bits"),
        ("'x' * 10 ** 9", "!too much text"),
        ("items * 10 ** 9", "!too long a list"),
        ("range(10 ** 9)", "!too"),
        ("s + 1", "!`~` joins any values as text"),
        ("1 < 'a'", "!a number and a string have no order"),
        ("t < true", "!a boolean and a boolean have no order"),
        ("n ~ 'x'", "!`null` cannot stand in text"),
        ("1 and t", "!a condition is `true` or `false`, and this is a number"),
        ("not items", "!write `items | length > 0`"),
        ("1 in a", "!nothing can be in a number"),
        ("a if false", "!there is no `else`"),
        ("steps", "!name a step"),
    ];
    table(&Trial::of(SCOPE), &rows);
}

#[test]
fn members_items_and_slices_follow_python() {
    let rows = [
        ("body.models.version", "7"),
        ("body['models']['version']", "7"),
        ("body.list[-1].id", "2"),
        ("body.list.0.id", "1"),
        ("items[1:]", "[1,2]"),
        ("items[:-1]", "[3,1]"),
        ("items[::-1]", "[2,1,3]"),
        ("items[::2]", "[3,2]"),
        ("items[5:9]", "[]"),
        ("s[1:3]", "\"ex\""),
        ("s[0]", "\"t\""),
        ("steps.deploy.status", "200"),
        ("steps['deploy'].body.x", "1"),
        ("steps['dep' ~ 'loy'].status", "200"),
        ("steps[s].status", "!there is no step `text`"),
        (
            "body.models.versoin",
            "!`body.models` has no `versoin`; its keys are `version`, `id` did you mean `version`?",
        ),
        ("body.list[2]", "!`body.list` has no `[2]`; it has 2 items, `[0]` to `[1]`"),
        ("body.list.id", "!write `body.list[0].id`"),
        ("items.length", "!write `items | length`"),
        ("n.x", "!`n` is null and has no `x`"),
        ("boby.x", "!`boby` is not defined here did you mean `body`?"),
        (
            "steps.deploy.stauts",
            "!`steps.deploy` has no `stauts`; its keys are `status`, `body` did you mean `status`?",
        ),
        ("steps.gone.x", "!`steps.gone.x` has no value: step `gone` was skipped"),
    ];
    table(&Trial::of(SCOPE), &rows);
}

#[test]
fn only_defined_and_default_catch_what_is_not_there() {
    let rows = [
        ("x is defined", "false"),
        ("x is undefined", "true"),
        ("x is not defined", "true"),
        ("body.nope.deeper is defined", "false"),
        ("n is defined", "true"),
        ("steps.gone.x is defined", "false"),
        ("x | default(5)", "5"),
        ("x | default", "\"\""),
        ("a | default(5)", "1"),
        ("n | default(5)", "null"),
        ("n | default(5, true)", "5"),
        ("'' | default('d', boolean=true)", "\"d\""),
        ("body.nope.x | default([])", "[]"),
        ("x == 1", "!not defined"),
        ("(1 / 0) | default(3)", "!by zero"),
        ("x | default(y)", "!`y` is not defined"),
    ];
    table(&Trial::of(SCOPE), &rows);
}

#[test]
fn an_error_points_at_the_part_that_has_no_value() {
    let scope = Trial::of(SCOPE);
    let place = |expression: &str| {
        let span = scope.fails(expression).span;
        expression[span.start as usize - 100..span.end as usize - 100].to_owned()
    };
    assert_eq!(place("a == body.models.nope.x"), "body.models.nope");
    assert_eq!(place("[1, 2 + s, 3]"), "2 + s");
    assert_eq!(place("(a + b) * (s + 1)"), "s + 1");
    assert_eq!(place("1 + (a + s) * 2"), "a + s");
    assert_eq!(place("body.list[7].id == 3"), "body.list[7]");
    assert_eq!(scope.fails("a.x").kind, EvalErrorKind::Undefined);
    assert_eq!(scope.fails("steps.gone").kind, EvalErrorKind::Unavailable);
    assert_eq!(scope.fails("s < 1").kind, EvalErrorKind::Type);
}

#[test]
fn a_condition_that_is_no_boolean_says_what_to_write() {
    let error = parse("items").holds(&Trial::of(SCOPE)).expect_err("an array is no condition");
    assert_eq!(error.message, "a condition is `true` or `false`, and this is an array");
    assert_eq!(error.help.as_deref(), Some("write `items | length > 0`"));
    assert_eq!(parse("{{ a == 1 }}").holds(&Trial::of(SCOPE)), Ok(true));
}
