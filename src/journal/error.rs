//! What can go wrong with the files of a run.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::event::FORMAT;

/// A journal that cannot be written, read or found.
#[derive(Debug)]
pub enum JournalError {
    /// The file system refused.
    Io {
        /// What was tried, as in "cannot ...".
        operation: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another process is writing this run.
    Busy {
        /// The run.
        run: String,
        /// Its folder.
        path: PathBuf,
    },
    /// There is a run of that name already.
    Exists {
        /// The run.
        run: String,
        /// Its folder.
        path: PathBuf,
    },
    /// The journal holds something that was not written like this.
    Damaged {
        /// The journal.
        path: PathBuf,
        /// The line, from one.
        line: usize,
        /// What is wrong there.
        cause: String,
    },
    /// The journal was written by a later version of the program.
    NewerFormat {
        /// The journal.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// There are no runs at all.
    NoRuns {
        /// Where they were sought.
        path: PathBuf,
    },
    /// No run has that id.
    NoSuchRun {
        /// What was asked for.
        asked: String,
        /// Where it was sought.
        path: PathBuf,
        /// The ids nearest to it.
        near: Vec<String>,
    },
    /// Several runs begin like that.
    Ambiguous {
        /// What was asked for.
        asked: String,
        /// The ids it may mean.
        matches: Vec<String>,
    },
}

impl JournalError {
    /// Makes an error of that operation on that path from the system's.
    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| JournalError::Io { operation, path, source }
    }
}

impl JournalError {
    /// What is wrong, without what to do about it: a line.
    pub fn headline(&self) -> String {
        self.to_string().lines().next().unwrap_or_default().to_owned()
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JournalError::Io { operation, path, source } => {
                write!(formatter, "cannot {operation} `{}`: {source}", path.display())?;
                match operation.starts_with("create") {
                    true => formatter.write_str("\nhelp: `--folder` names another folder for the files of runs"),
                    false => Ok(()),
                }
            }
            JournalError::Busy { run, path } => {
                write!(formatter, "run `{run}` is being written by another process (`{}` is locked)", path.display())?;
                formatter.write_str("\nhelp: wait until it has ended; `callsheet runs` shows how it stands")
            }
            JournalError::Exists { run, path } => {
                write!(formatter, "there is a run `{run}` already (`{}`)", path.display())
            }
            JournalError::Damaged { path, line, cause } => {
                write!(formatter, "the journal is damaged at {}:{line}: {cause}", path.display())?;
                formatter.write_str(
                    "\nhelp: it was changed or is incomplete, and nothing can be done with the run any more; what stands \
                     before that line says what it has made, and `callsheet prune RUN` removes its files",
                )
            }
            JournalError::NewerFormat { path, found } => write!(
                formatter,
                "`{}` is a journal of format {found}, written by a later callsheet; this one reads formats up to {FORMAT}",
                path.display()
            ),
            JournalError::NoRuns { path } => write!(
                formatter,
                "there are no runs in `{}`: run a playbook first, or name another folder with `--folder`",
                path.display()
            ),
            JournalError::NoSuchRun { asked, path, near } => {
                write!(formatter, "there is no run `{asked}` in `{}`", path.display())?;
                list(formatter, "nearest", near)
            }
            JournalError::Ambiguous { asked, matches } => {
                write!(formatter, "`{asked}` may be any of {} runs", matches.len())?;
                list(formatter, "they are", matches)
            }
        }
    }
}

/// The ids on a line of their own.
fn list(formatter: &mut fmt::Formatter<'_>, lead: &str, ids: &[String]) -> fmt::Result {
    const SHOWN: usize = 5;
    for (index, id) in ids.iter().take(SHOWN).enumerate() {
        let separator = if index == 0 { format!("\n{lead}: ") } else { ", ".to_owned() };
        write!(formatter, "{separator}`{id}`")?;
    }
    if ids.len() > SHOWN { write!(formatter, " and {} more", ids.len() - SHOWN) } else { Ok(()) }
}

impl std::error::Error for JournalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            JournalError::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
