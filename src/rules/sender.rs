//! Whose message it is: what header and document say of their sender and of each other, against the partner that the
//! source belongs to. Pure. Must not look at anything else in the message.

use crate::finding::{Scope, Severity};
use crate::partner::Partner;
use crate::schema::MessageId;
use crate::schema::pieces::Piece;
use crate::schema::record::Node;
use crate::xml::Fault;

use super::Breach;
use super::payflow::header_mismatch::Announced;
use super::payflow::wrong_partner;

/// Checks header and document against each other, and both against the partner, where there is one. Both as far as they could
/// be read.
#[derive(Debug, Clone, Default)]
pub struct Sender {
    announced: Option<Announced>,
    wrong: Option<Fault>,
}

impl Sender {
    /// Reads the business application header, which comes first.
    pub fn header(&mut self, header: Node<'_>, partner: Option<&Partner>) {
        self.announced = Announced::read(header);
        self.wrong = partner.and_then(|partner| wrong_partner::of_header(partner, header));
    }

    /// Reads a piece of the document. The first name that is not the partner's counts.
    pub fn piece(&mut self, piece: &Piece<'_>, partner: Option<&Partner>) {
        if let (None, Some(partner)) = (&self.wrong, partner) {
            self.wrong = wrong_partner::of_piece(partner, piece);
        }
    }

    /// What is wrong with them, when the document is of this definition, or none that is known.
    pub fn finish(&mut self, message: Option<MessageId>) -> impl Iterator<Item = Breach> + use<> {
        let mismatch = message.zip(self.announced.take()).and_then(|(message, announced)| announced.check(message));
        let breach = |fault| Breach { fault, severity: Severity::Error, scope: Scope::Message };
        mismatch.into_iter().chain(self.wrong.take()).map(breach)
    }
}
