//! What an inference runs, and the log of those that were made.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Phase, Platform};
use crate::simulator::inference::OnnxModel;

/// A model as a pipeline's definition names it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct NamedModel {
    pub(super) name: String,
    pub(super) version: String,
}

/// Whether a deployment answers inferences.
pub(in crate::simulator) enum Readiness {
    /// There is no such deployment, or it is out of service.
    NotDeployed,
    /// It is not running yet, or cannot.
    NotRunning,
    /// It runs this.
    Ready(InferencePlan),
}

/// The models that a deployment runs, one after another.
pub(in crate::simulator) struct InferencePlan {
    pub(in crate::simulator) pipeline_id: i64,
    pub(in crate::simulator) models: Vec<PlannedModel>,
    /// The first step that the simulator does not know.
    pub(in crate::simulator) unknown_step: Option<String>,
}

/// One model of a plan.
pub(in crate::simulator) struct PlannedModel {
    pub(in crate::simulator) name: String,
    pub(in crate::simulator) sha: String,
    pub(in crate::simulator) engine: Arc<OnnxModel>,
}

/// One row that was answered.
#[derive(Debug, Clone)]
pub(in crate::simulator) struct LoggedInference {
    pub(in crate::simulator) time: Timestamp,
    pub(in crate::simulator) pipeline_id: i64,
    pub(in crate::simulator) model_name: String,
    pub(in crate::simulator) inputs: Map<String, Value>,
    pub(in crate::simulator) outputs: Map<String, Value>,
    /// The `metadata` of the answer.
    pub(in crate::simulator) metadata: Value,
}

impl Platform {
    /// What the deployment with this full name runs for a pipeline.
    pub(in crate::simulator) fn inference_plan(
        &self,
        full_name: &str,
        pipeline_name: &str,
        now: Timestamp,
    ) -> Readiness {
        let in_service = self.deployment_named(full_name, now).filter(|deployment| deployment.undeployed_at.is_none());
        let Some(deployment) = in_service else {
            return Readiness::NotDeployed;
        };
        let found = self.pipeline(deployment.pipeline_id).zip(self.pipeline_version(deployment.pipeline_version_id));
        let Some((pipeline, version)) = found.filter(|(pipeline, _)| pipeline.name == pipeline_name) else {
            return Readiness::NotDeployed;
        };
        if self.phase(deployment, now) != Phase::Running {
            return Readiness::NotRunning;
        }
        let models = first_models(&version.definition)
            .filter_map(|model| {
                let stored = self.version_named(pipeline.workspace_id, &model.name, &model.version)?;
                Some(PlannedModel { name: model.name, sha: stored.row.sha.clone(), engine: Arc::clone(&stored.engine) })
            })
            .collect();
        Readiness::Ready(InferencePlan {
            pipeline_id: pipeline.id,
            models,
            unknown_step: unknown_step(&version.definition),
        })
    }

    /// Nanoseconds that reading and running are said to have taken. The simulator does not measure.
    pub(in crate::simulator) fn pretended_elapsed(&mut self) -> [u64; 2] {
        [100_000 + self.random.below(100_000), 200_000 + self.random.below(200_000)]
    }
}

fn steps(definition: &Value) -> &[Value] {
    definition["steps"].as_array().map_or(&[], Vec::as_slice)
}

/// The models of a definition's inference steps, in order.
pub(super) fn named_models(definition: &Value) -> Vec<NamedModel> {
    steps(definition)
        .iter()
        .filter_map(|step| step["ModelInference"]["models"].as_array())
        .flatten()
        .filter_map(|model| NamedModel::deserialize(model).ok())
        .collect()
}

/// The model that each inference step runs: its first.
fn first_models(definition: &Value) -> impl Iterator<Item = NamedModel> {
    steps(definition).iter().filter_map(|step| NamedModel::deserialize(&step["ModelInference"]["models"][0]).ok())
}

fn unknown_step(definition: &Value) -> Option<String> {
    steps(definition)
        .iter()
        .filter_map(Value::as_object)
        .flat_map(Map::keys)
        .find(|kind| *kind != "ModelInference")
        .cloned()
}
