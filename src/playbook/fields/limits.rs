//! The limits that a playbook may set.

use super::{Field, Shape, Table, optional, table};
use crate::limits::Limit;

pub(super) static LIMITS: Table = table(
    "limits",
    "the limits",
    "What a run may not exceed; `--limit` wins.",
    &[
        limit(Limit::ForeachItems, "How many items a `foreach` may have; 10000 if not said."),
        limit(Limit::TemplateFuel, "How many parts and items one expression may look at; 20000000 if not said."),
        limit(Limit::TemplateMemory, "How much text one expression may make; 256MiB if not said."),
        limit(Limit::JsonpathFuel, "How many values one JSONPath may look at; 200000000 if not said."),
        limit(Limit::AnswerMemory, "How much memory what is used of an answer may take; 256MiB if not said."),
        limit(Limit::AnswerMembers, "How many members an object in an answer may have; 1000000 if not said."),
        limit(
            Limit::JournalSize,
            "How much a run may keep in its folder before it ends and cleans up; 1GiB if not said.",
        ),
    ],
);

const fn limit(limit: Limit, doc: &'static str) -> Field {
    optional(limit.name(), Shape::Limit(limit), doc)
}
