//! Reading a runbook: the file, what it includes, what it names; then lowering and review. Every
//! finding of every file comes back in one go.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::folder::{Folder, Found, MAX_FILE, MAX_FILES, MAX_TEXT, MAX_TOTAL};
use super::patterns::matching_files;
use super::saved::{SavedBundleError, open_saved};
use super::{Bundle, BundleError, Revision};
use crate::model::review::{Code, Review, sift};
use crate::model::{AllowedFinding, Lowering, ModelError, Runbook, declared_names};
use crate::syntax::{self, Finding, Node, Severity, Sources, Span, Spanned};

/// What reading a runbook brought.
#[derive(Debug)]
pub struct Loaded {
    /// Every file of text that was read; the runbook itself first, if it could be read.
    pub sources: Sources,
    /// The runbook; to be run only if [`Loaded::is_accepted`].
    pub runbook: Option<Runbook>,
    /// Everything that was found, in the order of the files and lines.
    pub findings: Vec<Finding>,
    /// Warnings that the runbook accepts, each with its reason.
    pub allowed: Vec<AllowedFinding>,
    /// The bytes of all that belongs to it.
    pub bundle: Bundle,
}

impl Loaded {
    /// Whether there is a runbook and no finding is an error.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.runbook.is_some() && self.findings.iter().all(|finding| finding.severity != Severity::Error)
    }

    /// Adds what was found beyond the text, without the warnings that the runbook accepts. Of those an
    /// `allow` is a leftover where its code was sought and not found.
    pub fn add(&mut self, found: Vec<Finding>, was_sought: impl Fn(&Code) -> bool) {
        let complete = self.is_accepted();
        let allowances = self.runbook.as_ref().map(|runbook| runbook.allowances.as_slice()).unwrap_or_default();
        let sifted = sift(found, allowances, |code| complete && was_sought(code));
        self.findings.extend(sifted.findings);
        self.allowed.extend(sifted.allowed);
        sort(&mut self.findings);
    }

    /// Whether the file says that it is a runbook, right or wrong: a `runbook` stands at its top. What
    /// can't be read as text may be one; a part of another runbook isn't.
    #[must_use]
    pub fn is_runbook(&self) -> bool {
        let Some((_, source)) = self.sources.iter().next().filter(|_| self.runbook.is_none()) else { return true };
        let headless = ModelError::NoHead.code();
        if source.text.is_empty() {
            return self.findings.iter().any(|finding| finding.code != headless);
        }
        let (tree, _) = syntax::parse_tree(&source.text);
        let mut top = tree.children(tree.document()).filter(|branch| !tree.is_dropped(*branch));
        top.any(|node| tree.telling(node).next().is_some_and(|name| tree.spelling(name) == "runbook"))
    }
}

/// Reads, lowers and reviews the runbook that an operator names.
#[must_use]
pub fn load(path: &Utf8Path) -> Loaded {
    load_with(path, &[])
}

/// Likewise, reviewed as it is under these settings of its inputs: what doesn't fit them is the
/// caller's to say.
#[must_use]
pub fn load_with(path: &Utf8Path, settings: &[(String, String)]) -> Loaded {
    match Folder::of_runbook(path) {
        Ok((folder, entry)) => load_from(&folder, &entry, path, folder.root(), settings),
        Err(error) => Loaded {
            sources: Sources::default(),
            runbook: None,
            findings: vec![error.finding(None)],
            allowed: Vec::new(),
            bundle: Bundle::new(path.to_owned(), path.to_owned(), Utf8PathBuf::new(), BTreeMap::new()),
        },
    }
}

/// Reads the runbook that [`Bundle::write_to`] kept in a directory. Nothing outside it is opened.
///
/// # Errors
/// The directory holds no bundle, or its bytes aren't those that were kept.
pub fn load_saved(directory: &Utf8Path) -> Result<Loaded, SavedBundleError> {
    let saved = open_saved(directory)?;
    let mut loaded = load_from(&saved.files, &saved.manifest.entry, &saved.manifest.named, &saved.manifest.folder, &[]);
    for file in &mut loaded.bundle.files {
        file.mode = saved.manifest.modes.get(&file.path).copied().unwrap_or(file.mode);
    }
    if loaded.bundle.digest == saved.manifest.digest {
        Ok(loaded)
    } else {
        Err(SavedBundleError::Changed { directory: directory.to_owned() })
    }
}

/// Reads the runbook `entry` of a folder of a revision, with all that belongs to it from the same one.
/// `named` is what an operator calls it, `folder` where it would be.
#[must_use]
pub fn load_revision(revision: &dyn Revision, entry: &Utf8Path, named: &Utf8Path, folder: &Utf8Path) -> Loaded {
    load_from(&Folder::of_revision(revision, folder), entry, named, folder, &[])
}

fn load_from(
    folder: &Folder<'_>,
    entry: &Utf8Path,
    named: &Utf8Path,
    actions_start_at: &Utf8Path,
    settings: &[(String, String)],
) -> Loaded {
    let mut loader = Loader {
        collected: Collected { folder, files: RefCell::default() },
        shown_below: named.parent().unwrap_or(Utf8Path::new("")),
        sources: Sources::default(),
        paths: Vec::new(),
        real_paths: Vec::new(),
        open: Vec::new(),
        findings: Vec::new(),
    };
    let nodes = loader.splice(entry, named, None);
    let Loader { collected, sources, paths, mut findings, .. } = loader;
    let standing_in = |span: Span| usize::try_from(span.file.0).ok().and_then(|index| paths.get(index));
    let template = |path: &Spanned<String>| {
        let from = standing_in(path.span).map_or(Utf8Path::new(""), |file| file.parent().unwrap_or(file));
        collected.template(from, path).map_err(|error| error.finding(Some(path.span)))
    };
    let declared = declared_names(&nodes);
    // Where a file can't be parsed, what it would have said is missing everywhere: only that is shown.
    let readable = findings.is_empty();
    let runbook = if readable {
        let lowering = Lowering { sources: &sources, folder: actions_start_at.to_owned(), template: &template };
        let (runbook, found) = lowering.lower(&nodes);
        findings.extend(found);
        runbook
    } else {
        None
    };
    // All at once: freed one by one, each would leave a gap that only something smaller fits in.
    drop(nodes);
    if let Some(runbook) = &runbook {
        for pattern in &runbook.files {
            let from = standing_in(pattern.span).and_then(|file| file.parent()).unwrap_or(Utf8Path::new(""));
            if let Err(error) = collected.pattern(from, &pattern.value) {
                findings.push(error.finding(Some(pattern.span)));
            }
        }
    }
    let bundle = Bundle::new(entry.to_owned(), named.to_owned(), actions_start_at.to_owned(), collected.files.take());
    let mut allowed = Vec::new();
    if let Some(runbook) = &runbook {
        let complete = findings.iter().all(|finding| finding.severity != Severity::Error);
        let review = Review { runbook, sources: &sources, bundle: &bundle, settings, complete, declared };
        let sifted = review.sifted();
        findings.extend(sifted.findings);
        allowed = sifted.allowed;
    }
    sort(&mut findings);
    Loaded { sources, runbook, findings, allowed, bundle }
}

/// The order of the files and lines, an error before a warning.
fn sort(findings: &mut [Finding]) {
    findings.sort_by_key(|finding| {
        let place = finding.labels.first().map(|(span, _)| (span.file, span.start()));
        (place, std::cmp::Reverse(finding.severity))
    });
}

/// Reads files of text and splices includes where they stand.
struct Loader<'f> {
    collected: Collected<'f>,
    /// What paths are shown relative to.
    shown_below: &'f Utf8Path,
    sources: Sources,
    /// The path in the folder of each file of `sources`.
    paths: Vec<Utf8PathBuf>,
    /// The same with links followed.
    real_paths: Vec<Utf8PathBuf>,
    /// The files that are being read, links followed, the runbook first.
    open: Vec<Utf8PathBuf>,
    findings: Vec<Finding>,
}

impl Loader<'_> {
    /// The top-level nodes of a file, includes replaced by theirs.
    fn splice(&mut self, path: &Utf8Path, shown: &Utf8Path, named_at: Option<Span>) -> Vec<Node> {
        let (real, bytes) = match self.collected.text(Utf8Path::new(""), path) {
            Ok(read) => read,
            Err(error) => {
                self.findings.push(restate(error, shown).finding(named_at));
                return Vec::new();
            }
        };
        self.paths.push(path.to_owned());
        self.real_paths.push(real.clone());
        let text: Arc<str> = match syntax::read_text(&bytes) {
            Ok(text) => text.into(),
            Err(mut finding) => {
                // There is no text to point into, but a file.
                let file = self.sources.add(shown, "");
                finding.labels.push((Span::new(file, 0..0), String::new()));
                self.findings.push(finding);
                return Vec::new();
            }
        };
        drop(bytes);
        self.collected.share(path, &text);
        let file = self.sources.add(shown, text);
        let nodes = match syntax::parse(&self.sources, file) {
            Ok(nodes) => nodes,
            Err(found) => {
                self.findings.extend(found);
                return Vec::new();
            }
        };
        self.open.push(real);
        let mut spliced = Vec::with_capacity(nodes.len());
        for node in nodes {
            if node.name.value == "include" {
                spliced.extend(self.include(path, &node));
            } else {
                spliced.push(node);
            }
        }
        self.open.pop();
        spliced
    }

    fn include(&mut self, from: &Utf8Path, node: &Node) -> Vec<Node> {
        let (span, found) = match included_path(node) {
            Ok((written, span)) => {
                let folder = from.parent().unwrap_or(Utf8Path::new(""));
                (span, self.collected.folder.find(folder, &written).and_then(|found| self.check_new(found, &written)))
            }
            Err(error) => (node.span, Err(error)),
        };
        match found {
            Ok(path) => {
                let shown = self.shown_below.join(&path);
                self.splice(&path, &shown, Some(span))
            }
            Err(error) => {
                self.findings.push(error.finding(Some(span)));
                Vec::new()
            }
        }
    }

    fn check_new(&self, found: Found<'_>, written: &Utf8Path) -> Result<Utf8PathBuf, BundleError> {
        if self.open.contains(&found.real) {
            Err(BundleError::Cycle(written.to_owned()))
        } else if self.real_paths.contains(&found.real) {
            Err(BundleError::Twice(written.to_owned()))
        } else {
            Ok(found.path)
        }
    }
}

/// Bytes and permission bits, by path.
type Kept = BTreeMap<Utf8PathBuf, (Arc<[u8]>, u32)>;

/// Files as they are asked for; each is read once.
struct Collected<'f> {
    folder: &'f Folder<'f>,
    files: RefCell<Kept>,
}

impl Collected<'_> {
    /// A file of text: its path in the folder with links followed, and its bytes.
    fn text(&self, from: &Utf8Path, written: &Utf8Path) -> Result<(Utf8PathBuf, Arc<[u8]>), BundleError> {
        let found = self.folder.find(from, written)?;
        let too_large = |size| BundleError::TextTooLarge { path: written.to_owned(), size };
        if found.size > MAX_TEXT {
            return Err(too_large(found.size));
        }
        let (bytes, mode) = found.read(MAX_TEXT)?;
        if bytes.len() as u64 > MAX_TEXT {
            return Err(too_large(bytes.len() as u64));
        }
        let bytes: Arc<[u8]> = bytes.into();
        self.add(found.path, Arc::clone(&bytes), mode)?;
        Ok((found.real, bytes))
    }

    /// Keeps the bytes of a file as its text: one copy instead of two.
    fn share(&self, path: &Utf8Path, text: &Arc<str>) {
        if let Some((bytes, _)) = self.files.borrow_mut().get_mut(path) {
            *bytes = Arc::clone(text).into();
        }
    }

    fn template(&self, from: &Utf8Path, path: &Spanned<String>) -> Result<String, BundleError> {
        let (_, bytes) = self.text(from, Utf8Path::new(&path.value))?;
        std::str::from_utf8(&bytes)
            .map(str::to_owned)
            .map_err(|error| BundleError::NotText { path: path.value.clone().into(), byte: error.valid_up_to() })
    }

    fn pattern(&self, from: &Utf8Path, pattern: &str) -> Result<(), BundleError> {
        for found in matching_files(self.folder, from, pattern)? {
            let too_large = |size| BundleError::FileTooLarge { path: found.path.clone(), size };
            if found.size > MAX_FILE {
                return Err(too_large(found.size));
            }
            let (bytes, mode) = found.read(MAX_FILE)?;
            if bytes.len() as u64 > MAX_FILE {
                return Err(too_large(bytes.len() as u64));
            }
            self.add(found.path, bytes.into(), mode)?;
        }
        Ok(())
    }

    fn add(&self, path: Utf8PathBuf, bytes: Arc<[u8]>, mode: u32) -> Result<(), BundleError> {
        let mut files = self.files.borrow_mut();
        files.entry(path).or_insert((bytes, mode));
        let total: u64 = files.values().map(|(bytes, _)| bytes.len() as u64).sum();
        if files.len() > MAX_FILES || total > MAX_TOTAL { Err(BundleError::BundleTooLarge) } else { Ok(()) }
    }
}

/// The one argument of `include`, and where it stands.
fn included_path(node: &Node) -> Result<(Utf8PathBuf, Span), BundleError> {
    match (node.arguments.as_slice(), node.properties.as_slice(), &node.children) {
        ([argument], [], None) => argument
            .value
            .as_text()
            .filter(|text| !text.is_empty())
            .map(|text| (Utf8PathBuf::from(text), argument.span))
            .ok_or(BundleError::NotAnInclude),
        _ => Err(BundleError::NotAnInclude),
    }
}

/// The error of a file that was asked for by its path in the folder, under the path that people know.
fn restate(error: BundleError, shown: &Utf8Path) -> BundleError {
    match error {
        BundleError::Missing(_) => BundleError::Missing(shown.to_owned()),
        BundleError::NotAFile { kind, .. } => BundleError::NotAFile { path: shown.to_owned(), kind },
        BundleError::Unreadable { reason, .. } => BundleError::Unreadable { path: shown.to_owned(), reason },
        BundleError::Outside { .. } => BundleError::Outside { path: shown.to_owned() },
        BundleError::TextTooLarge { size, .. } => BundleError::TextTooLarge { path: shown.to_owned(), size },
        BundleError::FileTooLarge { size, .. } => BundleError::FileTooLarge { path: shown.to_owned(), size },
        other => other,
    }
}
