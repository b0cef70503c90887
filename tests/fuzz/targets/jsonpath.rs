//! JSONPath: what can be read, what it selects, and why it selects nothing.

use callsheet::jsonpath::Path;
use callsheet::value::Value;

use crate::fuzz::Target;
use crate::fuzz::shape::Shape;

pub const TARGET: Target = Target { name: "jsonpath", seeds, words: WORDS, run, short: 2_000 };

const WORDS: &[&str] = &[
    "$",
    "@",
    ".a",
    "['b']",
    "[0]",
    "[-1]",
    "[*]",
    ".*",
    "..",
    "..a",
    "[1:3]",
    "[::-1]",
    "[?@.a]",
    "[?@.b == 1]",
    "&&",
    "||",
    "!",
    "(",
    ")",
    "==",
    "!=",
    "<=",
    "length(@.a)",
    "count(@.*)",
    "value(@..a)",
    "match(@.a, 'x.*')",
    "search(@.a, $.b)",
    "'a'",
    "\"b\"",
    "null",
    "true",
    "1",
    "-1",
    "1e3",
    "[?@ == $]",
    "[?@ < 2]",
    ",",
    " ",
    "\\u00e9",
    "{\"a\":1}",
    "[1,2]",
];

const DOCUMENT: &str =
    r#"{"a":{"a":[1,2,{"b":"x"}],"b":"xyz"},"b":[{"a":1,"b":true},{"a":2,"b":null},{"a":"x"},[0,[1]]],"é":"x.*"}"#;

fn seeds() -> Vec<Vec<u8>> {
    let paths = [
        "$",
        "$.a.b",
        "$['a']['b']",
        "$.b[0].a",
        "$.b[-1]",
        "$.b[*].a",
        "$..a",
        "$.b[?@.a == 1].b",
        "$.b[?@.a > 1 && !@.b]",
        "$.b[1:3]",
        "$.b[::-1]",
        "$.b[?length(@.a) == 1]",
        "$[?count(@.*) > 1]",
        "$.b[?match(@.a, $['é'])]",
        "$..[?search(@.b, 'y')]",
        "$.b[?value(@..a) == 2]",
        "$.b['a',0,*]",
        "$[?@[?@.a]]",
        "$.\u{e9}",
        "$[?@.a == $.b[0].a]",
        "$.b[?@.a == 'x' || (@.a < 2 && @.b != false)]",
    ];
    let mut seeds: Vec<Vec<u8>> = paths.iter().map(|path| format!("{path}\n{DOCUMENT}").into_bytes()).collect();
    seeds.extend(compliance());
    seeds
}

/// The queries of the compliance suite, where `CALLSHEET_REFERENCE` says where it lies; a short run does without.
fn compliance() -> Vec<Vec<u8>> {
    let Some(reference) = std::env::var_os("CALLSHEET_REFERENCE").filter(|_| !cfg!(debug_assertions)) else {
        return Vec::new();
    };
    let file = std::path::PathBuf::from(reference).join("conformance/jsonpath/cts.json");
    let Ok(text) = std::fs::read(file) else { return Vec::new() };
    let suite = Value::read(&text).expect("the suite is JSON");
    let cases = suite.get("tests").and_then(Value::as_array).unwrap_or_default();
    let input = |case: &Value| {
        let selector = case.get("selector").and_then(Value::as_str).unwrap_or_default();
        let document = case.get("document").map_or_else(|| DOCUMENT.to_owned(), ToString::to_string);
        format!("{selector}\n{document}").into_bytes()
    };
    cases.iter().map(input).collect()
}

fn run(input: &[u8]) -> Shape {
    let (text, document) = super::halves(input);
    let mut shape = Shape::default();
    let path = match Path::parse(&text) {
        Ok(path) => path,
        Err(error) => {
            let inside = error.range.start <= error.range.end && text.get(error.range.clone()).is_some();
            assert!(inside, "{:?} is no part of `{text}`", error.range);
            shape.message(&error.message).message(error.help.as_deref().unwrap_or_default());
            return shape;
        }
    };
    let document = Value::read(document).unwrap_or_else(|_| Value::read(DOCUMENT.as_bytes()).expect("JSON"));
    let selected = path.select(&document);
    let located = path.locate(&document);
    assert_eq!(selected, located.iter().map(|(_, node)| *node).collect::<Vec<_>>(), "`{path}` is located elsewhere");
    for (place, node) in located.iter().take(20) {
        let exact = Path::parse(place).unwrap_or_else(|error| panic!("the normalized path {place}: {error}"));
        assert!(exact.is_singular(), "{place} is not singular");
        assert_eq!(exact.select(&document), [*node], "{place} leads elsewhere");
    }
    assert!(!path.is_singular() || selected.len() < 2, "`{path}` is singular and selects several");
    let prefix = path.singular_prefix();
    assert!(prefix.is_singular() && text.starts_with(prefix.text()), "`{}` begins `{path}`", prefix.text());
    shape.message(&path.explain_miss(&document).to_string()).size(selected.len());
    shape
}
