//! Each way a call can break, its kind, and its message.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::server::{OK, Server};
use super::{call, client, error_of, get, post, request};
use crate::wire::{Body, Connection, TransportErrorKind as Kind};

/// What must never be shown.
const SECRET_PATH: &str = "/s3cret-path?token=s3cret-query";

fn with_secrets(url: &str) -> String {
    format!("{}{SECRET_PATH}", url.replace("://", "://user:s3cret-password@"))
}

/// Calls that URL, secrets added, and compares the error with what is expected; `ORIGIN` stands for the server.
async fn assert_fails(url: &str, kind: Kind, message: &str) {
    for request in [get(&with_secrets(url)), post(&with_secrets(url), "body")] {
        let error = error_of(call(&client(), request).await);
        assert_eq!((error.kind, error.message.replace(url, "ORIGIN").as_str()), (kind, message));
        assert!(!error.message.contains("s3cret") && !error.message.contains('\n'), "{error}");
    }
}

#[tokio::test]
async fn a_port_without_listener_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_fails(&url, Kind::Refused, "cannot connect to ORIGIN: connection refused").await;
}

#[tokio::test]
async fn a_name_without_address_is_not_resolved() {
    let error = error_of(call(&client(), get("http://nonexistent.invalid/s3cret")).await);
    assert_eq!(error.kind, Kind::Resolve);
    let expected = "cannot find the address of http://nonexistent.invalid:80: ";
    assert!(error.message.starts_with(expected), "{error}");
    assert!(!error.message.contains("s3cret") && !error.message.contains("os error"), "{error}");
}

#[tokio::test]
async fn a_connection_closed_after_the_request_is_a_reset() {
    let server = Server::answering_once("").await;
    assert_fails(&server.url, Kind::Reset, "ORIGIN closed the connection before answering").await;
}

#[tokio::test]
async fn a_connection_closed_at_once_is_a_reset() {
    let server = Server::start(|connection| async move { drop(connection) }).await;
    assert_fails(&server.url, Kind::Reset, "ORIGIN closed the connection before answering").await;
}

#[tokio::test]
async fn a_connection_reset_by_the_server_is_a_reset() {
    let server = Server::start(|mut connection| async move {
        connection.receive().await;
        connection.stream.set_zero_linger().unwrap();
    })
    .await;
    assert_fails(&server.url, Kind::Reset, "ORIGIN closed the connection before answering").await;
}

#[tokio::test]
async fn half_a_head_is_a_reset() {
    let server = Server::answering_once("HTTP/1.1 200 OK\r\ncontent-le").await;
    assert_fails(&server.url, Kind::Reset, "ORIGIN closed the connection before answering").await;
}

#[tokio::test]
async fn an_answer_shorter_than_its_length_is_truncated() {
    let server = Server::answering_once("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    assert_fails(&server.url, Kind::Truncated, "the answer from ORIGIN broke off: it ended too early").await;
}

#[tokio::test]
async fn chunks_without_a_last_one_are_truncated() {
    let server = Server::answering_once("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n").await;
    assert_fails(&server.url, Kind::Truncated, "the answer from ORIGIN broke off: it ended too early").await;
}

#[tokio::test]
async fn a_truncated_answer_stays_truncated() {
    let server = Server::answering_once("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    let client = client();
    let mut answer = crate::wire::Transport::send(&client, get(&server.url)).await.unwrap();
    assert_eq!(answer.body.chunk().await.unwrap().as_deref(), Some(&b"half"[..]));
    assert_eq!(answer.body.chunk().await.unwrap_err().kind, Kind::Truncated);
    assert_eq!(answer.body.chunk().await.unwrap_err().kind, Kind::Truncated);
}

#[tokio::test]
async fn garbage_is_not_http() {
    let server = Server::answering_once("SSH-2.0-OpenSSH_9.6\r\n").await;
    let message = "ORIGIN does not answer with HTTP: invalid HTTP version parsed";
    assert_fails(&server.url, Kind::Protocol, message).await;
}

#[tokio::test]
async fn a_chunk_without_a_size_is_damage() {
    let server = Server::answering_once("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nsize!\r\nhalf\r\n").await;
    let message = "the answer from ORIGIN is damaged: Invalid chunk size line: missing size digit";
    assert_fails(&server.url, Kind::Protocol, message).await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_times_out() {
    static RECEIVED: Notify = Notify::const_new();
    let server = Server::start(|mut connection| async move {
        connection.receive().await;
        RECEIVED.notify_one();
        connection.closed().await;
    })
    .await;
    let url = server.url.clone();
    let sent = tokio::spawn(async move { error_of(call(&client(), get(&with_secrets(&url))).await) });
    RECEIVED.notified().await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(30)).await;
    let error = sent.await.unwrap();
    assert_eq!(error.kind, Kind::Timeout);
    assert_eq!(error.message, format!("no answer from {} within 30 s", server.url));
}

#[tokio::test]
async fn the_time_covers_the_body() {
    let server = Server::start(|mut connection| async move {
        connection.receive().await;
        connection.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
        connection.closed().await;
    })
    .await;
    let client = client();
    let mut answer = crate::wire::Transport::send(&client, get(&server.url)).await.unwrap();
    assert_eq!(answer.body.chunk().await.unwrap().as_deref(), Some(&b"half"[..]));
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(30)).await;
    let error = answer.body.chunk().await.unwrap_err();
    assert_eq!(error.kind, Kind::Timeout);
    assert_eq!(error.message, format!("the answer from {} did not end within 30 s", server.url));
}

#[tokio::test]
async fn a_server_that_does_not_accept_times_out_while_connecting() {
    let connection = Connection { proxy: Some(super::Proxy::None), ..Connection::default() };
    let options = super::Options { connect_timeout: Duration::from_millis(50), connection, ..Default::default() };
    // A listener that never shakes hands over TLS is the connection that loopback can leave pending.
    let server = Server::start(|mut connection| async move { connection.closed().await }).await;
    let url = server.url.replace("http:", "https:");
    let error = error_of(call(&super::Client::new(options), get(&url)).await);
    assert_eq!(error.kind, Kind::ConnectTimeout);
    assert_eq!(error.message, format!("cannot connect to {url} within 50 ms"));
}

#[tokio::test]
async fn a_time_beyond_the_clock_is_no_limit() {
    let server = Server::answering(OK).await;
    let mut request = get(&server.url);
    request.timeout = Duration::MAX;
    assert_eq!(call(&client(), request).await.unwrap().1, b"ok");
}

#[tokio::test]
async fn a_request_that_cannot_be_built_is_invalid_and_not_sent() {
    let server = Server::answering(OK).await;
    let headers = [
        ("X-Token", "s3cret\nX-Other: 1", "the value of the header `X-Token` holds a line break or control character"),
        ("X Token", "s3cret", "\"X Token\" is not a name of a header"),
        ("Content-Length", "7", "`Content-Length` is set to 7, but the body has 4 bytes"),
        ("Transfer-Encoding", "chunked", "`Transfer-Encoding` cannot be set: the length of the body is known"),
    ];
    for (name, value, message) in headers {
        let mut request = post(&server.url, "body");
        request.headers.push(name, value);
        let error = error_of(call(&client(), request).await);
        assert_eq!(error.kind, Kind::Invalid);
        assert_eq!(error.message, format!("{message}; nothing was sent to {}", server.url));
    }
    let error = error_of(call(&client(), request("GE T", &server.url, Body::Empty)).await);
    assert_eq!(error.message, format!("\"GE T\" is not a method; nothing was sent to {}", server.url));
    let error = error_of(call(&client(), get("ftp://127.0.0.1/s3cret")).await);
    assert_eq!(error.message, "cannot send to a `ftp` URL: only `http` and `https` can be called");
    assert_eq!(server.connections(), 0);
}
