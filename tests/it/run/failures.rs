//! What fails, what goes on, and what is said about it.

use callsheet::plan::Inputs;
use callsheet::runner::Options;

use super::scenario::{Server, json, run, run_with, status};

#[test]
fn everything_that_is_wrong_with_an_answer_is_said_at_once() {
    let server = Server::new().on("/a", [json(r#"{"models":[{"id":1,"name":"x"}],"total":2}"#)]);
    let ran = run(
        "  a:
    get: /a
    capture: { id: '$.models[?@.name == \"y\"].id', version: '$.models[0].versoin' }
    expect: { headers: { x-kind: list }, body: { $.total: 3 }, that: [ body.total > 5 ] }
",
        &server,
    );
    let said = ran.said("a");
    for part in [
        "`id`: `$.models[?@.name == \"y\"].id` finds",
        "`version`: `$.models[0].versoin` finds",
        "expected header `x-kind` to be `list`; there is none",
        "expected `$.total` to be 3; it is 2",
        "expected `body.total > 5`; `body.total` is 2",
    ] {
        assert!(said.contains(part), "{part} in\n{said}");
    }
    assert_eq!(ran.outcomes(), ["a failed"]);
}

#[test]
fn a_wrong_status_is_all_that_is_said() {
    let server = Server::new().on("/a", [status(400).json(r#"{"msg":"no such model","code":400}"#)]);
    let ran = run("  a: { get: /a, capture: { id: $.id }, expect: [ body.id == 1 ] }\n", &server);
    assert_eq!(ran.said("a"), r#"expected a 2xx status, got 400: {"msg":"no such model","code":400}"#);
}

const BRANCHES: &str = "
  a: { get: /a, capture: { x: $.x } }
  uses: { get: '/uses/{{ x }}' }
  after: { get: /after, needs: [a] }
  slow: { get: /slow }
  late: { get: /late, needs: [slow] }
";

fn branches() -> Server {
    Server::new()
        .on("/a", [status(500)])
        .on("/slow", [json("{}").after(5)])
        .on("/late", [json("{}")])
        .on("/uses/1", [json("{}")])
}

#[test]
fn the_first_failed_step_stops_what_has_not_started() {
    let server = branches();
    let ran = run(BRANCHES, &server);
    let mut outcomes = ran.outcomes();
    outcomes.sort();
    assert_eq!(outcomes, ["a failed", "after skipped", "late skipped", "slow passed", "uses skipped"]);
    assert_eq!(ran.said("uses"), "needs `x` of step `a`, which failed");
    assert_eq!(ran.said("after"), "needs step `a`, which failed");
    assert_eq!(ran.said("late"), "not started, because `a` did not pass");
}

#[test]
fn keep_going_runs_all_that_does_not_depend_on_it() {
    let ran =
        run_with(BRANCHES, &branches(), Options { keep_going: true, ..Options::default() }, Inputs::new(), |_, _| {});
    let mut outcomes = ran.outcomes();
    outcomes.sort();
    assert_eq!(outcomes, ["a failed", "after skipped", "late passed", "slow passed", "uses skipped"]);
}

#[test]
fn continue_on_error_tolerates_and_lets_what_is_only_ordered_run() {
    let server = Server::new().on("/a", [status(500)]).on("/after", [json("{}")]);
    let ran = run(
        "  a: { get: /a, continue_on_error: true, capture: { x: $.x } }
  after: { get: /after, needs: [a] }
  uses: { get: '/uses/{{ x }}' }
",
        &server,
    );
    assert_eq!(ran.outcomes(), ["a failed", "after passed", "uses skipped"]);
    assert!(ran.outcome.passed());
}

#[test]
fn a_false_when_skips_the_step_and_all_that_need_its_value() {
    let server = Server::new().on("/c", [json("{}")]).on("/d", [json("{}")]);
    let ran = run(
        "vars: { on: false }
steps:
  a: { get: /a, when: on, capture: { x: $.x } }
  b: { get: '/b/{{ x }}' }
  c: { get: /c, needs: [a] }
  d: { get: /d, query: { x: \"{{ x | default('none') }}\" } }
",
        &server,
    );
    assert_eq!(ran.outcomes(), ["a skipped", "b skipped", "c passed", "d passed"]);
    assert_eq!(ran.said("a"), "`when` is false: `on`");
    assert_eq!(ran.said("b"), "needs `x` of step `a`, which was skipped");
    assert!(server.lines().contains(&"GET /d?x=none".to_owned()), "{:?}", server.lines());
}

#[test]
fn failed_wins_over_errored() {
    let server = Server::new()
        .on("/a", [super::scenario::nothing(callsheet::wire::TransportErrorKind::Refused)])
        .on("/b", [status(500)]);
    let options = Options { keep_going: true, ..Options::default() };
    let ran = run_with("  a: { get: /a }\n  b: { get: /b }\n", &server, options, Inputs::new(), |_, _| {});
    assert_eq!(ran.record().outcome(), Some(callsheet::event::Outcome::Failed));
}

#[test]
fn with_one_job_nothing_is_sent_after_the_first_failure() {
    let server = Server::new().on("/a", [status(500)]).on("/b", [json("{}")]).on("/c", [json("{}")]);
    let options = Options { jobs: 1, ..Options::default() };
    let steps = "  a: { post: /a }\n  b: { post: /b }\n  c: { post: /c }\n";
    let ran = run_with(steps, &server, options, Inputs::new(), |_, _| {});
    assert_eq!(server.lines(), ["POST /a"]);
    assert_eq!(ran.outcomes(), ["a failed", "b skipped", "c skipped"]);
    assert_eq!(ran.said("b"), "not started, because `a` did not pass");
}

#[test]
fn what_needs_a_failed_step_is_skipped_even_if_it_was_going_to_be_skipped_anyway() {
    let server = Server::new().on("/c", [status(500)]).on("/d", [json("{}")]);
    let steps = "vars: { on: false }
steps:
  a: { get: /a, when: on, capture: { x: $.x } }
  c: { get: /c }
  b: { get: '/b/{{ x }}', needs: [c] }
  d: { get: /d, needs: [b] }
";
    let options = Options { keep_going: true, ..Options::default() };
    let ran = run_with(steps, &server, options, Inputs::new(), |_, _| {});
    assert!(ran.outcomes().contains(&"d skipped".to_owned()), "{:?}", ran.outcomes());
    assert_eq!(server.count("/d"), 0);
}

#[test]
fn an_expected_list_is_compared_as_a_list_however_many_it_has() {
    for (body, holds) in [(r#"{"items":[{"id":1}]}"#, true), (r#"{"items":[{"id":1},{"id":2}]}"#, false)] {
        let server = Server::new().on("/a", [json(body)]);
        let ran = run("  a: { get: /a, expect: { body: { '$.items[*].id': [1] } } }\n", &server);
        assert_eq!(ran.outcome.passed(), holds, "{body}");
    }
}

#[test]
fn what_an_answer_lacks_of_a_partial_value_is_named_and_masked() {
    let server =
        Server::new().on("/a", [json(r#"{"models":[{"name":"fraud","state":"error"},{"name":"x"}],"key":"s3cr3t"}"#)]);
    let ran = run(
        "  a:
    get: /a
    capture: { api_key: { json: $.key, secret: true } }
    expect:
      - 'body | contains_json({\"models\": [{\"name\": \"fraud\", \"state\": \"ready\"}], \"key\": \"other\", \"n\": 1})'
",
        &server,
    );
    let said = ran.said("a");
    let (_, found) = said.split_once("; ").expect("what was found");
    assert_eq!(
        found,
        "no item of `body.models` contains {\"name\":\"fraud\",\"state\":\"ready\"}; in the nearest \
         `body.models[0].state` is \"error\", expected \"ready\", `body.key` is \"***\", expected \"other\", `body` has \
         no `n`, expected 1"
    );
}

#[test]
fn a_body_that_is_not_what_it_is_announced_as_is_told_as_such_by_expectations_and_polls() {
    let broken = || status(200).bytes("application/json", "{oops");
    let reason = "the body is announced as JSON and is not";
    let server = Server::new().on("/a", [broken()]);
    let said = run("  a: { get: /a, expect: [ 'body.x == 1' ] }\n", &server).said("a");
    assert!(said.starts_with(&format!("expected `body.x == 1`; {reason}")), "{said}");
    let server = Server::new().on("/a", [broken()]);
    let said = run("  a: { get: /a, poll: { until: 'body.x == 1', every: 1s, timeout: 2s } }\n", &server).said("a");
    assert!(said.contains(reason), "{said}");
    for step in
        ["expect: [ 'body[0] == 1' ]", "expect: [ 'body == 1' ]", "poll: { until: 'body[0] == 1', timeout: 2s }"]
    {
        let server = Server::new().on("/a", [status(200).bytes("application/vnd.apache.arrow.file", "no records")]);
        let said = run(&format!("  a: {{ get: /a, {step} }}\n"), &server).said("a");
        assert!(said.contains("the body is announced as Arrow and its records cannot be read"), "{step}: {said}");
    }
}
