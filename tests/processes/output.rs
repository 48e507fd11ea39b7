//! What steps print: masked, capped, never in the way.

use runbook::model::SubjectName;
use runbook::perform::process::Live;
use runbook::perform::supervisor::Stream;

use crate::house::{House, answered, key, run, stderr, stdout, text};

#[tokio::test]
async fn both_streams_are_kept_apart_and_together() {
    let house = House::new();
    let performance = house.perform(&house.sh("echo out; echo err >&2")).await;
    assert_eq!((stdout(&performance), stderr(&performance)), ("out".to_owned(), "err".to_owned()));
    let output = text(&performance, SubjectName::Output);
    let mut lines: Vec<&str> = output.as_whole().unwrap().lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["err", "out"]);
}

#[tokio::test]
async fn secrets_reach_neither_the_answer_nor_the_disk() {
    let house = House::new();
    // In pieces, so that the secret is cut in two on its way.
    let script = "printf 'the word is hun'; sleep 0.1; echo ter2; printf hunter2 | base64 >&2; echo $$";
    let performance = house.perform(&house.sh(script)).await;
    assert!(stdout(&performance).starts_with("the word is ***\n"));
    assert!(!stderr(&performance).contains("aHVudGVyM"));
    let kept = text(&performance, SubjectName::Stdout).file.unwrap();
    assert!(std::fs::read_to_string(kept).unwrap().starts_with("the word is ***\n"));
    let log = std::fs::read_to_string(house.run.join("supervisor.jsonl")).unwrap();
    assert!(!log.contains("hunter2"));
}

#[tokio::test]
async fn two_hundred_megabytes_are_read_to_the_end_and_kept_by_head_and_tail() {
    let house = House::new();
    let script = "echo first; head -c 200000000 /dev/zero | tr '\\0' x; echo; echo last";
    let performance = house.perform(&house.sh(script)).await;
    answered(&performance, 0);
    let kept = text(&performance, SubjectName::Stdout);
    assert!(kept.head.starts_with("first\nxxx") && kept.tail.ends_with("xxx\nlast"));
    assert_eq!(kept.head.len() as u64 + kept.dropped + kept.tail.len() as u64 + 1, 200_000_012);
    assert_eq!(kept.as_whole(), None);
    let size = std::fs::metadata(kept.file.unwrap()).unwrap().len();
    assert_eq!(size, 8 * 1024 * 1024);
}

#[tokio::test]
async fn a_text_longer_than_a_message_is_read_from_its_file_whole() {
    let house = House::new();
    let performance = house.perform(&house.activity(run(&["seq", "1", "100000"]))).await;
    let expected: Vec<String> = (1..=100_000).map(|number| number.to_string()).collect();
    assert!(stdout(&performance) == expected.join("\n"));
}

#[tokio::test]
async fn output_that_cannot_be_kept_fails_nothing() {
    let house = House::new();
    // A file where the folder of all outputs belongs.
    std::fs::write(house.run.join("steps"), "").unwrap();
    let performance = house.perform(&house.activity(run(&["seq", "1", "100000"]))).await;
    answered(&performance, 0);
    assert_eq!(text(&performance, SubjectName::Stdout).dropped, 588_895);
}

#[tokio::test]
async fn last_lines_are_seen_while_the_step_runs() {
    let house = House::new();
    house.fifo("go");
    let go = house.folder.join("go");
    let activity = house.sh("echo half way with hunter2; cat go");
    let mut live = house.supervisor.live();
    let stop = runbook::perform::Stop::default();
    let name = key("step");
    let (performance, ()) = tokio::join!(house.supervisor.perform(&name, &activity, &stop), async {
        loop {
            if let Live::Lines { lines, .. } = live.recv().await.unwrap() {
                assert_eq!(lines, [(Stream::Stdout, "half way with ***".to_owned())]);
                break;
            }
        }
        tokio::task::spawn_blocking(move || std::fs::write(go, "").unwrap()).await.unwrap();
    });
    answered(&performance, 0);
}
