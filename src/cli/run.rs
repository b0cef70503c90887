//! `callsheet run`

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::args::{OutputFormat as Format, RunArgs};
use super::display::{Display, ticking};
use super::exit::Exit;
use super::inputs::inputs;
use super::problem::left_behind;
use super::report;
use super::signals;
use super::snapshot;
use super::summary::{OutputFormat, SummaryOptions, outputs, summary};
use super::terminal::{Terminal, say, tell};
use crate::client::{self, Client, Pem, Tls};
use crate::diagnostic::human;
use crate::id::RunId;
use crate::journal::{FileStore, read_body, write_view};
use crate::plan::{Inputs, Plan};
use crate::runner::{CleanupWhen, Options};
use crate::session::{Outcome, Problems, Run, Session};

pub(super) fn run(args: &RunArgs, terminal: Terminal) -> Exit {
    if args.playbooks.len() > 1 && !args.reports.is_empty() {
        tell("error: `--report` writes one run, and there are several playbooks\n");
        tell("help: run them one by one, or make the reports afterwards with `callsheet report RUN`\n");
        return Exit::Usage;
    }
    let inputs = match inputs(&args.inputs) {
        Ok(inputs) => inputs,
        Err(message) => {
            tell(&format!("error: {message}\n"));
            return Exit::Usage;
        }
    };
    let Some(playbooks) = load(args, terminal) else { return Exit::Invalid };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            tell(&format!("error: cannot start: {error}\n"));
            return Exit::Errored;
        }
    };
    let exit = runtime.block_on(run_all(args, terminal, inputs, playbooks));
    // A digest of a large file may still be under way in another thread: nobody waits for it.
    runtime.shutdown_background();
    exit
}

/// Reads and checks every playbook before the first one runs.
fn load(args: &RunArgs, terminal: Terminal) -> Option<Vec<crate::session::Playbook>> {
    let session = Session::new();
    let mut playbooks = Vec::new();
    let mut sound = true;
    for path in &args.playbooks {
        match session.load(path) {
            Ok(playbook) => {
                show_problems(&playbook.warnings(), terminal);
                playbooks.push(playbook);
            }
            Err(problems) => {
                show_problems(&problems, terminal);
                sound = false;
            }
        }
    }
    sound.then_some(playbooks)
}

fn show_problems(problems: &Problems, terminal: Terminal) {
    tell(&human(&problems.diagnostics, &problems.sources, terminal.err));
}

async fn run_all(args: &RunArgs, terminal: Terminal, inputs: Inputs, playbooks: Vec<crate::session::Playbook>) -> Exit {
    #[cfg(feature = "simulator")]
    let (inputs, _simulator) = match super::simulate::bind(args.simulate.as_ref(), inputs).await {
        Ok(bound) => bound,
        Err(message) => {
            tell(&format!("error: {message}\n"));
            return Exit::Errored;
        }
    };
    let mut plans = Vec::new();
    for playbook in &playbooks {
        match playbook.plan(&inputs) {
            Ok(plan) => plans.push(plan),
            Err(problems) => show_problems(&problems, terminal),
        }
    }
    if plans.len() < playbooks.len() {
        return Exit::Invalid;
    }
    let mut exit = Exit::Passed;
    for (index, plan) in plans.iter().enumerate() {
        if index > 0 && !args.quiet {
            tell("\n");
        }
        let next = run_one(args, terminal, plan, &args.playbooks[index]).await;
        exit = exit.max(next);
        if next == Exit::Interrupted || next != Exit::Passed && !args.keep_going {
            for path in &args.playbooks[index + 1..] {
                tell(&format!("not run: {}\n", path.display()));
            }
            break;
        }
    }
    exit
}

async fn run_one(args: &RunArgs, terminal: Terminal, plan: &Plan, path: &Path) -> Exit {
    let seed = args.seed.unwrap_or_else(random_seed);
    let (name, store) = match create_store(args, seed) {
        Ok(created) => created,
        Err(message) => {
            tell(&format!("error: {message}\n"));
            return Exit::Errored;
        }
    };
    let folder = store.folder().to_owned();
    let display = Rc::new(RefCell::new(Display::new(args, terminal)));
    let heard = Rc::clone(&display);
    let run = Run::new(plan)
        .options(options(args, seed))
        .name(name)
        .store(store)
        .transport(Arc::new(Client::new(client_options(args))))
        .signals(signals::interrupts())
        .on_event(move |envelope| heard.borrow_mut().event(envelope))
        .start();
    let result = ticking(run, &display).await;
    display.borrow_mut().finish();
    match result {
        Ok(outcome) => conclude(args, terminal, path, &folder, outcome),
        Err(error) => {
            tell(&format!("\nerror: {error}\n"));
            let exit = match &error.finished {
                Some(finished) => {
                    tell(&left_behind(&finished.left_behind, terminal.err));
                    tell("the run was stopped and its cleanups were tried; nothing of that is in its files\n");
                    if finished.interrupted { Exit::Interrupted } else { Exit::Errored }
                }
                None => Exit::Errored,
            };
            tell(&format!("files: {}\n", folder.display()));
            exit
        }
    }
}

/// The end of a run: its transcript, its snapshot, what is told of it, its reports.
fn conclude(args: &RunArgs, terminal: Terminal, playbook: &Path, folder: &Path, mut outcome: Outcome) -> Exit {
    let transcript = outcome.transcript(&|name| read_body(folder, name).ok());
    let written = match write_view(folder, "transcript.yaml", &transcript.to_yaml()) {
        Ok(path) => Some(path.display().to_string()),
        Err(error) => {
            tell(&format!("error: {error}\n"));
            None
        }
    };
    let mut exit = Exit::Passed;
    if args.snapshot || args.update_snapshots {
        let asked = snapshot::Asked { playbook, folder, update: args.update_snapshots, quiet: args.quiet };
        exit = snapshot::settle(asked, &transcript, &mut outcome.record);
    }
    let record = &outcome.record;
    if !args.quiet || exit == Exit::Failed {
        let files = folder.display().to_string();
        let options = SummaryOptions { palette: terminal.err, files: Some(&files), transcript: written.as_deref() };
        tell(&format!("\n{}", summary(record, options)));
    }
    let format = match args.format {
        Format::Human => OutputFormat::Lines,
        Format::Json => OutputFormat::Json,
    };
    exit = exit.max(Exit::of(record)).max(say(&outputs(record, format)));
    if report::write_all(&args.reports, record) { exit } else { exit.max(Exit::Errored) }
}

fn options(args: &RunArgs, seed: u64) -> Options {
    let cleanup = match (args.keep, args.keep_on_failure) {
        (true, _) => CleanupWhen::Never,
        (_, true) => CleanupWhen::Passed,
        _ => CleanupWhen::Always,
    };
    Options {
        jobs: usize::from(args.jobs),
        keep_going: args.keep_going,
        cleanup,
        deadline: args.deadline,
        seed,
        ..Options::default()
    }
}

fn client_options(args: &RunArgs) -> client::Options {
    let ca = args.network.ca.iter().cloned().map(Pem::File).collect();
    let tls = Tls { ca, insecure: args.network.insecure, ..Tls::default() };
    client::Options { tls, ..client::Options::default() }
}

/// A folder of its own for the run. Two runs that begin in the same second differ in their last four letters.
fn create_store(args: &RunArgs, seed: u64) -> Result<(RunId, FileStore), String> {
    let now = jiff::Timestamp::now();
    let mut last = None;
    for salt in 0..16_u64 {
        let name = RunId::new(now, random_seed() ^ seed ^ salt);
        match FileStore::create(&PathBuf::from(&args.folder), &name) {
            Ok(store) if args.durable => {
                let store = store.durable().map_err(|error| error.to_string())?;
                return Ok((name, store));
            }
            Ok(store) => return Ok((name, store)),
            Err(error @ crate::journal::JournalError::Exists { .. }) => last = Some(error),
            Err(error) => return Err(error.to_string()),
        }
    }
    Err(last.map_or_else(String::new, |error| error.to_string()))
}

fn random_seed() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mixed = since.as_nanos() as u64 ^ (u64::from(std::process::id()) << 32);
    // Spreads neighbouring times over all bits (the finalizer of splitmix64).
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 1
}
