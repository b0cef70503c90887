//! Real models on real data, where the folder of reference data is named by `CALLSHEET_REFERENCE`.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use callsheet::simulator::Options;
use serde_json::{Value, json};

use super::caller::Caller;

/// The folder of reference data, if there is one.
pub fn reference() -> Option<PathBuf> {
    let folder = std::env::var_os("CALLSHEET_REFERENCE").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: no reference data");
    }
    folder
}

/// A JSON file of the reference data.
pub fn read_json(path: PathBuf) -> Value {
    let bytes = std::fs::read(path).expect("the reference data can be read");
    serde_json::from_slice(&bytes).expect("the reference data is JSON")
}

/// The first output of each row of a model that is uploaded, deployed and asked.
async fn outputs(model: PathBuf, output: &str, rows: Value) -> Vec<f64> {
    let file = std::fs::read(model).expect("the reference model can be read");
    let caller = Caller::logged_in(Options::default()).await;
    let infer = caller.deploy_model("reference", &file).await;
    tokio::time::advance(Duration::from_secs(2)).await;
    let answer = caller.ask(&infer, rows).await;
    let rows = answer.as_array().expect("the answer has rows");
    rows.iter().map(|row| row["out"][output][0].as_f64().expect("an output is a number")).collect()
}

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= tolerance, "row {row}: found {found}, expected {expected}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_fraud_model_gives_the_reference_answers() {
    let Some(folder) = reference() else { return };
    let rows = read_json(folder.join("cc_data_200.df.json"));
    let expected = read_json(folder.join("cc_data_200.expected.json"));
    let expected: Vec<f64> = expected["dense_1"]
        .as_array()
        .expect("the expected answers are a list")
        .iter()
        .map(|value| value[0].as_f64().or(value.as_f64()).expect("an answer is a number"))
        .collect();
    let found = outputs(folder.join("ccfraud.onnx"), "dense_1", rows).await;
    assert_close(&found, &expected, 1e-6);
}

#[tokio::test(start_paused = true)]
async fn the_house_price_model_gives_the_reference_answers() {
    let Some(folder) = reference() else { return };
    let table = std::fs::read_to_string(folder.join("housepricedrift-baseline_data.csv"))
        .expect("the reference data can be read");
    let mut rows = Vec::new();
    let mut expected = Vec::new();
    for line in table.lines().skip(1).take(20) {
        // Time and quoted metadata come first, then 17 inputs and the output.
        let mut numbers: Vec<f64> =
            line.rsplit(',').take(18).map(|number| number.parse().expect("a cell is a number")).collect();
        numbers.reverse();
        expected.extend(numbers.pop());
        rows.push(json!({ "tensor": numbers }));
    }
    let found = outputs(folder.join("house_price_keras.onnx"), "dense_2", json!(rows)).await;
    // The expected values were computed by another runtime; the last bits of a 32-bit float differ.
    assert_close(&found, &expected, 2e-5);
}

/// Unpacks the original history into a folder, with the columns named as a world's history names them.
pub fn history_beside(folder: &Path, reference: &Path) -> PathBuf {
    let packed = std::fs::File::open(reference.join("housepricedrift.csv.gz")).expect("the history can be opened");
    let mut table = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut table).expect("the history can be unpacked");
    let (header, rows) = table.split_once('\n').expect("the history has a header");
    assert!(header.starts_with("time,in_0,") && header.ends_with(",in_16,out_dense_2"), "{header}");
    let inputs: Vec<String> = (0..17).map(|index| format!("in.tensor[{index}]")).collect();
    let renamed = format!("time,{},out.dense_2[0]\n{rows}", inputs.join(","));
    let path = folder.join("history.csv");
    std::fs::write(&path, renamed).expect("a file can be written");
    path
}
