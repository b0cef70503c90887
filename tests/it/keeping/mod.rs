//! The files of runs, with the real program: listed, removed, and what happens when they cannot be written.

mod disk;
#[cfg(unix)]
mod interrupts;
mod runs;
#[cfg(unix)]
mod terminal;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::batch::server::Server;

/// A folder with one playbook, and a server that it calls.
pub struct Place {
    folder: tempfile::TempDir,
    server: Server,
}

/// What a call of the program left.
#[derive(Debug)]
pub struct Called {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Place {
    /// The playbook is called `case`; what follows `steps:` and, after it, other keys.
    fn new(steps: &str) -> Self {
        let place = Place { folder: tempfile::tempdir().expect("a folder"), server: Server::new() };
        place.playbook("case", steps);
        place
    }

    /// One more playbook, or another text of one.
    fn playbook(&self, name: &str, steps: &str) {
        let url = self.server.url();
        let text = format!("playbook: {name}\ndefaults: {{ base_url: '{url}' }}\nsteps:\n{steps}\n");
        std::fs::write(self.path(&format!("{name}.yaml")), text).expect("a file can be written");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
        command.args(arguments).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn call(&self, arguments: &[&str]) -> Called {
        called(self.command(arguments).output().expect("the program can be started"))
    }

    /// The folders of the runs, in the order of their names.
    fn folders(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.path(".callsheet/runs")) else { return Vec::new() };
        let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder").path()).collect();
        folders.sort();
        folders
    }
}

fn called(output: std::process::Output) -> Called {
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    Called { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// The name of a run's folder.
fn name(folder: &Path) -> &str {
    folder.file_name().and_then(|name| name.to_str()).expect("a run's name is UTF-8")
}

/// Waits for another process, which no virtual clock can move: for a minute at most.
#[track_caller]
fn until(mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < end, "what was waited for has not come");
        std::thread::yield_now();
    }
}
