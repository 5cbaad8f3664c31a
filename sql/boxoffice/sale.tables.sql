CREATE DOMAIN boxoffice.reservation_status AS text CHECK (VALUE IN ('held', 'paid', 'released', 'expired', 'cancelled'));
COMMENT ON DOMAIN boxoffice.reservation_status IS 'What has become of a reservation.';

-- Beside the seat, whose row every hold writes anew: why the house keeps it back, and what it cost before.
CREATE TABLE boxoffice.seat_block (
    slot_id    bigint      NOT NULL,
    seat_id    integer     NOT NULL,
    reason     text,
    blocked_at timestamptz NOT NULL,
    PRIMARY KEY (slot_id, seat_id)
);
COMMENT ON TABLE boxoffice.seat_block IS 'When and why the house keeps a seat back from sale: one row for each seat that block_seats has blocked.';
COMMENT ON COLUMN boxoffice.seat_block.slot_id IS 'The slot.';
COMMENT ON COLUMN boxoffice.seat_block.seat_id IS 'The seat of the slot.';
COMMENT ON COLUMN boxoffice.seat_block.reason IS 'Why, for people; null: nothing given.';
COMMENT ON COLUMN boxoffice.seat_block.blocked_at IS 'Since when.';

CREATE TABLE boxoffice.former_price (
    slot_id            bigint  NOT NULL,
    seat_id            integer NOT NULL,
    reservations_below bigint  NOT NULL,
    price              boxoffice.amount NOT NULL,
    PRIMARY KEY (slot_id, seat_id, reservations_below)
);
COMMENT ON TABLE boxoffice.former_price IS 'What a seat cost before set_seat_prices changed its price: reservations keep the prices that they were made at.';
COMMENT ON COLUMN boxoffice.former_price.slot_id IS 'The slot.';
COMMENT ON COLUMN boxoffice.former_price.seat_id IS 'The seat of the slot.';
COMMENT ON COLUMN boxoffice.former_price.reservations_below IS 'Reservations with an id below this one, and not below that of an earlier change, were made at this price.';
COMMENT ON COLUMN boxoffice.former_price.price IS 'The price until then, in minor units.';

-- Pools: places without numbers. What is free is kept by a counter; nothing of the pool's own row changes in a sale.

CREATE SEQUENCE boxoffice.pool_id MAXVALUE 9007199254740991;
CREATE TABLE boxoffice.pool (
    pool_id    bigint  PRIMARY KEY DEFAULT pg_catalog.nextval('boxoffice.pool_id'),
    slot_id    bigint  NOT NULL REFERENCES boxoffice.slot,
    name       text    NOT NULL,
    capacity   boxoffice.quantity NOT NULL,
    price      boxoffice.amount   NOT NULL,
    counter_id bigint  NOT NULL UNIQUE,
    stripes    boxoffice.quantity NOT NULL
);
ALTER SEQUENCE boxoffice.pool_id OWNED BY boxoffice.pool.pool_id;
CREATE UNIQUE INDEX pool_name ON boxoffice.pool (slot_id, pg_catalog.normalize(name));
COMMENT ON INDEX boxoffice.pool_name IS 'One name in a slot is one pool, however its letters are composed.';
CREATE INDEX pool_list ON boxoffice.pool (slot_id, pool_id);
COMMENT ON INDEX boxoffice.pool_list IS 'Finds the pools of a slot in their order.';
COMMENT ON SEQUENCE boxoffice.pool_id IS 'Numbers pools.';
COMMENT ON TABLE boxoffice.pool IS 'Places without numbers: a standing area, the places of a class, the stock of a product.';
COMMENT ON COLUMN boxoffice.pool.pool_id IS 'Its id; means nothing else.';
COMMENT ON COLUMN boxoffice.pool.slot_id IS 'The slot.';
COMMENT ON COLUMN boxoffice.pool.name IS 'Name for people; unique in the slot.';
COMMENT ON COLUMN boxoffice.pool.capacity IS 'How many places there are.';
COMMENT ON COLUMN boxoffice.pool.price IS 'Price of one place in minor units of boxoffice.currency, tax included.';
COMMENT ON COLUMN boxoffice.pool.counter_id IS 'The counter of what is neither sold nor held. Places of a hold that has run out come back to it when the hold is marked as expired.';
COMMENT ON COLUMN boxoffice.pool.stripes IS 'Into how many stripes the counter was split.';

-- Reservations. No foreign key to slot: it would make every hold lock the slot's row.

CREATE SEQUENCE boxoffice.reservation_id MAXVALUE 9007199254740991;
CREATE TABLE boxoffice.reservation (
    reservation_id bigint      PRIMARY KEY DEFAULT pg_catalog.nextval('boxoffice.reservation_id'),
    slot_id        bigint      NOT NULL,
    user_id        boxoffice.pseudonym NOT NULL,
    status         boxoffice.reservation_status NOT NULL,
    seat_ids       integer[]   NOT NULL,
    quantity       boxoffice.quantity NOT NULL,
    amount         boxoffice.amount NOT NULL,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    paid_at        timestamptz,
    queue_id       bigint,
    queue_number   bigint,
    pool_id        bigint
) WITH (autovacuum_vacuum_scale_factor = 0.05);
ALTER SEQUENCE boxoffice.reservation_id OWNED BY boxoffice.reservation.reservation_id;
-- What has ended is not in it, so a hold reads what runs and what is paid, and nothing else. Every change of a status or an end
-- writes the other indexes anyway: none of them is a HOT update.
CREATE INDEX reservation_living ON boxoffice.reservation (user_id, slot_id, status COLLATE "C", expires_at)
    WHERE status IN ('held', 'paid');
COMMENT ON INDEX boxoffice.reservation_living IS 'Finds what a user has in a slot that runs or is paid, for max_per_user and second clicks.';
CREATE INDEX reservation_user ON boxoffice.reservation (user_id, reservation_id);
COMMENT ON INDEX boxoffice.reservation_user IS 'Finds the reservations of a user in their order.';
-- One index for all that asks what is held, since every hold pays for each. Ids are above 0, so a slot and a pool cannot be confused.
CREATE INDEX reservation_held ON boxoffice.reservation ((coalesce(pool_id, -slot_id)), expires_at) INCLUDE (quantity)
    WHERE status = 'held';
COMMENT ON INDEX boxoffice.reservation_held IS 'Finds what is held, in the order of its end: of a pool by its id, of the seats of a slot by its id below 0.';
COMMENT ON SEQUENCE boxoffice.reservation_id IS 'Numbers reservations.';
COMMENT ON TABLE boxoffice.reservation IS 'What one call has held, and what became of it. A held one past its expires_at reads as expired, whether or not it was tidied up.';
COMMENT ON COLUMN boxoffice.reservation.reservation_id IS 'Its id; means nothing else.';
COMMENT ON COLUMN boxoffice.reservation.slot_id IS 'The slot.';
COMMENT ON COLUMN boxoffice.reservation.user_id IS 'Whose it is: a pseudonym of the application.';
COMMENT ON COLUMN boxoffice.reservation.status IS 'held, paid, released, expired or cancelled.';
COMMENT ON COLUMN boxoffice.reservation.seat_ids IS 'The seats of the slot, ascending; empty for places.';
COMMENT ON COLUMN boxoffice.reservation.quantity IS 'How many it counts for.';
COMMENT ON COLUMN boxoffice.reservation.amount IS 'What it costs, in minor units, fixed by the hold.';
COMMENT ON COLUMN boxoffice.reservation.created_at IS 'When the hold was given.';
COMMENT ON COLUMN boxoffice.reservation.expires_at IS 'The instant at which the unpaid hold ends.';
COMMENT ON COLUMN boxoffice.reservation.paid_at IS 'When it was paid; null: never.';
COMMENT ON COLUMN boxoffice.reservation.queue_id IS 'The queue that had admitted the user; null: the slot had none.';
COMMENT ON COLUMN boxoffice.reservation.queue_number IS 'The number of the token that was shown; null: none was asked for.';
COMMENT ON COLUMN boxoffice.reservation.pool_id IS 'The pool of the places; null for seats.';

CREATE TABLE boxoffice.sale_feed (
    feed uuid PRIMARY KEY
);
INSERT INTO boxoffice.sale_feed (feed) VALUES (pg_catalog.gen_random_uuid());
COMMENT ON TABLE boxoffice.sale_feed IS 'By which the feed of sales knows its own positions, one row; not dumped: in another server they mean nothing.';
COMMENT ON COLUMN boxoffice.sale_feed.feed IS 'Drawn when the extension was created.';
SELECT pg_catalog.pg_extension_config_dump('boxoffice.seat_block', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.former_price', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.pool', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.reservation', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.pool_id', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.reservation_id', '');
CREATE TYPE boxoffice.list_blocked_seats_row AS (seat_id integer, seat_guid text, zone text, row_label text, seat_label text,
    category text, price bigint, reason text, blocked_at timestamptz);
COMMENT ON TYPE boxoffice.list_blocked_seats_row IS 'A seat that the house keeps back, why and since when; both null where it was blocked by hand.';
CREATE TYPE boxoffice.block_seats_result AS (outcome text, refused_seat_ids integer[], seats_changed integer);
COMMENT ON TYPE boxoffice.block_seats_result IS 'How many seats were blocked, or unblocked, that were not before; or the refusal and the seats that caused it.';
CREATE TYPE boxoffice.hold_result AS (outcome text, reservation_id bigint, expires_at timestamptz, amount bigint,
    seat_ids integer[], refused_seat_ids integer[], adjacent boolean);
COMMENT ON TYPE boxoffice.hold_result IS 'A hold: until when, for how much, which seats (null: places); or the refusal and the seats that caused it. adjacent: whether the best seats are all next to each other; null for other holds.';
CREATE TYPE boxoffice.extend_hold_result AS (outcome text, expires_at timestamptz);
COMMENT ON TYPE boxoffice.extend_hold_result IS 'Until when the hold lasts now.';
CREATE TYPE boxoffice.release_hold_result AS (outcome text);
COMMENT ON TYPE boxoffice.release_hold_result IS 'Whether the hold is released.';
CREATE TYPE boxoffice.next_sales_row AS (position text, status text, reservation_id bigint, user_id text, event_id bigint,
    slot_id bigint, pool_id bigint, seat_ids integer[], quantity integer, gross bigint, discount bigint, amount bigint,
    refunded bigint, created_at timestamptz, by_house boolean, reason text);
COMMENT ON TYPE boxoffice.next_sales_row IS 'A sale, status paid, or its end, status cancelled: when, what, for how much (amount is gross less discount) and, cancelled, what was refunded, by whom and why. position stands behind it.';
CREATE TYPE boxoffice.sales_report_row AS (slot_id bigint, starts_at timestamptz, category text, pool_id bigint, pool text,
    capacity bigint, sold bigint, held bigint, free bigint, blocked bigint, gross numeric, discount numeric, refunded numeric, net numeric);
COMMENT ON TYPE boxoffice.sales_report_row IS 'The seats of one category of a slot (null: of none), or the places of one pool: how many there are and what they are at this instant; and all money that was taken for them: gross, less discount, less what was refunded is net; numeric, because sums of amounts have no limit.';
COMMENT ON COLUMN boxoffice.block_seats_result.refused_seat_ids IS 'The seats that caused a refusal; null: none did.';
COMMENT ON COLUMN boxoffice.list_blocked_seats_row.zone IS 'Name of its zone; null: none.';
COMMENT ON COLUMN boxoffice.list_blocked_seats_row.row_label IS 'Number of its row, as printed; null: none.';
COMMENT ON COLUMN boxoffice.list_blocked_seats_row.category IS 'Price category; null: none.';
COMMENT ON COLUMN boxoffice.list_blocked_seats_row.reason IS 'Why; null: none was given.';
COMMENT ON COLUMN boxoffice.list_blocked_seats_row.blocked_at IS 'Since when; null: it was blocked by hand.';
COMMENT ON COLUMN boxoffice.sales_report_row.category IS 'Price category of the seats; null: of none, or places of a pool.';
COMMENT ON COLUMN boxoffice.sales_report_row.pool_id IS 'The pool; null: seats.';
COMMENT ON COLUMN boxoffice.sales_report_row.pool IS 'Name of the pool; null: seats.';
COMMENT ON COLUMN boxoffice.next_sales_row.pool_id IS 'The pool of the places; null: seats.';
COMMENT ON COLUMN boxoffice.next_sales_row.by_house IS 'Whether the house cancelled; null: it is paid.';
COMMENT ON COLUMN boxoffice.next_sales_row.reason IS 'The reason given for a cancellation; null: none, or it is paid.';
COMMENT ON COLUMN boxoffice.hold_result.seat_ids IS 'The seats, ascending; null of hold_places: it holds places.';
COMMENT ON COLUMN boxoffice.hold_result.refused_seat_ids IS 'The seats that caused a refusal; null: none did.';
COMMENT ON COLUMN boxoffice.hold_result.adjacent IS 'Whether the best seats are all next to each other; null of hold_seats, hold_places: the caller chose.';
