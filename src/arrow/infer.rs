//! The types of columns whose playbook names none: what the values of a column have in common.

use std::sync::Arc;

use arrow_schema::{DataType, Field};
use indexmap::IndexSet;

use super::flat::{Lists, Misfit, member};
use crate::value::Value;

/// Whole numbers and fractions together are fractions; other kinds do not go together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    /// Fits 64 bits with a sign.
    Whole,
    /// Fits 64 bits without a sign only.
    Large,
    Fraction,
    Text,
    List,
    Record,
}

impl Kind {
    fn of(value: &Value) -> Option<Kind> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(_) => Kind::Bool,
            Value::Number(number) if number.is_i64() => Kind::Whole,
            Value::Number(number) if number.is_u64() => Kind::Large,
            Value::Number(_) => Kind::Fraction,
            Value::String(_) => Kind::Text,
            Value::Array(_) => Kind::List,
            Value::Object(_) => Kind::Record,
        })
    }

    fn with(self, other: Kind) -> Option<Kind> {
        use Kind::{Fraction, Large, Whole};
        match (self, other) {
            (one, other) if one == other => Some(one),
            (Fraction, Whole | Large) | (Whole | Large, Fraction) => Some(Fraction),
            // A negative number among them is found when they are written.
            (Large, Whole) | (Whole, Large) => Some(Large),
            _ => None,
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Kind::Bool => "booleans",
            Kind::Whole | Kind::Large | Kind::Fraction => "numbers",
            Kind::Text => "texts",
            Kind::List => "lists",
            Kind::Record => "objects",
        }
    }
}

/// The columns of records, in the order in which their names are met.
pub(super) fn columns(records: &[&Value]) -> Result<Vec<Field>, Misfit> {
    let names: IndexSet<&Arc<str>> =
        records.iter().filter_map(|record| record.as_object()).flat_map(|record| record.keys()).collect();
    let column = |name: &Arc<str>| {
        let kind = data_type(&member(records, name)).map_err(|misfit| misfit.in_member(name))?;
        Ok(Field::new(&**name, kind, true))
    };
    names.into_iter().map(column).collect()
}

fn data_type(values: &[&Value]) -> Result<DataType, Misfit> {
    let mut common: Option<Kind> = None;
    for (at, value) in values.iter().enumerate() {
        let Some(kind) = Kind::of(value) else { continue };
        common = match common {
            None => Some(kind),
            Some(before) => Some(before.with(kind).ok_or_else(|| {
                let message = format!("is {}, and before it are {}", article(value), before.in_words());
                Misfit::new(at, message)
            })?),
        };
    }
    Ok(match common {
        None => DataType::Null,
        Some(Kind::Bool) => DataType::Boolean,
        Some(Kind::Whole) => DataType::Int64,
        Some(Kind::Large) => DataType::UInt64,
        Some(Kind::Fraction) => DataType::Float64,
        Some(Kind::Text) => DataType::Utf8,
        Some(Kind::List) => {
            let lists = Lists::of(values);
            let item = data_type(&lists.items).map_err(|misfit| lists.around(misfit))?;
            DataType::List(Arc::new(Field::new_list_field(item, true)))
        }
        Some(Kind::Record) => DataType::Struct(columns(values)?.into()),
    })
}

/// The kind of a value, with its article.
pub(super) fn article(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
