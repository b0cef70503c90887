//! The world that the tutorial found, out of the answers that it prints.

use std::path::Path;

use callsheet::simulator::World;
use serde_json::{Map, Value, json};

use super::super::reference::history_beside;
use super::text;

/// A world file made of the tutorial's answers, read.
pub fn world(exchanges: &[Value], folder: &Path) -> World {
    let exchange = |id: &str| {
        exchanges.iter().find(|exchange| exchange["id"] == id).unwrap_or_else(|| panic!("there is no exchange {id}"))
    };
    let body = |id: &str| &exchange(id)["response"]["body"];
    let main_user = &exchange("token_password")["access_token_decoded"]["claims"];
    let service = &exchange("token_client_credentials")["access_token_decoded"]["claims"];
    let everyone = body("users_query_all")["users"].as_object().expect("users are an object");
    let in_full = &body("users_query_one")["users"];
    let users: Vec<Value> = everyone.iter().map(|(id, listed)| user(in_full.get(id).unwrap_or(listed))).collect();
    let workspaces = list(&body("workspaces_list_before")["workspaces"]);
    let next_model = &body("models_upload_and_convert_onnx")["insert_models"]["returning"][0]["models"][0]["id"];
    let pipeline = body("pipelines_create_empty");
    let directory = tempfile::tempdir().expect("a folder can be made");
    let file = json!({
        "world": 1,
        "main_user": main_user["preferred_username"],
        "client": { "id": main_user["azp"], "secret": "of the test" },
        "service_account": service["sub"],
        "users": users,
        "workspaces": workspaces.iter().map(|listed| workspace(listed, everyone)).collect::<Vec<_>>(),
        "models": workspaces.iter().flat_map(models).collect::<Vec<_>>(),
        "pipelines": workspaces.iter().flat_map(pipelines).collect::<Vec<_>>(),
        "assays": list(body("assays_list")).iter().skip(1).map(assay).collect::<Vec<_>>(),
        "histories": [{
            "pipeline": 1,
            "model": "housepricemodel",
            "model_sha": "test_version",
            "file": history_beside(directory.path(), folder),
        }],
        "next_ids": {
            "workspace": body("workspaces_create")["workspace_id"],
            "model": next_model,
            "model_version": next_model,
            "pipeline": pipeline["pipeline_pk_id"],
            "pipeline_version": pipeline["pipeline_variant_pk_id"],
            "deployment": body("pipelines_deploy")["id"],
            "assay": body("assays_create")["assay_id"],
        },
    });
    // JSON is YAML.
    World::read(&file.to_string(), directory.path()).unwrap_or_else(|error| panic!("{error}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("this is a list")
}

fn user(listed: &Value) -> Value {
    let created_at = listed["createdTimestamp"].as_i64().expect("a time is a number");
    let created_at = jiff::Timestamp::from_millisecond(created_at).expect("the time is one of this age");
    let identities = listed["federatedIdentities"].as_array().into_iter().flatten().map(|identity| {
        json!({
            "identity_provider": identity["identityProvider"],
            "user_id": identity["userId"],
            "user_name": identity["userName"],
        })
    });
    json!({
        "id": listed["id"],
        "username": listed["username"],
        "password": "of the test",
        "email": listed.get("email"),
        "first_name": listed.get("firstName"),
        "last_name": listed.get("lastName"),
        "email_verified": listed["emailVerified"],
        "enabled": listed["enabled"],
        "administrator": listed["username"] == "admin",
        "created_at": created_at.to_string(),
        "required_actions": listed["requiredActions"],
        "federated_identities": identities.collect::<Vec<_>>(),
    })
}

fn workspace(listed: &Value, users: &Map<String, Value>) -> Value {
    json!({
        "id": listed["id"],
        "name": listed["name"],
        "owner": users[text(&listed["created_by"])]["username"],
        "archived": listed["archived"],
        "created_at": listed["created_at"],
    })
}

/// Only the ids are printed; names and versions are of no account.
fn models(workspace: &Value) -> Vec<Value> {
    let model = |id: &Value| {
        let name = if *id == 1 { "housepricemodel".to_owned() } else { format!("model{id}") };
        let version = json!({ "id": id, "version": "1", "sha": "0", "uploaded_at": workspace["created_at"] });
        json!({ "id": id, "name": name, "workspace": workspace["id"], "versions": [version] })
    };
    list(&workspace["models"]).iter().map(model).collect()
}

fn pipelines(workspace: &Value) -> Vec<Value> {
    let pipeline = |id: &Value| {
        let name = if *id == 1 { "housepricepipe".to_owned() } else { format!("pipeline{id}") };
        let version = json!({ "id": id, "version": "1", "created_at": workspace["created_at"] });
        json!({ "id": id, "name": name, "workspace": workspace["id"], "versions": [version] })
    };
    list(&workspace["pipelines"]).iter().map(pipeline).collect()
}

/// An assay as it is listed, with what lists leave out.
fn assay(listed: &Value) -> Value {
    let mut definition = listed.clone();
    definition["iopath"] = json!("output dense_2 0");
    definition["workspace_id"] = json!(5);
    json!({
        "id": listed["id"],
        "created_at": listed["next_run"],
        "updated_at": listed["updated_at"],
        "definition": definition,
    })
}
