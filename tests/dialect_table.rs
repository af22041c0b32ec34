//! What XML lets a sender write, one row each: encodings, prefixes, CDATA, comments, attributes of XML Schema itself, content
//! of wildcards. payflow, libxml2 and Xerces say of each row what stands beside it; where they differ, the row says why.

#![allow(clippy::unwrap_used)] // A test may panic.

mod oracle;
mod skip;

use oracle::schema;
use oracle::xerces::Xerces;
use oracle::xmllint;
use payflow::pipeline::{Options, examine};

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10";
const XSI: &str = "xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"";
const XSD: &str = "xmlns:s=\"http://www.w3.org/2001/XMLSchema\"";

/// The verdicts: payflow's, libxml2's, Xerces's; `v` is valid. Then why they differ.
type Row = (&'static str, Vec<u8>, &'static str, &'static str);

fn document(attributes: &str, body: &str) -> String {
    format!("<Document xmlns=\"{NAMESPACE}\"{attributes}><FIToFIPmtStsRpt>{body}</FIToFIPmtStsRpt></Document>")
}

fn header(id: &str, time: &str) -> String {
    format!("<GrpHdr><MsgId>{id}</MsgId><CreDtTm>{time}</CreDtTm></GrpHdr>")
}

/// A message with this id.
fn message(id: &str) -> String {
    document("", &header(id, "2026-11-05T10:00:00"))
}

/// A message with this in its supplementary data.
fn lax(content: &str) -> Vec<u8> {
    let group = header("a", "2026-11-05T10:00:00");
    document("", &format!("{group}<SplmtryData><Envlp>{content}</Envlp></SplmtryData>")).into_bytes()
}

/// A message whose group header, id and time are written like this.
fn written(group: &str, id: &str, time: &str) -> Vec<u8> {
    document("", &format!("<GrpHdr{group}>{id}{time}</GrpHdr>")).into_bytes()
}

const ID: &str = "<MsgId>a</MsgId>";
const TIME: &str = "<CreDtTm>2026-11-05T10:00:00</CreDtTm>";

fn declared(label: &str, text: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"{label}\"?>{text}")
}

fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|c| c as u8).collect()
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

fn marked(text: &str) -> String {
    format!("\u{FEFF}{text}")
}

/// Encodings, with a mark and without, declared and not.
fn encodings() -> Vec<Row> {
    let accents = message("Zürich €");
    let french = message("Orléans");
    vec![
        ("UTF-8, not declared", accents.clone().into_bytes(), "vvv", ""),
        ("UTF-8, declared", declared("UTF-8", &accents).into_bytes(), "vvv", ""),
        ("UTF-8 with its mark", marked(&declared("utf-8", &accents)).into_bytes(), "vvv", ""),
        ("UTF-8 with its mark, not declared", marked(&accents).into_bytes(), "vvv", ""),
        ("UTF-16, little end first", utf16(&marked(&declared("UTF-16", &accents)), false), "vvv", ""),
        ("UTF-16, big end first", utf16(&marked(&declared("UTF-16", &accents)), true), "vvv", ""),
        ("UTF-16 with its mark, not declared", utf16(&marked(&accents), false), "vvv", ""),
        ("UTF-16, by its name with the order", utf16(&declared("UTF-16LE", &accents), false), "vvv", ""),
        ("ISO-8859-1", latin(&declared("ISO-8859-1", &french)), "vvv", ""),
        ("Windows-1252", latin(&declared("windows-1252", &message("\u{80} 5"))), "vvv", ""),
        ("US-ASCII", declared("US-ASCII", &message("Z&#252;rich &#x20AC;")).into_bytes(), "vvv", ""),
        (
            "Windows-1252 with a byte that it lacks",
            latin(&declared("windows-1252", &message("\u{81}"))),
            "viv",
            "a control character by the Encoding Standard; libxml2 knows none",
        ),
        ("ISO-8859-1 with a control character", latin(&declared("ISO-8859-1", &message("\u{85}"))), "vvv", ""),
        ("ISO-8859-15", latin(&declared("ISO-8859-15", &french)), "ivv", "not one of the encodings that are accepted"),
        ("an encoding in mixed letters", declared("uTf-8", &accents).into_bytes(), "vvv", ""),
        ("US-ASCII with an accent", latin(&declared("US-ASCII", &french)), "iii", ""),
        ("UTF-8 that is ISO-8859-1", latin(&declared("UTF-8", &french)), "iii", ""),
        ("not declared, and ISO-8859-1", latin(&french), "iii", ""),
        ("an unknown encoding", declared("no-such-code", &message("a")).into_bytes(), "iii", ""),
        (
            "UTF-16 with half of a pair",
            utf16(&marked(&message("a")), false).into_iter().chain([0, 0xD8]).collect(),
            "ivi",
            "Unicode, 3.9: half of a pair is no character; libxml2 ends the input there",
        ),
        (
            "a mark against the declaration",
            marked(&declared("ISO-8859-1", &message("a"))).into_bytes(),
            "ivv",
            "XML 1.0, 4.3.3: an entity in another encoding than the declared one is an error; it is not known what is meant",
        ),
        ("declared as UTF-16, and is not", declared("UTF-16", &message("a")).into_bytes(), "iii", ""),
    ]
}

/// Declarations, markup between elements and inside of values.
fn markup() -> Vec<Row> {
    let with = |before: &str, behind: &str| format!("{before}{}{behind}", message("a")).into_bytes();
    let prefixed = |outer: &str, inner: &str| {
        let inner_tag =
            format!("<p:GrpHdr {inner}><p:MsgId>a</p:MsgId><p:CreDtTm>2026-11-05T10:00:00</p:CreDtTm></p:GrpHdr>");
        format!("<p:Document {outer}><p:FIToFIPmtStsRpt>{inner_tag}</p:FIToFIPmtStsRpt></p:Document>").into_bytes()
    };
    let ours = format!("xmlns:p=\"{NAMESPACE}\"");
    vec![
        ("single quotes, standalone", with("<?xml version='1.0' standalone='yes'?>\n", "\n"), "vvv", ""),
        ("XML 1.1", with("<?xml version=\"1.1\"?>", ""), "vvv", ""),
        ("XML 1.2", with("<?xml version=\"1.2\"?>", ""), "vvi", "XML 1.0, 2.8: a version 1.x is read as 1.0"),
        ("XML 2.0", with("<?xml version=\"2.0\"?>", ""), "iii", ""),
        ("a comment and an instruction before and behind", with("<!-- a --><?b?>", "<?c d?><!---->"), "vvv", ""),
        ("white space before the declaration", with(" <?xml version=\"1.0\"?>", ""), "iii", ""),
        ("text behind the root", with("", "a"), "iii", ""),
        ("a second root", with("", "<a/>"), "iii", ""),
        ("a prefix on every element", prefixed(&ours, ""), "vvv", ""),
        ("a prefix declared again", prefixed(&ours, &ours), "vvv", ""),
        ("a prefix that means another namespace inside", prefixed(&ours, "xmlns:p=\"urn:other\""), "iii", ""),
        (
            "an element with a prefix of its own",
            written("", &format!("<q:MsgId xmlns:q=\"{NAMESPACE}\" xmlns=\"urn:other\">a</q:MsgId>"), TIME),
            "vvv",
            "",
        ),
        ("no namespace inside", written("", "<MsgId xmlns=\"\">a</MsgId>", TIME), "iii", ""),
        (
            "a schema location",
            document(&format!(" {XSI} i:schemaLocation=\"{NAMESPACE} a.xsd\""), &header("a", "2026-11-05T10:00:00"))
                .into_bytes(),
            "vvv",
            "",
        ),
        ("a value in CDATA", written("", "<MsgId><![CDATA[a & <b>]]></MsgId>", TIME), "vvv", ""),
        ("a value in parts", written("", "<MsgId>a<![CDATA[b]]><!-- c -->d<?e?>&#102;</MsgId>", TIME), "vvv", ""),
        (
            "a time in parts",
            written("", ID, "<CreDtTm>2026-11-<!-- -->05T<![CDATA[10]]>:00:&#48;0</CreDtTm>"),
            "vvv",
            "",
        ),
        ("a comment between elements", written("", ID, &format!("<!-- & < -->{TIME}<?p?>")), "vvv", ""),
        ("white space in tags", written(" \n", "<MsgId\t>a</MsgId\n>", TIME), "vvv", ""),
        (
            "lines that end in CR LF",
            String::from_utf8(written("\r\n", ID, TIME)).unwrap().replace("><", ">\r\n<").into_bytes(),
            "vvv",
            "",
        ),
        ("an empty value", written("", "<MsgId/>", TIME), "iii", ""),
        ("a comment as the value", written("", "<MsgId><!-- a --></MsgId>", TIME), "iii", ""),
        ("a CDATA section between elements", written("", ID, &format!("<![CDATA[a]]>{TIME}")), "iii", ""),
        ("an entity of its own", written("", "<MsgId>&a;</MsgId>", TIME), "iii", ""),
        (
            "a DOCTYPE",
            with("<!DOCTYPE Document>", ""),
            "ivi",
            "refused, whatever is in it: ISO 20022 needs none (Xerces was told to refuse it too)",
        ),
    ]
}

/// Attributes of XML Schema itself, and others.
fn attributes() -> Vec<Row> {
    let group = |attributes: &str| written(&format!(" {XSI} {XSD} {attributes}"), ID, TIME);
    let id = |attributes: &str| written("", &format!("<MsgId {XSI} {XSD} {attributes}>a</MsgId>"), TIME);
    vec![
        ("the declared type", group("i:type=\"GroupHeader91\""), "vvv", ""),
        ("another type", group("i:type=\"OriginalGroupHeader17\""), "iii", ""),
        ("a type that is not there", group("i:type=\"No\""), "iii", ""),
        ("the declared type of a value", id("i:type=\"Max35Text\""), "vvv", ""),
        ("another type of a value", id("i:type=\"Max140Text\""), "iii", ""),
        ("the type that it is derived from", id("i:type=\"s:string\""), "iii", ""),
        ("nil", id("i:nil=\"true\""), "iii", ""),
        ("not nil", id("i:nil=\"false\""), "iii", ""),
        ("a location inside", id("i:schemaLocation=\"urn:a a.xsd\""), "vvv", ""),
        ("a location without a namespace inside", id("i:noNamespaceSchemaLocation=\"a.xsd\""), "vvv", ""),
        ("an unknown attribute of XML Schema", id("i:other=\"a\""), "iii", ""),
        ("the language", id("xml:lang=\"de\""), "iii", ""),
        ("an attribute that is not declared", id("a=\"b\""), "iii", ""),
        ("an attribute of another namespace", id("xmlns:q=\"urn:a\" q:a=\"b\""), "iii", ""),
    ]
}

/// What may stand in supplementary data.
fn wildcards() -> Vec<Row> {
    let typed = |name: &str, value: &str| {
        lax(&format!("<x xmlns=\"urn:x\" xmlns:m=\"{NAMESPACE}\" {XSI} {XSD} i:type=\"{name}\">{value}</x>"))
    };
    vec![
        ("an element of another namespace", lax("<x xmlns=\"urn:x\" a=\"1\">b<y/>c</x>"), "vvv", ""),
        ("an element of no namespace", lax("<x xmlns=\"\" a=\"1\">b<y/>c</x>"), "vvv", ""),
        ("an element of the message's namespace", lax("<x><MsgId/></x>"), "vvv", ""),
        ("nothing", lax(""), "iii", ""),
        ("text", lax("a"), "iii", ""),
        ("two elements", lax("<x/><y/>"), "iii", ""),
        ("a document that is valid", lax(&message("a")), "vvv", ""),
        ("a document that is not", lax(&message("")), "iii", ""),
        ("a document that is not, deeper", lax(&format!("<x xmlns=\"urn:x\"><y>{}</y></x>", message(""))), "iii", ""),
        ("a Document of another namespace", lax("<Document xmlns=\"urn:x\"><MsgId/></Document>"), "vvv", ""),
        ("a value of a type of the schema", typed("m:Max35Text", "a"), "vvv", ""),
        ("no value of a type of the schema", typed("m:Max35Text", ""), "iii", ""),
        (
            "content of a type of the schema",
            typed("m:GroupHeader91", "<m:MsgId>a</m:MsgId><m:CreDtTm>2026-11-05T10:00:00</m:CreDtTm>"),
            "vvv",
            "",
        ),
        ("no content of a type of the schema", typed("m:GroupHeader91", ""), "iii", ""),
        ("a value of a built-in type", typed("s:date", "2026-11-05"), "vvv", ""),
        ("no value of a built-in type", typed("s:date", "5.11.2026"), "iii", ""),
        ("any type", typed("s:anyType", "<y a=\"1\"/>b"), "vvv", ""),
        ("a type of no known namespace", typed("Max35Text", "a"), "iii", ""),
        ("nil without a declaration", lax(&format!("<x xmlns=\"urn:x\" {XSI} i:nil=\"true\"/>")), "vvv", ""),
        (
            "neither nil nor not",
            lax(&format!("<x xmlns=\"urn:x\" {XSI} i:nil=\"maybe\"/>")),
            "ivi",
            "XML Schema part 1, 3.2.7",
        ),
        ("the language", lax("<x xml:lang=\"de\" xml:space=\"preserve\"> </x>"), "vvv", ""),
        ("tags that cross", lax("<x><y></x></y>"), "iii", ""),
        ("a prefix that is not declared", lax("<p:x/>"), "ivi", "Namespaces in XML 1.0, 5"),
    ]
}

#[test]
fn each_row_has_the_verdicts_that_stand_beside_it() {
    let Some(mut xerces) = Xerces::start().filter(|_| xmllint::is_there()) else {
        skip::skipped("the table of dialects", "xmllint or a JDK is not there");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<Row> = [encodings(), markup(), attributes(), wildcards()].into_iter().flatten().collect();
    let files: Vec<_> = (0..rows.len()).map(|number| folder.path().join(format!("{number}.xml"))).collect();
    rows.iter().zip(&files).for_each(|(row, file)| std::fs::write(file, &row.1).unwrap());
    let schema = schema("pacs.002.001.10");
    let libxml2 = xmllint::opinions(&schema, &files).unwrap();
    let xerces = xerces.opinions(&schema, &files).unwrap();
    let mut wrong = Vec::new();
    for (((name, bytes, expected, why), libxml2), xerces) in rows.iter().zip(&libxml2).zip(&xerces) {
        let ours = examine(bytes, Options { schema_only: true, ..Options::default() });
        let valid = ours.iter().all(|document| document.schema_valid);
        let verdicts: String =
            [valid, libxml2.valid, xerces.valid].map(|valid| if valid { 'v' } else { 'i' }).into_iter().collect();
        let findings: Vec<_> = ours.iter().flat_map(|document| &document.findings).map(|f| &f.text).collect();
        if verdicts != *expected || why.is_empty() != ["vvv", "iii"].contains(expected) {
            wrong.push(format!("{name}: {verdicts}\n  {findings:?}\n  {}\n  {}", libxml2.words, xerces.words));
        }
    }
    println!("{} rows, {} not as they say", rows.len(), wrong.len());
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
