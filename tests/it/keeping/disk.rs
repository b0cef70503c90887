//! A full disk, a folder that is gone or cannot be made, and a reader that has gone away.
#![cfg(unix)]

use std::process::{Command, Stdio};

use super::{Called, Place, called, until};

const MAKES: &str = "
  made: { post: /ok/made, cleanup: { delete: /ok/undo } }
  waits: { post: /held, needs: [made] }
  many: { foreach: { n: '{{ range(100) | list }}' }, get: '/ok/{{ n }}', needs: [waits] }
outputs: { made: '{{ steps.made.status }}' }
";

/// The journal was lost: nothing more was begun, the cleanup ran, and that is said.
#[track_caller]
fn is_cleaned_up(place: &Place, called: &Called, reason: &str) {
    assert_eq!(called.code, Some(3), "{}", called.err);
    let paths = place.server.paths();
    assert_eq!((paths.last().map(String::as_str), &*called.out), (Some("/ok/undo"), ""), "{}", called.err);
    assert!(paths.len() < 100, "it went on for {} requests", paths.len());
    let (_, end) = called.err.split_once("error: cannot ").expect("an error is told");
    assert!(end.contains(reason), "{end}");
    assert!(end.contains("\ncleaned up: made\n"), "{end}");
}

/// No file may grow beyond a few kilobytes, which fails like a full disk.
#[test]
fn a_full_disk_ends_the_run_with_its_cleanups() {
    let place = Place::new(MAKES);
    place.server.release(1);
    let limited = format!("ulimit -f 16; exec {} run case.yaml", env!("CARGO_BIN_EXE_callsheet"));
    let mut shell = Command::new("sh");
    shell.args(["-c", &limited]).current_dir(place.folder.path()).stdin(Stdio::null());
    let called = called(shell.output().expect("there is a shell"));
    is_cleaned_up(&place, &called, "journal.jsonl`: ");
    assert!(called.err.contains("nothing else was to be cleaned up"), "{}", called.err);
    let show = place.call(&["show"]);
    assert_eq!(show.code, Some(0), "what was written before can be read: {}", show.err);
}

#[test]
fn a_run_keeps_no_more_than_it_may() {
    let place = Place::new(MAKES);
    place.server.release(1);
    let called = place.call(&["run", "case.yaml", "--limit", "journal_size=64KiB"]);
    assert_eq!(called.code, Some(3), "{}", called.err);
    assert!(called.err.contains("the run keeps nearly as much as `journal_size` allows, 64KiB"), "{}", called.err);
    let paths = place.server.paths();
    assert_eq!(paths.last().map(String::as_str), Some("/ok/undo"), "{}", called.err);
    assert!(paths.len() < 100, "it went on for {} requests", paths.len());
}

#[test]
fn a_run_whose_folder_is_removed_ends_with_its_cleanups() {
    let place = Place::new(MAKES);
    let child = place.command(&["run", "case.yaml"]).spawn().expect("the program can be started");
    until(|| place.server.paths().contains(&"/held".to_owned()));
    std::fs::remove_dir_all(place.path(".callsheet")).expect("it can be removed");
    place.server.release(1);
    let called = called(child.wait_with_output().expect("it ends"));
    is_cleaned_up(&place, &called, "journal.jsonl`: it was removed while the run went on");
    assert!(!place.path(".callsheet").exists(), "nothing is made anew");
}

#[test]
fn a_folder_that_cannot_be_made_ends_before_anything_is_sent() {
    let place = Place::new("  a: { get: /ok/a }");
    std::fs::write(place.path(".callsheet"), "a file").expect("space on disk");
    let called = place.call(&["run", "case.yaml"]);
    assert_eq!((called.code, &*called.out), (Some(3), ""));
    assert!(called.err.contains("error: cannot create the folder `.callsheet"), "{}", called.err);
    assert!(place.server.paths().is_empty());
}

/// `callsheet run … | head -1`
#[test]
fn a_reader_that_goes_away_stops_neither_the_run_nor_its_cleanup() {
    let place = Place::new(MAKES);
    let mut child = place.command(&["run", "case.yaml"]).spawn().expect("the program can be started");
    until(|| place.server.paths().contains(&"/held".to_owned()));
    drop((child.stdout.take(), child.stderr.take()));
    place.server.release(1);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(place.server.paths().last().map(String::as_str), Some("/ok/undo"));
}

#[test]
fn a_report_that_cannot_be_written_is_no_clean_end_of_a_cleanup() {
    let place = Place::new("  made: { post: /ok/made, cleanup: { delete: /ok/undo } }");
    assert_eq!(place.call(&["run", "case.yaml", "--keep"]).code, Some(0));
    let called = place.call(&["resume", "--cleanup-only", "--report", "junit=/dev/null/report.xml"]);
    assert_eq!(place.server.paths(), ["/ok/made", "/ok/undo"]);
    assert!(called.err.contains("error: cannot write the report"), "{}", called.err);
    assert_eq!(called.code, Some(3), "{}", called.err);
}
