//! The inference call of a deployed pipeline.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use jiff::Timestamp;
use serde_json::json;

use super::inference_form::Form;
use crate::simulator::error::PlatformError;
use crate::simulator::inference::{AnsweredRow, Dataset, InferenceError, Row};
use crate::simulator::shared::Shared;
use crate::simulator::state::{InferencePlan, LoggedInference, Readiness};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/pipelines/infer/{deployment}/{pipeline}", post(infer))
}

async fn infer(
    State(shared): State<Arc<Shared>>,
    Path((deployment, pipeline)): Path<(String, String)>,
    request: Request,
) -> Result<Response, PlatformError> {
    let dataset = Dataset::from_query(request.uri().query().unwrap_or_default());
    let form = Form::of(request.headers())?;
    let sent = form.read(request).await;
    let now = shared.clock.now();
    let readiness = shared.platform().inference_plan(&deployment, &pipeline, now);
    let plan = match readiness {
        Readiness::NotDeployed => return Ok(StatusCode::NOT_FOUND.into_response()),
        Readiness::NotRunning => return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        Readiness::Ready(plan) => plan,
    };
    let answered = sent.and_then(|inputs| answer(&shared, &plan, inputs, now));
    let answered = answered.and_then(|rows| form.answer(&rows, dataset));
    Ok(answered.unwrap_or_else(InferenceError::into_response))
}

fn answer(
    shared: &Shared,
    plan: &InferencePlan,
    inputs: Vec<Row>,
    now: Timestamp,
) -> Result<Vec<AnsweredRow>, InferenceError> {
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
