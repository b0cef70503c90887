//! Other worlds than the built-in one: as values, and read from files.

use std::fs;
use std::time::Duration;

use callsheet::simulator::world::NextIds;
use callsheet::simulator::{Options, World};
use serde_json::json;

use super::caller::Caller;

const BUILT_IN: &str = include_str!("../../../src/simulator/world/built-in.yaml");
const MODEL: &[u8] = include_bytes!("../../../workflows/data/fraud.onnx");

/// A small world with one of everything.
const SMALL: &str = r"
world: 1
main_user: ada@example.com
client: { id: api-client, secret: simulated }
service_account: c2d8b1b6-54f3-4b0e-bb1c-6e7d0a9f3c03
users:
  - id: 91c6f2f4-3d0d-4c5e-8a67-2b9a4c1d7e02
    username: ada@example.com
    password: simulated
    email: ada@example.com
    created_at: 2023-05-17T20:34:31Z
  - id: 5a1f3a0e-7f0b-4d54-9c53-0f2a8f5f6a01
    username: bea@example.com
    password: simulated
    created_at: 2023-05-17T20:34:31Z
workspaces:
  - id: 3
    name: fraud
    owner: ada@example.com
    collaborators: [bea@example.com]
    created_at: 2023-05-17T20:36:36Z
models:
  - id: 7
    name: fraud
    workspace: 3
    versions:
      - { id: 8, version: v1, file: fraud.onnx, uploaded_at: 2023-05-17T20:41:51Z }
pipelines:
  - id: 4
    name: fraudpipe
    workspace: 3
    versions:
      - { id: 5, version: p1, models: [8], created_at: 2023-05-17T20:41:52Z }
histories:
  - { pipeline: 4, model: fraud, model_sha: v1, file: log.csv }
next_ids: { deployment: 20 }
";

const LOG: &str = "time,in.tensor[0],in.tensor[1],out.dense_1[0]\n1672531201000,1,-0.5,0.25\n1672531200000,2,3e2,0.5\n";

/// Reads a world whose folder has the model and the log.
fn read(text: &str, log: &str) -> Result<World, String> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::write(folder.path().join("fraud.onnx"), MODEL).expect("a file can be written");
    fs::write(folder.path().join("log.csv"), log).expect("a file can be written");
    let inside = format!("{}/", folder.path().display());
    World::read(text, folder.path()).map_err(|error| error.to_string().replace(&inside, ""))
}

#[track_caller]
fn assert_refused(text: &str, message: &str) {
    let error = read(text, LOG).expect_err("the world has a mistake");
    assert!(error.contains(message), "{error}");
}

#[tokio::test]
async fn a_simulator_starts_from_the_world_it_is_given() {
    let mut world = World::built_in();
    world.workspaces.truncate(1);
    world.next_ids = NextIds { workspace: 40, ..world.next_ids };
    let caller = Caller::logged_in_to(Options::default(), world).await;
    let listed = caller.ask("/v1/api/workspaces/list", json!({})).await;
    assert_eq!(listed["workspaces"].as_array().map(Vec::len), Some(1));
    let created = caller.ask("/v1/api/workspaces/create", json!({ "workspace_name": "a" })).await;
    assert_eq!(created["workspace_id"], 40);
}

#[test]
fn the_built_in_world_is_a_world_file() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/simulator/world");
    let world = World::read(BUILT_IN, &folder).unwrap_or_else(|error| panic!("{error}"));
    // A history says nothing of its rows, which the embedded one has not read yet.
    assert_eq!(format!("{world:?}"), format!("{:?}", World::built_in()));
}

#[tokio::test(start_paused = true)]
async fn a_world_file_brings_people_models_pipelines_and_histories() {
    let world = read(SMALL, LOG).unwrap_or_else(|error| panic!("{error}"));
    let expected = NextIds {
        workspace: 4,
        model: 8,
        model_version: 9,
        pipeline: 5,
        pipeline_version: 6,
        deployment: 20,
        assay: 1,
    };
    assert_eq!(world.next_ids, expected);
    let caller = Caller::logged_in_to(Options::default(), world).await;
    assert_eq!(caller.simulator.credentials().user.name, "ada@example.com");
    let listed = caller.ask("/v1/api/workspaces/list", json!({})).await;
    assert_eq!(listed["workspaces"][0]["models"], json!([8]));
    let users = caller.ask("/v1/api/workspaces/list_users", json!({ "workspace_id": 3 })).await;
    assert_eq!(users["users"][1]["user_type"], "COLLABORATOR");

    let log = caller.ask("/v1/api/assays/get_baseline", json!({ "pipeline_name": "fraudpipe" })).await;
    assert_eq!(
        log[0],
        json!({
            "time": 1_672_531_200_000_u64,
            "in.tensor": [2.0, 300.0],
            "out.dense_1": [0.5],
            "metadata.last_model": r#"{"model_name": "fraud", "model_sha": "v1"}"#,
        })
    );
    assert_eq!(log.as_array().map(Vec::len), Some(2));

    let deploy = json!({ "deploy_id": "fraudpipe", "pipeline_id": 4, "pipeline_version_pk_id": 5 });
    assert_eq!(caller.ask("/v1/api/pipelines/deploy", deploy).await["id"], 20);
    tokio::time::advance(Duration::from_secs(2)).await;
    let row = json!([{ "tensor": vec![0.5; 29] }]);
    let answer = caller.ask("/v1/api/pipelines/infer/fraudpipe-20/fraudpipe", row).await;
    assert!(answer[0]["out"]["dense_1"][0].is_number(), "{answer}");
}

#[test]
fn mistakes_of_form_are_told_with_field_and_line() {
    assert_refused("world: [", "line 1");
    assert_refused(&SMALL.replace("password: simulated\n    email", "passwort: simulated\n    email"), "users[0]");
    let error = read(&SMALL.replace("    name: fraud\n    owner", "    owner"), LOG).expect_err("a name is missing");
    assert_eq!(error, "workspaces[0]: missing field `name` at line 17 column 5");
    let error = read(&SMALL.replace("collaborators", "colaborators"), LOG).expect_err("a field is misspelt");
    assert!(error.starts_with("workspaces[0]: unknown field `colaborators`, expected one of"), "{error}");
    assert!(error.ends_with("at line 20 column 5"), "{error}");
    assert_refused(
        &SMALL.replace(
            "    workspace: 3\n    versions:\n      - { id: 8",
            "    workspace: fraud\n    versions:\n      - { id: 8",
        ),
        "models[0].workspace: invalid type: string \"fraud\", expected i64 at line 25",
    );
    assert_refused(
        &SMALL.replace("created_at: 2023-05-17T20:36:36Z", "created_at: yesterday"),
        "workspaces[0].created_at",
    );
}

#[test]
fn values_that_name_nothing_are_told_with_what_there_is() {
    for (right, wrong, message) in [
        ("world: 1", "world: 2", "world: expected the version of the form, which is 1, found `2`"),
        (
            "main_user: ada@example.com",
            "main_user: eve@example.com",
            "main_user: expected the username of a user: `ada@example.com`, `bea@example.com`, found `eve@example.com`",
        ),
        ("owner: ada", "owner: eve", "workspaces[0].owner: expected the username of a user"),
        ("[bea@example.com]", "[bea]", "workspaces[0].collaborators[0]: expected the username of a user"),
        (
            "name: fraud\n    workspace: 3",
            "name: fraud\n    workspace: 9",
            "models[0].workspace: expected the id of a workspace: `3`, found `9`",
        ),
        (
            "models: [8]",
            "models: [8, 7]",
            "pipelines[0].versions[0].models[1]: expected the id of a model version: `8`, found `7`",
        ),
        ("{ pipeline: 4,", "{ pipeline: 5,", "histories[0].pipeline: expected the id of a pipeline: `4`, found `5`"),
        (
            "next_ids: { deployment: 20 }",
            "next_ids: { workspace: 3 }",
            "next_ids.workspace: expected at least `4`, as lower ids are in use, found `3`",
        ),
        (
            "username: bea@",
            "username: ada@",
            "users: expected a different `username` for each, found `ada@example.com twice`",
        ),
        (
            "file: fraud.onnx, ",
            "",
            "models[0].versions[0]: expected a `file` or, without one, a `sha`, found `neither`",
        ),
        (
            "file: fraud.onnx, ",
            "file: fraud.onnx, sha: abc, ",
            "models[0].versions[0].sha: expected the file's digest `",
        ),
    ] {
        assert!(SMALL.contains(right), "{right}");
        assert_refused(&SMALL.replacen(right, wrong, 1), message);
    }
}

#[test]
fn values_that_no_platform_has_are_told() {
    for (right, wrong, message) in [
        ("  - id: 3\n", "  - id: -3\n", "workspaces[0].id: expected an id from 1 to 9007199254740991, found `-3`"),
        ("  - id: 3\n", "  - id: 0\n", "workspaces[0].id: expected an id from 1 to"),
        ("  - id: 3\n", "  - id: 9223372036854775807\n", "workspaces[0].id: expected an id from 1 to"),
        ("  - id: 7\n", "  - id: -7\n", "models[0].id: expected an id from 1 to"),
        ("{ id: 8, version: v1", "{ id: 0, version: v1", "models[0].versions[0].id: expected an id from 1 to"),
        ("  - id: 4\n", "  - id: 0\n", "pipelines[0].id: expected an id from 1 to"),
        ("{ id: 5, version: p1", "{ id: -5, version: p1", "pipelines[0].versions[0].id: expected an id from 1 to"),
        ("deployment: 20", "deployment: -1", "next_ids.deployment: expected an id from 1 to"),
        ("deployment: 20", "assay: 9223372036854775807", "next_ids.assay: expected an id from 1 to"),
        ("name: fraud\n    owner", "name: ''\n    owner", "workspaces[0].name: expected a text that is not empty"),
        ("version: p1", "version: ' '", "pipelines[0].versions[0].version: expected a text that is not empty"),
        ("secret: simulated", "secret: ''", "client.secret: expected a text that is not empty"),
        (
            "[bea@example.com]",
            "[bea@example.com, ada@example.com]",
            "workspaces[0].collaborators[1]: expected somebody who is no member of the workspace yet, found \
             `ada@example.com`",
        ),
        (
            "service_account: c2d8b1b6-54f3-4b0e-bb1c-6e7d0a9f3c03",
            "service_account: 91c6f2f4-3d0d-4c5e-8a67-2b9a4c1d7e02",
            "users[0].id: expected another id than that of `service_account`",
        ),
        (
            "email: ada@example.com",
            "email: bea@example.com",
            "users[1].username: expected a name that nobody else logs in by, found `bea@example.com`",
        ),
        (
            "    versions:\n      - { id: 8, version: v1, file: fraud.onnx, uploaded_at: 2023-05-17T20:41:51Z }\n",
            "    versions:\n      - { id: 8, version: v1, file: fraud.onnx, uploaded_at: 2023-05-17T20:41:51Z }\n      \
             - { id: 9, version: v1, file: fraud.onnx, uploaded_at: 2023-05-17T20:41:51Z }\n",
            "models[0].versions[1].version: expected a version that no other one of the same has, found `v1`",
        ),
    ] {
        assert!(SMALL.contains(right), "{right}");
        assert_refused(&SMALL.replacen(right, wrong, 1), message);
    }
}

#[test]
fn files_that_are_missing_or_wrong_are_told_with_their_name() {
    assert_refused(&SMALL.replace("fraud.onnx", "lost.onnx"), "models[0].versions[0].file: cannot read `lost.onnx`: ");
    assert_refused(&SMALL.replace("log.csv", "lost.csv"), "histories[0].file: cannot read `lost.csv`: ");
    for (log, message) in [
        ("", "line 1: expected a column `time`, `elapsed_ns`, `in.FIELD[N]` or `out.FIELD[N]`, found ``"),
        ("out.a[0]\n1\n", "line 1: expected a column `time`, found none"),
        ("time,out.a\n1,2\n", "found `out.a`"),
        ("time,out.a[0]\n1,2\n3\n", "line 3: expected 2 cells, found 1"),
        ("time,out.a[0]\n1,2\n3,x\n", "line 3: `out.a[0]`: expected a number, found `x`"),
        ("time,out.a[0]\nx,2\n", "line 2: `time`: expected milliseconds since 1970, found `x`"),
    ] {
        let error = read(SMALL, log).expect_err("the log has a mistake");
        assert!(error.starts_with("histories[0].file: `log.csv`, line "), "{error}");
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn assays_that_the_platform_would_not_take_are_told() {
    let assay =
        "assays:\n  - id: 1\n    created_at: 2023-05-17T20:34:31Z\n    definition: { name: a, pipeline_id: 1 }\n";
    let message = "assays[0].definition: the platform would not take the definition: missing field `pipeline_name`";
    assert_refused(&format!("{SMALL}{assay}"), message);
    let world = BUILT_IN.replace("pipeline_id: 1", "pipeline_id: 8");
    assert_refused(&world, "assays[0].definition.pipeline_id: expected the id of a pipeline: `1`, `3`, found `8`");
}
