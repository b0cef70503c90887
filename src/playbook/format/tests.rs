//! The layout, by example.

use super::{Unformatted, format};
use crate::limits::Limits;
use crate::source::SourceId;

#[track_caller]
fn formatted(text: &str) -> String {
    let made = format(SourceId(0), text, &Limits::default()).expect("the text can be formatted");
    let again = format(SourceId(0), &made, &Limits::default()).expect("what was formatted can be formatted");
    assert_eq!(made, again, "formatting twice is formatting once");
    made
}

#[test]
fn every_level_is_two_columns_deeper_lists_too() {
    let text = "a:\n- b:   1\n  c:\n     - d\n     -   e: 2\n         f: 3\n-   - g\n    - h\n";
    insta::assert_snapshot!(formatted(text), @r"
    a:
      - b: 1
        c:
          - d
          - e: 2
            f: 3
      - - g
        - h
    ");
}

#[test]
fn comments_stay_with_what_they_stand_in_or_before() {
    let text = "\
# top\n\n\n\nsteps: # of the list\n    # before one\n    one:\n        get: /x   # aligned\n        # in one\n# before two\n    two:
        # nothing yet\n    three: |\n        text # no comment\n     # behind the text\n    # in steps\n# at the end\n";
    insta::assert_snapshot!(formatted(text), @r"
    # top

    steps: # of the list
      # before one
      one:
        get: /x   # aligned
        # in one
      # before two
      two:
        # nothing yet
      three: |
        text # no comment
      # behind the text
      # in steps
    # at the end
    ");
}

#[test]
fn brackets_are_spaced_and_their_lines_stand_below_the_first_item_or_two_columns_deeper() {
    let text = "a: {b:  [ 1,2 , {}, [ ]], \"c\":d}\ne: [1, 2,\n 3, # three\n  4]\nf: {\n  g: [\n  1,\n  2 ], h: 1\n}\n";
    insta::assert_snapshot!(formatted(text), @r#"
    a: { b: [1, 2, {}, []], "c": d }
    e: [1, 2,
        3, # three
        4]
    f: {
        g: [
          1,
          2], h: 1
      }
    "#);
}

#[test]
fn quotes_that_are_missing_are_put_in_and_single_ones_around_a_template_become_double() {
    let text = "a: {{ x }}\nb: [{{ y }}, z]\nc: '{{ it''s }}'\nd: '{{ \"x\" }}'\ne: 'plain'\nf: {{ g(1, 2) }} # why\n";
    insta::assert_snapshot!(formatted(text), @r#"
    a: "{{ x }}"
    b: ["{{ y }}", z]
    c: "{{ it's }}"
    d: '{{ "x" }}'
    e: 'plain'
    f: "{{ g(1, 2) }}" # why
    "#);
}

#[test]
fn values_that_line_up_stay_so_and_others_move_to_their_key() {
    let text = "one:    1\nthree:  3\nfour:      4\nfive: 5\nkey   : 6\n";
    assert_eq!(formatted(text), "one:    1\nthree:  3\nfour: 4\nfive: 5\nkey: 6\n");
}

#[test]
fn texts_of_several_lines_keep_their_lines() {
    let text = "a:\n    - |2-\n        indented\n       more\n\n\n\n    - >+\n      kept\n\n\n\n    - two\n          lines\n    - \"quoted \\\n     on\"\n";
    insta::assert_snapshot!(formatted(text), @r#"
    a:
      - |2-
          indented
         more

      - >+
        kept



      - two
            lines
      - "quoted \
        on"
    "#);
}

#[test]
fn line_endings_and_the_byte_order_mark_stay() {
    assert_eq!(formatted("\u{feff}a:   1\r\nb: |\r\n    x\r\n    y"), "\u{feff}a: 1\r\nb: |\r\n  x\r\n  y\r\n");
}

#[test]
fn what_cannot_be_read_is_refused_with_what_is_wrong() {
    for text in ["a: [1\nb: 2\n", "a: 1\na: 2\n", "", "a: .inf\n  b: 1\n"] {
        match format(SourceId(0), text, &Limits::default()) {
            Err(Unformatted::Invalid(told)) => assert!(!told.is_empty(), "{text:?}"),
            other => panic!("{text:?} gives {other:?}"),
        }
    }
}
