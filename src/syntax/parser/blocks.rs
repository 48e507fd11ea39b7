//! Blocks: where they open and close, and which brace is missing when the count doesn't come out.

use super::{Braces, OpenBlock, OpenNode, Parser};
use crate::syntax::{
    limits,
    mistake::SyntaxError,
    token::{Token, TokenKind},
    tree::BranchKind,
};

impl Parser<'_, '_> {
    pub(super) fn open_block(&mut self, start: usize, dropped: bool) {
        let Some(token) = self.peek() else { return };
        let node = self.node.take();
        if let Some(node) = &node
            && node.has_block
            && !dropped
        {
            self.mistakes.note(token.range(), SyntaxError::SecondBlock { node: node.name.clone() });
        }
        self.push_block(node, start, dropped);
    }

    pub(super) fn push_block(&mut self, node: Option<OpenNode>, start: usize, dropped: bool) {
        let Some(token) = self.peek() else { return };
        if self.blocks.len() >= limits::DEPTH {
            self.mistakes.note(token.range(), SyntaxError::TooDeep);
            self.stopped = true;
            self.node = node;
            return;
        }
        let branch = self.open_at(BranchKind::Block, dropped, start);
        let indentation = self.indentation;
        self.bump();
        self.blocks.push(OpenBlock { branch, node, brace: token.range(), indentation, dropped, last: None });
    }

    /// `{` where a node starts: the block of the node in the line above, or of none.
    pub(super) fn block_without_node(&mut self) {
        let Some(token) = self.peek() else { return };
        let last = match self.blocks.last_mut() {
            Some(block) => block.last.take(),
            None => self.last.take(),
        };
        let node = last.filter(|node| !node.past_entries);
        self.mistakes.note(
            token.range(),
            match &node {
                Some(node) => SyntaxError::BlockOnNextLine { node: node.name.clone() },
                None => SyntaxError::BlockWithoutName,
            },
        );
        self.push_block(node, self.at, false);
    }

    pub(super) fn close_block(&mut self) {
        let Some(token) = self.peek() else { return };
        let by_indentation = self.braces == Braces::ByIndentation && self.first_of_line;
        if by_indentation {
            while self.blocks.len() > 1 && self.blocks.last().is_some_and(|block| block.indentation > self.indentation)
            {
                self.close_unclosed();
            }
        }
        let too_deep = by_indentation && self.blocks.last().is_some_and(|block| block.indentation < self.indentation);
        if too_deep || self.blocks.is_empty() {
            self.stray_close(token);
            return;
        }
        self.bump();
        if let Some(block) = self.blocks.pop() {
            self.close(block.branch);
            self.node = block.node.map(|node| OpenNode {
                has_block: node.has_block || !block.dropped,
                past_entries: true,
                last_value: None,
                ..node
            });
        }
    }

    /// `}` without its `{`; those that follow at once are the same mistake.
    pub(super) fn stray_close(&mut self, token: Token) {
        if !self.mistakes.braces_in_doubt() {
            self.brace_mistakes += 1;
            self.mistakes.note(token.range(), SyntaxError::StrayClose);
        }
        let empty = self.blocks.is_empty();
        self.bump();
        while empty
            && let Some(next) = self.peek()
            && (next.kind == TokenKind::Close || next.kind.is_trivia())
        {
            self.bump();
        }
    }

    /// A node that starts no deeper than the open block's own: that block was meant to be closed.
    pub(super) fn close_by_indentation(&mut self) {
        if self.braces != Braces::ByIndentation || !self.first_of_line {
            return;
        }
        while self.blocks.last().is_some_and(|block| block.indentation >= self.indentation && block.node.is_some()) {
            self.close_unclosed();
        }
    }

    pub(super) fn close_unclosed(&mut self) {
        let Some(block) = self.blocks.pop() else { return };
        self.brace_mistakes += 1;
        if !self.mistakes.braces_in_doubt() {
            self.mistakes.note(block.brace, SyntaxError::UnclosedBlock);
        }
        self.close(block.branch);
        if let Some(node) = block.node {
            self.close(node.branch);
        }
    }
}
