-- release_hold: every way it can answer, and what each leaves. That seat_busy is answered takes two sessions: the
-- isolation specs show it.

SELECT boxoffice.create_event('Release') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 8, 1000) AS seats_added;
SELECT outcome, balance FROM boxoffice.credit_balance('release-ada', 10000);

PREPARE hold (text, int[]) AS SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, $1, $2);
PREPARE release (bigint, text) AS SELECT * FROM boxoffice.release_hold($1, $2);
PREPARE seats AS SELECT
    string_agg(seat_id || ' ' || status, ', ' ORDER BY seat_id) AS "not free" FROM boxoffice.seat_map(:slot_id) WHERE status <> 'free';
PREPARE reservations AS SELECT user_id, seat_ids, status, paid_at IS NOT NULL AS paid
    FROM boxoffice.reservation WHERE slot_id = :slot_id ORDER BY reservation_id;

-- ok: the seats are free at once, and nothing of the hold stays in their rows.
EXECUTE hold('release-ada', ARRAY[1, 2]) \gset first_
EXECUTE hold('release-ada', ARRAY[3]) \gset second_
EXECUTE seats;
EXECUTE release(:first_reservation_id, 'release-ada');
EXECUTE seats;
SELECT seat_id, reservation_id, held_until, sold FROM boxoffice.seat WHERE slot_id = :slot_id AND seat_id <= 2 ORDER BY seat_id;
EXECUTE reservations;
-- Again: ok. Also when another has the seats by now, who keeps them, and long after the hold would have ended.
EXECUTE release(:first_reservation_id, 'release-ada');
EXECUTE hold('release-bob', ARRAY[1]) \gset bob_
EXECUTE release(:first_reservation_id, 'release-ada');
EXECUTE seats;
SET boxoffice.clock_offset = '1 day';
EXECUTE release(:first_reservation_id, 'release-ada');
RESET boxoffice.clock_offset;

-- not_found: nobody's reservation, and somebody else's, which stays as it is.
EXECUTE release(0, 'release-ada');
EXECUTE release(-1, 'release-ada');
EXECUTE release(:bob_reservation_id, 'release-ada');
EXECUTE release(:bob_reservation_id, 'release-BOB');
EXECUTE seats;

-- already_paid: what is sold stays sold.
SELECT outcome FROM boxoffice.pay_reservation(:second_reservation_id, 'release-ada');
EXECUTE release(:second_reservation_id, 'release-ada');
EXECUTE seats;
-- not_held: what was cancelled is no hold.
SELECT outcome FROM boxoffice.cancel_reservation(:second_reservation_id, 'release-ada');
EXECUTE release(:second_reservation_id, 'release-ada');
SELECT balance FROM boxoffice.get_balance('release-ada');

-- hold_expired: from its end on, whether or not anything has tidied up, and whether or not another has the seats.
EXECUTE hold('release-ada', ARRAY[4, 5]) \gset lapsed_
EXECUTE hold('release-ada', ARRAY[6, 7]) \gset taken_
SET boxoffice.clock_offset = '10 min';
EXECUTE release(:lapsed_reservation_id, 'release-ada');
-- Bob takes over one seat of two.
EXECUTE hold('release-bob', ARRAY[6]) \gset bob_
EXECUTE release(:taken_reservation_id, 'release-ada');
EXECUTE seats;
EXECUTE reservations;
SELECT boxoffice.expire_holds() >= 2 AS tidied_up;
EXECUTE release(:lapsed_reservation_id, 'release-ada');
EXECUTE release(:taken_reservation_id, 'release-ada');
EXECUTE seats;
EXECUTE reservations;
RESET boxoffice.clock_offset;

-- The clock of this session goes back, so that Ada's hold of seats 2 and 8 would run again. A hold that has lost a seat
-- meanwhile has ended all the same: Bob's seat is not given up for him.
EXECUTE hold('release-ada', ARRAY[2, 8]) \gset lost_
SET boxoffice.clock_offset = '11 min';
EXECUTE hold('release-bob', ARRAY[8]) \gset bob_
RESET boxoffice.clock_offset;
EXECUTE release(:lost_reservation_id, 'release-ada');
SELECT seat_id, r.user_id FROM boxoffice.seat s JOIN boxoffice.reservation r USING (reservation_id)
    WHERE s.slot_id = :slot_id AND seat_id IN (2, 8) ORDER BY seat_id;
SELECT * FROM boxoffice.verify();

-- Mistakes of the caller.
EXECUTE release(NULL, 'release-ada');
EXECUTE release(:bob_reservation_id, NULL);
EXECUTE release(:bob_reservation_id, '');
\set VERBOSITY sqlstate
EXECUTE release(NULL, 'release-ada');
EXECUTE release(:bob_reservation_id, NULL);
EXECUTE release(:bob_reservation_id, '');
EXECUTE release(:bob_reservation_id, repeat('b', 256));
EXECUTE seats;
