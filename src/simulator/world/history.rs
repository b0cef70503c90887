//! Logged inferences of the past: a table of numbers, read when somebody first asks for them.
//!
//! The table is CSV without quotes. Its first line names the columns: `time` (milliseconds since 1970),
//! `elapsed_ns` (optional, what the row's profile says), and `in.FIELD[N]` or `out.FIELD[N]` for each number.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use jiff::Timestamp;

use crate::simulator::assay::{Side, last_digit};

/// The inferences that a pipeline answered before the simulator began.
#[derive(Clone)]
pub struct History {
    /// The pipeline's primary key.
    pub pipeline_id: i64,
    /// The name of the model that answered.
    pub model_name: String,
    /// What the rows' metadata says is the SHA-256 of the model's file.
    pub model_sha: String,
    table: Arc<Table>,
}

/// A table that cannot be read: where, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryError {
    line: usize,
    reason: String,
}

/// The text of a table, and its rows once they were needed. Clones of a world share it.
struct Table {
    text: Text,
    rows: OnceLock<Result<HistoryRows, HistoryError>>,
}

enum Text {
    Embedded(&'static str),
    Loaded(Bytes),
}

/// The numbers of a history, in order of time.
#[derive(Debug, Clone, Default)]
pub(in crate::simulator) struct HistoryRows {
    pub(in crate::simulator) columns: Vec<Column>,
    pub(in crate::simulator) rows: Vec<HistoryRow>,
}

/// A number's place in every row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulator) struct Column {
    pub(in crate::simulator) side: Side,
    pub(in crate::simulator) field: String,
    pub(in crate::simulator) index: usize,
}

/// One inference.
#[derive(Debug, Clone)]
pub(in crate::simulator) struct HistoryRow {
    pub(in crate::simulator) time: Timestamp,
    pub(in crate::simulator) elapsed_ns: Option<u64>,
    pub(in crate::simulator) numbers: Vec<f64>,
}

impl History {
    /// A history out of a table.
    ///
    /// # Errors
    ///
    /// When the table has a column or a number that cannot be read.
    pub fn read(pipeline_id: i64, model_name: &str, model_sha: &str, table: Bytes) -> Result<Self, HistoryError> {
        let history = Self::with_text(pipeline_id, model_name, model_sha, Text::Loaded(table));
        history.try_rows()?;
        Ok(history)
    }

    /// A history whose table is part of the program, and so is not read before it is needed.
    pub(super) fn embedded(pipeline_id: i64, model_name: &str, model_sha: &str, table: &'static str) -> Self {
        Self::with_text(pipeline_id, model_name, model_sha, Text::Embedded(table))
    }

    fn with_text(pipeline_id: i64, model_name: &str, model_sha: &str, text: Text) -> Self {
        Self {
            pipeline_id,
            model_name: model_name.to_owned(),
            model_sha: model_sha.to_owned(),
            table: Arc::new(Table { text, rows: OnceLock::new() }),
        }
    }

    /// The rows, read at the first call.
    pub(in crate::simulator) fn rows(&self) -> &HistoryRows {
        self.try_rows().expect("a history that was loaded was read, and the embedded one is tested")
    }

    fn try_rows(&self) -> Result<&HistoryRows, HistoryError> {
        let read = || match &self.table.text {
            Text::Embedded(text) => read_table(text),
            Text::Loaded(bytes) => {
                let text = std::str::from_utf8(bytes).map_err(|_| error(1, "the table is not UTF-8 text"))?;
                read_table(text)
            }
        };
        self.table.rows.get_or_init(read).as_ref().map_err(Clone::clone)
    }
}

impl fmt::Debug for History {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("History")
            .field("pipeline_id", &self.pipeline_id)
            .field("model_name", &self.model_name)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for HistoryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for HistoryError {}

fn error(line: usize, reason: impl Into<String>) -> HistoryError {
    HistoryError { line, reason: reason.into() }
}

/// What a column holds.
enum Cell {
    Time,
    Elapsed,
    Number,
}

fn read_table(text: &str) -> Result<HistoryRows, HistoryError> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let mut columns = Vec::new();
    let mut cells = Vec::new();
    for name in &names {
        cells.push(match *name {
            "time" => Cell::Time,
            "elapsed_ns" => Cell::Elapsed,
            _ => {
                columns.push(read_column(name).ok_or_else(|| unknown_column(name))?);
                Cell::Number
            }
        });
    }
    if !names.contains(&"time") {
        return Err(error(1, "expected a column `time`, found none"));
    }
    let mut rows = Vec::new();
    for (index, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
        rows.push(read_row(line, &cells, &names).map_err(|reason| error(index + 2, reason))?);
    }
    rows.sort_by_key(|row| row.time);
    Ok(HistoryRows { columns, rows })
}

fn unknown_column(name: &str) -> HistoryError {
    error(1, format!("expected a column `time`, `elapsed_ns`, `in.FIELD[N]` or `out.FIELD[N]`, found `{name}`"))
}

/// Reads `in.tensor[0]`.
fn read_column(name: &str) -> Option<Column> {
    let (side, place) = name.split_once('.')?;
    let side = match side {
        "in" => Side::Input,
        "out" => Side::Output,
        _ => return None,
    };
    let (field, index) = place.strip_suffix(']')?.split_once('[')?;
    Some(Column { side, field: field.to_owned(), index: index.parse().ok()? })
}

fn read_row(line: &str, cells: &[Cell], names: &[&str]) -> Result<HistoryRow, String> {
    let found = line.split(',').count();
    if found != cells.len() {
        return Err(format!("expected {} cells, found {found}", cells.len()));
    }
    let mut row = HistoryRow { time: Timestamp::UNIX_EPOCH, elapsed_ns: None, numbers: Vec::new() };
    for ((text, cell), name) in line.split(',').zip(cells).zip(names) {
        let wrong = |expected: &str| format!("`{name}`: expected {expected}, found `{text}`");
        match cell {
            Cell::Time => {
                let milliseconds = text.parse().ok().and_then(|time| Timestamp::from_millisecond(time).ok());
                row.time = milliseconds.ok_or_else(|| wrong("milliseconds since 1970"))?;
            }
            Cell::Elapsed => row.elapsed_ns = Some(text.parse().map_err(|_| wrong("a count of nanoseconds"))?),
            // The platform read what it logged, with its usual loss.
            Cell::Number => row.numbers.push(last_digit::read(text).ok_or_else(|| wrong("a number"))?),
        }
    }
    Ok(row)
}
