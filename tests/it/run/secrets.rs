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
