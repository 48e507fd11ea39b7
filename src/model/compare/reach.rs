//! How far a runbook reaches: the hosts that it asks and the programs that it starts, by name, with the
//! defaults of its inputs. What a script starts isn't among them; the script itself is compared.

use std::collections::BTreeMap;

use super::doing::action_text;
use crate::model::{Action, Processes, Runbook, Template, Values, started_words};

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
            Action::Http(request) => self.hosts_in(unit, &request.url.render_known(values)),
            Action::Sql { url, .. } => self.hosts_in(unit, &url.render_known(values)),
            Action::Port(address) => {
                let address = address.render_known(values);
                // A port alone is one of this machine.
                let host = host_of(&address).filter(|_| address.contains(':'));
                self.hosts.entry(host.unwrap_or_else(|| "localhost".to_owned())).or_insert(unit);
            }
            Action::Run(_)
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
                for it in programs {
                    let words: Vec<_> = std::iter::once(&it.program)
                        .chain(&it.arguments)
                        .map(|word: &Template| word.render_known(values))
                        .collect();
                    words.iter().for_each(|word| self.hosts_in(unit, word));
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

/// What inputs and lets are when nobody sets anything; what isn't known stays as `«name»`.
fn defaults(runbook: &Runbook) -> Values {
    let mut values: Values = Values::new();
    for input in &runbook.inputs {
        if let Some(default) = &input.default {
            values.insert(input.name.value.clone(), default.clone());
        }
    }
    for derived in &runbook.lets {
        let value = derived.value.render_known(&values);
        values.insert(derived.name.value.clone(), value);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

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
