//! The tutorial, exchange by exchange, on the tutorial's own world: every answer that it prints comes out.
//!
//! Runs where the folder of reference data is named by `CALLSHEET_REFERENCE`. It knows nothing of the runner: it
//! sends what the tutorial sends and compares what the tutorial prints. What differs by nature is listed in
//! [`comparison`], place by place; nothing else may differ, and nothing may be listed that does not.

mod comparison;
mod own_world;

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsheet::simulator::Options;
use serde_json::{Value, json};

use self::comparison::Comparison;
use super::caller::{Answer, Caller, Part, TOKEN_PATH};
use super::reference::{read_json, reference};

/// The upload of a converted model: the tutorial has no file for it, did not run it and prints no answer.
const NOT_RUN: &str = "models_upload_and_convert_hf";

/// The hosts under which the tutorial reached its platform.
const API: &str = "doc-test.api.wallarooexample.ai";
const KEYCLOAK: &str = "doc-test.keycloak.wallaroocommunity.ninja";

#[tokio::test(start_paused = true)]
async fn every_answer_that_the_tutorial_prints_comes_out() {
    let Some(folder) = reference() else { return };
    let tutorial = read_json(folder.join("seed-values.json"));
    let exchanges = tutorial["exchanges"].as_array().expect("the exchanges are a list");
    let mut replay = Replay {
        caller: Caller::without_token(Options::default(), own_world::world(exchanges, &folder)),
        comparison: Comparison::default(),
        tokens: Value::Null,
    };
    let mut printed = 0;
    for exchange in exchanges.iter().filter(|exchange| exchange["id"] != NOT_RUN) {
        replay.exchange(exchange, &folder).await;
        printed += u32::from(exchange["response"]["printed_in_seed"] == true);
    }
    assert_eq!((exchanges.len(), printed), (41, 34));
    replay.comparison.finish();
}

struct Replay {
    caller: Caller,
    comparison: Comparison,
    tokens: Value,
}

impl Replay {
    async fn exchange(&mut self, exchange: &Value, folder: &Path) {
        let id = text(&exchange["id"]);
        let expected = &exchange["response"];
        let request = &exchange["request"];
        let is_token_call = text(&request["path"]) == TOKEN_PATH;
        let answer =
            if is_token_call { self.token_call(request).await } else { self.platform_call(request, folder).await };
        assert_eq!(Some(u64::from(answer.status)), expected["status"].as_u64(), "{id}: {answer:?}");
        if is_token_call {
            let found = json!({ "header": part(&answer.body, 0), "claims": part(&answer.body, 1) });
            self.comparison.compare(&exchange["access_token_decoded"], &found, id);
        } else if !expected["body"].is_null() {
            self.comparison.compare(&expected["body"], &answer.body, id);
        }
        if let Some(length) = expected["length"].as_u64() {
            assert_eq!(answer.body.as_array().map(Vec::len), usize::try_from(length).ok(), "{id}");
        }
        if answer.body["refresh_token"].is_string() {
            self.caller.use_token(&answer.body);
            self.tokens = answer.body;
        }
        if id == "pipelines_deploy" {
            // The tutorial sleeps here.
            tokio::time::advance(Duration::from_secs(45)).await;
        }
    }

    async fn token_call(&mut self, request: &Value) -> Answer {
        let user = self.caller.simulator.credentials().user.clone();
        let form = request["form"].as_object().expect("a token call sends a form");
        let fields: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| {
                let value = match text(value) {
                    "{username}" => &user.name,
                    "{password}" => &user.password,
                    "{refresh_token}" => text(&self.tokens["refresh_token"]),
                    value => value,
                };
                (name.as_str(), value)
            })
            .collect();
        self.caller.reach_at(KEYCLOAK);
        self.caller.token_call(&fields).await
    }

    async fn platform_call(&mut self, request: &Value, folder: &Path) -> Answer {
        let path = text(&request["path"]);
        self.caller.reach_at(API);
        let Some(parts) = request["multipart"].as_array() else {
            return self.caller.post(path, self.comparison.translate(&request["json"])).await;
        };
        let parts: Vec<Part> = parts.iter().map(|part| form_part(part, folder)).collect();
        self.caller.multipart(path, &parts).await
    }
}

/// The header or the claims of the access token in an answer.
fn part(answer: &Value, index: usize) -> Value {
    let part = text(&answer["access_token"]).split('.').nth(index).expect("a token has three parts");
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("parts of a token are base64url");
    serde_json::from_slice(&bytes).expect("header and claims are JSON")
}

fn form_part(part: &Value, folder: &Path) -> Part {
    let name = text(&part["name"]);
    if let Some(value) = part["value"].as_str() {
        return Part::text(name, value);
    }
    if part["json"].is_object() {
        return Part::json(name, &part["json"]);
    }
    let file = std::fs::read(folder.join(text(&part["content"]))).expect("the reference model can be read");
    Part::file(name, text(&part["filename"]), part["content_type"].as_str(), &file)
}

#[track_caller]
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("expected a text, found {value}"))
}
