-- Catalogue functions: for administrators; they raise and return no outcome
CREATE OR REPLACE FUNCTION boxoffice.create_venue(name text, address text = NULL, latitude float8 = NULL, longitude float8 = NULL, external_id text = NULL) RETURNS bigint
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_create_venue';
COMMENT ON FUNCTION boxoffice.create_venue IS 'Makes a venue and returns its id; an external_id that exists returns that venue and changes nothing. Latitude and longitude in degrees, both or neither.';

CREATE OR REPLACE FUNCTION boxoffice.create_event(title text, venue_id bigint = NULL, category text = NULL, description text = NULL, external_id text = NULL) RETURNS bigint
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_create_event';
COMMENT ON FUNCTION boxoffice.create_event IS 'Makes an event and returns its id; an external_id that exists returns that event and changes nothing.';

CREATE OR REPLACE FUNCTION boxoffice.create_slot(event_id bigint, starts_at timestamptz, hold_for interval = '5 min', sale_opens_at timestamptz = NULL,
    sale_closes_at timestamptz = NULL, max_per_user integer = NULL, queue_id bigint = NULL, external_id text = NULL,
    hold_for_max interval = NULL) RETURNS bigint
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_create_slot';
COMMENT ON FUNCTION boxoffice.create_slot IS 'Makes a slot, one date of an event, and returns its id; an external_id that exists returns that slot and changes nothing. Sold from sale_opens_at (null: at once) to sale_closes_at (null: starts_at); an unpaid hold lasts hold_for, and when it is extended up to hold_for_max from its beginning (null: it cannot be extended); max_per_user counts seats and places, null: no limit.';

CREATE OR REPLACE FUNCTION boxoffice.add_seating_plan(slot_id bigint, plan jsonb, prices jsonb) RETURNS integer
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_add_seating_plan';
COMMENT ON FUNCTION boxoffice.add_seating_plan IS 'Adds the seats of a pretix seating plan to a slot and returns how many; prices maps each category that seats use to minor units. All or nothing: an error names the place in the document.';

CREATE OR REPLACE FUNCTION boxoffice.add_numbered_seats(slot_id bigint, count integer, price bigint) RETURNS integer
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_add_numbered_seats';
COMMENT ON FUNCTION boxoffice.add_numbered_seats IS 'Adds so many numbered seats to a slot and returns count: 1 to count, or on from the highest number that the slot has; price in minor units.';

CREATE OR REPLACE FUNCTION boxoffice.update_venue(venue_id bigint, name text = NULL, address text = NULL, latitude float8 = NULL, longitude float8 = NULL, external_id text = NULL) RETURNS void
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_update_venue';
COMMENT ON FUNCTION boxoffice.update_venue IS 'Changes a venue; null: unchanged.';

CREATE OR REPLACE FUNCTION boxoffice.update_event(event_id bigint, title text = NULL, category text = NULL, description text = NULL, external_id text = NULL) RETURNS void
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_update_event';
COMMENT ON FUNCTION boxoffice.update_event IS 'Changes an event; null: unchanged.';

CREATE OR REPLACE FUNCTION boxoffice.update_slot(slot_id bigint, starts_at timestamptz = NULL, hold_for interval = NULL, sale_opens_at timestamptz = NULL,
    sale_closes_at timestamptz = NULL, max_per_user integer = NULL, queue_id bigint = NULL, external_id text = NULL,
    hold_for_max interval = NULL) RETURNS void
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_update_slot';
COMMENT ON FUNCTION boxoffice.update_slot IS 'Changes a slot; null: unchanged; 0 lifts max_per_user and queue_id, infinity lifts sale_opens_at and sale_closes_at, an interval of 0 lifts hold_for_max. Running holds keep their expires_at.';

CREATE OR REPLACE FUNCTION boxoffice.set_focal_point(slot_id bigint, x float8 = NULL, y float8 = NULL) RETURNS void
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_set_focal_point';
COMMENT ON FUNCTION boxoffice.set_focal_point IS 'Says from where the best seats of a slot are the nearest, in the units of the plan; null x and y: from the front centre, where y is the least and x in the middle of all seats. Raises not_found (TK016), and 22023 for one without the other or a value that is not finite.';
