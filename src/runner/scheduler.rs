//! The pure heart of a run: inputs in, commands out.
//!
//! No clock, no I/O, no tokio: whoever holds a [`Scheduler`] feeds it what happened and when, and does what it says.
//! The parts that decide live beside it: `steps` (what starts and what a step's end means), `sending` and `calls`
//! (requests and their answers), `tokens`, `closing` (finally, cleanup, the end).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use foldhash::HashMap;

use super::Options;
use super::answer::Received;
use super::auth::Auth;
use super::closing::Closing;
use super::failure::Words;
use super::machine::{Machine, MachineId, TimerId};
use super::outcomes::{Skip, StepState};
use crate::check::EdgeKind;
use crate::event::{CallId, Event, Failure, LeftBehind, Mark, RunFinished};
use crate::expression::{Facts, FileNeed};
use crate::plan::{Plan, Step};
use crate::render::{self, Files, Intake, Published, View};
use crate::secret::Redactor;
use crate::value::Value;
use crate::wire::{Request, TransportError};

/// What happened.
#[derive(Debug)]
pub(super) enum Input {
    /// The run begins.
    Begin,
    /// A whole answer came.
    Answered { call: CallId, received: Received },
    /// No answer came.
    Unanswered { call: CallId, error: TransportError },
    /// A request was not sent, since its intent could not be kept.
    Unsent(CallId),
    /// A timer ran out.
    Timer(TimerId),
    /// A file was read.
    Loaded { need: FileNeed, content: Result<Value, String> },
    /// Someone asked to stop.
    Interrupt,
    /// The deadline has passed.
    Deadline,
    /// Nothing is kept any more: the run must clean up and end.
    StoreLost,
    /// Up to so many requests may be sent now. What is not used is gone with this input.
    Room(usize),
}

/// What is to be done, in this order.
#[derive(Debug)]
pub(super) enum Command {
    /// Keep this event; nothing later may happen before.
    Journal(Event),
    /// Keep this answer.
    Answer { call: CallId, received: Received, marks: Vec<Mark> },
    /// Send this request, and take its answer in that way.
    Send { call: CallId, request: Box<Request>, intake: Intake },
    /// Drop this request.
    Abort(CallId),
    /// Report back after that long.
    Sleep { timer: TimerId, after: Duration },
    /// Read this file.
    Load(FileNeed),
    /// The run is over.
    Finish(Box<RunFinished>),
}

/// Why nothing new is started.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stop {
    /// That step did not pass.
    Failed(Arc<str>),
    /// Someone asked to stop.
    Interrupted,
    /// The deadline has passed.
    Deadline,
    /// Nothing is kept any more.
    StoreLost,
}

/// What waits for a file or a timer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Waiter {
    /// A step that could not start yet.
    Step(usize),
    /// A request.
    Machine(MachineId),
    /// A `wait` step.
    Wait(usize),
    /// The `differs` of an `ensure`.
    Differs(usize),
    /// The outputs.
    Outputs,
}

/// The state of a run.
pub(super) struct Scheduler<'p> {
    pub(super) plan: &'p Plan,
    pub(super) options: &'p Options,
    pub(super) facts: Facts,
    pub(super) now: Duration,
    pub(super) wall: jiff::Timestamp,
    pub(super) commands: Vec<Command>,
    pub(super) redactor: Redactor,
    pub(super) published: Published,
    pub(super) files: Files,
    pub(super) file_waiters: HashMap<FileNeed, Vec<Waiter>>,
    /// Every step: the main ones, then those of `finally`.
    pub(super) steps: Vec<StepState>,
    /// For each step, those that wait for it: index, kind of edge, and the index of the edge.
    pub(super) dependents: Vec<Vec<(usize, EdgeKind, usize)>>,
    pub(super) ready: VecDeque<usize>,
    pub(super) unfinished: usize,
    pub(super) machines: HashMap<MachineId, Machine>,
    pub(super) outbox: VecDeque<MachineId>,
    pub(super) in_flight: HashMap<CallId, MachineId>,
    /// How many requests may still be sent now; nothing is sent without room.
    pub(super) room: usize,
    pub(super) timers: HashMap<TimerId, Waiter>,
    pub(super) auth: Vec<Auth>,
    pub(super) next_number: u64,
    pub(super) next_call: u64,
    pub(super) stop: Option<Stop>,
    pub(super) interrupts: u32,
    pub(super) closing: Closing,
    pub(super) left_behind: Vec<LeftBehind>,
    pub(super) cleanup_failures: Vec<Failure>,
}

impl<'p> Scheduler<'p> {
    pub(super) fn new(plan: &'p Plan, options: &'p Options, started: jiff::Timestamp) -> Self {
        let count = plan.steps.len();
        let mut dependents = vec![Vec::new(); count + plan.finally.len()];
        let mut steps = Vec::with_capacity(dependents.len());
        for (offset, group) in [(0, &plan.steps), (count, &plan.finally)] {
            for (index, step) in group.iter().enumerate() {
                for (edge_index, edge) in step.links.edges.iter().enumerate() {
                    dependents[offset + edge.from].push((offset + index, edge.kind, edge_index));
                }
                let mut state = StepState::new(step.links.edges.len());
                state.skip = step.left_out.map(|reason| Skip { reason: reason.to_owned(), broken: false });
                steps.push(state);
            }
        }
        Scheduler {
            plan,
            options,
            facts: Facts { seed: options.seed, started, site: "run".into() },
            now: Duration::ZERO,
            wall: started,
            commands: Vec::new(),
            redactor: secrets(plan),
            published: Published::default(),
            files: Files::default(),
            file_waiters: HashMap::default(),
            steps,
            dependents,
            ready: VecDeque::new(),
            unfinished: count,
            machines: HashMap::default(),
            outbox: VecDeque::new(),
            in_flight: HashMap::default(),
            room: 0,
            timers: HashMap::default(),
            auth: plan.playbook().providers.iter().map(|_| Auth::default()).collect(),
            next_number: 0,
            next_call: 0,
            stop: None,
            interrupts: 0,
            closing: Closing::default(),
            left_behind: Vec::new(),
            cleanup_failures: Vec::new(),
        }
    }

    /// Takes what happened at `now` and says what is to be done.
    pub(super) fn handle(&mut self, input: Input, now: Duration, wall: jiff::Timestamp) -> Vec<Command> {
        if self.closing.finished {
            return Vec::new();
        }
        self.now = now;
        self.wall = wall;
        match input {
            Input::Begin => self.begin(),
            Input::Answered { call, received } => self.answered(call, received),
            Input::Unanswered { call, error } => self.unanswered(call, error),
            Input::Unsent(call) => self.unsent(call),
            Input::Timer(timer) => {
                if let Some(waiter) = self.timers.remove(&timer) {
                    self.wake(waiter);
                }
            }
            Input::Loaded { need, content } => {
                self.files.0.insert(need.clone(), content);
                for waiter in self.file_waiters.remove(&need).unwrap_or_default() {
                    self.wake(waiter);
                }
            }
            Input::Interrupt => self.interrupt(),
            Input::Deadline => self.deadline(),
            Input::StoreLost => {
                self.stop = Some(Stop::StoreLost);
                self.cut_waits();
            }
            Input::Room(room) => self.room = room,
        }
        self.pump();
        self.room = 0;
        std::mem::take(&mut self.commands)
    }

    fn begin(&mut self) {
        self.ready.extend(self.plan.checked.order.iter().filter(|index| self.steps[**index].waits_for == 0));
    }

    /// Starts what can start, sends what can be sent, and moves on to the next phase when a phase is over.
    fn pump(&mut self) {
        while !self.closing.finished {
            while let Some(step) = self.ready.pop_front() {
                self.start(step);
            }
            self.send_queued();
            if self.ready.is_empty() && !self.advance_phase() {
                return;
            }
        }
    }

    fn wake(&mut self, waiter: Waiter) {
        match waiter {
            Waiter::Step(step) => self.start(step),
            Waiter::Machine(machine) => self.resume(machine),
            Waiter::Wait(step) => self.end_wait(step),
            Waiter::Differs(step) => self.resume_differs(step),
            Waiter::Outputs => self.closing.outputs_wait = false,
        }
    }

    /// The step of that index among all steps.
    pub(super) fn step(&self, index: usize) -> &'p Step {
        let plan = self.plan;
        match index.checked_sub(plan.steps.len()) {
            Some(index) => &plan.finally[index],
            None => &plan.steps[index],
        }
    }

    /// Whether the step belongs to `finally`.
    pub(super) fn is_finally(&self, index: usize) -> bool {
        index >= self.plan.steps.len()
    }

    /// What messages are made with.
    pub(super) fn words(&self) -> Words<'_> {
        Words { sources: &self.plan.sources, redactor: &self.redactor }
    }

    pub(super) fn journal(&mut self, event: Event) {
        self.commands.push(Command::Journal(event));
    }

    pub(super) fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    /// Waits for a file's content.
    pub(super) fn need_file(&mut self, need: FileNeed, waiter: Waiter) {
        let waiters = self.file_waiters.entry(need.clone()).or_default();
        waiters.push(waiter);
        if waiters.len() == 1 {
            self.commands.push(Command::Load(need));
        }
    }

    pub(super) fn sleep(&mut self, after: Duration, waiter: Waiter) {
        let timer = TimerId(self.number());
        self.timers.insert(timer, waiter);
        self.commands.push(Command::Sleep { timer, after });
    }

    /// What a step's expressions see before its answer is there.
    pub(super) fn view<'a>(&'a self, step: usize) -> View<'a> {
        let site = self.step(step).address.shared();
        let facts = Facts { site, ..self.facts.clone() };
        View::new(self.plan, &self.published, &self.files, facts).with_own(&self.steps[step].own)
    }
}

/// Everything that is known to be secret before the first request: secret inputs, and what credentials are made of.
fn secrets(plan: &Plan) -> Redactor {
    let mut redactor = Redactor::default();
    plan.secrets().for_each(|(_, value)| redactor.learn_value(value));
    let (published, files) = (Published::default(), Files::default());
    let facts = Facts { seed: 0, started: jiff::Timestamp::UNIX_EPOCH, site: "auth".into() };
    let view = View::new(plan, &published, &files, facts);
    for provider in &plan.playbook().providers {
        render::provider_secrets(provider, &view).iter().for_each(|secret| redactor.learn(secret));
    }
    redactor
}
