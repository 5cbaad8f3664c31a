-- For wrk: one user is credited again and again. BEARER is the JWT of an administrator.
local headers = { ["Authorization"] = "Bearer " .. os.getenv("BEARER"), ["Content-Type"] = "application/json" }

function request()
    return wrk.format("POST", "/v1/balance/credits", headers, '{"user_id":"one","amount":1}')
end
