//! How much work it is to hold a value against a schema, told before it is done.
//!
//! The crate follows each `$ref` as often as it is met, and remembers nothing: thirty `allOf`s that name the next one
//! twice are a thousand million schemas. Here each pair of a schema and a place in the value is counted once. What is
//! counted is an upper bound: as if nothing ended early.

use std::collections::{HashMap, HashSet};

use serde_json::Value as Json;
use url::Url;

use crate::value::Value;

/// How many schemas may apply at one place of a value.
const MOST_AT_ONE_PLACE: u64 = 10_000;

/// How many schemas may be applied to a value in all; some seconds of work.
const MOST_IN_ALL: u64 = 5_000_000;

/// How deep schemas that apply at one place may be nested: each is a call on the stack.
const DEEPEST: usize = 400;

/// A schema with so few parts and no way back to itself needs no counting.
const FEW: u64 = 200;

/// Keywords whose schema, or schemas, apply at the same place.
const IN_PLACE: [&str; 10] =
    ["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies", "contentSchema"];

/// Keywords whose schema, or schemas by other things than names, apply to members.
const TO_MEMBERS: [&str; 4] = ["patternProperties", "additionalProperties", "unevaluatedProperties", "propertyNames"];

/// Keywords whose schema, or list of schemas, apply to items.
const TO_ITEMS: [&str; 5] = ["items", "prefixItems", "additionalItems", "unevaluatedItems", "contains"];

/// Why a schema cannot be used.
pub(super) enum Unusable {
    /// It comes back to itself at the same place: the URLs on the way.
    Circle(Vec<String>),
    /// It is too much work, in words.
    TooMuch(String),
}

/// The schemas that a schema consists of, and which of them apply where.
pub(super) struct Work {
    nodes: Vec<Node>,
    root: usize,
    /// Whether it is little work for every value.
    is_little: bool,
}

#[derive(Default)]
struct Node {
    url: String,
    in_place: Vec<usize>,
    /// Those for members of a name.
    named: HashMap<String, Vec<usize>>,
    /// Those for any member.
    members: Vec<usize>,
    items: Vec<usize>,
    /// How many schemas apply where this one does.
    at_one_place: u64,
}

impl Work {
    /// The work of the schema at a URL, one of these documents.
    pub(super) fn of(documents: &[(String, Json)], url: &Url) -> Result<Self, Unusable> {
        let mut gatherer = Gatherer::default();
        for (url, document) in documents {
            if let Ok(url) = Url::parse(url) {
                gatherer.register(document, &url, true);
            }
        }
        let Some(root) = gatherer.resources.get(url.as_str()).copied() else {
            return Ok(Work { nodes: Vec::new(), root: 0, is_little: true });
        };
        gatherer.root = Some(root);
        let root = gatherer.add(root);
        let mut nodes = gatherer.nodes;
        let mut done = HashSet::new();
        for node in 0..nodes.len() {
            settle(&mut nodes, node, &mut Vec::new(), &mut done)?;
        }
        let is_little = parts(&nodes, root, &mut Vec::new()).is_some();
        Ok(Work { nodes, root, is_little })
    }

    /// Refuses a value that would take too long.
    pub(super) fn allows(&self, value: &Value) -> Result<(), String> {
        if self.is_little || self.count(self.root, value, &mut HashMap::new()) <= MOST_IN_ALL {
            return Ok(());
        }
        Err(format!(
            "is too much work for this body: more than {MOST_IN_ALL} schemas would be applied; name each `$ref` once \
             at a place, not in several branches of `allOf`, `anyOf` or `oneOf`"
        ))
    }

    fn count(&self, node: usize, value: &Value, known: &mut HashMap<(usize, usize), u64>) -> u64 {
        let written = &self.nodes[node];
        let is_leaf = !matches!(value, Value::Array(_) | Value::Object(_));
        if is_leaf {
            return written.at_one_place;
        }
        let key = (node, std::ptr::from_ref(value) as usize);
        if let Some(count) = known.get(&key) {
            return *count;
        }
        let mut sum: u64 = 1;
        let mut add = |count: u64| sum = sum.saturating_add(count);
        written.in_place.iter().for_each(|inner| add(self.count(*inner, value, known)));
        match value {
            Value::Array(items) => {
                for item in items.iter() {
                    written.items.iter().for_each(|inner| add(self.count(*inner, item, known)));
                }
            }
            Value::Object(members) => {
                for (name, member) in members.iter() {
                    let named = written.named.get(&**name).into_iter().flatten();
                    named.chain(&written.members).for_each(|inner| add(self.count(*inner, member, known)));
                }
            }
            _ => {}
        }
        known.insert(key, sum);
        sum
    }
}

/// Finds out how many schemas apply where this one does, along a way on which it may not be met again.
fn settle(nodes: &mut [Node], node: usize, way: &mut Vec<usize>, done: &mut HashSet<usize>) -> Result<u64, Unusable> {
    if done.contains(&node) {
        return Ok(nodes[node].at_one_place);
    }
    if let Some(first) = way.iter().position(|met| *met == node) {
        way.push(node);
        return Err(Unusable::Circle(way[first..].iter().map(|node| nodes[*node].url.clone()).collect()));
    }
    if way.len() >= DEEPEST {
        return Err(Unusable::TooMuch(format!("nests more than {DEEPEST} schemas that apply at one place")));
    }
    way.push(node);
    let mut sum: u64 = 1;
    for inner in nodes[node].in_place.clone() {
        sum = sum.saturating_add(settle(nodes, inner, way, done)?);
    }
    way.pop();
    if sum > MOST_AT_ONE_PLACE {
        return Err(Unusable::TooMuch(format!(
            "applies more than {MOST_AT_ONE_PLACE} schemas at one place, since branches of `allOf`, `anyOf` or `oneOf` \
             lead to the same `$ref` again and again"
        )));
    }
    nodes[node].at_one_place = sum;
    done.insert(node);
    Ok(sum)
}

/// How many parts it has, each counted as often as it is met; `None` where they are more than a few.
fn parts(nodes: &[Node], node: usize, way: &mut Vec<usize>) -> Option<u64> {
    if way.contains(&node) {
        return None;
    }
    way.push(node);
    let written = &nodes[node];
    let inner = written.in_place.iter().chain(&written.members).chain(&written.items);
    let mut sum = 1;
    for inner in inner.chain(written.named.values().flatten()) {
        sum += parts(nodes, *inner, way)?;
        if sum > FEW {
            return None;
        }
    }
    way.pop();
    Some(sum)
}

/// Gathers the schemas of documents. What a reference leads to is found as the crate finds it, and what is not found
/// here counts for nothing.
#[derive(Default)]
struct Gatherer<'a> {
    /// By URL without a fragment.
    resources: HashMap<String, &'a Json>,
    /// By URL with a fragment.
    anchors: HashMap<String, &'a Json>,
    /// The URL that references in an object are relative to, by the object's address.
    bases: HashMap<usize, Url>,
    root: Option<&'a Json>,
    known: HashMap<usize, usize>,
    nodes: Vec<Node>,
}

fn address(json: &Json) -> usize {
    std::ptr::from_ref(json) as usize
}

impl<'a> Gatherer<'a> {
    fn register(&mut self, json: &'a Json, base: &Url, is_root: bool) {
        if is_root {
            self.resources.insert(base.to_string(), json);
        }
        match json {
            Json::Object(members) => {
                let text = |name: &str| members.get(name).and_then(Json::as_str);
                let id = text("$id").filter(|id| !id.starts_with('#')).and_then(|id| base.join(id).ok());
                let mut base = base.clone();
                if let Some(mut id) = id {
                    id.set_fragment(None);
                    self.resources.insert(id.to_string(), json);
                    base = id;
                }
                for anchor in ["$anchor", "$dynamicAnchor"].into_iter().filter_map(text) {
                    self.anchors.insert(format!("{base}#{anchor}"), json);
                }
                members.values().for_each(|member| self.register(member, &base, false));
                self.bases.insert(address(json), base);
            }
            Json::Array(items) => items.iter().for_each(|item| self.register(item, base, false)),
            _ => {}
        }
    }

    fn add(&mut self, json: &'a Json) -> usize {
        if let Some(index) = self.known.get(&address(json)) {
            return *index;
        }
        let index = self.nodes.len();
        self.known.insert(address(json), index);
        self.nodes.push(Node::default());
        let Json::Object(members) = json else { return index };
        let base = self.bases.get(&address(json)).cloned();
        let mut node = Node { url: base.as_ref().map(Url::to_string).unwrap_or_default(), ..Node::default() };
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            let reference = members.get(keyword).and_then(Json::as_str);
            let target =
                reference.zip(base.as_ref()).and_then(|(reference, base)| self.follow(keyword, reference, base));
            node.in_place.extend(target.map(|target| self.add(target)));
        }
        for (keyword, written) in members {
            if IN_PLACE.contains(&&**keyword) {
                node.in_place.extend(self.each(written, keyword.starts_with("depend")));
            } else if keyword == "properties" {
                for (name, member) in written.as_object().into_iter().flatten() {
                    let inner = self.add(member);
                    node.named.entry(name.clone()).or_default().push(inner);
                }
            } else if TO_MEMBERS.contains(&&**keyword) {
                node.members.extend(self.each(written, keyword == "patternProperties"));
            } else if TO_ITEMS.contains(&&**keyword) {
                node.items.extend(self.each(written, false));
            }
        }
        self.nodes[index] = node;
        index
    }

    /// A keyword's schema, or the schemas in its list, or in its map.
    fn each(&mut self, written: &'a Json, is_map: bool) -> Vec<usize> {
        match written {
            Json::Array(items) => items.iter().map(|item| self.add(item)).collect(),
            // Of `dependencies`, a list of names is no schema.
            Json::Object(members) if is_map => {
                let schemas: Vec<&Json> = members.values().filter(|member| !member.is_array()).collect();
                schemas.into_iter().map(|member| self.add(member)).collect()
            }
            one => vec![self.add(one)],
        }
    }

    fn follow(&self, keyword: &str, reference: &str, base: &Url) -> Option<&'a Json> {
        let mut url = base.join(reference).ok()?;
        let fragment = url.fragment().unwrap_or_default().to_owned();
        let fragment = percent_encoding::percent_decode_str(&fragment).decode_utf8().ok()?.into_owned();
        // The outermost schema that has the anchor is meant; mostly that is the whole.
        let outermost = self.root.filter(|root| {
            keyword == "$dynamicRef" && root.get("$dynamicAnchor").and_then(Json::as_str) == Some(&*fragment)
        });
        if outermost.is_some() {
            return outermost;
        }
        url.set_fragment(None);
        let resource = self.resources.get(url.as_str()).copied();
        match &*fragment {
            "" => resource,
            pointer if pointer.starts_with('/') => resource?.pointer(pointer),
            anchor => self.anchors.get(&format!("{url}#{anchor}")).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::JsonSchema;
    use super::*;

    fn read(files: &[(&str, String)]) -> Result<JsonSchema, String> {
        let text = |path: &Path| {
            let known = files.iter().find(|(name, _)| Path::new(name) == path);
            known.map(|(_, text)| text.clone()).ok_or_else(|| "there is no such file".to_owned())
        };
        JsonSchema::read(Path::new(files[0].0), &text)
    }

    #[track_caller]
    fn refused(files: &[(&str, &str)]) -> String {
        let files: Vec<(&str, String)> = files.iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
        read(&files).expect_err("a schema that cannot be used")
    }

    fn nested(depth: usize, inner: &str) -> Value {
        let text = [inner.repeat(depth), "1".to_owned(), "}".repeat(depth)].concat();
        Value::read(text.as_bytes()).expect("JSON")
    }

    #[test]
    fn branches_that_double_at_each_level_are_refused() {
        let levels = (0..30).map(|level| {
            let next = level + 1;
            format!(r##""l{level}": {{"allOf": [{{"$ref": "#/$defs/l{next}"}}, {{"$ref": "#/$defs/l{next}"}}]}}"##)
        });
        let levels = levels.collect::<Vec<_>>().join(",");
        let text = format!(r##"{{"$defs": {{{levels}, "l30": {{"type": "string"}}}}, "$ref": "#/$defs/l0"}}"##);
        let reason = refused(&[("a.json", &text)]);
        assert!(reason.starts_with("applies more than 10000 schemas at one place"), "{reason}");
    }

    #[test]
    fn branches_that_double_with_the_depth_of_the_value_are_refused_when_they_meet_it() {
        let text = r##"{"allOf": [{"$ref": "#/$defs/t"}, {"$ref": "#/$defs/t"}], "$defs": {"t": {"properties": {"a": {"$ref": "#"}}}}}"##;
        let schema = read(&[("a.json", text.to_owned())]).expect("a schema");
        assert_eq!(schema.violations(&nested(5, r#"{"a":"#)), Ok(Vec::new()));
        let reason = schema.violations(&nested(100, r#"{"a":"#)).expect_err("too much");
        assert!(reason.starts_with("is too much work for this body"), "{reason}");
    }

    #[test]
    fn a_recursive_schema_is_held_against_a_deep_and_a_long_value() {
        let text =
            r##"{"type": ["object", "number"], "properties": {"a": {"$ref": "#"}, "b": {"items": {"$ref": "#"}}}}"##;
        let schema = read(&[("a.json", text.to_owned())]).expect("a schema");
        assert_eq!(schema.violations(&nested(30, r#"{"a":"#)), Ok(Vec::new()));
        let long = format!(r#"{{"b": [{}0]}}"#, "0,".repeat(50_000));
        assert_eq!(schema.violations(&Value::read(long.as_bytes()).expect("JSON")), Ok(Vec::new()));
    }

    #[test]
    fn references_in_a_circle_that_say_nothing_are_refused() {
        let own = "has a `$ref` that leads back to itself and says nothing on the way";
        assert_eq!(refused(&[("a.json", r##"{"$ref": "#"}"##)]), own);
        assert_eq!(refused(&[("a.json", r##"{"properties": {"x": {"anyOf": [{"$ref": "#/properties/x"}]}}}"##)]), own);
        assert_eq!(
            refused(&[("a.json", r#"{"$ref": "b.json"}"#), ("b.json", r#"{"allOf": [{"$ref": "a.json"}]}"#)]),
            "has `$ref`s that go in a circle and say nothing: `a.json` → `b.json` → `a.json`"
        );
        assert_eq!(
            refused(&[("a.json", r#"{"items": {"$ref": "b.json"}}"#), ("b.json", r##"{"$ref": "#"}"##)]),
            "refers to `b.json`, which has a `$ref` that leads back to itself and says nothing"
        );
    }
}
