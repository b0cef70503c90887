//! `workspaces/…`: list, create, and the people in them.

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
use crate::simulator::world::UserType;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/workspaces/list", post(list))
        .route("/workspaces/create", post(create))
        .route("/workspaces/add_user", post(add_user))
        .route("/workspaces/list_users", post(list_users))
        .route("/workspaces/remove_user", post(remove_user))
}

#[derive(Debug, Deserialize)]
struct List {
    user_id: Option<String>,
}

async fn list(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<List>,
) -> Json<Value> {
    let platform = shared.platform();
    let workspaces: Vec<Value> = platform
        .workspaces_of(asked.user_id.as_deref().unwrap_or(&caller.id))
        .into_iter()
        .map(|workspace| {
            let (models, pipelines) = platform.workspace_contents(workspace.id);
            json!({
                "id": workspace.id,
                "name": workspace.name,
                "created_at": database_time(workspace.created_at),
                "created_by": workspace.created_by,
                "archived": workspace.archived,
                "models": models,
                "pipelines": pipelines,
            })
        })
        .collect();
    Json(json!({ "workspaces": workspaces }))
}

#[derive(Debug, Deserialize)]
struct Create {
    workspace_name: String,
}

async fn create(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<Create>,
) -> Result<Json<Value>, PlatformError> {
    let now = shared.clock.now();
    let id = shared.platform().create_workspace(&asked.workspace_name, &caller.id, now)?;
    Ok(Json(json!({ "workspace_id": id })))
}

#[derive(Debug, Deserialize)]
struct Membership {
    workspace_id: i64,
    email: Option<String>,
    user_id: Option<String>,
    user_type: Option<String>,
}

async fn add_user(
    State(shared): State<Arc<Shared>>,
    Asked(asked): Asked<Membership>,
) -> Result<Json<Value>, PlatformError> {
    let user_type = match asked.user_type.as_deref() {
        None | Some("COLLABORATOR") => UserType::Collaborator,
        Some("OWNER") => UserType::Owner,
        Some(other) => {
            return Err(PlatformError::bad_request(&format!(
                "unknown user type `{other}`, expected `OWNER` or `COLLABORATOR`"
            )));
        }
    };
    shared.platform().add_workspace_user(
        asked.workspace_id,
        asked.email.as_deref(),
        asked.user_id.as_deref(),
        user_type,
    )?;
    Ok(Json(json!({})))
}

#[derive(Debug, Deserialize)]
struct Named {
    workspace_id: i64,
}

async fn list_users(State(shared): State<Arc<Shared>>, Asked(asked): Asked<Named>) -> Json<Value> {
    let platform = shared.platform();
    let members = platform.workspace(asked.workspace_id).map_or(&[][..], |workspace| &workspace.members);
    let users: Vec<Value> = members
        .iter()
        .map(|member| json!({ "user_id": member.user_id, "user_type": member.user_type.as_str() }))
        .collect();
    Json(json!({ "users": users }))
}

async fn remove_user(
    State(shared): State<Arc<Shared>>,
    Asked(asked): Asked<Membership>,
) -> Result<Json<Value>, PlatformError> {
    let affected = shared.platform().remove_workspace_user(
        asked.workspace_id,
        asked.email.as_deref(),
        asked.user_id.as_deref(),
    )?;
    Ok(Json(json!({ "affected_rows": affected })))
}
