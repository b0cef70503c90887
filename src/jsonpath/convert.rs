//! From the parser's tree to ours, with the types checked (RFC 9535, 2.4.3).
//!
//! The parser checks the grammar; what it lets through although the RFC does not (functions of its own, arguments of
//! the wrong type, a number used as a condition) is refused here, at the call that is wrong. Nothing is evaluated.

use jsonpath_rust::parser::model::{
    Comparable, Comparison as Compared, Filter, FilterAtom, FnArg, JpQuery, Literal, Segment as Parsed,
    Selector as Chosen, SingularQuery, SingularQuerySegment, Test, TestFunction,
};

use super::error::{PathError, unknown_function};
use super::query::{Comparison, Logical, Matches, Operand, Operator, Pattern, Reference, Segment, Selector};
use super::regexp;
use super::scan::{Call, Outline};
use crate::value::Value;

/// The checked query. `outline` is the scan of the same text, whose calls come in the order in which the tree has them.
pub(super) fn convert(tree: &JpQuery, text: &str, outline: &Outline) -> Result<Vec<Segment>, PathError> {
    Converter { text, calls: outline.calls.iter() }.segments(&tree.segments)
}

struct Converter<'t> {
    text: &'t str,
    calls: std::slice::Iter<'t, Call>,
}

impl<'t> Converter<'t> {
    fn segments(&mut self, parsed: &[Parsed]) -> Result<Vec<Segment>, PathError> {
        parsed.iter().map(|segment| self.segment(segment)).collect()
    }

    fn segment(&mut self, parsed: &Parsed) -> Result<Segment, PathError> {
        Ok(match parsed {
            Parsed::Descendant(inner) => Segment { deep: true, ..self.segment(inner)? },
            Parsed::Selector(chosen) => Segment { deep: false, selectors: vec![self.selector(chosen)?] },
            Parsed::Selectors(chosen) => {
                let selectors: Result<_, _> = chosen.iter().map(|chosen| self.selector(chosen)).collect();
                Segment { deep: false, selectors: selectors? }
            }
        })
    }

    fn selector(&mut self, chosen: &Chosen) -> Result<Selector, PathError> {
        Ok(match chosen {
            Chosen::Name(name) => Selector::Name(name.as_str().into()),
            Chosen::Wildcard => Selector::Wildcard,
            Chosen::Index(index) => Selector::Index(*index),
            Chosen::Slice(start, end, step) => Selector::Slice { start: *start, end: *end, step: step.unwrap_or(1) },
            Chosen::Filter(filter) => Selector::Filter(self.filter(filter)?),
        })
    }

    fn filter(&mut self, filter: &Filter) -> Result<Logical, PathError> {
        Ok(match filter {
            Filter::Or(parts) => Logical::Or(self.filters(parts)?),
            Filter::And(parts) => Logical::And(self.filters(parts)?),
            Filter::Atom(FilterAtom::Comparison(compared)) => self.comparison(compared)?,
            Filter::Atom(FilterAtom::Filter { expr, not }) => negated(self.filter(expr)?, *not),
            Filter::Atom(FilterAtom::Test { expr, not }) => negated(self.test(expr)?, *not),
        })
    }

    fn filters(&mut self, parts: &[Filter]) -> Result<Vec<Logical>, PathError> {
        parts.iter().map(|part| self.filter(part)).collect()
    }

    /// A condition without an operator: nodes that exist, or a function that is true or false.
    fn test(&mut self, test: &Test) -> Result<Logical, PathError> {
        let Test::Function(function) = test else {
            return Ok(Logical::Exists(self.reference(test)?));
        };
        if let TestFunction::Match(subject, pattern) | TestFunction::Search(subject, pattern) = function.as_ref() {
            let call = self.call()?;
            let whole = matches!(function.as_ref(), TestFunction::Match(..));
            return self.matches(call, subject, pattern, whole);
        }
        let call = self.call()?;
        let name = &self.text[call.name.clone()];
        if let TestFunction::Custom(..) = function.as_ref() {
            return Err(unknown_function(self.text, call.name.clone()));
        }
        let written = &self.text[call.whole.clone()];
        Err(PathError::new(call.whole.clone(), format!("`{name}` yields a value, which is no condition by itself"))
            .help(format!("compare it: `{written} == …`")))
    }

    fn matches(&mut self, call: &Call, subject: &FnArg, pattern: &FnArg, whole: bool) -> Result<Logical, PathError> {
        let subject = self.value_argument(call, subject)?;
        let pattern = self.value_argument(call, pattern)?;
        let pattern = match &pattern {
            Operand::Literal(Value::String(expression)) => match regexp::compile(expression, whole) {
                Ok(regex) => Pattern::Fixed(regex),
                Err(reason) => {
                    let message = format!("`{expression}` is not a regular expression (RFC 9485): {reason}");
                    return Err(PathError::new(call.whole.clone(), message));
                }
            },
            _ => Pattern::Computed(pattern),
        };
        Ok(Logical::Matches(Box::new(Matches { subject, pattern, whole })))
    }

    fn comparison(&mut self, compared: &Compared) -> Result<Logical, PathError> {
        let operator = match compared {
            Compared::Eq(..) => Operator::Equal,
            Compared::Ne(..) => Operator::NotEqual,
            Compared::Lt(..) => Operator::Less,
            Compared::Lte(..) => Operator::LessOrEqual,
            Compared::Gt(..) => Operator::Greater,
            Compared::Gte(..) => Operator::GreaterOrEqual,
        };
        let (left, right) = compared.vals();
        let left = self.comparable(left)?;
        let right = self.comparable(right)?;
        Ok(Logical::Compare(Box::new(Comparison { left, operator, right })))
    }

    fn comparable(&mut self, comparable: &Comparable) -> Result<Operand, PathError> {
        match comparable {
            Comparable::Literal(literal) => self.literal(literal),
            Comparable::Function(function) => self.value_function(function),
            Comparable::SingularQuery(query) => Ok(Operand::Singular(singular(query))),
        }
    }

    fn literal(&self, literal: &Literal) -> Result<Operand, PathError> {
        let value = match literal {
            Literal::Int(number) => Value::from(*number),
            Literal::Float(number) => Value::float(*number),
            Literal::String(text) => Value::from(text.as_str()),
            Literal::Bool(truth) => Value::from(*truth),
            Literal::Null => return Ok(Operand::Literal(Value::Null)),
        };
        if value.is_null() {
            return Err(PathError::new(0..self.text.len(), "expected numbers in the range of a double"));
        }
        Ok(Operand::Literal(value))
    }

    /// A function where a value is wanted.
    fn value_function(&mut self, function: &TestFunction) -> Result<Operand, PathError> {
        let call = self.call()?;
        let name = &self.text[call.name.clone()];
        match function {
            TestFunction::Length(argument) => Ok(Operand::Length(Box::new(self.value_argument(call, argument)?))),
            TestFunction::Count(argument) => Ok(Operand::Count(self.nodes_argument(call, argument)?)),
            TestFunction::Value(argument) => Ok(Operand::ValueOf(self.nodes_argument(call, argument)?)),
            TestFunction::Match(..) | TestFunction::Search(..) => {
                let message = format!("`{name}` is a condition and yields no value");
                Err(PathError::new(call.whole.clone(), message))
            }
            TestFunction::Custom(..) => Err(unknown_function(self.text, call.name.clone())),
        }
    }

    fn value_argument(&mut self, call: &Call, argument: &FnArg) -> Result<Operand, PathError> {
        match argument {
            FnArg::Literal(literal) => self.literal(literal),
            FnArg::Test(test) => match test.as_ref() {
                Test::Function(function) => self.value_function(function),
                query => {
                    let reference = self.reference(query)?;
                    if reference.is_singular() {
                        return Ok(Operand::Singular(reference));
                    }
                    Err(self
                        .argument_error(call, "a value: a literal, or a path to one node")
                        .help("`count(…)` makes many nodes a number, `value(…)` gives the value where there is one"))
                }
            },
            FnArg::Filter(_) => Err(self.argument_error(call, "a value, not a condition")),
        }
    }

    fn nodes_argument(&mut self, call: &Call, argument: &FnArg) -> Result<Reference, PathError> {
        match argument {
            FnArg::Test(test) if !matches!(test.as_ref(), Test::Function(_)) => self.reference(test),
            _ => Err(self.argument_error(call, "a path from `@` or `$`")),
        }
    }

    fn argument_error(&self, call: &Call, expected: &str) -> PathError {
        let name = &self.text[call.name.clone()];
        PathError::new(call.whole.clone(), format!("expected `{name}` to be given {expected}"))
    }

    fn reference(&mut self, test: &Test) -> Result<Reference, PathError> {
        match test {
            Test::RelQuery(parsed) => Ok(Reference { from_root: false, segments: self.segments(parsed)? }),
            Test::AbsQuery(query) => Ok(Reference { from_root: true, segments: self.segments(&query.segments)? }),
            Test::Function(_) => Err(PathError::new(0..self.text.len(), "expected a path from `@` or `$`")),
        }
    }

    /// The place of the next call; the scan and the parser agree on calls, or the text is refused.
    fn call(&mut self) -> Result<&'t Call, PathError> {
        let calls = &mut self.calls;
        calls.next().ok_or_else(|| PathError::new(0..self.text.len(), "expected functions as `name(…)`"))
    }
}

fn negated(condition: Logical, not: bool) -> Logical {
    if not { Logical::Not(Box::new(condition)) } else { condition }
}

fn singular(query: &SingularQuery) -> Reference {
    let (from_root, steps) = match query {
        SingularQuery::Root(steps) => (true, steps),
        SingularQuery::Current(steps) => (false, steps),
    };
    let segments = steps.iter().map(|step| {
        let selector = match step {
            SingularQuerySegment::Index(index) => Selector::Index(*index),
            SingularQuerySegment::Name(name) => Selector::Name(name.as_str().into()),
        };
        Segment { deep: false, selectors: vec![selector] }
    });
    Reference { from_root, segments: segments.collect() }
}
