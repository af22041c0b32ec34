//! Where messages, transfers, verdicts and the outbox are kept: one trait, SQLite behind it.
