//! The text forms of options.

use std::time::Duration;

use callsheet::simulator::{PathPattern, Reset, ResetWhen, Settling};

#[test]
fn settling_is_read_from_text() {
    for (text, expected) in [
        ("13s", Settling::After(Duration::from_secs(13))),
        ("250ms", Settling::After(Duration::from_millis(250))),
        ("1.5s", Settling::After(Duration::from_millis(1500))),
        ("never", Settling::Never),
        ("error", Settling::Error(Duration::from_secs(2))),
        ("error:5s", Settling::Error(Duration::from_secs(5))),
    ] {
        assert_eq!(text.parse(), Ok(expected), "{text}");
    }
}

#[test]
fn a_wrong_settling_says_what_is_expected() {
    for text in ["", "13", "soon", "error:", "-1s"] {
        let error = text.parse::<Settling>().expect_err(text);
        assert_eq!(error.to_string(), format!("expected `13s`, `never`, `error` or `error:5s`, found `{text}`"));
    }
}

#[test]
fn a_reset_is_read_from_text() {
    let once: Reset = "/v1/api/pipelines/deploy:after".parse().expect("a reset");
    assert_eq!((once.when, once.times), (ResetWhen::AfterExecution, 1));
    let twice: Reset = "/v1/api/models/*:before:2".parse().expect("a reset");
    assert_eq!((twice.when, twice.times), (ResetWhen::BeforeExecution, 2));
    assert_eq!(twice.path.to_string(), "/v1/api/models/*");
    for text in ["/v1/api/models/list", "/v1:later", "before", "relative:after"] {
        text.parse::<Reset>().expect_err(text);
    }
}

#[test]
fn a_star_stays_within_a_segment_and_two_do_not() {
    let one: PathPattern = "/v1/api/*/list".parse().expect("a pattern");
    assert!(one.matches("/v1/api/models/list"));
    assert!(!one.matches("/v1/api/models/list_versions"));
    assert!(!one.matches("/v1/api/a/b/list"));
    let any: PathPattern = "/v1/**".parse().expect("a pattern");
    assert!(any.matches("/v1/api/models/list"));
    assert!(!any.matches("/auth/v1/"));
}
