//! `arrow_schema`: the fields of a table as an Apache Arrow schema, in base64.
//!
//! The platform wants the inputs and outputs of a converted model in this form: the encapsulated schema message of
//! Arrow's IPC format, as `pyarrow.Schema.serialize()` makes it.

use base64::Engine;

use super::{Filter, FilterCall, filter};
use crate::arrow::{Field, message};
use crate::expression::EvalError;
use crate::value::Value;

pub(in crate::expression) static FILTERS: &[Filter] = &[filter("arrow_schema", &[], 0, arrow_schema)];

fn arrow_schema(call: FilterCall) -> Result<Value, EvalError> {
    let fields = Field::read_all(&call.operand)
        .ok_or_else(|| call.takes("an object of names and types, or a list of fields"))?
        .map_err(|problem| {
            let error = call.fails(problem.message);
            match problem.help {
                Some(help) => error.with_help(help),
                None => error,
            }
        })?;
    let message = message(&fields);
    call.evaluation.budget.text(message.len().saturating_mul(4) / 3, call.span)?;
    Ok(base64::engine::general_purpose::STANDARD.encode(message).into())
}

#[cfg(test)]
mod tests {
    use super::super::super::trial::{Trial, table};
    use crate::value::Value;

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

    /// The file was held against pyarrow by `tests/tools/verify_arrow_schema.py`.
    #[test]
    fn schemas_are_those_that_pyarrow_has_read() {
        let cases = include_bytes!("../../../tests/fixtures/arrow_schema.json");
        let cases = Value::read(cases).expect("the fixture is JSON");
        for case in cases.as_array().expect("the fixture is a list") {
            let scope = Trial::of(&case.to_string());
            let found = scope.evaluate("fields | arrow_schema").expect("the fields are right");
            assert_eq!(Some(&found), case.get("base64"), "{case}");
        }
    }
}
