//! The secrets, each named for the place where it enters.

pub const ENVIRONMENT: &str = "env-Q1 \"x\"&/é+%41'";
pub const FILE: &str = "file-W2 \\<y>&=?#ü";
pub const VAR_FILE: &str = "varfile-E3 {z}|~'\"";
pub const VARIABLE: &str = "callsheetvar-R4 a/b+c==";
pub const VAR: &str = "var-T5 :@%20\u{2028}end";
pub const INPUT_DEFAULT: &str = "inputdefault-Y6&more";
pub const CLIENT: &str = "client-U7/se:cret &1";
pub const TOKEN: &str = "token-I8.opaque/+value==";
pub const REFRESH: &str = "refresh-O9_opaque~value";
pub const CAPTURE: &str = "capture-P0 \"q\" & 'r'";
pub const CAPTURE_DEFAULT: &str = "capturedefault-A1<b>";
pub const HEADER: &str = "header-S2.value~x";
pub const COOKIE: &str = "cookie-D3-0123456789abcdef";
pub const REDACTED: &str = "redacted-F4 & <hidden>";
pub const USER_INFORMATION: &str = "userinfo-G5~pass";
pub const OAUTH: &str = "idtoken-H6.opaque-value";
pub const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJKNyJ9.c2lnbmF0dXJlLUo3";
pub const AUTHORIZATION: &str = "literal-K8.authorization";
pub const QUERY: &str = "query-L9.access-value";

pub const ASSUMED: &str = "assumed-M1 \"z\"&+value";
pub const MENDED: &str = "mended-N2/of an input=";

pub const UPPER: &str = "ENV-Q1 \"X\"&/\u{c9}+%41'";

/// All of them.
pub const ALL: &[(&str, &str)] = &[
    ("environment", ENVIRONMENT),
    ("file", FILE),
    ("file of variables", VAR_FILE),
    ("CALLSHEET_VAR", VARIABLE),
    ("--var", VAR),
    ("default of an input", INPUT_DEFAULT),
    ("client secret", CLIENT),
    ("token", TOKEN),
    ("refresh token", REFRESH),
    ("capture", CAPTURE),
    ("default of a capture", CAPTURE_DEFAULT),
    ("header of an answer", HEADER),
    ("cookie", COOKIE),
    ("redact", REDACTED),
    ("user information", USER_INFORMATION),
    ("field of OAuth", OAUTH),
    ("JSON Web Token", JWT),
    ("Authorization", AUTHORIZATION),
    ("query", QUERY),
    ("capture of a step that counts as done", ASSUMED),
    ("input that has become secret", MENDED),
    ("derived from a secret", UPPER),
];
