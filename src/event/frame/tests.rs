use proptest::prelude::*;

use super::{Chain, Damage, End, SECTOR, frame, scan, scan_after};

fn payload(number: usize) -> String {
    format!("{{\"event\":\"step-started\",\"step\":\"stop-{number}\",\"note\":\"ünï code, a blank\\n\"}}")
}

fn lines(count: usize) -> Vec<String> {
    let mut chain = Chain::genesis();
    (0..count)
        .map(|number| {
            let (line, next) = frame(&payload(number), &chain);
            chain = next;
            line
        })
        .collect()
}

fn damage_of(bytes: &[u8]) -> Option<(u64, Damage)> {
    match scan(bytes).end {
        End::Damaged { line, why, .. } => Some((line, why)),
        End::Whole | End::TornTail { .. } => None,
    }
}

#[test]
fn what_was_framed_is_read_again() {
    let text = lines(20).concat();
    let found = scan(text.as_bytes());
    assert_eq!(found.end, End::Whole);
    assert_eq!(found.head.count(), 20);
    assert_eq!(found.whole, text.len());
    for (number, record) in found.records.iter().enumerate() {
        assert_eq!(record.payload, payload(number));
        assert_eq!(record.number, number as u64 + 1);
    }
}

#[test]
fn every_line_is_json_with_its_number_and_event() {
    for (number, line) in lines(3).iter().enumerate() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["n"], number + 1);
        assert_eq!(value["event"]["step"], format!("stop-{number}"));
    }
}

#[test]
fn the_previous_hash_is_that_of_the_line_before_with_its_newline() {
    let lines = lines(2);
    let value: serde_json::Value = serde_json::from_str(&lines[1]).unwrap();
    assert_eq!(value["prev"], crate::model::digest::Digest::of(&lines[0]).to_string());
}

#[test]
fn an_empty_file_is_whole() {
    assert_eq!(scan(b"").end, End::Whole);
    assert_eq!(scan(b"").head, Chain::genesis());
}

#[test]
fn line_breaks_between_the_tokens_of_a_payload_become_blanks() {
    let (line, _) = frame("{\n\"a\":\n1}", &Chain::genesis());
    assert_eq!(scan(line.as_bytes()).records[0].payload, "{ \"a\": 1}");
}

#[test]
fn every_single_flipped_bit_of_every_line_is_damage() {
    let lines = lines(20);
    let text = lines.concat();
    let bytes = text.as_bytes();
    let (mut at, mut chain) = (0, Chain::genesis());
    for (index, line) in lines.iter().enumerate() {
        // Only the line itself and the one after it can be affected: scanning the rest again for
        // every bit would take minutes.
        let end = (at + line.len() + lines.get(index + 1).map_or(0, String::len)).min(bytes.len());
        let mut piece = bytes[at..end].to_vec();
        for place in 0..line.len() {
            for bit in 0..8 {
                piece[place] ^= 1 << bit;
                let found = scan_after(&piece, &chain);
                assert!(matches!(found.end, End::Damaged { at: 0, .. }), "line {index} byte {place} bit {bit}");
                assert!(found.records.is_empty());
                piece[place] ^= 1 << bit;
            }
        }
        at += line.len();
        chain = scan_after(line.as_bytes(), &chain).head;
    }
}

#[test]
fn a_file_cut_anywhere_is_torn_within_a_line_and_whole_between_two() {
    let lines = lines(8);
    let text = lines.concat();
    let mut starts = vec![0];
    for line in &lines {
        starts.push(starts[starts.len() - 1] + line.len());
    }
    for length in 0..text.len() {
        let found = scan(&text.as_bytes()[..length]);
        let last = starts.iter().rposition(|&start| start <= length).unwrap();
        assert_eq!(found.records.len(), last);
        let expected = if starts[last] == length {
            End::Whole
        } else {
            End::TornTail { at: starts[last], bytes: length - starts[last] }
        };
        assert_eq!(found.end, expected, "cut at {length}");
    }
}

#[test]
fn a_lost_line_is_a_gap() {
    for lost in 0..19 {
        let mut lines = lines(20);
        lines.remove(lost);
        let line = lost as u64 + 1;
        let why = Damage::Gap { expected: line, found: line + 1 };
        assert_eq!(damage_of(lines.concat().as_bytes()), Some((line, why)));
    }
}

#[test]
fn a_doubled_line_is_seen() {
    for doubled in 0..20 {
        let mut lines = lines(20);
        lines.insert(doubled, lines[doubled].clone());
        let line = doubled as u64 + 2;
        let why = Damage::Repeated { expected: line, found: line - 1 };
        assert_eq!(damage_of(lines.concat().as_bytes()), Some((line, why)));
    }
}

#[test]
fn swapped_lines_are_seen() {
    for first in 0..19 {
        for second in first + 1..20 {
            let mut lines = lines(20);
            lines.swap(first, second);
            let (line, why) = damage_of(lines.concat().as_bytes()).unwrap();
            assert_eq!(line, first as u64 + 1);
            assert_eq!(why, Damage::Gap { expected: line, found: second as u64 + 1 });
        }
    }
}

#[test]
fn a_line_of_another_run_breaks_the_chain() {
    let ours = lines(3);
    let (first, chain) = frame("{\"run\":\"another\"}", &Chain::genesis());
    let (second, _) = frame("{}", &chain);
    let mixed = [ours[0].as_str(), second.as_str(), ours[2].as_str()].concat();
    assert_eq!(damage_of(mixed.as_bytes()), Some((2, Damage::BrokenChain)));
    let replaced = [first.as_str(), ours[1].as_str()].concat();
    assert_eq!(damage_of(replaced.as_bytes()), Some((2, Damage::BrokenChain)));
}

#[test]
fn a_complete_last_line_with_a_wrong_checksum_is_never_taken_for_torn() {
    let mut bytes = lines(2).concat().into_bytes();
    let place = bytes.len() - 4;
    bytes[place] = b'X';
    assert_eq!(damage_of(&bytes), Some((2, Damage::BadChecksum)));
}

#[test]
fn a_nul_that_a_flipped_bit_made_of_a_blank_is_damage() {
    let mut bytes = lines(2).concat().into_bytes();
    let blank = bytes.iter().rposition(|&byte| byte == b' ').unwrap();
    bytes[blank] = 0;
    assert_eq!(damage_of(&bytes), Some((2, Damage::BadChecksum)));
}

#[test]
fn nuls_to_the_end_of_the_file_are_torn() {
    let lines = lines(2);
    let whole = lines[0].len();
    for kept in [0, 1, 40, lines[1].len() - 1] {
        let mut bytes = lines.concat().into_bytes();
        bytes[whole + kept..].fill(0);
        let length = bytes.len();
        assert_eq!(scan(&bytes).end, End::TornTail { at: whole, bytes: length - whole }, "{kept} bytes kept");
        bytes.resize(length + 4096, 0);
        assert_eq!(scan(&bytes).end, End::TornTail { at: whole, bytes: length + 4096 - whole });
    }
}

#[test]
fn a_sector_that_was_never_written_is_torn_only_when_no_record_follows() {
    let long = format!("\"{}\"", "x".repeat(3 * SECTOR));
    let (first, chain) = frame("{}", &Chain::genesis());
    let (second, chain) = frame(&long, &chain);
    let (third, _) = frame("{}", &chain);
    let mut bytes = [first.as_str(), second.as_str()].concat().into_bytes();
    bytes[SECTOR..2 * SECTOR].fill(0);
    assert!(matches!(scan(&bytes).end, End::TornTail { at, .. } if at == first.len()));
    bytes.extend_from_slice(third.as_bytes());
    assert_eq!(damage_of(&bytes), Some((2, Damage::BadChecksum)));
}

#[test]
fn an_unfinished_line_that_is_no_record_is_damage() {
    let mut text = lines(2).concat();
    text.push_str("{\"hello\":");
    assert_eq!(damage_of(text.as_bytes()), Some((3, Damage::NotARecord)));
}

#[test]
fn a_follower_goes_on_where_it_stood() {
    let text = lines(6).concat();
    let cut = lines(4).concat().len();
    let first = scan(&text.as_bytes()[..cut + 10]);
    let rest = scan_after(&text.as_bytes()[first.whole..], &first.head);
    assert_eq!(rest.end, End::Whole);
    assert_eq!(rest.records.iter().map(|record| record.number).collect::<Vec<_>>(), [5, 6]);
}

proptest! {
    #[test]
    fn scanning_never_panics_and_returns_only_a_prefix_of_what_was_framed(
        count in 1usize..6,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        extra in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let lines = lines(count);
        let mut bytes = lines.concat().into_bytes();
        bytes.extend(extra);
        for (place, byte) in edits {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let found = scan(&bytes);
        prop_assert!(found.records.len() <= count);
        for (number, record) in found.records.iter().enumerate() {
            prop_assert_eq!(record.payload, payload(number));
        }
    }
}
