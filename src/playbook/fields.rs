//! The keys of a playbook: the one place that says which exist.

mod connection;
mod credentials;
mod exec;
mod matrix;
mod shared;

use self::connection::{CONNECT_TO, COOKIES, NO_PROXY, PROXY, REDIRECTS, TLS};
pub use self::credentials::PROVIDER;
use self::exec::EXEC;
use self::matrix::MATRIX;
pub use self::shared::INCLUDED;
use self::shared::{AUTH, INPUTS, SHARED_DEFAULTS, SIMULATE, VARS};
use super::shape::{Choice, Field, Key, Shape, Table};

const fn required(name: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { name, shape, required: true, doc }
}

const fn optional(name: &'static str, shape: Shape, doc: &'static str) -> Field {
    Field { name, shape, required: false, doc }
}

const fn table(id: &'static str, name: &'static str, doc: &'static str, fields: &'static [Field]) -> Table {
    Table { id, name, doc, fields, includes: &[], choices: &[], rest: None }
}

/// Methods that a request may name by a key; the key's value is the URL.
pub const METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options"];

/// The playbook itself.
pub static PLAYBOOK: Table = table(
    "playbook",
    "a playbook",
    "A run of HTTP API calls.",
    &[
        required("playbook", Shape::PlaybookName, "The playbook's name; names its runs."),
        optional(
            "include",
            Shape::OneOrMany(&Shape::Text),
            "Files with `inputs`, `vars`, `simulate`, `auth` and `defaults` that playbooks share; its own win.",
        ),
        optional("name", Shape::Text, "A title for people."),
        optional("description", Shape::Text, "What it does, as CommonMark."),
        optional("section", Shape::Text, "A heading before the first step."),
        INPUTS,
        optional(
            "matrix",
            Shape::Object(&MATRIX),
            "Axes and their values: the playbook runs once for each combination, with the axes as inputs.",
        ),
        VARS,
        SIMULATE,
        AUTH,
        SHARED_DEFAULTS,
        optional("order", Shape::Word(&["listed"]), "`listed` runs the steps one after another, as written."),
        required(
            "steps",
            Shape::Map(Key::Identifier, &Shape::Object(&STEP)),
            "The steps by their ids. Their order comes from the values they use and from `needs`.",
        ),
        optional(
            "finally",
            Shape::Map(Key::Identifier, &Shape::Object(&STEP)),
            "Steps run before the cleanups, always.",
        ),
        optional("outputs", Shape::Map(Key::Identifier, &Shape::Json), "What the run hands back."),
    ],
);

/// An input.
pub static INPUT: Table = table(
    "input",
    "an input",
    "A value from the outside.",
    &[
        optional(
            "type",
            Shape::Word(&["string", "int", "number", "bool", "url", "file", "json"]),
            "What it must be; `string` if not said.",
        ),
        optional(
            "from",
            Shape::OneOrMany(&Shape::Text),
            "Where to look: `env:NAME`, `file:PATH`, `file:PATH#/pointer`; may use other inputs: `env:TOKEN_{{ env }}`.",
        ),
        optional("default", Shape::Json, "Its value when nothing else gives one; may use other inputs."),
        optional("secret", Shape::Boolean, "Whether it must never come out."),
        optional("optional", Shape::Boolean, "Whether it may be missing."),
        optional("description", Shape::Text, "What it is for, for people."),
    ],
);

static DEFAULTS: Table = table(
    "defaults",
    "the defaults",
    "For every request; a step's own value wins.",
    &[
        optional("base_url", Shape::Template, "Put before URLs that begin with `/`, such as `{{ api_url }}`."),
        optional("auth", Shape::Identifier, "The provider of credentials."),
        optional("timeout", Shape::Duration, "How long one attempt may take; 30s if not said."),
        optional("retry", Shape::Object(&RETRY), "What to do when a request fails."),
        optional("headers", Shape::Map(Key::Any, &Shape::Template), "Header fields of every request."),
        optional("tls", Shape::Object(&TLS), "Whom to trust, and how to identify."),
        PROXY,
        NO_PROXY,
        CONNECT_TO,
        COOKIES,
        REDIRECTS,
        optional(
            "volatile",
            Shape::Map(Key::Any, &Shape::OneOrMany(&Shape::Path)),
            "For answers of a path (`*` stands for any characters): JSONPaths of what differs each run.",
        ),
        optional(
            "unordered",
            Shape::Map(Key::Any, &Shape::OneOrMany(&Shape::Path)),
            "For answers of a path (`*` stands for any characters): JSONPaths of lists without an order.",
        ),
        optional("keep", Shape::Size, KEEP),
        optional(
            "read_paths",
            Shape::List(&Shape::Text),
            "Paths whose POSTs only read; `*` stands for any characters.",
        ),
    ],
);

const KEEP: &str =
    "Bodies of answers up to this size are kept whole, of larger ones what the playbook uses; 256KiB if not said.";

static RETRY: Table = table(
    "retry",
    "a retry",
    "What to do when a request fails. A step's keys are laid over those of `defaults`.",
    &[
        optional("attempts", Shape::Integer(1), "How often to send at most, the first time included; 3 if not said."),
        optional("delay", Shape::Duration, "How long to wait before the second attempt; 1s if not said."),
        optional(
            "backoff",
            Shape::Number { minimum: 1.0, maximum: f64::INFINITY },
            "What the delay is multiplied by each time; 2 if not said.",
        ),
        optional("max_delay", Shape::Duration, "The longest delay, also for `Retry-After`; 30s if not said."),
        optional(
            "jitter",
            Shape::Number { minimum: 0.0, maximum: 1.0 },
            "What part of the delay is random, from 0 to 1; 0 if not said.",
        ),
        optional(
            "on",
            Shape::OneOrMany(&Shape::Template),
            "`connect`, `timeout`, `reset`, statuses, classes such as `5xx`; all of these and 429, 502, 503, 504 if not said.",
        ),
        optional("unsafe", Shape::Boolean, "Whether even a call that must not be done twice is sent again."),
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

/// A request: of a step, of `ensure`, of a cleanup.
pub static REQUEST: Table = Table {
    choices: &[Choice {
        names: &["json", "form", "multipart", "text", "file", "arrow"],
        required: false,
        what: "the request's body",
    }],
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

static ENSURE: Table = table(
    "ensure",
    "an ensure",
    "Look first, create only when nothing is found: safe to run twice.",
    &[
        required("find", Shape::OneOrMany(&Shape::Object(&REQUEST_ALONE)), "How to look; the first miss means absent."),
        optional("absent", Shape::Expression, "What also shows that it is not there."),
        required("create", Shape::Object(&REQUEST_ALONE), "How to create it."),
        optional("conflict", Shape::Expression, "What shows that it was there after all; `status == 409` if not said."),
        optional("differs", Shape::Expression, "What shows that the one found must be updated."),
        optional("update", Shape::Object(&REQUEST_ALONE), "How to update it."),
    ],
);

const METHOD_CHOICE: Choice = Choice { names: METHODS, required: true, what: "the method" };

/// A request that stands by itself, so that its method must be there.
static REQUEST_ALONE: Table = Table {
    includes: &[&REQUEST],
    choices: &[METHOD_CHOICE],
    ..table("request", "a request", "One HTTP request.", &[])
};

static CLEANUP: Table = Table {
    includes: &[&REQUEST],
    choices: &[Choice {
        names: &["get", "post", "put", "patch", "delete", "head", "options", "step"],
        required: true,
        what: "what the cleanup does",
    }],
    ..table(
        "cleanup",
        "a cleanup",
        "A request that undoes the step, or a step of the playbook that does.",
        &[optional("step", Shape::Identifier, "A step to use, if it has not passed yet.")],
    )
};

static SHOW: Table = table(
    "show",
    "a `show`",
    "What a rendered page prints of the step.",
    &[
        optional("request", Shape::Boolean, "Whether the request is printed."),
        optional("response", Shape::Template, "Whether the answer is printed, or a JSONPath to the part that is."),
    ],
);

/// A step.
pub static STEP: Table = Table {
    includes: &[&REQUEST],
    choices: &[Choice {
        names: &["get", "post", "put", "patch", "delete", "head", "options", "ensure", "set", "wait", "call", "exec"],
        required: true,
        what: "what the step does",
    }],
    ..table(
        "step",
        "a step",
        "One thing to do.",
        &[
            optional("name", Shape::Text, "A title for people."),
            optional("section", Shape::Text, "A heading before the step."),
            optional("description", Shape::Text, "Prose before the step, as CommonMark."),
            optional("after", Shape::Text, "Prose behind the step, as CommonMark."),
            optional("show", Shape::Object(&SHOW), "What a rendered page prints."),
            optional(
                "tags",
                Shape::OneOrMany(&Shape::Identifier),
                "Words by which steps are selected: `--only tag:smoke`.",
            ),
            optional(
                "foreach",
                Shape::Map(Key::Identifier, &Shape::Either(&[Shape::List(&Shape::Json), Shape::Expression])),
                "Does the step for each item of a list: a name for the item and the list. Several are a product.",
            ),
            optional("key", Shape::Template, "What an item of `foreach` is called: `upload[fraud]`."),
            optional("max_parallel", Shape::Integer(1), "How many items of `foreach` are under way at once."),
            optional("lock", Shape::Template, "Steps with the same lock never run at the same time."),
            optional("when", Shape::Expression, "The step is skipped where this is false."),
            optional("needs", Shape::OneOrMany(&Shape::Identifier), "Steps to wait for where no value says so."),
            optional("continue_on_error", Shape::Boolean, "Whether the run goes on when this step does not pass."),
            optional("ensure", Shape::Object(&ENSURE), "Look first, create only when nothing is found."),
            optional("set", Shape::Map(Key::Identifier, &Shape::Json), "Values to compute."),
            optional("wait", Shape::Duration, "How long to wait."),
            optional("call", Shape::Text, "The file of another playbook to run as this step, relative to this one."),
            optional("with", Shape::Map(Key::Identifier, &Shape::Json), "The inputs of the called playbook."),
            optional(
                "outputs",
                Shape::Map(Key::Identifier, &Shape::Identifier),
                "Which outputs of the called playbook are taken: a name here and the output's own; all if not said.",
            ),
            optional(
                "exec",
                Shape::Either(&[Shape::List(&Shape::Template), Shape::Object(&EXEC)]),
                "A program to run, in the playbook's folder and without a shell: the program and its arguments as a list, or \
                 a mapping. Only with `--allow-exec`.",
            ),
            optional(
                "cleanup",
                Shape::OneOrMany(&Shape::Object(&CLEANUP)),
                "What undoes the step when the run is over.",
            ),
        ],
    )
};
