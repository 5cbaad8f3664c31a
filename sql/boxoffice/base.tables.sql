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
