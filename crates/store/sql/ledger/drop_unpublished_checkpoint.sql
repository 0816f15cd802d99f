-- Removes the newest checkpoint where nobody outside has seen it.
-- Index: the table's own key, read from its end, then looked up.
DELETE FROM checkpoint
WHERE size = (SELECT size FROM checkpoint ORDER BY size DESC LIMIT 1) AND published = 0;
