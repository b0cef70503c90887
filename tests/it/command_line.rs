//! The program as a person or a script calls it: exit codes, streams, formats, help.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a call of the program left.
struct Called {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Calls the program in the folder of the package, with nothing of the caller's environment that it would look at.
fn call(arguments: &[&str]) -> Called {
    call_with(arguments, &[])
}

fn call_with(arguments: &[&str], variables: &[(&str, &str)]) -> Called {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CALLSHEET_") || name == "NO_COLOR") {
        command.env_remove(name);
    }
    let output = command.envs(variables.iter().copied()).output().expect("the program can be started");
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    Called { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn case(name: &str) -> String {
    format!("tests/fixtures/check/{name}")
}

#[test]
fn a_wrong_call_ends_with_1_and_says_so_on_stderr() {
    for arguments in
        [&["chekc"][..], &["check"], &["run", "x.yaml", "--var", "novalue"], &["check", "--format", "xml", "x"]]
    {
        let called = call(arguments);
        assert_eq!((called.code, &*called.out), (Some(1), ""), "{arguments:?}");
        assert!(called.err.contains("error: "), "{}", called.err);
    }
}

#[test]
fn whoever_asks_twice_for_more_words_gets_all_there_are() {
    let called = call(&["run", "-vv", &case("err_seven.yaml")]);
    assert_eq!(called.code, Some(2), "{}", called.err);
    let called = call(&["run", "-vvq", &case("err_seven.yaml")]);
    assert_eq!(called.code, Some(1), "{}", called.err);
}

#[test]
fn a_limit_is_set_for_the_reading_of_playbooks_too_and_a_wrong_one_is_told() {
    let called = call(&["check", "workflows/smoke.yaml", "--limit", "yaml_depth=2", "--limit", "foreach_items=7"]);
    assert_eq!(called.code, Some(2), "{}", called.err);
    assert!(called.err.contains("nested more than 2 levels deep") && called.err.contains("--limit yaml_depth=…"));
    for (limit, said) in [
        ("yaml_deep=3", "there is no limit `yaml_deep`; did you mean `yaml_depth`?"),
        ("yaml_depth=deep", "`yaml_depth` takes a whole number, not `deep`"),
        ("journal_size=1B", "`journal_size` cannot be 1B; write one from `64KiB`"),
        ("yaml_depth", "write NAME=VALUE"),
    ] {
        let called = call(&["run", "workflows/smoke.yaml", "--limit", limit]);
        assert_eq!((called.code, &*called.out), (Some(1), ""));
        assert!(called.err.contains(said), "{}", called.err);
    }
}

#[test]
fn a_file_of_variables_that_cannot_be_used_ends_with_1_and_shows_nothing_of_it() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("vars.yaml");
    std::fs::write(&path, "password: [hunter22\n").expect("a file can be written");
    let path = path.to_str().expect("its path is UTF-8");
    for (file, reason) in
        [(path, "is neither YAML nor JSON"), ("nowhere.yaml", "there is no such file"), ("src", "it is a folder")]
    {
        let called = call(&["run", "workflows/smoke.yaml", "--var-file", file]);
        assert_eq!((called.code, &*called.out), (Some(1), ""));
        assert!(called.err.contains(reason) && called.err.contains("help: "), "{}", called.err);
        assert!(!called.err.contains("hunter22"), "{}", called.err);
    }
}

#[test]
fn an_invalid_playbook_ends_with_2_and_is_told_on_stderr() {
    for command in ["check", "run", "plan"] {
        let called = call(&[command, &case("err_seven.yaml")]);
        assert_eq!((called.code, &*called.out), (Some(2), ""), "{command}");
        assert_eq!(called.err.matches("error[").count(), 7, "{}", called.err);
        assert!(!called.err.contains('\u{1b}'), "no colours where no terminal is");
    }
    let called = call(&["check", "workflows"]);
    assert_eq!(called.code, Some(0));
    assert!(called.err.ends_with(" playbooks checked: nothing wrong\n"), "{}", called.err);
}

#[test]
fn a_file_that_cannot_be_read_ends_with_2() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let latin = folder.path().join("latin.yaml");
    std::fs::write(&latin, b"playbook: x\nname: caf\xe9\n").expect("a file can be written");
    let latin = latin.to_str().expect("its path is UTF-8");
    for (path, reason) in [("nowhere.yaml", "there is no such file"), (latin, "line 2 is not UTF-8")] {
        let called = call(&["check", path]);
        assert_eq!(called.code, Some(2));
        assert!(called.err.contains(reason), "{}", called.err);
    }
    let called = call(&["run", "workflows"]);
    assert_eq!(called.code, Some(2));
    assert!(called.err.contains("it is a folder"), "{}", called.err);
}

/// Runs a playbook whose only request would reach a listener of ours; nothing may arrive there.
#[track_caller]
fn refused(inputs: &str, arguments: &[&str], variables: &[(&str, &str)], parts: &[&str]) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.set_nonblocking(true).expect("a listener need not wait");
    let url = format!("http://{}", listener.local_addr().expect("it has an address"));
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("case.yaml");
    let playbook = format!("playbook: case\ninputs: {{ {inputs} }}\nsteps: {{ one: {{ get: \"{url}\" }} }}\n");
    std::fs::write(&path, playbook).expect("a file can be written");
    let runs = folder.path().join("runs");
    let whole = [&["run", text(&path), "--folder", text(&runs)], arguments].concat();
    let called = call_with(&whole, variables);
    assert_eq!((called.code, &*called.out), (Some(2), ""), "{}", called.err);
    for part in parts {
        assert!(called.err.contains(part), "`{part}` is not in:\n{}", called.err);
    }
    assert!(!called.err.contains("hunter"), "a secret came out:\n{}", called.err);
    assert!(listener.accept().is_err(), "something was sent");
    assert!(!runs.exists(), "a run was begun");
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is UTF-8")
}

#[test]
fn wrong_inputs_are_refused_before_anything_is_sent() {
    refused("name: {}", &[], &[], &["`name` has no value", "--> ", "--var name=", "CALLSHEET_VAR_name"]);
    refused("name: {}", &["--var", "name=x", "--var", "nmae=y"], &[], &["no input `nmae`", "did you mean `name`?"]);
    refused("count: { type: int }", &["--var", "count=many"], &[], &["a whole number", "`many`", "`--var`", "`3`"]);
    let variable = [("CALLSHEET_VAR_flag", "yes")];
    refused("flag: { type: bool }", &[], &variable, &["`yes`", "`CALLSHEET_VAR_flag`", "write `true` or `false`"]);
    refused("url: { type: url }", &["--var", "url=example.com"], &[], &["`example.com`", "with its scheme"]);
    refused("file: { type: file }", &["--var", "file=nowhere"], &[], &["a file that is not there", "looked for"]);
    let secret = "pass: { secret: true }, number: { type: int, secret: true }";
    refused(
        secret,
        &["--var", "pass=hun", "--var", "number=hunter22"],
        &[],
        &["shorter than 4 bytes", "a whole number"],
    );
}

#[test]
fn check_gives_programs_what_they_read_on_stdout() {
    let called = call(&["check", "--format", "json", &case("err_seven.yaml")]);
    assert_eq!((called.code, &*called.err), (Some(2), ""));
    let lines: Vec<serde_json::Value> =
        called.out.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    assert_eq!(lines.len(), 7);
    assert_eq!(lines[0]["place"]["line"], 5);
    let called = call(&["check", "--format", "github", &case("err_seven.yaml")]);
    assert_eq!((called.code, &*called.err), (Some(2), ""));
    assert_eq!(called.out.lines().filter(|line| line.starts_with("::error file=")).count(), 7);
}

#[test]
fn warnings_fail_a_check_only_where_they_are_denied_and_hints_never() {
    let counted = |arguments: &[&str], name: &str| {
        let called = call(&[&["check"], arguments, &[&*case(name)]].concat());
        (called.code, called.err.lines().rev().nth(1).unwrap_or_default().to_owned())
    };
    let warned = "1 playbook checked: 7 warnings".to_owned();
    assert_eq!(counted(&[], "warn_unused.yaml"), (Some(0), warned.clone()));
    assert_eq!(counted(&["--deny", "warnings"], "warn_unused.yaml"), (Some(2), warned));
    let hinted = (Some(0), "1 playbook checked: 5 hints".to_owned());
    assert_eq!(counted(&["--deny", "warnings"], "warn_skipped.yaml"), hinted);
    let called = call(&["check", "--format", "github", &case("warn_skipped.yaml")]);
    assert_eq!(called.code, Some(0));
    assert_eq!(called.out.lines().filter(|line| line.starts_with("::notice file=")).count(), 5);
    let called = call(&["check", "--format", "json", &case("warn_skipped.yaml")]);
    assert_eq!(called.out.lines().filter(|line| line.contains("\"severity\":\"hint\"")).count(), 5);
    let called = call(&["check", "--format", "sarif", &case("warn_skipped.yaml")]);
    assert_eq!(called.out.matches("\"level\": \"note\"").count(), 5 + 1);
}

#[test]
fn plan_shows_inputs_without_a_value_as_their_names() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path: PathBuf = folder.path().join("case.yaml");
    let playbook = "playbook: case\ninputs: { url: { type: url }, often: {} }\nsteps: { one: { get: '{{ url }}/x', \
                    timeout: '{{ often }}', poll: { until: status == 200, every: '{{ often }}' } } }\n";
    std::fs::write(&path, playbook).expect("a file can be written");
    let called = call(&["plan", text(&path)]);
    assert_eq!((called.code, &*called.err), (Some(0), ""));
    assert!(
        called.out.contains("GET ‹url›/x") && called.out.contains("polls every ‹often› for 10 m"),
        "{}",
        called.out
    );
    let called = call(&["plan", text(&path), "--format", "json"]);
    assert_eq!((called.code, &*called.err), (Some(0), ""));
    serde_json::from_str::<serde_json::Value>(&called.out).expect("the plan is JSON");
}

#[test]
fn colours_come_when_they_are_asked_for_and_never_against_no_color() {
    let seven = case("err_seven.yaml");
    let coloured = call(&["--color", "always", "check", &seven]);
    assert!(coloured.err.contains('\u{1b}'), "{}", coloured.err);
    let plain = call_with(&["check", &seven], &[("NO_COLOR", "1")]);
    assert!(!plain.err.contains('\u{1b}'), "{}", plain.err);
}

#[test]
fn schema_prints_the_published_schema() {
    let called = call(&["schema"]);
    assert_eq!((called.code, &*called.err), (Some(0), ""));
    let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/playbook.schema.json");
    assert!(called.out == std::fs::read_to_string(published).expect("the schema can be read"));
}

#[cfg(feature = "simulator")]
#[test]
fn help_is_what_a_person_reads() {
    for command in
        ["", "init", "run", "check", "fmt", "plan", "runs", "show", "prune", "report", "diff", "simulate", "schema"]
    {
        let arguments = [command, "--help"];
        let called = call_with(if command.is_empty() { &arguments[1..] } else { &arguments }, &[("COLUMNS", "80")]);
        assert_eq!((called.code, &*called.err), (Some(0), ""), "{command}");
        let name = if command.is_empty() { "callsheet" } else { command };
        insta::assert_snapshot!(format!("help_{name}"), called.out);
    }
}

#[test]
fn a_run_is_held_against_its_snapshot_and_only_what_changed_is_told() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let playbook = folder.path().join("smoke.yaml");
    std::fs::copy("workflows/smoke.yaml", &playbook).expect("the playbook can be copied");
    let snapshot = folder.path().join("snapshots/smoke.snap");
    let runs = folder.path().join("runs");
    let report = folder.path().join("report.md");
    let report_to = format!("markdown={}", text(&report));
    let run = |option: &str| {
        call(&["run", "--simulate", text(&playbook), "--folder", text(&runs), "--report", &report_to, option])
    };

    let missing = run("--snapshot");
    assert_eq!(missing.code, Some(4), "{}", missing.err);
    assert!(missing.err.contains("there is no snapshot") && missing.err.contains("`--update-snapshots` writes it"));
    assert_eq!(run("--update-snapshots").code, Some(0));
    let same = run("--snapshot");
    assert_eq!(same.code, Some(0), "{}", same.err);
    assert!(same.err.contains("smoke.snap holds"), "{}", same.err);

    let kept = std::fs::read_to_string(&snapshot).expect("a snapshot was written");
    let changed = kept.replace("Wallaroo Dev", "Wallaroo Prod");
    assert_ne!(kept, changed, "the snapshot has the name that is changed");
    std::fs::write(&snapshot, changed).expect("the snapshot can be written");
    let differs = run("--snapshot");
    assert_eq!(differs.code, Some(4), "{}", differs.err);
    assert_eq!(differs.err.matches("  expected ").count(), 1, "{}", differs.err);
    let told = "features · exchanges[0].answer.json.name\n  expected \"Wallaroo Prod\"\n  found    \"Wallaroo Dev\"\n";
    assert!(differs.err.contains(told), "{}", differs.err);
    let report = std::fs::read_to_string(&report).expect("a report was written");
    assert!(report.contains("failed") && report.contains("Wallaroo Prod"), "{report}");
}

#[test]
fn a_report_is_not_written_to_a_file_named_like_stdout() {
    let called = call(&["run", "workflows/smoke.yaml", "--report", "junit=-"]);
    assert_eq!(called.code, Some(1));
    assert!(called.err.contains("`callsheet report --format junit` prints it"), "{}", called.err);
}

#[cfg(unix)]
#[test]
fn programs_are_named_and_refused_unless_they_are_allowed() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a file can be written");
        path.to_str().expect("its path is UTF-8").to_owned()
    };
    let main = write(
        "main.yaml",
        "playbook: main
steps:
  one: { exec: [echo, hello], capture: { said: { expr: stdout | trim } } }
  two: { call: inner.yaml }
  three: { call: inner.yaml, needs: [two] }
outputs: { said: '{{ said }}' }
",
    );
    write("inner.yaml", "playbook: inner\nsteps:\n  deep: { exec: [sh, -c, 'exit 0'] }\n");
    let runs = folder.path().join("runs");
    let run = ["run", &main, "--folder", runs.to_str().expect("its path is UTF-8")];
    let refused = call(&run);
    assert_eq!((refused.code, &*refused.out, runs.exists()), (Some(2), "", false), "{}", refused.err);
    for program in ["step `one` runs the program `echo`", "step `deep` runs the program `sh`"] {
        assert_eq!(refused.err.matches(program).count(), 1, "{}", refused.err);
    }
    assert!(refused.err.contains("--allow-exec") && refused.err.contains("inner.yaml"), "{}", refused.err);
    for command in ["check", "plan"] {
        assert_eq!(call(&[command, &main]).code, Some(0), "{command}");
    }
    let allowed = call(&[&run[..], &["--allow-exec"]].concat());
    assert_eq!((allowed.code, &*allowed.out), (Some(0), "said: hello\n"), "{}", allowed.err);
    assert!(allowed.err.contains("exec echo hello → 0"), "{}", allowed.err);
}
