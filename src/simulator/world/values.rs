//! What the types of a world file let pass and no platform has: ids below one, empty names, the same thing twice.

use std::collections::HashSet;

use super::WorldError;
use super::file::{ModelEntry, NextIdsEntry, PipelineEntry, UserEntry, WorkspaceEntry, WorldFile};

/// The greatest id: JSON's readers keep whole numbers up to here.
const GREATEST_ID: i64 = (1 << 53) - 1;

/// Refuses the first value that is odd.
pub(super) fn refuse_odd(file: &WorldFile) -> Result<(), WorldError> {
    named(&file.client.id, "client.id")?;
    named(&file.client.secret, "client.secret")?;
    named(&file.service_account, "service_account")?;
    users(&file.users, &file.service_account)?;
    for (index, workspace) in file.workspaces.iter().enumerate() {
        refuse_workspace(workspace, &format!("workspaces[{index}]"))?;
    }
    for (index, model) in file.models.iter().enumerate() {
        refuse_model(model, &format!("models[{index}]"))?;
    }
    for (index, pipeline) in file.pipelines.iter().enumerate() {
        refuse_pipeline(pipeline, &format!("pipelines[{index}]"))?;
    }
    for (index, assay) in file.assays.iter().enumerate() {
        id(assay.id, &format!("assays[{index}].id"))?;
    }
    next_ids(&file.next_ids)
}

/// Who logs in is found by name or by email, so no two may share one.
fn users(users: &[UserEntry], service_account: &str) -> Result<(), WorldError> {
    let mut logins: HashSet<String> = HashSet::new();
    for (index, user) in users.iter().enumerate() {
        let place = |key: &str| format!("users[{index}].{key}");
        named(&user.id, &place("id"))?;
        named(&user.username, &place("username"))?;
        named(&user.password, &place("password"))?;
        if user.id == service_account {
            return Err(WorldError::value(place("id"), "another id than that of `service_account`", &user.id));
        }
        let name = user.username.to_ascii_lowercase();
        let email = user.email.as_ref().map(|email| email.to_ascii_lowercase());
        if let (Some(email), Some(told)) = (&email, &user.email) {
            named(told, &place("email"))?;
            if *email != name && !logins.insert(email.clone()) {
                return Err(WorldError::value(place("email"), "an email that nobody else logs in by", told));
            }
        }
        // The same name twice is told of the whole list.
        let is_taken = !logins.insert(name) && !users[..index].iter().any(|other| other.username == user.username);
        if is_taken {
            return Err(WorldError::value(place("username"), "a name that nobody else logs in by", &user.username));
        }
    }
    Ok(())
}

fn refuse_workspace(workspace: &WorkspaceEntry, place: &str) -> Result<(), WorldError> {
    id(workspace.id, &format!("{place}.id"))?;
    named(&workspace.name, &format!("{place}.name"))?;
    let mut members = HashSet::from([&workspace.owner]);
    for (index, name) in workspace.collaborators.iter().enumerate() {
        if !members.insert(name) {
            let place = format!("{place}.collaborators[{index}]");
            return Err(WorldError::value(place, "somebody who is no member of the workspace yet", name));
        }
    }
    Ok(())
}

fn refuse_model(model: &ModelEntry, place: &str) -> Result<(), WorldError> {
    id(model.id, &format!("{place}.id"))?;
    named(&model.name, &format!("{place}.name"))?;
    let versions = model.versions.iter().map(|version| (version.id, version.version.as_str()));
    refuse_versions(versions, &format!("{place}.versions"))
}

fn refuse_pipeline(pipeline: &PipelineEntry, place: &str) -> Result<(), WorldError> {
    id(pipeline.id, &format!("{place}.id"))?;
    named(&pipeline.name, &format!("{place}.name"))?;
    let versions = pipeline.versions.iter().map(|version| (version.id, version.version.as_str()));
    refuse_versions(versions, &format!("{place}.versions"))
}

fn refuse_versions<'a>(versions: impl Iterator<Item = (i64, &'a str)>, place: &str) -> Result<(), WorldError> {
    let mut seen = HashSet::new();
    for (index, (number, version)) in versions.enumerate() {
        id(number, &format!("{place}[{index}].id"))?;
        named(version, &format!("{place}[{index}].version"))?;
        if !seen.insert(version) {
            let place = format!("{place}[{index}].version");
            return Err(WorldError::value(place, "a version that no other one of the same has", version));
        }
    }
    Ok(())
}

fn next_ids(told: &NextIdsEntry) -> Result<(), WorldError> {
    let NextIdsEntry { workspace, model, model_version, pipeline, pipeline_version, deployment, assay } = told;
    let ids = [
        ("workspace", workspace),
        ("model", model),
        ("model_version", model_version),
        ("pipeline", pipeline),
        ("pipeline_version", pipeline_version),
        ("deployment", deployment),
        ("assay", assay),
    ];
    ids.iter().try_for_each(|(name, told)| told.map_or(Ok(()), |told| id(told, &format!("next_ids.{name}"))))
}

fn id(id: i64, place: &str) -> Result<(), WorldError> {
    match id {
        1..=GREATEST_ID => Ok(()),
        _ => Err(WorldError::value(place, format!("an id from 1 to {GREATEST_ID}"), id)),
    }
}

fn named(text: &str, place: &str) -> Result<(), WorldError> {
    if text.trim().is_empty() { Err(WorldError::value(place, "a text that is not empty", text)) } else { Ok(()) }
}
