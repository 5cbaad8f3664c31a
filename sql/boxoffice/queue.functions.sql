CREATE OR REPLACE FUNCTION boxoffice.forget_board() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'boxoffice_forget_board';
COMMENT ON FUNCTION boxoffice.forget_board() IS 'Trigger: whoever changes tokens or rules other than by the functions of boxoffice makes the board in shared memory be built again.';
CREATE OR REPLACE TRIGGER queue_token_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON boxoffice.queue_token
    FOR EACH STATEMENT EXECUTE FUNCTION boxoffice.forget_board();
ALTER TABLE boxoffice.queue_token ENABLE ALWAYS TRIGGER queue_token_changed;
COMMENT ON TRIGGER queue_token_changed ON boxoffice.queue_token IS 'Notices changes by hand and by a restore.';
CREATE OR REPLACE TRIGGER queue_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON boxoffice.queue
    FOR EACH STATEMENT EXECUTE FUNCTION boxoffice.forget_board();
ALTER TABLE boxoffice.queue ENABLE ALWAYS TRIGGER queue_changed;
COMMENT ON TRIGGER queue_changed ON boxoffice.queue IS 'Notices changes by hand and by a restore.';

-- Queue admission

CREATE OR REPLACE FUNCTION boxoffice.create_queue(name text, max_active integer, active_for interval = '5 min', max_waiting integer = NULL, admit_per_minute integer = NULL,
    claim_for interval = '1 min', idle_for interval = '5 min', join_before timestamptz = NULL, shuffle_seed text = NULL) RETURNS bigint
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_create_queue';
COMMENT ON FUNCTION boxoffice.create_queue IS 'Makes a queue, open, and returns its id. At most max_active users are active at once, each for active_for from admission; one who does not show up within claim_for gives the place back, one who waits and does not ask for idle_for is passed over. Null max_waiting or admit_per_minute: no limit. With join_before and shuffle_seed, both or neither, those who joined before that instant are put in a random order then, and nobody is admitted before. Raises 22023 for a value out of range.';

CREATE OR REPLACE FUNCTION boxoffice.update_queue(queue_id bigint, name text = NULL, max_active integer = NULL, active_for interval = NULL, max_waiting integer = NULL,
    admit_per_minute integer = NULL, claim_for interval = NULL, idle_for interval = NULL, mode text = NULL, join_before timestamptz = NULL,
    shuffle_seed text = NULL) RETURNS void
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_update_queue';
COMMENT ON FUNCTION boxoffice.update_queue IS 'Changes a queue; null: unchanged; 0 lifts max_waiting and admit_per_minute. mode: open; paused (nobody is admitted, the active may finish); closed (nobody may join, those who wait are served); bypass (everybody is admitted at once). Waits for an admission that is under way. Raises not_found (TK016), and 22023 for a value out of range.';

CREATE OR REPLACE FUNCTION boxoffice.join_queue(queue_id bigint, user_id text, priority integer = 0) RETURNS boxoffice.queue_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_join_queue';
COMMENT ON FUNCTION boxoffice.join_queue IS 'Takes a place for the user, or returns the one the user has. Active at once when nobody waits and a place is free. priority 0 to 3, higher first, is the caller''s to decide. A queue all of whose slots have closed is closed. Refusals: not_found, queue_closed, queue_full, seat_busy.';

-- Who waits is answered from shared memory, without a table or a name to be looked up, and so without the price of other
-- rights and another search_path: everything else goes on to the next function.
CREATE OR REPLACE FUNCTION boxoffice.queue_status(token uuid) RETURNS boxoffice.queue_result
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'boxoffice_queue_status';
COMMENT ON FUNCTION boxoffice.queue_status IS 'The place that a token stands for. Asking keeps it: a waiting user must ask more often than idle_for, an admitted one within claim_for. Refusals: queue_token_invalid, seat_busy.';

CREATE OR REPLACE FUNCTION boxoffice.queue_status_from_tables(token uuid) RETURNS boxoffice.queue_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_queue_status_from_tables';
COMMENT ON FUNCTION boxoffice.queue_status_from_tables IS 'What queue_status does when the board does not know the answer; for queue_status alone to call.';

CREATE OR REPLACE FUNCTION boxoffice.leave_queue(token uuid) RETURNS boxoffice.leave_queue_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_leave_queue';
COMMENT ON FUNCTION boxoffice.leave_queue IS 'Gives up a place, waiting or active; again, or when it has ended: ok. Refusals: queue_token_invalid, seat_busy.';

CREATE OR REPLACE FUNCTION boxoffice.admit_waiting(queue_id bigint) RETURNS integer
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_admit_waiting';
COMMENT ON FUNCTION boxoffice.admit_waiting IS 'Admits as many as there is room for and returns how many; the worker and tick do it by themselves. 0 also when another call is admitting at this instant. Raises not_found (TK016).';

-- Here and below: one instant for the whole view, in whichever order its tables are joined.
CREATE OR REPLACE VIEW boxoffice.stat_queue AS
    WITH c AS MATERIALIZED (SELECT pg_catalog.clock_timestamp() AS at)
    SELECT q.queue_id, q.name, q.mode, q.max_active, w.waiting, a.active, m.admitted_per_minute, c.at - w.joined_at AS oldest_wait,
        q.join_before, q.shuffle_sha256, q.drawn_at, s.shuffle_seed
    FROM boxoffice.queue q
    CROSS JOIN c
    LEFT JOIN boxoffice.queue_seed s ON s.queue_id = q.queue_id AND q.drawn_at IS NOT NULL
    CROSS JOIN LATERAL (SELECT count(*) AS waiting, min(t.joined_at) AS joined_at FROM boxoffice.queue_token t
        WHERE t.queue_id = q.queue_id AND t.status = 'waiting') w
    CROSS JOIN LATERAL (SELECT count(*) AS active FROM boxoffice.queue_token t
        WHERE t.queue_id = q.queue_id AND t.status = 'active') a
    CROSS JOIN LATERAL (SELECT count(*) AS admitted_per_minute FROM boxoffice.queue_token t
        WHERE t.queue_id = q.queue_id AND t.admitted_at > c.at - interval '1 min') m;
COMMENT ON VIEW boxoffice.stat_queue IS 'Every queue: how many wait and are active, how many were admitted in the last minute, how long the longest has waited. shuffle_sha256 commits to the seed of a draw, shuffle_seed is shown once it took place.';
COMMENT ON COLUMN boxoffice.stat_queue.queue_id IS 'The queue.';
COMMENT ON COLUMN boxoffice.stat_queue.name IS 'Name for people.';
COMMENT ON COLUMN boxoffice.stat_queue.mode IS 'open, paused, closed or bypass.';
COMMENT ON COLUMN boxoffice.stat_queue.max_active IS 'Most users who may be active at once.';
COMMENT ON COLUMN boxoffice.stat_queue.waiting IS 'How many wait.';
COMMENT ON COLUMN boxoffice.stat_queue.active IS 'How many are active.';
COMMENT ON COLUMN boxoffice.stat_queue.admitted_per_minute IS 'How many were admitted in the last 60 seconds.';
COMMENT ON COLUMN boxoffice.stat_queue.oldest_wait IS 'How long the one who joined first has waited; null: nobody waits.';
COMMENT ON COLUMN boxoffice.stat_queue.join_before IS 'Until when one must have joined to take part in the draw; null: no draw.';
COMMENT ON COLUMN boxoffice.stat_queue.shuffle_sha256 IS 'SHA-256 of the seed of the draw, in hexadecimal; null: no draw.';
COMMENT ON COLUMN boxoffice.stat_queue.drawn_at IS 'When the draw took place; null: not yet.';
COMMENT ON COLUMN boxoffice.stat_queue.shuffle_seed IS 'The seed, once the draw took place; null before.';

CREATE OR REPLACE VIEW boxoffice.stat_draw AS
    SELECT t.queue_id, row_number() OVER (PARTITION BY t.queue_id ORDER BY t.number) AS place,
        pg_catalog.encode(pg_catalog.sha256(pg_catalog.uuid_send(t.token)), 'hex') AS ticket
    FROM boxoffice.queue_token t WHERE t.number < 0;
COMMENT ON VIEW boxoffice.stat_draw IS 'The result of every draw, fit to be published: ticket is the SHA-256 of a token, in hexadecimal; sorted by sha256(shuffle_seed || sha256(token)) the tickets give the places.';
COMMENT ON COLUMN boxoffice.stat_draw.queue_id IS 'The queue.';
COMMENT ON COLUMN boxoffice.stat_draw.place IS 'Place in the draw, from 1.';
COMMENT ON COLUMN boxoffice.stat_draw.ticket IS 'SHA-256 of the token, in hexadecimal: whoever has the token knows it.';
