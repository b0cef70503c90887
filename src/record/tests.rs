//! Records of short runs, written by hand.

use super::script::{Script, address, failure};
use super::*;
use crate::event::{Decision, Effect, Event, FailureKind, Outcome, Role};

fn addresses<'a>(steps: impl Iterator<Item = &'a StepRecord>) -> Vec<&'a str> {
    steps.map(|step| step.step.as_str()).collect()
}

#[test]
fn an_ensure_keeps_its_find_and_its_create_under_one_step() {
    let mut script = Script::run("demo", &[("workspace", "POST /create")]);
    script.begin("workspace");
    let find = script.send_as("workspace", "POST /list", Role::Find(0), (1, 0));
    script.answer(find, 20, 200, "{}").decide(find, Decision::Absent);
    let create = script.send_as("workspace", "POST /create", Role::Create, (1, 0));
    script.answer(create, 30, 409, "{}").decide(create, Decision::Conflict);
    let again = script.send_as("workspace", "POST /list", Role::Find(0), (1, 0));
    script.pass(again, 10, "{}").end_with("workspace", Outcome::Passed, |report| {
        report.created = Some(false);
        report.captures.insert("workspace_id".to_owned(), 5u64.into());
    });
    let record = Record::fold(script.events);
    let step = record.step(&address("workspace")).expect("it is planned");
    let tries: Vec<_> = step.tries.iter().map(|one| (one.role.label(), one.status(), one.decision.clone())).collect();
    assert_eq!(
        tries,
        [
            ("find".to_owned(), Some(200), Some(Decision::Absent)),
            ("create".to_owned(), Some(409), Some(Decision::Conflict)),
            ("find".to_owned(), Some(200), Some(Decision::Pass)),
        ]
    );
    assert_eq!((step.started, step.ended), (Some(0), Some(60)));
    assert_eq!(step.capture("workspace_id"), Some(&5u64.into()));
    assert_eq!(record.step_of(create), Some(&address("workspace")));
}

#[test]
fn polls_and_retries_keep_their_numbers_and_reasons() {
    let mut script = Script::run("demo", &[("running", "POST /status")]);
    script.begin("running");
    let first = script.send_as("running", "POST /status", Role::Main, (1, 1));
    script.answer(first, 5, 200, "{}");
    script.decide(first, Decision::PollAgain { after: 1000, seen: "\"Starting\"".to_owned() }).wait(1000);
    let second = script.send_as("running", "POST /status", Role::Main, (1, 2));
    script.answer(second, 5, 503, "");
    script.decide(second, Decision::Retry { after: 500, because: "503".to_owned() }).wait(500);
    let third = script.send_as("running", "POST /status", Role::Main, (2, 2));
    script.pass(third, 5, "{}").end_with("running", Outcome::Flaky, |report| report.polls = 2);
    let record = Record::fold(script.events);
    let step = record.step(&address("running")).expect("it is planned");
    let numbers: Vec<_> = step.tries.iter().map(|one| (one.poll, one.attempt, one.sent)).collect();
    assert_eq!(numbers, [(1, 1, 0), (2, 1, 1005), (2, 2, 1510)]);
    assert_eq!(addresses(record.flaky()), ["running"]);
    assert_eq!((record.counts().passed, record.counts().flaky, record.duration()), (1, 1, 1515));
}

#[test]
fn token_requests_are_kept_apart_from_the_steps_that_share_them() {
    let mut script = Script::run("demo", &[("a", "GET /a")]);
    script.begin("a");
    let token = script.send_as("a", "POST /token", Role::Token("mlops".to_owned()), (1, 0));
    script.pass(token, 8, "{}");
    let call = script.send("a", "GET /a");
    script.answer(call, 3, 401, "").decide(call, Decision::Renew);
    let record = Record::fold(script.events);
    assert_eq!(record.tokens.len(), 1);
    assert_eq!((record.tokens[0].provider.as_str(), record.tokens[0].exchange.status()), ("mlops", Some(200)));
    assert_eq!(record.step(&address("a")).expect("it is planned").tries.len(), 1);
    assert_eq!(record.call(token).map(|one| one.role.label()).as_deref(), Some("token of mlops"));
}

#[test]
fn a_cleanup_has_its_own_tries_and_its_own_end() {
    let mut script = Script::run("demo", &[("deploy", "POST /deploy")]);
    script.begin("deploy");
    let deploy = script.send("deploy", "POST /deploy");
    script.answer(deploy, 9, 200, "{}").event(Event::CleanupArmed { step: address("deploy") });
    script.decide(deploy, Decision::Pass).end("deploy", Outcome::Passed).event(Event::Closing { cleanups: 1 });
    script.event(Event::CleanupStarted { step: address("deploy") });
    let undeploy = script.send_as("deploy", "POST /undeploy", Role::Cleanup(0), (1, 0));
    script.answer(undeploy, 4, 500, "").decide(undeploy, Decision::Fail);
    let failures = vec![failure(FailureKind::Status, "expected a 2xx status and found 500", "", "")];
    script.event(Event::CleanupFinished {
        step: address("deploy"),
        outcome: Outcome::Failed,
        failures,
        by_steps: false,
    });
    let record = Record::fold(script.events);
    let cleanup = record.cleanup(&address("deploy")).expect("it was armed");
    assert_eq!((cleanup.armed, cleanup.started, cleanup.ended), (Some(9), Some(9), Some(13)));
    assert_eq!((cleanup.outcome, cleanup.tries.len(), cleanup.failures.len()), (Some(Outcome::Failed), 1, 1));
    assert_eq!(record.step(&address("deploy")).expect("it is planned").tries.len(), 1);
    assert_eq!(record.closing, Some(9));
}

#[test]
fn a_killed_run_is_unfinished_and_names_what_is_unknown() {
    let mut script = Script::run("demo", &[("a", "GET /a"), ("b", "POST /b"), ("c", "POST /c"), ("d", "GET /d")]);
    script.begin("a").event(Event::CleanupArmed { step: address("a") }).end("a", Outcome::Passed);
    script.begin("b").begin("c");
    let lost = script.send("b", "POST /b");
    script.no_answer(lost, 30_000, true);
    script.send_as("c", "POST /c", Role::Main, (1, 1));
    let record = Record::fold(script.events);
    assert!(record.is_unfinished() && record.outcome().is_none());
    let unknown: Vec<_> = record.unknown().map(|unknown| unknown.step.as_str()).collect();
    assert_eq!(unknown, ["b", "c"]);
    let left: Vec<_> = record.left_behind().into_iter().map(|left| (left.step.to_string(), left.request)).collect();
    assert_eq!(left, [("a".to_owned(), String::new()), ("b".to_owned(), "POST http://localhost:8080/b".to_owned())]);
    assert_eq!(addresses(record.running()), ["b", "c"]);
    assert_eq!(record.counts(), Counts { passed: 1, running: 2, waiting: 1, ..Counts::default() });
}

#[test]
fn a_killed_run_names_what_was_taken_and_not_seen_to_its_end() {
    let left = |status| {
        let mut script = Script::run("demo", &[("a", "POST /a")]);
        script.begin("a");
        let taken = script.send("a", "POST /a");
        script.answer(taken, 9, status, "").decide(taken, Decision::Redirect { to: "http://localhost/b".to_owned() });
        script.send_as("a", "GET /b", Role::Main, (1, 1));
        let left = Record::fold(script.events).left_behind();
        left.into_iter().map(|left| format!("{}: {}", left.request, left.reason)).collect::<Vec<_>>()
    };
    let reason = "it was taken, and the run stopped before it was seen what came of it";
    assert_eq!(left(303), [format!("POST http://localhost:8080/a: {reason}")]);
    // There it was not executed, and what was sent on is an intent of its own.
    assert!(left(307).is_empty());
}

#[test]
fn a_killed_run_names_every_request_that_may_have_been_executed() {
    let left = |effect: Effect, statuses: &[u16], end: Option<Outcome>| {
        let mut script = Script::run("demo", &[("a", "POST /a")]);
        script.begin("a");
        for status in statuses {
            let call = script.send("a", "POST /a");
            if let Some(Event::Sending(sending)) = script.events.last_mut().map(|envelope| &mut envelope.event) {
                sending.effect = effect;
            }
            script.answer(call, 9, *status, "");
            if end.is_some() {
                script.decide(call, Decision::Fail);
            }
        }
        end.into_iter().for_each(|end| {
            script.end("a", end);
        });
        !Record::fold(script.events).left_behind().is_empty()
    };
    // The gateway does not know what the server has done, and neither does a later refusal.
    assert!(left(Effect::Once, &[504], Some(Outcome::Failed)));
    assert!(left(Effect::Idempotent, &[502, 503], Some(Outcome::Failed)));
    assert!(!left(Effect::Once, &[500], Some(Outcome::Failed)));
    // A good answer settles what may be done twice, and only that.
    assert!(!left(Effect::Idempotent, &[504, 200], Some(Outcome::Failed)));
    assert!(left(Effect::Once, &[504, 200], Some(Outcome::Passed)));
    // Of a step that has ended one knows what was wanted of it; the answer to one that has not may be lost.
    assert!(left(Effect::Once, &[200], None));
    assert!(!left(Effect::Once, &[200], Some(Outcome::Failed)));
    assert!(!left(Effect::Read, &[200], None));
}

#[test]
fn instances_stand_behind_their_step_and_are_counted_in_its_place() {
    let mut script = Script::run("demo", &[("upload", "POST /m"), ("infer", "POST /i")]);
    script.begin("upload").begin("infer").begin("upload[b]").begin("upload[b].inner").begin("upload[a.b]");
    for step in ["upload[b].inner", "upload[b]", "upload[a.b]"] {
        script.end(step, Outcome::Passed);
    }
    script.end_with("infer", Outcome::Failed, |report| report.tolerated = true);
    let record = Record::fold(script.events);
    assert_eq!(addresses(record.steps()), ["upload", "upload[b]", "upload[b].inner", "upload[a.b]", "infer"]);
    assert_eq!(record.steps().map(StepRecord::depth).collect::<Vec<_>>(), [0, 1, 2, 1, 0]);
    assert_eq!(record.counts(), Counts { passed: 2, failed: 1, tolerated: 1, ..Counts::default() });
    assert_eq!(addresses(record.bad()), ["infer"]);
}

#[test]
fn a_step_that_begins_again_has_not_ended() {
    let mut script = Script::run("demo", &[("a", "GET /a")]);
    script.begin("a").end("a", Outcome::Failed).begin("a");
    assert_eq!(Record::fold(script.events).steps().next().map(StepRecord::state), Some(StepState::Running));
}

#[test]
fn what_fits_nothing_is_left_out() {
    let mut script = Script::run("demo", &[]);
    script.pass(CallId(9), 1, "");
    let mut record = Record::default();
    assert_eq!((record.run_id(), record.steps().count()), ("", 0));
    for event in &script.events {
        record.apply(event);
    }
    assert_eq!((record.run_id(), record.call(CallId(9))), ("20261124-065523-k3f9", None));
}
