//! Files as bodies: whole, missing, and changing while they are sent.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::AsyncReadExt;

use super::server::{Connection, OK, Server};
use super::{call, client, error_of, request};
use crate::wire::{Body, Part, PartContent, TransportErrorKind as Kind};

const MIB: usize = 1024 * 1024;

fn file(folder: &Path, name: &str, length: usize) -> PathBuf {
    let path = folder.join(name);
    // No period of a power of two: a chunk twice or in the wrong place does not go unseen.
    let content: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
    std::fs::write(&path, content).unwrap();
    path
}

fn file_part(path: PathBuf) -> Part {
    Part { name: "file".to_owned(), filename: None, content_type: None, content: PartContent::File(path) }
}

#[tokio::test]
async fn a_large_file_arrives_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "large", 64 * MIB);
    let server = Server::answering(OK).await;
    // Twice, since a file is opened anew for each send.
    let client = client();
    for _ in 0..2 {
        call(&client, request("PUT", &server.url, Body::File(path.clone()))).await.unwrap();
        let received = server.requests.lock().unwrap().pop().unwrap();
        assert_eq!(received.header("content-length"), Some("67108864"));
        assert_eq!(received.header("transfer-encoding"), None);
        assert!(received.body == std::fs::read(&path).unwrap(), "the content differs");
    }
}

#[tokio::test]
async fn an_empty_file_is_an_empty_body() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "empty", 0);
    let server = Server::answering(OK).await;
    call(&client(), request("POST", &server.url, Body::File(path))).await.unwrap();
    assert_eq!(server.received()[0].header("content-length"), Some("0"));
}

#[tokio::test]
async fn a_file_that_cannot_be_read_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (there, missing) = (file(folder.path(), "there", 10), folder.path().join("missing"));
    let server = Server::answering(OK).await;
    let cases = [
        (Body::File(missing.clone()), &missing, "no such file or directory"),
        (Body::Multipart(vec![file_part(there), file_part(missing.clone())]), &missing, "no such file or directory"),
        (Body::File(folder.path().to_owned()), &folder.path().to_owned(), "it is not a regular file"),
    ];
    for (body, path, cause) in cases {
        let error = error_of(call(&client(), request("POST", &server.url, body)).await);
        assert_eq!(error.kind, Kind::File);
        let expected = format!("cannot read `{}`: {cause}; nothing was sent to {}", path.display(), server.url);
        assert_eq!(error.message, expected);
    }
    assert_eq!(server.connections(), 0);
}

/// Reads the head and some of the body, changes the file, and reads on; the client must give up.
async fn change_while_reading(mut connection: Connection, change: impl Fn()) {
    connection.stream.read_exact(&mut vec![0; 4096]).await.unwrap();
    change();
    connection.closed().await;
}

async fn assert_broken_off(path: PathBuf, cause: &str, change: impl Fn() + Clone + Send + 'static) {
    let server = Server::start(move |connection| change_while_reading(connection, change.clone())).await;
    for body in [Body::File(path.clone()), Body::Multipart(vec![file_part(path.clone())])] {
        file(path.parent().unwrap(), "changing", 32 * MIB);
        let client = client();
        let outcome = call(&client, request("POST", &server.url, body));
        let error = error_of(tokio::time::timeout(Duration::from_secs(20), outcome).await.expect("it does not hang"));
        // Part of it was written, so nobody can be sure that nothing was executed.
        assert_eq!(error.kind, Kind::Reset);
        assert_eq!(error.message, format!("`{}` {cause} while it was sent to {}", path.display(), server.url));
    }
}

#[tokio::test]
async fn a_file_that_shrinks_breaks_the_request_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changing");
    let shrinking = path.clone();
    let shrink = move || OpenOptions::new().write(true).open(&shrinking).unwrap().set_len(MIB as u64).unwrap();
    assert_broken_off(path, "became shorter", shrink).await;
}

#[tokio::test]
async fn a_file_that_grows_breaks_the_request_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changing");
    let growing = path.clone();
    let grow = move || OpenOptions::new().append(true).open(&growing).unwrap().write_all(b"more").unwrap();
    assert_broken_off(path, "became longer", grow).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
#[ignore = "measures the whole process; run it alone, with --nocapture"]
async fn a_large_upload_takes_little_memory() {
    fn peak_kib() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sparse");
    std::fs::File::create(&path).unwrap().set_len(256 * MIB as u64).unwrap();
    let server = Server::start(|mut connection| async move {
        let mut buffer = vec![0; MIB];
        let mut left = 256 * MIB;
        while left > 0 {
            left = left.saturating_sub(connection.stream.read(&mut buffer).await.unwrap());
        }
        connection.write(OK).await;
        connection.closed().await;
    })
    .await;
    let (before, start) = (peak_kib(), std::time::Instant::now());
    call(&client(), request("POST", &server.url, Body::Multipart(vec![file_part(path)]))).await.unwrap();
    let after = peak_kib();
    println!("peak {before} KiB before, {after} KiB after, {:?}", start.elapsed());
    assert!(after - before < 16 * 1024, "the peak grew from {before} to {after} KiB");
}
