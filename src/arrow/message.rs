//! An Apache Arrow schema as bytes: the encapsulated schema message of the IPC format.
//!
//! The message is a flatbuffer of four kinds of tables, few enough to write them here, so that a build without the
//! feature `arrow` can do it too.

use super::types::{Field, Type};

impl Type {
    /// Its number in the union `Type` of Arrow's `Schema.fbs`, its table there, and the type of its items.
    fn parts(&self) -> (u8, Vec<Slot>, Option<&Type>) {
        match self {
            Type::Null => (1, vec![], None),
            Type::Int { bits, signed } => (2, vec![Slot::I32(*bits), Slot::U8(u8::from(*signed))], None),
            Type::Float(precision) => (3, vec![Slot::I16(*precision)], None),
            Type::Binary => (4, vec![], None),
            Type::Text => (5, vec![], None),
            Type::Bool => (6, vec![], None),
            Type::Date(unit) => (8, vec![Slot::I16(*unit)], None),
            Type::Timestamp(unit) => (10, vec![Slot::I16(*unit)], None),
            Type::List(item) => (12, vec![], Some(item)),
            Type::FixedSizeList(item, size) => (16, vec![Slot::I32(*size)], Some(item)),
            Type::LargeBinary => (19, vec![], None),
            Type::LargeText => (20, vec![], None),
            Type::LargeList(item) => (21, vec![], Some(item)),
        }
    }
}

/// Version V5 of the metadata, which all libraries since Arrow 1.0 write.
const V5: i16 = 4;
/// The number of `Schema` in the union `MessageHeader`.
const SCHEMA: u8 = 1;

/// The schema message: a continuation mark, the length of the metadata, and the metadata, padded to 8 bytes.
pub fn message(fields: &[Field]) -> Vec<u8> {
    let mut buffer = Buffer(vec![0; 4]);
    let slots = buffer.table(&[Slot::I16(V5), Slot::U8(SCHEMA), Slot::Offset, Slot::I64(0)]);
    buffer.point(0, slots.start);
    // The slot of the byte order is left out, which means little-endian.
    let schema = buffer.table(&[Slot::None, Slot::Offset]);
    buffer.point(slots.places[2], schema.start);
    let fields: Vec<(&str, &Type, bool)> =
        fields.iter().map(|field| (&*field.name, &field.kind, field.nullable)).collect();
    buffer.fields(schema.places[1], &fields);
    buffer.pad_to(8);
    let mut message = vec![0xff; 4];
    let length = u32::try_from(buffer.0.len()).expect("a schema is not that long: the budget of expressions bounds it");
    message.extend(length.to_le_bytes());
    message.extend(buffer.0);
    message
}

/// One slot of a table: a value, or an offset that is filled in later.
enum Slot {
    None,
    U8(u8),
    I16(i16),
    I32(i32),
    I64(i64),
    Offset,
}

impl Slot {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Slot::None => vec![],
            Slot::U8(value) => vec![*value],
            Slot::I16(value) => value.to_le_bytes().to_vec(),
            Slot::I32(value) => value.to_le_bytes().to_vec(),
            Slot::I64(value) => value.to_le_bytes().to_vec(),
            Slot::Offset => vec![0; 4],
        }
    }
}

/// Where a table stands, and where each of its slots does.
struct Placed {
    start: usize,
    places: Vec<usize>,
}

/// A flatbuffer, written from the root to the leaves: an offset points forward and is filled in when its target is there.
struct Buffer(Vec<u8>);

impl Buffer {
    fn pad_to(&mut self, size: usize) {
        self.0.resize(self.0.len().next_multiple_of(size), 0);
    }

    fn put_u16(&mut self, value: usize) {
        self.0.extend(u16::try_from(value).expect("tables have a few slots").to_le_bytes());
    }

    /// Fills in the offset at a place.
    fn point(&mut self, place: usize, target: usize) {
        let offset = u32::try_from(target - place).expect("a schema is not that long");
        self.0[place..place + 4].copy_from_slice(&offset.to_le_bytes());
    }

    /// A table behind its own vtable, beginning at a multiple of 8.
    fn table(&mut self, slots: &[Slot]) -> Placed {
        let mut content = vec![0; 4];
        let mut offsets = Vec::with_capacity(slots.len());
        for slot in slots {
            let bytes = slot.bytes();
            content.resize(content.len().next_multiple_of(bytes.len().max(1)), 0);
            offsets.push(if bytes.is_empty() { 0 } else { content.len() });
            content.extend(bytes);
        }
        let length = 4 + 2 * slots.len();
        let start = (self.0.len() + length).next_multiple_of(8);
        self.0.resize(start - length, 0);
        self.put_u16(length);
        self.put_u16(content.len());
        offsets.iter().for_each(|offset| self.put_u16(*offset));
        content[..4].copy_from_slice(&u32::try_from(length).expect("tables have a few slots").to_le_bytes());
        self.0.extend(content);
        Placed { start, places: offsets.iter().map(|offset| start + offset).collect() }
    }

    /// A vector of as many offsets, and the place of each.
    fn vector(&mut self, place: usize, length: usize) -> Vec<usize> {
        self.pad_to(4);
        let start = self.0.len();
        self.point(place, start);
        self.0.extend(u32::try_from(length).expect("a schema has not that many fields").to_le_bytes());
        self.0.resize(start + 4 + 4 * length, 0);
        (0..length).map(|index| start + 4 + 4 * index).collect()
    }

    fn text(&mut self, place: usize, text: &str) {
        self.pad_to(4);
        self.point(place, self.0.len());
        self.0.extend(u32::try_from(text.len()).expect("a name is not that long").to_le_bytes());
        self.0.extend(text.bytes());
        self.0.push(0);
    }

    fn fields(&mut self, place: usize, fields: &[(&str, &Type, bool)]) {
        let places = self.vector(place, fields.len());
        for (place, (name, kind, nullable)) in places.into_iter().zip(fields) {
            let (number, slots, item) = kind.parts();
            let field = self.table(&[
                Slot::Offset,
                Slot::U8(u8::from(*nullable)),
                Slot::U8(number),
                Slot::Offset,
                Slot::None,
                Slot::Offset,
            ]);
            self.point(place, field.start);
            self.text(field.places[0], name);
            let kind = self.table(&slots);
            self.point(field.places[3], kind.start);
            let items: Vec<_> = item.map(|item| ("item", item, true)).into_iter().collect();
            self.fields(field.places[5], &items);
        }
    }
}
