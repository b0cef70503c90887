//! The places that an input names under `from`: the environment, and files.

use super::bind::{Binder, NamedValues, evaluation};
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::EvalErrorKind;
use crate::playbook::{Input, InputPlace, InputSource};
use crate::value::Value;

impl Binder<'_> {
    /// The value at the first of an input's places that has one, and the place in words.
    pub(super) fn look_up(&self, input: &Input, found: &mut Vec<Diagnostic>) -> Option<(Value, String)> {
        input.from.iter().find_map(|source| match self.place_of(source) {
            Ok(place) => self.look_at(input, source, &place?, found),
            Err(diagnostic) => {
                found.push(*diagnostic);
                None
            }
        })
    }

    /// Where to look; nowhere where an input that decides it has no value.
    pub(super) fn place_of(&self, source: &InputSource) -> Result<Option<InputPlace>, Box<Diagnostic>> {
        let InputPlace::Open(template) = &source.place else { return Ok(Some(source.place.clone())) };
        match template.render(&NamedValues::of(self.playbook, &self.values)) {
            Ok(text) => InputPlace::read(text.as_str().unwrap_or_default()).map(Some).map_err(|(message, help)| {
                Box::new(Diagnostic::new(rule::BAD_SOURCE, source.span, message).help(help))
            }),
            Err(error) if error.kind == EvalErrorKind::Unavailable => Ok(None),
            Err(error) => Err(Box::new(evaluation(error))),
        }
    }

    fn look_at(
        &self,
        input: &Input,
        source: &InputSource,
        place: &InputPlace,
        found: &mut Vec<Diagnostic>,
    ) -> Option<(Value, String)> {
        match place {
            InputPlace::Open(_) => None,
            InputPlace::Env(variable) => {
                let value = self.inputs.environment.as_ref().and_then(|lookup| lookup(variable));
                value.filter(|value| !value.is_empty()).map(|value| (Value::from(value), format!("`${variable}`")))
            }
            InputPlace::File { path, pointer } => {
                let loader = self.inputs.loader.as_ref()?;
                let text = loader.read(&self.playbook.directory.join(&input.base).join(path)).ok()?;
                let shown = format!("the file `{}`", path.display());
                let Some(pointer) = pointer else {
                    return Some((Value::from(text.trim_end_matches(['\r', '\n'])), shown));
                };
                let read = Value::read(text.as_bytes()).map_err(|error| format!("is not JSON: {error}"));
                match read
                    .and_then(|json| at_pointer(&json, pointer).ok_or_else(|| format!("has nothing at `{pointer}`")))
                {
                    Ok(value) => Some((value, shown)),
                    Err(reason) => {
                        found.push(
                            Diagnostic::new(rule::BAD_INPUT, source.span, format!("{shown} {reason}"))
                                .help("a pointer is written `file:PATH#/member/0`, as RFC 6901 says"),
                        );
                        None
                    }
                }
            }
        }
    }
}

/// RFC 6901.
fn at_pointer(json: &Value, pointer: &str) -> Option<Value> {
    let mut value = json;
    for token in pointer.strip_prefix('/').map(|rest| rest.split('/')).into_iter().flatten() {
        let token = token.replace("~1", "/").replace("~0", "~");
        value = match value {
            Value::Array(items) => items.get(token.parse::<usize>().ok()?)?,
            other => other.get(&token)?,
        };
    }
    Some(value.clone())
}
