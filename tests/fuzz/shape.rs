//! The fingerprint of what a target did with an input.

use std::hash::{DefaultHasher, Hash, Hasher};

/// What happened, in a number: two inputs with the same one were most likely read by the same code.
#[derive(Default)]
pub struct Shape(DefaultHasher);

impl Shape {
    /// Adds a message without what it quotes and counts.
    pub fn message(&mut self, text: &str) -> &mut Self {
        let mut quoted = false;
        for character in text.chars() {
            match character {
                '`' => quoted = !quoted,
                '0'..='9' => {}
                other if !quoted => other.hash(&mut self.0),
                _ => {}
            }
        }
        self
    }

    /// Adds a number, and of a large one only how large it is.
    pub fn size(&mut self, size: usize) -> &mut Self {
        let rough = if size < 4 { size } else { 4 + size.ilog2() as usize };
        rough.hash(&mut self.0);
        self
    }

    /// The number.
    pub fn number(&self) -> u64 {
        self.0.finish()
    }
}
