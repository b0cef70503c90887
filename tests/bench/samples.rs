//! What the benchmarks work on: made here, the same every time.

use std::fmt::Write as _;
use std::path::Path;

use callsheet::plan::{Inputs, Plan};
use callsheet::session::{Playbook, Session};

/// The steps of a playbook that is parsed, checked and planned.
pub const STEPS: usize = 1_000;

/// A playbook of a chain of steps, each with a body made of the step before, a capture and expectations.
pub fn playbook_text(steps: usize) -> String {
    let mut text = String::from("playbook: chain\ndefaults:\n  base_url: http://127.0.0.1:8080\nsteps:\n");
    text.push_str("  s0:\n    post: /token\n    json: {}\n    capture:\n      c0: $.access_token\n");
    for step in 1..steps {
        let before = step - 1;
        let _ = write!(
            text,
            "  s{step}:
    post: /echo
    json:
      previous: \"{{{{ c{before} }}}}\"
      number: {step}
      labels: [alpha, beta]
    capture:
      c{step}: $.items[0].id
    expect:
      - status == 200
      - body.number == {step}
"
        );
    }
    text
}

/// A playbook that has passed the checks.
pub fn playbook(text: &str) -> Playbook {
    let parsed = Session::new().parse("chain.yaml", text, Path::new(""));
    parsed.unwrap_or_else(|problems| panic!("the generated playbook is valid: {problems:?}"))
}

/// A playbook of that many steps, ready to run.
pub fn plan(steps: usize) -> Plan {
    let plan = playbook(&playbook_text(steps)).plan(&Inputs::new());
    plan.unwrap_or_else(|problems| panic!("the generated playbook needs no inputs: {problems:?}"))
}

/// An array of objects as JSON, of about that many bytes.
pub fn json_text(bytes: usize) -> String {
    let mut text = String::from("[");
    for number in 0.. {
        let price = number % 1000;
        let active = number % 2 == 0;
        let _ = write!(
            text,
            r#"{{"id":"item-{number}","number":{number},"name":"object number {number}","price":{price}.25,"#
        );
        let _ = write!(
            text,
            r#""active":{active},"tags":["alpha","beta"],"owner":{{"name":"Ada","mail":"ada{number}@example.com"}}}}"#
        );
        if text.len() >= bytes {
            break;
        }
        text.push(',');
    }
    text.push(']');
    text
}

/// Secrets as they are in use: passwords, and tokens of a thousand characters.
pub fn secrets() -> Vec<String> {
    let password = |number: usize| format!("Secret-{number}/ü+{}", number * 7919);
    let token = |number: usize| format!("eyJ{number}{}", "abcDEF0123_-".repeat(80));
    (0..9).map(password).chain((0..3).map(token)).collect()
}
