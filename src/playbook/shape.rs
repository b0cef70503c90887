//! The shapes that parts of a playbook may have, as data.
//!
//! One set of tables ([`super::fields`]) says which keys exist, what each takes and what it is for. Reading, "did
//! you mean", the JSON Schema and the reference text all come from it. Nothing here reads a file.

use crate::limits::Limit;

/// A mapping with known keys.
pub struct Table {
    /// Its name in the schema: "step".
    pub id: &'static str,
    /// What the mapping is called in messages: "a step".
    pub name: &'static str,
    /// What it is for, one line.
    pub doc: &'static str,
    /// Its own keys.
    pub fields: &'static [Field],
    /// Tables whose keys it has as well.
    pub includes: &'static [&'static Table],
    /// Keys that exclude each other.
    pub choices: &'static [Choice],
    /// What keys of the user's choice take, beside the known ones; they are identifiers.
    pub rest: Option<&'static Shape>,
}

/// A key.
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What it takes.
    pub shape: Shape,
    /// Whether it must be there.
    pub required: bool,
    /// What it is for, one line.
    pub doc: &'static str,
    /// Values that it takes, as they are written in a file, in one line each; there is at least one.
    pub examples: &'static [&'static str],
}

/// A word that a key takes.
pub struct Word {
    /// The word.
    pub name: &'static str,
    /// What it means, one line.
    pub doc: &'static str,
}

/// Keys of which at most one may be there, or exactly one.
pub struct Choice {
    /// The keys.
    pub names: &'static [&'static str],
    /// Whether one must be there.
    pub required: bool,
    /// What the keys choose between: "what the step does".
    pub what: &'static str,
}

/// What a key takes.
pub enum Shape {
    /// A string without templates.
    Text,
    /// `[a-z][a-z0-9_]*`
    Identifier,
    /// A playbook's name: an identifier with hyphens.
    PlaybookName,
    /// A scalar that may hold `{{ expressions }}`.
    Template,
    /// An expression that gives true or false.
    Expression,
    /// A JSONPath (RFC 9535) that may hold `{{ expressions }}` as values.
    Path,
    /// A length of time such as `500ms`, `30s`, `2m`; or a template over inputs.
    Duration,
    /// A number of bytes such as `262144`, `256KiB`, `1MB`.
    Size,
    /// A value of a limit.
    Limit(Limit),
    /// `true` or `false`.
    Boolean,
    /// A whole number, not below this.
    Integer(i64),
    /// A whole number from 0 to this.
    UpTo(i64),
    /// A number in this range.
    Number {
        /// The smallest.
        minimum: f64,
        /// The largest; infinite for none.
        maximum: f64,
    },
    /// A status code from 100 to 599.
    Status,
    /// One of these words.
    Word(&'static [Word]),
    /// Any value; strings in it may hold `{{ expressions }}`.
    Json,
    /// A list.
    List(&'static Shape),
    /// One, or a list of them.
    OneOrMany(&'static Shape),
    /// A mapping with keys of the user's choice.
    Map(Key, &'static Shape),
    /// A mapping with known keys.
    Object(&'static Table),
    /// The first of these that fits the kind of value.
    Either(&'static [Shape]),
}

/// What the keys of a [`Shape::Map`] must be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Identifiers, since they become names.
    Identifier,
    /// JSONPaths.
    Path,
    /// Anything.
    Any,
}

impl Table {
    /// Every key, included ones too.
    pub fn all(&self) -> impl Iterator<Item = &'static Field> + use<> {
        let own = self.fields.iter();
        let included = self.includes.iter().flat_map(|table| table.fields.iter());
        own.chain(included)
    }

    /// The names of its keys, those first of which one must be there.
    pub fn names(&self) -> Vec<&'static str> {
        let demanded =
            self.all_choices().filter(|choice| choice.required).flat_map(|choice| choice.names.iter().copied());
        let mut names: Vec<&str> = demanded.collect();
        for field in self.all() {
            if !names.contains(&field.name) {
                names.push(field.name);
            }
        }
        names
    }

    /// The key of that name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        let included = self.includes.iter().flat_map(|table| table.fields.iter());
        self.fields.iter().chain(included).find(|field| field.name == name)
    }

    /// Every rule about keys that exclude each other.
    pub fn all_choices(&self) -> impl Iterator<Item = &'static Choice> + use<> {
        let own = self.choices.iter();
        own.chain(self.includes.iter().flat_map(|table| table.choices.iter()))
    }
}

impl Shape {
    /// What it takes, for a message: "a list of expressions".
    pub fn describe(&self) -> String {
        match self {
            Shape::Text => "a text".to_owned(),
            Shape::Identifier => "a name".to_owned(),
            Shape::PlaybookName => "a name such as `deploy-and-infer`".to_owned(),
            Shape::Template => "a text".to_owned(),
            Shape::Expression => "an expression such as `status == 200`".to_owned(),
            Shape::Path => "a JSONPath such as `$.id`".to_owned(),
            Shape::Duration => "a duration such as `30s`".to_owned(),
            Shape::Size => "a size such as `256KiB`".to_owned(),
            Shape::Limit(limit) if limit.is_size() => format!("a size such as `{}`", limit.show(limit.default())),
            Shape::Limit(limit) => format!("a whole number such as `{}`", limit.default()),
            Shape::Boolean => "`true` or `false`".to_owned(),
            Shape::Integer(minimum) => format!("a whole number, {minimum} or more"),
            Shape::UpTo(maximum) => format!("a whole number from 0 to {maximum}"),
            Shape::Number { minimum, maximum } if maximum.is_finite() => {
                format!("a number from {minimum} to {maximum}")
            }
            Shape::Number { minimum, .. } => format!("a number, {minimum} or more"),
            Shape::Status => "a status code such as `200` or a class such as `2xx`".to_owned(),
            Shape::Word(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("`{}`", word.name)).collect();
                if words.len() == 1 { words.concat() } else { format!("one of {}", words.join(", ")) }
            }
            Shape::Json => "any value".to_owned(),
            Shape::List(item) => format!("a list ({} each)", item.describe()),
            Shape::OneOrMany(item) => format!("{}, or a list of them", item.describe()),
            Shape::Map(_, Shape::Json) => "a mapping".to_owned(),
            Shape::Map(_, value) => format!("a mapping ({} each)", value.describe()),
            Shape::Object(table) => table.name.to_owned(),
            Shape::Either(shapes) => shapes.iter().map(Shape::describe).collect::<Vec<_>>().join(", or "),
        }
    }

    /// Calls `visit` with each table that a value of this shape may be described by.
    pub fn each_table(&'static self, visit: &mut dyn FnMut(&'static Table)) {
        match self {
            Shape::Object(table) => visit(table),
            Shape::List(inner) | Shape::OneOrMany(inner) | Shape::Map(_, inner) => inner.each_table(visit),
            Shape::Either(shapes) => shapes.iter().for_each(|shape| shape.each_table(visit)),
            _ => {}
        }
    }

    /// Whether a value of that kind may have this shape: what tells the alternatives of `Either` apart.
    pub fn takes(&self, kind: Kind) -> bool {
        match self {
            Shape::Json => true,
            Shape::List(_) => kind == Kind::Sequence,
            Shape::Map(..) | Shape::Object(_) => kind == Kind::Mapping,
            Shape::OneOrMany(item) => kind == Kind::Sequence || item.takes(kind),
            Shape::Either(shapes) => shapes.iter().any(|shape| shape.takes(kind)),
            _ => kind == Kind::Scalar,
        }
    }
}

/// The three kinds of YAML nodes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A scalar.
    Scalar,
    /// A list.
    Sequence,
    /// A mapping.
    Mapping,
}
