//! Injected faults without a socket: lost connections and latency.

use std::time::Duration;

use callsheet::simulator::{ConnectionReset, Options};
use serde_json::json;
use tokio::time::Instant;

use super::caller::Caller;

const CREATE: &str = "/v1/api/workspaces/create";

async fn with_reset(text: &str) -> Caller {
    Caller::logged_in(Options { resets: vec![text.parse().expect("the test's reset is valid")], ..Options::default() })
        .await
}

#[tokio::test]
async fn a_reset_before_execution_changes_nothing() {
    let caller = with_reset("/v1/api/workspaces/create:before").await;
    let body = json!({ "workspace_name": "a" });
    let lost = caller.post(CREATE, body.clone()).await;
    assert_eq!(lost.reset, Some(ConnectionReset { executed: false }));
    let second = caller.post(CREATE, body).await;
    assert_eq!(second.reset, None);
    assert_eq!(second.passed()["workspace_id"], 7);
}

#[tokio::test]
async fn a_reset_after_execution_loses_only_the_answer() {
    let caller = with_reset("/v1/api/workspaces/*:after:2").await;
    let lost = caller.post(CREATE, json!({ "workspace_name": "a" })).await;
    assert_eq!(lost.reset, Some(ConnectionReset { executed: true }));
    let lost = caller.post("/v1/api/workspaces/list", json!({})).await;
    assert_eq!(lost.reset, Some(ConnectionReset { executed: true }));
    let repeated = caller.post(CREATE, json!({ "workspace_name": "a" })).await;
    assert_eq!(repeated.status, 400);
}

#[tokio::test(start_paused = true)]
async fn an_answer_waits_for_its_latency() {
    let caller = Caller::logged_in(Options {
        latency: Duration::from_millis(200),
        latency_of: vec![("/v1/api/models/*".parse().expect("a pattern"), Duration::from_secs(3))],
        ..Options::default()
    })
    .await;
    for (path, expected) in [("/v1/api/workspaces/list", 200), ("/v1/api/models/list", 3000)] {
        let before = Instant::now();
        caller.ask(path, json!({ "workspace_id": 6 })).await;
        assert_eq!(before.elapsed(), Duration::from_millis(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_does_not_wait_finds_the_call_executed() {
    let caller = Caller::logged_in(Options {
        latency_of: vec![(CREATE.parse().expect("a pattern"), Duration::from_secs(60))],
        ..Options::default()
    })
    .await;
    let call = caller.post(CREATE, json!({ "workspace_name": "a" }));
    tokio::time::timeout(Duration::from_secs(1), call).await.expect_err("the answer takes a minute");
    let listed = caller.ask("/v1/api/workspaces/list", json!({})).await;
    assert_eq!(listed["workspaces"][3]["name"], "a");
}
