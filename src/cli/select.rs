//! `--only`, `--from`, `--skip`, `--partition`: which steps, and which playbooks and cells of them run.

use std::fmt;
use std::str::FromStr;

use super::args::SelectArgs;
use super::text::clean;
use crate::diagnostic::did_you_mean;
use crate::plan::{Pattern, Plan, Selected, Selection};

/// Leaves out of the plans what is not selected. What there is to say of it, a line a playbook; the error names a
/// pattern that fits no step of any of them.
pub(super) fn select(plans: &mut [Plan], args: &SelectArgs) -> Result<String, String> {
    let selection = Selection { only: args.only.clone(), from: args.from.clone(), skip: args.skip.clone() };
    if selection.is_empty() {
        return Ok(String::new());
    }
    let selected: Vec<Selected> = plans.iter_mut().map(|plan| plan.select(&selection)).collect();
    let fits_nowhere = |pattern: &&Pattern| selected.iter().all(|selected| selected.unmatched.contains(pattern));
    if let Some(pattern) = selected.first().and_then(|first| first.unmatched.iter().find(fits_nowhere)) {
        return Err(no_step(pattern, plans));
    }
    Ok(plans.iter().zip(&selected).map(|(plan, selected)| line(plan, selected)).collect())
}

fn no_step(pattern: &Pattern, plans: &[Plan]) -> String {
    let steps = || plans.iter().flat_map(|plan| &plan.steps);
    let known: Vec<&str> = match pattern {
        Pattern::Id(_) => steps().map(|step| &*step.id).collect(),
        Pattern::Tag(_) => steps().flat_map(|step| &step.tags).map(AsRef::as_ref).collect(),
    };
    let (what, name) = match pattern {
        Pattern::Id(id) => ("step", id),
        Pattern::Tag(tag) => ("step with the tag", tag),
    };
    let help = did_you_mean(name, known).map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    format!("there is no {what} `{name}`{help}")
}

fn line(plan: &Plan, selected: &Selected) -> String {
    let of = plan.steps.len();
    let needed: Vec<String> = selected.needed.iter().map(|id| clean(id)).collect();
    let needed = match needed.len() {
        0 => String::new(),
        count if count > 12 => format!(", and {count} that they need"),
        _ => format!(", and what they need: {}", needed.join(", ")),
    };
    let steps = if of == 1 { "step" } else { "steps" };
    format!("{}: {} of {of} {steps} selected{needed}\n", clean(&plan.playbook().id.text), selected.named)
}

/// `--partition slice:m/n`: every n-th of the playbooks and their cells, beginning with the m-th.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Partition {
    first: usize,
    of: usize,
}

impl FromStr for Partition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.strip_prefix("slice:").and_then(|numbers| numbers.split_once('/'));
        let numbers = numbers.and_then(|(first, of)| Some((first.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((first, of)) if (1..=of).contains(&first) => Ok(Partition { first, of }),
            _ => Err(format!("`{text}` is no part: write `slice:1/3` for the first of three")),
        }
    }
}

impl Partition {
    /// The items that belong to it.
    pub(super) fn of<T: Clone>(self, items: &[T]) -> Vec<T> {
        items.iter().skip(self.first - 1).step_by(self.of).cloned().collect()
    }

    /// Whether the item of that index belongs to it.
    pub(super) fn has(self, index: usize) -> bool {
        index % self.of == self.first - 1
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "slice:{}/{}", self.first, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slices_together_are_all_and_none_twice() {
        let items: Vec<usize> = (0..10).collect();
        let slice = |text: &str| text.parse::<Partition>().expect("a slice").of(&items);
        assert_eq!(slice("slice:1/3"), [0, 3, 6, 9]);
        assert_eq!(slice("slice:2/3"), [1, 4, 7]);
        assert_eq!(slice("slice:3/3"), [2, 5, 8]);
        assert_eq!(slice("slice:12/12"), Vec::<usize>::new());
        for text in ["slice:0/3", "slice:4/3", "1/3", "slice:1", "slice:a/b"] {
            assert!(text.parse::<Partition>().is_err(), "{text}");
        }
    }
}
