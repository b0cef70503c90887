//! Signals that ask to stop: Ctrl-C, the polite kill, a terminal that is closed.

use tokio::sync::mpsc;

use crate::runner::Signal;

/// Ctrl-C, and the polite kill, as interrupts.
pub(super) fn interrupts() -> mpsc::UnboundedReceiver<Signal> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let terminate = sender.clone();
    tokio::spawn(
        async move { while tokio::signal::ctrl_c().await.is_ok() && sender.send(Signal::Interrupt).is_ok() {} },
    );
    #[cfg(unix)]
    // A terminal that is closed says SIGHUP: what was created is cleaned up then, too.
    for kind in [tokio::signal::unix::SignalKind::terminate(), tokio::signal::unix::SignalKind::hangup()] {
        let sender = terminate.clone();
        tokio::spawn(async move {
            let Ok(mut signals) = tokio::signal::unix::signal(kind) else { return };
            while signals.recv().await.is_some() && sender.send(Signal::Interrupt).is_ok() {}
        });
    }
    #[cfg(not(unix))]
    drop(terminate);
    receiver
}
