//! Signals that ask to stop: Ctrl-C, the polite kill, a terminal that is closed.

use tokio::sync::mpsc;

use crate::runner::Signal;

/// The number is the same on Linux, macOS and the BSDs.
#[cfg(unix)]
const SIGXFSZ: i32 = 25;

/// Ctrl-C, and the polite kill, as interrupts: from now on, whenever they are looked at. A terminal that is closed says
/// SIGHUP: what was created is cleaned up then, too. Must be called within a runtime.
#[cfg(unix)]
pub(super) fn interrupts() -> mpsc::UnboundedReceiver<Signal> {
    use tokio::signal::unix::{SignalKind, signal};
    let (sender, receiver) = mpsc::unbounded_channel();
    // A file that reaches the size that the system allows is an error to be told, not the end of the process.
    let _ = signal(SignalKind::from_raw(SIGXFSZ));
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        let Ok(mut signals) = signal(kind) else { continue };
        let sender = sender.clone();
        tokio::spawn(async move { while signals.recv().await.is_some() && sender.send(Signal::Interrupt).is_ok() {} });
    }
    receiver
}

/// Ctrl-C as interrupts. Must be called within a runtime.
#[cfg(not(unix))]
pub(super) fn interrupts() -> mpsc::UnboundedReceiver<Signal> {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(
        async move { while tokio::signal::ctrl_c().await.is_ok() && sender.send(Signal::Interrupt).is_ok() {} },
    );
    receiver
}
