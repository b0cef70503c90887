//! The filters, tests and functions there are, by name.
//!
//! Names are resolved when an expression is parsed; the evaluator meets only entries of these tables.

use super::evaluate::{FilterCall, FunctionCall};
use super::filters::{codings, collections, files, json, schemas, search, selections, times};
use super::{EvalError, functions, verify};
use crate::value::Value;

/// Names that no input, variable, capture or loop may have, besides the functions.
pub const RESERVED: &[&str] = &[
    "status",
    "headers",
    "body",
    "event",
    "duration",
    "attempt",
    "attempts",
    "saved",
    "exit_code",
    "stdout",
    "stderr",
    "outcome",
    "created",
    "key",
    "steps",
    "run",
    "simulator",
    "loop",
];

/// What a filter or function takes: first by position, then by name only, then any number more.
#[derive(Debug)]
pub(super) struct Signature {
    /// Parameters by position or name.
    pub parameters: &'static [&'static str],
    /// How many of them are demanded.
    pub required: usize,
    /// Parameters by name only.
    pub named: &'static [&'static str],
    /// Whether more positional ones may follow.
    pub rest: bool,
}

/// A filter of ours.
pub(super) struct Filter {
    pub name: &'static str,
    pub signature: Signature,
    pub apply: fn(FilterCall) -> Result<Value, EvalError>,
    /// What can be found wrong with literal arguments before anything runs.
    pub verify: Option<verify::Check>,
}

/// A function of ours.
pub(super) struct Function {
    pub name: &'static str,
    pub signature: Signature,
    pub call: fn(FunctionCall) -> Result<Value, EvalError>,
}

/// What a filter's name means.
#[derive(Clone, Copy)]
pub(super) enum Known {
    /// Ours.
    Ours(&'static Filter),
    /// minijinja's.
    Standard(&'static str),
    /// `default`, which catches an absent operand.
    Default,
}

/// A test: `value is name(arguments)`.
pub(super) struct Test {
    pub name: &'static str,
    /// How many arguments it takes.
    pub arguments: usize,
    pub holds: fn(&Value, &[Value]) -> Result<bool, String>,
}

/// Filters of minijinja that are applied as they are.
const STANDARD: &[&str] = &[
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "dictsort",
    "e",
    "escape",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "max",
    "min",
    "replace",
    "reverse",
    "round",
    "slice",
    "sort",
    "split",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
    "zip",
];

fn groups() -> impl Iterator<Item = &'static Filter> + Clone {
    [
        codings::FILTERS,
        collections::FILTERS,
        files::FILTERS,
        json::FILTERS,
        schemas::FILTERS,
        search::FILTERS,
        selections::FILTERS,
        times::FILTERS,
    ]
    .into_iter()
    .flatten()
}

/// The filter of that name.
pub(super) fn filter(name: &str) -> Option<Known> {
    if matches!(name, "default" | "d") {
        return Some(Known::Default);
    }
    groups()
        .find(|filter| filter.name == name)
        .map(Known::Ours)
        .or_else(|| STANDARD.iter().find(|standard| **standard == name).map(|standard| Known::Standard(standard)))
}

/// The function of that name.
pub(super) fn function(name: &str) -> Option<&'static Function> {
    functions::FUNCTIONS.iter().find(|function| function.name == name)
}

/// The test of that name.
pub(super) fn test(name: &str) -> Option<&'static Test> {
    super::filters::tests::TESTS.iter().find(|test| test.name == name)
}

/// All filters' names, ours first.
pub(super) fn filter_names() -> impl Iterator<Item = &'static str> + Clone {
    groups().map(|filter| filter.name).chain(["default"]).chain(STANDARD.iter().copied())
}

/// All tests' names.
pub(super) fn test_names() -> impl Iterator<Item = &'static str> + Clone {
    let ours = super::filters::tests::TESTS.iter().map(|test| test.name);
    ["defined", "undefined"].into_iter().chain(ours)
}

/// The functions' names; no input, variable, capture or loop may have one of them.
pub fn function_names() -> &'static [&'static str] {
    &["uuid", "now", "random_suffix", "random_int", "range"]
}

macro_rules! debug_by_name {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.name)
            }
        }
    )*};
}
debug_by_name!(Filter, Function, Test);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::budget::Budget;
    use crate::expression::standard;
    use crate::limits::Limits;
    use crate::source::Span;

    #[test]
    fn every_name_is_there_once_and_leads_to_something() {
        let mut names: Vec<&str> = filter_names().collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        for name in names {
            assert!(filter(name).is_some(), "{name}");
            if let Some(Known::Standard(standard)) = filter(name) {
                let none = standard::Arguments { positional: &[], named: &[] };
                let budget = Budget::of(Limits::default());
                let result = standard::apply(standard, &Value::from("x"), none, &budget, Span::default());
                assert!(!matches!(result, Err(error) if error.message.contains("unknown")), "{name}");
            }
        }
        assert!(test_names().skip(2).all(|name| test(name).is_some()));
    }

    #[test]
    fn the_functions_are_those_of_the_table() {
        let table: Vec<&str> = functions::FUNCTIONS.iter().map(|function| function.name).collect();
        assert_eq!(function_names(), table);
    }
}
