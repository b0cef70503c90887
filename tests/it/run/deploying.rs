//! The main job on the simulator: parallel uploads, bootstrap twice, resets, a server that dies.

use std::time::Duration;

use callsheet::event::Event;
use callsheet::runner::Options;
use callsheet::session::{Run, Session};
use callsheet::simulator::{Options as Behaviour, Settling, Simulator, ready_line};
use callsheet::value::Value;

use super::on_the_simulator::{Entry, Platform, writes};
use super::scenario::virtual_time;

fn of<'a>(log: &'a [Entry], call: &str) -> Vec<&'a Entry> {
    log.iter().filter(|entry| entry.path().ends_with(call)).collect()
}

const TWO_UPLOADS: &str = "
inputs: { api_url: {}, user: {}, password: { secret: true }, secret: { secret: true } }
simulate: { api_url: '{{ simulator.api_url }}', user: '{{ simulator.user.name }}', password: '{{ simulator.user.password }}', secret: '{{ simulator.client.secret }}' }
auth:
  mlops:
    oauth2:
      token_url: '{{ api_url }}/auth/realms/master/protocol/openid-connect/token'
      grant: password
      client_id: api-client
      client_secret: '{{ secret }}'
      username: '{{ user }}'
      password: '{{ password }}'
defaults: { base_url: '{{ api_url }}', auth: mlops, retry: { attempts: 3, delay: 1s, on: [connect, reset] } }
steps:
  workspace: { post: /v1/api/workspaces/create, json: { workspace_name: two }, capture: { workspace_id: $.workspace_id } }
  upload_a:
    post: /v1/api/models/upload_and_convert
    multipart:
      - { name: metadata, content_type: application/json, json: { name: a, visibility: private, workspace_id: '{{ workspace_id }}', conversion: { framework: onnx, python_version: '3.8', requirements: [] } } }
      - { name: file, filename: a.onnx, file: data/fraud.onnx, content_type: application/octet-stream }
    capture: { a: '$.insert_models.returning[0].models[0].id' }
  upload_b:
    post: /v1/api/models/upload_and_convert
    multipart:
      - { name: metadata, content_type: application/json, json: { name: b, visibility: private, workspace_id: '{{ workspace_id }}', conversion: { framework: onnx, python_version: '3.8', requirements: [] } } }
      - { name: file, filename: b.onnx, file: data/fraud.onnx, content_type: application/octet-stream }
    capture: { b: '$.insert_models.returning[0].models[0].id' }
  both:
    post: /v1/api/models/list
    json: { workspace_id: '{{ workspace_id }}' }
    effect: read
    needs: [upload_a, upload_b]
    expect: [ 'body.models | length == 2' ]
";

#[test]
fn two_uploads_are_in_flight_together_and_what_needs_both_waits_for_both() {
    virtual_time(async {
        let latency_of =
            vec![("/v1/api/models/upload_and_convert".parse().expect("a pattern"), Duration::from_secs(3))];
        let platform = Platform::new(Behaviour { latency_of, ..Behaviour::default() });
        let ran = platform.run(&format!("playbook: two\n{TWO_UPLOADS}"), &[], Options::default()).await;
        assert!(ran.outcome.passed(), "{:?}", ran.outcomes());
        let log = platform.log().await;
        let uploads: Vec<(u64, u64)> = of(&log, "upload_and_convert").iter().map(|entry| entry.time()).collect();
        assert_eq!(uploads.len(), 2);
        assert!(uploads[0].0 < uploads[1].1 && uploads[1].0 < uploads[0].1, "{uploads:?} do not overlap");
        let list = of(&log, "models/list")[0].time();
        assert!(uploads.iter().all(|upload| upload.1 <= list.0), "{uploads:?} and then {list:?}");
    });
}

#[test]
fn the_second_bootstrap_changes_nothing() {
    virtual_time(async {
        let platform = Platform::new(Behaviour::default());
        let first = platform.run("workflows/bootstrap.yaml", &[], Options::default()).await;
        assert!(first.outcome.passed(), "{:?}", first.outcomes());
        let log = platform.log().await;
        assert!(writes(&log).len() >= 6, "{:?}", writes(&log));
        let second = platform.run("workflows/bootstrap.yaml", &[], Options::default()).await;
        assert!(second.outcome.passed(), "{:?}", second.outcomes());
        let after = platform.log().await;
        assert!(after.len() > log.len());
        assert_eq!(writes(&after[log.len()..]), Vec::<&str>::new());
        assert_eq!(first.outcome.outputs, second.outcome.outputs);
    });
}

#[test]
fn a_deployment_that_never_runs_fails_at_its_time_out_and_is_undeployed() {
    virtual_time(async {
        let platform = Platform::new(Behaviour { deploy: Settling::Never, ..Behaviour::default() });
        let ran = platform.run("workflows/bootstrap.yaml", &[("deploy_timeout", "30s")], Options::default()).await;
        assert!(!ran.outcome.passed());
        let said = ran.said("running");
        assert!(said.contains("did not hold within 30 s") && said.contains(r#"body.status = "Starting""#), "{said}");
        assert_eq!(of(&platform.log().await, "pipelines/undeploy").len(), 1);
    });
}

fn with_reset(reset: &str, playbook: &str) -> (Vec<String>, Vec<String>, usize) {
    virtual_time(async {
        let resets = vec![reset.parse().expect("a reset")];
        let platform = Platform::new(Behaviour { resets, ..Behaviour::default() });
        let ran = platform.run(playbook, &[], Options::default()).await;
        let path = reset.split(':').next().expect("a path");
        let sent = platform.log().await.iter().filter(|entry| entry.path() == path).count();
        (ran.outcomes(), ran.left_behind(), sent)
    })
}

#[test]
fn a_reset_after_execution_is_not_repeated_on_a_once_call_and_repeated_on_a_read() {
    let playbook = format!("playbook: two\n{TWO_UPLOADS}");
    let (outcomes, left, sent) = with_reset("/v1/api/workspaces/create:after", &playbook);
    assert_eq!((outcomes[0].as_str(), sent), ("workspace errored", 1));
    assert!(left.len() == 1 && left[0].starts_with("workspace: it may have been executed"), "{left:?}");
    let (outcomes, left, sent) = with_reset("/v1/api/models/list:after", &playbook);
    assert_eq!((outcomes[3].as_str(), sent, left.len()), ("both flaky", 2, 0));
}

/// The one test with a socket: what a killed server looks like cannot be told without one.
#[test]
fn a_simulator_that_dies_leaves_an_errored_step_with_host_port_and_cause() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let behaviour = Behaviour { deploy: Settling::Never, start: jiff::Timestamp::now(), ..Behaviour::default() };
        let serving = Simulator::new(behaviour).serve(listener).await.expect("a simulator");
        let url = serving.url();
        let ready = Value::of(&ready_line(&serving));
        let inputs = callsheet::plan::Inputs::new().simulator(ready.get("simulator").cloned().expect("values"));
        let playbook = Session::new().load("workflows/deploy-and-infer.yaml").expect("a shipped playbook");
        let plan = playbook.plan(&inputs).unwrap_or_else(|problems| panic!("{problems}"));
        let (kill, killed) = tokio::sync::oneshot::channel();
        let mut kill = Some(kill);
        let killer = tokio::spawn(async move {
            killed.await.expect("the run polls");
            serving.stop().await;
        });
        let outcome = Run::new(&plan)
            .options(Options { ..Options::default() })
            .on_event(move |envelope| {
                if matches!(
                    &envelope.event,
                    Event::Decided { decision: callsheet::event::Decision::PollAgain { .. }, .. }
                ) {
                    kill.take().map(|kill| kill.send(()));
                }
            })
            .start()
            .await
            .expect("a store in memory does not fail");
        killer.await.expect("the simulator stops");
        let running = outcome.record.steps().find(|step| step.step.as_str() == "running").expect("the step");
        let said = &running.failures()[0].message;
        assert!(said.contains(&url) && said.contains("refused"), "{said}");
        assert_eq!(callsheet::cli::Exit::of(&outcome.record), callsheet::cli::Exit::Errored);
        let left = outcome.record.left_behind();
        assert!(left.iter().any(|left| left.step.as_str() == "deploy" && left.reason.contains("its cleanup errored")));
    });
}
