//! The last stage of normal form: shapes become placeholders, members are sorted, placeholders are numbered.
//!
//! Members are sorted by what they look like without any number, and only then numbered from top to bottom. So the
//! numbers do not depend on the order in which a server happens to write its members.

use std::borrow::Cow;
use std::sync::Arc;

use foldhash::HashMap;

use super::mask::FENCE;
use super::shapes::{Origins, Piece, is_time};
use crate::value::{Object, Value};

/// Numbers placeholders over a whole transcript: the same original is the same number.
#[derive(Default)]
pub(super) struct Numbers(HashMap<&'static str, HashMap<String, usize>>);

impl Numbers {
    fn of(&mut self, kind: &'static str, original: Cow<'_, str>) -> usize {
        let known = self.0.entry(kind).or_default();
        let next = known.len() + 1;
        *known.entry(original.into_owned()).or_insert(next)
    }
}

/// A value on its way: texts cut into pieces.
enum Node<'v> {
    Scalar(&'v Value),
    Text(Text<'v>),
    Array(Vec<Node<'v>>),
    Unordered(Vec<Node<'v>>),
    Object(Vec<(Text<'v>, Node<'v>)>),
}

/// A text on its way.
enum Text<'v> {
    /// It has no shapes in it, as nearly all texts have not.
    Same(&'v Arc<str>),
    Cut(Vec<Piece<'v>>),
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

fn cut<'v>(value: &'v Value, origins: &Origins, name: &str) -> Node<'v> {
    match value {
        Value::String(text) => Node::Text(pieces(text, origins)),
        Value::Number(_) if value.as_i64().is_some_and(|number| is_time(name, number)) => {
            Node::Text(Text::Cut(vec![Piece::Fixed("[time]".into())]))
        }
        Value::Array(items) => Node::Array(items.iter().map(|item| cut(item, origins, name)).collect()),
        Value::Object(members) if members.len() == 1 && members.contains_key(UNORDERED) => {
            let items = members[UNORDERED].as_array().unwrap_or_default();
            Node::Unordered(items.iter().map(|item| cut(item, origins, name)).collect())
        }
        Value::Object(members) => {
            let cut = |(name, value): (&'v Arc<str>, &'v Value)| (pieces(name, origins), cut(value, origins, name));
            Node::Object(members.iter().map(cut).collect())
        }
        scalar => Node::Scalar(scalar),
    }
}

/// Between fences stands a placeholder already; the rest is looked into.
fn pieces<'v>(text: &'v Arc<str>, origins: &Origins) -> Text<'v> {
    if !text.contains(FENCE) {
        return match origins.cut(text) {
            Some(pieces) => Text::Cut(pieces),
            None => Text::Same(text),
        };
    }
    let mut pieces = Vec::new();
    for (index, part) in text.split(FENCE).enumerate() {
        match (index % 2, part) {
            (0, "") => {}
            (0, part) => pieces.extend(origins.cut(part).unwrap_or_else(|| vec![Piece::Text(part)])),
            (_, part) => pieces.push(Piece::Fixed(part.into())),
        }
    }
    Text::Cut(pieces)
}

fn sort(node: &mut Node<'_>) {
    match node {
        Node::Scalar(_) | Node::Text(_) => {}
        Node::Array(items) => items.iter_mut().for_each(sort),
        Node::Unordered(items) => {
            items.iter_mut().for_each(sort);
            items.sort_by_cached_key(look);
        }
        Node::Object(members) => {
            members.iter_mut().for_each(|(_, member)| sort(member));
            members.sort_by(|(name, _), (other, _)| look_of_text(name).cmp(&look_of_text(other)));
            // Only names that look alike, such as two UUIDs, are told apart by what is behind them: once for each member.
            let alike = members.chunk_by_mut(|(name, _), (other, _)| look_of_text(name) == look_of_text(other));
            alike.filter(|members| members.len() > 1).for_each(|members| {
                members.sort_by_cached_key(|(_, member)| look(member));
            });
        }
    }
}

/// What a node looks like without numbers.
fn look(node: &Node<'_>) -> String {
    match node {
        Node::Scalar(value) => value.to_string(),
        Node::Text(text) => look_of_text(text).into_owned(),
        Node::Array(items) | Node::Unordered(items) => items.iter().map(|item| look(item) + ",").collect(),
        Node::Object(members) => {
            members.iter().map(|(name, member)| format!("{}:{},", look_of_text(name), look(member))).collect()
        }
    }
}

fn look_of_text<'t>(text: &'t Text<'_>) -> Cow<'t, str> {
    let look = |piece: &'t Piece<'_>| match piece {
        Piece::Text(text) => Cow::Borrowed(*text),
        Piece::Fixed(text) => Cow::Borrowed(&**text),
        Piece::Numbered(kind, _) => Cow::Owned(format!("[{kind}]")),
    };
    match text {
        Text::Same(text) => Cow::Borrowed(text),
        Text::Cut(pieces) => match pieces.as_slice() {
            [piece] => look(piece),
            pieces => pieces.iter().map(look).collect::<String>().into(),
        },
    }
}

fn number(node: Node<'_>, numbers: &mut Numbers) -> Value {
    match node {
        Node::Scalar(value) => value.clone(),
        Node::Text(text) => Value::from(join(text, numbers)),
        Node::Array(items) | Node::Unordered(items) => {
            Value::array(items.into_iter().map(|item| number(item, numbers)).collect())
        }
        Node::Object(members) => {
            let members = members.into_iter().map(|(name, member)| (join(name, numbers), number(member, numbers)));
            Value::object(members.collect())
        }
    }
}

fn join(text: Text<'_>, numbers: &mut Numbers) -> Arc<str> {
    let pieces = match text {
        Text::Same(text) => return Arc::clone(text),
        Text::Cut(pieces) => pieces,
    };
    let joined = pieces.into_iter().map(|piece| match piece {
        Piece::Text(text) => Cow::Borrowed(text),
        Piece::Fixed(text) => text,
        Piece::Numbered(kind, original) => Cow::Owned(format!("[{kind}:{}]", numbers.of(kind, original))),
    });
    joined.collect::<String>().into()
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
