//! `callsheet fmt` as a person calls it: files, folders, stdin, exit codes.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

struct Called {
    code: Option<i32>,
    out: String,
    err: String,
}

fn call(folder: &Path, arguments: &[&str], stdin: &str) -> Called {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
    command.arg("fmt").args(arguments).current_dir(folder);
    let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = streams.spawn().expect("the program can be started");
    let mut pipe = child.stdin.take().expect("stdin is a pipe");
    // A program that refuses its arguments reads nothing.
    let _ = pipe.write_all(stdin.as_bytes());
    drop(pipe);
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    Called { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

const UGLY: &str = "playbook:   x\nsteps:\n    one: { get: /x }   # one\n";
const NEAT: &str = "playbook: x\nsteps:\n  one: { get: /x }   # one\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file can be written");
    }
    folder
}

#[test]
fn files_in_folders_are_formatted_and_what_is_right_is_not_touched() {
    let folder = folder(&[("a.yaml", UGLY), ("b.yml", NEAT), ("c.txt", UGLY)]);
    let before = fs::metadata(folder.path().join("b.yml")).and_then(|metadata| metadata.modified());
    let called = call(folder.path(), &["."], "");
    assert_eq!((called.code, &*called.out), (Some(0), ""), "{}", called.err);
    assert_eq!(called.err, "formatted ./a.yaml\n1 file formatted, 1 file as it should be\n");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a file can be read");
    assert_eq!((&*read("a.yaml"), &*read("b.yml"), &*read("c.txt")), (NEAT, NEAT, UGLY));
    let after = fs::metadata(folder.path().join("b.yml")).and_then(|metadata| metadata.modified());
    assert_eq!(before.expect("a time"), after.expect("a time"));
    assert_eq!(fs::read_dir(folder.path()).expect("a folder can be read").count(), 3, "no other file is left");
}

#[test]
fn check_lists_what_is_not_formatted_and_ends_with_4_and_diff_shows_it() {
    let folder = folder(&[("a.yaml", UGLY), ("b.yaml", NEAT)]);
    let called = call(folder.path(), &["--check", "a.yaml", "b.yaml"], "");
    assert_eq!((called.code, &*called.out), (Some(4), "a.yaml\n"), "{}", called.err);
    assert_eq!(called.err, "1 file not formatted, 1 file as it should be\n");
    let called = call(folder.path(), &["--check", "b.yaml"], "");
    assert_eq!((called.code, &*called.out), (Some(0), ""), "{}", called.err);
    let called = call(folder.path(), &["--diff", "a.yaml"], "");
    assert_eq!(called.code, Some(0), "{}", called.err);
    assert!(called.out.contains("-playbook:   x\n") && called.out.contains("+playbook: x\n"), "{}", called.out);
    assert_eq!(fs::read_to_string(folder.path().join("a.yaml")).expect("a file can be read"), UGLY);
}

#[test]
fn stdin_goes_to_stdout() {
    let folder = folder(&[]);
    let called = call(folder.path(), &["-"], UGLY);
    assert_eq!((called.code, &*called.out, &*called.err), (Some(0), NEAT, ""));
    let called = call(folder.path(), &["-", "--check"], UGLY);
    assert_eq!((called.code, &*called.out), (Some(4), "<stdin>\n"));
}

#[test]
fn what_cannot_be_read_is_told_as_check_tells_it_and_left_alone() {
    let broken = "playbook: x\nsteps: [\n";
    let folder = folder(&[("broken.yaml", broken), ("ugly.yaml", UGLY)]);
    let called = call(folder.path(), &["broken.yaml", "ugly.yaml", "nowhere.yaml"], "");
    assert_eq!(called.code, Some(2), "{}", called.err);
    for part in [
        "broken.yaml:2:8",
        "this `[` is never closed",
        "`nowhere.yaml`: there is no such file",
        "1 file formatted, 2 files left alone",
    ] {
        assert!(called.err.contains(part), "{part}: {}", called.err);
    }
    assert_eq!(fs::read_to_string(folder.path().join("broken.yaml")).expect("a file can be read"), broken);
    assert_eq!(call(folder.path(), &["-"], broken).code, Some(2));
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_and_the_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder(&[("real.yaml", UGLY)]);
    let real = folder.path().join("real.yaml");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("permissions can be set");
    symlink("real.yaml", folder.path().join("link.yaml")).expect("a link can be made");
    let called = call(folder.path(), &["link.yaml"], "");
    assert_eq!(called.code, Some(0), "{}", called.err);
    assert!(folder.path().join("link.yaml").is_symlink());
    assert_eq!(fs::read_to_string(&real).expect("a file can be read"), NEAT);
    assert_eq!(fs::metadata(&real).expect("it is there").permissions().mode() & 0o777, 0o640);
}
