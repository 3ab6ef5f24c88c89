/** The burst limit of a location, kept once for all processes: permits are taken in blocks, and come back when calls end. */
import type { PermitReply, PermitRequest, Permits } from "../store.ts";
import { type RedisConnection, script } from "./connection.ts";

// A process that says nothing for so long is dead or cut off: its permits have ended before (SharedWindow), and what it
// sent has long been counted.
const SILENT_MS = 2500;
const SLICES = 100;
// The upstream's clock and the server's do not tick together.
const APART_MS = 25;

// Fields: limit, interval, hold, others; o:<process> permits that are out, x:<process> when they count as spent; b:<slice>
// calls that ended in a slice of time. A call counts from its permit until one interval after its end.
const TAKE = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local me, want, ended, out = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local all = redis.call('HGETALL', KEYS[1])
local has = {}
for i = 1, #all, 2 do has[all[i]] = tonumber(all[i + 1]) end
local limit = tonumber(ARGV[5]) > 0 and tonumber(ARGV[5]) or has.limit or tonumber(ARGV[7])
local interval = tonumber(ARGV[6]) > 0 and tonumber(ARGV[6]) or has.interval or tonumber(ARGV[8])
local width = math.max(1, math.floor(interval / ${SLICES}))
local hold = math.max(has.hold or 0, now + tonumber(ARGV[9]))
if tonumber(ARGV[9]) <= 0 then hold = has.hold or 0 end
local set, gone = { 'limit', limit, 'interval', interval, 'hold', hold }, {}
local function add(at, calls)
	if calls <= 0 then return end
	local field = 'b:' .. math.floor(at / width)
	has[field] = (has[field] or 0) + calls
	set[#set + 1] = field
	set[#set + 1] = has[field]
end
has['o:' .. me] = nil
add(now, ended + tonumber(ARGV[10]))
local used, first = out, nil
local oldest = now - interval - ${APART_MS}
for field, value in pairs(has) do
	local kind, name = string.match(field, '^(%a):(.+)$')
	if kind == 'o' then
		local expires = has['x:' .. name] or 0
		if expires < now then
			add(expires, value)
			gone[#gone + 1] = field
			gone[#gone + 1] = 'x:' .. name
		else
			used = used + value
		end
	end
end
for field, value in pairs(has) do
	local kind, name = string.match(field, '^(%a):(.+)$')
	if kind == 'b' then
		local ends = (tonumber(name) + 1) * width
		if ends <= oldest then
			gone[#gone + 1] = field
		else
			used = used + value
			if not first or ends < first then first = ends end
		end
	end
end
local others = 0
if tonumber(ARGV[11]) >= 0 then others = math.max(0, tonumber(ARGV[11]) - used) else others = has.others or 0 end
if tonumber(ARGV[11]) < 0 and (has.othersAt or 0) < now - interval then others = 0 end
if tonumber(ARGV[11]) >= 0 then
	set[#set + 1] = 'othersAt'
	set[#set + 1] = now
end
set[#set + 1] = 'others'
set[#set + 1] = others
local free = limit - used - others
if others > 0 then free = free - 2 end
if hold > now then free = 0 end
local given = math.max(0, math.min(want, free))
set[#set + 1] = 'o:' .. me
set[#set + 1] = out + given
set[#set + 1] = 'x:' .. me
set[#set + 1] = now + ${SILENT_MS}
if #gone > 0 then redis.call('HDEL', KEYS[1], unpack(gone)) end
redis.call('HSET', KEYS[1], unpack(set))
redis.call('PEXPIRE', KEYS[1], interval * 2 + 60000)
local wait = interval
if first then wait = first - oldest end
if hold > now then wait = hold - now end
return { given, math.max(0, free - given), limit, interval, math.max(1, wait) }
`);

export const redisPermits = (
	connection: RedisConnection,
	process: string,
	key: string,
): Permits => ({
	async take({
		want,
		ended,
		out,
		limit = 0,
		intervalMs = 0,
		fallback,
		holdMs = 0,
		spent = 0,
		counted = -1,
	}: PermitRequest): Promise<PermitReply> {
		const [given, free, limitNow, intervalNow, waitMs] = (
			(await connection.run(
				TAKE,
				[key],
				[
					process,
					want,
					ended,
					out,
					limit,
					intervalMs,
					fallback.limit,
					fallback.intervalMs,
					Math.ceil(holdMs),
					spent,
					counted,
				],
			)) as unknown[]
		).map(Number);
		return {
			given: given ?? 0,
			free: free ?? 0,
			limit: limitNow ?? fallback.limit,
			intervalMs: intervalNow ?? fallback.intervalMs,
			waitMs: waitMs ?? 1,
		};
	},
});
