//! Reads a world file: from text to rows, with everything that it refers to found.

use std::collections::HashSet;
use std::fmt::Display;

use serde_json::{Value, json};

use super::file::{
    AssayEntry, HistoryEntry, ModelEntry, ModelVersionEntry, NextIdsEntry, PipelineEntry, PipelineVersionEntry,
    UserEntry, WorkspaceEntry, WorldFile,
};
use super::files::Files;
use super::values::refuse_odd;
use super::{
    Assay, FederatedIdentity, Member, Model, ModelVersion, NextIds, Pipeline, PipelineVersion, User, UserType,
    Workspace, World, WorldError, WorldErrorKind,
};
use crate::simulator::credentials::ClientCredentials;
use crate::simulator::digest::sha256_hex;

/// The version of the form that is read.
const FORM: u32 = 1;

/// Reads the text of a world file.
pub(super) fn read(text: &str, files: &Files) -> Result<World, WorldError> {
    let file: WorldFile =
        serde_yaml::from_str(text).map_err(|error| WorldError::new("", WorldErrorKind::Form(error)))?;
    if file.world != FORM {
        return Err(WorldError::value("world", "the version of the form, which is 1", file.world));
    }
    refuse_odd(&file)?;
    let mut world = World {
        main_user: String::new(),
        client: ClientCredentials { id: file.client.id, secret: file.client.secret },
        service_account: file.service_account,
        users: file.users.into_iter().map(user).collect(),
        workspaces: Vec::new(),
        models: Vec::new(),
        model_versions: Vec::new(),
        pipelines: Vec::new(),
        pipeline_versions: Vec::new(),
        assays: Vec::new(),
        histories: Vec::new(),
        next_ids: NextIds::default(),
    };
    unique(world.users.iter().map(|user| &user.username), "users", "username")?;
    unique(world.users.iter().map(|user| &user.id), "users", "id")?;
    world.main_user = user_id(&world, &file.main_user, "main_user")?;
    add_workspaces(&mut world, file.workspaces)?;
    add_models(&mut world, file.models, files)?;
    add_pipelines(&mut world, file.pipelines)?;
    add_assays(&mut world, file.assays)?;
    add_histories(&mut world, file.histories, files)?;
    world.next_ids = next_ids(&world, &file.next_ids)?;
    Ok(world)
}

fn user(entry: UserEntry) -> User {
    let identities = entry.federated_identities.into_iter().map(|entry| FederatedIdentity {
        identity_provider: entry.identity_provider,
        user_id: entry.user_id,
        user_name: entry.user_name,
    });
    User {
        id: entry.id,
        username: entry.username,
        password: entry.password,
        email: entry.email,
        first_name: entry.first_name,
        last_name: entry.last_name,
        email_verified: entry.email_verified,
        enabled: entry.enabled,
        administrator: entry.administrator,
        created_at: entry.created_at,
        required_actions: entry.required_actions,
        federated_identities: identities.collect(),
    }
}

fn add_workspaces(world: &mut World, entries: Vec<WorkspaceEntry>) -> Result<(), WorldError> {
    for (index, entry) in entries.into_iter().enumerate() {
        let place = format!("workspaces[{index}]");
        let owner = user_id(world, &entry.owner, &format!("{place}.owner"))?;
        let mut members = vec![Member { user_id: owner.clone(), user_type: UserType::Owner }];
        for (index, name) in entry.collaborators.iter().enumerate() {
            let user_id = user_id(world, name, &format!("{place}.collaborators[{index}]"))?;
            members.push(Member { user_id, user_type: UserType::Collaborator });
        }
        world.workspaces.push(Workspace {
            id: entry.id,
            name: entry.name,
            created_at: entry.created_at,
            created_by: owner,
            archived: entry.archived,
            members,
        });
    }
    unique(world.workspaces.iter().map(|workspace| &workspace.name), "workspaces", "name")?;
    unique(world.workspaces.iter().map(|workspace| workspace.id), "workspaces", "id")?;
    world.workspaces.sort_by_key(|workspace| workspace.id);
    Ok(())
}

fn add_models(world: &mut World, entries: Vec<ModelEntry>, files: &Files) -> Result<(), WorldError> {
    for (index, entry) in entries.into_iter().enumerate() {
        let place = format!("models[{index}]");
        workspace_id(world, entry.workspace, &place)?;
        let times = entry.versions.iter().map(|version| version.uploaded_at);
        let (Some(created_at), Some(updated_at)) = (times.clone().min(), times.max()) else {
            return Err(WorldError::value(format!("{place}.versions"), "at least one version", "[]"));
        };
        for (index, version) in entry.versions.into_iter().enumerate() {
            let row = model_version(version, entry.id, &format!("{place}.versions[{index}]"), files)?;
            world.model_versions.push(row);
        }
        let (id, name, workspace_id) = (entry.id, entry.name, entry.workspace);
        world.models.push(Model { id, name, workspace_id, created_at, updated_at });
    }
    unique(world.models.iter().map(|model| model.id), "models", "id")?;
    unique(world.models.iter().map(|model| in_workspace(model.workspace_id, &model.name)), "models", "name")?;
    unique(world.model_versions.iter().map(|version| version.id), "models", "versions.id")?;
    world.models.sort_by_key(|model| model.id);
    world.model_versions.sort_by_key(|version| version.id);
    Ok(())
}

fn model_version(
    entry: ModelVersionEntry,
    model_id: i64,
    place: &str,
    files: &Files,
) -> Result<ModelVersion, WorldError> {
    let content = match &entry.file {
        Some(file) => Some(files.bytes(file, &format!("{place}.file"))?),
        None => None,
    };
    let sha = match (content.as_deref().map(sha256_hex), entry.sha) {
        (Some(sha), None) | (None, Some(sha)) => sha,
        (Some(sha), Some(told)) if sha == told => sha,
        (Some(sha), Some(told)) => {
            return Err(WorldError::value(format!("{place}.sha"), format!("the file's digest `{sha}`"), told));
        }
        (None, None) => return Err(WorldError::value(place, "a `file` or, without one, a `sha`", "neither")),
    };
    let name_of_file = entry.file.as_deref().and_then(|file| file.file_name()).map(|name| name.to_string_lossy());
    let file_name = entry.file_name.or(name_of_file.map(Into::into)).unwrap_or_else(|| "model.onnx".to_owned());
    Ok(ModelVersion {
        id: entry.id,
        model_id,
        version: entry.version,
        sha,
        file_name,
        size: content.as_ref().map_or(0, |content| content.len() as u64),
        visibility: entry.visibility,
        conversion: json!({ "framework": entry.framework, "python_version": "3.8", "requirements": [] }),
        uploaded_at: entry.uploaded_at,
        ready_at: entry.uploaded_at,
        content,
    })
}

fn add_pipelines(world: &mut World, entries: Vec<PipelineEntry>) -> Result<(), WorldError> {
    for (index, entry) in entries.into_iter().enumerate() {
        let place = format!("pipelines[{index}]");
        let created_by = workspace_id(world, entry.workspace, &place)?.created_by.clone();
        let times = entry.versions.iter().map(|version| version.created_at);
        let (Some(created_at), Some(updated_at)) = (times.clone().min(), times.max()) else {
            return Err(WorldError::value(format!("{place}.versions"), "at least one version", "[]"));
        };
        for (index, version) in entry.versions.into_iter().enumerate() {
            let place = format!("{place}.versions[{index}]");
            let definition = definition(world, &version, &place)?;
            world.pipeline_versions.push(PipelineVersion {
                id: version.id,
                pipeline_id: entry.id,
                version: version.version,
                definition,
                created_at: version.created_at,
                created_by: created_by.clone(),
            });
        }
        let (id, name, workspace_id) = (entry.id, entry.name, entry.workspace);
        world.pipelines.push(Pipeline { id, name, workspace_id, created_at, updated_at });
    }
    unique(world.pipelines.iter().map(|row| row.id), "pipelines", "id")?;
    unique(world.pipelines.iter().map(|row| in_workspace(row.workspace_id, &row.name)), "pipelines", "name")?;
    unique(world.pipeline_versions.iter().map(|version| version.id), "pipelines", "versions.id")?;
    world.pipelines.sort_by_key(|pipeline| pipeline.id);
    world.pipeline_versions.sort_by_key(|version| version.id);
    Ok(())
}

/// A step for each model version.
fn definition(world: &World, version: &PipelineVersionEntry, place: &str) -> Result<Value, WorldError> {
    if version.models.is_empty() {
        return Ok(json!({}));
    }
    let mut steps = Vec::new();
    for (index, id) in version.models.iter().enumerate() {
        let row = world.model_versions.iter().find(|row| row.id == *id);
        let model = row.and_then(|row| world.models.iter().find(|model| model.id == row.model_id));
        let (row, model) = row.zip(model).ok_or_else(|| {
            let known = one_of(world.model_versions.iter().map(|row| row.id));
            WorldError::value(format!("{place}.models[{index}]"), format!("the id of a model version: {known}"), id)
        })?;
        let model = json!({ "name": model.name, "version": row.version, "sha": row.sha });
        steps.push(json!({ "ModelInference": { "models": [model] } }));
    }
    Ok(json!({ "steps": steps }))
}

fn add_assays(world: &mut World, entries: Vec<AssayEntry>) -> Result<(), WorldError> {
    for (index, entry) in entries.into_iter().enumerate() {
        let place = format!("assays[{index}].definition");
        let mut assay = Assay::created(entry.id, &entry.definition, entry.created_at)
            .map_err(|error| WorldError::new(&*place, WorldErrorKind::Assay(error)))?;
        pipeline_id(world, assay.config.pipeline_id, &format!("{place}.pipeline_id"))?;
        assay.updated_at = entry.updated_at.unwrap_or(entry.created_at);
        world.assays.push(assay);
    }
    unique(world.assays.iter().map(|assay| assay.id), "assays", "id")?;
    unique(world.assays.iter().map(|assay| &assay.config.name), "assays", "definition.name")?;
    world.assays.sort_by_key(|assay| assay.id);
    Ok(())
}

fn add_histories(world: &mut World, entries: Vec<HistoryEntry>, files: &Files) -> Result<(), WorldError> {
    for (index, entry) in entries.into_iter().enumerate() {
        let place = format!("histories[{index}]");
        pipeline_id(world, entry.pipeline, &format!("{place}.pipeline"))?;
        world.histories.push(files.history(&entry, &format!("{place}.file"))?);
    }
    Ok(())
}

/// The id of the user with a name.
fn user_id(world: &World, name: &str, place: &str) -> Result<String, WorldError> {
    let user = world.users.iter().find(|user| user.username == name);
    user.map(|user| user.id.clone()).ok_or_else(|| {
        let known = one_of(world.users.iter().map(|user| &user.username));
        WorldError::value(place, format!("the username of a user: {known}"), name)
    })
}

fn workspace_id<'a>(world: &'a World, id: i64, place: &str) -> Result<&'a Workspace, WorldError> {
    world.workspaces.iter().find(|workspace| workspace.id == id).ok_or_else(|| {
        let known = one_of(world.workspaces.iter().map(|workspace| workspace.id));
        WorldError::value(format!("{place}.workspace"), format!("the id of a workspace: {known}"), id)
    })
}

fn pipeline_id(world: &World, id: i64, place: &str) -> Result<(), WorldError> {
    if world.pipelines.iter().any(|pipeline| pipeline.id == id) {
        return Ok(());
    }
    let known = one_of(world.pipelines.iter().map(|pipeline| pipeline.id));
    Err(WorldError::value(place, format!("the id of a pipeline: {known}"), id))
}

fn one_of(known: impl Iterator<Item = impl Display>) -> String {
    let known: Vec<String> = known.map(|id| format!("`{id}`")).collect();
    if known.is_empty() { "this world has none".to_owned() } else { known.join(", ") }
}

/// What has to be unique where only the pair of workspace and name is.
fn in_workspace(workspace: i64, name: &str) -> String {
    format!("{name}, workspace {workspace}")
}

fn unique<T: Display>(values: impl Iterator<Item = T>, list: &str, member: &str) -> Result<(), WorldError> {
    let mut seen = HashSet::new();
    for value in values {
        let value = value.to_string();
        if seen.contains(&value) {
            return Err(WorldError::value(list, format!("a different `{member}` for each"), format!("{value} twice")));
        }
        seen.insert(value);
    }
    Ok(())
}

/// The sequences. A told value that would give an id a second time is refused.
fn next_ids(world: &World, told: &NextIdsEntry) -> Result<NextIds, WorldError> {
    let next = |told: Option<i64>, greatest: Option<i64>, name: &str| {
        let least = greatest.unwrap_or(0) + 1;
        match told {
            Some(told) if told < least => {
                let expected = format!("at least `{least}`, as lower ids are in use");
                Err(WorldError::value(format!("next_ids.{name}"), expected, told))
            }
            told => Ok(told.unwrap_or(least)),
        }
    };
    Ok(NextIds {
        workspace: next(told.workspace, world.workspaces.iter().map(|row| row.id).max(), "workspace")?,
        model: next(told.model, world.models.iter().map(|row| row.id).max(), "model")?,
        model_version: next(told.model_version, world.model_versions.iter().map(|row| row.id).max(), "model_version")?,
        pipeline: next(told.pipeline, world.pipelines.iter().map(|row| row.id).max(), "pipeline")?,
        pipeline_version: next(
            told.pipeline_version,
            world.pipeline_versions.iter().map(|row| row.id).max(),
            "pipeline_version",
        )?,
        deployment: next(told.deployment, None, "deployment")?,
        assay: next(told.assay, world.assays.iter().map(|row| row.id).max(), "assay")?,
    })
}
