//! What a run that is gone on with asks, and what a person answers who looks at the platform first.

use callsheet::event::{BodyRecord, Effect, Role};
use callsheet::jsonpath::Path;
use callsheet::record::{Record, Try, TryResult};
use callsheet::secret::PLACEHOLDER;
use callsheet::value::Value;

use super::platform::Platform;

const CLEANUP: &str = "cleanup:";

/// An answer to a question.
pub struct Answer {
    pub arguments: Vec<String>,
    /// The path of the request that may be done once more.
    pub allowed: Option<String>,
}

/// The steps that a call has asked about, as it names them.
pub fn questions(told: &str) -> Vec<String> {
    let named = told.split("`--redo ").skip(1).filter_map(|rest| rest.split('`').next());
    let mut all: Vec<String> = named.map(str::to_owned).collect();
    all.dedup();
    all
}

/// Answers a question; an error where it should not have been asked.
pub fn answer(
    asked: &str,
    workflow: &serde_yaml::Value,
    record: &Record,
    platform: &Platform,
) -> Result<Answer, String> {
    let tries = tries(asked, record).ok_or_else(|| format!("asked about `{asked}`, which is no step"))?;
    let last = tries.iter().rfind(|one| !matches!(one.role, Role::Token(_)));
    let last = last.ok_or_else(|| format!("asked about `{asked}`, of which nothing was sent"))?;
    if last.effect != Effect::Once || is_known(last) && !is_masked(last) {
        return Err(format!("asked about `{asked}`, of which it is known what was done"));
    }
    let path = url::Url::parse(&last.request.url).map_err(|error| error.to_string())?.path().to_owned();
    let steps = record.steps().flat_map(|step| &step.tries).chain(record.cleanups.iter().flat_map(|of| &of.tries));
    let known =
        steps.filter(|one| one.request.url == last.request.url && one.call < last.call && is_known(one)).count();
    let was_done = platform.writes().get(&path).is_some_and(|done| *done > known);
    let values = was_done.then(|| values(asked, workflow, platform.last_answer(&path).as_ref())).flatten();
    Ok(match values {
        Some(values) => {
            let assume = ["--assume-done".to_owned(), asked.to_owned()].into_iter();
            Answer { arguments: assume.chain(values).collect(), allowed: None }
        }
        None => Answer { arguments: vec!["--redo".to_owned(), asked.to_owned()], allowed: Some(path) },
    })
}

fn tries<'a>(asked: &str, record: &'a Record) -> Option<&'a [Try]> {
    if let Some(of) = asked.strip_prefix(CLEANUP) {
        return record.cleanups.iter().find(|cleanup| cleanup.step.as_str() == of).map(|cleanup| &*cleanup.tries);
    }
    record.steps().find(|step| step.step.as_str() == asked).map(|step| &*step.tries)
}

fn is_known(one: &Try) -> bool {
    matches!(&one.result, TryResult::Answer(_) | TryResult::Error { unknown: false, .. })
}

/// Whether the answer holds a secret, which is not kept.
fn is_masked(one: &Try) -> bool {
    matches!(&one.result, TryResult::Answer(answer) if matches!(&answer.body, BodyRecord::Text(text) if text.contains(PLACEHOLDER)))
}

/// What a step captures, from the answer that nobody has seen; nothing where that cannot be told.
fn values(asked: &str, workflow: &serde_yaml::Value, answer: Option<&Value>) -> Option<Vec<String>> {
    if asked.starts_with(CLEANUP) {
        return Some(Vec::new());
    }
    let mut arguments = Vec::new();
    let Some(captures) = workflow["steps"][asked]["capture"].as_mapping() else { return Some(arguments) };
    for (name, capture) in captures {
        let path = capture.as_str().or_else(|| capture["json"].as_str())?;
        let path = Path::parse(path).ok()?;
        let value = path.select(answer?).first()?.to_string();
        arguments.extend(["--var".to_owned(), format!("{}={value}", name.as_str()?)]);
    }
    Some(arguments)
}
