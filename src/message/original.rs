//! What an answer quotes from the message it answers. Read from a document as far as it could be read; must not judge.

use crate::schema::MessageId;

/// What an answer quotes from the message it answers. Every field is as written there, and `None` where it could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Original {
    /// The message definition, by the namespace of the Document.
    pub message: Option<MessageId>,
    /// GrpHdr/MsgId
    pub message_id: Option<String>,
    /// GrpHdr/CreDtTm, as written.
    pub creation_date_time: Option<String>,
    /// GrpHdr/NbOfTxs, as written.
    pub number_of_transactions: Option<String>,
    /// GrpHdr/CtrlSum, as written.
    pub control_sum: Option<String>,
    /// The instructing agent's BIC or member id (group header, else first transaction).
    pub instructing_agent: Option<Agent>,
    /// The instructed agent.
    pub instructed_agent: Option<Agent>,
    /// The transactions of a pacs.008, in order; empty for a statement.
    pub transactions: Vec<OriginalTransaction>,
    /// The business application header, when there is one that could be read.
    pub header: Option<Header>,
    /// What stood around header and document.
    pub wrapper: Option<Wrapper>,
    /// The transport's own reference (topic-partition-offset or file name): quoted where the message has no id that can be read.
    pub transport_reference: String,
}

/// The ids of one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OriginalTransaction {
    /// PmtId/InstrId
    pub instruction_id: Option<String>,
    /// PmtId/EndToEndId
    pub end_to_end_id: Option<String>,
    /// PmtId/TxId
    pub transaction_id: Option<String>,
    /// PmtId/UETR
    pub uetr: Option<String>,
    /// The transaction's own instructing agent, when the group header has none.
    pub instructing_agent: Option<Agent>,
    /// The transaction's own instructed agent.
    pub instructed_agent: Option<Agent>,
}

/// A financial institution, as far as an answer names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent {
    /// BICFI (BIC up to version 02)
    pub bic: Option<String>,
    /// ClrSysMmbId/ClrSysId/Cd
    pub clearing_system: Option<String>,
    /// ClrSysMmbId/MmbId
    pub member_id: Option<String>,
}

/// The business application header (head.001) of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// head.001.001.01 to .04, by its namespace.
    pub message: MessageId,
    /// Fr: the sender.
    pub from: Agent,
    /// To: the receiver.
    pub to: Agent,
    /// BizMsgIdr
    pub business_message_id: Option<String>,
    /// MsgDefIdr
    pub message_definition: Option<String>,
    /// BizSvc
    pub business_service: Option<String>,
    /// CreDt (CreDtTm), as written.
    pub creation_date: Option<String>,
    /// MktPrctc (from version 02): its registry and the id there.
    pub market_practice: Option<MarketPractice>,
    /// CpyDplct
    pub copy_duplicate: Option<String>,
    /// PssblDplct, as written.
    pub possible_duplicate: Option<String>,
    /// Prty
    pub priority: Option<String>,
}

/// The market practice that a header names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarketPractice {
    /// Regy
    pub registry: String,
    /// Id
    pub id: String,
}

/// The elements around header and document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wrapper {
    /// From the root inwards: local name and namespace (empty is none) of each element that encloses the Document.
    pub elements: Vec<(String, String)>,
}
