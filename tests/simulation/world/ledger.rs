//! The server: keeps things, slots and tokens, and does what a request says at the moment when it arrives.
//!
//! It knows of no network and no time of its own. What requests call themselves (`X-Step`) names what they make.

use std::collections::BTreeMap;
use std::time::Duration;

use callsheet::wire::{Body, Request};
use serde_json::{Value, json};

use super::dice::Dice;

/// The state of the server.
#[derive(Debug)]
pub struct Ledger {
    seed: u64,
    /// Whether requests must carry a token, and how long one lives.
    guarded: Option<Duration>,
    things: BTreeMap<u64, Thing>,
    slots: BTreeMap<String, Thing>,
    next: u64,
    /// When each token ends.
    tokens: BTreeMap<String, Duration>,
    /// What was first asked for when.
    asked: BTreeMap<String, Duration>,
    /// Everything that it has given out and that must not be read anywhere.
    pub secrets: Vec<String>,
}

/// Something that exists.
#[derive(Clone, Debug)]
pub struct Thing {
    /// What made it: the number of the request's arrival.
    pub by: usize,
    /// The step that its request named.
    pub step: String,
}

/// What the server says.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub body: String,
}

impl Ledger {
    /// A server that behaves as `seed` says; `ids` says what it calls things.
    pub fn new(seed: u64, ids: u64, guarded: bool) -> Self {
        let mut dice = Dice::at(seed, "ledger");
        let life = *dice.pick(&[3, 20, 3600]);
        Ledger {
            seed,
            guarded: guarded.then(|| Duration::from_secs(life)),
            things: BTreeMap::new(),
            slots: BTreeMap::new(),
            // Ids that differ from run to run, so that normal form has something to do.
            next: 10 + ids % 1000,
            tokens: BTreeMap::new(),
            asked: BTreeMap::new(),
            secrets: Vec::new(),
        }
    }

    /// What exists.
    pub fn existing(&self) -> impl Iterator<Item = &Thing> {
        self.things.values().chain(self.slots.values())
    }

    /// The newest thing that a step has made and that exists, if there is one.
    pub fn made_by(&self, step: &str) -> Option<u64> {
        self.things.iter().rev().find(|(_, thing)| thing.step == step).map(|(id, _)| *id)
    }

    /// Ends every token, as a server does that starts anew.
    pub fn forget_tokens(&mut self) {
        self.tokens.clear();
    }

    /// Does what a request says; `by` is the number of its arrival.
    pub fn serve(&mut self, request: &Request, by: usize, now: Duration) -> Reply {
        let path = request.url.path();
        if path == "/token" {
            return self.token(now);
        }
        if self.guarded.is_some() && !self.is_known(request, now) {
            return reply(401, &json!({ "error": "who are you?" }));
        }
        let step = request.headers.get("X-Step").unwrap_or_default().to_owned();
        let id = path.strip_prefix("/things/").and_then(|id| id.parse().ok());
        match (request.method.as_str(), path, id) {
            ("POST", "/things", _) => self.make(&step, by),
            ("POST", "/named", _) if self.named(&step).is_some() => reply(409, &json!({ "error": "it is there" })),
            ("POST", "/named", _) => self.make(&step, by),
            ("GET", "/names", _) => {
                let items: Vec<Value> = self.named(&step).map(|id| json!({ "id": id })).into_iter().collect();
                reply(200, &json!({ "items": items }))
            }
            ("GET", _, Some(id)) => match self.things.get(&id) {
                Some(thing) => reply(200, &json!({ "id": id, "name": thing.step })),
                None => reply(404, &json!({ "error": "no such thing" })),
            },
            ("DELETE", _, Some(id)) => self.delete(id, request.url.query() == Some("strict=1")),
            ("POST", "/undo", _) => self.undo(&request.body),
            ("PUT", "/slots", _) => {
                self.slots.insert(step.clone(), Thing { by, step });
                reply(200, &json!({ "size": 3 }))
            }
            ("DELETE", "/slots", _) => {
                self.slots.remove(&step);
                reply(200, &json!({}))
            }
            ("GET" | "POST", "/slow", _) => self.slow(&step, now),
            ("GET", "/session", _) => self.session(request),
            ("GET", "/value", _) => reply(200, &json!({ "name": format!("value of {step}") })),
            _ => reply(404, &json!({ "error": "no such path" })),
        }
    }

    fn is_known(&self, request: &Request, now: Duration) -> bool {
        let token = request.headers.get("authorization").and_then(|field| field.strip_prefix("Bearer "));
        token.and_then(|token| self.tokens.get(token)).is_some_and(|end| now < *end)
    }

    fn token(&mut self, now: Duration) -> Reply {
        let life = self.guarded.unwrap_or_default();
        let token = format!("token-{}", Dice::at(self.seed, &format!("token {}", self.secrets.len())).word());
        self.tokens.insert(token.clone(), now + life);
        self.secrets.push(token.clone());
        reply(200, &json!({ "access_token": token, "expires_in": life.as_secs() }))
    }

    fn make(&mut self, step: &str, by: usize) -> Reply {
        self.next += 1;
        self.things.insert(self.next, Thing { by, step: step.to_owned() });
        reply(200, &json!({ "id": self.next, "name": step }))
    }

    fn named(&self, step: &str) -> Option<u64> {
        self.made_by(step)
    }

    fn delete(&mut self, id: u64, strict: bool) -> Reply {
        let was_there = self.things.remove(&id).is_some();
        if was_there || !strict { reply(200, &json!({})) } else { reply(404, &json!({ "error": "no such thing" })) }
    }

    fn undo(&mut self, body: &Body) -> Reply {
        let Body::Bytes(bytes) = body else { return reply(400, &json!({})) };
        let id = serde_json::from_slice::<Value>(bytes).ok().and_then(|body| body["id"].as_u64());
        id.map_or_else(|| reply(400, &json!({})), |id| self.delete(id, false))
    }

    /// Is done some time after it was first asked about.
    fn slow(&mut self, step: &str, now: Duration) -> Reply {
        let begun = *self.asked.entry(step.to_owned()).or_insert(now);
        let length = Dice::at(self.seed, step).millis(0, 9000);
        if now < begun + length.min(Duration::from_secs(1)) {
            return reply(404, &json!({ "error": "not yet" }));
        }
        reply(200, &json!({ "done": now >= begun + length, "name": step }))
    }

    /// Gives a secret, and sends back the one that it got, as servers do.
    fn session(&mut self, request: &Request) -> Reply {
        let key = format!("key-{}", Dice::at(self.seed, &format!("key {}", self.secrets.len())).word());
        self.secrets.push(key.clone());
        let echo = request.headers.get("X-Secret").unwrap_or_default();
        reply(200, &json!({ "key": key, "again": { "key": key }, "you_sent": echo }))
    }
}

fn reply(status: u16, body: &Value) -> Reply {
    Reply { status, body: body.to_string() }
}
