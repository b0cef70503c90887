//! Whether an expression's brackets and quotes are closed: the sign by which a cut expression is known.

/// What is open at the end of a text.
#[derive(Default)]
pub(super) struct Balance {
    /// The brackets that wait for their partner, innermost last.
    open: Vec<u8>,
    /// Whether a closing bracket had no partner.
    surplus: bool,
    quote: Option<u8>,
}

impl Balance {
    /// Reads a text. An apostrophe inside a word opens no quote.
    pub fn of(text: &str) -> Balance {
        let mut balance = Balance::default();
        let mut before = b' ';
        for byte in text.bytes() {
            match (balance.quote, byte) {
                (Some(quote), _) if byte == quote && before != b'\\' => balance.quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') if !before.is_ascii_alphanumeric() => balance.quote = Some(byte),
                (None, b'(' | b'[' | b'{') => balance.open.push(byte),
                (None, b')' | b']' | b'}') => balance.close(byte),
                _ => {}
            }
            before = byte;
        }
        balance
    }

    fn close(&mut self, byte: u8) {
        let partner = match byte {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        if self.open.pop() != Some(partner) {
            self.surplus = true;
        }
    }

    /// Everything opened is closed, and nothing else.
    pub fn is_even(&self) -> bool {
        self.open.is_empty() && !self.surplus && self.quote.is_none()
    }

    /// A round bracket waits for its partner.
    pub fn wants_parenthesis(&self) -> bool {
        self.open.contains(&b'(')
    }

    /// The text ends inside quotes.
    pub fn in_quotes(&self) -> bool {
        self.quote.is_some()
    }
}
