//! A resolved action → the processes of a step: built with duct, in one process group of their own,
//! in the session of the engine, with exactly the environment that was given.
//!
//! No hook runs between fork and exec, and programs are looked up here: so the standard library
//! starts them with `posix_spawn`, several times faster than a fork. Everything that can be known
//! before the first process (program, folder, terminal) is checked before it.
//!
//! Invariant: [`Refusal::DidNotStart`] means that no process was started.

use std::cell::OnceCell;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;

use camino::Utf8Path;
use rustix::process::Pid;

use super::aside::Aside;
use super::deposit::Deposit;
use super::errand::{AS_WORD, Errand, Handshake, Task};
use super::kept::{arguments_of, leave_in_place, locate};
use super::programs::{check_folder, find_program, path_of, script_program, shell_name, words_of};
use super::protocol::encode;
use crate::plan::{ResolvedAction, ResolvedActivity, ResolvedProcesses, ResolvedSurroundings, ShellName};
use crate::system;

/// The largest pipe that anybody may have.
const LARGEST_PIPE: usize = 1024 * 1024;
/// What is to be started.
pub(super) struct Launch<'a> {
    pub(super) activity: &'a ResolvedActivity,
    /// This binary.
    pub(super) own_program: &'a Utf8Path,
    /// The terminal, for `interactive`.
    pub(super) terminal: Option<&'a File>,
    /// The number of the step.
    pub(super) number: u64,
    /// Made when it is first asked for: most steps have no errands.
    pub(super) sign: OnceCell<String>,
}

impl Launch<'_> {
    /// Tells the errands of this step from all else.
    fn sign(&self) -> &str {
        let now = || jiff::Timestamp::now().as_nanosecond();
        self.sign.get_or_init(|| format!("{:x}-{}-{}", std::process::id(), self.number, now()))
    }
}

/// The processes of a step, just started.
pub(super) struct Spawned {
    pub(super) parts: Vec<Part>,
    pub(super) stdout: Option<OwnedFd>,
    pub(super) stderr: Option<OwnedFd>,
    pub(super) feed: Option<Feed>,
    pub(super) handshake: Option<Handshake>,
    pub(super) deposit: Option<Deposit>,
}

/// One process of a step.
pub(super) struct Part {
    /// As it was spelled.
    pub(super) name: String,
    pub(super) pid: Pid,
    pub(super) handle: duct::Handle,
    /// Its exit; `None` while it runs.
    pub(super) exit: Option<std::process::ExitStatus>,
}

/// What a step has yet to be given on its standard input.
pub(super) struct Feed {
    pub(super) pipe: OwnedFd,
    pub(super) bytes: Vec<u8>,
    pub(super) given: usize,
}

/// Why a step has no processes.
pub(super) enum Refusal {
    /// None was started.
    DidNotStart(String),
    /// Some were.
    Halfway(Box<Spawned>, String),
}

/// One process to be.
struct Plan {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
    /// Stays open until the process is there.
    script: Option<OwnedFd>,
    errand: Option<Vec<u8>>,
}

/// Starts the processes of a step.
pub(super) fn spawn(launch: &Launch<'_>) -> Result<Spawned, Refusal> {
    let surroundings = &launch.activity.surroundings;
    let env = environment(surroundings);
    let user = user_beyond(surroundings);
    let refuse = |why: String| Refusal::DidNotStart(why);
    let (tasks, to) = tasks_of(&launch.activity.action).map_err(refuse)?;
    let deposit = to.map(|to| Deposit::beside(to, user.is_some())).transpose().map_err(refuse)?;
    let mut plans: Vec<Plan> = Vec::new();
    for task in tasks {
        plans.push(plan(task, launch, &env, user).map_err(refuse)?);
    }
    if let (Some(deposit), Some(_)) = (&deposit, user) {
        plans.push(plan(Task::Receive(deposit.partial().to_owned()), launch, &env, user).map_err(refuse)?);
    }
    let errands = plans.iter().filter(|plan| plan.errand.is_some()).count();
    let handshake = (errands > 0).then(|| Handshake::new(launch.sign(), errands));
    let pipes = Pipes::open(launch, deposit.as_ref()).map_err(|error| refuse(format!("no pipes: {error}")))?;
    start(
        plans,
        launch,
        pipes,
        &env,
        Spawned { parts: Vec::new(), stdout: None, stderr: None, feed: None, handshake, deposit },
    )
}

/// The parts of an action, and the file that it leaves.
fn tasks_of(action: &ResolvedAction) -> Result<(Vec<Task>, Option<&Utf8Path>), String> {
    match action.processes() {
        Some(ResolvedProcesses::Programs { programs: [], .. }) => Err("the pipe has no parts".to_owned()),
        Some(ResolvedProcesses::Programs { programs, to, .. }) => {
            Ok((programs.iter().cloned().map(Task::Program).collect(), to))
        }
        // The shell is filled in where the surroundings are known.
        Some(ResolvedProcesses::Script(text)) => {
            Ok((vec![Task::Script { shell: ShellName::Sh, text: text.to_owned() }], None))
        }
        None => Err("this action has no process".to_owned()),
    }
}

fn plan(task: Task, launch: &Launch<'_>, env: &[(String, String)], user: Option<&str>) -> Result<Plan, String> {
    let surroundings = &launch.activity.surroundings;
    let task = match task {
        Task::Script { text, .. } => Task::Script { shell: surroundings.shell, text },
        task => task,
    };
    let in_pod = matches!(&task, Task::Program(program) if program.pod.is_some());
    let name = match &task {
        Task::Program(program) => program.program.clone(),
        Task::Script { shell, .. } => shell_name(*shell).to_owned(),
        Task::Prove | Task::Receive(_) | Task::Rename { .. } | Task::Remove(_) | Task::Signal { .. } => "to".to_owned(),
    };
    let path = path_of(env);
    if user.is_some() || in_pod {
        let mut task = task;
        if let (Task::Program(program), Some(user), false) = (&mut task, user, in_pod) {
            leave_in_place(program, &surroundings.cd, user)?;
        }
        let errand = Errand {
            sign: launch.sign().to_owned(),
            user: user.unwrap_or_default().to_owned(),
            env: env.to_vec(),
            cd: surroundings.cd.clone(),
            interactive: surroundings.interactive,
            task,
        };
        let (program, arguments) = match user {
            Some(user) => (find_program("sudo", Utf8Path::new("/"), path)?, sudo_arguments(user, launch.own_program)),
            None => (launch.own_program.as_std_path().to_owned(), vec![AS_WORD.to_owned()]),
        };
        return Ok(Plan { name, program, arguments, script: None, errand: Some(encode(&errand)) });
    }
    check_folder(&surroundings.cd)?;
    let (program, script) = match task {
        Task::Script { shell, text } => script_program(shell, &text).map_err(|error| format!("the script: {error}"))?,
        Task::Program(program) => (program, None),
        Task::Prove | Task::Receive(_) | Task::Rename { .. } | Task::Remove(_) | Task::Signal { .. } => {
            return Err("this needs another user".to_owned());
        }
    };
    let found = locate(&program, &surroundings.cd, path)?;
    Ok(Plan { name, program: found, arguments: arguments_of(&program), script, errand: None })
}

/// What `sudo` is told; nothing of it is a value of the runbook's but the user's name.
pub(super) fn sudo_arguments(user: &str, own_program: &Utf8Path) -> Vec<String> {
    ["-n", "-u", user, "--", own_program.as_str(), AS_WORD].map(str::to_owned).to_vec()
}

/// The ends of pipes that outlast the start.
struct Pipes {
    stdout: Option<(OwnedFd, OwnedFd)>,
    stderr: Option<(OwnedFd, OwnedFd)>,
    file: Option<OwnedFd>,
}

impl Pipes {
    fn open(launch: &Launch<'_>, deposit: Option<&Deposit>) -> io::Result<Self> {
        let interactive = launch.activity.surroundings.interactive;
        let file = deposit.and_then(Deposit::file).map(File::try_clone).transpose()?.map(OwnedFd::from);
        // An errand tells on standard error that it begins, before it takes the terminal.
        let stderr = !interactive || user_beyond(&launch.activity.surroundings).is_some();
        let stdout = !interactive && deposit.is_none();
        let pipe = |wanted: bool| wanted.then(system::pipe).transpose();
        Ok(Self { stdout: pipe(stdout)?, stderr: pipe(stderr)?, file })
    }
}

fn start(
    plans: Vec<Plan>,
    launch: &Launch<'_>,
    pipes: Pipes,
    env: &[(String, String)],
    mut spawned: Spawned,
) -> Result<Spawned, Refusal> {
    let (out, err) = (pipes.stdout, pipes.stderr);
    let last = plans.len() - 1;
    let mut stdin_next = None;
    let mut errands: Vec<Option<Vec<u8>>> = Vec::new();
    let mut plans = plans;
    for plan in &mut plans {
        errands.push(plan.errand.take());
    }
    let given = launch.activity.surroundings.stdin.as_deref();
    let aside = Aside::step();
    let outcome = plans.into_iter().enumerate().try_for_each(|(index, plan)| {
        let stdin = match (stdin_next.take(), index) {
            (Some(pipe), _) => Some(pipe),
            (None, 0) => first_stdin(errands[0].take(), given, &mut spawned.feed)?,
            (None, _) => None,
        };
        let stdin = match (stdin, launch.terminal) {
            (Some(pipe), _) => Some(pipe),
            (None, Some(terminal)) => Some(terminal.try_clone()?.into()),
            (None, None) => None,
        };
        let stdout = if index < last {
            let (reader, writer) = system::pipe()?;
            if let Some(errand) = errands[index + 1].take() {
                preload(&writer, &errand)?;
            }
            stdin_next = Some(reader);
            Some(writer)
        } else if let Some((_, writer)) = &out {
            Some(writer.try_clone()?)
        } else if let Some(file) = &pipes.file {
            Some(file.try_clone()?)
        } else {
            launch.terminal.map(File::try_clone).transpose()?.map(OwnedFd::from)
        };
        let stderr = match &err {
            Some((_, writer)) => Some(writer.try_clone()?),
            None => launch.terminal.map(File::try_clone).transpose()?.map(OwnedFd::from),
        };
        let group = spawned.parts.first().map_or(0, |first: &Part| first.pid.as_raw_pid());
        let part = start_part(plan, launch, env, [stdin, stdout, stderr], group)?;
        spawned.parts.push(part);
        Ok::<(), io::Error>(())
    });
    drop(aside);
    spawned.stdout = out.map(|(reader, _)| reader);
    spawned.stderr = err.map(|(reader, _)| reader);
    match outcome {
        Ok(()) => Ok(spawned),
        Err(error) => {
            let why = format!("the program can't be started: {}", words_of(&error));
            if spawned.parts.is_empty() {
                if let Some(deposit) = spawned.deposit.take() {
                    deposit.discard();
                }
                return Err(Refusal::DidNotStart(why));
            }
            Err(Refusal::Halfway(Box::new(spawned), why))
        }
    }
}

fn start_part(
    plan: Plan,
    launch: &Launch<'_>,
    env: &[(String, String)],
    [stdin, stdout, stderr]: [Option<OwnedFd>; 3],
    group: i32,
) -> io::Result<Part> {
    let surroundings = &launch.activity.surroundings;
    let mut expression = duct::cmd(&plan.program, &plan.arguments).unchecked();
    if user_beyond(surroundings).is_some() {
        // What is meant for the other user goes in the errand; sudo itself needs no more than this.
        expression = expression.full_env([("PATH", path_of(env))]).dir("/");
    } else {
        let arg0 = plan.name.clone();
        expression = expression
            .full_env(env.iter().map(|(name, value)| (name, value)))
            .dir(&surroundings.cd)
            .before_spawn(move |command| {
                command.arg0(&arg0);
                Ok(())
            });
    }
    expression = match stdin {
        Some(stdin) => expression.stdin_file(stdin),
        None => expression.stdin_null(),
    };
    expression = match stdout {
        Some(stdout) => expression.stdout_file(stdout),
        None => expression.stdout_null(),
    };
    expression = match stderr {
        Some(stderr) => expression.stderr_file(stderr),
        None => expression.stderr_null(),
    };
    let handle = expression
        .before_spawn(move |command| {
            command.process_group(group);
            Ok(())
        })
        .start()?;
    drop(plan.script);
    let pid = handle.pids().first().and_then(|pid| i32::try_from(*pid).ok()).and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| io::Error::other("a process without a number"))?;
    Ok(Part { name: plan.name, pid, handle, exit: None })
}

/// The standard input of the first part: the errand, then what it was given.
fn first_stdin(errand: Option<Vec<u8>>, given: Option<&str>, feed: &mut Option<Feed>) -> io::Result<Option<OwnedFd>> {
    if errand.is_none() && given.is_none() {
        return Ok(None);
    }
    let mut bytes = errand.unwrap_or_default();
    bytes.extend_from_slice(given.unwrap_or_default().as_bytes());
    let (reader, writer) = system::pipe()?;
    rustix::io::ioctl_fionbio(&writer, true)?;
    *feed = Some(Feed { pipe: writer, bytes, given: 0 });
    Ok(Some(reader))
}

/// Puts an errand into a pipe before anybody else writes to it.
fn preload(writer: &OwnedFd, errand: &[u8]) -> io::Result<()> {
    if errand.len() > 60 * 1024 {
        system::enlarge_pipe(writer, LARGEST_PIPE)?;
    }
    if errand.len() > LARGEST_PIPE {
        return Err(io::Error::other("its environment is too large"));
    }
    File::from(writer.try_clone()?).write_all(errand)
}

/// The given environment, and for `as` the user's own three.
fn environment(surroundings: &ResolvedSurroundings) -> Vec<(String, String)> {
    let mut env = surroundings.env.clone();
    if let Some(user) = &surroundings.user
        && user_beyond(surroundings).is_none()
    {
        let home = super::account::named(user).map(|account| account.home);
        for (name, value) in [("HOME", home), ("USER", Some(user.clone())), ("LOGNAME", Some(user.clone()))] {
            if let Some(value) = value
                && !env.iter().any(|(known, _)| known == name)
            {
                env.push((name.to_owned(), value));
            }
        }
    }
    env
}

/// The user for whom `sudo` is needed; `None`: we are that user, or nobody is named.
pub(super) fn user_beyond(surroundings: &ResolvedSurroundings) -> Option<&str> {
    surroundings.user.as_deref().filter(|user| !super::account::is_us(user))
}
