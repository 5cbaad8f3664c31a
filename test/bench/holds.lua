-- For wrk: holds of one seat each, every seat once, by many users in turn. BEARERS names a file with a JWT per line, SLOT
-- the slot and FIRST the first seat to ask for.
local bearers = {}
for line in io.lines(os.getenv("BEARERS")) do bearers[#bearers + 1] = "Bearer " .. line end
local path = "/v1/slots/" .. os.getenv("SLOT") .. "/holds"
local seat = tonumber(os.getenv("FIRST")) - 1
local at = 0

function request()
    at = at % #bearers + 1
    seat = seat + 1
    return wrk.format("POST", path, { ["Authorization"] = bearers[at], ["Content-Type"] = "application/json" },
        '{"seat_ids":[' .. seat .. "]}")
end
