//! A playbook that calls others: names, values, cleanups, failures, and one token for all.

use callsheet::event::{Decision, Event};
use callsheet::plan::Inputs;
use callsheet::runner::{Options, Signal};
use callsheet::session::{Playbook, Problems, Session};

use super::scenario::{Files, Ran, Server, json, outputs, run_playbook, status};

pub(super) fn load(files: &[(&str, &str)]) -> Result<Playbook, Problems> {
    Session::with_loader(Files::new(files.iter().copied())).load("flows/main.yaml")
}

fn run_with(files: &[(&str, &str)], server: &Server, options: Options) -> Ran {
    let playbook = load(files).unwrap_or_else(|problems| panic!("{problems}"));
    run_playbook(&playbook, server.clone(), options, Inputs::new(), |_, _| {})
}

fn run(files: &[(&str, &str)], server: &Server) -> Ran {
    run_with(files, server, Options::default())
}

const MAIN: &str = "playbook: main
inputs: { teams: { type: json, default: [red, blue] } }
defaults: { base_url: 'http://api.example.com' }
steps:
  team:
    foreach: { team: teams }
    call: parts/team.yaml
    with: { name: '{{ team }}' }
  done: { post: /done, json: { ids: '{{ workspace_id }}' } }
outputs: { ids: '{{ workspace_id }}', versions: '{{ versions }}' }
";

const TEAM: &str = "playbook: team
inputs: { name: { type: string }, models: { type: json, default: [fraud, churn] } }
defaults: { base_url: 'http://api.example.com' }
steps:
  workspace: { post: '/make/{{ name }}', capture: { workspace_id: $.id }, cleanup: { delete: '/drop/{{ workspace_id }}' } }
  model: { foreach: { model: models }, call: model.yaml, with: { workspace_id: '{{ workspace_id }}', model: '{{ model }}' } }
finally:
  log: { get: '/log/{{ name }}/{{ run.outcome }}' }
outputs: { workspace_id: '{{ workspace_id }}', versions: '{{ version }}' }
";

const MODEL: &str = "playbook: model
inputs: { workspace_id: { type: int }, model: {} }
vars: { path: '/put/{{ workspace_id }}/{{ model }}' }
defaults: { base_url: 'http://api.example.com' }
steps:
  upload: { post: '/put/{{ workspace_id }}/{{ model }}', capture: { version: $.version }, cleanup: { delete: '/unput/{{ version }}' } }
outputs: { version: '{{ version }}' }
";

const FILES: &[(&str, &str)] =
    &[("flows/main.yaml", MAIN), ("flows/parts/team.yaml", TEAM), ("flows/parts/model.yaml", MODEL)];

fn platform() -> Server {
    let server = Server::new()
        .on("/make/red", [json(r#"{"id": 1}"#).after(5)])
        .on("/make/blue", [json(r#"{"id": 2}"#)])
        .on("/done", [json("{}")]);
    let paths = ["/log/red/passed", "/log/blue/passed", "/drop/1", "/drop/2"];
    let server = paths.iter().fold(server, |server, path| server.on(path, [status(200)]));
    ["1/fraud", "1/churn", "2/fraud", "2/churn"].iter().enumerate().fold(server, |server, (number, path)| {
        let server = server.on(&format!("/put/{path}"), [json(&format!(r#"{{"version": {number}}}"#))]);
        server.on(&format!("/unput/{number}"), [status(200)])
    })
}

#[test]
fn three_deep_every_step_has_an_address_and_outputs_come_back_as_lists() {
    let server = platform();
    let ran = run(FILES, &server).passed();
    assert_eq!(
        ran.outcomes(),
        [
            "team passed",
            "team[red] passed",
            "team[red].workspace passed",
            "team[red].model passed",
            "team[red].model[fraud] passed",
            "team[red].model[fraud].upload passed",
            "team[red].model[churn] passed",
            "team[red].model[churn].upload passed",
            "team[red].log passed",
            "team[blue] passed",
            "team[blue].workspace passed",
            "team[blue].model passed",
            "team[blue].model[fraud] passed",
            "team[blue].model[fraud].upload passed",
            "team[blue].model[churn] passed",
            "team[blue].model[churn].upload passed",
            "team[blue].log passed",
            "done passed",
        ]
    );
    assert_eq!(outputs(&ran), r#"{"ids":[1,2],"versions":[[0,1],[2,3]]}"#);
    let counts = ran.record().counts();
    assert_eq!((counts.total(), counts.passed), (9, 9), "only steps that do something are counted");
    // Cleanups belong to the whole run: they come after everything, in the reverse order of creation.
    let lines = server.lines();
    let last: Vec<&str> = lines[lines.len() - 6..].iter().map(String::as_str).collect();
    assert_eq!(
        last,
        [
            "DELETE /unput/1",
            "DELETE /unput/0",
            "DELETE /drop/1",
            "DELETE /unput/3",
            "DELETE /unput/2",
            "DELETE /drop/2"
        ]
    );
    assert!(
        lines.iter().position(|line| line == "POST /done") < lines.iter().position(|line| line == "DELETE /unput/1")
    );
}

#[test]
fn the_transcript_of_calls_does_not_depend_on_who_was_faster() {
    let text = |jobs| {
        let ran = run_with(FILES, &platform(), Options { jobs, ..Options::default() });
        ran.passed().transcript().to_yaml()
    };
    assert_eq!(text(1), text(16));
    assert!(text(16).contains("/put/[workspace_id]/fraud"), "an id that is handed on is an id:\n{}", text(16));
}

#[test]
fn a_step_that_fails_deep_inside_is_the_only_thing_named_and_the_others_go_on() {
    let server = Server::new()
        .on("/make/red", [json(r#"{"id": 1}"#)])
        .on("/make/blue", [json(r#"{"id": 2}"#)])
        .on("/put/1/fraud", [status(500)]);
    let paths = ["/log/red/failed", "/log/blue/passed", "/drop/1", "/drop/2", "/unput/7"];
    let server = paths.iter().fold(server, |server, path| server.on(path, [status(200)]));
    let server = ["/put/1/churn", "/put/2/fraud", "/put/2/churn"]
        .iter()
        .fold(server, |server, path| server.on(path, [json(r#"{"version": 7}"#)]));
    let ran = run_with(FILES, &server, Options { keep_going: true, ..Options::default() });
    let bad: Vec<&str> = ran.record().bad().map(|step| step.step.as_str()).collect();
    assert_eq!(bad, ["team[red].model[fraud].upload"]);
    assert_eq!(ran.record().outcome().map(|outcome| outcome.as_str()), Some("failed"));
    assert_eq!(ran.said("done"), "needs `workspace_id` of step `team`, which failed");
    assert_eq!(server.count("/put/2/churn"), 1);
}

#[test]
fn a_failure_inside_stops_what_is_around_it_unless_the_call_is_tolerated() {
    let inner = "playbook: inner
defaults: { base_url: 'http://api.example.com' }
steps:
  bad: { get: /bad }
  later: { get: /later, needs: [bad] }
";
    let main = |tolerated: bool| {
        format!(
            "playbook: main
defaults: {{ base_url: 'http://api.example.com' }}
steps:
  part: {{ call: inner.yaml, continue_on_error: {tolerated} }}
  slow: {{ get: /slow }}
  after: {{ get: /after, needs: [slow] }}
"
        )
    };
    let server = || {
        let slow = Server::new().on("/bad", [status(500)]).on("/slow", [json("{}").after(1)]);
        slow.on("/after", [json("{}")])
    };
    let of = |tolerated| run(&[("flows/main.yaml", &main(tolerated)), ("flows/inner.yaml", inner)], &server());
    let strict = of(false);
    assert_eq!(strict.said("after"), "not started, because `part.bad` did not pass");
    assert_eq!(strict.said("part.later"), "needs step `bad`, which failed".replace("`bad`", "`part.bad`"));
    let tolerant = of(true).passed();
    assert_eq!(tolerant.outcomes()[3..], ["slow passed", "after passed"]);
}

#[test]
fn a_called_playbook_with_the_same_credentials_uses_the_same_token() {
    let auth = "auth:
  key: { oauth2: { token_url: 'http://api.example.com/token', grant: client_credentials, client_id: c, client_secret: '{{ secret }}' } }
defaults: { base_url: 'http://api.example.com', auth: key }
";
    let main = format!(
        "playbook: main
inputs: {{ secret: {{ secret: true, default: secret-1 }} }}
{auth}steps:
  one: {{ get: /one }}
  part: {{ foreach: {{ n: [1, 2] }}, call: inner.yaml, with: {{ secret: '{{{{ secret }}}}' }}, needs: [one] }}
  other: {{ call: inner.yaml, with: {{ secret: secret-2 }}, needs: [part] }}
"
    );
    let inner = format!(
        "playbook: inner
inputs: {{ secret: {{ secret: true }} }}
{auth}steps: {{ two: {{ get: /two }} }}
"
    );
    let server = Server::new()
        .on("/one", [json("{}")])
        .on("/two", [json("{}")])
        .on("/token", [json(r#"{"access_token":"token-a"}"#), json(r#"{"access_token":"token-b"}"#)]);
    let _ran = run(&[("flows/main.yaml", &main), ("flows/inner.yaml", &inner)], &server).passed();
    assert_eq!(server.count("/token"), 2, "one for each secret");
    let seen = server.seen();
    let sent = seen.iter().filter(|seen| seen.line == "GET /two").filter_map(|seen| seen.headers.get("authorization"));
    assert_eq!(sent.collect::<Vec<_>>(), ["Bearer token-a", "Bearer token-a", "Bearer token-b"]);
}

#[test]
fn what_is_wrong_with_a_call_is_found_before_anything_is_sent() {
    let inner = "playbook: inner
inputs: { name: {}, count: { type: int, default: 1 } }
steps: { a: { set: { b: '{{ name }}' } } }
outputs: { b: '{{ b }}' }
";
    let table = [
        ("call: inner.yaml", "`inner.yaml` needs a value for its input `name`"),
        ("call: inner.yaml, with: { nam: x }", "`inner.yaml` has no input `nam`"),
        ("call: inner.yaml, with: { name: x }, outputs: { c: bb }", "`inner.yaml` has no output `bb`"),
        ("call: inn.yaml", "there is no playbook `inn.yaml`"),
        ("call: main.yaml", "`main.yaml` calls itself"),
        ("call: inner.yaml, with: { name: x }, expect: [ status == 200 ]", "`expect` does not go with `call`"),
        ("set: { x: 1 }, with: { name: x }", "`with` says something of a called playbook"),
        ("call: inner.yaml, with: { name: x, count: many }", "the input `count` takes a whole number, not `many`"),
        ("call: '{{ x }}.yaml'", "which playbook is called must be written out"),
        ("call: broken.yaml", "`nothing` is not defined"),
        ("call: round.yaml", "playbooks call each other: main.yaml → round.yaml → main.yaml"),
    ];
    for (step, expected) in table {
        let main = format!("playbook: main\nsteps: {{ s: {{ {step} }} }}\n");
        let files = [
            ("flows/main.yaml", &*main),
            ("flows/inner.yaml", inner),
            ("flows/broken.yaml", "playbook: broken\nsteps: { a: { set: { b: '{{ nothing }}' } } }\n"),
            ("flows/round.yaml", "playbook: round\nsteps: { a: { call: main.yaml } }\n"),
        ];
        let told = load(&files).map_or_else(|problems| problems.to_string(), |_| String::new());
        assert!(told.contains(expected), "{expected}\n--- in\n{told}\n--- of\n{main}");
    }
    let main = "playbook: main
inputs: { much: { secret: true, default: many-of-them } }
steps: { s: { call: inner.yaml, with: { name: x, count: '{{ much }}' } } }
";
    let playbook = load(&[("flows/main.yaml", main), ("flows/inner.yaml", inner)]).expect("it can be read");
    let told = playbook
        .plan(&Inputs::new())
        .map_or_else(|problems| problems.diagnostics[0].message.clone(), |_| String::new());
    assert_eq!(told, "the input `count` takes a whole number, not what is given");
}

#[test]
fn each_call_has_random_values_of_its_own() {
    let main =
        "playbook: main\nsteps: { s: { foreach: { n: [1, 2] }, call: inner.yaml } }\noutputs: { id: '{{ id }}' }\n";
    let inner = "playbook: inner
vars: { fresh: '{{ random_suffix() }}' }
steps: { a: { set: { one: '{{ fresh }}' } }, b: { set: { other: '{{ fresh }}' } } }
outputs: { id: '{{ one }}', same: '{{ one == other }}' }
";
    let ran = run(&[("flows/main.yaml", main), ("flows/inner.yaml", inner)], &Server::new()).passed();
    let ids = ran.outcome.outputs.get("id").and_then(|ids| ids.as_array()).expect("a list");
    assert!(ids.len() == 2 && ids[0] != ids[1], "{ids:?}");
}

#[test]
fn a_secret_that_is_handed_on_as_the_wrong_type_is_not_shown() {
    let inner = "playbook: inner\ninputs: { count: { type: int } }\nsteps: { a: { set: { b: '{{ count }}' } } }\n";
    let main = "playbook: main
inputs: { word: {} }
vars: { text: 'x {{ word }}' }
steps: { s: { call: inner.yaml, with: { count: '{{ text }}' } } }
";
    let playbook = load(&[("flows/main.yaml", main), ("flows/inner.yaml", inner)]).expect("it can be read");
    let told = playbook.plan(&Inputs::new().secret("word", "hunter2")).expect_err("a refusal");
    assert!(told.diagnostics[0].message.ends_with("takes a whole number, not what is given"), "{told}");
}

#[test]
fn a_file_that_is_handed_on_is_the_callers() {
    let main = "playbook: main
steps: { s: { call: parts/inner.yaml, with: { data: data.json } } }
";
    let inner = "playbook: inner
inputs: { data: { type: file } }
steps: { a: { post: 'http://api.example.com/up', file: '{{ data }}' } }
";
    let server = Server::new().on("/up", [json("{}")]);
    let files = [("flows/main.yaml", main), ("flows/parts/inner.yaml", inner), ("flows/data.json", "{}")];
    let _ran = run(&files, &server).passed();
    assert!(server.seen()[0].body.contains("flows/parts/../data.json"), "{}", server.seen()[0].body);
}

#[test]
fn an_answers_value_cannot_be_handed_on_to_become_a_path() {
    let inner = "playbook: inner
inputs: { data: { default: '{{ folder }}/x' }, folder: { default: a }, other: { default: b } }
vars: { place: '{{ data }}' }
steps: { a: { call: deep.yaml, with: { tool: '{{ place }}', word: '{{ other }}' } } }
";
    let deep = "playbook: deep
inputs: { tool: {}, word: {} }
steps: { a: { exec: ['{{ tool }}', '{{ word }}'] } }
";
    let told = |with: &str| {
        let main = format!(
            "playbook: main
steps:
  s: {{ get: 'http://api.example.com/a', capture: {{ name: $.name, names: $.names }} }}
  t: {{ call: inner.yaml, {with} }}
"
        );
        let files = [("flows/main.yaml", &*main), ("flows/inner.yaml", inner), ("flows/deep.yaml", deep)];
        load(&files).map_or_else(|problems| problems.to_string(), |_| String::new())
    };
    for with in [
        "with: { data: '{{ name }}' }",
        "with: { folder: 'x/{{ name }}' }",
        "foreach: { item: '{{ names }}' }, with: { data: '{{ item }}' }",
    ] {
        let told = told(with);
        assert!(told.contains("comes from an answer and cannot be part of a file's path"), "{with}\n{told}");
        assert!(told.contains("makes a path in `inner.yaml`"), "{told}");
    }
    for with in
        ["with: { other: '{{ name }}' }", "foreach: { item: [a, b] }, with: { data: '{{ item }}' }", "needs: [s]"]
    {
        assert_eq!(told(with), "", "{with}");
    }
}

#[test]
fn items_that_are_secrets_of_a_called_playbook_are_called_by_their_numbers() {
    let main = "playbook: main
inputs: { words: { type: json, default: [hunter-22, hunter-333] } }
steps: { s: { foreach: { w: words }, call: inner.yaml, with: { password: '{{ w }}' } } }
";
    let inner = "playbook: inner
inputs: { password: { secret: true } }
steps: { a: { set: { length: '{{ password | length }}' } } }
";
    let ran = run(&[("flows/main.yaml", main), ("flows/inner.yaml", inner)], &Server::new()).passed();
    assert_eq!(ran.outcomes()[1..3], ["s[0] passed", "s[0].a passed"]);
    let addresses = format!("{:?}", ran.events().iter().skip(1).collect::<Vec<_>>());
    assert!(!addresses.contains("hunter"), "{addresses}");
}

#[test]
fn finally_of_a_called_playbook_runs_to_its_end_when_the_run_stops() {
    let inner = "playbook: inner
defaults: { base_url: 'http://api.example.com', retry: { attempts: 3, delay: 1s, on: [503] } }
steps: { a: { get: /a } }
finally: { log: { get: '/log/{{ run.outcome }}' } }
";
    let main = "playbook: main
steps:
  s: { call: inner.yaml }
  other: { wait: 1h }
";
    let server = Server::new().on("/a", [json("{}")]).on("/log/passed", [status(503), json("{}")]);
    let playbook = load(&[("flows/main.yaml", main), ("flows/inner.yaml", inner)]).expect("good playbooks");
    let ran = run_playbook(&playbook, server.clone(), Options::default(), Inputs::new(), |envelope, signals| {
        // Its first answer is there, and it waits to be sent again.
        if matches!(&envelope.event, Event::Decided { decision: Decision::Retry { .. }, .. }) {
            signals.send(Signal::Interrupt).expect("the run listens");
        }
    });
    assert_eq!(server.lines(), ["GET /a", "GET /log/passed", "GET /log/passed"]);
    assert!(ran.outcomes().contains(&"s.log flaky".to_owned()), "{:?}", ran.outcomes());
    assert!(ran.record().is_interrupted());
}

#[test]
fn ids_that_are_handed_back_are_ids_under_any_name() {
    let inner = "playbook: inner
defaults: { base_url: 'http://api.example.com' }
steps: { a: { post: /a, capture: { made: $.new_id } } }
outputs: { thing: '{{ made }}' }
";
    let main = "playbook: main
defaults: { base_url: 'http://api.example.com' }
steps:
  s: { foreach: { n: [1, 2] }, call: inner.yaml }
outputs: { things: '{{ thing }}', count: '{{ thing | length }}' }
";
    let text = |first: u32| {
        let made = [json(&format!(r#"{{"new_id": {first}}}"#)), json(&format!(r#"{{"new_id": {}}}"#, first + 1))];
        let server = Server::new().on("/a", made);
        run(&[("flows/main.yaml", main), ("flows/inner.yaml", inner)], &server).passed().transcript().to_yaml()
    };
    assert_eq!(text(5), text(700), "{}", text(5));
}

#[test]
fn locks_that_wait_for_each_other_end_with_a_reason() {
    let part = |inner: &str| {
        format!(
            "playbook: part\nsteps:\n  first: {{ wait: 1s }}\n  second: {{ wait: 1s, lock: {inner}, needs: [first] }}\n"
        )
    };
    let main = "playbook: main
steps:
  one: { call: one.yaml, lock: a }
  two: { call: two.yaml, lock: b }
";
    let ran = run(
        &[("flows/main.yaml", main), ("flows/one.yaml", &part("b")), ("flows/two.yaml", &part("a"))],
        &Server::new(),
    );
    assert_eq!(ran.outcomes()[0..3], ["one errored", "one.first passed", "one.second errored"]);
    assert!(
        ran.said("one.second").starts_with("it waits for the lock `b`, whose holder waits"),
        "{}",
        ran.said("one.second")
    );
}

#[test]
fn the_secrets_of_a_called_playbook_stand_nowhere_not_even_in_its_text() {
    let main = "playbook: main\nsteps: { s: { call: inner.yaml } }\n";
    let inner = "playbook: inner
inputs: { password: { secret: true, default: callee-secret-1 } }
steps: { a: { post: 'http://api.example.com/a', json: { p: '{{ password }}' } } }
";
    let server = Server::new().on("/a", [json("{}")]);
    let ran = run(&[("flows/main.yaml", main), ("flows/inner.yaml", inner)], &server).passed();
    let kept = serde_json::to_string(&ran.events()).expect("events are JSON");
    assert!(kept.contains("inner.yaml") && !kept.contains("callee-secret-1"), "{kept}");
}

#[test]
fn what_fails_inside_a_tolerated_call_is_tolerated() {
    let main = "playbook: main\nsteps: { s: { call: inner.yaml, continue_on_error: true } }\n";
    let inner = "playbook: inner\nsteps: { a: { get: 'http://api.example.com/a' } }\n";
    let server = Server::new().on("/a", [status(500)]);
    let ran = run(&[("flows/main.yaml", main), ("flows/inner.yaml", inner)], &server).passed();
    let counts = ran.record().counts();
    assert_eq!((counts.failed, counts.tolerated), (1, 1));
}
