//! Rows in the binary form of COPY, built in one buffer. Must not know which table they are for.

use bytes::Bytes;
use chrono::{DateTime, Utc};

/// What a binary COPY begins with: a signature, no flags, no extension.
const BEGIN: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What it ends with, in the place of a number of columns.
const END: i16 = -1;

/// Microseconds from the epoch of Unix to that of PostgreSQL, the first moment of 2000.
const EPOCH: i64 = 946_684_800_000_000;

/// The rows of one COPY.
#[derive(Debug, Default)]
pub(super) struct Copy {
    buffer: Vec<u8>,
    /// How large the last one was: the next will be about the same.
    usual: usize,
}

impl Copy {
    /// Begins a row of that many columns, which are to follow in the order of the table.
    pub(super) fn row(&mut self, columns: i16) -> &mut Self {
        if self.buffer.is_empty() {
            self.buffer.reserve(self.usual);
            self.buffer.extend_from_slice(BEGIN);
        }
        self.put(&columns.to_be_bytes())
    }

    /// A column of variable length. No caller has one of 2 GiB: see [`super::MOST_BYTES`].
    pub(super) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.put(&(value.len() as i32).to_be_bytes()).put(value)
    }

    pub(super) fn text(&mut self, value: &str) -> &mut Self {
        self.bytes(value.as_bytes())
    }

    pub(super) fn boolean(&mut self, value: bool) -> &mut Self {
        self.bytes(&[u8::from(value)])
    }

    pub(super) fn int2(&mut self, value: i16) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(super) fn int4(&mut self, value: i32) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(super) fn int8(&mut self, value: i64) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    pub(super) fn time(&mut self, value: DateTime<Utc>) -> &mut Self {
        self.int8(value.timestamp_micros() - EPOCH)
    }

    pub(super) fn null(&mut self) -> &mut Self {
        self.put(&(-1_i32).to_be_bytes())
    }

    /// A column that may be NULL.
    pub(super) fn maybe<T>(&mut self, value: Option<T>, put: impl FnOnce(&mut Self, T) -> &mut Self) -> &mut Self {
        match value {
            Some(value) => put(self, value),
            None => self.null(),
        }
    }

    fn put(&mut self, bytes: &[u8]) -> &mut Self {
        self.buffer.extend_from_slice(bytes);
        self
    }

    /// How much is there.
    pub(super) fn len(&self) -> usize {
        self.buffer.len()
    }

    /// All of it, ended; nothing when there are no rows.
    pub(super) fn take(&mut self) -> Option<Bytes> {
        if self.buffer.is_empty() {
            return None;
        }
        self.put(&END.to_be_bytes());
        self.usual = self.buffer.len();
        Some(Bytes::from(std::mem::take(&mut self.buffer)))
    }
}
