//! The runs of several playbooks, for one report of them all.

use crate::event::Outcome;
use crate::record::{Record, Standing, Tally};

/// The runs of one call, in the order of their playbooks.
#[derive(Clone, Debug, Default)]
pub struct Batch<'a> {
    /// What there is a record of.
    pub runs: Vec<Ran<'a>>,
    /// What there is none of.
    pub absent: Vec<Absent>,
    /// Milliseconds from the first start to the last end.
    pub duration: u64,
    /// Whether some of them are cells of a matrix.
    pub has_cells: bool,
}

/// A run with its record.
#[derive(Clone, Debug)]
pub struct Ran<'a> {
    /// What happened.
    pub record: &'a Record,
    /// How it ended. The record does not say all: the run's snapshot may have been unreadable.
    pub standing: Standing,
    /// What the record does not say of that; empty where it says all.
    pub trouble: String,
}

impl<'a> Ran<'a> {
    /// A run that ended as its record says.
    pub fn new(record: &'a Record) -> Self {
        Ran { record, standing: Standing::of(record), trouble: String::new() }
    }

    /// The outcome where the record says another one.
    pub(super) fn other_outcome(&self) -> Option<Outcome> {
        (self.standing != Standing::of(self.record)).then(|| outcome(self.standing))
    }
}

/// A playbook, or a cell of one, without a record of its run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// Its file, and behind it the cell.
    pub file: String,
    /// [`Standing::NotRun`], or how the run ended that could not be kept.
    pub standing: Standing,
    /// Why there is none.
    pub reason: String,
}

impl Batch<'_> {
    /// How many ended how.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally { has_cells: self.has_cells, ..Tally::default() };
        self.runs.iter().for_each(|run| tally.add(run.standing, run.record.counts().total()));
        self.absent.iter().for_each(|absent| tally.add(absent.standing, 0));
        tally
    }
}

/// The outcome that comes nearest to a standing.
pub(super) fn outcome(standing: Standing) -> Outcome {
    match standing {
        Standing::Passed => Outcome::Passed,
        Standing::Flaky => Outcome::Flaky,
        Standing::Failed => Outcome::Failed,
        Standing::Errored | Standing::Interrupted => Outcome::Errored,
        Standing::NotRun => Outcome::Skipped,
    }
}

/// What a run is called among others: by its playbook's file and its cell.
pub(super) fn name(record: &Record) -> String {
    let cell = record.started.as_ref().and_then(|started| started.cell()).unwrap_or_default();
    format!("{}{cell}", file(record))
}

/// The file of a run's playbook, as it was named.
pub(super) fn file(record: &Record) -> &str {
    let sources = record.started.as_ref().map_or(&[][..], |started| &started.sources);
    sources.first().map_or("", |(path, _)| path)
}

#[cfg(test)]
pub(super) mod sample {
    use super::*;

    /// One run that was flaky, one that was interrupted, one that was not begun.
    pub(in crate::report) fn with<T>(test: impl FnOnce(&Batch<'_>) -> T) -> T {
        use crate::record::saved;
        let (passed, failed) = (Record::fold(saved::passed()), Record::fold(saved::failed()));
        let reason = "another one did not pass, or the run was interrupted".to_owned();
        let absent = Absent { file: "later.yaml".to_owned(), standing: Standing::NotRun, reason };
        let runs = vec![Ran::new(&passed), Ran::new(&failed)];
        test(&Batch { runs, absent: vec![absent], duration: 33_000, ..Batch::default() })
    }

    /// One run whose record says that it passed and whose snapshot could not be read, one that could not be kept.
    pub(in crate::report) fn in_trouble<T>(test: impl FnOnce(&Batch<'_>) -> T) -> T {
        let passed = Record::fold(crate::record::saved::passed());
        let trouble = "error: cannot read the snapshot a.snap: denied".to_owned();
        let ran = Ran { record: &passed, standing: Standing::Errored, trouble };
        let reason = "error: cannot write the journal: no space".to_owned();
        let absent = Absent { file: "b.yaml".to_owned(), standing: Standing::Interrupted, reason };
        test(&Batch { runs: vec![ran], absent: vec![absent], duration: 33_000, ..Batch::default() })
    }
}
