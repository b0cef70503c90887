//! The look at the result: it must say what the text said before.

use super::tokens::{comments, tokens};
use crate::diagnostic::has_errors;
use crate::limits::Limits;
use crate::playbook::tree::{Data, Node, parse_within};
use crate::source::SourceId;

/// Whether a formatted text has the values and the comments that it had before.
pub(super) fn is_unchanged(before: &Node, remarks: Vec<&str>, formatted: &str, limits: &Limits) -> bool {
    let after = parse_within(SourceId(0), formatted, limits);
    let same_values = !has_errors(&after.diagnostics) && after.root.is_some_and(|after| is_same(before, &after));
    same_values && tokens(formatted, limits).is_some_and(|tokens| comments(formatted, &tokens) == remarks)
}

/// Whether two nodes are the same but for places and quotes. As deep as trees may be, no deeper.
fn is_same(one: &Node, other: &Node) -> bool {
    match (&one.data, &other.data) {
        (Data::Scalar(one), Data::Scalar(other)) => one.text.text == other.text.text && one.value == other.value,
        (Data::Sequence(one), Data::Sequence(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Data::Mapping(one), Data::Mapping(other)) => {
            let mut pairs = one.iter().zip(other);
            one.len() == other.len()
                && pairs.all(|(one, other)| one.key.text == other.key.text && is_same(&one.value, &other.value))
        }
        _ => false,
    }
}
