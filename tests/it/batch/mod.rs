//! Several playbooks in one call of `callsheet run`.

mod again;
mod interrupt;
mod output;
mod parallel;
mod saving;
pub mod server;

use std::path::Path;
use std::process::{Command, Stdio};

use server::Server;

/// A folder with playbooks, and a server that they call.
struct Case {
    folder: tempfile::TempDir,
    server: Server,
    names: Vec<String>,
}

/// What a call of the program left.
struct Called {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Case {
    fn new(server: Server) -> Self {
        Case { folder: tempfile::tempdir().expect("a folder"), server, names: Vec::new() }
    }

    /// One more playbook: what follows `steps:` and, after it, other keys.
    fn playbook(mut self, name: &str, steps: &str) -> Self {
        let url = self.server.url();
        let text = format!("playbook: {name}\ndefaults: {{ base_url: '{url}' }}\nsteps:\n{steps}\n");
        let file = format!("{name}.yaml");
        std::fs::write(self.folder.path().join(&file), text).expect("a file can be written");
        self.names.push(file);
        self
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `callsheet run` of all playbooks, in the order they were added.
    fn command(&self, options: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
        command.arg("run").args(options).args(&self.names).current_dir(self.folder());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, options: &[&str]) -> Called {
        called(self.command(options).output().expect("the program can be started"))
    }
}

fn called(output: std::process::Output) -> Called {
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    Called { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

impl Called {
    /// What was said on stderr, with what differs from run to run replaced.
    fn told(&self) -> String {
        let text = regex::Regex::new(r"\d{8}-\d{6}-[a-z0-9]{4}").expect("a pattern").replace_all(&self.err, "RUN");
        let text = regex::Regex::new(r"in \d+(\.\d+)? m?s").expect("a pattern").replace_all(&text, "in TIME");
        let text = regex::Regex::new(r"http://127.0.0.1:\d+").expect("a pattern").replace_all(&text, "URL");
        text.into_owned()
    }
}
