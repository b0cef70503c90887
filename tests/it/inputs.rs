//! Inputs of a playbook: how they get their values, and what is refused before that.

use std::path::Path;

use callsheet::plan::{Inputs, Plan, Work};
use callsheet::session::{Problems, Session};

/// A plan, or the messages of what is wrong.
fn plan(playbook: &str, inputs: &Inputs) -> Result<Plan, Vec<String>> {
    let planned =
        Session::new().parse("case.yaml", playbook, Path::new(".")).and_then(|playbook| playbook.plan(inputs));
    let messages = |problems: Problems| problems.diagnostics.into_iter().map(|one| one.message).collect();
    planned.map_err(messages)
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
    refused(playbook, "the input `url` is made of itself");
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

#[test]
fn a_password_that_is_not_secret_is_warned_of() {
    let playbook = "
playbook: case
inputs: { user: { default: somebody }, word: { default: a-password } }
vars: { both: '{{ word }}' }
auth: { a: { basic: { username: '{{ user }}', password: '{{ both }}' } } }
defaults: { base_url: 'https://example.com', auth: a }
steps: { one: { get: / } }
";
    let playbook = Session::new().parse("case.yaml", playbook, Path::new("."));
    let warnings = playbook.unwrap_or_else(|problems| panic!("{problems}")).warnings();
    let messages: Vec<&str> = warnings.diagnostics.iter().map(|warning| &*warning.message).collect();
    assert_eq!(messages, ["the input `word` is used as a credential and is not secret"]);
}
