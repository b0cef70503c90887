//! Header fields that are credentials by their names.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Fields of requests and answers whose values prove who asks, or will.
const CREDENTIALS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "x-auth-token",
    "x-access-token",
];

/// Values of cookies from this length on are taken for credentials: shorter ones, such as `en`, are met everywhere.
pub const SHORTEST_COOKIE: usize = 16;

/// Whether a header field is a credential by its nature.
pub fn is_credential(name: &str) -> bool {
    CREDENTIALS.iter().any(|credential| name.eq_ignore_ascii_case(credential))
}

/// The secret parts of such a field in a request: what stands behind the scheme, the password in it, the values of
/// cookies.
pub fn credentials(name: &str, value: &str) -> Vec<String> {
    if name.eq_ignore_ascii_case("cookie") {
        let cookies = value.split(';').filter_map(|cookie| cookie.split_once('='));
        let values = cookies.map(|(_, value)| value.trim().trim_matches('"').to_owned());
        return values.filter(|value| value.len() >= SHORTEST_COOKIE).collect();
    }
    let mut secrets = vec![value.to_owned()];
    if let Some((scheme, secret)) = value.trim().split_once(' ') {
        secrets.push(secret.trim().to_owned());
        let pair = STANDARD.decode(secret.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"));
        let pair = pair.and_then(|pair| String::from_utf8(pair).ok());
        secrets.extend(pair.iter().filter_map(|pair| pair.split_once(':')).map(|(_, password)| password.to_owned()));
    }
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_parts_of_a_field_are_known() {
        assert_eq!(credentials("Authorization", "Bearer abc"), ["Bearer abc", "abc"]);
        assert_eq!(credentials("authorization", "Basic dTpwYTpzcw=="), ["Basic dTpwYTpzcw==", "dTpwYTpzcw==", "pa:ss"]);
        assert_eq!(credentials("Cookie", "lang=en; session=\"0123456789abcdef\""), ["0123456789abcdef"]);
        assert_eq!(credentials("X-Api-Key", "k"), ["k"]);
    }
}
