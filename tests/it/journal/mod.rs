//! Saved journals keep loading, whatever version wrote them.

mod schema;
mod traced;

use std::path::Path;

use callsheet::event::{Event, FORMAT, Outcome};
use callsheet::journal;
use callsheet::record::Record;

/// The journal of that format, as it lies in the fixtures. These files are never written again.
#[track_caller]
fn saved(format: u32) -> Record {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/journal/format-{format}.jsonl"));
    Record::fold(journal::read(&path).unwrap_or_else(|error| panic!("{error}")))
}

#[test]
fn every_format_there_was_has_a_saved_journal_that_loads() {
    for format in 1..=FORMAT {
        let record = saved(format);
        assert_eq!(record.started.as_ref().map(|started| started.format), Some(format));
    }
}

#[test]
fn the_first_format_tells_the_whole_run() {
    let record = saved(1);
    let steps: Vec<String> = record
        .steps()
        .map(|step| format!("{} {} {}", step.step, step.outcome().map_or("-", Outcome::as_str), step.tries.len()))
        .collect();
    let expected = [
        "workspace passed 2",
        "upload_model flaky 2",
        "deploy passed 1",
        "running failed 2",
        "infer skipped 0",
        "extra - 0",
        r#"extra["a.b"] errored 3"#,
    ];
    assert_eq!(steps, expected);
    assert_eq!((record.tokens.len(), record.cleanups.len(), record.interrupts), (1, 1, 1));
    assert_eq!(record.outcome(), Some(Outcome::Failed));
    assert!(record.is_interrupted() && record.deadline_passed.is_some() && record.closing.is_some());
    assert_eq!(record.left_behind().len(), 1);
    let mixed = record.steps().last().and_then(|step| step.capture("mixed")).map(ToString::to_string);
    assert_eq!(mixed.as_deref(), Some(r#"{"a":[1,-2.5,1e+300,18446744073709551615,null,true,"Größe"]}"#));
}

#[test]
fn the_first_format_is_saved_with_every_kind_of_event() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/journal/format-1.jsonl");
    let kind = |event: &Event| match serde_json::to_value(event).expect("events are JSON") {
        serde_json::Value::Object(members) => members.keys().next().cloned().unwrap_or_default(),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    let events = journal::read(&path).unwrap_or_else(|error| panic!("{error}"));
    let kinds: std::collections::BTreeSet<String> = events.iter().map(|envelope| kind(&envelope.event)).collect();
    assert_eq!(kinds.len(), 14, "{kinds:?}");
}

#[test]
fn the_second_format_has_items_and_called_playbooks() {
    let record = saved(2);
    let steps: Vec<&str> = record.steps().map(|step| step.step.as_str()).collect();
    let expected = ["part", "part[1]", "part[1].look", "part[1].double", "part[2]", "part[2].look", "part[2].double"];
    assert_eq!(steps, expected);
    let finished = record.finished.as_ref().expect("it reached its end");
    assert_eq!((record.counts().total(), &finished.ids[..]), (4, &["made_id".to_owned()][..]));
}

#[test]
fn the_fourth_format_has_cleanups_done_by_steps_and_runs_that_others_go_on_with() {
    let record = saved(4);
    let cleanups: Vec<_> = record.cleanups.iter().map(|cleanup| (cleanup.step.as_str(), cleanup.tries.len())).collect();
    assert_eq!(cleanups, [("made", 0), ("kept", 1)]);
    assert!(record.handed_over.is_some() && record.left_behind().is_empty());
}

#[test]
fn a_run_that_was_gone_on_with_is_one_run() {
    let record = saved(3);
    assert_eq!((record.resumes.len(), record.outcome()), (2, Some(Outcome::Passed)));
    let tries = |step: &str| record.steps().find(|one| one.step.as_str() == step).map(|step| step.tries.len());
    // What was cleaned up was done again, with what needs it, and the rest was not.
    assert_eq!([tries("one"), tries("two"), tries("many[a]"), tries("last")], [Some(1), Some(3), Some(3), Some(3)]);
    assert!(record.left_behind().is_empty());
}
