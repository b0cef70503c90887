//! The keys of a plan of faults, which `callsheet simulate --faults` reads.

use super::{optional, required, table, word};
use crate::playbook::shape::{Choice, Shape, Table, Word};

/// A whole plan of faults.
pub static FAULT_PLAN: Table = table(
    "faults",
    "a plan of faults",
    "What goes wrong in the simulator. Of each kind of fault the first rule that strikes a request decides.",
    &[
        optional("seed", Shape::Integer(0), "Decides what is left to chance; `--simulator-seed` wins.", &["7"]),
        required("faults", Shape::List(&A_RULE), "The rules.", &["[{ path: /v1/api/*/list, calls: 1, status: 503 }]"]),
    ],
);

static A_RULE: Shape = Shape::Object(&FAULT_RULE);

/// One rule of it.
pub static FAULT_RULE: Table = Table {
    choices: &[Choice {
        names: &["status", "reset", "truncate", "malformed", "expire_token"],
        required: false,
        what: "what becomes of the request",
    }],
    ..table(
        "rule",
        "a rule",
        "Which requests go wrong, and how. Requests are counted by method and path, each pair on its own.",
        &[
            optional("name", Shape::Text, "What the log of requests calls the rule; `rule 3` if not said.", &["busy"]),
            optional(
                "path",
                Shape::Text,
                "The paths it strikes: `*` is anything within a segment, `**` anything; all if not said.",
                &["/v1/api/*/list"],
            ),
            optional("method", Shape::Word(METHODS), "The method it strikes; every one if not said.", &["POST"]),
            optional(
                "calls",
                Shape::OneOrMany(&Shape::Template),
                "The requests it strikes, by their numbers: `1`, `2-4`, `7-` for all from the seventh on; all if not said.",
                &["1", "[2-4, 7-]"],
            ),
            optional("every", Shape::Integer(1), "Only every third (`3`) of these.", &["3"]),
            optional(
                "probability",
                Shape::Number { minimum: 0.0, maximum: 1.0 },
                "How likely it strikes one of these.",
                &["0.2"],
            ),
            optional("times", Shape::Integer(1), "How often it strikes at most, over all paths.", &["2"]),
            optional(
                "latency",
                Shape::Either(&[Shape::Duration, Shape::Object(&LATENCY)]),
                "How much later the answer comes: `200ms`, or a distribution.",
                &["200ms", "{ median: 20ms, p99: 400ms }"],
            ),
            optional(
                "status",
                Shape::Integer(200),
                "The status of an answer that takes the place of the platform's.",
                &["503"],
            ),
            optional(
                "retry_after",
                Shape::Duration,
                "What `Retry-After` of that answer says, in whole seconds.",
                &["1s"],
            ),
            optional("body", Shape::Json, "The body of that answer: a text, or JSON.", &["{ error: busy }"]),
            optional(
                "execute",
                Shape::Boolean,
                "Whether the request is executed all the same; `false` if not said.",
                &["true"],
            ),
            optional(
                "reset",
                Shape::Word(&[
                    word("before", "The request is not executed."),
                    word("after", "The request was executed, and its answer is lost."),
                ]),
                "Drops the connection without an answer, before or after the request was executed.",
                &["after"],
            ),
            optional(
                "truncate",
                Shape::Template,
                "Executes the request and lets the answer break off: `half`, or the number of bytes that come.",
                &["half"],
            ),
            optional(
                "malformed",
                Shape::Boolean,
                "Executes the request and replaces half of the answer's body by other text.",
                &["true"],
            ),
            optional(
                "expire_token",
                Shape::Boolean,
                "Lets the token that the request brings be expired, from now on.",
                &["true"],
            ),
            optional(
                "drip",
                Shape::Duration,
                "Lets the body of the answer come in small pieces, over this long.",
                &["10s"],
            ),
            optional(
                "refuse",
                Shape::Duration,
                "Refuses every connection for this long, once the request is dealt with.",
                &["2s"],
            ),
        ],
    )
};

/// In capitals, as requests have them.
const METHODS: &[Word] = &[
    word("GET", "Only GET requests."),
    word("POST", "Only POST requests."),
    word("PUT", "Only PUT requests."),
    word("PATCH", "Only PATCH requests."),
    word("DELETE", "Only DELETE requests."),
    word("HEAD", "Only HEAD requests."),
    word("OPTIONS", "Only OPTIONS requests."),
];

static LATENCY: Table = Table {
    choices: &[Choice { names: &["mean", "median"], required: true, what: "the middle of the distribution" }],
    ..table(
        "latency",
        "a distribution of latencies",
        "`mean` and `deviation` of a normal distribution, or `median` and `p99` of one with a long tail (log-normal).",
        &[
            optional("mean", Shape::Duration, "The middle of a normal distribution.", &["200ms"]),
            optional("deviation", Shape::Duration, "The standard deviation of a normal distribution.", &["50ms"]),
            optional("median", Shape::Duration, "Half of the answers of a long tail are quicker.", &["100ms"]),
            optional("p99", Shape::Duration, "One in a hundred answers of a long tail is slower.", &["3s"]),
        ],
    )
};
