//! The forms in which programs repeat a secret.

use std::fmt::Write as _;

/// Pieces of an encoded secret shorter than this would be found in any text.
const SHORTEST_PIECE: usize = 8;
/// Where `base64` and PEM writers break lines.
const LINE_WIDTHS: [usize; 2] = [76, 64];
const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// What encoders leave as it is, beside letters and digits: RFC 3986, nothing at all, JavaScript's
/// `encodeURIComponent`, forms, Python's `quote`, whole URLs.
const LEFT_ALONE: [&str; 6] = ["-_.~", "", "-_.!~*'()", "*-._", "-_.~/", "-_.~/:@!$&'()*+,;="];

/// Every form of one secret, with repetitions.
pub(super) fn of(secret: &str) -> Vec<Vec<u8>> {
    // Programs strip what they read, a CR too.
    let mut forms = vec![secret.to_owned(), secret.trim_end_matches('\n').to_owned(), secret.trim().to_owned()];
    // Programs print the lines of a key one by one, indented.
    forms.extend(secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_PIECE).map(str::to_owned));
    for alphabet in [STANDARD, URL_SAFE] {
        forms.extend((0..3).map(|alignment| base64_core(secret.as_bytes(), alignment, alphabet)));
        let whole = base64(secret.as_bytes(), alphabet);
        for width in LINE_WIDTHS {
            if whole.len() > width {
                forms.extend(
                    whole
                        .as_bytes()
                        .chunks(width)
                        .filter(|line| line.len() >= SHORTEST_PIECE)
                        .map(|line| String::from_utf8_lossy(line).into_owned()),
                );
            }
        }
    }
    for left_alone in LEFT_ALONE {
        for upper in [true, false] {
            let encoded = percent(secret, left_alone, upper);
            forms.push(encoded.replace("%20", "+"));
            forms.push(encoded);
        }
    }
    let json = serde_json::Value::from(secret).to_string();
    let json = json[1..json.len() - 1].to_owned();
    forms.push(json.replace('/', "\\/"));
    for also in ["", "<>&", "<>&'+`", "/"] {
        forms.push(ascii_json(&json, also, false));
        forms.push(ascii_json(&json, also, true));
    }
    forms.push(json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"));
    forms.push(json);
    forms.extend(shell(secret));
    forms.into_iter().filter(|form| form.len() >= super::SHORTEST).map(String::into_bytes).collect()
}

/// Base64 without padding.
fn base64(bytes: &[u8], alphabet: &[u8; 64]) -> String {
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 3);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..=group.len() {
            text.push(char::from(alphabet[(bits >> (18 - 6 * place) & 63) as usize]));
        }
    }
    text
}

/// The characters that depend on nothing but the secret when `before` bytes stand before it.
fn base64_core(secret: &[u8], before: usize, alphabet: &[u8; 64]) -> String {
    let mut padded = vec![0; before];
    padded.extend_from_slice(secret);
    let whole = base64(&padded, alphabet);
    let first = (before * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    whole[first..last.max(first)].to_owned()
}

fn percent(secret: &str, left_alone: &str, upper: bool) -> String {
    let mut text = String::new();
    for byte in secret.bytes() {
        let character = char::from(byte);
        if character.is_ascii_alphanumeric() || left_alone.contains(character) {
            text.push(character);
        } else {
            // Writing to a String can't fail.
            let _ = if upper { write!(text, "%{byte:02X}") } else { write!(text, "%{byte:02x}") };
        }
    }
    text
}

/// JSON as programs write it that keep to ASCII; some also escape what HTML would obey.
fn ascii_json(json: &str, also: &str, upper: bool) -> String {
    let mut text = String::new();
    for character in json.chars() {
        if character.is_ascii() && !also.contains(character) {
            text.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                // Writing to a String can't fail.
                let _ = if upper { write!(text, "\\u{unit:04X}") } else { write!(text, "\\u{unit:04x}") };
            }
        }
    }
    text
}

/// Between single quotes (two ways to write one inside), between double quotes, with backslashes, and
/// as `printf %q` and `set -x` write line breaks and bytes that a locale doesn't know.
fn shell(secret: &str) -> [String; 6] {
    let escaped = |these: &dyn Fn(char) -> bool| {
        secret.chars().fold(String::new(), |mut text, character| {
            if these(character) {
                text.push('\\');
            }
            text.push(character);
            text
        })
    };
    [
        secret.replace('\'', r"'\''"),
        secret.replace('\'', r#"'"'"'"#),
        escaped(&|character| matches!(character, '"' | '$' | '`' | '\\')),
        ansi_c(secret, false),
        ansi_c(secret, true),
        escaped(&|character| {
            character.is_ascii() && !character.is_ascii_alphanumeric() && !"-_./:@%+=,".contains(character)
        }),
    ]
}

/// What stands between `$'` and `'`.
fn ansi_c(secret: &str, octal: bool) -> String {
    let mut text = String::new();
    for character in secret.chars() {
        match character {
            '\'' | '\\' => text.extend(['\\', character]),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\r' => text.push_str("\\r"),
            '\u{1b}' => text.push_str("\\E"),
            _ if character.is_control() || (octal && !character.is_ascii()) => {
                for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(text, "\\{byte:03o}");
                }
            }
            _ => text.push(character),
        }
    }
    text
}
