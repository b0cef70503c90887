//! The bytes of a request's body: pieces in memory and files, with their exact length. Every file is open before the
//! first byte is sent; a file that then changes its length breaks the request off.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use tokio::fs::{self, File};
use tokio_util::io::ReaderStream;

use super::failure;

/// Bytes read from a file at once: smaller reads cost most of the speed, larger ones gain nothing.
const READ_SIZE: usize = 256 * 1024;

/// One piece of a body.
pub(super) enum Piece {
    Bytes(Bytes),
    File(OpenFile),
}

impl Piece {
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(file) => file.length,
        }
    }
}

/// A file that is open, with the length it had then.
pub(super) struct OpenFile {
    file: File,
    path: PathBuf,
    length: u64,
}

impl OpenFile {
    /// Opens a regular file; the error is one clause for a person.
    pub(super) async fn open(path: &Path) -> Result<Self, String> {
        let unreadable = |cause: String| format!("cannot read `{}`: {cause}", path.display());
        let readable = |error: io::Error| unreadable(failure::io_in_words(&error));
        // Opening a pipe waits for its writer, so ask first.
        if !fs::metadata(path).await.map_err(readable)?.is_file() {
            return Err(unreadable("it is not a regular file".to_owned()));
        }
        let file = File::open(path).await.map_err(readable)?;
        let length = file.metadata().await.map_err(readable)?.len();
        Ok(Self { file, path: path.to_owned(), length })
    }
}

/// What went wrong with a file while it was sent. The stream that read it writes it down, because hyper reports only
/// that some body failed, and HTTP/2 not even that.
#[derive(Clone, Default)]
pub(super) struct Trouble(Arc<OnceLock<String>>);

impl Trouble {
    pub(super) fn get(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }

    fn note(&self, file: &Path, cause: &str) -> io::Error {
        let message = format!("`{}` {cause}", file.display());
        // The first trouble is the cause of the others.
        let _ = self.0.set(message.clone());
        io::Error::other(message)
    }
}

/// The pieces one after another.
pub(super) fn stream(pieces: Vec<Piece>, trouble: &Trouble) -> BoxStream<'static, io::Result<Bytes>> {
    let trouble = trouble.clone();
    // An empty chunk would cost a write.
    stream::iter(pieces.into_iter().filter(|piece| piece.length() > 0))
        .flat_map(move |piece| match piece {
            Piece::Bytes(bytes) => stream::iter([Ok(bytes)]).boxed(),
            Piece::File(file) => exactly(file, trouble.clone()).boxed(),
        })
        .boxed()
}

/// The content of a file, if it has the length it had when it was opened. The last bytes are held back until the
/// end of the file is seen, so that the server never gets a whole body of a file that changed.
fn exactly(file: OpenFile, trouble: Trouble) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let OpenFile { file, path, length } = file;
    let reader = ReaderStream::with_capacity(file, READ_SIZE);
    stream::try_unfold((reader, length), move |(mut reader, left)| {
        let (path, trouble) = (path.clone(), trouble.clone());
        async move {
            if left == 0 {
                return Ok(None);
            }
            let failed =
                |error: io::Error| trouble.note(&path, &format!("cannot be read: {}", failure::io_in_words(&error)));
            let chunk = match reader.next().await {
                Some(chunk) => chunk.map_err(failed)?,
                None => return Err(trouble.note(&path, "became shorter")),
            };
            let grew = || trouble.note(&path, "became longer");
            let left = left.checked_sub(chunk.len() as u64).ok_or_else(grew)?;
            if left == 0 && reader.next().await.transpose().map_err(failed)?.is_some() {
                return Err(grew());
            }
            Ok(Some((chunk, (reader, left))))
        }
    })
}
