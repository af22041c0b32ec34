//! A source belongs to a partner, and carries messages of that partner alone.

use crate::finding::Rule;
use crate::message::Field;
use crate::partner::Partner;
use crate::rules::table::about;
use crate::schema::pieces::Piece;
use crate::schema::record::{Node, Value};
use crate::xml::Fault;

about! {
    /// Name: Wrong.
    ///
    /// Requires that whoever a message names as its sender is the partner that the source belongs to: the sender of the
    /// header (Fr), and the instructing agent of the group header or of each transaction. A name is the partner's when its
    /// BIC, or else its clearing member id, is one that the partner entry lists. A BIC of eight characters in the entry
    /// stands for the institution with all its branches, one that ends in XXX for its head office, any other for that
    /// branch. A partner entry without BICs and member ids leaves the sender unchecked, and so does a message that names
    /// none by either.
    ///
    /// Why: whoever can write to a partner's source could otherwise send in another bank's name, and use up its message ids.
    ///
    /// Source: ours; the agreement between the two banks on who uses the connection.
    WrongPartner, Error
}

/// The sender of a header, where it is not the partner: an institution, or an organisation of another kind.
pub(in crate::rules) fn of_header(partner: &Partner, header: Node<'_>) -> Option<Fault> {
    let organisation = || header.group(Field::FromOrganisation.slot());
    check(partner, header.group(Field::FromInstitution.slot()).or_else(organisation)?)
}

/// The instructing agent of a piece of a document, where it is not the partner: of its group header, or of a transaction.
pub(in crate::rules) fn of_piece(partner: &Partner, piece: &Piece<'_>) -> Option<Fault> {
    match piece.group().map(|(slot, node)| (Field::of(slot), node)) {
        Some((Field::GroupHeader | Field::CreditTransferTransactionInformation, node)) => {
            check(partner, node.group(Field::InstructingAgent.slot())?)
        }
        _ => None,
    }
}

fn check(partner: &Partner, named: Node<'_>) -> Option<Fault> {
    if partner.bics.is_empty() && partner.member_ids.is_empty() {
        return None;
    }
    Name::of(named).filter(|name| !name.is_of(partner)).map(|name| name.fault(partner))
}

/// What a sender is called.
#[derive(Clone, Copy)]
struct Name<'r> {
    bic: Option<Value<'r>>,
    member_id: Option<Value<'r>>,
}

impl<'r> Name<'r> {
    /// `None` for one that is called neither by a BIC nor by an id.
    fn of(node: Node<'r>) -> Option<Self> {
        let within = |group: Field, field: Field| node.group(group.slot())?.get(field.slot());
        let bic = node.get(Field::Bicfi.slot());
        let bic = bic.or_else(|| within(Field::OrganisationIdentification, Field::AnyBic));
        // Some systems give the member id as another kind of id.
        let member_id = node.get(Field::MemberIdentification.slot());
        let member_id = member_id.or_else(|| within(Field::Other, Field::Identification));
        bic.or(member_id).map(|_| Self { bic, member_id })
    }

    /// The BIC decides, where there is one on both sides.
    fn is_of(self, partner: &Partner) -> bool {
        match (self.bic, self.member_id) {
            (Some(bic), _) if !partner.bics.is_empty() => partner.bics.iter().any(|own| covers(own, bic.text)),
            (_, Some(id)) => partner.member_ids.iter().any(|own| own == id.text),
            _ => false,
        }
    }

    fn fault(self, partner: &Partner) -> Fault {
        let value = self.bic.or(self.member_id);
        let text = format!("The message names a sender that is not the partner {}.", partner.id);
        Fault::new(Rule::WrongPartner, value.map_or(0, |value| value.at), text)
            .found(value.map_or("", |value| value.text))
            .expected(format!("a BIC or member id of {}", partner.id))
    }
}

/// Whether a BIC of a partner entry stands for the BIC of a message, where eight characters are the head office's.
fn covers(own: &str, bic: &str) -> bool {
    let head_office = |bic: &str| bic.len() == 8 || bic.ends_with("XXX");
    let same_institution = own.len() >= 8 && own.as_bytes().get(..8) == bic.as_bytes().get(..8);
    own == bic || (same_institution && (own.len() == 8 || (head_office(own) && head_office(bic))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bic_stands_for_its_institution_head_office_or_branch() {
        for (own, bic, expected) in [
            ("NWNDDEFF", "NWNDDEFF", true),
            ("NWNDDEFF", "NWNDDEFFXXX", true),
            ("NWNDDEFF", "NWNDDEFF500", true),
            ("NWNDDEFF", "NWNDDEFM", false),
            ("NWNDDEFFXXX", "NWNDDEFF", true),
            ("NWNDDEFFXXX", "NWNDDEFFXXX", true),
            ("NWNDDEFFXXX", "NWNDDEFF500", false),
            ("NWNDDEFF500", "NWNDDEFF500", true),
            ("NWNDDEFF500", "NWNDDEFF", false),
            ("NWNDDEFF500", "NWNDDEFFXXX", false),
            ("", "NWNDDEFF", false),
            ("NWND", "NWNDDEFF", false),
        ] {
            assert_eq!(covers(own, bic), expected, "{own} {bic}");
        }
    }
}
