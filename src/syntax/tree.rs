//! The lossless tree: tokens end to end, and branches that say which of them form a node, a value or
//! a block. Comments and blanks stay where they were, so the formatter and the language server stand
//! on it. Branches lie in one list in the order of the text, each knowing where its subtree ends:
//! walking needs no recursion, and a hostile depth costs nothing.

use std::{fmt, ops::Range, sync::Arc};

use super::node::Spelling;
use super::token::{Token, TokenKind};

/// A file as tokens and branches; printed, it is exactly the text it was read from.
#[derive(Debug, Clone)]
pub struct Tree {
    text: Arc<str>,
    tokens: Vec<Token>,
    branches: Vec<Branch>,
}

/// Which branch of a tree; an index that only means something in its own tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BranchId(u32);

/// Some tokens that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Branch {
    pub(super) kind: BranchKind,
    /// `/-` stands before it: it is there and means nothing.
    pub(super) dropped: bool,
    pub(super) first_token: u32,
    pub(super) end_token: u32,
    /// The branch behind the last one within.
    pub(super) end: u32,
}

/// What a branch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BranchKind {
    /// The whole file.
    Document,
    /// A name, its entries and blocks; not the terminator behind them.
    Node,
    /// A value.
    Argument,
    /// A name, `=` and a value.
    Property,
    /// `{`, nodes, `}`.
    Block,
}

impl Tree {
    pub(super) fn new(text: Arc<str>, tokens: Vec<Token>, branches: Vec<Branch>) -> Self {
        Self { text, tokens, branches }
    }

    /// The same branches over the tokens that say something: what decoding reads. Most tokens are blanks,
    /// and the nodes would otherwise grow beside them.
    pub(super) fn telling_only(mut self) -> Self {
        let mut branches = std::mem::take(&mut self.branches);
        branches.shrink_to_fit();
        let mut kept = 0;
        let kept_before: Vec<u32> = self
            .tokens
            .iter()
            .map(|token| {
                let before = kept;
                kept += u32::from(!token.kind.is_trivia());
                before
            })
            .collect();
        let moved = |place: u32| kept_before.get(place as usize).copied().unwrap_or(kept);
        for branch in &mut branches {
            branch.first_token = moved(branch.first_token);
            branch.end_token = moved(branch.end_token);
        }
        self.tokens.retain(|token| !token.kind.is_trivia());
        self.tokens.shrink_to_fit();
        Self { branches, ..self }
    }

    /// The text it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All tokens, end to end.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// What a token reads.
    #[must_use]
    pub fn spelling(&self, token: Token) -> &str {
        self.text.get(token.range()).unwrap_or("")
    }

    /// The same, shared with the text.
    pub(super) fn piece(&self, token: Token) -> Spelling {
        Spelling::new(&self.text, &token.range())
    }

    /// The branch that holds all others.
    #[must_use]
    pub fn document(&self) -> BranchId {
        BranchId(0)
    }

    /// What a branch is.
    #[must_use]
    pub fn kind(&self, id: BranchId) -> BranchKind {
        self.branch(id).map_or(BranchKind::Document, |branch| branch.kind)
    }

    /// Whether `/-` takes it out.
    #[must_use]
    pub fn is_dropped(&self, id: BranchId) -> bool {
        self.branch(id).is_some_and(|branch| branch.dropped)
    }

    /// Its tokens, those of the branches within included; a `/-` before it is the first.
    #[must_use]
    pub fn tokens_of(&self, id: BranchId) -> &[Token] {
        self.branch(id)
            .and_then(|branch| self.tokens.get(branch.first_token as usize..branch.end_token as usize))
            .unwrap_or(&[])
    }

    /// The places of its tokens among all of them.
    pub(super) fn places_of(&self, id: BranchId) -> Range<usize> {
        self.branch(id).map_or(0..0, |branch| branch.first_token as usize..branch.end_token as usize)
    }

    /// Its bytes in the text.
    #[must_use]
    pub fn range(&self, id: BranchId) -> Range<usize> {
        let tokens = self.tokens_of(id);
        match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => first.range().start..last.range().end,
            (None, _) | (_, None) => 0..0,
        }
    }

    /// The branches directly within, in the order of the text.
    pub fn children(&self, id: BranchId) -> impl Iterator<Item = BranchId> {
        let end = self.branch(id).map_or(0, |branch| branch.end);
        let mut next = id.0 + 1;
        std::iter::from_fn(move || {
            let child = BranchId(next);
            if next >= end {
                return None;
            }
            next = self.branch(child).map_or(end, |branch| branch.end.max(next + 1));
            Some(child)
        })
    }

    /// The tokens of a branch that say something: names, values and `=`, without comments and blanks.
    pub fn telling(&self, id: BranchId) -> impl Iterator<Item = Token> {
        self.tokens_of(id).iter().copied().filter(|token| !token.kind.is_trivia() && token.kind != TokenKind::Slashdash)
    }

    fn branch(&self, id: BranchId) -> Option<&Branch> {
        self.branches.get(id.0 as usize)
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tokens.iter().try_for_each(|token| formatter.write_str(self.spelling(*token)))
    }
}
