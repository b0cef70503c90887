//! A server that counts, and that can hold requests until as many are there as it waits for.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::{ConnectInfo, State as Of};
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse;
use tokio::sync::{Barrier, Semaphore};

/// `/ok…` answers 200, `/gone…` 404, `/bad…` 500, `/flaky…` 503 the first time and then 200; `/deep…` is nested 120 levels; `/together…` answers when
/// as many requests are there as the server waits for, `/held…` when they are released.
pub struct Server {
    address: SocketAddr,
    state: Arc<Counts>,
    /// Dropping it stops the server.
    _stop: tokio::sync::oneshot::Sender<()>,
}

pub struct Counts {
    log: Mutex<Log>,
    together: Barrier,
    held: Semaphore,
}

#[derive(Default)]
struct Log {
    paths: Vec<String>,
    times: HashMap<String, usize>,
    peers: HashSet<SocketAddr>,
    in_flight: usize,
    most: usize,
}

impl Server {
    pub fn new() -> Self {
        Self::waiting_for(1)
    }

    /// One that answers `/together…` only when so many requests are there.
    pub fn waiting_for(together: usize) -> Self {
        let log = Mutex::new(Log::default());
        let state = Arc::new(Counts { log, together: Barrier::new(together), held: Semaphore::new(0) });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        listener.set_nonblocking(true).expect("a listener need not wait");
        let address = listener.local_addr().expect("it has an address");
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&state));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                let serving = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>());
                tokio::select! {
                    _ = stopped => {}
                    served = serving => served.expect("the server serves"),
                }
            });
        });
        Server { address, state, _stop: stop }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The paths in the order of arrival.
    pub fn paths(&self) -> Vec<String> {
        self.state.log.lock().unwrap().paths.clone()
    }

    pub fn connections(&self) -> usize {
        self.state.log.lock().unwrap().peers.len()
    }

    pub fn most_in_flight(&self) -> usize {
        self.state.log.lock().unwrap().most
    }

    /// Lets so many requests of `/held…` go.
    pub fn release(&self, count: usize) {
        self.state.held.add_permits(count);
    }
}

async fn answer(
    Of(counts): Of<Arc<Counts>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    uri: Uri,
) -> impl IntoResponse {
    let path = uri.path().to_owned();
    let time = {
        let mut log = counts.log.lock().unwrap();
        log.paths.push(path.clone());
        log.peers.insert(peer);
        log.in_flight += 1;
        log.most = log.most.max(log.in_flight);
        let time = log.times.entry(path.clone()).or_default();
        *time += 1;
        *time
    };
    if path.starts_with("/together") {
        counts.together.wait().await;
    }
    if path.starts_with("/held") {
        counts.held.acquire().await.expect("nobody closes it").forget();
    }
    counts.log.lock().unwrap().in_flight -= 1;
    let status = match path.as_str() {
        path if path.starts_with("/gone") => StatusCode::NOT_FOUND,
        path if path.starts_with("/bad") => StatusCode::INTERNAL_SERVER_ERROR,
        path if path.starts_with("/flaky") && time == 1 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    };
    if path.starts_with("/deep") {
        let deep = (0..120).fold(serde_json::json!(1), |inner, _| serde_json::json!({ "a": inner }));
        return (status, axum::Json(deep));
    }
    (status, axum::Json(serde_json::json!({ "path": path, "time": time })))
}
