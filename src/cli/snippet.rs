//! The line of the input where a finding stands, and a marker under the place, as compilers show it. Long lines are cut
//! around the place, tabs and wide characters keep the marker in its column, and no control character of the input
//! reaches the terminal. Must not know what a finding is.

use crate::pipeline::large::Excerpt;

/// How many columns of a source line are shown at most.
const SHOWN_COLUMNS: usize = 100;
/// How many columns are shown in front of the place when a line is cut.
const LEAD_COLUMNS: usize = 36;
/// A tab is shown as so many blanks: a message is indented deep enough as it is.
const TAB: &str = "  ";

/// A source line made ready for a terminal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Snippet {
    /// The line, or the part of it around the place.
    pub(crate) line: String,
    /// How many columns stand in front of the place.
    pub(crate) indent: usize,
    /// How many columns the place covers, at least one.
    pub(crate) length: usize,
    /// How many lines above the place the shown line is: at the end of an input, the last line that holds anything.
    pub(crate) above: u64,
}

/// The text that places are in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Text<'a> {
    /// All of it.
    Whole(&'a str),
    /// What stands around each place.
    Around(&'a [Excerpt]),
}

/// The snippet for a place, given by its byte offset and its length, 0 where that is not known: then it is what stands
/// there. What goes on behind the line is cut off. `None` when the offset is not in the text.
pub(crate) fn snippet(text: Text<'_>, offset: usize, length: usize) -> Option<Snippet> {
    match text {
        Text::Whole(text) => of_text(text, offset, length),
        Text::Around(excerpts) => {
            let excerpt = excerpts.iter().find(|excerpt| excerpt.offset == offset)?;
            of_text(&excerpt.text, offset - excerpt.start, length)
        }
    }
}

fn of_text(text: &str, offset: usize, length: usize) -> Option<Snippet> {
    let place = floor_char_boundary(text, offset)?;
    let shown = if text[place..].trim().is_empty() { text[..place].trim_end().len() } else { place };
    let line = line_around(text, shown);
    let within = shown - line.start;
    let line = &text[line];
    let span = match length {
        1.. if shown == place => floor_char_boundary(line, line.len().min(within + length))?.saturating_sub(within),
        _ => span_at(line, within),
    };
    Some(Snippet { above: text[shown..place].matches('\n').count() as u64, ..cut(line, within, span) })
}

/// The start of the character that the offset falls into; the end of the text counts as a place.
fn floor_char_boundary(text: &str, offset: usize) -> Option<usize> {
    (offset <= text.len()).then(|| (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0))
}

/// The line that holds the offset, without its end.
fn line_around(text: &str, offset: usize) -> std::ops::Range<usize> {
    let is_end = |c: char| c == '\n' || c == '\r';
    let start = text[..offset].rfind(is_end).map_or(0, |at| at + 1);
    let end = text[offset..].find(is_end).map_or(text.len(), |at| offset + at);
    start..end
}

/// The length in bytes of what stands at the place: a tag's name, an attribute, or a run of text.
fn span_at(line: &str, at: usize) -> usize {
    let rest = &line[at..];
    let inside_tag = line[..at].rfind(['<', '>']).is_some_and(|before| line.as_bytes()[before] == b'<');
    let length = match rest.as_bytes().first() {
        None => 0,
        Some(b'<') => rest
            .find(|c: char| c == '>' || c.is_whitespace())
            .map_or(rest.len(), |end| end + usize::from(rest.as_bytes()[end] == b'>')),
        Some(b'"' | b'\'') => rest[1..].find(&rest[..1]).map_or(rest.len(), |end| end + 2),
        Some(_) if inside_tag => rest.find(['>', '/', '<', ' ', '\t', '"', '\'']).unwrap_or(rest.len()),
        Some(_) => rest.find('<').map_or(rest.trim_end().len(), |end| rest[..end].trim_end().len()),
    };
    length.max(rest.chars().next().map_or(0, char::len_utf8))
}

/// Cuts a line around the place so that it fits, and counts the columns.
fn cut(line: &str, at: usize, span: usize) -> Snippet {
    let (before, place, after) = (&line[..at], &line[at..at + span], &line[at + span..]);
    let (before, place, after) = (printable(before), printable(place), printable(after));
    let whole = columns(&before) + columns(&place) + columns(&after);
    let mut line = String::new();
    if whole <= SHOWN_COLUMNS {
        let (indent, length) = (columns(&before), columns(&place).max(1));
        line.extend([before, place, after]);
        return Snippet { line, indent, length, above: 0 };
    }
    line.push_str(&tail(&before, LEAD_COLUMNS));
    let indent = columns(&line);
    let place = head(&place, SHOWN_COLUMNS - indent);
    let length = columns(&place).max(1);
    line.push_str(&place);
    line.push_str(&head(&after, SHOWN_COLUMNS.saturating_sub(indent + length)));
    Snippet { line, indent, length, above: 0 }
}

/// The end of a text that fits, with an ellipsis in front of it when something is cut.
fn tail(text: &str, fit: usize) -> String {
    if columns(text) <= fit {
        return text.to_owned();
    }
    let mut used = 1;
    let kept = text.char_indices().rev().take_while(|(_, c)| {
        used += width(*c);
        used <= fit
    });
    let from = kept.last().map_or(text.len(), |(at, _)| at);
    format!("…{}", &text[from..])
}

/// The begin of a text that fits, with an ellipsis behind it when something is cut.
fn head(text: &str, fit: usize) -> String {
    if columns(text) <= fit {
        return text.to_owned();
    }
    if fit == 0 {
        return String::new();
    }
    let mut used = 1;
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += width(*c);
            used <= fit
        })
        .collect();
    format!("{kept}…")
}

/// The text as it may go to a terminal: tabs as blanks, control and direction characters as a visible sign.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push_str(TAB),
            '\0'..='\x1f' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            '\x7f' => out.push('\u{2421}'),
            '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            '\u{feff}' => {}
            _ => out.push(c),
        }
    }
    out
}

/// How many terminal columns a text takes.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// How many terminal columns a character takes: none for marks that combine, two for wide ones.
fn width(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036f | 0x0483..=0x0489 | 0x0591..=0x05bd | 0x0610..=0x061a | 0x064b..=0x065f => 0,
        0x0e31 | 0x0e34..=0x0e3a | 0x0e47..=0x0e4e | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff => 0,
        0x200b..=0x200f | 0x20d0..=0x20ff | 0x3099..=0x309a | 0xfe00..=0xfe0f | 0xfe20..=0xfe2f => 0,
        0x1100..=0x115f | 0x2e80..=0x303e | 0x3041..=0x33ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff => 2,
        0xa000..=0xa4cf | 0xa960..=0xa97f | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f => 2,
        0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1f64f | 0x1f680..=0x1f6ff => 2,
        0x1f900..=0x1f9ff | 0x1fa70..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, needle: &str, expected_line: &str, expected_marked: &str) {
        let offset = text.find(needle).unwrap();
        let found = of_text(text, offset, 0).unwrap();
        assert_eq!(found.line, expected_line);
        let marked: String = {
            let mut column = 0;
            let on_marker = |c: &char| {
                let here = column;
                column += width(*c);
                here >= found.indent && here < found.indent + found.length
            };
            found.line.chars().filter(on_marker).collect()
        };
        assert_eq!(marked, expected_marked);
    }

    #[test]
    fn marks_what_stands_at_the_place() {
        check("<a>\n  <IBAN>DE00</IBAN>\n</a>", "DE00", "  <IBAN>DE00</IBAN>", "DE00");
        check("<a>\n  <IBAN>DE00</IBAN>\n</a>", "<IBAN", "  <IBAN>DE00</IBAN>", "<IBAN>");
        check("<a>\r\n\t<Amt Ccy=\"EUX\">1</Amt>\r\n</a>", "Ccy", "  <Amt Ccy=\"EUX\">1</Amt>", "Ccy=");
        check("<a>\r\n\t<Amt Ccy=\"EUX\">1</Amt>\r\n</a>", "\"EUX", "  <Amt Ccy=\"EUX\">1</Amt>", "\"EUX\"");
        check("<a>\n  <b>two words  </b>", "two", "  <b>two words  </b>", "two words");
        check("\u{feff}<a>x</a>", "x", "<a>x</a>", "x");
    }

    #[test]
    fn marks_the_whole_token_as_far_as_the_line_goes() {
        for (text, at, length, expected) in [
            ("<a>\n  <b c=\"1\">x</b>", 6, 9, 9),
            ("<a>\n  <b\n  c=\"1\">x</b>", 6, 12, 2),
            ("<Nm>é1</Nm>", 4, 3, 2),
            ("<Nm>é1</Nm>", 4, 4, 3),
        ] {
            assert_eq!(of_text(text, at, length).unwrap().length, expected, "{text}");
        }
    }

    #[test]
    fn wide_and_combining_characters_keep_the_column() {
        check("<Nm>請求書</Nm><Id>7</Id>", "7", "<Nm>請求書</Nm><Id>7</Id>", "7");
        assert_eq!(of_text("<Nm>請求書</Nm><Id>7</Id>", 22, 0).unwrap().indent, 19);
        assert_eq!(columns("e\u{301}"), 1);
    }

    #[test]
    fn nothing_of_the_input_steers_the_terminal() {
        check("<a>x\u{1b}[31mred\u{202e}</a>", "x", "<a>x␛[31mred\u{fffd}</a>", "x␛[31mred\u{fffd}");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let line = format!("{}<Cd>XX</Cd>{}", "<x>abc</x>".repeat(50), "<y>def</y>".repeat(50));
        let found = of_text(&line, line.find("XX").unwrap(), 0).unwrap();
        assert!(columns(&found.line) <= SHOWN_COLUMNS, "{}", columns(&found.line));
        assert!(found.line.starts_with('…') && found.line.ends_with('…'));
        assert_eq!(found.length, 2);
        let at: String = found.line.chars().skip(found.indent).take(2).collect();
        assert_eq!(at, "XX");
        let long = format!("<Nm>{}</Nm>", "K".repeat(400));
        let found = of_text(&long, 4, 0).unwrap();
        assert!(columns(&found.line) <= SHOWN_COLUMNS && found.line.starts_with("<Nm>KKK"));
    }

    #[test]
    fn at_the_end_the_last_line_that_holds_anything_is_shown() {
        let text = "<a>\n  <b>x\n\n";
        let found = of_text(text, text.len(), 0).unwrap();
        assert_eq!(found, Snippet { line: "  <b>x".to_owned(), indent: 6, length: 1, above: 2 });
        assert_eq!(of_text(text, 6, 0).unwrap().above, 0);
    }

    #[test]
    fn every_offset_has_a_snippet_or_is_outside() {
        let text = "<a>é\r\n</a>";
        for offset in 0..=text.len() {
            assert!(of_text(text, offset, 3).is_some_and(|s| s.length > 0), "{offset}");
        }
        assert_eq!(of_text(text, text.len() + 1, 0), None);
        assert_eq!(of_text("", 0, 0), Some(Snippet { line: String::new(), indent: 0, length: 1, above: 0 }));
    }
}
