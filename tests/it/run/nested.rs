//! Random playbooks inside each other: every reference means what the rules say, or is refused before anything is sent.
//!
//! An interpreter of its own says what each playbook must come to. Steps echo what they are sent, at random speeds.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use callsheet::plan::Inputs;
use callsheet::runner::Options;
use callsheet::session::{Playbook, Session};
use callsheet::value::{Object, Value};
use callsheet::wire::{Answer, Body, BodyReader, BoxFuture, Headers, Request, Transport, TransportError};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::scenario::{Files, Ran, outputs, run_playbook};

/// A playbook: `v0`, `v1`, … are what its steps bring, `x0`, `x1`, … their items, `p` is its input if it is called.
#[derive(Debug)]
struct Book {
    called: bool,
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    over: Option<Over>,
    reference: Reference,
    calls: Option<Book>,
}

#[derive(Debug)]
enum Over {
    Literal(usize),
    Records(usize),
    Values(usize),
}

#[derive(Debug)]
enum Reference {
    Nothing,
    Input,
    Value(usize),
    Item(usize),
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }
}

/// Mostly what the rules allow; now and then something that they do not.
fn book(dice: &mut Dice, called: bool, depth: usize) -> Book {
    let count = 1 + dice.roll(4);
    let mut steps: Vec<Step> = Vec::new();
    for index in 0..count {
        let looped: Vec<usize> = (0..index).filter(|at| steps[*at].over.is_some()).collect();
        let some = (!looped.is_empty()).then(|| looped[dice.roll(looped.len().max(1))]);
        let over = match (dice.roll(6), some) {
            (0 | 1, _) => Some(Over::Literal(dice.roll(4))),
            (2, Some(at)) => Some(Over::Records(at)),
            (3, Some(at)) => Some(Over::Values(at)),
            (4, _) if index > 0 && dice.roll(8) == 0 => Some(Over::Records(dice.roll(count))),
            _ => None,
        };
        let reference = match dice.roll(12) {
            0..4 if index > 0 => Reference::Value(dice.roll(index)),
            4 | 5 if called => Reference::Input,
            6 | 7 if over.is_some() => Reference::Item(index),
            8 if dice.roll(6) == 0 => Reference::Item(dice.roll(count)),
            9 if dice.roll(6) == 0 => Reference::Value(dice.roll(count)),
            10 if dice.roll(6) == 0 => Reference::Input,
            _ => Reference::Nothing,
        };
        let calls = (depth < 2 && dice.roll(4) == 0).then(|| book(dice, true, depth + 1));
        steps.push(Step { over, reference, calls });
    }
    Book { called, steps }
}

impl Reference {
    fn text(&self) -> String {
        match self {
            Reference::Nothing => "nothing".to_owned(),
            Reference::Input => "{{ p }}".to_owned(),
            Reference::Value(at) => format!("{{{{ v{at} }}}}"),
            Reference::Item(at) => format!("{{{{ x{at} }}}}"),
        }
    }
}

impl Book {
    /// The text, and those of the playbooks that it calls.
    fn write(&self, name: &str, files: &mut HashMap<PathBuf, String>) {
        let mut text = format!("playbook: {name}\ndefaults: {{ base_url: 'http://api.example.com' }}\n");
        if self.called {
            text += "inputs: { p: { type: json } }\n";
        }
        text += "steps:\n";
        for (index, step) in self.steps.iter().enumerate() {
            writeln!(text, "  s{index}:").expect("a string takes everything");
            let over = match &step.over {
                None => None,
                Some(Over::Literal(count)) => Some(format!("{:?}", (0..*count).collect::<Vec<_>>())),
                Some(Over::Records(at)) => Some(format!("'{{{{ steps.s{at} }}}}'")),
                Some(Over::Values(at)) => Some(format!("v{at}")),
            };
            if let Some(over) = over {
                writeln!(text, "    foreach: {{ x{index}: {over} }}").expect("a string takes everything");
            }
            let reference = step.reference.text();
            match &step.calls {
                Some(inner) => {
                    let file = format!("{name}-{index}");
                    inner.write(&file, files);
                    let with = format!("    call: {file}.yaml\n    with: {{ p: '{reference}' }}");
                    writeln!(text, "{with}\n    outputs: {{ v{index}: out }}").expect("a string takes everything");
                }
                None => {
                    let json = format!("{{ at: s{index}, ref: '{reference}' }}");
                    writeln!(text, "    post: /echo\n    json: {json}\n    capture: {{ v{index}: $ }}")
                        .expect("a string takes everything");
                }
            }
        }
        let last = self.steps.len() - 1;
        writeln!(text, "outputs: {{ out: '{{{{ v{last} }}}}' }}").expect("a string takes everything");
        files.insert(PathBuf::from(format!("{name}.yaml")), text);
    }

    /// Whether the rules allow it.
    fn is_good(&self) -> bool {
        let mut edges: Vec<(usize, usize)> = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            match step.reference {
                Reference::Nothing => {}
                Reference::Input if self.called => {}
                Reference::Item(at) if at == index && step.over.is_some() => {}
                Reference::Value(at) if at != index => edges.push((at, index)),
                _ => return false,
            }
            match step.over {
                Some(Over::Records(at) | Over::Values(at)) if at == index || self.steps[at].over.is_none() => {
                    return false;
                }
                Some(Over::Records(at) | Over::Values(at)) => edges.push((at, index)),
                _ => {}
            }
            if step.calls.as_ref().is_some_and(|inner| !inner.is_good()) {
                return false;
            }
        }
        // A circle is left when nothing can be taken away any more that waits for nobody.
        let mut left: Vec<usize> = (0..self.steps.len()).collect();
        loop {
            let before = left.len();
            let known = left.clone();
            left.retain(|at| edges.iter().any(|(from, to)| to == at && known.contains(from)));
            if left.is_empty() {
                return true;
            }
            if left.len() == before {
                return false;
            }
        }
    }

    /// What `out` is, by the rules and nothing of the program's.
    fn out(&self, p: Option<&Value>) -> Value {
        let mut known: HashMap<usize, (Value, Vec<Value>)> = HashMap::new();
        while known.len() < self.steps.len() {
            for index in 0..self.steps.len() {
                if let Some(value) = (!known.contains_key(&index)).then(|| self.value(index, &known, p)).flatten() {
                    known.insert(index, value);
                }
            }
        }
        known.remove(&(self.steps.len() - 1)).expect("every step has a value").0
    }

    /// The value of a step and its records, where what it needs is known.
    fn value(
        &self,
        index: usize,
        known: &HashMap<usize, (Value, Vec<Value>)>,
        p: Option<&Value>,
    ) -> Option<(Value, Vec<Value>)> {
        let step = &self.steps[index];
        let items: Option<Vec<Value>> = match step.over {
            None => None,
            Some(Over::Literal(count)) => Some((0..count).map(|n| Value::from(n as u64)).collect()),
            Some(Over::Records(at)) => Some(known.get(&at)?.1.clone()),
            Some(Over::Values(at)) => Some(known.get(&at)?.0.as_array()?.to_vec()),
        };
        let one = |item: Option<&Value>| -> Option<Value> {
            let value = match step.reference {
                Reference::Nothing => Value::from("nothing"),
                Reference::Input => p?.clone(),
                Reference::Value(at) => known.get(&at)?.0.clone(),
                Reference::Item(_) => item?.clone(),
            };
            Some(match &step.calls {
                Some(inner) => inner.out(Some(&value)),
                None => object([("at", Value::from(format!("s{index}"))), ("ref", value)]),
            })
        };
        let Some(items) = items else { return Some((one(None)?, Vec::new())) };
        let mut values = Vec::new();
        let mut records = Vec::new();
        for (number, item) in items.iter().enumerate() {
            let value = one(Some(item))?;
            let key = match (&step.over, item.get("key")) {
                (Some(Over::Records(_)), Some(key)) => key.clone(),
                _ => Value::from(number.to_string()),
            };
            let name = format!("x{index}");
            let mut members = Object::default();
            members.insert("key".into(), key);
            members.insert(name.as_str().into(), item.clone());
            members.insert(format!("v{index}").as_str().into(), value.clone());
            records.push(Value::object(members));
            values.push(value);
        }
        Some((Value::array(values), records))
    }
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::object(members.into_iter().map(|(name, value)| (Arc::from(name), value)).collect())
}

/// Sends back what it is sent, some time later.
struct Echo(u64);

impl Transport for Echo {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let Body::Bytes(body) = request.body else { panic!("every step sends JSON") };
        let sum = body.iter().fold(self.0, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(sum % 50)).await;
            let headers = Headers(vec![("content-type".to_owned(), "application/json".to_owned())]);
            Ok(Answer { status: 200, headers, body: Box::new(Whole(Some(body))) })
        })
    }
}

struct Whole(Option<Bytes>);

impl BodyReader for Whole {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(std::future::ready(Ok(self.0.take())))
    }
}

fn run(playbook: &Playbook, jobs: usize, seed: u64) -> Ran {
    run_playbook(playbook, Echo(seed), Options { jobs, ..Options::default() }, Inputs::new(), |_, _| {})
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(11), ..ProptestConfig::default() })]

    #[test]
    fn nested_playbooks_mean_what_the_rules_say_or_are_refused(seed: u64) {
        let book = book(&mut Dice(seed), false, 0);
        let mut files = HashMap::new();
        book.write("main", &mut files);
        let shown = files.iter().map(|(path, text)| format!("# {}\n{text}", path.display())).collect::<String>();
        let loaded = Session::with_loader(Files::new(files)).load("main.yaml");
        prop_assert_eq!(loaded.is_ok(), book.is_good(), "{}\n{:?}", shown, loaded.err().map(|found| found.to_string()));
        let Ok(playbook) = loaded else { return Ok(()) };
        let (slow, fast) = (run(&playbook, 1, seed), run(&playbook, 16, seed ^ 77));
        for ran in [&slow, &fast] {
            prop_assert!(ran.outcome.passed(), "{}\n{:#?}", shown, ran.messages());
            let expected = object([("out", book.out(None))]).to_string();
            prop_assert_eq!(outputs(ran), expected, "{}", shown);
        }
        prop_assert_eq!(slow.transcript().to_yaml(), fast.transcript().to_yaml(), "{}", shown);
    }
}

#[test]
fn both_kinds_of_playbooks_are_made() {
    let books: Vec<bool> = (0..300).map(|seed| book(&mut Dice(seed), false, 0).is_good()).collect();
    let good = books.iter().filter(|good| **good).count();
    assert!((100..280).contains(&good), "{good} of 300 are good");
}
