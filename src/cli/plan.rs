//! `callsheet plan`: what would be sent, in which order, and why.

use super::args::{OutputFormat, PlanArgs};
use super::exit::Exit;
use super::inputs::inputs;
use super::paint::{Tone, paint};
use super::plan_json::plan_json;
use super::select::select;
use super::terminal::{Terminal, say, tell};
use crate::check::{Because, Edge, EdgeKind};
use crate::diagnostic::{Palette, human};
use crate::event::Effect;
use crate::expression::Facts;
use crate::plan::{Call, Cleanup, Plan, Step, UNKNOWN_LENGTH, Work};
use crate::playbook::Length;
use crate::render::{Preview, preview};
use crate::session::Session;

pub(super) fn plan(args: &PlanArgs, terminal: Terminal) -> Exit {
    let inputs = match inputs(&args.inputs) {
        Ok(inputs) => inputs.allow_missing(),
        Err(message) => {
            tell(&format!("error: {message}\n"));
            return Exit::Usage;
        }
    };
    let planned = Session::new().load(&args.playbook).and_then(|playbook| playbook.plan(&inputs));
    let mut plan = match planned {
        Ok(plan) => plan,
        Err(problems) => {
            tell(&human(&problems.diagnostics, &problems.sources, terminal.err));
            return Exit::Invalid;
        }
    };
    if let Err(message) = select(std::slice::from_mut(&mut plan), &args.select) {
        tell(&format!("error: {message}\n"));
        return Exit::Usage;
    }
    match args.format {
        OutputFormat::Human => say(&show(&plan, terminal.out)),
        OutputFormat::Json => say(&plan_json(&plan)),
    }
}

/// The facts of a run that has not begun.
pub(super) fn facts(site: &str) -> Facts {
    Facts { seed: 0, started: jiff::Timestamp::now(), site: site.into() }
}

fn show(plan: &Plan, palette: Palette) -> String {
    let playbook = plan.playbook();
    let title = playbook.title.as_ref().map_or(&playbook.id.text, |title| &title.text);
    let levels = &plan.checked.levels;
    let strong = |text: &str| paint(palette, Tone::Strong, text);
    let mut text = format!(
        "{}\n{} {} in {} {}; the steps of a level can run side by side\n",
        strong(title),
        plan.steps.len(),
        if plan.steps.len() == 1 { "step" } else { "steps" },
        levels.len(),
        if levels.len() == 1 { "level" } else { "levels" },
    );
    for (number, level) in levels.iter().enumerate() {
        text += &format!("\n{}\n", strong(&format!("level {}", number + 1)));
        text +=
            &level.iter().map(|index| show_step(plan, &plan.steps[*index], &plan.steps, palette)).collect::<String>();
    }
    if !plan.finally.is_empty() {
        text += &format!("\n{}\n", strong("finally"));
        text += &plan.finally.iter().map(|step| show_step(plan, step, &plan.finally, palette)).collect::<String>();
    }
    let cleanups = plan.steps.iter().rev().filter(|step| !step.cleanup.is_empty() && step.left_out.is_none());
    let cleanups: String = cleanups.map(|step| show_cleanup(plan, step)).collect();
    if !cleanups.is_empty() {
        text += &format!("\n{}\n{cleanups}", strong("cleanup, in the reverse order of creation"));
    }
    text
}

fn show_step(plan: &Plan, step: &Step, group: &[Step], palette: Palette) -> String {
    let mut text = format!("  {}", paint(palette, Tone::Strong, &step.id));
    if let Some(title) = &step.title {
        text += &format!("  {title}");
    }
    text.push('\n');
    if let Some(reason) = step.left_out {
        return text + &format!("    does not run: {reason}\n");
    }
    for edge in &step.links.edges {
        text += &format!("    after {}\n", reason(edge, group));
    }
    if let Some(when) = &step.when {
        text += &format!("    when {}\n", when.text().trim());
    }
    let site = step.address.as_str();
    match &step.work {
        Work::Request(call) => text += &show_call(plan, call, "", site),
        Work::Ensure(ensure) => {
            for find in &ensure.find {
                text += &show_call(plan, find, "find: ", site);
            }
            text += &show_call(plan, &ensure.create, "if absent: ", site);
            if let Some((differs, update)) = &ensure.update {
                text += &show_call(plan, update, &format!("if {}: ", differs.text().trim()), site);
            }
        }
        Work::Set(bindings) => {
            let names: Vec<&str> = bindings.iter().map(|binding| &*binding.name.text).collect();
            text += &format!("    set {}\n", names.join(", "));
        }
        Work::Wait(duration) => text += &format!("    wait {}\n", duration.text()),
        Work::Call(invocation) => text += &format!("    call {}\n", invocation.file),
    }
    text
}

/// "workspace, whose `workspace_id` it uses (line 41)"
fn reason(edge: &Edge, group: &[Step]) -> String {
    let id = &group[edge.from].id;
    match (&edge.because, edge.kind) {
        (Because::Needs(_), _) => format!("{id}, as `needs` says"),
        (Because::Listed, _) => format!("{id}, which is listed before it"),
        (Because::Reference { name, through, .. }, kind) => {
            let through = through.as_ref().map(|var| format!(" through `{var}`")).unwrap_or_default();
            match kind {
                EdgeKind::End => format!("{id} has ended, however: it uses `{name}`{through}"),
                _ => format!("{id}, whose `{name}` it uses{through}"),
            }
        }
    }
}

fn show_call(plan: &Plan, call: &Call, lead: &str, site: &str) -> String {
    let preview = preview(call, plan, &facts(site));
    let mut text = format!("    {lead}{} {}  ({})\n", preview.method, preview.url, manner(call));
    for (name, value) in &preview.headers {
        text += &format!("      {name}: {value}\n");
    }
    text += &show_body(&preview);
    text
}

/// How a call is done: whether it may be repeated, how often it is tried, how it polls.
fn manner(call: &Call) -> String {
    let mut parts = vec![call.effect.as_str().to_owned()];
    if call.retry.attempts > 1 {
        let surely = call.effect == Effect::Once && !call.retry.unsafe_;
        let only = if surely { ", if it surely was not executed" } else { "" };
        parts.push(format!("up to {} attempts{only}", call.retry.attempts));
    }
    if let Some((policy, written)) = call.poll.zip(call.request.poll.as_ref()) {
        let (every, timeout) = (length(policy.every, &written.every), length(policy.timeout, &written.timeout));
        parts.push(format!("polls every {every} for {timeout}"));
    }
    parts.join(", ")
}

/// A length of time; `‹name›` where an input would give it that has no value.
fn length(duration: std::time::Duration, written: &Length) -> String {
    match written {
        Length::Open(template) if duration == UNKNOWN_LENGTH => {
            template.text().replace("{{", "‹").replace("}}", "›").replace("‹ ", "‹").replace(" ›", "›")
        }
        _ => super::duration(duration.as_millis() as u64),
    }
}

fn show_body(preview: &Preview) -> String {
    let Some(body) = &preview.body else { return String::new() };
    let shown = match preview.body_kind {
        "file" => format!("file {}", body.as_str().unwrap_or_default()),
        "text" => body.as_str().unwrap_or_default().to_owned(),
        kind => {
            let json = match body.to_string() {
                short if short.len() <= 100 => short,
                _ => serde_json::to_string_pretty(body).expect("a value is JSON"),
            };
            if kind == "json" { json } else { format!("{kind} {json}") }
        }
    };
    shown.lines().map(|line| format!("      {line}\n")).collect()
}

fn show_cleanup(plan: &Plan, step: &Step) -> String {
    let mut text = format!("  {}\n", step.id);
    for cleanup in &step.cleanup {
        match cleanup {
            Cleanup::Request(call) => text += &show_call(plan, call, "", step.address.as_str()),
            Cleanup::Step(other) => text += &format!("    step {}, if it has not passed\n", plan.steps[*other].id),
        }
    }
    text
}
