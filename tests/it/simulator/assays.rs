//! Assays over the router, on the history of the built-in world.
//!
//! The history is a stand-in, made so that the figures that the platform's tutorial prints come out of it.

use std::time::Duration;

use callsheet::simulator::Options;
use serde_json::{Value, json};

use super::caller::Caller;

/// The assay of the tutorial, with a name of ours.
pub fn definition() -> Value {
    json!({
        "id": 5,
        "name": "an assay",
        "pipeline_id": 1,
        "pipeline_name": "housepricepipe",
        "active": true,
        "status": "active",
        "iopath": "output dense_2 0",
        "baseline": { "Fixed": {
            "pipeline": "housepricepipe",
            "model": "housepricemodel",
            "start_at": "2023-01-01T00:00:00-05:00",
            "end_at": "2023-01-02T00:00:00-05:00",
        } },
        "window": {
            "pipeline": "housepricepipe",
            "model": "housepricemodel",
            "width": "24 hours",
            "start": null,
            "interval": null,
        },
        "summarizer": {
            "type": "UnivariateContinuous",
            "bin_mode": "Quantile",
            "aggregation": "Density",
            "metric": "PSI",
            "num_bins": 5,
            "bin_weights": null,
            "bin_width": null,
            "provided_edges": null,
            "add_outlier_edges": true,
        },
        "warning_threshold": 0,
        "alert_threshold": 0.1,
        "run_until": null,
        "workspace_id": 5,
    })
}

/// The definition with the members at these JSON pointers replaced.
pub fn changed(changes: &[(&str, Value)]) -> Value {
    let mut definition = definition();
    for (pointer, value) in changes {
        let (parent, member) = pointer.rsplit_once('/').expect("a pointer has a slash");
        definition.pointer_mut(parent).expect("the definition has the member's parent")[member] = value.clone();
    }
    definition
}

async fn baseline(caller: &Caller, definition: Value) -> Value {
    caller.ask("/v1/api/assays/run_interactive_baseline", definition).await
}

async fn windows(caller: &Caller, definition: Value) -> Vec<Value> {
    let answer = caller.ask("/v1/api/assays/run_interactive", definition).await;
    answer.as_array().expect("the answer is a list of analyses").clone()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

#[track_caller]
fn assert_near(found: &Value, expected: f64) {
    let found = found.as_f64().expect("the figure is a number");
    assert!((found / expected - 1.0).abs() < 1e-12, "found {found}, expected {expected}");
}

/// Checks everything about a summary but its mean and deviation to the last digit, and those to twelve.
#[track_caller]
fn assert_summary(found: &Value, mean: f64, std: f64, rest: Value) {
    assert_near(&found["mean"], mean);
    assert_near(&found["std"], std);
    let mut found = found.clone();
    for member in ["mean", "std"] {
        found.as_object_mut().expect("a summary is an object").remove(member);
    }
    assert_eq!(found, rest);
}

fn baseline_summary(edge_names: Value) -> Value {
    json!({
        "count": 181,
        "min": 12.002464294433594,
        "max": 14.095687866210938,
        "median": 12.862584114074709,
        "edges": edges(),
        "edge_names": edge_names,
        "aggregated_values": [
            0.0, 0.19889502762430936, 0.19889502762430936, 0.20441988950276244, 0.19889502762430936,
            0.19889502762430936, 0.0,
        ],
        "aggregation": "Density",
        "start": "2023-01-01T05:00:00Z",
        "end": "2023-01-02T05:00:00Z",
    })
}

fn edges() -> Value {
    json!([
        12.002464294433594,
        12.525982856750488,
        12.772802352905272,
        12.960931777954102,
        13.246906280517578,
        14.095687866210938,
        null
    ])
}

fn quantile_names() -> Value {
    json!(["left_outlier", "q_20", "q_40", "q_60", "q_80", "q_100", "right_outlier"])
}

fn edge_names() -> Value {
    json!(["left_outlier", "e_1.25e1", "e_1.28e1", "e_1.30e1", "e_1.32e1", "e_1.41e1", "right_outlier"])
}

#[tokio::test(start_paused = true)]
async fn the_interactive_baseline_has_the_tutorials_figures() {
    let caller = Caller::logged_in(Options::default()).await;
    let analysis = baseline(&caller, definition()).await;
    assert_eq!(
        keys(&analysis),
        [
            "id",
            "assay_id",
            "window_start",
            "analyzed_at",
            "elapsed_millis",
            "iopath",
            "pipeline_id",
            "baseline_summary",
            "window_summary",
            "warning_threshold",
            "alert_threshold",
            "score",
            "scores",
            "bin_index",
            "summarizer",
            "status",
            "created_at",
        ]
    );
    let mean = 12.892810610776449;
    let std = 0.4259400394014014;
    assert_summary(&analysis["baseline_summary"], mean, std, baseline_summary(quantile_names()));
    assert_summary(&analysis["window_summary"], mean, std, baseline_summary(edge_names()));
    assert_eq!(analysis["window_start"], "2023-01-01T05:00:00Z");
    assert_eq!(analysis["analyzed_at"], "2023-05-17T20:50:00Z");
    assert_eq!(analysis["scores"], json!([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
    assert_eq!(analysis["score"].to_string(), "0.0");
    assert_eq!(analysis["warning_threshold"].to_string(), "0.0");
    assert_eq!(analysis["status"], "BaselineRun");
    for absent in ["id", "pipeline_id", "bin_index", "created_at"] {
        assert!(analysis[absent].is_null(), "{absent}");
    }
    assert_eq!(
        analysis["summarizer"],
        json!({
            "type": "UnivariateContinuous",
            "bin_mode": "Quantile",
            "aggregation": "Density",
            "metric": "PSI",
            "num_bins": 5,
            "bin_weights": null,
            "provided_edges": null,
        })
    );
}

#[tokio::test(start_paused = true)]
async fn the_first_window_has_the_tutorials_figures() {
    let caller = Caller::logged_in(Options::default()).await;
    let analyses = windows(&caller, definition()).await;
    assert_eq!(analyses.len(), 30);
    let first = &analyses[0];
    assert_summary(
        &first["baseline_summary"],
        12.892810610776449,
        0.4259400394014014,
        baseline_summary(quantile_names()),
    );
    let window = json!({
        "count": 182,
        "min": 12.037200927734377,
        "max": 14.712774276733398,
        "median": 12.895143508911133,
        "edges": edges(),
        "edge_names": edge_names(),
        "aggregated_values": [
            0.0, 0.17032967032967034, 0.17582417582417584, 0.23626373626373623, 0.1978021978021978,
            0.1978021978021978, 0.02197802197802198,
        ],
        "aggregation": "Density",
        "start": "2023-01-02T05:00:00Z",
        "end": "2023-01-03T05:00:00Z",
    });
    assert_summary(&first["window_summary"], 12.966292286967184, 0.4705339357836451, window);
    let scores = json!([
        0.0,
        0.0044288126945783235,
        0.00284446741288289,
        0.004610114809454446,
        6.021116179797982e-06,
        6.021116179797982e-06,
        0.02513774491992636
    ]);
    assert_eq!(first["scores"], scores);
    assert_eq!(first["score"], json!(0.037033182069201614));
    assert_eq!(first["status"], "Warning");
    assert_eq!(first["assay_id"], 5);
    let last = &analyses[29];
    assert_eq!(last["window_start"], "2023-01-31T05:00:00Z");
    assert_eq!(last["window_summary"]["count"], 143);
}

#[tokio::test(start_paused = true)]
async fn the_houses_drift_from_the_second_week_on() {
    let caller = Caller::logged_in(Options::default()).await;
    let analyses = windows(&caller, definition()).await;
    let status: Vec<&str> = analyses.iter().filter_map(|analysis| analysis["status"].as_str()).collect();
    let expected: Vec<&str> = std::iter::repeat_n("Warning", 7).chain(std::iter::repeat_n("Alert", 23)).collect();
    assert_eq!(status, expected);
    let size = changed(&[("/iopath", json!("input tensor 2"))]);
    assert_eq!(windows(&caller, size).await.last().map(|analysis| analysis["status"].clone()), Some(json!("Alert")));
}

#[tokio::test(start_paused = true)]
async fn the_log_begins_with_the_rows_that_the_tutorial_prints() {
    let caller = Caller::logged_in(Options::default()).await;
    let asked = json!({ "workspace_id": 5, "pipeline_name": "housepricepipe", "limit": 3 });
    let rows = caller.ask("/v1/api/assays/get_baseline", asked).await;
    assert_eq!(rows.as_array().map(Vec::len), Some(3));
    assert_eq!(
        rows[0],
        json!({
            "time": 1_672_531_200_000_u64,
            "in.tensor": [
                0.6752651953165153, -0.4732014898144956, -1.0785881334179752, 0.25006446993148707,
                -0.08666382440547035, 0.012211745933432551, -0.1904726364343265, -0.9179715198382244,
                -0.305653139057544, 0.905425782569012, -0.5584151415472702, -0.8905121321380776, 1.7014907488187343,
                -0.03617359856638, -0.20817781526102327, -0.4017891748132812, -0.19176790501742016,
            ],
            "out.dense_2": [12.529610633850098],
            "metadata.last_model": r#"{"model_name": "housepricemodel", "model_sha": "test_version"}"#,
            "metadata.profile": r#"{"elapsed_ns": 243}"#,
        })
    );
    assert_eq!(rows[1]["time"], 1_672_531_676_753_u64);
    assert_eq!(rows[1]["out.dense_2"], json!([13.355737686157228]));
    assert_eq!(rows[1]["metadata.profile"], r#"{"elapsed_ns": 216}"#);
}

#[tokio::test(start_paused = true)]
async fn the_log_is_filtered_by_dates_and_model() {
    let caller = Caller::logged_in(Options::default()).await;
    for (filter, count) in [
        (json!({}), 5618),
        (json!({ "start": "2023-01-31T00:00:00Z" }), 181),
        (json!({ "end": "2023-01-02T00:00:00Z" }), 182),
        (json!({ "start": "2023-01-01T05:00:00Z", "end": "2023-01-02T00:00:00-05:00" }), 181),
        (json!({ "model_name": "housepricemodel", "limit": 7 }), 7),
        (json!({ "model_name": "another" }), 0),
    ] {
        let mut asked = json!({ "pipeline_name": "housepricepipe" });
        asked.as_object_mut().expect("this is an object").extend(filter.as_object().expect("a filter").clone());
        let rows = caller.ask("/v1/api/assays/get_baseline", asked).await;
        assert_eq!(rows.as_array().map(Vec::len), Some(count), "{filter}");
    }
    let answer = caller.post("/v1/api/assays/get_baseline", json!({ "pipeline_name": "nobody" })).await;
    answer.refused(404, "Pipeline not found");
}

#[tokio::test(start_paused = true)]
async fn windows_follow_their_interval_width_start_and_end() {
    let caller = Caller::logged_in(Options::default()).await;
    for (changes, count) in [
        (vec![("/window/interval", json!("12 hours")), ("/run_until", json!("2023-02-01T00:00:00Z"))], 59),
        (vec![("/window/width", json!("1 week"))], 5),
        (vec![("/window/width", json!("1 week")), ("/window/start", json!("2022-01-03T00:00:00Z"))], 6),
        (vec![("/window/start", json!("2023-01-30T00:00:00Z"))], 2),
        (vec![("/run_until", json!("2023-01-04T05:00:00Z"))], 2),
        (vec![("/run_until", json!("2023-01-04T04:59:59Z"))], 1),
        (vec![("/window/start", json!("2023-06-01T00:00:00Z"))], 0),
        (vec![("/window/model", json!("another"))], 0),
    ] {
        // The same baseline throughout: a day from midnight, as in the notebook that counted the windows.
        let mut definition = changed(&changes);
        definition["baseline"]["Fixed"]["start_at"] = json!("2023-01-01T00:00:00Z");
        if changes[0].0 == "/window/interval" {
            definition["baseline"]["Fixed"]["end_at"] = json!("2023-01-02T00:00:00Z");
        }
        assert_eq!(windows(&caller, definition).await.len(), count, "{changes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_window_of_the_present_is_not_complete() {
    let start = "2023-01-02T12:00:00Z".parse().expect("this is a time");
    let caller = Caller::logged_in(Options { start, ..Options::default() }).await;
    assert!(windows(&caller, definition()).await.is_empty());
    tokio::time::advance(Duration::from_secs(17 * 3600)).await;
    let mut renewed = caller;
    let user = renewed.simulator.credentials().user.clone();
    let tokens = renewed.log_in(&user.name, &user.password).await.passed();
    renewed.use_token(&tokens);
    assert_eq!(windows(&renewed, definition()).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn definitions_that_contradict_themselves_are_refused() {
    let caller = Caller::logged_in(Options::default()).await;
    for (changes, message) in [
        (vec![("/iopath", json!("dense_2"))], "expected `input` or `output`, a field and an index"),
        (
            vec![("/window/width", json!("24h"))],
            "expected a number of minutes, hours, days or weeks such as `24 hours`",
        ),
        (vec![("/window/width", json!("0 days"))], "have to be longer than 0"),
        (vec![("/summarizer/metric", json!("KL"))], "unknown variant `KL`"),
        (vec![("/summarizer/num_bins", json!(0))], "`num_bins` has to be at least 1"),
        (vec![("/summarizer/bin_weights", json!([1, 2]))], "`bin_weights` has to have a number for each of the 7 bins"),
        (vec![("/summarizer/bin_mode", json!("Provided"))], "`provided_edges` has 0 numbers, but 5 bins have 6 edges"),
        (vec![("/baseline/Fixed/model", json!("another"))], "the baseline covers no logged inference"),
        (vec![("/baseline", json!({ "UserProvided": { "url": "s3://here" } }))], "is not simulated"),
        (vec![("/summarizer", json!({ "type": "MultivariateContinuous", "name": "m" }))], "is not simulated"),
    ] {
        let answer = caller.post("/v1/api/assays/run_interactive", changed(&changes)).await;
        assert_eq!(answer.status, 400, "{changes:?}: {answer:?}");
        let found = answer.body["msg"].as_str().unwrap_or_default();
        assert!(found.contains(message), "{changes:?}: {found}");
    }
    let unknown = changed(&[("/baseline/Fixed/pipeline", json!("nobody"))]);
    caller.post("/v1/api/assays/run_interactive", unknown).await.refused(404, "Pipeline not found");
}
