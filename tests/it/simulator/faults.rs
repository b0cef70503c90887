//! Faults without a socket: what becomes of a request, what the log says of it, what the seed decides.

use std::time::Duration;

use axum::body::to_bytes;
use callsheet::simulator::{
    Cut, Effect, FaultBody, FaultPlan, FaultRule, FaultStatus, Latency, Options, Reply, ResetWhen,
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::caller::{Answer, Caller};

const CREATE: &str = "/v1/api/workspaces/create";
const LIST: &str = "/v1/api/workspaces/list";
const FEATURES: &str = "/v1/api/features/list";

fn on(path: &str) -> FaultRule {
    FaultRule::on(path.parse().expect("the test's pattern is valid"))
}

fn striking(path: &str, effect: Effect) -> FaultRule {
    FaultRule { effect: Some(effect), ..on(path) }
}

async fn with(rules: Vec<FaultRule>) -> Caller {
    Caller::logged_in(Options { faults: FaultPlan { rules, ..FaultPlan::default() }, ..Options::default() }).await
}

async fn with_reset(text: &str) -> Caller {
    Caller::logged_in(Options { resets: vec![text.parse().expect("the test's reset is valid")], ..Options::default() })
        .await
}

#[track_caller]
fn assert_reset(reply: &Reply, after: bool) {
    assert!(matches!(reply, Reply::Reset { executed } if *executed == after), "{reply:?}");
}

/// Status, whether it was executed, and what hit it, of each request of a path.
async fn logged(caller: &Caller, path: &str) -> Vec<(Value, bool, String)> {
    let entries = caller.log().await.into_iter().filter(|entry| entry["path"] == path);
    let told = entries.map(|entry| {
        let hits = entry["faults"].as_array().expect("every entry has faults");
        let hits: Vec<&str> = hits.iter().filter_map(|hit| hit["effect"].as_str()).collect();
        (entry["status"].clone(), entry["executed"] == true, hits.join(", "))
    });
    told.collect()
}

#[tokio::test]
async fn a_reset_before_execution_changes_nothing() {
    let caller = with_reset("/v1/api/workspaces/create:before").await;
    let body = json!({ "workspace_name": "a" });
    assert_reset(&caller.try_post(CREATE, body.clone()).await, false);
    assert_eq!(caller.ask(CREATE, body).await["workspace_id"], 7);
}

#[tokio::test]
async fn a_reset_after_execution_loses_only_the_answer() {
    let caller = with_reset("/v1/api/workspaces/*:after:2").await;
    assert_reset(&caller.try_post(CREATE, json!({ "workspace_name": "a" })).await, true);
    assert_reset(&caller.try_post(LIST, json!({})).await, true);
    let repeated = caller.post(CREATE, json!({ "workspace_name": "a" })).await;
    assert_eq!(repeated.status, 400);
}

#[tokio::test(start_paused = true)]
async fn an_answer_waits_for_its_latency() {
    let caller = Caller::logged_in(Options {
        latency: Duration::from_millis(200),
        latency_of: vec![("/v1/api/models/*".parse().expect("a pattern"), Duration::from_secs(3))],
        ..Options::default()
    })
    .await;
    for (path, expected) in [(LIST, 200), ("/v1/api/models/list", 3000)] {
        let before = Instant::now();
        caller.ask(path, json!({ "workspace_id": 6 })).await;
        assert_eq!(before.elapsed(), Duration::from_millis(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_does_not_wait_finds_the_call_executed() {
    let caller = Caller::logged_in(Options {
        latency_of: vec![(CREATE.parse().expect("a pattern"), Duration::from_secs(60))],
        ..Options::default()
    })
    .await;
    let call = caller.post(CREATE, json!({ "workspace_name": "a" }));
    tokio::time::timeout(Duration::from_secs(1), call).await.expect_err("the answer takes a minute");
    let listed = caller.ask(LIST, json!({})).await;
    assert_eq!(listed["workspaces"][3]["name"], "a");
}

#[tokio::test]
async fn a_status_takes_the_place_of_the_execution_or_of_its_answer() {
    let busy = FaultStatus { retry_after: Some(7), ..FaultStatus::from(503) };
    let gone = FaultStatus { execute: true, body: Some(FaultBody::Text("gone".to_owned())), ..FaultStatus::from(504) };
    let caller = with(vec![
        FaultRule { calls: vec![1..=1], ..striking(CREATE, Effect::Status(busy)) },
        FaultRule { calls: vec![2..=2], ..striking(CREATE, Effect::Status(gone)) },
    ])
    .await;
    let body = json!({ "workspace_name": "a" });
    let Answer { status, body: refusal, retry_after } = caller.post(CREATE, body.clone()).await;
    assert_eq!((status, retry_after.as_deref()), (503, Some("7")));
    assert_eq!(refusal, json!({ "msg": "Service Unavailable", "code": 503 }));
    let Answer { status, body: text, retry_after } = caller.post(CREATE, body.clone()).await;
    assert_eq!((status, text, retry_after), (504, "gone".into(), None));
    assert_eq!(caller.post(CREATE, body).await.status, 400, "it was created behind the 504");
    let expected = [
        (Value::Null, false, "status 503".to_owned()),
        (200.into(), true, "status 504".to_owned()),
        (400.into(), true, String::new()),
    ];
    assert_eq!(logged(&caller, CREATE).await, expected);
}

#[tokio::test]
async fn a_truncated_answer_breaks_off_and_announces_more() {
    for (cut, kept) in [(Cut::Half, 38), (Cut::After(5), 5), (Cut::After(5000), 76)] {
        let caller = with(vec![striking(FEATURES, Effect::Truncate(cut))]).await;
        let reply = caller.try_post(FEATURES, json!({})).await;
        let Reply::Answer(answer) = reply else { panic!("there is no answer: {reply:?}") };
        let announced: usize = answer.headers()["content-length"].to_str().expect("text").parse().expect("a number");
        let mut body = answer.into_body();
        let mut came = 0;
        let error = loop {
            match body.frame().await.expect("it does not just end") {
                Ok(frame) => came += frame.into_data().expect("there are no trailers").len(),
                Err(error) => break error,
            }
        };
        assert_eq!(came, kept, "{error}");
        assert!(announced > kept);
    }
}

#[tokio::test]
async fn a_malformed_answer_is_whole_and_no_json() {
    let caller = with(vec![striking("/v1/api/*/list", Effect::Malformed)]).await;
    for path in [FEATURES, LIST] {
        let reply = caller.try_post(path, json!({})).await;
        let Reply::Answer(answer) = reply else { panic!("there is no answer: {reply:?}") };
        assert_eq!(answer.headers()["content-type"], "application/json");
        let body = to_bytes(answer.into_body(), usize::MAX).await.expect("it does not break off");
        serde_json::from_slice::<Value>(&body).expect_err("it is no JSON");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dripping_answer_begins_at_once_and_takes_its_time() {
    let caller = with(vec![FaultRule { drip: Some(Duration::from_secs(10)), ..on(FEATURES) }]).await;
    let before = Instant::now();
    let reply = caller.try_post(FEATURES, json!({})).await;
    assert_eq!(before.elapsed(), Duration::ZERO);
    let Reply::Answer(answer) = reply else { panic!("there is no answer: {reply:?}") };
    let mut body = answer.into_body();
    let first = body.frame().await.expect("there is a body").expect("it does not break off");
    assert_eq!(first.into_data().expect("there are no trailers").len(), 4);
    assert!(before.elapsed() <= Duration::from_secs(1));
    body.collect().await.expect("it does not break off");
    assert!((9_900..=10_100).contains(&before.elapsed().as_millis()), "{:?}", before.elapsed());
}

#[tokio::test]
async fn a_token_that_has_expired_early_stays_expired_and_another_one_counts() {
    let mut caller = with(vec![FaultRule { calls: vec![2..=2], ..striking(LIST, Effect::ExpireToken) }]).await;
    caller.ask(LIST, json!({})).await;
    for path in [LIST, FEATURES] {
        caller.post(path, json!({})).await.refused(401, "Unauthorized: the token has expired");
    }
    // Two tokens of the same second are the same token.
    let tokens = caller.token_call(&[("grant_type", "client_credentials")]).await.passed();
    caller.use_token(&tokens);
    caller.ask(FEATURES, json!({})).await;
    assert_eq!(logged(&caller, LIST).await[1], (401.into(), true, "expire_token".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn connections_are_refused_from_the_answer_on_for_as_long_as_told() {
    let refuse = Some(Duration::from_secs(5));
    let caller = with(vec![FaultRule { calls: vec![1..=1], refuse, ..on(LIST) }]).await;
    caller.ask(LIST, json!({})).await;
    for path in [LIST, FEATURES] {
        let reply = caller.try_post(path, json!({})).await;
        assert!(matches!(reply, Reply::Refused), "{reply:?}");
    }
    tokio::time::advance(Duration::from_millis(5_001)).await;
    caller.ask(LIST, json!({})).await;
    let expected = [(200.into(), true, "refuse 5000ms".to_owned()), (200.into(), true, String::new())];
    assert_eq!(logged(&caller, LIST).await, expected, "a refused request has not arrived");
}

#[tokio::test]
async fn the_first_rule_that_strikes_decides_of_each_kind() {
    let slow = |milliseconds| Some(Latency::Fixed(Duration::from_millis(milliseconds)));
    let caller = with(vec![
        FaultRule { calls: vec![2..=2], latency: slow(1), ..on(LIST) },
        FaultRule { latency: slow(2), ..striking("/v1/**", Effect::Status(502.into())) },
        FaultRule { latency: slow(3), ..striking(LIST, Effect::Reset(ResetWhen::BeforeExecution)) },
    ])
    .await;
    for _ in 0..2 {
        assert_eq!(caller.post(LIST, json!({})).await.status, 502);
    }
    let told: Vec<String> = logged(&caller, LIST).await.into_iter().map(|(_, _, hits)| hits).collect();
    assert_eq!(told, ["latency 2ms, status 502", "latency 1ms, status 502"]);
}

#[tokio::test]
async fn rules_choose_by_method_number_and_how_often() {
    let status = |status: u16| Effect::Status(status.into());
    let caller = with(vec![
        FaultRule { method: Some("GET".to_owned()), ..striking("**", status(500)) },
        FaultRule { calls: vec![2..=3, 6..=6], ..striking(LIST, status(501)) },
        FaultRule { every: Some(4), ..striking(LIST, status(502)) },
        FaultRule { times: Some(1), ..striking(LIST, status(503)) },
    ])
    .await;
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(caller.post(LIST, json!({})).await.status);
    }
    assert_eq!(statuses, [503, 501, 501, 502, 200, 501, 200, 502]);
}

/// Which of 40 requests of each of two paths are struck, asked in this order.
async fn struck(seed: u64, order: impl Fn(usize) -> [&'static str; 2]) -> [Vec<bool>; 2] {
    let rule = FaultRule { probability: 0.3, ..striking("/v1/**", Effect::Status(503.into())) };
    let faults = FaultPlan { seed: Some(seed), rules: vec![rule] };
    let caller = Caller::logged_in(Options { faults, ..Options::default() }).await;
    for turn in 0..40 {
        for path in order(turn) {
            caller.post(path, json!({})).await;
        }
    }
    let mut of_both = [Vec::new(), Vec::new()];
    for (path, struck) in [LIST, FEATURES].into_iter().zip(&mut of_both) {
        struck.extend(logged(&caller, path).await.into_iter().map(|(_, executed, _)| !executed));
    }
    of_both
}

#[tokio::test]
async fn the_same_seed_gives_each_path_the_same_faults_whatever_comes_between() {
    let in_turns = struck(7, |_| [LIST, FEATURES]).await;
    let one_after_the_other = struck(7, |turn| if turn < 20 { [LIST, LIST] } else { [FEATURES, FEATURES] }).await;
    assert_eq!(in_turns, one_after_the_other);
    assert_ne!(in_turns[0], in_turns[1]);
    assert_ne!(in_turns, struck(8, |_| [LIST, FEATURES]).await);
    let share = in_turns.iter().flatten().filter(|struck| **struck).count();
    assert!((12..=36).contains(&share), "{share} of 80 are about three tenths");
}
