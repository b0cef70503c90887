//! What may be sent again, and what may not.

use callsheet::wire::TransportErrorKind::{Refused, Reset, Timeout};

use super::scenario::{Server, json, nothing, run, status};

const RETRY: &str = "retry: { attempts: 4, delay: 1s, on: [connect, timeout, reset, 429, 503] }";

#[test]
fn a_once_call_whose_answer_was_lost_is_not_sent_again_and_is_named() {
    let server = Server::new().on("/create", [nothing(Reset)]).on("/next", [json("{}")]);
    let ran =
        run(&format!("  create: {{ post: /create, {RETRY} }}\n  next: {{ post: /next, needs: [create] }}\n"), &server);
    assert_eq!(server.lines(), ["POST /create"]);
    assert_eq!(ran.outcomes(), ["create errored", "next skipped"]);
    assert_eq!(ran.left_behind(), ["create: it may have been executed: http://api.example.com: Reset"]);
    let help = ran.record().steps().next().expect("a step").failures()[0].help.clone();
    assert!(help.is_some_and(|help| help.contains("must not be done twice") && help.contains("effect: idempotent")));
}

#[test]
fn a_reading_call_whose_answer_was_lost_is_sent_again() {
    let server = Server::new().on("/list", [nothing(Reset), nothing(Timeout), json("{}")]);
    let ran = run(&format!("  list: {{ post: /list, effect: read, {RETRY} }}\n"), &server);
    assert_eq!((server.count("/list"), ran.outcomes()), (3, vec!["list flaky".to_owned()]));
    assert!(ran.outcome.passed() && ran.left_behind().is_empty());
}

#[test]
fn a_once_call_is_sent_again_when_it_surely_was_not_executed() {
    let server = Server::new().on("/create", [nothing(Refused), status(429), json("{}")]);
    let ran = run(&format!("  create: {{ post: /create, {RETRY} }}\n"), &server);
    assert_eq!((server.count("/create"), ran.outcome.passed()), (3, true));
}

#[test]
fn unsafe_overrides_what_may_not_be_done_twice() {
    let server = Server::new().on("/create", [nothing(Reset), status(503), json("{}")]);
    let retry = "retry: { attempts: 4, delay: 1s, on: [reset, 503], unsafe: true }";
    let ran = run(&format!("  create: {{ post: /create, {retry} }}\n"), &server);
    assert_eq!((server.count("/create"), ran.outcome.passed()), (3, true));
}

#[test]
fn a_call_that_was_sent_again_in_doubt_has_perhaps_been_done_twice_and_is_named() {
    let server = Server::new().on("/create", [nothing(Reset), json("{}")]);
    let ran = run("  create: { post: /create, retry: { delay: 1s, on: [reset], unsafe: true } }\n", &server);
    let reason = "it may have been executed: an earlier attempt got no answer, and it was sent again";
    assert!(ran.outcome.passed());
    assert_eq!(ran.left_behind(), [format!("create: {reason}")]);
}

#[test]
fn an_idempotent_call_that_was_answered_well_at_last_is_not_in_doubt() {
    let server = Server::new().on("/slot", [nothing(Reset), json("{}")]);
    let ran = run("  put: { put: /slot, expect: [ body.ready ], retry: { delay: 1s, on: [reset] } }\n", &server);
    assert_eq!((ran.outcomes(), ran.left_behind()), (vec!["put failed".to_owned()], Vec::new()));
}

#[test]
fn a_gateway_error_on_a_once_call_leaves_it_unknown() {
    let server = Server::new().on("/create", [status(504)]);
    let ran = run(&format!("  create: {{ post: /create, {RETRY} }}\n"), &server);
    assert_eq!(ran.outcomes(), ["create failed"]);
    assert!(ran.left_behind()[0].contains("expected a 2xx status, got 504"), "{:?}", ran.left_behind());
}

#[test]
fn retry_after_is_waited_for_and_capped() {
    let asked = |seconds: &str| status(503).header("retry-after", seconds);
    let server = Server::new().on("/list", [asked("3"), asked("600"), json("{}")]);
    let ran = run("  list: { get: /list, retry: { attempts: 3, delay: 1s, max_delay: 5s } }\n", &server);
    let decided: Vec<String> = ran.events().iter().map(|envelope| format!("{:?}", envelope.event)).collect();
    let delays: Vec<&String> = decided.iter().filter(|event| event.contains("Retry {")).collect();
    assert!(delays[0].contains("after: 3000") && delays[1].contains("after: 5000"), "{delays:?}");
    assert!(ran.outcome.passed());
}

#[test]
fn without_a_retry_nothing_is_sent_twice() {
    let server = Server::new().on("/list", [status(503)]);
    let ran = run("  list: { get: /list }\n", &server);
    assert_eq!((server.count("/list"), ran.outcomes()), (1, vec!["list failed".to_owned()]));
}

#[test]
fn a_status_that_is_expected_is_never_retried() {
    let server = Server::new().on("/list", [status(503)]);
    let ran = run(&format!("  list: {{ get: /list, expect: {{ status: 503 }}, {RETRY} }}\n"), &server);
    assert_eq!((server.count("/list"), ran.outcome.passed()), (1, true));
}

#[test]
fn a_call_that_changes_something_and_lost_its_answer_for_good_is_named_whatever_its_effect() {
    let server = Server::new().on("/thing", [nothing(Reset)]);
    let ran = run(&format!("  put: {{ put: /thing, {RETRY} }}\n"), &server);
    assert_eq!(server.count("/thing"), 4);
    assert!(ran.left_behind().len() == 1 && ran.left_behind()[0].starts_with("put: "), "{:?}", ran.left_behind());
    let ran = run(&format!("  get: {{ get: /thing, {RETRY} }}\n"), &server);
    assert!(ran.left_behind().is_empty());
}

#[test]
fn a_retry_without_attempts_retries() {
    for retry in ["{ max_delay: 5s }", "{ backoff: 1 }", "{ delay: 1s }", "{ on: [503] }"] {
        let server = Server::new().on("/a", [status(503), json("{}")]);
        let ran = run(&format!("  a: {{ get: /a, retry: {retry} }}\n"), &server);
        assert!(ran.outcome.passed(), "{retry}");
    }
}
