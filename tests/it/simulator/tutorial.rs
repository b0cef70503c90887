//! The tutorial's own exchanges in order, where the folder of reference data is named by `CALLSHEET_REFERENCE`.
//!
//! Its answers must come out: every member, every id and number, every name and state. What differs by nature
//! (UUIDs, times, people, pods) is matched as it appears, and put into later requests in place of the tutorial's.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use callsheet::simulator::Options;
use serde_json::{Map, Value};

use super::caller::{Answer, Caller, Part};
use super::reference::{read_json, reference};

/// The first exchange that is about assays, which come later.
const FIRST_ABOUT_ASSAYS: u64 = 33;

/// The upload that the tutorial prints no answer of; run in order it would shift the ids that it does print.
const NOT_RUN: &str = "models_upload_and_convert_hf";

/// Members whose texts are the same in every run.
const STABLE_TEXTS: [&str; 8] =
    ["name", "status", "sha", "model_id", "file_name", "owner_id", "user_type", "pipeline_version"];

/// What the tutorial's values are called here.
#[derive(Default)]
struct Matches(HashMap<String, String>);

impl Matches {
    fn translate(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.0.get(text).unwrap_or(text).as_str().into(),
            Value::Array(items) => items.iter().map(|item| self.translate(item)).collect(),
            Value::Object(members) => members
                .iter()
                .map(|(name, member)| (name.clone(), self.translate(member)))
                .collect::<Map<_, _>>()
                .into(),
            _ => value.clone(),
        }
    }

    /// Compares an answer with the tutorial's, and learns the values that differ by nature.
    fn compare(&mut self, expected: &Value, found: &Value, place: &str) {
        match (expected, found) {
            (Value::Object(expected), Value::Object(found)) => self.compare_objects(expected, found, place),
            (Value::Array(expected), Value::Array(found)) => {
                assert_eq!(expected.len(), found.len(), "{place}: {found:?}");
                for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
                    self.compare(expected, found, &format!("{place}[{index}]"));
                }
            }
            (Value::String(expected), Value::String(found)) => self.compare_texts(expected, found, place),
            (Value::Number(expected), Value::Number(found)) => {
                let (expected, found) = (expected.as_f64(), found.as_f64());
                let difference = expected.zip(found).map(|(expected, found)| (expected - found).abs());
                // Larger numbers are times, and nanoseconds are not reproduced.
                let comparable = expected < Some(1e6) && !place.contains(".elapsed");
                assert!(!comparable || difference < Some(1e-6), "{place}: {expected:?} {found:?}");
            }
            _ => assert_eq!(expected, found, "{place}"),
        }
    }

    fn compare_objects(&mut self, expected: &Map<String, Value>, found: &Map<String, Value>, place: &str) {
        for (name, value) in expected {
            let other = if place.ends_with(".users") {
                let username = self.translate(&value["username"]);
                found.values().find(|user| user["username"] == username)
            } else {
                found.get(name)
            };
            let place = format!("{place}.{name}");
            let other = other.unwrap_or_else(|| panic!("{place} is missing"));
            self.compare(value, other, &place);
        }
    }

    fn compare_texts(&mut self, expected: &str, found: &str, place: &str) {
        let member = place.rsplit('.').next().unwrap_or_default();
        let by_nature = expected.contains('@') || expected.starts_with("engine-");
        if STABLE_TEXTS.contains(&member) && !by_nature {
            assert_eq!(expected, found, "{place}");
        }
        self.0.insert(expected.to_owned(), found.to_owned());
    }
}

#[tokio::test(start_paused = true)]
async fn the_tutorials_exchanges_come_out() {
    let Some(folder) = reference() else { return };
    let tutorial = read_json(folder.join("seed-values.json"));
    let exchanges = tutorial["exchanges"].as_array().expect("the exchanges are a list");
    let caller = Caller::logged_in(Options::default()).await;
    let mut matches = Matches::default();
    let tutor = &exchanges[0]["access_token_decoded"]["claims"];
    let user = caller.simulator.credentials().user.clone();
    for (theirs, ours) in [(&tutor["sub"], Some(user.id)), (&tutor["email"], user.email)] {
        matches.0.insert(text(theirs).to_owned(), ours.unwrap_or_default());
    }
    let of_the_platform = exchanges
        .iter()
        .filter(|exchange| text(&exchange["request"]["path"]).starts_with("/v1/"))
        .take_while(|exchange| exchange["seq"].as_u64() < Some(FIRST_ABOUT_ASSAYS))
        .filter(|exchange| exchange["id"] != NOT_RUN);
    let mut compared = 0;
    for exchange in of_the_platform {
        let answer = call(&caller, &matches, &exchange["request"], &folder).await;
        let id = text(&exchange["id"]);
        let body = &exchange["response"]["body"];
        assert_eq!(Some(u64::from(answer.status)), exchange["response"]["status"].as_u64(), "{id}: {answer:?}");
        if exchange["response"]["printed_in_seed"] == true {
            matches.compare(body, &answer.body, id);
            compared += 1;
        }
        if id == "pipelines_deploy" {
            tokio::time::advance(Duration::from_secs(45)).await;
        }
    }
    assert_eq!(compared, 24);
}

async fn call(caller: &Caller, matches: &Matches, request: &Value, folder: &Path) -> Answer {
    let path = text(&request["path"]);
    let Some(parts) = request["multipart"].as_array() else {
        return caller.post(path, matches.translate(&request["json"])).await;
    };
    let parts: Vec<Part> = parts.iter().map(|part| form_part(part, folder)).collect();
    caller.multipart(path, &parts).await
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
