//! The transcripts of the shipped playbooks: one for all runs alike, held by snapshots.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use callsheet::runner::Options;
use callsheet::simulator::world::NextIds;
use callsheet::simulator::{Options as Behaviour, World};
use callsheet::transcript::{Difference, Transcript, differences};
use callsheet::value::Value;
use callsheet::wire::{Answer, BoxFuture, Request, Transport, TransportError, WholeBody};
use serde_json::json;

use super::{names, ran};
use crate::on_the_simulator::{InProcess, Platform};

/// Requests and answers under way for times of their own, the same for the same seed.
struct Late {
    inner: InProcess,
    seed: u64,
    sent: AtomicU64,
}

impl Late {
    fn delay(&self, number: u64, leg: &str) -> Duration {
        let mut hasher = DefaultHasher::new();
        (self.seed, number, leg).hash(&mut hasher);
        Duration::from_millis(hasher.finish() % 2_000)
    }
}

impl Transport for Late {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            tokio::time::sleep(self.delay(number, "there")).await;
            let answer = self.inner.send(request).await;
            tokio::time::sleep(self.delay(number, "back")).await;
            answer
        })
    }
}

/// Changes one member of the answers of one call.
struct Edited {
    inner: InProcess,
    call: &'static str,
    pointer: &'static str,
    value: serde_json::Value,
}

impl Transport for Edited {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let concerns = request.url.path().ends_with(self.call);
        Box::pin(async move {
            let mut answer = self.inner.send(request).await?;
            if concerns {
                let whole = answer.body.chunk().await?.expect("the answer has a body");
                let mut json: serde_json::Value = serde_json::from_slice(&whole).expect("the body is JSON");
                // The first answers of a poll may not have it yet.
                if let Some(member) = json.pointer_mut(self.pointer) {
                    *member = self.value.clone();
                }
                answer.body = Box::new(WholeBody(Some(Bytes::from(json.to_string()))));
            }
            Ok(answer)
        })
    }
}

async fn plain(name: &str) -> Transcript {
    ran(&Platform::new(Behaviour::default()), name, &[]).await.passed().transcript()
}

#[tokio::test(start_paused = true)]
async fn the_transcript_of_every_workflow_is_its_snapshot() {
    for name in names() {
        let transcript = plain(&name).await;
        insta::with_settings!({
            snapshot_path => "../snapshots",
            prepend_module_to_snapshot => false,
            omit_expression => true,
            description => format!("workflows/{name}.yaml on the built-in world"),
        }, {
            insta::assert_snapshot!(format!("transcript-of-{name}"), transcript.to_yaml());
        });
    }
}

#[tokio::test(start_paused = true)]
async fn ten_runs_with_any_number_of_jobs_and_any_latencies_have_one_transcript() {
    for name in names() {
        let expected = plain(&name).await.to_yaml();
        for (seed, jobs) in [1, 2, 3, 4, 5, 6, 8, 10, 13, 16].into_iter().enumerate() {
            let seed = seed as u64;
            let platform = Platform::new(Behaviour { seed, ..Behaviour::default() });
            let late = Late { inner: platform.transport(), seed, sent: AtomicU64::new(0) };
            let options = Options { jobs, ..Options::default() };
            let run = platform.run_over(Arc::new(late), &format!("workflows/{name}.yaml"), &[], options);
            let found = run.await.passed().transcript();
            assert_eq!(
                differences(&Transcript::read(&expected).expect("a transcript"), &found),
                [],
                "{name}, {jobs} jobs"
            );
            assert_eq!(found.to_yaml(), expected, "{name}, {jobs} jobs");
        }
    }
}

/// Ids that are also counts in the answers: 181 rows of a baseline, 30 windows, 5 bins, a limit of 3.
#[tokio::test(start_paused = true)]
async fn other_ids_make_no_other_transcript_though_they_are_counts_too() {
    for name in names() {
        let mut world = World::built_in();
        world.next_ids = NextIds {
            workspace: 181,
            model: 30,
            model_version: 181,
            pipeline: 181,
            pipeline_version: 182,
            deployment: 29,
            assay: 30,
        };
        let platform = Platform::of_world(Behaviour { seed: 99, ..Behaviour::default() }, world);
        let found = ran(&platform, &name, &[]).await.passed().transcript();
        let expected = plain(&name).await;
        assert_eq!(differences(&expected, &found), [], "{name}");
        assert_eq!(expected.to_yaml(), found.to_yaml(), "{name}");
    }
}

/// Where a text stands in a transcript: `step path`.
fn places(transcript: &Transcript, text: &str) -> Vec<String> {
    fn walk(value: &Value, text: &str, at: &str, found: &mut Vec<String>) {
        match value {
            Value::String(string) if string.contains(text) => found.push(at.to_owned()),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    walk(item, text, &format!("{at}[{index}]"), found);
                }
            }
            Value::Object(members) => members.iter().for_each(|(name, member)| {
                walk(member, text, &format!("{at}.{name}"), found);
            }),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(transcript.value().get("steps").expect("there are steps"), text, "", &mut found);
    found
}

#[tokio::test(start_paused = true)]
async fn an_id_is_one_placeholder_wherever_it_stands() {
    let tutorial = plain("tutorial").await;
    assert_eq!(
        places(&tutorial, "[deployment_id]"),
        [
            ".deploy.exchanges[0].answer.json.id",
            ".deploy.captures.deployment_id",
            ".running.exchanges[0].request.json.name",
            ".inference_url.exchanges[0].answer.json.url",
            ".inference_url.captures.infer_url",
            ".infer.exchanges[0].request.line",
            ".undeploy.exchanges[0].request.json.deployment_id",
        ]
    );
    let copied = places(&tutorial, "[copied_pipeline_id]");
    assert_eq!(copied.len(), 3, "{copied:#?}");
    // Both are 7.
    let value = tutorial.value();
    let step = |name: &str| value.get("steps").and_then(|steps| steps.get(name)).expect("the step").to_string();
    assert!(step("empty_pipeline").contains(r#""workspace_id":"[workspace_id]""#));
    assert!(step("empty_pipeline").contains(r#""pipeline_pk_id":"[empty_pipeline_id]""#));
    // A UUID has one name too: as a key, as a member, in lists of later calls.
    assert!(places(&tutorial, "[my_user_id]").len() > 5);
    assert!(step("users").contains(r#""[my_user_id]":{"#), "{}", step("users"));
}

#[tokio::test(start_paused = true)]
async fn one_changed_field_is_one_difference_with_step_and_path() {
    let edits = [
        ("tutorial", "/features/list", "/name", "features", ".name"),
        ("tutorial", "/run_interactive", "/3/window_summary/median", "windows", "[3].window_summary.median"),
        ("drift", "/run_interactive", "/29/window_summary/edge_names/5", "days", "[29].window_summary.edge_names[5]"),
        ("bootstrap", "/get_deployment", "/engines/0/info/health", "running", ".engines[0].info.health"),
        ("converted-model", "/list_versions", "/0/image_path", "ready", "[0].image_path"),
        ("deploy-and-infer", "-fraud", "/0/metadata/pipeline_version", "infer", "[0].metadata.pipeline_version"),
        ("smoke", "/features/list", "/name", "features", ".name"),
    ];
    for (name, call, pointer, step, path) in edits {
        let platform = Platform::new(Behaviour::default());
        let edited = Edited { inner: platform.transport(), call, pointer, value: json!("changed") };
        let run = platform.run_over(Arc::new(edited), &format!("workflows/{name}.yaml"), &[], Options::default());
        let found = differences(&plain(name).await, &run.await.passed().transcript());
        let [Difference { step: found_step, path: found_path, found: changed, .. }] = &found[..] else {
            panic!("{name}: {} differences: {found:#?}", found.len());
        };
        assert_eq!((&**found_step, &**found_path), (step, &*format!("exchanges[0].answer.json{path}")), "{name}");
        assert_eq!(*changed, Some(Value::from("changed")), "{name}");
    }
}
