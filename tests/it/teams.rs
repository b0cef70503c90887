//! The bootstrap of many teams, with the real program on a running simulator: before, half-way, after, and with one more.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// A simulator that lives as long as the test.
struct Simulator {
    child: Child,
    url: String,
}

impl Simulator {
    fn start() -> Self {
        let mut command = program();
        let mut child = command.args(["simulate", "--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let out = child.as_mut().ok().and_then(|child| child.stdout.take()).expect("the program can be started");
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).expect("it says where it is");
        let ready: serde_json::Value = serde_json::from_str(&line).expect("a line of JSON");
        let url = ready["simulator"]["api_url"].as_str().expect("an address").to_owned();
        let child = child.expect("it was started");
        Simulator { child, url }
    }

    /// The requests that it has executed, in their order: path, status and body.
    fn executed(&self) -> Vec<(String, u64, serde_json::Value)> {
        let address = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("the simulator listens");
        write!(stream, "GET /_simulator/log HTTP/1.0\r\nHost: {address}\r\n\r\n").expect("it can be asked");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let log: Vec<serde_json::Value> = serde_json::from_str(body).expect("a list");
        let entry = |entry: serde_json::Value| {
            let path = entry["path"].as_str().unwrap_or_default().to_owned();
            (path, entry["status"].as_u64().unwrap_or(0), entry["request"].clone())
        };
        log.into_iter().filter(|entry| entry["executed"] == true).map(entry).collect()
    }

    fn created(&self) -> usize {
        let creates = |(path, status, _): &(String, u64, serde_json::Value)| {
            (path.ends_with("/create") || path.ends_with("/upload_and_convert")) && (200..300).contains(status)
        };
        self.executed().iter().filter(|entry| creates(entry)).count()
    }

    /// The same when nothing is under way any more: what a killed run had sent may still be executed.
    fn settled(&self) -> usize {
        let (mut count, mut same) = (self.created(), 0);
        while same < 10 {
            let now = self.created();
            same = if now == count { same + 1 } else { 0 };
            count = now;
        }
        count
    }

    fn call(&self, folder: &Path, arguments: &[&str]) -> Output {
        let simulate = format!("--simulate={}", self.url);
        let playbook = concat!(env!("CARGO_MANIFEST_DIR"), "/workflows/teams.yaml");
        let mut command = program();
        command.args(arguments).arg(simulate).arg(playbook).current_dir(folder);
        command.output().expect("the program can be started")
    }

    /// What a refresh says: would create, would keep.
    fn refresh(&self, folder: &Path, more: &[&str]) -> (u64, u64) {
        let output = self.call(folder, &[&["plan", "--refresh", "--format", "json"], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let one = &said["refresh"][0];
        (one["create"].as_u64().expect("a count"), one["keep"].as_u64().expect("a count"))
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
    command.stdin(Stdio::null());
    command
}

const SIX: &str = r#"teams=["red","green","blue","gold","gray","pink"]"#;

#[test]
fn a_refresh_is_exact_before_half_way_and_after_and_a_second_run_changes_nothing() {
    let (simulator, folder) = (Simulator::start(), tempfile::tempdir().expect("a folder can be made"));
    let folder = folder.path();
    assert_eq!((simulator.refresh(folder, &[]), simulator.created()), ((20, 0), 0));

    // Killed when it has told of its seventh creation.
    let simulate = format!("--simulate={}", simulator.url);
    let playbook = concat!(env!("CARGO_MANIFEST_DIR"), "/workflows/teams.yaml");
    let run =
        program().args(["run", "--jobs", "1", &simulate, playbook]).current_dir(folder).stderr(Stdio::piped()).spawn();
    let mut run = run.expect("the program can be started");
    let told = BufReader::new(run.stderr.take().expect("it is piped")).lines();
    let told = told.map_while(Result::ok).filter(|line| line.contains(", created")).take(7).count();
    run.kill().expect("it can be killed");
    run.wait().expect("it ends");
    assert_eq!(told, 7);

    let there = simulator.settled() as u64;
    assert!((7..20).contains(&there), "{there} of 20 are there");
    assert_eq!(simulator.refresh(folder, &[]), (20 - there, there));
    assert_eq!(simulator.created() as u64, there, "a refresh creates nothing");

    assert!(simulator.call(folder, &["run", "-q"]).status.success());
    assert_eq!((simulator.refresh(folder, &[]), simulator.created()), ((0, 20), 20));
    assert!(simulator.call(folder, &["run", "-q"]).status.success());
    assert_eq!(simulator.created(), 20, "a second run changes nothing");

    assert_eq!(simulator.refresh(folder, &["--var", SIX]), (4, 20));
    assert!(simulator.call(folder, &["run", "-q", "--var", SIX]).status.success());
    assert_eq!(simulator.created(), 24, "a sixth team creates only what is its own");
}

#[test]
fn one_upload_that_fails_is_the_only_thing_named_at_the_end() {
    let (simulator, folder) = (Simulator::start(), tempfile::tempdir().expect("a folder can be made"));
    let models = r#"models=[{"name":"fraud","file":"data/fraud.onnx"},{"name":"lost","file":"data/nothing.onnx"}]"#;
    let output =
        simulator.call(folder.path(), &["run", "--keep-going", "--var", models, "--var", r#"teams=["red","blue"]"#]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let (_, end) = said.split_once("\n\n").expect("a summary behind the lines");
    assert_eq!(output.status.code(), Some(3), "{said}");
    let named: Vec<&str> = end.lines().filter(|line| line.contains('[') && !line.starts_with(' ')).collect();
    assert_eq!(named.len(), 2, "{end}");
    assert!(named.iter().all(|line| line.contains(",lost]")), "{end}");
    assert!(end.contains("6 steps: 4 passed, 2 errored"), "{end}");
}

#[test]
fn a_plan_for_people_and_one_that_cannot_be_found_out() {
    let (simulator, folder) = (Simulator::start(), tempfile::tempdir().expect("a folder can be made"));
    let two = ["--var", r#"teams=["red"]"#, "--var", r#"models=[{"name":"fraud","file":"data/fraud.onnx"}]"#];
    let output = simulator.call(folder.path(), &[&["plan", "--refresh"], &two[..]].concat());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(
        said,
        "Teams, each with its workspace and its models
  create   workspace[red]     POST /v1/api/workspaces/create
  create   upload[red,fraud]  POST /v1/api/models/upload_and_convert
would create 2, would keep 0
"
    );
    let wrong = [&["plan", "--refresh", "--var", "password=not-the-password"], &two[..]].concat();
    let output = simulator.call(folder.path(), &wrong);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(3), "{out}{err}");
    assert!(out.contains("errored  workspace[red]") && out.contains("1 could not be found out"), "{out}");
    assert!(err.contains("`mlops` got no token"), "{err}");
    assert!(!folder.path().join(".callsheet").exists(), "nothing is kept of it");
}
