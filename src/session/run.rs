//! One run of a plan, over surroundings that can all be replaced.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::{Clock, Plan, Store, Transport};
use crate::client::{self, Client};
use crate::event::Envelope;
use crate::id::RunId;
use crate::journal::MemoryStore;
use crate::record::Record;
use crate::runner::{self, CleanupWhen, Jobs, Options, Past, RunError, Signal, Surroundings, TokioClock};
use crate::transcript::Transcript;
use crate::value::Value;

type Listener<'a> = Box<dyn FnMut(&Envelope) + 'a>;

/// A run that is about to start.
///
/// Without other words: sixteen requests at once, events kept in memory, requests over the network, a seed and a
/// start from the clock.
pub struct Run<'a> {
    plan: &'a Plan,
    options: Options,
    jobs: Option<Jobs>,
    run: Option<RunId>,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    store: Option<Box<dyn Store + 'a>>,
    signals: Option<mpsc::UnboundedReceiver<Signal>>,
    listener: Option<Listener<'a>>,
    past: Option<(Past, Record)>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The run's name.
    pub run: RunId,
    /// Everything that happened; secrets are masked.
    pub record: Record,
    /// The outputs as they are: secrets among them are not masked.
    pub outputs: indexmap::IndexMap<String, Value>,
}

impl Outcome {
    /// Whether the run passed and was not interrupted.
    pub fn passed(&self) -> bool {
        self.record.outcome().is_some_and(crate::event::Outcome::is_passed) && !self.record.is_interrupted()
    }

    /// The run in normal form. `body` reads a body that the store keeps beside the journal.
    pub fn transcript(&self, body: &dyn Fn(&str) -> Option<Vec<u8>>) -> Transcript {
        Transcript::new(&self.record, body)
    }
}

impl<'a> Run<'a> {
    /// A run of that plan.
    pub fn new(plan: &'a Plan) -> Self {
        Run {
            plan,
            options: Options::default(),
            jobs: None,
            run: None,
            transport: None,
            clock: None,
            store: None,
            signals: None,
            listener: None,
            past: None,
        }
    }

    /// How the run is to be done.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// How many requests may be in flight at once.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.options.jobs = jobs.max(1);
        self
    }

    /// The places for requests in flight, which this run shares with every other run that gets a clone of them.
    ///
    /// ```
    /// # use callsheet::{plan::Inputs, runner::Jobs, session::{Run, Session}};
    /// # async fn both(session: Session) -> Result<(), Box<dyn std::error::Error>> {
    /// let jobs = Jobs::new(4); // at most four requests, whichever of the two sends them
    /// let one = session.load("one.yaml")?.plan(&Inputs::new())?;
    /// let other = session.load("other.yaml")?.plan(&Inputs::new())?;
    /// let (one, other) = tokio::join!(Run::new(&one).jobs_of(&jobs).start(), Run::new(&other).jobs_of(&jobs).start());
    /// # (one?, other?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn jobs_of(mut self, jobs: &Jobs) -> Self {
        self.jobs = Some(jobs.clone());
        self
    }

    /// Whether steps that do not depend on a failed one run all the same.
    pub fn keep_going(mut self, keep_going: bool) -> Self {
        self.options.keep_going = keep_going;
        self
    }

    /// Whether steps may run programs; without it a plan that has such steps is refused.
    pub fn allow_exec(mut self, allow: bool) -> Self {
        self.options.allow_exec = allow;
        self
    }

    /// When cleanups run.
    pub fn cleanup(mut self, cleanup: CleanupWhen) -> Self {
        self.options.cleanup = cleanup;
        self
    }

    /// When the run must be over, from its start.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// The run's name, where its folder is there already.
    pub fn name(mut self, run: RunId) -> Self {
        self.run = Some(run);
        self
    }

    /// What carries requests, instead of the network.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// What tells the time.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// What keeps events and bodies, instead of memory.
    pub fn store(mut self, store: impl Store + 'a) -> Self {
        self.store = Some(Box::new(store));
        self
    }

    /// Where interrupts come from.
    pub fn signals(mut self, signals: mpsc::UnboundedReceiver<Signal>) -> Self {
        self.signals = Some(signals);
        self
    }

    /// Hears every event after it has been kept.
    pub fn on_event(mut self, listener: impl FnMut(&Envelope) + 'a) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// Goes on with a run that was stopped, from what [`Stopped::prepare`](super::Stopped::prepare) has made of it. The
    /// [store](Run::store) holds what the run has left.
    pub fn resume(mut self, (past, record): (Past, Record)) -> Self {
        self.run = record.started.as_ref().map(|started| started.run.clone());
        self.options.seed = past.seed;
        self.past = Some((past, record));
        self
    }

    /// Runs. The error means that our own surroundings failed (the journal cannot be written, say); what the system
    /// under test does wrong is in the [`Outcome`].
    pub async fn start(self) -> Result<Outcome, RunError> {
        let clock = self.clock.unwrap_or_else(|| Arc::new(TokioClock::new(jiff::Timestamp::now())));
        let mut options = self.options;
        let transport = self.transport.unwrap_or_else(|| {
            options.insecure |= self.plan.is_insecure();
            Arc::new(Client::new(client::Options::default()))
        });
        let run = self.run.unwrap_or_else(|| RunId::new(clock.wall(), options.seed));
        let mut memory = MemoryStore::new();
        let mut store = self.store;
        let mut listener = self.listener;
        let (past, mut record) = self.past.map_or_else(Default::default, |(past, record)| (Some(past), record));
        options.seed = past.as_ref().map_or(options.seed, |past| past.seed);
        let mut hear = |envelope: Envelope| {
            if let Some(listener) = &mut listener {
                listener(&envelope);
            }
            record.take(envelope);
        };
        let (_keep_open, silent) = mpsc::unbounded_channel();
        let surroundings = Surroundings {
            transport,
            clock,
            jobs: self.jobs.unwrap_or_else(|| Jobs::new(options.jobs)),
            store: match &mut store {
                Some(store) => &mut **store,
                None => &mut memory,
            },
            signals: self.signals.unwrap_or(silent),
            listener: &mut hear,
        };
        let finished = match &past {
            Some(past) => runner::resume(self.plan, run, &options, past, surroundings).await?,
            None => runner::run(self.plan, run, &options, surroundings).await?,
        };
        Ok(Outcome { run: finished.run, outputs: finished.finished.outputs, record })
    }
}
