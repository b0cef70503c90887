//! Deployments over virtual time: starting, running, failing, gone.

use std::time::Duration;

use callsheet::simulator::{Options, Settling};
use serde_json::{Value, json};

use super::caller::{Answer, Caller};

const FILE: &[u8] = include_bytes!("../../../workflows/data/fraud.onnx");

async fn status(caller: &Caller) -> Answer {
    caller.post("/v1/api/status/get_deployment", json!({ "name": "fraud-5" })).await
}

async fn undeploy(caller: &Caller) -> Value {
    caller.ask("/v1/api/pipelines/undeploy", json!({ "pipeline_id": 7, "deployment_id": 5 })).await
}

async fn deployed(options: Options) -> (Caller, String) {
    let caller = Caller::logged_in(options).await;
    let infer = caller.deploy_model("fraud", FILE).await;
    (caller, infer)
}

fn realistic() -> Options {
    Options {
        deploy: Settling::After(Duration::from_secs(13)),
        undeploy: Duration::from_secs(36),
        ..Options::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployment_starts_and_then_runs() {
    let (caller, infer) = deployed(realistic()).await;
    let scheduled = status(&caller).await.passed();
    assert_eq!(scheduled["status"], "Starting");
    assert_eq!(scheduled["engines"], json!([]));

    tokio::time::advance(Duration::from_secs(6)).await;
    let starting = status(&caller).await.passed();
    assert_eq!(starting["status"], "Starting");
    let engine = &starting["engines"][0];
    assert_eq!(engine["status"], "Pending");
    assert_eq!((&engine["ip"], &engine["pipeline_statuses"]), (&Value::Null, &Value::Null));
    assert_eq!(caller.post(&infer, json!([])).await.status, 503);

    tokio::time::advance(Duration::from_secs(7)).await;
    let running = status(&caller).await.passed();
    assert_eq!(running["status"], "Running");
    assert_eq!(running["helm"], json!([]));
    let engine = &running["engines"][0];
    assert_eq!(engine["pipeline_statuses"], json!({ "pipelines": [{ "id": "fraud", "status": "Running" }] }));
    assert_eq!(engine["model_statuses"]["models"][0]["status"], "Running");
    assert_eq!(engine["info"]["name"], engine["name"]);
    assert_eq!(caller.post(&infer, json!([])).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn an_undeployed_pipeline_is_gone_in_time() {
    let (caller, infer) = deployed(realistic()).await;
    tokio::time::advance(Duration::from_secs(20)).await;
    for _ in 0..2 {
        assert_eq!(undeploy(&caller).await, Value::Null);
    }
    assert_eq!(caller.post(&infer, json!([])).await.status, 404);
    tokio::time::advance(Duration::from_secs(35)).await;
    assert_eq!(status(&caller).await.passed()["status"], "Running");
    tokio::time::advance(Duration::from_secs(1)).await;
    status(&caller).await.refused(404, "Deployment not found");
    assert_eq!(undeploy(&caller).await, Value::Null);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_may_never_start() {
    let (caller, _) = deployed(Options { deploy: Settling::Never, ..Options::default() }).await;
    tokio::time::advance(Duration::from_secs(3000)).await;
    assert_eq!(status(&caller).await.passed()["status"], "Starting");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_may_fail() {
    let (caller, infer) =
        deployed(Options { deploy: Settling::Error(Duration::from_secs(5)), ..Options::default() }).await;
    assert_eq!(status(&caller).await.passed()["status"], "Starting");
    tokio::time::advance(Duration::from_secs(5)).await;
    let failed = status(&caller).await.passed();
    assert_eq!(failed["status"], "Error");
    assert_eq!(failed["engines"][0]["status"], "Pending");
    assert_eq!(caller.post(&infer, json!([])).await.status, 503);
}

#[tokio::test(start_paused = true)]
async fn a_pipeline_of_a_model_that_does_not_exist_fails_to_deploy() {
    let caller = Caller::logged_in(Options::default()).await;
    let pipeline = caller
        .ask(
            "/v1/api/pipelines/create",
            json!({
                "pipeline_id": "fraud",
                "workspace_id": 6,
                "definition": { "steps": [{ "ModelInference": { "models": [{
                    "name": "nothing",
                    "version": "00000000-0000-4000-8000-000000000000",
                    "sha": "",
                }] } }] },
            }),
        )
        .await;
    caller
        .ask(
            "/v1/api/pipelines/deploy",
            json!({
                "deploy_id": "fraud",
                "pipeline_id": pipeline["pipeline_pk_id"],
                "pipeline_version_pk_id": pipeline["pipeline_variant_pk_id"],
            }),
        )
        .await;
    tokio::time::advance(Duration::from_secs(2)).await;
    let failed = status(&caller).await.passed();
    assert_eq!(failed["status"], "Error");
    assert_eq!(
        failed["engines"][0]["reason"],
        "model `nothing` version `00000000-0000-4000-8000-000000000000` does not exist"
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_version_restarts_and_the_same_does_not() {
    let (caller, _) = deployed(Options::default()).await;
    tokio::time::advance(Duration::from_secs(2)).await;
    let mut body = json!({ "deploy_id": "fraud", "pipeline_id": 7, "pipeline_version_pk_id": 7 });
    assert_eq!(caller.ask("/v1/api/pipelines/deploy", body.clone()).await["id"], 5);
    assert_eq!(status(&caller).await.passed()["status"], "Running");
    body["engine_config"] = json!({ "cpus": 2 });
    assert_eq!(caller.ask("/v1/api/pipelines/deploy", body).await["id"], 5);
    assert_eq!(status(&caller).await.passed()["status"], "Starting");
}

#[tokio::test(start_paused = true)]
async fn the_inference_address_is_that_of_the_caller() {
    let (caller, infer) = deployed(Options::default()).await;
    let body = json!({ "workspace_id": 7, "pipeline_name": "fraud" });
    let external = caller.ask("/v1/api/admin/get_pipeline_external_url", body.clone()).await;
    assert_eq!(external["url"], format!("http://platform.example.com{infer}"));
    let internal = caller.ask("/v1/api/admin/get_pipeline_internal_url", body.clone()).await;
    assert_eq!(internal["url"], "http://engine-lb.fraud-5:29502/pipelines/fraud");
    undeploy(&caller).await;
    caller.post("/v1/api/admin/get_pipeline_external_url", body).await.refused(404, "Pipeline not found");
}

#[tokio::test(start_paused = true)]
async fn a_copy_can_be_deployed_at_once() {
    let (caller, _) = deployed(Options::default()).await;
    let copied = caller
        .ask(
            "/v1/api/pipelines/copy",
            json!({
                "name": "copied",
                "workspace_id": 7,
                "source_pipeline": 7,
                "deploy": "copied",
            }),
        )
        .await;
    assert_eq!(copied["deployment"], json!({ "id": 6 }));
    assert!(copied["pipeline_version"].is_string());
    tokio::time::advance(Duration::from_secs(2)).await;
    let running = caller.ask("/v1/api/status/get_deployment", json!({ "name": "copied-6" })).await;
    assert_eq!(running["engines"][0]["model_statuses"]["models"][0]["name"], "fraud");
}

#[tokio::test(start_paused = true)]
async fn a_pipeline_is_found_by_its_name() {
    let (caller, _) = deployed(Options::default()).await;
    let listed = caller.ask("/v1/api/pipelines/list_pipelines", json!({ "workspace_name": "fraud" })).await;
    let item = &listed["pipelines"][0];
    assert_eq!(listed["pipelines"].as_array().map(Vec::len), Some(1));
    assert_eq!((&item["pipeline"]["id"], &item["pipeline"]["name"]), (&json!(7), &json!("fraud")));
    assert_eq!(item["workspace"]["id"], 7);
    let version =
        caller.ask("/v1/api/pipelines/get_version", json!({ "version": item["pipeline_version"]["version"] })).await;
    assert_eq!(version["definition"], item["pipeline_version"]["steps"]);
    let everything = caller.ask("/v1/api/pipelines/list_pipelines", json!({})).await;
    assert_eq!(everything["pipelines"].as_array().map(Vec::len), Some(3));
}
