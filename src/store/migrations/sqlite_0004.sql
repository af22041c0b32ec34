-- What a pacs.002, admi.002 or admi.007 that came in says of the messages it answers: of each group, and of each transaction. Of
-- one that was too large for memory only what it says of groups.
CREATE TABLE status_report (
    lane                        INTEGER NOT NULL,
    position                    INTEGER NOT NULL,
    document                    INTEGER NOT NULL,
    number                      INTEGER NOT NULL,
    original_message_id         TEXT,
    original_message_name       TEXT,
    status                      TEXT,
    reason                      TEXT,
    original_instruction_id     TEXT,
    original_end_to_end_id      TEXT,
    original_transaction_id     TEXT,
    original_uetr               TEXT,
    PRIMARY KEY (lane, position, document, number),
    FOREIGN KEY (lane, position, document) REFERENCES message
) STRICT;
CREATE INDEX status_report_by_original ON status_report (original_message_id);

CREATE INDEX verdict_by_reply ON verdict (reply_id) WHERE reply_id IS NOT NULL;
DROP INDEX message_by_id;
CREATE INDEX message_by_id ON message (message_id, partner);

-- Each report with the document it is about: the one that an answer of ours was for, else the first message of anyone's under
-- that id and of that kind. `matched_by` is NULL where there is neither, or not yet.
CREATE VIEW status_report_match AS
SELECT r.*,
       coalesce(answered.lane, sent.lane)         AS of_lane,
       coalesce(answered.position, sent.position) AS of_position,
       coalesce(answered.document, sent.document) AS of_document,
       CASE WHEN answered.lane IS NOT NULL THEN 'answer' WHEN sent.lane IS NOT NULL THEN 'message' END AS matched_by
  FROM status_report r
  LEFT JOIN verdict answered ON answered.rowid =
       (SELECT v.rowid FROM verdict v WHERE v.reply_id = r.original_message_id
         ORDER BY v.decided_at, v.lane, v.position LIMIT 1)
  LEFT JOIN message sent ON sent.rowid =
       (SELECT m.rowid FROM message m
         WHERE m.message_id = r.original_message_id
           AND (r.original_message_name IS NULL OR substr(m.definition, 1, 8) = substr(r.original_message_name, 1, 8))
           AND (m.lane, m.position, m.document) <> (r.lane, r.position, r.document)
         ORDER BY m.lane, m.position, m.document LIMIT 1);
