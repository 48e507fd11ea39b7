//! What can be wrong with what is expected, captured or preserved of an answer.

use crate::syntax::catalogue;

catalogue! {
    /// What is wrong with a subject or a matcher.
    pub enum ExpectationError {
        /// No action answers with such a subject.
        UnknownSubject { subject: String, help: String } = "runbook::model::unknown_subject" {
            message: "`{subject}` isn't a part of an answer",
            label: "unknown subject",
            help: "{help}",
        }
        /// The action answers with other subjects.
        NoSuchSubject { subject: String, word: String, known: String } = "runbook::model::no_such_subject" {
            message: "`{word}` doesn't answer with `{subject}`",
            label: "never there",
            help: "`{word}` answers with: {known}",
        }
        /// Which part of the answer is preserved must be said where none is the usual one.
        NoSelect { word: String, subjects: String } = "runbook::model::no_select" {
            message: "it isn't said which part of `{word}` is preserved",
            label: "which part?",
            help: "add `select` with one of: {subjects}",
        }
        /// An expectation says of which part of the answer it holds; some subjects are also the name of
        /// a matcher.
        NoSubject { help: String } = "runbook::model::no_subject" {
            message: "it isn't said which part of the answer this is about",
            label: "of what?",
            help: "{help}",
        }
        /// An expectation says what must hold.
        NoMatcher = "runbook::model::no_matcher" {
            message: "it isn't said what must hold",
            label: "compared with what?",
            help: "add one of: is=, is-not=, contains=, lacks=, matches=, lacks-match=, like=, above=, below=, at-least=, at-most=, after=, before=, empty=, exists=, or {{ one-of …; }}",
        }
        /// One line, one promise: a text diff shows exactly which was loosened.
        SecondMatcher { second: String } = "runbook::model::second_matcher" {
            message: "one line has one matcher",
            label: "a second one",
            help: "write a line of its own for `{second}`",
        }
        /// The subject can't be compared in this way.
        MatcherMisfit { matcher: String, subject: String, known: String } = "runbook::model::matcher_misfit" {
            message: "`{subject}` can't be compared with `{matcher}=`",
            label: "doesn't fit",
            help: "`{subject}` is compared with: {known}",
        }
        /// Only a whole document is compared without a path.
        NoJsonPath { matcher: String } = "runbook::model::no_json_path" {
            message: "`{matcher}=` needs a JSON path",
            label: "of which part?",
            help: "write it behind `json`: expect json \"$.status\" {matcher}=…",
        }
        /// A whole document is compared with a JSON text of the parts that must be in it; this text isn't
        /// JSON.
        NotJson { why: String } = "runbook::model::not_json" {
            message: "the text isn't JSON: {why}",
            label: "not JSON",
            help: "write the part that must be there: is=#\"{{\"status\": \"ok\"}}\"#",
        }
        /// The matcher is answered by yes or no.
        NotAFlag { name: String } = "runbook::model::not_a_flag" {
            message: "`{name}` is compared with yes or no",
            label: "neither",
            help: "write {name}=#true or {name}=#false",
        }
        /// Seconds and bytes can't be compared; that would be an error when it is judged, never a
        /// pass.
        WrongDimension { number: String, subject: String, wanted: String } = "runbook::model::wrong_dimension" {
            message: "`{number}` can't be compared with `{subject}`",
            label: "another dimension",
            help: "`{subject}` is {wanted}",
        }
    }
}
