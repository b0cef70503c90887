//! A token endpoint that is struck.

use callsheet::runner::Options;
use callsheet::session::Session;
use callsheet::simulator::Options as Behaviour;

use crate::on_the_simulator::{Entry, Platform};
use crate::run::scenario::{Ran, virtual_time};

/// A step, another one 50 minutes later, and what the token endpoint was asked.
fn ran(faults: &str, between: &str) -> (Ran, Vec<Entry>) {
    let faults = Session::new().parse_faults("faults.yaml", faults).unwrap_or_else(|problems| panic!("{problems}"));
    virtual_time(async {
        let platform = Platform::new(Behaviour { faults, ..Behaviour::default() });
        let call = "post: /v1/api/workspaces/list, json: {}, effect: read";
        let text = format!(
            "playbook: test\ninclude: shared/platform.yaml\nsteps:\n  first: {{ {call} }}\n  \
             pause: {{ wait: {between}, needs: [first] }}\n  second: {{ {call}, needs: [pause] }}\n"
        );
        let ran = platform.run(&text, &[], Options::default()).await;
        let tokens = platform.log().await.into_iter().filter(Entry::is_token).collect();
        (ran, tokens)
    })
}

fn grants(tokens: &[Entry]) -> Vec<String> {
    tokens.iter().map(|entry| format!("{}: {}", entry.0["grant"].as_str().unwrap_or("-"), entry.0["status"])).collect()
}

const TOKEN: &str = "path: '/auth/**'";

#[test]
fn a_token_endpoint_that_is_busy_is_asked_again() {
    for fault in ["status: 503", "reset: before", "reset: after", "truncate: half"] {
        let (ran, tokens) = ran(&format!("faults: [{{ {TOKEN}, calls: 1, {fault} }}]"), "1s");
        ran.passed();
        assert_eq!(tokens.len(), 2, "{fault}");
    }
}

#[test]
fn a_token_endpoint_that_stays_away_ends_the_step_as_errored_and_says_why() {
    let (ran, tokens) = ran(&format!("faults: [{{ {TOKEN}, status: 503 }}]"), "1s");
    assert_eq!(ran.outcomes()[0], "first errored");
    let said = ran.said("first");
    assert!(said.contains("got no token") && said.contains("503"), "{said}");
    assert!(tokens.len() > 1 && tokens.iter().all(|entry| entry.0["executed"] == false), "{}", tokens.len());
}

#[test]
fn a_refresh_token_that_is_refused_gives_way_to_the_providers_own_grant() {
    let body = "body: { error: invalid_grant, error_description: Session not active }";
    let (ran, tokens) = ran(
        &format!(
            "faults: [{{ {TOKEN}, calls: 2, status: 400, {body} }}, {{ path: '/v1/**', calls: 2, expire_token: true }}]"
        ),
        "1s",
    );
    ran.passed();
    assert_eq!(grants(&tokens), ["password: 200", "-: null", "password: 200"]);
}
