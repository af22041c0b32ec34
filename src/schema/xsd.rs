//! The reader of XML Schema files.
