//! `arrow_schema`: the fields of a table as an Apache Arrow schema, in base64.
//!
//! The platform wants the inputs and outputs of a converted model in this form: the encapsulated schema message of
//! Arrow's IPC format, as `pyarrow.Schema.serialize()` makes it.

use base64::Engine;

use super::{Filter, FilterCall, filter};
use crate::expression::EvalError;
use crate::expression::arrow::{Field, Type, message};
use crate::value::Value;

pub(in crate::expression) static FILTERS: &[Filter] = &[filter("arrow_schema", &[], 0, arrow_schema)];

/// An object of names and types, or a list of objects with `name`, `type` and, where it is not so, `nullable`.
fn arrow_schema(call: FilterCall) -> Result<Value, EvalError> {
    let fields = match &call.operand {
        Value::Object(members) => {
            members.iter().map(|(name, kind)| field(&call, name, kind, true)).collect::<Result<Vec<_>, _>>()?
        }
        Value::Array(items) => items.iter().map(|item| listed(&call, item)).collect::<Result<_, _>>()?,
        _ => return Err(call.takes("an object of names and types, or a list of fields")),
    };
    let message = message(&fields);
    call.evaluation.budget.text(message.len().saturating_mul(4) / 3, call.span)?;
    Ok(base64::engine::general_purpose::STANDARD.encode(message).into())
}

fn listed(call: &FilterCall, item: &Value) -> Result<Field, EvalError> {
    let member = |name| item.as_object().and_then(|members| members.get(name));
    let (Some(Value::String(name)), Some(kind)) = (member("name"), member("type")) else {
        return Err(call.fails("a field of a list has a `name` and a `type`"));
    };
    let nullable = match member("nullable") {
        None => true,
        Some(nullable) => nullable.as_bool().ok_or_else(|| call.fails("`nullable` is `true` or `false`"))?,
    };
    field(call, name, kind, nullable)
}

fn field(call: &FilterCall, name: &str, kind: &Value, nullable: bool) -> Result<Field, EvalError> {
    let text = kind.as_str().ok_or_else(|| call.fails("a field's type is a text such as `float32`"))?;
    let kind = Type::read(text).ok_or_else(|| {
        call.fails("a field's type is unknown").with_help(
            "types are `bool`, `int8` to `int64`, `uint8` to `uint64`, `float16` to `float64`, `string`, `binary`, \
             `date32`, `timestamp[ms]`, `list<float32>`, `fixed_size_list<float32, 29>`",
        )
    })?;
    Ok(Field { name: name.to_owned(), kind, nullable })
}

#[cfg(test)]
mod tests {
    use super::super::super::trial::{Trial, table};

    #[test]
    fn a_schema_is_made_of_an_object_or_of_a_list() {
        let scope = Trial::of(
            r#"{"object": {"a": "float32", "b": "list<string>"},
                "list": [{"name": "a", "type": "float32"}, {"name": "b", "type": "list<string>"}],
                "strict": [{"name": "a", "type": "float32", "nullable": false}]}"#,
        );
        let rows = [
            ("object | arrow_schema == list | arrow_schema", "true"),
            ("strict | arrow_schema == {'a': 'float32'} | arrow_schema", "false"),
            ("object | arrow_schema is startingwith('/////')", "true"),
            ("{'a': 'float'} | arrow_schema == {'a': 'float32'} | arrow_schema", "true"),
            ("{'a': 'list<float32'} | arrow_schema", "!a field's type is unknown"),
            ("{'a': 5} | arrow_schema", "!a field's type is a text"),
            ("[{'name': 'a'}] | arrow_schema", "!a field of a list has a `name` and a `type`"),
            (
                "'a' | arrow_schema",
                "!`arrow_schema` takes an object of names and types, or a list of fields, not a string",
            ),
        ];
        table(&scope, &rows);
    }
}
