//! The form of a world file, as serde reads it. What it refers to is checked in `read`.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// A whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorldFile {
    /// The version of the form: 1.
    pub(super) world: u32,
    /// The username of the user whose credentials are handed out.
    pub(super) main_user: String,
    pub(super) client: ClientEntry,
    pub(super) service_account: String,
    pub(super) users: Vec<UserEntry>,
    #[serde(default)]
    pub(super) workspaces: Vec<WorkspaceEntry>,
    #[serde(default)]
    pub(super) models: Vec<ModelEntry>,
    #[serde(default)]
    pub(super) pipelines: Vec<PipelineEntry>,
    #[serde(default)]
    pub(super) assays: Vec<AssayEntry>,
    #[serde(default)]
    pub(super) histories: Vec<HistoryEntry>,
    #[serde(default)]
    pub(super) next_ids: NextIdsEntry,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientEntry {
    pub(super) id: String,
    pub(super) secret: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserEntry {
    pub(super) id: String,
    pub(super) username: String,
    pub(super) password: String,
    pub(super) email: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    #[serde(default)]
    pub(super) email_verified: bool,
    #[serde(default = "yes")]
    pub(super) enabled: bool,
    #[serde(default)]
    pub(super) administrator: bool,
    pub(super) created_at: Timestamp,
    #[serde(default)]
    pub(super) required_actions: Vec<String>,
    #[serde(default)]
    pub(super) federated_identities: Vec<IdentityEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IdentityEntry {
    pub(super) identity_provider: String,
    pub(super) user_id: String,
    pub(super) user_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkspaceEntry {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) created_at: Timestamp,
    /// A username.
    pub(super) owner: String,
    /// Usernames.
    #[serde(default)]
    pub(super) collaborators: Vec<String>,
    #[serde(default)]
    pub(super) archived: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelEntry {
    pub(super) id: i64,
    pub(super) name: String,
    /// A workspace's id.
    pub(super) workspace: i64,
    pub(super) versions: Vec<ModelVersionEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelVersionEntry {
    pub(super) id: i64,
    pub(super) version: String,
    pub(super) uploaded_at: Timestamp,
    /// Relative to the world file. A version without one cannot be run.
    pub(super) file: Option<PathBuf>,
    /// Needed where there is no file to compute it from.
    pub(super) sha: Option<String>,
    /// The name it was uploaded under.
    pub(super) file_name: Option<String>,
    #[serde(default = "private")]
    pub(super) visibility: String,
    #[serde(default = "onnx")]
    pub(super) framework: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PipelineEntry {
    pub(super) id: i64,
    pub(super) name: String,
    /// A workspace's id.
    pub(super) workspace: i64,
    pub(super) versions: Vec<PipelineVersionEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PipelineVersionEntry {
    pub(super) id: i64,
    pub(super) version: String,
    pub(super) created_at: Timestamp,
    /// Ids of the model versions that run one after another.
    #[serde(default)]
    pub(super) models: Vec<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AssayEntry {
    pub(super) id: i64,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Option<Timestamp>,
    /// What `assays/create` was sent.
    pub(super) definition: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HistoryEntry {
    /// A pipeline's id.
    pub(super) pipeline: i64,
    pub(super) model: String,
    pub(super) model_sha: String,
    /// A CSV file, relative to the world file.
    pub(super) file: PathBuf,
}

/// Ids that are not told follow the greatest one in use.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NextIdsEntry {
    pub(super) workspace: Option<i64>,
    pub(super) model: Option<i64>,
    pub(super) model_version: Option<i64>,
    pub(super) pipeline: Option<i64>,
    pub(super) pipeline_version: Option<i64>,
    pub(super) deployment: Option<i64>,
    pub(super) assay: Option<i64>,
}

fn yes() -> bool {
    true
}

fn private() -> String {
    "private".to_owned()
}

fn onnx() -> String {
    "onnx".to_owned()
}
