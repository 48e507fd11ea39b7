use proptest::prelude::*;

use super::*;

fn chunked(masker: &Masker, bytes: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut stream = masker.stream();
    let mut result = Vec::new();
    let mut from = 0;
    for cut in cuts {
        let to = from + cut % (bytes.len() - from + 1);
        stream.push(&bytes[from..to], &mut result);
        from = to;
    }
    stream.push(&bytes[from..], &mut result);
    stream.finish(&mut result);
    result
}

#[test]
fn every_form_of_a_secret_is_masked() {
    let masker = Masker::new(&["s3cr/t pa$$'w\"örd"]);
    let forms = [
        "s3cr/t pa$$'w\"örd",
        "czNjci90IHBhJCQndyLDtnJk",
        "s3cr%2Ft%20pa%24%24%27w%22%C3%B6rd",
        "s3cr%2ft+pa%24%24%27w%22%c3%b6rd",
        "s3cr/t pa$$'w\\\"örd",
        "s3cr\\/t pa$$'w\\\"örd",
        "s3cr/t pa$$'w\\\"\\u00f6rd",
        "s3cr/t pa$$'\\''w\"örd",
        "s3cr/t pa\\$\\$'w\\\"örd",
    ];
    for form in forms {
        assert_eq!(masker.mask(&format!("<{form}>")), "<***>", "{form}");
    }
}

#[test]
fn base64_is_masked_in_all_three_alignments() {
    let masker = Masker::new(&["correct horse battery"]);
    // "user:", "user2:" and "user22:" before the secret, and "!" after it.
    for (whole, rest) in [
        ("dXNlcjpjb3JyZWN0IGhvcnNlIGJhdHRlcnkh", "dXNlcjp***kh"),
        ("dXNlcjI6Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IQ", "dXNlcjI6***IQ"),
        ("dXNlcjIyOmNvcnJlY3QgaG9yc2UgYmF0dGVyeSE", "dXNlcjIyOm***SE"),
    ] {
        assert_eq!(masker.mask(whole), rest);
    }
}

#[test]
fn the_longest_of_two_overlapping_secrets_is_masked_whole() {
    let masker = Masker::new(&["hunter", "hunter2-and-more"]);
    assert_eq!(masker.mask("hunter2-and-more hunter2"), "*** ***2");
}

#[test]
fn what_cannot_be_the_start_of_a_secret_is_not_held_back() {
    let masker = Masker::new(&["hunter2"]);
    let mut stream = masker.stream();
    let mut result = Vec::new();
    stream.push(b"Password: ", &mut result);
    assert_eq!(result, b"Password: ");
    stream.push(b"hunt", &mut result);
    assert_eq!(result, b"Password: ");
    stream.push(b"er2!", &mut result);
    assert_eq!(result, b"Password: ***!");
}

#[test]
fn a_secret_that_is_too_short_is_left_alone_and_said_so() {
    assert!(!Masker::can_hide("abc"));
    assert_eq!(Masker::new(&["abc", ""]).mask("abcabc"), "abcabc");
}

proptest! {
    // Two letters only, so that beginnings, overlaps and repetitions happen all the time.
    #[test]
    fn pieces_give_what_the_whole_gives(
        secrets in prop::collection::vec("[ab]{4,7}", 1..4),
        text in "[abc]{0,60}",
        cuts in prop::collection::vec(0usize..60, 0..8),
    ) {
        let masker = Masker::new(&secrets);
        let whole = chunked(&masker, text.as_bytes(), &[]);
        prop_assert_eq!(chunked(&masker, text.as_bytes(), &cuts), whole.clone());
        // And the whole is what the search says of it, piece by piece of one byte.
        let bytes: Vec<usize> = vec![1; text.len()];
        prop_assert_eq!(chunked(&masker, text.as_bytes(), &bytes), whole);
    }

    #[test]
    fn no_secret_survives(secret in "[a-z0-9]{4,20}", before in "[a-z]{0,20}", after in "[a-z]{0,20}") {
        let masked = Masker::new(std::slice::from_ref(&secret)).mask(&format!("{before}{secret}{after}"));
        prop_assert!(!masked.contains(&secret));
    }
}
