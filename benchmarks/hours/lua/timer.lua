-- Starts and stops the timer of one person after the other. wrk calls `request` a thread, so run it
-- with as many threads as connections: each then has people of its own, and knows which of the two
-- requests an answer belongs to.
-- Arguments: the file of people, and the number of threads.

local folder = debug.getinfo(1, "S").source:match("@(.*/)")
local shared = dofile(folder .. "answers.lua")
local ffi = require("ffi")

ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } benchmark_instant;
  int clock_gettime(int clock, benchmark_instant *instant);
]]

local instant = ffi.new("benchmark_instant")

local function now()
  ffi.C.clock_gettime(1, instant)
  return tonumber(instant.seconds) * 1e6 + tonumber(instant.nanoseconds) / 1e3
end

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
  thread:set("number", #threads)
end

local requests, place, sent = {}, 0, 0
started, stopped, refused = {}, {}, 0

function init(arguments)
  local people = shared.read_people(arguments[1])
  local count = tonumber(arguments[2])
  for index = number, #people, count do
    local headers = {
      ["Authorization"] = "Bearer " .. people[index].token,
      ["Content-Type"] = "application/json",
    }
    requests[#requests + 1] =
      wrk.format("POST", "/api/v1/timer/start", headers, '{"name": "Gel number ' .. index .. '"}')
    requests[#requests + 1] = wrk.format("POST", "/api/v1/timer/stop", headers, "{}")
  end
end

function request()
  place = place % #requests + 1
  sent = now()
  return requests[place]
end

function response(status)
  local taken = now() - sent
  local times = place % 2 == 1 and started or stopped
  times[#times + 1] = taken
  if status ~= 200 and status ~= 201 then
    refused = refused + 1
  end
end

local function percentiles(name)
  local times = {}
  for _, thread in ipairs(threads) do
    for _, taken in ipairs(thread:get(name)) do
      times[#times + 1] = taken
    end
  end
  table.sort(times)
  local function at(share)
    return times[math.max(1, math.ceil(#times * share))] or 0
  end
  return string.format('{"requests": %d, "p50": %d, "p95": %d, "p99": %d, "max": %d}',
    #times, at(0.50), at(0.95), at(0.99), at(1))
end

function done(summary, latency)
  shared.report(summary, latency)
  io.write(string.format('KINDS {"start": %s, "stop": %s}\n',
    percentiles("started"), percentiles("stopped")))
end
