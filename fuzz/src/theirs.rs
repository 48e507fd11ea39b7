//! Agreement with `kdl` on one text: the verdict, and every decoded name and value. kdl is asked only
//! about texts that can't hurt it.

use kdl::{KdlDocument, KdlValue};
use runbook::syntax::{Finding, Node, Sources, Value, parse};

/// Reads a text as the only file of a bundle.
pub fn ours(text: &str) -> Result<Vec<Node>, Vec<Finding>> {
    let mut sources = Sources::default();
    let file = sources.add("x.kdl", text);
    parse(&sources, file)
}

/// Whether kdl can be asked about a text: it ends on deep or long runs of some marks, and takes time
/// that doubles with each block taken out within another.
pub fn bears(text: &str) -> bool {
    let count = |mark: &str| text.matches(mark).count();
    text.len() <= 4096
        && count("{") <= 24
        && count("}") <= 24
        && count("/-") <= 4
        && count("/*") <= 16
        && !text.contains("********")
        && count("\"") <= 64
}

/// The codes of what runbooks refuse on purpose, though KDL allows it: also a comma as a name, a colon at the
/// end of one, and what is no version behind `/- kdl-version`.
const REFUSED_ON_PURPOSE: [&str; 8] = [
    "type_annotation",
    "too_",
    "foreign_quotes",
    "number_too_long",
    "banned_character",
    "other_version",
    "comma",
    "colon",
];

/// Both say the same of a text.
pub fn agree(text: &str) {
    let document = KdlDocument::parse_v2(text);
    match (ours(text), document) {
        (Ok(nodes), Ok(document)) => same(&nodes, &document, text),
        (Err(_), Err(_)) => {}
        // kdl refuses `;` behind what is taken out, which the specification allows.
        (Ok(_), Err(_)) if text.contains("/-") && text.contains(';') => {}
        (Ok(_), Err(why)) => panic!("{text:?} is accepted, and kdl says {:?}", why.diagnostics),
        (Err(findings), Ok(_)) => {
            let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
            // kdl begins a node right behind one with a block that is taken out; the specification wants a
            // new line or `;` there.
            if text.contains("/-") && codes.iter().any(|code| code.contains("behind_block")) {
                return;
            }
            // kdl begins a node right behind a keyword, also one that is taken out; by the specification (of
            // 2.0.0) a blank, or the end of a node, must stand there, and kdl wants it behind all other values.
            let touched = ["unknown_keyword", "missing_blank"];
            if goes_on_behind_a_keyword(text) && codes.iter().any(|code| touched.iter().any(|it| code.contains(it))) {
                return;
            }
            // A `$` right before a block is refused on purpose: it was meant as a template, which needs quotes.
            if text.contains("${") && codes.iter().any(|code| code.contains("bare_text")) {
                return;
            }
            // kdl passes over a second `/-` behind the first; by the specification something must stand there.
            if codes.iter().any(|code| code.contains("double_slashdash")) {
                return;
            }
            // kdl reads a bare `-inf` as a text; by the specification it is none, as `inf` isn't.
            if text.replace("#-inf", "").contains("-inf") && codes.iter().any(|it| it.contains("bare_keyword")) {
                return;
            }
            // kdl reads `#"""` on one line as a text that begins with two quotes; the specification wants a
            // new line behind it.
            if text.contains("#\"\"\"") && codes.iter().any(|code| code.contains("triple_in_line")) {
                return;
            }
            let on_purpose = codes.iter().any(|code| REFUSED_ON_PURPOSE.iter().any(|word| code.contains(word)));
            assert!(on_purpose, "{text:?} is refused with {codes:?}, and kdl reads it");
        }
    }
}

/// Whether something touches the end of a keyword that is no end of it.
fn goes_on_behind_a_keyword(text: &str) -> bool {
    let goes_on = |rest: &str| rest.starts_with(|next: char| !next.is_whitespace() && !";{}=\\".contains(next));
    let keywords = ["#true", "#false", "#null", "#inf", "#-inf", "#nan"];
    keywords.iter().any(|keyword| text.match_indices(keyword).any(|(at, _)| goes_on(&text[at + keyword.len()..])))
}

/// Decoded nodes are kdl's own, all the way down.
fn same(ours: &[Node], document: &KdlDocument, text: &str) {
    assert_eq!(ours.len(), document.nodes().len(), "{text:?}");
    for (node, theirs) in ours.iter().zip(document.nodes()) {
        assert_eq!(node.name.value, theirs.name().value(), "{text:?}");
        let arguments: Vec<_> = node.arguments.iter().map(|argument| as_kdl(&argument.value)).collect();
        let values: Vec<_> =
            theirs.entries().iter().filter(|entry| entry.name().is_none()).map(|entry| entry.value().clone()).collect();
        assert!(alike(&arguments, &values), "{arguments:?} isn't {values:?} in {text:?}");
        let properties: Vec<_> = theirs.entries().iter().filter_map(|entry| Some((entry.name()?, entry))).collect();
        assert_eq!(node.properties.len(), properties.len(), "{text:?}");
        for (property, (name, entry)) in node.properties.iter().zip(properties) {
            assert_eq!(property.name.value, name.value(), "{text:?}");
            let (ours, theirs) = ([as_kdl(&property.value)], [entry.value().clone()]);
            assert!(alike(&ours, &theirs), "{ours:?} isn't {theirs:?} in {text:?}");
        }
        match (&node.children, theirs.children()) {
            (Some(children), Some(block)) => same(children, block, text),
            (None, None) => {}
            (ours, theirs) => panic!("{ours:?} is not {theirs:?} in {text:?}"),
        }
    }
}

/// Equal, and `#nan` is `#nan`.
fn alike(ours: &[KdlValue], theirs: &[KdlValue]) -> bool {
    let pair = |(ours, theirs): (&KdlValue, &KdlValue)| match (ours, theirs) {
        (KdlValue::Float(ours), KdlValue::Float(theirs)) => ours.to_bits() == theirs.to_bits(),
        (ours, theirs) => ours == theirs,
    };
    ours.len() == theirs.len() && ours.iter().zip(theirs).all(pair)
}

fn as_kdl(value: &Value) -> KdlValue {
    match value {
        Value::Text { text, .. } => KdlValue::String(text.to_string()),
        Value::Integer(number) => KdlValue::Integer(**number),
        Value::Decimal(number) => KdlValue::Float(*number),
        Value::Flag(flag) => KdlValue::Bool(*flag),
        Value::Null => KdlValue::Null,
    }
}
