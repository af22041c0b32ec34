//! camt.053.001.08 with one statement whose balances, totals and entries add up.

use super::dialects::{Clock, STATEMENT};
use super::identifiers;
use super::parts::{account, agent, date, party_content, reference, time};
use super::remittance::{remittance, sentence};
use super::scribe::{Scribe, Style, decimal};
use super::world::{Bank, COUNTRIES, Country, country};

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08";
const CURRENCY: &str = "EUR";

/// What an entry is about, and how it is coded: domain, family, sub-family.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Transfer,
    Batch,
    Charges,
    DirectDebit,
}

/// What is decided before the first byte: the balances and totals stand before the entries.
struct Fact {
    kind: Kind,
    credit: bool,
    /// The amounts of its transactions, in hundredths; the entry's is their sum.
    amounts: Vec<u64>,
}

impl Fact {
    fn new(s: &mut Scribe) -> Self {
        let kind = match s.rng.below(100) {
            0..=74 => Kind::Transfer,
            75..=87 => Kind::DirectDebit,
            88..=93 => Kind::Batch,
            _ => Kind::Charges,
        };
        let count = if kind == Kind::Batch { s.rng.between(2, 4) } else { 1 };
        let reach = s.rng.between(500, 2_000_000);
        Self {
            kind,
            credit: kind != Kind::Charges && s.chance(55),
            amounts: (0..count).map(|_| s.rng.between(100, reach)).collect(),
        }
    }

    fn total(&self) -> u64 {
        self.amounts.iter().sum()
    }
}

/// The sums of one side.
#[derive(Default, Clone, Copy)]
struct Side {
    count: usize,
    sum: u64,
}

fn side(facts: &[Fact], credit: bool) -> Side {
    facts
        .iter()
        .filter(|fact| fact.credit == credit)
        .fold(Side::default(), |all, fact| Side { count: all.count + 1, sum: all.sum + fact.total() })
}

/// A statement with that many entries.
pub(crate) fn statement(seed: u64, entries: usize, style: Style) -> Vec<u8> {
    let mut s = Scribe::new(seed, style);
    let facts: Vec<Fact> = (0..entries).map(|_| Fact::new(&mut s)).collect();
    let day = date(&mut s);
    s.declaration("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    let prefix = if style.prefixed { "ns2:" } else { "" };
    s.document(("Document", NAMESPACE, ""), prefix, |s| {
        s.group("BkToCstmrStmt", |s| {
            s.group("GrpHdr", |s| {
                let (id, at) = (reference(s, "S"), time(s, &day, Clock::Offset));
                s.leaf("MsgId", &id);
                s.leaf("CreDtTm", &at);
            });
            s.group("Stmt", |s| {
                head(s, &day);
                balances(s, &facts, &day);
                summary(s, &facts);
                for fact in &facts {
                    s.group("Ntry", |s| entry(s, fact, &day));
                }
            });
        });
    });
    s.into_bytes()
}

fn head(s: &mut Scribe, day: &str) {
    let (id, home) = (reference(s, "STMT"), country("DE"));
    s.leaf("Id", &id);
    s.group("StmtPgntn", |s| {
        s.leaf("PgNb", "1");
        s.leaf("LastPgInd", "true");
    });
    s.leaf("ElctrncSeqNb", "217");
    s.leaf("CreDtTm", &format!("{day}T23:58:11.402+01:00"));
    s.group("FrToDt", |s| {
        s.leaf("FrDtTm", &format!("{day}T00:00:00+01:00"));
        s.leaf("ToDtTm", &format!("{day}T23:59:59+01:00"));
    });
    s.group("Acct", |s| {
        let (iban, bank) = (home.iban(&mut s.rng).unwrap_or_default(), Bank::new(&mut s.rng, home, ""));
        s.code("Id", "IBAN", &iban);
        s.leaf("Ccy", CURRENCY);
        s.group("Ownr", |s| party_content(s, home, &STATEMENT));
        agent(s, "Svcr", &bank, &STATEMENT);
    });
}

fn balances(s: &mut Scribe, facts: &[Fact], day: &str) {
    let (credits, debits) = (side(facts, true).sum, side(facts, false).sum);
    let opening = 100_000_000 + debits;
    for (code, hundredths) in [("OPBD", opening), ("CLBD", opening + credits - debits)] {
        s.group("Bal", |s| {
            s.group("Tp", |s| s.code("CdOrPrtry", "Cd", code));
            s.amount("Amt", hundredths, CURRENCY);
            s.leaf("CdtDbtInd", "CRDT");
            s.code("Dt", "Dt", day);
        });
    }
}

fn summary(s: &mut Scribe, facts: &[Fact]) {
    let (credits, debits) = (side(facts, true), side(facts, false));
    s.group("TxsSummry", |s| {
        s.group("TtlNtries", |s| {
            s.leaf("NbOfNtries", &facts.len().to_string());
            s.leaf("Sum", &decimal(credits.sum + debits.sum));
            s.group("TtlNetNtry", |s| {
                s.leaf("Amt", &decimal(credits.sum.abs_diff(debits.sum)));
                s.leaf("CdtDbtInd", indicator(credits.sum >= debits.sum));
            });
        });
        for (name, side) in [("TtlCdtNtries", credits), ("TtlDbtNtries", debits)] {
            s.group(name, |s| {
                s.leaf("NbOfNtries", &side.count.to_string());
                s.leaf("Sum", &decimal(side.sum));
            });
        }
    });
}

fn indicator(credit: bool) -> &'static str {
    if credit { "CRDT" } else { "DBIT" }
}

fn entry(s: &mut Scribe, fact: &Fact, day: &str) {
    if s.chance(60) {
        let id = s.rng.digits(9);
        s.leaf("NtryRef", &id);
    }
    s.amount("Amt", fact.total(), CURRENCY);
    s.leaf("CdtDbtInd", indicator(fact.credit));
    if s.chance(3) {
        s.leaf("RvslInd", "true");
    }
    s.code("Sts", "Cd", "BOOK");
    s.code("BookgDt", "Dt", day);
    if s.chance(95) {
        s.code("ValDt", "Dt", day);
    }
    if s.chance(80) {
        let id = reference(s, "");
        s.leaf("AcctSvcrRef", &id);
    }
    s.group("BkTxCd", |s| transaction_code(s, fact));
    if fact.kind == Kind::Charges {
        charges(s, fact.total());
        return;
    }
    s.group("NtryDtls", |s| {
        if fact.kind == Kind::Batch {
            batch(s, fact);
        }
        for &hundredths in &fact.amounts {
            s.group("TxDtls", |s| details(s, fact, hundredths, day));
        }
    });
    if s.chance(15) {
        let text = sentence(s);
        s.text("AddtlNtryInf", &text, 500);
    }
}

fn transaction_code(s: &mut Scribe, fact: &Fact) {
    let (family, sub_family) = match (fact.kind, fact.credit) {
        (Kind::Transfer | Kind::Batch, true) => ("RCDT", s.rng.pick(&["ESCT", "XBCT", "SALA", "DMCT"])),
        (Kind::Transfer | Kind::Batch, false) => ("ICDT", s.rng.pick(&["ESCT", "XBCT", "STDO", "DMCT"])),
        (Kind::DirectDebit, true) => ("IDDT", s.rng.pick(&["ESDD", "BBDD"])),
        (Kind::DirectDebit, false) => ("RDDT", s.rng.pick(&["ESDD", "BBDD"])),
        (Kind::Charges, _) => ("MDOP", "CHRG"),
    };
    s.group("Domn", |s| {
        s.leaf("Cd", if fact.kind == Kind::Charges { "ACMT" } else { "PMNT" });
        s.group("Fmly", |s| {
            s.leaf("Cd", family);
            s.leaf("SubFmlyCd", sub_family);
        });
    });
    if s.chance(60) {
        let code = format!("NTRF+{}+{}", s.rng.digits(3), s.rng.digits(5));
        s.group("Prtry", |s| {
            s.leaf("Cd", &code);
            s.leaf("Issr", "DK");
        });
    }
}

fn charges(s: &mut Scribe, hundredths: u64) {
    s.group("Chrgs", |s| {
        s.amount("TtlChrgsAndTaxAmt", hundredths, CURRENCY);
        s.group("Rcrd", |s| {
            s.amount("Amt", hundredths, CURRENCY);
            s.leaf("CdtDbtInd", "DBIT");
            s.leaf("ChrgInclInd", "false");
            s.code("Tp", "Cd", "COMM");
        });
    });
    s.text("AddtlNtryInf", "Account maintenance fee, quarterly", 500);
}

fn batch(s: &mut Scribe, fact: &Fact) {
    s.group("Btch", |s| {
        let id = reference(s, "B");
        s.leaf("PmtInfId", &id);
        s.leaf("NbOfTxs", &fact.amounts.len().to_string());
        s.amount("TtlAmt", fact.total(), CURRENCY);
        s.leaf("CdtDbtInd", indicator(fact.credit));
    });
}

fn details(s: &mut Scribe, fact: &Fact, hundredths: u64, day: &str) {
    let partner = &COUNTRIES[s.rng.below(6) as usize];
    s.group("Refs", |s| references(s, fact.kind));
    s.amount("Amt", hundredths, CURRENCY);
    s.leaf("CdtDbtInd", indicator(fact.credit));
    amounts(s, hundredths);
    s.group("RltdPties", |s| parties(s, partner));
    s.group("RltdAgts", |s| {
        for name in ["DbtrAgt", "CdtrAgt"] {
            let bank = Bank::new(&mut s.rng, partner, "");
            agent(s, name, &bank, &STATEMENT);
        }
    });
    if s.chance(35) {
        let code = s.rng.pick(&["SALA", "GDDS", "SUPP", "RENT", "PENS"]);
        s.code("Purp", "Cd", code);
    }
    remittance(s, STATEMENT.remittance, hundredths, CURRENCY);
    if s.chance(60) {
        s.group("RltdDts", |s| {
            let at = time(s, day, Clock::Offset);
            s.leaf("AccptncDtTm", &at);
            s.leaf("IntrBkSttlmDt", day);
        });
    }
}

fn references(s: &mut Scribe, kind: Kind) {
    for (name, percent) in [("MsgId", 40), ("AcctSvcrRef", 30), ("PmtInfId", 40), ("InstrId", 50)] {
        if s.chance(percent) {
            let id = reference(s, "");
            s.leaf(name, &id);
        }
    }
    let end_to_end = if s.chance(20) { "NOTPROVIDED".to_owned() } else { reference(s, "E") };
    s.leaf("EndToEndId", &end_to_end);
    if s.chance(25) {
        let id = identifiers::uetr(&mut s.rng);
        s.leaf("UETR", &id);
    }
    let id = reference(s, "T");
    s.leaf("TxId", &id);
    if kind == Kind::DirectDebit {
        let id = reference(s, "MND");
        s.leaf("MndtId", &id);
    }
}

fn amounts(s: &mut Scribe, hundredths: u64) {
    let exchanged = s.chance(15);
    s.group("AmtDtls", |s| {
        if exchanged {
            let rate = format!("1.{}", s.rng.digits(5));
            s.group("InstdAmt", |s| {
                s.amount("Amt", hundredths + hundredths / 9, "USD");
                s.group("CcyXchg", |s| {
                    s.leaf("SrcCcy", "USD");
                    s.leaf("TrgtCcy", CURRENCY);
                    s.leaf("XchgRate", &rate);
                });
            });
        }
        s.group("TxAmt", |s| s.amount("Amt", hundredths, CURRENCY));
    });
}

fn parties(s: &mut Scribe, partner: &Country) {
    for (name, its_account, ultimate) in [("Dbtr", "DbtrAcct", "UltmtDbtr"), ("Cdtr", "CdtrAcct", "UltmtCdtr")] {
        s.group(name, |s| s.group("Pty", |s| party_content(s, partner, &STATEMENT)));
        account(s, its_account, partner, &STATEMENT);
        if s.chance(STATEMENT.ultimate) {
            s.group(ultimate, |s| s.group("Pty", |s| party_content(s, partner, &STATEMENT)));
        }
    }
}
