-- Removes a use of something.
-- ?1 kind, ?2 code, ?3 length_class, ?4 from_us, ?5 position. Index: the table's own key.
DELETE FROM used
WHERE kind = ?1 AND code = ?2 AND length_class = ?3 AND from_us = ?4 AND position = ?5;
