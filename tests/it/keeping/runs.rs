//! `callsheet runs` and `callsheet prune`.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::{Place, name, until};

/// A run that passed, one that failed, one that kept what it made, one that was killed, and one that goes on.
fn place() -> (Place, std::process::Child) {
    let place = Place::new("  a: { get: /ok/a }");
    place.playbook("fails", "  a: { get: /bad/a }");
    place.playbook("makes", "  a: { post: /ok/made, cleanup: { delete: /ok/undo } }");
    place.playbook("hangs", "  a: { post: /ok/made, cleanup: { delete: /ok/undo } }\n  b: { post: /held, needs: [a] }");
    assert_eq!(place.call(&["run", "case.yaml"]).code, Some(0));
    assert_eq!(place.call(&["run", "fails.yaml"]).code, Some(4));
    assert_eq!(place.call(&["run", "--keep", "makes.yaml"]).code, Some(0));
    let hang = |count: usize| {
        let child = place.command(&["run", "hangs.yaml"]).spawn().expect("the program can be started");
        until(|| place.server.paths().iter().filter(|path| **path == "/held").count() == count);
        child
    };
    let mut killed = hang(1);
    killed.kill().and_then(|()| killed.wait()).expect("it can be killed");
    let goes_on = hang(2);
    (place, goes_on)
}

fn end(place: &Place, mut child: std::process::Child) {
    place.server.release(2);
    child.wait().expect("it ends");
}

/// `playbook outcome left-behind` of each listed run, sorted.
fn listed(place: &Place, arguments: &[&str]) -> Vec<String> {
    let called = place.call(&[&["runs", "--format", "json"], arguments].concat());
    assert_eq!((called.code, &*called.err), (Some(0), ""));
    let runs: Vec<Value> = serde_json::from_str(&called.out).expect("a list");
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |run: &Value| format!("{} {} {}", text(&run["playbook"]), text(&run["outcome"]), run["left_behind"]);
    let mut lines: Vec<String> = runs.iter().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn every_run_is_listed_with_how_it_stands() {
    let (place, child) = place();
    let all = ["case passed 0", "fails failed 0", "hangs running 0", "hangs stopped 2", "makes passed 1"];
    assert_eq!(listed(&place, &[]), all);
    assert_eq!(listed(&place, &["--outcome", "failed,stopped"]), ["fails failed 0", "hangs stopped 2"]);
    assert_eq!(listed(&place, &["--playbook", "makes"]), ["makes passed 1"]);
    assert_eq!(listed(&place, &["-n", "1"]).len(), 1);
    let called = place.call(&["runs", "-n", "2"]);
    assert_eq!((called.out.lines().count(), &*called.err), (2, "and 3 older\n"));
    end(&place, child);
    let nothing = place.call(&["runs", "--folder", "elsewhere"]);
    assert_eq!((nothing.code, &*nothing.out, &*nothing.err), (Some(0), "", "there are no runs in `elsewhere/runs`\n"));
}

#[test]
fn prune_removes_what_is_over_and_keeps_what_is_still_wanted() {
    let (place, child) = place();
    let asked = place.call(&["prune"]);
    assert_eq!(asked.code, Some(1));
    assert!(asked.err.contains("--older-than 30d"), "{}", asked.err);
    let young = place.call(&["prune", "--older-than", "1h"]);
    assert_eq!((young.code, &*young.out), (Some(0), "nothing to remove\n"));

    let before = place.folders().len();
    let tried = place.call(&["prune", "--keep", "0", "--dry-run"]);
    assert_eq!((tried.code, place.folders().len()), (Some(0), before), "{}", tried.err);
    assert!(tried.out.contains("would remove 2 runs, ") && tried.out.contains("; 3 kept\n"), "{}", tried.out);

    let pruned = place.call(&["prune", "--keep", "0", "--format", "json"]);
    let said: Value = serde_json::from_str(&pruned.out).expect("JSON");
    let removed: Vec<&Value> =
        said["runs"].as_array().expect("a list").iter().filter(|run| run["removed"] == true).collect();
    assert_eq!(removed.len(), 2);
    assert!(removed.iter().all(|run| run["bytes"].as_u64().is_some_and(|bytes| bytes > 500)), "{said}");
    assert_eq!(listed(&place, &[]), ["hangs running 0", "hangs stopped 2", "makes passed 1"]);

    let all = place.call(&["prune", "--keep", "0", "--all"]);
    assert_eq!(listed(&place, &[]), ["hangs running 0"]);
    assert!(all.out.contains("it goes on"), "{}", all.out);

    let going = place.call(&["prune", name(&place.folders()[0])]);
    assert_eq!(going.code, Some(3));
    end(&place, child);
    assert_eq!(listed(&place, &[]), ["hangs passed 0"]);
}

#[test]
fn a_named_run_goes_whatever_it_left() {
    let place = Place::new("  a: { post: /ok/made, cleanup: { delete: /ok/undo } }");
    place.call(&["run", "--keep", "case.yaml"]);
    place.call(&["run", "--keep", "case.yaml"]);
    let folders = place.folders();
    let called = place.call(&["prune", name(&folders[0])]);
    assert_eq!(called.code, Some(0), "{}{}", called.out, called.err);
    assert_eq!(place.folders(), folders[1..]);
    assert_eq!(place.call(&["prune", "nothing"]).code, Some(3));
}

/// The age is counted from when the journal was last written; the newest are counted by their names.
#[test]
fn rules_together_keep_what_either_keeps() {
    let place = Place::new("  a: { get: /ok/a }");
    place.call(&["run", "case.yaml"]);
    let text = std::fs::read_to_string(place.folders()[0].join("journal.jsonl")).expect("a journal");
    for name in ["20200101-000000-aaaa", "20210101-000000-bbbb"] {
        copy_as(&place.path(".callsheet/runs"), name, &text);
    }
    let kept = |arguments: &[&str]| {
        let called = place.call(&[&["prune", "--dry-run"], arguments].concat());
        assert_eq!(called.code, Some(0), "{}", called.err);
        called.out.lines().last().unwrap_or_default().split(',').next().unwrap_or_default().to_owned()
    };
    assert_eq!(kept(&["--keep", "1"]), "would remove 2 runs");
    assert_eq!(kept(&["--older-than", "30d"]), "would remove 2 runs");
    assert_eq!(kept(&["--older-than", "30d", "--keep", "2"]), "would remove 1 run");
    assert_eq!(kept(&["--older-than", "30d", "--keep", "3"]), "nothing to remove");
}

/// A copy of a run, written long ago.
fn copy_as(runs: &Path, name: &str, journal: &str) {
    std::fs::create_dir(runs.join(name)).expect("a new folder");
    let mut file = std::fs::File::create(runs.join(name).join("journal.jsonl")).expect("a new file");
    file.write_all(journal.as_bytes()).expect("space on disk");
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_577_836_800);
    file.set_modified(long_ago).expect("a file has a time");
}

#[test]
fn a_thousand_runs_with_a_damaged_middle_are_listed_as_damaged() {
    let place = Place::new("  a: { get: /ok/a }");
    place.call(&["run", "case.yaml"]);
    let journal = std::fs::read_to_string(place.folders()[0].join("journal.jsonl")).expect("a journal");
    let damaged = journal.replacen("\"sending\"", "\"SENDING\"", 1);
    assert_ne!(damaged, journal);
    let runs = place.path(".callsheet/runs");
    for number in 0..1000 {
        let folder = runs.join(format!("20260101-{number:06}-aaaa"));
        std::fs::create_dir(&folder).expect("a new folder");
        std::fs::write(folder.join("journal.jsonl"), &damaged).expect("space on disk");
    }
    let listed = listed(&place, &[]);
    assert_eq!(listed.len(), 1001);
    assert_eq!(listed.iter().filter(|line| *line == "- damaged 0").count(), 1000, "{:?}", &listed[..3]);
    assert_eq!(place.call(&["prune", "--keep", "0"]).code, Some(0));
    assert_eq!(self::listed(&place, &[]).len(), 1000, "what is damaged stays");
}

#[test]
fn a_run_with_a_step_that_passed_on_a_later_attempt_is_listed_as_flaky() {
    let place = Place::new("  a: { get: /flaky, retry: { attempts: 2, delay: 1ms, on: [503] } }\n  b: { get: /ok/b }");
    assert_eq!(place.call(&["run", "case.yaml"]).code, Some(0));
    let runs = place.call(&["runs"]).out;
    assert!(runs.starts_with("flaky  "), "{runs}");
}
