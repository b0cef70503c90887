//! Arrow's IPC files: rows out of a request, and answered rows as the columns that the platform answers with.
//!
//! In an answer the inputs and outputs are flat columns such as `in.tensor` and `out.dense_1`. Numbers of inputs and
//! outputs are 32-bit floats, as the models compute with them.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{
    Array, ArrayRef, Float32Array, Int64Array, ListArray, RecordBatch, StringArray, TimestampMillisecondArray,
    UInt64Array,
};
use arrow_buffer::OffsetBuffer;
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use indexmap::IndexSet;
use serde_json::Value;

use super::tensor::shortest;
use super::{InferenceError, Row};

/// Rows out of a file. Columns are numbers, texts, booleans, and lists of them.
pub(in crate::simulator) fn read_rows(file: &[u8]) -> Result<Vec<Row>, InferenceError> {
    let bad = |error: ArrowError| InferenceError::BadInput(format!("the body is not an Arrow file: {error}"));
    let mut rows = Vec::new();
    for batch in FileReader::try_new(Cursor::new(file), None).map_err(bad)? {
        let batch = batch.map_err(bad)?;
        // Such a batch may claim any number of rows.
        if batch.num_columns() == 0 {
            return Err(InferenceError::BadInput("the body has no columns".to_owned()));
        }
        for row in 0..batch.num_rows() {
            let columns = batch.schema_ref().fields().iter().zip(batch.columns());
            let cells = columns.map(|(field, column)| Ok((field.name().clone(), cell(column, row)?)));
            rows.push(cells.collect::<Result<Row, InferenceError>>()?);
        }
    }
    Ok(rows)
}

fn cell(array: &dyn Array, row: usize) -> Result<Value, InferenceError> {
    let list = |items: ArrayRef| (0..items.len()).map(|row| cell(&items, row)).collect::<Result<Vec<_>, _>>();
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    Ok(match array.data_type() {
        DataType::Float32 => shortest(array.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row).into(),
        DataType::Int8 => array.as_primitive::<Int8Type>().value(row).into(),
        DataType::Int16 => array.as_primitive::<Int16Type>().value(row).into(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into(),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).into(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().value(row).into(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).into(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row).into(),
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Utf8 => array.as_string::<i32>().value(row).into(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).into(),
        DataType::List(_) => list(array.as_list::<i32>().value(row))?.into(),
        DataType::LargeList(_) => list(array.as_list::<i64>().value(row))?.into(),
        DataType::FixedSizeList(..) => list(array.as_fixed_size_list().value(row))?.into(),
        other => return Err(InferenceError::BadInput(format!("a column has the type {other}, which is no input"))),
    })
}

/// A file of answered rows, which are flat objects: a column for each member.
pub(in crate::simulator) fn write_rows(rows: &[Row]) -> Result<Vec<u8>, InferenceError> {
    let failed = |error: ArrowError| InferenceError::Failed(error.to_string());
    let names: IndexSet<&String> = rows.iter().flat_map(|row| row.keys()).collect();
    let mut fields = Vec::with_capacity(names.len());
    let mut columns = Vec::with_capacity(names.len());
    for name in names {
        let values: Vec<&Value> = rows.iter().map(|row| row.get(name).unwrap_or(&Value::Null)).collect();
        let column = column(name, &values);
        let output = name.starts_with("out.");
        fields.push(Field::new(name, column.data_type().clone(), !output));
        columns.push(column);
    }
    let schema = Arc::new(Schema::new(fields));
    let mut writer = FileWriter::try_new(Vec::new(), &schema).map_err(failed)?;
    if !columns.is_empty() {
        writer.write(&RecordBatch::try_new(schema, columns).map_err(failed)?).map_err(failed)?;
    }
    writer.into_inner().map_err(failed)
}

fn column(name: &str, values: &[&Value]) -> ArrayRef {
    match name {
        "time" => {
            Arc::new(values.iter().map(|value| value.as_i64()).collect::<TimestampMillisecondArray>()) as ArrayRef
        }
        "check_failures" => {
            let mut failures = ListBuilder::new(StringBuilder::new());
            values.iter().for_each(|_| failures.append(true));
            Arc::new(failures.finish())
        }
        "metadata.elapsed" => Arc::new(list(Field::new_list_field(DataType::UInt64, true), values, |items| {
            Arc::new(items.iter().map(|item| item.as_u64()).collect::<UInt64Array>())
        })),
        _ if name.starts_with("out.") => {
            let whole = values.iter().filter_map(|value| value.as_array()).flatten().all(Value::is_i64);
            let kind = if whole { DataType::Int64 } else { DataType::Float32 };
            Arc::new(list(Field::new("inner", kind, false), values, |items| numbers(items)))
        }
        _ => data(values),
    }
}

/// A column of inputs or of metadata, by its first value.
fn data(values: &[&Value]) -> ArrayRef {
    match values.iter().find(|value| !value.is_null()) {
        Some(Value::Array(_)) => {
            let items: Vec<&Value> = values.iter().filter_map(|value| value.as_array()).flatten().collect();
            let kind = data(&items).data_type().clone();
            Arc::new(list(Field::new_list_field(kind, true), values, data))
        }
        Some(Value::Number(_)) => numbers(values),
        _ => {
            let text = |value: &Value| match value {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            };
            Arc::new(values.iter().map(|value| text(value)).collect::<StringArray>())
        }
    }
}

/// Whole numbers as such, others as the models have them.
fn numbers(values: &[&Value]) -> ArrayRef {
    if values.iter().all(|value| value.is_i64()) {
        return Arc::new(values.iter().map(|value| value.as_i64()).collect::<Int64Array>());
    }
    Arc::new(values.iter().map(|value| value.as_f64().map(|number| number as f32)).collect::<Float32Array>())
}

fn list(item: Field, values: &[&Value], items: impl Fn(&[&Value]) -> ArrayRef) -> ListArray {
    let lists: Vec<&[Value]> = values.iter().map(|value| value.as_array().map_or(&[][..], Vec::as_slice)).collect();
    let flat: Vec<&Value> = lists.iter().copied().flatten().collect();
    let offsets = OffsetBuffer::from_lengths(lists.iter().map(|list| list.len()));
    ListArray::new(Arc::new(item), offsets, items(&flat), None)
}
