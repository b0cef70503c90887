//! `callsheet init`: a first playbook, with comments, or made from a curl command.

mod curl;

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Exit;
use super::terminal::tell;
use crate::session::Session;
use curl::{Draft, Refusal};

/// The playbook that is written where nothing else is said.
const TEMPLATE: &str = include_str!("template.yaml");

#[derive(Debug, Args)]
#[command(after_help = "\
From curl:
  callsheet init --from-curl 'curl -u me:$PASSWORD https://api.example.com/x'
  callsheet init orders.yaml --from-curl -- curl https://api.example.com/orders
  pbpaste | callsheet init --from-curl -

Variables of the shell become inputs, tokens and passwords secret inputs whose
values are not written. Options of curl without a counterpart are named.")]
pub(super) struct InitArgs {
    /// The file to write
    #[arg(value_name = "FILE", default_value = "callsheet.yaml")]
    file: PathBuf,
    /// Make a playbook from a curl command: in quotes, - for stdin, or its words at the end behind --
    #[arg(long, value_name = "COMMAND", num_args = 0..=1, default_missing_value = "")]
    from_curl: Option<String>,
    /// Overwrite the file
    #[arg(long)]
    force: bool,
    /// The command's words
    #[arg(last = true, value_name = "WORDS", requires = "from_curl")]
    words: Vec<String>,
}

pub(super) fn init(args: &InitArgs) -> Exit {
    let Some(command) = &args.from_curl else {
        return match write(&args.file, &TEMPLATE.replace("FILE", &shown(&args.file)), args.force) {
            Ok(()) => {
                tell(&first_steps(&args.file));
                Exit::Passed
            }
            Err(exit) => exit,
        };
    };
    let draft = match draft(command, &args.words) {
        Ok(Ok(draft)) => draft,
        Ok(Err(Refusal { message, help })) => {
            tell(&format!("error: {message}\nhelp: {help}\n"));
            return Exit::Usage;
        }
        Err(exit) => return exit,
    };
    if let Err(exit) = write(&args.file, &draft.text, args.force) {
        return exit;
    }
    tell(&from_curl_steps(&args.file, &draft));
    match Session::new().load(&args.file) {
        Ok(_) => Exit::Passed,
        Err(problems) => {
            tell(&format!("\nThe file needs your hand:\n\n{problems}\n"));
            Exit::Invalid
        }
    }
}

fn draft(command: &str, words: &[String]) -> Result<Result<Draft, Refusal>, Exit> {
    match (command, words) {
        ("", []) => {
            tell(
                "error: `--from-curl` wants a command\nhelp: put it in quotes behind the option, or its words behind `--`\n",
            );
            Err(Exit::Usage)
        }
        ("", words) => Ok(curl::from_words(words)),
        (_, [_, ..]) => {
            tell("error: the command is given twice\nhelp: write it behind `--from-curl` or behind `--`\n");
            Err(Exit::Usage)
        }
        ("-", []) => {
            let mut line = String::new();
            match std::io::stdin().lock().read_to_string(&mut line) {
                Ok(_) => Ok(curl::from_line(&line)),
                Err(error) => {
                    tell(&format!("error: cannot read stdin: {error}\n"));
                    Err(Exit::Errored)
                }
            }
        }
        (line, []) => Ok(curl::from_line(line)),
    }
}

/// Writes the new file; one that is there only if it may be overwritten.
fn write(path: &Path, text: &str, force: bool) -> Result<(), Exit> {
    let mut options = OpenOptions::new();
    if force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let written = options.write(true).open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        let path = path.display();
        if error.kind() == ErrorKind::AlreadyExists {
            tell(&format!(
                "error: `{path}` is there already\nhelp: name another file, or overwrite it with `--force`\n"
            ));
            return Exit::Usage;
        }
        tell(&format!("error: cannot write `{path}`: {error}\n"));
        Exit::Errored
    })
}

fn first_steps(path: &Path) -> String {
    let file = shown(path);
    format!(
        "wrote {file}\n\nNext:\n  callsheet check {file}\n      finds mistakes before anything is sent\n  \
         callsheet run --simulate {file}\n      runs it on the built-in simulator\n  \
         callsheet show\n      shows every request and answer of the run\n"
    )
}

fn from_curl_steps(path: &Path, Draft { remarks, secrets, .. }: &Draft) -> String {
    let file = shown(path);
    let mut text = String::new();
    for remark in remarks {
        text += &format!("warning: {}\n", super::text::clean(remark));
    }
    text += &format!("wrote {file}\n\nNext:\n  callsheet check {file}\n      finds mistakes before anything is sent\n");
    if !secrets.is_empty() {
        let variables: Vec<String> = secrets.iter().map(|variable| format!("{variable}=…")).collect();
        text += &format!("  export {}\n      for the secrets, which are not in the file\n", variables.join(" "));
    }
    text + &format!("  callsheet run {file}\n      sends the request\n")
}

/// A path as one writes it in a shell.
fn shown(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = path.chars().all(|letter| letter.is_alphanumeric() || "/\\._-:~+".contains(letter));
    if is_plain { path } else { format!("'{}'", path.replace('\'', "'\\''")) }
}
