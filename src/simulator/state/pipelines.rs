//! Pipelines and their versions: creating and copying, both as upserts.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Platform;
use crate::simulator::error::PlatformError;
use crate::simulator::world::{Pipeline, PipelineVersion};

/// A pipeline as asked for.
#[derive(Debug, Clone)]
pub(in crate::simulator) struct PipelineDraft {
    pub(in crate::simulator) name: String,
    pub(in crate::simulator) workspace_id: i64,
    pub(in crate::simulator) definition: Option<Value>,
    pub(in crate::simulator) created_by: String,
}

/// The ids of a pipeline version that was made.
#[derive(Debug, Clone)]
pub(in crate::simulator) struct CreatedVersion {
    pub(in crate::simulator) pipeline_id: i64,
    pub(in crate::simulator) version_id: i64,
    pub(in crate::simulator) version: String,
}

impl Platform {
    /// Makes a version of a pipeline, and the pipeline itself unless its workspace has it.
    pub(in crate::simulator) fn create_pipeline(
        &mut self,
        draft: PipelineDraft,
        now: Timestamp,
    ) -> Result<CreatedVersion, PlatformError> {
        let fresh_id = self.sequences.pipeline.take();
        if self.workspace(draft.workspace_id).is_none() {
            return Err(PlatformError::dangling_reference("pipeline", "pipeline_workspace_id_fkey"));
        }
        let known = self
            .pipelines
            .iter_mut()
            .find(|pipeline| pipeline.workspace_id == draft.workspace_id && pipeline.name == draft.name);
        let pipeline_id = match known {
            Some(pipeline) => {
                pipeline.updated_at = now;
                pipeline.id
            }
            None => {
                self.pipelines.push(Pipeline {
                    id: fresh_id,
                    name: draft.name,
                    workspace_id: draft.workspace_id,
                    created_at: now,
                    updated_at: now,
                });
                fresh_id
            }
        };
        let version_id = self.sequences.pipeline_version.take();
        let version = self.random.uuid();
        self.pipeline_versions.push(PipelineVersion {
            id: version_id,
            pipeline_id,
            version: version.clone(),
            definition: draft.definition.unwrap_or_else(|| json!({})),
            created_at: now,
            created_by: draft.created_by,
        });
        Ok(CreatedVersion { pipeline_id, version_id, version })
    }

    /// Makes a pipeline with the definition of another's latest version, or of the one named.
    pub(in crate::simulator) fn copy_pipeline(
        &mut self,
        source_id: i64,
        source_version: Option<&str>,
        draft: PipelineDraft,
        now: Timestamp,
    ) -> Result<CreatedVersion, PlatformError> {
        let source = match source_version {
            Some(version) => {
                self.pipeline_versions.iter().find(|row| row.pipeline_id == source_id && row.version == version)
            }
            None => self.latest_pipeline_version(source_id),
        };
        let definition = source.ok_or_else(PlatformError::pipeline_not_found)?.definition.clone();
        self.create_pipeline(PipelineDraft { definition: Some(definition), ..draft }, now)
    }

    /// The pipeline with this primary key.
    pub(in crate::simulator) fn pipeline(&self, id: i64) -> Option<&Pipeline> {
        self.pipelines.iter().find(|pipeline| pipeline.id == id)
    }

    /// The pipeline version with this primary key.
    pub(in crate::simulator) fn pipeline_version(&self, id: i64) -> Option<&PipelineVersion> {
        self.pipeline_versions.iter().find(|version| version.id == id)
    }

    /// The version made last.
    pub(in crate::simulator) fn latest_pipeline_version(&self, pipeline_id: i64) -> Option<&PipelineVersion> {
        self.pipeline_versions.iter().rfind(|version| version.pipeline_id == pipeline_id)
    }
}
