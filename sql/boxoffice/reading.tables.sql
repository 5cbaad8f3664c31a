-- Rows that functions return. Named types, so that a later version can add a column at the end.

CREATE TYPE boxoffice.list_events_row AS (event_id bigint, title text, category text, venue text, next_starts_at timestamptz);
COMMENT ON TYPE boxoffice.list_events_row IS 'An event, its venue''s name, and when its next slot begins (null: none to come).';
CREATE TYPE boxoffice.get_event_result AS (outcome text, event_id bigint, title text, category text, description text,
    venue_id bigint, venue text, address text, latitude float8, longitude float8, external_id text);
COMMENT ON TYPE boxoffice.get_event_result IS 'An event with its venue; outcome ok or not_found.';
CREATE TYPE boxoffice.list_venues_row AS (venue_id bigint, name text, address text, latitude float8, longitude float8,
    external_id text);
COMMENT ON TYPE boxoffice.list_venues_row IS 'A venue; latitude and longitude in degrees, WGS 84.';
CREATE TYPE boxoffice.get_venue_result AS (outcome text, venue_id bigint, name text, address text, latitude float8,
    longitude float8, external_id text);
COMMENT ON TYPE boxoffice.get_venue_result IS 'A venue; outcome ok or not_found.';
CREATE TYPE boxoffice.list_slots_row AS (slot_id bigint, starts_at timestamptz, seats_free bigint, seats_total bigint,
    places_free bigint, places_total bigint, sale_opens_at timestamptz, sale_closes_at timestamptz, max_per_user integer,
    queue_id bigint, external_id text, sale_status text);
COMMENT ON TYPE boxoffice.list_slots_row IS 'A slot and how much of it is free at this instant. sale_status: not_announced (sale_opens_at is infinity), not_yet_open, on_sale or closed.';
CREATE TYPE boxoffice.get_slot_result AS (outcome text, slot_id bigint, starts_at timestamptz, seats_free bigint,
    seats_total bigint, places_free bigint, places_total bigint, sale_opens_at timestamptz, sale_closes_at timestamptz,
    max_per_user integer, queue_id bigint, external_id text, sale_status text, event_id bigint, title text,
    hold_for interval, hold_for_max interval);
COMMENT ON TYPE boxoffice.get_slot_result IS 'A slot, how much of it is free at this instant, its event and how long holds last; outcome ok or not_found.';
CREATE TYPE boxoffice.list_pools_row AS (pool_id bigint, name text, price bigint, places_free bigint, places_total bigint);
COMMENT ON TYPE boxoffice.list_pools_row IS 'A pool and how many of its places are free at this instant; price of one in minor units.';
CREATE TYPE boxoffice.get_pool_result AS (outcome text, pool_id bigint, name text, price bigint, places_free bigint,
    places_total bigint, slot_id bigint);
COMMENT ON TYPE boxoffice.get_pool_result IS 'A pool and how many of its places are free at this instant; outcome ok or not_found.';
CREATE TYPE boxoffice.available_seats_row AS (seat_id integer, seat_guid text, zone text, row_label text, seat_label text,
    category text, price bigint, x float8, y float8);
COMMENT ON TYPE boxoffice.available_seats_row IS 'A free seat; price in minor units, x and y in the units of the plan.';
CREATE TYPE boxoffice.seat_map_row AS (seat_id integer, seat_guid text, zone text, row_label text, seat_label text,
    category text, price bigint, x float8, y float8, status text);
COMMENT ON TYPE boxoffice.seat_map_row IS 'A seat and its status: free, held, sold or blocked.';
CREATE TYPE boxoffice.seat_states_result AS (outcome text, version text, seats_total integer, states text);
COMMENT ON TYPE boxoffice.seat_states_result IS 'The status of every seat, in two bits; see the function.';
CREATE TYPE boxoffice.list_reservations_row AS (reservation_id bigint, status text, event_id bigint, title text, slot_id bigint,
    starts_at timestamptz, amount bigint, created_at timestamptz, expires_at timestamptz, paid_at timestamptz, items jsonb,
    quantity integer);
COMMENT ON TYPE boxoffice.list_reservations_row IS 'A reservation; status held, paid, released, expired or cancelled; items is a list of seats, or of the one pool with its quantity and the price of one place (null: too many for a list, get_reservation has them); quantity tells how many seats or places.';
CREATE TYPE boxoffice.get_reservation_result AS (outcome text, reservation_id bigint, status text, event_id bigint, title text,
    slot_id bigint, starts_at timestamptz, amount bigint, created_at timestamptz, expires_at timestamptz, paid_at timestamptz,
    items jsonb, quantity integer, user_id text, cancelled_at timestamptz, cancelled_by_house boolean, cancel_reason text);
COMMENT ON TYPE boxoffice.get_reservation_result IS 'A reservation with all its items; outcome ok or not_found. cancelled_at and cancelled_by_house are null for one that was not cancelled; cancel_reason is what was given, null where nothing was; the reason of the house only the house reads.';
CREATE TYPE boxoffice.list_payments_row AS (payment_id bigint, reservation_id bigint, amount bigint, refunded bigint,
    created_at timestamptz, gross bigint, discount bigint, claim_id bigint);
COMMENT ON TYPE boxoffice.list_payments_row IS 'A payment; amounts in minor units: amount is gross less discount, which the claim gave (null: none).';
CREATE TYPE boxoffice.list_balance_entries_row AS (entry_id bigint, amount bigint, balance bigint, reason text,
    reservation_id bigint, created_at timestamptz);
COMMENT ON TYPE boxoffice.list_balance_entries_row IS 'A movement of a user''s balance, and the balance after it.';
CREATE TYPE boxoffice.list_coupon_claims_row AS (claim_id bigint, coupon_id bigint, name text, claim_number integer,
    discount_amount bigint, discount_percent integer, minimum_amount bigint, status text, claimed_at timestamptz,
    expires_at timestamptz, reservation_id bigint);
COMMENT ON TYPE boxoffice.list_coupon_claims_row IS 'A claim and its coupon; status claimed, used or expired; reservation_id is what it was used for.';
CREATE TYPE boxoffice.list_coupons_row AS (coupon_id bigint, name text, quantity integer, claims_left bigint,
    discount_amount bigint, discount_percent integer, valid_from timestamptz, valid_until timestamptz, minimum_amount bigint,
    status text);
COMMENT ON TYPE boxoffice.list_coupons_row IS 'A coupon and how many of its claims are left. status: not_yet_valid, valid or over.';
CREATE TYPE boxoffice.get_coupon_result AS (outcome text, coupon_id bigint, name text, quantity integer, claims_left bigint,
    discount_amount bigint, discount_percent integer, valid_from timestamptz, valid_until timestamptz, minimum_amount bigint,
    status text);
COMMENT ON TYPE boxoffice.get_coupon_result IS 'A coupon and how many of its claims are left; outcome ok or not_found.';
CREATE TYPE boxoffice.list_queues_row AS (queue_id bigint, name text, mode text, waiting bigint, active bigint,
    max_active integer, active_for interval, max_waiting integer, admit_per_minute integer, claim_for interval,
    idle_for interval, join_before timestamptz, shuffle_sha256 text, drawn_at timestamptz, shuffle_seed text, sale_over boolean);
COMMENT ON TYPE boxoffice.list_queues_row IS 'A queue, its rules, how many wait and how many are active; shuffle_seed is shown once the draw took place.';
CREATE TYPE boxoffice.get_queue_result AS (outcome text, queue_id bigint, name text, mode text, waiting bigint, active bigint,
    max_active integer, active_for interval, max_waiting integer, admit_per_minute integer, claim_for interval,
    idle_for interval, join_before timestamptz, shuffle_sha256 text, drawn_at timestamptz, shuffle_seed text, sale_over boolean);
COMMENT ON TYPE boxoffice.get_queue_result IS 'A queue, its rules, how many wait and how many are active; outcome ok or not_found.';

-- What may be null in an answer that is ok has a comment that says when: `null: why`, or `null of FUNCTION, FUNCTION: why` where functions
-- share the type. A column without a comment is never null. The OpenAPI document takes it from here, and tests compare real answers with it.
COMMENT ON COLUMN boxoffice.list_events_row.category IS 'Kind of event; null: none.';
COMMENT ON COLUMN boxoffice.list_events_row.venue IS 'Name of the venue; null: none.';
COMMENT ON COLUMN boxoffice.list_events_row.next_starts_at IS 'When its next slot begins; null: none to come.';
COMMENT ON COLUMN boxoffice.get_event_result.category IS 'Kind of event; null: none.';
COMMENT ON COLUMN boxoffice.get_event_result.description IS 'Text for people; null: none.';
COMMENT ON COLUMN boxoffice.get_event_result.venue_id IS 'Where it takes place; null: nowhere in particular.';
COMMENT ON COLUMN boxoffice.get_event_result.venue IS 'Name of the venue; null: none.';
COMMENT ON COLUMN boxoffice.get_event_result.address IS 'Postal address of the venue; null: unknown.';
COMMENT ON COLUMN boxoffice.get_event_result.latitude IS 'Degrees north, WGS 84; null: unknown.';
COMMENT ON COLUMN boxoffice.get_event_result.longitude IS 'Degrees east, WGS 84; null: unknown.';
COMMENT ON COLUMN boxoffice.get_event_result.external_id IS 'The caller''s own key; null: none.';
COMMENT ON COLUMN boxoffice.list_venues_row.address IS 'Postal address; null: unknown.';
COMMENT ON COLUMN boxoffice.list_venues_row.latitude IS 'Degrees north, WGS 84; null: unknown.';
COMMENT ON COLUMN boxoffice.list_venues_row.longitude IS 'Degrees east, WGS 84; null: unknown.';
COMMENT ON COLUMN boxoffice.list_venues_row.external_id IS 'The caller''s own key; null: none.';
COMMENT ON COLUMN boxoffice.get_venue_result.address IS 'Postal address; null: unknown.';
COMMENT ON COLUMN boxoffice.get_venue_result.latitude IS 'Degrees north, WGS 84; null: unknown.';
COMMENT ON COLUMN boxoffice.get_venue_result.longitude IS 'Degrees east, WGS 84; null: unknown.';
COMMENT ON COLUMN boxoffice.get_venue_result.external_id IS 'The caller''s own key; null: none.';
COMMENT ON COLUMN boxoffice.list_slots_row.sale_opens_at IS 'When the sale opens; null: at once or, over HTTP, not announced: sale_status tells.';
COMMENT ON COLUMN boxoffice.list_slots_row.sale_closes_at IS 'When the sale closes; null: at starts_at.';
COMMENT ON COLUMN boxoffice.list_slots_row.max_per_user IS 'Most seats and places together that one user may hold and own; null: no limit.';
COMMENT ON COLUMN boxoffice.list_slots_row.queue_id IS 'The queue that admits its buyers; null: none.';
COMMENT ON COLUMN boxoffice.list_slots_row.external_id IS 'The caller''s own key; null: none.';
COMMENT ON COLUMN boxoffice.list_slots_row.sale_status IS 'not_announced: when it opens is not known yet; not_yet_open: from sale_opens_at on; on_sale: until sale_closes_at or, without one, starts_at; closed: for good, unless the administrator opens it again.';
COMMENT ON COLUMN boxoffice.get_slot_result.sale_opens_at IS 'When the sale opens; null: at once or, over HTTP, not announced: sale_status tells.';
COMMENT ON COLUMN boxoffice.get_slot_result.sale_closes_at IS 'When the sale closes; null: at starts_at.';
COMMENT ON COLUMN boxoffice.get_slot_result.max_per_user IS 'Most seats and places together that one user may hold and own; null: no limit.';
COMMENT ON COLUMN boxoffice.get_slot_result.queue_id IS 'The queue that admits its buyers; null: none.';
COMMENT ON COLUMN boxoffice.get_slot_result.external_id IS 'The caller''s own key; null: none.';
COMMENT ON COLUMN boxoffice.get_slot_result.sale_status IS 'not_announced: when it opens is not known yet; not_yet_open: from sale_opens_at on; on_sale: until sale_closes_at or, without one, starts_at; closed: for good, unless the administrator opens it again.';
COMMENT ON COLUMN boxoffice.get_slot_result.hold_for_max IS 'How long a hold lasts at most when it is extended; null: it cannot be extended.';
COMMENT ON COLUMN boxoffice.list_queues_row.max_waiting IS 'Most users who may wait; null: no limit.';
COMMENT ON COLUMN boxoffice.list_queues_row.admit_per_minute IS 'Most users who are admitted in any 60 seconds; null: no limit.';
COMMENT ON COLUMN boxoffice.list_queues_row.join_before IS 'Until when one must join to take part in the draw; null: no draw.';
COMMENT ON COLUMN boxoffice.list_queues_row.shuffle_sha256 IS 'SHA-256 of the seed of the draw, in hexadecimal; null: no draw.';
COMMENT ON COLUMN boxoffice.list_queues_row.drawn_at IS 'When the draw took place; null: not yet, or there is none.';
COMMENT ON COLUMN boxoffice.list_queues_row.shuffle_seed IS 'The seed; null: the draw has not taken place.';
COMMENT ON COLUMN boxoffice.list_queues_row.sale_over IS 'True when it has slots and all of them have closed: nobody can join, nobody is admitted, and an hour later those who wait lose their places.';
COMMENT ON COLUMN boxoffice.get_queue_result.max_waiting IS 'Most users who may wait; null: no limit.';
COMMENT ON COLUMN boxoffice.get_queue_result.admit_per_minute IS 'Most users who are admitted in any 60 seconds; null: no limit.';
COMMENT ON COLUMN boxoffice.get_queue_result.join_before IS 'Until when one must join to take part in the draw; null: no draw.';
COMMENT ON COLUMN boxoffice.get_queue_result.shuffle_sha256 IS 'SHA-256 of the seed of the draw, in hexadecimal; null: no draw.';
COMMENT ON COLUMN boxoffice.get_queue_result.drawn_at IS 'When the draw took place; null: not yet, or there is none.';
COMMENT ON COLUMN boxoffice.get_queue_result.shuffle_seed IS 'The seed; null: the draw has not taken place.';
COMMENT ON COLUMN boxoffice.get_queue_result.sale_over IS 'True when it has slots and all of them have closed: nobody can join, nobody is admitted, and an hour later those who wait lose their places.';
COMMENT ON COLUMN boxoffice.list_coupons_row.discount_amount IS 'What it takes off, in minor units; null: nothing so.';
COMMENT ON COLUMN boxoffice.list_coupons_row.discount_percent IS 'How much of a hundred it takes off; null: nothing so.';
COMMENT ON COLUMN boxoffice.list_coupons_row.valid_from IS 'From when on it can be claimed and used; null: at once.';
COMMENT ON COLUMN boxoffice.list_coupons_row.valid_until IS 'Until when; null: for ever.';
COMMENT ON COLUMN boxoffice.get_coupon_result.discount_amount IS 'What it takes off, in minor units; null: nothing so.';
COMMENT ON COLUMN boxoffice.get_coupon_result.discount_percent IS 'How much of a hundred it takes off; null: nothing so.';
COMMENT ON COLUMN boxoffice.get_coupon_result.valid_from IS 'From when on it can be claimed and used; null: at once.';
COMMENT ON COLUMN boxoffice.get_coupon_result.valid_until IS 'Until when; null: for ever.';
COMMENT ON COLUMN boxoffice.available_seats_row.zone IS 'Name of its zone; null: none.';
COMMENT ON COLUMN boxoffice.available_seats_row.row_label IS 'Number of its row, as printed; null: none.';
COMMENT ON COLUMN boxoffice.available_seats_row.category IS 'Price category; null: none.';
COMMENT ON COLUMN boxoffice.available_seats_row.x IS 'Position to the right, in the units of the plan; null: unknown.';
COMMENT ON COLUMN boxoffice.available_seats_row.y IS 'Position downwards, in the units of the plan; null: unknown.';
COMMENT ON COLUMN boxoffice.seat_map_row.zone IS 'Name of its zone; null: none.';
COMMENT ON COLUMN boxoffice.seat_map_row.row_label IS 'Number of its row, as printed; null: none.';
COMMENT ON COLUMN boxoffice.seat_map_row.category IS 'Price category; null: none.';
COMMENT ON COLUMN boxoffice.seat_map_row.x IS 'Position to the right, in the units of the plan; null: unknown.';
COMMENT ON COLUMN boxoffice.seat_map_row.y IS 'Position downwards, in the units of the plan; null: unknown.';
COMMENT ON COLUMN boxoffice.list_reservations_row.items IS 'Its seats, or its pool with quantity and price of one place; null: too many for a list, the reservation by its own address has them.';
COMMENT ON COLUMN boxoffice.get_reservation_result.cancelled_at IS 'When it was cancelled; null: never.';
COMMENT ON COLUMN boxoffice.get_reservation_result.cancelled_by_house IS 'Whether the house did; null: it is not cancelled.';
COMMENT ON COLUMN boxoffice.get_reservation_result.cancel_reason IS 'The reason given; null: none, or for the house alone.';
COMMENT ON COLUMN boxoffice.list_reservations_row.paid_at IS 'When it was paid; null: never.';
COMMENT ON COLUMN boxoffice.get_reservation_result.paid_at IS 'When it was paid; null: never.';
COMMENT ON COLUMN boxoffice.list_payments_row.claim_id IS 'The claim it was paid with; null: none.';
COMMENT ON COLUMN boxoffice.list_balance_entries_row.reason IS 'payment, discount, refund, discount returned, or what the caller gave; null: nothing given.';
COMMENT ON COLUMN boxoffice.list_balance_entries_row.reservation_id IS 'The reservation it pays or refunds; null: none.';
COMMENT ON COLUMN boxoffice.list_coupon_claims_row.discount_amount IS 'What it takes off, in minor units; null: nothing so.';
COMMENT ON COLUMN boxoffice.list_coupon_claims_row.discount_percent IS 'How much of a hundred it takes off; null: nothing so.';
COMMENT ON COLUMN boxoffice.list_coupon_claims_row.expires_at IS 'Until when it can be used; null: for ever.';
COMMENT ON COLUMN boxoffice.list_coupon_claims_row.reservation_id IS 'What it was used for; null: it is not used.';
