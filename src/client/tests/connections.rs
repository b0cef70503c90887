//! Which connection a request takes, and that it takes only one.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::sync::Notify;

use super::server::{OK, Server};
use super::{call, client, connecting, error_of, get, post};
use crate::client::{Client, Connection};
use crate::wire::{Transport, TransportErrorKind as Kind};

#[tokio::test]
async fn requests_one_after_another_share_a_connection() {
    let server = Server::answering(OK).await;
    let client = client();
    for _ in 0..3 {
        call(&client, get(&server.url)).await.unwrap();
    }
    assert_eq!((server.received().len(), server.connections()), (3, 1));
}

#[tokio::test]
async fn a_connection_idle_for_two_seconds_is_not_used_again() {
    let server = Server::answering(OK).await;
    let client = client();
    call(&client, get(&server.url)).await.unwrap();
    tokio::time::pause();
    tokio::time::advance(Duration::from_millis(2_001)).await;
    tokio::time::resume();
    call(&client, get(&server.url)).await.unwrap();
    assert_eq!((server.received().len(), server.connections()), (2, 2));
}

#[tokio::test]
async fn a_post_that_meets_a_closing_connection_is_sent_once() {
    // Each connection answers one request, then reads the next and closes without an answer.
    let server = Server::start(|mut connection| async move {
        connection.receive().await;
        connection.write(OK).await;
        connection.receive().await;
    })
    .await;
    let client = client();
    call(&client, post(&server.url, "first")).await.unwrap();
    let error = error_of(call(&client, post(&server.url, "second")).await);
    assert_eq!(error.kind, Kind::Reset);
    assert_eq!((server.received().len(), server.connections()), (2, 1));
}

#[tokio::test]
async fn a_post_races_with_a_closing_connection_and_is_never_doubled() {
    let server = Server::start(|mut connection| async move {
        connection.receive().await;
        connection.write(OK).await;
    })
    .await;
    for round in 0_u32..200 {
        let client = client();
        call(&client, post(&server.url, "before")).await.unwrap();
        // More or less of the close has arrived by the time of the second request.
        for _ in 0..round % 8 {
            tokio::task::yield_now().await;
        }
        let name = format!("round {round}.");
        match call(&client, post(&server.url, name.clone())).await {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind, Kind::Reset),
        }
        let copies = server.received().iter().filter(|request| request.body == name.as_bytes()).count();
        assert!(copies <= 1, "{name} came {copies} times");
    }
}

#[tokio::test]
async fn dropping_a_send_closes_its_connection() {
    let (received, closed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (at_receive, at_close) = (Arc::clone(&received), Arc::clone(&closed));
    let server = Server::start(move |mut connection| {
        let (received, closed) = (Arc::clone(&at_receive), Arc::clone(&at_close));
        async move {
            connection.receive().await;
            received.notify_one();
            connection.closed().await;
            closed.notify_one();
        }
    })
    .await;
    let client = client();
    tokio::select! {
        _ = client.send(post(&server.url, "body")) => panic!("nothing was answered"),
        () = received.notified() => {}
    }
    closed.notified().await;
}

#[tokio::test]
async fn dropping_an_answer_closes_its_connection() {
    let closed = Arc::new(Notify::new());
    let at_close = Arc::clone(&closed);
    let server = Server::start(move |mut connection| {
        let closed = Arc::clone(&at_close);
        async move {
            connection.receive().await;
            connection.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
            assert_eq!(connection.stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
            closed.notify_one();
        }
    })
    .await;
    let client = client();
    let mut answer = client.send(get(&server.url)).await.unwrap();
    answer.body.chunk().await.unwrap();
    drop(answer);
    closed.notified().await;
}

fn behind(proxy: &str) -> Client {
    connecting(Connection { proxy: Some(proxy.parse().unwrap()), ..Connection::default() })
}

#[tokio::test]
async fn a_proxy_gets_the_whole_url_and_its_own_credentials() {
    let proxy = Server::answering(OK).await;
    let client = behind(&proxy.url.replace("://", "://user:pass@"));
    call(&client, get("http://api.example.com/path?q=1")).await.unwrap();
    let received = &proxy.received()[0];
    assert!(received.head.starts_with("GET http://api.example.com/path?q=1 HTTP/1.1\r\n"), "{}", received.head);
    assert_eq!(received.header("proxy-authorization"), Some("Basic dXNlcjpwYXNz"));
}

#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_refuses_the_connection() {
    let proxy = Server::answering_once("HTTP/1.1 403 Forbidden\r\n\r\n").await;
    let client = behind(&proxy.url.replace("://", "://user:s3cret@"));
    let error = error_of(call(&client, post("https://api.example.com/s3cret", "body")).await);
    assert_eq!(error.kind, Kind::Refused);
    let route = format!("https://api.example.com:443 through the proxy {}", proxy.url);
    assert_eq!(error.message, format!("cannot connect to {route}: tunnel error: unsuccessful"));
    assert!(proxy.received().iter().all(|request| request.head.starts_with("CONNECT ")));
}

#[tokio::test]
async fn a_proxy_that_asks_who_we_are_is_named_and_is_not_the_answer() {
    let proxy = Server::answering_once("HTTP/1.1 407 Who?\r\ncontent-length: 0\r\n\r\n").await;
    let error = error_of(call(&behind(&proxy.url), get("http://api.example.com/s3cret")).await);
    let told = format!("http://api.example.com:80 cannot be reached through the proxy {}: the proxy asks", proxy.url);
    assert_eq!(error.kind, Kind::Invalid);
    assert!(error.message.starts_with(&told), "{}", error.message);
}

#[tokio::test]
async fn a_host_that_needs_no_proxy_is_reached_without_one() {
    let (proxy, server) = (Server::answering(OK).await, Server::answering(OK).await);
    let connection = Connection {
        proxy: Some(proxy.url.parse().unwrap()),
        no_proxy: vec!["127.0.0.1".parse().unwrap()],
        ..Connection::default()
    };
    let client = connecting(connection);
    call(&client, get(&server.url)).await.unwrap();
    call(&client, get("http://api.example.com")).await.unwrap();
    assert_eq!((server.received().len(), proxy.received().len()), (1, 1));
}

#[tokio::test]
async fn a_name_is_connected_to_elsewhere_and_the_server_is_told_the_name() {
    let server = Server::answering(OK).await;
    let address = server.url.trim_start_matches("http://");
    let connect_to = format!("api.example.com=localhost:{}", address.rsplit_once(':').unwrap().1);
    let client = connecting(Connection {
        // It has no part in these connections.
        proxy: Some("http://proxy.invalid:3128".parse().unwrap()),
        no_proxy: vec!["api.example.com".parse().unwrap()],
        connect_to: vec![connect_to.parse().unwrap()],
        ..Connection::default()
    });
    call(&client, get("http://api.example.com/a")).await.unwrap();
    call(&client, get("http://api.example.com:8443/b")).await.unwrap();
    let received = server.received();
    let hosts: Vec<Option<&str>> = received.iter().map(|request| request.header("host")).collect();
    assert_eq!(hosts, [Some("api.example.com"), Some("api.example.com:8443")]);
}

#[tokio::test]
async fn an_address_that_does_not_answer_is_named_beside_the_host() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let connect_to = vec![format!("api.example.com={unused}").parse().unwrap()];
    let client = connecting(Connection { connect_to, ..Connection::default() });
    let error = error_of(call(&client, get("https://api.example.com/s3cret")).await);
    let route = format!("https://api.example.com:443 at {unused}, as `connect_to` says");
    assert_eq!((error.kind, error.message), (Kind::Refused, format!("cannot connect to {route}: connection refused")));
}
