-- Everything of one kind, by code.
-- ?1 kind. Index: the table's own key.
SELECT code, body FROM named WHERE kind = ?1 ORDER BY code;
