//! The keys of a plan of faults, which `callsheet simulate --faults` reads.

use super::{optional, required, table};
use crate::playbook::shape::{Choice, Shape, Table};

/// A whole plan of faults.
pub static FAULT_PLAN: Table = table(
    "faults",
    "a plan of faults",
    "What goes wrong in the simulator. Of each kind of fault the first rule that strikes a request decides.",
    &[
        optional("seed", Shape::Integer(0), "Decides what is left to chance; `--simulator-seed` wins."),
        required("faults", Shape::List(&A_RULE), "The rules."),
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
            optional("name", Shape::Text, "What the log of requests calls the rule; `rule 3` if not said."),
            optional(
                "path",
                Shape::Text,
                "The paths it strikes: `*` is anything within a segment, `**` anything; all if not said.",
            ),
            optional("method", Shape::Word(METHODS), "The method it strikes; every one if not said."),
            optional(
                "calls",
                Shape::OneOrMany(&Shape::Template),
                "The requests it strikes, by their numbers: `1`, `2-4`, `7-` for all from the seventh on; all if not said.",
            ),
            optional("every", Shape::Integer(1), "Only every third (`3`) of these."),
            optional(
                "probability",
                Shape::Number { minimum: 0.0, maximum: 1.0 },
                "How likely it strikes one of these.",
            ),
            optional("times", Shape::Integer(1), "How often it strikes at most, over all paths."),
            optional(
                "latency",
                Shape::Either(&[Shape::Duration, Shape::Object(&LATENCY)]),
                "How much later the answer comes: `200ms`, or a distribution.",
            ),
            optional("status", Shape::Integer(200), "The status of an answer that takes the place of the platform's."),
            optional("retry_after", Shape::Duration, "What `Retry-After` of that answer says, in whole seconds."),
            optional("body", Shape::Json, "The body of that answer: a text, or JSON."),
            optional("execute", Shape::Boolean, "Whether the request is executed all the same; `false` if not said."),
            optional(
                "reset",
                Shape::Word(&["before", "after"]),
                "Drops the connection without an answer, before or after the request was executed.",
            ),
            optional(
                "truncate",
                Shape::Template,
                "Executes the request and lets the answer break off: `half`, or the number of bytes that come.",
            ),
            optional(
                "malformed",
                Shape::Boolean,
                "Executes the request and replaces half of the answer's body by other text.",
            ),
            optional("expire_token", Shape::Boolean, "Lets the token that the request brings be expired, from now on."),
            optional("drip", Shape::Duration, "Lets the body of the answer come in small pieces, over this long."),
            optional(
                "refuse",
                Shape::Duration,
                "Refuses every connection for this long, once the request is dealt with.",
            ),
        ],
    )
};

/// In capitals, as requests have them.
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

static LATENCY: Table = Table {
    choices: &[Choice { names: &["mean", "median"], required: true, what: "the middle of the distribution" }],
    ..table(
        "latency",
        "a distribution of latencies",
        "`mean` and `deviation` of a normal distribution, or `median` and `p99` of one with a long tail (log-normal).",
        &[
            optional("mean", Shape::Duration, "The middle of a normal distribution."),
            optional("deviation", Shape::Duration, "The standard deviation of a normal distribution."),
            optional("median", Shape::Duration, "Half of the answers of a long tail are quicker."),
            optional("p99", Shape::Duration, "One in a hundred answers of a long tail is slower."),
        ],
    )
};
