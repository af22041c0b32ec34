//! The reader of XML Schema files: what it takes, what it refuses and with which words, and that it takes every official
//! file.

mod skip;

use std::borrow::Cow;
use std::path::PathBuf;

use payflow::schema::model::{Base, Facets, Simple, Type};
use payflow::schema::xsd;

const HEAD: &str = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns='urn:t' targetNamespace='urn:t' elementFormDefault='qualified'>\n";

fn schema(body: &str) -> String {
    format!("{HEAD}{body}\n</xs:schema>")
}

/// The body of a schema, which begins on line 2, and what is said about it.
#[rustfmt::skip]
const REFUSED: &[(&str, &str)] = &[
    // At the top.
    ("<xs:import namespace='urn:o'/>", "t.xsd:2: <import> needs schemaLocation"),
    ("<xs:group name='G'/>", "t.xsd:2: <group> is not accepted here: write out its content where it is named"),
    ("<xs:attribute name='a' type='xs:string'/>", "t.xsd:2: <attribute> is not accepted here"),
    ("<xs:element name='A'/>", "t.xsd:2: <element> needs type"),
    ("<xs:element name='A' type='B'/>", "t.xsd:2: type B is not declared"),
    ("<xs:element name='A' type='o:B'/>", "t.xsd:2: the prefix of o:B is not declared"),
    ("<xs:element name='A' type='xs:float'/>", "t.xsd:2: the built-in type float is not accepted"),
    ("<xs:element name='A' type='xs:date' fixed='2026-01-01'/>", "t.xsd:2: attribute fixed of <element> is not accepted: write an enumeration of one value"),
    ("<xs:element name='A' type='xs:date' substitutionGroup='B'/>", "t.xsd:2: attribute substitutionGroup of <element> is not accepted"),
    ("<xs:import namespace='urn:t' schemaLocation='t.xsd'/>", "t.xsd:2: a schema can't import its own namespace: write <include>"),
    ("<xs:import namespace='urn:x' schemaLocation='other.xsd'/>", "t.xsd:2: other.xsd declares the namespace \"urn:other\", not \"urn:x\""),
    ("<xs:import namespace='urn:x' schemaLocation='nowhere.xsd'/>", "t.xsd:2: nowhere.xsd cannot be imported: no such file"),
    ("<xs:redefine schemaLocation='nowhere.xsd'/>", "t.xsd:2: <redefine> is not accepted here: write <include>, and the new type under another name"),
    ("<xs:element name='A' type='xs:date' nillable='true'/>", "t.xsd:2: attribute nillable of <element> is not accepted"),
    ("<xs:element name='A B' type='xs:date'/>", "t.xsd:2: \"A B\" is not a name"),
    ("<xs:element name='A' type='xs:date'/>\n<xs:element name='A' type='xs:date'/>", "t.xsd:3: element A is declared twice"),
    ("<xs:include schemaLocation='nowhere.xsd'/>", "t.xsd:2: nowhere.xsd cannot be included: no such file"),
    ("<xs:include schemaLocation='other.xsd'/>", "other.xsd:1: an included schema must have the same target namespace, or none: write <import> for another"),
    ("<xs:include schemaLocation='broken.xsd'/>", "broken.xsd:2: <list> is not accepted here: write a pattern"),
    ("<z/>", "t.xsd:2: <z> is not of the XML Schema namespace"),
    ("some text", "t.xsd:1: text is not accepted"),
    ("<!DOCTYPE a>", "t.xsd:2: a DOCTYPE is not accepted"),
    // Complex types.
    ("<xs:complexType name='T'/>", "t.xsd:2: <complexType> without content is not accepted"),
    ("<xs:complexType name='T' mixed='true'/>", "t.xsd:2: attribute mixed of <complexType> is not accepted"),
    ("<xs:complexType name='T'>\n<xs:all/></xs:complexType>", "t.xsd:3: <all> is not accepted here: write a <sequence>"),
    ("<xs:complexType name='T'>\n<xs:complexContent/></xs:complexType>", "t.xsd:3: <complexContent> is not accepted here: write out the whole content"),
    ("<xs:complexType name='T'><xs:sequence>\n<xs:group ref='G'/></xs:sequence></xs:complexType>", "t.xsd:3: <group> is not accepted here: write out its content where it is named"),
    ("<xs:complexType name='T'><xs:sequence maxOccurs='65'/></xs:complexType>", "t.xsd:2: a <sequence> may occur at most 64 times, or unbounded"),
    ("<xs:complexType name='T'><xs:sequence><xs:element name='a' type='xs:date' minOccurs='201' maxOccurs='unbounded'/></xs:sequence></xs:complexType>", "t.xsd:2: minOccurs of a is above 200, which is not supported"),
    ("<xs:complexType name='T'><xs:choice/></xs:complexType>", "t.xsd:2: <choice> without a branch can never be satisfied"),
    ("<xs:complexType name='T'><xs:choice><xs:all/></xs:choice></xs:complexType>", "t.xsd:2: <all> is not accepted here: write a <sequence>"),
    ("<xs:complexType name='T'><xs:sequence/>\n<xs:attribute name='a'/></xs:complexType>", "t.xsd:3: <attribute> is not accepted here"),
    ("<xs:complexType name='T'><xs:sequence><xs:any maxOccurs='-1'/></xs:sequence></xs:complexType>", "t.xsd:2: maxOccurs \"-1\" is not a number"),
    ("<xs:complexType name='T'><xs:sequence><xs:any namespace='##other urn:x'/></xs:sequence></xs:complexType>", "t.xsd:2: namespace \"##other urn:x\" of <any> is not accepted"),
    ("<xs:complexType name='T'><xs:sequence><xs:element ref='A'/></xs:sequence></xs:complexType>", "t.xsd:2: element A is not declared"),
    ("<xs:complexType name='T'><xs:sequence><xs:element name='a' type='xs:date'/>\n<xs:element name='a' type='xs:time'/></xs:sequence></xs:complexType>", "t.xsd:2: element a has two types in one content model"),
    ("<xs:complexType name='T'><xs:sequence><xs:element name='a' type='xs:date' minOccurs='2'/></xs:sequence></xs:complexType>", "t.xsd:2: maxOccurs of a is too small"),
    ("<xs:complexType name='T'><xs:sequence><xs:element name='a' type='T' minOccurs='0'/></xs:sequence></xs:complexType>", "t.xsd:2: type T contains itself"),
    ("<xs:complexType name='T'><xs:sequence><xs:element name='a' type='xs:date'><xs:simpleType/></xs:element></xs:sequence></xs:complexType>", "t.xsd:2: <simpleType> is not accepted here"),
    ("<xs:complexType name='T'><xs:simpleContent><xs:extension base='T'/></xs:simpleContent></xs:complexType>", "t.xsd:2: type T is derived in more than 50 steps, or from itself"),
    ("<xs:complexType name='T'><xs:simpleContent><xs:extension base='U'/></xs:simpleContent></xs:complexType><xs:complexType name='U'><xs:sequence/></xs:complexType>", "t.xsd:2: U is not a simple type"),
    ("<xs:complexType name='T'><xs:simpleContent><xs:restriction base='xs:date'/></xs:simpleContent></xs:complexType>", "t.xsd:2: xs:date is no type with attributes: write an <extension>"),
    ("<xs:complexType name='T'><xs:simpleContent><xs:extension base='xs:date'><xs:attribute name='a' type='xs:date' fixed='2026-01-01'/></xs:extension></xs:simpleContent></xs:complexType>", "t.xsd:2: fixed is accepted of an <attribute> that is required: write use=\"required\""),
    // Simple types.
    ("<xs:simpleType name='S'><xs:list itemType='xs:string'/></xs:simpleType>", "t.xsd:2: <list> is not accepted here: write a pattern"),
    ("<xs:simpleType name='S'><xs:union/></xs:simpleType>", "t.xsd:2: <union> is not accepted here: write one restriction that takes what its members take"),
    ("<xs:simpleType name='S'><xs:restriction base='S'/></xs:simpleType>", "t.xsd:2: type S is derived from itself"),
    ("<xs:simpleType name='S'><xs:restriction base='R'/></xs:simpleType>", "t.xsd:2: simple type R is not declared"),
    ("<xs:simpleType name='S'><xs:restriction base='xs:string'>\n<xs:assertion test='x'/></xs:restriction></xs:simpleType>", "t.xsd:3: attribute test of <assertion> is not accepted"),
    ("<xs:simpleType name='S'><xs:restriction base='xs:date'>\n<xs:maxLength value='3'/></xs:restriction></xs:simpleType>", "t.xsd:3: <maxLength> of Date is not accepted"),
    ("<xs:simpleType name='S'><xs:restriction base='xs:string'><xs:maxLength value='3'/><xs:maxLength value='3'/></xs:restriction></xs:simpleType>", "t.xsd:2: <maxLength> stands twice"),
    ("<xs:simpleType name='S'><xs:restriction base='xs:decimal'><xs:minInclusive value='1e3'/></xs:restriction></xs:simpleType>", "t.xsd:2: \"1e3\" of <minInclusive> is not a decimal number"),
    ("<xs:simpleType name='S'><xs:restriction base='xs:date'/></xs:simpleType>\n<xs:complexType name='S'/>", "t.xsd:3: type S is declared twice"),
];

#[test]
fn refuses_by_line_and_name() {
    for (body, expected) in REFUSED {
        let result = xsd::read("t.xsd", &schema(body), &mut include);
        assert_eq!(result.map(|_| String::new()).unwrap_or_else(|error| error.to_string()), *expected, "{body}");
    }
}

/// The files that the tests may include.
fn include(location: &str) -> Result<Cow<'static, str>, String> {
    let head = "<s:schema xmlns:s='http://www.w3.org/2001/XMLSchema' elementFormDefault='qualified'";
    let body = match location {
        "other.xsd" => " targetNamespace='urn:other'>",
        "broken.xsd" => ">\n<s:list/>",
        "shared.xsd" => {
            "><s:include schemaLocation='t.xsd'/><s:simpleType name='Text'><s:restriction base='s:string'><s:minLength value='1'/>\
             <s:maxLength value='9'/></s:restriction></s:simpleType><s:complexType name='Pair'><s:sequence>\
             <s:element name='a' type='Text'/></s:sequence></s:complexType>"
        }
        _ => return Err("no such file".to_owned()),
    };
    Ok(format!("{head}{body}</s:schema>").into())
}

#[test]
fn gathers_the_facets_of_all_steps() {
    let facets = |min, max, patterns: &[&str], enumeration: &[&str]| Facets {
        min_length: min,
        max_length: max,
        patterns: patterns.iter().map(ToString::to_string).collect(),
        enumeration: enumeration.iter().map(ToString::to_string).collect(),
        ..Facets::default()
    };
    // The facets of a restriction of `Text` (1 to 9 characters), which comes from a file without a namespace.
    let rows = [
        ("", facets(Some(1), Some(9), &[], &[])),
        ("<xs:maxLength value='4'/>", facets(Some(1), Some(4), &[], &[])),
        ("<xs:length value='4'/>", facets(Some(4), Some(4), &[], &[])),
        ("<xs:pattern value='[A-Z]'/><xs:pattern value='&lt;x'/>", facets(Some(1), Some(9), &["[A-Z]|<x"], &[])),
        ("<xs:enumeration value='A'/><xs:enumeration value='B'/>", facets(Some(1), Some(9), &[], &["A", "B"])),
    ];
    for (body, expected) in rows {
        let text = schema(&format!(
            "<xs:include schemaLocation='shared.xsd'/><xs:include schemaLocation='shared.xsd'/>\
             <xs:annotation><xs:documentation xmlns='urn:x'>not <b>read</b></xs:documentation></xs:annotation>\
             <xs:simpleType name='S'><xs:restriction base='Text'>{body}</xs:restriction></xs:simpleType>"
        ));
        let schema = xsd::read("t.xsd", &text, &mut include).expect(body);
        assert_eq!(schema.types["S"], Type::Simple(Simple { base: Base::String, facets: expected }), "{body}");
        assert!(matches!(schema.types["Pair"], Type::Complex(_)));
    }
}

/// The folder of the official files, when it is there.
fn official() -> Option<PathBuf> {
    let shared = std::env::var_os("PAYFLOW_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let folder = shared.join("iso20022/xsd");
    folder.is_dir().then_some(folder)
}

#[test]
fn takes_every_official_file() {
    let Some(folder) = official() else {
        skip::skipped("reading the official schemas", "their files are not there");
        return;
    };
    let mut count = 0;
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "xsd") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let schema = xsd::read_single(&name, &text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(schema.elements.len(), 1, "{name}");
        assert!(schema.types.contains_key(&schema.elements[0].1), "{name}");
        count += 1;
    }
    println!("{count} official files read");
    assert!(count > 0);
}
