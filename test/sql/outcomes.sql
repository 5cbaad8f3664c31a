-- The outcomes: the table, and each refusal as an error under boxoffice.raise_refusals.
--
-- Where each function shows each outcome as a row (seat_busy: isolation specs, for it takes two sessions):
--
--   hold_seats          ok seat_taken limit_exceeded not_on_sale not_found                    hold
--                       idempotency_mismatch                                                  idempotency
--   release_hold        ok not_found already_paid not_held hold_expired                       release
--   pay_reservation     ok not_found already_paid not_held hold_expired insufficient_balance  payment
--                       idempotency_mismatch                                                  idempotency
--                       claim_used claim_not_valid                                            coupon
--   claim_coupon        ok not_found not_on_sale already_claimed sold_out idempotency_mismatch  coupon
--   cancel_reservation  ok not_found not_held too_late                                        cancel
--                       limit_exceeded                                                        large_numbers
--   credit_balance      ok limit_exceeded                                                     balance
--                       idempotency_mismatch                                                  idempotency
--   debit_balance       ok insufficient_balance                                               balance
--                       idempotency_mismatch                                                  idempotency
--   get_balance         ok                                                                    balance
--   get_event           ok not_found                                                          reading
--   get_reservation     ok not_found                                                          reading
--   create_, add_, update_: none; they raise the SQLSTATE of not_found                        catalogue, seating_plan

SELECT * FROM boxoffice.outcome ORDER BY sqlstate COLLATE "C";
-- Any other SQLSTATE than ours would be mistaken for an error of PostgreSQL.
INSERT INTO boxoffice.outcome VALUES ('test', '23505', 409, false, 'A test.');

-- Every refusal there is, but seat_busy.
CREATE FUNCTION pg_temp.explained(call text, OUT message text, OUT detail text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT boxoffice.' || call;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
END
$$;
SELECT boxoffice.create_event('Outcomes') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min', max_per_user => 2) AS slot_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', sale_opens_at => now() + '1 day') AS later_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS other_slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 8, 1000) AS seats_added, boxoffice.add_numbered_seats(:other_slot_id, 1, 100) AS of_the_other;
SELECT outcome FROM boxoffice.credit_balance('outcome-ada', 1000, idempotency_key => 'k');
SELECT outcome FROM boxoffice.credit_balance('outcome-rich', 9007199254740991);
SELECT reservation_id AS paid_id FROM boxoffice.hold_seats(:slot_id, 'outcome-ada', ARRAY[1], idempotency_key => 'h') \gset
SELECT outcome FROM boxoffice.pay_reservation(:paid_id, 'outcome-ada', 'p');
SELECT reservation_id AS held_id FROM boxoffice.hold_seats(:slot_id, 'outcome-bob', ARRAY[2, 3]) \gset
SELECT reservation_id AS released_id FROM boxoffice.hold_seats(:slot_id, 'outcome-ada', ARRAY[4]) \gset
SELECT outcome FROM boxoffice.release_hold(:released_id, 'outcome-ada');
SELECT boxoffice.create_coupon('Outcomes', 1, 100) AS coupon_id, boxoffice.create_coupon('Outcomes', 1, minimum_amount => 10000) AS dear_id,
    boxoffice.create_coupon('Outcomes', 1, valid_from => now() + '1 day') AS later_coupon_id \gset
SELECT outcome, claim_id FROM boxoffice.claim_coupon(:coupon_id, 'outcome-bob') \gset used_
SELECT outcome, claim_id FROM boxoffice.claim_coupon(:dear_id, 'outcome-bob') \gset dear_
SELECT reservation_id AS discounted_id FROM boxoffice.hold_seats(:other_slot_id, 'outcome-bob', ARRAY[1]) \gset
SELECT outcome FROM boxoffice.pay_reservation(:discounted_id, 'outcome-bob', claim_id => :used_claim_id);

SET boxoffice.raise_refusals = on;
-- The message is the outcome and its title; the detail says what the row would have said.
SELECT * FROM boxoffice.hold_seats(:slot_id, 'outcome-ada', ARRAY[3, 5, 1]);
SELECT * FROM boxoffice.hold_seats(:slot_id, 'outcome-ada', ARRAY[5, 9, 10]);
SELECT * FROM boxoffice.pay_reservation(:held_id, 'outcome-bob');
SELECT * FROM boxoffice.debit_balance('outcome-bob', 1);
SELECT * FROM boxoffice.get_reservation(:paid_id, 'outcome-bob');
SELECT regexp_replace(message, '\d+', 'N', 'g') AS message, regexp_replace(detail, '\d+', 'N', 'g') AS detail FROM pg_temp.explained(format('claim_coupon(%s, ''outcome-bob'')', :coupon_id));
-- An answer that is ok is none the less a row.
SELECT * FROM boxoffice.credit_balance('outcome-bob', 5);
SELECT * FROM boxoffice.release_hold(:released_id, 'outcome-ada');

-- Each refusal has the SQLSTATE of the table, and its name in the message.
CREATE FUNCTION pg_temp.raised(call text, at interval) RETURNS TABLE (state text, message text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('boxoffice.clock_offset', at::text, true);
    EXECUTE 'SELECT boxoffice.' || call;
    RETURN QUERY SELECT '00000', '';
EXCEPTION WHEN OTHERS THEN
    RETURN QUERY SELECT sqlstate, sqlerrm;
END
$$;
SELECT expected, state, (SELECT (state, message) = (o.sqlstate, o.outcome || ': ' || o.title) FROM boxoffice.outcome o WHERE o.outcome = expected) AS agrees
    FROM (VALUES
    ('seat_taken', '0', format('hold_seats(%s, ''outcome-ada'', ARRAY[2])', :slot_id)),
    ('limit_exceeded', '0', format('hold_seats(%s, ''outcome-ada'', ARRAY[5, 6])', :slot_id)),
    ('not_on_sale', '0', format('hold_seats(%s, ''outcome-ada'', ARRAY[1])', :later_id)),
    ('not_found', '0', 'hold_seats(0, ''outcome-ada'', ARRAY[1])'),
    ('idempotency_mismatch', '0', format('hold_seats(%s, ''outcome-ada'', ARRAY[5], idempotency_key => ''p'')', :slot_id)),
    ('not_found', '0', 'release_hold(0, ''outcome-ada'')'),
    ('already_paid', '0', format('release_hold(%s, ''outcome-ada'')', :paid_id)),
    ('hold_expired', '10 min', format('release_hold(%s, ''outcome-bob'')', :held_id)),
    ('not_found', '0', 'pay_reservation(0, ''outcome-ada'')'),
    ('already_paid', '0', format('pay_reservation(%s, ''outcome-ada'')', :paid_id)),
    ('not_held', '0', format('pay_reservation(%s, ''outcome-ada'')', :released_id)),
    ('hold_expired', '10 min', format('pay_reservation(%s, ''outcome-bob'')', :held_id)),
    ('insufficient_balance', '0', format('pay_reservation(%s, ''outcome-bob'')', :held_id)),
    ('idempotency_mismatch', '0', format('pay_reservation(%s, ''outcome-ada'', ''h'')', :paid_id)),
    ('claim_used', '0', format('pay_reservation(%s, ''outcome-bob'', claim_id => %s)', :held_id, :used_claim_id)),
    ('claim_not_valid', '0', format('pay_reservation(%s, ''outcome-bob'', claim_id => %s)', :held_id, :dear_claim_id)),
    ('not_found', '0', format('pay_reservation(%s, ''outcome-bob'', claim_id => 0)', :held_id)),
    ('not_found', '0', 'claim_coupon(0, ''outcome-ada'')'),
    ('not_on_sale', '0', format('claim_coupon(%s, ''outcome-ada'')', :later_coupon_id)),
    ('already_claimed', '0', format('claim_coupon(%s, ''outcome-bob'')', :coupon_id)),
    ('sold_out', '0', format('claim_coupon(%s, ''outcome-ada'')', :coupon_id)),
    ('idempotency_mismatch', '0', format('claim_coupon(%s, ''outcome-ada'', ''p'')', :coupon_id)),
    ('not_found', '0', 'cancel_reservation(0, ''outcome-ada'')'),
    ('not_held', '0', format('cancel_reservation(%s, ''outcome-bob'')', :held_id)),
    ('too_late', '30 days', format('cancel_reservation(%s, ''outcome-ada'')', :paid_id)),
    ('limit_exceeded', '0', 'credit_balance(''outcome-rich'', 1)'),
    ('idempotency_mismatch', '0', 'credit_balance(''outcome-ada'', 1, idempotency_key => ''k'')'),
    ('insufficient_balance', '0', 'debit_balance(''outcome-ada'', 1)'),
    ('idempotency_mismatch', '0', 'debit_balance(''outcome-ada'', 1000, idempotency_key => ''k'')'),
    ('not_found', '0', 'get_event(0)'),
    ('not_found', '0', format('get_reservation(%s, ''outcome-bob'')', :paid_id))) AS calls (expected, at, call),
    pg_temp.raised(call, at::interval);
-- Catalogue functions raise whatever the setting says.
RESET boxoffice.raise_refusals;
SELECT * FROM pg_temp.raised('create_slot(0, now())', '0');
SELECT * FROM pg_temp.raised('get_event(0)', '0');

-- The error aborts the transaction, as who sets this wants; a savepoint keeps what was before it.
BEGIN;
SET LOCAL boxoffice.raise_refusals = on;
SELECT outcome FROM boxoffice.credit_balance('outcome-bob', 100);
SAVEPOINT before;
SELECT outcome FROM boxoffice.debit_balance('outcome-bob', 10000);
SELECT 1;
ROLLBACK TO before;
SELECT outcome, balance FROM boxoffice.debit_balance('outcome-bob', 5);
COMMIT;
SELECT balance FROM boxoffice.get_balance('outcome-bob');
BEGIN;
SET LOCAL boxoffice.raise_refusals = on;
SELECT outcome FROM boxoffice.credit_balance('outcome-bob', 100);
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outcome-bob', ARRAY[1]);
COMMIT;
SELECT balance FROM boxoffice.get_balance('outcome-bob');

-- A library that lacks a row of the table cannot name its refusals: it says so instead of guessing.
BEGIN;
DELETE FROM boxoffice.outcome WHERE outcome = 'seat_taken';
SELECT outcome, refused_seat_ids FROM boxoffice.hold_seats(:slot_id, 'outcome-bob', ARRAY[1]);
SET LOCAL boxoffice.raise_refusals = on;
SELECT outcome, refused_seat_ids FROM boxoffice.hold_seats(:slot_id, 'outcome-bob', ARRAY[1]);
ROLLBACK;
