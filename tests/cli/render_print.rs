//! The page of `runbook render --to html` on paper: headless Chromium prints it, poppler reads what is on
//! the sheets. Whoever goes by a printed runbook has no other one.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::render_pages::{browser, page_of};

/// What is on the screen only.
const NOT_PRINTED: [&str; 5] = ["style", "script", "title", "desc", "button"];

/// Every text of a page that is printed, in its order.
fn texts(html: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut passed_over: Option<&str> = None;
    for piece in html.split('<').skip(1) {
        let Some((tag, text)) = piece.split_once('>') else { continue };
        let name = tag.split_whitespace().next().unwrap_or("");
        match passed_over {
            Some(open) if name.strip_prefix('/') == Some(open) => passed_over = None,
            Some(_) => {}
            None if tag.starts_with("a class=\"skip\"") => passed_over = Some("a"),
            None => passed_over = NOT_PRINTED.into_iter().find(|not| *not == name),
        }
        if passed_over.is_none() && !text.trim().is_empty() {
            texts.push(["&lt;<", "&gt;>", "&quot;\"", "&#39;'", "&amp;&"].iter().fold(
                text.to_owned(),
                |text, entity| {
                    let (entity, character) = entity.split_at(entity.len() - 1);
                    text.replace(entity, character)
                },
            ));
        }
    }
    texts
}

/// Without blanks and in small letters: lines are broken, and labels are in capitals.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<String>().to_lowercase()
}

fn read(paper: &Path, arguments: &[&str]) -> String {
    let output = Command::new("pdftotext").args(arguments).arg(paper).arg("-").output();
    String::from_utf8(output.expect("pdftotext is installed: tests/needs").stdout).unwrap()
}

/// The sheets that a page becomes, as a file.
fn printed(page: &Path, folder: &TempDir) -> std::path::PathBuf {
    let paper = folder.path().join("paper.pdf");
    let to = format!("--print-to-pdf={}", paper.display());
    browser(folder, &["--no-pdf-header-footer", &to], page);
    paper
}

/// A number behind `name="`, of every element that has one.
fn numbers<'a>(boxes: &'a str, name: &str) -> impl Iterator<Item = f64> + 'a {
    let begins = format!("{name}=\"");
    let values: Vec<&str> = boxes.split(begins.as_str()).skip(1).collect();
    values.into_iter().filter_map(|rest| rest.split('"').next()?.parse().ok())
}

#[test]
fn on_paper_every_text_is_there_and_nothing_is_cut() {
    for (name, sheets) in [("bmtc-api/bmtc-api-0.3.0.html", 10..=25), ("demo/release.html", 10..=25)] {
        let (page, folder) = (page_of(name), TempDir::new().unwrap());
        let paper = printed(&page, &folder);
        let on_paper = squeezed(&read(&paper, &["-raw"]));
        let texts = texts(&std::fs::read_to_string(&page).unwrap());
        assert!(texts.len() > 600, "{} texts", texts.len());
        let missing: Vec<_> = texts.iter().filter(|text| !on_paper.contains(&squeezed(text))).collect();
        assert!(
            missing.is_empty(),
            "{name}: {} texts aren't on paper: {:#?}",
            missing.len(),
            &missing[..missing.len().min(5)]
        );
        let boxes = read(&paper, &["-bbox"]);
        assert!(
            sheets.contains(&boxes.matches("<page ").count()),
            "{name}: {} sheets",
            boxes.matches("<page ").count()
        );
        // Between the margins: what stands beyond them a printer cuts.
        let width = numbers(&boxes, "<page width").next().unwrap();
        let margin = 15.0 / 25.4 * 72.0 - 1.0;
        assert!(numbers(&boxes, "xMin").all(|left| left > margin), "{name}: beyond the left margin");
        assert!(numbers(&boxes, "xMax").all(|right| right < width - margin), "{name}: beyond the right margin");
    }
}

#[test]
fn what_isnt_on_paper_is_seen() {
    let folder = TempDir::new().unwrap();
    let page = folder.path().join("bad.html");
    let long = "long".repeat(200);
    std::fs::write(&page, format!("<!doctype html><p>there</p><p style=\"display:none\">gone</p><pre>{long}</pre>"))
        .unwrap();
    let paper = squeezed(&read(&printed(&page, &folder), &["-raw"]));
    assert!(paper.contains("there") && !paper.contains("gone") && !paper.contains(&long), "{paper}");
}
