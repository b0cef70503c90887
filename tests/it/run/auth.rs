//! Tokens: one at a time, renewed before they expire, once after a refusal.

use std::time::Duration;

use callsheet::runner::Options;
use callsheet::simulator::{Options as Behaviour, Settling};

use super::on_the_simulator::{Entry, Platform};
use super::scenario::virtual_time;

fn tokens(log: &[Entry]) -> Vec<&Entry> {
    log.iter().filter(|entry| entry.is_token()).collect()
}

fn never_overlap(tokens: &[&Entry]) -> bool {
    let mut times: Vec<(u64, u64)> = tokens.iter().map(|entry| entry.time()).collect();
    times.sort_unstable();
    times.windows(2).all(|pair| pair[0].1 <= pair[1].0)
}

#[test]
fn tokens_of_two_seconds_last_through_a_deployment_of_ten() {
    virtual_time(async {
        let platform = Platform::new(Behaviour {
            deploy: Settling::After(Duration::from_secs(10)),
            access_token_life: Duration::from_secs(2),
            latency: Duration::from_millis(20),
            ..Behaviour::default()
        });
        let options = Options { jobs: 8, ..Options::default() };
        let ran = platform.run("workflows/deploy-and-infer.yaml", &[], options).await;
        assert!(ran.outcome.passed(), "{:?}", ran.outcomes());
        let log = platform.log().await;
        let tokens = tokens(&log);
        assert!((4..=12).contains(&tokens.len()), "{} token requests", tokens.len());
        assert!(never_overlap(&tokens));
        assert!(log.iter().all(|entry| entry.0["status"] != 401), "a token was used after it had expired");
        let refreshed = tokens.iter().filter(|entry| entry.0["grant"] == "refresh_token").count();
        assert!(refreshed > 0, "renewal uses the refresh token");
    });
}

/// Steps that all want the token at once, on a server that answers slowly.
fn many(grant: &str) -> String {
    let steps: String =
        (0..8).map(|n| format!("  s{n}: {{ post: /v1/api/workspaces/list, json: {{}}, effect: read }}\n")).collect();
    format!(
        "playbook: many
inputs: {{ api_url: {{}}, user: {{}}, password: {{ secret: true }}, client: {{}}, client_secret: {{ secret: true }} }}
simulate:
  api_url: '{{{{ simulator.api_url }}}}'
  user: '{{{{ simulator.user.name }}}}'
  password: '{{{{ simulator.user.password }}}}'
  client: '{{{{ simulator.client.id }}}}'
  client_secret: '{{{{ simulator.client.secret }}}}'
auth:
  mlops:
    oauth2:
      token_url: '{{{{ api_url }}}}/auth/realms/master/protocol/openid-connect/token'
      client_id: '{{{{ client }}}}'
      client_secret: '{{{{ client_secret }}}}'
      {grant}
defaults: {{ base_url: '{{{{ api_url }}}}', auth: mlops }}
steps:
{steps}"
    )
}

#[test]
fn parallel_steps_share_one_token_request() {
    for grant in [
        "grant: client_credentials",
        "grant: password\n      username: '{{ user }}'\n      password: '{{ password }}'\n      client_auth: form",
    ] {
        virtual_time(async {
            let platform = Platform::new(Behaviour { latency: Duration::from_millis(200), ..Behaviour::default() });
            let ran = platform.run(&many(grant), &[], Options::default()).await;
            assert!(ran.outcome.passed(), "{:?} {}", ran.outcomes(), ran.said("s0"));
            assert_eq!(tokens(&platform.log().await).len(), 1);
        });
    }
}

#[test]
fn a_provider_that_refuses_makes_the_steps_errored_and_says_why() {
    virtual_time(async {
        let platform = Platform::new(Behaviour::default());
        let grant = "grant: password\n      username: '{{ user }}'\n      password: wrong-password";
        let ran = platform.run(&many(grant), &[], Options::default()).await;
        assert!(ran.outcomes().iter().any(|outcome| outcome == "s0 errored"), "{:?}", ran.outcomes());
        let said = ran.said("s0");
        assert!(
            said.contains("`mlops` got no token") && said.contains("invalid_grant (Invalid user credentials)"),
            "{said}"
        );
        assert_eq!(tokens(&platform.log().await).len(), 1, "whoever waited for it is refused with it");
    });
}
