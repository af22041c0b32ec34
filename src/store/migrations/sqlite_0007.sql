-- The event of the lane's chain that tells what was dropped because its time was over; NULL where nothing was.
ALTER TABLE source ADD COLUMN cut INTEGER;
