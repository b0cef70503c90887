//! The keys of programs to run.

use super::{optional, required, table, word};
use crate::playbook::shape::{Key, Shape, Table};

/// A program to run.
pub(super) static EXEC: Table = table(
    "exec",
    "an `exec`",
    "A program to run. `exit_code`, `stdout` and `stderr` can be expected and captured; exit code 0 is demanded if none is named.",
    &[
        required(
            "program",
            Shape::Template,
            "The program: a name to look up, or a path relative to the playbook.",
            &["./tools/sign.sh"],
        ),
        optional("args", Shape::List(&Shape::Template), "Its arguments.", &[r#"[--order, "{{ order_id }}"]"#]),
        optional(
            "env",
            Shape::Map(Key::Any, &Shape::Template),
            "Variables besides those of the run itself.",
            &[r#"{ API_TOKEN: "{{ token }}" }"#],
        ),
        optional("stdin", Shape::Template, "What it reads.", &[r#""{{ order_id }}""#]),
        optional("timeout", Shape::Duration, "How long it may take; 10m if not said.", &["30s"]),
        optional(
            "effect",
            Shape::Word(&[
                word("read", "It changes nothing, so it may be run again."),
                word("idempotent", "Run twice it is as run once, so it may be run again."),
                word("once", "It may not be run twice."),
            ]),
            "Whether running it twice does harm; `once` if not said.",
            &["read"],
        ),
    ],
);
