-- Inputs are kept compressed, sealed where there is a key, and without card numbers where there is none. What was kept before
-- these columns were there is as it came.
ALTER TABLE input ADD COLUMN codec INTEGER NOT NULL DEFAULT 0;    -- 0 as it came, 1 LZ4 with the first dictionary
ALTER TABLE input ADD COLUMN sealed_by TEXT;                      -- the id of the key that it is sealed with
ALTER TABLE input ADD COLUMN masked INTEGER NOT NULL DEFAULT 0;   -- whether card numbers in free text were masked
ALTER TABLE transfer ADD COLUMN masked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE statement ADD COLUMN masked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN sealed_by TEXT;
ALTER TABLE outbox ADD COLUMN of_position INTEGER;                -- the bytes are those of the input at this position

-- What compliance asks: each document with its current verdict, why, when, and what answered it.
CREATE VIEW current_verdict AS
SELECT m.partner, m.message_id, m.definition, m.transactions, i.received_at, v.decided_at, v.verdict,
       (SELECT group_concat(f.rule, ', ')
          FROM (SELECT DISTINCT rule FROM finding
                 WHERE lane = m.lane AND position = m.position AND document = m.document AND severity = 'error'
                 ORDER BY rule) f) AS reasons,
       v.reply_definition, v.reply_id, v.none_due, s.topic, s.partition, m.position, m.document, m.lane,
       v.number, v.answer_lane, v.answer_seq
  FROM message m
  JOIN input i ON i.lane = m.lane AND i.position = m.position
  JOIN verdict v ON v.lane = m.lane AND v.position = m.position AND v.document = m.document
  JOIN source s ON s.lane = m.lane
 WHERE v.number = (SELECT max(number) FROM verdict
                    WHERE lane = m.lane AND position = m.position AND document = m.document);

CREATE VIEW booked_transfer AS
SELECT m.partner, m.message_id, t.id, i.received_at, t.json, t.lane, t.position, t.document, t.number
  FROM transfer t
  JOIN message m ON m.lane = t.lane AND m.position = t.position AND m.document = t.document
  JOIN input i ON i.lane = t.lane AND i.position = t.position;

CREATE VIEW input_set_aside AS
SELECT s.partner, s.topic, s.partition, a.position, i.received_at, a.at, a.reason, a.lane
  FROM set_aside a
  JOIN input i ON i.lane = a.lane AND i.position = a.position
  JOIN source s ON s.lane = a.lane;
