//! Models and their versions: uploads, look-ups, conversion over time.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use super::{Platform, StoredVersion};
use crate::simulator::error::PlatformError;
use crate::simulator::world::{Model, ModelVersion};

/// The frameworks that need no conversion.
const NATIVE_FRAMEWORKS: [&str; 3] = ["onnx", "tensorflow", "python"];

/// A file that arrived, and what was said about it.
#[derive(Debug, Clone)]
pub(in crate::simulator) struct Upload {
    pub(in crate::simulator) name: String,
    pub(in crate::simulator) workspace_id: i64,
    pub(in crate::simulator) visibility: String,
    pub(in crate::simulator) conversion: Value,
    pub(in crate::simulator) file_name: String,
    pub(in crate::simulator) sha: String,
    pub(in crate::simulator) size: u64,
    pub(in crate::simulator) content: Option<Bytes>,
}

/// How far the conversion of a version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulator) enum ConversionStatus {
    Pending,
    Converting,
    Ready,
}

impl ConversionStatus {
    /// The status of a version at a time.
    pub(in crate::simulator) fn of(version: &ModelVersion, now: Timestamp) -> Self {
        let whole = version.ready_at.duration_since(version.uploaded_at);
        let passed = now.duration_since(version.uploaded_at);
        if passed >= whole {
            Self::Ready
        } else if passed * 3 < whole {
            Self::Pending
        } else {
            Self::Converting
        }
    }

    /// The status on the wire.
    pub(in crate::simulator) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending_conversion",
            Self::Converting => "converting",
            Self::Ready => "ready",
        }
    }
}

impl Platform {
    /// Stores a file as a new version, of a new model or of the one with that name, and returns the version's id.
    pub(in crate::simulator) fn upload_model(&mut self, upload: Upload, now: Timestamp) -> Result<i64, PlatformError> {
        let fresh_model_id = self.sequences.model.take();
        if self.workspace(upload.workspace_id).is_none() {
            return Err(PlatformError::dangling_reference("models", "models_workspace_id_fkey"));
        }
        let known =
            self.models.iter_mut().find(|model| model.workspace_id == upload.workspace_id && model.name == upload.name);
        let model_id = match known {
            Some(model) => {
                model.updated_at = now;
                model.id
            }
            None => {
                self.models.push(Model {
                    id: fresh_model_id,
                    name: upload.name,
                    workspace_id: upload.workspace_id,
                    created_at: now,
                    updated_at: now,
                });
                fresh_model_id
            }
        };
        let conversion_time = match upload.conversion["framework"].as_str() {
            Some(framework) if !NATIVE_FRAMEWORKS.contains(&framework) => self.settling.conversion,
            _ => std::time::Duration::ZERO,
        };
        let id = self.sequences.model_version.take();
        let version = self.random.uuid();
        self.model_versions.push(StoredVersion::new(ModelVersion {
            id,
            model_id,
            version,
            sha: upload.sha,
            file_name: upload.file_name,
            size: upload.size,
            visibility: upload.visibility,
            conversion: upload.conversion,
            uploaded_at: now,
            ready_at: now + conversion_time,
            content: upload.content,
        }));
        Ok(id)
    }

    /// The model with this primary key.
    pub(in crate::simulator) fn model(&self, id: i64) -> Option<&Model> {
        self.models.iter().find(|model| model.id == id)
    }

    /// The models of a workspace, newest first.
    pub(in crate::simulator) fn models_in(&self, workspace_id: i64) -> Vec<&Model> {
        let mut models: Vec<&Model> = self.models.iter().filter(|model| model.workspace_id == workspace_id).collect();
        models.sort_by_key(|model| std::cmp::Reverse((model.created_at, model.id)));
        models
    }

    /// The versions of every model with the name **or** the primary key, ascending, in all workspaces.
    pub(in crate::simulator) fn versions_of(
        &self,
        name: Option<&str>,
        model_id: Option<i64>,
    ) -> Vec<(&Model, &ModelVersion)> {
        self.model_versions
            .iter()
            .map(|version| (self.model_of(&version.row), &version.row))
            .filter(|(model, _)| Some(model.name.as_str()) == name || Some(model.id) == model_id)
            .collect()
    }

    /// The version with this primary key, and its model.
    pub(in crate::simulator) fn model_version(&self, id: i64) -> Option<(&Model, &ModelVersion)> {
        self.model_versions
            .iter()
            .find(|version| version.row.id == id)
            .map(|version| (self.model_of(&version.row), &version.row))
    }

    /// The stored version that a pipeline step names, in the step's workspace before any other.
    pub(super) fn version_named(&self, workspace_id: i64, name: &str, version: &str) -> Option<&StoredVersion> {
        let mut matching: Vec<&StoredVersion> = self
            .model_versions
            .iter()
            .filter(|stored| stored.row.version == version && self.model_of(&stored.row).name == name)
            .collect();
        matching.sort_by_key(|stored| self.model_of(&stored.row).workspace_id != workspace_id);
        matching.first().copied()
    }

    fn model_of(&self, version: &ModelVersion) -> &Model {
        self.model(version.model_id).expect("every version belongs to a model of the same state")
    }
}
