//! Secrets planted in every place where one can enter, runs that end in every way, and every view of them: nothing of
//! a secret stands in anything that was written or printed, in any encoding.

mod encodings;
mod planted;
mod resuming;
mod server;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
#[cfg(unix)]
use std::time::Duration;

use callsheet::cli::live::{Live, Size};
use callsheet::cli::plain::Verbosity;
use callsheet::diagnostic::Palette;

use encodings::encodings;
use planted as secret;
use server::Server;

/// A folder with a playbook and what it needs, a server, and everything that was printed.
struct Scene {
    folder: tempfile::TempDir,
    server: Server,
    /// What was called, and what it has printed.
    printed: Vec<(String, String)>,
}

/// Files that hold secrets because the test has put them there.
const GIVEN: &[&str] = &["creds.json", "vars.yaml", "leaks.yaml"];

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file can be written");
        let json = |text: &str| serde_json::Value::from(text).to_string();
        write("creds.json", &format!("{{\"password\": {}}}", json(secret::FILE)));
        write("vars.yaml", &format!("by_var_file: {}\n", json(secret::VAR_FILE)));
        write(
            "schema.json",
            r#"{"type": "object", "required": ["no such member"], "properties": {"plain": {"type": "integer"}}}"#,
        );
        let playbook = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/leaks/playbook.yaml");
        let playbook = fs::read_to_string(playbook)
            .expect("the playbook can be read")
            .replace("INPUT_DEFAULT", &json(secret::INPUT_DEFAULT))
            .replace("CAPTURE_DEFAULT", &json(secret::CAPTURE_DEFAULT))
            .replace("AUTHORIZATION", secret::AUTHORIZATION)
            .replace("QUERY_TOKEN", secret::QUERY);
        write("leaks.yaml", &playbook);
        Scene { folder, server: Server::start(), printed: Vec::new() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("LEAK_ENVIRONMENT", secret::ENVIRONMENT).env("LEAK_CLIENT", secret::CLIENT);
        command.env("CALLSHEET_VAR_by_variable", secret::VARIABLE);
        command
    }

    /// The arguments that give the inputs.
    fn inputs(&self, ending: &str) -> Vec<String> {
        let address = &self.server.address;
        [
            format!("api=http://{address}"),
            format!("with_user=http://jo:{}@{address}", secret::USER_INFORMATION),
            format!("by_var={}", secret::VAR),
            format!("ending={ending}"),
        ]
        .into_iter()
        .flat_map(|pair| ["--var".to_owned(), pair])
        .chain(["--var-file".to_owned(), "vars.yaml".to_owned()])
        .collect()
    }

    fn call(&mut self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().expect("the program can be started");
        self.heard(arguments, &output);
        output
    }

    fn heard(&mut self, arguments: &[&str], output: &Output) {
        for (stream, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            // The arguments hold secrets of their own.
            let called = arguments.iter().filter(|argument| !argument.contains('=')).copied().collect::<Vec<_>>();
            self.printed
                .push((format!("{stream} of {}", called.join(" ")), String::from_utf8_lossy(bytes).into_owned()));
        }
    }

    fn run(&mut self, ending: &str, more: &[&str]) -> Output {
        let inputs = self.inputs(ending);
        let mut arguments = vec!["run", "leaks.yaml", "--allow-exec", "--keep-going"];
        arguments.extend(inputs.iter().map(String::as_str));
        arguments.extend(more);
        self.call(&arguments)
    }

    fn runs(&self) -> Vec<PathBuf> {
        let runs = fs::read_dir(self.folder.path().join(".callsheet/runs")).expect("there are runs");
        let paths: BTreeSet<PathBuf> = runs.map(|run| run.expect("a folder").path()).collect();
        paths.into_iter().collect()
    }

    /// Every view of every run.
    fn view_all(&mut self) {
        for run in self.runs() {
            let name = run.file_name().expect("a name").to_string_lossy().into_owned();
            self.view(&["show", &name]);
            self.view(&["show", &name, "--verbose", "--color=always"]);
            self.view(&["show", &name, "--format=json"]);
            for format in ["markdown", "junit", "json"] {
                self.view(&["report", &name, &format!("--format={format}")]);
            }
            let mut drawn = Vec::new();
            let mut live = Live::new(&mut drawn, Verbosity::Verbose, Palette::Colour, Size { columns: 60, rows: 12 });
            for envelope in callsheet::journal::read(&run).expect("the journal can be read") {
                live.event(&envelope).expect("it is kept in memory");
                live.tick(envelope.at + 1000).expect("it is kept in memory");
            }
            drop(live);
            self.printed.push((format!("live display of {name}"), String::from_utf8_lossy(&drawn).into_owned()));
        }
        let names: Vec<String> =
            self.runs().iter().map(|run| run.file_name().expect("a name").to_string_lossy().into_owned()).collect();
        for pair in names.windows(2) {
            let output = self.call(&["diff", &pair[0], &pair[1]]);
            let (code, said) = (output.status.code(), String::from_utf8_lossy(&output.stderr));
            assert!(code == Some(0) || code == Some(4) && !output.stdout.is_empty(), "diff ends with {code:?}: {said}");
        }
    }

    /// A view, which is there: a secret cannot be missing from one that says nothing.
    #[track_caller]
    fn view(&mut self, arguments: &[&str]) {
        let output = self.call(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.len() > 100, "{arguments:?} says nothing");
    }

    /// What was printed and written, with where.
    fn everything(&self) -> Vec<(String, String)> {
        let mut texts = self.printed.clone();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder can be read") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if !GIVEN.iter().any(|given| path.ends_with(given)) {
                    let bytes = fs::read(&path).expect("a file can be read");
                    let name = path.strip_prefix(self.folder.path()).expect("it is below").display().to_string();
                    texts.push((name, String::from_utf8_lossy(&bytes).into_owned()));
                }
            }
        }
        texts
    }

    #[track_caller]
    fn assert_nothing_came_out(&self) {
        let everything = self.everything();
        let mut found = BTreeSet::new();
        for (place, planted) in secret::ALL {
            for (encoding, form) in encodings(planted) {
                for (name, text) in everything.iter().filter(|(_, text)| text.contains(&form)) {
                    let at = text.find(&form).expect("it is there");
                    let from = text[..at].char_indices().rev().nth(60).map_or(0, |(from, _)| from);
                    found.insert(format!("{place} ({encoding}) in {name}: …{}", &text[from..at + form.len()]));
                }
            }
        }
        let found: Vec<String> = found.into_iter().take(40).collect();
        assert!(found.is_empty(), "{} secrets came out:\n{}", found.len(), found.join("\n"));
    }
}

#[test]
fn no_secret_comes_out_of_a_run_however_it_ends_and_whatever_view_is_made_of_it() {
    let mut scene = Scene::new();
    let reports = ["--report", "junit=junit.xml", "--report", "json=report.json", "--report", "markdown=report.md"];
    let passed = scene.run("pass", &[&reports[..], &["--verbose", "--update-snapshots"]].concat());
    assert_eq!(passed.status.code(), Some(0), "{}", String::from_utf8_lossy(&passed.stderr));
    scene.run("pass", &["--format=json", "--snapshot"]);
    let failed = scene.run("fail", &[&reports[..], &["--verbose", "--snapshot"]].concat());
    assert_eq!(failed.status.code(), Some(4), "{}", String::from_utf8_lossy(&failed.stderr));
    let errored = scene.run("error", &["--verbose"]);
    assert_eq!(errored.status.code(), Some(3), "{}", String::from_utf8_lossy(&errored.stderr));
    let inputs = scene.inputs("pass");
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    for more in [&["plan"][..], &["plan", "--format=json"], &["plan", "--graph=mermaid"], &["plan", "--refresh"]] {
        let command = [more, &["leaks.yaml"], &inputs].concat();
        let planned = scene.call(&command);
        assert_eq!(planned.status.code(), Some(0), "{}", String::from_utf8_lossy(&planned.stderr));
    }
    scene.call(&["check", "leaks.yaml"]);
    scene.view_all();
    let seen = scene.server.seen.lock().expect("no holder panics").clone();
    for sent in [secret::TOKEN, secret::COOKIE, secret::JWT, secret::OAUTH, secret::AUTHORIZATION, secret::QUERY] {
        assert!(seen.contains(sent), "`{sent}` was not sent, so that nobody could find it");
    }
    assert!(scene.printed.iter().any(|(_, text)| text.contains("***")), "something is masked");
    scene.assert_nothing_came_out();
}

#[cfg(unix)]
#[test]
fn no_secret_comes_out_of_a_run_that_is_interrupted() {
    let mut scene = Scene::new();
    let inputs = scene.inputs("wait");
    let mut arguments = vec!["run", "leaks.yaml", "--allow-exec", "--verbose"];
    arguments.extend(inputs.iter().map(String::as_str));
    let mut command = scene.command(&arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program can be started");
    let held = scene.server.held.recv_timeout(Duration::from_secs(60));
    if held.is_err() {
        panic!("the request that waits was not sent: {:?}", child.wait_with_output());
    }
    for _ in 0..2 {
        let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("there is `kill`");
        assert!(kill.success());
    }
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    scene.heard(&["run", "interrupted"], &output);
    scene.view_all();
    scene.assert_nothing_came_out();
}

#[test]
fn what_is_wrong_with_an_input_is_told_without_the_secret() {
    let mut scene = Scene::new();
    let api = format!("api=not a url {}", secret::VAR);
    let (given, unknown) = (format!("by_var={}", secret::VAR), format!("by_vra={}", secret::VAR));
    for (arguments, said) in [
        (&["run", "leaks.yaml", "--var", &api, "--var-file", "vars.yaml", "--var", &given][..], "input `api`"),
        (&["plan", "leaks.yaml", "--var-file", "vars.yaml", "--var", &unknown], "has no input `by_vra`"),
    ] {
        let refused = scene.call(arguments);
        let told = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{told}");
        assert!(told.contains(said), "{told}");
    }
    scene.assert_nothing_came_out();
}

#[test]
fn the_search_finds_what_comes_out() {
    let scene = Scene::new();
    fs::write(Path::new(scene.folder.path()).join("leak.txt"), format!("so: {}", secret::JWT)).expect("it is written");
    let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| scene.assert_nothing_came_out()));
    assert!(found.is_err());
}
