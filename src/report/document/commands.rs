//! The commands of an activity as a document has them: what a person copies, without the frame that
//! only matters where several commands are pasted at once; and in words what no command does.

use camino::Utf8Path;

use super::prose::Prose;
use super::telling::Telling;
use crate::model::{Action, Activity, FilePick, Template};
use crate::plan::{KeptFiles, by_hand, quote};

/// The commands; empty: it is said in words.
pub(super) fn commands(told: &Telling<'_>, activity: &Activity) -> String {
    match &activity.action {
        Action::Manual(_) | Action::Replace(_) => return String::new(),
        Action::Port(address) => return port(&address.render_known(&told.values)),
        Action::Run(_)
        | Action::Script(_)
        | Action::Pipe { .. }
        | Action::Http(_)
        | Action::Sql { .. }
        | Action::File { .. }
        | Action::Disk(_)
        | Action::Process(_)
        | Action::Service(_)
        | Action::ServiceChange { .. }
        | Action::Write { .. }
        | Action::Copy { .. }
        | Action::Link { .. }
        | Action::Kube(_) => {}
    }
    let text = by_hand(activity, &told.values, Utf8Path::new(""), &KeptFiles::default());
    let text = match text.split_once('\n') {
        Some((cd, rest)) if cd == "cd ''" || (cd.starts_with("cd ") && is_anywhere(told, &activity.action)) => rest,
        Some(_) | None => &text,
    };
    // One command a block: there is nothing behind it that it could read.
    text.strip_suffix(" < /dev/null").unwrap_or(text).to_owned()
}

/// What is done, in words; empty: the commands say it.
pub(super) fn instruction(told: &Telling<'_>, activity: &Activity) -> Prose {
    let text = |template: &Template| template.render_known(&told.values);
    match &activity.action {
        Action::Manual(instruction) => Prose::of(text(instruction)),
        Action::Replace(it) => {
            let times = if it.count == 1 { "once".to_owned() } else { format!("{} times", it.count) };
            Prose::of("In ")
                .code(text(&it.path))
                .text(", replace what matches ")
                .code(text(&it.matches))
                .text(" with ")
                .code(text(&it.with))
                .text(format!("; it must match {times}."))
        }
        Action::File { pick: Some(pick), .. } => {
            let which = match pick {
                FilePick::Newest => "newest",
                FilePick::Oldest => "oldest",
                FilePick::Largest => "largest",
                FilePick::Smallest => "smallest",
                FilePick::First => "first",
                FilePick::Last => "last",
            };
            Prose::of(format!("It is about the {which} of them."))
        }
        Action::Run(_)
        | Action::Script(_)
        | Action::Pipe { .. }
        | Action::Http(_)
        | Action::Sql { .. }
        | Action::File { pick: None, .. }
        | Action::Disk(_)
        | Action::Port(_)
        | Action::Process(_)
        | Action::Service(_)
        | Action::ServiceChange { .. }
        | Action::Write { .. }
        | Action::Copy { .. }
        | Action::Link { .. }
        | Action::Kube(_) => Prose::default(),
    }
}

/// Whether it is the same in every folder: it names no relative path.
fn is_anywhere(told: &Telling<'_>, action: &Action) -> bool {
    let absolute = |path: &Template| path.render_known(&told.values).starts_with('/');
    match action {
        Action::Sql { url, .. } => {
            let url = url.render_known(&told.values);
            url.strip_prefix("sqlite:").is_none_or(|path| path.starts_with('/'))
        }
        Action::File { pattern: path, .. } | Action::Write { path, .. } | Action::Link { path, .. } => absolute(path),
        Action::Copy { from, to, .. } => absolute(from) && absolute(to),
        Action::Run(_)
        | Action::Script(_)
        | Action::Pipe { .. }
        | Action::Http(_)
        | Action::Disk(_)
        | Action::Port(_)
        | Action::Process(_)
        | Action::Service(_)
        | Action::ServiceChange { .. }
        | Action::Replace(_)
        | Action::Kube(_)
        | Action::Manual(_) => false,
    }
}

/// Nothing that every machine has says in one word whether something listens; bash does in a line.
fn port(address: &str) -> String {
    if address.starts_with('/') {
        return format!("ss -lx | grep -F {}", quote(address));
    }
    let (host, port) = address.rsplit_once(':').unwrap_or(("", address));
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = if host.is_empty() { "localhost" } else { host };
    format!("bash -c {} && echo listening", quote(&format!("< /dev/tcp/{host}/{port}")))
}
