//! The page of `runbook render --to html` in a browser: headless Chromium lays it out in a frame, and a
//! probe beside the frame reports what a reader would stumble over. The probe sees the page as it is,
//! under the page's own policy.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// Looks for faults in the page in the frame, and says what it saw.
const PROBE: &str = include_str!("render_probe.js");

/// What the browser makes of a page: the document after its scripts, and what the probe reports.
fn seen(page: &Path, width: u32, dark: bool) -> Value {
    let folder = TempDir::new().unwrap();
    let html = std::fs::read_to_string(page).unwrap().replace('&', "&amp;").replace('"', "&quot;");
    let wrapper = folder.path().join("wrapper.html");
    let frame =
        format!("<iframe id=\"frame\" width=\"{width}\" height=\"900\" style=\"border:0\" srcdoc=\"{html}\"></iframe>");
    std::fs::write(&wrapper, format!("<!doctype html><body>{frame}<script>{PROBE}</script></body>")).unwrap();
    let scheme =
        if dark { "--blink-settings=preferredColorScheme=0" } else { "--blink-settings=preferredColorScheme=1" };
    let dumped = browser(&folder, &[scheme, "--virtual-time-budget=4000", "--dump-dom"], &wrapper);
    let report = dumped.split("<pre id=\"report\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let report = report
        .unwrap_or_else(|| panic!("the probe reports nothing:\n{}", &dumped[dumped.len().saturating_sub(2000)..]));
    let report = report.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["dark"], dark, "the browser has the other scheme");
    assert_eq!(report["width"], width);
    report
}

/// Runs Chromium on a page; what it prints.
pub fn browser(home: &TempDir, arguments: &[&str], page: &Path) -> String {
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--hide-scrollbars",
        ])
        .arg(format!("--user-data-dir={}", home.path().join("profile").display()))
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .env("HOME", home.path())
        .output()
        .expect("chromium is installed: tests/needs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn page_of(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks").join(name)
}

#[track_caller]
fn flawless(report: &Value) {
    let faults = report["faults"].as_array().unwrap();
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(report["texts"].as_u64().unwrap() > 200, "only {} texts were looked at", report["texts"]);
}

#[test]
fn on_a_telephone_nothing_scrolls_sideways_and_everything_can_be_read() {
    let report = seen(&page_of("bmtc-api/bmtc-api-0.3.0.html"), 400, false);
    assert_eq!(report["scrollWidth"], 400, "it is wider than the screen: {}", report["widest"]);
    flawless(&report);
}

#[test]
fn in_the_dark_everything_can_be_read() {
    flawless(&seen(&page_of("demo/release.html"), 1100, true));
}

#[test]
fn the_buttons_copy_exactly_the_commands() {
    let report = seen(&page_of("demo/release.html"), 1100, false);
    flawless(&report);
    assert!(report["buttons"].as_u64().unwrap() > 20, "{report}");
    assert_eq!(report["buttons"], report["blocks"], "a block has no button");
    assert_eq!(report["copied"], report["commands"]);
    assert_eq!(report["said"], "Copied");
}

#[test]
fn without_scripts_there_is_no_button_that_does_nothing() {
    let folder = TempDir::new().unwrap();
    let page = page_of("demo/release.html");
    // Without scripts a page stays as it is written.
    let written = std::fs::read_to_string(&page).unwrap();
    let buttons = written.matches("class=\"copy\"").count();
    assert!(buttons > 20 && written.matches(" hidden=\"\"").count() == buttons);
    let with = browser(&folder, &["--dump-dom"], &page);
    assert!(with.matches("class=\"copy\"").count() == buttons && !with.contains(" hidden=\"\""));
}

#[test]
fn the_probe_sees_what_is_wrong() {
    let folder = TempDir::new().unwrap();
    let page = folder.path().join("bad.html");
    let bad = "<!doctype html><html lang=en><title>x</title><style>p{color:#999;background:#fff}pre{width:900px}</style>\
               <main><h1>a</h1><h3>b</h3><p id=x>pale</p><p id=x>twice</p><a href=\"#nowhere\">c</a>\
               <input type=checkbox><svg width=10 height=10></svg><table><tr><th>d</th></tr></table><button></button><pre>w</pre></main>";
    std::fs::write(&page, bad).unwrap();
    let report = seen(&page, 400, false);
    let faults = report["faults"].to_string();
    for fault in ["contrast", "h3 behind h1", "twice: x", "nowhere", "no label", "no title", "no scope", "no name"] {
        assert!(faults.contains(fault), "{fault} isn't in {faults}");
    }
    assert!(report["scrollWidth"].as_u64().unwrap() > 400);
}
