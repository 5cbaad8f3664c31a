-- For wrk: one coupon after the other is claimed by every user once, so that one is wanted by all at any time. BEARERS names
-- a file with a JWT per line, COUPON the first coupon.
local bearers = {}
for line in io.lines(os.getenv("BEARERS")) do bearers[#bearers + 1] = "Bearer " .. line end
local coupon = tonumber(os.getenv("COUPON"))
local at = 0

function request()
    if at == #bearers then at, coupon = 0, coupon + 1 end
    at = at + 1
    return wrk.format("POST", "/v1/coupons/" .. coupon .. "/claims", { ["Authorization"] = bearers[at] })
end
