//! The JSON Schema of a type, found out from how it is read.
//!
//! A type that derives `Deserialize` tells a deserializer what it wants: this struct with these fields, one of these
//! variants. The [`Probe`] gives it a smallest value of what it wants and writes down what that was. A type is read
//! many times: once for each variant of each enum, and once without each field, which shows whether it may be missing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess};
use serde::de::{IntoDeserializer, VariantAccess, Visitor};
use serde_json::{Map, Value, json};

/// Any text, and for those who want one also a time.
const TEXT: &str = "2026-11-24T06:55:23Z";

/// Which variant of each enum is read.
type Choices = BTreeMap<&'static str, usize>;

/// What is known by now.
#[derive(Default)]
struct Known {
    choices: Choices,
    /// A struct and the field of it that is left out.
    omitted: Option<(String, &'static str)>,
    /// The enums and structs that are being read.
    within: Vec<String>,
    /// The variants of each enum, and what was chosen when it was met.
    enums: BTreeMap<&'static str, (&'static [&'static str], Choices)>,
    /// The fields of each struct, their schemas, and what was chosen when it was met.
    structs: BTreeMap<String, (BTreeMap<&'static str, Value>, Choices)>,
    /// The schema of each variant of each enum.
    variants: BTreeMap<&'static str, BTreeMap<usize, Value>>,
}

/// The schema of a type; what it is made of stands in `$defs`.
pub fn schema<T: DeserializeOwned>(root: &str) -> Value {
    let mut known = Known::default();
    let mut waiting = VecDeque::from([Choices::new()]);
    let mut met = BTreeSet::new();
    while let Some(choices) = waiting.pop_front() {
        known.choices = choices;
        read::<T>(&mut known).expect("a probe gives every field");
        for (name, (variants, around)) in &known.enums {
            for index in (0..variants.len()).filter(|index| met.insert((*name, *index))) {
                let mut choices = around.clone();
                choices.insert(name, index);
                waiting.push_back(choices);
            }
        }
    }
    let mut definitions = Map::new();
    for (name, variants) in &known.variants {
        definitions.insert((*name).to_owned(), one_of(variants.values()));
    }
    let structs = std::mem::take(&mut known.structs);
    let mut inline = BTreeMap::new();
    for (name, (fields, around)) in &structs {
        let may_be_missing = |field: &&'static str| {
            let omitted = Some((name.clone(), *field));
            read::<T>(&mut Known { choices: around.clone(), omitted, ..Known::default() }).is_ok()
        };
        let required: Vec<&str> = fields.keys().filter(|field| !may_be_missing(field)).copied().collect();
        let object = json!({
            "type": "object", "properties": fields, "required": required, "additionalProperties": false,
        });
        // The fields of a variant stand in the variant.
        if name.contains('.') {
            inline.insert(name.clone(), object)
        } else {
            definitions.insert(name.clone(), object)
        };
    }
    put_inline(&mut definitions, &inline);
    json!({ "$ref": format!("#/$defs/{root}"), "$defs": definitions })
}

/// Words stand together; one that has something inside is an object with one member.
fn one_of<'a>(variants: impl Iterator<Item = &'a Value>) -> Value {
    let (words, mut others): (Vec<Value>, Vec<Value>) = variants.cloned().partition(Value::is_string);
    if !words.is_empty() {
        others.insert(0, json!({ "enum": words }));
    }
    if others.len() == 1 { others.remove(0) } else { json!({ "oneOf": others }) }
}

fn put_inline(definitions: &mut Map<String, Value>, inline: &BTreeMap<String, Value>) {
    let variants = definitions.values_mut().filter_map(|definition| definition.get_mut("oneOf"));
    for variant in variants.flat_map(|variants| variants.as_array_mut().into_iter().flatten()) {
        for content in
            variant.get_mut("properties").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
        {
            let name = content["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/"));
            if let Some(object) = name.and_then(|name| inline.get(name)) {
                *content = object.clone();
            }
        }
    }
}

fn read<T: DeserializeOwned>(known: &mut Known) -> Result<T, Error> {
    T::deserialize(Probe { known, schema: &mut Value::Null })
}

/// Gives what is wanted, and writes its schema down.
struct Probe<'a> {
    known: &'a mut Known,
    schema: &'a mut Value,
}

/// What is just a number, a text or nothing.
macro_rules! plain {
    ($($method:ident => $visit:ident($($value:expr)?), $schema:expr;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            *self.schema = $schema;
            visitor.$visit($($value)?)
        })*
    };
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    plain! {
        deserialize_any => visit_unit(), json!(true);
        deserialize_ignored_any => visit_unit(), json!(true);
        deserialize_bool => visit_bool(false), json!({ "type": "boolean" });
        deserialize_i64 => visit_i64(0), json!({ "type": "integer" });
        deserialize_u16 => visit_u16(0), json!({ "type": "integer", "minimum": 0, "maximum": u16::MAX });
        deserialize_u32 => visit_u32(0), json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX });
        deserialize_u64 => visit_u64(0), json!({ "type": "integer", "minimum": 0 });
        deserialize_f64 => visit_f64(0.0), json!({ "type": "number" });
        deserialize_str => visit_str(TEXT), json!({ "type": "string" });
        deserialize_string => visit_str(TEXT), json!({ "type": "string" });
        deserialize_identifier => visit_str(TEXT), json!({ "type": "string" });
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut inner = Value::Null;
        let value = visitor.visit_some(Probe { known: self.known, schema: &mut inner })?;
        *self.schema = json!({ "anyOf": [inner, { "type": "null" }] });
        Ok(value)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut items = Vec::new();
        let value = visitor.visit_seq(Items { known: self.known, items: &mut items, left: 1 })?;
        *self.schema = json!({ "type": "array", "items": items.first() });
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        let mut items = Vec::new();
        let value = visitor.visit_seq(Items { known: self.known, items: &mut items, left: length })?;
        *self.schema = json!({ "type": "array", "prefixItems": items, "items": false, "minItems": length });
        Ok(value)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut fields = BTreeMap::new();
        let entries = Fields { known: self.known, left: &[TEXT], next: "", read: &mut fields };
        let value = visitor.visit_map(entries)?;
        *self.schema = json!({ "type": "object", "additionalProperties": fields.remove(TEXT) });
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.schema = json!({ "$ref": format!("#/$defs/{name}") });
        read_fields(self.known, name.to_owned(), fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.schema = json!({ "$ref": format!("#/$defs/{name}") });
        // One that is inside of itself is of its first kind there, which has nothing inside.
        let is_inside = self.known.within.iter().any(|one| one == name);
        let index = if is_inside { 0 } else { self.known.choices.get(name).copied().unwrap_or(0) };
        if !self.known.enums.contains_key(name) {
            let choices = self.known.choices.clone();
            self.known.enums.insert(name, (variants, choices));
        }
        self.known.within.push(name.to_owned());
        let mut schema = Value::Null;
        let variant = (name, variants[index]);
        let value = visitor.visit_enum(Variant { known: self.known, variant, schema: &mut schema })?;
        self.known.within.pop();
        self.known.variants.entry(name).or_default().insert(index, schema);
        Ok(value)
    }

    serde::forward_to_deserialize_any! { i8 i16 i32 i128 u8 u128 f32 char bytes byte_buf unit unit_struct tuple_struct }
}

fn read_fields<'de, V: Visitor<'de>>(
    known: &mut Known,
    name: String,
    fields: &'static [&'static str],
    visitor: V,
) -> Result<V::Value, Error> {
    let left: Vec<&'static str> = fields.to_vec();
    let left: Vec<&'static str> =
        left.into_iter().filter(|field| known.omitted.as_ref() != Some(&(name.clone(), *field))).collect();
    known.within.push(name.clone());
    let mut read = BTreeMap::new();
    let value = visitor.visit_map(Fields { known, left: &left, next: "", read: &mut read })?;
    known.within.pop();
    let choices = known.choices.clone();
    known.structs.entry(name).or_insert((read, choices));
    Ok(value)
}

struct Items<'a> {
    known: &'a mut Known,
    items: &'a mut Vec<Value>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let mut schema = Value::Null;
        let value = seed.deserialize(Probe { known: self.known, schema: &mut schema })?;
        self.items.push(schema);
        Ok(Some(value))
    }
}

struct Fields<'a, 'f> {
    known: &'a mut Known,
    left: &'f [&'static str],
    next: &'static str,
    read: &'a mut BTreeMap<&'static str, Value>,
}

impl<'de> MapAccess<'de> for Fields<'_, '_> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some((next, left)) = self.left.split_first() else { return Ok(None) };
        (self.next, self.left) = (next, left);
        let name: StrDeserializer<'_, Error> = self.next.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let mut schema = Value::Null;
        let value = seed.deserialize(Probe { known: self.known, schema: &mut schema })?;
        self.read.insert(self.next, schema);
        Ok(value)
    }
}

struct Variant<'a> {
    known: &'a mut Known,
    /// The enum, and its variant.
    variant: (&'static str, &'static str),
    schema: &'a mut Value,
}

impl Variant<'_> {
    /// An object whose only member is named like the variant.
    fn around(&mut self, content: &Value) {
        let name = self.variant.1;
        *self.schema = json!({
            "type": "object", "properties": { name: content }, "required": [name], "additionalProperties": false,
        });
    }
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let name: StrDeserializer<'_, Error> = self.variant.1.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        *self.schema = self.variant.1.into();
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(mut self, seed: S) -> Result<S::Value, Error> {
        let mut content = Value::Null;
        let value = seed.deserialize(Probe { known: self.known, schema: &mut content })?;
        self.around(&content);
        Ok(value)
    }

    fn struct_variant<V: Visitor<'de>>(
        mut self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let name = format!("{}.{}", self.variant.0, self.variant.1);
        self.around(&json!({ "$ref": format!("#/$defs/{name}") }));
        read_fields(self.known, name, fields, visitor)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("no event has a variant with several unnamed values"))
    }
}
