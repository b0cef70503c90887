//! A new user with the README and `--help` writes a playbook for an API of their own: a login, something created, a poll
//! and a cleanup. Each mistake on the way is a step of the walk: what the program says of it is in the snapshot, to be
//! read as prose, and what it says to write is what is written next.

mod api;
mod walk;

use api::Api;
use walk::Walk;

#[test]
fn a_new_user_gets_from_a_curl_command_to_a_playbook_that_cleans_up() {
    let api = Api::default();
    let mut walk = Walk::new(api.serve());
    begin(&mut walk);
    log_in(&mut walk);
    order(&mut walk, &api);
    wait(&mut walk);
    clean_up(&mut walk, &api);
    walk.says_no_secret("tulip-4242");
    insta::with_settings!({ snapshot_path => "../snapshots" }, { insta::assert_snapshot!("walkthrough", walk.told()) });
}

/// From the documentation of the API: one curl command.
fn begin(walk: &mut Walk) {
    walk.call(&["--help"], 0).explains(&["init", "check", "run", "show"]).forget();
    let curl = walk.with_url(
        r#"curl -X POST URL/login -H 'content-type: application/json' -d '{"user":"ada","password":"tulip-4242"}'"#,
    );
    walk.call(&["init", "orders.yaml", "--from-curl", &curl], 0)
        .explains(&["export PASSWORD=…", "callsheet run orders.yaml"]);
    walk.call(&["run", "orders.yaml"], 2).explains(&["`password` has no value", "$PASSWORD"]);
    walk.set("PASSWORD", "tulip-4243");
    walk.call(&["run", "orders.yaml"], 4).explains(&["expected a 2xx status, got 401", "wrong user or password"]);
    walk.set("PASSWORD", "tulip-4242");
    walk.call(&["run", "orders.yaml"], 0).explains(&["1 step: 1 passed"]);
}

/// The token is captured, and used by a second step.
fn log_in(walk: &mut Walk) {
    let capture = "    # capture: { id: $.id }     # keeps a value of the answer: later steps write {{ id }}\n";
    walk.replace(capture, "    captrue: { token: $.token }\n");
    walk.add("  order:\n    post: /orders\n    headers: { Authorization: Bearer {{ tokn }} }\n    json: { item: tea, count: {{ count }} }\n");
    walk.call(&["check", "orders.yaml"], 2).explains(&[
        "unknown key `captrue`",
        "did you mean `capture`?",
        "put the whole value in quotes",
    ]);
    walk.call(&["check", "--fix", "orders.yaml"], 2).explains(&["mended"]);
    walk.call(&["check", "orders.yaml"], 2).explains(&[
        "`tokn` is not defined",
        "did you mean `token`?",
        "`count` is not defined",
    ]);
    walk.replace("{{ tokn }}", "{{ token }}");
    walk.replace("inputs:\n", "inputs:\n  count: { default: many }\n");
    walk.call(&["check", "orders.yaml"], 0);
    walk.call(&["run", "orders.yaml"], 4).explains(&["`$.token` finds nothing", "access_token"]);
    walk.replace("{ token: $.token }", "{ token: { json: $.access_token, secret: true } }");
}

/// An order is made; then that it is cleaned up is forgotten no more.
fn order(walk: &mut Walk, api: &Api) {
    walk.call(&["run", "orders.yaml"], 4).explains(&["got 422", "count must be a number"]);
    walk.replace("{ default: many }", "{ default: 3 }");
    walk.call(&["run", "orders.yaml"], 0);
    assert_eq!(api.open(), (1, 1));
    walk.append("    capture: { order_id: $.order.id }\n    cleanup: { delete: /orders/{{ order_id }} }\n");
    walk.call(&["check", "--fix", "orders.yaml"], 0);
    walk.call(&["run", "orders.yaml"], 3).explains(&["possibly left behind", "order_id = \"order-2\"", "401"]);
    walk.replace("/{{ order_id }}\" }", "/{{ order_id }}\", headers: { Authorization: \"Bearer {{ token }}\" } }");
    walk.call(&["resume"], 3).explains(&["`token` has no value", "write `effect: read` at `login`"]);
    walk.replace("    post: /login\n", "    post: /login\n    effect: read\n");
    walk.call(&["resume"], 0).explains(&["cleanup  order  DELETE /orders/order-2 → 204"]);
    assert_eq!(api.open(), (1, 2));
}

/// The order is waited for, with a path that is wrong at first.
fn wait(walk: &mut Walk) {
    walk.replace("defaults:\n", "auth:\n  shop: { bearer: \"{{ token }}\" }\n\ndefaults:\n");
    walk.call(&["check", "orders.yaml"], 2)
        .explains(&["`token` comes from a step and is not known here", "use an input here"]);
    walk.replace("auth:\n  shop: { bearer: \"{{ token }}\" }\n\ndefaults:\n", "defaults:\n");
    walk.add("  ready:\n    get: \"/orders/{{ order_id }}\"\n    poll: { until: body.state == 'ready', every: 10ms, timeout: 200 }\n");
    walk.call(&["check", "orders.yaml"], 2).explains(&["200", "200s", "200ms"]);
    walk.replace("timeout: 200 }", "timeout: 200ms }");
    walk.call(&["run", "orders.yaml"], 4)
        .explains(&["did not hold within 200 ms", "`body` has no `state`; its only key is `order`"]);
    walk.replace("body.state == 'ready'", "body.order.state == 'ready'");
}

fn clean_up(walk: &mut Walk, api: &Api) {
    let before = api.open();
    walk.call(&["run", "orders.yaml"], 0).explains(&["3 steps: 3 passed"]);
    walk.call(&["run", "orders.yaml"], 0);
    // Two more were made, and nothing of them is left.
    assert_eq!(api.open(), (before.0, before.1 + 2));
    walk.call(&["fmt", "--check", "orders.yaml"], 0);
    walk.call(&["runs"], 0).explains(&["passed", "failed", "3 steps"]).forget();
}
