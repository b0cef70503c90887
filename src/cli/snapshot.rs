//! `run --snapshot`, `--update-snapshots`, and `callsheet diff`.

use std::path::{Path, PathBuf};

use super::args::DiffArgs;
use super::exit::Exit;
use super::terminal::{say, tell};
use crate::journal::{find, read, read_body};
use crate::record::Record;
use crate::transcript::{Difference, Transcript, differences};

/// More differences than this are only counted.
const SHOWN: usize = 40;

/// Where the snapshot of a playbook is kept: `snapshots/NAME.snap` beside it.
fn place(playbook: &Path) -> PathBuf {
    let mut name = playbook.file_stem().unwrap_or(playbook.as_os_str()).to_owned();
    name.push(".snap");
    playbook.with_file_name("snapshots").join(name)
}

/// Holds a transcript against the playbook's snapshot, or makes it the snapshot.
pub(super) fn hold(playbook: &Path, transcript: &Transcript, update: bool, quiet: bool) -> Exit {
    let note = |text: String| {
        if !quiet {
            tell(&text);
        }
    };
    let path = place(playbook);
    let shown = path.display();
    if update {
        let folder = path.parent().unwrap_or(Path::new(""));
        let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, transcript.to_yaml()));
        return match written {
            Ok(()) => {
                note(format!("snapshot: {shown} written\n"));
                Exit::Passed
            }
            Err(error) => {
                tell(&format!("error: cannot write the snapshot {shown}: {error}\n"));
                Exit::Errored
            }
        };
    }
    let expected = match std::fs::read_to_string(&path) {
        Ok(text) => Transcript::read(&text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            tell(&format!("error: there is no snapshot {shown}\nhelp: `--update-snapshots` writes it\n"));
            return Exit::Failed;
        }
        Err(error) => Err(error.to_string()),
    };
    let expected = match expected {
        Ok(expected) => expected,
        Err(reason) => {
            tell(&format!("error: {shown} is no transcript: {reason}\n"));
            return Exit::Errored;
        }
    };
    let found = differences(&expected, transcript);
    if found.is_empty() {
        note(format!("snapshot: {shown} holds\n"));
        return Exit::Passed;
    }
    tell(&format!("\nthe run differs from its snapshot {shown}:\n{}", list(&found)));
    tell("help: `--update-snapshots` takes what is there now as what is expected\n");
    Exit::Failed
}

fn list(differences: &[Difference]) -> String {
    let mut text: String = differences.iter().take(SHOWN).map(|difference| format!("\n{difference}\n")).collect();
    if differences.len() > SHOWN {
        text += &format!("\nand {} more\n", differences.len() - SHOWN);
    }
    text + "\n"
}

/// `callsheet diff`: exit 0 where the runs are alike, 4 where they differ.
pub(super) fn diff(args: &DiffArgs) -> Exit {
    let transcript = |run: &str| {
        let folder = find(&args.folder, Some(run))?;
        let record = Record::fold(read(&folder)?);
        Ok::<_, crate::journal::JournalError>(Transcript::new(&record, &|name| read_body(&folder, name).ok()))
    };
    match transcript(&args.left).and_then(|left| Ok((left, transcript(&args.right)?))) {
        Ok((left, right)) => {
            let found = differences(&left, &right);
            if found.is_empty() {
                return say("the runs are alike\n");
            }
            Exit::Failed.max(say(list(&found).trim_start_matches('\n')))
        }
        Err(error) => {
            tell(&format!("error: {error}\n"));
            Exit::Errored
        }
    }
}
