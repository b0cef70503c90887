//! Which steps of a plan run: chosen by id, by glob or by tag, with what they need.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::{Plan, Step};
use crate::check::{Because, Edge, EdgeKind};
use crate::event::LeftOut;

/// Which steps run. Without a word of any kind all of them do.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// These run, and what they need.
    pub only: Vec<Pattern>,
    /// These run, with everything that comes after them, and what all of that needs.
    pub from: Vec<Pattern>,
    /// These do not run, whatever else is said.
    pub skip: Vec<Pattern>,
}

/// What a selection names: `deploy`, `upload_*` (`*` stands for any characters, `?` for one), `tag:slow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Steps by their ids.
    Id(String),
    /// Steps by one of their tags.
    Tag(String),
}

/// What a selection came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    /// How many steps were named and run.
    pub named: usize,
    /// The steps that run only because another one needs them, as written.
    pub needed: Vec<Arc<str>>,
    /// The patterns that fit no step.
    pub unmatched: Vec<Pattern>,
}

impl Plan {
    /// Leaves out the steps that were left out before.
    pub fn leave_out_as(&mut self, before: impl Fn(&Step) -> Option<LeftOut>) {
        for step in &mut self.steps {
            step.left_out = before(step);
        }
    }
}

impl Selection {
    /// Whether it says anything.
    pub fn is_empty(&self) -> bool {
        self.only.is_empty() && self.from.is_empty() && self.skip.is_empty()
    }

    fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.only.iter().chain(&self.from).chain(&self.skip)
    }
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (pattern, tag) = match text.strip_prefix("tag:") {
            Some(tag) => (tag, true),
            None => (text, false),
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*' | '?');
        if pattern.is_empty() || !pattern.chars().all(fits) {
            return Err(format!("`{text}` names no step: write an id, a glob such as `upload_*`, or `tag:NAME`"));
        }
        Ok(if tag { Pattern::Tag(pattern.to_owned()) } else { Pattern::Id(pattern.to_owned()) })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Id(id) => formatter.write_str(id),
            Pattern::Tag(tag) => write!(formatter, "tag:{tag}"),
        }
    }
}

impl Pattern {
    fn fits(&self, step: &Step) -> bool {
        match self {
            Pattern::Id(glob) => fits(glob.as_bytes(), step.id.as_bytes()),
            Pattern::Tag(glob) => step.tags.iter().any(|tag| fits(glob.as_bytes(), tag.as_bytes())),
        }
    }
}

/// Whether a glob fits a whole text. Remembers the last `*`, so that it never tries a beginning twice.
fn fits(glob: &[u8], text: &[u8]) -> bool {
    let (mut at, mut seen, mut star) = (0, 0, None);
    while seen < text.len() {
        match glob.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[seen] => (at, seen) = (at + 1, seen + 1),
            _ => match star {
                Some((before, taken)) => {
                    star = Some((before, taken + 1));
                    (at, seen) = (before + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    glob[at..].iter().all(|byte| *byte == b'*')
}

impl Plan {
    /// Leaves out every step that is neither chosen nor needed. Steps of `finally` always run.
    pub fn select(&mut self, selection: &Selection) -> Selected {
        let named = |patterns: &[Pattern], step: &Step| patterns.iter().any(|pattern| pattern.fits(step));
        let skipped: Vec<bool> = self.steps.iter().map(|step| named(&selection.skip, step)).collect();
        let chosen = self.chosen(selection);
        let needed = self.with_what_they_need(&chosen, &skipped);
        let unmatched = selection.patterns().filter(|pattern| !self.steps.iter().any(|step| pattern.fits(step)));
        let mut selected = Selected { unmatched: unmatched.cloned().collect(), ..Selected::default() };
        for (index, step) in self.steps.iter_mut().enumerate() {
            step.left_out = match (skipped[index], needed[index]) {
                (true, _) => Some(LeftOut::Skipped),
                (false, false) => Some(LeftOut::NotSelected),
                (false, true) => None,
            };
            match (chosen[index] && !skipped[index], step.left_out) {
                (true, _) => selected.named += 1,
                (false, None) => selected.needed.push(Arc::clone(&step.id)),
                (false, Some(_)) => {}
            }
        }
        selected
    }

    /// The steps that are named, and those behind the ones that `from` names.
    fn chosen(&self, selection: &Selection) -> Vec<bool> {
        let all = selection.only.is_empty() && selection.from.is_empty();
        let fits = |patterns: &[Pattern], step: &Step| patterns.iter().any(|pattern| pattern.fits(step));
        let mut chosen: Vec<bool> = self.steps.iter().map(|step| all || fits(&selection.only, step)).collect();
        let mut behind: Vec<bool> = self.steps.iter().map(|step| fits(&selection.from, step)).collect();
        for index in &self.checked.order {
            let edges = self.steps[*index].links.edges.iter();
            behind[*index] |= edges.filter(|edge| edge.kind != EdgeKind::End).any(|edge| behind[edge.from]);
            chosen[*index] |= behind[*index];
        }
        chosen
    }

    fn with_what_they_need(&self, chosen: &[bool], skipped: &[bool]) -> Vec<bool> {
        let mut runs = vec![false; chosen.len()];
        let wanted = (0..chosen.len()).filter(|index| chosen[*index] && !skipped[*index]);
        let mut queue: VecDeque<usize> = wanted.collect();
        while let Some(index) = queue.pop_front() {
            if std::mem::replace(&mut runs[index], true) {
                continue;
            }
            let edges = self.steps[index].links.edges.iter().filter(|edge| is_need(edge));
            queue.extend(edges.map(|edge| edge.from).filter(|from| !skipped[*from]));
        }
        runs
    }
}

/// Whether a step cannot do without the other: an order as written and a value with a default say no.
fn is_need(edge: &Edge) -> bool {
    edge.kind != EdgeKind::End && edge.because != Because::Listed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_fits_the_whole_of_a_name() {
        let table = [
            ("deploy", "deploy", true),
            ("deploy", "deployed", false),
            ("up*", "upload", true),
            ("*load*", "upload_model", true),
            ("*a*b", "xaxab", true),
            ("?eploy", "deploy", true),
            ("?", "ab", false),
            ("*", "", true),
            ("", "", true),
        ];
        for (glob, text, expected) in table {
            assert_eq!(fits(glob.as_bytes(), text.as_bytes()), expected, "{glob} {text}");
        }
    }

    #[test]
    fn a_pattern_is_read_as_it_is_shown() {
        for text in ["deploy", "upload_*", "tag:slow-*"] {
            assert_eq!(text.parse::<Pattern>().expect("a pattern").to_string(), text);
        }
        for text in ["", "tag:", "a b", "a[0]", "ä"] {
            assert!(text.parse::<Pattern>().expect_err(text).contains("or `tag:NAME`"), "{text}");
        }
    }
}
