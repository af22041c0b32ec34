//! What a statement says beside its entries, and the groups that entries and their details share.

use crate::message::Field;
use crate::schema::MessageId;
use crate::schema::record::{Item, Node};
use crate::transfer::entity::{Given, Text};
use crate::transfer::model::{Charge, CreditDebit};
use crate::transfer::statement::{
    AmountDetails, Availability, Balance, BankTransactionCode, Batch, CreditLine, CurrencyExchange, ReturnInformation,
    Statement, Total,
};
use crate::value::Amount;

use super::party::{account, agent, party};
use super::read::{date, flag, given, money, number, sign, text};

/// What the group header says of every statement of the message.
#[derive(Debug, Clone)]
pub struct GroupHeader {
    pub(super) message: MessageId,
    pub(super) message_identification: Text,
    pub(super) creation_date_time: Option<Text>,
    page_number: Option<Text>,
    last_page_indicator: Option<bool>,
}

/// Reads the group header.
pub fn group_header(message: MessageId, node: Node<'_>) -> GroupHeader {
    let mut header = GroupHeader {
        message,
        message_identification: Text::default(),
        creation_date_time: None,
        page_number: None,
        last_page_indicator: None,
    };
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::MessageIdentification => header.message_identification = item.kept(),
            Field::CreationDateTime => header.creation_date_time = date(item),
            Field::PageNumber => header.page_number = text(item),
            Field::LastPageIndicator => header.last_page_indicator = flag(item),
            _ => {}
        }
    }
    header
}

/// A statement of which nothing was read yet.
pub fn statement(header: &GroupHeader) -> Statement {
    Statement {
        message: header.message,
        message_identification: header.message_identification.clone(),
        identification: Text::default(),
        page_number: header.page_number.clone(),
        last_page_indicator: header.last_page_indicator,
        electronic_sequence_number: None,
        legal_sequence_number: None,
        creation_date_time: header.creation_date_time.clone(),
        from_date_time: None,
        to_date_time: None,
        copy_duplicate_indicator: None,
        reporting_source_code: None,
        reporting_source_proprietary: None,
        account: Box::default(),
        related_account: None,
        balances: Vec::new(),
        transactions_summary: None,
        entries: Vec::new(),
        additional_statement_information: None,
    }
}

/// Reads fields of a statement, up to its entries or behind them; those are mapped one at a time.
pub fn statement_fields(statement: &mut Statement, node: Node<'_>) {
    for item in node.items() {
        statement_field(statement, Field::of(item.slot()), item);
    }
}

fn statement_field(statement: &mut Statement, field: Field, item: Item<'_>) {
    let summary = &mut statement.transactions_summary;
    match field {
        Field::Identification => statement.identification = item.kept(),
        Field::PageNumber => statement.page_number = text(item),
        Field::LastPageIndicator => statement.last_page_indicator = flag(item),
        Field::ElectronicSequenceNumber => statement.electronic_sequence_number = number(item),
        Field::LegalSequenceNumber => statement.legal_sequence_number = number(item),
        Field::CreationDateTime => statement.creation_date_time = date(item),
        Field::FromDateTime => statement.from_date_time = date(item),
        Field::ToDateTime => statement.to_date_time = date(item),
        Field::CopyDuplicateIndicator => statement.copy_duplicate_indicator = text(item),
        Field::ReportingSourceCode => statement.reporting_source_code = text(item),
        Field::ReportingSourceProprietary => statement.reporting_source_proprietary = text(item),
        Field::Account => statement.account = account(item.node()).unwrap_or_default(),
        Field::RelatedAccount => statement.related_account = account(item.node()),
        Field::Balance => statement.balances.extend(balance(item.node())),
        Field::TotalEntries => summary.get_or_insert_default().total_entries = Some(total(item.node())),
        Field::TotalCreditEntries => summary.get_or_insert_default().total_credit_entries = Some(total(item.node())),
        Field::TotalDebitEntries => summary.get_or_insert_default().total_debit_entries = Some(total(item.node())),
        Field::TotalEntriesPerBankTransactionCode => {
            summary.get_or_insert_default().total_entries_per_bank_transaction_code.push(total(item.node()));
        }
        Field::AdditionalStatementInformation => statement.additional_statement_information = text(item),
        _ => {}
    }
}

fn balance(node: Node<'_>) -> Option<Balance> {
    let owned = |field: Field| node.text(field.slot()).map(Text::from);
    Some(Balance {
        type_code: owned(Field::TypeCode),
        type_proprietary: owned(Field::TypeProprietary),
        sub_type_code: owned(Field::SubTypeCode),
        sub_type_proprietary: owned(Field::SubTypeProprietary),
        credit_line: node.groups(Field::CreditLine.slot()).map(credit_line).collect(),
        amount: Amount::parse(node.text(Field::Amount.slot())?).ok()?,
        currency: Given::new(node.text(Field::AmountCurrency.slot())?.into()),
        credit_debit_indicator: CreditDebit::of(node.text(Field::CreditDebitIndicator.slot())?)?,
        date: owned(Field::Date).map(|date| date.trim().into()),
        availability: node.groups(Field::Availability.slot()).map(availability).collect(),
    })
}

fn credit_line(node: Node<'_>) -> CreditLine {
    let mut line = CreditLine::default();
    let mut currency = "";
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::Included => line.included = flag(item),
            Field::TypeCode => line.type_code = text(item),
            Field::TypeProprietary => line.type_proprietary = text(item),
            Field::AmountCurrency => currency = item.text(),
            Field::Amount => line.amount = money(item, currency),
            Field::Date => line.date = date(item),
            _ => {}
        }
    }
    line
}

pub(super) fn availability(node: Node<'_>) -> Availability {
    let mut availability = Availability::default();
    let mut currency = "";
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::ActualDate => availability.actual_date = date(item),
            Field::NumberOfDays => availability.number_of_days = text(item),
            Field::AmountCurrency => currency = item.text(),
            Field::Amount => availability.amount = money(item, currency),
            Field::CreditDebitIndicator => availability.credit_debit_indicator = sign(item),
            _ => {}
        }
    }
    availability
}

fn total(node: Node<'_>) -> Total {
    let mut total = Total::default();
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::NumberOfEntries => total.number_of_entries = number(item),
            Field::Sum => total.sum = number(item),
            Field::TotalNetEntryAmount => total.total_net_entry_amount = number(item),
            Field::TotalNetEntryCreditDebitIndicator => total.total_net_entry_credit_debit_indicator = sign(item),
            Field::CreditNumberOfEntries => total.credit_number_of_entries = number(item),
            Field::CreditSum => total.credit_sum = number(item),
            Field::DebitNumberOfEntries => total.debit_number_of_entries = number(item),
            Field::DebitSum => total.debit_sum = number(item),
            Field::ForecastIndicator => total.forecast_indicator = flag(item),
            Field::BankTransactionCode => total.bank_transaction_code = bank_transaction_code(item.node()),
            Field::Availability => total.availability.push(availability(item.node())),
            Field::Date => total.date = date(item),
            _ => {}
        }
    }
    total
}

pub(super) fn return_information(node: Node<'_>) -> ReturnInformation {
    let mut information = ReturnInformation::default();
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::OriginalBankTransactionCode => {
                information.original_bank_transaction_code = bank_transaction_code(item.node());
            }
            Field::Originator => information.originator = party(item.node()),
            Field::ReasonCode => information.reason_code = text(item),
            Field::ReasonProprietary => information.reason_proprietary = text(item),
            Field::AdditionalInformation => information.additional_information.extend(text(item)),
            _ => {}
        }
    }
    information
}

pub(super) fn bank_transaction_code(node: Node<'_>) -> Option<BankTransactionCode> {
    let mut code = BankTransactionCode::default();
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::Domain => code.domain = text(item),
            Field::Family => code.family = text(item),
            Field::SubFamilyCode => code.sub_family = text(item),
            Field::Proprietary => code.proprietary = text(item),
            Field::Issuer => code.issuer = text(item),
            _ => {}
        }
    }
    Some(code)
}

pub(super) fn amount_details(node: Node<'_>) -> AmountDetails {
    let mut details = AmountDetails::default();
    let mut currency = "";
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::InstructedAmountCurrency | Field::TransactionAmountCurrency | Field::CounterValueAmountCurrency => {
                currency = item.text()
            }
            Field::InstructedAmount => details.instructed_amount = money(item, currency),
            Field::TransactionAmount => details.transaction_amount = money(item, currency),
            Field::CounterValueAmount => details.counter_value_amount = money(item, currency),
            Field::CurrencyExchange => details.currency_exchange.push(currency_exchange(item.node())),
            _ => {}
        }
    }
    details
}

fn currency_exchange(node: Node<'_>) -> CurrencyExchange {
    let mut exchange = CurrencyExchange::default();
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::SourceCurrency => exchange.source_currency = given(item),
            Field::TargetCurrency => exchange.target_currency = given(item),
            Field::UnitCurrency => exchange.unit_currency = given(item),
            Field::ExchangeRate => exchange.exchange_rate = number(item),
            Field::ExchangeRateBase => exchange.exchange_rate_base = number(item),
            Field::ContractIdentification => exchange.contract_identification = text(item),
            Field::QuotationDate => exchange.quotation_date = date(item),
            _ => {}
        }
    }
    exchange
}

/// Up to version 02 a group is one charge; from 03 it holds records.
pub(super) fn charges(node: Node<'_>, into: &mut Vec<Charge>) {
    into.extend(charge(node));
    into.extend(node.groups(Field::ChargesRecord.slot()).filter_map(charge));
}

fn charge(node: Node<'_>) -> Option<Charge> {
    let get = |field: Field| node.text(field.slot());
    let owned = |field: Field| get(field).map(Text::from);
    Some(Charge {
        amount: Amount::parse(get(Field::Amount)?).ok()?,
        currency: Given::new(get(Field::AmountCurrency)?.into()),
        credit_debit_indicator: get(Field::CreditDebitIndicator).and_then(CreditDebit::of),
        charge_included_indicator: node
            .items()
            .find(|item| item.slot() == Field::ChargeIncludedIndicator.slot())
            .and_then(flag),
        type_code: owned(Field::TypeCode),
        type_proprietary: owned(Field::TypeProprietary),
        rate: get(Field::Rate).and_then(|rate| Amount::parse(rate).ok()),
        bearer: owned(Field::ChargeBearer),
        agent: node.group(Field::Agent.slot()).and_then(agent),
    })
}

pub(super) fn batch(node: Node<'_>) -> Batch {
    let mut batch = Batch::default();
    let mut currency = "";
    for item in node.items() {
        match Field::of(item.slot()) {
            Field::MessageIdentification => batch.message_identification = text(item),
            Field::PaymentInformationIdentification => batch.payment_information_identification = text(item),
            Field::NumberOfTransactions => batch.number_of_transactions = number(item),
            Field::TotalAmountCurrency => currency = item.text(),
            Field::TotalAmount => batch.total_amount = money(item, currency),
            Field::CreditDebitIndicator => batch.credit_debit_indicator = sign(item),
            _ => {}
        }
    }
    batch
}
