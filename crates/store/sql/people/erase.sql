-- Destroys a person's key.
-- ?1 person. Index: the table's own key.
DELETE FROM person_key WHERE person = ?1;
