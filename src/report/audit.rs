//! What an audit of a run found, for people: the files one under the other, what is wrong with each
//! right below it, and the verdict as the last line.

use super::page::Page;
use super::style::{Style, Tone};
use crate::event::{Audit, AuditedFile};

/// So many flaws of a file are shown; how many more there are is said.
const MOST: usize = 20;

/// The audit of a run.
#[must_use]
pub fn render_audit(audit: &Audit, style: Style) -> String {
    let mut page = Page::new(style, None);
    page.named(0, "run", &audit.run);
    file(&mut page, "journal", &audit.journal);
    file(&mut page, "log", &audit.supervisor);
    let files = if audit.bundle.files == 1 { "1 file" } else { &format!("{} files", audit.bundle.files) };
    match (&audit.bundle.flaw, &audit.bundle.digest) {
        (Some(flaw), _) => flawed(&mut page, "bundle", std::slice::from_ref(flaw)),
        (None, Some(digest)) => {
            page.named(0, "bundle", &format!("{files}, as the run began with"));
            page.named(1, "digest", digest);
        }
        (None, None) => page.named(0, "bundle", &format!("{files}; the journal doesn't say which")),
    }
    if !audit.disagreements.is_empty() {
        flawed(&mut page, "lost", &audit.disagreements);
    }
    let (tone, verdict) = if audit.sound {
        (Tone::Good, "sound: nothing is missing, changed or out of its place")
    } else {
        (Tone::Bad, "not sound: what stands behind the first finding can't be trusted")
    };
    let mut text = page.into_text();
    if audit.running {
        text.push_str("An engine has it now: more is being written.\n");
    }
    text.push_str(&style.paint(tone, &format!("{}{verdict}", style.mark(tone))));
    text.push('\n');
    text
}

fn file(page: &mut Page, name: &str, file: &AuditedFile) {
    let records = if file.records == 1 { "1 record".to_owned() } else { format!("{} records", file.records) };
    let sound = if file.flaws.is_empty() { "" } else { " before the first finding" };
    page.named(0, name, &format!("{records}, {} bytes{sound}", file.bytes));
    if let Some(head) = &file.head {
        page.named(1, "head", head);
    }
    if file.torn > 0 {
        let torn = format!("{} bytes of a record that was never whole; cut when the run goes on", file.torn);
        page.named(1, "torn", &torn);
    }
    let told = |flaw: &crate::event::Flaw| match (flaw.line, flaw.byte) {
        (Some(line), Some(byte)) => format!("line {line} (byte {byte}): {}", flaw.why),
        (_, _) => flaw.why.clone(),
    };
    let mut flaws: Vec<_> = file.flaws.iter().take(MOST).map(told).collect();
    if file.flaws.len() > MOST {
        flaws.push(format!("and {} more", file.flaws.len() - MOST));
    }
    for flaw in flaws {
        page.named(1, "damage", &flaw);
    }
}

fn flawed(page: &mut Page, name: &str, flaws: &[String]) {
    for (index, flaw) in flaws.iter().enumerate() {
        page.named(0, if index == 0 { name } else { "" }, flaw);
    }
}
