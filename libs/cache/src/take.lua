-- Counts one call against a limit (see gcra.rs). KEYS[1] holds the theoretical arrival time.
-- ARGV: interval and window in microseconds. Answers {1 if allowed, microseconds ahead of now}.
-- The server's clock counts, so that all processes agree.
local interval, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local arrival = tonumber(redis.call('GET', KEYS[1]) or now)
local ahead = math.max(math.min(arrival - now, window), 0)
local allowed = ahead + interval <= window
if allowed then
  ahead = ahead + interval
end
if ahead > 0 then
  redis.call('SET', KEYS[1], string.format('%.0f', now + ahead), 'PX', math.ceil(ahead / 1000))
end
return {allowed and 1 or 0, ahead}
