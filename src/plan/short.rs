//! What in a secret is too short to be masked.

use crate::jsonpath::name_segment;
use crate::secret::is_too_short;
use crate::value::Value;

/// Where the first scalar is that is too short, as a path behind `$`, and how many bytes it has.
pub(super) fn short_part(value: &Value) -> Option<(String, usize)> {
    let below = |at: String, value: &Value| short_part(value).map(|(rest, length)| (at + &rest, length));
    match value {
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| below(format!("[{index}]"), item)),
        Value::Object(members) => members.iter().find_map(|(name, member)| below(name_segment(name), member)),
        scalar => is_too_short(scalar).then(|| {
            let length = scalar.as_str().map_or_else(|| scalar.to_string().len(), str::len);
            (String::new(), length)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_that_is_too_short_is_named() {
        let part = |text: &str| short_part(&Value::read(text.as_bytes()).expect("well-formed"));
        assert_eq!(
            part(r#"{"key": "long enough", "user": [{"name": "bob"}]}"#),
            Some(("['user'][0]['name']".to_owned(), 3))
        );
        assert_eq!(part("12"), Some((String::new(), 2)));
        assert_eq!(part(r#"{"key": "long enough", "on": true}"#), None);
    }
}
