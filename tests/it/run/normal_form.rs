//! Ids in transcripts: one placeholder wherever one stands, and none for what only looks like one.

use super::scenario::{Server, json, run};

#[test]
fn an_expectation_tells_where_an_id_stands_in_an_answer_and_only_if_it_does() {
    let server = Server::new()
        .on("/a", [json(r#"{"id":7}"#)])
        .on("/b", [json(r#"{"id":7,"count":7,"all":[{"id":7},{"id":8}],"url":"http://x.example.com/b-7/b"}"#)])
        .on("/c", [json("{}")]);
    let ran = run(
        "  a: { get: /a, capture: { thing_id: $.id } }
  b:
    get: /b
    capture: { where: $.url }
    expect:
      body: { $.id: '{{ thing_id }}', '$.all[*].id': ['{{ thing_id }}', 8], $.url: 'http://x.example.com/b-{{ thing_id }}/b' }
  c: { post: /c, text: '', headers: { location: '{{ where }}' } }
",
        &server,
    )
    .passed();
    let text = ran.transcript().to_yaml();
    let placeholders: Vec<&str> =
        text.lines().map(str::trim).filter(|line| line.contains(['7', '8', '[']) && !line.contains("utf-8")).collect();
    assert_eq!(
        placeholders,
        [
            "id: '[thing_id]'",
            "thing_id: '[thing_id]'",
            "- id: '[thing_id]'",
            "- id: 8",
            "count: 7",
            "id: '[thing_id]'",
            "url: http://x.example.com/b-[thing_id]/b",
            "where: http://x.example.com/b-[thing_id]/b",
            "location: http://x.example.com/b-[thing_id]/b",
        ]
    );
}

#[test]
fn a_uuid_has_the_name_under_which_it_was_captured_first_wherever_it_stands() {
    const ID: &str = "0b989008-5f1d-453e-8085-98d97be1b722";
    let listed = format!(r#"{{"{ID}":{{"user_id":"{ID}"}},"text":"of {ID}"}}"#);
    let server = Server::new().on("/a", [json(&format!(r#"{{"id":"{ID}"}}"#))]).on("/b", [json(&listed)]);
    let ran = run(
        "  a: { get: /a, capture: { owner_id: $.id } }
  b: { get: /b, capture: { user_id: '$[*].user_id' }, needs: [a] }
",
        &server,
    )
    .passed();
    let text = ran.transcript().to_yaml();
    assert_eq!(text.matches("[owner_id]").count(), 6, "{text}");
    assert!(!text.contains("[uuid:1]") && !text.contains("[user_id]"), "{text}");
}

#[test]
fn ids_in_a_variable_are_known_where_the_variable_is_a_body() {
    let server = Server::new().on("/a", [json(r#"{"id":7}"#)]).on("/b", [json("{}")]);
    let ran = run(
        "vars: { whole: { thing: '{{ thing_id }}', count: 7 }, more: { other: '{{ thing_id }}' } }
steps:
  a: { get: /a, capture: { thing_id: $.id } }
  b: { post: /b, json: \"{{ whole | merge(more) }}\" }
",
        &server,
    )
    .passed();
    let text = ran.transcript().to_yaml();
    assert!(text.contains("count: 7\n          other: '[thing_id]'\n          thing: '[thing_id]'"), "{text}");
}

#[test]
fn a_number_in_a_query_is_no_id_because_another_is() {
    let server = Server::new().on("/a", [json(r#"{"id":7}"#)]).on("/b", [json("{}")]);
    let ran = run(
        "  a: { get: /a, capture: { thing_id: $.id } }
  b: { get: /b, query: { name: n-7, thing: '{{ thing_id }}', limit: 7, more: ['{{ thing_id }}', 8] } }
",
        &server,
    )
    .passed();
    let text = ran.transcript().to_yaml();
    let line = "GET http://api.example.com/b?name=n-7&thing=[thing_id]&limit=7&more=[thing_id]&more=8";
    assert!(text.contains(line), "{text}");
}

#[test]
fn the_paths_of_what_differs_may_use_answers_of_steps() {
    let server = Server::new()
        .on("/list", [json(r#"{"items": [{"id": 1, "at": 5}, {"id": 2, "at": 6}]}"#)])
        .on("/which", [json(r#"{"id": 2}"#).after(3)]);
    let steps = "  list: { get: /list, volatile: \"$.items[?@.id == {{ steps.which.body.id }}].at\" }
  which: { get: /which }
";
    let ran = run(steps, &server).passed();
    assert_eq!(server.lines(), ["GET /which", "GET /list"]);
    let yaml = ran.transcript().to_yaml();
    assert!(yaml.contains("at: 5") && !yaml.contains("at: 6"), "{yaml}");
}

#[test]
fn a_long_text_is_masked_like_a_short_one() {
    let text = |filler: usize, id: u32| {
        let body = format!("made {id} {}", "x".repeat(filler));
        let server = Server::new().on("/a", [json(&format!(r#"{{"thing_id": {id}}}"#))]);
        let server = server.on("/b", [super::scenario::status(200).text(&body)]);
        let steps = "
  a: { post: /a, capture: { thing_id: $.thing_id } }
  b: { post: /b, json: { it: '{{ thing_id }}' } }
";
        run(steps, &server).passed().transcript().to_yaml()
    };
    // What of a text is an id is not known; but length alone makes no difference.
    let shown = |text: String| text.replace(&"x".repeat(9000), "x");
    assert_eq!(shown(text(1, 5)), shown(text(9000, 5)));
}
