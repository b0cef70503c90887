//! Runs that are gone on with more than once: what was allowed to be done again, what was fetched in vain, what is named.

use std::path::Path;

use callsheet::event::{Event, Outcome};
use callsheet::journal::MemoryStore;
use callsheet::plan::Inputs;
use callsheet::runner::{CleanupWhen, Options};
use callsheet::session::{Playbook, Session};
use callsheet::value::Value;
use callsheet::wire::TransportErrorKind;

use super::resuming::{How, again, asked, go_on, sending, until};
use super::scenario::{Files, Server, json, load, nothing, run_playbook, run_with, status};

#[test]
fn what_is_cleaned_up_allows_nothing_to_those_who_do_not_read_it() {
    let steps = |size: u32| {
        format!(
            "
  z: {{ post: /z, capture: {{ z_id: $.id }}, cleanup: {{ delete: '/z/{{{{ z_id }}}}' }} }}
  y: {{ put: /y, json: {{ size: {size} }}, capture: {{ y_id: $.id }} }}
  x: {{ post: /x, json: {{ y: '{{{{ y_id }}}}', size: 1 }}, capture: {{ x_id: $.id }} }}
  bad: {{ get: /bad, needs: [x] }}
"
        )
    };
    let server = |y: &'static str| {
        Server::new()
            .on("/z", [json(r#"{"id":1}"#)])
            .on("/z/1", [status(204)])
            .on("/y", [json(y)])
            .on("/x", [json(r#"{"id":3}"#)])
            .on("/bad", [status(500)])
    };
    let first = run_with(&steps(1), &server(r#"{"id":2}"#), Options::default(), Inputs::new(), |_, _| {});
    // `y` was mended, is done again and brings another id; the process dies before `x`.
    let mended = load(&steps(2));
    let second = again(&mended, &first, &server(r#"{"id":4}"#), How::default());
    let over = |event: &Event| matches!(event, Event::StepFinished(report) if report.step.as_str() == "y");
    let all = second.events();
    let resumed =
        all.iter().rposition(|envelope| matches!(envelope.event, Event::Resumed(_))).expect("a second process");
    let cut = all[resumed..].iter().position(|envelope| over(&envelope.event)).expect("`y` ends") + resumed;
    let third = server(r#"{"id":4}"#);
    let ran = go_on(&mended, &all[..=cut], &MemoryStore::new(), &third, How::default()).expect("it is begun");
    assert!(!third.lines().contains(&"POST /x".to_owned()), "{:?}", third.lines());
    let asked = ran.outcome.record.steps().find(|step| step.step.as_str() == "x").expect("a step");
    assert!(asked.failures()[0].message.contains("its request has changed since"));
}

#[test]
fn a_token_that_is_refused_does_not_hide_an_earlier_attempt() {
    let steps = "
inputs: { secret: { secret: true } }
auth: { api: { oauth2: { token_url: 'http://api.example.com/token', grant: client_credentials, client_id: c, client_secret: '{{ secret }}' } } }
defaults: { base_url: 'http://api.example.com', auth: api, retry: { attempts: 2, delay: 1s, on: [timeout] } }
steps:
  a: { put: /a }
";
    let server = Server::new()
        .on("/token", [json(r#"{"access_token":"a-token-1","expires_in":60}"#), status(403)])
        .on("/a", [nothing(TransportErrorKind::Timeout), status(401)]);
    let ran = run_with(steps, &server, Options::default(), Inputs::new().secret("secret", "s-e-c-r-e-t"), |_, _| {});
    assert_eq!(server.lines(), ["POST /token", "PUT /a", "PUT /a", "POST /token"]);
    let left = ran.left_behind();
    assert!(left.len() == 1 && left[0].starts_with("a: it may have been executed: "), "{left:?}");
}

#[test]
fn what_someone_says_is_done_and_is_not_reached_is_named() {
    let low = "
playbook: low
inputs: { x: {} }
defaults: { base_url: 'http://api.example.com' }
steps:
  made: { post: '/made/{{ x }}', capture: { made_id: $.id }, cleanup: { delete: '/undo/{{ made_id }}' } }
";
    let top = "
playbook: top
steps:
  part: { foreach: { x: [1, 2] }, max_parallel: 1, call: low.yaml, with: { x: '{{ x }}' } }
";
    let session = Session::with_loader(Files::new([("low.yaml", low)]));
    let playbook = session.parse("top.yaml", top, Path::new("")).unwrap_or_else(|problems| panic!("{problems}"));
    let server = Server::new()
        .on("/made/1", [json(r#"{"id":6}"#)])
        .on("/made/2", [nothing(TransportErrorKind::Reset)])
        .on("/undo/6", [status(204)]);
    let first = run_playbook(&playbook, server, Options::default(), Inputs::new(), |_, _| {});
    assert_eq!(first.left_behind().len(), 1);
    let values = vec![("made_id", Value::of(&7))];
    let how = How { assume_done: vec!["part[2].made"], values, ..How::default() };
    // What is before it fails now.
    let server = Server::new().on("/made/1", [status(500)]);
    let second = again(&playbook, &first, &server, how.clone());
    assert_eq!(server.lines(), ["POST /made/1"]);
    assert!(second.left_behind()[0].starts_with("part[2].made: "), "{:?}", second.left_behind());
    // And where it is reached, it is cleaned up.
    let server = Server::new().on("/made/1", [json(r#"{"id":6}"#)]);
    let server = server.on("/undo/6", [status(204)]).on("/undo/7", [status(204)]);
    let third = again(&playbook, &second, &server, how);
    assert_eq!(server.lines(), ["POST /made/1", "DELETE /undo/7", "DELETE /undo/6"]);
    assert!(third.left_behind().is_empty(), "{:?}", third.left_behind());
}

#[test]
fn what_was_fetched_again_in_vain_has_still_passed() {
    let steps = "
  key: { get: /key, capture: { token: { json: $.key, secret: true } } }
  made: { post: '/made', headers: { X-Key: '{{ token }}' }, capture: { made_id: $.id } }
  last: { get: '/last/{{ made_id }}', headers: { X-Key: '{{ token }}' } }
";
    let key = || json(r#"{"key":"a-secret-key"}"#);
    let server = Server::new().on("/key", [key()]).on("/made", [json(r#"{"id":7}"#)]).on("/last/7", [status(500)]);
    let first = run_with(steps, &server, Options::default(), Inputs::new(), |_, _| {});
    let server = Server::new().on("/key", [status(500)]);
    let second = again(&load(steps), &first, &server, How::default());
    assert_eq!(second.outcomes(), ["key failed", "made passed", "last skipped"]);
    let server = Server::new().on("/key", [key()]).on("/last/7", [json("{}")]);
    let third = again(&load(steps), &second, &server, How::default()).passed();
    assert_eq!(server.lines(), ["GET /key", "GET /last/7"]);
    assert_eq!(third.outcomes(), ["key passed", "made passed", "last passed"]);
}

#[test]
fn what_finally_has_made_is_cleaned_up_by_whoever_only_cleans_up() {
    let steps = "
steps:
  a: { post: /a, capture: { a_id: $.id }, cleanup: { delete: '/a/{{ a_id }}' } }
finally:
  report: { post: /report, capture: { r_id: $.id }, cleanup: { delete: '/report/{{ r_id }}' } }
";
    let base = "defaults: { base_url: 'http://api.example.com' }";
    let steps = format!("{base}{steps}");
    let server = |deleted: u16| {
        Server::new()
            .on("/a", [json(r#"{"id":1}"#)])
            .on("/report", [json(r#"{"id":2}"#)])
            .on("/a/1", [status(deleted)])
            .on("/report/2", [status(deleted)])
    };
    let first = run_with(&steps, &server(500), Options::default(), Inputs::new(), |_, _| {});
    assert_eq!(first.left_behind().len(), 2);
    let (playbook, events) = (load(&steps), first.events());
    for cleanup_only in [true, false] {
        let server = server(204);
        let how = How { cleanup_only, ..How::default() };
        let ran = go_on(&playbook, &events, &MemoryStore::new(), &server, how).expect("something is owed");
        assert_eq!(server.lines(), ["DELETE /report/2", "DELETE /a/1"], "{cleanup_only}");
        assert!(ran.left_behind().is_empty(), "{cleanup_only}: {:?}", ran.left_behind());
    }
}

#[test]
fn what_is_done_again_before_its_cleanup_is_named_with_its_ids() {
    let steps = "
  a: { post: /a, capture: { a_id: $.id }, cleanup: { delete: '/a/{{ a_id }}' } }
  b: { post: /b, json: { a: '{{ a_id }}' } }
  c: { get: /c, needs: [b] }
";
    let server = |id: &'static str, c: u16| {
        Server::new().on("/a", [json(id)]).on("/a/2", [status(204)]).on("/b", [json("{}")]).on("/c", [status(c)])
    };
    let kept = Options { cleanup: CleanupWhen::Never, ..Options::default() };
    let first = run_with(steps, &server(r#"{"id":1}"#, 500), kept, Inputs::new(), |_, _| {});
    let server = server(r#"{"id":2}"#, 200);
    let ran = again(&load(steps), &first, &server, How { redo: vec!["a"], ..How::default() }).passed();
    assert_eq!(server.lines(), ["POST /a", "POST /b", "GET /c", "DELETE /a/2"]);
    let again = "it was done again before what it had made was cleaned up";
    assert_eq!(ran.left_behind(), [format!("a: {again} (a_id = 1)"), format!("b: {again}")]);
}

/// Two calls, one inside of the other, each for several items; both playbooks have a step `made`.
fn nested() -> Playbook {
    let files = [
        (
            "mid.yaml",
            "
playbook: mid
defaults: { base_url: 'http://api.example.com' }
steps:
  inner: { foreach: { k: [p, q] }, call: low.yaml }
  made: { get: /other, capture: { other_id: $.id } }
",
        ),
        (
            "low.yaml",
            "
playbook: low
defaults: { base_url: 'http://api.example.com' }
steps:
  made: { post: /made, capture: { made_id: $.id } }
",
        ),
    ];
    let top = "playbook: top\nsteps:\n  outer: { foreach: { k: [a, b] }, call: mid.yaml }\n";
    let session = Session::with_loader(Files::new(files));
    session.parse("top.yaml", top, Path::new("")).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn a_question_below_two_calls_is_about_the_step_that_it_names() {
    let playbook = nested();
    let server = || Server::new().on("/made", [json(r#"{"id":7}"#)]).on("/other", [json(r#"{"id":8}"#)]);
    let first = run_playbook(&playbook, server(), Options::default(), Inputs::new(), |_, _| {});
    let events = until(&first, sending("outer[a].inner[p].made"));
    let questions = asked(&playbook, &events, How::default());
    let help = questions[0].help.as_deref().unwrap_or_default();
    assert!(help.contains("--assume-done 'outer[a].inner[p].made' --var made_id=…"), "{help}");
    let redo = How { redo: vec!["outer[a].inner[p].made"], ..How::default() };
    let ran = go_on(&playbook, &events, &MemoryStore::new(), &server(), redo).expect("all is said");
    assert_eq!(ran.outcome.record.outcome(), Some(Outcome::Passed));
}

#[test]
fn a_variable_that_only_the_defaults_use_changes_every_step() {
    let steps = |host: &str| {
        format!(
            "
vars: {{ host: '{host}.example.com' }}
defaults: {{ base_url: 'http://{{{{ host }}}}', read_paths: [/x] }}
steps:
  a: {{ put: /a }}
  b: {{ get: /b, needs: [a] }}
"
        )
    };
    let server = |b: u16| Server::new().on("/a", [json("{}")]).on("/b", [status(b)]);
    let first = run_with(&steps("one"), &server(500), Options::default(), Inputs::new(), |_, _| {});
    let other = server(200);
    again(&load(&steps("two")), &first, &other, How::default()).passed();
    assert_eq!(other.lines(), ["PUT /a", "GET /b"]);
}

#[test]
fn a_cleanup_goes_out_with_no_mask_in_the_place_of_a_secret() {
    let steps = |effect: &str| {
        format!(
            "
  login: {{ post: /login, effect: {effect}, capture: {{ token: {{ json: $.token, secret: true }} }} }}
  order:
    post: /order
    headers: {{ X-Token: '{{{{ token }}}}' }}
    capture: {{ id: $.id }}
    cleanup: {{ delete: '/order/{{{{ id }}}}', headers: {{ X-Token: '{{{{ token }}}}' }} }}
"
        )
    };
    let server = |deleted: u16| {
        Server::new()
            .on("/login", [json(r#"{"token":"a-token-of-ada"}"#)])
            .on("/order", [json(r#"{"id":7}"#)])
            .on("/order/7", [status(deleted)])
    };
    let resumed = |effect: &str, how: How| {
        let first = run_with(&steps(effect), &server(500), Options::default(), Inputs::new(), |_, _| {});
        let server = server(204);
        let ran = again(&load(&steps(effect)), &first, &server, how);
        (server.lines(), ran.left_behind())
    };
    // It is fetched again where that is harmless, else it is said what is missing.
    assert_eq!(resumed("read", How::default()), (vec!["POST /login".to_owned(), "DELETE /order/7".to_owned()], vec![]));
    let (lines, left) = resumed("once", How::default());
    assert_eq!(lines, Vec::<String>::new());
    let why = "it is a secret and was not kept: write `effect: read` at `login` if that may be sent again, or give it by \
               `callsheet resume --assume-done login --var token=…`";
    assert_eq!(left, [format!("order: its cleanup errored: `token` has no value: {why} (id = 7)")]);
    let said =
        How { assume_done: vec!["login"], values: vec![("token", Value::from("a-token-of-ada"))], ..How::default() };
    assert_eq!(resumed("once", said), (vec!["DELETE /order/7".to_owned()], vec![]));
}

#[test]
fn other_credentials_and_a_variable_that_became_an_input_change_who_uses_them() {
    let steps = |head: &str| {
        format!(
            "
{head}
defaults: {{ base_url: 'http://api.example.com' }}
steps:
  a: {{ put: '/a/{{{{ what }}}}' }}
  b: {{ get: /b, needs: [a] }}
"
        )
    };
    let vars = "vars: { what: one }\nauth: { api: { basic: { username: ada, password: 'tulip-4242' } } }";
    let server = |b: u16| Server::new().on("/a/one", [json("{}")]).on("/a/two", [json("{}")]).on("/b", [status(b)]);
    for (head, path) in [
        ("vars: { what: one }\nauth: { api: { basic: { username: eve, password: 'tulip-4242' } } }", "PUT /a/one"),
        (
            "inputs: { what: { default: two } }\nauth: { api: { basic: { username: ada, password: 'tulip-4242' } } }",
            "PUT /a/two",
        ),
    ] {
        let first = run_with(&steps(vars), &server(500), Options::default(), Inputs::new(), |_, _| {});
        let other = server(200);
        again(&load(&steps(head)), &first, &other, How::default()).passed();
        assert_eq!(other.lines(), [path, "GET /b"], "{head}");
    }
}
