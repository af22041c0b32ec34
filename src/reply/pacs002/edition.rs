//! What differs between the fifteen versions of pacs.002, as one table. Must not write.

use crate::message::Original;
use crate::partner::ReplyProfile;
use crate::schema::MessageId;

use super::super::agent::Form;
use super::super::sheet::{Tag, tag};

/// One version of pacs.002.
#[derive(Debug)]
pub(in crate::reply) struct Edition {
    /// Its number.
    version: u8,
    /// The version of pacs.008 that it belongs with: the one that the same yearly release published. The release of 2017
    /// brought a pacs.002 and no pacs.008.
    answers: Option<u8>,
    /// The element inside the Document.
    pub(super) root: Tag,
    /// How it names institutions.
    pub(super) form: Form,
    /// The elements of a reason inside `StsRsnInf`: the reason, the additional information.
    pub(super) reason: (Tag, Tag),
    /// A transaction names its group (`OrgnlGrpInf`), so that the group's own block may be missing; where it can't, the
    /// block is mandatory.
    pub(super) group_in_transaction: bool,
    /// A transaction has `OrgnlUETR`.
    pub(super) uetr: bool,
    /// The reasons are a closed list.
    pub(super) closed_reasons: bool,
}

const FIRST_NAMED: Tag = tag!("pacs.002.001.02");
const NAMED: Tag = tag!("FIToFIPmtStsRpt");
const FIRST: (Tag, Tag) = (tag!("StsRsn"), tag!("AddtlStsRsnInf"));
const LATER: (Tag, Tag) = (tag!("Rsn"), tag!("AddtlInf"));

/// A row of the table.
#[allow(clippy::too_many_arguments)]
const fn row(
    version: u8,
    answers: Option<u8>,
    root: Tag,
    form: Form,
    reason: (Tag, Tag),
    group_in_transaction: bool,
    uetr: bool,
    closed_reasons: bool,
) -> Edition {
    Edition { version, answers, root, form, reason, group_in_transaction, uetr, closed_reasons }
}

/// All versions. The comment says when the definition was generated, which is within weeks the same for the pacs.008 of its
/// row. The statuses that we write (ACTC, ACCP, PDNG, PART, RJCT) are in each closed list of statuses (up to 07), for groups and, but
/// for PART, for transactions.
#[rustfmt::skip]
const EDITIONS: [Edition; 15] = [
    //  no  pacs.008   root               institutions     reason  group  uetr   closed
    row( 2, Some(1),  FIRST_NAMED,       Form::Choice,    FIRST,  false, false, true),  // September 2006
    row( 3, Some(2),  NAMED,             Form::Bic,       LATER,  false, false, false), // January 2009
    row( 4, Some(3),  NAMED,             Form::Bicfi,     LATER,  false, false, false), // June 2012
    row( 5, Some(4),  NAMED,             Form::Bicfi,     LATER,  false, false, false), // March 2013
    row( 6, Some(5),  NAMED,             Form::Bicfi,     LATER,  true,  false, false), // February 2015
    row( 7, Some(6),  NAMED,             Form::Bicfi,     LATER,  true,  false, false), // February 2016
    row( 8, None,     NAMED,             Form::Bicfi,     LATER,  true,  false, false), // January 2017
    row( 9, Some(7),  NAMED,             Form::Bicfi,     LATER,  true,  false, false), // February 2018
    row(10, Some(8),  NAMED,             Form::Bicfi2014, LATER,  true,  true,  false), // February 2019
    row(11, Some(9),  NAMED,             Form::Bicfi2014, LATER,  true,  true,  false), // March 2020
    row(12, Some(10), NAMED,             Form::Bicfi2014, LATER,  true,  true,  false), // February 2021
    row(13, Some(11), NAMED,             Form::Bicfi2014, LATER,  true,  true,  false), // February 2023
    row(14, Some(12), NAMED,             Form::Bicfi2014, LATER,  true,  true,  false), // February 2024
    row(15, Some(13), NAMED,             Form::Bicfi2014, LATER,  true,  true,  false), // February 2025
    row(16, Some(14), NAMED,             Form::Bicfi2014, LATER,  true,  true,  false), // March 2026
];

impl Edition {
    /// Its message definition.
    pub(in crate::reply) fn message(&self) -> MessageId {
        MessageId::of(b"pacs", 2, self.version)
    }
}

/// The version to answer in: the partner's, else the one that belongs to the incoming version, else the newest.
pub(in crate::reply) fn edition(original: &Original, profile: &ReplyProfile) -> &'static Edition {
    let newest = &EDITIONS[EDITIONS.len() - 1];
    let of_partner = || EDITIONS.iter().find(|edition| Some(edition.version) == profile.version);
    let of_message = || {
        let version = original.message?.version();
        EDITIONS.iter().find(|edition| edition.answers == Some(version))
    };
    of_partner().or_else(of_message).unwrap_or(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn belongs_to_the_release_of_the_incoming_version() {
        let cases = [
            (Some(1), None, 2),
            (Some(2), None, 3),
            (Some(6), None, 7),
            (Some(7), None, 9),
            (Some(8), None, 10),
            (Some(14), None, 16),
            (Some(15), None, 16),
            (None, None, 16),
            (Some(8), Some(3), 3),
            (Some(8), Some(8), 8),
            (Some(8), Some(1), 10),
        ];
        for (came, asked, expected) in cases {
            let message = came.map(|version| MessageId::of(b"pacs", 8, version));
            let original = Original { message, ..Original::default() };
            let profile = ReplyProfile { version: asked, ..ReplyProfile::default() };
            assert_eq!(edition(&original, &profile).version, expected, "{came:?} {asked:?}");
        }
    }
}
