//! Tokens → tree. One loop over the tokens and a stack of open blocks: no recursion, so depth is a
//! number and not a danger. It knows what a node looks like; what a single token must look like was
//! the lexer's. A mistake never ends the reading: what follows is read as if it were right.

use std::{ops::Range, sync::Arc};

use super::{
    limits,
    mistake::{Mistakes, SyntaxError},
    token::{Token, TokenKind},
    tree::{Branch, BranchKind, Tree},
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
    pub(super) tree: Tree,
    /// The mistakes with braces alone: how many blocks aren't closed and how many `}` close nothing.
    pub(super) brace_mistakes: usize,
}

/// Reads tokens; `mistakes` gets what is wrong.
pub(super) fn read(text: &Arc<str>, tokens: &[Token], braces: Braces, mistakes: &mut Mistakes) -> Reading {
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
    Reading { tree: Tree::new(Arc::clone(text), tokens.to_vec(), branches), brace_mistakes }
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
                TokenKind::Unread => break,
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

    // Nodes

    /// Reads a `/-` and what may stand between it and its object. Whether an object follows.
    fn slashdash(&mut self) -> bool {
        let Some(token) = self.peek() else { return false };
        self.bump();
        self.skip_lines();
        let mut repeated = None;
        while let Some(next) = self.peek()
            && next.kind == TokenKind::Slashdash
        {
            repeated = Some(next.range());
            self.bump();
            self.skip_lines();
        }
        if let Some(last) = &repeated {
            self.mistakes.note(token.range().start..last.end, SyntaxError::DoubleSlashdash);
        }
        let object = self.peek().is_some_and(|next| next.kind.is_value() || next.kind == TokenKind::Open);
        if !object && repeated.is_none() {
            self.mistakes.note(token.range(), SyntaxError::DanglingSlashdash);
            if self.node.is_none() && self.peek().is_some_and(|next| next.kind == TokenKind::Semicolon) {
                self.bump();
            }
        }
        object
    }

    /// Opens a node at its name, which is the next token; `start` is the place of a `/-` before it.
    fn node_name(&mut self, start: usize, dropped: bool) {
        let Some(token) = self.peek() else { return };
        if token.kind == TokenKind::Open {
            return self.block_without_node();
        }
        self.close_by_indentation();
        self.nodes += 1;
        if self.nodes > limits::NODES {
            self.mistakes.note(token.range(), SyntaxError::TooManyNodes);
            self.stopped = true;
            return;
        }
        match token.kind {
            TokenKind::Number | TokenKind::Keyword => self.mistakes.note(token.range(), SyntaxError::NameNotText),
            TokenKind::Bare if self.text.get(token.range()).is_some_and(|name| name.ends_with(':')) => {
                self.mistakes.note(token.range().end - 1..token.range().end, SyntaxError::Colon);
            }
            _ => {}
        }
        let branch = self.open_at(BranchKind::Node, dropped, start);
        let range = token.range();
        self.bump();
        self.node = Some(OpenNode {
            branch,
            name: range.clone(),
            has_block: false,
            past_entries: false,
            last_value: Some(range.end).filter(|_| token.kind != TokenKind::BadValue),
        });
        self.equals_behind_name();
    }

    /// `name = value` where a node was meant: the `=` is passed over.
    fn equals_behind_name(&mut self) {
        let Some(ahead) = self.behind(self.at) else { return };
        let token = self.tokens[ahead];
        if token.kind == TokenKind::Equals {
            self.mistakes.note(token.range(), SyntaxError::EqualsBehindName);
            while self.at <= ahead {
                self.bump();
            }
            if let Some(node) = &mut self.node {
                node.last_value = None;
            }
        }
    }

    /// Reads the next thing of the open node: an entry, a block or its end.
    fn entries(&mut self) {
        let start = self.at;
        self.skip_blanks();
        let Some(token) = self.peek() else { return self.end_node_at(start) };
        match token.kind {
            TokenKind::Semicolon => {
                self.end_node_at(start);
                self.bump();
            }
            TokenKind::Open => self.open_block(self.at, false),
            TokenKind::Slashdash => self.dropped_entry(),
            TokenKind::Equals => self.equals_without_name(),
            TokenKind::Unread => {
                self.end_node_at(start);
                self.stopped = true;
            }
            kind if kind.is_value() => self.value(start),
            _ => self.end_node_at(start),
        }
    }

    fn dropped_entry(&mut self) {
        let start = self.at;
        if let Some(token) = self.peek()
            && self.node.as_ref().is_some_and(|node| node.last_value == Some(token.range().start))
        {
            self.mistakes.note(token.range(), SyntaxError::MissingBlank);
        }
        if !self.slashdash() {
            return;
        }
        if self.peek().is_some_and(|token| token.kind == TokenKind::Open) {
            return self.open_block(start, true);
        }
        if let Some(token) = self.peek()
            && self.node.as_ref().is_some_and(|node| node.past_entries)
        {
            self.mistakes.note(token.range(), SyntaxError::BehindBlock);
        }
        self.entry(start, true);
    }

    fn value(&mut self, end_of_node: usize) {
        let Some(token) = self.peek() else { return };
        let (past_entries, last_value) =
            self.node.as_ref().map_or((false, None), |node| (node.past_entries, node.last_value));
        if past_entries {
            self.mistakes.note(token.range(), SyntaxError::BehindBlock);
            let ahead = self.behind(self.at + 1);
            if !ahead.is_some_and(|ahead| self.tokens[ahead].kind == TokenKind::Equals) {
                // Read as the node that it was meant to be.
                self.end_node_at(end_of_node);
                return self.node_name(self.at, false);
            }
        }
        if last_value == Some(token.range().start) && token.kind != TokenKind::BadValue {
            self.mistakes.note(token.range().start..token.range().start + 1, SyntaxError::MissingBlank);
        }
        self.entry(self.at, false);
    }

    /// An argument or a property, whose first token is next.
    fn entry(&mut self, start: usize, dropped: bool) {
        let Some(token) = self.peek() else { return };
        self.values += 1;
        if self.values > limits::VALUES {
            self.mistakes.note(token.range(), SyntaxError::TooManyValues);
            self.stopped = true;
            return;
        }
        let equals = self.behind(self.at + 1).filter(|ahead| self.tokens[*ahead].kind == TokenKind::Equals);
        let Some(equals) = equals else {
            let branch = self.open_at(BranchKind::Argument, dropped, start);
            self.bump();
            return self.end_entry(branch, token);
        };
        if matches!(token.kind, TokenKind::Number | TokenKind::Keyword) {
            self.mistakes.note(token.range(), SyntaxError::PropertyNameNotText);
        }
        let branch = self.open_at(BranchKind::Property, dropped, start);
        while self.at <= equals {
            self.bump();
        }
        let value = self.property_value(token);
        self.end_entry(branch, value.unwrap_or(self.tokens[equals]));
    }

    /// Reads the value behind the `=` that was read last.
    fn property_value(&mut self, name: Token) -> Option<Token> {
        let mut ahead = self.behind(self.at);
        if let Some(second) = ahead.map(|ahead| self.tokens[ahead])
            && second.kind == TokenKind::Equals
        {
            self.mistakes.note(second.range(), SyntaxError::DoubleEquals);
            self.skip_blanks();
            self.bump();
            ahead = self.behind(self.at);
        }
        if let Some(place) = ahead
            && self.tokens[place].kind.is_value()
        {
            while self.at <= place {
                self.bump();
            }
            return Some(self.tokens[place]);
        }
        let end = self.tokens[self.at - 1].range().end;
        let reported = self.tokens.get(self.at).is_some_and(|token| token.kind == TokenKind::BadBlank)
            || self.tokens[self.at - 1].kind == TokenKind::BadBlank;
        if !reported {
            self.mistakes.note(name.range().start..end, SyntaxError::MissingValue);
        }
        None
    }

    fn end_entry(&mut self, branch: usize, last: Token) {
        self.close(branch);
        if let Some(node) = &mut self.node {
            node.last_value = Some(last.range().end).filter(|_| last.kind != TokenKind::BadValue);
        }
    }

    /// `= value` without a name, and the second `=` of `a=b=c`: one mistake with what follows it.
    fn equals_without_name(&mut self) {
        let Some(token) = self.peek() else { return };
        self.bump();
        let mut end = token.range().end;
        if let Some(ahead) = self.behind(self.at)
            && self.tokens[ahead].kind.is_value()
        {
            end = self.tokens[ahead].range().end;
            while self.at <= ahead {
                self.bump();
            }
        }
        self.mistakes.note(token.range().start..end, SyntaxError::EqualsWithoutName);
        if let Some(node) = &mut self.node {
            node.last_value = None;
        }
    }

    fn end_node(&mut self) {
        self.end_node_at(self.at);
    }

    /// Closes the open node; the blanks from `end` on are behind it.
    fn end_node_at(&mut self, end: usize) {
        if let Some(node) = self.node.take() {
            let here = self.at;
            self.at = end;
            self.close(node.branch);
            self.at = here;
            match self.blocks.last_mut() {
                Some(block) => block.last = Some(node),
                None => self.last = Some(node),
            }
        }
    }

    // Blocks

    fn open_block(&mut self, start: usize, dropped: bool) {
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

    fn push_block(&mut self, node: Option<OpenNode>, start: usize, dropped: bool) {
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
    fn block_without_node(&mut self) {
        let Some(token) = self.peek() else { return };
        let last = match self.blocks.last_mut() {
            Some(block) => block.last.take(),
            None => self.last.take(),
        };
        match last.filter(|node| !node.past_entries) {
            Some(node) => {
                self.mistakes.note(token.range(), SyntaxError::BlockOnNextLine { node: node.name.clone() });
                self.push_block(Some(node), self.at, false);
            }
            None => {
                self.mistakes.note(token.range(), SyntaxError::BlockWithoutName);
                self.push_block(None, self.at, false);
            }
        }
    }

    fn close_block(&mut self) {
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
    fn stray_close(&mut self, token: Token) {
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
    fn close_by_indentation(&mut self) {
        if self.braces != Braces::ByIndentation || !self.first_of_line {
            return;
        }
        while self.blocks.last().is_some_and(|block| block.indentation >= self.indentation && block.node.is_some()) {
            self.close_unclosed();
        }
    }

    fn close_unclosed(&mut self) {
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

    // Tokens and branches

    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    fn bump(&mut self) {
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
    fn skip_lines(&mut self) {
        while let Some(token) = self.peek()
            && token.kind.is_trivia()
        {
            self.bump();
        }
    }

    /// Passes over what may stand between two entries of a node.
    fn skip_blanks(&mut self) {
        let end = self.behind(self.at).unwrap_or(self.tokens.len());
        while self.at < end {
            self.bump();
        }
    }

    /// The place of the first token from `place` on that isn't a blank within a node.
    fn behind(&self, place: usize) -> Option<usize> {
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

    fn open(&mut self, kind: BranchKind, dropped: bool) -> usize {
        self.open_at(kind, dropped, self.at)
    }

    fn open_at(&mut self, kind: BranchKind, dropped: bool, start: usize) -> usize {
        let first_token = narrow(start);
        self.branches.push(Branch { kind, dropped, first_token, end_token: first_token, end: 0 });
        self.branches.len() - 1
    }

    fn close(&mut self, branch: usize) {
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
