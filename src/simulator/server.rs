//! The simulator as a value, and as a server on a socket.
//!
//! The server speaks HTTP/1 through hyper's connection interface, because an injected reset has to drop a
//! connection without an answer, which no router can do.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt;

use super::api;
use super::credentials::Credentials;
use super::gate::ConnectionReset;
use super::options::Options;
use super::shared::Shared;
use super::world::World;

/// A platform that lives as long as this value, its routers or its server.
#[derive(Clone)]
pub struct Simulator {
    shared: Arc<Shared>,
}

impl Simulator {
    /// A simulator of the built-in world.
    pub fn new(options: Options) -> Self {
        Self::with_world(options, World::built_in())
    }

    /// A simulator that starts from a world.
    pub fn with_world(options: Options, world: World) -> Self {
        Self { shared: Arc::new(Shared::new(options, world)) }
    }

    /// A router of all calls. Every router of a simulator acts on the same state.
    pub fn router(&self) -> Router {
        api::router(Arc::clone(&self.shared))
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
        let accepting = tokio::spawn(accept(listener, self.router(), stopped));
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
    let credentials = serving.credentials();
    let url = serving.url();
    json!({ "simulator": {
        "api_url": url,
        "keycloak_url": url,
        "user": credentials.user,
        "client": credentials.client,
        "log_url": format!("{url}/_simulator/log"),
    } })
}

/// Accepts until the sender of `stopped` is gone. Leaving drops the set, and with it every connection.
async fn accept(listener: TcpListener, router: Router, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(answer(stream, router.clone()));
                }
                // Out of file descriptors, usually: others may finish while this waits.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    connections.shutdown().await;
}

/// Answers the requests of one connection.
async fn answer(stream: TcpStream, router: Router) {
    // Small answers should not wait for others; where this cannot be set, they do.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        async move {
            let response: Response<axum::body::Body> = match router.oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            match response.extensions().get::<ConnectionReset>() {
                Some(_) => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
                None => Ok(response),
            }
        }
    });
    // An error here is a client that went away, or a reset that was asked for: nobody is left to be told.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
