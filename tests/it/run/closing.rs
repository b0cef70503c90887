//! `finally`, cleanup, and what is left behind.

use callsheet::event::Outcome;
use callsheet::plan::Inputs;
use callsheet::record::Record;
use callsheet::runner::{CleanupWhen, Options};
use callsheet::session::{Resumption, Stopped, Unresumable};

use super::scenario::{Server, json, load, run, run_with, status};

const TWO: &str = "
  first: { post: /first, capture: { a: $.id }, cleanup: { delete: '/first/{{ a }}' } }
  second: { post: '/second', json: { a: '{{ a }}' }, capture: { b: $.id }, cleanup: { delete: '/second/{{ b }}' } }
  check: { get: /check, needs: [second] }
";

/// Every step of `TWO` passes; the second one's cleanup fails.
fn one_cleanup_fails() -> Server {
    Server::new()
        .on("/first", [json(r#"{"id":1}"#)])
        .on("/second", [json(r#"{"id":2}"#)])
        .on("/check", [json("{}")])
        .on("/second/2", [status(500)])
        .on("/first/1", [json("null")])
}

fn two(check: super::scenario::Reply) -> Server {
    Server::new()
        .on("/first", [json(r#"{"id":1}"#)])
        .on("/second", [json(r#"{"id":2}"#)])
        .on("/check", [check])
        .on("/first/1", [json("null")])
        .on("/second/2", [json("null")])
}

#[test]
fn cleanups_run_in_reverse_however_the_run_ended() {
    for check in [json("{}"), status(500)] {
        let server = two(check);
        let ran = run(TWO, &server);
        assert_eq!(server.lines()[3..], ["DELETE /second/2", "DELETE /first/1"]);
        assert!(ran.left_behind().is_empty());
    }
}

#[test]
fn keep_leaves_everything_and_names_it() {
    for (cleanup, check, kept) in [
        (CleanupWhen::Never, json("{}"), 2),
        (CleanupWhen::Passed, json("{}"), 0),
        (CleanupWhen::Passed, status(500), 2),
    ] {
        let server = two(check);
        let options = Options { cleanup, ..Options::default() };
        let ran = run_with(TWO, &server, options, Inputs::new(), |_, _| {});
        assert_eq!((ran.left_behind().len(), server.lines().len()), (kept, 5 - kept), "{cleanup:?}");
    }
}

#[test]
fn a_cleanup_that_fails_makes_a_passed_run_errored_and_the_others_still_run() {
    let server = one_cleanup_fails();
    let ran = run(TWO, &server);
    assert_eq!(server.count("/first/1"), 1);
    assert_eq!(ran.record().outcome(), Some(callsheet::event::Outcome::Errored));
    assert_eq!(ran.left_behind(), ["second: its cleanup failed: expected a 2xx status, got 500 (b = 2)"]);
}

#[test]
fn a_cleanup_is_armed_by_the_answer_even_if_its_captures_fail() {
    let server = Server::new().on("/first", [json(r#"{"name":"x"}"#)]);
    let ran = run("  first: { post: /first, capture: { a: $.id }, cleanup: { delete: '/first/{{ a }}' } }\n", &server);
    assert_eq!(ran.outcomes(), ["first failed"]);
    let left = &ran.left_behind()[0];
    assert!(left.starts_with("first: its cleanup errored") && left.contains("`a`"), "{left}");
}

#[test]
fn a_step_can_be_the_cleanup_of_another_and_is_not_run_twice() {
    let steps = "
  deploy: { post: /deploy, capture: { id: $.id }, cleanup: { step: undeploy } }
  check: { get: /check, needs: [deploy] }
  undeploy: { post: /undeploy, json: { id: '{{ id }}' }, needs: [check] }
";
    for (check, outcome) in [(json("{}"), "undeploy passed"), (status(500), "undeploy skipped")] {
        let server =
            Server::new().on("/deploy", [json(r#"{"id":5}"#)]).on("/check", [check]).on("/undeploy", [json("null")]);
        let ran = run(steps, &server);
        assert_eq!(server.count("/undeploy"), 1);
        assert_eq!(ran.outcomes()[2], outcome);
        assert_eq!(server.seen().last().expect("a request").body, r#"{"id":5}"#);
    }
}

#[test]
fn finally_sees_how_the_run_ended_and_runs_before_the_cleanups() {
    let server = two(status(500)).on("/logs", [json("{}")]);
    let steps = format!(
        "steps:{TWO}finally:\n  logs: {{ post: /logs, json: {{ outcome: '{{{{ run.outcome }}}}', failures: '{{{{ run.failures }}}}', b: '{{{{ b }}}}' }} }}\n"
    );
    let ran = run(&steps, &server);
    assert_eq!(server.lines()[3..], ["POST /logs", "DELETE /second/2", "DELETE /first/1"]);
    let body = &server.seen()[3].body;
    assert!(body.contains(r#""outcome":"failed""#) && body.contains(r#""step":"check""#), "{body}");
    assert!(body.contains(r#""b":2"#), "{body}");
    assert_eq!(ran.outcomes().last().map(String::as_str), Some("logs passed"));
}

#[test]
fn an_ensure_that_found_it_is_not_cleaned_up_and_one_that_created_it_is() {
    let steps = "
  thing:
    ensure:
      find: { get: /things, capture: { id: '$[?@.name == \"x\"].id' } }
      create: { post: /things/new, capture: { id: $.id } }
    cleanup: { delete: '/things/{{ id }}' }
";
    let server = Server::new().on("/things", [json(r#"[{"name":"x","id":4}]"#)]);
    let ran = run(steps, &server);
    assert_eq!((server.lines(), ran.outcome.passed()), (vec!["GET /things".to_owned()], true));
    let server = Server::new()
        .on("/things", [json("[]")])
        .on("/things/new", [status(201).json(r#"{"id":5}"#)])
        .on("/things/5", [status(204)]);
    run(steps, &server);
    assert_eq!(server.lines(), ["GET /things", "POST /things/new", "DELETE /things/5"]);
}

#[test]
fn a_conflict_on_create_finds_again() {
    let steps = "
  thing:
    ensure:
      find: { get: /things, capture: { id: '$[0].id' } }
      create: { post: /things/new, capture: { id: $.id } }
outputs: { id: '{{ id }}', created: '{{ steps.thing.created }}' }
";
    let server = Server::new().on("/things", [json("[]"), json(r#"[{"id":7}]"#)]).on("/things/new", [status(409)]);
    let ran = run(&format!("steps:{steps}"), &server);
    assert_eq!(server.lines(), ["GET /things", "POST /things/new", "GET /things"]);
    assert_eq!(super::scenario::outputs(&ran), r#"{"id":7,"created":false}"#);
}

#[test]
fn what_differs_is_updated() {
    let steps = "
  thing:
    ensure:
      find: { get: /things, capture: { id: '$[0].id' } }
      create: { post: /things/new, capture: { id: $.id } }
      differs: body[0].size != 3
      update: { put: '/things/{{ id }}', json: { size: 3 } }
";
    for (size, requests) in [(3, 1), (2, 2)] {
        let server = Server::new()
            .on("/things", [json(&format!(r#"[{{"id":7,"size":{size}}}]"#))])
            .on("/things/7", [json("{}")]);
        let ran = run(steps, &server);
        assert_eq!((server.lines().len(), ran.outcome.passed()), (requests, true));
    }
}

#[test]
fn what_a_conflict_found_is_not_cleaned_up() {
    let steps = "
  thing:
    ensure:
      find: { get: /things, capture: { id: '$[0].id' } }
      create: { post: /things/new, capture: { id: $.id } }
      conflict: body.exists
    cleanup: { delete: '/things/{{ id }}' }
";
    let server = Server::new()
        .on("/things", [json("[]"), json(r#"[{"id":42}]"#)])
        .on("/things/new", [json(r#"{"exists":true,"id":42}"#)]);
    let ran = run(steps, &server);
    assert_eq!(server.lines(), ["GET /things", "POST /things/new", "GET /things"]);
    assert!(ran.outcome.passed());
}

#[test]
fn a_step_that_may_have_done_its_part_is_not_sent_again_as_a_cleanup() {
    use callsheet::wire::TransportErrorKind::Reset;
    let steps = "
  made: { post: /made, capture: { id: $.id }, cleanup: { step: undo } }
  undo: { post: /undo, json: { id: '{{ id }}' } }
";
    let server = Server::new().on("/made", [json(r#"{"id":1}"#)]).on("/undo", [super::scenario::nothing(Reset)]);
    let ran = run(steps, &server);
    assert_eq!(server.count("/undo"), 1);
    assert!(ran.left_behind().iter().any(|left| left.starts_with("made: ") && left.contains("not sent again")));
}

#[test]
fn one_step_undoes_two_and_is_sent_once() {
    let steps = "
  a: { post: /a, capture: { a: $.id }, cleanup: { step: undo } }
  b: { post: /b, capture: { b: $.id }, cleanup: { step: undo } }
  fails: { get: /fails, needs: [a, b] }
  undo: { post: /undo, needs: [fails] }
";
    let id = || json(r#"{"id":1}"#);
    let server = Server::new().on("/a", [id()]).on("/b", [id()]).on("/fails", [status(500)]).on("/undo", [id()]);
    run(steps, &server);
    assert_eq!(server.count("/undo"), 1);
}

#[test]
fn every_request_of_a_cleanup_is_tried() {
    let steps = "  a: { post: /a, cleanup: [ { delete: /x }, { delete: /y } ] }\n";
    let server = Server::new().on("/a", [json("{}")]).on("/x", [status(500)]).on("/y", [json("null")]);
    let ran = run(steps, &server);
    assert_eq!(server.lines(), ["POST /a", "DELETE /x", "DELETE /y"]);
    assert_eq!(ran.left_behind().len(), 1);
}

#[test]
fn a_failing_cleanup_does_not_keep_the_others_of_a_passed_run() {
    let server = one_cleanup_fails();
    let options = Options { cleanup: CleanupWhen::Passed, ..Options::default() };
    run_with(TWO, &server, options, Inputs::new(), |_, _| {});
    assert_eq!(server.count("/first/1"), 1);
}

#[test]
fn a_cleanup_that_a_step_has_done_is_owed_no_more() {
    let steps = "
  deploy: { post: /deploy, capture: { id: $.id }, cleanup: { step: undeploy } }
  undeploy: { post: '/undeploy/{{ id }}' }
";
    let server = || {
        Server::new().on("/deploy", [json(r#"{"id":7}"#)]).on("/undeploy/7", [json("{}")]).on("/last", [status(500)])
    };
    for cleanup in [CleanupWhen::Always, CleanupWhen::Never] {
        let options = Options { cleanup, ..Options::default() };
        let ran = run_with(steps, &server(), options, Inputs::new(), |_, _| {}).passed();
        assert!(ran.left_behind().is_empty(), "{:?}", ran.left_behind());
        let record = Record::fold(ran.events());
        assert!(
            record.cleanups.iter().all(|cleanup| cleanup.outcome == Some(Outcome::Passed)),
            "{:?}",
            record.cleanups
        );
        let plan = load(steps).plan(&Inputs::new()).expect("no inputs");
        let again = Stopped::new(ran.events(), |_| None).expect("a run");
        let cleanup_only = Resumption { cleanup_only: true, ..Resumption::default() };
        let told = again.prepare(&plan, &cleanup_only).err();
        assert_eq!(told, Some(Unresumable::Done("nothing is left to be cleaned up".to_owned())));
    }
    let with_last = format!("{steps}  last: {{ get: /last, needs: [undeploy] }}\n");
    let failed = run_with(&with_last, &server(), Options::default(), Inputs::new(), |_, _| {});
    let plan = load(&with_last).plan(&Inputs::new()).expect("no inputs");
    let again = Stopped::new(failed.events(), |_| None).expect("a run");
    let (past, _) = again.prepare(&plan, &Resumption::default()).expect("it failed");
    assert!(past.undone.is_empty() && past.owed.is_empty(), "what it did stands: {:?}", past.undone);
}
