//! One file → its subjects. A symbolic link is followed; a link to nothing doesn't exist.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use jiff::Timestamp;

use super::super::ending::plain;
use super::super::limits::Cancelled;
use super::owner::user_name;
use crate::event::{Datum, Observation};
use crate::model::digest::Digesting;
use crate::model::{Dimension, Quantity, SubjectName};

/// The file's subjects: `exists path size age modified mode owner`, and `sha256` and `gzip` (`intact`,
/// `damaged` or `not-gzip`) where `wants` names them. Where there is no file only `exists` and
/// `path` have a value. Blocks.
///
/// # Errors
/// The file can't be looked at or read; in the operator's words.
pub fn observe_file(path: &Path, wants: &[SubjectName]) -> Result<Observation, String> {
    observe_while(path, wants, &Cancelled::default())
}

/// As [`observe_file`], until nobody waits for it any more.
pub(in crate::perform) fn observe_while(
    path: &Path,
    wants: &[SubjectName],
    cancelled: &Cancelled,
) -> Result<Observation, String> {
    let words = |error: &io::Error| format!("{} can't be read: {}", path.display(), plain(error));
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(absent(&path.to_string_lossy()));
        }
        Err(error) => return Err(words(&error)),
    };
    let mut observation = cheap(path, &found);
    if wants.contains(&SubjectName::Sha256) {
        let (digest, _) = fingerprint(path, cancelled).map_err(|error| words(&error))?;
        observation = observation.with(SubjectName::Sha256, Datum::Text(digest));
    }
    if wants.contains(&SubjectName::Gzip) {
        let state = gzip_state(path, cancelled).map_err(|error| words(&error))?;
        observation = observation.with(SubjectName::Gzip, Datum::Text(state.to_owned()));
    }
    Ok(observation)
}

/// The observation of a path or pattern where nothing is.
pub(in crate::perform) fn absent(path: &str) -> Observation {
    Observation::default()
        .with(SubjectName::Exists, Datum::Flag(false))
        .with(SubjectName::Path, Datum::Text(path.to_owned()))
}

/// The SHA-256 of a file and its length, read in pieces.
pub(in crate::perform) fn fingerprint(path: &Path, cancelled: &Cancelled) -> io::Result<(String, u64)> {
    let mut file = regular(path)?;
    let mut hash = Digesting::default();
    let length = drain(&mut file, cancelled, |piece| hash.update(piece))?;
    Ok((hash.finish().to_string(), length))
}

fn cheap(path: &Path, found: &Metadata) -> Observation {
    let mut observation = Observation::default()
        .with(SubjectName::Exists, Datum::Flag(true))
        .with(SubjectName::Path, Datum::Text(path.to_string_lossy().into_owned()))
        .with(SubjectName::Size, number(found.len(), Dimension::Bytes))
        .with(SubjectName::Mode, Datum::Text(format!("{:04o}", found.mode() & 0o7777)))
        .with(SubjectName::Owner, Datum::Text(user_name(found.uid())));
    if let Some(modified) = found.modified().ok().and_then(|time| Timestamp::try_from(time).ok()) {
        let age = Timestamp::now().duration_since(modified).as_secs_f64();
        observation = observation
            .with(SubjectName::Modified, Datum::Time(modified))
            .with(SubjectName::Age, Datum::Number(Quantity { number: age, dimension: Dimension::Seconds }));
    }
    observation
}

/// Whether the file decompresses whole, check sums included, to its last byte.
fn gzip_state(path: &Path, cancelled: &Cancelled) -> io::Result<&'static str> {
    let mut magic = [0; 2];
    let mut file = regular(path)?;
    let read = file.by_ref().take(2).read(&mut magic)?;
    if read < 2 || magic != [0x1f, 0x8b] {
        return Ok("not-gzip");
    }
    let mut decoder = MultiGzDecoder::new(io::BufReader::new(magic.chain(file)));
    match drain(&mut decoder, cancelled, |_| {}) {
        Ok(_) => Ok("intact"),
        // The disk's own errors have a number; the decoder's have none.
        Err(error) if error.raw_os_error().is_none() && error.kind() != io::ErrorKind::Interrupted => Ok("damaged"),
        Err(error) => Err(error),
    }
}

fn regular(path: &Path) -> io::Result<File> {
    let found = fs::metadata(path)?;
    if !found.is_file() {
        return Err(io::Error::other("it isn't a regular file"));
    }
    File::open(path)
}

/// Reads to the end in pieces.
fn drain(from: &mut impl Read, cancelled: &Cancelled, mut each: impl FnMut(&[u8])) -> io::Result<u64> {
    let mut piece = vec![0; 128 * 1024];
    let mut length = 0;
    loop {
        if cancelled.is_told() {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it was cut short"));
        }
        match from.read(&mut piece) {
            Ok(0) => return Ok(length),
            Ok(read) => {
                each(&piece[..read]);
                length += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "2^53 bytes are eight petabytes")]
pub(in crate::perform) fn number(amount: u64, dimension: Dimension) -> Datum {
    Datum::Number(Quantity { number: amount as f64, dimension })
}
