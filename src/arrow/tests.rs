//! Records through files and back, files that pyarrow has made, and files that nobody has made well.

use bytes::Bytes;

use super::*;

const FILE_OF_TYPES: &[u8] = include_bytes!("../../tests/fixtures/arrow/types.arrow");
const STREAM_OF_TYPES: &[u8] = include_bytes!("../../tests/fixtures/arrow/types.arrows");
const TYPES: &[u8] = include_bytes!("../../tests/fixtures/arrow/types.json");

fn value(text: &str) -> Value {
    Value::read(text.as_bytes()).expect("the test's text is JSON")
}

fn written(records: &str) -> Vec<u8> {
    file(&value(records), None).expect("the records can be written")
}

/// The records as they come back, with the columns named where it is not empty.
fn through(records: &str, schema: &str) -> String {
    let schema = (!schema.is_empty()).then(|| value(schema));
    let fields = schema.map(|schema| Field::read_all(&schema).expect("a schema").expect("the schema is right"));
    match file(&value(records), fields.as_deref()) {
        Ok(file) => all_records(file.into()).expect("a file of ours can be read").to_string(),
        Err(problem) => format!("!{}", problem.message),
    }
}

#[test]
fn every_type_is_read_as_pyarrow_reads_it() {
    let expected = Value::read(TYPES).expect("the fixture is JSON");
    for file in [FILE_OF_TYPES, STREAM_OF_TYPES] {
        let found = all_records(Bytes::from_static(file)).expect("the fixture is Arrow");
        assert_eq!(found, expected);
    }
}

#[test]
fn records_come_back_as_they_were() {
    for records in [
        r#"[{"a":1,"b":1.5,"c":"x","d":true,"e":null}]"#,
        r#"[{"a":[1,2],"b":[]},{"a":null,"b":[[],["x"]]}]"#,
        r#"[{"a":{"b":{"c":[{"d":1}]}}},{"a":null}]"#,
        r#"[{"a":18446744073709551615},{"a":0}]"#,
        r#"[{"a":{}}]"#,
        r#"[{"an odd, \"name\"":-9223372036854775808}]"#,
    ] {
        assert_eq!(through(records, ""), records);
    }
    assert_eq!(through(r#"[{"a":1},{"a":2.5}]"#, ""), r#"[{"a":1.0},{"a":2.5}]"#);
    assert_eq!(through(r#"[{"a":1},{"b":2}]"#, ""), r#"[{"a":1,"b":null},{"a":null,"b":2}]"#);
}

#[test]
fn a_schema_says_what_a_column_is() {
    for (records, schema, expected) in [
        (
            r#"[{"a":1,"b":2}]"#,
            r#"{"b":"float32","a":"string"}"#,
            "!`$[0].a` is a number that does not fit the type `string`",
        ),
        (r#"[{"a":1,"b":2}]"#, r#"{"b":"float32","a":"int8"}"#, r#"[{"b":2.0,"a":1}]"#),
        (r#"[{"a":0.0014974177}]"#, r#"{"a":"float32"}"#, r#"[{"a":0.0014974177}]"#),
        (
            r#"[{"a":"2026-11-24T08:00:00.005Z"},{"a":5}]"#,
            r#"{"a":"timestamp[ms]"}"#,
            r#"[{"a":1795507200005},{"a":5}]"#,
        ),
        (r#"[{"a":"1969-12-31"},{"a":1}]"#, r#"{"a":"date32"}"#, r#"[{"a":"1969-12-31"},{"a":"1970-01-02"}]"#),
        (r#"[{"a":"1969-12-31"}]"#, r#"{"a":"date64"}"#, r#"[{"a":"1969-12-31"}]"#),
        (r#"[{"a":"AAE="}]"#, r#"{"a":"binary"}"#, r#"[{"a":"AAE="}]"#),
        (r#"[{"a":[1,2]},{}]"#, r#"{"a":"fixed_size_list<int64, 2>"}"#, r#"[{"a":[1,2]},{"a":null}]"#),
        ("[]", r#"{"a":"list<list<bool>>"}"#, "[]"),
        (
            r#"[{"a":[1]}]"#,
            r#"{"a":"fixed_size_list<int64, 2>"}"#,
            "!`$[0].a` is a list that does not fit the type `fixed_size_list` of 2 items",
        ),
        (r#"[{"a":128}]"#, r#"{"a":"int8"}"#, "!`$[0].a` is a number that does not fit the type `int8`"),
        (r#"[{"a":-1}]"#, r#"{"a":"uint64"}"#, "!`$[0].a` is a number that does not fit the type `uint64`"),
        (r#"[{"a":1e300}]"#, r#"{"a":"float32"}"#, "!`$[0].a` is a number that does not fit the type `float32`"),
        (
            r#"[{"a":1},{}]"#,
            r#"[{"name":"a","type":"int8","nullable":false}]"#,
            "!`$[1].a` is null or not there, and the column is not nullable",
        ),
        (r#"[{"a":1},{"x y":2}]"#, r#"{"a":"int8"}"#, "!`$[1]['x y']` is no column of the schema"),
        (
            r#"[{}]"#,
            r#"{"a":"fixed_size_list<int64, 2000000000>"}"#,
            "!`$[0].a` is null or not there, which would take 2000000000 items",
        ),
    ] {
        assert_eq!(through(records, schema), expected, "{records} {schema}");
    }
}

#[test]
fn what_is_wrong_with_records_is_told_with_its_place() {
    for (records, expected) in [
        ("5", "!`arrow` takes a list of objects, one for each row, not a number"),
        ("[{},[]]", "!`arrow` takes a list of objects, one for each row, and `$[1]` is a list"),
        ("[]", "!there is no record that would tell the columns"),
        (r#"[{"a":[[1],[]]},{"a":[[2],[3,"x"]]}]"#, "!`$[1].a[1][1]` is a text, and before it are numbers"),
        (r#"[{"a":{"b":true}},{"a":{"b":{}}}]"#, "!`$[1].a.b` is an object, and before it are booleans"),
        (r#"[{"a":18446744073709551615},{"a":-1}]"#, "!`$[1].a` is a number that does not fit the type `uint64`"),
    ] {
        assert_eq!(through(records, ""), expected, "{records}");
    }
}

#[test]
fn only_what_is_wanted_is_built_and_no_more_than_the_limits_allow() {
    let file = Bytes::from(written(r#"[{"a":1,"b":"long"},{"a":2,"b":"text"}]"#));
    let mut wanted = Wanted::default();
    wanted.item(-1).member("a").want();
    let found = records(file.clone(), &wanted.closed(), Limits::default()).expect("it can be read");
    assert_eq!(found.to_string(), r#"[{"a":2,"b":null}]"#);
    let limits = Limits { memory: 100, ..Limits::default() };
    let refused = records(file, &Wanted::everything().closed(), limits);
    assert!(matches!(refused, Err(Unreadable::TooLarge(_))), "{refused:?}");
}

/// Any byte may be another one, and a file may end anywhere: that is told, or read as something else.
#[test]
fn no_byte_of_a_file_breaks_the_reader() {
    let mut state = 1u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits")
    };
    for original in [FILE_OF_TYPES, STREAM_OF_TYPES] {
        for at in 0..original.len() {
            let mut bytes = original.to_vec();
            bytes[at] = random() as u8;
            if random() % 2 == 0 {
                bytes[random() % original.len()] = 0xff;
            }
            let _ = all_records(bytes.into());
            let cut = all_records(Bytes::copy_from_slice(&original[..at]));
            assert!(cut.is_err() || original == STREAM_OF_TYPES, "{at} bytes of a file are none");
        }
    }
}
