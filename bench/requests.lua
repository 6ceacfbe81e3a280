-- For wrk: sends the requests of a file in turn, one a line: the access token, a tab, the body. With `check` after the
-- file's name, an answer that has errors counts as a failure, which takes time to look at.
local threads, requests, sent = {}, {}, 0
rejected = 0

setup = function(thread)
  threads[#threads + 1] = thread
end

init = function(args)
  for line in io.lines(args[1]) do
    local token, body = line:match("^(.-)\t(.*)$")
    local headers = { ["content-type"] = "application/json", ["authorization"] = "Bearer " .. token }
    requests[#requests + 1] = wrk.format("POST", "/graphql", headers, body)
  end
  if args[2] == "check" then
    response = function(_, _, body)
      if body:find('"errors"', 1, true) then rejected = rejected + 1 end
    end
  end
end

request = function()
  sent = sent + 1
  return requests[sent % #requests + 1]
end

done = function(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  for _, thread in ipairs(threads) do failures = failures + thread:get("rejected") end
  print(string.format('{"requests":%d,"microseconds":%d,"failures":%d,"p50":%d,"p99":%d}',
    summary.requests, summary.duration, failures, latency:percentile(50), latency:percentile(99)))
end
