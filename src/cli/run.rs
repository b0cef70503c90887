//! `callsheet run`

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use tokio::runtime::Runtime;

use super::args::{OutputFormat as Format, RunArgs};
use super::batch;
use super::display::{Display, ticking};
use super::exit::Exit;
use super::inputs::inputs;
use super::network;
use super::parallel::{in_order, threads};
use super::report;
use super::rerun::{last_run, recorded};
use super::running::{self, Begin, Course, run_one};
use super::select::select;
use super::signals;
use super::summary::{OutputFormat, SummaryOptions, outputs, summary};
use super::terminal::{Terminal, say, tell};
use super::units::{Unit, part, units};
use crate::diagnostic::human;
use crate::event::Envelope;
use crate::plan::{Inputs, Plan};
use crate::record::Record;
use crate::session::{Playbook, Problems, refused_programs};

/// What there is to run with.
pub(super) struct Means {
    /// The runtime of the main thread.
    pub(super) runtime: Runtime,
    /// How many threads are worth it.
    pub(super) threads: usize,
}

pub(super) fn run(args: &RunArgs, terminal: Terminal) -> Exit {
    let inputs = match inputs(&args.inputs) {
        Ok(inputs) => inputs,
        Err(message) => {
            tell(&format!("error: {message}\n"));
            return Exit::Usage;
        }
    };
    let Some(playbooks) = load(args, terminal) else { return Exit::Invalid };
    // What lives to the end of the process is not taken apart before it: that took a tenth of the time of a long run.
    let playbooks = ManuallyDrop::new(playbooks);
    let mut units = match units(playbooks.iter().zip(args.playbooks.iter().map(PathBuf::as_path)), &inputs) {
        Ok(units) => units,
        Err(problems) => {
            problems.iter().for_each(|problems| show_problems(problems, terminal));
            return Exit::Invalid;
        }
    };
    if let Some(partition) = args.partition {
        let (chosen, said) = part(units, partition);
        if !args.quiet || chosen.is_empty() {
            tell(&said);
        }
        units = chosen;
    }
    if units.is_empty() {
        return Exit::Passed;
    }
    if args.rerun.is_some()
        && let Err(message) = find_last(args, &mut units)
    {
        tell(&format!("error: {message}\n"));
        return Exit::Errored;
    }
    let threads = threads(units.len());
    let means = match runtime() {
        Ok(runtime) => Means { runtime, threads },
        Err(error) => {
            tell(&format!("error: cannot start: {error}\n"));
            return Exit::Errored;
        }
    };
    let exit = run_all(&means, args, terminal, inputs, &units);
    // A digest of a large file may still be under way in another thread: nobody waits for it.
    means.runtime.shutdown_background();
    exit
}

/// Finds the last run of each unit.
fn find_last(args: &RunArgs, units: &mut [Unit<'_>]) -> Result<(), String> {
    for unit in units {
        unit.last = Some(Arc::new(last_run(&args.folder, unit)?));
    }
    Ok(())
}

/// A runtime in one thread.
pub(super) fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// Reads and checks every playbook before the first one runs.
fn load(args: &RunArgs, terminal: Terminal) -> Option<Vec<Playbook>> {
    let threads = threads(args.playbooks.len());
    let session = args.limits.session();
    let mut playbooks = Vec::new();
    for loaded in in_order(threads, &args.playbooks, |path| session.load(path)) {
        match loaded {
            Ok(playbook) => {
                show_problems(&playbook.warnings().without_hints(), terminal);
                playbooks.push(playbook);
            }
            Err(problems) => show_problems(&problems, terminal),
        }
    }
    (playbooks.len() == args.playbooks.len()).then_some(playbooks)
}

pub(super) fn show_problems(problems: &Problems, terminal: Terminal) {
    tell(&human(&problems.diagnostics, &problems.sources, terminal.err));
}

fn run_all(means: &Means, args: &RunArgs, terminal: Terminal, inputs: Inputs, units: &[Unit<'_>]) -> Exit {
    let bound = match bind(means, args, terminal, inputs, units.len()) {
        Ok(bound) => bound,
        Err(exit) => return exit,
    };
    let Some(mut plans) = plan(means, terminal, &bound, units) else { return Exit::Invalid };
    match select(&mut plans, &args.select) {
        Ok(lines) if !args.quiet => tell(&lines),
        Ok(_) => {}
        Err(message) => {
            tell(&format!("error: {message}\n"));
            return Exit::Usage;
        }
    }
    let with_files = plans.iter().zip(units.iter().map(|unit| unit.path));
    if let Err(exit) = network::settle(&args.network, with_files, args.quiet) {
        return exit;
    }
    let refused = if args.allow_exec { Vec::new() } else { plans.iter().filter_map(refused_programs).collect() };
    if !refused.is_empty() {
        refused.iter().for_each(|problems| show_problems(problems, terminal));
        return Exit::Invalid;
    }
    let plans = ManuallyDrop::new(plans);
    match (plans.as_slice(), units) {
        ([plan], [unit]) => means.runtime.block_on(run_alone(args, terminal, plan, unit, Begin::Anew)).exit,
        _ => batch::run(means, args, terminal, units, &plans),
    }
}

/// The plans of all units, unless one of them has a mistake.
fn plan(means: &Means, terminal: Terminal, bound: &Bound, units: &[Unit<'_>]) -> Option<Vec<Plan>> {
    let numbered: Vec<(usize, &Unit<'_>)> = units.iter().enumerate().collect();
    let mut told = Vec::new();
    let mut plans = Vec::new();
    let plan = |(index, unit): &(usize, &Unit<'_>)| {
        let inputs = bound.inputs(*index).clone().cell(unit.cell.clone());
        unit.playbook.plan(&unit.last.iter().fold(inputs, |inputs, last| recorded(inputs, last)))
    };
    for planned in in_order(means.threads, &numbered, plan) {
        match planned {
            Ok(plan) => plans.push(plan),
            // The cells of a matrix mostly have the same mistakes.
            Err(problems) if told.contains(&problems.to_string()) => {}
            Err(problems) => {
                show_problems(&problems, terminal);
                told.push(problems.to_string());
            }
        }
    }
    (plans.len() == units.len()).then_some(plans)
}

/// The inputs of the playbooks and their cells: the same for all, or with a simulator for each.
struct Bound {
    inputs: Vec<Inputs>,
    #[cfg(feature = "simulator")]
    _simulators: Vec<crate::simulator::Serving>,
}

impl Bound {
    fn inputs(&self, unit: usize) -> &Inputs {
        self.inputs.get(unit).unwrap_or(&self.inputs[0])
    }
}

/// Binds what `--simulate` says. Each playbook, and each cell of one, gets a simulator of its own, so that none meets
/// what another has made; one that runs already is shared.
#[cfg(feature = "simulator")]
fn bind(means: &Means, args: &RunArgs, terminal: Terminal, inputs: Inputs, units: usize) -> Result<Bound, Exit> {
    let behaviour = super::simulate::behaviour(&args.simulator, terminal)?;
    let simulate = args.simulator.simulate.as_ref();
    let count = if simulate == Some(&None) { units } else { 1 };
    let mut bound = Bound { inputs: Vec::with_capacity(count), _simulators: Vec::new() };
    for _ in 0..count {
        let simulator = means.runtime.block_on(super::simulate::bind(simulate, &behaviour, inputs.clone()));
        let (inputs, simulator) = simulator.map_err(|message| {
            tell(&format!("error: {message}\n"));
            Exit::Errored
        })?;
        bound.inputs.push(inputs);
        bound._simulators.extend(simulator);
    }
    Ok(bound)
}

#[cfg(not(feature = "simulator"))]
fn bind(_: &Means, _: &RunArgs, _: Terminal, inputs: Inputs, _: usize) -> Result<Bound, Exit> {
    Ok(Bound { inputs: vec![inputs] })
}

/// What came of the only run.
pub(super) struct Alone {
    pub(super) exit: Exit,
    /// What came of everything but the run itself: its files, its outputs, its reports.
    pub(super) surroundings: Exit,
    /// What happened; `None` where it could not be kept.
    pub(super) record: Option<Record>,
}

/// Runs the only playbook, or the only cell of one: what happens is told at once.
pub(super) async fn run_alone(args: &RunArgs, terminal: Terminal, plan: &Plan, unit: &Unit<'_>, begin: Begin) -> Alone {
    let display = Rc::new(RefCell::new(Display::new(args, terminal)));
    let before = Cell::new(0);
    let knows = |known: &[Envelope]| {
        display.borrow_mut().knows(known);
        before.set(known.last().map_or(0, |last| last.at));
    };
    let heard = Rc::clone(&display);
    let course = Course {
        args,
        palette: terminal.err,
        plan,
        unit,
        index: 0,
        jobs: running::jobs(args),
        transport: network::client(&args.network),
        signals: signals::interrupts(),
        quiet: args.quiet,
        begin,
        knows: &knows,
    };
    let run = run_one(course, Box::new(move |envelope| heard.borrow_mut().event(envelope)));
    let ended = ManuallyDrop::new(ticking(run, &display, &before).await);
    display.borrow_mut().finish();
    let files = ended.folder.as_ref().map(|folder| folder.display().to_string());
    let Some(record) = &ended.record else {
        let files = files.map(|files| format!("files: {files}\n")).unwrap_or_default();
        tell(&format!("{}{}{files}", if files.is_empty() { "" } else { "\n" }, ended.told));
        return Alone { exit: ended.exit, surroundings: ended.surroundings, record: None };
    };
    tell(&ended.told);
    if !args.quiet || ended.differs {
        let transcript = ended.transcript.as_deref();
        let options = SummaryOptions { palette: terminal.err, files: files.as_deref(), transcript };
        tell(&format!("\n{}", summary(record, options)));
    }
    let said = say(&outputs(record, output_format(args)));
    let written = report::write_all(&args.reports, |format| report::make(format, record));
    let told = said.max(if written { Exit::Passed } else { Exit::Errored });
    let (exit, surroundings) = (ended.exit.max(told), ended.surroundings.max(told));
    Alone { exit, surroundings, record: Some(record.clone()) }
}

pub(super) fn output_format(args: &RunArgs) -> OutputFormat {
    match args.format {
        Format::Human => OutputFormat::Lines,
        Format::Json => OutputFormat::Json,
    }
}
