//! Which namespace a prefix stands for, scope by scope. One buffer holds all names: a message costs no allocation.

use super::name;
use super::token::{self, RawAttribute};
use super::{Fault, Stop};
use crate::finding::Rule;

/// The namespace of the prefix `xml`.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// The namespace of `xsi:type`, `xsi:nil` and `xsi:schemaLocation`.
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// The namespace of the built-in types.
pub const XSD: &str = "http://www.w3.org/2001/XMLSchema";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

#[derive(Debug, Clone, Copy)]
struct Declaration {
    prefix: (u32, u32),
    uri: (u32, u32),
}

/// The declarations in force.
#[derive(Debug, Default)]
pub struct Scopes {
    text: String,
    declarations: Vec<Declaration>,
}

impl Clone for Scopes {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), declarations: self.declarations.clone() }
    }

    /// Keeps the memory that is there.
    fn clone_from(&mut self, source: &Self) {
        self.text.clone_from(&source.text);
        self.declarations.clone_from(&source.declarations);
    }
}

/// A point to go back to when an element ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(u32);

impl Scopes {
    /// Forgets every declaration.
    pub fn clear(&mut self) {
        self.text.clear();
        self.declarations.clear();
    }

    /// The present point.
    pub fn mark(&self) -> Mark {
        Mark(self.declarations.len() as u32)
    }

    /// What was declared after a point: prefix and namespace.
    pub fn since(&self, mark: Mark) -> impl Iterator<Item = (&str, &str)> {
        self.declarations[mark.0 as usize..].iter().map(|d| (self.text(d.prefix), self.text(d.uri)))
    }

    /// Forgets what was declared after a point. Says whether anything was.
    pub fn back_to(&mut self, mark: Mark) -> bool {
        let keep = mark.0 as usize;
        let Some(first) = self.declarations.get(keep) else { return false };
        self.text.truncate(first.prefix.0 as usize);
        self.declarations.truncate(keep);
        true
    }

    /// Declares a prefix (empty is the default namespace). An error says what is wrong with it.
    ///
    /// # Errors
    /// When one of the reserved prefixes or namespaces is misused, or a prefix is undeclared (XML Namespaces 1.0, section 3).
    pub fn declare(&mut self, prefix: &str, uri: &str) -> Result<(), &'static str> {
        match (prefix, uri) {
            ("xmlns", _) => return Err("the prefix xmlns may not be declared"),
            ("xml", XML) => return Ok(()),
            ("xml", _) | (_, XML) => return Err("the prefix xml and its namespace belong together"),
            (_, XMLNS) => return Err("the namespace of xmlns may not be declared"),
            (prefix, "") if !prefix.is_empty() => return Err("a prefix may not be declared as no namespace"),
            (prefix, _) if !prefix.is_empty() && !name::is_ncname(prefix) => {
                return Err("the prefix is not a name");
            }
            _ => {}
        }
        let mut push = |text: &str| {
            let from = self.text.len() as u32;
            self.text.push_str(text);
            (from, self.text.len() as u32)
        };
        let (prefix, uri) = (push(prefix), push(uri));
        self.declarations.push(Declaration { prefix, uri });
        Ok(())
    }

    fn text(&self, range: (u32, u32)) -> &str {
        &self.text[range.0 as usize..range.1 as usize]
    }

    /// The namespace of a prefix (empty: the default one, which is no namespace where it is not declared). `None` when
    /// the prefix is not declared.
    pub fn resolve(&self, prefix: &str) -> Option<&str> {
        let found = self.declarations.iter().rev().find(|d| self.text(d.prefix) == prefix);
        match (found, prefix) {
            (Some(declaration), _) => Some(self.text(declaration.uri)),
            (None, "") => Some(""),
            (None, "xml") => Some(XML),
            (None, _) => None,
        }
    }

    /// Declares what the attributes of a start tag declare.
    ///
    /// # Errors
    /// What [`Scopes::declare`] refuses, and a malformed value.
    pub fn declare_all(&mut self, bytes: &[u8], attributes: &[RawAttribute]) -> Result<(), Stop> {
        for attribute in attributes {
            let Some(prefix) = token::declared_prefix(&bytes[attribute.name.clone()]) else { continue };
            let uri = token::attribute_value(bytes, attribute.value.clone())?;
            self.declare(prefix, &uri).map_err(|text| {
                Stop::malformed(attribute.name.start, format!("This namespace declaration is wrong: {text}."))
            })?;
        }
        Ok(())
    }

    /// The namespace and local name of the qualified name at an offset. The default namespace is for elements only.
    ///
    /// # Errors
    /// What is no qualified name, and a prefix that is not declared.
    pub fn name<'n>(&self, qname: &'n str, at: usize, element: bool) -> Result<(&str, &'n str), Stop> {
        let Some((prefix, local)) = name::split(qname) else {
            return Err(Stop::malformed(at, "This is not a name with at most one colon inside."));
        };
        let uri = if prefix.is_empty() && !element { Some("") } else { self.resolve(prefix) };
        match uri {
            Some(uri) => Ok((uri, local)),
            None => Err(Fault::new(Rule::XmlNotWellFormed, at, "This prefix is not declared.").found(prefix).into()),
        }
    }

    /// The prefix declared last that stands for a namespace and is not hidden by a later declaration.
    pub fn prefix_of(&self, uri: &str) -> Option<&str> {
        self.declarations
            .iter()
            .rev()
            .filter(|d| self.text(d.uri) == uri)
            .map(|d| self.text(d.prefix))
            .find(|prefix| self.resolve(prefix) == Some(uri))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_nest() {
        let mut scopes = Scopes::default();
        assert_eq!(scopes.resolve(""), Some(""));
        assert_eq!(scopes.resolve("p"), None);
        scopes.declare("", "urn:a").unwrap();
        scopes.declare("p", "urn:b").unwrap();
        let mark = scopes.mark();
        scopes.declare("p", "urn:c").unwrap();
        assert_eq!((scopes.resolve("p"), scopes.prefix_of("urn:b")), (Some("urn:c"), None));
        assert!(scopes.back_to(mark));
        assert!(!scopes.back_to(mark));
        assert_eq!((scopes.resolve("p"), scopes.prefix_of("urn:b")), (Some("urn:b"), Some("p")));
        scopes.declare("", "").unwrap();
        assert_eq!(scopes.resolve(""), Some(""));
    }

    #[test]
    fn reserved_names_stay_reserved() {
        let bad = [("xmlns", "urn:a"), ("xml", "urn:a"), ("p", XML), ("p", XMLNS), ("p", "")];
        for (prefix, uri) in bad {
            assert!(Scopes::default().declare(prefix, uri).is_err(), "{prefix} {uri}");
        }
        assert_eq!(Scopes::default().resolve("xml"), Some(XML));
    }
}
