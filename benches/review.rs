//! What a review costs: reading and reviewing a runbook, its plan and its document, and comparing two.
//! Everything is measured in this process, without a terminal; files come from a folder in memory where
//! there is one.
//!
//! `cargo bench --bench review` prints the table; the rows *decoding* say which share of the others it
//! takes to turn text into nodes.

#![expect(clippy::unwrap_used, reason = "a bench stops where it can't go on")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use runbook::engine::forecast::{self, foresee};
use runbook::event::Forecast;
use runbook::model::bundle::{Loaded, load};
use runbook::model::compare::{Difference, Version, compare};
use runbook::plan::Plan;
use runbook::report::{
    Document, Origin, Style, differences_json, differences_markdown, render_differences, render_forecast, to_html,
    to_markdown,
};
use runbook::syntax::{Sources, parse};
use tempfile::TempDir;

/// How many steps a large runbook has.
const STEPS: usize = 10_000;
/// How many steps a runbook has that is planned and rendered.
const PLANNED: usize = 1_000;
/// How many runbooks there are in a large folder, and how many steps each has.
const RUNBOOKS: usize = 1_000;
const EACH: usize = 10;

fn main() {
    divan::main();
}

/// A runbook of so many steps; of every tenth the newer version has something else.
fn release(steps: usize, newer: bool) -> String {
    let mut text = String::from("runbook large \"Large\"\ninput version \"1.0\"\nphase only \"Only\" {\n");
    for number in 0..steps {
        let room = if newer && number % 10 == 0 { 1 } else { 2 };
        let id = if newer && number % 1000 == 1 { "renamed" } else { "step" };
        _ = write!(
            text,
            "    step {id}-{number} \"Step {number}\" {{\n        run tool install \"part-{number}\" \"v{{{{version}}}}\"\n        \
             expect stdout contains=\"installed {number}\"\n        expect duration below=\"{room}s\"\n        \
             budget \"1m\" estimate=\"1s\"\n        inverse {{ run tool remove \"part-{number}\"; expect stdout contains=removed; }}\n    }}\n"
        );
    }
    text + "}\n"
}

/// A folder with runbooks.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let memory = std::path::Path::new("/dev/shm");
        Self(if memory.is_dir() { TempDir::new_in(memory).unwrap() } else { TempDir::new().unwrap() })
    }

    fn write(&self, name: &str, text: &str) -> Utf8PathBuf {
        let path = Utf8Path::from_path(self.0.path()).unwrap().join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

fn decoded(text: &str) -> usize {
    let mut sources = Sources::default();
    let file = sources.add("release.kdl", text);
    parse(&sources, file).unwrap().len()
}

fn version(loaded: &Loaded) -> Version<'_> {
    Version { runbook: loaded.runbook.as_ref().unwrap(), sources: &loaded.sources, bundle: &loaded.bundle }
}

/// A file, read, planned and foreseen.
fn foreseen(path: &Utf8Path) -> (Plan, Forecast) {
    let runbook = Arc::new(load(path).runbook.unwrap());
    let plan = Plan::draft(&runbook, &BTreeMap::new()).unwrap();
    let forecast = foresee(&plan, forecast::Origin { file: "release.kdl", digest: "" });
    (plan, forecast)
}

fn document(plan: &Plan, forecast: &Forecast) -> Document {
    Document::of(plan, forecast, Origin { file: "release.kdl", digest: "", proven: None })
}

/// Two large versions, read.
fn both() -> (Folder, Loaded, Loaded) {
    let folder = Folder::new();
    let old = load(&folder.write("old.kdl", &release(STEPS, false)));
    let new = load(&folder.write("new.kdl", &release(STEPS, true)));
    assert!(old.is_accepted() && new.is_accepted());
    (folder, old, new)
}

fn compared(old: &Loaded, new: &Loaded) -> Vec<Difference> {
    let found = compare(version(old), version(new));
    assert_eq!(found.len(), STEPS / 10 + STEPS / 1000);
    found
}

#[divan::bench_group(sample_count = 5, sample_size = 1)]
mod one_of_10_000_steps {
    use super::{Folder, STEPS, black_box, decoded, load, release};

    #[divan::bench]
    fn decoding(bencher: divan::Bencher<'_, '_>) {
        let text = release(STEPS, false);
        bencher.bench_local(|| decoded(black_box(&text)));
    }

    #[divan::bench]
    fn check(bencher: divan::Bencher<'_, '_>) {
        let folder = Folder::new();
        let path = folder.write("release.kdl", &release(STEPS, false));
        bencher.bench_local(|| load(black_box(&path)).is_accepted());
    }
}

#[divan::bench_group(sample_count = 5, sample_size = 1)]
mod one_of_1_000_steps {
    use super::{
        Folder, PLANNED, Style, black_box, decoded, document, foreseen, release, render_forecast, to_html, to_markdown,
    };

    #[divan::bench]
    fn decoding(bencher: divan::Bencher<'_, '_>) {
        let text = release(PLANNED, false);
        bencher.bench_local(|| decoded(black_box(&text)));
    }

    #[divan::bench]
    fn plan(bencher: divan::Bencher<'_, '_>) {
        let folder = Folder::new();
        let path = folder.write("release.kdl", &release(PLANNED, false));
        bencher.bench_local(|| render_forecast(&foreseen(black_box(&path)).1, Style::default()).len());
    }

    #[divan::bench]
    fn render_markdown(bencher: divan::Bencher<'_, '_>) {
        let folder = Folder::new();
        let path = folder.write("release.kdl", &release(PLANNED, false));
        bencher.bench_local(|| {
            let (plan, forecast) = foreseen(black_box(&path));
            to_markdown(&document(&plan, &forecast)).len()
        });
    }

    #[divan::bench]
    fn render_html(bencher: divan::Bencher<'_, '_>) {
        let folder = Folder::new();
        let path = folder.write("release.kdl", &release(PLANNED, false));
        bencher.bench_local(|| {
            let (plan, forecast) = foreseen(black_box(&path));
            to_html(&document(&plan, &forecast)).len()
        });
    }
}

#[divan::bench_group(sample_count = 2, sample_size = 1)]
mod one_planned_of_10_000_steps {
    use super::{Folder, STEPS, Style, black_box, foreseen, release, render_forecast};

    #[divan::bench]
    fn plan(bencher: divan::Bencher<'_, '_>) {
        let folder = Folder::new();
        let path = folder.write("release.kdl", &release(STEPS, false));
        bencher.bench_local(|| render_forecast(&foreseen(black_box(&path)).1, Style::default()).len());
    }
}

#[divan::bench_group(sample_count = 5, sample_size = 1)]
mod a_folder_of_1_000_runbooks {
    use super::{EACH, Folder, RUNBOOKS, black_box, decoded, load, release};

    #[divan::bench]
    fn decoding(bencher: divan::Bencher<'_, '_>) {
        let text = release(EACH, false);
        bencher.bench_local(|| (0..RUNBOOKS).map(|_| decoded(black_box(&text))).sum::<usize>());
    }

    #[divan::bench]
    fn check(bencher: divan::Bencher<'_, '_>) {
        let folder = Folder::new();
        let text = release(EACH, false);
        let paths: Vec<_> = (0..RUNBOOKS).map(|number| folder.write(&format!("{number}.kdl"), &text)).collect();
        bencher.bench_local(|| paths.iter().filter(|path| load(black_box(path)).is_accepted()).count());
    }
}

#[divan::bench_group(sample_count = 5, sample_size = 1)]
mod two_of_10_000_steps {
    use super::{Style, black_box, both, compared, differences_json, differences_markdown, load, render_differences};

    #[divan::bench]
    fn comparing(bencher: divan::Bencher<'_, '_>) {
        let (_folder, old, new) = both();
        bencher.bench_local(|| compared(black_box(&old), black_box(&new)).len());
    }

    #[divan::bench]
    fn showing(bencher: divan::Bencher<'_, '_>) {
        let (_folder, old, new) = both();
        let found = compared(&old, &new);
        bencher.bench_local(|| {
            let shown = render_differences(black_box(&found), Style::default());
            let comment = differences_markdown("old.kdl", "new.kdl", &found, &[]);
            shown.len() + comment.len() + differences_json(&found, &[]).len()
        });
    }

    #[divan::bench]
    fn diff(bencher: divan::Bencher<'_, '_>) {
        let (folder, _, _) = both();
        let [old, new] = ["old.kdl", "new.kdl"].map(|name| folder.0.path().join(name));
        let [old, new] = [&old, &new].map(|path| camino::Utf8Path::from_path(path).unwrap());
        bencher.bench_local(|| render_differences(&compared(&load(old), &load(new)), Style::default()).len());
    }
}
