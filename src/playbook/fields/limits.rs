//! The limits that a playbook may set.

use super::{Field, Shape, Table, optional, table};
use crate::limits::Limit;

pub(super) static LIMITS: Table = table(
    "limits",
    "the limits",
    "What a run may not exceed; `--limit` wins.",
    &[
        limit(Limit::ForeachItems, "How many items a `foreach` may have; 10000 if not said.", &["20000"]),
        limit(
            Limit::TemplateFuel,
            "How many parts and items one expression may look at; 20000000 if not said.",
            &["50000000"],
        ),
        limit(Limit::TemplateMemory, "How much text one expression may make; 256MiB if not said.", &["512MiB"]),
        limit(Limit::JsonpathFuel, "How many values one JSONPath may look at; 200000000 if not said.", &["400000000"]),
        limit(
            Limit::AnswerMemory,
            "How much memory what is used of an answer may take; 256MiB if not said.",
            &["1GiB"],
        ),
        limit(
            Limit::AnswerMembers,
            "How many members an object in an answer may have; 1000000 if not said.",
            &["2000000"],
        ),
        limit(
            Limit::JournalSize,
            "How much a run may keep in its folder before it ends and cleans up; 1GiB if not said.",
            &["4GiB"],
        ),
    ],
);

const fn limit(limit: Limit, doc: &'static str, examples: &'static [&'static str]) -> Field {
    optional(limit.name(), Shape::Limit(limit), doc, examples)
}
