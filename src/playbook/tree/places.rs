//! Tests of the places: whatever a scalar is written like, each byte of its text leads back to its byte in the file.
//!
//! A small emitter writes random structures in every style and notes, character by character, where it wrote what.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{Data, Node, Tree, parse};
use crate::diagnostic::has_errors;
use crate::source::{SourceId, Text};

/// A scalar to write: its characters in lines of words.
#[derive(Clone, Debug)]
enum Leaf {
    Plain(Vec<String>),
    Single(Vec<char>),
    Double(Vec<(char, bool)>),
    FoldedQuote(Vec<String>, usize),
    Literal(Vec<String>, &'static str),
    Folded(Vec<Vec<String>>),
    Nothing,
}

#[derive(Clone, Debug)]
enum Shape {
    Leaf(Leaf),
    List(Vec<Shape>),
    Map(Vec<Shape>),
    FlowList(Vec<Leaf>),
    FlowMap(Vec<Leaf>),
}

/// What a leaf must decode to: each character with its byte in the file.
type Expected = Vec<(char, usize)>;

#[derive(Default)]
struct Emitter {
    out: String,
    leaves: Vec<Expected>,
    keys: Vec<Expected>,
    newline: &'static str,
}

impl Emitter {
    fn line(&mut self, indent: usize) {
        self.out.push_str(self.newline);
        self.out.push_str(&" ".repeat(indent));
    }

    fn write(&mut self, text: &str, expected: &mut Expected) {
        for character in text.chars() {
            expected.push((character, self.out.len()));
            self.out.push(character);
        }
    }

    fn key(&mut self, number: usize) {
        let mut expected = Expected::new();
        if number % 3 == 2 {
            self.out.push('"');
            self.write(&format!("ké{number}"), &mut expected);
            self.out.push('"');
        } else {
            self.write(&format!("k{number}"), &mut expected);
        }
        self.keys.push(expected);
        self.out.push(':');
    }

    /// Writes a shape behind a `-` or a `key:`, its children `indent` deep.
    fn shape(&mut self, shape: &Shape, indent: usize) {
        match shape {
            Shape::Leaf(leaf) => self.leaf(leaf, indent, false),
            Shape::List(items) => items.iter().for_each(|item| {
                self.line(indent);
                self.out.push('-');
                self.shape(item, indent + 2);
            }),
            Shape::Map(values) => values.iter().enumerate().for_each(|(number, value)| {
                self.line(indent);
                self.key(number);
                self.shape(value, indent + 3);
            }),
            Shape::FlowList(leaves) => self.flow('[', ']', leaves, indent),
            Shape::FlowMap(leaves) => self.flow('{', '}', leaves, indent),
        }
    }

    fn flow(&mut self, open: char, close: char, leaves: &[Leaf], indent: usize) {
        self.out.push(' ');
        self.out.push(open);
        for (number, leaf) in leaves.iter().enumerate() {
            if number % 4 == 3 {
                self.line(indent);
            }
            if open == '{' {
                self.out.push(' ');
                self.key(number);
            }
            self.leaf(leaf, indent, true);
            self.out.push(',');
        }
        self.out.push(close);
    }

    fn leaf(&mut self, leaf: &Leaf, indent: usize, flow: bool) {
        let mut expected = Expected::new();
        match leaf {
            Leaf::Nothing if !flow => {}
            Leaf::Literal(lines, chomp) if !flow => self.literal(lines, chomp, indent, &mut expected),
            Leaf::Folded(paragraphs) if !flow => self.folded(paragraphs, indent, &mut expected),
            Leaf::Single(characters) => {
                self.out.push_str(" '");
                for character in characters {
                    expected.push((*character, self.out.len()));
                    self.out.push(*character);
                    if *character == '\'' {
                        self.out.push('\'');
                    }
                }
                self.out.push('\'');
            }
            Leaf::Double(characters) => self.double(characters, &mut expected),
            Leaf::FoldedQuote(words, blank) => {
                self.out.push_str(" \"");
                self.words(words, *blank, indent, &mut expected);
                self.out.push('"');
            }
            Leaf::Plain(words) => {
                self.out.push(' ');
                self.words(words, 0, indent, &mut expected);
            }
            Leaf::Nothing | Leaf::Literal(..) | Leaf::Folded(_) => {
                self.out.push(' ');
                self.words(&["w0".to_owned()], 0, indent, &mut expected);
            }
        }
        self.leaves.push(expected);
    }

    fn literal(&mut self, lines: &[String], chomp: &str, indent: usize, expected: &mut Expected) {
        self.out.push_str(&format!(" |{chomp} # not text"));
        for line in lines {
            self.end_of_line(expected, '\n');
            self.out.push_str(&" ".repeat(if line.is_empty() { 0 } else { indent }));
            self.write(line, expected);
        }
        expected.remove(0);
        if chomp == "+" {
            self.end_of_line(expected, '\n');
            self.out.truncate(self.out.len() - self.newline.len());
            expected.pop();
        }
        if chomp != "-" {
            expected.push(('\n', self.out.len()));
        }
    }

    fn folded(&mut self, paragraphs: &[Vec<String>], indent: usize, expected: &mut Expected) {
        self.out.push_str(" >-");
        self.out.push_str(self.newline);
        for (number, words) in paragraphs.iter().enumerate() {
            if number > 0 {
                self.out.push_str(self.newline);
                self.end_of_line(expected, '\n');
            }
            for (number, word) in words.iter().enumerate() {
                if number > 0 {
                    self.end_of_line(expected, ' ');
                }
                self.out.push_str(&" ".repeat(indent));
                self.write(word, expected);
            }
        }
    }

    /// Words on lines of their own, with `blank` empty lines between them.
    fn words(&mut self, words: &[String], blank: usize, indent: usize, expected: &mut Expected) {
        for (number, word) in words.iter().enumerate() {
            if number > 0 {
                match blank {
                    0 => self.end_of_line(expected, ' '),
                    _ => self.out.push_str(self.newline),
                }
                (0..blank).for_each(|_| self.end_of_line(expected, '\n'));
                self.out.push_str(&" ".repeat(indent));
            }
            self.write(word, expected);
        }
    }

    fn double(&mut self, characters: &[(char, bool)], expected: &mut Expected) {
        self.out.push_str(" \"");
        for (character, escape) in characters {
            expected.push((*character, self.out.len()));
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\t' => self.out.push_str("\\t"),
                _ if !escape => self.out.push(*character),
                _ if u32::from(*character) < 0x80 => self.out.push_str(&format!("\\x{:02x}", u32::from(*character))),
                _ => {
                    let mut units = [0; 2];
                    let units = character.encode_utf16(&mut units);
                    units.iter().for_each(|unit| self.out.push_str(&format!("\\u{unit:04X}")));
                }
            }
        }
        self.out.push('"');
    }

    fn end_of_line(&mut self, expected: &mut Expected, meaning: char) {
        expected.push((meaning, self.out.len()));
        self.out.push_str(self.newline);
    }
}

fn word() -> impl Strategy<Value = String> {
    "w[a-zé漢😀0-9]{0,4}( [a-z'\"]{1,3})?".prop_map(|word| word.replace("w", "w_"))
}

fn character() -> impl Strategy<Value = char> {
    prop::sample::select("ab zé漢😀:#{}[],'\"\\|>&*!%@`-?".chars().collect::<Vec<char>>())
}

fn leaf() -> impl Strategy<Value = Leaf> {
    let words = || prop::collection::vec(word().prop_map(|word| word.replace('"', "'")), 1..4);
    let escaped = prop_oneof![character(), Just('\n'), Just('\t')];
    let lines = prop::collection::vec(
        prop_oneof![3 => word(), 1 => Just(String::new()), 1 => word().prop_map(|word| format!("  {word} # :"))],
        0..4,
    );
    let lines = (word(), lines, word()).prop_map(|(first, middle, last)| [vec![first], middle, vec![last]].concat());
    prop_oneof![
        words().prop_map(Leaf::Plain),
        prop::collection::vec(character(), 0..8).prop_map(Leaf::Single),
        prop::collection::vec((escaped, any::<bool>()), 0..8).prop_map(Leaf::Double),
        (words(), 0usize..3).prop_map(|(words, blank)| Leaf::FoldedQuote(words, blank)),
        (lines, prop::sample::select(vec!["", "-", "+"])).prop_map(|(lines, chomp)| Leaf::Literal(lines, chomp)),
        prop::collection::vec(words(), 1..3).prop_map(Leaf::Folded),
        Just(Leaf::Nothing),
    ]
}

fn shape() -> impl Strategy<Value = Shape> {
    let flow = prop_oneof![
        prop::collection::vec(leaf(), 0..6).prop_map(Shape::FlowList),
        prop::collection::vec(leaf(), 0..6).prop_map(Shape::FlowMap),
    ];
    let inner = prop_oneof![3 => leaf().prop_map(Shape::Leaf), 1 => flow];
    let tree = inner.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Shape::List),
            prop::collection::vec(inner, 1..4).prop_map(Shape::Map),
        ]
    });
    prop::collection::vec(tree, 1..4).prop_map(Shape::Map)
}

fn texts<'a>(node: &'a Node, keys: &mut Vec<&'a Text>, leaves: &mut Vec<&'a Text>) {
    match &node.data {
        Data::Scalar(scalar) => leaves.push(&scalar.text),
        Data::Sequence(items) => items.iter().for_each(|item| texts(item, keys, leaves)),
        Data::Mapping(mapping) => mapping.iter().for_each(|entry| {
            keys.push(&entry.key);
            texts(&entry.value, keys, leaves);
        }),
    }
}

#[track_caller]
fn check(found: &[&Text], expected: &[Expected], file: &str) {
    assert_eq!(found.len(), expected.len(), "{file}");
    for (text, expected) in found.iter().zip(expected) {
        let decoded: String = expected.iter().map(|(character, _)| character).collect();
        assert_eq!(*text.text, *decoded, "in {file:?}");
        for ((at, character), (_, byte)) in text.text.char_indices().zip(expected) {
            let place = text.locate(at..at + character.len_utf8());
            assert_eq!(place.start as usize, *byte, "{character:?}, byte {at} of {decoded:?} in {file:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn every_byte_of_every_scalar_leads_back_to_the_file(shape in shape(), windows in any::<bool>()) {
        let mut emitter = Emitter { newline: if windows { "\r\n" } else { "\n" }, ..Emitter::default() };
        emitter.shape(&shape, 0);
        emitter.out.push_str(emitter.newline);
        let Tree { root, diagnostics, .. } = parse(SourceId(0), &emitter.out);
        prop_assert!(!has_errors(&diagnostics), "{diagnostics:?} in {:?}", emitter.out);
        let (mut keys, mut leaves) = (Vec::new(), Vec::new());
        let root = root.expect("the text is good");
        texts(&root, &mut keys, &mut leaves);
        keys.sort_by_key(|key| key.span.start);
        emitter.keys.sort_by_key(|key| key[0].1);
        check(&keys, &emitter.keys, &emitter.out);
        check(&leaves, &emitter.leaves, &emitter.out);
    }

    #[test]
    fn no_text_makes_the_reader_panic_or_point_outside(text in "[ -:\\[\\]{}a\"'#|>\n\r\t\\\\&*!%@é\\-,?~<0.]{0,60}") {
        let Tree { root, diagnostics, .. } = parse(SourceId(0), &text);
        let good = |span: crate::source::Span| text.get(span.start as usize..span.end as usize).is_some();
        for diagnostic in &diagnostics {
            let label = diagnostic.primary.as_ref().expect("every diagnostic has a place");
            prop_assert!(good(label.span), "{diagnostic:?}");
            prop_assert!(diagnostic.secondary.iter().all(|label| good(label.span)), "{diagnostic:?}");
            prop_assert!(diagnostic.fix.as_ref().is_none_or(|fix| good(fix.span)), "{diagnostic:?}");
        }
        if let Some(root) = &root {
            let (mut keys, mut leaves) = (Vec::new(), Vec::new());
            texts(root, &mut keys, &mut leaves);
            for text in keys.iter().chain(&leaves) {
                prop_assert!(good(text.span) && good(text.locate(0..text.text.len())), "{text:?}");
            }
        }
    }
}

#[track_caller]
fn span_of(file: &str, pick: impl Fn(&Node) -> &Node) -> &str {
    let root = parse(SourceId(0), file).root;
    let root = root.expect("the text is good");
    let span = pick(&root).span;
    &file[span.start as usize..span.end as usize]
}

fn value(node: &Node) -> &Node {
    &node.as_mapping().expect("a mapping").entries[0].value
}

#[test]
fn containers_reach_from_their_first_to_their_last_byte() {
    assert_eq!(span_of("a:\n  - 1\n  - [x]\n\nb: 2\n", value), "- 1\n  - [x]");
    assert_eq!(span_of("a:\n  b: 1\n  c: 'd'\n# end\n", value), "b: 1\n  c: 'd'");
    assert_eq!(span_of("a: { b: 1 }\n", value), "{ b: 1 }");
    assert_eq!(span_of("a: |\n  text\n\n", value), "|\n  text");
    assert_eq!(span_of("a: >-  # why\n\n  text\n  more\n", value), ">-  # why\n\n  text\n  more");
    assert_eq!(span_of("a: &x !!str |2-\n   text\n", value), "|2-\n   text");
}

#[test]
fn an_absent_value_stands_right_behind_its_colon() {
    let root = parse(SourceId(0), "a:\nb: # nothing\n- c").root;
    let root = root.expect("a fragment");
    let span = value(&root).span;
    assert_eq!((span.start, span.end), (2, 2));
}

#[test]
fn what_an_alias_stands_for_keeps_the_places_of_its_anchor() {
    let file = "a: &x { b: 1 }\nc: *x\nd: { <<: *x, e: 2 }\n";
    let last = |root: &Node| root.as_mapping().expect("a mapping").get("c").expect("there").value.span;
    let Tree { root, diagnostics, .. } = parse(SourceId(0), file);
    let root = root.expect("good");
    assert!(diagnostics.is_empty());
    assert_eq!(&file[last(&root).start as usize..last(&root).end as usize], "{ b: 1 }");
    assert_eq!(root.to_value().to_string(), r#"{"a":{"b":1},"c":{"b":1},"d":{"e":2,"b":1}}"#);
}
