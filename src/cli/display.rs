//! How a run is shown while it goes on: live on a terminal, lines elsewhere.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use super::args::RunArgs;
use super::live::Live;
use super::plain::{Plain, Verbosity};
use super::terminal::{Terminal, size, tell};
use crate::event::Envelope;

/// How often the live display is redrawn without an event.
const TICK: Duration = Duration::from_millis(100);

/// Redraws the display while the run goes on; earlier processes have taken `before` milliseconds.
pub(super) async fn ticking<T>(run: impl Future<Output = T>, display: &Rc<RefCell<Display>>, before: &Cell<u64>) -> T {
    let begun = tokio::time::Instant::now();
    let mut ticks = tokio::time::interval(TICK);
    let mut run = std::pin::pin!(run);
    let live = display.borrow().is_live();
    loop {
        tokio::select! {
            result = &mut run => return result,
            _ = ticks.tick(), if live => {
                let elapsed = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
                display.borrow_mut().tick(before.get().saturating_add(elapsed));
            }
        }
    }
}

/// The way a run is shown while it goes on.
pub(super) enum Display {
    Plain(Box<Plain>),
    Live(Box<Live<std::io::Stderr>>),
}

impl Display {
    pub(super) fn new(args: &RunArgs, terminal: Terminal) -> Self {
        let verbosity = match (args.quiet, args.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        };
        if terminal.live && !args.quiet {
            return Display::Live(Box::new(Live::new(std::io::stderr(), verbosity, terminal.err, size())));
        }
        Display::Plain(Box::new(Plain::new(verbosity, terminal.err)))
    }

    /// Takes events that earlier processes have told of.
    pub(super) fn knows(&mut self, events: &[Envelope]) {
        let plain = match self {
            Display::Plain(plain) => plain,
            Display::Live(live) => live.plain(),
        };
        events.iter().for_each(|event| drop(plain.lines(event)));
    }

    fn is_live(&self) -> bool {
        matches!(self, Display::Live(_))
    }

    /// A terminal that has gone away does not stop a run, so that errors of writing are dropped.
    pub(super) fn event(&mut self, envelope: &Envelope) {
        match self {
            Display::Plain(plain) => tell(&plain.lines(envelope)),
            Display::Live(live) => drop(live.event(envelope)),
        }
    }

    fn tick(&mut self, now: u64) {
        if let Display::Live(live) = self {
            live.resize(size());
            let _ = live.tick(now);
        }
    }

    pub(super) fn finish(&mut self) {
        if let Display::Live(live) = self {
            let _ = live.finish();
        }
    }
}
