//! Whole messages: the frame, the items in it, the header before it. Must not know how a value is drawn.

use std::ops::RangeInclusive;

use super::calendar::{self, FIRST_DAY};
use super::draw::{Draw, Hole, Wish};
use super::plan::{Goal, ParticleId, Plan, TermPlan, Unsuited};
use super::rng::Rng;
use super::settle::{Facts, HOLE, Settle};
use super::style::Style;
use super::tree::{NodeId, Tree};
use super::words;
use super::write::{DECLARATION, Layout, Writer};
use crate::schema::model::Schema;
use crate::value::Currency;

/// How messages are made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// How many transactions or entries each has; `None` leaves it to chance.
    pub items: Option<u64>,
    /// Whether values go to the bounds of the schema where rules beyond it would be broken, such as IBANs of any length.
    pub schema_only: bool,
    /// How it is laid out.
    pub layout: Layout,
    /// In how many of 100 cases something optional is there; `None` changes from message to message.
    pub rich: Option<u64>,
}

/// Makes messages of one schema.
#[derive(Debug)]
pub struct Generator {
    pub(super) plan: Plan,
    head: Option<Plan>,
    message_id: String,
    item: Option<Item>,
}

/// What repeats in a message.
#[derive(Debug)]
struct Item {
    /// The particles from the root to it.
    way: Vec<ParticleId>,
    /// The names of the elements from the only child of the root down to it; empty when nothing is known of them.
    path: &'static [&'static str],
    /// The targets below, by number.
    targets: Vec<usize>,
}

/// How many targets each message is given.
const WISHES: usize = 8;

/// A message before it is written.
#[derive(Debug)]
pub struct Message<'p> {
    /// The document.
    pub tree: Tree<'p>,
    header: Option<Tree<'p>>,
    hole: Option<Hole>,
    pub(super) facts: Facts,
    pub(super) day: i64,
    seed: u64,
}

impl Generator {
    /// Compiles a schema.
    pub fn new(schema: &Schema) -> Result<Self, Unsuited> {
        let plan = Plan::new(schema)?;
        let message_id = schema.namespace.rsplit(':').next().unwrap_or_default().to_owned();
        let item = Item::find(&plan);
        Ok(Self { plan, head: None, message_id, item })
    }

    /// Puts a business application header, made from its own schema, before each document, and an envelope around both.
    pub fn with_header(mut self, header: &Schema) -> Result<Self, Unsuited> {
        self.head = Some(Plan::new(header)?);
        Ok(self)
    }

    /// How many items its messages may have; `None` where nothing repeats.
    pub fn items_allowed(&self) -> Option<RangeInclusive<u64>> {
        let particle = &self.plan.particles[*self.item.as_ref()?.way.last()?];
        Some(u64::from(particle.min)..=particle.max.map_or(u64::MAX, u64::from))
    }

    /// How many messages, numbered from 0, reach every target together.
    pub fn cycle(&self) -> u64 {
        self.plan.targets.len().div_ceil(WISHES) as u64
    }

    /// The message of a seed and a number, whole.
    pub fn message(&self, seed: u64, index: u64, settings: Settings) -> Message<'_> {
        let mut message = self.frame(seed, index, settings);
        if let Some(hole) = message.hole.take() {
            for nth in 0..message.facts.items {
                let item = self.item(&message, nth, settings);
                message.tree.graft(hole.parent, hole.at + nth as usize, item);
            }
        }
        message
    }

    /// The message of a seed and a number, piece by piece: of any number of items, in the memory of one.
    pub fn stream(&self, seed: u64, index: u64, settings: Settings) -> Stream<'_> {
        Stream { generator: self, settings, message: self.frame(seed, index, settings), next: Some(0) }
    }

    /// A message without its items.
    fn frame(&self, seed: u64, index: u64, settings: Settings) -> Message<'_> {
        let wishes = self.wishes(seed, index);
        // The same seed does not mean the same choices in every schema.
        let own = self.message_id.bytes().fold(seed, |seed, byte| Rng::of(&[seed, u64::from(byte)]).next());
        let mut rng = Rng::of(&[own, index]);
        let day = FIRST_DAY + rng.below(900) as i64;
        let items = self.items(&mut rng, &wishes, settings);
        let mut facts = self.facts(&mut rng, [own, index], day, items);
        let mut draw = Draw::new(&self.plan, rng.clone(), day, facts.currency);
        draw.free = settings.schema_only;
        draw.rich = settings.rich.unwrap_or([3, 12, 25, 45][rng.index(4)]);
        let mut wishes = wishes;
        if let Some(item) = &self.item {
            draw.item = item.way.last().copied();
            wishes.retain(|wish| wish.way.len() < item.way.len() || !wish.way.starts_with(&item.way));
            wishes.insert(0, Wish { way: &item.way, goal: Goal::Count(u32::from(items > 0)) });
        }
        let root = draw.element(None, &self.plan.root, None, 0, Style::Plain, &wishes);
        draw.tree.nodes[root].namespace = Some(self.plan.namespace.as_str().into());
        let (mut tree, hole) = (draw.tree, draw.hole);
        facts.items = if hole.is_some() { items } else { 0 };
        if !settings.schema_only {
            self.settle(&facts).frame(&mut tree, hole.map(|hole| hole.parent));
        }
        let header = self.head.as_ref().map(|plan| self.header(plan, &facts, &mut rng, day));
        Message { tree, header, hole, facts, day, seed }
    }

    fn settle<'a>(&'a self, facts: &'a Facts) -> Settle<'a> {
        Settle { plan: &self.plan, facts, path: self.item.as_ref().map_or(&[], |item| item.path) }
    }

    fn facts(&self, rng: &mut Rng, place: [u64; 2], day: i64, items: u64) -> Facts {
        let extreme = match (items, rng.below(8)) {
            (1, 0) => Some(0),
            (1, 1 | 2) => Some(18),
            _ => None,
        };
        // Few messages are in metals: they have as many decimals as the schema allows.
        let usual = if rng.chance(75) { 6 } else { words::CURRENCIES.len() };
        let currency = words::CURRENCIES[rng.index(usual)];
        let decimals = Currency::new(currency).ok().and_then(|currency| currency.minor_units()).unwrap_or(5);
        let id = super::style::reference(rng, day);
        Facts { place, id: format!("{id}{:04}", place[1] % 10_000), currency, decimals, items, extreme }
    }

    fn items(&self, rng: &mut Rng, wishes: &[Wish<'_>], settings: Settings) -> u64 {
        let (Some(item), Some(allowed)) = (&self.item, self.items_allowed()) else { return 0 };
        let wish = wishes.iter().find_map(|wish| match wish.goal {
            Goal::Count(count) if wish.way == item.way => Some(u64::from(count)),
            _ => None,
        });
        let below = wishes.iter().any(|wish| in_item(&item.way, wish.way, wish.goal));
        let chance = [0, 1, 1, 1, 2, 2, 3, 5][rng.index(8)].max(u64::from(below));
        settings.items.or(wish).unwrap_or(chance).clamp(*allowed.start(), *allowed.end())
    }

    /// The targets of a message: in a cycle each is the first wish of one message, and another wish of seven.
    fn wishes(&self, seed: u64, index: u64) -> Vec<Wish<'_>> {
        let stride = self.cycle();
        (0..WISHES as u64).filter_map(|nth| self.wish(seed.wrapping_add(index).wrapping_add(nth * stride))).collect()
    }

    fn wish(&self, number: u64) -> Option<Wish<'_>> {
        let target = spread(number, self.plan.targets.len()).map(|at| &self.plan.targets[at])?;
        Some(Wish { way: &target.way, goal: target.goal })
    }

    /// An item of a message, as the root of a tree of its own.
    fn item<'p>(&'p self, message: &Message<'p>, nth: u64, settings: Settings) -> Tree<'p> {
        let Some(item) = &self.item else { return Tree::default() };
        let [seed, index] = message.facts.place;
        let skipped = item.way.len();
        let below = |wish: Wish<'p>| Wish { way: &wish.way[skipped..], goal: wish.goal };
        // The first item takes what the message was given; the others have some of their own.
        let wishes: Vec<Wish<'p>> = match nth {
            0 => {
                let through = |wish: &Wish<'_>| in_item(&item.way, wish.way, wish.goal);
                self.wishes(message.seed, index).into_iter().filter(through).map(below).collect()
            }
            _ => spread(seed.wrapping_add(index * 31).wrapping_add(nth), item.targets.len())
                .map(|at| &self.plan.targets[item.targets[at]])
                .map(|target| vec![below(Wish { way: &target.way, goal: target.goal })])
                .unwrap_or_default(),
        };
        let mut rng = Rng::of(&[seed, index, HOLE, nth]);
        let rich = settings.rich.unwrap_or([3, 12, 25, 45][rng.index(4)]);
        let mut draw = Draw::new(&self.plan, rng, message.day, message.facts.currency);
        draw.free = settings.schema_only;
        draw.rich = rich;
        let particle = item.way[skipped - 1];
        if let TermPlan::Element { name, type_id, style, .. } = &self.plan.particles[particle].term {
            draw.element(None, name, Some(particle), *type_id, *style, &wishes);
        }
        let mut tree = draw.tree;
        if !settings.schema_only {
            self.settle(&message.facts).item(&mut tree, 0, message.facts.money(HOLE, nth));
        }
        tree
    }

    fn header<'p>(&'p self, plan: &'p Plan, facts: &Facts, rng: &mut Rng, day: i64) -> Tree<'p> {
        let mut draw = Draw::new(plan, Rng::of(&[facts.place[0], facts.place[1], 1]), day, facts.currency);
        (draw.rich, draw.left) = (10, 60);
        let root = draw.element(None, &plan.root, None, 0, Style::Plain, &[]);
        let mut tree = draw.tree;
        tree.nodes[root].namespace = Some(plan.namespace.as_str().into());
        let created = calendar::date(day) + if rng.chance(50) { "T08:30:00Z" } else { "T14:05:09Z" };
        let values = [("BizMsgIdr", facts.id.as_str()), ("MsgDefIdr", &self.message_id), ("CreDt", &created)];
        for (name, text) in values {
            if let Some(node) = tree.find(root, &[name]) {
                tree.set(node, text.to_owned());
            }
        }
        tree
    }
}

/// The place of a number in a list that is gone through in steps, so that neighbours lie far apart.
fn spread(number: u64, len: usize) -> Option<usize> {
    let len = u64::try_from(len).ok().filter(|len| *len > 0)?;
    let divides = |a: u64, b: u64| {
        let (mut a, mut b) = (a, b);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let step = (len * 618 / 1000 + 1..).find(|step| divides(*step, len) == 1)?;
    Some((number % len * step % len) as usize)
}

/// Whether a target is to be seen in an item, and not in how many there are.
fn in_item(item: &[ParticleId], way: &[ParticleId], goal: Goal) -> bool {
    way.starts_with(item) && (way.len() > item.len() || !matches!(goal, Goal::Count(_)))
}

impl Item {
    /// What repeats: one of the known ones, else the first element without a bound.
    fn find(plan: &Plan) -> Option<Self> {
        let ways: Vec<(ParticleId, Vec<ParticleId>)> =
            (0..plan.particles.len()).map(|particle| (particle, plan.way(particle))).collect();
        let is_element = |id: ParticleId| matches!(plan.particles[id].term, TermPlan::Element { .. });
        let names = |way: &[ParticleId]| -> Vec<&str> {
            way.iter().filter(|id| is_element(**id)).skip(1).map(|id| plan.name(*id)).collect()
        };
        let many = |id: ParticleId| is_element(id) && plan.particles[id].max.is_none_or(|max| max > 1);
        let known = words::ITEMS.iter().find_map(|path| {
            let way = ways.iter().find(|(id, way)| many(*id) && names(way) == **path)?;
            Some((way.1.clone(), *path))
        });
        let first = || ways.iter().find(|(id, _)| many(*id) && plan.particles[*id].max.is_none());
        let (way, path) = known.or_else(|| first().map(|(_, way)| (way.clone(), &[] as &[&str])))?;
        let below = |target: &usize| {
            let target = &plan.targets[*target];
            in_item(&way, &target.way, target.goal)
        };
        let targets = (0..plan.targets.len()).filter(below).collect();
        Some(Self { way, path, targets })
    }
}

impl Message<'_> {
    /// The message as bytes.
    pub fn write(&self, layout: Layout) -> Vec<u8> {
        let mut writer = Writer::new(layout);
        let depth = self.begin(&mut writer);
        writer.element(&self.tree, 0, depth);
        self.finish(&mut writer);
        writer.out
    }

    /// Writes what stands before the document; gives its depth.
    pub(super) fn begin(&self, writer: &mut Writer) -> usize {
        writer.out.extend_from_slice(DECLARATION.as_bytes());
        match &self.header {
            None => 0,
            Some(header) => {
                writer.line(0);
                writer.out.extend_from_slice(b"<BusMsg>");
                writer.element(header, 0, 1);
                1
            }
        }
    }

    pub(super) fn finish(&self, writer: &mut Writer) {
        if self.header.is_some() {
            writer.line(0);
            writer.out.extend_from_slice(b"</BusMsg>");
        }
        writer.out.push(b'\n');
    }
}

/// A message that is made piece by piece.
pub struct Stream<'p> {
    generator: &'p Generator,
    settings: Settings,
    message: Message<'p>,
    /// The next item; `None` at the end.
    next: Option<u64>,
}

impl Stream<'_> {
    /// Appends the next piece to `out`; false when there is none.
    pub fn next(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(nth) = self.next else { return false };
        let mut writer = Writer { out: std::mem::take(out), layout: self.settings.layout, ..Writer::default() };
        let outer = usize::from(self.message.header.is_some());
        let hole = self.message.hole;
        let path = hole.map(|hole| self.message.tree.path(hole.parent)).unwrap_or_default();
        if nth == 0 {
            let depth = self.message.begin(&mut writer);
            match hole {
                None => writer.element(&self.message.tree, 0, depth),
                Some(hole) => self.before(&mut writer, &path, hole, outer),
            }
        }
        match hole {
            Some(_) if nth < self.message.facts.items => {
                let item = self.generator.item(&self.message, nth, self.settings);
                writer.element(&item, 0, outer + path.len());
                self.next = Some(nth + 1);
            }
            hole => {
                if let Some(hole) = hole {
                    self.after(&mut writer, &path, hole, outer);
                }
                self.message.finish(&mut writer);
                self.next = None;
            }
        }
        *out = writer.out;
        true
    }

    fn before(&self, writer: &mut Writer, path: &[NodeId], hole: Hole, outer: usize) {
        let tree = &self.message.tree;
        for (depth, node) in path.iter().enumerate() {
            writer.start(tree, *node, outer + depth);
            let until = path.get(depth + 1).map_or(hole.at, |next| tree.position(*node, *next));
            for child in &tree.children(*node)[..until] {
                writer.element(tree, *child, outer + depth + 1);
            }
        }
    }

    fn after(&self, writer: &mut Writer, path: &[NodeId], hole: Hole, outer: usize) {
        let tree = &self.message.tree;
        for (depth, node) in path.iter().enumerate().rev() {
            let from = path.get(depth + 1).map_or(hole.at, |next| tree.position(*node, *next) + 1);
            for child in &tree.children(*node)[from..] {
                writer.element(tree, *child, outer + depth + 1);
            }
            writer.line(outer + depth);
            writer.close(tree, *node);
        }
    }
}
