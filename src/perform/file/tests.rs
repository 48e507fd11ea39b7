use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::super::limits::Cancelled;
use super::{find, observe_file};
use crate::event::{Datum, Observation};
use crate::model::{Dimension, Quantity, SubjectName};

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file that is so many minutes old.
    fn write(&self, name: &str, bytes: &[u8], minutes: u64) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = File::create(&path).unwrap();
        file.write_all(bytes).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(60 * minutes)).unwrap();
        path
    }

    fn find(&self, pattern: &str, pick: Option<&str>) -> Result<Option<PathBuf>, String> {
        find(self.path(pattern).to_str().unwrap(), pick, &Cancelled::default())
    }
}

fn text(observation: &Observation, name: SubjectName) -> &str {
    match observation.get(name) {
        Some(Datum::Text(text)) => text,
        other => panic!("{name:?} is {other:?}"),
    }
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzip_of(path: &Path) -> String {
    text(&observe_file(path, &[SubjectName::Gzip]).unwrap(), SubjectName::Gzip).to_owned()
}

#[test]
fn a_file_has_all_its_cheap_subjects_and_the_dear_ones_only_when_wanted() {
    let folder = Folder::new();
    let path = folder.write("backup.sql", b"hello\n", 5);
    let observation = observe_file(&path, &[]).unwrap();
    assert_eq!(observation.get(SubjectName::Exists), Some(&Datum::Flag(true)));
    assert_eq!(text(&observation, SubjectName::Path), path.to_str().unwrap());
    assert_eq!(
        observation.get(SubjectName::Size),
        Some(&Datum::Number(Quantity { number: 6.0, dimension: Dimension::Bytes }))
    );
    assert_eq!(text(&observation, SubjectName::Mode), "0644");
    let Some(Datum::Number(age)) = observation.get(SubjectName::Age) else { panic!("no age") };
    assert!(age.dimension == Dimension::Seconds && age.number >= 300.0);
    assert!(matches!(observation.get(SubjectName::Modified), Some(Datum::Time(_))));
    assert_eq!((observation.get(SubjectName::Sha256), observation.get(SubjectName::Gzip)), (None, None));

    let wanted = observe_file(&path, &[SubjectName::Sha256, SubjectName::Gzip]).unwrap();
    let digest = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    assert_eq!(text(&wanted, SubjectName::Sha256), digest);
    assert_eq!(text(&wanted, SubjectName::Gzip), "not-gzip");
}

#[test]
fn a_file_that_is_not_there_answers_that_it_does_not_exist() {
    let folder = Folder::new();
    let observation = observe_file(&folder.path("nothing"), &[SubjectName::Sha256]).unwrap();
    assert_eq!(observation.get(SubjectName::Exists), Some(&Datum::Flag(false)));
    assert_eq!(observation.get(SubjectName::Size), None);
    assert_eq!(observation.get(SubjectName::Sha256), None);
}

#[test]
fn the_owner_is_a_name() {
    let observation = observe_file(Path::new("/etc/passwd"), &[]).unwrap();
    assert_eq!(text(&observation, SubjectName::Owner), "root");
}

#[test]
fn a_backup_is_intact_only_when_it_decompresses_to_its_end() {
    let folder = Folder::new();
    let whole = gzipped(&vec![b'x'; 500_000]);
    assert_eq!(gzip_of(&folder.write("whole.gz", &whole, 0)), "intact");
    assert_eq!(gzip_of(&folder.write("twice.gz", &[whole.clone(), whole.clone()].concat(), 0)), "intact");
    assert_eq!(gzip_of(&folder.write("torn.gz", &whole[..whole.len() - 1], 0)), "damaged");
    assert_eq!(gzip_of(&folder.write("junk.gz", &[whole.clone(), b"junk".to_vec()].concat(), 0)), "damaged");
    let mut flipped = whole.clone();
    let check_sum = flipped.len() - 6;
    flipped[check_sum] ^= 1;
    assert_eq!(gzip_of(&folder.write("flipped.gz", &flipped, 0)), "damaged");
    assert_eq!(gzip_of(&folder.write("empty.gz", b"", 0)), "not-gzip");
    assert_eq!(gzip_of(&folder.write("text.gz", b"CREATE TABLE", 0)), "not-gzip");
}

#[test]
fn of_several_files_pick_says_which() {
    let folder = Folder::new();
    let oldest = folder.write("backup_1.gz", b"12345", 30);
    let newest = folder.write("backup_3.gz", b"1234", 10);
    let largest = folder.write("backup_2.gz", b"123456", 20);
    folder.write(".backup_9.gz", b"", 0);
    folder.write("other.gz", b"1234567890", 0);
    for (pick, expected) in [
        ("newest", &newest),
        ("oldest", &oldest),
        ("largest", &largest),
        ("smallest", &newest),
        ("first", &oldest),
        ("last", &newest),
    ] {
        assert_eq!(folder.find("backup_*.gz", Some(pick)).as_ref(), Ok(&Some(expected.clone())), "{pick}");
    }
}

#[test]
fn several_files_without_pick_are_trouble_and_none_is_an_answer() {
    let folder = Folder::new();
    let one = folder.write("a.gz", b"", 0);
    assert_eq!(folder.find("*.gz", None), Ok(Some(one)));
    folder.write("b.gz", b"", 0);
    let words = folder.find("*.gz", None).unwrap_err();
    assert!(words.starts_with("2 files match ") && words.contains("`pick=newest`"), "{words}");
    assert_eq!(folder.find("*.zip", None), Ok(None));
    assert_eq!(folder.find("no/such/folder/*.zip", Some("newest")), Ok(None));
}

#[test]
fn a_pattern_goes_through_folders_but_not_into_hidden_ones() {
    let folder = Folder::new();
    let deep = folder.write("2026/06/10/b.gz", b"", 0);
    folder.write(".trash/2026/z.gz", b"", 0);
    assert_eq!(folder.find("2026/*/*/b.gz", None), Ok(Some(deep.clone())));
    assert_eq!(folder.find("**/*.gz", Some("last")), Ok(Some(deep.clone())));
    assert_eq!(folder.find("20*/**/b.gz", None), Ok(Some(deep)));
}

#[test]
fn a_name_that_looks_like_a_pattern_is_a_name_where_it_exists() {
    let folder = Folder::new();
    let odd = folder.write("report[1].txt", b"", 0);
    folder.write("report1.txt", b"", 0);
    assert_eq!(folder.find("report[1].txt", None), Ok(Some(odd)));
}

#[test]
fn a_link_to_nothing_does_not_exist() {
    let folder = Folder::new();
    std::os::unix::fs::symlink("nowhere", folder.path("link")).unwrap();
    let observation = observe_file(&folder.path("link"), &[]).unwrap();
    assert_eq!(observation.get(SubjectName::Exists), Some(&Datum::Flag(false)));
}
