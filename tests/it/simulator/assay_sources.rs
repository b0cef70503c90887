//! What assays compare: the simulator's own inferences, and baselines of every form.

use std::time::Duration;

use callsheet::simulator::Options;
use serde_json::{Value, json};

use super::assays::changed;
use super::caller::Caller;

const MODEL: &[u8] = include_bytes!("../../../workflows/data/fraud.onnx");

/// A caller whose pipeline `fraud` has answered: four rows in the first hour, two in the second, one in the fourth.
async fn caller() -> Caller {
    let caller = Caller::logged_in(Options { access_token_life: Duration::from_secs(100_000), ..Options::default() });
    let caller = caller.await;
    let infer = caller.deploy_model("fraud", MODEL).await;
    // From 20:50 to the full hour.
    tokio::time::advance(Duration::from_secs(600)).await;
    for (rows, minutes) in [(4, 60), (2, 120), (1, 60)] {
        let rows: Vec<Value> = (0..rows).map(|row| json!({ "tensor": vec![0.25 * f64::from(row); 29] })).collect();
        caller.ask(&infer, json!(rows)).await;
        tokio::time::advance(Duration::from_secs(minutes * 60)).await;
    }
    caller
}

/// An assay of the first input of that pipeline, hour by hour.
fn hourly(baseline: Value) -> Value {
    changed(&[
        ("/pipeline_name", json!("fraud")),
        ("/iopath", json!("input tensor 0")),
        ("/baseline", baseline),
        (
            "/window",
            json!({ "pipeline": "fraud", "model": "fraud", "width": "1 hour", "start": null, "interval": null }),
        ),
        ("/summarizer/num_bins", json!(2)),
        ("/workspace_id", json!(7)),
    ])
}

fn fixed() -> Value {
    json!({ "Fixed": {
        "pipeline": "fraud", "model": "fraud", "start_at": "2023-05-17T21:00:00Z", "end_at": "2023-05-17T22:00:00Z",
    } })
}

fn counts(analyses: &Value, member: &str) -> Vec<(String, u64)> {
    let analyses = analyses.as_array().expect("the answer is a list");
    let count = |analysis: &Value| {
        let summary = &analysis[member];
        (summary["start"].as_str().unwrap_or_default().to_owned(), summary["count"].as_u64().unwrap_or_default())
    };
    analyses.iter().map(count).collect()
}

fn hours(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
    expected.iter().map(|(hour, count)| (format!("2023-05-17T{hour}:00:00Z"), *count)).collect()
}

#[tokio::test(start_paused = true)]
async fn the_simulators_own_inferences_are_compared() {
    let caller = caller().await;
    let analyses = caller.ask("/v1/api/assays/run_interactive", hourly(fixed())).await;
    // The hour between has no row.
    let mut expected = hours(&[("22", 2)]);
    expected.push(("2023-05-18T00:00:00Z".to_owned(), 1));
    assert_eq!(counts(&analyses, "window_summary"), expected);
    assert_eq!(analyses[0]["baseline_summary"]["edges"], json!([0.0, 0.25, 0.75, null]));
    let rows = caller.ask("/v1/api/assays/get_baseline", json!({ "pipeline_name": "fraud", "workspace_id": 7 })).await;
    assert_eq!(rows.as_array().map(Vec::len), Some(7));
    let keys: Vec<&String> = rows[0].as_object().into_iter().flatten().map(|(key, _)| key).collect();
    let expected =
        ["time", "in.tensor", "out.dense_1", "metadata.last_model", "metadata.pipeline_version", "metadata.elapsed"];
    assert_eq!(keys, expected);
}

#[tokio::test(start_paused = true)]
async fn a_sliding_baseline_lies_before_each_window() {
    let caller = caller().await;
    let sliding = |offset: &str| {
        hourly(json!({ "Sliding": { "pipeline": "fraud", "model": "fraud", "width": "1 hour", "offset": offset } }))
    };
    let analyses = caller.ask("/v1/api/assays/run_interactive", sliding("0 minutes")).await;
    assert_eq!(counts(&analyses, "window_summary"), hours(&[("22", 2)]));
    assert_eq!(counts(&analyses, "baseline_summary"), hours(&[("21", 4)]));
    let analyses = caller.ask("/v1/api/assays/run_interactive", sliding("1 hour")).await;
    assert_eq!(counts(&analyses, "baseline_summary"), hours(&[("22", 2)]));
    let later = json!({ "calculated": { "sliding_window": {
        "window": { "pipeline_name": "fraud", "path": "input tensor 0", "width": "2 hours", "workspace_id": 7 },
        "offset": "1 hour",
    } } });
    let analyses = caller.ask("/v1/api/assays/run_interactive", hourly(later)).await;
    assert_eq!(counts(&analyses, "baseline_summary"), hours(&[("21", 6)]));
    let alone = caller.ask("/v1/api/assays/run_interactive_baseline", sliding("0 minutes")).await;
    assert_eq!(alone["window_start"], "2023-05-17T21:00:00Z");
    assert_eq!(alone["baseline_summary"]["count"], 4);
}

#[tokio::test(start_paused = true)]
async fn the_later_releases_baselines_say_the_same() {
    let caller = caller().await;
    let expected = caller.ask("/v1/api/assays/run_interactive", hourly(fixed())).await;
    let window = json!({
        "pipeline_name": "fraud", "model_name": "fraud", "path": "input tensor 0", "width": "1 hour", "workspace_id": 7,
        "start": "2023-05-17T21:00:00Z",
    });
    let kept = expected[0]["baseline_summary"].clone();
    for baseline in [
        json!({ "calculated": { "fixed_window": window } }),
        json!({ "calculated": { "vector": [0.75, 0.25, 0.0, 0.5] } }),
        json!({ "static": kept }),
    ] {
        let mut definition = hourly(baseline.clone());
        definition["window"]["start"] = json!("2023-05-17T22:00:00Z");
        let found = caller.ask("/v1/api/assays/run_interactive", definition).await;
        assert_eq!(found[0]["scores"], expected[0]["scores"], "{baseline}");
        assert_eq!(found[0]["window_summary"], expected[0]["window_summary"], "{baseline}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_later_releases_window_carries_the_path() {
    let caller = caller().await;
    let mut definition = hourly(fixed());
    definition.as_object_mut().expect("a definition is an object").remove("iopath");
    definition["window"] = json!({
        "pipeline_name": "fraud", "model_name": "fraud", "path": "input tensor 0", "width": "1 hour",
        "workspace_id": 7, "start": null, "interval": null, "locations": [],
    });
    let analyses = caller.ask("/v1/api/assays/run_interactive", definition.clone()).await;
    assert_eq!(analyses[0]["iopath"], "input tensor 0");
    definition["window"].as_object_mut().expect("a window is an object").remove("path");
    let answer = caller.post("/v1/api/assays/run_interactive", definition).await;
    answer.refused(400, "Bad request: missing field `iopath`");
}
