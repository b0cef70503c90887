//! A plan as JSON, for programs.
//!
//! `{"format": 1, "playbook", "title", "levels": [[id]], "steps": [{"id", "title", "after": [{"step", "kind", "name"}],
//! "when", "left_out", "requests": [{"role", "method", "url", "headers", "body", "body_kind", "effect", "attempts"}]}], "finally":
//! [..], "cleanup": [{"step", "requests"}]}`. `kind` is `value`, `order`, `end` or `each`; values that only a run can know
//! are strings such as `‹workspace.workspace_id›`.

use serde_json::{Value, json};

use super::plan::facts;
use crate::check::{Because, Edge, EdgeKind};
use crate::plan::{Call, Cleanup, Plan, Step, Work};
use crate::render::preview;

/// The version of this shape.
const FORMAT: u32 = 1;

/// The plan, pretty, with a newline at its end.
pub(super) fn plan_json(plan: &Plan) -> String {
    let id = |index: &usize| plan.steps[*index].id.to_string();
    let levels: Vec<Vec<String>> = plan.checked.levels.iter().map(|level| level.iter().map(id).collect()).collect();
    let playbook = plan.playbook();
    let cleanup = plan.steps.iter().rev().filter(|step| !step.cleanup.is_empty() && step.left_out.is_none());
    let value = json!({
        "format": FORMAT,
        "playbook": playbook.id.text,
        "title": playbook.title.as_ref().map(|title| &title.text),
        "levels": levels,
        "steps": plan.steps.iter().map(|planned| step(plan, planned, &plan.steps)).collect::<Vec<_>>(),
        "finally": plan.finally.iter().map(|planned| step(plan, planned, &plan.finally)).collect::<Vec<_>>(),
        "cleanup": cleanup.map(|step| json!({ "step": step.id, "requests": cleanups(plan, step) })).collect::<Vec<_>>(),
    });
    let text = serde_json::to_string_pretty(&value).expect("it is JSON already");
    format!("{text}\n")
}

fn step(plan: &Plan, step: &Step, group: &[Step]) -> Value {
    let site = step.address.as_str();
    let requests: Vec<Value> = match &step.work {
        Work::Request(call) => vec![request(plan, call, "main", site)],
        Work::Ensure(ensure) => {
            let find = ensure.find.iter().map(|call| request(plan, call, "find", site));
            let create = request(plan, &ensure.create, "create", site);
            let update = ensure.update.iter().map(|(_, call)| request(plan, call, "update", site));
            find.chain([create]).chain(update).collect()
        }
        Work::Set(_) | Work::Wait(_) | Work::Call(_) => Vec::new(),
    };
    json!({
        "id": step.id,
        "title": step.title,
        "after": step.links.edges.iter().map(|edge| after(edge, group)).collect::<Vec<_>>(),
        "when": step.when.as_ref().map(|when| when.text().trim()),
        "left_out": step.left_out,
        "summary": step.summary(),
        "requests": requests,
    })
}

fn after(edge: &Edge, group: &[Step]) -> Value {
    let kind = match edge.kind {
        EdgeKind::Value => "value",
        EdgeKind::Order => "order",
        EdgeKind::End => "end",
        EdgeKind::Each => "each",
    };
    let name = match &edge.because {
        Because::Reference { name, .. } => Some(name),
        Because::Needs(_) | Because::Listed => None,
    };
    json!({ "step": group[edge.from].id, "kind": kind, "name": name })
}

fn request(plan: &Plan, call: &Call, role: &str, site: &str) -> Value {
    let preview = preview(call, plan, &facts(site));
    json!({
        "role": role,
        "method": preview.method,
        "url": preview.url,
        "headers": preview.headers.iter().map(|(name, value)| json!([name, value])).collect::<Vec<_>>(),
        "body": preview.body,
        "body_kind": preview.body_kind,
        "effect": call.effect.as_str(),
        "attempts": call.retry.attempts,
    })
}

fn cleanups(plan: &Plan, step: &Step) -> Vec<Value> {
    let request = |cleanup: &Cleanup| match cleanup {
        Cleanup::Request(call) => request(plan, call, "cleanup", step.address.as_str()),
        Cleanup::Step(other) => json!({ "role": "cleanup", "step": plan.steps[*other].id }),
    };
    step.cleanup.iter().map(request).collect()
}
