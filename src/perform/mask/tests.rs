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
fn secrets_that_overlap_are_masked_as_one() {
    let masker = Masker::new(&["abcd1234", "1234secret", "hunter2"]);
    assert_eq!(masker.mask("<abcd1234secret>"), "<***>");
    assert_eq!(masker.mask("hunter2hunter2"), "******");
    for cut in 0..16 {
        assert_eq!(chunked(&masker, b"<abcd1234secret>", &[cut]), b"<***>");
    }
}

#[test]
fn a_secret_is_masked_without_the_line_break_that_its_file_ends_with() {
    assert_eq!(Masker::new(&["hunter2\r"]).mask("hunter2 hunter2\r\n"), "*** ***\n");
}

#[test]
fn json_that_keeps_to_ascii_or_html_is_masked() {
    let masker = Masker::new(&["a<b>&'é☃"]);
    for form in ["a\\u003cb\\u003e\\u0026'é☃", "a\\u003Cb\\u003E\\u0026\\u0027\\u00E9\\u2603", "a<b>&'\\u00e9\\u2603"]
    {
        assert_eq!(masker.mask(form), "***", "{form}");
    }
}

#[test]
fn what_a_shell_quotes_for_itself_is_masked() {
    let masker = Masker::new(&["k3y'\nlong é"]);
    for form in ["$'k3y\\'\\nlong é'", "$'k3y\\'\\nlong \\303\\251'"] {
        assert_eq!(masker.mask(form), "$'***'", "{form}");
    }
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
