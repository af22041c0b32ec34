//! From offsets to places: path, line and column. One pass over the input for all of them, and only when something is shown.

use std::collections::{HashMap, HashSet};

use super::name;
use super::token::{self, Markup, RawAttribute};
use super::{Input, Limits, Stop};
use crate::finding::Place;

/// The places of offsets in an input that is in memory, in the order given. `start` is where its first character stands.
pub fn places(bytes: &[u8], start: usize, offsets: &[usize]) -> Vec<Place> {
    let mut tracer = Tracer::new(start, offsets);
    let consumed = tracer.take(bytes, 0, start, true);
    tracer.finish(consumed.max(start))
}

/// The places of offsets in an input that is read anew, in the order given.
pub fn places_in(input: &mut Input, offsets: &[usize]) -> Vec<Place> {
    let mut tracer = Tracer::new(input.start, offsets);
    let mut at = input.start;
    let mut came = input.more(0).unwrap_or(false);
    loop {
        at = tracer.take(input.bytes(), input.base, at, !came);
        if !came || tracer.is_done() {
            return tracer.finish(input.base + at);
        }
        let base = input.base;
        came = input.more(at).unwrap_or(false);
        at -= input.base - base;
    }
}

/// The children of one name that an element has so far: how often it came, and the number of the first.
struct Child {
    name: u32,
    count: u64,
    first: u64,
}

/// The children of an element so far.
#[derive(Default)]
struct Children {
    few: Vec<Child>,
    /// Those beyond the first [`Children::FEW`].
    more: HashMap<u32, Child>,
}

impl Children {
    /// So many are faster compared one by one.
    const FEW: usize = 32;

    fn clear(&mut self) {
        self.few.clear();
        self.more.clear();
    }

    /// Counts a child, the `number`th element of the input.
    fn count(&mut self, name: u32, number: u64) -> &Child {
        let new = Child { name, count: 0, first: number };
        let few = self.few.iter().position(|child| child.name == name);
        let child = match few {
            Some(at) => &mut self.few[at],
            None if self.few.len() < Self::FEW => {
                self.few.push(new);
                let last = self.few.len() - 1;
                &mut self.few[last]
            }
            None => self.more.entry(name).or_insert(new),
        };
        child.count += 1;
        child
    }
}

/// An open element.
#[derive(Default)]
struct Open {
    name: u32,
    index: u64,
    /// Its number in the input, for the question whether a sibling of the same name follows.
    number: u64,
    children: Children,
}

/// An offset with what was found out about it.
struct Sought {
    offset: usize,
    /// Name, index and number of each element it lies in.
    steps: Vec<(u32, u64, u64)>,
    attribute: Option<String>,
    line: u64,
    column: u64,
}

/// Follows the elements and lines of an input from its begin.
struct Tracer {
    /// Ascending by offset.
    sought: Vec<Sought>,
    /// Where each of them stood in the order given.
    order: Vec<usize>,
    /// How many of them have their steps, and their line and column.
    stepped: usize,
    lined: usize,
    names: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
    /// Elements with their memory; the first `depth` are open. Below all lies what holds the root: one element in a
    /// well-formed input.
    open: Vec<Open>,
    depth: usize,
    elements: u64,
    /// First elements of their names that are steps, and those of them that a sibling of the same name followed.
    watched: HashSet<u64>,
    repeated: HashSet<u64>,
    attributes: Vec<RawAttribute>,
    limits: Limits,
    begun: bool,
    /// Behind malformed markup: only lines are counted.
    lost: bool,
    line: u64,
    /// How many characters of the line were passed.
    characters: u64,
}

impl Tracer {
    fn new(start: usize, offsets: &[usize]) -> Self {
        let mut order: Vec<usize> = (0..offsets.len()).collect();
        order.sort_by_key(|i| offsets[*i]);
        let sought = |at: &usize| Sought {
            offset: offsets[*at].max(start),
            steps: Vec::new(),
            attribute: None,
            line: 0,
            column: 0,
        };
        Self {
            sought: order.iter().map(sought).collect(),
            order,
            stepped: 0,
            lined: 0,
            names: Vec::new(),
            numbers: HashMap::new(),
            open: vec![Open::default()],
            depth: 0,
            elements: 0,
            watched: HashSet::new(),
            repeated: HashSet::new(),
            attributes: Vec::new(),
            limits: Limits { name: usize::MAX >> 1, attributes: usize::MAX, text: usize::MAX, ..Limits::default() },
            begun: false,
            lost: false,
            line: 1,
            characters: 0,
        }
    }

    /// Whether nothing more can be found out.
    fn is_done(&self) -> bool {
        self.lost && self.lined == self.sought.len()
    }

    /// Follows what is complete in a window of the input, from an offset in it. Returns how far that is; `last` says that no
    /// more follows.
    fn take(&mut self, bytes: &[u8], base: usize, from: usize, last: bool) -> usize {
        let from = from.min(bytes.len());
        let mut here = from;
        if !self.begun {
            match token::declaration(bytes, from) {
                Ok(end) => here = end,
                Err(Stop::Incomplete) if !last => return from,
                Err(_) => {}
            }
            self.begun = true;
        }
        while !self.lost && here < bytes.len() {
            // What lies before the token that begins here belongs to the elements that are open.
            let tag = memchr::memchr(b'<', &bytes[here..]).map(|len| here + len);
            let text_end = tag.unwrap_or(bytes.len());
            self.step(base + text_end, None);
            here = text_end;
            let Some(tag) = tag else { break };
            match self.token(bytes, base, tag) {
                Ok(end) => here = end,
                Err(Stop::Incomplete) if !last => break,
                Err(_) => self.lost = true,
            }
        }
        if self.lost || last {
            here = bytes.len();
            self.step(usize::MAX, None);
        }
        self.count_lines(bytes, base, from, here);
        here
    }

    /// Passes over the token at an offset.
    fn token(&mut self, bytes: &[u8], base: usize, tag: usize) -> Result<usize, Stop> {
        let markup = token::markup(bytes, tag)?;
        let end = match markup {
            Markup::Comment => token::comment(bytes, tag)?,
            Markup::Instruction => token::instruction(bytes, tag)?,
            Markup::CharacterData => token::character_data(bytes, tag)?.1,
            Markup::End => token::end_tag(bytes, tag, &self.limits)?.1,
            Markup::Start => {
                let mut attributes = std::mem::take(&mut self.attributes);
                let start = token::start_tag(bytes, tag, &self.limits, &mut attributes);
                self.attributes = attributes;
                let start = start?;
                let qname = String::from_utf8_lossy(&bytes[start.name]);
                self.enter(name::split(&qname).map_or(&*qname, |(_, local)| local));
                self.step(base + start.end, Some((bytes, base)));
                if start.empty {
                    self.depth -= 1;
                }
                return Ok(start.end);
            }
        };
        self.step(base + end, None);
        if markup == Markup::End {
            self.depth = self.depth.saturating_sub(1);
        }
        Ok(end)
    }

    /// Gives the steps of the present place to the offsets that lie before an end. In a start tag they may be those of an
    /// attribute.
    fn step(&mut self, end: usize, tag: Option<(&[u8], usize)>) {
        while let Some(sought) = self.sought.get_mut(self.stepped).filter(|sought| sought.offset < end) {
            let open = &self.open[1..=self.depth];
            sought.steps = open.iter().map(|open| (open.name, open.index, open.number)).collect();
            self.watched.extend(open.iter().filter(|open| open.index == 1).map(|open| open.number));
            sought.attribute = tag.and_then(|(bytes, base)| {
                let holds = |a: &&RawAttribute| (base + a.name.start..=base + a.value.end).contains(&sought.offset);
                let attribute = self.attributes.iter().find(holds)?;
                Some(String::from_utf8_lossy(&bytes[attribute.name.clone()]).into_owned())
            });
            self.stepped += 1;
        }
    }

    fn enter(&mut self, local: &str) {
        let name = self.number(local);
        let number = self.elements;
        self.elements += 1;
        let child = self.open[self.depth].children.count(name, number);
        let (index, first) = (child.count, child.first);
        if index > 1 && self.watched.contains(&first) {
            self.repeated.insert(first);
        }
        self.depth += 1;
        if self.open.len() == self.depth {
            self.open.push(Open::default());
        }
        let open = &mut self.open[self.depth];
        (open.name, open.index, open.number) = (name, index, number);
        open.children.clear();
    }

    /// The number of a name.
    fn number(&mut self, local: &str) -> u32 {
        if let Some(number) = self.numbers.get(local) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.names.push(local.into());
        self.numbers.insert(local.into(), number);
        number
    }

    /// Counts the lines of a stretch of the window, and the characters of its last line.
    fn count_lines(&mut self, bytes: &[u8], base: usize, mut from: usize, end: usize) {
        while let Some(sought) = self.sought.get_mut(self.lined).filter(|sought| sought.offset <= base + end) {
            let to = (sought.offset - base).max(from);
            pass(&mut self.line, &mut self.characters, &bytes[from..to]);
            (sought.line, sought.column) = (self.line, self.characters + 1);
            self.lined += 1;
            from = to;
        }
        pass(&mut self.line, &mut self.characters, &bytes[from..end]);
    }

    /// The places, in the order given, when all was followed up to an end.
    fn finish(self, end: usize) -> Vec<Place> {
        let mut places: Vec<Option<Place>> = vec![None; self.order.len()];
        for (at, (slot, sought)) in self.order.iter().zip(&self.sought).enumerate() {
            let known = at < self.lined;
            let (line, column) = if known { (sought.line, sought.column) } else { (self.line, self.characters + 1) };
            let offset = if known { sought.offset } else { sought.offset.min(end) };
            places[*slot] = Some(Place { path: self.path(sought), line, column, offset, length: 0 });
        }
        places.into_iter().flatten().collect()
    }

    fn path(&self, sought: &Sought) -> String {
        let mut path = String::new();
        for (name, index, number) in &sought.steps {
            path.push('/');
            path.push_str(&self.names[*name as usize]);
            if *index > 1 || self.repeated.contains(number) {
                path.push_str(&format!("[{index}]"));
            }
        }
        if let Some(attribute) = &sought.attribute {
            path.push_str("/@");
            path.push_str(attribute);
        }
        if path.is_empty() { "/".to_owned() } else { path }
    }
}

/// Moves over text: line and characters are those of its end.
fn pass(line: &mut u64, characters: &mut u64, text: &[u8]) {
    let mut rest = text;
    if let Some(last) = memchr::memrchr(b'\n', text) {
        *line += memchr::memchr_iter(b'\n', text).count() as u64;
        *characters = 0;
        rest = &text[last + 1..];
    }
    *characters += rest.iter().filter(|b| **b & 0xC0 != 0x80).count() as u64;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::input::{Source, Trouble};

    #[test]
    fn finds_places() {
        let text = "<?xml version=\"1.0\"?>\n<a xmlns:p='u'>\n  <!-- <b> --><b>é1</b>\n  <b c='2' d='3'/><p:e><f/></p:e>\n</a>";
        // what stands at the offset, path, line, column
        let cases = [
            ("<?xml", "/", 1, 1),
            ("<a", "/a", 2, 1),
            ("<!--", "/a", 3, 3),
            ("<b>é", "/a/b[1]", 3, 15),
            ("é1", "/a/b[1]", 3, 18),
            ("1</b>", "/a/b[1]", 3, 19),
            ("</b>", "/a/b[1]", 3, 20),
            ("<b c", "/a/b[2]", 4, 3),
            ("c='2'", "/a/b[2]/@c", 4, 6),
            ("3'/>", "/a/b[2]/@d", 4, 15),
            ("<f/>", "/a/e/f", 4, 24),
            ("</p:e>", "/a/e", 4, 28),
            ("</a>", "/a", 5, 1),
        ];
        let offsets: Vec<usize> = cases.iter().rev().map(|(here, ..)| text.find(here).unwrap()).collect();
        let places = places(text.as_bytes(), 0, &offsets);
        for (place, (here, path, line, column)) in places.iter().zip(cases.iter().rev()) {
            assert_eq!((place.path.as_str(), place.line, place.column), (*path, *line, *column), "{here}");
        }
    }

    #[test]
    fn every_window_says_the_same() {
        struct Slow(Vec<u8>, usize);
        impl Source for Slow {
            fn read(&mut self, into: &mut [u8]) -> Result<usize, Trouble> {
                let len = into.len().min(self.0.len() - self.1);
                into[..len].copy_from_slice(&self.0[self.1..self.1 + len]);
                self.1 += len;
                Ok(len)
            }
        }
        let item = "<b c='1&#10;2'>é<!-- <x> --></b>\n<é:p xmlns:é='u'>\r\n<f/></é:p>";
        for tail in ["</a>", "</a></b>", "<![CDATA[<", "<c", "é"] {
            let text = format!("\u{feff}<?xml version='1.0'?>\n<a>\n{}{tail}", item.repeat(4));
            let offsets: Vec<usize> = (0..text.len() + 2).collect();
            let whole = places(text.as_bytes(), 3, &offsets);
            for window_bytes in [64, 65, 100, 1000] {
                let limits = Limits { window_bytes, ..Limits::default() };
                let mut input = Input::large(Box::new(Slow(text.clone().into_bytes(), 0)), limits).unwrap();
                assert_eq!(places_in(&mut input, &offsets), whole, "{tail} {window_bytes}");
            }
        }
    }

    #[test]
    fn malformed_input_has_places_too() {
        for text in ["", "<a><b", "<a></b>", "<a>\n&", "\u{0}", "<!DOCTYPE a><a/>", "<a><![CDATA[", "</a></b>"] {
            for offset in 0..=text.len() + 1 {
                assert_eq!(places(text.as_bytes(), 0, &[offset]).len(), 1, "{text:?} {offset}");
            }
        }
    }
}
