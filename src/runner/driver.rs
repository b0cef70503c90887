//! Owns the surroundings: keeps events, sends requests, sleeps, reads files, and feeds the scheduler.
//!
//! One loop. In each turn it takes what has happened, asks the scheduler what to do, keeps every event of the turn
//! with one call of the store, and only then lets the requests go. Nothing here decides anything.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use super::answer::{Received, read_body};
use super::clock::Clock;
use super::keeping::keep;
use super::machine::TimerId;
use super::scheduler::{Command, Input, Scheduler};
use super::steps::millis;
use super::{Options, failure};
use crate::event::{AnswerRecord, CallId, Envelope, Event, PlannedStep, RunFinished, RunStarted, Store};
use crate::expression::{FileKind, FileNeed};
use crate::id::RunId;
use crate::plan::{Plan, Step};
use crate::secret::Redactor;
use crate::value::Value;
use crate::wire::{Request, Transport, TransportError};

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
    /// Keeps events and bodies.
    pub store: &'a mut dyn Store,
    /// Brings interrupts.
    pub signals: mpsc::UnboundedReceiver<Signal>,
    /// Hears every event after it has been kept.
    pub listener: &'a mut dyn FnMut(&Envelope),
}

/// A run that is over.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its name.
    pub run: RunId,
    /// How it ended. Outputs are as they are: secrets are masked only in what is kept and told.
    pub finished: RunFinished,
}

/// A run that could not go on: our surroundings failed, not the system under test.
#[derive(Debug)]
pub struct RunError {
    /// What was being done.
    pub action: &'static str,
    /// Why it failed.
    pub source: std::io::Error,
}

impl std::fmt::Display for RunError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "cannot {}: {}", self.action, self.source)
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Runs a plan to its end.
pub async fn run(
    plan: &Plan,
    run: RunId,
    options: &Options,
    surroundings: Surroundings<'_>,
) -> Result<Finished, RunError> {
    let started = surroundings.clock.wall();
    let mut redactor = Redactor::default();
    plan.secrets().for_each(|(_, value)| redactor.learn_value(value));
    let mut driver = Driver {
        plan,
        options,
        begun: surroundings.clock.elapsed(),
        surroundings,
        redactor,
        sends: JoinSet::new(),
        handles: HashMap::new(),
        loads: JoinSet::new(),
        timers: BTreeMap::new(),
        number: 0,
        signals_closed: false,
    };
    let first = Event::RunStarted(Box::new(run_started(plan, &run, options, started)));
    driver.keep(vec![first])?;
    let finished = driver.drive(Scheduler::new(plan, options, started)).await?;
    Ok(Finished { run, finished })
}

fn run_started(plan: &Plan, run: &RunId, options: &Options, started: jiff::Timestamp) -> RunStarted {
    let playbook = plan.playbook();
    let public = playbook.inputs.iter().filter(|input| !input.secret);
    let inputs = public.filter_map(|input| {
        let name = &input.name.text;
        Some((name.to_string(), plan.inputs.get(name)?.clone()))
    });
    let secret = playbook.inputs.iter().filter(|input| input.secret);
    let planned = |step: &Step, group: &[Step], finally: bool| PlannedStep {
        step: step.address.clone(),
        title: step.title.as_ref().map(|title| title.to_string()),
        summary: step.summary(),
        after: step.links.edges.iter().map(|edge| group[edge.from].address.clone()).collect(),
        finally,
    };
    let order = plan.checked.order.iter().map(|index| planned(&plan.steps[*index], &plan.steps, false));
    let finally = plan.finally.iter().map(|step| planned(step, &plan.finally, true));
    RunStarted {
        format: crate::event::FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        run: run.clone(),
        started,
        seed: options.seed,
        playbook: playbook.id.text.to_string(),
        title: playbook.title.as_ref().map(|title| title.text.to_string()),
        sources: plan.sources.iter().map(|(_, source)| (source.path.clone(), Arc::clone(&source.text))).collect(),
        inputs: inputs.collect(),
        secret_inputs: secret.map(|input| input.name.text.to_string()).collect(),
        steps: order.chain(finally).collect(),
    }
}

struct Driver<'a, 's> {
    plan: &'a Plan,
    options: &'a Options,
    begun: Duration,
    surroundings: Surroundings<'s>,
    redactor: Redactor,
    sends: JoinSet<(CallId, Result<Received, TransportError>)>,
    handles: HashMap<CallId, AbortHandle>,
    loads: JoinSet<(FileNeed, Result<Value, String>)>,
    timers: BTreeMap<(Duration, TimerId), ()>,
    number: u64,
    signals_closed: bool,
}

impl Driver<'_, '_> {
    async fn drive(&mut self, mut scheduler: Scheduler<'_>) -> Result<RunFinished, RunError> {
        let mut inputs = vec![Input::Begin];
        let mut deadline = self.options.deadline;
        loop {
            let mut commands = Vec::new();
            let (now, wall) = (self.now(), self.surroundings.clock.wall());
            for input in inputs.drain(..) {
                commands.extend(scheduler.handle(input, now, wall));
            }
            if let Some(finished) = self.obey(commands)? {
                return Ok(*finished);
            }
            inputs = self.wait(&mut deadline).await;
        }
    }

    /// The time since the start of the run.
    fn now(&self) -> Duration {
        self.surroundings.clock.elapsed().saturating_sub(self.begun)
    }

    /// Keeps what is to be kept, then does the rest.
    fn obey(&mut self, commands: Vec<Command>) -> Result<Option<Box<RunFinished>>, RunError> {
        let mut events = Vec::new();
        let mut later = Vec::new();
        for command in commands {
            match command {
                Command::Journal(event) => events.push(event),
                Command::Learn(value) => self.redactor.learn_value(&value),
                Command::Answer { call, received, marks } => {
                    let store = &mut *self.surroundings.store;
                    let answer = keep(call, &received, self.options.keep, &self.redactor, store)
                        .map_err(|source| RunError { action: "keep an answer's body", source })?;
                    let answer = AnswerRecord { marks, ..answer };
                    events.push(Event::Answered { call, answer: Box::new(answer) });
                }
                other => later.push(other),
            }
        }
        self.keep(events)?;
        let mut finished = None;
        for command in later {
            match command {
                Command::Send { call, request } => self.send(call, *request),
                Command::Abort(call) => {
                    if let Some(handle) = self.handles.remove(&call) {
                        handle.abort();
                    }
                }
                Command::Sleep { timer, after } => {
                    self.timers.insert((self.now() + after, timer), ());
                }
                Command::Load(need) => self.load(need),
                Command::Finish(end) => finished = Some(end),
                Command::Journal(_) | Command::Learn(_) | Command::Answer { .. } => {}
            }
        }
        Ok(finished)
    }

    /// Redacts, appends with one call, and tells the listener.
    fn keep(&mut self, events: Vec<Event>) -> Result<(), RunError> {
        if events.is_empty() {
            return Ok(());
        }
        let at = millis(self.now());
        let mut envelopes = Vec::with_capacity(events.len());
        for event in events {
            envelopes.push(self.redacted(Envelope { n: self.number, at, event })?);
            self.number += 1;
        }
        self.surroundings
            .store
            .append(&envelopes)
            .map_err(|source| RunError { action: "write the journal", source })?;
        envelopes.iter().for_each(|envelope| (self.surroundings.listener)(envelope));
        Ok(())
    }

    /// The event as it may be seen. Most hold no secret, which one search over their text tells.
    fn redacted(&self, envelope: Envelope) -> Result<Envelope, RunError> {
        let broken = |error: serde_json::Error| RunError { action: "redact an event", source: error.into() };
        if self.redactor.is_empty() {
            return Ok(envelope);
        }
        let text = serde_json::to_string(&envelope.event).map_err(broken)?;
        if !self.redactor.finds(&text) {
            return Ok(envelope);
        }
        let value: Value = serde_json::from_str(&text).map_err(broken)?;
        let redacted = self.redactor.redact_value(&value).to_string();
        let event = serde_json::from_str(&redacted).map_err(broken)?;
        Ok(Envelope { event, ..envelope })
    }

    fn send(&mut self, call: CallId, request: Request) {
        let transport = Arc::clone(&self.surroundings.transport);
        let clock = Arc::clone(&self.surroundings.clock);
        let handle = self.sends.spawn(async move {
            let begun = clock.elapsed();
            let origin = request.url.origin().ascii_serialization();
            let result = match transport.send(request).await {
                Err(error) => Err(error),
                Ok(mut answer) => read_body(&mut answer, &origin).await.map(|body| Received {
                    status: answer.status,
                    headers: answer.headers,
                    body,
                    elapsed: clock.elapsed().saturating_sub(begun),
                }),
            };
            (call, result)
        });
        self.handles.insert(call, handle);
    }

    /// Files are read off the loop: a digest of a gigabyte must not stop it.
    fn load(&mut self, need: FileNeed) {
        let path = self.plan.playbook().directory.join(&need.path);
        self.loads.spawn_blocking(move || {
            let content = read_file(need.kind, &path).map_err(|error| format!("`{}`: {error}", need.path));
            (need, content)
        });
    }

    /// Waits until something happens; takes everything that has happened by then.
    async fn wait(&mut self, deadline: &mut Option<Duration>) -> Vec<Input> {
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

fn loaded_input(loaded: Result<(FileNeed, Result<Value, String>), tokio::task::JoinError>) -> Option<Input> {
    match loaded {
        Ok((need, content)) => Some(Input::Loaded { need, content }),
        Err(error) if error.is_cancelled() => None,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

fn read_file(kind: FileKind, path: &PathBuf) -> Result<Value, String> {
    let words = |error: std::io::Error| failure::io(&error);
    match kind {
        FileKind::Sha256 => sha256(path).map(Value::from).map_err(words),
        FileKind::Text => std::fs::read_to_string(path).map(Value::from).map_err(words),
        FileKind::Json => {
            let bytes = std::fs::read(path).map_err(words)?;
            Value::read(&bytes).map_err(|error| format!("is not JSON: {error}"))
        }
    }
}

fn sha256(path: &PathBuf) -> std::io::Result<String> {
    use std::io::Read;
    let mut file = std::fs::File::open(path)?;
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    let mut chunk = vec![0; 256 * 1024];
    loop {
        let count = file.read(&mut chunk)?;
        if count == 0 {
            break;
        }
        context.update(&chunk[..count]);
    }
    Ok(context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}
