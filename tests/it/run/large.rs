//! Answers that are not kept whole: what is read of them, what is said of them, and where they are saved.

use callsheet::event::BodyRecord;
use callsheet::plan::{Cleanup, Inputs, Work};
use callsheet::runner::Options;
use callsheet::value::{Value, Wanted};

use super::scenario::{Ran, Reply, Server, json, load, run, run_with, status};

/// Ten thousand objects, and something behind them.
fn many() -> String {
    let items: Vec<String> =
        (0..10_000).map(|n| format!(r#"{{"id": {n}, "name": "item {n}", "tags": ["a", "b"]}}"#)).collect();
    format!(r#"{{"items": [{}], "meta": {{"count": 10000, "note": "é"}}}}"#, items.join(", "))
}

#[track_caller]
fn body_of(ran: &Ran, step: usize) -> BodyRecord {
    let step = ran.record().steps().nth(step).expect("a step");
    step.tries.last().and_then(|exchange| exchange.answer()).expect("an answer").body.clone()
}

#[test]
fn of_a_large_answer_everything_that_the_playbook_names_is_there() {
    let server = Server::new().on("/big", [json(&many())]).on("/next", [json("{}")]);
    let ran = run(
        "  big:
    get: /big
    capture:
      id: $.items[?@.name == 'item 77'].id
      last: $.items[-1].name
      names: { json: '$.items[:2].name', all: true }
      by_expr: { expr: 'body.items[5].tags[1]' }
    expect: [\"body.meta.count == 10000\", 'last == \"item 9999\"', 'body.items[0].id == 0']
  next: { post: /next, json: { note: '{{ steps.big.body.meta.note }}', third: '{{ steps.big.body.items[2].name }}' } }
",
        &server,
    )
    .passed();
    let values = ["id", "last", "names", "by_expr"].map(|name| ran.capture("big", name).to_string());
    assert_eq!(values, ["77", "\"item 9999\"", "[\"item 0\",\"item 1\"]", "\"b\""]);
    assert_eq!(server.seen()[1].body, r#"{"note":"é","third":"item 2"}"#);
    let text = many();
    match body_of(&ran, 0) {
        BodyRecord::Projected { bytes, sha256 } => {
            assert_eq!((bytes, sha256.len()), (text.len() as u64, 64));
        }
        other => panic!("{other:?}"),
    }
    assert!(ran.transcript().to_yaml().contains("projected: true"));
}

#[test]
fn what_is_kept_whole_is_said_by_the_playbook() {
    let text = many();
    let kept = |keep: &str| {
        let server = Server::new().on("/big", [json(&text)]);
        body_of(&run(&format!("  big: {{ get: /big, keep: {keep} }}\n"), &server).passed(), 0)
    };
    assert!(matches!(kept("1MiB"), BodyRecord::Stored { bytes, .. } if bytes == text.len() as u64));
    assert!(matches!(kept("0"), BodyRecord::Projected { .. }));
    let server = Server::new().on("/a", [json("{\"a\": 1}")]);
    let steps =
        "defaults: { base_url: \"http://api.example.com\", keep: 3B }\nsteps:\n  a: { get: /a, capture: { a: $.a } }\n";
    let ran = run(steps, &server).passed();
    assert!(matches!(body_of(&ran, 0), BodyRecord::Projected { bytes: 8, .. }));
    assert_eq!(ran.capture("a", "a"), &Value::from(1_i64));
}

#[test]
fn a_path_that_a_large_answer_does_not_have_is_explained() {
    let server = Server::new().on("/big", [json(&many())]);
    let ran = run(
        "  big: { get: /big, capture: { id: $.itms, x: '$.meta.total', y: '$.items.name', z: '$.items[20000]' } }\n",
        &server,
    );
    insta::assert_snapshot!(ran.said("big"), @r"
    `id`: `$.itms` finds nothing at `.itms`: `$` is an object with the keys `items`, `meta`; did you mean `items`? (of 547831 bytes, only what the playbook uses was read)
    `x`: `$.meta.total` finds nothing at `.total`: `$.meta` is an object with the keys `count`, `note` (of 547831 bytes, only what the playbook uses was read)
    `y`: `$.items.name` finds nothing at `.name`: `$.items` is an array (of 547831 bytes, only what the playbook uses was read)
    `z`: `$.items[20000]` finds nothing at `[20000]`: `$.items` is an array of 10000 items (of 547831 bytes, only what the playbook uses was read)
    ");
}

#[test]
fn a_bomb_ends_in_an_error_that_says_what_was_too_much() {
    let deep = "[".repeat(1_000_000);
    let members: Vec<String> = (0..2000).map(|n| format!("\"k{n}\":{n}")).collect();
    let wide = format!("{{{}}}", members.join(","));
    let options = || Options { keep: 1024, ..Options::default() };
    let said = |body: &str, capture: &str| {
        let server = Server::new().on("/bomb", [json(body)]);
        let steps = format!(
            "  bomb: {{ get: /bomb, capture: {{ x: '{capture}' }} }}\n\
             limits: {{ answer_members: 1000, answer_memory: 1MiB }}\n"
        );
        let ran = run_with(&steps, &server, options(), Inputs::new(), |_, _| {});
        assert_eq!(ran.word(), "errored");
        ran.said("bomb")
    };
    assert_eq!(said(&deep, "$[0]"), "the answer is too large: it is nested more than 127 levels deep");
    assert_eq!(said(&wide, "$.k1"), "the answer is too large: one of its objects has more than 1000 members");
    let long = format!("[\"{}\"]", "x".repeat(3 << 20));
    assert_eq!(said(&long, "$[0]"), "the answer is too large: what is used of it takes more than 1 MiB of memory");
}

#[test]
fn a_large_answer_that_is_not_what_was_expected_is_shown_by_its_beginning() {
    let server = Server::new()
        .on("/big", [status(500).json(&many())])
        .on("/text", [status(200).text(&"words and ".repeat(50_000))]);
    let options = Options { keep_going: true, ..Options::default() };
    let ran = run_with(
        "  big: { get: /big, capture: { id: '$.items[0].id' } }\n  text: { get: /text, capture: { a: $.a } }\n",
        &server,
        options,
        Inputs::new(),
        |_, _| {},
    );
    assert!(
        ran.said("big").starts_with("expected a 2xx status, got 500: {\"items\": [{\"id\": 0"),
        "{}",
        ran.said("big")
    );
    assert!(
        ran.said("text").starts_with("`a`: the body is not JSON (text/plain): words and words"),
        "{}",
        ran.said("text")
    );
}

#[test]
fn a_large_text_is_there_as_a_whole_where_the_playbook_uses_it() {
    let text = format!("{}the end", "[not json] ".repeat(50_000));
    let server = Server::new().on("/text", [status(200).text(&text)]);
    run("  text: { get: /text, expect: [\"body | length == 550007\", 'body | matches(\"the end$\")'] }\n", &server)
        .passed();
}

#[test]
fn broken_json_is_told_with_its_place() {
    let broken = many().replace("\"item 9000\",", "\"item 9000\"");
    let server = Server::new().on("/big", [json(&broken)]);
    let said = run("  big: { get: /big, capture: { id: '$.items[0].id' } }\n", &server).said("big");
    assert!(said.starts_with("`id`: the body is announced as JSON and is not: expected `,` or the end of the list or object at line 1, column "), "{said}");
}

#[test]
fn what_is_read_of_a_step_later_says_nothing_of_its_cleanup() {
    let steps = "  made: { post: /made, cleanup: { delete: /made } }
  next: { post: /next, json: { note: '{{ steps.made.body.note }}' } }
";
    let plan = load(steps).plan(&Inputs::new()).expect("it is sound");
    let (Work::Request(made), [Cleanup::Request(undone)]) = (&plan.steps[0].work, &plan.steps[0].cleanup[..]) else {
        panic!("a request and its cleanup");
    };
    assert_ne!(*made.wanted, Wanted::default());
    assert_eq!(*undone.wanted, Wanted::default());
}

fn file() -> Reply {
    status(200).header("content-type", "application/octet-stream").text(&"0123456789".repeat(1000))
}

#[test]
fn an_answer_is_saved_below_the_run_and_its_facts_can_be_expected() {
    let server = Server::new().on("/models/7", [file()]);
    let steps = "inputs: { name: { default: fraud } }\nsteps:
  model:
    get: /models/7
    save: 'models/{{ name }}.onnx'
    expect:
      - saved.bytes == 10000
      - saved.file == \"models/fraud.onnx\"
      - saved.sha256 | length == 64
outputs: { sha: '{{ steps.model.saved.sha256 }}' }
";
    let ran = run(steps, &server).passed();
    let saved = ran.store.saved("models/fraud.onnx").expect("it was saved");
    assert_eq!(saved.len(), 10_000);
    let digest = ring::digest::digest(&ring::digest::SHA256, &saved);
    let sha: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(ran.output("sha"), &Value::from(sha.clone()));
    assert_eq!(
        body_of(&ran, 0),
        BodyRecord::Saved { path: "models/fraud.onnx".to_owned(), bytes: 10_000, sha256: sha }
    );
    assert!(ran.transcript().to_yaml().contains("saved: models/fraud.onnx"));
}

#[test]
fn a_saved_answer_can_be_captured_from_as_well() {
    let server = Server::new().on("/big", [json(&many())]);
    let ran = run("  big: { get: /big, save: all.json, capture: { note: $.meta.note } }\n", &server).passed();
    assert_eq!(ran.capture("big", "note"), &Value::from("é"));
    assert_eq!(ran.store.saved("all.json").expect("it was saved").len(), many().len());
}

#[test]
fn only_a_whole_success_is_saved() {
    let server =
        Server::new().on("/gone", [status(404).json("{\"why\": \"gone\"}")]).on("/cut", [file().cut(), file()]);
    let options = Options { keep_going: true, ..Options::default() };
    let steps = "  gone: { get: /gone, save: gone.bin }\n  cut: { get: /cut, save: cut.bin }\n";
    let ran = run_with(steps, &server, options, Inputs::new(), |_, _| {});
    assert!(ran.said("gone").contains("got 404: {\"why\":\"gone\"}"), "{}", ran.said("gone"));
    assert!(ran.said("cut").contains("broke off"), "{}", ran.said("cut"));
    assert_eq!((ran.store.saved("gone.bin"), ran.store.saved("cut.bin")), (None, None));
    let again = run(
        "  cut: { get: /cut, save: cut.bin, retry: { attempts: 2, on: [reset] } }\n",
        &Server::new().on("/cut", [file().cut(), file()]),
    );
    assert_eq!(again.passed().store.saved("cut.bin").expect("the second attempt was whole").len(), 10_000);
}

#[test]
fn a_name_from_an_input_stays_below_the_run_too() {
    let server = Server::new().on("/a", [file()]);
    let steps = "inputs: { name: {} }\nsteps:\n  a: { get: /a, save: '{{ name }}' }\n";
    let ran = run_with(steps, &server, Options::default(), Inputs::new().var("name", "../../etc/passwd"), |_, _| {});
    assert_eq!(ran.said("a"), "`save`: `../../etc/passwd` does not stay below its folder");
    assert!(server.lines().is_empty(), "nothing is sent");
}

#[test]
fn what_is_said_of_a_body_does_not_depend_on_whether_it_is_kept() {
    let server = || {
        Server::new()
            .on("/empty", [status(200).header("content-type", "application/json")])
            .on("/blank", [status(200).text(" \n ")])
            .on("/text", [status(200).text("plain words")])
            .on("/list", [status(200).text("[1, 2]")])
            .on("/almost", [status(200).text("[1, 2")])
            .on("/broken", [json("{\"a\": 1")])
            .on("/number", [json("17")])
            .on("/deep", [json(&format!("{}1{}", "[".repeat(127), "]".repeat(127)))])
    };
    let paths = ["empty", "blank", "text", "list", "almost", "broken", "number", "deep"];
    let steps: String = paths
        .map(|path| {
            format!("  {path}: {{ get: /{path}, capture: {{ c_{path}: {{ expr: 'body' }}, j_{path}: '$[0]' }} }}\n")
        })
        .concat();
    let of = |keep| {
        let options = Options { keep, keep_going: true, ..Options::default() };
        let ran = run_with(&steps, &server(), options, Inputs::new(), |_, _| {});
        paths.map(|path| {
            let step = ran.record().steps().find(|step| step.step.as_str() == path).expect("a step");
            // The reader of whole documents has other words for what is missing.
            let said = ran.said(path).split(" and is not: ").next().unwrap_or_default().to_owned();
            let said = said.split(" (of ").next().unwrap_or_default().to_owned();
            // Of broken JSON that is not kept there is no text.
            (path, step.captures().filter(|_| path != "broken").map(|captures| format!("{captures:?}").len()), said)
        })
    };
    assert_eq!(of(1 << 20), of(0));
}

#[test]
fn a_path_with_values_in_it_finds_the_same_in_a_large_answer() {
    let steps = "inputs: { i: { type: int, default: 7 }, j: { type: int, default: 9 }, n: { default: name } }
steps:
  big:
    get: /big
    capture:
      one: '$.items[{{ i }}].id'
      some: { json: '$.items[{{ i }}:{{ j }}].id', all: true }
      first: { json: '$.items[:{{ i - 4 }}].id', all: true }
      back: { json: '$.items[{{ j }}:{{ i }}:{{ -1 }}].id', all: true }
      named: '$.items[{{ i }}][{{ n }}]'
      found: '$.items[?@.id == {{ i }}].name'
      last: '$.items[{{ -1 }}].id'
";
    let server = Server::new().on("/big", [json(&many())]);
    let ran = run(steps, &server).passed();
    let values =
        ["one", "some", "first", "back", "named", "found", "last"].map(|name| ran.capture("big", name).to_string());
    assert_eq!(values, ["7", "[7,8]", "[0,1,2]", "[9,8]", "\"item 7\"", "\"item 7\"", "9999"]);
}

#[test]
fn what_was_created_is_cleaned_up_though_its_answer_could_not_be_taken() {
    let wide: Vec<String> = (0..2000).map(|n| format!("\"k{n}\":{n}")).collect();
    let server =
        Server::new().on("/a", [status(201).json(&format!("{{{}}}", wide.join(",")))]).on("/undo", [json("{}")]);
    let options = Options { keep: 1024, ..Options::default() };
    let steps =
        "  a: { post: /a, capture: { id: $.k1 }, cleanup: { post: /undo } }\nlimits: { answer_members: 1000 }\n";
    let ran = run_with(steps, &server, options, Inputs::new(), |_, _| {});
    assert_eq!(server.lines(), ["POST /a", "POST /undo"]);
    assert_eq!((ran.word(), ran.left_behind().len()), ("errored", 0));
    let step = ran.record().steps().next().expect("a step");
    assert_eq!(step.tries[0].answer().map(|answer| answer.status), Some(201));
    let failure = &step.failures()[0];
    assert_eq!(failure.message, "the answer is too large: one of its objects has more than 1000 members");
    assert!(failure.place.is_some() && failure.help.as_ref().is_some_and(|help| help.contains("`save:`")));
}

#[test]
fn nothing_is_created_where_the_answer_that_was_looked_at_could_not_be_taken() {
    let wide: Vec<String> = (0..2000).map(|n| format!("\"k{n}\":{n}")).collect();
    let server = Server::new().on("/list", [json(&format!("{{{}}}", wide.join(",")))]);
    let options = Options { keep: 0, ..Options::default() };
    let steps = "  a:
    ensure:
      find: { get: /list, capture: { id: $.k1 } }
      absent: body == null
      create: { post: /create, capture: { id: $.id } }
limits: { answer_members: 1000 }
";
    let ran = run_with(steps, &server, options, Inputs::new(), |_, _| {});
    assert_eq!((ran.word(), server.lines()), ("errored", vec!["GET /list".to_owned()]));
}

#[test]
fn an_id_from_a_large_answer_is_masked_wherever_it_stands() {
    let transcript = |id: u32, keep: usize| {
        let server = Server::new()
            .on("/make", [json(&format!("{{\"workspace_id\": {id}, \"name\": \"w\"}}"))])
            .on("/get", [json(&format!("{{\"workspace\": {{\"workspace_id\": {id}}}, \"count\": 7}}"))]);
        let steps = "  make: { post: /make, json: {}, capture: { workspace_id: $.workspace_id } }\n  get: { post: /get, json: { workspace_id: '{{ workspace_id }}' } }\n";
        let options = Options { keep, ..Options::default() };
        // Only the first answer is large.
        let steps = if keep == 0 {
            steps.replace("json: { workspace_id", "keep: 1KiB, json: { workspace_id")
        } else {
            steps.to_owned()
        };
        run_with(&steps, &server, options, Inputs::new(), |_, _| {}).passed().transcript().to_yaml()
    };
    assert_eq!(transcript(7, 0), transcript(8, 0));
    assert!(transcript(7, 0).contains("count: 7") && transcript(7, 0).contains("[workspace_id]"));
}

#[test]
fn a_value_glued_to_a_name_in_a_path_is_refused() {
    for path in ["$.a{{ n }}", "$.{{ n }}", "$[{{ n }}0]", "$[-{{ n }}]", "$[{{ n }}{{ n }}]", "$['a'].b{{ n }}[0]"] {
        let text = format!(
            "playbook: test\ninputs: {{ n: {{}} }}\nsteps:\n  a: {{ get: 'http://a.example.com', capture: {{ x: \"{path}\" }} }}\n"
        );
        let problems = callsheet::session::Session::new().parse("test.yaml", &text, std::path::Path::new(""));
        let said = problems.err().unwrap_or_else(|| panic!("{path}")).to_string();
        assert!(said.contains("E0412") || said.contains("E0410"), "{path}: {said}");
    }
}

#[test]
fn an_empty_slice_of_a_large_answer_is_told_as_one() {
    let server = Server::new().on("/list", [json("[1, 2, 3]")]);
    let options = Options { keep: 0, ..Options::default() };
    let steps = "  a: { get: /list, capture: { no_items: { json: '$[5:2]', all: true }, other: { json: '$[0:0]', default: 7 } } }\n";
    let ran = run_with(steps, &server, options, Inputs::new(), |_, _| {}).passed();
    assert_eq!(
        (ran.capture("a", "no_items").to_string(), ran.capture("a", "other").to_string()),
        ("[]".into(), "7".into())
    );
}
