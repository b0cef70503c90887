//! `schemas/playbook.schema.json`: made from the tables that read a playbook, and agreeing with them.

use std::fs;
use std::path::{Path, PathBuf};

use boon::{Compiler, Schemas};
use callsheet::source::SourceId;
use serde_json::Value;

use crate::workflows::workflows;

/// Set to have the file written instead of compared.
const UPDATE: &str = "CALLSHEET_UPDATE";

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(name)
}

#[test]
fn schema_files_are_what_the_tables_say() {
    is_what_the_tables_say("playbook.schema.json", &callsheet::playbook::schema());
    is_what_the_tables_say("included.schema.json", &callsheet::playbook::included_schema());
    is_what_the_tables_say("faults.schema.json", &callsheet::playbook::faults_schema());
}

#[track_caller]
fn is_what_the_tables_say(name: &str, schema: &Value) {
    let made = serde_json::to_string_pretty(schema).expect("a schema has a JSON form") + "\n";
    let path = path(name);
    if std::env::var_os(UPDATE).is_some() {
        fs::create_dir_all(path.with_file_name("")).expect("the folder can be made");
        fs::write(&path, &made).expect("the schema can be written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let differs = made.lines().zip(kept.lines()).position(|(made, kept)| made != kept);
    assert!(
        made == kept,
        "schemas/{name} is not what the tables in src/playbook/fields.rs say, from line {} on; \
         renew it with `{UPDATE}=1 cargo test schema`",
        differs.unwrap_or_else(|| made.lines().count().min(kept.lines().count())) + 1,
    );
}

/// Whether a playbook conforms to the schema; the error says where it does not.
fn validate(playbook: &str) -> Result<(), String> {
    let mut playbook: serde_yaml::Value = serde_yaml::from_str(playbook).expect("a case is YAML");
    playbook.apply_merge().expect("merge keys take mappings");
    let playbook = serde_json::to_value(playbook).expect("a playbook has a JSON form");
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler.add_resource("playbook.json", callsheet::playbook::schema()).expect("the schema is a resource");
    let index = compiler.compile("playbook.json", &mut schemas).expect("the schema is a schema");
    schemas.validate(&playbook, index).map_err(|error| format!("{error:#}"))
}

#[test]
fn schema_accepts_every_workflow() {
    for path in workflows() {
        let text = fs::read_to_string(&path).expect("a playbook can be read");
        if let Err(error) = validate(&text) {
            panic!("{}: {error}", path.display());
        }
    }
}

/// What the reader says against a playbook: the schema and the reader are to agree.
fn diagnostics(playbook: &str) -> Vec<String> {
    let (_, found) = callsheet::playbook::read(SourceId::default(), playbook, Path::new("."));
    found.into_iter().map(|diagnostic| diagnostic.message).collect()
}

/// A playbook around one step.
fn around(step: &str) -> String {
    format!("playbook: case\nsteps:\n  one: {step}\n")
}

#[test]
fn schema_accepts_what_the_language_offers() {
    let steps = [
        "{ get: /things, query: { page: 1, tag: [a, b] } }",
        "{ post: /things, form: { a: 1 }, expect: { status: [200, 2xx], body: { $.id: 3 } } }",
        "{ post: /things, expect: status == 200, needs: other }",
        "{ set: { total: \"{{ a + b }}\" } }",
        "{ wait: 2s }",
        "{ get: /things, capture: { a: $.b, c: { header: ETag, default: null, secret: true } } }",
        "{ post: /things, cleanup: [{ delete: /things }, { step: other }] }",
        "{ get: /things, retry: { attempts: 3, delay: 1m30s, on: [5xx, 429, connect] }, timeout: 1.5s }",
        "{ get: /things, timeout: '{{ patience }}' }",
    ];
    for step in steps {
        if let Err(error) = validate(&around(step)) {
            panic!("{step}: {error}");
        }
        assert_eq!(diagnostics(&around(step)), Vec::<String>::new(), "{step}");
    }
}

#[test]
fn schema_refuses_what_the_language_has_not() {
    let steps = [
        "{ }",
        "{ gett: /things }",
        "{ get: /things, post: /things }",
        "{ post: /things, json: {}, form: {} }",
        "{ get: /things, poll: { every: 2s } }",
        "{ get: /things, timeout: 30 }",
        "{ get: /things, timeout: 30x }",
        "{ get: /things, timeout: \"\" }",
        "{ get: /things, capture: { a: b } }",
        "{ get: /things, capture: { A: $.b } }",
        "{ get: /things, capture: { a: { json: $.b, header: ETag } } }",
        "{ get: /things, expect: { status: 700 } }",
        "{ get: /things, effect: twice }",
        "{ ensure: { find: { get: /things } } }",
        "{ post: /things, multipart: [{ name: a }] }",
    ];
    for step in steps {
        assert!(validate(&around(step)).is_err(), "the schema accepts {step}");
        assert!(!diagnostics(&around(step)).is_empty(), "the reader accepts {step}");
    }
    let playbooks = [
        "playbook: case\n",
        "steps: { one: { get: / } }\n",
        "playbook: Case\nsteps: { one: { get: / } }\n",
        "playbook: case-\nsteps: { one: { get: / } }\n",
        "playbook: case\nsteps: { One: { get: / } }\n",
        "playbook: case\nsteps: [{ get: / }]\n",
        "playbook: case\ninputs: { a: { type: uri } }\nsteps: { one: { get: / } }\n",
    ];
    for playbook in playbooks {
        assert!(validate(playbook).is_err(), "the schema accepts {playbook}");
        assert!(!diagnostics(playbook).is_empty(), "the reader accepts {playbook}");
    }
}

/// Every subschema of a key, with its JSON Pointer.
fn properties(schema: &Value, pointer: &str, found: &mut Vec<(String, Value)>) {
    let Some(members) = schema.as_object() else { return };
    for (name, inner) in members {
        let pointer = format!("{pointer}/{name}");
        if name == "properties" {
            for (key, property) in inner.as_object().expect("properties are an object") {
                found.push((format!("{pointer}/{key}"), property.clone()));
            }
        } else if !matches!(name.as_str(), "examples" | "defaultSnippets") {
            properties(inner, &pointer, found);
        }
    }
}

#[test]
fn schemas_describe_every_key_with_examples_that_it_takes() {
    for (schema, keys) in [
        (callsheet::playbook::schema(), 220),
        (callsheet::playbook::included_schema(), 50),
        (callsheet::playbook::faults_schema(), 20),
    ] {
        let mut found = Vec::new();
        properties(&schema, "", &mut found);
        assert!(found.len() >= keys, "only {} keys are there", found.len());
        for (pointer, property) in found {
            let text = |key: &str| property[key].as_str().unwrap_or_default().to_owned();
            assert!(text("description").ends_with('.'), "{pointer}: {property}");
            assert!(text("markdownDescription").starts_with(&text("description")), "{pointer}: {property}");
            let count = |key: &str| property[key].as_array().map_or(0, Vec::len);
            assert_eq!(count("enum"), count("markdownEnumDescriptions"), "{pointer}: {property}");
            assert!(count("examples") > 0, "{pointer} has no example");
            let mut schemas = Schemas::new();
            let mut compiler = Compiler::new();
            compiler.add_resource("schema.json", schema.clone()).expect("the schema is a resource");
            let index = compiler.compile(&format!("schema.json#{pointer}"), &mut schemas).expect("a subschema");
            for example in property["examples"].as_array().expect("there are examples") {
                if let Err(error) = schemas.validate(example, index) {
                    panic!("{pointer}: {example}: {error:#}");
                }
            }
        }
    }
}

/// A fixture of `check`.
fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/check").join(name);
    fs::read_to_string(path).expect("a fixture can be read")
}

#[test]
fn schema_judges_the_fixtures_of_check_as_check_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/check");
    let names = fs::read_dir(folder).expect("the fixtures can be listed");
    let names = names.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let sound: Vec<String> = names.filter(|name| name.starts_with("ok_")).collect();
    assert!(sound.len() >= 4, "{sound:?}");
    for name in sound {
        if let Err(error) = validate(&fixture(&name)) {
            panic!("{name}: {error}");
        }
    }
    for name in ["unknown_keys", "missing_keys", "types", "words", "list_of_steps", "durations", "statuses", "numbers"]
    {
        assert!(validate(&fixture(&format!("err_{name}.yaml"))).is_err(), "the schema accepts err_{name}.yaml");
    }
}
