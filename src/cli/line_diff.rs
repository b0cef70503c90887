//! Two texts as a unified diff, which `patch` and `git apply` read.

use std::ops::Range;

use super::paint::{Tone, paint};
use crate::diagnostic::Palette;

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// How far ahead the texts are searched for lines they share again.
const WINDOW: usize = 200;

/// A line of the diff, with the numbers of lines before it.
#[derive(Clone, Copy)]
struct Line<'a> {
    sign: char,
    text: &'a str,
    before: (usize, usize),
}

/// The diff of a file; empty where nothing differs.
pub(super) fn line_diff(path: &str, old: &str, new: &str, palette: Palette) -> String {
    let lines = lines(old, new);
    let changed: Vec<usize> = (0..lines.len()).filter(|index| lines[*index].sign != ' ').collect();
    if changed.is_empty() {
        return String::new();
    }
    let mut hunks: Vec<Range<usize>> = Vec::new();
    for index in changed {
        match hunks.last_mut() {
            Some(last) if index <= last.end + 2 * CONTEXT => last.end = index + 1,
            _ => hunks.push(index..index + 1),
        }
    }
    let mut text = paint(palette, Tone::Strong, &format!("--- {path}")) + "\n";
    text += &(paint(palette, Tone::Strong, &format!("+++ {path}")) + "\n");
    for hunk in hunks {
        let shown = &lines[hunk.start.saturating_sub(CONTEXT)..(hunk.end + CONTEXT).min(lines.len())];
        let count = |other: char| shown.iter().filter(|line| line.sign != other).count();
        let (olds, news) = (count('+'), count('-'));
        // A side without lines is told by the line before it.
        let start = |before: usize, count: usize| if count == 0 { before } else { before + 1 };
        let (from, to) = (start(shown[0].before.0, olds), start(shown[0].before.1, news));
        text += &(paint(palette, Tone::Faint, &format!("@@ -{from},{olds} +{to},{news} @@")) + "\n");
        shown.iter().for_each(|line| text += &told(line, palette));
    }
    text
}

fn told(line: &Line<'_>, palette: Palette) -> String {
    let end = if line.text.ends_with('\n') { "" } else { "\n\\ No newline at end of file" };
    let text = format!("{}{}", line.sign, line.text.strip_suffix('\n').unwrap_or(line.text));
    let text = match line.sign {
        '-' => paint(palette, Tone::Bad, &text),
        '+' => paint(palette, Tone::Good, &text),
        _ => text,
    };
    format!("{text}{end}\n")
}

/// All lines of both. Repairs change a line here and there, so the nearest line that both share again is searched for.
fn lines<'a>(old: &'a str, new: &'a str) -> Vec<Line<'a>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let (mut at, mut to) = (0, 0);
    let mut lines = Vec::new();
    while at < old.len() || to < new.len() {
        if old.get(at) == new.get(to) {
            lines.push(Line { sign: ' ', text: old[at], before: (at, to) });
            (at, to) = (at + 1, to + 1);
            continue;
        }
        let (gone, come) = shared_again(&old[at..], &new[to..]);
        for text in &old[at..at + gone] {
            lines.push(Line { sign: '-', text, before: (at, to) });
            at += 1;
        }
        for text in &new[to..to + come] {
            lines.push(Line { sign: '+', text, before: (at, to) });
            to += 1;
        }
    }
    lines
}

/// How many lines of each come before one that both have; all that are left where there is none.
fn shared_again(old: &[&str], new: &[&str]) -> (usize, usize) {
    for sum in 1..WINDOW {
        for gone in (0..=sum).rev() {
            let come = sum - gone;
            if gone < old.len() && come < new.len() && old[gone] == new[come] {
                return (gone, come);
            }
        }
    }
    (old.len(), new.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_shown_with_the_lines_around_them() {
        let old: String = (1..=20).map(|number| format!("{number}\n")).collect();
        let new = old.replace("\n4\n", "\nfour\n").replace("\n15\n", "\n15\n15a\n").replace("\n20\n", "\n20");
        insta::assert_snapshot!(line_diff("a.yaml", &old, &new, Palette::Plain), @r"
        --- a.yaml
        +++ a.yaml
        @@ -1,7 +1,7 @@
         1
         2
         3
        -4
        +four
         5
         6
         7
        @@ -13,8 +13,9 @@
         13
         14
         15
        +15a
         16
         17
         18
         19
        -20
        +20
        \ No newline at end of file
        ");
        assert_eq!(line_diff("a.yaml", &old, &old, Palette::Plain), "");
    }
}
