#!lua flags=allow-oom
-- Writes an event into hot lists of one shard, and notes there which ones. Works when memory is used up: if events could not go on, nothing
-- would ever expire; the number of entries has a bound of its own.
--
-- KEYS 1 meta, 2 chunks by bucket, 3 keys by event; then the hot lists
-- ARGV 1 mark, 2 the most entries of a shard, 3 event id, 4 entry; then the span keys of the hot lists
-- Replies {0}: the mark is not there; {2}: too many entries; nothing was done.
--         {1, first bucket that is not expired or '', buckets that have chunks...}
-- Cost: O(keys of the event + buckets).
if redis.call('HGET', KEYS[1], 'g') ~= ARGV[1] then return {0} end
local noted = redis.call('HGET', KEYS[3], ARGV[3])
local keys = noted and cjson.decode(noted) or {}
local known = {}
for _, key in ipairs(keys) do known[key] = true end
local added = 0
for i = 5, #ARGV do
  if not known[ARGV[i]] then
    known[ARGV[i]] = true
    keys[#keys + 1] = ARGV[i]
    added = added + 1
  end
end
local entries = tonumber(redis.call('HGET', KEYS[1], 'h') or '0')
if entries + added > tonumber(ARGV[2]) then return {2} end
for i = 4, #KEYS do redis.call('HSET', KEYS[i], ARGV[3], ARGV[4]) end
if added > 0 then
  redis.call('HSET', KEYS[3], ARGV[3], cjson.encode(keys))
  redis.call('HINCRBY', KEYS[1], 'h', added)
end
local reply = redis.call('HKEYS', KEYS[2])
table.insert(reply, 1, redis.call('HGET', KEYS[1], 'f') or '')
table.insert(reply, 1, 1)
return reply
