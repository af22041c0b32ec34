//! Messages to transfers: all fourteen versions alike, our samples with their transfers beside them, and every valid message of
//! the official samples. `PAYFLOW_BLESS=1` writes the expected transfers.

#![allow(clippy::unwrap_used)] // A test may panic.

mod skip;
mod support;

use std::path::{Path, PathBuf};

use payflow::finding::{Rule, Severity};
use payflow::message::Proven;
use payflow::pipeline::{Examined, Examiner, Options, Validity};
use payflow::transfer::map::{self, Mapped};
use serde_json::{Value, json};

/// Maps every document of an input; each must be valid.
fn mapped(input: &str) -> Vec<Mapped> {
    let one = |examined: Examined, proven: Option<Proven<'_>>, _: &[u8]| match proven {
        Some(proven) => map::all(&proven),
        None => panic!("not valid: {:#?}\n{input}", examined.findings),
    };
    Examiner::new(Options::default()).examine(input.as_bytes().to_vec(), one)
}

fn one(input: &str) -> Mapped {
    let mut all = mapped(input);
    assert_eq!(all.len(), 1);
    all.pop().unwrap()
}

/// A pacs.008 of any version with one transaction: what differs between the versions stands in the arguments' places.
fn pacs008(version: u8) -> String {
    let body = if version == 1 { "pacs.008.001.01" } else { "FIToFICstmrCdtTrf" };
    let bic = if version < 3 { "BIC" } else { "BICFI" };
    let member = if version == 1 {
        "<NmAndAdr><Nm>Bank of B</Nm><PstlAdr><Ctry>DE</Ctry></PstlAdr></NmAndAdr>".to_owned()
    } else {
        "<Nm>Bank of B</Nm><PstlAdr><Ctry>DE</Ctry></PstlAdr>".to_owned()
    };
    let acceptance = "<AccptncDtTm>2026-03-02T09:30:00Z</AccptncDtTm>";
    let acceptance = if version < 13 { acceptance.to_owned() } else { format!("<AddtlDtTm>{acceptance}</AddtlDtTm>") };
    let organisation = match version {
        1 => "<BEI>ACMEGB2L</BEI>",
        2 => "<BICOrBEI>ACMEGB2L</BICOrBEI>",
        _ => "<AnyBIC>ACMEGB2L</AnyBIC>",
    };
    let charge = if version == 1 { "ChrgsAmt" } else { "Amt" };
    let charging = match version {
        1 => "ChrgsPty",
        2 => "Pty",
        _ => "Agt",
    };
    let category = if version == 1 { "SUPP" } else { "<Cd>SUPP</Cd>" };
    let reference = if version == 1 { "CdtrRef" } else { "Ref" };
    let number = if version == 1 { "RfrdDocNb" } else { "Nb" };
    let agent =
        |tag: &str, bic_code: &str| format!("<{tag}><FinInstnId><{bic}>{bic_code}</{bic}></FinInstnId></{tag}>");
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.008.001.{version:02}\"><{body}>\
        <GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-03-02T09:31:00</CreDtTm><NbOfTxs>1</NbOfTxs>\
        <TtlIntrBkSttlmAmt Ccy=\"EUR\">1000.50</TtlIntrBkSttlmAmt><IntrBkSttlmDt>2026-03-03</IntrBkSttlmDt>\
        <SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf>{instructing}</GrpHdr>\
        <CdtTrfTxInf><PmtId><InstrId>I-1</InstrId><EndToEndId>E-1</EndToEndId><TxId>T-1</TxId></PmtId>\
        <PmtTpInf><InstrPrty>HIGH</InstrPrty><CtgyPurp>{category}</CtgyPurp></PmtTpInf>\
        <IntrBkSttlmAmt Ccy=\"EUR\">01000.50</IntrBkSttlmAmt>{acceptance}\
        <InstdAmt Ccy=\"USD\">1100</InstdAmt><XchgRate>.909545</XchgRate><ChrgBr>SHAR</ChrgBr>\
        <ChrgsInf><{charge} Ccy=\"EUR\">2.</{charge}>{charging_agent}</ChrgsInf>{intermediary}\
        <Dbtr><Nm>Acme &amp; Sons</Nm><PstlAdr><AdrLine>1 High Street</AdrLine><Ctry>GB</Ctry></PstlAdr>\
        <Id><OrgId>{organisation}</OrgId></Id></Dbtr><DbtrAcct><Id><IBAN>GB29NWBK60161331926819</IBAN></Id></DbtrAcct>\
        {debtor_agent}<CdtrAgt><FinInstnId>{member}</FinInstnId></CdtrAgt>\
        <Cdtr><Nm>Bolt GmbH</Nm></Cdtr><CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct>\
        <Purp><Cd>GDDS</Cd></Purp><RmtInf><Ustrd>Invoice 7</Ustrd><Strd><RfrdDocInf><{number}>7</{number}></RfrdDocInf>\
        <CdtrRefInf><{reference}>RF18539007547034</{reference}></CdtrRefInf></Strd></RmtInf></CdtTrfTxInf></{body}></Document>",
        instructing = agent("InstgAgt", "NWBKGB2L"),
        charging_agent = agent(charging, "NWBKGB2L"),
        intermediary = agent("IntrmyAgt1", "CHASUS33"),
        debtor_agent = agent("DbtrAgt", "NWBKGB2L"),
    )
    // The address has its lines behind the country from version 02.
    .replace(
        "<AdrLine>1 High Street</AdrLine><Ctry>GB</Ctry>",
        if version == 1 { "<AdrLine>1 High Street</AdrLine><Ctry>GB</Ctry>" } else { "<Ctry>GB</Ctry><AdrLine>1 High Street</AdrLine>" },
    )
}

#[test]
fn a_credit_transfer_maps_alike_in_every_version() {
    for version in 1..=14 {
        let mapped = one(&pacs008(version));
        assert_eq!(mapped.findings, [], "version {version}");
        let found = serde_json::to_value(&mapped.transfers).unwrap();
        let expected = json!([{
            "origin": "instruction",
            "message": format!("pacs.008.001.{version:02}"),
            "message_identification": "M-1",
            "creation_date_time": "2026-03-02T09:31:00",
            "number": 1,
            "references": {
                "instruction_identification": "I-1",
                "end_to_end_identification": "E-1",
                "transaction_identification": "T-1"
            },
            "amount": "1000.50",
            "currency": "EUR",
            "interbank_settlement_date": "2026-03-03",
            "settlement": { "settlement_method": "CLRG" },
            "payment_type_information": { "instruction_priority": "HIGH", "category_purpose_code": "SUPP" },
            "acceptance_date_time": "2026-03-02T09:30:00Z",
            "instructed_amount": { "amount": "1100", "currency": "USD" },
            "exchange_rate": "0.909545",
            "charge_bearer": "SHAR",
            "charges": [{ "amount": "2", "currency": "EUR", "agent": { "bicfi": "NWBKGB2L" } }],
            "debtor": {
                "name": "Acme & Sons",
                "postal_address": { "country": "GB", "address_line": ["1 High Street"] },
                "organisation_identification": { "any_bic": "ACMEGB2L" }
            },
            "debtor_account": { "iban": "GB29NWBK60161331926819" },
            "debtor_agent": { "bicfi": "NWBKGB2L" },
            "instructing_agent": { "bicfi": "NWBKGB2L" },
            "intermediary_agents": [{ "agent": { "bicfi": "CHASUS33" } }],
            "creditor_agent": { "name": "Bank of B", "postal_address": { "country": "DE" } },
            "creditor": { "name": "Bolt GmbH" },
            "creditor_account": { "iban": "DE89370400440532013000" },
            "purpose_code": "GDDS",
            "remittance_information": {
                "unstructured": ["Invoice 7"],
                "structured": [{
                    "referred_document_information": [{ "number": "7" }],
                    "creditor_reference_information": { "reference": "RF18539007547034" }
                }]
            }
        }]);
        assert_eq!(found, expected, "version {version}");
    }
}

/// A camt.053 of any version with one statement of the given entries.
fn camt053(version: u8, entries: &str) -> String {
    let body = if version == 1 { "BkToCstmrStmtV01" } else { "BkToCstmrStmt" };
    let kind = |code: &str| {
        if version == 1 { format!("<Cd>{code}</Cd>") } else { format!("<CdOrPrtry><Cd>{code}</Cd></CdOrPrtry>") }
    };
    let balance = |code: &str, amount: &str| {
        format!(
            "<Bal><Tp>{}</Tp><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-02</Dt></Dt></Bal>",
            kind(code)
        )
    };
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version:02}\"><{body}>\
        <GrpHdr><MsgId>S-1</MsgId><CreDtTm>2026-03-02T20:00:00</CreDtTm></GrpHdr>\
        <Stmt><Id>ST-1</Id><ElctrncSeqNb>000000000000000097</ElctrncSeqNb><CreDtTm>2026-03-02T19:59:00</CreDtTm>\
        <Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy><Ownr><Nm>Bolt GmbH</Nm></Ownr></Acct>{}{}{entries}</Stmt></{body}></Document>",
        balance("OPBD", "100.00"),
        balance("CLBD", "350.00"),
    )
}

/// One entry in the dress of a version; details without their element around them.
fn entry(version: u8, amount: &str, status: &str, details: &str) -> String {
    let status = if version < 7 { status.to_owned() } else { format!("<Cd>{status}</Cd>") };
    let details =
        if details.is_empty() || version == 1 { details.to_owned() } else { format!("<NtryDtls>{details}</NtryDtls>") };
    format!(
        "<Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>{status}</Sts>\
        <BookgDt><Dt>2026-03-02</Dt></BookgDt><ValDt><Dt>2026-03-03</Dt></ValDt><AcctSvcrRef>A-1</AcctSvcrRef>\
        <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>{details}</Ntry>"
    )
}

#[test]
fn a_statement_maps_alike_in_every_version() {
    for version in 1..=14 {
        let amount = if version < 3 { "" } else { "<Amt Ccy=\"EUR\">250.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>" };
        let debtor = "<Nm>Acme</Nm>";
        let debtor = if version < 7 { debtor.to_owned() } else { format!("<Pty>{debtor}</Pty>") };
        let bic = if version < 3 { "BIC" } else { "BICFI" };
        let details = format!(
            "<TxDtls><Refs><EndToEndId>E-1</EndToEndId></Refs>{amount}<RltdPties><Dbtr>{debtor}</Dbtr></RltdPties>\
            <RltdAgts><DbtrAgt><FinInstnId><{bic}>NWBKGB2L</{bic}></FinInstnId></DbtrAgt></RltdAgts>\
            <RmtInf><Ustrd>Invoice 7</Ustrd></RmtInf></TxDtls>"
        );
        let mapped = one(&camt053(version, &entry(version, "250.00", "BOOK", &details)));
        assert_eq!(mapped.findings, [], "version {version}");
        let message = format!("camt.053.001.{version:02}");
        let code = json!({ "domain": "PMNT", "family": "RCDT", "sub_family": "ESCT" });
        let balance = |code, amount| json!({ "type_code": code, "amount": amount, "currency": "EUR", "credit_debit_indicator": "credit", "date": "2026-03-02" });
        let account = json!({ "iban": "DE89370400440532013000", "currency": "EUR" });
        let statement = json!([{
            "message": message,
            "message_identification": "S-1",
            "identification": "ST-1",
            "electronic_sequence_number": "97",
            "creation_date_time": "2026-03-02T19:59:00",
            "account": { "iban": "DE89370400440532013000", "currency": "EUR", "owner": { "name": "Bolt GmbH" } },
            "balances": [balance("OPBD", "100.00"), balance("CLBD", "350.00")],
            "entries": [{
                "amount": "250.00", "currency": "EUR", "credit_debit_indicator": "credit", "status_code": "BOOK",
                "booking_date": "2026-03-02", "value_date": "2026-03-03", "account_servicer_reference": "A-1",
                "bank_transaction_code": code, "details": 1
            }]
        }]);
        assert_eq!(serde_json::to_value(&mapped.statements).unwrap(), statement, "version {version}");
        let transfer = json!([{
            "origin": "statement",
            "message": message,
            "message_identification": "S-1",
            "creation_date_time": "2026-03-02T20:00:00",
            "number": 1,
            "references": { "end_to_end_identification": "E-1" },
            "amount": "250.00",
            "currency": "EUR",
            "debtor": { "name": "Acme" },
            "debtor_agent": { "bicfi": "NWBKGB2L" },
            "remittance_information": { "unstructured": ["Invoice 7"] },
            "booking": {
                "statement_identification": "ST-1", "account": account, "account_servicer_reference": "A-1",
                "credit_debit_indicator": "credit", "booking_date": "2026-03-02", "value_date": "2026-03-03",
                "bank_transaction_code": code
            }
        }]);
        assert_eq!(serde_json::to_value(&mapped.transfers).unwrap(), transfer, "version {version}");
    }
}

/// A detail with an id, its own amount and sign, and the amount of the underlying transaction.
fn detail(id: &str, own: &str, underlying: &str) -> String {
    let own = match own.split_once(' ') {
        Some((sign, rest)) => {
            let (amount, currency) = rest.split_once(' ').unwrap();
            format!("<Amt Ccy=\"{currency}\">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>")
        }
        None => String::new(),
    };
    let underlying = match underlying.split_once(' ') {
        Some((amount, currency)) => format!("<AmtDtls><TxAmt><Amt Ccy=\"{currency}\">{amount}</Amt></TxAmt></AmtDtls>"),
        None => String::new(),
    };
    format!("<TxDtls><Refs><EndToEndId>{id}</EndToEndId></Refs>{own}{underlying}</TxDtls>")
}

#[test]
fn an_entry_becomes_transfers_by_its_details() {
    let d = detail;
    for (name, version, status, details, expected, remarks) in [
        ("no details", 8, "BOOK", vec![], vec!["credit 250.00 "], 0),
        ("pending", 8, "PDNG", vec![d("A", "CRDT 250.00 EUR", "")], vec![], 0),
        ("information", 4, "INFO", vec![], vec![], 0),
        ("one without an amount", 8, "BOOK", vec![d("A", "", "")], vec!["credit 250.00 A"], 0),
        ("one with its own", 8, "BOOK", vec![d("A", "CRDT 249.00 EUR", "")], vec!["credit 249.00 A"], 0),
        ("one in another currency", 8, "BOOK", vec![d("A", "CRDT 300.00 USD", "")], vec!["credit 250.00 A"], 0),
        ("one with the underlying amount only", 2, "BOOK", vec![d("A", "", "249.00 EUR")], vec!["credit 250.00 A"], 0),
        (
            "several with their own",
            8,
            "BOOK",
            vec![d("A", "CRDT 300.00 EUR", ""), d("B", "DBIT 50.00 EUR", "")],
            vec!["credit 300.00 A", "debit 50.00 B"],
            0,
        ),
        (
            "several whose underlying amounts make up the entry",
            2,
            "BOOK",
            vec![d("A", "", "200.00 EUR"), d("B", "", "50.00 EUR")],
            vec!["credit 200.00 A", "credit 50.00 B"],
            0,
        ),
        (
            "several whose underlying amounts do not",
            2,
            "BOOK",
            vec![d("A", "", "200.00 EUR"), d("B", "", "51.00 EUR")],
            vec!["credit 250.00 A+B"],
            1,
        ),
        (
            "several, of which one has none",
            8,
            "BOOK",
            vec![d("A", "CRDT 200.00 EUR", ""), d("B", "", ""), d("C", "", "")],
            vec!["credit 250.00 A+B+C"],
            1,
        ),
        (
            "several in another currency",
            8,
            "BOOK",
            vec![d("A", "CRDT 200.00 USD", ""), d("B", "CRDT 100.00 USD", "")],
            vec!["credit 250.00 A+B"],
            1,
        ),
        ("first version", 1, "BOOK", vec![d("A", "", ""), d("B", "", "")], vec!["credit 250.00 A+B"], 1),
    ] {
        let mapped = one(&camt053(version, &entry(version, "250.00", status, &details.concat())));
        let found: Vec<String> = mapped
            .transfers
            .iter()
            .map(|transfer| {
                let booking = serde_json::to_value(transfer.booking.as_ref().unwrap()).unwrap();
                let further = transfer.references.further.iter();
                let ids = std::iter::once(&transfer.references).chain(further);
                let ids: Vec<_> = ids.map(|ids| ids.end_to_end_identification.clone().unwrap_or_default()).collect();
                format!("{} {} {}", booking["credit_debit_indicator"].as_str().unwrap(), transfer.amount, ids.join("+"))
            })
            .collect();
        assert_eq!(found, expected, "{name}");
        assert_eq!(mapped.findings.len(), remarks, "{name}: {:#?}", mapped.findings);
        for finding in &mapped.findings {
            assert_eq!((finding.rule, finding.severity), (Rule::DetailsWithoutAmount, Severity::Warning), "{name}");
            let path = &finding.place.as_ref().unwrap().path;
            assert!(path.ends_with("/Stmt/Ntry"), "{name}: {path}");
        }
        assert_eq!(mapped.statements[0].entries.len(), 1, "{name}");
    }
}

#[test]
fn identifications_of_the_first_version_come_under_their_schemes() {
    let input = pacs008(1)
        .replace("<OrgId><BEI>ACMEGB2L</BEI></OrgId>", "<OrgId><DUNS>123456789</DUNS><TaxIdNb>T9</TaxIdNb><PrtryId><Id>P7</Id><Issr>Me</Issr></PrtryId></OrgId>")
        .replace(
            "<Cdtr><Nm>Bolt GmbH</Nm></Cdtr><CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct>",
            "<Cdtr><Nm>Jo</Nm><Id><PrvtId><PsptNb>X1</PsptNb><Issr>DE</Issr></PrvtId><PrvtId><OthrId><Id>Z</Id><IdTp>CLUB</IdTp></OthrId></PrvtId></Id></Cdtr>\
            <CdtrAcct><Id><BBAN>370400440532013000</BBAN></Id></CdtrAcct>",
        );
    let transfer = serde_json::to_value(&one(&input).transfers[0]).unwrap();
    for (pointer, expected) in [
        (
            "/debtor/organisation_identification/other",
            json!([
                { "identification": "123456789", "scheme_name_code": "DUNS" },
                { "identification": "T9", "scheme_name_code": "TXID" },
                { "identification": "P7", "issuer": "Me" }
            ]),
        ),
        (
            "/creditor/private_identification/other",
            json!([
                { "identification": "X1", "scheme_name_code": "CCPT", "issuer": "DE" },
                { "identification": "Z", "scheme_name_proprietary": "CLUB" }
            ]),
        ),
        (
            "/creditor_account",
            json!({ "other": { "identification": "370400440532013000", "scheme_name_code": "BBAN" } }),
        ),
    ] {
        assert_eq!(transfer.pointer(pointer), Some(&expected), "{pointer}");
    }
}

/// What a message maps to, as it stands beside the sample.
fn shown(input: &[u8]) -> Value {
    let one = |_: Examined, proven: Option<Proven<'_>>, _: &[u8]| {
        let mapped = map::all(&proven.expect("a valid sample"));
        let findings: Vec<_> = mapped.findings.iter().map(|finding| finding.text.clone()).collect();
        json!({ "transfers": mapped.transfers, "statements": mapped.statements, "findings": findings })
    };
    Value::Array(Examiner::new(Options::default()).examine(input.to_vec(), one))
}

#[test]
fn samples_map_to_the_transfers_beside_them() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut count = 0;
    for family in ["pacs008", "camt053"] {
        for file in std::fs::read_dir(samples.join(family).join("ok")).unwrap() {
            let file = file.unwrap().path();
            if file.extension().is_none_or(|extension| extension != "xml") {
                continue;
            }
            let name = format!("mapped/{family}-{}.json", file.file_stem().unwrap().to_string_lossy());
            let found = shown(&std::fs::read(&file).unwrap());
            if std::env::var_os("PAYFLOW_BLESS").is_some() {
                std::fs::write(support::data(&name), serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
            }
            let expected = std::fs::read_to_string(support::data(&name)).unwrap_or_default();
            assert_eq!(found, serde_json::from_str::<Value>(&expected).unwrap_or_default(), "{}", file.display());
            count += 1;
        }
    }
    assert!(count >= 10, "only {count} samples");
}

/// A file of the official material, when it is there.
fn official(name: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let path = std::env::var_os("PAYFLOW_SHARED").map_or(beside, PathBuf::from).join(name);
    path.exists().then_some(path)
}

#[test]
fn every_valid_official_sample_maps_whole() {
    let Some(list) = official("samples/SOURCES.tsv") else {
        skip::skipped("the mapping of public messages", "the messages are not there");
        return;
    };
    let (mut messages, mut transfers, mut entries) = (0, 0, 0);
    for row in std::fs::read_to_string(&list).unwrap().lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let of_ours = columns[4].starts_with("pacs.008") || columns[4].starts_with("camt.053");
        if !of_ours || !columns[12].starts_with("yes") {
            continue;
        }
        let file = list.with_file_name(columns[0]);
        let take = |examined: Examined, proven: Option<Proven<'_>>, _: &[u8]| {
            // A rule beyond the schema may have stopped it, as a whole or in part.
            let proven = proven.filter(|_| examined.validity == Validity::Valid);
            let mapped = proven.map(|proven| map::all(&proven))?;
            let mapped_entries: usize = mapped.statements.iter().map(|statement| statement.entries.len()).sum();
            let count = examined.transactions as usize;
            let whole = if mapped.statements.is_empty() { mapped.transfers.len() } else { mapped_entries };
            assert_eq!(whole, count, "{}", file.display());
            assert!(mapped.findings.iter().all(|finding| finding.severity == Severity::Warning), "{}", file.display());
            Some((mapped.transfers.len(), mapped_entries))
        };
        let found = Examiner::new(Options::default()).examine(std::fs::read(&file).unwrap(), take);
        for (mapped_transfers, mapped_entries) in found.into_iter().flatten() {
            messages += 1;
            transfers += mapped_transfers;
            entries += mapped_entries;
        }
    }
    println!("{messages} messages, {transfers} transfers, {entries} entries");
    assert!(messages >= 50, "only {messages} messages");
}
