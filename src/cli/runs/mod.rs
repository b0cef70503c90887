//! `callsheet runs` and `callsheet prune`: the runs there are, and those that are not wanted any more.

mod args;
mod listed;
mod prune;

use serde_json::{Value, json};

pub(super) use args::{PruneArgs, RunsArgs};
pub(super) use prune::prune;

use self::listed::{Listed, State, list};
use super::args::OutputFormat;
use super::exit::Exit;
use super::paint::{Tone, paint};
use super::summary::steps;
use super::terminal::{Terminal, say, tell};
use super::text::{clean, pad, table};
use super::time::duration;
use crate::diagnostic::Palette;
use crate::record::Standing;

/// `callsheet runs`
pub(super) fn runs(args: &RunsArgs, terminal: Terminal) -> Exit {
    let mut runs = match list(&args.folder) {
        Ok(runs) => runs,
        Err(error) => {
            tell(&format!("error: {error}\n"));
            return Exit::Errored;
        }
    };
    let none = runs.is_empty();
    runs.retain(|run| is_wanted(run, args));
    let all = runs.len();
    runs.truncate(args.limit.unwrap_or(all));
    match args.format {
        OutputFormat::Json => {
            let runs: Vec<Value> = runs.iter().map(as_json).collect();
            say(&format!("{}\n", serde_json::to_string_pretty(&runs).expect("it is JSON")))
        }
        OutputFormat::Human => {
            let said = say(&lines(&runs, terminal.out));
            let folder = args.folder.join("runs").display().to_string();
            match all - runs.len() {
                0 if none => tell(&format!("there are no runs in `{}`\n", clean(&folder))),
                0 if runs.is_empty() => tell(&format!("no run in `{}` is like that\n", clean(&folder))),
                0 => {}
                more => tell(&format!("and {more} older\n")),
            }
            said
        }
    }
}

fn is_wanted(run: &Listed, args: &RunsArgs) -> bool {
    let is_of = |name: &String| {
        run.head.as_ref().is_some_and(|head| {
            head.playbook == *name || head.playbook.strip_prefix(&**name).is_some_and(|cell| cell.starts_with('['))
        })
    };
    args.playbook.as_ref().is_none_or(is_of)
        && (args.outcome.is_empty() || args.outcome.iter().any(|word| word.is_of(&run.state)))
}

/// A line for each run; below one that cannot be read, why.
fn lines(runs: &[Listed], palette: Palette) -> String {
    let rows: Vec<[String; 6]> = runs.iter().map(row).collect();
    let table = table(&rows, "");
    let mut text = String::new();
    for (run, line) in runs.iter().zip(table.lines()) {
        let word = paint(palette, tone(&run.state), &pad(run.state.as_str(), 11));
        text += &format!("{word}  {line}\n");
        if let State::Damaged(why) = &run.state {
            text += &format!("             {}\n", clean(why));
        }
    }
    text
}

fn row(run: &Listed) -> [String; 6] {
    let left = match (&run.handed_over, run.left_behind) {
        (Some(to), _) => format!("{} goes on with it", clean(&to.0)),
        (None, 0) => String::new(),
        (None, count) => format!("{count} possibly left behind"),
    };
    let Some(head) = &run.head else {
        let unread = if matches!(run.state, State::Damaged(_)) { "" } else { "it had not begun" };
        return [run.name(), String::new(), unread.to_owned(), String::new(), String::new(), left];
    };
    [
        clean(&run.name()),
        head.started.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        clean(&head.playbook),
        steps(head.steps),
        duration(run.at),
        left,
    ]
}

fn tone(state: &State) -> Tone {
    match state {
        State::Ended(Standing::Passed) => Tone::Good,
        State::Ended(Standing::Flaky) | State::Running => Tone::Doubtful,
        _ => Tone::Bad,
    }
}

/// A run for a program. Times are UTC.
fn as_json(run: &Listed) -> Value {
    let head = run.head.as_ref();
    let problem = match &run.state {
        State::Damaged(why) => Some(why),
        _ => None,
    };
    json!({
        "run": run.name(),
        "playbook": head.map(|head| &head.playbook),
        "title": head.and_then(|head| head.title.as_ref()),
        "started": head.map(|head| head.started.to_string()),
        "duration_ms": head.map(|_| run.at),
        "outcome": run.state.as_str(),
        "steps": head.map(|head| head.steps),
        "left_behind": run.left_behind,
        "handed_over_to": run.handed_over.as_ref().map(|to| &to.0),
        "problem": problem,
        "folder": run.folder.display().to_string(),
    })
}

#[cfg(test)]
mod tests;
