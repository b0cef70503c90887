//! The keys of an answer that is a stream of events.

use super::{Choice, Field, Shape, Table, optional, table};

pub(super) const STREAM: Field = optional(
    "stream",
    Shape::Either(SHAPES),
    "Take the answer as server-sent events (`text/event-stream`), one by one as they come: its `body` is the list of them. \
     `true` takes all, a mapping says where to stop.",
    &["true", r#"{ until: 'event.data == "[DONE]"' }"#],
);

const SHAPES: &[Shape] = &[Shape::Object(&EVENTS), Shape::Boolean];

/// Each question of a poll has an answer of its own, which comes to its end.
pub(super) const NOT_POLLED: Choice =
    Choice { names: &["poll", "stream"], required: false, what: "how the answer is waited for" };

/// A file holds what was sent, and not the events.
pub(super) const NOT_SAVED: Choice =
    Choice { names: &["save", "stream"], required: false, what: "how the answer's body is taken" };

static EVENTS: Table = table(
    "stream",
    "a stream",
    "Takes the answer as server-sent events, and ends the request where it says so.",
    &[
        optional(
            "until",
            Shape::Expression,
            "What the last event shows: `event.data == \"[DONE]\"`. Each `event` has `event`, `data` and what it says of `id` \
             and `retry`; `body` is the list so far.",
            &[r#"event.data == "[DONE]""#],
        ),
        optional("max", Shape::Integer(1), "How many events are taken at most; 10000 if not said.", &["100"]),
    ],
);
