//! The columns of a table as a playbook writes them: names, and types by their names.

use crate::value::Value;

/// What a schema says of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub kind: Type,
    pub nullable: bool,
}

/// What is wrong with a schema, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaProblem {
    pub message: &'static str,
    pub help: Option<&'static str>,
}

impl SchemaProblem {
    fn new(message: &'static str) -> Self {
        SchemaProblem { message, help: None }
    }
}

impl Field {
    /// Reads an object of names and types, or a list of objects with `name`, `type` and, where it is not so,
    /// `nullable`. Of anything else there is nothing to read.
    pub fn read_all(schema: &Value) -> Option<Result<Vec<Field>, SchemaProblem>> {
        match schema {
            Value::Object(members) => {
                Some(members.iter().map(|(name, kind)| Field::of_type(name, kind, true)).collect())
            }
            Value::Array(items) => Some(items.iter().map(Field::read).collect()),
            _ => None,
        }
    }

    fn read(item: &Value) -> Result<Field, SchemaProblem> {
        let (Some(Value::String(name)), Some(kind)) = (item.get("name"), item.get("type")) else {
            return Err(SchemaProblem::new("a field of a list has a `name` and a `type`"));
        };
        let nullable = match item.get("nullable") {
            None => true,
            Some(nullable) => {
                nullable.as_bool().ok_or_else(|| SchemaProblem::new("`nullable` is `true` or `false`"))?
            }
        };
        Field::of_type(name, kind, nullable)
    }

    fn of_type(name: &str, kind: &Value, nullable: bool) -> Result<Field, SchemaProblem> {
        let text = kind.as_str().ok_or_else(|| SchemaProblem::new("a field's type is a text such as `float32`"))?;
        let unknown = SchemaProblem { message: "a field's type is unknown", help: Some(KNOWN_TYPES) };
        let kind = Type::read(text).ok_or(unknown)?;
        Ok(Field { name: name.to_owned(), kind, nullable })
    }
}

const KNOWN_TYPES: &str = "types are `bool`, `int8` to `int64`, `uint8` to `uint64`, `float16` to `float64`, `string`, `binary`, `date32`, \
     `timestamp[ms]`, `list<float32>`, `fixed_size_list<float32, 29>`";

/// The type of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    Null,
    Bool,
    Int {
        bits: i32,
        signed: bool,
    },
    /// 0 half, 1 single, 2 double.
    Float(i16),
    Text,
    LargeText,
    Binary,
    LargeBinary,
    /// 0 days as `date32`, 1 milliseconds as `date64`.
    Date(i16),
    /// 0 seconds, 1 milliseconds, 2 microseconds, 3 nanoseconds.
    Timestamp(i16),
    List(Box<Type>),
    LargeList(Box<Type>),
    FixedSizeList(Box<Type>, i32),
}

/// Lists in lists; more is a mistake, and would be a deep recursion.
const DEEPEST: usize = 16;

impl Type {
    /// Reads a type by the name that Arrow's own libraries print.
    pub fn read(text: &str) -> Option<Type> {
        Type::nested(text.trim(), DEEPEST)
    }

    fn nested(text: &str, depth: usize) -> Option<Type> {
        if let Some((outer, inner)) = text.strip_suffix('>').and_then(|text| text.split_once('<')) {
            let depth = depth.checked_sub(1)?;
            let item = |inner: &str| Type::nested(inner.trim(), depth).map(Box::new);
            return match outer.trim() {
                "list" => item(inner).map(Type::List),
                "large_list" => item(inner).map(Type::LargeList),
                "fixed_size_list" => {
                    let (inner, size) = inner.rsplit_once(',')?;
                    let size = size.trim().parse().ok().filter(|size| *size >= 0)?;
                    Some(Type::FixedSizeList(item(inner)?, size))
                }
                _ => None,
            };
        }
        let int = |bits, signed| Type::Int { bits, signed };
        Some(match text {
            "null" => Type::Null,
            "bool" => Type::Bool,
            "int8" => int(8, true),
            "int16" => int(16, true),
            "int32" => int(32, true),
            "int64" => int(64, true),
            "uint8" => int(8, false),
            "uint16" => int(16, false),
            "uint32" => int(32, false),
            "uint64" => int(64, false),
            "float16" | "halffloat" => Type::Float(0),
            "float32" | "float" => Type::Float(1),
            "float64" | "double" => Type::Float(2),
            "string" | "utf8" => Type::Text,
            "large_string" | "large_utf8" => Type::LargeText,
            "binary" => Type::Binary,
            "large_binary" => Type::LargeBinary,
            "date32" => Type::Date(0),
            "date64" => Type::Date(1),
            "timestamp[s]" => Type::Timestamp(0),
            "timestamp[ms]" => Type::Timestamp(1),
            "timestamp[us]" => Type::Timestamp(2),
            "timestamp[ns]" => Type::Timestamp(3),
            _ => return None,
        })
    }
}
