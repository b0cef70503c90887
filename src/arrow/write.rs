//! From records to the bytes of an IPC file.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, Field as ArrowField, Schema, SchemaRef, TimeUnit};

use super::flat::Misfit;
use super::types::{Field, Type};
use super::{Unwritable, columns, infer};
use crate::value::Value;

/// An IPC file of one record batch.
pub(super) fn file(records: &Value, fields: Option<&[Field]>) -> Result<Vec<u8>, Unwritable> {
    let records = records_of(records)?;
    let fields: Vec<ArrowField> = match fields {
        Some(fields) => fields.iter().map(field).collect(),
        None => infer::columns(&records).map_err(Unwritable::misfit)?,
    };
    if fields.is_empty() {
        return Err(Unwritable::new("there is no record that would tell the columns", NAME_COLUMNS));
    }
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let columns = columns::columns(&records, schema.fields()).map_err(Unwritable::misfit)?;
    let options = RecordBatchOptions::new().with_row_count(Some(records.len()));
    let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)
        .expect("the columns are made for the schema");
    let written = FileWriter::try_new(Vec::new(), &schema).and_then(|mut writer| {
        writer.write(&batch)?;
        writer.into_inner()
    });
    written.map_err(|error| Unwritable::new(error.to_string(), NAME_COLUMNS))
}

const NAME_COLUMNS: &str =
    "name the columns and their types: `arrow: { records: …, schema: { tensor: list<float32> } }`";

fn records_of(records: &Value) -> Result<Vec<&Value>, Unwritable> {
    let wanted = "`arrow` takes a list of objects, one for each row";
    let help = "write `arrow: [ { tensor: [1.5, 2.5] } ]`, or an expression that gives such a list";
    let Some(records) = records.as_array() else {
        return Err(Unwritable::new(format!("{wanted}, not {}", infer::article(records)), help));
    };
    match records.iter().position(|record| record.as_object().is_none()) {
        Some(at) => {
            let found = infer::article(&records[at]);
            Err(Unwritable::new(format!("{wanted}, and `$[{at}]` is {found}"), help))
        }
        None => Ok(records.iter().collect()),
    }
}

impl Unwritable {
    fn misfit(misfit: Misfit) -> Self {
        let Misfit { at, path, message } = misfit;
        Unwritable::new(
            format!("`$[{at}]{path}` {message}"),
            "a column has one type in all rows; `schema` beside `records` names the types of the columns",
        )
    }
}

fn field(field: &Field) -> ArrowField {
    ArrowField::new(&field.name, data_type(&field.kind), field.nullable)
}

fn data_type(kind: &Type) -> DataType {
    let item = |kind: &Type| Arc::new(ArrowField::new_list_field(data_type(kind), true));
    match kind {
        Type::Null => DataType::Null,
        Type::Bool => DataType::Boolean,
        Type::Int { bits: 8, signed: true } => DataType::Int8,
        Type::Int { bits: 16, signed: true } => DataType::Int16,
        Type::Int { bits: 32, signed: true } => DataType::Int32,
        Type::Int { signed: true, .. } => DataType::Int64,
        Type::Int { bits: 8, .. } => DataType::UInt8,
        Type::Int { bits: 16, .. } => DataType::UInt16,
        Type::Int { bits: 32, .. } => DataType::UInt32,
        Type::Int { .. } => DataType::UInt64,
        Type::Float(0) => DataType::Float16,
        Type::Float(1) => DataType::Float32,
        Type::Float(_) => DataType::Float64,
        Type::Text => DataType::Utf8,
        Type::LargeText => DataType::LargeUtf8,
        Type::Binary => DataType::Binary,
        Type::LargeBinary => DataType::LargeBinary,
        Type::Date(0) => DataType::Date32,
        Type::Date(_) => DataType::Date64,
        Type::Timestamp(0) => DataType::Timestamp(TimeUnit::Second, None),
        Type::Timestamp(1) => DataType::Timestamp(TimeUnit::Millisecond, None),
        Type::Timestamp(2) => DataType::Timestamp(TimeUnit::Microsecond, None),
        Type::Timestamp(_) => DataType::Timestamp(TimeUnit::Nanosecond, None),
        Type::List(kind) => DataType::List(item(kind)),
        Type::LargeList(kind) => DataType::LargeList(item(kind)),
        Type::FixedSizeList(kind, size) => DataType::FixedSizeList(item(kind), *size),
    }
}
