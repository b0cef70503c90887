//! How the program reaches servers: TLS, proxies and other addresses, said by a playbook or by options.

mod server;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use server::{Authority, Server};

/// A folder with a playbook, what else is there, and calls of the program.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Folder(tempfile::tempdir().expect("a folder can be made"));
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.call(&[&["run"], arguments].concat())
    }

    /// Calls the program in another folder, so that a path relative to the playbook is found only as such.
    fn call(&self, arguments: &[&str]) -> Output {
        let elsewhere = self.0.path().join("elsewhere");
        fs::create_dir_all(&elsewhere).expect("a folder can be made");
        let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
        command.args(arguments).current_dir(elsewhere).stdin(Stdio::null());
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command.output().expect("the program can be started")
    }

    fn journal(&self) -> String {
        let runs = self.0.path().join("elsewhere/.callsheet/runs");
        let run = fs::read_dir(runs).expect("there are runs").next().expect("one run").expect("its entry").path();
        fs::read_to_string(run.join("journal.jsonl")).expect("it has a journal")
    }
}

#[track_caller]
fn code(output: &Output, code: i32) -> String {
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{told}");
    told
}

fn playbook(name: &str, url: &str, defaults: &str) -> String {
    format!("playbook: {name}\ndefaults: {{ {defaults} }}\nsteps: {{ one: {{ get: \"{url}/\" }} }}\n")
}

#[test]
fn a_playbook_names_the_authority_and_the_certificate_it_identifies_with() {
    let authority = Authority::new();
    let server = Server::over_tls(&authority, "127.0.0.1", true);
    let (chain, key) = authority.certificate("client");
    let tls = "tls: { ca: certs/ca.pem, client_cert: \"{{ own }}\", client_key: \"{{ own }}.key\" }";
    let text =
        playbook("mutual", &server.url, tls).replacen('\n', "\ninputs: { own: { default: certs/own.pem } }\n", 1);
    let folder = Folder::new(&[
        ("mutual.yaml", &text),
        ("certs/ca.pem", &authority.pem()),
        ("certs/own.pem", &chain),
        ("certs/own.pem.key", &key),
    ]);
    code(&folder.run(&["../mutual.yaml"]), 0);
    assert_eq!(server.heads().len(), 1);
}

#[test]
fn options_win_over_what_a_playbook_says() {
    let authority = Authority::new();
    let server = Server::over_tls(&authority, "api.example.com", true);
    let (chain, key) = authority.certificate("client");
    let defaults = "tls: { client_cert: wrong.pem }, proxy: \"http://127.0.0.1:9\", no_proxy: api.example.com, connect_to: { api.example.com: \"127.0.0.1:9\" }";
    let (wrong, wrong_key) = Authority::new().certificate("client");
    let folder = Folder::new(&[
        ("mutual.yaml", &playbook("mutual", "https://api.example.com", defaults)),
        ("wrong.pem", &format!("{wrong}{wrong_key}")),
        ("elsewhere/own.pem", &format!("{chain}{key}")),
        ("elsewhere/ca.pem", &authority.pem()),
    ]);
    let connect_to = format!("api.example.com={}", server.address());
    let call = ["../mutual.yaml", "--ca", "ca.pem", "--client-cert", "own.pem", "--connect-to", &connect_to];
    code(&folder.run(&call), 0);
    assert!(server.heads()[0].contains("host: api.example.com\r\n"), "{:?}", server.heads());
}

#[test]
fn a_proxy_is_used_except_for_the_hosts_that_need_none() {
    let (proxy, server) = (Server::new(), Server::new());
    let folder = Folder::new(&[
        ("via.yaml", &playbook("via", "http://api.example.com", &format!("proxy: \"{}\"", proxy.url))),
        ("past.yaml", &playbook("past", &server.url, &format!("proxy: \"{}\", no_proxy: 127.0.0.1", proxy.url))),
    ]);
    code(&folder.run(&["../via.yaml"]), 0);
    code(&folder.run(&["../past.yaml"]), 0);
    assert!(proxy.heads()[0].starts_with("GET http://api.example.com/ HTTP/1.1"), "{:?}", proxy.heads());
    assert_eq!((proxy.heads().len(), server.heads().len()), (1, 1));
    code(&folder.run(&["../past.yaml", "--proxy", &proxy.url, "--no-proxy", "example.com"]), 0);
    code(&folder.run(&["../past.yaml", "--proxy", "none"]), 0);
    assert_eq!((proxy.heads().len(), server.heads().len()), (2, 2));
}

#[test]
fn the_password_of_a_proxy_does_not_come_out() {
    let server = Server::new();
    let proxy = "proxy: \"http://bob:hunter22hunter@127.0.0.1:9\", no_proxy: 127.0.0.1";
    let folder = Folder::new(&[
        ("via.yaml", &playbook("via", &server.url, proxy)),
        ("plain.yaml", &playbook("plain", &server.url, "")),
    ]);
    code(&folder.run(&["../via.yaml"]), 0);
    assert!(!folder.journal().contains("hunter22hunter"), "{}", folder.journal());
    let told = code(&folder.run(&["../plain.yaml", "--proxy", "bob:hunter22hunter@proxy"]), 1);
    assert!(told.contains("invalid value for '--proxy <URL|none>': write a URL such as"), "{told}");
    assert!(!told.contains("hunter22hunter"), "{told}");
}

#[test]
fn a_host_is_reached_through_a_proxy_or_at_another_address() {
    let (proxy, server) = (Server::new(), Server::new());
    let folder = Folder::new(&[("via.yaml", &playbook("via", "http://api.example.com", ""))]);
    let elsewhere = format!("api.example.com={}", server.address());
    let both = ["../via.yaml", "--proxy", &proxy.url, "--connect-to", &elsewhere];
    let told = code(&folder.run(&both), 3);
    assert!(told.contains("by `connect_to`, and only one can be"), "{told}");
    code(&folder.run(&[&both[..], &["--no-proxy", "api.example.com"]].concat()), 0);
    assert_eq!((proxy.heads().len(), server.heads().len()), (0, 1));
}

#[test]
fn playbooks_that_run_together_connect_each_in_its_own_way() {
    let (one, other) = (Authority::new(), Authority::new());
    let servers = [&one, &other].map(|authority| Server::over_tls(authority, "127.0.0.1", false));
    let folder = Folder::new(&[
        ("one.yaml", &playbook("one", &servers[0].url, "tls: { ca: one.pem }")),
        ("other.yaml", &playbook("other", &servers[1].url, "tls: { ca: other.pem }")),
        ("mixed.yaml", &playbook("mixed", &servers[1].url, "tls: { ca: one.pem }")),
        ("one.pem", &one.pem()),
        ("other.pem", &other.pem()),
    ]);
    let told = code(&folder.run(&["../one.yaml", "../other.yaml", "../mixed.yaml", "--keep-going"]), 3);
    assert!(told.contains("passed   ../one.yaml") && told.contains("passed   ../other.yaml"), "{told}");
    assert!(told.contains("the certificate is not trusted"), "{told}");
}

#[test]
fn a_playbook_that_is_called_connects_in_its_own_way() {
    let (one, other) = (Authority::new(), Authority::new());
    let (outer, inner) = (Server::over_tls(&one, "127.0.0.1", false), Server::over_tls(&other, "127.0.0.1", false));
    let calls = playbook("outer", &outer.url, "tls: { ca: one.pem }")
        .replace("steps: {", "steps: { two: { call: parts/inner.yaml, needs: [one] }, ");
    let folder = Folder::new(&[
        ("outer.yaml", &calls),
        ("one.pem", &one.pem()),
        ("parts/inner.yaml", &playbook("inner", &inner.url, "tls: { ca: other.pem }")),
        ("parts/other.pem", &other.pem()),
    ]);
    code(&folder.run(&["../outer.yaml"]), 0);
    assert_eq!((outer.heads().len(), inner.heads().len()), (1, 1));
    folder.write("parts/inner.yaml", &playbook("inner", &inner.url, "tls: { insecure: true }"));
    let told = code(&folder.run(&["../outer.yaml"]), 0);
    assert!(told.contains("warning: ../outer.yaml: `insecure: true`"), "{told}");
    folder.write("parts/inner.yaml", &playbook("inner", &inner.url, ""));
    code(&folder.run(&["../outer.yaml"]), 3);
}

#[test]
fn what_is_insecure_is_warned_of_and_stands_in_the_journal() {
    let server = Server::over_tls(&Authority::new(), "api.example.com", false);
    let folder = Folder::new(&[("lax.yaml", &playbook("lax", &server.url, "tls: { insecure: true }"))]);
    let told = code(&folder.run(&["../lax.yaml"]), 0);
    assert_eq!(told.matches("warning: ../lax.yaml: `insecure: true`: any certificate").count(), 1, "{told}");
    assert!(folder.journal().lines().next().is_some_and(|line| line.contains("\"insecure\":true")));

    let folder = Folder::new(&[("strict.yaml", &playbook("strict", &server.url, ""))]);
    let told = code(&folder.run(&["../strict.yaml", "--insecure"]), 0);
    assert_eq!(told.matches("warning: `--insecure`: any certificate").count(), 1, "{told}");
    let told = code(&folder.run(&["../strict.yaml", "--insecure", "-q"]), 0);
    assert_eq!(told, "");
}

#[test]
fn files_that_cannot_be_used_are_told_before_anything_is_sent() {
    let server = Server::new();
    let folder = Folder::new(&[
        ("bad.yaml", &playbook("bad", &server.url, "tls: { ca: ca.pem }")),
        ("good.yaml", &playbook("good", &server.url, "")),
        ("ca.pem", "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n"),
    ]);
    let told = code(&folder.run(&["../good.yaml", "../bad.yaml"]), 2);
    assert!(told.contains("../bad.yaml: `../ca.pem` cannot be used as `ca`: a block of it is not base64"), "{told}");
    let told = code(&folder.run(&["../good.yaml", "--ca", "../ca.pem"]), 1);
    assert!(told.contains("`../ca.pem` cannot be used as `ca`"), "{told}");
    let told = code(&folder.run(&["../good.yaml", "--client-cert", "nope.pem"]), 1);
    assert!(told.contains("cannot read `nope.pem` for `client_cert`: no such file"), "{told}");
    assert!(server.heads().is_empty() && !Path::new(&folder.0.path().join("elsewhere/.callsheet")).exists());
}

#[test]
fn what_inputs_say_of_connections_is_looked_at_when_they_are_bound() {
    let text = "playbook: open\ninputs: { proxy: {}, ca: {}, port: {} }\n\
                defaults: { tls: { ca: \"{{ ca }}\" }, proxy: \"{{ proxy }}\", connect_to: { a: \"b:{{ port }}\" } }\n\
                steps: { one: { get: \"http://a/\" } }\n";
    let folder = Folder::new(&[("open.yaml", text)]);
    let vars = ["--var", "proxy=user:hunter22@proxy", "--var", "ca=nope.pem", "--var", "port=x"];
    let told = code(&folder.run(&[&["../open.yaml"][..], &vars].concat()), 2);
    for part in ["there is no file `nope.pem`", "`proxy` is no URL of a proxy", "`b:x` is no host", "open.yaml:3:"] {
        assert!(told.contains(part), "`{part}` is not in:\n{told}");
    }
    assert!(!told.contains("hunter22"), "{told}");
}

#[test]
fn each_hop_of_a_redirect_is_said_and_shown() {
    let server = Server::new();
    let text = format!("playbook: moved\nsteps: {{ one: {{ get: \"{}/moved\", redirects: 1 }} }}\n", server.url);
    let folder = Folder::new(&[("moved.yaml", &text)]);
    let told = code(&folder.run(&["../moved.yaml", "-v"]), 0);
    assert!(told.contains(&format!("follow   one  GET /moved → 302 to {}/here", server.url)), "{told}");
    assert!(told.contains("passed   one  GET /here → 200"), "{told}");
    let shown = String::from_utf8(folder.call(&["show"]).stdout).expect("UTF-8");
    let hops = [format!("GET {0}/moved → 302  ", server.url), format!("GET {}/here → 200", server.url)];
    assert!(hops.iter().all(|hop| shown.contains(hop)), "{shown}");
    assert!(shown.contains(&format!("redirected to {}/here", server.url)), "{shown}");
}
