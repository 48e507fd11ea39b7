//! The place in the tokens, and the branches that are opened and closed there.

use super::Parser;
use crate::syntax::{
    token::{Token, TokenKind},
    tree::{Branch, BranchKind},
};

impl Parser<'_, '_> {
    pub(super) fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    pub(super) fn bump(&mut self) {
        let Some(token) = self.peek() else { return };
        self.at += 1;
        match token.kind {
            TokenKind::Newline => {
                self.first_of_line = true;
                self.indentation = match self.peek() {
                    Some(next) if next.kind == TokenKind::Blank => next.range().len(),
                    Some(_) | None => 0,
                };
            }
            TokenKind::Blank | TokenKind::ByteOrderMark => {}
            _ => self.first_of_line = false,
        }
    }

    /// Passes over all that may stand between two nodes.
    pub(super) fn skip_lines(&mut self) {
        while let Some(token) = self.peek()
            && token.kind.is_trivia()
        {
            self.bump();
        }
    }

    /// Passes over what may stand between two entries of a node.
    pub(super) fn skip_blanks(&mut self) {
        let end = self.behind(self.at).unwrap_or(self.tokens.len());
        while self.at < end {
            self.bump();
        }
    }

    /// The place of the first token from `place` on that isn't a blank within a node.
    pub(super) fn behind(&self, place: usize) -> Option<usize> {
        let mut place = place;
        let mut continued = false;
        loop {
            let kind = self.tokens.get(place)?.kind;
            match kind {
                TokenKind::Blank | TokenKind::BlockComment | TokenKind::BadBlank => {}
                TokenKind::Continuation => continued = true,
                TokenKind::LineComment if continued => {}
                TokenKind::Newline if continued => continued = false,
                _ => return Some(place),
            }
            place += 1;
        }
    }

    pub(super) fn open(&mut self, kind: BranchKind, dropped: bool) -> usize {
        self.open_at(kind, dropped, self.at)
    }

    pub(super) fn open_at(&mut self, kind: BranchKind, dropped: bool, start: usize) -> usize {
        let first_token = narrow(start);
        self.branches.push(Branch { kind, dropped, first_token, end_token: first_token, end: 0 });
        self.branches.len() - 1
    }

    pub(super) fn close(&mut self, branch: usize) {
        let end = narrow(self.branches.len());
        if let Some(branch) = self.branches.get_mut(branch) {
            branch.end_token = narrow(self.at);
            branch.end = end;
        }
    }
}

fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
