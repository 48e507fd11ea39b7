//! The recorded runs through `decide`: it makes the moves that were made, in every format.

use std::sync::Arc;

use runbook::engine::replay;
use runbook::event::{Record, Stamped};
use runbook::journal::read;
use runbook::model::bundle::load_saved;
use runbook::plan::{Plan, RunFacts};

use super::golden::{FORMATS, Golden, NAMES};

#[test]
fn decide_makes_the_recorded_moves_again() {
    for (format, name) in FORMATS.iter().flat_map(|format| NAMES.map(|name| (format, name))) {
        let golden = Golden::recorded(format, name);
        let events = read::<Stamped>(&golden.folder.join("journal.jsonl")).unwrap().events;
        let record = Record::of(&events);
        let head = record.head.clone().unwrap();
        let runbook = load_saved(&golden.folder.join("bundle")).unwrap().runbook.unwrap();
        let facts = RunFacts { id: head.run.clone(), started: record.started };
        let plan = Plan::resolve(&Arc::new(runbook), &head.inputs, Some(&facts)).unwrap();
        let moves = replay(&plan, &events).unwrap_or_else(|other| panic!("{format}/{name}: {other:#?}"));
        assert!(moves >= 4, "{format}/{name}: {moves} moves");
    }
}
