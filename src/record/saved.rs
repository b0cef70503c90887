//! Runs as they are saved, for the tests of the views.

use crate::event::{Decision, Envelope, Event, FailureKind, Outcome, Role};
use crate::record::script::{Script, address, failure, left_behind};

const STEPS: &[(&str, &str)] = &[
    ("workspace", "ensure POST /v1/api/workspaces/create"),
    ("upload_model", "POST /v1/api/models/upload_and_convert"),
    ("deploy", "POST /v1/api/pipelines/deploy"),
    ("running", "POST /v1/api/status/get_deployment"),
    ("infer", "POST {{ infer_url }}"),
];

/// Everything passes, one step on its second attempt.
pub(crate) fn passed() -> Vec<Envelope> {
    let mut script = Script::run("deploy-and-infer", STEPS);
    workspace(&mut script);
    upload(&mut script);
    deploy(&mut script);
    running(&mut script, &["\"Starting\"", "\"Starting\"", "\"LoadBalancing\""]);
    let call = script.send_as("running", "POST /v1/api/status/get_deployment", Role::Main, (1, 4));
    script.pass(call, 12, r#"{"status":"Running"}"#);
    script.end_with("running", Outcome::Passed, |report| report.polls = 4).begin("infer");
    let call = script.send("infer", "POST /v1/api/pipelines/infer/demo/demo");
    script.pass(call, 41, r#"[{"out":{"dense_1":[0.0014974177]}}]"#).end_with("infer", Outcome::Passed, |report| {
        report.captures.insert("fraud".to_owned(), crate::value::Value::float(0.0014974177));
    });
    script.event(Event::Closing { cleanups: 1 }).event(Event::CleanupStarted { step: address("deploy") });
    let call = script.send_as("deploy", "POST /v1/api/pipelines/undeploy", Role::Cleanup(0), (1, 0));
    script.pass(call, 25, "{}");
    script.event(Event::CleanupFinished {
        step: address("deploy"),
        outcome: Outcome::Passed,
        failures: Vec::new(),
        by_steps: false,
    });
    script.finish(Outcome::Passed, |finished| {
        finished.flaky = 1;
        finished.outputs.insert("fraud_probability".to_owned(), crate::value::Value::float(0.0014974177));
        finished.outputs.insert("label".to_owned(), "not fraud".into());
    });
    script.events
}

/// A poll fails, what needs it is skipped, the cleanup gets no answer, and someone pressed Ctrl-C meanwhile.
pub(crate) fn failed() -> Vec<Envelope> {
    let mut script = Script::run("deploy-and-infer", STEPS);
    workspace(&mut script);
    upload(&mut script);
    deploy(&mut script);
    running(&mut script, &["\"Starting\""]);
    let call = script.send_as("running", "POST /v1/api/status/get_deployment", Role::Main, (1, 2));
    script.answer(call, 9, 200, r#"{"status":"Error"}"#).decide(call, Decision::Fail);
    script.end_with("running", Outcome::Failed, |report| {
        report.polls = 2;
        let message = "`fail_when` holds: body.status == \"Error\"\n  body.status  \"Error\"";
        let help = "the answer is in `callsheet show -v`";
        report.failures = vec![
            failure(FailureKind::FailWhen, message, "demo.yaml:71:18", help),
            failure(FailureKind::Expect, "`body.replicas == 2` is false", "demo.yaml:74:9", ""),
        ];
    });
    script.end_with("infer", Outcome::Skipped, |report| {
        report.reason = Some("needs `running`, which failed".to_owned());
        report.attempts = 0;
    });
    script.event(Event::Closing { cleanups: 1 }).event(Event::CleanupStarted { step: address("deploy") });
    let call = script.send_as("deploy", "POST /v1/api/pipelines/undeploy", Role::Cleanup(0), (1, 0));
    script.event(Event::Interrupted { times: 1 }).no_answer(call, 30_000, true).decide(call, Decision::Error);
    let failures = vec![failure(FailureKind::Transport, "no answer from localhost:8080 in 30 s", "demo.yaml:60:7", "")];
    script.event(Event::CleanupFinished {
        step: address("deploy"),
        outcome: Outcome::Errored,
        failures,
        by_steps: false,
    });
    script.finish(Outcome::Failed, |finished| {
        finished.interrupted = true;
        finished.left_behind =
            vec![left_behind("deploy", "POST http://localhost:8080/v1/api/pipelines/deploy", "its cleanup errored")];
    });
    script.events
}

/// The process dies while a request that may not be repeated is in flight.
pub(crate) fn killed() -> Vec<Envelope> {
    let mut script = Script::run("deploy-and-infer", STEPS);
    workspace(&mut script);
    script.begin("upload_model");
    script.send("upload_model", "POST /v1/api/models/upload_and_convert");
    script.events
}

fn workspace(script: &mut Script) {
    script.begin("workspace");
    let token = script.send_as("workspace", "POST /auth/token", Role::Token("mlops".to_owned()), (1, 0));
    script.pass(token, 35, "{\"access_token\":\"***\"}");
    let find = script.send_as("workspace", "POST /v1/api/workspaces/list", Role::Find(0), (1, 0));
    script.answer(find, 20, 200, r#"{"workspaces":[]}"#).decide(find, Decision::Absent);
    let create = script.send_as("workspace", "POST /v1/api/workspaces/create", Role::Create, (1, 0));
    script.pass(create, 31, r#"{"workspace_id":5}"#).end_with("workspace", Outcome::Passed, |report| {
        report.created = Some(true);
        report.captures.insert("workspace_id".to_owned(), 5u64.into());
    });
}

fn upload(script: &mut Script) {
    script.begin("upload_model");
    let first = script.send("upload_model", "POST /v1/api/models/upload_and_convert");
    script.no_answer(first, 3, false);
    script.decide(first, Decision::Retry { after: 500, because: "connect".to_owned() }).wait(500);
    let second = script.send_as("upload_model", "POST /v1/api/models/upload_and_convert", Role::Main, (2, 0));
    script.pass(second, 812, r#"{"id":3}"#).end_with("upload_model", Outcome::Flaky, |report| report.attempts = 2);
}

fn deploy(script: &mut Script) {
    script.begin("deploy");
    let call = script.send("deploy", "POST /v1/api/pipelines/deploy");
    script.answer(call, 48, 200, r#"{"id":9}"#).event(Event::CleanupArmed { step: address("deploy") });
    script.decide(call, Decision::Pass).end_with("deploy", Outcome::Passed, |report| {
        report.captures.insert("deployment_id".to_owned(), 9u64.into());
    });
}

fn running(script: &mut Script, seen: &[&str]) {
    script.begin("running");
    for (poll, seen) in (1..).zip(seen) {
        let call = script.send_as("running", "POST /v1/api/status/get_deployment", Role::Main, (1, poll));
        script.answer(call, 10, 200, &format!(r#"{{"status":{seen}}}"#));
        script.decide(call, Decision::PollAgain { after: 1000, seen: (*seen).to_owned() }).wait(1000);
    }
}
