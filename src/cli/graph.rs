//! `callsheet plan --graph`: the steps and what they wait for, as a drawing in Mermaid or DOT.
//!
//! One drawing is made of a plan and written in either language. What a step is called never becomes a name in the
//! drawing: nodes are numbered, and every text from a playbook is a quoted label.

use clap::ValueEnum;

use super::text::{clean, cut};
use crate::check::{Because, Edge, EdgeKind};
use crate::plan::{Cleanup, Plan, Step};

/// The languages of a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphForm {
    /// For Markdown pages
    Mermaid,
    /// For Graphviz
    Dot,
}

/// A line of a label is no longer than this.
const WIDEST: usize = 60;

/// The graph of a plan, with a newline at its end.
pub(super) fn graph(plan: &Plan, form: GraphForm) -> String {
    let drawing = draw(plan);
    match form {
        GraphForm::Mermaid => mermaid(&drawing),
        GraphForm::Dot => dot(&drawing),
    }
}

struct Drawing {
    steps: Vec<Node>,
    finally: Vec<Node>,
    cleanups: Vec<Node>,
    arrows: Vec<Arrow>,
}

struct Node {
    name: String,
    /// The lines of its label.
    lines: Vec<String>,
    left_out: bool,
}

struct Arrow {
    from: String,
    to: String,
    label: String,
    line: Line,
}

/// How an arrow is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// One waits for the other, and does not run when that has not passed.
    Solid,
    /// It waits for the end, however that is; or is what undoes the other.
    Dotted,
    /// It follows item by item.
    Thick,
}

fn draw(plan: &Plan) -> Drawing {
    let mut drawing = Drawing {
        steps: plan.steps.iter().enumerate().map(|(index, step)| node("s", index, step)).collect(),
        finally: plan.finally.iter().enumerate().map(|(index, step)| node("f", index, step)).collect(),
        cleanups: Vec::new(),
        arrows: Vec::new(),
    };
    for (group, steps) in [("s", &plan.steps), ("f", &plan.finally)] {
        for (to, step) in steps.iter().enumerate() {
            drawing.arrows.extend(arrows(group, to, &step.links.edges));
        }
    }
    for (index, step) in plan.steps.iter().enumerate().filter(|(_, step)| step.left_out.is_none()) {
        for cleanup in &step.cleanup {
            let to = match cleanup {
                Cleanup::Request(call) => {
                    let name = format!("c{}", drawing.cleanups.len());
                    let lines = vec![format!("undo {}", step.id), call.summary()];
                    drawing.cleanups.push(Node { name: name.clone(), lines: short(lines), left_out: false });
                    name
                }
                Cleanup::Step(other) => format!("s{other}"),
            };
            let (from, label) = (format!("s{index}"), "cleanup".to_owned());
            drawing.arrows.push(Arrow { from, to, label, line: Line::Dotted });
        }
    }
    drawing
}

fn node(group: &str, index: usize, step: &Step) -> Node {
    let mut lines = vec![step.id.to_string(), step.summary()];
    if let Some(foreach) = &step.foreach {
        let names: Vec<&str> = foreach.axes.iter().map(|axis| &*axis.name.text).collect();
        lines.push(format!("for each {}", names.join(", ")));
    }
    lines.extend(step.left_out.map(|reason| format!("does not run: {}", reason.as_str())));
    Node { name: format!("{group}{index}"), lines: short(lines), left_out: step.left_out.is_some() }
}

fn short(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| cut(&clean(&line), WIDEST)).collect()
}

/// One arrow for each step and line: what it says are all reasons.
fn arrows(group: &str, to: usize, edges: &[Edge]) -> Vec<Arrow> {
    let mut arrows: Vec<Arrow> = Vec::new();
    for edge in edges {
        let line = match edge.kind {
            EdgeKind::End => Line::Dotted,
            EdgeKind::Order | EdgeKind::Value => Line::Solid,
            EdgeKind::Each => Line::Thick,
        };
        let label = match &edge.because {
            Because::Needs(_) => "needs".to_owned(),
            Because::Listed => "listed".to_owned(),
            Because::Reference { name, through: None, .. } => name.to_string(),
            Because::Reference { name, through: Some(var), .. } => format!("{name} through {var}"),
        };
        let from = format!("{group}{}", edge.from);
        match arrows.iter_mut().find(|arrow| arrow.from == from && arrow.line == line) {
            Some(arrow) => arrow.label += &format!(", {label}"),
            None => arrows.push(Arrow { from, to: format!("{group}{to}"), label, line }),
        }
    }
    for arrow in &mut arrows {
        arrow.label = cut(&clean(&arrow.label), WIDEST);
    }
    arrows
}

const CLEANUPS: &str = "cleanup, in the reverse order of creation";

fn mermaid(drawing: &Drawing) -> String {
    let node = |node: &Node, indent: &str, shape: (&str, &str)| {
        let lines: Vec<String> = node.lines.iter().map(|line| mermaid_text(line)).collect();
        let class = if node.left_out { ":::left_out" } else { "" };
        format!("{indent}{}{}\"{}\"{}{class}\n", node.name, shape.0, lines.join("<br>"), shape.1)
    };
    let mut text = "flowchart TD\n".to_owned();
    text.extend(drawing.steps.iter().map(|step| node(step, "  ", ("[", "]"))));
    for (name, title, nodes, shape) in [
        ("finally_steps", "finally", &drawing.finally, ("[", "]")),
        ("cleanups", CLEANUPS, &drawing.cleanups, ("([", "])")),
    ] {
        if !nodes.is_empty() {
            text += &format!("  subgraph {name}[\"{title}\"]\n");
            text.extend(nodes.iter().map(|one| node(one, "    ", shape)));
            text += "  end\n";
        }
    }
    for Arrow { from, to, label, line } in &drawing.arrows {
        let arrow = match line {
            Line::Solid => "-->",
            Line::Dotted => "-.->",
            Line::Thick => "==>",
        };
        text += &format!("  {from} {arrow}|\"{}\"| {to}\n", mermaid_text(label));
    }
    if drawing.steps.iter().any(|step| step.left_out) {
        text += "  classDef left_out stroke-dasharray: 3 3,opacity: 0.6\n";
    }
    text
}

/// A text in quotes: whatever Mermaid, Markdown or HTML would read in it is the code of its character.
fn mermaid_text(text: &str) -> String {
    let mut quoted = String::new();
    for character in text.chars() {
        if character.is_alphanumeric() || " _-./:,=·…'?!→".contains(character) {
            quoted.push(character);
        } else {
            quoted += &format!("#{};", u32::from(character));
        }
    }
    quoted
}

fn dot(drawing: &Drawing) -> String {
    let node = |node: &Node, indent: &str, shape: &str| {
        let lines: Vec<String> = node.lines.iter().map(|line| dot_text(line)).collect();
        let style = if node.left_out { "dotted" } else { shape };
        format!("{indent}{} [label=\"{}\", style=\"{style}\"];\n", node.name, lines.join("\\n"))
    };
    let mut text = "digraph plan {\n  node [shape=box];\n".to_owned();
    text.extend(drawing.steps.iter().map(|step| node(step, "  ", "solid")));
    for (name, title, nodes, shape) in
        [("finally", "finally", &drawing.finally, "solid"), ("cleanups", CLEANUPS, &drawing.cleanups, "rounded")]
    {
        if !nodes.is_empty() {
            text += &format!("  subgraph cluster_{name} {{\n    label=\"{title}\";\n");
            text.extend(nodes.iter().map(|one| node(one, "    ", shape)));
            text += "  }\n";
        }
    }
    for Arrow { from, to, label, line } in &drawing.arrows {
        let style = match line {
            Line::Solid => "solid",
            Line::Dotted => "dashed",
            Line::Thick => "bold",
        };
        text += &format!("  {from} -> {to} [label=\"{}\", style={style}];\n", dot_text(label));
    }
    text + "}\n"
}

fn dot_text(text: &str) -> String {
    // Graphviz reads the entities of HTML in labels.
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;")
}
