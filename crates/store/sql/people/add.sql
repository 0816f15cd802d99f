-- Gives a person a key.
-- ?1 person, ?2 name of the key, ?3 secret. Index: the table's own key.
INSERT INTO person_key (person, name, secret) VALUES (?1, ?2, ?3);
