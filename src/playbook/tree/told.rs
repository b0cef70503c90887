//! Tests of what is told: every trap with its code, and a fix that mends it.

use super::{Node, Tree, parse};
use crate::diagnostic::{Diagnostic, Palette, Severity, human, rule};
use crate::source::Sources;

fn read(text: &str) -> (Option<Node>, Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let source = sources.add("p.yaml", text);
    let Tree { root, diagnostics, .. } = parse(source, text);
    (root, diagnostics, sources)
}

fn rendered(text: &str) -> String {
    let (_, diagnostics, sources) = read(text);
    human(&diagnostics, &sources, Palette::Plain).trim_end().to_owned()
}

/// The text is told of exactly once, under that code, and its fix makes it `mended`, which is fine.
#[track_caller]
fn mends(code: &str, text: &str, mended: &str) {
    let (root, diagnostics, _) = read(text);
    let codes: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.rule.name).collect();
    assert_eq!(codes, [code], "{text}");
    let fix = diagnostics[0].fix.as_ref().expect("there is a fix");
    let mut result = text.to_owned();
    result.replace_range(fix.span.start as usize..fix.span.end as usize, &fix.replacement);
    assert_eq!(result, mended);
    let (again, left, _) = read(&result);
    assert!(left.is_empty(), "{left:?}");
    if diagnostics[0].severity() == Severity::Error && fix.replacement.starts_with(['"', '\'']) && code != "yaml-syntax"
    {
        let value = |root: Option<Node>| root.expect("a tree").to_value();
        assert_eq!(value(root), value(again), "the tree holds what was meant");
    }
}

#[test]
fn an_unquoted_template_is_shown_in_quotes() {
    mends("unquoted-template", "a: {{ x }}", r#"a: "{{ x }}""#);
    mends("unquoted-template", "a: {{ x }}/path # b", r#"a: "{{ x }}/path" # b"#);
    mends("unquoted-template", "a: {{ x[0]['y'] }}", r#"a: "{{ x[0]['y'] }}""#);
    mends("unquoted-template", "a: {{ x | f(\"y\") }}", r#"a: '{{ x | f("y") }}'"#);
    mends("unquoted-template", "- {{ x }}\n- b", "- \"{{ x }}\"\n- b");
    mends("unquoted-template", "a: [b, {{ x }}/c]", r#"a: [b, "{{ x }}/c"]"#);
    mends("unquoted-template", "a: {b: /v1/{{ x }}/c, d: 1}", r#"a: {b: "/v1/{{ x }}/c", d: 1}"#);
    mends("unquoted-template", "a: {{ x # y }}\nb: 1", "a: \"{{ x # y }}\"\nb: 1");
    mends("unquoted-template", "a: {{ x }}{{ y }}", r#"a: "{{ x }}{{ y }}""#);
    mends("unquoted-template", "a: {% if x %}", r#"a: "{% if x %}""#);
}

#[test]
fn an_expression_cut_by_a_comment_is_shown_in_quotes() {
    mends("cut-by-comment", "url: /a/{{ b # c }}/d", r#"url: "/a/{{ b # c }}/d""#);
    mends("cut-by-comment", "expect:\n  - b == \"x # y\" # why", "expect:\n  - 'b == \"x # y\"' # why");
    mends("cut-by-comment", "c: { until: a }\nuntil: f(x # y)", "c: { until: a }\nuntil: \"f(x # y)\"");
    mends("cut-by-comment", "capture:\n  a: $[?@.b == 'x # y']", "capture:\n  a: \"$[?@.b == 'x # y']\"");
    mends("commented-value", "channel: #general", r##"channel: "#general""##);
}

#[test]
fn an_apostrophe_or_a_comment_alone_is_no_trap() {
    for text in [
        "a: don't # do it",
        "until: a.b == 1 # why",
        "a: b # {{ c }}",
        "a: # todo",
        "a: |\n  {{ x # y",
        "a: ['{{ x }}', \"{{ y }}\"]",
        "a: f(x",
        "url: /v1/{{ x }}/y",
    ] {
        assert_eq!(rendered(text), "", "{text}");
    }
}

#[test]
fn an_expression_split_by_a_comma_is_shown_in_quotes() {
    mends("split-by-comma", "expect: [ a | close_to(1, 2), b ]", "expect: [ \"a | close_to(1, 2)\", b ]");
    mends("split-by-comma", "expect: [ f(a, 'b') ]", "expect: [ \"f(a, 'b')\" ]");
    mends("split-by-comma", "expect: [ a == 'b, c' ]", "expect: [ \"a == 'b, c'\" ]");
    mends("split-by-comma", "p: { until: f(a, b), every: 1s }", "p: { until: \"f(a, b)\", every: 1s }");
}

#[test]
fn a_text_that_yaml_keeps_for_itself_is_shown_in_quotes() {
    mends("unquoted-colon", "url: a: b # c", "url: \"a: b\" # c");
    mends("unquoted-colon", "expect:\n  - f({ \"a\": 1, \"b\": 2 })", "expect:\n  - 'f({ \"a\": 1, \"b\": 2 })'");
    mends("unquoted-indicator", "a: @b c", "a: \"@b c\"");
    mends("unquoted-indicator", "a: [x, `b`]", "a: [x, \"`b`\"]");
    mends("unquoted-indicator", "a: %b", "a: \"%b\"");
    mends("unquoted-indicator", "- > 3", "- \"> 3\"");
    mends("unquoted-indicator", "a: *b c", "a: \"*b c\"");
    mends("unquoted-indicator", "a: { b: $.c[0].d, e: 1 }", "a: { b: \"$.c[0].d\", e: 1 }");
    mends("unquoted-indicator", "expect: [ status in [1, 2] ]", "expect: [ \"status in [1, 2]\" ]");
    mends("unknown-alias", "a: [/v1/*, *x]", "a: [/v1/*, \"*x\"]");
    mends("unused-anchor", "a: &b", "a: \"&b\"");
    mends("unknown-tag", "a: !b c", "a: \"!b c\"");
    mends("yaml-syntax", "- \"a\" in b", "- '\"a\" in b'");
    mends("yaml-syntax", "- [0] == b", "- \"[0] == b\"");
    mends("yaml-syntax", "a: 'it's'", "a: \"it's\"");
    mends("yaml-syntax", r#"a: "C:\dir""#, r"a: 'C:\dir'");
    mends("escaped-path", r#"a: "C:\new""#, r"a: 'C:\new'");
    mends("yaml-syntax", "a:\n\tb: 1", "a:\n  b: 1");
}

#[test]
fn a_number_that_is_not_what_it_looks_like_is_told() {
    mends("leading-zero", "a: 014", "a: \"014\"");
    mends("trailing-zero", "python_version: 3.10", "python_version: \"3.10\"");
    mends("inexact-number", "a: 123456789012345678901", "a: \"123456789012345678901\"");
    mends("not-json", "a: .inf", "a: \".inf\"");
}

#[test]
fn all_missing_quotes_of_a_file_are_told_at_once_and_at_their_places() {
    let text = "a: {{ x }}/é\nb: [ {{ y }}/z ]\nc: @d\ne: 'ok'\nf: \"g\" == h\na: 2\n";
    let (root, diagnostics, sources) = read(text);
    let places: Vec<String> = diagnostics
        .iter()
        .map(|one| format!("{} {}", one.rule.name, sources.place(one.primary.as_ref().expect("a place").span)))
        .collect();
    assert_eq!(
        places,
        [
            "unquoted-template p.yaml:1:4",
            "unquoted-template p.yaml:2:6",
            "unquoted-indicator p.yaml:3:4",
            "yaml-syntax p.yaml:5:8",
            "duplicate-key p.yaml:6:1",
        ]
    );
    let root = root.expect("a tree");
    assert_eq!(
        root.to_value().to_string(),
        r#"{"a":"{{ x }}/é","b":["{{ y }}/z"],"c":"@d","e":"ok","f":"\"g\" == h"}"#
    );
    let entry = root.as_mapping().and_then(|mapping| mapping.get("b")).expect("there");
    let item = entry.value.as_sequence().expect("a list")[0].as_scalar().expect("a scalar");
    assert_eq!(sources.text(item.text.locate(3..4)), "y");
}

#[test]
fn a_syntax_error_is_told_with_its_line_and_a_remedy() {
    insta::assert_snapshot!(rendered("steps:\n  a:\n    get: /x\n   b:\n    get: /y\n"), @r##"
    error[E0101]: `b:` is indented by 3 spaces, which fits nothing above
     --> p.yaml:4:4
      |
    4 |    b:
      |    ^^
      |
      = help: indent it like the line above that it belongs to: by 0, 2 or 4
    "##);
    insta::assert_snapshot!(rendered("steps:\n  a: 1\n    b: 2\n"), @r##"
    error[E0101]: `b: 2` continues the value above, so it cannot be a key
     --> p.yaml:3:5
      |
    2 |   a: 1
      |      - the value that goes on
    3 |     b: 2
      |     ^^ indented by 4 spaces
      |
      = help: indent this line by 2 spaces, like the line above
    "##);
    insta::assert_snapshot!(rendered("json: { a: [1, 2 }\n"), @r##"
    error[E0101]: this `[` is never closed
     --> p.yaml:1:12
      |
    1 | json: { a: [1, 2 }
      |            ^
      |
      = help: add `]` where the list ends; a text that begins with `[` needs quotes
    "##);
    insta::assert_snapshot!(rendered("a: \"b\nc: 1\n"), @r##"
    error[E0101]: the closing `"` of this text is missing
     --> p.yaml:1:4
      |
    1 | a: "b
      |    ^ the text begins here
      |
      = help: end it with `"`; a quoted text of several lines must be indented deeper than its key
    "##);
}

#[test]
fn other_mistakes_are_told_with_both_places_or_the_mended_line() {
    insta::assert_snapshot!(rendered("a: 1\nsteps\n"), @r##"
    error[E0101]: expected `key: value`, found `steps`
     --> p.yaml:2:1
      |
    2 | steps
      | ^^^^^
      |
      = help: add a colon and a space behind the key; a text of several lines needs quotes, `|` or deeper indentation
    "##);
    insta::assert_snapshot!(rendered("a: 1\na: 2\n"), @r##"
    error[E0106]: the key `a` is given twice
     --> p.yaml:2:1
      |
    1 | a: 1
      | - first defined here
    2 | a: 2
      | ^ given again here
      |
      = help: remove one of the two, or rename it
    "##);
    insta::assert_snapshot!(rendered("get: {{ base }}/x # all\n"), @r##"
    error[E0110]: `{{ base }}/x` needs quotes
     --> p.yaml:1:6
      |
    1 | get: {{ base }}/x # all
      |      ^^^^^^^^^^^^ YAML reads the brace as the start of a mapping
      |
      = help: in YAML, a brace opens a mapping: put the whole value in quotes
    help: write this instead
      |
    1 - get: {{ base }}/x # all
    1 + get: "{{ base }}/x" # all
      |
    "##);
}

#[test]
fn exploding_and_recursive_aliases_are_refused() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    let codes = |text: &str| read(text).1.iter().map(|one| one.rule.name).collect::<Vec<_>>();
    assert_eq!(codes(&bomb).iter().filter(|code| **code == "too-many-aliases").count(), 1);
    assert_eq!(codes("a: &a { b: [*a] }"), ["recursive-alias"]);
    assert_eq!(codes("a: { <<: 1 }"), ["merge-value"]);
}

#[test]
fn depth_ends_with_a_diagnostic_and_not_with_the_stack() {
    for levels in [129, 300, 100_000] {
        for text in ["- ".repeat(levels), "[".repeat(levels) + &"]".repeat(levels)] {
            let (_, diagnostics, _) = read(&text);
            assert!(diagnostics.iter().any(|one| one.is(rule::TOO_DEEP)), "{levels} {:?}", diagnostics.first());
        }
        assert!(!read(&"[".repeat(levels)).1.is_empty());
    }
    let deep = "[".repeat(128) + &"]".repeat(128);
    assert!(read(&deep).1.is_empty());
    let chain: String = (1..200).map(|level| format!("a{level}: &a{level} [*a{}]\n", level - 1)).collect();
    let (_, diagnostics, _) = read(&format!("a0: &a0 [1]\n{chain}"));
    assert!(diagnostics.iter().any(|one| one.is(rule::TOO_DEEP)));
}

#[test]
fn quotes_are_put_in_once_and_not_around_each_other_without_end() {
    let (_, diagnostics, _) = read("s: {a'{{}}\"\nt");
    assert!((1..4).contains(&diagnostics.len()), "{diagnostics:?}");
}

#[test]
fn text_that_is_no_playbook_at_all_is_named() {
    let code = |text: &str| read(text).1.first().map(|one| one.rule.name);
    assert_eq!(code(""), Some("empty-document"));
    assert_eq!(code("# nothing\n"), Some("empty-document"));
    assert_eq!(code("a: 1\n---\nb: 2\n"), Some("several-documents"));
    assert_eq!(code("a: \0"), Some("control-character"));
    assert_eq!(code("? [a]\n: 1"), Some("complex-key"));
    assert_eq!(code("\u{feff}a: 1\r\nb:\r\n  - c\r\n"), None);
    assert_eq!(code("---\na: 1\n...\n"), None);
}

#[test]
fn many_keys_are_read_in_linear_time() {
    let text: String = (0..20_000).map(|number| format!("k{number}: 1\n")).collect();
    let (root, diagnostics, _) = read(&format!("{text}k7: 2\n"));
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(root.and_then(|root| root.as_mapping().map(|mapping| mapping.len())), Some(20_000));
}
