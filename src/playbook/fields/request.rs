//! The keys of a request, and of what is expected of its answer and taken from it.

use super::connection::REDIRECTS;
use super::stream::{NOT_POLLED, NOT_SAVED, STREAM};
use super::{Choice, KEEP, Key, RETRY, Shape, Table, optional, required, table};

/// A request: of a step, of `ensure`, of a cleanup.
pub static REQUEST: Table = Table {
    choices: &[
        Choice {
            names: &["json", "form", "multipart", "text", "file", "arrow"],
            required: false,
            what: "the request's body",
        },
        NOT_POLLED,
        NOT_SAVED,
    ],
    ..table(
        "request",
        "a request",
        "One HTTP request and what is expected of its answer.",
        &[
            optional("get", Shape::Template, "GET this URL."),
            optional("post", Shape::Template, "POST to this URL."),
            optional("put", Shape::Template, "PUT to this URL."),
            optional("patch", Shape::Template, "PATCH this URL."),
            optional("delete", Shape::Template, "DELETE this URL."),
            optional("head", Shape::Template, "HEAD of this URL."),
            optional("options", Shape::Template, "OPTIONS of this URL."),
            optional("query", Shape::Map(Key::Any, &Shape::Json), "Query parameters; a list repeats, null leaves out."),
            optional("headers", Shape::Map(Key::Any, &Shape::Template), "Header fields."),
            optional("json", Shape::Json, "The body as JSON."),
            optional("form", Shape::Map(Key::Any, &Shape::Json), "The body as a form."),
            optional("multipart", Shape::List(&Shape::Object(&PART)), "The body in parts (RFC 7578)."),
            optional("text", Shape::Template, "The body as text."),
            optional("file", Shape::Template, "The body from a file, streamed."),
            optional(
                "arrow",
                Shape::Either(&[Shape::Object(&ARROW), Shape::List(&Shape::Json), Shape::Template]),
                "The body as a file in Apache Arrow's IPC format: a list of objects, one for each row.",
            ),
            optional("auth", Shape::Identifier, "The provider of credentials; `none` sends none."),
            optional("timeout", Shape::Duration, "How long one attempt may take; `defaults.timeout` if not said."),
            optional("retry", Shape::Object(&RETRY), "What to do when the request fails."),
            optional("poll", Shape::Object(&POLL), "Ask again until a good answer is there."),
            STREAM,
            REDIRECTS,
            optional(
                "effect",
                Shape::Word(&["read", "idempotent", "once"]),
                "What it does to the server: `read` and `idempotent` may be sent again, `once` only when it surely was not executed. By the method if not said.",
            ),
            optional(
                "save",
                Shape::Template,
                "Stream a 2xx answer's body to this file in `saved/` in the run's folder, as it was sent: nothing in it is \
                 masked. `saved` then tells its length and SHA-256.",
            ),
            optional("keep", Shape::Size, KEEP),
            optional(
                "capture",
                Shape::Map(Key::Identifier, &Shape::Either(&[Shape::Path, Shape::Object(&CAPTURE)])),
                "Values to keep from the answer: a name and a JSONPath (RFC 9535), or where else it comes from.",
            ),
            optional(
                "volatile",
                Shape::OneOrMany(&Shape::Path),
                "JSONPaths of what differs each run; a transcript masks it.",
            ),
            optional(
                "unordered",
                Shape::OneOrMany(&Shape::Path),
                "JSONPaths of lists without an order; a transcript sorts them.",
            ),
            optional(
                "redact",
                Shape::OneOrMany(&Shape::Path),
                "JSONPaths of what nobody may see, in the bodies of request and answer: it is masked.",
            ),
            optional(
                "expect",
                Shape::Either(&[Shape::List(&Shape::Expression), Shape::Object(&EXPECT), Shape::Expression]),
                "What must hold: expressions such as `status == 200`, or a mapping. 2xx is demanded if no status is named.",
            ),
        ],
    )
};

static ARROW: Table = table(
    "arrow",
    "an `arrow`",
    "A body in Apache Arrow's IPC format.",
    &[
        required(
            "records",
            Shape::Either(&[Shape::List(&Shape::Json), Shape::Template]),
            "A list of objects, one for each row.",
        ),
        optional(
            "schema",
            Shape::Either(&[Shape::Map(Key::Any, &Shape::Text), Shape::List(&Shape::Json), Shape::Template]),
            "The columns: names and types such as `list<float32>`, or a list of `name`, `type` and `nullable`. From the records if not said.",
        ),
    ],
);

static PART: Table = Table {
    choices: &[Choice { names: &["json", "text", "file"], required: true, what: "the part's content" }],
    ..table(
        "part",
        "a part",
        "One part of a multipart body.",
        &[
            required("name", Shape::Template, "The field's name."),
            optional("filename", Shape::Template, "The file name to send."),
            optional("content_type", Shape::Template, "The part's media type."),
            optional("json", Shape::Json, "The content as JSON."),
            optional("text", Shape::Template, "The content as text."),
            optional("file", Shape::Template, "The content from a file, streamed."),
        ],
    )
};

static CAPTURE: Table = Table {
    choices: &[
        Choice {
            names: &["json", "header", "cookie", "regex", "expr"],
            required: true,
            what: "where the value comes from",
        },
        Choice { names: &["all", "first"], required: false, what: "what to do with several nodes" },
    ],
    ..table(
        "capture",
        "a capture",
        "A value to keep from the answer.",
        &[
            optional("json", Shape::Path, "A JSONPath into the body."),
            optional("header", Shape::Text, "A header field; of several of one name all, joined by `, `."),
            optional(
                "cookie",
                Shape::Text,
                "A cookie that the answer sets, or one of its attributes as in `session[Path]`. Its value is secret if \
                 `secret` does not say otherwise.",
            ),
            optional(
                "regex",
                Shape::Text,
                "A regular expression over the body's text: its first group, or the whole match where it has none.",
            ),
            optional("expr", Shape::Template, "An expression over `body`, `headers`, `status`."),
            optional("default", Shape::Json, "Its value when nothing is there."),
            optional("all", Shape::Boolean, "Keep everything that is found, as a list."),
            optional("first", Shape::Boolean, "Keep the first of several."),
            optional("secret", Shape::Boolean, "Whether it must never come out."),
        ],
    )
};

static EXPECT: Table = table(
    "expect",
    "an `expect`",
    "What must hold; everything that does not is reported at once.",
    &[
        optional("status", Shape::OneOrMany(&Shape::Status), "The status, or the statuses that will do."),
        optional("headers", Shape::Map(Key::Any, &Shape::Template), "Header fields and their values."),
        optional("body", Shape::Map(Key::Path, &Shape::Json), "JSONPaths and the values there."),
        optional(
            "schema",
            Shape::Template,
            "A file with a JSON Schema (draft 2020-12, JSON or `.yaml`) that the body fits.",
        ),
        optional("that", Shape::OneOrMany(&Shape::Expression), "Expressions that must hold."),
    ],
);

static POLL: Table = table(
    "poll",
    "a poll",
    "Asks again until a good answer is there.",
    &[
        required("until", Shape::Expression, "What must hold at last."),
        optional("fail_when", Shape::Expression, "What shows that it never will."),
        optional("not_yet", Shape::OneOrMany(&Shape::Status), "Statuses that mean: ask again."),
        optional("every", Shape::Duration, "How long to wait between two; 2s if not said."),
        optional("timeout", Shape::Duration, "How long to go on; 10m if not said."),
    ],
);
