//! What differs between two transcripts: step by step, path by path.

use super::Transcript;
use crate::value::Value;

/// One place that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The step, `cleanup of STEP`, or `outputs`.
    pub step: String,
    /// The place inside it: `exchanges[0].answer.json.models[0].name`.
    pub path: String,
    /// What was expected there; `None` where nothing was.
    pub expected: Option<Value>,
    /// What is there; `None` where nothing is.
    pub found: Option<Value>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), |value| value.preview(120));
        let place = if self.path.is_empty() { self.step.clone() } else { format!("{} · {}", self.step, self.path) };
        write!(formatter, "{place}\n  expected {}\n  found    {}", shown(&self.expected), shown(&self.found))
    }
}

/// Every place that differs, in the order of the expected transcript; what is only in the other comes after.
pub fn differences(expected: &Transcript, found: &Transcript) -> Vec<Difference> {
    let mut differences = Vec::new();
    for name in members(&expected.0, &found.0) {
        let (left, right) = (expected.0.get(&name), found.0.get(&name));
        match name.as_str() {
            "steps" | "cleanup" => {
                let (left, right) = (left.cloned().unwrap_or_default(), right.cloned().unwrap_or_default());
                for step in members(&left, &right) {
                    let title = if name == "cleanup" { format!("cleanup of {step}") } else { step.clone() };
                    compare(left.get(&step), right.get(&step), &title, "", &mut differences);
                }
            }
            name => compare(left, right, name, "", &mut differences),
        }
    }
    differences
}

fn members(left: &Value, right: &Value) -> Vec<String> {
    let names = |value: &Value| -> Vec<String> {
        value.as_object().into_iter().flat_map(|members| members.keys().map(|name| name.to_string())).collect()
    };
    let mut all = names(left);
    all.extend(names(right).into_iter().filter(|name| left.get(name).is_none()));
    all
}

fn compare(left: Option<&Value>, right: Option<&Value>, step: &str, path: &str, found: &mut Vec<Difference>) {
    match (left, right) {
        (Some(left), Some(right)) if left == right => {}
        (Some(left @ Value::Object(_)), Some(right @ Value::Object(_))) => {
            for name in members(left, right) {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(left.get(&name), right.get(&name), step, &path, found);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            for index in 0..left.len().max(right.len()) {
                compare(left.get(index), right.get(index), step, &format!("{path}[{index}]"), found);
            }
        }
        (left, right) => found.push(Difference {
            step: step.to_owned(),
            path: path.to_owned(),
            expected: left.cloned(),
            found: right.cloned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_changed_field_is_one_difference_with_step_and_path() {
        let text = |name: &str| {
            format!(
                "transcript: 1\nsteps:\n  a: {{ exchanges: [ {{ answer: {{ json: {{ n: [1, {name}] }} }} }} ] }}\n  b: {{}}\n"
            )
        };
        let read = |name| Transcript::read(&text(name)).expect("a transcript");
        let found = differences(&read("x"), &read("y"));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].step.as_str(), found[0].path.as_str()), ("a", "exchanges[0].answer.json.n[1]"));
        assert!(differences(&read("x"), &read("x")).is_empty());
    }
}
