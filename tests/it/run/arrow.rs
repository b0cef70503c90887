//! Bodies and answers in Apache Arrow's IPC format: records in, records out.

use bytes::Bytes;
use callsheet::event::BodyRecord;
use callsheet::plan::Inputs;
use callsheet::runner::Options;

use super::scenario::{Ran, Reply, Server, json, run, run_with, status};

const FILE: &str = "application/vnd.apache.arrow.file";
const STREAM: &str = "application/vnd.apache.arrow.stream";

/// Made by pyarrow: a column of every type, and two rows.
const TYPES: &[u8] = include_bytes!("../../fixtures/arrow/types.arrow");
const COMPRESSED: &[u8] = include_bytes!("../../fixtures/arrow/compressed.arrow");
const STREAM_OF_TYPES: &[u8] = include_bytes!("../../fixtures/arrow/types.arrows");

/// The file that the runner makes of records.
#[track_caller]
fn file(records: &str) -> Bytes {
    let server = Server::new().on("/in", [json("{}")]);
    run(&format!("  make: {{ post: /in, arrow: {records} }}\n"), &server).passed();
    server.seen()[0].bytes.clone()
}

fn arrow(file: impl Into<Bytes>) -> Reply {
    status(200).bytes(FILE, file)
}

#[track_caller]
fn kept(ran: &Ran) -> BodyRecord {
    let step = ran.record().steps().next().expect("a step");
    step.tries.last().and_then(|exchange| exchange.answer()).expect("an answer").body.clone()
}

#[test]
fn records_are_sent_as_a_file_and_come_back_as_records() {
    let sent = file(r#"[{ tensor: [1, 2.5], name: x }, { tensor: [], name: null }]"#);
    assert!(sent.starts_with(b"ARROW1") && sent.ends_with(b"ARROW1"));
    let server = Server::new().on("/out", [arrow(sent)]);
    let ran = run(
        "  out:
    get: /out
    capture: { first: '$[0].tensor', names: { json: '$[*].name', all: true } }
    expect: { body: { '$[1].tensor': [] }, that: ['body | length == 2', 'body[0].tensor[1] == 2.5'] }
  poll: { get: /out, poll: { until: 'body[1].name == null' } }
",
        &server,
    )
    .passed();
    let captured =
        ["first", "names"].map(|name| ran.outcome.record.steps().next().unwrap().capture(name).unwrap().to_string());
    assert_eq!(captured, ["[1.0,2.5]", r#"["x",null]"#]);
}

/// Every type that a schema may name, and null.
const WRITTEN: &str = "
      records:
        - { b: true, i: -5, u: 5, h: 1.5, f: 0.25, d: 0.1, s: x, ls: y, y: AAE=, ly: AAE=, d32: 2026-11-24, d64: 2026-11-24,
            ts: 2026-11-24T08:00:00Z, tms: 5, tus: 6, tns: 7, l: [1, null], ll: [], fl: [1, 2] }
        - { i: 6 }
      schema:
        - { name: n, type: 'null' }
        - { name: b, type: bool }
        - { name: i, type: int8, nullable: false }
        - { name: u, type: uint64 }
        - { name: h, type: float16 }
        - { name: f, type: float32 }
        - { name: d, type: float64 }
        - { name: s, type: string }
        - { name: ls, type: large_string }
        - { name: y, type: binary }
        - { name: ly, type: large_binary }
        - { name: d32, type: date32 }
        - { name: d64, type: date64 }
        - { name: ts, type: 'timestamp[s]' }
        - { name: tms, type: 'timestamp[ms]' }
        - { name: tus, type: 'timestamp[us]' }
        - { name: tns, type: 'timestamp[ns]' }
        - { name: l, type: list<int32> }
        - { name: ll, type: large_list<string> }
        - { name: fl, type: 'fixed_size_list<float32, 2>' }
";

/// `tests/tools/arrow_files.py` has held the file against pyarrow.
#[test]
fn a_file_of_every_type_is_the_one_that_pyarrow_has_read() {
    let server = Server::new().on("/in", [json("{}")]);
    run(&format!("  make:\n    post: /in\n    arrow:{WRITTEN}"), &server).passed();
    let file = server.seen()[0].bytes.clone();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/arrow/written.arrow");
    if std::env::var_os("CALLSHEET_UPDATE").is_some() {
        std::fs::write(path, &file).expect("the fixture can be written");
    }
    let expected = std::fs::read(path).expect("the fixture can be read");
    assert!(file == expected, "the file differs: set CALLSHEET_UPDATE=1, and run tests/tools/arrow_files.py");
}

#[test]
fn a_content_type_that_is_written_wins() {
    let server = Server::new().on("/in", [json("{}")]);
    run(
        "  own: { post: /in, headers: { content-type: application/x-arrow }, arrow: [ { a: 1 } ] }
  other: { post: /in, needs: [own], arrow: [ { a: 1 } ] }
",
        &server,
    )
    .passed();
    let types: Vec<Option<String>> =
        server.seen().iter().map(|seen| seen.headers.get("content-type").map(str::to_owned)).collect();
    assert_eq!(types, [Some("application/x-arrow".to_owned()), Some(FILE.to_owned())]);
}

#[test]
fn a_schema_and_records_may_come_from_the_run() {
    let server =
        Server::new().on("/a", [json(r#"{"rows": [{"a": 1}], "columns": {"a": "float32"}}"#)]).on("/b", [json("{}")]);
    run(
        "  a: { get: /a, capture: { rows: $.rows, columns: $.columns } }
  b: { post: /b, arrow: { records: '{{ rows }}', schema: '{{ columns }}' } }
",
        &server,
    )
    .passed();
    let answered = Server::new().on("/out", [arrow(server.seen()[1].bytes.clone())]);
    let ran = run("  out: { get: /out, expect: [ 'body | tojson == \"[{\\\"a\\\":1.0}]\"' ] }\n", &answered);
    assert_eq!(ran.messages(), Vec::<String>::new());
}

#[test]
fn records_that_make_no_file_are_refused_before_sending() {
    let server = Server::new().on("/a", [json(r#"{"rows": [{"a": [1]}, {"a": ["x"]}]}"#)]);
    let ran = run(
        "  a: { get: /a, capture: { rows: $.rows } }
  b: { post: /b, arrow: '{{ rows }}' }
  c: { post: /b, arrow: '{{ rows[0] }}' }
",
        &server,
    );
    assert_eq!(ran.said("b"), "`$[1].a[0]` is a text, and before it are numbers");
    assert_eq!(server.lines(), ["GET /a"]);
}

#[test]
fn files_and_streams_of_others_are_read() {
    for (media, body) in [(FILE, TYPES), (STREAM, STREAM_OF_TYPES), ("application/vnd.apache.arrow.file; v=1", TYPES)] {
        let server = Server::new().on("/out", [status(200).bytes(media, body)]);
        run(
            "  out: { get: /out, expect: [ 'body[0].timestamp == 1795507200005', 'body[0].string is startingwith(\"a\")' ] }\n",
            &server,
        )
        .passed();
    }
}

#[test]
fn what_is_announced_as_arrow_and_is_not_is_told() {
    for (body, told) in [
        (COMPRESSED, "its buffers are compressed; ask for them uncompressed"),
        (&b"no file"[..], "it is neither a file nor a stream of Arrow's"),
        (&TYPES[..2000], "it ends in the middle"),
        (&STREAM_OF_TYPES[..4000], "it ends in the middle"),
    ] {
        let server = Server::new().on("/out", [arrow(body)]);
        let ran = run("  out: { get: /out, capture: { a: '$[0].a' } }\n", &server);
        let said = ran.said("out");
        assert!(said.contains("announced as Arrow and its records cannot be read") && said.contains(told), "{said}");
    }
}

#[test]
fn a_large_answer_is_read_as_records_and_projected() {
    for steps in ["keep: 100", "keep: 100, save: types.arrow"] {
        let server = Server::new().on("/out", [arrow(TYPES)]);
        let ran = run(
            &format!("  out: {{ get: /out, {steps}, capture: {{ a: '$[-1].nested', b: '$[0].int8' }} }}\n"),
            &server,
        )
        .passed();
        let step = ran.record().steps().next().expect("a step");
        assert_eq!(step.capture("a").map(ToString::to_string).as_deref(), Some("[]"));
        assert_eq!(step.capture("b").map(ToString::to_string).as_deref(), Some("-128"));
        match kept(&ran) {
            BodyRecord::Projected { bytes, .. } | BodyRecord::Saved { bytes, .. } => {
                assert_eq!(bytes, TYPES.len() as u64);
            }
            other => panic!("{other:?}"),
        }
    }
    let broken = Server::new().on("/out", [arrow(&TYPES[..3000])]);
    let ran = run("  out: { get: /out, keep: 100, capture: { a: '$[0].a' } }\n", &broken);
    assert!(ran.said("out").contains("its records cannot be read: it ends in the middle"), "{}", ran.said("out"));
}

#[test]
fn the_journal_keeps_the_bytes_and_the_transcript_shows_the_records() {
    let server = Server::new().on("/echo", [arrow(file("[{ a: 1 }, { a: null }]"))]);
    let steps = "  echo: { post: /echo, arrow: [ { b: [ x ] } ] }\n";
    let ran = run(steps, &server).passed();
    assert!(matches!(kept(&ran), BodyRecord::Base64(_)), "{:?}", kept(&ran));
    insta::assert_snapshot!(ran.transcript().to_yaml(), @r"
    transcript: 1
    playbook: test
    steps:
      echo:
        outcome: passed
        exchanges:
        - request:
            line: POST http://api.example.com/echo
            headers:
              content-type: application/vnd.apache.arrow.file
            arrow:
            - b:
              - x
          answer:
            status: 200
            headers:
              content-type: application/vnd.apache.arrow.file
            arrow:
            - a: 1
            - a: null
    outputs: {}
    outcome: passed
    ");
}

#[test]
fn ids_in_records_are_masked() {
    let server = Server::new().on("/new", [arrow(file("[{ id: 1234 }]"))]).on("/use", [arrow(file("[{ id: 1234 }]"))]);
    let steps = "  new: { post: /new, capture: { thing_id: '$[0].id' } }
  use: { post: /use, arrow: [ { thing: '{{ thing_id }}', size: 1234 } ] }
";
    let yaml = run(steps, &server).passed().transcript().to_yaml();
    assert!(yaml.contains("thing: '[thing_id]'") && yaml.contains("size: 1234"), "{yaml}");
}

#[test]
fn secrets_in_records_do_not_come_out() {
    let secret = "tr0ub4dor & 3";
    let number = 987_654_321;
    let answered = file(&format!("[{{ text: \"<{secret}>\", number: {number}, list: [ \"{secret}\" ] }}]"));
    let server = Server::new().on("/echo", [arrow(answered)]);
    let steps = "inputs: { s: { secret: true }, n: { secret: true } }
steps:
  echo:
    post: /echo
    arrow: [ { s: '{{ s }}', n: '{{ n | int }}' } ]
    expect: [ 'body[0].number == n | int', body | length == 2 ]
";
    let inputs = Inputs::new().secret("s", secret).secret("n", number.to_string());
    let ran = run_with(steps, &server, Options::default(), inputs, |_, _| {});
    assert!(server.seen()[0].body.contains(secret), "the server gets the secret");
    let journal = serde_json::to_string(&ran.events()).expect("events are JSON");
    let everything = format!("{journal}{}{:?}", ran.transcript().to_yaml(), ran.record());
    let base64 = "dHIwdWI0ZG9yICYgM";
    for form in [secret, &number.to_string(), base64, "QVJST1cx"] {
        assert!(!everything.contains(form), "`{form}` came out");
    }
    assert!(matches!(kept(&ran), BodyRecord::Text(text) if text.contains("<***>")));
}

#[test]
fn large_records_with_secrets_are_masked_like_small_ones() {
    let secret = "tr0ub4dor & 3";
    let filler = "x".repeat(9000);
    let answered = file(&format!("[{{ id: 1234, text: \"{secret}\", filler: {filler} }}]"));
    let server = Server::new().on("/new", [arrow(answered)]);
    let steps = "inputs: { s: { secret: true } }
steps:
  new: { post: /new, headers: { x: '{{ s }}' }, capture: { thing_id: '$[0].id' } }
";
    let inputs = Inputs::new().secret("s", secret);
    let ran = run_with(steps, &server, Options::default(), inputs, |_, _| {}).passed();
    assert!(matches!(kept(&ran), BodyRecord::Stored { .. }), "{:?}", kept(&ran));
    let yaml = ran.transcript().to_yaml().replace(&filler, "filler");
    assert!(yaml.contains("arrow:\n        - filler: filler\n          id: '[thing_id]'\n"), "{yaml}");
    assert!(!yaml.contains("1234") && !yaml.contains(secret), "{yaml}");
}
