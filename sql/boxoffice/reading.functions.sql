-- Reading

CREATE OR REPLACE FUNCTION boxoffice.list_events(query text = NULL, before_id bigint = NULL, max_rows integer = 50) RETURNS SETOF boxoffice.list_events_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_events';
COMMENT ON FUNCTION boxoffice.list_events IS 'Events, newest first, older than before_id; query finds text in title, category, description and venue, compared as people read it: see fold_text. max_rows 1 to 1000.';

CREATE OR REPLACE FUNCTION boxoffice.get_event(event_id bigint) RETURNS boxoffice.get_event_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_get_event';
COMMENT ON FUNCTION boxoffice.get_event IS 'One event with its venue. Refusals: not_found.';

CREATE OR REPLACE FUNCTION boxoffice.list_venues(before_id bigint = NULL, max_rows integer = 50) RETURNS SETOF boxoffice.list_venues_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_venues';
COMMENT ON FUNCTION boxoffice.list_venues IS 'Venues, newest first, older than before_id. max_rows 1 to 1000.';

CREATE OR REPLACE FUNCTION boxoffice.get_venue(venue_id bigint) RETURNS boxoffice.get_venue_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_get_venue';
COMMENT ON FUNCTION boxoffice.get_venue IS 'One venue. Refusals: not_found.';

CREATE OR REPLACE FUNCTION boxoffice.list_slots(event_id bigint, after_id bigint = NULL, max_rows integer = 1000) RETURNS SETOF boxoffice.list_slots_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_slots';
COMMENT ON FUNCTION boxoffice.list_slots IS 'The slots of an event that are not over, soonest first, those that follow after the slot after_id, with what is free at this instant. max_rows 1 to 1000.';

CREATE OR REPLACE FUNCTION boxoffice.get_slot(slot_id bigint) RETURNS boxoffice.get_slot_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_get_slot';
COMMENT ON FUNCTION boxoffice.get_slot IS 'One slot, over or not, with its event and what is free at this instant. Refusals: not_found.';

CREATE OR REPLACE FUNCTION boxoffice.list_pools(slot_id bigint, after_id bigint = NULL, max_rows integer = 1000) RETURNS SETOF boxoffice.list_pools_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_pools';
COMMENT ON FUNCTION boxoffice.list_pools IS 'The pools of a slot, by pool_id, those after after_id, with what is free at this instant. max_rows 1 to 1000.';

CREATE OR REPLACE FUNCTION boxoffice.get_pool(pool_id bigint) RETURNS boxoffice.get_pool_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_get_pool';
COMMENT ON FUNCTION boxoffice.get_pool IS 'One pool with what is free at this instant. Refusals: not_found.';

CREATE OR REPLACE FUNCTION boxoffice.available_seats(slot_id bigint) RETURNS SETOF boxoffice.available_seats_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_available_seats';
COMMENT ON FUNCTION boxoffice.available_seats IS 'The seats of a slot that are free at this instant, by seat_id.';

CREATE OR REPLACE FUNCTION boxoffice.seat_map(slot_id bigint) RETURNS SETOF boxoffice.seat_map_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_seat_map';
COMMENT ON FUNCTION boxoffice.seat_map IS 'Every seat of a slot with its status at this instant, by seat_id.';

CREATE OR REPLACE FUNCTION boxoffice.seat_states(slot_id bigint) RETURNS boxoffice.seat_states_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_seat_states';
COMMENT ON FUNCTION boxoffice.seat_states IS 'The status of every seat of a slot at this instant, in two bits: 0 free, 1 held, 2 sold, 3 blocked. states is base64; seat 1 has the lowest two bits of the first byte, seat 5 those of the second. version is the same for the same states. Refusals: not_found.';

CREATE OR REPLACE FUNCTION boxoffice.list_reservations(user_id text, before_id bigint = NULL, max_rows integer = 50) RETURNS SETOF boxoffice.list_reservations_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_reservations';
COMMENT ON FUNCTION boxoffice.list_reservations IS 'A user''s reservations, newest first, older than before_id. max_rows 1 to 1000. One answer holds at most 1000 items: those of reservations of up to 100, the newest first; items is null for the others.';

-- Who may act by house is decided by the rights of the caller, which a function with the rights of its owner cannot see:
-- these have none of their own and go on to the next function.
CREATE OR REPLACE FUNCTION boxoffice.get_reservation(reservation_id bigint, user_id text = NULL, by_house boolean = false) RETURNS boxoffice.get_reservation_result
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'boxoffice_get_reservation';
COMMENT ON FUNCTION boxoffice.get_reservation IS 'One reservation of the user, with all its items; with by_house of the user or, where user_id is null, of anyone, for administrators (42501 for others). Refusals: not_found.';

CREATE OR REPLACE FUNCTION boxoffice.get_any_reservation(reservation_id bigint, user_id text, by_house boolean) RETURNS boxoffice.get_reservation_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_get_any_reservation';
COMMENT ON FUNCTION boxoffice.get_any_reservation IS 'What get_reservation does with the rights of boxoffice; whoever may call it may use by_house.';

CREATE OR REPLACE FUNCTION boxoffice.list_payments(user_id text, before_id bigint = NULL, max_rows integer = 50) RETURNS SETOF boxoffice.list_payments_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_payments';
COMMENT ON FUNCTION boxoffice.list_payments IS 'A user''s payments, newest first, older than before_id. max_rows 1 to 1000.';

CREATE OR REPLACE FUNCTION boxoffice.list_coupon_claims(user_id text, before_id bigint = NULL, max_rows integer = 50) RETURNS SETOF boxoffice.list_coupon_claims_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_coupon_claims';
COMMENT ON FUNCTION boxoffice.list_coupon_claims IS 'A user''s claims of coupons, newest first, older than before_id. max_rows 1 to 1000.';

CREATE OR REPLACE FUNCTION boxoffice.list_coupons(before_id bigint = NULL, max_rows integer = 50) RETURNS SETOF boxoffice.list_coupons_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_coupons';
COMMENT ON FUNCTION boxoffice.list_coupons IS 'Coupons, newest first, older than before_id, and how many of their claims are left. max_rows 1 to 1000.';

CREATE OR REPLACE FUNCTION boxoffice.get_coupon(coupon_id bigint) RETURNS boxoffice.get_coupon_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_get_coupon';
COMMENT ON FUNCTION boxoffice.get_coupon IS 'One coupon and how many of its claims are left. Refusals: not_found.';

CREATE OR REPLACE FUNCTION boxoffice.list_queues(before_id bigint = NULL, max_rows integer = 50) RETURNS SETOF boxoffice.list_queues_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_queues';
COMMENT ON FUNCTION boxoffice.list_queues IS 'Queues with their rules, newest first, older than before_id, how many wait and how many are active. max_rows 1 to 1000.';

CREATE OR REPLACE FUNCTION boxoffice.get_queue(queue_id bigint) RETURNS boxoffice.get_queue_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_get_queue';
COMMENT ON FUNCTION boxoffice.get_queue IS 'One queue with its rules, how many wait and how many are active. Refusals: not_found.';

CREATE OR REPLACE FUNCTION boxoffice.list_balance_entries(user_id text, before_id bigint = NULL, max_rows integer = 50) RETURNS SETOF boxoffice.list_balance_entries_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_balance_entries';
COMMENT ON FUNCTION boxoffice.list_balance_entries IS 'The movements of a user''s balance, newest first, older than before_id. max_rows 1 to 1000.';

CREATE OR REPLACE VIEW boxoffice.stat_sale AS
    WITH c AS MATERIALIZED (SELECT pg_catalog.clock_timestamp() AS at)
    SELECT s.slot_id, s.event_id, e.title, s.starts_at, seats.total + places.total AS capacity, seats.sold + places.sold AS sold,
        seats.held + places.held AS held, seats.total - seats.sold - seats.held - seats.blocked + places.total - places.sold - places.held AS free,
        seats.blocked, coalesce(m.gross, 0) AS gross, coalesce(m.discount, 0) AS discount, coalesce(m.refunded, 0) AS refunded,
        coalesce(m.gross - m.discount - m.refunded, 0) AS net
    FROM boxoffice.slot s
    CROSS JOIN c
    JOIN boxoffice.event e USING (event_id)
    CROSS JOIN LATERAL (SELECT count(*) AS total, count(*) FILTER (WHERE t.sold) AS sold,
            count(*) FILTER (WHERE NOT t.sold AND t.held_until > c.at) AS held,
            count(*) FILTER (WHERE NOT t.sold AND t.blocked AND (t.held_until > c.at) IS NOT TRUE) AS blocked
        FROM boxoffice.seat t WHERE t.slot_id = s.slot_id) seats
    CROSS JOIN LATERAL (SELECT coalesce(sum(p.capacity), 0)::bigint AS total, coalesce(sum(r.sold), 0)::bigint AS sold, coalesce(sum(r.held), 0)::bigint AS held
        FROM boxoffice.pool p LEFT JOIN (SELECT pool_id, sum(quantity) FILTER (WHERE status = 'paid') AS sold,
                sum(quantity) FILTER (WHERE status = 'held' AND expires_at > (SELECT c.at FROM c)) AS held
            FROM boxoffice.reservation WHERE pool_id IS NOT NULL GROUP BY pool_id) r USING (pool_id)
        WHERE p.slot_id = s.slot_id) places
    LEFT JOIN (SELECT r.slot_id, sum(p.gross) AS gross, sum(p.discount) AS discount, sum(p.refunded) AS refunded
        FROM boxoffice.payment p JOIN boxoffice.reservation r USING (reservation_id) GROUP BY r.slot_id) m USING (slot_id);
COMMENT ON VIEW boxoffice.stat_sale IS 'Every slot: how many seats and places it has and what they are at this instant, and all money that was taken for them; sales_report has the same by category and pool.';
COMMENT ON COLUMN boxoffice.stat_sale.slot_id IS 'The slot.';
COMMENT ON COLUMN boxoffice.stat_sale.event_id IS 'Its event.';
COMMENT ON COLUMN boxoffice.stat_sale.title IS 'Title of the event.';
COMMENT ON COLUMN boxoffice.stat_sale.starts_at IS 'When it begins.';
COMMENT ON COLUMN boxoffice.stat_sale.capacity IS 'Seats and places of all pools.';
COMMENT ON COLUMN boxoffice.stat_sale.sold IS 'Those that are sold.';
COMMENT ON COLUMN boxoffice.stat_sale.held IS 'Those in a hold that runs.';
COMMENT ON COLUMN boxoffice.stat_sale.free IS 'Those that can be held.';
COMMENT ON COLUMN boxoffice.stat_sale.blocked IS 'Those that the house keeps back.';
COMMENT ON COLUMN boxoffice.stat_sale.gross IS 'What everything that was paid cost, cancelled or not, in minor units.';
COMMENT ON COLUMN boxoffice.stat_sale.discount IS 'What coupons took off it.';
COMMENT ON COLUMN boxoffice.stat_sale.refunded IS 'What was given back.';
COMMENT ON COLUMN boxoffice.stat_sale.net IS 'What is left: gross less discount less refunded.';
