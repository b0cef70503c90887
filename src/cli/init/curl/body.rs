//! The body of the request: curl's `-d`, `--json`, `-F` and `-T` as one of `json`, `form`, `multipart`, `text`, `file`.

use serde_json::Value;

use super::command::{Command, Content, Data, Part};
use super::inputs::{Inputs, Kind, identifier};
use super::secrecy::{is_no_key, is_secret_group, is_secret_name, is_secret_text};
use super::url::pairs;
use super::words::{Refusal, mark, refusal};
use super::yaml::Yaml;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const SECRET_BODY: &str = "the body has a secret in it, so that the whole of it is a secret input";

/// What the request sends.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// The key of the step and its value.
    pub(super) entry: Option<(&'static str, Yaml)>,
    /// The media type that has to be written beside it.
    pub(super) media_type: Option<String>,
    pub(super) remark: Option<&'static str>,
}

/// Makes the body. `media_type` is what the command says.
pub(super) fn body(command: &Command, media_type: Option<&str>, inputs: &mut Inputs) -> Result<Body, Refusal> {
    let kinds =
        [!command.parts.is_empty(), command.upload.is_some(), !command.data.is_empty() && !command.data_in_query];
    if kinds.iter().filter(|is_there| **is_there).count() > 1 {
        return Err(refusal("the command has two bodies", "keep one of `-d`, `-F` and `-T`"));
    }
    let media_type = media_type.map(str::to_owned);
    if !command.parts.is_empty() {
        let parts = command.parts.iter().map(|part| multipart(part, inputs)).collect::<Result<_, _>>()?;
        return Ok(Body { entry: Some(("multipart", Yaml::List(parts))), ..Body::default() });
    }
    if let Some(path) = &command.upload {
        let file = inputs.file("upload_file", not_stdin(path)?);
        return Ok(Body { entry: Some(("file", Yaml::Text(file))), media_type, ..Body::default() });
    }
    if command.data.is_empty() || command.data_in_query {
        return Ok(Body { media_type, ..Body::default() });
    }
    data(command, media_type, inputs)
}

fn data(command: &Command, media_type: Option<String>, inputs: &mut Inputs) -> Result<Body, Refusal> {
    let said = media_type.or(command.is_json.then(|| JSON.to_owned()));
    if let [Data { content: Content::File(path), is_encoded: false, .. }] = &command.data[..] {
        let file = inputs.file("body_file", not_stdin(path)?);
        let media_type = Some(said.unwrap_or_else(|| FORM.to_owned()));
        return Ok(Body { entry: Some(("file", Yaml::Text(file))), media_type, ..Body::default() });
    }
    let kind = said.as_deref().map(|said| said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let may_be_json = kind.as_deref().is_none_or(|kind| kind == JSON || kind.ends_with("+json"));
    let joined = joined(command);
    let looks_like_json = |text: &&str| kind.is_some() || text.trim_start().starts_with(['{', '[']);
    if let Some(text) = joined.as_deref().filter(|_| may_be_json).filter(looks_like_json)
        && let Some(value) = json(text, inputs)
    {
        let remark = kind.is_none().then_some(
            "the command names no Content-Type, so curl says that its JSON is a form; `json` says application/json",
        );
        let media_type = said.filter(|said| said != JSON);
        return Ok(Body { entry: Some(("json", value)), media_type, remark });
    }
    if kind.as_deref().is_none_or(|kind| kind == FORM)
        && let Some(fields) = fields(&command.data, inputs)?
    {
        return Ok(Body { entry: Some(("form", Yaml::Map(fields))), ..Body::default() });
    }
    let text = joined.ok_or_else(|| {
        refusal(
            "a file of the command is only a part of the body",
            "put the whole body in one file: `--data-binary @FILE`",
        )
    })?;
    let remark =
        (may_be_json && kind.is_some()).then_some("the body is said to be JSON and is not; it is sent as it is");
    let is_form = kind.as_deref().is_none_or(|kind| kind == FORM);
    let (text, remark) = match &*text {
        text if is_form => (inputs.pairs(text), remark),
        text if is_secret_text(text) => (inputs.secret("body", text), Some(SECRET_BODY)),
        text => (inputs.template(text), remark),
    };
    let media_type = Some(said.unwrap_or_else(|| FORM.to_owned()));
    Ok(Body { entry: Some(("text", Yaml::Text(text))), media_type, remark })
}

/// The words of the body as curl sends them; nothing where a file is among them.
pub(super) fn joined(command: &Command) -> Option<String> {
    let text = |data: &Data| match &data.content {
        Content::Text(text) if data.is_encoded => {
            let encoded = encoded(text);
            Some(data.name.as_ref().map_or(encoded.clone(), |name| format!("{name}={encoded}")))
        }
        Content::Text(text) => Some(text.clone()),
        Content::File(_) => None,
    };
    let texts: Option<Vec<String>> = command.data.iter().map(text).collect();
    Some(texts?.join(if command.is_json { "" } else { "&" }))
}

/// Percent encoding that leaves variables as they are.
fn encoded(text: &str) -> String {
    let encode = |letter: char| match mark(letter) {
        Some(_) => letter.to_string(),
        None => {
            percent_encoding::utf8_percent_encode(letter.encode_utf8(&mut [0; 4]), percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        }
    };
    text.chars().map(encode).collect()
}

/// The data as fields of a form or parameters of a query; nothing where it is no form.
pub(super) fn fields(data: &[Data], inputs: &mut Inputs) -> Result<Option<Vec<(String, Yaml)>>, Refusal> {
    let mut found: Vec<(String, Yaml)> = Vec::new();
    for one in data {
        match (&one.content, &one.name) {
            (Content::Text(text), Some(name)) => found.push((name.clone(), inputs.value(name, text))),
            (Content::Text(text), None) if !one.is_encoded => {
                let Some(pairs) = pairs(text) else { return Ok(None) };
                found.extend(pairs.into_iter().map(|(name, value)| {
                    let value = inputs.value(&name, &value);
                    (name, value)
                }));
            }
            (Content::File(path), Some(name)) => {
                let file = inputs.file(&format!("{}_file", identifier(name, "data")), not_stdin(path)?);
                found.push((name.clone(), Yaml::Text(read(&file))));
            }
            _ => return Ok(None),
        }
    }
    if found.iter().any(|(name, _)| is_no_key(name)) {
        return Ok(None);
    }
    Ok(Some(together(found)))
}

/// A template that gives the text of the file that an input names: `{{ name }}` reads it.
fn read(file: &str) -> String {
    file.replace(" }}", " | read_text }}")
}

/// Fields of one name as a list.
pub(super) fn together(fields: Vec<(String, Yaml)>) -> Vec<(String, Yaml)> {
    let mut made: Vec<(String, Yaml)> = Vec::new();
    for (name, value) in fields {
        match made.iter_mut().find(|(known, _)| *known == name) {
            Some((_, Yaml::List(values))) => values.push(value),
            Some((_, first)) => *first = Yaml::List(vec![first.clone(), value]),
            None => made.push((name, value)),
        }
    }
    made
}

fn multipart(part: &Part, inputs: &mut Inputs) -> Result<Yaml, Refusal> {
    let mut entries = vec![("name".to_owned(), Yaml::Text(inputs.template(&part.name)))];
    match &part.content {
        Content::Text(text) => match inputs.value(&part.name, text) {
            // A part's text is a text, whatever it looks like.
            Yaml::Word(word) => entries.push(("text".to_owned(), Yaml::Text(word))),
            value => entries.push(("text".to_owned(), value)),
        },
        Content::File(path) => {
            let own = identifier(&part.name, "part");
            let name = if own.ends_with("file") { own } else { format!("{own}_file") };
            let file = inputs.file(&name, not_stdin(path)?);
            if part.as_file {
                let filename = part.filename.clone().unwrap_or_else(|| file_name(path));
                entries.push(("filename".to_owned(), Yaml::Text(inputs.template(&filename))));
                entries.push(("file".to_owned(), Yaml::Text(file)));
            } else {
                entries.push(("text".to_owned(), Yaml::Text(read(&file))));
            }
        }
    }
    if let Some(media_type) = &part.media_type {
        entries.push(("content_type".to_owned(), Yaml::Text(inputs.template(media_type))));
    }
    Ok(Yaml::Line(entries))
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

fn not_stdin(path: &str) -> Result<&str, Refusal> {
    if path == "-" || path == "." {
        return Err(refusal("the command reads its body from stdin", "name a file instead: `@FILE`"));
    }
    Ok(path)
}

/// A text as JSON, with the variables in it; nothing where it is none, or where keys would have to be templates.
fn json(text: &str, inputs: &mut Inputs) -> Option<Yaml> {
    // A variable outside of quotes is a value of whatever type it has.
    let (mut quoted, mut in_string, mut escaped) = (String::new(), false, false);
    let mut typed = Vec::new();
    for letter in text.chars() {
        match mark(letter) {
            Some(number) if !in_string => {
                typed.push(number);
                quoted.extend(['"', letter, '"']);
            }
            _ => quoted.push(letter),
        }
        in_string ^= letter == '"' && !escaped;
        escaped = letter == '\\' && in_string && !escaped;
    }
    let value: Value = serde_json::from_str(&quoted).ok()?;
    if !is_representable(&value) {
        return None;
    }
    for number in typed {
        inputs.of_kind(number, Kind::Json);
    }
    Some(yaml(&value, "", inputs))
}

/// Whether keys can be written, and numbers are what they were written as.
fn is_representable(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            members.iter().all(|(name, value)| name != "<<" && !is_no_key(name) && is_representable(value))
        }
        Value::Array(items) => items.iter().all(is_representable),
        Value::Number(number) if number.is_f64() => number.as_f64().is_some_and(|number| number.abs() < 9e15),
        _ => true,
    }
}

fn yaml(value: &Value, name: &str, inputs: &mut Inputs) -> Yaml {
    match value {
        Value::Object(members) => {
            let entry = |(key, value): (&String, &Value)| {
                let name = if is_secret_group(name) { name } else { name_of(key, members) };
                (key.clone(), yaml(value, name, inputs))
            };
            Yaml::Map(members.iter().map(entry).collect())
        }
        Value::Array(items) => Yaml::List(items.iter().map(|item| yaml(item, name, inputs)).collect()),
        Value::String(text) => match inputs.value(name, text) {
            Yaml::Word(word) => Yaml::Text(word),
            value => value,
        },
        Value::Number(_) if is_secret_name(name) => Yaml::Text(inputs.secret_json(name)),
        other => Yaml::Word(other.to_string()),
    }
}

/// What says whether a member is secret: its key; where an object is `{ name: …, value: … }`, the name for the value.
fn name_of<'v>(key: &'v str, members: &'v serde_json::Map<String, Value>) -> &'v str {
    let named = || ["name", "key"].iter().find_map(|key| members.get(*key)?.as_str());
    match key {
        "value" => named().unwrap_or(key),
        "key" if members.contains_key("value") => "name",
        _ => key,
    }
}
