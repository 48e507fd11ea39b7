//! Names of users, as the machine's own list has them. Users of a directory service are known by
//! their number only.

use std::fs;

const USERS: &str = "/etc/passwd";

/// The user's name; the number as text when the machine's list has none.
pub(in crate::perform) fn user_name(number: u32) -> String {
    let list = fs::read_to_string(USERS).unwrap_or_default();
    entries(&list).find(|(_, found)| *found == number).map_or_else(|| number.to_string(), |(name, _)| name.to_owned())
}

/// The user's number; `None` when the machine's list doesn't know the name.
pub(in crate::perform) fn user_number(name: &str) -> Option<u32> {
    let list = fs::read_to_string(USERS).unwrap_or_default();
    entries(&list).find(|(found, _)| *found == name).map(|(_, number)| number).or_else(|| name.parse().ok())
}

fn entries(list: &str) -> impl Iterator<Item = (&str, u32)> {
    list.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        Some((name, fields.nth(1)?.parse().ok()?))
    })
}
