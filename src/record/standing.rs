//! One run among others: how each of them ended in one word, and how many ended how.

use std::fmt;

use super::Record;
use crate::event::{Outcome, RunFinished};

/// How a run ended, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Everything held.
    Passed,
    /// Everything held, some of it on a later attempt.
    Flaky,
    /// Something did not hold.
    Failed,
    /// It could not be found out, or the run did not reach its end.
    Errored,
    /// Someone asked it to stop.
    Interrupted,
    /// It was not begun.
    NotRun,
}

impl Standing {
    /// Of a run that is over.
    pub fn of(record: &Record) -> Self {
        match &record.finished {
            None if record.is_interrupted() => Standing::Interrupted,
            None => Standing::Errored,
            Some(finished) => match Standing::of_end(finished, false) {
                // Earlier programs did not count them at the end.
                Standing::Passed if record.flaky().next().is_some() => Standing::Flaky,
                standing => standing,
            },
        }
    }

    /// Of a run that ended like that, and perhaps differs from its snapshot.
    pub fn of_end(finished: &RunFinished, differs: bool) -> Self {
        match finished.outcome {
            _ if finished.interrupted => Standing::Interrupted,
            _ if differs => Standing::Failed,
            Outcome::Passed if finished.flaky > 0 => Standing::Flaky,
            Outcome::Flaky => Standing::Flaky,
            Outcome::Passed => Standing::Passed,
            Outcome::Failed => Standing::Failed,
            Outcome::Errored | Outcome::Skipped => Standing::Errored,
        }
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Passed => "passed",
            Standing::Flaky => "flaky",
            Standing::Failed => "failed",
            Standing::Errored => "errored",
            Standing::Interrupted => "interrupted",
            Standing::NotRun => "not run",
        }
    }

    /// Whether everything held.
    pub fn is_passed(self) -> bool {
        matches!(self, Standing::Passed | Standing::Flaky)
    }
}

/// How many runs ended how. Prints as `3 playbooks: 2 passed (1 flaky), 1 not run`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Passed, flaky ones included.
    pub passed: usize,
    /// Those of the passed with a flaky step.
    pub flaky: usize,
    /// Failed.
    pub failed: usize,
    /// Errored.
    pub errored: usize,
    /// Interrupted.
    pub interrupted: usize,
    /// Not begun.
    pub not_run: usize,
    /// The steps of all of them.
    pub steps: usize,
    /// Whether some are cells of a matrix, so that they are called runs and not playbooks.
    pub has_cells: bool,
}

impl Tally {
    /// Adds a run with so many steps.
    pub fn add(&mut self, standing: Standing, steps: usize) {
        let count = match standing {
            Standing::Passed | Standing::Flaky => &mut self.passed,
            Standing::Failed => &mut self.failed,
            Standing::Errored => &mut self.errored,
            Standing::Interrupted => &mut self.interrupted,
            Standing::NotRun => &mut self.not_run,
        };
        *count += 1;
        self.flaky += usize::from(standing == Standing::Flaky);
        self.steps += steps;
    }

    /// All of them.
    pub fn total(&self) -> usize {
        self.passed + self.failed + self.errored + self.interrupted + self.not_run
    }

    /// The worst that happened to one of them.
    pub fn worst(&self) -> Standing {
        let found = [
            (self.interrupted, Standing::Interrupted),
            (self.failed, Standing::Failed),
            (self.errored, Standing::Errored),
            (self.not_run, Standing::NotRun),
            (self.flaky, Standing::Flaky),
        ];
        found.into_iter().find(|(count, _)| *count > 0).map_or(Standing::Passed, |(_, standing)| standing)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.has_cells { "run" } else { "playbook" };
        write!(formatter, "{} {what}{}", self.total(), if self.total() == 1 { "" } else { "s" })?;
        let shares = [
            (self.passed, Standing::Passed),
            (self.failed, Standing::Failed),
            (self.errored, Standing::Errored),
            (self.interrupted, Standing::Interrupted),
            (self.not_run, Standing::NotRun),
        ];
        let mut lead = ":";
        for (count, standing) in shares.into_iter().filter(|(count, _)| *count > 0) {
            write!(formatter, "{lead} {count} {}", standing.as_str())?;
            if standing == Standing::Passed && self.flaky > 0 {
                write!(formatter, " ({} flaky)", self.flaky)?;
            }
            lead = ",";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::saved;

    #[test]
    fn a_run_has_the_word_that_says_most() {
        let of = |events| Standing::of(&Record::fold(events)).as_str();
        assert_eq!([saved::passed(), saved::failed(), saved::killed()].map(of), ["flaky", "interrupted", "errored"]);
    }

    #[test]
    fn a_tally_names_only_what_there_is() {
        let mut tally = Tally::default();
        assert_eq!(tally.to_string(), "0 playbooks");
        tally.add(Standing::Flaky, 3);
        assert_eq!((tally.to_string().as_str(), tally.worst()), ("1 playbook: 1 passed (1 flaky)", Standing::Flaky));
        for standing in [Standing::Passed, Standing::NotRun, Standing::Failed] {
            tally.add(standing, 2);
        }
        assert_eq!(tally.to_string(), "4 playbooks: 2 passed (1 flaky), 1 failed, 1 not run");
        assert_eq!((tally.steps, tally.worst()), (9, Standing::Failed));
    }
}
