//! The keys of a playbook: the one place that says which exist.

mod connection;
mod credentials;
mod exec;
mod faults;
mod limits;
mod matrix;
mod request;
mod shared;
mod stream;

use self::connection::{CONNECT_TO, COOKIES, NO_PROXY, PROXY, REDIRECTS, TLS};
pub use self::credentials::PROVIDER;
use self::exec::EXEC;
pub use self::faults::{FAULT_PLAN, FAULT_RULE};
use self::limits::LIMITS;
use self::matrix::MATRIX;
pub use self::request::REQUEST;
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
        optional("limits", Shape::Object(&LIMITS), "What a run may not exceed; `--limit` wins."),
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
            "What it must be; if not said, what its default is: a number, a boolean, a list, else `string`.",
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
        optional(
            "redact",
            Shape::Map(Key::Any, &Shape::OneOrMany(&Shape::Path)),
            "For requests and answers of a path (`*` stands for any characters): JSONPaths of what nobody may see.",
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
