//! Secrets do not come out.

use callsheet::plan::Inputs;
use callsheet::runner::Options;

use super::scenario::{Server, json, run_with, status};

#[test]
fn no_event_and_no_body_file_holds_a_secret_in_any_form() {
    let secret = "tr0ub4dor & 3";
    let token = "eyJhbGciOiJSUzI1NiJ9.payload.signature";
    let long = format!(r#"{{"token":"{token}","pad":"{}"}}"#, "x".repeat(20_000));
    let server =
        Server::new().on("/login", [json(&long)]).on("/use", [status(500).text(&format!("bad token {token}"))]);
    let steps = "inputs: { password: { secret: true } }
steps:
  login:
    post: /login
    query: { p: '{{ password }}' }
    form: { password: '{{ password }}' }
    headers: { X-Basic: \"{{ ('user:' ~ password) | b64encode }}\" }
    capture: { token: { json: $.token, secret: true } }
  use:
    post: /use
    json: { token: '{{ token }}', quoted: \"a\\\"{{ password }}\" }
    expect: [ \"body == token\" ]
outputs: { token: '{{ token }}' }
";
    let ran = run_with(steps, &server, Options::default(), Inputs::new().secret("password", secret), |_, _| {});
    assert_eq!(server.lines().len(), 2);
    let journal = serde_json::to_string(&ran.events()).expect("events are JSON");
    let bodies: Vec<u8> = ran.store.body_names().iter().flat_map(|name| ran.store.body(name).expect("kept")).collect();
    let everything = format!("{journal}{}{:?}", String::from_utf8_lossy(&bodies), ran.record());
    assert!(!ran.store.body_names().is_empty(), "the long answer stands in a file of its own");
    for form in [secret, "tr0ub4dor+%26+3", "tr0ub4dor%20%26%203", "dHIwdWI0ZG9yICYgM", token, "dXNlcjp0cjB1YjRkb3Ig"] {
        assert!(!everything.contains(form), "`{form}` came out");
    }
    assert!(everything.contains("***"));
}

/// Every form in which a secret could be told from what came out.
fn forms(secret: &str) -> Vec<String> {
    let mut url = url::Url::parse("http://example.com/").expect("a URL");
    url.query_pairs_mut().append_pair("p", secret);
    let json = serde_json::to_string(secret).expect("JSON");
    let inner = json[1..json.len() - 1].to_owned();
    vec![secret.to_owned(), url.query().expect("a query")[2..].to_owned(), inner.replace('/', "\\/"), inner]
}

#[test]
fn secrets_of_every_kind_stay_in_at_every_place() {
    let long = "k".repeat(400);
    let nasty = [
        "status",
        "secret",
        "2026",
        "passed",
        "pa*ss-word!x~1",
        "a\"b\\c/d",
        "line one\nline two",
        "cleanup_armed",
        &long,
    ];
    for secret in nasty {
        let echoed = serde_json::json!({ "token": secret, "nested": [{ "deep": secret }], "state": "no" }).to_string();
        let server = Server::new()
            .on("/send", [json("{}")])
            .on("/poll", [json(&echoed)])
            .on("/wrong", [status(500).json(&echoed)])
            .on("/fails", [json(&echoed)])
            .on("/absent", [json(&echoed)])
            .on("/absent/new", [json(&echoed)]);
        let steps = "inputs: { s: { secret: true } }
steps:
  send:
    post: /send
    query: { q: '{{ s }}' }
    headers: { X-Key: \"{{ s | urlencode }}\", X-Basic: \"{{ ('u:' ~ s) | b64encode }}\" }
    json: { a: '{{ s }}', b: 'x{{ s }}y' }
  form: { post: /send, form: { f: '{{ s }}' } }
  part: { post: /send, multipart: [ { name: p, json: { s: '{{ s }}' } }, { name: t, text: '{{ s }}' } ] }
  poll: { get: /poll, poll: { until: 'body.token == \"never\"', every: 1s, timeout: 2s } }
  wrong: { get: /wrong, capture: { w: { json: $.token, secret: true } } }
  fails: { get: /fails, capture: { f: { json: $.token, secret: true } }, expect: [ 'f == \"no\"', 'body.nested == []' ] }
  several: { get: /fails, capture: { v: { json: '$..deep', secret: true }, z: { json: '$..*', secret: true } } }
  absent:
    ensure:
      find: { get: /absent, capture: { k: { json: $.token, secret: true }, id: $.id } }
      create: { post: /absent/new, capture: { k: { json: $.token, secret: true }, id: $.id } }
outputs: { out: '{{ s }}' }
";
        let options = Options { keep_going: true, ..Options::default() };
        let ran = run_with(steps, &server, options, Inputs::new().secret("s", secret), |_, _| {});
        let told = ran.events().into_iter().map(|mut envelope| {
            struct Texts(Vec<String>);
            impl callsheet::event::Leaves for Texts {
                fn text(&mut self, text: &mut String) {
                    self.0.push(text.clone());
                }
                fn value(&mut self, value: &mut callsheet::value::Value) {
                    self.0.push(value.to_string());
                }
            }
            let mut texts = Texts(Vec::new());
            envelope.event.each_leaf(&mut texts);
            texts.0.join("\u{1}")
        });
        // Words of the playbook itself are not secrets where they stand in its own text.
        let told: Vec<String> = told.skip(1).collect();
        for form in forms(secret) {
            let found = told.iter().find(|text| text.contains(&form));
            assert!(found.is_none(), "`{form}` came out in {found:?}");
        }
        let beginning: String = secret.chars().take(100).collect();
        if secret.len() > 100 {
            assert!(!told.iter().any(|text| text.contains(&beginning)), "the beginning of a long secret came out");
        }
        assert!(ran.record().finished.is_some());
    }
}

#[test]
fn no_secret_stands_in_the_journal_as_it_is_written() {
    let secrets = [r#"se"ss\ion/id"#, "outer-0123456789-inner-secret-outer", "inner-secret", "tok*en~one & two"];
    let answer = serde_json::json!({ "session_id": secrets[0], "list": [{ "id": 7, "token": secrets[1] }], "id": 7, "pin": 654321 });
    let server =
        Server::new().on("/login", [json(&answer.to_string())]).on("/use", [status(500).json(&answer.to_string())]);
    let steps = "inputs: { inner: { secret: true }, other: { secret: true } }
steps:
  login:
    post: /login
    json: { i: '{{ inner }}', o: '{{ other }}' }
    capture:
      id: $.id
      session_id: { json: $.session_id, secret: true }
      tok: { json: '$.list[?@.id == {{ id }}].token', secret: true }
      pin: { json: $.pin, secret: true }
  use: { get: /use, query: { t: '{{ tok }}', s: '{{ session_id }}', p: '{{ pin }}', o: '{{ other }}' } }
  text: { post: /use, text: 'session {{ session_id }} and {{ tok }}', needs: [login] }
";
    let options = Options { keep_going: true, ..Options::default() };
    let inputs = Inputs::new().secret("inner", secrets[2]).secret("other", secrets[3]);
    let ran = run_with(steps, &server, options, inputs, |_, _| {});
    assert!(ran.outcomes().contains(&"login passed".to_owned()), "{:?} {}", ran.outcomes(), ran.said("login"));
    let written = serde_json::to_string(&ran.events()).expect("events are JSON");
    let transcript = ran.outcome.transcript(&|name| ran.store.body(name)).to_yaml();
    for secret in secrets.iter().copied().chain(["654321", "outer-0123456789", "-outer"]) {
        for form in forms(secret) {
            let twice = serde_json::to_string(&form).expect("JSON");
            for form in [&form, &twice[1..twice.len() - 1]] {
                assert!(!written.contains(form), "`{form}` stands in the journal");
                assert!(!transcript.contains(form), "`{form}` stands in the transcript");
            }
        }
    }
    // What is masked is still JSON, and so still in normal form.
    assert!(transcript.contains("pin: '***'"), "{transcript}");
}

#[test]
fn the_default_of_a_secret_capture_is_a_secret_too() {
    let server = Server::new().on("/a", [json(r#"{"echo":"fallback-key-1"}"#)]);
    let steps = "  a:
    get: /a
    capture: { pass: { json: $.pass, secret: true, default: fallback-key-1 } }
    expect: [ \"pass == 'other'\", \"body.echo == 'other'\" ]
";
    let ran = run_with(steps, &server, Options::default(), Inputs::new(), |_, _| {});
    assert_eq!(ran.outcomes(), ["a failed"]);
    let journal = serde_json::to_string(&ran.events()).expect("events are JSON");
    assert!(!journal.contains("fallback-key-1") && journal.contains("***"), "{journal}");
}

#[test]
fn what_redact_names_is_blanked_in_bodies_and_masked_where_it_turns_up_later() {
    let answer = r#"{"users":[{"email":"jo@example.com","pin":17,"ok":true}],"note":"jo@example.com, 17"}"#;
    let server = Server::new()
        .on("/users", [json(answer)])
        .on("/other", [json(r#"{"users":[{"email":"di@example.com"}]}"#)])
        .on("/sent", [status(500).text("no jo@example.com here")]);
    let steps = "defaults: { base_url: 'http://api.example.com', redact: { '/use*': ['$.users[*].email', '$..pin'] } }
steps:
  users: { get: /users, capture: { email: '$.users[0].email' }, expect: [ 'body.users[0].pin == 17' ] }
  other: { get: /other }
  sent: { post: /sent, redact: '$.to', json: { to: someone-else, of: '{{ email }}', again: 'to someone-else' } }
";
    let options = Options { keep_going: true, ..Options::default() };
    let ran = run_with(steps, &server, options, Inputs::new(), |_, _| {});
    assert_eq!(ran.outcomes(), ["users passed", "other passed", "sent failed"]);
    // Only what is kept is changed.
    assert!(server.seen()[2].body.contains("jo@example.com") && server.seen()[2].body.contains("someone-else"));
    // The first event holds the playbook, whose author wrote what stands there.
    let journal = serde_json::to_string(&ran.events()[1..].to_vec()).expect("events are JSON");
    assert!(!journal.contains("jo@example.com") && !journal.contains("someone-else"), "{journal}");
    // Another step's answer, and a number that is met everywhere.
    assert!(journal.contains("di@example.com") && journal.contains(r#"\"pin\":\"***\""#), "{journal}");
    assert!(journal.contains(r#"\"note\":\"***, 17\""#), "{journal}");
}

#[test]
fn credentials_are_masked_without_being_told() {
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqbyJ9.c2ln";
    let answer = format!(r#"{{"refresh_token":"opaque-refresh-1","any":"{token}","short":{{"id_token":"x"}}}}"#);
    let server = Server::new()
        .on("/login", [json(&answer)])
        .on("/echo", [status(500).text(&format!("no opaque-refresh-1, {token}, key-0123456789 or pa-55-word"))]);
    let steps = "  login:
    post: /login
    headers: { X-Api-Key: key-0123456789 }
    form: { grant_type: password, username: jo, password: pa-55-word }
    capture: { any: $.any }
  echo: { get: /echo, query: { t: '{{ any }}' } }
";
    let ran = run_with(steps, &server, Options::default(), Inputs::new(), |_, _| {});
    assert_eq!(ran.outcomes(), ["login passed", "echo failed"]);
    let journal = serde_json::to_string(&ran.events()[1..].to_vec()).expect("events are JSON");
    for secret in ["opaque-refresh-1", token, "key-0123456789", "pa-55-word", r#"\"id_token\":\"x\""#] {
        assert!(!journal.contains(secret), "`{secret}` stands in {journal}");
    }
    assert!(journal.contains("username=jo") && ran.said("echo").contains("no ***, ***, *** or ***"), "{journal}");
}

#[test]
fn what_is_made_of_a_secret_is_masked_too() {
    let server = Server::new().on("/a", [json(r#"{"echo":"HUNTER22-PASS and 0123456789abcdef"}"#)]);
    let steps = "inputs: { password: { secret: true } }
vars: { loud: '{{ password | upper }}' }
steps:
  a: { post: /a, json: { loud: '{{ loud }}', long: '{{ password | length }}' } }
  b: { set: { reversed: '{{ password | reverse }}' } }
outputs: { of: '{{ password | title }}', long: '{{ password | length }}' }
";
    let ran =
        run_with(steps, &server, Options::default(), Inputs::new().secret("password", "hunter22-pass"), |_, _| {});
    assert_eq!(ran.outcomes(), ["a passed", "b passed"]);
    let journal = serde_json::to_string(&ran.events()).expect("events are JSON");
    for text in ["HUNTER22-PASS", "ssap-22retnuh", "Hunter22-Pass", "hunter22-pass"] {
        assert!(!journal.contains(text), "`{text}` stands in {journal}");
    }
    assert!(journal.contains(r#"*** and 0123456789abcdef"#) && journal.contains(r#""long":13"#), "{journal}");
}
