//! A plan as JSON, for programs.
//!
//! `{"format": 1, "playbook", "title", "levels": [[id]], "steps": [step], "finally": [step], "cleanup": [{"step",
//! "requests": [request]}]}`; of a playbook with a matrix `{"format": 1, "cells": [..]}`, each such a plan with its axes
//! in `cell`. Values that only a run can know are strings such as `‹workspace.workspace_id›`.
//!
//! * A step is `{"id", "title", "after": [{"step", "kind", "name"}], "when", "lock", "left_out", "summary", "foreach":
//!   {"names", "max_parallel", "items": [{"key", "requests", "call"}]}, "requests": [request], "call": {"file", "plan"}}`.
//!   `kind` is `value`, `order`, `end` or `each`; `items` is null where only a run can tell, and `plan` is a plan.
//! * A request is `{"role", "method", "url", "headers": [[name, value]], "body", "body_kind", "effect", "attempts",
//!   "redirects"}`; a cleanup that uses a step of the playbook is `{"role", "step"}`.

use serde_json::{Value, json};

use super::plan::facts;
use crate::check::{Because, Edge, EdgeKind};
use crate::event::LeftOut;
use crate::plan::{Call, Cleanup, Plan, Step, Work};
use crate::render::{Item, planned_call, planned_items, preview};

/// The version of this shape.
const FORMAT: u32 = 1;

/// The plans of a playbook, pretty, with a newline at the end.
pub(super) fn plan_json(plans: &[Plan]) -> String {
    let value = match plans {
        [plan] if plan.playbook().matrix.is_none() => one(plan),
        cells => json!({ "format": FORMAT, "cells": cells.iter().map(cell).collect::<Vec<_>>() }),
    };
    let text = serde_json::to_string_pretty(&value).expect("it is JSON already");
    format!("{text}\n")
}

fn cell(plan: &Plan) -> Value {
    let mut value = one(plan);
    value["cell"] = plan.cell.axes().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    value
}

fn one(plan: &Plan) -> Value {
    let id = |index: &usize| plan.steps[*index].id.to_string();
    let levels: Vec<Vec<String>> = plan.checked.levels.iter().map(|level| level.iter().map(id).collect()).collect();
    let playbook = plan.playbook();
    let cleanup = plan.steps.iter().rev().filter(|step| !step.cleanup.is_empty() && step.left_out.is_none());
    json!({
        "format": FORMAT,
        "playbook": playbook.id.text,
        "title": playbook.title.as_ref().map(|title| &title.text),
        "levels": levels,
        "steps": plan.steps.iter().map(|planned| step(plan, planned, &plan.steps)).collect::<Vec<_>>(),
        "finally": plan.finally.iter().map(|planned| step(plan, planned, &plan.finally)).collect::<Vec<_>>(),
        "cleanup": cleanup.map(|step| json!({ "step": step.id, "requests": cleanups(plan, step) })).collect::<Vec<_>>(),
    })
}

fn step(plan: &Plan, step: &Step, group: &[Step]) -> Value {
    let items = step.foreach.as_ref().map(|foreach| {
        let names: Vec<&str> = foreach.axes.iter().map(|axis| &*axis.name.text).collect();
        let items = planned_items(plan, step, &facts(step.address.as_str()));
        let items = items.map(|items| items.iter().map(|item| self::item(plan, step, item)).collect::<Vec<_>>());
        json!({ "names": names, "max_parallel": foreach.max_parallel, "items": items })
    });
    json!({
        "id": step.id,
        "title": step.title,
        "after": step.links.edges.iter().map(|edge| after(edge, group)).collect::<Vec<_>>(),
        "when": step.when.as_ref().map(|when| when.text().trim()),
        "lock": step.lock.as_ref().map(|lock| lock.text()),
        "left_out": step.left_out.map(LeftOut::as_str),
        "summary": step.summary(),
        "foreach": items,
        "requests": requests(plan, step, None),
        "call": called(plan, step, None),
    })
}

fn item(plan: &Plan, step: &Step, item: &Item) -> Value {
    let (requests, call) = (requests(plan, step, Some(item)), called(plan, step, Some(item)));
    json!({ "key": &*item.key, "requests": requests, "call": call })
}

fn requests(plan: &Plan, step: &Step, item: Option<&Item>) -> Vec<Value> {
    let request = |call: &Call, role: &str| request(plan, call, item, role, step.address.as_str());
    match &step.work {
        Work::Request(call) => vec![request(call, "main")],
        Work::Ensure(ensure) => {
            let find = ensure.find.iter().map(|call| request(call, "find"));
            let create = request(&ensure.create, "create");
            let update = ensure.update.iter().map(|(_, call)| request(call, "update"));
            find.chain([create]).chain(update).collect()
        }
        Work::Set(_) | Work::Wait(_) | Work::Exec(_) | Work::Call(_) => Vec::new(),
    }
}

/// The plan of the playbook that a step calls.
fn called(plan: &Plan, step: &Step, item: Option<&Item>) -> Option<Value> {
    let Work::Call(invocation) = &step.work else { return None };
    let called = planned_call(plan, invocation, item, &facts(step.address.as_str()))?;
    Some(json!({ "file": invocation.file, "plan": one(&called) }))
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

fn request(plan: &Plan, call: &Call, item: Option<&Item>, role: &str, site: &str) -> Value {
    let preview = preview(call, plan, item, &facts(site));
    json!({
        "role": role,
        "method": preview.method,
        "url": preview.url,
        "headers": preview.headers.iter().map(|(name, value)| json!([name, value])).collect::<Vec<_>>(),
        "body": preview.body,
        "body_kind": preview.body_kind,
        "effect": call.effect.as_str(),
        "attempts": call.retry.attempts,
        "redirects": call.redirects,
    })
}

fn cleanups(plan: &Plan, step: &Step) -> Vec<Value> {
    let request = |cleanup: &Cleanup| match cleanup {
        Cleanup::Request(call) => request(plan, call, None, "cleanup", step.address.as_str()),
        Cleanup::Step(other) => json!({ "role": "cleanup", "step": plan.steps[*other].id }),
    };
    step.cleanup.iter().map(request).collect()
}
