//! Keys that other tools have for what is written otherwise here: whoever comes from there is told the word.
//!
//! Only keys that nothing of ours is near to stand here; those that are misspelt are found by their closest name.

use super::shape::Table;

/// What is known elsewhere as `key`, as it is written in a mapping with these keys.
pub(super) fn as_written_here(key: &str, table: &Table) -> Option<String> {
    let (.., how) = WORDS.iter().find(|(words, key_here, _)| words.contains(&key) && has(table, key_here))?;
    Some(format!("here this is written {how}"))
}

fn has(table: &Table, key: &str) -> bool {
    table.field(key).is_some()
}

const WORDS: &[(&[&str], &str, &str)] = &[
    (&["url", "uri", "method", "request", "http", "endpoint"], "get", "`get: URL`, or `post: URL`"),
    (&["body", "data", "payload", "json_body"], "json", "`json: { … }`, or `text`, `form` or `file`"),
    (&["assert", "asserts", "assertions", "test", "tests", "validate", "check", "checks"], "expect", "`expect: [ … ]`"),
    (&["extract", "save_as", "register", "export", "store"], "capture", "`capture: { name: $.path }`"),
    (&["depends_on", "dependsOn", "requires", "after_steps"], "needs", "`needs: [step]`"),
    (&["if", "condition", "unless", "only_if"], "when", "`when: EXPRESSION`"),
    (&["loop", "with_items", "for", "repeat", "for_each"], "foreach", "`foreach: { item: [ … ] }`"),
    (&["sleep", "pause", "delay"], "wait", "`wait: 3s`"),
    (&["parameters", "params", "arguments"], "query", "`query: { name: value }`"),
    (&["variables", "env", "environment"], "vars", "`vars: { name: value }`"),
    (&["tasks", "jobs", "stages", "requests", "scenarios"], "steps", "`steps: { id: { … } }`"),
    (&["title"], "name", "`name: TEXT`"),
    (&["teardown", "on_exit", "always"], "finally", "`finally: { id: { … } }`"),
    (&["undo", "rollback", "after_each"], "cleanup", "`cleanup: { delete: URL }`"),
    (&["retries", "max_retries"], "retry", "`retry: { attempts: 3 }`"),
];

#[cfg(test)]
mod tests {
    use super::super::fields::{PLAYBOOK, REQUEST};
    use super::*;

    #[test]
    fn a_word_is_translated_only_where_its_key_may_stand() {
        assert!(as_written_here("tasks", &PLAYBOOK).is_some_and(|help| help.contains("`steps: ")));
        assert_eq!(as_written_here("tasks", &REQUEST), None);
    }
}
