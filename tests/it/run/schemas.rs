//! Answers held against JSON Schemas.

use callsheet::plan::Inputs;
use callsheet::runner::Options;

use super::scenario::{Ran, Server, json, run_with, status};

/// Runs one step that expects its answer to fit a schema of the fixtures.
#[track_caller]
fn held(schema: &str, answer: super::scenario::Reply) -> Ran {
    let server = Server::new().on("/a", [answer]);
    let steps = "inputs: { name: {} }
steps:
  a: { get: /a, expect: { schema: 'tests/fixtures/schemas/{{ name }}' } }
";
    run_with(steps, &server, Options::default(), Inputs::new().var("name", schema), |_, _| {})
}

#[test]
fn an_answer_that_fits_its_schema_passes() {
    let fits = r#"{"models":[{"id":1,"name":"fraud","state":"ready","source":{"path":"x"}},{"id":2,"name":"x","source":null}],
        "total":2,"owner":{"email":"a@b","friend":{"id":3,"name":"y"}},"note":null}"#;
    held("model.json", json(fits)).passed();
    held("home.json", json(r#"{"email":"a@b"}"#)).passed();
}

#[test]
fn everything_that_does_not_fit_is_told_with_its_place() {
    let wrong = r#"{"models":[{"id":"1","name":"Fraud","state":"open"},{"name":"x","source":{"file":1}},{"id":1,"name":"y","source":3}],
        "total":-1,"owner":{"email":"a"},"note":[1],"extra key":true}"#;
    let ran = held("model.json", json(wrong));
    let at = "`tests/fixtures/schemas/model.json`: at ";
    let said = ran.said("a").replace(at, "");
    assert_eq!(
        said,
        r#"`$` expected no member `extra key`
`$.models[0].id` expected an integer; it is "1"
`$.models[0].name` expected a string that matches `^[a-z]+$`; it is "Fraud"
`$.models[0].state` expected one of "ready", "error"; it is "open"
`$.models[1]` expected member `id`; it is {"name":"x","source":{"file":1}}
`$.models[1].source` expected member `path`; it is {"file":1}
`$.models[2].source` expected an object, or null; it is 3
`$.note` expected null or a string; it is [1]
`$.owner.email` expected at least 3 characters; it is "a"
`$.total` expected 0 or more; it is -1"#
    );
    assert_eq!(ran.outcomes(), ["a failed"]);
}

#[test]
fn many_places_are_counted() {
    let models: Vec<String> = (0..50).map(|_| r#"{"id":1}"#.to_owned()).collect();
    let ran = held("model.json", json(&format!(r#"{{"total":1,"models":[{}]}}"#, models.join(","))));
    let said = ran.said("a");
    assert_eq!(said.lines().count(), 21);
    assert!(said.ends_with("30 places more do not fit"), "{said}");
}

#[test]
fn what_is_no_json_and_what_is_no_schema_are_told_as_such() {
    let said = held("model.json", status(200).text("hello")).said("a");
    let expected =
        "expected the body to fit `tests/fixtures/schemas/model.json`; the body is not JSON (text/plain): hello";
    assert_eq!(said, expected);
    let said = held("nothing.json", json("{}")).said("a");
    assert_eq!(said, "the schema `tests/fixtures/schemas/nothing.json`: cannot be read: there is no such file");
}

#[test]
fn a_secret_in_a_value_that_does_not_fit_stays_in() {
    let server = Server::new().on("/a", [json(r#"{"models":"s3cr3t","total":1}"#)]);
    let steps = "  a:
    get: /a
    capture: { models: { json: $.models, secret: true } }
    expect: { schema: tests/fixtures/schemas/model.json }
";
    let ran = run_with(steps, &server, Options::default(), Inputs::new(), |_, _| {});
    assert_eq!(ran.said("a"), "`tests/fixtures/schemas/model.json`: at `$.models` expected an array; it is \"***\"");
}
