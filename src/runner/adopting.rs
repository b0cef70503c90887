//! A run that is gone on with: which steps stand as they were left, and which are done again.
//!
//! A step that passed stands as it was, with its captures, unless its definition has changed, its creation was cleaned
//! up, or something that it reads was done anew. What must not be done twice is not done again because something else
//! has changed: then the run stops and asks. Steps that are made of others are opened again, which sends nothing.

use std::collections::HashSet;

use super::frames::ROOT;
use super::past::{Past, PastStep};
use super::scheduler::Scheduler;
use crate::check::{Because, EdgeKind};
use crate::event::{Effect, Event, Extent, Outcome, StepReport};
use crate::plan::Work;
use crate::secret::PLACEHOLDER;

/// How a step stands to what was done in earlier processes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stand {
    /// It is as it was left, and its end is not told again.
    pub(super) restored: bool,
    /// It is made of others, and nothing of it was done in this process so far.
    pub(super) silent: bool,
    /// Something of it was done in this process: what reads it is out of date.
    pub(super) fresh: bool,
    /// It may be done again although it was done: what it did was cleaned up, or someone said so.
    pub(super) allowed: bool,
    /// It is made of others, and of other ones than before.
    estranged: bool,
    /// It is done again only for what was not kept of it.
    pub(super) fetched: bool,
}

/// What becomes of a step that an earlier process knew.
enum Fate {
    Run,
    /// It stands as it was left.
    Keep(Box<StepReport>),
    /// It is done again for what was not kept.
    Fetch,
    /// It is not begun: the run is only being ended.
    Leave,
    /// Someone has to say.
    Ask(String),
}

impl Scheduler<'_> {
    /// Takes a step over from an earlier process, if it stands as it was left; whether there is nothing more to do.
    pub(super) fn adopt(&mut self, index: usize) -> bool {
        let Some(past) = self.past.filter(|_| !self.steps[index].started) else { return false };
        if self.is_made_of_others(index) {
            return !past.goes_on() && self.reopen(index, past);
        }
        match self.fate(index, past) {
            Fate::Run => return false,
            Fate::Fetch => {
                self.steps[index].stand.fetched = true;
                self.steps[index].skip = None;
                return false;
            }
            Fate::Keep(report) => self.restore(index, *report, past),
            Fate::Leave => self.leave_undone(index),
            Fate::Ask(why) => self.ask(index, &why),
        }
        true
    }

    fn is_made_of_others(&self, index: usize) -> bool {
        let step = self.step(index);
        let expands = step.foreach.is_some() && self.steps[index].instance.is_none();
        expands || matches!(step.work, Work::Call(_))
    }

    /// Whether a step belongs to the run's own `finally`, or is called from there.
    fn is_of_the_end(&self, index: usize) -> bool {
        self.around(index).any(|index| self.steps[index].frame == ROOT && self.is_finally(index))
    }

    /// Opens a step that is made of others once more, where the run is only being ended: what is to be cleaned up may be
    /// among them.
    fn reopen(&mut self, index: usize, past: &Past) -> bool {
        if past.resumed.extent == Extent::Closing && self.is_of_the_end(index) {
            return false;
        }
        match past.steps.get(self.address_of(index)) {
            Some(PastStep { digest: Some(_), .. }) => {
                self.steps[index].skip = None;
                let step = self.step(index);
                match &step.work {
                    _ if step.foreach.is_some() && self.steps[index].instance.is_none() => self.expand(index),
                    Work::Call(invocation) => {
                        self.note_started(index);
                        self.call(index, invocation);
                    }
                    _ => unreachable!("only these are made of others"),
                }
            }
            Some(PastStep { report: Some(report), .. }) => self.restore(index, report.clone(), past),
            _ => self.leave_undone(index),
        }
        true
    }

    fn fate(&self, index: usize, past: &Past) -> Fate {
        let address = self.address_of(index);
        let known = past.steps.get(address);
        let report = known.and_then(|known| known.report.as_ref());
        let of_the_end = self.is_of_the_end(index);
        if let Some(captures) = past.assumed.get(address) {
            return Fate::Keep(Box::new(self.assumed(index, captures)));
        }
        if !(past.goes_on() || of_the_end && past.resumed.extent == Extent::Closing) {
            return match report {
                Some(report)
                    if self.lost_to_cleanups(index, report, past).next().is_some() && self.is_repeatable(index) =>
                {
                    Fate::Fetch
                }
                Some(report) => Fate::Keep(Box::new(report.clone())),
                None => Fate::Leave,
            };
        }
        // What belongs to the end of the run is done at each end.
        if past.goes_on() && of_the_end {
            return Fate::Run;
        }
        let (Some(known), Some(report)) = (known, report.filter(|report| is_done(report))) else { return Fate::Run };
        match self.out_of_date(index, known, past) {
            // A request that is the same as before is not sent again: its answer is judged once more.
            Some(_) => Fate::Run,
            None if self.is_looked_from(index, past) => Fate::Fetch,
            None => match self.not_kept(index, known, report, past) {
                Some(_) if self.is_repeatable(index) => Fate::Fetch,
                Some(what) => Fate::Ask(format!("it was done, and must not be done twice; {what}")),
                None => Fate::Keep(Box::new(report.clone())),
            },
        }
    }

    /// Whether a step that was done is to be done again, and if so, whether it may without a further word.
    fn out_of_date(&self, index: usize, known: &PastStep, past: &Past) -> Option<bool> {
        let address = self.address_of(index);
        if past.is_redone(address) || past.undone.contains(address) {
            return Some(true);
        }
        let plan = self.frame_of(index).plan;
        let file = &plan.sources.get(plan.playbook().source).path;
        let is_changed = past.changed.contains(&(file.clone(), self.step(index).id.to_string()));
        let is_estranged = || self.around_all(index).any(|of| self.steps[of].stand.estranged);
        if is_changed || known.changed_file.is_some() || is_estranged() {
            return Some(false);
        }
        let (began, ended) = (known.began.unwrap_or(0), known.ended.unwrap_or(0));
        for from in self.read_by(index) {
            let stand = self.steps[from].stand;
            if stand.fresh {
                return Some(stand.allowed);
            }
            // An earlier process has done it again, and did not come to this one.
            if past.steps.get(self.address_of(from)).and_then(|from| from.ended).is_some_and(|over| over > began) {
                return Some(self.is_reopened(from, ended, past));
            }
        }
        None
    }

    /// Whether a step, or one that it is made from, was cleaned up or allowed to be done again after an event.
    fn is_reopened(&self, index: usize, since: u64, past: &Past) -> bool {
        let mut seen = HashSet::from([index]);
        let mut open = vec![index];
        while let Some(step) = open.pop() {
            let known = past.steps.get(self.address_of(step));
            if known.and_then(|known| known.reopened).is_some_and(|reopened| reopened > since) {
                return true;
            }
            let read = self.around_all(step).flat_map(|of| self.read_by(of));
            open.extend(read.filter(|from| seen.insert(*from)));
        }
        false
    }

    /// The steps that a step is made from: those whose values it uses, and those that it needs to be done first. An order
    /// as written is none, and neither is a value that may be missing.
    fn read_by(&self, index: usize) -> Vec<usize> {
        let frame = self.frame_of(index);
        let main = frame.plan.steps.len();
        let first = frame.first + if self.is_finally(index) { main } else { 0 };
        let sources = self.sources_of(index);
        let edges = self.step(index).links.edges.iter();
        let by_item = !sources.is_empty();
        let edges = edges.filter(|edge| match edge.kind {
            EdgeKind::Value => true,
            EdgeKind::Order => edge.because != Because::Listed,
            EdgeKind::Each => !by_item,
            EdgeKind::End => false,
        });
        let mut from: Vec<usize> = edges.map(|edge| first + edge.from).chain(sources).collect();
        if self.is_finally(index) {
            // It sees how the others ended.
            from.extend(frame.first..frame.first + main);
        }
        from
    }

    /// A step, those that it is one of the items of, and those that it is called from.
    fn around_all(&self, index: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(index), |index| {
            self.steps[*index].instance.as_ref().map(|instance| instance.of).or_else(|| self.frame_of(*index).owner)
        })
    }

    /// What of a step that was done is not there any more, and is needed.
    fn not_kept(&self, index: usize, known: &PastStep, report: &StepReport, past: &Past) -> Option<String> {
        let step = self.step(index);
        if !report.outcome.is_passed() {
            return None;
        }
        let answer = known.exchanges.iter().max_by_key(|exchange| exchange.call).and_then(|last| last.answer.as_ref());
        let has_set_cookies = answer.is_some_and(|answer| answer.headers.get("set-cookie").is_some());
        if has_set_cookies && self.frame_of(index).plan.playbook().cookies() {
            return Some("the cookies that it got are not kept".to_owned());
        }
        if !self.is_needed(index, past) {
            return None;
        }
        let masked =
            |name: &str| report.captures.get(name).is_some_and(|value| value.to_string().contains(PLACEHOLDER));
        if let Some((name, _)) = step.captures.iter().find(|(name, _)| masked(name)) {
            return Some(format!("its `{name}` is a secret, or holds one, and is not kept"));
        }
        let reads_body = step.links.answer_is_read && !step.links.body_read.is_nothing();
        let is_there = || answer.is_some_and(|answer| past.body_of(answer).is_some());
        (reads_body && !is_there()).then(|| "its answer is used, and was not kept whole".to_owned())
    }

    /// The captures of a step that passed which were not kept, since they are secret, where a cleanup that is owed may use
    /// them.
    pub(super) fn lost_to_cleanups<'r>(
        &self,
        index: usize,
        report: &'r StepReport,
        past: &Past,
    ) -> impl Iterator<Item = &'r str> + use<'r> {
        let is_owed = |index: &usize| past.owed.contains_key(self.address_of(*index));
        let mut dependents = self.dependents[index].iter().map(|(dependent, ..)| dependent);
        let is_used = report.outcome.is_passed() && (is_owed(&index) || dependents.any(is_owed));
        let masked =
            report.captures.iter().filter(move |(_, value)| is_used && value.to_string().contains(PLACEHOLDER));
        masked.map(|(name, _)| name.as_str())
    }

    /// Whether someone who is not done yet may use what a step has left.
    fn is_needed(&self, index: usize, past: &Past) -> bool {
        let of = self.steps[index].instance.as_ref().map(|instance| instance.of);
        let dependents = self.dependents[index].iter().chain(of.iter().flat_map(|of| &self.dependents[*of]));
        let mut dependents =
            dependents.filter(|(_, kind, _)| *kind != EdgeKind::Order).map(|(dependent, ..)| *dependent);
        let stands = |dependent: usize| {
            let address = self.address_of(dependent);
            let known = past.steps.get(address);
            let is_done = known.and_then(|known| known.report.as_ref()).is_some_and(is_done);
            is_done && !past.undone.contains(address) && !past.is_redone(address) && !self.is_made_of_others(dependent)
        };
        past.owed.contains_key(self.address_of(index)) || dependents.any(|dependent| !stands(dependent))
    }

    /// Whether doing a step once more changes nothing that it has not changed already.
    fn is_repeatable(&self, index: usize) -> bool {
        match &self.step(index).work {
            Work::Request(call) => call.effect != Effect::Once,
            Work::Exec(exec) => exec.call.effect != Effect::Once,
            Work::Ensure(_) | Work::Set(_) | Work::Wait(_) | Work::Call(_) => true,
        }
    }

    /// A step is done in this process: whoever reads it is out of date, and so is whoever reads what it is a part of.
    pub(super) fn note_fresh(&mut self, index: usize) {
        let Some(past) = self.past else { return };
        let around: Vec<usize> = self.around_all(index).collect();
        for of in around.iter().skip(1).rev() {
            if std::mem::take(&mut self.steps[*of].stand.silent) {
                let step = self.address_of(*of).clone();
                self.journal(Event::StepStarted { step, again: false });
            }
        }
        if self.steps[index].stand.fetched {
            return;
        }
        let address = self.address_of(index);
        let known = past.steps.get(address);
        let was_undone = || past.undone.contains(address) || past.is_redone(address);
        let was_read_again = || known.and_then(|known| self.out_of_date(index, known, past)).unwrap_or(false);
        let allowed = was_undone() || was_read_again();
        for of in around {
            self.steps[of].stand.fresh = true;
            self.steps[of].stand.allowed |= allowed;
        }
    }

    /// Whether a step that is made of others begins without a word, since an earlier process has told of it.
    pub(super) fn begins_silently(&mut self, index: usize) -> bool {
        let Some(past) = self.past.filter(|_| self.is_made_of_others(index)) else { return false };
        let known = past.steps.get(self.address_of(index)).is_some_and(|known| known.began.is_some());
        self.steps[index].stand.silent = known;
        known
    }

    /// Whether a step is made of the same others as in an earlier process, which has told of them.
    pub(super) fn is_made_of_the_same(&mut self, index: usize, digest: &str) -> bool {
        let Some(past) = self.past else { return false };
        let known = past.steps.get(self.address_of(index)).and_then(|known| known.digest.as_deref());
        self.steps[index].stand.estranged = known.is_some_and(|known| known != digest);
        known == Some(digest)
    }

    /// Whether the end of a step is what an earlier process has told.
    pub(super) fn ends_silently(&self, index: usize, outcome: Outcome) -> bool {
        let Stand { restored, silent, .. } = self.steps[index].stand;
        let told = |past: &Past| {
            let known = past.steps.get(self.address_of(index)).and_then(|known| known.report.as_ref());
            known.is_some_and(|known| known.outcome == outcome && known.stands())
        };
        restored || silent && self.past.is_some_and(told)
    }
}

/// Whether the end of a step is one that stands.
fn is_done(report: &StepReport) -> bool {
    report.outcome.is_passed() || report.outcome.is_bad() && report.tolerated
}
