//! `pipelines/…` but for deployment and inference: create, copy, list, read a version.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Extension, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::json_body::Asked;
use crate::simulator::clock::database_time;
use crate::simulator::error::PlatformError;
use crate::simulator::shared::Shared;
use crate::simulator::state::{DeployRequest, PipelineDraft, Platform};
use crate::simulator::world::{Pipeline, PipelineVersion, Workspace};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/pipelines/create", post(create))
        .route("/pipelines/copy", post(copy))
        .route("/pipelines/list_pipelines", post(list_pipelines))
        .route("/pipelines/get_version", post(get_version))
}

#[derive(Debug, Deserialize)]
struct Create {
    pipeline_id: String,
    workspace_id: i64,
    definition: Option<Value>,
}

async fn create(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<Create>,
) -> Result<Json<Value>, PlatformError> {
    let now = shared.clock.now();
    let draft = PipelineDraft {
        name: asked.pipeline_id,
        workspace_id: asked.workspace_id,
        definition: asked.definition,
        created_by: caller.id,
    };
    let created = shared.platform().create_pipeline(draft, now)?;
    Ok(Json(json!({
        "pipeline_pk_id": created.pipeline_id,
        "pipeline_variant_pk_id": created.version_id,
        "pipeline_variant_version": created.version,
    })))
}

#[derive(Debug, Deserialize)]
struct Copy {
    name: String,
    workspace_id: i64,
    source_pipeline: i64,
    deploy: Option<String>,
    engine_config: Option<Value>,
    pipeline_version: Option<String>,
}

async fn copy(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<Copy>,
) -> Result<Json<Value>, PlatformError> {
    let now = shared.clock.now();
    let mut platform = shared.platform();
    let draft =
        PipelineDraft { name: asked.name, workspace_id: asked.workspace_id, definition: None, created_by: caller.id };
    let created = platform.copy_pipeline(asked.source_pipeline, asked.pipeline_version.as_deref(), draft, now)?;
    let (version, deployment) = match asked.deploy {
        None => (Value::Null, Value::Null),
        Some(name) => {
            let request = DeployRequest {
                name,
                pipeline_version_id: Some(created.version_id),
                engine_config: asked.engine_config,
                ..DeployRequest::default()
            };
            let id = platform.deploy(request, now)?;
            (created.version.into(), json!({ "id": id }))
        }
    };
    Ok(Json(json!({
        "pipeline_pk_id": created.pipeline_id,
        "pipeline_variant_pk_id": created.version_id,
        "pipeline_version": version,
        "deployment": deployment,
    })))
}

#[derive(Debug, Deserialize)]
struct ListPipelines {
    workspace_id: Option<i64>,
    workspace_name: Option<String>,
}

/// A call of the 2025 releases: the only one that finds a pipeline by its name.
async fn list_pipelines(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<ListPipelines>,
) -> Json<Value> {
    let platform = shared.platform();
    let workspaces: Vec<&Workspace> = platform
        .workspaces_of(&caller.id)
        .into_iter()
        .filter(|workspace| asked.workspace_id.is_none_or(|id| id == workspace.id))
        .filter(|workspace| asked.workspace_name.as_ref().is_none_or(|name| *name == workspace.name))
        .collect();
    let pipelines: Vec<Value> = platform
        .pipelines
        .iter()
        .filter_map(|pipeline| {
            let workspace = workspaces.iter().find(|workspace| workspace.id == pipeline.workspace_id)?;
            Some(list_item(&platform, pipeline, workspace))
        })
        .collect();
    Json(json!({ "pipelines": pipelines }))
}

fn list_item(platform: &Platform, pipeline: &Pipeline, workspace: &Workspace) -> Value {
    let version = platform.latest_pipeline_version(pipeline.id).map(|version| version_row(pipeline, version));
    let deployed = platform
        .deployment_of(workspace.id, &pipeline.name)
        .map(|_| json!({ "maximum_replicas": 1, "prewarmed_replicas": 1 }));
    json!({
        "pipeline": {
            "id": pipeline.id,
            "name": pipeline.name,
            "created_at": database_time(pipeline.created_at),
            "updated_at": database_time(pipeline.updated_at),
        },
        "workspace": {
            "id": workspace.id,
            "name": workspace.name,
            "archived": workspace.archived,
            "created_at": database_time(workspace.created_at),
            "created_by": workspace.created_by,
            "group_id": null,
        },
        "pipeline_version": version,
        "deployment": deployed,
        "plateau_topic": format!("workspace-{}-pipeline-{}-inference", workspace.id, pipeline.name),
    })
}

fn version_row(pipeline: &Pipeline, version: &PipelineVersion) -> Value {
    json!({
        "id": pipeline.name,
        "version": version.version,
        "workspace_id": pipeline.workspace_id,
        "created_at": database_time(version.created_at),
        "created_by": version.created_by,
        "steps": version.definition,
    })
}

#[derive(Debug, Deserialize)]
struct GetVersion {
    version: String,
}

async fn get_version(
    State(shared): State<Arc<Shared>>,
    Asked(asked): Asked<GetVersion>,
) -> Result<Json<Value>, PlatformError> {
    let platform = shared.platform();
    let version = platform
        .pipeline_versions
        .iter()
        .find(|version| version.version == asked.version)
        .ok_or_else(PlatformError::pipeline_not_found)?;
    let pipeline = platform.pipeline(version.pipeline_id).ok_or_else(PlatformError::pipeline_not_found)?;
    Ok(Json(json!({
        "pipeline_id": pipeline.name,
        "version": version.version,
        "definition": version.definition,
    })))
}
