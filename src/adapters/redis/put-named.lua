#!lua flags=allow-oom
-- Lets events wait for traces that they name. Works when memory is used up, as put-met.lua does, and has a bound of its own.
--
-- KEYS 1 meta, 2 names by trace, 3 names by event
-- ARGV 1 mark, 2 the most names; then for each a text by trace and a text by event
-- Replies {0}: the mark is not there; {2}: too many names; nothing was done. {1}.
-- Cost: O(names log(all names)).
if redis.call('HGET', KEYS[1], 'g') ~= ARGV[1] then return {0} end
if redis.call('ZCARD', KEYS[2]) + (#ARGV - 2) / 2 > tonumber(ARGV[2]) then return {2} end
for i = 3, #ARGV, 2 do
  redis.call('ZADD', KEYS[2], 0, ARGV[i])
  redis.call('ZADD', KEYS[3], 0, ARGV[i + 1])
end
return {1}
