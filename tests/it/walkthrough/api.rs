//! An API of one's own: a login, orders that take a while to be ready, and an echo; on a port of the system's choice.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

const TOKEN: &str = "token-of-ada-1815";

/// What the server knows.
#[derive(Clone, Default)]
pub struct Api(Arc<Mutex<Orders>>);

#[derive(Default)]
struct Orders {
    made: usize,
    /// How often each was asked for.
    open: BTreeMap<String, usize>,
}

type Answer = (StatusCode, Json<Value>);

impl Api {
    /// Serves in a thread of its own until the test ends.
    pub fn serve(&self) -> SocketAddr {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let address = listener.local_addr().expect("an address");
        let router = Router::new()
            .route("/login", post(login))
            .route("/orders", post(order).get(orders))
            .route("/orders/{id}", get(state).delete(cancel))
            .route("/anything", get(anything).post(anything))
            .with_state(self.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                axum::serve(listener, router).await
            })
        });
        address
    }

    /// The orders that were not cancelled, and how many were made.
    pub fn open(&self) -> (usize, usize) {
        let orders = self.0.lock().expect("no test panics with it");
        (orders.open.len(), orders.made)
    }
}

async fn login(Json(body): Json<Value>) -> Answer {
    match (body["user"].as_str(), body["password"].as_str()) {
        (Some("ada"), Some("tulip-4242")) => (StatusCode::OK, Json(json!({ "access_token": TOKEN, "hours": 8 }))),
        _ => (StatusCode::UNAUTHORIZED, Json(json!({ "error": "wrong user or password" }))),
    }
}

fn refused(headers: &HeaderMap) -> Option<Answer> {
    let expected = format!("Bearer {TOKEN}");
    let given = headers.get("authorization").and_then(|value| value.to_str().ok());
    (given != Some(&expected)).then(|| (StatusCode::UNAUTHORIZED, Json(json!({ "error": "log in first" }))))
}

async fn order(State(api): State<Api>, headers: HeaderMap, Json(body): Json<Value>) -> Answer {
    if let Some(refused) = refused(&headers) {
        return refused;
    }
    if !body["count"].is_u64() {
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": "count must be a number" })));
    }
    let mut orders = api.0.lock().expect("no test panics with it");
    orders.made += 1;
    let id = format!("order-{}", orders.made);
    orders.open.insert(id.clone(), 0);
    (StatusCode::CREATED, Json(json!({ "order": { "id": id, "state": "pending" } })))
}

async fn orders(State(api): State<Api>) -> Answer {
    let orders = api.0.lock().expect("no test panics with it");
    (StatusCode::OK, Json(json!({ "orders": orders.open.keys().collect::<Vec<_>>() })))
}

/// Pending for the first two who ask, ready from then on.
async fn state(State(api): State<Api>, Path(id): Path<String>) -> Answer {
    match api.0.lock().expect("no test panics with it").open.get_mut(&id) {
        Some(asked) => {
            *asked += 1;
            let state = if *asked > 2 { "ready" } else { "pending" };
            (StatusCode::OK, Json(json!({ "order": { "id": id, "state": state } })))
        }
        None => (StatusCode::NOT_FOUND, Json(json!({ "error": "no such order" }))),
    }
}

async fn cancel(State(api): State<Api>, headers: HeaderMap, Path(id): Path<String>) -> StatusCode {
    if refused(&headers).is_some() {
        return StatusCode::UNAUTHORIZED;
    }
    match api.0.lock().expect("no test panics with it").open.remove(&id) {
        Some(_) => StatusCode::NO_CONTENT,
        None => StatusCode::NOT_FOUND,
    }
}

async fn anything(headers: HeaderMap, body: String) -> Answer {
    let names: Vec<&str> = headers.keys().map(axum::http::HeaderName::as_str).collect();
    (StatusCode::OK, Json(json!({ "headers": names, "body": body })))
}
