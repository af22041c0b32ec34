//! What is masked and what stays: a row each, and what the schemas say of their texts.

use std::collections::BTreeSet;

use super::*;

#[test]
fn masks_card_numbers_in_free_text() {
    // text | as it is stored; empty where it stays
    for (text, expected) in [
        ("<Ustrd>card 4111111111111111 thanks</Ustrd>", "<Ustrd>card 411111******1111 thanks</Ustrd>"),
        ("<Ustrd>4111 1111 1111 1111</Ustrd>", "<Ustrd>4111 11** **** 1111</Ustrd>"),
        ("<x:Nm a='1'>5500-0000-0000-0004</x:Nm>", "<x:Nm a='1'>5500-00**-****-0004</x:Nm>"),
        ("<Ustrd>378282246310005</Ustrd>", "<Ustrd>378282*****0005</Ustrd>"),
        ("<Ustrd>12 4111111111111111 35</Ustrd>", "<Ustrd>12 411111******1111 35</Ustrd>"),
        ("<Ustrd>4111111111111111 4111111111111111</Ustrd>", "<Ustrd>411111******1111 411111******1111</Ustrd>"),
        ("<AdrLine><![CDATA[4111111111111111]]></AdrLine>", "<AdrLine><![CDATA[411111******1111]]></AdrLine>"),
        ("<Id/><!-- 4111111111111111 -->", "<Id/><!-- 411111******1111 -->"),
        ("4111111111111111", "411111******1111"),
        ("<Ustrd>6304000000000000</Ustrd>", "<Ustrd>630400******0000</Ustrd>"),
        ("<Ustrd>4111111111111112</Ustrd>", ""),     // the check digit
        ("<Ustrd>9111111111111111</Ustrd>", ""),     // no issuer
        ("<Ustrd>41111111111111110000</Ustrd>", ""), // 20 digits
        ("<Ustrd>4111  1111 1111 1111</Ustrd>", ""), // two spaces
        ("<Ustrd>4222222222</Ustrd>", ""),
        ("<EndToEndId>4111111111111111</EndToEndId>", ""),
        ("<Id>4111111111111111</Id><Ustrd>none</Ustrd>", ""),
        ("<Id><![CDATA[4111111111111111]]></Id>", ""),
        (
            "<AddtlRmtInf><![CDATA[a<b 4111111111111111]]></AddtlRmtInf>",
            "<AddtlRmtInf><![CDATA[a<b 411111******1111]]></AddtlRmtInf>",
        ),
        ("<Desc>4111111111111111</Desc>", "<Desc>411111******1111</Desc>"),
        ("<PstlAdr><Dept>4111111111111111</Dept></PstlAdr>", "<PstlAdr><Dept>411111******1111</Dept></PstlAdr>"),
        ("<x:TwnNm>4111111111111111</x:TwnNm>", "<x:TwnNm>411111******1111</x:TwnNm>"),
        ("<Nm>&#52;111111111111111</Nm>", "<Nm>&#52;11111******1111</Nm>"),
        ("<Nm>4111111&#049;1111&#x31;111</Nm>", "<Nm>411111*&#042;****&#x31;111</Nm>"),
        ("<Nm>4111111111&#x31;11111</Nm>", "<Nm>411111****&#x2A;*1111</Nm>"),
        ("<Nm>4111&#32;1111&#45;1111 1111</Nm>", "<Nm>4111&#32;11**&#45;**** 1111</Nm>"),
        ("<Nm>41111111<!-- 1 -->11111111</Nm>", "<Nm>411111**<!-- 1 -->****1111</Nm>"),
        ("<Nm>41111111<?a 1?>11111111</Nm>", "<Nm>411111**<?a 1?>****1111</Nm>"),
        ("<Nm>41111111<![CDATA[1111]]>1111</Nm>", "<Nm>411111**<![CDATA[****]]>1111</Nm>"),
        ("<Nm>a &amp; b &unknown; 4111111111111111</Nm>", "<Nm>a &amp; b &unknown; 411111******1111</Nm>"),
        ("<Id>&#52;111111111111111</Id>", ""),
        ("<Id>41111111<!-- 1 -->11111111</Id>", ""),
        ("<Id><!-- a<b --><![CDATA[4111]]>111111111111</Id>", ""),
        ("<Nm><![CDATA[&#52;]]>111111111111111</Nm>", ""), // no reference
        (
            "<Payload><![CDATA[<Nm>4111111111111111</Nm>]]></Payload>",
            "<Payload><![CDATA[<Nm>411111******1111</Nm>]]></Payload>",
        ),
        ("<Payload>&lt;Nm&gt;4111111111111111</Payload>", "<Payload>&lt;Nm&gt;411111******1111</Payload>"),
        // not well-formed
        ("<Nm>5 < 6 4111111111111111</Nm>", "<Nm>5 < 6 411111******1111</Nm>"),
        ("<Nm>5 <b> 4111111111111111</Nm>", "<Nm>5 <b> 411111******1111</Nm>"),
        ("<Nm>a</b> 4111111111111111", "<Nm>a</b> 411111******1111"),
        ("<Id><!-- 4111111111111111", "<Id><!-- 411111******1111"),
        ("<Id><![CDATA[</Id><Nm>4111111111111111", "<Id><![CDATA[</Id><Nm>411111******1111"),
        ("<Nm 4111111111111111", "<Nm 411111******1111"),
        ("<Nm>&#;&#x;&#52 4111111111111111 &", "<Nm>&#;&#x;&#52 411111******1111 &"),
        // a card's own data
        ("<PAN>4111111111111112</PAN>", "<PAN>4111110000001112</PAN>"),
        ("<x:PAN a='1'>12345678</x:PAN>", "<x:PAN a='1'>00005678</x:PAN>"),
        ("<PAN>9111&#49;11111111111<![CDATA[11111]]></PAN>", "<PAN>9111&#49;10000000000<![CDATA[01111]]></PAN>"),
        ("<PAN>911111111&#49;1<![CDATA[11]]>111</PAN>", "<PAN>911111000&#48;0<![CDATA[01]]>111</PAN>"),
        ("<CSCVal>123</CSCVal><CSCVal>4567</CSCVal>", "<CSCVal>000</CSCVal><CSCVal>0000</CSCVal>"),
        ("<!-- <CSCVal>1<!-- 2 -->3</CSCVal>", "<!-- <CSCVal>0<!-- 0 -->0</CSCVal>"),
        ("<TrckVal>%B9&amp;&#66;^A B?;9=1</TrckVal>", "<TrckVal>***&amp;&#42;** ******</TrckVal>"),
        ("<CardSctyCd><CSCVal>123", "<CardSctyCd><CSCVal>000"),
        ("<PANs>123</PANs><NOPAN>123</NOPAN>PAN>123", ""),
        ("", ""),
    ] {
        let expected = if expected.is_empty() { text } else { expected };
        assert_eq!(String::from_utf8_lossy(&mask_message(text.as_bytes())), expected);
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let wide_expected: Vec<u8> = expected.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(mask_message(&wide), wide_expected, "UTF-16: {text}");
        for shift in 0..40 {
            let shifted = format!("{}{text}", "x".repeat(shift));
            let masked = mask_message(shifted.as_bytes()).into_owned();
            assert_eq!(String::from_utf8(masked).unwrap(), format!("{}{expected}", "x".repeat(shift)), "{shift}");
        }
    }
}

#[test]
fn masks_card_numbers_in_members() {
    for (text, expected) in [
        (r#"{"id":"4111111111111111","name":"A"}"#, ""),
        (r#"{"id":"A","name":"4111111111111111"}"#, r#"{"id":"A","name":"411111******1111"}"#),
        (r#"{"unstructured":["a\"b","4111111111111111"]}"#, r#"{"unstructured":["a\"b","411111******1111"]}"#),
        (r#"{"name":"x","reference":"4111111111111111"}"#, ""),
        (
            r#"{"name":"\\","unstructured":["4111 1111 1111 1111"]}"#,
            r#"{"name":"\\","unstructured":["4111 11** **** 1111"]}"#,
        ),
        (r#"{"amount":4111111111111111}"#, ""),
        (r#"{"department":"4111111111111111"}"#, r#"{"department":"411111******1111"}"#),
        (r#"{"town_name":"4111111111111111"}"#, r#"{"town_name":"411111******1111"}"#),
    ] {
        let expected = if expected.is_empty() { text } else { expected };
        assert_eq!(mask_json(text), expected);
    }
}

/// Elements of text that are identifications, references, numbers, codes, keys or types: they stay as they are.
const REFERENCES: &str = "\
    AcctNb AcctOwnrTxId AcctSvcrRef AcctSvcrTxId AlnRegnNb AltrntvIdr ApprvlNb AssgneInstrId AssgnrInstrId \
    BizMsgIdr BizSvc BkPtyId CTTxt Cd CdtId CdtrRef CdtrTaxId CdtrTaxTp CertId ChanlTp ChqNb ClrSysRef CmonId \
    CmonTxId CorpActnEvtId CstmrNb Ctgy CtrPtyMktInfrstrctrTxId CtrctId CxlId CxlStsId DbtrTaxId DocTp DrvrsLicNb \
    EQSeq ElctrncSgntr EndToEndId EvtId EvtTp FileOrgtr FileRef FrSeq FrmsCd FrstTx GrpCxlId GrpId ICCRltdData Id \
    IdTp IdntyCardNb InstrId IntraBalMvmntId IntraPosMvmntId InvstgtnId Key LastTx ManfctrId Mdl \
    MktInfrstrctrTxId MmbId MndtId MndtRef MndtReqId ModStsId MplyrIdNb MsgAuthntcnCd MsgDefIdr MsgId MsgNm \
    MsgNmId Mtd NCTTxt NEQSeq Nb NewQryNm NtfctnId NtryRef NtwkFileNm NtwkRef OffclCorpActnEvtId OrgnlClrSysRef \
    OrgnlEndToEndId OrgnlGrpCxlId OrgnlInstrId OrgnlItmId OrgnlMndtId OrgnlMsgDlvryChanl OrgnlMsgId OrgnlMsgNmId \
    OrgnlNtfctnId OrgnlNtryId OrgnlNtryRef OrgnlPmtInfCxlId OrgnlPmtInfId OrgnlStmtId OrgnlTxId OrgtrRef OthrTxId \
    PdctCd PmtCxlId PmtInfId PoolId PrcgId PreNtfctnId Prtry Prvdr PsptNb Pth PyldIdr PyldTp QryNm Qty Ref RefNb \
    RegnId Regy ReqRef ReqdMsgNmId RfrdDocNb RmtId RptgCd RqstrInvstgtnId RspndrInvstgtnId RtrId RvslId \
    RvslPmtInfId SaleRcncltnId SaleRefNb SchmeNm SclSctyNb SctiesSttlmTxId SeqNb Sfx ShrtNm SndrNtfctnId SrlNb \
    SspnsnReqId StsId StsReqId SttlmCycl SysUsr TaxId TaxIdNb TaxRefNb TaxTp ToSeq Tp TradId TxId TxRef \
    VldtnSeqNb Vrsn VrsnNb";

/// Members of transfers that are the like, or dates.
const KEPT_MEMBERS: &str = "\
    acceptance_date_time account_owner_transaction_identification account_servicer_reference \
    account_servicer_transaction_identification actual_date address_type_code address_type_proprietary \
    authority_country batch_booking bearer birth_date booking_date branch_identification category_purpose_code \
    category_purpose_proprietary charge_bearer cheque_number clearing_channel clearing_system_code \
    clearing_system_identification_code clearing_system_identification_proprietary clearing_system_proprietary \
    clearing_system_reference cls_time code contract_identification copy_duplicate_indicator country \
    country_of_birth country_of_residence creation_date_time credit_date_time credit_debit_indicator date \
    debit_credit_reporting_indicator debit_date_time domain end_to_end_identification entry_reference \
    expiry_date_time family from_date_time from_time identification instruction_identification \
    instruction_priority interbank_settlement_date local_instrument_code local_instrument_proprietary \
    mandate_identification market_infrastructure_transaction_identification member_identification \
    message_identification number number_of_days page_number payment_information_identification \
    pooling_adjustment_date processing_identification proprietary purpose_code purpose_proprietary quotation_date \
    quotation_date_time quote_identification reason_code reason_proprietary reference reject_time related_date \
    remittance_identification remittance_location_method reporting_source_code reporting_source_proprietary \
    return_identification scheme_name_code scheme_name_proprietary sequence_type service_level_code \
    service_level_proprietary settlement_method settlement_priority statement_identification status_code \
    status_proprietary sub_family sub_type_code sub_type_proprietary text till_time to_date_time \
    transaction_date_time transaction_identification type type_code type_proprietary value_date";

#[test]
fn every_text_of_a_schema_is_free_or_a_reference() {
    let named = |line: &str| {
        let (_, rest) = line.split_once("<xs:element name=\"")?;
        let (name, rest) = rest.split_once('"')?;
        let (_, rest) = rest.split_once("type=\"Max")?;
        let (r#type, _) = rest.split_once('"')?;
        let length = r#type.strip_suffix("Text")?;
        length.parse::<u32>().is_ok().then(|| name.to_owned())
    };
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
    let schemas = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let texts: BTreeSet<String> = schemas
        .filter(|path| path.extension().is_some_and(|extension| extension == "xsd"))
        .flat_map(|path| std::fs::read_to_string(path).unwrap().lines().filter_map(named).collect::<Vec<_>>())
        .collect();
    let secrets = SECRETS.iter().map(|secret| secret.element);
    let known: BTreeSet<&str> = REFERENCES.split(' ').chain(secrets).collect();
    let unknown: Vec<_> =
        texts.iter().filter(|name| known.contains(&name[..]) == ELEMENTS.contains(&&name[..])).collect();
    assert!(texts.len() > 200 && unknown.is_empty(), "on no list, or on both: {unknown:?}");
}

#[test]
fn every_text_of_a_transfer_is_free_or_a_reference() {
    let sources = [
        include_str!("../../transfer/model.rs"),
        include_str!("../../transfer/party.rs"),
        include_str!("../../transfer/remittance.rs"),
        include_str!("../../transfer/statement.rs"),
    ];
    let named = |line: &'static str| {
        let (name, r#type) = line.trim().trim_start_matches("pub ").split_once(": ")?;
        let is_text = matches!(r#type, "Text," | "Option<Text>," | "Vec<Text>,");
        is_text.then(|| name.trim_start_matches("r#"))
    };
    let texts: BTreeSet<&str> = sources.iter().flat_map(|source| source.lines()).filter_map(named).collect();
    let kept: BTreeSet<&str> = KEPT_MEMBERS.split(' ').collect();
    let unknown: Vec<_> = texts.iter().filter(|name| kept.contains(**name) == MEMBERS.contains(name)).collect();
    assert!(texts.len() > 80 && unknown.is_empty(), "on no list, or on both: {unknown:?}");
}

/// How long the masking of a usual message takes: `cargo test --release --lib cards -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn takes_so_long() {
    let message = include_bytes!("../dictionary_1.xml");
    let started = std::time::Instant::now();
    for _ in 0..100_000 {
        std::hint::black_box(mask_message(std::hint::black_box(message)));
    }
    println!("{} bytes: {:?}", message.len(), started.elapsed() / 100_000);
}
