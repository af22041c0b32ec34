//! The characters of XML 1.0 (fifth edition): which may stand at all, and which in a name.

/// Whether a character may stand in a document (production 2, Char).
pub fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Whether a name may start with a character (production 4 without the colon).
pub fn is_name_start(c: char) -> bool {
    matches!(c, 'A'..='Z' | '_' | 'a'..='z'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}'
        | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}'
        | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// Whether a character may stand in a name (production 4a without the colon).
pub fn is_name_char(c: char) -> bool {
    is_name_start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Whether a text is a name without a colon.
pub fn is_ncname(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(is_name_start) && chars.all(is_name_char)
}

/// Splits a qualified name into prefix (empty for none) and local name. `None` when it is not one.
pub fn split(qname: &str) -> Option<(&str, &str)> {
    let (prefix, local) = qname.split_once(':').unwrap_or(("", qname));
    let prefix_ok = prefix.is_empty() && !qname.starts_with(':') || is_ncname(prefix);
    (prefix_ok && is_ncname(local)).then_some((prefix, local))
}

/// Whether a byte is XML white space.
pub fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_qualified_names() {
        let cases = [
            ("Document", Some(("", "Document"))),
            ("p:Document", Some(("p", "Document"))),
            ("admi.002.001.01", Some(("", "admi.002.001.01"))),
            ("Größe", Some(("", "Größe"))),
            (":a", None),
            ("a:", None),
            ("a:b:c", None),
            ("1a", None),
            ("-a", None),
            ("", None),
        ];
        for (qname, expected) in cases {
            assert_eq!(split(qname), expected, "{qname:?}");
        }
    }
}
