//! What is known of each run below a root, without making events of all of those that are over.

use std::path::{Path, PathBuf};

use crate::cli::parallel::{in_order, threads};
use crate::id::RunId;
use crate::journal::{self, Head, JournalError, is_busy, outline};
use crate::record::{Record, Standing};

/// A run in a list.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) folder: PathBuf,
    /// How it began; `None` where that cannot be read.
    pub(super) head: Option<Head>,
    /// The time of its last event, in milliseconds since the start.
    pub(super) at: u64,
    pub(super) state: State,
    /// How many things it has possibly left behind.
    pub(super) left_behind: usize,
    /// The run that goes on instead of it, and names what it has left behind.
    pub(super) handed_over: Option<RunId>,
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// A process is writing it.
    Running,
    /// It was killed before its end.
    Stopped,
    /// It is over.
    Ended(Standing),
    /// Its journal cannot be read: why.
    Damaged(String),
}

impl State {
    /// The word.
    pub(super) fn as_str(&self) -> &'static str {
        match self {
            State::Running => "running",
            State::Stopped => "stopped",
            State::Ended(standing) => standing.as_str(),
            State::Damaged(_) => "damaged",
        }
    }
}

impl Listed {
    /// The run's name: that of its folder.
    pub(super) fn name(&self) -> String {
        self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// When it was last written. The times of events leave out how long a run was stopped.
    pub(super) fn written(&self) -> Option<jiff::Timestamp> {
        jiff::Timestamp::try_from(journal::written(&self.folder)?).ok()
    }

    /// Why its files are still wanted.
    pub(super) fn wanted(&self) -> Option<&'static str> {
        match &self.state {
            State::Running => Some("it goes on"),
            State::Damaged(_) => Some("its journal is damaged"),
            _ if self.handed_over.is_some() => None,
            State::Stopped if self.head.is_none() => None,
            State::Stopped => Some("it was stopped before its end"),
            State::Ended(_) if self.left_behind > 0 => Some("it has possibly left something behind"),
            State::Ended(_) => None,
        }
    }
}

/// The runs below a root, the newest first. One that cannot be read is a line like the others.
pub(super) fn list(root: &Path) -> Result<Vec<Listed>, JournalError> {
    let folders = [journal::runs(root)?, journal::without_journal(root)?].concat();
    // Threads are not worth it for a screenful.
    let threads = threads(folders.len() / 64);
    Ok(in_order(threads, &folders, |folder| of(folder)))
}

/// A run, by its folder.
pub(super) fn of(folder: &Path) -> Listed {
    let listed = |head, at, state, left_behind| Listed {
        folder: folder.to_owned(),
        head,
        at,
        state,
        left_behind,
        handed_over: None,
    };
    match outline(folder) {
        Ok(Some(outline)) => {
            let head = Some(outline.head);
            let handed_over = outline.handed_over;
            if let Some(finished) = outline.finished {
                let state = State::Ended(Standing::of_end(&finished, outline.differs));
                let left = if handed_over.is_some() { 0 } else { finished.left_behind.len() };
                return Listed { handed_over, ..listed(head, outline.at, state, left) };
            }
            if is_busy(folder) {
                return listed(head, outline.at, State::Running, 0);
            }
            // Only the whole of it tells what is owed, and few runs are like this.
            match journal::read(folder) {
                Ok(events) => {
                    let left = Record::fold(events).left_behind().len();
                    Listed { handed_over, ..listed(head, outline.at, State::Stopped, left) }
                }
                Err(error) => listed(head, outline.at, State::Damaged(error.headline()), 0),
            }
        }
        Ok(None) if is_busy(folder) => listed(None, 0, State::Running, 0),
        Ok(None) => listed(None, 0, State::Stopped, 0),
        Err(_) if is_lost(folder) => listed(None, 0, State::Damaged("its journal is gone".to_owned()), 0),
        Err(error) => listed(None, 0, State::Damaged(error.headline()), 0),
    }
}

fn is_lost(folder: &Path) -> bool {
    folder.is_dir() && !folder.join("journal.jsonl").exists()
}
