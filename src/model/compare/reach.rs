//! How far a runbook reaches: the hosts that it asks and the programs that it starts, by name, with the
//! defaults of its inputs. What a script starts isn't among them; the script itself is compared.

use std::collections::BTreeMap;

use super::doing::action_text;
use crate::model::{Action, Part, Processes, Runbook, Template, Values, started_words};

/// Names, and the place in the list of units of the first that names each.
#[derive(Debug, Default)]
pub(super) struct Reach {
    pub hosts: BTreeMap<String, usize>,
    pub programs: BTreeMap<String, usize>,
}

impl Reach {
    /// What these actions reach, each with the place of its unit.
    pub fn of<'m>(runbook: &Runbook, actions: impl Iterator<Item = (usize, &'m Action)>) -> Self {
        let values = defaults(runbook);
        let mut reach = Self::default();
        for (unit, action) in actions {
            reach.add(unit, action, &values);
        }
        reach
    }

    fn add(&mut self, unit: usize, action: &Action, values: &Values) {
        match action {
            Action::Http(request) => self.hosts_in(unit, &known(&request.url, values)),
            Action::Sql { url, .. } => self.hosts_in(unit, &known(url, values)),
            Action::Port(address) => {
                let address = known(address, values);
                // A port alone is one of this machine.
                let host = host_of(&address).filter(|_| address.contains(':'));
                self.hosts.entry(host.unwrap_or_else(|| "localhost".to_owned())).or_insert(unit);
            }
            Action::Kube(_)
            | Action::Run(_)
            | Action::Script(_)
            | Action::Pipe { .. }
            | Action::File { .. }
            | Action::Disk(_)
            | Action::Process(_)
            | Action::Service(_)
            | Action::ServiceChange { .. }
            | Action::Write { .. }
            | Action::Copy { .. }
            | Action::Link { .. }
            | Action::Replace(_)
            | Action::Manual(_) => {}
        }
        match action.processes() {
            None => {}
            Some(Processes::Script(_)) => self.hosts_in(unit, &action_text(action)),
            Some(Processes::Programs { programs, .. }) => {
                // What runs in a pod is started there.
                for it in programs.iter().filter(|it| it.pod.is_none()) {
                    let words: Vec<_> =
                        std::iter::once(&it.program).chain(&it.arguments).map(|word| known(word, values)).collect();
                    for word in &words {
                        self.hosts_in(unit, word);
                    }
                    let words: Vec<_> = words.iter().map(String::as_str).collect();
                    for at in started_words(&words) {
                        self.programs.entry(words[at].to_owned()).or_insert(unit);
                    }
                }
            }
        }
    }

    /// Every `scheme://host` in a text.
    fn hosts_in(&mut self, unit: usize, text: &str) {
        for (_, behind) in text.match_indices("://").map(|(at, sign)| text.split_at(at + sign.len())) {
            if let Some(host) = host_of(behind) {
                self.hosts.entry(host).or_insert(unit);
            }
        }
    }
}

/// The host at the start of a text, in lower case, without user and port; `None` where there is none, or a
/// script's variable stands for it.
fn host_of(text: &str) -> Option<String> {
    let ends =
        |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '\\' | ')' | '>' | ';' | '|' | '`');
    let authority = text.split(ends).next()?;
    let host = authority.rsplit('@').next()?;
    let end = match host.strip_prefix('[') {
        Some(inner) => inner.find(']')? + 2,
        None => host.find(':').unwrap_or(host.len()),
    };
    let host = host.get(..end)?.to_lowercase();
    (!host.is_empty() && !host.contains('$')).then_some(host)
}

/// No name is longer, in bytes: values in values grow without end.
const LONGEST: usize = 512;

/// A text with the values that are known; what isn't, or is filtered, stays as `«name»`.
fn known(template: &Template, values: &Values) -> String {
    let mut text = String::new();
    for part in &template.parts {
        match part {
            Part::Text(piece) => text.push_str(piece),
            Part::Value(reference) => match values.get(&reference.name).filter(|_| reference.filters.is_empty()) {
                Some(value) => text.push_str(value),
                None => text.extend(["«", &reference.name, "»"]),
            },
        }
    }
    text
}

/// What inputs and lets are when nobody sets anything.
fn defaults(runbook: &Runbook) -> Values {
    let mut values: Values = Values::new();
    for input in &runbook.inputs {
        if let Some(default) = &input.default {
            values.insert(input.name.value.clone(), default.chars().take(LONGEST).collect());
        }
    }
    for derived in &runbook.lets {
        let value = known(&derived.value, &values);
        values.insert(derived.name.value.clone(), value.chars().take(LONGEST).collect());
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_values_stay_short_and_what_is_filtered_is_unknown() {
        let template = |text: &str| Template::parse(text, crate::syntax::Span::default()).unwrap();
        let values = Values::from([("a".to_owned(), "shop".to_owned())]);
        assert_eq!(known(&template("http://{{a}}.{{b}}/{{a | upper}}"), &values), "http://shop.«b»/«a»");
    }

    #[test]
    fn a_host_is_named_without_user_port_and_path() {
        let host = |text| host_of(text).unwrap_or_default();
        assert_eq!(host("Shop.example:8080/a"), "shop.example");
        assert_eq!(host("deploy:pass@db.example/shop"), "db.example");
        assert_eq!(host("[::1]:80/"), "[::1]");
        assert_eq!(host("«host»/health"), "«host»");
        assert_eq!(host("$host/health"), "");
        assert_eq!(host(""), "");
    }
}
