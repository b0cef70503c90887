//! The command line: arguments, terminal, exit codes, and what a person sees of a run.
//!
//! [`main`] reads the arguments and calls one file a command: `run`, `check`, `fmt`, `init`, `plan`, `show`,
//! `simulate`. Only here, and in `main.rs`, the program looks at its environment and prints. The views are functions
//! from events or a record to text, and know no clock, no environment and no terminal:
//!
//! * [`plain`]: a line per noteworthy event, for logs and pipes.
//! * [`live`]: the same lines, and below them a block that shows what is running now.
//! * [`summary`]: the end of a run; [`outputs`](summary::outputs) is the part for stdout.
//! * `batch`: several playbooks at once, a line or a block for each when it ends, and one summary.
//! * [`show`]: a whole run again from its record.
//!
//! Text from outside (a server's answer, a file's name) cannot steer the terminal: its control characters are
//! written as escapes.

mod args;
mod batch;
mod check;
mod display;
mod exchange;
mod exit;
mod explain;
mod fault_point;
mod fmt;
mod graph;
mod help;
mod init;
mod inputs;
mod limits;
mod line_diff;
pub mod live;
mod lost;
mod mend;
mod network;
mod paint;
mod panics;
mod parallel;
pub mod plain;
mod plan;
mod plan_json;
mod problem;
mod refresh;
mod repeated;
mod report;
mod rerun;
mod resume;
mod resume_args;
mod run;
mod running;
mod runs;
mod select;
pub mod show;
mod signals;
#[cfg(feature = "simulator")]
mod simulate;
#[cfg(feature = "simulator")]
mod simulator_args;
mod snapshot;
pub mod summary;
mod terminal;
mod text;
mod time;
mod units;

use clap::Parser;

use args::{Cli, Command, OutputFormat, ShowArgs};
pub use exit::Exit;
use terminal::{Terminal, say, tell};
pub use time::duration;

use crate::journal::{find, is_busy, read, read_body};
use crate::record::Record;

/// Does what the arguments of this process ask for.
pub fn main() -> Exit {
    panics::hook();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // `--help` and `--version` come this way too.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Passed };
            let _ = error.print();
            return exit;
        }
    };
    let terminal = Terminal::new(cli.color);
    match cli.command {
        Command::Run(args) => match repeated::repeated(&args.playbooks) {
            Some(problem) => {
                tell(&format!("error: {problem}"));
                Exit::Usage
            }
            None => run::run(&args, terminal),
        },
        Command::Resume(args) => resume::resume(*args, terminal),
        Command::Check(args) => check::check(&args, terminal),
        Command::Fmt(args) => fmt::fmt(&args, terminal),
        Command::Init(args) => init::init(&args),
        Command::Plan(args) => plan::plan(&args, terminal),
        Command::Runs(args) => runs::runs(&args, terminal),
        Command::Show(args) => show_run(&args, terminal),
        Command::Prune(args) => runs::prune(&args),
        Command::Report(args) => report::report_run(&args),
        Command::Diff(args) => snapshot::diff(&args),
        #[cfg(feature = "simulator")]
        Command::Simulate(args) => simulate::simulate(&args, terminal),
        Command::Help(args) => help::help(&args, terminal),
        Command::Schema(args) => {
            let schema = match (args.included, args.faults) {
                (true, _) => crate::playbook::included_schema(),
                (_, true) => crate::playbook::faults_schema(),
                _ => crate::playbook::schema(),
            };
            let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
            say(&format!("{text}\n"))
        }
    }
}

/// `callsheet show`
fn show_run(args: &ShowArgs, terminal: Terminal) -> Exit {
    let read = find(&args.folder, args.run.as_deref()).and_then(|folder| Ok((read(&folder)?, folder)));
    let (events, folder) = match read {
        Ok(read) => read,
        Err(error) => {
            tell(&format!("error: {error}\n"));
            return Exit::Errored;
        }
    };
    let record = Record::fold(events);
    match args.format {
        OutputFormat::Json => say(&crate::report::json(&record)),
        OutputFormat::Human => {
            let busy = is_busy(&folder);
            let bodies = move |name: &str| read_body(&folder, name).ok();
            let bodies: Option<&show::ReadBody> = if args.verbose { Some(&bodies) } else { None };
            say(&show::show(&record, show::ShowOptions { palette: terminal.out, bodies, busy }))
        }
    }
}
