-- Catalogue

CREATE SEQUENCE boxoffice.venue_id MAXVALUE 9007199254740991;
CREATE TABLE boxoffice.venue (
    venue_id    bigint PRIMARY KEY DEFAULT pg_catalog.nextval('boxoffice.venue_id'),
    name        text   NOT NULL,
    address     text,
    latitude    float8 CHECK (latitude BETWEEN -90 AND 90),
    longitude   float8 CHECK (longitude BETWEEN -180 AND 180),
    external_id text   UNIQUE,
    search_text text   COLLATE "C" NOT NULL GENERATED ALWAYS AS (boxoffice.fold_text(name)) STORED,
    CHECK ((latitude IS NULL) = (longitude IS NULL))
);
ALTER SEQUENCE boxoffice.venue_id OWNED BY boxoffice.venue.venue_id;
-- Every search reads the list of what is pending, here and below, so it is short; without one, making an event costs three times as much.
CREATE INDEX venue_search ON boxoffice.venue USING gin (boxoffice.cut_grams(search_text)) WITH (gin_pending_list_limit = 128);
COMMENT ON INDEX boxoffice.venue_search IS 'Finds the venues whose name has a text in it.';
COMMENT ON COLUMN boxoffice.venue.search_text IS 'The name as search compares it.';
COMMENT ON SEQUENCE boxoffice.venue_id IS 'Numbers venues.';
COMMENT ON TABLE boxoffice.venue IS 'Where events take place.';
COMMENT ON COLUMN boxoffice.venue.venue_id IS 'Its id; means nothing else.';
COMMENT ON COLUMN boxoffice.venue.name IS 'Name for people.';
COMMENT ON COLUMN boxoffice.venue.address IS 'Postal address; null: unknown.';
COMMENT ON COLUMN boxoffice.venue.latitude IS 'Degrees north, WGS 84; null: unknown.';
COMMENT ON COLUMN boxoffice.venue.longitude IS 'Degrees east, WGS 84; null: unknown.';
COMMENT ON COLUMN boxoffice.venue.external_id IS 'The caller''s own key; null: none.';

CREATE SEQUENCE boxoffice.event_id MAXVALUE 9007199254740991;
CREATE TABLE boxoffice.event (
    event_id    bigint PRIMARY KEY DEFAULT pg_catalog.nextval('boxoffice.event_id'),
    title       text   NOT NULL,
    venue_id    bigint REFERENCES boxoffice.venue,
    category    text,
    description text,
    external_id text   UNIQUE,
    search_text text   COLLATE "C" NOT NULL GENERATED ALWAYS AS (boxoffice.fold_text(
        title || coalesce(E'\n' || category, '') || coalesce(E'\n' || description, ''))) STORED
);
ALTER SEQUENCE boxoffice.event_id OWNED BY boxoffice.event.event_id;
CREATE INDEX event_search ON boxoffice.event USING gin (boxoffice.cut_grams(search_text)) WITH (gin_pending_list_limit = 128);
COMMENT ON INDEX boxoffice.event_search IS 'Finds the events that have a text in title, category or description.';
CREATE INDEX event_venue ON boxoffice.event (venue_id, event_id);
COMMENT ON INDEX boxoffice.event_venue IS 'Finds the events of a venue.';
COMMENT ON COLUMN boxoffice.event.search_text IS 'Title, category and description, a line each, as search compares them.';
COMMENT ON SEQUENCE boxoffice.event_id IS 'Numbers events.';
COMMENT ON TABLE boxoffice.event IS 'What is sold: a performance, a course, a product. Its dates are slots.';
COMMENT ON COLUMN boxoffice.event.event_id IS 'Its id; means nothing else.';
COMMENT ON COLUMN boxoffice.event.title IS 'Title for people.';
COMMENT ON COLUMN boxoffice.event.venue_id IS 'Where it takes place; null: nowhere in particular.';
COMMENT ON COLUMN boxoffice.event.category IS 'Kind of event, in the application''s words; null: none.';
COMMENT ON COLUMN boxoffice.event.description IS 'Text for people; null: none.';
COMMENT ON COLUMN boxoffice.event.external_id IS 'The caller''s own key; null: none.';

CREATE SEQUENCE boxoffice.slot_id MAXVALUE 9007199254740991;
CREATE TABLE boxoffice.slot (
    slot_id        bigint      PRIMARY KEY DEFAULT pg_catalog.nextval('boxoffice.slot_id'),
    event_id       bigint      NOT NULL REFERENCES boxoffice.event,
    starts_at      timestamptz NOT NULL CHECK (starts_at > '-infinity'),
    hold_for       boxoffice.duration NOT NULL,
    sale_opens_at  timestamptz,
    sale_closes_at timestamptz,
    max_per_user   integer     CHECK (max_per_user > 0),
    queue_id       bigint      REFERENCES boxoffice.queue,
    external_id    text        UNIQUE,
    hold_for_max   boxoffice.duration CHECK (hold_for_max >= hold_for),
    paid_counter_id      bigint NOT NULL DEFAULT pg_catalog.nextval('boxoffice.counter_id'),
    cancelled_counter_id bigint NOT NULL DEFAULT pg_catalog.nextval('boxoffice.counter_id'),
    focal_x        float8,
    focal_y        float8,
    seats_version  uuid        NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    CHECK ((focal_x IS NULL) = (focal_y IS NULL)),
    CONSTRAINT slot_sale_window CHECK (sale_opens_at < sale_closes_at)
);
ALTER SEQUENCE boxoffice.slot_id OWNED BY boxoffice.slot.slot_id;
CREATE INDEX slot_event ON boxoffice.slot (event_id, starts_at, slot_id);
COMMENT ON INDEX boxoffice.slot_event IS 'Finds the slots of an event, soonest first.';
CREATE INDEX slot_queue ON boxoffice.slot (queue_id, (coalesce(sale_closes_at, starts_at))) WHERE queue_id IS NOT NULL;
COMMENT ON INDEX boxoffice.slot_queue IS 'Finds when the last sale ends that a queue leads to.';
COMMENT ON SEQUENCE boxoffice.slot_id IS 'Numbers slots.';
COMMENT ON TABLE boxoffice.slot IS 'One date of an event, with its own seats and its own rules of sale.';
COMMENT ON COLUMN boxoffice.slot.slot_id IS 'Its id; means nothing else.';
COMMENT ON COLUMN boxoffice.slot.event_id IS 'The event of which it is a date.';
COMMENT ON COLUMN boxoffice.slot.starts_at IS 'When it begins; from then on nothing can be cancelled.';
COMMENT ON COLUMN boxoffice.slot.hold_for IS 'How long a hold lasts.';
COMMENT ON COLUMN boxoffice.slot.sale_opens_at IS 'When the sale opens; null: at once.';
COMMENT ON COLUMN boxoffice.slot.sale_closes_at IS 'When the sale closes; null: at starts_at.';
COMMENT ON COLUMN boxoffice.slot.max_per_user IS 'Most seats and places together that one user may hold and own here; null: no limit.';
COMMENT ON COLUMN boxoffice.slot.queue_id IS 'The queue that admits its buyers; null: none.';
COMMENT ON COLUMN boxoffice.slot.external_id IS 'The caller''s own key; null: none.';
COMMENT ON COLUMN boxoffice.slot.hold_for_max IS 'How long a hold lasts at most, when it is extended; null: it cannot be extended.';
COMMENT ON COLUMN boxoffice.slot.paid_counter_id IS 'The counter of its seats that were paid; less those that were cancelled, they are sold.';
COMMENT ON COLUMN boxoffice.slot.cancelled_counter_id IS 'The counter of its seats that were paid and cancelled.';
COMMENT ON COLUMN boxoffice.slot.focal_x IS 'Where the best seats are nearest to, to the right; null: the middle of the seats.';
COMMENT ON COLUMN boxoffice.slot.focal_y IS 'Where the best seats are nearest to, downwards; null: the front, where y is the least.';
COMMENT ON COLUMN boxoffice.slot.seats_version IS 'Another one whenever seats are added: connections keep what they know of the seats of a version. Change it when you add or move seats by hand.';

CREATE TABLE boxoffice.seating_plan (
    slot_id bigint PRIMARY KEY REFERENCES boxoffice.slot,
    plan    jsonb  NOT NULL
);
COMMENT ON TABLE boxoffice.seating_plan IS 'The seating plan document that a slot''s seats were made from, as it was given.';
COMMENT ON COLUMN boxoffice.seating_plan.slot_id IS 'The slot.';
COMMENT ON COLUMN boxoffice.seating_plan.plan IS 'The document, in the pretix seating-plan format.';

-- Seats. No index on a changing column and room in every page: each change of a seat is a HOT update.

CREATE TABLE boxoffice.seat (
    slot_id        bigint  NOT NULL REFERENCES boxoffice.slot,
    seat_id        boxoffice.quantity NOT NULL,
    price          boxoffice.amount   NOT NULL,
    reservation_id bigint,
    held_until     timestamptz,
    sold           boolean NOT NULL DEFAULT false,
    blocked        boolean NOT NULL DEFAULT false,
    seat_guid      text    NOT NULL,
    zone           text,
    row_label      text,
    seat_label     text    NOT NULL,
    category       text,
    x              float8,
    y              float8,
    PRIMARY KEY (slot_id, seat_id),
    -- in this order, so that no plan takes it for the way to a slot's seats
    CONSTRAINT seat_guid_unique UNIQUE (seat_guid, slot_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
-- blocked never changes in a sale, so this one does not keep a change from being HOT
CREATE INDEX seat_blocked ON boxoffice.seat (slot_id) WHERE blocked;
COMMENT ON INDEX boxoffice.seat_blocked IS 'Counts the seats that the house keeps back.';
COMMENT ON TABLE boxoffice.seat IS 'Every seat of every slot. A seat is free when it is neither sold nor blocked and no hold on it still runs.';
COMMENT ON COLUMN boxoffice.seat.slot_id IS 'The slot.';
COMMENT ON COLUMN boxoffice.seat.seat_id IS 'Its number in the slot, from 1.';
COMMENT ON COLUMN boxoffice.seat.price IS 'Price in minor units of boxoffice.currency, tax included.';
COMMENT ON COLUMN boxoffice.seat.reservation_id IS 'The reservation that holds or owns it, or held it last; null: none.';
COMMENT ON COLUMN boxoffice.seat.held_until IS 'The instant at which the hold on it ends; null: no hold.';
COMMENT ON COLUMN boxoffice.seat.sold IS 'True when a paid reservation owns it.';
COMMENT ON COLUMN boxoffice.seat.blocked IS 'True when the house keeps it back from sale.';
COMMENT ON COLUMN boxoffice.seat.seat_guid IS 'Its key in the seating plan; unique in the slot.';
COMMENT ON COLUMN boxoffice.seat.zone IS 'Name of its zone; null: none.';
COMMENT ON COLUMN boxoffice.seat.row_label IS 'Number of its row, as printed; null: none.';
COMMENT ON COLUMN boxoffice.seat.seat_label IS 'Its number, as printed.';
COMMENT ON COLUMN boxoffice.seat.category IS 'Price category; null: none.';
COMMENT ON COLUMN boxoffice.seat.x IS 'Position to the right, in the units of the plan; null: unknown.';
COMMENT ON COLUMN boxoffice.seat.y IS 'Position downwards, in the units of the plan; null: unknown.';
SELECT pg_catalog.pg_extension_config_dump('boxoffice.venue', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.event', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.slot', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.seating_plan', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.seat', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.venue_id', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.event_id', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.slot_id', '');
