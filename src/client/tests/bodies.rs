//! What a request looks like on the wire.

use bytes::Bytes;

use super::server::{OK, Server};
use super::{call, client, get, post, request};
use crate::wire::{Body, Part, PartContent, TransportErrorKind as Kind};

fn part(name: &str, content: &'static str) -> Part {
    let content = PartContent::Bytes(Bytes::from_static(content.as_bytes()));
    Part { name: name.to_owned(), filename: None, content_type: None, content }
}

#[tokio::test]
async fn headers_go_out_in_order_with_their_values() {
    let server = Server::answering(OK).await;
    let mut request = post(&format!("{}/a%20b?q=1&q=2#f", server.url), "body");
    for (name, value) in [("X-Zebra", "z"), ("Content-Type", "text/plain"), ("X-Ape", "é"), ("X-Zebra", "zz")] {
        request.headers.push(name, value);
    }
    call(&client(), request).await.unwrap();
    let expected = format!(
        "POST /a%20b?q=1&q=2 HTTP/1.1\r\nx-zebra: z\r\nx-zebra: zz\r\ncontent-type: text/plain\r\nx-ape: é\r\n\
         content-length: 4\r\nuser-agent: callsheet/{}\r\naccept: */*\r\naccept-encoding: gzip\r\nhost: {}\r\n\r\n",
        env!("CARGO_PKG_VERSION"),
        server.url.trim_start_matches("http://")
    );
    let mut sent: Vec<_> = server.received()[0].head.split("\r\n").map(str::to_owned).collect();
    let mut expected: Vec<_> = expected.split("\r\n").map(str::to_owned).collect();
    assert_eq!(sent[..6], expected[..6]);
    sent.sort();
    expected.sort();
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn an_own_user_agent_and_host_win() {
    let server = Server::answering(OK).await;
    let mut request = get(&server.url);
    request.headers.push("User-Agent", "curl");
    request.headers.push("Host", "api.example.com");
    call(&client(), request).await.unwrap();
    let received = &server.received()[0];
    assert_eq!((received.header("user-agent"), received.header("host")), (Some("curl"), Some("api.example.com")));
}

#[tokio::test]
async fn a_user_in_the_url_is_basic_authorization_unless_a_header_says_otherwise() {
    let server = Server::answering(OK).await;
    let url = server.url.replace("://", "://user:pass@");
    let mut with_token = get(&url);
    with_token.headers.push("Authorization", "Bearer token");
    for (request, expected) in [(get(&url), "Basic dXNlcjpwYXNz"), (with_token, "Bearer token")] {
        call(&client(), request).await.unwrap();
        assert_eq!(server.received().last().unwrap().header("authorization"), Some(expected));
    }
}

#[tokio::test]
async fn an_empty_body_has_the_length_zero_where_a_body_is_usual() {
    let server = Server::answering(OK).await;
    for (method, expected) in
        [("POST", Some("0")), ("PUT", Some("0")), ("PATCH", Some("0")), ("GET", None), ("DELETE", None)]
    {
        for body in [Body::Empty, Body::Bytes(Bytes::new())] {
            call(&client(), request(method, &server.url, body)).await.unwrap();
            let received = server.received().pop().unwrap();
            assert_eq!(received.header("content-length"), expected, "{method}");
            assert_eq!(received.header("transfer-encoding"), None, "{method}");
        }
    }
}

#[tokio::test]
async fn a_get_may_have_a_body() {
    let server = Server::answering(OK).await;
    call(&client(), request("GET", &server.url, Body::Bytes("query".into()))).await.unwrap();
    let received = &server.received()[0];
    assert_eq!((received.header("content-length"), &received.body[..]), (Some("5"), &b"query"[..]));
}

#[tokio::test]
async fn a_multipart_body_is_exact() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fraud.onnx");
    std::fs::write(&path, b"\x00onnx\r\n\xff").unwrap();
    let server = Server::answering(OK).await;
    let parts = vec![
        Part { content_type: Some("application/json".to_owned()), ..part("metadata", "{\"id\": 1}") },
        Part {
            name: "the \"file\"".to_owned(),
            filename: Some("modèle \"1\"\r\n.onnx".to_owned()),
            content_type: Some("application/octet-stream".to_owned()),
            content: PartContent::File(path),
        },
        part("empty", ""),
    ];
    let mut request = request("POST", &server.url, Body::Multipart(parts));
    request.headers.push("Content-Type", "multipart/form-data");
    call(&client(), request).await.unwrap();

    let received = &server.received()[0];
    let content_type = received.header("content-type").unwrap();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    let mut expected = Vec::new();
    expected.extend_from_slice(
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"metadata\"\r\nContent-Type: application/json\r\n\r\n\
             {{\"id\": 1}}\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"the %22file%22\"; \
             filename=\"modèle %221%22%0D%0A.onnx\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        .as_bytes(),
    );
    expected.extend_from_slice(b"\x00onnx\r\n\xff");
    expected.extend_from_slice(
        format!("\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--{boundary}--\r\n")
            .as_bytes(),
    );
    assert_eq!(String::from_utf8_lossy(&received.body), String::from_utf8_lossy(&expected));
    assert_eq!(received.body, expected);
    assert_eq!(received.header("content-length"), Some(expected.len().to_string().as_str()));
    assert_eq!(received.head.matches("content-type").count(), 1);
}

#[tokio::test]
async fn a_part_with_a_line_break_in_its_type_is_invalid() {
    let parts = vec![Part { content_type: Some("text/plain\r\nX: 1".to_owned()), ..part("a", "") }];
    let request = request("POST", "http://127.0.0.1:9", Body::Multipart(parts));
    let error = super::error_of(call(&client(), request).await);
    assert_eq!(error.kind, Kind::Invalid);
    let message = "the part \"a\" has a content type that cannot be sent; nothing was sent to http://127.0.0.1:9";
    assert_eq!(error.message, message);
}
