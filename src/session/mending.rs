//! Mends playbooks by the replacements that their diagnostics are sure of.
//!
//! Every change is checked, and kept only where less is wrong in the end. Nothing is written here; [`Mending`] hands out
//! the texts as they would be.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Problems, Session};
use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity, mend, rule};
use crate::source::{Loader, SourceId, normal};

/// A mistake may hide the next one, so mending is done again and again.
const MOST_ATTEMPTS: usize = 1_000;

/// How many sets of fixes are halved in search of one that makes it better: each attempt reads the whole playbook.
const MOST_HALVED: usize = 15;

/// How many rounds may go by in which nothing becomes better: of two tabs, the second may be told first.
const MOST_IN_HOPE: usize = 8;

/// Playbooks that are being mended, with the files that they include and call.
pub struct Mending {
    session: Session,
    changed: Arc<Changed>,
    counts: BTreeMap<PathBuf, usize>,
}

/// A file that was mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// Its path, as messages show it.
    pub path: PathBuf,
    /// Its text before.
    pub before: String,
    /// Its text now.
    pub after: String,
    /// How many replacements were made.
    pub count: usize,
}

impl Mending {
    /// Nothing is mended yet.
    ///
    /// ```
    /// # use callsheet::{session::{Mending, Session}, source::Loader};
    /// # struct One;
    /// # impl Loader for One {
    /// #     fn read(&self, _: &std::path::Path) -> std::io::Result<String> {
    /// #         Ok("playbook: demo\nsteps: { a: { gett: 'https://example.com' } }\n".to_owned())
    /// #     }
    /// #     fn exists(&self, _: &std::path::Path) -> bool { true }
    /// # }
    /// # let session = Session::with_loader(std::sync::Arc::new(One));
    /// let mut mending = Mending::new(&session);
    /// mending.mend("demo.yaml");
    /// assert!(mending.files()[0].after.contains("{ get: 'https://example.com' }"));
    /// ```
    pub fn new(session: &Session) -> Self {
        let changed = Arc::new(Changed { files: Mutex::default(), loader: Arc::clone(&session.loader) });
        let session = Session { loader: Arc::clone(&changed) as Arc<dyn Loader>, limits: session.limits };
        Mending { session, changed, counts: BTreeMap::new() }
    }

    /// Mends a playbook and what it uses, as far as that is certain.
    pub fn mend(&mut self, path: impl AsRef<Path>) {
        let path = path.as_ref();
        let mut problems = self.problems(path);
        let mut best = (wrongness(&problems), self.state());
        let (mut attempts, mut in_hope) = (0, 0);
        while attempts < MOST_ATTEMPTS && in_hope <= MOST_IN_HOPE {
            let fixes = certain(&problems.diagnostics);
            // Where none makes it better, the first is made in the hope of what comes to light then.
            let Some(first) = fixes.get(..1) else { break };
            let mut better = None;
            for part in parts(&fixes) {
                attempts += 1;
                better = self.better(path, &problems, part);
                if better.is_some() {
                    break;
                }
            }
            problems = better.unwrap_or_else(|| self.attempt(path, &problems, first));
            let wrong = wrongness(&problems);
            if wrong < best.0 {
                (best, in_hope) = ((wrong, self.state()), 0);
            } else {
                in_hope += 1;
            }
        }
        self.restore(best.1);
    }

    /// The files that are mended, in the order of their paths.
    pub fn files(&self) -> Vec<Mended> {
        let texts = self.changed.lock();
        let mended = |(path, text): (&PathBuf, &Text)| Mended {
            path: text.shown.clone(),
            before: text.before.clone(),
            after: text.after.clone(),
            count: self.counts.get(path).copied().unwrap_or_default(),
        };
        let mut files: Vec<Mended> = texts.iter().filter(|(_, text)| text.before != text.after).map(mended).collect();
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files
    }

    /// What is wrong with a playbook as it is mended.
    pub fn problems(&self, path: &Path) -> Problems {
        match self.session.load(path) {
            Ok(playbook) => playbook.warnings(),
            Err(problems) => problems,
        }
    }

    /// Makes these replacements, where less is wrong then.
    fn better(&mut self, path: &Path, problems: &Problems, fixes: &[&Fix]) -> Option<Problems> {
        let state = self.state();
        let now = self.attempt(path, problems, fixes);
        if wrongness(&now) < wrongness(problems) {
            return Some(now);
        }
        self.restore(state);
        None
    }

    fn state(&self) -> State {
        (self.changed.lock().clone(), self.counts.clone())
    }

    fn restore(&mut self, (files, counts): State) {
        *self.changed.lock() = files;
        self.counts = counts;
    }

    fn attempt(&mut self, path: &Path, problems: &Problems, fixes: &[&Fix]) -> Problems {
        let mut of_files: BTreeMap<SourceId, Vec<&Fix>> = BTreeMap::new();
        fixes.iter().for_each(|fix| of_files.entry(fix.span.source).or_default().push(fix));
        for (source, fixes) in of_files {
            let source = problems.sources.get(source);
            let (text, count) = mend(&source.text, fixes);
            let place = normal(Path::new(&source.path));
            *self.counts.entry(place.clone()).or_default() += count;
            self.changed.put(place, &source.path, &source.text, text);
        }
        self.problems(path)
    }
}

/// The replacements that may be made without asking.
fn certain(diagnostics: &[Diagnostic]) -> Vec<&Fix> {
    let fixes = diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref());
    fixes.filter(|fix| fix.applicability == Applicability::Certain).collect()
}

/// All of them, then their halves, then the halves of these.
fn parts<T>(all: &[T]) -> Vec<&[T]> {
    let mut parts = vec![all];
    for at in 0..MOST_HALVED {
        let Some(part) = parts.get(at).copied().filter(|part| part.len() > 1) else { break };
        let (front, back) = part.split_at(part.len() / 2);
        parts.extend([front, back]);
    }
    parts
}

/// How wrong it is. What hides other mistakes counts first: those that come to light make nothing worse.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Wrongness {
    /// Errors that keep the file from being read as it was meant.
    of_yaml: usize,
    /// How much of the file is left to read where the last of them stands.
    unread: usize,
    /// Keys below which nothing is looked at.
    hiding_keys: usize,
    errors: usize,
    warnings: usize,
}

fn wrongness(problems: &Problems) -> Wrongness {
    let errors = || problems.diagnostics.iter().filter(|one| one.severity() == Severity::Error);
    let yaml = || errors().filter(|one| one.rule.is_of_yaml());
    let unread = |one: &Diagnostic| {
        let span = one.primary.as_ref()?.span;
        Some(problems.sources.get(span.source).text.len().saturating_sub(span.start as usize))
    };
    Wrongness {
        of_yaml: yaml().count(),
        unread: yaml().filter_map(unread).min().unwrap_or_default(),
        hiding_keys: errors().filter(|one| hides_others(one)).count(),
        errors: errors().count(),
        warnings: problems.diagnostics.len() - errors().count(),
    }
}

/// Whether what is below its key is not looked at.
fn hides_others(diagnostic: &Diagnostic) -> bool {
    [rule::UNKNOWN_KEY, rule::MISPLACED_KEY, rule::CONFLICTING_KEYS].iter().any(|rule| diagnostic.is(rule))
}

/// What has been changed so far, and how many replacements were made in each file.
type State = (HashMap<PathBuf, Text>, BTreeMap<PathBuf, usize>);

/// Texts in the place of those that the loader has.
struct Changed {
    files: Mutex<HashMap<PathBuf, Text>>,
    loader: Arc<dyn Loader>,
}

#[derive(Clone)]
struct Text {
    shown: PathBuf,
    before: String,
    after: String,
}

impl Changed {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Text>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, place: PathBuf, shown: &str, before: &str, after: String) {
        let mut files = self.lock();
        match files.get_mut(&place) {
            Some(text) => text.after = after,
            None => drop(files.insert(place, Text { shown: shown.into(), before: before.to_owned(), after })),
        }
    }
}

impl Loader for Changed {
    fn read(&self, path: &Path) -> io::Result<String> {
        let known = self.lock().get(&normal(path)).map(|text| text.after.clone());
        known.map_or_else(|| self.loader.read(path), Ok)
    }

    fn exists(&self, path: &Path) -> bool {
        self.loader.exists(path)
    }
}
