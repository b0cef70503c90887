//! `run --rerun failed`: a new run that begins with what the last one of the same playbook has done.

use std::path::{Path, PathBuf};

use super::args::RunArgs;
use super::exit::Exit;
use super::problem::problems;
use super::units::Unit;
use crate::diagnostic::Palette;
use crate::event::{Envelope, Event, Simulator, Store};
use crate::id::RunId;
use crate::journal::{FileStore, JournalError, body_names, is_busy, read, read_body, runs};
use crate::plan::{Inputs, Plan};
use crate::record::Record;
use crate::runner::Past;
use crate::session::{Resumption, Stopped, Unresumable};

/// The last run of a playbook.
#[derive(Debug)]
pub(super) struct Last {
    /// Its folder.
    pub(super) folder: PathBuf,
    /// The name of the run that begins with what it has done.
    name: RunId,
    /// Its events, as those of the new run.
    pub(super) events: Vec<Envelope>,
}

/// What a rerun begins with.
pub(super) enum Rerun {
    /// A new run that knows what the last one has done.
    Begins(Box<(FileStore, (Past, Record))>),
    /// The last one has passed.
    Passed(Box<Record>),
}

/// The last run of a unit, by its playbook's file and its cell, and its events under a new name that is made from
/// `seed`; the error is a sentence for a person.
pub(super) fn last_run(folder: &Path, unit: &Unit<'_>, seed: u64) -> Result<Last, String> {
    let found = runs(folder).map_err(|error| error.to_string())?;
    let name = format!("{}{}", unit.playbook.checked().playbook.id.text, unit.cell);
    for folder in found {
        // One that cannot be read is not the one that is meant.
        let Ok(mut events) = read(&folder) else { continue };
        let Some(Event::RunStarted(started)) = events.first_mut().map(|first| &mut first.event) else { continue };
        let is_of_file = started.sources.first().is_some_and(|(path, _)| Path::new(path) == unit.path);
        if started.playbook == name && is_of_file {
            let name = RunId::new(jiff::Timestamp::now(), seed);
            started.run = name.clone();
            return Ok(Last { folder, name, events });
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
    let Some(stopped) = Stopped::new(last.events.clone(), |_| None) else { return inputs };
    stopped.inputs().fold(inputs, |inputs, (name, value)| inputs.recorded(name, value.clone()))
}

/// Begins a new run with what the last one has done; the error is what to tell, and how the program ends.
pub(super) fn rerun(args: &RunArgs, plan: &Plan, last: &Last, palette: Palette) -> Result<Rerun, (String, Exit)> {
    let told = |error: &dyn std::fmt::Display| (format!("error: {error}\n"), Exit::Errored);
    let of = last.folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if is_busy(&last.folder) {
        return Err(told(&format!("run `{of}` goes on right now: wait for its end")));
    }
    let bodies = last.folder.clone();
    let stopped = Stopped::new(last.events.clone(), move |name| read_body(&bodies, name).ok());
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
    let store = copy(args, last).map_err(|error| told(&error))?;
    Ok(Rerun::Begins(Box::new((store, (past, record)))))
}

/// The files of a run under another name: its events, and the bodies that they name.
fn copy(args: &RunArgs, last: &Last) -> Result<FileStore, JournalError> {
    let mut store = FileStore::create(&args.folder, &last.name)?;
    if args.durable {
        store = store.durable()?;
    }
    let folder = store.folder().to_owned();
    let write = |error| JournalError::io("copy the files of the last run to", &folder)(error);
    for body in body_names(&last.folder)? {
        store.put_body(&body, &read_body(&last.folder, &body)?).map_err(write)?;
    }
    store.append(&last.events).map_err(write)?;
    Ok(store)
}
