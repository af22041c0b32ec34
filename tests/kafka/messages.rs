//! Messages for the test against a real Kafka, of which it is known what must become of each.
#![allow(unreachable_pub)]

/// How many rows must leave because of a run of messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expected {
    pub replies: usize,
    pub transfers: usize,
    pub rejected: usize,
}

impl std::ops::AddAssign for Expected {
    fn add_assign(&mut self, more: Self) {
        self.replies += more.replies;
        self.transfers += more.transfers;
        self.rejected += more.rejected;
    }
}

/// What is to become of a message.
#[derive(Clone, Copy)]
enum Fate {
    Accepted,
    /// An account number with wrong check digits in every transaction.
    Rejected,
    /// An element is missing.
    Refused,
}

/// A run of messages with ids of their own, and what must leave because of them. Some come twice.
pub fn run(name: &str, count: usize) -> (Vec<String>, Expected) {
    let (mut messages, mut expected) = (Vec::<String>::new(), Expected::default());
    for index in 0..count {
        expected.replies += 1;
        if index % 25 == 24 {
            // The message of twenty before, which was accepted: its answer again, and nothing booked.
            messages.push(messages[index - 20].clone());
            continue;
        }
        let fate = match index % 10 {
            3 => Fate::Rejected,
            7 => Fate::Refused,
            _ => Fate::Accepted,
        };
        let transactions = 1 + index % 3;
        match fate {
            Fate::Accepted => expected.transfers += transactions,
            Fate::Rejected | Fate::Refused => expected.rejected += 1,
        }
        messages.push(message(&format!("{name}-{index:05}"), transactions, fate));
    }
    (messages, expected)
}

fn message(id: &str, transactions: usize, fate: Fate) -> String {
    let body: String = (0..transactions).map(|number| transaction(id, number, fate)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08\"><FIToFICstmrCdtTrf><GrpHdr>\
         <MsgId>{id}</MsgId><CreDtTm>2026-11-05T09:13:58+00:00</CreDtTm><NbOfTxs>{transactions}</NbOfTxs>\
         <IntrBkSttlmDt>2026-11-06</IntrBkSttlmDt><SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf>\
         <InstgAgt><FinInstnId><BICFI>ALPHDEFFXXX</BICFI></FinInstnId></InstgAgt>\
         <InstdAgt><FinInstnId><BICFI>PAYFDEFFXXX</BICFI></FinInstnId></InstdAgt></GrpHdr>\
         {body}</FIToFICstmrCdtTrf></Document>"
    )
}

fn transaction(id: &str, number: usize, fate: Fate) -> String {
    let iban = if matches!(fate, Fate::Rejected) { "DE00370400440532013000" } else { "DE89370400440532013000" };
    let charge_bearer = if matches!(fate, Fate::Refused) { "" } else { "<ChrgBr>SLEV</ChrgBr>" };
    format!(
        "<CdtTrfTxInf><PmtId><EndToEndId>{id}-{number}</EndToEndId><TxId>{id}-{number}</TxId></PmtId>\
         <IntrBkSttlmAmt Ccy=\"EUR\">{}.{:02}</IntrBkSttlmAmt>{charge_bearer}\
         <Dbtr><Nm>Lantern Works</Nm></Dbtr><DbtrAcct><Id><IBAN>{iban}</IBAN></Id></DbtrAcct>\
         <DbtrAgt><FinInstnId><BICFI>ALPHDEFFXXX</BICFI></FinInstnId></DbtrAgt>\
         <CdtrAgt><FinInstnId><BICFI>PAYFDEFFXXX</BICFI></FinInstnId></CdtrAgt>\
         <Cdtr><Nm>Harbour Mill</Nm></Cdtr><CdtrAcct><Id><IBAN>GB82WEST12345698765432</IBAN></Id></CdtrAcct>\
         </CdtTrfTxInf>",
        10 + number,
        id.len(),
    )
}
