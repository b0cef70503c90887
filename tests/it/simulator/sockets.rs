//! The simulator on a socket: answers, lost connections, stopping.

use callsheet::simulator::{Options, Serving, Simulator, ready_line};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn serving(options: Options) -> Serving {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("the machine has a free port");
    Simulator::new(options).serve(listener).await.expect("a bound listener can be served")
}

async fn connected(serving: &Serving) -> TcpStream {
    let address = serving.url();
    let address = address.strip_prefix("http://").expect("the address is http");
    TcpStream::connect(address).await.expect("the simulator accepts")
}

/// Everything that comes back on a connection until its end; an abrupt end counts as an end.
async fn exchange(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.expect("the request can be written");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(path: &str, more: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n")
}

async fn log(serving: &Serving) -> Value {
    let mut stream = connected(serving).await;
    let answer = exchange(&mut stream, &get("/_simulator/log", "Connection: close\r\n")).await;
    let (_, body) = answer.split_once("\r\n\r\n").expect("the answer has a body");
    serde_json::from_str(body).expect("the log is JSON")
}

#[tokio::test]
async fn a_socket_answers() {
    let serving = serving(Options::default()).await;
    let mut stream = connected(&serving).await;
    let answer = exchange(&mut stream, &get("/_simulator/health", "Connection: close\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.ends_with(r#"{"status":"ok"}"#), "{answer}");
}

#[tokio::test]
async fn a_reset_drops_the_connection_without_an_answer() {
    let certs = "/auth/realms/master/protocol/openid-connect/certs";
    let serving = serving(Options {
        resets: vec![
            format!("{certs}:before").parse().expect("a reset"),
            format!("{certs}:after").parse().expect("a reset"),
        ],
        ..Options::default()
    })
    .await;
    for _ in 0..2 {
        let mut stream = connected(&serving).await;
        assert_eq!(exchange(&mut stream, &get(certs, "")).await, "");
    }
    let log = log(&serving).await;
    assert_eq!((&log[0]["executed"], &log[0]["faults"][0]["effect"]), (&false.into(), &"reset before".into()));
    assert_eq!((&log[1]["executed"], &log[1]["faults"][0]["effect"]), (&true.into(), &"reset after".into()));
}

#[tokio::test]
async fn stopping_closes_open_connections_and_the_port() {
    let serving = serving(Options::default()).await;
    let mut stream = connected(&serving).await;
    stream.write_all(get("/_simulator/health", "").as_bytes()).await.expect("the request can be written");
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.expect("the answer begins");
    let address = serving.url().replace("http://", "");
    serving.stop().await;
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    TcpStream::connect(address).await.expect_err("nobody listens any more");
}

#[tokio::test]
async fn the_ready_line_tells_where_and_who() {
    let serving = serving(Options::default()).await;
    let line = ready_line(&serving);
    let simulator = &line["simulator"];
    assert_eq!(simulator["api_url"], serving.url());
    assert_eq!(simulator["keycloak_url"], serving.url());
    assert_eq!(simulator["client"]["id"], "api-client");
    assert_eq!(simulator["user"]["name"], serving.credentials().user.name);
    assert_eq!(simulator["log_url"], format!("{}/_simulator/log", serving.url()));
}
