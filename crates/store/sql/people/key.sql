-- A person's key.
-- ?1 person. Index: the table's own key.
SELECT name, secret FROM person_key WHERE person = ?1;
