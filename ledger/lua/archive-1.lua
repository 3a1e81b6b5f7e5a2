#!lua
--[[
  Puts a sealed stub in the place of one decision's chain, if the chain ends where the caller says.

  Every check comes before the first write. The two writes stand together, in memory and in the append-only file: Redis
  writes the effects of a script as one transaction, so a crash leaves the chain or the stub, never neither.

  KEYS[1]  stream of the decision, cs:{<decision id>}:events

  ARGV[1]  sequence of the chain's last event, decimal, at least 1
  ARGV[2]  integrity hash of that event
  ARGV[3]  digest of the chain's document
  ARGV[4]  seal of the stub: HMAC-SHA256, 64 lower-case hex digits

  Stub written: a hash with the fields
    d  digest of the chain's document
    s  sequence of its last event
    h  integrity hash of that event
    m  seal of the stub

  Returns { code, detail }
    ARCHIVED   the stub stands, the chain is gone
    STANDS     a stub with this document and head stood there; nothing was written
    MOVED      something else stands there; nothing was written         detail: what
    ARGUMENTS  the caller sent something else; nothing was written      detail: what is wrong with it
]]
local key = KEYS[1]
local sequence, hash, document, seal = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

if #KEYS ~= 1 then return { 'ARGUMENTS', 'one key' } end
if #ARGV ~= 4 then return { 'ARGUMENTS', 'sequence, hash, document, seal' } end
if not string.match(sequence, '^[1-9]%d*$') then return { 'ARGUMENTS', 'the sequence is not a decimal number' } end
if not string.match(document, '^sha256:%x+$') or #document ~= 71 then return { 'ARGUMENTS', 'the document is no digest' } end
if not string.match(seal, '^%x+$') or #seal ~= 64 then return { 'ARGUMENTS', 'the seal is none' } end

local kind = redis.call('TYPE', key).ok
if kind == 'hash' then
  local same = redis.call('HGET', key, 'd') == document and redis.call('HGET', key, 's') == sequence
    and redis.call('HGET', key, 'h') == hash
  if same then return { 'STANDS', sequence } end
  return { 'MOVED', 'another stub stands there' }
end
if kind ~= 'stream' then return { 'MOVED', 'the key holds a ' .. kind } end

local info = {}
local reply = redis.call('XINFO', 'STREAM', key)
for i = 1, #reply, 2 do info[reply[i]] = reply[i + 1] end
local head_id = string.format('%.0f-0', info['length'])
local last = info['last-entry']
if info['last-generated-id'] ~= head_id or not last or last[1] ~= head_id then
  return { 'MOVED', 'entries were deleted or trimmed' }
end
if head_id ~= sequence .. '-0' then return { 'MOVED', 'the chain ends at ' .. head_id } end
local bytes
for i = 1, #last[2], 2 do
  if last[2][i] == 'e' then bytes = last[2][i + 1] end
end
local readable, event = pcall(cjson.decode, bytes)
if not readable or type(event) ~= 'table' or event['integrity_hash'] ~= hash then
  return { 'MOVED', 'the chain ends with another event' }
end

-- First write.
redis.call('UNLINK', key)
redis.call('HSET', key, 'd', document, 's', sequence, 'h', hash, 'm', seal)
return { 'ARCHIVED', sequence }
