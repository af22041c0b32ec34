-- The embedded queue: an append-only log a topic, and how far each topic was worked on.
CREATE TABLE IF NOT EXISTS record (
    topic       TEXT    NOT NULL,
    offset      INTEGER NOT NULL,
    appended_at INTEGER NOT NULL,             -- microseconds since 1970
    key         TEXT    NOT NULL,
    headers     TEXT    NOT NULL,             -- a JSON array of [name, value]
    bytes       BLOB    NOT NULL,
    PRIMARY KEY (topic, offset)
) STRICT;

CREATE TABLE IF NOT EXISTS committed (
    topic TEXT    NOT NULL PRIMARY KEY,
    next  INTEGER NOT NULL,                   -- the offset to read next
    seq   INTEGER NOT NULL                    -- the last row of the lane that was published
) STRICT;
