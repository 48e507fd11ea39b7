//! macOS. Written from the documentation of its system calls and of rustix; it compiles and never ran:
//! there is no such machine behind this project yet. What is weaker here is told in `docs/macos.md`.

use std::fs::{self, File};
use std::io::{self, Seek, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rustix::fs::{OFlags, fstatfs};
use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::net::{RecvFlags, SendFlags};
use rustix::process::{Pid, Signal, getsid, kill_process};

use super::ProcessFacts;

/// As much as the system keeps of a process's own name, in bytes.
pub const SHORT_NAME: usize = 15;
/// A folder that is only gone through is opened to be read: there is nothing weaker here.
pub const ONLY_NAMED: OFlags = OFlags::empty();
/// How descriptors are received; whoever receives them marks them closed on exec.
pub const RECEIVE: RecvFlags = RecvFlags::empty();
/// How bytes are sent to somebody who may be gone: SIGPIPE is ignored from the start of a program.
pub const SEND: SendFlags = SendFlags::empty();

/// Waits until the bytes of a file are on the device: `F_FULLFSYNC`, in the standard library.
///
/// # Errors
/// The system can't, or won't say that it did.
pub fn sync(file: &File) -> io::Result<()> {
    file.sync_data()
}

/// There is no reserving behind the end of a file; the caller keeps a file that it can give up.
///
/// # Errors
/// Always `Unsupported`.
pub fn reserve(_file: &File, _from: u64, _bytes: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Nothing forgets what is cached here.
pub fn drop_cached(_file: &File) {}

/// Nothing begins to write before it is synced.
pub fn begin_to_write(_file: &File) {}

/// The permission bits of a file, set-id and sticky bits among them.
#[must_use]
pub fn permissions(stat: &rustix::fs::Stat) -> u32 {
    u32::from(stat.st_mode) & 0o7777
}

/// The network file system that a file lies on; `None`: it is this host's own.
///
/// # Errors
/// The system doesn't say.
pub fn network_of(file: impl AsFd) -> io::Result<Option<&'static str>> {
    let found = fstatfs(file)?;
    let letters = found.f_fstypename.iter().map(|letter| letter.to_ne_bytes()[0]);
    let name: Vec<u8> = letters.take_while(|letter| *letter != 0).collect();
    Ok(match name.as_slice() {
        b"nfs" => Some("NFS"),
        b"smbfs" => Some("SMB"),
        b"afpfs" => Some("AFP"),
        b"webdav" => Some("WebDAV"),
        b"macfuse" | b"osxfuse" => Some("FUSE"),
        _ => None,
    })
}

/// A pipe whose ends close on exec: the one that is read, the one that is written. They are marked
/// after they were made, which is safe in a program with one thread.
///
/// # Errors
/// There are too many descriptors.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = rustix::pipe::pipe()?;
    fcntl_setfd(&reader, FdFlags::CLOEXEC)?;
    fcntl_setfd(&writer, FdFlags::CLOEXEC)?;
    Ok((reader, writer))
}

/// Pipes grow by themselves here, up to 64 KiB.
///
/// # Errors
/// More was asked for.
pub fn enlarge_pipe(_end: impl AsFd, bytes: usize) -> io::Result<()> {
    if bytes > 64 * 1024 { Err(io::ErrorKind::Unsupported.into()) } else { Ok(()) }
}

/// Pipes have no names here.
#[must_use]
pub fn pipe_name(_pipe: impl AsFd) -> Option<String> {
    None
}

/// A text as a file without a name, and a path that the next program can open while the file is held.
///
/// # Errors
/// There is no space.
pub fn script_file(text: &str) -> io::Result<(OwnedFd, String)> {
    let stamp = Timestamp::now().as_nanosecond();
    let path = std::env::temp_dir().join(format!("runbook-{}-{stamp}", std::process::id()));
    let mut file = File::options().read(true).write(true).create_new(true).open(&path)?;
    fs::remove_file(&path)?;
    file.write_all(text.as_bytes())?;
    // Opened by its number, the file goes on where this one stands.
    file.rewind()?;
    fcntl_setfd(&file, FdFlags::empty())?;
    let path = format!("/dev/fd/{}", file.as_raw_fd());
    Ok((OwnedFd::from(file), path))
}

/// The numbers of the open descriptors of this process; one of them is closed by then.
///
/// # Errors
/// The system doesn't say.
pub fn descriptors() -> io::Result<Vec<i32>> {
    let names = fs::read_dir("/dev/fd")?;
    Ok(names.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

/// The boot of this host; empty where the system doesn't say.
#[must_use]
pub fn boot() -> String {
    said("/usr/sbin/sysctl", &["-n", "kern.bootsessionuuid"]).unwrap_or_default().trim().to_owned()
}

/// There is no adopting here: what leaves its session and loses its parent gets away.
///
/// # Errors
/// None.
pub fn adopt_orphans() -> io::Result<()> {
    Ok(())
}

/// The limit on core dumps is all that there is here.
///
/// # Errors
/// None.
pub fn hide_memory() -> io::Result<()> {
    Ok(())
}

/// The numbers of all processes that we can see.
///
/// # Errors
/// They can't be listed.
pub fn processes() -> io::Result<Vec<i32>> {
    let text = said("/bin/ps", &["-axo", "pid="]).ok_or(io::ErrorKind::NotFound)?;
    Ok(text.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect())
}

/// Nobody lists the children of one process alone.
#[must_use]
pub fn children_of(_pid: i32) -> Option<Vec<i32>> {
    None
}

/// What there is to know of a process; `None`: it is gone.
#[must_use]
pub fn facts(pid: i32) -> Option<ProcessFacts> {
    let text = said("/bin/ps", &["-o", "ppid=,pgid=,stat=,lstart=,comm=", "-p", &pid.to_string()])?;
    let mut fields = text.split_ascii_whitespace();
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    let is_dead = fields.next()?.starts_with('Z');
    // Sun Nov 22 03:23:35 2026
    let start: Vec<&str> = fields.by_ref().take(5).collect();
    let start = DateTime::strptime("%a %b %d %H:%M:%S %Y", start.join(" ")).ok()?;
    let start = start.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let path = fields.collect::<Vec<_>>().join(" ");
    let name = path.rsplit('/').next().unwrap_or("");
    Some(ProcessFacts {
        pid,
        name: name.get(..name.floor_char_boundary(SHORT_NAME)).unwrap_or(name).to_owned(),
        is_dead,
        parent,
        group,
        session: getsid(Pid::from_raw(pid)).map_or(0, Pid::as_raw_pid),
        began: u64::try_from(start.as_second()).ok()?,
    })
}

/// The words that a process was started with; empty: nobody tells. Blanks in words can't be told from
/// blanks between them.
#[must_use]
pub fn command_line(pid: i32) -> Vec<String> {
    let text = said("/bin/ps", &["-ww", "-o", "args=", "-p", &pid.to_string()]).unwrap_or_default();
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

/// Nobody tells us the environment of a process.
#[must_use]
pub fn environment(_pid: i32) -> Option<Vec<Vec<u8>>> {
    None
}

/// Nobody tells us what a process holds.
#[must_use]
pub fn holds_any(_pid: i32, _pipes: &[String]) -> bool {
    false
}

/// Now, in the count in which it is told when processes began: none that starts later began before it.
#[must_use]
pub fn begins_now() -> u64 {
    u64::try_from(Timestamp::now().as_second()).unwrap_or(0)
}

/// When a process began: to the second.
#[must_use]
pub fn moment_of(began: u64) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(began).ok()?).ok()
}

/// How long the machine is up, with the time in which it was suspended: the clock goes on meanwhile.
#[must_use]
pub fn up() -> Duration {
    passed(rustix::time::ClockId::Monotonic)
}

/// The same without that time: the only clock that there is counts it, so that no suspension shows.
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

/// Sends a signal to the process of which `is_it` still says that it is the one; between the look and
/// the signal another one could get its number. `false`: we may not.
pub fn signal_exactly(pid: Pid, signal: Signal, is_it: impl Fn() -> bool) -> bool {
    !is_it() || kill_process(pid, signal) != Err(Errno::PERM)
}

/// What a program of the system prints; times are in UTC.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("LC_ALL", "C").env("TZ", "UTC").stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}
