//! The elements that are open when a walk stops, for whoever passes over the rest.

use super::Walk;
use super::frames::AS_EXPECTED;
use crate::xml::namespace::{Mark, Scopes};

impl Walk {
    /// The declarations in force.
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// The qualified names of the open elements from the root inwards, with the declarations to go back to behind each, where
    /// it declared any.
    pub fn open_elements(&self) -> Vec<(String, Option<Mark>)> {
        let mut prefix = self.prefix_text.as_deref();
        let mut outer = self.prefixes.iter().rev();
        let mut end = self.names.len();
        let mut open = Vec::with_capacity(self.frames.len());
        for at in (0..self.frames.len()).rev() {
            let Some(frame) = self.frames.get(&self.automaton, at) else { break };
            let name = if frame.name == AS_EXPECTED {
                let local = &self.automaton.labels[self.automaton.edges[frame.edge as usize].label as usize].name;
                match prefix {
                    Some(prefix) if !prefix.is_empty() => format!("{prefix}:{local}"),
                    _ => local.clone(),
                }
            } else {
                let from = std::mem::replace(&mut end, frame.name as usize);
                String::from_utf8_lossy(&self.names[frame.name as usize..from]).into_owned()
            };
            if frame.scopes.is_some() {
                prefix = outer.next().and_then(Option::as_deref);
            }
            open.push((name, frame.scopes));
        }
        open.reverse();
        open
    }
}
