//! What can be wrong with an action itself: its words, its address, its contents, its surroundings.

use crate::syntax::catalogue;

catalogue! {
    /// What is wrong with an action.
    pub enum ActionError {
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
