//! `exec`: a step that runs a program.

use std::sync::Arc;

use super::model::{Body, CaptureFrom, Request};
use super::read::{Fields, read_headers, read_template};
use super::read_request::{read_captures, read_effect, read_expect};
use super::tree::Node;
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::Template;
use crate::source::{Span, Text};

/// A program to run, and what is expected of it.
#[derive(Clone, Debug)]
pub struct Exec {
    /// Where it is written.
    pub span: Span,
    /// The program: a name that is looked up, or a path relative to the playbook.
    pub program: Template,
    /// Its arguments.
    pub args: Vec<Template>,
    /// Variables besides those that the run itself has.
    pub env: Vec<(Text, Template)>,
    /// What it reads.
    pub stdin: Option<Template>,
    /// How it is judged and how long it may take, as of a request that is sent to nobody.
    pub judged: Arc<Request>,
}

pub use crate::wire::EXEC;

/// Reads what stands beside and under `exec`.
pub(super) fn read_exec(fields: Fields<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Exec> {
    let nothing = super::tree::Mapping::default();
    let (program, args, inner) = match node.as_sequence() {
        Some([]) => {
            found.push(
                Diagnostic::new(rule::MISSING_KEY, node.span, "`exec` names no program")
                    .help("write `exec: [program, argument]`, or `exec: { program: … }`"),
            );
            return None;
        }
        Some([program, args @ ..]) => (read_template(program, found), args, Fields(&nothing)),
        None => {
            let inner = Fields::of(node)?;
            let args = inner.get("args").and_then(Node::as_sequence).unwrap_or_default();
            (inner.template("program", found), args, inner)
        }
    };
    let args = args.iter().filter_map(|node| read_template(node, found)).collect();
    let program = program?;
    if program.as_literal() == Some("") {
        found.push(Diagnostic::new(rule::MISSING_KEY, program.span(), "`exec` names no program").help(
            "write the name of a program, such as `git`, or a path relative to the playbook, such as `./tool.sh`",
        ));
    }
    let captures = read_captures(fields.get("capture"), found);
    for capture in captures.iter().filter(|capture| !is_of_text(&capture.from)) {
        let message = format!("`{}` looks for what a program does not have", capture.name.text);
        found.push(Diagnostic::new(rule::MISPLACED_KEY, capture.name.span, message).help(format!(
            "write `{}: {{ expr: (stdout | fromjson).id }}`, or `regex` for what is found in `stdout`",
            capture.name.text
        )));
    }
    refuse_of_answers(fields, found);
    let judged = Request {
        span: node.span,
        method: EXEC,
        url: program.clone(),
        query: Vec::new(),
        headers: Vec::new(),
        body: Body::None,
        auth: None,
        timeout: inner.length("timeout", found),
        retry: None,
        poll: None,
        stream: None,
        redirects: None,
        effect: read_effect(inner),
        captures,
        expect: fields.get("expect").map(|node| read_expect(node, found)).unwrap_or_default(),
        save: None,
        keep: None,
        volatile: Vec::new(),
        unordered: Vec::new(),
        redact: Vec::new(),
    };
    let (env, stdin) = (read_headers(inner.get("env"), found), inner.template("stdin", found));
    Some(Exec { span: node.span, program, args, env, stdin, judged: Arc::new(judged) })
}

fn is_of_text(from: &CaptureFrom) -> bool {
    matches!(from, CaptureFrom::Regex(_) | CaptureFrom::Expr(_))
}

/// What `expect` says of answers means nothing of a program.
fn refuse_of_answers(fields: Fields<'_>, found: &mut Vec<Diagnostic>) {
    let expect = fields.get("expect").and_then(Node::as_mapping);
    for entry in expect.into_iter().flatten().filter(|entry| &*entry.key.text != "that") {
        let key = &entry.key;
        found.push(
            Diagnostic::new(rule::MISPLACED_KEY, key.span, format!("a program has no `{}`", key.text))
                .help("expect expressions over `exit_code`, `stdout` and `stderr`, such as `exit_code == 0`"),
        );
    }
}
