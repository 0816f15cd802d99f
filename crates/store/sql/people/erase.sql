-- Destroys a key.
-- ?1 what it is kept under: a person, or a place aside. Index: the table's own key.
DELETE FROM person_key WHERE person = ?1;
