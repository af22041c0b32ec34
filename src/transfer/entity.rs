//! How records of transfers are written as JSON: names of the dictionary in snake case, absent fields left out.

use std::marker::PhantomData;

use serde::{Serialize, Serializer};

pub use crate::schema::record::Text;
use crate::value::{Amount, Currency};

/// What may be absent.
pub(super) trait Absent {
    /// Whether there is nothing to write.
    fn is_absent(&self) -> bool {
        false
    }
}

impl<T> Absent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> Absent for Vec<T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Absent for Text {}
impl Absent for Amount {}
impl Absent for Currency {}
impl<T> Absent for Given<T> {}

/// A record whose absent fields are left out of its JSON.
macro_rules! entity {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[serde(skip_serializing_if = "crate::transfer::entity::Absent::is_absent")]
                pub $field: $type,
            )*
        }
    };
}
pub(super) use entity;

/// A value with a checker, as it stands in the message. Where its checker does not take it, the message has a finding about it,
/// which the partner's profile lets pass with a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<T> {
    text: Text,
    kind: PhantomData<T>,
}

impl<T> Given<T> {
    /// A value as it stands.
    pub fn new(text: Text) -> Self {
        Self { text, kind: PhantomData }
    }

    /// The text, whatever its checker says.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<T> Serialize for Given<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}
