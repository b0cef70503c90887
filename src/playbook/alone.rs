//! Keys that say something of another key, where that one is not written.

use super::read::Fields;
use crate::diagnostic::{Diagnostic, rule};

/// What `call` says more of beside it.
const OF_CALL: Beside = Beside { keys: &["with", "outputs"], whose: "a called playbook", instead: "call: FILE" };

/// What `foreach` says more of beside it.
const OF_FOREACH: Beside = Beside {
    keys: &["key", "max_parallel"],
    whose: "the items of a `foreach`",
    instead: "foreach: { item: \"{{ items }}\" }",
};

struct Beside {
    keys: &'static [&'static str],
    whose: &'static str,
    instead: &'static str,
}

/// Refuses what says something of a called playbook in a step that calls none.
pub(super) fn refuse_without_call(fields: Fields<'_>, found: &mut Vec<Diagnostic>) {
    refuse(&OF_CALL, fields, found);
}

/// Refuses what says something of items in a step that has none.
pub(super) fn refuse_without_foreach(fields: Fields<'_>, found: &mut Vec<Diagnostic>) {
    refuse(&OF_FOREACH, fields, found);
}

fn refuse(beside: &Beside, fields: Fields<'_>, found: &mut Vec<Diagnostic>) {
    let Beside { keys, whose, instead } = beside;
    for entry in keys.iter().filter_map(|key| fields.0.get(key)) {
        let key = &entry.key.text;
        let message = format!("`{key}` says something of {whose}, and there is none");
        found.push(
            Diagnostic::new(rule::MISPLACED_KEY, entry.key.span, message)
                .help(format!("write `{instead}` beside it, or leave `{key}` out")),
        );
    }
}
