//! A server that gives each client a token of its own, and that notes which token comes for which path.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::State as Of;
use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};
use tokio::sync::Barrier;

pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
    /// Dropping it stops the server.
    _stop: tokio::sync::oneshot::Sender<()>,
}

struct State {
    /// Paths and what authorized them.
    seen: Mutex<Vec<(String, String)>>,
    clients: Mutex<Vec<String>>,
    tokens: Barrier,
}

impl Server {
    /// One that gives tokens only when so many clients ask.
    pub fn waiting_for(clients: usize) -> Self {
        let state =
            Arc::new(State { seen: Mutex::default(), clients: Mutex::default(), tokens: Barrier::new(clients) });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        listener.set_nonblocking(true).expect("a listener need not wait");
        let address = listener.local_addr().expect("it has an address");
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let router = axum::Router::new()
            .route("/token", axum::routing::post(token))
            .fallback(answer)
            .with_state(Arc::clone(&state));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    _ = stopped => {}
                    served = axum::serve(listener, router) => served.expect("the server serves"),
                }
            });
        });
        Server { address, state, _stop: stop }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn seen(&self) -> Vec<(String, String)> {
        self.state.seen.lock().unwrap().clone()
    }

    pub fn clients(&self) -> Vec<String> {
        self.state.clients.lock().unwrap().clone()
    }
}

fn authorization(headers: &HeaderMap) -> String {
    headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

async fn token(Of(state): Of<Arc<State>>, headers: HeaderMap) -> axum::Json<Value> {
    use base64::Engine;
    let basic = authorization(&headers);
    let basic =
        base64::engine::general_purpose::STANDARD.decode(basic.trim_start_matches("Basic ")).unwrap_or_default();
    let client = String::from_utf8_lossy(&basic).split(':').next().unwrap_or_default().to_owned();
    state.clients.lock().unwrap().push(client.clone());
    state.tokens.wait().await;
    axum::Json(json!({ "access_token": format!("token-of-{client}"), "token_type": "Bearer", "expires_in": 3600 }))
}

async fn answer(Of(state): Of<Arc<State>>, headers: HeaderMap, uri: Uri) -> axum::Json<Value> {
    state.seen.lock().unwrap().push((uri.path().to_owned(), authorization(&headers)));
    axum::Json(json!({ "path": uri.path() }))
}
