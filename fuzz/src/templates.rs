//! Templates: no text makes reading or rendering one panic, run away or grow without a bound; what
//! isn't in braces stays as it is; and a value is never read as a template again.

use runbook::model::{Escape, Part, Template, Values};
use runbook::syntax::Span;

/// Far more than a text with a few values of a few bytes becomes by any filter.
const LARGEST: usize = 8 << 20;

/// A text with `{{…}}` in it.
pub fn body(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let values = Values::from([
        ("version".to_owned(), "0.3.0 {{name}}".to_owned()),
        ("time".to_owned(), "2026-06-10T08:00:00Z".to_owned()),
        ("name".to_owned(), "a/b \"q\" $x".to_owned()),
        ("secret.key".to_owned(), "s3cret".to_owned()),
        ("run.id".to_owned(), "run-1".to_owned()),
    ]);
    let Ok(template) = Template::parse(text, Span::default()) else { return };
    for reference in template.references() {
        assert!(text.contains(&reference.name), "{:?} isn't in {text:?}", reference.name);
    }
    for escape in [Escape::None, Escape::Url, Escape::Regex] {
        if let Ok(rendered) = template.render(&values, escape) {
            assert!(rendered.len() <= LARGEST, "{text:?} becomes {} bytes", rendered.len());
            for part in &template.parts {
                match part {
                    Part::Text(piece) => assert!(rendered.contains(piece.as_str()), "{piece:?} isn't in {rendered:?}"),
                    Part::Value(_) => {}
                }
            }
        }
    }
    if template.references().all(|reference| reference.filters.is_empty()) {
        let mut expected = String::new();
        for part in &template.parts {
            match part {
                Part::Text(piece) => expected.push_str(piece),
                Part::Value(reference) => match values.get(&reference.name) {
                    Some(value) => expected.push_str(value),
                    None => expected.push_str(&format!("«{}»", reference.name)),
                },
            }
        }
        assert_eq!(template.render_known(&values), expected);
    }
    if !text.contains("{{") {
        assert_eq!(template.as_literal().as_deref(), Some(text));
    }
}
