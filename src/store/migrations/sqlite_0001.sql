-- The first form of the store. A document is named by where it came from, (lane, position, document), so that its name
-- needs no allocation and can't be written twice.

-- A partition of a broker's topic, the lane its answers leave by, and how far it was read.
CREATE TABLE source (
    lane      INTEGER PRIMARY KEY,
    cluster   TEXT    NOT NULL,
    topic     TEXT    NOT NULL,
    partition INTEGER NOT NULL,
    partner   TEXT    NOT NULL,
    epoch     INTEGER NOT NULL,
    next      INTEGER,                        -- the offset to read next; NULL until the first start is settled
    seq       INTEGER NOT NULL DEFAULT 0,     -- the last number given to a row of the outbox
    events    INTEGER NOT NULL DEFAULT 0,     -- the last number given to an event of the lane
    link      BLOB,                           -- the link of that event
    UNIQUE (cluster, topic, partition)
) STRICT;

-- What came in, byte for byte.
CREATE TABLE input (
    lane        INTEGER NOT NULL REFERENCES source,
    position    INTEGER NOT NULL,
    received_at TEXT    NOT NULL,
    bytes       BLOB    NOT NULL,
    PRIMARY KEY (lane, position)
) STRICT;

-- An input that could not be worked on, kept for a person to look at.
CREATE TABLE set_aside (
    lane     INTEGER NOT NULL,
    position INTEGER NOT NULL,
    at       TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    PRIMARY KEY (lane, position),
    FOREIGN KEY (lane, position) REFERENCES input
) STRICT;

-- One document of an input.
CREATE TABLE message (
    lane          INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    document      INTEGER NOT NULL CHECK (document >= 1),
    partner       TEXT    NOT NULL,
    definition    TEXT,                       -- such as pacs.008.001.08
    message_id    TEXT    CHECK (length(message_id) BETWEEN 1 AND 140),
    document_hash BLOB    NOT NULL CHECK (length(document_hash) = 32),
    transactions  INTEGER NOT NULL,
    sums          TEXT,                       -- of the transactions of a payment, by currency: a JSON object
    PRIMARY KEY (lane, position, document),
    FOREIGN KEY (lane, position) REFERENCES input
) STRICT;
CREATE INDEX message_by_id ON message (partner, message_id);

-- The keys that messages have claimed. Outlives the messages' retention for the window that `expires` states.
CREATE TABLE claimed_key (
    scope         TEXT NOT NULL,
    partner       TEXT NOT NULL,
    kind          TEXT NOT NULL,
    key           TEXT NOT NULL,
    document_hash BLOB NOT NULL,
    lane          INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    document      INTEGER NOT NULL,
    expires       TEXT,
    PRIMARY KEY (scope, partner, kind, key)
) STRICT, WITHOUT ROWID;

-- All that leaves, in the order in which it leaves.
CREATE TABLE outbox (
    lane    INTEGER NOT NULL REFERENCES source,
    seq     INTEGER NOT NULL,
    topic   TEXT    NOT NULL,
    key     TEXT    NOT NULL,
    headers TEXT    NOT NULL,                 -- a JSON array of [name, value]
    bytes   BLOB    NOT NULL,
    PRIMARY KEY (lane, seq)
) STRICT;

-- What was decided. The current verdict of a document is the one with the highest number; each has one answer in the
-- outbox, or says why none is due.
CREATE TABLE verdict (
    lane             INTEGER NOT NULL,
    position         INTEGER NOT NULL,
    document         INTEGER NOT NULL,
    number           INTEGER NOT NULL,
    verdict          TEXT    NOT NULL,
    decided_at       TEXT    NOT NULL,
    reply_definition TEXT,
    reply_id         TEXT,
    answer_lane      INTEGER,
    answer_seq       INTEGER,
    none_due         TEXT,
    PRIMARY KEY (lane, position, document, number),
    FOREIGN KEY (lane, position, document) REFERENCES message,
    FOREIGN KEY (answer_lane, answer_seq) REFERENCES outbox,
    CHECK ((answer_seq IS NULL) <> (none_due IS NULL)),
    CHECK ((answer_seq IS NULL) = (answer_lane IS NULL) AND (answer_seq IS NULL) = (reply_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX verdict_by_answer ON verdict (answer_lane, answer_seq) WHERE answer_seq IS NOT NULL;

CREATE TABLE finding (
    lane     INTEGER NOT NULL,
    position INTEGER NOT NULL,
    document INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    rule     TEXT    NOT NULL,
    severity TEXT    NOT NULL,
    txn      INTEGER,                         -- counted from zero; NULL when it is about the whole message
    path     TEXT,
    line     INTEGER,
    col      INTEGER,
    found    TEXT,
    expected TEXT,
    text     TEXT    NOT NULL,
    PRIMARY KEY (lane, position, document, number),
    FOREIGN KEY (lane, position, document) REFERENCES message
) STRICT;

CREATE TABLE transfer (
    lane     INTEGER NOT NULL,
    position INTEGER NOT NULL,
    document INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    id       TEXT    NOT NULL UNIQUE,
    json     TEXT    NOT NULL,
    PRIMARY KEY (lane, position, document, number),
    FOREIGN KEY (lane, position, document) REFERENCES message
) STRICT;

CREATE TABLE statement (
    lane     INTEGER NOT NULL,
    position INTEGER NOT NULL,
    document INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    json     TEXT    NOT NULL,
    PRIMARY KEY (lane, position, document, number),
    FOREIGN KEY (lane, position, document) REFERENCES message
) STRICT;

-- What happened, one event a step of a lane: a batch that was decided, an input that was set aside, a mend. Each lane's events are
-- a chain: src/store/audit.rs says what a link covers.
CREATE TABLE audit_event (
    lane          INTEGER NOT NULL REFERENCES source,
    number        INTEGER NOT NULL,
    at            TEXT    NOT NULL,
    actor         TEXT    NOT NULL,
    event         TEXT    NOT NULL,
    first         INTEGER NOT NULL,           -- the positions from this one
    next          INTEGER NOT NULL,           -- up to, and without, this one
    documents     INTEGER NOT NULL,
    seq           INTEGER NOT NULL,           -- the last number of the lane's outbox, then
    detail        TEXT,
    keyed_by      TEXT,                       -- the id of the key that made the link; NULL where there was none
    outbox        BLOB    NOT NULL,           -- the digest of the rows that it added to the outbox
    inputs        BLOB    NOT NULL,           -- that of each input with all that came of it, 16 bytes each, in order
    previous_link BLOB,
    link          BLOB    NOT NULL CHECK (length(link) = 32),
    PRIMARY KEY (lane, number)
) STRICT;
