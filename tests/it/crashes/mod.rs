//! The program is killed at some events of some playbooks and gone on with; `cargo bench --bench crashes` takes all.

mod killing;

use self::killing::case::{Crash, baseline, survive};
use crate::workflows::folder;

/// Kills a shipped playbook at every so manyth event, each time in another way.
#[track_caller]
fn crashes_of(workflow: &str, step: usize) {
    let path = folder().join(format!("{workflow}.yaml"));
    let undisturbed = baseline(&path);
    let mut ways = ["before", "after", "torn"].into_iter().cycle();
    for event in (0..undisturbed.events).step_by(step) {
        let crash = Crash { when: ways.next().expect("they go round"), event };
        let survived =
            survive(&path, &undisturbed, &[crash]).unwrap_or_else(|why| panic!("{workflow}, {crash:?}: {why}"));
        assert_eq!(survived.crashes, 1, "{workflow} never came to {crash:?}");
    }
}

#[test]
fn deploy_and_infer_survives_being_killed() {
    crashes_of("deploy-and-infer", 5);
}

#[test]
fn teams_survive_being_killed() {
    crashes_of("teams", 37);
}
