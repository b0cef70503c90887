//! The way in: a listening socket that may be closed for a while.
//!
//! While it is closed a caller's connection is refused by the system, as where no server runs. The port stays ours: a
//! socket that is bound to it and does not listen holds it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, sleep_until};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// How long to wait where the system has nothing to give: others may finish meanwhile.
const SHORTAGE: Duration = Duration::from_millis(50);

/// The state of the way in.
pub(super) struct Door {
    address: SocketAddr,
    state: State,
}

enum State {
    Open(TcpListener),
    Closed { until: Instant, reserved: io::Result<TcpSocket> },
}

impl Door {
    /// The open door of a listener.
    pub(super) fn new(listener: TcpListener, address: SocketAddr) -> Self {
        Self { address, state: State::Open(listener) }
    }

    /// Refuses connections until then.
    pub(super) fn close(&mut self, until: Instant) {
        match &mut self.state {
            State::Closed { until: earlier, .. } => *earlier = until,
            State::Open(_) => {
                // The listener has to be gone before the port can be taken anew.
                self.state = State::Closed { until, reserved: Err(io::ErrorKind::AddrInUse.into()) };
                self.state = State::Closed { until, reserved: reserve(self.address) };
            }
        }
    }

    /// The next connection. Opens the door when its time has come. May be dropped and asked again.
    pub(super) async fn next(&mut self) -> TcpStream {
        loop {
            match &mut self.state {
                State::Open(listener) => match listener.accept().await {
                    Ok((stream, _)) => return stream,
                    // Out of file descriptors, usually.
                    Err(_) => sleep(SHORTAGE).await,
                },
                State::Closed { until, reserved } => {
                    sleep_until(*until).await;
                    let taken = std::mem::replace(reserved, Err(io::ErrorKind::AddrInUse.into()));
                    match taken.or_else(|_| reserve(self.address)).and_then(|socket| socket.listen(BACKLOG)) {
                        Ok(listener) => self.state = State::Open(listener),
                        Err(_) => sleep(SHORTAGE).await,
                    }
                }
            }
        }
    }
}

/// A socket on that address which does not listen yet.
fn reserve(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections that have been closed there keep the port for a minute otherwise. On Windows they do not, and the
    // option means something else.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
