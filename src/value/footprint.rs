//! About how much memory a value takes: what limits count.

use super::Value;
use super::projector::{CONTAINER, ITEM, MEMBER, TEXT};

impl Value {
    /// About how many bytes it takes, with everything in it.
    pub(crate) fn footprint(&self) -> usize {
        match self {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => TEXT + text.len(),
            Value::Array(items) => items.iter().map(|item| ITEM + item.footprint()).sum::<usize>() + CONTAINER,
            Value::Object(members) => {
                let member = |(name, value): (&std::sync::Arc<str>, &Value)| MEMBER + name.len() + value.footprint();
                members.iter().map(member).sum::<usize>() + CONTAINER
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Limits, Projector, Wanted};

    #[test]
    fn it_is_what_reading_the_value_is_counted_as() {
        let text = r#"[{"a": [1, 2, "three"], "b": {"c": null, "d": "x"}}, true, []]"#;
        let value = Value::read(text.as_bytes()).expect("it is JSON");
        let read = |memory| {
            let wanted = Wanted::everything().closed();
            let mut projector = Projector::new(&wanted, Limits { memory, ..Limits::default() });
            projector.feed(text.as_bytes()).is_ok()
        };
        assert!(read(value.footprint()) && !read(value.footprint() - 1), "{}", value.footprint());
    }
}
