//! Agreement with `kdl` on text that is safe for it: the verdict, and every decoded name and value.
//! Documents are generated, valid and broken ones; what runbooks refuse on purpose (type annotations,
//! commas, other quotes) isn't.

use kdl::{KdlDocument, KdlValue};
use proptest::prelude::*;

use super::{read, tree};
use crate::syntax::{Node, Value};

/// Compares decoded nodes with kdl's own, all the way down.
fn assert_same(ours: &[Node], document: &KdlDocument, text: &str) {
    assert_eq!(ours.len(), document.nodes().len(), "{text}");
    for (node, theirs) in ours.iter().zip(document.nodes()) {
        assert_eq!(node.name.value, theirs.name().value(), "{text}");
        let arguments = theirs.entries().iter().filter(|entry| entry.name().is_none());
        let properties: Vec<_> =
            theirs.entries().iter().filter_map(|entry| Some((entry.name()?.value(), entry.value()))).collect();
        let values: Vec<_> = arguments.map(|entry| entry.value().clone()).collect();
        assert_eq!(node.arguments.iter().map(|entry| as_kdl(&entry.value)).collect::<Vec<_>>(), values, "{text}");
        assert_eq!(node.properties.len(), properties.len(), "{text}");
        for (property, (name, value)) in node.properties.iter().zip(properties) {
            assert_eq!((property.name.value.as_str(), &as_kdl(&property.value)), (name, value), "{text}");
        }
        match (&node.children, theirs.children()) {
            (Some(children), Some(block)) => assert_same(children, block, text),
            (None, None) => {}
            (ours, theirs) => panic!("{ours:?} is not {theirs:?} in {text}"),
        }
    }
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

fn check(text: &str) {
    assert_eq!(tree(text).0.to_string(), text);
    match (read(text), KdlDocument::parse_v2(text)) {
        (Ok(nodes), Ok(document)) => assert_same(&nodes, &document, text),
        (Err(_), Err(_)) => {}
        (ours, theirs) => panic!("{text:?}\nours {}, kdl's {:?}", ours.is_ok(), theirs.err()),
    }
}

fn blank() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => Just(" ".to_owned()),
        1 => Just("\t\u{A0}".to_owned()),
        1 => Just(" /* a * /* b */ / */ ".to_owned()),
        1 => Just(" \\ // on\n  ".to_owned()),
        1 => Just(" \\\r\n".to_owned()),
    ]
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z][a-z0-9_-]{0,6}", "[-+.][a-z.-]{0,3}", "[a-zé☃][.:!?$*<>é☃|@-]{0,3}[a-z]"]
        .prop_filter("keywords need #", |word| {
            !matches!(word.as_str(), "true" | "false" | "null" | "inf" | "-inf" | "nan")
        })
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9 '/{};=#,é☃-]{0,6}",
        1 => Just("\\n\\t\\\\\\\"\\s\\b\\f\\r".to_owned()),
        1 => "\\\\u\\{[1-9a-c][0-9a-f]{0,3}\\}",
        1 => Just("\\  \n   x".to_owned()),
    ];
    let line = proptest::collection::vec(piece.clone(), 0..3).prop_map(|pieces| pieces.concat());
    let raw_line = "[a-z\\\\{} ;/-]{0,8}";
    let lines = |line: BoxedStrategy<String>| {
        (proptest::collection::vec((line, 0..3usize), 0..4), "[ \t]{0,3}").prop_map(|(lines, indentation)| {
            let body: String = lines
                .iter()
                .map(|(line, more)| match (line.trim().is_empty(), more) {
                    (true, 0) => "\n".to_owned(),
                    _ => format!("{indentation}{}{line}\n", " ".repeat(*more)),
                })
                .collect();
            format!("\"\"\"\n{body}{indentation}\"\"\"")
        })
    };
    prop_oneof![
        4 => line.clone().prop_map(|line| format!("\"{line}\"")),
        2 => raw_line.prop_map(|line| format!("#\"{line}\"#")),
        1 => "[a-z]{0,3}".prop_map(|line| format!("##\"{line}\"#\"##")),
        1 => lines(line.boxed()),
        1 => lines(raw_line.boxed()).prop_map(|text| format!("#{text}#")),
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => word(),
        4 => text(),
        1 => "[-+]?[0-9][0-9_]{0,8}(\\.[0-9][0-9_]{0,5})?([eE][-+]?[0-9]{1,2})?",
        1 => "[-+]?0x[0-9a-fA-F][0-9a-fA-F_]{0,8}",
        1 => "[-+]?0o[0-7][0-7_]{0,8}",
        1 => "[-+]?0b[01][01_]{0,8}",
        1 => prop_oneof![Just("#true"), Just("#false"), Just("#null"), Just("#inf"), Just("#-inf"), Just("#nan")]
            .prop_map(str::to_owned),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![3 => word().prop_filter("a colon is refused", |name| !name.ends_with(':')), 1 => text()]
}

fn entry() -> impl Strategy<Value = String> {
    let entry = prop_oneof![
        2 => value(),
        1 => (name(), value()).prop_map(|(name, value)| format!("{name}={value}")),
        1 => (name(), blank(), value(), blank()).prop_map(|(name, a, value, b)| format!("{name}{a}={b}{value}")),
    ];
    (entry, 0..8usize).prop_map(|(entry, dropped)| if dropped == 0 { format!("/- {entry}") } else { entry })
}

fn node() -> impl Strategy<Value = String> {
    let leaf = (name(), proptest::collection::vec((blank(), entry()), 0..4))
        .prop_map(|(name, entries)| entries.into_iter().fold(name, |node, (blank, entry)| node + &blank + &entry))
        .boxed();
    leaf.prop_recursive(3, 12, 3, |inner| {
        let header = (name(), proptest::collection::vec((blank(), entry()), 0..3));
        (header, proptest::collection::vec((inner, end()), 0..3), 0..6usize).prop_map(
            |((name, entries), nodes, shape)| {
                let header = entries.into_iter().fold(name, |node, (blank, entry)| node + &blank + &entry);
                let body: String = nodes.into_iter().map(ended).collect();
                match shape {
                    0 => format!("/- {header} {{{body}}}"),
                    1 => format!("{header} /-{{\n{body}}}"),
                    2 => format!("{header} {{\n{body}}} /* behind */"),
                    _ => format!("{header} {{\n{body}}}"),
                }
            },
        )
    })
}

fn end() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just("\n".to_owned()),
        1 => Just(" ;\n".to_owned()),
        1 => Just(" // why\r\n\n".to_owned()),
        1 => Just(" /* why\n */\n".to_owned()),
        1 => Just("\u{2028}".to_owned()),
    ]
}

/// A node and its end. kdl refuses ` ;` behind a node taken out, which the specification allows.
fn ended((node, end): (String, String)) -> String {
    if node.starts_with("/-") { node + "\n" } else { node + &end }
}

pub(super) fn document() -> impl Strategy<Value = String> {
    (
        prop_oneof![Just(""), Just("\u{feff}"), Just("/- kdl-version 2\n")],
        proptest::collection::vec((node(), end()), 0..5),
    )
        .prop_map(|(start, nodes)| start.to_owned() + &nodes.into_iter().map(ended).collect::<String>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_documents_are_valid_and_decode_as_kdl_decodes_them(text in document()) {
        prop_assert!(read(&text).is_ok(), "{:#?}\n{text}", read(&text));
        check(&text);
    }

    #[test]
    fn any_text_is_printed_by_its_tree_and_never_more_than_judged(text in "[a-c{}\\[\\]();=\"#/*\\\\', \t\n\r0-9.é“-]{0,60}|\\PC{0,60}") {
        let (tree, mistakes) = tree(&text);
        prop_assert_eq!(tree.to_string(), text.clone());
        prop_assert_eq!(read(&text).is_ok(), mistakes.is_empty());
        for mistake in mistakes {
            prop_assert!(text.get(mistake.at.clone()).is_some(), "{mistake:?} cuts a character of {text:?}");
        }
    }

    #[test]
    fn no_text_is_accepted_that_kdl_refuses(text in "[ab1{};=\"#/ \n-]{0,24}") {
        // kdl refuses `;` behind a node taken out, which the specification allows.
        prop_assume!(!(text.contains("/-") && text.contains(';')));
        if let Ok(nodes) = read(&text) {
            let document = KdlDocument::parse_v2(&text);
            prop_assert!(document.is_ok(), "kdl refuses {text:?}: {:?}", document.err().map(|error| error.diagnostics));
            if let Ok(document) = document {
                assert_same(&nodes, &document, &text);
            }
        }
    }
}
