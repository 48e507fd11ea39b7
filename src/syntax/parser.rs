//! Tokens → tree. One loop over the tokens and a stack of open blocks: no recursion, so depth is a
//! number and not a danger. It knows what a node looks like; what a single token must look like was
//! the lexer's. A mistake never ends the reading: what follows is read as if it were right.

mod blocks;
mod cursor;
mod entries;

use std::ops::Range;

use super::{
    mistake::{Mistakes, SyntaxError},
    token::{Token, TokenKind},
    tree::{Branch, BranchKind},
};

/// How open blocks and closing braces are brought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Braces {
    /// As they stand.
    Counted,
    /// By the indentation too: for a text in which one is missing, to find out which.
    ByIndentation,
}

/// What a reading yields.
pub(super) struct Reading {
    pub(super) branches: Vec<Branch>,
    /// The mistakes with braces alone: how many blocks aren't closed and how many `}` close nothing.
    pub(super) brace_mistakes: usize,
}

/// Reads tokens; `mistakes` gets what is wrong.
pub(super) fn read(text: &str, tokens: &[Token], braces: Braces, mistakes: &mut Mistakes) -> Reading {
    let mut parser = Parser {
        text,
        tokens,
        at: 0,
        branches: Vec::with_capacity(tokens.len() / 4),
        blocks: Vec::new(),
        node: None,
        last: None,
        braces,
        mistakes,
        indentation: 0,
        first_of_line: true,
        nodes: 0,
        values: 0,
        brace_mistakes: 0,
        stopped: false,
    };
    parser.open(BranchKind::Document, false);
    parser.document();
    let Parser { branches, brace_mistakes, .. } = parser;
    Reading { branches, brace_mistakes }
}

/// A block whose `}` is still to come.
struct OpenBlock {
    branch: usize,
    /// The node it belongs to, if it has one.
    node: Option<OpenNode>,
    brace: Range<usize>,
    /// How far the line of its `{` is indented.
    indentation: usize,
    dropped: bool,
    /// The last node within, in case its block stands on the next line.
    last: Option<OpenNode>,
}

/// A node whose end is still to come.
#[derive(Clone)]
struct OpenNode {
    branch: usize,
    name: Range<usize>,
    /// It has its children; nothing but dropped blocks may follow.
    has_block: bool,
    /// A block, maybe a dropped one, was there: no more entries.
    past_entries: bool,
    /// Where its last entry ended: another one must not touch it.
    last_value: Option<usize>,
}

struct Parser<'tokens, 'found> {
    text: &'tokens str,
    tokens: &'tokens [Token],
    at: usize,
    branches: Vec<Branch>,
    blocks: Vec<OpenBlock>,
    node: Option<OpenNode>,
    /// The last node outside of all blocks, in case its block stands on the next line.
    last: Option<OpenNode>,
    braces: Braces,
    mistakes: &'found mut Mistakes,
    indentation: usize,
    first_of_line: bool,
    nodes: usize,
    values: usize,
    brace_mistakes: usize,
    stopped: bool,
}

impl Parser<'_, '_> {
    fn document(&mut self) {
        while !self.stopped && !self.mistakes.too_many() {
            if self.node.is_some() {
                self.entries();
                continue;
            }
            self.skip_lines();
            let Some(token) = self.peek() else { break };
            match token.kind {
                TokenKind::Close => self.close_block(),
                TokenKind::Open => self.block_without_node(),
                TokenKind::Semicolon => {
                    self.mistakes.note(token.range(), SyntaxError::StraySemicolon);
                    self.bump();
                }
                TokenKind::Equals => {
                    self.mistakes.note(token.range(), SyntaxError::EqualsWithoutName);
                    self.bump();
                }
                TokenKind::Unread => self.stopped = true,
                TokenKind::Slashdash => {
                    let start = self.at;
                    if self.slashdash() {
                        self.node_name(start, true);
                    }
                }
                _ => self.node_name(self.at, false),
            }
        }
        self.end();
    }

    fn end(&mut self) {
        self.end_node();
        if !self.stopped && !self.mistakes.braces_in_doubt() && !self.mistakes.too_many() {
            self.brace_mistakes += self.blocks.len();
            if let Some(block) = self.blocks.last() {
                self.mistakes.note(block.brace.clone(), SyntaxError::UnclosedBlock);
            }
        }
        self.at = self.tokens.len();
        while let Some(block) = self.blocks.pop() {
            self.close(block.branch);
            if let Some(node) = block.node {
                self.close(node.branch);
            }
        }
        self.close(0);
    }
}
