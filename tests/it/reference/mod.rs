//! The language reference: `workflows/LANGUAGE.md` is what the program says, and all that it shows holds.

mod blocks;
mod keys;
mod told;

use std::process::{Command, Output};

/// `callsheet help` with these words.
fn help(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
    command.arg("help").args(words).env_remove("NO_COLOR").output().expect("the program starts")
}

/// What `callsheet help` writes where it knows the topic.
#[track_caller]
fn helped(words: &[&str]) -> String {
    let output = help(words);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the program writes UTF-8")
}

/// The whole reference.
fn reference() -> String {
    helped(&["language", "--format", "markdown"])
}
