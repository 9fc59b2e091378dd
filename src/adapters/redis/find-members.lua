#!lua flags=no-writes
-- Finds texts of sorted sets by what they begin with. A text is a JSON array; the beginning is its first element with the comma behind it.
--
-- KEYS 1 meta; then sorted sets whose scores are all 0
-- ARGV 1 mark; then the beginnings
-- Replies {0}: the mark is not there; {1, floor of the shard or '', texts...}.
-- Cost: O(sets x beginnings x log(texts of a set) + found).
if redis.call('HGET', KEYS[1], 'g') ~= ARGV[1] then return {0} end
local reply = {1, redis.call('HGET', KEYS[1], 'f') or ''}
for i = 2, #ARGV do
  -- A minus is the character after a comma.
  local first, last = '[' .. ARGV[i], '(' .. ARGV[i]:sub(1, -2) .. '-'
  for k = 2, #KEYS do
    for _, text in ipairs(redis.call('ZRANGEBYLEX', KEYS[k], first, last)) do reply[#reply + 1] = text end
  end
end
return reply
