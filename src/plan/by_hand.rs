//! An activity as commands that a person can copy and run: for plans, documents, and the inverses
//! that are left when a rollback stops. Values that aren't known stand as `«name»`, secrets as
//! `$name`.

use super::resolved::{FileBefore, StateBefore};
use crate::model::{
    Action, Activity, Content, HttpBody, Program, ServiceVerb, Shell, Template, Values, names_in_script,
};

/// The commands of an activity, one or more lines without a last newline.
#[must_use]
pub fn by_hand(activity: &Activity, values: &Values) -> String {
    let writing = Writing { values, user: user(activity, values) };
    let commands = writing.action(activity);
    match &activity.surroundings.cd {
        Some(cd) if is_process(&activity.action) => format!("cd {}\n{commands}", quote(&cd.render_known(values))),
        _ => commands,
    }
}

/// The commands that put back what a derived action found.
#[must_use]
pub fn restore_by_hand(before: &StateBefore, user: Option<&str>) -> String {
    let sudo = user.map_or_else(String::new, |user| format!("sudo -u {} ", quote(user)));
    match before {
        StateBefore::File { path, was, .. } => match was {
            FileBefore::Absent => format!("{sudo}rm -f {}", quote(path.as_str())),
            FileBefore::File { copy, .. } => {
                format!("{sudo}cp -p {} {}", quote(copy.as_str()), quote(path.as_str()))
            }
            FileBefore::Link { target } => format!("{sudo}ln -sfn {} {}", quote(target), quote(path.as_str())),
        },
        StateBefore::Unit { unit, verb, was_active, was_enabled } => {
            let word = match verb {
                ServiceVerb::Enable | ServiceVerb::Disable if *was_enabled == Some(true) => "enable",
                ServiceVerb::Enable | ServiceVerb::Disable => "disable",
                _ if *was_active => "start",
                _ => "stop",
            };
            format!("{sudo}systemctl {word} {}", quote(unit))
        }
        StateBefore::Daemon => format!("{sudo}systemctl daemon-reload"),
    }
}

/// What an activity does, on one line.
#[must_use]
pub fn in_one_line(activity: &Activity, values: &Values) -> String {
    let text = Writing { values, user: None }.short(&activity.action);
    text.lines().next().unwrap_or_default().to_owned()
}

/// A text as one word of a POSIX shell.
#[must_use]
pub fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,«»".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn user(activity: &Activity, values: &Values) -> Option<String> {
    activity.surroundings.user.as_ref().map(|user| user.value.render_known(values))
}

fn is_process(action: &Action) -> bool {
    match action {
        Action::Run(_) | Action::Script(_) | Action::Pipe { .. } => true,
        Action::Http(_)
        | Action::Sql { .. }
        | Action::File { .. }
        | Action::Disk(_)
        | Action::Port(_)
        | Action::Process(_)
        | Action::Service(_)
        | Action::ServiceChange { .. }
        | Action::Write { .. }
        | Action::Copy { .. }
        | Action::Link { .. }
        | Action::Replace(_)
        | Action::Manual(_) => false,
    }
}

struct Writing<'a> {
    values: &'a Values,
    user: Option<String>,
}

impl Writing<'_> {
    fn text(&self, template: &Template) -> String {
        template.render_known(self.values)
    }

    fn word(&self, template: &Template) -> String {
        quote(&self.text(template))
    }

    fn sudo(&self) -> String {
        self.user.as_ref().map_or_else(String::new, |user| format!("sudo -u {} ", quote(user)))
    }

    fn program(&self, program: &Program) -> String {
        std::iter::once(&program.program)
            .chain(&program.arguments)
            .map(|word| self.word(word))
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn action(&self, activity: &Activity) -> String {
        let sudo = self.sudo();
        match &activity.action {
            Action::Script(script) => self.script(&script.value, activity.surroundings.shell),
            Action::Pipe { .. } => format!("set -o pipefail\n{sudo}{}", self.short(&activity.action)),
            Action::Run(_)
            | Action::Sql { .. }
            | Action::ServiceChange { .. }
            | Action::Service(_)
            | Action::File { .. }
            | Action::Disk(_)
            | Action::Copy { .. }
            | Action::Link { .. } => format!("{sudo}{}", self.short(&activity.action)),
            Action::Http(_)
            | Action::Port(_)
            | Action::Process(_)
            | Action::Write { .. }
            | Action::Replace(_)
            | Action::Manual(_) => self.short(&activity.action),
        }
    }

    fn script(&self, script: &str, shell: Shell) -> String {
        let shell = match shell {
            Shell::Sh => "sh -eu",
            Shell::Bash => "bash -eu -o pipefail",
        };
        let exports = names_in_script(script).into_iter().filter_map(|name| {
            let value = self.values.get(&name)?;
            Some(format!("{name}={}", quote(value)))
        });
        let env: Vec<_> = exports.collect();
        let env = if env.is_empty() { String::new() } else { format!("env {} ", env.join(" ")) };
        let end = "END_OF_SCRIPT";
        format!("{}{env}{shell} <<'{end}'\n{}\n{end}", self.sudo(), script.trim_end_matches('\n'))
    }

    fn short(&self, action: &Action) -> String {
        match action {
            Action::Run(program) => self.program(program),
            Action::Script(script) => script.value.trim().to_owned(),
            Action::Pipe { parts, to } => {
                let parts: Vec<_> = parts.iter().map(|part| self.program(part)).collect();
                let to = to.as_ref().map(|to| format!(" > {}", self.word(to))).unwrap_or_default();
                format!("{}{to}", parts.join(" | "))
            }
            Action::Http(request) => {
                let mut line = format!("curl -X {} {}", request.method.value, self.word(&request.url));
                for (name, value) in &request.headers {
                    line.push_str(" -H ");
                    line.push_str(&quote(&format!("{name}: {}", self.text(value))));
                }
                line.push_str(&self.body(request.body.as_ref()));
                line
            }
            Action::Sql { url, statement, .. } => {
                let url = self.text(url);
                match url.strip_prefix("sqlite:") {
                    Some(path) => format!("sqlite3 {} {}", quote(path), quote(statement.value.trim())),
                    None => format!("psql {} -c {}", quote(&url), quote(statement.value.trim())),
                }
            }
            Action::File { pattern, .. } => format!("ls -l {}", self.text(pattern)),
            Action::Disk(path) => format!("df -h {}", self.word(path)),
            Action::Port(address) => format!("port {}", self.text(address)),
            Action::Process(name) => format!("pgrep -a {}", self.word(name)),
            Action::Service(unit) => format!("systemctl status {}", self.word(unit)),
            Action::ServiceChange { verb, unit } => match unit {
                Some(unit) => format!("systemctl {} {}", verb.word(), self.word(unit)),
                None => format!("systemctl {}", verb.word()),
            },
            Action::Write { path, content, .. } => match content {
                Content::Text(_) => format!("write {}", self.word(path)),
                Content::Template { path: template, .. } => {
                    format!("write {} from {}", self.word(path), template.value)
                }
            },
            Action::Copy { from, to, .. } => format!("cp {} {}", self.word(from), self.word(to)),
            Action::Link { path, to } => format!("ln -sfn {} {}", self.word(to), self.word(path)),
            Action::Replace(it) => {
                let (matches, with) = (self.text(&it.matches), self.text(&it.with));
                format!("replace {} with {} in {}", quote(&matches), quote(&with), self.word(&it.path))
            }
            Action::Manual(text) => self.text(text),
        }
    }

    fn body(&self, body: Option<&HttpBody>) -> String {
        match body {
            None => String::new(),
            Some(HttpBody::Json(fields)) => {
                let fields: Vec<_> =
                    fields.iter().map(|field| format!("\"{}\": \"{}\"", field.name, self.text(&field.value))).collect();
                format!(" --json {}", quote(&format!("{{{}}}", fields.join(", "))))
            }
            Some(HttpBody::Text { text, .. }) => format!(" -d {}", self.word(text)),
            Some(HttpBody::File { path, .. }) => format!(" --data-binary @{}", self.word(path)),
            Some(HttpBody::Form(fields)) => {
                let pairs = fields.iter().map(|(name, value)| quote(&format!("{name}={}", self.text(value))));
                pairs.flat_map(|pair| [" -F ".to_owned(), pair]).collect()
            }
        }
    }
}
