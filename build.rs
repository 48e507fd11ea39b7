//! How the program is linked: nothing of what it does.
//!
//! A position-independent program is relocated at each start, and ours starts twice a run, since the
//! supervisor is the same program. Packed, the list of what is to be relocated has a hundredth of its size
//! (0.4 MB of memory less). The loader must know that form: glibc does from 2.36 on, and a program that
//! was linked so doesn't start with an older one. So it is asked for only where it is known to work.
//!
//! And what a run goes through is put together (`link/together.ld`, which `link/retrace` writes), so that a run touches
//! less of the program: 3 MB of memory less, and fewer pages to map at each start.

use std::process::Command;

/// The first glibc that loads packed relocations.
const KNOWN_SINCE: (u32, u32) = (2, 36);
/// What a run goes through, by the names of its functions.
const TOGETHER: &str = "link/together.ld";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={TOGETHER}");
    let target = variable("TARGET");
    if target != "x86_64-unknown-linux-gnu" || target != variable("HOST") {
        return;
    }
    if glibc() >= Some(KNOWN_SINCE) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    if variable("PROFILE") == "release" && has_own_linker() {
        println!("cargo::rustc-link-arg-bins=-T");
        println!("cargo::rustc-link-arg-bins={}/{TOGETHER}", variable("CARGO_MANIFEST_DIR"));
    }
}

/// What cargo says; empty where it says nothing.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// Whether the compiler's own linker is used: another one may not know how to put functions together.
fn has_own_linker() -> bool {
    variable("RUSTC_LINKER").is_empty() && !variable("CARGO_ENCODED_RUSTFLAGS").contains("link")
}

/// The version of this machine's glibc: `glibc 2.36`; `None` where nothing says it.
fn glibc() -> Option<(u32, u32)> {
    let said = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let (major, minor) = said.trim().strip_prefix("glibc ")?.split_once('.')?;
    let minor: String = minor.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, minor.parse().ok()?))
}
