-- What was made can be read by its id, and venues, queues and coupons in lists, newest first.
SET timezone = 'UTC';
SELECT boxoffice.create_venue('Grande Halle', 'Paris', 48.89, 2.39, 'one-halle') AS venue_id \gset
SELECT boxoffice.create_queue('One queue', 5, active_for => '10 min', max_waiting => 100, admit_per_minute => 60, claim_for => '2 min', idle_for => '3 min') AS queue_id \gset
SELECT boxoffice.create_queue('One draw', 1, join_before => clock_timestamp() + '1 hour', shuffle_seed => 'a secret') AS draw_id \gset
SELECT boxoffice.create_event('One evening', :venue_id) AS event_id \gset
SELECT boxoffice.create_slot(:event_id, '2101-01-01 20:00+00', hold_for => '7 min', sale_opens_at => 'infinity', max_per_user => 4, queue_id => :queue_id,
    external_id => 'one-slot', hold_for_max => '20 min') AS slot_id \gset
SELECT boxoffice.add_pool(:slot_id, 'Standing', 30, 1500) AS pool_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 3, 100) AS seats_added;
SELECT boxoffice.create_coupon('One coupon', 10, discount_percent => 20, valid_until => '2102-01-01', minimum_amount => 500) AS coupon_id \gset
\x on
SELECT outcome, venue_id = :venue_id AS same, name, address, latitude, longitude, external_id FROM boxoffice.get_venue(:venue_id);
SELECT outcome, slot_id = :slot_id AS same, starts_at, seats_free, seats_total, places_free, places_total, sale_opens_at, sale_closes_at, max_per_user,
    queue_id = :queue_id AS same_queue, external_id, sale_status, event_id = :event_id AS same_event, title, hold_for, hold_for_max FROM boxoffice.get_slot(:slot_id);
SELECT outcome, pool_id = :pool_id AS same, name, price, places_free, places_total, slot_id = :slot_id AS same_slot FROM boxoffice.get_pool(:pool_id);
SELECT outcome, queue_id = :queue_id AS same, name, mode, waiting, active, max_active, active_for, max_waiting, admit_per_minute, claim_for, idle_for, join_before,
    shuffle_sha256, drawn_at, shuffle_seed FROM boxoffice.get_queue(:queue_id);
SELECT outcome, coupon_id = :coupon_id AS same, name, quantity, claims_left, discount_amount, discount_percent, valid_from, valid_until, minimum_amount, status
    FROM boxoffice.get_coupon(:coupon_id);
\x off
SELECT v.outcome, s.outcome, p.outcome, q.outcome, c.outcome FROM boxoffice.get_venue(0) v, boxoffice.get_slot(0) s, boxoffice.get_pool(0) p, boxoffice.get_queue(0) q,
    boxoffice.get_coupon(0) c;
-- One row and the row of a list agree.
SELECT (SELECT to_jsonb(g) - 'outcome' FROM boxoffice.get_venue(:venue_id) g) = to_jsonb(l) AS venue FROM boxoffice.list_venues() l WHERE venue_id = :venue_id;
SELECT (SELECT to_jsonb(g) - '{outcome,event_id,title,hold_for,hold_for_max}'::text[] FROM boxoffice.get_slot(:slot_id) g) = to_jsonb(l) AS slot
    FROM boxoffice.list_slots(:event_id) l;
SELECT (SELECT to_jsonb(g) - '{outcome,slot_id}'::text[] FROM boxoffice.get_pool(:pool_id) g) = to_jsonb(l) AS pool FROM boxoffice.list_pools(:slot_id) l;
SELECT (SELECT to_jsonb(g) - 'outcome' FROM boxoffice.get_queue(:queue_id) g) = to_jsonb(l) AS queue FROM boxoffice.list_queues() l WHERE queue_id = :queue_id;
SELECT (SELECT to_jsonb(g) - 'outcome' FROM boxoffice.get_coupon(:coupon_id) g) = to_jsonb(l) AS coupon FROM boxoffice.list_coupons() l WHERE coupon_id = :coupon_id;
-- Newest first, page after page.
SELECT name FROM boxoffice.list_queues(max_rows => 2);
SELECT name FROM boxoffice.list_queues(:draw_id, 1);
SELECT name FROM boxoffice.list_venues(max_rows => 1);
SELECT count(*) AS venues FROM boxoffice.list_venues(:venue_id, 1000) WHERE venue_id >= :venue_id;
SELECT name FROM boxoffice.list_coupons(max_rows => 1);
SELECT count(*) AS coupons FROM boxoffice.list_coupons(:coupon_id, 1000) WHERE coupon_id >= :coupon_id;

-- What moves: who waits and is active, what is left.
SELECT count(*) FROM generate_series(1, 8) n, boxoffice.join_queue(:queue_id, 'one-' || n);
SELECT waiting, active FROM boxoffice.get_queue(:queue_id);
SELECT outcome FROM boxoffice.claim_coupon(:coupon_id, 'one-1');
SELECT quantity, claims_left FROM boxoffice.get_coupon(:coupon_id);
-- The seed of a draw is secret until it took place.
SELECT shuffle_seed, shuffle_sha256 = encode(sha256('a secret'), 'hex') AS committed, drawn_at FROM boxoffice.get_queue(:draw_id);
SELECT outcome FROM boxoffice.join_queue(:draw_id, 'one-1');
BEGIN;
SET LOCAL boxoffice.clock_offset = '61 min';
SELECT boxoffice.admit_waiting(:draw_id);
SELECT shuffle_seed, drawn_at IS NOT NULL AS drawn, active FROM boxoffice.get_queue(:draw_id);
ROLLBACK;

-- What a sale is at an instant. One whose close has come is closed, also when it was never announced.
SELECT sale_opens_at, sale_status FROM boxoffice.list_slots(:event_id);
SELECT boxoffice.update_slot(:slot_id, sale_opens_at => clock_timestamp() + '1 hour', sale_closes_at => clock_timestamp() + '2 hours');
CREATE FUNCTION pg_temp.sale_in(ahead interval) RETURNS TABLE (sale_status text, hold text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('boxoffice.clock_offset', ahead::text, true);
    RETURN QUERY SELECT s.sale_status, h.outcome FROM boxoffice.get_slot(currval('boxoffice.slot_id')) s,
        boxoffice.hold_seats(currval('boxoffice.slot_id'), 'one-9', ARRAY[1]) h;
    PERFORM set_config('boxoffice.clock_offset', '0', true);
END
$$;
SELECT ahead, s.* FROM unnest(ARRAY['0', '59 min', '61 min', '119 min', '121 min']::interval[]) ahead, pg_temp.sale_in(ahead) s;
SELECT boxoffice.create_slot(:event_id, '2001-01-01', sale_opens_at => 'infinity') AS past_id \gset
SELECT sale_status FROM boxoffice.get_slot(:past_id);
SELECT boxoffice.create_slot(:event_id, 'infinity') AS undated_id \gset
SELECT starts_at, sale_status FROM boxoffice.get_slot(:undated_id);
SELECT boxoffice.create_coupon('Later', 1, valid_from => '2101-01-01') AS later_id \gset
SELECT boxoffice.create_coupon('Over', 1, valid_until => '2001-01-01') AS over_id \gset
SELECT name, status FROM boxoffice.list_coupons(max_rows => 3);
\set VERBOSITY sqlstate
SELECT boxoffice.get_slot(NULL);
SELECT boxoffice.get_queue(NULL);
SET boxoffice.raise_refusals = on;
SELECT boxoffice.get_coupon(0);
