//! Which words of a command line are files that it calls: the program, what a wrapper such as `sudo`
//! starts, the script that an interpreter reads. Everything else is data, also where it names a file.
//!
//! It leaves to others where those files are. Invariant: a word is taken for a call only where it
//! can't be anything else; of options that aren't known here nothing behind them is.

/// A program that starts another one.
struct Wrapper {
    name: &'static str,
    /// Options whose value is a word of its own.
    valued: &'static [&'static str],
    /// Words of its own before the program.
    own: usize,
}

const WRAPPERS: [Wrapper; 9] = [
    Wrapper { name: "sudo", valued: &["-u", "-g", "-h", "-p", "-C", "-T", "-R", "-D", "-U"], own: 0 },
    Wrapper { name: "doas", valued: &["-u", "-C"], own: 0 },
    Wrapper { name: "env", valued: &["-u", "-C"], own: 0 },
    Wrapper { name: "nice", valued: &["-n"], own: 0 },
    Wrapper { name: "ionice", valued: &["-c", "-n"], own: 0 },
    Wrapper { name: "nohup", valued: &[], own: 0 },
    Wrapper { name: "setsid", valued: &[], own: 0 },
    Wrapper { name: "timeout", valued: &["-k", "-s"], own: 1 },
    Wrapper { name: "stdbuf", valued: &["-i", "-o", "-e"], own: 0 },
];

/// Programs that read the script that they are given first.
const INTERPRETERS: [&str; 10] = ["sh", "bash", "dash", "ash", "zsh", "ksh", "python", "perl", "ruby", "node"];

/// Options of those that take a word; any other one that isn't an option by itself ends the search.
const INTERPRETER_VALUES: [&str; 4] = ["-o", "+o", "-W", "-X"];

/// Where the words are that name what is called by its path, first to last; the program itself is
/// word 0. What is looked for on the PATH isn't among them.
#[must_use]
pub fn called_words(words: &[&str]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if word.contains('/') {
            found.push(at);
        }
        let base = word.rsplit('/').next().unwrap_or("");
        if let Some(wrapper) = WRAPPERS.iter().find(|wrapper| wrapper.name == base) {
            at = behind_options(words, at + 1, wrapper.valued) + wrapper.own;
            continue;
        }
        // `python3.12` is `python`.
        if INTERPRETERS.contains(&base.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.')) {
            found.extend(script(words, at + 1));
        }
        break;
    }
    found
}

/// Where the words are that name what is started, first to last: the program, and behind a wrapper what
/// that starts. Never empty where there is a word.
#[must_use]
pub fn started_words(words: &[&str]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        found.push(at);
        let base = word.rsplit('/').next().unwrap_or("");
        let Some(wrapper) = WRAPPERS.iter().find(|wrapper| wrapper.name == base) else { break };
        at = behind_options(words, at + 1, wrapper.valued) + wrapper.own;
    }
    found
}

/// The first word that is neither an option, the value of one, nor `NAME=value`.
fn behind_options(words: &[&str], mut at: usize, valued: &[&str]) -> usize {
    while let Some(word) = words.get(at) {
        let is_assignment = word.split_once('=').is_some_and(|(name, _)| !name.is_empty() && !name.contains('/'));
        match *word {
            "--" => return at + 1,
            option if valued.contains(&option) => at += 2,
            option if option.starts_with('-') || is_assignment => at += 1,
            _ => return at,
        }
    }
    at
}

/// The script that an interpreter reads; `None`: its text is an argument, or comes from elsewhere.
fn script(words: &[&str], mut at: usize) -> Option<usize> {
    while let Some(word) = words.get(at) {
        match *word {
            "--" => return words.get(at + 1).map(|_| at + 1),
            "-" => return None,
            option if INTERPRETER_VALUES.contains(&option) => at += 2,
            // `-c`, `-e`, `-m`, `-s`, alone or among other letters: no file follows.
            option if option.starts_with("--") => return None,
            option if option.starts_with('-') && option.contains(['c', 'm', 's']) => return None,
            option if option.starts_with('-') && !is_shell_switch(option) => return None,
            option if option.starts_with('-') => at += 1,
            _ => return Some(at),
        }
    }
    None
}

/// Letters that switch something on and take no word, in every one of the interpreters.
fn is_shell_switch(option: &str) -> bool {
    option.chars().skip(1).all(|letter| "euxvBEIuO".contains(letter)) && option != "-e"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(line: &str) -> Vec<&str> {
        let words: Vec<&str> = line.split(' ').collect();
        called_words(&words).into_iter().filter_map(|at| words.get(at).copied()).collect()
    }

    #[test]
    fn programs_scripts_and_what_wrappers_start_are_called() {
        assert_eq!(called("scripts/x.sh a b"), ["scripts/x.sh"]);
        assert_eq!(called("sh -eu scripts/x.sh a"), ["scripts/x.sh"]);
        assert_eq!(called("bash -o pipefail scripts/x.sh"), ["scripts/x.sh"]);
        assert_eq!(called("python3.12 -u tools/x.py"), ["tools/x.py"]);
        assert_eq!(called("sudo -u bmtc -n env A=1 B=2 timeout -k 1 5 sh x.sh"), ["x.sh"]);
        assert_eq!(called("nice -n 10 scripts/x.sh"), ["scripts/x.sh"]);
    }

    #[test]
    fn what_a_wrapper_starts_is_started_too() {
        let started = |line: &'static str| {
            let words: Vec<&str> = line.split(' ').collect();
            started_words(&words).into_iter().map(|at| words[at]).collect::<Vec<_>>()
        };
        assert_eq!(started("git push origin"), ["git"]);
        assert_eq!(started("sudo -u bmtc env A=1 timeout -k 1 5 curl x"), ["sudo", "env", "timeout", "curl"]);
        assert_eq!(started("sudo"), ["sudo"]);
    }

    #[test]
    fn what_only_names_a_file_is_not_called() {
        let lines = [
            "git add scripts/x.sh",
            "sudo rm scripts/x.sh",
            "sh -c scripts/x.sh",
            "sh -ec scripts/x.sh",
            "python3 -m scripts/x.py",
            "perl -e scripts/x.pl",
            "sh --rcfile scripts/x.sh",
            "sh",
        ];
        for line in lines {
            assert_eq!(called(line), [""; 0], "{line}");
        }
    }
}
