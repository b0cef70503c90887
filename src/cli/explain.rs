//! `callsheet check --explain`: what a rule demands and why, from its explanation.

use super::exit::Exit;
use super::paint::{Tone, paint};
use super::terminal::{Terminal, say, tell, width_of_stdout};
use super::text::{table, width};
use crate::diagnostic::{Palette, Rule, rule};

/// The widest line of prose that is pleasant to read.
const WIDEST: usize = 100;

/// One rule by its code or name; without one, all of them.
pub(super) fn explain(wanted: Option<&str>, terminal: Terminal) -> Exit {
    let Some(name) = wanted else { return say(&all()) };
    if let Some(rule) = Rule::named(name) {
        let columns = width_of_stdout().map(|columns| columns.min(WIDEST));
        return say(&explanation(rule, columns, terminal.out));
    }
    let help = match Rule::nearest(name) {
        Some(rule) => format!("did you mean `{}` ({})?", rule.code, rule.name),
        None => "`callsheet check --explain` lists all rules".to_owned(),
    };
    tell(&format!("error: there is no rule `{name}`\nhelp: {help}\n"));
    Exit::Usage
}

fn all() -> String {
    let rows = rule::ALL.iter().map(|rule| [rule.code, rule.name, rule.summary].map(str::to_owned));
    table(&rows.collect::<Vec<_>>(), "")
}

/// The explanation for a reader: prose in lines of at most so many columns, and examples that say what they show.
fn explanation(rule: &Rule, columns: Option<usize>, palette: Palette) -> String {
    let mut text = format!("{}\n", paint(palette, Tone::Strong, &format!("{}: {}", rule.code, rule.name)));
    let mut lines = rule.explanation.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            // A file that is no text has nothing to show.
            if !block.is_empty() {
                text += &shown(info, &block, palette);
            }
        } else if !line.is_empty() {
            let mut paragraph = line.to_owned();
            while let Some(next) = lines.next_if(|next| !next.is_empty()) {
                paragraph = paragraph + " " + next;
            }
            text += &format!("\n{}", wrapped(&paragraph, columns.unwrap_or(WIDEST)));
        }
    }
    text
}

/// An example under its title, such as `wrong, in shared.yaml:`.
fn shown(info: &str, block: &[&str], palette: Palette) -> String {
    let mut words = info.split_whitespace().skip(1);
    let (tone, title) = match words.next() {
        Some("fails") => (Tone::Bad, "wrong"),
        Some("passes") => (Tone::Good, "right"),
        _ => (Tone::Strong, "at the command line"),
    };
    let file = words.find_map(|word| word.strip_prefix("file=")).map(|file| format!(", in {file}")).unwrap_or_default();
    let lines: String = block.iter().map(|line| format!("    {line}\n")).collect();
    format!("\n{}\n\n{lines}", paint(palette, tone, &format!("{title}{file}:")))
}

fn wrapped(paragraph: &str, columns: usize) -> String {
    let mut text = String::new();
    let mut used = 0;
    for word in paragraph.split(' ') {
        let wide = width(word);
        if used > 0 && used + 1 + wide > columns {
            text.push('\n');
            used = 0;
        } else if used > 0 {
            text.push(' ');
            used += 1;
        }
        text += word;
        used += wide;
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_fits_its_terminal_and_shows_right_and_wrong() {
        for rule in rule::ALL {
            let text = explanation(rule, Some(60), Palette::Plain);
            let prose = text.lines().filter(|line| !line.starts_with("    "));
            assert!(prose.clone().all(|line| width(line) <= 60), "{text}");
            assert!(!text.contains("```"), "{text}");
        }
        let text = explanation(rule::BAD_INCLUDE, None, Palette::Plain);
        assert!(text.starts_with("E0510: bad-include\n\nA file cannot be included.\n\n"), "{text}");
        assert!(text.contains("\nwrong, in login.yaml:\n\n    steps:\n"), "{text}");
    }
}
