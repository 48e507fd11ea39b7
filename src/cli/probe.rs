//! `runbook plan --probe`: looks at the system as it is now. It fetches the secrets and proves the users,
//! as a run would, takes no lock, leaves nothing behind, and never acts.

use std::os::unix::fs::DirBuilderExt as _;
use std::rc::Rc;
use std::sync::Arc;

use camino::Utf8PathBuf;

use super::drive::{Rights, inherited, prepare};
use super::{Exit, Terminal};
use crate::engine::Carrier;
use crate::engine::forecast::look_now;
use crate::engine::judge::Judge;
use crate::event::Forecast;
use crate::perform::Real;
use crate::perform::mask::{Masker, mask_panics};
use crate::perform::process::{Supervisor, SupervisorOptions};
use crate::plan::{KeptFiles, Plan};
use crate::syntax::Sources;

/// Looks at everything in a forecast that can be looked at; whether a run would be begun now.
///
/// # Errors
/// A secret or a right is missing, or there is no place for what checks print.
pub async fn probe(plan: &Plan, forecast: &mut Forecast, sources: Sources, terminal: &Terminal) -> Result<bool, Exit> {
    let inherited = inherited();
    let Rights { secrets, own_program, clusters: _ } = prepare(plan, &inherited, None, terminal).await?;
    let hidden: Vec<String> = secrets.values().cloned().collect();
    mask_panics(&Masker::new(&hidden));
    let scratch = Scratch::make().map_err(|error| {
        terminal.error(&format!("there is no place for what checks print: {error}"), None);
        Exit::Internal
    })?;
    let options = SupervisorOptions::new(scratch.0.clone(), own_program, hidden.clone());
    let supervisor = Rc::new(Supervisor::new(options));
    let folder = camino::absolute_utf8(&plan.runbook.folder).unwrap_or_else(|_| plan.runbook.folder.clone());
    let carrier = Carrier {
        performer: Rc::new(Real::new(Rc::clone(&supervisor), scratch.0.clone(), &hidden)),
        judge: Judge::default(),
        sources: Arc::new(sources),
        folder,
        kept: KeptFiles::default(),
        inherited,
        run: "probe".to_owned(),
        secrets,
    };
    let may_begin = look_now(plan, forecast, &carrier).await;
    supervisor.let_go().await;
    Ok(may_begin)
}

/// A directory of our own, which is gone when nobody needs it any more.
struct Scratch(Utf8PathBuf);

impl Scratch {
    fn make() -> std::io::Result<Self> {
        let below = Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap_or_else(|_| "/tmp".into());
        let nanos = jiff::Timestamp::now().as_nanosecond();
        let path = below.join(format!("runbook-probe-{}-{nanos}", std::process::id()));
        // One that is there already is somebody else's.
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        std::fs::DirBuilder::new().mode(0o700).create(path.join("steps"))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind is a temporary file of ours, masked.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
