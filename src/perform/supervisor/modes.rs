//! Who may read and write what the supervisor leaves in a run's directory: those who may the
//! directory itself. In a state that a group shares, another member resumes the run: that one has to
//! read how steps ended, and to write on.
//!
//! Invariant: others than the owner and the group never may.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};

use camino::Utf8Path;

/// What the group of a run's directory may write.
const GROUP_WRITES: u32 = 0o020;

/// Whether a group shares the run; `false` too where its directory can't be looked at.
fn is_shared(run: &Utf8Path) -> bool {
    std::fs::metadata(run).is_ok_and(|found| found.mode() & GROUP_WRITES != 0)
}

/// Lets those have a file of the run who have its directory.
pub(super) fn share(run: &Utf8Path, file: &File) -> io::Result<()> {
    let mode = if is_shared(run) { 0o660 } else { 0o600 };
    let found = file.metadata()?;
    if found.mode() & 0o777 != mode && found.uid() == rustix::process::geteuid().as_raw() {
        // Whatever the umask took away.
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    Ok(())
}

/// Opens a file of the run, or makes it.
pub(super) fn open_file(run: &Utf8Path, path: &Utf8Path, options: &mut OpenOptions) -> io::Result<File> {
    let file = options.create(true).mode(0o600).open(path)?;
    share(run, &file)?;
    Ok(file)
}

/// Makes a folder of the run, with those above it.
pub(super) fn make_folder(run: &Utf8Path, path: &Utf8Path) -> io::Result<()> {
    if !is_shared(run) {
        return DirBuilder::new().recursive(true).mode(0o700).create(path);
    }
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent().filter(|above| *above != run) {
        make_folder(run, above)?;
    }
    DirBuilder::new().mode(0o770).create(path)?;
    // The group comes from the folder above, and goes on to what is made in this one.
    std::fs::set_permissions(path, Permissions::from_mode(0o2770))
}
