//! The command line: what there is to type. The texts are what `--help` shows.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::fmt::FmtArgs;
use super::graph::GraphForm;
use super::help::HelpArgs;
use super::init::InitArgs;
use super::limits::LimitArgs;
use super::network::ProxyParser;
use super::report::{ReportFormat, ReportTo, report_to};
use super::resume_args::ResumeArgs;
use super::runs::{PruneArgs, RunsArgs};
use super::select::Partition;
#[cfg(feature = "simulator")]
use super::simulator_args::{SimulateArgs, SimulatorChoice};
use crate::expression::parse_duration;
use crate::plan::Pattern;
use crate::wire::{ConnectTo, NoProxy, Proxy};

// Lines of these texts are at most 80 columns wide: clap would break longer ones in the middle of a table.
const AFTER_HELP: &str = "\
Examples:
  Find every mistake without sending anything:
    callsheet check workflows
  Show what would be sent, in which order, and why:
    callsheet plan workflows/deploy-and-infer.yaml
  Run a playbook on the built-in simulator, then against a server:
    callsheet run --simulate workflows/deploy-and-infer.yaml
    callsheet run smoke.yaml --var api_url=https://api.example.com

Exit codes:
    0  passed
    1  the command line cannot be understood
    2  a playbook or its inputs are invalid; nothing was sent
    3  errored: network, files, cleanup
    4  failed: an expectation is false
  130  interrupted";

/// Runs YAML playbooks of HTTP API calls as a parallel graph.
#[derive(Debug, Parser)]
#[command(name = "callsheet", version, about, after_help = AFTER_HELP, max_term_width = 100, disable_help_subcommand = true)]
pub(super) struct Cli {
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: ColorWhen,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a first playbook, or make one from a curl command
    Init(InitArgs),
    /// Run playbooks
    Run(Box<RunArgs>),
    /// Go on with a run that was stopped
    Resume(Box<ResumeArgs>),
    /// Find every mistake that can be found without sending anything
    Check(CheckArgs),
    /// Format playbooks
    Fmt(FmtArgs),
    /// Show what a run would do: order, reasons, requests
    Plan(Box<PlanArgs>),
    /// List the runs: what ran, when, how it ended, what it left behind
    Runs(RunsArgs),
    /// Show a run: every request, answer and decision
    Show(ShowArgs),
    /// Remove the files of runs that nobody needs any more
    Prune(PruneArgs),
    /// Make a report of a run: JUnit, JSON, Markdown
    Report(ReportArgs),
    /// Show where two runs differ, in normal form
    Diff(DiffArgs),
    /// Serve the platform simulator
    #[cfg(feature = "simulator")]
    Simulate(SimulateArgs),
    /// Print the JSON Schema of playbooks
    ///
    /// For editors: begin a playbook with
    /// `# yaml-language-server: $schema=playbook.schema.json`.
    Schema(SchemaArgs),
    /// Tell what a command takes, or what a playbook may say
    Help(HelpArgs),
}

#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Of the files that playbooks include
    #[arg(long)]
    pub(super) included: bool,
    /// Of the files that `--faults` reads
    #[arg(long, conflicts_with = "included")]
    pub(super) faults: bool,
}

/// Which steps run.
#[derive(Debug, Default, Args)]
pub(super) struct SelectArgs {
    /// Run only these steps and what they need: ids, globs such as `upload_*`, or tag:NAME (repeatable)
    #[arg(long, value_name = "STEPS", value_delimiter = ',')]
    pub(super) only: Vec<Pattern>,
    /// Run these steps, everything behind them, and what all of that needs (repeatable)
    #[arg(long, value_name = "STEPS", value_delimiter = ',')]
    pub(super) from: Vec<Pattern>,
    /// Do not run these steps (repeatable)
    #[arg(long, value_name = "STEPS", value_delimiter = ',')]
    pub(super) skip: Vec<Pattern>,
}

impl SelectArgs {
    /// Whether anything is said of which steps run.
    pub(super) fn is_given(&self) -> bool {
        !(self.only.is_empty() && self.from.is_empty() && self.skip.is_empty())
    }
}

/// Where inputs get their values.
#[derive(Debug, Default, Args)]
pub(super) struct InputArgs {
    /// Give an input its value (repeatable); wins over --var-file, CALLSHEET_VAR_<name> and the playbook's own
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub(super) vars: Vec<(String, String)>,
    /// Take inputs from a YAML or JSON file with a mapping (repeatable; later files win)
    #[arg(long, value_name = "FILE")]
    pub(super) var_file: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Progress goes to stderr, the playbook's outputs go to stdout.
The files of a run are kept in .callsheet/runs/<run>; `callsheet show` reads
them.

Ctrl-C once         requests in flight finish, waits are cut, then cleanup
       twice        requests in flight are dropped, then cleanup
       three times  leave at once")]
pub(super) struct RunArgs {
    /// The playbooks; several run at the same time, as many as --jobs says
    #[arg(required = true, value_name = "PLAYBOOK")]
    pub(super) playbooks: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) inputs: InputArgs,
    #[command(flatten)]
    pub(super) select: SelectArgs,
    /// Run only a part of the playbooks and of the cells of their matrices: slice:1/3 takes the first of every three
    #[arg(long, value_name = "slice:M/N")]
    pub(super) partition: Option<Partition>,
    #[cfg(feature = "simulator")]
    #[command(flatten)]
    pub(super) simulator: SimulatorChoice,
    /// Begin with what the last run of each playbook has done, and do the rest: what did not pass, and what follows
    #[arg(long, value_name = "WHAT", conflicts_with_all = ["only", "from", "skip", "seed"])]
    pub(super) rerun: Option<RerunWhat>,
    /// How many requests may be in flight at once, over all playbooks; with 1, the playbooks run one after another
    #[arg(long, short = 'j', value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: u16,
    /// Go on with everything that does not depend on a step that did not pass, and with the other playbooks
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
    /// Make random values from this number, so that they repeat
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Let steps run programs (`exec`)
    #[arg(long)]
    pub(super) allow_exec: bool,
    /// Make the journal survive a power failure, not only a killed process
    #[arg(long)]
    pub(super) durable: bool,
    /// Keep the files of runs below this folder
    #[arg(long, value_name = "FOLDER", default_value = ".callsheet")]
    pub(super) folder: PathBuf,
    /// Write a report: junit=FILE, json=FILE or markdown=FILE (repeatable)
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report_to)]
    pub(super) reports: Vec<ReportTo>,
    /// Hold the run's transcript against its snapshot, snapshots/NAME.snap beside the playbook
    #[arg(long, conflicts_with = "update_snapshots")]
    pub(super) snapshot: bool,
    /// Make the run's transcript its snapshot
    #[arg(long, conflicts_with_all = ["only", "from", "skip"])]
    pub(super) update_snapshots: bool,
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

/// What of a run is done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RerunWhat {
    /// What did not pass
    Failed,
}

/// How to reach servers.
#[derive(Debug, Default, Args)]
pub(super) struct NetworkArgs {
    /// Trust the certificate authorities in this PEM file too (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Vec<PathBuf>,
    /// Identify with the certificate in this PEM file
    #[arg(long, value_name = "FILE")]
    pub(super) client_cert: Option<PathBuf>,
    /// The certificate's key, where it is in another PEM file
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    pub(super) client_key: Option<PathBuf>,
    /// Accept any server certificate: for tests only
    #[arg(long)]
    pub(super) insecure: bool,
    /// Send requests through this proxy, or none; otherwise HTTP_PROXY, HTTPS_PROXY and NO_PROXY say
    #[arg(long, value_name = "URL|none", value_parser = ProxyParser)]
    pub(super) proxy: Option<Proxy>,
    /// Reach these hosts, and the hosts below them, without a proxy
    #[arg(long, value_name = "HOSTS", value_delimiter = ',')]
    pub(super) no_proxy: Vec<NoProxy>,
    /// Connect to another address than the one in URLs, such as api.example.com=127.0.0.1:8443 (repeatable)
    #[arg(long, value_name = "HOST[:PORT]=HOST[:PORT]")]
    pub(super) connect_to: Vec<ConnectTo>,
}

impl NetworkArgs {
    /// Whether anything is said of how to reach servers.
    pub(super) fn is_given(&self) -> bool {
        let lists = self.ca.is_empty() && self.no_proxy.is_empty() && self.connect_to.is_empty();
        !lists || self.client_cert.is_some() || self.insecure || self.proxy.is_some()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    /// For people
    Human,
    /// JSON
    Json,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Playbooks, or folders with playbooks (*.yaml, *.yml)
    #[arg(required_unless_present = "explain", value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Explain a rule by its code or name, such as E0201 or unknown-key; without one, list all rules
    #[arg(long, value_name = "CODE", conflicts_with_all = ["paths", "format"])]
    #[expect(clippy::option_option, reason = "an option that may stand without its value")]
    pub(super) explain: Option<Option<String>>,
    /// Mend what can be mended with certainty, and check again
    #[arg(long, conflicts_with = "explain")]
    pub(super) fix: bool,
    /// Show what --fix would change, and change nothing
    #[arg(long, conflicts_with_all = ["explain", "fix", "format"])]
    pub(super) diff: bool,
    /// Also end with 2 where there are warnings
    #[arg(long, value_name = "WHAT", conflicts_with_all = ["explain", "diff"])]
    pub(super) deny: Option<Denied>,
    /// How to print what is found
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: CheckFormat,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Denied {
    /// Everything but hints
    Warnings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    /// Source lines with the place underlined
    Human,
    /// A JSON object a line
    Json,
    /// GitHub workflow commands
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

#[derive(Debug, Args)]
#[command(after_help = "\
What only a run can know is shown as ‹step.name›, an input without a value as
‹name›.")]
pub(super) struct PlanArgs {
    /// The playbook
    #[arg(value_name = "PLAYBOOK")]
    pub(super) playbook: PathBuf,
    #[command(flatten)]
    pub(super) inputs: InputArgs,
    #[command(flatten)]
    pub(super) select: SelectArgs,
    /// How to print the plan
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: OutputFormat,
    /// Print the graph of the steps instead, to be drawn
    #[arg(long, value_name = "LANGUAGE", conflicts_with = "format")]
    pub(super) graph: Option<GraphForm>,
    /// Send what only reads, and say what a run would create, keep, update and send
    #[arg(long, conflicts_with = "graph")]
    pub(super) refresh: bool,
    #[cfg(feature = "simulator")]
    #[command(flatten)]
    pub(super) simulator: SimulatorChoice,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
    #[command(flatten)]
    pub(super) network: NetworkArgs,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The run: its name, the beginning or the end of it; the newest if not said
    #[arg(value_name = "RUN")]
    pub(super) run: Option<String>,
    /// Where the files of runs are
    #[arg(long, value_name = "FOLDER", default_value = ".callsheet")]
    pub(super) folder: PathBuf,
    /// How to print the run
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: OutputFormat,
    /// Also headers and bodies
    #[arg(long, short, overrides_with = "verbose")]
    pub(super) verbose: bool,
}

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// The run: its name, the beginning or the end of it; the newest if not said
    #[arg(value_name = "RUN")]
    pub(super) run: Option<String>,
    /// Where the files of runs are
    #[arg(long, value_name = "FOLDER", default_value = ".callsheet")]
    pub(super) folder: PathBuf,
    /// What to print to stdout
    #[arg(long, value_name = "FORMAT", default_value = "markdown")]
    pub(super) format: ReportFormat,
    /// Write a report instead: junit=FILE, json=FILE or markdown=FILE (repeatable)
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report_to, conflicts_with = "format")]
    pub(super) reports: Vec<ReportTo>,
}

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The run that is as expected
    #[arg(value_name = "RUN")]
    pub(super) left: String,
    /// The other run
    #[arg(value_name = "RUN")]
    pub(super) right: String,
    /// Where the files of runs are
    #[arg(long, value_name = "FOLDER", default_value = ".callsheet")]
    pub(super) folder: PathBuf,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE, such as `workspace_name=demo`".to_owned()),
    }
}
