//! The samples that the demonstration sends, inside of the binary, and the invented banks that send them.

use crate::partner::{HeaderUse, Institution, Partner, ReplyProfile, Shape};

/// A message of the demonstration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// Its path below `samples`, without the ending.
    pub(crate) name: &'static str,
    /// The id of the partner that sends it.
    pub(crate) partner: &'static str,
    /// Its bytes.
    pub(crate) bytes: &'static [u8],
}

macro_rules! samples {
    ($($partner:literal { $($name:literal)+ })+) => {
        &[$($(Sample {
            name: $name,
            partner: $partner,
            bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/", $name, ".xml")),
        },)+)+]
    };
}

/// The messages, partner by partner: what is good first.
pub(crate) const SAMPLES: &[Sample] = samples! {
    "nordwind" {
        "pacs008/ok/sepa-bulk-02"
        "pacs008/ok/two-documents-08"
        "camt053/ok/several-statements-02"
        "camt053/ok/no-entries-bom-crlf-08"
        "pacs008/err/bulk-one-bad-iban"
        "pacs008/err/transaction-count"
        "pacs008/err/total-sum"
        "pacs008/err/iban-check-digits"
        "pacs008/err/unknown-currency"
        "pacs008/err/wrong-order"
        "pacs008/err/several-faults"
        "pacs008/err/missing-currency"
        "pacs008/err/cut-off"
        "pacs008/err/doctype"
        "pacs008/err/deep-nesting"
        "pacs008/err/empty"
        "pacs008/err/wrong-namespace"
        "pacs008/err/future-version"
        "pacs008/err/wrong-partner"
        "camt053/err/camt052-as-camt053"
        "camt053/err/entry-before-balance"
    }
    "kestrel" {
        "pacs008/ok/cbpr-single-header-08"
        "camt053/ok/reversal-pending-compact-06"
        "pacs008/err/header-mismatch"
    }
    "rivergate" {
        "pacs008/ok/fednow-usd-08"
    }
    "mirador" {
        "pacs008/ok/prefix-comments-cdata-06"
        "camt053/ok/first-version-01"
        "camt053/ok/nostro-header-08"
    }
    "alpenkante" {
        "pacs008/ok/datapdu-header-08"
        "pacs008/ok/compact-regulatory-14"
        "camt053/ok/batch-with-details-04"
        "camt053/err/iban-check-digits"
    }
    "fjordbanken" {
        "pacs008/ok/latin1-proxy-10"
    }
    "sakura" {
        "pacs008/ok/utf16-yen-13"
        "pacs008/err/yen-decimals"
    }
    "polder" {
        "camt053/ok/prefix-structured-13"
    }
};

/// The bank that receives.
pub(crate) fn institution() -> Institution {
    Institution { bic: Some("PFLWLULLXXX".to_owned()), ..Institution::default() }
}

/// The banks that send. Those of cross-border and instant payments want their answers in another shape.
pub(crate) fn partners() -> Vec<Partner> {
    [
        ("nordwind", &["NWNDDEFFXXX"][..], &[][..], Shape::Group),
        ("kestrel", &["KSTLGB2LXXX"], &[], Shape::Transaction),
        ("rivergate", &[], &["021999815"], Shape::Transaction),
        ("mirador", &["MRDOESMMXXX"], &[], Shape::Group),
        ("alpenkante", &["ALPKCHZZXXX"], &[], Shape::Group),
        ("fjordbanken", &["FJRDNOKKXXX"], &[], Shape::Group),
        ("sakura", &["SKMRJPJTXXX"], &[], Shape::Transaction),
        ("polder", &["PFDMNL2AXXX"], &[], Shape::Group),
    ]
    .map(|(id, bics, member_ids, shape)| partner(id, bics, member_ids, shape))
    .into()
}

fn partner(id: &str, bics: &[&str], member_ids: &[&str], shape: Shape) -> Partner {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let reply = ReplyProfile { shape, header: HeaderUse::AsReceived, receipt: true, ..ReplyProfile::default() };
    Partner { id: id.to_owned(), bics: owned(bics), member_ids: owned(member_ids), reply, ..Partner::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_has_its_partner_and_stands_once() {
        let partners = partners();
        for (index, sample) in SAMPLES.iter().enumerate() {
            assert!(partners.iter().any(|partner| partner.id == sample.partner), "{}", sample.name);
            assert!(SAMPLES[..index].iter().all(|other| other.name != sample.name), "{}", sample.name);
        }
        assert!(partners.iter().all(|partner| SAMPLES.iter().any(|sample| sample.partner == partner.id)));
    }

    #[test]
    fn every_valid_sample_is_shown() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
        for family in ["pacs008", "camt053"] {
            for entry in std::fs::read_dir(folder.join(family).join("ok")).unwrap() {
                let file = entry.unwrap().path();
                let name = format!("{family}/ok/{}", file.file_stem().unwrap().to_string_lossy());
                assert!(SAMPLES.iter().any(|sample| sample.name == name), "{name}");
            }
        }
    }
}
