//! The last stage of normal form: shapes become placeholders, members are sorted, placeholders are numbered.
//!
//! Members are sorted by what they look like without any number, and only then numbered from top to bottom. So the
//! numbers do not depend on the order in which a server happens to write its members.

use std::borrow::Cow;
use std::collections::HashMap;

use super::mask::FENCE;
use super::shapes::{Origins, Piece, is_time};
use crate::value::{Object, Value};

/// Numbers placeholders over a whole transcript: the same original is the same number.
#[derive(Default)]
pub(super) struct Numbers(HashMap<&'static str, HashMap<String, usize>>);

impl Numbers {
    fn of(&mut self, kind: &'static str, original: String) -> usize {
        let known = self.0.entry(kind).or_default();
        let next = known.len() + 1;
        *known.entry(original).or_insert(next)
    }
}

/// A value on its way: texts cut into pieces.
enum Node {
    Scalar(Value),
    Text(Vec<Piece>),
    Array(Vec<Node>),
    Unordered(Vec<Node>),
    Object(Vec<(Vec<Piece>, Node)>),
}

/// Puts a value into normal form.
pub(super) fn normal(value: &Value, origins: &Origins, numbers: &mut Numbers) -> Value {
    let mut node = cut(value, origins, "");
    sort(&mut node);
    number(node, numbers)
}

/// The name of the one member by which a list without an order is handed from stage to stage.
const UNORDERED: &str = "\u{e000}unordered";

/// Marks a list as one without an order: it is sorted when everything in it has been masked.
pub(super) fn unordered(items: Value) -> Value {
    Value::object(Object::from_iter([(UNORDERED.into(), items)]))
}

fn cut(value: &Value, origins: &Origins, name: &str) -> Node {
    match value {
        Value::String(text) => Node::Text(pieces(text, origins)),
        Value::Number(_) if value.as_i64().is_some_and(|number| is_time(name, number)) => {
            Node::Text(vec![Piece::Fixed("[time]".to_owned())])
        }
        Value::Array(items) => Node::Array(items.iter().map(|item| cut(item, origins, name)).collect()),
        Value::Object(members) if members.len() == 1 && members.contains_key(UNORDERED) => {
            let items = members[UNORDERED].as_array().unwrap_or_default();
            Node::Unordered(items.iter().map(|item| cut(item, origins, name)).collect())
        }
        Value::Object(members) => {
            let cut =
                |(name, value): (&std::sync::Arc<str>, &Value)| (pieces(name, origins), cut(value, origins, name));
            Node::Object(members.iter().map(cut).collect())
        }
        scalar => Node::Scalar(scalar.clone()),
    }
}

/// Between fences stands a placeholder already; the rest is looked into.
fn pieces(text: &str, origins: &Origins) -> Vec<Piece> {
    if !text.is_empty() && !text.contains(FENCE) {
        return origins.cut(text);
    }
    let parts = text.split(FENCE).enumerate();
    let pieces = parts.flat_map(|(index, part)| match (index % 2, part) {
        (0, "") => Vec::new(),
        (0, part) => origins.cut(part),
        (_, part) => vec![Piece::Fixed(part.to_owned())],
    });
    pieces.collect()
}

fn sort(node: &mut Node) {
    match node {
        Node::Scalar(_) | Node::Text(_) => {}
        Node::Array(items) => items.iter_mut().for_each(sort),
        Node::Unordered(items) => {
            items.iter_mut().for_each(sort);
            items.sort_by_cached_key(look);
        }
        Node::Object(members) => {
            members.iter_mut().for_each(|(_, member)| sort(member));
            // Only names that look alike, such as two UUIDs, are told apart by what is behind them.
            members.sort_by(|(name, member), (other, next)| {
                look_of_pieces(name).cmp(&look_of_pieces(other)).then_with(|| look(member).cmp(&look(next)))
            });
        }
    }
}

/// What a node looks like without numbers.
fn look(node: &Node) -> String {
    match node {
        Node::Scalar(value) => value.to_string(),
        Node::Text(pieces) => look_of_pieces(pieces).into_owned(),
        Node::Array(items) | Node::Unordered(items) => items.iter().map(|item| look(item) + ",").collect(),
        Node::Object(members) => {
            members.iter().map(|(name, member)| format!("{}:{},", look_of_pieces(name), look(member))).collect()
        }
    }
}

fn look_of_pieces(pieces: &[Piece]) -> Cow<'_, str> {
    let look = |piece: &Piece| match piece {
        Piece::Text(text) | Piece::Fixed(text) => text.clone(),
        Piece::Numbered(kind, _) => format!("[{kind}]"),
    };
    match pieces {
        [Piece::Text(text) | Piece::Fixed(text)] => Cow::Borrowed(text),
        pieces => pieces.iter().map(look).collect(),
    }
}

fn number(node: Node, numbers: &mut Numbers) -> Value {
    match node {
        Node::Scalar(value) => value,
        Node::Text(pieces) => Value::from(join(pieces, numbers)),
        Node::Array(items) | Node::Unordered(items) => {
            Value::array(items.into_iter().map(|item| number(item, numbers)).collect())
        }
        Node::Object(members) => {
            let mut object = Object::default();
            for (name, member) in members {
                object.insert(join(name, numbers).into(), number(member, numbers));
            }
            Value::object(object)
        }
    }
}

fn join(mut pieces: Vec<Piece>, numbers: &mut Numbers) -> String {
    if let [Piece::Text(_) | Piece::Fixed(_)] = pieces.as_slice() {
        let Some(Piece::Text(text) | Piece::Fixed(text)) = pieces.pop() else { unreachable!("just seen") };
        return text;
    }
    let text = pieces.into_iter().map(|piece| match piece {
        Piece::Text(text) | Piece::Fixed(text) => text,
        Piece::Numbered(kind, original) => format!("[{kind}:{}]", numbers.of(kind, original)),
    });
    text.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Value {
        Value::read(text.as_bytes()).expect("the test's JSON is well-formed")
    }

    const A: &str = "0b989008-5f1d-453e-8085-98d97be1b722";
    const B: &str = "55f45c16-591e-4a16-8082-3ab6d843b484";

    #[test]
    fn numbers_do_not_depend_on_the_order_of_members() {
        let one = read(&format!(r#"{{"{A}":{{"name":"x"}},"{B}":{{"name":"a"}}}}"#));
        let other = read(&format!(r#"{{"{B}":{{"name":"a"}},"{A}":{{"name":"x"}}}}"#));
        let text = |value| normal(value, &Origins::default(), &mut Numbers::default()).to_string();
        assert_eq!(text(&one), r#"{"[uuid:1]":{"name":"a"},"[uuid:2]":{"name":"x"}}"#);
        assert_eq!(text(&one), text(&other));
    }

    #[test]
    fn the_same_original_is_the_same_placeholder_and_a_count_stays_a_count() {
        let mut numbers = Numbers::default();
        let value = read(&format!(r#"{{"a":"{A}","b":"{B}","c":"see {A}","count":7,"time":1684356836285}}"#));
        let text = normal(&value, &Origins::default(), &mut numbers).to_string();
        assert_eq!(text, r#"{"a":"[uuid:1]","b":"[uuid:2]","c":"see [uuid:1]","count":7,"time":"[time]"}"#);
    }
}
