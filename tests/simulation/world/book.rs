//! Random playbooks that are valid, and what the oracle must know of each of their steps.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::dice::Dice;
use super::step::Writer;

/// A playbook, perhaps with one that it calls.
#[derive(Debug)]
pub struct Book {
    /// The texts by their names; `main.yaml` is run.
    pub files: BTreeMap<PathBuf, String>,
    /// What is true of each step, by its address without the keys of items.
    pub facts: BTreeMap<String, Facts>,
    /// The input that is a secret.
    pub password: String,
    /// The secret that proves who asks for a token.
    pub client_secret: String,
    /// Whether its requests carry a token.
    pub has_auth: bool,
}

/// What the oracle must know of a step: by the rules of the language, and not from the program.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Whether its changing request must not be done twice.
    pub once: bool,
    /// Whether its author takes the risk.
    pub careless: bool,
    /// Whether it says how it is undone.
    pub cleanup: bool,
    /// The steps of the same playbook that must have ended before it sends anything.
    pub needs: Vec<String>,
    /// The step whose items it goes on with, one by one.
    pub each: Option<String>,
}

impl Book {
    /// The playbook of a seed.
    pub fn write(seed: u64) -> Self {
        let mut dice = Dice::at(seed, "book");
        let has_auth = dice.chance(50);
        let (password, client_secret) = (format!("pass-{}", dice.word()), format!("client-{}", dice.word()));
        let head = Head { has_auth, retry: retry(&mut dice), timeout: dice.pick::<&str>(&["2s", "5s", "30s"]) };
        let mut facts = BTreeMap::new();
        let mut files = BTreeMap::new();
        let calls = dice.chance(25);
        if calls {
            let mut writer = Writer::new(&mut dice, &mut facts, Some("s_call"));
            let steps = writer.steps(3, false);
            let output = writer.output();
            let mut text = "playbook: part\ninputs:\n  at: {}\n  password: { secret: true }\n".to_owned();
            text += "  client_secret: { secret: true }\n";
            text += &head.text();
            write!(text, "steps:\n{steps}outputs: {{ out: {output} }}\n").expect("a string takes everything");
            files.insert(PathBuf::from("part.yaml"), text);
        }
        let mut writer = Writer::new(&mut dice, &mut facts, None);
        let count = 7;
        let steps = writer.steps(count, calls);
        let output = writer.output();
        let finally = if writer.chance(30) { writer.finally() } else { String::new() };
        let mut text = "playbook: story\ninputs:\n  password: { secret: true }\n".to_owned();
        text += "  client_secret: { secret: true }\n";
        text += &head.text();
        write!(text, "steps:\n{steps}{finally}outputs: {{ out: {output} }}\n").expect("a string takes everything");
        files.insert(PathBuf::from("main.yaml"), text);
        Book { files, facts, password, client_secret, has_auth }
    }

    /// What is true of the step at an address.
    pub fn facts(&self, address: &str) -> Facts {
        self.facts.get(&without_keys(address)).cloned().unwrap_or_default()
    }
}

/// `s_call[a].s1[b]` is `s_call.s1`.
pub fn without_keys(address: &str) -> String {
    let mut inside = false;
    let outside = |letter: &char| {
        inside = (inside || *letter == '[') && *letter != ']';
        !inside && *letter != ']'
    };
    address.chars().filter(outside).collect()
}

/// What stands above the steps.
struct Head {
    has_auth: bool,
    retry: String,
    timeout: &'static str,
}

impl Head {
    fn text(&self) -> String {
        let mut text = String::new();
        if self.has_auth {
            text += "auth:\n  key:\n    oauth2:\n      token_url: http://ledger.example.com/token\n";
            text +=
                "      grant: client_credentials\n      client_id: story\n      client_secret: '{{ client_secret }}'\n";
        }
        let auth = if self.has_auth { ", auth: key" } else { "" };
        let Head { retry, timeout, .. } = self;
        writeln!(text, "defaults:\n  {{ base_url: 'http://ledger.example.com', timeout: {timeout}{auth}{retry} }}")
            .expect("a string takes everything");
        text
    }
}

fn retry(dice: &mut Dice) -> String {
    if dice.chance(20) {
        return String::new();
    }
    let attempts = 1 + dice.below(4);
    let delay = dice.pick(&["100ms", "1s", "3s"]);
    let on =
        dice.pick(&["", ", on: [connect]", ", on: [connect, 429, 503]", ", on: [connect, reset, timeout, 5xx, 429]"]);
    let jitter = dice.pick(&["", ", jitter: 0.5"]);
    format!(", retry: {{ attempts: {attempts}, delay: {delay}, max_delay: 10s{on}{jitter} }}")
}
