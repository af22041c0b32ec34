//! Each way in which the walk goes on behind a fault: one row per document, with all its faults and nothing else.

use std::sync::Arc;

use super::super::super::automaton::Automaton;
use super::super::super::xsd;
use super::super::Walk;
use crate::finding::Rule::{self, *};
use crate::xml::namespace::Scopes;
use crate::xml::scan::Window;
use crate::xml::{Faults, Limits, Stop};

const SCHEMA: &str = r###"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:t" targetNamespace="urn:t" elementFormDefault="qualified">
<xs:element name="Doc" type="Doc"/>
<xs:complexType name="Doc"><xs:sequence>
  <xs:element name="A" type="Code"/>
  <xs:element name="B" type="Code" minOccurs="0"/>
  <xs:element name="C" type="Code" minOccurs="0"/>
  <xs:element name="D" type="Code"/>
  <xs:choice><xs:element name="One" type="Code"/><xs:element name="Two" type="Code"/></xs:choice>
  <xs:element name="Group" type="Group" minOccurs="0" maxOccurs="2"/>
  <xs:element name="H" type="Code" minOccurs="0" maxOccurs="unbounded"/>
  <xs:element name="Amt" type="Amt" minOccurs="0"/>
  <xs:element name="LongName" type="Group" minOccurs="0"/>
  <xs:element name="Any" type="Any" minOccurs="0"/>
  <xs:element name="K" type="Code"/>
</xs:sequence></xs:complexType>
<xs:complexType name="Group"><xs:sequence><xs:element name="X" type="Code"/><xs:element name="Y" type="Code"/><xs:element name="Z" type="Code" minOccurs="0"/></xs:sequence></xs:complexType>
<xs:complexType name="Any"><xs:sequence><xs:any namespace="##any" processContents="lax"/></xs:sequence></xs:complexType>
<xs:complexType name="Amt"><xs:simpleContent><xs:extension base="Number"><xs:attribute name="Ccy" type="Code" use="required"/></xs:extension></xs:simpleContent></xs:complexType>
<xs:simpleType name="Number"><xs:restriction base="xs:decimal"><xs:fractionDigits value="2"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Code"><xs:restriction base="xs:string"><xs:enumeration value="GOOD"/></xs:restriction></xs:simpleType>
</xs:schema>"###;

/// Short for a document: `A` is an element with a good value, `a` one with a wrong value; all else stands as it is.
fn document(short: &str) -> String {
    let spelled = short.split(' ').map(|word| match word {
        "A" | "B" | "C" | "D" | "H" | "K" | "X" | "Y" | "Z" | "One" | "Two" => format!("<{word}>GOOD</{word}>"),
        "a" | "b" | "c" | "d" | "h" | "k" | "x" | "y" | "z" => format!("<{0}>bad</{0}>", word.to_uppercase()),
        _ => word.to_owned(),
    });
    format!("<Doc xmlns=\"urn:t\">{}</Doc>", spelled.collect::<String>())
}

fn automaton() -> Arc<Automaton> {
    Arc::new(Automaton::compile(&xsd::read_single("test.xsd", SCHEMA).unwrap(), "Doc", &[]).unwrap())
}

fn walk(text: &str, step: usize, limits: &Limits) -> (Result<(), Stop>, Faults) {
    let mut walk = Walk::new(automaton());
    walk.begin(&Scopes::default());
    let (mut window, mut from, mut base, mut rest) = (Window::new(Vec::new()), 0, 0, text.as_bytes());
    loop {
        match walk.run(&window, &mut from, limits, &mut ()) {
            Err(Stop::Incomplete) if !rest.is_empty() => {
                let mut read = |space: &mut [u8]| {
                    let (now, later) = rest.split_at(space.len().min(rest.len()));
                    space[..now.len()].copy_from_slice(now);
                    rest = later;
                    Ok::<_, ()>(now.len())
                };
                window.slide(from, step, &mut read).unwrap();
                base += from;
                walk.window_begins_at(base);
                from = 0;
            }
            end => return (end.map(|_| ()), walk.take_faults()),
        }
    }
}

#[track_caller]
fn check(short: &str, expected: &[(Rule, &str)]) {
    let text = document(short);
    let (end, faults) = walk(&text, 1 << 16, &Limits::default());
    assert_eq!(end, Ok(()), "{text}");
    let found: Vec<(Rule, &str)> = faults.kept.iter().map(|f| (f.rule, &text[f.at..f.at + f.len])).collect();
    let starts = |(found, expected): (&(Rule, &str), &(Rule, &str))| {
        found.0 == expected.0 && found.1.starts_with(expected.1) && (found.1.is_empty() == expected.1.is_empty())
    };
    let same = found.len() == expected.len() && found.iter().zip(expected).all(starts);
    assert!(same, "{text}\nfound {:#?}\nexpected {expected:#?}", faults.kept);
    for step in [1, 5, 64] {
        assert_eq!(walk(&text, step, &Limits::default()), (Ok(()), faults.clone()), "windows of {step}: {text}");
    }
}

#[test]
fn missing_elements() {
    check("A B C D One K", &[]);
    check("D One K", &[(XsdMissingElement, "<D>")]);
    check("A One K", &[(XsdMissingElement, "<One>")]);
    check("A K", &[(XsdMissingElement, "<K>"), (XsdMissingElement, "<K>")]);
    check("A D One", &[(XsdMissingElement, "</Doc>")]);
    check("", &[(XsdMissingElement, "</Doc>")]);
    check("A D One <Group> Y </Group> K", &[(XsdMissingElement, "<Y>")]);
    check("A D One <Group/> K", &[(XsdMissingElement, "<Group/>")]);
    check("A D", &[(XsdMissingElement, "</Doc>"); 2]);
    check("A D One <Group> x </Group> K", &[(XsdEnumeration, "bad"), (XsdMissingElement, "</Group>")]);
}

#[test]
fn unknown_elements() {
    check("A <Foo> b <Bar/>text</Foo> D One K", &[(XsdUnexpectedElement, "<Foo>")]);
    check("A <Foo/> <Bar/> D One K", &[(XsdUnexpectedElement, "<Foo/>"), (XsdUnexpectedElement, "<Bar/>")]);
    // Under a wrong name: what it should be is not missing besides.
    check("A <Foo>GOOD</Foo> One K", &[(XsdUnexpectedElement, "<Foo>")]);
    check("A D One <Foo>GOOD</Foo>", &[(XsdUnexpectedElement, "<Foo>")]);
    check("A D One <Group> <P/> Y </Group> K", &[(XsdUnexpectedElement, "<P/>")]);
    check("A D One <Group> X <P/> Y </Group> K", &[(XsdUnexpectedElement, "<P/>")]);
    // Misspelt: what is in it is looked at.
    check("A D One <group> x Y </group> K", &[(XsdUnexpectedElement, "<group>"), (XsdEnumeration, "bad")]);
    check(
        "A D One <LonggName> x Y </LonggName> k",
        &[(XsdUnexpectedElement, "<LonggName>"), (XsdEnumeration, "bad"), (XsdEnumeration, "bad")],
    );
    check(
        "A D One <Gruop> X Y </Gruop> <Group> X Y </Group> <Group> X Y </Group> K",
        &[(XsdUnexpectedElement, "<Gruop>"), (XsdTooMany, "<Group>")],
    );
}

#[test]
fn misplaced_elements() {
    // Swapped: the first place where no valid document goes on.
    check("D A One K", &[(XsdUnexpectedElement, "<D>")]);
    check("A C B D One K", &[(XsdUnexpectedElement, "<B>")]);
    check("A C B d One K", &[(XsdUnexpectedElement, "<B>"), (XsdEnumeration, "bad")]);
    // Too early, with one, two or no required ones before it.
    check("B A C D One K", &[(XsdUnexpectedElement, "<B>")]);
    check("One A B C D K", &[(XsdUnexpectedElement, "<One>")]);
    check("A K B C D One", &[(XsdUnexpectedElement, "<K>")]);
    check("A D One K H H", &[(XsdUnexpectedElement, "<H>")]);
    // Too late.
    check("D One A K", &[(XsdUnexpectedElement, "<D>")]);
    check("A D One B K", &[(XsdUnexpectedElement, "<B>")]);
    check("A D One b K", &[(XsdUnexpectedElement, "<B>"), (XsdEnumeration, "bad")]);
    check("A One H H K D", &[(XsdUnexpectedElement, "<One>")]);
    check("A D One <Group> Y X </Group> K", &[(XsdUnexpectedElement, "<Y>")]);
    check("A D One <Group> Y X Z </Group> K", &[(XsdUnexpectedElement, "<Y>")]);
    check("A D One <Group> X Z Y </Group> K", &[(XsdUnexpectedElement, "<Z>")]);
}

#[test]
fn surplus_elements() {
    check("A A D One K", &[(XsdTooMany, "<A>")]);
    check("A a A D One K", &[(XsdTooMany, "<A>"), (XsdEnumeration, "bad"), (XsdTooMany, "<A>")]);
    let group = "<Group> X Y </Group>";
    check(&format!("A D One {group} {group} {group} {group} K"), &[(XsdTooMany, "<Group>"); 2]);
    check("A D One K K", &[(XsdTooMany, "<K>")]);
}

#[test]
fn both_branches_of_a_choice() {
    check("A D One Two K", &[(XsdUnexpectedElement, "<Two>")]);
    check("A D Two One K", &[(XsdUnexpectedElement, "<One>")]);
    check(
        "A D One <Two>bad</Two> H k",
        &[(XsdUnexpectedElement, "<Two>"), (XsdEnumeration, "bad"), (XsdEnumeration, "bad")],
    );
}

#[test]
fn values_attributes_and_text() {
    check("a b C d One k", &[(XsdEnumeration, "bad"); 4]);
    check("<A><B/>x</A> b D One K", &[(XsdUnexpectedElement, "<B/>"), (XsdEnumeration, "bad")]);
    check("<A/> D One K", &[(XsdEnumeration, "<A/>")]);
    check("<A></A> D One K", &[(XsdEnumeration, "")]);
    check("A D One <Amt>1</Amt> K", &[(XsdAttribute, "<Amt>")]);
    check("A D One <Amt\nccy='GOOD'>1</Amt> K", &[(XsdAttribute, "ccy='GOOD'")]);
    check(
        "A D One <Amt\nCcy='GOOD'\nq='1'\nr='2'>1,5</Amt> K",
        &[(XsdAttribute, "q='1'"), (XsdAttribute, "r='2'"), (XsdType, "1,5")],
    );
    check("A D One <Amt\nCcy='bad'>1.234</Amt> K", &[(XsdEnumeration, "bad"), (XsdDigits, "1.234")]);
    check("A text D One K", &[(XsdText, "text")]);
    check("A one<!--c-->two<?pi?><![CDATA[three]]> D four One K", &[(XsdText, "one"), (XsdText, "four")]);
    check("A D One H text H text H K", &[(XsdText, "text"); 2]);
    check("A D One <Group>text</Group> K", &[(XsdText, "text")]);
    check("A D One <Group>text X </Group> K", &[(XsdText, "text"), (XsdMissingElement, "</Group>")]);
}

#[test]
fn namespaces_and_wildcards() {
    check(
        "A D One <Group\nxmlns='urn:u'> x Y </Group> K",
        &[(XsdUnexpectedElement, "<Group"), (XsdEnumeration, "bad")],
    );
    check("A <B\nxmlns='urn:u'>GOOD</B> D One K", &[(XsdUnexpectedElement, "<B")]);
    check("A <p:P\nxmlns:p='urn:u'><p:Q/> a </p:P> D One K", &[(XsdUnexpectedElement, "<p:P")]);
    check("A D One <Any><p:P\nxmlns:p='urn:u'><p:Q/> a </p:P></Any> K", &[]);
    check("A D One <Any><Doc> D One K </Doc></Any> K", &[(XsdMissingElement, "<D>")]);
    check("A D One <Any><Q/><R/></Any> k", &[(XsdUnexpectedElement, "<R/>"), (XsdEnumeration, "bad")]);
    check("A D One <Any/> k", &[(XsdMissingElement, "<Any/>"), (XsdEnumeration, "bad")]);
    let xsi = "xmlns:i='http://www.w3.org/2001/XMLSchema-instance'";
    check(
        &format!("A D One <Any><Q\n{xsi}\ni:type='no'>x</Q></Any> k"),
        &[(XsdInstance, "i:type"), (XsdEnumeration, "bad")],
    );
    check(
        &format!("<A\n{xsi}\ni:nil='true'/> D One k"),
        &[(XsdInstance, "i:nil"), (XsdEnumeration, "<A"), (XsdEnumeration, "bad")],
    );
}

#[test]
fn many_faults_at_once() {
    let group = "<Group> y X </Group>";
    check(
        &format!("<Foo/> a C B text D One Two {group} {group} {group} <Amt>x</Amt> k"),
        &[
            (XsdUnexpectedElement, "<Foo/>"),
            (XsdEnumeration, "bad"),
            (XsdUnexpectedElement, "<B>"),
            (XsdText, "text"),
            (XsdUnexpectedElement, "<Two>"),
            (XsdUnexpectedElement, "<Y>"),
            (XsdEnumeration, "bad"),
            (XsdUnexpectedElement, "<Y>"),
            (XsdEnumeration, "bad"),
            (XsdTooMany, "<Group>"),
            (XsdUnexpectedElement, "<Y>"),
            (XsdEnumeration, "bad"),
            (XsdAttribute, "<Amt>"),
            (XsdType, "x"),
            (XsdEnumeration, "bad"),
        ],
    );
}

#[test]
fn faults_before_malformed_xml_are_kept() {
    for (short, expected) in [("a b <C", 2), ("a b </C>", 2), ("a <Foo>x & y</Foo>", 2), ("a <Foo", 1)] {
        let (end, faults) = walk(&document(short), 64, &Limits::default());
        assert!(matches!(end, Err(Stop::Bad(_))), "{short}: {end:?}");
        assert_eq!(faults.kept.len(), expected, "{short}: {:#?}", faults.kept);
    }
}

#[test]
fn beyond_the_limit_faults_are_counted() {
    let text = document(&format!("D A One {}K", "h ".repeat(500)));
    for findings in [1, 7, 501] {
        let (_, faults) = walk(&text, 64, &Limits { findings, ..Limits::default() });
        assert_eq!((faults.kept.len(), faults.more), (findings, 501 - findings as u64));
    }
    // What is taken back is not counted either.
    let (_, faults) = walk(&document("a One A D K"), 64, &Limits { findings: 1, ..Limits::default() });
    assert_eq!((faults.kept.len(), faults.more), (1, 2), "{faults:#?}");
}
