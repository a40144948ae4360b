-- Tells a topic's top and, where the epoch is still the same, what stands from an offset on.
--
-- KEYS  1 meta       hash: epoch, top
--       2 events     stream: entry <offset>-0, field p: the publication
-- ARGV  1 an epoch to begin where there is none
--       2 the epoch in which to read, or empty
--       3 the first offset to read
--       4 most entries to read
--
-- Answers epoch, top and then id, publication of each entry.

local known = redis.call('HMGET', KEYS[1], 'epoch', 'top')
local epoch, top = known[1], known[2]
if not epoch then
  epoch, top = ARGV[1], '0'
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'top', top)
end

local answer = { epoch, top }
if epoch == ARGV[2] and tonumber(ARGV[3]) <= tonumber(top) then
  local entries = redis.call('XRANGE', KEYS[2], ARGV[3] .. '-0', '+', 'COUNT', ARGV[4])
  for _, entry in ipairs(entries) do
    answer[#answer + 1] = entry[1]
    answer[#answer + 1] = entry[2][2]
  end
end
return answer
