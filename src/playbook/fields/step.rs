//! The keys of a step, and of what undoes it.

use super::exec::EXEC;
use super::{Choice, ENSURE, Key, REQUEST, Shape, Table, optional, table};

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
        &[optional("step", Shape::Identifier, "A step to use, if it has not passed yet.", &["remove_order"])],
    )
};

static SHOW: Table = table(
    "show",
    "a `show`",
    "What a rendered page prints of the step.",
    &[
        optional("request", Shape::Boolean, "Whether the request is printed.", &["false"]),
        optional(
            "response",
            Shape::Template,
            "Whether the answer is printed, or a JSONPath to the part that is.",
            &["$.id", "false"],
        ),
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
            optional("name", Shape::Text, "A title for people.", &["Read the order"]),
            optional("section", Shape::Text, "A heading before the step.", &["Orders"]),
            optional(
                "description",
                Shape::Text,
                "Prose before the step, as CommonMark.",
                &["The order that was just made."],
            ),
            optional("after", Shape::Text, "Prose behind the step, as CommonMark.", &["It is paid now."]),
            optional(
                "show",
                Shape::Object(&SHOW),
                "What a rendered page prints.",
                &["{ request: false, response: $.id }"],
            ),
            optional(
                "tags",
                Shape::OneOrMany(&Shape::Identifier),
                "Words by which steps are selected: `--only tag:smoke`.",
                &["[smoke, orders]"],
            ),
            optional(
                "foreach",
                Shape::Map(Key::Identifier, &Shape::Either(&[Shape::List(&Shape::Json), Shape::Expression])),
                "Does the step for each item of a list: a name for the item and the list. Several are a product.",
                &["{ model: [fraud, churn] }", r#"{ team: "{{ teams }}" }"#],
            ),
            optional(
                "key",
                Shape::Template,
                "What an item of `foreach` is called: `upload[fraud]`.",
                &[r#""{{ model }}-v1""#],
            ),
            optional("max_parallel", Shape::Integer(1), "How many items of `foreach` are under way at once.", &["4"]),
            optional("lock", Shape::Template, "Steps with the same lock never run at the same time.", &["quota"]),
            optional(
                "when",
                Shape::Expression,
                "The step is skipped where this is false.",
                &[r#"customer != "nobody""#],
            ),
            optional(
                "needs",
                Shape::OneOrMany(&Shape::Identifier),
                "Steps to wait for where no value says so.",
                &["[prepare]"],
            ),
            optional(
                "continue_on_error",
                Shape::Boolean,
                "Whether the run goes on when this step does not pass.",
                &["true"],
            ),
            optional(
                "ensure",
                Shape::Object(&ENSURE),
                "Look first, create only when nothing is found.",
                &[
                    r#"{ find: { get: /workspaces, capture: { workspace_id: "$[?@.name == {{ customer }}].id" } }, create: { post: /workspaces, json: { name: "{{ customer }}" }, capture: { workspace_id: $.id } } }"#,
                ],
            ),
            optional(
                "set",
                Shape::Map(Key::Identifier, &Shape::Json),
                "Values to compute.",
                &[r#"{ label: "{{ customer }}-{{ order_id }}" }"#],
            ),
            optional("wait", Shape::Duration, "How long to wait.", &["5s"]),
            optional(
                "call",
                Shape::Text,
                "The file of another playbook to run as this step, relative to this one.",
                &["parts/upload.yaml"],
            ),
            optional(
                "with",
                Shape::Map(Key::Identifier, &Shape::Json),
                "The inputs of the called playbook.",
                &[r#"{ name: "{{ customer }}" }"#],
            ),
            optional(
                "outputs",
                Shape::Map(Key::Identifier, &Shape::Identifier),
                "Which outputs of the called playbook are taken: a name here and the output's own; all if not said.",
                &["{ first_id: model_id }"],
            ),
            optional(
                "exec",
                Shape::Either(&[Shape::List(&Shape::Template), Shape::Object(&EXEC)]),
                "A program to run, in the playbook's folder and without a shell: the program and its arguments as a list, or \
                 a mapping. Only with `--allow-exec`.",
                &["[git, rev-parse, HEAD]", r#"{ program: ./sign.sh, args: ["{{ order_id }}"], timeout: 30s }"#],
            ),
            optional(
                "cleanup",
                Shape::OneOrMany(&Shape::Object(&CLEANUP)),
                "What undoes the step when the run is over.",
                &[r#"{ delete: "/orders/{{ order_id }}" }"#, "[{ step: remove_order }]"],
            ),
        ],
    )
};
