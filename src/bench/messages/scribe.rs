//! Writes XML by hand, in several dresses of the same content: compact or indented, with or without a prefix, plain or
//! with accents and entities in every text. The dress never draws from the content's random numbers, so two dresses of
//! one seed hold the same message.

use super::rng::Rng;

/// How the same content is dressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Style {
    /// Line ends and indentation between elements.
    pub indented: bool,
    /// A prefix on every element, whatever the dialect does.
    pub prefixed: bool,
    /// Accented letters and entities in every free text.
    pub accented: bool,
}

pub(crate) struct Scribe {
    pub(crate) rng: Rng,
    pub(crate) style: Style,
    /// What stands for one level of indentation, and for a line end.
    pub(crate) indent: &'static str,
    pub(crate) newline: &'static str,
    /// How many of 100 free texts are accented when the style does not ask for all.
    pub(crate) accents: u8,
    prefix: &'static str,
    dress: Rng,
    out: String,
    depth: usize,
}

impl Scribe {
    pub(crate) fn new(seed: u64, style: Style) -> Self {
        Self {
            rng: Rng::new(seed),
            style,
            indent: "  ",
            newline: "\n",
            accents: 0,
            prefix: "",
            dress: Rng::new(!seed),
            out: String::new(),
            depth: 0,
        }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    pub(crate) fn chance(&mut self, percent: u8) -> bool {
        self.rng.chance(percent)
    }

    /// The XML declaration, when the dialect writes one.
    pub(crate) fn declaration(&mut self, declaration: &str) {
        self.out.push_str(declaration);
        if self.style.indented && !declaration.is_empty() {
            self.out.push_str(self.newline);
        }
    }

    fn line(&mut self) {
        if self.style.indented {
            for _ in 0..self.depth {
                self.out.push_str(self.indent);
            }
        }
    }

    fn line_end(&mut self) {
        if self.style.indented {
            self.out.push_str(self.newline);
        }
    }

    fn start_tag(&mut self, name: &str, attributes: &str) {
        self.out.push('<');
        self.out.push_str(self.prefix);
        self.out.push_str(name);
        self.out.push_str(attributes);
        self.out.push('>');
    }

    fn end_tag(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(self.prefix);
        self.out.push_str(name);
        self.out.push('>');
        self.line_end();
    }

    /// An element with elements inside.
    pub(crate) fn group(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.group_with(name, "", content);
    }

    /// The same, with attributes as they stand in the tag, such as ` xmlns="…"`.
    pub(crate) fn group_with(&mut self, name: &str, attributes: &str, content: impl FnOnce(&mut Self)) {
        self.line();
        self.start_tag(name, attributes);
        self.line_end();
        self.depth += 1;
        content(self);
        self.depth -= 1;
        self.line();
        self.end_tag(name);
    }

    /// The root of a schema's document: it declares the namespace, under the dialect's prefix.
    pub(crate) fn document(
        &mut self,
        (name, namespace, extra): (&str, &str, &str),
        prefix: &'static str,
        content: impl FnOnce(&mut Self),
    ) {
        let outer = std::mem::replace(&mut self.prefix, prefix);
        let attributes = match prefix.strip_suffix(':') {
            Some(prefix) => format!(" xmlns:{prefix}=\"{namespace}\"{extra}"),
            None => format!(" xmlns=\"{namespace}\"{extra}"),
        };
        self.group_with(name, &attributes, content);
        self.prefix = outer;
    }

    /// An element that holds a code, a number, a date or an identifier: nothing to escape.
    pub(crate) fn leaf(&mut self, name: &str, value: &str) {
        self.leaf_with(name, "", value);
    }

    /// An amount of money in hundredths, with its currency; yen have no hundredths.
    pub(crate) fn amount(&mut self, name: &str, hundredths: u64, currency: &str) {
        let value = if currency == "JPY" { (hundredths / 100).to_string() } else { decimal(hundredths) };
        self.leaf_with(name, &format!(" Ccy=\"{currency}\""), &value);
    }

    fn leaf_with(&mut self, name: &str, attributes: &str, value: &str) {
        self.line();
        self.start_tag(name, attributes);
        self.out.push_str(value);
        self.end_tag(name);
    }

    /// A code inside of its choice, such as `<Purp><Cd>SALA</Cd></Purp>`.
    pub(crate) fn code(&mut self, name: &str, choice: &str, value: &str) {
        self.group(name, |s| s.leaf(choice, value));
    }

    /// An element with free text of at most `most` characters, dressed and escaped.
    pub(crate) fn text(&mut self, name: &str, text: &str, most: usize) {
        self.line();
        self.start_tag(name, "");
        let all = self.style.accented;
        let accented = all || (self.accents > 0 && self.dress.chance(self.accents));
        let entity = all && self.dress.chance(50);
        let mut vowels = self.dress.below(3);
        for (i, letter) in text.chars().take(most).enumerate() {
            let dressed = if accented { accent(letter, &mut vowels) } else { letter };
            match dressed {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                // A space between two words becomes an ampersand, an apostrophe or a reference, each as one character.
                ' ' if entity && i > 3 && vowels == 1 => self.out.push_str("&amp;"),
                '\'' if all => self.out.push_str("&apos;"),
                'é' if entity => self.out.push_str("&#233;"),
                other => self.out.push(other),
            }
        }
        self.end_tag(name);
    }
}

/// Every third letter that has an accented sister becomes her; the count of characters stays.
fn accent(letter: char, vowels: &mut u64) -> char {
    let sister = match letter {
        'a' => 'á',
        'e' => 'é',
        'i' => 'í',
        'o' => 'ö',
        'u' => 'ü',
        'c' => 'ç',
        'n' => 'ñ',
        's' => 'š',
        'A' => 'Å',
        'O' => 'Ø',
        'U' => 'Ü',
        'E' => 'É',
        other => return other,
    };
    *vowels = (*vowels + 1) % 3;
    if *vowels == 0 { sister } else { letter }
}

/// An amount in hundredths as a decimal with two places.
pub(crate) fn decimal(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
