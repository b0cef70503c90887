//! The inputs of the playbook that is made: the command's variables, its files, and every secret in it.

use super::secrecy::{is_secret_name, is_secret_segment, is_secret_text};
use super::words::{Variable, mark};
use super::yaml::Yaml;
use crate::expression::{RESERVED, function_names};

/// What an input is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Text,
    Url,
    File,
    Json,
}

/// An input.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// The variable of the environment that has its value.
    pub(super) variable: Option<String>,
    /// A template.
    pub(super) default: Option<String>,
    pub(super) is_secret: bool,
}

/// Variables that shells set by themselves: a secret of that name would be taken from there.
const OF_SHELLS: &[&str] =
    &["HOME", "HOSTNAME", "LANG", "OLDPWD", "PATH", "PWD", "SHELL", "SHLVL", "TERM", "TMPDIR", "UID", "USER"];

/// All of them, in the order in which they are used.
#[derive(Debug)]
pub(super) struct Inputs {
    all: Vec<Input>,
    variables: Vec<Variable>,
    /// Which input each variable has become.
    known: Vec<Option<usize>>,
    /// The secrets of the command that are written out, each with the name of its variable.
    hidden: Vec<(String, String)>,
}

impl Inputs {
    pub(super) fn new(variables: Vec<Variable>) -> Self {
        Inputs { all: Vec::new(), known: vec![None; variables.len()], hidden: Vec::new(), variables }
    }

    pub(super) fn hidden(&self) -> &[(String, String)] {
        &self.hidden
    }

    pub(super) fn all(&self) -> &[Input] {
        &self.all
    }

    /// Adds an input under a name that is like the wanted one and free. Gives `{{ name }}`.
    pub(super) fn add(&mut self, wanted: &str, input: Input) -> String {
        let name = self.free(wanted);
        self.all.push(Input { name: name.clone(), ..input });
        format!("{{{{ {name} }}}}")
    }

    fn free(&self, wanted: &str) -> String {
        let name = identifier(wanted, "value");
        let taken = |name: &str| {
            RESERVED.contains(&name)
                || function_names().contains(&name)
                || self.all.iter().any(|input| input.name == name)
        };
        let name = if taken(&name) && !self.all.iter().any(|input| input.name == name) {
            format!("{name}_value")
        } else {
            name
        };
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        std::iter::once(name.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(name)
    }

    /// A file of the command, as an input that has its path.
    pub(super) fn file(&mut self, wanted: &str, path: &str) -> String {
        if let Some(number) = alone(path) {
            return format!("{{{{ {} }}}}", self.of_kind(number, Kind::File).name);
        }
        let default = self.template(path);
        self.add(wanted, Input { kind: Kind::File, default: Some(default), ..Input::default() })
    }

    /// What must not be in the playbook: an input without a value. A text that is a variable alone is that variable.
    pub(super) fn secret(&mut self, wanted: &str, text: &str) -> String {
        if let Some(number) = alone(text) {
            let index = self.variable(number);
            self.all[index].is_secret = true;
            self.all[index].default = None;
            return format!("{{{{ {} }}}}", self.all[index].name);
        }
        let name = self.free(wanted);
        let variable = name.to_ascii_uppercase();
        let variable = if OF_SHELLS.contains(&&*variable) { format!("{variable}_VALUE") } else { variable };
        self.hidden.push((variable.clone(), text.to_owned()));
        self.add(wanted, Input { variable: Some(variable), is_secret: true, ..Input::default() })
    }

    /// The same where the command has a number or the like.
    pub(super) fn secret_json(&mut self, wanted: &str) -> String {
        let made = self.secret(wanted, "");
        self.all.iter_mut().next_back().into_iter().for_each(|input| input.kind = Kind::Json);
        made
    }

    /// `name=value&…` as a template without its secrets.
    pub(super) fn pairs(&mut self, text: &str) -> String {
        let pieces: Vec<&str> = text.split('&').collect();
        let piece = |piece: &&str| match piece.split_once('=') {
            Some((name, value)) if is_secret(name, value) && !is_secret_text(name) => {
                format!("{}={}", self.template(name), self.secret(name, value))
            }
            _ if is_secret_text(piece) => self.secret("parameter", piece),
            _ => self.template(piece),
        };
        pieces.iter().map(piece).collect::<Vec<_>>().join("&")
    }

    /// A path as a template, without the parts of it that are secrets.
    pub(super) fn path(&mut self, path: &str) -> String {
        let part = |part: &str| {
            if is_secret_segment(part) { self.secret("path_token", part) } else { self.template(part) }
        };
        path.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    /// The input that a variable is, which is of that kind.
    pub(super) fn of_kind(&mut self, number: usize, kind: Kind) -> &Input {
        let index = self.variable(number);
        self.all[index].kind = kind;
        &self.all[index]
    }

    fn variable(&mut self, number: usize) -> usize {
        if let Some(index) = self.known[number] {
            return index;
        }
        let Variable { name, default, in_environment, is_secret } = self.variables[number].clone();
        let variable = in_environment.then(|| name.clone());
        let is_secret = is_secret || self::is_secret(&name, default.as_deref().unwrap_or("…"));
        let default = default.filter(|_| !is_secret).map(|default| escaped(&default, false, false));
        self.add(&name, Input { variable, default, is_secret, ..Input::default() });
        let index = self.all.len() - 1;
        self.known[number] = Some(index);
        index
    }

    /// A text of the command as a template that gives it.
    pub(super) fn template(&mut self, text: &str) -> String {
        let mut made = String::new();
        let mut plain = String::new();
        let mut behind_variable = false;
        for letter in text.chars() {
            match mark(letter) {
                Some(number) => {
                    made += &escaped(&std::mem::take(&mut plain), behind_variable, true);
                    let index = self.variable(number);
                    made += &format!("{{{{ {} }}}}", self.all[index].name);
                    behind_variable = true;
                }
                None => plain.push(letter),
            }
        }
        made + &escaped(&plain, behind_variable, false)
    }

    /// The value of a key, a parameter or a field: a secret where its name or its looks say so.
    pub(super) fn value(&mut self, name: &str, text: &str) -> Yaml {
        if is_secret(name, text) {
            return Yaml::Text(self.secret(name, text));
        }
        if is_whole_number(text) { Yaml::Word(text.to_owned()) } else { Yaml::Text(self.template(text)) }
    }

    /// A text of the command for people: variables as they are written.
    pub(super) fn shown(&self, text: &str) -> String {
        let show = |letter: char| match mark(letter) {
            Some(number) => format!("${}", self.variables[number].name),
            None => letter.to_string(),
        };
        text.chars().map(show).collect()
    }
}

/// The variable that is all of a text.
pub(super) fn alone(text: &str) -> Option<usize> {
    let mut letters = text.chars();
    letters.next().and_then(mark).filter(|_| letters.next().is_none())
}

/// A text as a template that gives it: braces that would begin or end an expression are the text of one. `before` and
/// `behind` say whether it stands beside a variable.
fn escaped(text: &str, before: bool, behind: bool) -> String {
    const BRACES: [char; 4] = ['{', '}', '%', '#'];
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(BRACES) {
        let (plain, from) = rest.split_at(at);
        let (run, others) = from.split_at(from.find(|letter| !BRACES.contains(&letter)).unwrap_or(from.len()));
        made += plain;
        let touches = before && made.is_empty() || behind && others.is_empty();
        let says = ["{{", "}}", "{%", "%}", "{#", "#}"].iter().any(|braces| run.contains(braces));
        if says || touches && run.contains(['{', '}']) {
            made += &format!("{{{{ '{run}' }}}}");
        } else {
            made += run;
        }
        rest = others;
    }
    made + rest
}

/// Whether a value must not be in the playbook.
fn is_secret(name: &str, text: &str) -> bool {
    !text.is_empty() && (is_secret_name(name) || is_secret_text(text))
}

fn is_whole_number(text: &str) -> bool {
    let canonical = text == "0" || !text.starts_with('0');
    canonical && text.len() < 16 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A name as playbooks want them: `[a-z][a-z0-9_]*`.
pub(super) fn identifier(text: &str, otherwise: &str) -> String {
    let mut name = String::new();
    let mut before_lower = false;
    for letter in text.chars() {
        if letter.is_ascii_uppercase() && before_lower {
            name.push('_');
        }
        before_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        match letter {
            letter if letter.is_ascii_alphanumeric() => name.push(letter.to_ascii_lowercase()),
            _ if name.is_empty() || name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_end_matches('_');
    match name.chars().next() {
        Some(first) if first.is_ascii_lowercase() => name.to_owned(),
        Some(_) => format!("{otherwise}_{name}"),
        None => otherwise.to_owned(),
    }
}
