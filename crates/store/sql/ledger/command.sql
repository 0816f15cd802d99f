-- The hash of a command's body and the answer it got.
-- ?1 id. Index: the table's own key.
SELECT body_hash, answer FROM command WHERE id = ?1;
