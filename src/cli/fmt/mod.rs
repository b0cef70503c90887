//! `callsheet fmt`: reads, has the library format, and writes what is different, whole or not at all.

mod changes;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::check::playbooks;
use super::exit::Exit;
use super::limits::LimitArgs;
use super::terminal::{Terminal, say, tell};
use crate::diagnostic::human;
use crate::limits::Limits;
use crate::playbook::format::{Unformatted, format};
use crate::session::DiskLoader;
use crate::source::{Loader, SourceId, Sources, unreadable};

#[derive(Debug, Args)]
#[command(after_help = "\
Comments, anchors and the choice between block and brackets stay; missing
quotes are put in. What a playbook means never changes: each result is read
again before it is written.

A file that cannot be read as YAML is left alone and told as `check` tells it
(exit code 2). With --check, exit code 4 says that a file is not formatted.")]
pub(super) struct FmtArgs {
    /// Playbooks, folders with playbooks (*.yaml, *.yml), or - for stdin, which goes to stdout
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write nothing; list the files that are not formatted, and end with 4 where there are any
    #[arg(long)]
    check: bool,
    /// Write nothing; show what would be different
    #[arg(long)]
    diff: bool,
    #[command(flatten)]
    limits: LimitArgs,
}

pub(super) fn fmt(args: &FmtArgs, terminal: Terminal) -> Exit {
    let (streams, files): (Vec<&PathBuf>, Vec<&PathBuf>) = args.paths.iter().partition(|path| path.as_os_str() == "-");
    if streams.len() > 1 {
        tell("error: stdin (`-`) is given twice\n");
        return Exit::Usage;
    }
    let files: Vec<PathBuf> = files.into_iter().cloned().collect();
    let files = match playbooks(&files) {
        Ok(files) => files,
        Err(message) => {
            tell(&format!("error: {message}\n"));
            return Exit::Invalid;
        }
    };
    let limits = args.limits.limits();
    let task = Task { args, terminal, limits: &limits };
    let mut done = Done::default();
    if !streams.is_empty() {
        task.stream(&mut done);
    }
    for file in &files {
        task.file(&file.path, &mut done);
    }
    if !files.is_empty() {
        tell(&done.totals(args.check || args.diff));
    }
    if args.check && done.different > 0 { done.exit.max(Exit::Failed) } else { done.exit }
}

/// What has become of the files.
struct Done {
    exit: Exit,
    different: usize,
    same: usize,
    left: usize,
}

impl Default for Done {
    fn default() -> Self {
        Done { exit: Exit::Passed, different: 0, same: 0, left: 0 }
    }
}

impl Done {
    fn leave(&mut self, exit: Exit) {
        self.left += 1;
        self.exit = self.exit.max(exit);
    }

    fn totals(&self, only_looked: bool) -> String {
        let files = |count: usize| format!("{count} file{}", if count == 1 { "" } else { "s" });
        let formatted = if only_looked { "not formatted" } else { "formatted" };
        let mut parts = Vec::new();
        if self.different > 0 {
            parts.push(format!("{} {formatted}", files(self.different)));
        }
        if self.same > 0 || parts.is_empty() && self.left == 0 {
            parts.push(format!("{} as {} should be", files(self.same), if self.same == 1 { "it" } else { "they" }));
        }
        if self.left > 0 {
            parts.push(format!("{} left alone", files(self.left)));
        }
        format!("{}\n", parts.join(", "))
    }
}

struct Task<'a> {
    args: &'a FmtArgs,
    terminal: Terminal,
    limits: &'a Limits,
}

impl Task<'_> {
    /// From stdin to stdout.
    fn stream(&self, done: &mut Done) {
        let mut bytes = Vec::new();
        if let Err(error) = std::io::stdin().lock().read_to_end(&mut bytes) {
            tell(&format!("error: cannot read stdin: {error}\n"));
            return done.leave(Exit::Errored);
        }
        let Ok(text) = String::from_utf8(bytes) else {
            tell("error: stdin is not UTF-8\n");
            return done.leave(Exit::Invalid);
        };
        let Some(formatted) = self.formatted("<stdin>", &text, done) else { return };
        let exit = if self.args.check || self.args.diff {
            self.show("<stdin>", &text, &formatted, done)
        } else {
            say(&formatted)
        };
        done.exit = done.exit.max(exit);
    }

    fn file(&self, path: &Path, done: &mut Done) {
        let name = path.display().to_string();
        let text = match DiskLoader.read(path) {
            Ok(text) => text,
            Err(error) => {
                tell(&format!("error: cannot read `{name}`: {}\n", unreadable(&error)));
                return done.leave(Exit::Invalid);
            }
        };
        let Some(formatted) = self.formatted(&name, &text, done) else { return };
        if self.args.check || self.args.diff {
            let exit = self.show(&name, &text, &formatted, done);
            done.exit = done.exit.max(exit);
        } else if text == formatted {
            done.same += 1;
        } else if let Err(error) = replace(path, &formatted) {
            tell(&format!("error: cannot write `{name}`: {error}\n"));
            done.leave(Exit::Errored);
        } else {
            done.different += 1;
            tell(&format!("formatted {name}\n"));
        }
    }

    /// The text as it should be; where there is none, it is told why.
    fn formatted(&self, name: &str, text: &str, done: &mut Done) -> Option<String> {
        match format(SourceId(0), text, self.limits) {
            Ok(formatted) => Some(formatted),
            Err(Unformatted::Invalid(diagnostics)) => {
                let mut sources = Sources::default();
                sources.add(name, text);
                tell(&human(&diagnostics, &sources, self.terminal.err));
                done.leave(Exit::Invalid);
                None
            }
            Err(Unformatted::Changed) => {
                tell(&format!(
                    "error: `{name}` cannot be formatted without changing what it means\n  \
                     help: it is left as it is; please report this file, for it is a mistake of `callsheet fmt`\n"
                ));
                done.leave(Exit::Errored);
                None
            }
        }
    }

    /// Lists a file that is not as it should be, or shows what is different.
    fn show(&self, name: &str, text: &str, formatted: &str, done: &mut Done) -> Exit {
        if text == formatted {
            done.same += 1;
            return Exit::Passed;
        }
        done.different += 1;
        if self.args.diff { say(&changes::changes(name, text, formatted)) } else { say(&format!("{name}\n")) }
    }
}

/// Puts a text in the place of a file, whole or not at all: where links lead to, with the file's own permissions.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let path = path.canonicalize()?;
    let permissions = std::fs::metadata(&path)?.permissions();
    if permissions.readonly() {
        return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, "it is read-only"));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let write = || {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
        file.set_permissions(permissions)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, &path)
    };
    write().inspect_err(|_| drop(std::fs::remove_file(&beside)))
}
