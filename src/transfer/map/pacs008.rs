//! A customer credit transfer (pacs.008): each of its transactions is a transfer.

use crate::finding::Rule;
use crate::message::Field;
use crate::schema::MessageId;
use crate::schema::record::{Item, Node};
use crate::transfer::entity::{Given, Text};
use crate::transfer::model::{AgreedRate, Charge, Instruction, Origin, PaymentType, Settlement, Transfer};
use crate::transfer::party::Agent;
use crate::transfer::remittance::{RegulatoryDetails, RegulatoryReporting};
use crate::value::{Amount, Currency};

use super::Remark;
use super::party::{account, agent};
use super::read::{date, given, money, number, text};
use super::shared::{payment_type, reference_field, transfer_field};

/// What the group header says of every transaction of the message.
#[derive(Debug, Clone)]
pub struct GroupHeader {
    message: MessageId,
    message_identification: Text,
    creation_date_time: Option<Text>,
    interbank_settlement_date: Option<Text>,
    expiry_date_time: Option<Text>,
    settlement: Box<Settlement>,
    payment_type: Option<Box<PaymentType>>,
    instructing_agent: Option<Box<Agent>>,
    instructed_agent: Option<Box<Agent>>,
}

/// Reads the group header.
pub fn group_header(message: MessageId, node: Node<'_>) -> GroupHeader {
    let mut header = GroupHeader {
        message,
        message_identification: Text::default(),
        creation_date_time: None,
        interbank_settlement_date: None,
        expiry_date_time: None,
        settlement: Box::default(),
        payment_type: None,
        instructing_agent: None,
        instructed_agent: None,
    };
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::MessageIdentification => header.message_identification = item.kept(),
            Field::CreationDateTime => header.creation_date_time = date(item),
            Field::InterbankSettlementDate => header.interbank_settlement_date = date(item),
            Field::ExpiryDateTime => header.expiry_date_time = date(item),
            Field::PaymentTypeInformation => header.payment_type = payment_type(item.node()),
            Field::InstructingAgent => header.instructing_agent = agent(item.node()),
            Field::InstructedAgent => header.instructed_agent = agent(item.node()),
            field => settlement_field(&mut header.settlement, field, item),
        }
    }
    header
}

fn settlement_field(settlement: &mut Settlement, field: Field, item: Item<'_>) {
    match field {
        Field::BatchBooking => settlement.batch_booking = date(item),
        Field::SettlementMethod => settlement.settlement_method = text(item),
        Field::ClearingSystemCode => settlement.clearing_system_code = text(item),
        Field::ClearingSystemProprietary => settlement.clearing_system_proprietary = text(item),
        Field::SettlementAccount => settlement.settlement_account = account(item.node()),
        Field::InstructingReimbursementAgent => settlement.instructing_reimbursement_agent = agent(item.node()),
        Field::InstructingReimbursementAgentAccount => {
            settlement.instructing_reimbursement_agent_account = account(item.node());
        }
        Field::InstructedReimbursementAgent => settlement.instructed_reimbursement_agent = agent(item.node()),
        Field::InstructedReimbursementAgentAccount => {
            settlement.instructed_reimbursement_agent_account = account(item.node());
        }
        Field::ThirdReimbursementAgent => settlement.third_reimbursement_agent = agent(item.node()),
        Field::ThirdReimbursementAgentAccount => settlement.third_reimbursement_agent_account = account(item.node()),
        Field::SettlementPriority => settlement.settlement_priority = text(item),
        Field::DebitDateTime => settlement.debit_date_time = date(item),
        Field::CreditDateTime => settlement.credit_date_time = date(item),
        Field::ClsTime => settlement.cls_time = date(item),
        Field::TillTime => settlement.till_time = date(item),
        Field::FromTime => settlement.from_time = date(item),
        Field::RejectTime => settlement.reject_time = date(item),
        _ => {}
    }
}

/// Maps one transaction, the `number`th of the message.
///
/// # Errors
/// When it has no amount that could be booked: its currency is none, or the number has too many digits.
pub fn transfer(header: &GroupHeader, number: u32, node: Node<'_>) -> Result<Transfer, Remark> {
    let (amount, currency) = super::booked_amount(
        node,
        Field::InterbankSettlementAmount,
        Field::InterbankSettlementAmountCurrency,
        Rule::ActiveCurrency,
    )?;
    let id = header.message_identification.clone();
    let mut transfer = Transfer::new(Origin::Instruction, header.message, id, number, amount, currency);
    transfer.creation_date_time.clone_from(&header.creation_date_time);
    transfer.interbank_settlement_date.clone_from(&header.interbank_settlement_date);
    transfer.expiry_date_time.clone_from(&header.expiry_date_time);
    transfer.payment_type_information.clone_from(&header.payment_type);
    transfer.instructing_agent.clone_from(&header.instructing_agent);
    transfer.instructed_agent.clone_from(&header.instructed_agent);
    let mut settlement = header.settlement.clone();
    let mut instructed_currency = "";
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::InstructedAmountCurrency => instructed_currency = item.text(),
            Field::InstructedAmount => transfer.instructed_amount = money(item, instructed_currency),
            field if transfer_field(&mut transfer, field, item) => {}
            field if reference_field(&mut transfer.references, field, item) => {}
            field if instruction_field(&mut transfer, field, item) => {}
            field => settlement_field(&mut settlement, field, item),
        }
    }
    transfer.settlement = (*settlement != Settlement::default()).then_some(settlement);
    Ok(transfer)
}

/// Takes a field that only an instruction has.
fn instruction_field(transfer: &mut Transfer, field: Field, item: Item<'_>) -> bool {
    match field {
        Field::PoolingAdjustmentDate => transfer.pooling_adjustment_date = date(item),
        Field::ExpiryDateTime => transfer.expiry_date_time = date(item),
        Field::ExchangeRate => transfer.exchange_rate = number(item),
        Field::AgreedRate => transfer.agreed_rate = agreed_rate(item.node()),
        Field::ChargeBearer => transfer.charge_bearer = text(item),
        Field::Charges => transfer.charges.extend(charge(item.node())),
        Field::InstructionForCreditorAgent => {
            transfer.instruction_for_creditor_agent.push(instruction(item.node()));
        }
        Field::InstructionForNextAgent => transfer.instruction_for_next_agent.push(instruction(item.node())),
        Field::RegulatoryReporting => transfer.regulatory_reporting.push(regulatory_reporting(item.node())),
        _ => return false,
    }
    true
}

fn agreed_rate(node: Node<'_>) -> Option<Box<AgreedRate>> {
    let mut rate = Box::<AgreedRate>::default();
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::PreAgreedExchangeRate => rate.pre_agreed_exchange_rate = number(item),
            Field::UnitCurrency => rate.unit_currency = given(item),
            Field::QuotedCurrency => rate.quoted_currency = given(item),
            Field::QuotationDate => rate.quotation_date_time = date(item),
            Field::QuoteIdentification => rate.quote_identification = text(item),
            Field::Agent => rate.agent = agent(item.node()),
            _ => {}
        }
    }
    Some(rate)
}

fn charge(node: Node<'_>) -> Option<Charge> {
    let owned = |field: Field| node.text(field.slot()).map(Text::from);
    Some(Charge {
        amount: Amount::parse(node.text(Field::Amount.slot())?).ok()?,
        currency: Given::<Currency>::new(node.text(Field::AmountCurrency.slot())?),
        credit_debit_indicator: None,
        charge_included_indicator: None,
        type_code: owned(Field::TypeCode),
        type_proprietary: owned(Field::TypeProprietary),
        rate: None,
        bearer: None,
        agent: node.group(Field::Agent.slot()).and_then(agent),
    })
}

fn instruction(node: Node<'_>) -> Instruction {
    let owned = |field: Field| node.text(field.slot()).map(Text::from);
    Instruction { code: owned(Field::Code), instruction_information: owned(Field::Information) }
}

fn regulatory_reporting(node: Node<'_>) -> RegulatoryReporting {
    let mut reporting = RegulatoryReporting::default();
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::DebitCreditReportingIndicator => reporting.debit_credit_reporting_indicator = text(item),
            Field::AuthorityName => reporting.authority_name = text(item),
            Field::AuthorityCountry => reporting.authority_country = text(item),
            Field::RegulatoryReportingDetails => reporting.details.push(regulatory_details(item.node())),
            _ => {}
        }
    }
    reporting
}

fn regulatory_details(node: Node<'_>) -> RegulatoryDetails {
    let mut details = RegulatoryDetails::default();
    let mut currency = "";
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::TypeCode => details.type_code = text(item),
            Field::TypeProprietary => details.type_proprietary = text(item),
            Field::Date => details.date = date(item),
            Field::Country => details.country = text(item),
            Field::Code => details.code = text(item),
            Field::AmountCurrency => currency = item.text(),
            Field::Amount => details.amount = money(item, currency),
            Field::Information => details.information.extend(text(item)),
            _ => {}
        }
    }
    details
}
