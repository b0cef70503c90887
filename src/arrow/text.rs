//! Record batches as the JSON text of a list of records, piece by piece.
//!
//! A number of 32 bits is written in the shortest form that reads back as the same, and what JSON has no number for is
//! `null`. Times are the whole numbers that stand in the column, dates are texts, and so are decimals; bytes are text
//! in base64.

use std::fmt::Display;
use std::io::Write;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrowPrimitiveType, RecordBatch, downcast_dictionary_array};
use arrow_schema::{DataType, TimeUnit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Span;
use jiff::civil::{Date, date};
use serde::Serialize;

use super::Unreadable;
use crate::value::{ProjectError, Projector};

/// Bytes of text that are handed on at once.
const PIECE: usize = 64 * 1024;

/// The longest text that is made: columns without data have as many rows as a server claims.
const LONGEST: usize = 1024 * 1024 * 1024;

/// Writes records into a [`Projector`].
pub(super) struct Records<'p, 'w> {
    projector: &'p mut Projector<'w>,
    text: Vec<u8>,
    written: usize,
    some: bool,
}

impl<'p, 'w> Records<'p, 'w> {
    pub(super) fn begin(projector: &'p mut Projector<'w>) -> Self {
        Records { projector, text: b"[".to_vec(), written: 0, some: false }
    }

    pub(super) fn batch(&mut self, batch: &RecordBatch) -> Result<(), Unreadable> {
        let schema = batch.schema();
        let mut names = Vec::with_capacity(batch.num_columns());
        for field in schema.fields() {
            let mut name = Vec::new();
            put(&mut name, field.name());
            names.push(name);
        }
        for row in 0..batch.num_rows() {
            self.text.extend_from_slice(if self.some { b",{" } else { b"{" });
            self.some = true;
            for (index, (name, column)) in names.iter().zip(batch.columns()).enumerate() {
                self.comma(index);
                self.text.extend_from_slice(name);
                self.text.push(b':');
                self.cell(column, row).map_err(|problem| in_column(schema.field(index).name(), problem))?;
            }
            self.text.push(b'}');
            self.hand_on(PIECE)?;
        }
        Ok(())
    }

    pub(super) fn end(mut self) -> Result<(), Unreadable> {
        self.text.push(b']');
        self.hand_on(0)
    }

    /// Hands the text on if there is more than so much of it.
    fn hand_on(&mut self, more_than: usize) -> Result<(), Unreadable> {
        if self.text.len() <= more_than {
            return Ok(());
        }
        self.written += self.text.len();
        if self.written > LONGEST {
            let most = LONGEST / 1024 / 1024;
            return Err(Unreadable::TooLarge(format!("its records are more than {most} MiB of JSON")));
        }
        let read = self.projector.feed(&self.text);
        self.text.clear();
        read.map_err(|error| match error {
            ProjectError::Limit(message) => Unreadable::TooLarge(message),
            ProjectError::Syntax(error) => Unreadable::Broken(error.to_string()),
        })
    }

    fn comma(&mut self, index: usize) {
        if index > 0 {
            self.text.push(b',');
        }
    }

    fn cell(&mut self, array: &dyn Array, row: usize) -> Result<(), Unreadable> {
        if array.is_null(row) || matches!(array.data_type(), DataType::Null) {
            self.text.extend_from_slice(b"null");
            return Ok(());
        }
        match array.data_type() {
            DataType::List(_) => self.list(&*array.as_list::<i32>().value(row)),
            DataType::LargeList(_) => self.list(&*array.as_list::<i64>().value(row)),
            DataType::ListView(_) => self.list(&*array.as_list_view::<i32>().value(row)),
            DataType::LargeListView(_) => self.list(&*array.as_list_view::<i64>().value(row)),
            DataType::FixedSizeList(..) => self.list(&*array.as_fixed_size_list().value(row)),
            DataType::Struct(_) => self.record(array, row),
            DataType::Map(..) => self.map(array, row),
            DataType::Dictionary(..) => downcast_dictionary_array!(
                array => match array.key(row) {
                    Some(key) => self.cell(array.values(), key),
                    None => Err(unknown(array)),
                },
                _ => Err(unknown(array))
            ),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => self.string(array, row),
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
                self.bytes(array, row)
            }
            _ => self.scalar(array, row),
        }
    }

    fn list(&mut self, items: &dyn Array) -> Result<(), Unreadable> {
        self.text.push(b'[');
        for row in 0..items.len() {
            self.comma(row);
            self.cell(items, row)?;
            self.hand_on(PIECE)?;
        }
        self.text.push(b']');
        Ok(())
    }

    fn record(&mut self, array: &dyn Array, row: usize) -> Result<(), Unreadable> {
        let record = array.as_struct();
        self.text.push(b'{');
        for (index, (field, column)) in record.fields().iter().zip(record.columns()).enumerate() {
            self.comma(index);
            put(&mut self.text, field.name());
            self.text.push(b':');
            self.cell(column, row)?;
        }
        self.text.push(b'}');
        self.hand_on(PIECE)
    }

    /// A map whose keys are texts, as an object.
    fn map(&mut self, array: &dyn Array, row: usize) -> Result<(), Unreadable> {
        let entries = array.as_map().value(row);
        let (keys, values) = (entries.column(0), entries.column(1));
        if !matches!(keys.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
            return Err(unknown(array));
        }
        self.text.push(b'{');
        for row in 0..entries.len() {
            self.comma(row);
            self.string(keys, row)?;
            self.text.push(b':');
            self.cell(values, row)?;
            self.hand_on(PIECE)?;
        }
        self.text.push(b'}');
        Ok(())
    }

    fn string(&mut self, array: &dyn Array, row: usize) -> Result<(), Unreadable> {
        let text = match array.data_type() {
            DataType::Utf8 => array.as_string::<i32>().value(row),
            DataType::LargeUtf8 => array.as_string::<i64>().value(row),
            _ => array.as_string_view().value(row),
        };
        put(&mut self.text, text);
        Ok(())
    }

    fn bytes(&mut self, array: &dyn Array, row: usize) -> Result<(), Unreadable> {
        let bytes = match array.data_type() {
            DataType::Binary => array.as_binary::<i32>().value(row),
            DataType::LargeBinary => array.as_binary::<i64>().value(row),
            DataType::BinaryView => array.as_binary_view().value(row),
            _ => array.as_fixed_size_binary().value(row),
        };
        put(&mut self.text, &STANDARD.encode(bytes));
        Ok(())
    }

    fn scalar(&mut self, array: &dyn Array, row: usize) -> Result<(), Unreadable> {
        let text = &mut self.text;
        match array.data_type() {
            DataType::Boolean => put(text, &array.as_boolean().value(row)),
            DataType::Int8 => whole::<Int8Type>(text, array, row),
            DataType::Int16 => whole::<Int16Type>(text, array, row),
            DataType::Int32 => whole::<Int32Type>(text, array, row),
            DataType::Int64 => whole::<Int64Type>(text, array, row),
            DataType::UInt8 => whole::<UInt8Type>(text, array, row),
            DataType::UInt16 => whole::<UInt16Type>(text, array, row),
            DataType::UInt32 => whole::<UInt32Type>(text, array, row),
            DataType::UInt64 => whole::<UInt64Type>(text, array, row),
            // The writer of JSON makes `null` of what is not finite.
            DataType::Float16 => put(text, &array.as_primitive::<Float16Type>().value(row).to_f32()),
            DataType::Float32 => put(text, &array.as_primitive::<Float32Type>().value(row)),
            DataType::Float64 => put(text, &array.as_primitive::<Float64Type>().value(row)),
            DataType::Decimal32(..) => put(text, &array.as_primitive::<Decimal32Type>().value_as_string(row)),
            DataType::Decimal64(..) => put(text, &array.as_primitive::<Decimal64Type>().value_as_string(row)),
            DataType::Decimal128(..) => put(text, &array.as_primitive::<Decimal128Type>().value_as_string(row)),
            DataType::Decimal256(..) => put(text, &array.as_primitive::<Decimal256Type>().value_as_string(row)),
            DataType::Date32 => day(text, array.as_primitive::<Date32Type>().value(row).into()),
            DataType::Date64 => {
                day(text, array.as_primitive::<Date64Type>().value(row).div_euclid(24 * 60 * 60 * 1000));
            }
            DataType::Time32(TimeUnit::Second) => whole::<Time32SecondType>(text, array, row),
            DataType::Time32(_) => whole::<Time32MillisecondType>(text, array, row),
            DataType::Time64(TimeUnit::Microsecond) => whole::<Time64MicrosecondType>(text, array, row),
            DataType::Time64(_) => whole::<Time64NanosecondType>(text, array, row),
            DataType::Timestamp(TimeUnit::Second, _) => whole::<TimestampSecondType>(text, array, row),
            DataType::Timestamp(TimeUnit::Millisecond, _) => whole::<TimestampMillisecondType>(text, array, row),
            DataType::Timestamp(TimeUnit::Microsecond, _) => whole::<TimestampMicrosecondType>(text, array, row),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => whole::<TimestampNanosecondType>(text, array, row),
            DataType::Duration(TimeUnit::Second) => whole::<DurationSecondType>(text, array, row),
            DataType::Duration(TimeUnit::Millisecond) => whole::<DurationMillisecondType>(text, array, row),
            DataType::Duration(TimeUnit::Microsecond) => whole::<DurationMicrosecondType>(text, array, row),
            DataType::Duration(TimeUnit::Nanosecond) => whole::<DurationNanosecondType>(text, array, row),
            _ => return Err(unknown(array)),
        }
        Ok(())
    }
}

fn put<T: Serialize + ?Sized>(text: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(text, value).expect("texts and numbers have a JSON form, and memory takes them");
}

fn whole<T: ArrowPrimitiveType<Native: Display>>(text: &mut Vec<u8>, array: &dyn Array, row: usize) {
    write!(text, "{}", array.as_primitive::<T>().value(row)).expect("memory takes a text");
}

/// A day counted from 1970 as a date; as its number where the calendar does not reach so far.
fn day(text: &mut Vec<u8>, days: i64) {
    const EPOCH: Date = date(1970, 1, 1);
    match Span::new().try_days(days).and_then(|span| EPOCH.checked_add(span)) {
        Ok(date) => put(text, &date.to_string()),
        Err(_) => put(text, &days),
    }
}

fn unknown(array: &dyn Array) -> Unreadable {
    Unreadable::Broken(format!("has the type {}, which has no form in JSON", array.data_type()))
}

fn in_column(name: &str, problem: Unreadable) -> Unreadable {
    match problem {
        Unreadable::Broken(message) => Unreadable::Broken(format!("column `{name}` {message}")),
        limit => limit,
    }
}
