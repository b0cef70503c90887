//! The built-in world: two users, three workspaces, and gaps in the sequences where the tutorial has them.
//!
//! The people are made up. The models have no files, so their pipelines cannot be asked.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    FederatedIdentity, Member, Model, ModelVersion, NextIds, Pipeline, PipelineVersion, User, UserType, Workspace,
    World,
};
use crate::simulator::credentials::ClientCredentials;

const ADMINISTRATOR: &str = "5a1f3a0e-7f0b-4d54-9c53-0f2a8f5f6a01";
const PERSON: &str = "91c6f2f4-3d0d-4c5e-8a67-2b9a4c1d7e02";
const PERSON_EMAIL: &str = "mara.lindqvist@example.com";

/// Builds it.
pub(super) fn world() -> World {
    World {
        users: vec![administrator(), person()],
        main_user: PERSON.to_owned(),
        client: ClientCredentials { id: "api-client".to_owned(), secret: "simulated-client-secret".to_owned() },
        service_account: "c2d8b1b6-54f3-4b0e-bb1c-6e7d0a9f3c03".to_owned(),
        workspaces: vec![
            workspace(1, &format!("{PERSON_EMAIL} - Default Workspace"), "2023-05-17T20:36:36.312003Z"),
            workspace(5, "housepricedrift", "2023-05-17T20:41:50.351766Z"),
            workspace(6, "sdkquickworkspace", "2023-05-17T20:43:36.727099Z"),
        ],
        models: models(),
        model_versions: model_versions(),
        pipelines: pipelines(),
        pipeline_versions: pipeline_versions(),
        next_ids: NextIds {
            workspace: 7,
            model: 4,
            model_version: 4,
            pipeline: 7,
            pipeline_version: 7,
            deployment: 5,
            assay: 5,
        },
    }
}

fn models() -> Vec<Model> {
    vec![
        model(1, "housepricemodel", 5, "2023-05-17T20:41:51.104233Z"),
        model(2, "sdkquickmodel", 6, "2023-05-17T20:43:38.520417Z"),
        model(3, "sdkquickchallenger", 6, "2023-05-17T20:43:39.811209Z"),
    ]
}

fn model_versions() -> Vec<ModelVersion> {
    vec![
        model_version(1, "4c8e7a52-91f4-4d1f-8d0b-64ad5a4c7b11", "2023-05-17T20:41:51.104233Z"),
        model_version(2, "a0d9d1c7-2f5b-4c9e-9a57-d8d7a6f3b012", "2023-05-17T20:43:38.520417Z"),
        model_version(3, "e7f15a2d-6b3c-4a86-8f0e-1c2b3d4e5f13", "2023-05-17T20:43:39.811209Z"),
    ]
}

fn pipelines() -> Vec<Pipeline> {
    vec![
        pipeline(1, "housepricepipe", 5, "2023-05-17T20:41:52.640183Z"),
        pipeline(3, "sdkquickpipeline", 6, "2023-05-17T20:43:41.127340Z"),
    ]
}

fn pipeline_versions() -> Vec<PipelineVersion> {
    vec![
        pipeline_version(
            1,
            1,
            "0d6a3f6e-1b7c-4f8e-a9d2-7c5e4b3a2d21",
            &[("housepricemodel", "4c8e7a52-91f4-4d1f-8d0b-64ad5a4c7b11", 1)],
            "2023-05-17T20:41:52.640183Z",
        ),
        pipeline_version(
            3,
            3,
            "f3b2c1d0-8e7f-4a6b-95c4-d3e2f1a0b922",
            &[("sdkquickmodel", "a0d9d1c7-2f5b-4c9e-9a57-d8d7a6f3b012", 2)],
            "2023-05-17T20:43:41.127340Z",
        ),
    ]
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("the built-in world's times are timestamps")
}

fn administrator() -> User {
    User {
        id: ADMINISTRATOR.to_owned(),
        username: "admin".to_owned(),
        password: "simulated-admin-password".to_owned(),
        email: None,
        first_name: None,
        last_name: None,
        email_verified: false,
        enabled: true,
        administrator: true,
        created_at: time("2023-05-17T20:28:57.295Z"),
        required_actions: Vec::new(),
        federated_identities: Vec::new(),
    }
}

fn person() -> User {
    User {
        id: PERSON.to_owned(),
        username: PERSON_EMAIL.to_owned(),
        password: "simulated-password".to_owned(),
        email: Some(PERSON_EMAIL.to_owned()),
        first_name: Some("Mara".to_owned()),
        last_name: Some("Lindqvist".to_owned()),
        email_verified: false,
        enabled: true,
        administrator: false,
        created_at: time("2023-05-17T20:34:31.859Z"),
        required_actions: Vec::new(),
        federated_identities: vec![FederatedIdentity {
            identity_provider: "google".to_owned(),
            user_id: "100200300400500600700".to_owned(),
            user_name: PERSON_EMAIL.to_owned(),
        }],
    }
}

fn workspace(id: i64, name: &str, created_at: &str) -> Workspace {
    Workspace {
        id,
        name: name.to_owned(),
        created_at: time(created_at),
        created_by: PERSON.to_owned(),
        archived: false,
        members: vec![Member { user_id: PERSON.to_owned(), user_type: UserType::Owner }],
    }
}

fn model(id: i64, name: &str, workspace_id: i64, created_at: &str) -> Model {
    Model { id, name: name.to_owned(), workspace_id, created_at: time(created_at), updated_at: time(created_at) }
}

/// The first version of the model with the same number.
fn model_version(id: i64, version: &str, uploaded_at: &str) -> ModelVersion {
    ModelVersion {
        id,
        model_id: id,
        version: version.to_owned(),
        sha: sha(id),
        file_name: "model.onnx".to_owned(),
        size: 0,
        visibility: "private".to_owned(),
        conversion: json!({ "framework": "onnx", "python_version": "3.8", "requirements": [] }),
        uploaded_at: time(uploaded_at),
        ready_at: time(uploaded_at),
        content: None,
    }
}

/// A digest of no file: recognizable, and as long as a real one.
fn sha(id: i64) -> String {
    format!("{id:064x}")
}

fn pipeline(id: i64, name: &str, workspace_id: i64, created_at: &str) -> Pipeline {
    Pipeline { id, name: name.to_owned(), workspace_id, created_at: time(created_at), updated_at: time(created_at) }
}

fn pipeline_version(
    id: i64,
    pipeline_id: i64,
    version: &str,
    models: &[(&str, &str, i64)],
    created_at: &str,
) -> PipelineVersion {
    let models: Vec<Value> =
        models.iter().map(|(name, version, id)| json!({ "name": name, "version": version, "sha": sha(*id) })).collect();
    PipelineVersion {
        id,
        pipeline_id,
        version: version.to_owned(),
        definition: json!({ "steps": [{ "ModelInference": { "models": models } }] }),
        created_at: time(created_at),
        created_by: PERSON.to_owned(),
    }
}
