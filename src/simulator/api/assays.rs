//! `assays/…`: define, switch, run at once, read the log and the results of scheduled runs.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::json_body::Asked;
use crate::simulator::assay::{Analysis, AssayConfig};
use crate::simulator::clock::{analysis_time, database_time};
use crate::simulator::error::PlatformError;
use crate::simulator::shared::Shared;
use crate::simulator::state::{AssayResult, LogQuery, StoredAssay};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/assays/create", post(create))
        .route("/assays/list", post(list))
        .route("/assays/set_active", post(set_active))
        .route("/assays/run_interactive_baseline", post(run_interactive_baseline))
        .route("/assays/run_interactive", post(run_interactive))
        .route("/assays/get_baseline", post(get_baseline))
        .route("/assays/get_results", post(get_results))
        .route("/assays/get_assay_results", post(get_assay_results))
}

async fn create(State(shared): State<Arc<Shared>>, Asked(sent): Asked<Value>) -> Result<Json<Value>, PlatformError> {
    let now = shared.clock.now();
    let id = shared.platform().create_assay(definition(&sent)?, now)?;
    Ok(Json(json!({ "assay_id": id })))
}

fn definition(sent: &Value) -> Result<AssayConfig, PlatformError> {
    AssayConfig::read(sent).map_err(|error| PlatformError::bad_request(&error.to_string()))
}

#[derive(Debug, Deserialize)]
struct List {
    pipeline_id: Option<i64>,
}

async fn list(State(shared): State<Arc<Shared>>, Asked(asked): Asked<List>) -> Json<Value> {
    let now = shared.clock.now();
    let mut platform = shared.platform();
    platform.run_due_assays(now);
    let assays = platform.assays_newest_first();
    let wanted = assays
        .iter()
        .filter(|assay| asked.pipeline_id.is_none_or(|pipeline_id| pipeline_id == assay.config.pipeline_id));
    Json(wanted.map(|assay| list_item(assay)).collect())
}

fn list_item(assay: &StoredAssay) -> Value {
    let config = &assay.config;
    json!({
        "id": assay.id,
        "name": config.name,
        "active": assay.active,
        "status": assay.status,
        "warning_threshold": config.warning_threshold,
        "alert_threshold": config.alert_threshold,
        "pipeline_id": config.pipeline_id,
        "pipeline_name": config.pipeline_name,
        "last_run": assay.last_run.map(database_time),
        "next_run": assay.next_run.map(database_time),
        "run_until": config.run_until.map(database_time),
        "updated_at": database_time(assay.updated_at),
        "baseline": config.baseline.sent,
        "window": config.window.sent,
        "summarizer": config.summarizer,
    })
}

#[derive(Debug, Deserialize)]
struct SetActive {
    id: i64,
    active: bool,
}

async fn set_active(
    State(shared): State<Arc<Shared>>,
    Asked(asked): Asked<SetActive>,
) -> Result<Json<Value>, PlatformError> {
    let now = shared.clock.now();
    let mut platform = shared.platform();
    platform.run_due_assays(now);
    platform.set_assay_active(asked.id, asked.active, now)?;
    Ok(Json(json!({ "id": asked.id, "active": asked.active })))
}

async fn run_interactive_baseline(
    State(shared): State<Arc<Shared>>,
    Asked(sent): Asked<Value>,
) -> Result<Json<Value>, PlatformError> {
    let now = shared.clock.now();
    let config = definition(&sent)?;
    let analysis = shared.platform().analyze_baseline(&config)?;
    Ok(Json(interactive(&analysis, &config, now)))
}

async fn run_interactive(
    State(shared): State<Arc<Shared>>,
    Asked(sent): Asked<Value>,
) -> Result<Json<Value>, PlatformError> {
    let now = shared.clock.now();
    let config = definition(&sent)?;
    let analyses = shared.platform().analyze_windows(&config, now)?;
    Ok(Json(analyses.iter().map(|analysis| interactive(analysis, &config, now)).collect()))
}

/// An analysis that is not stored. The simulator's clock stands still while it computes, so it took no time.
fn interactive(analysis: &Analysis, config: &AssayConfig, now: Timestamp) -> Value {
    let ids = Ids { id: None, assay_id: config.id, pipeline_id: None };
    shown(analysis, config, ids, now)
}

fn stored(assay: &StoredAssay, result: &AssayResult) -> Value {
    let ids = Ids { id: Some(result.id), assay_id: Some(result.assay_id), pipeline_id: Some(assay.config.pipeline_id) };
    shown(&result.analysis, &assay.config, ids, result.analyzed_at)
}

/// What tells a stored analysis from one that was only asked for.
struct Ids {
    id: Option<i64>,
    assay_id: Option<i64>,
    pipeline_id: Option<i64>,
}

fn shown(analysis: &Analysis, config: &AssayConfig, ids: Ids, at: Timestamp) -> Value {
    let mut shown = Map::new();
    let window_start = analysis.span.map(|span| analysis_time(span.start));
    for (name, value) in [
        ("id", json!(ids.id)),
        ("assay_id", json!(ids.assay_id)),
        ("window_start", json!(window_start)),
        ("analyzed_at", json!(analysis_time(at))),
        ("elapsed_millis", json!(0)),
        ("iopath", json!(config.iopath().as_str())),
        ("pipeline_id", json!(ids.pipeline_id)),
    ] {
        shown.insert(name.to_owned(), value);
    }
    if let Value::Object(figures) = analysis.to_json(config) {
        shown.extend(figures);
    }
    shown.insert("created_at".to_owned(), json!(ids.id.map(|_| database_time(at))));
    Value::Object(shown)
}

#[derive(Debug, Deserialize)]
struct GetBaseline {
    pipeline_name: String,
    workspace_id: Option<i64>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    model_name: Option<String>,
    limit: Option<usize>,
}

/// Not an assay's baseline, whatever the call's name says: the log of a pipeline.
async fn get_baseline(
    State(shared): State<Arc<Shared>>,
    Asked(asked): Asked<GetBaseline>,
) -> Result<Json<Value>, PlatformError> {
    let query = LogQuery {
        pipeline_name: asked.pipeline_name,
        workspace_id: asked.workspace_id,
        model_name: asked.model_name,
        start: asked.start,
        end: asked.end,
        limit: asked.limit,
    };
    let rows = shared.platform().log_rows(&query)?;
    Ok(Json(rows.into()))
}

#[derive(Debug, Deserialize)]
struct GetResults {
    assay_id: i64,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    limit: Option<usize>,
}

/// The tutorial's call, which no published description of the API has: like `get_assay_results`, dates optional.
async fn get_results(State(shared): State<Arc<Shared>>, Asked(asked): Asked<GetResults>) -> Json<Value> {
    results(&shared, &asked)
}

#[derive(Debug, Deserialize)]
struct GetAssayResults {
    assay_id: i64,
    start: Timestamp,
    end: Timestamp,
}

async fn get_assay_results(State(shared): State<Arc<Shared>>, Asked(asked): Asked<GetAssayResults>) -> Json<Value> {
    let asked = GetResults { assay_id: asked.assay_id, start: Some(asked.start), end: Some(asked.end), limit: None };
    results(&shared, &asked)
}

fn results(shared: &Shared, asked: &GetResults) -> Json<Value> {
    let now = shared.clock.now();
    let mut platform = shared.platform();
    platform.run_due_assays(now);
    let results = platform.assay_results(asked.assay_id, asked.start, asked.end);
    let limit = asked.limit.unwrap_or(usize::MAX);
    Json(results.into_iter().take(limit).map(|(assay, result)| stored(assay, result)).collect())
}
