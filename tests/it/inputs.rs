//! Inputs of a playbook: how they get their values, and what is refused before that.

use std::path::Path;
use std::sync::Arc;

use callsheet::check::check;
use callsheet::plan::{Inputs, Plan, Work};
use callsheet::playbook::read;
use callsheet::source::Sources;

use crate::workflows::Files;

/// A plan, or the messages of what is wrong.
fn plan(playbook: &str, inputs: &Inputs) -> Result<Plan, Vec<String>> {
    let mut sources = Sources::default();
    let source = sources.add("case.yaml", playbook);
    let (playbook, mut found) = read(source, playbook, Path::new("."));
    let checked = playbook.and_then(|playbook| {
        let (checked, more) = check(playbook, &Files);
        found.extend(more);
        checked
    });
    let messages = |found: Vec<callsheet::diagnostic::Diagnostic>| found.into_iter().map(|one| one.message).collect();
    let Some(checked) = checked.filter(|_| found.is_empty()) else { return Err(messages(found)) };
    Plan::new(Arc::new(checked), Arc::new(sources), inputs).map_err(messages)
}

#[track_caller]
fn value_of(name: &str, playbook: &str) -> String {
    let plan = plan(playbook, &Inputs::new()).unwrap_or_else(|messages| panic!("{messages:#?}"));
    plan.inputs.get(name).unwrap_or_else(|| panic!("`{name}` has no value")).to_string()
}

#[track_caller]
fn refused(playbook: &str, message: &str) {
    assert_eq!(plan(playbook, &Inputs::new()).map(|plan| plan.inputs).unwrap_err(), [message]);
}

#[test]
fn a_default_may_use_variables_that_use_inputs_written_later() {
    let playbook = "
playbook: case
inputs: { url: { default: '{{ address }}' }, host: { default: example.com } }
vars: { address: 'https://{{ name }}', name: '{{ host }}' }
steps: { one: { get: '{{ url }}' } }
";
    assert_eq!(value_of("url", playbook), "\"https://example.com\"");
}

#[test]
fn a_default_that_is_made_of_itself_through_a_variable_is_refused() {
    let playbook = "
playbook: case
inputs: { url: { default: '{{ address }}' } }
vars: { address: '{{ url }}' }
steps: { one: { get: '{{ url }}' } }
";
    refused(playbook, "the default of the input `url` is made of itself");
}

#[test]
fn variables_in_a_circle_below_defaults_are_refused() {
    let playbook = "
playbook: case
vars: { a: '{{ b }}', b: '{{ a }}' }
defaults: { base_url: '{{ a }}' }
steps: { one: { get: / } }
";
    refused(playbook, "variables are made of each other: a → b → a");
}

/// A poll whose length is an input of that value.
fn patient(value: &str) -> String {
    format!(
        "
playbook: case
inputs: {{ patience: {{ default: '{value}' }} }}
defaults: {{ base_url: 'https://example.com' }}
steps: {{ one: {{ get: /, poll: {{ until: status == 200, timeout: '{{{{ patience }}}}' }} }} }}
"
    )
}

#[test]
fn an_input_may_give_a_length_of_time() {
    let plan = plan(&patient("1m30s"), &Inputs::new()).unwrap_or_else(|messages| panic!("{messages:#?}"));
    let Work::Request(call) = &plan.steps[0].work else { panic!("the step is a request") };
    assert_eq!(call.poll.map(|poll| (poll.every.as_secs(), poll.timeout.as_secs())), Some((2, 90)));
}

#[test]
fn an_input_that_is_no_length_of_time_is_refused_where_it_is_used() {
    refused(&patient("90"), "`{{ patience }}`: `90` has no unit");
}

#[test]
fn a_length_of_time_cannot_come_from_a_step() {
    let playbook = "
playbook: case
defaults: { base_url: 'https://example.com' }
steps:
  one: { get: /, capture: { wait: $.wait } }
  two: { get: /, timeout: '{{ wait }}' }
";
    refused(playbook, "`wait` comes from a step and is not known here");
}
