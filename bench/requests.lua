-- For wrk: sends the requests of a file in turn, one a line: the access token, a tab, the body.
local requests, sent = {}, 0

init = function(args)
  for line in io.lines(args[1]) do
    local token, body = line:match("^(.-)\t(.*)$")
    local headers = { ["content-type"] = "application/json", ["authorization"] = "Bearer " .. token }
    requests[#requests + 1] = wrk.format("POST", "/graphql", headers, body)
  end
end

request = function()
  sent = sent + 1
  return requests[sent % #requests + 1]
end

done = function(summary)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format('{"requests":%d,"microseconds":%d,"failures":%d}', summary.requests, summary.duration, failures))
end
