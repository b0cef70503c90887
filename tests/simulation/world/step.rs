//! Writes the steps of a random playbook.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::book::Facts;
use super::dice::Dice;

/// Writes steps one below the other; each may use what those above it have brought.
pub struct Writer<'a> {
    dice: &'a mut Dice,
    facts: &'a mut BTreeMap<String, Facts>,
    /// The step that calls the playbook, where it is one that is called.
    called: Option<&'static str>,
    /// The captures that hold the id of one thing.
    things: Vec<String>,
    /// The captures that hold any value.
    values: Vec<String>,
    /// The captures that hold a secret.
    secrets: Vec<String>,
    /// The steps of many items that bring things.
    lists: Vec<String>,
    ids: Vec<String>,
    /// What is true of the step that is being written.
    current: Facts,
}

/// How a step is written: for many items or one, and what its requests call themselves.
struct Place {
    id: String,
    /// The address, as a template.
    at: String,
    many: bool,
    text: String,
}

impl<'a> Writer<'a> {
    pub fn new(dice: &'a mut Dice, facts: &'a mut BTreeMap<String, Facts>, called: Option<&'static str>) -> Self {
        let (things, values, secrets, lists, ids) = Default::default();
        Writer { dice, facts, called, things, values, secrets, lists, ids, current: Facts::default() }
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.dice.chance(percent)
    }

    /// Up to so many steps, one of which perhaps calls another playbook.
    pub fn steps(&mut self, most: usize, calls: bool) -> String {
        let count = 1 + self.dice.below(most);
        let mut text = String::new();
        let calling = self.dice.below(count);
        for index in 0..count {
            if calls && index == calling {
                text += &self.call();
            }
            text += &self.step(&format!("s{index}"));
        }
        text
    }

    /// What the playbook hands back.
    pub fn output(&mut self) -> String {
        let known = [self.things.as_slice(), self.values.as_slice()].concat();
        if known.is_empty() { "nothing".to_owned() } else { format!("'{{{{ {} }}}}'", self.dice.pick(&known)) }
    }

    pub fn finally(&mut self) -> String {
        let outcome = if self.dice.chance(50) { "'{{ run.outcome }}'" } else { "'x'" };
        let mut text = format!("finally:\n  logs:\n    get: /value\n    query: {{ outcome: {outcome} }}\n");
        text += "    headers: { X-Step: logs }\n";
        text
    }

    fn step(&mut self, id: &str) -> String {
        let mut place = self.place(id);
        match self.dice.below(10) {
            0..3 => self.create(&mut place),
            3 => self.put(&mut place),
            4 | 5 => self.read(&mut place),
            6 => self.poll(&mut place),
            7 => self.ensure(&mut place),
            8 => self.session(&mut place),
            _ => self.quiet(&mut place),
        }
        self.note(id);
        place.text
    }

    /// A capture to be used, and so a step to be waited for.
    fn uses(&mut self, known: &[String]) -> String {
        let name = self.dice.pick(known).clone();
        let step = name.rsplit_once('_').map_or("", |(step, _)| step);
        self.current.needs.push(step.to_owned());
        name
    }

    /// The head of a step: its id, its items, its order.
    fn place(&mut self, id: &str) -> Place {
        self.current = Facts::default();
        let mut text = format!("  {id}:\n");
        let many = self.dice.chance(20);
        if many {
            let over = match self.dice.below(3) {
                0 if !self.lists.is_empty() => {
                    let list = self.dice.pick(&self.lists).clone();
                    let over = format!("'{{{{ steps.{list} }}}}'");
                    self.current.each = Some(list);
                    over
                }
                1 => "[a, b, c]".to_owned(),
                _ => "[1, 2]".to_owned(),
            };
            writeln!(text, "    foreach: {{ x: {over} }}").expect("a string takes everything");
            if self.dice.chance(30) {
                text += "    max_parallel: 1\n";
            }
        }
        if !self.ids.is_empty() && self.dice.chance(25) {
            let other = self.dice.pick(&self.ids).clone();
            writeln!(text, "    needs: [{other}]").expect("a string takes everything");
            self.current.needs.push(other);
        }
        for (percent, line) in [(12, "continue_on_error: true"), (4, "when: 1 == 2")] {
            if self.dice.chance(percent) {
                writeln!(text, "    {line}").expect("a string takes everything");
            }
        }
        if self.dice.chance(10) {
            writeln!(text, "    lock: {}", self.dice.pick(&["one", "two"])).expect("a string takes everything");
        }
        let key = if many { "[{{ key }}]" } else { "" };
        let above = if self.called.is_some() { "{{ at }}." } else { "" };
        Place { id: id.to_owned(), at: format!("{above}{id}{key}"), many, text }
    }

    /// A step has been written.
    fn note(&mut self, id: &str) {
        let address = match self.called {
            Some(caller) => format!("{caller}.{id}"),
            None => id.to_owned(),
        };
        self.facts.insert(address, std::mem::take(&mut self.current));
        self.ids.push(id.to_owned());
    }

    fn brings_thing(&mut self, place: &Place) {
        if place.many {
            self.lists.push(place.id.clone());
        } else {
            self.things.push(format!("{}_id", place.id));
        }
    }

    fn headers(&mut self, place: &Place) -> String {
        let secret = match self.dice.below(6) {
            0 => ", X-Secret: '{{ password }}'".to_owned(),
            1 if !self.secrets.is_empty() => {
                let secrets = self.secrets.clone();
                format!(", X-Secret: 'of {{{{ {} }}}}'", self.uses(&secrets))
            }
            _ => String::new(),
        };
        format!("headers: {{ X-Step: '{}'{secret} }}", place.at)
    }

    /// A POST that must not be done twice.
    fn create(&mut self, place: &mut Place) {
        let id = place.id.clone();
        let careless = self.dice.chance(10);
        let headers = self.headers(place);
        let capture = if self.dice.chance(4) { "$.nothing" } else { "$.id" };
        let path = if careless { "'/things'" } else { "/things" };
        let text = &mut place.text;
        write!(text, "    post: {path}\n    json: {{ password: '{{{{ password }}}}' }}\n    {headers}\n")
            .expect("a string takes everything");
        writeln!(text, "    capture: {{ {id}_id: {capture} }}").expect("a string takes everything");
        if careless {
            text.push_str("    retry: { unsafe: true, attempts: 3, on: [connect, reset, 502] }\n");
        }
        let cleanup = self.dice.chance(70);
        if cleanup {
            self.cleanup(place);
        }
        self.expect(place);
        self.current = Facts { once: true, careless, cleanup, ..self.current.clone() };
        self.brings_thing(place);
    }

    fn cleanup(&mut self, place: &mut Place) {
        let Place { id, at, text, .. } = place;
        let one = format!("{{ delete: '/things/{{{{ {id}_id }}}}', headers: {{ X-Step: '{at}' }} }}");
        let other = format!("{{ post: /undo, json: {{ id: '{{{{ {id}_id }}}}' }}, headers: {{ X-Step: '{at}' }} }}");
        let strict = format!("{{ delete: '/things/{{{{ {id}_id }}}}?strict=1', headers: {{ X-Step: '{at}' }} }}");
        let cleanup = match self.dice.below(5) {
            0 => other,
            1 => strict,
            2 => format!("[ {other}, {one} ]"),
            _ => one,
        };
        writeln!(text, "    cleanup: {cleanup}").expect("a string takes everything");
    }

    fn put(&mut self, place: &mut Place) {
        let headers = self.headers(place);
        let Place { id, at, text, .. } = place;
        write!(text, "    put: /slots\n    {headers}\n    json: {{ size: 3 }}\n").expect("a string takes everything");
        writeln!(text, "    capture: {{ {id}_size: $.size }}").expect("a string takes everything");
        let cleanup = self.dice.chance(60);
        if cleanup {
            writeln!(text, "    cleanup: {{ delete: /slots, headers: {{ X-Step: '{at}' }} }}")
                .expect("a string takes everything");
        }
        if !place.many {
            self.values.push(format!("{}_size", place.id));
        }
        self.expect(place);
        self.current.cleanup = cleanup;
    }

    fn read(&mut self, place: &mut Place) {
        let headers = self.headers(place);
        let path = match self.dice.below(3) {
            0 => "/value".to_owned(),
            _ if !self.things.is_empty() => {
                let things = self.things.clone();
                format!("/things/{{{{ {} }}}}", self.uses(&things))
            }
            _ => "/value".to_owned(),
        };
        let Place { id, text, .. } = place;
        write!(text, "    get: '{path}'\n    {headers}\n    capture: {{ {id}_name: $.name }}\n")
            .expect("a string takes everything");
        if path.starts_with("/things") {
            // An id that is sent back and not captured is the author's to name.
            text.push_str("    volatile: $.id\n");
        }
        if !self.values.is_empty() && self.dice.chance(40) {
            let values = self.values.clone();
            writeln!(place.text, "    query: {{ q: '{{{{ {} }}}}' }}", self.uses(&values))
                .expect("a string takes everything");
        }
        if !place.many {
            self.values.push(format!("{}_name", place.id));
        }
        self.expect(place);
    }

    fn poll(&mut self, place: &mut Place) {
        let headers = self.headers(place);
        let timeout = self.dice.pick(&["4s", "20s", "60s"]);
        let method = self.dice.pick(&["get", "post"]);
        let text = &mut place.text;
        write!(text, "    {method}: /slow\n    {headers}\n").expect("a string takes everything");
        writeln!(text, "    poll: {{ until: body.done, every: 1s, timeout: {timeout}, not_yet: [404] }}")
            .expect("a string takes everything");
        self.expect(place);
    }

    fn ensure(&mut self, place: &mut Place) {
        let headers = self.headers(place);
        let cleanup = self.dice.chance(60);
        let Place { id, text, .. } = place;
        let find = format!("{{ get: /names, {headers}, capture: {{ {id}_id: '$.items[0].id' }} }}");
        let create = format!("{{ post: /named, json: {{}}, {headers}, capture: {{ {id}_id: $.id }} }}");
        writeln!(text, "    ensure:\n      find: {find}\n      create: {create}").expect("a string takes everything");
        if cleanup {
            self.cleanup(place);
        }
        self.current = Facts { once: true, cleanup, ..self.current.clone() };
        self.brings_thing(place);
    }

    fn session(&mut self, place: &mut Place) {
        let headers = self.headers(place);
        let Place { id, text, .. } = place;
        write!(text, "    get: /session\n    {headers}\n").expect("a string takes everything");
        writeln!(text, "    capture: {{ {id}_key: {{ json: $.key, secret: true }} }}")
            .expect("a string takes everything");
        if !place.many {
            self.secrets.push(format!("{}_key", place.id));
        }
    }

    /// A step that sends nothing.
    fn quiet(&mut self, place: &mut Place) {
        // A text that is made of an id is not known to be one, and what is called may hand one back.
        let known: Vec<String> = self.values.iter().filter(|name| *name != "s_call_out").cloned().collect();
        let Place { id, text, many, .. } = place;
        if known.is_empty() || self.dice.chance(50) {
            writeln!(text, "    wait: {}", self.dice.pick(&["10ms", "2s", "30s"])).expect("a string takes everything");
            return;
        }
        let value = self.uses(&known);
        writeln!(text, "    set: {{ {id}_set: 'x{{{{ {value} }}}}' }}").expect("a string takes everything");
        if !*many {
            self.values.push(format!("{id}_set"));
        }
    }

    fn expect(&mut self, place: &mut Place) {
        match self.dice.below(25) {
            0 => place.text.push_str("    expect: [ body.name == 'nobody' ]\n"),
            1..4 => place
                .text
                .push_str("    expect: [ status == 200, \"headers['content-type'] == 'application/json'\" ]\n"),
            _ => {}
        }
    }

    fn call(&mut self) -> String {
        let mut place = self.place("s_call");
        let Place { at, text, .. } = &mut place;
        text.push_str("    call: part.yaml\n");
        let secrets = "password: '{{ password }}', client_secret: '{{ client_secret }}'";
        writeln!(text, "    with: {{ at: '{at}', {secrets} }}\n    outputs: {{ s_call_out: out }}")
            .expect("a string takes everything");
        if !place.many {
            self.values.push("s_call_out".to_owned());
        }
        self.note("s_call");
        place.text
    }
}
