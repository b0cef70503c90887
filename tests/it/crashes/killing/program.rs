//! Calls of the real program, which may be killed at their fault point.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use super::case::Crash;

/// The program in a folder.
pub struct Program<'a> {
    pub folder: &'a Path,
}

/// How a call ended.
pub enum Ended {
    /// It was killed where it waited.
    Killed,
    /// With this exit code, having told this.
    By(i32, String),
}

impl Program<'_> {
    /// Calls it; where it comes to the crash it is killed.
    pub fn call(&self, arguments: &[String], crash: Option<Crash>) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CALLSHEET_")) {
            command.env_remove(name);
        }
        if let Some(Crash { when, event }) = crash {
            command.env("CALLSHEET_FAULT", format!("{when}:{event}"));
        }
        command.args(arguments).current_dir(self.folder).stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the program can be started");
        let mut err = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut told = String::new();
        loop {
            let mut line = String::new();
            match err.read_line(&mut line) {
                Ok(0) | Err(_) => break,
                Ok(_) if line.starts_with("fault: ") => {
                    child.kill().expect("it can be killed");
                    child.wait().expect("it ends");
                    return Ended::Killed;
                }
                Ok(_) => told += &line,
            }
        }
        // What is no text is no line of ours.
        let _ = err.read_to_string(&mut told);
        let status = child.wait().expect("it ends");
        if status.code().is_none() {
            // Somebody else has killed it.
            told += &format!("({status})\n");
        }
        Ended::By(status.code().unwrap_or(-1), told)
    }
}
