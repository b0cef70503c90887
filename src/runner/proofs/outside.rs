//! The world of a scheduler under proof: answers, fails, wakes and interrupts in random order, and writes down
//! everything.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;

use super::super::answer::{Body, Received};
use super::super::machine::TimerId;
use super::super::scheduler::{Command, Input, Scheduler};
use super::dice::Dice;
use super::wall;
use crate::event::{CallId, Event, Outcome, Role};
use crate::wire::{Headers, Request, TransportError, TransportErrorKind};

/// What may happen besides good answers: so many times in a hundred.
#[derive(Clone, Debug, Default)]
pub(super) struct Storm {
    bad_answers: usize,
    no_answers: usize,
    interrupts: usize,
    deadlines: usize,
    lost_stores: usize,
}

impl Storm {
    pub(super) fn of(dice: &mut Dice) -> Self {
        Storm {
            bad_answers: *dice.pick(&[0, 10, 40]),
            no_answers: *dice.pick(&[0, 10, 30]),
            interrupts: *dice.pick(&[0, 0, 3, 10]),
            deadlines: *dice.pick(&[0, 0, 0, 3]),
            lost_stores: *dice.pick(&[0, 0, 0, 0, 3]),
        }
    }
}

/// What went in and what came out, in this order.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    /// There is room for so many requests.
    Room(usize),
    Interrupt,
    Deadline,
    StoreLost,
    Event(Box<Event>),
    Send(CallId),
    Abort(CallId),
    Finish(Outcome),
}

pub(super) fn is_send(entry: &Entry) -> bool {
    matches!(entry, Entry::Send(_))
}

pub(super) fn is_cleanup(entry: &Entry) -> bool {
    matches!(entry, Entry::Event(event) if matches!(**event, Event::CleanupStarted { .. }))
}

pub(super) fn is_interrupt(entry: &Entry) -> bool {
    matches!(entry, Entry::Interrupt)
}

pub(super) struct Outside {
    pub(super) entries: Vec<Entry>,
    seed: u64,
    dice: Dice,
    storm: Storm,
    jobs: usize,
    now: Duration,
    in_flight: BTreeMap<CallId, Request>,
    timers: BTreeSet<(Duration, TimerId)>,
    store_lost: bool,
    /// What the requests of each step were.
    requests: BTreeMap<String, BTreeSet<String>>,
}

impl Outside {
    pub(super) fn new(seed: u64, dice: Dice, storm: Storm, jobs: usize) -> Self {
        Outside {
            entries: Vec::new(),
            seed,
            dice,
            storm,
            jobs,
            now: Duration::ZERO,
            in_flight: BTreeMap::new(),
            timers: BTreeSet::new(),
            store_lost: false,
            requests: BTreeMap::new(),
        }
    }

    /// Drives a run until it is over, or until nothing can happen any more.
    pub(super) fn run(&mut self, scheduler: &mut Scheduler<'_>) {
        self.turn(scheduler, Input::Begin);
        // A poll of a minute has sixty questions; whatever takes longer than this does not end.
        for _ in 0..5000 {
            if self.is_over() {
                break;
            }
            let Some(input) = self.choose() else { break };
            self.turn(scheduler, input);
        }
        assert!(scheduler.handle(Input::Interrupt, self.now, wall(self.now)).is_empty(), "something after the end");
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.entries.last(), Some(Entry::Finish(_)))
    }

    pub(super) fn has_passed(&self) -> bool {
        matches!(self.entries.last(), Some(Entry::Finish(outcome)) if outcome.is_passed())
    }

    pub(super) fn count(&self, is: fn(&Entry) -> bool) -> usize {
        self.entries.iter().filter(|entry| is(entry)).count()
    }

    /// What happens next: whatever is under way may end, a timer runs out, or someone interferes.
    fn choose(&mut self) -> Option<Input> {
        if self.dice.chance(self.storm.interrupts) {
            return Some(Input::Interrupt);
        }
        if self.dice.chance(self.storm.deadlines) {
            // It passes once.
            self.storm.deadlines = 0;
            return Some(Input::Deadline);
        }
        if !self.store_lost && self.dice.chance(self.storm.lost_stores) {
            self.store_lost = true;
            return Some(Input::StoreLost);
        }
        let first = self.timers.first().copied();
        if let Some((due, timer)) = first.filter(|(due, _)| self.in_flight.is_empty() || *due <= self.now) {
            self.timers.remove(&(due, timer));
            self.now = self.now.max(due);
            return Some(Input::Timer(timer));
        }
        let calls: Vec<CallId> = self.in_flight.keys().copied().collect();
        if calls.is_empty() {
            return None;
        }
        let call = *self.dice.pick(&calls);
        let request = self.in_flight.remove(&call).expect("it is under way");
        self.now += self.dice.millis(0, 700);
        Some(self.end(call, &request))
    }

    fn end(&mut self, call: CallId, request: &Request) -> Input {
        use TransportErrorKind::{Refused, Reset, Timeout, Truncated};
        if self.dice.chance(self.storm.no_answers) {
            let kind = *self.dice.pick(&[Refused, Reset, Timeout, Truncated]);
            return Input::Unanswered { call, error: TransportError { kind, message: "lost".to_owned() } };
        }
        let bad = self.dice.chance(self.storm.bad_answers);
        let (status, body) = match (bad, request.url.path()) {
            (true, "/token") => (*self.dice.pick(&[400, 503, 200]), "{}".to_owned()),
            (true, _) => (*self.dice.pick(&[401, 409, 429, 500, 503, 504, 200]), r#"{"done":false}"#.to_owned()),
            (false, path) => (200, self.good(path, request)),
        };
        let headers = Headers(vec![("content-type".to_owned(), "application/json".to_owned())]);
        let (elapsed, program) = (Duration::from_millis(3), None);
        let received = Received { status, headers, body: Body::Whole(Bytes::from(body)), elapsed, program };
        Input::Answered { call, received }
    }

    /// A good answer: a function of the request alone, so that it is the same under every interleaving.
    fn good(&self, path: &str, request: &Request) -> String {
        let step = request.headers.get("X-Step").unwrap_or_default();
        let word = Dice::at(self.seed, step).word();
        match path {
            "/token" => format!(r#"{{"access_token":"token-{}","expires_in":20}}"#, self.entries.len()),
            "/names" => r#"{"items":[]}"#.to_owned(),
            "/session" => format!(r#"{{"key":"key-{word}"}}"#),
            _ => format!(r#"{{"id":"{word}","name":"{step}","size":3,"done":true}}"#),
        }
    }

    fn turn(&mut self, scheduler: &mut Scheduler<'_>, input: Input) {
        match &input {
            Input::Interrupt => self.entries.push(Entry::Interrupt),
            Input::Deadline => self.entries.push(Entry::Deadline),
            Input::StoreLost => self.entries.push(Entry::StoreLost),
            _ => {}
        }
        self.obey(scheduler.handle(input, self.now, wall(self.now)));
        let room = self.jobs.saturating_sub(self.in_flight.len()).min(scheduler.wanted());
        if room > 0 && !self.is_over() {
            self.entries.push(Entry::Room(room));
            self.obey(scheduler.handle(Input::Room(room), self.now, wall(self.now)));
        }
    }

    fn obey(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Journal(event) => self.entries.push(Entry::Event(Box::new(event))),
                Command::Answer { .. } => {}
                Command::Send { call, request, .. } => {
                    self.entries.push(Entry::Send(call));
                    let step = request.headers.get("X-Step").unwrap_or("token").to_owned();
                    let shown = format!("{} {}", request.method, request.url);
                    self.requests.entry(step).or_default().insert(shown);
                    self.in_flight.insert(call, *request);
                }
                Command::Abort(call) => {
                    self.entries.push(Entry::Abort(call));
                    self.in_flight.remove(&call);
                }
                Command::Sleep { timer, after } => {
                    self.timers.insert((self.now + after, timer));
                }
                Command::Load { need, .. } => panic!("nothing needs {need:?}"),
                Command::Execute { program, .. } => panic!("nothing runs {program:?}"),
                Command::Finish(finished) => self.entries.push(Entry::Finish(finished.outcome)),
            }
        }
    }

    /// What a run has done and found out, whatever the order: each step's word, its values and its requests.
    pub(super) fn essence(&self) -> String {
        let mut lines = BTreeSet::new();
        for entry in &self.entries {
            if let Entry::Event(event) = entry
                && let Event::StepFinished(report) = &**event
            {
                lines.insert(format!("{} {} {:?}", report.step, report.outcome.as_str(), report.captures));
            }
        }
        format!("{lines:#?}\n{:#?}", self.requests)
    }

    /// Everything that happened, one line each.
    pub(super) fn trace(&self) -> String {
        self.entries.iter().fold(String::new(), |mut text, entry| {
            match entry {
                Entry::Event(event) => writeln!(text, "  {}", shown(event)),
                other => writeln!(text, "{other:?}"),
            }
            .expect("a string takes everything");
            text
        })
    }
}

fn shown(event: &Event) -> String {
    match event {
        Event::Sending(sending) => {
            let role = match &sending.role {
                Role::Main => String::new(),
                role => role.label(),
            };
            format!(
                "sending {} {} {role} {} attempt {}",
                sending.call.0, sending.step, sending.request.url, sending.attempt
            )
        }
        Event::StepFinished(report) => format!("{} {} {:?}", report.step, report.outcome.as_str(), report.reason),
        other => format!("{other:?}").chars().take(160).collect(),
    }
}
