//! What the shipped playbooks do to a platform.

use std::fs;
use std::time::Duration;

use callsheet::simulator::{Options, Settling};
use callsheet::transcript::differences;

use super::folder;
use super::platform::Platform;

/// A platform on which a deployment takes as long as it did in the median of the published notebooks.
async fn platform() -> Platform {
    Platform::start(Options { deploy: Settling::After(Duration::from_secs(13)), ..Options::default() }).await
}

#[tokio::test(start_paused = true)]
async fn every_workflow_passes_on_the_simulator() {
    for path in super::workflows() {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a playbook's name is text");
        platform().await.run(name, &[]).await.passed();
    }
}

#[tokio::test(start_paused = true)]
async fn deploy_and_infer_gets_the_tutorials_probability_and_undeploys() {
    let platform = platform().await;
    let ended = platform.run("deploy-and-infer", &[]).await.passed();
    let probability = ended.output("fraud_probability").as_f64().expect("a probability is a number");
    assert!((probability - 0.001_497_417_7).abs() < 1e-6, "{probability}");
    let last = platform.executed(0).await.pop().expect("something was executed");
    assert_eq!((&*last.call, last.status), ("pipelines/undeploy", Some(200)));
}

#[tokio::test(start_paused = true)]
async fn deploy_and_infer_may_be_run_twice() {
    let platform = platform().await;
    let first = platform.run("deploy-and-infer", &[]).await.passed();
    let second = platform.run("deploy-and-infer", &[]).await.passed();
    assert_eq!(first.capture("workspace", "workspace_id"), second.capture("workspace", "workspace_id"));
    assert_ne!(first.capture("upload_model", "version_id"), second.capture("upload_model", "version_id"));
    assert_eq!(second.created(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn bootstrap_creates_what_is_missing_and_leaves_it_running() {
    let platform = platform().await;
    let ended = platform.run("bootstrap", &[]).await.passed();
    let created = ["member", "workspace", "membership", "model", "pipeline", "deployment"];
    assert_eq!(ended.created(), created);
    let mut writes = platform.writes(0).await;
    writes.sort_unstable();
    let expected = [
        "models/upload_and_convert",
        "pipelines/create",
        "pipelines/deploy",
        "users/invite",
        "workspaces/add_user",
        "workspaces/create",
    ];
    assert_eq!(writes, expected);
}

#[tokio::test(start_paused = true)]
async fn a_second_bootstrap_changes_nothing() {
    let platform = platform().await;
    let first = platform.run("bootstrap", &[]).await.passed();
    let before = platform.executed(0).await.len();
    let second = platform.run("bootstrap", &[]).await.passed();
    assert_eq!(platform.writes(before).await, Vec::<String>::new());
    assert_eq!(second.created(), Vec::<String>::new());
    for output in ["workspace_id", "member_id", "model_version", "infer_url"] {
        assert_eq!(first.output(output), second.output(output), "{output}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bootstrap_goes_on_where_another_has_stopped() {
    let platform = platform().await;
    platform.run("deploy-and-infer", &[("workspace_name", "fraud-detection")]).await.passed();
    let before = platform.executed(0).await.len();
    let ended = platform.run("bootstrap", &[]).await.passed();
    assert_eq!(ended.created(), ["member", "membership", "pipeline", "deployment"], "workspace and model were there");
    assert!(!platform.writes(before).await.contains(&"models/upload_and_convert".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_deployment_that_never_runs_fails_at_its_time_out_and_is_undeployed() {
    let platform = Platform::start(Options { deploy: Settling::Never, ..Options::default() }).await;
    let ended = platform.run("bootstrap", &[("deploy_timeout", "90s")]).await;
    assert_eq!(ended.word(), "failed");
    let messages = ended.messages();
    let running = messages.iter().find(|message| message.starts_with("running ")).expect("the step failed");
    assert!(running.contains("90 s") && running.contains("body.status = \"Starting\""), "{running}");
    assert_eq!(platform.writes(0).await.last().map(String::as_str), Some("pipelines/undeploy"));
}

#[tokio::test(start_paused = true)]
async fn a_deployment_in_error_fails_at_once_and_is_undeployed() {
    let deploy = Settling::Error(Duration::from_secs(5));
    let platform = Platform::start(Options { deploy, ..Options::default() }).await;
    for workflow in ["bootstrap", "deploy-and-infer"] {
        let ended = platform.run(workflow, &[]).await;
        assert_eq!(ended.word(), "failed", "{workflow}");
        assert_eq!(platform.writes(0).await.last().map(String::as_str), Some("pipelines/undeploy"), "{workflow}");
    }
}

#[tokio::test(start_paused = true)]
async fn other_bytes_are_uploaded_and_a_pipeline_that_runs_the_old_ones_is_named() {
    let platform = platform().await;
    platform.run("bootstrap", &[]).await.passed();
    let before = platform.executed(0).await.len();
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let changed = scratch.path().join("changed.onnx");
    let mut bytes = fs::read(folder().join("data/fraud.onnx")).expect("the model can be read");
    bytes.push(0);
    fs::write(&changed, bytes).expect("the scratch folder takes a file");
    let ended = platform.run("bootstrap", &[("model_file", &changed.to_string_lossy())]).await;
    assert_eq!(platform.writes(before).await, ["models/upload_and_convert"]);
    assert_eq!(ended.word(), "failed");
    let messages = ended.messages();
    assert!(messages[0].starts_with("running failed: expected `model_version in"), "{messages:#?}");
}

#[tokio::test(start_paused = true)]
async fn smoke_only_reads() {
    let platform = platform().await;
    let ended = platform.run("smoke", &[]).await.passed();
    assert_eq!(platform.writes(0).await, Vec::<String>::new());
    assert_eq!(platform.executed(0).await.len(), 4);
    assert_eq!(ended.output("users").as_i64(), Some(2));
}

#[tokio::test(start_paused = true)]
async fn smoke_fails_where_the_workspace_is_gone() {
    let ended = platform().await.run("smoke", &[("workspace_name", "nowhere")]).await;
    assert_eq!(ended.word(), "failed");
    assert!(ended.messages()[0].starts_with("workspaces failed: "), "{:#?}", ended.messages());
}

#[tokio::test(start_paused = true)]
async fn lost_connections_do_not_break_what_only_reads() {
    let resets = ["/v1/api/*/list:before", "/v1/api/users/query:after"];
    let resets = resets.map(|reset| reset.parse().expect("a reset")).to_vec();
    let platform = Platform::start(Options { resets, ..Options::default() }).await;
    let ended = platform.run("smoke", &[]).await.passed();
    assert_eq!(ended.0.record.flaky().count(), 2, "one for each lost connection");
}

#[tokio::test(start_paused = true)]
async fn two_runs_on_platforms_alike_have_the_same_transcript() {
    for path in super::workflows() {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a playbook's name is text");
        let slow = Options { deploy: Settling::After(Duration::from_secs(40)), seed: 1, ..Options::default() };
        let slow = Platform::start(slow).await.run(name, &[]).await.passed();
        let quick = Platform::start(Options { seed: 2, ..Options::default() }).await.run(name, &[]).await.passed();
        let [slow, quick] = [slow, quick].map(|ended| ended.0.transcript(&|_| None));
        assert_eq!(differences(&slow, &quick), [], "{name}");
        assert_eq!(slow.to_yaml(), quick.to_yaml(), "{name}");
    }
}
