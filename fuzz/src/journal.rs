//! The journal: whatever a file holds, reading it doesn't panic, and what it gives as records is what
//! was framed. A journal that was written and then hurt is never taken for another one: what is read
//! is the beginning of what was written.

use runbook::event::frame::{Chain, End, frame, scan, scan_after};
use runbook::event::{Record, Stamped};
use runbook::perform::supervisor::Note;

use super::pieces::Pieces;

/// The first byte says what the rest is: the bytes of a file, or events and what is done to them.
pub fn body(bytes: &[u8]) {
    match bytes.split_first() {
        Some((first, rest)) if *first == b'!' => hurt(&mut Pieces(rest)),
        Some(_) | None => any(bytes),
    }
}

/// Any bytes.
fn any(bytes: &[u8]) {
    let scanned = scan(bytes);
    assert!(scanned.whole <= bytes.len() && scanned.head.count() == scanned.records.len() as u64);
    let mut chain = Chain::genesis();
    let mut again = String::new();
    for record in &scanned.records {
        let (line, next) = frame(record.payload, &chain);
        again.push_str(&line);
        chain = next;
    }
    assert!(again.as_bytes() == &bytes[..scanned.whole], "records aren't what was framed");
    assert_eq!(chain, scanned.head);
    match scanned.end {
        End::Whole => assert_eq!(scanned.whole, bytes.len()),
        End::TornTail { at, bytes: torn } => assert_eq!((at, at + torn), (scanned.whole, bytes.len())),
        End::Damaged { at, line, .. } => assert_eq!((at, line), (scanned.whole, chain.count() + 1)),
    }
    let events: Vec<Stamped> =
        scanned.records.iter().filter_map(|record| serde_json::from_str(record.payload).ok()).collect();
    let record = Record::of(&events);
    assert!(record.frontier <= record.units.len());
    for event in &events {
        let written = serde_json::to_string(event).unwrap();
        let read: Stamped = serde_json::from_str(&written).unwrap_or_else(|why| panic!("{why}: {written}"));
        assert_eq!(serde_json::to_string(&read).unwrap(), written, "an event changes when it is written again");
    }
    for record in &scanned.records {
        if let Ok(note) = serde_json::from_str::<Note>(record.payload) {
            let written = serde_json::to_string(&note).unwrap();
            assert_eq!(serde_json::from_str::<Note>(&written).ok().as_ref(), Some(&note), "{written}");
        }
    }
}

/// Some payloads, framed, and then something done to the file.
fn hurt(pieces: &mut Pieces<'_>) {
    let mut chain = Chain::genesis();
    let mut lines = Vec::new();
    let mut payloads = Vec::new();
    for _ in 0..1 + pieces.below(6) {
        let payload = serde_json::Value::from(pieces.text()).to_string();
        let (line, next) = frame(&payload, &chain);
        chain = next;
        payloads.push(payload);
        lines.push(line.into_bytes());
    }
    let whole = lines.concat();
    assert_eq!(scan(&whole).records.len(), payloads.len());
    let wound = pieces.byte() % 6;
    let at = usize::from(pieces.byte()) << 8 | usize::from(pieces.byte());
    let line = at % lines.len();
    let hurt = match wound {
        0 => whole[..at % (whole.len() + 1)].to_vec(),
        1 => {
            let mut hurt = whole.clone();
            let place = at % hurt.len();
            hurt[place] ^= 1 << (pieces.byte() % 8);
            hurt
        }
        2 => {
            let mut fewer = lines.clone();
            fewer.remove(line);
            fewer.concat()
        }
        3 => {
            let mut more = lines.clone();
            more.insert(pieces.below(more.len() + 1), lines[line].clone());
            more.concat()
        }
        4 => {
            let mut swapped = lines.clone();
            let other = pieces.below(swapped.len());
            swapped.swap(line, other);
            swapped.concat()
        }
        _ => {
            let mut hurt = whole[..at % (whole.len() + 1)].to_vec();
            hurt.extend_from_slice(pieces.0);
            hurt
        }
    };
    any(&hurt);
    let scanned = scan(&hurt);
    let read: Vec<&str> = scanned.records.iter().map(|record| record.payload).collect();
    // Behind a cut at the very beginning, a whole journal of somebody else may stand.
    if wound < 5 {
        assert!(payloads.iter().zip(&read).all(|(written, read)| written == read), "another record is read");
        assert!(read.len() <= payloads.len(), "a record is read that was never written");
    }
    if scanned.end == End::Whole {
        // Only the loss of whole lines at the very end can't be seen.
        assert!(wound == 5 || whole.starts_with(&hurt), "what was done to the file goes unseen");
    }
    // A reader that follows sees what one sees who comes late.
    let from = lines[0].len().min(hurt.len());
    let first = scan(&hurt[..from]);
    if first.end == End::Whole && first.whole == from {
        let followed = scan_after(&hurt[from..], &first.head);
        assert_eq!(first.records.len() + followed.records.len(), read.len());
    }
}
