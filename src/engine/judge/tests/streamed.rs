//! Texts that were cut, judged as they streamed past: the same verdicts as for the whole text.

use proptest::prelude::*;

use super::*;
use crate::event::Held::{InError, No, Yes};
use crate::model::Matcher::*;
use crate::perform::Seeking;
use crate::plan::Needle;

/// What a matcher looks for while a text streams past; `None`: it doesn't.
fn needle(matcher: Matcher, text: &str) -> Option<Needle> {
    match matcher {
        Contains | Lacks => Some(Needle::Text(text.to_owned())),
        Matches | LacksMatch => Some(Needle::Match(text.to_owned())),
        Is | IsNot | OneOf => Some(Needle::Whole(text.to_owned())),
        Like | Above | Below | AtLeast | AtMost | After | Before | Empty | Exists => None,
    }
}

fn observed(kept: Kept) -> Observation {
    Observation::default().with(SubjectName::Stdout, Datum::Kept(kept))
}

/// The text as a whole, and the same with a gap, that streamed past in pieces.
fn whole_and_cut(
    bytes: &[u8],
    pieces: &[usize],
    gap: (usize, usize),
    needle: Option<Needle>,
) -> Option<[Observation; 2]> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let lossy = std::str::from_utf8(bytes).is_err();
    let whole = Kept { lossy, ..Kept::whole(&text) };
    let text = whole.head.clone();
    let at = |share: usize| text.floor_char_boundary(share * text.len() / 1000);
    let (start, end) = (at(gap.0.min(gap.1)), at(gap.0.max(gap.1)));
    if start == end {
        return None;
    }
    let mut seeking = Seeking::new(needle);
    let mut rest = bytes;
    for piece in pieces.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (now, later) = rest.split_at((*piece).clamp(1, rest.len()));
        seeking.push(now);
        rest = later;
    }
    let (passed, seen_lossy) = seeking.finish();
    assert_eq!(seen_lossy, lossy);
    let (head, tail) = (text[..start].to_owned(), text[end..].to_owned());
    let cut = Kept { head, tail, dropped: (end - start) as u64, lossy, passed, file: None };
    Some([observed(whole), observed(cut)])
}

/// Texts of few letters, so that what is looked for is often there; some aren't UTF-8.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let parts: Vec<&[u8]> = vec![
        b"a",
        b"b",
        b"ab",
        b"\n",
        b" ",
        b"1",
        b"error",
        "\u{e4}".as_bytes(),
        "\u{20ac}".as_bytes(),
        b"\xff",
        b"\xe2\x82",
    ];
    proptest::collection::vec(proptest::sample::select(parts), 1..60).prop_map(|parts| parts.concat())
}

fn regexes() -> impl Strategy<Value = String> {
    let regexes = [
        "a+b",
        "^a",
        "b$",
        "(?m)^ab$",
        "(?m)^error",
        "a\\nb",
        r"\d+",
        r"a\s+b",
        "(a|error)b?",
        "[^ab]",
        "zz",
        r"\bab\b",
        r"(?-u:\b)ab(?-u:\b)",
        "^$",
        "(?s)^a.*b$",
        "\u{e4}|\u{20ac}",
        "",
        r"a.{3,5}b",
        r"\Aab",
        r"\n\z",
    ];
    proptest::sample::select(regexes.map(str::to_owned).to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_judged_in_passing_is_judged_as_the_whole_would_be(
        bytes in texts(),
        pieces in proptest::collection::vec(1..12_usize, 1..6),
        gap in (0..=1000_usize, 0..=1000_usize),
        matcher in proptest::sample::select(Matcher::ALL.to_vec()),
        regex in regexes(),
        part in (0..=1000_usize, 0..=1000_usize, any::<bool>()),
    ) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let at = |share: usize| text.floor_char_boundary(share * text.len() / 1000);
        let piece = text[at(part.0.min(part.1))..at(part.0.max(part.1))].to_owned();
        let wanted = match matcher {
            Matches | LacksMatch => regex,
            Empty | Exists => "#true".to_owned(),
            Contains | Lacks if part.2 => "zz".to_owned(),
            Is | IsNot | OneOf if part.2 => text.to_owned(),
            Contains | Lacks | Like | Is | IsNot | OneOf => piece,
            Above | Below | AtLeast | AtMost => "1".to_owned(),
            After | Before => "2026-06-10T08:00:00Z".to_owned(),
        };
        let wanted = wanted.replace("{{", "").replace('"', "");
        // Quoted, so that it is a text and not a number or a flag.
        let spelled = if matches!(matcher, Empty | Exists) { wanted.clone() } else { format!("\"{wanted}\"") };
        let Some([whole, cut]) = whole_and_cut(&bytes, &pieces, gap, needle(matcher, &wanted)) else { return Ok(()) };
        let [of_whole, of_cut] = [whole, cut].map(|seen| judge_one(&seen, "stdout", matcher, &[&spelled]));
        match matcher {
            Like | Above | Below | AtLeast | AtMost | After | Before => prop_assert_eq!(of_cut.held, InError),
            // What it looks at beside other letters isn't known in passing: then it says so.
            Matches | LacksMatch if wanted.contains(r"\b") && of_cut.held == InError => {
                prop_assert!(of_cut.note.unwrap_or_default().contains("(?-u:\\b)") && !bytes.is_ascii());
            }
            Is | IsNot | Contains | Lacks | Matches | LacksMatch | Empty | Exists | OneOf => {
                prop_assert_eq!(of_cut.held, of_whole.held, "{:?} {:?} {:?}", matcher, wanted, (of_whole, of_cut.note));
            }
        }
    }
}

#[test]
fn what_was_found_in_passing_is_shown_with_its_line() {
    let text = format!("{}\nthe error is 42\n{}", "a".repeat(5000), "b".repeat(5000));
    let pieces = [7];
    let look = |matcher, wanted: &str| {
        let [_, cut] = whole_and_cut(text.as_bytes(), &pieces, (100, 900), needle(matcher, wanted)).unwrap();
        judge_one(&cut, "stdout", matcher, &[wanted])
    };
    let lacks = look(Lacks, "error");
    assert_eq!(lacks.held, No);
    assert!(lacks.actual.contains("the error"), "{lacks:?}");
    assert!(lacks.note.unwrap().contains("as it streamed past"));
    let matches = look(Matches, r"error is \d+");
    assert_eq!((matches.held, matches.actual.contains("the error is 4")), (Yes, true));
    assert_eq!(look(Lacks, "panic").held, Yes);
    assert_eq!(look(Contains, "panic").held, No);
    assert_eq!(look(Like, "a\n...").held, InError);
}

#[test]
fn a_number_that_was_cut_is_never_said_to_be_another_one() {
    let text = format!("1.{}", "0".repeat(5000));
    let look = |text: &str, matcher| {
        let [_, cut] = whole_and_cut(text.as_bytes(), &[64], (100, 900), Some(Needle::Whole("1".to_owned()))).unwrap();
        judge_one(&cut, "stdout", matcher, &["1"]).held
    };
    assert_eq!(look(&text, IsNot), InError);
    assert_eq!(look(&"1 2 3 4 ".repeat(100), IsNot), Yes);
    assert_eq!(look(&"1 2 3 4 ".repeat(100), Is), No);
}
