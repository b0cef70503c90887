//! What a playbook hands to one that it calls, where that makes a path of it: no answer decides which file is used.

use super::calling::load;

/// What is told of a step with these keys that calls a playbook with these.
fn told(step: &str, callee: &str) -> String {
    let main = format!(
        "playbook: main
inputs: {{ listed: {{ type: json, default: [{{ name: a, files: [b] }}] }} }}
steps:
  s: {{ get: 'http://api.example.com/a', capture: {{ name: $.name, names: $.names }} }}
  t: {{ call: inner.yaml, {step} }}
"
    );
    let callee = format!("playbook: inner\n{callee}");
    let files = [("flows/main.yaml", &*main), ("flows/inner.yaml", &*callee)];
    load(&files).map_or_else(|problems| problems.to_string(), |_| String::new())
}

#[track_caller]
fn refused(step: &str, callee: &str) {
    let told = told(step, callee);
    assert!(told.contains("comes from an answer") && told.contains("be part of a file's path"), "{step}\n{told}");
    assert!(told.contains("makes a path in `inner.yaml`"), "{step}\n{told}");
    assert_eq!(told.matches("error").count(), 1, "{step}\n{told}");
}

#[track_caller]
fn allowed(step: &str, callee: &str) {
    assert_eq!(told(step, callee), "", "{step}");
}

const UPLOAD: &str = "inputs: { data: { default: x } }
steps: { a: { post: 'http://api.example.com/up', file: '{{ data }}' } }
";

#[test]
fn an_item_its_key_and_its_number_are_what_their_lists_are_made_of() {
    for with in [
        "foreach: { a: '{{ names }}' }, with: { data: '{{ a }}' }",
        "foreach: { a: '{{ names }}' }, with: { data: '{{ key }}' }",
        "foreach: { a: '{{ names }}' }, with: { data: 'x{{ loop.index }}' }",
        "foreach: { a: '{{ names }}', b: '{{ a.files }}' }, with: { data: '{{ b }}' }",
        "foreach: { a: '{{ listed }}', b: ['{{ a.name }}', '{{ name }}'] }, with: { data: '{{ b }}' }",
        "foreach: { a: [x] }, key: '{{ name }}', with: { data: '{{ key }}' }",
    ] {
        refused(with, UPLOAD);
    }
    for with in [
        "foreach: { a: '{{ listed }}' }, with: { data: '{{ a.name }}' }",
        "foreach: { a: '{{ listed }}', b: '{{ a.files }}' }, with: { data: '{{ b }}-{{ key }}-{{ loop.index }}' }",
        "foreach: { a: '{{ listed }}', b: '{{ names }}' }, with: { data: '{{ a.name }}' }",
        "foreach: { a: '{{ listed }}' }, key: '{{ a.name }}', with: { data: '{{ key }}' }",
    ] {
        allowed(with, UPLOAD);
    }
}

#[test]
fn an_item_in_the_called_playbook_is_what_its_list_is_made_of() {
    let table = [
        ("foreach: { x: '{{ data }}' }", "{{ x }}"),
        ("foreach: { x: '{{ data }}' }", "{{ key }}"),
        ("foreach: { x: '{{ data }}', y: '{{ x }}' }", "{{ y }}"),
        ("foreach: { x: [a] }, key: '{{ data }}'", "{{ key }}"),
    ];
    for (foreach, file) in table {
        let callee = format!(
            "inputs: {{ data: {{ type: json, default: [x] }} }}
steps: {{ a: {{ {foreach}, post: 'http://api.example.com/up', file: '{file}' }} }}
"
        );
        refused("with: { data: '{{ names }}' }", &callee);
        allowed("with: { data: '{{ listed }}' }", &callee);
    }
}

#[test]
fn a_key_that_an_answer_has_made_is_no_path() {
    let main = "playbook: main
steps:
  s: { get: 'http://api.example.com/a', capture: { name: $.name } }
  t: { foreach: { a: [x] }, key: '{{ name }}', post: 'http://api.example.com/up', file: '{{ key }}' }
";
    let told = load(&[("flows/main.yaml", main)]).map_or_else(|problems| problems.to_string(), |_| String::new());
    assert!(told.contains("`key` comes from an answer here, and cannot be part of a file's path"), "{told}");
}

#[test]
fn a_path_is_found_wherever_it_stands_in_the_called_playbook() {
    for defaults in [
        "tls: { ca: '{{ data }}' }",
        "tls: { ca: ['x/{{ data }}'] }",
        "tls: { client_cert: '{{ data }}' }",
        "tls: { client_cert: '{{ key_file }}', client_key: '{{ data }}' }",
        "headers: { X-Digest: '{{ data | file_sha256 }}' }",
        "base_url: 'http://api.example.com/{{ data | read_text }}'",
        "proxy: '{{ data | read_text }}'",
    ] {
        let callee = format!(
            "inputs: {{ data: {{ default: x }}, key_file: {{ default: y }} }}
defaults: {{ {defaults} }}
steps: {{ a: {{ get: 'http://api.example.com/a' }} }}
"
        );
        refused("with: { data: '{{ name }}' }", &callee);
    }
    for parts in [
        "auth: { own: { bearer: '{{ data | read_text }}' } }",
        "auth: { own: { basic: { username: me, password: '{{ data | read_text }}' } } }",
        "auth: { own: { bearer: token, hosts: ['http://{{ data | read_text }}'] } }",
    ] {
        let callee = format!(
            "inputs: {{ data: {{ default: x }} }}
{parts}
steps: {{ a: {{ get: 'http://api.example.com/a' }} }}
"
        );
        let told = told("with: { data: '{{ name }}' }", &callee);
        assert!(told.contains("makes a path in `inner.yaml`"), "{parts}\n{told}");
    }
}

#[test]
fn the_default_of_an_input_may_make_a_path_of_another() {
    let callee = "inputs: { data: { default: x }, digest: { default: '{{ data | file_sha256 }}' } }
steps: { a: { set: { b: '{{ digest }}' } } }
";
    refused("with: { data: '{{ name }}' }", callee);
}

#[test]
fn whom_a_called_playbook_connects_to_may_come_from_an_answer_as_its_url_may() {
    let callee = "inputs: { data: { default: localhost } }
defaults: { base_url: 'http://{{ data }}', connect_to: { api.example.com: '{{ data }}' } }
steps: { a: { get: /a } }
";
    allowed("with: { data: '{{ name }}' }", callee);
}
