//! Files that playbooks include.

use std::path::Path;
use std::sync::Arc;

use callsheet::plan::Inputs;
use callsheet::session::{Playbook, Problems, Session};

use crate::run::scenario::Files;

const SHARED: &str = "inputs:
  api_url: { type: url }
  user: { from: 'file:creds.json#/user' }
  model: { type: file, default: data/model.onnx }
  copy: { type: file, default: '{{ model }}' }
vars: { greeting: 'hello {{ user }}' }
auth: { own: { bearer: '{{ token }}' } }
simulate: { api_url: '{{ simulator.api_url }}' }
defaults: { base_url: '{{ api_url }}', auth: own, timeout: 5s, headers: { X-From: shared } }
";

fn files(extra: &[(&str, &str)]) -> Arc<Files> {
    let given =
        [("shared/api.yaml", SHARED), ("shared/creds.json", r#"{"user": "ada"}"#), ("shared/data/model.onnx", "")];
    Files::new(given.into_iter().chain(extra.iter().copied()))
}

fn load(text: &str, extra: &[(&str, &str)]) -> Result<Playbook, Problems> {
    Session::with_loader(files(extra)).parse("books/a.yaml", text, Path::new("books"))
}

#[track_caller]
fn problems(text: &str, extra: &[(&str, &str)]) -> String {
    load(text, extra).expect_err("something is wrong").to_string()
}

/// As the tests see them, a playbook lies in `books`, beside `shared`.
const SMALL: &str = "playbook: a
include: ../shared/api.yaml
inputs: { token: { from: env:TOKEN, secret: true } }
steps: { one: { get: '/{{ greeting }}' } }
";

fn inputs() -> Inputs {
    let loader =
        files(&[("books/../shared/creds.json", r#"{"user": "ada"}"#), ("books/../shared/data/model.onnx", "")]);
    Inputs::new().loader(loader).var("api_url", "http://127.0.0.1:1").secret("token", "abcdef")
}

const API: (&str, &str) = ("books/../shared/api.yaml", SHARED);

#[test]
fn what_a_file_says_is_as_if_the_playbook_said_it() {
    let playbook = load(SMALL, &[API]).unwrap_or_else(|problems| panic!("{problems}"));
    let plan = playbook.plan(&inputs()).unwrap_or_else(|problems| panic!("{problems}"));
    let defaults = &plan.playbook().defaults;
    assert!(defaults.base_url.is_some() && defaults.timeout.is_some() && defaults.headers.len() == 1);
    assert_eq!(plan.playbook().providers.len(), 1);
    let sources: Vec<&str> = plan.sources.iter().map(|(_, source)| &*source.path).collect();
    assert_eq!(sources, ["books/a.yaml", "shared/api.yaml"], "the journal tells of both");
}

#[test]
fn its_paths_are_relative_to_itself() {
    let plan =
        load(SMALL, &[API]).and_then(|playbook| playbook.plan(&inputs())).unwrap_or_else(|found| panic!("{found}"));
    assert_eq!(plan.inputs["user"].as_str(), Some("ada"));
    assert_eq!(plan.inputs["model"].as_str(), Some("../shared/data/model.onnx"));
    assert_eq!(plan.inputs["copy"].as_str(), Some("../shared/data/model.onnx"), "it is no path from there once more");
}

#[test]
fn the_playbooks_own_word_wins_by_name_and_by_key() {
    let text = "playbook: a
include: [../shared/api.yaml]
inputs:
  token: { from: env:TOKEN, secret: true }
  user: { default: grace }
vars: { greeting: 'bye {{ user }}' }
auth: { own: { bearer: '{{ token }}x' } }
defaults: { timeout: 9s, headers: {} }
steps: { one: { get: '/{{ greeting }}' } }
";
    let plan =
        load(text, &[API]).and_then(|playbook| playbook.plan(&inputs())).unwrap_or_else(|found| panic!("{found}"));
    assert_eq!(plan.inputs["user"].as_str(), Some("grace"));
    let defaults = &plan.playbook().defaults;
    assert!(defaults.base_url.is_some() && defaults.headers.is_empty(), "a key of its own, even an empty one");
    assert_eq!((plan.playbook().vars.len(), plan.playbook().providers.len()), (1, 1));
}

#[test]
fn a_mistake_in_a_file_is_shown_where_it_is() {
    let extra = [("books/bad.yaml", "inputs:\n  url: { typ: url }\nvars:\n  x: '{{ nothing }}'\n")];
    let found =
        problems("playbook: a\ninclude: bad.yaml\nsteps: { one: { set: { y: '{{ x }}{{ url }}' } } }\n", &extra);
    insta::assert_snapshot!(found, @r"
    error[E0201]: unknown key `typ` in an input
     --> books/bad.yaml:2:10
      |
    2 |   url: { typ: url }
      |          ^^^
      |
      = help: did you mean `type`?
    help: write this instead
      |
    2 |   url: { type: url }
      |             +

    error[E0301]: `nothing` is not defined
     --> books/bad.yaml:4:10
      |
    4 |   x: '{{ nothing }}'
      |          ^^^^^^^
      |
      = help: known here: `url`, `x`, `y`
    ");
}

#[test]
fn two_files_that_say_the_same_clash_unless_the_playbook_says_it() {
    let extra = [
        ("books/one.yaml", "vars: { a: 1 }\ndefaults: { timeout: 1s, auth: none }\n"),
        ("books/two.yaml", "vars: { a: 2 }\ndefaults: { timeout: 2s }\n"),
    ];
    let found =
        problems("playbook: a\ninclude: [one.yaml, two.yaml]\nsteps: { one: { set: { y: '{{ a }}' } } }\n", &extra);
    insta::assert_snapshot!(found, @r"
    error[E0302]: two included files say what `a` is in `vars`
     --> books/two.yaml:1:9
      |
    1 | vars: { a: 2 }
      |         ^
      |
     ::: books/one.yaml:1:9
      |
    1 | vars: { a: 1 }
      |         - the other says it here
      |
      = help: say it in the playbook, which wins over both, or take it out of one of them

    error[E0302]: two included files say what `timeout` is in `defaults`
     --> books/two.yaml:2:13
      |
    2 | defaults: { timeout: 2s }
      |             ^^^^^^^
      |
     ::: books/one.yaml:2:13
      |
    2 | defaults: { timeout: 1s, auth: none }
      |             ------- the other says it here
      |
      = help: say it in the playbook, which wins over both, or take it out of one of them
    ");
    let own = "playbook: a\ninclude: [one.yaml, two.yaml]\nvars: { a: 3 }\ndefaults: { timeout: 3s }\n\
               steps: { one: { set: { y: '{{ a }}' } } }\n";
    load(own, &extra).unwrap_or_else(|problems| panic!("{problems}"));
}

#[test]
fn a_file_that_cannot_be_included_is_told_and_nothing_else() {
    let extra = [
        ("books/whole.yaml", "playbook: b\nsteps: { one: { set: { y: 1 } } }\n"),
        ("books/list.yaml", "- a\n"),
        ("books/folder/any.yaml", ""),
        ("books/empty.yaml", ""),
        ("books/more.yaml", "include: list.yaml\n"),
        ("books/keys.yaml", "input: {}\noutputs: {}\n"),
    ];
    let text = "playbook: a
include: [none.yaml, folder, a.yaml, empty.yaml, whole.yaml, list.yaml, more.yaml, keys.yaml, ./list.yaml, 'x{{ y }}']
steps: { one: { get: 'http://127.0.0.1/{{ undefined }}' } }
";
    let Problems { diagnostics, sources } = load(text, &extra).expect_err("something is wrong");
    let line = |found: &callsheet::diagnostic::Diagnostic| {
        let place = found.primary.as_ref().map(|label| sources.place(label.span)).unwrap_or_default();
        format!("{place} {}\n", found.message)
    };
    insta::assert_snapshot!(diagnostics.iter().map(line).collect::<String>(), @r"
    books/a.yaml:2:11 cannot include `none.yaml`: there is no such file
    books/a.yaml:2:22 cannot include `folder`: it is a folder
    books/a.yaml:2:30 the playbook includes itself
    books/a.yaml:2:95 `./list.yaml` is included twice
    books/a.yaml:2:108 the path of an included file is written out, and `x{{ y }}` is an expression
    books/empty.yaml:1:1 the file has no content
    books/whole.yaml:2:1 an included file has no steps: this is a playbook
    books/list.yaml:1:1 an included file is a mapping, not a list
    books/more.yaml:1:1 an included file includes no other
    books/keys.yaml:1:1 unknown key `input` in an included file
    books/keys.yaml:2:1 unknown key `outputs` in an included file
    ");
    let whole = problems("playbook: a\ninclude: whole.yaml\nsteps: { one: { set: { y: 1 } } }\n", &extra);
    insta::assert_snapshot!(whole, @r"
    error[E0510]: an included file has no steps: this is a playbook
     --> books/whole.yaml:2:1
      |
    2 | steps: { one: { set: { y: 1 } } }
      | ^^^^^
      |
     ::: books/a.yaml:2:10
      |
    2 | include: whole.yaml
      |          ---------- included here
      |
      = help: move what both share to a file of its own; an included file holds `inputs`, `vars`, `simulate`, `auth`, `defaults` and nothing else
    ");
}

#[test]
fn a_playbook_that_is_called_includes_its_own_files_and_has_no_matrix() {
    let extra = [
        API,
        (
            "books/part.yaml",
            "playbook: b\ninclude: ../shared/api.yaml\ninputs: { token: { default: abcdef, secret: true } }\n\
             steps: { one: { get: '/{{ greeting }}' } }\noutputs: { said: '{{ greeting }}' }\n",
        ),
        ("books/cells.yaml", "playbook: c\nmatrix: { env: [dev, prod] }\nsteps: { one: { wait: '{{ env }}' } }\n"),
    ];
    let text = "playbook: a\nsteps: { one: { call: part.yaml, with: { api_url: 'http://x' } }, two: { set: { y: '{{ said }}' } } }\n";
    let plan = load(text, &extra).unwrap_or_else(|found| panic!("{found}"));
    let plan = plan.plan(&Inputs::new().loader(files(&[("books/../shared/creds.json", r#"{"user": "ada"}"#)])));
    let plan = plan.unwrap_or_else(|found| panic!("{found}"));
    assert_eq!(plan.sources.iter().filter(|(_, source)| source.is_part).count(), 1);
    let found = problems("playbook: a\nsteps: { one: { call: cells.yaml } }\n", &extra);
    insta::assert_snapshot!(found, @r"
    error[E0523]: `cells.yaml` has a matrix: it is one run for each cell, and cannot be called
     --> books/a.yaml:2:23
      |
    2 | steps: { one: { call: cells.yaml } }
      |                       ^^^^^^^^^^
      |
     ::: books/cells.yaml:2:1
      |
    2 | matrix: { env: [dev, prod] }
      | ------ this matrix
      |
      = help: make its axes inputs, and call it with `foreach` over their values
    ");
}

/// `check` of a folder takes an included file for no playbook, and says once what is wrong with it.
#[cfg(feature = "cli")]
#[test]
fn a_folder_is_checked_with_what_its_playbooks_share() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let write = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).expect("a file can be written");
    let playbook =
        "playbook: a\ninclude: shared.yaml\nsteps: { one: { set: { y: '{{ x }}' } } }\noutputs: { y: '{{ y }}' }\n";
    write("a.yaml", playbook);
    write("b.yaml", playbook);
    let check = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_callsheet"));
        let output =
            command.args(["check", "."]).current_dir(folder.path()).output().expect("the program can be started");
        (output.status.code(), String::from_utf8(output.stderr).expect("the program writes UTF-8"))
    };
    write("shared.yaml", "vars: { x: 1 }\n");
    assert_eq!(check(), (Some(0), "2 playbooks checked: nothing wrong\n".to_owned()));
    write("shared.yaml", "vars: { x: 1 }\nvar: {}\n");
    let (code, told) = check();
    assert_eq!((code, told.matches("unknown key `var`").count()), (Some(2), 1), "{told}");
    assert!(told.contains("2 playbooks checked: 1 error\n"), "{told}");
}
