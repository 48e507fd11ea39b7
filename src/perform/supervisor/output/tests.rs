use super::*;

fn outputs(run: &tempfile::TempDir) -> Outputs {
    let run = Utf8PathBuf::from_path_buf(run.path().to_owned()).unwrap();
    Outputs::new(&Masker::new(&["hunter2"]), Place { run, step: "steps/001-a.1".into() }, (true, true), &[])
}

fn read(run: &tempfile::TempDir, captured: &Captured) -> Vec<u8> {
    std::fs::read(run.path().join(captured.file.as_ref().unwrap())).unwrap()
}

#[test]
fn a_ring_keeps_the_last_bytes_in_order() {
    let mut ring = Ring::default();
    let mut all = Vec::new();
    for piece in 0..23_u8 {
        let bytes = vec![piece; TAIL / 5 + usize::from(piece)];
        ring.push(&bytes);
        all.extend_from_slice(&bytes);
        let (older, newer) = ring.in_order();
        let expected = &all[all.len().saturating_sub(TAIL)..];
        assert_eq!([older, newer].concat().len(), expected.len());
        assert!([older, newer].concat() == expected, "after piece {piece}");
    }
}

#[test]
fn head_and_tail_are_kept_and_the_rest_is_counted() {
    let run = tempfile::tempdir().unwrap();
    let mut outputs = outputs(&run);
    let mut shown = Vec::new();
    let piece = vec![b'x'; 1024 * 1024];
    outputs.push(Stream::Stdout, b"first", &mut shown);
    for _ in 0..20 {
        shown.clear();
        outputs.push(Stream::Stdout, &piece, &mut shown);
    }
    outputs.push(Stream::Stdout, b"last", &mut shown);
    outputs.close(Stream::Stdout, &mut shown);
    let (stdout, _, together) = outputs.finish();
    let stdout = stdout.unwrap();
    assert_eq!((stdout.bytes, stdout.head, stdout.tail), (20 * 1024 * 1024 + 9, HEAD as u64, TAIL as u64));
    assert_eq!(together, Together::Same(Stream::Stdout));
    let file = read(&run, &stdout);
    assert_eq!(file.len(), HEAD + TAIL);
    assert!(file.starts_with(b"firstxxx") && file.ends_with(b"xxxlast"));
}

#[test]
fn both_streams_are_mixed_from_the_moment_the_second_one_speaks() {
    let run = tempfile::tempdir().unwrap();
    let mut outputs = outputs(&run);
    let mut shown = Vec::new();
    outputs.push(Stream::Stdout, b"one hunter2\n", &mut shown);
    outputs.push(Stream::Stderr, b"two\n", &mut shown);
    outputs.push(Stream::Stdout, b"three\n", &mut shown);
    let (stdout, stderr, together) = outputs.finish();
    assert_eq!(stdout.unwrap().text.as_deref(), Some("one ***\nthree\n"));
    assert_eq!(stderr.unwrap().text.as_deref(), Some("two\n"));
    let Together::Mixed(both) = together else { panic!("not mixed") };
    assert_eq!(both.text.as_deref(), Some("one ***\ntwo\nthree\n"));
    assert_eq!(read(&run, &both), b"one ***\ntwo\nthree\n");
    assert_eq!(shown, b"one ***\ntwo\nthree\n");
}

#[test]
fn silence_costs_no_file() {
    let run = tempfile::tempdir().unwrap();
    let (stdout, stderr, together) = outputs(&run).finish();
    assert_eq!(
        (stdout, stderr),
        (
            Some(Captured { text: Some(String::new()), ..Captured::default() }),
            Some(Captured { text: Some(String::new()), ..Captured::default() })
        )
    );
    assert_eq!(together, Together::Same(Stream::Stdout));
    assert!(std::fs::read_dir(run.path()).unwrap().next().is_none());
}

#[test]
fn a_disk_that_takes_nothing_loses_the_bytes_and_says_how_many() {
    let run = tempfile::tempdir().unwrap();
    // A file where the directory belongs.
    std::fs::write(run.path().join("steps"), "").unwrap();
    let mut outputs = outputs(&run);
    outputs.push(Stream::Stdout, b"text\n", &mut Vec::new());
    let (stdout, _, _) = outputs.finish();
    let stdout = stdout.unwrap();
    assert_eq!((stdout.bytes, stdout.lost, stdout.file), (5, 5, None));
    assert_eq!(stdout.text.as_deref(), Some("text\n"), "what is short travels anyway");
}
