-- The uses of something of one length class that overlap a window: from_us <= ?5 and to_us >= ?4,
-- beginning after a use already seen or, at first, at the window's start less the longest length of
-- the class.
-- ?1 kind, ?2 code, ?3 length_class, ?4 from_us of the window, ?5 to_us of the window, ?6 and ?7
-- from_us and position after which to begin, ?8 rows at most. Index: the table's own key.
SELECT from_us, to_us, position FROM used
WHERE kind = ?1 AND code = ?2 AND length_class = ?3
  AND from_us <= ?5 AND (from_us, position) > (?6, ?7) AND to_us >= ?4
ORDER BY from_us, position LIMIT ?8;
