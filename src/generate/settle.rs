//! What the values of one element say about those of another: numbers of transactions, sums, totals and balances. Must not
//! make a message invalid: a value that its type does not allow is left as it was drawn.

use super::plan::{ContentPlan, Plan, TermPlan};
use super::rng::Rng;
use super::tree::{NodeId, Tree};
use super::words;

/// What is known of a message before it is drawn.
#[derive(Debug, Clone)]
pub struct Facts {
    /// What tells it from others.
    pub place: [u64; 2],
    /// Its identifier.
    pub id: String,
    /// The currency of its amounts.
    pub currency: &'static str,
    /// How many decimals they have.
    pub decimals: u32,
    /// How many items there are where they were left out.
    pub items: u64,
    /// How many digits the only amount has, where it is an unusual one.
    pub extreme: Option<u32>,
}

/// The amount of an item, in units of its last decimal, and on which side it is booked.
#[derive(Debug, Clone, Copy)]
pub struct Money {
    units: u64,
    credit: bool,
}

/// How many there are, and their sum.
#[derive(Debug, Clone, Copy, Default)]
struct Side {
    count: u64,
    units: u128,
}

#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    credit: Side,
    debit: Side,
}

impl Totals {
    fn add(&mut self, money: Money) {
        let side = if money.credit { &mut self.credit } else { &mut self.debit };
        side.count += 1;
        side.units += u128::from(money.units);
    }

    fn both(self) -> Side {
        Side { count: self.credit.count + self.debit.count, units: self.credit.units + self.debit.units }
    }

    fn net(self) -> i128 {
        self.credit.units as i128 - self.debit.units as i128
    }
}

impl Facts {
    /// The amount of an item of a group.
    pub fn money(&self, group: u64, item: u64) -> Money {
        let mut rng = Rng::of(&[self.place[0], self.place[1], group, item]);
        let credit = rng.chance(60);
        let units = match self.extreme {
            Some(0) => 0,
            Some(digits) => 10u64.pow(digits - 1) + rng.below(9 * 10u64.pow(digits - 1)) / 10 * 10 + 1,
            None => {
                let size = 10u64.pow(rng.between(2, 7) as u32);
                rng.between(size / 10, size)
            }
        };
        Money { units, credit }
    }

    fn amount(&self, units: u128) -> String {
        let one = 10u128.pow(self.decimals);
        match self.decimals {
            0 => units.to_string(),
            decimals => format!("{}.{:0width$}", units / one, units % one, width = decimals as usize),
        }
    }
}

/// Settles values of one message.
pub struct Settle<'a> {
    /// The plan of the message.
    pub plan: &'a Plan,
    /// What is known of it.
    pub facts: &'a Facts,
    /// The names of the elements from the only child of the root down to the items.
    pub path: &'a [&'a str],
}

impl Settle<'_> {
    /// Settles a message without the items that were left out, which belong to the element `hole`.
    pub fn frame(&self, tree: &mut Tree<'_>, hole: Option<NodeId>) {
        let Some(body) = tree.children(0).first().copied() else { return };
        for path in [&["GrpHdr", "MsgId"], &["MsgHdr", "MsgId"]] {
            self.put(tree, body, path, &self.facts.id);
        }
        let Some((item, above)) = self.path.split_last() else { return };
        let groups: Vec<NodeId> = match above.first() {
            None => vec![body],
            Some(name) => tree.named(body, name).collect(),
        };
        let mut all = Totals::default();
        for (number, group) in groups.into_iter().enumerate() {
            let number = number as u64;
            let mut totals = Totals::default();
            if hole == Some(group) {
                (0..self.facts.items).for_each(|nth| totals.add(self.facts.money(HOLE, nth)));
            }
            for (nth, node) in (0..).zip(tree.named(group, item).collect::<Vec<_>>()) {
                let money = self.facts.money(number, nth);
                totals.add(money);
                self.item(tree, node, money);
            }
            if !above.is_empty() {
                self.group(tree, group, totals);
            }
            all.credit.count += totals.credit.count;
            all.credit.units += totals.credit.units;
            all.debit.count += totals.debit.count;
            all.debit.units += totals.debit.units;
        }
        self.header(tree, body, all.both());
    }

    /// Settles an item.
    pub fn item(&self, tree: &mut Tree<'_>, node: NodeId, money: Money) {
        let amount =
            words::AMOUNTS.iter().find_map(|path| tree.find(node, path).filter(|at| tree.value(*at).is_some()));
        if let Some(amount) = amount {
            self.put_money(tree, amount, u128::from(money.units));
        }
        self.put(tree, node, &["CdtDbtInd"], side(money.credit));
    }

    fn header(&self, tree: &mut Tree<'_>, body: NodeId, all: Side) {
        let mut number = all.count.to_string();
        if self.facts.place[1] % 16 == 5 {
            number = format!("{number:0>15}");
        }
        self.put(tree, body, &["GrpHdr", "NbOfTxs"], &number);
        self.put(tree, body, &["GrpHdr", "CtrlSum"], &self.facts.amount(all.units));
        for name in ["TtlIntrBkSttlmAmt", "TtlRtrdIntrBkSttlmAmt"] {
            if let Some(total) = tree.find(body, &["GrpHdr", name]) {
                self.put_money(tree, total, all.units);
            }
        }
    }

    /// Settles a group: a statement, or a part of an instruction.
    fn group(&self, tree: &mut Tree<'_>, group: NodeId, totals: Totals) {
        let both = totals.both();
        self.put(tree, group, &["NbOfTxs"], &both.count.to_string());
        self.put(tree, group, &["CtrlSum"], &self.facts.amount(both.units));
        if self.path.last() != Some(&"Ntry") {
            return;
        }
        self.put(tree, group, &["Acct", "Ccy"], self.facts.currency);
        if let Some(summary) = tree.find(group, &["TxsSummry"]) {
            self.summary(tree, summary, totals);
        }
        let mut rng = Rng::of(&[self.facts.place[0], self.facts.place[1], BALANCE]);
        let opening = rng.below(100_000_000) as i128;
        for balance in tree.named(group, "Bal").collect::<Vec<_>>() {
            let code = tree.find(balance, &["Tp", "CdOrPrtry", "Cd"]).or_else(|| tree.find(balance, &["Tp", "Cd"]));
            let units = match code.and_then(|code| tree.value(code)) {
                Some("OPBD" | "PRCD") => opening,
                Some("CLBD") => opening + totals.net(),
                _ => continue,
            };
            if let Some(amount) = tree.find(balance, &["Amt"]) {
                self.put_money(tree, amount, units.unsigned_abs());
            }
            self.put(tree, balance, &["CdtDbtInd"], side(units >= 0));
        }
    }

    fn summary(&self, tree: &mut Tree<'_>, summary: NodeId, totals: Totals) {
        let sides = [
            (&["TtlNtries"] as &[&str], totals.both()),
            (&["TtlCdtNtries"], totals.credit),
            (&["TtlDbtNtries"], totals.debit),
        ];
        for (path, side) in sides {
            if let Some(node) = tree.find(summary, path) {
                self.side(tree, node, side, totals.net());
            }
        }
        // The entries have codes of their own: of these there are none.
        for node in tree.named(summary, "TtlNtriesPerBkTxCd").collect::<Vec<_>>() {
            self.side(tree, node, Side::default(), 0);
            for path in [&["CdtNtries"], &["DbtNtries"]] {
                if let Some(node) = tree.find(node, path) {
                    self.side(tree, node, Side::default(), 0);
                }
            }
        }
    }

    fn side(&self, tree: &mut Tree<'_>, node: NodeId, totals: Side, net: i128) {
        self.put(tree, node, &["NbOfNtries"], &totals.count.to_string());
        self.put(tree, node, &["Sum"], &self.facts.amount(totals.units));
        let amount = self.facts.amount(net.unsigned_abs());
        for (amounts, sides) in [
            (&["TtlNetNtry", "Amt"] as &[&str], &["TtlNetNtry", "CdtDbtInd"] as &[&str]),
            (&["TtlNetNtryAmt"], &["CdtDbtInd"]),
        ] {
            self.put(tree, node, amounts, &amount);
            self.put(tree, node, sides, side(net >= 0));
        }
    }

    fn put(&self, tree: &mut Tree<'_>, from: NodeId, path: &[&str], text: &str) {
        if let Some(node) = tree.find(from, path).filter(|node| self.fits(tree, *node, text, None)) {
            tree.set(node, text.to_owned());
        }
    }

    fn put_money(&self, tree: &mut Tree<'_>, node: NodeId, units: u128) {
        let text = self.facts.amount(units);
        if self.fits(tree, node, &text, Some(self.facts.currency)) {
            tree.set(node, text);
            tree.set_attribute(node, "Ccy", self.facts.currency);
        }
    }

    /// Whether the type of an element allows a value, and that of its attribute a currency.
    fn fits(&self, tree: &Tree<'_>, node: NodeId, text: &str, currency: Option<&str>) -> bool {
        let term = tree.nodes[node].particle.map(|particle| &self.plan.particles[particle].term);
        let Some(TermPlan::Element { type_id, .. }) = term else { return false };
        match &self.plan.types[*type_id].content {
            ContentPlan::Value { values, attributes } => {
                values.is(text)
                    && attributes.iter().all(|a| a.name != "Ccy" || currency.is_none_or(|code| a.values.is(code)))
            }
            ContentPlan::Elements(_) => false,
        }
    }
}

/// The group of the items that were left out.
pub const HOLE: u64 = u64::MAX;
const BALANCE: u64 = u64::MAX - 1;

fn side(credit: bool) -> &'static str {
    if credit { "CRDT" } else { "DBIT" }
}
