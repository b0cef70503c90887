//! Files that expressions and expectations ask for: their digest, their text, their JSON, the schema in them. Runs off
//! the loop.

use std::path::Path;

use crate::expression::FileKind;
use crate::json_schema::JsonSchema;
use crate::render::Content;
use crate::source::unreadable;
use crate::value::Value;
use crate::wire::hexadecimal;

/// What of a file was asked for; else why it cannot be had, in words.
pub(super) fn read_file(kind: FileKind, path: &Path) -> Result<Content, String> {
    let words = |error: std::io::Error| unreadable(&error);
    match kind {
        FileKind::Sha256 => sha256(path).map(|digest| Content::Value(digest.into())).map_err(words),
        FileKind::Text => std::fs::read_to_string(path).map(|text| Content::Value(text.into())).map_err(words),
        FileKind::Json => {
            let bytes = std::fs::read(path).map_err(words)?;
            Value::read(&bytes).map(Content::Value).map_err(|error| format!("is not JSON: {error}"))
        }
        FileKind::Schema => {
            let read = |path: &Path| std::fs::read_to_string(path).map_err(words);
            JsonSchema::read(path, &read).map(Content::Schema)
        }
    }
}

fn sha256(path: &Path) -> std::io::Result<String> {
    use std::io::Read;
    let mut file = std::fs::File::open(path)?;
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    let mut chunk = vec![0; 256 * 1024];
    loop {
        let count = file.read(&mut chunk)?;
        if count == 0 {
            break;
        }
        context.update(&chunk[..count]);
    }
    Ok(hexadecimal(context.finish().as_ref()))
}
