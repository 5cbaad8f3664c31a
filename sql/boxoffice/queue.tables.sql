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
