-- Each report with the document it is about: the one that an answer of ours was for, else the first message under that id and of
-- that kind: the reporting partner's own, else the only other one's. `matched_by` is `several` where more than one is left and nothing
-- says which, and NULL where there is none, or not yet.
DROP VIEW status_report_match;
CREATE VIEW status_report_match AS
WITH candidate AS (
       SELECT r.rowid AS report, m.rowid AS message, m.partner = own.partner AS own,
              m.partner || ' ' || coalesce(substr(m.definition, 1, 8), '') AS holder
         FROM status_report r
         JOIN message own ON own.lane = r.lane AND own.position = r.position AND own.document = r.document
         JOIN message m ON m.message_id = r.original_message_id
          AND (r.original_message_name IS NULL OR substr(m.definition, 1, 8) = substr(r.original_message_name, 1, 8))
          AND (m.lane, m.position, m.document) <> (r.lane, r.position, r.document)),
     sent AS (
       SELECT c.report, count(DISTINCT c.holder) AS messages,
              (SELECT m.rowid FROM candidate f JOIN message m ON m.rowid = f.message WHERE f.report = c.report AND f.own = c.own
                ORDER BY m.lane, m.position, m.document LIMIT 1) AS message
         FROM candidate c
        WHERE c.own = (SELECT max(o.own) FROM candidate o WHERE o.report = c.report)
        GROUP BY c.report, c.own)
SELECT r.*,
       coalesce(answered.lane, m.lane)         AS of_lane,
       coalesce(answered.position, m.position) AS of_position,
       coalesce(answered.document, m.document) AS of_document,
       CASE WHEN answered.lane IS NOT NULL THEN 'answer' WHEN sent.messages = 1 THEN 'message'
            WHEN sent.messages > 1 THEN 'several' END AS matched_by
  FROM status_report r
  LEFT JOIN verdict answered ON answered.rowid =
       (SELECT v.rowid FROM verdict v WHERE v.reply_id = r.original_message_id
         ORDER BY v.decided_at, v.lane, v.position LIMIT 1)
  LEFT JOIN sent ON sent.report = r.rowid
  LEFT JOIN message m ON m.rowid = sent.message AND sent.messages = 1;
