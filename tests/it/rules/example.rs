//! The examples in the explanation of a rule: blocks of code whose first line says what they show.
//!
//! `yaml fails` breaks the rule, `yaml passes` does not, and neighbours that show the same are files of one example. A
//! block is the playbook unless it has `file=NAME`. More words say how the example is looked at: `plan` binds its inputs
//! too, `var=NAME=VALUE` gives one, `limit=NAME=VALUE` sets a limit, `faults` reads a plan of faults, `unreadable` is a
//! file whose bytes are no text, `without=FEATURE` holds only in a build that lacks it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use callsheet::diagnostic::Diagnostic;
use callsheet::limits::{Limit, Limits};
use callsheet::plan::Inputs;
use callsheet::session::{Problems, Session, refused_programs};
use callsheet::source::Loader;

/// The name of the block without a name.
pub const PLAYBOOK: &str = "playbook.yaml";

/// A playbook, with the files that it uses.
#[derive(Debug, Default)]
pub struct Example {
    pub fails: bool,
    words: Vec<String>,
    files: BTreeMap<PathBuf, Option<String>>,
}

/// All examples of an explanation, in order.
pub fn examples(explanation: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut lines = explanation.lines();
    let mut neighbours = false;
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            neighbours &= line.is_empty();
            continue;
        };
        let text: String = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        let words: Vec<String> = info.split_whitespace().skip(1).map(str::to_owned).collect();
        let fails = match words.first().map(String::as_str) {
            Some("fails") => true,
            Some("passes") => false,
            _ => continue,
        };
        if !(neighbours && examples.last().is_some_and(|last| last.fails == fails)) {
            // A file that stays as it is need not be shown again.
            let files = examples.last().map(|last| last.files.clone()).unwrap_or_default();
            examples.push(Example { fails, words: words.clone(), files });
        }
        neighbours = true;
        let name = words.iter().find_map(|word| word.strip_prefix("file=")).unwrap_or(PLAYBOOK);
        let text = (!words.iter().any(|word| word == "unreadable")).then(|| text.replace('␇', "\u{7}"));
        examples.last_mut().expect("one was just added").files.insert(name.into(), text);
    }
    examples
}

impl Example {
    /// Whether this build can show it.
    pub fn is_shown_here(&self) -> bool {
        self.values("without").all(|feature| match feature {
            "arrow" => !cfg!(feature = "arrow"),
            "json-schema" => !cfg!(feature = "json-schema"),
            other => panic!("`{other}` is no feature"),
        }) && (cfg!(feature = "simulator") || !self.has("faults"))
    }

    /// Everything that is said about it.
    pub fn problems(&self) -> Problems {
        let loader = Arc::new(Files(self.files.clone()));
        let mut limits = Limits::default();
        for (name, value) in self.values("limit").map(pair) {
            let limit = Limit::named(name).expect("a limit");
            limits = limits.with(limit, limit.read(value).expect("a value of it"));
        }
        let session = Session::with_loader(Arc::clone(&loader) as Arc<dyn Loader>).limits(limits);
        #[cfg(feature = "simulator")]
        if self.has("faults") {
            let text = self.files[Path::new(PLAYBOOK)].as_deref().unwrap_or_default();
            let problems = session.parse_faults("faults.yaml", text).err();
            return problems.unwrap_or(Problems { diagnostics: Vec::new(), sources: Arc::default() });
        }
        let playbook = match session.load(PLAYBOOK) {
            Ok(playbook) => playbook,
            Err(problems) => return problems,
        };
        if !self.has("plan") {
            return playbook.warnings();
        }
        let inputs = Inputs::new().loader(loader);
        let inputs = self.values("var").map(pair).fold(inputs, |inputs, (name, value)| inputs.var(name, value));
        match playbook.plan(&inputs) {
            Ok(plan) => refused_programs(&plan).unwrap_or_else(|| playbook.warnings()),
            Err(problems) => problems,
        }
    }

    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        self.problems().diagnostics
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }

    fn values<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.words.iter().filter_map(move |word| word.strip_prefix(key)?.strip_prefix('='))
    }
}

fn pair(text: &str) -> (&str, &str) {
    text.split_once('=').expect("a name and a value")
}

/// Files by name; one without text cannot be read.
struct Files(BTreeMap<PathBuf, Option<String>>);

impl Loader for Files {
    fn read(&self, path: &Path) -> io::Result<String> {
        match self.0.get(path) {
            Some(Some(text)) => Ok(text.clone()),
            Some(None) => Err(io::Error::new(io::ErrorKind::InvalidData, "line 1 is not UTF-8")),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn exists(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
}
