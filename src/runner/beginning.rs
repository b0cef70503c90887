//! The first event of a run: everything that a view needs to know of its plan.

use std::sync::Arc;

use super::Options;
use super::past::Past;
use crate::event::{FORMAT, PlannedStep, Resumed, RunStarted};
use crate::id::{Address, RunId};
use crate::plan::{Plan, Step};

pub(super) fn run_started(plan: &Plan, run: &RunId, options: &Options, started: jiff::Timestamp) -> RunStarted {
    let playbook = plan.playbook();
    let public = playbook.inputs.iter().filter(|input| !plan.secret_inputs.contains(&input.name.text));
    let inputs = public.filter_map(|input| {
        let name = &input.name.text;
        Some((name.to_string(), plan.inputs.get(name)?.clone()))
    });
    let secret = playbook.inputs.iter().filter(|input| plan.secret_inputs.contains(&input.name.text));
    RunStarted {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        run: run.clone(),
        started,
        seed: options.seed,
        playbook: playbook.id.text.to_string(),
        title: playbook.title.as_ref().map(|title| title.text.to_string()),
        sources: plan.sources.iter().map(|(_, source)| (source.path.clone(), Arc::clone(&source.text))).collect(),
        inputs: inputs.collect(),
        secret_inputs: secret.map(|input| input.name.text.to_string()).collect(),
        insecure: options.insecure,
        simulator: options.simulator.clone(),
        steps: planned(plan, None),
    }
}

/// The first event of a process that goes on with a run.
pub(super) fn resumed(plan: &Plan, past: &Past) -> Resumed {
    let sources: Vec<_> =
        plan.sources.iter().map(|(_, source)| (source.path.clone(), Arc::clone(&source.text))).collect();
    // The run knows them masked, as they were told.
    let sources = if past.sources == sources { Vec::new() } else { sources };
    Resumed { sources, steps: planned(plan, None), ..past.resumed.clone() }
}

/// The steps of a plan in its order; `around` is the step that calls it.
pub(super) fn planned(plan: &Plan, around: Option<&Address>) -> Vec<PlannedStep> {
    let address = |step: &Step| around.map_or_else(|| step.address.clone(), |around| around.child(&step.id));
    let planned = |step: &Step, group: &[Step], finally: bool| PlannedStep {
        step: address(step),
        title: step.title.as_ref().map(|title| title.to_string()),
        summary: step.summary(),
        after: step.links.edges.iter().map(|edge| address(&group[edge.from])).collect(),
        finally,
        left_out: step.left_out,
    };
    let order = plan.checked.order.iter().map(|index| planned(&plan.steps[*index], &plan.steps, false));
    order.chain(plan.finally.iter().map(|step| planned(step, &plan.finally, true))).collect()
}
