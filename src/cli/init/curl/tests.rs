//! Commands and the playbooks they become.

use std::path::Path;

use super::{Draft, from_line, from_words};
use crate::limits::Limits;
use crate::playbook::format::format;
use crate::session::Session;
use crate::source::SourceId;

/// The playbook of a command; one that passes `check` and is formatted.
#[track_caller]
fn playbook(command: &str) -> Draft {
    let draft = from_line(command).unwrap_or_else(|refusal| panic!("{command}: {refusal:?}"));
    let text = &draft.text;
    let problems = match Session::new().parse("draft.yaml", text, Path::new(".")) {
        Ok(playbook) => playbook.warnings(),
        Err(problems) => problems,
    };
    let told: Vec<&str> =
        problems.diagnostics.iter().map(|one| one.rule.name).filter(|code| !code.contains("insecure")).collect();
    assert!(told.is_empty(), "{problems}\n{text}");
    assert_eq!(&format(SourceId(0), text, &Limits::default()).expect("it can be formatted"), text);
    draft
}

/// Fails where the playbook of a command, or what is told of it, has one of the texts in it.
#[track_caller]
fn hides(command: &str, secrets: &[&str]) {
    let draft = playbook(command);
    let told = format!("{}{:?}{:?}", draft.text, draft.remarks, draft.secrets).to_ascii_lowercase();
    let found = secrets.iter().find(|secret| told.contains(&secret.to_ascii_lowercase()));
    assert_eq!(found, None, "{command}\n{told}");
    assert!(told.contains("secret: true") || told.contains("left out"), "{command}\n{told}");
}

/// The playbook without what every one has.
#[track_caller]
fn shown(command: &str) -> String {
    let text = playbook(command).text;
    let is_common = |line: &str| {
        line.starts_with("    # capture") || line.starts_with("    # expect") || line.starts_with("# Made")
    };
    let lines: Vec<&str> = text.lines().filter(|line| !is_common(line) && !line.is_empty()).collect();
    lines.join("\n")
}

#[test]
fn a_command_of_the_developer_tools_becomes_a_step() {
    let command = r#"curl 'https://shop.example.com/api/orders?limit=5&sort=-date&tag=a&tag=b%26c' \
      -X 'POST' -H 'accept: */*' -H 'Accept-Encoding: gzip, br' -H 'content-type: application/json' \
      -H 'authorization: Bearer eyJhbGciOi' -b 'session=s3cr3t-value; theme=dark' \
      --data-raw $'{"name":"caf\u00e9\\n","count":3,"price":1.50,"tags":[],"note":"it\'s {{ not }} a template"}' \
      --compressed --insecure"#;
    insta::assert_snapshot!(shown(command), @r#"
    # Of no effect here: --compressed.
    # Please check: left out, having no counterpart: -H 'Accept-Encoding' (the client makes it by itself).
    playbook: orders
    inputs:
      base_url: { type: url, default: https://shop.example.com }
      # Not in this file: set API_TOKEN (or CALLSHEET_VAR_api_token) in the environment.
      api_token: { from: env:API_TOKEN, secret: true }
      # Not in this file: set COOKIE (or CALLSHEET_VAR_cookie) in the environment.
      cookie: { from: env:COOKIE, secret: true }
    auth:
      api:
        bearer: "{{ api_token }}"
    defaults:
      base_url: "{{ base_url }}"
      auth: api
      tls: { insecure: true }
    steps:
      orders:
        post: /api/orders
        query:
          limit: 5
          sort: -date
          tag: [a, b&c]
        headers:
          accept: "*/*"
          Cookie: "{{ cookie }}"
        json:
          name: "café\n"
          count: 3
          price: 1.5
          tags: []
          note: "it's {{ '{{' }} not {{ '}}' }} a template"
    "#);
}

#[test]
fn no_secret_of_a_command_is_in_the_playbook_or_in_what_is_told() {
    for command in [
        "curl -u me:hunter2secret https://example.com/",
        "curl -uhunter2secret: https://example.com/",
        "curl https://me:hunter2secret@example.com/",
        "curl -H 'Authorization: Bearer hunter2secret' https://example.com/",
        "curl -H 'Authorization: Basic bWU6aHVudGVyMnNlY3JldA==' https://example.com/",
        "curl -H 'Authorization: Token hunter2secret' https://example.com/",
        "curl -H 'X-Api-Key: hunter2secret' https://example.com/",
        "curl -b 'id=hunter2secret' https://example.com/",
        "curl --oauth2-bearer hunter2secret https://example.com/",
        "curl 'https://example.com/?api_key=hunter2secret'",
        "curl 'https://example.com/?flag&access_token=hunter2secret'",
        "curl -d password=hunter2secret https://example.com/",
        "curl -d 'flag&password=hunter2secret' https://example.com/",
        "curl --json '{\"user\":{\"password\":\"hunter2secret\"}}' https://example.com/",
        "curl -F client_secret=hunter2secret https://example.com/",
        "curl -x http://me:hunter2secret@proxy:3128 https://example.com/",
        "curl -x proxy:3128 -U me:hunter2secret https://example.com/",
        "curl -E cert.pem:hunter2secret https://example.com/",
    ] {
        hides(command, &["hunter2secret", "bWU6"]);
    }
}

#[test]
fn what_a_secret_name_names_is_in_no_playbook_wherever_it_stands() {
    let names = [
        "auth",
        "X-Auth",
        "Ocp-Apim-Subscription-Key",
        "key",
        "api_key",
        "sig",
        "X-Amz-Signature",
        "code",
        "sessionid",
        "session_id",
        "password",
        "passphrase",
        "accessToken",
        "X-Auth-Token",
        "client_secret",
        "private_key",
        "pwd",
        "jwt",
        "Set-Cookie",
        "aws_credential",
    ];
    let places = [
        "curl -H 'NAME: hunter2' https://example.com/",
        "curl 'https://example.com/?NAME=hunter2&a=1'",
        "curl 'https://example.com/?flag&NAME=hunter2'",
        "curl -G -d NAME=hunter2 https://example.com/",
        "curl --data-urlencode 'NAME=hunter2' https://example.com/",
        "curl -d 'flag&NAME=hunter2' https://example.com/",
        "curl -F 'NAME=hunter2;type=text/plain' https://example.com/",
        "curl --json '{\"a\":[{\"NAME\":\"hunter2\"}]}' https://example.com/",
        "curl --json '{\"NAME\":[\"hunter2\"]}' https://example.com/",
        "curl --json '{\"name\":\"NAME\",\"value\":\"hunter2\"}' https://example.com/",
        "curl --json '{\"a\":\"{\\\"NAME\\\":\\\"hunter2\\\"}\"}' https://example.com/",
        "curl --json '{\"NAME\":\"hunter2\", \"<<\":1}' https://example.com/",
        "curl -H 'Content-Type: text/xml' -d '<NAME>hunter2</NAME>' https://example.com/",
        "curl -H 'Content-Type: text/plain' -d 'NAME = hunter2' https://example.com/",
        "curl -e 'https://example.org/?NAME=hunter2' https://example.com/",
    ];
    for (name, place) in names.iter().flat_map(|name| places.iter().map(move |place| (name, place))) {
        hides(&place.replace("NAME", name), &["hunter2"]);
    }
}

#[test]
fn what_looks_like_a_secret_is_in_no_playbook_whatever_its_name() {
    let secrets = [
        "Bearer hunter2",
        "Basic bWU6aHVudGVyMg==",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln",
        "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "0123456789abcdef0123456789abcdef",
        "AKIAIOSFODNN7EXAMPLE",
    ];
    let places = [
        "curl -H 'X-Custom: SECRET' https://example.com/",
        "curl -e 'SECRET' https://example.com/",
        "curl 'https://example.com/?q=SECRET'",
        "curl -d 'q=SECRET' https://example.com/",
        "curl -F 'q=SECRET' https://example.com/",
        "curl --json '{\"q\":{\"r\":[\"SECRET\"]}}' https://example.com/",
        "curl -H 'Content-Type: text/plain' -d 'see SECRET there' https://example.com/",
        "curl -d 'no form: SECRET' https://example.com/",
        "curl \"https://example.com/?a=${A:-SECRET}\"",
    ];
    for (secret, place) in secrets.iter().flat_map(|secret| places.iter().map(move |place| (secret, place))) {
        let word = secret.rsplit(' ').next().expect("a word");
        hides(&place.replace("SECRET", secret), &[word]);
    }
    let token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    for place in [
        "curl -u SECRET:x-oauth-basic https://example.com/",
        "curl -u SECRET https://example.com/",
        "curl https://example.com/a/SECRET",
        "curl -O https://example.com/a/SECRET",
        "curl 'https://example.com/a/SECRET?flag'",
        "curl 'https://example.com/a?SECRET'",
        "curl -x http://SECRET@proxy:3128 https://example.com/",
    ] {
        hides(&place.replace("SECRET", token), &[token]);
    }
}

#[test]
fn a_secret_is_not_left_standing_in_another_place() {
    let token = "SECRETTOK-abc";
    for command in [
        "curl https://example.com/SECRETTOK-abc/x -H 'Authorization: Bearer SECRETTOK-abc' -d 'note=a SECRETTOK-abc'",
        "curl https://example.com/x/SECRETTOK-abc -H 'X-Api-Key: SECRETTOK-abc' --frob-SECRETTOK-abc",
        "curl --json '{\"SECRETTOK-abc\":\"SECRETTOK-abc\",\"password\":\"SECRETTOK-abc\"}' https://example.com/",
    ] {
        hides(command, &[token]);
    }
}

#[test]
fn a_password_of_another_scheme_is_not_sent_as_a_basic_one() {
    for scheme in ["--aws-sigv4 aws:amz:us-east-1:s3", "--digest", "--ntlm", "--negotiate"] {
        for command in ["curl SCHEME -u me:hunter2 https://example.com/", "curl SCHEME https://me:hunter2@example.com/"]
        {
            let text = playbook(&command.replace("SCHEME", scheme)).text;
            assert!(!text.contains("auth:") && text.contains("left out"), "{command}\n{text}");
        }
    }
}

#[test]
fn a_secret_is_not_taken_from_a_variable_that_shells_set() {
    let text = playbook("curl --json '{\"pwd\":\"hunter2\"}' https://example.com/").text;
    assert!(text.contains("pwd: { from: env:PWD_VALUE, secret: true }"), "{text}");
}

#[test]
fn options_and_variables_give_no_secret_away() {
    for command in [
        "curl --proxy-pass=hunter2 https://example.com/",
        "curl --proxy-pass hunter2 https://example.com/",
        "curl --frob=hunter2 https://example.com/",
        "curl --tlspassword hunter2 https://example.com/",
        "curl --user=me:hunter2 https://example.com/",
        "curl -H \"Authorization: Bearer ${TOKEN:-hunter2}\" https://example.com/",
        "curl \"https://example.com/${API_KEY:-hunter2}\"",
        "curl -H 'Authorization: Bearer one-token' -H 'Authorization: Bearer hunter2' https://example.com/",
        "curl https://a:first-one@example.com/ https://b:hunter2@example.com/",
    ] {
        hides(command, &["hunter2"]);
    }
}

#[test]
fn every_option_that_people_paste_has_its_counterpart() {
    for (command, part) in [
        ("curl example.com", "get: /\n"),
        ("curl -I https://example.com/x", "head: /x"),
        ("curl -XDELETE https://example.com/x/7", "delete: /x/7"),
        ("curl --request PATCH --url https://example.com/x", "patch: /x"),
        ("curl -sSLX PUT https://example.com/x", "redirects: 20"),
        ("curl -L --max-redirs 3 https://example.com/x", "redirects: 3"),
        (
            "curl -G -d a=1 --data-urlencode 'q=x y&z' https://example.com/s?p=0",
            "      p: 0\n      a: 1\n      q: x y&z\n",
        ),
        ("curl -d a=1 -d b=2 https://example.com/s", "form:\n      a: 1\n      b: 2\n"),
        ("curl -d @order.json https://example.com/s", "file: \"{{ body_file }}\""),
        (
            "curl --data-binary @x.bin -H 'Content-Type: application/octet-stream' example.com",
            "Content-Type: application/octet-stream",
        ),
        ("curl --data-raw @x example.com", "text: \"@x\""),
        ("curl --data-urlencode 'a b' example.com", "text: a%20b"),
        ("curl --json '[1, {\"a\": null}]' https://example.com/s", "json:\n      - 1\n      - a: null\n"),
        ("curl --json '{}' https://example.com/s", "Accept: application/json"),
        ("curl -d '{\"n\": $N}' example.com", "text: "),
        (
            "curl -H 'Content-Type: application/json' -d \"{\\\"n\\\": $N}\" example.com",
            "n: { type: json, from: env:N }",
        ),
        (
            "curl -F 'f=@a/b.txt;type=text/plain;filename=c.txt' example.com",
            "filename: c.txt, file: \"{{ f_file }}\", content_type: text/plain",
        ),
        ("curl -F 'note=<n.txt' example.com", "text: \"{{ note_file | read_text }}\""),
        ("curl -T up.bin https://example.com/x", "put: /x\n    file: \"{{ upload_file }}\""),
        (
            "curl -A me/1.0 -e https://other.example.com/ example.com",
            "User-Agent: me/1.0\n      Referer: https://other.example.com/",
        ),
        ("curl -x proxy:3128 example.com", "proxy: http://proxy:3128"),
        (
            "curl --cert c.pem --key k.pem --cacert ca.pem https://example.com",
            "tls: { ca: \"{{ ca_file }}\", client_cert: \"{{ client_cert_file }}\", client_key: \"{{ client_key_file }}\" }",
        ),
        (
            "curl --connect-to example.com:443:127.0.0.1:8443 https://example.com",
            "connect_to: { example.com:443: 127.0.0.1:8443 }",
        ),
        (
            "curl --resolve example.com:443:127.0.0.1 https://example.com",
            "connect_to: { example.com:443: 127.0.0.1:443 }",
        ),
        ("curl -m 2.5 --retry 3 --retry-delay 1 example.com", "timeout: 2500ms\n    retry: { attempts: 4, delay: 1s }"),
        ("curl -o out/model.bin https://example.com/m", "save: model.bin"),
        ("curl -O https://example.com/d/model.bin", "save: model.bin"),
        ("curl -c jar.txt https://example.com/", "cookies: true"),
        ("curl https://example.com/a?x=1&y=2", "y: 2"),
        ("curl \"$BASE/orders/${ID:-7}\"", "get: \"/orders/{{ id }}\""),
        ("curl $HOST:8080/x", "default: \"http://{{ host }}:8080\""),
        ("curl \"$URL\"", "get: \"{{ url }}\""),
        ("curl -H 'Content-Type: text/x' -d '{%{{a:{}}}' example.com", "text: \"{{ '{%{{' }}a:{{ '{}}}' }}\""),
        (
            "curl -H 'Content-Type: text/x' -d \"{$A} 5% #{$A\" example.com",
            "text: \"{{ '{' }}{{ a }}{{ '}' }} 5% {{ '#{' }}{{ a }}\"",
        ),
        ("$ curl https://example.com/orders | jq .", "get: /orders"),
    ] {
        let text = playbook(command).text;
        assert!(text.contains(part), "{command} lacks {part:?}:\n{text}");
    }
}

#[test]
fn what_has_no_counterpart_is_named_in_the_file_and_to_the_person() {
    for (command, name) in [
        ("curl --digest -u me:pass https://example.com/", "--digest"),
        ("curl --connect-timeout 3 https://example.com/", "--connect-timeout"),
        ("curl -z yesterday https://example.com/", "-z"),
        ("curl --frobnicate https://example.com/", "--frobnicate"),
        ("curl -b jar.txt https://example.com/", "-b"),
        ("curl -H 'Accept:' https://example.com/", "-H 'Accept:'"),
        ("curl https://example.com/ ; rm x", "what follows `;` is left out"),
        ("curl 'https://example.com/[1-3]'", "several URLs"),
        ("curl -H 'Authorization: Bearer a1' -H 'authorization: b2' https://example.com/", "a second Authorization"),
        ("curl -H 'Authorization: Bearer a1' -u me:pass https://example.com/", "-u (beside a token)"),
        ("curl -u me:pass https://you:word@example.com/", "the user of the URL"),
        ("curl -L --max-redirs 50 https://example.com/", "--max-redirs 50"),
        ("curl --retry 200 https://example.com/", "--retry 200"),
    ] {
        let draft = playbook(command);
        assert!(draft.remarks.iter().any(|remark| remark.contains(name)), "{command}: {:?}", draft.remarks);
        assert!(draft.text.contains(name), "{command}:\n{}", draft.text);
    }
}

#[test]
fn what_is_no_request_is_refused_with_what_to_do() {
    for (command, reason) in [
        ("", "no curl command"),
        ("wget https://example.com", "no curl command"),
        ("curl", "has no URL"),
        ("curl -H", "`-H` lacks its value"),
        ("curl 'https://example.com", "never closed"),
        ("curl -H \"X: $(cat token)\" https://example.com", "runs another one"),
        ("curl `cat url`", "runs another one"),
        ("curl ftp://example.com/x", "`ftp://` is not HTTP"),
        ("curl -X PURGE https://example.com", "none that can be sent"),
        ("curl -X GET -d '{}' https://example.com", "a GET request has no body"),
        ("curl -d a=1 -F b=2 https://example.com", "two bodies"),
        ("curl https://example.com --next https://example.org", "begins another request"),
        ("curl -d @- https://example.com", "reads its body from stdin"),
        ("curl --max-time soon https://example.com", "takes seconds"),
        ("curl \"https://example.com/${X%y}\"", "more than a variable"),
        ("curl ^\"https://example.com^\"", "command prompt of Windows"),
    ] {
        let refusal = from_line(command).expect_err(command);
        assert!(refusal.message.contains(reason) && !refusal.help.is_empty(), "{command}: {refusal:?}");
    }
}

#[test]
fn words_that_a_shell_has_read_are_taken_as_they_are() {
    let words = ["curl", "-d", "price=$5 & more", "https://example.com/x"].map(str::to_owned);
    let draft = from_words(&words).expect("a command");
    assert!(draft.text.contains("text: price=$5 & more"), "{}", draft.text);
}
