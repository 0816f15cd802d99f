-- Keeps a key under another name: set aside, or put back. Nothing where there is none.
-- ?1 what it is kept under, ?2 what it is to be kept under. Index: the table's own key.
UPDATE person_key SET person = ?2 WHERE person = ?1;
