//! What is said of a value that has not the type of its input.

use crate::playbook::Input;
use crate::value::Value;

/// Characters of a value that a message shows. A longer one is not cut: it may be a secret that only a run knows.
const SHOWN: usize = 60;

/// What is wrong with a value for an input, and what to write instead. What is hidden is not shown, not even in part.
pub(super) fn mistyped(input: &Input, value: &Value, hidden: bool) -> Option<(String, String)> {
    let expected = input.kind.typed(value).err()?;
    let text = value.to_string();
    let text = text.trim_matches('"');
    let shown = match text.chars().count() {
        _ if input.secret || hidden => "what is given".to_owned(),
        length if length > SHOWN => format!("a value of {length} characters"),
        _ => format!("`{text}`"),
    };
    let message = format!("the input `{}` takes {expected}, not {shown}", input.name.text);
    Some((message, format!("write {}", input.kind.example())))
}
