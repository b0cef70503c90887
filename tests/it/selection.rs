//! Choosing steps and playbooks on the command line.

use std::path::Path;
use std::process::Command;

/// A playbook that sends nothing, so that it runs anywhere.
const PLAYBOOK: &str = "playbook: small
steps:
  first: { set: { a: 1 } }
  second: { set: { b: '{{ a + 1 }}' }, tags: [late] }
  third: { set: { c: 3 } }
outputs: { b: '{{ b }}', c: '{{ c }}' }
";

fn call(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_callsheet")).args(arguments).current_dir(folder).output();
    let output = output.expect("the program can be started");
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for file in files {
        std::fs::write(folder.path().join(file), PLAYBOOK).expect("a file can be written");
    }
    folder
}

#[test]
fn what_is_selected_and_what_that_needs_is_told() {
    let folder = folder(&["a.yaml"]);
    let (code, out, err) = call(folder.path(), &["run", "a.yaml", "--only", "tag:late"]);
    assert_eq!((code, &*out), (Some(0), "b: 2\n"), "{err}");
    assert!(err.starts_with("small: 1 of 3 steps selected, and what they need: first\n"), "{err}");
    assert!(err.contains("skipped  third   it is not selected"), "{err}");
    let (code, out, _) = call(folder.path(), &["plan", "a.yaml", "--skip", "third"]);
    assert!(code == Some(0) && out.contains("does not run: `--skip` names it"), "{out}");
}

#[test]
fn a_name_that_fits_no_step_ends_with_1_and_a_proposal() {
    let folder = folder(&["a.yaml", "b.yaml"]);
    let (code, out, err) = call(folder.path(), &["run", "a.yaml", "b.yaml", "--only", "secnd"]);
    assert_eq!((code, &*out), (Some(1), ""));
    assert_eq!(err, "error: there is no step `secnd`\nhelp: did you mean `second`?\n");
    let (code, _, err) = call(folder.path(), &["run", "a.yaml", "--skip", "tag:lat"]);
    assert_eq!((code, err.lines().next()), (Some(1), Some("error: there is no step with the tag `lat`")));
    assert!(!folder.path().join(".callsheet").exists(), "nothing has begun");
}

#[test]
fn a_part_of_the_playbooks_runs() {
    let files = ["a.yaml", "b.yaml", "c.yaml"];
    let folder = folder(&files);
    let ran = |part: &str| {
        let arguments = [&["run", "--partition", part, "--format", "json"], &files[..]].concat();
        let (code, out, err) = call(folder.path(), &arguments);
        assert_eq!(code, Some(0), "{err}");
        files.map(|file| out.contains(file))
    };
    assert_eq!(ran("slice:1/2"), [true, false, true]);
    let (code, _, err) = call(folder.path(), &["run", "a.yaml", "--partition", "slice:2/2"]);
    assert_eq!((code, &*err), (Some(0), "nothing to run: no playbook belongs to this part\n"));
}

#[test]
fn a_snapshot_is_held_against_the_steps_that_were_selected() {
    let folder = folder(&["a.yaml"]);
    assert_eq!(call(folder.path(), &["run", "a.yaml", "--update-snapshots"]).0, Some(0));
    let (code, _, err) = call(folder.path(), &["run", "a.yaml", "--snapshot", "--only", "second"]);
    assert_eq!(code, Some(0), "{err}");
    let (code, _, err) = call(folder.path(), &["run", "a.yaml", "--update-snapshots", "--only", "second"]);
    assert!(code == Some(1) && err.contains("cannot be used with"), "{err}");
}
