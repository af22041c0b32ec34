-- Of what was confirmed and can't be done: when a worker last tried, and what kept it from doing it.
ALTER TABLE decision ADD COLUMN tried timestamptz, ADD COLUMN trouble text;
