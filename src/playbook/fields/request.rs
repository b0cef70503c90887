//! The keys of a request, and of what is expected of its answer and taken from it.

use super::connection::REDIRECTS;
use super::stream::{NOT_POLLED, NOT_SAVED, STREAM};
use super::{Choice, KEEP, Key, RETRY, Shape, Table, optional, required, table, word};

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
            optional("get", Shape::Template, "GET this URL.", &["/orders/{{ order_id }}"]),
            optional("post", Shape::Template, "POST to this URL.", &["/orders"]),
            optional("put", Shape::Template, "PUT to this URL.", &["/orders/{{ order_id }}"]),
            optional("patch", Shape::Template, "PATCH this URL.", &["/orders/{{ order_id }}"]),
            optional("delete", Shape::Template, "DELETE this URL.", &["/orders/{{ order_id }}"]),
            optional("head", Shape::Template, "HEAD of this URL.", &["/orders/{{ order_id }}"]),
            optional("options", Shape::Template, "OPTIONS of this URL.", &["/orders"]),
            optional(
                "query",
                Shape::Map(Key::Any, &Shape::Json),
                "Query parameters; a list repeats, null leaves out.",
                &["{ page: 2, tag: [new, paid], filter: null }"],
            ),
            optional(
                "headers",
                Shape::Map(Key::Any, &Shape::Template),
                "Header fields.",
                &["{ Accept: application/json }"],
            ),
            optional("json", Shape::Json, "The body as JSON.", &[r#"{ customer: "{{ customer }}", count: 2 }"#]),
            optional(
                "form",
                Shape::Map(Key::Any, &Shape::Json),
                "The body as a form.",
                &[r#"{ customer: "{{ customer }}", count: 2 }"#],
            ),
            optional(
                "multipart",
                Shape::List(&Shape::Object(&PART)),
                "The body in parts (RFC 7578).",
                &["[{ name: note, text: new }, { name: file, file: data/model.onnx }]"],
            ),
            optional("text", Shape::Template, "The body as text.", &["order {{ order_id }}"]),
            optional("file", Shape::Template, "The body from a file, streamed.", &["data/model.onnx"]),
            optional(
                "arrow",
                Shape::Either(&[Shape::Object(&ARROW), Shape::List(&Shape::Json), Shape::Template]),
                "The body as a file in Apache Arrow's IPC format: a list of objects, one for each row.",
                &["[{ tensor: [0.5, 1.5] }]", r#""{{ rows }}""#],
            ),
            optional("auth", Shape::Identifier, "The provider of credentials; `none` sends none.", &["login", "none"]),
            optional(
                "timeout",
                Shape::Duration,
                "How long one attempt may take; `defaults.timeout` if not said.",
                &["2m"],
            ),
            optional(
                "retry",
                Shape::Object(&RETRY),
                "What to do when the request fails.",
                &["{ attempts: 5, on: [connect, 503] }"],
            ),
            optional(
                "poll",
                Shape::Object(&POLL),
                "Ask again until a good answer is there.",
                &[r#"{ until: body.state == "paid", every: 1s, timeout: 2m }"#],
            ),
            STREAM,
            REDIRECTS,
            optional(
                "effect",
                Shape::Word(&[
                    word("read", "It changes nothing, so it may be sent again."),
                    word("idempotent", "Done twice it is as done once, so it may be sent again."),
                    word(
                        "once",
                        "It may not be done twice, so it is sent again only where it surely was not executed.",
                    ),
                ]),
                "What it does to the server: `read` and `idempotent` may be sent again, `once` only when it surely was not executed. By the method if not said.",
                &["read"],
            ),
            optional(
                "save",
                Shape::Template,
                "Stream a 2xx answer's body to this file in `saved/` in the run's folder, as it was sent: nothing in it is \
                 masked. `saved` then tells its length and SHA-256.",
                &["reports/{{ customer }}.csv"],
            ),
            optional("keep", Shape::Size, KEEP, &["1MiB"]),
            optional(
                "capture",
                Shape::Map(Key::Identifier, &Shape::Either(&[Shape::Path, Shape::Object(&CAPTURE)])),
                "Values to keep from the answer: a name and a JSONPath (RFC 9535), or where else it comes from.",
                &[r#"{ first_id: "$.orders[0].id" }"#, "{ version: { header: ETag, default: null } }"],
            ),
            optional(
                "volatile",
                Shape::OneOrMany(&Shape::Path),
                "JSONPaths of what differs each run; a transcript masks it.",
                &["$.updated_at"],
            ),
            optional(
                "unordered",
                Shape::OneOrMany(&Shape::Path),
                "JSONPaths of lists without an order; a transcript sorts them.",
                &["[$.orders, $.tags]"],
            ),
            optional(
                "redact",
                Shape::OneOrMany(&Shape::Path),
                "JSONPaths of what nobody may see, in the bodies of request and answer: it is masked.",
                &["$.customer.email"],
            ),
            optional(
                "expect",
                Shape::Either(&[Shape::List(&Shape::Expression), Shape::Object(&EXPECT), Shape::Expression]),
                "What must hold: expressions such as `status == 200`, or a mapping. 2xx is demanded if no status is named.",
                &["[status == 200, body.count > 0]", "{ status: 201, body: { $.state: new } }"],
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
            &[r#""{{ rows }}""#, "[{ tensor: [0.5, 1.5] }]"],
        ),
        optional(
            "schema",
            Shape::Either(&[Shape::Map(Key::Any, &Shape::Text), Shape::List(&Shape::Json), Shape::Template]),
            "The columns: names and types such as `list<float32>`, or a list of `name`, `type` and `nullable`. From the records if not said.",
            &["{ tensor: list<float32> }"],
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
            required("name", Shape::Template, "The field's name.", &["metadata"]),
            optional("filename", Shape::Template, "The file name to send.", &["model.onnx"]),
            optional("content_type", Shape::Template, "The part's media type.", &["application/json"]),
            optional("json", Shape::Json, "The content as JSON.", &["{ name: fraud }"]),
            optional("text", Shape::Template, "The content as text.", &["a note"]),
            optional("file", Shape::Template, "The content from a file, streamed.", &["data/model.onnx"]),
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
            optional("json", Shape::Path, "A JSONPath into the body.", &["$.id"]),
            optional("header", Shape::Text, "A header field; of several of one name all, joined by `, `.", &["ETag"]),
            optional(
                "cookie",
                Shape::Text,
                "A cookie that the answer sets, or one of its attributes as in `session[Path]`. Its value is secret if \
                 `secret` does not say otherwise.",
                &["session"],
            ),
            optional(
                "regex",
                Shape::Text,
                "A regular expression over the body's text: its first group, or the whole match where it has none.",
                &[r"'order (\d+)'"],
            ),
            optional(
                "expr",
                Shape::Template,
                "An expression over `body`, `headers`, `status`.",
                &["body.orders | length"],
            ),
            optional("default", Shape::Json, "Its value when nothing is there.", &["null", "0"]),
            optional("all", Shape::Boolean, "Keep everything that is found, as a list.", &["true"]),
            optional("first", Shape::Boolean, "Keep the first of several.", &["true"]),
            optional("secret", Shape::Boolean, "Whether it must never come out.", &["true"]),
        ],
    )
};

static EXPECT: Table = table(
    "expect",
    "an `expect`",
    "What must hold; everything that does not is reported at once.",
    &[
        optional(
            "status",
            Shape::OneOrMany(&Shape::Status),
            "The status, or the statuses that will do.",
            &["[200, 404]", "2xx"],
        ),
        optional(
            "headers",
            Shape::Map(Key::Any, &Shape::Template),
            "Header fields and their values.",
            &["{ Content-Type: application/json }"],
        ),
        optional(
            "body",
            Shape::Map(Key::Path, &Shape::Json),
            "JSONPaths and the values there.",
            &["{ $.state: paid, $.count: 2 }"],
        ),
        optional(
            "schema",
            Shape::Template,
            "A file with a JSON Schema (draft 2020-12, JSON or `.yaml`) that the body fits.",
            &["schemas/order.json"],
        ),
        optional(
            "that",
            Shape::OneOrMany(&Shape::Expression),
            "Expressions that must hold.",
            &[r#"[body.count > 0, "'id' in body"]"#],
        ),
    ],
);

static POLL: Table = table(
    "poll",
    "a poll",
    "Asks again until a good answer is there.",
    &[
        required("until", Shape::Expression, "What must hold at last.", &[r#"body.state == "paid""#]),
        optional("fail_when", Shape::Expression, "What shows that it never will.", &[r#"body.state == "refused""#]),
        optional("not_yet", Shape::OneOrMany(&Shape::Status), "Statuses that mean: ask again.", &["[404, 503]"]),
        optional("every", Shape::Duration, "How long to wait between two; 2s if not said.", &["1s"]),
        optional("timeout", Shape::Duration, "How long to go on; 10m if not said.", &["5m"]),
    ],
);
