//! A customer credit transfer (pacs.008): each of its transactions is a transfer.

use crate::finding::Rule;
use crate::message::Field;
use crate::schema::record::{Item, Node};
use crate::transfer::entity::{Given, Text};
use crate::transfer::model::{AgreedRate, Charge, Instruction, Settlement, Transfer};
use crate::transfer::remittance::{RegulatoryDetails, RegulatoryReporting};
use crate::value::{Amount, Currency};

use super::Remark;
use super::party::{account, agent};
use super::read::{date, given, money, number, text};
use super::shared::{reference_field, transfer_field};

/// The amount of a transaction, with its currency.
///
/// # Errors
/// When none could be booked: the currency is none, or the number has too many digits.
pub fn booked_amount(node: Node<'_>) -> Result<(Amount, Currency), Remark> {
    let (amount, currency) = (Field::InterbankSettlementAmount, Field::InterbankSettlementAmountCurrency);
    super::booked_amount(node, amount, currency, Rule::ActiveCurrency)
}

/// Fills in what a transaction says. What the group header says holds for each of its transactions, where that does not say it
/// otherwise itself.
pub fn fill(transfer: &mut Transfer, header: Node<'_>, node: Node<'_>) {
    let mut instructed_currency = "";
    for node in [header, node] {
        for item in node.items() {
            match Field::of(item.slot()) {
                Field::MessageIdentification => transfer.message_identification = item.kept(),
                Field::CreationDateTime => transfer.creation_date_time = date(item),
                Field::InstructedAmountCurrency => instructed_currency = item.text(),
                Field::InstructedAmount => transfer.instructed_amount = money(item, instructed_currency),
                // What is booked is known before; what the header counts is not a transaction's.
                Field::InterbankSettlementAmount | Field::InterbankSettlementAmountCurrency => {}
                Field::NumberOfTransactions | Field::ControlSum => {}
                Field::TotalInterbankSettlementAmount | Field::TotalInterbankSettlementAmountCurrency => {}
                field if transfer_field(transfer, field, item) => {}
                field if reference_field(&mut transfer.references, field, item) => {}
                field if instruction_field(transfer, field, item) => {}
                field => settlement_field(&mut transfer.settlement, field, item),
            }
        }
    }
}

/// Takes a field that says how it is settled.
#[inline(always)]
fn settlement_field(settlement: &mut Option<Box<Settlement>>, field: Field, item: Item<'_>) {
    fn part(settlement: &mut Option<Box<Settlement>>) -> &mut Settlement {
        settlement.get_or_insert_default()
    }
    match field {
        Field::BatchBooking => part(settlement).batch_booking = date(item),
        Field::SettlementMethod => part(settlement).settlement_method = text(item),
        Field::ClearingSystemCode => part(settlement).clearing_system_code = text(item),
        Field::ClearingSystemProprietary => part(settlement).clearing_system_proprietary = text(item),
        Field::SettlementAccount => part(settlement).settlement_account = account(item.node()),
        Field::InstructingReimbursementAgent => part(settlement).instructing_reimbursement_agent = agent(item.node()),
        Field::InstructingReimbursementAgentAccount => {
            part(settlement).instructing_reimbursement_agent_account = account(item.node());
        }
        Field::InstructedReimbursementAgent => part(settlement).instructed_reimbursement_agent = agent(item.node()),
        Field::InstructedReimbursementAgentAccount => {
            part(settlement).instructed_reimbursement_agent_account = account(item.node());
        }
        Field::ThirdReimbursementAgent => part(settlement).third_reimbursement_agent = agent(item.node()),
        Field::ThirdReimbursementAgentAccount => {
            part(settlement).third_reimbursement_agent_account = account(item.node())
        }
        Field::SettlementPriority => part(settlement).settlement_priority = text(item),
        Field::DebitDateTime => part(settlement).debit_date_time = date(item),
        Field::CreditDateTime => part(settlement).credit_date_time = date(item),
        Field::ClsTime => part(settlement).cls_time = date(item),
        Field::TillTime => part(settlement).till_time = date(item),
        Field::FromTime => part(settlement).from_time = date(item),
        Field::RejectTime => part(settlement).reject_time = date(item),
        _ => {}
    }
}

/// Takes a field that only an instruction has.
#[inline(always)]
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
        currency: Given::new(node.text(Field::AmountCurrency.slot())?.into()),
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
