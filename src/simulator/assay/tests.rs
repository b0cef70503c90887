//! Assay mathematics on numbers that can be checked by hand.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::last_digit::{figure, logged, pass, read};
use super::summary::Statistics;
use super::{
    Analysis, AssayConfig, AssayError, Bins, IoPath, PreparedBaseline, Sample, Side, Span, Summarizer, WindowPlan,
};

/// The numbers 1 to 10.
const TEN: [f64; 10] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0];

fn time(text: &str) -> Timestamp {
    text.parse().expect("the test's time is a timestamp")
}

fn span(start: &str, end: &str) -> Span {
    Span { start: time(start), end: time(end) }
}

/// A definition with this summarizer; what it does not say is `Quantile`, `Density`, `PSI` and five bins.
fn config(summarizer: Value) -> AssayConfig {
    let mut whole = json!({
        "type": "UnivariateContinuous", "bin_mode": "Quantile", "aggregation": "Density", "metric": "PSI", "num_bins": 5,
    });
    whole.as_object_mut().expect("this is an object").extend(summarizer.as_object().expect("an object").clone());
    let definition = json!({
        "name": "a", "pipeline_id": 1, "pipeline_name": "p", "active": true, "status": "active",
        "iopath": "output y 0",
        "baseline": { "Fixed": { "pipeline": "p", "model": "m", "start_at": "2023-01-01T00:00:00Z", "end_at": "2023-01-02T00:00:00Z" } },
        "window": { "pipeline": "p", "model": "m", "width": "24 hours" },
        "summarizer": whole, "warning_threshold": 0.1, "alert_threshold": 0.5, "workspace_id": 1,
    });
    AssayConfig::read(&definition).unwrap_or_else(|error| panic!("{error}"))
}

fn compared(baseline: &[f64], window: &[f64], summarizer: Value) -> Result<Value, AssayError> {
    let config = config(summarizer);
    let prepared = PreparedBaseline::of_samples(baseline.to_vec(), None, &config.summarizer)?;
    let day = span("2023-01-02T00:00:00Z", "2023-01-03T00:00:00Z");
    prepared.compare(window, day, &config).map(|analysis: Analysis| analysis.to_json(&config))
}

fn analysis(baseline: &[f64], window: &[f64], summarizer: Value) -> Value {
    compared(baseline, window, summarizer).unwrap_or_else(|error| panic!("{error}"))
}

fn bins(samples: &[f64], summarizer: Value) -> Bins {
    let Summarizer::UnivariateContinuous(univariate) = config(summarizer).summarizer else {
        panic!("the test's summarizer is univariate");
    };
    Bins::new(samples, &univariate).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn assert_all_near(found: &Value, expected: &[f64]) {
    let found: Vec<f64> = found.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (one, other) in found.iter().zip(expected) {
        assert!((one - other).abs() < 1e-15, "found {found:?}, expected {expected:?}");
    }
}

#[test]
fn numbers_are_read_as_the_platform_reads_them() {
    for (exact, printed) in [
        (13.355737686157227, 13.355737686157228),
        (12.037200927734375, 12.037200927734377),
        (0.19889502762430938, 0.19889502762430936),
        (12.940910643273657, 12.940910643273655),
        (0.0, 0.0),
        (-2.5, -2.5),
        (1e300, 1e300),
    ] {
        assert_eq!(pass(exact), printed);
        assert_eq!(pass(-exact), -printed);
    }
    assert_eq!(read("6.021116179797982e-6"), Some(6.021116179797982e-6));
    assert_eq!(read("12345678901234567890123"), Some(12_345_678_901_234_567_000_000.0));
    assert_eq!(read("007"), Some(7.0));
    for wrong in ["", "-", ".5", "1x", "1e", "one"] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
}

#[test]
fn figures_keep_their_point_and_logged_integers_stay_integers() {
    assert_eq!(figure(0.0).to_string(), "0.0");
    let row = json!({ "a": [13.355737686157227, 3], "b": "13.355737686157227" });
    let expected = json!({ "a": [13.355737686157228, 3], "b": "13.355737686157227" });
    assert_eq!(logged(&row), expected);
}

#[test]
fn the_deviation_is_that_of_the_population() {
    let statistics = Statistics::of(&[4.0, 2.0, 8.0, 6.0]);
    assert_eq!((statistics.count, statistics.min, statistics.max), (4, 2.0, 8.0));
    assert_eq!((statistics.mean, statistics.median), (5.0, 5.0));
    assert_eq!(statistics.std, 5.0_f64.sqrt());
    assert_eq!(Statistics::of(&[3.0, 1.0, 9.0]).median, 3.0);
}

#[test]
fn quantile_edges_are_numbers_of_the_baseline() {
    assert_eq!(bins(&TEN, json!({})).edges(), [1.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
    // 10 / 4 = 2.5 and 30 / 4 = 7.5 are rounded up.
    let quarters = bins(&TEN, json!({ "num_bins": 4 }));
    assert_eq!(quarters.edges(), [1.0, 3.0, 5.0, 8.0, 10.0]);
    assert_eq!(quarters.baseline_names(), ["left_outlier", "q_25", "q_50", "q_75", "q_100", "right_outlier"]);
    let more_bins_than_numbers = bins(&[1.0, 2.0], json!({ "num_bins": 5 }));
    assert_eq!(more_bins_than_numbers.edges(), [1.0, 1.0, 1.0, 1.0, 2.0, 2.0]);
}

#[test]
fn equal_edges_are_equally_far_apart() {
    let bins = bins(&TEN, json!({ "bin_mode": "Equal", "num_bins": 3 }));
    assert_eq!(bins.edges(), [1.0, 4.0, 7.0, 10.0]);
    assert_eq!(bins.baseline_names(), ["left_outlier", "p_4.00e0", "p_7.00e0", "p_1.00e1", "right_outlier"]);
    assert_eq!(bins.window_names(), ["left_outlier", "e_4.00e0", "e_7.00e0", "e_1.00e1", "right_outlier"]);
}

#[test]
fn provided_edges_may_lack_the_first() {
    let all = bins(&TEN, json!({ "bin_mode": "Provided", "num_bins": 2, "provided_edges": [-1.47, 0.0031, 20.0] }));
    assert_eq!(all.edges(), [-1.47, 0.0031, 20.0]);
    assert_eq!(all.baseline_names(), ["left_outlier", "e_3.10e-3", "e_2.00e1", "right_outlier"]);
    let one_short = bins(&TEN, json!({ "bin_mode": "Provided", "num_bins": 2, "provided_edges": [5.0, 20.0] }));
    assert_eq!(one_short.edges(), [1.0, 5.0, 20.0]);
    for edges in [json!([1.0]), json!([3.0, 2.0, 1.0]), json!([1.0, 2.0, 3.0, 4.0]), Value::Null] {
        let summarizer = json!({ "bin_mode": "Provided", "num_bins": 2, "provided_edges": edges });
        assert!(matches!(compared(&TEN, &TEN, summarizer), Err(AssayError::Contradiction(_))), "{edges}");
    }
}

#[test]
fn without_a_bin_mode_the_whole_range_is_one_bin() {
    let bins = bins(&TEN, json!({ "bin_mode": "None" }));
    assert_eq!(bins.edges(), [1.0, 10.0]);
    assert_eq!(bins.count(&[0.0, 1.0, 10.0, 10.5]), [1, 2, 1]);
    assert_eq!(bins.baseline_names(), ["left_outlier", "e_1.00e1", "right_outlier"]);
}

#[test]
fn a_bin_holds_its_right_edge_and_the_first_also_its_left_one() {
    let bins = bins(&TEN, json!({}));
    assert_eq!(bins.count(&[0.9, 1.0, 2.0, 2.1, 4.0, 9.0, 10.0, 10.1, 99.0]), [1, 2, 2, 0, 0, 2, 2]);
}

#[test]
fn the_stability_index_takes_five_thousandths_for_nothing() {
    // Shares of the baseline: 0, 2/10 five times, 0. Of the window: 0, 1/2, 0, 0, 0, 0, 1/2.
    let found = analysis(&TEN, &[1.0, 11.0], json!({}));
    let emptied = (0.005 - 0.2) * (0.005_f64 / 0.2).ln();
    let doubled = (0.5 - 0.2) * (0.5_f64 / 0.2).ln();
    let outlier = (0.5 - 0.005) * (0.5_f64 / 0.005).ln();
    assert_all_near(&found["scores"], &[0.0, doubled, emptied, emptied, emptied, emptied, outlier]);
    assert_eq!(found["score"].as_f64(), Some(pass(doubled + emptied * 4.0 + outlier)));
    assert_eq!(found["status"], "Alert");
    assert!(found["bin_index"].is_null());
}

#[test]
fn the_sum_of_differences_is_halved_and_the_greatest_is_named() {
    let window = [1.0, 1.0, 3.0, 11.0];
    let each = [0.0, 0.3, 0.05, 0.2, 0.2, 0.2, 0.25];
    let sum = analysis(&TEN, &window, json!({ "metric": "SumDiff" }));
    assert_all_near(&sum["scores"], &each);
    assert_all_near(&json!([sum["score"]]), &[0.6]);
    let greatest = analysis(&TEN, &window, json!({ "metric": "MaxDiff" }));
    assert_all_near(&greatest["scores"], &each);
    assert_all_near(&json!([greatest["score"]]), &[0.3]);
    assert_eq!(greatest["bin_index"], 1);
    let even = analysis(&TEN, &TEN, json!({ "metric": "MaxDiff" }));
    assert_eq!((&even["score"], &even["bin_index"]), (&json!(0.0), &json!(0)));
}

#[test]
fn cumulative_values_are_running_sums_and_their_sum_is_not_halved() {
    let window = [1.0, 1.0, 3.0, 11.0];
    let each = [0.0, 0.3, 0.35, 0.15, 0.05, 0.25, 0.0];
    let found = analysis(&TEN, &window, json!({ "aggregation": "Cumulative" }));
    assert_all_near(&found["baseline_summary"]["aggregated_values"], &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.0]);
    assert_all_near(&found["window_summary"]["aggregated_values"], &[0.0, 0.5, 0.75, 0.75, 0.75, 0.75, 1.0]);
    assert_all_near(&found["scores"], &each);
    assert_all_near(&json!([found["score"]]), &[1.1]);
    let halved = analysis(&TEN, &window, json!({ "aggregation": "Cumulative", "metric": "SumDiff" }));
    assert_all_near(&json!([halved["score"]]), &[0.55]);
    let greatest = analysis(&TEN, &window, json!({ "aggregation": "Cumulative", "metric": "MaxDiff" }));
    assert_all_near(&json!([greatest["score"]]), &[0.35]);
    assert_eq!(greatest["bin_index"], 2);
}

#[test]
fn aggregated_edges_are_the_right_edges_of_each_side() {
    let window: Vec<f64> = TEN.iter().map(|number| number + 1.0).collect();
    let found = analysis(&TEN, &window, json!({ "aggregation": "Edges", "metric": "MaxDiff", "num_bins": 2 }));
    assert_all_near(&found["baseline_summary"]["aggregated_values"], &[1.0, 5.0, 10.0, 0.0]);
    assert_all_near(&found["window_summary"]["aggregated_values"], &[2.0, 6.0, 11.0, 0.0]);
    assert_eq!(found["window_summary"]["edges"], json!([1.0, 5.0, 10.0, null]));
    assert_all_near(&found["scores"], &[1.0, 1.0, 1.0, 0.0]);
    assert_eq!(found["score"], json!(1.0));
}

#[test]
fn weights_are_shares_of_their_sum() {
    let window = [1.0, 1.0, 3.0, 11.0];
    let weights = json!({ "metric": "SumDiff", "bin_weights": [0, 3, 1, 0, 0, 0, 0] });
    let found = analysis(&TEN, &window, weights);
    assert_all_near(&found["scores"], &[0.0, 0.225, 0.0125, 0.0, 0.0, 0.0, 0.0]);
    assert_all_near(&json!([found["score"]]), &[0.11875]);
    for weights in [json!([1]), json!([0, 0, 0, 0, 0, 0, 0])] {
        let wrong = compared(&TEN, &window, json!({ "bin_weights": weights }));
        assert!(matches!(wrong, Err(AssayError::Contradiction(_))), "{wrong:?}");
    }
}

#[test]
fn a_threshold_itself_is_still_in_order() {
    // The window's shares of the two halves differ from the baseline's by this much, and that is the score.
    for (above, status) in [(5, "Ok"), (6, "Ok"), (7, "Warning"), (10, "Warning")] {
        let window: Vec<f64> = (0..10).map(|number| if number < above { 8.0 } else { 2.0 }).collect();
        let found = analysis(&TEN, &window, json!({ "metric": "SumDiff", "num_bins": 2 }));
        assert_eq!(found["status"], status, "{}", found["score"]);
    }
}

#[test]
fn a_baseline_compared_with_itself_scores_nothing() {
    let config = config(json!({}));
    let day = span("2023-01-01T00:00:00Z", "2023-01-02T00:00:00Z");
    let prepared = PreparedBaseline::of_samples(TEN.to_vec(), Some(day), &config.summarizer).expect("it has numbers");
    let found = prepared.against_itself(Some(day)).to_json(&config);
    assert_eq!(found["status"], "BaselineRun");
    assert_eq!(found["scores"], json!([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
    assert_eq!(found["baseline_summary"]["edge_names"][1], "q_20");
    assert_eq!(found["window_summary"]["edge_names"][1], "e_2.00e0");
    assert_eq!(found["window_summary"]["end"], "2023-01-02T00:00:00Z");
}

#[test]
fn windows_step_by_their_interval_and_end_in_time() {
    let mut definition = json!({ "pipeline": "p", "model": "m", "width": "24 hours", "interval": "12 hours" });
    let first = time("2023-01-01T00:00:00Z");
    let samples: Vec<Sample> =
        (0..60).map(|hour| Sample { time: first + jiff::SignedDuration::from_hours(hour), value: 1.0 }).collect();
    let starts = |definition: &Value, after: Option<Timestamp>, until: &str| -> Vec<String> {
        let window = serde_json::from_value(definition.clone()).expect("the test's window can be read");
        let plan = WindowPlan::new(&window, first).unwrap_or_else(|error| panic!("{error}"));
        plan.ended(after, time(until), &samples).iter().map(|span| span.start.to_string()).collect()
    };
    let three = ["2023-01-01T00:00:00Z", "2023-01-01T12:00:00Z", "2023-01-02T00:00:00Z"];
    assert_eq!(starts(&definition, None, "2023-01-03T00:00:00Z"), three);
    assert_eq!(starts(&definition, None, "2023-01-02T23:59:59Z"), three[..2]);
    assert_eq!(starts(&definition, Some(time("2023-01-02T00:00:00Z")), "2023-01-03T00:00:00Z"), three[1..]);
    assert_eq!(starts(&definition, None, "2024-01-01T00:00:00Z").len(), 5);
    definition["interval"] = Value::Null;
    assert_eq!(starts(&definition, None, "2023-01-03T00:00:00Z"), ["2023-01-01T00:00:00Z", "2023-01-02T00:00:00Z"]);
    // A start a year before the data does not make a year of empty windows.
    definition["start"] = json!("2022-01-01T06:00:00Z");
    let found = starts(&definition, None, "2023-01-04T00:00:00Z");
    assert_eq!(found, ["2022-12-31T06:00:00Z", "2023-01-01T06:00:00Z", "2023-01-02T06:00:00Z"]);
}

#[test]
fn the_next_window_ends_after_now() {
    let window = json!({ "pipeline": "p", "model": "m", "width": "24 hours", "interval": "1 hour" });
    let window = serde_json::from_value(window).expect("the test's window can be read");
    let plan = WindowPlan::new(&window, time("2023-01-01T00:00:00Z")).unwrap_or_else(|error| panic!("{error}"));
    for (now, end) in [
        ("2022-01-01T00:00:00Z", "2023-01-02T00:00:00Z"),
        ("2023-01-02T00:00:00Z", "2023-01-02T01:00:00Z"),
        ("2023-01-02T00:59:59Z", "2023-01-02T01:00:00Z"),
    ] {
        assert_eq!(plan.next_end(time(now)), Some(time(end)), "{now}");
    }
}

#[test]
fn an_iopath_names_a_side_a_field_and_an_index() {
    let path = IoPath::read("output dense_2 1").expect("this is an iopath");
    assert_eq!((path.side, path.field.as_str(), path.index), (Side::Output, "dense_2", 1));
    let row = json!({ "a": 7, "dense_2": [1.5, 2.5] });
    let row = row.as_object().expect("a row is an object");
    let pick = |path: &str| IoPath::read(path).and_then(|path| path.pick(row));
    assert_eq!(pick("output dense_2 1"), Some(2.5));
    assert_eq!(pick("input a 0"), Some(7.0));
    // Before fields had names they had positions.
    assert_eq!(pick("output 1 0"), Some(1.5));
    for nothing in ["output dense_2 2", "output b 0", "input a 1", "dense_2 0", "output dense_2", "output a 0 0"] {
        assert_eq!(pick(nothing), None, "{nothing}");
    }
}
