//! What there is to type for `callsheet resume`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::args::{InputArgs, NetworkArgs, OutputFormat, RunArgs, SelectArgs};
use super::limits::LimitArgs;
use super::report::{ReportTo, report_to};
use crate::expression::parse_duration;

#[derive(Debug, Args)]
#[command(after_help = "\
Steps that have passed are not done again, unless they were changed, cleaned up,
or read something that was done again. Inputs that are no secrets keep the values
of the run; secrets are looked up again.

A request that must not be done twice, and of which nobody knows whether it was
done, is asked about before anything is sent: --redo STEP does it again,
--assume-done STEP goes on without. STEP is the step's address, as `callsheet
show` has it; cleanup:STEP means what cleans up after it.")]
pub(super) struct ResumeArgs {
    /// The run: its name, the beginning or the end of it; the newest if not said
    #[arg(value_name = "RUN")]
    pub(super) run: Option<String>,
    #[command(flatten)]
    pub(super) inputs: InputArgs,
    /// Do this step again although it was done, or perhaps was (repeatable)
    #[arg(long, value_name = "STEP")]
    pub(super) redo: Vec<String>,
    /// Take this step as done; --var gives what it captures (repeatable)
    #[arg(long, value_name = "STEP")]
    pub(super) assume_done: Vec<String>,
    /// Only clean up what is owed
    #[arg(long, conflicts_with_all = ["keep", "keep_on_failure"])]
    pub(super) cleanup_only: bool,
    /// Bind the playbook's `simulate` values to the simulator that is running there; if not said, the one of the run
    #[cfg(feature = "simulator")]
    #[arg(long, value_name = "URL", require_equals = true, value_parser = super::simulator_args::simulator_url)]
    pub(super) simulate: Option<url::Url>,
    /// How many requests may be in flight at once
    #[arg(long, short = 'j', value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: u16,
    /// Go on with everything that does not depend on a step that did not pass
    #[arg(long)]
    pub(super) keep_going: bool,
    /// End the run after this long, such as 90s or 30m; cleanups still run
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(super) deadline: Option<Duration>,
    /// Give all cleanups together this long; what is not cleaned up then is named
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = parse_duration)]
    pub(super) cleanup_timeout: Duration,
    /// Do not clean up
    #[arg(long, conflicts_with = "keep_on_failure")]
    pub(super) keep: bool,
    /// Do not clean up when the run did not pass
    #[arg(long)]
    pub(super) keep_on_failure: bool,
    /// Let steps run programs (`exec`)
    #[arg(long)]
    pub(super) allow_exec: bool,
    /// Make the journal survive a power failure, not only a killed process
    #[arg(long)]
    pub(super) durable: bool,
    /// Where the files of runs are
    #[arg(long, value_name = "FOLDER", default_value = ".callsheet")]
    pub(super) folder: PathBuf,
    /// Write a report: junit=FILE, json=FILE or markdown=FILE (repeatable)
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report_to)]
    pub(super) reports: Vec<ReportTo>,
    /// How to print the outputs
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: OutputFormat,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
    #[command(flatten)]
    pub(super) network: NetworkArgs,
    /// Say nothing but failures
    #[arg(long, short, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Also say every request
    #[arg(long, short, overrides_with = "verbose")]
    pub(super) verbose: bool,
}

impl ResumeArgs {
    /// How the run would have been begun.
    pub(super) fn into_run(self, playbook: PathBuf) -> RunArgs {
        RunArgs {
            playbooks: vec![playbook],
            inputs: self.inputs,
            select: SelectArgs::default(),
            partition: None,
            #[cfg(feature = "simulator")]
            simulator: super::simulator_args::SimulatorChoice {
                simulate: self.simulate.map(Some),
                ..Default::default()
            },
            rerun: None,
            jobs: self.jobs,
            keep_going: self.keep_going,
            deadline: self.deadline,
            cleanup_timeout: self.cleanup_timeout,
            keep: self.keep,
            keep_on_failure: self.keep_on_failure,
            seed: None,
            allow_exec: self.allow_exec,
            durable: self.durable,
            folder: self.folder,
            reports: self.reports,
            snapshot: false,
            update_snapshots: false,
            format: self.format,
            limits: self.limits,
            network: self.network,
            quiet: self.quiet,
            verbose: self.verbose,
        }
    }
}
