//! A disk that keeps what it promised and nothing else: bytes that weren't synced are lost or torn at
//! any byte, a file's length may reach it before its data does, and a name is forgotten until its folder
//! is synced.
//!
//! It knows no journal. Invariant: every state that [`Disk::after_a_crash`] gives could be found by
//! whoever comes after the crash, and none of them lacks a byte that was synced.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What disks write as a whole.
const SECTOR: usize = 512;
/// The number of the root.
pub const ROOT: usize = 0;

/// At which bytes a write is torn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tears {
    /// At every one.
    EveryByte,
    /// At every so many, and around every border of a line.
    Every(usize),
    /// Only at the borders of sectors.
    Sectors,
}

/// Folders and files, by number.
#[derive(Debug, Clone)]
pub struct Disk {
    nodes: Vec<Arc<Node>>,
}

#[derive(Debug, Clone)]
enum Node {
    Folder(Names),
    File(Bytes),
}

/// The names in a folder: as they are seen, and as they are after a crash.
#[derive(Debug, Clone, Default)]
struct Names {
    seen: BTreeMap<String, usize>,
    durable: BTreeMap<String, usize>,
}

/// A file's bytes: as they are seen, and how they came to be so since the last sync.
#[derive(Debug, Clone, Default)]
struct Bytes {
    seen: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Append(Vec<u8>),
    Truncate(usize),
}

impl Default for Disk {
    fn default() -> Self {
        Self { nodes: vec![Arc::new(Node::Folder(Names::default()))] }
    }
}

impl Disk {
    fn names_of(&self, folder: usize) -> &Names {
        match self.nodes[folder].as_ref() {
            Node::Folder(names) => names,
            Node::File(_) => panic!("a file is no folder"),
        }
    }

    fn names_in(&mut self, folder: usize) -> &mut Names {
        match Arc::make_mut(&mut self.nodes[folder]) {
            Node::Folder(names) => names,
            Node::File(_) => panic!("a file is no folder"),
        }
    }

    fn bytes_of(&self, file: usize) -> &Bytes {
        match self.nodes[file].as_ref() {
            Node::File(bytes) => bytes,
            Node::Folder(_) => panic!("a folder is no file"),
        }
    }

    fn bytes_in(&mut self, file: usize) -> &mut Bytes {
        match Arc::make_mut(&mut self.nodes[file]) {
            Node::File(bytes) => bytes,
            Node::Folder(_) => panic!("a folder is no file"),
        }
    }

    /// What has this name in a folder.
    pub fn find(&self, folder: usize, name: &str) -> Option<usize> {
        self.names_of(folder).seen.get(name).copied()
    }

    /// What has this path.
    pub fn find_path(&self, path: &[&str]) -> Option<usize> {
        path.iter().try_fold(ROOT, |folder, name| self.find(folder, name))
    }

    pub fn names(&self, folder: usize) -> Vec<String> {
        self.names_of(folder).seen.keys().cloned().collect()
    }

    /// Makes a folder or an empty file; `None`: the name is taken.
    pub fn make(&mut self, folder: usize, name: &str, is_folder: bool) -> Option<usize> {
        if self.find(folder, name).is_some() {
            return None;
        }
        let node = if is_folder { Node::Folder(Names::default()) } else { Node::File(Bytes::default()) };
        let number = self.nodes.len();
        self.nodes.push(Arc::new(node));
        self.names_in(folder).seen.insert(name.to_owned(), number);
        Some(number)
    }

    pub fn remove(&mut self, folder: usize, name: &str) {
        self.names_in(folder).seen.remove(name);
    }

    /// Gives a file another name, in place of what has it.
    pub fn rename(&mut self, folder: usize, from: &str, to: &str) {
        let names = self.names_in(folder);
        let moved = names.seen.remove(from);
        names.seen.extend(moved.map(|number| (to.to_owned(), number)));
    }

    /// What of a file with this path no loss of power takes.
    pub fn durable_at(&self, path: &[&str]) -> &[u8] {
        let durable = |folder, name: &&str| self.names_of(folder).durable.get(*name).copied();
        path.iter().try_fold(ROOT, durable).map_or(&[], |file| self.durable(file))
    }

    pub fn sync_names(&mut self, folder: usize) {
        let names = self.names_in(folder);
        names.durable = names.seen.clone();
    }

    pub fn append(&mut self, file: usize, bytes: &[u8]) {
        let kept = self.bytes_in(file);
        kept.seen.extend_from_slice(bytes);
        kept.unsynced.push(Change::Append(bytes.to_vec()));
    }

    pub fn truncate(&mut self, file: usize, length: usize) {
        let kept = self.bytes_in(file);
        kept.seen.truncate(length);
        kept.unsynced.push(Change::Truncate(length));
    }

    pub fn sync(&mut self, file: usize) {
        let kept = self.bytes_in(file);
        if !kept.unsynced.is_empty() {
            kept.durable.clone_from(&kept.seen);
            kept.unsynced.clear();
        }
    }

    pub fn seen(&self, file: usize) -> &[u8] {
        &self.bytes_of(file).seen
    }

    pub fn durable(&self, file: usize) -> &[u8] {
        &self.bytes_of(file).durable
    }

    /// What was appended to a file since it was synced.
    pub fn unsynced(&self, file: usize) -> Vec<u8> {
        let appended = self.bytes_of(file).unsynced.iter().filter_map(|change| match change {
            Change::Append(bytes) => Some(bytes.as_slice()),
            Change::Truncate(_) => None,
        });
        appended.flatten().copied().collect()
    }

    /// Whether a loss of power now loses nothing.
    pub fn is_durable(&self) -> bool {
        self.nodes.iter().all(|node| match node.as_ref() {
            Node::Folder(names) => names.seen == names.durable,
            Node::File(bytes) => bytes.unsynced.is_empty(),
        })
    }

    /// Every state in which a loss of power can leave it: one file's unsynced bytes cut at each place
    /// while those of the others are all lost or all there, with each unsynced name lost or not.
    pub fn after_a_crash(&self, tears: Tears, mut found: impl FnMut(Self)) {
        let changed: Vec<(usize, Vec<Vec<u8>>)> = (0..self.nodes.len())
            .filter_map(|number| match self.nodes[number].as_ref() {
                Node::File(bytes) if !bytes.unsynced.is_empty() => Some((number, bytes.after_a_crash(tears))),
                Node::File(_) | Node::Folder(_) => None,
            })
            .collect();
        for settled in self.with_names_settled() {
            if changed.is_empty() {
                found(settled);
                continue;
            }
            for (varied, (number, contents)) in changed.iter().enumerate() {
                for all in [false, true] {
                    if changed.len() == 1 && all {
                        continue;
                    }
                    let mut rest = settled.clone();
                    for (_, (other, others)) in changed.iter().enumerate().filter(|(at, _)| *at != varied) {
                        let content = if all { others.last() } else { others.first() };
                        rest.hold(*other, content.unwrap().clone());
                    }
                    for content in contents {
                        let mut state = rest.clone();
                        state.hold(*number, content.clone());
                        found(state);
                    }
                }
            }
        }
    }

    fn hold(&mut self, file: usize, content: Vec<u8>) {
        self.nodes[file] =
            Arc::new(Node::File(Bytes { seen: content.clone(), durable: content, unsynced: Vec::new() }));
    }

    /// Each subset of the names that weren't synced.
    fn with_names_settled(&self) -> Vec<Self> {
        let mut states = vec![self.clone()];
        for folder in 0..self.nodes.len() {
            let Node::Folder(names) = self.nodes[folder].as_ref() else { continue };
            let all: std::collections::BTreeSet<&String> = names.seen.keys().chain(names.durable.keys()).collect();
            let open: Vec<&String> =
                all.into_iter().filter(|name| names.seen.get(*name) != names.durable.get(*name)).collect();
            if open.is_empty() {
                continue;
            }
            let mut more = Vec::new();
            for kept in 0..1_usize << open.len() {
                let mut settled = names.durable.clone();
                for (place, name) in open.iter().enumerate().filter(|(place, _)| kept >> place & 1 == 1) {
                    let _ = place;
                    match names.seen.get(*name) {
                        Some(number) => drop(settled.insert((*name).clone(), *number)),
                        None => drop(settled.remove(*name)),
                    }
                }
                for state in &states {
                    let mut state = state.clone();
                    state.nodes[folder] =
                        Arc::new(Node::Folder(Names { seen: settled.clone(), durable: settled.clone() }));
                    more.push(state);
                }
            }
            states = more;
        }
        states
    }
}

impl Bytes {
    /// What may be in the file after a crash: from nothing of what wasn't synced to all of it.
    fn after_a_crash(&self, tears: Tears) -> Vec<Vec<u8>> {
        let mut content = self.durable.clone();
        let mut states = vec![content.clone()];
        for change in &self.unsynced {
            match change {
                Change::Append(bytes) => {
                    let start = content.len();
                    let end = start + bytes.len();
                    // The length came before the data.
                    for border in
                        std::iter::once(start).chain((start / SECTOR + 1..=end / SECTOR).map(|it| it * SECTOR))
                    {
                        if border < end {
                            let mut hole = content.clone();
                            hole.extend_from_slice(&bytes[..border - start]);
                            hole.resize(end, 0);
                            states.push(hole);
                        }
                    }
                    for cut in cuts(bytes, tears) {
                        let mut torn = content.clone();
                        torn.extend_from_slice(&bytes[..cut]);
                        states.push(torn);
                    }
                    content.extend_from_slice(bytes);
                }
                Change::Truncate(length) => content.truncate(*length),
            }
            states.push(content.clone());
        }
        states
    }
}

/// Where a write is torn, its beginning and end apart.
fn cuts(bytes: &[u8], tears: Tears) -> Vec<usize> {
    let step = match tears {
        Tears::EveryByte => return (1..bytes.len()).collect(),
        Tears::Every(step) => step,
        Tears::Sectors => return Vec::new(),
    };
    let near_a_line = |cut: usize| (cut.saturating_sub(2)..=cut).any(|at| bytes.get(at) == Some(&b'\n'));
    (1..bytes.len()).filter(|cut| cut % step == 1 || *cut == 2 || near_a_line(*cut)).collect()
}

impl Hash for Disk {
    /// What whoever comes after a crash can find, and what another crash could take from it.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut open = vec![ROOT];
        while let Some(number) = open.pop() {
            match self.nodes[number].as_ref() {
                Node::Folder(names) => {
                    for (name, child) in &names.seen {
                        name.hash(state);
                        (names.durable.get(name) == Some(child)).hash(state);
                        open.push(*child);
                    }
                    (names.seen.len(), names.durable.len()).hash(state);
                }
                Node::File(bytes) => {
                    bytes.seen.hash(state);
                    if !bytes.unsynced.is_empty() {
                        bytes.durable.hash(state);
                    }
                    bytes.unsynced.len().hash(state);
                }
            }
        }
    }
}
