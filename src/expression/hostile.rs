//! For tests only: text that nobody means, and as much of it as fits.

use std::time::{Duration, Instant};

use minijinja::machinery::{ast, parse};
use minijinja::syntax::SyntaxConfig;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::trial::{Trial, parse as parsed, text};
use super::{Expr, Piece, Template};

const SCOPE: &str = r#"{"a": 1, "b": [1, "x", null, {"c": 2.5}], "s": "text", "t": true, "n": null,
    "steps": {"a": {"status": 200}}}"#;

const WORDS: &[&str] = &[
    "a", "b", "s", "t", "n", "x", "steps", "1", "0", "2.5", "'q'", "\"é\"", "true", "null", "(", ")", "[", "]", "{",
    "}", "{{", "}}", "{#", "#}", "{%", "%}", ".", ",", ":", "|", "+", "-", "*", "/", "//", "**", "%", "~", "==", "!=",
    "<", ">=", "=", " and ", " or ", " not ", " in ", " is ", " if ", " else ", "upper", "default", "tojson", "map",
    "defined", "length", "range", "uuid", "matches", "join", "$", "!", "&&", "?", "\\", "'", "\n", " ", "é",
];

/// Fragments of expressions, put together at random: most are wrong, many are not.
fn fragments() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(WORDS), 0..24).prop_map(|parts| parts.concat())
}

fn outcome(source: &str) -> String {
    let scope = Trial::of(SCOPE);
    let expression = Expr::parse(&text(source))
        .map(|expression| (expression.evaluate(&scope), expression.explain(&scope), expression.references().to_vec()));
    let template =
        Template::parse(&text(source)).map(|template| (template.render(&scope), template.render_text(&scope)));
    format!("{expression:?} {template:?}")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn random_fragments_never_panic_and_always_give_the_same(source in fragments()) {
        prop_assert_eq!(outcome(&source), outcome(&source));
    }

    #[test]
    fn random_text_never_panics(source in "\\PC{0,40}") {
        outcome(&source);
    }

    #[test]
    fn templates_are_cut_where_minijinja_cuts_them(source in fragments()) {
        let Ok(template) = Template::parse(&text(&source)) else { return Ok(()) };
        let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build().expect("a syntax");
        let Ok(ast::Stmt::Template(theirs)) = parse(&source, "", syntax) else {
            prop_assert!(false, "minijinja refuses {source}");
            return Ok(());
        };
        let mut expected = vec![String::new()];
        for child in &theirs.children {
            match child {
                ast::Stmt::EmitRaw(raw) => expected.last_mut().expect("never empty").push_str(raw.raw),
                _ => expected.push(String::new()),
            }
        }
        let mut found = vec![String::new()];
        for piece in template.pieces() {
            match piece {
                Piece::Text { text, .. } => found.last_mut().expect("never empty").push_str(text),
                Piece::Expr(_) => found.push(String::new()),
            }
        }
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn what_is_nested_or_chained_without_end_is_refused_and_needs_no_stack() {
    for (before, middle, after) in [
        ("(", "a", ")"),
        ("[", "a", "]"),
        ("not ", "t", ""),
        ("-", "1", ""),
        ("- ", "1", ""),
        ("a + ", "a", ""),
        ("a ** ", "a", ""),
        ("{'k': ", "a", "}"),
        ("a if t else ", "a", ""),
        ("b[", "0", "]"),
        ("", "a", ".b"),
        ("", "a", "[0]"),
        ("", "a", " | upper"),
        ("", "a", " is defined"),
        ("range(", "1", ")"),
        ("t and ", "t", ""),
        ("", "a", "()"),
        ("1 < ", "2", ""),
    ] {
        for count in [10, 39, 100, 119, 200, 399, 5_000, 100_000] {
            outcome(&[&before.repeat(count), middle, &after.repeat(count)].concat());
        }
    }
}

#[test]
fn work_without_end_ends_in_an_error() {
    let scope = Trial::of(SCOPE);
    let started = Instant::now();
    for source in [
        "range(10 ** 18)",
        "range(-9223372036854775807, 9223372036854775807)",
        "('x' * 10 ** 6) * 10 ** 6",
        "'x' * 10 ** 8 ~ 'x' * 10 ** 8 ~ 'x' * 10 ** 8",
        "[[0] * 10 ** 6] * 10 ** 8",
        "9 ** 9 ** 9",
        "'%999999999d' | format(1)",
        "range(10 ** 6) | batch(1, 0) | map('string') | join('x' * 1000)",
        "'x' | indent(10 ** 12, true)",
        "'aa' | replace('a', 'x' * 10 ** 7) | replace('x', 'y' * 10 ** 7)",
        "s | matches('(a{1000}){1000}' ~ '')",
    ] {
        let error = parsed(source).evaluate(&scope).expect_err(source);
        assert!(!error.message.is_empty(), "{source}");
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
#[ignore = "a measurement: run with --nocapture"]
fn measure_parsing_and_rendering() {
    let scope = Trial::of(r#"{"p": "value", "q": 3}"#);
    let per = |name: &str, count: u32, work: &mut dyn FnMut()| {
        let started = Instant::now();
        (0..count).for_each(|_| work());
        println!("{name}: {:?}", started.elapsed() / count);
    };
    for source in ["{{ p }}", "name-{{ p }}-{{ q }}", "{{ p ~ '-' ~ q }}"] {
        let input = text(source);
        per(&format!("parse  {source}"), 100_000, &mut || drop(Template::parse(&input)));
        let template = Template::parse(&input).expect("a template");
        per(&format!("render {source}"), 100_000, &mut || drop(template.render(&scope)));
    }
    let condition = parsed("q == 3 and p is string");
    per("holds  q == 3 and p is string", 100_000, &mut || drop(condition.holds(&scope)));
}
