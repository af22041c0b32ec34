//! An acknowledgment in a few words, read from its XML as any receiver would read it. Must not know how it was written.

use quick_xml::Reader;
use quick_xml::events::Event;

/// What an acknowledgment says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Gist {
    /// The message definition, such as `pacs.002.001.10`.
    pub(crate) message: String,
    /// The status, or for a refusal the code of its reason.
    pub(crate) status: String,
    /// The id of the message it answers.
    pub(crate) about: String,
    /// The codes of its reasons, each once.
    pub(crate) reasons: Vec<String>,
    /// What it says in words.
    pub(crate) text: Vec<String>,
}

/// The gist of an acknowledgment. What is missing stays empty.
pub(crate) fn gist(xml: &[u8]) -> Gist {
    let mut gist = Gist::default();
    let leaves = leaves(xml, &mut gist.message);
    let first = |name: &str| leaves.iter().find(|(path, _)| last(path) == name).map(|(_, text)| text.clone());
    gist.status = ["GrpSts", "TxSts", "RjctgPtyRsn", "StsCd"].iter().find_map(|name| first(name)).unwrap_or_default();
    gist.about = ["OrgnlMsgId", "Ref"].iter().find_map(|name| first(name)).unwrap_or_default();
    for (path, text) in &leaves {
        let reason = path.ends_with("/Rsn/Cd") || path.ends_with("/Rsn/Prtry");
        if reason && !gist.reasons.contains(text) {
            gist.reasons.push(text.clone());
        }
        if ["AddtlInf", "RsnDesc"].contains(&last(path)) {
            gist.text.push(text.clone());
        }
    }
    gist
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Every element with text below the Document: its path and the text. The namespace of the Document names the message.
fn leaves(xml: &[u8], message: &mut String) -> Vec<(String, String)> {
    let mut reader = Reader::from_reader(xml);
    let (mut path, mut text, mut out) = (Vec::<String>::new(), String::new(), Vec::new());
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                let name = start.local_name().as_ref().to_owned();
                if name == "Document" {
                    let namespace = start.attributes().flatten().find(|a| a.key.as_ref().starts_with("xmlns"));
                    let namespace = namespace.map(|a| a.value.into_owned());
                    *message = namespace.and_then(|n| n.rsplit(':').next().map(str::to_owned)).unwrap_or_default();
                    path.clear();
                }
                path.push(name);
                text.clear();
            }
            Ok(Event::Text(part)) => text.push_str(&part),
            Ok(Event::GeneralRef(name)) => text.push_str(entity(&name)),
            Ok(Event::End(_)) => {
                if !text.is_empty() && path.first().is_some_and(|root| root == "Document") {
                    out.push((path.join("/"), std::mem::take(&mut text)));
                }
                path.pop();
            }
            Ok(Event::Eof) | Err(_) => return out,
            Ok(_) => {}
        }
    }
}

fn entity(name: &str) -> &'static str {
    match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        _ => "\u{fffd}",
    }
}

/// The XML with one element a line, for a person.
pub(crate) fn indented(xml: &[u8]) -> String {
    let mut reader = Reader::from_reader(xml);
    let mut writer = quick_xml::Writer::new_with_indent(Vec::new(), b' ', 2);
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return String::from_utf8_lossy(&writer.into_inner()).into_owned(),
            Ok(event) => match writer.write_event(event) {
                Ok(()) => {}
                Err(_) => return String::from_utf8_lossy(xml).into_owned(),
            },
            Err(_) => return String::from_utf8_lossy(xml).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REJECTED: &str = "<?xml version=\"1.0\"?><BusMsg><AppHdr><BizMsgIdr>X</BizMsgIdr></AppHdr>\
        <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10\"><FIToFIPmtStsRpt>\
        <OrgnlGrpInfAndSts><OrgnlMsgId>A&amp;B</OrgnlMsgId><GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>AC01</Cd></Rsn>\
        <AddtlInf>iso.IBAN</AddtlInf></StsRsnInf><StsRsnInf><Rsn><Cd>AC01</Cd></Rsn></StsRsnInf></OrgnlGrpInfAndSts>\
        </FIToFIPmtStsRpt></Document></BusMsg>";

    #[test]
    fn reads_what_a_receiver_reads() {
        let expected = Gist {
            message: "pacs.002.001.10".to_owned(),
            status: "RJCT".to_owned(),
            about: "A&B".to_owned(),
            reasons: vec!["AC01".to_owned()],
            text: vec!["iso.IBAN".to_owned()],
        };
        assert_eq!(gist(REJECTED.as_bytes()), expected);
        assert_eq!(gist(b"<no").message, "");
    }

    #[test]
    fn indents_for_a_person() {
        assert_eq!(indented(b"<a><b>x</b><c/></a>"), "<a>\n  <b>x</b>\n  <c/>\n</a>");
    }
}
