//! A playbook with a matrix: which cells run, and what each has of its own.

mod choosing;
mod server;

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use server::Server;

/// Two environments and two regions without one of the four; each cell logs in as itself.
const SMOKE: &str = "playbook: smoke
inputs:
  client: { default: '{{ env }}-{{ region }}' }
  password: { default: secret-of-nobody, secret: true }
matrix:
  env: [dev, prod]
  region: [eu, us]
  exclude: [{ env: prod, region: us }]
auth:
  own: { oauth2: { token_url: 'URL/token', grant: client_credentials, client_id: '{{ client }}', client_secret: '{{ password }}' } }
defaults: { base_url: URL, auth: own }
steps:
  one: { get: '/{{ client }}/one' }
  two: { get: '/{{ client }}/two', capture: { path: $.path } }
outputs: { path: '{{ path }}' }
";

/// What a call of the program left.
struct Called {
    code: Option<i32>,
    out: String,
    err: String,
}

fn call(folder: &Path, arguments: &[&str]) -> Called {
    let output = Command::new(env!("CARGO_BIN_EXE_callsheet")).args(arguments).current_dir(folder).output();
    let output = output.expect("the program can be started");
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    Called { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn folder(playbooks: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (file, text) in playbooks {
        std::fs::write(folder.path().join(file), text).expect("a file can be written");
    }
    folder
}

fn smoke(server: &Server) -> tempfile::TempDir {
    folder(&[("smoke.yaml", &SMOKE.replace("URL", &server.url()))])
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

#[test]
fn each_cell_is_a_run_of_its_own_and_they_run_side_by_side() {
    // None is answered before all three are there.
    let server = Server::waiting_for(3);
    let folder = smoke(&server);
    let called = call(folder.path(), &["run", "smoke.yaml", "--format", "json", "--report", "junit=junit.xml"]);
    assert_eq!(called.code, Some(0), "{}", called.err);
    let outputs = json(&called.out);
    let cells: Vec<&String> = outputs.as_object().expect("an object").keys().collect();
    assert_eq!(cells, ["smoke.yaml[dev,eu]", "smoke.yaml[dev,us]", "smoke.yaml[prod,eu]"]);
    assert_eq!(outputs["smoke.yaml[dev,us]"]["path"], "/dev-us/two");
    assert!(called.err.contains("callsheet: 3 runs: 3 passed; 6 steps in "), "{}", called.err);
    let runs = std::fs::read_dir(folder.path().join(".callsheet/runs")).expect("runs").count();
    assert_eq!(runs, 3);
    let junit = std::fs::read_to_string(folder.path().join("junit.xml")).expect("a report");
    for suite in ["smoke[dev,eu]", "smoke[dev,us]", "smoke[prod,eu]"] {
        assert!(junit.contains(&format!(r#"<testsuite name="{suite}" tests="2""#)), "{junit}");
    }
}

#[test]
fn no_token_of_one_cell_is_sent_for_another() {
    let server = Server::waiting_for(1);
    let folder = smoke(&server);
    let called = call(folder.path(), &["run", "smoke.yaml"]);
    assert_eq!(called.code, Some(0), "{}", called.err);
    let mut seen = server.seen();
    seen.sort();
    let own = |cell: &str| {
        [("one", cell), ("two", cell)]
            .map(|(step, cell)| (format!("/{cell}/{step}"), format!("Bearer token-of-{cell}")))
    };
    let expected: Vec<_> = ["dev-eu", "dev-us", "prod-eu"].into_iter().flat_map(own).collect();
    assert_eq!(seen, expected);
    let mut clients = server.clients();
    clients.sort();
    assert_eq!(clients, ["dev-eu", "dev-us", "prod-eu"], "one token for each cell");
}

#[test]
fn the_worst_cell_decides_and_the_journal_tells_which_it_was() {
    let server = Server::waiting_for(1);
    let folder = folder(&[(
        "smoke.yaml",
        &SMOKE.replace("URL", &server.url()).replace("{{ client }}/two'", "{{ client }}/two', expect: [env == 'dev']"),
    )]);
    let called = call(folder.path(), &["run", "smoke.yaml", "--keep-going", "--report", "markdown=all.md"]);
    assert_eq!(called.code, Some(4), "{}", called.err);
    assert!(called.err.contains("callsheet: 3 runs: 2 passed, 1 failed; 6 steps"), "{}", called.err);
    assert!(called.err.contains("\nfailed   smoke.yaml[prod,eu]"), "{}", called.err);
    let report = std::fs::read_to_string(folder.path().join("all.md")).expect("a report");
    assert!(report.contains("| ❌ | `smoke.yaml[prod,eu]` | 2 |"), "{report}");
    let run = called.err.split("callsheet show -v ").nth(1).and_then(|rest| rest.split_whitespace().next());
    let run = run.unwrap_or_else(|| panic!("no run is named in {}", called.err));
    let shown = call(folder.path(), &["show", run, "--format", "json"]);
    let shown = json(&shown.out);
    assert_eq!(shown["playbook"], "smoke[prod,eu]");
    assert_eq!((&shown["inputs"]["env"], &shown["inputs"]["region"]), (&"prod".into(), &"eu".into()));
    assert!(call(folder.path(), &["show", run]).out.starts_with("smoke[prod,eu]\n"));
}

#[test]
fn each_cell_has_its_own_snapshot() {
    let server = Server::waiting_for(1);
    let folder = smoke(&server);
    assert_eq!(call(folder.path(), &["run", "smoke.yaml", "--update-snapshots"]).code, Some(0));
    let mut snapshots: Vec<String> = std::fs::read_dir(folder.path().join("snapshots"))
        .expect("snapshots")
        .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
        .collect();
    snapshots.sort();
    assert_eq!(snapshots, ["smoke[dev,eu].snap", "smoke[dev,us].snap", "smoke[prod,eu].snap"]);
    let called = call(folder.path(), &["run", "smoke.yaml", "--snapshot"]);
    assert_eq!(called.code, Some(0), "{}", called.err);
    let called = call(folder.path(), &["run", "smoke.yaml", "--snapshot", "--var", "env=prod"]);
    assert_eq!(called.code, Some(0), "{}", called.err);
    assert!(called.err.contains("snapshot: snapshots/smoke[prod,eu].snap holds"), "{}", called.err);
}
