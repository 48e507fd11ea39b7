//! `runbook check`, `diff`, `plan`, `render`, `test` and `explain` on a stranger's pull request, watched by `strace`: no process,
//! no socket, no file outside the bundle, the same words whatever the environment says, and an end in
//! bounded time and memory. And nothing that a stranger writes is obeyed by who shows it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::case::{Case, Checked};
use crate::exec_release::phase;

/// What a program reads before its first line: its libraries. Nothing else outside the bundle.
const OF_THE_LOADER: [&str; 5] = ["/etc/ld.so.", "/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/"];
/// What Rust's own library asks of the kernel about this process.
const OF_THE_PROCESS: [&str; 4] = ["/proc/self/", "/sys/fs/cgroup/", "/sys/devices/system/cpu", "/dev/null"];

/// The commands that a stranger's file is given to, and the forms of their answers. Whatever only looks
/// belongs here.
const LOOKING: [(&str, &[&str]); 4] = [
    ("check", &["--format=human", "--format=json"]),
    ("plan", &["--format=human", "--format=markdown"]),
    ("render", &["--to=markdown", "--to=html"]),
    ("test", &["--format=human"]),
];

/// A runbook around some nodes of a phase.
fn runbook(items: &str) -> String {
    format!("runbook x \"X\"\ninput name \"x\"\nsecret key env=KEY\n{}\n", phase(items))
}

fn step(action: &str) -> String {
    runbook(&format!("step s \"S\" {{ {action}; inverse none because=\"x\"; }}"))
}

/// Sixty `let`s, each twice as long as the one before.
fn lets_that_double() -> String {
    (1..60).map(|n| format!("let a{n} \"{{{{a{0}}}}}{{{{a{0}}}}}\"\n", n - 1)).collect::<Vec<_>>().concat()
}

/// Files that were written to make a checker run, ask, read or never end. The name says what for.
fn corpus() -> Vec<(&'static str, String)> {
    let bomb = format!("{{{{name{}}}}}", " | replace('x', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')".repeat(12));
    let doubled = lets_that_double();
    vec![
        ("substitution", step("run \"$(touch pwned)\" \"`touch pwned`\"; env A=\"$(touch pwned)\"")),
        ("script", step("sh #\"touch pwned\"#; applied { sh \"touch pwned\"; }")),
        (
            "secret-program",
            format!("secret s {{ run touch pwned; }}\nsecret f file=\"/etc/shadow\"\n{}", step("sh \": $s $f\"")),
        ),
        ("requests", step("http POST \"http://127.0.0.1:9/\" { header Host \"evil\"; body file=\"/etc/passwd\"; }")),
        ("database", step("sql \"sqlite:/etc/passwd\" \"ATTACH 'pwned' AS p\"; ")),
        ("postgres", step("sql \"postgres://127.0.0.1:9/x\" \"COPY x TO PROGRAM 'touch pwned'\"")),
        (
            "include-outside",
            format!("include \"../outside.kdl\"\ninclude \"/etc/passwd\"\ninclude \"link.kdl\"\n{}", step("run x")),
        ),
        (
            "files-outside",
            format!("files \"../**\"\nfiles \"/etc/*\"\nfiles \"**/passwd\"\nfiles \"linked/**\"\n{}", step("run x")),
        ),
        (
            "template-outside",
            step("write \"x\" template=\"../outside.kdl\"; ") + &step("write \"x\" template=\"link.kdl\""),
        ),
        ("pipe-and-device", format!("include \"fifo\"\ninclude \"/dev/zero\"\nfiles \"fifo\"\n{}", step("run x"))),
        ("globs", format!("files \"{}\"\nfiles \"{}\"\n{}", "{a,b}".repeat(40), "**/".repeat(2000), step("run x"))),
        ("growing-filter", runbook(&format!("check c {{ run x \"{bomb}\"; }}"))),
        (
            "filter-language",
            runbook("check c { run x \"{{name | replace('x', 'x' * 1000000000)}}\" \"{{name | lower ~ name}}\"; }"),
        ),
        (
            "lets-that-double",
            format!("let a0 \"xxxxxxxxxxxxxxxx\"\n{doubled}{}", runbook("check c { run x \"{{a59}}\"; }")),
        ),
        (
            "settings",
            format!(
                "window \"{{{{name}}}}\" \"{}\"\nbudget \"{}d\"\n{}",
                "9".repeat(4000),
                "9".repeat(4000),
                step("run x")
            ),
        ),
        ("regexes", step(&format!("run x; expect stdout matches=#\"{}\"#", "(a{1,500}){1,500}"))),
        ("json-paths", step(&format!("run x; expect json \"${}\" is=1", "..*".repeat(300)))),
        ("deep", "a {".repeat(60) + &"}".repeat(60)),
        ("many-findings", "foo bar\n".repeat(20_000)),
        ("environment", runbook("check c { run x \"{{HOME}}\" \"{{PATH}}\" \"$HOME\" \"~/x\"; when name=\"$USER\"; }")),
        ("names", format!("input PATH\ninput name\nlet home \"~\"\n{}", step("run x"))),
    ]
}

/// The corpus in a folder, with what lies around it: a file outside, a link to it, a pipe.
fn corpus_case() -> Case {
    let mut case = Case::new().folder("bundle/real").file("outside.kdl", "let outside \"x\"\n");
    for (name, text) in corpus() {
        case = case.file(&format!("bundle/{name}.kdl"), &text);
    }
    case.link("bundle/link.kdl", "../outside.kdl").link("bundle/linked", "/etc").fifo("bundle/fifo")
}

/// What a command does that a checker must not, by strace; and what it printed.
fn watched(case: &Case, arguments: &[&str], environment: &[(&str, &str)]) -> (Vec<String>, String) {
    let trace = case.path("../trace");
    let output = Command::new("strace")
        .args(["-f", "-qq", "-s", "400", "-e", "trace=%process,%network,%file,pidfd_open", "-e", "signal=none", "-o"])
        .arg(&trace)
        .arg(env!("CARGO_BIN_EXE_runbook"))
        .args(arguments)
        .current_dir(case.path("bundle"))
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .expect("strace is installed");
    let printed = [output.stdout, output.stderr].concat();
    let text = std::fs::read_to_string(&trace).unwrap();
    let root = case.path("").canonicalize().unwrap();
    let refused = text.lines().filter(|line| !is_harmless(line, &root.join("bundle"), &root)).map(str::to_owned);
    (refused.collect(), String::from_utf8_lossy(&printed).into_owned())
}

/// Whether a traced call may happen while a stranger's file is read.
fn is_harmless(line: &str, bundle: &Path, root: &Path) -> bool {
    let call = line.split_once(' ').map_or(line, |(_, call)| call.trim_start());
    let name = call.split(['(', ' ']).next().unwrap_or("");
    if call.starts_with("execve(") {
        return call.contains(env!("CARGO_BIN_EXE_runbook"));
    }
    let path = call.split('"').nth(1);
    match (name, path) {
        // Where a link of the bundle leads is read, to say that it leads outside.
        ("exit_group" | "exit" | "wait4" | "arch_prctl" | "+++" | "<..." | "getcwd", _)
        | ("readlink" | "readlinkat", Some(_)) => true,
        // A thread of our own is no process.
        ("clone3" | "clone", _) => call.contains("CLONE_THREAD"),
        // Relative names are looked up in the bundle, without following links and never above it.
        ("open" | "openat" | "openat2", Some(path)) => is_allowed(path, bundle),
        // Where a name leads is looked at on the way to the bundle, and never opened.
        (
            "stat" | "lstat" | "newfstatat" | "statx" | "fstatat64" | "access" | "faccessat" | "faccessat2",
            Some(path),
        ) => {
            is_allowed(path, bundle)
                || root.starts_with(path)
                || path.starts_with(root.to_str().unwrap())
                || path.starts_with("..")
        }
        _ => false,
    }
}

fn is_allowed(path: &str, bundle: &Path) -> bool {
    let outside = path.split('/').any(|part| part == "..") || path.starts_with('/');
    !outside
        || path.starts_with(bundle.to_str().unwrap())
        || OF_THE_LOADER.iter().chain(&OF_THE_PROCESS).any(|allowed| path.starts_with(allowed))
}

#[test]
fn a_check_a_plan_or_a_document_starts_nothing_asks_nobody_and_opens_nothing_outside_the_bundle() {
    let case = corpus_case();
    let mut broken = BTreeMap::new();
    for (name, _) in corpus() {
        let file = format!("{name}.kdl");
        for (command, form) in LOOKING.iter().flat_map(|(command, forms)| forms.iter().map(move |form| (command, form)))
        {
            let words = [*command, *form, file.as_str()];
            let (refused, printed) = watched(&case, &words, &[("PATH", "/usr/bin:/bin")]);
            assert!(!printed.contains("panicked"), "{words:?}: {printed}");
            if !refused.is_empty() {
                broken.insert(words.join(" "), refused);
            }
        }
    }
    for (name, _) in corpus() {
        let (refused, printed) = watched(&case, &["diff", "substitution.kdl", &format!("{name}.kdl")], &[]);
        assert!(!printed.contains("panicked"), "{name}: {printed}");
        if !refused.is_empty() {
            broken.insert(name.to_owned(), refused);
        }
    }
    let (refused, _) = watched(&case, &["explain", "runbook::check::unused"], &[]);
    if !refused.is_empty() {
        broken.insert("explain".to_owned(), refused);
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(case.path("bundle/pwned").symlink_metadata().is_err());
}

#[test]
fn a_process_a_socket_or_a_file_outside_would_be_seen() {
    let case = corpus_case();
    let trace = "7 execve(\"/bin/sh\", [\"sh\"], 0x1) = 0\n7 socket(AF_INET, SOCK_STREAM, 0) = 3\n7 openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = 3\n\
                 7 openat(5, \"../outside.kdl\", O_RDONLY) = 3\n7 vfork() = 8\n7 openat(AT_FDCWD, \"x.kdl\", O_RDONLY) = 3\n";
    let root = case.path("").canonicalize().unwrap();
    let harmless: Vec<_> = trace.lines().map(|line| is_harmless(line, &root.join("bundle"), &root)).collect();
    assert_eq!(harmless, [false, false, false, false, false, true]);
    // And a run of the same program is full of it.
    let case = case.file("bundle/good.kdl", &step("run touch done"));
    let state = case.path("../state");
    let environment = [("PATH", "/usr/bin:/bin"), ("KEY", "hunter2"), ("RUNBOOK_STATE", state.to_str().unwrap())];
    let (refused, printed) = watched(&case, &["exec", "--yes", "good.kdl"], &environment);
    assert!(refused.iter().any(|line| line.contains("touch")), "{printed}");
}

#[test]
fn a_check_says_the_same_whatever_the_environment_says() {
    let mut case = corpus_case();
    let others = [
        ("PATH", "/nowhere"),
        ("HOME", "/etc"),
        ("LANG", "tr_TR.ISO-8859-9"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("TZ", "Pacific/Kiritimati"),
        ("name", "another"),
        ("NAME", "another"),
        ("KEY", "hunter2"),
        ("RUNBOOK_STATE", "/etc"),
        ("XDG_STATE_HOME", "/etc"),
        ("TERM", "xterm-256color"),
        ("COLUMNS", "33"),
        ("FORCE_COLOR", "1"),
        ("CLICOLOR_FORCE", "1"),
        ("RUST_BACKTRACE", "full"),
        ("RUST_LOG", "trace"),
        ("USER", "root"),
    ];
    for (command, (name, _)) in
        LOOKING.iter().flat_map(|(command, _)| corpus().into_iter().map(move |one| (command, one)))
    {
        let form = if *command == "render" { " --to=html" } else { "" };
        let command = format!("{command}{form} bundle/{name}.kdl");
        let first = case.run(&command);
        let code = first.exit_code();
        let first = first.code(code);
        let said = (first.printed().to_owned(), first.complained().to_owned());
        let mut other = first.then();
        for (variable, value) in others {
            other = other.env(variable, value);
        }
        let second = other.run(&command).code(code);
        assert_eq!((second.printed(), second.complained()), (said.0.as_str(), said.1.as_str()), "{command}");
        case = corpus_case();
    }
}

#[test]
fn a_check_ends_soon_and_in_little_memory() {
    let mut case = corpus_case();
    for (command, (name, _)) in
        LOOKING.iter().flat_map(|(command, _)| corpus().into_iter().map(move |one| (command, one)))
    {
        let form = if *command == "render" { " --to=html" } else { "" };
        let command = format!("{command}{form} bundle/{name}.kdl");
        let ran = case.limits(256, 10).run(&command);
        let code = ran.exit_code();
        let checked = ran.code(code);
        assert!(matches!(code, 0 | 2 | 3), "{command} ended with {code}\n{}", checked.complained());
        case = checked.then();
        let ran = case.limits(256, 10).run(&format!("diff bundle/{name}.kdl bundle/substitution.kdl"));
        let code = ran.exit_code();
        let checked = ran.code(code);
        assert!(matches!(code, 0 | 3), "diff of {name} ended with {code}\n{}", checked.complained());
        case = checked.then();
    }
}

#[test]
fn values_in_values_are_refused_before_they_use_up_the_memory() {
    let doubled = lets_that_double();
    let text = format!(
        "runbook x \"X\"\nlet a0 \"xxxxxxxxxxxxxxxx\"\n{doubled}{}",
        phase("check c { run echo \"{{a59}}\"; }")
    );
    let checked = Case::new().with_state_dir("state").file("x.kdl", &text).limits(512, 10).run("exec x.kdl").code(2);
    assert!(checked.complained().contains("what is derived takes more than 256 KiB"), "{}", checked.complained());
}

#[test]
fn a_layout_is_not_read_from_what_never_ends() {
    let case = Case::new().fifo("pipe.kdl").link("zeros.kdl", "/dev/zero").limits(256, 10);
    let checked = case.run("fmt --check pipe.kdl zeros.kdl").code(3);
    assert_eq!(checked.complained().matches("it isn't a file").count(), 2, "{}", checked.complained());
}

/// What is shown has no character that a terminal obeys and no line that a build server does.
#[track_caller]
fn obeyed_by_nobody(checked: &Checked) {
    for text in [checked.printed(), checked.complained()] {
        for line in text.split('\n') {
            let obeyed = line.chars().find(|c| runbook::report::is_obeyed(*c));
            assert_eq!(obeyed, None, "a terminal obeys {line:?}");
            let start = line.trim_start();
            let named =
                start.strip_prefix("::").is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()));
            assert!(!named && !line.contains("##[") && !line.contains("##vso["), "a build server obeys {line:?}");
        }
    }
}

/// What terminals and build servers obey, as an author may write it.
const OBEYED: [&str; 8] = [
    "\\u{1b}]0;title\\u{7}\\u{1b}[2J",
    "\\u{202e}\\u{2066}",
    "\\n::error file=x::y",
    "##vso[task.setvariable variable=x]y",
    "##[error]x",
    "\\r::add-mask::x",
    "\\u{9b}31m\\u{200b}",
    "very-long-word-very-long-word-very-long-word-very-long-word-very-long-word-::set-env name=x::y",
];

#[test]
fn nothing_that_an_author_writes_is_obeyed_by_who_shows_it() {
    let evil = OBEYED.join(" ");
    let texts = [
        format!("runbook \"x{evil}\" \"{evil}\"\nfoo \"{evil}\"\n"),
        format!(
            "runbook x \"{evil}\" {{ owner \"{evil}\"; summary \"{evil}\"; }}\ninput \"{evil}\" {{ one-of \"{evil}\"; }}\nlet \"{evil}\" \"{{{{{evil}}}}}\"\n"
        ),
        runbook(&format!(
            "check \"{evil}\" \"{evil}\" {{ run \"{evil}\"; expect stdout \"{evil}\"=\"{evil}\"; expect \"{evil}\" is=1; }}"
        )),
        runbook(&format!(
            "step s \"{evil}\" {{ sh \"{evil}\"; \"{evil}\" 1; inverse \"{evil}\" {{ http \"{evil}\" \"{evil}\"; }}; }}"
        )),
        format!(
            "include \"{evil}\"\nfiles \"{evil}\"\n{}",
            runbook(&format!("step s \"S\" {{ write \"{evil}\" template=\"{evil}\"; cd \"{evil}\"; }}"))
        ),
        runbook(&format!(
            "check c {{ run x; expect stdout matches=\"({evil}\"; expect json \"$[{evil}\" is=1; capture \"{evil}\" stdout; budget \"{evil}\"; }}"
        )),
        runbook(
            "check c { run x \"{{name | nope\u{202e}}}\" ##\"##[error]x ::error::y\"##; }\u{1b}[2J // ::error::z\n::error::a\n##[b]\n",
        ),
    ];
    for text in texts {
        let mut case = Case::new().file("x.kdl", &text);
        for format in ["human", "plain", "json"] {
            let ran = case.run(&format!("check --format {format} x.kdl"));
            let code = ran.exit_code();
            let checked = ran.code(code);
            obeyed_by_nobody(&checked);
            assert!(code != 0 || format == "json", "{text} is accepted");
            case = checked.then();
        }
    }
}

#[test]
fn nothing_that_a_plan_shows_is_obeyed() {
    let evil = OBEYED.join(" ");
    let text = format!(
        "runbook x \"{evil}\" {{ owner \"{evil}\"; summary \"{evil}\"; lock \"{evil}\"; }}\ninput name \"{evil}\"\n{}",
        phase(&format!(
            "step s \"{evil} {{{{name}}}}\" {{ sh #\"printf '{evil}'\"#; inverse \"{evil}\" loses=\"{evil}\" {{ run \"a{evil}\" \"{evil}\"; }}; }}
            manual m \"{evil}\" by=\"{evil}\"
            step t \"{evil}\" {{ run x; when name is=\"{evil}x\"; irreversible because=\"{evil}\"; }}"
        ))
    );
    for format in ["human", "markdown", "json"] {
        let planned = Case::new().file("x.kdl", &text).run(&format!("plan --format {format} x.kdl")).code(0).stderr("");
        obeyed_by_nobody(&planned);
    }
}

#[test]
fn nothing_in_the_name_of_a_file_is_obeyed() {
    for name in [
        "\u{1b}[2J.kdl",
        "\u{202e}ldk.kdl",
        "::error::x.kdl",
        "##[error].kdl",
        "a\n::error::b.kdl",
        "--\u{1b}[2J",
        "-\n::error::x",
    ] {
        let mut case = Case::new().with_state_dir("state").file(name, "runbook x {\nfoo");
        for command in [
            ["check", "--format", "human"],
            ["check", "--format", "plain"],
            ["check", "--format", "json"],
            ["plan", "--format", "markdown"],
            ["exec", "--format", "plain"],
        ] {
            let arguments = [&command[..], &[name]].concat();
            let ran = case.run_with(&arguments);
            let code = ran.exit_code();
            let checked = ran.code(code);
            obeyed_by_nobody(&checked);
            assert!(matches!(code, 2 | 3 | 5), "{name:?}: {code}");
            case = checked.then();
        }
        let ran = case.run_with(&["diff", name, name]);
        let code = ran.exit_code();
        let checked = ran.code(code);
        obeyed_by_nobody(&checked);
        assert!(matches!(code, 2 | 3), "{name:?}: {code}");
        case = checked.then();
        for command in [["resume"], ["show"], ["logs"], ["explain"]] {
            let ran = case.run_with(&[command[0], name]);
            let code = ran.exit_code();
            let checked = ran.code(code);
            obeyed_by_nobody(&checked);
            case = checked.then();
        }
    }
}

#[test]
fn nothing_that_a_step_prints_or_a_title_says_is_obeyed_while_it_runs_or_later() {
    let evil = OBEYED.join(" ");
    let printed = "\\033]0;title\\007\\033[2J\\n::error file=x::y\\n##vso[task.complete]z\\r::warning::x\\n\\342\\200\\256bidi\\302\\233m\\n##[group]\\n";
    let nodes = format!(
        "runbook x \"{evil}\" {{ owner \"{evil}\"; impact high; rollback-by \"{evil}\"; }}\ninput name \"{evil}\"\n{}",
        phase(&format!(
            "check c \"{evil} {{{{name}}}}\" {{ sh #\"printf '{printed}'; printf '{printed}' >&2\"#; expect stdout contains=\"{evil}\"; on-failure warn; }}
            step s \"{evil}\" {{ sh #\"printf '{printed}'\"#; capture taken stdout; inverse \"{evil}\" loses=\"{evil}\" {{ sh #\"printf '{printed}' >&2; exit 1\"#; }}; }}
            step t \"{evil} {{{{taken}}}}\" {{ run \"no-{evil}\" \"{evil}\"; inverse {{ sh \"true\"; }}; diagnose {{ sh #\"printf '{printed}'\"#; }}; }}"
        ))
    );
    for format in ["plain", "json"] {
        let mut case = Case::new().with_state_dir("state").file("x.kdl", &nodes);
        for command in [
            &*format!("exec --format {format} x.kdl"),
            "show",
            "status",
            "runs",
            "logs",
            "rollback --yes --format plain",
        ] {
            let ran = case.run(command);
            let code = ran.exit_code();
            let checked = ran.code(code);
            obeyed_by_nobody(&checked);
            assert!(!checked.printed().is_empty(), "{command} says nothing: {}", checked.complained());
            case = checked.then();
        }
    }
}
