//! Canaries: secrets that programs print in every form, cut anywhere, through every sink, also of
//! engines and supervisors that are killed. Not one is found in what runbook prints or keeps.
//!
//! What is looked for is made by `canaries.py`, which knows nothing of the masker.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::case::{Case, Checked};
use crate::exec_release::{phase, release};
use crate::exec_server::Server;

const ALPHA: &str = "c4nary-alpha-7Q";
/// One that begins with another.
const LONGER: &str = "c4nary-alpha-7Q/and+more=é &<\"'`$x>";
const LINES: &str = "-----BEGIN c4nary\nMIIEvQIBADANBgkqhkiG9w0\r\nline-of-a-key/+0123456789\n-----END c4nary";
/// As short as one may be.
const SHORT: &str = "Zq7!";
/// The program that prints them; `emit SEED` in random pieces, `needles` one form a line, in JSON.
const PROGRAM: &str = include_str!("canaries.py");
/// Names all of them, so that they are in the script's environment.
const NAMED: &str = ": \"$alpha $longer $lines $short\"";

/// A release with the canaries and these nodes.
fn with_canaries(nodes: &str) -> Case {
    let head = "secret alpha env=ALPHA
        secret longer env=LONGER
        secret lines file=\"../home/lines\"
        secret short { run cat \"../home/short\"; }";
    release(&format!("{head}\n{nodes}"))
        .env("ALPHA", ALPHA)
        .env("LONGER", LONGER)
        .file("../home/lines", LINES)
        .file("../home/short", SHORT)
        .file("../home/canaries.py", PROGRAM)
}

/// Every form of every canary.
fn needles(case: &Case) -> Vec<Vec<u8>> {
    let output = Command::new("python3")
        .arg(case.path("../home/canaries.py"))
        .arg("needles")
        .envs([("alpha", ALPHA), ("longer", LONGER), ("lines", LINES), ("short", SHORT)])
        .env("PYTHONUTF8", "1")
        .output()
        .unwrap();
    let needles: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(needles.len() > 30, "{needles:?}");
    needles.into_iter().map(String::into_bytes).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[track_caller]
fn assert_no_needle(place: &str, bytes: &[u8], needles: &[Vec<u8>]) {
    for needle in needles {
        let found = bytes.windows(needle.len()).position(|window| window == needle);
        if let Some(at) = found {
            let around = &bytes[at.saturating_sub(60)..(at + needle.len() + 60).min(bytes.len())];
            panic!("{:?} is in {place}:\n{}", String::from_utf8_lossy(needle), String::from_utf8_lossy(around));
        }
    }
}

/// Nothing that was printed holds a canary, nor any file that is kept, nor what is told of the run later.
#[track_caller]
fn clean(checked: Checked, needles: &[Vec<u8>]) -> Case {
    assert_no_needle("stdout", checked.printed().as_bytes(), needles);
    assert_no_needle("stderr", checked.complained().as_bytes(), needles);
    let case = checked.then();
    for file in files(&case.path("state")) {
        assert_no_needle(&file.display().to_string(), &std::fs::read(&file).unwrap(), needles);
    }
    case
}

/// Runs a command whatever comes of it, and looks at all that it left.
#[track_caller]
fn run_clean(case: Case, command: &str, needles: &[Vec<u8>]) -> (Case, i32) {
    let ran = case.run(command);
    let code = ran.exit_code();
    (clean(ran.code(code), needles), code)
}

#[test]
fn no_canary_in_any_form_reaches_what_is_printed_or_kept() {
    let server = Server::start(|_, request| {
        // It gives back all that it was sent, and fails.
        let said: &'static str = Box::leak(format!("{request:?} {}", request.body).into_boxed_str());
        (500, "X-Said: c4nary-alpha-7Q\r\nX-c4nary-alpha-7Q: said\r\n", said)
    });
    let url = server.url();
    let prints = (0..4)
        .map(|seed| {
            format!(
                "step prints-{seed} \"Prints\" {{
                    sh #\"\"\"
                        {NAMED}
                        python3 ../home/canaries.py emit {seed}
                        \"\"\"#
                    capture shown{seed} output matches=#\"^(.*)\"#
                    inverse {{ sh #\"{NAMED}; env; python3 ../home/canaries.py emit 1{seed} >&2; set -x; : \"$alpha\" \"$longer\" \"$lines\"\"#; }}
                }}\n"
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let nodes = phase(&format!(
        "{prints}
        step environment \"Environment\" {{ sh #\"{NAMED}; env; export -p; set\"#; inverse none because=\"x\"; }}
        step input \"Input\" {{ run cat; stdin \"{{{{secret.lines}}}} {{{{secret.longer}}}}\"; inverse none because=\"x\"; }}
        check bound \"Bound\" {{ sql \"sqlite:d.db\" \"SELECT ?1 || ?2\" {{ bind \"{{{{secret.longer}}}}\"; bind \"{{{{secret.lines}}}}\"; }}; expect value is=x; on-failure warn; }}
        check database \"Database\" {{ sql \"postgres://u:{{{{secret.longer}}}}@127.0.0.1:1/d\" \"SELECT 1\"; budget \"5s\"; on-failure warn; }}
        check nobody \"Nobody\" {{ http GET \"http://127.0.0.1:1/\" {{ header X-Key \"{{{{secret.alpha}}}}\"; }}; on-failure warn; }}
        check header \"Header\" {{ http GET \"{url}/\" {{ header X-Key \"{{{{secret.lines}}}}\"; }}; on-failure warn; }}
        check program \"Program\" {{ run none; env OTHER=\"{{{{secret.longer}}}}\"; on-failure warn; }}
        check json \"Json\" {{ sh #\"{NAMED}; printf '{{{{\"a\": \"%s\"}}}}' \"$alpha\"\"#; expect stdout is=other; on-failure warn; }}
        step posts \"Posts\" {{
            http POST \"{url}/\" {{ header Authorization \"Bearer {{{{secret.alpha}}}}\"; json a=\"{{{{secret.longer}}}}\" b=\"{{{{secret.lines}}}}\"; }}
            inverse {{ http POST \"{url}/\" {{ form a=\"{{{{secret.longer}}}}\" b=\"{{{{secret.short}}}}\"; }}; }}
            diagnose {{ sh #\"{NAMED}; echo \"$short$alpha$longer\"; echo \"$lines\" >&2\"#; }}
        }}"
    ));
    let case = with_canaries(&nodes).file("d.db", "");
    let needles = needles(&case);
    // The inverse of the request fails too, so that what is left is printed for a person.
    let (case, code) = run_clean(case, "exec release.kdl", &needles);
    assert_eq!(code, 4);
    let lines = server.lines();
    assert!(lines.iter().filter(|line| *line == "POST /").count() >= 2, "{lines:?}");
    let mut case = case;
    for command in ["show", "logs", "runs", "status", "rollback --yes --format json", "show"] {
        (case, _) = run_clean(case, command, &needles);
    }
    let kept = files(&case.path("state"));
    assert!(kept.len() > 20, "{kept:?}");
    let masked = kept.iter().filter(|path| std::fs::read(path).unwrap().windows(3).any(|window| window == b"***"));
    assert!(masked.count() >= 8, "nothing was masked, so that nothing was shown");
}

#[test]
fn json_lines_hold_no_canary() {
    let nodes = phase(&format!(
        "step prints \"Prints\" {{
            sh #\"{NAMED}; python3 ../home/canaries.py emit 5; exit 3\"#
            inverse {{ sh #\"{NAMED}; python3 ../home/canaries.py emit 6\"#; }}
        }}"
    ));
    let case = with_canaries(&nodes);
    let needles = needles(&case);
    let (_, code) = run_clean(case, "exec --format json release.kdl", &needles);
    assert_eq!(code, 1);
}

#[test]
fn no_canary_is_kept_at_any_point_at_which_engine_or_supervisor_are_killed() {
    let engine = "kill -9 $(cut -d' ' -f4 /proc/$PPID/stat)";
    let supervisor = "kill -9 $PPID";
    for killed in [engine, supervisor, &format!("{engine}; {supervisor}")] {
        for (before, after) in [
            ("", "python3 ../home/canaries.py emit 7"),
            ("printf '%s' \"c4nary-alph\"", "printf '%s' \"a-7Q/and+more\"; echo \"$lines\""),
            ("python3 ../home/canaries.py emit 8; echo \"$alpha\"", "echo \"$longer\" >&2"),
        ] {
            let script = format!("{NAMED}; {before}\nif test ! -e killed; then touch killed; {killed}; fi\n{after}");
            let nodes = phase(&format!(
                "step prints \"Prints\" {{
                    sh #\"\"\"\n{script}\n\"\"\"#
                    inverse {{ sh #\"{NAMED}; python3 ../home/canaries.py emit 9\"#; }}
                }}"
            ));
            let case = with_canaries(&nodes);
            let needles = needles(&case);
            let ran = case.run("exec release.kdl");
            let left = ran.left_behind();
            assert_no_needle("stdout", &left.0, &needles);
            assert_no_needle("stderr", &left.1, &needles);
            let (case, code) = run_clean(left.2, "rollback --yes --reason canaries", &needles);
            // An engine that outlives its supervisor has taken the run back by itself.
            assert_eq!(code, if killed == supervisor { 5 } else { 1 }, "{killed}: {script}");
            let (case, _) = run_clean(case, "show", &needles);
            drop(run_clean(case, "logs", &needles));
        }
    }
}

#[test]
fn no_process_of_a_run_has_a_canary_among_its_arguments() {
    let nodes = phase(&format!(
        "step looks \"Looks\" {{
            sh #\"{NAMED}; python3 ../home/canaries.py arguments\"#
            inverse none because=\"x\"
        }}
        check program \"Program\" {{ run python3 \"../home/canaries.py\" arguments; env alpha=\"{{{{secret.alpha}}}}\"; }}
        step copy \"Copy\" {{ pipe {{ run cat; run python3 \"../home/canaries.py\" arguments; }}; stdin \"{{{{secret.longer}}}}\"; env alpha=\"{{{{secret.alpha}}}}\"; inverse none because=\"x\"; }}"
    ));
    with_canaries(&nodes).run("exec release.kdl").code(0);
}

#[test]
fn engine_supervisor_and_steps_leave_no_core_dumps() {
    let script = "ulimit -c; grep 'Max core' /proc/$PPID/limits /proc/$(cut -d' ' -f4 /proc/$PPID/stat)/limits";
    let nodes = phase(&format!(
        "check limits \"Limits\" {{ sh #\"{script}\"#; expect stdout matches=#\"^0\\n(?:.*Max core file size +0 +0 .*\\n?){{2}}$\"#; }}"
    ));
    with_canaries(&nodes).run("exec release.kdl").code(0);
}

#[test]
fn a_secret_too_short_to_be_masked_refuses_the_run() {
    let note = phase("step note \"Note\" { sh \": $key; touch made\"; inverse { run rm made; }; }");
    release(&format!("secret key env=KEY\n{note}"))
        .env("KEY", "abc")
        .run("exec release.kdl")
        .code(5)
        .lacks("made")
        .complains("secret key is shorter than 4 bytes");
}

#[test]
fn a_secret_among_the_files_that_are_kept_with_a_run_refuses_it() {
    let note = phase("step note \"Note\" { sh \": $key; touch made\"; inverse { run rm made; }; }");
    let nodes = format!("secret key file=\"deploy/key\"\nfiles \"deploy/**\"\n{note}");
    let case = release(&nodes).file("deploy/key", "hunter2-hunter2\n").file("deploy/other", "x\n");
    let checked = case.run("exec release.kdl").code(5).lacks("made").complains("deploy/key holds secret.key");
    assert!(!files(&checked.then().path("")).iter().any(|path| path.ends_with("bundle/files/deploy/key")));
}

#[test]
fn a_secret_takes_no_filter() {
    let nodes = phase("step note \"Note\" { run cat; stdin \"{{secret.key | upper}}\"; inverse none because=\"x\"; }");
    release(&format!("secret key env=KEY\n{nodes}"))
        .env("KEY", "hunter2")
        .run("exec release.kdl")
        .code(3)
        .complains("what a filter makes of it");
}
