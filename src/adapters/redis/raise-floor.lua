#!lua flags=allow-oom
-- Raises the first bucket or instant that one shard still takes; never lowers it.
--
-- KEYS 1 meta
-- ARGV 1 mark, 2 the new floor
-- Replies {0}: the mark is not there; {1}.
-- Cost: O(1).
if redis.call('HGET', KEYS[1], 'g') ~= ARGV[1] then return {0} end
local floor = redis.call('HGET', KEYS[1], 'f')
if not floor or tonumber(floor) < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], 'f', ARGV[2]) end
return {1}
