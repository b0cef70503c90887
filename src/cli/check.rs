//! `callsheet check`

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::args::{CheckArgs, CheckFormat};
use super::exit::Exit;
use super::explain::explain;
use super::mend;
use super::terminal::{Terminal, say, tell};
use crate::diagnostic::{Palette, Severity, github, human, json, sarif};
use crate::session::{Problems, Session};

pub(super) fn check(args: &CheckArgs, terminal: Terminal) -> Exit {
    if let Some(wanted) = &args.explain {
        return explain(wanted.as_deref(), terminal);
    }
    let (paths, mut exit) = match playbooks(&args.paths) {
        Ok(paths) => (paths, Exit::Passed),
        Err(message) => {
            tell(&format!("error: {message}\n"));
            return Exit::Invalid;
        }
    };
    let session = args.limits.session();
    if args.diff {
        return mend::show(&alone(&paths, &session), &session, terminal);
    }
    if args.fix {
        exit = exit.max(mend::mend(&alone(&paths, &session), &session));
    }
    let checked = checked(&paths, &session);
    let (mut errors, mut warnings, mut hints) = (0, 0, 0);
    for problems in &checked {
        let count = |severity| problems.diagnostics.iter().filter(|found| found.severity() == severity).count();
        errors += count(Severity::Error);
        warnings += count(Severity::Warning);
        hints += count(Severity::Hint);
        exit = exit.max(print(problems, args.format, terminal));
    }
    match args.format {
        CheckFormat::Human => tell(&(totals(checked.len(), [errors, warnings, hints]) + &more(&checked))),
        CheckFormat::Sarif => {
            exit = exit.max(say(&sarif(checked.iter().map(|one| (&one.diagnostics[..], &*one.sources)))));
        }
        CheckFormat::Json | CheckFormat::Github => {}
    }
    let denied = args.deny.is_some() && warnings > 0;
    if errors > 0 || denied { exit.max(Exit::Invalid) } else { exit }
}

/// What there is to say of each playbook. What is wrong with one that several include or call is said once.
fn checked(paths: &[Found], session: &Session) -> Vec<Problems> {
    let mut checked: Vec<Problems> = loaded(paths, session).into_iter().map(|(_, problems)| problems).collect();
    let mut told = HashSet::new();
    for Problems { diagnostics, sources } in &mut checked {
        diagnostics.retain(|diagnostic| told.insert(human(std::slice::from_ref(diagnostic), sources, Palette::Plain)));
    }
    checked
}

/// The files that are playbooks.
fn alone(paths: &[Found], session: &Session) -> Vec<PathBuf> {
    loaded(paths, session).into_iter().map(|(found, _)| found.path.clone()).collect()
}

/// Each playbook, and what is wrong with it. A file in a folder that a playbook includes is no playbook.
fn loaded<'a>(paths: &'a [Found], session: &Session) -> Vec<(&'a Found, Problems)> {
    let load =
        |found: &'a Found| (found, session.load(&found.path).map_or_else(|problems| problems, |one| one.warnings()));
    let mut loaded: Vec<(&Found, Problems)> = paths.iter().map(load).collect();
    let place = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let sources = loaded.iter().flat_map(|(_, problems)| problems.sources.iter().filter(|(_, source)| source.is_part));
    let included: HashSet<PathBuf> = sources.map(|(_, source)| place(Path::new(&source.path))).collect();
    loaded.retain(|(found, _)| !found.in_folder || !included.contains(&place(&found.path)));
    loaded
}

fn print(problems: &Problems, format: CheckFormat, terminal: Terminal) -> Exit {
    let (diagnostics, sources) = (&problems.diagnostics, &problems.sources);
    match format {
        CheckFormat::Human => {
            tell(&human(diagnostics, sources, terminal.err));
            Exit::Passed
        }
        CheckFormat::Json => say(&json(diagnostics, sources)),
        CheckFormat::Github => say(&github(diagnostics, sources)),
        // All playbooks are in one log.
        CheckFormat::Sarif => Exit::Passed,
    }
}

fn totals(playbooks: usize, [errors, warnings, hints]: [usize; 3]) -> String {
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let found = [(errors, "error"), (warnings, "warning"), (hints, "hint")].into_iter();
    let found: Vec<String> = found.filter(|(found, _)| *found > 0).map(|(found, what)| count(found, what)).collect();
    let found = if found.is_empty() { "nothing wrong".to_owned() } else { found.join(", ") };
    format!("{} checked: {found}\n", count(playbooks, "playbook"))
}

/// Where to read on.
fn more(checked: &[Problems]) -> String {
    let mut broken = checked.iter().flat_map(|problems| &problems.diagnostics).map(|diagnostic| diagnostic.rule);
    let Some(first) = broken.next() else { return String::new() };
    let what = if broken.all(|rule| rule == first) { "about it" } else { "about one" };
    format!("for more {what}: callsheet check --explain {}\n", first.code)
}

/// A file to check.
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// Whether it was found in a folder, and not named.
    in_folder: bool,
}

/// The files among the paths, and those ending in `.yaml` or `.yml` below the folders, sorted.
pub(super) fn playbooks(paths: &[PathBuf]) -> Result<Vec<Found>, String> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = found.len();
            walk(path, &mut found).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            if found.len() == before {
                return Err(format!("no playbooks (*.yaml, *.yml) in {}", path.display()));
            }
        } else {
            found.push(Found { path: path.clone(), in_folder: false });
        }
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<Found>) -> std::io::Result<()> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if path.is_dir() && !path.is_symlink() && !hidden {
            walk(&path, found)?;
        } else if is_yaml && !hidden && path.is_file() {
            found.push(Found { path, in_folder: true });
        }
    }
    Ok(())
}
