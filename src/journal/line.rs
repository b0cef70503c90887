//! One line of a journal: the envelope's JSON whose last member is the checksum of everything before it.

use std::io::Write;

use crate::event::Envelope;

/// `,"crc":"` and eight digits and `"}`.
const TAIL: usize = 18;

/// Appends the lines of events, as they stand in a journal: for a store of one's own.
pub fn encode(events: &[Envelope], out: &mut Vec<u8>) -> std::io::Result<()> {
    events.iter().try_for_each(|envelope| Ok(encode_line(envelope, out)?))
}

/// Appends the envelope's line, line break included.
pub(super) fn encode_line(envelope: &Envelope, out: &mut Vec<u8>) -> serde_json::Result<()> {
    let start = out.len();
    serde_json::to_writer(&mut *out, envelope)?;
    let brace = out.pop();
    debug_assert_eq!(brace, Some(b'}'), "an envelope is a JSON object");
    let crc = crc32fast::hash(&out[start..]);
    writeln!(out, ",\"crc\":\"{crc:08x}\"}}").map_err(serde_json::Error::io)
}

/// Whether a line, without its line break, is whole and unchanged; else what is wrong with it.
pub(super) fn verify(line: &[u8]) -> Result<(), String> {
    let (content, tail) = line
        .split_at_checked(line.len().wrapping_sub(TAIL))
        .ok_or("it is no line of a journal, which ends with its checksum")?;
    let expected = format!(",\"crc\":\"{:08x}\"}}", crc32fast::hash(content));
    if tail == expected.as_bytes() {
        return Ok(());
    }
    let is_tail = tail.starts_with(b",\"crc\":\"") && tail.ends_with(b"\"}");
    Err(if is_tail { "the checksum does not fit the line" } else { "the line does not end with its checksum" }.into())
}

/// The envelope of a line that was verified.
pub(super) fn decode(line: &[u8]) -> Result<Envelope, String> {
    serde_json::from_slice(line)
        .map_err(|error| format!("its checksum fits, and it is no event that this callsheet knows: {error}"))
}
