-- What a call reads does not depend on how large the hall is: the seats that it is about, and no others.

SELECT boxoffice.create_event('Cost of a hall') AS event_id \gset
SELECT outcome FROM boxoffice.credit_balance('hall-ann', 1000000);
CREATE TABLE pg_temp.reading (number integer GENERATED ALWAYS AS IDENTITY, what text, seats integer, outcome text, rows_read bigint);
-- Seats that a call has read from the table or by an index.
CREATE FUNCTION pg_temp.rows_read() RETURNS bigint LANGUAGE sql AS $$
    SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relid = 'boxoffice.seat'::regclass
$$;
CREATE PROCEDURE pg_temp.measure(what text, seats integer, call text) LANGUAGE plpgsql AS $$
DECLARE
    before bigint := pg_temp.rows_read();
    answer text;
BEGIN
    EXECUTE call INTO STRICT answer;
    INSERT INTO pg_temp.reading (what, seats, outcome, rows_read) VALUES (what, seats, answer, pg_temp.rows_read() - before);
END
$$;
CREATE PROCEDURE pg_temp.measure_all(event_id bigint, seats integer) LANGUAGE plpgsql AS $$
DECLARE
    slot_id bigint := boxoffice.create_slot(event_id, now() + '30 days', hold_for => '10 min', hold_for_max => '1 hour');
    given bigint;
BEGIN
    PERFORM boxoffice.add_numbered_seats(slot_id, seats, 100);
    CALL pg_temp.measure('hold_seats', seats, format('SELECT outcome FROM boxoffice.hold_seats(%s, ''hall-ann'', ARRAY[8, 3])', slot_id));
    SELECT max(reservation_id) INTO given FROM boxoffice.reservation;
    CALL pg_temp.measure('hold_seats, again', seats, format('SELECT outcome FROM boxoffice.hold_seats(%s, ''hall-ann'', ARRAY[3, 8])', slot_id));
    CALL pg_temp.measure('hold_seats, taken', seats, format('SELECT outcome FROM boxoffice.hold_seats(%s, ''hall-bob'', ARRAY[8])', slot_id));
    PERFORM set_config('boxoffice.clock_offset', '5 min', true);
    CALL pg_temp.measure('extend_hold', seats, format('SELECT outcome FROM boxoffice.extend_hold(%s, ''hall-ann'')', given));
    CALL pg_temp.measure('get_reservation', seats, format('SELECT outcome FROM boxoffice.get_reservation(%s, ''hall-ann'')', given));
    CALL pg_temp.measure('pay_reservation', seats, format('SELECT outcome FROM boxoffice.pay_reservation(%s, ''hall-ann'')', given));
    CALL pg_temp.measure('cancel_reservation', seats, format('SELECT outcome FROM boxoffice.cancel_reservation(%s, ''hall-ann'')', given));
    SELECT reservation_id INTO given FROM boxoffice.hold_seats(slot_id, 'hall-ann', ARRAY[5]);
    CALL pg_temp.measure('release_hold', seats, format('SELECT outcome FROM boxoffice.release_hold(%s, ''hall-ann'')', given));
    CALL pg_temp.measure('block_seats', seats, format('SELECT outcome FROM boxoffice.block_seats(%s, ARRAY[7, 2])', slot_id));
    -- What is rare may have a plan by what the statistics say.
    ANALYZE boxoffice.seat;
    CALL pg_temp.measure('set_seat_prices', seats, format('SELECT boxoffice.set_seat_prices(%s, ''50'', ARRAY[7, 2])', slot_id));
    PERFORM set_config('boxoffice.clock_offset', '0', true);
END
$$;
CALL pg_temp.measure_all(:event_id, 10); -- makes the plans
TRUNCATE pg_temp.reading;
CALL pg_temp.measure_all(:event_id, 5000);
SELECT what, outcome, rows_read <= 12 AS few_rows_read FROM pg_temp.reading ORDER BY number;
SELECT * FROM boxoffice.verify();
