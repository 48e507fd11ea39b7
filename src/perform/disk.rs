//! `disk PATH`: how much room the file system that holds the path has, in bytes. `free` is what is
//! left for everybody but root, as `df` counts it.

use camino::Utf8Path;

use super::ending::plain;
use super::file::number;
use crate::event::Observation;
use crate::model::{Dimension, SubjectName};

/// The subjects `free used total`. Blocks.
pub(super) fn observe_disk(path: &Utf8Path) -> Result<Observation, String> {
    let found = rustix::fs::statvfs(path.as_str())
        .map_err(|error| format!("{path} can't be looked at: {}", plain(&error.into())))?;
    let bytes = |blocks: u64| number(blocks.saturating_mul(found.f_frsize), Dimension::Bytes);
    Ok(Observation::default()
        .with(SubjectName::Free, bytes(found.f_bavail))
        .with(SubjectName::Used, bytes(found.f_blocks.saturating_sub(found.f_bfree)))
        .with(SubjectName::Total, bytes(found.f_blocks)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Datum;

    fn bytes(observation: &Observation, name: SubjectName) -> f64 {
        match observation.get(name) {
            Some(Datum::Number(quantity)) => {
                assert_eq!(quantity.dimension, Dimension::Bytes);
                quantity.number
            }
            other => panic!("{name:?} is {other:?}"),
        }
    }

    #[test]
    fn a_file_system_has_room_used_and_free() {
        let folder = tempfile::tempdir().unwrap();
        let observation = observe_disk(Utf8Path::from_path(folder.path()).unwrap()).unwrap();
        let total = bytes(&observation, SubjectName::Total);
        let free = bytes(&observation, SubjectName::Free);
        let used = bytes(&observation, SubjectName::Used);
        assert!(total > 0.0 && free <= total && used <= total && free + used <= total);
    }

    #[test]
    fn a_path_that_is_not_there_is_trouble_in_words() {
        let trouble = observe_disk(Utf8Path::new("/nowhere/at/all")).unwrap_err();
        assert_eq!(trouble, "/nowhere/at/all can't be looked at: no such file or directory");
    }
}
