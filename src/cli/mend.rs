//! `callsheet check --fix` and `--diff`: writes what can be mended with certainty, or shows it.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::line_diff::line_diff;
use super::terminal::{Terminal, say, tell};
use crate::diagnostic::{has_errors, human};
use crate::session::{Mended, Mending, Session};

/// Writes the mended files and says how much of what was wrong is mended.
pub(super) fn mend(paths: &[PathBuf], session: &Session) -> Exit {
    let mending = mended(paths, session);
    let left = mistakes_left(paths, &mending);
    let mut exit = Exit::Passed;
    for file in mending.files() {
        let path = file.path.display();
        match write(&file) {
            Ok(()) => {
                let all = file.count + left.get(&*path.to_string()).copied().unwrap_or_default();
                let what = if all == 1 { "mistake" } else { "mistakes" };
                tell(&format!("{} of {all} {what} mended in {path}\n", file.count));
            }
            Err(error) => {
                tell(&format!("error: cannot write {path}: {error}; it is as it was\n"));
                exit = Exit::Errored;
            }
        }
    }
    exit
}

/// The changes as a diff, and what would be left. Like a check, it ends with 2 where there is something to change, or an
/// error that is left.
pub(super) fn show(paths: &[PathBuf], session: &Session, terminal: Terminal) -> Exit {
    let mending = mended(paths, session);
    let files = mending.files();
    let diff = |file: &Mended| line_diff(&file.path.display().to_string(), &file.before, &file.after, terminal.out);
    let exit = say(&files.iter().map(diff).collect::<String>());
    let mut told = HashSet::new();
    let mut is_wrong = !files.is_empty();
    for path in paths {
        let problems = mending.problems(path);
        is_wrong |= has_errors(&problems.diagnostics);
        // What several playbooks share is said once.
        let texts = problems.diagnostics.iter();
        let texts = texts.map(|one| human(std::slice::from_ref(one), &problems.sources, terminal.err));
        texts.filter(|text| told.insert(text.clone())).for_each(|text| tell(&text));
    }
    if is_wrong { exit.max(Exit::Invalid) } else { exit }
}

fn mended(paths: &[PathBuf], session: &Session) -> Mending {
    let mut mending = Mending::new(session);
    paths.iter().for_each(|path| mending.mend(path));
    mending
}

/// How many mistakes are left in each file. One that several playbooks share is looked at once.
fn mistakes_left(paths: &[PathBuf], mending: &Mending) -> HashMap<String, usize> {
    let mut left: HashMap<String, usize> = HashMap::new();
    for path in paths {
        let problems = mending.problems(path);
        let mut of_this: HashMap<String, usize> = HashMap::new();
        for label in problems.diagnostics.iter().filter_map(|diagnostic| diagnostic.primary.as_ref()) {
            *of_this.entry(problems.sources.get(label.span.source).path.clone()).or_default() += 1;
        }
        for (path, count) in of_this {
            let known = left.entry(path).or_default();
            *known = count.max(*known);
        }
    }
    left
}

/// Replaces a file at once, with its mode kept; not where somebody else has changed it meanwhile.
fn write(file: &Mended) -> io::Result<()> {
    // A link stays a link.
    let path = file.path.canonicalize()?;
    if fs::read_to_string(&path)? != file.before {
        return Err(io::Error::other("it has changed meanwhile"));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let temporary = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let result = replace(&temporary, &path, &file.after);
    if result.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    result
}

fn replace(temporary: &Path, path: &Path, text: &str) -> io::Result<()> {
    let permissions = fs::metadata(path)?.permissions();
    if permissions.readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it may not be written"));
    }
    let mut file = fs::File::create_new(temporary)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(permissions)?;
    file.sync_all()?;
    drop(file);
    fs::rename(temporary, path)
}
