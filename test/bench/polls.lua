-- For wrk: polls of tokens that wait, each in turn. TOKENS names a file with one per line.
local tokens = {}
for line in io.lines(os.getenv("TOKENS")) do tokens[#tokens + 1] = line end
local at = 0

function request()
    at = at % #tokens + 1
    return wrk.format("GET", "/v1/queue-token", { ["Queue-Token"] = tokens[at] })
end
