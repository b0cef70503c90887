//! The inference call of a deployed pipeline.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::json_body::read_json;
use crate::simulator::error::PlatformError;
use crate::simulator::inference::{AnsweredRow, Dataset, InferenceError, read_rows};
use crate::simulator::shared::Shared;
use crate::simulator::state::{InferencePlan, LoggedInference, Readiness};

/// The body kind that is not read yet.
const ARROW: &str = "application/vnd.apache.arrow.file";

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/pipelines/infer/{deployment}/{pipeline}", post(infer))
}

async fn infer(
    State(shared): State<Arc<Shared>>,
    Path((deployment, pipeline)): Path<(String, String)>,
    request: Request,
) -> Result<Response, PlatformError> {
    let dataset = Dataset::from_query(request.uri().query().unwrap_or_default());
    let arrow = request.headers().get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(ARROW.as_bytes()));
    if arrow {
        return Err(PlatformError::unsupported_content_type(ARROW));
    }
    let body = read_json(request).await;
    let now = shared.clock.now();
    let readiness = shared.platform().inference_plan(&deployment, &pipeline, now);
    let plan = match readiness {
        Readiness::NotDeployed => return Ok(StatusCode::NOT_FOUND.into_response()),
        Readiness::NotRunning => return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        Readiness::Ready(plan) => plan,
    };
    let answered = body
        .map_err(|_| InferenceError::BadInput("the body is not JSON".to_owned()))
        .and_then(|body| answer(&shared, &plan, body, now));
    Ok(match answered {
        Ok(rows) => {
            let rows: Vec<Value> = rows.iter().map(|row| dataset.shape(row)).collect();
            Json(rows).into_response()
        }
        Err(error) => error.into_response(),
    })
}

fn answer(
    shared: &Shared,
    plan: &InferencePlan,
    body: Value,
    now: Timestamp,
) -> Result<Vec<AnsweredRow>, InferenceError> {
    let inputs = read_rows(body)?;
    if let Some(step) = &plan.unknown_step {
        return Err(InferenceError::Failed(format!("the pipeline step `{step}` is not simulated")));
    }
    let last = plan.models.last().ok_or_else(|| InferenceError::Failed("the pipeline has no model".to_owned()))?;
    let mut outputs = inputs.clone();
    for model in &plan.models {
        outputs = model.engine.run(&outputs)?;
    }
    let last_model = json!({ "model_name": last.name, "model_sha": last.sha }).to_string();
    let mut platform = shared.platform();
    let elapsed = platform.pretended_elapsed();
    let metadata = json!({ "last_model": last_model, "pipeline_version": "", "elapsed": elapsed });
    let rows: Vec<AnsweredRow> = inputs
        .into_iter()
        .zip(outputs)
        .map(|(inputs, outputs)| AnsweredRow {
            time_ms: now.as_millisecond(),
            inputs,
            outputs,
            metadata: metadata.clone(),
        })
        .collect();
    platform.inferences.extend(rows.iter().map(|row| LoggedInference {
        time: now,
        pipeline_id: plan.pipeline_id,
        model_name: last.name.clone(),
        inputs: row.inputs.clone(),
        outputs: row.outputs.clone(),
        metadata: row.metadata.clone(),
    }));
    Ok(rows)
}
