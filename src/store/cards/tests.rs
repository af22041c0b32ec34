//! What is masked and what stays: a row each, and what the schemas say of their texts.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

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
        // of all lengths, and where the last characters of a text are one
        ("<Nm>4222222222222</Nm>", "<Nm>422222***2222</Nm>"),
        ("<Nm>abcdefghijklm4222222222222</Nm>", "<Nm>abcdefghijklm422222***2222</Nm>"),
        ("<Nm>50100012345671</Nm>", "<Nm>501000****5671</Nm>"),
        ("<Nm>4000000000000000006</Nm>", "<Nm>400000*********0006</Nm>"),
        ("4222222222222", "422222***2222"),
        ("<Nm>1 4222222222222 4222222222222</Nm>", "<Nm>1 422222***2222 422222***2222</Nm>"),
        ("<EndToEndId>4111111111111111</EndToEndId>", ""),
        ("<Id>4111111111111111</Id><Ustrd>none</Ustrd>", ""),
        ("<Id><![CDATA[4111111111111111]]></Id>", ""),
        // a name that is free text here and has elements there
        ("<Othr>4111111111111111</Othr>", "<Othr>411111******1111</Othr>"),
        ("<Othr><Id>4111111111111111</Id></Othr>", ""),
        ("<CdtrAcct><Id><Othr><Id>50100012345671</Id></Othr></Id></CdtrAcct>", ""),
        (
            "<Othr><Id>1</Id><Issr>4111111111111111</Issr></Othr>",
            "<Othr><Id>1</Id><Issr>411111******1111</Issr></Othr>",
        ),
        ("<Rsn><Prtry>4111111111111111</Prtry></Rsn>", ""),
        ("<Rsn><Cd/>4111111111111111</Rsn>", "<Rsn><Cd/>411111******1111</Rsn>"),
        ("<Sgntr><a:X509SerialNumber>4111111111111111</a:X509SerialNumber></Sgntr>", ""),
        ("<Ustrd><b>4111111111111111</b></Ustrd>", "<Ustrd><b>411111******1111</b></Ustrd>"),
        ("<Ustrd><Othr><Id>4111111111111111</Id></Othr></Ustrd>", ""),
        ("<Nm/><Id>4111111111111111</Id>", ""),
        ("<x:Nm a='1' /><Id>4111111111111111</Id>", ""),
        ("<Id xmlns:a='/>'>4111111111111111</Id>", ""),
        ("<Nm a='/>'>4111111111111111</Nm>", "<Nm a='/>'>411111******1111</Nm>"),
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
        ("<ICCRltdData>9F26 08a=</ICCRltdData>", "<ICCRltdData>**** ****</ICCRltdData>"),
        ("<CSCVal><x>1</x>2<y/>3</CSCVal><Nb>4</Nb>", "<CSCVal><x>0</x>0<y/>0</CSCVal><Nb>4</Nb>"),
        ("<PAN><x>9111111111</x>111112</PAN>", "<PAN><x>9111110000</x>001112</PAN>"),
        ("<CSCVal/><Nb>4</Nb>", ""),
        ("<CSCVal a='/>'>1</CSCVal><Nb>4</Nb>", "<CSCVal a='/>'>0</CSCVal><Nb>4</Nb>"),
        ("<c><CSCVal>1</c><Nb>4</Nb>", "<c><CSCVal>0</c><Nb>4</Nb>"),
        ("<c><CSCVal>1<Nb>4</Nb></c>", "<c><CSCVal>0<Nb>4</Nb></c>"),
        ("<c><CSCVal><x>1</CSCVal><Nb>4</Nb></c>", "<c><CSCVal><x>0</CSCVal><Nb>4</Nb></c>"),
        ("<CSCVal>1<CSCVal>2<Nb>4</Nb></c>", "<CSCVal>0<CSCVal>0<Nb>4</Nb></c>"),
        ("<CSCVal><x>12", "<CSCVal><x>00"),
        ("<c><!-- <CSCVal> 1 --><Id>4</Id></c>", "<c><!-- <CSCVal> 0 --><Id>4</Id></c>"),
        ("<c><![CDATA[<PAN> 123]]></c>", ""),
        ("<c><![CDATA[<CSCVal> 1]]><Id>4</Id></c>", "<c><![CDATA[<CSCVal> 0]]><Id>4</Id></c>"),
        ("<Id>4</Id><?a <CSCVal>1<b> ?>", "<Id>4</Id><?a <CSCVal>0<b> ?>"),
        ("<Id>4</Id><!-- <CSCVal> 1 -->", "<Id>4</Id><!-- <CSCVal> 0 -->"),
        ("<PANs>123</PANs><NOPAN>123</NOPAN>PAN>123", ""),
        ("", ""),
    ] {
        let expected = if expected.is_empty() { text } else { expected };
        assert_eq!(String::from_utf8_lossy(&mask_message(text.as_bytes())), expected);
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let wide_expected: Vec<u8> = expected.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(mask_message(&wide), wide_expected, "UTF-16: {text}");
        let sparse = |text: &str| text.bytes().flat_map(|byte| [0, 0, byte]).collect::<Vec<u8>>();
        assert_eq!(mask_message(&sparse(text)), sparse(expected), "with zeros: {text}");
        for shift in 0..40 {
            let shifted = format!("{}{text}", "x".repeat(shift));
            let masked = mask_message(shifted.as_bytes()).into_owned();
            assert_eq!(String::from_utf8(masked).unwrap(), format!("{}{expected}", "x".repeat(shift)), "{shift}");
        }
    }
}

#[test]
fn a_reference_to_a_digit_may_have_any_length() {
    let text = |digits: &str| format!("<Nm>411111&#{}{digits};111111111</Nm>", "0".repeat(70_000));
    assert_eq!(mask_message(text("49").as_bytes()), text("42").replace(";111111111", ";*****1111").as_bytes());
}

/// All samples with this number in place of the text of each element that is to have another.
fn samples_with(number: &str, is_replaced: impl Fn(&str) -> bool + Copy) -> Vec<String> {
    let folder = |kind: &str| format!("{}/samples/{kind}/ok", env!("CARGO_MANIFEST_DIR"));
    let files = ["camt053", "pacs008"].into_iter().flat_map(|kind| std::fs::read_dir(folder(kind)).unwrap());
    let texts = files.map(|file| readable(&std::fs::read(file.unwrap().path()).unwrap()));
    // A section of one sample has in it what is no tag.
    texts.map(|text| with_texts(&text.replace("<Grund>", "Grund"), number, is_replaced)).collect()
}

/// A sample in an encoding that a test can write.
fn readable(bytes: &[u8]) -> String {
    match bytes {
        [0xff, 0xfe, wide @ ..] => String::from_utf16(
            &wide.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect::<Vec<_>>(),
        )
        .unwrap(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// A message with another text in each element that has nothing but text, where its name is to have one.
fn with_texts(message: &str, other: &str, is_replaced: impl Fn(&str) -> bool + Copy) -> String {
    let pieces: Vec<&str> = message.split('<').collect();
    let replaced = pieces.windows(2).map(|pair| match pair[0].split_once('>') {
        Some((tag, _)) if pair[1].starts_with('/') && !tag.starts_with(['/', '!', '?']) && !tag.ends_with('/') => {
            let name = tag.split(' ').next().unwrap_or_default();
            let local = name.rsplit(':').next().unwrap_or_default();
            if is_replaced(local) { format!("{tag}>{other}") } else { pair[0].to_owned() }
        }
        _ => pair[0].to_owned(),
    });
    replaced.chain(pieces.last().map(|last| (*last).to_owned())).collect::<Vec<_>>().join("<")
}

#[test]
fn what_is_no_free_text_stays_in_all_samples() {
    let is_free = |name: &str| [ELEMENTS, CONTAINERS].concat().contains(&name);
    let is_account = |name: &str| name.ends_with("Id") || name == "IBAN";
    for number in ["4111111111111111", "4222222222222", "50100012345671"] {
        let samples = samples_with(number, |name| !is_free(name));
        assert!(samples.iter().all(|sample| sample.matches(number).count() > 10));
        let accounts = samples_with(number, is_account);
        assert!(accounts.iter().all(|sample| sample.contains(number)));
        for sample in samples.iter().chain(&accounts) {
            assert_eq!(String::from_utf8_lossy(&mask_message(sample.as_bytes())), *sample);
        }
        for sample in samples_with(number, is_free) {
            let masked = String::from_utf8(mask_message(sample.as_bytes()).into_owned()).unwrap();
            assert!(sample.contains(number) && !masked.contains(number), "{masked}");
        }
    }
}

/// What is more than linear takes minutes of these, and hours of the largest inputs.
#[test]
fn takes_no_time_for_what_is_made_to_take_much() {
    const SIZE: usize = 4_000_000;
    let parts = [
        "<",
        "&",
        "&#",
        "&#1",
        "&#49;",
        "1",
        "1 ",
        "4111111111111111 ",
        "x",
        "<!--",
        "<!-- -->",
        "<![CDATA[",
        "]]>",
        "<!",
        "<?",
        "<a",
        "<a \"",
        "<a b='>",
        "</a>",
        "<Nm>",
        "-->",
        "<TrckVal>",
        "<TrckVal><b><!--",
        "<CSCVal",
        "<CSCVal <",
        "<PAN><a>",
        "a:TrckVal",
        "<CSCVal/>",
        "<CSCVal>1</a>",
        "\0a",
    ];
    let many = |part: &str| part.repeat(SIZE / part.len());
    let texts = parts.iter().flat_map(|part| ["<Nm>&#49;", "<TrckVal>"].map(|start| start.to_owned() + &many(part)));
    let ended = ["<TrckVal><b><!--", "<TrckVal>", "<PAN", "&#"].map(|part| many(part) + ">--></b></a></a>");
    let closed = ["<TrckVal>", "</a>"].map(many).concat();
    for text in texts.chain(ended).chain([closed]) {
        let started = Instant::now();
        std::hint::black_box(mask_message(text.as_bytes()));
        assert!(started.elapsed() < Duration::from_secs(30), "{}: {:?}", &text[..40], started.elapsed());
    }
}

#[test]
fn takes_no_time_for_members_with_many_numbers() {
    let started = Instant::now();
    let numbers = vec!["\"4111111111111111\""; 200_000].join(",");
    let masked = mask_json(&format!("{{\"id\":[{numbers}],\"name\":[{numbers}]}}")).into_owned();
    assert_eq!(masked.matches("\"411111******1111\"").count(), 200_000);
    assert_eq!(masked.matches("\"4111111111111111\"").count(), 200_000);
    assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
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
        (
            r#"{"name":["4222222222222"],"id":["4222222222222"]}"#,
            r#"{"name":["422222***2222"],"id":["4222222222222"]}"#,
        ),
        (r#"{"name":"4222222222222"#, r#"{"name":"422222***2222"#),
        (r#"{"name":"4222222222222\"#, r#"{"name":"422222***2222\"#),
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
    EQSeq ElctrncSgntr EndToEndId EvtId EvtTp FileOrgtr FileRef FrSeq FrmsCd FrstTx GrpCxlId GrpId Id \
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

/// The lines of all schemas.
fn schema_lines() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "xsd"))
        .flat_map(|path| std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// The name and the type of the element that a line of a schema tells of.
fn element(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.split_once("<xs:element name=\"")?.1.split_once('"')?;
    Some((name, rest.split_once("type=\"").and_then(|(_, rest)| rest.split_once('"')).map_or("", |(name, _)| name)))
}

#[test]
fn every_text_of_a_schema_is_free_or_a_reference() {
    let is_text = |r#type: &str| {
        let length = r#type.strip_prefix("Max").and_then(|rest| rest.strip_suffix("Text"));
        length.is_some_and(|length| length.parse::<u32>().is_ok())
    };
    let lines = schema_lines();
    let elements = lines.iter().filter_map(|line| element(line));
    let texts: BTreeSet<&str> = elements.filter(|(_, r#type)| is_text(r#type)).map(|(name, _)| name).collect();
    let secrets = SECRETS.iter().map(|secret| secret.element);
    let known: BTreeSet<&str> = REFERENCES.split(' ').chain(secrets).collect();
    let free = [ELEMENTS, CONTAINERS].concat();
    let unknown: Vec<_> = texts.iter().filter(|name| known.contains(**name) == free.contains(name)).collect();
    assert!(texts.len() > 200 && unknown.is_empty(), "on no list, or on both: {unknown:?}");
}

#[test]
fn containers_are_what_has_elements_in_a_schema() {
    let lines = schema_lines();
    let types: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| Some(line.split_once("<xs:complexType name=\"")?.1.split_once('"')?.0))
        .collect();
    let holds = |r#type: &str| r#type.is_empty() || types.contains(r#type);
    let elements = lines.iter().filter_map(|line| element(line));
    let holding: BTreeSet<&str> = elements.filter(|(_, r#type)| holds(r#type)).map(|(name, _)| name).collect();
    let wrong: Vec<_> = [ELEMENTS, CONTAINERS]
        .concat()
        .into_iter()
        .filter(|name| {
            holding.contains(name) != CONTAINERS.contains(name) || CONTAINERS.contains(name) == ELEMENTS.contains(name)
        })
        .collect();
    assert!(types.len() > 1000 && wrong.is_empty(), "on the other list, or on both: {wrong:?}");
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
    let started = Instant::now();
    for _ in 0..100_000 {
        std::hint::black_box(mask_message(std::hint::black_box(message)));
    }
    println!("{} bytes: {:?}", message.len(), started.elapsed() / 100_000);
}
