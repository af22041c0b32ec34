-- What persons decided about documents that are held, act by act: one asks for a release or a rejection, another one confirms.
CREATE TABLE decision (
    lane     INTEGER NOT NULL,
    position INTEGER NOT NULL,
    document INTEGER NOT NULL,
    number   INTEGER NOT NULL,                -- of the acts about the document, from 1
    at       TEXT    NOT NULL,
    actor    TEXT    NOT NULL,
    act      TEXT    NOT NULL CHECK (act IN ('release', 'reject', 'confirm')),
    reason   TEXT,
    done     INTEGER NOT NULL DEFAULT 0,      -- of a confirmed one: whether the document's second verdict is there
    PRIMARY KEY (lane, position, document, number),
    FOREIGN KEY (lane, position, document) REFERENCES message
) STRICT;
CREATE INDEX decision_to_do ON decision (lane) WHERE act = 'confirm' AND NOT done;

ALTER TABLE finding ADD COLUMN verdict INTEGER NOT NULL DEFAULT 1;    -- the number of the verdict that it is a reason of
CREATE INDEX verdict_held ON verdict (lane, position) WHERE verdict = 'held';

DROP VIEW current_verdict;
CREATE VIEW current_verdict AS
SELECT m.partner, m.message_id, m.definition, m.transactions, i.received_at, v.decided_at, v.verdict,
       (SELECT group_concat(f.rule, ', ')
          FROM (SELECT DISTINCT rule FROM finding
                 WHERE lane = m.lane AND position = m.position AND document = m.document AND verdict = v.number
                   AND severity IN ('error', 'hold')
                 ORDER BY rule) f) AS reasons,
       v.reply_definition, v.reply_id, v.none_due, s.topic, s.partition, m.position, m.document, m.lane,
       v.number, v.answer_lane, v.answer_seq
  FROM message m
  JOIN input i ON i.lane = m.lane AND i.position = m.position
  JOIN verdict v ON v.lane = m.lane AND v.position = m.position AND v.document = m.document
  JOIN source s ON s.lane = m.lane
 WHERE v.number = (SELECT max(number) FROM verdict
                    WHERE lane = m.lane AND position = m.position AND document = m.document);
