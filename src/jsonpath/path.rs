//! A parsed path and the questions it answers about a document.
//!
//! Everything that can be wrong with a path is found by [`Path::parse`]; the questions fail only where they would take
//! too long ([`Path::select_within`]).

use std::fmt;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use jsonpath_rust::parser::parse_json_path;

use super::error::{self, PathError};
use super::filter::Scope;
use super::fuel::{Fuel, OutOfFuel};
use super::location;
use super::miss::{self, Miss};
use super::query::Segment;
use super::walk::{Mark, Steps, single, walk};
use super::{convert, project, repair, scan, simple};
use crate::value::{Value, Wanted};

/// A well-formed and well-typed JSONPath query (RFC 9535). Cheap to clone.
///
/// ```
/// use callsheet::{jsonpath::Path, value::Value};
/// let models = Value::read(br#"{"models": [{"id": 3, "name": "fraud"}]}"#).unwrap();
/// let path = Path::parse("$.models[?@.name == 'fraud'].id").unwrap();
/// assert_eq!(path.select(&models), [&Value::from(3i64)]);
/// assert_eq!(path.locate(&models)[0].0, "$['models'][0]['id']");
/// ```
#[derive(Clone, Debug)]
pub struct Path(Arc<Parsed>);

#[derive(Debug)]
struct Parsed {
    text: Box<str>,
    segments: Vec<Segment>,
    /// Where the segments stand in the text.
    ranges: Vec<Range<usize>>,
    singular: bool,
}

impl Path {
    /// Reads a path. The error says where the text is wrong and, where that can be guessed, what was meant.
    pub fn parse(text: &str) -> Result<Path, PathError> {
        Path::read(text).map_err(|error| match error.help {
            None => PathError { help: repair::help(text), ..error },
            Some(_) => error,
        })
    }

    /// Reads a path without working out what else was meant.
    pub(super) fn read(text: &str) -> Result<Path, PathError> {
        match simple::read(text) {
            Some((segments, ranges)) => Ok(Path::new(text, segments, ranges)),
            None => Path::read_any(text),
        }
    }

    /// Reads a path of any form.
    pub(super) fn read_any(text: &str) -> Result<Path, PathError> {
        let outline = scan::outline(text)?;
        let tree = parse_json_path(text).map_err(|refusal| error::from_parser(&refusal, text, &outline))?;
        let segments = convert::convert(&tree, text, &outline)?;
        if segments.len() != outline.segments.len() {
            return Err(PathError::new(0..text.len(), "expected a JSONPath query (RFC 9535)"));
        }
        Ok(Path::new(text, segments, outline.segments))
    }

    pub(super) fn new(text: &str, segments: Vec<Segment>, ranges: Vec<Range<usize>>) -> Path {
        let singular = segments.iter().all(Segment::is_singular);
        Path(Arc::new(Parsed { text: text.into(), segments, ranges, singular }))
    }

    /// Its tree.
    pub(super) fn segments(&self) -> &[Segment] {
        &self.0.segments
    }

    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Whether the path selects at most one node of any document: only names and indices.
    pub fn is_singular(&self) -> bool {
        self.0.singular
    }

    /// The nodes the path selects, in the order of the RFC.
    pub fn select<'a>(&self, root: &'a Value) -> Vec<&'a Value> {
        self.select_with(root, &Scope::new(root, Fuel::endless()))
    }

    /// The same, looking at no more than so many values: `jsonpath_fuel`.
    pub fn select_within<'a>(&self, root: &'a Value, limit: u64) -> Result<Vec<&'a Value>, OutOfFuel> {
        let scope = Scope::new(root, Fuel::of(limit));
        let nodes = self.select_with(root, &scope);
        if scope.fuel.is_spent() { Err(OutOfFuel { limit }) } else { Ok(nodes) }
    }

    fn select_with<'a>(&self, root: &'a Value, scope: &Scope<'a>) -> Vec<&'a Value> {
        if self.0.singular {
            return single(&self.0.segments, root).into_iter().collect();
        }
        let mut nodes = Vec::new();
        let _ = walk(&self.0.segments, scope, root, (), &mut |node, ()| {
            nodes.push(node);
            ControlFlow::Continue(())
        });
        nodes
    }

    /// The nodes the path selects, each with its normalized path.
    pub fn locate<'a>(&self, root: &'a Value) -> Vec<(String, &'a Value)> {
        self.locate_with(root, &Scope::new(root, Fuel::endless()))
    }

    /// The same, looking at no more than so many values: `jsonpath_fuel`.
    pub fn locate_within<'a>(&self, root: &'a Value, limit: u64) -> Result<Vec<(String, &'a Value)>, OutOfFuel> {
        let scope = Scope::new(root, Fuel::of(limit));
        let nodes = self.locate_with(root, &scope);
        if scope.fuel.is_spent() { Err(OutOfFuel { limit }) } else { Ok(nodes) }
    }

    fn locate_with<'a>(&self, root: &'a Value, scope: &Scope<'a>) -> Vec<(String, &'a Value)> {
        let steps = Steps::default();
        let mut nodes = Vec::new();
        let _ = walk(&self.0.segments, scope, root, Mark::root(&steps), &mut |node, mark: Mark| {
            nodes.push((location::normalized(&mark.path()), node));
            ControlFlow::Continue(())
        });
        nodes
    }

    /// The longest beginning of the path that is singular: `$.a[0].b` of `$.a[0].b[?@.x].c`.
    pub fn singular_prefix(&self) -> Path {
        if self.0.singular {
            return self.clone();
        }
        let count = self.0.segments.iter().take_while(|segment| segment.is_singular()).count();
        let end = count.checked_sub(1).map_or(1, |last| self.0.ranges[last].end);
        Path::new(&self.0.text[..end], self.0.segments[..count].to_vec(), self.0.ranges[..count].to_vec())
    }

    /// Adds what the path reads of a document: it selects the same nodes of the part that is built of it.
    pub fn add_to(&self, wanted: &mut Wanted) {
        project::project(&self.0.segments, wanted);
    }

    /// Why the path selects nothing: how far it comes in this document, and what is there.
    ///
    /// Meant for a path that selects nothing; of any other it describes the last segment.
    pub fn explain_miss(&self, root: &Value) -> Miss {
        let written = |index: usize| self.0.ranges.get(index).map_or("", |range| &self.0.text[range.clone()]);
        miss::explain(&self.0.segments, written, root)
    }
}

/// The text as it was written.
impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.text())
    }
}

/// Two paths are equal if they are written alike.
impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Path {}
