//! The log of inferences as assays read it: what this simulator answered, and the histories of its world.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{LoggedInference, Platform};
use crate::simulator::assay::{IoPath, LogSource, Sample, Side, last_digit};
use crate::simulator::error::PlatformError;
use crate::simulator::world::{History, HistoryRow, Pipeline};

/// Which rows of the log are wanted.
#[derive(Debug, Clone, Default)]
pub(in crate::simulator) struct LogQuery {
    pub(in crate::simulator) pipeline_name: String,
    pub(in crate::simulator) workspace_id: Option<i64>,
    pub(in crate::simulator) model_name: Option<String>,
    pub(in crate::simulator) start: Option<Timestamp>,
    pub(in crate::simulator) end: Option<Timestamp>,
    pub(in crate::simulator) limit: Option<usize>,
}

impl Platform {
    /// The numbers that an assay looks at, in order of time.
    pub(super) fn samples(
        &self,
        source: &LogSource,
        path: &IoPath,
        workspace_id: i64,
    ) -> Result<Vec<Sample>, PlatformError> {
        let pipeline = self.logging_pipeline(&source.pipeline, source.workspace_id.or(Some(workspace_id)))?;
        let model = source.model.as_deref();
        let mut samples: Vec<Sample> = self.own_rows(pipeline, model).filter_map(|row| sample_of(row, path)).collect();
        for history in self.histories_of(pipeline, model) {
            samples.extend(history_samples(history, path));
        }
        samples.sort_by_key(|sample| sample.time);
        Ok(samples)
    }

    /// Rows of the log, oldest first, as the platform shows them: keys flat, numbers with its loss.
    pub(in crate::simulator) fn log_rows(&self, query: &LogQuery) -> Result<Vec<Value>, PlatformError> {
        let pipeline = self.logging_pipeline(&query.pipeline_name, query.workspace_id)?;
        let model = query.model_name.as_deref();
        let wanted =
            |time: Timestamp| query.start.is_none_or(|start| start <= time) && query.end.is_none_or(|end| time < end);
        let limit = query.limit.unwrap_or(usize::MAX);
        let mut rows: Vec<(Timestamp, Value)> = Vec::new();
        for history in self.histories_of(pipeline, model) {
            let within = history.rows().rows.iter().filter(|row| wanted(row.time)).take(limit);
            rows.extend(within.map(|row| (row.time, history_row(history, row))));
        }
        let own = self.own_rows(pipeline, model).filter(|row| wanted(row.time)).take(limit);
        rows.extend(own.map(|row| (row.time, own_row(row))));
        rows.sort_by_key(|(time, _)| *time);
        Ok(rows.into_iter().take(limit).map(|(_, row)| row).collect())
    }

    /// The pipeline of that name, in that workspace before any other.
    fn logging_pipeline(&self, name: &str, workspace_id: Option<i64>) -> Result<&Pipeline, PlatformError> {
        self.pipelines
            .iter()
            .filter(|pipeline| pipeline.name == name)
            .min_by_key(|pipeline| Some(pipeline.workspace_id) != workspace_id)
            .ok_or_else(PlatformError::pipeline_not_found)
    }

    fn own_rows<'a>(
        &'a self,
        pipeline: &'a Pipeline,
        model: Option<&'a str>,
    ) -> impl Iterator<Item = &'a LoggedInference> {
        self.inferences
            .iter()
            .filter(move |row| row.pipeline_id == pipeline.id && model.is_none_or(|model| model == row.model_name))
    }

    fn histories_of<'a>(&'a self, pipeline: &'a Pipeline, model: Option<&'a str>) -> impl Iterator<Item = &'a History> {
        self.histories.iter().filter(move |history| {
            history.pipeline_id == pipeline.id && model.is_none_or(|model| model == history.model_name)
        })
    }
}

fn sample_of(row: &LoggedInference, path: &IoPath) -> Option<Sample> {
    let fields = match path.side {
        Side::Input => &row.inputs,
        Side::Output => &row.outputs,
    };
    path.pick(fields).map(|value| Sample { time: row.time, value: last_digit::pass(value) })
}

fn history_samples(history: &History, path: &IoPath) -> impl Iterator<Item = Sample> {
    let table = history.rows();
    let place = table
        .columns
        .iter()
        .position(|column| column.side == path.side && column.field == path.field && column.index == path.index);
    table.rows.iter().filter_map(move |row| Some(Sample { time: row.time, value: *row.numbers.get(place?)? }))
}

fn own_row(row: &LoggedInference) -> Value {
    let mut shown = Map::new();
    shown.insert("time".to_owned(), row.time.as_millisecond().into());
    for (side, fields) in [("in", &row.inputs), ("out", &row.outputs)] {
        shown.extend(fields.iter().map(|(field, value)| (format!("{side}.{field}"), last_digit::logged(value))));
    }
    let metadata = row.metadata.as_object().into_iter().flatten();
    shown.extend(metadata.map(|(name, value)| (format!("metadata.{name}"), value.clone())));
    Value::Object(shown)
}

/// A row of a history. Its metadata is spaced like Python's JSON, which wrote the platform's own.
fn history_row(history: &History, row: &HistoryRow) -> Value {
    let mut shown = Map::new();
    shown.insert("time".to_owned(), row.time.as_millisecond().into());
    for (column, number) in history.rows().columns.iter().zip(&row.numbers) {
        let side = match column.side {
            Side::Input => "in",
            Side::Output => "out",
        };
        let field = shown.entry(format!("{side}.{}", column.field)).or_insert_with(|| json!([]));
        if let Value::Array(numbers) = field {
            numbers.push(json!(number));
        }
    }
    let last_model =
        format!(r#"{{"model_name": {}, "model_sha": {}}}"#, json!(history.model_name), json!(history.model_sha));
    shown.insert("metadata.last_model".to_owned(), last_model.into());
    if let Some(elapsed) = row.elapsed_ns {
        shown.insert("metadata.profile".to_owned(), format!(r#"{{"elapsed_ns": {elapsed}}}"#).into());
    }
    Value::Object(shown)
}
