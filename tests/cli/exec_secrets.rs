//! Secrets: fetched before the first effect, masked in all that is shown or kept.

use std::path::Path;

use crate::case::Case;
use crate::exec_release::{exec, phase, release};
use crate::exec_server::Server;

/// A value that means something to a shell, in JSON and in a URL.
const KEY: &str = "k3y/+ \"q'$(x)&%=é-long";
/// Its forms that outputs may hold.
const FORMS: [&str; 6] = [
    KEY,
    "azN5LysgInEnJCh4KSYlPcOpLWxvbmc",
    "k3y%2F%2B%20%22q%27%24%28x%29%26%25%3D%C3%A9-long",
    "k3y%2F%2B+%22q%27%24%28x%29%26%25%3D%C3%A9-long",
    "k3y/+ \\\"q'$(x)&%=é-long",
    "k3y/+ \"q'\\''$(x)&%=é-long",
];
const TOKEN: &str = "t0ken-of-a-file";
const WORD: &str = "w0rd-of-a-program";

/// Every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn with_secrets(nodes: &str) -> Case {
    let head = "secret key env=KEY
        secret token file=\"../home/token\"
        secret word { run cat \"../home/word\"; }";
    release(&format!("{head}\n{nodes}"))
        .env("KEY", KEY)
        .file("../home/token", &format!("{TOKEN}\n"))
        .file("../home/word", &format!("{WORD}\n"))
}

#[test]
fn no_form_of_a_secret_is_in_the_output_or_in_any_file_of_the_state_directory() {
    let server = Server::start(|_, request| {
        // It gives back what it was sent, as servers do that log too much.
        let said: &'static str = Box::leak(request.body.clone().into_boxed_str());
        (if request.line.ends_with("fails") { 500 } else { 200 }, "X-Said: t0ken-of-a-file\r\n", said)
    });
    let nodes = format!(
        "let api \"{}\"\n{}",
        server.url(),
        phase(
            "checkpoint before \"Before\" { preserve kept \"Kept\" { sh #\"printf '%s' \"$key\"\"#; }; }
            step prints \"Prints\" {
                sh #\"\"\"
                    test \"$key\" = \"$(cat ../home/key)\"
                    echo \"$key\"; echo \"$token $word\" >&2
                    printf '%s' \"$key\" | base64 -w0
                    printf 'x%s' \"$key\" | base64 -w0
                    printf '%s' \"$key\" | python3 -c 'import json, sys, urllib.parse as u, shlex; s = sys.stdin.read(); print(u.quote(s, safe=\"-\"), u.quote_plus(s), json.dumps(s), json.dumps(s, ensure_ascii=False), shlex.quote(s))'
                    head -c 3000000 /dev/zero | tr '\\0' y; echo \"$key\"
                    \"\"\"#
                inverse { sh #\"echo \"$key\" | cat; : $token\"#; }
                capture shown stdout matches=#\"^(.*)\\n\"#
            }
            step program \"Program\" { run sh -c #\"echo \"$OTHER\"\"#; env OTHER=\"{{secret.word}}\"; inverse none because=\"Nothing\"; }
            step input \"Input\" { run cat; stdin \"{{secret.token}} {{secret.key}}\"; inverse none because=\"Nothing\"; }
            step posts \"Posts\" {
                http POST \"{{api}}/\" { header Authorization \"Bearer {{secret.token}}\"; body \"{{secret.key}} {{secret.word}}\"; }
                capture answer body
                inverse { http POST \"{{api}}/\" { body \"{{secret.key}}\"; }; }
            }
            step binds \"Binds\" { sql \"sqlite:d.db\" \"SELECT ?1\" { bind \"{{secret.key}}\"; }; expect value is=\"***\"; inverse none because=\"Nothing\"; }
            check fails \"It fails\" {
                http GET \"{{api}}/fails\" { header Authorization \"{{secret.token}}\"; }
                diagnose { sh #\"echo \"$key\"; echo \"$word\" >&2\"#; }
            }",
        )
    );
    let case = with_secrets(&nodes).file("../home/key", KEY).file("d.db", "");
    let ran = case.run("exec release.kdl");
    let code = ran.exit_code();
    let checked = ran.code(code);
    let shown = [checked.printed(), checked.complained()].concat();
    assert!(shown.contains("***"), "{shown}");
    let needles: Vec<&str> = FORMS.iter().copied().chain([TOKEN, WORD]).collect();
    for needle in &needles {
        assert!(!shown.contains(needle), "{needle} is shown:\n{shown}");
    }
    let case = checked.then();
    let kept = files(&case.path("state"));
    assert!(kept.len() > 8, "{kept:?}");
    for path in kept {
        let bytes = std::fs::read(&path).unwrap();
        for needle in &needles {
            assert!(
                !bytes.windows(needle.len()).any(|window| window == needle.as_bytes()),
                "{needle} is in {}",
                path.display()
            );
        }
    }
    assert_eq!(code, 1, "{shown}");
    let asked = server.requests();
    assert_eq!(server.lines(), ["POST /", "GET /fails", "POST /"], "{shown}");
    assert_eq!(asked[0].header("authorization"), Some("Bearer t0ken-of-a-file"));
    assert_eq!(asked[0].body, format!("{KEY} {WORD}"));
}

#[test]
fn a_secret_that_is_missing_refuses_the_run_before_anything_happens() {
    let note = phase(
        "step note \"Note\" { run touch made; inverse { run rm made; }; }\ncheck uses \"Uses\" { sh \": $key\"; }",
    );
    exec(&format!("secret key env=NOT_SET\n{note}")).code(5).lacks("made").complains("NOT_SET");
    exec(&format!("secret key file=\"none\"\n{note}")).code(5).lacks("made").complains("none");
    exec(&format!("secret key {{ run \"false\"; }}\n{note}")).code(5).lacks("made").complains("key");
    release(&format!("secret key env=KEY\n{note}"))
        .env("KEY", "")
        .run("exec release.kdl")
        .code(5)
        .lacks("made")
        .complains("empty");
}

#[test]
fn a_secret_is_fetched_again_for_the_way_back() {
    let nodes = phase(
        "step note \"Note\" { sh \": $key; echo there > log\"; inverse { sh #\"echo \"${#key}\" >> log\"#; }; }
        manual tell \"Tell\" by=\"Support\"",
    );
    let parked = release(&format!("secret key file=\"../home/key\"\n{nodes}"))
        .file("../home/key", "one-secret")
        .run("exec release.kdl")
        .code(6)
        .then();
    std::fs::remove_file(parked.path("../home/key")).unwrap();
    parked
        .run("rollback --yes")
        .code(5)
        .content("log", "there\n")
        .then()
        .file("../home/key", "another-secret\n")
        .run("rollback --yes")
        .code(1)
        .content("log", "there\n14\n");
}

#[test]
fn secrets_may_not_stand_where_everybody_can_read_them() {
    for action in [
        "run echo \"{{secret.key}}\"",
        "sh \"echo {{secret.key}}\"",
        "http GET \"http://127.0.0.1:1/{{secret.key}}\"",
        "write made \"{{secret.key}}\"",
    ] {
        let nodes = phase(&format!("step a \"A\" {{ {action}; inverse none because=\"Nothing\"; }}"));
        release(&format!("secret key env=KEY\n{nodes}")).env("KEY", KEY).run("exec release.kdl").code(3).lacks("made");
    }
}
