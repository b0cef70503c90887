//! The list of runs over journals as runs leave them.

use std::path::Path;

use super::*;
use crate::cli::runs::listed::of;
use crate::event::{Envelope, Event, Store};
use crate::id::RunId;
use crate::journal::FileStore;
use crate::record::saved;

/// A run of that name with these events.
fn write(root: &Path, name: &str, events: &[Envelope]) -> FileStore {
    let mut store = FileStore::create(root, &RunId(name.to_owned())).expect("a new run");
    store.append(events).expect("space on disk");
    store
}

fn root() -> (tempfile::TempDir, FileStore) {
    let root = tempfile::tempdir().expect("a folder");
    write(root.path(), "20261124-065521-aaaa", &saved::passed());
    write(root.path(), "20261124-065522-bbbb", &saved::failed());
    write(root.path(), "20261124-065523-cccc", &saved::killed());
    write(root.path(), "20261124-065525-eeee", &[]);
    let damaged = write(root.path(), "20261124-065526-ffff", &saved::passed());
    let journal = damaged.folder().join("journal.jsonl");
    let text = std::fs::read_to_string(&journal).expect("it was written");
    std::fs::write(journal, text.replacen("deploy-and", "deploy_and", 1)).expect("space on disk");
    let busy = write(root.path(), "20261124-065527-gggg", &saved::killed());
    (root, busy)
}

#[test]
fn runs_are_listed_with_how_they_ended_and_what_they_left() {
    let (root, _busy) = root();
    let list = list(root.path()).expect("a folder");
    let text = lines(&list, Palette::Plain).replace(&root.path().display().to_string(), "ROOT");
    insta::assert_snapshot!(text, @r"
    running      20261124-065527-gggg  2026-11-24 06:55:23  deploy-and-infer  5 steps  86 ms
    damaged      20261124-065526-ffff
                 the journal is damaged at ROOT/runs/20261124-065526-ffff/journal.jsonl:1: the checksum does not fit the line
    stopped      20261124-065525-eeee                       it had not begun
    stopped      20261124-065523-cccc  2026-11-24 06:55:23  deploy-and-infer  5 steps  86 ms   1 possibly left behind
    interrupted  20261124-065522-bbbb  2026-11-24 06:55:23  deploy-and-infer  5 steps  32.5 s  1 possibly left behind
    flaky        20261124-065521-aaaa  2026-11-24 06:55:23  deploy-and-infer  5 steps  4.6 s
    ");
}

#[test]
fn runs_are_chosen_by_playbook_and_by_word() {
    let (root, _busy) = root();
    let chosen = |arguments: &[&str]| {
        #[derive(clap::Parser)]
        struct Only {
            #[command(flatten)]
            args: RunsArgs,
        }
        let args = <Only as clap::Parser>::parse_from([&["runs"], arguments].concat()).args;
        let runs = list(root.path()).expect("a folder");
        runs.iter().filter(|run| is_wanted(run, &args)).map(|run| run.name()[16..].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(chosen(&["--outcome", "passed"]), ["aaaa"]);
    assert_eq!(chosen(&["--outcome", "stopped,running"]), ["gggg", "eeee", "cccc"]);
    assert_eq!(chosen(&["--outcome", "interrupted", "--outcome", "damaged"]), ["ffff", "bbbb"]);
    assert_eq!(chosen(&["--playbook", "deploy-and-infer"]), ["gggg", "cccc", "bbbb", "aaaa"]);
    assert_eq!(chosen(&["--playbook", "deploy-and"]), [""; 0]);
}

#[test]
fn a_folder_without_a_journal_is_damaged_and_can_be_removed() {
    let root = tempfile::tempdir().expect("a folder");
    write(root.path(), "20261124-065521-aaaa", &saved::passed());
    let lost = write(root.path(), "20261124-065522-bbbb", &saved::passed()).folder().to_owned();
    std::fs::remove_file(lost.join("journal.jsonl")).expect("it was written");
    let listed = list(root.path()).expect("a folder");
    let words: Vec<&str> = listed.iter().map(|run| run.state.as_str()).collect();
    assert_eq!(words, ["flaky", "damaged"]);
    assert_eq!(listed[1].state, State::Damaged("its journal is gone".to_owned()));
    assert_eq!(listed[1].wanted(), Some("its journal is damaged"));
    assert_eq!(crate::journal::find(root.path(), Some("20261124-065522-bbbb")).expect("it is there"), lost);
    assert!(crate::journal::find(root.path(), None).expect("a run").ends_with("20261124-065521-aaaa"));
    crate::journal::remove(&lost).expect("nobody writes it");
    assert_eq!(list(root.path()).expect("a folder").len(), 1);
}

#[test]
fn numbers_of_runs_are_told_as_such() {
    #[derive(Debug, clap::Parser)]
    struct Only<T: clap::Args> {
        #[command(flatten)]
        args: T,
    }
    fn wrong<T: clap::Args + std::fmt::Debug>(arguments: &[&str]) -> String {
        <Only<T> as clap::Parser>::try_parse_from([&["callsheet"], arguments].concat()).expect_err("wrong").to_string()
    }
    assert!(wrong::<RunsArgs>(&["-n", "0"]).contains("a number of runs from 1 on"));
    assert!(wrong::<PruneArgs>(&["--keep", "x"]).contains("such as `50`, found `x`"));
    assert!(wrong::<PruneArgs>(&["--keep", "99999999999999999999"]).contains("from 0 to 4294967295"));
    assert!(wrong::<PruneArgs>(&["--older-than", "-1d"]).contains("`-1d`"));
}

#[test]
fn a_cell_is_a_run_of_its_playbook() {
    let root = tempfile::tempdir().expect("a folder");
    let mut events = saved::passed();
    if let Event::RunStarted(started) = &mut events[0].event {
        started.playbook = "smoke[dev,eu]".to_owned();
    }
    let run = of(write(root.path(), "r", &events).folder());
    let args = |name: &str| RunsArgs {
        playbook: Some(name.to_owned()),
        outcome: Vec::new(),
        limit: None,
        folder: root.path().to_owned(),
        format: OutputFormat::Human,
    };
    assert!(["smoke", "smoke[dev,eu]"].iter().all(|name| is_wanted(&run, &args(name))));
    assert!(!["smo", "smoke[dev]"].iter().any(|name| is_wanted(&run, &args(name))));
}

#[test]
fn a_run_is_json_for_programs() {
    let root = tempfile::tempdir().expect("a folder");
    let run = of(write(root.path(), "r", &saved::failed()).folder());
    let mut json = as_json(&run);
    json["folder"] = "FOLDER".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).expect("it is JSON"), @r#"
    {
      "run": "r",
      "playbook": "deploy-and-infer",
      "title": "Deploy a model and infer",
      "started": "2026-11-24T06:55:23Z",
      "duration_ms": 32468,
      "outcome": "interrupted",
      "steps": 5,
      "left_behind": 1,
      "handed_over_to": null,
      "problem": null,
      "folder": "FOLDER"
    }
    "#);
}
