//! Values that must not come out.
//!
//! A [`Secret`] prints a placeholder; its text comes out only through [`Secret::expose`]. The [`Redactor`] finds
//! every known secret in text that is about to leave the program, also where it is encoded (base64 at each of its
//! three alignments, hexadecimal) or escaped (percent-encoding, JSON, HTML, a shell's quotes; whichever characters a
//! writer escapes), also one in the other and several times over, and what is a secret by its looks (JSON Web Tokens, OAuth fields,
//! passwords in URLs). Nothing here reads or writes anything.

mod blank;
mod decoded;
mod encoded;
mod entities;
mod escapes;
mod headers;
mod misread;
mod redactor;
mod search;
mod shapes;

use std::fmt;
use std::sync::Arc;

pub use blank::blanked;
pub use headers::{SHORTEST_COOKIE, credentials, is_credential};
pub use redactor::Redactor;
pub use shapes::is_field;

use crate::value::Value;

/// What stands in place of a secret.
pub const PLACEHOLDER: &str = "***";

/// Secrets shorter than this many bytes are refused: masking them would mask half of every output.
pub const SHORTEST: usize = 4;

/// A text that prints as a placeholder.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Secret(text.into())
    }

    /// The plain text: for the request that needs it, for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(PLACEHOLDER)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(PLACEHOLDER)
    }
}

/// Whether some scalar in a secret is too short to be masked without masking half of every output.
pub fn is_too_short(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() < SHORTEST,
        Value::Number(number) => number.to_string().len() < SHORTEST,
        Value::Array(items) => items.iter().any(is_too_short),
        Value::Object(members) => members.values().any(is_too_short),
        Value::Null | Value::Bool(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_secret_prints_a_placeholder() {
        let secret = Secret::new("hunter22");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
    }

    #[test]
    fn a_secret_is_found_plain_and_encoded() {
        let mut redactor = Redactor::default();
        redactor.learn("p&ss \"word\"-1");
        for lead in ["", "a", "ab", "abc:"] {
            let encoded = STANDARD.encode(format!("{lead}p&ss \"word\"-1:tail"));
            let redacted = redactor.redact(&encoded);
            assert!(redacted.contains(PLACEHOLDER), "{encoded} came out as {redacted}");
        }
        for text in
            ["x p&ss \"word\"-1 y", r#"{"a":"p&ss \"word\"-1"}"#, "q=p%26ss%20%22word%22-1", "q=p%26ss+%22word%22-1"]
        {
            assert!(redactor.redact(text).contains(PLACEHOLDER), "{text}");
        }
    }

    #[test]
    fn every_encoder_in_use_is_known() {
        let secrets = [
            "pa*ss-word!x~1",
            "a/b&c\u{e4}'<d>",
            "Tr0ub~dor.3 ",
            "50% + a b",
            "line\nbreak\\\"q\"",
            "it's a \"secret\"",
            "-----BEGIN KEY-----\nab+/c==\n",
        ];
        for secret in secrets {
            let mut redactor = Redactor::default();
            redactor.learn(secret);
            let mut url = url::Url::parse("http://example.com/").expect("a URL");
            url.query_pairs_mut().append_pair("p", secret);
            url.path_segments_mut().expect("a base").push(secret);
            let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            let json = serde_json::to_string(secret).expect("JSON");
            for text in [
                url.query().expect("a query").to_owned(),
                form,
                json.clone(),
                json.replace('/', "\\/"),
                crate::jsonpath::name_segment(secret),
                STANDARD.encode(secret),
            ] {
                let redacted = redactor.redact(&format!("<{text}>"));
                assert!(redacted.contains(PLACEHOLDER), "{text} came out as {redacted}");
            }
        }
    }

    #[test]
    fn it_does_not_matter_which_characters_are_escaped_and_how_often() {
        let mut redactor = Redactor::default();
        redactor.learn("p&s \"w\u{f6}rd\"/1");
        let json = r#"p\u0026s \"w\u00F6rd\"\/1"#;
        let twice = serde_json::to_string(json).expect("JSON");
        let thrice = serde_json::to_string(&twice).expect("JSON");
        for text in [
            "%70%26s%20%22w%c3%B6rd%22%2f1",
            "p%26s+\"w\u{f6}rd\"/1",
            "p&amp;s &quot;w&ouml;rd&quot;/1",
            "&#112;&#x26;s&#32;&#34;w&#xF6;rd&#34;&sol;1",
            json,
            &twice,
            &thrice,
            r#"{\"a\":\"p&amp;s \\\"w\u00f6rd\\\"\/1\"}"#,
            "p%2526s%2520%2522w%25C3%25B6rd%2522%252F1",
            "702673202277c3b67264222f31",
            "702673202277C3B67264222F31",
        ] {
            assert!(redactor.redact(text).contains(PLACEHOLDER), "{text} came out as {}", redactor.redact(text));
        }
        assert_eq!(redactor.redact("a=%70%26s%20%22w%c3%B6rd%22%2f1&b=%41"), "a=***&b=%41");
    }

    #[test]
    fn it_does_not_matter_how_often_a_secret_was_encoded() {
        let mut redactor = Redactor::default();
        redactor.learn("hello-tailsecret-1234");
        redactor.learn("pass");
        let base64 = |text: &str| STANDARD.encode(text);
        let hexadecimal = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let once = base64("hello-tailsecret-1234");
        let pair = base64("user:hello-tailsecret-1234");
        let document = format!(r#"{{"auths":{{"https://index.example.com/v1/":{{"auth":"{pair}"}}}}}}"#);
        for text in [
            base64(&once),
            base64(&base64(&once)),
            base64(&hexadecimal("hello-tailsecret-1234")),
            base64(&document),
            base64(&pair).replace('+', "-").replace('/', "_"),
            hexadecimal(&once),
            hexadecimal(&hexadecimal("hello-tailsecret-1234")),
            hexadecimal(&pair),
            base64(r#"{"a":"hello\u002dtailsecret-1234"}"#),
            base64("a=hello%2Dtailsecret-1234"),
            format!("{{\"config\":{}}}", serde_json::Value::from(base64(&document))),
            format!("/v1/secrets/{}", base64(&once)),
        ] {
            let redacted = redactor.redact(&text);
            assert!(redacted.contains(PLACEHOLDER), "{text} came out as {redacted}");
            assert!(!redactor.finds(&redacted), "{text} came out as {redacted}");
        }
        // Too short to be sought where it is encoded, however often.
        let short = base64("no pass, no fun");
        assert_eq!(redactor.redact(&short), short);
    }

    #[test]
    fn a_secret_is_found_where_a_server_has_spoiled_its_letters() {
        let mut redactor = Redactor::default();
        redactor.learn("Pa55/w\u{f6}rd&<Q>");
        let redacted = redactor.redact(r#"{"latin": "Pa55/wÃ¶rd&<Q>", "escaped": "Pa55\/w\u00c3\u00b6rd\u0026<Q>"}"#);
        assert_eq!(redacted, r#"{"latin": "***", "escaped": "***"}"#);
        let written_in_latin_1 = b"<Pa55/w\xf6rd&<Q>>";
        assert_eq!(redactor.redact(&String::from_utf8_lossy(written_in_latin_1)), "<***>");
    }

    #[test]
    fn a_secret_that_was_cut_is_found_too() {
        let mut redactor = Redactor::default();
        redactor.learn("correct-horse");
        assert_eq!(redactor.redact_beginning("a correct-horse, a correct-h"), "a ***, a ***");
        assert_eq!(redactor.redact_beginning("nothing of it, cor"), "nothing of it, cor");
    }

    #[test]
    fn what_is_learned_by_its_looks_is_found_where_it_has_none() {
        let mut redactor = Redactor::default();
        redactor.learn_untold(br#"{"access_token":"opaque-1234","code":"open-code-1"} http://a:short@b/"#);
        assert_eq!(redactor.redact("opaque-1234 open-code-1 short"), "*** open-code-1 short");
        let value = Value::read(br#"{"refresh_token":"r","list":[1,["opaque-1234",{"b":2}]]}"#).expect("well-formed");
        assert_eq!(redactor.redact_value(&value).to_string(), r#"{"refresh_token":"***","list":[1,["***",{"b":2}]]}"#);
    }

    #[test]
    fn a_secret_with_an_apostrophe_is_found_in_a_command_line() {
        let mut redactor = Redactor::default();
        redactor.learn("don't \"tell\"");
        for text in [
            r#"sh -c 'echo don'\''t "tell"'"#,
            r#"sh -c 'echo don'"'"'t "tell"'"#,
            r#"curl -d '{"a":"don'\''t \"tell\""}'"#,
        ] {
            assert!(redactor.redact(text).contains(PLACEHOLDER), "{text} came out as {}", redactor.redact(text));
        }
    }

    #[test]
    fn what_is_made_of_two_secrets_is_one_even_where_one_of_them_stands_in_it() {
        let mut redactor = Redactor::default();
        ["first-secret", "second-secret"].into_iter().for_each(|secret| redactor.learn(secret));
        redactor.learn_derived(&Value::from("first-secret:SECOND-SECRET"));
        assert_eq!(redactor.redact("<first-secret:SECOND-SECRET>"), "<***>");
        for encoded in [STANDARD.encode("first-secret:SECOND-SECRET"), "first-secret%3ASECOND-SECRET".to_owned()] {
            assert_eq!(redactor.redact(&encoded), PLACEHOLDER);
        }
        // One that is known already is not learned again.
        let known = format!("{redactor:?}");
        let padded = STANDARD.encode("first-secret");
        ["first-secret", padded.trim_end_matches('='), "first%2Dsecret"]
            .into_iter()
            .for_each(|text| redactor.learn_derived(&Value::from(text)));
        assert_eq!(format!("{redactor:?}"), known);
    }

    #[test]
    fn a_secret_inside_another_leaves_nothing_of_it() {
        let mut redactor = Redactor::default();
        (0..20).for_each(|number| redactor.learn(&format!("older-secret-{number:02}")));
        redactor.learn("HEAD-older-secret-07-TAIL");
        assert_eq!(redactor.redact("<HEAD-older-secret-07-TAIL>"), "<***>");
    }

    #[test]
    fn a_thousand_secrets_are_learned_without_a_thousand_automata() {
        let mut redactor = Redactor::default();
        (0..1000).for_each(|number| redactor.learn(&format!("secret-number-{number:04}")));
        assert_eq!(redactor.redact("a secret-number-0007 and secret-number-0999."), "a *** and ***.");
    }

    #[test]
    fn a_value_is_redacted_inside_and_stays_a_value() {
        let mut redactor = Redactor::default();
        redactor.learn_value(&Value::read(br#"{"pin": 123456}"#).expect("well-formed"));
        let value = Value::read(br#"{"a":[123456,1234567],"123456":"x123456"}"#).expect("well-formed");
        assert_eq!(redactor.redact_value(&value).to_string(), r#"{"a":["***","***"],"***":"x***"}"#);
    }
}
