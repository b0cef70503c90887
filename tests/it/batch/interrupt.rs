//! Ctrl-C while several playbooks run.
#![cfg(unix)]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{Case, Server, called};

#[test]
fn an_interrupt_reaches_every_run_and_lets_none_begin() {
    let case = ["a", "b", "c"].iter().fold(Case::new(Server::new()), |case, name| {
        case.playbook(
            name,
            &format!(
                "  one: {{ post: /held, cleanup: {{ delete: /ok/undo/{name} }} }}\n  \
                 two: {{ get: /ok/two, needs: [one] }}"
            ),
        )
    });
    let child = case.command(&["-j", "2"]).spawn().expect("the program can be started");
    until(|| case.server.paths().len() == 2);
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("`kill` can be started");
    assert!(sent.success());
    until(|| journals(case.folder()).iter().filter(|journal| journal.contains("\"interrupted\"")).count() == 2);
    case.server.release(2);
    let called = called(child.wait_with_output().expect("the program ends"));
    assert_eq!(called.code, Some(130), "{}", called.err);
    let mut paths = case.server.paths();
    paths.sort();
    assert_eq!(paths, ["/held", "/held", "/ok/undo/a", "/ok/undo/b"]);
    let stop = "stop     requests in flight finish, then everything is cleaned up; Ctrl-C again drops them\n";
    assert!(called.err.starts_with(stop), "{}", called.err);
    assert!(called.err.contains("3 playbooks: 2 interrupted, 1 not run"), "{}", called.err);
    assert!(called.err.contains("\nnot run  c.yaml\n"), "{}", called.err);
}

/// Waits for another process, which no virtual clock can move: for a minute at most.
#[track_caller]
fn until(condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < end, "what was waited for has not come");
        std::thread::yield_now();
    }
}

fn journals(folder: &Path) -> Vec<String> {
    let Ok(runs) = std::fs::read_dir(folder.join(".callsheet/runs")) else { return Vec::new() };
    let journal = |entry: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(entry.ok()?.path().join("journal.jsonl")).ok()
    };
    runs.filter_map(journal).collect()
}
