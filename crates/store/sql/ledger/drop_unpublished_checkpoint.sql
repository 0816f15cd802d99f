-- Removes the newest checkpoint where nobody outside has seen it.
-- Index: the table's own key, its end alone.
DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint) AND published = 0;
