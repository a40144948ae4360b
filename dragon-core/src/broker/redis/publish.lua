-- Appends a batch to a topic and announces it, as one act.
--
-- KEYS  1 meta     hash: epoch, top, bytes, generation, broke_with
--       2 events   stream: entry <offset>-0, field p: the publication
--       3 sizes    list: the bytes of each entry of the stream, oldest first
--       4 sources  sorted set: source -> offset
-- ARGV  1 channel                  6 most events
--       2 generation               7 most bytes
--       3 last epoch, or empty     8 most sources
--       4 last offset              9 most bytes of an announcement
--       5 an epoch to begin        10, 11, ... source, publication
--
-- Answers the epoch and each publication's offset, or the word stale and the generation
-- that it has seen.
-- Announces "<epoch> <top>" and, line by line, the publications that led there.

-- Lua's numbers are doubles, exact below 2^53; by itself it would write 1e15 as 1e+15.
local function text(number)
  return string.format('%.0f', number)
end

local meta, events, sizes, sources = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local known = redis.call('HMGET', meta, 'epoch', 'top', 'bytes', 'generation', 'broke_with')
local epoch, broke_with = known[1], known[5] or ''
local top, bytes = tonumber(known[2] or 0), tonumber(known[3] or 0)

if tonumber(ARGV[2]) < tonumber(known[4] or 0) then
  return { 'stale', known[4] }
end

-- Something is lost if there is nothing, if Redis has evicted a key, or if the publisher knows of
-- more than is here. A publisher that did not hear how its batch fared comes back knowing what it
-- knew when this epoch began: that is no new loss.
local last = ''
if ARGV[3] ~= '' then
  last = ARGV[3] .. ':' .. ARGV[4]
end
local behind = last ~= '' and last ~= broke_with
  and (ARGV[3] ~= epoch or tonumber(ARGV[4]) > top)
local torn = top > 0 and redis.call('EXISTS', events, sizes, sources) < 3
local lost = not epoch or behind or torn
if lost then
  -- An epoch without events serves as well as a new one, if it is not the one that was lost: it
  -- began when a listener found Redis empty, and another would make all clients reload twice.
  if not epoch or top > 0 or ARGV[3] == epoch then
    redis.call('UNLINK', events, sizes, sources)
    epoch, top, bytes = ARGV[5], 0, 0
  end
  broke_with = last
end

local answer = { epoch }
local announced, length = { '' }, 0
for i = 10, #ARGV, 2 do
  local source, publication = ARGV[i], ARGV[i + 1]
  local offset = redis.call('ZSCORE', sources, source)
  if offset then
    offset = text(tonumber(offset))
  else
    top = top + 1
    offset = text(top)
    redis.call('XADD', events, offset .. '-0', 'p', publication)
    redis.call('RPUSH', sizes, #publication)
    redis.call('ZADD', sources, offset, source)
    bytes = bytes + #publication
    length = length + #publication
    announced[#announced + 1] = publication
  end
  answer[#answer + 1] = offset
end

local count = redis.call('LLEN', sizes)
local kept = count
while kept > 1 and (kept > tonumber(ARGV[6]) or bytes > tonumber(ARGV[7])) do
  bytes = bytes - tonumber(redis.call('LPOP', sizes))
  kept = kept - 1
end
if kept < count then
  redis.call('XTRIM', events, 'MAXLEN', text(kept))
end
redis.call('ZREMRANGEBYRANK', sources, 0, text(-tonumber(ARGV[8]) - 1))
redis.call('HSET', meta, 'epoch', epoch, 'top', text(top), 'bytes', text(bytes),
  'generation', ARGV[2], 'broke_with', broke_with)

if lost or #announced > 1 then
  -- A long announcement would be copied once more here and once per listener: they read it from
  -- the stream instead, where the missing lines look like any other hole.
  if length > tonumber(ARGV[9]) then
    announced = { '' }
  end
  announced[1] = epoch .. ' ' .. text(top)
  redis.call('PUBLISH', ARGV[1], table.concat(announced, '\n'))
end
return answer
