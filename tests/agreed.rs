//! What was agreed with a partner: the limits of its own and of its profile, how much the profile's rules weigh, and from when
//! on. By the stages of the worker.
#![cfg(feature = "worker")]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use payflow::finding::Rule;
use payflow::partner::{AgreedLimits, Partner, ReplyProfile, Shape};
use payflow::pipeline::Raw;
use payflow::pipeline::iso20022::{Iso20022, Setup};
use payflow::pipeline::stages::{Due, Stages};
use payflow::rules::judge::{Facts, Verdict};
use payflow::rules::table::weighed;
use payflow::rules::{Editions, Level, Profile};

/// Four transactions in EUR: 1480.00, 3144.35, 9000 and 5000.00.
const BULK: &str = "pacs008/ok/sepa-bulk-02.xml";

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)).unwrap()
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn limits(bytes: Option<usize>, transactions: Option<u64>, amounts: &[(&str, &str)]) -> AgreedLimits {
    let amount = |(currency, amount): &(&str, &str)| {
        ((*currency).to_owned().try_into().unwrap(), (*amount).to_owned().try_into().unwrap())
    };
    AgreedLimits { bytes, transactions, amounts: amounts.iter().map(amount).collect() }
}

/// The stages for one partner, with one profile.
fn stages(limits: AgreedLimits, profile: Editions, shape: Shape) -> Iso20022 {
    let reply = ReplyProfile { shape, ..ReplyProfile::default() };
    let partner =
        Partner { id: "alpha".to_owned(), profile: Some("p".to_owned()), limits, reply, ..Partner::default() };
    let partners = BTreeMap::from([("alpha".to_owned(), partner)]);
    Iso20022::new(Setup { partners, profiles: BTreeMap::from([("p".to_owned(), profile)]), ..Setup::default() })
}

/// Verdict, answer and its text, rules that were broken, and how many transfers are booked.
fn answered(stages: &Iso20022, bytes: Vec<u8>, received_at: DateTime<Utc>) -> (Verdict, String, Vec<Rule>, usize) {
    let raw = Raw { bytes, origin: "in-0-7".to_owned(), partner: "alpha".to_owned(), received_at };
    let documents = stages.examine(&raw);
    assert_eq!(documents.len(), 1);
    let decided = stages.decide(&documents[0], &Facts::default(), Utc::now());
    let text = match decided.answer {
        Due::Reply { bytes, .. } => String::from_utf8(bytes).unwrap(),
        other => panic!("{other:?}"),
    };
    let rules = decided.decision.findings.iter().map(|finding| finding.rule).collect();
    (decided.decision.verdict, text, rules, decided.transfers.len())
}

#[test]
fn limits_hold_on_both_sides() {
    use Verdict::{Accepted, PartlyAccepted, Refused, Rejected};
    let size = sample(BULK).len();
    let (none, amount, count) = (&[][..], &[Rule::AmountLimit][..], &[Rule::TransactionLimit][..]);
    // What was agreed | verdict, rules, transfers | what the answer says
    type Row<'r> = (AgreedLimits, Verdict, &'r [Rule], usize, &'r [&'r str]);
    let rows: &[Row<'_>] = &[
        (limits(None, None, &[]), Accepted, none, 4, &["<GrpSts>ACTC<"]),
        (limits(Some(size), None, &[]), Accepted, none, 4, &["<GrpSts>ACTC<"]),
        (limits(Some(size - 1), None, &[]), Refused, &[Rule::XmlLimit], 0, &["PF-XML-LIMIT", "limits.bytes"]),
        (limits(None, Some(4), &[]), Accepted, none, 4, &["<GrpSts>ACCP<"]),
        (limits(None, Some(3), &[]), Rejected, count, 0, &["<GrpSts>RJCT<", "TransactionLimit"]),
        (limits(None, None, &[("USD", "1")]), Accepted, none, 4, &["<GrpSts>ACCP<"]),
        (limits(None, None, &[("EUR", "9000.00")]), Accepted, none, 4, &["<GrpSts>ACCP<"]),
        (limits(None, None, &[("EUR", "8999.99")]), PartlyAccepted, amount, 3, &["<GrpSts>PART<", "<Cd>AM14<", "ACCP"]),
        (limits(None, None, &[("EUR", "0.01")]), Rejected, &[Rule::AmountLimit; 4], 0, &["<GrpSts>RJCT<", "AM14"]),
    ];
    for (limits, verdict, rules, transfers, said) in rows {
        // The same limits are the partner's own, or those of its profile.
        let profile = Profile { limits: limits.clone(), ..Profile::default() };
        let of_profile = Editions::new([(DateTime::<Utc>::MIN_UTC, profile)]);
        let own = stages(limits.clone(), Editions::default(), Shape::Group);
        for stages in [own, stages(AgreedLimits::default(), of_profile, Shape::Group)] {
            let found = answered(&stages, sample(BULK), Utc::now());
            assert_eq!((found.0, &found.2[..], found.3), (*verdict, *rules, *transfers), "{limits:?}");
            assert!(said.iter().all(|part| found.1.contains(part)), "{limits:?}: {said:?} in {}", found.1);
        }
    }
}

/// In the other shape each transaction has the status of its own.
#[test]
fn each_transaction_says_what_was_checked() {
    let stages = stages(limits(None, Some(9), &[]), Editions::default(), Shape::Transaction);
    let (_, text, ..) = answered(&stages, sample("pacs008/ok/cbpr-single-header-08.xml"), Utc::now());
    assert!(text.contains("<TxSts>ACCP<"), "{text}");
}

/// A profile's edition holds from its moment on, whatever the message says of its own age.
#[test]
fn a_rule_weighs_as_the_edition_says() {
    let edition = |level| Profile { levels: BTreeMap::from([(Rule::Iban, level)]), ..Profile::default() };
    let cutover = time("2026-11-14T00:00:00+01:00");
    let editions =
        Editions::new([(DateTime::<Utc>::MIN_UTC, edition(Level::Warning)), (cutover, edition(Level::Error))]);
    let stages = stages(AgreedLimits::default(), editions, Shape::Group);
    let bad = || sample("pacs008/err/bulk-one-bad-iban.xml");
    let before = answered(&stages, bad(), time("2026-11-13T22:59:59.999Z"));
    assert_eq!((before.0, &before.2[..], before.3), (Verdict::Accepted, &[Rule::Iban][..], 4));
    let after = answered(&stages, bad(), time("2026-11-13T23:00:00Z"));
    assert_eq!((after.0, &after.2[..], after.3), (Verdict::PartlyAccepted, &[Rule::Iban][..], 3));
}

/// Whatever a profile lets pass can be mapped and answered.
#[test]
fn what_a_profile_lets_pass_is_booked() {
    for level in [Level::Off, Level::Warning] {
        let profile = Profile { levels: weighed().map(|rule| (rule, level)).collect(), ..Profile::default() };
        let stages =
            stages(AgreedLimits::default(), Editions::new([(DateTime::<Utc>::MIN_UTC, profile)]), Shape::Group);
        for name in
            ["bic-country", "bulk-one-bad-iban", "iban-check-digits", "total-sum", "transaction-count", "yen-decimals"]
        {
            let (verdict, text, rules, transfers) =
                answered(&stages, sample(&format!("pacs008/err/{name}.xml")), Utc::now());
            assert_eq!(verdict, Verdict::Accepted, "{name}: {rules:?} {text}");
            assert!(transfers > 0 && rules.is_empty() == (level == Level::Off), "{name}: {rules:?}");
        }
    }
}
