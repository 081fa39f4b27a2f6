-- What every script shares: the people and months to ask for, and the report as one line of JSON.
-- Times are in microseconds.

local shared = {}

-- Reads the file that dataset.as_text wrote.
function shared.read_people(path)
  local people, months = {}, {}
  local first = true
  for line in io.lines(path) do
    if first then
      for year, month in line:gmatch("(%d+)-(%d+)") do
        months[#months + 1] = { year = year, month = month }
      end
      first = false
    else
      local id, token = line:match("^(%S+) (%S+)$")
      people[#people + 1] = { id = id, token = token }
    end
  end
  return people, months
end

function shared.report(summary, latency)
  io.write(string.format(
    'RESULT {"requests": %d, "seconds": %.6f, "not_2xx": %d, "lost": %d, '
      .. '"p50": %d, "p95": %d, "p99": %d, "max": %d}\n',
    summary.requests, summary.duration / 1e6, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99), latency.max))
end

return shared
