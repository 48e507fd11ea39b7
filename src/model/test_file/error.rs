//! What can be wrong with a file of tests, besides what can be wrong with any node.

use crate::syntax::catalogue;

catalogue! {
    /// What is wrong with a test.
    pub enum TestFileError {
        /// A case names a unit that the runbook doesn't have: a step, a check, a preserved value as
        /// `CHECKPOINT/NAME`, or a wait as `wait-1`.
        UnknownUnit { name: String, help: String } = "runbook::test::unknown_unit" {
            message: "the runbook has no `{name}`",
            label: "nothing has this id",
            help: "{help}",
        }
        /// A case names a checkpoint that the runbook doesn't have.
        UnknownCheckpoint { name: String, help: String } = "runbook::test::unknown_checkpoint" {
            message: "the runbook has no checkpoint `{name}`",
            label: "no checkpoint has this id",
            help: "{help}",
        }
        /// Two cases have one id, so that a report couldn't tell them apart.
        RepeatedCase { name: String } = "runbook::test::repeated_case" {
            message: "there are two cases `{name}`",
            label: "again here",
            help: "give each case an id of its own",
        }
        /// A case without `must` passes whatever the runbook does.
        NothingPromised { name: String } = "runbook::test::nothing_promised" {
            message: "case `{name}` says nothing that must happen",
            label: "it proves nothing",
            help: "add what the run must do, such as: must end 1",
        }
        /// The answer of an action has no such part.
        NoSuchSubject { subject: String, word: String, known: String } = "runbook::test::no_such_subject" {
            message: "`{word}` doesn't answer with `{subject}`",
            label: "never there",
            help: "`{word}` answers with: {known}",
        }
        /// The text isn't what that part of an answer is: a number, a time, `#true` or `#false`.
        NotItsKind { subject: String, wanted: String } = "runbook::test::not_its_kind" {
            message: "`{subject}` of an answer is {wanted}, and this isn't one",
            label: "{wanted} is needed",
            help: "write what the action would answer",
        }
        /// A file of tests without a case tests nothing.
        NoCase = "runbook::test::no_case" {
            message: "there is no case in this file",
            label: "",
            help: "write case ID \"title\" {{ … }}",
        }
    }
}
