//! Users: what is shown of them, invitations, activation.

use callsheet::simulator::Options;
use serde_json::{Value, json};

use super::caller::Caller;

const GUEST: &str = "ann.guest@example.com";

async fn invite(caller: &Caller) -> Value {
    caller.ask("/v1/api/users/invite", json!({ "email": GUEST, "password": "a password" })).await
}

#[tokio::test]
async fn every_user_is_listed_whatever_workspace_is_named() {
    let caller = Caller::logged_in(Options::default()).await;
    let users = caller.ask("/v1/api/users/query", json!({ "workspace_id": 7 })).await["users"].clone();
    let users = users.as_object().expect("users are an object by id");
    assert_eq!(users.len(), 2);
    let administrator = users.values().find(|user| user["username"] == "admin").expect("there is an administrator");
    assert!(administrator.get("email").is_none());
    assert!(administrator.get("federatedIdentities").is_none());
}

#[tokio::test]
async fn only_a_query_by_id_shows_federated_identities() {
    let caller = Caller::logged_in(Options::default()).await;
    let id = caller.simulator.credentials().user.id.clone();
    let unknown = "00000000-0000-4000-8000-000000000000";
    let users = caller.ask("/v1/api/users/query", json!({ "user_ids": [id, unknown] })).await["users"].clone();
    assert_eq!(users.as_object().map(|users| users.len()), Some(1));
    assert_eq!(users[&id]["federatedIdentities"][0]["identityProvider"], "google");
}

#[tokio::test]
async fn an_invited_user_is_verified_and_can_log_in() {
    let caller = Caller::logged_in(Options::default()).await;
    let invited = invite(&caller).await;
    assert_eq!(invited["password"], "a password");
    let id = invited["id"].as_str().expect("an id is a text");
    let users = caller.ask("/v1/api/users/query", json!({ "user_ids": [id] })).await;
    let user = &users["users"][id];
    assert_eq!(user["emailVerified"], true);
    assert_eq!(user["firstName"], "Ann");
    assert_eq!(user["lastName"], "Guest");
    assert_eq!(user["federatedIdentities"], json!([]));
    caller.log_in(GUEST, "a password").await.passed();
}

#[tokio::test]
async fn the_first_log_in_makes_the_default_workspace() {
    let mut caller = Caller::logged_in(Options::default()).await;
    invite(&caller).await;
    for _ in 0..2 {
        let tokens = caller.log_in(GUEST, "a password").await.passed();
        caller.use_token(&tokens);
    }
    let workspaces = caller.ask("/v1/api/workspaces/list", json!({})).await["workspaces"].clone();
    assert_eq!(workspaces.as_array().map(Vec::len), Some(1));
    assert_eq!(workspaces[0]["name"], format!("{GUEST} - Default Workspace"));
}

#[tokio::test]
async fn a_taken_email_cannot_be_invited_again() {
    let caller = Caller::logged_in(Options::default()).await;
    invite(&caller).await;
    caller.post("/v1/api/users/invite", json!({ "email": GUEST })).await.refused(500, "error querying keycloak server");
}

#[tokio::test]
async fn an_invitation_without_password_asks_for_a_new_one() {
    let caller = Caller::logged_in(Options::default()).await;
    let invited = caller.ask("/v1/api/users/invite", json!({ "email": GUEST, "password": null })).await;
    let password = invited["password"].as_str().expect("a password was made");
    let answer = caller.log_in(GUEST, password).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.body["error_description"], "Account is not fully set up");
}

#[tokio::test]
async fn a_deactivated_user_is_refused_until_activated() {
    let mut caller = Caller::logged_in(Options::default()).await;
    invite(&caller).await;
    let guest_tokens = caller.log_in(GUEST, "a password").await.passed();
    for _ in 0..2 {
        let answer = caller.ask("/v1/api/users/deactivate", json!({ "email": GUEST })).await;
        assert_eq!(answer, json!({}));
    }
    let refused = caller.log_in(GUEST, "a password").await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["error_description"], "Account disabled");
    for _ in 0..2 {
        caller.ask("/v1/api/users/activate", json!({ "email": GUEST })).await;
    }
    caller.log_in(GUEST, "a password").await.passed();
    caller.ask("/v1/api/users/deactivate", json!({ "email": GUEST })).await;
    caller.use_token(&guest_tokens);
    caller.post("/v1/api/workspaces/list", json!({})).await.refused(401, "Unauthorized: the user is deactivated");
}

#[tokio::test]
async fn an_unknown_email_cannot_be_activated() {
    let caller = Caller::logged_in(Options::default()).await;
    caller
        .post("/v1/api/users/activate", json!({ "email": "no.one@example.com" }))
        .await
        .refused(500, "error querying keycloak server");
}
