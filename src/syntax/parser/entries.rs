//! A node from its name to its end: arguments, properties, `/-`, and what people write between them.

use super::{OpenNode, Parser};
use crate::syntax::{
    character::class_at,
    limits,
    mistake::SyntaxError,
    token::{Token, TokenKind},
    tree::BranchKind,
};

impl Parser<'_, '_> {
    /// Reads a `/-` and what may stand between it and its object. Whether an object follows.
    pub(super) fn slashdash(&mut self) -> bool {
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
    pub(super) fn node_name(&mut self, start: usize, dropped: bool) {
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
    pub(super) fn equals_behind_name(&mut self) {
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
    pub(super) fn entries(&mut self) {
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

    pub(super) fn dropped_entry(&mut self) {
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

    pub(super) fn value(&mut self, end_of_node: usize) {
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
            let start = token.range().start;
            let first = class_at(self.text, start).map_or(0, |(_, length)| length);
            self.mistakes.note(start..start + first, SyntaxError::MissingBlank);
        }
        self.entry(self.at, false);
    }

    /// An argument or a property, whose first token is next.
    pub(super) fn entry(&mut self, start: usize, dropped: bool) {
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
    pub(super) fn property_value(&mut self, name: Token) -> Option<Token> {
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

    pub(super) fn end_entry(&mut self, branch: usize, last: Token) {
        self.close(branch);
        if let Some(node) = &mut self.node {
            node.last_value = Some(last.range().end).filter(|_| last.kind != TokenKind::BadValue);
        }
    }

    /// `= value` without a name, and the second `=` of `a=b=c`: one mistake with what follows it.
    pub(super) fn equals_without_name(&mut self) {
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

    pub(super) fn end_node(&mut self) {
        self.end_node_at(self.at);
    }

    /// Closes the open node; the blanks from `end` on are behind it.
    pub(super) fn end_node_at(&mut self, end: usize) {
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
}
