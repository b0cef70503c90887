//! `run --rerun failed`: a new run that begins with what the last one of the same playbook has done.

use std::path::{Path, PathBuf};

use super::args::RunArgs;
use super::exit::Exit;
use super::problem::problems;
use super::units::Unit;
use crate::diagnostic::Palette;
use crate::event::{Envelope, Event, Simulator, Store};
use crate::id::RunId;
use crate::journal::{FileStore, JournalError, body_names, keep_saved, read, read_body, runs};
use crate::plan::{Inputs, Plan};
use crate::record::Record;
use crate::runner::Past;
use crate::session::{Resumption, Stopped, Unresumable};
use crate::value::Value;

/// The last run of a playbook.
#[derive(Debug)]
pub(super) struct Last {
    /// Its folder.
    pub(super) folder: PathBuf,
    /// The inputs that it was begun with, without secrets.
    inputs: Vec<(String, Value)>,
}

/// What a rerun begins with.
pub(super) enum Rerun {
    /// A new run that knows what the last one has done.
    Begins(Box<Begins>),
    /// The last one has passed.
    Passed(Box<Record>),
}

/// A new run with all that it needs.
pub(super) struct Begins {
    pub(super) store: FileStore,
    pub(super) past: (Past, Record),
    /// What has been told of it already, in the last run.
    pub(super) known: Vec<Envelope>,
}

/// The last run of a unit, by its playbook's file and its cell; the error is a sentence for a person.
pub(super) fn last_run(folder: &Path, unit: &Unit<'_>) -> Result<Last, String> {
    let found = runs(folder).map_err(|error| error.to_string())?;
    let name = format!("{}{}", unit.playbook.checked().playbook.id.text, unit.cell);
    for folder in found {
        // One that cannot be read is not the one that is meant.
        let Ok(events) = read(&folder) else { continue };
        let Some(Event::RunStarted(started)) = events.first().map(|first| &first.event) else { continue };
        let is_of_file = started.sources.first().is_some_and(|(path, _)| Path::new(path) == unit.path);
        if started.playbook == name && is_of_file {
            let stopped = Stopped::new(events, |_| None);
            let inputs = stopped.iter().flat_map(Stopped::inputs);
            let inputs = inputs.map(|(name, value)| (name.to_owned(), value.clone())).collect();
            return Ok(Last { folder, inputs });
        }
    }
    Err(format!(
        "`{}` has no run in `{}` that could be run again\nhelp: run it without `--rerun` first, or name its folder with \
         `--folder`",
        unit.name(),
        folder.display()
    ))
}

/// Lets inputs that are not given keep the values of the last run.
pub(super) fn recorded(inputs: Inputs, last: &Last) -> Inputs {
    last.inputs.iter().fold(inputs, |inputs, (name, value)| inputs.recorded(name, value.clone()))
}

/// Begins a new run, whose name is made from `seed`, with what the last one has done by now; the error is what to tell,
/// and how the program ends. Nobody else goes on with the last one meanwhile.
pub(super) fn rerun(
    args: &RunArgs,
    plan: &Plan,
    last: &Last,
    seed: u64,
    palette: Palette,
) -> Result<Rerun, (String, Exit)> {
    let told = |error: &dyn std::fmt::Display| (format!("error: {error}\n"), Exit::Errored);
    let of = last.folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (mut old, mut known) = FileStore::reopen(&last.folder).map_err(|error| told(&error))?;
    let name = RunId::new(jiff::Timestamp::now(), seed);
    if let Some(Event::RunStarted(started)) = known.first_mut().map(|first| &mut first.event) {
        started.run = name.clone();
    }
    let bodies = last.folder.clone();
    let stopped = Stopped::new(known.clone(), move |name| read_body(&bodies, name).ok());
    let stopped = stopped.ok_or_else(|| told(&format!("nothing of run `{of}` was kept: run it without `--rerun`")))?;
    if stopped.record().started.as_ref().is_some_and(|started| started.simulator == Some(Simulator::Embedded)) {
        return Err(told(&format!(
            "run `{of}` was on a simulator of its own, which ended with it: nothing of what it had made is there\nhelp: \
             run it without `--rerun`"
        )));
    }
    let record = stopped.record().clone();
    let (past, record) = match stopped
        .prepare(plan, &Resumption { now: jiff::Timestamp::now(), ..Resumption::default() })
    {
        Ok(prepared) => prepared,
        Err(Unresumable::Done(_)) => return Ok(Rerun::Passed(Box::new(record))),
        Err(Unresumable::Refused(failures)) => {
            let title = format!("error: run `{of}` cannot be run again like this; nothing was sent\n\n");
            return Err((title + &problems(&failures, "", palette), Exit::Invalid));
        }
        Err(Unresumable::Undecided(failures)) => {
            let title = format!(
                "error: run `{of}` waits for a decision; nothing was sent\nhelp: decide it by `callsheet resume {of}`\n\n"
            );
            return Err((title + &problems(&failures, "", palette), Exit::Errored));
        }
    };
    let store = copy(args, &last.folder, &name, &known).map_err(|error| told(&error))?;
    // Behind the copy: a process that dies between the two has sent nothing, and leaves two runs that can be gone on with.
    let at = known.last().map_or(0, |last| last.at);
    let handed_over = Envelope { n: known.len() as u64, at, event: Event::HandedOver { to: name } };
    old.append(&[handed_over]).map_err(|error| told(&error))?;
    Ok(Rerun::Begins(Box::new(Begins { store, past: (past, record), known })))
}

/// The files of a run under another name: its events, the bodies that they name, and what it has saved.
fn copy(args: &RunArgs, last: &Path, name: &RunId, events: &[Envelope]) -> Result<FileStore, JournalError> {
    let mut store = FileStore::create(&args.folder, name)?;
    if args.durable {
        store = store.durable()?;
    }
    let folder = store.folder().to_owned();
    let write = |error| JournalError::io("copy the files of the last run to", &folder)(error);
    for body in body_names(last)? {
        store.put_body(&body, &read_body(last, &body)?).map_err(write)?;
    }
    store.append(events).map_err(write)?;
    keep_saved(last, &folder)?;
    Ok(store)
}
