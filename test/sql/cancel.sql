-- cancel_reservation: every way it can answer; after each, the money, the seats and the ledger say the same. That
-- seat_busy is answered takes two sessions: the isolation specs show it.

SELECT boxoffice.create_event('Cancel') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '2 days', hold_for => '10 min', max_per_user => 3) AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 9, 1500) AS seats_added;
UPDATE boxoffice.seat SET price = 0 WHERE slot_id = :slot_id AND seat_id = 9;
SELECT outcome, balance FROM boxoffice.credit_balance('cancel-ada', 10000);

PREPARE hold (text, int[]) AS SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, $1, $2);
PREPARE pay (bigint, text) AS SELECT outcome, amount, balance FROM boxoffice.pay_reservation($1, $2);
PREPARE cancel (bigint, text) AS SELECT * FROM boxoffice.cancel_reservation($1, $2);
PREPARE seats AS SELECT
    string_agg(seat_id || ' ' || status, ', ' ORDER BY seat_id) AS "not free" FROM boxoffice.seat_map(:slot_id) WHERE status <> 'free';
PREPARE money (text) AS
    SELECT a.balance, (SELECT array_agg(l.amount ORDER BY entry_id) FROM boxoffice.ledger_entry l WHERE l.account_id = a.account_id) AS entries,
           (SELECT array_agg(p.amount || ' - ' || p.refunded ORDER BY payment_id) FROM boxoffice.payment p WHERE p.account_id = a.account_id) AS payments
    FROM boxoffice.account a WHERE a.user_id = $1;

-- not_held: a hold that is not paid, running, released or past its end.
EXECUTE hold('cancel-ada', ARRAY[1, 2]) \gset ada_
EXECUTE cancel(:ada_reservation_id, 'cancel-ada');
EXECUTE seats;
SELECT outcome FROM boxoffice.release_hold(:ada_reservation_id, 'cancel-ada');
EXECUTE hold('cancel-ada', ARRAY[3]) \gset released_
SELECT outcome FROM boxoffice.release_hold(:released_reservation_id, 'cancel-ada');
EXECUTE cancel(:released_reservation_id, 'cancel-ada');
EXECUTE hold('cancel-bob', ARRAY[8]) \gset lapsed_
SET boxoffice.clock_offset = '10 min';
EXECUTE cancel(:lapsed_reservation_id, 'cancel-bob');
SELECT boxoffice.expire_holds() >= 1 AS tidied_up;
EXECUTE cancel(:lapsed_reservation_id, 'cancel-bob');
RESET boxoffice.clock_offset;
EXECUTE money('cancel-ada');

-- ok: the full amount comes back, and the seats are free at once.
EXECUTE hold('cancel-ada', ARRAY[4, 5]) \gset ada_
EXECUTE pay(:ada_reservation_id, 'cancel-ada');
EXECUTE hold('cancel-ada', ARRAY[6]) \gset kept_
EXECUTE pay(:kept_reservation_id, 'cancel-ada');
EXECUTE seats;
EXECUTE cancel(:ada_reservation_id, 'cancel-ada');
EXECUTE money('cancel-ada');
EXECUTE seats;
SELECT seat_id, reservation_id, held_until, sold FROM boxoffice.seat WHERE slot_id = :slot_id AND seat_id IN (4, 5) ORDER BY seat_id;
SELECT r.status, r.paid_at IS NOT NULL AS was_paid, l.reason, l.amount, h.house
    FROM boxoffice.reservation r JOIN boxoffice.ledger_entry l USING (reservation_id)
    JOIN boxoffice.account h ON h.account_id = l.counter_account_id
    WHERE r.reservation_id = :ada_reservation_id ORDER BY entry_id;

-- Again: ok, the same refunded, the balance as it is by then, and nothing moves; also when another has the seats.
EXECUTE cancel(:ada_reservation_id, 'cancel-ada');
EXECUTE hold('cancel-bob', ARRAY[4]) \gset bob_
SELECT outcome, balance FROM boxoffice.credit_balance('cancel-bob', 1500);
EXECUTE pay(:bob_reservation_id, 'cancel-bob');
SELECT outcome, balance FROM boxoffice.debit_balance('cancel-ada', 500);
EXECUTE cancel(:ada_reservation_id, 'cancel-ada');
EXECUTE money('cancel-ada');
EXECUTE money('cancel-bob');
EXECUTE seats;
-- What is cancelled does not count against the limit of 3: Ada has 1 and gets 2 more.
EXECUTE hold('cancel-ada', ARRAY[2, 3]) \gset again_
SELECT :'again_outcome' AS outcome;

-- not_found: nobody's reservation, and somebody else's: nobody can cancel for another.
EXECUTE cancel(0, 'cancel-ada');
EXECUTE cancel(-1, 'cancel-ada');
EXECUTE cancel(:bob_reservation_id, 'cancel-ada');
EXECUTE cancel(:ada_reservation_id, 'cancel-bob');
EXECUTE seats;

-- An amount of 0 is given back without a ledger entry.
EXECUTE hold('cancel-guest', ARRAY[9]) \gset guest_
EXECUTE pay(:guest_reservation_id, 'cancel-guest');
EXECUTE cancel(:guest_reservation_id, 'cancel-guest');
EXECUTE cancel(:guest_reservation_id, 'cancel-guest');
EXECUTE money('cancel-guest');

-- What was paid is refunded, whatever the price has become.
EXECUTE hold('cancel-guest', ARRAY[7]) \gset guest_
SELECT outcome, balance FROM boxoffice.credit_balance('cancel-guest', 1500);
EXECUTE pay(:guest_reservation_id, 'cancel-guest');
UPDATE boxoffice.seat SET price = 9900 WHERE slot_id = :slot_id AND seat_id = 7;
EXECUTE cancel(:guest_reservation_id, 'cancel-guest');
EXECUTE money('cancel-guest');

-- too_late: from the beginning of the slot on nothing is given back. A minute before it is. What was cancelled in time
-- stays cancelled and says so.
SET boxoffice.clock_offset = '2 days';
EXECUTE cancel(:kept_reservation_id, 'cancel-ada');
EXECUTE cancel(:ada_reservation_id, 'cancel-ada');
EXECUTE money('cancel-ada');
EXECUTE seats;
-- The beginning counts as it is now, not as it was when the seats were sold.
BEGIN;
SELECT boxoffice.update_slot(:slot_id, starts_at => now() + '3 days');
EXECUTE cancel(:kept_reservation_id, 'cancel-ada');
ROLLBACK;
SET boxoffice.clock_offset = '1 day 23:59:00';
EXECUTE cancel(:kept_reservation_id, 'cancel-ada');
EXECUTE money('cancel-ada');
EXECUTE seats;
RESET boxoffice.clock_offset;
SELECT * FROM boxoffice.verify();

-- Mistakes of the caller.
EXECUTE cancel(NULL, 'cancel-ada');
EXECUTE cancel(:bob_reservation_id, NULL);
EXECUTE cancel(:bob_reservation_id, '');
\set VERBOSITY sqlstate
EXECUTE cancel(NULL, 'cancel-ada');
EXECUTE cancel(:bob_reservation_id, NULL);
EXECUTE cancel(:bob_reservation_id, '');
EXECUTE cancel(:bob_reservation_id, repeat('b', 256));
EXECUTE seats;
