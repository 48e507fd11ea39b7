//! A source → its nodes, or everything that is wrong with it. The tree decides; nodes are only built
//! from a tree without a mistake.

use std::sync::Arc;

use super::{
    decode::decode,
    finding::{Finding, Severity},
    lexer::lex,
    limits,
    mistake::{Mistake, Mistakes, SyntaxError},
    node::{Argument, Node, Property, Spelling, Value},
    parser::{Braces, Reading, read},
    source::{FileId, Sources, Span, Spanned},
    token::{Token, TokenKind},
    tree::{BranchId, BranchKind, Tree},
};

/// Reads one file of a bundle.
///
/// # Errors
/// All syntax errors of the file, in the order of the text; behind the hundredth, one finding that
/// says how many more there are.
pub fn parse(sources: &Sources, file: FileId) -> Result<Vec<Node>, Vec<Finding>> {
    let Some(source) = sources.get(file) else { return Ok(Vec::new()) };
    let (tree, mut mistakes) = parse_tree(&source.text);
    if mistakes.is_empty() {
        match nodes(&tree.telling_only(), file) {
            Ok(nodes) => return Ok(nodes),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    Err(findings(&mistakes, file, &source.text))
}

/// Reads a text as a tree, whatever is wrong with it: for the formatter and the language server.
#[must_use]
pub fn parse_tree(text: &Arc<str>) -> (Tree, Vec<Mistake>) {
    let mut mistakes = Mistakes::default();
    if text.len() > limits::FILE_BYTES {
        mistakes.note(0..0, SyntaxError::FileTooLarge);
        let tokens = vec![Token::new(TokenKind::Unread, 0..text.len())];
        let Reading { branches, .. } = read(text, &tokens, Braces::Counted, &mut mistakes);
        return (Tree::new(Arc::clone(text), tokens, branches), mistakes.into_sorted());
    }
    let tokens = lex(text, &mut mistakes);
    let mut by_indentation = mistakes.clone();
    let mut reading = read(text, &tokens, Braces::Counted, &mut mistakes);
    if reading.brace_mistakes > 0 {
        // One is missing somewhere. Where the indentation explains it with no more mistakes than the
        // count found, it also says which.
        let second = read(text, &tokens, Braces::ByIndentation, &mut by_indentation);
        if (1..=reading.brace_mistakes).contains(&second.brace_mistakes) {
            reading = second;
            mistakes = by_indentation;
        }
    }
    let tree = Tree::new(Arc::clone(text), tokens, reading.branches);
    version_marker(&tree, &mut mistakes);
    (tree, mistakes.into_sorted())
}

/// `/- kdl-version N` at the start: 2 or nothing.
fn version_marker(tree: &Tree, mistakes: &mut Mistakes) {
    let Some(first) = tree.children(tree.document()).next().filter(|node| tree.is_dropped(*node)) else { return };
    let mut words = tree.telling(first);
    let marker = words.next().is_some_and(|name| tree.spelling(name) == "kdl-version");
    if let Some(version) = words.next().filter(|version| marker && tree.spelling(*version) != "2") {
        mistakes.note(version.range(), SyntaxError::OtherVersion);
    }
}

fn findings(mistakes: &[Mistake], file: FileId, text: &str) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        mistakes.iter().take(limits::FINDINGS).map(|mistake| mistake.finding(file, text)).collect();
    if let Some(next) = mistakes.get(limits::FINDINGS) {
        let more = mistakes.len() - limits::FINDINGS;
        let least = if mistakes.len() >= limits::MISTAKES { "at least " } else { "" };
        findings.push(Finding {
            code: "runbook::syntax::more",
            severity: Severity::Error,
            message: format!("and {least}{more} more syntax errors"),
            labels: vec![(Span::new(file, next.at.clone()), "the next one".to_owned())],
            help: Some("mend those above first; `runbook check` then shows the others".to_owned()),
        });
    }
    findings
}

/// Builds the nodes of a tree without mistakes, with a stack of its own. Every list is made as long as
/// it will be: one that grows leaves holes behind, as many as there are nodes.
fn nodes(tree: &Tree, file: FileId) -> Result<Vec<Node>, Mistake> {
    let mut open = vec![(None, tree.children(tree.document()), Vec::with_capacity(nodes_in(tree, tree.document())))];
    let mut roots = Vec::new();
    while let Some((_, branches, siblings)) = open.last_mut() {
        let Some(branch) = branches.next() else {
            if let Some((node, _, children)) = open.pop() {
                let children: Vec<Node> = children;
                match (node, open.last_mut()) {
                    (Some(node), Some((_, _, siblings))) => siblings.push(Node { children: Some(children), ..node }),
                    (Some(_) | None, _) => roots = children,
                }
            }
            continue;
        };
        if tree.is_dropped(branch) {
            continue;
        }
        let node = node(tree, branch, file)?;
        let block =
            tree.children(branch).find(|child| tree.kind(*child) == BranchKind::Block && !tree.is_dropped(*child));
        match block {
            Some(block) => {
                open.push((Some(node), tree.children(block), Vec::with_capacity(nodes_in(tree, block))));
            }
            None => siblings.push(node),
        }
    }
    Ok(roots)
}

/// How many nodes stand directly in a block or in the file.
fn nodes_in(tree: &Tree, block: BranchId) -> usize {
    tree.children(block).filter(|node| !tree.is_dropped(*node)).count()
}

/// A node without its children.
fn node(tree: &Tree, branch: BranchId, file: FileId) -> Result<Node, Mistake> {
    let entries = || tree.children(branch).filter(|entry| !tree.is_dropped(*entry));
    let count = |kind: BranchKind| entries().filter(|entry| tree.kind(*entry) == kind).count();
    let mut node = Node {
        name: text(tree, tree.telling(branch).next(), file)?,
        arguments: Vec::with_capacity(count(BranchKind::Argument)),
        properties: Vec::with_capacity(count(BranchKind::Property)),
        children: None,
        span: span(tree.range(branch), file),
    };
    for entry in entries() {
        match tree.kind(entry) {
            BranchKind::Argument => node.arguments.push(argument(tree, entry, file)?),
            BranchKind::Property => node.properties.push(property(tree, entry, file)?),
            BranchKind::Document | BranchKind::Node | BranchKind::Block => {}
        }
    }
    Ok(node)
}

fn argument(tree: &Tree, branch: BranchId, file: FileId) -> Result<Argument, Mistake> {
    let (value, place, spelling) = value(tree, tree.telling(branch).next(), file)?;
    Ok(Argument { value, span: place, spelling })
}

fn property(tree: &Tree, branch: BranchId, file: FileId) -> Result<Property, Mistake> {
    let mut tokens = tree.telling(branch);
    let name = text(tree, tokens.next(), file)?;
    let (value, value_span, spelling) = value(tree, tokens.last(), file)?;
    Ok(Property { name, value, value_span, spelling, span: span(tree.range(branch), file) })
}

fn text(tree: &Tree, token: Option<Token>, file: FileId) -> Result<Spanned<String>, Mistake> {
    match value(tree, token, file)? {
        (Value::Text { text, .. }, place, _) => Ok(Spanned::new(text.into_string(), place)),
        (_, place, _) => Err(Mistake { at: place.range(), error: SyntaxError::Unreadable }),
    }
}

fn value(tree: &Tree, token: Option<Token>, file: FileId) -> Result<(Value, Span, Spelling), Mistake> {
    let token = token.unwrap_or(Token::new(TokenKind::Unread, 0..0));
    let spelling = tree.spelling(token);
    let value =
        decode(token.kind, spelling).ok_or_else(|| Mistake { at: token.range(), error: SyntaxError::Unreadable })?;
    Ok((value, span(token.range(), file), tree.piece(token)))
}

fn span(range: std::ops::Range<usize>, file: FileId) -> Span {
    Span::new(file, range)
}
