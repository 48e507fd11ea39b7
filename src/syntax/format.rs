//! Tree → the one canonical layout: four blanks a level, one node a line, one blank between entries.
//! What the author wrote stays: comments, one blank line between things, how a number or a text is
//! spelled, and whether a block is one line or several; a line of more than [`WIDTH`] characters is
//! taken apart. What a text over several lines holds is left to `lines`. Invariant: the nodes that
//! are decoded are the same before and after, and a second time changes nothing.

mod lines;

use std::iter::Peekable;
use std::ops::Range;

use super::token::TokenKind;
use super::tree::{BranchId, BranchKind, Tree};
use lines::moved;

/// A block on one line makes it no longer than this.
const WIDTH: usize = 120;
const INDENTATION: usize = 4;

/// The text of a tree in the canonical layout; empty for a file without nodes and comments. The tree
/// has no mistake: what is wrong with a text can't be laid out.
#[must_use]
pub fn format(tree: &Tree) -> String {
    let mut layout = Layout { tree, text: String::with_capacity(tree.text().len()), in_one_line: false };
    layout.inside(0..tree.tokens().len(), tree.document(), 0);
    if !layout.text.is_empty() {
        layout.text.push('\n');
    }
    layout.text
}

struct Layout<'tree> {
    tree: &'tree Tree,
    text: String,
    /// Everything is written into the line that was begun.
    in_one_line: bool,
}

/// What was written last among the nodes and comments of a block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Its `{`, or nothing at the start of the file.
    Start,
    Node,
    Comment,
}

impl Layout<'_> {
    /// The nodes and comments of a block or of the file.
    fn inside(&mut self, tokens: Range<usize>, parent: BranchId, level: usize) {
        let tree = self.tree;
        let mut nodes = tree.children(parent).peekable();
        let (mut at, mut newlines, mut last) = (tokens.start, 0, Last::Start);
        while let Some(token) = tree.tokens().get(at).filter(|_| at < tokens.end) {
            if let Some((node, end)) = next_at(tree, &mut nodes, at) {
                let on_its_line = newlines == 0 && last == Last::Comment;
                self.between(last, newlines, on_its_line, level);
                self.node(node, level);
                (at, newlines, last) = (end, 0, Last::Node);
                continue;
            }
            match token.kind {
                TokenKind::Newline => newlines += 1,
                TokenKind::LineComment | TokenKind::BlockComment => {
                    let on_its_line = newlines == 0 && !self.text.is_empty();
                    self.between(last, newlines, on_its_line, level);
                    self.text.push_str(tree.spelling(*token).trim_end());
                    (newlines, last) = (0, Last::Comment);
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// What stands between two nodes or comments.
    fn between(&mut self, last: Last, newlines: usize, on_its_line: bool, level: usize) {
        if on_its_line || self.in_one_line {
            self.text.push(' ');
        } else if last != Last::Start || level > 0 {
            if newlines > 1 && last != Last::Start {
                self.text.push('\n');
            }
            self.line(level);
        }
    }

    fn line(&mut self, level: usize) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n(' ', level * INDENTATION));
    }

    fn node(&mut self, node: BranchId, level: usize) {
        let tree = self.tree;
        let range = tree.places_of(node);
        let mut parts = tree.children(node).peekable();
        let mut words = Words { spaced: false, breaks: false };
        let mut at = range.start;
        while at < range.end {
            if let Some((part, end)) = next_at(tree, &mut parts, at) {
                self.space(&mut words);
                match tree.kind(part) {
                    BranchKind::Block => self.block(part, level),
                    BranchKind::Document | BranchKind::Node | BranchKind::Argument | BranchKind::Property => {
                        self.entry(part, level);
                    }
                }
                words.spaced = true;
                at = end;
            } else {
                self.word(at, level, &mut words);
                at += 1;
            }
        }
    }

    /// An argument or a property: without blanks, but with its comments.
    fn entry(&mut self, entry: BranchId, level: usize) {
        let mut words = Words { spaced: false, breaks: false };
        for at in self.tree.places_of(entry) {
            self.word(at, level, &mut words);
            words.spaced = false;
        }
    }

    /// One token that belongs to a node itself.
    fn word(&mut self, at: usize, level: usize, words: &mut Words) {
        let Some(token) = self.tree.tokens().get(at).copied() else { return };
        let spelling = self.tree.spelling(token);
        match token.kind {
            TokenKind::Newline if words.breaks => {
                self.line(level + 1);
                *words = Words { spaced: false, breaks: false };
            }
            TokenKind::Blank | TokenKind::Newline => words.spaced = true,
            TokenKind::Continuation => {
                self.text.push_str(" \\");
                words.breaks = true;
            }
            TokenKind::LineComment => {
                self.text.push(' ');
                self.text.push_str(spelling.trim_end());
                words.breaks = true;
            }
            TokenKind::Slashdash => self.text.push_str(spelling),
            kind if kind.is_value() => {
                self.space(words);
                match moved(spelling, (level + 1) * INDENTATION) {
                    Some(text) => self.text.push_str(&text),
                    None => self.text.push_str(spelling),
                }
            }
            _ => {
                self.space(words);
                self.text.push_str(spelling);
            }
        }
    }

    fn space(&mut self, words: &mut Words) {
        if std::mem::take(&mut words.spaced) && !self.text.ends_with([' ', '\n']) {
            self.text.push(' ');
        }
    }

    fn block(&mut self, block: BranchId, level: usize) {
        let tree = self.tree;
        let range = tree.places_of(block);
        let open = range.clone().find(|at| tree.tokens().get(*at).is_some_and(|token| token.kind == TokenKind::Open));
        let Some(open) = open else { return };
        let mut words = Words { spaced: false, breaks: false };
        for at in range.start..open {
            self.word(at, level, &mut words);
            words.spaced = false;
        }
        self.text.push('{');
        let within = open + 1..range.end.saturating_sub(1);
        if !self.in_one_line_if_it_fits(block, within.clone()) {
            let empty = self.text.len();
            self.inside(within, block, level + 1);
            if self.text.len() > empty {
                self.line(level);
            }
        }
        self.text.push('}');
    }

    /// Whether a block was written into the line of its `{`, as its author did.
    fn in_one_line_if_it_fits(&mut self, block: BranchId, within: Range<usize>) -> bool {
        let tree = self.tree;
        let of_one_line = tree.tokens().get(within.clone()).unwrap_or_default().iter().all(|token| match token.kind {
            TokenKind::Newline | TokenKind::LineComment | TokenKind::BlockComment | TokenKind::Continuation => false,
            _ => !tree.spelling(*token).contains('\n'),
        });
        if !of_one_line {
            return false;
        }
        let (begun, was) = (self.text.len(), std::mem::replace(&mut self.in_one_line, true));
        for node in tree.children(block) {
            self.text.push(' ');
            self.node(node, 0);
            self.text.push(';');
        }
        if self.text.len() > begun {
            self.text.push(' ');
        }
        self.in_one_line = was;
        let line = self.text.rfind('\n').map_or(0, |newline| newline + 1);
        let fits = was || self.text.get(line..).is_some_and(|line| line.chars().count() < WIDTH);
        if !fits {
            self.text.truncate(begun);
        }
        fits
    }
}

/// What stands before the next word of a node.
struct Words {
    /// A blank.
    spaced: bool,
    /// The end of the line, as soon as it comes.
    breaks: bool,
}

/// The branch that begins at a token, and the token behind it.
fn next_at(
    tree: &Tree,
    branches: &mut Peekable<impl Iterator<Item = BranchId>>,
    at: usize,
) -> Option<(BranchId, usize)> {
    let branch = branches.next_if(|branch| tree.places_of(*branch).start == at)?;
    Some((branch, tree.places_of(branch).end))
}
