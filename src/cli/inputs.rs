//! Inputs from the command line, from files and from the environment.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::args::InputArgs;
use crate::plan::Inputs;
use crate::session::DiskLoader;
use crate::source::unreadable;
use crate::value::Value;

/// The prefix of environment variables that give inputs their values.
const PREFIX: &str = "CALLSHEET_VAR_";

/// Collects them; the error is a sentence for a person.
pub(super) fn inputs(args: &InputArgs) -> Result<Inputs, String> {
    let mut inputs = Inputs::new().loader(Arc::new(DiskLoader)).environment(|name| std::env::var(name).ok());
    if let Ok(directory) = std::env::current_dir() {
        inputs = inputs.working_directory(directory);
    }
    for (name, value) in std::env::vars_os() {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
        if let Some(input) = name.strip_prefix(PREFIX) {
            inputs = inputs.fallback(format!("`{name}`"), input, value);
        }
    }
    for path in &args.var_file {
        for (name, value) in read_var_file(path)? {
            inputs = inputs.fallback(format!("`{}`", path.display()), name, value);
        }
    }
    for (name, value) in &args.vars {
        inputs = inputs.var_from("`--var`", name, value.as_str());
    }
    Ok(inputs)
}

/// A mapping of names to values, as YAML or JSON.
fn read_var_file(path: &Path) -> Result<Vec<(String, Value)>, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let reason = match error.kind() {
            ErrorKind::InvalidData => "it is not UTF-8".to_owned(),
            _ => unreadable(&error),
        };
        format!("cannot read --var-file `{shown}`: {reason}\n{EXPECTED}")
    })?;
    // Places and never the text: a file of variables may hold secrets.
    let value: serde_yaml::Value = serde_yaml::from_str(&text).map_err(|error| {
        let place = error.location().map(|place| format!(":{}:{}", place.line(), place.column())).unwrap_or_default();
        format!("--var-file `{shown}{place}` is neither YAML nor JSON\n{EXPECTED}")
    })?;
    match Value::of(&value) {
        Value::Object(members) => Ok(members.iter().map(|(name, value)| (name.to_string(), value.clone())).collect()),
        other => Err(format!("--var-file `{shown}` holds {}, not a mapping\n{EXPECTED}", kind(&other))),
    }
}

const EXPECTED: &str = "help: write a mapping of names to values, such as `api_url: https://api.example.com`";

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        _ => "a list",
    }
}
