-- Of what was confirmed and can't be done: when a worker last tried, and what kept it from doing it.
ALTER TABLE decision ADD COLUMN tried TEXT;
ALTER TABLE decision ADD COLUMN trouble TEXT;
