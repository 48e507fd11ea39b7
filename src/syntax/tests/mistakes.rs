//! Texts that people get wrong: each mistake is one finding, on its span, with what to write instead.

use super::{mistakes, read, tree};
use crate::syntax::codes;

/// What is written, the end of its code, the text under its span, and a part of its help.
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    ("expect empty=true", "bare_keyword", "true", "#true"),
    ("run true", "bare_keyword", "true", "\"true\""),
    ("expect duration is=-inf", "bare_keyword", "-inf", "#-inf"),
    ("budget 5s", "number_with_letters", "5s", "\"5s\""),
    ("release 0.3.0", "number_with_letters", "0.3.0", "\"0.3.0\""),
    ("window 2026-06-10T08:00Z", "number_with_letters", "2026-06-10T08:00Z", "\"2026-06-10T08:00Z\""),
    ("retry delay=.5", "number_with_letters", ".5", "\".5\""),
    ("retry 0x_1", "number_with_letters", "0x_1", "\"0x_1\""),
    (
        "retry 999999999999999999999999999999999999999999",
        "number_too_long",
        "999999999999999999999999999999999999999999",
        "\"999",
    ),
    ("expect stdout matches=r#\"\\d+\"#", "kdl1_raw", "r#\"\\d+\"#", "drop the r: #\"\\d+\"#"),
    ("expect stdout matches=r\"\\d+\"", "kdl1_raw", "r\"\\d+\"", "drop the r: #\"\\d+\"#"),
    ("one-of [a, 'b c', \"d\"]", "list", "[a, 'b c', \"d\"]", "a \"b c\" \"d\""),
    ("one-of [", "bare_text", "[", "\"[\""),
    ("one-of a, b, c", "comma", ",", "remove it"),
    ("one-of \"a\", \"b\"", "comma", ",", "remove it"),
    ("one-of \"a\",\"b\"", "comma", ",", "remove it"),
    ("one-of 1, 2", "comma", ",", "remove it"),
    ("# a comment {", "shell_comment", "# a comment {", "// a comment {"),
    ("run a # because", "shell_comment", "# because", "// because"),
    ("#comment", "shell_comment", "#comment", "// comment"),
    ("#!/usr/bin/env runbook", "shell_comment", "#!/usr/bin/env runbook", "//"),
    ("expect empty=#yes", "unknown_keyword", "#yes", "#true"),
    ("expect empty=#True", "unknown_keyword", "#True", "#true"),
    ("run a #42", "unknown_keyword", "#42", "\"#42\""),
    ("cd /opt/x", "bare_text", "/opt/x", "\"/opt/x\""),
    ("cd /", "bare_text", "/", "\"/\""),
    ("copy dist/app.tar to=app", "bare_text", "dist/app.tar", "\"dist/app.tar\""),
    ("copy app to=/srv/app.tar", "bare_text", "/srv/app.tar", "\"/srv/app.tar\""),
    ("run ./a.sh; run b", "bare_text", "./a.sh", "\"./a.sh\""),
    ("applied { run ./a.sh}", "bare_text", "./a.sh", "\"./a.sh\""),
    ("cd opt/-x", "bare_text", "opt/-x", "\"opt/-x\""),
    ("files scripts/**", "bare_text", "scripts/**", "\"scripts/**\""),
    ("http GET https://example.org/a?b=c&d=e", "bare_text", "https://example.org/a?b=c&d=e", "\"https://"),
    ("http GET https://example.org", "bare_text", "https://example.org", "\"https://example.org\""),
    ("cd C:\\data", "bare_text", "C:\\data", "#\"C:\\data\"#"),
    ("cd {{root}}/opt", "bare_text", "{{root}}/opt", "\"{{root}}/opt\""),
    ("run a v{{version | trim}}", "bare_text", "v{{version | trim}}", "\"v{{version | trim}}\""),
    ("run a {{version}}", "bare_text", "{{version}}", "\"{{version}}\""),
    ("run echo $(date +%s)", "bare_text", "$(date +%s)", "\"$(date +%s)\""),
    ("run echo ${HOME}/x", "bare_text", "${HOME}/x", "\"${HOME}/x\""),
    ("run a b]", "bare_text", "b]", "\"b]\""),
    ("run a b) c", "bare_text", "b)", "\"b)\""),
    ("summary 'a b'", "foreign_quotes", "'a b'", "\"a b\""),
    ("summary “a rider’s view”", "foreign_quotes", "“a rider’s view”", "\"a rider’s view\""),
    ("step a “b {\n run c\n}", "foreign_quotes", "“b", "\"b\""),
    ("port (u16)80", "type_annotation", "(u16)", "remove it"),
    ("set port=(u16)80", "type_annotation", "(u16)", "remove it"),
    ("(step)run a", "type_annotation", "(step)", "remove it"),
    ("why (see below)", "type_annotation", "(see below)", "remove it"),
    ("why \"a", "unclosed_quote", "\"", "same quotes"),
    ("step a \"b {\n run c\n}", "unclosed_quote", "\"", "same quotes"),
    ("applied { run \"a; }", "unclosed_quote", "\"", "same quotes"),
    ("run \"a\"# b", "hash_behind_quote", "#", "both sides"),
    ("expect stdout matches=\"\\d+\"#", "bad_escape", "\\d", "#\"\\d+\"#"),
    ("expect json $.a\" is=\"{{b}}\"", "unclosed_quote", "\"", "each text"),
    (
        "  sh #\"\"\"\n    a, b {\n    \"\"#\n  sh #\"\"\"\n      a\n      \"\"\"#\n",
        "unclosed_quote",
        "#\"\"\"",
        "same quotes",
    ),
    ("budget 5m\" estimate=\"1s\"", "unclosed_quote", "\"", "each text"),
    ("budget \"5m estimate=\"1s\"", "unclosed_quote", "\"", "each text"),
    ("run sql \"SELECT count(*)\" a \"b c, d('e')", "unclosed_quote", "\"", "same quotes"),
    ("  why \"\"\n    a, b {\n    \"\"\"\n", "unclosed_quote", "\"\"", "\"\"\""),
    ("  sh \"\"\"\n    a, b {\n    \"\"\n  sh \"\"\"\n    a\n    \"\"\"\n", "unclosed_quote", "\"\"\"", "same quotes"),
    ("  / a comment, slightly wrong", "shell_comment", "/ a comment, slightly wrong", "// a comment"),
    ("expect stdout matches=#\\d+\"#", "unknown_keyword", "#\\d+\"#", "#\"\\d+\"#"),
    ("why #\"a", "unclosed_quote", "#\"", "same quotes"),
    ("sh \"\"\"\n    a {\n    b \"\n", "unclosed_quote", "\"\"\"", "same quotes"),
    ("sh #\"\"\"\n    a {\n    b \"\n    ", "unclosed_quote", "#\"\"\"", "same quotes"),
    ("why \"a\n  b\" from=c", "text_over_lines", "\"a\n  b\"", "three quotes"),
    ("sh \"\n  a {\n\"", "text_over_lines", "\"\n  a {\n\"", "three quotes"),
    ("sh #\"\n  a }\n\"#", "text_over_lines", "#\"\n  a }\n\"#", "three quotes"),
    ("expect stdout matches=\"\\d+\\.\\d+\"", "bad_escape", "\\d", "#\"\\d+\\.\\d+\"#"),
    ("why \"a \\/ b\"", "bad_escape", "\\/", "/ without a backslash"),
    ("why \"a \\d \\\" b\"", "bad_escape", "\\d", "\\\\d"),
    ("why \"\\u{110000}\"", "bad_unicode_escape", "\\u{110000}", "\\u{20AC}"),
    ("why \"\\u20AC\"", "bad_unicode_escape", "\\u", "\\u{20AC}"),
    ("why \"\"\"a\"\"\"", "triple_in_line", "\"\"\"a\"\"\"", "next line"),
    ("why #\"\"\"a\"\"\"#", "triple_in_line", "#\"\"\"a\"\"\"#", "next line"),
    ("why #\"\"\"#", "triple_in_line", "#\"\"\"#", "next line"),
    ("why \"\"\"a\n    b\n    \"\"\"", "triple_in_line", "\"\"\"", "next line"),
    ("why \"\"\"\n    b\"\"\"", "closing_quotes_behind_text", "\"\"\"", "next line"),
    ("why \"\"\"\n    a\n  b\n    \"\"\"", "indentation", "  ", "exactly the blanks"),
    ("why #\"\"\"\n    a\nb\n    \"\"\"#", "indentation", "b", "exactly the blanks"),
    ("step a\n{\n  run b\n}", "block_on_next_line", "{", "own line"),
    ("step a // b\n\n{ run b; }", "block_on_next_line", "{", "own line"),
    ("run a; { run b; }", "block_on_next_line", "{", "own line"),
    ("a { b; } { c; }", "second_block", "{", "one block"),
    ("a { b; } c", "behind_block", "c", "new line"),
    ("a { b; } c=d", "behind_block", "c", "before the {"),
    ("a { b; } /-c", "behind_block", "c", "before the {"),
    ("a /-{ b; } c", "behind_block", "c", "new line"),
    ("5 a", "name_not_text", "5", "name"),
    ("#true a", "name_not_text", "#true", "name"),
    ("a 1=2", "property_name_not_text", "1", "quotes"),
    ("budget: \"5m\"", "colon", ":", "remove the colon"),
    ("budget = \"5m\"", "equals_behind_name", "=", "blank"),
    ("FOO=bar", "equals_behind_name", "=", "blank"),
    ("set a= ", "missing_value", "a=", "a=\"…\""),
    ("set a=\nset b=c", "missing_value", "a=", "\"a=\""),
    ("set a=; set b", "missing_value", "a=", "a=\"…\""),
    ("expect stdout is==b", "double_equals", "=", "one ="),
    ("set \"\" = = b", "double_equals", "=", "one ="),
    ("= b", "equals_without_name", "=", "name=value"),
    ("set a=b=c d", "equals_without_name", "=c", "needs quotes"),
    ("run a\"b c\"", "missing_blank", "\"", "blank"),
    ("run \"a\"b", "missing_blank", "b", "blank"),
    ("run \"a\"/-b", "missing_blank", "/-", "blank"),
    ("expect empty=#true/-b", "missing_blank", "/-", "blank"),
    ("a /-", "dangling_slashdash", "/-", "remove"),
    ("/- ;", "dangling_slashdash", "/-", "remove"),
    ("/- /- a", "double_slashdash", "/- /-", "once"),
    ("a /- /- b", "double_slashdash", "/- /-", "once"),
    ("run a \\ b", "stray_backslash", "\\", "quotes"),
    ("a \u{0} b", "banned_character", "\u{0}", "remove"),
    ("a // \u{202E}x", "banned_character", "\u{202E}", "remove"),
    ("a \"\u{7F}\u{7F}\"", "banned_character", "\u{7F}\u{7F}", "remove"),
];

#[test]
fn each_mistake_is_one_finding_on_its_span_with_what_to_write() {
    let mut wrong = Vec::new();
    for (written, code, under, help) in MISTAKES {
        for (before, behind) in [("", ""), ("phase p {\n    check c { run x; }\n", "\n}\nphase q { run \"y\"; }\n")] {
            let text = format!("{before}{written}{behind}");
            let findings = read(&text).err().unwrap_or_default();
            let found: Vec<_> = findings
                .iter()
                .map(|finding| {
                    let span = finding.labels[0].0;
                    (finding.code.rsplit("::").next().unwrap_or(""), &text[span.range()], finding.help.as_deref())
                })
                .collect();
            let [(found_code, found_under, Some(found_help))] = found[..] else {
                wrong.push(format!("{text}\n    {found:#?}"));
                continue;
            };
            // A mistake with braces of its own makes the block around it one too: its end is in doubt.
            if found_code != *code || found_under != *under || !found_help.contains(help) {
                wrong.push(format!("{text}\n    {found:?}, not {code} on {under:?} with {help}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn mistakes_in_several_lines_are_all_found_in_their_order() {
    let found = mistakes("cd /opt\nbudget 5s\nexpect empty=true\nsh \"\"\"x\"\"\"\n}\n");
    let under: Vec<_> = found.iter().map(|(_, under)| under.as_str()).collect();
    assert_eq!(under, ["/opt", "5s", "true", "\"\"\"x\"\"\"", "}"]);
}

/// Texts with a brace too few or too many, and where it is missed.
const BRACES: &[(&str, &[(&str, usize)])] = &[
    // The one that isn't closed is told by the indentation, wherever the count goes wrong.
    ("a {\n  b {\n    c\n  d {\n    e\n  }\n}\n", &[("unclosed_block", 2)]),
    ("a {\n  b {\n    c\n}\nd {\n  e\n}\n", &[("unclosed_block", 2)]),
    ("a {\n  b\nc {\n  d\n}\n", &[("unclosed_block", 1)]),
    ("a {\n  b {\n    c {\n", &[("unclosed_block", 3)]),
    ("a {\n  b { c; d {\n  }\n}\n", &[("unclosed_block", 2)]),
    // Two are missing, far apart: both are told.
    ("a {\n  b {\n    c\n}\nd {\n  e {\n    f\n}\n", &[("unclosed_block", 2), ("unclosed_block", 6)]),
    // One too many: the one that doesn't fit, and not the last one.
    ("a {\n  b {\n    c\n  }\n  }\n  d {\n    e\n  }\n}\n", &[("stray_close", 5)]),
    ("a {\n  b\n    c\n  }\n}\n", &[("stray_close", 4)]),
    ("}}}\n}\na\n", &[("stray_close", 1)]),
    // Without any indentation only the count is left.
    ("a {\nb {\nc\n}\n", &[("unclosed_block", 1)]),
    // Braces within a mistake aren't asked for a second time.
    ("a /b} {\n}\n", &[("bare_text", 1)]),
    ("a {\n  sh \"\"\"\n    if {\n  b\n}\n", &[("unclosed_quote", 2)]),
    ("a {\n  run b /* c\n}\n", &[("unclosed_comment", 2)]),
];

#[test]
fn a_missing_brace_is_told_once_and_where_the_indentation_says() {
    let mut wrong = Vec::new();
    for (text, expected) in BRACES {
        let findings = read(text).err().unwrap_or_default();
        let found: Vec<_> = findings
            .iter()
            .map(|finding| {
                let line = text[..finding.labels[0].0.start()].matches('\n').count() + 1;
                (finding.code.rsplit("::").next().unwrap_or(""), line)
            })
            .collect();
        if found != *expected {
            wrong.push(format!("{text}    {found:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// The indented lines behind a line of its own in an explanation, one level of indentation less.
fn example<'text>(explanation: &'text str, behind: &str) -> Option<String> {
    let lines: Vec<&'text str> = explanation.lines().collect();
    let start = lines.iter().position(|line| line.ends_with(behind))?;
    let block =
        lines[start + 1..].iter().skip_while(|line| line.is_empty()).take_while(|line| line.starts_with("    "));
    Some(block.map(|line| line[4..].to_owned() + "\n").collect())
}

#[test]
fn each_explanation_shows_its_own_mistake_and_text_without_one() {
    for (code, explanation) in codes() {
        let Some(wrong) = example(explanation, "Instead of") else { continue };
        let found: Vec<_> = read(&wrong).unwrap_err().iter().map(|finding| finding.code).collect();
        assert_eq!(found, [*code], "{wrong}");
        let right = example(explanation, "write").unwrap();
        assert!(!right.is_empty());
        assert_eq!(read(&right).err(), None, "{code}: {right}");
    }
}

#[test]
fn each_code_that_is_given_is_explained_once() {
    let explained: Vec<_> = codes().iter().map(|(code, _)| *code).collect();
    for (_, code, _, _) in MISTAKES {
        let full = format!("runbook::syntax::{code}");
        assert_eq!(explained.iter().filter(|known| **known == full).count(), 1, "{full}");
    }
}

/// A runbook as it is written, with most of what can lose a character.
const RUNBOOK: &str = r##"/- kdl-version 2
// Release, with comments: a, b (c)
runbook api "API {{version}}: 'fast'" {
    release "{{version}}" type=minor
    budget "30m" downtime="3m"
}
input version "0.3.0" matches=#"\d+\.\d+"# type=version
input environment production { one-of production staging; }

phase deploy "Deployment" {
    step fetch "Fetch the release, so that it is there" {
        sh #"""
            git fetch origin
            (cd .prefetch && echo "v$version" {})
            """#
        budget "2m" estimate="45s"
        inverse "Remove it" valid-for="1h" loses="rides, since then" {
            sh #"""
                rm -rf .prefetch
                """#
        }
    }
    check migrated "The table is there" {
        sql "sqlite:{{database}}" "SELECT count(*) FROM t WHERE name = 'a'"
        expect stdout like="""
            Applying [ELAPSED]
            ...
            """
        expect stdout lacks-match=#"\b(ERROR|CRITICAL)\b"#
        expect json "$.version" is="{{version}}"
        expect empty=#true
    }
}
"##;

#[test]
fn one_character_less_is_never_more_than_one_finding() {
    assert_eq!(mistakes(RUNBOOK), []);
    let mut wrong = Vec::new();
    for (at, mark) in RUNBOOK.match_indices(['"', '#', '{', '}', '=', '/', '\\', '(', '[']) {
        let text = format!("{}{}", &RUNBOOK[..at], &RUNBOOK[at + mark.len()..]);
        let found = mistakes(&text);
        if found.len() > 1 {
            let line = RUNBOOK[..at].matches('\n').count();
            wrong.push(format!("{}\n    without a {mark}: {found:?}", text.lines().nth(line).unwrap_or("")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_mark_more_is_answered_wherever_it_stands() {
    let marks = ["\"", "{", "}", "#", "é", "\\", "/*", "=", "(", "\"\"\"", "“", "\u{2028}", "{{", "'", ",", ":"];
    for (at, _) in RUNBOOK.char_indices().step_by(5) {
        for mark in marks {
            let text = format!("{}{mark}{}", &RUNBOOK[..at], &RUNBOOK[at..]);
            assert_eq!(tree(&text).0.to_string(), text);
            assert_eq!(read(&text).is_ok(), mistakes(&text).is_empty(), "{text}");
        }
    }
}
