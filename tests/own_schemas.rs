//! Constructs that only a user's own schemas hold: each with documents, whose verdict must be that of libxml2 (`xmllint`),
//! and schemas that libxml2 refuses, which payflow must refuse, too.

// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

mod skip;

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use payflow::schema::MessageId;
use payflow::schema::automaton::Automaton;
use payflow::schema::input::{Reader, Schemas};
use payflow::schema::pieces::Container;
use payflow::schema::xsd;
use payflow::xml::{Input, Limits};

const HEAD: &str = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns='urn:t' xmlns:o='urn:o' \
    targetNamespace='urn:t' elementFormDefault='qualified' version='1'>\n";

/// The schema that others import.
const OTHER: &str = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns='urn:o' targetNamespace='urn:o' \
    elementFormDefault='qualified'><xs:element name='Note' type='Note'/>\
    <xs:complexType name='Note'><xs:sequence><xs:element name='Text' type='Short'/></xs:sequence></xs:complexType>\
    <xs:simpleType name='Short'><xs:restriction base='xs:string'><xs:maxLength value='3'/></xs:restriction></xs:simpleType>\
    </xs:schema>";

/// The declarations of a schema whose root is `Document`, and what a document may hold: good contents, then bad ones.
struct Row {
    body: String,
    good: &'static [&'static str],
    bad: &'static [&'static str],
}

/// A schema whose `Document` holds what a model says, beside further types.
fn model(model: &str, further: &str, good: &'static [&'static str], bad: &'static [&'static str]) -> Row {
    let import = if model.contains("o:") || further.contains("o:") {
        "<xs:import namespace='urn:o' schemaLocation='other.xsd'/>"
    } else {
        ""
    };
    let body = format!(
        "{import}<xs:element name='Document' type='D'/><xs:complexType name='D'>{model}</xs:complexType>{further}"
    );
    Row { body, good, bad }
}

/// A schema whose `Document` holds one `v` of a simple type.
fn value(base: &str, facets: &str, good: &'static [&'static str], bad: &'static [&'static str]) -> Row {
    let of_type =
        format!("<xs:simpleType name='V'><xs:restriction base='{base}'>{facets}</xs:restriction></xs:simpleType>");
    model("<xs:sequence><xs:element name='v' type='V'/></xs:sequence>", &of_type, good, bad)
}

const DATED: &str = "<xs:simpleType name='A'><xs:restriction base='xs:decimal'><xs:fractionDigits value='5'/>\
    <xs:minInclusive value='0'/></xs:restriction></xs:simpleType>\
    <xs:simpleType name='Code'><xs:restriction base='xs:string'><xs:pattern value='[A-Z]{3}'/></xs:restriction></xs:simpleType>\
    <xs:complexType name='Amount'><xs:simpleContent><xs:extension base='A'>\
    <xs:attribute name='Ccy' type='Code' use='required'/></xs:extension></xs:simpleContent></xs:complexType>";

#[rustfmt::skip]
fn rows() -> Vec<Row> {
    vec![
        // Facets.
        value("xs:string", "<xs:length value='3' fixed='true'/>", &["<v>abc</v>", "<v>äöü</v>", "<v> a </v>"], &["<v>ab</v>", "<v>abcd</v>", "<v/>"]),
        value("xs:decimal", "<xs:minExclusive value='0'/><xs:maxExclusive value='10.50'/>", &["<v>0.01</v>", "<v>10.49</v>", "<v> 5 </v>"], &["<v>0</v>", "<v>-0.0</v>", "<v>10.5</v>", "<v>10.500</v>", "<v>x</v>"]),
        value("xs:decimal", "<xs:minInclusive value='-1'/><xs:maxExclusive value='1'/><xs:totalDigits value='3'/>", &["<v>-1</v>", "<v>0.99</v>"], &["<v>1</v>", "<v>-1.01</v>", "<v>0.1234</v>"]),
        value("xs:string", "<xs:pattern value='[A-Z]+'/><xs:pattern value='\\d{2}|x'/>", &["<v>AB</v>", "<v>12</v>", "<v>x</v>"], &["<v>A1</v>", "<v>123</v>", "<v/>", "<v>AB12</v>"]),
        value("W", "<xs:pattern value='A.*'/><xs:pattern value='B.*'/></xs:restriction></xs:simpleType><xs:simpleType name='W'><xs:restriction base='xs:string'><xs:pattern value='.*Z'/><xs:maxLength value='4'/>", &["<v>AZ</v>", "<v>BxxZ</v>"], &["<v>A</v>", "<v>CZ</v>", "<v>AxxxZ</v>", "<v>A\nZ</v>"]),
        value("xs:string", "<xs:pattern value='[^\\s\\d-[xyz]]*'/>", &["<v>abc</v>", "<v/>"], &["<v>a1</v>", "<v>a x</v>", "<v>x</v>"]),
        value("xs:string", "<xs:pattern value='\\p{IsBasicLatin}+'/>", &["<v>a~ b</v>"], &["<v>é</v>"]),
        value("xs:string", "<xs:pattern value='\\i\\c*(\\-\\p{Lu}\\P{L}){0,2}'/>", &["<v>_a:b</v>", "<v>é-A1</v>"], &["<v>1a</v>", "<v>a+</v>"]),
        value("xs:string", "<xs:whiteSpace value='collapse'/><xs:maxLength value='3'/>", &["<v>  a\n\tb </v>", "<v>abc\n</v>"], &["<v>a  bcd</v>"]),
        value("xs:string", "<xs:whiteSpace value='replace'/><xs:pattern value='a b'/>", &["<v>a\nb</v>", "<v>a b</v>"], &["<v>a  b</v>", "<v> a b</v>"]),
        value("xs:token", "<xs:enumeration value='A B'/><xs:enumeration value='C'/>", &["<v> A  B\n</v>", "<v>C</v>"], &["<v>AB</v>", "<v>A B C</v>", "<v/>"]),
        value("W", "<xs:enumeration value='BB'/></xs:restriction></xs:simpleType><xs:simpleType name='W'><xs:restriction base='xs:string'><xs:enumeration value='A'/><xs:enumeration value='BB'/>", &["<v>BB</v>"], &["<v>A</v>", "<v>B</v>"]),
        value("xs:date", "<xs:whiteSpace value='collapse'/><xs:pattern value='20.*'/>", &["<v> 2026-11-22\n</v>"], &["<v>1999-01-01</v>", "<v>2026-11-31</v>"]),
        value("xs:dateTime", "<xs:pattern value='.*(Z|[+\\-]\\d{2}:\\d{2})'/>", &["<v>2026-11-22T10:00:00Z</v>", "<v>2026-11-22T10:00:00.5+01:00</v>"], &["<v>2026-11-22T10:00:00</v>"]),
        // Built-in types.
        value("xs:normalizedString", "<xs:maxLength value='2'/>", &["<v>\n\n</v>"], &["<v>abc</v>"]),
        value("xs:integer", "", &["<v>-12</v>", "<v>+0012 </v>"], &["<v>1.0</v>", "<v>1.</v>", "<v/>", "<v>a</v>"]),
        value("xs:int", "", &["<v>2147483647</v>"], &["<v>2147483648</v>", "<v>-2147483649</v>"]),
        value("xs:positiveInteger", "<xs:totalDigits value='2'/>", &["<v>1</v>", "<v>099</v>"], &["<v>0</v>", "<v>100</v>", "<v>-1</v>"]),
        value("xs:nonNegativeInteger", "<xs:maxInclusive value='5'/>", &["<v>0</v>", "<v>-0</v>", "<v>5</v>"], &["<v>6</v>", "<v>-1</v>"]),
        value("xs:long", "", &["<v>9223372036854775807</v>"], &["<v>9223372036854775808</v>"]),
        value("xs:unsignedByte", "", &["<v>255</v>"], &["<v>256</v>", "<v>-1</v>"]),
        value("xs:language", "", &["<v>en</v>", "<v>de-CH</v>"], &["<v>e_n</v>", "<v/>"]),
        value("xs:NMTOKEN", "", &["<v>1a</v>"], &["<v>a b</v>"]),
        value("xs:NCName", "", &["<v>a-1</v>"], &["<v>a:b</v>", "<v>1</v>"]),
        value("xs:anyURI", "", &["<v>urn:x:y</v>", "<v>http://bank.example/c?d#e</v>", "<v/>", "<v>a/b</v>", "<v>a é</v>"], &["<v>a#b#c</v>", "<v>%zz</v>", "<v>1a:b</v>"]),
        // Content models.
        model("<xs:sequence minOccurs='0' maxOccurs='2'><xs:element name='a' type='xs:int'/><xs:element name='b' type='xs:int'/></xs:sequence>", "", &["", "<a>1</a><b>1</b>", "<a>1</a><b>1</b><a>1</a><b>1</b>"], &["<a>1</a>", "<a>1</a><b>1</b><a>1</a><b>1</b><a>1</a><b>1</b>", "<b>1</b>"]),
        model("<xs:choice maxOccurs='3'><xs:element name='a' type='xs:int'/><xs:sequence><xs:element name='b' type='xs:int'/><xs:element name='c' type='xs:int' minOccurs='0'/></xs:sequence></xs:choice>", "", &["<a>1</a>", "<b>1</b><a>1</a><b>1</b>", "<b>1</b><c>1</c><b>1</b>"], &["", "<a>1</a><a>1</a><a>1</a><a>1</a>", "<c>1</c>"]),
        model("<xs:sequence><xs:choice minOccurs='2' maxOccurs='unbounded'><xs:element name='a' type='xs:int'/><xs:element name='b' type='xs:int'/></xs:choice></xs:sequence>", "", &["<a>1</a><b>1</b>", "<b>1</b><b>1</b><b>1</b>"], &["<a>1</a>", ""]),
        model("<xs:sequence><xs:element name='a' type='xs:int' minOccurs='2' maxOccurs='3'/><xs:element name='b' type='xs:int' minOccurs='0' maxOccurs='0'/></xs:sequence>", "", &["<a>1</a><a>1</a>", "<a>1</a><a>1</a><a>1</a>"], &["<a>1</a>", "<a>1</a><a>1</a><a>1</a><a>1</a>", "<a>1</a><a>1</a><b>1</b>"]),
        model("<xs:choice><xs:sequence><xs:element name='a' type='xs:int'/><xs:element name='c' type='xs:int'/></xs:sequence><xs:sequence><xs:element name='b' type='xs:int'/><xs:element name='c' type='xs:int'/></xs:sequence></xs:choice>", "", &["<a>1</a><c>1</c>", "<b>1</b><c>1</c>"], &["<a>1</a><b>1</b>", "<c>1</c>"]),
        model("<xs:sequence><xs:element name='a' type='xs:int'/><xs:element name='b' type='xs:int'/><xs:element name='a' type='xs:int'/></xs:sequence>", "", &["<a>1</a><b>1</b><a>1</a>"], &["<a>1</a><b>1</b>", "<a>1</a><a>1</a>"]),
        model("<xs:sequence><xs:annotation><xs:documentation>x</xs:documentation></xs:annotation><xs:element name='a'><xs:annotation><xs:appinfo><y xmlns='z'/></xs:appinfo></xs:annotation><xs:simpleType><xs:restriction base='xs:string'><xs:maxLength value='2'/></xs:restriction></xs:simpleType></xs:element></xs:sequence>", "<xs:annotation/>", &["<a>12</a>"], &["<a>123</a>", "<a><b/></a>"]),
        model("<xs:sequence><xs:element name='a' maxOccurs='2'><xs:complexType><xs:choice><xs:element name='b' type='xs:int'/><xs:element name='c'><xs:complexType><xs:sequence/></xs:complexType></xs:element></xs:choice></xs:complexType></xs:element></xs:sequence>", "", &["<a><b>1</b></a>", "<a><c/></a><a><b>1</b></a>"], &["<a/>", "<a><c>x</c></a>", "<a><b>1</b><c/></a>"]),
        model("<xs:sequence><xs:element ref='a' minOccurs='0'/></xs:sequence>", "<xs:element name='a' type='xs:int' nillable='false' abstract='false'/>", &["", "<a>1</a>"], &["<a>x</a>", "<a>1</a><a>1</a>"]),
        // Values with attributes.
        model("<xs:sequence><xs:element name='v' type='E'/></xs:sequence>", &format!("{DATED}<xs:complexType name='E'><xs:simpleContent><xs:restriction base='Amount'><xs:fractionDigits value='2'/><xs:minExclusive value='0'/><xs:attribute name='Ccy' use='required'><xs:simpleType><xs:restriction base='Code'><xs:enumeration value='EUR'/></xs:restriction></xs:simpleType></xs:attribute></xs:restriction></xs:simpleContent></xs:complexType>"), &["<v Ccy='EUR'>1.50</v>"], &["<v Ccy='USD'>1</v>", "<v>1</v>", "<v Ccy='EUR'>1.505</v>", "<v Ccy='EUR'>0</v>", "<v Ccy='EUR' X=''>1</v>"]),
        model("<xs:sequence><xs:element name='v' type='E'/></xs:sequence>", &format!("{DATED}<xs:complexType name='E'><xs:simpleContent><xs:extension base='Amount'><xs:attribute name='x' type='xs:int'/><xs:attribute name='y' type='xs:int' use='prohibited'/></xs:extension></xs:simpleContent></xs:complexType>"), &["<v Ccy='EUR'>1</v>", "<v x='1' Ccy='EUR'>1</v>"], &["<v x='a' Ccy='EUR'>1</v>", "<v x='1'>1</v>", "<v Ccy='EUR' y='1'>1</v>"]),
        model("<xs:sequence><xs:element name='v' type='E'/></xs:sequence>", "<xs:complexType name='E'><xs:simpleContent><xs:extension base='xs:decimal'><xs:attribute name='c' type='xs:token' use='required' fixed='A'/></xs:extension></xs:simpleContent></xs:complexType>", &["<v c='A'>1</v>", "<v c=' A '>1</v>"], &["<v>1</v>", "<v c='B'>1</v>"]),
        model("<xs:sequence><xs:element name='v' type='E'/></xs:sequence>", "<xs:complexType name='F'><xs:simpleContent><xs:extension base='xs:string'><xs:attribute name='a' type='xs:int'/><xs:attribute name='b' type='xs:int'/></xs:extension></xs:simpleContent></xs:complexType><xs:complexType name='E'><xs:simpleContent><xs:restriction base='F'><xs:maxLength value='3'/><xs:attribute name='a' use='prohibited'/></xs:restriction></xs:simpleContent></xs:complexType>", &["<v>abc</v>", "<v b='1'>a</v>"], &["<v a='1'>a</v>", "<v>abcd</v>"]),
        // Wildcards.
        model("<xs:sequence><xs:any namespace='##other' processContents='lax' minOccurs='0' maxOccurs='2'/></xs:sequence>", "", &["", "<o:x/>", "<o:x/><x xmlns='urn:y'>1</x>"], &["<x/>", "<x xmlns=''/>", "<o:x/><o:x/><o:x/>"]),
        model("<xs:sequence><xs:any namespace='##local urn:y' processContents='skip' minOccurs='2' maxOccurs='unbounded'/></xs:sequence>", "", &["<x xmlns=''/><x xmlns='urn:y'/>", "<x xmlns=''/><x xmlns=''/><x xmlns=''><y/></x>"], &["<x xmlns=''/>", "<x xmlns=''/><o:x/>", "<x xmlns=''/><x/>"]),
        model("<xs:sequence><xs:element name='a' type='xs:int' minOccurs='0'/><xs:any namespace='##targetNamespace' processContents='strict' minOccurs='0'/></xs:sequence>".replace("name='a' type='xs:int' minOccurs='0'", "name='a' type='xs:int'").as_str(), "<xs:element name='g' type='xs:int'/>", &["<a>1</a>", "<a>1</a><g>1</g>"], &["<a>1</a><g>x</g>", "<a>1</a><h/>", "<a>1</a><o:g/>"]),
        model("<xs:choice maxOccurs='unbounded'><xs:element name='a' type='xs:int'/><xs:any namespace='##other' processContents='skip'/></xs:choice>", "", &["<a>1</a><o:b/><o:c/><a>1</a>"], &["<b/>", ""]),
        // Types of an instance.
        model("<xs:sequence><xs:element name='v' type='W'/></xs:sequence>", "<xs:simpleType name='W'><xs:restriction base='xs:string'><xs:maxLength value='4'/></xs:restriction></xs:simpleType><xs:simpleType name='N'><xs:restriction base='W'><xs:maxLength value='2'/></xs:restriction></xs:simpleType><xs:simpleType name='X'><xs:restriction base='xs:string'><xs:maxLength value='2'/></xs:restriction></xs:simpleType>", &["<v xsi:type='W'>abcd</v>", "<v xsi:type='N'>ab</v>"], &["<v xsi:type='N'>abc</v>", "<v xsi:type='X'>a</v>", "<v xsi:type='xs:string'>a</v>", "<v xsi:type='None'>a</v>"]),
        model("<xs:sequence><xs:element name='v' type='xs:string'/></xs:sequence>", "", &["<v xsi:type='xs:string'>a</v>", "<v xsi:type='xs:token'> a </v>", "<v xsi:type='xs:NCName'>a</v>"], &["<v xsi:type='xs:NCName'>1</v>", "<v xsi:type='xs:int'>1</v>"]),
        model("<xs:sequence><xs:element name='v' type='A'/></xs:sequence>", DATED, &["<v xsi:type='Amount' Ccy='EUR'>1</v>", "<v>1</v>"], &["<v xsi:type='Amount'>1</v>", "<v Ccy='EUR'>1</v>", "<v xsi:type='Amount' Ccy='EUR'>-1</v>"]),
        model("<xs:sequence><xs:any processContents='lax' maxOccurs='unbounded'/></xs:sequence>", "", &[
            "<o:x xsi:type='xs:int'>1</o:x><o:x xsi:type='xs:unsignedInt'>1</o:x><o:x xsi:type='xs:byte'>-128</o:x>", "<o:x xsi:type='xs:float'>1e5</o:x><o:x xsi:type='xs:double'>-INF</o:x>",
            "<o:x xsi:type='xs:duration'>P1Y2M3DT4H5M6.7S</o:x><o:x xsi:type='xs:duration'>-PT1M</o:x>", "<o:x xsi:type='xs:gDay'>---31</o:x><o:x xsi:type='xs:gMonth'>--12Z</o:x><o:x xsi:type='xs:gMonthDay'>--02-29</o:x>",
            "<o:x xsi:type='xs:hexBinary'>0aFF</o:x><o:x xsi:type='xs:Name'>a:b</o:x><o:x xsi:type='xs:anyURI'>x</o:x><o:x xsi:type='xs:anySimpleType'>x</o:x>",
        ], &[
            "<o:x xsi:type='xs:int'>a</o:x>", "<o:x xsi:type='xs:unsignedInt'>-1</o:x>", "<o:x xsi:type='xs:byte'>128</o:x>", "<o:x xsi:type='xs:float'>x</o:x>", "<o:x xsi:type='xs:duration'>P</o:x>", "<o:x xsi:type='xs:duration'>P1YT</o:x>",
            "<o:x xsi:type='xs:duration'>1Y</o:x>", "<o:x xsi:type='xs:gDay'>---32</o:x>", "<o:x xsi:type='xs:gMonth'>--13</o:x>", "<o:x xsi:type='xs:gMonthDay'>--02-30</o:x>", "<o:x xsi:type='xs:hexBinary'>0aF</o:x>", "<o:x xsi:type='xs:nothing'>1</o:x>",
        ]),
        // Imports.
        model("<xs:sequence><xs:element ref='o:Note' minOccurs='0'/><xs:element name='v' type='o:Short'/></xs:sequence>", "", &["<v>abc</v>", "<o:Note><o:Text>abc</o:Text></o:Note><v/>", "<Note xmlns='urn:o'><Text>a</Text></Note><v/>"], &["<o:Note><o:Text>abcd</o:Text></o:Note><v/>", "<Note><Text>a</Text></Note><v/>", "<o:Note><Text>a</Text></o:Note><v/>", "<o:Note/><v/>", "<v>abcd</v>", "<o:Note><o:Text>a</o:Text></o:Note><o:v/>"]),
        model("<xs:sequence><xs:any namespace='urn:o urn:p' processContents='lax'/></xs:sequence>", "<xs:simpleType name='Same'><xs:restriction base='o:Short'/></xs:simpleType>", &["<o:Note><o:Text>a</o:Text></o:Note>", "<o:Other/>", "<x xmlns='urn:p'/>", "<o:Other xsi:type='o:Short'>abc</o:Other>"], &["<o:Note/>", "<o:Note><o:Text>abcd</o:Text></o:Note>", "<x/>", "<o:Other xsi:type='o:Short'>abcd</o:Other>"]),
        model("<xs:sequence><xs:any namespace='##other' processContents='strict'/></xs:sequence>", "<xs:simpleType name='Same'><xs:restriction base='o:Short'/></xs:simpleType>", &["<o:Note><o:Text>a</o:Text></o:Note>"], &["<o:Other/>", "<o:Note/>"]),
    ]
}

/// Where libxml2 is wrong: the content of a document, or the body of a schema, and the clause that says so.
#[rustfmt::skip]
const WRONG: &[(&str, &str)] = &[
    ("<a>1</a><a>1</a><b>1</b>", "XML Schema 1, 3.3.2: an element with minOccurs and maxOccurs 0 is no particle at all"),
    ("<xs:minLength value='3'/><xs:maxLength value='2'/>", "XML Schema 2, 4.3.2.4: minLength is at most maxLength"),
    ("<xs:element name='a' type='xs:date'/></xs:sequence></xs:complexType>", "XML Schema 1, 3.8.6: an element has one type within a model"),
    ("minOccurs='0'/><xs:any", "XML Schema 1, 3.8.6: no element may be that of two particles"),
    ("<xs:whiteSpace value='preserve'/>", "XML Schema 2, 4.3.6: what derives from a collapsed type is collapsed"),
];

fn is_wrong(text: &str) -> bool {
    WRONG.iter().any(|(found, _)| text.contains(found))
}

/// Bodies of schemas that neither libxml2 nor payflow takes, and what payflow says.
#[rustfmt::skip]
const REFUSED: &[(&str, &str)] = &[
    ("<xs:simpleType name='S'><xs:restriction base='W'><xs:maxLength value='5'/></xs:restriction></xs:simpleType><xs:simpleType name='W'><xs:restriction base='xs:string'><xs:maxLength value='4'/></xs:restriction></xs:simpleType>", "t.xsd:2: <maxLength> 5 is wider than the 4 of the type that is restricted"),
    ("<xs:simpleType name='S'><xs:restriction base='W'><xs:enumeration value='C'/></xs:restriction></xs:simpleType><xs:simpleType name='W'><xs:restriction base='xs:string'><xs:enumeration value='A'/></xs:restriction></xs:simpleType>", "t.xsd:2: \"C\" of <enumeration> is not a value of the type that is restricted"),
    ("<xs:simpleType name='S'><xs:restriction base='W'><xs:minInclusive value='0'/></xs:restriction></xs:simpleType><xs:simpleType name='W'><xs:restriction base='xs:decimal'><xs:minExclusive value='0'/></xs:restriction></xs:simpleType>", "t.xsd:2: the bound is wider than that of the type that is restricted"),
    ("<xs:simpleType name='S'><xs:restriction base='xs:decimal'><xs:minInclusive value='0'/><xs:minExclusive value='0'/></xs:restriction></xs:simpleType>", "t.xsd:2: <minInclusive> and <minExclusive> exclude each other"),
    ("<xs:simpleType name='S'><xs:restriction base='xs:token'><xs:whiteSpace value='preserve'/></xs:restriction></xs:simpleType>", "t.xsd:2: <whiteSpace> is wider than that of the type that is restricted"),
    ("<xs:simpleType name='S'><xs:restriction base='xs:string'><xs:pattern value='(a'/></xs:restriction></xs:simpleType>", "t.xsd:2: the pattern `(a` is not supported: a `(` is not closed"),
    ("<xs:simpleType name='S'><xs:restriction base='xs:string'><xs:minLength value='3'/><xs:maxLength value='2'/></xs:restriction></xs:simpleType>", "t.xsd:2: no value has such a length"),
    ("<xs:complexType name='T'><xs:sequence><xs:element name='a' type='xs:int'/><xs:element name='a' type='xs:date'/></xs:sequence></xs:complexType>", "t.xsd:2: element a has two types in one content model"),
    ("<xs:complexType name='T'><xs:sequence><xs:element name='a' type='xs:int' minOccurs='0'/><xs:element name='a' type='xs:int'/></xs:sequence></xs:complexType>", "in the type `T` two parts could take the element `a`: arrange it so that the name alone says which"),
    ("<xs:complexType name='T'><xs:choice><xs:element name='a' type='xs:int'/><xs:sequence><xs:element name='a' type='xs:int'/><xs:element name='b' type='xs:int'/></xs:sequence></xs:choice></xs:complexType>", "in the type `T` two parts could take the element `a`: arrange it so that the name alone says which"),
    ("<xs:complexType name='T'><xs:sequence><xs:element name='a' type='xs:int' minOccurs='0'/><xs:any processContents='lax'/></xs:sequence></xs:complexType>", "in the type `T` two parts could take the element `a`: arrange it so that the name alone says which"),
    ("<xs:complexType name='T'><xs:sequence><xs:any namespace='##other' minOccurs='0'/><xs:any namespace='urn:x'/></xs:sequence></xs:complexType>", "in the type `T` two parts could take the element `any`: arrange it so that the name alone says which"),
    ("<xs:complexType name='T'><xs:sequence><xs:element ref='x'/></xs:sequence></xs:complexType>", "t.xsd:2: element x is not declared"),
    ("<xs:element name='A' type='o:Short'/>", "t.xsd:2: o:Short is of a namespace that is not imported"),
];

fn schema(body: &str) -> String {
    format!("{HEAD}{body}\n</xs:schema>")
}

fn document(content: &str) -> String {
    format!(
        "<Document xmlns='urn:t' xmlns:o='urn:o' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' \
         xmlns:xs='http://www.w3.org/2001/XMLSchema'>{content}</Document>"
    )
}

fn compiled(body: &str, root: &str) -> Result<Automaton, String> {
    let mut include = |location: &str| match location {
        "other.xsd" => Ok(Cow::Borrowed(OTHER)),
        _ => Err("no such file".to_owned()),
    };
    let schema = xsd::read("t.xsd", &schema(body), &mut include).map_err(|error| error.to_string())?;
    Automaton::compile(&schema, root, &[]).map_err(|error| error.to_string())
}

struct One(Arc<Automaton>);

impl Schemas for One {
    fn automaton(&self, namespace: &str) -> Option<Arc<Automaton>> {
        (namespace == "urn:t").then(|| Arc::clone(&self.0))
    }

    fn nearest(&self, _: &str) -> Option<MessageId> {
        None
    }

    fn container(&self, _: MessageId) -> Container {
        Container::default()
    }
}

/// What is wrong with a document, by payflow.
fn ours(automaton: &Arc<Automaton>, document: &str) -> Option<String> {
    let mut reader = Reader::new(Arc::new(One(Arc::clone(automaton))), Limits::default());
    let parts = reader.read(&mut Input::new(document.as_bytes().to_vec()).unwrap(), &mut ());
    let part = parts.into_iter().next().unwrap();
    let of_document = part.document.and_then(|d| d.faults.kept.into_iter().next().or(d.broken.map(|fault| *fault)));
    of_document.or(part.fault.map(|fault| *fault)).map(|fault| format!("{fault:?}"))
}

/// A folder of its own for the files that xmllint reads.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("other.xsd"), OTHER).unwrap();
    folder
}

fn has_xmllint(what: &str) -> bool {
    let there = Command::new("xmllint").arg("--version").output().is_ok();
    if !there {
        skip::skipped(what, "xmllint is not there");
    }
    there
}

/// What xmllint says of each document: 0 valid, 3 not valid, and so on; with its words.
fn theirs(folder: &Path, body: &str, documents: &[String]) -> Vec<(bool, String)> {
    fs::write(folder.join("t.xsd"), schema(body)).unwrap();
    let names: Vec<String> = (0..documents.len()).map(|at| format!("{at}.xml")).collect();
    for (name, text) in names.iter().zip(documents) {
        fs::write(folder.join(name), text).unwrap();
    }
    let output = Command::new("xmllint")
        .current_dir(folder)
        .args(["--noout", "--nonet", "--schema", "t.xsd"])
        .args(&names)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    names.iter().map(|name| (said.contains(&format!("{name} validates\n")), said.clone())).collect()
}

#[test]
fn documents_get_the_verdict_of_libxml2() {
    let folder = folder("own-schemas");
    let check_theirs = has_xmllint("verdicts by a user's schemas beside libxml2");
    let mut count = 0;
    for Row { body, good, bad } in rows() {
        let automaton = Arc::new(compiled(&body, "Document").unwrap_or_else(|error| panic!("{error}\n{body}")));
        let documents: Vec<String> = good.iter().chain(bad).map(|content| document(content)).collect();
        let theirs = if check_theirs { theirs(&folder, &body, &documents) } else { Vec::new() };
        for (at, text) in documents.iter().enumerate() {
            let expected = at < good.len();
            let fault = ours(&automaton, text);
            assert_eq!(fault.is_none(), expected, "{body}\n{text}\n{fault:?}");
            if let Some((valid, said)) = theirs.get(at).filter(|_| !is_wrong(text)) {
                assert_eq!(*valid, expected, "libxml2 differs\n{body}\n{at}: {text}\n{said}");
            }
            count += 1;
        }
    }
    println!("{count} documents");
}

#[test]
fn refuses_schemas_that_libxml2_refuses() {
    let folder = folder("refused-schemas");
    let check_theirs = has_xmllint("schemas that libxml2 refuses");
    for (body, expected) in REFUSED {
        let body = format!("{body}<xs:element name='Document' type='xs:int'/>");
        assert_eq!(compiled(&body, "Document").err().as_deref(), Some(*expected), "{body}");
        if check_theirs && !is_wrong(&body) {
            let (_, said) = theirs(&folder, &body, &[document("1")]).remove(0);
            assert!(said.contains("WXS schema t.xsd failed to compile"), "libxml2 takes {body}\n{said}");
        }
    }
}
