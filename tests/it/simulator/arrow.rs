//! Inference data in Arrow's IPC format.

use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::Float32Type;
use arrow_array::{FixedSizeListArray, Float32Array, RecordBatch};
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use callsheet::runner;
use callsheet::simulator::{Options, Reply};
use serde_json::{Value, json};

use super::caller::Caller;
use super::reference::{read_json, reference};
use crate::on_the_simulator::Platform;
use crate::run::scenario::virtual_time;

const ARROW: &str = "application/vnd.apache.arrow.file";
const JSON: &str = "application/json";
const MODEL: &[u8] = include_bytes!("../../../workflows/data/fraud.onnx");
const TRANSACTION: &str = include_str!("../../../workflows/data/transaction.json");

async fn running() -> (Caller, String) {
    let caller = Caller::logged_in(Options::default()).await;
    let infer = caller.deploy_model("fraud", MODEL).await;
    tokio::time::advance(Duration::from_secs(2)).await;
    (caller, infer)
}

/// The example's row so often, as the tutorial's data have it.
fn file(rows: usize) -> Vec<u8> {
    let row: Value = serde_json::from_str(TRANSACTION).expect("the example data is JSON");
    let row: Vec<f32> = serde_json::from_value(row[0]["tensor"].clone()).expect("a row is a list of numbers");
    let item = Arc::new(Field::new_list_field(DataType::Float32, true));
    let numbers = Arc::new(Float32Array::from(row.repeat(rows)));
    let column = FixedSizeListArray::new(item, 29, numbers, None);
    let batch = RecordBatch::try_from_iter([("tensor", Arc::new(column) as _)]).expect("a column makes a batch");
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).expect("memory takes a file");
    writer.write(&batch).expect("memory takes a batch");
    writer.into_inner().expect("memory takes a footer")
}

/// Status, media type and body.
async fn send(caller: &Caller, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> (u16, String, Vec<u8>) {
    let mut request = caller.request(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body)).expect("the test's request is valid");
    let reply = caller.simulator.call(request).await;
    let Reply::Answer(response) = reply else { panic!("the call was not answered: {reply:?}") };
    let media = response.headers().get(CONTENT_TYPE).map(|value| value.to_str().expect("ASCII").to_owned());
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("an answer in memory can be read");
    (status, media.unwrap_or_default(), bytes.to_vec())
}

fn table(file: Vec<u8>) -> (Arc<Schema>, RecordBatch) {
    let mut reader = FileReader::try_new(Cursor::new(file), None).expect("the answer is a file");
    let batch = reader.next().expect("the file has a batch").expect("the batch can be read");
    (reader.schema(), batch)
}

fn probability(batch: &RecordBatch) -> f32 {
    let outputs = batch.column_by_name("out.dense_1").expect("the model's output").as_list::<i32>().value(0);
    outputs.as_primitive::<Float32Type>().value(0)
}

#[tokio::test(start_paused = true)]
async fn an_answer_has_the_form_that_is_accepted_else_that_of_the_request() {
    let (caller, infer) = running().await;
    for (content_type, accept, answered) in [
        (JSON, "*/*", JSON),
        (JSON, ARROW, ARROW),
        (JSON, "text/html, application/vnd.apache.arrow.file;q=0.9", ARROW),
        (ARROW, JSON, JSON),
        (ARROW, ARROW, ARROW),
        (ARROW, "*/*", ARROW),
    ] {
        let body = if content_type == ARROW { file(1) } else { TRANSACTION.into() };
        let headers = [(CONTENT_TYPE.as_str(), content_type), (ACCEPT.as_str(), accept)];
        let (status, media, _) = send(&caller, &infer, &headers, body).await;
        assert_eq!((status, &*media), (200, answered), "{content_type} {accept}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_has_the_platforms_columns() {
    let (caller, infer) = running().await;
    let path = format!("{infer}?dataset[]=*&dataset.exclude[]=metadata");
    let (_, _, answer) = send(&caller, &path, &[(CONTENT_TYPE.as_str(), ARROW)], file(2)).await;
    let (schema, batch) = table(answer);
    assert_eq!(batch.num_rows(), 2);
    let list = |item| DataType::List(Arc::new(item));
    let expected = Schema::new(vec![
        Field::new("time", DataType::Timestamp(TimeUnit::Millisecond, None), true),
        Field::new("in.tensor", list(Field::new("item", DataType::Float32, true)), true),
        Field::new("out.dense_1", list(Field::new("inner", DataType::Float32, false)), false),
        Field::new("check_failures", list(Field::new("item", DataType::Utf8, true)), true),
    ]);
    assert_eq!(*schema, expected);
    assert!((probability(&batch) - 0.001_497_417_7).abs() < 1e-6);
    let json = send(&caller, &infer, &[(CONTENT_TYPE.as_str(), ARROW), (ACCEPT.as_str(), JSON)], file(1)).await.2;
    let json: Value = serde_json::from_slice(&json).expect("the answer is JSON");
    let sent: Value = serde_json::from_str(TRANSACTION).expect("the example data is JSON");
    let (found, sent) = (&json[0]["in"]["tensor"][28], &sent[0]["tensor"][28]);
    assert!((found.as_f64().unwrap_or_default() - sent.as_f64().unwrap_or_default()).abs() < 1e-6, "{found} {sent}");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_file_is_refused() {
    let (caller, infer) = running().await;
    for body in [Vec::new(), b"[]".to_vec(), file(1)[..200].to_vec()] {
        let (status, media, answer) = send(&caller, &infer, &[(CONTENT_TYPE.as_str(), ARROW)], body).await;
        assert_eq!((status, &*media), (400, JSON));
        let answer: Value = serde_json::from_slice(&answer).expect("a refusal is JSON");
        let error = answer[0]["error"].as_str().unwrap_or_default();
        assert!(error.contains("the body is not an Arrow file"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_log_has_the_length_of_a_file() {
    let (caller, infer) = running().await;
    let body = file(1);
    let length = body.len();
    send(&caller, &infer, &[(CONTENT_TYPE.as_str(), ARROW)], body).await;
    let log = caller.get("/_simulator/log").await.passed();
    let last = log.as_array().and_then(|entries| entries.last()).expect("an entry");
    assert_eq!(last["request"]["bytes"], json!(length));
}

/// The deployment of the shipped playbook, and the file of a hundred rows sent to it.
#[test]
fn a_playbook_sends_a_file_and_gets_the_reference_answers_as_records() {
    let Some(folder) = reference() else { return };
    let expected = read_json(folder.join("cc_data_100.expected.json"));
    let text = include_str!("../../../workflows/deploy-and-infer.yaml");
    let (deployment, _) = text.split_once("  infer:\n").expect("the playbook infers at its end");
    let text = format!(
        "{deployment}  infer:
    needs: [running]
    post: '{{{{ infer_url }}}}'
    headers: {{ Content-Type: {ARROW}, Accept: {ARROW} }}
    file: {}
    expect: [ 'body | length == 100' ]
    capture:
      found: {{ json: \"$[*]['out.dense_1'][0]\", all: true }}
      row: \"$[4]['in.tensor']\"
  again:
    post: '{{{{ infer_url }}}}'
    arrow: {{ records: [ {{ tensor: '{{{{ row }}}}' }} ], schema: {{ tensor: 'fixed_size_list<float32, 29>' }} }}
    expect: [ \"body[0]['out.dense_1'][0] == found[4]\" ]
outputs: {{ found: '{{{{ found }}}}' }}
",
        folder.join("cc_data_100.arrow").display()
    );
    let model = folder.join("ccfraud.onnx").display().to_string();
    let ran = virtual_time(async {
        let platform = Platform::new(Options::default());
        platform.run(&text, &[("model_file", &model)], runner::Options::default()).await
    });
    let ran = ran.passed();
    let found = ran.output("found").as_array().expect("a list of outputs");
    let expected = expected["dense_1"].as_array().expect("a list of outputs");
    assert_eq!(found.len(), expected.len());
    for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
        let (found, expected) = (found.as_f64().expect("a number"), expected[0].as_f64().expect("a number"));
        assert!((found - expected).abs() < 1e-6, "row {row}: found {found}, expected {expected}");
    }
}
