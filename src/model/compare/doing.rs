//! Actions as text: every word of them, one way to write it.

use super::kube::{kube_text, pod_text};
use super::written::{argument, bare, literal, quoted, template, text};
use crate::model::{
    Action, Binding, Content, FilePick, HttpBody, HttpRequest, JsonField, Program, Replacement, SecretSource,
};

/// The whole action.
pub(super) fn action_text(action: &Action) -> String {
    match action {
        Action::Run(program) => program_text(program),
        Action::Script(script) => format!("sh\n{}", script.value),
        Action::Pipe { parts, to } => {
            let mut lines = vec!["pipe".to_owned()];
            lines.extend(parts.iter().map(|part| format!("    {}", program_text(part))));
            lines.extend(to.iter().map(|to| format!("    to {}", text(to))));
            lines.join("\n")
        }
        Action::Http(request) => request_text(request),
        Action::Sql { url, statement, bindings } => {
            // So many lines at the end are no part of the statement.
            let with = if bindings.is_empty() { String::new() } else { format!(" with {} bound", bindings.len()) };
            let mut lines = vec![format!("sql {}{with}", text(url)), statement.value.clone()];
            lines.extend(bindings.iter().map(binding_text));
            lines.join("\n")
        }
        Action::File { pattern, pick } => {
            let pick = pick.map(|pick| format!(" pick={}", pick_word(pick))).unwrap_or_default();
            format!("file {}{pick}", text(pattern))
        }
        Action::Disk(path) => format!("disk {}", text(path)),
        Action::Port(address) => format!("port {}", text(address)),
        Action::Process(name) => format!("process {}", text(name)),
        Action::Service(unit) => format!("service {}", text(unit)),
        Action::ServiceChange { verb, unit } => {
            let unit = unit.as_ref().map(|unit| format!(" {}", text(unit))).unwrap_or_default();
            format!("service {}{unit}", verb.word())
        }
        Action::Write { path, content, mode } => write_text(&text(path), content, *mode),
        Action::Copy { from, to, mode } => format!("copy {} to={}{}", text(from), text(to), mode_text(*mode)),
        Action::Link { path, to } => format!("link {} to={}", text(path), text(to)),
        Action::Replace(replacement) => {
            let Replacement { path, matches, with, count } = &**replacement;
            format!("replace {} matches={} with={} count={count}", text(path), text(matches), text(with))
        }
        Action::Kube(kube) => kube_text(kube),
        Action::Manual(what) => format!("manual {}", text(what)),
    }
}

fn program_text(it: &Program) -> String {
    let Program { program, arguments, pod, span: _ } = it;
    let words = std::iter::once(program).chain(arguments).map(argument);
    let words = words.collect::<Vec<_>>().join(" ");
    pod.as_ref().map_or_else(|| format!("run {words}"), |pod| format!("{}\n    command {words}", pod_text(pod)))
}

fn request_text(request: &HttpRequest) -> String {
    let HttpRequest { method, url, headers, body, follow: _, link_local: _ } = request;
    let mut lines = vec![format!("http {} {}", method.value, text(url))];
    lines.extend(headers.iter().map(|(name, value)| format!("    header {} {}", bare(name), text(value))));
    let typed = |kind: &Option<_>| kind.as_ref().map(|kind| format!(" type={}", text(kind))).unwrap_or_default();
    match body {
        None => {}
        Some(HttpBody::Json(fields)) => {
            // An object without fields is a body, too.
            lines.push("    json".to_owned());
            lines.extend(fields.iter().map(|JsonField { name, value, literal: way }| {
                format!("        {}={}", bare(name), literal(value, *way))
            }));
        }
        Some(HttpBody::Text { text: it, kind }) => lines.push(format!("    body{} {}", typed(kind), text(it))),
        Some(HttpBody::File { path, kind }) => lines.push(format!("    body{} file={}", typed(kind), text(path))),
        Some(HttpBody::Form(fields)) => {
            lines.push("    form".to_owned());
            lines.extend(fields.iter().map(|(name, value)| format!("        {}={}", bare(name), text(value))));
        }
    }
    lines.join("\n")
}

fn binding_text(binding: &Binding) -> String {
    let Binding { name, value, literal: way } = binding;
    let name = name.as_ref().map(|name| format!("{}=", bare(name))).unwrap_or_default();
    format!("    bind {name}{}", literal(value, *way))
}

fn write_text(path: &str, content: &Content, mode: Option<u32>) -> String {
    let mode = mode_text(mode);
    match content {
        Content::Text(it) => format!("write {path}{mode}\n{}", template(it)),
        Content::Template { path: from, text } => {
            format!("write {path}{mode} template={}\n{}", quoted(&from.value), template(text))
        }
    }
}

fn mode_text(mode: Option<u32>) -> String {
    mode.map(|mode| format!(" mode=\"{mode:04o}\"")).unwrap_or_default()
}

fn pick_word(pick: FilePick) -> &'static str {
    match pick {
        FilePick::Newest => "newest",
        FilePick::Oldest => "oldest",
        FilePick::Largest => "largest",
        FilePick::Smallest => "smallest",
        FilePick::First => "first",
        FilePick::Last => "last",
    }
}

/// Where a secret comes from.
pub(super) fn source_text(source: &SecretSource) -> String {
    match source {
        SecretSource::Environment(name) => format!("env={}", quoted(name)),
        SecretSource::File(path) => format!("file={}", text(path)),
        SecretSource::Run(action) => action_text(action),
    }
}
