-- The schema that a document was checked against: the SHA-256 of its normal form, in hexadecimal digits. NULL where there
-- was none, and for what was decided before this column was there.
ALTER TABLE verdict ADD COLUMN schema_hash TEXT CHECK (length(schema_hash) = 64);
