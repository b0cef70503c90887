//! All rules, in the order of their numbers.

use super::Rule;

macro_rules! rules {
    ($($code:ident $constant:ident $name:literal $summary:literal;)*) => {
        $(
            #[doc = concat!("`", stringify!($code), "`, `", $name, "`: ", $summary, ".")]
            pub const $constant: &Rule = &Rule {
                code: stringify!($code),
                name: $name,
                summary: $summary,
                explanation: include_str!(concat!("explained/", stringify!($code), ".md")),
            };
        )*

        /// Every rule.
        pub const ALL: &[&Rule] = &[$($constant),*];
    };
}

rules! {
    // What YAML says.
    E0101 YAML_SYNTAX "yaml-syntax" "the file is not YAML";
    E0102 SEVERAL_DOCUMENTS "several-documents" "a file holds one document, and a second begins";
    E0103 EMPTY_DOCUMENT "empty-document" "the file has no content";
    E0104 CONTROL_CHARACTER "control-character" "a character that no text file has";
    E0105 COMPLEX_KEY "complex-key" "a key is a list or a mapping";
    E0106 DUPLICATE_KEY "duplicate-key" "a key is given twice in one mapping";
    W0107 FLOW_INDENTATION "flow-indentation" "a line inside brackets is not indented deeper than its key";
    E0108 GLUED_DASH "glued-dash" "a list item has no space behind its `-`";
    // Quotes that are missing.
    E0110 UNQUOTED_TEMPLATE "unquoted-template" "a value that begins with `{{` has no quotes";
    E0111 UNQUOTED_INDICATOR "unquoted-indicator" "a text begins with a character that means something to YAML";
    E0112 UNQUOTED_COLON "unquoted-colon" "a text holds `: ` and has no quotes";
    E0113 CUT_BY_COMMENT "cut-by-comment" "a ` #` cuts an expression short";
    W0114 COMMENTED_VALUE "commented-value" "a value that begins with `#` is a comment";
    E0115 SPLIT_BY_COMMA "split-by-comma" "a `,` splits an expression in a flow list";
    W0116 CONTINUED_VALUE "continued-value" "a line continues the text above and looks like an item of a list";
    W0117 ESCAPED_PATH "escaped-path" "the backslashes of a path are escapes";
    // What a scalar means.
    E0120 UNKNOWN_TAG "unknown-tag" "a YAML tag has no meaning here";
    E0121 WRONG_TAG "wrong-tag" "a value is not what its tag says";
    E0122 NOT_JSON "not-json" "a number that JSON cannot hold";
    W0123 LEADING_ZERO "leading-zero" "a number loses the zero it begins with";
    W0124 TRAILING_ZERO "trailing-zero" "a number that looks like a version loses its last zero";
    W0125 INEXACT_NUMBER "inexact-number" "an integer is too large to be exact";
    // Anchors, and how much a file may hold.
    E0130 UNKNOWN_ALIAS "unknown-alias" "an alias has no anchor before it";
    E0131 RECURSIVE_ALIAS "recursive-alias" "an alias stands inside of what it refers to";
    E0132 TOO_MANY_ALIASES "too-many-aliases" "aliases copy much more than is written";
    E0133 MERGE_VALUE "merge-value" "a merge key takes no mapping";
    W0134 UNUSED_ANCHOR "unused-anchor" "an anchor is never used";
    E0140 TOO_DEEP "too-deep" "lists and mappings are nested too deeply";
    E0141 TOO_MANY_NODES "too-many-nodes" "the file has too many values";
    E0142 FILE_TOO_LARGE "file-too-large" "the file is too large";
    // Keys and values.
    E0201 UNKNOWN_KEY "unknown-key" "a key is not known where it stands";
    E0202 MISSING_KEY "missing-key" "a key that is needed is missing";
    E0203 MISPLACED_KEY "misplaced-key" "a key does not go with what stands beside it";
    E0204 CONFLICTING_KEYS "conflicting-keys" "two keys exclude each other";
    E0205 WRONG_TYPE "wrong-type" "a value is of the wrong type";
    E0206 BAD_WORD "bad-word" "a value is none of the words that are known here";
    E0207 TEMPLATE_AS_KEY "template-as-key" "a key holds an expression";
    E0210 BAD_DURATION "bad-duration" "a duration cannot be read";
    E0211 BAD_SIZE "bad-size" "a size cannot be read";
    E0212 BAD_PATTERN "bad-pattern" "a regular expression cannot be read";
    E0213 BAD_LIMIT "bad-limit" "a limit is outside of its range";
    W0214 EMPTY_LIST "empty-list" "a list to go through is empty";
    E0215 NO_LIST "no-list" "the items of `foreach` are taken from what is no list";
    // Names and what refers to them.
    E0301 UNDEFINED_NAME "undefined-name" "a name is not defined where it is used";
    E0302 DUPLICATE_NAME "duplicate-name" "a name is defined twice";
    E0303 RESERVED_NAME "reserved-name" "a name has a meaning of its own already";
    E0304 BAD_NAME "bad-name" "a name has characters that names do not have";
    E0305 UNKNOWN_STEP "unknown-step" "there is no step of that name";
    E0306 UNKNOWN_PROVIDER "unknown-provider" "there is no provider of that name";
    E0310 LATE_NAME "late-name" "a name is not known yet where it is used";
    E0311 OWN_CAPTURE "own-capture" "a value is used before it exists, by what makes it";
    E0312 CYCLE "cycle" "steps, variables or inputs wait for each other";
    E0313 DYNAMIC_REFERENCE "dynamic-reference" "which step is meant is known only at run time";
    E0320 UNEVEN_ENSURE "uneven-ensure" "the branches of an `ensure` capture different names";
    E0321 BLIND_FIND "blind-find" "an `ensure` can never find that something is absent";
    E0322 OWN_CLEANUP "own-cleanup" "a step's cleanup is the step itself";
    E0323 BAD_CLEANUP "bad-cleanup" "a cleanup uses a step that cannot be one";
    W0330 UNUSED_NAME "unused-name" "a name is defined and never used";
    H0331 MAY_BE_SKIPPED "may-be-skipped" "a value is missing where its step is skipped";
    W0332 UNREACHABLE_STEP "unreachable-step" "a step can never run";
    // Expressions and paths into answers.
    E0401 TEMPLATE_SYNTAX "template-syntax" "an expression or a template cannot be read";
    E0402 UNKNOWN_FILTER "unknown-filter" "there is no filter of that name";
    E0403 UNKNOWN_FUNCTION "unknown-function" "there is no function of that name";
    E0404 UNKNOWN_TEST "unknown-test" "there is no test of that name";
    E0405 WRONG_ARGUMENTS "wrong-arguments" "a filter, a test or a function is given the wrong arguments";
    E0410 BAD_JSONPATH "bad-jsonpath" "a JSONPath cannot be read";
    E0411 QUOTED_VALUE "quoted-value" "an expression stands between quotes in a JSONPath";
    E0412 GLUED_VALUE "glued-value" "an expression is glued to text in a JSONPath";
    W0413 IDLE_COMPARISON "idle-comparison" "a comparison in a JSONPath has the same result for every answer";
    E0420 NO_CONDITION "no-condition" "a condition is neither true nor false";
    W0421 SETTLED_CONDITION "settled-condition" "a condition has the same result in every run";
    // Files, and playbooks that use others.
    E0501 MISSING_FILE "missing-file" "a file is not there";
    E0502 UNREADABLE_FILE "unreadable-file" "a file cannot be read";
    E0503 PATH_FROM_ANSWER "path-from-answer" "an answer would decide which file is read or written";
    E0504 SECRET_IN_PATH "secret-in-path" "a secret is part of a file's name";
    E0505 BAD_SAVE "bad-save" "an answer cannot be saved under that name";
    E0506 DUPLICATE_SAVE "duplicate-save" "two answers would be saved in one file";
    E0507 BAD_SCHEMA "bad-schema" "a schema cannot be used";
    E0508 NO_JSON_SCHEMA "no-json-schema" "this build knows no JSON Schemas";
    E0510 BAD_INCLUDE "bad-include" "a file cannot be included";
    E0520 OPEN_CALL "open-call" "which playbook is called is not written out";
    E0521 CALL_CYCLE "call-cycle" "playbooks call each other in a circle";
    E0522 CALL_DEPTH "call-depth" "playbooks are called through too many others";
    E0523 CALL_MATRIX "call-matrix" "a playbook with a matrix is called";
    E0530 EXEC_NOT_ALLOWED "exec-not-allowed" "a program would run, and that is not allowed";
    // Requests, their bodies, and the way to a server.
    E0601 BAD_URL "bad-url" "a URL cannot be read";
    E0602 NO_BASE_URL "no-base-url" "a path stands alone, without the server it belongs to";
    E0603 BODY_OF_GET "body-of-get" "a request that only reads has a body";
    E0604 BAD_HEADER "bad-header" "a header field cannot have that name";
    E0605 BAD_COOKIE "bad-cookie" "a cookie cannot have that name or attribute";
    E0606 BAD_RECORDS "bad-records" "records do not fit their Arrow schema";
    E0607 NO_ARROW "no-arrow" "this build knows no Arrow";
    W0608 DUPLICATE_HEADER "duplicate-header" "a header field is given twice";
    E0620 BAD_HOST "bad-host" "a host cannot be read";
    E0621 TWO_WAYS "two-ways" "two ways to a server exclude each other";
    W0622 PLAIN_CREDENTIAL "plain-credential" "a credential is written where everyone can read it";
    E0623 FOREIGN_ORIGIN "foreign-origin" "credentials would go to a server that may not see them";
    W0630 NO_RETRY "no-retry" "a retry can never happen";
    W0631 BEYOND_LIMIT "beyond-limit" "a length of time is longer than what it is part of";
    H0632 ENDLESS_POLL "endless-poll" "polling cannot see that what it waits for has failed";
    // Inputs and the matrix.
    E0701 MISSING_INPUT "missing-input" "an input has no value";
    E0702 UNKNOWN_INPUT "unknown-input" "there is no input of that name";
    E0703 BAD_INPUT "bad-input" "a value does not fit its input";
    E0704 BAD_SOURCE "bad-source" "a place that an input is taken from cannot be read";
    E0705 SHORT_SECRET "short-secret" "a secret is too short to be masked";
    E0720 BAD_AXIS "bad-axis" "an axis of a matrix is no list of values";
    E0721 BAD_MATRIX "bad-matrix" "the cells of a matrix are not what they should be";
    E0722 NO_CELL "no-cell" "no cell of the matrix has these values";
    E0723 SEVERAL_CELLS "several-cells" "a playbook with a matrix has a plan for each cell";
    // Plans of faults for the simulator.
    E0801 BAD_FAULT "bad-fault" "a rule of a fault plan cannot be used";
}
