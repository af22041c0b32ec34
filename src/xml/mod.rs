//! Bytes to tokens: encodings, positions, scanning, namespaces, envelopes. Pure. Must not know any schema or message.
