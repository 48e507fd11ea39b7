//! The table a second time, as a table: for every way to die and everything that it leaves.
//!
//! A row holds where all its cells do (`-`: whatever); the first one that holds says what is done.
//! Every state there is, is looked up in it and compared with what the code says.

use super::*;

/// What happened, what it left on the disk, and what can be asked.
const TABLE: &str = "
happened              left       way      applied  idempotent person    | next
terminal-closed       -          -        -        -          -         | refuse
suspended             -          -        -        -          -         | refuse
supervisor-killed     -          -        -        -          -         | refuse
engine-killed         end:done   forward  -        -          -         | import
engine-killed         end:done   back     -        -          -         | undo
engine-killed         end:not    forward  -        -          -         | run
engine-killed         end:not    back     -        -          -         | leave-alone
engine-killed         end:lost   back     -        -          -         | undo
engine-killed         end:lost   -        -        -          -         | as-unknown
engine-killed         -          -        -        -          -         | attach
both-killed           nothing    forward  -        -          -         | run
both-killed           nothing    back     -        -          -         | leave-alone
both-killed           end:done   forward  -        -          -         | import
both-killed           end:done   back     -        -          -         | undo
both-killed           end:not    forward  -        -          -         | run
both-killed           end:not    back     -        -          -         | leave-alone
both-killed           -          back     -        -          -         | undo
both-killed           -          forward  -        -          -         | as-unknown
rebooted              nothing    forward  -        -          -         | run
rebooted              nothing    back     -        -          -         | leave-alone
rebooted              torn-start forward  -        -          -         | run
rebooted              torn-start back     -        -          -         | leave-alone
rebooted              end:done   forward  -        -          -         | import
rebooted              end:done   back     -        -          -         | undo
rebooted              end:not    forward  -        -          -         | run
rebooted              end:not    back     -        -          -         | leave-alone
rebooted              -          back     -        -          -         | undo
rebooted              -          forward  -        -          -         | as-unknown
orphans-beyond-reach  -          back     -        -          -         | undo
orphans-beyond-reach  -          forward  -        -          applied   | take-as-done
orphans-beyond-reach  -          forward  -        -          not-there | run
orphans-beyond-reach  -          forward  -        -          turn      | turn-round
orphans-beyond-reach  -          forward  -        -          here      | ask-somebody
orphans-beyond-reach  -          forward  -        -          -         | stop
";

/// What is done about an outcome that nobody knows, on the way out.
const UNKNOWN: &str = "
applied  idempotent person    | next
-        -          applied   | take-as-done
-        -          not-there | run
unasked  -          -         | ask-applied
yes      -          -         | take-as-done
-        idempotent -         | run
-        -          here      | ask-somebody
-        -          turn      | turn-round
-        -          nobody    | stop
-        -          silent    | stop
";

const HAPPENED: [&str; 7] = [
    "terminal-closed",
    "suspended",
    "supervisor-killed",
    "engine-killed",
    "both-killed",
    "rebooted",
    "orphans-beyond-reach",
];
const LEFT: [&str; 8] = ["nothing", "torn-start", "start", "torn-end", "end:done", "end:not", "end:lost", "no-record"];
const WAYS: [&str; 2] = ["forward", "back"];
const APPLIED: [&str; 5] = ["none", "unasked", "yes", "no", "cannot-tell"];
const IDEMPOTENT: [&str; 2] = ["once", "idempotent"];
const PERSON: [&str; 6] = ["nobody", "here", "applied", "not-there", "turn", "silent"];

/// The first row that holds for these cells, in the columns of the table.
fn looked_up<'a>(table: &'a str, cells: &[&str]) -> &'a str {
    let row = row_for(table, cells).unwrap_or_else(|| panic!("no row for {cells:?}"));
    row.split_once('|').expect("a row has an end").1.trim()
}

fn row_for<'a>(table: &'a str, cells: &[&str]) -> Option<&'a str> {
    table.trim().lines().skip(1).find(|row| {
        let (left, _) = row.split_once('|').expect("a row has an end");
        left.split_whitespace().zip(cells).all(|(cell, is)| cell == "-" || cell == *is)
    })
}

/// What those who come after it find, in the words of the code; `None`: that can't be.
fn found(cells: &[&str; 6]) -> Option<Known> {
    let [happened, left, way, applied, idempotent, person] = *cells;
    // Without its supervisor a step ends without a note; with it, nothing is torn or lost.
    let noted = match left {
        "nothing" | "torn-start" => Noted::Nothing,
        "start" | "torn-end" => Noted::Start,
        "end:done" => Noted::End(Outcome::Applied),
        "end:not" => Noted::End(Outcome::NotApplied),
        "end:lost" => Noted::End(Outcome::Unknown),
        "no-record" => Noted::Nowhere,
        other => panic!("{other}"),
    };
    let torn = left.starts_with("torn");
    match happened {
        "engine-killed" | "suspended" | "terminal-closed" if torn => return None,
        "orphans-beyond-reach" if noted != Noted::Start => return None,
        // A process that is killed leaves whole lines or torn ones; a start is written before its sync.
        "both-killed" if left == "torn-start" => return None,
        _ => {}
    }
    Some(Known {
        working: match happened {
            "suspended" | "terminal-closed" | "supervisor-killed" => Working::AnotherEngine,
            "engine-killed" => Working::ItsSupervisor,
            "orphans-beyond-reach" => Working::Orphans,
            _ => Working::Nobody,
        },
        noted,
        way: if way == "back" { Way::Back } else { Way::Forward },
        applied: match applied {
            "none" => Asked::Never,
            "unasked" => Asked::NotYet,
            "yes" => Asked::Said(Answer::Yes),
            "no" => Asked::Said(Answer::No),
            _ => Asked::Said(Answer::CannotTell),
        },
        idempotent: idempotent == "idempotent",
        somebody: match person {
            "nobody" => Somebody::Absent,
            "here" => Somebody::Present,
            "applied" => Somebody::Said(Reply::Applied),
            "not-there" => Somebody::Said(Reply::NotApplied),
            "turn" => Somebody::Said(Reply::Rollback),
            _ => Somebody::Said(Reply::No),
        },
    })
}

fn in_words(settling: Settling) -> &'static str {
    match settling {
        Settling::Refuse => "refuse",
        Settling::Attach => "attach",
        Settling::Import => "import",
        Settling::Run => "run",
        Settling::AskApplied => "ask-applied",
        Settling::TakeAsDone => "take-as-done",
        Settling::AskSomebody => "ask-somebody",
        Settling::Stop => "stop",
        Settling::TurnRound => "turn-round",
        Settling::Undo => "undo",
        Settling::LeaveAlone => "leave-alone",
    }
}

/// Every combination of cells.
fn states() -> Vec<[&'static str; 6]> {
    let mut states = Vec::new();
    for happened in HAPPENED {
        for left in LEFT {
            for way in WAYS {
                for applied in APPLIED {
                    for idempotent in IDEMPOTENT {
                        states.extend(PERSON.map(|person| [happened, left, way, applied, idempotent, person]));
                    }
                }
            }
        }
    }
    states
}

#[test]
fn every_state_of_a_step_that_nobody_saw_end_is_settled_as_the_table_says() {
    let mut compared = 0;
    for cells in states() {
        let Some(known) = found(&cells) else { continue };
        let [.., applied, idempotent, person] = cells;
        let says = match looked_up(TABLE, &cells) {
            "as-unknown" => looked_up(UNKNOWN, &[applied, idempotent, person]),
            says => says,
        };
        assert_eq!(in_words(known.settling()), says, "{cells:?}");
        compared += 1;
    }
    // All but the states that can't be.
    assert_eq!((states().len(), compared), (6720, 5160));
}

#[test]
fn no_row_of_the_table_is_idle() {
    let known: Vec<_> = states().into_iter().filter(|cells| found(cells).is_some()).collect();
    let unknown = known.iter().filter(|cells| looked_up(TABLE, &cells[..]) == "as-unknown").map(|cells| &cells[3..]);
    let tables: [(&str, Vec<&[&str]>); 2] =
        [(TABLE, known.iter().map(|cells| &cells[..]).collect()), (UNKNOWN, unknown.collect())];
    for (table, states) in tables {
        for row in table.trim().lines().skip(1) {
            assert!(states.iter().any(|cells| row_for(table, cells) == Some(row)), "nothing leads to the row {row}");
        }
    }
}

#[test]
fn nothing_is_run_or_taken_as_done_while_another_works_on_it() {
    for cells in states() {
        let Some(known) = found(&cells) else { continue };
        let its_supervisor = known.working == Working::ItsSupervisor && !matches!(known.noted, Noted::End(_));
        if known.working == Working::AnotherEngine || its_supervisor {
            assert!(matches!(known.settling(), Settling::Refuse | Settling::Attach), "{cells:?}");
        }
    }
}

#[test]
fn an_outcome_is_never_guessed() {
    for cells in states() {
        let Some(known) = found(&cells) else { continue };
        let settling = known.settling();
        if settling == Settling::TakeAsDone {
            let said = known.applied == Asked::Said(Answer::Yes) || known.somebody == Somebody::Said(Reply::Applied);
            assert!(said, "{cells:?}");
        }
        if settling == Settling::Run && !known.idempotent {
            let never = matches!(known.noted, Noted::Nothing | Noted::End(Outcome::NotApplied));
            assert!(never || known.somebody == Somebody::Said(Reply::NotApplied), "{cells:?}");
        }
    }
}
