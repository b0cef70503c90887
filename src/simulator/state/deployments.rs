//! Deployments: one per pipeline, and what state each is in at a time.

use jiff::Timestamp;
use serde_json::Value;

use super::Platform;
use crate::simulator::error::PlatformError;
use crate::simulator::options::Settling;
use crate::simulator::world::PipelineVersion;

/// A deployment as asked for.
#[derive(Debug, Clone, Default)]
pub(in crate::simulator) struct DeployRequest {
    pub(in crate::simulator) name: String,
    pub(in crate::simulator) pipeline_id: Option<i64>,
    pub(in crate::simulator) pipeline_version_id: Option<i64>,
    pub(in crate::simulator) pipeline_version: Option<String>,
    pub(in crate::simulator) engine_config: Option<Value>,
}

/// A pipeline version that runs, ran, or is about to.
#[derive(Debug, Clone)]
pub(in crate::simulator) struct Deployment {
    pub(in crate::simulator) id: i64,
    /// The `deploy_id`, which is the pipeline's name.
    pub(in crate::simulator) name: String,
    pub(in crate::simulator) pipeline_id: i64,
    pub(in crate::simulator) pipeline_version_id: i64,
    pub(in crate::simulator) engine_config: Option<Value>,
    pub(in crate::simulator) requested_at: Timestamp,
    pub(in crate::simulator) undeployed_at: Option<Timestamp>,
    pub(in crate::simulator) engine_name: String,
    pub(in crate::simulator) load_balancer_name: String,
    /// The last two numbers of the engine's address.
    pub(in crate::simulator) engine_host: (u64, u64),
    settling: Settling,
}

impl Deployment {
    /// The name that status calls and inference URLs use.
    pub(in crate::simulator) fn full_name(&self) -> String {
        format!("{}-{}", self.name, self.id)
    }
}

/// The state of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulator) enum Phase {
    /// No pods yet.
    Scheduling,
    /// Pods that are not ready.
    Starting,
    Running,
    /// It cannot run.
    Error,
    /// It was undeployed and is no more.
    Gone,
}

impl Platform {
    /// Deploys a pipeline version, in place of what the pipeline had deployed, and returns the deployment's id.
    pub(in crate::simulator) fn deploy(
        &mut self,
        request: DeployRequest,
        now: Timestamp,
    ) -> Result<i64, PlatformError> {
        let version = self.version_to_deploy(&request)?;
        let (pipeline_id, pipeline_version_id) = (version.pipeline_id, version.id);
        let fresh_id = self.sequences.deployment.take();
        let settling = self.settling.deploy;
        let known = self.deployments.iter_mut().find(|deployment| deployment.pipeline_id == pipeline_id);
        if let Some(deployment) = known {
            let unchanged = deployment.undeployed_at.is_none()
                && deployment.pipeline_version_id == pipeline_version_id
                && deployment.engine_config == request.engine_config;
            if !unchanged {
                deployment.requested_at = now;
                deployment.settling = settling;
            }
            deployment.name = request.name;
            deployment.pipeline_version_id = pipeline_version_id;
            deployment.engine_config = request.engine_config;
            deployment.undeployed_at = None;
            return Ok(deployment.id);
        }
        let engine_name = format!("engine-{}-{}", self.random.pod_suffix(10), self.random.pod_suffix(5));
        let load_balancer_name = format!("engine-lb-{}-{}", self.random.pod_suffix(10), self.random.pod_suffix(5));
        let engine_host = (self.random.below(5), 2 + self.random.below(250));
        self.deployments.push(Deployment {
            id: fresh_id,
            name: request.name,
            pipeline_id,
            pipeline_version_id,
            engine_config: request.engine_config,
            requested_at: now,
            undeployed_at: None,
            engine_name,
            load_balancer_name,
            engine_host,
            settling,
        });
        Ok(fresh_id)
    }

    fn version_to_deploy(&self, request: &DeployRequest) -> Result<&PipelineVersion, PlatformError> {
        let version = match (request.pipeline_version_id, &request.pipeline_version, request.pipeline_id) {
            (Some(id), _, _) => self.pipeline_version(id),
            (None, Some(version), _) => self.pipeline_versions.iter().find(|row| row.version == *version),
            (None, None, Some(pipeline_id)) => self.latest_pipeline_version(pipeline_id),
            (None, None, None) => {
                return Err(PlatformError::bad_request("missing field `pipeline_version_pk_id`"));
            }
        };
        version
            .filter(|row| request.pipeline_id.is_none_or(|id| id == row.pipeline_id))
            .ok_or_else(|| PlatformError::dangling_reference("deployment", "deployment_pipeline_version_id_fkey"))
    }

    /// Takes a pipeline out of service; doing it again changes nothing.
    pub(in crate::simulator) fn undeploy(
        &mut self,
        pipeline_id: Option<i64>,
        deployment_id: Option<i64>,
        now: Timestamp,
    ) -> Result<(), PlatformError> {
        if pipeline_id.is_none() && deployment_id.is_none() {
            return Err(PlatformError::bad_request("one of `pipeline_id` and `deployment_id` is needed"));
        }
        if pipeline_id.is_some_and(|id| self.pipeline(id).is_none()) {
            return Err(PlatformError::pipeline_not_found());
        }
        let deployment = self.deployments.iter_mut().find(|deployment| {
            pipeline_id.is_none_or(|id| deployment.pipeline_id == id)
                && deployment_id.is_none_or(|id| deployment.id == id)
        });
        match deployment {
            Some(deployment) => {
                deployment.undeployed_at.get_or_insert(now);
                Ok(())
            }
            None if deployment_id.is_none() => Ok(()),
            None => Err(PlatformError::deployment_not_found()),
        }
    }

    /// The deployment that a status call or an inference URL names, unless it is gone.
    pub(in crate::simulator) fn deployment_named(&self, full_name: &str, now: Timestamp) -> Option<&Deployment> {
        self.deployments
            .iter()
            .find(|deployment| deployment.full_name() == full_name)
            .filter(|deployment| self.phase(deployment, now) != Phase::Gone)
    }

    /// The deployment in service of the pipeline with a name in a workspace.
    pub(in crate::simulator) fn deployment_of(&self, workspace_id: i64, pipeline_name: &str) -> Option<&Deployment> {
        let pipeline = self
            .pipelines
            .iter()
            .find(|pipeline| pipeline.workspace_id == workspace_id && pipeline.name == pipeline_name)?;
        self.deployments
            .iter()
            .find(|deployment| deployment.pipeline_id == pipeline.id && deployment.undeployed_at.is_none())
    }

    /// The state of a deployment at a time.
    pub(in crate::simulator) fn phase(&self, deployment: &Deployment, now: Timestamp) -> Phase {
        let seen_at = match deployment.undeployed_at {
            Some(at) if now >= at + self.settling.undeploy => return Phase::Gone,
            Some(at) => at,
            None => now,
        };
        let passed = seen_at.duration_since(deployment.requested_at).unsigned_abs();
        let (settles_in, settled) = match deployment.settling {
            Settling::After(time) if self.missing_model(deployment).is_some() => (Some(time), Phase::Error),
            Settling::After(time) => (Some(time), Phase::Running),
            Settling::Error(time) => (Some(time), Phase::Error),
            Settling::Never => (None, Phase::Starting),
        };
        match settles_in {
            Some(time) if passed >= time => settled,
            Some(time) if passed * 3 < time => Phase::Scheduling,
            _ => Phase::Starting,
        }
    }

    /// Why a deployment cannot run, when its definition names a model that does not exist.
    pub(in crate::simulator) fn missing_model(&self, deployment: &Deployment) -> Option<String> {
        let workspace_id = self.pipeline(deployment.pipeline_id)?.workspace_id;
        let version = self.pipeline_version(deployment.pipeline_version_id)?;
        super::inferences::named_models(&version.definition)
            .into_iter()
            .find(|model| self.version_named(workspace_id, &model.name, &model.version).is_none())
            .map(|model| format!("model `{}` version `{}` does not exist", model.name, model.version))
    }
}
