//! Values with some of their parts blanked out: those that a playbook names.

use super::PLACEHOLDER;
use crate::value::Value;

/// The value with [`PLACEHOLDER`] in place of `parts`, which are parts of it.
pub fn blanked(value: &Value, parts: &[&Value]) -> Value {
    if parts.iter().any(|part| std::ptr::eq(*part, value)) {
        return Value::from(PLACEHOLDER);
    }
    match value {
        Value::Array(items) => Value::array(items.iter().map(|item| blanked(item, parts)).collect()),
        Value::Object(members) => {
            let members = members.iter().map(|(name, member)| (name.clone(), blanked(member, parts)));
            Value::object(members.collect())
        }
        scalar => scalar.clone(),
    }
}
