//! Every playbook in `workflows/`, killed at every event of its journal and gone on with: `cargo bench --bench crashes`.
//!
//! The program itself is killed, before the event is written, in the middle of it and behind it; now and then a second
//! time while it goes on. A run must come to its end, or ask about a request of which nobody knows whether it was done;
//! the simulator's log shows that nothing was done twice unless someone has said so. Words behind `--` choose the
//! playbooks; `at=before:17` a single case; `long` kills a run of 20,000 steps half-way instead.

#[path = "../it/crashes/killing/mod.rs"]
mod killing;
mod long_resume;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use killing::case::{Baseline, Crash, Survived, baseline, survive};

/// As many cases at the same time: most of one is waiting for processes.
const WORKERS: usize = 4;

/// The ways to be killed at an event.
const WAYS: [&str; 3] = ["before", "torn", "after"];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if words.iter().any(|word| word == "long") {
        return if long_resume::resumes() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let at = words.iter().find_map(|word| word.strip_prefix("at=")).and_then(one_crash);
    let named: Vec<&String> = words.iter().filter(|word| !word.starts_with("at=")).collect();
    let mut total = Survived::default();
    let mut failed = 0;
    for path in workflows() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !named.is_empty() && !named.iter().any(|wanted| **wanted == name) {
            continue;
        }
        let undisturbed = baseline(&path);
        let cases = at.map_or_else(|| cases(undisturbed.events), |crash| vec![vec![crash]]);
        let (survived, wrong) = all(&path, &undisturbed, &cases);
        // A second crash is planned some events after the first: a run that ends before it is killed only once.
        let planned: usize = cases.iter().map(Vec::len).sum();
        println!(
            "{name:<18} {:>4} events, {:>2} creations, {:>4} of {planned} crashes survived, {:>3} times asked, {} cases failed",
            undisturbed.events,
            undisturbed.creations.len(),
            survived.crashes,
            survived.asked,
            wrong.len(),
        );
        wrong.iter().for_each(|wrong| println!("{wrong}\n"));
        failed += wrong.len();
        total.crashes += survived.crashes;
        total.asked += survived.asked;
    }
    println!("{} crashes survived, {} times asked, {failed} cases failed", total.crashes, total.asked);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn one_crash(text: &str) -> Option<Crash> {
    let (when, event) = text.split_once(':')?;
    Some(Crash { when: WAYS.into_iter().find(|way| *way == when)?, event: event.parse().ok()? })
}

fn workflows() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
    let entries = folder.read_dir().expect("`workflows` can be listed");
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|kind| kind == "yaml")).collect();
    paths.sort();
    paths
}

/// Each way at each event, and every seventh of them with a second crash a few events later.
fn cases(events: u64) -> Vec<Vec<Crash>> {
    let single = (0..events).flat_map(|event| WAYS.map(|when| Crash { when, event }));
    let single: Vec<Vec<Crash>> = single.map(|crash| vec![crash]).collect();
    let again = single.iter().step_by(7).enumerate().map(|(number, first)| {
        let event = first[0].event + 2 + number as u64 % 9;
        vec![first[0], Crash { when: WAYS[number % 3], event }]
    });
    let again: Vec<Vec<Crash>> = again.collect();
    single.into_iter().chain(again).collect()
}

fn all(path: &Path, undisturbed: &Baseline, cases: &[Vec<Crash>]) -> (Survived, Vec<String>) {
    let next = AtomicUsize::new(0);
    let found = Mutex::new((Survived::default(), Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(crashes) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = survive(path, undisturbed, crashes);
                    let mut found = found.lock().expect("no worker panics");
                    match result {
                        Ok(survived) => {
                            found.0.crashes += survived.crashes;
                            found.0.asked += survived.asked;
                        }
                        Err(why) => found.1.push(format!("{crashes:?}: {why}")),
                    }
                }
            });
        }
    });
    found.into_inner().expect("no worker panics")
}
