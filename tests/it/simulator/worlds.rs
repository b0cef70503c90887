//! Other worlds than the built-in one.

use callsheet::simulator::world::NextIds;
use callsheet::simulator::{Options, World};
use serde_json::json;

use super::caller::Caller;

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
