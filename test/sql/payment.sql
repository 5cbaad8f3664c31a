-- pay_reservation: every way it can answer; after each, the money, the seats and the ledger say the same. That seat_busy
-- is answered takes two sessions: the isolation specs show it.

SELECT boxoffice.create_event('Payment') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 13, 2000) AS seats_added;
UPDATE boxoffice.seat SET price = (ARRAY[4000, 2000, 3500, 0])[seat_id - 6] WHERE slot_id = :slot_id AND seat_id BETWEEN 7 AND 10;

PREPARE hold (text, int[]) AS SELECT outcome, reservation_id, amount FROM boxoffice.hold_seats(:slot_id, $1, $2);
PREPARE pay (bigint, text) AS SELECT outcome, payment_id IS NOT NULL AS has_payment, amount, balance FROM boxoffice.pay_reservation($1, $2);
PREPARE seats AS SELECT
    string_agg(seat_id || ' ' || status, ', ' ORDER BY seat_id) AS "not free" FROM boxoffice.seat_map(:slot_id) WHERE status <> 'free';
-- The account and its ledger, and the payments.
PREPARE money (text) AS
    SELECT a.balance, (SELECT array_agg(l.amount ORDER BY entry_id) FROM boxoffice.ledger_entry l WHERE l.account_id = a.account_id) AS entries,
           (SELECT array_agg(p.amount ORDER BY payment_id) FROM boxoffice.payment p WHERE p.account_id = a.account_id) AS payments
    FROM boxoffice.account a WHERE a.user_id = $1;

-- insufficient_balance tells the balance, keeps the hold and takes nothing; also from who never had an account.
EXECUTE hold('payment-ada', ARRAY[1, 2]) \gset ada_
EXECUTE pay(:ada_reservation_id, 'payment-ada');
SELECT outcome, balance FROM boxoffice.credit_balance('payment-ada', 3999);
EXECUTE pay(:ada_reservation_id, 'payment-ada');
EXECUTE money('payment-ada');
EXECUTE seats;
SELECT status, paid_at FROM boxoffice.reservation WHERE reservation_id = :ada_reservation_id;

-- ok: down to the last cent. Seats sold, ledger, payment and reservation agree.
SELECT outcome, balance FROM boxoffice.credit_balance('payment-ada', 1);
SELECT outcome, payment_id, amount, balance FROM boxoffice.pay_reservation(:ada_reservation_id, 'payment-ada') \gset paid_
SELECT :'paid_outcome' AS outcome, :paid_amount AS amount, :paid_balance AS balance;
EXECUTE money('payment-ada');
EXECUTE seats;
SELECT seat_id, reservation_id = :ada_reservation_id AS own, held_until, sold
    FROM boxoffice.seat WHERE slot_id = :slot_id AND sold ORDER BY seat_id;
SELECT r.status, r.paid_at BETWEEN r.created_at AND r.expires_at AS paid_in_time, p.created_at = r.paid_at AS payment_agrees,
       p.refunded, l.reason, l.balance, l.created_at = r.paid_at AS ledger_agrees, h.house
    FROM boxoffice.reservation r JOIN boxoffice.payment p USING (reservation_id) JOIN boxoffice.ledger_entry l USING (reservation_id)
    JOIN boxoffice.account h ON h.account_id = l.counter_account_id
    WHERE p.payment_id = :paid_payment_id;

-- already_paid: nothing is taken twice, however much there is. What is paid stays paid when the hold would have ended.
SELECT outcome, balance FROM boxoffice.credit_balance('payment-ada', 9000);
EXECUTE pay(:ada_reservation_id, 'payment-ada');
SET boxoffice.clock_offset = '1 day';
EXECUTE pay(:ada_reservation_id, 'payment-ada');
EXECUTE seats;
RESET boxoffice.clock_offset;
EXECUTE money('payment-ada');

-- not_found: nobody's reservation, and somebody else's: nobody can pay for another, nor learn that it exists.
EXECUTE hold('payment-bob', ARRAY[3]) \gset bob_
EXECUTE pay(0, 'payment-ada');
EXECUTE pay(-1, 'payment-ada');
EXECUTE pay(:bob_reservation_id, 'payment-ada');
EXECUTE money('payment-ada');
EXECUTE seats;

-- not_held: released, and cancelled.
EXECUTE hold('payment-ada', ARRAY[4]) \gset released_
SELECT outcome FROM boxoffice.release_hold(:released_reservation_id, 'payment-ada');
EXECUTE pay(:released_reservation_id, 'payment-ada');
EXECUTE hold('payment-ada', ARRAY[5]) \gset cancelled_
EXECUTE pay(:cancelled_reservation_id, 'payment-ada');
SELECT outcome FROM boxoffice.cancel_reservation(:cancelled_reservation_id, 'payment-ada');
EXECUTE pay(:cancelled_reservation_id, 'payment-ada');
EXECUTE money('payment-ada');
EXECUTE seats;

-- hold_expired: a hold past its end takes no money, whether or not another has the seats, whether or not anything has
-- tidied up. It is told before insufficient_balance: more money would not help.
EXECUTE hold('payment-ada', ARRAY[4, 5]) \gset lapsed_
EXECUTE hold('payment-poor', ARRAY[6]) \gset poor_
SET boxoffice.clock_offset = '9 min';
EXECUTE seats;
SET boxoffice.clock_offset = '10 min';
EXECUTE pay(:lapsed_reservation_id, 'payment-ada');
EXECUTE pay(:poor_reservation_id, 'payment-poor');
EXECUTE seats;
EXECUTE hold('payment-bob', ARRAY[5]) \gset takeover_
EXECUTE pay(:lapsed_reservation_id, 'payment-ada');
SELECT boxoffice.expire_holds() >= 1 AS tidied_up;
EXECUTE pay(:lapsed_reservation_id, 'payment-ada');
EXECUTE money('payment-ada');
EXECUTE money('payment-poor');
EXECUTE seats;
-- Who took over pays as usual.
SELECT outcome, balance FROM boxoffice.credit_balance('payment-bob', 2500);
EXECUTE pay(:takeover_reservation_id, 'payment-bob');
EXECUTE seats;
RESET boxoffice.clock_offset;
-- A hold whose clock says that it still runs, but which has lost a seat, has ended: nobody pays for another's seat.
EXECUTE hold('payment-ada', ARRAY[11, 12]) \gset lost_
SET boxoffice.clock_offset = '11 min';
EXECUTE hold('payment-bob', ARRAY[12]) \gset takeover_
RESET boxoffice.clock_offset;
EXECUTE pay(:lost_reservation_id, 'payment-ada');
EXECUTE money('payment-ada');

-- Paying in the last minute is in time, and the end of the hold is of no account afterwards.
EXECUTE hold('payment-late', ARRAY[13]) \gset late_
SELECT outcome, balance FROM boxoffice.credit_balance('payment-late', 2000);
SET boxoffice.clock_offset = '9 min';
EXECUTE pay(:late_reservation_id, 'payment-late');
RESET boxoffice.clock_offset;

-- A balance of 5,000 and reservations of 4,000, 2,000 and 3,500: what fits is paid.
SELECT outcome, balance FROM boxoffice.credit_balance('payment-eve', 5000);
EXECUTE hold('payment-eve', ARRAY[7]) \gset four_
EXECUTE hold('payment-eve', ARRAY[8]) \gset two_
EXECUTE hold('payment-eve', ARRAY[9]) \gset three_
EXECUTE pay(:four_reservation_id, 'payment-eve');
EXECUTE pay(:two_reservation_id, 'payment-eve');
EXECUTE pay(:three_reservation_id, 'payment-eve');
EXECUTE money('payment-eve');
EXECUTE seats;

-- An amount of 0 is paid without a balance and without a ledger entry, once.
EXECUTE hold('payment-guest', ARRAY[10]) \gset guest_
EXECUTE pay(:guest_reservation_id, 'payment-guest');
EXECUTE pay(:guest_reservation_id, 'payment-guest');
EXECUTE money('payment-guest');
SELECT outcome, balance FROM boxoffice.get_balance('payment-guest');

-- The amount is fixed by the hold: a price that changes afterwards changes nothing.
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 1, 700) AS seats_added;
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'payment-eve', ARRAY[1]) \gset fixed_
SELECT boxoffice.set_seat_prices(:slot_id, '99');
EXECUTE pay(:fixed_reservation_id, 'payment-eve');
SELECT * FROM boxoffice.verify();

-- Mistakes of the caller.
EXECUTE pay(NULL, 'payment-ada');
EXECUTE pay(:bob_reservation_id, NULL);
EXECUTE pay(:bob_reservation_id, '');
\set VERBOSITY sqlstate
EXECUTE pay(NULL, 'payment-ada');
EXECUTE pay(:bob_reservation_id, NULL);
EXECUTE pay(:bob_reservation_id, '');
EXECUTE pay(:bob_reservation_id, repeat('b', 256));
SELECT outcome FROM boxoffice.pay_reservation(:bob_reservation_id, 'payment-bob', '');
SELECT outcome FROM boxoffice.pay_reservation(:bob_reservation_id, 'payment-bob', repeat('k', 256));
EXECUTE money('payment-bob');
