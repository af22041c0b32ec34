//! open-payments: typed structs of the whole message, without its check, which is many times slower and knows another
//! version than ours: it has version 12 alone, and refuses some messages of version 08 that are without an element of its.

use open_payments_iso20022_camt::camt_053_001_12::BankToCustomerStatementV12;
use open_payments_iso20022_pacs::pacs_008_001_12::FIToFICustomerCreditTransferV12;
use serde::Deserialize;

#[derive(Deserialize)]
enum Document {
    #[serde(rename = "FIToFICstmrCdtTrf")]
    Transfer(Box<FIToFICustomerCreditTransferV12>),
    #[serde(rename = "BkToCstmrStmt")]
    Statement(Box<BankToCustomerStatementV12>),
}

#[derive(Deserialize)]
struct Root {
    #[serde(rename = "$value")]
    document: Document,
}

fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_default();
    rivals::serve(&path, |message| {
        let Ok(text) = std::str::from_utf8(message) else { return false };
        let Ok(root) = quick_xml::de::from_str::<Root>(text) else { return false };
        match std::hint::black_box(root.document) {
            Document::Transfer(transfer) => !transfer.cdt_trf_tx_inf.is_empty(),
            Document::Statement(statement) => !statement.stmt.is_empty(),
        }
    })
}
