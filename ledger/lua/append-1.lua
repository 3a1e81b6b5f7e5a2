#!lua
--[[
  Appends one batch of events to one decision's chain, if the chain ends where the caller expects.

  Every check comes before the first write: what a script wrote before an error is not rolled back. The shebang makes
  the server refuse the whole script before its first line when it is out of memory, a read-only replica, or cannot
  write its AOF, instead of at an XADD. It also keeps the script to the keys it names, on one slot of a cluster.

  KEYS[1]  stream of the decision, cs:{<decision id>}:events, or the stub of an archived one (see archive-1.lua)

  ARGV[1]  expected sequence, decimal, 0 for an empty chain
  ARGV[2]  expected hash: integrity hash of the event at that sequence, GENESIS for an empty chain
  ARGV[3]  command id
  ARGV[4]  seal of the batch: HMAC-SHA256, 64 lower-case hex digits
  ARGV[5..] canonical bytes of each event, in order, at least one

  Entries written: id <sequence>-0, fields
    e  canonical bytes of the event
    c  command id
    b  place in the batch, <index from 1>/<size>
    m  seal of the batch

  Returns { code, detail }
    APPENDED   the batch stands                                        detail: sequence of its last event
    EXISTS     the chain ends elsewhere; nothing was written           detail: sequence of the stored head
    CORRUPT    the stream cannot be a chain; nothing was written       detail: what is wrong with it
    ARGUMENTS  the caller sent something else; nothing was written     detail: what is wrong with it
]]
local key = KEYS[1]
local expected_sequence = tonumber(ARGV[1])
local expected_hash = ARGV[2]
local command_id = ARGV[3]
local seal = ARGV[4]
local first_event = 5
local size = #ARGV - first_event + 1

if #KEYS ~= 1 then return { 'ARGUMENTS', 'one key' } end
if size < 1 then return { 'ARGUMENTS', 'at least one event' } end
if not expected_sequence or string.format('%.0f', expected_sequence) ~= ARGV[1] then
  return { 'ARGUMENTS', 'expected sequence is not a decimal number' }
end

local head_sequence = 0
local head_hash = 'GENESIS'

local kind = redis.call('TYPE', key).ok
-- A chain that was archived has ended: whatever is expected, what stands there is read through its stub.
if kind == 'hash' then
  local stub_sequence = redis.call('HGET', key, 's')
  if not stub_sequence then return { 'CORRUPT', 'the key holds a hash that is no stub' } end
  return { 'EXISTS', stub_sequence }
end
if kind ~= 'none' and kind ~= 'stream' then return { 'CORRUPT', 'the key holds a ' .. kind } end

if kind == 'stream' then
  head_sequence = redis.call('XLEN', key)
  if head_sequence > 0 then
    -- Entry ids are 1-0, 2-0, ..., so the last of so many is this one unless something was deleted or trimmed.
    local head_id = string.format('%.0f-0', head_sequence)
    local last = redis.call('XRANGE', key, head_id, head_id)[1]
    if not last then return { 'CORRUPT', head_sequence .. ' entries stand, and none of them is ' .. head_id } end
    local bytes
    for i = 1, #last[2], 2 do
      if last[2][i] == 'e' then bytes = last[2][i + 1] end
    end
    if not bytes then return { 'CORRUPT', 'entry ' .. head_id .. ' holds no event' } end
    -- In canonical JSON no string holds an unescaped quote, so this text is the member itself; no event nests another.
    local is_expected = string.find(bytes, '"integrity_hash":"' .. expected_hash .. '"', 1, true)
    head_hash = is_expected and expected_hash or 'another'
  end
end

if head_sequence ~= expected_sequence or head_hash ~= expected_hash then
  return { 'EXISTS', string.format('%.0f', head_sequence) }
end

-- First write. The server refuses an id that is not higher than every one it ever gave: what was deleted behind the
-- last entry is found here, before anything is written. From then on nothing can fail: the ids rise, the type is right,
-- memory was checked.
for i = 1, size do
  local entry = { key, string.format('%.0f-0', expected_sequence + i),
    'e', ARGV[first_event + i - 1], 'c', command_id, 'b', i .. '/' .. size, 'm', seal }
  if i == 1 then
    local added = redis.pcall('XADD', unpack(entry))
    if type(added) == 'table' and added.err then
      if string.find(added.err, 'smaller than the target stream top item', 1, true) then
        return { 'CORRUPT', head_sequence .. ' entries stand, but ids went higher' }
      end
      return added
    end
  else
    redis.call('XADD', unpack(entry))
  end
end
return { 'APPENDED', string.format('%.0f', expected_sequence + size) }
