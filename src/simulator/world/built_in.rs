//! The built-in world, which is a world file of ours: `built-in.yaml` beside this file.

use std::sync::LazyLock;

use super::World;
use super::files::Files;
use super::read::read;

const TEXT: &str = include_str!("built-in.yaml");

/// The files that it names.
const FILES: &[(&str, &str)] = &[("house_price_history.csv", include_str!("house_price_history.csv"))];

/// Read once; clones share the rows of the history, once somebody needed them.
static WORLD: LazyLock<World> =
    LazyLock::new(|| read(TEXT, &Files::Embedded(FILES)).expect("the built-in world is tested"));

/// A copy of it.
pub(super) fn world() -> World {
    WORLD.clone()
}
