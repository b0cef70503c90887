//! `models/…`: the calls that read models. Uploads are in `uploads`.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::json_body::Asked;
use crate::simulator::clock::database_time;
use crate::simulator::error::PlatformError;
use crate::simulator::shared::Shared;
use crate::simulator::state::ConversionStatus;
use crate::simulator::world::{Model, ModelVersion};

/// The platform prints an owner that nobody set as a string of two quotes.
const OWNER: &str = "\"\"";

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/models/list", post(list))
        .route("/models/get_by_id", post(get_by_id))
        .route("/models/get", post(get))
        .route("/models/list_versions", post(list_versions))
        .route("/models/get_config_by_id", post(get_config_by_id))
        .route("/models/get_version_by_id", post(get_version_by_id))
}

#[derive(Debug, Deserialize)]
struct List {
    workspace_id: i64,
}

async fn list(State(shared): State<Arc<Shared>>, Asked(asked): Asked<List>) -> Json<Value> {
    let platform = shared.platform();
    let models: Vec<Value> = platform.models_in(asked.workspace_id).into_iter().map(summary).collect();
    Json(json!({ "models": models }))
}

fn summary(model: &Model) -> Value {
    json!({
        "id": model.id,
        "name": model.name,
        "owner_id": OWNER,
        "created_at": database_time(model.created_at),
        "updated_at": database_time(model.updated_at),
    })
}

#[derive(Debug, Deserialize)]
struct ById {
    id: i64,
}

async fn get_by_id(State(shared): State<Arc<Shared>>, Asked(asked): Asked<ById>) -> Result<Json<Value>, PlatformError> {
    let platform = shared.platform();
    let model = platform.model(asked.id).ok_or_else(PlatformError::model_not_found)?;
    Ok(Json(json!({
        "id": model.id,
        "owner_id": OWNER,
        "workspace_id": model.workspace_id,
        "name": model.name,
        "updated_at": database_time(model.updated_at),
        "created_at": database_time(model.created_at),
        "model_config": null,
    })))
}

async fn get(State(shared): State<Arc<Shared>>, Asked(asked): Asked<ById>) -> Result<Json<Value>, PlatformError> {
    let platform = shared.platform();
    let model = platform.model(asked.id).ok_or_else(PlatformError::model_not_found)?;
    let mut shown = summary(model);
    shown["models"] = platform
        .versions_of(None, Some(model.id))
        .into_iter()
        .map(|(model, version)| version_row(model, version))
        .collect();
    Ok(Json(shown))
}

/// A version without its status, which only `list_versions` shows.
fn version_row(model: &Model, version: &ModelVersion) -> Value {
    json!({
        "sha": version.sha,
        "models_pk_id": model.id,
        "model_version": version.version,
        "owner_id": OWNER,
        "model_id": model.name,
        "id": version.id,
        "file_name": version.file_name,
        "image_path": null,
    })
}

#[derive(Debug, Deserialize)]
struct ListVersions {
    model_id: Option<String>,
    models_pk_id: Option<i64>,
}

async fn list_versions(State(shared): State<Arc<Shared>>, Asked(asked): Asked<ListVersions>) -> Json<Value> {
    let now = shared.clock.now();
    let platform = shared.platform();
    let versions = platform
        .versions_of(asked.model_id.as_deref(), asked.models_pk_id)
        .into_iter()
        .map(|(model, version)| {
            let mut row = version_row(model, version);
            row["status"] = ConversionStatus::of(version, now).as_str().into();
            row
        })
        .collect();
    Json(versions)
}

#[derive(Debug, Deserialize)]
struct ConfigById {
    #[serde(rename = "model_id")]
    _version_id: i64,
}

/// The release never makes a configuration, whatever the version.
async fn get_config_by_id(Asked(_): Asked<ConfigById>) -> Json<Value> {
    Json(json!({ "model_config": null }))
}

#[derive(Debug, Deserialize)]
struct VersionById {
    model_version_id: i64,
}

async fn get_version_by_id(
    State(shared): State<Arc<Shared>>,
    Asked(asked): Asked<VersionById>,
) -> Result<Json<Value>, PlatformError> {
    let now = shared.clock.now();
    let platform = shared.platform();
    let (model, version) = platform.model_version(asked.model_version_id).ok_or_else(PlatformError::model_not_found)?;
    Ok(Json(json!({ "model_version": {
        "model_version": version_details(model, version, now),
        "config": null,
    } })))
}

fn version_details(model: &Model, version: &ModelVersion, now: Timestamp) -> Value {
    json!({
        "name": model.name,
        "visibility": version.visibility,
        "workspace_id": model.workspace_id,
        "conversion": version.conversion,
        "id": version.id,
        "image_path": null,
        "status": ConversionStatus::of(version, now).as_str(),
        "task_id": null,
        "file_info": {
            "version": version.version,
            "sha": version.sha,
            "file_name": version.file_name,
            "size": version.size,
        },
        "created_on_version": "2023.2.0",
        "created_at": database_time(version.uploaded_at),
        "updated_at": database_time(version.uploaded_at),
    })
}
