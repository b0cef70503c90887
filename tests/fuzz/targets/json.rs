//! The JSON reader, and the projector that builds a part of a document from pieces of its text.

use callsheet::jsonpath::Path;
use callsheet::value::{Closed, Limits, ProjectError, Projector, Value, Wanted};

use crate::fuzz::Target;
use crate::fuzz::shape::Shape;

pub const TARGET: Target = Target { name: "json", seeds, words: WORDS, run, short: 700 };

const WORDS: &[&str] = &[
    "null",
    "true",
    "false",
    "{}",
    "[]",
    "\"a\":",
    "\"b\":1,",
    "\"\"",
    "\\u00e9",
    "\\ud83d\\ude00",
    "\\n",
    "1e5",
    "-0.0",
    ",",
    ":",
    "$.a",
    "$.b[0]",
    "$[-1]",
    "$[*].a",
    "$..a",
    "$[?@.a == 1]",
    "$[1:3]",
    ";",
    "1.5E+10",
    "123456789012345678901",
];

fn seeds() -> Vec<Vec<u8>> {
    [
        "$.a.b;$.list[-1]\n{\"a\":{\"b\":1,\"c\":[1,2,3]},\"list\":[true,null,\"x\"],\"n\":-1.5e3}",
        "$[*].id;$[?@.name == 'b'].id;$[0].tags[1:]\n[{\"id\":1,\"name\":\"a\",\"tags\":[]},{\"id\":2,\"name\":\"b\",\"tags\":[\"x\",\"y\"]}]",
        "$..x\n{\"x\":{\"x\":[{\"x\":\"\\u00e9\\n\\\"\"}]},\"y\":\"\\ud83d\\ude00\"}",
        "$\n  [ 1 , 2.50 , -0 , 1e-7 , 18446744073709551615 , 9007199254740993 ]  ",
        "$.models[0].versions[-2:]\n{\"models\":[{\"versions\":[1,2,3,4]},{}],\"a\":1,\"a\":2}",
        "$.a\n\"only a text\"",
        "$['a b']['']\n{\"a b\":{\"\":null},\"\":[]}",
        "$[2:0:-1]\n[0,[1,[2,[3,[4,{}]]]],\"\\/\\b\\f\\r\\t\"]",
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .to_vec()
}

fn run(input: &[u8]) -> Shape {
    let (paths, text) = super::halves(input);
    let chunk = 1 + input.len() % 7;
    let mut shape = Shape::default();
    let whole = Value::read(text);
    match (&whole, project(&Wanted::everything().closed(), text, chunk)) {
        (Ok(whole), Ok(projected)) => {
            shape.size(text.len());
            assert_eq!(projected.to_string(), whole.to_string(), "the projector reads another value");
            let again = Value::read(whole.to_string().as_bytes()).expect("what is written can be read");
            assert_eq!(again, *whole, "a value changes when it is written and read");
        }
        (Err(error), Err(refused)) => {
            shape.message(&error.message).message(&refused.to_string());
        }
        (Ok(_), Err(refused)) => panic!("the projector refuses what the reader reads: {refused}"),
        (Err(error), Ok(_)) => panic!("the projector reads what the reader refuses: {error}"),
    }
    for path in paths.split(';').filter_map(|path| Path::parse(path).ok()) {
        let mut wanted = Wanted::default();
        path.add_to(&mut wanted);
        let part = project(&wanted.closed(), text, chunk);
        let Ok(whole) = &whole else { continue };
        let part = part.expect("a document that can be read can be read in part");
        let shown = |root| path.select(root).into_iter().map(Value::to_string).collect::<Vec<_>>();
        let selected = shown(whole);
        assert_eq!(shown(&part), selected, "`{path}` selects something else of the part that it reads");
        shape.size(selected.len());
    }
    shape
}

fn project(wanted: &Closed, text: &[u8], chunk: usize) -> Result<Value, ProjectError> {
    let mut projector = Projector::new(wanted, Limits::default());
    text.chunks(chunk).try_for_each(|piece| projector.feed(piece))?;
    projector.finish()
}
