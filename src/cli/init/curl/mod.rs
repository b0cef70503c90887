//! A curl command as a first playbook: `callsheet init --from-curl`.
//!
//! [`words`] reads the command as a shell would, [`options`] as curl would, and [`command`] puts together what it
//! says. From there on it is made into a playbook, part by part: [`url`], [`credentials`], [`body`], [`settings`];
//! [`inputs`] collects the variables, files and secrets, and [`yaml`] writes.
//!
//! What has no counterpart is named in the playbook and to the person, never dropped in silence. Never: running
//! anything, reading the files that the command names, writing what [`secrecy`] takes for a secret.

mod body;
mod command;
mod credentials;
mod inputs;
mod options;
mod secrecy;
mod settings;
mod url;
mod words;
mod yaml;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use command::Command;
use inputs::{Inputs, Kind, identifier};
pub(super) use words::Refusal;
use words::{Words, refusal};
use yaml::{Yaml, entry};

/// A playbook that was made from a command.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) text: String,
    /// What the person should look at.
    pub(super) remarks: Vec<String>,
    /// The variables of the environment that hold what is secret.
    pub(super) secrets: Vec<String>,
}

/// A playbook from a command line.
pub(super) fn from_line(line: &str) -> Result<Draft, Refusal> {
    draft(words::split(line)?)
}

/// A playbook from words that a shell has read already.
pub(super) fn from_words(words: &[String]) -> Result<Draft, Refusal> {
    draft(Words { words: words.to_vec(), ..Words::default() })
}

/// The shortest secret that is sought in the rest of the command: a shorter one is found in words that are none.
const SHORTEST_SOUGHT: usize = 8;

fn draft(words: Words) -> Result<Draft, Refusal> {
    let (first, hidden) = made(words.clone())?;
    let shown = |secret: &str| first.text.contains(secret) || first.remarks.iter().any(|one| one.contains(secret));
    let mut shown: Vec<_> =
        hidden.into_iter().filter(|(_, secret)| secret.len() >= SHORTEST_SOUGHT && shown(secret)).collect();
    if shown.is_empty() {
        return Ok(first);
    }
    // What was taken for a secret in one place is one in the others: the command is read again without it.
    shown.sort_by_key(|(_, secret)| std::cmp::Reverse(secret.len()));
    let mut words = words;
    shown.iter().for_each(|(name, secret)| words.hide(name, secret));
    made(words).map(|(draft, _)| draft)
}

/// The playbook of a command, and the secrets that were written out in it, each with the name of its variable.
fn made(words: Words) -> Result<(Draft, Vec<(String, String)>), Refusal> {
    let Words { words, variables, remarks } = words;
    // A prompt is often copied with its command.
    let start = words.iter().take_while(|word| matches!(&***word, "$" | "%" | ">")).count();
    let words = &words[start..];
    let program = words.first().map_or("", |word| word.rsplit(['/', '\\']).next().unwrap_or_default());
    if !matches!(program, "curl" | "curl.exe") {
        return Err(refusal(
            "this is no curl command",
            "it begins with `curl`: `callsheet init --from-curl 'curl https://…'`",
        ));
    }
    let command = command::command(options::read(&words[1..])?)?;
    Making { inputs: Inputs::new(variables), remarks, left_out: command.unknown.clone(), command }.make()
}

/// A playbook under way.
struct Making {
    command: Command,
    inputs: Inputs,
    remarks: Vec<String>,
    /// What has no counterpart.
    left_out: Vec<String>,
}

impl Making {
    fn make(mut self) -> Result<(Draft, Vec<(String, String)>), Refusal> {
        let mut urls = self.command.urls.iter().map(|url| url::url(url)).collect::<Result<Vec<_>, _>>()?;
        let base = urls[0].base.clone();
        let base_url = (!base.is_empty()).then(|| self.base_url(&base));
        let beside = credentials::keep_one(&mut self.command, &mut urls);
        self.left_out.extend(beside.into_iter().map(str::to_owned));
        let provider = credentials::provider(&self.command, urls[0].user.as_deref(), &mut self.inputs);
        let mut defaults: Vec<(String, Yaml)> =
            base_url.iter().map(|url| ("base_url".to_owned(), Yaml::text(url))).collect();
        defaults.extend(provider.iter().map(|_| ("auth".to_owned(), Yaml::text("api"))));
        defaults.extend(settings::defaults(&self.command, &mut self.inputs, &mut self.left_out));
        let mut steps: Vec<(String, Vec<(String, Yaml)>)> = Vec::new();
        for url in &urls {
            let step = self.step(url, &base)?;
            let id = step_id(&url.path);
            let numbered = (2..).map(|number| format!("{id}_{number}"));
            let taken = |id: &str| steps.iter().any(|(known, _)| known == id);
            let id = std::iter::once(id.clone()).chain(numbered).find(|id| !taken(id)).unwrap_or(id);
            steps.push((id, step));
        }
        let auth = provider.map(|provider| {
            let whole = base.is_empty().then(|| ("hosts".to_owned(), Yaml::Text(self.inputs.template(&urls[0].path))));
            let entries = std::iter::once(provider).chain(whole).collect();
            Yaml::Map(vec![("api".to_owned(), Yaml::Map(entries))])
        });
        if self.command.globs && self.command.urls.iter().any(|url| url.contains(['{', '['])) {
            self.remarks.push(
                "curl would take `{…}` and `[…]` of the URL for several URLs; here they are a part of it".to_owned(),
            );
        }
        let mut told = HashSet::new();
        self.left_out.retain(|one| told.insert(one.clone()));
        if !self.left_out.is_empty() {
            self.remarks.push(format!("left out, having no counterpart: {}", self.left_out.join(", ")));
        }
        let clean = |remark: &String| self.inputs.shown(remark).replace(char::is_control, " ");
        self.remarks = self.remarks.iter().map(clean).collect();
        let text = self.written(auth, defaults, &steps);
        let secrets = self
            .inputs
            .all()
            .iter()
            .filter(|input| input.is_secret)
            .map(|input| input.variable.clone().unwrap_or_else(|| format!("CALLSHEET_VAR_{}", input.name)));
        let draft = Draft { text, secrets: secrets.collect(), remarks: self.remarks };
        Ok((draft, self.inputs.hidden().to_vec()))
    }

    /// What is put before the paths: an input, so that the playbook can be run elsewhere.
    fn base_url(&mut self, base: &str) -> String {
        if let Some(number) = inputs::alone(base) {
            let name = &self.inputs.of_kind(number, Kind::Url).name;
            return format!("{{{{ {name} }}}}");
        }
        let default = Some(self.inputs.template(base));
        self.inputs.add("base_url", inputs::Input { kind: Kind::Url, default, ..inputs::Input::default() })
    }

    fn step(&mut self, url: &url::Url, base: &str) -> Result<Vec<(String, Yaml)>, Refusal> {
        let is_type = |name: &str| name.eq_ignore_ascii_case("content-type");
        let said = self.command.headers.iter().find(|(name, _)| is_type(name)).map(|(_, value)| value.as_str());
        let body = body::body(&self.command, said, &mut self.inputs)?;
        let method = method(&self.command, body.entry.is_some())?;
        let (path, query) = self.target(url, base)?;
        let mut step = vec![(method.to_owned(), Yaml::Text(path))];
        let fields = self.headers(body.media_type);
        if !query.is_empty() {
            step.push(("query".to_owned(), Yaml::Map(query)));
        }
        if !fields.is_empty() {
            step.push(("headers".to_owned(), Yaml::Map(fields)));
        }
        step.extend(body.entry.map(|(key, value)| (key.to_owned(), value)));
        step.extend(settings::of_step(&self.command, &self.inputs, &url.path, &mut self.left_out));
        self.remarks.extend(body.remark.map(str::to_owned).filter(|remark| !self.remarks.contains(remark)));
        Ok(step)
    }

    /// The URL of a step and its parameters.
    fn target(&mut self, url: &url::Url, base: &str) -> Result<(String, Vec<(String, Yaml)>), Refusal> {
        let host = if url.base == base { String::new() } else { self.inputs.template(&url.base) };
        let mut path = url.path.clone();
        let mut query: Vec<(String, Yaml)> = Vec::new();
        for (name, value) in &url.query {
            query.push((name.clone(), self.inputs.value(name, value)));
        }
        if self.command.data_in_query {
            match body::fields(&self.command.data, &mut self.inputs)? {
                Some(fields) => query.extend(fields),
                None => {
                    let text = body::joined(&self.command).ok_or_else(no_query)?;
                    path += &format!("{}{text}", if path.contains('?') { '&' } else { '?' });
                }
            }
        }
        let path = match path.split_once('?') {
            Some((path, query)) => format!("{}?{}", self.inputs.path(path), self.inputs.pairs(query)),
            None => self.inputs.path(&path),
        };
        let path = format!("{host}{path}");
        Ok((path, body::together(query)))
    }
}

/// Header fields that the client makes by itself.
const MADE: &[&str] = &["accept-encoding", "connection", "content-length", "expect", "host", "transfer-encoding"];

impl Making {
    /// The header fields of a step; `media_type` is that of its body, where that does not say it by itself.
    fn headers(&mut self, media_type: Option<String>) -> Vec<(String, Yaml)> {
        let Command { headers, cookies, is_json, .. } = &self.command;
        let mut given = headers.clone();
        given.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        let accepts = given.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept"));
        given.extend((*is_json && !accepts).then(|| ("Accept".to_owned(), "application/json".to_owned())));
        given.extend(media_type.map(|media_type| ("Content-Type".to_owned(), media_type)));
        given.extend((!cookies.is_empty()).then(|| ("Cookie".to_owned(), cookies.join("; "))));
        let mut fields: Vec<(String, Yaml)> = Vec::new();
        for (name, value) in &given {
            let lower = name.to_ascii_lowercase();
            if MADE.contains(&&*lower) {
                let told = format!("-H '{}' (the client makes it by itself)", self.inputs.shown(name));
                if !self.left_out.contains(&told) {
                    self.left_out.push(told);
                }
            } else if !credentials::is_provided(name, value) {
                let value = credentials::header_value(name, value, &mut self.inputs);
                let name = self.inputs.shown(name);
                match fields.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                    Some((_, Yaml::Text(first))) => *first += &format!(", {value}"),
                    _ => fields.push((name, Yaml::Text(value))),
                }
            }
        }
        fields
    }

    /// The whole playbook.
    fn written(
        &self,
        auth: Option<Yaml>,
        defaults: Vec<(String, Yaml)>,
        steps: &[(String, Vec<(String, Yaml)>)],
    ) -> String {
        let mut text = String::from("# Made from a curl command by `callsheet init --from-curl`.\n");
        if !self.command.without_effect.is_empty() {
            text += &format!("# Of no effect here: {}.\n", self.command.without_effect.join(" "));
        }
        for remark in &self.remarks {
            let end = if remark.ends_with('?') { "" } else { "." };
            text += &format!("# Please check: {remark}{end}\n");
        }
        text += &format!("playbook: {}\n", steps[0].0.replace('_', "-"));
        if !self.inputs.all().is_empty() {
            text += "\ninputs:\n";
            self.inputs.all().iter().for_each(|input| text += &written_input(input));
        }
        for (key, value) in auth.map(|auth| ("auth", auth)).into_iter().chain([("defaults", Yaml::Map(defaults))]) {
            if value != Yaml::Map(Vec::new()) {
                text += &format!("\n{}", entry(key, &value, 0));
            }
        }
        text += "\nsteps:\n";
        for (index, (id, step)) in steps.iter().enumerate() {
            text += if index > 0 { "\n" } else { "" };
            text += &entry(id, &Yaml::Map(step.clone()), 2);
            text += "    # capture: { id: $.id }     # keeps a value of the answer: later steps write {{ id }}\n";
            text += "    # expect: [status == 200]   # what must hold; without a word any 2xx will do\n";
        }
        text
    }
}

fn no_query() -> Refusal {
    refusal("a file of the command cannot be put into the URL", "give it a name: `--data-urlencode name@FILE`")
}

/// The key of the step that is its method.
fn method(command: &Command, has_body: bool) -> Result<&'static str, Refusal> {
    let otherwise = match (command.is_head, has_body) {
        (true, _) => "HEAD",
        _ if command.upload.is_some() => "PUT",
        (_, true) => "POST",
        _ => "GET",
    };
    let said = command.method.as_deref().unwrap_or(otherwise).to_ascii_lowercase();
    let known = ["get", "post", "put", "patch", "delete", "head", "options"];
    let method = known.into_iter().find(|known| *known == said).ok_or_else(|| {
        refusal("the method of the command is none that can be sent", format!("there are {}", known.join(", ")))
    })?;
    if has_body && matches!(method, "get" | "head") {
        let help = "send parameters in the URL (`-G`), or another method";
        return Err(refusal(format!("a {} request has no body here", method.to_ascii_uppercase()), help));
    }
    Ok(method)
}

fn written_input(input: &inputs::Input) -> String {
    let kind = match input.kind {
        Kind::Text => None,
        Kind::Url => Some("url"),
        Kind::File => Some("file"),
        Kind::Json => Some("json"),
    };
    let from = input.variable.as_ref().map(|variable| format!("env:{variable}"));
    let mut entries: Vec<(String, Yaml)> = Vec::new();
    entries.extend(kind.map(|kind| ("type".to_owned(), Yaml::text(kind))));
    entries.extend(from.map(|from| ("from".to_owned(), Yaml::Text(from))));
    entries.extend(input.default.as_ref().map(|default| ("default".to_owned(), Yaml::text(default))));
    entries.extend(input.is_secret.then(|| ("secret".to_owned(), Yaml::word("true"))));
    let line = entry(&input.name, &Yaml::Line(entries), 2);
    match &input.variable {
        Some(variable) if input.is_secret => format!(
            "  # Not in this file: set {variable} (or CALLSHEET_VAR_{}) in the environment.\n{line}",
            input.name
        ),
        None if input.is_secret => {
            format!("  # Not in this file: set CALLSHEET_VAR_{} in the environment.\n{line}", input.name)
        }
        _ => line,
    }
}

/// A step's id: the last part of the path that is a name and no secret.
fn step_id(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let is_name = |part: &&str| {
        part.starts_with(|letter: char| letter.is_ascii_alphabetic()) && !secrecy::is_secret_segment(part)
    };
    let mut parts = path.split('/').rev().filter(is_name);
    identifier(parts.next().unwrap_or_default(), "request")
}
