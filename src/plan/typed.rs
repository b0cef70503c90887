//! What is said of a value that has not the type of its input.

use crate::playbook::Input;
use crate::value::Value;

/// What is wrong with a value for an input, and what to write instead.
pub(super) fn mistyped(input: &Input, value: &Value, hidden: bool) -> Option<(String, String)> {
    let expected = input.kind.typed(value).err()?;
    let shown = if input.secret || hidden {
        "what is given".to_owned()
    } else {
        format!("`{}`", value.preview(60).trim_matches('"'))
    };
    let message = format!("the input `{}` takes {expected}, not {shown}", input.name.text);
    Some((message, format!("write {}", input.kind.example())))
}
