//! The log of requests.

use std::time::Duration;

use callsheet::simulator::Options;
use serde_json::{Value, json};

use super::caller::Caller;

#[tokio::test(start_paused = true)]
async fn every_request_is_logged_in_order() {
    let caller = Caller::logged_in(Options {
        latency_of: vec![("/v1/**".parse().expect("a pattern"), Duration::from_millis(30))],
        resets: vec![
            "/v1/api/features/list:before".parse().expect("a reset"),
            "/v1/api/features/list:after".parse().expect("a reset"),
        ],
        ..Options::default()
    })
    .await;
    let user = caller.simulator.credentials().user.name.clone();
    caller.try_post("/v1/api/features/list", json!({})).await;
    caller.try_post("/v1/api/features/list", json!({ "a": 1 })).await;
    caller.post("/v1/api/models/get", json!({ "id": 99 })).await;
    let latency = json!({ "rule": "--latency /v1/**", "effect": "latency 30ms" });
    let reset = |when: &str| json!({ "rule": "--reset /v1/api/features/list", "effect": format!("reset {when}") });
    let entries = caller.log().await;
    assert_eq!(
        entries[1..],
        [
            json!({
                "n": 2, "method": "POST", "path": "/v1/api/features/list", "status": null, "executed": false,
                "faults": [reset("before"), latency], "started_ms": 0, "finished_ms": 30, "user": null, "request": null,
            }),
            json!({
                "n": 3, "method": "POST", "path": "/v1/api/features/list", "status": 200, "executed": true,
                "faults": [reset("after"), latency], "started_ms": 30, "finished_ms": 60, "user": user, "request": { "a": 1 },
            }),
            json!({
                "n": 4, "method": "POST", "path": "/v1/api/models/get", "status": 400, "executed": true,
                "faults": [latency], "started_ms": 60, "finished_ms": 90, "user": user, "request": { "id": 99 },
            }),
        ]
    );
}

#[tokio::test]
async fn secrets_are_not_logged() {
    let caller = Caller::logged_in(Options::default()).await;
    let invitation = json!({ "email": "ann@example.com", "password": "a password" });
    caller.ask("/v1/api/users/invite", invitation).await;
    let entries = caller.log().await;
    let credentials = caller.simulator.credentials();
    assert_eq!(entries[0]["grant"], "password");
    assert_eq!(entries[0]["user"], credentials.user.name);
    assert_eq!(
        entries[0]["request"],
        json!({
            "grant_type": "password",
            "username": credentials.user.name,
            "password": "***",
            "client_id": "api-client",
            "client_secret": "***",
        })
    );
    assert_eq!(entries[1]["request"], json!({ "email": "ann@example.com", "password": "***" }));
}

#[tokio::test]
async fn an_upload_is_logged_as_a_summary_of_its_parts() {
    let caller = Caller::logged_in(Options::default()).await;
    caller.upload("a", 6, "onnx", b"0123456789").await.passed();
    let entries = caller.log().await;
    let parts = &entries[1]["request"]["parts"];
    assert_eq!(parts[0]["name"], "metadata");
    assert_eq!(parts[0]["json"]["workspace_id"], 6);
    assert_eq!(
        parts[1],
        json!({
            "name": "file",
            "filename": "a",
            "content_type": "application/octet-stream",
            "bytes": 10,
            "sha256": "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882",
        })
    );
}

#[tokio::test]
async fn the_simulators_own_calls_are_not_logged() {
    let caller = Caller::stranger(Options::default());
    let health = caller.get("/_simulator/health").await.passed();
    assert_eq!(health, json!({ "status": "ok" }));
    assert_eq!(caller.log().await, Vec::<Value>::new());
}
