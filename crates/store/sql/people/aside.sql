-- The keys that are set aside, to be destroyed or put back.
-- Index: the table's own key, a range of it.
SELECT person FROM person_key WHERE person >= char(1) AND person < char(2);
