//! Signals that ask to stop: Ctrl-C, the polite kill, a terminal that is closed.
//!
//! They are heard in a thread of their own, so that they are heard while the run's loop works at something large. A loop
//! that does not answer the third one is not waited for.

use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;

use super::args::ColorWhen;
use super::exit::Exit;
use super::live::SHOW_CURSOR;
use super::terminal::{Terminal, tell};
use crate::runner::Signal;

/// Once for requests in flight to finish, twice for them to be dropped, three times to leave at once.
const LEAVES: u32 = 3;
/// How long the loop may take to write down that it leaves.
const TO_LEAVE: Duration = Duration::from_secs(2);
/// How long the terminal may take to show the last line.
const TO_TELL: Duration = Duration::from_millis(200);

/// Ctrl-C, the polite kill, and a terminal that is closed, as interrupts: from now on, whenever they are looked at.
///
/// What was created is cleaned up after each of them.
pub(super) fn interrupts() -> mpsc::UnboundedReceiver<Signal> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let (ready, listening) = channel();
    let started = thread::Builder::new().name("signals".to_owned()).spawn(move || listen(&sender, &ready));
    // From here on a signal is an interrupt and no longer the end of the process. Where the system lets nobody listen, it
    // stays the end of the process.
    if started.is_ok() {
        let _ = listening.recv();
    }
    receiver
}

fn listen(sender: &mpsc::UnboundedSender<Signal>, ready: &Sender<()>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
    runtime.block_on(async {
        let mut asked = Asked::new();
        let _ = ready.send(());
        let mut times = 0;
        while asked.next().await.is_some() {
            times += 1;
            // A run that is over has nobody who listens; what is still written of it is waited for twice.
            let _ = sender.send(Signal::Interrupt);
            match times {
                LEAVES => leave_soon(),
                more if more > LEAVES => leave(),
                _ => {}
            }
        }
    });
}

/// Ends the process if it does not end by itself.
fn leave_soon() {
    let watch = || {
        thread::sleep(TO_LEAVE);
        leave();
    };
    if thread::Builder::new().spawn(watch).is_err() {
        leave();
    }
}

/// Every line of the journal that was written is whole or torn, and a torn one does not count: the run can be gone on
/// with.
fn leave() -> ! {
    // The loop may hang in a terminal that takes nothing more, so that this is not waited for either.
    let (done, told) = channel();
    let say = move || {
        let show_cursor = if Terminal::new(ColorWhen::Auto).live { SHOW_CURSOR } else { "" };
        tell(&format!("{show_cursor}left without waiting for what was under way; `callsheet show` tells it\n"));
        let _ = done.send(());
    };
    if thread::Builder::new().spawn(say).is_ok() {
        let _ = told.recv_timeout(TO_TELL);
    }
    std::process::exit(Exit::Interrupted as i32)
}

/// What asks to stop.
#[cfg(unix)]
struct Asked(Vec<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Asked {
    /// Listens from now on. Must be called within a runtime.
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        /// The number is the same on Linux, macOS and the BSDs.
        const SIGXFSZ: i32 = 25;
        // A file that reaches the size that the system allows is an error to be told, not the end of the process.
        let _ = signal(SignalKind::from_raw(SIGXFSZ));
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        Asked(kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect())
    }

    async fn next(&mut self) -> Option<()> {
        let each = self.0.iter_mut().map(|signal| Box::pin(signal.recv()));
        if each.len() == 0 {
            return None;
        }
        futures_util::future::select_all(each).await.0
    }
}

#[cfg(not(unix))]
struct Asked;

#[cfg(not(unix))]
impl Asked {
    fn new() -> Self {
        Asked
    }

    async fn next(&mut self) -> Option<()> {
        tokio::signal::ctrl_c().await.ok()
    }
}
