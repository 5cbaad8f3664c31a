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
