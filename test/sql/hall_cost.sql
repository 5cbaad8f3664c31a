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
    other bigint := boxoffice.create_slot(event_id, now() + '30 days', max_per_user => 1);
    other_prices bigint;
BEGIN
    PERFORM boxoffice.add_numbered_seats(slot_id, seats, 100);
    EXECUTE format('UPDATE boxoffice.seat SET category = ''A'' WHERE slot_id = %s AND seat_id IN (2, 7)', slot_id);
    PERFORM boxoffice.add_numbered_seats(other, seats, 100);
    PERFORM boxoffice.hold_best_seats(other, 'hall-cleo', 1);
    CALL pg_temp.measure('hold_seats', seats, format('SELECT outcome FROM boxoffice.hold_seats(%s, ''hall-ann'', ARRAY[8, 3])', slot_id));
    SELECT max(reservation_id) INTO given FROM boxoffice.reservation;
    CALL pg_temp.measure('hold_seats, again', seats, format('SELECT outcome FROM boxoffice.hold_seats(%s, ''hall-ann'', ARRAY[3, 8])', slot_id));
    CALL pg_temp.measure('hold_seats, taken', seats, format('SELECT outcome FROM boxoffice.hold_seats(%s, ''hall-bob'', ARRAY[8])', slot_id));
    PERFORM set_config('boxoffice.clock_offset', '5 min', true);
    CALL pg_temp.measure('hold_best_seats, again', seats, format('SELECT outcome FROM boxoffice.hold_best_seats(%s, ''hall-cleo'', 1)', other));
    CALL pg_temp.measure('extend_hold', seats, format('SELECT outcome FROM boxoffice.extend_hold(%s, ''hall-ann'')', given));
    CALL pg_temp.measure('get_reservation', seats, format('SELECT outcome FROM boxoffice.get_reservation(%s, ''hall-ann'')', given));
    CALL pg_temp.measure('list_reservations', seats, 'SELECT sum(jsonb_array_length(items)) FROM boxoffice.list_reservations(''hall-ann'', max_rows => 1)');
    CALL pg_temp.measure('pay_reservation', seats, format('SELECT outcome FROM boxoffice.pay_reservation(%s, ''hall-ann'')', given));
    CALL pg_temp.measure('cancel_reservation', seats, format('SELECT outcome FROM boxoffice.cancel_reservation(%s, ''hall-ann'')', given));
    SELECT reservation_id INTO given FROM boxoffice.hold_seats(slot_id, 'hall-ann', ARRAY[5]);
    CALL pg_temp.measure('release_hold', seats, format('SELECT outcome FROM boxoffice.release_hold(%s, ''hall-ann'')', given));
    CALL pg_temp.measure('block_seats', seats, format('SELECT outcome FROM boxoffice.block_seats(%s, ARRAY[7, 2])', slot_id));
    SELECT reservation_id INTO other_prices FROM boxoffice.hold_seats(slot_id, 'hall-dan', ARRAY[9]);
    CALL pg_temp.measure('set_seat_prices', seats, format('SELECT boxoffice.set_seat_prices(%s, ''50'', ARRAY[7, 2])', slot_id));
    CALL pg_temp.measure('set_seat_prices, by category', seats, format('SELECT boxoffice.set_seat_prices(%s, ''{"A": 60}'', ARRAY[7, 2])', slot_id));
    CALL pg_temp.measure('get_reservation, other prices', seats, format('SELECT items #>> ''{0,price}'' FROM boxoffice.get_reservation(%s, ''hall-dan'')', other_prices));
    CALL pg_temp.measure('block_seats, back', seats, format('SELECT outcome FROM boxoffice.block_seats(%s, ARRAY[7, 2], false)', slot_id));
    PERFORM set_config('boxoffice.clock_offset', '0', true);
END
$$;
-- The plans are made while statistics speak of many small halls, in which reading all seats would be the cheapest.
SELECT count(boxoffice.add_numbered_seats(boxoffice.create_slot(:event_id, now() + '30 days'), 4, 100)) AS small_halls FROM generate_series(1, 50);
ANALYZE boxoffice.seat;
CALL pg_temp.measure_all(:event_id, 10); -- makes the plans
TRUNCATE pg_temp.reading;
CALL pg_temp.measure_all(:event_id, 5000);
SELECT what, outcome, rows_read <= 12 AS few_rows_read FROM pg_temp.reading ORDER BY number;
SELECT * FROM boxoffice.verify();
