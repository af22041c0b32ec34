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
use payflow::rules::judge::{Facts, Ruling, Verdict};
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
    let amounts = amounts.iter().map(amount).collect();
    AgreedLimits { bytes, transactions, amounts, ..AgreedLimits::default() }
}

/// What is held above these amounts.
fn hold_above(amounts: &[(&str, &str)]) -> AgreedLimits {
    AgreedLimits { hold_above: limits(None, None, amounts).amounts, ..AgreedLimits::default() }
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

/// A message is held as a whole, and decided as a whole: what was wrong with a part of it stays wrong.
#[test]
fn what_is_large_is_held_until_it_is_decided() {
    use Verdict::{Accepted, Held, PartlyAccepted, Rejected};
    let bad = "pacs008/err/bulk-one-bad-iban.xml";
    let both =
        AgreedLimits { amounts: limits(None, None, &[("EUR", "8999")]).amounts, ..hold_above(&[("EUR", "5000")]) };
    // the limits | the sample | at once, released, rejected: the verdict and how many transfers
    type Row<'r> = (AgreedLimits, &'r str, [(Verdict, usize); 3]);
    let rows: &[Row<'_>] = &[
        (hold_above(&[("EUR", "9000")]), BULK, [(Accepted, 4), (Accepted, 4), (Rejected, 0)]),
        (hold_above(&[("USD", "1")]), BULK, [(Accepted, 4), (Accepted, 4), (Rejected, 0)]),
        (hold_above(&[("EUR", "8999.99")]), BULK, [(Held, 0), (Accepted, 4), (Rejected, 0)]),
        (hold_above(&[("EUR", "0.01")]), BULK, [(Held, 0), (Accepted, 4), (Rejected, 0)]),
        (hold_above(&[("EUR", "0.01")]), bad, [(Held, 0), (PartlyAccepted, 3), (Rejected, 0)]),
        // What is above both limits is rejected anyway, and holds nothing.
        (both, BULK, [(PartlyAccepted, 3), (PartlyAccepted, 3), (Rejected, 0)]),
    ];
    for (limits, name, expected) in rows {
        let stages = stages(limits.clone(), Editions::default(), Shape::Group);
        let (bytes, received_at) = (sample(name), Utc::now());
        let raw = Raw { bytes, origin: "in-0-7".to_owned(), partner: "alpha".to_owned(), received_at };
        let documents = stages.examine(&raw);
        let decide = |ruling| stages.decide(&documents[0], &Facts { prior: None, ruling }, Utc::now());
        for (ruling, expected) in [None, Some(Ruling::Release), Some(Ruling::Reject)].into_iter().zip(expected) {
            let decided = decide(ruling);
            assert_eq!((decided.decision.verdict, decided.transfers.len()), *expected, "{limits:?} {ruling:?}");
            let quiet = matches!(decided.answer, Due::None(_));
            assert_eq!(quiet, expected.0 == Held, "{limits:?} {ruling:?}");
        }
        let id = |ruling| match decide(ruling).answer {
            Due::Reply { id, .. } => Some(id),
            _ => None,
        };
        assert_ne!(id(None), id(Some(Ruling::Release)), "the later answer has an id of its own");
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
