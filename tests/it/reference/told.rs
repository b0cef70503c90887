//! The reference as a file and at the command line.

use std::fs;
use std::path::Path;

use super::{help, helped, reference};

/// Set to have the file written instead of compared.
const UPDATE: &str = "CALLSHEET_UPDATE";

#[test]
fn the_file_is_what_the_program_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows/LANGUAGE.md");
    let made = reference();
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, &made).expect("the reference can be written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let same = made.lines().zip(kept.lines()).take_while(|(made, kept)| made == kept).count();
    assert!(
        made == kept,
        "workflows/LANGUAGE.md is not what the program says, from line {} on; renew it with `{UPDATE}=1 cargo test reference`",
        same + 1,
    );
}

#[test]
fn one_section_is_told_alone() {
    insta::assert_snapshot!(helped(&["language", "poll"]), @r#"
    Keys of poll

    Asks again until a good answer is there.

    It stands under `poll` of a request.

    until

    What must hold at last.

    Takes an expression such as `status == 200`. It is needed.

        until: body.state == "paid"

    fail_when

    What shows that it never will.

    Takes an expression such as `status == 200`.

        fail_when: body.state == "refused"

    not_yet

    Statuses that mean: ask again.

    Takes a status code such as `200` or a class such as `2xx`, or a list of them.

        not_yet: [404, 503]

    every

    How long to wait between two; 2s if not said.

    Takes a duration such as `30s`.

        every: 1s

    timeout

    How long to go on; 10m if not said.

    Takes a duration such as `30s`.

        timeout: 5m
    "#);
}

#[test]
fn a_key_a_filter_and_a_function_are_told_by_their_names() {
    insta::assert_snapshot!(helped(&["language", "backoff"]), @r"
    backoff

    In a retry:

    backoff

    What the delay is multiplied by each time; 2 if not said.

    Takes a number, 1 or more.

        backoff: 1.5
    ");
    insta::assert_snapshot!(helped(&["close_to"]), @r"
    close_to

    close_to(x, tol)
        Whether a number differs from x by at most tol.
        0.30001 | close_to(0.3, 1e-4) → true
    ");
    assert!(helped(&["functions"]).contains("\nrandom_int(low, high)\n"));
    assert!(helped(&["filters"]).contains("\njsonpath(path, all=…, first=…)\n"));
}

#[test]
fn the_topics_are_listed_and_each_leads_to_something() {
    let listed = helped(&["language"]);
    let rows = listed.lines().filter_map(|line| line.split_once("  "));
    // A line that goes on begins with spaces.
    let topics: Vec<&str> = rows.map(|(topic, _)| topic).filter(|topic| !topic.is_empty()).collect();
    assert!(topics.len() > 30, "{listed}");
    for topic in topics {
        assert!(helped(&["language", topic]).lines().count() > 3, "{topic}");
    }
}

#[test]
fn a_topic_that_is_not_there_is_told_with_the_nearest() {
    for (words, said) in [
        (&["language", "rety"][..], "did you mean `callsheet help language retry`?"),
        (&["filtrs"], "did you mean `callsheet help filters`?"),
        (&["language", "qqqqqqqq"], "`callsheet help language` lists the topics"),
    ] {
        let output = help(words);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
        let topic = words.last().expect("a word");
        let told = String::from_utf8(output.stderr).expect("the program writes UTF-8");
        assert_eq!(told, format!("error: there is no topic `{topic}`\nhelp: {said}\n"));
    }
}

#[test]
fn commands_are_helped_with_as_before() {
    assert!(helped(&["check"]).contains("Usage: callsheet check"), "{}", helped(&["check"]));
    let whole = helped(&[]);
    for row in reference().lines().skip_while(|line| !line.starts_with("| exit code |")).skip(2).take(6) {
        let (code, meaning) = row.trim_matches(['|', ' ']).split_once(" | ").expect("a code and its meaning");
        let line = whole.lines().find(|line| line.trim().starts_with(&format!("{code}  ")));
        assert_eq!(line.map(|line| line.trim()), Some(format!("{code}  {meaning}").as_str()));
    }
}

#[test]
fn every_reserved_name_is_in_the_list_of_names() {
    let whole = reference();
    let (_, names) = whole.split_once("\n## Names\n").expect("the section is there");
    let (names, _) = names.split_once("\n## ").expect("another follows");
    for name in callsheet::expression::RESERVED {
        assert!(names.contains(&format!("`{name}`")), "{name}");
    }
}
