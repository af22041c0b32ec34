-- What was received in a time stands together in the table: 8 MB of it take one row here, which is written when they are full.
CREATE INDEX ON input USING brin (received_at) WITH (pages_per_range = 1024, autosummarize = on);
