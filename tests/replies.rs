//! Every answer that payflow can write, over a table of messages, verdicts, versions, shapes, headers and wrappers: each is
//! valid against its own schema and keeps the rules of its definition. A handful is kept beside this file, byte for byte;
//! `PAYFLOW_BLESS=1` writes them anew.

// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

mod reply_check;
mod skip;

use std::path::Path;

use chrono::{DateTime, Utc};
use payflow::finding::{Finding, Place, Rule, Scope, Severity};
use payflow::message::{Agent, Header, MarketPractice, Original, OriginalTransaction, Transactions, Wrapper};
use payflow::partner::{HeaderUse, HoldAnswer, Institution, Partner, ReplyProfile, Shape};
use payflow::reply::{Answer, Dress, write};
use payflow::rules::judge::{Decision, Verdict};
use payflow::schema::MessageId;
use reply_check::Answers;

fn some<T: for<'t> From<&'t str>>(text: &str) -> Option<T> {
    Some(text.into())
}

fn bank(bic: &str) -> Agent {
    Agent { bic: some(bic), ..Agent::default() }
}

fn member(id: &str) -> Agent {
    Agent { bic: None, clearing_system: some("USABA"), member_id: some(id) }
}

fn transaction(number: u32) -> OriginalTransaction {
    OriginalTransaction {
        instruction_id: some(&format!("INSTR-{number}")),
        end_to_end_id: some(&format!("E2E-{number}")),
        transaction_id: some(&format!("TX-{number}")),
        uetr: some(&format!("8a562c67-ca16-48ba-b074-65581be6f00{number}")),
        ..OriginalTransaction::default()
    }
}

/// A good message with three transactions.
fn payment(version: u8) -> Original {
    Original {
        message: Some(MessageId::of(b"pacs", 8, version)),
        message_id: some("MSG-2026-0001"),
        creation_date_time: some("2026-03-02T09:30:00.000+01:00"),
        number_of_transactions: some("3"),
        control_sum: some("1250.75"),
        instructing_agent: Some(bank("NORDBEBBXXX")),
        instructed_agent: Some(bank("SUEDDEFF")),
        transactions: (1..=3).map(transaction).collect(),
        transport_reference: "payflow.inbound-0-42".to_owned(),
        ..Original::default()
    }
}

/// A message in which nothing fits the types of an answer, and much would break its XML.
fn unquotable(version: u8) -> Original {
    let long = some(&"<é&>\"\r".repeat(7));
    let bad = Agent { bic: some("<nobic>"), clearing_system: some("TOOLONG"), member_id: some("") };
    let transaction = OriginalTransaction {
        instruction_id: long.clone(),
        end_to_end_id: some(""),
        transaction_id: some("a<b>&\r\n\u{1}"),
        uetr: some("8A562C67-CA16-48BA-B074-65581BE6F001"),
        instructing_agent: Some(bad.clone()),
        instructed_agent: Some(Agent { bic: some("AB12CD34"), ..bad.clone() }),
    };
    Original {
        message_id: long.clone(),
        creation_date_time: some("yesterday"),
        number_of_transactions: some("three"),
        control_sum: some("1e3"),
        instructing_agent: Some(Agent { member_id: some("021040078"), ..bad.clone() }),
        instructed_agent: Some(bad.clone()),
        transactions: vec![transaction; 3].into_iter().collect(),
        header: Some(
            Header { business_message_id: long.clone(), creation_date: some("now"), ..header(version % 5) }.into(),
        ),
        ..payment(version)
    }
}

fn header(version: u8) -> Header {
    Header {
        message: MessageId::of(b"head", 1, version),
        from: bank("NORDBEBBXXX"),
        to: bank("SUEDDEFF"),
        business_message_id: some("BIZ-2026-0001"),
        message_definition: some("pacs.008.001.08"),
        business_service: some("swift.cbprplus.03"),
        creation_date: some("2026-03-02T08:30:00Z"),
        market_practice: Some(MarketPractice { registry: "registry".into(), id: "practice.01".into() }),
        copy_duplicate: some("COPY"),
        possible_duplicate: some("false"),
        priority: some("NORM"),
    }
}

fn wrapper(elements: &[(&str, &str)]) -> Option<Wrapper> {
    let elements = elements.iter().map(|(name, namespace)| ((*name).into(), (*namespace).into())).collect();
    Some(Wrapper { elements: std::sync::Arc::new(elements) })
}

fn fednow() -> Option<Wrapper> {
    let incoming = "urn:fednow:incoming:v001";
    wrapper(&[
        ("FedNowIncoming", incoming),
        ("FedNowIncomingMessage", incoming),
        ("FedNowCustomerCreditTransfer", incoming),
    ])
}

fn finding(rule: Rule, scope: Scope, text: &str) -> Finding {
    let root = "/Document/FIToFICstmrCdtTrf";
    let (path, found, expected) = match scope {
        Scope::Message => (format!("{root}/GrpHdr/NbOfTxs"), "4", some("3")),
        Scope::Transaction(it) => (format!("{root}/CdtTrfTxInf[{}]/DbtrAcct/Id/IBAN", it + 1), "BE…34", None),
    };
    Finding {
        rule,
        severity: Severity::Error,
        scope,
        place: Some(Place { path, line: 7, column: 14, offset: 0, length: 0 }),
        found: some(found),
        expected,
        text: text.to_owned(),
        suggestion: None,
    }
}

fn warning(finding: Finding) -> Finding {
    Finding { severity: Severity::Warning, ..finding }
}

fn decision(verdict: Verdict, findings: Vec<Finding>, rejected: &[u32]) -> Decision {
    Decision { verdict, findings, rejected: rejected.to_vec() }
}

/// A name and a decision for each way a pacs.008 can end.
fn decisions() -> Vec<(&'static str, Decision)> {
    let of_message = finding(Rule::NumberOfTransactions, Scope::Message, "NbOfTxs is 4, and there are 3 transactions.");
    let of_transaction = |index| finding(Rule::Iban, Scope::Transaction(index), "The check digits are wrong.");
    let hold = |index| {
        let finding = finding(Rule::HoldLimit, Scope::Transaction(index), "The amount is above what is paid in EUR.");
        Finding { severity: Severity::Hold, ..finding }
    };
    let without_place = Finding { place: None, found: None, expected: None, ..of_message.clone() };
    let long =
        Finding { found: some(&"é<".repeat(4000)), ..finding(Rule::DuplicateMessage, Scope::Message, "\u{0}\n") };
    let mut deep = finding(Rule::XsdPattern, Scope::Message, "");
    deep.place.as_mut().unwrap().path = "/Elément".repeat(200);
    let mut of_statement = finding(Rule::Iban, Scope::Message, "The check digits are wrong.");
    of_statement.place.as_mut().unwrap().path = "/Document/BkToCstmrStmt/Stmt[1]/Acct/Id/IBAN".to_owned();
    let pattern = finding(Rule::XsdPattern, Scope::Transaction(0), "The value does not match [A-Z]{2}.");
    let missing = finding(Rule::XsdMissingElement, Scope::Message, "Cdtr is missing.");
    let many =
        (0..60).map(|i| finding(Rule::CurrencyAmount, Scope::Transaction(i % 2), "Too many decimals.")).collect();
    let every = Rule::ALL.iter().map(|rule| finding(*rule, Scope::Message, "Wrong.")).collect::<Vec<_>>();
    vec![
        ("accepted", decision(Verdict::Accepted, vec![], &[])),
        ("accepted with a warning", decision(Verdict::Accepted, vec![warning(of_message.clone())], &[])),
        ("partly", decision(Verdict::PartlyAccepted, vec![of_transaction(1)], &[1])),
        ("partly without findings", decision(Verdict::PartlyAccepted, vec![], &[0, 2])),
        (
            "partly and warned",
            decision(Verdict::PartlyAccepted, vec![of_transaction(2), warning(of_message.clone())], &[2]),
        ),
        ("rejected as a whole", decision(Verdict::Rejected, vec![of_message.clone()], &[])),
        (
            "rejected statement",
            decision(Verdict::Rejected, vec![Finding { found: some("BE…34"), expected: None, ..of_statement }], &[]),
        ),
        ("rejected without a place", decision(Verdict::Rejected, vec![without_place], &[])),
        ("rejected for one transaction", decision(Verdict::Rejected, vec![of_transaction(0)], &[])),
        ("rejected for an unknown one", decision(Verdict::Rejected, vec![of_transaction(9)], &[])),
        ("rejected for both", decision(Verdict::Rejected, vec![of_message, of_transaction(2)], &[])),
        ("rejected for many reasons", decision(Verdict::Rejected, many, &[])),
        ("rejected for every rule", decision(Verdict::Rejected, every.clone(), &[])),
        ("rejected with a long text", decision(Verdict::Rejected, vec![long.clone(), deep.clone()], &[])),
        ("rejected without findings", decision(Verdict::Rejected, vec![], &[])),
        ("held", decision(Verdict::Held, vec![hold(0)], &[])),
        ("held and partly wrong", decision(Verdict::Held, vec![of_transaction(1), hold(0)], &[])),
        ("refused", decision(Verdict::Refused, vec![deep, long], &[])),
        ("refused twice", decision(Verdict::Refused, vec![pattern, missing], &[])),
        ("refused for every rule", decision(Verdict::Refused, every.into_iter().cycle().take(1000).collect(), &[])),
        ("refused without findings", decision(Verdict::Refused, vec![], &[])),
    ]
}

/// A name, the header and the wrapper that came, and what the partner takes.
fn envelopes() -> Vec<(&'static str, Option<Header>, Option<Wrapper>, HeaderUse)> {
    let message = wrapper(&[("BusMsg", "")]);
    let transport = wrapper(&[("DataPDU", "urn:swift:saa:xsd:saa.2.0"), ("Body", "urn:swift:saa:xsd:saa.2.0")]);
    let fedwire = "urn:fedwirefunds:outgoing:v001";
    let fedwire = wrapper(&[
        ("FedwireFundsOutgoing", fedwire),
        ("FedwireFundsOutgoingMessage", fedwire),
        ("FedwireFundsCustomerCreditTransfer", fedwire),
    ]);
    let members = Header { from: member("021040078"), to: member("021150706"), ..header(2) };
    let nobody = Header { from: Agent::default(), to: Agent::default(), ..header(2) };
    let digits = Header { from: bank("1ORD00BBXXX"), to: bank("SUED1EF0"), ..header(1) };
    let newer = Header { from: bank("1ORDBEBBXXX"), to: bank("SUEDDE0O"), ..header(1) };
    let offset = Header { creation_date: some("2026-03-02T08:30:00+00:00"), ..header(1) };
    vec![
        ("bare", None, None, HeaderUse::AsReceived),
        ("always", None, None, HeaderUse::Always),
        ("never", Some(header(2)), message.clone(), HeaderUse::Never),
        ("head 1", Some(header(1)), message.clone(), HeaderUse::AsReceived),
        ("head 1 with an offset", Some(offset), message.clone(), HeaderUse::AsReceived),
        ("head 1 with BICs that are none", Some(digits), None, HeaderUse::AsReceived),
        ("head 1 with newer BICs", Some(newer.clone()), None, HeaderUse::AsReceived),
        ("head 2 with newer BICs", Some(Header { message: header(2).message, ..newer }), None, HeaderUse::AsReceived),
        ("head 2", Some(header(2)), wrapper(&[("RequestPayload", "")]), HeaderUse::AsReceived),
        ("head 3", Some(header(3)), fedwire, HeaderUse::Always),
        ("head 4", Some(header(4)), wrapper(&[("Envelope", "urn:swift:xsd:envelope")]), HeaderUse::AsReceived),
        ("head 9", Some(header(9)), transport.clone(), HeaderUse::AsReceived),
        ("from nobody", Some(nobody), wrapper(&[("Élément", "urn:<>")]), HeaderUse::AsReceived),
        ("members", Some(members), fednow(), HeaderUse::AsReceived),
        ("wrapped without a header", None, message, HeaderUse::AsReceived),
        ("transport without a header", None, transport, HeaderUse::AsReceived),
    ]
}

/// Who the partner is in a case.
fn partner(reply: ReplyProfile) -> Partner {
    let reply = ReplyProfile { hold_answer: HoldAnswer::Pending, ..reply };
    Partner { id: "nord".to_owned(), bics: vec!["NORDBEBBXXX".to_owned()], reply, ..Partner::default() }
}

fn answer(original: &Original, decision: &Decision, partner: &Partner) -> Answer {
    let institution = Institution { bic: some("SUEDDEFFXXX"), ..Institution::default() };
    let decided_at = DateTime::<Utc>::from_timestamp(1_772_440_201, 999_000_000).unwrap();
    write(
        original,
        decision,
        &Dress { partner, institution: &institution, agreed: false, decided_at, reply_id: "PF-0-42-REPLY" },
    )
}

/// The bytes of an answer that must be one, of the message definition expected.
fn reply(label: &str, original: &Original, decision: &Decision, partner: &Partner, expected: MessageId) -> Vec<u8> {
    match answer(original, decision, partner) {
        Answer::Reply { message, id, bytes } => {
            assert_eq!((message, id.as_str()), (expected, "PF-0-42-REPLY"), "{label}");
            bytes
        }
        Answer::NoneDue { reason } => panic!("{label}: none due: {reason}"),
    }
}

#[test]
fn every_version_and_shape_is_valid_for_every_verdict() {
    let unlisted = Original { transactions: Transactions::default(), number_of_transactions: None, ..payment(8) };
    let mut answers = Answers::default();
    for version in 2..=16 {
        for shape in [Shape::Group, Shape::Transaction] {
            for (name, decision) in decisions() {
                for original in [payment(8), unquotable(8), unlisted.clone()] {
                    let partner = partner(ReplyProfile { shape, version: Some(version), ..ReplyProfile::default() });
                    let label = format!("{version} {shape:?} {name} {:?}", original.message_id);
                    let refused = decision.verdict == Verdict::Refused;
                    let expected =
                        if refused { MessageId::of(b"admi", 2, 1) } else { MessageId::of(b"pacs", 2, version) };
                    answers.add(&label, &reply(&label, &original, &decision, &partner, expected));
                }
            }
        }
    }
    assert_eq!(answers.count, 15 * 2 * decisions().len() * 3);
    answers.validate();
}

#[test]
fn every_header_and_wrapper_is_valid_for_every_verdict() {
    let mut answers = Answers::default();
    for (envelope, header, wrapper, header_use) in envelopes() {
        for (name, decision) in decisions() {
            for quotable in [true, false] {
                let original = if quotable { payment(8) } else { unquotable(8) };
                let original = Original { header: header.clone().map(Box::new), wrapper: wrapper.clone(), ..original };
                let partner = partner(ReplyProfile { header: header_use, ..ReplyProfile::default() });
                let label = format!("{envelope} {name}");
                let Answer::Reply { bytes, .. } = answer(&original, &decision, &partner) else { panic!("{label}") };
                let due = header_use == HeaderUse::Always || (header.is_some() && header_use == HeaderUse::AsReceived);
                assert_eq!(String::from_utf8_lossy(&bytes).contains("<AppHdr "), due, "{label}");
                answers.add(&label, &bytes);
            }
        }
    }
    answers.validate();
}

#[test]
fn statements_are_refused_and_receipted_in_valid_messages() {
    let mut answers = Answers::default();
    for version in 1..=14 {
        for (name, decision) in decisions().into_iter().filter(|(_, decision)| decision.verdict != Verdict::Held) {
            let statement = MessageId::of(b"camt", 53, version);
            let original =
                Original { message: Some(statement), transactions: Transactions::default(), ..payment(version) };
            let receipt_status = (version % 2 == 0).then(|| "TS01".to_owned());
            let partner = partner(ReplyProfile { receipt: true, receipt_status, ..ReplyProfile::default() });
            let label = format!("{statement} {name}");
            let accepted = decision.verdict == Verdict::Accepted;
            let expected = MessageId::of(b"admi", if accepted { 7 } else { 2 }, 1);
            answers.add(&label, &reply(&label, &original, &decision, &partner, expected));
        }
    }
    answers.validate();
}

#[test]
#[should_panic(expected = "XsdEnumeration")]
fn an_invalid_answer_does_not_pass() {
    let partner = partner(ReplyProfile { version: Some(7), ..ReplyProfile::default() });
    let bytes =
        reply("", &payment(6), &decision(Verdict::Accepted, vec![], &[]), &partner, MessageId::of(b"pacs", 2, 7));
    let text = String::from_utf8(bytes).unwrap().replace("ACTC", "ACWP");
    Answers::default().add("a status that is not listed", text.as_bytes());
}

#[test]
fn an_answer_is_the_same_whenever_it_is_written() {
    for (name, decision) in decisions() {
        let partner = partner(ReplyProfile::default());
        assert_eq!(answer(&payment(8), &decision, &partner), answer(&payment(8), &decision, &partner), "{name}");
    }
}

#[test]
fn says_why_nothing_is_due() {
    let announced = |definition| Header { message_definition: some(definition), ..header(2) };
    let of = |area, functionality, version| Original {
        message: Some(MessageId::of(area, functionality, version)),
        ..Original::default()
    };
    #[rustfmt::skip]
    let cases = [
        ("the same again",      payment(8),                                                           Verdict::Repeated, "the stored answer is sent again"),
        ("a good statement",    of(b"camt", 53, 8),                                                   Verdict::Accepted, "the partner takes no receipts"),
        ("a held statement",    of(b"camt", 53, 8),                                                   Verdict::Held,     "it is held: the answer follows when it is decided"),
        ("another message",     of(b"pacs", 9, 8),                                                    Verdict::Accepted, "a message of this kind is not acknowledged"),
        ("a status report",     of(b"pacs", 2, 10),                                                   Verdict::Refused,  "an answer is not answered"),
        ("a rejection",         of(b"admi", 2, 1),                                                    Verdict::Refused,  "an answer is not answered"),
        ("a newer rejection",   of(b"admi", 2, 9),                                                    Verdict::Refused,  "an answer is not answered"),
        ("a receipt",           of(b"admi", 7, 1),                                                    Verdict::Rejected, "an answer is not answered"),
        ("an unreadable reply", Original { header: Some(announced("admi.002.001.01").into()), ..Original::default() }, Verdict::Refused, "an answer is not answered"),
    ];
    for (name, original, verdict, expected) in cases {
        let answer = answer(&original, &decision(verdict, vec![], &[]), &partner(ReplyProfile::default()));
        assert_eq!(answer, Answer::NoneDue { reason: expected }, "{name}");
    }
    let quiet = Partner { reply: ReplyProfile::default(), ..partner(ReplyProfile::default()) };
    let held = answer(&payment(8), &decision(Verdict::Held, vec![], &[]), &quiet);
    assert!(matches!(held, Answer::NoneDue { .. }), "{held:?}");
}

#[test]
fn refers_to_what_can_be_referred_to() {
    let with_header = Original { header: Some(header(2).into()), ..payment(8) };
    let without_ids = Original { message_id: None, ..payment(8) };
    let refused = decision(Verdict::Refused, vec![], &[]);
    let cases = [
        ("the header's id", with_header, "<Ref>BIZ-2026-0001</Ref>", false),
        ("the message's id", payment(8), "<Ref>MSG-2026-0001</Ref>", false),
        ("no id", without_ids, "<Ref>NOTAVAILABLE</Ref>", true),
        ("an id too long", Original { header: None, ..unquotable(8) }, "<Ref>NOTAVAILABLE</Ref>", true),
    ];
    for (name, original, expected, with_origin) in cases {
        let bytes = reply(name, &original, &refused, &partner(ReplyProfile::default()), MessageId::of(b"admi", 2, 1));
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(expected), "{name}: {text}");
        assert_eq!(
            text.contains("<AddtlData>received as payflow.inbound-0-42</AddtlData>"),
            with_origin,
            "{name}: {text}"
        );
    }
}

#[test]
fn a_stranger_is_not_written_to_under_the_name_it_took() {
    let stranger = Original {
        header: Some(Header { from: bank("EVILGB2L"), ..header(2) }.into()),
        instructing_agent: Some(bank("EVILGB2L")),
        ..payment(8)
    };
    let wrong = vec![finding(Rule::WrongPartner, Scope::Message, "The sender is not the partner.")];
    for (verdict, shape) in [(Verdict::Refused, Shape::Group), (Verdict::Rejected, Shape::Transaction)] {
        let profile = ReplyProfile { shape, ..ReplyProfile::default() };
        let Answer::Reply { bytes, .. } = answer(&stranger, &decision(verdict, wrong.clone(), &[]), &partner(profile))
        else {
            panic!("an answer is due")
        };
        let text = String::from_utf8(bytes).unwrap();
        let to = "<To><FIId><FinInstnId><BICFI>NORDBEBBXXX</BICFI>";
        assert!(text.contains(to) && text.matches("EVILGB2L").count() == 1, "only the related header names it: {text}");
    }
}

#[test]
fn kept_samples_are_written_as_ever() {
    let decisions = decisions();
    let decided = |name: &str| &decisions.iter().find(|(it, _)| *it == name).unwrap().1;
    let group = ReplyProfile::default();
    let transaction = || ReplyProfile { shape: Shape::Transaction, ..ReplyProfile::default() };
    let bulk = Original { header: Some(header(2).into()), wrapper: wrapper(&[("BusMsg", "")]), ..payment(10) };
    let instant = Original {
        header: Some(Header { from: member("021040078"), to: member("021150706"), ..header(2) }.into()),
        wrapper: fednow(),
        transactions: [self::transaction(1)].into_iter().collect(),
        instructing_agent: Some(member("021040078")),
        instructed_agent: Some(member("021150706")),
        ..payment(8)
    };
    let statement =
        Original { message: Some(MessageId::of(b"camt", 53, 8)), transactions: Transactions::default(), ..payment(8) };
    let receipt = ReplyProfile { receipt: true, ..ReplyProfile::default() };
    let cases = [
        ("pacs002.10-accepted.xml", payment(8), "accepted", group.clone()),
        ("pacs002.12-partly-in-busmsg.xml", bulk, "partly", group.clone()),
        ("pacs002.02-rejected.xml", payment(1), "rejected for both", group.clone()),
        ("pacs002.03-by-transaction.xml", payment(2), "partly", transaction()),
        ("pacs002.10-rejected-fednow.xml", instant, "rejected for one transaction", transaction()),
        ("pacs002.16-unquotable.xml", unquotable(14), "rejected as a whole", group.clone()),
        (
            "admi002-refused.xml",
            Original { message: None, message_id: None, ..payment(8) },
            "refused twice",
            group.clone(),
        ),
        ("admi002-statement.xml", statement.clone(), "rejected statement", group),
        ("admi007-receipt.xml", statement, "accepted", receipt),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replies");
    let mut answers = Answers::default();
    for (file, original, name, profile) in cases {
        let Answer::Reply { bytes, .. } = answer(&original, decided(name), &partner(profile)) else { panic!("{file}") };
        answers.add(file, &bytes);
        let path = folder.join(file);
        if std::env::var_os("PAYFLOW_BLESS").is_some() {
            std::fs::write(&path, &bytes).unwrap();
        }
        let kept = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (kept, bytes) = (String::from_utf8_lossy(&kept), String::from_utf8_lossy(&bytes));
        assert_eq!(kept, bytes, "{file}: PAYFLOW_BLESS=1 writes it anew");
    }
    answers.validate();
}
