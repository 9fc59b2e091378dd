#!lua flags=allow-oom
-- Drops a bucket of ids of one shard whose time is over.
--
-- KEYS 1 meta, 2 set of buckets, 3 the bucket
-- ARGV 1 mark, 2 the bucket's number
-- Replies {0}: the mark is not there, nothing was done; {1}.
-- Cost: O(1); content is freed by another thread.
if redis.call('HGET', KEYS[1], 'g') ~= ARGV[1] then return {0} end
redis.call('HINCRBY', KEYS[1], 'n', -redis.call('ZCARD', KEYS[3]))
redis.call('UNLINK', KEYS[3])
redis.call('SREM', KEYS[2], ARGV[2])
return {1}
