//! What a payment says about its reason: text, a creditor reference, invoices.

use super::dialects::Remittance;
use super::identifiers;
use super::parts::{date, reference};
use super::scribe::Scribe;

const REASONS: &[&str] = &[
    "Invoice",
    "Rent for apartment",
    "Order confirmation no.",
    "Salary for the month, personnel no.",
    "Consulting services as agreed, project",
    "Partial payment on contract",
    "Membership fee",
    "Refund of overpaid amount, your reference",
    "Goods delivered by sea freight, bill of lading",
    "Monthly instalment",
];

/// The remittance information, in one of the dialect's ways.
pub(crate) fn remittance(s: &mut Scribe, weights: Remittance, hundredths: u64, currency: &str) {
    let drawn = s.rng.below(100) as u8;
    if drawn < weights.none {
        return;
    }
    s.group("RmtInf", |s| {
        if drawn < weights.none + weights.text {
            let text = sentence(s);
            s.text("Ustrd", &text, 140);
        } else if drawn < weights.none + weights.text + weights.reference {
            s.group("Strd", creditor_reference);
        } else {
            invoices(s, hundredths, currency);
        }
    });
}

pub(crate) fn sentence(s: &mut Scribe) -> String {
    let mut text = String::new();
    for _ in 0..s.rng.between(1, 2) {
        let length = s.rng.between(4, 10) as usize;
        text += &format!("{} {}, ", s.rng.pick(REASONS), s.rng.digits(length));
    }
    text.trim_end_matches(", ").to_owned()
}

fn creditor_reference(s: &mut Scribe) {
    let value = identifiers::creditor_reference(&mut s.rng);
    s.group("CdtrRefInf", |s| {
        s.group("Tp", |s| {
            s.code("CdOrPrtry", "Cd", "SCOR");
            s.leaf("Issr", "ISO");
        });
        s.leaf("Ref", &value);
    });
}

fn invoices(s: &mut Scribe, hundredths: u64, currency: &str) {
    let count = s.rng.between(1, 2);
    for _ in 0..count {
        let (number, day) = (reference(s, "INV"), date(s));
        let kind = s.rng.pick(&["CINV", "MSIN", "CREN", "SBIN"]);
        let (discounted, described) = (s.chance(25), s.chance(20));
        let due = hundredths / count;
        s.group("Strd", |s| {
            s.group("RfrdDocInf", |s| {
                s.group("Tp", |s| s.code("CdOrPrtry", "Cd", kind));
                s.leaf("Nb", &number);
                s.leaf("RltdDt", &day);
            });
            s.group("RfrdDocAmt", |s| {
                s.amount("DuePyblAmt", due, currency);
                if discounted {
                    s.group("DscntApldAmt", |s| s.amount("Amt", due / 50, currency));
                }
                s.amount("RmtdAmt", due - if discounted { due / 50 } else { 0 }, currency);
            });
            if described {
                let text = sentence(s);
                s.text("AddtlRmtInf", &text, 140);
            }
        });
    }
}
