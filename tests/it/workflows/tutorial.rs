//! The tutorial on the built-in world: its calls in its order, with its ids.

use callsheet::runner::Options;
use callsheet::simulator::Options as Behaviour;
use callsheet::value::Value;

use super::{folder, ran};
use crate::on_the_simulator::{Entry, Platform};
use crate::run::scenario::Ran;

/// The calls of the page that the playbook replaces, in its order; `running` may ask more than once.
const CALLS: &[&str] = &[
    "users/query",
    "users/query",
    "users/invite",
    "users/deactivate",
    "users/activate",
    "workspaces/list",
    "workspaces/create",
    "workspaces/list",
    "workspaces/add_user",
    "workspaces/list_users",
    "workspaces/remove_user",
    "workspaces/list_users",
    "models/upload_and_convert",
    "models/upload_stream",
    "models/list",
    "models/get_by_id",
    "models/list_versions",
    "models/get_config_by_id",
    "models/get",
    "pipelines/create",
    "pipelines/create",
    "pipelines/deploy",
    "status/get_deployment",
    "admin/get_pipeline_external_url",
    "pipelines/infer/pipelinemodels-5/pipelinemodels",
    "pipelines/undeploy",
    "pipelines/copy",
    "features/list",
    "workspaces/list",
    "assays/create",
    "assays/list",
    "assays/set_active",
    "assays/set_active",
    "assays/run_interactive_baseline",
    "assays/get_baseline",
    "assays/run_interactive",
    "assays/get_assay_results",
];

async fn on_a_new_platform(vars: &[(&str, &str)]) -> (Platform, Ran) {
    let platform = Platform::new(Behaviour::default());
    let ended = ran(&platform, "tutorial", vars).await.passed();
    (platform, ended)
}

#[tokio::test(start_paused = true)]
async fn the_calls_of_the_page_are_made_in_its_order() {
    let (platform, ended) = on_a_new_platform(&[]).await;
    assert_eq!(ended.record().steps().count(), 41);
    let executed = platform.executed(0).await;
    let mut calls: Vec<&str> = executed.iter().map(Entry::call).collect();
    calls.dedup_by(|next, call| next == call && *call == "status/get_deployment");
    assert_eq!(calls, CALLS);
    let log = platform.log().await;
    let grants = log.iter().filter(|entry| entry.is_token()).map(|entry| entry.0["grant"].as_str().unwrap_or_default());
    let grants: Vec<&str> = grants.collect();
    assert_eq!(
        grants,
        ["password", "refresh_token", "client_credentials", "password", "client_credentials"],
        "three steps, and a provider for each of the two kinds"
    );
}

#[tokio::test(start_paused = true)]
async fn the_built_in_world_gives_the_tutorials_ids_and_figures() {
    let (_, ended) = on_a_new_platform(&[]).await;
    let ids = [
        ("workspace", "workspace_id", 7),
        ("upload", "version_id", 4),
        ("upload_stream", "stream_version_id", 5),
        ("models", "model_id", 4),
        ("models", "stream_model_id", 5),
        ("empty_pipeline", "empty_pipeline_id", 7),
        ("empty_pipeline", "empty_pipeline_variant_id", 7),
        ("pipeline", "pipeline_id", 8),
        ("pipeline", "pipeline_variant_id", 8),
        ("deploy", "deployment_id", 5),
        ("copy", "copied_pipeline_id", 9),
        ("watched", "watched_workspace_id", 5),
        ("watched", "watched_pipeline_id", 1),
        ("assay", "assay_id", 5),
    ];
    for (step, name, id) in ids {
        assert_eq!(ended.capture(step, name).as_i64(), Some(id), "{name}");
    }
    let scores = ended.capture("windows", "scores").as_array().map(<[Value]>::len);
    assert_eq!(scores, Some(30));
    assert_eq!(ended.output("days_with_an_alert").as_i64(), Some(23));
}

#[tokio::test(start_paused = true)]
async fn a_converted_model_is_uploaded_where_one_is_given_and_takes_the_next_id() {
    let file = folder().join("data/not-a-model.zip");
    let (platform, ended) = on_a_new_platform(&[("converted_model", &file.to_string_lossy())]).await;
    assert_eq!(ended.capture("upload_converted", "converted_version_id").as_i64(), Some(5));
    assert_eq!(ended.capture("upload_stream", "stream_version_id").as_i64(), Some(6));
    assert_eq!(platform.writes(0).await.iter().filter(|call| *call == "models/upload_and_convert").count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_second_tour_needs_another_suffix() {
    let (platform, _) = on_a_new_platform(&[]).await;
    let again = ran(&platform, "tutorial", &[]).await;
    assert_eq!(again.word(), "failed");
    ran(&platform, "tutorial", &[("suffix", "-2")]).await.passed();
}

#[tokio::test(start_paused = true)]
async fn what_was_deployed_is_undeployed_once_also_where_a_later_step_fails() {
    let (platform, _) = on_a_new_platform(&[]).await;
    let undeployed = |writes: Vec<String>| writes.iter().filter(|call| *call == "pipelines/undeploy").count();
    assert_eq!(undeployed(platform.writes(0).await), 1);
    let platform = Platform::new(Behaviour::default());
    let text = std::fs::read_to_string(folder().join("tutorial.yaml")).expect("the tutorial can be read");
    let wrong = text.replace("close_to(0.0014974177, 1e-6)", "close_to(0.5, 1e-6)");
    let ended = platform.run(&wrong, &[], Options::default()).await;
    assert_eq!(ended.word(), "failed");
    assert_eq!(undeployed(platform.writes(0).await), 1);
}
