//! Mistakes that every newcomer makes, each caught before anything is sent, or handled as it is meant.

use callsheet::check::EdgeKind;
use callsheet::diagnostic::{Diagnostic, Rule, Severity, rule};
use callsheet::plan::Inputs;
use callsheet::runner::Options;
use callsheet::session::{Problems, Session};

use crate::run::scenario::{Files, Server, json, load, run, run_with};

/// The only mistake in some files, the first of which is the playbook, and the place it is about.
#[track_caller]
fn mistake(files: &[(&str, &str)], expected: &Rule) -> (Diagnostic, String, Problems) {
    let session = Session::with_loader(Files::new(files.iter().copied()));
    let problems = session.load(files[0].0).expect_err("there is a mistake");
    let mut errors = problems.diagnostics.iter().filter(|one| one.severity() == Severity::Error);
    let error = errors.next().expect("an error").clone();
    assert!(error.is(expected) && errors.next().is_none(), "{problems}");
    let place = error.primary.as_ref().expect("a place").span;
    (error, problems.sources.text(place).to_owned(), problems)
}

#[test]
fn what_newcomers_write_is_caught_before_it_is_sent_or_does_what_they_mean() {
    a_misspelt_capture();
    a_cycle_over_four_steps_in_two_files();
    a_cycle_over_two_playbooks();
    an_unquoted_template();
    a_slice_as_the_only_reference();
    a_name_with_a_quote_in_a_path();
    a_token_for_a_stranger();
}

fn a_misspelt_capture() {
    let steps = "one: { get: /a, capture: { workspace_id: $.id } }\n  two: { get: '/b/{{ workspce_id }}' }";
    let text = format!("playbook: p\ndefaults: {{ base_url: 'http://api.example.com' }}\nsteps:\n  {steps}\n");
    let (error, place, _) = mistake(&[("p.yaml", &text)], rule::UNDEFINED_NAME);
    assert_eq!((&*place, &error.help[..]), ("workspce_id", &["did you mean `workspace_id`?".to_owned()][..]));
}

/// The steps are in one file, and what they hand on goes through variables of the other.
fn a_cycle_over_four_steps_in_two_files() {
    let playbook = "playbook: p
include: shared.yaml
steps:
  a: { get: 'http://api.example.com/{{ first }}', capture: { x: $.x } }
  b: { get: 'http://api.example.com/{{ x }}', capture: { y: $.y } }
  c: { get: 'http://api.example.com/{{ second }}', capture: { z: $.z } }
  d: { get: 'http://api.example.com/{{ z }}', capture: { w: $.w } }
";
    let shared = "vars: { first: '{{ w }}-1', second: '{{ y }}-2' }\n";
    let (error, _, problems) = mistake(&[("p.yaml", playbook), ("shared.yaml", shared)], rule::CYCLE);
    let told = problems.to_string();
    let circles = ["a → b → c → d → a", "b → c → d → a → b", "c → d → a → b → c", "d → a → b → c → d"];
    assert!(circles.iter().any(|circle| error.message.ends_with(circle)), "{told}");
    assert_eq!(error.secondary.len(), 3, "{told}");
    for reason in [
        "`a` needs `w` of `d` through `first`",
        "`b` needs `x` of `a`",
        "`c` needs `y` of `b` through `second`",
        "`d` needs `z` of `c`",
    ] {
        assert!(told.contains(reason), "{told}");
    }
}

/// Each playbook calls the other with what it was given: two steps of each are in the circle.
fn a_cycle_over_two_playbooks() {
    let calling = |file: &str| {
        format!(
            "playbook: p\nsteps:\n  make: {{ set: {{ n: 1 }} }}\n  go: {{ needs: [make], call: {file} }}\noutputs: {{ m: '{{{{ n }}}}' }}\n"
        )
    };
    let files = [("one.yaml", &*calling("two.yaml")), ("two.yaml", &*calling("one.yaml"))];
    let (error, place, problems) = mistake(&files, rule::CALL_CYCLE);
    assert_eq!(error.message, "playbooks call each other: one.yaml → two.yaml → one.yaml");
    assert_eq!(place, "one.yaml");
    let label = &error.secondary[0];
    let shown = (problems.sources.text(label.span), &*label.text);
    assert_eq!(shown, ("two.yaml", "`two.yaml` is called here"));
}

fn an_unquoted_template() {
    let text = "playbook: p\ninputs: { url: {} }\nsteps: { a: { get: {{ url }} } }\n";
    let (error, place, _) = mistake(&[("p.yaml", text)], rule::UNQUOTED_TEMPLATE);
    assert_eq!((&*place, &*error.fix.expect("a fix").replacement), ("{{ url }}", "\"{{ url }}\""));
}

/// The step is waited for, whose body is only looked at inside a slice and a filter.
fn a_slice_as_the_only_reference() {
    let steps = "steps:
  second: { get: '/b/{{ steps.first.body[:2] | length }}' }
  first: { get: /a }
";
    let playbook = load(steps);
    let edges = &playbook.checked().steps[0].edges;
    assert_eq!(edges.iter().map(|edge| (edge.from, edge.kind)).collect::<Vec<_>>(), [(1, EdgeKind::Value)]);
    let server = Server::new().on("/a", [json("[1, 2, 3]")]).on("/b/2", [json("{}")]);
    run(steps, &server).passed();
    assert_eq!(server.lines(), ["GET /a", "GET /b/2"]);
}

fn a_name_with_a_quote_in_a_path() {
    let quoted = "playbook: p
inputs: { who: {} }
steps: { a: { get: 'http://api.example.com/a', capture: { id: \"$[?@.name == '{{ who }}'].id\" } } }
outputs: { id: '{{ id }}' }
";
    let (error, place, _) = mistake(&[("p.yaml", quoted)], rule::QUOTED_VALUE);
    assert_eq!((&*place, &*error.help[0]), ("who", "leave the quotes out: `== {{ who }}`"));
    let steps = "inputs: { who: {} }
steps: { a: { get: /a, capture: { id: '$[?@.name == {{ who }}].id' } } }
outputs: { id: '{{ id }}' }
";
    for who in ["o'brien", "a\"b", "x' || @.id == 1 || 'x"] {
        let people = serde_json::json!([{ "name": "other", "id": 1 }, { "name": who, "id": 2 }]);
        let server = Server::new().on("/a", [json(&people.to_string())]);
        let ran = run_with(steps, &server, Options::default(), Inputs::new().var("who", who), |_, _| {}).passed();
        assert_eq!(ran.outcome.outputs.get("id").and_then(callsheet::value::Value::as_i64), Some(2), "{who}");
    }
}

/// Known before the run where the address is written out, and before anything is sent where a value gives it.
fn a_token_for_a_stranger() {
    let to = |url: &str| {
        format!(
            "inputs: {{ token: {{ secret: true }}, elsewhere: {{ type: url }} }}
auth: {{ own: {{ bearer: '{{{{ token }}}}' }} }}
defaults: {{ base_url: 'http://api.example.com', auth: own }}
steps: {{ a: {{ get: '{url}' }}, b: {{ get: '{{{{ elsewhere }}}}/b', auth: none }} }}
"
        )
    };
    let known = format!("playbook: p\n{}", to("http://stranger.example/a"));
    let (error, place, _) = mistake(&[("p.yaml", &known)], rule::FOREIGN_ORIGIN);
    assert_eq!(place, "http://stranger.example/a");
    assert!(error.help[0].contains("auth: none"), "{error:?}");
    let inputs = Inputs::new().var("token", "t0ken-of-mine").var("elsewhere", "http://stranger.example");
    let server = Server::new().on("/a", [json("{}")]).on("/b", [json("{}")]);
    let options = Options { keep_going: true, ..Options::default() };
    let ran = run_with(&to("{{ elsewhere }}/a"), &server, options, inputs, |_, _| {});
    assert_eq!(ran.outcomes(), ["a errored", "b passed"]);
    assert_eq!(server.lines(), ["GET /b"]);
    assert!(server.seen().iter().all(|seen| seen.headers.get("authorization").is_none()));
}
