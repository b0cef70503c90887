//! The state a simulator starts from, as a plain value.
//!
//! [`World::built_in`] is the one of the platform's tutorial, so that the tutorial's ids come out; [`World::read`]
//! reads another from a file. The rows are also those that the running state keeps.

mod assay;
mod built_in;
mod error;
mod file;
mod files;
mod history;
mod read;
mod values;

use std::path::Path;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

pub use assay::{Assay, DefinitionError};
pub use error::{WorldError, WorldErrorKind};
pub use history::{History, HistoryError};

pub(super) use history::HistoryRow;

use super::credentials::{ClientCredentials, Credentials, UserCredentials};

/// Everything a platform knows before the first call.
#[derive(Debug, Clone)]
pub struct World {
    /// The people.
    pub users: Vec<User>,
    /// The id of the user whose credentials are handed out.
    pub main_user: String,
    /// The confidential client.
    pub client: ClientCredentials,
    /// The UUID of the client's service account.
    pub service_account: String,
    /// The workspaces, ascending by id.
    pub workspaces: Vec<Workspace>,
    /// The models, ascending by id.
    pub models: Vec<Model>,
    /// The models' versions, ascending by id.
    pub model_versions: Vec<ModelVersion>,
    /// The pipelines, ascending by id.
    pub pipelines: Vec<Pipeline>,
    /// The pipelines' versions, ascending by id.
    pub pipeline_versions: Vec<PipelineVersion>,
    /// The assays, ascending by id.
    pub assays: Vec<Assay>,
    /// The inferences that pipelines answered before.
    pub histories: Vec<History>,
    /// The ids that the next rows get.
    pub next_ids: NextIds,
}

impl World {
    /// The world of the tutorial, with people of ours and a history of ours.
    pub fn built_in() -> Self {
        built_in::world()
    }

    /// Reads a world file; the files that it names lie relative to `base_dir`.
    ///
    /// ```
    /// use std::path::Path;
    ///
    /// use callsheet::simulator::World;
    ///
    /// let world = World::read(
    ///     "
    ///     world: 1
    ///     main_user: ada@example.com
    ///     client: { id: api-client, secret: simulated }
    ///     service_account: c2d8b1b6-54f3-4b0e-bb1c-6e7d0a9f3c03
    ///     users:
    ///       - id: 91c6f2f4-3d0d-4c5e-8a67-2b9a4c1d7e02
    ///         username: ada@example.com
    ///         password: simulated
    ///         created_at: 2023-05-17T20:34:31Z
    ///     ",
    ///     Path::new("src/simulator/world"),
    /// )?;
    /// assert_eq!(world.next_ids.workspace, 1);
    /// # Ok::<(), callsheet::simulator::WorldError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the text is not of the form of a world, names a file that cannot be read, or refers to something that
    /// it does not describe.
    pub fn read(text: &str, base_dir: &Path) -> Result<Self, WorldError> {
        read::read(text, &files::Files::Folder(base_dir))
    }

    /// The log-in that the world's starter hands out.
    ///
    /// # Panics
    ///
    /// When `main_user` names no user of the world.
    pub fn credentials(&self) -> Credentials {
        let user = self
            .users
            .iter()
            .find(|user| user.id == self.main_user)
            .expect("the main user is one of the world's users");
        Credentials {
            user: UserCredentials {
                name: user.username.clone(),
                password: user.password.clone(),
                id: user.id.clone(),
                email: user.email.clone(),
            },
            client: self.client.clone(),
        }
    }
}

/// The next value of every sequence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NextIds {
    /// Of workspaces.
    pub workspace: i64,
    /// Of models.
    pub model: i64,
    /// Of model versions.
    pub model_version: i64,
    /// Of pipelines.
    pub pipeline: i64,
    /// Of pipeline versions.
    pub pipeline_version: i64,
    /// Of deployments.
    pub deployment: i64,
    /// Of assays.
    pub assay: i64,
}

/// A person known to the identity server.
#[derive(Debug, Clone)]
pub struct User {
    /// A UUID.
    pub id: String,
    /// The log-in name, usually the email.
    pub username: String,
    /// The password.
    pub password: String,
    /// The administrator has none.
    pub email: Option<String>,
    /// The given name, if known.
    pub first_name: Option<String>,
    /// The family name, if known.
    pub last_name: Option<String>,
    /// Whether the email was confirmed.
    pub email_verified: bool,
    /// A deactivated user cannot log in.
    pub enabled: bool,
    /// Whether every workspace is visible.
    pub administrator: bool,
    /// When the user was made.
    pub created_at: Timestamp,
    /// What the user has to do at the next log-in.
    pub required_actions: Vec<String>,
    /// Identities at other providers.
    pub federated_identities: Vec<FederatedIdentity>,
}

/// A user's identity at another provider.
#[derive(Debug, Clone)]
pub struct FederatedIdentity {
    /// The provider's name.
    pub identity_provider: String,
    /// The id there.
    pub user_id: String,
    /// The name there.
    pub user_name: String,
}

/// A workspace and who works in it.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The primary key.
    pub id: i64,
    /// Unique among all workspaces.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// The maker's UUID.
    pub created_by: String,
    /// Whether it was put away.
    pub archived: bool,
    /// The people in it, in the order of joining.
    pub members: Vec<Member>,
}

/// A user in a workspace.
#[derive(Debug, Clone)]
pub struct Member {
    /// The user's UUID.
    pub user_id: String,
    /// The role.
    pub user_type: UserType,
}

/// The role of a user in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserType {
    /// Made it, or was made an owner.
    Owner,
    /// Was added.
    Collaborator,
}

impl UserType {
    /// The role's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "OWNER",
            Self::Collaborator => "COLLABORATOR",
        }
    }
}

/// A model: a name in a workspace, with versions.
#[derive(Debug, Clone)]
pub struct Model {
    /// The primary key (`models_pk_id`), counted apart from the versions.
    pub id: i64,
    /// The name, unique in the workspace.
    pub name: String,
    /// Its workspace.
    pub workspace_id: i64,
    /// When the first version was uploaded.
    pub created_at: Timestamp,
    /// When the latest version was uploaded.
    pub updated_at: Timestamp,
}

/// One upload of a model.
#[derive(Debug, Clone)]
pub struct ModelVersion {
    /// The primary key, the "model id" of most calls.
    pub id: i64,
    /// The model it belongs to.
    pub model_id: i64,
    /// A UUID.
    pub version: String,
    /// The SHA-256 of the file, in hexadecimal.
    pub sha: String,
    /// The name the file was uploaded under.
    pub file_name: String,
    /// The length of the file.
    pub size: u64,
    /// `public` or `private`.
    pub visibility: String,
    /// What the upload said about conversion.
    pub conversion: Value,
    /// When it was uploaded.
    pub uploaded_at: Timestamp,
    /// When its conversion ends.
    pub ready_at: Timestamp,
    /// The file, unless it was not kept; without it the model cannot be run.
    pub content: Option<Bytes>,
}

/// A pipeline: a name in a workspace, with versions.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// The primary key (`pipeline_pk_id`).
    pub id: i64,
    /// The name (`pipeline_id`), unique in the workspace.
    pub name: String,
    /// Its workspace.
    pub workspace_id: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its latest version was made.
    pub updated_at: Timestamp,
}

/// One definition of a pipeline, also called a variant.
#[derive(Debug, Clone)]
pub struct PipelineVersion {
    /// The primary key (`pipeline_variant_pk_id`).
    pub id: i64,
    /// The pipeline it belongs to.
    pub pipeline_id: i64,
    /// A UUID.
    pub version: String,
    /// The steps.
    pub definition: Value,
    /// When it was made.
    pub created_at: Timestamp,
    /// The maker's UUID.
    pub created_by: String,
}
