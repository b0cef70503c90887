//! The program is killed at some events of some playbooks and gone on with; `cargo bench --bench crashes` takes all.

mod killing;

use self::killing::case::{Baseline, Crash, baseline, survive};
use crate::workflows::folder;

/// Kills a shipped playbook at an event.
#[track_caller]
fn crash(workflow: &str, undisturbed: &Baseline, crash: Crash) {
    let path = folder().join(format!("{workflow}.yaml"));
    let survived = survive(&path, undisturbed, &[crash]).unwrap_or_else(|why| panic!("{workflow}, {crash:?}: {why}"));
    assert_eq!(survived.crashes, 1, "{workflow} never came to {crash:?}");
}

/// At every so manyth event, each time in another way.
#[track_caller]
fn crashes_of(workflow: &str, step: usize) {
    let undisturbed = baseline(&folder().join(format!("{workflow}.yaml")));
    let mut ways = ["before", "after", "torn"].into_iter().cycle();
    for event in (0..undisturbed.events).step_by(step) {
        crash(workflow, &undisturbed, Crash { when: ways.next().expect("they go round"), event });
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

#[test]
fn what_ensure_has_created_is_found_again_whether_or_not_it_was_told_so() {
    for workflow in ["bootstrap", "drift"] {
        let undisturbed = baseline(&folder().join(format!("{workflow}.yaml")));
        assert!(!undisturbed.creations.is_empty(), "{workflow} creates something");
        for event in &undisturbed.creations {
            for when in ["before", "after"] {
                crash(workflow, &undisturbed, Crash { when, event: *event });
            }
        }
    }
}
