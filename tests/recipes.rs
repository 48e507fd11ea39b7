//! The recipes of `docs/ci/` for build servers: they are YAML of the right shape, and their scripts are
//! run here as a runner would run them, in a repository with a change, with stand-ins for what only the
//! server has (`gh`, the right to install packages) and for `cargo`, which would build for minutes what the
//! tests have built already. Invariant: no script of a recipe is passed over in silence.

#![expect(clippy::unwrap_used, reason = "a test stops where it can't go on")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const SOUND: &str =
    "runbook shop \"Shop\"\n\nphase main \"Main\" {\n    check up \"It answers\" {\n        run uptime\n    }\n}\n";

/// What the comment of before is answered with, and every call, noted.
const GH: &str =
    "#!/bin/sh\nprintf '%s\\n' \"$*\" >> \"$CALLS\"\ncase \"$*\" in *--paginate*) cat \"$COMMENT_OF_BEFORE\" ;; esac\n";

/// Takes note of what it is asked, and installs this build.
const CARGO: &str = r#"#!/bin/sh
printf 'cargo %s in %s\n' "$*" "${PWD##*/}" >> "$CALLS"
while [ "$1" != --root ]; do shift; done
mkdir -p "$2/bin"
ln -s "$BUILT" "$2/bin/runbook"
"#;
/// The commit of this repository that the clone has as a submodule.
const COMMIT: &str = "0123456789012345678901234567890123456789";

/// A clone with a change of a runbook, and a PATH of its own.
struct World {
    root: TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self { root: TempDir::new().unwrap() };
        fs::create_dir_all(world.path("bin")).unwrap();
        fs::create_dir_all(world.path("repository/releases/parts")).unwrap();
        world.program("gh", GH);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_runbook"), world.path("bin/runbook")).unwrap();
        world.write("repository/releases/shop.kdl", SOUND);
        world.write("repository/releases/parts/common.kdl", "let common \"1\"\n");
        world.write("comment-of-before", "");
        world.git("init --quiet");
        fs::create_dir_all(world.path("repository/tools/runbook")).unwrap();
        world.git("add .");
        world.git(&format!("update-index --add --cacheinfo 160000,{COMMIT},tools/runbook"));
        world.git("commit --quiet -m before");
        world.git("tag base");
        world.write(
            "repository/releases/shop.kdl",
            &SOUND.replace("run uptime", "run uptime\n        expect exit is=0"),
        );
        world.write("repository/releases/new.kdl", &SOUND.replace("runbook shop", "runbook another"));
        world.git("add .");
        world.git("commit --quiet -m after");
        world
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).unwrap();
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    }

    fn git(&self, arguments: &str) {
        let status = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"])
            .args(arguments.split(' '))
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")])
            .current_dir(self.path("repository"))
            .status();
        assert!(status.unwrap().success(), "{arguments}");
    }

    /// Runs a script as the runner does: `bash -e` with pipefail.
    fn run(&self, script: &str, environment: &[(&str, &str)]) -> Output {
        Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(self.path("repository"))
            .env_clear()
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", self.path("bin").display()))
            .env("HOME", self.root.path())
            .env("LC_ALL", "C.UTF-8")
            .env("CALLS", self.path("calls"))
            .env("BUILT", env!("CARGO_BIN_EXE_runbook"))
            .env("COMMENT_OF_BEFORE", self.path("comment-of-before"))
            .envs(environment.iter().copied())
            .output()
            .unwrap()
    }

    #[track_caller]
    fn succeeds(&self, script: &str, environment: &[(&str, &str)]) -> String {
        let output = self.run(script, environment);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{script}\n{said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_default()
    }
}

/// A recipe as JSON, read by a real reader of YAML.
fn recipe(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci").join(name);
    let script = "import json, sys, yaml; json.dump(yaml.load(open(sys.argv[1]), Loader=yaml.BaseLoader), sys.stdout)";
    let output = Command::new("python3").args(["-c", script]).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The script of a step of GitHub's recipe.
fn step(job: &str, name: &str) -> String {
    let recipe = recipe("github.yml");
    let steps = recipe["jobs"][job]["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("{job} has no step {name}"));
    let script = step["run"].as_str().unwrap().to_owned();
    // What a pull request may choose (its title, its branch) never becomes text of a script.
    assert!(!script.contains("${{"), "{script}");
    script
}

fn lines(script: &Value) -> Vec<String> {
    script.as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

/// Whether this program has a command.
fn has_command(name: &str) -> bool {
    Command::new(env!("CARGO_BIN_EXE_runbook")).args([name, "--help"]).output().unwrap().status.success()
}

#[test]
fn the_recipe_for_github_gives_each_job_no_more_than_it_needs() {
    let recipe = recipe("github.yml");
    assert!(recipe["on"].get("pull_request").is_some() && recipe["on"].get("pull_request_target").is_none());
    assert_eq!(recipe["permissions"], serde_json::json!({ "contents": "read" }));
    assert_eq!(recipe["jobs"]["check"]["permissions"]["security-events"], "write");
    assert_eq!(recipe["jobs"]["review"]["permissions"]["pull-requests"], "write");
    // All that is run there, and below; only how this program is installed differs from place to place.
    let scripts =
        [("check", ["Install", "Layout", "Check", "SARIF"].as_slice()), ("review", &["Install", "Write", "Comment"])];
    // What is installed is what is kept, and it is built anew when the submodule has moved.
    for job in ["check", "review"] {
        let keep = recipe["jobs"][job]["steps"].as_array().unwrap().iter().find(|step| step["name"] == "Keep");
        let keep = &keep.unwrap()["with"];
        assert_eq!(keep["path"], "~/.runbook");
        assert!(keep["key"].as_str().unwrap().contains("hashFiles('tools/runbook/**')"), "{keep}");
    }
    for (job, expected) in scripts {
        let steps = recipe["jobs"][job]["steps"].as_array().unwrap();
        let run: Vec<_> = steps.iter().filter(|step| step.get("run").is_some()).map(|step| &step["name"]).collect();
        assert_eq!(run, expected);
        for step in steps {
            assert!(step.get("uses").is_some() != step.get("run").is_some(), "{step}");
            if step["uses"].as_str().is_some_and(|action| action.starts_with("actions/checkout@")) {
                assert_eq!(step["with"]["fetch-depth"], "0", "a shallow clone has no tags");
                assert_eq!(step["with"]["submodules"], "true", "there would be nothing to install");
            }
        }
    }
}

/// A world in which nothing is installed yet.
fn bare() -> World {
    let world = World::new();
    fs::remove_file(world.path("bin/runbook")).unwrap();
    world.program("cargo", CARGO);
    for name in ["sudo", "apt-get"] {
        world.program(name, &format!("#!/bin/sh\necho {name} \"$@\" >> \"$CALLS\"\n"));
    }
    world
}

#[test]
fn the_recipes_install_what_the_readme_says_and_keep_it() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, block) = readme.split_once("<!-- install -->\n```sh\n").unwrap();
    let (command, _) = block.split_once("\n```").unwrap();
    for job in ["check", "review"] {
        let world = bare();
        let path = world.path("github-path");
        let environment = [("GITHUB_PATH", path.to_str().unwrap())];
        world.succeeds(&step(job, "Install"), &environment);
        let installed = PathBuf::from(world.read("github-path").trim_end()).join("runbook");
        assert_eq!(installed, world.path(".runbook/bin/runbook"));
        assert!(Command::new(&installed).arg("--version").output().unwrap().status.success());
        let root = world.path(".runbook");
        let built = format!("{command} --root {} in runbook\n", root.display());
        assert!(world.read("calls").ends_with(&built), "{}", world.read("calls"));
        world.succeeds(&step(job, "Install"), &environment);
        assert_eq!(world.read("calls").matches("cargo install").count(), 1, "it was kept");
    }
    let world = bare();
    let home = world.path("cargo");
    fs::create_dir_all(home.join("bin")).unwrap();
    let environment = [("CARGO_HOME", home.to_str().unwrap())];
    let job = &recipe("gitlab.yml")["runbooks"];
    assert_eq!(job["variables"]["GIT_SUBMODULE_STRATEGY"], "normal");
    assert_eq!(job["cache"]["paths"], serde_json::json!([".runbook/"]));
    let script = lines(&job["before_script"]).join("\n");
    world.succeeds(&script, &environment);
    assert!(Command::new(home.join("bin/runbook")).arg("--version").output().unwrap().status.success());
    let root = world.path("repository/.runbook").join(COMMIT);
    assert!(world.read("calls").ends_with(&format!("{command} --root {} in runbook\n", root.display())));
    world.succeeds(&script, &environment);
    assert_eq!(world.read("calls").matches("cargo install").count(), 1, "it was kept");
    world.git("update-index --add --cacheinfo 160000,9876543210987654321098765432109876543210,tools/runbook");
    world.git("commit --quiet -m moved");
    world.succeeds(&script, &environment);
    assert_eq!(world.read("calls").matches("cargo install").count(), 2, "the submodule has moved");
    assert!(!root.exists(), "nothing piles up");
}

#[test]
fn this_repository_can_be_installed_as_the_readme_says() {
    // What `cargo install --locked --path .` needs before it builds: a lock file that is up to date, and
    // one program, with this name.
    let cargo = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    cargo(&["pkgid", "--locked", "--offline"]);
    let metadata = cargo(&["metadata", "--locked", "--offline", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_slice(&metadata).unwrap();
    let targets = metadata["packages"][0]["targets"].as_array().unwrap();
    let programs: Vec<_> = targets.iter().filter(|target| target["kind"][0] == "bin").map(|it| &it["name"]).collect();
    assert_eq!(programs, ["runbook"]);
}

#[test]
fn the_check_of_the_recipe_passes_a_sound_change_and_stops_a_bad_one() {
    let world = World::new();
    world.succeeds(&step("check", "Layout"), &[]);
    let said = world.succeeds(&step("check", "Check"), &[]);
    assert!(said.ends_with("2 runbooks: no warnings; 1 other .kdl file isn't one\n"), "{said}");
    world.write("repository/releases/new.kdl", &SOUND.replace("run uptime", "run \"git pull\""));
    let refused = world.run(&step("check", "Check"), &[]);
    assert_eq!(refused.status.code(), Some(3));
    let said = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(said.contains("::error file=releases/new.kdl,line=5,"), "{said}");
    world.write("repository/releases/new.kdl", &SOUND.replace("    run", "run"));
    assert!(!world.run(&step("check", "Layout"), &[]).status.success());
}

#[test]
fn the_log_for_code_scanning_is_written_also_where_the_check_fails() {
    let world = World::new();
    world.write("repository/releases/new.kdl", "runbook x \"X\"\nphase main { chek y; }\n");
    world.succeeds(&step("check", "SARIF"), &[]);
    let log: Value = serde_json::from_str(&world.read("repository/runbook.sarif")).unwrap();
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "runbook::syntax::unknown_node");
    assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "releases/new.kdl");
    let recipe = recipe("github.yml");
    let uploads = recipe["jobs"]["check"]["steps"].as_array().unwrap().iter().filter(|step| step["if"] == "always()");
    assert_eq!(uploads.count(), 2);
}

#[test]
fn the_comment_is_written_once_and_edited_from_then_on() {
    let world = World::new();
    world.write("repository/comment.md", "<!-- runbook -->\nhello\n");
    let environment = [("COMMENTS", "repos/o/r/issues/7/comments"), ("EDITED", "repos/o/r/issues/comments")];
    world.succeeds(&step("review", "Comment"), &environment);
    assert!(world.read("calls").ends_with("api --method POST repos/o/r/issues/7/comments --field body=@comment.md\n"));
    world.write("comment-of-before", "4711\n4712\n");
    world.succeeds(&step("review", "Comment"), &environment);
    assert!(
        world.read("calls").ends_with("api --method PATCH repos/o/r/issues/comments/4711 --field body=@comment.md\n")
    );
}

#[test]
fn the_comment_has_the_difference_and_the_whole_of_each_changed_runbook() {
    let world = World::new();
    let script = step("review", "Write");
    if !(has_command("diff") && has_command("render")) {
        // What the recipe gives them is all that can be seen.
        fs::remove_file(world.path("bin/runbook")).unwrap();
        world.program("runbook", "#!/bin/sh\necho \"$*\"\n");
    }
    world.succeeds(&script, &[("BASE", "base")]);
    let comment = world.read("repository/comment.md");
    assert!(comment.starts_with("<!-- runbook -->\n"), "{comment}");
    assert_eq!(comment.matches("## `releases/").count(), 2, "{comment}");
    assert_eq!(comment.matches("<summary>The whole runbook</summary>").count(), 2, "{comment}");
    assert!(!comment.contains("parts/common.kdl"), "{comment}");
}

#[test]
fn the_recipe_for_gitlab_stops_a_bad_change_and_reports_it() {
    let job = &recipe("gitlab.yml")["runbooks"];
    assert_eq!(job["artifacts"]["when"], "always");
    assert_eq!(job["variables"]["GIT_DEPTH"], "0");
    let world = World::new();
    let script = lines(&job["script"]).join("\n");
    world.succeeds(&script, &[]);
    world.write("repository/releases/new.kdl", "runbook x \"X\"\n\nphase main {\n    chek y\n}\n");
    assert_eq!(world.run(&script, &[]).status.code(), Some(3));
    let report = lines(&job["after_script"]).first().unwrap().clone();
    world.succeeds(&report, &[]);
    assert_eq!(job["artifacts"]["reports"]["junit"], "runbook.xml");
    let xml = world.read("repository/runbook.xml");
    assert!(xml.contains("<testsuite name=\"releases/new.kdl\" tests=\"1\" failures=\"1\""), "{xml}");
}

#[test]
fn the_pages_of_gitlab_are_rendered_for_each_changed_runbook() {
    let job = &recipe("gitlab.yml")["runbooks"];
    let world = World::new();
    if !has_command("render") {
        fs::remove_file(world.path("bin/runbook")).unwrap();
        world.program("runbook", "#!/bin/sh\necho \"$*\"\n");
    }
    let script = lines(&job["after_script"])[1..].join("\n");
    world.succeeds(&script, &[("CI_MERGE_REQUEST_DIFF_BASE_SHA", "base")]);
    for page in ["releases-shop.html", "releases-new.html"] {
        assert!(!world.read(&format!("repository/rendered/{page}")).is_empty(), "{page}");
    }
    assert!(!world.path("repository/rendered/releases-parts-common.html").exists());
}
