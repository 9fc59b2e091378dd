#!lua
-- Writes ids that traces of one shard carry, and reads which of the traces have met an event.
--
-- KEYS 1 meta, 2 set of buckets, 3 met traces by the time until which they are needed; then distinct buckets
-- ARGV 1 mark, 2 seconds until the backstop, 3 how many ids; for each: start of its span, number of its bucket among KEYS, the bucket, text;
--      then the traces
-- Replies {0}: the mark is not there, nothing was done; {1, ids of the shard, traces that met an event...}.
-- Cost: O(ids log(ids of a bucket) + traces). Out of memory it does not begin.
if redis.call('HGET', KEYS[1], 'g') ~= ARGV[1] then return {0} end
local floor = tonumber(redis.call('HGET', KEYS[1], 'f') or -math.huge)
local facts, added = tonumber(ARGV[3]), 0
for i = 0, facts - 1 do
  local at = 4 + i * 4
  if tonumber(ARGV[at]) >= floor then
    local bucket = KEYS[tonumber(ARGV[at + 1])]
    added = added + redis.call('ZADD', bucket, 0, ARGV[at + 3])
    redis.call('SADD', KEYS[2], ARGV[at + 2])
    redis.call('EXPIRE', bucket, ARGV[2], 'NX')
  end
end
local reply = {1, redis.call('HINCRBY', KEYS[1], 'n', added)}
for i = 4 + facts * 4, #ARGV do
  if redis.call('ZSCORE', KEYS[3], ARGV[i]) then reply[#reply + 1] = ARGV[i] end
end
return reply
