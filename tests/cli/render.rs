//! `runbook render`: what a reader of the document finds, in both forms; when a rendered file is stale;
//! and that nothing in a runbook changes the page that it stands on.

use crate::case::Case;

/// Everything that a document has a place for.
const SHOP: &str = r##"
runbook shop "Shop {{version}}" {
    release "{{version}}" type=minor
    summary "Searching by *colour*"
    owner "shop-ops"
    impact low
    window "2026-06-10T08:00Z" "2026-06-10T10:00Z"
    budget "20m" downtime="2m"
    lock "shop"
    rollback-by "The duty manager"
}
input version matches=#"\d+\.\d+"#
secret token env="TOKEN"
phase prepare "Prepare" {
    manual told "Support knows that it begins" by="the tech lead"
    check room "There is room" {
        disk "/opt/shop"
        expect free above="2GB"
    }
    checkpoint healthy "It is well" {
        check answers "It answers" {
            http GET "http://127.0.0.1/health"
            expect json "$.status" is=healthy
        }
        preserve commit "The commit" { run git rev-parse HEAD; }
    }
}
phase release "Release" {
    step stop "Stop it" {
        service stop "shop.service"
        budget "1m" estimate="5s"
    }
    on-rollback cache "Warm the cache again" { run warm "v{{version}}"; }
    step checkout "Check it out" {
        why "Tags never move"
        sh #"git checkout "v$version""#
        budget "1m" estimate="3s"
        inverse "Back to the commit of before" loses="what was committed since" {
            sh #"git checkout "$commit""#
        }
    }
    step settings "Switch it on" {
        replace "/etc/shop.conf" matches=#"off|no"# with="on"
    }
    step start "Start it" { service start "shop.service"; }
    step tell "Tell the customers" {
        http POST "http://127.0.0.1/tell" { header Authorization "Bearer {{secret.token}}"; }
        irreversible because="A message that was read can't be taken back"
    }
    step label "Put a label on it" {
        run label "{{commit}}"
        inverse none because="A label does no harm"
    }
    wait "5m"
}
"##;

#[test]
fn a_runbook_reads_as_the_document_that_people_write_by_hand() {
    let case = Case::new().file("shop.kdl", SHOP);
    case.run("render shop.kdl --to markdown --set version=2.4")
        .code(0)
        .stderr("")
        .stdout_golden("render_shop")
        .then()
        .run("render shop.kdl --to html --set version=2.4")
        .code(0)
        .stderr("")
        .stdout_golden("render_shop_html");
}

#[test]
fn an_input_without_a_value_reads_as_its_name_wherever_it_stands() {
    let checked = Case::new().file("shop.kdl", SHOP).run("render shop.kdl --to markdown").code(0);
    for line in [
        "# Shop «version»",
        "| **Release** | **«version»**, minor |",
        "| `version` | to be given | matches `\\d+\\.\\d+` |",
        "- **Known later:** `«version»` is given at the start: `--set version=…`",
    ] {
        assert!(checked.printed().lines().any(|other| other == line), "no {line} in\n{}", checked.printed());
    }
    assert!(checked.printed().contains("env version=«version» sh -eu -c"));
    checked.then().run("render shop.kdl --to markdown --set version=next").code(2);
}

#[test]
fn every_place_that_is_linked_is_there() {
    let case = Case::new().file("shop.kdl", SHOP);
    let markdown = case.run("render shop.kdl --to markdown --set version=2.4").code(0);
    let headings: Vec<_> = markdown.printed().lines().filter_map(|line| line.strip_prefix('#')).collect();
    let slug = |heading: &str| -> String {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        kept.chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .collect::<String>()
            .replace(' ', "-")
    };
    let anchors: Vec<_> = headings.into_iter().map(slug).collect();
    let links: Vec<_> = markdown.printed().split("](#").skip(1).filter_map(|rest| rest.split_once(')')).collect();
    assert!(links.len() > 10, "{links:?}");
    for (target, _) in links {
        assert!(anchors.iter().any(|anchor| anchor == target), "{target} is no heading");
    }
}

#[test]
fn a_file_that_is_not_what_would_be_written_is_stale_and_the_command_that_rewrites_it_is_said() {
    let case = Case::new().file("shop.kdl", SHOP);
    let set = "--set version=2.4";
    case.run(&format!("render shop.kdl --to markdown {set} --out shop.md"))
        .code(0)
        .stdout("")
        .stderr("")
        .left("", "shop.kdl\nshop.md\n")
        .then()
        .run(&format!("render shop.kdl --to markdown {set} --check shop.md"))
        .code(0)
        .stdout("")
        .stderr("")
        .then()
        .file("shop.kdl", &SHOP.replace("Tags never move", "Tags may move"))
        .run(&format!("render shop.kdl --to markdown {set} --check shop.md"))
        .code(3)
        .stdout_line("-> Tags never move")
        .stdout_line("+> Tags may move")
        .stderr(
            "error: shop.md is stale: it isn't what shop.kdl says\n  help: runbook render shop.kdl --to markdown --set version=2.4 --out shop.md\n",
        )
        .then()
        .run("render shop.kdl --to html --check shop.html")
        .code(3)
        .stderr(
            "error: shop.html can't be read: No such file or directory (os error 2)\n  help: runbook render shop.kdl --to html --out shop.html\n",
        )
        .left("", "shop.kdl\nshop.md\n");
}

#[test]
fn a_rejected_runbook_is_not_rendered_and_what_was_there_stays() {
    Case::new()
        .file("shop.kdl", &SHOP.replace("http GET", "http PUT"))
        .file("shop.md", "as before\n")
        .run("render shop.kdl --to markdown --out shop.md")
        .code(3)
        .stdout("")
        .content("shop.md", "as before\n");
}

/// The documents beside the runbooks of this project: `RUNBOOK_GOLDEN=rewrite` rewrites them.
#[test]
fn the_documents_of_this_project_are_what_its_runbooks_say() {
    let root = env!("CARGO_MANIFEST_DIR");
    let wish = std::env::var_os("RUNBOOK_GOLDEN").is_some_and(|wish| wish == "rewrite");
    let how = if wish { "--out" } else { "--check" };
    for name in ["bmtc-api/bmtc-api-0.3.0", "demo/release"] {
        for (form, extension) in [("markdown", "md"), ("html", "html")] {
            let path = format!("{root}/runbooks/{name}");
            Case::new().run(&format!("render {path}.kdl --to {form} {how} {path}.{extension}")).code(0).stderr("");
        }
    }
}

#[test]
fn a_document_has_no_trailing_blanks_and_is_the_same_from_every_folder() {
    let case = Case::new().file("sub/shop.kdl", SHOP);
    let first = case.run("render sub/shop.kdl --to markdown").code(0);
    for line in first.printed().split('\n') {
        assert_eq!(line.trim_end(), line);
    }
    assert!(first.printed().ends_with(".\n") && !first.printed().contains('\r'));
    let said = first.printed().to_owned();
    let again = first.then().run("render ./sub/../sub/shop.kdl --to markdown").code(0);
    assert_eq!(again.printed(), said);
}

/// What would be markup, a mention, a link or a formula, each beside a word that is looked for.
const MARKUP: &str = "<img src=x onerror=alert(1)> </code></pre></script> `tick` ``` *star* [a](http://evil) @octocat #12 |cell| $x$ &amp; https://evil.example";

#[test]
fn nothing_that_a_runbook_says_is_markup() {
    let quoted = format!("#\"{MARKUP}\"#");
    let text = format!(
        "runbook x {quoted} {{ owner {quoted}; summary {quoted}; lock {quoted}; rollback-by {quoted}; }}
input name {quoted} help={quoted}
phase only {quoted} {{
    why {quoted}
    manual m {quoted} by={quoted}
    check c {quoted} {{ run x {quoted}; expect stdout contains={quoted}; why {quoted}; }}
    step s {quoted} {{ sh {quoted}; inverse {quoted} loses={quoted} {{ run y {quoted}; }}; }}
    step t {quoted} {{ manual {quoted}; irreversible because={quoted}; }}
}}
"
    );
    let case = Case::new().file("x.kdl", &text);
    let html = case.run("render x.kdl --to html").code(0);
    let page = html.printed();
    assert!(!page.contains("<img") && !page.contains("</code></pre></script>"), "{page}");
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("onerror=alert").count(), page.matches("&lt;img src=x onerror=alert").count());
    let markdown = html.then().run("render x.kdl --to markdown").code(0);
    // Of a link nothing but its words is looked at: its target is a heading of the document.
    let mut fence: Option<String> = None;
    for line in markdown.printed().lines() {
        let run: String = line.trim_start().chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if run == *open && line.trim() == run => fence = None,
            Some(_) => {}
            None if run.len() >= 3 && !line.trim_start()[run.len()..].contains('`') => fence = Some(run),
            None => {
                let text = without_targets(&without_code(line));
                for markup in
                    ["<img", "<script", "](http", "@octocat", "#12", "https://evil", "*star*", "$x$", "|cell|"]
                {
                    assert!(!text.contains(markup), "{markup} is left in {line}");
                }
            }
        }
    }
    assert_eq!(fence, None, "a fence is never closed");
}

/// A line of markdown without what its links lead to.
fn without_targets(line: &str) -> String {
    let mut parts = line.split("](#");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.filter_map(|part| part.split_once(')')).fold(first, |text, (_, rest)| text + rest)
}

/// A line of markdown without its code spans.
fn without_code(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        let (before, behind) = rest.split_at(at);
        text.push_str(before);
        if before.ends_with('\\') {
            rest = &behind[1..];
            continue;
        }
        let run: String = behind.chars().take_while(|c| *c == '`').collect();
        let inside = &behind[run.len()..];
        let closes = (0..inside.len()).find(|at| {
            inside[*at..].starts_with(&run)
                && !inside[..*at].ends_with('`')
                && !inside[*at + run.len()..].starts_with('`')
        });
        rest = closes.map_or(inside, |at| &inside[at + run.len()..]);
    }
    text.push_str(rest);
    // What stands behind a backslash stands for itself.
    let mut shown = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        shown.extend(if c == '\\' { characters.next().map(|_| ' ') } else { Some(c) });
    }
    shown
}

#[test]
fn a_request_by_hand_sends_what_the_engine_sends() {
    let step = |id: &str, body: &str| {
        format!("step {id} {{ http POST \"http://127.0.0.1/\" {{ {body}; }}; inverse none because=\"x\"; }}\n")
    };
    let steps = [
        step("json", "json name=\"O\\\"Neill\" count=3 urgent=#true none=#null"),
        step("text", "body \"@a\" type=\"text/csv\""),
        step("file", "body file=\"ride.json\""),
        step("form", "form name=\"a b\""),
    ];
    let text = format!("runbook x \"X\"\nphase only \"Only\" {{\n{}}}\n", steps.concat());
    let checked = Case::new().file("x.kdl", &text).run("render x.kdl --to markdown").code(0);
    for line in [
        r#"curl -X POST http://127.0.0.1/ --json '{"name": "O\"Neill", "count": 3, "urgent": true, "none": null}'"#,
        "curl -X POST http://127.0.0.1/ -H 'Content-Type: text/csv' --data-raw @a",
        "curl -X POST http://127.0.0.1/ -H 'Content-Type: application/octet-stream' --data-binary @ride.json",
        "curl -X POST http://127.0.0.1/ --data-urlencode 'name=a b'",
    ] {
        assert!(checked.printed().lines().any(|other| other == line), "no {line} in\n{}", checked.printed());
    }
}

#[test]
fn hundreds_of_steps_are_rendered_in_bounded_time_and_memory_and_none_is_left_out() {
    let steps: Vec<_> = (0..400)
        .map(|n| {
            format!("step s{n} \"Step {n}\" {{ run touch \"{n}\"; budget \"1m\" estimate=\"1s\"; inverse {{ run rm -f \"{n}\"; }}; }}\n")
        })
        .collect();
    let steps = steps.concat();
    let case = Case::new().file("many.kdl", &format!("runbook many \"Many\"\nphase all \"All\" {{\n{steps}}}\n"));
    let html = case.limits(512, 10).run("render many.kdl --to html").code(0);
    assert_eq!(html.printed().matches("<article class=\"card step\"").count(), 400);
    assert_eq!(html.printed().matches("<article class=\"card undo\"").count(), 400);
    let markdown = html.then().run("render many.kdl --to markdown").code(0);
    assert_eq!(markdown.printed().matches("\n#### R").count(), 400);
}
