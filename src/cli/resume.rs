//! `callsheet resume`

use std::path::{Path, PathBuf};

use super::args::RunArgs;
use super::exit::Exit;
use super::inputs::inputs;
use super::network;
use super::problem::problems;
use super::rerun::Begins;
use super::resume_args::ResumeArgs;
use super::run::{run_alone, runtime, show_problems};
use super::running::Begin;
use super::terminal::{Terminal, tell};
use super::units::Unit;
use crate::check::Cell;
use crate::event::{Failure, Simulator};
use crate::journal::{FileStore, find, read_body};
use crate::plan::{Inputs, Plan};
use crate::session::{Playbook, Resumption, Stopped, Unresumable, refused_programs};
use crate::value::Value;

pub(super) fn resume(args: ResumeArgs, terminal: Terminal) -> Exit {
    go_on(args, terminal).unwrap_or_else(|exit| exit)
}

fn go_on(mut args: ResumeArgs, terminal: Terminal) -> Result<Exit, Exit> {
    let (folder, store, events) = open(&args)?;
    let bodies = folder.clone();
    let known = events.clone();
    let stopped = Stopped::new(events, move |name| read_body(&bodies, name).ok());
    let Some(stopped) = stopped else {
        tell(&format!("error: nothing of the run in `{}` was kept: start a new one\n", folder.display()));
        return Err(Exit::Errored);
    };
    let path = playbook_of(&stopped);
    let playbook = args.limits.session().load(&path).map_err(|problems| {
        show_problems(&problems, terminal);
        if !path.exists() {
            tell("help: paths are relative to the folder in which the run was begun: resume it there\n");
        }
        Exit::Invalid
    })?;
    let values = captures(&mut args, &playbook);
    let how = Resumption {
        redo: std::mem::take(&mut args.redo),
        assume_done: std::mem::take(&mut args.assume_done),
        values,
        cleanup_only: args.cleanup_only,
        now: jiff::Timestamp::now(),
    };
    let cleanup_only = how.cleanup_only;
    let runtime = runtime().map_err(|error| {
        tell(&format!("error: cannot start: {error}\n"));
        Exit::Errored
    })?;
    let bound = bind(&runtime, &args, &stopped)?;
    let cell = cell(&playbook, &bound, &stopped, terminal)?;
    let args = args.into_run(path.clone());
    let mut plan = playbook.plan(&bound.cell(cell.clone())).map_err(|problems| {
        show_problems(&problems, terminal);
        Exit::Invalid
    })?;
    stopped.leave_out(&mut plan);
    settle(&args, &plan, &path, terminal)?;
    let name = stopped.record().run_id().to_owned();
    let past = stopped.prepare(&plan, &how).map_err(|why| refused(&why, &name, terminal))?;
    let unit = Unit { playbook: &playbook, path: &path, cell, last: None };
    let begin = Begin::Again(Box::new(Begins { store, past, known }));
    let alone = runtime.block_on(run_alone(&args, terminal, &plan, &unit, begin));
    runtime.shutdown_background();
    Ok(match &alone.record {
        Some(record) if cleanup_only => alone.surroundings.max(Exit::of_cleanups(record)),
        _ => alone.exit,
    })
}

type Opened = (PathBuf, FileStore, Vec<crate::event::Envelope>);

/// The run's files, which are this process's own from here on.
fn open(args: &ResumeArgs) -> Result<Opened, Exit> {
    let opened = find(&args.folder, args.run.as_deref()).and_then(|folder| {
        let (store, events) = FileStore::reopen(&folder)?;
        let store = if args.durable { store.durable()? } else { store };
        Ok((folder, store, events))
    });
    opened.map_err(|error| {
        tell(&format!("error: {error}\n"));
        Exit::Errored
    })
}

fn playbook_of(stopped: &Stopped) -> PathBuf {
    let sources = stopped.record().started.iter().flat_map(|started| &started.sources);
    sources.map(|(path, _)| PathBuf::from(path)).next().unwrap_or_default()
}

/// Takes those values out of the arguments that are captures and no inputs.
fn captures(args: &mut ResumeArgs, playbook: &Playbook) -> Vec<(String, Value)> {
    let is_input = |name: &str| playbook.checked().playbook.inputs.iter().any(|input| &*input.name.text == name);
    let all = std::mem::take(&mut args.inputs.vars);
    let none = args.assume_done.is_empty();
    let (inputs, captures): (Vec<_>, Vec<_>) = all.into_iter().partition(|(name, _)| none || is_input(name));
    args.inputs.vars = inputs;
    captures.into_iter().map(|(name, text)| (name, read(&text))).collect()
}

/// A value as YAML would have it: `7` is a number, `"7"` is a text.
fn read(text: &str) -> Value {
    match serde_yaml::from_str::<serde_yaml::Value>(text) {
        Ok(value) => Value::of(&value),
        Err(_) => Value::from(text),
    }
}

fn bind(runtime: &tokio::runtime::Runtime, args: &ResumeArgs, stopped: &Stopped) -> Result<Inputs, Exit> {
    let inputs = inputs(&args.inputs).map_err(|message| {
        tell(&format!("error: {message}\n"));
        Exit::Usage
    })?;
    let inputs = stopped.inputs().fold(inputs, |inputs, (name, value)| inputs.recorded(name, value.clone()));
    let simulator = stopped.record().started.as_ref().and_then(|started| started.simulator.as_ref());
    simulated(runtime, args, inputs, simulator)
}

#[cfg(feature = "simulator")]
fn simulated(
    runtime: &tokio::runtime::Runtime,
    args: &ResumeArgs,
    inputs: Inputs,
    simulator: Option<&Simulator>,
) -> Result<Inputs, Exit> {
    let url = match (&args.simulate, simulator) {
        (Some(url), _) => url.clone(),
        (None, None) => return Ok(inputs),
        (None, Some(Simulator::At(url))) => match url::Url::parse(url) {
            Ok(url) => url,
            Err(_) => return Ok(inputs),
        },
        (None, Some(Simulator::Embedded)) => {
            tell(
                "error: the run was on a simulator of its own, which ended with it: nothing of what it had made is there\n\
                 help: run it again; a run can be gone on with where the simulator goes on too: start `callsheet simulate`, \
                 and run with `--simulate=URL`\n",
            );
            return Err(Exit::Errored);
        }
    };
    runtime.block_on(super::simulate::bind_running(&url, inputs)).map_err(|message| {
        tell(&format!("error: {message}\n"));
        Exit::Errored
    })
}

#[cfg(not(feature = "simulator"))]
fn simulated(
    _runtime: &tokio::runtime::Runtime,
    _args: &ResumeArgs,
    inputs: Inputs,
    _simulator: Option<&Simulator>,
) -> Result<Inputs, Exit> {
    Ok(inputs)
}

/// The cell of the playbook's matrix that the run was of.
fn cell(playbook: &Playbook, inputs: &Inputs, stopped: &Stopped, terminal: Terminal) -> Result<Cell, Exit> {
    let wanted = stopped.record().started.as_ref().and_then(|started| started.cell()).unwrap_or_default();
    if wanted.is_empty() {
        return Ok(Cell::default());
    }
    let cells = playbook.cells(inputs).map_err(|problems| {
        show_problems(&problems, terminal);
        Exit::Invalid
    })?;
    cells.into_iter().find(|cell| cell.to_string() == wanted).ok_or_else(|| {
        tell(&format!(
            "error: the run was of the cell {wanted}, which the playbook's matrix does not have any more\n\
             help: put its values back, or start a new run\n"
        ));
        Exit::Invalid
    })
}

/// What is looked at before anything is sent, as for a new run.
fn settle(args: &RunArgs, plan: &Plan, path: &Path, terminal: Terminal) -> Result<(), Exit> {
    network::settle(&args.network, std::iter::once((plan, path)), args.quiet)?;
    match refused_programs(plan).filter(|_| !args.allow_exec) {
        Some(problems) => {
            show_problems(&problems, terminal);
            Err(Exit::Invalid)
        }
        None => Ok(()),
    }
}

fn refused(why: &Unresumable, name: &str, terminal: Terminal) -> Exit {
    let list =
        |title: String, failures: &[Failure]| tell(&format!("{title}\n\n{}", problems(failures, "", terminal.err)));
    match why {
        Unresumable::Done(what) => {
            tell(&format!("run `{name}`: {what}\n"));
            Exit::Passed
        }
        Unresumable::Refused(failures) => {
            list(format!("error: run `{name}` cannot be gone on with like this; nothing was sent"), failures);
            Exit::Invalid
        }
        Unresumable::Undecided(failures) => {
            list(format!("error: run `{name}` waits for a decision; nothing was sent"), failures);
            Exit::Errored
        }
    }
}
