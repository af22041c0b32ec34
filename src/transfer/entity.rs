//! How records of transfers are written as JSON: names of the dictionary in snake case, absent fields left out.

use serde::{Serialize, Serializer};

pub use crate::schema::record::Text;
use crate::value::{Amount, Bic, Currency, Iban, Lei, Uetr};

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

/// A value that its checker took, or the text that it did not take where the partner's profile lets it pass with a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given<T> {
    /// Checked.
    Checked(T),
    /// As written; the message has a finding about it.
    AsWritten(Text),
}

impl<T> Given<T> {
    /// The checked value.
    pub fn checked(&self) -> Option<&T> {
        match self {
            Given::Checked(value) => Some(value),
            Given::AsWritten(_) => None,
        }
    }
}

impl<T: Checked> Given<T> {
    /// Runs the checker on a text.
    pub fn new(text: &str) -> Self {
        T::check(text).map_or_else(|| Given::AsWritten(text.into()), Given::Checked)
    }

    /// The text, checked or not.
    pub fn as_str(&self) -> &str {
        match self {
            Given::Checked(value) => value.text(),
            Given::AsWritten(text) => text,
        }
    }
}

impl<T: Checked> Serialize for Given<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A value with a checker.
pub trait Checked: Sized {
    /// The value, when its checker takes the text.
    fn check(text: &str) -> Option<Self>;
    /// Its text.
    fn text(&self) -> &str;
}

macro_rules! checked {
    ($($name:ident),+) => {$(
        impl Checked for $name {
            fn check(text: &str) -> Option<Self> {
                $name::new(text).ok()
            }

            fn text(&self) -> &str {
                self.as_str()
            }
        }
    )+};
}
checked!(Bic, Currency, Iban, Lei, Uetr);
