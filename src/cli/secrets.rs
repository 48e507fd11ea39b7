//! Secrets: fetched before the first effect, kept in memory, never written.

use std::collections::BTreeMap;

use crate::model::{Action, Escape, SecretSource, Values};
use crate::perform::run_for_secret;
use crate::plan::{Plan, resolve_program};

/// Fetches every secret of a plan, as `secret.NAME` → value.
///
/// # Errors
/// Everything that can't be fetched, one line each.
pub async fn fetch_secrets(plan: &Plan, inherited: &BTreeMap<String, String>) -> Result<Values, Vec<String>> {
    let mut secrets = Values::new();
    let mut missing = Vec::new();
    for secret in &plan.runbook.secrets {
        let name = &secret.name.value;
        match fetch(&secret.source, plan, inherited).await {
            Ok(value) if value.is_empty() => missing.push(format!("secret {name} is empty")),
            Ok(value) => drop(secrets.insert(format!("secret.{name}"), value)),
            Err(why) => missing.push(format!("secret {name}: {why}")),
        }
    }
    if missing.is_empty() { Ok(secrets) } else { Err(missing) }
}

async fn fetch(source: &SecretSource, plan: &Plan, inherited: &BTreeMap<String, String>) -> Result<String, String> {
    match source {
        SecretSource::Environment(name) => {
            std::env::var(name).map_err(|_| format!("the environment variable {name} isn't set"))
        }
        SecretSource::File(path) => {
            let path = path.render(&plan.values, Escape::None).map_err(|error| error.to_string())?;
            let path = plan.runbook.folder.join(path);
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
            Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
        }
        SecretSource::Run(action) => {
            let Action::Run(program) = &**action else { return Err("only `run` fetches a secret".to_owned()) };
            let folder = &plan.runbook.folder;
            let program =
                resolve_program(program, &plan.values, folder, &plan.kept).map_err(|error| error.to_string())?;
            let env: Vec<_> = inherited.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            run_for_secret(&program, folder, &env).await
        }
    }
}
