//! Tests of what a path reads: the part that is built of a document gives the same answers as the whole.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::Path;
use crate::value::{Limits, Projector, Value, Wanted};

fn part(path: &Path, text: &str) -> Value {
    let mut wanted = Wanted::default();
    path.add_to(&mut wanted);
    let closed = wanted.closed();
    let mut projector = Projector::new(&closed, Limits::default());
    projector.feed(text.as_bytes()).expect("JSON");
    projector.finish().expect("JSON")
}

#[test]
fn a_path_reads_no_more_than_it_needs() {
    let text = r#"{"a":[{"n":"x","id":1,"z":[1]},{"n":"y","id":2,"z":[2]}],"b":{"c":3,"d":[4,5,6]},"k":"x"}"#;
    let read = |path: &str| part(&Path::parse(path).expect("a path"), text).to_string();
    assert_eq!(read("$.b.c"), r#"{"a":null,"b":{"c":3,"d":null},"k":null}"#);
    assert_eq!(read("$.b.d[-1]"), r#"{"a":null,"b":{"c":null,"d":[6]},"k":null}"#);
    assert_eq!(read("$.b.d[1:]"), r#"{"a":null,"b":{"c":null,"d":[4,5,6]},"k":null}"#);
    assert_eq!(read("$.b.d[0:2]"), r#"{"a":null,"b":{"c":null,"d":[4,5]},"k":null}"#);
    let items = r#"[{"n":"x","id":1,"z":null},{"n":"y","id":2,"z":null}]"#;
    assert_eq!(read("$.a[?@.n == 'x'].id"), format!(r#"{{"a":{items},"b":null,"k":null}}"#));
    assert_eq!(read("$.a[?@.n == $.k].id"), format!(r#"{{"a":{items},"b":null,"k":"x"}}"#));
    assert_eq!(read("$..id"), Value::read(text.as_bytes()).expect("JSON").to_string());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn a_path_selects_the_same_of_the_part_that_it_reads(
        segments in prop::collection::vec(prop_oneof![
            Just(".a"), Just("['b','a']"), Just("[0]"), Just("[-1]"), Just("[*]"), Just("[1:3]"), Just("[-2:]"), Just("[::-1]"),
            Just("[?@.a]"), Just("[?@.b == $.a]"), Just("[?count(@.*) > 1]"), Just("[?length(@.a) > 1]"), Just("[?!@[0]]"),
            Just("[?match(@.a, $[0])]"), Just("[?@ == 'a']"), Just("..a"), Just("[?@[?@.a > 1]]"),
        ], 0..4),
        document in documents(),
    ) {
        let path = Path::parse(&format!("${}", segments.concat())).expect("a path");
        let whole = Value::read(document.as_bytes()).expect("JSON");
        let shown = |nodes: Vec<&Value>| nodes.iter().map(|node| node.to_string()).collect::<Vec<_>>();
        let part = part(&path, &document);
        prop_assert_eq!(shown(path.select(&part)), shown(path.select(&whole)), "{} of {}", path, document);
    }
}

fn documents() -> impl Strategy<Value = String> {
    let leaf =
        prop_oneof![Just("null"), Just("2"), Just("\"a\""), Just("\"ab\""), Just("true")].prop_map(str::to_owned);
    leaf.prop_recursive(4, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(("[abc]", inner), 0..5).prop_map(|members| {
                let members: Vec<String> =
                    members.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}
