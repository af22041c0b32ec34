//! What an answer quotes from a message and its header, in every version and from documents that break off.

#![allow(clippy::unwrap_used)] // A test may panic.

use payflow::message::{Agent, MarketPractice, Original, OriginalTransaction};
use payflow::pipeline::{Options, examine};
use payflow::schema::record::Text;

fn original(input: &str) -> Original {
    let mut examined = examine(input.as_bytes(), Options { schema_only: true, ..Options::default() });
    assert_eq!(examined.len(), 1, "{input}");
    examined.remove(0).original
}

fn some(text: &str) -> Option<Text> {
    Some(text.into())
}

fn bic(code: &str) -> Option<Agent> {
    Some(Agent { bic: some(code), ..Agent::default() })
}

/// A pacs.008 with agents in the group header or in the transactions.
fn pacs008(version: u8, header_agents: &str, transactions: &[&str]) -> String {
    let body = if version == 1 { "pacs.008.001.01" } else { "FIToFICstmrCdtTrf" };
    let transactions: String = transactions.iter().map(|t| format!("<CdtTrfTxInf>{t}</CdtTrfTxInf>")).collect();
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.008.001.{version:02}\"><{body}><GrpHdr><MsgId>M-1</MsgId>\
        <CreDtTm>2026-03-02T09:31:00+01:00</CreDtTm><NbOfTxs>02</NbOfTxs><CtrlSum>12.50</CtrlSum>\
        <SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf>{header_agents}</GrpHdr>{transactions}</{body}></Document>"
    )
}

/// A transaction up to its amount, with a place for its own agents; it breaks off before the debtor.
fn transaction(ids: &str, agents: &str) -> String {
    format!(
        "<PmtId>{ids}</PmtId><IntrBkSttlmAmt Ccy=\"EUR\">6.25</IntrBkSttlmAmt><IntrBkSttlmDt>2026-03-03</IntrBkSttlmDt><ChrgBr>SLEV</ChrgBr>{agents}"
    )
}

#[test]
fn quotes_group_and_transactions_in_every_version() {
    let uetr = "eb6305c9-1f7f-49de-aed0-16487c27b42d";
    for version in 1..=14 {
        let tag = if version < 3 { "BIC" } else { "BICFI" };
        let agent = |role: &str, code: &str| format!("<{role}><FinInstnId><{tag}>{code}</{tag}></FinInstnId></{role}>");
        let own = agent("InstgAgt", "DEUTDEFF") + &agent("InstdAgt", "NWBKGB2L");
        let ids = "<InstrId>I-1</InstrId><EndToEndId>E-1</EndToEndId><TxId>T-1</TxId>".to_owned();
        let ids = if version < 8 { ids } else { format!("{ids}<UETR>{uetr}</UETR>") };
        let first = transaction(&ids, &own);
        let second = transaction("<EndToEndId>E-2</EndToEndId><TxId>T-2</TxId>", "");
        let found = original(&pacs008(version, "", &[&first, &second]));
        // No transaction has a debtor: that is a fault of each, and all that is there is read.
        let expected = Original {
            message: Some(format!("pacs.008.001.{version:02}").parse().unwrap()),
            message_id: some("M-1"),
            creation_date_time: some("2026-03-02T09:31:00+01:00"),
            number_of_transactions: some("02"),
            control_sum: some("12.50"),
            instructing_agent: bic("DEUTDEFF"),
            instructed_agent: bic("NWBKGB2L"),
            transactions: [
                OriginalTransaction {
                    instruction_id: some("I-1"),
                    end_to_end_id: some("E-1"),
                    transaction_id: some("T-1"),
                    uetr: if version < 8 { None } else { some(uetr) },
                    instructing_agent: bic("DEUTDEFF"),
                    instructed_agent: bic("NWBKGB2L"),
                },
                OriginalTransaction {
                    end_to_end_id: some("E-2"),
                    transaction_id: some("T-2"),
                    ..OriginalTransaction::default()
                },
            ]
            .into_iter()
            .collect(),
            ..Original::default()
        };
        assert_eq!(found, expected, "version {version}");
    }
}

#[test]
fn quotes_agents_however_they_are_identified() {
    let member = |id: &str| Some(Agent { member_id: some(id), ..Agent::default() });
    let under =
        |system: &str, id: &str| Some(Agent { clearing_system: some(system), member_id: some(id), ..Agent::default() });
    for (version, institution, expected) in [
        (1, "<BIC>DEUTDEFF</BIC>", bic("DEUTDEFF")),
        (1, "<ClrSysMmbId><Id>USABA021000021</Id></ClrSysMmbId>", member("USABA021000021")),
        (1, "<ClrSysMmbId><Prtry>021000021</Prtry></ClrSysMmbId>", member("021000021")),
        (1, "<CmbndId><BIC>DEUTDEFF</BIC><Nm>Bank</Nm></CmbndId>", bic("DEUTDEFF")),
        (1, "<CmbndId><ClrSysMmbId><Prtry>021000021</Prtry></ClrSysMmbId></CmbndId>", member("021000021")),
        (2, "<ClrSysMmbId><MmbId>021000021</MmbId></ClrSysMmbId>", member("021000021")),
        (
            8,
            "<ClrSysMmbId><ClrSysId><Cd>USABA</Cd></ClrSysId><MmbId>021000021</MmbId></ClrSysMmbId>",
            under("USABA", "021000021"),
        ),
        (14, "<Nm>Bank</Nm>", None),
    ] {
        let agents = format!("<InstgAgt><FinInstnId>{institution}</FinInstnId></InstgAgt>");
        assert_eq!(original(&pacs008(version, &agents, &[])).instructing_agent, expected, "{version}: {institution}");
    }
    for empty in ["<InstgAgt/>", "<InstgAgt></InstgAgt>"] {
        assert_eq!(original(&pacs008(8, empty, &[])).instructing_agent, None, "{empty}");
    }
}

#[test]
fn quotes_what_could_be_read_of_a_broken_document() {
    let whole = pacs008(8, "", &[&transaction("<EndToEndId>E-1</EndToEndId>", "")]);
    for (cut_before, message_id, creation, ids) in [
        ("<MsgId>", None, None, 0),
        ("</MsgId>", None, None, 0),
        ("<CreDtTm>", some("M-1"), None, 0),
        ("<NbOfTxs>", some("M-1"), some("2026-03-02T09:31:00+01:00"), 0),
        ("<IntrBkSttlmAmt", some("M-1"), some("2026-03-02T09:31:00+01:00"), 1),
    ] {
        let found = original(&whole[..whole.find(cut_before).unwrap()]);
        assert_eq!(found.message_id, message_id, "{cut_before}");
        assert_eq!(found.creation_date_time, creation, "{cut_before}");
        assert_eq!(found.transactions.iter().filter(|t| t.end_to_end_id.is_some()).count(), ids, "{cut_before}");
    }
}

#[test]
fn quotes_statements_without_transactions() {
    for version in 1..=14 {
        let body = if version == 1 { "BkToCstmrStmtV01" } else { "BkToCstmrStmt" };
        let found = original(&format!(
            "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version:02}\"><{body}><GrpHdr><MsgId>S-1</MsgId>\
            <CreDtTm>2026-03-02T20:00:00</CreDtTm></GrpHdr></{body}></Document>"
        ));
        let expected = Original {
            message: Some(format!("camt.053.001.{version:02}").parse().unwrap()),
            message_id: some("S-1"),
            creation_date_time: some("2026-03-02T20:00:00"),
            ..Original::default()
        };
        assert_eq!(found, expected, "version {version}");
    }
}

#[test]
fn quotes_the_header_in_every_version() {
    for version in 1..=4 {
        let practice = if version == 1 { "" } else { "<MktPrctc><Regy>frb</Regy><Id>frb.fednow.01</Id></MktPrctc>" };
        let found = original(&format!(
            "<BusMsg><AppHdr xmlns=\"urn:iso:std:iso:20022:tech:xsd:head.001.001.{version:02}\">\
            <Fr><OrgId><Id><OrgId><AnyBIC>ACMEGB2L</AnyBIC></OrgId></Id></OrgId></Fr>\
            <To><FIId><FinInstnId><BICFI>DEUTDEFF</BICFI></FinInstnId></FIId></To><BizMsgIdr>B-1</BizMsgIdr>\
            <MsgDefIdr>pacs.008.001.08</MsgDefIdr><BizSvc>swift.cbprplus.03</BizSvc>{practice}\
            <CreDt>2026-03-02T09:31:00Z</CreDt><CpyDplct>COPY</CpyDplct><PssblDplct>true</PssblDplct><Prty>HIGH</Prty></AppHdr>\
            {}</BusMsg>",
            pacs008(8, "", &[])
        ));
        let header = found.header.unwrap();
        let practice = MarketPractice { registry: "frb".into(), id: "frb.fednow.01".into() };
        assert_eq!(header.message.to_string(), format!("head.001.001.{version:02}"));
        assert_eq!(Some(header.from), bic("ACMEGB2L"), "version {version}");
        assert_eq!(Some(header.to), bic("DEUTDEFF"), "version {version}");
        assert_eq!(header.business_message_id, some("B-1"), "version {version}");
        assert_eq!(header.message_definition, some("pacs.008.001.08"), "version {version}");
        assert_eq!(header.business_service, some("swift.cbprplus.03"), "version {version}");
        assert_eq!(header.creation_date, some("2026-03-02T09:31:00Z"), "version {version}");
        assert_eq!(header.market_practice, (version > 1).then_some(practice), "version {version}");
        assert_eq!(header.copy_duplicate, some("COPY"), "version {version}");
        assert_eq!(header.possible_duplicate, some("true"), "version {version}");
        assert_eq!(header.priority, some("HIGH"), "version {version}");
    }
}
