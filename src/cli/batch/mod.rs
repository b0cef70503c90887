//! Several playbooks, or cells of a matrix, at the same time, under one `--jobs`.
//!
//! As many playbooks are active as there may be requests in flight, spread over the cores: each thread has a runtime
//! and a client of its own, takes the next playbook from the [`Queue`] that all share, and makes the text that is to
//! be said of it. The main thread hears of each end, says it as one block, passes interrupts on, and sums up. (It is
//! also where the simulator of `--simulate` lives.)

mod progress;
mod queue;
mod telling;
mod worker;

use std::time::Instant;

use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

use self::progress::Progress;
use self::queue::Queue;
use self::telling::{Names, Told, outputs, summary};
use self::worker::{Ending, Shared};
use super::args::RunArgs;
use super::exit::Exit;
use super::report;
use super::run::{Means, output_format, runtime};
use super::running;
use super::signals;
use super::terminal::{Terminal, say, tell};
use super::units::Unit;
use crate::plan::Plan;
use crate::record::Standing;
use crate::report::{Absent, Batch, Ran};
use crate::runner::Signal;

/// The stack of a thread that runs playbooks, in bytes: that of the main thread, which runs a single one. What is judged
/// may be nested as deep as the limits allow.
const STACK: usize = 8 * 1024 * 1024;

/// Runs the plans of the playbooks that the arguments name.
pub(super) fn run(means: &Means, args: &RunArgs, terminal: Terminal, units: &[Unit<'_>], plans: &[Plan]) -> Exit {
    let begun = Instant::now();
    let active = plans.len().min(usize::from(args.jobs));
    let threads = means.threads.min(active);
    let runtimes: Result<Vec<Runtime>, _> = (0..threads).map(|_| runtime()).collect();
    let runtimes = match runtimes {
        Ok(runtimes) => runtimes,
        Err(error) => {
            tell(&format!("error: cannot start: {error}\n"));
            return Exit::Errored;
        }
    };
    let (interrupts, heard) = watch::channel(0_u32);
    let queue = Queue::new(plans.len());
    let names = Names::of(units);
    let shared =
        Shared { args, terminal, units, plans, queue: &queue, names: &names, jobs: running::jobs(args), heard };
    // Before anything is sent: an interrupt that nobody hears ends the process without a cleanup.
    let signals = signals::interrupts();
    let endings = std::thread::scope(|scope| {
        let (sender, endings) = mpsc::unbounded_channel();
        for (number, runtime) in runtimes.into_iter().enumerate() {
            let (shared, sender) = (shared.clone(), sender.clone());
            // The first threads take one more where the active playbooks cannot be dealt out evenly.
            let workers = active / threads + usize::from(number < active % threads);
            let thread = std::thread::Builder::new().stack_size(STACK);
            let work = move || worker::work(runtime, workers, &shared, &sender);
            thread.spawn_scoped(scope, work).expect("the system lets the program have a thread");
        }
        drop(sender);
        means.runtime.block_on(listen(&shared, begun, (endings, signals), &interrupts))
    });
    conclude(&shared, begun, endings)
}

/// Says of each playbook what there is to say, as soon as it has ended, and passes interrupts on.
async fn listen(
    shared: &Shared<'_>,
    begun: Instant,
    (mut endings, mut signals): (mpsc::UnboundedReceiver<Ending>, mpsc::UnboundedReceiver<Signal>),
    interrupts: &watch::Sender<u32>,
) -> Vec<Option<Ending>> {
    let mut ended: Vec<Option<Ending>> = shared.plans.iter().map(|_| None).collect();
    let what = if shared.names.has_cells { "runs" } else { "playbooks" };
    let live = shared.terminal.live && !shared.args.quiet;
    let mut progress = Progress::new(live, (shared.plans.len(), what), begun);
    let mut ticks = interval(progress::TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            ending = endings.recv() => {
                let Some(mut ending) = ending else { break };
                tell(&progress.ended(&std::mem::take(&mut ending.block), ending.told.standing, shared.queue.taken()));
                let index = ending.told.index;
                ended[index] = Some(ending);
            }
            Some(_) = signals.recv() => {
                shared.queue.close();
                interrupts.send_modify(|times| *times += 1);
                let said = progress.stopping(*interrupts.borrow());
                if !shared.args.quiet {
                    tell(&said);
                }
            }
            _ = ticks.tick(), if progress.is_live() => tell(&progress.redraw(shared.queue.taken())),
        }
    }
    tell(progress.erase());
    ended
}

/// The summary, the outputs, the reports.
fn conclude(shared: &Shared<'_>, begun: Instant, endings: Vec<Option<Ending>>) -> Exit {
    let Shared { args, names, .. } = shared;
    let duration = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let told: Vec<Told> = endings
        .iter()
        .enumerate()
        .map(|(index, ending)| ending.as_ref().map_or_else(|| Told::not_run(index), |ending| ending.told.clone()))
        .collect();
    let runs = args.folder.join("runs").display().to_string();
    tell(&summary(&told, shared.manner(), duration, &runs));
    let of =
        endings.iter().flatten().filter_map(|ending| Some((names.get(ending.told.index), ending.outputs.as_ref()?)));
    let mut exit = endings.iter().flatten().fold(Exit::Passed, |exit, ending| exit.max(ending.exit));
    exit = exit.max(say(&outputs(of, output_format(args))));
    if !args.reports.is_empty() {
        let batch = batch(&endings, names, duration);
        let written = report::write_all(&args.reports, |format| report::make_of(format, &batch));
        exit = exit.max(if written { Exit::Passed } else { Exit::Errored });
    }
    exit
}

fn batch<'a>(endings: &'a [Option<Ending>], names: &Names, duration: u64) -> Batch<'a> {
    let mut batch = Batch { duration, has_cells: names.has_cells, ..Batch::default() };
    for (index, ending) in endings.iter().enumerate() {
        let file = || names.get(index).to_owned();
        let absent = |standing, reason: &str| Absent { file: file(), standing, reason: reason.trim_end().to_owned() };
        match ending {
            Some(Ending { record: Some(record), told, trouble, .. }) => {
                batch.runs.push(Ran { record, standing: told.standing, trouble: trouble.trim_end().to_owned() });
            }
            Some(ending) => batch.absent.push(absent(ending.told.standing, &ending.trouble)),
            None => {
                batch.absent.push(absent(Standing::NotRun, "another one did not pass, or the run was interrupted"));
            }
        }
    }
    batch
}
