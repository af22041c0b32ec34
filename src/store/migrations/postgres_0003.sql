-- What persons decided about documents that are held, act by act: one asks for a release or a rejection, another one confirms.
-- There are few of them: no partitions.
CREATE TABLE decision (
    received_at timestamptz NOT NULL,         -- of the input
    lane        bigint      NOT NULL,
    position    bigint      NOT NULL,
    document    integer     NOT NULL,
    number      integer     NOT NULL,         -- of the acts about the document, from 1
    at          timestamptz NOT NULL,
    actor       text        NOT NULL,
    act         text        NOT NULL CHECK (act IN ('release', 'reject', 'confirm')),
    reason      text,
    done        boolean     NOT NULL DEFAULT false,  -- of a confirmed one: whether the document's second verdict is there
    PRIMARY KEY (lane, position, document, number)
);
CREATE INDEX decision_to_do ON decision (lane) WHERE act = 'confirm' AND NOT done;

ALTER TABLE finding ADD COLUMN verdict integer NOT NULL DEFAULT 1;    -- the number of the verdict that it is a reason of
CREATE INDEX ON verdict (lane, position) WHERE verdict = 'held';

CREATE OR REPLACE VIEW current_verdict AS
SELECT m.partner, m.message_id, m.definition, m.transactions, m.received_at, v.decided_at, v.verdict,
       (SELECT string_agg(DISTINCT f.rule, ', ' ORDER BY f.rule) FROM finding f
         WHERE f.received_at = m.received_at AND f.lane = m.lane AND f.position = m.position
           AND f.document = m.document AND f.verdict = v.number AND f.severity IN ('error', 'hold')) AS reasons,
       v.reply_definition, v.reply_id, v.none_due, s.topic, s.partition, m.position, m.document, m.lane,
       v.number, v.answer_lane, v.answer_seq
  FROM message m
  JOIN verdict v ON v.received_at = m.received_at AND v.lane = m.lane AND v.position = m.position
                AND v.document = m.document
  JOIN source s ON s.lane = m.lane
 WHERE NOT EXISTS (SELECT FROM verdict later
                    WHERE later.received_at = v.received_at AND later.lane = v.lane
                      AND later.position = v.position AND later.document = v.document AND later.number > v.number);
