//! What instructions and statements say of a transfer in the same fields.

use crate::message::Field;
use crate::schema::record::{Item, Node};
use crate::transfer::model::{AgentWithAccount, PaymentType, References, Transfer};

use super::party::{account, agent, party};
use super::read::{date, given, text};
use super::remittance::{related, structured};

/// Takes a field that every transfer may have: most are parties and agents.
#[inline(always)]
pub(super) fn transfer_field(transfer: &mut Transfer, field: Field, item: Item<'_>) -> bool {
    match field {
        Field::AcceptanceDateTime => transfer.acceptance_date_time = date(item),
        Field::InterbankSettlementDate => transfer.interbank_settlement_date = date(item),
        Field::PaymentTypeInformation => transfer.payment_type_information = payment_type(item.node()),
        Field::PurposeCode => transfer.purpose_code = text(item),
        Field::PurposeProprietary => transfer.purpose_proprietary = text(item),
        Field::RelatedRemittanceInformation => transfer.related_remittance_information.push(related(item.node())),
        Field::Unstructured => transfer.remittance_information.get_or_insert_default().unstructured.extend(text(item)),
        Field::Structured => {
            transfer.remittance_information.get_or_insert_default().structured.push(structured(item.node()));
        }
        _ => return party_field(transfer, field, item),
    }
    true
}

#[inline(always)]
fn party_field(transfer: &mut Transfer, field: Field, item: Item<'_>) -> bool {
    match field {
        Field::InitiatingParty => transfer.initiating_party = party(item.node()),
        Field::UltimateDebtor => transfer.ultimate_debtor = party(item.node()),
        Field::Debtor => transfer.debtor = party(item.node()),
        Field::DebtorAccount => transfer.debtor_account = account(item.node()),
        Field::Creditor => transfer.creditor = party(item.node()),
        Field::CreditorAccount => transfer.creditor_account = account(item.node()),
        Field::UltimateCreditor => transfer.ultimate_creditor = party(item.node()),
        _ => return agent_field(transfer, field, item),
    }
    true
}

#[inline(always)]
fn agent_field(transfer: &mut Transfer, field: Field, item: Item<'_>) -> bool {
    match field {
        Field::DebtorAgent => transfer.debtor_agent = agent(item.node()),
        Field::DebtorAgentAccount => transfer.debtor_agent_account = account(item.node()),
        Field::CreditorAgent => transfer.creditor_agent = agent(item.node()),
        Field::CreditorAgentAccount => transfer.creditor_agent_account = account(item.node()),
        Field::InstructingAgent => transfer.instructing_agent = agent(item.node()),
        Field::InstructedAgent => transfer.instructed_agent = agent(item.node()),
        Field::PreviousInstructingAgent1 => {
            nth(&mut transfer.previous_instructing_agents, 0).agent = agent(item.node())
        }
        Field::PreviousInstructingAgent1Account => {
            nth(&mut transfer.previous_instructing_agents, 0).account = account(item.node())
        }
        Field::PreviousInstructingAgent2 => {
            nth(&mut transfer.previous_instructing_agents, 1).agent = agent(item.node())
        }
        Field::PreviousInstructingAgent2Account => {
            nth(&mut transfer.previous_instructing_agents, 1).account = account(item.node())
        }
        Field::PreviousInstructingAgent3 => {
            nth(&mut transfer.previous_instructing_agents, 2).agent = agent(item.node())
        }
        Field::PreviousInstructingAgent3Account => {
            nth(&mut transfer.previous_instructing_agents, 2).account = account(item.node())
        }
        Field::IntermediaryAgent1 => nth(&mut transfer.intermediary_agents, 0).agent = agent(item.node()),
        Field::IntermediaryAgent1Account => nth(&mut transfer.intermediary_agents, 0).account = account(item.node()),
        Field::IntermediaryAgent2 => nth(&mut transfer.intermediary_agents, 1).agent = agent(item.node()),
        Field::IntermediaryAgent2Account => nth(&mut transfer.intermediary_agents, 1).account = account(item.node()),
        Field::IntermediaryAgent3 => nth(&mut transfer.intermediary_agents, 2).agent = agent(item.node()),
        Field::IntermediaryAgent3Account => nth(&mut transfer.intermediary_agents, 2).account = account(item.node()),
        _ => return false,
    }
    true
}

/// The place of an agent in its row: a row keeps its order when one of it is missing.
fn nth(row: &mut Vec<AgentWithAccount>, index: usize) -> &mut AgentWithAccount {
    if row.len() <= index {
        row.resize_with(index + 1, AgentWithAccount::default);
    }
    &mut row[index]
}

/// Takes one of the ids of a payment.
#[inline(always)]
pub(super) fn reference_field(references: &mut References, field: Field, item: Item<'_>) -> bool {
    let place = match field {
        Field::InstructionIdentification => &mut references.instruction_identification,
        Field::EndToEndIdentification => &mut references.end_to_end_identification,
        Field::TransactionIdentification => &mut references.transaction_identification,
        Field::ClearingSystemReference => &mut references.clearing_system_reference,
        Field::MessageIdentification => &mut references.message_identification,
        Field::PaymentInformationIdentification => &mut references.payment_information_identification,
        Field::MandateIdentification => &mut references.mandate_identification,
        Field::ChequeNumber => &mut references.cheque_number,
        Field::AccountServicerReference => &mut references.account_servicer_reference,
        Field::AccountOwnerTransactionIdentification => &mut references.account_owner_transaction_identification,
        Field::AccountServicerTransactionIdentification => &mut references.account_servicer_transaction_identification,
        Field::MarketInfrastructureTransactionIdentification => {
            &mut references.market_infrastructure_transaction_identification
        }
        Field::ProcessingIdentification => &mut references.processing_identification,
        Field::ReturnIdentification => &mut references.return_identification,
        Field::Uetr => {
            references.uetr = given(item);
            return true;
        }
        _ => return false,
    };
    *place = text(item);
    true
}

pub(super) fn payment_type(node: Node<'_>) -> Option<Box<PaymentType>> {
    let mut payment_type = Box::<PaymentType>::default();
    for item in node.items() {
        payment_type_field(&mut payment_type, Field::of(item.slot()), item);
    }
    Some(payment_type)
}

pub(super) fn payment_type_field(payment_type: &mut PaymentType, field: Field, item: Item<'_>) {
    match field {
        Field::InstructionPriority => payment_type.instruction_priority = text(item),
        Field::ClearingChannel => payment_type.clearing_channel = text(item),
        Field::ServiceLevelCode => payment_type.service_level_code.extend(text(item)),
        Field::ServiceLevelProprietary => payment_type.service_level_proprietary.extend(text(item)),
        Field::LocalInstrumentCode => payment_type.local_instrument_code = text(item),
        Field::LocalInstrumentProprietary => payment_type.local_instrument_proprietary = text(item),
        Field::SequenceType => payment_type.sequence_type = text(item),
        Field::CategoryPurposeCode => payment_type.category_purpose_code = text(item),
        Field::CategoryPurposeProprietary => payment_type.category_purpose_proprietary = text(item),
        _ => {}
    }
}
