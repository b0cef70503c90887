//! What there is to type for `runs` and `prune`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::listed::State;
use crate::cli::args::OutputFormat;
use crate::expression::parse_duration;
use crate::record::Standing;

#[derive(Debug, Args)]
pub(in crate::cli) struct RunsArgs {
    /// Only runs of this playbook: its `playbook`, with or without a cell of its matrix
    #[arg(long, value_name = "NAME")]
    pub(super) playbook: Option<String>,
    /// Only runs that stand like that (repeatable)
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    pub(super) outcome: Vec<Word>,
    /// At most so many, the newest
    #[arg(long, short = 'n', value_name = "N", value_parser = from_one)]
    pub(super) limit: Option<usize>,
    /// Where the files of runs are
    #[arg(long, value_name = "FOLDER", default_value = ".callsheet")]
    pub(super) folder: PathBuf,
    /// How to print the list
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: OutputFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
With both --older-than and --keep a run goes only if it is older and is not
among the newest. A run that goes on is never removed. One that was stopped,
that has possibly left something behind, or whose journal is damaged stays,
unless --all is given or the run is named: its journal says what there is
to be done.

Examples:
    callsheet prune --older-than 30d --keep 50 --dry-run
    callsheet prune 20261124-065523-k3f9")]
pub(in crate::cli) struct PruneArgs {
    /// These runs: names, their beginnings or their ends
    #[arg(value_name = "RUN", conflicts_with_all = ["older_than", "keep", "all"])]
    pub(super) runs: Vec<String>,
    /// Runs that were last written longer ago than this, such as 30d or 12h
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, allow_hyphen_values = true)]
    pub(super) older_than: Option<Duration>,
    /// All but the newest so many
    #[arg(long, value_name = "N", value_parser = count)]
    pub(super) keep: Option<usize>,
    /// Also runs that were stopped, that have possibly left something behind, or whose journal is damaged
    #[arg(long)]
    pub(super) all: bool,
    /// Remove nothing, and say what would be removed
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Where the files of runs are
    #[arg(long, value_name = "FOLDER", default_value = ".callsheet")]
    pub(super) folder: PathBuf,
    /// How to print what is removed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: OutputFormat,
}

/// How many runs.
fn count(text: &str) -> Result<usize, String> {
    text.parse::<u32>()
        .map(|count| count as usize)
        .map_err(|_| format!("expected a number of runs from 0 to {}, such as `50`, found `{text}`", u32::MAX))
}

/// How many runs, and not none.
fn from_one(text: &str) -> Result<usize, String> {
    match count(text)? {
        0 => Err("expected a number of runs from 1 on; leave it out to see all of them".to_owned()),
        count => Ok(count),
    }
}

/// How a run stands, to choose by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Word {
    /// Everything held
    Passed,
    /// Something did not hold
    Failed,
    /// It could not be found out
    Errored,
    /// Someone asked it to stop
    Interrupted,
    /// It was killed before its end
    Stopped,
    /// It goes on
    Running,
    /// Its journal cannot be read
    Damaged,
}

impl Word {
    pub(super) fn is_of(self, state: &State) -> bool {
        match (self, state) {
            (Word::Passed, State::Ended(standing)) => standing.is_passed(),
            (Word::Failed, State::Ended(standing)) => *standing == Standing::Failed,
            (Word::Errored, State::Ended(standing)) => *standing == Standing::Errored,
            (Word::Interrupted, State::Ended(standing)) => *standing == Standing::Interrupted,
            (Word::Stopped, State::Stopped) | (Word::Running, State::Running) => true,
            (Word::Damaged, State::Damaged(_)) => true,
            _ => false,
        }
    }
}
