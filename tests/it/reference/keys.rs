//! The examples of keys: each stands in a playbook around it, which is checked.

use std::io;
use std::path::Path;
use std::sync::Arc;

use callsheet::playbook::fields::{FAULT_PLAN, INCLUDED, PLAYBOOK, REQUEST, STEP};
use callsheet::playbook::shape::{Field, Shape, Table};
use callsheet::session::Session;
use callsheet::source::Loader;

/// Every key with the table that has it, each once.
pub fn fields() -> Vec<(&'static Table, &'static Field)> {
    let mut tables: Vec<&'static Table> = vec![&PLAYBOOK, &STEP, &REQUEST, &INCLUDED, &FAULT_PLAN];
    let mut next = 0;
    while next < tables.len() {
        for field in tables[next].all() {
            field.shape.each_table(&mut |table| {
                if !tables.iter().any(|known| std::ptr::eq(*known, table)) {
                    tables.push(table);
                }
            });
        }
        next += 1;
    }
    tables.into_iter().flat_map(|table| table.fields.iter().map(move |field| (table, field))).collect()
}

/// What stands around a mapping: lines before it, how deep it is, and keys that it needs.
struct Surroundings {
    before: &'static str,
    company: &'static [&'static str],
}

const STEP_BEFORE: &str = "steps:\n  one:\n";

/// Where a table stands.
fn around(table: &Table) -> Surroundings {
    let (before, company): (&'static str, &'static [&'static str]) = match table.id {
        "playbook" | "included" => ("", &["playbook: demo", "steps: { one: { get: https://api.example.com/orders } }"]),
        "step" | "request" => (STEP_BEFORE, &["get: /orders"]),
        "input" => ("inputs:\n  tested:\n", &[]),
        "defaults" => ("defaults:\n", &["base_url: https://api.example.com"]),
        "tls" => ("defaults:\n  base_url: https://api.example.com\n  tls:\n", &[]),
        "retry" => ("steps:\n  one:\n    get: /orders\n    retry:\n", &[]),
        "ensure" => (
            "steps:\n  one:\n    ensure:\n",
            &[
                "find: { get: /workspaces, capture: { workspace_id: \"$[0].id\" } }",
                "create: { post: /workspaces, capture: { workspace_id: $.id } }",
                "update: { put: /workspaces }",
                "differs: body == []",
            ],
        ),
        "cleanup" => ("steps:\n  one:\n    post: /orders\n    cleanup:\n", &["delete: /orders"]),
        "show" => ("steps:\n  one:\n    get: /orders\n    show:\n", &[]),
        "exec" => ("steps:\n  one:\n    exec:\n", &["program: git"]),
        "matrix" => ("matrix:\n", &["env: [dev, prod]", "region: [eu, us]"]),
        "limits" => ("limits:\n", &[]),
        "arrow" => ("steps:\n  one:\n    post: /orders\n    arrow:\n", &["records: [{ tensor: [0.5] }]"]),
        "part" => ("steps:\n  one:\n    post: /orders\n    multipart:\n      -\n", &["name: note", "text: new"]),
        "capture" => ("steps:\n  one:\n    get: /orders\n    capture:\n      tested:\n", &["json: $.id"]),
        "expect" => ("steps:\n  one:\n    get: /orders\n    expect:\n", &[]),
        "poll" => ("steps:\n  one:\n    get: /orders\n    poll:\n", &["until: body.state == \"paid\""]),
        "stream" => ("steps:\n  one:\n    get: /orders\n    stream:\n", &[]),
        "provider" => ("auth:\n  tested:\n", &["bearer: \"{{ token }}\""]),
        "oauth2" => (
            "auth:\n  tested:\n    oauth2:\n",
            &[
                "token_url: https://api.example.com/token",
                "grant: client_credentials",
                "client_id: shop",
                "client_secret: \"{{ password }}\"",
            ],
        ),
        "basic" => ("auth:\n  tested:\n    basic:\n", &["username: shop", "password: \"{{ password }}\""]),
        "header" => ("auth:\n  tested:\n    header:\n", &["name: X-Api-Key", "value: \"{{ token }}\""]),
        "faults" => ("", &["faults: []"]),
        "rule" => ("faults:\n  -\n", &["status: 503"]),
        "latency" => ("faults:\n  - status: 503\n    latency:\n", &["median: 20ms", "p99: 400ms"]),
        other => panic!("nothing is known of what stands around `{other}`"),
    };
    Surroundings { before, company }
}

/// Keys without which this one says nothing, in the place of the usual company.
fn company(table: &Table, field: &Field) -> Option<&'static [&'static str]> {
    Some(match (table.id, field.name) {
        ("step", "key" | "max_parallel") => &["get: /orders", "foreach: { model: [fraud, churn] }"],
        ("step", "with" | "outputs") => &["call: parts/upload.yaml"],
        ("request", "json" | "form" | "multipart" | "text" | "file" | "arrow") => &["post: /orders"],
        ("playbook", "finally") => {
            &["playbook: demo", "defaults: { base_url: https://api.example.com }", "steps: { one: { get: /orders } }"]
        }
        ("tls", "client_key") => &["client_cert: certs/own.pem"],
        ("oauth2", "username" | "password") => &[
            "token_url: https://api.example.com/token",
            "grant: password",
            "username: shop",
            "password: \"{{ password }}\"",
        ],
        ("oauth2", "refresh_token") => {
            &["token_url: https://api.example.com/token", "grant: refresh_token", "client_id: shop"]
        }
        ("latency", "mean" | "deviation") => &["mean: 20ms", "deviation: 5ms"],
        ("rule", "reset" | "truncate" | "malformed" | "expire_token") => &[],
        _ => return None,
    })
}

/// Whether a line of the company goes, since the key says the same or excludes it.
fn gives_way(line: &str, table: &Table, field: &Field) -> bool {
    let (key, _) = line.split_once(':').expect("a key");
    let excluded = |name: &str| {
        table
            .all_choices()
            .chain(if table.id == "request" { STEP.choices } else { &[] })
            .any(|choice| choice.names.contains(&name) && choice.names.contains(&field.name))
    };
    key == field.name || excluded(key)
}

/// What a playbook has besides, so that the examples find the names they use.
const REST: &[(&str, &str)] = &[
    ("playbook", "playbook: demo\n"),
    (
        "inputs",
        "inputs:\n  api_url: { type: url }\n  customer: {}\n  order_id: {}\n  workspace: {}\n  region: {}\n  rows: { type: json }\n  \
         teams: { type: json }\n  token: { secret: true }\n  password: { secret: true }\n",
    ),
    ("auth", "auth:\n  login: { bearer: \"{{ token }}\" }\n"),
    ("defaults", "defaults: { base_url: https://api.example.com }\n"),
];

/// A whole file with the example in it.
fn file_with(table: &'static Table, field: &Field, example: &str) -> String {
    let surroundings = around(table);
    let indent = match surroundings.before.trim_end().rsplit('\n').next() {
        Some("") | None => 0,
        Some(last) => last.len() - last.trim_start().len() + 2,
    };
    let spaces = " ".repeat(indent);
    let company = company(table, field).unwrap_or(surroundings.company);
    let lines = company.iter().filter(|line| !gives_way(line, table, field)).map(|line| (*line).to_owned());
    let lines = lines.chain([format!("{}: {example}", field.name)]);
    let text: String = lines.map(|line| format!("{spaces}{line}\n")).collect();
    let mut file = surroundings.before.to_owned() + &text;
    if matches!(table.id, "faults" | "rule" | "latency") {
        return file;
    }
    let has = |file: &str, key: &str| file.lines().any(|line| line.starts_with(&format!("{key}:")));
    for (key, text) in REST {
        if *key == "inputs" && has(&file, key) {
            let (_, inputs) = text.split_once('\n').expect("two lines");
            let own = if file.contains("\n  tested:\n") {
                file.split_once('\n').map(|(_, own)| own.to_owned())
            } else {
                None
            };
            file = match own {
                Some(own) => format!("inputs:\n{inputs}{own}"),
                None => file + "vars: { token: t, order_id: 7, region: eu, rows: [], teams: [] }\n",
            };
        } else if !has(&file, key) {
            file += text;
        }
    }
    let steps = "  prepare: { get: https://api.example.com/ready }\n  remove_order: { delete: https://api.example.com/order }\n";
    match file.split_once("steps:\n") {
        Some((before, behind)) => format!("{before}steps:\n{steps}{behind}"),
        None if has(&file, "steps") => file,
        None => file + "steps:\n" + steps,
    }
}

/// Every file is there, and what an example calls, includes or holds an answer against.
struct AllFiles(String);

impl Loader for AllFiles {
    fn read(&self, path: &Path) -> io::Result<String> {
        Ok(match path.to_string_lossy().as_ref() {
            "playbook.yaml" => &self.0,
            "shared/platform.yaml" => "vars: { platform: shared }\n",
            "shared/login.yaml" => "vars: { login_name: shared }\n",
            "schemas/order.json" => "{}",
            "parts/upload.yaml" => {
                "playbook: upload\ninputs: { name: { default: fraud } }\nsteps:\n  upload:\n    post: https://api.example.com/models\n    \
                 json: { name: \"{{ name }}\" }\n    capture: { model_id: $.id }\noutputs: { model_id: \"{{ model_id }}\" }\n"
            }
            _ => return Err(io::ErrorKind::NotFound.into()),
        }
        .to_owned())
    }

    fn exists(&self, _: &Path) -> bool {
        true
    }
}

#[test]
fn every_example_of_a_key_is_right_where_it_stands() {
    let mut wrong = String::new();
    let mut checked = 0;
    for (table, field) in fields() {
        assert!(!field.examples.is_empty(), "`{}` of {} has no example", field.name, table.name);
        for example in field.examples {
            checked += 1;
            let file = file_with(table, field, example);
            let session = Session::with_loader(Arc::new(AllFiles(file.clone())));
            let problems = match table.id {
                "faults" | "rule" | "latency" => session.parse_faults("faults.yaml", &file).err(),
                _ => session.load("playbook.yaml").err(),
            };
            if let Some(problems) = problems {
                wrong += &format!("{} of {}: {problems}\n{file}\n", field.name, table.name);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(checked >= fields().len() && checked > 180, "only {checked} examples are there");
}

#[test]
fn every_key_and_every_word_is_described_in_a_sentence() {
    let is_sentence = |text: &str| text.ends_with('.') && !text.contains('\n') && text.len() > 5;
    for (table, field) in fields() {
        assert!(is_sentence(table.doc) && is_sentence(field.doc), "`{}` of {}: {}", field.name, table.name, field.doc);
        if let Shape::Word(words) = field.shape {
            assert!(words.iter().all(|word| is_sentence(word.doc)), "`{}` of {}", field.name, table.name);
        }
    }
}
