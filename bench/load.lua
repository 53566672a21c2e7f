-- Sends the bodies of a file in turn and prints one JSON line. Arguments: the file (headers, empty line, a body a
-- line), and the number of the first body.

local requests, turn = {}, 0

function init(arguments)
  local headers, bodies = {}, false
  for line in io.lines(arguments[1]) do
    if bodies then
      requests[#requests + 1] = wrk.format("POST", nil, headers, line)
    elseif line == "" then
      bodies = true
    else
      local name, value = line:match("^([^:]+): (.*)$")
      headers[name] = value
    end
  end
  turn = tonumber(arguments[2])
end

function request()
  turn = turn + 1
  return requests[(turn - 1) % #requests + 1]
end

function done(summary, latency, _)
  local errors = summary.errors
  print(string.format(
    '{"requests": %d, "seconds": %.6f, "p50_ms": %.4f, "p99_ms": %.4f, "refused": %d, "lost": %d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
