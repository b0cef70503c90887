//! `callsheet help`: of a command what clap says, and the language reference.
//!
//! The reference is made from the tables that read a playbook and its expressions ([`document`]); prose that no table
//! holds stands in `pages`. It is told in the terminal by topics ([`shown`]) and written whole as Markdown.

mod document;
mod keys;
mod names;
mod shown;
mod topic;

use clap::{Args, CommandFactory, ValueEnum};

use self::topic::{Found, find};
use super::args::Cli;
use super::exit::Exit;
use super::terminal::{Terminal, say, tell, width_of_stdout};

/// The widest line that is pleasant to read.
const WIDEST: usize = 100;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  callsheet help run                  what a command takes
  callsheet help language             the topics of the language reference
  callsheet help language retry       one of them, or a key, filter, function
  callsheet help filters
  callsheet help language all         everything")]
pub(super) struct HelpArgs {
    /// A command, or `language`, or a topic of it
    #[arg(value_name = "TOPIC")]
    topics: Vec<String>,
    /// How to print the language reference
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Human,
    /// Markdown
    Markdown,
}

/// Helps with a command or with the language.
pub(super) fn help(args: &HelpArgs, terminal: Terminal) -> Exit {
    let topics: Vec<&str> = args.topics.iter().map(String::as_str).collect();
    let markdown = match topics.as_slice() {
        [] => return say(&Cli::command().render_long_help().to_string()),
        ["language"] if args.format == Format::Markdown => document::whole(),
        ["language"] => document::overview(),
        ["language", words @ ..] => match told(&words.join(" "), "callsheet help language") {
            Ok(text) => text,
            Err(exit) => return exit,
        },
        words => match command_help(words) {
            Some(text) => return say(&text),
            None => match told(&words.join(" "), "callsheet help") {
                Ok(text) => text,
                Err(exit) => return exit,
            },
        },
    };
    if args.format == Format::Markdown {
        return say(&markdown);
    }
    let columns = width_of_stdout().map_or(WIDEST, |columns| columns.min(WIDEST));
    say(&shown::shown(&markdown, columns, terminal.out))
}

fn told(topic: &str, asked: &str) -> Result<String, Exit> {
    let help = match find(topic) {
        Found::Told(text) => return Ok(text),
        Found::Near(near) => format!("did you mean `{asked} {near}`?"),
        Found::Nothing => "`callsheet help language` lists the topics".to_owned(),
    };
    tell(&format!("error: there is no topic `{topic}`\nhelp: {help}\n"));
    Err(Exit::Usage)
}

/// What clap says of a command.
fn command_help(words: &[&str]) -> Option<String> {
    let [word] = words else { return None };
    let mut cli = Cli::command();
    cli.build();
    cli.find_subcommand_mut(word).map(|command| command.render_long_help().to_string())
}
