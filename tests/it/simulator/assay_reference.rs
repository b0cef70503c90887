//! Assays on the original history, where the folder of reference data is named by `CALLSHEET_REFERENCE`: the
//! figures of a published notebook, and the 30 windows of the tutorial.

use std::path::Path;

use bytes::Bytes;
use callsheet::simulator::world::History;
use callsheet::simulator::{Options, World};
use serde_json::{Value, json};

use super::assays::changed;
use super::caller::Caller;
use super::reference::{history_beside, read_json, reference};

async fn caller(reference: &Path) -> Caller {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let table = std::fs::read(history_beside(folder.path(), reference)).expect("the history can be read");
    let history = History::read(1, "housepricemodel", "test_version", Bytes::from(table));
    let mut world = World::built_in();
    world.histories = vec![history.unwrap_or_else(|error| panic!("{error}"))];
    Caller::logged_in_to(Options::default(), world).await
}

#[track_caller]
fn assert_near(found: &Value, expected: &Value, what: &str) {
    match (found.as_f64(), expected.as_f64()) {
        (Some(found), Some(expected)) => {
            let error = (found - expected).abs();
            assert!(error <= 1e-12 * expected.abs(), "{what}: found {found}, expected {expected}");
        }
        _ => assert_eq!(found, expected, "{what}"),
    }
}

#[track_caller]
fn assert_all_near(found: &Value, expected: &Value, what: &str) {
    let (found, expected) = (found.as_array().expect("scores are a list"), expected.as_array().expect("a list"));
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert_near(found, expected, what);
    }
}

#[tokio::test(start_paused = true)]
async fn every_configuration_of_the_notebook_scores_as_it_printed() {
    let Some(folder) = reference() else { return };
    let golden = read_json(folder.join("assay-golden.json"));
    let caller = caller(&folder).await;
    let printed = golden["printed_by_notebook"].as_array().expect("the configurations are a list");
    assert_eq!(printed.len(), 10);
    for case in printed {
        let day = case["day"].as_i64().expect("a day is a number");
        let definition = changed(&[
            ("/baseline/Fixed/start_at", json!("2023-01-01T00:00:00Z")),
            ("/baseline/Fixed/end_at", json!("2023-01-02T00:00:00Z")),
            ("/window/start", json!(format!("2023-01-{day:02}T00:00:00Z"))),
            ("/run_until", json!(format!("2023-01-{:02}T00:00:00Z", day + 1))),
            ("/summarizer/bin_mode", case["bin_mode"].clone()),
            ("/summarizer/num_bins", case["num_bins"].clone()),
            ("/summarizer/aggregation", case["aggregation"].clone()),
            ("/summarizer/metric", case["metric"].clone()),
            ("/summarizer/bin_weights", case["bin_weights"].clone()),
            ("/summarizer/provided_edges", case["provided_edges"].clone()),
        ]);
        let analyses = caller.ask("/v1/api/assays/run_interactive", definition).await;
        assert_eq!(analyses.as_array().map(Vec::len), Some(1), "{case}");
        let what = case.to_string();
        assert_near(&analyses[0]["score"], &case["score"], &what);
        assert_all_near(&analyses[0]["scores"], &case["scores"], &what);
        assert_near(&analyses[0]["bin_index"], &case["bin_index"], &what);
    }
}

#[tokio::test(start_paused = true)]
async fn the_thirty_windows_are_as_computed() {
    let Some(folder) = reference() else { return };
    let golden = read_json(folder.join("assay-golden.json"));
    let caller = caller(&folder).await;
    let analyses = caller.ask("/v1/api/assays/run_interactive", changed(&[])).await;
    let analyses = analyses.as_array().expect("the answer is a list");
    let computed = golden["computed"].as_array().expect("the windows are a list");
    assert_eq!((analyses.len(), computed.len()), (30, 30));
    for (found, expected) in analyses.iter().zip(computed) {
        let what = expected["window_start"].to_string();
        assert_eq!(found["window_start"], expected["window_start"]);
        assert_eq!(found["window_summary"]["end"], expected["window_end"], "{what}");
        assert_eq!(found["window_summary"]["count"], expected["count"], "{what}");
        assert_eq!(found["status"], expected["status"], "{what}");
        assert_near(&found["score"], &expected["score"], &what);
        assert_all_near(&found["scores"], &expected["scores"], &what);
    }
}
