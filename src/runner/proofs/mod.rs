//! What holds of the pure scheduler, whatever happens: random playbooks, policies and interleavings, and a checker for
//! each property that reads nothing but the trace of what went in and what came out.
//!
//! The playbooks are those of the whole-system simulation (`tests/simulation`).

#[path = "../../../tests/simulation/world/book.rs"]
mod book;
#[path = "../../../tests/simulation/world/dice.rs"]
mod dice;
mod mutations;
mod outside;
mod properties;
#[path = "../../../tests/simulation/world/step.rs"]
mod step;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use book::Book;
use dice::Dice;
use outside::{Outside, Storm};
use properties::PROPERTIES;

use super::Options;
use super::calling::Plans;
use super::scheduler::Scheduler;
use crate::plan::{Inputs, Plan};
use crate::session::Session;
use crate::source::Loader;

/// The files of a playbook.
struct Files(BTreeMap<std::path::PathBuf, String>);

impl Loader for Files {
    fn read(&self, path: &Path) -> std::io::Result<String> {
        self.0.get(path).cloned().ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }

    fn exists(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
}

/// A run of the scheduler that is over, and everything about it that a property may ask.
struct Ran {
    book: Book,
    plan: Plan,
    options: Options,
    outside: Outside,
}

fn run(seed: u64, order: u64, storm: impl FnOnce(&mut Dice) -> Storm) -> Ran {
    let book = Book::write(seed);
    let session = Session::with_loader(Arc::new(Files(book.files.clone())));
    let playbook = session.load("main.yaml").unwrap_or_else(|found| panic!("{found}"));
    let inputs = Inputs::new().secret("password", book.password.as_str());
    let inputs = inputs.secret("client_secret", book.client_secret.as_str());
    let plan = playbook.plan(&inputs).unwrap_or_else(|found| panic!("{found}"));
    let mut dice = Dice::at(order, "order");
    let options = Options { jobs: 1 + dice.below(5), keep_going: dice.chance(50), ..Options::default() };
    let plans = Plans::default();
    let mut scheduler = Scheduler::new(&plan, &plans, &options, jiff::Timestamp::UNIX_EPOCH);
    let storm = storm(&mut dice);
    let mut outside = Outside::new(seed, dice, storm, options.jobs);
    outside.run(&mut scheduler);
    drop(scheduler);
    drop(plans);
    Ran { book, plan, options, outside }
}

#[test]
fn whatever_happens_every_property_holds() {
    let (mut sends, mut cleanups, mut interrupted) = (0, 0, 0);
    for seed in 0..1500 {
        let ran = run(seed, seed, Storm::of);
        for (name, holds) in PROPERTIES {
            if let Err(why) = holds(&ran) {
                let text = ran.book.files.values().cloned().collect::<String>();
                panic!("seed {seed}: {name}: {why}\n{text}\n{}", ran.outside.trace());
            }
        }
        sends += ran.outside.count(outside::is_send);
        cleanups += ran.outside.count(outside::is_cleanup);
        interrupted += ran.outside.count(outside::is_interrupt);
    }
    assert!(sends > 8000 && cleanups > 500 && interrupted > 200, "{sends} sends, {cleanups} cleanups, {interrupted}");
}

#[test]
fn a_passing_run_says_the_same_under_every_interleaving() {
    let mut compared = 0;
    for seed in 0..400 {
        let mut told =
            (0..3).map(|order| run(seed, order, |_| Storm::default())).filter(|ran| ran.outside.has_passed());
        let Some(first) = told.next() else { continue };
        for other in told {
            assert_eq!(first.outside.essence(), other.outside.essence(), "seed {seed}");
            compared += 1;
        }
    }
    assert!(compared > 300, "only {compared} runs passed twice");
}

#[test]
fn every_property_can_fail() {
    for (name, holds) in PROPERTIES {
        let harm = mutations::of(name);
        let found = (0..300).any(|seed| {
            let mut ran = run(seed, seed, Storm::of);
            harm(&mut ran.outside.entries);
            holds(&ran).is_err()
        });
        assert!(found, "nothing shows that this is checked: {name}");
    }
}

/// What the scheduler is told of time.
fn wall(now: Duration) -> jiff::Timestamp {
    jiff::Timestamp::UNIX_EPOCH + now
}
