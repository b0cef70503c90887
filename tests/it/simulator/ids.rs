//! Ids: those of the tutorial come out, and upserts use up ids as a database does.

use callsheet::simulator::Options;
use serde_json::{Value, json};

use super::caller::Caller;

const FILE: &[u8] = b"not really a model";

fn version_id(uploaded: &Value) -> &Value {
    &uploaded["insert_models"]["returning"][0]["models"][0]["id"]
}

async fn create_pipeline(caller: &Caller, name: &str) -> Value {
    caller.ask("/v1/api/pipelines/create", json!({ "pipeline_id": name, "workspace_id": 7, "definition": {} })).await
}

async fn deploy(caller: &Caller, name: &str, pipeline: &Value) -> Value {
    caller
        .ask(
            "/v1/api/pipelines/deploy",
            json!({
                "deploy_id": name,
                "pipeline_id": pipeline["pipeline_pk_id"],
                "pipeline_version_pk_id": pipeline["pipeline_variant_pk_id"],
            }),
        )
        .await["id"]
        .clone()
}

async fn in_workspace_seven() -> Caller {
    let caller = Caller::logged_in(Options::default()).await;
    let created = caller.ask("/v1/api/workspaces/create", json!({ "workspace_name": "apiworkspaces" })).await;
    assert_eq!(created, json!({ "workspace_id": 7 }));
    caller
}

#[tokio::test]
async fn the_tutorials_ids_come_out() {
    let caller = in_workspace_seven().await;
    let first = caller.upload("apimodel", 7, "onnx", FILE).await.passed();
    assert_eq!(version_id(&first), 4);
    let second = caller.upload("apiteststreammodel", 7, "onnx", FILE).await.passed();
    assert_eq!(version_id(&second), 5);
    let empty = create_pipeline(&caller, "pipelinenomodel").await;
    assert_eq!((&empty["pipeline_pk_id"], &empty["pipeline_variant_pk_id"]), (&json!(7), &json!(7)));
    let filled = create_pipeline(&caller, "pipelinemodels").await;
    assert_eq!(filled["pipeline_pk_id"], 8);
    assert_eq!(deploy(&caller, "pipelinemodels", &filled).await, 5);
    let copied = caller
        .ask(
            "/v1/api/pipelines/copy",
            json!({
                "name": "copiedmodelpipeline",
                "workspace_id": 7,
                "source_pipeline": 8,
            }),
        )
        .await;
    assert_eq!(
        copied,
        json!({
            "pipeline_pk_id": 9,
            "pipeline_variant_pk_id": 9,
            "pipeline_version": null,
            "deployment": null,
        })
    );
}

#[tokio::test]
async fn a_refused_workspace_uses_up_an_id() {
    let caller = in_workspace_seven().await;
    let again = caller.post("/v1/api/workspaces/create", json!({ "workspace_name": "apiworkspaces" })).await;
    assert_eq!(again.status, 400);
    let other = caller.ask("/v1/api/workspaces/create", json!({ "workspace_name": "another" })).await;
    assert_eq!(other["workspace_id"], 9);
}

#[tokio::test]
async fn models_and_versions_are_counted_apart() {
    let caller = in_workspace_seven().await;
    for expected in [4, 5] {
        let uploaded = caller.upload("apimodel", 7, "onnx", FILE).await.passed();
        assert_eq!(version_id(&uploaded), expected);
    }
    let next = caller.upload("other", 7, "onnx", FILE).await.passed();
    assert_eq!(version_id(&next), 6);
    let third = caller.upload("other", 5, "onnx", FILE).await.passed();
    assert_eq!(version_id(&third), 7);
    let models = caller.ask("/v1/api/models/list", json!({ "workspace_id": 7 })).await;
    let ids: Vec<&Value> = models["models"].as_array().into_iter().flatten().map(|model| &model["id"]).collect();
    assert_eq!(ids, [6, 4]);
}

#[tokio::test]
async fn a_pipeline_created_again_keeps_its_id_and_uses_one_up() {
    let caller = in_workspace_seven().await;
    let mut versions = Vec::new();
    for (name, pipeline_id) in [("a", 7), ("a", 7), ("b", 9)] {
        let created = create_pipeline(&caller, name).await;
        assert_eq!(created["pipeline_pk_id"], pipeline_id);
        versions.push(created["pipeline_variant_pk_id"].clone());
    }
    assert_eq!(versions, [7, 8, 9]);
}

#[tokio::test]
async fn a_pipeline_deployed_again_keeps_its_deployment() {
    let caller = in_workspace_seven().await;
    let first = create_pipeline(&caller, "a").await;
    assert_eq!(deploy(&caller, "a", &first).await, 5);
    let second = create_pipeline(&caller, "a").await;
    assert_eq!(deploy(&caller, "a", &second).await, 5);
    let other = create_pipeline(&caller, "b").await;
    assert_eq!(deploy(&caller, "b", &other).await, 7);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_uuids() {
    let mut versions = Vec::new();
    for seed in [1, 1, 2] {
        let caller = Caller::logged_in(Options { seed, ..Options::default() }).await;
        let created = caller.ask("/v1/api/pipelines/create", json!({ "pipeline_id": "a", "workspace_id": 6 })).await;
        versions.push(created["pipeline_variant_version"].clone());
    }
    assert_eq!(versions[0], versions[1]);
    assert_ne!(versions[0], versions[2]);
}
