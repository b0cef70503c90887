//! The keys of programs to run.

use super::{optional, required, table};
use crate::playbook::shape::{Key, Shape, Table};

/// A program to run.
pub(super) static EXEC: Table = table(
    "exec",
    "an `exec`",
    "A program to run. `exit_code`, `stdout` and `stderr` can be expected and captured; exit code 0 is demanded if none is named.",
    &[
        required("program", Shape::Template, "The program: a name to look up, or a path relative to the playbook."),
        optional("args", Shape::List(&Shape::Template), "Its arguments."),
        optional("env", Shape::Map(Key::Any, &Shape::Template), "Variables besides those of the run itself."),
        optional("stdin", Shape::Template, "What it reads."),
        optional("timeout", Shape::Duration, "How long it may take; 10m if not said."),
        optional(
            "effect",
            Shape::Word(&["read", "idempotent", "once"]),
            "Whether running it twice does harm; `once` if not said.",
        ),
    ],
);
