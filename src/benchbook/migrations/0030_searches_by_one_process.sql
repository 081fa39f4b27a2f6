-- Looking up keys takes a tenth of a millisecond. PostgreSQL, which cannot know how rare a key is,
-- had two processes started to help where there are many rows, and waited ten milliseconds for them.

ALTER FUNCTION sequences_with_codes(bigint[], integer, integer)
  SET max_parallel_workers_per_gather = 0;
ALTER FUNCTION similar_sequences(bigint[], text, integer)
  SET max_parallel_workers_per_gather = 0;
