#!lua
-- Writes chunks of one shard and reads the hot lists of their keys: one step, so nothing comes between.
--
-- KEYS 1 meta, 2 chunks by bucket, 3 bytes by bucket; then distinct chunk hashes, distinct lists of a bucket's keys, distinct hot lists
-- ARGV 1 mark, 2 seconds until the backstop, 3 and 4 bytes counted for a chunk and for a hash beside their content,
--      5 how many chunks, 6 number of the first hot list among KEYS;
--      then for each chunk: bucket, number of its hash, number of its bucket's list, span key, field, content
-- Replies {0}: the mark is not there, nothing was done.
--         {1, chunks that came too late, bytes of the shard, {number of a hot list, its fields and values}, ...}
-- Cost: O(chunks + keys + hot entries); three calls a chunk, three more for the first of a hash. Out of memory it does not begin.
if redis.call('HGET', KEYS[1], 'g') ~= ARGV[1] then return {0} end
local floor = tonumber(redis.call('HGET', KEYS[1], 'f') or -math.huge)
local ttl, chunkBytes, hashBytes = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local chunks, firstHot = tonumber(ARGV[5]), tonumber(ARGV[6])

-- What the allocator gives for a content: an eighth more on average.
local function taken(length) return length + math.floor(length / 8) end

local late, added, grown = 0, {}, {}
for i = 0, chunks - 1 do
  local at = 7 + i * 6
  local bucket = ARGV[at]
  if tonumber(bucket) < floor then
    late = late + 1
  else
    local hash, field, content = KEYS[tonumber(ARGV[at + 1])], ARGV[at + 4], ARGV[at + 5]
    local bytes = taken(#content) - taken(redis.call('HSTRLEN', hash, field))
    if redis.call('HSET', hash, field, content) == 1 then
      bytes = bytes + chunkBytes
      added[bucket] = (added[bucket] or 0) + 1
      if redis.call('HLEN', hash) == 1 then
        local list, spanKey = KEYS[tonumber(ARGV[at + 2])], ARGV[at + 3]
        bytes = bytes + hashBytes + 2 * #spanKey
        redis.call('EXPIRE', hash, ttl)
        if redis.call('RPUSH', list, spanKey) == 1 then redis.call('EXPIRE', list, ttl) end
      end
    end
    grown[bucket] = (grown[bucket] or 0) + bytes
  end
end

local sum = 0
for bucket, bytes in pairs(grown) do
  redis.call('HINCRBY', KEYS[3], bucket, bytes)
  sum = sum + bytes
end
local count = 0
for bucket, n in pairs(added) do
  redis.call('HINCRBY', KEYS[2], bucket, n)
  count = count + n
end
if count > 0 then redis.call('HINCRBY', KEYS[1], 'n', count) end
if late > 0 then redis.call('HINCRBY', KEYS[1], 'l', late) end

local reply = {1, late, redis.call('HINCRBY', KEYS[1], 'b', sum)}
for i = firstHot, #KEYS do
  local entries = redis.call('HGETALL', KEYS[i])
  if #entries > 0 then reply[#reply + 1] = {i, entries} end
end
return reply
