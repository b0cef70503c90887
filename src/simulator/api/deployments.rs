//! Deploying, undeploying, and what can be asked about a deployment: its status and its addresses.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::json_body::Asked;
use crate::simulator::error::PlatformError;
use crate::simulator::shared::Shared;
use crate::simulator::state::{DeployRequest, Deployment, Phase, Platform};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/pipelines/deploy", post(deploy))
        .route("/pipelines/undeploy", post(undeploy))
        .route("/status/get_deployment", post(get_deployment))
        .route("/admin/get_pipeline_external_url", post(external_url))
        .route("/admin/get_pipeline_internal_url", post(internal_url))
}

#[derive(Debug, Deserialize)]
struct Deploy {
    deploy_id: String,
    pipeline_id: Option<i64>,
    pipeline_version_pk_id: Option<i64>,
    pipeline_version: Option<String>,
    engine_config: Option<Value>,
}

async fn deploy(State(shared): State<Arc<Shared>>, Asked(asked): Asked<Deploy>) -> Result<Json<Value>, PlatformError> {
    let now = shared.clock.now();
    let request = DeployRequest {
        name: asked.deploy_id,
        pipeline_id: asked.pipeline_id,
        pipeline_version_id: asked.pipeline_version_pk_id,
        pipeline_version: asked.pipeline_version,
        engine_config: asked.engine_config,
    };
    let id = shared.platform().deploy(request, now)?;
    Ok(Json(json!({ "id": id })))
}

#[derive(Debug, Deserialize)]
struct Undeploy {
    pipeline_id: Option<i64>,
    deployment_id: Option<i64>,
}

/// Answers a bare `null`, as the platform does.
async fn undeploy(
    State(shared): State<Arc<Shared>>,
    Asked(asked): Asked<Undeploy>,
) -> Result<Json<Value>, PlatformError> {
    let now = shared.clock.now();
    shared.platform().undeploy(asked.pipeline_id, asked.deployment_id, now)?;
    Ok(Json(Value::Null))
}

#[derive(Debug, Deserialize)]
struct GetDeployment {
    name: String,
}

async fn get_deployment(
    State(shared): State<Arc<Shared>>,
    Asked(asked): Asked<GetDeployment>,
) -> Result<Json<Value>, PlatformError> {
    let now = shared.clock.now();
    let platform = shared.platform();
    let deployment = platform.deployment_named(&asked.name, now).ok_or_else(PlatformError::deployment_not_found)?;
    Ok(Json(status(&platform, deployment, platform.phase(deployment, now))))
}

fn status(platform: &Platform, deployment: &Deployment, phase: Phase) -> Value {
    let (status, details, engines, load_balancers) = match phase {
        Phase::Scheduling | Phase::Gone => {
            let details = json!(["containers with unready status: [helm-runner]"]);
            ("Starting", details, Vec::new(), Vec::new())
        }
        Phase::Starting => {
            let details =
                json!(["containers with unready status: [engine]", "containers with unready status: [engine]",]);
            (
                "Starting",
                json!([]),
                vec![pending_engine(deployment, &Value::Null, &details)],
                vec![load_balancer(deployment)],
            )
        }
        Phase::Running => {
            ("Running", json!([]), vec![running_engine(platform, deployment)], vec![load_balancer(deployment)])
        }
        Phase::Error => {
            let reason = platform.missing_model(deployment).unwrap_or_else(|| {
                "0/4 nodes are available: 4 Insufficient cpu. preemption: 0/4 nodes are available: \
                 4 No preemption victims found for incoming pod."
                    .to_owned()
            });
            let engine = pending_engine(deployment, &reason.into(), &json!([]));
            ("Error", json!([]), vec![engine], vec![load_balancer(deployment)])
        }
    };
    json!({
        "status": status,
        "details": details,
        "engines": engines,
        "engine_lbs": load_balancers,
        "sidekicks": [],
        "helm": [],
    })
}

/// A pod in the flat form of the wire and, under `info`, in the form that the generated clients read.
fn pod(name: &str, ip: &Value, status: &str, reason: &Value, details: &Value) -> Value {
    let health = if status == "Running" { "Running" } else { "Starting" };
    json!({
        "ip": ip,
        "name": name,
        "status": status,
        "reason": reason,
        "details": details,
        "info": {
            "name": name,
            "status": status,
            "details": details,
            "labels": {},
            "health": health,
            "ip": ip,
            "reason": reason,
            "required_cpu": null,
            "required_memory": null,
        },
    })
}

fn pending_engine(deployment: &Deployment, reason: &Value, details: &Value) -> Value {
    let mut engine = pod(&deployment.engine_name, &Value::Null, "Pending", reason, details);
    engine["pipeline_statuses"] = Value::Null;
    engine["model_statuses"] = Value::Null;
    engine
}

fn running_engine(platform: &Platform, deployment: &Deployment) -> Value {
    let (network, host) = deployment.engine_host;
    let ip = format!("10.244.{network}.{host}");
    let mut engine = pod(&deployment.engine_name, &ip.into(), "Running", &Value::Null, &json!([]));
    let pipeline_name =
        platform.pipeline(deployment.pipeline_id).map_or(deployment.name.as_str(), |pipeline| &pipeline.name);
    engine["pipeline_statuses"] = json!({ "pipelines": [{ "id": pipeline_name, "status": "Running" }] });
    let models: Vec<Value> = platform
        .pipeline_version(deployment.pipeline_version_id)
        .and_then(|version| version.definition["steps"].as_array())
        .into_iter()
        .flatten()
        .filter_map(|step| step["ModelInference"]["models"].as_array())
        .flatten()
        .map(|model| {
            json!({
                "name": model["name"],
                "version": model["version"],
                "sha": model["sha"],
                "status": "Running",
            })
        })
        .collect();
    engine["model_statuses"] = json!({ "models": models });
    engine
}

fn load_balancer(deployment: &Deployment) -> Value {
    let (network, host) = deployment.engine_host;
    let ip = format!("10.244.{}.{host}", network + 5);
    pod(&deployment.load_balancer_name, &ip.into(), "Running", &Value::Null, &json!([]))
}

#[derive(Debug, Deserialize)]
struct PipelineUrl {
    workspace_id: i64,
    pipeline_name: String,
}

async fn external_url(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Asked(asked): Asked<PipelineUrl>,
) -> Result<Json<Value>, PlatformError> {
    let platform = shared.platform();
    let deployment = platform
        .deployment_of(asked.workspace_id, &asked.pipeline_name)
        .ok_or_else(PlatformError::pipeline_not_found)?;
    let url = format!(
        "{}/v1/api/pipelines/infer/{}/{}",
        super::own_address(&headers),
        deployment.full_name(),
        asked.pipeline_name
    );
    Ok(Json(json!({ "url": url })))
}

/// The address within the cluster, which no caller of a simulator can reach.
async fn internal_url(
    State(shared): State<Arc<Shared>>,
    Asked(asked): Asked<PipelineUrl>,
) -> Result<Json<Value>, PlatformError> {
    let platform = shared.platform();
    let deployment = platform
        .deployment_of(asked.workspace_id, &asked.pipeline_name)
        .ok_or_else(PlatformError::pipeline_not_found)?;
    let url = format!("http://engine-lb.{}:29502/pipelines/{}", deployment.full_name(), asked.pipeline_name);
    Ok(Json(json!({ "url": url })))
}
