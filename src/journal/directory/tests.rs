use std::os::unix::fs::{PermissionsExt, symlink};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::OFlags;

use super::{Directory, Distrust, Form, Identity, JournalError};
use crate::journal::Folder as _;

fn in_folder() -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
    (folder, path)
}

fn open(path: &Utf8Path) -> Result<Directory, JournalError> {
    Directory::open_state(path, &Identity::own(), true).map(|directory| directory.unwrap())
}

fn set_mode(path: &Utf8Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Utf8Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o7777
}

#[track_caller]
fn distrust<T: std::fmt::Debug>(answer: Result<T, JournalError>) -> (Utf8PathBuf, Distrust) {
    match answer {
        Err(JournalError::NotSafe { path, why }) => (path, why),
        other => panic!("expected distrust: {other:?}"),
    }
}

#[test]
fn what_is_missing_is_made_for_its_owner_alone() {
    let (_folder, path) = in_folder();
    let state = open(&path.join("a/b/runbook")).unwrap();
    assert_eq!(state.form(), Form::Private);
    assert_eq!(mode(&path.join("a")), 0o700);
    state.child_or_new("runs").unwrap();
    assert_eq!(mode(&path.join("a/b/runbook/runs")), 0o700);
    state.new_file("file", OFlags::WRONLY).unwrap();
    assert_eq!(mode(&path.join("a/b/runbook/file")), 0o600);
}

#[test]
fn who_only_reads_makes_nothing() {
    let (_folder, path) = in_folder();
    assert!(Directory::open_state(&path.join("a/runbook"), &Identity::own(), false).unwrap().is_none());
    assert!(!path.join("a").exists());
}

#[test]
fn a_state_directory_that_is_a_link_is_refused() {
    let (_folder, path) = in_folder();
    std::fs::create_dir(path.join("real")).unwrap();
    symlink(path.join("real"), path.join("state")).unwrap();
    assert_eq!(distrust(open(&path.join("state"))), (path.join("state"), Distrust::Link));
}

#[test]
fn a_link_of_ours_on_the_way_is_followed() {
    let (_folder, path) = in_folder();
    std::fs::create_dir_all(path.join("real/deep")).unwrap();
    symlink("real/deep", path.join("way")).unwrap();
    symlink(path.join("way"), path.join("absolute")).unwrap();
    open(&path.join("absolute/state")).unwrap();
    assert!(path.join("real/deep/state").is_dir());
}

#[test]
fn a_link_of_somebody_else_on_the_way_is_refused() {
    let (_folder, path) = in_folder();
    std::fs::create_dir(path.join("real")).unwrap();
    symlink("real", path.join("way")).unwrap();
    let own = Identity::own();
    // The same link, seen by another user; it isn't root's only where this test isn't run by root.
    if own.user == 0 {
        std::os::unix::fs::lchown(path.join("way"), Some(4242), None).unwrap();
        assert_eq!(distrust(open(&path.join("way/state"))), (path.join("way"), Distrust::Link));
    } else {
        let other = Identity { user: own.user + 1, groups: own.groups };
        let answer = Directory::open_state(&path.join("way/state"), &other, false);
        assert_eq!(distrust(answer), (path.join("way"), Distrust::Link));
    }
}

#[test]
fn a_circle_of_links_is_refused() {
    let (_folder, path) = in_folder();
    symlink("other", path.join("one")).unwrap();
    symlink("one", path.join("other")).unwrap();
    assert!(matches!(open(&path.join("one/state")), Err(JournalError::Unreachable { .. })));
}

#[test]
fn a_state_that_others_can_write_is_refused() {
    let (_folder, path) = in_folder();
    for wrong in [0o770, 0o777, 0o702, 0o1777, 0o2777, 0o3770, 0o2775] {
        std::fs::create_dir(path.join("state")).unwrap();
        set_mode(&path.join("state"), wrong);
        assert_eq!(distrust(open(&path.join("state"))), (path.join("state"), Distrust::Writable { mode: wrong }));
        std::fs::remove_dir(path.join("state")).unwrap();
    }
}

#[test]
fn a_way_that_everybody_can_rearrange_is_refused() {
    let (_folder, path) = in_folder();
    std::fs::create_dir(path.join("open")).unwrap();
    set_mode(&path.join("open"), 0o777);
    assert_eq!(distrust(open(&path.join("open/state"))), (path.join("open"), Distrust::Writable { mode: 0o777 }));
    set_mode(&path.join("open"), 0o1777);
    open(&path.join("open/state")).unwrap();
}

#[test]
fn a_state_of_somebody_else_is_refused() {
    let (_folder, path) = in_folder();
    std::fs::create_dir(path.join("state")).unwrap();
    let own = Identity::own();
    let other = Identity { user: own.user + 1, groups: own.groups };
    let (at, why) = distrust(Directory::open_state(&path.join("state"), &other, false));
    assert_eq!(why, Distrust::ForeignOwner { owner: own.user, expected: own.user + 1 });
    assert!(path.join("state").starts_with(at));
}

#[test]
fn a_group_shares_a_state_of_mode_2770() {
    let (_folder, path) = in_folder();
    std::fs::create_dir(path.join("state")).unwrap();
    set_mode(&path.join("state"), 0o2770);
    let state = open(&path.join("state")).unwrap();
    assert!(matches!(state.form(), Form::Shared { .. }));
    let runs = state.child_or_new("runs").unwrap();
    assert_eq!(mode(runs.path()), 0o2770);
    runs.new_file("file", OFlags::WRONLY).unwrap();
    assert_eq!(mode(&runs.path().join("file")), 0o660);
    assert!(runs.file("file", OFlags::RDWR).unwrap().is_some());
    set_mode(&runs.path().join("file"), 0o666);
    assert_eq!(distrust(runs.file("file", OFlags::RDWR)).1, Distrust::Writable { mode: 0o666 });
}

#[test]
fn who_isnt_in_the_group_is_refused() {
    let (_folder, path) = in_folder();
    std::fs::create_dir(path.join("state")).unwrap();
    set_mode(&path.join("state"), 0o2770);
    let stranger = Identity { user: Identity::own().user + 1, groups: vec![54_321] };
    let (_, why) = distrust(Directory::open_state(&path.join("state"), &stranger, false));
    assert!(matches!(why, Distrust::ForeignOwner { .. }));
}

#[test]
fn planted_links_in_the_state_are_refused() {
    let (_folder, path) = in_folder();
    let state = open(&path.join("state")).unwrap();
    std::fs::create_dir(path.join("elsewhere")).unwrap();
    std::fs::write(path.join("target"), "precious").unwrap();
    symlink(path.join("elsewhere"), path.join("state/runs")).unwrap();
    symlink(path.join("target"), path.join("state/journal")).unwrap();
    symlink(path.join("nowhere"), path.join("state/dangling")).unwrap();
    assert_eq!(distrust(state.child("runs")), (path.join("state/runs"), Distrust::Link));
    assert_eq!(distrust(state.child_or_new("runs")).1, Distrust::Link);
    assert_eq!(distrust(state.file("journal", OFlags::RDWR)).1, Distrust::Link);
    assert_eq!(distrust(state.file_or_new("dangling", OFlags::RDWR)).1, Distrust::Link);
    assert!(matches!(state.new_file("dangling", OFlags::WRONLY), Err(JournalError::Io { .. })));
    assert!(!path.join("nowhere").exists());
    assert_eq!(std::fs::read_to_string(path.join("target")).unwrap(), "precious");
}

#[test]
fn a_second_name_of_a_file_is_refused() {
    let (_folder, path) = in_folder();
    let state = open(&path.join("state")).unwrap();
    std::fs::write(path.join("target"), "precious").unwrap();
    std::fs::hard_link(path.join("target"), path.join("state/journal")).unwrap();
    set_mode(&path.join("target"), 0o600);
    assert_eq!(distrust(state.file("journal", OFlags::RDWR)).1, Distrust::HardLinks(2));
}

#[test]
fn what_is_of_another_kind_is_refused_and_holds_nobody_up() {
    let (_folder, path) = in_folder();
    let state = open(&path.join("state")).unwrap();
    std::fs::create_dir(path.join("state/journal")).unwrap();
    std::fs::write(path.join("state/runs"), "").unwrap();
    let made = std::process::Command::new("mkfifo").arg(path.join("state/pipe")).status().unwrap();
    assert!(made.success());
    assert_eq!(distrust(state.file("journal", OFlags::RDWR)).1, Distrust::WrongKind { expected: "file" });
    assert_eq!(distrust(state.child("runs")).1, Distrust::WrongKind { expected: "directory" });
    assert_eq!(distrust(state.file("pipe", OFlags::RDONLY)).1, Distrust::WrongKind { expected: "file" });
}

#[test]
fn a_file_or_directory_that_others_can_write_is_refused() {
    let (_folder, path) = in_folder();
    let state = open(&path.join("state")).unwrap();
    state.new_file("journal", OFlags::WRONLY).unwrap();
    set_mode(&path.join("state/journal"), 0o620);
    assert_eq!(distrust(state.file("journal", OFlags::RDWR)).1, Distrust::Writable { mode: 0o620 });
    state.child_or_new("runs").unwrap();
    set_mode(&path.join("state/runs"), 0o770);
    assert_eq!(distrust(state.child("runs")).1, Distrust::Writable { mode: 0o770 });
}
