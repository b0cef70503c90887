//! The sections about operators, filters, tests and functions, and the list of rules.

use super::document::Section;
use crate::diagnostic::rule;
use crate::expression::{self, Described};

/// The sections about what expressions are made of.
pub(super) fn sections() -> [Section; 4] {
    [
        section(
            "operators",
            "Operators",
            "What stands between values in an expression.",
            "From those that bind first to those that bind last. Chained comparisons hold together: `1 < x <= 5`.",
            expression::operators(),
        ),
        section(
            "filters",
            "Filters",
            "What is applied to a value behind a `|`.",
            "What may be left out is marked with `?`; what has a `=` is given by its name. In the examples `order` is a name \
             that is not defined.",
            expression::filters(),
        ),
        section(
            "tests",
            "Tests",
            "What stands behind `is` and `is not`.",
            "A test is also named in a text, for `select`, `reject`, `selectattr` and `rejectattr`.",
            expression::tests(),
        ),
        section(
            "functions",
            "Functions",
            "What is called by its name.",
            "Time and chance are the same all over a run; the results here are those of one run.",
            expression::functions(),
        ),
    ]
}

fn section(topic: &'static str, title: &str, summary: &'static str, beginning: &str, entries: &[Described]) -> Section {
    Section {
        topic,
        title: title.to_owned(),
        summary,
        body: format!("{beginning}\n\n{}", table(entries)),
        of_keys: false,
    }
}

/// What they take and give, with an example each.
pub(super) fn table(entries: &[Described]) -> String {
    let mut text = "| written | what it gives | example | result |\n| --- | --- | --- | --- |\n".to_owned();
    for entry in entries {
        let cells = [&entry.signature(), entry.example, entry.result].map(|cell| format!("`{}`", escaped(cell)));
        let [signature, example, result] = cells;
        text += &format!("| {signature} | {} | {example} | {result} |\n", escaped(entry.what));
    }
    text
}

/// A text in a cell of a table.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}

/// All rules by their codes.
pub(super) fn rules() -> Section {
    let mut body =
        "`callsheet check --explain E0301` says why a rule is there, with an example that is wrong and the same one \
                    right. Codes that begin with `W` are warnings: the playbook runs, but probably not as meant.\n\n\
                    | code | name | what is wrong |\n| --- | --- | --- |\n"
            .to_owned();
    for rule in rule::ALL {
        body += &format!("| {} | {} | {} |\n", rule.code, rule.name, escaped(rule.summary));
    }
    Section {
        topic: "rules",
        title: "Rules".to_owned(),
        summary: "What `callsheet check` finds, by code.",
        body,
        of_keys: false,
    }
}
