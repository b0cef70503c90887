//! `check --fix`: what is certain is mended, and nothing becomes worse.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use callsheet::diagnostic::rule;
use callsheet::session::{DiskLoader, Mended, Mending, Problems, Session};
use callsheet::source::Loader;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::check::{change, changed};
use crate::workflows::workflows;

use super::super::run::scenario::Files;

/// Mends a playbook among its files.
#[track_caller]
fn mended(files: &[(&str, &str)]) -> Vec<Mended> {
    let session = Session::with_loader(Files::new(files.iter().copied()));
    let mut mending = Mending::new(&session);
    mending.mend(files[0].0);
    mending.files()
}

#[track_caller]
fn mends(text: &str, expected: &str) {
    let files = mended(&[("a.yaml", text)]);
    assert_eq!(files.iter().map(|file| &*file.after).collect::<Vec<_>>(), [expected]);
}

#[test]
fn quotes_words_and_commas_are_mended_until_nothing_is_left() {
    mends(
        "playbook: demo\ninputs: { url: {} }\nsteps:\n  a: { gett: {{ url }}, expect: [ stats = 200 ], \"timeout\": \"3s\" \"when\": true }\n",
        "playbook: demo\ninputs: { url: {} }\nsteps:\n  a: { get: \"{{ url }}\", expect: [ stats == 200 ], \"timeout\": \"3s\", \"when\": true }\n",
    );
}

#[test]
fn every_tab_of_an_indentation_is_mended_though_each_hides_the_next() {
    mends(
        "playbook: demo\nsteps:\n\ta:\n\t\tget: https://example.com/\n\t\ttimeout: 3s\n",
        "playbook: demo\nsteps:\n  a:\n    get: https://example.com/\n    timeout: 3s\n",
    );
}

#[test]
fn a_key_is_mended_though_mistakes_below_it_come_to_light() {
    mends(
        "playbook: demo\ndefualts: { base_url: 'https://example.com', timeout: 3 }\nsteps: { a: { get: /a } }\n",
        "playbook: demo\ndefaults: { base_url: 'https://example.com', timeout: 3 }\nsteps: { a: { get: /a } }\n",
    );
}

#[test]
fn many_mistakes_that_hide_others_are_mended_by_few_readings() {
    let steps: String = (0..100).map(|step| format!("  s{step}: {{ get: /a, expct: [ stats == 200 ] }}\n")).collect();
    let text = format!("playbook: demo\ninclude: shared.yaml\nsteps:\n{steps}");
    let shared = "defaults: { base_url: 'https://example.com' }\n";
    let loader = Arc::new(Counting {
        files: Files::new([("a.yaml", text.as_str()), ("shared.yaml", shared)]),
        readings: AtomicUsize::new(0),
    });
    let mut mending = Mending::new(&Session::with_loader(Arc::clone(&loader) as Arc<dyn Loader>));
    mending.mend("a.yaml");
    assert_eq!(mending.files()[0].after, text.replace("expct", "expect"));
    assert_eq!(loader.readings.load(Ordering::Relaxed), 2, "as it is, and with its keys mended");
}

#[test]
fn line_endings_and_a_byte_order_mark_stay() {
    mends(
        "\u{feff}playbook: demo\r\nsteps:\r\n  a:\r\n    gett: https://example.com/é\r\n",
        "\u{feff}playbook: demo\r\nsteps:\r\n  a:\r\n    get: https://example.com/é\r\n",
    );
    mends(
        "playbook: demo\r\ninputs: { x: {} }\r\nsteps:\r\n  a:\r\n    get: {{ x\r\n      }}\r\n",
        "playbook: demo\r\ninputs: { x: {} }\r\nsteps:\r\n  a:\r\n    get: \"{{ x\r\n      }}\"\r\n",
    );
}

#[test]
fn what_a_person_must_decide_is_left() {
    let undecided = [
        "playbook: demo\nsteps: { a: { get: 'https://example.com/{{ b }}' }, bb: { set: { bc: 1 } } }\n",
        "playbook: demo\nsteps: { a: { post: 'https://example.com/', json: { version: 3.10 } } }\n",
        // The opposite; another filter altogether; a method that is as near as another.
        "playbook: demo\nsteps: { a: { set: { b: \"{{ 'x' | unescape }}\" } } }\n",
        "playbook: demo\nsteps: { a: { set: { b: \"{{ 'x' | match('a') }}\" } } }\n",
        "playbook: demo\nsteps: { a: { pot: 'https://example.com/' } }\n",
        "playbook: My Demo\nsteps: { a: { get: 'https://example.com/' } }\n",
    ];
    for text in undecided {
        assert_eq!(mended(&[("a.yaml", text)]), [], "{text}");
    }
}

#[test]
fn files_that_are_included_or_called_are_mended_too() {
    let files = [
        ("folder/a.yaml", "playbook: demo\ninclude: shared.yaml\nsteps: { b: { call: b.yaml } }\n"),
        ("folder/shared.yaml", "default: { base_url: 'https://example.com' }\n"),
        ("folder/b.yaml", "playbook: other\nsteps: { a: { GET: 'https://example.com/' } }\n"),
    ];
    let files = mended(&files);
    let told: Vec<(&str, usize, &str)> =
        files.iter().map(|file| (file.path.to_str().expect("UTF-8"), file.count, &*file.after)).collect();
    assert_eq!(
        told,
        [
            ("folder/b.yaml", 1, "playbook: other\nsteps: { a: { get: 'https://example.com/' } }\n"),
            ("folder/shared.yaml", 1, "defaults: { base_url: 'https://example.com' }\n"),
        ]
    );
}

/// Also of the files with many mistakes of one kind, nothing that was right becomes wrong.
#[test]
fn no_case_becomes_worse() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/check");
    let mut changed = 0;
    let yaml = |of: &Problems| of.diagnostics.iter().filter(|one| one.rule.is_of_yaml()).count();
    let keys = |of: &Problems| of.diagnostics.iter().filter(|one| one.is(rule::UNKNOWN_KEY)).count();
    for entry in fs::read_dir(folder).expect("the cases can be listed") {
        let path = entry.expect("an entry").path();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let session = Session::with_loader(Arc::new(DiskLoader));
        let problems = |session: &Session| session.load(&path).map_or_else(|problems| problems, |one| one.warnings());
        let before = problems(&session);
        let mut mending = Mending::new(&session);
        mending.mend(&path);
        let after = mending.problems(&path);
        for file in mending.files() {
            changed += 1;
            assert_eq!(file.before, text);
            assert!(file.count > 0 && file.after != file.before);
        }
        assert!(yaml(&after) <= yaml(&before), "{}", path.display());
        let hidden = yaml(&before) > yaml(&after) || keys(&before) > keys(&after);
        assert!(hidden || after.diagnostics.len() <= before.diagnostics.len(), "{}\n{after}", path.display());
    }
    assert!(changed > 15, "only {changed} cases were mended");
}

/// Files; counts how often the one that is shared is read.
struct Counting {
    files: Arc<Files>,
    readings: AtomicUsize,
}

impl Loader for Counting {
    fn read(&self, path: &Path) -> io::Result<String> {
        if path == Path::new("shared.yaml") {
            self.readings.fetch_add(1, Ordering::Relaxed);
        }
        self.files.read(path)
    }

    fn exists(&self, path: &Path) -> bool {
        self.files.exists(path)
    }
}

/// A text in the place of a file.
struct Instead(PathBuf, String);

impl Loader for Instead {
    fn read(&self, path: &Path) -> io::Result<String> {
        if path == self.0 { Ok(self.1.clone()) } else { DiskLoader.read(path) }
    }

    fn exists(&self, path: &Path) -> bool {
        DiskLoader.exists(path)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, rng_seed: RngSeed::Fixed(8), ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_wrong_with_a_workflow_mending_ends_and_makes_nothing_worse(
        which in 0..100usize, changes in prop::collection::vec(change(), 1..8)
    ) {
        let paths = workflows();
        let path = &paths[which % paths.len()];
        let text = changed(&fs::read_to_string(path).expect("a workflow can be read"), &changes);
        let session = Session::with_loader(Arc::new(Instead(path.clone(), text)));
        let Err(before) = session.load(path) else { return Ok(()) };
        let mut mending = Mending::new(&session);
        mending.mend(path);
        let after = mending.problems(path);
        let of_yaml = |of: &Problems| of.diagnostics.iter().filter(|one| one.rule.is_of_yaml()).count();
        let of_keys = |of: &Problems| of.diagnostics.iter().filter(|one| one.is(rule::UNKNOWN_KEY)).count();
        let (less, hidden) = (after.diagnostics.len() <= before.diagnostics.len(), of_yaml(&before) + of_keys(&before) > 0);
        prop_assert!(of_yaml(&after) <= of_yaml(&before), "{before}\n\n{after}");
        prop_assert!(less || hidden, "{before}\n\n{after}");
        prop_assert!(mending.files().iter().all(|file| file.count > 0));
    }
}

#[cfg(feature = "cli")]
mod command_line {
    use super::*;
    use std::process::{Command, Output};

    const WRONG: &str =
        "playbook: demo\nsteps:\n  a:\n    gett: https://example.com/\n    timeot: 3s\n    needs: [b]\n";

    fn check(folder: &Path, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
        command.arg("check").args(arguments).current_dir(folder).env_remove("CALLSHEET_VAR_A");
        command.output().expect("the program can be started")
    }

    #[test]
    fn a_file_is_mended_in_its_place_and_what_is_left_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.yaml");
        fs::write(&file, WRONG).expect("it can be written");
        #[cfg(unix)]
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o640)).expect("a mode can be set");
        let output = check(folder.path(), &["--fix", "a.yaml"]);
        let told = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.starts_with("2 of 3 mistakes mended in a.yaml\nerror[E0305]: there is no step `b`"), "{told}");
        assert!(told.ends_with("\n1 playbook checked: 1 error\nfor more about it: callsheet check --explain E0305\n"));
        let text = fs::read_to_string(&file).expect("it can be read");
        assert_eq!(text, WRONG.replace("gett", "get").replace("timeot", "timeout"));
        #[cfg(unix)]
        {
            let mode = fs::metadata(&file).expect("it is there").permissions();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o640);
        }
        assert_eq!(fs::read_dir(folder.path()).expect("a listing").count(), 1, "nothing else is left in the folder");
    }

    #[test]
    fn a_folder_is_mended_with_what_its_playbooks_share() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("it can be written");
        write("a.yaml", "playbook: a\ninclude: shared.yaml\nsteps: { a: { gett: /a } }\n");
        write("b.yaml", "playbook: b\ninclude: shared.yaml\nsteps: { a: { get: /b } }\n");
        write("shared.yaml", "default: { base_url: 'https://example.com' }\n");
        let output = check(folder.path(), &["--fix", "."]);
        let told = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(0), "{told}");
        let expected = "1 of 1 mistake mended in ./a.yaml\n1 of 1 mistake mended in shared.yaml\n";
        assert_eq!(told, format!("{expected}2 playbooks checked: nothing wrong\n"));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_cannot_be_written_is_told_and_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.yaml");
        fs::write(&file, WRONG).expect("it can be written");
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o444)).expect("a mode can be set");
        let output = check(folder.path(), &["--fix", "a.yaml"]);
        let told = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(told.starts_with("error: cannot write a.yaml: it may not be written; it is as it was\n"), "{told}");
        assert_eq!(output.status.code(), Some(3), "that it could not be written is worse than what is wrong");
        assert_eq!(fs::read_to_string(&file).expect("it can be read"), WRONG);
    }

    #[test]
    fn a_diff_shows_the_same_and_writes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.yaml");
        fs::write(&file, WRONG).expect("it can be written");
        let output = check(folder.path(), &["--diff", "a.yaml"]);
        assert_eq!(output.status.code(), Some(2));
        insta::assert_snapshot!(String::from_utf8(output.stdout).expect("UTF-8"), @r"
        --- a.yaml
        +++ a.yaml
        @@ -1,6 +1,6 @@
         playbook: demo
         steps:
           a:
        -    gett: https://example.com/
        -    timeot: 3s
        +    get: https://example.com/
        +    timeout: 3s
             needs: [b]
        ");
        assert_eq!(fs::read_to_string(&file).expect("it can be read"), WRONG);
    }

    #[test]
    fn a_diff_tells_what_is_left_and_ends_with_2_for_it() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("a.yaml"), WRONG.replace("gett", "get").replace("timeot", "timeout"))
            .expect("it can be written");
        for (file, expected) in [("a.yaml", "error[E0305]: there is no step `b`"), ("b.yaml", "cannot read `b.yaml`")] {
            let output = check(folder.path(), &["--diff", file]);
            let told = String::from_utf8(output.stderr).expect("UTF-8");
            assert_eq!(output.status.code(), Some(2), "{told}");
            assert!(told.contains(expected), "{told}");
            assert!(output.stdout.is_empty());
        }
    }
}
