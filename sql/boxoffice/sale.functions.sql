-- Which transaction wrote a row, as a generated column, because those are not dumped: a row that is restored was written by
-- the restore. It is immutable in that a row that is there keeps what it has.
CREATE OR REPLACE FUNCTION boxoffice.selling_transaction(number bigint) RETURNS xid8
    LANGUAGE c IMMUTABLE STRICT
    AS 'MODULE_PATHNAME', 'boxoffice_selling_transaction';
COMMENT ON FUNCTION boxoffice.selling_transaction IS 'The transaction that calls it; for the tables of sales alone to call.';

CREATE OR REPLACE FUNCTION boxoffice.block_seats(slot_id bigint, seat_ids integer[], blocked boolean = true, reason text = NULL) RETURNS boxoffice.block_seats_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_block_seats';
COMMENT ON FUNCTION boxoffice.block_seats IS 'Keeps seats back from sale or, with blocked false, gives them back to it: 1 to 10000, all or none, never one that is sold or held. Again: ok, and a reason that is given replaces the one before. Refusals: not_found, seat_taken, seat_busy.';

CREATE OR REPLACE FUNCTION boxoffice.list_blocked_seats(slot_id bigint) RETURNS SETOF boxoffice.list_blocked_seats_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_blocked_seats';
COMMENT ON FUNCTION boxoffice.list_blocked_seats IS 'The seats of a slot that the house keeps back, by seat_id, with the reason.';

CREATE OR REPLACE FUNCTION boxoffice.set_seat_prices(slot_id bigint, prices jsonb, seat_ids integer[] = NULL) RETURNS integer
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_set_seat_prices';
COMMENT ON FUNCTION boxoffice.set_seat_prices IS 'Changes what seats cost from now on and returns how many cost something else than before: prices is one number, in minor units, or an object of them by category; null seat_ids: all seats of the slot, with an object those of its categories. Holds and sales keep the prices they were made at. Raises not_found (TK016) for a slot or a seat, 22023 for a category that no seat has, and 55P03 when another transaction is changing one of the seats: call again.';

CREATE OR REPLACE FUNCTION boxoffice.add_pool(slot_id bigint, name text, capacity integer, price bigint) RETURNS bigint
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_add_pool';
COMMENT ON FUNCTION boxoffice.add_pool IS 'Adds a pool of so many places without numbers to a slot and returns its id; price of one place in minor units. Raises not_found (TK016), 23505 for a name that the slot has already, 22023 for a value out of range and 22003 for a price that is too large.';

CREATE OR REPLACE FUNCTION boxoffice.update_pool(pool_id bigint, name text = NULL, capacity integer = NULL, price bigint = NULL) RETURNS void
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_update_pool';
COMMENT ON FUNCTION boxoffice.update_pool IS 'Changes a pool; null: unchanged. Holds and sales keep their price. A change of capacity waits for the calls that are taking places at this instant. Raises not_found (TK016), 23505 for a name that the slot has already, 22023 for a value out of range or a capacity below what is sold and held, and 22003 for a price that is too large.';

-- Selling

CREATE OR REPLACE FUNCTION boxoffice.hold_seats(slot_id bigint, user_id text, seat_ids integer[], queue_token uuid = NULL, idempotency_key text = NULL) RETURNS boxoffice.hold_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_hold_seats';
COMMENT ON FUNCTION boxoffice.hold_seats IS 'Holds these seats for the user until expires_at, all or none, and never waits for one. Refusals: not_found, not_on_sale, queue_token_required, queue_token_invalid, seat_taken, seat_busy, limit_exceeded, idempotency_mismatch.';

CREATE OR REPLACE FUNCTION boxoffice.hold_places(pool_id bigint, user_id text, quantity integer, queue_token uuid = NULL, idempotency_key text = NULL) RETURNS boxoffice.hold_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_hold_places';
COMMENT ON FUNCTION boxoffice.hold_places IS 'Holds 1 to 1000 places of a pool until expires_at, all or none. When too few are left or max_per_user stands against it, but the user holds as many of this pool already, that hold is the answer. Refusals: not_found, not_on_sale, queue_token_required, queue_token_invalid, sold_out, limit_exceeded, seat_busy, idempotency_mismatch.';

CREATE OR REPLACE FUNCTION boxoffice.hold_best_seats(slot_id bigint, user_id text, quantity integer, category text = NULL, queue_token uuid = NULL,
    idempotency_key text = NULL) RETURNS boxoffice.hold_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_hold_best_seats';
COMMENT ON FUNCTION boxoffice.hold_best_seats IS 'Holds the best 1 to 1000 free seats, of one category or of any, until expires_at, all or none: next to each other and nearest to the focal point (adjacent), if possible without leaving a single seat alone; else in few pieces near each other. Passes over seats that others are taking. When too few are free or max_per_user stands against it, but the user holds as many already, that hold is the answer. Refusals: not_found, not_on_sale, queue_token_required, queue_token_invalid, sold_out, limit_exceeded, seat_busy, idempotency_mismatch.';

CREATE OR REPLACE FUNCTION boxoffice.extend_hold(reservation_id bigint, user_id text) RETURNS boxoffice.extend_hold_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_extend_hold';
COMMENT ON FUNCTION boxoffice.extend_hold IS 'Lets a running hold last for hold_for from now, but no longer than the slot''s hold_for_max from its beginning, and no shorter than it would have; where it can be no longer, expires_at stays as it is. Refusals: not_found, already_paid, hold_expired, not_held, seat_busy.';

CREATE OR REPLACE FUNCTION boxoffice.release_hold(reservation_id bigint, user_id text) RETURNS boxoffice.release_hold_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_release_hold';
COMMENT ON FUNCTION boxoffice.release_hold IS 'Gives up an unpaid hold: its seats are free at once. Again: ok. Refusals: not_found, already_paid, hold_expired, not_held, seat_busy.';

CREATE OR REPLACE FUNCTION boxoffice.next_sales(after text = NULL, max_rows integer = 1000) RETURNS SETOF boxoffice.next_sales_row
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_next_sales';
COMMENT ON FUNCTION boxoffice.next_sales IS 'What was paid and what was cancelled behind a position, each once, also what commits late; null: from the first sale on. The caller keeps the position of the last row it has dealt with; no rows: nothing has happened since. max_rows 1 to 1000; fewer when their seats are many. Raises 22023 for a position that is none, or that another server gave: begin again with null.';

CREATE OR REPLACE FUNCTION boxoffice.sales_report(slot_id bigint = NULL, event_id bigint = NULL) RETURNS SETOF boxoffice.sales_report_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_sales_report';
COMMENT ON FUNCTION boxoffice.sales_report IS 'What was sold of a slot, or of each slot of an event, by category and pool; of one of the two. Reads all reservations of the house. Raises 22023 for both or neither. Refusals: not_found (it raises).';
