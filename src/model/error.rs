//! What can be wrong with a runbook whose text is valid: every error of lowering, with what to
//! write instead. The form of nodes (unknown, repeated, missing) has its errors in `syntax::reader`.

use crate::syntax::catalogue;

catalogue! {
    /// What is wrong with the meaning of a node.
    pub enum ModelError {
        /// A runbook starts with its `runbook` node, so that a reader knows at once what it is.
        NoHead = "runbook::model::no_head" {
            message: "the file doesn't say which runbook it is",
            label: "`runbook` belongs before this",
            help: "start it with: runbook an-id \"Title\" {{ … }}",
        }
        /// The `runbook` node stands first, so that a reader knows at once what the file is.
        HeadNotFirst = "runbook::model::head_not_first" {
            message: "`runbook` isn't the first node",
            label: "it stands here",
            help: "move it to the top of the file",
        }
        /// The word is reserved: it has a meaning that isn't built yet. Nothing else may use it, so
        /// that no runbook changes its meaning when it comes.
        NotThereYet { word: String } = "runbook::model::not_there_yet" {
            message: "`{word}` isn't there yet",
            label: "reserved for later",
            help: "it is known to the language and can't be used so far; remove it",
        }
        /// Ids of phases, steps, checks and the like are kebab-case: lower-case words of letters and
        /// digits with single hyphens between them.
        NotAnId { id: String, near: String } = "runbook::model::not_an_id" {
            message: "`{id}` isn't an id",
            label: "not kebab-case",
            help: "write it as lower-case words with hyphens: {near}",
        }
        /// Names of values are lower-case letters, digits and underscores, starting with a letter, so
        /// that they are spelled alike in KDL, in braces and as variables of a script.
        NotAName { name: String, near: String } = "runbook::model::not_a_name" {
            message: "`{name}` isn't a name of a value",
            label: "not [a-z][a-z0-9_]*",
            help: "write it in lower case with underscores: {near}",
        }
        /// Values reach scripts as variables of their environment; a value of this name would change
        /// how the programs in them work.
        ShadowingName { name: String } = "runbook::model::shadowing_name" {
            message: "`{name}` would change how programs work",
            label: "programs read this variable",
            help: "choose another name, such as `my_{name}`",
        }
        /// Ids are what people, reports and `resolve` name things by; each is given once in a runbook
        /// with all of its includes.
        RepeatedId { id: String } = "runbook::model::repeated_id" {
            message: "the id `{id}` is given twice",
            label: "again here",
            help: "give one of them another id",
        }
        /// Inputs, secrets, derived, captured and preserved values share one set of names, because a
        /// script sees all of them as variables.
        RepeatedName { name: String } = "runbook::model::repeated_name" {
            message: "the name `{name}` is given twice",
            label: "again here",
            help: "give one of them another name",
        }
        /// The braces of a text hold a name, perhaps with filters.
        Template { message: String } = "runbook::model::template" {
            message: "{message}",
            label: "in this text",
            help: "values are written {{{{name}}}} or {{{{name | filter}}}}",
        }
        /// Secrets never stand in arguments, paths, titles or expected values: those show up in lists
        /// of processes, in plans and in reports.
        SecretHere { name: String } = "runbook::model::secret_here" {
            message: "the secret `{name}` would show here",
            label: "a secret can't stand here",
            help: "secrets may stand in headers, bodies, `bind`, `stdin`, `env` and the password of a database's URL; a script names it as ${name}",
        }
        /// Values are never put into the text of a script. They are in its environment under their
        /// names, where no value can become code.
        ValueInScript { name: String, variable: String } = "runbook::model::value_in_script" {
            message: "`{name}` isn't put into a script",
            label: "stays as it is written",
            help: "write \"${variable}\" instead; values are in the environment of every script that names them",
        }
        /// Values are never put into the text of a statement; they are bound to it.
        ValueInStatement { name: String } = "runbook::model::value_in_statement" {
            message: "`{name}` isn't put into a statement",
            label: "stays as it is written",
            help: "write ? (SQLite) or $1 (PostgreSQL) in its place, and below it: bind \"{{{{{name}}}}}\"",
        }
        /// What stands behind `sh -c` or `ssh` is read by another shell: a value in it would become
        /// code.
        ValueInRemoteCommand { name: String } = "runbook::model::value_in_command_line" {
            message: "`{name}` isn't put into a command line that another shell reads",
            label: "stays as it is written",
            help: "use `sh` with \"${name}\" in its text; or hand it on as an argument behind the script, or by `stdin`",
        }
        /// The regex can't be read.
        Regex { pattern: String, why: String } = "runbook::model::regex" {
            message: "`{pattern}` isn't a regex",
            label: "{why}",
            help: "write regexes as raw text: #\"\\d+\"#",
        }
        /// A regex has a limited length.
        LongRegex { bytes: usize } = "runbook::model::long_regex" {
            message: "the regex has {bytes} bytes, and at most 16 KiB are read",
            label: "too long",
            help: "shorten it, or compare with a file in a script",
        }
        /// With its repetitions written out, the regex is too large to be run in bounded memory.
        LargeRegex = "runbook::model::large_regex" {
            message: "the regex grows too large when its repetitions are written out",
            label: "too large",
            help: "use smaller counts, or * and + instead of {{n}}; [0-9] is smaller than \\d",
        }
        /// The path isn't one of RFC 9535.
        JsonPath { path: String, why: String } = "runbook::model::json_path" {
            message: "`{path}` isn't a JSON path",
            label: "{why}",
            help: "a path starts with $: \"$.status\", \"$.items[*].name\"",
        }
        /// Times are written as in RFC 3339, with a zone; the seconds may be missing.
        NotAMoment { found: String } = "runbook::model::not_a_moment" {
            message: "`{found}` isn't a time",
            label: "not RFC 3339",
            help: "write it with date and zone: \"2026-06-10T08:00Z\"",
        }
        /// A phase starts at T, the start of the window, at an offset from it, or at a time.
        NotAStart { found: String } = "runbook::model::not_a_start" {
            message: "`{found}` doesn't say when the phase starts",
            label: "neither T nor a time",
            help: "write at=T, at=\"T-8d\", at=\"T+2h\" or at=\"2026-06-10T08:00Z\"",
        }
        /// A duration has a unit.
        NoUnit { number: String } = "runbook::model::no_unit" {
            message: "`{number}` has no unit",
            label: "seconds? minutes?",
            help: "write the unit in quotes: \"{number}s\" or \"{number}m\"",
        }
        /// The text isn't a number with a known unit.
        Quantity { why: String } = "runbook::model::quantity" {
            message: "{why}",
            label: "not understood",
            help: "units are % B kB MB GB TB KiB MiB GiB TiB ms s m h d",
        }
        /// A budget of nothing can't be kept.
        NoTime = "runbook::model::no_time" {
            message: "nothing can be done in no time",
            label: "more than zero is needed",
            help: "write how long it may take, such as \"30s\"",
        }
        /// A step that is expected to take longer than it may take never succeeds as expected.
        EstimateOverBudget = "runbook::model::estimate_over_budget" {
            message: "the estimate is longer than the budget",
            label: "longer than it may take",
            help: "raise the budget, or lower the estimate",
        }
        /// `escalate-after` is a multiple of the estimate.
        NotAFactor { found: String } = "runbook::model::not_a_factor" {
            message: "`{found}` isn't a multiple of the estimate",
            label: "a number and an x",
            help: "write escalate-after=\"2x\"",
        }
        /// The time in which a poll looks is the budget; a second one would contradict it.
        PollAndBudget = "runbook::model::poll_and_budget" {
            message: "`poll` is the budget already",
            label: "a second limit",
            help: "remove `budget`; `within=` of `poll` is the limit",
        }
        /// Looking may be repeated, acting never in silence. `poll` stands in checks, `applied` and
        /// `preserve`, and beside `service`, which acts once and then observes.
        PollActs = "runbook::model::poll_acts" {
            message: "`poll` would act again and again here",
            label: "only looking is repeated",
            help: "let a `check` behind it poll; or write `retry` and `idempotent` if acting again is meant",
        }
        /// A check only looks: looking again is `poll`.
        RetryOfCheck = "runbook::model::retry_of_check" {
            message: "a check looks again with `poll`",
            label: "`retry` acts again",
            help: "write: poll within=\"60s\" every=\"2s\"",
        }
        /// A step that isn't idempotent must not be run over half of itself.
        RetryNotIdempotent = "runbook::model::retry_not_idempotent" {
            message: "`retry` acts again, and the step isn't `idempotent`",
            label: "acts again",
            help: "add `idempotent` if running it over half of itself is safe; otherwise remove `retry`",
        }
        /// The default of an input satisfies what the input itself demands.
        InputDefault { name: String, why: String } = "runbook::model::input_default" {
            message: "{why}, so it can't be a value of `{name}`",
            label: "doesn't fit",
            help: "change the value, or what `{name}` demands",
        }
        /// A secret has exactly one source.
        SecretSource { name: String } = "runbook::model::secret_source" {
            message: "`{name}` needs exactly one source",
            label: "where does it come from?",
            help: "write one of: env=\"NAME\", file=\"PATH\", or {{ run … }}",
        }
        /// A rehearsal runs only under settings of its own.
        EmptyRehearse = "runbook::model::empty_rehearse" {
            message: "the rehearsal has no settings",
            label: "nothing is set",
            help: "write the inputs under which a rehearsal runs: set NAME=VALUE",
        }
        /// Without an action there is nothing to do or to look at.
        NoAction { place: String } = "runbook::model::no_action" {
            message: "{place} needs an action",
            label: "does nothing",
            help: "add one of: run, sh, pipe, http, sql, file, disk, port, process, service, write, copy, link, replace, manual",
        }
        /// One thing that can fail, one outcome, one way back: a step has one action.
        SecondAction { place: String } = "runbook::model::second_action" {
            message: "{place} has one action",
            label: "a second one",
            help: "make it a step or check of its own",
        }
        /// Looking never changes: what stands here may be repeated at any time.
        Changes { place: String, what: String, help: String } = "runbook::model::changes" {
            message: "{place} only looks, and {what}",
            label: "changes something",
            help: "{help}",
        }
        /// A step changes something and is undone; what only looks is a check.
        OnlyLooks { word: String } = "runbook::model::only_looks" {
            message: "a step changes something, and `{word}` only looks",
            label: "changes nothing",
            help: "make it a `check`",
        }
        /// Every step says how it is undone, or why it isn't. Nobody finds that out at night.
        NoInverse { id: String } = "runbook::model::no_inverse" {
            message: "the step `{id}` doesn't say how it is undone",
            label: "how is this undone?",
            help: "add one of:\n  inverse {{ … }}                    what takes it back\n  inverse none because=\"…\"         there is nothing to undo\n  irreversible because=\"…\"         the point of no return",
        }
        /// A restart can't be taken back by another restart: the service must come up with what was
        /// before, and that is put back only after this step is passed on the way back.
        RestartNotUndone { verb: String } = "runbook::model::restart_not_undone" {
            message: "`service {verb}` doesn't say how it is undone",
            label: "how is this undone?",
            help: "write `service stop` before the change and `service start` after it: their inverses run in the right order; or say inverse {{ … }}, or inverse none because=\"…\" and {verb} it in an `on-rollback` before the change",
        }
        /// A step is undone or irreversible.
        InverseOfIrreversible = "runbook::model::inverse_of_irreversible" {
            message: "the step is irreversible and has an inverse",
            label: "irreversible here",
            help: "keep one of them",
        }
        /// An inverse either does something or says that there is nothing to do.
        EmptyInverse = "runbook::model::empty_inverse" {
            message: "the inverse does nothing",
            label: "nothing to do",
            help: "write inverse {{ … }} with an action, or inverse none because=\"…\"",
        }
        /// A reason stands for an inverse that isn't there.
        InverseAndReason = "runbook::model::inverse_and_reason" {
            message: "`because=` says why there is no inverse, and here is one",
            label: "the reason for nothing",
            help: "remove it; `loses=` says what the way back costs",
        }
        /// A reason is given to be read when something has gone wrong.
        EmptyReason = "runbook::model::empty_reason" {
            message: "the reason is empty",
            label: "no reason",
            help: "say why in a sentence",
        }
        /// A checkpoint holds what is verified again after a rollback.
        EmptyCheckpoint { id: String } = "runbook::model::empty_checkpoint" {
            message: "the checkpoint `{id}` checks nothing",
            label: "nothing to verify",
            help: "add a `check` or a `preserve`",
        }
        /// A confirmation has an id, by which the record and reports name it.
        ManualWithoutId = "runbook::model::manual_without_id" {
            message: "the confirmation has no id",
            label: "this is the instruction",
            help: "write: manual an-id \"instruction\" by=\"who\"",
        }
        /// A condition compares an input or another value by its name.
        WhenName { name: String } = "runbook::model::when_name" {
            message: "`{name}` isn't a name of a value",
            label: "not a name",
            help: "write the name without braces: when environment is=production",
        }
        /// KDL reads `-o=json` as a property, which a program never sees.
        PropertyInRun { written: String } = "runbook::model::property_in_run" {
            message: "`{written}` is a property, and a program has only arguments",
            label: "never reaches the program",
            help: "write it in quotes: \"{written}\"",
        }
        /// `run` starts one program: a whole command line in quotes is a program's name with blanks.
        CommandLine { line: String } = "runbook::model::command_line" {
            message: "`{line}` is one program's name here",
            label: "a name with blanks",
            help: "write its words without the quotes around them: run {line}",
        }
        /// The text is empty where something is needed.
        EmptyText { what: String } = "runbook::model::empty_text" {
            message: "{what} can't be empty",
            label: "empty",
            help: "",
        }
        /// A pipeline has parts.
        EmptyPipe = "runbook::model::empty_pipe" {
            message: "the pipeline has no parts",
            label: "nothing runs",
            help: "add its programs: pipe {{ run …; run …; }}",
        }
        /// The URL doesn't begin with a scheme that can be asked.
        NotAUrl { found: String, schemes: String } = "runbook::model::not_a_url" {
            message: "`{found}` isn't a URL that can be asked",
            label: "no known scheme",
            help: "it begins with one of {schemes}, or with a value",
        }
        /// The name of a header has letters, digits and hyphens.
        HeaderName { name: String } = "runbook::model::header_name" {
            message: "`{name}` isn't the name of a header",
            label: "not a name",
            help: "write the name alone, and the value behind it: header Accept \"text/html\"",
        }
        /// A request has one body.
        SecondBody = "runbook::model::second_body" {
            message: "the request has two bodies",
            label: "a second one",
            help: "keep one of json, body and form",
        }
        /// There are two things to write or to send.
        TwoContents = "runbook::model::two_contents" {
            message: "the content is given twice",
            label: "and from a file",
            help: "keep the text or the file",
        }
        /// There is nothing to write, to send or to bind.
        NoContent = "runbook::model::no_content" {
            message: "the content is missing",
            label: "nothing is given",
            help: "write a text behind it, or name a file",
        }
        /// A number loses the leading zero that makes a mode what it is.
        ModeNumber { mode: String } = "runbook::model::mode_number" {
            message: "a mode as a number isn't octal",
            label: "a decimal number",
            help: "write it in quotes: mode=\"{mode}\"",
        }
        /// A mode is three or four octal digits.
        NotAMode { found: String } = "runbook::model::not_a_mode" {
            message: "`{found}` isn't a mode",
            label: "not octal",
            help: "write it as three or four octal digits: \"0644\"",
        }
        /// The name can't be a variable of the environment.
        NotAVariable { name: String } = "runbook::model::not_a_variable" {
            message: "`{name}` isn't the name of a variable",
            label: "not a name",
            help: "use letters, digits and underscores: env MY_NAME=\"value\"",
        }
        /// Programs are found and loaded by this variable; a runbook doesn't change it.
        GuardedVariable { name: String } = "runbook::model::guarded_variable" {
            message: "`{name}` isn't set by a runbook",
            label: "programs are found and loaded by it",
            help: "name programs by their paths, or set it inside a script",
        }
        /// What is typed on the terminal can't also come from a text.
        InteractiveStdin = "runbook::model::interactive_stdin" {
            message: "an interactive action reads from the terminal",
            label: "reads from the terminal",
            help: "keep `interactive` or `stdin`",
        }
    }
}
