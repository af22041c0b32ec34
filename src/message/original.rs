//! What an answer quotes from the message it answers. Read from a document as far as it could be read; must not judge.

use std::sync::Arc;

use crate::schema::MessageId;
use crate::schema::input;
use crate::schema::pieces::Piece;
use crate::schema::record::{Item, Node, Record, Text};

use super::Field;
use super::report::Report;

/// What an answer quotes from the message it answers. Every field is as written there, and `None` where it could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Original {
    /// The message definition, by the namespace of the Document.
    pub message: Option<MessageId>,
    /// GrpHdr/MsgId
    pub message_id: Option<Text>,
    /// GrpHdr/CreDtTm, as written.
    pub creation_date_time: Option<Text>,
    /// GrpHdr/NbOfTxs, as written.
    pub number_of_transactions: Option<Text>,
    /// GrpHdr/CtrlSum, as written.
    pub control_sum: Option<Text>,
    /// The instructing agent's BIC or member id (group header, else first transaction).
    pub instructing_agent: Option<Agent>,
    /// The instructed agent.
    pub instructed_agent: Option<Agent>,
    /// The transactions of a pacs.008; none for a statement.
    pub transactions: Transactions,
    /// What a message that answers us says of those it answers; of one that was not held in memory, what it says of groups.
    pub reports: Vec<Report>,
    /// The business application header, when there is one that could be read.
    pub header: Option<Box<Header>>,
    /// What stood around header and document.
    pub wrapper: Option<Wrapper>,
    /// The transport's own reference (topic-partition-offset or file name): quoted where the message has no id that can be read.
    pub transport_reference: String,
}

/// The transactions of a message: of one that was held in memory all, of a larger one those that a finding names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transactions {
    count: u32,
    kept: Vec<(u32, OriginalTransaction)>,
}

impl Transactions {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// One of them, counted from zero, if it was kept.
    pub fn get(&self, index: u32) -> Option<&OriginalTransaction> {
        let at = self.kept.binary_search_by_key(&index, |(index, _)| *index).ok()?;
        Some(&self.kept[at].1)
    }

    /// Those that were kept, in order.
    pub fn iter(&self) -> impl Iterator<Item = &OriginalTransaction> {
        self.kept.iter().map(|(_, transaction)| transaction)
    }
}

impl FromIterator<OriginalTransaction> for Transactions {
    fn from_iter<T: IntoIterator<Item = OriginalTransaction>>(all: T) -> Self {
        let kept: Vec<_> = (0..).zip(all).collect();
        Self { count: kept.len() as u32, kept }
    }
}

/// The ids of one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OriginalTransaction {
    /// PmtId/InstrId
    pub instruction_id: Option<Text>,
    /// PmtId/EndToEndId
    pub end_to_end_id: Option<Text>,
    /// PmtId/TxId
    pub transaction_id: Option<Text>,
    /// PmtId/UETR
    pub uetr: Option<Text>,
    /// The transaction's own instructing agent, when the group header has none.
    pub instructing_agent: Option<Agent>,
    /// The transaction's own instructed agent.
    pub instructed_agent: Option<Agent>,
}

/// A financial institution, as far as an answer names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent {
    /// BICFI (BIC up to version 02)
    pub bic: Option<Text>,
    /// ClrSysMmbId/ClrSysId/Cd
    pub clearing_system: Option<Text>,
    /// ClrSysMmbId/MmbId
    pub member_id: Option<Text>,
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
    pub business_message_id: Option<Text>,
    /// MsgDefIdr
    pub message_definition: Option<Text>,
    /// BizSvc
    pub business_service: Option<Text>,
    /// CreDt (CreDtTm), as written.
    pub creation_date: Option<Text>,
    /// MktPrctc (from version 02): its registry and the id there.
    pub market_practice: Option<MarketPractice>,
    /// CpyDplct
    pub copy_duplicate: Option<Text>,
    /// PssblDplct, as written.
    pub possible_duplicate: Option<Text>,
    /// Prty
    pub priority: Option<Text>,
}

/// A header of which nothing is known yet but that it is one.
impl Default for Header {
    fn default() -> Self {
        Self {
            message: MessageId::of(b"head", 1, 1),
            from: Agent::default(),
            to: Agent::default(),
            business_message_id: None,
            message_definition: None,
            business_service: None,
            creation_date: None,
            market_practice: None,
            copy_duplicate: None,
            possible_duplicate: None,
            priority: None,
        }
    }
}

/// The market practice that a header names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarketPractice {
    /// Regy
    pub registry: Text,
    /// Id
    pub id: Text,
}

/// The elements around header and document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wrapper {
    /// From the root inwards: local name and namespace (empty is none) of each element that encloses the Document.
    pub elements: Arc<input::Wrapper>,
}

impl Original {
    /// Reads a piece of a message that is processed; it may be one in which the document broke off. A transaction is kept where
    /// that is asked for.
    pub fn piece(&mut self, piece: &Piece<'_>, keep: bool) {
        match piece.group().map(|(slot, node)| (Field::of(slot), node)) {
            Some((Field::GroupHeader, node)) => read_group_header(self, node),
            Some((Field::CreditTransferTransactionInformation, node)) => self.transaction(node, keep),
            Some((Field::OriginalGroupInformationAndStatus, node)) => self.reports.push(Report::read(node)),
            Some((Field::TransactionInformationAndStatus, node)) if keep => {
                let report = Report::of_transaction(node, &self.reports);
                self.reports.push(report);
            }
            _ => {}
        }
    }

    fn transaction(&mut self, node: Node<'_>, keep: bool) {
        let Transactions { count, kept } = &mut self.transactions;
        let index = *count;
        *count += 1;
        if index == 0 {
            // Most messages have one, for which there need be no room for more.
            kept.reserve_exact(1);
        } else if !keep {
            return;
        }
        kept.resize_with(kept.len() + 1, || (index, OriginalTransaction::default()));
        let Some((_, read)) = kept.last_mut() else { return };
        read_transaction(read, node);
        if index == 0 {
            let first = |agent: &mut Option<Agent>, own: &Option<Agent>| {
                if agent.is_none() {
                    agent.clone_from(own);
                }
            };
            first(&mut self.instructing_agent, &read.instructing_agent);
            first(&mut self.instructed_agent, &read.instructed_agent);
        }
        if !keep {
            kept.pop();
        }
    }
}

fn read_group_header(original: &mut Original, group_header: Node<'_>) {
    for item in group_header.items() {
        let owned = || Some(item.kept());
        match Field::of(item.slot()) {
            Field::MessageIdentification => original.message_id = owned(),
            Field::CreationDateTime => original.creation_date_time = owned(),
            Field::NumberOfTransactions => original.number_of_transactions = owned(),
            Field::ControlSum => original.control_sum = owned(),
            Field::InstructingAgent => read_agent(&mut original.instructing_agent, item.node()),
            Field::InstructedAgent => read_agent(&mut original.instructed_agent, item.node()),
            _ => {}
        }
    }
}

fn read_transaction(transaction: &mut OriginalTransaction, node: Node<'_>) {
    for item in node.items() {
        let owned = || Some(item.kept());
        match Field::of(item.slot()) {
            Field::InstructionIdentification => transaction.instruction_id = owned(),
            Field::EndToEndIdentification => transaction.end_to_end_id = owned(),
            Field::TransactionIdentification => transaction.transaction_id = owned(),
            Field::Uetr => transaction.uetr = owned(),
            Field::InstructingAgent => read_agent(&mut transaction.instructing_agent, item.node()),
            Field::InstructedAgent => read_agent(&mut transaction.instructed_agent, item.node()),
            _ => {}
        }
    }
}

/// An agent, if it is identified: one that only has a name cannot be quoted.
fn read_agent(agent: &mut Option<Agent>, node: Node<'_>) {
    *agent = None;
    for item in node.items() {
        let place = match Field::of(item.slot()) {
            Field::Bicfi => &mut agent.get_or_insert_default().bic,
            Field::ClearingSystemIdentificationCode => &mut agent.get_or_insert_default().clearing_system,
            Field::MemberIdentification => &mut agent.get_or_insert_default().member_id,
            _ => continue,
        };
        put(place, item);
    }
}

/// The first value of a field counts.
fn put(place: &mut Option<Text>, item: Item<'_>) {
    if place.is_none() {
        *place = Some(item.kept());
    }
}

/// A party of the header that is no financial institution: its BIC is all that an answer names.
fn organisation(node: Node<'_>) -> Option<Agent> {
    let identification = node.group(Field::OrganisationIdentification.slot())?;
    let bic = identification.text(Field::AnyBic.slot())?;
    Some(Agent { bic: Some(bic.into()), ..Agent::default() })
}

/// Who stands on one side of the header: the institution, where it is identified.
fn side(side: &mut Agent, institution: bool, node: Node<'_>) {
    let mut agent = None;
    match institution {
        true => read_agent(&mut agent, node),
        false => agent = organisation(node),
    }
    match agent {
        Some(agent) if institution || *side == Agent::default() => *side = agent,
        _ => {}
    }
}

/// The business application header, from the record of an AppHdr.
pub fn header(message: MessageId, record: Record<'_>) -> Box<Header> {
    let mut header = Box::<Header>::default();
    header.message = message;
    let (mut registry, mut id) = (None, None);
    for item in record.root().items() {
        let place = match Field::of(item.slot()) {
            field @ (Field::FromInstitution | Field::FromOrganisation) => {
                side(&mut header.from, field == Field::FromInstitution, item.node());
                continue;
            }
            field @ (Field::ToInstitution | Field::ToOrganisation) => {
                side(&mut header.to, field == Field::ToInstitution, item.node());
                continue;
            }
            Field::BusinessMessageIdentifier => &mut header.business_message_id,
            Field::MessageDefinitionIdentifier => &mut header.message_definition,
            Field::BusinessService => &mut header.business_service,
            Field::CreationDate => &mut header.creation_date,
            Field::MarketPracticeRegistry => &mut registry,
            Field::MarketPracticeIdentification => &mut id,
            Field::CopyDuplicate => &mut header.copy_duplicate,
            Field::PossibleDuplicate => &mut header.possible_duplicate,
            Field::Priority => &mut header.priority,
            _ => continue,
        };
        put(place, item);
    }
    header.market_practice = registry.zip(id).map(|(registry, id)| MarketPractice { registry, id });
    header
}
