//! The head of a runbook: who, what, when and how long; and what a phase shares with it.

use camino::Utf8Path;

use super::lowering::Lower;
use super::text::Secrets;
use crate::model::{Impact, ModelError, OnInterrupt, Release, ReleaseType, RunBudget, Runbook, Template, Window};
use crate::syntax::{Node, Span, Spanned};

impl Lower<'_> {
    /// The whole runbook; `None` without its head.
    pub(super) fn runbook(&mut self, nodes: &[Node], folder: &Utf8Path) -> Option<Runbook> {
        let head = nodes.iter().find(|node| node.name.value == "runbook");
        if let Some(first) = nodes.first()
            && first.name.value != "runbook"
        {
            let error = if head.is_some() { ModelError::HeadNotFirst } else { ModelError::NoHead };
            self.report(error.at(head.map_or(first.name.span, |head| head.name.span)));
        }
        let Some(head) = head else {
            if nodes.is_empty() {
                self.report(ModelError::NoHead.at(Span::default()));
            }
            self.rest(nodes);
            return None;
        };
        let id = self.runbook_id(head).unwrap_or_else(|| Spanned::new(String::new(), head.name.span));
        let title = self.title(head, &id);
        let mut runbook = Runbook {
            id,
            title,
            release: head.child("release").and_then(|node| self.release(node)),
            summary: self.head_text(head, "summary"),
            owner: self.head_text(head, "owner"),
            impact: head.child("impact").and_then(|node| {
                self.word(
                    node,
                    "low, medium or high",
                    &[("low", Impact::Low), ("medium", Impact::Medium), ("high", Impact::High)],
                )
            }),
            window: self.window(head),
            budget: self.run_budget(head),
            lock: None,
            rollback_by: self.head_text(head, "rollback-by"),
            on_interrupt: head
                .child("on-interrupt")
                .and_then(|node| {
                    self.word(
                        node,
                        "halt or rollback",
                        &[("halt", OnInterrupt::Halt), ("rollback", OnInterrupt::Rollback)],
                    )
                })
                .unwrap_or_default(),
            inputs: Vec::new(),
            secrets: Vec::new(),
            lets: Vec::new(),
            files: Vec::new(),
            rehearse: None,
            allowances: Vec::new(),
            phases: Vec::new(),
            folder: folder.to_owned(),
        };
        runbook.allowances = self.allowances(nodes);
        let rest = self.rest(nodes);
        runbook.inputs = rest.inputs;
        runbook.secrets = rest.secrets;
        runbook.lets = rest.lets;
        runbook.files = rest.files;
        runbook.rehearse = rest.rehearse;
        runbook.phases = rest.phases;
        runbook.lock = self.lock(head, &rest.defaults);
        Some(runbook)
    }

    /// The runbook's own id; a phase may have the same.
    fn runbook_id(&mut self, head: &Node) -> Option<Spanned<String>> {
        let id = self.id(head)?;
        self.ids.remove(&id.value);
        Some(id)
    }

    /// The second argument; the id where it is missing.
    pub(super) fn title(&mut self, node: &Node, id: &Spanned<String>) -> Template {
        node.argument(1)
            .and_then(|entry| self.plain(entry.text()))
            .unwrap_or_else(|| Template::literal(&id.value, id.span))
    }

    /// The text of a child; `None` without it.
    pub(super) fn head_text(&mut self, parent: &Node, name: &str) -> Option<Template> {
        let node = parent.child(name)?;
        let entry = self.keep(node.required_argument(0, "a text"))?;
        self.plain(entry.text())
    }

    /// The text of a child that is prose; `None` without it.
    pub(super) fn prose(&mut self, parent: &Node, name: &str) -> Option<String> {
        let node = parent.child(name)?;
        let entry = self.keep(node.required_argument(0, "a text"))?;
        self.keep(entry.text()).map(|text| text.value)
    }

    /// The only argument of a node, one of a few words.
    pub(super) fn word<T: Copy>(&mut self, node: &Node, what: &str, choices: &[(&'static str, T)]) -> Option<T> {
        let entry = self.keep(node.required_argument(0, what))?;
        self.keep(entry.choice(choices))
    }

    fn release(&mut self, node: &Node) -> Option<Release> {
        let types = [
            ("major", ReleaseType::Major),
            ("minor", ReleaseType::Minor),
            ("patch", ReleaseType::Patch),
            ("hotfix", ReleaseType::Hotfix),
            ("custom", ReleaseType::Custom),
        ];
        let kind = node.property("type").and_then(|entry| self.keep(entry.choice(&types)));
        let entry = self.keep(node.required_argument(0, "a version"))?;
        Some(Release { version: self.plain(entry.text())?, kind })
    }

    /// `window START END` of a runbook or phase; `None` without one.
    pub(super) fn window(&mut self, parent: &Node) -> Option<Window> {
        let node = parent.child("window")?;
        let start = self.window_end(node, 0, "its start");
        let end = self.window_end(node, 1, "its end");
        Some(Window { start: start?, end: end?, span: node.span })
    }

    fn window_end(&mut self, node: &Node, position: usize, what: &str) -> Option<Template> {
        let entry = self.keep(node.required_argument(position, what))?;
        let text = self.keep(entry.text())?;
        self.moment(&text)
    }

    /// A time, or a template that will be one.
    pub(super) fn moment(&mut self, text: &Spanned<String>) -> Option<Template> {
        let template = self.template(text, Secrets::Refused)?;
        if template.as_literal().is_some_and(|literal| !is_moment(&literal)) {
            let found = crate::syntax::reader::shortened(&text.value);
            self.report(ModelError::NotAMoment { found }.at(text.span));
            return None;
        }
        Some(template)
    }

    /// `budget "15m" downtime="2m"` of a runbook or phase.
    pub(super) fn run_budget(&mut self, parent: &Node) -> RunBudget {
        let Some(node) = parent.child("budget") else { return RunBudget::default() };
        let downtime = node.property("downtime").and_then(|entry| self.duration(entry));
        let total = node.argument(0).and_then(|entry| self.duration(entry));
        if node.arguments.is_empty() && node.property("downtime").is_none() {
            let _missing = self.keep(node.required_argument(0, "a duration"));
        }
        RunBudget { total, downtime, span: node.span }
    }
}

/// Whether a text is a time: RFC 3339, where the seconds may be missing.
pub(super) fn is_moment(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok()
}
