-- Each report with the document it is about: the one that an answer of ours was for, else a message that holds that id and is of that
-- kind: the reporting partner's own, else the only one. `matched_by` is `several` where more than one is left and nothing says
-- which, and NULL where there is none, or not yet. No index leads from an answer's id to its verdict, which would cost each
-- message: those of the forty days before the report are looked through.
CREATE OR REPLACE VIEW status_report_match AS
SELECT r.*,
       coalesce(answered.lane, sent.lane)         AS of_lane,
       coalesce(answered.position, sent.position) AS of_position,
       coalesce(answered.document, sent.document) AS of_document,
       CASE WHEN answered.lane IS NOT NULL THEN 'answer' WHEN sent.messages = 1 THEN 'message'
            WHEN sent.messages > 1 THEN 'several' END AS matched_by
  FROM status_report r
  LEFT JOIN LATERAL (
       SELECT v.lane, v.position, v.document FROM verdict v
        WHERE v.reply_id = r.original_message_id
          AND v.received_at BETWEEN r.received_at - interval '40 days' AND r.received_at + interval '1 day'
        ORDER BY v.decided_at, v.lane, v.position LIMIT 1) answered ON true
  LEFT JOIN LATERAL (
       SELECT count(*) AS messages,
              CASE WHEN count(*) = 1 THEN min(k.lane) END     AS lane,
              CASE WHEN count(*) = 1 THEN min(k.position) END AS position,
              CASE WHEN count(*) = 1 THEN min(k.document) END AS document
         FROM claimed_key k
         JOIN message m ON m.received_at = r.received_at AND m.lane = r.lane AND m.position = r.position
                       AND m.document = r.document
        WHERE k.key = r.original_message_id COLLATE "C" AND k.scope = 'message' COLLATE "C"
          AND (r.original_message_name IS NULL OR k.kind = left(r.original_message_name, 8) COLLATE "C")
          AND (k.lane, k.position, k.document) <> (r.lane, r.position, r.document)
        GROUP BY k.partner = m.partner ORDER BY k.partner = m.partner DESC LIMIT 1) sent ON true;
