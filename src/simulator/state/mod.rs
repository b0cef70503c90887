//! The platform's state: one struct, and its transitions in files by subject.
//!
//! Transitions are given the time and never wait. They know nothing of HTTP but the refusals they return.

mod assay_runs;
mod assays;
mod deployments;
mod inferences;
mod logged;
mod models;
mod pipelines;
mod sessions;
mod users;
mod workspaces;

use std::sync::Arc;
use std::time::Duration;

use super::inference::OnnxModel;
use super::options::{Options, Settling};
use super::random::Random;
use super::world::{History, ModelVersion, NextIds, Pipeline, PipelineVersion, User, Workspace, World};

pub(super) use assays::{AssayResult, StoredAssay};
pub(super) use deployments::{DeployRequest, Deployment, Phase};
pub(super) use inferences::{InferencePlan, LoggedInference, Readiness};
pub(super) use logged::LogQuery;
pub(super) use models::{ConversionStatus, Upload};
pub(super) use pipelines::PipelineDraft;
pub(super) use sessions::Session;

/// Everything the platform remembers.
pub(super) struct Platform {
    pub(super) users: Vec<User>,
    pub(super) sessions: Vec<Session>,
    pub(super) workspaces: Vec<Workspace>,
    pub(super) models: Vec<super::world::Model>,
    pub(super) model_versions: Vec<StoredVersion>,
    pub(super) pipelines: Vec<Pipeline>,
    pub(super) pipeline_versions: Vec<PipelineVersion>,
    pub(super) deployments: Vec<Deployment>,
    pub(super) inferences: Vec<LoggedInference>,
    histories: Vec<History>,
    assays: Vec<StoredAssay>,
    assay_results: Vec<AssayResult>,
    service_account: String,
    sequences: Sequences,
    settling: Settlings,
    random: Random,
}

/// A model version and the engine that runs its file.
pub(super) struct StoredVersion {
    pub(super) row: ModelVersion,
    pub(super) engine: Arc<OnnxModel>,
}

/// How long states take to change.
#[derive(Debug, Clone, Copy)]
struct Settlings {
    deploy: Settling,
    undeploy: Duration,
    conversion: Duration,
    assay_run: Duration,
}

impl Platform {
    /// The state that a world describes.
    pub(super) fn new(world: World, options: &Options) -> Self {
        let model_versions = world.model_versions.into_iter().map(StoredVersion::new).collect();
        Self {
            users: world.users,
            sessions: Vec::new(),
            workspaces: world.workspaces,
            models: world.models,
            model_versions,
            pipelines: world.pipelines,
            pipeline_versions: world.pipeline_versions,
            deployments: Vec::new(),
            inferences: Vec::new(),
            histories: world.histories,
            assays: world.assays.into_iter().map(StoredAssay::from).collect(),
            assay_results: Vec::new(),
            service_account: world.service_account,
            sequences: Sequences::starting_at(world.next_ids),
            settling: Settlings {
                deploy: options.deploy,
                undeploy: options.undeploy,
                conversion: options.conversion,
                assay_run: options.assay_run,
            },
            random: Random::seeded(options.seed),
        }
    }

    /// A new random UUID.
    pub(super) fn new_uuid(&mut self) -> String {
        self.random.uuid()
    }

    /// The UUID of the confidential client's service account.
    pub(super) fn service_account(&self) -> &str {
        &self.service_account
    }
}

impl StoredVersion {
    fn new(row: ModelVersion) -> Self {
        let engine = Arc::new(OnnxModel::new(row.content.clone(), row.size));
        Self { row, engine }
    }
}

/// One counter per table. As in a database, a value is used up also by an insert that meets a conflict.
struct Sequences {
    workspace: Sequence,
    model: Sequence,
    model_version: Sequence,
    pipeline: Sequence,
    pipeline_version: Sequence,
    deployment: Sequence,
    assay: Sequence,
    assay_result: Sequence,
}

impl Sequences {
    fn starting_at(next: NextIds) -> Self {
        Self {
            workspace: Sequence(next.workspace),
            model: Sequence(next.model),
            model_version: Sequence(next.model_version),
            pipeline: Sequence(next.pipeline),
            pipeline_version: Sequence(next.pipeline_version),
            deployment: Sequence(next.deployment),
            assay: Sequence(next.assay),
            assay_result: Sequence(1),
        }
    }
}

/// The next value of a table's primary key.
struct Sequence(i64);

impl Sequence {
    fn take(&mut self) -> i64 {
        let value = self.0;
        self.0 = self.0.saturating_add(1);
        value
    }
}
