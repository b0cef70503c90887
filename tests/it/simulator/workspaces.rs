//! Workspaces: what is listed, who is in them, what repeats do.

use callsheet::simulator::Options;
use serde_json::json;

use super::caller::Caller;

#[tokio::test]
async fn a_workspace_is_listed_with_the_versions_and_pipelines_in_it() {
    let caller = Caller::logged_in(Options::default()).await;
    let listed = caller.ask("/v1/api/workspaces/list", json!({})).await;
    let person = caller.simulator.credentials().user.id.clone();
    assert_eq!(
        listed["workspaces"][2],
        json!({
            "id": 6,
            "name": "sdkquickworkspace",
            "created_at": "2023-05-17T20:43:36.727099+00:00",
            "created_by": person,
            "archived": false,
            "models": [2, 3],
            "pipelines": [3],
        })
    );
}

#[tokio::test]
async fn a_workspace_name_is_taken_only_once() {
    let caller = Caller::logged_in(Options::default()).await;
    let body = json!({ "workspace_name": "apiworkspaces" });
    caller.ask("/v1/api/workspaces/create", body.clone()).await;
    caller.post("/v1/api/workspaces/create", body).await.refused(
        400,
        "Failed to create workspace: GraphQL error: [\"Uniqueness violation. duplicate key value violates \
         unique constraint \\\"workspace_name_key\\\"\"]",
    );
}

#[tokio::test]
async fn a_user_added_twice_is_in_once_and_removed_once() {
    let caller = Caller::logged_in(Options::default()).await;
    let email = "ann.guest@example.com";
    caller.ask("/v1/api/users/invite", json!({ "email": email })).await;
    let membership = json!({ "workspace_id": 6, "email": email });
    for _ in 0..2 {
        assert_eq!(caller.ask("/v1/api/workspaces/add_user", membership.clone()).await, json!({}));
    }
    let users = caller.ask("/v1/api/workspaces/list_users", json!({ "workspace_id": 6 })).await["users"].clone();
    let types: Vec<_> = users.as_array().into_iter().flatten().map(|user| &user["user_type"]).collect();
    assert_eq!(types, ["OWNER", "COLLABORATOR"]);
    for affected in [1, 0] {
        let answer = caller.ask("/v1/api/workspaces/remove_user", membership.clone()).await;
        assert_eq!(answer, json!({ "affected_rows": affected }));
    }
}

#[tokio::test]
async fn an_unknown_user_cannot_be_added() {
    let caller = Caller::logged_in(Options::default()).await;
    caller
        .post("/v1/api/workspaces/add_user", json!({ "workspace_id": 6, "email": "no.one@example.com" }))
        .await
        .refused(500, "Failed to find user in Keycloak: No user was found in Keycloak.");
}

#[tokio::test]
async fn a_missing_field_is_named() {
    let caller = Caller::logged_in(Options::default()).await;
    caller
        .post("/v1/api/workspaces/create", json!({}))
        .await
        .refused(400, "Bad request: missing field `workspace_name`");
}

#[tokio::test]
async fn requests_without_content_type_or_body_are_understood() {
    let caller = Caller::logged_in(Options::default()).await;
    for body in ["", "{}", "null", r#"{"user_id": null, "something": 1}"#] {
        let listed = caller.post_bare("/v1/api/workspaces/list", body).await.passed();
        assert_eq!(listed["workspaces"].as_array().map(Vec::len), Some(3), "{body}");
    }
    caller.post_bare("/v1/api/features/list", "").await.passed();
}

#[tokio::test]
async fn a_call_that_does_not_exist_is_not_found() {
    let caller = Caller::logged_in(Options::default()).await;
    caller.post("/v1/api/workspaces/rename", json!({})).await.refused(404, "Not found");
}
