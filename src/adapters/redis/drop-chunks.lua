#!lua flags=allow-oom
-- Drops chunk hashes of one expired bucket of one shard: the first of the list of its keys, as they were read just before. When the
-- list is at its end, also what was counted of the bucket. The bucket takes no more chunks by now, so the list only gets shorter.
--
-- KEYS 1 meta, 2 chunks by bucket, 3 bytes by bucket, 4 list of the bucket's keys; then the chunk hashes
-- ARGV 1 mark, 2 bucket; then the span keys as they stand in the list
-- Replies {0}: the mark is not there; {1, length of the rest}: read the list again if there is a rest.
-- Cost: O(keys); content is freed by another thread.
if redis.call('HGET', KEYS[1], 'g') ~= ARGV[1] then return {0} end
local count = #ARGV - 2
if count > 0 then
  -- Somebody else who expires took them away already: what stands first now was not asked for.
  if redis.call('LINDEX', KEYS[4], 0) ~= ARGV[3] or redis.call('LINDEX', KEYS[4], count - 1) ~= ARGV[#ARGV] then
    return {1, 1}
  end
  for i = 5, #KEYS do redis.call('UNLINK', KEYS[i]) end
  redis.call('LTRIM', KEYS[4], count, -1)
end
local rest = redis.call('LLEN', KEYS[4])
if rest == 0 then
  local n, b = redis.call('HGET', KEYS[2], ARGV[2]), redis.call('HGET', KEYS[3], ARGV[2])
  if n then redis.call('HINCRBY', KEYS[1], 'n', -n) end
  if b then redis.call('HINCRBY', KEYS[1], 'b', -b) end
  redis.call('HDEL', KEYS[2], ARGV[2])
  redis.call('HDEL', KEYS[3], ARGV[2])
end
return {1, rest}
