//! Tests of the module through its public face, in the language of its users: texts, documents, sentences.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::value::Value;

fn read(text: &str) -> Value {
    Value::read(text.as_bytes()).expect("the test's JSON is well-formed")
}

#[track_caller]
fn path(text: &str) -> Path {
    Path::parse(text).unwrap_or_else(|error| panic!("`{text}`: {error}"))
}

#[track_caller]
fn selects(text: &str, document: &str, wanted: &str) {
    let document = read(document);
    let found = Value::array(path(text).select(&document).into_iter().cloned().collect());
    assert_eq!(found, read(wanted), "`{text}` selects {found}");
    let located = path(text).locate(&document);
    assert_eq!(located.len(), found.as_array().map_or(0, <[Value]>::len));
    for (place, node) in located {
        assert_eq!(path(&place).select(&document), [node], "`{place}` does not lead back");
    }
}

/// Demands the underlined part, the message and the help of a refused text.
#[track_caller]
fn refuses(text: &str, underlined: &str, message: &str, help: Option<&str>) {
    let error = Path::parse(text).expect_err("the text is refused");
    let shown = (&text[error.range.clone()], error.message.as_str(), error.help.as_deref());
    assert_eq!(shown, (underlined, message, help), "`{text}`");
}

#[track_caller]
fn mends(text: &str, wanted: &str) {
    let help = Path::parse(text).expect_err("the text is refused").help;
    assert_eq!(help.as_deref(), Some(format!("write `{wanted}`").as_str()), "`{text}`");
}

#[track_caller]
fn misses(text: &str, document: &str, wanted: &str) -> Miss {
    let document = read(document);
    assert!(path(text).select(&document).is_empty(), "`{text}` selects something");
    let miss = path(text).explain_miss(&document);
    assert_eq!(miss.to_string(), wanted);
    miss
}

#[test]
fn slices_go_both_ways_and_a_step_of_zero_selects_nothing() {
    let document = "[0, 1, 2, 3, 4]";
    selects("$[1:4:2]", document, "[1, 3]");
    selects("$[::-2]", document, "[4, 2, 0]");
    selects("$[-2:]", document, "[3, 4]");
    selects("$[3:1:-1]", document, "[3, 2]");
    selects("$[::0]", document, "[]");
    selects("$[:9007199254740991:9007199254740991]", document, "[0]");
}

#[test]
fn descendants_come_parents_first_and_every_selector_at_each_of_them() {
    selects("$..['a','b']", r#"{"a": {"b": 1, "a": 2}, "b": 3}"#, r#"[{"b": 1, "a": 2}, 3, 2, 1]"#);
    selects("$..[0]", "[[1, [2]], 3]", "[[1, [2]], 1, 2]");
}

#[test]
fn filters_nest_and_see_the_root() {
    selects("$[?@[?@ > 1]]", "[[0, 1], [2], 3]", "[[2]]");
    selects("$.items[?@.id == $.wanted].name", r#"{"wanted": 2, "items": [{"id": 2.0, "name": "x"}]}"#, r#"["x"]"#);
    selects("$[?@.a == @.b]", r#"[{}, {"a": 1}, {"a": null}]"#, "[{}]");
    selects("$[?!@.a && (@.b || @.c)]", r#"[{"a": 1, "b": 1}, {"c": 0}, {}]"#, r#"[{"c": 0}]"#);
}

#[test]
fn comparison_keeps_types_apart_and_integers_exact() {
    selects("$[?@ == 1]", r#"[1, 1.0, true, "1", [1]]"#, "[1, 1.0]");
    selects("$[?@ < 'b']", r#"["a", "b", 0, null]"#, r#"["a"]"#);
    selects("$[?@ <= null]", "[null, false, 0]", "[null]");
    selects("$[?@ == 9007199254740991]", "[9007199254740992, 9007199254740991]", "[9007199254740991]");
}

#[test]
fn the_five_functions_work() {
    selects(
        "$[?length(@) == 2]",
        r#"["é😀", [1, 2], {"a": 1, "b": 2}, "abc", 2]"#,
        r#"["é😀", [1, 2], {"a": 1, "b": 2}]"#,
    );
    selects("$[?count(@.*) > 1]", "[[1], [1, 2]]", "[[1, 2]]");
    selects(
        "$[?value(@..a) == 1]",
        r#"[{"a": 1}, {"b": {"a": 1}}, {"a": 1, "b": {"a": 1}}]"#,
        r#"[{"a": 1}, {"b": {"a": 1}}]"#,
    );
    selects("$[?match(@, 'a|bc')]", r#"["a", "bc", "abc"]"#, r#"["a", "bc"]"#);
    selects("$.of[?search(@, $.by)]", r#"{"by": "b+", "of": ["abba", "aa"]}"#, r#"["abba"]"#);
    selects("$.of[?search(@, $.by)]", r#"{"by": "(", "of": ["("]}"#, "[]");
}

#[test]
fn a_path_knows_whether_it_is_singular_and_its_singular_beginning() {
    assert!(path("$").is_singular() && path("$.a[0]['b'][-1]").is_singular());
    assert!(!path("$.a[*]").is_singular() && !path("$['a','b']").is_singular() && !path("$..a").is_singular());
    assert_eq!(path("$.a[0] .b[?@.x].c").singular_prefix().text(), "$.a[0] .b");
    assert_eq!(path("$..a.b").singular_prefix().text(), "$");
    assert_eq!(path("$.a.b").singular_prefix().text(), "$.a.b");
    let prefix = path("$ .a['x]'][1:]").singular_prefix();
    assert_eq!((prefix.text(), prefix.select(&read(r#"{"a": {"x]": 1}}"#)).len()), ("$ .a['x]']", 1));
}

#[test]
fn a_literal_reads_back_as_the_value() {
    for text in ["null", "true", "-1.5", "1e300", "42", r#""it's \\ \"a\"\n\u0001é😀""#] {
        let value = read(text);
        let written = literal(&value).expect("a scalar has a literal");
        let document = Value::array(vec![value.clone()]);
        assert_eq!(path(&format!("$[?@ == {written}]")).select(&document), [&value], "{written}");
    }
    assert_eq!(literal(&read("[]")), None);
    assert_eq!(literal(&read(r#""\u0001'""#)).as_deref(), Some(r"'\u0001\''"));
}

#[test]
fn a_refused_text_says_where_and_what_was_expected() {
    let brackets = "expected `'name'`, an index, a slice, `*` or `?condition` in the brackets, found `name`";
    refuses("body.x", "body", "expected `$` at the start of the path, found `body`", Some("write `$.body.x`"));
    refuses("$[name]", "name", brackets, Some("write `$['name']`"));
    refuses("$.a.", "", "expected a name, `*` or `[…]`, found the end", None);
    refuses("$.a[", "[", "expected `]` to close this", None);
    refuses("$['x", "'", "expected `'` to close this string", None);
    refuses("$.a[007]", "007", "expected an integer without leading zeros", None);
    let range = "expected an integer between -9007199254740991 and 9007199254740991";
    refuses("$[9007199254740992]", "9007199254740992", range, None);
    refuses("$[?@ == 9007199254740992]", "9007199254740992", range, None);
    let operators = "expected `==`, `!=`, `<`, `<=`, `>` or `>=`, found `=`";
    refuses("$[?@.a = 'x=y']", "=", operators, Some("write `$[?@.a == 'x=y']`"));
    let control = "unexpected control character U+000A in a string";
    refuses("$['a\nb']", "\n", control, Some(r"write it as `\u000a`"));
}

#[test]
fn an_ill_typed_text_is_refused_at_the_call() {
    let many = "`count(…)` makes many nodes a number, `value(…)` gives the value where there is one";
    let wanted = "expected `length` to be given a value: a literal, or a path to one node";
    refuses("$[?@.x && length(@.*) > 1]", "length(@.*)", wanted, Some(many));
    let given = "expected `count` to be given a path from `@` or `$`";
    refuses("$[?count(1) > 1]", "count(1)", given, None);
    let condition = "`match` is a condition by itself and cannot be compared";
    let write = "write `match(…)` for true and `!match(…)` for false";
    refuses("$[?match(@.a, 'x') == true]", "match(@.a, 'x')", condition, Some(write));
    let value = "`length` yields a value, which is no condition by itself";
    refuses("$[?length(@.a)]", "length(@.a)", value, Some("compare it: `length(@.a) == …`"));
    refuses("$[?match(@.a)]", "match(@.a)", "`match` takes 2 arguments, found 1", None);
    refuses("$[?lenght(@) > 1]", "lenght", "there is no function `lenght`", Some("did you mean `length`?"));
    assert!(Path::parse("$[?any_of(@.a, @.b)]").is_err(), "the parser's own functions are not the RFC's");
    assert!(Path::parse("$[?match(@.a, '(?=x)')]").is_err());
    assert!(Path::parse("$[?@ == 1e999]").is_err());
}

#[test]
fn white_space_inside_names_is_refused_although_the_parser_takes_it() {
    for text in ["$.a b", "$[?@. a == 1]", "$[?@.a b == 1]", "$[?@.a == tr ue]", "$.a\u{a0}", "$. a"] {
        assert!(Path::parse(text).is_err(), "`{text}` was taken");
    }
    selects("$ .a\n[ ?\t@ .b == 1 ]", r#"{"a": [{"b": 1}]}"#, r#"[{"b": 1}]"#);
}

#[test]
fn habits_from_elsewhere_are_mended() {
    mends("@.a", "$.a");
    mends(" .a", "$.a");
    mends("$.a[(@.length-1)]", "$.a[-1]");
    mends("$.a[@.b == 'x']", "$.a[?@.b == 'x']");
    mends("$.a[(@.b == 'x')]", "$.a[?(@.b == 'x')]");
    mends("$.a[?@.b.length() > 1]", "$.a[?length(@.b) > 1]");
    mends("$.a-b.c", "$['a-b'].c");
    mends("$.a.0.b", "$.a[0].b");
    mends("$.a b", "$['a b']");
    mends("$.a.[0]", "$.a[0]");
    mends("$.a[?@.x == foo]", "$.a[?@.x == 'foo']");
    mends("$.a[?@.x == True]", "$.a[?@.x == true]");
    mends("$.a[?@.x == 1 and @.y == 'a and b']", "$.a[?@.x == 1 && @.y == 'a and b']");
    mends("$.a[?@.x =~ /foo.*/]", "$.a[?search(@.x, 'foo.*')]");
    mends("$.a[?@.x", "$.a[?@.x]");
    assert!(Path::parse("$.a.length()").expect_err("no function").help.is_some());
    assert!(Path::parse("$.a[?(@.a==1)]").is_ok(), "parentheses are allowed");
}

#[test]
fn hostile_texts_are_errors_and_never_the_end() {
    let texts = [
        format!("$[?{}@.a{}]", "(".repeat(100_000), ")".repeat(100_000)),
        "[".repeat(1_000_000),
        format!("${}", "[".repeat(1_000_000)),
        format!("${}", ".a".repeat(100_000)),
        format!("$[?{}@", "length(".repeat(60)),
        format!("$[?{}@", "length(@[?".repeat(60)),
        "'".repeat(999_999),
        ".".repeat(60_000),
        format!("$[?{}", "!".repeat(60_000)),
    ];
    for text in texts {
        assert!(Path::parse(&text).is_err());
    }
}

#[test]
fn the_deepest_nesting_that_is_allowed_is_read_and_evaluated() {
    path(&format!("$[?{}@.a{}]", "(".repeat(127), ")".repeat(127)));
    let nested = path(&format!("${}{}", "[?@".repeat(128), "]".repeat(128)));
    assert!(nested.select(&read(&format!("{}{}", "[".repeat(120), "]".repeat(120)))).is_empty());
    assert!(path(&format!("${}", ".a".repeat(30_000))).select(&read("{}")).is_empty());
}

#[test]
fn descent_into_a_deep_or_wide_document_takes_each_node_once() {
    let deep = (0..2_000).fold(Value::Null, |inner, _| {
        Value::object([("id".into(), Value::from(1i64)), ("a".into(), inner)].into_iter().collect())
    });
    assert_eq!(path("$..id").select(&deep).len(), 2_000);
    let item = read(r#"{"id": 1, "x": [[], {"y": 0}]}"#);
    let wide = Value::array(vec![item; 20_000]);
    assert_eq!(path("$..id").select(&wide).len(), 20_000);
    assert_eq!(path("$..id").locate(&wide)[19_999].0, "$[19999]['id']");
}

#[test]
fn a_missing_name_shows_what_is_there() {
    let document = r#"{"models": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]}"#;
    let wanted = "nothing at `.versions`: `$.models[0]` is an object with the keys `id`, `name`";
    let miss = misses("$.models[0].versions[0].x", document, wanted);
    assert_eq!((miss.nearest.as_str(), miss.found, miss.length), ("$['models'][0]", "object", None));
    assert_eq!((miss.keys, miss.missing.as_str()), (vec!["id".to_owned(), "name".to_owned()], ".versions"));
    misses(
        "$.model[0]",
        document,
        "nothing at `.model`: `$` is an object with the key `models`; did you mean `models`?",
    );
    misses("$.models[5]", document, "nothing at `[5]`: `$.models` is an array of 2 items");
    misses(
        "$.models.name",
        document,
        "nothing at `.name`: `$.models` is an array of 2 items; \
         its items have `name`, so put an index or `[*]` before it",
    );
    misses(
        "$.models[*].nmae",
        document,
        "nothing at `.nmae`: the first of 2 nodes, `$.models[0]`, is an object with the keys `id`, `name`; \
         did you mean `name`?",
    );
    misses("$..nane", document, "nothing at `..nane`: `$` is an object with the key `models`; did you mean `name`?");
    misses("$.models[0].id.x", document, "nothing at `.x`: `$.models[0].id` is a number");
}

#[test]
fn a_filter_without_a_match_shows_the_values_it_compared() {
    let document = r#"{"models": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]}"#;
    let head = "`$.models` is an array of 2 items, none of which matches";
    let miss = misses(
        "$.models[?@.name == 'x'].id",
        document,
        &format!("{head} `[?@.name == 'x']`; their `name`: \"a\", \"b\""),
    );
    assert_eq!((miss.length, miss.missing.as_str()), (Some(2), "[?@.name == 'x']"));
    misses(
        "$.models[?'x' == @.nme]",
        document,
        &format!("{head} `[?'x' == @.nme]`; none has `nme`, did you mean `name`?"),
    );
    misses(
        "$.models[?@.status == 'x']",
        document,
        &format!("{head} `[?@.status == 'x']`; none has `status`, their keys are `id`, `name`"),
    );
    misses("$.a[?@ == 1]", r#"{"a": []}"#, "`$.a` is an empty array, so nothing matches `[?@ == 1]`");
    misses(
        "$.a[?@ > 1]",
        r#"{"a": [1]}"#,
        "`$.a` is an array of 1 item, which does not match `[?@ > 1]`; the value: 1",
    );
}

#[test]
fn what_most_paths_are_is_read_without_the_parser() {
    for text in ["$", "$.a", "$._b.c1[0][-1]", "$['a b'][\"it's\"]", "$['']", "$[9007199254740991]"] {
        assert!(simple::read(text).is_some(), "{text}");
    }
    for text in
        ["", "$.*", "$..a", "$.é", "$.1", "$[01]", "$[-0]", "$[+1]", "$[9007199254740992]", "$[ 0]", "$['\\n']", "$ "]
    {
        assert!(simple::read(text).is_none(), "{text}");
    }
}

#[test]
fn a_long_value_is_never_shown_in_part() {
    let document = format!(r#"[{{"token": "{}"}}]"#, "s".repeat(300));
    let wanted = "`$` is an array of 1 item, which does not match `[?@.token == 'x']`; \
                  its `token`: a string of 300 characters";
    misses("$[?@.token == 'x']", &document, wanted);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_path_or_an_error_inside_the_text(text in "\\PC{0,40}") {
        check_any(&text);
    }

    #[test]
    fn texts_made_of_the_grammar_are_a_path_or_an_error(
        parts in prop::collection::vec(prop::sample::select(PARTS), 0..14)
    ) {
        check_any(&format!("${}", parts.concat()));
    }

    #[test]
    fn names_and_indices_are_read_alike_with_and_without_the_parser(
        parts in prop::collection::vec(prop::sample::select(SIMPLE_PARTS), 0..6)
    ) {
        check_any(&format!("${}", parts.concat()));
    }
}

const PARTS: &[&str] = &[
    ".a",
    "..",
    "[",
    "]",
    "(",
    ")",
    "?",
    "@",
    "$",
    "'b'",
    "\"",
    "'",
    "\\",
    "*",
    ",",
    ":",
    "-1",
    "0",
    "1.5",
    "==",
    "=",
    "<",
    "&&",
    "||",
    "!",
    " ",
    "\n",
    "length(",
    "count(@.*)",
    "match(@,'a')",
    "value(",
    "é",
    "true",
    "and",
    "-",
    "😀",
];

const SIMPLE_PARTS: &[&str] = &[
    ".a",
    "._b1",
    ".true",
    ".1",
    ".a-b",
    ".",
    "['a']",
    "[\"a'.b[0]\"]",
    "['a\"b']",
    "['']",
    "['a'b']",
    "['\\n']",
    "['é']",
    "[0]",
    "[12]",
    "[-1]",
    "[-0]",
    "[01]",
    "[+1]",
    "[]",
    "[9007199254740991]",
    "[-9007199254740992]",
    "['a','b']",
];

/// Parses, and asks everything of what parses.
fn check_any(text: &str) {
    if let Some((segments, ranges)) = simple::read(text) {
        let simple = format!("{:?}", Path::new(text, segments, ranges));
        assert_eq!(simple, format!("{:?}", Path::read_any(text).expect("what is simple is a path")));
    }
    let document = read(r#"{"a": [{"a": 1, "b": "a"}, [2, 3], null], "b": "é"}"#);
    match Path::parse(text) {
        Ok(path) => {
            let located = path.locate(&document);
            assert_eq!(path.select(&document).len(), located.len());
            assert!(located.iter().all(|(place, _)| Path::parse(place).is_ok_and(|path| path.is_singular())));
            assert!(path.singular_prefix().is_singular());
            assert!(Path::parse(path.singular_prefix().text()).is_ok());
            assert!(!path.explain_miss(&document).to_string().is_empty());
        }
        Err(error) => assert!(text.get(error.range).is_some()),
    }
}
