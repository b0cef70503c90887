//! Tests of projection: what is built, where the text may be cut, what is refused.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{Limits, ProjectError, Projector, Value, Wanted};

fn project(wanted: &Wanted, text: &[u8], piece: usize, limits: Limits) -> Result<Value, ProjectError> {
    let closed = wanted.closed();
    let mut projector = Projector::new(&closed, limits);
    for piece in text.chunks(piece.max(1)) {
        projector.feed(piece)?;
    }
    projector.finish()
}

#[track_caller]
fn part(wanted: impl Fn(&mut Wanted), text: &str) -> String {
    let mut part = Wanted::default();
    wanted(&mut part);
    let results = [1, 2, 7, text.len()].map(|piece| project(&part, text.as_bytes(), piece, Limits::default()));
    let texts = results.map(|result| result.expect("JSON").to_string());
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    texts[0].clone()
}

#[test]
fn only_what_is_wanted_is_built() {
    let text = r#"{"a": {"x": [1, {"y": 2}], "z": "é\n"}, "b": [10, 11, 12, 13], "c": null}"#;
    assert_eq!(
        part(|wanted| wanted.member("a").member("z").want(), text),
        r#"{"a":{"x":null,"z":"é\n"},"b":null,"c":null}"#
    );
    assert_eq!(part(|wanted| wanted.member("b").item(1).want(), text), r#"{"a":null,"b":[null,11],"c":null}"#);
    assert_eq!(part(|wanted| wanted.member("b").item(-1).want(), text), r#"{"a":null,"b":[13],"c":null}"#);
    let both = |wanted: &mut Wanted| {
        wanted.member("b").item(0).want();
        wanted.member("b").item(-2).want();
    };
    assert_eq!(part(both, text), r#"{"a":null,"b":[10,12,13],"c":null}"#);
    assert_eq!(part(|wanted| wanted.each().item(0).want(), text), r#"{"a":{"x":null,"z":null},"b":[10],"c":null}"#);
    assert_eq!(part(Wanted::want, text), Value::read(text.as_bytes()).expect("JSON").to_string());
    assert_eq!(part(|_| (), "[1,2]"), "[]");
    assert_eq!(part(|_| (), " 1 "), "1");
}

#[test]
fn an_item_may_be_wanted_from_both_ends() {
    let wanted = |wanted: &mut Wanted| {
        wanted.item(0).member("a").want();
        wanted.item(-1).member("b").want();
    };
    assert_eq!(part(wanted, r#"[{"a":1,"b":2,"c":3}]"#), r#"[{"a":1,"b":2,"c":null}]"#);
    assert_eq!(part(wanted, r#"[{"a":1},{"b":5},{"b":6}]"#), r#"[{"a":1},{"b":6}]"#);
}

#[test]
fn a_bomb_is_an_error_that_says_what_is_too_much() {
    let refused = |text: &[u8], wanted: Wanted, limits| match project(&wanted, text, 4096, limits) {
        Err(ProjectError::Limit(message)) => message,
        other => panic!("{other:?}"),
    };
    let limits = Limits { members: 3, memory: 1 << 20, ..Limits::default() };
    let too_much = "what is used of it takes more than 1 MiB of memory";
    assert_eq!(refused(&vec![b'['; 1_000_000], Wanted::default(), limits), "it is nested more than 127 levels deep");
    let many = br#"[{"a":1,"b":1,"c":1,"d":1}]"#;
    assert_eq!(refused(many, Wanted::default(), limits), "one of its objects has more than 3 members");
    assert_eq!(refused(many, Wanted::everything(), limits), "one of its objects has more than 3 members");
    let long = format!("[\"{}\"]", "x".repeat(2 << 20));
    assert_eq!(
        refused(long.as_bytes(), Wanted::everything(), limits),
        "what is used of it takes more than 1 MiB of memory"
    );
    let mut far = Wanted::default();
    far.item(1 << 40).want();
    let zeros = format!("[0{}]", ",0".repeat(100_000));
    assert_eq!(refused(zeros.as_bytes(), far, limits), "what is used of it takes more than 1 MiB of memory");
    assert!(project(&Wanted::default(), long.as_bytes(), 4096, limits).is_ok(), "nobody wants it");
    let open = format!("[\"{}", "x".repeat(2 << 20));
    assert_eq!(refused(open.as_bytes(), Wanted::everything(), limits), too_much);
    let mut a = Wanted::default();
    a.member("a").want();
    let name = format!("{{\"{}", "x".repeat(2 << 20));
    assert_eq!(refused(name.as_bytes(), a, limits), too_much);
    let empty = format!("[[]{}]", ",{}".repeat(20_000));
    assert_eq!(refused(empty.as_bytes(), Wanted::everything(), limits), too_much);
}

#[test]
fn what_is_wanted_of_a_hostile_path_stays_small() {
    let mut wanted = Wanted::default();
    let mut part = &mut wanted;
    for _ in 0..60 {
        part.member("a").member("x").want();
        part = part.each();
    }
    part.want();
    assert_eq!(
        project(&wanted, b"{\"a\":{\"x\":1},\"b\":2}", 3, Limits::default()).expect("JSON").to_string(),
        r#"{"a":{"x":1},"b":2}"#
    );
}

#[test]
fn only_what_stays_counts_as_memory() {
    let limits = Limits { memory: 10_000, ..Limits::default() };
    let items: Vec<String> = (0..2000).map(|n| format!(r#"{{"name": "item {n}", "more": [1, 2]}}"#)).collect();
    let text = format!("[{}]", items.join(","));
    let mut last = Wanted::default();
    last.item(-2).member("name").want();
    let built = project(&last, text.as_bytes(), 100, limits).expect("two items are small");
    assert_eq!(built.as_array().map(<[Value]>::len), Some(2));
    assert_eq!(built.to_string(), r#"[{"name":"item 1998","more":null},{"name":"item 1999","more":null}]"#);
    assert!(project(&Wanted::everything(), text.as_bytes(), 100, limits).is_err());
}

#[test]
fn an_error_names_line_and_column_in_the_whole_text() {
    for piece in [1, 5, 100] {
        let result = project(&Wanted::default(), b"{\n  \"a\": [1,\n  oops]}", piece, Limits::default());
        let error = result.expect_err("not JSON").to_string();
        assert_eq!(error, "expected a value at line 3, column 3", "{piece}");
    }
    let message =
        |text: &str| project(&Wanted::default(), text.as_bytes(), 3, Limits::default()).expect_err("no").to_string();
    assert_eq!(message(""), "there is nothing at line 1, column 1");
    assert_eq!(message("{\"a\": 1"), "it ends in the middle at line 1, column 8");
    assert_eq!(message("[1}"), "expected `,` or `]` at line 1, column 3");
    assert_eq!(message("[1] x"), "trailing characters at line 1, column 5");
    assert_eq!(message("{\"a\" 1}"), "expected `:` at line 1, column 6");
}

/// Texts that are JSON or nearly.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just("\"a\""),
        Just("\"b\\n\""),
        Just("\"\\u00e9\\ud83d\\ude00\""),
        Just("\"\\ud83d\""),
        Just("1"),
        Just("-0.5e+7"),
        Just("01"),
        Just("-"),
        Just("1."),
        Just("1e"),
        Just("true"),
        Just("nul"),
        Just(" "),
        Just("\n"),
        Just("\""),
        Just("é"),
        Just("1e999"),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

fn documents() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("-12.5e3".to_owned()),
        Just("\"x\\ty\"".to_owned()),
        Just("18446744073709551615".to_owned()),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec(("[abc]", inner), 0..5).prop_map(|members| {
                let members: Vec<String> =
                    members.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn the_whole_of_a_document_is_what_the_reader_reads(text in prop_oneof![texts(), documents()], piece in 1_usize..9) {
        let expected = Value::read(text.as_bytes()).ok();
        let whole = project(&Wanted::everything(), text.as_bytes(), piece, Limits::default());
        prop_assert_eq!(whole.ok().map(|value| value.to_string()), expected.map(|value| value.to_string()), "{}", text);
    }

    #[test]
    fn a_document_of_which_nothing_is_wanted_is_checked_all_the_same(text in documents(), cut in any::<prop::sample::Index>()) {
        prop_assert!(project(&Wanted::default(), text.as_bytes(), 3, Limits::default()).is_ok());
        let cut = &text.as_bytes()[..cut.index(text.len())];
        let cut_is_json = Value::read(cut).is_ok();
        prop_assert_eq!(project(&Wanted::default(), cut, 3, Limits::default()).is_ok(), cut_is_json);
    }
}
