//! Messages bent in many small ways, the same on every run: what a sender's program may get wrong, and what XML allows but
//! few programs write. Half of the ways keep a message valid.

use std::ops::Range;

use super::random::Random;

/// An element of a well-formed message.
struct Element {
    /// Its start tag.
    tag: Range<usize>,
    /// The qualified name in it.
    name: Range<usize>,
    content: Range<usize>,
    /// All of it.
    whole: Range<usize>,
    parent: Option<usize>,
    leaf: bool,
}

/// A message and its elements.
struct Message<'m> {
    bytes: &'m [u8],
    elements: Vec<Element>,
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> usize {
    bytes[from..].windows(what.len()).position(|window| window == what).map_or(bytes.len(), |at| from + at)
}

impl<'m> Message<'m> {
    /// Reads a message that is well-formed and has no `>` in attributes.
    fn read(bytes: &'m [u8]) -> Self {
        let mut elements: Vec<Element> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let from = find(bytes, at, b"<");
            let rest = &bytes[from.min(bytes.len())..];
            at = match rest {
                [] => break,
                [b'<', b'!', b'-', ..] => find(bytes, from, b"-->") + 3,
                [b'<', b'!', ..] => find(bytes, from, b"]]>") + 3,
                [b'<', b'?', ..] => find(bytes, from, b"?>") + 2,
                [b'<', b'/', ..] => {
                    let end = find(bytes, from, b">") + 1;
                    if let Some(element) = open.pop().and_then(|index| elements.get_mut(index)) {
                        element.content.end = from;
                        element.whole.end = end;
                    }
                    end
                }
                _ => {
                    let end = find(bytes, from, b">") + 1;
                    let name = rest.iter().position(|b| b" \t\r\n/>".contains(b)).map_or(end, |len| from + len);
                    if let Some(parent) = open.last() {
                        elements[*parent].leaf = false;
                    }
                    let parent = open.last().copied();
                    if bytes[end - 2] != b'/' {
                        open.push(elements.len());
                    }
                    let (tag, name) = (from..end, from + 1..name);
                    elements.push(Element { tag, name, content: end..end, whole: from..end, parent, leaf: true });
                    end
                }
            };
        }
        Self { bytes, elements }
    }

    fn any(&self, random: &mut Random) -> &Element {
        &self.elements[random.below(self.elements.len())]
    }

    /// A random leaf with a value.
    fn leaf(&self, random: &mut Random) -> &Element {
        let leaves: Vec<&Element> = self.elements.iter().filter(|e| e.leaf && !e.content.is_empty()).collect();
        leaves.get(random.below(leaves.len())).copied().unwrap_or(&self.elements[0])
    }

    fn put(&self, range: Range<usize>, what: impl AsRef<[u8]>) -> Vec<u8> {
        [&self.bytes[..range.start], what.as_ref(), &self.bytes[range.end..]].concat()
    }

    fn text(&self, range: &Range<usize>) -> String {
        String::from_utf8_lossy(&self.bytes[range.clone()]).into_owned()
    }

    /// The prefix of an element, with its colon.
    fn prefix(&self, element: &Element) -> String {
        let name = self.text(&element.name);
        name.find(':').map_or(String::new(), |colon| name[..=colon].to_owned())
    }

    /// The namespace of the message, if it is declared as usual.
    fn namespace(&self) -> String {
        let text = self.text(&self.elements[0].tag);
        let from = text.find("urn:iso").unwrap_or(0);
        text[from..].split(['"', '\'']).next().unwrap_or_default().to_owned()
    }
}

type Way = fn(&Message<'_>, &mut Random) -> Vec<u8>;

/// Every way by its name.
const WAYS: &[(&str, Way)] = &[
    ("nothing", |m, _| m.bytes.to_vec()),
    ("element deleted", |m, r| m.put(m.any(r).whole.clone(), "")),
    ("element doubled", |m, r| {
        let whole = m.any(r).whole.clone();
        m.put(whole.end..whole.end, m.text(&whole))
    }),
    ("elements swapped", swap),
    ("element moved", |m, r| {
        let (from, to) = (m.any(r).whole.clone(), m.any(r).whole.end);
        m.put(to..to, m.text(&from))
    }),
    ("element renamed", rename),
    ("start tag renamed", |m, r| {
        let name = m.any(r).name.clone();
        m.put(name.end..name.end, r.pick(&["x", "é", "-", ":", "1", "\u{FFFF}", "."]))
    }),
    ("value changed", value),
    ("character changed", |m, r| {
        let content = m.leaf(r).content.clone();
        let at = content.start + r.below(content.len());
        m.put(at..at + 1, r.pick(CHARACTERS))
    }),
    ("character inserted", |m, r| {
        let content = m.leaf(r).content.clone();
        let at = content.start + r.below(content.len() + 1);
        m.put(at..at, r.pick(CHARACTERS))
    }),
    ("value emptied", |m, r| {
        let leaf = m.leaf(r);
        match r.below(2) {
            0 => m.put(leaf.content.clone(), ""),
            _ => {
                let start = m.text(&leaf.tag);
                m.put(leaf.whole.clone(), format!("{}/>", start.trim_end_matches('>')))
            }
        }
    }),
    ("value lengthened", |m, r| {
        let content = m.leaf(r).content.clone();
        let (unit, times) = (r.pick(&["x", "7", "é", "\u{1F600}", " "]), r.pick(&[1, 10, 35, 70, 140, 200, 600]));
        m.put(content.end..content.end, unit.repeat(times))
    }),
    ("white space around a value", |m, r| {
        let content = m.leaf(r).content.clone();
        let at = r.pick(&[content.start, content.end]);
        m.put(at..at, r.pick(&[" ", "\n", "\t", "\r\n", "  ", "&#13;", "\u{A0}"]))
    }),
    ("markup in a value", |m, r| {
        let content = m.leaf(r).content.clone();
        let at = content.start + r.below(content.len() + 1);
        m.put(at..at, r.pick(MARKUP))
    }),
    ("markup between elements", |m, r| {
        let element = m.any(r);
        let at = r.pick(&[element.whole.start, element.whole.end, element.tag.end]);
        m.put(at..at, r.pick(MARKUP))
    }),
    ("value in CDATA", |m, r| {
        let content = m.leaf(r).content.clone();
        m.put(content.clone(), format!("<![CDATA[{}]]>", m.text(&content)))
    }),
    ("value by references", |m, r| {
        let content = m.leaf(r).content.clone();
        let text: String = m.text(&content).chars().map(|c| format!("&#x{:X};", u32::from(c))).collect();
        m.put(content, text)
    }),
    ("attribute added", |m, r| {
        let name = m.any(r).name.clone();
        m.put(name.end..name.end, r.pick(ATTRIBUTES))
    }),
    ("attribute changed", attribute),
    ("namespace redeclared", redeclare),
    ("foreign element", |m, r| {
        let element = m.any(r);
        let at = r.pick(&[element.whole.start, element.whole.end, element.tag.end]);
        m.put(at..at, r.pick(FOREIGN))
    }),
    ("supplementary data", |m, r| {
        let at = m.elements[1.min(m.elements.len() - 1)].content.end;
        let envelopes: Vec<&str> = FOREIGN.iter().copied().filter(|text| text.contains("Envlp")).collect();
        m.put(at..at, r.pick(&envelopes))
    }),
    ("bytes flipped", |m, r| {
        let mut bytes = m.bytes.to_vec();
        for _ in 0..=r.below(3) {
            let at = r.below(bytes.len());
            bytes[at] = r.pick(&[bytes[at] ^ 1, bytes[at] ^ 0x80, b'<', b'>', b'&', b'"', b'/', b' ', 0, 0xEF, b'\'']);
        }
        bytes
    }),
    ("bytes deleted", |m, r| {
        let at = r.below(m.bytes.len());
        m.put(at..(at + 1 + r.below(4)).min(m.bytes.len()), "")
    }),
    ("bytes inserted", |m, r| {
        let at = r.below(m.bytes.len());
        let bytes: &[&[u8]] =
            &[&[0], &[0xFF; 32], &[0xC3], &[0xED, 0xA0, 0x80], &[0xF4, 0x90, 0x80, 0x80], &[0xC0, 0xAF]];
        m.put(at..at, r.pick(bytes))
    }),
    ("cut off", |m, r| m.bytes[..r.below(m.bytes.len())].to_vec()),
    ("something behind", |m, r| m.put(m.bytes.len()..m.bytes.len(), r.pick(BEHIND))),
    ("something before", |m, r| m.put(0..0, r.pick(BEFORE))),
    ("line ends", |m, _| m.text(&(0..m.bytes.len())).replace('\n', "\r\n").replace("><", ">\r\n<").into_bytes()),
    ("blanks in tags", |m, r| {
        let element = m.any(r);
        let at = r.pick(&[element.tag.end - 1, element.whole.end - 1, element.name.start, element.name.end]);
        m.put(at..at, r.pick(&[" ", "\n", "\t ", "\r\n", "\u{A0}", "/"]))
    }),
    ("empty element written out", |m, r| {
        let element = m.any(r);
        m.put(element.content.clone(), "")
    }),
];

const CHARACTERS: &[&str] = &[
    "a",
    "Z",
    "0",
    "9",
    ".",
    "-",
    "+",
    ",",
    " ",
    "\t",
    "\n",
    "\r",
    "é",
    "ß",
    "€",
    "\u{1F600}",
    "\u{FEFF}",
    "\u{FFFD}",
    "\u{FFFE}",
    "\u{0}",
    "\u{1}",
    "\u{7F}",
    "\u{85}",
    "\u{2028}",
    ">",
    "<",
    "&",
    "]]>",
    "]]&gt;",
    "&lt;",
    "&#65;",
    "&#x20AC;",
    "&#0;",
    "&#xD;",
    "&#xFFFE;",
    "&#x110000;",
    "&nbsp;",
    "&#xD800;",
    "&amp",
    "&#0000000000000000000000000000000000000065;",
    "\"",
    "'",
    "&quot;",
    "&apos;",
    "\u{10FFFF}",
    "\u{E000}",
    "&#10;",
    "&#x;",
    "&;",
    "& ",
    "１",
];

const MARKUP: &[&str] = &[
    "<!-- c -->",
    "<!---->",
    "<!-- a -- b -->",
    "<!-- a --->",
    "<!--->",
    "<!-- é € \u{1F600} -->",
    "<?p?>",
    "<?p some > text?>",
    "<?xml version=\"1.0\"?>",
    "<?XmL?>",
    "<?p:q?>",
    "<?1?>",
    "<??>",
    "<![CDATA[]]>",
    "<![CDATA[ ]]>",
    "<![CDATA[x]]>",
    "<![CDATA[<&]]]]>",
    "<![CDATA[",
    "<![cdata[x]]>",
    "<!x>",
    "</>",
    "<>",
    "< a/>",
    "text",
    "&amp;",
    "&#32;",
    "&#x41;",
    " \n\t ",
    "\r",
    "]]>",
    "<!-- \u{FFFE} -->",
    "<?p \u{1}?>",
    "<x/>",
    "<x></x>",
    "<!ENTITY a 'b'>",
];

const ATTRIBUTES: &[&str] = &[
    " Ccy=\"EUR\"",
    " Ccy='EUR'",
    " a=\"1\"",
    " xml:lang=\"de\"",
    " xml:space=\"preserve\"",
    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"",
    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"false\"",
    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Max35Text\"",
    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\" Max140Text \"",
    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"q:Max35Text\"",
    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"urn:x x.xsd\"",
    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:other=\"1\"",
    " xmlns:p=\"urn:p\" p:a=\"1\"",
    " p:a=\"1\"",
    " a=\"1\" a=\"2\"",
    " xmlns:p=\"urn:p\" xmlns:q=\"urn:p\"",
    " xmlns:p=\"\"",
    " xmlns:xml=\"http://www.w3.org/XML/1998/namespace\"",
    " xmlns:xml=\"urn:x\"",
    " xmlns:xmlns=\"urn:x\"",
    " xmlns:p=\"http://www.w3.org/2000/xmlns/\"",
    " xmlns:p='a &lt; b' ",
    " xmlns:p='a & b'",
    " xmlns:p='a < b'",
    " a=1",
    " a",
    " a=\"",
    " =\"1\"",
    " é='ü'",
    "a=\"1\"",
];

const FOREIGN: &[&str] = &[
    "<x xmlns=\"urn:x\"/>",
    "<p:x xmlns:p=\"urn:x\"><p:y a='1'>t</p:y></p:x>",
    "<p:x/>",
    "<Document/>",
    "<MsgId>1</MsgId>",
    "<SplmtryData><Envlp><x xmlns=''>t<y/>&amp;</x></Envlp></SplmtryData>",
    "<SplmtryData><PlcAndNm>a</PlcAndNm><Envlp><x/></Envlp></SplmtryData>",
    "<SplmtryData><Envlp/></SplmtryData>",
    "<SplmtryData><Envlp>text</Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x/><y/></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><p:x xmlns:p='urn:p' p:a='1' b='2'><p:x>&lt;</p:x><![CDATA[<]]></p:x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='Max35Text'>a</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='Max35Text'/></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='No'>a</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='s:string' xmlns:s='http://www.w3.org/2001/XMLSchema'>a</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='s:date' xmlns:s='http://www.w3.org/2001/XMLSchema'>a</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'/></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><Document><x/></Document></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x><Document/></x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x><y></x></y></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x a='1' a='2'/></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:s='http://www.w3.org/2001/XMLSchema' i:type='s:string'><y/></x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:s='http://www.w3.org/2001/XMLSchema' i:type='s:anyType'><y a='1'>t</y></x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:s='http://www.w3.org/2001/XMLSchema' i:type='s:date'>2026-01-01</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:s='http://www.w3.org/2001/XMLSchema' i:type='s:decimal' a='1'>1.5</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:s='http://www.w3.org/2001/XMLSchema' i:type='s:integer'>1.5</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:s='http://www.w3.org/2001/XMLSchema' i:type='s:int'>15</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:s='http://www.w3.org/2001/XMLSchema' i:type='s:nope'>15</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:s='http://www.w3.org/2001/XMLSchema' i:type='s:anySimpleType'>15</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:s='http://www.w3.org/2001/XMLSchema' i:type='s:boolean'>15</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns:s='http://www.w3.org/2001/XMLSchema' i:type='s:token'>15</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='GrpHdr'/></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='z:Max35Text'>a</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type=''>a</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='maybe'>a</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='Max35Text' i:nil='false'>a</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='false'>a</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:other='false'>a</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xml:lang='de'/></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns=''>&lt;<y/>é</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x/>text</Envlp></SplmtryData>",
    "<SplmtryData><Envlp><!-- c --><x/><?p?></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' xmlns='urn:z' i:type='Max35Text'>a</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='ActiveCurrencyAndAmount' Ccy='EUR'>1</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='ActiveCurrencyAndAmount'>1</x></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><Document><FIToFICstmrCdtTrf/></Document></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><Document xmlns='urn:z'><MsgId/></Document></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><MsgId/></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><GrpHdr><MsgId/></GrpHdr></Envlp></SplmtryData>",
    "<SplmtryData><Envlp><x><MsgId>a</MsgId><MsgId>b</MsgId><CreDtTm>x</CreDtTm></x></Envlp></SplmtryData>",
    "<SplmtryData xmlns:q='urn:q'><Envlp><x xmlns='urn:z'><q:y xmlns:q='urn:r'/><é/></x></Envlp></SplmtryData>",
];

const BEHIND: &[&str] = &[
    "\n",
    "<!-- c -->",
    "<?p?>",
    "x",
    "\u{0}",
    "<a/>",
    "</a>",
    "&amp;",
    "<![CDATA[ ]]>",
    "\u{FEFF}",
    "<",
    "<!-- c",
    "<Document/>",
    "\u{A0}",
];

const BEFORE: &[&str] = &[
    "\u{FEFF}",
    "\n",
    " <!-- c -->",
    "<?p?>",
    "x",
    "<?xml version=\"1.0\"?>",
    "<?xml version='1.0' encoding='utf-8' standalone='no' ?>\n",
    "<?xml version=\"1.1\"?>",
    "<?xml version=\"2.0\"?>",
    "<?xml encoding=\"UTF-8\"?>",
    "<?xml version=\"1.0\" standalone=\"maybe\"?>",
    "<?xml  version = \"1.0\"  encoding = 'UTF-8'?>",
    "\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
    "<a/>",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><?xml version=\"1.0\"?>",
    "<?xml version=\"1.0\"encoding=\"UTF-8\"?>",
    "<?xml?>",
];

/// The values that a leaf may get: odd forms of numbers, dates, codes and identifiers.
const VALUES: &[&str] = &[
    "0",
    "-0.00",
    "+1",
    ".5",
    "5.",
    ".",
    "1e3",
    "INF",
    "1.123456",
    "12345678901234567.89",
    "0001.50",
    "1 5",
    "",
    " ",
    "true",
    "1",
    "TRUE",
    "2026-02-29",
    "2024-02-29",
    "1900-02-29",
    "2000-02-29",
    "2026-11-31",
    "12026-01-01",
    "0000-01-01",
    "-0001-01-01",
    "2026-01-01Z",
    "2026-01-01+14:00",
    "2026-01-01+14:01",
    "2026-01-01T24:00:00",
    "2026-01-01T24:00:00.1",
    "2026-01-01T23:59:60",
    "2026-01-01T10:00:00.123456789Z",
    "2026-01-01T10:00:00,5",
    "2026-01-01T10:00",
    "2026-01-01T10:00:00-13:59",
    "2026-01-01T10:00:00z",
    " 2026-01-01 ",
    "EUR",
    "eur",
    "EURO",
    "CLRG",
    "DEUTDEFF",
    "DEUTDEFF500",
    "DEUTDEFFXX",
    "eb6305c9-1f7f-49de-aed0-16487c27b42d",
    "eb6305c9-1f7f-19de-aed0-16487c27b42d",
    "DE02120300000000202051",
    "DE0",
    "x",
    "0123456789012345678901234567890123456",
    "2026",
    "2026-13",
    "10:00:00",
    "+49-301234567",
    "AQID",
    "AQ==",
    "A",
    "AQI",
    "A Q = =",
    "99999999999999999999999999999",
    "123456789012345678",
    "1234567890123456789",
    "0.00001",
    "0.000001",
    "１２",
    "٣",
];

fn value(m: &Message<'_>, r: &mut Random) -> Vec<u8> {
    let content = m.leaf(r).content.clone();
    m.put(content, r.pick(VALUES))
}

fn swap(m: &Message<'_>, r: &mut Random) -> Vec<u8> {
    let at = r.below(m.elements.len());
    let parent = m.elements[at].parent;
    let next = m.elements[at + 1..].iter().find(|other| other.parent == parent);
    let Some(next) = next.filter(|_| parent.is_some()) else { return m.bytes.to_vec() };
    let (one, two) = (m.elements[at].whole.clone(), next.whole.clone());
    let (first, between, second) = (m.text(&one), m.text(&(one.end..two.start)), m.text(&two));
    m.put(one.start..two.end, format!("{second}{between}{first}"))
}

fn rename(m: &Message<'_>, r: &mut Random) -> Vec<u8> {
    let (element, other) = (m.any(r), m.any(r));
    let prefix = m.prefix(element);
    let own = m.text(&element.name);
    let local = own.trim_start_matches(prefix.as_str());
    let shorter = local.trim_end_matches(|c: char| local.ends_with(c) && local.chars().count() > 1);
    let names = [m.text(&other.name), format!("{prefix}{local}x"), format!("{prefix}{shorter}"), local.to_owned()];
    let name = &names[r.below(names.len())];
    let (tag, content) = (m.text(&(element.name.end..element.tag.end)), m.text(&element.content));
    let end = if element.content.end == element.whole.end { String::new() } else { format!("</{name}>") };
    m.put(element.whole.clone(), format!("<{name}{tag}{content}{end}"))
}

fn attribute(m: &Message<'_>, r: &mut Random) -> Vec<u8> {
    let with: Vec<&Element> = m.elements.iter().filter(|e| e.tag.len() > e.name.len() + 3).collect();
    let Some(element) = with.get(r.below(with.len())) else { return m.bytes.to_vec() };
    let tag = m.text(&element.tag);
    let changed = match r.below(11) {
        0 => tag.replacen("=\"", "=\" ", 1),
        1 => tag.replace('"', "'"),
        2 => tag.replacen('=', " = ", 1),
        3 => tag.replacen("Ccy=\"", "Ccy=\"x", 1),
        4 => tag.replacen("Ccy", "ccy", 1),
        5 => tag.replacen("Ccy=\"E", "Ccy=\"&#69;", 1),
        6 => tag.replacen("Ccy=\"", "Ccy=\"\n", 1),
        7 => tag.replacen("\"", "", 1),
        8 => tag.replacen(">", "\t>", 1),
        9 => tag.replacen(" Ccy", "  Ccy", 1),
        _ => tag.replacen(" Ccy=\"", " Ccy=\"E\"U=\"", 1),
    };
    m.put(element.tag.clone(), changed)
}

/// Declares prefixes and default namespaces anew on an inner element, mostly so that all below means the same.
fn redeclare(m: &Message<'_>, r: &mut Random) -> Vec<u8> {
    let element = m.any(r);
    let (namespace, prefix) = (m.namespace(), m.prefix(element));
    let own = m.text(&element.name);
    let local = own.trim_start_matches(prefix.as_str()).to_owned();
    let tag = m.text(&(element.name.end..element.tag.end));
    let (content, closed) = (m.text(&element.content), element.content.end != element.whole.end);
    let again = |name: String, declarations: String, content: String| {
        let end = if closed { format!("</{name}>") } else { String::new() };
        m.put(element.whole.clone(), format!("<{name}{declarations}{tag}{content}{end}"))
    };
    let long = "p".repeat(r.pick(&[30, 31, 32, 40]));
    let prefixed = |with: &str| match prefix.as_str() {
        "" => content.replace("</", "\u{1}").replace('<', &format!("<{with}:")).replace('\u{1}', &format!("</{with}:")),
        prefix => content
            .replace(&format!("<{prefix}"), &format!("<{with}:"))
            .replace(&format!("</{prefix}"), &format!("</{with}:")),
    };
    match r.below(8) {
        0 => again(own.clone(), format!(" xmlns=\"{namespace}\""), content.clone()),
        1 => again(own.clone(), " xmlns=\"urn:other\"".to_owned(), content.clone()),
        2 => again(format!("q:{local}"), format!(" xmlns:q=\"{namespace}\""), content.clone()),
        3 => again(format!("q:{local}"), format!(" xmlns:q=\"{namespace}\" xmlns=\"urn:o\""), prefixed("q")),
        4 => again(format!("{long}:{local}"), format!(" xmlns:{long}=\"{namespace}\""), prefixed(&long)),
        5 => again(
            own.clone(),
            format!(" xmlns:{}=\"urn:o\"", prefix.trim_end_matches(':').replace("", "q")),
            content.clone(),
        ),
        6 => again(format!("é:{local}"), format!(" xmlns:é='{namespace}' xmlns=''"), prefixed("é")),
        _ => again(
            local.clone(),
            format!(" xmlns='{namespace}'"),
            content.replace(&format!("<{prefix}"), "<").replace(&format!("</{prefix}"), "</"),
        ),
    }
}

/// A message bent once, sometimes twice; and the names of the ways.
pub(crate) fn mutant(bytes: &[u8], random: &mut Random) -> (String, Vec<u8>) {
    let (first, way) = WAYS[random.below(WAYS.len())];
    let bent = way(&Message::read(bytes), random);
    if random.below(6) > 0 {
        return (first.to_owned(), bent);
    }
    let (second, way) = WAYS[random.below(WAYS.len())];
    match std::str::from_utf8(&bent).is_ok_and(|text| roxmltree::Document::parse(text).is_ok()) {
        true => (format!("{first}, {second}"), way(&Message::read(&bent), random)),
        false => (first.to_owned(), bent),
    }
}
