//! Values on their way: from inputs and answers into requests and outputs.

use callsheet::plan::Inputs;
use callsheet::runner::Options;

use super::scenario::{Server, json, outputs, run, run_with, status};

#[test]
fn a_lone_expression_keeps_its_type_and_text_is_text() {
    let server =
        Server::new().on("/a", [json(r#"{"id":7,"tags":["x",true],"big":9007199254740993}"#)]).on("/b", [json("{}")]);
    run(
        "  a: { get: /a, capture: { id: $.id, tags: $.tags, big: $.big } }
  b: { post: /b, json: { id: '{{ id }}', text: 'n{{ id }}', tags: '{{ tags }}', big: '{{ big }}', sum: '{{ id + 1 }}' } }
",
        &server,
    );
    let body = &server.seen()[1].body;
    assert_eq!(body, r#"{"id":7,"text":"n7","tags":["x",true],"big":9007199254740993,"sum":8}"#);
}

#[test]
fn a_value_in_a_path_is_one_segment_and_a_query_repeats_lists() {
    let server = Server::new().on("/x/a%2Fb%3Fc%20%C3%A9/y", [json("{}")]);
    let ran = run_with(
        "inputs: { name: {} }
steps:
  a: { get: '/x/{{ name }}/y', query: { q: [1, 'a b'], none: null, flag: true } }
",
        &server,
        Options::default(),
        Inputs::new().var("name", "a/b?c é"),
        |_, _| {},
    );
    assert!(ran.outcome.passed());
    assert_eq!(server.lines(), ["GET /x/a%2Fb%3Fc%20%C3%A9/y?q=1&q=a+b&flag=true"]);
}

#[test]
fn an_interpolation_in_a_jsonpath_is_a_value_and_never_text() {
    let answer = r#"[{"name":"x'] || true || ['","id":1},{"name":"y","id":2}]"#;
    let server = Server::new().on("/a", [json(answer)]);
    let ran = run_with(
        "inputs: { name: {} }
steps:
  a: { get: /a, capture: { id: '$[?@.name == {{ name }}].id' } }
outputs: { id: '{{ id }}' }
",
        &server,
        Options::default(),
        Inputs::new().var("name", "x'] || true || ['"),
        |_, _| {},
    );
    assert_eq!(outputs(&ran), r#"{"id":1}"#);
}

#[test]
fn captures_take_headers_expressions_lists_and_defaults() {
    let server = Server::new().on("/a", [json(r#"{"a":[1,2,3]}"#).header("x-id", "h7")]);
    let ran = run(
        "steps:
  a:
    get: /a
    capture:
      id: { header: X-Id }
      count: { expr: 'body.a | length' }
      all: { json: '$.a[*]', all: true }
      one: { json: '$.a[*]', first: true }
      other: { json: $.b, default: 9 }
outputs: { id: '{{ id }}', count: '{{ count }}', all: '{{ all }}', one: '{{ one }}', other: '{{ other }}' }
",
        &server,
    );
    assert_eq!(outputs(&ran), r#"{"id":"h7","count":3,"all":[1,2,3],"one":1,"other":9}"#);
}

#[test]
fn several_nodes_are_a_failure_that_shows_them_and_says_what_to_write() {
    let server = Server::new().on("/a", [json("[1,2]")]);
    let ran = run("  a: { get: /a, capture: { x: '$[*]' } }\n", &server);
    assert_eq!(ran.said("a"), "`x`: `$[*]` finds 2 values: 1, 2");
    let step = ran.record().steps().next().expect("a step");
    assert!(step.failures()[0].help.as_ref().is_some_and(|help| help.contains("all: true")));
}

#[test]
fn independent_steps_are_in_flight_together_up_to_jobs() {
    let steps: String = (0..10).map(|n| format!("  s{n}: {{ get: /slow }}\n")).collect();
    for (jobs, most, seconds) in [(16, 10, 1), (4, 4, 3), (1, 1, 10)] {
        let server = Server::new().on("/slow", [json("{}").after(1)]);
        let options = Options { jobs, ..Options::default() };
        let ran = run_with(&steps, &server, options, Inputs::new(), |_, _| {});
        assert_eq!((server.most_in_flight(), ran.record().duration()), (most, seconds * 1000));
    }
}

#[test]
fn listed_order_runs_one_after_another() {
    let server = Server::new().on("/slow", [json("{}").after(1)]);
    let ran = run("order: listed\nsteps:\n  a: { get: /slow }\n  b: { get: /slow }\n  c: { get: /slow }\n", &server);
    assert_eq!((server.most_in_flight(), ran.record().duration()), (1, 3000));
}

#[test]
fn set_and_wait_compute_and_wait() {
    let server = Server::new().on("/a/6", [json("{}")]);
    let ran = run(
        "steps:
  compute: { set: { two: 2, six: '{{ two * 3 }}' } }
  pause: { wait: 1m30s, needs: [compute] }
  a: { get: '/a/{{ six }}', needs: [pause] }
",
        &server,
    );
    assert_eq!((ran.outcome.passed(), ran.record().duration()), (true, 90_000));
}

#[test]
fn randomness_is_a_function_of_the_seed() {
    let steps = "steps:\n  a: { set: { x: '{{ uuid() }}', y: '{{ uuid() }}', t: '{{ now() }}' } }\noutputs: { x: '{{ x }}', y: '{{ y }}', t: '{{ t }}' }\n";
    let made = |seed| {
        let options = Options { seed, ..Options::default() };
        outputs(&run_with(steps, &Server::new(), options, Inputs::new(), |_, _| {}))
    };
    assert_eq!(made(1), made(1));
    assert_ne!(made(1), made(2));
    assert!(made(1).contains("2026-11-24T08:00:00Z"), "{}", made(1));
}

#[test]
fn what_is_not_json_is_text_and_a_path_into_it_says_so() {
    let server = Server::new().on("/a", [status(200).text("<html>no</html>")]);
    let ran = run("  a: { get: /a, capture: { x: $.x } }\n", &server);
    assert_eq!(ran.said("a"), "`x`: the body is not JSON (text/plain): <html>no</html>");
    let ran = run("  a: { get: /a, expect: [ body is matches('html') ] }\n", &server);
    assert!(ran.outcome.passed(), "{}", ran.said("a"));
}

#[test]
fn credentials_go_to_their_own_hosts_only() {
    let server = Server::new().on("/a", [json("{}")]);
    let steps = "auth: { key: { bearer: secret-token } }
vars: { other: 'http://other.example.com' }
defaults: { base_url: \"http://api.example.com\", auth: key }
steps:
  own: { get: /a }
  foreign: { get: '{{ other }}/a', needs: [own] }
";
    let ran = run(steps, &server);
    assert_eq!(ran.outcomes(), ["own passed", "foreign errored"]);
    assert_eq!(server.seen()[0].headers.get("authorization"), Some("Bearer secret-token"));
    let said = ran.said("foreign");
    assert!(
        said.contains("are for http://api.example.com, and this request goes to http://other.example.com"),
        "{said}"
    );
    let help = ran.record().steps().nth(1).expect("a step").failures()[0].help.clone().unwrap_or_default();
    assert!(help.contains("hosts: [\"http://other.example.com\"]") && help.contains("auth: none"), "{help}");
}

#[test]
fn a_value_cannot_turn_a_path_into_another() {
    for value in ["..", ".", ""] {
        let server = Server::new();
        let steps = "inputs: { id: {} }\nsteps:\n  a: { delete: '/things/{{ id }}' }\n  b: { delete: '/x/{{ id }}/y', needs: [a] }\n";
        let options = Options { keep_going: true, ..Options::default() };
        let ran = run_with(steps, &server, options, Inputs::new().var("id", value), |_, _| {});
        assert!(server.lines().is_empty(), "{value:?}: {:?}", server.lines());
        assert!(ran.said("a").contains("would mean another resource"), "{}", ran.said("a"));
    }
}

#[test]
fn a_journal_that_cannot_be_written_ends_the_run_after_its_cleanups() {
    use callsheet::event::{Envelope, Event, Store};
    struct Full(usize);
    impl Store for Full {
        fn append(&mut self, events: &[Envelope]) -> std::io::Result<()> {
            let made = events.iter().any(|envelope| matches!(envelope.event, Event::CleanupArmed { .. }));
            self.0 += usize::from(made);
            if self.0 > 0 && !made { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        }
        fn put_body(&mut self, _name: &str, _bytes: &[u8]) -> std::io::Result<()> {
            Ok(())
        }
        fn save(&mut self, _name: &str) -> Box<dyn callsheet::event::Saving> {
            unreachable!("nothing is saved here")
        }
        fn size(&self) -> u64 {
            0
        }
    }
    let server =
        Server::new().on("/a", [json(r#"{"id":1}"#)]).on("/b", [json("{}").after(1)]).on("/a/1", [json("null")]);
    let steps = "  a: { post: /a, capture: { id: $.id }, cleanup: { delete: '/a/{{ id }}' } }\n  b: { get: /b, needs: [a] }\n  c: { get: /c, needs: [b] }\n";
    let playbook = super::scenario::load(steps);
    let plan = playbook.plan(&Inputs::new()).expect("no inputs");
    let error = super::scenario::virtual_time(async {
        let clock = callsheet::runner::TokioClock::new(super::scenario::start());
        let run = callsheet::session::Run::new(&plan).store(Full(0)).clock(std::sync::Arc::new(clock));
        run.transport(std::sync::Arc::new(server.clone())).start().await.expect_err("the store is full")
    });
    assert!(error.to_string().starts_with("cannot write the journal"), "{error}");
    assert_eq!(server.lines().last().map(String::as_str), Some("DELETE /a/1"));
    assert_eq!(server.count("/c"), 0);
    let finished = error.finished.expect("the run came to its end");
    assert!(finished.left_behind.is_empty(), "{:?}", finished.left_behind);
}

#[test]
fn an_expectation_may_mix_the_status_with_a_capture() {
    let server = Server::new().on("/a", [json(r#"{"id":3}"#)]);
    for (expect, holds) in [("status == 200 and id > 0", true), ("status == 200 and id > 5", false)] {
        let ran = run(&format!("  a: {{ get: /a, capture: {{ id: $.id }}, expect: [ '{expect}' ] }}\n"), &server);
        assert_eq!(ran.outcome.passed(), holds, "{}", ran.said("a"));
    }
}

#[test]
fn a_find_with_an_expectation_over_what_it_misses_is_absent() {
    let steps = "
  thing:
    ensure:
      find: { get: /things, capture: { id: '$[0].id' }, expect: [ 'id > 0' ] }
      create: { post: /things/new, capture: { id: $.id } }
";
    let server = Server::new().on("/things", [json("[]")]).on("/things/new", [json(r#"{"id":1}"#)]);
    let ran = run(steps, &server);
    assert_eq!((server.lines().len(), ran.outcome.passed()), (2, true));
}
