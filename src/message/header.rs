//! The fields that payflow reads from a business application header (head.001), in all versions. Must not check anything.

use crate::schema::binding::Binding;

use super::Field;
use super::shared::{AGENT, PARTY, group, value};

/// The fields of a header, from below the AppHdr element.
pub const BINDINGS: &[Binding] = &[
    group(Field::FromOrganisation, &["Fr/OrgId"], PARTY),
    group(Field::FromInstitution, &["Fr/FIId"], AGENT),
    group(Field::ToOrganisation, &["To/OrgId"], PARTY),
    group(Field::ToInstitution, &["To/FIId"], AGENT),
    value(Field::BusinessMessageIdentifier, &["BizMsgIdr"]),
    value(Field::MessageDefinitionIdentifier, &["MsgDefIdr"]),
    value(Field::BusinessService, &["BizSvc"]),
    value(Field::MarketPracticeRegistry, &["MktPrctc/Regy"]),
    value(Field::MarketPracticeIdentification, &["MktPrctc/Id"]),
    value(Field::CreationDate, &["CreDt"]),
    value(Field::CopyDuplicate, &["CpyDplct"]),
    value(Field::PossibleDuplicate, &["PssblDplct"]),
    value(Field::Priority, &["Prty"]),
];
