//! How card numbers look, and where they may stand.

use std::ops::Range;

/// How many digits a card number has.
pub(super) const DIGITS: Range<usize> = 13..20;

/// How many of its first and last digits may be shown.
pub(super) const SHOWN: (usize, usize) = (6, 4);

/// How numbers begin, by first and last prefix, and how many digits they then have.
pub(super) const ISSUERS: &[(u32, u32, Range<usize>)] = &[
    (2200, 2204, 16..20), // Mir
    (2221, 2720, 16..17), // Mastercard
    (300, 305, 14..20),   // Diners
    (3528, 3589, 16..20), // JCB
    (34, 34, 15..16),     // American Express
    (36, 36, 14..20),     // Diners
    (37, 37, 15..16),     // American Express
    (38, 39, 14..20),     // Diners
    (4, 4, 13..20),       // Visa
    (50, 50, 13..20),     // Maestro
    (51, 55, 16..17),     // Mastercard
    (56, 58, 13..20),     // Maestro
    (6011, 6011, 16..20), // Discover
    (62, 62, 16..20),     // UnionPay
    (6304, 6304, 13..20), // Maestro
    (644, 649, 16..20),   // Discover
    (65, 65, 16..20),     // Discover
    (67, 67, 13..20),     // Maestro
];

/// Elements of messages that are free text and have no others in any schema, by their local names.
pub(super) const ELEMENTS: &[&str] = &[
    "AddtlCardData",
    "AddtlCxlRsnInf",
    "AddtlData",
    "AddtlIncrrctInf",
    "AddtlInf",
    "AddtlMssngInf",
    "AddtlNtfctnInf",
    "AddtlNtryInf",
    "AddtlPdctInf",
    "AddtlReqInf",
    "AddtlRjctRsnInf",
    "AddtlRmtInf",
    "AddtlRptInf",
    "AddtlRtrRsnInf",
    "AddtlRvslRsnInf",
    "AddtlStmtInf",
    "AddtlStsInf",
    "AddtlStsRsnInf",
    "AddtlTxInf",
    "AdmstnZn",
    "AdmstnZone",
    "AdrLine",
    "AuthrtyNm",
    "BldgNb",
    "BldgNm",
    "CareOf",
    "CityOfBirth",
    "CtgyDesc",
    "CtgyDtls",
    "CtrySubDvsn",
    "DbtrSts",
    "DelyPnlty",
    "Dept",
    "Desc",
    "DstrctNm",
    "ElctrncAdr",
    "EmailAdr",
    "EmailPurp",
    "ErrLctn",
    "EvtDesc",
    "EvtParam",
    "FileLctnElctrncAdr",
    "FileNm",
    "Flr",
    "Inf",
    "InstrCpy",
    "InstrInf",
    "Issr",
    "JobTitl",
    "MemoFld",
    "Nm",
    "NtfctnNrrtv",
    "PlcAndNm",
    "PrtLctn",
    "PrvcOfBirth",
    "PstBx",
    "PstCd",
    "PtyNm",
    "ReqNrrtv",
    "RgnlClrZone",
    "RjctgPtyRsn",
    "RmtLctnElctrncAdr",
    "Room",
    "RsnDesc",
    "RspnNrrtv",
    "Rspnsblty",
    "StrtNm",
    "SubDept",
    "SysNm",
    "Titl",
    "TwnLctnNm",
    "TwnNm",
    "TxtlRate",
    "URLAdr",
    "UnitNb",
    "Ustrd",
];

/// Elements that are free text in some schemas and have elements in others: what stands in them directly is free.
pub(super) const CONTAINERS: &[&str] =
    &["Adr", "Authstn", "InstrForCdtrAgt", "InstrForDbtrAgt", "Othr", "Rsn", "Sgntr", "Val"];

/// Members of transfers and statements, as JSON, that are free text.
pub(super) const MEMBERS: &[&str] = &[
    "additional_entry_information",
    "additional_information",
    "additional_remittance_information",
    "additional_statement_information",
    "additional_transaction_information",
    "address_line",
    "authority_name",
    "branch_name",
    "building_name",
    "building_number",
    "care_of",
    "city_of_birth",
    "country_sub_division",
    "department",
    "district_name",
    "floor",
    "information",
    "instruction_information",
    "issuer",
    "name",
    "post_box",
    "post_code",
    "province_of_birth",
    "reason",
    "remittance_location_electronic_address",
    "room",
    "street_name",
    "sub_department",
    "town_location_name",
    "town_name",
    "unit_number",
    "unstructured",
];

/// Elements of a card's data that are never kept as they came, whatever stands in them: the number's first and last digits
/// are left, a security code, a track and the data of its chip are blanked. What must be digits stays digits, so that the message stays valid.
pub(super) const SECRETS: &[Secret] = &[
    Secret { element: "PAN", shown: SHOWN, digit: b'0' },
    Secret { element: "CSCVal", shown: (0, 0), digit: b'0' },
    Secret { element: "TrckVal", shown: (0, 0), digit: b'*' },
    // What the chip told, with the track's equivalent in it.
    Secret { element: "ICCRltdData", shown: (0, 0), digit: b'*' },
];

/// An element whose text is blanked, but for some of its first and last characters.
pub(super) struct Secret {
    pub(super) element: &'static str,
    pub(super) shown: (usize, usize),
    /// What a digit becomes.
    pub(super) digit: u8,
}
