//! A thread that runs playbooks: its runtime, its client, and as many loops as it may have playbooks active.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use indexmap::IndexMap;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};

use super::queue::Queue;
use super::telling::{Manner, Names, Told, block};
use crate::cli::args::RunArgs;
use crate::cli::exit::Exit;
use crate::cli::network::client;
use crate::cli::plain::{Plain, Verbosity};
use crate::cli::running::{Begin, Course, Listener, run_one};
use crate::cli::terminal::Terminal;
use crate::cli::units::Unit;
use crate::plan::Plan;
use crate::record::{Record, Standing};
use crate::runner::{Jobs, Signal};
use crate::value::Value;
use crate::wire::Transport;

/// What all threads share.
#[derive(Clone)]
pub(super) struct Shared<'a> {
    pub(super) args: &'a RunArgs,
    pub(super) terminal: Terminal,
    pub(super) units: &'a [Unit<'a>],
    pub(super) plans: &'a [Plan],
    pub(super) queue: &'a Queue,
    pub(super) names: &'a Names,
    pub(super) jobs: Jobs,
    /// How often someone asked to stop.
    pub(super) heard: watch::Receiver<u32>,
}

impl<'a> Shared<'a> {
    /// How things are said.
    pub(super) fn manner(&self) -> Manner<'a> {
        Manner { names: self.names, palette: self.terminal.err, quiet: self.args.quiet }
    }
}

/// The end of one playbook, for the main thread.
pub(super) struct Ending {
    pub(super) told: Told,
    /// What is to be said of it.
    pub(super) block: String,
    pub(super) outputs: Option<IndexMap<String, Value>>,
    /// Kept only for reports.
    pub(super) record: Option<Record>,
    /// Why there is no record, or why the run did not end as its record says.
    pub(super) trouble: String,
    pub(super) exit: Exit,
}

/// Runs playbooks from the queue, so many at a time, until there are no more.
pub(super) fn work(runtime: Runtime, workers: usize, shared: &Shared<'_>, endings: &mpsc::UnboundedSender<Ending>) {
    let transport = client(&shared.args.network);
    runtime.block_on(async {
        let workers = (0..workers).map(|_| one_by_one(shared, &transport, endings));
        workers.collect::<FuturesUnordered<_>>().collect::<()>().await;
    });
    runtime.shutdown_background();
}

async fn one_by_one(shared: &Shared<'_>, transport: &Arc<dyn Transport>, endings: &mpsc::UnboundedSender<Ending>) {
    while let Some(index) = shared.queue.take() {
        let ending = run(shared, index, Arc::clone(transport)).await;
        // Before this loop asks for the next one.
        if ending.exit == Exit::Interrupted || ending.exit != Exit::Passed && !shared.args.keep_going {
            shared.queue.close();
        }
        if endings.send(ending).is_err() {
            return;
        }
    }
}

async fn run(shared: &Shared<'_>, index: usize, transport: Arc<dyn Transport>) -> Ending {
    let Shared { args, terminal, .. } = shared;
    let course = Course {
        args,
        palette: terminal.err,
        plan: &shared.plans[index],
        unit: &shared.units[index],
        index,
        jobs: shared.jobs.clone(),
        transport,
        signals: interrupts(shared.heard.clone()),
        quiet: !args.verbose && (args.quiet || args.snapshot),
        begin: Begin::Anew,
        knows: &|_| {},
    };
    let mut lines = String::new();
    let mut plain = Plain::new(Verbosity::Verbose, terminal.err);
    let listener: Listener<'_> = match args.verbose {
        true => Box::new(|envelope| lines += &plain.lines(envelope)),
        false => Box::new(|_| {}),
    };
    let ended = run_one(course, listener).await;
    let told = Told::new(index, &ended);
    let block = block(&told, &ended, &lines, shared.manner());
    let outputs = ended.record.as_ref().and_then(|record| Some(record.finished.as_ref()?.outputs.clone()));
    let all_is_in_record = ended.record.as_ref().is_some_and(|record| Standing::of(record) == told.standing);
    let trouble = if all_is_in_record { String::new() } else { ended.told };
    let record = ended.record.filter(|_| !args.reports.is_empty());
    Ending { told, block, outputs, record, trouble, exit: ended.exit }
}

/// The interrupts so far and those to come, for one run.
fn interrupts(mut heard: watch::Receiver<u32>) -> mpsc::UnboundedReceiver<Signal> {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut passed_on = 0;
        loop {
            let times = *heard.borrow_and_update();
            if (passed_on..times).any(|_| sender.send(Signal::Interrupt).is_err()) {
                return;
            }
            passed_on = times;
            tokio::select! {
                changed = heard.changed() => if changed.is_err() { return },
                () = sender.closed() => return,
            }
        }
    });
    receiver
}
