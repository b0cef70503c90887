//! The pure heart of a run: inputs in, commands out.
//!
//! No clock, no I/O, no tokio: whoever holds a [`Scheduler`] feeds it what happened and when, and does what it says.
//! What it decides stands beside it, each file for a part: which steps start and what their ends mean (`steps`,
//! `items`, `calling`, `frames`, `ensuring`, `locks`); how a request goes out (`sending`, `executing`, `authorizing`,
//! `tokens`, `cookies`) and what follows its answer (`calls`, `redirecting`, `repeating`, `marking`, `learning`,
//! `blanking`); how a run stops and ends (`stopping`, `closing`, `expiring`, `undoing`), and what a refresh leaves out
//! (`foreseeing`).

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use foldhash::HashMap;

use super::Options;
use super::answer::Received;
use super::authorizing::{Credentials, Identity};
use super::calling::Plans;
use super::closing::Closing;
use super::failure::Words;
use super::frames::{Frame, ROOT};
use super::jar::Jar;
use super::locks::Locks;
use super::machine::{Machine, MachineId, TimerId};
use super::outcomes::StepState;
use super::past::Past;
use crate::check::EdgeKind;
use crate::event::{CallId, Event, Failure, LeftBehind, Mark, RunFinished};
use crate::expression::{Facts, FileNeed};
use crate::jsonpath::Path;
use crate::plan::Plan;
use crate::render::{Content, Intake, Program};
use crate::secret::Redactor;
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
    Loaded { frame: usize, need: FileNeed, content: Result<Content, String> },
    /// Someone asked to stop.
    Interrupt,
    /// The deadline has passed.
    Deadline,
    /// Nothing is kept any more: the run must clean up and end.
    StoreLost,
    /// The run keeps nearly as much as it may.
    StoreFull,
    /// Up to so many requests may be sent now. What is not used is gone with this input.
    Room(usize),
}

/// What is to be done, in this order.
#[derive(Debug)]
pub(super) enum Command {
    /// Keep this event; nothing later may happen before.
    Journal(Event),
    /// Keep this answer, with these parts of its body blanked out.
    Answer { call: CallId, received: Received, marks: Vec<Mark>, blank: Vec<Path> },
    /// Send this request, and take its answer in that way.
    Send { call: CallId, request: Box<Request>, intake: Intake },
    /// Run this program, and end it after that long.
    Execute { call: CallId, program: Box<Program>, timeout: Duration },
    /// Drop this request, or end this program.
    Abort(CallId),
    /// Report back after that long.
    Sleep { timer: TimerId, after: Duration },
    /// Read this file, for the expressions of that frame.
    Load { frame: usize, need: FileNeed, path: PathBuf },
    /// The run is over.
    Finish(Box<RunFinished>),
}

/// Why nothing new is started.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stop {
    /// Someone asked to stop.
    Interrupted,
    /// The deadline has passed.
    Deadline,
    /// Nothing is kept any more.
    StoreLost,
    /// As much is kept as may be.
    Full,
    /// Someone has to say how to go on.
    Asking,
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
    /// The outputs of a frame.
    Outputs(usize),
    /// The end of the time for cleaning up.
    Cleanups,
}

/// The state of a run.
pub(super) struct Scheduler<'p> {
    pub(super) options: &'p Options,
    pub(super) facts: Facts,
    pub(super) now: Duration,
    pub(super) wall: jiff::Timestamp,
    pub(super) commands: Vec<Command>,
    pub(super) redactor: Redactor,
    /// The run's own playbook, then those that steps call, in the order of the calls.
    pub(super) frames: Vec<Frame<'p>>,
    /// Where the next plan that is made meanwhile is kept.
    pub(super) plans: &'p Plans,
    /// Which step saves under which name: answers are saved side by side.
    pub(super) saved: HashMap<String, usize>,
    /// The locks that are held.
    pub(super) locks: Locks,
    /// The frames whose steps are over.
    pub(super) over: VecDeque<usize>,
    /// Who waits for a file, by the frame that asks.
    pub(super) file_waiters: HashMap<(usize, FileNeed), Vec<Waiter>>,
    /// The steps of every frame.
    pub(super) steps: Vec<StepState>,
    /// For each step, those that wait for it: index, kind of edge, and the index of the edge.
    pub(super) dependents: Vec<Vec<(usize, EdgeKind, usize)>>,
    pub(super) ready: VecDeque<usize>,
    pub(super) machines: HashMap<MachineId, Machine>,
    pub(super) outbox: VecDeque<MachineId>,
    pub(super) in_flight: HashMap<CallId, MachineId>,
    /// How many requests may still be sent now; nothing is sent without room.
    pub(super) room: usize,
    pub(super) timers: HashMap<TimerId, Waiter>,
    pub(super) credentials: Vec<Credentials>,
    /// Places of credentials by what these are made of.
    pub(super) identities: HashMap<Identity, Vec<usize>>,
    pub(super) jar: Jar,
    pub(super) next_number: u64,
    pub(super) next_call: u64,
    pub(super) stop: Option<Stop>,
    pub(super) interrupts: u32,
    pub(super) closing: Closing,
    pub(super) left_behind: Vec<LeftBehind>,
    pub(super) cleanup_failures: Vec<Failure>,
    /// What earlier processes of the run have left.
    pub(super) past: Option<&'p Past>,
    /// What someone has to decide before the run can go on.
    pub(super) questions: Vec<Failure>,
}

impl<'p> Scheduler<'p> {
    /// A run that begins at `started`.
    pub(super) fn new(plan: &'p Plan, plans: &'p Plans, options: &'p Options, started: jiff::Timestamp) -> Self {
        Self::from(plan, plans, options, started, None)
    }

    /// A run that goes on from what it was left as.
    pub(super) fn going_on(plan: &'p Plan, plans: &'p Plans, options: &'p Options, past: &'p Past) -> Self {
        Self::from(plan, plans, options, past.started, Some(past))
    }

    fn from(
        plan: &'p Plan,
        plans: &'p Plans,
        options: &'p Options,
        started: jiff::Timestamp,
        past: Option<&'p Past>,
    ) -> Self {
        let mut scheduler = Scheduler {
            options,
            facts: Facts { seed: options.seed, started, site: "run".into() },
            now: Duration::ZERO,
            wall: started,
            commands: Vec::new(),
            redactor: Redactor::default(),
            frames: Vec::new(),
            plans,
            saved: HashMap::default(),
            locks: Locks::default(),
            over: VecDeque::new(),
            file_waiters: HashMap::default(),
            steps: Vec::with_capacity(plan.steps.len() + plan.finally.len()),
            dependents: Vec::with_capacity(plan.steps.len() + plan.finally.len()),
            ready: VecDeque::new(),
            machines: HashMap::default(),
            outbox: VecDeque::new(),
            in_flight: HashMap::default(),
            room: 0,
            timers: HashMap::default(),
            credentials: Vec::new(),
            identities: HashMap::default(),
            jar: Jar::default(),
            next_number: 0,
            next_call: past.map_or(0, |past| past.calls),
            stop: None,
            interrupts: 0,
            closing: Closing::default(),
            left_behind: past.map_or_else(Vec::new, |past| past.left_behind.clone()),
            cleanup_failures: Vec::new(),
            past,
            questions: Vec::new(),
        };
        scheduler.learn_secrets_of(plan);
        // They stand in the texts that the first event keeps.
        let written = plan.called_secrets().into_iter().chain(plan.written_secrets());
        written.for_each(|secret| scheduler.redactor.learn_value(&secret));
        scheduler.open_frame(plan, None);
        scheduler
    }

    /// Takes what happened at `now` and says what is to be done.
    pub(super) fn handle(&mut self, input: Input, now: Duration, wall: jiff::Timestamp) -> Vec<Command> {
        if self.closing.finished {
            return Vec::new();
        }
        self.now = now;
        self.wall = wall;
        match input {
            Input::Begin => self.begin_frame(ROOT),
            Input::Answered { call, received } => self.answered(call, received),
            Input::Unanswered { call, error } => self.unanswered(call, error),
            Input::Unsent(call) => self.unsent(call),
            Input::Timer(timer) => {
                if let Some(waiter) = self.timers.remove(&timer) {
                    self.wake(waiter);
                }
            }
            Input::Loaded { frame, need, content } => {
                self.frames[frame].files.0.insert(need.clone(), content);
                for waiter in self.file_waiters.remove(&(frame, need)).unwrap_or_default() {
                    self.wake(waiter);
                }
            }
            Input::Interrupt => self.interrupt(),
            Input::Deadline => self.deadline(),
            Input::StoreLost => {
                self.stop = Some(Stop::StoreLost);
                self.cut_waits();
            }
            Input::StoreFull => self.full(),
            Input::Room(room) => self.room = room,
        }
        self.pump();
        self.room = 0;
        std::mem::take(&mut self.commands)
    }

    /// Starts what can start, sends what can be sent, and moves on to the next phase when a phase is over.
    fn pump(&mut self) {
        while !self.closing.finished {
            while let Some(step) = self.ready.pop_front() {
                self.start(step);
            }
            while let Some(frame) = self.over.pop_front() {
                self.frame_over(frame);
            }
            self.send_queued();
            if self.ready.is_empty() && self.over.is_empty() && !self.advance_phase() {
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
            Waiter::Outputs(frame) => self.resume_outputs(frame),
            Waiter::Cleanups => self.cleanups_expired(),
        }
    }

    /// What messages are made with.
    pub(super) fn words(&self) -> Words<'_> {
        Words { sources: &self.frames[ROOT].plan.sources, redactor: &self.redactor }
    }

    pub(super) fn journal(&mut self, event: Event) {
        self.commands.push(Command::Journal(event));
    }

    pub(super) fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    /// Waits for a file's content.
    pub(super) fn need_file(&mut self, frame: usize, need: FileNeed, waiter: Waiter) {
        let waiters = self.file_waiters.entry((frame, need.clone())).or_default();
        waiters.push(waiter);
        if waiters.len() == 1 {
            let path = self.frames[frame].plan.playbook().directory.join(&need.path);
            self.commands.push(Command::Load { frame, need, path });
        }
    }

    pub(super) fn sleep(&mut self, after: Duration, waiter: Waiter) {
        let timer = TimerId(self.number());
        self.timers.insert(timer, waiter);
        self.commands.push(Command::Sleep { timer, after });
    }
}
