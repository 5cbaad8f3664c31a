-- boxoffice 1.0: tables, types and functions; made by sql/assemble.sh. docs/functions.md describes the functions.
\echo Use "CREATE EXTENSION boxoffice" to load this file. \quit

CREATE SCHEMA boxoffice;
COMMENT ON SCHEMA boxoffice IS 'Sells scarce things to crowds without ever selling one twice.';

-- Outcomes: the one catalogue of how an operation can answer

CREATE TABLE boxoffice.outcome (
    outcome     text    PRIMARY KEY,
    sqlstate    text    NOT NULL UNIQUE CHECK (sqlstate ~ '^(00000|TK[0-9A-Z]{3})$'),
    http_status integer NOT NULL CHECK (http_status BETWEEN 200 AND 599),
    retryable   boolean NOT NULL,
    title       text    NOT NULL
);
COMMENT ON TABLE boxoffice.outcome IS 'Every outcome that an operation can answer: its SQLSTATE under boxoffice.raise_refusals, its HTTP status, whether the same call may succeed a moment later, and one sentence for people.';
COMMENT ON COLUMN boxoffice.outcome.outcome IS 'The name, as the first column of every answer gives it.';
COMMENT ON COLUMN boxoffice.outcome.sqlstate IS 'SQLSTATE of the error that the refusal becomes under boxoffice.raise_refusals; class TK is private to boxoffice.';
COMMENT ON COLUMN boxoffice.outcome.http_status IS 'HTTP status of the answer.';
COMMENT ON COLUMN boxoffice.outcome.retryable IS 'True when the same call may succeed a moment later.';
COMMENT ON COLUMN boxoffice.outcome.title IS 'One sentence for people.';

INSERT INTO boxoffice.outcome (outcome, sqlstate, http_status, retryable, title) VALUES
    ('ok',                   '00000', 200, false, 'Done.'),
    ('seat_taken',           'TK001', 409, false, 'A seat is held or sold.'),
    ('seat_busy',            'TK002', 409, true,  'Another call is changing this at this instant.'),
    ('sold_out',             'TK003', 409, false, 'Nothing of it is left.'),
    ('limit_exceeded',       'TK004', 409, false, 'This would be more than one user may have.'),
    ('not_on_sale',          'TK005', 409, false, 'It is not on sale at this time.'),
    ('queue_token_required', 'TK006', 403, false, 'The slot is sold through a queue: join it first.'),
    ('queue_token_invalid',  'TK007', 403, false, 'The queue token is not known, not yours, not of this queue, or not active.'),
    ('queue_full',           'TK008', 429, true,  'The queue takes no more people at this moment.'),
    ('queue_closed',         'TK009', 409, false, 'The queue is closed to new people.'),
    ('hold_expired',         'TK010', 410, false, 'The hold has run out.'),
    ('not_held',             'TK011', 409, false, 'The reservation is not in the state that this call needs.'),
    ('already_paid',         'TK012', 409, false, 'The reservation is paid already.'),
    ('too_late',             'TK013', 409, false, 'The slot has begun: it is too late to cancel.'),
    ('insufficient_balance', 'TK014', 402, false, 'The balance is too small.'),
    ('idempotency_mismatch', 'TK015', 422, false, 'The idempotency key was used before for another request.'),
    ('not_found',            'TK016', 404, false, 'There is no such thing, or it belongs to another user.'),
    ('already_claimed',      'TK017', 409, false, 'The user has claimed this coupon already.'),
    ('claim_used',           'TK018', 409, false, 'The claim has been used for another payment.'),
    ('claim_not_valid',      'TK019', 409, false, 'The coupon is not valid at this time, or not for so small an amount.');

-- Domains: what a single column may be. PostgreSQL reads the checks of a table anew for every statement, whatever column
-- it changes, which took a fifth of the time of a hold; those of a domain it keeps. What concerns several columns of the
-- tables that every sale writes, verify() checks.

CREATE DOMAIN boxoffice.pseudonym AS text CHECK (pg_catalog.octet_length(VALUE) BETWEEN 1 AND 255);
COMMENT ON DOMAIN boxoffice.pseudonym IS 'What the application calls a user: 1 to 255 bytes.';
CREATE DOMAIN boxoffice.amount AS bigint CHECK (VALUE BETWEEN 0 AND 9007199254740991);
COMMENT ON DOMAIN boxoffice.amount IS 'Money in minor units of boxoffice.currency, not negative and below 2^53.';
CREATE DOMAIN boxoffice.positive_number AS bigint CHECK (VALUE > 0);
COMMENT ON DOMAIN boxoffice.positive_number IS 'A count: 1 or more.';
CREATE DOMAIN boxoffice.quantity AS integer CHECK (VALUE > 0);
COMMENT ON DOMAIN boxoffice.quantity IS 'How many of something there are: 1 or more.';
CREATE DOMAIN boxoffice.duration AS interval CHECK (VALUE > '0' AND VALUE <= '8784:00:00'
    AND pg_catalog.date_part('day', VALUE) = 0 AND pg_catalog.date_part('month', VALUE) = 0 AND pg_catalog.date_part('year', VALUE) = 0);
COMMENT ON DOMAIN boxoffice.duration IS 'How long something lasts, in hours, minutes and seconds, so that no time zone and no calendar changes it: above 0 and at most 8784 hours.';

-- Text as people read it; columns and indexes below are made of these

CREATE FUNCTION boxoffice.fold_text(value text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'boxoffice_fold_text';
COMMENT ON FUNCTION boxoffice.fold_text IS 'A text as search compares it, whatever the locale of the database: NFKC with full case folding, i with and without its dot alike, and without characters that nobody sees.';
CREATE FUNCTION boxoffice.cut_grams(value text) RETURNS integer[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'boxoffice_cut_grams';
COMMENT ON FUNCTION boxoffice.cut_grams IS 'Every one, two and three neighbouring characters of a text, each as a number; what the index of search is made of.';

-- Raises where the database has another encoding than UTF8.
SELECT boxoffice.fold_text('');

-- Counters that a crowd changes at once: each is split into stripes, so that no row is hot. Few stripes to a page leave
-- room for their next versions: each change is a HOT update.

CREATE SEQUENCE boxoffice.counter_id MAXVALUE 9007199254740991;
CREATE SEQUENCE boxoffice.counter_another_stripe MINVALUE 1000000 MAXVALUE 9007199254740991;
CREATE TABLE boxoffice.counter_stripe (
    counter_id bigint NOT NULL,
    stripe     bigint NOT NULL,
    value      boxoffice.positive_number NOT NULL,
    PRIMARY KEY (counter_id, stripe)
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0.05);
ALTER SEQUENCE boxoffice.counter_id OWNED BY boxoffice.counter_stripe.counter_id;
ALTER SEQUENCE boxoffice.counter_another_stripe OWNED BY boxoffice.counter_stripe.stripe;
COMMENT ON SEQUENCE boxoffice.counter_id IS 'Numbers counters.';
COMMENT ON SEQUENCE boxoffice.counter_another_stripe IS 'Numbers the stripes that a counter gets when all it has are taken.';
COMMENT ON TABLE boxoffice.counter_stripe IS 'What is left of pools and coupons, and how many seats of a slot were paid and cancelled, each split into stripes that are taken one by one. A counter stands at the sum of its stripes.';
COMMENT ON COLUMN boxoffice.counter_stripe.counter_id IS 'The counter: of a pool, a slot or a coupon.';
COMMENT ON COLUMN boxoffice.counter_stripe.stripe IS 'From 0; from 1000000 on for one that was added.';
COMMENT ON COLUMN boxoffice.counter_stripe.value IS 'What this stripe holds of the whole; one that is empty is deleted.';

CREATE TABLE boxoffice.idempotency_key (
    user_id         text        NOT NULL,
    idempotency_key text        NOT NULL,
    request         text        NOT NULL,
    answer          jsonb       NOT NULL,
    created_at      timestamptz NOT NULL,
    by_house        boolean     NOT NULL,
    PRIMARY KEY (user_id, by_house, idempotency_key)
);
CREATE INDEX idempotency_key_age ON boxoffice.idempotency_key (created_at);
COMMENT ON INDEX boxoffice.idempotency_key_age IS 'Finds keys to forget.';
COMMENT ON TABLE boxoffice.idempotency_key IS 'The ok answers of calls that wrote something, by their idempotency keys, for 24 hours.';
COMMENT ON COLUMN boxoffice.idempotency_key.user_id IS 'Whose key; two users may use the same.';
COMMENT ON COLUMN boxoffice.idempotency_key.idempotency_key IS 'The key that the caller chose.';
COMMENT ON COLUMN boxoffice.idempotency_key.request IS 'The request it stands for.';
COMMENT ON COLUMN boxoffice.idempotency_key.answer IS 'The answer that was given.';
COMMENT ON COLUMN boxoffice.idempotency_key.created_at IS 'When; after 24 hours the key counts as absent.';
COMMENT ON COLUMN boxoffice.idempotency_key.by_house IS 'True for a key of the house, which has moved the user''s money by credit_balance or debit_balance; false for one that the user chose. The two may be the same.';
SELECT pg_catalog.pg_extension_config_dump('boxoffice.counter_stripe', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.idempotency_key', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.counter_id', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.counter_another_stripe', '');

-- Queues: a fair waiting room in front of a sale. Ids, here and everywhere, stay below 2^53, so that they survive JSON.

CREATE SEQUENCE boxoffice.queue_id MAXVALUE 9007199254740991;
CREATE TABLE boxoffice.queue (
    queue_id         bigint      PRIMARY KEY DEFAULT pg_catalog.nextval('boxoffice.queue_id'),
    name             text        NOT NULL,
    mode             text        NOT NULL DEFAULT 'open' CHECK (mode IN ('open', 'paused', 'closed', 'bypass')),
    max_active       integer     NOT NULL CHECK (max_active > 0),
    active_for       boxoffice.duration NOT NULL,
    max_waiting      integer     CHECK (max_waiting > 0),
    admit_per_minute integer     CHECK (admit_per_minute > 0),
    claim_for        boxoffice.duration NOT NULL,
    idle_for         boxoffice.duration NOT NULL,
    rules_since      timestamptz NOT NULL,
    join_before      timestamptz,
    shuffle_sha256   text        CHECK (shuffle_sha256 ~ '^[0-9a-f]{64}$'),
    drawn_at         timestamptz,
    over_since       timestamptz,
    on_sale_again_at timestamptz,
    CHECK ((join_before IS NULL) = (shuffle_sha256 IS NULL)),
    CHECK (drawn_at IS NULL OR join_before IS NOT NULL)
);
ALTER SEQUENCE boxoffice.queue_id OWNED BY boxoffice.queue.queue_id;
COMMENT ON SEQUENCE boxoffice.queue_id IS 'Numbers queues.';
COMMENT ON TABLE boxoffice.queue IS 'The waiting rooms and their rules.';
COMMENT ON COLUMN boxoffice.queue.queue_id IS 'Its id; means nothing else.';
COMMENT ON COLUMN boxoffice.queue.name IS 'Name for people.';
COMMENT ON COLUMN boxoffice.queue.mode IS 'open; paused: nobody is admitted; closed: nobody may join; bypass: everybody is admitted at once.';
COMMENT ON COLUMN boxoffice.queue.max_active IS 'Most users who may be active at once.';
COMMENT ON COLUMN boxoffice.queue.active_for IS 'How long one who was admitted may stay.';
COMMENT ON COLUMN boxoffice.queue.max_waiting IS 'Most users who may wait; null: no limit.';
COMMENT ON COLUMN boxoffice.queue.admit_per_minute IS 'Most users who are admitted in any 60 seconds; null: no limit.';
COMMENT ON COLUMN boxoffice.queue.claim_for IS 'How soon one who was admitted must show up, or lose the place.';
COMMENT ON COLUMN boxoffice.queue.idle_for IS 'How long one who waits may stay away without losing the place.';
COMMENT ON COLUMN boxoffice.queue.rules_since IS 'When the mode or the capacity changed last.';
COMMENT ON COLUMN boxoffice.queue.join_before IS 'Who joins before this instant takes part in the draw, and nobody is admitted before it; null: no draw.';
COMMENT ON COLUMN boxoffice.queue.shuffle_sha256 IS 'SHA-256 of the seed of the draw, in hexadecimal; null: no draw.';
COMMENT ON COLUMN boxoffice.queue.drawn_at IS 'When the draw took place; null: not yet.';
COMMENT ON COLUMN boxoffice.queue.over_since IS 'When admission found the sale over: an hour later those who wait are told so. Null: it was not over when it looked last.';
COMMENT ON COLUMN boxoffice.queue.on_sale_again_at IS 'When admission found a sale that was over on sale again; null: never. Who waits counts as seen then.';

CREATE TABLE boxoffice.queue_seed (
    queue_id     bigint PRIMARY KEY REFERENCES boxoffice.queue,
    shuffle_seed text   NOT NULL
);
COMMENT ON TABLE boxoffice.queue_seed IS 'The seeds of draws: secret until the draw, so not for monitors to read.';
COMMENT ON COLUMN boxoffice.queue_seed.queue_id IS 'The queue.';
COMMENT ON COLUMN boxoffice.queue_seed.shuffle_seed IS 'The seed, as it was given.';

-- No foreign key to queue: it would make every join lock the queue's row.
CREATE TABLE boxoffice.queue_token (
    queue_id     bigint      NOT NULL,
    number       bigint      NOT NULL,
    token        uuid        NOT NULL,
    user_id      text        NOT NULL CHECK (pg_catalog.octet_length(user_id) BETWEEN 1 AND 255),
    priority     smallint    NOT NULL CHECK (priority BETWEEN 0 AND 3),
    status       text        NOT NULL CHECK (status IN ('waiting', 'active', 'completed', 'expired', 'left')),
    joined_at    timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    admitted_at  timestamptz,
    lapses_at    timestamptz,
    expires_at   timestamptz,
    ended_at     timestamptz,
    PRIMARY KEY (queue_id, number),
    CHECK ((admitted_at IS NULL) = (lapses_at IS NULL) AND (admitted_at IS NULL) = (expires_at IS NULL)),
    CHECK (CASE status WHEN 'waiting' THEN admitted_at IS NULL WHEN 'active' THEN admitted_at IS NOT NULL ELSE true END),
    CHECK ((ended_at IS NULL) = (status IN ('waiting', 'active')))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX queue_token_secret ON boxoffice.queue_token (pg_catalog.uuid_hash_extended(token, 0));
COMMENT ON INDEX boxoffice.queue_token_secret IS 'Finds a token by its hash; the token itself is then compared in constant time.';
CREATE UNIQUE INDEX queue_token_user ON boxoffice.queue_token (user_id, queue_id) WHERE ended_at IS NULL;
COMMENT ON INDEX boxoffice.queue_token_user IS 'One user has one living token in a queue.';
CREATE INDEX queue_token_order ON boxoffice.queue_token (queue_id, priority DESC, number) WHERE status = 'waiting';
COMMENT ON INDEX boxoffice.queue_token_order IS 'The order in which those who wait are admitted.';
CREATE INDEX queue_token_lapsing ON boxoffice.queue_token (queue_id, lapses_at) WHERE status = 'active';
COMMENT ON INDEX boxoffice.queue_token_lapsing IS 'Counts the active, and finds those whose time has run out.';
CREATE INDEX queue_token_admitted ON boxoffice.queue_token (queue_id, admitted_at) WHERE admitted_at IS NOT NULL;
COMMENT ON INDEX boxoffice.queue_token_admitted IS 'Counts the admissions of the last minute.';
COMMENT ON TABLE boxoffice.queue_token IS 'Everyone who ever joined a queue.';
COMMENT ON COLUMN boxoffice.queue_token.queue_id IS 'The queue.';
COMMENT ON COLUMN boxoffice.queue_token.number IS 'The number drawn at joining, which is the order inside a priority; negative for those whom a draw put in order.';
COMMENT ON COLUMN boxoffice.queue_token.token IS 'The secret that stands for this place.';
COMMENT ON COLUMN boxoffice.queue_token.user_id IS 'Whose it is: a pseudonym of the application.';
COMMENT ON COLUMN boxoffice.queue_token.priority IS '0 to 3; higher is admitted first.';
COMMENT ON COLUMN boxoffice.queue_token.status IS 'waiting, active, completed, expired or left.';
COMMENT ON COLUMN boxoffice.queue_token.joined_at IS 'When the number was drawn.';
COMMENT ON COLUMN boxoffice.queue_token.last_seen_at IS 'When the user was last seen waiting; kept in shared memory where there is a board.';
COMMENT ON COLUMN boxoffice.queue_token.admitted_at IS 'When the token became active; null: never.';
COMMENT ON COLUMN boxoffice.queue_token.lapses_at IS 'When an active token runs out: at expires_at or, as long as nobody has shown up with it, when claim_for has passed; null: never admitted.';
COMMENT ON COLUMN boxoffice.queue_token.expires_at IS 'When an active token runs out at the latest; null: never admitted.';
COMMENT ON COLUMN boxoffice.queue_token.ended_at IS 'When it was completed, expired or left; null: it lives.';
SELECT pg_catalog.pg_extension_config_dump('boxoffice.queue', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.queue_seed', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.queue_token', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.queue_id', '');
CREATE TYPE boxoffice.queue_result AS (outcome text, token uuid, status text, position bigint, eta_seconds integer,
    poll_after_ms integer, expires_at timestamptz);
COMMENT ON TYPE boxoffice.queue_result IS 'A place in a queue; status waiting, active, completed, expired or left. While waiting: the position (1 is next), the estimated seconds until admission and the milliseconds after which to ask again; while active: until when.';
CREATE TYPE boxoffice.leave_queue_result AS (outcome text);
COMMENT ON TYPE boxoffice.leave_queue_result IS 'Whether the place is given up.';
COMMENT ON COLUMN boxoffice.queue_result.position IS '1 is next; null: not waiting, or not known yet.';
COMMENT ON COLUMN boxoffice.queue_result.eta_seconds IS 'Estimated seconds until admission; null: not waiting, or not known.';
COMMENT ON COLUMN boxoffice.queue_result.poll_after_ms IS 'Milliseconds after which to ask again; null: not waiting.';
COMMENT ON COLUMN boxoffice.queue_result.expires_at IS 'Until when an active place lasts; null: not active.';

CREATE FUNCTION boxoffice.forget_board() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'boxoffice_forget_board';
COMMENT ON FUNCTION boxoffice.forget_board() IS 'Trigger: whoever changes tokens or rules other than by the functions of boxoffice makes the board in shared memory be built again.';
CREATE TRIGGER queue_token_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON boxoffice.queue_token
    FOR EACH STATEMENT EXECUTE FUNCTION boxoffice.forget_board();
ALTER TABLE boxoffice.queue_token ENABLE ALWAYS TRIGGER queue_token_changed;
COMMENT ON TRIGGER queue_token_changed ON boxoffice.queue_token IS 'Notices changes by hand and by a restore.';
CREATE TRIGGER queue_changed BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON boxoffice.queue
    FOR EACH STATEMENT EXECUTE FUNCTION boxoffice.forget_board();
ALTER TABLE boxoffice.queue ENABLE ALWAYS TRIGGER queue_changed;
COMMENT ON TRIGGER queue_changed ON boxoffice.queue IS 'Notices changes by hand and by a restore.';

-- Queue admission

CREATE FUNCTION boxoffice.create_queue(name text, max_active integer, active_for interval = '5 min', max_waiting integer = NULL, admit_per_minute integer = NULL,
    claim_for interval = '1 min', idle_for interval = '5 min', join_before timestamptz = NULL, shuffle_seed text = NULL) RETURNS bigint
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_create_queue';
COMMENT ON FUNCTION boxoffice.create_queue IS 'Makes a queue, open, and returns its id. At most max_active users are active at once, each for active_for from admission; one who does not show up within claim_for gives the place back, one who waits and does not ask for idle_for is passed over. Null max_waiting or admit_per_minute: no limit. With join_before and shuffle_seed, both or neither, those who joined before that instant are put in a random order then, and nobody is admitted before. Raises 22023 for a value out of range.';

CREATE FUNCTION boxoffice.update_queue(queue_id bigint, name text = NULL, max_active integer = NULL, active_for interval = NULL, max_waiting integer = NULL,
    admit_per_minute integer = NULL, claim_for interval = NULL, idle_for interval = NULL, mode text = NULL, join_before timestamptz = NULL,
    shuffle_seed text = NULL) RETURNS void
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_update_queue';
COMMENT ON FUNCTION boxoffice.update_queue IS 'Changes a queue; null: unchanged; 0 lifts max_waiting and admit_per_minute. mode: open; paused (nobody is admitted, the active may finish); closed (nobody may join, those who wait are served); bypass (everybody is admitted at once). Waits for an admission that is under way. Raises not_found (TK016), and 22023 for a value out of range.';

CREATE FUNCTION boxoffice.join_queue(queue_id bigint, user_id text, priority integer = 0) RETURNS boxoffice.queue_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_join_queue';
COMMENT ON FUNCTION boxoffice.join_queue IS 'Takes a place for the user, or returns the one the user has. Active at once when nobody waits and a place is free. priority 0 to 3, higher first, is the caller''s to decide. A queue all of whose slots have closed is closed. Refusals: not_found, queue_closed, queue_full, seat_busy.';

-- Who waits is answered from shared memory, without a table or a name to be looked up, and so without the price of other
-- rights and another search_path: everything else goes on to the next function.
CREATE FUNCTION boxoffice.queue_status(token uuid) RETURNS boxoffice.queue_result
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'boxoffice_queue_status';
COMMENT ON FUNCTION boxoffice.queue_status IS 'The place that a token stands for. Asking keeps it: a waiting user must ask more often than idle_for, an admitted one within claim_for. Refusals: queue_token_invalid, seat_busy.';

CREATE FUNCTION boxoffice.queue_status_from_tables(token uuid) RETURNS boxoffice.queue_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_queue_status_from_tables';
COMMENT ON FUNCTION boxoffice.queue_status_from_tables IS 'What queue_status does when the board does not know the answer; for queue_status alone to call.';

CREATE FUNCTION boxoffice.leave_queue(token uuid) RETURNS boxoffice.leave_queue_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_leave_queue';
COMMENT ON FUNCTION boxoffice.leave_queue IS 'Gives up a place, waiting or active; again, or when it has ended: ok. Refusals: queue_token_invalid, seat_busy.';

CREATE FUNCTION boxoffice.admit_waiting(queue_id bigint) RETURNS integer
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_admit_waiting';
COMMENT ON FUNCTION boxoffice.admit_waiting IS 'Admits as many as there is room for and returns how many; the worker and tick do it by themselves. 0 also when another call is admitting at this instant. Raises not_found (TK016).';

-- Here and below: one instant for the whole view, in whichever order its tables are joined.
CREATE VIEW boxoffice.stat_queue AS
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

CREATE VIEW boxoffice.stat_draw AS
    SELECT t.queue_id, row_number() OVER (PARTITION BY t.queue_id ORDER BY t.number) AS place,
        pg_catalog.encode(pg_catalog.sha256(pg_catalog.uuid_send(t.token)), 'hex') AS ticket
    FROM boxoffice.queue_token t WHERE t.number < 0;
COMMENT ON VIEW boxoffice.stat_draw IS 'The result of every draw, fit to be published: ticket is the SHA-256 of a token, in hexadecimal; sorted by sha256(shuffle_seed || sha256(token)) the tickets give the places.';
COMMENT ON COLUMN boxoffice.stat_draw.queue_id IS 'The queue.';
COMMENT ON COLUMN boxoffice.stat_draw.place IS 'Place in the draw, from 1.';
COMMENT ON COLUMN boxoffice.stat_draw.ticket IS 'SHA-256 of the token, in hexadecimal: whoever has the token knows it.';

-- The outbox: what others should hear about. Neither its rows nor the positions are dumped: the transaction ids in them
-- mean nothing in another server, where a relay begins with the present. The order of the key is that of reading and of
-- deleting; it needs no other index. No checks and no foreign keys: every sale writes a row.

CREATE SEQUENCE boxoffice.outbox_id MAXVALUE 9007199254740991;
CREATE TABLE boxoffice.outbox (
    xid            xid8        NOT NULL,
    outbox_id      bigint      NOT NULL DEFAULT pg_catalog.nextval('boxoffice.outbox_id'),
    created_at     timestamptz NOT NULL,
    event          text        NOT NULL,
    slot_id        bigint      NOT NULL,
    reservation_id bigint,
    seat_ids       integer[]   NOT NULL,
    PRIMARY KEY (xid, outbox_id)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
ALTER SEQUENCE boxoffice.outbox_id OWNED BY boxoffice.outbox.outbox_id;
COMMENT ON SEQUENCE boxoffice.outbox_id IS 'Numbers changes of seats; not dumped.';
COMMENT ON TABLE boxoffice.outbox IS 'Every change of seats until all relays were told of it, or for boxoffice.outbox_keep; next_changes reads it. Not dumped.';
COMMENT ON COLUMN boxoffice.outbox.xid IS 'The transaction that made the change.';
COMMENT ON COLUMN boxoffice.outbox.outbox_id IS 'Grows along the changes of one seat; says nothing of the order of commits.';
COMMENT ON COLUMN boxoffice.outbox.created_at IS 'When.';
COMMENT ON COLUMN boxoffice.outbox.event IS 'held, released, expired, paid, cancelled, blocked or unblocked.';
COMMENT ON COLUMN boxoffice.outbox.slot_id IS 'The slot.';
COMMENT ON COLUMN boxoffice.outbox.reservation_id IS 'What was held, released, marked as expired, paid or cancelled; null: the house blocked or unblocked the seats.';
COMMENT ON COLUMN boxoffice.outbox.seat_ids IS 'The seats of the slot that it is about, ascending.';

CREATE TABLE boxoffice.outbox_position (
    consumer       text        PRIMARY KEY CHECK (pg_catalog.octet_length(consumer) BETWEEN 1 AND 255),
    snapshot       pg_snapshot NOT NULL,
    target         pg_snapshot,
    last_xid       xid8,
    last_outbox_id bigint,
    CHECK ((target IS NULL) = (last_xid IS NULL) AND (target IS NULL) = (last_outbox_id IS NULL))
);
INSERT INTO boxoffice.outbox_position (consumer, snapshot) VALUES ('upkeep', '3:3:');
COMMENT ON TABLE boxoffice.outbox_position IS 'How far each relay has been told of changes. Not dumped: a relay begins with the present in another server. Delete the row of one that will not come back.';
COMMENT ON COLUMN boxoffice.outbox_position.consumer IS 'Name of the relay; upkeep is what tick has deleted.';
COMMENT ON COLUMN boxoffice.outbox_position.snapshot IS 'Every change that is visible in this snapshot was told.';
COMMENT ON COLUMN boxoffice.outbox_position.target IS 'While there is more to tell than fits into one batch: what is visible in this snapshot is told next; null: nothing is under way.';
COMMENT ON COLUMN boxoffice.outbox_position.last_xid IS 'Transaction of the last change of target that was told; null: nothing is under way.';
COMMENT ON COLUMN boxoffice.outbox_position.last_outbox_id IS 'Number of the last change of target that was told; null: nothing is under way.';
CREATE TYPE boxoffice.next_changes_row AS (slot_id bigint, seats jsonb);
COMMENT ON TYPE boxoffice.next_changes_row IS 'A slot and its seats that have changed: a list of seat_id and status, which is free, held, sold or blocked.';
CREATE TYPE boxoffice.queue_progress_row AS (queue_id bigint, mode text, waiting bigint, active bigint);
COMMENT ON TYPE boxoffice.queue_progress_row IS 'A queue, its mode, how many wait and how many are active.';

-- What a relay tells browsers

CREATE FUNCTION boxoffice.next_changes(consumer text = 'push', max_rows integer = 1000) RETURNS SETOF boxoffice.next_changes_row
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_next_changes';
COMMENT ON FUNCTION boxoffice.next_changes IS 'The seats that have changed since this consumer was told last, and what they are now: one row for each slot, of at most max_rows changes (1 to 1000). Tell, then commit; after a rollback the same is given again. No rows while another transaction tells the same consumer, and at the first call, from which on changes are told.';

CREATE FUNCTION boxoffice.queue_progress() RETURNS SETOF boxoffice.queue_progress_row
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_queue_progress';
COMMENT ON FUNCTION boxoffice.queue_progress IS 'Every queue: its mode, how many wait and how many are active. Cheap where the library is preloaded: who waits is counted on the board.';

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

-- Catalogue functions: for administrators; they raise and return no outcome
CREATE FUNCTION boxoffice.create_venue(name text, address text = NULL, latitude float8 = NULL, longitude float8 = NULL, external_id text = NULL) RETURNS bigint
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_create_venue';
COMMENT ON FUNCTION boxoffice.create_venue IS 'Makes a venue and returns its id; an external_id that exists returns that venue and changes nothing. Latitude and longitude in degrees, both or neither.';

CREATE FUNCTION boxoffice.create_event(title text, venue_id bigint = NULL, category text = NULL, description text = NULL, external_id text = NULL) RETURNS bigint
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_create_event';
COMMENT ON FUNCTION boxoffice.create_event IS 'Makes an event and returns its id; an external_id that exists returns that event and changes nothing.';

CREATE FUNCTION boxoffice.create_slot(event_id bigint, starts_at timestamptz, hold_for interval = '5 min', sale_opens_at timestamptz = NULL,
    sale_closes_at timestamptz = NULL, max_per_user integer = NULL, queue_id bigint = NULL, external_id text = NULL,
    hold_for_max interval = NULL) RETURNS bigint
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_create_slot';
COMMENT ON FUNCTION boxoffice.create_slot IS 'Makes a slot, one date of an event, and returns its id; an external_id that exists returns that slot and changes nothing. Sold from sale_opens_at (null: at once) to sale_closes_at (null: starts_at); an unpaid hold lasts hold_for, and when it is extended up to hold_for_max from its beginning (null: it cannot be extended); max_per_user counts seats and places, null: no limit.';

CREATE FUNCTION boxoffice.add_seating_plan(slot_id bigint, plan jsonb, prices jsonb) RETURNS integer
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_add_seating_plan';
COMMENT ON FUNCTION boxoffice.add_seating_plan IS 'Adds the seats of a pretix seating plan to a slot and returns how many; prices maps each category that seats use to minor units. All or nothing: an error names the place in the document.';

CREATE FUNCTION boxoffice.add_numbered_seats(slot_id bigint, count integer, price bigint) RETURNS integer
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_add_numbered_seats';
COMMENT ON FUNCTION boxoffice.add_numbered_seats IS 'Adds so many numbered seats to a slot and returns count: 1 to count, or on from the highest number that the slot has; price in minor units.';

CREATE FUNCTION boxoffice.update_venue(venue_id bigint, name text = NULL, address text = NULL, latitude float8 = NULL, longitude float8 = NULL, external_id text = NULL) RETURNS void
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_update_venue';
COMMENT ON FUNCTION boxoffice.update_venue IS 'Changes a venue; null: unchanged.';

CREATE FUNCTION boxoffice.update_event(event_id bigint, title text = NULL, category text = NULL, description text = NULL, external_id text = NULL) RETURNS void
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_update_event';
COMMENT ON FUNCTION boxoffice.update_event IS 'Changes an event; null: unchanged.';

CREATE FUNCTION boxoffice.update_slot(slot_id bigint, starts_at timestamptz = NULL, hold_for interval = NULL, sale_opens_at timestamptz = NULL,
    sale_closes_at timestamptz = NULL, max_per_user integer = NULL, queue_id bigint = NULL, external_id text = NULL,
    hold_for_max interval = NULL) RETURNS void
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_update_slot';
COMMENT ON FUNCTION boxoffice.update_slot IS 'Changes a slot; null: unchanged; 0 lifts max_per_user and queue_id, infinity lifts sale_opens_at and sale_closes_at, an interval of 0 lifts hold_for_max. Running holds keep their expires_at.';

CREATE FUNCTION boxoffice.set_focal_point(slot_id bigint, x float8 = NULL, y float8 = NULL) RETURNS void
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_set_focal_point';
COMMENT ON FUNCTION boxoffice.set_focal_point IS 'Says from where the best seats of a slot are the nearest, in the units of the plan; null x and y: from the front centre, where y is the least and x in the middle of all seats. Raises not_found (TK016), and 22023 for one without the other or a value that is not finite.';

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

-- Which transaction wrote a row, as a generated column, because those are not dumped: a row that is restored was written by
-- the restore. It is immutable in that a row that is there keeps what it has.
CREATE FUNCTION boxoffice.selling_transaction(number bigint) RETURNS xid8
    LANGUAGE c IMMUTABLE STRICT
    AS 'MODULE_PATHNAME', 'boxoffice_selling_transaction';
COMMENT ON FUNCTION boxoffice.selling_transaction IS 'The transaction that calls it; for the tables of sales alone to call.';

CREATE FUNCTION boxoffice.block_seats(slot_id bigint, seat_ids integer[], blocked boolean = true, reason text = NULL) RETURNS boxoffice.block_seats_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_block_seats';
COMMENT ON FUNCTION boxoffice.block_seats IS 'Keeps seats back from sale or, with blocked false, gives them back to it: 1 to 10000, all or none, never one that is sold or held. Again: ok, and a reason that is given replaces the one before. Refusals: not_found, seat_taken, seat_busy.';

CREATE FUNCTION boxoffice.list_blocked_seats(slot_id bigint) RETURNS SETOF boxoffice.list_blocked_seats_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_blocked_seats';
COMMENT ON FUNCTION boxoffice.list_blocked_seats IS 'The seats of a slot that the house keeps back, by seat_id, with the reason.';

CREATE FUNCTION boxoffice.set_seat_prices(slot_id bigint, prices jsonb, seat_ids integer[] = NULL) RETURNS integer
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_set_seat_prices';
COMMENT ON FUNCTION boxoffice.set_seat_prices IS 'Changes what seats cost from now on and returns how many cost something else than before: prices is one number, in minor units, or an object of them by category; null seat_ids: all seats of the slot, with an object those of its categories. Holds and sales keep the prices they were made at. Raises not_found (TK016) for a slot or a seat, 22023 for a category that no seat has, and 55P03 when another transaction is changing one of the seats: call again.';

CREATE FUNCTION boxoffice.add_pool(slot_id bigint, name text, capacity integer, price bigint) RETURNS bigint
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_add_pool';
COMMENT ON FUNCTION boxoffice.add_pool IS 'Adds a pool of so many places without numbers to a slot and returns its id; price of one place in minor units. Raises not_found (TK016), 23505 for a name that the slot has already, 22023 for a value out of range and 22003 for a price that is too large.';

CREATE FUNCTION boxoffice.update_pool(pool_id bigint, name text = NULL, capacity integer = NULL, price bigint = NULL) RETURNS void
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_update_pool';
COMMENT ON FUNCTION boxoffice.update_pool IS 'Changes a pool; null: unchanged. Holds and sales keep their price. A change of capacity waits for the calls that are taking places at this instant. Raises not_found (TK016), 23505 for a name that the slot has already, 22023 for a value out of range or a capacity below what is sold and held, and 22003 for a price that is too large.';

-- Selling

CREATE FUNCTION boxoffice.hold_seats(slot_id bigint, user_id text, seat_ids integer[], queue_token uuid = NULL, idempotency_key text = NULL) RETURNS boxoffice.hold_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_hold_seats';
COMMENT ON FUNCTION boxoffice.hold_seats IS 'Holds these seats for the user until expires_at, all or none, and never waits for one. Refusals: not_found, not_on_sale, queue_token_required, queue_token_invalid, seat_taken, seat_busy, limit_exceeded, idempotency_mismatch.';

CREATE FUNCTION boxoffice.hold_places(pool_id bigint, user_id text, quantity integer, queue_token uuid = NULL, idempotency_key text = NULL) RETURNS boxoffice.hold_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_hold_places';
COMMENT ON FUNCTION boxoffice.hold_places IS 'Holds 1 to 1000 places of a pool until expires_at, all or none. When too few are left or max_per_user stands against it, but the user holds as many of this pool already, that hold is the answer. Refusals: not_found, not_on_sale, queue_token_required, queue_token_invalid, sold_out, limit_exceeded, seat_busy, idempotency_mismatch.';

CREATE FUNCTION boxoffice.hold_best_seats(slot_id bigint, user_id text, quantity integer, category text = NULL, queue_token uuid = NULL,
    idempotency_key text = NULL) RETURNS boxoffice.hold_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_hold_best_seats';
COMMENT ON FUNCTION boxoffice.hold_best_seats IS 'Holds the best 1 to 1000 free seats, of one category or of any, until expires_at, all or none: next to each other and nearest to the focal point (adjacent), if possible without leaving a single seat alone; else in few pieces near each other. Passes over seats that others are taking. When too few are free or max_per_user stands against it, but the user holds as many already, that hold is the answer. Refusals: not_found, not_on_sale, queue_token_required, queue_token_invalid, sold_out, limit_exceeded, seat_busy, idempotency_mismatch.';

CREATE FUNCTION boxoffice.extend_hold(reservation_id bigint, user_id text) RETURNS boxoffice.extend_hold_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_extend_hold';
COMMENT ON FUNCTION boxoffice.extend_hold IS 'Lets a running hold last for hold_for from now, but no longer than the slot''s hold_for_max from its beginning, and no shorter than it would have; where it can be no longer, expires_at stays as it is. Refusals: not_found, already_paid, hold_expired, not_held, seat_busy.';

CREATE FUNCTION boxoffice.release_hold(reservation_id bigint, user_id text) RETURNS boxoffice.release_hold_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_release_hold';
COMMENT ON FUNCTION boxoffice.release_hold IS 'Gives up an unpaid hold: its seats are free at once. Again: ok. Refusals: not_found, already_paid, hold_expired, not_held, seat_busy.';

CREATE FUNCTION boxoffice.next_sales(after text = NULL, max_rows integer = 1000) RETURNS SETOF boxoffice.next_sales_row
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_next_sales';
COMMENT ON FUNCTION boxoffice.next_sales IS 'What was paid and what was cancelled behind a position, each once, also what commits late; null: from the first sale on. The caller keeps the position of the last row it has dealt with; no rows: nothing has happened since. max_rows 1 to 1000; fewer when their seats are many. Raises 22023 for a position that is none, or that another server gave: begin again with null.';

CREATE FUNCTION boxoffice.sales_report(slot_id bigint = NULL, event_id bigint = NULL) RETURNS SETOF boxoffice.sales_report_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_sales_report';
COMMENT ON FUNCTION boxoffice.sales_report IS 'What was sold of a slot, or of each slot of an event, by category and pool; of one of the two. Reads all reservations of the house. Raises 22023 for both or neither. Refusals: not_found (it raises).';

CREATE DOMAIN boxoffice.house_account AS text CHECK (VALUE IN ('top_up', 'sale', 'discount'));
COMMENT ON DOMAIN boxoffice.house_account IS 'An account of the house.';

-- Balance: a double-entry ledger. Each entry moves an amount between a user's account and a house account, so the ledger
-- sums to zero by construction; house accounts have no balance row to be hot, they are summed.

CREATE SEQUENCE boxoffice.account_id START 1001 MINVALUE 1001 MAXVALUE 9007199254740991;
CREATE TABLE boxoffice.account (
    account_id bigint PRIMARY KEY DEFAULT pg_catalog.nextval('boxoffice.account_id'),
    user_id    boxoffice.pseudonym     UNIQUE,
    house      boxoffice.house_account UNIQUE,
    balance    boxoffice.amount
) WITH (fillfactor = 70);
ALTER SEQUENCE boxoffice.account_id OWNED BY boxoffice.account.account_id;
INSERT INTO boxoffice.account (account_id, house) VALUES (1, 'top_up'), (2, 'sale'), (3, 'discount');
COMMENT ON SEQUENCE boxoffice.account_id IS 'Numbers accounts of users; house accounts have fixed ids below it.';
COMMENT ON TABLE boxoffice.account IS 'The accounts of users and of the house.';
COMMENT ON COLUMN boxoffice.account.account_id IS 'Its id; means nothing else.';
COMMENT ON COLUMN boxoffice.account.user_id IS 'Whose it is; null: the house''s.';
COMMENT ON COLUMN boxoffice.account.house IS 'Which account of the house: top_up (money that came in and went out), sale, or discount (what it gave by coupons); null: a user''s.';
COMMENT ON COLUMN boxoffice.account.balance IS 'Balance of a user in minor units: the sum of its entries; null for the house, which is summed.';

CREATE SEQUENCE boxoffice.entry_id MAXVALUE 9007199254740991;
CREATE TABLE boxoffice.ledger_entry (
    entry_id           bigint      PRIMARY KEY DEFAULT pg_catalog.nextval('boxoffice.entry_id'),
    account_id         bigint      NOT NULL,
    counter_account_id bigint      NOT NULL,
    amount             bigint      NOT NULL,
    balance            boxoffice.amount NOT NULL,
    reason             text,
    reservation_id     bigint,
    created_at         timestamptz NOT NULL
);
ALTER SEQUENCE boxoffice.entry_id OWNED BY boxoffice.ledger_entry.entry_id;
CREATE INDEX ledger_entry_account ON boxoffice.ledger_entry (account_id, entry_id);
COMMENT ON INDEX boxoffice.ledger_entry_account IS 'Finds the entries of an account in their order.';
COMMENT ON SEQUENCE boxoffice.entry_id IS 'Numbers ledger entries.';
COMMENT ON TABLE boxoffice.ledger_entry IS 'Every movement of money, once and for ever: rows cannot be updated, deleted or truncated.';
COMMENT ON COLUMN boxoffice.ledger_entry.entry_id IS 'Its id; grows along one account.';
COMMENT ON COLUMN boxoffice.ledger_entry.account_id IS 'The user''s account.';
COMMENT ON COLUMN boxoffice.ledger_entry.counter_account_id IS 'The house account on the other side, whose amount is the negative.';
COMMENT ON COLUMN boxoffice.ledger_entry.amount IS 'What the user''s account gained, or lost when negative, in minor units.';
COMMENT ON COLUMN boxoffice.ledger_entry.balance IS 'Balance of the user''s account after it.';
COMMENT ON COLUMN boxoffice.ledger_entry.reason IS 'Why: payment, discount, refund, discount returned, or what the caller gave; null: nothing given.';
COMMENT ON COLUMN boxoffice.ledger_entry.reservation_id IS 'The reservation it pays or refunds; null: none.';
COMMENT ON COLUMN boxoffice.ledger_entry.created_at IS 'When.';

CREATE SEQUENCE boxoffice.payment_id MAXVALUE 9007199254740991;
CREATE TABLE boxoffice.payment (
    payment_id     bigint      PRIMARY KEY DEFAULT pg_catalog.nextval('boxoffice.payment_id'),
    reservation_id bigint      NOT NULL UNIQUE,
    account_id     bigint      NOT NULL,
    amount         boxoffice.amount NOT NULL,
    refunded       boxoffice.amount NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL,
    gross          boxoffice.amount NOT NULL,
    discount       boxoffice.amount NOT NULL DEFAULT 0,
    claim_id       bigint,
    xid            xid8        NOT NULL GENERATED ALWAYS AS (boxoffice.selling_transaction(payment_id)) STORED
) WITH (fillfactor = 90);
ALTER SEQUENCE boxoffice.payment_id OWNED BY boxoffice.payment.payment_id;
CREATE INDEX payment_account ON boxoffice.payment (account_id, payment_id);
COMMENT ON INDEX boxoffice.payment_account IS 'Finds the payments of an account in their order.';
COMMENT ON SEQUENCE boxoffice.payment_id IS 'Numbers payments, and cancellations among them.';
COMMENT ON TABLE boxoffice.payment IS 'One row for each reservation that was paid; it can be paid once.';
COMMENT ON COLUMN boxoffice.payment.payment_id IS 'Its id; means nothing else.';
COMMENT ON COLUMN boxoffice.payment.reservation_id IS 'What was paid.';
COMMENT ON COLUMN boxoffice.payment.account_id IS 'Who paid.';
COMMENT ON COLUMN boxoffice.payment.amount IS 'What was paid, in minor units: gross less discount.';
COMMENT ON COLUMN boxoffice.payment.refunded IS 'What was given back of it, in minor units.';
COMMENT ON COLUMN boxoffice.payment.created_at IS 'When it was paid.';
COMMENT ON COLUMN boxoffice.payment.gross IS 'What the reservation costs without a discount.';
COMMENT ON COLUMN boxoffice.payment.discount IS 'What the claim takes off.';
COMMENT ON COLUMN boxoffice.payment.claim_id IS 'The claim it was paid with; null: none.';
COMMENT ON COLUMN boxoffice.payment.xid IS 'The transaction that wrote it; not dumped. next_sales reads by it.';

CREATE TABLE boxoffice.cancellation (
    cancellation_id bigint      PRIMARY KEY DEFAULT pg_catalog.nextval('boxoffice.payment_id'),
    reservation_id  bigint      NOT NULL UNIQUE,
    created_at      timestamptz NOT NULL,
    by_house        boolean     NOT NULL,
    reason          text,
    xid             xid8        NOT NULL GENERATED ALWAYS AS (boxoffice.selling_transaction(cancellation_id)) STORED
);
COMMENT ON TABLE boxoffice.cancellation IS 'One row for each reservation that was cancelled: when, by whom and why.';
COMMENT ON COLUMN boxoffice.cancellation.cancellation_id IS 'Its id, drawn from the numbers of payments, so that it is greater than that of what it cancels.';
COMMENT ON COLUMN boxoffice.cancellation.reservation_id IS 'What was cancelled.';
COMMENT ON COLUMN boxoffice.cancellation.created_at IS 'When it was cancelled.';
COMMENT ON COLUMN boxoffice.cancellation.by_house IS 'True when an administrator cancelled it, false when its user did.';
COMMENT ON COLUMN boxoffice.cancellation.reason IS 'Why, for people; null: nothing given.';
COMMENT ON COLUMN boxoffice.cancellation.xid IS 'The transaction that wrote it; not dumped. next_sales reads by it.';

-- Coupons: what is left is kept by a counter, whose stripes have the numbers of claims in them; nothing of the coupon's
-- own row changes but when it is stopped. No foreign key to coupon: it would make every claim lock the coupon's row.

CREATE SEQUENCE boxoffice.coupon_id MAXVALUE 9007199254740991;
CREATE TABLE boxoffice.coupon (
    coupon_id        bigint      PRIMARY KEY DEFAULT pg_catalog.nextval('boxoffice.coupon_id'),
    name             text        NOT NULL,
    quantity         boxoffice.quantity NOT NULL,
    discount_amount  bigint      CHECK (discount_amount BETWEEN 1 AND 9007199254740991),
    discount_percent integer     CHECK (discount_percent BETWEEN 1 AND 100),
    valid_from       timestamptz,
    valid_until      timestamptz,
    minimum_amount   boxoffice.amount NOT NULL DEFAULT 0,
    counter_id       bigint      NOT NULL UNIQUE,
    stripes          boxoffice.quantity NOT NULL,
    stopped_at       timestamptz,
    CONSTRAINT coupon_one_discount CHECK (discount_amount IS NULL OR discount_percent IS NULL),
    CONSTRAINT coupon_window CHECK (valid_from < valid_until)
);
ALTER SEQUENCE boxoffice.coupon_id OWNED BY boxoffice.coupon.coupon_id;
COMMENT ON SEQUENCE boxoffice.coupon_id IS 'Numbers coupons.';
COMMENT ON TABLE boxoffice.coupon IS 'What users may claim, each once and as long as there are some: a discount on one payment, or nothing but the claim.';
COMMENT ON COLUMN boxoffice.coupon.coupon_id IS 'Its id; means nothing else.';
COMMENT ON COLUMN boxoffice.coupon.name IS 'Name for people.';
COMMENT ON COLUMN boxoffice.coupon.quantity IS 'How many claims there are.';
COMMENT ON COLUMN boxoffice.coupon.discount_amount IS 'What it takes off, in minor units, at most all; null: nothing so.';
COMMENT ON COLUMN boxoffice.coupon.discount_percent IS 'How much of a hundred it takes off, rounded down; null: nothing so.';
COMMENT ON COLUMN boxoffice.coupon.valid_from IS 'From when on it can be claimed and used; null: at once.';
COMMENT ON COLUMN boxoffice.coupon.valid_until IS 'From when on it can be neither claimed nor used any more; null: never.';
COMMENT ON COLUMN boxoffice.coupon.minimum_amount IS 'For how much a reservation must be, before the discount, in minor units.';
COMMENT ON COLUMN boxoffice.coupon.counter_id IS 'The counter of what nobody has claimed. Its stripes never grow: what is left of one tells which number is next.';
COMMENT ON COLUMN boxoffice.coupon.stripes IS 'Into how many stripes the counter was split.';
COMMENT ON COLUMN boxoffice.coupon.stopped_at IS 'When stop_coupon ended the claiming; what was claimed before stays good. Null: it was not stopped.';

CREATE SEQUENCE boxoffice.claim_id MAXVALUE 9007199254740991;
CREATE TABLE boxoffice.coupon_claim (
    claim_id       bigint      PRIMARY KEY DEFAULT pg_catalog.nextval('boxoffice.claim_id'),
    coupon_id      bigint      NOT NULL,
    user_id        boxoffice.pseudonym NOT NULL,
    claim_number   boxoffice.quantity  NOT NULL,
    claimed_at     timestamptz NOT NULL,
    reservation_id bigint,
    used_at        timestamptz,
    CONSTRAINT coupon_claim_user UNIQUE (coupon_id, user_id),
    CONSTRAINT coupon_claim_number UNIQUE (coupon_id, claim_number)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);
ALTER SEQUENCE boxoffice.claim_id OWNED BY boxoffice.coupon_claim.claim_id;
CREATE INDEX coupon_claim_list ON boxoffice.coupon_claim (user_id, claim_id);
COMMENT ON INDEX boxoffice.coupon_claim_list IS 'Finds the claims of a user in their order.';
COMMENT ON SEQUENCE boxoffice.claim_id IS 'Numbers claims of all coupons.';
COMMENT ON TABLE boxoffice.coupon_claim IS 'Who has claimed which coupon, and what for it was used.';
COMMENT ON COLUMN boxoffice.coupon_claim.claim_id IS 'Its id; means nothing else.';
COMMENT ON COLUMN boxoffice.coupon_claim.coupon_id IS 'The coupon.';
COMMENT ON COLUMN boxoffice.coupon_claim.user_id IS 'Whose it is: a pseudonym of the application.';
COMMENT ON COLUMN boxoffice.coupon_claim.claim_number IS 'From 1 to the coupon''s quantity, each once; says nothing of the order in time.';
COMMENT ON COLUMN boxoffice.coupon_claim.claimed_at IS 'When it was claimed.';
COMMENT ON COLUMN boxoffice.coupon_claim.reservation_id IS 'The reservation that was paid with it; null: it is not used.';
COMMENT ON COLUMN boxoffice.coupon_claim.used_at IS 'When that was; null: it is not used.';

-- What the install script inserts itself must not be dumped: it would collide with itself on restore.
SELECT pg_catalog.pg_extension_config_dump('boxoffice.account', 'WHERE user_id IS NOT NULL');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.ledger_entry', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.payment', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.cancellation', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.coupon', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.coupon_claim', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.account_id', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.entry_id', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.payment_id', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.coupon_id', '');
SELECT pg_catalog.pg_extension_config_dump('boxoffice.claim_id', '');
CREATE TYPE boxoffice.pay_reservation_result AS (outcome text, payment_id bigint, amount bigint, balance bigint,
    gross bigint, discount bigint);
COMMENT ON TYPE boxoffice.pay_reservation_result IS 'A payment, its amount, which is gross less discount, and the balance after it; with insufficient_balance the balance as it is.';
CREATE TYPE boxoffice.cancel_reservation_result AS (outcome text, refunded bigint, balance bigint);
COMMENT ON TYPE boxoffice.cancel_reservation_result IS 'What was given back, and the balance now.';
CREATE TYPE boxoffice.claim_coupon_result AS (outcome text, claim_id bigint, claim_number integer, expires_at timestamptz);
COMMENT ON TYPE boxoffice.claim_coupon_result IS 'A claim, its number, and until when it can be used (null: for ever); with already_claimed the one that the user has.';
CREATE TYPE boxoffice.credit_balance_result AS (outcome text, balance bigint);
COMMENT ON TYPE boxoffice.credit_balance_result IS 'The balance after it.';
CREATE TYPE boxoffice.debit_balance_result AS (outcome text, balance bigint);
COMMENT ON TYPE boxoffice.debit_balance_result IS 'The balance after it; with insufficient_balance as it is.';
CREATE TYPE boxoffice.get_balance_result AS (outcome text, balance bigint, currency text);
COMMENT ON TYPE boxoffice.get_balance_result IS 'The balance in minor units of the currency.';
COMMENT ON COLUMN boxoffice.claim_coupon_result.expires_at IS 'Until when it can be used; null: for ever.';

CREATE FUNCTION boxoffice.refuse_ledger_change() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'boxoffice_refuse_ledger_change';
COMMENT ON FUNCTION boxoffice.refuse_ledger_change() IS 'Trigger: raises for every UPDATE, DELETE and TRUNCATE of the ledger.';
CREATE TRIGGER ledger_entry_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON boxoffice.ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION boxoffice.refuse_ledger_change();
ALTER TABLE boxoffice.ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_is_final;
COMMENT ON TRIGGER ledger_entry_is_final ON boxoffice.ledger_entry IS 'What is in the ledger stays as it is.';

CREATE FUNCTION boxoffice.create_coupon(name text, quantity integer, discount_amount bigint = NULL, discount_percent integer = NULL,
    valid_from timestamptz = NULL, valid_until timestamptz = NULL, minimum_amount bigint = 0) RETURNS bigint
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_create_coupon';
COMMENT ON FUNCTION boxoffice.create_coupon IS 'Makes a coupon that quantity users may claim, once each, and returns its id. It takes discount_amount (minor units) or discount_percent (1 to 100) off one payment, or nothing when both are null; claimed and used from valid_from (null: at once) to valid_until (null: for ever), for a reservation of at least minimum_amount. Raises 22023 for a value out of range.';

CREATE FUNCTION boxoffice.stop_coupon(coupon_id bigint) RETURNS void
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_stop_coupon';
COMMENT ON FUNCTION boxoffice.stop_coupon IS 'Ends the claiming of a coupon for good; once it has returned and committed nobody can claim it any more. What was claimed before stays good until valid_until. Again: nothing. Waits for the calls that are claiming it at this instant. Raises not_found (TK016).';

CREATE FUNCTION boxoffice.claim_coupon(coupon_id bigint, user_id text, idempotency_key text = NULL) RETURNS boxoffice.claim_coupon_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_claim_coupon';
COMMENT ON FUNCTION boxoffice.claim_coupon IS 'Claims a coupon for the user, once, as long as there are some. Refusals: not_found, not_on_sale, already_claimed, sold_out, seat_busy, idempotency_mismatch.';

CREATE FUNCTION boxoffice.pay_reservation(reservation_id bigint, user_id text, idempotency_key text = NULL, claim_id bigint = NULL) RETURNS boxoffice.pay_reservation_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_pay_reservation';
COMMENT ON FUNCTION boxoffice.pay_reservation IS 'Pays a held reservation from the user''s balance, less the discount of the user''s claim, if one is given, which is then used. The third parameter is the idempotency key: name the arguments, claim_id => 7. Refusals: not_found, already_paid, not_held, hold_expired, claim_used, claim_not_valid, insufficient_balance, seat_busy, idempotency_mismatch.';

CREATE FUNCTION boxoffice.cancel_reservation(reservation_id bigint, user_id text = NULL, by_house boolean = false, reason text = NULL) RETURNS boxoffice.cancel_reservation_result
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'boxoffice_cancel_reservation';
COMMENT ON FUNCTION boxoffice.cancel_reservation IS 'Cancels a paid reservation before its slot begins: full refund to the balance, seats free and the claim given back at once. With by_house also later, and anyone''s where user_id is null, for administrators (42501 for others). The reason is kept. Again: ok, same refunded. Refusals: not_found, not_held, too_late, limit_exceeded (the balance would reach 2^53), seat_busy.';

CREATE FUNCTION boxoffice.cancel_any_reservation(reservation_id bigint, user_id text, by_house boolean, reason text) RETURNS boxoffice.cancel_reservation_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_cancel_any_reservation';
COMMENT ON FUNCTION boxoffice.cancel_any_reservation IS 'What cancel_reservation does with the rights of boxoffice; whoever may call it may use by_house.';

-- Balance

CREATE FUNCTION boxoffice.credit_balance(user_id text, amount bigint, reason text = NULL, idempotency_key text = NULL) RETURNS boxoffice.credit_balance_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_credit_balance';
COMMENT ON FUNCTION boxoffice.credit_balance IS 'Adds an amount in minor units, above 0, to the user''s balance. Refusals: limit_exceeded (the balance would reach 2^53), idempotency_mismatch, seat_busy (only with busy_wait 0).';

CREATE FUNCTION boxoffice.debit_balance(user_id text, amount bigint, reason text = NULL, idempotency_key text = NULL) RETURNS boxoffice.debit_balance_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_debit_balance';
COMMENT ON FUNCTION boxoffice.debit_balance IS 'Takes an amount in minor units, above 0, from the user''s balance. Refusals: insufficient_balance, idempotency_mismatch, seat_busy (only with busy_wait 0).';

CREATE FUNCTION boxoffice.get_balance(user_id text) RETURNS boxoffice.get_balance_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_get_balance';
COMMENT ON FUNCTION boxoffice.get_balance IS 'The user''s balance in minor units; 0 for a user never seen.';

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

-- Reading

CREATE FUNCTION boxoffice.list_events(query text = NULL, before_id bigint = NULL, max_rows integer = 50) RETURNS SETOF boxoffice.list_events_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_events';
COMMENT ON FUNCTION boxoffice.list_events IS 'Events, newest first, older than before_id; query finds text in title, category, description and venue, compared as people read it: see fold_text. max_rows 1 to 1000.';

CREATE FUNCTION boxoffice.get_event(event_id bigint) RETURNS boxoffice.get_event_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_get_event';
COMMENT ON FUNCTION boxoffice.get_event IS 'One event with its venue. Refusals: not_found.';

CREATE FUNCTION boxoffice.list_venues(before_id bigint = NULL, max_rows integer = 50) RETURNS SETOF boxoffice.list_venues_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_venues';
COMMENT ON FUNCTION boxoffice.list_venues IS 'Venues, newest first, older than before_id. max_rows 1 to 1000.';

CREATE FUNCTION boxoffice.get_venue(venue_id bigint) RETURNS boxoffice.get_venue_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_get_venue';
COMMENT ON FUNCTION boxoffice.get_venue IS 'One venue. Refusals: not_found.';

CREATE FUNCTION boxoffice.list_slots(event_id bigint, after_id bigint = NULL, max_rows integer = 1000) RETURNS SETOF boxoffice.list_slots_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_slots';
COMMENT ON FUNCTION boxoffice.list_slots IS 'The slots of an event that are not over, soonest first, those that follow after the slot after_id, with what is free at this instant. max_rows 1 to 1000.';

CREATE FUNCTION boxoffice.get_slot(slot_id bigint) RETURNS boxoffice.get_slot_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_get_slot';
COMMENT ON FUNCTION boxoffice.get_slot IS 'One slot, over or not, with its event and what is free at this instant. Refusals: not_found.';

CREATE FUNCTION boxoffice.list_pools(slot_id bigint, after_id bigint = NULL, max_rows integer = 1000) RETURNS SETOF boxoffice.list_pools_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_pools';
COMMENT ON FUNCTION boxoffice.list_pools IS 'The pools of a slot, by pool_id, those after after_id, with what is free at this instant. max_rows 1 to 1000.';

CREATE FUNCTION boxoffice.get_pool(pool_id bigint) RETURNS boxoffice.get_pool_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_get_pool';
COMMENT ON FUNCTION boxoffice.get_pool IS 'One pool with what is free at this instant. Refusals: not_found.';

CREATE FUNCTION boxoffice.available_seats(slot_id bigint) RETURNS SETOF boxoffice.available_seats_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_available_seats';
COMMENT ON FUNCTION boxoffice.available_seats IS 'The seats of a slot that are free at this instant, by seat_id.';

CREATE FUNCTION boxoffice.seat_map(slot_id bigint) RETURNS SETOF boxoffice.seat_map_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_seat_map';
COMMENT ON FUNCTION boxoffice.seat_map IS 'Every seat of a slot with its status at this instant, by seat_id.';

CREATE FUNCTION boxoffice.seat_states(slot_id bigint) RETURNS boxoffice.seat_states_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_seat_states';
COMMENT ON FUNCTION boxoffice.seat_states IS 'The status of every seat of a slot at this instant, in two bits: 0 free, 1 held, 2 sold, 3 blocked. states is base64; seat 1 has the lowest two bits of the first byte, seat 5 those of the second. version is the same for the same states. Refusals: not_found.';

CREATE FUNCTION boxoffice.list_reservations(user_id text, before_id bigint = NULL, max_rows integer = 50) RETURNS SETOF boxoffice.list_reservations_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_reservations';
COMMENT ON FUNCTION boxoffice.list_reservations IS 'A user''s reservations, newest first, older than before_id. max_rows 1 to 1000. One answer holds at most 1000 items: those of reservations of up to 100, the newest first; items is null for the others.';

-- Who may act by house is decided by the rights of the caller, which a function with the rights of its owner cannot see:
-- these have none of their own and go on to the next function.
CREATE FUNCTION boxoffice.get_reservation(reservation_id bigint, user_id text = NULL, by_house boolean = false) RETURNS boxoffice.get_reservation_result
    LANGUAGE c STABLE
    AS 'MODULE_PATHNAME', 'boxoffice_get_reservation';
COMMENT ON FUNCTION boxoffice.get_reservation IS 'One reservation of the user, with all its items; with by_house of the user or, where user_id is null, of anyone, for administrators (42501 for others). Refusals: not_found.';

CREATE FUNCTION boxoffice.get_any_reservation(reservation_id bigint, user_id text, by_house boolean) RETURNS boxoffice.get_reservation_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_get_any_reservation';
COMMENT ON FUNCTION boxoffice.get_any_reservation IS 'What get_reservation does with the rights of boxoffice; whoever may call it may use by_house.';

CREATE FUNCTION boxoffice.list_payments(user_id text, before_id bigint = NULL, max_rows integer = 50) RETURNS SETOF boxoffice.list_payments_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_payments';
COMMENT ON FUNCTION boxoffice.list_payments IS 'A user''s payments, newest first, older than before_id. max_rows 1 to 1000.';

CREATE FUNCTION boxoffice.list_coupon_claims(user_id text, before_id bigint = NULL, max_rows integer = 50) RETURNS SETOF boxoffice.list_coupon_claims_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_coupon_claims';
COMMENT ON FUNCTION boxoffice.list_coupon_claims IS 'A user''s claims of coupons, newest first, older than before_id. max_rows 1 to 1000.';

CREATE FUNCTION boxoffice.list_coupons(before_id bigint = NULL, max_rows integer = 50) RETURNS SETOF boxoffice.list_coupons_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_coupons';
COMMENT ON FUNCTION boxoffice.list_coupons IS 'Coupons, newest first, older than before_id, and how many of their claims are left. max_rows 1 to 1000.';

CREATE FUNCTION boxoffice.get_coupon(coupon_id bigint) RETURNS boxoffice.get_coupon_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_get_coupon';
COMMENT ON FUNCTION boxoffice.get_coupon IS 'One coupon and how many of its claims are left. Refusals: not_found.';

CREATE FUNCTION boxoffice.list_queues(before_id bigint = NULL, max_rows integer = 50) RETURNS SETOF boxoffice.list_queues_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_queues';
COMMENT ON FUNCTION boxoffice.list_queues IS 'Queues with their rules, newest first, older than before_id, how many wait and how many are active. max_rows 1 to 1000.';

CREATE FUNCTION boxoffice.get_queue(queue_id bigint) RETURNS boxoffice.get_queue_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_get_queue';
COMMENT ON FUNCTION boxoffice.get_queue IS 'One queue with its rules, how many wait and how many are active. Refusals: not_found.';

CREATE FUNCTION boxoffice.list_balance_entries(user_id text, before_id bigint = NULL, max_rows integer = 50) RETURNS SETOF boxoffice.list_balance_entries_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_list_balance_entries';
COMMENT ON FUNCTION boxoffice.list_balance_entries IS 'The movements of a user''s balance, newest first, older than before_id. max_rows 1 to 1000.';

CREATE VIEW boxoffice.stat_sale AS
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

CREATE TYPE boxoffice.worker_status_row AS (database text, pid integer, started_at timestamptz, last_tick_at timestamptz, lag interval,
    ticks bigint, errors bigint, last_error text, last_error_at timestamptz, serves_this_database boolean);
COMMENT ON TYPE boxoffice.worker_status_row IS 'The background worker: see boxoffice.stat_worker.';
CREATE TYPE boxoffice.check_setup_row AS (check_name text, ok boolean, detail text, hint text);
COMMENT ON TYPE boxoffice.check_setup_row IS 'What was looked at, whether it is right, what was found and, where it is not right, what to do.';
CREATE TYPE boxoffice.verify_row AS (check_name text, detail text);
COMMENT ON TYPE boxoffice.verify_row IS 'A violation: which check, and what it found.';

-- A procedure that commits can neither run with other rights nor with another search_path: it calls the function above as
-- whoever calls it.
CREATE PROCEDURE boxoffice.credit_balances(user_ids text[], amount bigint, idempotency_key text, reason text = NULL)
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'boxoffice_credit_balances';
COMMENT ON PROCEDURE boxoffice.credit_balances IS 'Adds an amount to the balance of each of many users, committing after every thousand, so that nothing is locked for long. When it was cut, call it again with the same arguments within 24 hours: who was credited under the key is not credited again. Raises the first refusal (those of credit_balance); what was committed stays. Cannot run inside a transaction block.';

CREATE PROCEDURE boxoffice.join_users(queue_id bigint, user_ids text[], priority integer = 0)
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'boxoffice_join_users';
COMMENT ON PROCEDURE boxoffice.join_users IS 'Takes a place for each of many users, in the order given, committing after every thousand. When it was cut, call it again: who has a place keeps it. Raises the first refusal (those of join_queue); what was committed stays. Cannot run inside a transaction block.';

-- Upkeep

CREATE FUNCTION boxoffice.expire_holds() RETURNS integer
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_expire_holds';
COMMENT ON FUNCTION boxoffice.expire_holds IS 'Marks holds that have run out as expired and returns how many. Only tidies up: they were free before.';

CREATE FUNCTION boxoffice.tick() RETURNS void
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_tick';
COMMENT ON FUNCTION boxoffice.tick IS 'One round of upkeep: expire_holds, forgetting idempotency keys older than 24 hours and changes that all relays were told or that are older than boxoffice.outbox_keep, and for every queue taking back the places of those who are gone and admitting the next. The background worker calls it about once a second.';

CREATE FUNCTION boxoffice.verify() RETURNS SETOF boxoffice.verify_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_verify';
COMMENT ON FUNCTION boxoffice.verify IS 'Checks on the live data, in one snapshot, that nothing is sold twice and all money adds up; one row per violation.';

CREATE FUNCTION boxoffice.check_setup() RETURNS SETOF boxoffice.check_setup_row
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_check_setup';
COMMENT ON FUNCTION boxoffice.check_setup IS 'Whether the server is set up as it should be for a sale: one row for each thing looked at, with ok, what was found and, where it is not ok, what to do.';

CREATE FUNCTION boxoffice.worker_status() RETURNS SETOF boxoffice.worker_status_row
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_worker_status';
COMMENT ON FUNCTION boxoffice.worker_status IS 'The state of the background worker, one row; the view stat_worker shows it.';

CREATE VIEW boxoffice.stat_worker AS SELECT * FROM boxoffice.worker_status();
COMMENT ON VIEW boxoffice.stat_worker IS 'The background worker: the database it serves, its last tick and how late that was, and its errors. pid is null where none runs.';
COMMENT ON COLUMN boxoffice.stat_worker.database IS 'The database it serves, by its setting.';
COMMENT ON COLUMN boxoffice.stat_worker.pid IS 'Process id; null: none runs.';
COMMENT ON COLUMN boxoffice.stat_worker.started_at IS 'When it started.';
COMMENT ON COLUMN boxoffice.stat_worker.last_tick_at IS 'When its last tick began, about once a second.';
COMMENT ON COLUMN boxoffice.stat_worker.lag IS 'How late its last tick was.';
COMMENT ON COLUMN boxoffice.stat_worker.ticks IS 'Ticks since the server started.';
COMMENT ON COLUMN boxoffice.stat_worker.errors IS 'Errors since the server started.';
COMMENT ON COLUMN boxoffice.stat_worker.last_error IS 'Message of the last error; null: none.';
COMMENT ON COLUMN boxoffice.stat_worker.last_error_at IS 'When that was; null: never.';
COMMENT ON COLUMN boxoffice.stat_worker.serves_this_database IS 'True when it runs and serves the database of this session; when it is not, queues here stand still. Null: the library is not preloaded.';

CREATE FUNCTION boxoffice.grant_access(role regrole, level text) RETURNS void
    LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_grant_access';
COMMENT ON FUNCTION boxoffice.grant_access IS 'Grants a role what its level needs: client (sells on behalf of users), admin (also the catalogue and upkeep) or monitor (reads tables, verify). Only the owner of the extension may call it.';

-- Nobody may call anything before boxoffice.grant_access says so.
REVOKE ALL ON ALL ROUTINES IN SCHEMA boxoffice FROM PUBLIC;

