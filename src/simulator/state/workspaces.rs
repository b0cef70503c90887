//! Workspaces and who works in them.

use jiff::Timestamp;

use super::Platform;
use crate::simulator::error::PlatformError;
use crate::simulator::world::{Member, UserType, Workspace};

impl Platform {
    /// Makes a workspace owned by the caller. Names are unique in the whole instance.
    pub(in crate::simulator) fn create_workspace(
        &mut self,
        name: &str,
        owner: &str,
        now: Timestamp,
    ) -> Result<i64, PlatformError> {
        let id = self.sequences.workspace.take();
        if self.workspaces.iter().any(|workspace| workspace.name == name) {
            return Err(PlatformError::already_exists("create workspace", "workspace_name_key"));
        }
        self.workspaces.push(Workspace {
            id,
            name: name.to_owned(),
            created_at: now,
            created_by: owner.to_owned(),
            archived: false,
            members: vec![Member { user_id: owner.to_owned(), user_type: UserType::Owner }],
        });
        Ok(id)
    }

    /// Gives a person the workspace that everyone with an email owns, unless it is there.
    pub(in crate::simulator) fn ensure_default_workspace(&mut self, user_id: &str, now: Timestamp) {
        let Some(email) = self.user(user_id).and_then(|user| user.email.clone()) else {
            return;
        };
        let name = format!("{email} - Default Workspace");
        if self.workspaces.iter().all(|workspace| workspace.name != name) {
            self.create_workspace(&name, user_id, now).expect("a name that no workspace has is free");
        }
    }

    /// The workspaces of a user, or those that a caller may see: its own, or all for administration.
    pub(in crate::simulator) fn workspaces_of(&self, user_id: &str) -> Vec<&Workspace> {
        let sees_all = user_id == self.service_account || self.user(user_id).is_some_and(|user| user.administrator);
        self.workspaces.iter().filter(|workspace| sees_all || is_member(workspace, user_id)).collect()
    }

    /// The workspace with this id.
    pub(in crate::simulator) fn workspace(&self, id: i64) -> Option<&Workspace> {
        self.workspaces.iter().find(|workspace| workspace.id == id)
    }

    /// Adds a user, or changes the role of one who is in.
    pub(in crate::simulator) fn add_workspace_user(
        &mut self,
        workspace_id: i64,
        email: Option<&str>,
        user_id: Option<&str>,
        user_type: UserType,
    ) -> Result<(), PlatformError> {
        let user_id = self.named_user(email, user_id)?;
        let workspace =
            self.workspaces.iter_mut().find(|workspace| workspace.id == workspace_id).ok_or_else(|| {
                PlatformError::dangling_reference("workspace_users", "workspace_users_workspace_id_fkey")
            })?;
        match workspace.members.iter_mut().find(|member| member.user_id == user_id) {
            Some(member) => member.user_type = user_type,
            None => workspace.members.push(Member { user_id, user_type }),
        }
        Ok(())
    }

    /// Removes a user and returns how many rows that affected.
    pub(in crate::simulator) fn remove_workspace_user(
        &mut self,
        workspace_id: i64,
        email: Option<&str>,
        user_id: Option<&str>,
    ) -> Result<usize, PlatformError> {
        let user_id = self.named_user(email, user_id)?;
        let Some(workspace) = self.workspaces.iter_mut().find(|workspace| workspace.id == workspace_id) else {
            return Ok(0);
        };
        let before = workspace.members.len();
        workspace.members.retain(|member| member.user_id != user_id);
        Ok(before - workspace.members.len())
    }

    /// Ids of the model versions and of the pipelines in a workspace, ascending.
    pub(in crate::simulator) fn workspace_contents(&self, workspace_id: i64) -> (Vec<i64>, Vec<i64>) {
        let versions = self
            .model_versions
            .iter()
            .filter(|version| self.model(version.row.model_id).is_some_and(|model| model.workspace_id == workspace_id))
            .map(|version| version.row.id)
            .collect();
        let pipelines = self
            .pipelines
            .iter()
            .filter(|pipeline| pipeline.workspace_id == workspace_id)
            .map(|pipeline| pipeline.id)
            .collect();
        (versions, pipelines)
    }
}

fn is_member(workspace: &Workspace, user_id: &str) -> bool {
    workspace.members.iter().any(|member| member.user_id == user_id)
}
