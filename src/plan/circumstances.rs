//! An activity with every value put in, right before it is performed. This is the one place where
//! values meet actions, so it is the one place that keeps them out of shell text.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::KeptFiles;
use super::resolve_kube::Filling;
use super::resolved::{
    BoundValue, ResolvedAction, ResolvedActivity, ResolvedBody, ResolvedFileChange, ResolvedHttp, ResolvedProgram,
    ResolvedSurroundings,
};
use super::sought::{reads_texts, sought_of};
use crate::model::{
    Action, Activity, Binding, Content, Escape, FilePick, HttpBody, HttpRequest, KubeTarget, Literal, Processes,
    Program, Replacement, SubjectName, Surroundings, Template, TemplateError, Values, called_words, names_in_script,
    scripts_of,
};

/// What an attempt knows besides its activity.
#[derive(Debug, Clone)]
pub struct Circumstances<'a> {
    /// Where relative paths start: absolute.
    pub folder: &'a Utf8Path,
    /// The run's copies of the files that actions call and read.
    pub kept: &'a KeptFiles,
    /// What actions inherit: PATH, LANG, …
    pub inherited: &'a BTreeMap<String, String>,
    /// The run.
    pub run: &'a str,
    /// The unit.
    pub unit: &'a str,
    /// The attempt, from 1.
    pub attempt: u32,
    /// `RUNBOOK_IDEMPOTENCY_KEY`: one per run, step and direction.
    pub idempotency_key: String,
    /// Only looking is allowed.
    pub read_only: bool,
    /// The subject that a `preserve` takes its value from.
    pub preserved: Option<SubjectName>,
}

/// Puts the values in.
///
/// # Errors
/// A value isn't known, or a filter refuses it.
pub fn resolve_activity(
    activity: &Activity,
    values: &Values,
    circumstances: &Circumstances<'_>,
) -> Result<ResolvedActivity, TemplateError> {
    let around = &activity.surroundings;
    let cd = match &around.cd {
        Some(cd) => circumstances.folder.join(cd.render(values, Escape::None)?),
        None => circumstances.folder.to_owned(),
    };
    let user = around.user.as_ref().map(|user| user.value.render(values, Escape::None)).transpose()?;
    let reads_copies = user.as_deref().is_none_or(|user| user == "root");
    let target = around.kubernetes.as_deref();
    let resolving = Resolving { values, cd: &cd, circumstances, reads_copies, target };
    let action = resolving.action(activity)?;
    let budget = activity.poll.as_deref().map_or(activity.budget.limit, |poll| poll.within.max(activity.budget.limit));
    let surroundings = ResolvedSurroundings {
        env: resolving.environment(&activity.action, around)?,
        shell: around.shell.into(),
        stdin: stdin(activity).map(|stdin| stdin.render(values, Escape::None)).transpose()?,
        user,
        interactive: around.interactive,
        may_leak: ResolvedSurroundings::may_leak(around.leak),
        cd,
    };
    let reads_texts = circumstances.preserved.is_some() || reads_texts(activity);
    Ok(ResolvedActivity { action, surroundings, budget, sought: sought_of(activity, values), reads_texts })
}

struct Resolving<'a> {
    values: &'a Values,
    cd: &'a Utf8Path,
    circumstances: &'a Circumstances<'a>,
    /// Whoever acts can read the run's own copies.
    reads_copies: bool,
    /// Which cluster; `None`: nothing says so.
    target: Option<&'a KubeTarget>,
}

impl Resolving<'_> {
    fn text(&self, template: &Template) -> Result<String, TemplateError> {
        template.render(self.values, Escape::None)
    }

    fn path(&self, template: &Template) -> Result<Utf8PathBuf, TemplateError> {
        Ok(self.cd.join(self.text(template)?))
    }

    fn action(&self, activity: &Activity) -> Result<ResolvedAction, TemplateError> {
        Ok(match &activity.action {
            Action::Run(program) => ResolvedAction::Run(self.program(program)?),
            Action::Script(text) => ResolvedAction::Script(text.value.clone()),
            Action::Pipe { parts, to } => ResolvedAction::Pipe {
                parts: parts.iter().map(|part| self.program(part)).collect::<Result<_, _>>()?,
                to: to.as_ref().map(|to| self.path(to)).transpose()?,
                wants: wanted(activity, self.circumstances.preserved),
            },
            Action::Http(request) => ResolvedAction::Http(self.http(request)?),
            Action::Sql { url, statement, bindings } => ResolvedAction::Sql {
                url: self.database(url)?,
                statement: statement.value.clone(),
                bindings: bindings.iter().map(|binding| self.binding(binding)).collect::<Result<_, _>>()?,
                read_only: self.circumstances.read_only,
            },
            Action::File { pattern, pick } => ResolvedAction::File {
                pattern: self.path(pattern)?.into_string(),
                pick: pick.map(|pick| pick_word(pick).to_owned()),
                wants: wanted(activity, self.circumstances.preserved),
            },
            Action::Disk(path) => ResolvedAction::Disk(self.path(path)?),
            Action::Port(address) => ResolvedAction::Port(self.text(address)?),
            Action::Process(name) => ResolvedAction::Process(self.text(name)?),
            Action::Service(unit) => ResolvedAction::Service(self.text(unit)?),
            Action::ServiceChange { verb, unit } => ResolvedAction::ServiceChange {
                verb: *verb,
                unit: unit.as_ref().map(|unit| self.text(unit)).transpose()?,
            },
            Action::Write { path, content, mode } => ResolvedAction::Change(self.write(path, content, *mode)?),
            Action::Copy { from, to, mode } => ResolvedAction::Change(self.copy(from, to, *mode)?),
            Action::Link { path, to } => {
                ResolvedAction::Change(ResolvedFileChange::Link { path: self.path(path)?, to: self.text(to)? })
            }
            Action::Replace(replacement) => ResolvedAction::Change(self.replace(replacement)?),
            Action::Kube(kube) => {
                let filling = Filling { values: self.values, cd: self.cd, target: self.target };
                ResolvedAction::Kube(Box::new(filling.action(kube, &self.circumstances.idempotency_key)?))
            }
            Action::Manual(instruction) => ResolvedAction::Manual(self.text(instruction)?),
        })
    }

    fn program(&self, program: &Program) -> Result<ResolvedProgram, TemplateError> {
        let filling = Filling { values: self.values, cd: self.cd, target: self.target };
        let pod = program.pod.as_ref().map(|pod| filling.pod(pod).map(Box::new)).transpose()?;
        Ok(ResolvedProgram { pod, ..resolve_program(program, self.values, self.cd, self.circumstances.kept)? })
    }

    /// A file that is read: the run's copy, and the mode that the author gave it, if it keeps one.
    /// Whoever isn't root can't read what belongs to another user.
    fn source(&self, template: &Template) -> Result<(Utf8PathBuf, Option<u32>), TemplateError> {
        let path = self.path(template)?;
        let copy = self.circumstances.kept.copy_of(&path).filter(|_| self.reads_copies);
        Ok(copy.map_or((path, None), |(copy, mode)| (copy, Some(mode))))
    }

    /// The path of a SQLite database starts at `cd`, as every path does.
    fn database(&self, url: &Template) -> Result<String, TemplateError> {
        let url = url.render(self.values, Escape::Url)?;
        Ok(match url.strip_prefix("sqlite:") {
            Some(path) => format!("sqlite:{}", self.cd.join(path)),
            None => url,
        })
    }

    fn binding(&self, binding: &Binding) -> Result<(Option<String>, BoundValue), TemplateError> {
        let text = self.text(&binding.value)?;
        let value = match binding.literal {
            Literal::Text => BoundValue::Text(text),
            Literal::Number => match (text.parse::<i64>(), text.parse::<f64>()) {
                (Ok(integer), _) => BoundValue::Integer(integer),
                (Err(_), Ok(decimal)) => BoundValue::Decimal(decimal),
                (Err(_), Err(_)) => BoundValue::Text(text),
            },
            Literal::Flag => BoundValue::Flag(text == "true" || text == "#true"),
            Literal::Null => BoundValue::Null,
        };
        Ok((binding.name.clone(), value))
    }

    fn http(&self, request: &HttpRequest) -> Result<ResolvedHttp, TemplateError> {
        let mut headers = Vec::new();
        for (name, value) in &request.headers {
            headers.push((name.clone(), self.text(value)?));
        }
        let only_looks = matches!(request.method.value.as_str(), "GET" | "HEAD");
        if !only_looks && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("idempotency-key")) {
            headers.push(("Idempotency-Key".to_owned(), self.circumstances.idempotency_key.clone()));
        }
        Ok(ResolvedHttp {
            method: request.method.value.clone(),
            url: request.url.render(self.values, Escape::Url)?,
            headers,
            body: request.body.as_ref().map(|body| self.body(body)).transpose()?,
            follow: request.follow,
            link_local: request.link_local,
        })
    }

    fn body(&self, body: &HttpBody) -> Result<ResolvedBody, TemplateError> {
        let kind = |kind: &Option<Template>, otherwise: &str| {
            kind.as_ref().map_or_else(|| Ok(otherwise.to_owned()), |kind| self.text(kind))
        };
        Ok(match body {
            HttpBody::Json(fields) => {
                let mut object = serde_json::Map::new();
                for field in fields {
                    let text = self.text(&field.value)?;
                    object.insert(field.name.clone(), json_value(field.literal, text));
                }
                let text = serde_json::Value::Object(object).to_string();
                ResolvedBody::Text { text, kind: "application/json".to_owned() }
            }
            HttpBody::Text { text, kind: written } => {
                ResolvedBody::Text { text: self.text(text)?, kind: kind(written, "text/plain; charset=utf-8")? }
            }
            HttpBody::File { path, kind: written } => {
                ResolvedBody::File { path: self.source(path)?.0, kind: kind(written, "application/octet-stream")? }
            }
            HttpBody::Form(fields) => {
                let mut form = Vec::new();
                for (name, value) in fields {
                    form.push((name.clone(), self.text(value)?));
                }
                ResolvedBody::Form(form)
            }
        })
    }

    fn write(
        &self,
        path: &Template,
        content: &Content,
        mode: Option<u32>,
    ) -> Result<ResolvedFileChange, TemplateError> {
        let (Content::Text(text) | Content::Template { text, .. }) = content;
        Ok(ResolvedFileChange::Write { path: self.path(path)?, text: self.text(text)?, mode })
    }

    fn copy(&self, from: &Template, to: &Template, mode: Option<u32>) -> Result<ResolvedFileChange, TemplateError> {
        let (from, authors) = self.source(from)?;
        Ok(ResolvedFileChange::Copy { from, to: self.path(to)?, mode: mode.or(authors) })
    }

    fn replace(&self, replacement: &Replacement) -> Result<ResolvedFileChange, TemplateError> {
        Ok(ResolvedFileChange::Replace {
            path: self.path(&replacement.path)?,
            matches: replacement.matches.render(self.values, Escape::Regex)?,
            // `$` in a value must not be read as a group.
            with: replacement.with.render_escaped(self.values, |value| value.replace('$', "$$"))?,
            count: replacement.count,
        })
    }

    /// Inherited, then `RUNBOOK_…`, then the values that a script names, then `env`.
    fn environment(&self, action: &Action, around: &Surroundings) -> Result<Vec<(String, String)>, TemplateError> {
        let at = self.circumstances;
        let mut env: BTreeMap<String, String> = at.inherited.clone();
        env.insert("RUNBOOK_RUN_ID".into(), at.run.to_owned());
        env.insert("RUNBOOK_STEP_ID".into(), at.unit.to_owned());
        env.insert("RUNBOOK_ATTEMPT".into(), at.attempt.to_string());
        env.insert("RUNBOOK_IDEMPOTENCY_KEY".into(), at.idempotency_key.clone());
        if let Some(folder) = at.kept.folder().filter(|_| self.reads_copies && action.processes().is_some()) {
            env.insert("RUNBOOK_BUNDLE".into(), folder.to_string());
        }
        for text in scripts_of(action) {
            for name in names_in_script(text) {
                let value = self.values.get(&name).or_else(|| self.values.get(&format!("secret.{name}")));
                if let Some(value) = value {
                    env.insert(name, value.clone());
                }
            }
        }
        for (name, value) in &around.env {
            env.insert(name.clone(), self.text(value)?);
        }
        Ok(env.into_iter().collect())
    }
}

/// A program with its values put in; what it calls of the run's bundle is called as it was kept.
///
/// # Errors
/// A value isn't known, or a filter refuses it.
pub fn resolve_program(
    program: &Program,
    values: &Values,
    cd: &Utf8Path,
    kept: &KeptFiles,
) -> Result<ResolvedProgram, TemplateError> {
    let words = std::iter::once(&program.program).chain(&program.arguments);
    let mut words = words.map(|word| word.render(values, Escape::None)).collect::<Result<Vec<_>, _>>()?;
    let spelled: Vec<&str> = words.iter().map(String::as_str).collect();
    // What runs in a pod is found there.
    let called = if program.pod.is_none() { called_words(&spelled) } else { Vec::new() };
    let copies = called.into_iter().filter_map(|at| Some((at, kept.copy_of(&cd.join(spelled.get(at)?))?.0)));
    let kept = copies.collect();
    let arguments = words.split_off(1);
    Ok(ResolvedProgram { program: words.pop().unwrap_or_default(), arguments, kept, pod: None })
}

/// What can be read: of a program in a pod its own.
fn stdin(activity: &Activity) -> Option<&Template> {
    let own = match activity.action.processes() {
        Some(Processes::Programs { programs: [Program { pod: Some(pod), .. }], .. }) => pod.stdin.as_ref(),
        Some(Processes::Programs { .. } | Processes::Script(_)) | None => None,
    };
    own.or(activity.surroundings.stdin.as_ref())
}

/// The subjects that an activity asks for, so that nobody hashes 20 GB for nothing.
fn wanted(activity: &Activity, preserved: Option<SubjectName>) -> Vec<SubjectName> {
    let mut wants: Vec<_> = activity.expectations.iter().map(|expectation| expectation.subject.name).collect();
    wants.extend(activity.captures.iter().map(|capture| capture.selection.subject.name));
    wants.extend(preserved);
    wants.sort_unstable();
    wants.dedup();
    wants
}

fn json_value(literal: Literal, text: String) -> serde_json::Value {
    match literal {
        Literal::Text => text.into(),
        Literal::Number | Literal::Flag | Literal::Null => {
            let bare = text.strip_prefix('#').unwrap_or(&text);
            serde_json::from_str(bare).unwrap_or(serde_json::Value::String(text))
        }
    }
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
