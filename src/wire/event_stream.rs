//! Server-sent events as they stand in a body of the type `text/event-stream`, by the rules of the WHATWG (HTML, section
//! 9.2): a parser that takes the bytes as they come, cut anywhere.
//!
//! It holds one event at most. An event that is not ended by an empty line was not sent; what is not UTF-8 is replaced.

use std::ops::ControlFlow;

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StreamEvent {
    /// `event`, where it says so and that is not empty.
    pub(crate) event: Option<String>,
    /// `data`, its lines joined.
    pub(crate) data: String,
    /// `id`, where the event has one itself.
    pub(crate) id: Option<String>,
    /// `retry`, in milliseconds.
    pub(crate) retry: Option<u64>,
}

/// Whether a media type is that of an event stream.
pub(crate) fn is_event_stream(content_type: &str) -> bool {
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/event-stream")
}

/// Where the reading of a stream stands.
#[derive(Debug, Default)]
pub(crate) struct EventStream {
    /// The beginning of a line that is not there as a whole.
    line: Vec<u8>,
    /// Whether a line was read: only the first may begin with a byte order mark.
    begun: bool,
    /// Whether a line ended with the carriage return that came last, so that a line feed belongs to it.
    returned: bool,
    event: StreamEvent,
    /// Whether the event in hand has a `data`, be it empty.
    has_data: bool,
}

impl EventStream {
    /// Reads on, until `take` breaks off or the bytes are at their end.
    pub(crate) fn feed(
        &mut self,
        mut bytes: &[u8],
        take: &mut dyn FnMut(StreamEvent) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        // A piece without bytes says nothing of what follows the carriage return.
        if !bytes.is_empty() && std::mem::take(&mut self.returned) {
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(end) = memchr::memchr2(b'\n', b'\r', bytes) {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            bytes = match bytes[end] {
                b'\r' if rest.is_empty() => {
                    self.returned = true;
                    rest
                }
                b'\r' => rest.strip_prefix(b"\n").unwrap_or(rest),
                _ => rest,
            };
            if self.line.is_empty() {
                self.end_line(line, take)?;
            } else {
                let mut whole = std::mem::take(&mut self.line);
                whole.extend_from_slice(line);
                self.end_line(&whole, take)?;
            }
        }
        self.line.extend_from_slice(bytes);
        ControlFlow::Continue(())
    }

    /// How many bytes it holds of an event that is not ended.
    pub(crate) fn held(&self) -> usize {
        self.line.len() + self.event.data.len()
    }

    fn end_line(&mut self, line: &[u8], take: &mut dyn FnMut(StreamEvent) -> ControlFlow<()>) -> ControlFlow<()> {
        let first = !std::mem::replace(&mut self.begun, true);
        let line = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| first).unwrap_or(line);
        if !line.is_empty() {
            self.field(line);
            return ControlFlow::Continue(());
        }
        let event = std::mem::take(&mut self.event);
        if std::mem::take(&mut self.has_data) { take(event) } else { ControlFlow::Continue(()) }
    }

    fn field(&mut self, line: &[u8]) {
        let colon = memchr::memchr(b':', line);
        let (name, value) = colon.map_or((line, &[][..]), |at| (&line[..at], &line[at + 1..]));
        let value = String::from_utf8_lossy(value.strip_prefix(b" ").unwrap_or(value));
        match name {
            b"data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(&value);
            }
            b"event" => self.event.event = Some(value.into_owned()).filter(|name| !name.is_empty()),
            b"id" if !value.contains('\0') => self.event.id = Some(value.into_owned()),
            b"retry" if !value.is_empty() && value.bytes().all(|digit| digit.is_ascii_digit()) => {
                self.event.retry = value.parse().ok().or(self.event.retry);
            }
            // A comment has no name; other names mean nothing.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    /// Every event of a stream that comes in pieces of that length, with an empty one before each.
    fn events(text: &[u8], length: usize) -> Vec<StreamEvent> {
        let (mut stream, mut events) = (EventStream::default(), Vec::new());
        for piece in text.chunks(length).flat_map(|piece| [&[][..], piece]) {
            let goes_on = stream.feed(piece, &mut |event| {
                events.push(event);
                ControlFlow::Continue(())
            });
            assert!(goes_on.is_continue());
        }
        events
    }

    #[track_caller]
    fn shown(text: &[u8]) -> String {
        let whole = events(text, text.len());
        for length in 1..text.len() {
            assert_eq!(events(text, length), whole, "in pieces of {length}");
        }
        let show = |event: &StreamEvent| {
            let (name, id) = (event.event.as_deref().unwrap_or("-"), event.id.as_deref().unwrap_or("-"));
            format!("{name} {:?} {id} {}", event.data, event.retry.map_or("-".to_owned(), |retry| retry.to_string()))
        };
        whole.iter().map(show).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn lines_end_in_three_ways_and_data_may_have_several() {
        assert_eq!(shown(b"data: a\n\ndata: b\r\rdata: c\r\n\r\n"), "- \"a\" - -\n- \"b\" - -\n- \"c\" - -");
        assert_eq!(shown(b"data: YHOO\ndata: +2\r\ndata: 10\r\r"), "- \"YHOO\\n+2\\n10\" - -");
    }

    #[test]
    fn the_examples_of_the_specification_are_read_as_it_says() {
        let text = b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n";
        assert_eq!(shown(text), "- \"first event\" 1 -\n- \"second event\"  -\n- \" third event\" - -");
        assert_eq!(shown(b"data\n\ndata\ndata\n\ndata:"), "- \"\" - -\n- \"\\n\" - -");
        assert_eq!(shown(b"data:test\n\ndata: test\n\n"), "- \"test\" - -\n- \"test\" - -");
    }

    #[test]
    fn only_an_event_with_data_that_has_ended_counts() {
        assert_eq!(shown(b"event: a\nid: 7\n\nretry: 5\n\n:\n\ndata: x\n\ndata: lost\n"), "- \"x\" - -");
        assert_eq!(shown(b"event: a\nevent:\ndata: x\n\n"), "- \"x\" - -");
    }

    #[test]
    fn fields_that_mean_nothing_are_left_out() {
        let text = b"event: e\nid: a\0b\nretry: 1x\nretry:10\nretry:\nData: no\n data: no\nother: no\ndata: x\n\n";
        assert_eq!(shown(text), "e \"x\" - 10");
    }

    #[test]
    fn a_byte_order_mark_and_broken_utf8_do_no_harm() {
        assert_eq!(shown(b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\ndata: \xff\xc3\xa9\n\n"), {
            "- \"a\" - -\n- \"\u{fffd}é\" - -"
        });
        assert_eq!(shown(b"\xef\xbb\xbf\ndata: a\n\n"), "- \"a\" - -");
    }

    #[test]
    fn it_stops_where_it_is_told_to() {
        let (mut stream, mut taken) = (EventStream::default(), Vec::new());
        let end = stream.feed(b"data: 1\n\ndata: 2\n\ndata: 3\n\n", &mut |event| {
            taken.push(event.data);
            if taken.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(end.is_break());
        assert_eq!(taken, ["1", "2"]);
    }

    #[test]
    fn a_media_type_is_told_by_its_essence() {
        assert!(is_event_stream("text/event-stream") && is_event_stream("Text/Event-Stream; charset=utf-8"));
        assert!(!is_event_stream("text/plain") && !is_event_stream("text/event-streams") && !is_event_stream(""));
    }

    /// The algorithm of the specification, word by word, over the decoded whole.
    fn by_the_book(bytes: &[u8]) -> Vec<StreamEvent> {
        let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let (mut events, mut event, mut data) = (Vec::new(), StreamEvent::default(), String::new());
        // What follows the last line feed is no line.
        let (lines, _) = text.rsplit_once('\n').unwrap_or_default();
        for line in if text.contains('\n') { lines.split('\n').collect() } else { Vec::new() } {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                "" if line.is_empty() => {
                    let ended = std::mem::take(&mut event);
                    if let Some(data) = std::mem::take(&mut data).strip_suffix('\n') {
                        events.push(StreamEvent { data: data.to_owned(), ..ended });
                    }
                }
                "event" => event.event = (!value.is_empty()).then(|| value.to_owned()),
                "data" => data.push_str(&format!("{value}\n")),
                "id" if !value.contains('\0') => event.id = Some(value.to_owned()),
                "retry" if value.chars().all(|digit| digit.is_ascii_digit()) => {
                    event.retry = value.parse().ok().or(event.retry);
                }
                _ => {}
            }
        }
        events
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, rng_seed: RngSeed::Fixed(9), ..ProptestConfig::default() })]

        #[test]
        fn what_the_specification_says_is_read_of_anything(
            pieces in prop::collection::vec(prop::sample::select(&[
                "data", "data: ", "event:", "id: ", "retry:", ":", " ", "\n", "\n\n", "\r", "\r\n", "\0", "é", "1", "x", "\u{feff}",
            ][..]), 0..60),
            broken in prop::option::of(0..200usize),
            length in 1..9usize,
        ) {
            let mut bytes = pieces.concat().into_bytes();
            if let Some(at) = broken.filter(|at| *at < bytes.len()) {
                bytes[at] = 0xff;
            }
            prop_assert_eq!(events(&bytes, length), by_the_book(&bytes));
        }
    }
}
