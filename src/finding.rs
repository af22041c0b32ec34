//! Findings: what is wrong with a message, where, and what was expected. A finding is the sender's fault and becomes an
//! answer; it is never an error of ours. Must not know reason codes of any reply.

use serde::Serialize;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Recorded and shown; does not reject.
    Warning,
    /// Holds the message until a person has decided.
    Hold,
    /// Rejects what it is about.
    Error,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// The message as a whole.
    Message,
    /// One transaction of it, counted from zero.
    Transaction(u32),
}

/// Where in the input a finding stands. Lines and columns count from one; a column counts characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The XPath with an index where an element repeats, such as `/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[3]/Amt`.
    pub path: String,
    /// The line, from 1.
    pub line: u64,
    /// The column in characters, from 1.
    pub column: u64,
    /// The byte offset in the input as decoded to UTF-8, from 0.
    pub offset: usize,
    /// How many bytes there are wrong: the token or value; 0 where only the place is known.
    pub length: usize,
}

/// One fault of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: Rule,
    /// Whether it rejects.
    pub severity: Severity,
    /// What it is about.
    pub scope: Scope,
    /// Where it stands; `None` when the message as a whole lacks something that has no place.
    pub place: Option<Place>,
    /// What stands there, masked where it is personal data.
    pub found: Option<String>,
    /// What was expected instead.
    pub expected: Option<String>,
    /// One sentence for a person.
    pub text: String,
    /// What to do, where that is certain; without personal data.
    pub suggestion: Option<String>,
}

/// What a finding shows of a value that is customer data: its length alone.
pub fn masked(value: &str) -> String {
    format!("{} characters (masked)", value.chars().count())
}

macro_rules! rules {
    ($($(#[doc = $doc:expr])+ $name:ident = $id:literal,)+) => {
        /// Every rule that payflow checks.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Rule { $($(#[doc = $doc])+ $name,)+ }

        impl Rule {
            /// All rules, in the order of the list.
            pub const ALL: &'static [Rule] = &[$(Rule::$name,)+];

            /// The stable name of the rule, such as `iso.IBAN`.
            pub const fn id(self) -> &'static str {
                match self { $(Rule::$name => $id,)+ }
            }
        }
    };
}

rules! {
    /// The input holds no document: it is empty, or no element is a message.
    XmlNoDocument = "xml.NoDocument",
    /// The encoding is not one of those accepted, or the bytes do not follow it.
    XmlEncoding = "xml.Encoding",
    /// The input is not well-formed XML.
    XmlNotWellFormed = "xml.NotWellFormed",
    /// A DOCTYPE or an entity other than the five predefined ones: refused.
    XmlDoctype = "xml.Doctype",
    /// A limit on size, depth, attributes or length is exceeded.
    XmlLimit = "xml.Limit",
    /// The namespace of the Document is not one that is supported, or its version is not.
    Unsupported = "message.Unsupported",
    /// The input holds a message kind that the source does not take.
    UnexpectedMessage = "message.Unexpected",
    /// The business application header is required and missing.
    HeaderMissing = "header.Missing",
    /// Header and document disagree on the message definition.
    HeaderMismatch = "header.Mismatch",
    /// Header or instructing agent are not the partner's.
    WrongPartner = "partner.Wrong",
    /// An element that may not stand here.
    XsdUnexpectedElement = "xsd.UnexpectedElement",
    /// A required element is missing.
    XsdMissingElement = "xsd.MissingElement",
    /// An element occurs more often than allowed.
    XsdTooMany = "xsd.TooMany",
    /// Text where only elements may stand.
    XsdText = "xsd.Text",
    /// An attribute that is not declared, or a required one that is missing.
    XsdAttribute = "xsd.Attribute",
    /// A value does not have the lexical form of its type.
    XsdType = "xsd.Type",
    /// A value is too short or too long.
    XsdLength = "xsd.Length",
    /// A value does not match its pattern.
    XsdPattern = "xsd.Pattern",
    /// A value is not one of the enumerated ones.
    XsdEnumeration = "xsd.Enumeration",
    /// A number has too many digits.
    XsdDigits = "xsd.Digits",
    /// A number or date is out of its bounds.
    XsdRange = "xsd.Range",
    /// `xsi:nil`, or an `xsi:type` other than the declared type.
    XsdInstance = "xsd.Instance",
    /// Content of a wildcard that its declaration does not allow.
    XsdWildcard = "xsd.Wildcard",
    /// GrpHdr/NbOfTxs is not the number of transactions.
    NumberOfTransactions = "iso.NumberOfTransactionsAndCreditTransfersRule",
    /// GrpHdr/CtrlSum is not the sum of the amounts.
    ControlSum = "payflow.ControlSum",
    /// The total's currency is not that of every amount.
    TotalAmountCurrency = "iso.TotalInterbankSettlementAmountRule",
    /// The total is not the sum of the amounts.
    TotalAmountSum = "iso.TotalInterbankSettlementAmountAndSumRule",
    /// Country, check digits or length of an IBAN are wrong.
    Iban = "iso.IBAN",
    /// A BIC of a party is not one.
    AnyBic = "iso.AnyBIC",
    /// A BIC of a financial institution is not one.
    Bicfi = "iso.BICFI",
    /// Not a country of ISO 3166.
    Country = "iso.Country",
    /// A settlement currency that is not active.
    ActiveCurrency = "iso.ActiveCurrency",
    /// A currency that never was registered.
    ActiveOrHistoricCurrency = "iso.ActiveOrHistoricCurrency",
    /// An amount has more decimals than its currency.
    CurrencyAmount = "iso.CurrencyAmount",
    /// A transaction is above the amount that was agreed with the partner.
    AmountLimit = "payflow.AmountLimit",
    /// A transaction is above the amount from which on a person decides.
    HoldLimit = "payflow.HoldLimit",
    /// The message holds more transactions than were agreed with the partner.
    TransactionLimit = "payflow.TransactionLimit",
    /// The message id was used before, with another document.
    DuplicateMessage = "payflow.DuplicateMessage",
    /// Several details of an entry carry no amount: they are booked as one transfer.
    DetailsWithoutAmount = "payflow.DetailsWithoutAmount",
}
