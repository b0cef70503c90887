//! The simulator as a value, and as a server on a socket.
//!
//! The server speaks HTTP/1 through hyper's connection interface, because an injected reset has to drop a
//! connection without an answer, which no router can do.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt;

use super::api;
use super::credentials::Credentials;
use super::door::Door;
use super::gate;
use super::options::Options;
use super::reply::Reply;
use super::shared::Shared;
use super::world::World;

/// A platform that lives as long as this value, its clones or its server. Clones act on the same state.
#[derive(Clone)]
pub struct Simulator {
    shared: Arc<Shared>,
    router: Router,
}

impl Simulator {
    /// A simulator of the built-in world.
    pub fn new(options: Options) -> Self {
        Self::with_world(options, World::built_in())
    }

    /// A simulator that starts from a world.
    pub fn with_world(options: Options, world: World) -> Self {
        let shared = Arc::new(Shared::new(options, world));
        Self { router: api::router(Arc::clone(&shared)), shared }
    }

    /// Answers a request, without a socket, or does to it what the plan of faults says.
    ///
    /// Waits as long as the answer takes; whoever drops the call before finds it executed all the same. The calls
    /// under `/_simulator` are always answered and never logged.
    pub async fn call(&self, request: Request<Body>) -> Reply {
        let router = self.router.clone();
        if api::is_own(request.uri().path()) {
            return match router.oneshot(request).await {
                Ok(response) => Reply::Answer(response),
                Err(never) => match never {},
            };
        }
        if self.shared.refused_until().is_some() {
            return Reply::Refused;
        }
        gate::pass(&self.shared, router, request).await
    }

    /// Who may log in.
    pub fn credentials(&self) -> &Credentials {
        &self.shared.credentials
    }

    /// Answers on a socket, in tasks of the current runtime, until the returned value is stopped or dropped.
    ///
    /// # Errors
    ///
    /// When the listener does not know its address.
    pub async fn serve(self, listener: TcpListener) -> io::Result<Serving> {
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let accepting = tokio::spawn(accept(Door::new(listener, address), self.clone(), stopped));
        Ok(Serving { simulator: self, address, stop: Some(stop), accepting })
    }
}

/// A simulator on a socket.
pub struct Serving {
    simulator: Simulator,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    accepting: JoinHandle<()>,
}

impl Serving {
    /// The address of both the API and the identity server, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Who may log in.
    pub fn credentials(&self) -> &Credentials {
        self.simulator.credentials()
    }

    /// Stops: closes the listener and at once every open connection, also those with a request under way.
    pub async fn stop(mut self) {
        self.stop = None;
        // The task ends by itself; only a panic in it could make this an error, and then it has ended too.
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What `callsheet simulate` prints when it is ready: where it listens and who may log in, as one JSON value.
pub fn ready_line(serving: &Serving) -> Value {
    ready_at(&serving.url(), serving.credentials())
}

/// The ready line of a simulator that is reached at that address.
pub(super) fn ready_at(url: &str, credentials: &Credentials) -> Value {
    json!({ "simulator": {
        "api_url": url,
        "keycloak_url": url,
        "user": credentials.user,
        "client": credentials.client,
        "log_url": format!("{url}/_simulator/log"),
    } })
}

/// Accepts until the sender of `stopped` is gone. Leaving drops the set, and with it every connection.
async fn accept(mut door: Door, simulator: Simulator, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    let (closings, mut asked_to_close) = mpsc::unbounded_channel::<Closing>();
    let leave = watch::Sender::new(());
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            stream = door.next() => {
                let caller = Caller { simulator: simulator.clone(), closings: closings.clone() };
                connections.spawn(answer(stream, caller, leave.subscribe()));
            }
            Some(closed) = asked_to_close.recv() => {
                if let Some(until) = simulator.shared.refused_until() {
                    door.close(until);
                    leave.send_replace(());
                }
                // Whoever asked may have gone meanwhile.
                let _ = closed.send(());
            }
            Some(_) = connections.join_next() => {}
        }
    }
    drop(door);
    connections.shutdown().await;
}

/// Asks for the door to be closed, and is told when it is.
type Closing = oneshot::Sender<()>;

/// What a connection needs to answer requests.
#[derive(Clone)]
struct Caller {
    simulator: Simulator,
    closings: mpsc::UnboundedSender<Closing>,
}

impl Caller {
    /// Answers one request. The error drops the connection.
    async fn call(self, request: Request<Incoming>) -> io::Result<axum::response::Response> {
        let reply = self.simulator.call(request.map(Body::new)).await;
        if self.simulator.shared.refused_until().is_some() {
            let (closed, is_closed) = oneshot::channel();
            // Without the other side the server is being stopped, and this connection with it.
            if self.closings.send(closed).is_ok() {
                let _ = is_closed.await;
            }
        }
        match reply {
            Reply::Answer(response) => Ok(response),
            Reply::Reset { .. } => Err(io::ErrorKind::ConnectionReset.into()),
            Reply::Refused => Err(io::ErrorKind::ConnectionRefused.into()),
        }
    }
}

/// Answers the requests of one connection, until it is told to leave: then the one under way is the last.
async fn answer(stream: TcpStream, caller: Caller, mut leave: watch::Receiver<()>) {
    // Small answers should not wait for others; where this cannot be set, they do.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| caller.clone().call(request));
    let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        _ = leave.changed() => connection.as_mut().graceful_shutdown(),
        _ = connection.as_mut() => return,
    }
    // An error is a client that went away, or a reset that was asked for: nobody is left to be told.
    let _ = connection.await;
}
