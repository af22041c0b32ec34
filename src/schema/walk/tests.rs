//! The walk on a small schema: one row per input, with the rule that it breaks and where.

mod messages;
mod recovery;

use std::sync::Arc;

use super::super::automaton::Automaton;
use super::super::binding::{Binding, Kind};
use super::super::sink::{Recorder, Sink};
use super::super::xsd;
use super::Walk;
use crate::finding::Rule;
use crate::xml::namespace::Scopes;
use crate::xml::scan::Window;
use crate::xml::{Limits, Stop};

const SCHEMA: &str = r###"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:t" targetNamespace="urn:t" elementFormDefault="qualified">
<xs:element name="Doc" type="Doc"/>
<xs:complexType name="Doc"><xs:sequence>
  <xs:element name="Id" type="Max4"/>
  <xs:element name="Amt" type="Amt" minOccurs="0"/>
  <xs:element name="On" type="Day" minOccurs="0" maxOccurs="2"/>
  <xs:choice><xs:element name="One" type="Code"/><xs:element name="Two" type="Code" maxOccurs="unbounded"/></xs:choice>
  <xs:element name="AVeryLongNameBeyondSixteen" type="Group" minOccurs="0" maxOccurs="unbounded"/>
  <xs:element name="Any" type="Envelope" minOccurs="0"/>
</xs:sequence></xs:complexType>
<xs:complexType name="Group"><xs:sequence><xs:element name="Nm" type="Max4" minOccurs="0"/><xs:element name="Nmb" type="Max4" minOccurs="0"/></xs:sequence></xs:complexType>
<xs:complexType name="Envelope"><xs:sequence><xs:any namespace="##any" processContents="lax"/></xs:sequence></xs:complexType>
<xs:complexType name="Amt"><xs:simpleContent><xs:extension base="Number"><xs:attribute name="Ccy" type="Ccy" use="required"/></xs:extension></xs:simpleContent></xs:complexType>
<xs:simpleType name="Number"><xs:restriction base="xs:decimal"><xs:totalDigits value="18"/><xs:fractionDigits value="5"/><xs:minInclusive value="0"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Ccy"><xs:restriction base="xs:string"><xs:pattern value="[A-Z]{3,3}"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Max4"><xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="4"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Day"><xs:restriction base="xs:date"/></xs:simpleType>
<xs:simpleType name="Code"><xs:restriction base="xs:string"><xs:enumeration value="AAAA"/><xs:enumeration value="BBBB"/></xs:restriction></xs:simpleType>
</xs:schema>"###;

const BINDINGS: &[Binding] = &[
    Binding { slot: 1, name: "Id", paths: &["Id"], kind: Kind::Field { personal: false } },
    Binding { slot: 2, name: "Amount", paths: &["Amt"], kind: Kind::Field { personal: false } },
    Binding { slot: 3, name: "Currency", paths: &["Amt/@Ccy"], kind: Kind::Field { personal: false } },
    Binding { slot: 4, name: "Group", paths: &["AVeryLongNameBeyondSixteen"], kind: Kind::Group(INNER) },
];

const INNER: &[Binding] = &[Binding { slot: 5, name: "Name", paths: &["Nm"], kind: Kind::Field { personal: true } }];

fn automaton() -> Arc<Automaton> {
    let schema = xsd::read_single("test.xsd", SCHEMA).unwrap();
    Arc::new(Automaton::compile(&schema, "Doc", BINDINGS).unwrap())
}

/// What the sink was told, as text.
#[derive(Default)]
struct Log(Vec<String>);

impl Sink for Log {
    fn begin(&mut self, slot: u16, _: usize) {
        self.0.push(format!("{slot}("));
    }
    fn field(&mut self, slot: u16, value: &[u8], _: usize) {
        self.0.push(format!("{slot}={}", String::from_utf8_lossy(value)));
    }
    fn decoded(&mut self, slot: u16, value: &[u8], at: usize) {
        self.field(slot, value, at);
    }
    fn end(&mut self, slot: u16) {
        self.0.push(format!("{slot})"));
    }
}

fn walk(text: &str) -> (Result<usize, Stop>, String) {
    let mut log = Log::default();
    let mut walk = Walk::new(automaton());
    walk.begin(&Scopes::default());
    let end = walk.run(&Window::new(text.as_bytes().to_vec()), &mut 0, &Limits::default(), &mut log);
    (first(&mut walk, end), log.0.join(" "))
}

/// How a walk ended: with the first fault in the document, where there is one.
fn first<T>(walk: &mut Walk, end: Result<T, Stop>) -> Result<T, Stop> {
    match walk.take_faults().kept.into_iter().min_by_key(|fault| fault.at) {
        Some(fault) => Err(fault.into()),
        None => end,
    }
}

/// Walks in windows of a few bytes each, which grow where a token does not fit.
fn walk_in_windows(text: &str, step: usize) -> (Result<(), Stop>, String) {
    let mut log = Log::default();
    let mut walk = Walk::new(automaton());
    walk.begin(&Scopes::default());
    let (mut window, mut from, mut base, mut rest) = (Window::new(Vec::new()), 0, 0, text.as_bytes());
    loop {
        match walk.run(&window, &mut from, &Limits::default(), &mut log) {
            Err(Stop::Incomplete) if !rest.is_empty() => {
                let mut read = |space: &mut [u8]| {
                    let len = space.len().min(rest.len());
                    space[..len].copy_from_slice(&rest[..len]);
                    rest = &rest[len..];
                    Ok::<_, ()>(len)
                };
                window.slide(from, step, &mut read).unwrap();
                base += from;
                walk.window_begins_at(base);
                from = 0;
            }
            end => return (first(&mut walk, end.map(|_| ())), log.0.join(" ")),
        }
    }
}

const XSI: &str = "xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:s='http://www.w3.org/2001/XMLSchema'";

fn any(content: &str) -> String {
    doc(&format!("<Id>a</Id><One>AAAA</One><Any>{content}</Any>"))
}

fn group(content: &str) -> String {
    format!("<Id>a</Id><One>AAAA</One><AVeryLongNameBeyondSixteen>{content}</AVeryLongNameBeyondSixteen>")
}

fn doc(body: &str) -> String {
    format!("<Doc xmlns=\"urn:t\">{body}</Doc>")
}

#[test]
fn good_documents() {
    let long = "<AVeryLongNameBeyondSixteen><Nm>é</Nm></AVeryLongNameBeyondSixteen>";
    let cases: Vec<(String, &str)> = vec![
        (doc("<Id>a</Id><One>AAAA</One>"), "1=a"),
        (doc("\n  <Id>a</Id>\r\n\t<One>AAAA</One>\n"), "1=a"),
        (doc("<Id>a</Id><Amt Ccy=\"EUR\">1.5</Amt><Two>AAAA</Two><Two>BBBB</Two>"), "1=a 3=EUR 2=1.5"),
        (doc("<Id>a</Id><Amt  Ccy = 'EUR' >0001.5</Amt ><One>AAAA</One>"), "1=a 3=EUR 2=0001.5"),
        (doc("<Id>&lt;&#65;&#x42;</Id><One>AA<![CDATA[AA]]></One>"), "1=<AB"),
        (doc("<Id>a<!-- - -->b<?x y?></Id><!-- c --><?pi?><One>AAAA</One>"), "1=ab"),
        (doc("<Id>a\r\nb</Id><One>AAAA</One>"), "1=a\nb"),
        (doc("<Id>äöüß</Id><On>2026-11-22</On><On>2026-11-23Z</On><One>AAAA</One>"), "1=äöüß"),
        (doc(&format!("<Id>a</Id><One>AAAA</One>{long}{long}")), "1=a 4( 5=é 4) 4( 5=é 4)"),
        (doc("<Id>a</Id><One>AAAA</One><AVeryLongNameBeyondSixteen/>"), "1=a 4( 4)"),
        (
            doc("<Id>a</Id><One>AAAA</One><AVeryLongNameBeyondSixteen><Nmb>b</Nmb></AVeryLongNameBeyondSixteen>"),
            "1=a 4( 4)",
        ),
        (
            "<p:Doc xmlns:p=\"urn:t\"><p:Id>a</p:Id><p:Amt Ccy=\"EUR\">1</p:Amt><p:One>AAAA</p:One></p:Doc>".into(),
            "1=a 3=EUR 2=1",
        ),
        (
            "<p:Doc xmlns:p=\"urn:t\" xmlns:q=\"urn:t\"><q:Id>a</q:Id><p:One xmlns:q=\"urn:u\">AAAA</p:One></p:Doc>"
                .into(),
            "1=a",
        ),
        (doc("<p:Id xmlns:p=\"urn:t\">a</p:Id><One xmlns=\"urn:t\">AAAA</One>"), "1=a"),
        (
            doc(
                "<Id>a</Id><One>AAAA</One><p:AVeryLongNameBeyondSixteen xmlns:p=\"urn:t\" xmlns=\"urn:u\"><p:Nm>b</p:Nm></p:AVeryLongNameBeyondSixteen>",
            ),
            "1=a 4( 5=b 4)",
        ),
        (doc("<Id xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:type=\"Max4\">a</Id><One>AAAA</One>"), "1=a"),
        (doc("<Id>a</Id><One>AAAA</One><Any><x a='1'>t<y xmlns=''/>&amp;</x></Any>"), "1=a"),
        (doc("<Id>a</Id><One>AAAA</One><Any><Doc><Id>b</Id><One>BBBB</One></Doc></Any>"), "1=a"),
        (any(&format!("<x {XSI} i:type='s:string'>a</x>")), "1=a"),
        (any(&format!("<x {XSI} i:type='s:anyType'><y a='1'/>t</x>")), "1=a"),
        (any(&format!("<x {XSI} i:type='s:date' i:nil='false'>2026-01-01</x>")), "1=a"),
        (any(&format!("<x {XSI} i:type='Max4'>a</x>")), "1=a"),
        (doc("<Id>&#0000000000000000000000000000000000000000000065;</Id><One>AAAA</One>"), "1=A"),
        (doc("<Id>a</Id><One>AAAA</One><Any><x><Id>a</Id><Nm>b</Nm><Nm>c</Nm></x></Any>"), "1=a"),
    ];
    for (text, fields) in cases {
        let (end, log) = walk(&text);
        assert_eq!((end, log.as_str()), (Ok(text.len()), fields), "{text}");
        for step in [1, 2, 7, 64, 1000] {
            assert_eq!(walk_in_windows(&text, step), (Ok(()), fields.to_owned()), "{step} {text}");
        }
    }
}

#[test]
fn faults_and_their_places() {
    use Rule::*;
    let xsi = "xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"";
    // body, rule, the text at the fault's place
    let cases: Vec<(String, Rule, &str)> = vec![
        ("<One>AAAA</One>".into(), XsdMissingElement, "<One>"),
        ("<Id>a</Id>".into(), XsdMissingElement, "</Doc>"),
        ("<Id>a</Id><Id>b</Id><One>AAAA</One>".into(), XsdTooMany, "<Id>b"),
        ("<Id>a</Id><One>AAAA</One><Two>AAAA</Two>".into(), XsdUnexpectedElement, "<Two>"),
        ("<Id>a</Id><One>AAAA</One><Amt Ccy=\"EUR\">1</Amt>".into(), XsdUnexpectedElement, "<Amt"),
        ("<Id>a</Id><Foo/><One>AAAA</One>".into(), XsdUnexpectedElement, "<Foo"),
        // Where nothing may follow, the first element of the model may not either, nor any in a value or a wildcard.
        (format!("<Id>a</Id><One>AAAA</One><Any><x/></Any>{}", "<Id>a</Id>"), XsdUnexpectedElement, "<Id>a</Id><"),
        (group("<Nm>a</Nm><Nmb>a</Nmb><Nm>a</Nm>"), XsdUnexpectedElement, "<Nm>a</Nm></"),
        (
            "<Id>a</Id><One>AAAA</One><Any><Doc><Id>a</Id><One>AAAA</One><Any><x/></Any><Id>b</Id></Doc></Any>".into(),
            XsdUnexpectedElement,
            "<Id>b",
        ),
        (
            "<Id>a</Id><On>2026-01-01</On><On>2026-01-01</On><On>2026-01-03</On><One>AAAA</One>".into(),
            XsdTooMany,
            "<On>2026-01-03",
        ),
        ("<Id></Id><One>AAAA</One>".into(), XsdLength, "</Id>"),
        ("<Id/><One>AAAA</One>".into(), XsdLength, "<Id/>"),
        ("<Id>abcde</Id><One>AAAA</One>".into(), XsdLength, "abcde"),
        ("<Id>a</Id><Amt Ccy=\"EUR\">1,5</Amt><One>AAAA</One>".into(), XsdType, "1,5"),
        ("<Id>a</Id><Amt Ccy=\"EUR\">1.123456</Amt><One>AAAA</One>".into(), XsdDigits, "1.1"),
        ("<Id>a</Id><Amt Ccy=\"EUR\">-1</Amt><One>AAAA</One>".into(), XsdRange, "-1"),
        ("<Id>a</Id><Amt Ccy=\"eur\">1</Amt><One>AAAA</One>".into(), XsdPattern, "eur"),
        ("<Id>a</Id><Amt>1</Amt><One>AAAA</One>".into(), XsdAttribute, "<Amt"),
        ("<Id>a</Id><Amt Ccy=\"EUR\" Foo=\"1\">1</Amt><One>AAAA</One>".into(), XsdAttribute, "Foo"),
        ("<Id>a</Id><Amt Ccy=\"EUR\" x:Foo=\"1\">1</Amt><One>AAAA</One>".into(), XmlNotWellFormed, "x:Foo"),
        ("<Id xml:lang=\"de\">a</Id><One>AAAA</One>".into(), XsdAttribute, "xml:lang"),
        ("<Id>a</Id><On>2026-02-29</On><One>AAAA</One>".into(), XsdType, "2026-02-29"),
        ("<Id>a</Id><One>CCCC</One>".into(), XsdEnumeration, "CCCC"),
        ("<Id>a</Id>text<One>AAAA</One>".into(), XsdText, "text"),
        ("<Id>a</Id>  &amp;<One>AAAA</One>".into(), XsdText, "&amp;"),
        ("<Id>a<b/></Id><One>AAAA</One>".into(), XsdUnexpectedElement, "<b/>"),
        ("<Id xmlns=\"urn:u\">a</Id><One>AAAA</One>".into(), XsdUnexpectedElement, "<Id"),
        (format!("<Id {xsi} i:nil=\"false\">a</Id><One>AAAA</One>"), XsdInstance, "i:nil"),
        (format!("<Id {xsi} i:type=\"Code\">a</Id><One>AAAA</One>"), XsdInstance, "i:type"),
        ("<Id>a</Id><One>AAAA</One><Any/>".into(), XsdMissingElement, "<Any/>"),
        ("<Id>a</Id><One>AAAA</One><Any><x/><y/></Any>".into(), XsdUnexpectedElement, "<y/>"),
        (
            "<Id>a</Id><One>AAAA</One><Any><x><Doc xmlns=\"urn:t\"><One>AAAA</One></Doc></x></Any>".into(),
            XsdMissingElement,
            "<One>AAAA</One></Doc>",
        ),
        (format!("<Id>a</Id><One>AAAA</One><Any><x {XSI} i:type='s:date'>a</x></Any>"), XsdType, "a</x>"),
        (format!("<Id>a</Id><One>AAAA</One><Any><x {XSI} i:type='s:no'>a</x></Any>"), XsdInstance, "i:type"),
        (format!("<Id>a</Id><One>AAAA</One><Any><x {XSI} i:type='Max4'>abcde</x></Any>"), XsdLength, "abcde"),
        ("<Id>a</One>".into(), XmlNotWellFormed, "</One>"),
        ("<Id>a</Id></One>".into(), XmlNotWellFormed, "</One>"),
        ("<Id>&foo;</Id><One>AAAA</One>".into(), XmlNotWellFormed, "&foo;"),
        ("<Id>a & b</Id><One>AAAA</One>".into(), XmlNotWellFormed, "& b"),
        ("<Id>]]></Id><One>AAAA</One>".into(), XmlNotWellFormed, "]]>"),
        ("<Id>\u{1}</Id><One>AAAA</One>".into(), XmlNotWellFormed, "\u{1}"),
        ("<Id>\u{0}</Id><One>AAAA</One>".into(), XmlNotWellFormed, "\u{0}"),
        ("<Id>\u{FFFE}</Id><One>AAAA</One>".into(), XmlNotWellFormed, "\u{FFFE}"),
        ("<!-- a -- b --><Id>a</Id><One>AAAA</One>".into(), XmlNotWellFormed, "-- b"),
        ("<Id a='1' a='2'>a</Id><One>AAAA</One>".into(), XmlNotWellFormed, "a='2'"),
        ("<Id a=1>a</Id><One>AAAA</One>".into(), XmlNotWellFormed, "1>"),
        ("<q:Id>a</q:Id><One>AAAA</One>".into(), XmlNotWellFormed, "q:Id"),
        ("<!DOCTYPE x><Id>a</Id><One>AAAA</One>".into(), XmlDoctype, "<!DOCTYPE"),
        ("<?xml version=\"1.0\"?><Id>a</Id><One>AAAA</One>".into(), XmlNotWellFormed, "<?xml"),
    ];
    for (body, rule, place) in cases {
        let text = doc(&body);
        let (end, _) = walk(&text);
        let Err(Stop::Bad(fault)) = end else { panic!("{text}: {end:?}") };
        assert_eq!(fault.rule, rule, "{text}: {fault:?}");
        assert!(text[fault.at..].starts_with(place), "{text}: {place} is not at {}: {fault:?}", &text[fault.at..]);
        assert!(matches!(walk_in_windows(&text, 3).0, Err(Stop::Bad(_))), "{text}");
        let cut = &text[..fault.at.min(text.len())];
        assert!(matches!(walk(cut).0, Err(Stop::Incomplete)), "{cut}");
    }
}

#[test]
fn personal_values_are_masked() {
    let long = "Somebody";
    let text = doc(&format!(
        "<Id>a</Id><One>AAAA</One><AVeryLongNameBeyondSixteen><Nm>{long}</Nm></AVeryLongNameBeyondSixteen>"
    ));
    let (end, _) = walk(&text);
    let Err(Stop::Bad(fault)) = end else { panic!("{end:?}") };
    assert!(!format!("{fault:?}").contains(long), "{fault:?}");
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| {
        doc(&format!("<Id>a</Id><One>AAAA</One><Any>{}{}</Any>", "<x>".repeat(depth), "</x>".repeat(depth)))
    };
    assert!(walk(&nested(62)).0.is_ok());
    let (end, _) = walk(&nested(63));
    assert!(matches!(end, Err(Stop::Bad(fault)) if fault.rule == Rule::XmlLimit));
}

#[test]
fn a_record_has_its_groups() {
    let text =
        doc("<Id>a&amp;b</Id><One>AAAA</One><AVeryLongNameBeyondSixteen><Nm>b</Nm></AVeryLongNameBeyondSixteen>");
    let window = Window::new(text.into_bytes());
    let mut recorder = Recorder::default();
    let mut walk = Walk::new(automaton());
    walk.begin(&Scopes::default());
    walk.run(&window, &mut 0, &Limits::default(), &mut recorder).unwrap();
    let record = recorder.record(window.bytes(), 0);
    let root = record.root();
    assert_eq!(root.text(1), Some("a&b"));
    assert_eq!(root.group(4).and_then(|group| group.text(5)), Some("b"));
    assert_eq!(root.text(5), None);
    assert_eq!(root.get(1).map(|value| value.at), Some(23));
}
