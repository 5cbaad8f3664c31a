-- For wrk: holds of one place each of one pool, by many users in turn. BEARERS names a file with a JWT per line, POOL the
-- pool.
local bearers = {}
for line in io.lines(os.getenv("BEARERS")) do bearers[#bearers + 1] = "Bearer " .. line end
local path = "/v1/pools/" .. os.getenv("POOL") .. "/holds"
local at = 0

function request()
    at = at % #bearers + 1
    return wrk.format("POST", path, { ["Authorization"] = bearers[at], ["Content-Type"] = "application/json" },
        '{"quantity":1}')
end
