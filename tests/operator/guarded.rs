//! A desk at which real `sudo` asks for a real password: its own users, rules and credentials in a mount
//! namespace of its own, so that nothing of the machine is read or changed.
//!
//! Only root can make one; for anybody else there is none, and the test says so.

use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;

use crate::desk::{Desk, Terminal};

const OLGA: u32 = 54_321;
const DEPLOY: u32 = 54_322;
/// What `sudo` asks olga for.
pub const PASSWORD: &str = "sesame";
/// How it asks.
pub const ASKS: &str = "[sudo] password for olga: ";

const PAM: &str = "auth required pam_unix.so nodelay\naccount required pam_permit.so\nsession required pam_permit.so\n";

/// What the namespace looks like, before it becomes olga's.
const ENTER: &str = r#"set -e
desk=$1; program=$2; script=$3
mount --bind "$desk/etc" /etc
mount -t tmpfs none /run
touch "$desk/runbook"
mount --bind "$program" "$desk/runbook"
export PATH="$desk:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
exec setpriv --reuid=54321 --regid=54321 --clear-groups sh -c "$script"
"#;

/// A desk with this runbook, where `sudo` knows olga, who may become deploy; `None`: we aren't root.
pub fn guarded(runbook: &str, rules: &str) -> Option<Desk> {
    if !rustix::process::geteuid().is_root() {
        eprintln!("this test needs root: only root may say whom sudo knows");
        return None;
    }
    let desk = Desk::new(runbook);
    desk.folder("etc");
    desk.folder("etc/pam.d");
    let hash = Command::new("openssl").args(["passwd", "-6", PASSWORD]).output().unwrap();
    let hash = String::from_utf8(hash.stdout).unwrap();
    let user = |name: &str, id: u32| format!("{name}:x:{id}:{id}::{}:/bin/sh\n", desk.path("").display());
    let users = user("olga", OLGA) + &user("deploy", DEPLOY);
    desk.write("etc/passwd", &format!("root:x:0:0::/root:/bin/sh\n{users}"));
    desk.write("etc/group", &format!("root:x:0:\nolga:x:{OLGA}:\ndeploy:x:{DEPLOY}:\n"));
    desk.write("etc/shadow", &format!("root:*:1::::::\nolga:{}:1::::::\ndeploy:*:1::::::\n", hash.trim()));
    desk.write("etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nsudoers: files\nhosts: files\n");
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    desk.write("etc/hosts", &format!("127.0.0.1 localhost {host}\n"));
    desk.write("etc/pam.d/sudo", PAM);
    desk.write("etc/pam.d/other", PAM);
    let path = "Defaults secure_path=/usr/local/bin:/usr/bin:/bin";
    desk.write("etc/sudoers", &format!("Defaults lecture=never, !syslog\n{path}\n{rules}\nolga ALL=(deploy) ALL\n"));
    for (file, mode) in [("etc/sudoers", 0o440), ("etc/shadow", 0o600), ("", 0o755)] {
        std::fs::set_permissions(desk.path(file), std::fs::Permissions::from_mode(mode)).unwrap();
    }
    desk.write("log", "");
    std::fs::set_permissions(desk.path("log"), std::fs::Permissions::from_mode(0o666)).unwrap();
    chown(desk.path(""), Some(OLGA), Some(OLGA)).unwrap();
    Some(desk)
}

/// A terminal at which olga runs a script of `sh`, in which `runbook` is in PATH.
pub fn olga_runs(desk: &Desk, script: &str) -> Terminal {
    let folder = desk.path("");
    let words = ["unshare", "--mount", "sh", "-c", ENTER, "sh", folder.to_str().unwrap()];
    desk.terminal(&[&words[..], &[env!("CARGO_BIN_EXE_runbook"), script]].concat(), &[])
}
