//! Looks for secrets in everything that an event will be written as.
//!
//! A new field of an event is looked at by itself. What is left out is listed: names that the playbook's author and
//! the caller of the program have given, and our own words and numbers. A secret that happens to be the word `status`
//! must not end every run.

use std::fmt;

use serde::ser::{self, Serialize, Serializer};

use crate::secret::Redactor;

/// Where a secret is shown.
pub(super) fn shown(event: &impl Serialize, redactor: &Redactor) -> Option<String> {
    event.serialize(Look { redactor, kind: Kind::Text, place: "event" }).err().map(|Shown(place)| place)
}

/// What is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Texts.
    Text,
    /// Texts and numbers.
    Value,
    /// Values by names that are not looked at.
    Named,
    /// Source files: their texts, not their names.
    Sources,
    /// Nothing.
    Nothing,
}

/// Fields that hold values by their names.
const NAMED: &[(&str, &str)] =
    &[("Resumed", "inputs"), ("RunStarted", "inputs"), ("RunFinished", "outputs"), ("StepReport", "captures")];

/// Fields that hold names and numbers of ours, of the playbook or of files; of a variant, its name and that of the
/// type.
const NAMES: &[(&str, &str)] = &[
    ("Failure", "place"),
    ("PlannedStep", "after"),
    ("RequestRecord", "method"),
    ("Resumed", "assumed"),
    ("Resumed", "program"),
    ("Resumed", "redo"),
    ("Resumed", "resumed"),
    ("RunFinished", "ids"),
    ("RunStarted", "playbook"),
    ("RunStarted", "program"),
    ("RunStarted", "run"),
    ("RunStarted", "secret_inputs"),
    ("RunStarted", "started"),
    ("StepReport", "ids"),
    ("expanded", "digest"),
    ("id", "MarkKind"),
    ("part", "name"),
    ("projected", "sha256"),
    ("saved", "sha256"),
    ("snapshot_differs", "snapshot"),
    ("stored", "name"),
    ("token", "Role"),
];

fn kind_of(container: &str, field: &str) -> Kind {
    match (container, field) {
        (_, "sources") => Kind::Sources,
        (_, "step") => Kind::Nothing,
        _ if NAMED.contains(&(container, field)) => Kind::Named,
        _ if NAMES.contains(&(container, field)) => Kind::Nothing,
        _ => Kind::Text,
    }
}

#[derive(Clone, Copy)]
struct Look<'a> {
    redactor: &'a Redactor,
    kind: Kind,
    place: &'static str,
}

/// A part of a whole: what is looked at depends on which.
struct Parts<'a> {
    look: Look<'a>,
    container: String,
    index: usize,
}

/// The name of the field that shows a secret.
#[derive(Debug)]
struct Shown(String);

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Shown {}

impl ser::Error for Shown {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Shown("what cannot be written".to_owned())
    }
}

type Seen = Result<(), Shown>;

impl<'a> Look<'a> {
    fn text(self, text: &str) -> Seen {
        let is_shown =
            matches!(self.kind, Kind::Text | Kind::Value | Kind::Named | Kind::Sources) && self.redactor.finds(text);
        if is_shown { Err(Shown(self.place.to_owned())) } else { Ok(()) }
    }

    fn number(self, number: impl fmt::Display) -> Seen {
        if self.kind == Kind::Value { self.text(&number.to_string()) } else { Ok(()) }
    }

    fn parts(self, container: &str) -> Parts<'a> {
        Parts { look: self, container: container.to_owned(), index: 0 }
    }
}

impl Parts<'_> {
    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Seen {
        if self.look.kind == Kind::Nothing {
            return Ok(());
        }
        value.serialize(Look { kind: kind_of(&self.container, name), place: name, ..self.look })
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Seen {
        let first = std::mem::replace(&mut self.index, 1) == 0;
        let is_name = self.look.kind == Kind::Sources && self.container == "tuple" && first;
        if is_name { Ok(()) } else { value.serialize(self.look) }
    }
}

impl<'a> Serializer for Look<'a> {
    type Ok = ();
    type Error = Shown;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    fn serialize_bool(self, _: bool) -> Seen {
        Ok(())
    }
    fn serialize_i8(self, number: i8) -> Seen {
        self.number(number)
    }
    fn serialize_i16(self, number: i16) -> Seen {
        self.number(number)
    }
    fn serialize_i32(self, number: i32) -> Seen {
        self.number(number)
    }
    fn serialize_i64(self, number: i64) -> Seen {
        self.number(number)
    }
    fn serialize_u8(self, number: u8) -> Seen {
        self.number(number)
    }
    fn serialize_u16(self, number: u16) -> Seen {
        self.number(number)
    }
    fn serialize_u32(self, number: u32) -> Seen {
        self.number(number)
    }
    fn serialize_u64(self, number: u64) -> Seen {
        self.number(number)
    }
    fn serialize_f32(self, number: f32) -> Seen {
        self.number(number)
    }
    fn serialize_f64(self, number: f64) -> Seen {
        self.number(number)
    }
    fn serialize_char(self, character: char) -> Seen {
        self.text(character.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, text: &str) -> Seen {
        self.text(text)
    }
    fn serialize_bytes(self, bytes: &[u8]) -> Seen {
        self.text(&String::from_utf8_lossy(bytes))
    }
    fn serialize_none(self) -> Seen {
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Seen {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Seen {
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Seen {
        Ok(())
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Seen {
        Ok(())
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Seen {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Seen {
        if self.kind == Kind::Nothing {
            return Ok(());
        }
        value.serialize(Look { kind: kind_of(variant, name), ..self })
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'a>, Shown> {
        Ok(self.parts("list"))
    }
    fn serialize_tuple(self, _: usize) -> Result<Parts<'a>, Shown> {
        Ok(self.parts("tuple"))
    }
    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Parts<'a>, Shown> {
        Ok(self.parts(name))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Shown> {
        Ok(self.parts(variant))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'a>, Shown> {
        Ok(self.parts("map"))
    }
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Parts<'a>, Shown> {
        Ok(self.parts(name))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Shown> {
        Ok(self.parts(variant))
    }
}

/// What all that has items does with one.
macro_rules! items {
    ($($which:ident $item:ident),*) => {$(
        impl ser::$which for Parts<'_> {
            type Ok = ();
            type Error = Shown;

            fn $item<T: Serialize + ?Sized>(&mut self, value: &T) -> Seen {
                self.item(value)
            }
            fn end(self) -> Seen {
                Ok(())
            }
        }
    )*};
}

items!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

impl ser::SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Shown;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Seen {
        if self.look.kind == Kind::Named { Ok(()) } else { key.serialize(self.look) }
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Seen {
        let kind = if self.look.kind == Kind::Named { Kind::Value } else { self.look.kind };
        value.serialize(Look { kind, ..self.look })
    }
    fn end(self) -> Seen {
        Ok(())
    }
}

impl ser::SerializeStruct for Parts<'_> {
    type Ok = ();
    type Error = Shown;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Seen {
        self.field(key, value)
    }
    fn end(self) -> Seen {
        Ok(())
    }
}

impl ser::SerializeStructVariant for Parts<'_> {
    type Ok = ();
    type Error = Shown;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Seen {
        self.field(key, value)
    }
    fn end(self) -> Seen {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{BodyRecord, CallId, Event, Mark, MarkKind, RequestRecord, Role, Sending};
    use crate::id::Address;
    use crate::wire::Headers;

    fn sending() -> Sending {
        let request = RequestRecord {
            method: "POST".to_owned(),
            url: "http://api.example.com/".to_owned(),
            headers: Headers(vec![("X-Key".to_owned(), "none".to_owned())]),
            body: BodyRecord::Empty,
            marks: Vec::new(),
        };
        let (call, step, role) = (CallId(1), Address::step("hunter22"), Role::Token("hunter22".to_owned()));
        Sending { call, step, role, attempt: 1, poll: 0, effect: crate::event::Effect::Once, request }
    }

    #[test]
    fn a_secret_is_seen_in_every_text_and_no_name_is_taken_for_one() {
        let mut redactor = Redactor::default();
        redactor.learn("hunter22");
        let seen = |change: &dyn Fn(&mut Sending)| {
            let mut sending = sending();
            change(&mut sending);
            shown(&Event::Sending(Box::new(sending)), &redactor)
        };
        assert_eq!(seen(&|_| {}), None);
        assert_eq!(seen(&|sending| sending.request.url += "hunter22").as_deref(), Some("url"));
        assert_eq!(seen(&|sending| sending.request.headers.push("A", "aHVudGVyMjI=")).as_deref(), Some("headers"));
        assert_eq!(seen(&|sending| sending.request.headers.push("hunter22", "a")).as_deref(), Some("headers"));
        assert_eq!(
            seen(&|sending| sending.request.body = BodyRecord::Text("hunter22".into())).as_deref(),
            Some("body")
        );
        let mark = |text: &str| Mark {
            at: "url".to_owned(),
            kind: MarkKind::Part { name: "hunter22".to_owned(), text: text.to_owned() },
        };
        assert_eq!(seen(&|sending| sending.request.marks.push(mark("a"))), None);
        assert_eq!(seen(&|sending| sending.request.marks.push(mark("hunter22"))).as_deref(), Some("text"));
    }
}
