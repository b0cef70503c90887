//! What a schema misses, from the crate's tree of errors to one line for each place.

use boon::{ErrorKind, InstanceToken, ValidationError};
use serde_json::Value as Json;

use super::Violation;
use crate::value::Value;

/// The leaves of the tree, by their places. Of alternatives none of which fits, it is told that none does, and what the nearest lacks
/// where one is near.
pub(super) fn violations(error: &ValidationError<'_, '_>, whole: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    collect(error, whole, &mut found);
    // The crate goes through members in an order that differs each time.
    found.sort_by(|(one, first), (other, second)| (one, &first.expected).cmp(&(other, &second.expected)));
    found.dedup();
    found.into_iter().map(|(_, violation)| violation).collect()
}

/// A violation, and its place for sorting: indices, and names.
type Placed = (Vec<(usize, String)>, Violation);

/// The innermost mistake, in words: for schemas that are none.
pub(super) fn deepest(error: &ValidationError<'_, '_>) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.causes.first() {
        innermost = cause;
    }
    let problem = match &innermost.kind {
        // The crate's text about a pattern is a drawing of several lines.
        ErrorKind::Format { got, want, .. } => format!("{got} is no valid `{want}`"),
        kind => kind.to_string(),
    };
    let at = innermost.instance_location.to_string();
    if at.is_empty() { problem } else { format!("at `{at}` {problem}") }
}

fn collect(error: &ValidationError<'_, '_>, whole: &Value, found: &mut Vec<Placed>) {
    match &error.kind {
        ErrorKind::AnyOf | ErrorKind::OneOf(None) => {
            let depth = error.instance_location.tokens.len();
            let mut expected = format!("one of {} alternatives to fit", error.causes.len());
            // An alternative that only lacks something further inside is the one that was meant.
            let nearest = error.causes.iter().map(|cause| {
                let mut inner = Vec::new();
                collect(cause, whole, &mut inner);
                (cause, inner)
            });
            let nearest = nearest.filter(|(cause, _)| is_inside(cause, depth)).min_by_key(|(_, inner)| inner.len());
            match nearest {
                Some((_, inner)) => found.extend(inner),
                None => {
                    let wanted: Vec<String> = error.causes.iter().filter_map(wanted_alone).collect();
                    if wanted.len() == error.causes.len() {
                        expected = wanted.join(", or ");
                    }
                    found.push(violation(error, expected, whole));
                }
            }
        }
        _ if !error.causes.is_empty() && is_group(&error.kind) => {
            error.causes.iter().for_each(|cause| collect(cause, whole, found));
        }
        kind => found.push(violation(error, expected(kind), whole)),
    }
}

/// Whether all that is wrong is further inside than so many steps.
fn is_inside(error: &ValidationError<'_, '_>, depth: usize) -> bool {
    if is_group(&error.kind) && !error.causes.is_empty() {
        return error.causes.iter().all(|cause| is_inside(cause, depth));
    }
    error.instance_location.tokens.len() > depth
        || matches!(error.kind, ErrorKind::Required { .. } | ErrorKind::AdditionalProperties { .. })
}

/// What an alternative wants, where that is one thing.
fn wanted_alone(error: &ValidationError<'_, '_>) -> Option<String> {
    match error.causes.as_slice() {
        [] => Some(expected(&error.kind)),
        [cause] if is_group(&error.kind) => wanted_alone(cause),
        _ => None,
    }
}

/// Whether what is wrong is told by the causes alone.
fn is_group(kind: &ErrorKind<'_, '_>) -> bool {
    matches!(
        kind,
        ErrorKind::Group
            | ErrorKind::Schema { .. }
            | ErrorKind::Reference { .. }
            | ErrorKind::AllOf
            | ErrorKind::ContentSchema
    )
}

fn violation(error: &ValidationError<'_, '_>, expected: String, whole: &Value) -> Placed {
    let mut at = "$".to_owned();
    let mut place = Vec::new();
    let mut value = Some(whole);
    for token in &error.instance_location.tokens {
        match token {
            InstanceToken::Prop(name) if crate::id::is_identifier(name) => at.extend([".", name]),
            InstanceToken::Prop(name) => at.push_str(&crate::jsonpath::name_segment(name)),
            InstanceToken::Item(index) => at.push_str(&format!("[{index}]")),
        }
        place.push(match token {
            InstanceToken::Prop(name) => (0, name.to_string()),
            InstanceToken::Item(index) => (*index, String::new()),
        });
        value = value.and_then(|value| match token {
            InstanceToken::Prop(name) => value.get(name),
            InstanceToken::Item(index) => value.as_array()?.get(*index),
        });
    }
    let says_all = matches!(error.kind, ErrorKind::AdditionalProperties { .. } | ErrorKind::FalseSchema);
    let found = value.filter(|_| !says_all).cloned();
    (place, Violation { at, expected, found })
}

/// What is expected, to stand behind "expected". Nothing of the value stands in it but names and numbers.
fn expected(kind: &ErrorKind<'_, '_>) -> String {
    let counted = |bound: &str, count: usize, what: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("at {bound} {count} {what}{plural}")
    };
    match kind {
        ErrorKind::Type { want, .. } => {
            let types = want.iter().map(|wanted| with_article(&wanted.to_string()));
            types.collect::<Vec<_>>().join(" or ")
        }
        ErrorKind::Enum { want } => format!("one of {}", listed(want.iter().map(Json::to_string))),
        ErrorKind::Const { want } => want.to_string(),
        ErrorKind::Required { want } => members("", want),
        ErrorKind::Dependency { prop, missing } | ErrorKind::DependentRequired { prop, missing } => {
            format!("{} beside `{prop}`", members("", missing))
        }
        ErrorKind::AdditionalProperties { got } => members("no ", &got.iter().map(|name| &**name).collect::<Vec<_>>()),
        ErrorKind::AdditionalItems { got } => format!("{got} items fewer"),
        ErrorKind::FalseSchema => "nothing here".to_owned(),
        ErrorKind::Format { want, .. } => format!("a valid `{want}`"),
        ErrorKind::Pattern { want, .. } => format!("a string that matches `{want}`"),
        ErrorKind::MinLength { want, .. } => counted("least", *want, "character"),
        ErrorKind::MaxLength { want, .. } => counted("most", *want, "character"),
        ErrorKind::MinItems { got, want } => format!("{}, not {got}", counted("least", *want, "item")),
        ErrorKind::MaxItems { got, want } => format!("{}, not {got}", counted("most", *want, "item")),
        ErrorKind::MinProperties { got, want } => format!("{}, not {got}", counted("least", *want, "member")),
        ErrorKind::MaxProperties { got, want } => format!("{}, not {got}", counted("most", *want, "member")),
        ErrorKind::UniqueItems { got: [one, other] } => format!("no equal items, as [{one}] and [{other}] are"),
        ErrorKind::Contains => "an item that fits `contains`".to_owned(),
        ErrorKind::MinContains { got, want } => {
            format!("{} that fit `contains`, not {}", counted("least", *want, "item"), got.len())
        }
        ErrorKind::MaxContains { got, want } => {
            format!("{} that fit `contains`, not {}", counted("most", *want, "item"), got.len())
        }
        ErrorKind::Minimum { want, .. } => format!("{want} or more"),
        ErrorKind::Maximum { want, .. } => format!("{want} or less"),
        ErrorKind::ExclusiveMinimum { want, .. } => format!("more than {want}"),
        ErrorKind::ExclusiveMaximum { want, .. } => format!("less than {want}"),
        ErrorKind::MultipleOf { want, .. } => format!("a multiple of {want}"),
        ErrorKind::Not => "something that `not` does not describe".to_owned(),
        ErrorKind::OneOf(Some((one, other))) => format!("only one alternative to fit, not both [{one}] and [{other}]"),
        ErrorKind::PropertyName { prop } => format!("another name than `{prop}`"),
        other => other.to_string(),
    }
}

fn members(no: &str, names: &[&str]) -> String {
    let plural = if names.len() == 1 { "" } else { "s" };
    format!("{no}member{plural} {}", listed(names.iter().map(|name| format!("`{name}`"))))
}

fn listed(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

fn with_article(name: &str) -> String {
    match name {
        "null" => name.to_owned(),
        _ if name.starts_with(['a', 'i', 'o']) => format!("an {name}"),
        _ => format!("a {name}"),
    }
}
