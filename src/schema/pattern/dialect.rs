//! The pattern language of XML Schema, read to its last rule and written in that of the regular expression library. Must
//! not match anything.
//!
//! ```text
//! pattern    = branch ("|" branch)*
//! branch     = (atom quantifier?)*
//! quantifier = "?" | "*" | "+" | "{" n ("," m?)? "}"
//! atom       = character | escape | "." | class | "(" pattern ")"
//! class      = "[" "^"? (range | escape)+ ("-" class)? "]"
//! range      = one ("-" one)?, one = character | escape of a single character
//! escape     = "\" (a single character's: n r t \ | . ? * + ( ) { } - [ ] ^) | "\" (i I c C s S d D w W)
//!            | "\p{…}" | "\P{…}" with a category or a block
//! ```

use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

use super::blocks;

/// Deeper groups than any pattern in use.
const MAX_DEPTH: usize = 50;
/// A larger count is no pattern for a value of a message.
const MAX_COUNT: u32 = 100_000;

const NAME_START: &str = r"_:A-Za-z\xC0-\xD6\xD8-\xF6\xF8-\x{2FF}\x{370}-\x{37D}\x{37F}-\x{1FFF}\x{200C}\x{200D}\x{2070}-\x{218F}\x{2C00}-\x{2FEF}\x{3001}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFFD}\x{10000}-\x{EFFFF}";
const NAME_MORE: &str = r"\-.0-9\xB7\x{300}-\x{36F}\x{203F}\x{2040}";

/// The general categories of Unicode.
const CATEGORIES: &[&str] = &[
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi",
    "Pf", "Po", "Z", "Zs", "Zl", "Zp", "S", "Sm", "Sc", "Sk", "So", "C", "Cc", "Cf", "Co", "Cn",
];

/// A pattern in the library's language, without anchors; or what is wrong with it.
pub(super) fn translate(pattern: &str) -> Result<String, String> {
    let mut parser =
        Parser { rest: pattern.chars().peekable(), depth: 0, out: String::with_capacity(pattern.len() + 16) };
    parser.pattern()?;
    match parser.rest.next() {
        None => Ok(parser.out),
        Some(c) => Err(format!("`{c}` stands where it can't: write `\\{c}` for the character")),
    }
}

struct Parser<'p> {
    rest: Peekable<Chars<'p>>,
    depth: usize,
    out: String,
}

impl Parser<'_> {
    fn pattern(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("its groups nest too deeply".to_owned());
        }
        self.branch()?;
        while self.rest.next_if_eq(&'|').is_some() {
            self.out.push('|');
            self.branch()?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn branch(&mut self) -> Result<(), String> {
        while let Some(first) = self.rest.next_if(|c| !matches!(c, '|' | ')')) {
            self.atom(first)?;
            self.quantifier()?;
        }
        Ok(())
    }

    fn atom(&mut self, first: char) -> Result<(), String> {
        match first {
            '.' => self.out.push_str(r"[^\n\r]"),
            '[' => return self.class(),
            '(' if self.rest.peek() == Some(&'?') => return Err("a group that begins with `?`".to_owned()),
            '(' => {
                self.out.push_str("(?:");
                self.pattern()?;
                self.rest.next_if_eq(&')').ok_or("a `(` is not closed")?;
                self.out.push(')');
            }
            '\\' => match self.escape()? {
                Escape::One(c) => self.one(c),
                Escape::Set(set) => self.out.push_str(&set),
            },
            '?' | '*' | '+' | '{' | '}' | ']' => {
                return Err(format!("`{first}` stands where it can't: write `\\{first}` for the character"));
            }
            c => self.one(c),
        }
        Ok(())
    }

    /// A character that means itself.
    fn one(&mut self, c: char) {
        match c.is_ascii_alphanumeric() || !c.is_ascii() {
            true => self.out.push(c),
            // Writing to a string cannot fail.
            false => drop(write!(self.out, "\\x{{{:X}}}", u32::from(c))),
        }
    }

    fn quantifier(&mut self) -> Result<(), String> {
        let Some(mark) = self.rest.next_if(|c| matches!(c, '?' | '*' | '+' | '{')) else { return Ok(()) };
        self.out.push(mark);
        if mark == '{' {
            let min = self.number()?;
            let mut max = Some(min);
            if self.rest.next_if_eq(&',').is_some() {
                self.out.push(',');
                max = if self.rest.peek() == Some(&'}') { None } else { Some(self.number()?) };
            }
            self.rest.next_if_eq(&'}').ok_or("a `{` is not closed")?;
            self.out.push('}');
            if max.is_some_and(|max| max < min) {
                return Err(format!("{{{min},{}}} is no range", max.unwrap_or_default()));
            }
        }
        match self.rest.peek() {
            Some(c @ ('?' | '*' | '+' | '{')) => Err(format!("`{c}` follows another quantifier")),
            _ => Ok(()),
        }
    }

    fn number(&mut self) -> Result<u32, String> {
        let mut digits = String::new();
        while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        let number = digits.parse().ok().filter(|number| *number <= MAX_COUNT);
        self.out.push_str(&digits);
        number.ok_or_else(|| format!("`{{{digits}` is no count from 0 to {MAX_COUNT}"))
    }

    /// A class, behind its `[`. Negation is of what stands before a subtraction, so that it gets brackets of its own.
    fn class(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("its classes nest too deeply".to_owned());
        }
        self.out.push_str(if self.rest.next_if_eq(&'^').is_some() { "[[^" } else { "[[" });
        let mut empty = true;
        loop {
            let c = self.rest.next().ok_or("a `[` is not closed")?;
            match c {
                ']' if !empty => break,
                ']' => return Err("a class is empty".to_owned()),
                '[' => return Err("`[` inside of a class: write `\\[` for the character".to_owned()),
                '-' if !empty && self.rest.peek() == Some(&'[') => {
                    self.rest.next();
                    self.out.push_str("]--");
                    self.class()?;
                    self.rest.next_if_eq(&']').ok_or("what is subtracted from a class must stand last in it")?;
                    self.out.push(']');
                    self.depth -= 1;
                    return Ok(());
                }
                c => self.class_item(c)?,
            }
            empty = false;
        }
        self.out.push_str("]]");
        self.depth -= 1;
        Ok(())
    }

    fn class_item(&mut self, first: char) -> Result<(), String> {
        let low = match self.class_one(first)? {
            Escape::One(c) => c,
            Escape::Set(set) => {
                self.out.push_str(&set);
                return Ok(());
            }
        };
        self.one(low);
        // A hyphen before `]` means itself, one before `[` is a subtraction.
        let mut ahead = self.rest.clone();
        if ahead.next() != Some('-') || matches!(ahead.next(), Some('[' | ']') | None) {
            return Ok(());
        }
        self.rest.next();
        let last = self.rest.next().unwrap_or(']');
        match self.class_one(last)? {
            Escape::One(high) if low <= high => {
                self.out.push('-');
                self.one(high);
                Ok(())
            }
            Escape::One(high) => Err(format!("{low}-{high} is no range")),
            Escape::Set(_) => Err(format!("a range from `{low}` needs a character as its end")),
        }
    }

    fn class_one(&mut self, c: char) -> Result<Escape, String> {
        if c == '\\' { self.escape() } else { Ok(Escape::One(c)) }
    }

    fn escape(&mut self) -> Result<Escape, String> {
        let c = self.rest.next().ok_or("it ends with `\\`")?;
        let set = match c {
            'n' => return Ok(Escape::One('\n')),
            'r' => return Ok(Escape::One('\r')),
            't' => return Ok(Escape::One('\t')),
            'i' => format!("[{NAME_START}]"),
            'I' => format!("[^{NAME_START}]"),
            'c' => format!("[{NAME_START}{NAME_MORE}]"),
            'C' => format!("[^{NAME_START}{NAME_MORE}]"),
            's' => r"[ \t\n\r]".to_owned(),
            'S' => r"[^ \t\n\r]".to_owned(),
            'd' => r"\p{Nd}".to_owned(),
            'D' => r"\P{Nd}".to_owned(),
            'w' => r"[^\p{P}\p{Z}\p{C}]".to_owned(),
            'W' => r"[\p{P}\p{Z}\p{C}]".to_owned(),
            'p' | 'P' => self.property(c)?,
            '\\' | '|' | '.' | '?' | '*' | '+' | '(' | ')' | '{' | '}' | '-' | '[' | ']' | '^' => {
                return Ok(Escape::One(c));
            }
            // No escapes of the dialect, but other validators take them for the character, and guidelines have them.
            c if c.is_ascii_punctuation() => return Ok(Escape::One(c)),
            c => return Err(format!("unknown escape `\\{c}`")),
        };
        Ok(Escape::Set(set))
    }

    /// A category or a block, behind its `\p` or `\P`.
    fn property(&mut self, letter: char) -> Result<String, String> {
        let missing = "`\\p` must be followed by a category or a block in braces";
        self.rest.next_if_eq(&'{').ok_or(missing)?;
        let mut name = String::new();
        loop {
            match self.rest.next().ok_or(missing)? {
                '}' => break,
                c => name.push(c),
            }
        }
        if CATEGORIES.contains(&name.as_str()) {
            return Ok(format!("\\{letter}{{{name}}}"));
        }
        let block = name.strip_prefix("Is").and_then(blocks::range);
        let (low, high) =
            block.ok_or_else(|| format!("`\\{letter}{{{name}}}` names no category and no known block"))?;
        let not = if letter == 'P' { "^" } else { "" };
        Ok(format!("[{not}\\x{{{low:X}}}-\\x{{{high:X}}}]"))
    }
}

/// What an escape stands for.
enum Escape {
    One(char),
    /// A set, as the library writes it.
    Set(String),
}
