//! The runs of several playbooks, for one report of them all.

use crate::event::Outcome;
use crate::record::{Record, Standing, Tally};

/// The runs of one call, in the order of their playbooks.
#[derive(Clone, Debug, Default)]
pub struct Batch<'a> {
    /// What there is a record of.
    pub runs: Vec<&'a Record>,
    /// What there is none of.
    pub absent: Vec<Absent>,
    /// Milliseconds from the first start to the last end.
    pub duration: u64,
}

/// A playbook without a record of its run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// Its file.
    pub file: String,
    /// [`Outcome::Skipped`] where it was not run, [`Outcome::Errored`] where its run could not be kept.
    pub outcome: Outcome,
    /// Why there is none.
    pub reason: String,
}

impl Batch<'_> {
    /// How many ended how.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for record in &self.runs {
            tally.add(Standing::of(record), record.counts().total());
        }
        for absent in &self.absent {
            tally.add(if absent.outcome == Outcome::Skipped { Standing::NotRun } else { Standing::Errored }, 0);
        }
        tally
    }
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
        let reason = "a playbook before it did not pass".to_owned();
        let absent = Absent { file: "later.yaml".to_owned(), outcome: Outcome::Skipped, reason };
        test(&Batch { runs: vec![&passed, &failed], absent: vec![absent], duration: 33_000 })
    }
}
