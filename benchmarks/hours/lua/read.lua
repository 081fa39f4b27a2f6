-- Asks for one person's month (or year) after the other, both at random, with that person's token.
-- Arguments: the file of people, "sessions", "totals" or "report" (by project), "month" or "year",
-- and the limit, if any.

local folder = debug.getinfo(1, "S").source:match("@(.*/)")
local shared = dofile(folder .. "answers.lua")

local requests = {}

function init(arguments)
  local people, months = shared.read_people(arguments[1])
  local paths = {
    sessions = "/api/v1/sessions",
    totals = "/api/v1/sessions/totals",
    report = "/api/v1/reports/hours",
  }
  local path = paths[arguments[2]]
  local limit = arguments[4] and "&limit=" .. arguments[4] or ""
  math.randomseed(4711)
  for number = 1, 5000 do
    local person = people[math.random(#people)]
    local month = months[math.random(#months)]
    local range = "?year=" .. month.year
    if arguments[2] == "report" then
      local date = string.format("%04d-%02d-15", month.year, month.month)
      range = "?period=" .. arguments[3] .. "&group_by=project&date=" .. date
    elseif arguments[3] == "month" then
      range = range .. "&month=" .. month.month
    end
    requests[number] = wrk.format("GET", path .. range .. "&person_id=" .. person.id .. limit, {
      ["Authorization"] = "Bearer " .. person.token,
      ["Accept"] = "application/json",
    })
  end
end

local place = 0

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency)
  shared.report(summary, latency)
end
