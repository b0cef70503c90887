//! `callsheet plan --graph`: the drawing of a playbook whose every name and text is a trap.

use std::process::Command;

const TRICKY: &str = r#"playbook: tricky
vars: { both: "{{ end }}-{{ other }}" }
steps:
  end: { get: 'http://x/"a"\b<c>&#35;', capture: { end: $.x }, cleanup: [{ delete: 'http://x/{{ end }}' }, { step: subgraph }] }
  class: { set: { other: "{{ end }}" } }
  subgraph: { get: 'http://x/;%%|{}[]()`*_x_*', needs: [class], when: other == 1 }
  each: { foreach: { m: [1, 2] }, get: 'http://x/{{ m }}' }
  next: { foreach: { w: "{{ steps.each }}" }, get: 'http://x/{{ w.m }}' }
  last: { set: { a: "{{ both }}", b: "{{ steps.end.outcome }}" } }
finally:
  click: { get: http://x/logs, capture: { l: $.x } }
  style: { set: { z: "{{ l }}" } }
"#;

fn graph(language: &str, options: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(folder.path().join("tricky.yaml"), TRICKY).expect("a file can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
    command.args(["plan", "tricky.yaml", "--graph", language]).args(options).current_dir(folder.path());
    let output = command.output().expect("the program can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the program writes UTF-8")
}

#[test]
fn a_graph_in_mermaid_has_numbers_for_names_and_codes_for_what_could_be_misread() {
    insta::assert_snapshot!(graph("mermaid", &["--skip", "next"]), @r##"
    flowchart TD
      s0["end<br>GET http://x/#34;a#34;#92;b#60;c#62;#38;#35;35#59;"]
      s1["class<br>set"]
      s2["subgraph<br>GET http://x/#59;#37;#37;#124;#123;#125;#91;#93;#40;#41;#96;#42;_x_#42;"]
      s3["each<br>GET http://x/#123;#123; m #125;#125;<br>for each m"]
      s4["next<br>GET http://x/#123;#123; w.m #125;#125;<br>for each w<br>does not run: #96;--skip#96; names it"]:::left_out
      s5["last<br>set"]
      subgraph finally_steps["finally"]
        f0["click<br>GET http://x/logs"]
        f1["style<br>set"]
      end
      subgraph cleanups["cleanup, in the reverse order of creation"]
        c0(["undo end<br>DELETE http://x/#123;#123; end #125;#125;"])
      end
      s0 -->|"end"| s1
      s1 -->|"other, needs"| s2
      s3 ==>|"steps.each"| s4
      s0 -->|"end through both"| s5
      s1 -->|"other through both"| s5
      s0 -.->|"steps.end.outcome"| s5
      f0 -->|"l"| f1
      s0 -.->|"cleanup"| c0
      s0 -.->|"cleanup"| s2
      classDef left_out stroke-dasharray: 3 3,opacity: 0.6
    "##);
}

#[test]
fn a_graph_in_dot_says_the_same() {
    insta::assert_snapshot!(graph("dot", &["--skip", "next"]), @r##"
    digraph plan {
      node [shape=box];
      s0 [label="end\nGET http://x/\"a\"\\b<c>&amp;#35;", style="solid"];
      s1 [label="class\nset", style="solid"];
      s2 [label="subgraph\nGET http://x/;%%|{}[]()`*_x_*", style="solid"];
      s3 [label="each\nGET http://x/{{ m }}\nfor each m", style="solid"];
      s4 [label="next\nGET http://x/{{ w.m }}\nfor each w\ndoes not run: `--skip` names it", style="dotted"];
      s5 [label="last\nset", style="solid"];
      subgraph cluster_finally {
        label="finally";
        f0 [label="click\nGET http://x/logs", style="solid"];
        f1 [label="style\nset", style="solid"];
      }
      subgraph cluster_cleanups {
        label="cleanup, in the reverse order of creation";
        c0 [label="undo end\nDELETE http://x/{{ end }}", style="rounded"];
      }
      s0 -> s1 [label="end", style=solid];
      s1 -> s2 [label="other, needs", style=solid];
      s3 -> s4 [label="steps.each", style=bold];
      s0 -> s5 [label="end through both", style=solid];
      s1 -> s5 [label="other through both", style=solid];
      s0 -> s5 [label="steps.end.outcome", style=dashed];
      f0 -> f1 [label="l", style=solid];
      s0 -> c0 [label="cleanup", style=dashed];
      s0 -> s2 [label="cleanup", style=dashed];
    }
    "##);
}
