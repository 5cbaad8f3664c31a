-- For wrk: one coupon is claimed by one user after the other, and when all have it, the next. BEARERS names a file with a
-- JWT per line, COUPON the first coupon.
local bearers = {}
for line in io.lines(os.getenv("BEARERS")) do bearers[#bearers + 1] = "Bearer " .. line end
local coupon = tonumber(os.getenv("COUPON"))
local at = 0

function request()
    at = at + 1
    if at > #bearers then
        at = 1
        coupon = coupon + 1
    end
    return wrk.format("POST", "/v1/coupons/" .. coupon .. "/claims", { ["Authorization"] = bearers[at] })
end
