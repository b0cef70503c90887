//! `b64encode`, `b64decode`, `urlencode`, `sha256`: the same bytes in another dress.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Filter, FilterCall, filter};
use crate::expression::{EvalError, to_text};
use crate::value::Value;
use crate::wire;

pub(in crate::expression) static FILTERS: &[Filter] = &[
    filter("b64encode", &[], 0, b64encode),
    filter("b64decode", &[], 0, b64decode),
    filter("urlencode", &[], 0, urlencode),
    filter("sha256", &[], 0, sha256),
];

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn b64encode(call: FilterCall) -> Result<Value, EvalError> {
    let text = call.text()?;
    call.evaluation.budget.text(text.len().saturating_mul(4) / 3, call.span)?;
    Ok(base64::engine::general_purpose::STANDARD.encode(text).into())
}

/// Both alphabets, padded or not: the parts of a JWT are readable.
fn b64decode(call: FilterCall) -> Result<Value, EvalError> {
    let text = call.text()?;
    call.evaluation.budget.text(text.len(), call.span)?;
    let alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    let bytes = GeneralPurpose::new(alphabet, LENIENT).decode(text.trim());
    let bytes = bytes.map_err(|_| call.fails("the text is not base64"))?;
    String::from_utf8(bytes).map(Value::from).map_err(|_| call.fails("the decoded bytes are not UTF-8 text"))
}

/// A text as one URL component; an object as a query string, where lists repeat and `null` is left out.
fn urlencode(call: FilterCall) -> Result<Value, EvalError> {
    let mut encoded = String::new();
    match &call.operand {
        Value::Object(members) => {
            for (name, value) in &**members {
                let values = match value {
                    Value::Null => &[],
                    Value::Array(items) => &items[..],
                    single => std::slice::from_ref(single),
                };
                for value in values {
                    if !encoded.is_empty() {
                        encoded.push('&');
                    }
                    encode(&mut encoded, name);
                    encoded.push('=');
                    encode(&mut encoded, &to_text(value, call.span)?);
                }
            }
        }
        scalar => encode(&mut encoded, &to_text(scalar, call.span)?),
    }
    call.evaluation.budget.text(encoded.len(), call.span)?;
    Ok(encoded.into())
}

fn encode(encoded: &mut String, text: &str) {
    encoded.extend(utf8_percent_encode(text, RESERVED));
}

/// The SHA-256 digest of a text, in lower-case hexadecimal.
fn sha256(call: FilterCall) -> Result<Value, EvalError> {
    Ok(wire::sha256(call.text()?.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::super::super::trial::{Trial, table};

    #[test]
    fn texts_are_coded_and_back() {
        let scope = Trial::of(r#"{"q": {"a b": "x/y&z", "n": null, "l": [1, true]}}"#);
        table(
            &scope,
            &[
                ("'user:pässword' | b64encode", "\"dXNlcjpww6Rzc3dvcmQ=\""),
                ("'dXNlcjpww6Rzc3dvcmQ' | b64decode", "\"user:pässword\""),
                ("'Pz8_' | b64decode", "\"???\""),
                ("'!' | b64decode", "!the text is not base64"),
                ("'/w==' | b64decode", "!not UTF-8"),
                ("'a b/c~é' | urlencode", "\"a%20b%2Fc~%C3%A9\""),
                ("5 | urlencode", "\"5\""),
                ("q | urlencode", "\"a%20b=x%2Fy%26z&l=1&l=true\""),
                ("'abc' | sha256", "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""),
                ("5 | sha256", "!`sha256` takes a string, not a number"),
            ],
        );
    }
}
