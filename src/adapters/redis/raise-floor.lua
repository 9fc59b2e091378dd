#!lua flags=allow-oom
-- Raises a floor of one shard (the first bucket or instant that it still takes); never lowers it.
--
-- KEYS 1 meta
-- ARGV 1 mark, 2 field, 3 the new floor
-- Replies {0}: the mark is not there; {1}.
-- Cost: O(1).
if redis.call('HGET', KEYS[1], 'g') ~= ARGV[1] then return {0} end
local floor = redis.call('HGET', KEYS[1], ARGV[2])
if not floor or tonumber(floor) < tonumber(ARGV[3]) then redis.call('HSET', KEYS[1], ARGV[2], ARGV[3]) end
return {1}
