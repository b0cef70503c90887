//! Names and arguments of filters, tests and functions, checked when an expression is parsed.

use std::sync::Arc;

use regex::Regex;

use super::catalog::{self, Known, Signature};
use super::tree::{Node, NodeKind};
use crate::diagnostic::{Diagnostic, closest, did_you_mean, rule};
use crate::source::Span;

/// Looks at a filter's literal arguments; a literal pattern comes back compiled.
pub(super) type Check = fn(&[Option<Node>]) -> Result<Option<Regex>, Diagnostic>;

/// Arguments as they are written.
#[derive(Default)]
pub(super) struct Arguments {
    pub positional: Vec<Node>,
    /// The name, where it stands, the value.
    pub named: Vec<(Arc<str>, Span, Node)>,
}

/// Filters that say yes or no and may be written as tests: `x is close_to(1, 0.1)`.
const YES_OR_NO: &[&str] = &["close_to", "matches", "contains_json"];

/// The filter of that name.
pub(super) fn known_filter(name: &str, place: Span) -> Result<Known, Diagnostic> {
    catalog::filter(name).ok_or_else(|| unknown_filter(name, place))
}

/// That there is no such filter.
pub(super) fn unknown_filter(name: &str, place: Span) -> Diagnostic {
    let diagnostic = Diagnostic::new(rule::UNKNOWN_FILTER, place, format!("unknown filter `{name}`"));
    if catalog::test(name).is_some() {
        return diagnostic.help(format!("`{name}` is a test: write `is {name}`"));
    }
    if catalog::function(name).is_some() {
        return diagnostic.help(format!("`{name}` is a function: write `{name}(…)`"));
    }
    suggest(diagnostic, name, place, catalog::filter_names())
}

/// A filter with its arguments bound.
pub(super) fn filter(
    known: Known,
    place: Span,
    operand: Box<Node>,
    arguments: Arguments,
) -> Result<NodeKind, Diagnostic> {
    match known {
        Known::Ours(filter) => {
            let arguments = bind("filter", filter.name, &filter.signature, place, arguments)?;
            let regex = filter.verify.map_or(Ok(None), |verify| verify(&arguments))?;
            Ok(NodeKind::Filter { operand, filter, arguments, regex })
        }
        Known::Standard(filter) => {
            let named = arguments.named.into_iter().map(|(name, _, value)| (name, value)).collect();
            Ok(NodeKind::Standard { operand, filter, positional: arguments.positional, named })
        }
        Known::Default => {
            let signature = Signature { parameters: &["value", "boolean"], required: 0, named: &[], rest: false };
            let mut bound = bind("filter", "default", &signature, place, arguments)?.into_iter();
            let [fallback, boolean] = [bound.next(), bound.next()].map(|node| node.flatten().map(Box::new));
            Ok(NodeKind::Default { operand, fallback, boolean })
        }
    }
}

/// A test with its arguments.
pub(super) fn test(name: &str, place: Span, operand: Box<Node>, arguments: Arguments) -> Result<NodeKind, Diagnostic> {
    if YES_OR_NO.contains(&name) {
        return filter(known_filter(name, place)?, place, operand, arguments);
    }
    let count = arguments.positional.len();
    if let Some((name, place, _)) = arguments.named.first() {
        return Err(Diagnostic::new(rule::WRONG_ARGUMENTS, *place, format!("a test has no argument `{name}`")));
    }
    let expected = match name {
        "defined" | "undefined" => 0,
        _ => match catalog::test(name) {
            Some(test) if test.arguments == count => {
                return Ok(NodeKind::Test { operand, test, arguments: arguments.positional, negated: false });
            }
            Some(test) => test.arguments,
            None => return Err(unknown_test(name, place)),
        },
    };
    if count != expected {
        let message = format!("the test `{name}` takes {}, not {count}", counted(expected));
        return Err(Diagnostic::new(rule::WRONG_ARGUMENTS, place, message));
    }
    Ok(NodeKind::Defined { operand, negated: name == "undefined" })
}

/// That there is no such test.
pub(super) fn unknown_test(name: &str, place: Span) -> Diagnostic {
    let diagnostic = Diagnostic::new(rule::UNKNOWN_TEST, place, format!("unknown test `{name}`"));
    if catalog::filter(name).is_some() {
        return diagnostic.help(format!("`{name}` is a filter: write `| {name}`"));
    }
    suggest(diagnostic, name, place, catalog::test_names().chain(YES_OR_NO.iter().copied()))
}

/// A call of a function.
pub(super) fn call(name: &str, place: Span, arguments: Arguments) -> Result<NodeKind, Diagnostic> {
    let Some(function) = catalog::function(name) else {
        let diagnostic = Diagnostic::new(rule::UNKNOWN_FUNCTION, place, format!("unknown function `{name}`"));
        if catalog::filter(name).is_some() {
            return Err(diagnostic.help(format!("`{name}` is a filter: write `value | {name}`")));
        }
        return Err(suggest(diagnostic, name, place, catalog::function_names().iter().copied()));
    };
    let arguments = bind("function", name, &function.signature, place, arguments)?;
    Ok(NodeKind::Call { function, arguments })
}

/// Arguments in the order of their parameters: positional ones, named ones, then the rest.
fn bind(
    what: &str,
    name: &str,
    signature: &Signature,
    place: Span,
    arguments: Arguments,
) -> Result<Vec<Option<Node>>, Diagnostic> {
    let wrong = |place, message: String| Diagnostic::new(rule::WRONG_ARGUMENTS, place, message);
    let (parameters, named) = (signature.parameters, signature.named);
    let mut bound: Vec<Option<Node>> = Vec::new();
    bound.resize_with(parameters.len() + named.len(), || None);
    for (index, value) in arguments.positional.into_iter().enumerate() {
        if index < parameters.len() {
            bound[index] = Some(value);
        } else if signature.rest {
            bound.push(Some(value));
        } else {
            let message = format!("the {what} `{name}` takes at most {}", counted(parameters.len()));
            return Err(wrong(value.span, message).help(usage(what, name, signature)));
        }
    }
    for (argument, place, value) in arguments.named {
        let slot = parameters.iter().chain(named).position(|parameter| *parameter == &*argument);
        match slot {
            Some(slot) if bound[slot].is_none() => bound[slot] = Some(value),
            Some(_) => return Err(wrong(place, format!("the argument `{argument}` is given twice"))),
            None => {
                let message = format!("the {what} `{name}` has no argument `{argument}`");
                return Err(wrong(place, message).help(usage(what, name, signature)));
            }
        }
    }
    match (0..signature.required).find(|index| bound[*index].is_none()) {
        Some(missing) => {
            let message = format!("the {what} `{name}` needs the argument `{}`", parameters[missing]);
            Err(wrong(place, message).help(usage(what, name, signature)))
        }
        None => Ok(bound),
    }
}

fn usage(what: &str, name: &str, signature: &Signature) -> String {
    let optional = |parameter: &&str| format!("{parameter}=…");
    let required = signature.parameters[..signature.required].iter().map(|parameter| (*parameter).to_owned());
    let others = signature.parameters[signature.required..].iter().chain(signature.named).map(optional);
    let list = required.chain(others).collect::<Vec<_>>().join(", ");
    match (what, list.is_empty()) {
        ("filter", true) => format!("it is written `| {name}`"),
        ("filter", false) => format!("it is written `| {name}({list})`"),
        _ => format!("it is written `{name}({list})`"),
    }
}

fn counted(count: usize) -> String {
    match count {
        0 => "no argument".to_owned(),
        1 => "one argument".to_owned(),
        _ => format!("{count} arguments"),
    }
}

fn suggest<'a>(
    diagnostic: Diagnostic,
    name: &str,
    place: Span,
    candidates: impl Iterator<Item = &'a str> + Clone,
) -> Diagnostic {
    let diagnostic = match closest(name, candidates.clone()) {
        // Another filter does another thing, `escape` the opposite of `unescape`: nobody but a person can know.
        Some(close) => diagnostic.suggest(place, close),
        None => diagnostic,
    };
    match did_you_mean(name, candidates) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// A literal pattern, compiled.
pub(super) fn pattern(arguments: &[Option<Node>]) -> Result<Option<Regex>, Diagnostic> {
    let Some((text, span)) = literal(arguments.first()) else { return Ok(None) };
    super::filters::search::compile(text).map(Some).map_err(|problem| {
        Diagnostic::new(rule::WRONG_ARGUMENTS, span, problem).help("patterns are those of the Rust crate `regex`")
    })
}

/// A literal JSONPath.
pub(super) fn path(arguments: &[Option<Node>]) -> Result<Option<Regex>, Diagnostic> {
    let Some((text, span)) = literal(arguments.first()) else { return Ok(None) };
    let Err(error) = crate::jsonpath::Path::parse(text) else { return Ok(None) };
    let diagnostic = Diagnostic::new(rule::WRONG_ARGUMENTS, span, format!("the path cannot be read: {error}"));
    Err(diagnostic.help(error.help.unwrap_or_else(|| "a path begins with `$`, as in `$.models[0].id`".to_owned())))
}

/// The literal name of a filter to map over.
pub(super) fn mapped(arguments: &[Option<Node>]) -> Result<Option<Regex>, Diagnostic> {
    match literal(arguments.first()) {
        Some((name, span)) => known_filter(name, span).map(|_| None),
        None => Ok(None),
    }
}

/// The literal name of a test to select with.
pub(super) fn selected(arguments: &[Option<Node>]) -> Result<Option<Regex>, Diagnostic> {
    named_test(arguments.first())
}

/// The same, where an attribute comes first.
pub(super) fn selected_by_attribute(arguments: &[Option<Node>]) -> Result<Option<Regex>, Diagnostic> {
    named_test(arguments.get(1))
}

fn named_test(argument: Option<&Option<Node>>) -> Result<Option<Regex>, Diagnostic> {
    match literal(argument) {
        Some((name, span)) if catalog::test(name).is_none() => Err(unknown_test(name, span)),
        _ => Ok(None),
    }
}

fn literal(argument: Option<&Option<Node>>) -> Option<(&str, Span)> {
    let node = argument?.as_ref()?;
    match &node.kind {
        NodeKind::Literal(value) => Some((value.as_str()?, node.span)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::wrong;

    #[track_caller]
    fn problem(expression: &str) -> (&'static str, String, String) {
        let (diagnostic, underlined) = wrong(expression);
        (diagnostic.rule.name, underlined, diagnostic.help.join(" "))
    }

    #[test]
    fn unknown_names_are_underlined_alone_with_a_near_one() {
        let rows = [
            ("a.b | uper | trim", "unknown-filter", "uper", "did you mean `upper`?"),
            ("a | odd", "unknown-filter", "odd", "`odd` is a test: write `is odd`"),
            ("a is defned", "unknown-test", "defned", "did you mean `defined`?"),
            ("a is upperr", "unknown-test", "upperr", "did you mean `upper`?"),
            ("a is tojson", "unknown-test", "tojson", "`tojson` is a filter: write `| tojson`"),
            ("1 + uid()", "unknown-function", "uid", "did you mean `uuid`?"),
            ("upper(a)", "unknown-function", "upper", "`upper` is a filter: write `value | upper`"),
        ];
        for (expression, code, place, help) in rows {
            assert_eq!(problem(expression), (code, place.to_owned(), help.to_owned()), "{expression}");
        }
        assert_eq!(problem("arrow_schema('x')").0, "unknown-function");
    }

    #[test]
    fn arguments_are_counted_before_anything_runs() {
        let rows = [
            ("a | close_to(1)", "close_to", "it is written `| close_to(x, tol)`"),
            ("a | close_to(1, 2, 3)", "3", "it is written `| close_to(x, tol)`"),
            ("a | close_to(1, tolerance=2)", "tolerance", "it is written `| close_to(x, tol)`"),
            ("a | sha256(1)", "1", "it is written `| sha256`"),
            ("random_int(1)", "random_int", "it is written `random_int(low, high)`"),
            ("a | default(1, value=2)", "value", ""),
            ("a is divisibleby", "divisibleby", ""),
            ("a is none(1)", "none", ""),
        ];
        for (expression, place, help) in rows {
            assert_eq!(problem(expression), ("wrong-arguments", place.to_owned(), help.to_owned()), "{expression}");
        }
    }
}
