//! One case: a playbook is run, killed at an event, and gone on with until it ends.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use callsheet::event::{Effect, Envelope, Event, Role};
use callsheet::journal;
use callsheet::record::Record;
use url::Url;

use super::asking::{answer, questions};
use super::platform::Platform;
use super::program::{Ended, Program};

/// Where a process is killed.
#[derive(Clone, Copy, Debug)]
pub struct Crash {
    /// `before`, `torn` or `after`.
    pub when: &'static str,
    /// The number of the event.
    pub event: u64,
}

/// A run that nobody has disturbed.
#[derive(Debug)]
pub struct Baseline {
    /// How many events it has.
    pub events: u64,
    /// The events with which an `ensure` heard that it has created something.
    pub creations: Vec<u64>,
    /// What it has changed.
    writes: BTreeMap<String, usize>,
    /// The steps that change something by a path; of a cleanup, the one that it cleans up after.
    owners: BTreeMap<String, BTreeSet<String>>,
    /// How often it names each step as one that has left something behind.
    left_behind: BTreeMap<String, usize>,
}

/// A case that went well.
#[derive(Clone, Copy, Debug, Default)]
pub struct Survived {
    /// How often the program was killed.
    pub crashes: usize,
    /// How often it has asked.
    pub asked: usize,
}

struct Case<'a> {
    workflow: &'a Path,
    platform: Platform,
    folder: tempfile::TempDir,
}

/// Runs a playbook to its end.
pub fn baseline(workflow: &Path) -> Baseline {
    let case = Case::new(workflow);
    match case.call(&case.run(), None) {
        Ended::By(0, _) => {}
        Ended::By(code, told) => panic!("{} ends with {code}:\n{told}", workflow.display()),
        Ended::Killed => unreachable!("there is no crash in it"),
    }
    let events = case.events().expect("its journal can be read");
    let creating = |event: &&Envelope| match &event.event {
        Event::Answered { call, .. } => events.iter().any(|other| match &other.event {
            Event::Sending(sending) => sending.call == *call && sending.role == Role::Create,
            _ => false,
        }),
        _ => false,
    };
    let creations = events.iter().filter(creating).map(|event| event.n).collect();
    let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for envelope in &events {
        if let Event::Sending(sending) = &envelope.event
            && sending.effect != Effect::Read
            && let Ok(url) = Url::parse(&sending.request.url)
        {
            owners.entry(url.path().to_owned()).or_default().insert(sending.step.to_string());
        }
    }
    let (number, record) = (events.len() as u64, Record::fold(events));
    Baseline { events: number, creations, writes: case.platform.writes(), owners, left_behind: left_behind(&record) }
}

/// How often each step is named as one that has left something behind.
fn left_behind(record: &Record) -> BTreeMap<String, usize> {
    let mut named = BTreeMap::new();
    record.left_behind().iter().for_each(|left| *named.entry(left.step.to_string()).or_default() += 1);
    named
}

/// Runs a playbook, kills it at each of the crashes in turn and goes on with it. An error says what went wrong.
pub fn survive(workflow: &Path, baseline: &Baseline, crashes: &[Crash]) -> Result<Survived, String> {
    let case = Case::new(workflow);
    let mut crashes = crashes.iter().copied();
    let mut survived = Survived::default();
    let mut allowed: BTreeMap<String, usize> = BTreeMap::new();
    let (mut next, mut arguments) = (crashes.next(), case.run());
    for _ in 0..20 {
        match case.call(&arguments, next) {
            Ended::Killed => {
                survived.crashes += 1;
                case.platform.settle();
                if case.record()?.is_none() {
                    return case.begun_in_vain(survived);
                }
                (next, arguments) = (crashes.next(), case.resume());
            }
            Ended::By(0, _) => return case.check(baseline, &allowed).map(|()| survived),
            Ended::By(3, told) if !questions(&told).is_empty() => {
                survived.asked += 1;
                let record = case.record()?.ok_or("the journal is empty")?;
                let text = std::fs::read_to_string(workflow).map_err(|error| error.to_string())?;
                let text = serde_yaml::from_str(&text).map_err(|error| error.to_string())?;
                arguments = case.resume();
                for asked in questions(&told) {
                    let answer =
                        answer(&asked, &text, &record, &case.platform).map_err(|why| format!("{why}:\n{told}"))?;
                    arguments.extend(answer.arguments);
                    if let Some(path) = answer.allowed {
                        *allowed.entry(path).or_default() += 1;
                    }
                }
            }
            Ended::By(code, told) => return Err(format!("ends with {code}:\n{told}")),
        }
    }
    Err("asks again and again".to_owned())
}

impl<'a> Case<'a> {
    fn new(workflow: &'a Path) -> Self {
        Case { workflow, platform: Platform::start(), folder: tempfile::tempdir().expect("a folder can be made") }
    }

    fn run(&self) -> Vec<String> {
        vec!["run".to_owned(), format!("--simulate={}", self.platform.url), self.workflow.display().to_string()]
    }

    fn resume(&self) -> Vec<String> {
        vec!["resume".to_owned()]
    }

    fn call(&self, arguments: &[String], crash: Option<Crash>) -> Ended {
        Program { folder: self.folder.path() }.call(arguments, crash)
    }

    /// What happened so far; nothing where the journal is empty.
    fn record(&self) -> Result<Option<Record>, String> {
        let record = Record::fold(self.events()?);
        Ok(record.started.is_some().then_some(record))
    }

    fn events(&self) -> Result<Vec<Envelope>, String> {
        let folder = journal::find(&self.folder.path().join(".callsheet"), None).map_err(|error| error.to_string())?;
        journal::read(&folder).map_err(|error| error.to_string())
    }

    /// Killed before the run had begun: there is nothing to go on with, and nothing was done.
    fn begun_in_vain(&self, survived: Survived) -> Result<Survived, String> {
        match self.call(&self.resume(), None) {
            Ended::By(3, told) if told.contains("start a new one") => {}
            Ended::By(code, told) => return Err(format!("a run without events ends with {code}:\n{told}")),
            Ended::Killed => unreachable!("there is no crash in it"),
        }
        let writes = self.platform.writes();
        if writes.is_empty() { Ok(survived) } else { Err(format!("was done before it was kept: {writes:?}")) }
    }

    /// Holds what was done, and what is left, against a run that nobody has disturbed.
    fn check(&self, baseline: &Baseline, allowed: &BTreeMap<String, usize>) -> Result<(), String> {
        let record = self.record()?.ok_or("the journal is empty")?;
        if !record.outcome().is_some_and(|outcome| outcome.is_passed()) {
            return Err(format!("exit code 0, and the outcome is {:?}", record.outcome()));
        }
        let writes = self.platform.writes();
        let paths: BTreeSet<&String> = baseline.writes.keys().chain(writes.keys()).collect();
        let count = |of: &BTreeMap<String, usize>, path: &String| of.get(path).copied().unwrap_or(0);
        // What was found and perhaps made by this run is not cleaned up, but named: each name excuses one request that is
        // missing, of the step that it names.
        let mut named = left_behind(&record);
        for (step, count) in &baseline.left_behind {
            named.entry(step.clone()).and_modify(|named| *named = named.saturating_sub(*count));
        }
        let is_named = named.values().any(|count| *count > 0);
        for path in paths {
            let (was, is, more) = (count(&baseline.writes, path), count(&writes, path), count(allowed, path));
            if is > was + more {
                return Err(format!("{path} was done {is} times instead of {was}, and {more} more were allowed"));
            }
            for _ in is..was {
                let owners = baseline.owners.get(path);
                let excuse = named
                    .iter_mut()
                    .find(|(step, count)| **count > 0 && owners.is_some_and(|owners| owners.contains(*step)));
                let Some((_, count)) = excuse else {
                    return Err(format!(
                        "{path} was done {is} times instead of {was}, and nothing tells of it: {named:?}"
                    ));
                };
                *count -= 1;
            }
        }
        if is_named && allowed.is_empty() && writes == baseline.writes {
            return Err(format!("says that something is left behind: {named:?}"));
        }
        Ok(())
    }
}
