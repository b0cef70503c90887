//! Whether the buffers that a batch names can be the columns of its schema.
//!
//! The crate checks what is in the buffers, and panics where their lengths contradict the schema; so those are checked
//! before it sees them.

use arrow_ipc::{Buffer as Place, FieldNode, RecordBatch};
use arrow_schema::{DataType, Field};

use super::Unreadable;

/// Checks the nodes and buffers of a batch of these columns, whose body has so many bytes.
pub(super) fn check<'f>(
    batch: RecordBatch<'_>,
    fields: impl IntoIterator<Item = &'f Field>,
    body: usize,
) -> Result<(), Unreadable> {
    if batch.compression().is_some() {
        return Err(Unreadable::Broken("its buffers are compressed; ask for them uncompressed".to_owned()));
    }
    let views =
        batch.variadicBufferCounts().into_iter().flatten().map(|count| usize::try_from(count).unwrap_or(usize::MAX));
    let mut layout = Layout {
        nodes: batch.nodes().into_iter().flatten().copied().collect::<Vec<_>>().into_iter(),
        buffers: batch.buffers().into_iter().flatten().copied().collect::<Vec<_>>().into_iter(),
        views: views.collect::<Vec<_>>().into_iter(),
        body,
    };
    number(batch.length())?;
    fields.into_iter().try_for_each(|field| layout.column(field.name(), field.data_type()))
}

/// What is left of a batch's description, column after column.
struct Layout {
    nodes: std::vec::IntoIter<FieldNode>,
    buffers: std::vec::IntoIter<Place>,
    views: std::vec::IntoIter<usize>,
    body: usize,
}

impl Layout {
    fn column(&mut self, name: &str, kind: &DataType) -> Result<(), Unreadable> {
        let node = self.nodes.next().ok_or_else(contradiction)?;
        let (rows, nulls) = (number(node.length())?, number(node.null_count())?);
        if matches!(kind, DataType::Null) {
            return Ok(());
        }
        let validity = self.buffer(1)?;
        if nulls > 0 && validity.saturating_mul(8) < rows {
            return Err(contradiction());
        }
        match kind {
            DataType::Utf8 | DataType::Binary => self.buffer(4).and_then(|_| self.buffer(1))?,
            DataType::LargeUtf8 | DataType::LargeBinary => self.buffer(8).and_then(|_| self.buffer(1))?,
            DataType::Utf8View | DataType::BinaryView => {
                let count = self.views.next().ok_or_else(contradiction)?;
                self.buffer(16)?;
                (0..count).try_fold(0, |_, _| self.buffer(1))?
            }
            DataType::FixedSizeBinary(size) => number((*size).into()).and_then(|_| self.buffer(1))?,
            DataType::List(item) | DataType::Map(item, _) => {
                self.buffer(4)?;
                return self.column(name, item.data_type());
            }
            DataType::LargeList(item) => {
                self.buffer(8)?;
                return self.column(name, item.data_type());
            }
            DataType::ListView(item) | DataType::LargeListView(item) => {
                let width = if matches!(kind, DataType::ListView(_)) { 4 } else { 8 };
                self.buffer(width)?;
                self.buffer(width)?;
                return self.column(name, item.data_type());
            }
            DataType::FixedSizeList(item, size) => {
                number((*size).into())?;
                return self.column(name, item.data_type());
            }
            DataType::Struct(fields) => {
                return fields.iter().try_for_each(|field| self.column(name, field.data_type()));
            }
            DataType::Union(..) | DataType::RunEndEncoded(..) | DataType::Interval(_) => {
                let message = format!("column `{name}` has the type {kind}, which has no form in JSON");
                return Err(Unreadable::Broken(message));
            }
            // Numbers, and the keys of dictionaries.
            _ => self.buffer(1)?,
        };
        Ok(())
    }

    /// The length of the next buffer, which lies in the body and is a multiple of this width.
    fn buffer(&mut self, width: usize) -> Result<usize, Unreadable> {
        let place = self.buffers.next().ok_or_else(contradiction)?;
        let (start, length) = (number(place.offset())?, number(place.length())?);
        let inside = start.checked_add(length).is_some_and(|end| end <= self.body);
        if inside && length.is_multiple_of(width) { Ok(length) } else { Err(contradiction()) }
    }
}

fn number(number: i64) -> Result<usize, Unreadable> {
    usize::try_from(number).map_err(|_| contradiction())
}

fn contradiction() -> Unreadable {
    Unreadable::Broken("one of its messages contradicts the schema".to_owned())
}
