//! The YAML reader and all that a playbook goes through before the network: reading, checking, planning.

use std::io;
use std::path::Path;
use std::sync::Arc;

use callsheet::diagnostic::{Label, Palette, github, human, json};
use callsheet::plan::Inputs;
use callsheet::session::{Problems, Session};
use callsheet::source::{Loader, Sources};

use crate::fuzz::Target;
use crate::fuzz::shape::Shape;

pub const TARGET: Target = Target { name: "yaml", seeds, words: WORDS, run, short: 160 };

const WORDS: &[&str] = &[
    "playbook",
    "inputs",
    "vars",
    "steps",
    "defaults",
    "auth",
    "outputs",
    "foreach",
    "matrix",
    "call",
    "include",
    "with",
    "when",
    "expect",
    "capture",
    "poll",
    "until",
    "ensure",
    "find",
    "create",
    "cleanup",
    "finally",
    "get",
    "post",
    "json",
    "form",
    "multipart",
    "headers",
    "query",
    "needs",
    "retry",
    "timeout",
    "secret",
    "from",
    "type",
    "default",
    "set",
    "wait",
    "exec",
    "tags",
    "lock",
    "save",
    "schema",
    "status",
    "body",
    "that",
    "[200, 201]",
    "2xx",
    "30s",
    "true",
    "null",
    "~",
    "{}",
    "[]",
    "- ",
    ": ",
    "&a ",
    "*a",
    "<<: *a",
    "!!str ",
    "!x ",
    "? ",
    "|\n",
    ">-\n",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "{{ api_url }}",
    "{{ x }}",
    "{{ steps.a.body }}",
    "$.a[?@.b == {{ x }}].c",
    "$..a",
    "\"",
    "'",
    "#",
    " | default(1)",
    "a.yaml",
    "part.yaml",
    "env:X",
];

/// Two files for those that call and include.
struct Files;

impl Loader for Files {
    fn read(&self, path: &Path) -> io::Result<String> {
        match path.file_name().and_then(|name| name.to_str()) {
            Some("a.yaml") => Ok("playbook: a\ninputs: { x: { default: 1 } }\nsteps: { s: { set: { y: '{{ x }}' } } }\noutputs: { o: '{{ y }}' }\n".to_owned()),
            Some("part.yaml") => Ok("s: { get: /a, capture: { z: $.a } }\n".to_owned()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn exists(&self, path: &Path) -> bool {
        !path.to_string_lossy().contains("missing")
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = super::files("workflows", ".yaml");
    seeds.extend(super::files("workflows/shared", ".yaml"));
    seeds.extend(super::files("tests/fixtures/check", ".yaml"));
    seeds.push(b"playbook: p\nsteps:\n  s: { call: a.yaml, with: { x: 2 } }\n  t: { include: part.yaml }\n".to_vec());
    seeds
}

fn run(input: &[u8]) -> Shape {
    let text = String::from_utf8_lossy(input);
    let mut shape = Shape::default();
    let session = Session::with_loader(Arc::new(Files));
    match session.parse("p.yaml", &text, Path::new("")) {
        Ok(playbook) => {
            look_at(&playbook.warnings(), &mut shape);
            match playbook.plan(&Inputs::new()) {
                Ok(plan) => {
                    shape.size(plan.steps.len());
                }
                Err(problems) => look_at(&problems, &mut shape),
            }
        }
        Err(problems) => {
            assert!(!problems.diagnostics.is_empty(), "it is refused without a word");
            look_at(&problems, &mut shape);
        }
    }
    shape
}

/// Every place is one in its file, and the diagnostics can be shown in every form.
fn look_at(problems: &Problems, shape: &mut Shape) {
    let (diagnostics, sources) = (&problems.diagnostics, &problems.sources);
    for diagnostic in diagnostics {
        shape.message(diagnostic.rule.code).message(&diagnostic.message);
        diagnostic.primary.iter().chain(&diagnostic.secondary).for_each(|label| stands(label, sources));
    }
    human(diagnostics, sources, Palette::Plain);
    json(diagnostics, sources);
    github(diagnostics, sources);
}

fn stands(label: &Label, sources: &Sources) {
    let span = label.span;
    let text = &sources.get(span.source).text;
    let (start, end) = (span.start as usize, span.end as usize);
    assert!(text.get(start..end).is_some(), "{start}..{end} is no part of a text of {} bytes", text.len());
}
