//! quick-xml with serde, as a program would use it that wants the fields of a payment or a statement: structs of the
//! subset that most mappings read, text as `String`, everything else skipped, nothing checked.

use quick_xml::de::from_str;
use serde::Deserialize;

fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_default();
    let statement = path.contains("camt053");
    rivals::serve(&path, |message| {
        let Ok(text) = std::str::from_utf8(message) else { return false };
        if statement {
            from_str::<StatementDocument>(text).map(std::hint::black_box).is_ok()
        } else {
            from_str::<TransferDocument>(text).map(std::hint::black_box).is_ok()
        }
    })
}

/// Structs that serde fills and nobody reads, named as the elements are: `Type { field: Type = "Element", … }`. An
/// `Option` may be absent.
macro_rules! elements {
    ($($name:ident { $($field:ident: $of:ty = $element:literal),* $(,)? })*) => {
        $(#[derive(Deserialize)]
        #[allow(dead_code, reason = "filling them is what is measured")]
        struct $name { $(#[serde(rename = $element)] $field: $of,)* })*
    };
}

elements! {
    TransferDocument { transfer: CreditTransfer = "FIToFICstmrCdtTrf" }
    CreditTransfer { header: GroupHeader = "GrpHdr", transactions: Vec<Transaction> = "CdtTrfTxInf" }
    GroupHeader {
        message_id: String = "MsgId",
        created: String = "CreDtTm",
        transactions: Option<String> = "NbOfTxs",
        control_sum: Option<String> = "CtrlSum",
        settlement_date: Option<String> = "IntrBkSttlmDt",
        settlement: Option<Settlement> = "SttlmInf",
        instructing_agent: Option<Agent> = "InstgAgt",
        instructed_agent: Option<Agent> = "InstdAgt",
    }
    Settlement { method: String = "SttlmMtd" }
    Transaction {
        id: PaymentId = "PmtId",
        amount: Amount = "IntrBkSttlmAmt",
        settlement_date: Option<String> = "IntrBkSttlmDt",
        instructed_amount: Option<Amount> = "InstdAmt",
        exchange_rate: Option<String> = "XchgRate",
        charge_bearer: String = "ChrgBr",
        instructing_agent: Option<Agent> = "InstgAgt",
        instructed_agent: Option<Agent> = "InstdAgt",
        ultimate_debtor: Option<Party> = "UltmtDbtr",
        debtor: Party = "Dbtr",
        debtor_account: Option<Account> = "DbtrAcct",
        debtor_agent: Agent = "DbtrAgt",
        creditor_agent: Agent = "CdtrAgt",
        creditor: Party = "Cdtr",
        creditor_account: Option<Account> = "CdtrAcct",
        ultimate_creditor: Option<Party> = "UltmtCdtr",
        remittance: Option<Remittance> = "RmtInf",
    }
    PaymentId {
        instruction: Option<String> = "InstrId",
        end_to_end: String = "EndToEndId",
        transaction: Option<String> = "TxId",
        uetr: Option<String> = "UETR",
    }
    Amount { currency: Option<String> = "@Ccy", value: String = "$text" }
    Agent { institution: Institution = "FinInstnId" }
    Institution { bic: Option<String> = "BICFI", name: Option<String> = "Nm", lei: Option<String> = "LEI" }
    Party { name: Option<String> = "Nm", address: Option<Address> = "PstlAdr", residence: Option<String> = "CtryOfRes" }
    Address {
        street: Option<String> = "StrtNm",
        building: Option<String> = "BldgNb",
        post_code: Option<String> = "PstCd",
        town: Option<String> = "TwnNm",
        country: Option<String> = "Ctry",
    }
    Account { id: AccountId = "Id", currency: Option<String> = "Ccy" }
    AccountId { iban: Option<String> = "IBAN", other: Option<OtherId> = "Othr" }
    OtherId { id: String = "Id" }
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "filling them is what is measured")]
struct Remittance {
    #[serde(rename = "Ustrd", default)]
    unstructured: Vec<String>,
}

elements! {
    StatementDocument { statement: BankToCustomerStatement = "BkToCstmrStmt" }
    BankToCustomerStatement { statements: Vec<Statement> = "Stmt" }
    Code { code: Option<String> = "Cd", proprietary: Option<String> = "Prtry" }
    Balance { kind: BalanceType = "Tp", amount: Amount = "Amt", side: String = "CdtDbtInd", date: Date = "Dt" }
    BalanceType { code: Code = "CdOrPrtry" }
    Date { date: Option<String> = "Dt", time: Option<String> = "DtTm" }
    References {
        instruction: Option<String> = "InstrId",
        end_to_end: Option<String> = "EndToEndId",
        transaction: Option<String> = "TxId",
        uetr: Option<String> = "UETR",
    }
    Parties {
        debtor: Option<PartyChoice> = "Dbtr",
        debtor_account: Option<Account> = "DbtrAcct",
        creditor: Option<PartyChoice> = "Cdtr",
        creditor_account: Option<Account> = "CdtrAcct",
    }
    PartyChoice { party: Option<Party> = "Pty" }
    Agents { debtor_agent: Option<Agent> = "DbtrAgt", creditor_agent: Option<Agent> = "CdtrAgt" }
    TransactionDetails {
        references: Option<References> = "Refs",
        amount: Option<Amount> = "Amt",
        side: Option<String> = "CdtDbtInd",
        parties: Option<Parties> = "RltdPties",
        agents: Option<Agents> = "RltdAgts",
        remittance: Option<Remittance> = "RmtInf",
    }
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "filling them is what is measured")]
struct Statement {
    #[serde(rename = "Id")]
    id: String,
    #[serde(rename = "Acct")]
    account: Account,
    #[serde(rename = "Bal")]
    balances: Vec<Balance>,
    #[serde(rename = "Ntry", default)]
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "filling them is what is measured")]
struct Entry {
    #[serde(rename = "NtryRef")]
    reference: Option<String>,
    #[serde(rename = "Amt")]
    amount: Amount,
    #[serde(rename = "CdtDbtInd")]
    side: String,
    #[serde(rename = "Sts")]
    status: Code,
    #[serde(rename = "BookgDt")]
    booked: Option<Date>,
    #[serde(rename = "ValDt")]
    value: Option<Date>,
    #[serde(rename = "AcctSvcrRef")]
    servicer_reference: Option<String>,
    #[serde(rename = "NtryDtls", default)]
    details: Vec<EntryDetails>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "filling them is what is measured")]
struct EntryDetails {
    #[serde(rename = "TxDtls", default)]
    transactions: Vec<TransactionDetails>,
}
