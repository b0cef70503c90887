//! Values as the columns of a type.

use std::sync::Arc;

use arrow_array::types::*;
use arrow_array::{
    ArrayRef, ArrowPrimitiveType, BinaryArray, BooleanArray, FixedSizeListArray, GenericListArray, LargeBinaryArray,
    LargeStringArray, NullArray, OffsetSizeTrait, PrimitiveArray, StringArray, StructArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, FieldRef, Fields, TimeUnit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::{Date, date};

use super::flat::{Lists, Misfit, member};
use super::infer::article;
use crate::value::Value;

/// The columns of records. A record's member that no field names is a misfit.
pub(super) fn columns(records: &[&Value], fields: &Fields) -> Result<Vec<ArrayRef>, Misfit> {
    let stranger = |record: &Value| record.as_object()?.keys().find(|name| fields.find(name).is_none()).cloned();
    let stranger = records.iter().enumerate().find_map(|(at, record)| Some((at, stranger(record)?)));
    if let Some((at, name)) = stranger {
        return Err(Misfit::new(at, "is no column of the schema").in_member(&name));
    }
    let column = |field: &FieldRef| {
        column(&member(records, field.name()), field.data_type(), field.is_nullable())
            .map_err(|misfit| misfit.in_member(field.name()))
    };
    fields.iter().map(column).collect()
}

fn column(values: &[&Value], kind: &DataType, nullable: bool) -> Result<ArrayRef, Misfit> {
    if !nullable && let Some(at) = values.iter().position(|value| value.is_null()) {
        return Err(Misfit::new(at, "is null or not there, and the column is not nullable"));
    }
    Ok(match kind {
        DataType::Null => match values.iter().position(|value| !value.is_null()) {
            Some(at) => return Err(misfit(at, values[at], kind)),
            None => Arc::new(NullArray::new(values.len())),
        },
        DataType::Boolean => Arc::new(each(values, kind, Value::as_bool)?.into_iter().collect::<BooleanArray>()),
        DataType::Int8 => whole::<Int8Type>(values, kind)?,
        DataType::Int16 => whole::<Int16Type>(values, kind)?,
        DataType::Int32 => whole::<Int32Type>(values, kind)?,
        DataType::Int64 => whole::<Int64Type>(values, kind)?,
        DataType::UInt8 => unsigned::<UInt8Type>(values, kind)?,
        DataType::UInt16 => unsigned::<UInt16Type>(values, kind)?,
        DataType::UInt32 => unsigned::<UInt32Type>(values, kind)?,
        DataType::UInt64 => unsigned::<UInt64Type>(values, kind)?,
        DataType::Float16 => primitive::<Float16Type>(values, kind, |value| {
            Some(<Float16Type as ArrowPrimitiveType>::Native::from_f64(value.as_f64()?)).filter(|half| half.is_finite())
        })?,
        DataType::Float32 => primitive::<Float32Type>(values, kind, |value| {
            Some(value.as_f64()? as f32).filter(|single| single.is_finite())
        })?,
        DataType::Float64 => primitive::<Float64Type>(values, kind, Value::as_f64)?,
        DataType::Utf8 => Arc::new(each(values, kind, Value::as_str)?.into_iter().collect::<StringArray>()),
        DataType::LargeUtf8 => Arc::new(each(values, kind, Value::as_str)?.into_iter().collect::<LargeStringArray>()),
        DataType::Binary => Arc::new(each(values, kind, bytes)?.into_iter().collect::<BinaryArray>()),
        DataType::LargeBinary => Arc::new(each(values, kind, bytes)?.into_iter().collect::<LargeBinaryArray>()),
        DataType::Date32 => primitive::<Date32Type>(values, kind, |value| i32::try_from(days(value)?).ok())?,
        DataType::Date64 => primitive::<Date64Type>(values, kind, |value| days(value)?.checked_mul(DAY))?,
        DataType::Timestamp(TimeUnit::Second, _) => time::<TimestampSecondType>(values, kind, 1_000_000_000)?,
        DataType::Timestamp(TimeUnit::Millisecond, _) => time::<TimestampMillisecondType>(values, kind, 1_000_000)?,
        DataType::Timestamp(TimeUnit::Microsecond, _) => time::<TimestampMicrosecondType>(values, kind, 1_000)?,
        DataType::Timestamp(TimeUnit::Nanosecond, _) => time::<TimestampNanosecondType>(values, kind, 1)?,
        DataType::List(item) => list::<i32>(values, kind, item)?,
        DataType::LargeList(item) => list::<i64>(values, kind, item)?,
        DataType::FixedSizeList(item, size) => fixed_list(values, kind, item, *size)?,
        DataType::Struct(fields) => record(values, kind, fields)?,
        _ => unreachable!("neither a playbook nor its values name the type {kind}"),
    })
}

/// The longest list of a fixed size that may be null.
const LONGEST_NULL: usize = 100_000;

/// Milliseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// What each value is as this kind; none where it is null.
fn each<'v, T>(
    values: &[&'v Value],
    kind: &DataType,
    read: impl Fn(&'v Value) -> Option<T>,
) -> Result<Vec<Option<T>>, Misfit> {
    let one = |(at, value): (usize, &&'v Value)| match value {
        Value::Null => Ok(None),
        value => read(value).map(Some).ok_or_else(|| misfit(at, value, kind)),
    };
    values.iter().enumerate().map(one).collect()
}

fn misfit(at: usize, value: &Value, kind: &DataType) -> Misfit {
    Misfit::new(at, format!("is {} that does not fit the type {}", article(value), type_name(kind)))
}

/// The name of a type as a schema has it, without what is inside.
fn type_name(kind: &DataType) -> String {
    match kind {
        DataType::Boolean => "`bool`".to_owned(),
        DataType::Utf8 => "`string`".to_owned(),
        DataType::LargeUtf8 => "`large_string`".to_owned(),
        DataType::LargeBinary => "`large_binary`".to_owned(),
        DataType::List(_) => "`list`".to_owned(),
        DataType::LargeList(_) => "`large_list`".to_owned(),
        DataType::FixedSizeList(_, size) => format!("`fixed_size_list` of {size} items"),
        DataType::Struct(_) => "of an object".to_owned(),
        DataType::Timestamp(..) => "`timestamp`".to_owned(),
        other => format!("`{}`", other.to_string().to_ascii_lowercase()),
    }
}

fn primitive<T: ArrowPrimitiveType>(
    values: &[&Value],
    kind: &DataType,
    read: impl Fn(&Value) -> Option<T::Native>,
) -> Result<ArrayRef, Misfit> {
    Ok(Arc::new(each(values, kind, read)?.into_iter().collect::<PrimitiveArray<T>>()))
}

fn whole<T: ArrowPrimitiveType<Native: TryFrom<i64>>>(values: &[&Value], kind: &DataType) -> Result<ArrayRef, Misfit> {
    primitive::<T>(values, kind, |value| T::Native::try_from(value.as_i64()?).ok())
}

fn unsigned<T: ArrowPrimitiveType<Native: TryFrom<u64>>>(
    values: &[&Value],
    kind: &DataType,
) -> Result<ArrayRef, Misfit> {
    let number = |value: &Value| match value {
        Value::Number(number) if number.is_u64() => number.as_u64(),
        value => u64::try_from(value.as_i64()?).ok(),
    };
    primitive::<T>(values, kind, |value| T::Native::try_from(number(value)?).ok())
}

/// The number that stands in the column, or a time as text.
fn time<T: ArrowPrimitiveType<Native = i64>>(
    values: &[&Value],
    kind: &DataType,
    nanoseconds: i128,
) -> Result<ArrayRef, Misfit> {
    primitive::<T>(values, kind, |value| match value {
        Value::String(text) => {
            let time: Timestamp = text.parse().ok()?;
            i64::try_from(time.as_nanosecond().div_euclid(nanoseconds)).ok()
        }
        value => value.as_i64(),
    })
}

/// A date as text, or its number of days since 1970.
fn days(value: &Value) -> Option<i64> {
    const EPOCH: Date = date(1970, 1, 1);
    match value {
        Value::String(text) => Some(i64::from(text.parse::<Date>().ok()?.since(EPOCH).ok()?.get_days())),
        value => value.as_i64(),
    }
}

/// Bytes, which are text in base64.
fn bytes(value: &Value) -> Option<Vec<u8>> {
    STANDARD.decode(value.as_str()?).ok()
}

fn list<O: OffsetSizeTrait>(values: &[&Value], kind: &DataType, item: &FieldRef) -> Result<ArrayRef, Misfit> {
    let nulls = nulls(&each(values, kind, Value::as_array)?);
    let (lists, items) = items(values, item)?;
    let offsets = OffsetBuffer::<O>::from_lengths(lists.lengths);
    let list = GenericListArray::<O>::try_new(Arc::clone(item), offsets, items, nulls);
    Ok(Arc::new(list.expect("the offsets are the items' own")))
}

fn fixed_list(values: &[&Value], kind: &DataType, item: &FieldRef, size: i32) -> Result<ArrayRef, Misfit> {
    let length = usize::try_from(size).unwrap_or_default();
    let rows = each(values, kind, |value| value.as_array().filter(|items| items.len() == length))?;
    // A null takes as much room as any other.
    if length > LONGEST_NULL
        && let Some(at) = rows.iter().position(Option::is_none)
    {
        return Err(Misfit::new(at, format!("is null or not there, which would take {length} items")));
    }
    let filler = Value::array(vec![Value::Null; length.min(LONGEST_NULL)]);
    let filled: Vec<&Value> = values.iter().map(|value| if value.is_null() { &filler } else { *value }).collect();
    let (_, items) = items(&filled, item)?;
    let list = FixedSizeListArray::try_new_with_length(Arc::clone(item), size, items, nulls(&rows), values.len());
    Ok(Arc::new(list.expect("each list has as many items")))
}

fn items<'v>(values: &[&'v Value], item: &FieldRef) -> Result<(Lists<'v>, ArrayRef), Misfit> {
    let lists = Lists::of(values);
    let items = column(&lists.items, item.data_type(), item.is_nullable()).map_err(|misfit| lists.around(misfit))?;
    Ok((lists, items))
}

fn record(values: &[&Value], kind: &DataType, fields: &Fields) -> Result<ArrayRef, Misfit> {
    let nulls = nulls(&each(values, kind, Value::as_object)?);
    let columns = columns(values, fields)?;
    let record = StructArray::try_new_with_length(fields.clone(), columns, nulls, values.len());
    Ok(Arc::new(record.expect("the columns are as long as the values are many")))
}

fn nulls<T>(values: &[Option<T>]) -> Option<NullBuffer> {
    let nulls: NullBuffer = values.iter().map(Option::is_some).collect::<Vec<bool>>().into();
    (nulls.null_count() > 0).then_some(nulls)
}
