//! What each operator, filter, test and function does, with an example and its result: the words of the reference.
//!
//! The tables here hold words only. What a name means is in `catalog`; a test holds that both know the same names and
//! that every example gives what is said.

mod filters;
mod functions;
mod operators;
mod tests;

use super::catalog::{self, Known, Signature};

/// An operator, filter, test or function.
#[derive(Clone, Copy, Debug)]
pub struct Described {
    /// Its name; an operator's form.
    pub name: &'static str,
    /// What it takes, where the catalogue does not say: that of minijinja's own filters, of tests.
    parameters: &'static str,
    /// What it gives, one line.
    pub what: &'static str,
    /// An expression.
    pub example: &'static str,
    /// What that is, as JSON.
    pub result: &'static str,
}

const fn described(
    name: &'static str,
    parameters: &'static str,
    what: &'static str,
    example: &'static str,
    result: &'static str,
) -> Described {
    Described { name, parameters, what, example, result }
}

/// Every operator, in groups, the loosest last.
pub fn operators() -> &'static [Described] {
    operators::OPERATORS
}

/// Every filter, by name.
pub fn filters() -> &'static [Described] {
    filters::FILTERS
}

/// Every test, by name.
pub fn tests() -> &'static [Described] {
    tests::TESTS
}

/// Every function, by name.
pub fn functions() -> &'static [Described] {
    functions::FUNCTIONS
}

impl Described {
    /// Its name with what it takes: `round(precision?)`. A `?` marks what may be left out, `=` what is given by name.
    pub fn signature(&self) -> String {
        let is_function = functions::FUNCTIONS.iter().any(|function| function.name == self.name);
        let taken = match catalog::filter(self.name) {
            _ if is_function => {
                let function = catalog::function(self.name);
                format!("({})", function.map(|function| parameters(&function.signature)).unwrap_or_default())
            }
            Some(Known::Ours(filter)) if self.parameters.is_empty() => match parameters(&filter.signature) {
                none if none.is_empty() => none,
                some => format!("({some})"),
            },
            _ => self.parameters.to_owned(),
        };
        format!("{}{taken}", self.name)
    }
}

fn parameters(signature: &Signature) -> String {
    let positional = signature.parameters.iter().enumerate().map(|(index, name)| match index < signature.required {
        true => (*name).to_owned(),
        false => format!("{name}?"),
    });
    let rest = signature.rest.then(|| "…".to_owned());
    let named = signature.named.iter().map(|name| format!("{name}=…"));
    positional.chain(rest).chain(named).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod held {
    use std::collections::BTreeSet;

    use super::*;
    use crate::expression::trial::{Trial, table};
    use crate::expression::{FileKind, FileNeed};
    use crate::value::Value;

    /// The file of the examples.
    fn scope() -> Trial {
        let mut scope = Trial::of(r#"{"steps": {}}"#);
        let mut file = |kind, path: &str, value: Value| {
            scope.files.insert(FileNeed { kind, path: path.to_owned() }, Ok(value));
        };
        file(FileKind::Sha256, "hello.txt", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824".into());
        file(FileKind::Text, "hello.txt", "hello".into());
        file(FileKind::Json, "order.json", Value::read(br#"{"id": 7}"#).expect("JSON"));
        scope
    }

    #[test]
    fn every_example_gives_what_is_said() {
        let all = [operators(), filters(), tests(), functions()].concat();
        let rows: Vec<(&str, &str)> = all.iter().map(|entry| (entry.example, entry.result)).collect();
        table(&scope(), &rows);
    }

    #[test]
    fn every_example_uses_what_it_shows() {
        for entry in [filters(), functions()].concat() {
            assert!(entry.example.contains(entry.name), "{entry:?}");
        }
        for entry in tests() {
            let (positive, negative) = (format!(" is {}", entry.name), format!(" is not {}", entry.name));
            assert!(entry.example.contains(&positive) || entry.example.contains(&negative), "{entry:?}");
        }
    }

    #[test]
    fn what_the_catalogue_knows_is_described_and_nothing_else() {
        let names = |entries: &[Described]| entries.iter().map(|entry| entry.name).collect::<Vec<_>>();
        let known = |known: &mut dyn Iterator<Item = &'static str>| known.collect::<BTreeSet<_>>();
        for (entries, known) in [
            (filters(), known(&mut catalog::filter_names().chain(["d"]))),
            (tests(), known(&mut catalog::test_names())),
            (functions(), known(&mut catalog::function_names().iter().copied())),
        ] {
            let sorted: Vec<&str> = known.into_iter().collect();
            assert_eq!(names(entries), sorted);
        }
    }

    #[test]
    fn a_signature_says_what_may_be_left_out_and_what_has_a_name() {
        let of = |entries: &[Described], name: &str| {
            entries.iter().find(|entry| entry.name == name).expect("it is described").signature()
        };
        assert_eq!(of(filters(), "jsonpath"), "jsonpath(path, all=…, first=…)");
        assert_eq!(of(filters(), "close_to"), "close_to(x, tol)");
        assert_eq!(of(filters(), "tojson"), "tojson(indent?)");
        assert_eq!(of(filters(), "sha256"), "sha256");
        assert_eq!(of(filters(), "round"), "round(precision?)");
        assert_eq!(of(functions(), "uuid"), "uuid()");
        assert_eq!(of(functions(), "range"), "range(start, stop?, step?)");
    }
}
