//! One process: a runner on virtual time that is interrupted, and dies, when its seed says so.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use callsheet::event::Envelope;
use callsheet::plan::Plan;
use callsheet::record::Record;
use callsheet::runner::{CleanupWhen, Options, Past, Signal, TokioClock};
use callsheet::session::{Outcome, Run};
use tokio::sync::mpsc;

use super::dice::Dice;
use super::disk::{Crash, Disk};
use super::network::Network;
use super::weather::Weather;

/// What one process does, and what is done to it.
#[derive(Clone, Debug)]
pub struct Process {
    pub options: Options,
    pub weather: Weather,
    /// The events at which someone asks it to stop.
    pub interrupts: Vec<u64>,
    pub crash: Option<Crash>,
}

/// A run that was stopped, ready to be gone on with.
pub type Goes = (Past, Record);

/// How a process ended.
pub enum End {
    /// The run came to its end.
    Finished(Box<Outcome>),
    /// The process died.
    Died,
}

impl Process {
    pub fn of(dice: &mut Dice) -> Self {
        let interrupts = match dice.below(10) {
            0..6 => 0,
            6..8 => 1,
            8 => 2,
            _ => 3,
        };
        let at: Vec<u64> = (0..interrupts).map(|_| dice.below(60) as u64).collect();
        let options = Options {
            jobs: 1 + dice.below(6),
            keep_going: dice.chance(40),
            cleanup: *dice.pick(&[CleanupWhen::Always, CleanupWhen::Always, CleanupWhen::Passed, CleanupWhen::Never]),
            deadline: dice.chance(10).then(|| dice.millis(10, 20_000)),
            ..Options::default()
        };
        let crash = dice.chance(35).then(|| Crash::of(dice));
        Process { options, weather: Weather::of(dice), interrupts: at, crash }
    }

    /// Nothing happens to it.
    pub fn calm(dice: &mut Dice) -> Self {
        let options = Options { jobs: 1 + dice.below(16), ..Options::default() };
        Process { options, weather: Weather::calm(dice), interrupts: Vec::new(), crash: None }
    }

    /// Runs a plan to the end of the process; how that was, and what was told of it.
    pub fn run(&self, plan: &Plan, past: Option<Goes>, network: &Network, disk: &Disk) -> (End, Vec<Envelope>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.expect("a runtime").block_on(self.live(plan, past, network, disk))
    }

    async fn live(&self, plan: &Plan, past: Option<Goes>, network: &Network, disk: &Disk) -> (End, Vec<Envelope>) {
        network.begin_process(self.weather.clone());
        disk.begin_process(self.crash.clone());
        let (sender, signals) = mpsc::unbounded_channel();
        let mut heard = Vec::new();
        let mut interrupts = self.interrupts.clone();
        let mut told = 0;
        let hear = |envelope: &Envelope| {
            if disk.is_dead() {
                return;
            }
            heard.push(envelope.clone());
            told += 1;
            interrupts.retain(|at| *at > told || sender.send(Signal::Interrupt).is_err());
        };
        let run = Run::new(plan)
            .options(self.options.clone())
            .store(disk.clone())
            .transport(Arc::new(network.clone()))
            .clock(Arc::new(TokioClock::new(start())))
            .signals(signals)
            .on_event(hear);
        let run = match past {
            Some(past) => run.resume(past),
            None => run,
        };
        let outcome = until_death(run.start(), disk).await;
        // What was on its way when the process died has been dropped by now.
        tokio::time::sleep(Duration::from_millis(1)).await;
        network.end_process();
        let end = match outcome {
            Some(outcome) => End::Finished(Box::new(outcome.expect("this disk is never full"))),
            None => End::Died,
        };
        (end, heard)
    }
}

/// Drops a run in the very moment in which its process dies.
async fn until_death<T>(run: impl Future<Output = T>, disk: &Disk) -> Option<T> {
    let mut run = pin!(run);
    std::future::poll_fn(|context| match run.as_mut().poll(context) {
        _ if disk.is_dead() => Poll::Ready(None),
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// When every run begins.
pub fn start() -> jiff::Timestamp {
    "2026-11-24T08:00:00Z".parse().expect("a time")
}
