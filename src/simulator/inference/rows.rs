//! Reads the JSON forms of inference data: an array of rows, or an object of columns.

use serde_json::Value;

use super::{InferenceError, Row};

/// Rows out of a body.
pub(in crate::simulator) fn read_rows(body: Value) -> Result<Vec<Row>, InferenceError> {
    match body {
        Value::Array(rows) => rows.into_iter().map(read_row).collect(),
        Value::Object(columns) => rows_of_columns(columns),
        _ => Err(InferenceError::BadInput("expected an array of rows or an object of columns".to_owned())),
    }
}

fn read_row(row: Value) -> Result<Row, InferenceError> {
    match row {
        Value::Object(row) => Ok(row),
        _ => Err(InferenceError::BadInput("expected every row to be an object with a value for each input".to_owned())),
    }
}

/// `{"tensor": [[…], […]]}` is two rows; `{"tensor": [1, 2]}` is one.
fn rows_of_columns(columns: Row) -> Result<Vec<Row>, InferenceError> {
    let mut rows: Vec<Row> = Vec::new();
    for (index, (name, column)) in columns.into_iter().enumerate() {
        let values = match column {
            Value::Array(values) if values.iter().all(Value::is_array) => values,
            single => vec![single],
        };
        if index == 0 {
            rows.resize_with(values.len(), Row::new);
        }
        if rows.len() != values.len() {
            return Err(InferenceError::BadInput(format!(
                "expected {} rows in column `{name}`, found {}",
                rows.len(),
                values.len()
            )));
        }
        for (row, value) in rows.iter_mut().zip(values) {
            row.insert(name.clone(), value);
        }
    }
    Ok(rows)
}
