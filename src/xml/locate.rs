//! From offsets to places: path, line and column. One pass over the input for all of them, and only when something is shown.

use std::collections::{HashMap, HashSet};

use super::Limits;
use super::name;
use super::token::{self, Markup, RawAttribute};
use crate::finding::Place;

/// The names of the children of an element so far: how often each came, and the number of the first.
type Children = HashMap<String, (u32, u32)>;

/// An open element.
struct Open {
    name: String,
    index: u32,
    /// Its number in the input, for the question whether a sibling of the same name follows.
    number: u32,
    children: Children,
}

/// The steps of a path as they were when an offset was passed.
struct Trail {
    steps: Vec<(String, u32, u32)>,
    attribute: Option<String>,
}

struct Tracer<'b> {
    bytes: &'b [u8],
    open: Vec<Open>,
    /// Elements at the top: one in a well-formed input.
    roots: Children,
    repeated: HashSet<u32>,
    elements: u32,
    attributes: Vec<RawAttribute>,
    limits: Limits,
}

/// The places of offsets in an input, in the order given. `start` is where its first character stands.
pub fn places(bytes: &[u8], start: usize, offsets: &[usize]) -> Vec<Place> {
    let mut order: Vec<usize> = (0..offsets.len()).collect();
    order.sort_by_key(|i| offsets[*i]);
    let sorted: Vec<usize> = order.iter().map(|i| offsets[*i].clamp(start, bytes.len().max(start))).collect();
    let mut tracer = Tracer {
        bytes,
        open: vec![],
        roots: Children::new(),
        repeated: HashSet::new(),
        elements: 0,
        attributes: vec![],
        limits: Limits { name: usize::MAX >> 1, attributes: usize::MAX, ..Limits::default() },
    };
    let trails = tracer.trails(start, &sorted);
    let lines = lines(bytes, start, &sorted);
    let mut places: Vec<Option<Place>> = vec![None; offsets.len()];
    for ((slot, trail), ((line, column), offset)) in order.iter().zip(trails).zip(lines.into_iter().zip(&sorted)) {
        places[*slot] = Some(Place { path: tracer.path(&trail), line, column, offset: *offset, length: 0 });
    }
    places.into_iter().flatten().collect()
}

/// Line and column of ascending offsets.
fn lines(bytes: &[u8], start: usize, offsets: &[usize]) -> Vec<(u32, u32)> {
    let (mut line, mut line_start, mut here) = (1, start, start);
    let mut all = Vec::with_capacity(offsets.len());
    for offset in offsets {
        let offset = (*offset).min(bytes.len());
        for at in memchr::memchr_iter(b'\n', &bytes[here.min(offset)..offset]) {
            line += 1;
            line_start = here + at + 1;
        }
        here = here.max(offset);
        let column = bytes[line_start.min(offset)..offset].iter().filter(|b| **b & 0xC0 != 0x80).count() as u32 + 1;
        all.push((line, column));
    }
    all
}

impl Tracer<'_> {
    /// The trail of each offset, ascending.
    fn trails(&mut self, start: usize, offsets: &[usize]) -> Vec<Trail> {
        let mut trails = Vec::with_capacity(offsets.len());
        let mut here = token::declaration(self.bytes, start).unwrap_or(start);
        loop {
            // What lies before the token that begins here belongs to the elements that are open.
            let next = memchr::memchr(b'<', &self.bytes[here.min(self.bytes.len())..]).map(|len| here + len);
            let text_end = next.unwrap_or(usize::MAX);
            while trails.len() < offsets.len() && offsets[trails.len()] < text_end {
                trails.push(self.trail(None));
            }
            let Some(tag) = next else { break };
            match self.token(tag, offsets, &mut trails) {
                Some(end) => here = end,
                None => break,
            }
        }
        while trails.len() < offsets.len() {
            trails.push(self.trail(None));
        }
        trails
    }

    /// Passes over the token at an offset; `None` when it is malformed.
    fn token(&mut self, tag: usize, offsets: &[usize], trails: &mut Vec<Trail>) -> Option<usize> {
        let markup = token::markup(self.bytes, tag).ok()?;
        let end = match markup {
            Markup::Comment => token::comment(self.bytes, tag).ok()?,
            Markup::Instruction => token::instruction(self.bytes, tag).ok()?,
            Markup::CharacterData => token::character_data(self.bytes, tag).ok()?.1,
            Markup::End => token::end_tag(self.bytes, tag, &self.limits).ok()?.1,
            Markup::Start => {
                let mut attributes = std::mem::take(&mut self.attributes);
                let start = token::start_tag(self.bytes, tag, &self.limits, &mut attributes);
                self.attributes = attributes;
                let start = start.ok()?;
                let qname = String::from_utf8_lossy(&self.bytes[start.name]).into_owned();
                self.enter(name::split(&qname).map_or(qname.as_str(), |(_, local)| local));
                self.inside(start.end, offsets, trails);
                if start.empty {
                    self.open.pop();
                }
                return Some(start.end);
            }
        };
        self.inside(end, offsets, trails);
        if markup == Markup::End {
            self.open.pop();
        }
        Some(end)
    }

    /// Takes the offsets that lie inside of the present tag.
    fn inside(&mut self, end: usize, offsets: &[usize], trails: &mut Vec<Trail>) {
        while let Some(offset) = offsets.get(trails.len()).filter(|offset| **offset < end) {
            let holds = |a: &&RawAttribute| (a.name.start..=a.value.end).contains(offset);
            let attribute = self.attributes.iter().find(holds);
            let attribute = attribute.map(|a| String::from_utf8_lossy(&self.bytes[a.name.clone()]).into_owned());
            trails.push(self.trail(attribute));
        }
        self.attributes.clear();
    }

    fn enter(&mut self, local: &str) {
        let number = self.elements;
        self.elements += 1;
        let siblings = self.open.last_mut().map_or(&mut self.roots, |parent| &mut parent.children);
        let index = match siblings.get_mut(local) {
            Some((count, first)) => {
                *count += 1;
                self.repeated.insert(*first);
                *count
            }
            None => {
                siblings.insert(local.to_owned(), (1, number));
                1
            }
        };
        self.open.push(Open { name: local.to_owned(), index, number, children: Children::new() });
    }

    fn trail(&self, attribute: Option<String>) -> Trail {
        Trail { steps: self.open.iter().map(|o| (o.name.clone(), o.index, o.number)).collect(), attribute }
    }

    fn path(&self, trail: &Trail) -> String {
        let mut path = String::new();
        for (name, index, number) in &trail.steps {
            path.push('/');
            path.push_str(name);
            if *index > 1 || self.repeated.contains(number) {
                path.push_str(&format!("[{index}]"));
            }
        }
        if let Some(attribute) = &trail.attribute {
            path.push_str("/@");
            path.push_str(attribute);
        }
        if path.is_empty() { "/".to_owned() } else { path }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn malformed_input_has_places_too() {
        for text in ["", "<a><b", "<a></b>", "<a>\n&", "\u{0}", "<!DOCTYPE a><a/>", "<a><![CDATA[", "</a></b>"] {
            for offset in 0..=text.len() + 1 {
                assert_eq!(places(text.as_bytes(), 0, &[offset]).len(), 1, "{text:?} {offset}");
            }
        }
    }
}
