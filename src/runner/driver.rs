//! Owns the surroundings: keeps events, sends requests, sleeps, reads files, and feeds the scheduler.
//!
//! One loop. In each turn it takes what has happened, asks the scheduler what to do, keeps every event of the turn
//! with one call of the store, and only then lets the requests go. Whoever listens is told last, while the requests
//! are under way. Nothing here decides anything.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use foldhash::HashMap;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use super::answer::Received;
use super::calling::Plans;
use super::clock::Clock;
use super::ended::{Finished, RunError};
use super::filling::Filling;
use super::guard::{self, Guarded};
use super::jobs::{Jobs, Place, Places};
use super::keeping::{Masking, keep, masked_end};
use super::length::millis;
use super::machine::TimerId;
use super::past::Past;
use super::receiving::{Taking, receive};
use super::refused::Refused;
use super::scheduler::{Command, Input, Scheduler};
use super::{Environment, Options, beginning, programs, reading};
use crate::event::{AnswerRecord, BodyRecord, CallId, Envelope, Event, RunFinished, Store};
use crate::expression::FileNeed;
use crate::id::RunId;
use crate::jsonpath::Path;
use crate::plan::Plan;
use crate::render::{Content, Intake, Program};
use crate::secret::Redactor;
use crate::wire::{Headers, Request, Transport, TransportError};

/// What someone tells a run from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Stop; each further one stops harder.
    Interrupt,
}

/// Everything a run reaches the outside through.
pub struct Surroundings<'a> {
    /// Carries requests.
    pub transport: Arc<dyn Transport>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// How many requests may be in flight, in this run and those that share it.
    pub jobs: Jobs,
    /// Keeps events and bodies.
    pub store: &'a mut dyn Store,
    /// Brings interrupts.
    pub signals: mpsc::UnboundedReceiver<Signal>,
    /// Hears every event after it has been kept.
    pub listener: &'a mut dyn FnMut(Envelope),
}

/// Runs a plan to its end.
pub async fn run(
    plan: &Plan,
    run: RunId,
    options: &Options,
    surroundings: Surroundings<'_>,
) -> Result<Finished, RunError> {
    refuse_programs(plan, options)?;
    let started = surroundings.clock.wall();
    let plans = Plans::default();
    let scheduler = Scheduler::new(plan, &plans, options, started);
    let first = Event::RunStarted(Box::new(beginning::run_started(plan, &run, options, started)));
    Driver::new(plan, options, surroundings).go(scheduler, run, first).await
}

/// Goes on with a run that was stopped, to its end. The store holds the events so far.
pub async fn resume(
    plan: &Plan,
    run: RunId,
    options: &Options,
    past: &Past,
    surroundings: Surroundings<'_>,
) -> Result<Finished, RunError> {
    refuse_programs(plan, options)?;
    let plans = Plans::default();
    let scheduler = Scheduler::going_on(plan, &plans, options, past);
    let first = Event::Resumed(Box::new(beginning::resumed(plan, past)));
    let mut driver = Driver::new(plan, options, surroundings);
    (driver.number, driver.before) = (past.events, past.at);
    driver.go(scheduler, run, first).await
}

struct Driver<'a, 's> {
    plan: &'a Plan,
    options: &'a Options,
    begun: Duration,
    /// How long earlier processes of the run have taken.
    before: Duration,
    surroundings: Surroundings<'s>,
    places: Places,
    sends: JoinSet<(CallId, Result<Received, TransportError>)>,
    handles: HashMap<CallId, AbortHandle>,
    loads: JoinSet<(usize, FileNeed, Result<Content, String>)>,
    timers: BTreeMap<(Duration, TimerId), ()>,
    number: u64,
    /// Events that have been kept and not yet been told.
    untold: Vec<Envelope>,
    signals_closed: bool,
    /// Why the store keeps nothing any more.
    lost: Option<RunError>,
}
/// Programs are run only where that is allowed, and that is known before anything is sent.
fn refuse_programs(plan: &Plan, options: &Options) -> Result<(), RunError> {
    // A refresh runs none.
    let programs = if options.allow_exec || options.refresh { Vec::new() } else { plan.programs() };
    if programs.is_empty() {
        return Ok(());
    }
    let refused = Refused { diagnostics: programs, sources: Arc::clone(&plan.sources) };
    Err(RunError::new("run programs", std::io::Error::new(std::io::ErrorKind::PermissionDenied, refused)))
}

impl<'a, 's> Driver<'a, 's> {
    fn new(plan: &'a Plan, options: &'a Options, surroundings: Surroundings<'s>) -> Self {
        Driver {
            plan,
            options,
            begun: surroundings.clock.elapsed(),
            before: Duration::ZERO,
            places: Places::of(surroundings.jobs.clone()),
            surroundings,
            sends: JoinSet::new(),
            handles: HashMap::default(),
            loads: JoinSet::new(),
            timers: BTreeMap::new(),
            number: 0,
            untold: Vec::new(),
            signals_closed: false,
            lost: None,
        }
    }

    /// Keeps the first event, which nothing may come before, and runs to the end.
    async fn go(mut self, scheduler: Scheduler<'_>, run: RunId, first: Event) -> Result<Finished, RunError> {
        self.keep(vec![first], &scheduler.redactor);
        self.tell();
        if let Some(error) = self.lost {
            return Err(error);
        }
        let finished = self.drive(scheduler).await?;
        Ok(Finished { run, finished })
    }

    async fn drive(&mut self, mut scheduler: Scheduler<'_>) -> Result<RunFinished, RunError> {
        let mut deadline = self.options.deadline.map(|deadline| self.before.saturating_add(deadline));
        let mut filling = Filling::of(&self.plan.playbook().limits);
        // A run that is gone on with may be full before it begins.
        let full = filling.is_over(self.surroundings.store).then_some(Input::StoreFull);
        let mut inputs: Vec<Input> = full.into_iter().chain([Input::Begin]).collect();
        loop {
            let mut commands = Vec::new();
            let (now, wall) = (self.now(), self.surroundings.clock.wall());
            for input in inputs.drain(..) {
                commands.extend(scheduler.handle(input, now, wall));
            }
            let room = self.places.gather(scheduler.wanted());
            if room > 0 {
                commands.extend(scheduler.handle(Input::Room(room), now, wall));
            }
            let before = self.lost.is_some();
            let under_way = self.sends.len();
            let (finished, unsent) = self.obey(commands, &scheduler.redactor);
            if self.sends.len() > under_way {
                // Lets the requests go out, so that the server works while we tell.
                tokio::task::yield_now().await;
            }
            self.tell();
            match (finished, self.lost.take()) {
                (None, lost) => self.lost = lost,
                (Some(finished), None) => return Ok(*finished),
                (Some(finished), Some(lost)) => {
                    let finished = Some(masked_end(finished, &scheduler.redactor));
                    return Err(RunError { finished, ..lost });
                }
            }
            if !before && self.lost.is_some() {
                // Nothing of this turn was kept, so that nothing of it may go out.
                inputs.push(Input::StoreLost);
                inputs.extend(unsent);
                continue;
            }
            if filling.is_over(self.surroundings.store) {
                inputs.push(Input::StoreFull);
                continue;
            }
            inputs = self.wait(&mut deadline, scheduler.wanted() > 0).await;
        }
    }

    /// The time since the start of the run, without that between its processes.
    fn now(&self) -> Duration {
        self.surroundings.clock.elapsed().saturating_sub(self.begun).saturating_add(self.before)
    }

    /// Keeps what is to be kept, then does the rest. Requests whose intent could not be kept are handed back unsent.
    fn obey(&mut self, commands: Vec<Command>, redactor: &Redactor) -> (Option<Box<RunFinished>>, Vec<Input>) {
        let before = self.lost.is_some();
        let mut events = Vec::new();
        let mut later = Vec::new();
        for command in commands {
            match command {
                Command::Journal(event) => events.push(event),
                Command::Answer { call, received, marks, blank } => {
                    let answer = AnswerRecord { marks, ..self.keep_answer(call, &received, &blank, redactor) };
                    events.push(Event::Answered { call, answer: Box::new(answer) });
                }
                other => later.push(other),
            }
        }
        self.keep(events, redactor);
        let may_send = before || self.lost.is_none();
        let mut finished = None;
        let mut unsent = Vec::new();
        for command in later {
            match command {
                Command::Send { call, request, intake } if may_send => {
                    let place = self.places.take();
                    self.send(call, *request, intake, place);
                }
                Command::Execute { call, program, timeout } if may_send => {
                    let place = self.places.take();
                    self.execute(call, *program, timeout, place, programs::environment(self.options, redactor));
                }
                Command::Send { call, .. } | Command::Execute { call, .. } => unsent.push(Input::Unsent(call)),
                Command::Abort(call) => {
                    if let Some(handle) = self.handles.remove(&call) {
                        handle.abort();
                    }
                }
                Command::Sleep { timer, after } => {
                    self.timers.insert((self.now().saturating_add(after), timer), ());
                }
                Command::Load { frame, need, path } => self.load(frame, need, path),
                Command::Finish(end) => finished = Some(end),
                Command::Journal(_) | Command::Answer { .. } => {}
            }
        }
        self.places.give_back();
        (finished, unsent)
    }

    fn keep_answer(&mut self, call: CallId, received: &Received, blank: &[Path], redactor: &Redactor) -> AnswerRecord {
        let mut store = Guarded { store: &mut *self.surroundings.store, redactor };
        let store = if self.lost.is_some() { None } else { Some(&mut store as &mut dyn Store) };
        keep(call, received, blank, redactor, store).unwrap_or_else(|source| {
            self.lost.get_or_insert(RunError::new("keep an answer's body", source));
            AnswerRecord {
                status: received.status,
                headers: Headers::default(),
                body: BodyRecord::Empty,
                stderr: BodyRecord::Empty,
                elapsed: millis(received.elapsed),
                marks: Vec::new(),
            }
        })
    }

    /// Redacts, and appends with one call. A store that fails once is not asked again: the run cleans up and ends.
    fn keep(&mut self, events: Vec<Event>, redactor: &Redactor) {
        if events.is_empty() {
            return;
        }
        let at = millis(self.now());
        let told = self.untold.len();
        for mut event in events {
            event.each_leaf(&mut Masking(redactor));
            self.untold.push(Envelope { n: self.number, at, event });
            self.number += 1;
        }
        if let Some(leak) = guard::take_leaks(&mut self.untold, told, redactor) {
            self.lost.get_or_insert(RunError::new("go on", std::io::Error::other(leak)));
        }
        if self.lost.is_none()
            && let Err(source) = self.surroundings.store.append(&self.untold[told..])
        {
            self.lost = Some(RunError::new("write the journal", source));
        }
    }

    /// Tells the listener what has been kept.
    fn tell(&mut self) {
        self.untold.drain(..).for_each(|envelope| (self.surroundings.listener)(envelope));
    }

    fn send(&mut self, call: CallId, request: Request, intake: Intake, place: Place) {
        let save = intake.save.as_ref().filter(|_| self.lost.is_none());
        let saving = save.map(|name| self.surroundings.store.save(name));
        let keep = intake.keep.unwrap_or(self.options.keep);
        let taking = Taking { intake, keep, saving, limits: self.plan.playbook().answer_limits() };
        let transport = Arc::clone(&self.surroundings.transport);
        let clock = Arc::clone(&self.surroundings.clock);
        let handle = self.sends.spawn(async move {
            let begun = clock.elapsed();
            let result = match transport.send(request).await {
                Err(error) => Err(error),
                Ok(mut answer) => receive(&mut answer, taking).await.map(|body| Received {
                    status: answer.status,
                    headers: answer.headers,
                    body,
                    elapsed: clock.elapsed().saturating_sub(begun),
                    program: None,
                }),
            };
            drop(place);
            (call, result)
        });
        self.handles.insert(call, handle);
    }

    fn execute(
        &mut self,
        call: CallId,
        program: Program,
        timeout: Duration,
        place: Place,
        environment: Option<Environment>,
    ) {
        let clock = Arc::clone(&self.surroundings.clock);
        let handle = self.sends.spawn(async move {
            let result = programs::run(program, environment, timeout, clock).await;
            drop(place);
            (call, result)
        });
        self.handles.insert(call, handle);
    }

    /// Files are read off the loop: a digest of a gigabyte must not stop it.
    fn load(&mut self, frame: usize, need: FileNeed, path: PathBuf) {
        self.loads.spawn_blocking(move || {
            let content = reading::read_file(need.kind, &path).map_err(|error| format!("`{}`: {error}", need.path));
            (frame, need, content)
        });
    }

    /// Waits until something happens; takes everything that has happened by then. A run that `wants` to send waits for
    /// a place too.
    async fn wait(&mut self, deadline: &mut Option<Duration>, wants: bool) -> Vec<Input> {
        let now = self.now();
        let next = self.timers.first_key_value().map(|((at, _), ())| *at);
        let next = [next, *deadline].into_iter().flatten().min();
        let sleep = next.map(|at| self.surroundings.clock.sleep(at.saturating_sub(now)));
        let mut inputs = Vec::new();
        tokio::select! {
            biased;
            signal = self.surroundings.signals.recv(), if !self.signals_closed => match signal {
                Some(Signal::Interrupt) => inputs.push(Input::Interrupt),
                None => self.signals_closed = true,
            },
            Some(sent) = self.sends.join_next(), if !self.sends.is_empty() => inputs.extend(self.arrived(sent)),
            Some(loaded) = self.loads.join_next(), if !self.loads.is_empty() => inputs.extend(loaded_input(loaded)),
            () = self.places.next(), if wants => {}
            () = async { match sleep { Some(sleep) => sleep.await, None => std::future::pending().await } } => {}
        }
        while let Some(sent) = self.sends.try_join_next() {
            inputs.extend(self.arrived(sent));
        }
        let now = self.now();
        while let Some(((at, timer), ())) = self.timers.first_key_value().map(|(key, ())| (*key, ())) {
            if at > now {
                break;
            }
            self.timers.remove(&(at, timer));
            inputs.push(Input::Timer(timer));
        }
        if deadline.is_some_and(|deadline| deadline <= now) {
            *deadline = None;
            inputs.push(Input::Deadline);
        }
        inputs
    }

    fn arrived(
        &mut self,
        sent: Result<(CallId, Result<Received, TransportError>), tokio::task::JoinError>,
    ) -> Option<Input> {
        match sent {
            Ok((call, result)) => {
                self.handles.remove(&call);
                Some(match result {
                    Ok(received) => Input::Answered { call, received },
                    Err(error) => Input::Unanswered { call, error },
                })
            }
            // The scheduler knows of those it has dropped.
            Err(error) if error.is_cancelled() => None,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

fn loaded_input(loaded: Result<(usize, FileNeed, Result<Content, String>), tokio::task::JoinError>) -> Option<Input> {
    match loaded {
        Ok((frame, need, content)) => Some(Input::Loaded { frame, need, content }),
        Err(error) if error.is_cancelled() => None,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
