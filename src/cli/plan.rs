//! `callsheet plan`: what would be sent, in which order, and why.

use tokio::runtime::Runtime;

use super::args::{OutputFormat, PlanArgs};
use super::exit::Exit;
use super::graph::graph;
use super::inputs::inputs;
use super::network::settle;
use super::paint::{Tone, paint};
use super::plan_json::plan_json;
use super::refresh::refresh;
use super::run::runtime;
use super::select::select;
use super::terminal::{Terminal, say, tell};
use super::text::steerless;
use crate::check::{Because, Edge, EdgeKind};
use crate::diagnostic::{Palette, human};
use crate::event::Effect;
use crate::expression::Facts;
use crate::id::Address;
use crate::plan::{Call, Cleanup, Inputs, Plan, Step, UNKNOWN_LENGTH, Work};
use crate::playbook::{Axis, Foreach, JsonData, JsonTemplate, Length, Over};
use crate::render::{Item, Preview, planned_call, planned_items, preview};
use crate::session::{Playbook, Problems};

pub(super) fn plan(args: &PlanArgs, terminal: Terminal) -> Exit {
    let told = |message: String| {
        tell(&format!("error: {message}\n"));
        Exit::Usage
    };
    let bound = match inputs(&args.inputs).map_err(told).and_then(|inputs| simulated(args, terminal, inputs)) {
        Ok(bound) => bound,
        Err(exit) => return exit,
    };
    if !args.refresh && args.network.is_given() {
        tell("error: a plan connects to nothing: options such as `--ca` and `--proxy` go with `--refresh`\n");
        return Exit::Usage;
    }
    // Only what is sent needs every value.
    let inputs = if args.refresh { bound.inputs.clone() } else { bound.inputs.clone().allow_missing() };
    let planned = args.limits.session().load(&args.playbook).and_then(|playbook| cells(&playbook, &inputs));
    let mut plans = match planned {
        Ok(plans) => plans,
        Err(problems) => {
            tell(&human(&problems.diagnostics, &problems.sources, terminal.err));
            return Exit::Invalid;
        }
    };
    if let Err(message) = select(&mut plans, &args.select) {
        tell(&format!("error: {message}\n"));
        return Exit::Usage;
    }
    if let Some(runtime) = bound.runtime.as_ref().filter(|_| args.refresh) {
        let settled = settle(&args.network, plans.iter().map(|plan| (plan, args.playbook.as_path())), false);
        return settled.err().unwrap_or_else(|| refresh(runtime, &plans, args, terminal));
    }
    if let (Some(form), Some(plan)) = (args.graph, plans.first()) {
        // The cells of a matrix differ in values, and not in steps.
        return say(&graph(plan, form));
    }
    match (args.format, plans.as_slice()) {
        (OutputFormat::Human, [plan]) => say(&steerless(&show(plan, terminal.out))),
        (OutputFormat::Human, plans) => say(&steerless(&show_cells(plans, terminal.out))),
        (OutputFormat::Json, plans) => say(&plan_json(plans)),
    }
}

/// The inputs, with what `--simulate` binds.
struct Bound {
    inputs: Inputs,
    /// What runs the simulator and sends what `--refresh` reads; a plan alone needs none.
    runtime: Option<Runtime>,
    #[cfg(feature = "simulator")]
    _simulator: Option<crate::simulator::Serving>,
}

#[cfg(feature = "simulator")]
fn simulated(args: &PlanArgs, terminal: Terminal, inputs: Inputs) -> Result<Bound, Exit> {
    let simulate = args.simulator.simulate.as_ref();
    if simulate.is_none() && !args.refresh {
        return Ok(Bound { inputs, runtime: None, _simulator: None });
    }
    let behaviour = super::simulate::behaviour(&args.simulator, terminal)?;
    let told = |message: String| {
        tell(&format!("error: {message}\n"));
        Exit::Usage
    };
    let runtime = runtime().map_err(|error| told(format!("cannot start: {error}")))?;
    let bound = runtime.block_on(super::simulate::bind(simulate, &behaviour, inputs));
    let (inputs, _simulator) = bound.map_err(told)?;
    Ok(Bound { inputs, runtime: Some(runtime), _simulator })
}

#[cfg(not(feature = "simulator"))]
fn simulated(args: &PlanArgs, _: Terminal, inputs: Inputs) -> Result<Bound, Exit> {
    let runtime = args.refresh.then(runtime).transpose().map_err(|error| {
        tell(&format!("error: cannot start: {error}\n"));
        Exit::Usage
    })?;
    Ok(Bound { inputs, runtime })
}

/// The plan, or that of each cell of the matrix; with the mistakes of the first that has some.
fn cells(playbook: &Playbook, inputs: &Inputs) -> Result<Vec<Plan>, Problems> {
    playbook.cells(inputs)?.into_iter().map(|cell| playbook.plan(&inputs.clone().cell(cell))).collect()
}

/// The facts of a run that has not begun.
pub(super) fn facts(site: &str) -> Facts {
    Facts { seed: 0, started: jiff::Timestamp::now(), site: site.into() }
}

fn show_cells(plans: &[Plan], palette: Palette) -> String {
    let names: Vec<&str> = plans.iter().map(|plan| &*plan.playbook().id.text).collect();
    let title = paint(palette, Tone::Strong, &format!("{} runs side by side", plans.len()));
    let head = format!("{title}, a cell of the matrix each: {}\n", names.join(", "));
    plans.iter().fold(head, |text, plan| text + "\n" + &show(plan, palette))
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
    let cleanups = show_cleanups(plan, None);
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
        return text + &format!("    does not run: {}\n", reason.as_str());
    }
    for edge in &step.links.edges {
        text += &format!("    after {}\n", reason(edge, group));
    }
    if let Some(when) = &step.when {
        text += &format!("    when {}\n", when.text().trim());
    }
    if let Some(lock) = &step.lock {
        text += &format!("    one at a time: lock {}\n", lock.text());
    }
    match &step.foreach {
        Some(foreach) => text + &show_items(plan, step, foreach, palette),
        None => text + &show_work(plan, step, None, palette),
    }
}

/// The items of a step: the first ones in full.
fn show_items(plan: &Plan, step: &Step, foreach: &Foreach, palette: Palette) -> String {
    let lists = foreach.axes.iter().map(|axis| format!("{} of {}", axis.name.text, list(axis)));
    let most = foreach.max_parallel.map(|most| format!(", {most} at a time")).unwrap_or_default();
    let mut text = format!("    for each {}{most}", lists.collect::<Vec<_>>().join(", "));
    let Some(items) = planned_items(plan, step, &facts(step.address.as_str())) else {
        return text + "; a run tells which\n" + &show_work(plan, step, None, palette);
    };
    text += &format!(": {}\n", if items.len() == 1 { "1 item".to_owned() } else { format!("{} items", items.len()) });
    let name = |item: &Item| step.address.instance(&item.key).to_string();
    for item in items.iter().take(ITEMS) {
        text += &format!("    {}\n", paint(palette, Tone::Strong, &name(item)));
        text += &indented(&show_work(plan, step, Some(item), palette), "  ");
    }
    let more: Vec<String> = items.iter().skip(ITEMS).map(name).collect();
    if more.is_empty() { text } else { text + &format!("    and in the same way {}\n", more.join(", ")) }
}

/// How many items are shown in full.
const ITEMS: usize = 3;

fn list(axis: &Axis) -> String {
    match &axis.over {
        Over::Expr(expr) => expr.text().trim().to_owned(),
        Over::List(JsonTemplate { data: JsonData::Value(value), .. }) => value.preview(40),
        Over::List(_) => "a list".to_owned(),
    }
}

fn indented(text: &str, by: &str) -> String {
    text.lines().map(|line| format!("{by}{line}\n")).collect()
}

/// What a step does, for one item where it has some.
fn show_work(plan: &Plan, step: &Step, item: Option<&Item>, palette: Palette) -> String {
    let site = item.map_or_else(|| step.address.clone(), |item| step.address.instance(&item.key));
    let call = |call: &Call, lead: &str| show_call(plan, call, item, lead, site.as_str());
    match &step.work {
        Work::Request(request) => call(request, ""),
        Work::Ensure(ensure) => {
            let find: String = ensure.find.iter().map(|find| call(find, "find: ")).collect();
            let update = ensure.update.iter();
            let update: String =
                update.map(|(differs, update)| call(update, &format!("if {}: ", differs.text().trim()))).collect();
            find + &call(&ensure.create, "if absent: ") + &update
        }
        Work::Set(bindings) => {
            let names: Vec<&str> = bindings.iter().map(|binding| &*binding.name.text).collect();
            format!("    set {}\n", names.join(", "))
        }
        Work::Wait(duration) => format!("    wait {}\n", duration.text()),
        Work::Call(invocation) => {
            let text = format!("    call {}\n", invocation.file);
            let Some(called) = planned_call(plan, invocation, item, &facts(site.as_str())) else { return text };
            let order = called.checked.order.iter().map(|index| (&called.steps[*index], &called.steps));
            let steps = order.chain(called.finally.iter().map(|step| (step, &called.finally)));
            let steps = steps.map(|(step, group)| show_step(&called, step, group, palette));
            text + &indented(&steps.collect::<String>(), "    ")
        }
        Work::Exec(exec) => {
            format!(
                "    {}  ({}, only with `--allow-exec`)
",
                exec.summary(),
                exec.call.effect.as_str()
            )
        }
    }
}

/// "workspace, whose `workspace_id` it uses (line 41)"
fn reason(edge: &Edge, group: &[Step]) -> String {
    let id = &group[edge.from].id;
    match (&edge.because, edge.kind) {
        (Because::Needs(_), _) => format!("{id}, as `needs` says"),
        (_, EdgeKind::Each) => format!("the same item of {id}"),
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

fn show_call(plan: &Plan, call: &Call, item: Option<&Item>, lead: &str, site: &str) -> String {
    let preview = preview(call, plan, item, &facts(site));
    let mut text = format!("    {lead}{} {}  ({})\n", preview.method, preview.url, manner(call));
    for (name, value) in &preview.headers {
        text += &format!("      {name}: {value}\n");
    }
    text += &show_body(&preview);
    text
}

/// How a call is done: whether it may be repeated, how often it is tried, what it follows, how it polls.
fn manner(call: &Call) -> String {
    let mut parts = vec![call.effect.as_str().to_owned()];
    if call.retry.attempts > 1 {
        let surely = call.effect == Effect::Once && !call.retry.unsafe_;
        let only = if surely { ", if it surely was not executed" } else { "" };
        parts.push(format!("up to {} attempts{only}", call.retry.attempts));
    }
    match call.redirects {
        0 => {}
        1 => parts.push("follows one redirect".to_owned()),
        redirects => parts.push(format!("follows up to {redirects} redirects")),
    }
    if let Some((policy, written)) = call.poll.zip(call.request.poll.as_ref()) {
        let (every, timeout) = (length(policy.every, &written.every), length(policy.timeout, &written.timeout));
        parts.push(format!("polls every {every} for {timeout}"));
    }
    if let Some(stream) = &call.request.stream {
        let most = stream.max.map(|max| format!(", {max} at most")).unwrap_or_default();
        parts.push(format!("takes its answer event by event{most}"));
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

/// The cleanups of a plan and of what it calls, the last first; `around` is the step that calls it.
fn show_cleanups(plan: &Plan, around: Option<&Address>) -> String {
    let steps = plan.steps.iter().rev().filter(|step| step.left_out.is_none());
    steps.map(|step| show_cleanup(plan, step, around)).collect()
}

fn show_cleanup(plan: &Plan, step: &Step, around: Option<&Address>) -> String {
    let address = around.map_or_else(|| step.address.clone(), |around| around.child(&step.id));
    let address = if step.foreach.is_some() { address.instance("…") } else { address };
    let mut text = String::new();
    if let Work::Call(invocation) = &step.work
        && let Some(called) = planned_call(plan, invocation, None, &facts(address.as_str()))
    {
        text += &show_cleanups(&called, Some(&address));
    }
    if !step.cleanup.is_empty() {
        text += &format!("  {address}\n");
    }
    for cleanup in &step.cleanup {
        match cleanup {
            Cleanup::Request(call) => text += &show_call(plan, call, None, "", step.address.as_str()),
            Cleanup::Step(other) => text += &format!("    step {}, if it has not passed\n", plan.steps[*other].id),
        }
    }
    text
}
