//! The transfer: one movement of money that was instructed, or that a statement reports.

use serde::{Serialize, Serializer};

use crate::schema::MessageId;
use crate::value::{Amount, Currency, Uetr};

use super::entity::{Absent, Given, Text, entity};
use super::party::{Account, Agent, Party};
use super::remittance::{Money, RegulatoryReporting, RelatedRemittance, RemittanceInformation};
use super::statement::{BankTransactionCode, CurrencyExchange, ReturnInformation};

/// What a transfer comes from. Only matching links the two, so nothing is booked twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A payment instruction.
    Instruction,
    /// An entry of a statement.
    Statement,
}

/// Whether an account is credited or debited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditDebit {
    /// CRDT
    Credit,
    /// DBIT
    Debit,
}

impl CreditDebit {
    /// From the code of the dictionary.
    pub fn of(code: &str) -> Option<Self> {
        match code {
            "CRDT" => Some(CreditDebit::Credit),
            "DBIT" => Some(CreditDebit::Debit),
            _ => None,
        }
    }
}

impl Absent for Origin {}
impl Absent for CreditDebit {}
impl Absent for MessageId {}

/// A message identifier as its text, such as `pacs.008.001.08`.
pub(super) fn message_id<S: Serializer>(message: &MessageId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(message)
}

entity! {
    /// One movement of money, with all that a ledger needs. Dates and times are as written, in the forms of ISO 8601.
    pub struct Transfer {
        /// Whether it was instructed or is reported.
        pub origin: Origin,
        /// The message it came in, such as `pacs.008.001.08`.
        #[serde(serialize_with = "message_id")]
        pub message: MessageId,
        /// GrpHdr/MsgId of that message.
        pub message_identification: Text,
        /// GrpHdr/CreDtTm of that message.
        pub creation_date_time: Option<Text>,
        /// The number of its transaction, or of its entry, in the message; from 1.
        pub number: u32,
        /// The ids of the payment.
        pub references: References,
        /// IntrBkSttlmAmt; of a statement what was booked on the account.
        pub amount: Amount,
        /// The currency of the amount.
        pub currency: Currency,
        /// IntrBkSttlmDt
        pub interbank_settlement_date: Option<Text>,
        /// SttlmInf and the settlement of the transaction.
        pub settlement: Option<Box<Settlement>>,
        /// PmtTpInf
        pub payment_type_information: Option<Box<PaymentType>>,
        /// AccptncDtTm
        pub acceptance_date_time: Option<Text>,
        /// PoolgAdjstmntDt
        pub pooling_adjustment_date: Option<Text>,
        /// XpryDtTm
        pub expiry_date_time: Option<Text>,
        /// InstdAmt
        pub instructed_amount: Option<Money>,
        /// XchgRate
        pub exchange_rate: Option<Amount>,
        /// AgrdRate
        pub agreed_rate: Option<Box<AgreedRate>>,
        /// CcyXchg: what an entry says of the exchange.
        pub currency_exchange: Vec<CurrencyExchange>,
        /// ChrgBr
        pub charge_bearer: Option<Text>,
        /// ChrgsInf
        pub charges: Vec<Charge>,
        /// InitgPty
        pub initiating_party: Option<Box<Party>>,
        /// UltmtDbtr
        pub ultimate_debtor: Option<Box<Party>>,
        /// Dbtr
        pub debtor: Option<Box<Party>>,
        /// DbtrAcct
        pub debtor_account: Option<Box<Account>>,
        /// DbtrAgt
        pub debtor_agent: Option<Box<Agent>>,
        /// DbtrAgtAcct
        pub debtor_agent_account: Option<Box<Account>>,
        /// PrvsInstgAgt1 to 3
        pub previous_instructing_agents: Vec<AgentWithAccount>,
        /// InstgAgt
        pub instructing_agent: Option<Box<Agent>>,
        /// InstdAgt
        pub instructed_agent: Option<Box<Agent>>,
        /// IntrmyAgt1 to 3
        pub intermediary_agents: Vec<AgentWithAccount>,
        /// CdtrAgt
        pub creditor_agent: Option<Box<Agent>>,
        /// CdtrAgtAcct
        pub creditor_agent_account: Option<Box<Account>>,
        /// Cdtr
        pub creditor: Option<Box<Party>>,
        /// CdtrAcct
        pub creditor_account: Option<Box<Account>>,
        /// UltmtCdtr
        pub ultimate_creditor: Option<Box<Party>>,
        /// InstrForCdtrAgt
        pub instruction_for_creditor_agent: Vec<Instruction>,
        /// InstrForNxtAgt
        pub instruction_for_next_agent: Vec<Instruction>,
        /// Purp/Cd
        pub purpose_code: Option<Text>,
        /// Purp/Prtry
        pub purpose_proprietary: Option<Text>,
        /// RgltryRptg
        pub regulatory_reporting: Vec<RegulatoryReporting>,
        /// RltdRmtInf
        pub related_remittance_information: Vec<RelatedRemittance>,
        /// RmtInf
        pub remittance_information: Option<Box<RemittanceInformation>>,
        /// What the statement says of it, when it comes from one.
        pub booking: Option<Box<Booking>>,
    }
}

impl Transfer {
    /// A transfer of which nothing is known yet but its amount.
    pub(super) fn new(
        origin: Origin,
        message: MessageId,
        message_identification: Text,
        number: u32,
        amount: Amount,
        currency: Currency,
    ) -> Self {
        Self {
            origin,
            message,
            message_identification,
            creation_date_time: None,
            number,
            references: References::default(),
            amount,
            currency,
            interbank_settlement_date: None,
            settlement: None,
            payment_type_information: None,
            acceptance_date_time: None,
            pooling_adjustment_date: None,
            expiry_date_time: None,
            instructed_amount: None,
            exchange_rate: None,
            agreed_rate: None,
            currency_exchange: Vec::new(),
            charge_bearer: None,
            charges: Vec::new(),
            initiating_party: None,
            ultimate_debtor: None,
            debtor: None,
            debtor_account: None,
            debtor_agent: None,
            debtor_agent_account: None,
            previous_instructing_agents: Vec::new(),
            instructing_agent: None,
            instructed_agent: None,
            intermediary_agents: Vec::new(),
            creditor_agent: None,
            creditor_agent_account: None,
            creditor: None,
            creditor_account: None,
            ultimate_creditor: None,
            instruction_for_creditor_agent: Vec::new(),
            instruction_for_next_agent: Vec::new(),
            purpose_code: None,
            purpose_proprietary: None,
            regulatory_reporting: Vec::new(),
            related_remittance_information: Vec::new(),
            remittance_information: None,
            booking: None,
        }
    }
}

entity! {
    /// The ids of a payment (PmtId, Refs). A transfer of several entry details has those of all of them.
    #[derive(Default)]
    pub struct References {
        /// InstrId
        pub instruction_identification: Option<Text>,
        /// EndToEndId
        pub end_to_end_identification: Option<Text>,
        /// TxId
        pub transaction_identification: Option<Text>,
        /// UETR
        pub uetr: Option<Given<Uetr>>,
        /// ClrSysRef
        pub clearing_system_reference: Option<Text>,
        /// MsgId of the message that instructed the payment, as a statement has it
        pub message_identification: Option<Text>,
        /// PmtInfId
        pub payment_information_identification: Option<Text>,
        /// MndtId
        pub mandate_identification: Option<Text>,
        /// ChqNb
        pub cheque_number: Option<Text>,
        /// AcctSvcrRef
        pub account_servicer_reference: Option<Text>,
        /// AcctOwnrTxId
        pub account_owner_transaction_identification: Option<Text>,
        /// AcctSvcrTxId
        pub account_servicer_transaction_identification: Option<Text>,
        /// MktInfrstrctrTxId
        pub market_infrastructure_transaction_identification: Option<Text>,
        /// PrcgId
        pub processing_identification: Option<Text>,
        /// RtrId
        pub return_identification: Option<Text>,
        /// Prtry
        pub proprietary: Vec<ProprietaryReference>,
        /// The ids of the further details, when an entry gives several without amounts.
        pub further: Vec<References>,
    }
}

entity! {
    /// Refs/Prtry
    #[derive(Default)]
    pub struct ProprietaryReference {
        /// Tp
        pub r#type: Text,
        /// Ref
        pub reference: Text,
    }
}

entity! {
    /// How a transfer is settled.
    #[derive(Default)]
    pub struct Settlement {
        /// SttlmMtd
        pub settlement_method: Option<Text>,
        /// ClrSys/Cd
        pub clearing_system_code: Option<Text>,
        /// ClrSys/Prtry
        pub clearing_system_proprietary: Option<Text>,
        /// SttlmAcct
        pub settlement_account: Option<Box<Account>>,
        /// InstgRmbrsmntAgt
        pub instructing_reimbursement_agent: Option<Box<Agent>>,
        /// InstgRmbrsmntAgtAcct
        pub instructing_reimbursement_agent_account: Option<Box<Account>>,
        /// InstdRmbrsmntAgt
        pub instructed_reimbursement_agent: Option<Box<Agent>>,
        /// InstdRmbrsmntAgtAcct
        pub instructed_reimbursement_agent_account: Option<Box<Account>>,
        /// ThrdRmbrsmntAgt
        pub third_reimbursement_agent: Option<Box<Agent>>,
        /// ThrdRmbrsmntAgtAcct
        pub third_reimbursement_agent_account: Option<Box<Account>>,
        /// SttlmPrty
        pub settlement_priority: Option<Text>,
        /// SttlmTmIndctn/DbtDtTm
        pub debit_date_time: Option<Text>,
        /// SttlmTmIndctn/CdtDtTm
        pub credit_date_time: Option<Text>,
        /// SttlmTmReq/CLSTm
        pub cls_time: Option<Text>,
        /// SttlmTmReq/TillTm
        pub till_time: Option<Text>,
        /// SttlmTmReq/FrTm
        pub from_time: Option<Text>,
        /// SttlmTmReq/RjctTm
        pub reject_time: Option<Text>,
        /// BtchBookg
        pub batch_booking: Option<Text>,
    }
}

entity! {
    /// PmtTpInf
    #[derive(Default)]
    pub struct PaymentType {
        /// InstrPrty
        pub instruction_priority: Option<Text>,
        /// ClrChanl
        pub clearing_channel: Option<Text>,
        /// SvcLvl/Cd
        pub service_level_code: Vec<Text>,
        /// SvcLvl/Prtry
        pub service_level_proprietary: Vec<Text>,
        /// LclInstrm/Cd
        pub local_instrument_code: Option<Text>,
        /// LclInstrm/Prtry
        pub local_instrument_proprietary: Option<Text>,
        /// SeqTp
        pub sequence_type: Option<Text>,
        /// CtgyPurp/Cd
        pub category_purpose_code: Option<Text>,
        /// CtgyPurp/Prtry
        pub category_purpose_proprietary: Option<Text>,
    }
}

entity! {
    /// AgrdRate
    #[derive(Default)]
    pub struct AgreedRate {
        /// PreAgrdXchgRate
        pub pre_agreed_exchange_rate: Option<Amount>,
        /// UnitCcy
        pub unit_currency: Option<Given<Currency>>,
        /// QtdCcy
        pub quoted_currency: Option<Given<Currency>>,
        /// QtnDtTm
        pub quotation_date_time: Option<Text>,
        /// QtId
        pub quote_identification: Option<Text>,
        /// FXAgt
        pub agent: Option<Box<Agent>>,
    }
}

entity! {
    /// ChrgsInf (Chrgs/Rcrd)
    pub struct Charge {
        /// Amt
        pub amount: Amount,
        /// Amt/@Ccy
        pub currency: Given<Currency>,
        /// CdtDbtInd
        pub credit_debit_indicator: Option<CreditDebit>,
        /// ChrgInclInd
        pub charge_included_indicator: Option<bool>,
        /// Tp/Cd
        pub type_code: Option<Text>,
        /// Tp/Prtry/Id
        pub type_proprietary: Option<Text>,
        /// Rate
        pub rate: Option<Amount>,
        /// Br
        pub bearer: Option<Text>,
        /// Agt
        pub agent: Option<Box<Agent>>,
    }
}

entity! {
    /// An agent of the chain with its account.
    #[derive(Default)]
    pub struct AgentWithAccount {
        /// The agent.
        pub agent: Option<Box<Agent>>,
        /// Its account.
        pub account: Option<Box<Account>>,
    }
}

entity! {
    /// An instruction for an agent.
    #[derive(Default)]
    pub struct Instruction {
        /// Cd
        pub code: Option<Text>,
        /// InstrInf
        pub instruction_information: Option<Text>,
    }
}

entity! {
    /// What a statement says of a transfer.
    pub struct Booking {
        /// Stmt/Id
        pub statement_identification: Text,
        /// Stmt/Acct: the account that was credited or debited.
        pub account: Box<Account>,
        /// NtryRef
        pub entry_reference: Option<Text>,
        /// Ntry/AcctSvcrRef
        pub account_servicer_reference: Option<Text>,
        /// CdtDbtInd of the detail, else of the entry. A reversal keeps it.
        pub credit_debit_indicator: CreditDebit,
        /// RvslInd
        pub reversal_indicator: Option<bool>,
        /// BookgDt
        pub booking_date: Option<Text>,
        /// ValDt
        pub value_date: Option<Text>,
        /// BkTxCd of the detail, else of the entry
        pub bank_transaction_code: Option<BankTransactionCode>,
        /// AmtDtls/TxAmt
        pub transaction_amount: Option<Money>,
        /// AmtDtls/CntrValAmt
        pub counter_value_amount: Option<Money>,
        /// RltdDts/TxDtTm
        pub transaction_date_time: Option<Text>,
        /// RtrInf
        pub return_information: Option<Box<ReturnInformation>>,
        /// AddtlTxInf
        pub additional_transaction_information: Option<Text>,
        /// AddtlNtryInf
        pub additional_entry_information: Option<Text>,
    }
}

impl Absent for References {
    fn is_absent(&self) -> bool {
        *self == References::default()
    }
}

impl Absent for u32 {}
impl<T> Absent for Box<T> {}
