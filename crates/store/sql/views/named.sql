-- What a code stands for.
-- ?1 kind, ?2 code. Index: the table's own key.
SELECT body FROM named WHERE kind = ?1 AND code = ?2;
