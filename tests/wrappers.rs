//! What stands around messages: every wrapper that is known, in every dialect.

#![allow(clippy::unwrap_used)] // A test may panic.

mod dialects;
mod random;

use dialects::rewrite;
use payflow::finding::Rule;
use payflow::pipeline::{Examined, Options, Validity, examine};
use random::Random;

const MESSAGE: &str = include_str!("../samples/pacs008/ok/cbpr-single-header-08.xml");

/// A part of the sample.
fn part(from: &str, to: &str) -> &'static str {
    &MESSAGE[MESSAGE.find(from).unwrap()..MESSAGE.find(to).unwrap() + to.len()]
}

fn header() -> &'static str {
    part("<AppHdr", "</AppHdr>")
}

fn document() -> &'static str {
    part("<Document", "</Document>")
}

/// Each wrapper, as start tags from the root inwards without the brackets; `|` is where the header stands, the document
/// stands innermost.
const WRAPPERS: &[&[&str]] = &[
    &["BusMsg", "|"],
    &["BizMsgEnvlp xmlns=\"urn:iso:std:iso:20022:tech:xsd:head.003.001.01\"", "Hdr", "|"],
    &["BusinessMessage", "|"],
    &["RequestPayload xmlns=\"urn:example:gateway\"", "|"],
    &["Envelope xmlns=\"urn:swift:xsd:envelope\"", "|"],
    &["FpsMsg xmlns=\"urn:example:fps\"", "|"],
    &["Message xmlns=\"urn:issettled\"", "|"],
    &["Saa:DataPDU xmlns:Saa=\"urn:swift:saa:xsd:saa.2.0\"", "Saa:Body", "|"],
    &["DataPDU xmlns=\"urn:swift:saa:xsd:saa.mxs.01\"", "Body", "|"],
    &["DataPDU xmlns=\"urn:swift:saa:xsd:saa.2.0\"", "Body", "|", "Payload"],
    &["Sw:SWIFTNetBusinessEnvelope xmlns:Sw=\"urn:swift:snl:ns.Sw\"", "Sw:Request", "Sw:Message", "|"],
    &[
        "FedNowIncoming xmlns=\"urn:fednow:incoming:v001\"",
        "FedNowIncomingMessage",
        "FedNowCustomerCreditTransfer",
        "|",
    ],
    &[
        "FedNowOutgoing xmlns=\"urn:fednow:outgoing:v001\"",
        "FedNowOutgoingMessage",
        "FedNowCustomerCreditTransfer",
        "|",
    ],
    &["FedwireFundsIncoming xmlns=\"urn:fedwirefunds:incoming:v001\"", "FedwireFundsCustomerCreditTransfer", "|"],
    &["FedwireFundsOutgoing xmlns=\"urn:fedwirefunds:outgoing:v001\"", "FedwireFundsCustomerCreditTransfer", "|"],
];

fn wrapped(tags: &[&str], header: &str, document: &str) -> String {
    let Some((tag, inner)) = tags.split_first() else { return document.to_owned() };
    match *tag {
        "|" => format!("{header}{}", wrapped(inner, header, document)),
        tag => {
            let name = tag.split(' ').next().unwrap_or(tag);
            format!("<{tag}><Info a=\"1\">x<y/></Info>{}</{name}>", wrapped(inner, header, document))
        }
    }
}

fn names(tags: &[&str]) -> Vec<String> {
    let local =
        |tag: &&str| tag.split(' ').next().and_then(|name| name.rsplit(':').next()).unwrap_or_default().to_owned();
    tags.iter().filter(|tag| **tag != "|").map(local).collect()
}

#[test]
fn each_wrapper_is_passed_over_in_every_dialect() {
    let mut random = Random::new(20_022);
    for tags in WRAPPERS {
        for (header, headed) in [(header(), true), ("", false)] {
            let input = wrapped(tags, header, document());
            for _ in 0..40 {
                let written = rewrite(input.as_bytes(), None, &mut random);
                let documents = examine(&written.bytes, Options::default());
                let [examined] = documents.as_slice() else { panic!("{}: {documents:#?}", written.text) };
                assert_eq!(examined.validity, Validity::Valid, "{}: {:#?}", written.text, examined.findings);
                let wrapper = examined.original.wrapper.as_ref().unwrap();
                let around: Vec<String> = wrapper.elements.iter().map(|(name, _)| name.to_string()).collect();
                assert_eq!((around, examined.original.header.is_some()), (names(tags), headed), "{}", written.text);
            }
        }
    }
}

/// Each document's findings; none is valid by its schema.
type Expected = &'static [&'static [Rule]];

fn found(documents: &[Examined]) -> Vec<Vec<Rule>> {
    documents.iter().map(|document| document.findings.iter().map(|finding| finding.rule).collect()).collect()
}

#[test]
fn what_is_no_message_or_more_than_one() {
    let (header, document) = (header(), document());
    let bare = part("<FIToFICstmrCdtTrf>", "</FIToFICstmrCdtTrf>");
    let faulty = document.replacen("<ChrgBr>", "<ChrgBr>X", 1);
    let renamed = |to: &str| document.replacen("urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08", to, 1);
    let inside = document.replacen(
        "</FIToFICstmrCdtTrf>",
        "<SplmtryData><Envlp><Document xmlns=\"urn:x\"><MsgId/></Document></Envlp></SplmtryData></FIToFICstmrCdtTrf>",
        1,
    );
    let deep = |depth: usize| format!("{}{document}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    let rows: Vec<(&str, String, Expected)> = vec![
        ("a document alone", document.to_owned(), &[&[]]),
        ("a header alone", header.to_owned(), &[&[Rule::XmlNoDocument]]),
        (
            "a message without its Document",
            format!("<Message xmlns=\"urn:tch\">{bare}</Message>"),
            &[&[Rule::XmlNoDocument]],
        ),
        (
            "a bare message",
            bare.replacen('>', " xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08\">", 1),
            &[&[Rule::XmlNoDocument]],
        ),
        ("a namespace of a scheme", renamed("https://www.bcb.gov.br/pi/pacs.008/1.13"), &[&[Rule::Unsupported]]),
        ("a wrong namespace", renamed("urn:iso:std:iso:20023:tech:xsd:pacs.008.001.08"), &[&[Rule::Unsupported]]),
        ("no namespace", renamed(""), &[&[Rule::Unsupported]]),
        ("a document inside of a document", inside, &[&[]]),
        (
            "several documents",
            format!("<a>{document}{faulty}<b>{document}</b></a>"),
            &[&[], &[Rule::XsdEnumeration], &[]],
        ),
        ("each with its header", format!("<a>{header}{document}{header}{document}</a>"), &[&[], &[]]),
        ("as deep as may be", deep(64), &[&[]]),
        ("deeper", deep(65), &[&[Rule::XmlLimit]]),
        ("text around it", format!("<a>text{document}<![CDATA[<]]></a>"), &[&[]]),
        ("broken behind it", format!("<a>{document}</b>"), &[&[Rule::XmlNotWellFormed]]),
    ];
    let mut random = Random::new(20_022);
    for (name, input, expected) in rows {
        let plain = examine(input.as_bytes(), Options { schema_only: true, ..Options::default() });
        assert_eq!(found(&plain), expected, "{name}: {plain:#?}");
        let named =
            |documents: &[Examined]| documents.iter().flat_map(|d| &d.findings).all(|f| f.text.contains("Document"));
        assert!(!expected.concat().contains(&Rule::XmlNoDocument) || named(&plain), "{name}: {plain:#?}");
        for _ in 0..20 {
            let written = rewrite(input.as_bytes(), None, &mut random);
            let documents = examine(&written.bytes, Options { schema_only: true, ..Options::default() });
            assert_eq!(found(&documents), expected, "{name}: {}", written.text);
        }
    }
}
