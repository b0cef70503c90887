//! Models: the ways to upload, what is shown of them, conversion over time.

use std::time::Duration;

use callsheet::simulator::Options;
use serde_json::{Value, json};

use super::caller::{Caller, Part};

const FILE: &[u8] = b"0123456789";
/// What `sha256sum` says of `FILE`.
const SHA: &str = "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882";

async fn version_status(caller: &Caller, name: &str) -> Value {
    caller.ask("/v1/api/models/list_versions", json!({ "model_id": name })).await[0]["status"].clone()
}

#[tokio::test(start_paused = true)]
async fn an_uploaded_model_is_shown_with_its_digest() {
    let caller = Caller::logged_in(Options::default()).await;
    let uploaded = caller.upload("apimodel", 6, "onnx", FILE).await;
    assert_eq!(uploaded.status, 202);
    let now = "2023-05-17T20:50:00+00:00";
    let versions =
        caller.ask("/v1/api/models/list_versions", json!({ "model_id": "apimodel", "models_pk_id": 4 })).await;
    let version = versions[0]["model_version"].clone();
    assert_eq!(
        versions,
        json!([{
            "sha": SHA,
            "models_pk_id": 4,
            "model_version": version,
            "owner_id": "\"\"",
            "model_id": "apimodel",
            "id": 4,
            "file_name": "apimodel",
            "image_path": null,
            "status": "ready",
        }])
    );
    assert_eq!(
        caller.ask("/v1/api/models/get_by_id", json!({ "id": 4 })).await,
        json!({
            "id": 4,
            "owner_id": "\"\"",
            "workspace_id": 6,
            "name": "apimodel",
            "updated_at": now,
            "created_at": now,
            "model_config": null,
        })
    );
    let whole = caller.ask("/v1/api/models/get", json!({ "id": 4 })).await;
    assert_eq!(whole["models"][0]["sha"], SHA);
    assert!(whole["models"][0].get("status").is_none());
    let config = caller.ask("/v1/api/models/get_config_by_id", json!({ "model_id": 4 })).await;
    assert_eq!(config, json!({ "model_config": null }));
}

#[tokio::test]
async fn a_stream_upload_takes_query_and_raw_body() {
    let caller = Caller::logged_in(Options::default()).await;
    let path = "/v1/api/models/upload_stream?name=streamed&filename=streamed.onnx&visibility=public&workspace_id=6";
    let uploaded = caller.post_bytes(path, FILE).await;
    assert_eq!(uploaded.status, 200);
    assert_eq!(uploaded.body, json!({ "insert_models": { "returning": [{ "models": [{ "id": 4 }] }] } }));
    let version = caller.ask("/v1/api/models/get_version_by_id", json!({ "model_version_id": 4 })).await;
    let info = &version["model_version"]["model_version"]["file_info"];
    assert_eq!((&info["sha"], &info["size"]), (&json!(SHA), &json!(10)));
    assert_eq!(info["file_name"], "streamed.onnx");
}

#[tokio::test]
async fn a_stream_upload_takes_the_tutorials_form() {
    let caller = Caller::logged_in(Options::default()).await;
    let parts = [
        Part::text("name", "streamed"),
        Part::text("filename", "./models/ccfraud.onnx"),
        Part::text("visibility", "public"),
        Part::text("workspace_id", "6"),
        Part::file("file", "streamed", None, FILE),
    ];
    for path in ["/v1/api/models/upload_stream", "/v1/api/models/upload"] {
        assert_eq!(caller.multipart(path, &parts).await.status, 200);
    }
    let versions = caller.ask("/v1/api/models/list_versions", json!({ "model_id": "streamed" })).await;
    assert_eq!(versions[1]["sha"], SHA);
    assert_eq!(versions[1]["models_pk_id"], 4);
}

#[tokio::test]
async fn a_part_without_content_type_cannot_be_converted() {
    let caller = Caller::logged_in(Options::default()).await;
    let parts =
        [Part::json("metadata", &json!({ "name": "a", "workspace_id": 6 })), Part::file("file", "a", None, FILE)];
    caller.multipart("/v1/api/models/upload_and_convert", &parts).await.refused(415, "Unsupported content type: ");
}

#[tokio::test]
async fn a_model_needs_a_workspace() {
    let caller = Caller::logged_in(Options::default()).await;
    caller.upload("a", 99, "onnx", FILE).await.refused(
        500,
        "Internal Server Error: GraphQL Returned error: <query>:0:0: Foreign key violation. insert or update on \
         table \"models\" violates foreign key constraint \"models_workspace_id_fkey\"",
    );
}

#[tokio::test]
async fn an_unknown_model_id_is_refused() {
    let caller = Caller::logged_in(Options::default()).await;
    caller
        .post("/v1/api/models/get_by_id", json!({ "id": 99 }))
        .await
        .refused(400, "The provided model id was not found.");
}

#[tokio::test]
async fn versions_are_found_by_name_or_key_in_all_workspaces() {
    let caller = Caller::logged_in(Options::default()).await;
    caller.upload("same", 5, "onnx", FILE).await.passed();
    caller.upload("same", 6, "onnx", FILE).await.passed();
    let versions = caller.ask("/v1/api/models/list_versions", json!({ "model_id": "same", "models_pk_id": 1 })).await;
    let ids: Vec<&Value> = versions.as_array().into_iter().flatten().map(|version| &version["id"]).collect();
    assert_eq!(ids, [1, 4, 5]);
}

#[tokio::test(start_paused = true)]
async fn a_converted_model_becomes_ready_in_time() {
    let options = Options { conversion: Duration::from_secs(90), ..Options::default() };
    let caller = Caller::logged_in(options).await;
    caller.upload("native", 6, "onnx", FILE).await.passed();
    caller.upload("converted", 6, "sklearn", FILE).await.passed();
    assert_eq!(version_status(&caller, "native").await, "ready");
    for (seconds, status) in [(0, "pending_conversion"), (40, "converting"), (50, "ready")] {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        assert_eq!(version_status(&caller, "converted").await, status);
    }
}
