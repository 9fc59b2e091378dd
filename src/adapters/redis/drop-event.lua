#!lua flags=allow-oom
-- Takes an event off hot lists of one shard.
--
-- KEYS 1 meta, 2 keys by event; then the hot lists that were noted for it
-- ARGV 1 mark, 2 event id; then the span keys of the hot lists
-- Replies {0}: the mark is not there, nothing was done; {1, entries that were taken off}.
-- Cost: O(keys of the event).
if redis.call('HGET', KEYS[1], 'g') ~= ARGV[1] then return {0} end
local dropped, taken = 0, {}
for i = 3, #KEYS do
  dropped = dropped + redis.call('HDEL', KEYS[i], ARGV[2])
  taken[ARGV[i]] = true
end
-- Keys under which somebody put it meanwhile stay noted.
local noted, left = redis.call('HGET', KEYS[2], ARGV[2]), {}
for _, key in ipairs(noted and cjson.decode(noted) or {}) do
  if not taken[key] then left[#left + 1] = key end
end
if #left > 0 then redis.call('HSET', KEYS[2], ARGV[2], cjson.encode(left)) else redis.call('HDEL', KEYS[2], ARGV[2]) end
if dropped > 0 then redis.call('HINCRBY', KEYS[1], 'h', -dropped) end
return {1, dropped}
