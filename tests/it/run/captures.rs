//! Captures from elsewhere than the body's JSON: header fields, cookies, the body's text.

use callsheet::runner::Options;

use super::scenario::{Ran, Reply, Server, json, outputs, run, run_with, status};

/// Runs one step whose captures are the lines given, and hands them all out.
#[track_caller]
fn captured(answer: Reply, captures: &[(&str, &str)]) -> Ran {
    let server = Server::new().on("/a", [answer]);
    let lines = |line: &dyn Fn(&str, &str) -> String| {
        captures.iter().map(|(name, from)| line(name, from)).collect::<Vec<_>>().join("\n")
    };
    let written = lines(&|name, from| format!("      {name}: {from}"));
    let handed = lines(&|name, _| format!("  {name}: '{{{{ {name} }}}}'"));
    run(&format!("steps:\n  a:\n    get: /a\n    capture:\n{written}\noutputs:\n{handed}\n"), &server)
}

#[test]
fn the_fields_of_one_header_are_one_value_unless_the_capture_says_otherwise() {
    let answer = json("{}").header("Via", "one").header("via", "two");
    let ran = captured(
        answer,
        &[
            ("joined", "{ header: via }"),
            ("list", "{ header: VIA, all: true }"),
            ("one", "{ header: Via, first: true }"),
            ("other", "{ header: X-None, default: 3 }"),
            ("missing", "{ header: X-None, all: true }"),
        ],
    );
    assert_eq!(outputs(&ran), r#"{"joined":"one, two","list":["one","two"],"one":"one","other":3,"missing":[]}"#);
}

#[test]
fn a_cookie_and_its_attributes_are_captured() {
    let answer = json("{}")
        .header("set-cookie", "theme=dark; Expires=Wed, 09 Jun 2027 10:18:14 GMT")
        .header("set-cookie", "session=abc=def; Path=/v1; Max-Age=60; HttpOnly");
    let ran = captured(
        answer,
        &[
            ("session", "{ cookie: session }"),
            ("path", "{ cookie: 'session[path]' }"),
            ("age", "{ cookie: 'session[Max-Age]' }"),
            ("hidden", "{ cookie: 'session[HttpOnly]' }"),
            ("until", "{ cookie: 'theme[Expires]' }"),
            ("other", "{ cookie: other, default: none }"),
        ],
    );
    let expected = r#"{"session":"abc=def","path":"/v1","age":60,"hidden":true,"until":"Wed, 09 Jun 2027 10:18:14 GMT","other":"none"}"#;
    assert_eq!(outputs(&ran), expected);
}

#[test]
fn a_cookie_is_a_secret_unless_the_capture_says_otherwise() {
    let server = Server::new()
        .on("/login", [json("{}").header("set-cookie", "session=s3cr3t-value").header("set-cookie", "theme=dark")])
        .on("/use", [json(r#"{"seen":"s3cr3t-value","theme":"dark"}"#)]);
    let ran = run(
        "  login: { post: /login, capture: { session: { cookie: session }, theme: { cookie: theme, secret: false } } }
  use: { post: /use, json: { session: '{{ session }}', theme: '{{ theme }}' } }
",
        &server,
    )
    .passed();
    assert_eq!(server.seen()[1].body, r#"{"session":"s3cr3t-value","theme":"dark"}"#);
    let journal = serde_json::to_string(&ran.events()).expect("events are JSON");
    assert!(!journal.contains("s3cr3t-value") && journal.contains("dark"));
}

#[test]
fn a_cookie_that_is_not_there_is_told_with_those_that_are() {
    let answer = json("{}").header("set-cookie", "sesion=abcdef").header("set-cookie", "theme=d");
    let ran = captured(
        answer,
        &[
            ("x", "{ cookie: session }"),
            ("y", "{ cookie: 'theme[Path]' }"),
            ("z", "{ cookie: theme }"),
            ("both", "{ header: Set-Cookie }"),
        ],
    );
    assert_eq!(
        ran.said("a"),
        "`x`: the answer sets no cookie `session`; it sets `sesion`, `theme`\n\
         `y`: the cookie `theme` has no attribute `Path`\n\
         `z` is a secret of less than 4 bytes and cannot be masked\n\
         `both`: the header `Set-Cookie` has 2 values: \"***\", \"***\""
    );
    let helps: Vec<Option<String>> =
        ran.record().steps().next().expect("a step").failures().iter().map(|failure| failure.help.clone()).collect();
    assert_eq!(helps[0].as_deref(), Some("did you mean `sesion`?"));
    assert_eq!(helps[2].as_deref(), Some("write `secret: false` beside it if anyone may see it"));
}

#[test]
fn a_pattern_finds_its_first_group_or_the_whole_match() {
    let page = status(200).text("<a href='/jobs/17'>one</a>\n<a href='/jobs/18'>two</a> total=2");
    let ran = captured(
        page,
        &[
            ("total", r"{ regex: 'total=(\d+)' }"),
            ("word", r"{ regex: 'total=\d+' }"),
            ("jobs", r"{ regex: '/jobs/(\d+)', all: true }"),
            ("job", r"{ regex: '/jobs/(\d+)', first: true }"),
            ("second", r"{ regex: '(?m)^<a href=.(/jobs/\d+)', all: true }"),
            ("missing", r"{ regex: 'nothing', all: true }"),
            ("other", r"{ regex: 'nothing', default: null }"),
            ("part", r"{ regex: 'one|(two)' }"),
        ],
    );
    let expected = r#"{"total":"2","word":"total=2","jobs":["17","18"],"job":"17","second":["/jobs/17","/jobs/18"],"missing":[],"other":null,"part":"two"}"#;
    assert_eq!(outputs(&ran), expected);
}

#[test]
fn a_pattern_reads_json_as_it_was_sent() {
    let ran = captured(json(r#"{ "a" : 1.0 }"#), &[("raw", r#"{ regex: '"a" : ([\d.]+)' }"#), ("a", "$.a")]);
    assert_eq!(outputs(&ran), r#"{"raw":"1.0","a":1.0}"#);
}

#[test]
fn what_a_pattern_does_not_find_once_is_told_with_the_text() {
    let answer = || status(200).text("n=1 n=2");
    let ran = captured(answer(), &[("x", r"{ regex: 'n=(\d)' }"), ("y", "{ regex: 'm' }")]);
    assert_eq!(
        ran.said("a"),
        "`x`: `n=(\\d)` finds 2 values: \"1\", \"2\"\n`y`: `m` matches nothing in the body: n=1 n=2"
    );
    let ran = captured(status(200), &[("x", "{ regex: 'm' }")]);
    assert_eq!(ran.said("a"), "`x`: `m` matches nothing in the body, which is empty");
}

#[test]
fn of_a_large_answer_a_pattern_sees_the_whole_text() {
    let items: Vec<String> = (0..50_000).map(|n| format!(r#"{{"id": {n}}}"#)).collect();
    let text = format!("[{}]", items.join(", "));
    assert!(text.len() > 300 * 1024);
    let ran = captured(
        json(&text),
        &[
            ("last", r#"{ regex: '"id": (\d+)\}\]$' }"#),
            ("item", "$[40000].id"),
            ("count", "{ expr: 'body | length' }"),
        ],
    );
    assert_eq!(outputs(&ran), r#"{"last":"49999","item":40000,"count":50000}"#);
    let ran = captured(status(200).text(&text), &[("last", r#"{ regex: '"id": (\d+)\}\]$' }"#)]);
    assert_eq!(outputs(&ran), r#"{"last":"49999"}"#);
}

#[test]
fn a_text_beyond_the_limit_is_an_error_that_says_so() {
    let options = Options { keep: 1000, ..Options::default() };
    let server = Server::new().on("/a", [json(&format!("\"{}\"", "x".repeat(2 * 1024 * 1024)))]);
    let steps = "  a: { get: /a, capture: { x: { regex: 'y' } } }\nlimits: { answer_memory: 1MiB }\n";
    let ran = run_with(steps, &server, options, Default::default(), |_, _| {});
    assert_eq!(ran.outcomes(), ["a errored"]);
    assert_eq!(
        ran.said("a"),
        "the answer is too large: the playbook uses its whole text, and that has more than 1 MiB"
    );
}
