//! Linux, from 5.3 on: handles of processes are that young.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustix::fs::{
    Advice, FallocateFlags, FileType, MemfdFlags, OFlags, fadvise, fallocate, fdatasync, fstat, fstatfs, memfd_create,
};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};
use rustix::pipe::PipeFlags;
use rustix::process::{
    DumpableBehavior, Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal, set_child_subreaper,
    set_dumpable_behavior,
};

use super::ProcessFacts;

/// As much as the system keeps of a process's own name, in bytes.
pub const SHORT_NAME: usize = 15;
/// A folder is opened only to be gone through: that needs no right to read it.
pub const ONLY_NAMED: OFlags = OFlags::PATH;
/// How descriptors are received; whoever receives them marks them closed on exec, too.
pub const RECEIVE: RecvFlags = RecvFlags::CMSG_CLOEXEC;
/// How bytes are sent to somebody who may be gone.
pub const SEND: SendFlags = SendFlags::NOSIGNAL;

/// Waits until the bytes of a file, and its length, are on the device.
///
/// # Errors
/// The system can't, or won't say that it did.
pub fn sync(file: &File) -> io::Result<()> {
    Ok(fdatasync(file)?)
}

/// Reserves space behind the end of a file, which stays where it is.
///
/// # Errors
/// There is no space; `Unsupported`: the file system reserves none.
pub fn reserve(file: &File, from: u64, bytes: u64) -> io::Result<()> {
    match fallocate(file, FallocateFlags::KEEP_SIZE, from, bytes) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Err(io::ErrorKind::Unsupported.into()),
        done => Ok(done?),
    }
}

/// Forgets what is cached of a file, so that it is read from the device; as far as the system likes.
pub fn drop_cached(file: &File) {
    let _ = fadvise(file, 0, None, Advice::DontNeed);
}

/// Lets the system begin to write what a file holds, and waits for nothing: several files that are to be
/// synced are then written together, and each sync finds most of its work done. It promises nothing.
pub fn begin_to_write(file: &File) {
    // For what isn't written yet, to forget the cache is to write it.
    drop_cached(file);
}

/// The permission bits of a file, set-id and sticky bits among them.
#[must_use]
pub fn permissions(stat: &rustix::fs::Stat) -> u32 {
    stat.st_mode & 0o7777
}

/// The network file system that a file lies on; `None`: it is this host's own.
///
/// # Errors
/// The system doesn't say.
pub fn network_of(file: impl AsFd) -> io::Result<Option<&'static str>> {
    let found = fstatfs(file)?;
    // The numbers are 32 bits wide, in a field whose type differs between machines.
    Ok(network_named(u32::try_from(i128::from(found.f_type) & 0xffff_ffff).unwrap_or(0)))
}

fn network_named(kind: u32) -> Option<&'static str> {
    match kind {
        0x6969 => Some("NFS"),
        0x517b => Some("SMB"),
        0xff53_4d42 | 0xfe53_4d42 => Some("CIFS"),
        0x00c3_6400 => Some("Ceph"),
        0x6573_5546 => Some("FUSE"),
        0x5346_414f | 0x6b41_4653 => Some("AFS"),
        0x0102_1997 => Some("9P"),
        0x0bd0_0bd0 => Some("Lustre"),
        0x7461_636f => Some("OCFS2"),
        0x0116_1970 => Some("GFS2"),
        0x1983_0326 => Some("BeeGFS"),
        0x4750_4653 => Some("GPFS"),
        _ => None,
    }
}

/// A pipe whose ends close on exec: the one that is read, the one that is written.
///
/// # Errors
/// There are too many descriptors.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?)
}

/// Lets a pipe hold as much.
///
/// # Errors
/// It may not.
pub fn enlarge_pipe(end: impl AsFd, bytes: usize) -> io::Result<()> {
    rustix::pipe::fcntl_setpipe_size(end, bytes)?;
    Ok(())
}

/// What a pipe is called wherever it is held; `None`: the system doesn't say.
#[must_use]
pub fn pipe_name(pipe: impl AsFd) -> Option<String> {
    let stat = fstat(pipe).ok()?;
    FileType::from_raw_mode(stat.st_mode).is_fifo().then(|| format!("pipe:[{}]", stat.st_ino))
}

/// A text as a file without a name, and a path that the next program can open while the file is held.
///
/// # Errors
/// There is no space.
pub fn script_file(text: &str) -> io::Result<(OwnedFd, String)> {
    let mut file = File::from(memfd_create("script", MemfdFlags::empty())?);
    file.write_all(text.as_bytes())?;
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok((OwnedFd::from(file), path))
}

/// The numbers of the open descriptors of this process; one of them is closed by then.
///
/// # Errors
/// The system doesn't say.
pub fn descriptors() -> io::Result<Vec<i32>> {
    let names = fs::read_dir("/proc/self/fd")?;
    Ok(names.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

/// The boot of this host; empty where the system doesn't say.
#[must_use]
pub fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_owned()).unwrap_or_default()
}

/// From now on, what is started below this process stays below it.
///
/// # Errors
/// The system refuses.
pub fn adopt_orphans() -> io::Result<()> {
    Ok(set_child_subreaper(Some(rustix::process::getpid()))?)
}

/// From now on nobody but root reads the memory of this process, not even out of a core dump.
///
/// # Errors
/// The system refuses.
pub fn hide_memory() -> io::Result<()> {
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

/// The numbers of all processes that we can see.
///
/// # Errors
/// They can't be listed.
pub fn processes() -> io::Result<Vec<i32>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        found.extend(entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()));
    }
    Ok(found)
}

/// The children of a process, whatever state they are in; none if it is gone. `None`: look through all
/// processes.
#[must_use]
pub fn children_of(pid: i32) -> Option<Vec<i32>> {
    let mut children = Vec::new();
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return Some(children) };
    for thread in threads.flatten() {
        match fs::read_to_string(thread.path().join("children")) {
            Ok(text) => children.extend(text.split_ascii_whitespace().filter_map(|pid| pid.parse::<i32>().ok())),
            // A thread that has just ended; or nobody lists them here, and then not our own either.
            Err(_) if Path::new("/proc/thread-self/children").exists() => {}
            Err(_) => return None,
        }
    }
    Some(children)
}

/// What there is to know of a process; `None`: it is gone.
#[must_use]
pub fn facts(pid: i32) -> Option<ProcessFacts> {
    // One line, given whole to whoever asks for enough of it.
    let mut line = [0; 2048];
    let length = File::open(format!("/proc/{pid}/stat")).ok()?.read(&mut line).ok()?;
    // The name stands in parentheses and may hold anything: parentheses, or what is no text.
    let text = String::from_utf8_lossy(line.get(..length)?);
    let (start, rest) = text.rsplit_once(')')?;
    let name = start.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    Some(ProcessFacts {
        pid,
        name,
        is_dead: matches!(*fields.first()?, "Z" | "X"),
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        began: fields.get(19)?.parse().ok()?,
    })
}

/// The words that a process was started with; empty: nobody tells.
#[must_use]
pub fn command_line(pid: i32) -> Vec<String> {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}

/// What a process was started with in its environment, `NAME=value` each; `None`: nobody tells us. Some
/// of it, or all, is missing while the process ends or becomes another program.
#[must_use]
pub fn environment(pid: i32) -> Option<Vec<Vec<u8>>> {
    let env = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let whole = env.iter().rposition(|byte| *byte == 0).unwrap_or(0);
    Some(env[..whole].split(|byte| *byte == 0).map(<[u8]>::to_vec).collect())
}

/// Whether a process holds one of these pipes, by their names.
#[must_use]
pub fn holds_any(pid: i32, pipes: &[String]) -> bool {
    let Ok(entries) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    entries
        .flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|target| pipes.iter().any(|pipe| target.as_os_str() == pipe.as_str()))
}

/// Now, in the count in which it is told when processes began: none that starts later began before it.
#[must_use]
pub fn begins_now() -> u64 {
    let ticks = u128::from(rustix::param::clock_ticks_per_second());
    u64::try_from(up().as_nanos() * ticks / 1_000_000_000).unwrap_or(0)
}

/// When a process began.
#[must_use]
pub fn moment_of(began: u64) -> Option<Timestamp> {
    let per_second = rustix::param::clock_ticks_per_second();
    let since_boot = i64::try_from(began.checked_mul(1000)?.checked_div(per_second)?).ok()?;
    let up = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let up = SignedDuration::new(up.tv_sec, i32::try_from(up.tv_nsec).ok()?);
    Timestamp::now().checked_sub(up).ok()?.checked_add(SignedDuration::from_millis(since_boot)).ok()
}

/// How long the machine is up, with the time in which it was suspended.
#[must_use]
pub fn up() -> Duration {
    passed(rustix::time::ClockId::Boottime)
}

/// The same without that time.
#[must_use]
pub fn up_awake() -> Duration {
    passed(rustix::time::ClockId::Monotonic)
}

/// What a clock shows that is never negative.
fn passed(clock: rustix::time::ClockId) -> Duration {
    let time = rustix::time::clock_gettime(clock);
    let seconds = Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or(0));
    seconds + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or(0))
}

/// Sends a signal to the process of which `is_it` still says that it is the one, and to no other that
/// got its number; `false`: we may not.
pub fn signal_exactly(pid: Pid, signal: Signal, is_it: impl Fn() -> bool) -> bool {
    let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else { return true };
    if !is_it() {
        return true;
    }
    pidfd_send_signal(handle, signal) != Err(Errno::PERM)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[test]
    fn hidden_memory_is_never_dumped() {
        hide_memory().unwrap();
        assert_eq!(rustix::process::dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }

    #[test]
    fn network_file_systems_are_known_by_their_numbers_and_a_folder_here_is_none() {
        assert_eq!(network_named(0x6969), Some("NFS"));
        assert_eq!(network_named(0xef53), None);
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(network_of(File::open(folder.path()).unwrap()).unwrap(), None);
    }

    #[test]
    fn a_script_without_a_name_is_read_from_its_beginning() {
        let (_held, path) = script_file("echo all of it").unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), "echo all of it");
    }

    #[test]
    fn a_process_begins_between_the_moments_before_and_after_it() {
        let before = begins_now();
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let after = begins_now();
        let began = facts(i32::try_from(child.id()).unwrap()).map(|facts| facts.began);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(began.is_some_and(|began| (before..=after).contains(&began)), "{before} {began:?} {after}");
    }

    #[test]
    fn a_process_is_seen_whatever_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join(OsStr::from_bytes(b"a) \xff\xfe ("));
        fs::copy("/bin/sleep", &program).unwrap();
        let mut sleeper = std::process::Command::new(&program).arg("600").spawn().unwrap();
        let seen = facts(Pid::from_child(&sleeper).as_raw_pid());
        sleeper.kill().unwrap();
        sleeper.wait().unwrap();
        assert_eq!(seen.map(|seen| (seen.name, seen.parent)), Some(("a) \u{fffd}\u{fffd} (".to_owned(), own_id())));
    }

    #[test]
    fn a_pipe_is_called_as_whoever_holds_it_says() {
        let (reader, _writer) = pipe().unwrap();
        let name = pipe_name(&reader).unwrap();
        assert!(holds_any(own_id(), std::slice::from_ref(&name)), "{name}");
        assert_eq!(pipe_name(File::open("/dev/null").unwrap()), None);
    }

    fn own_id() -> i32 {
        rustix::process::getpid().as_raw_pid()
    }

    #[test]
    fn a_signal_reaches_only_the_process_that_is_still_the_one() {
        let mut sleeper = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let pid = Pid::from_child(&sleeper);
        let known = facts(pid.as_raw_pid()).unwrap();
        assert!(signal_exactly(pid, Signal::KILL, || false));
        assert_eq!(facts(pid.as_raw_pid()).map(|now| now.began), Some(known.began));
        assert!(signal_exactly(pid, Signal::KILL, || true));
        assert!(!sleeper.wait().unwrap().success());
    }
}
