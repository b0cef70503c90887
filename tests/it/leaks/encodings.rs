//! Every form in which a secret could be told from what came out, made without a line of the program's own code.

/// The encoded forms of a text, each with its name.
pub fn encodings(secret: &str) -> Vec<(String, String)> {
    let bytes = secret.as_bytes();
    let mut forms = vec![
        ("plain".to_owned(), secret.to_owned()),
        ("hex".to_owned(), bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        ("HEX".to_owned(), bytes.iter().map(|byte| format!("{byte:02X}")).collect()),
    ];
    percent(bytes, &mut forms);
    json(secret, &mut forms);
    html(secret, &mut forms);
    for (name, alphabet) in [("base64", STANDARD), ("base64url", URL_SAFE)] {
        for lead in 0..3 {
            let (first, whole) = (lead * 8, base64(&[&vec![0; lead], bytes].concat(), alphabet));
            // What depends on the secret alone.
            let inner = &whole[first.div_ceil(6)..(first + bytes.len() * 8) / 6];
            forms.push((format!("{name} at {lead}"), inner.to_owned()));
        }
    }
    forms
}

fn percent(bytes: &[u8], forms: &mut Vec<(String, String)>) {
    forms.push(("percent, all".to_owned(), bytes.iter().map(|byte| format!("%{byte:02X}")).collect()));
    let encoded = |open: &str, lower: bool| -> String {
        let encode = |byte: &u8| match *byte {
            byte if byte.is_ascii_alphanumeric() || open.as_bytes().contains(&byte) => char::from(byte).to_string(),
            byte if lower => format!("%{byte:02x}"),
            byte => format!("%{byte:02X}"),
        };
        bytes.iter().map(encode).collect()
    };
    for (name, open) in [
        ("percent, strict", ""),
        ("percent, RFC 3986", "-._~"),
        ("percent, JavaScript", "-._~!*'()"),
        ("percent, path", "-._~!*'()/:@&=+$,;"),
    ] {
        forms.push((name.to_owned(), encoded(open, false)));
        forms.push((format!("{name}, lower"), encoded(open, true)));
        if !open.contains('+') {
            forms.push((format!("{name}, +"), encoded(open, false).replace("%20", "+")));
        }
    }
}

fn json(secret: &str, forms: &mut Vec<(String, String)>) {
    let escaped = |escape: &dyn Fn(char) -> bool, slash: bool| -> String {
        let mut text = String::new();
        for character in secret.chars() {
            match character {
                '"' => text.push_str("\\\""),
                '\\' => text.push_str("\\\\"),
                '/' if slash => text.push_str("\\/"),
                character if escape(character) => {
                    character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text += &format!("\\u{unit:04x}"));
                }
                character => text.push(character),
            }
        }
        text
    };
    let once = escaped(&|_| false, false);
    let mut add = |name: &str, form: String| forms.push((name.to_owned(), form));
    add("JSON, twice", once.replace('\\', "\\\\").replace('"', "\\\""));
    add("JSON", once);
    add("JSON, slash", escaped(&|_| false, true));
    add("JSON, ASCII", escaped(&|character| !character.is_ascii(), false));
    add("JSON, HTML", escaped(&|character| "<>&'".contains(character), true));
    add("JSON, all", secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect());
}

fn html(secret: &str, forms: &mut Vec<(String, String)>) {
    let named = |character| match character {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        other => char::to_string(&other),
    };
    forms.push(("HTML, names".to_owned(), secret.chars().map(named).collect()));
    let number = |character| format!("&#{};", u32::from(character));
    forms.push(("HTML, decimal".to_owned(), secret.chars().map(number).collect()));
    let number = |character| format!("&#x{:X};", u32::from(character));
    forms.push(("HTML, hexadecimal".to_owned(), secret.chars().map(number).collect()));
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Without padding.
fn base64(bytes: &[u8], alphabet: &[u8; 64]) -> String {
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    let digit = |from: usize| (from..from + 6).fold(0, |value, at| value << 1 | bit(at));
    (0..bytes.len() * 8).step_by(6).map(|from| char::from(alphabet[usize::from(digit(from))])).collect()
}

/// A text in each of the forms, for a server that gives back what it got.
pub fn mirrored(text: &str) -> Vec<(String, String)> {
    let mut forms = encodings(text);
    // The text at each alignment, whole.
    for lead in 0..3 {
        let led = [&b"xyz"[..lead], text.as_bytes()].concat();
        forms.push((format!("whole base64 at {lead}"), base64(&led, STANDARD)));
        forms.push((format!("whole base64url at {lead}"), base64(&led, URL_SAFE)));
    }
    forms
}

#[test]
fn the_encoders_of_this_test_are_right() {
    let forms = encodings("a/b \"c\"&\u{e9}");
    let form = |name: &str| forms.iter().find(|(known, _)| known == name).map(|(_, form)| form.as_str());
    assert_eq!(form("hex"), Some("612f622022632226c3a9"));
    assert_eq!(form("percent, RFC 3986, +"), Some("a%2Fb+%22c%22%26%C3%A9"));
    assert_eq!(form("JSON, slash"), Some("a\\/b \\\"c\\\"&\u{e9}"));
    assert_eq!(form("JSON, twice"), Some("a/b \\\\\\\"c\\\\\\\"&\u{e9}"));
    assert_eq!(form("HTML, names"), Some("a/b &quot;c&quot;&amp;\u{e9}"));
    assert_eq!(base64(b"any carnal pleas", STANDARD), "YW55IGNhcm5hbCBwbGVhcw");
    assert_eq!(form("base64 at 0"), Some(&base64("a/b \"c\"&\u{e9}".as_bytes(), STANDARD)[..13]));
}
