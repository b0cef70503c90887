//! What of an answer comes back.

use std::io::Write;

use super::server::Server;
use super::{call, client, error_of, get, request};
use crate::wire::{Body, TransportErrorKind as Kind};

/// `{"fraud": 0.0015}`, compressed by gzip(1).
const GZIPPED: [u8; 37] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0x4a, 0x2b, 0x4a, 0x2c, 0x4d, 0x51, 0xb2,
    0x52, 0x30, 0xd0, 0x33, 0x30, 0x30, 0x34, 0xad, 0x05, 0x00, 0xe2, 0xb9, 0x28, 0x08, 0x11, 0x00, 0x00, 0x00,
];

fn gzip_answer(length: usize, body: &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    write!(answer, "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n\r\n").unwrap();
    answer.extend_from_slice(body);
    answer
}

#[tokio::test]
async fn status_and_headers_come_in_order_and_lower_case() {
    let head =
        b"HTTP/1.1 418 I'm a teapot\r\nX-Second: b\xff\r\nX-First: a\r\nX-Second: c\r\nContent-Length: 0\r\n\r\n";
    let server = Server::answering(*head).await;
    let (answer, body) = call(&client(), get(&server.url)).await.unwrap();
    assert_eq!((answer.status, body.len()), (418, 0));
    let headers: Vec<_> = answer.headers.iter().collect();
    assert_eq!(
        headers,
        [("x-second", "b\u{fffd}"), ("x-second", "c"), ("x-first", "a"), ("content-length", "0")],
        "fields of one name stand together"
    );
}

#[tokio::test]
async fn a_redirect_is_handed_back() {
    let server = Server::answering("HTTP/1.1 307 Go\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n").await;
    let (answer, _) = call(&client(), request("POST", &server.url, Body::Empty)).await.unwrap();
    assert_eq!((answer.status, answer.headers.get("location")), (307, Some("/elsewhere")));
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_gzip_body_is_decoded() {
    let server = Server::answering(gzip_answer(GZIPPED.len(), &GZIPPED)).await;
    let (answer, body) = call(&client(), get(&server.url)).await.unwrap();
    assert_eq!(body, br#"{"fraud": 0.0015}"#);
    assert_eq!((answer.headers.get("content-encoding"), answer.headers.get("content-length")), (None, None));
    assert_eq!(server.received()[0].header("accept-encoding"), Some("gzip"));
}

#[tokio::test]
async fn a_gzip_body_cut_short_is_truncated() {
    let cut_by_the_connection = Server::answering_once(gzip_answer(GZIPPED.len(), &GZIPPED[..20])).await;
    let cut_before_compression_ended = Server::answering(gzip_answer(20, &GZIPPED[..20])).await;
    for server in [cut_by_the_connection, cut_before_compression_ended] {
        let error = error_of(call(&client(), get(&server.url)).await);
        let message = format!("the answer from {} broke off: it ended too early", server.url);
        assert_eq!((error.kind, error.message), (Kind::Truncated, message));
    }
}

#[tokio::test]
async fn a_body_that_is_not_gzip_is_damage() {
    let server = Server::answering(gzip_answer(17, br#"{"fraud": 0.0015}"#)).await;
    let error = error_of(call(&client(), get(&server.url)).await);
    assert_eq!(error.kind, Kind::Protocol);
}

#[tokio::test]
async fn an_empty_gzip_body_is_empty() {
    let server = Server::answering(gzip_answer(0, b"")).await;
    assert_eq!(call(&client(), get(&server.url)).await.unwrap().1, b"");
    let server = Server::answering(gzip_answer(GZIPPED.len(), b"")).await;
    assert_eq!(call(&client(), request("HEAD", &server.url, Body::Empty)).await.unwrap().1, b"");
    let server = Server::answering("HTTP/1.1 204 No Content\r\ncontent-encoding: gzip\r\n\r\n").await;
    assert_eq!(call(&client(), get(&server.url)).await.unwrap().1, b"");
}

#[tokio::test]
async fn an_answer_without_length_ends_with_the_connection() {
    let server = Server::answering_once("HTTP/1.1 200 OK\r\n\r\nall of it").await;
    assert_eq!(call(&client(), get(&server.url)).await.unwrap().1, b"all of it");
}
