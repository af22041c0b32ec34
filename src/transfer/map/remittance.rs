//! Remittance information from its groups.

use crate::message::Field;
use crate::schema::record::{Item, Node};
use crate::transfer::entity::Given;
use crate::transfer::entity::Text;
use crate::transfer::remittance::{
    Adjustment, CreditorReference, ReferredDocument, RelatedRemittance, StructuredRemittance, TypedAmount,
};

use super::party::{address, party};
use super::read::{date, money, text};

pub(super) fn related(node: Node<'_>) -> RelatedRemittance {
    let mut related = RelatedRemittance::default();
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::RemittanceIdentification => related.remittance_identification = text(item),
            Field::RemittanceLocationMethod => related.remittance_location_method.extend(text(item)),
            Field::RemittanceLocationElectronicAddress => {
                related.remittance_location_electronic_address.extend(text(item));
            }
            Field::Name => related.name = text(item),
            Field::PostalAddress => related.postal_address = address(item.node()),
            _ => {}
        }
    }
    related
}

pub(super) fn structured(node: Node<'_>) -> StructuredRemittance {
    let mut strd = StructuredRemittance::default();
    let mut currency = "";
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::ReferredDocumentInformation => strd.referred_document_information.push(document(item.node())),
            // In version 01 the date stands beside the document.
            Field::RelatedDate => match strd.referred_document_information.last_mut() {
                Some(document) => document.related_date = date(item),
                None => strd
                    .referred_document_information
                    .push(ReferredDocument { related_date: date(item), ..ReferredDocument::default() }),
            },
            Field::RemittanceAmountAndType => strd.remittance_amount_and_type.extend(typed_amount(item.node())),
            Field::DuePayableAmountCurrency
            | Field::DiscountAppliedAmountCurrency
            | Field::CreditNoteAmountCurrency
            | Field::TaxAmountCurrency
            | Field::RemittedAmountCurrency => currency = item.text(),
            Field::DuePayableAmount => strd.due_payable_amount = money(item, currency),
            Field::DiscountAppliedAmount => strd.discount_applied_amount.extend(money(item, currency)),
            Field::CreditNoteAmount => strd.credit_note_amount = money(item, currency),
            Field::TaxAmount => strd.tax_amount.extend(money(item, currency)),
            Field::RemittedAmount => strd.remitted_amount = money(item, currency),
            Field::AdjustmentAmountAndReason => strd.adjustment_amount_and_reason.extend(adjustment(item.node())),
            Field::Invoicer => strd.invoicer = party(item.node()),
            Field::Invoicee => strd.invoicee = party(item.node()),
            Field::AdditionalRemittanceInformation => strd.additional_remittance_information.extend(text(item)),
            field => creditor_reference(&mut strd.creditor_reference_information, field, item),
        }
    }
    strd
}

fn document(node: Node<'_>) -> ReferredDocument {
    let mut document = ReferredDocument::default();
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::TypeCode => document.type_code = text(item),
            Field::TypeProprietary => document.type_proprietary = text(item),
            Field::Issuer => document.issuer = text(item),
            Field::Number => document.number = text(item),
            Field::RelatedDate => document.related_date = date(item),
            _ => {}
        }
    }
    document
}

fn typed_amount(node: Node<'_>) -> Option<TypedAmount> {
    let owned = |field: Field| node.text(field.slot()).map(Text::from);
    let amount = crate::value::Amount::parse(node.text(Field::Amount.slot())?).ok()?;
    Some(TypedAmount {
        type_code: owned(Field::TypeCode),
        type_proprietary: owned(Field::TypeProprietary),
        amount,
        currency: Given::new(node.text(Field::AmountCurrency.slot())?.into()),
    })
}

fn adjustment(node: Node<'_>) -> Option<Adjustment> {
    let owned = |field: Field| node.text(field.slot()).map(Text::from);
    let amount = crate::value::Amount::parse(node.text(Field::Amount.slot())?).ok()?;
    Some(Adjustment {
        amount,
        currency: Given::new(node.text(Field::AmountCurrency.slot())?.into()),
        credit_debit_indicator: owned(Field::CreditDebitIndicator),
        reason: owned(Field::Reason),
        additional_information: owned(Field::AdditionalInformation),
    })
}

fn creditor_reference(reference: &mut Option<CreditorReference>, field: Field, item: Item<'_>) {
    let place = |reference: &mut CreditorReference| match field {
        Field::CreditorReferenceTypeCode => reference.type_code = text(item),
        Field::CreditorReferenceTypeProprietary => reference.type_proprietary = text(item),
        Field::CreditorReferenceTypeIssuer => reference.issuer = text(item),
        _ => reference.reference = text(item),
    };
    match field {
        Field::CreditorReferenceTypeCode
        | Field::CreditorReferenceTypeProprietary
        | Field::CreditorReferenceTypeIssuer
        | Field::CreditorReference => place(reference.get_or_insert_default()),
        _ => {}
    }
}
