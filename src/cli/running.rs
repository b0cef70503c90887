//! One run as the command line wants it: its folder, its options, its transcript and snapshot.
//!
//! Says nothing itself: what is to be told of a run is handed back with it, since several may run at the same time.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;

use super::args::RunArgs;
use super::exit::Exit;
use super::fault_point::with_fault_point;
use super::lost::{Witness, lost};
use super::network::is_insecure;
use super::rerun::{Begins, Rerun, rerun};
use super::snapshot;
use super::units::Unit;
use crate::diagnostic::Palette;
use crate::event::{Envelope, Simulator};
use crate::id::RunId;
use crate::journal::{FileStore, JournalError, read_body, write_view};
use crate::plan::Plan;
use crate::record::Record;
use crate::runner::{CleanupWhen, Jobs, Options, Signal};
use crate::session::{Outcome, Run};
use crate::transcript::Transcript;
use crate::wire::Transport;

/// What a run needs.
pub(super) struct Course<'a> {
    pub(super) args: &'a RunArgs,
    pub(super) palette: Palette,
    pub(super) plan: &'a Plan,
    /// What the plan is of.
    pub(super) unit: &'a Unit<'a>,
    /// Its number among those of the call.
    pub(super) index: usize,
    pub(super) jobs: Jobs,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) signals: mpsc::UnboundedReceiver<Signal>,
    /// Whether a snapshot that is as it should be is not told.
    pub(super) quiet: bool,
    pub(super) begin: Begin,
    /// Hears what was told of a run before it is gone on with.
    pub(super) knows: &'a dyn Fn(&[Envelope]),
}

/// How a run begins.
pub(super) enum Begin {
    /// In a folder of its own.
    Anew,
    /// Where it was stopped.
    Again(Box<Begins>),
}

/// A run that is over.
pub(super) struct Ended {
    /// The run's folder, where one could be made.
    pub(super) folder: Option<PathBuf>,
    /// What happened; `None` where it could not be kept.
    pub(super) record: Option<Record>,
    /// The transcript's file.
    pub(super) transcript: Option<String>,
    /// The transcript itself: with the record the largest thing there is, and not taken apart by who ends with it.
    _whole: Option<Transcript>,
    /// What else there is to tell: of the snapshot, and of our own surroundings.
    pub(super) told: String,
    /// Whether it is not what its snapshot says.
    pub(super) differs: bool,
    pub(super) exit: Exit,
    /// What came of everything but the run itself: its files, its snapshot.
    pub(super) surroundings: Exit,
}

impl Ended {
    fn without_record(folder: Option<PathBuf>, told: String, exit: Exit) -> Self {
        Ended { folder, record: None, transcript: None, _whole: None, told, differs: false, exit, surroundings: exit }
    }
}

/// Hears what happens in a run.
pub(super) type Listener<'a> = Box<dyn FnMut(&Envelope) + 'a>;

/// Runs a playbook to its end. The listener is a box, so that the program holds the whole of a run only once.
pub(super) async fn run_one<'a>(course: Course<'a>, listener: Listener<'a>) -> Ended {
    let Course { args, palette, plan, unit, index, jobs, transport, signals, quiet, begin, knows } = course;
    let seed = args.seed.unwrap_or_else(|| random_seed(index));
    let run = Run::new(plan).options(options(args, plan, seed)).jobs_of(&jobs);
    let begun = match begin {
        Begin::Again(kept) => Ok(Begun::Again(kept)),
        Begin::Anew => begun(args, plan, unit, (seed, index), palette),
    };
    let (folder, run) = match begun {
        Ok(Begun::Again(kept)) => {
            let Begins { store, past, known } = *kept;
            knows(&known);
            (store.folder().to_owned(), run.resume(past).store(with_fault_point(store)))
        }
        Ok(Begun::Passed(record)) => return passed_before(unit, *record),
        Ok(Begun::Anew(name, store)) => (store.folder().to_owned(), run.name(name).store(with_fault_point(store))),
        Err((told, exit)) => return Ended::without_record(None, told, exit),
    };
    let witness = Witness::default();
    let run = run.transport(transport).signals(signals).on_event(witness.listener(listener));
    match run.start().await {
        Ok(outcome) => conclude(args, unit, folder, outcome, quiet),
        Err(error) => {
            let (told, exit) = lost(&error, &witness, palette);
            Ended::without_record(Some(folder), told, exit)
        }
    }
}

/// A run whose files are there.
enum Begun {
    Anew(RunId, FileStore),
    /// With what was done before.
    Again(Box<Begins>),
    /// The last run has passed.
    Passed(Box<Record>),
}

/// Makes the files of a new run; the error is what to tell, and how the program ends.
fn begun(
    args: &RunArgs,
    plan: &Plan,
    unit: &Unit<'_>,
    (seed, index): (u64, usize),
    palette: Palette,
) -> Result<Begun, (String, Exit)> {
    if let Some(last) = &unit.last {
        return Ok(match rerun(args, plan, last, random_seed(index), palette)? {
            Rerun::Begins(kept) => Begun::Again(kept),
            Rerun::Passed(record) => Begun::Passed(record),
        });
    }
    let created = create_store(args, seed).map_err(|error| (format!("error: {error}\n"), Exit::Errored))?;
    Ok(Begun::Anew(created.0, created.1))
}

/// What there is to tell of a run that has passed already.
fn passed_before(unit: &Unit<'_>, record: Record) -> Ended {
    let told = format!("the last run of {} passed: nothing is run again\n", unit.name());
    let folder = unit.last.as_ref().map(|last| last.folder.clone());
    let (record, exit) = (Some(record), Exit::Passed);
    Ended { folder, record, transcript: None, _whole: None, told, differs: false, exit, surroundings: exit }
}

/// The places for requests in flight.
pub(super) fn jobs(args: &RunArgs) -> Jobs {
    Jobs::new(usize::from(args.jobs))
}

/// The end of a run: its transcript and its snapshot.
fn conclude(args: &RunArgs, unit: &Unit<'_>, folder: PathBuf, outcome: Outcome, quiet: bool) -> Ended {
    let transcript = outcome.transcript(&|name| read_body(&folder, name).ok());
    let mut record = outcome.record;
    let mut told = String::new();
    let mut exit = Exit::Passed;
    let written = match write_view(&folder, "transcript.yaml", &transcript.to_yaml()) {
        Ok(path) => Some(path.display().to_string()),
        Err(error) => {
            told += &format!("error: {error}\n");
            exit = Exit::Errored;
            None
        }
    };
    if args.snapshot || args.update_snapshots {
        let asked = snapshot::Asked {
            playbook: unit.path,
            cell: &unit.cell,
            folder: &folder,
            update: args.update_snapshots,
            partial: args.select.is_given(),
            quiet,
        };
        let settled = snapshot::settle(asked, &transcript, &mut record);
        told += &settled.told;
        exit = exit.max(settled.exit);
    }
    let differs = exit == Exit::Failed;
    let (exit, surroundings) = (exit.max(Exit::of(&record)), exit);
    let (folder, record) = (Some(folder), Some(record));
    Ended { folder, record, transcript: written, _whole: Some(transcript), told, differs, exit, surroundings }
}

fn options(args: &RunArgs, plan: &Plan, seed: u64) -> Options {
    let cleanup = match (args.keep, args.keep_on_failure) {
        (true, _) => CleanupWhen::Never,
        (_, true) => CleanupWhen::Passed,
        _ => CleanupWhen::Always,
    };
    Options {
        keep_going: args.keep_going,
        cleanup,
        deadline: args.deadline,
        cleanup_timeout: args.cleanup_timeout,
        seed,
        allow_exec: args.allow_exec,
        environment: args.allow_exec.then(|| std::env::vars_os().collect()),
        insecure: is_insecure(&args.network, plan),
        simulator: simulator(args),
        ..Options::default()
    }
}

#[cfg(feature = "simulator")]
fn simulator(args: &RunArgs) -> Option<Simulator> {
    let simulate = args.simulator.simulate.as_ref()?;
    Some(simulate.as_ref().map_or(Simulator::Embedded, |url| Simulator::At(url.to_string())))
}

#[cfg(not(feature = "simulator"))]
fn simulator(_args: &RunArgs) -> Option<Simulator> {
    None
}

/// A folder of its own for the run. Two runs that begin in the same second differ in their last four letters.
fn create_store(args: &RunArgs, seed: u64) -> Result<(RunId, FileStore), JournalError> {
    let now = jiff::Timestamp::now();
    let mut salt = 0;
    loop {
        let name = RunId::new(now, random_seed(salt) ^ seed);
        match FileStore::create(&args.folder, &name) {
            Ok(store) if args.durable => return Ok((name, store.durable()?)),
            Ok(store) => return Ok((name, store)),
            // Taken, perhaps by a run that goes on right now.
            Err(JournalError::Exists { .. } | JournalError::Busy { .. }) if salt < 16 => salt += 1,
            Err(error) => return Err(error),
        }
    }
}

/// A number that differs from run to run, and for each `index` even at the same instant.
pub(super) fn random_seed(index: usize) -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mixed = since.as_nanos() as u64 ^ (u64::from(std::process::id()) << 32);
    let mixed = mixed.wrapping_add((index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    // Spreads neighbouring times over all bits (the finalizer of splitmix64).
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 1
}
