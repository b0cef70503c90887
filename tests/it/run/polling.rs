//! A good answer that is not there yet.

use callsheet::wire::TransportErrorKind::Reset;

use super::scenario::{Server, json, nothing, run, status};

const POLL: &str = "post: /status\n    poll:\n      until: body.status == \"Running\"\n      fail_when: body.status == \"Error\"\n      not_yet: [404, 503]\n      every: 1s\n      timeout: 10s\n";

fn running() -> String {
    format!("  running:\n    {POLL}")
}

#[test]
fn it_asks_again_until_the_answer_is_there() {
    let starting = || json(r#"{"status":"Starting"}"#);
    let server = Server::new().on("/status", [status(404), starting(), starting(), json(r#"{"status":"Running"}"#)]);
    let ran = run(&running(), &server);
    assert_eq!((server.count("/status"), ran.outcomes()), (4, vec!["running passed".to_owned()]));
    assert_eq!(ran.record().duration(), 3000);
}

#[test]
fn at_the_time_out_it_says_what_it_saw_last() {
    let server = Server::new().on("/status", [json(r#"{"status":"Starting"}"#)]);
    let ran = run(&running(), &server);
    assert_eq!(ran.outcomes(), ["running failed"]);
    let said = ran.said("running");
    assert!(said.contains("did not hold within 10 s, after 11 polls"), "{said}");
    assert!(said.contains(r#"last seen: body.status = "Starting""#), "{said}");
}

#[test]
fn a_path_that_never_comes_is_named_at_the_time_out() {
    let server = Server::new().on("/status", [json(r#"{"state":"Starting"}"#)]);
    let said = run(&running(), &server).said("running");
    assert!(said.contains("`body` has no `status`"), "{said}");
}

#[test]
fn a_bad_state_ends_it_at_once() {
    let server = Server::new().on("/status", [json(r#"{"status":"Starting"}"#), json(r#"{"status":"Error"}"#)]);
    let ran = run(&running(), &server);
    assert_eq!((server.count("/status"), ran.outcomes()), (2, vec!["running failed".to_owned()]));
    let said = ran.said("running");
    assert!(said.contains(r#"`fail_when` holds: `body.status == "Error"` (body.status = "Error")"#), "{said}");
}

#[test]
fn another_status_fails_at_once_unless_until_holds_on_it() {
    let server = Server::new().on("/status", [status(500).text("no engine")]);
    let ran = run(&running(), &server);
    assert_eq!(server.count("/status"), 1);
    assert_eq!(ran.said("running"), "expected a 2xx status, got 500: no engine");
    let server = Server::new().on("/gone", [json("{}"), status(404)]);
    let ran = run("  gone: { get: /gone, poll: { until: status == 404, every: 1s } }\n", &server);
    assert_eq!((server.count("/gone"), ran.outcome.passed()), (2, true));
}

#[test]
fn a_lost_answer_is_retried_within_its_poll() {
    let server = Server::new().on("/status", [nothing(Reset), json(r#"{"status":"Running"}"#)]);
    let retry = "    retry: { attempts: 2, delay: 1s, on: [reset] }\n";
    let ran = run(&format!("{}{retry}", running()), &server);
    assert_eq!((server.count("/status"), ran.outcomes()), (2, vec!["running flaky".to_owned()]));
}

#[test]
fn expectations_and_captures_see_the_last_answer() {
    let server = Server::new().on("/status", [json(r#"{"status":"Starting"}"#), json(r#"{"status":"Running","n":2}"#)]);
    let more = "    capture: { n: $.n }\n    expect: [ n == 3 ]\n";
    let ran = run(&format!("{}{more}", running()), &server);
    assert_eq!(ran.said("running"), "expected `n == 3`; `n` is 2");
}

#[test]
fn a_status_that_is_expected_is_demanded_even_when_until_holds() {
    let server = Server::new().on("/a", [json(r#"{"done":true}"#)]);
    let ran = run("  a: { get: /a, poll: { until: body.done }, expect: { status: 201 } }\n", &server);
    assert_eq!(ran.said("a"), r#"expected status 201, got 200: {"done":true}"#);
}

#[test]
fn a_slow_last_answer_does_not_outlive_its_poll() {
    let server = Server::new().on("/a", [json(r#"{"done":false}"#).after(60)]);
    let ran = run("  a: { get: /a, timeout: 5m, poll: { until: body.done, every: 1s, timeout: 10s } }\n", &server);
    assert!(ran.record().duration() <= 11_000, "{} ms", ran.record().duration());
    assert!(ran.said("a").contains("did not hold within 10 s"), "{}", ran.said("a"));
}
