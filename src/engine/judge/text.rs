//! `contains`, `lacks`, `matches`, `lacks-match`, `like`. Of a text that was cut, what is found in
//! the head or the tail is found, and so is what was found while it streamed past; that something is
//! *not* there is never concluded from what was kept.

use super::aligned::aligned;
use super::comparing::Comparing;
use super::seen::{Seen, TextSeen};
use super::weighed::Weighed;
use super::{excerpt, gap, like};
use crate::model::Matcher;
use crate::plan::Needle;

/// Judges `contains` and `lacks`.
pub(super) fn weigh_contains(seen: &Seen<'_>, comparing: &Comparing<'_>) -> Weighed {
    let wanted = comparing.first().text.as_str();
    let text = match readable(seen, wanted) {
        Ok(text) => text,
        Err(error) => return error,
    };
    let within = |part: &str| part.find(wanted).map(|start| start..start + wanted.len());
    let found = within(&text.head)
        .map(|range| excerpt::around(&text.head, &range))
        .or_else(|| within(text.tail).map(|range| excerpt::around(text.tail, &range)));
    weigh_found(&text, found, &Needle::Text(wanted.to_owned()), comparing.matcher == Matcher::Contains)
}

/// Judges `matches` and `lacks-match`.
pub(super) fn weigh_matches(seen: &Seen<'_>, comparing: &Comparing<'_>) -> Weighed {
    let wanted = comparing.first().text.as_str();
    let text = match readable(seen, wanted) {
        Ok(text) => text,
        Err(error) => return error,
    };
    let regex = match comparing.patterns.regex(wanted) {
        Ok(regex) => regex,
        Err(why) => return Weighed::in_error(seen.shown(), why),
    };
    let found = if text.dropped == 0 {
        regex.find(&text.head).map(|found| excerpt::around(&text.head, &found.range()))
    } else {
        gap::find(&regex, &text.head, text.tail).map(|found| match found {
            Ok(range) => excerpt::around(&text.head, &range),
            Err(range) => excerpt::around(text.tail, &range),
        })
    };
    weigh_found(&text, found, &Needle::Match(wanted.to_owned()), comparing.matcher == Matcher::Matches)
}

/// A text to search in, and something to search for.
fn readable<'a>(seen: &Seen<'a>, wanted: &str) -> Result<TextSeen<'a>, Weighed> {
    if wanted.is_empty() {
        return Err(Weighed::in_error(seen.shown(), "the expected text is empty, and every text contains that"));
    }
    let text = seen.as_text().map_err(|why| Weighed::in_error(seen.shown(), why))?;
    if text.lossy && wanted.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Weighed::in_error(seen.shown(), "what stands for a replaced byte can't be searched for"));
    }
    Ok(text)
}

fn weigh_found(text: &TextSeen<'_>, found: Option<String>, what: &Needle, wanted: bool) -> Weighed {
    match found {
        Some(shown) => Weighed::judged(wanted, shown),
        None if text.dropped > 0 => match text.found_in_passing(what) {
            Ok(Some(shown)) => Weighed::judged(wanted, shown.to_owned()).noted(text.passing_words()),
            Ok(None) => Weighed::judged(!wanted, text.ending()).noted(text.passing_words()),
            Err(why) => Weighed::in_error(text.ending(), why),
        },
        None => {
            let weighed = Weighed::judged(!wanted, text.ending());
            match (text.head.is_empty(), wanted) {
                (true, true) => weighed.noted("it is empty"),
                (true, false) => weighed.noted("it is empty, so that this passes for nothing"),
                (false, _) => weighed,
            }
        }
    }
}

/// Judges `like`.
pub(super) fn weigh_like(seen: &Seen<'_>, comparing: &Comparing<'_>) -> Weighed {
    let text = match seen.as_text() {
        Ok(text) => text,
        Err(why) => return Weighed::in_error(seen.shown(), why),
    };
    let pattern = match comparing.like_pattern() {
        Ok(pattern) => pattern,
        Err(why) => return Weighed::in_error(seen.shown(), why),
    };
    let whole = match text.whole() {
        Ok(whole) => whole,
        Err(why) => return Weighed::in_error(seen.shown(), why),
    };
    // Compiled before the comparison, since a line may be asked about for every line of the text.
    let mut compiled = std::collections::HashMap::new();
    for line in &pattern {
        if let like::Line::Pattern { regex, .. } = line {
            match comparing.patterns.regex(regex) {
                Ok(ready) => compiled.insert(regex.as_str(), ready),
                Err(why) => return Weighed::in_error(seen.shown(), why),
            };
        }
    }
    let lines = like::lines_of(whole);
    let fits = |wanted: &like::Line, line: &str| match wanted {
        like::Line::Any => true,
        like::Line::Exact(text) => text == line,
        like::Line::Pattern { regex, .. } => compiled.get(regex.as_str()).is_some_and(|regex| regex.is_match(line)),
    };
    let difference = like::first_difference(&pattern, &lines, fits);
    let weighed = Weighed::judged(difference.is_none(), seen.shown());
    let Some(difference) = difference else { return weighed };
    let Some(aligned) = aligned(&pattern, whole, fits) else {
        let words = difference_words(&difference, &pattern, &lines);
        return weighed.noted(words).with_texts(&comparing.first().text, whole);
    };
    // Behind `...` the search can't say which of several lines is missing; the alignment can.
    let difference = match aligned.missing {
        Some((missing, place)) if difference.pattern.is_some_and(|first| first < missing) => {
            like::Difference { pattern: Some(missing), text: place }
        }
        Some(_) | None => difference,
    };
    weighed.noted(difference_words(&difference, &pattern, &lines)).with_texts(&aligned.expected, whole)
}

fn difference_words(difference: &like::Difference, pattern: &[like::Line], lines: &[&str]) -> String {
    let wanted = difference.pattern.and_then(|index| pattern.get(index)).map(like::Line::written);
    let actual = lines.get(difference.text);
    let number = difference.text + 1;
    let [wanted, actual] = [wanted, actual.copied()].map(|line| line.map(excerpt::beginning));
    let follows_any =
        difference.pattern.is_some_and(|index| index > 0 && pattern.get(index - 1) == Some(&like::Line::Any));
    match (wanted, actual) {
        (Some(wanted), _) if follows_any => format!("from line {number} on, nothing is like `{wanted}`"),
        (Some(wanted), Some(actual)) => format!("line {number} is `{actual}`, expected is `{wanted}`"),
        (Some(wanted), None) => format!("it ends before `{wanted}`"),
        (None, Some(actual)) => format!("line {number}, `{actual}`, is one too many"),
        (None, None) => String::new(),
    }
}
