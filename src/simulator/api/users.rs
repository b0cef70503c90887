//! `users/…`: query, invite, activate, deactivate.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::json_body::Asked;
use crate::simulator::error::PlatformError;
use crate::simulator::shared::Shared;
use crate::simulator::world::User;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/users/query", post(query))
        .route("/users/invite", post(invite))
        .route("/users/activate", post(activate))
        .route("/users/deactivate", post(deactivate))
}

#[derive(Debug, Deserialize)]
struct Query {
    user_ids: Option<Vec<String>>,
}

async fn query(State(shared): State<Arc<Shared>>, Asked(asked): Asked<Query>) -> Json<Value> {
    let platform = shared.platform();
    let users: Map<String, Value> = match asked.user_ids {
        None => platform.users.iter().map(|user| (user.id.clone(), representation(user))).collect(),
        Some(ids) => ids
            .into_iter()
            .filter_map(|id| {
                let user = platform.user(&id)?;
                Some((id, representation_with_identities(user)))
            })
            .collect(),
    };
    Json(json!({ "users": users }))
}

fn representation(user: &User) -> Value {
    let mut shown = json!({
        "access": {
            "view": true,
            "manage": true,
            "manageGroupMembership": true,
            "mapRoles": true,
            "impersonate": false,
        },
        "createdTimestamp": user.created_at.as_millisecond(),
        "disableableCredentialTypes": [],
        "emailVerified": user.email_verified,
        "enabled": user.enabled,
        "id": user.id,
        "notBefore": 0,
        "requiredActions": user.required_actions,
        "username": user.username,
    });
    let optional = [("email", &user.email), ("firstName", &user.first_name), ("lastName", &user.last_name)];
    for (name, value) in optional {
        if let Some(value) = value {
            shown[name] = json!(value);
        }
    }
    shown
}

fn representation_with_identities(user: &User) -> Value {
    let mut shown = representation(user);
    shown["federatedIdentities"] = user
        .federated_identities
        .iter()
        .map(|identity| {
            json!({
                "identityProvider": identity.identity_provider,
                "userId": identity.user_id,
                "userName": identity.user_name,
            })
        })
        .collect();
    shown
}

#[derive(Debug, Deserialize)]
struct Invite {
    email: String,
    password: Option<String>,
}

async fn invite(State(shared): State<Arc<Shared>>, Asked(asked): Asked<Invite>) -> Result<Json<Value>, PlatformError> {
    let now = shared.clock.now();
    let invitation = shared.platform().invite_user(&asked.email, asked.password, now)?;
    Ok(Json(json!({ "id": invitation.id, "password": invitation.password })))
}

#[derive(Debug, Deserialize)]
struct Named {
    email: String,
}

async fn activate(State(shared): State<Arc<Shared>>, Asked(asked): Asked<Named>) -> Result<Json<Value>, PlatformError> {
    shared.platform().set_user_enabled(&asked.email, true)?;
    Ok(Json(json!({})))
}

async fn deactivate(
    State(shared): State<Arc<Shared>>,
    Asked(asked): Asked<Named>,
) -> Result<Json<Value>, PlatformError> {
    shared.platform().set_user_enabled(&asked.email, false)?;
    Ok(Json(json!({})))
}
