//! What playbooks and their runs may not exceed: every limit that can be set, by name.
//!
//! A limit is set in the playbook (`limits:`), by whoever runs it (`--limit`), or not at all; [`Limits`] holds what is
//! set and knows the rest. Fixed bounds, which only keep hostile text from the stack, stand where they are checked.
//! Nothing here checks a limit: that is done where the thing is that grows.

mod amount;

use std::fmt;

pub use amount::{read_size, show_size};

use crate::diagnostic::did_you_mean;

/// A limit that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Values in a YAML file: mappings, lists and scalars, copies by aliases included.
    YamlNodes,
    /// Levels of lists and mappings in a YAML file.
    YamlDepth,
    /// Items of a `foreach`.
    ForeachItems,
    /// Values and items that one expression looks at.
    TemplateFuel,
    /// Bytes of text and lists that one expression makes.
    TemplateMemory,
    /// Values that one JSONPath looks at.
    JsonpathFuel,
    /// Bytes of memory for what is used of an answer.
    AnswerMemory,
    /// Members of one object in an answer.
    AnswerMembers,
    /// Bytes that a run keeps: its journal, and the bodies beside it.
    JournalSize,
}

/// What is known of a limit.
struct Known {
    name: &'static str,
    default: u64,
    least: u64,
    most: u64,
    is_size: bool,
}

const fn count(name: &'static str, default: u64, least: u64, most: u64) -> Known {
    Known { name, default, least, most, is_size: false }
}

const fn size(name: &'static str, default: u64, least: u64, most: u64) -> Known {
    Known { name, default, least, most, is_size: true }
}

impl Limit {
    /// All of them.
    pub const ALL: &[Limit] = &[
        Limit::YamlNodes,
        Limit::YamlDepth,
        Limit::ForeachItems,
        Limit::TemplateFuel,
        Limit::TemplateMemory,
        Limit::JsonpathFuel,
        Limit::AnswerMemory,
        Limit::AnswerMembers,
        Limit::JournalSize,
    ];

    const fn known(self) -> Known {
        const MIB: u64 = 1 << 20;
        match self {
            Limit::YamlNodes => count("yaml_nodes", 1_000_000, 1, 50_000_000),
            // Trees are dropped, and some are read, by recursion.
            Limit::YamlDepth => count("yaml_depth", 128, 1, 512),
            Limit::ForeachItems => count("foreach_items", 10_000, 1, 1_000_000),
            Limit::TemplateFuel => count("template_fuel", 20_000_000, 1, 1_000_000_000_000),
            Limit::TemplateMemory => size("template_memory", 256 * MIB, 1024, 64 << 30),
            Limit::JsonpathFuel => count("jsonpath_fuel", 200_000_000, 1, 1_000_000_000_000),
            Limit::AnswerMemory => size("answer_memory", 256 * MIB, MIB, 64 << 30),
            Limit::AnswerMembers => count("answer_members", 1_000_000, 1, 100_000_000),
            Limit::JournalSize => size("journal_size", 1024 * MIB, 64 << 10, 1 << 50),
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.known().name
    }

    /// What it is where nobody says.
    pub fn default(self) -> u64 {
        self.known().default
    }

    /// Whether it is a number of bytes.
    pub fn is_size(self) -> bool {
        self.known().is_size
    }

    /// Whether it can be set in a playbook: what applies to the reading of the file cannot.
    pub fn is_of_playbooks(self) -> bool {
        !matches!(self, Limit::YamlNodes | Limit::YamlDepth)
    }

    /// A value as it is shown.
    pub fn show(self, value: u64) -> String {
        if self.is_size() { show_size(value) } else { value.to_string() }
    }

    /// How to raise it, for the help of an error.
    pub fn remedy(self) -> String {
        let name = self.name();
        match self.is_of_playbooks() {
            true => format!("raise it with `limits: {{ {name}: … }}` in the playbook, or with `--limit {name}=…`"),
            false => format!("raise it with `--limit {name}=…`"),
        }
    }

    /// The limit of that name.
    pub fn named(name: &str) -> Result<Limit, Refusal> {
        let found = Limit::ALL.iter().copied().find(|limit| limit.name() == name);
        found.ok_or_else(|| Refusal {
            message: format!("there is no limit `{name}`"),
            help: did_you_mean(name, Limit::ALL.iter().map(|limit| limit.name())).unwrap_or_default(),
        })
    }

    /// Reads a value of it: a number, or a size with its unit.
    pub fn read(self, text: &str) -> Result<u64, Refusal> {
        let Known { name, default, least, most, is_size } = self.known();
        let example = self.show(default);
        let value = if is_size { read_size(text).ok() } else { read_count(text) };
        let Some(value) = value else {
            let what = if is_size { "size" } else { "whole number" };
            return Err(Refusal {
                message: format!("`{name}` takes a {what}, not `{text}`"),
                help: format!("write one such as `{example}`, which is what it is if not said"),
            });
        };
        if (least..=most).contains(&value) {
            return Ok(value);
        }
        Err(Refusal {
            message: format!("`{name}` cannot be {}", self.show(value)),
            help: format!(
                "write one from `{}` to `{}`; it is `{example}` if not said",
                self.show(least),
                self.show(most)
            ),
        })
    }
}

/// A whole number, whose digits may be kept apart by `_`.
fn read_count(text: &str) -> Option<u64> {
    let digits = text.trim().replace('_', "");
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// A name or a value that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}; {}", self.message, self.help)
    }
}

impl std::error::Error for Refusal {}

/// The limits that are set, and those that are not, which have their defaults.
///
/// ```
/// use callsheet::limits::{Limit, Limits};
///
/// let limits = Limits::default().with(Limit::ForeachItems, 50_000);
/// assert_eq!(limits.get(Limit::ForeachItems), 50_000);
/// assert_eq!(limits.get(Limit::YamlDepth), 128);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits([Option<u64>; Limit::ALL.len()]);

impl Limits {
    /// The same with a limit set.
    #[must_use]
    pub fn with(mut self, limit: Limit, value: u64) -> Self {
        self.0[limit as usize] = Some(value);
        self
    }

    /// The value of a limit.
    pub fn get(&self, limit: Limit) -> u64 {
        self.0[limit as usize].unwrap_or(limit.default())
    }

    /// The value of a limit of what is in memory.
    pub fn size(&self, limit: Limit) -> usize {
        usize::try_from(self.get(limit)).unwrap_or(usize::MAX)
    }

    /// These limits, and those of `others` where these say nothing.
    #[must_use]
    pub fn over(self, others: Limits) -> Self {
        let mut both = self;
        both.0.iter_mut().zip(others.0).for_each(|(own, other)| *own = own.or(other));
        both
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_a_place_a_name_and_a_default_in_its_range() {
        for (index, limit) in Limit::ALL.iter().enumerate() {
            assert_eq!(*limit as usize, index);
            assert_eq!(Limit::named(limit.name()), Ok(*limit));
            assert_eq!(limit.read(&limit.show(limit.default())), Ok(limit.default()), "{}", limit.name());
        }
    }

    #[test]
    fn what_is_no_limit_or_no_value_is_told_with_what_to_write() {
        let refusal = |result: Result<u64, Refusal>| result.expect_err("it is refused").to_string();
        let unknown = Limit::named("foreach_item").expect_err("there is no such limit");
        assert_eq!(unknown.to_string(), "there is no limit `foreach_item`; did you mean `foreach_items`?");
        assert_eq!(
            refusal(Limit::ForeachItems.read("many")),
            "`foreach_items` takes a whole number, not `many`; write one such as `10000`, which is what it is if not said"
        );
        assert_eq!(
            refusal(Limit::JournalSize.read("1KiB")),
            "`journal_size` cannot be 1KiB; write one from `64KiB` to `1PiB`; it is `1GiB` if not said"
        );
        assert_eq!(Limit::TemplateFuel.read("30_000_000"), Ok(30_000_000));
    }

    #[test]
    fn a_limit_that_is_set_wins_over_others() {
        let own = Limits::default().with(Limit::ForeachItems, 1).with(Limit::YamlDepth, 9);
        let both = Limits::default().with(Limit::YamlDepth, 7).over(own);
        assert_eq!((both.get(Limit::ForeachItems), both.get(Limit::YamlDepth)), (1, 7));
    }
}
