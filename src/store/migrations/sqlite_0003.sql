-- An input that is too large for the database is kept as a file: its name there, and no bytes here.
ALTER TABLE input ADD COLUMN file TEXT;
