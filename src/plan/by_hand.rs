//! An activity as commands that a person can copy and run: for plans, documents, and the inverses
//! that are left when a rollback stops. Values that aren't known stand as `«name»`, secrets as the
//! shell's variable of their name, which a person sets first.
//!
//! Invariant: a block of commands does what the engine would do, wherever it is pasted: in the same
//! folder, as the same user, with the same values, and it leaves nothing behind in that shell but
//! the folder.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::KeptFiles;
use super::kube_by_hand::{Kubectl, restore_kube_by_hand};
use super::resolved::{FileBefore, StateBefore};
use super::sql_by_hand::sql_by_hand;
use crate::model::{
    Action, Activity, Binding, Content, HttpBody, HttpRequest, JsonField, KubeTarget, Literal, Program, ServiceVerb,
    Shell, Template, Values, called_words, names_in_script, scripts_of,
};

/// The commands of an activity, one or more lines without a last newline; relative paths start at
/// `folder` where the activity doesn't say otherwise.
#[must_use]
pub fn by_hand(activity: &Activity, values: &Values, folder: &Utf8Path, kept: &KeptFiles) -> String {
    let cd = activity.surroundings.cd.as_ref().map(|cd| folder.join(cd.render_known(values)));
    let cd = cd.as_deref().unwrap_or(folder);
    let cluster = activity.surroundings.kubernetes.as_deref();
    let writing = Writing { values, user: user(activity, values), kept: Some((cd, kept)), cluster };
    let commands = writing.action(activity);
    if !has_a_place(&activity.action) {
        return commands;
    }
    format!("cd {}\n{commands}", quote(cd.as_str()))
}

/// A secret's value in commands: [`quote`] makes the shell's variable of it.
#[must_use]
pub fn secret_by_hand(name: &str) -> String {
    format!("{SECRET}{name}{SECRET}")
}

/// Stands around the name of a secret until it is quoted; no value that is typed has it.
pub(super) const SECRET: char = '\u{f8ff}';

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
        StateBefore::Kube(before) => restore_kube_by_hand(before),
    }
}

/// The command that puts a file back as it was, before anybody knows how that is: it names the copy that the
/// step will keep, and for a link that it points elsewhere.
#[must_use]
pub fn restore_by_hand_before(action: &Action, path: &str, step: &str) -> String {
    if matches!(action, Action::Link { .. }) {
        return format!("ln -sfn «of-before» {}", quote(path));
    }
    let copy = copy_of_before(path, &format!("«run.id».{step}"));
    format!("cp -p {} {}", quote(&copy), quote(path))
}

/// Where a step keeps the bytes of before: beside the file, under a name that no pattern of a shell matches.
/// `unique` are the ids of the run and the step.
#[must_use]
pub fn copy_of_before(path: &str, unique: &str) -> String {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, _)| path.split_at(folder.len() + 1));
    let mut short = name.to_owned();
    while short.len() > 160 {
        short.pop();
    }
    format!("{folder}.{short}.runbook-before.{unique}")
}

/// What an activity does, on one line.
#[must_use]
pub fn in_one_line(activity: &Activity, values: &Values) -> String {
    in_full(activity, values).lines().next().unwrap_or_default().to_owned()
}

/// What an activity does, as the author spelled it: a script whole, all else on one line.
#[must_use]
pub fn in_full(activity: &Activity, values: &Values) -> String {
    let cluster = activity.surroundings.kubernetes.as_deref();
    Writing { values, user: None, kept: None, cluster }.short(&activity.action)
}

/// A text as one word of a shell. A control character would be lost on the way over a screen: it is
/// spelled, which needs bash, zsh or a shell as new.
#[must_use]
pub fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,«»".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let parts = text.split(SECRET).enumerate().map(|(place, part)| match (place % 2, part) {
        (1, secret) => format!("\"${secret}\""),
        (_, "") if text.contains(SECRET) => String::new(),
        (_, text) if text.chars().any(is_lost) => format!("$'{}'", spelled(text)),
        (_, text) => format!("'{}'", text.replace('\'', r"'\''")),
    });
    parts.collect()
}

/// Whether a screen doesn't hand a character on as it is.
fn is_lost(c: char) -> bool {
    c.is_control() && c != '\n'
}

fn spelled(text: &str) -> String {
    let spell = |c: char| match c {
        '\t' => r"\t".to_owned(),
        '\r' => r"\r".to_owned(),
        '\'' => r"\'".to_owned(),
        '\\' => r"\\".to_owned(),
        lost if is_lost(lost) => format!("\\x{:02x}", u32::from(lost)),
        other => other.to_string(),
    };
    text.chars().map(spell).collect()
}

/// A script as one word, readable: not a character of it is quoted.
fn as_it_stands(script: &str) -> String {
    let script = script.trim_end_matches('\n');
    if script.chars().any(is_lost) {
        return quote(script);
    }
    let end = if script.lines().any(|line| line == "END") { "END_OF_SCRIPT" } else { "END" };
    if script.contains('\n') { format!("\"$(cat <<'{end}'\n{script}\n{end}\n)\"") } else { quote(script) }
}

/// What no command does: a comment, so that nothing of it runs where it is pasted.
fn prose(text: &str) -> String {
    format!("by hand: {}", text.trim()).lines().map(|line| format!("# {line}")).collect::<Vec<_>>().join("\n")
}

fn user(activity: &Activity, values: &Values) -> Option<String> {
    activity.surroundings.user.as_ref().map(|user| user.value.render_known(values))
}

/// Whether it matters in which folder it is done.
fn has_a_place(action: &Action) -> bool {
    let names_files = matches!(action, Action::Sql { .. } | Action::File { .. }) || action.changed_file().is_some();
    names_files || action.processes().is_some()
}

struct Writing<'a> {
    values: &'a Values,
    user: Option<String>,
    /// Where it is done, and the run's copies of what is called there; `None`: as the author spelled it.
    kept: Option<(&'a Utf8Path, &'a KeptFiles)>,
    /// What `kubernetes` says.
    cluster: Option<&'a KubeTarget>,
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

    fn kubectl(&self) -> Kubectl<'_> {
        Kubectl::new(self.values, self.cluster)
    }

    fn program(&self, program: &Program) -> String {
        if let Some(pod) = &program.pod {
            let words = std::iter::once(&program.program).chain(&program.arguments).map(|word| self.word(word));
            return self.kubectl().exec(pod, &words.collect::<Vec<_>>().join(" "), pod.stdin.is_some());
        }
        let words = std::iter::once(&program.program).chain(&program.arguments);
        let mut words: Vec<_> = words.map(|word| self.text(word)).collect();
        let called = called_words(&words.iter().map(String::as_str).collect::<Vec<_>>());
        for at in called {
            if let (Some(word), Some((cd, kept))) = (words.get_mut(at), self.kept)
                && let Some((copy, _)) = kept.copy_of(&cd.join(word.as_str()))
            {
                *word = copy.into_string();
            }
        }
        words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
    }

    fn action(&self, activity: &Activity) -> String {
        let sudo = self.sudo();
        match &activity.action {
            Action::Script(script) => {
                let shell = match activity.surroundings.shell {
                    Shell::Sh => "sh -eu",
                    Shell::Bash => "bash -eu -o pipefail",
                };
                self.process(activity, &format!("{shell} -c {}", as_it_stands(&script.value)))
            }
            Action::Run(program) => self.process(activity, &self.program(program)),
            Action::Pipe { .. } => {
                let pipe = quote(&self.short(&activity.action));
                self.process(activity, &format!("bash -o pipefail -c {pipe}"))
            }
            Action::Sql { url, statement, bindings } => {
                format!("{sudo}{}", sql_by_hand(&self.text(url), &statement.value, &self.bound(bindings)))
            }
            Action::Write { path, content, mode } => self.write(path, content, *mode),
            Action::ServiceChange { .. }
            | Action::Service(_)
            | Action::File { .. }
            | Action::Disk(_)
            | Action::Copy { .. }
            | Action::Link { .. } => format!("{sudo}{}", self.short(&activity.action)),
            Action::Http(_) | Action::Port(_) | Action::Process(_) => self.short(&activity.action),
            Action::Kube(kube) => self.kubectl().action(kube),
            Action::Replace(it) => {
                let (matches, with) = (self.text(&it.matches), self.text(&it.with));
                let times = if it.count == 1 { "once".to_owned() } else { format!("{} times", it.count) };
                let path = self.text(&it.path);
                prose(&format!("in {path}, replace what matches {matches} with {with}; it must match {times}"))
            }
            Action::Manual(text) => prose(&self.text(text)),
        }
    }

    /// The bytes as they are written: a person sees what the file will hold.
    fn write(&self, path: &Template, content: &Content, mode: Option<u32>) -> String {
        let text = match content {
            Content::Text(text) | Content::Template { text, .. } => self.word(text),
        };
        let (path, sudo) = (self.word(path), self.sudo());
        let write = match sudo.as_str() {
            "" => format!("printf %s {text} > {path}"),
            sudo => format!("printf %s {text} | {sudo}tee {path} > /dev/null"),
        };
        let mode = mode.map(|mode| format!("\n{sudo}chmod {mode:04o} {path}")).unwrap_or_default();
        write + &mode
    }

    /// The values of a statement, as SQL spells them.
    fn bound(&self, bindings: &[Binding]) -> Vec<(Option<String>, String)> {
        let spelled = |binding: &Binding| {
            let text = self.text(&binding.value);
            match binding.literal {
                Literal::Text => format!("'{}'", text.replace('\'', "''")),
                Literal::Number => text,
                Literal::Flag => if text.ends_with("true") { "TRUE" } else { "FALSE" }.to_owned(),
                Literal::Null => "NULL".to_owned(),
            }
        };
        bindings.iter().map(|binding| (binding.name.clone(), spelled(binding))).collect()
    }

    /// A command with its user, its standard input, and the values that its scripts name.
    fn process(&self, activity: &Activity, command: &str) -> String {
        let around = &activity.surroundings;
        let named = scripts_of(&activity.action).into_iter().flat_map(names_in_script).filter_map(|name| {
            let secret = self.values.get(&format!("secret.{name}"));
            let run = self.values.get("run.id").filter(|_| name == "RUNBOOK_RUN_ID");
            self.values.get(&name).or(secret).or(run).map(|value| (name.clone(), value.clone()))
        });
        let mut env: BTreeMap<String, String> = named.collect();
        env.extend(around.env.iter().map(|(name, value)| (name.clone(), self.text(value))));
        let env: Vec<_> = env.iter().map(|(name, value)| format!("{name}={}", quote(value))).collect();
        let env = if env.is_empty() { String::new() } else { format!("env {} ", env.join(" ")) };
        let command = format!("{}{env}{command}", self.sudo());
        let pods = match &activity.action {
            Action::Run(program) => program.pod.as_ref().and_then(|pod| pod.stdin.as_ref()),
            _ => None,
        };
        match pods.or(around.stdin.as_ref()) {
            Some(text) => format!("printf %s {} | {command}", self.word(text)),
            None if around.interactive => command,
            None => format!("{command} < /dev/null"),
        }
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
                line.push_str(&self.body(request));
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
            Action::Kube(kube) => self.kubectl().action(kube),
            Action::Manual(text) => self.text(text),
        }
    }

    /// What is sent, of the same type: `curl` takes every body for a form.
    fn body(&self, request: &HttpRequest) -> String {
        let is_typed = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let typed = |kind: Option<&Template>, otherwise: &str| {
            let kind = kind.map_or_else(|| otherwise.to_owned(), |kind| self.text(kind));
            if is_typed { String::new() } else { format!(" -H {}", quote(&format!("Content-Type: {kind}"))) }
        };
        match &request.body {
            None => String::new(),
            Some(HttpBody::Json(fields)) => {
                let fields: Vec<_> = fields.iter().map(|field| self.field(field)).collect();
                format!(" --json {}", quote(&format!("{{{}}}", fields.join(", "))))
            }
            Some(HttpBody::Text { text, kind }) => {
                let kind = typed(kind.as_ref(), "text/plain; charset=utf-8");
                format!("{kind} --data-raw {}", self.word(text))
            }
            Some(HttpBody::File { path, kind }) => {
                let kind = typed(kind.as_ref(), "application/octet-stream");
                format!("{kind} --data-binary @{}", self.word(path))
            }
            Some(HttpBody::Form(fields)) => {
                let pairs = fields.iter().map(|(name, value)| quote(&format!("{name}={}", self.text(value))));
                pairs.flat_map(|pair| [" --data-urlencode ".to_owned(), pair]).collect()
            }
        }
    }

    /// A field of a JSON object: a text in quotes, all else as it is written.
    fn field(&self, field: &JsonField) -> String {
        let value = self.text(&field.value);
        let value = match field.literal {
            Literal::Text => serde_json::Value::from(value).to_string(),
            Literal::Number | Literal::Flag | Literal::Null => value.trim_start_matches('#').to_owned(),
        };
        format!("{}: {value}", serde_json::Value::from(field.name.as_str()))
    }
}
