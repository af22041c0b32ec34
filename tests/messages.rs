//! The generated messages that the benchmarks run on: distinct, of the promised size, the same on every run, and the same
//! content in every dress.

#![allow(clippy::unwrap_used, reason = "a test answers with a panic")]

use std::collections::HashSet;

use payflow::bench::messages::{self, Style};
use payflow::schema::input::Reader;
use payflow::value::{Amount, Bic, Country, Currency, Iban, Lei, Uetr};
use payflow::xml::Input;
use payflow::xml::Limits;

/// The texts of all leaves, in order: what a message says, whatever its dress.
fn content(document: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(document).unwrap();
    let tree = roxmltree::Document::parse(text).unwrap();
    let leaf = |node: &roxmltree::Node<'_, '_>| node.is_element() && !node.children().any(|child| child.is_element());
    tree.descendants().filter(leaf).map(|node| format!("{} {:?}", node.tag_name().name(), node.text())).collect()
}

#[test]
fn single_messages_are_distinct_and_of_the_promised_size() {
    let pool = messages::pool(512, Style::default());
    let distinct: HashSet<Vec<String>> = pool.iter().map(|document| content(document)).collect();
    assert_eq!(distinct.len(), 512);
    for document in &pool {
        assert!(messages::SINGLE_BYTES.contains(&document.len()), "{} bytes", document.len());
    }
}

#[test]
fn a_pool_is_the_same_on_every_run() {
    assert_eq!(messages::pool(48, Style::default()), messages::pool(48, Style::default()));
}

#[test]
fn indentation_and_prefixes_change_no_content() {
    let plain = messages::samples(7, Style::default());
    for style in [
        Style { indented: true, ..Style::default() },
        Style { prefixed: true, ..Style::default() },
        Style { indented: true, prefixed: true, ..Style::default() },
    ] {
        for ((name, plain), (_, dressed)) in plain.iter().zip(messages::samples(7, style)) {
            assert_eq!(content(plain), content(&dressed), "{name} {style:?}");
        }
    }
}

#[test]
fn a_prefix_stands_on_every_element_and_accents_stand_throughout() {
    let prefixed = messages::samples(3, Style { prefixed: true, ..Style::default() });
    let accented = messages::samples(3, Style { accented: true, ..Style::default() });
    for ((name, prefixed), (_, accented)) in prefixed.iter().zip(&accented) {
        let text = std::str::from_utf8(prefixed).unwrap();
        let document = &text[text.find(":Document ").unwrap_or_else(|| panic!("{name}: no prefix"))..];
        let start_tags =
            document.match_indices('<').filter(|&(at, _)| document[at + 1..].starts_with(char::is_alphabetic));
        for (at, _) in start_tags {
            let end = at + document[at..].find(['>', ' ']).unwrap();
            assert!(document[at..end].contains(':'), "{name}: {}", &document[at..end]);
        }
        assert!(!accented.is_ascii(), "{name}");
    }
}

/// What is wrong with a leaf's value, judged by its name alone.
fn fault(name: &str, value: &str) -> Option<String> {
    let told = |error: &dyn std::fmt::Display| Some(error.to_string());
    match name {
        "IBAN" => Iban::new(value).err().and_then(|error| told(&error)),
        "LEI" => Lei::new(value).err().and_then(|error| told(&error)),
        "UETR" => Uetr::new(value).err().and_then(|error| told(&error)),
        "BICFI" => Bic::new(value).err().and_then(|error| told(&error)),
        "Ctry" | "CtryOfRes" | "CtryOfBirth" => Country::new(value).err().and_then(|error| told(&error)),
        _ => None,
    }
}

/// An amount is of an active currency and has no more decimals than that currency.
fn amount_fault(currency: &str, value: &str) -> Option<String> {
    match (Currency::new(currency), Amount::parse(value)) {
        (Ok(currency), Ok(amount)) if currency.is_active() => currency
            .minor_units()
            .filter(|most| amount.fraction_digits() > *most)
            .map(|most| format!("{value} {}: more than {most} decimals", currency.as_str())),
        _ => Some(format!("{value} {currency}")),
    }
}

#[test]
fn identifiers_and_amounts_are_true() {
    let mut seen = 0;
    let pool = messages::pool(240, Style::default());
    let samples = messages::samples(11, Style::default()).into_iter().map(|(_, document)| document);
    for document in pool.into_iter().chain(samples) {
        let text = std::str::from_utf8(&document).unwrap();
        let tree = roxmltree::Document::parse(text).unwrap();
        for node in tree.descendants().filter(|node| node.is_element()) {
            let (name, value) = (node.tag_name().name(), node.text().unwrap_or_default());
            let money = node.attribute("Ccy").and_then(|currency| amount_fault(currency, value));
            assert_eq!(money.or_else(|| fault(name, value)), None, "{name}");
            seen += usize::from(["IBAN", "LEI", "UETR", "BICFI"].contains(&name));
        }
    }
    assert!(seen > 1_000, "{seen} identifiers");
}

/// What the engine says: the faults of every header and document, and whether both were there and checked.
fn engine_faults(reader: &mut Reader, document: &[u8]) -> (Vec<String>, usize) {
    let mut input = Input::new(document.to_vec()).unwrap();
    let parts = reader.read(&mut input, &mut ());
    let whole = parts.iter().filter_map(|part| part.fault.as_ref());
    let elements = parts.iter().flat_map(|part| [&part.header, &part.document]).flatten();
    let of_schema = elements.clone().flat_map(|element| &element.faults.kept);
    let faults =
        whole.map(|fault| &**fault).chain(of_schema).chain(elements.clone().filter_map(|e| e.broken.as_deref()));
    (faults.map(|fault| format!("{fault:?}")).collect(), elements.filter(|element| element.supported).count())
}

#[test]
fn every_message_is_valid_in_every_dress() {
    let mut reader = Reader::new(payflow::message::schemas::embedded(), Limits::default());
    let dresses = (0..8).map(|i| Style { indented: i & 1 != 0, prefixed: i & 2 != 0, accented: i & 4 != 0 });
    for style in dresses {
        let headed = messages::pool(120, style).into_iter().map(|document| ("pool", document));
        for (name, document) in headed.chain(messages::samples(5, style)) {
            let (faults, walked) = engine_faults(&mut reader, &document);
            let expected = if name == "statement" { 1 } else { 2 };
            assert_eq!(
                (faults, walked),
                (Vec::new(), expected),
                "{name} {style:?}: {}",
                String::from_utf8_lossy(&document)
            );
        }
    }
}

#[test]
fn a_damaged_message_is_not_valid() {
    let mut reader = Reader::new(payflow::message::schemas::embedded(), Limits::default());
    for (name, document) in messages::samples(5, Style::default()) {
        let text = String::from_utf8(document).unwrap();
        let damaged = text.replacen("MsgId>", "MsgIdr>", 2);
        assert!(!engine_faults(&mut reader, damaged.as_bytes()).0.is_empty(), "{name}");
    }
}
