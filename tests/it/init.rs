//! `callsheet init`: what it writes checks and runs, and a playbook made of a curl command sends what curl would.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

struct Called {
    code: Option<i32>,
    out: String,
    err: String,
}

fn call_with(folder: &Path, arguments: &[&str], stdin: &str, variables: &[(&str, &str)]) -> Called {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
    command.args(arguments).current_dir(folder).envs(variables.iter().copied());
    let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = streams.spawn().expect("the program can be started");
    let mut pipe = child.stdin.take().expect("stdin is a pipe");
    // Most calls read nothing.
    let _ = pipe.write_all(stdin.as_bytes());
    drop(pipe);
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    Called { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

fn call(folder: &Path, arguments: &[&str]) -> Called {
    call_with(folder, arguments, "", &[])
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder can be made")
}

/// Whether a file is a playbook that checks and is formatted.
#[track_caller]
fn is_well(folder: &Path, file: &str) {
    let called = call(folder, &["check", file]);
    assert_eq!(called.code, Some(0), "{}", called.err);
    let called = call(folder, &["fmt", "--check", "--diff", file]);
    assert_eq!(called.code, Some(0), "{}", called.out);
}

#[test]
fn the_first_playbook_checks_is_formatted_and_names_the_next_steps() {
    let folder = folder();
    let called = call(folder.path(), &["init"]);
    assert_eq!((called.code, &*called.out), (Some(0), ""), "{}", called.err);
    assert!(called.err.starts_with("wrote callsheet.yaml\n"), "{}", called.err);
    assert!(called.err.contains("callsheet run --simulate callsheet.yaml"), "{}", called.err);
    is_well(folder.path(), "callsheet.yaml");
}

#[cfg(feature = "simulator")]
#[test]
fn the_first_playbook_passes_on_the_simulator() {
    let folder = folder();
    assert_eq!(call(folder.path(), &["init", "mine.yaml"]).code, Some(0));
    let called = call(folder.path(), &["run", "--simulate", "mine.yaml"]);
    assert_eq!(called.code, Some(0), "{}", called.err);
    assert!(called.out.contains("workspace_id: "), "{}", called.out);
}

#[test]
fn a_file_that_is_there_is_overwritten_only_by_force() {
    let folder = folder();
    let path = folder.path().join("mine.yaml");
    fs::write(&path, "mine\n").expect("a file can be written");
    for arguments in [&["init", "mine.yaml"][..], &["init", "mine.yaml", "--from-curl", "curl example.com"]] {
        let called = call(folder.path(), arguments);
        assert_eq!(called.code, Some(1), "{}", called.err);
        assert!(
            called.err.contains("`mine.yaml` is there already") && called.err.contains("--force"),
            "{}",
            called.err
        );
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "mine\n");
    }
    assert_eq!(call(folder.path(), &["init", "mine.yaml", "--force"]).code, Some(0));
    is_well(folder.path(), "mine.yaml");
}

#[test]
fn a_command_comes_in_quotes_from_stdin_or_as_words() {
    let folder = folder();
    let command = "curl -d a=1 \\\n  --frob http://example.com/orders";
    let words = ["init", "w.yaml", "--from-curl", "--", "curl", "-d", "a=1", "--frob", "http://example.com/orders"];
    let called = [
        call(folder.path(), &["init", "--from-curl", command, "q.yaml"]),
        call_with(folder.path(), &["init", "--from-curl", "-", "s.yaml"], command, &[]),
        call(folder.path(), &words),
    ];
    for (called, file) in called.iter().zip(["q.yaml", "s.yaml", "w.yaml"]) {
        assert_eq!(called.code, Some(0), "{}", called.err);
        assert!(called.err.contains("warning: left out, having no counterpart: --frob\n"), "{}", called.err);
        let text = fs::read_to_string(folder.path().join(file)).expect("it was written");
        assert!(text.contains("    post: /orders\n    form:\n      a: 1\n"), "{text}");
        is_well(folder.path(), file);
    }
    for arguments in [&["init", "x.yaml", "--from-curl"][..], &["init", "x.yaml", "--from-curl", "wget x"]] {
        let called = call(folder.path(), arguments);
        assert_eq!(called.code, Some(1), "{}", called.err);
        assert!(called.err.contains("help: ") && !folder.path().join("x.yaml").exists(), "{}", called.err);
    }
}

#[test]
fn the_commands_of_public_documentation_become_playbooks_or_are_refused_with_a_reason() {
    let Some(root) = std::env::var_os("CALLSHEET_REFERENCE") else {
        println!("skipped: no reference data");
        return;
    };
    let list = Path::new(&root).join("conformance/importers/curl-commands.txt");
    let list = fs::read_to_string(list).expect("the reference data has curl commands");
    let folder = folder();
    let mut taken = 0;
    for record in list.split("\n\n").skip(1).filter(|record| !record.trim().is_empty()) {
        let (comments, command): (Vec<&str>, Vec<&str>) = record.lines().partition(|line| line.starts_with('#'));
        let called =
            call_with(folder.path(), &["init", "--force", "--from-curl", "-", "x.yaml"], &command.join("\n"), &[]);
        if called.code == Some(0) {
            is_well(folder.path(), "x.yaml");
            taken += 1;
        } else {
            assert!(comments[0].ends_with("-malformed"), "{comments:?}: {}", called.err);
            assert!(called.err.starts_with("error: ") && called.err.contains("\nhelp: "), "{}", called.err);
        }
    }
    assert!(taken >= 18, "only {taken} became playbooks");
}

#[test]
fn the_readme_shows_what_a_command_becomes() {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("there is a README");
    let (_, behind) = readme.split_once("--from-curl '").expect("the README shows a command");
    let (command, behind) = behind.split_once("'\n").expect("the command ends");
    let told = behind.split("```").next().expect("what is told follows");
    let step = behind.split("```yml\n").nth(1).and_then(|block| block.split("```").next()).expect("the step follows");
    let folder = folder();
    let called = call(folder.path(), &["init", "orders.yaml", "--from-curl", command]);
    assert_eq!((called.code, &*called.err), (Some(0), told));
    let text = fs::read_to_string(folder.path().join("orders.yaml")).expect("it was written");
    assert_eq!(text.split_once("\nsteps:\n").map(|(_, steps)| steps), Some(step));
}

/// A request as it arrived: first line, fields in lower case, body.
struct Arrived {
    line: String,
    fields: Vec<String>,
    body: String,
}

fn read_request(stream: TcpStream) -> std::io::Result<Arrived> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let (mut fields, mut length, mut chunked) = (Vec::new(), 0, false);
    loop {
        let mut field = String::new();
        reader.read_line(&mut field)?;
        let field = field.trim_end().to_owned();
        if field.is_empty() {
            break;
        }
        let (name, value) = field.split_once(':').unwrap_or((&field, ""));
        let (name, value) = (name.to_ascii_lowercase(), value.trim());
        length = if name == "content-length" { value.parse().unwrap_or(0) } else { length };
        chunked |= name == "transfer-encoding";
        fields.push(format!("{name}: {value}"));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    while chunked {
        let mut size = String::new();
        reader.read_line(&mut size)?;
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk)?;
        body.extend_from_slice(&chunk[..size]);
        chunked = size > 0;
    }
    let answer =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 8\r\nconnection: close\r\n\r\n{\"id\":7}";
    reader.get_mut().write_all(answer.as_bytes())?;
    Ok(Arrived { line: line.trim_end().to_owned(), fields, body: String::from_utf8_lossy(&body).into_owned() })
}

/// A server that answers everything with 200, and what arrives there.
fn server() -> (String, Receiver<Arrived>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it has an address"));
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            if let Ok(arrived) = read_request(stream)
                && sender.send(arrived).is_err()
            {
                return;
            }
        }
    });
    (url, receiver)
}

/// Makes a playbook of a command, runs it, and gives what arrived. `URL` in the command is the server.
#[track_caller]
fn sent(command: &str, variables: &[(&str, &str)]) -> Arrived {
    let folder = folder();
    fs::write(folder.path().join("note.txt"), "from a file").expect("a file can be written");
    let (url, arrived) = server();
    let called = call(folder.path(), &["init", "x.yaml", "--from-curl", &command.replace("URL", &url)]);
    assert_eq!(called.code, Some(0), "{}", called.err);
    let called = call_with(folder.path(), &["run", "x.yaml"], "", variables);
    assert_eq!(called.code, Some(0), "{}", called.err);
    arrived.try_recv().expect("a request has arrived")
}

#[track_caller]
fn has(arrived: &Arrived, fields: &[&str]) {
    for field in fields {
        assert!(arrived.fields.iter().any(|one| one == field), "{field} is not in {:?}", arrived.fields);
    }
}

#[test]
fn a_form_arrives_as_curl_sends_it() {
    let arrived = sent("curl -u key123: -d 'a=1' -d 'b[]=x%20y' -d 'b[]=z' URL/v1/prices", &[("API_KEY", "key123")]);
    assert_eq!(arrived.line, "POST /v1/prices HTTP/1.1");
    has(&arrived, &["authorization: Basic a2V5MTIzOg==", "content-type: application/x-www-form-urlencoded"]);
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(arrived.body.as_bytes()).into_owned().collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(pairs, [("a", "1"), ("b[]", "x y"), ("b[]", "z")]);
}

#[test]
fn json_arrives_with_its_numbers_texts_and_variables() {
    let command = "curl -X PUT URL/orders/$ID -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \
                   -d '{\"n\": 3, \"s\": \"3\", \"price\": 1.5, \"none\": null, \"t\": \"{{ x }}\", \"of\": \"'$ID'\"}'";
    let arrived = sent(command, &[("ID", "a b"), ("TOKEN", "secret-token")]);
    assert_eq!(arrived.line, "PUT /orders/a%20b HTTP/1.1");
    has(&arrived, &["authorization: Bearer secret-token", "content-type: application/json"]);
    let body: serde_json::Value = serde_json::from_str(&arrived.body).expect("the body is JSON");
    let wanted = serde_json::json!({ "n": 3, "s": "3", "price": 1.5, "none": null, "t": "{{ x }}", "of": "a b" });
    assert_eq!(body, wanted);
}

#[test]
fn a_query_arrives_with_what_g_adds_and_head_has_no_body() {
    let arrived = sent("curl -G 'URL/s?p=0&tag=a&tag=b' --data-urlencode 'q=x&y z' --data-urlencode 'n@note.txt'", &[]);
    let (method, target) = arrived.line.split_once(' ').expect("a method and a target");
    let target = target.strip_suffix(" HTTP/1.1").expect("a version");
    let parsed = url::Url::parse(&format!("http://x{target}")).expect("a URL");
    let query: Vec<String> = parsed.query_pairs().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!((method, parsed.path()), ("GET", "/s"));
    assert_eq!(query, ["p=0", "tag=a", "tag=b", "q=x&y z", "n=from a file"]);
    assert_eq!(sent("curl -I URL/s", &[]).line, "HEAD /s HTTP/1.1");
}

#[test]
fn parts_arrive_as_curl_sends_them() {
    let arrived = sent(
        "curl -F 'f=@note.txt;type=text/plain' -F n=5 -b 'id=secret-cookie' -A me/1 URL/up",
        &[("COOKIE", "id=secret-cookie")],
    );
    assert_eq!(arrived.line, "POST /up HTTP/1.1");
    has(&arrived, &["cookie: id=secret-cookie", "user-agent: me/1"]);
    for part in ["name=\"f\"; filename=\"note.txt\"", "from a file", "name=\"n\"", "\r\n\r\n5\r\n"] {
        assert!(arrived.body.contains(part), "{part} is not in {}", arrived.body);
    }
    assert!(arrived.body.to_ascii_lowercase().contains("content-type: text/plain"), "{}", arrived.body);
}
