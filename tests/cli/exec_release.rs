//! What the tests of `runbook exec` have in common: a release whose steps write a line each into
//! `log`, so that the file shows what happened, in order, there and back.

use crate::case::{Case, Checked};

/// A case with `release.kdl` that holds these nodes after its head, and with a state directory of
/// its own.
pub fn release(nodes: &str) -> Case {
    Case::new().with_state_dir("state").file("release.kdl", &format!("runbook release \"Release\"\n{nodes}\n"))
}

/// Runs the release.
pub fn exec(nodes: &str) -> crate::case::Ran {
    release(nodes).run("exec release.kdl")
}

/// A step that writes its id into `log`, and whose inverse writes it with `un-` before it.
pub fn logged(id: &str) -> String {
    format!("step {id} \"{id}\" {{ sh \"echo {id} >> log\"; inverse {{ sh \"echo un-{id} >> log\"; }}; }}\n")
}

/// A check that fails.
pub const FAILS: &str = "check fails \"It fails\" { run \"false\"; }\n";

/// A step that fails, and whose inverse writes a line.
pub const BREAKS: &str =
    "step breaks \"It breaks\" { sh \"echo breaks >> log; exit 3\"; inverse { sh \"echo un-breaks >> log\"; }; }\n";

/// A phase around some nodes.
pub fn phase(nodes: &str) -> String {
    format!("phase only \"Only\" {{\n{nodes}\n}}")
}

impl Checked {
    /// Standard output has these texts, in this order.
    #[track_caller]
    pub fn tells(self, texts: &[&str]) -> Self {
        let mut rest = self.printed();
        for text in texts {
            let Some(at) = rest.find(text) else {
                panic!("{text:?} isn't there (or not after the ones before) in\n{}", self.printed());
            };
            rest = &rest[at + text.len()..];
        }
        self
    }

    /// Standard error has this text.
    #[track_caller]
    pub fn complains(self, text: &str) -> Self {
        assert!(self.complained().contains(text), "{text:?} isn't in\n{}", self.complained());
        self
    }
}
