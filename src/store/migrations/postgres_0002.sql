-- What a pacs.002, admi.002 or admi.007 that came in says of the messages it answers: of each group, and of each transaction. Of
-- one that was too large for memory only what it says of groups. There are few of them: no partitions.
CREATE TABLE status_report (
    received_at                 timestamptz NOT NULL,
    lane                        bigint      NOT NULL,
    position                    bigint      NOT NULL,
    document                    integer     NOT NULL,
    number                      integer     NOT NULL,
    original_message_id         text,
    original_message_name       text,
    status                      text,
    reason                      text,
    original_instruction_id     text,
    original_end_to_end_id      text,
    original_transaction_id     text,
    original_uetr               text,
    PRIMARY KEY (lane, position, document, number)
);
CREATE INDEX ON status_report (original_message_id);

-- Each report with the document it is about: the one that an answer of ours was for, else the message of anyone's that holds
-- that id and is of that kind. `matched_by` is NULL where there is neither, or not yet. No index leads from an answer's id to
-- its verdict, which would cost each message: those of the forty days before the report are looked through.
CREATE VIEW status_report_match AS
SELECT r.*,
       coalesce(answered.lane, sent.lane)         AS of_lane,
       coalesce(answered.position, sent.position) AS of_position,
       coalesce(answered.document, sent.document) AS of_document,
       CASE WHEN answered.lane IS NOT NULL THEN 'answer' WHEN sent.lane IS NOT NULL THEN 'message' END AS matched_by
  FROM status_report r
  LEFT JOIN LATERAL (
       SELECT v.lane, v.position, v.document FROM verdict v
        WHERE v.reply_id = r.original_message_id
          AND v.received_at BETWEEN r.received_at - interval '40 days' AND r.received_at + interval '1 day'
        ORDER BY v.decided_at, v.lane, v.position LIMIT 1) answered ON true
  LEFT JOIN LATERAL (
       SELECT k.lane, k.position, k.document FROM claimed_key k
        WHERE k.key = r.original_message_id COLLATE "C" AND k.scope = 'message' COLLATE "C"
          AND (r.original_message_name IS NULL OR k.kind = left(r.original_message_name, 8) COLLATE "C")
          AND (k.lane, k.position, k.document) <> (r.lane, r.position, r.document)
        ORDER BY k.lane, k.position, k.document LIMIT 1) sent ON true;
