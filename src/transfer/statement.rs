//! Statements of an account: balances, totals and entries.

use crate::schema::MessageId;
use crate::value::{Amount, Currency};

use super::entity::{Absent, Given, Text, entity};
use super::model::{Charge, CreditDebit, message_id};
use super::party::{Account, Party};
use super::remittance::Money;

entity! {
    /// A statement of one account.
    pub struct Statement {
        /// The message it came in, such as `camt.053.001.08`.
        #[serde(serialize_with = "message_id")]
        pub message: MessageId,
        /// GrpHdr/MsgId of that message.
        pub message_identification: Text,
        /// Id
        pub identification: Text,
        /// StmtPgntn/PgNb, else that of the message
        pub page_number: Option<Text>,
        /// StmtPgntn/LastPgInd, else that of the message
        pub last_page_indicator: Option<bool>,
        /// ElctrncSeqNb
        pub electronic_sequence_number: Option<Amount>,
        /// LglSeqNb
        pub legal_sequence_number: Option<Amount>,
        /// CreDtTm, else that of the message
        pub creation_date_time: Option<Text>,
        /// FrToDt/FrDtTm
        pub from_date_time: Option<Text>,
        /// FrToDt/ToDtTm
        pub to_date_time: Option<Text>,
        /// CpyDplctInd
        pub copy_duplicate_indicator: Option<Text>,
        /// RptgSrc/Cd
        pub reporting_source_code: Option<Text>,
        /// RptgSrc/Prtry
        pub reporting_source_proprietary: Option<Text>,
        /// Acct
        pub account: Box<Account>,
        /// RltdAcct
        pub related_account: Option<Box<Account>>,
        /// Bal
        pub balances: Vec<Balance>,
        /// TxsSummry
        pub transactions_summary: Option<Box<TransactionsSummary>>,
        /// Ntry
        pub entries: Vec<Entry>,
        /// AddtlStmtInf
        pub additional_statement_information: Option<Text>,
    }
}

entity! {
    /// Bal
    pub struct Balance {
        /// Tp/CdOrPrtry/Cd
        pub type_code: Option<Text>,
        /// Tp/CdOrPrtry/Prtry
        pub type_proprietary: Option<Text>,
        /// Tp/SubTp/Cd
        pub sub_type_code: Option<Text>,
        /// Tp/SubTp/Prtry
        pub sub_type_proprietary: Option<Text>,
        /// CdtLine
        pub credit_line: Vec<CreditLine>,
        /// Amt
        pub amount: Amount,
        /// Amt/@Ccy
        pub currency: Given<Currency>,
        /// CdtDbtInd
        pub credit_debit_indicator: CreditDebit,
        /// Dt
        pub date: Option<Text>,
        /// Avlbty
        pub availability: Vec<Availability>,
    }
}

entity! {
    /// CdtLine
    #[derive(Default)]
    pub struct CreditLine {
        /// Incl
        pub included: Option<bool>,
        /// Tp/Cd
        pub type_code: Option<Text>,
        /// Tp/Prtry
        pub type_proprietary: Option<Text>,
        /// Amt
        pub amount: Option<Money>,
        /// Dt
        pub date: Option<Text>,
    }
}

entity! {
    /// Avlbty
    #[derive(Default)]
    pub struct Availability {
        /// Dt/ActlDt
        pub actual_date: Option<Text>,
        /// Dt/NbOfDays
        pub number_of_days: Option<Text>,
        /// Amt
        pub amount: Option<Money>,
        /// CdtDbtInd
        pub credit_debit_indicator: Option<CreditDebit>,
    }
}

entity! {
    /// TxsSummry
    #[derive(Default)]
    pub struct TransactionsSummary {
        /// TtlNtries
        pub total_entries: Option<Total>,
        /// TtlCdtNtries
        pub total_credit_entries: Option<Total>,
        /// TtlDbtNtries
        pub total_debit_entries: Option<Total>,
        /// TtlNtriesPerBkTxCd
        pub total_entries_per_bank_transaction_code: Vec<Total>,
    }
}

entity! {
    /// A total of the summary.
    #[derive(Default)]
    pub struct Total {
        /// NbOfNtries
        pub number_of_entries: Option<Amount>,
        /// Sum
        pub sum: Option<Amount>,
        /// TtlNetNtry/Amt (TtlNetNtryAmt)
        pub total_net_entry_amount: Option<Amount>,
        /// TtlNetNtry/CdtDbtInd (CdtDbtInd)
        pub total_net_entry_credit_debit_indicator: Option<CreditDebit>,
        /// CdtNtries/NbOfNtries
        pub credit_number_of_entries: Option<Amount>,
        /// CdtNtries/Sum
        pub credit_sum: Option<Amount>,
        /// DbtNtries/NbOfNtries
        pub debit_number_of_entries: Option<Amount>,
        /// DbtNtries/Sum
        pub debit_sum: Option<Amount>,
        /// FcstInd
        pub forecast_indicator: Option<bool>,
        /// BkTxCd
        pub bank_transaction_code: Option<BankTransactionCode>,
        /// Avlbty
        pub availability: Vec<Availability>,
        /// Dt
        pub date: Option<Text>,
    }
}

entity! {
    /// Ntry
    pub struct Entry {
        /// NtryRef
        pub entry_reference: Option<Text>,
        /// Amt
        pub amount: Amount,
        /// Amt/@Ccy
        pub currency: Currency,
        /// CdtDbtInd
        pub credit_debit_indicator: CreditDebit,
        /// RvslInd
        pub reversal_indicator: Option<bool>,
        /// Sts/Cd
        pub status_code: Option<Text>,
        /// Sts/Prtry
        pub status_proprietary: Option<Text>,
        /// BookgDt
        pub booking_date: Option<Text>,
        /// ValDt
        pub value_date: Option<Text>,
        /// AcctSvcrRef
        pub account_servicer_reference: Option<Text>,
        /// Avlbty
        pub availability: Vec<Availability>,
        /// BkTxCd
        pub bank_transaction_code: Option<BankTransactionCode>,
        /// AmtDtls
        pub amount_details: Option<Box<AmountDetails>>,
        /// Chrgs
        pub charges: Vec<Charge>,
        /// NtryDtls/Btch
        pub batch: Vec<Batch>,
        /// How many TxDtls the entry has.
        pub details: u32,
        /// AddtlNtryInf
        pub additional_entry_information: Option<Text>,
    }
}

impl Entry {
    /// Whether the entry is booked: only those become transfers.
    pub fn is_booked(&self) -> bool {
        self.status_code.as_deref() == Some("BOOK")
    }
}

entity! {
    /// BkTxCd
    #[derive(Default)]
    pub struct BankTransactionCode {
        /// Domn/Cd
        pub domain: Option<Text>,
        /// Domn/Fmly/Cd
        pub family: Option<Text>,
        /// Domn/Fmly/SubFmlyCd
        pub sub_family: Option<Text>,
        /// Prtry/Cd
        pub proprietary: Option<Text>,
        /// Prtry/Issr
        pub issuer: Option<Text>,
    }
}

entity! {
    /// AmtDtls
    #[derive(Default)]
    pub struct AmountDetails {
        /// InstdAmt/Amt
        pub instructed_amount: Option<Money>,
        /// TxAmt/Amt
        pub transaction_amount: Option<Money>,
        /// CntrValAmt/Amt
        pub counter_value_amount: Option<Money>,
        /// CcyXchg of any of them
        pub currency_exchange: Vec<CurrencyExchange>,
    }
}

entity! {
    /// CcyXchg
    #[derive(Default)]
    pub struct CurrencyExchange {
        /// SrcCcy
        pub source_currency: Option<Given<Currency>>,
        /// TrgtCcy
        pub target_currency: Option<Given<Currency>>,
        /// UnitCcy
        pub unit_currency: Option<Given<Currency>>,
        /// XchgRate
        pub exchange_rate: Option<Amount>,
        /// XchgRateBase
        pub exchange_rate_base: Option<Amount>,
        /// CtrctId
        pub contract_identification: Option<Text>,
        /// QtnDt
        pub quotation_date: Option<Text>,
    }
}

entity! {
    /// NtryDtls/Btch
    #[derive(Default)]
    pub struct Batch {
        /// MsgId
        pub message_identification: Option<Text>,
        /// PmtInfId
        pub payment_information_identification: Option<Text>,
        /// NbOfTxs
        pub number_of_transactions: Option<Amount>,
        /// TtlAmt
        pub total_amount: Option<Money>,
        /// CdtDbtInd
        pub credit_debit_indicator: Option<CreditDebit>,
    }
}

entity! {
    /// RtrInf
    #[derive(Default)]
    pub struct ReturnInformation {
        /// OrgnlBkTxCd
        pub original_bank_transaction_code: Option<BankTransactionCode>,
        /// Orgtr
        pub originator: Option<Box<Party>>,
        /// Rsn/Cd
        pub reason_code: Option<Text>,
        /// Rsn/Prtry
        pub reason_proprietary: Option<Text>,
        /// AddtlInf
        pub additional_information: Vec<Text>,
    }
}

impl Absent for BankTransactionCode {}
