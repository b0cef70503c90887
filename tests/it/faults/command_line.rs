//! `--faults FILE`: where it is taken, and the plan that the README shows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What a call of the program left.
struct Called {
    code: Option<i32>,
    err: String,
}

fn call(arguments: &[&str]) -> Called {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    let output = command.output().expect("the program can be started");
    let err = String::from_utf8(output.stderr).expect("the program writes UTF-8");
    Called { code: output.status.code(), err }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is UTF-8")
}

/// A folder with a plan.
fn plan(plan: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("faults.yaml");
    fs::write(&path, plan).expect("a file can be written");
    (folder, path)
}

/// Runs the smoke test against an embedded simulator with that plan.
fn smoke(folder: &TempDir, faults: &Path, more: &[&str]) -> Called {
    let runs = folder.path().join("runs");
    let run = ["run", "--simulate", "workflows/smoke.yaml", "--faults", text(faults), "--folder", text(&runs)];
    call(&[&run, more].concat())
}

/// The plan that the README shows.
fn example() -> String {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("the README");
    let (_, behind) = readme.split_once("### Faults").expect("the README has a part on faults");
    let (_, behind) = behind.split_once("```yaml\n").expect("it shows a plan");
    behind.split_once("```").expect("the block ends").0.to_owned()
}

#[test]
fn the_plan_in_the_readme_is_survived_by_the_smoke_test() {
    let (folder, faults) = plan(&example());
    let called = smoke(&folder, &faults, &[]);
    assert_eq!(called.code, Some(0), "{}", called.err);
    assert!(called.err.contains("flaky") && called.err.contains("503"), "{}", called.err);
}

#[test]
fn the_seed_of_the_command_line_decides_before_that_of_the_plan() {
    let (folder, faults) = plan("seed: 1\nfaults: [{ path: /v1/**, probability: 0.5, reset: before }]\n");
    let flaky = |seed: &[&str]| {
        let called = smoke(&folder, &faults, &[&["--verbose"], seed].concat());
        called.err.matches("closed the connection").count()
    };
    let outcomes: Vec<usize> =
        ["1", "2", "3", "4", "5"].into_iter().map(|seed| flaky(&["--simulator-seed", seed])).collect();
    assert_eq!(flaky(&[]), outcomes[0], "{outcomes:?}");
    assert!(outcomes.iter().any(|count| *count != outcomes[0]), "{outcomes:?}");
}

#[test]
fn a_plan_with_a_mistake_ends_with_2_before_anything_starts() {
    let (folder, faults) = plan("faults: [{ statsu: 503 }]\n");
    let simulate = call(&["simulate", "--port", "0", "--faults", text(&faults)]);
    let planned = call(&["plan", "--simulate", "workflows/smoke.yaml", "--faults", text(&faults)]);
    for called in [smoke(&folder, &faults, &[]), simulate, planned] {
        assert_eq!(called.code, Some(2), "{}", called.err);
        assert!(
            called.err.contains("faults.yaml:1:12") && called.err.contains("did you mean `status`?"),
            "{}",
            called.err
        );
    }
    assert!(!folder.path().join("runs").exists());
    let missing = call(&["simulate", "--port", "0", "--faults", "nowhere.yaml"]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.err.contains("cannot read `nowhere.yaml`"), "{}", missing.err);
}

#[test]
fn faults_are_for_a_simulator_that_is_started() {
    let (_folder, faults) = plan("faults: [{ status: 503 }]\n");
    let alone = call(&["run", "workflows/smoke.yaml", "--faults", text(&faults)]);
    assert_eq!(alone.code, Some(1));
    assert!(alone.err.contains("--simulate"), "{}", alone.err);
    for option in [["--faults", text(&faults)], ["--simulator-seed", "3"]] {
        let running = call(&["run", "--simulate=http://127.0.0.1:9", "workflows/smoke.yaml", option[0], option[1]]);
        assert_eq!(running.code, Some(1), "{}", running.err);
        assert!(running.err.contains("runs already") && running.err.contains("help: give"), "{}", running.err);
    }
}
