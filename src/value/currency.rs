//! Currencies: the codes of ISO 4217 with their minor units, active and withdrawn. Must not hold names or rates.

use super::Short;

/// Active currencies without decimals.
const ZERO: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";

/// Active currencies with two decimals.
const TWO: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF \
     CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL \
     HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU \
     MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR \
     SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED \
     VES WST XAD XCD XCG YER ZAR ZMW ZWG";

/// Active currencies with three decimals.
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";

/// Active units of account with four decimals.
const FOUR: &str = "CLF UYW";

/// Active codes without a minor unit: metals, funds, test codes.
const NONE: &str = "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX";

/// Codes that were withdrawn, or never were current; statements may still hold them.
const HISTORIC: &str = "ADP AFA ALK ANG AOK AON AOR ARA ARL ARM ARP ATS AZM BAD BAN BEC BEF BEL BGL BGM BGN BGO BOL BOP BRB BRC \
     BRE BRN BRR BRZ BUK BYB BYR CLE CNH CNX CSD CSK CUC CYP DDM DEM ECS ECV EEK ESA ESB ESP FIM FRF GEK GHC \
     GNS GQE GRD GWE GWP HRD HRK IEP ILP ILR ISJ ITL KRH KRO LTL LTT LUC LUF LUL LVL LVR MAF MCF MDC MGF MKN \
     MLF MRO MTL MTP MVP MXP MZE MZM NIC NLG PEI PES PLZ PTE RHD ROL RUR SDD SDP SIT SKK SLL SRG STD SUR TJR \
     TMM TPE TRL UAK UGS USS UYP VEB VEF VNN XEU XFO XFU XRE YDD YUD YUM YUN YUR ZAL ZMK ZRN ZRZ ZWD ZWL ZWR";

/// What is known of a code, one byte each: the letters of the code are the index.
static TABLE: [Entry; 26 * 26 * 26] = table();

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Entry {
    Unknown,
    Historic,
    NoMinorUnit,
    MinorUnits0,
    MinorUnits2,
    MinorUnits3,
    MinorUnits4,
}

const fn table() -> [Entry; 26 * 26 * 26] {
    let lists = [
        (HISTORIC, Entry::Historic),
        (NONE, Entry::NoMinorUnit),
        (ZERO, Entry::MinorUnits0),
        (TWO, Entry::MinorUnits2),
        (THREE, Entry::MinorUnits3),
        (FOUR, Entry::MinorUnits4),
    ];
    let mut table = [Entry::Unknown; 26 * 26 * 26];
    let mut list = 0;
    while list < lists.len() {
        let (codes, entry) = (lists[list].0.as_bytes(), lists[list].1);
        let mut at = 0;
        while at < codes.len() {
            table[index(codes[at], codes[at + 1], codes[at + 2])] = entry;
            at += 4;
        }
        list += 1;
    }
    table
}

const fn index(first: u8, second: u8, third: u8) -> usize {
    ((first - b'A') as usize * 26 + (second - b'A') as usize) * 26 + (third - b'A') as usize
}

/// A currency that is or was registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Currency(Short<3>);

/// Not the code of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a currency of ISO 4217, active or withdrawn")]
pub struct CurrencyError;

impl Currency {
    /// Checks a code.
    pub fn new(text: &str) -> Result<Self, CurrencyError> {
        Self::of(text.as_bytes())
    }

    /// Checks a code.
    pub fn of(text: &[u8]) -> Result<Self, CurrencyError> {
        let known = entry(text) != Entry::Unknown;
        let code = <[u8; 3]>::try_from(text).ok().filter(|_| known);
        code.map(|bytes| Self(Short { bytes, len: 3 })).ok_or(CurrencyError)
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is in use, and not withdrawn.
    pub fn is_active(&self) -> bool {
        entry(self.0.as_bytes()) != Entry::Historic
    }

    /// How many decimals its amounts may have; `None` where none is defined (metals, funds) or known (withdrawn ones).
    pub fn minor_units(&self) -> Option<u32> {
        match entry(self.0.as_bytes()) {
            Entry::Unknown | Entry::Historic | Entry::NoMinorUnit => None,
            Entry::MinorUnits0 => Some(0),
            Entry::MinorUnits2 => Some(2),
            Entry::MinorUnits3 => Some(3),
            Entry::MinorUnits4 => Some(4),
        }
    }
}

fn entry(text: &[u8]) -> Entry {
    match text {
        &[first @ b'A'..=b'Z', second @ b'A'..=b'Z', third @ b'A'..=b'Z'] => TABLE[index(first, second, third)],
        _ => Entry::Unknown,
    }
}

super::serialize_as_text!(Currency);

impl TryFrom<String> for Currency {
    type Error = CurrencyError;

    fn try_from(text: String) -> Result<Self, CurrencyError> {
        Self::new(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_currencies() {
        for (code, expected) in [
            ("EUR", Some((true, Some(2)))),
            ("USD", Some((true, Some(2)))),
            ("JPY", Some((true, Some(0)))),
            ("ISK", Some((true, Some(0)))),
            ("BHD", Some((true, Some(3)))),
            ("CLF", Some((true, Some(4)))),
            ("XAU", Some((true, None))),
            ("DEM", Some((false, None))),
            ("HRK", Some((false, None))),
            ("EUX", None),
            ("eur", None),
            ("EU", None),
            ("EURO", None),
            ("", None),
            ("E€", None),
        ] {
            let found = Currency::new(code).ok().map(|currency| (currency.is_active(), currency.minor_units()));
            assert_eq!(found, expected, "{code:?}");
        }
    }

    #[test]
    fn lists_are_whole() {
        let lists = [ZERO, TWO, THREE, FOUR, NONE, HISTORIC];
        let mut codes: Vec<&str> = lists.iter().flat_map(|list| list.split(' ')).collect();
        assert!(codes.iter().all(|code| code.len() == 3 && Currency::new(code).is_ok()));
        codes.sort_unstable();
        let count = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), count, "a code stands in two lists");
    }
}
