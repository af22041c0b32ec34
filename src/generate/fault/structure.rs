//! Faults in which elements stand where they may not. Each is tried on a list of children, and taken only when the content
//! model is left at the very element that was meant.

use super::kind::Kind;
use super::model::{Seen, first_fault};
use super::{ContentPlan, Draw, Goal, NodeId, ParticleId, Planter, Spot, TermPlan, Wish};
use crate::generate::tree::Content;

/// Names that no message has.
const UNKNOWN: &[&str] = &["Cmmnt", "LclRefNb", "PmtNote", "IntlCd", "Xtra"];
/// Texts that someone left between elements.
const STRAY: &[&str] = &["see attachment", "x", "0", "N/A", "Überweisung"];
/// Another namespace than that of any message, and none at all.
const NAMESPACES: &[&str] = &["urn:iso:std:iso:20022:tech:xsd:pacs.999.001.01", "", "urn:example:payments"];

impl<'p> Planter<'p> {
    /// Changes which elements an element holds.
    pub(super) fn reshape(&mut self, kind: Kind, node: NodeId) -> Option<()> {
        let Some(ContentPlan::Elements(model)) = self.content(node) else { return None };
        let children = self.tree.children(node).to_vec();
        if self.flags[node].reshaped {
            return None;
        }
        match kind {
            Kind::Missing => self.missing(node, *model, children),
            Kind::Unknown => self.unknown(node, *model, children),
            Kind::Misspelt | Kind::WrongNamespace => self.renamed(kind, node, *model, &children),
            Kind::Misplaced => self.misplaced(node, *model, children),
            Kind::Repeated => self.repeated(node, *model, children),
            Kind::BothBranches => self.both_branches(node, *model, children),
            Kind::StrayText => self.stray_text(node, children.len()),
            Kind::Empty => self.emptied(node, *model, &children),
            _ => None,
        }
    }

    /// Where a list of children leaves the model.
    fn fault(&self, model: ParticleId, children: &[NodeId]) -> Option<usize> {
        let seen = |child: &NodeId| {
            let node = &self.tree.nodes[*child];
            Seen { name: &node.name, other: node.namespace.as_deref() }
        };
        let seen: Vec<Seen<'_>> = children.iter().map(seen).collect();
        first_fault(self.plan, model, &seen)
    }

    /// Gives an element other children, and marks where they leave the model.
    fn take(&mut self, kind: Kind, node: NodeId, children: Vec<NodeId>, at: usize, what: String) -> Option<()> {
        let (marked, spot) = match children.get(at) {
            Some(child) => (*child, Spot::Start),
            None => (node, Spot::End),
        };
        *self.tree.children_mut(node)? = children;
        self.mark(marked, spot, kind, kind.rule(), what);
        self.flag(node).reshaped = true;
        Some(())
    }

    fn name(&self, node: NodeId) -> String {
        self.tree.nodes[node].name.to_string()
    }

    fn missing(&mut self, node: NodeId, model: ParticleId, mut children: Vec<NodeId>) -> Option<()> {
        let from = self.rng.index(children.len());
        let at = (0..children.len()).map(|nth| (from + nth) % children.len()).find(|at| {
            let without: Vec<NodeId> = [&children[..*at], &children[at + 1..]].concat();
            self.is_clean(children[*at]) && self.fault(model, &without).is_some()
        })?;
        let removed = children.remove(at);
        let place = self.fault(model, &children)?;
        // What stands there instead must be free of other faults at its start tag.
        if children.get(place).is_some_and(|child| self.flags[*child].taken) {
            return None;
        }
        let what = format!("{} is missing in {}", self.name(removed), self.name(node));
        self.take(Kind::Missing, node, children, place, what)
    }

    fn unknown(&mut self, node: NodeId, model: ParticleId, mut children: Vec<NodeId>) -> Option<()> {
        let (name, at) = (UNKNOWN[self.rng.index(UNKNOWN.len())], self.rng.index(children.len() + 1));
        let element = self.tree.detached(Some(node), name.into(), None, Content::Value("12".to_owned()));
        children.insert(at, element);
        if self.fault(model, &children) != Some(at) {
            return None;
        }
        self.flag(element).frozen = true;
        let what = format!("{name} is put into {}", self.name(node));
        self.take(Kind::Unknown, node, children, at, what)
    }

    fn renamed(&mut self, kind: Kind, node: NodeId, model: ParticleId, children: &[NodeId]) -> Option<()> {
        let at = self.rng.index(children.len());
        let child = *children.get(at)?;
        if !self.is_clean(child) {
            return None;
        }
        let old = self.tree.nodes[child].clone();
        if kind == Kind::Misspelt {
            self.tree.nodes[child].name = self.misspelt(&old.name)?.into();
        } else {
            self.tree.nodes[child].namespace = Some(NAMESPACES[self.rng.index(NAMESPACES.len())].into());
        }
        if self.fault(model, children) != Some(at) {
            self.tree.nodes[child] = old;
            return None;
        }
        self.flag(child).frozen = true;
        let what = match kind {
            Kind::Misspelt => format!("{} is misspelt as {}", old.name, self.name(child)),
            _ => format!("{} is put into another namespace", old.name),
        };
        self.take(kind, node, children.to_vec(), at, what)
    }

    /// A name with one letter too few, too many, another one, two exchanged or in the other case.
    fn misspelt(&mut self, name: &str) -> Option<String> {
        let mut letters: Vec<char> = name.chars().collect();
        let at = self.rng.index(letters.len());
        match self.rng.below(5) {
            0 if letters.len() > 2 => drop(letters.remove(at)),
            1 => letters.insert(at, letters[at]),
            2 if at > 0 => letters.swap(at - 1, at),
            3 => {
                letters[at] = if letters[at].is_ascii_lowercase() {
                    letters[at].to_ascii_uppercase()
                } else {
                    letters[at].to_ascii_lowercase()
                }
            }
            _ => letters[at] = 'x',
        }
        let new: String = letters.into_iter().collect();
        let is_name = new.starts_with(|c: char| c.is_ascii_alphabetic());
        (new != name && is_name).then_some(new)
    }

    fn misplaced(&mut self, node: NodeId, model: ParticleId, mut children: Vec<NodeId>) -> Option<()> {
        let (from, to) = (self.rng.index(children.len()), self.rng.index(children.len()));
        if from == to {
            return None;
        }
        let moved = children.remove(from);
        children.insert(to, moved);
        let at = self.fault(model, &children)?;
        let neighbours = from.abs_diff(to) == 1;
        let offending = *children.get(at)?;
        if offending != moved && !(neighbours && (at == from || at == to)) {
            return None;
        }
        let part = if neighbours { vec![children[from], children[to]] } else { vec![moved] };
        if !part.iter().all(|child| self.is_clean(*child)) {
            return None;
        }
        part.into_iter().for_each(|child| self.flag(child).frozen = true);
        let what = format!("{} is moved in {}", self.name(moved), self.name(node));
        self.take(Kind::Misplaced, node, children, at, what)
    }

    fn repeated(&mut self, node: NodeId, model: ParticleId, mut children: Vec<NodeId>) -> Option<()> {
        let child = *children.get(self.rng.index(children.len()))?;
        let particle = self.tree.nodes[child].particle?;
        let is = |id: &NodeId| self.tree.nodes[*id].particle == Some(particle);
        let most = self.plan.particles[particle].max.filter(|max| *max <= 16)? as usize;
        let missing = (most + 1).checked_sub(children.iter().filter(|id| is(id)).count())?;
        let behind = children.iter().rposition(is)? + 1;
        if !matches!(self.plan.particles[particle].term, TermPlan::Element { .. })
            || !self.is_clean(child)
            || missing == 0
        {
            return None;
        }
        let copies: Vec<NodeId> = (0..missing).map(|_| self.tree.copy(child)).collect();
        children.splice(behind..behind, copies);
        let last = behind + missing - 1;
        if self.fault(model, &children) != Some(last) {
            return None;
        }
        self.flag(children[last]).frozen = true;
        let what = format!("{} stands {} times in {}", self.name(child), most + 1, self.name(node));
        self.take(Kind::Repeated, node, children, last, what)
    }

    fn both_branches(&mut self, node: NodeId, model: ParticleId, mut children: Vec<NodeId>) -> Option<()> {
        let at = self.rng.index(children.len());
        let (choice, branch) = self.choice(self.tree.nodes[*children.get(at)?].particle?)?;
        let TermPlan::Choice(branches) = &self.plan.particles[choice].term else { return None };
        let others: Vec<ParticleId> = branches.iter().copied().filter(|other| *other != branch).collect();
        let other = *others.get(self.rng.index(others.len()))?;
        let mut draw = Draw::new(self.plan, self.rng.clone(), self.day, self.currency);
        (draw.rich, draw.left) = (5, 30);
        let empty = Content::Elements { children: vec![], stray: None };
        let holder = draw.tree.add(None, "".into(), None, empty);
        draw.particle(holder, other, &[Wish { way: self.plan.alone(other), goal: Goal::Count(1) }]);
        self.rng.next();
        let [second] = *draw.tree.children(holder) else { return None };
        let behind = children.iter().rposition(|child| {
            self.tree.nodes[*child].particle.and_then(|particle| self.choice(particle)) == Some((choice, branch))
        })? + 1;
        let base = self.tree.nodes.len();
        self.tree.adopt(node, draw.tree);
        children.insert(behind, base + second);
        if self.fault(model, &children) != Some(behind) {
            return None;
        }
        self.flag(base + second).frozen = true;
        let (first, second) = (self.name(children[behind - 1]), self.name(base + second));
        self.take(
            Kind::BothBranches,
            node,
            children,
            behind,
            format!("{second} stands beside {first}, its alternative"),
        )
    }

    /// The choice nearest around a particle, and its branch.
    fn choice(&self, mut particle: ParticleId) -> Option<(ParticleId, ParticleId)> {
        while let Some(up) = self.plan.particles[particle].up {
            if matches!(self.plan.particles[up].term, TermPlan::Choice(_)) {
                return Some((up, particle));
            }
            particle = up;
        }
        None
    }

    fn stray_text(&mut self, node: NodeId, children: usize) -> Option<()> {
        let (text, at) = (STRAY[self.rng.index(STRAY.len())], self.rng.index(children + 1));
        if let Content::Elements { stray, .. } = &mut self.tree.nodes[node].content {
            *stray = Some((at, text.to_owned()));
        }
        let what = format!("text stands between the elements of {}", self.name(node));
        self.mark(node, Spot::Stray, Kind::StrayText, Kind::StrayText.rule(), what);
        self.flag(node).reshaped = true;
        Some(())
    }

    fn emptied(&mut self, node: NodeId, model: ParticleId, children: &[NodeId]) -> Option<()> {
        if children.len() > 6 || self.fault(model, &[]).is_none() || !children.iter().all(|child| self.is_clean(*child))
        {
            return None;
        }
        let what = format!("{} is left empty", self.name(node));
        self.take(Kind::Empty, node, vec![], 0, what)
    }
}
