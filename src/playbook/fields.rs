//! The keys of a playbook: the one place that says which exist.

mod connection;
mod credentials;
mod exec;
mod faults;
mod limits;
mod matrix;
mod request;
mod shared;
mod step;
mod stream;

use self::connection::{CONNECT_TO, COOKIES, NO_PROXY, PROXY, REDIRECTS, TLS};
pub use self::credentials::PROVIDER;
pub use self::faults::{FAULT_PLAN, FAULT_RULE};
use self::limits::LIMITS;
use self::matrix::MATRIX;
pub use self::request::REQUEST;
pub use self::shared::INCLUDED;
use self::shared::{AUTH, INPUTS, SHARED_DEFAULTS, SIMULATE, VARS};
pub use self::step::STEP;
use super::shape::{Choice, Field, Key, Shape, Table, Word};

const fn required(name: &'static str, shape: Shape, doc: &'static str, examples: &'static [&'static str]) -> Field {
    Field { name, shape, required: true, doc, examples }
}

const fn optional(name: &'static str, shape: Shape, doc: &'static str, examples: &'static [&'static str]) -> Field {
    Field { name, shape, required: false, doc, examples }
}

const fn word(name: &'static str, doc: &'static str) -> Word {
    Word { name, doc }
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
        required("playbook", Shape::PlaybookName, "The playbook's name; names its runs.", &["deploy-and-infer"]),
        optional(
            "include",
            Shape::OneOrMany(&Shape::Text),
            "Files with `inputs`, `vars`, `simulate`, `auth` and `defaults` that playbooks share; its own win.",
            &["shared/platform.yaml", "[shared/platform.yaml, shared/login.yaml]"],
        ),
        optional("name", Shape::Text, "A title for people.", &["Deploy a model and ask it"]),
        optional(
            "description",
            Shape::Text,
            "What it does, as CommonMark.",
            &["Uploads a model, deploys it and asks for one prediction."],
        ),
        optional("section", Shape::Text, "A heading before the first step.", &["Prepare"]),
        INPUTS,
        optional(
            "matrix",
            Shape::Object(&MATRIX),
            "Axes and their values: the playbook runs once for each combination, with the axes as inputs.",
            &["{ env: [dev, prod], region: [eu, us] }"],
        ),
        VARS,
        SIMULATE,
        AUTH,
        SHARED_DEFAULTS,
        optional(
            "limits",
            Shape::Object(&LIMITS),
            "What a run may not exceed; `--limit` wins.",
            &["{ foreach_items: 20000 }"],
        ),
        optional(
            "order",
            Shape::Word(&[word("listed", "The steps run one after another, in the order in which they are written.")]),
            "`listed` runs the steps one after another, as written.",
            &["listed"],
        ),
        required(
            "steps",
            Shape::Map(Key::Identifier, &Shape::Object(&STEP)),
            "The steps by their ids. Their order comes from the values they use and from `needs`.",
            &["{ health: { get: https://api.example.com/health } }"],
        ),
        optional(
            "finally",
            Shape::Map(Key::Identifier, &Shape::Object(&STEP)),
            "Steps run before the cleanups, always.",
            &["{ log: { get: /log } }"],
        ),
        optional(
            "outputs",
            Shape::Map(Key::Identifier, &Shape::Json),
            "What the run hands back.",
            &[r#"{ first_order: "{{ order_id }}" }"#],
        ),
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
            Shape::Word(&[
                word("string", "A text; a number becomes one."),
                word("int", "A whole number."),
                word("number", "A number."),
                word("bool", "`true` or `false`."),
                word("url", "An absolute URL; its origin stands in transcripts as the input's name."),
                word("file", "The path of a file, relative to the playbook, or with `--var` to the working directory."),
                word("json", "Any value; on the command line as JSON."),
            ]),
            "What it must be; if not said, what its default is: a number, a boolean, a list, else `string`.",
            &["url"],
        ),
        optional(
            "from",
            Shape::OneOrMany(&Shape::Text),
            "Where to look: `env:NAME`, `file:PATH`, `file:PATH#/pointer`; may use other inputs: `env:TOKEN_{{ env }}`.",
            &["env:API_TOKEN", r#"[env:API_TOKEN, "file:creds.json#/token"]"#],
        ),
        optional(
            "default",
            Shape::Json,
            "Its value when nothing else gives one; may use other inputs.",
            &["red", r#""{{ customer }}-orders""#],
        ),
        optional("secret", Shape::Boolean, "Whether it must never come out.", &["true"]),
        optional("optional", Shape::Boolean, "Whether it may be missing.", &["true"]),
        optional("description", Shape::Text, "What it is for, for people.", &["The customer whose orders are read."]),
    ],
);

static DEFAULTS: Table = table(
    "defaults",
    "the defaults",
    "For every request; a step's own value wins.",
    &[
        optional(
            "base_url",
            Shape::Template,
            "Put before URLs that begin with `/`, such as `{{ api_url }}`.",
            &[r#""{{ api_url }}""#],
        ),
        optional("auth", Shape::Identifier, "The provider of credentials.", &["login"]),
        optional("timeout", Shape::Duration, "How long one attempt may take; 30s if not said.", &["30s"]),
        optional(
            "retry",
            Shape::Object(&RETRY),
            "What to do when a request fails.",
            &["{ attempts: 4, delay: 500ms, backoff: 2, max_delay: 10s }"],
        ),
        optional(
            "headers",
            Shape::Map(Key::Any, &Shape::Template),
            "Header fields of every request.",
            &["{ Accept: application/json }"],
        ),
        optional("tls", Shape::Object(&TLS), "Whom to trust, and how to identify.", &["{ ca: certs/ca.pem }"]),
        PROXY,
        NO_PROXY,
        CONNECT_TO,
        COOKIES,
        REDIRECTS,
        optional(
            "volatile",
            Shape::Map(Key::Any, &Shape::OneOrMany(&Shape::Path)),
            "For answers of a path (`*` stands for any characters): JSONPaths of what differs each run.",
            &["{ /orders/*: $.updated_at }"],
        ),
        optional(
            "unordered",
            Shape::Map(Key::Any, &Shape::OneOrMany(&Shape::Path)),
            "For answers of a path (`*` stands for any characters): JSONPaths of lists without an order.",
            &["{ /orders: $.orders }"],
        ),
        optional(
            "redact",
            Shape::Map(Key::Any, &Shape::OneOrMany(&Shape::Path)),
            "For requests and answers of a path (`*` stands for any characters): JSONPaths of what nobody may see.",
            &["{ /users/*: [$..email, $.salary] }"],
        ),
        optional("keep", Shape::Size, KEEP, &["1MiB"]),
        optional(
            "read_paths",
            Shape::List(&Shape::Text),
            "Paths whose POSTs only read; `*` stands for any characters.",
            &["[/v1/api/*/list, /v1/api/*/query]"],
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
        optional(
            "attempts",
            Shape::Integer(1),
            "How often to send at most, the first time included; 3 if not said.",
            &["4"],
        ),
        optional("delay", Shape::Duration, "How long to wait before the second attempt; 1s if not said.", &["500ms"]),
        optional(
            "backoff",
            Shape::Number { minimum: 1.0, maximum: f64::INFINITY },
            "What the delay is multiplied by each time; 2 if not said.",
            &["1.5"],
        ),
        optional("max_delay", Shape::Duration, "The longest delay, also for `Retry-After`; 30s if not said.", &["10s"]),
        optional(
            "jitter",
            Shape::Number { minimum: 0.0, maximum: 1.0 },
            "What part of the delay is random, from 0 to 1; 0 if not said.",
            &["0.2"],
        ),
        optional(
            "on",
            Shape::OneOrMany(&Shape::Template),
            "`connect`, `timeout`, `reset`, statuses, classes such as `5xx`; all of these and 429, 502, 503, 504 if not said.",
            &["[connect, 429, 5xx]"],
        ),
        optional("unsafe", Shape::Boolean, "Whether even a call that must not be done twice is sent again.", &["true"]),
    ],
);

static ENSURE: Table = table(
    "ensure",
    "an ensure",
    "Look first, create only when nothing is found: safe to run twice.",
    &[
        required(
            "find",
            Shape::OneOrMany(&Shape::Object(&REQUEST_ALONE)),
            "How to look; the first miss means absent.",
            &[r#"{ get: /workspaces, capture: { workspace_id: "$[?@.name == {{ customer }}].id" } }"#],
        ),
        optional("absent", Shape::Expression, "What also shows that it is not there.", &["body == []"]),
        required(
            "create",
            Shape::Object(&REQUEST_ALONE),
            "How to create it.",
            &[r#"{ post: /workspaces, json: { name: "{{ customer }}" }, capture: { workspace_id: $.id } }"#],
        ),
        optional(
            "conflict",
            Shape::Expression,
            "What shows that it was there after all; `status == 409` if not said.",
            &["status == 409", r#"status == 422 and body.code == "taken""#],
        ),
        optional(
            "differs",
            Shape::Expression,
            "What shows that the one found must be updated.",
            &["body[0].owner != customer"],
        ),
        optional(
            "update",
            Shape::Object(&REQUEST_ALONE),
            "How to update it.",
            &[r#"{ put: "/workspaces/{{ workspace_id }}", json: { owner: "{{ customer }}" } }"#],
        ),
    ],
);

const METHOD_CHOICE: Choice = Choice { names: METHODS, required: true, what: "the method" };

/// A request that stands by itself, so that its method must be there.
static REQUEST_ALONE: Table = Table {
    includes: &[&REQUEST],
    choices: &[METHOD_CHOICE],
    ..table("request", "a request", "One HTTP request.", &[])
};
