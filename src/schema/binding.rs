//! Bindings: which elements and attributes of a document are handed out, and under which slot. A family of messages
//! declares one table for all its versions; each path is resolved once per version. Must not know any message.

/// One field or group that is read from a document.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// The slot it is handed out under, unique within its enclosing group. Slot 0 is reserved: not bound.
    pub slot: u16,
    /// Its name in the ISO 20022 dictionary, such as `InterbankSettlementAmount`.
    pub name: &'static str,
    /// Paths relative to the enclosing group, one per place where the element stood over the versions, such as
    /// `["FinInstnId/BICFI", "FinInstnId/BIC"]`. An attribute is a last step such as `@Ccy`.
    pub paths: &'static [&'static str],
    /// What stands there.
    pub kind: Kind,
}

/// What a binding hands out.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A value. `personal` says that it is customer data: masked in findings, never logged.
    Field {
        /// Whether it is customer data.
        personal: bool,
    },
    /// An element with content, whose bindings are relative to it.
    Group(&'static [Binding]),
}
