//! From the bytes of an IPC file or stream to its record batches.
//!
//! The bytes come from a server, so that nothing in them is believed: every place that a footer or a message names is
//! held against what is there before the crate, which would panic, sees it. What the crate checks itself is the
//! content of the buffers.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{read_dictionary, read_footer_length, read_record_batch};
use arrow_ipc::{Block, Message, MetadataVersion, root_as_footer, root_as_message};
use arrow_schema::{ArrowError, DataType, Field, SchemaRef};
use bytes::Bytes;

use super::{Unreadable, layout};

/// What a file begins with; a stream begins otherwise.
const MAGIC: &[u8] = b"ARROW1";

/// The footer's length and [`MAGIC`] again.
const TRAILER: usize = 10;

/// What a message begins with, before its length.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Takes one record batch after another.
pub(super) type Take<'a> = &'a mut dyn FnMut(&RecordBatch) -> Result<(), Unreadable>;

impl From<ArrowError> for Unreadable {
    fn from(error: ArrowError) -> Self {
        Unreadable::Broken(error.to_string())
    }
}

/// Calls `take` with each record batch.
pub(super) fn each_batch(bytes: Bytes, take: Take<'_>) -> Result<(), Unreadable> {
    let buffer = Buffer::from(bytes);
    if buffer.starts_with(MAGIC) {
        file(&buffer, take)
    } else if buffer.starts_with(&CONTINUATION) {
        stream(&buffer, take)
    } else {
        Err(broken("it is neither a file nor a stream of Arrow's"))
    }
}

fn file(file: &Buffer, take: Take<'_>) -> Result<(), Unreadable> {
    let (rest, trailer) = file.split_last_chunk::<TRAILER>().ok_or_else(|| broken(CUT))?;
    let length = read_footer_length(*trailer).map_err(|_| broken(CUT))?;
    let start = rest.len().checked_sub(length).ok_or_else(|| broken("its footer is longer than the file"))?;
    let footer = root_as_footer(&rest[start..]).map_err(|_| broken("its footer cannot be read"))?;
    let schema = footer.schema().ok_or_else(|| broken("its footer has no schema"))?;
    let mut reader = Reader::new(Arc::new(try_fb_to_schema(schema)?));
    for block in footer.dictionaries().iter().flatten().chain(footer.recordBatches().iter().flatten()) {
        let (head, body) = part(file, block)?;
        let head = head.strip_prefix(&CONTINUATION).unwrap_or(&head);
        let (_, message) = head.split_first_chunk::<4>().ok_or_else(outside)?;
        reader.read(message_of(message)?, &body, take)?;
    }
    Ok(())
}

/// The message and the body of a block.
fn part(file: &Buffer, block: &Block) -> Result<(Buffer, Buffer), Unreadable> {
    let start = length(block.offset())?;
    let message = length(block.metaDataLength().into())?;
    let middle = start.checked_add(message).ok_or_else(outside)?;
    Ok((slice(file, start, message)?, slice(file, middle, length(block.bodyLength())?)?))
}

fn stream(stream: &Buffer, take: Take<'_>) -> Result<(), Unreadable> {
    let cut = |_| broken(CUT);
    let mut reader: Option<Reader> = None;
    let mut at = 0;
    while let Some((size, start)) = next_message(stream, at)? {
        let message = slice(stream, start, size).map_err(cut)?;
        let message = message_of(&message)?;
        let body = slice(stream, start + size, length(message.bodyLength())?).map_err(cut)?;
        at = start + size + body.len();
        match (&mut reader, message.header_as_schema()) {
            (None, Some(schema)) => reader = Some(Reader::new(Arc::new(try_fb_to_schema(schema)?))),
            (None, None) => return Err(broken("it does not begin with a schema")),
            (Some(reader), _) => reader.read(message, &body, take)?,
        }
    }
    reader.map(|_| ()).ok_or_else(|| broken("it has no schema"))
}

/// The length of the message there, and where it begins behind that; none at the end of the stream.
fn next_message(stream: &[u8], at: usize) -> Result<Option<(usize, usize)>, Unreadable> {
    let rest = &stream[at..];
    if rest.is_empty() {
        return Ok(None);
    }
    let head = rest.strip_prefix(&CONTINUATION).and_then(|rest| rest.first_chunk()).ok_or_else(|| broken(CUT))?;
    let size = length(i32::from_le_bytes(*head).into())?;
    Ok((size > 0).then_some((size, at + 2 * CONTINUATION.len())))
}

/// Reads the messages behind a schema.
struct Reader {
    schema: SchemaRef,
    dictionaries: HashMap<i64, ArrayRef>,
}

impl Reader {
    fn new(schema: SchemaRef) -> Self {
        Reader { schema, dictionaries: HashMap::new() }
    }

    fn read(&mut self, message: Message<'_>, body: &Buffer, take: Take<'_>) -> Result<(), Unreadable> {
        let version = message.version();
        if version < MetadataVersion::V4 {
            return Err(broken("it was written by a version of Arrow before 0.8"));
        }
        if let Some(dictionary) = message.header_as_dictionary_batch() {
            let batch = dictionary.data().ok_or_else(|| broken("one of its dictionaries is empty"))?;
            #[expect(deprecated, reason = "the crate itself finds the type of a dictionary in this way")]
            let column = self.schema.fields_with_dict_id(dictionary.id()).into_iter().next();
            if let Some(DataType::Dictionary(_, kind)) = column.map(Field::data_type) {
                layout::check(batch, [&Field::new("", (**kind).clone(), true)], body.len())?;
            }
            read_dictionary(body, dictionary, &self.schema, &mut self.dictionaries, &version)?;
        } else if let Some(batch) = message.header_as_record_batch() {
            layout::check(batch, self.schema.fields().iter().map(|field| &**field), body.len())?;
            let batch = read_record_batch(body, batch, Arc::clone(&self.schema), &self.dictionaries, None, &version)?;
            take(&batch)?;
        }
        Ok(())
    }
}

fn message_of(bytes: &[u8]) -> Result<Message<'_>, Unreadable> {
    root_as_message(bytes).map_err(|_| broken("one of its messages cannot be read"))
}

fn length(length: i64) -> Result<usize, Unreadable> {
    usize::try_from(length).map_err(|_| outside())
}

fn slice(buffer: &Buffer, start: usize, length: usize) -> Result<Buffer, Unreadable> {
    match start.checked_add(length) {
        Some(end) if end <= buffer.len() => Ok(buffer.slice_with_length(start, length)),
        _ => Err(outside()),
    }
}

const CUT: &str = "it ends in the middle";

fn outside() -> Unreadable {
    broken("it names a place outside of itself")
}

fn broken(message: &str) -> Unreadable {
    Unreadable::Broken(message.to_owned())
}
