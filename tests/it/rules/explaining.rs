//! `check --explain` over the real binary.

use std::process::{Command, Output};

fn explain(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
    command.args(["check", "--explain"]).args(arguments).env_remove("NO_COLOR").output().expect("the program starts")
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("the program writes UTF-8")
}

#[test]
fn a_rule_is_explained_by_code_or_name_in_any_case() {
    let output = explain(&["E0411"]);
    assert_eq!(output.status.code(), Some(0));
    let told = text(output.stdout);
    insta::assert_snapshot!(told, @r#"
    E0411: quoted-value

    An expression stands between quotes in a JSONPath.

    In a JSONPath an expression is a whole value, written as a literal with its own quotes. So a name
    such as `o'brien` works and cannot change what the path means. Quotes around it would be text.

    wrong:

        playbook: demo
        inputs: { name: {} }
        steps:
          look:
            get: https://api.example.com/items
            capture: { id: "$.items[?@.name == '{{ name }}'].id" }
        outputs: { id: "{{ id }}" }

    Leave the quotes out.

    right:

        playbook: demo
        inputs: { name: {} }
        steps:
          look:
            get: https://api.example.com/items
            capture: { id: "$.items[?@.name == {{ name }}].id" }
        outputs: { id: "{{ id }}" }
    "#);
    for name in ["e0411", "quoted-value", "Quoted-Value"] {
        assert_eq!(text(explain(&[name]).stdout), told);
    }
}

#[test]
fn a_rule_that_is_not_there_is_told_with_the_nearest() {
    for (name, said) in [
        ("unknow-key", "did you mean `E0201` (unknown-key)?"),
        ("E0123", "did you mean `W0123` (leading-zero)?"),
        ("E9999", "`callsheet check --explain` lists all rules"),
    ] {
        let output = explain(&[name]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
        assert_eq!(text(output.stderr), format!("error: there is no rule `{name}`\nhelp: {said}\n"));
    }
}

#[test]
fn without_a_code_all_rules_are_listed() {
    let told = text(explain(&[]).stdout);
    assert_eq!(told.lines().count(), callsheet::diagnostic::rule::ALL.len());
    assert!(told.contains("E0201  unknown-key         a key is not known where it stands\n"), "{told}");
}
