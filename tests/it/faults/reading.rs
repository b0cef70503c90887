//! Plans of faults as files: every key, and what is said of mistakes. The cases are in `tests/fixtures/faults`.

use std::fs;
use std::time::Duration;

use boon::{Compiler, Schemas};
use callsheet::session::Session;
use callsheet::simulator::{Cut, Effect, FaultBody, FaultPlan, FaultStatus, Latency, ResetWhen};
use serde_json::json;

/// A plan with every key.
const EVERYTHING: &str = r#"
seed: 7
faults:
  - name: busy
    path: /v1/api/*/list
    method: POST
    calls: [1, 3-4, 9-]
    every: 3
    probability: 0.25
    times: 2
    status: 503
    retry_after: 2s
    body: { msg: busy }
    execute: true
  - { calls: 2, reset: before, latency: 200ms }
  - { reset: after, latency: { mean: 200ms, deviation: 50ms } }
  - { truncate: half, latency: { median: 100ms, p99: 3s } }
  - { truncate: 100, drip: 2s }
  - { malformed: true, refuse: 1s }
  - { expire_token: true }
  - { status: 500, body: out of order }
  - { status: 204 }
"#;

#[track_caller]
fn read(text: &str) -> FaultPlan {
    Session::new().parse_faults("faults.yaml", text).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn every_key_is_read() {
    let FaultPlan { seed, rules } = read(EVERYTHING);
    assert_eq!(seed, Some(7));
    let busy = &rules[0];
    assert_eq!((busy.name.as_str(), busy.path.to_string().as_str()), ("busy", "/v1/api/*/list"));
    assert_eq!((busy.method.as_deref(), busy.calls.as_slice()), (Some("POST"), &[1..=1, 3..=4, 9..=u64::MAX][..]));
    assert_eq!((busy.every, busy.probability, busy.times), (Some(3), 0.25, Some(2)));
    let status = |status| FaultStatus::from(status);
    let effects: Vec<Option<Effect>> = rules.iter().map(|rule| rule.effect.clone()).collect();
    let expected = [
        Effect::Status(FaultStatus {
            retry_after: Some(2),
            body: Some(FaultBody::Json(json!({ "msg": "busy" }))),
            execute: true,
            ..status(503)
        }),
        Effect::Reset(ResetWhen::BeforeExecution),
        Effect::Reset(ResetWhen::AfterExecution),
        Effect::Truncate(Cut::Half),
        Effect::Truncate(Cut::After(100)),
        Effect::Malformed,
        Effect::ExpireToken,
        Effect::Status(FaultStatus { body: Some(FaultBody::Text("out of order".to_owned())), ..status(500) }),
        Effect::Status(status(204)),
    ];
    assert_eq!(effects, expected.map(Some));
    let millis = Duration::from_millis;
    let latencies: Vec<Latency> = rules.iter().filter_map(|rule| rule.latency).collect();
    let expected = [
        Latency::Fixed(millis(200)),
        Latency::Normal { mean: millis(200), deviation: millis(50) },
        Latency::LongTail { median: millis(100), p99: millis(3000) },
    ];
    assert_eq!(latencies, expected);
    assert_eq!((rules[4].drip, rules[5].refuse), (Some(millis(2000)), Some(millis(1000))));
    assert_eq!((rules[1].name.as_str(), rules[1].path.to_string().as_str()), ("rule 2", "**"));
    assert_eq!(rules[1].calls, [2..=2]);
}

#[test]
fn every_mistake_is_told_with_its_place_and_its_remedy() {
    insta::glob!("../../fixtures/faults", "err_*.yaml", |path| {
        let text = fs::read_to_string(path).expect("a case can be read");
        let name = path.file_name().and_then(|name| name.to_str()).expect("a case has a name");
        let problems = Session::new().parse_faults(name, &text).expect_err("a case has a mistake");
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!("mistakes", problems) });
    });
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let problems = Session::new().faults("nowhere.yaml").expect_err("there is no such file");
    assert!(problems.to_string().contains("cannot read `nowhere.yaml`: there is no such file"), "{problems}");
}

#[test]
fn a_plan_that_is_a_list_is_told_what_it_should_be() {
    let problems = Session::new().parse_faults("a.yaml", "- status: 503\n").expect_err("it is no mapping");
    assert!(problems.to_string().contains("a plan of faults is a mapping, not a list"), "{problems}");
}

#[test]
fn the_schema_takes_what_is_read() {
    let plan: serde_json::Value = serde_yaml::from_str(EVERYTHING).expect("the plan is YAML");
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler.add_resource("faults.json", callsheet::playbook::faults_schema()).expect("the schema is a resource");
    let index = compiler.compile("faults.json", &mut schemas).expect("the schema is a schema");
    if let Err(error) = schemas.validate(&plan, index) {
        panic!("{error:#}");
    }
    assert!(schemas.validate(&json!({ "faults": [{ "statsu": 503 }] }), index).is_err());
}
