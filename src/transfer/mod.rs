//! Transfers, statements and entries, and the values they are made of. Pure; no ISO vocabulary beyond the mapping. Takes
//! nothing but a proven message.
