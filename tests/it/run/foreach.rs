//! A step for each of many items: what they are called, when they begin, what the others see of them.

use callsheet::plan::Inputs;
use callsheet::runner::Options;
use callsheet::value::Value;

use super::scenario::{Ran, Server, json, outputs, run, run_with, status};

/// A server on which workspaces are made one after another, the first of them slowly.
fn platform() -> Server {
    Server::new()
        .on("/make/red", [json(r#"{"id": 1}"#).after(5)])
        .on("/make/blue", [json(r#"{"id": 2}"#)])
        .on("/put/1/fraud", [json(r#"{"version": 10}"#)])
        .on("/put/1/churn", [json(r#"{"version": 11}"#)])
        .on("/put/2/fraud", [json(r#"{"version": 20}"#)])
        .on("/put/2/churn", [json(r#"{"version": 21}"#)])
        .on("/drop/1", [status(200)])
        .on("/drop/2", [status(200)])
}

const TEAMS: &str = "inputs: { teams: { type: json, default: [red, blue] } }
steps:
  workspace:
    foreach: { team: teams }
    post: '/make/{{ team }}'
    capture: { workspace_id: $.id }
    cleanup: { delete: '/drop/{{ workspace_id }}' }
  upload:
    foreach: { w: '{{ steps.workspace }}', model: [fraud, churn] }
    post: '/put/{{ w.workspace_id }}/{{ model }}'
    capture: { version: $.version }
outputs:
  versions: '{{ version }}'
  keys: \"{{ steps.upload | map(attribute='key') }}\"
  first: '{{ steps.upload[0] }}'
";

#[test]
fn the_last_list_varies_fastest_and_the_values_are_lists_in_the_order_of_the_items() {
    let ran = run(TEAMS, &platform()).passed();
    assert_eq!(
        ran.outcomes(),
        [
            "workspace passed",
            "workspace[red] passed",
            "workspace[blue] passed",
            "upload passed",
            "upload[red,fraud] passed",
            "upload[red,churn] passed",
            "upload[blue,fraud] passed",
            "upload[blue,churn] passed",
        ]
    );
    let expected = r#"{"versions":[10,11,20,21],"keys":["red,fraud","red,churn","blue,fraud","blue,churn"],"first":{"key":"red,fraud","w":{"key":"red","team":"red","workspace_id":1},"model":"fraud","version":10}}"#;
    assert_eq!(outputs(&ran), expected);
    let counts = ran.record().counts();
    assert_eq!((counts.total(), counts.passed), (6, 6), "a step that is made of others counts as those");
}

#[test]
fn an_item_begins_when_its_own_record_is_there() {
    let server = platform();
    let _ran = run(TEAMS, &server).passed();
    let lines = server.lines();
    assert_eq!(lines[..2], ["POST /make/red", "POST /make/blue"]);
    // The slow workspace of the first team keeps nobody else waiting.
    assert_eq!(lines[2..4], ["POST /put/2/fraud", "POST /put/2/churn"]);
    assert_eq!(lines[4..6], ["POST /put/1/fraud", "POST /put/1/churn"]);
    assert_eq!(lines[6..], ["DELETE /drop/1", "DELETE /drop/2"], "in the reverse order of creation");
}

#[test]
fn the_transcript_does_not_depend_on_who_was_faster() {
    let with = |jobs| run_with(TEAMS, &platform(), Options { jobs, ..Options::default() }, Inputs::new(), |_, _| {});
    let text = |ran: Ran| ran.passed().transcript().to_yaml();
    assert_eq!(text(with(1)), text(with(16)));
    let text = text(with(16));
    assert!(text.contains("/put/[workspace_id]/fraud"), "ids of items are masked like any other:\n{text}");
}

#[test]
fn one_item_that_fails_takes_only_its_own_with_it() {
    let server = Server::new()
        .on("/make/red", [status(500)])
        .on("/make/blue", [json(r#"{"id": 2}"#)])
        .on("/put/2/fraud", [json(r#"{"version": 20}"#)])
        .on("/put/2/churn", [json(r#"{"version": 21}"#)])
        .on("/drop/2", [status(200)]);
    let options = Options { keep_going: true, ..Options::default() };
    let ran = run_with(TEAMS, &server, options, Inputs::new(), |_, _| {});
    assert_eq!(
        ran.outcomes(),
        [
            "workspace failed",
            "workspace[red] failed",
            "workspace[blue] passed",
            "upload skipped",
            "upload[red,fraud] skipped",
            "upload[red,churn] skipped",
            "upload[blue,fraud] passed",
            "upload[blue,churn] passed",
        ]
    );
    assert_eq!(ran.said("upload[red,fraud]"), "needs `workspace[red]`, which failed");
    let bad: Vec<&str> = ran.record().bad().map(|step| step.step.as_str()).collect();
    assert_eq!(bad, ["workspace[red]"], "only what failed itself is named");
    assert_eq!(ran.said("upload"), "2 of its 4 items were not done");
    assert_eq!(ran.outcome.outputs.get("versions"), None, "a part of a list is not taken for the whole")
}

#[test]
fn without_keep_going_what_has_not_begun_is_not_begun() {
    let server = Server::new().on("/a/1", [status(500)]).on("/a/2", [json("{}")]).on("/a/3", [json("{}")]);
    let ran = run("  a: { foreach: { n: [1, 2, 3] }, get: '/a/{{ n }}', max_parallel: 1 }\n", &server);
    assert_eq!(ran.outcomes(), ["a failed", "a[1] failed", "a[2] skipped", "a[3] skipped"]);
    assert_eq!(ran.said("a[2]"), "not started, because `a[1]` did not pass");
    assert_eq!(server.lines(), ["GET /a/1"]);
}

#[test]
fn no_more_items_than_max_parallel_are_under_way() {
    let paths = ["/a/1", "/a/2", "/a/3", "/a/4", "/a/5"];
    let server = paths.iter().fold(Server::new(), |server, path| server.on(path, [json("{}").after(1)]));
    let _ran = run("  a: { foreach: { n: [1, 2, 3, 4, 5] }, get: '/a/{{ n }}', max_parallel: 2 }\n", &server).passed();
    assert_eq!((server.most_in_flight(), server.lines().len()), (2, 5));
}

#[test]
fn an_item_is_skipped_by_its_own_when_and_is_in_no_list() {
    let steps = "
  a: { foreach: { n: [1, 2, 3] }, when: n != 2, set: { square: '{{ n * n }}' } }
  b: { foreach: { a: '{{ steps.a }}' }, set: { twice: '{{ a.square * 2 }}', place: '{{ loop.index }}/{{ loop.length }} {{ key }}' } }
outputs: { square: '{{ square }}', place: '{{ place }}' }
";
    let ran = run(&format!("steps:{steps}"), &Server::new());
    assert_eq!(outputs(&ran), r#"{"square":[1,9],"place":["1/3 1","3/3 3"]}"#);
    assert_eq!(ran.said("a[2]"), "`when` is false: `n != 2`");
    assert_eq!(ran.said("b[2]"), "needs `a[2]`, which was skipped");
    assert!(ran.outcome.passed());
}

#[test]
fn a_list_sees_the_items_of_those_above_it_and_an_object_is_called_by_its_name() {
    let steps = "inputs:
  teams: { type: json, default: [ { name: red, models: [ { name: fraud }, { id: 7 } ] }, { name: blue, models: [] } ] }
steps:
  a: { foreach: { team: teams, model: team.models }, set: { both: '{{ team.name }}' } }
  b: { foreach: { team: teams }, key: 'team-{{ team.name }}', set: { one: '{{ key }}' } }
";
    let ran = run(steps, &Server::new()).passed();
    let expected = ["a passed", "a[red,fraud] passed", "a[red,1] passed", "b passed", "b[team-red] passed"];
    assert_eq!(ran.outcomes()[..5], expected);
}

#[test]
fn a_list_from_an_answer_is_taken_as_it_comes() {
    let server = Server::new()
        .on("/list", [json(r#"{"ids": [4, 5]}"#)])
        .on("/get/4", [json(r#"{"name": "four"}"#)])
        .on("/get/5", [json(r#"{"name": "five"}"#)]);
    let steps = "steps:
  list: { get: /list, capture: { ids: $.ids } }
  get: { foreach: { id: ids }, get: '/get/{{ id }}', capture: { name: $.name } }
outputs: { names: '{{ name }}' }
";
    assert_eq!(outputs(&run(steps, &server).passed()), r#"{"names":["four","five"]}"#);
    let empty = Server::new().on("/list", [json(r#"{"ids": []}"#)]);
    let ran = run(steps, &empty).passed();
    assert_eq!((outputs(&ran).as_str(), ran.outcomes().len()), (r#"{"names":[]}"#, 2));
}

#[test]
fn what_is_no_list_and_what_cannot_be_told_apart_is_said() {
    let said = |list: &str| {
        let server = Server::new().on("/list", [json(&format!(r#"{{"ids": {list}}}"#))]);
        let steps = "  list: { get: /list, capture: { ids: $.ids } }
  get: { foreach: { id: ids }, get: '/get/{{ id }}' }\n";
        let ran = run(steps, &server);
        assert_eq!(ran.outcomes(), ["list passed", "get errored"]);
        ran.said("get")
    };
    assert_eq!(said("3"), "the list of `id` is no list: it is 3");
    assert_eq!(said("[1, 2, 1]"), "two items are called `1`");
    let many = format!("[{}]", (0..10_001).map(|n| n.to_string()).collect::<Vec<_>>().join(","));
    assert_eq!(said(&many), "`foreach` has more than 10000 items: `foreach_items` is 10000");
}

#[test]
fn names_of_items_that_would_be_a_secret_are_numbers() {
    let steps = "inputs: { keys: { type: json, secret: true } }
steps:
  a: { foreach: { k: keys }, set: { length: '{{ k | length }}' } }
";
    let inputs = Inputs::new().var("keys", Value::array(vec![Value::from("hunter-22"), Value::from("hunter-333")]));
    let ran = run_with(steps, &Server::new(), Options::default(), inputs, |_, _| {}).passed();
    assert_eq!(ran.outcomes(), ["a passed", "a[0] passed", "a[1] passed"]);
    let kept = format!("{:?}", ran.events());
    assert!(!kept.contains("hunter"), "{kept}");
}

#[test]
fn what_is_wrong_with_a_foreach_is_found_before_anything_is_sent() {
    let table = [
        (
            "a: { foreach: { x: steps.b }, set: { v: 1 } }\n  b: { set: { y: 1 } }",
            "step `b` is done once: it is no list",
        ),
        ("a: { foreach: { x: '{{ 3 }}' }, set: { v: 1 } }", "`x` is taken from 3, which is no list"),
        ("a: { foreach: { v: [1] }, set: { v: 1 } }", "`v` is the name of something else already"),
        ("a: { foreach: { status: [1] }, set: { v: 1 } }", "`status` is reserved"),
        ("a: { max_parallel: 2, set: { v: 1 } }", "`max_parallel` says something of the items of a `foreach`"),
        ("a: { foreach: { x: [1] }, set: { v: 1 } }\n  b: { set: { y: '{{ x }}' } }", "`x` is not defined"),
        ("a: { foreach: { x: y, y: [1] }, set: { v: 1 } }", "`y` is an item of this very list, or of one below it"),
        ("a: { foreach: { x: [1] }, get: /a }\n  b: { set: { y: '{{ steps.a.body }}' } }", "has no `body` of its own"),
        (
            "a: { foreach: { x: [1] }, set: { v: 1 } }\n  b: { set: { y: '{{ steps.a[0].w }}' } }",
            "a record of step `a` has no `w`",
        ),
        (
            "a: { foreach: { x: [1] }, set: { v: 1 } }\n  b: { foreach: { r: '{{ steps.a }}' }, set: { y: '{{ r.w }}' } }",
            "a record of step `a` has no `w`",
        ),
        (
            "a: { get: /a, capture: { l: $.l } }\n  b: { foreach: { x: l }, post: /b, file: '{{ x }}' }",
            "comes from an answer",
        ),
        ("a: { foreach: { x: [1] }, get: /a, save: all.bin }", "every item would be saved as `all.bin`"),
        ("a: { foreach: { x: [1] }, get: /a }\n  b: { post: /b, cleanup: { step: a } }", "cannot be a cleanup"),
        ("a: { set: { v: '{{ key }}' } }", "`key` means nothing here"),
        (
            "a: { foreach: { x: [1] }, set: { v: [2] } }\n  b: { foreach: { r: '{{ steps.a }}', n: r.v }, set: { w: 1 } }",
            "`r.v` is captured by step `a`, and is not known when the items are made",
        ),
    ];
    for (steps, expected) in table {
        let text = format!("playbook: p\nsteps:\n  {steps}\ndefaults: {{ base_url: 'http://api.example.com' }}\n");
        let told = match callsheet::session::Session::new().parse("p.yaml", &text, std::path::Path::new("")) {
            Err(problems) => problems.to_string(),
            Ok(_) => String::new(),
        };
        assert!(told.contains(expected), "{expected}\n--- in\n{told}\n--- of\n{text}");
    }
}

#[test]
fn items_from_inputs_may_name_files() {
    let steps = "inputs: { models: { type: json, default: [ { name: a, file: Cargo.toml } ] } }
steps:
  up: { foreach: { m: models }, post: '/up/{{ m.name }}', file: '{{ m.file }}' }
";
    let server = Server::new().on("/up/a", [json("{}")]);
    let _ran = run(steps, &server).passed();
    assert!(server.seen()[0].body.contains("Cargo.toml"), "{}", server.seen()[0].body);
}

#[test]
fn items_begin_in_their_order_also_where_some_are_skipped() {
    let server = Server::new().on("/b/2", [json("{}").after(1)]);
    let server = ["/b/4", "/b/6", "/b/8"].iter().fold(server, |server, path| server.on(path, [json("{}").after(1)]));
    let steps = "
  a: { foreach: { n: [1, 2, 3, 4, 5, 6, 7, 8] }, when: n % 2 == 0, set: { m: '{{ n }}' } }
  b: { foreach: { a: '{{ steps.a }}' }, get: '/b/{{ a.m }}', max_parallel: 1 }
";
    let _ran = run(&format!("steps:{steps}"), &server).passed();
    assert_eq!(server.lines(), ["GET /b/2", "GET /b/4", "GET /b/6", "GET /b/8"]);
    assert_eq!(server.most_in_flight(), 1);
}

#[test]
fn what_one_item_saves_no_other_item_overwrites() {
    let server = Server::new().on("/a", [json(r#"{"a": 1}"#)]);
    let steps = "  a: { foreach: { n: [1, 2] }, get: /a, save: 'same-{{ n > 0 }}.json', max_parallel: 1 }\n";
    let options = Options { keep_going: true, ..Options::default() };
    let ran = run_with(steps, &server, options, Inputs::new(), |_, _| {});
    assert_eq!(ran.outcomes(), ["a errored", "a[1] passed", "a[2] errored"]);
    assert_eq!(ran.said("a[2]"), "`same-true.json` is where `a[1]` saves its answer");
}

#[test]
fn names_of_a_product_are_told_apart_and_a_key_knows_its_place() {
    let steps = "steps:
  a: { foreach: { x: ['a,b', a], y: [c, 'b,c'] }, set: { v: 1 } }
  b: { foreach: { x: [7, 7] }, key: 'n{{ loop.index }}', set: { w: 1 } }
";
    let ran = run(steps, &Server::new()).passed();
    let outcomes = ran.outcomes();
    let named: Vec<&str> = outcomes.iter().map(|line| line.trim_end_matches(" passed")).collect();
    let expected =
        ["a", r#"a["\"a,b\",c"]"#, r#"a["\"a,b\",\"b,c\""]"#, "a[a,c]", r#"a["a,\"b,c\""]"#, "b", "b[n1]", "b[n2]"];
    assert_eq!(named, expected);
}
