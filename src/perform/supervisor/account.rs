//! Accounts of this machine, as `/etc/passwd` has them. Accounts from elsewhere are found by `sudo`.

use std::fs;

/// One line of `/etc/passwd`.
pub(in crate::perform) struct Account {
    pub(in crate::perform) name: String,
    pub(in crate::perform) uid: u32,
    pub(in crate::perform) home: String,
}

/// The account with this name; `None` when it isn't one of this machine's.
pub(in crate::perform) fn named(name: &str) -> Option<Account> {
    accounts().find(|account| account.name == name)
}

/// The account with this number.
pub(in crate::perform) fn numbered(uid: u32) -> Option<Account> {
    accounts().find(|account| account.uid == uid)
}

/// Whether we run as this user.
pub(in crate::perform) fn is_us(user: &str) -> bool {
    named(user).is_some_and(|account| account.uid == rustix::process::geteuid().as_raw())
}

fn accounts() -> impl Iterator<Item = Account> {
    let text = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let read = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let uid = fields.nth(1)?.parse().ok()?;
        let home = fields.nth(2)?.to_owned();
        Some(Account { name, uid, home })
    };
    text.lines().filter_map(read).collect::<Vec<_>>().into_iter()
}
