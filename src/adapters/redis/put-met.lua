#!lua flags=allow-oom
-- Marks traces of one shard as having met an event. Works when memory is used up: if events could not go on, nothing would ever expire; the
-- number of marks has a bound of its own.
--
-- KEYS 1 meta, 2 set of buckets, 3 met traces by the time until which they are needed
-- ARGV 1 mark of the generation, 2 the most marks of a shard, 3 until; then the traces
-- Replies {0}: the mark of the generation is not there; {2}: too many marks; nothing was done. {1, buckets that have ids...}
-- Cost: O(traces log(marks) + buckets).
if redis.call('HGET', KEYS[1], 'g') ~= ARGV[1] then return {0} end
local floor = tonumber(redis.call('HGET', KEYS[1], 'k') or -math.huge)
if tonumber(ARGV[3]) >= floor then
  if redis.call('ZCARD', KEYS[3]) + #ARGV - 3 > tonumber(ARGV[2]) then return {2} end
  for i = 4, #ARGV do redis.call('ZADD', KEYS[3], 'GT', ARGV[3], ARGV[i]) end
end
local reply = redis.call('SMEMBERS', KEYS[2])
table.insert(reply, 1, 1)
return reply
