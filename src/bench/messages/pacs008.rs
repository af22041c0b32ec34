//! pacs.008.001.08 with a business application header, in a dialect.

use super::dialects::{Dialect, Settlement};
use super::identifiers;
use super::parts::{account, agent, date, party, reference, time};
use super::remittance::{remittance, sentence};
use super::scribe::{Scribe, Style, decimal};
use super::world::{Bank, Country, country};

const MESSAGE: &str = "pacs.008.001.08";

/// What is decided before the first byte: the group header tells of the transactions behind it.
struct Plan {
    message_id: String,
    created: String,
    header_created: String,
    settlement_date: String,
    instructing: Bank,
    instructed: Bank,
    payer: &'static Country,
    payee: &'static Country,
    /// The amounts of the transactions, in hundredths.
    amounts: Vec<u64>,
}

impl Plan {
    fn new(s: &mut Scribe, d: &Dialect, transactions: usize) -> Self {
        let (payer, payee) = (country(s.rng.pick(d.from)), country(s.rng.pick(d.to)));
        let settlement_date = date(s);
        let amounts = (0..transactions).map(|_| amount(s, d)).collect();
        Self {
            message_id: reference(s, "M"),
            created: time(s, &settlement_date, d.clock),
            header_created: time(s, &settlement_date, super::dialects::Clock::Utc),
            settlement_date,
            instructing: Bank::new(&mut s.rng, payer, d.system),
            instructed: Bank::new(&mut s.rng, payee, d.system),
            payer,
            payee,
            amounts,
        }
    }
}

/// Small amounts are more frequent than large ones; one in three is round.
fn amount(s: &mut Scribe, d: &Dialect) -> u64 {
    let reach = s.rng.between(100, d.most);
    let hundredths = s.rng.between(50, reach.max(60));
    if s.chance(33) { hundredths / 100 * 100 + 100 } else { hundredths }
}

/// A message of a dialect with that many transactions.
pub(crate) fn message(d: &Dialect, seed: u64, transactions: usize, style: Style) -> Vec<u8> {
    let mut s = Scribe::new(seed, style);
    (s.indent, s.newline, s.accents) = (d.indent, d.newline, d.accents);
    let plan = Plan::new(&mut s, d, transactions);
    s.declaration(d.declaration);
    envelope(&mut s, d.envelope, &mut |s| {
        header(s, d, &plan);
        document(s, d, &plan);
    });
    s.into_bytes()
}

fn envelope(s: &mut Scribe, tags: &[&str], content: &mut dyn FnMut(&mut Scribe)) {
    match tags.split_first() {
        None => content(s),
        Some((tag, inner)) => {
            let (name, attributes) = tag.split_at(tag.find(' ').unwrap_or(tag.len()));
            s.group_with(name, attributes, |s| envelope(s, inner, content));
        }
    }
}

fn prefix_or(style: Style, forced: &'static str, own: &'static str) -> &'static str {
    if style.prefixed && own.is_empty() { forced } else { own }
}

fn header(s: &mut Scribe, d: &Dialect, plan: &Plan) {
    let namespace = format!("urn:iso:std:iso:20022:tech:xsd:head.001.001.{:02}", d.header_version);
    s.document(("AppHdr", &namespace, ""), prefix_or(s.style, "head:", d.header_prefix), |s| {
        for (name, bank) in [("Fr", &plan.instructing), ("To", &plan.instructed)] {
            s.group(name, |s| s.group("FIId", |s| header_bank(s, d, bank)));
        }
        s.leaf("BizMsgIdr", &plan.message_id);
        s.leaf("MsgDefIdr", MESSAGE);
        if let Some(service) = d.service {
            s.leaf("BizSvc", service);
        }
        if let Some((registry, id)) = d.practice {
            s.group("MktPrctc", |s| {
                s.leaf("Regy", registry);
                s.leaf("Id", id);
            });
        }
        s.leaf("CreDt", &plan.header_created);
        if s.chance(10) {
            s.leaf("PssblDplct", "false");
        }
        if s.chance(d.priority) {
            s.leaf("Prty", "NORM");
        }
    });
}

fn header_bank(s: &mut Scribe, d: &Dialect, bank: &Bank) {
    s.group("FinInstnId", |s| match d.bank_by {
        super::dialects::BankBy::Member => s.group("ClrSysMmbId", |s| s.leaf("MmbId", &bank.member)),
        _ => s.leaf("BICFI", &bank.bic),
    });
}

fn document(s: &mut Scribe, d: &Dialect, plan: &Plan) {
    let namespace = format!("urn:iso:std:iso:20022:tech:xsd:{MESSAGE}");
    let location = format!(
        " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"{namespace} {MESSAGE}.xsd\""
    );
    let extra = if d.schema_location { &location } else { "" };
    s.document(("Document", &namespace, extra), prefix_or(s.style, "doc:", d.prefix), |s| {
        s.group("FIToFICstmrCdtTrf", |s| {
            group_header(s, d, plan);
            for &hundredths in &plan.amounts {
                s.group("CdtTrfTxInf", |s| transaction(s, d, plan, hundredths));
            }
        });
    });
}

fn group_header(s: &mut Scribe, d: &Dialect, plan: &Plan) {
    let total: u64 = plan.amounts.iter().sum();
    s.group("GrpHdr", |s| {
        s.leaf("MsgId", &plan.message_id);
        s.leaf("CreDtTm", &plan.created);
        if s.chance(d.batch_booking) {
            s.leaf("BtchBookg", "true");
        }
        s.leaf("NbOfTxs", &plan.amounts.len().to_string());
        if s.chance(d.control_sum) {
            s.leaf("CtrlSum", &decimal(total));
        }
        if d.grouped {
            s.amount("TtlIntrBkSttlmAmt", total, d.currency);
            s.leaf("IntrBkSttlmDt", &plan.settlement_date);
        }
        s.group("SttlmInf", |s| settlement(s, d));
        if d.grouped {
            payment_type(s, d);
            agent(s, "InstgAgt", &plan.instructing, d);
            agent(s, "InstdAgt", &plan.instructed, d);
        }
    });
}

fn settlement(s: &mut Scribe, d: &Dialect) {
    match d.settlement {
        Settlement::Clearing(code) => {
            s.leaf("SttlmMtd", "CLRG");
            s.code("ClrSys", "Cd", code);
        }
        Settlement::OwnClearing(name) => {
            s.leaf("SttlmMtd", "CLRG");
            s.code("ClrSys", "Prtry", name);
        }
        Settlement::Account(method) => {
            s.leaf("SttlmMtd", method);
            if s.chance(70) {
                account(s, "SttlmAcct", country("US"), d);
            }
        }
        Settlement::Cover => {
            s.leaf("SttlmMtd", "COVE");
            for name in ["InstgRmbrsmntAgt", "InstdRmbrsmntAgt"] {
                let bank = Bank::new(&mut s.rng, country("US"), d.system);
                agent(s, name, &bank, d);
            }
        }
    }
}

fn payment_type(s: &mut Scribe, d: &Dialect) {
    let category = s.chance(d.category);
    let something = d.channel.is_some() || !d.service_levels.is_empty() || d.instrument.is_some() || category;
    if !something {
        return;
    }
    s.group("PmtTpInf", |s| {
        if s.chance(d.priority) {
            s.leaf("InstrPrty", "NORM");
        }
        if let Some(channel) = d.channel {
            s.leaf("ClrChanl", channel);
        }
        if !d.service_levels.is_empty() {
            let level = s.rng.pick(d.service_levels);
            s.code("SvcLvl", "Cd", level);
        }
        if let Some((choice, instrument)) = d.instrument {
            s.code("LclInstrm", choice, instrument);
        }
        if category {
            let code = s.rng.pick(&["SALA", "SUPP", "CASH", "PENS", "TREA", "INTC"]);
            s.code("CtgyPurp", "Cd", code);
        }
    });
}

fn transaction(s: &mut Scribe, d: &Dialect, plan: &Plan, hundredths: u64) {
    identification(s, d);
    if !d.grouped {
        payment_type(s, d);
    }
    s.amount("IntrBkSttlmAmt", hundredths, d.currency);
    timing(s, d, plan);
    money(s, d, plan, hundredths);
    agents(s, d, plan);
    parties(s, d, plan);
    instructions(s, d);
    if s.chance(d.purpose) {
        let code = s.rng.pick(&["SALA", "GDDS", "SUPP", "RENT", "CHAR", "TAXS", "SCVE"]);
        s.code("Purp", "Cd", code);
    }
    if s.chance(d.regulatory) {
        regulatory(s, plan, hundredths, d.currency);
    }
    if s.chance(d.tax) {
        tax(s, hundredths, d.currency);
    }
    if s.chance(d.location) {
        location(s);
    }
    remittance(s, d.remittance, hundredths, d.currency);
}

fn identification(s: &mut Scribe, d: &Dialect) {
    s.group("PmtId", |s| {
        if s.chance(d.instruction_id) {
            let id = reference(s, "I");
            s.leaf("InstrId", &id);
        }
        let end_to_end = if s.chance(10) { "NOTPROVIDED".to_owned() } else { reference(s, "") };
        s.leaf("EndToEndId", &end_to_end);
        let by_transaction = s.chance(d.transaction_id);
        if by_transaction {
            let id = reference(s, "T");
            s.leaf("TxId", &id);
        }
        if s.chance(d.uetr) || !by_transaction {
            let id = identifiers::uetr(&mut s.rng);
            s.leaf("UETR", &id);
        }
        if s.chance(d.clearing_reference) {
            let id = s.rng.alphanumeric(16);
            s.leaf("ClrSysRef", &id);
        }
    });
}

fn timing(s: &mut Scribe, d: &Dialect, plan: &Plan) {
    if !d.grouped {
        s.leaf("IntrBkSttlmDt", &plan.settlement_date);
    }
    if s.chance(d.settlement_priority) {
        let priority = s.rng.pick(&["HIGH", "NORM", "URGT"]);
        s.leaf("SttlmPrty", priority);
    }
    if s.chance(d.settlement_times) {
        let at = time(s, &plan.settlement_date, d.clock);
        s.group("SttlmTmIndctn", |s| s.leaf("DbtDtTm", &at));
    }
    if s.chance(d.acceptance) {
        let at = time(s, &plan.settlement_date, d.clock);
        s.leaf("AccptncDtTm", &at);
    }
}

/// The instructed amount, the exchange, who bears the charges, and the charges: those need an instructed amount.
fn money(s: &mut Scribe, d: &Dialect, plan: &Plan, hundredths: u64) {
    let instructed = s.chance(d.instructed);
    if instructed {
        let own = plan.payer.currency;
        let exchanged = own != d.currency && s.chance(50);
        let before_charges = hundredths + s.rng.between(0, 5_000);
        s.amount("InstdAmt", before_charges, if exchanged { own } else { d.currency });
        if exchanged {
            let rate = format!("{}.{}", s.rng.between(1, 3), s.rng.digits(6));
            s.leaf("XchgRate", &rate);
        }
    }
    let bearer = if instructed { s.rng.pick(d.bearers) } else { d.bearers[0] };
    s.leaf("ChrgBr", bearer);
    if instructed && (bearer == "CRED" || s.chance(d.charges)) {
        for _ in 0..s.rng.between(1, 2) {
            let (fee, bank) = (s.rng.between(0, 4_500), Bank::new(&mut s.rng, plan.payer, d.system));
            s.group("ChrgsInf", |s| {
                s.amount("Amt", fee, d.currency);
                agent(s, "Agt", &bank, d);
            });
        }
    }
}

fn agents(s: &mut Scribe, d: &Dialect, plan: &Plan) {
    if s.chance(d.previous) {
        let bank = Bank::new(&mut s.rng, plan.payer, d.system);
        agent(s, "PrvsInstgAgt1", &bank, d);
    }
    if !d.grouped {
        agent(s, "InstgAgt", &plan.instructing, d);
        agent(s, "InstdAgt", &plan.instructed, d);
    }
    for (name, its_account) in [("IntrmyAgt1", "IntrmyAgt1Acct"), ("IntrmyAgt2", "IntrmyAgt2Acct")] {
        if !s.chance(d.intermediaries) {
            break;
        }
        let bank = Bank::new(&mut s.rng, plan.payee, d.system);
        agent(s, name, &bank, d);
        if s.chance(30) {
            account(s, its_account, plan.payee, d);
        }
    }
}

fn parties(s: &mut Scribe, d: &Dialect, plan: &Plan) {
    let debtor_bank = if s.chance(70) { plan.instructing.clone() } else { Bank::new(&mut s.rng, plan.payer, d.system) };
    let creditor_bank =
        if s.chance(50) { plan.instructed.clone() } else { Bank::new(&mut s.rng, plan.payee, d.system) };
    if s.chance(d.ultimate) {
        party(s, "UltmtDbtr", plan.payer, d);
    }
    if s.chance(d.initiating) {
        party(s, "InitgPty", plan.payer, d);
    }
    party(s, "Dbtr", plan.payer, d);
    account(s, "DbtrAcct", plan.payer, d);
    agent(s, "DbtrAgt", &debtor_bank, d);
    agent(s, "CdtrAgt", &creditor_bank, d);
    party(s, "Cdtr", plan.payee, d);
    account(s, "CdtrAcct", plan.payee, d);
    if s.chance(d.ultimate) {
        party(s, "UltmtCdtr", plan.payee, d);
    }
}

fn instructions(s: &mut Scribe, d: &Dialect) {
    if s.chance(d.for_creditor_agent) {
        let code = s.rng.pick(&["PHOB", "TELB", "HOLD"]);
        s.group("InstrForCdtrAgt", |s| {
            s.leaf("Cd", code);
            if s.chance(50) {
                s.text("InstrInf", "Please advise the beneficiary by phone before crediting", 140);
            }
        });
    }
    if s.chance(d.for_next_agent) {
        s.group("InstrForNxtAgt", |s| s.text("InstrInf", "/REC/ pay without deduction of charges", 140));
    }
}

fn regulatory(s: &mut Scribe, plan: &Plan, hundredths: u64, currency: &str) {
    let (day, kind) = (date(s), s.rng.pick(&["CRED", "DEBT", "BOTH"]));
    let code = s.rng.digits(5);
    s.group("RgltryRptg", |s| {
        s.leaf("DbtCdtRptgInd", kind);
        if s.chance(60) {
            s.group("Authrty", |s| {
                s.text("Nm", "Central Bank, Balance of Payments", 140);
                s.leaf("Ctry", plan.payer.code);
            });
        }
        s.group("Dtls", |s| {
            s.leaf("Tp", "PURPOSE");
            if s.chance(50) {
                s.leaf("Dt", &day);
            }
            s.leaf("Ctry", plan.payee.code);
            s.leaf("Cd", &code);
            if s.chance(70) {
                s.amount("Amt", hundredths, currency);
            }
            s.text("Inf", "Goods imported, customs no. 48/A", 35);
        });
    });
}

fn tax(s: &mut Scribe, hundredths: u64, currency: &str) {
    let (number, day) = (s.rng.digits(11), date(s));
    s.group("Tax", |s| {
        s.group("Dbtr", |s| s.leaf("TaxId", &number));
        s.amount("TtlTaxblBaseAmt", hundredths, currency);
        s.amount("TtlTaxAmt", hundredths / 5, currency);
        s.leaf("Dt", &day);
    });
}

fn location(s: &mut Scribe) {
    let (id, told) = (reference(s, "RA"), sentence(s));
    s.group("RltdRmtInf", |s| {
        s.leaf("RmtId", &id);
        s.group("RmtLctnDtls", |s| {
            s.leaf("Mtd", if told.len() > 60 { "EMAL" } else { "POST" });
            if told.len() > 60 {
                s.leaf("ElctrncAdr", "remittance@example.com");
            } else {
                s.group("PstlAdr", |s| {
                    s.text("Nm", "Accounts Receivable", 140);
                    s.group("Adr", |s| s.leaf("Ctry", "DE"));
                });
            }
        });
    });
}
