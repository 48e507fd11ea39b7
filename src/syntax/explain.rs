//! What `runbook explain CODE` says about syntax errors: what is meant, and what to write. Each
//! explanation holds the wrong text behind "Instead of" and the right one behind "write"; a test
//! checks that they are.

/// Every code of this layer with a paragraph about it and an example of before and after.
#[must_use]
pub fn codes() -> &'static [(&'static str, &'static str)] {
    CODES
}

const CODES: &[(&str, &str)] = &[
    (
        "runbook::syntax::not_utf8",
        "A runbook is UTF-8 text. The message says at which byte and line the file stops being that; a file in Latin-1 \
         or UTF-16 is read once it is saved as UTF-8.",
    ),
    (
        "runbook::syntax::file_too_large",
        "A file has at most 8 MiB: a stranger's runbook must not be able to use up the machine that checks it. Split \
         it with `include`, and keep long scripts in files of their own.",
    ),
    (
        "runbook::syntax::banned_character",
        "KDL allows no control characters, no marks that change the direction of text and no byte order mark but the \
         first: they let a runbook look like something else than it does. In quotes such a character is written as \
         `\\u{…}`.\n\nInstead of\n\n    run echo \"a\u{7}\"\n\nwrite\n\n    run echo \"a\\u{7}\"\n",
    ),
    ("runbook::syntax::too_deep", "Blocks may be nested 64 deep. A runbook needs about ten levels."),
    ("runbook::syntax::too_many_nodes", "A file has at most 200,000 nodes. Split the runbook with `include`."),
    (
        "runbook::syntax::too_many_values",
        "A file has at most 500,000 arguments and properties. Split the runbook with `include`.",
    ),
    (
        "runbook::syntax::too_many_tokens",
        "A file has at most three million words, marks, blanks and comments. Split the runbook with `include`.",
    ),
    (
        "runbook::syntax::too_long",
        "One text has at most 256 KiB, one bare word or number 4 KiB. Put what is longer into a file of its own and \
         name the file.",
    ),
    (
        "runbook::syntax::too_many_hashes",
        "A raw text has at most 32 `#` on each side. One more than the longest run of `#` behind a quote within the \
         text is enough.",
    ),
    (
        "runbook::syntax::bare_keyword",
        "In KDL 2 the values true, false, null, inf and nan start with `#`, and the texts of that name stand in \
         quotes; bare they are neither.\n\nInstead of\n\n    expect stdout empty=true\n\nwrite\n\n    \
         expect stdout empty=#true\n",
    ),
    (
        "runbook::syntax::number_with_letters",
        "What starts with a digit is a number, and a number has no unit, no second point and no dashes. Durations, \
         sizes, dates and versions are texts in quotes.\n\nInstead of\n\n    budget 5s\n\nwrite\n\n    budget \"5s\"\n",
    ),
    (
        "runbook::syntax::number_too_long",
        "Numbers are kept in 128 bits. A longer one is an identifier: write it as a text.\n\nInstead of\n\n    \
         expect body is=1234567890123456789012345678901234567890\n\nwrite\n\n    \
         expect body is=\"1234567890123456789012345678901234567890\"\n",
    ),
    (
        "runbook::syntax::kdl1_raw",
        "KDL 1 wrote raw texts as r\"…\" and r#\"…\"#. KDL 2 needs no r, and at least one #.\n\nInstead of\n\n    \
         expect stdout matches=r#\"\\d+ passed\"#\n\nwrite\n\n    expect stdout matches=#\"\\d+ passed\"#\n",
    ),
    (
        "runbook::syntax::list",
        "KDL has no lists in brackets. A node takes as many arguments as are written.\n\nInstead of\n\n    \
         one-of [staging, production]\n\nwrite\n\n    one-of staging production\n",
    ),
    (
        "runbook::syntax::comma",
        "Values have blanks between them, and no commas. A comma that belongs to a text stands in its quotes.\n\n\
         Instead of\n\n    one-of staging, production\n\nwrite\n\n    one-of staging production\n",
    ),
    (
        "runbook::syntax::shell_comment",
        "A comment starts with // or stands between /* and */; /- takes out what follows it.\n\nInstead of\n\n    \
         # the backup of before\n\nwrite\n\n    // the backup of before\n",
    ),
    (
        "runbook::syntax::unknown_keyword",
        "A bare # starts #true, #false, #null, #inf, #-inf and #nan, in small letters, and nothing else. A text that \
         starts with # stands in quotes.\n\nInstead of\n\n    expect stdout empty=#yes\n\nwrite\n\n    \
         expect stdout empty=#true\n",
    ),
    (
        "runbook::syntax::bare_text",
        "A bare word has none of \\ / ( ) { } [ ] ; \" # = and no blanks. Paths, URLs and texts with {{…}} in them need \
         quotes.\n\nInstead of\n\n    cd {{root}}/opt/app\n\nwrite\n\n    cd \"{{root}}/opt/app\"\n",
    ),
    (
        "runbook::syntax::foreign_quotes",
        "Texts stand in straight double quotes. Single quotes belong to the text in KDL, and curly ones come from a \
         word processor.\n\nInstead of\n\n    summary 'Rider alerting'\n\nwrite\n\n    summary \"Rider alerting\"\n",
    ),
    (
        "runbook::syntax::type_annotation",
        "KDL lets a type in parentheses stand before a value. A runbook has no use for them: each node knows what it \
         takes.\n\nInstead of\n\n    input port (u16)8000\n\nwrite\n\n    input port 8000\n",
    ),
    (
        "runbook::syntax::unclosed_quote",
        "A text ends with the quotes that it starts with: as many quotes, and as many #. The place is that of the \
         opening ones.\n\nInstead of\n\n    summary \"Rider alerting\n\nwrite\n\n    summary \"Rider alerting\"\n",
    ),
    (
        "runbook::syntax::hash_behind_quote",
        "A raw text has as many # before its quotes as behind them; a text with escapes has none.\n\nInstead of\n\n    \
         expect stdout matches=\"passed$\"#\n\nwrite\n\n    expect stdout matches=#\"passed$\"#\n",
    ),
    (
        "runbook::syntax::text_over_lines",
        "A text in one quote ends in its line. One over several lines stands between three quotes, the first the last \
         thing of their line and the second on a line of their own; the blanks before the second are cut from every \
         line.\n\nInstead of\n\n    why \"First\n        second\"\n\nwrite\n\n    why \"\"\"\n        First\n        \
         second\n        \"\"\"\n",
    ),
    (
        "runbook::syntax::bad_escape",
        "In quotes a backslash starts an escape: \\n \\r \\t \\b \\f \\s \\\\ \\\" \\u{…}, or blanks that are left out. A \
         regular expression or a path with backslashes is a raw text, in which nothing is an escape.\n\nInstead \
         of\n\n    expect stdout matches=\"\\d+ passed\"\n\nwrite\n\n    expect stdout matches=#\"\\d+ passed\"#\n",
    ),
    (
        "runbook::syntax::bad_unicode_escape",
        "\\u{…} holds one to six hex digits, at most 10FFFF, and none of D800 to DFFF.\n\nInstead of\n\n    \
         run echo \"\\u20AC\"\n\nwrite\n\n    run echo \"\\u{20AC}\"\n",
    ),
    (
        "runbook::syntax::triple_in_line",
        "Three quotes start a text over several lines, which begins on the next one.\n\nInstead of\n\n    \
         why \"\"\"It is safe\"\"\"\n\nwrite\n\n    why \"It is safe\"\n",
    ),
    (
        "runbook::syntax::closing_quotes_behind_text",
        "The closing quotes of a text over several lines have a line of their own. The blanks before them say how far \
         the text is indented.\n\nInstead of\n\n    why \"\"\"\n        It is safe\"\"\"\n\nwrite\n\n    why \"\"\"\n        \
         It is safe\n        \"\"\"\n",
    ),
    (
        "runbook::syntax::indentation",
        "Every line of a text over several lines starts with exactly the blanks that stand before its closing quotes \
         (tabs and blanks are different); they are cut off. Empty lines are free.\n\nInstead of\n\n    sh #\"\"\"\n      \
         git fetch\n        \"\"\"#\n\nwrite\n\n    sh #\"\"\"\n        git fetch\n        \"\"\"#\n",
    ),
    (
        "runbook::syntax::unclosed_comment",
        "A comment that starts with /* ends with */, as do those within it. A path with /* in it needs quotes.\n\n\
         Instead of\n\n    budget \"5m\" /* generous\n\nwrite\n\n    budget \"5m\" /* generous */\n",
    ),
    (
        "runbook::syntax::unclosed_block",
        "Every { needs its }. Which one lacks it is told by the indentation, if it is consistent.\n\nInstead of\n\n    \
         check disk {\n        disk data\n\nwrite\n\n    check disk {\n        disk data\n    }\n",
    ),
    (
        "runbook::syntax::stray_close",
        "A } closes nothing: there is one too many, or the { above it is missing.\n\nInstead of\n\n    check disk\n        \
         disk data\n    }\n\nwrite\n\n    check disk {\n        disk data\n    }\n",
    ),
    (
        "runbook::syntax::block_on_next_line",
        "A node ends with its line, so its { stands at the end of that line.\n\nInstead of\n\n    check disk\n    {\n        \
         disk data\n    }\n\nwrite\n\n    check disk {\n        disk data\n    }\n",
    ),
    (
        "runbook::syntax::block_without_name",
        "A block belongs to a node, whose name stands before it.\n\nInstead of\n\n    {\n        disk data\n    }\n\n\
         write\n\n    check disk {\n        disk data\n    }\n",
    ),
    (
        "runbook::syntax::second_block",
        "A node has one block.\n\nInstead of\n\n    check disk { disk data; } { escalate; }\n\nwrite\n\n    \
         check disk { disk data; escalate; }\n",
    ),
    (
        "runbook::syntax::behind_block",
        "Behind a } the line is over: arguments and properties stand before the {, the next node on the next line or \
         behind a ;.\n\nInstead of\n\n    pipe { run a; } to=b\n\nwrite\n\n    pipe to=b { run a; }\n",
    ),
    (
        "runbook::syntax::name_not_text",
        "A line starts with a node's name, which is a text.\n\nInstead of\n\n    200\n\nwrite\n\n    expect status is=200\n",
    ),
    (
        "runbook::syntax::property_name_not_text",
        "The name before = is a text.\n\nInstead of\n\n    run a 1=2\n\nwrite\n\n    run a \"1=2\"\n",
    ),
    (
        "runbook::syntax::colon",
        "A name and its value have a blank between them and no colon.\n\nInstead of\n\n    budget: \"5m\"\n\nwrite\n\n    \
         budget \"5m\"\n",
    ),
    (
        "runbook::syntax::equals_behind_name",
        "A line starts with a node's name, and its value is an argument. Only properties behind it have an =.\n\n\
         Instead of\n\n    budget=\"5m\"\n\nwrite\n\n    budget \"5m\"\n",
    ),
    (
        "runbook::syntax::missing_value",
        "A property has a value behind its =, in the same line. An empty one is \"\".\n\nInstead of\n\n    \
         env TOKEN=\n\nwrite\n\n    env TOKEN=\"\"\n",
    ),
    (
        "runbook::syntax::double_equals",
        "A property has one =. Comparing is what matchers do: is=, is-not=, above= and so on.\n\nInstead of\n\n    \
         expect status is==200\n\nwrite\n\n    expect status is=200\n",
    ),
    (
        "runbook::syntax::equals_without_name",
        "Before = stands the name of a property, and a property has one =. A text with = in it needs quotes.\n\n\
         Instead of\n\n    run env set=a=b\n\nwrite\n\n    run env \"set=a=b\"\n",
    ),
    (
        "runbook::syntax::missing_blank",
        "Values have a blank between them. Text that belongs together stands in one pair of quotes.\n\nInstead of\n\n    \
         run app\"v1\"\n\nwrite\n\n    run \"appv1\"\n",
    ),
    (
        "runbook::syntax::dangling_slashdash",
        "/- takes out the node, the value or the block behind it.\n\nInstead of\n\n    run a /-\n\nwrite\n\n    run a /-b\n",
    ),
    (
        "runbook::syntax::double_slashdash",
        "One /- takes out one thing. Two values need one each.\n\nInstead of\n\n    run a /- /- b\n\nwrite\n\n    \
         run a /-b\n",
    ),
    (
        "runbook::syntax::stray_semicolon",
        "A ; ends a node, as the end of the line does. Alone it ends nothing.\n\nInstead of\n\n    run a;;\n\nwrite\n\n    \
         run a;\n",
    ),
    (
        "runbook::syntax::stray_backslash",
        "Outside of quotes a \\ is the last thing of its line and continues the node on the next one. A text with a \
         backslash is a raw text.\n\nInstead of\n\n    run a \\ b\n\nwrite\n\n    run a #\"\\ b\"#\n",
    ),
    (
        "runbook::syntax::other_version",
        "`/- kdl-version 2` may start a file; runbooks are written in KDL 2. Most of KDL 1 reads the same; true is \
         #true and r\"…\" is #\"…\"#.\n\nInstead of\n\n    /- kdl-version 1\n\nwrite\n\n    /- kdl-version 2\n",
    ),
    (
        "runbook::syntax::unreadable",
        "The value follows KDL's rules, and still can't be decoded. Writing it in another form helps: a raw text in \
         quotes, a number as a text.",
    ),
    (
        "runbook::syntax::more",
        "A hundred errors of a file are shown. The message says how many more there are; they often vanish with those \
         above.",
    ),
];
