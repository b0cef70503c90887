//! Assays that are stored: listing, switching, and the runs that the platform makes by schedule.

use std::time::Duration;

use callsheet::simulator::Options;
use serde_json::{Value, json};

use super::assays::{changed, definition};
use super::caller::Caller;

/// As long as the default options let a run wait.
const UNTIL_RUN: Duration = Duration::from_secs(15);

async fn created(caller: &Caller, definition: Value) -> i64 {
    let answer = caller.ask("/v1/api/assays/create", definition).await;
    answer["assay_id"].as_i64().expect("an assay id is a number")
}

async fn listed(caller: &Caller, id: i64) -> Value {
    let assays = caller.ask("/v1/api/assays/list", json!({ "pipeline_id": 1 })).await;
    let assays = assays.as_array().expect("the answer is a list").clone();
    assays.into_iter().find(|assay| assay["id"] == id).expect("the assay is listed")
}

async fn results(caller: &Caller, id: i64) -> Vec<Value> {
    let answer = caller.ask("/v1/api/assays/get_results", json!({ "assay_id": id, "pipeline_id": 1 })).await;
    answer.as_array().expect("the answer is a list").clone()
}

/// A caller whose token lasts as long as a test needs.
async fn caller() -> Caller {
    Caller::logged_in(Options { access_token_life: Duration::from_secs(1_000_000), ..Options::default() }).await
}

#[tokio::test(start_paused = true)]
async fn a_new_assay_is_listed_first_and_as_it_was_sent() {
    let caller = caller().await;
    let id = created(&caller, definition()).await;
    assert_eq!(id, 5);
    let assays = caller.ask("/v1/api/assays/list", json!({ "pipeline_id": 1 })).await;
    let ids: Vec<&Value> = assays.as_array().into_iter().flatten().map(|assay| &assay["id"]).collect();
    assert_eq!(ids, [5, 2, 1]);
    let sent = definition();
    assert_eq!(
        assays[0],
        json!({
            "id": 5,
            "name": "an assay",
            "active": true,
            "status": "created",
            "warning_threshold": 0.0,
            "alert_threshold": 0.1,
            "pipeline_id": 1,
            "pipeline_name": "housepricepipe",
            "last_run": null,
            "next_run": "2023-05-17T20:50:00+00:00",
            "run_until": null,
            "updated_at": "2023-05-17T20:50:00.002+00:00",
            "baseline": sent["baseline"],
            "window": sent["window"],
            "summarizer": {
                "type": "UnivariateContinuous",
                "bin_mode": "Quantile",
                "aggregation": "Density",
                "metric": "PSI",
                "num_bins": 5,
                "bin_weights": null,
                "provided_edges": null,
            },
        })
    );
    assert_eq!(assays[0]["warning_threshold"].to_string(), "0.0");
    assert_eq!(caller.ask("/v1/api/assays/list", json!({ "pipeline_id": 3 })).await, json!([]));
    assert_eq!(caller.ask("/v1/api/assays/list", json!({})).await.as_array().map(Vec::len), Some(3));
}

#[tokio::test(start_paused = true)]
async fn a_repeated_name_is_refused_and_uses_up_an_id() {
    let caller = caller().await;
    created(&caller, definition()).await;
    let message = "Failed to create assay: GraphQL error: [\"Uniqueness violation. duplicate key value violates unique \
                   constraint \\\"assay_name_key\\\"\"]";
    caller.post("/v1/api/assays/create", definition()).await.refused(400, message);
    assert_eq!(created(&caller, changed(&[("/name", json!("another"))])).await, 7);
    let dangling = changed(&[("/name", json!("a third")), ("/pipeline_id", json!(77))]);
    assert_eq!(caller.post("/v1/api/assays/create", dangling).await.status, 500);
}

#[tokio::test(start_paused = true)]
async fn the_first_run_looks_at_every_window_and_the_next_at_what_came_since() {
    let caller = caller().await;
    let id = created(&caller, definition()).await;
    assert!(results(&caller, id).await.is_empty());
    tokio::time::advance(UNTIL_RUN).await;
    let found = results(&caller, id).await;
    assert_eq!(found.len(), 30);
    assert_eq!(found[0]["id"], 1);
    assert_eq!(found[0]["assay_id"], 5);
    assert_eq!(found[0]["pipeline_id"], 1);
    assert_eq!(found[0]["created_at"], "2023-05-17T20:50:15+00:00");
    assert_eq!(found[0]["analyzed_at"], "2023-05-17T20:50:15Z");
    assert_eq!(found[0]["score"], json!(0.037033182069201614));
    let assay = listed(&caller, id).await;
    let alerts = found.iter().filter(|result| result["status"] == "Alert").count();
    let status = format!(
        r#"{{"run_at": "2023-05-17T20:50:15+00:00",  "num_ok": 0, "num_warnings": {}, "num_alerts": {alerts}}}"#,
        30 - alerts
    );
    assert_eq!(assay["status"], status);
    assert_eq!(assay["last_run"], "2023-05-17T20:50:15+00:00");
    assert_eq!(assay["next_run"], "2023-05-18T05:00:00+00:00");

    tokio::time::advance(Duration::from_secs(24 * 3600)).await;
    let assay = listed(&caller, id).await;
    let nothing = r#"{"run_at": "2023-05-18T05:00:15+00:00",  "num_ok": 0, "num_warnings": 0, "num_alerts": 0}"#;
    assert_eq!(assay["status"], nothing);
    assert_eq!(assay["next_run"], "2023-05-19T05:00:00+00:00");
    assert_eq!(results(&caller, id).await.len(), 30);
}

#[tokio::test(start_paused = true)]
async fn results_are_selected_by_the_start_of_their_window() {
    let caller = caller().await;
    let id = created(&caller, definition()).await;
    tokio::time::advance(UNTIL_RUN).await;
    let dates = json!({ "assay_id": id, "start": "2023-01-03T05:00:00Z", "end": "2023-01-05T05:00:00Z" });
    let found = caller.ask("/v1/api/assays/get_assay_results", dates).await;
    assert_eq!(found.as_array().map(Vec::len), Some(3));
    assert_eq!(found[0]["window_start"], "2023-01-03T05:00:00Z");
    let first = caller.ask("/v1/api/assays/get_results", json!({ "assay_id": id, "limit": 1 })).await;
    assert_eq!(first.as_array().map(Vec::len), Some(1));
    let answer = caller.post("/v1/api/assays/get_assay_results", json!({ "assay_id": id })).await;
    answer.refused(400, "Bad request: missing field `start`");
    assert_eq!(caller.ask("/v1/api/assays/get_results", json!({ "assay_id": 99 })).await, json!([]));
}

#[tokio::test(start_paused = true)]
async fn an_assay_that_is_switched_off_does_not_run_until_it_is_on_again() {
    let caller = caller().await;
    let id = created(&caller, definition()).await;
    let switch = async |active: bool| {
        let asked = json!({ "id": id, "active": active });
        assert_eq!(caller.ask("/v1/api/assays/set_active", asked.clone()).await, asked);
    };
    switch(false).await;
    switch(false).await;
    assert_eq!(listed(&caller, id).await["active"], false);
    tokio::time::advance(UNTIL_RUN * 2).await;
    assert!(results(&caller, id).await.is_empty());
    switch(true).await;
    assert!(results(&caller, id).await.is_empty());
    tokio::time::advance(UNTIL_RUN).await;
    assert_eq!(results(&caller, id).await.len(), 30);
    let unknown = caller.post("/v1/api/assays/set_active", json!({ "id": 99, "active": true })).await;
    unknown.refused(400, "The provided assay id was not found.");
}

#[tokio::test(start_paused = true)]
async fn the_assays_of_a_world_wait_until_they_are_switched_on() {
    let caller = caller().await;
    tokio::time::advance(Duration::from_secs(3600)).await;
    assert_eq!(listed(&caller, 1).await["status"], "created");
    assert!(listed(&caller, 1).await["last_run"].is_null());
    caller.ask("/v1/api/assays/set_active", json!({ "id": 1, "active": true })).await;
    tokio::time::advance(UNTIL_RUN).await;
    assert_eq!(results(&caller, 1).await.len(), 30);
}

#[tokio::test(start_paused = true)]
async fn an_assay_that_ends_is_not_run_again() {
    let caller = caller().await;
    let id = created(&caller, changed(&[("/run_until", json!("2023-01-10T05:00:00Z"))])).await;
    tokio::time::advance(UNTIL_RUN).await;
    assert_eq!(results(&caller, id).await.len(), 8);
    let assay = listed(&caller, id).await;
    assert!(assay["next_run"].is_null());
    assert_eq!(assay["run_until"], "2023-01-10T05:00:00+00:00");
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_baseline_is_still_empty_is_tried_again() {
    let caller = caller().await;
    let elsewhere = [("/pipeline_id", json!(3)), ("/baseline/Fixed/pipeline", json!("sdkquickpipeline"))];
    let id = created(&caller, changed(&elsewhere)).await;
    tokio::time::advance(UNTIL_RUN).await;
    assert!(results(&caller, id).await.is_empty());
    let assays = caller.ask("/v1/api/assays/list", json!({ "pipeline_id": 3 })).await;
    assert_eq!(assays[0]["next_run"], "2023-05-18T20:50:15+00:00");
}
