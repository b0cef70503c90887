//! The playbooks that a playbook calls, read and checked before it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::include::read_playbook;
use crate::check::{Callees, Checked, check, lint};
use crate::diagnostic::{Diagnostic, has_errors, rule};
use crate::limits::Limits;
use crate::playbook::{Playbook, Work};
use crate::source::{Loader, Sources, Span, normal};

/// A playbook that is called through more than so many others is taken for a mistake.
const DEEPEST: usize = 16;

/// Playbooks on their way from files to what is checked.
pub(super) struct Loading<'l> {
    loader: &'l dyn Loader,
    limits: Limits,
    pub(super) sources: Sources,
    pub(super) found: Vec<Diagnostic>,
    /// Those that have been read: checked, or only their outputs' names, or nothing.
    known: HashMap<PathBuf, Loaded>,
    /// Those that are being read, each called by the one before it, and where it is called.
    open: Vec<(PathBuf, Option<Span>)>,
}

/// What came of a file.
#[derive(Clone, Debug)]
enum Loaded {
    Checked(Arc<Checked>),
    /// It has mistakes; these are the names of its outputs.
    Mistaken(Vec<Arc<str>>),
    Unread,
}

impl<'l> Loading<'l> {
    pub(super) fn new(loader: &'l dyn Loader, limits: Limits) -> Self {
        let (known, open) = (HashMap::new(), Vec::new());
        Loading { loader, limits, sources: Sources::default(), found: Vec::new(), known, open }
    }

    /// Reads and checks a playbook, and before it those that it calls.
    pub(super) fn load(&mut self, name: &str, text: &Arc<str>, directory: &Path) -> Option<Checked> {
        let path = directory.join(Path::new(name).file_name().unwrap_or_default());
        match self.read(name, text, directory, (normal(&path), None)) {
            Loaded::Checked(checked) => Arc::into_inner(checked),
            Loaded::Mistaken(_) | Loaded::Unread => None,
        }
    }

    fn read(&mut self, name: &str, text: &Arc<str>, directory: &Path, opened: (PathBuf, Option<Span>)) -> Loaded {
        let told = self.found.len();
        let (written, found) = read_playbook(self.loader, &mut self.sources, name, text, directory, self.limits);
        let readable = !has_errors(&found);
        self.found.extend(found);
        let Some(mut playbook) = written else { return Loaded::Unread };
        self.open.push(opened);
        let callees = self.callees(&mut playbook);
        self.open.pop();
        let outputs = playbook.outputs.iter().map(|output| Arc::clone(&output.name.text)).collect();
        let (checked, more) = check(playbook, self.loader, callees);
        self.found.extend(more);
        match checked {
            Some(checked) if readable => {
                // A call that could not be read may be what uses a name.
                if !has_errors(&self.found[told..]) {
                    lint(&checked, &mut self.found);
                }
                Loaded::Checked(Arc::new(checked))
            }
            _ => Loaded::Mistaken(outputs),
        }
    }

    /// Reads what the steps call, and tells each step which outputs there are.
    fn callees(&mut self, playbook: &mut Playbook) -> Callees {
        let mut callees = Callees::new();
        let mut lost = false;
        let directory = playbook.directory.clone();
        for step in playbook.steps.iter_mut().chain(&mut playbook.finally) {
            let Work::Call(invocation) = &mut step.work else { continue };
            let file = Arc::clone(&invocation.file.text);
            match self.callee(&file, invocation.file.span, &directory) {
                Loaded::Checked(checked) => {
                    invocation.take_outputs(checked.playbook.outputs.iter().map(|output| &output.name.text));
                    callees.insert(file, checked);
                }
                Loaded::Mistaken(outputs) => invocation.take_outputs(outputs.iter()),
                Loaded::Unread => lost |= !invocation.chosen,
            }
        }
        if lost {
            playbook.mistaken.lose_names();
        }
        callees
    }

    fn callee(&mut self, file: &str, span: Span, directory: &Path) -> Loaded {
        let shown = directory.join(file);
        let path = normal(&shown);
        if let Some(known) = self.known.get(&path) {
            return known.clone();
        }
        if let Some(diagnostic) = self.refused(file, span, &path) {
            self.found.push(diagnostic);
            return Loaded::Unread;
        }
        let loaded = match self.loader.read(&shown) {
            Ok(text) => {
                let directory = shown.parent().unwrap_or(Path::new("")).to_owned();
                self.read(&shown.display().to_string(), &text.into(), &directory, (path.clone(), Some(span)))
            }
            Err(error) => {
                self.found.push(unreadable(file, span, &shown, &error));
                Loaded::Unread
            }
        };
        self.known.insert(path, loaded.clone());
        loaded
    }

    /// Why a file is not called, whatever stands in it.
    fn refused(&self, file: &str, span: Span, path: &Path) -> Option<Diagnostic> {
        if file.contains("{{") {
            let message = "which playbook is called must be written out".to_owned();
            return Some(Diagnostic::new(rule::OPEN_CALL, span, message).help(
                "write the path of a file; what differs goes into `with`, and `when` chooses between several calls",
            ));
        }
        if let Some(from) = self.open.iter().position(|(open, _)| open == path) {
            let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut circle: Vec<String> = self.open[from..].iter().map(|(path, _)| name(path)).collect();
            circle.push(name(&self.open[from].0));
            let message = match circle.len() {
                2 => format!("`{file}` calls itself"),
                _ => format!("playbooks call each other: {}", circle.join(" → ")),
            };
            let diagnostic = Diagnostic::new(rule::CALL_CYCLE, span, message)
                .help("a playbook that calls itself would never end: move what both need into one that calls neither");
            let calls = self.open[from + 1..].iter();
            return Some(calls.fold(diagnostic, |diagnostic, (path, span)| match span {
                Some(span) => diagnostic.also(*span, format!("`{}` is called here", name(path))),
                None => diagnostic,
            }));
        }
        (self.open.len() > DEEPEST).then(|| {
            let message = format!("`{file}` is called through more than {DEEPEST} playbooks");
            Diagnostic::new(rule::CALL_DEPTH, span, message).help("call it from fewer levels")
        })
    }
}

fn unreadable(file: &str, span: Span, path: &Path, error: &std::io::Error) -> Diagnostic {
    let (rule, message) = match error.kind() {
        std::io::ErrorKind::NotFound => (rule::MISSING_FILE, format!("there is no playbook `{file}`")),
        _ => (rule::UNREADABLE_FILE, format!("the playbook `{file}` cannot be read: {error}")),
    };
    let help = format!("looked for `{}`; the path is relative to the playbook that calls", path.display());
    Diagnostic::new(rule, span, message).help(help)
}
