//! Templates and expressions: what stands between `{{` and `}}`.

use callsheet::expression::{Expr, Facts, FileNeed, Lookup, Scope, Template};
use callsheet::source::{Offsets, Span, Text};
use callsheet::value::Value;

use crate::fuzz::Target;
use crate::fuzz::shape::Shape;

pub const TARGET: Target = Target { name: "template", seeds, words: WORDS, run, short: 2_000 };

const WORDS: &[&str] = &[
    "{{",
    "}}",
    "{#",
    "#}",
    "{%",
    "a",
    "b",
    "s",
    "rows",
    "steps.x.status",
    "steps.x.body.id",
    "1",
    "0",
    "2.5",
    "'q'",
    "true",
    "null",
    "not ",
    " and ",
    " or ",
    " in ",
    " is defined",
    " is none",
    " if ",
    " else ",
    "==",
    "!=",
    "<",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "//",
    "**",
    "%",
    "~",
    "[0]",
    "[1:]",
    "[-1]",
    ".c",
    "| upper",
    "| default(1)",
    "| default('x', true)",
    "| tojson",
    "| length",
    "| map(attribute='id')",
    "| selectattr('id', 'eq', 1)",
    "| jsonpath('$.c')",
    "| b64encode",
    "| b64decode",
    "| urlencode",
    "| sha256",
    "| merge({'a': 1})",
    "| close_to(1, 0.1)",
    "| matches('^a')",
    "| contains_json({'c': 2.5})",
    "| keys",
    "| parse_time",
    "| format_time('%Y')",
    "| parse_duration",
    "| join(',')",
    "| replace('a', 'b')",
    "| sort",
    "| unique",
    "| batch(2)",
    "| indent(2)",
    "| groupby('k')",
    "| round(1)",
    "| int",
    "| format(1)",
    "| split(',')",
    "range(5)",
    "uuid()",
    "now()",
    "random_suffix()",
    "{'k': a}",
    "[a, b]",
];

fn seeds() -> Vec<Vec<u8>> {
    [
        "{{ a }}",
        "{{ s }}-{{ a ~ 'x' }}",
        "body is defined and a == 1",
        "rows | selectattr('id', 'gt', 1) | map(attribute='k')",
        "steps.x.status in [200, 201]",
        "b[3].c | close_to(2.5, 1e-6)",
        "{{ b[0:2] | tojson }}{# note #}",
        "a if t else s",
        "'%03d-%s' | format(a, s)",
        "s | replace('t', 'd') | upper | b64encode | b64decode",
        "{{ range(3) | join('-') }}",
        "(a + 2) * 3 // 4 % 5 - 2 ** 2 > 0 or not t",
        "{{ {'k': [a, {'n': null}]} | tojson }}",
        "n | default(1, true)",
        "'2026-01-02T03:04:05Z' | parse_time | format_time('%Y-%m-%d')",
        "'1h30m' | parse_duration",
        "missing | default('x')",
        "o | dictsort | batch(1) | first",
        "{{ s | matches('(?i)^T') }}",
        "rows | jsonpath('$[?@.id == 1].k')",
        "o | contains_json({'b': 1})",
        "{{ o | merge({'z': uuid()}) }}",
        "'x' | indent(3, true) | length",
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .to_vec()
}

struct Names {
    names: Value,
    facts: Facts,
}

impl Names {
    fn new() -> Self {
        let names = r#"{"a": 1, "b": [1, "x", null, {"c": 2.5}], "s": "text", "t": true, "n": null, "o": {"b": 1, "a": 2},
            "rows": [{"id": 1, "k": "x"}, {"id": 2, "k": "y"}], "body": {"é": "ü"},
            "steps": {"x": {"status": 200, "body": {"id": 7}}}}"#;
        let started = "2026-11-23T12:00:00Z".parse().expect("a time");
        let facts = Facts { seed: 7, started, site: "x".into() };
        Names { names: Value::read(names.as_bytes()).expect("JSON"), facts }
    }
}

impl Scope for Names {
    fn name(&self, name: &str) -> Lookup {
        found(self.names.get(name))
    }

    fn step(&self, id: &str, field: Option<&str>) -> Lookup {
        let step = self.names.get("steps").and_then(|steps| steps.get(id));
        found(field.map_or(step, |field| step.and_then(|step| step.get(field))))
    }

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn file(&self, _: &FileNeed) -> Option<Result<Value, String>> {
        Some(Err("there are no files here".to_owned()))
    }

    fn names(&self) -> Vec<String> {
        self.names.as_object().expect("an object").keys().map(|name| name.to_string()).collect()
    }
}

fn found(value: Option<&Value>) -> Lookup {
    value.cloned().map_or(Lookup::Undefined, Lookup::Found)
}

fn run(input: &[u8]) -> Shape {
    let source = String::from_utf8_lossy(input);
    let span = Span { start: 100, end: 100 + source.len() as u32, ..Span::default() };
    let text = Text { text: (&*source).into(), span, offsets: Offsets::Direct(100) };
    let inside = |place: Span| {
        let (start, end) = (place.start as usize, place.end as usize);
        let part = start.checked_sub(100).zip(end.checked_sub(100)).and_then(|(start, end)| source.get(start..end));
        assert!(part.is_some(), "{start}..{end} is no part of the text, which begins at 100 and has {}", source.len());
    };
    let scope = Names::new();
    let mut shape = Shape::default();
    match Expr::parse(&text) {
        Ok(expression) => {
            expression.references().iter().for_each(|reference| inside(reference.span));
            let value = expression.evaluate(&scope);
            assert_eq!(value, expression.evaluate(&scope), "an expression has two values");
            match &value {
                Ok(value) => {
                    shape.message(value.kind());
                }
                Err(error) => {
                    inside(error.span);
                    shape.message(&error.message);
                }
            }
            shape.size(expression.explain(&scope).len());
        }
        Err(diagnostic) => {
            diagnostic.primary.iter().chain(&diagnostic.secondary).for_each(|label| inside(label.span));
            shape.message(&diagnostic.message);
        }
    }
    match Template::parse(&text) {
        Ok(template) => {
            let rendered = template.render_text(&scope);
            assert_eq!(rendered, template.render_text(&scope), "a template has two texts");
            if let Err(error) = &rendered {
                inside(error.span);
                shape.message(&error.message);
            }
            shape.size(template.pieces().len());
        }
        Err(diagnostics) => {
            let labels =
                diagnostics.iter().flat_map(|diagnostic| diagnostic.primary.iter().chain(&diagnostic.secondary));
            labels.for_each(|label| inside(label.span));
            for diagnostic in &diagnostics {
                shape.message(&diagnostic.message);
            }
        }
    }
    shape
}
