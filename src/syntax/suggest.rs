//! *Did you mean*: the known word that is spelled most like an unknown one. A suggestion that is far
//! off is worse than none.

/// Longer words are never compared: a stranger's file must not cost time.
const LONGEST: usize = 64;

/// The closest of the known words; `None` where none is near.
#[must_use]
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let folded = word.to_lowercase().replace('_', "-");
    let allowed = (folded.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .filter_map(|candidate| {
            let other = candidate.to_lowercase().replace('_', "-");
            let distance = strsim::damerau_levenshtein(&folded, &other);
            let is_start = folded.len() >= 3 && (other.starts_with(&folded) || folded.starts_with(&other));
            let is_near = distance <= allowed && distance < other.chars().count();
            (is_near || (is_start && other.len() >= 3)).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A sentence for a help text: the closest word, else all of them if they are few.
#[must_use]
pub fn suggestion(word: &str, known: &[&str]) -> String {
    match closest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => listed(known),
    }
}

/// `known here: a, b, c`; empty without any.
#[must_use]
pub fn listed(known: &[&str]) -> String {
    if known.is_empty() { String::new() } else { format!("known here: {}", known.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested_and_a_far_one_never() {
        let known = ["check", "checkpoint", "on-failure", "as", "matches"];
        let cases = [
            ("checks", Some("check")),
            ("chekc", Some("check")),
            ("checkpiont", Some("checkpoint")),
            ("on_failure", Some("on-failure")),
            ("match", Some("matches")),
            ("x", None),
            ("frobnicate", None),
        ];
        for (word, near) in cases {
            assert_eq!(closest(word, known), near, "{word}");
        }
    }

    #[test]
    fn a_very_long_word_is_not_compared() {
        assert_eq!(closest(&"check".repeat(100_000), ["check"]), None);
    }
}
