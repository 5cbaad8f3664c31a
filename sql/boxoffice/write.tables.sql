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
