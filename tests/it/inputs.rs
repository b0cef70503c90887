//! Inputs of a playbook: how they get their values, and what is refused before that.

use std::path::Path;
use std::sync::Arc;

use callsheet::plan::{Inputs, Plan, Work};
use callsheet::session::{DiskLoader, Problems, Session};

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

/// Everything that is told of a playbook whose input `word` is given as a secret.
fn told_of_secret(playbook: &str, secret: &str) -> String {
    let playbook = Session::new().parse("case.yaml", playbook, Path::new("."));
    let playbook = playbook.unwrap_or_else(|problems| panic!("{problems}"));
    let planned = playbook.plan(&Inputs::new().secret("word", secret).loader(Arc::new(DiskLoader)));
    planned.map_or_else(|problems| format!("{problems}\n{problems:?}"), |_| String::new())
}

#[test]
fn what_is_given_as_a_secret_is_told_of_nowhere() {
    let table = [
        ("inputs: { word: { type: int } }", ""),
        ("inputs: { word: { type: file } }", ""),
        ("inputs: { word: { secret: true }, port: { type: int, default: '{{ word }}' } }", ""),
        ("inputs: { word: {}, port: { type: int, default: 'x{{ word }}' } }", ""),
        ("inputs: { word: {} }", "timeout: '{{ word }}'"),
        ("inputs: { word: {} }", "no_proxy: ['{{ word }} x']"),
        ("inputs: { word: {} }", "connect_to: { a.example.com: '{{ word }} x' }"),
        ("inputs: { word: {} }", "tls: { ca: '{{ word }}' }"),
        ("matrix: { word: [a, b] }", ""),
    ];
    for (inputs, defaults) in table {
        let playbook = format!(
            "playbook: case
{inputs}
defaults: {{ base_url: 'https://example.com', {defaults} }}
steps: {{ one: {{ get: / }} }}
"
        );
        let told = told_of_secret(&playbook, "12hunter2");
        assert!(told.contains("error["), "{playbook}\n{told}");
        assert!(!told.contains("hunter2"), "{playbook}\n{told}");
    }
}

#[test]
fn a_long_value_of_the_wrong_type_is_not_shown_in_part() {
    let playbook = "
playbook: case
inputs: { port: { type: int } }
steps: { one: { get: 'https://example.com' } }
";
    let told = |value: String| plan(playbook, &Inputs::new().var("port", value)).map(|plan| plan.inputs).unwrap_err();
    assert_eq!(told("x".repeat(60)), [format!("the input `port` takes a whole number, not `{}`", "x".repeat(60))]);
    assert_eq!(told("x".repeat(61)), ["the input `port` takes a whole number, not a value of 61 characters"]);
}
