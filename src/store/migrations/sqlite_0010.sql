-- The headers of an input that name its sender's trace, as those of the outbox: so they go on with what is decided later, too. NULL
-- where it had none, and with what was kept before this column was there.
ALTER TABLE input ADD COLUMN trace TEXT;
