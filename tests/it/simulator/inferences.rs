//! Inference: the uploaded model is really run, and the answer has the platform's shape.

use std::time::Duration;

use callsheet::simulator::Options;
use serde_json::{Value, json};

use super::caller::Caller;

const MODEL: &[u8] = include_bytes!("../../../workflows/data/fraud.onnx");
const TRANSACTION: &str = include_str!("../../../workflows/data/transaction.json");
const HIGH_TRANSACTION: &str = include_str!("../../../workflows/data/transaction_high.json");

fn rows(text: &str) -> Value {
    serde_json::from_str(text).expect("the example data is JSON")
}

async fn running(model: &[u8]) -> (Caller, String) {
    let caller = Caller::logged_in(Options::default()).await;
    let infer = caller.deploy_model("fraud", model).await;
    tokio::time::advance(Duration::from_secs(2)).await;
    (caller, infer)
}

fn keys(row: &Value) -> Vec<&str> {
    row.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_tutorials_row_has_the_tutorials_probability() {
    let (caller, infer) = running(MODEL).await;
    let sent = rows(TRANSACTION);
    let answer = caller.ask(&infer, sent.clone()).await;
    let row = &answer[0];
    assert_eq!(keys(row), ["time", "in", "out", "check_failures", "metadata"]);
    assert_eq!(row["time"], 1_684_356_602_000_u64);
    assert_eq!(row["in"], sent[0]);
    assert_eq!(row["check_failures"], json!([]));
    let probability = row["out"]["dense_1"][0].as_f64().expect("the output is a number");
    assert!((probability - 0.001_497_417_7).abs() < 1e-6, "{probability}");
    let metadata = &row["metadata"];
    let versions = caller.ask("/v1/api/models/list_versions", json!({ "model_id": "fraud" })).await;
    assert_eq!(metadata["last_model"], format!(r#"{{"model_name":"fraud","model_sha":{}}}"#, versions[0]["sha"]));
    assert_eq!(metadata["pipeline_version"], "");
    assert_eq!(metadata["elapsed"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(start_paused = true)]
async fn rows_are_answered_in_order_and_in_shortest_form() {
    let (caller, infer) = running(MODEL).await;
    let both = json!([rows(TRANSACTION)[0], rows(HIGH_TRANSACTION)[0]]);
    let answer = caller.ask(&infer, both).await;
    let low = answer[0]["out"]["dense_1"][0].to_string();
    let high = answer[1]["out"]["dense_1"][0].as_f64().expect("the output is a number");
    assert!(low.len() <= 13, "{low} has more digits than a 32-bit float");
    assert!(high > 0.9, "{high}");
}

#[tokio::test(start_paused = true)]
async fn any_single_list_is_the_models_input() {
    let (caller, infer) = running(MODEL).await;
    let tensor = rows(TRANSACTION)[0]["tensor"].clone();
    let expected = caller.ask(&infer, rows(TRANSACTION)).await[0]["out"].clone();
    for body in [
        json!([{ "dense_input": tensor }]),
        json!([{ "whatever": tensor, "comment": "not a list" }]),
        json!({ "tensor": [tensor] }),
        json!({ "tensor": tensor }),
    ] {
        let answer = caller.ask(&infer, body).await;
        assert_eq!(answer[0]["out"], expected);
    }
}

#[tokio::test(start_paused = true)]
async fn datasets_are_chosen_left_out_and_flattened() {
    let (caller, infer) = running(MODEL).await;
    for (query, expected) in [
        ("dataset[]=*&dataset.exclude[]=metadata", vec!["time", "in", "out", "check_failures"]),
        ("dataset%5B%5D=time&dataset%5B%5D=out", vec!["time", "out"]),
        (
            "dataset[]=*&dataset.exclude[]=metadata&dataset.separator=.",
            vec!["time", "in.tensor", "out.dense_1", "check_failures"],
        ),
    ] {
        let answer = caller.ask(&format!("{infer}?{query}"), rows(TRANSACTION)).await;
        assert_eq!(keys(&answer[0]), expected, "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn bad_input_is_refused_with_the_engines_error() {
    let (caller, infer) = running(MODEL).await;
    for (body, status, reason) in [
        (json!([{ "tensor": [1, 2] }]), 500, "input `dense_input` takes 29 numbers a row, found 2"),
        (json!([{ "tensor": ["a"] }]), 500, "input `dense_input` is not made of numbers"),
        (json!([{}]), 500, "\"Error getting tensor dense_input from inference data\""),
        (json!([1]), 400, "expected every row to be an object with a value for each input"),
        (json!("row"), 400, "expected an array of rows or an object of columns"),
    ] {
        let answer = caller.post(&infer, body).await;
        assert_eq!(answer.status, status, "{answer:?}");
        let error = format!("Error running inference: {reason}");
        assert_eq!(answer.body, json!([{ "error": error, "error_type": "InternalError" }]));
    }
    assert_eq!(caller.post_bare(&infer, "[").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_operator_is_named() {
    let broken = replaced(MODEL, b"Sigmoid", b"Zigmoid");
    let (caller, infer) = running(&broken).await;
    let answer = caller.post(&infer, rows(TRANSACTION)).await;
    assert_eq!(answer.status, 500);
    let error = answer.body[0]["error"].as_str().unwrap_or_default();
    assert!(error.contains("Zigmoid"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_no_model_is_refused_when_asked() {
    let (caller, infer) = running(b"not a model").await;
    let answer = caller.post(&infer, rows(TRANSACTION)).await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.body[0]["error_type"], "InternalError");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_too_long_to_keep_is_hashed_and_refused_when_asked() {
    let file = vec![0; 64 * 1024 * 1024 + 1];
    let (caller, infer) = running(&file).await;
    let versions = caller.ask("/v1/api/models/list_versions", json!({ "model_id": "fraud" })).await;
    assert_eq!(versions[0]["sha"], "91990977345985aaf03af1358f4f989d7eaf985b58529efb72f613c588f6599a");
    let answer = caller.post(&infer, rows(TRANSACTION)).await;
    assert_eq!(answer.status, 500);
    assert_eq!(
        answer.body[0]["error"],
        "Error running inference: the simulator did not keep the model's 67108865 bytes, as it keeps at most 64 MiB"
    );
}

#[tokio::test(start_paused = true)]
async fn garbage_before_a_model_is_skipped() {
    let mut file = b"00000001".to_vec();
    file.extend_from_slice(MODEL);
    let (caller, infer) = running(&file).await;
    assert_eq!(caller.post(&infer, rows(TRANSACTION)).await.status, 200);
}

/// The file with one operator's name replaced by another of the same length.
fn replaced(file: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = file.windows(from.len()).position(|window| window == from).expect("the model has the operator");
    [&file[..at], to, &file[at + from.len()..]].concat()
}
