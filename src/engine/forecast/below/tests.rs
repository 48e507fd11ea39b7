//! Whatever a runbook is made of, a row that stands upon the row before is the row that a walk gives.

use std::fmt::Write as _;

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use crate::engine::forecast::assumed::Assumed;
use crate::engine::forecast::described::rounded;
use crate::engine::forecast::foresee::{EVERYBODY, start, starts, to_the_end};
use crate::engine::forecast::matrix::Matrix;
use crate::engine::forecast::walk::Walk;
use crate::event::{Failing, FailureRow, Outline};
use crate::model::Lowering;
use crate::plan::Plan;
use crate::syntax::{Sources, parse};

fn plan(phases: &str) -> Plan {
    let text = format!("runbook release \"Release\" {{}}\n{phases}");
    let mut sources = Sources::default();
    let file = sources.add("release.kdl", text.as_str());
    let nodes = parse(&sources, file).expect("the text is valid");
    let template = |_: &crate::syntax::Spanned<String>| Ok(String::new());
    let lowering = Lowering { sources: &sources, folder: "/release".into(), template: &template };
    let (runbook, findings) = lowering.lower(&nodes);
    assert!(findings.is_empty(), "{findings:#?}\n{text}");
    Plan::resolve(&Arc::new(runbook.expect("it is lowered")), &BTreeMap::new(), None).expect("it resolves")
}

/// Each row as it is made, and as a walk makes it; and how many of them took no walk.
fn rows(plan: &Plan) -> (Vec<(FailureRow, FailureRow)>, usize) {
    let mut walk = Walk::begin(plan, Outline::of(plan), start(plan), EVERYBODY);
    let mut matrix = Matrix::new(plan, &to_the_end(walk.clone()).undoable);
    let (mut assumed, mut rows, mut stood) = (Assumed::default(), Vec::new(), 0);
    loop {
        let next = walk.next();
        if let Some(index) = starts(plan, &next) {
            for failing in [Failing::Fails, Failing::NoAnswer, Failing::Crash] {
                let walked = matrix.walked(&walk, &next, index, failing);
                stood += usize::from(matrix.stands(&walk, index, failing));
                let row = matrix.row(&walk, &next, index, failing);
                let walked = FailureRow { about: rounded(walked.about), at_most: rounded(walked.at_most), ..walked };
                rows.push((row, walked));
            }
        }
        if walk.make(next, &mut assumed).is_some() {
            return (rows, stood);
        }
    }
}

/// One of everything that a phase may hold, with a number for its ids.
fn item(kind: u8, number: usize) -> String {
    let step = |more: &str, inverse: &str| {
        format!("step s{number} {{ run do; budget \"9s\" estimate=\"{}ms\"; {more} {inverse}; }}\n", number % 1000 * 7)
    };
    let written = "inverse { run undo; budget \"5s\" estimate=\"2s\"; }";
    match kind {
        0..=6 => step("", written),
        7 => step("", "inverse { run undo; }"),
        8 => step("atomic;", written),
        9 => step("idempotent; retry 3 delay=\"1s\";", written),
        10 => step("on-failure halt;", written),
        11 => step("", "inverse none because=\"x\""),
        12 => step("", "irreversible because=\"x\""),
        13 => step("", "inverse { manual \"Undo it\"; budget \"1h\"; }"),
        14 => step("", "inverse valid-for=\"20s\" { run undo; }"),
        15 => step("applied { run is; };", written),
        16 => step("", "inverse { run undo; on-failure continue; }"),
        17 => format!("step s{number} {{ write \"/tmp/s{number}\" \"x\"; }}\n"),
        18 => format!("check c{number} {{ run look; }}\n"),
        19 => format!("check c{number} {{ run look; on-failure halt; }}\n"),
        20 => format!("check c{number} {{ run look; on-failure warn; }}\n"),
        21 => format!(
            "checkpoint p{number} {{ check pc{number} {{ run look; }}; preserve v{number} {{ run look; }}; }}\n"
        ),
        22 => format!("on-rollback o{number} {{ run tidy; }}\n"),
        23 => format!("manual m{number} \"Is it so?\"\n"),
        24 => format!("parallel {{\n{}{}}}\n", item(0, number * 1000), item(8, number * 1000 + 1)),
        _ => "wait \"10s\"\n".to_owned(),
    }
}

fn text(phases: &[Vec<u8>]) -> String {
    let mut number = 0;
    let mut text = String::new();
    for (place, kinds) in phases.iter().enumerate() {
        let at = if place == 2 { " at=\"2001-01-01T00:00Z\"" } else { "" };
        let items: String = kinds
            .iter()
            .map(|kind| {
                number += 1;
                item(*kind, number)
            })
            .collect();
        writeln!(text, "phase phase{place}{at} {{\n{items}}}").unwrap();
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_row_that_took_no_walk_is_the_row_of_a_walk(
        phases in prop::collection::vec(prop::collection::vec(0_u8..26, 1..12), 1..4)
    ) {
        for (row, walked) in rows(&plan(&text(&phases))).0 {
            prop_assert_eq!(row, walked);
        }
    }
}

#[test]
fn of_plain_steps_only_the_first_takes_a_walk() {
    let steps: String = (0..30).map(|number| item(if number % 3 == 0 { 18 } else { 0 }, number)).collect();
    let (rows, stood) = rows(&plan(&format!("phase only {{ {steps} }}")));
    assert!(rows.iter().all(|(row, walked)| row == walked));
    // A check is first, and then a step: three rows of each.
    assert_eq!((rows.len(), stood), (90, 84));
}
