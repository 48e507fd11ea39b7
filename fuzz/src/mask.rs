//! Secrets in what is printed: the pieces in which it comes change nothing, and no secret is left of
//! it in any form in which programs repeat one. The forms are made here, by other code than the
//! masker's.

use runbook::perform::mask::{MASK, Masker, SHORTEST};

use super::pieces::Pieces;

/// The size of a piece, a few secrets, and a text; then choices of what is put into the text.
pub fn body(bytes: &[u8]) {
    let mut pieces = Pieces(bytes);
    let size = usize::from(pieces.byte()).max(1);
    let mut secrets: Vec<String> = (0..1 + pieces.below(3)).map(|_| pieces.text()).collect();
    if pieces.below(2) == 1 && secrets[0].len() <= 64 {
        // One that begins with another.
        secrets.push(format!("{}{}", secrets[0], pieces.text()));
    }
    secrets.retain(|secret| secret.len() <= 512);
    // What the mask itself, or the line breaks of a text, would make up isn't the text's.
    let plain = |secret: &String| secret.len() >= SHORTEST && !secret.contains('*') && secret.trim() == secret;
    let mut text = pieces.field().to_vec();
    let mut forms = Vec::new();
    for secret in secrets.iter().filter(|secret| plain(secret)) {
        forms.extend(written(secret));
        let form = &forms[forms.len() - 1 - pieces.below(9)];
        let at = usize::from(pieces.byte()) % (text.len() + 1);
        text.splice(at..at, form.bytes());
    }
    let masker = Masker::new(&secrets);
    let whole = masked(&masker, &text, text.len().max(1));
    assert!(whole == masked(&masker, &text, size), "in pieces of {size}, {text:?} is masked differently");
    assert!(whole == masked(&masker, &text, 1), "byte by byte, {text:?} is masked differently");
    for form in forms {
        let left = whole.windows(form.len()).any(|window| window == form.as_bytes());
        assert!(!left || MASK.contains(&form), "{form:?} is left in {:?}", String::from_utf8_lossy(&whole));
    }
    if secrets.iter().all(|secret| secret.len() < SHORTEST) {
        assert!(whole == text, "something is masked without a secret");
    }
}

fn masked(masker: &Masker, text: &[u8], size: usize) -> Vec<u8> {
    let mut stream = masker.stream();
    let mut masked = Vec::new();
    for piece in text.chunks(size) {
        stream.push(piece, &mut masked);
    }
    stream.finish(&mut masked);
    masked
}

/// Nine forms of a secret.
pub fn written(secret: &str) -> [String; 9] {
    let mut json = String::new();
    for c in secret.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            c if c < ' ' => json.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => json.push(c),
        }
    }
    let percent = |space: &str| {
        let mut text = String::new();
        for byte in secret.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.push(char::from(byte)),
                b' ' => text.push_str(space),
                byte => text.push_str(&format!("%{byte:02X}")),
            }
        }
        text
    };
    [
        secret.to_owned(),
        base64(secret.as_bytes(), 0),
        base64(secret.as_bytes(), 1),
        base64(secret.as_bytes(), 2),
        percent("%20"),
        percent("+"),
        json,
        format!("'{}'", secret.replace('\'', "'\\''")),
        secret.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`"),
    ]
}

/// The characters of Base64 that a text gives wherever it stands `before` bytes behind a group of three.
fn base64(bytes: &[u8], before: usize) -> String {
    let mut bits = Vec::new();
    for byte in bytes {
        bits.extend((0..8).rev().map(|place| byte >> place & 1));
    }
    let skipped = [0, 4, 2][before];
    bits.drain(..skipped.min(bits.len()));
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |six: &[u8]| char::from(alphabet[usize::from(six.iter().fold(0, |sum, bit| sum << 1 | bit))]);
    bits.chunks_exact(6).map(digit).collect()
}
