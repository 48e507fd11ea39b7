//! One value's spelling → the value, by `kdl`: its only home. It sees single tokens that were found
//! valid before and no more than 256 KiB of text, never a document, a comment or a block; that is how
//! a text that would abort it can't reach it.

use kdl::{KdlEntry, KdlValue};

use super::{
    node::{TextForm, Value},
    token::TokenKind,
};

/// Decodes a token; `None` for what isn't a value, or one that can't be kept (a number of more than
/// 128 bits).
pub(super) fn decode(kind: TokenKind, spelling: &str) -> Option<Value> {
    let form = match kind {
        // A bare word is its own text.
        TokenKind::Bare => return Some(Value::Text { text: spelling.into(), form: TextForm::Bare }),
        TokenKind::Quoted => TextForm::Quoted,
        TokenKind::Raw => TextForm::Raw,
        kind if kind.is_value() => TextForm::Bare,
        _ => return None,
    };
    if let Some(text) = verbatim(kind, spelling) {
        return Some(Value::Text { text: text.into(), form });
    }
    let entry = KdlEntry::parse(spelling).ok()?;
    if entry.name().is_some() || entry.ty().is_some() {
        return None;
    }
    Some(match entry.value() {
        KdlValue::String(text) => Value::Text { text: text.as_str().into(), form },
        KdlValue::Integer(number) => Value::Integer(Box::new(*number)),
        KdlValue::Float(number) => Value::Decimal(*number),
        KdlValue::Bool(flag) => Value::Flag(*flag),
        KdlValue::Null => Value::Null,
    })
}

/// The text between the quotes, where it is exactly that: in one line and without escapes. Most
/// texts are, and asking `kdl` for each would take longer than all the rest of reading a runbook.
fn verbatim(kind: TokenKind, spelling: &str) -> Option<&str> {
    let quoted = match kind {
        TokenKind::Quoted if !spelling.contains('\\') => spelling,
        TokenKind::Raw => spelling.trim_matches('#'),
        _ => return None,
    };
    let text = quoted.strip_prefix('"')?.strip_suffix('"')?;
    (!spelling.contains("\"\"\"")).then_some(text)
}
