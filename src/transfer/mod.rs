//! Transfers, statements and entries: what a ledger takes, whatever message it came in. Pure; no ISO vocabulary beyond the
//! mapping and the names of the dictionary. Takes nothing but a proven message.

mod entity;
pub mod map;
mod model;
mod party;
mod remittance;
mod statement;

pub use crate::value::{Amount, Bic, Country, Currency, Iban, Lei, Uetr};
pub use entity::{Given, Text};
pub use map::{Mapped, Remark};
pub use model::{
    AgentWithAccount, AgreedRate, Booking, Charge, CreditDebit, Instruction, Origin, PaymentType, ProprietaryReference,
    References, Settlement, Transfer,
};
pub use party::{
    Account, Agent, OrganisationIdentification, OtherIdentification, Party, PostalAddress, PrivateIdentification, Proxy,
};
pub use remittance::{
    Adjustment, CreditorReference, Money, ReferredDocument, RegulatoryDetails, RegulatoryReporting, RelatedRemittance,
    RemittanceInformation, StructuredRemittance, TypedAmount,
};
pub use statement::{
    AmountDetails, Availability, Balance, BankTransactionCode, Batch, CreditLine, CurrencyExchange, Entry,
    ReturnInformation, Statement, Total, TransactionsSummary,
};
