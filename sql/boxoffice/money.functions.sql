CREATE OR REPLACE FUNCTION boxoffice.refuse_ledger_change() RETURNS trigger
    LANGUAGE c AS 'MODULE_PATHNAME', 'boxoffice_refuse_ledger_change';
COMMENT ON FUNCTION boxoffice.refuse_ledger_change() IS 'Trigger: raises for every UPDATE, DELETE and TRUNCATE of the ledger.';
CREATE OR REPLACE TRIGGER ledger_entry_is_final BEFORE UPDATE OR DELETE OR TRUNCATE ON boxoffice.ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION boxoffice.refuse_ledger_change();
ALTER TABLE boxoffice.ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_is_final;
COMMENT ON TRIGGER ledger_entry_is_final ON boxoffice.ledger_entry IS 'What is in the ledger stays as it is.';

CREATE OR REPLACE FUNCTION boxoffice.create_coupon(name text, quantity integer, discount_amount bigint = NULL, discount_percent integer = NULL,
    valid_from timestamptz = NULL, valid_until timestamptz = NULL, minimum_amount bigint = 0) RETURNS bigint
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_create_coupon';
COMMENT ON FUNCTION boxoffice.create_coupon IS 'Makes a coupon that quantity users may claim, once each, and returns its id. It takes discount_amount (minor units) or discount_percent (1 to 100) off one payment, or nothing when both are null; claimed and used from valid_from (null: at once) to valid_until (null: for ever), for a reservation of at least minimum_amount. Raises 22023 for a value out of range.';

CREATE OR REPLACE FUNCTION boxoffice.stop_coupon(coupon_id bigint) RETURNS void
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_stop_coupon';
COMMENT ON FUNCTION boxoffice.stop_coupon IS 'Ends the claiming of a coupon for good; once it has returned and committed nobody can claim it any more. What was claimed before stays good until valid_until. Again: nothing. Waits for the calls that are claiming it at this instant. Raises not_found (TK016).';

CREATE OR REPLACE FUNCTION boxoffice.claim_coupon(coupon_id bigint, user_id text, idempotency_key text = NULL) RETURNS boxoffice.claim_coupon_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_claim_coupon';
COMMENT ON FUNCTION boxoffice.claim_coupon IS 'Claims a coupon for the user, once, as long as there are some. Refusals: not_found, not_on_sale, already_claimed, sold_out, seat_busy, idempotency_mismatch.';

CREATE OR REPLACE FUNCTION boxoffice.pay_reservation(reservation_id bigint, user_id text, idempotency_key text = NULL, claim_id bigint = NULL) RETURNS boxoffice.pay_reservation_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_pay_reservation';
COMMENT ON FUNCTION boxoffice.pay_reservation IS 'Pays a held reservation from the user''s balance, less the discount of the user''s claim, if one is given, which is then used. The third parameter is the idempotency key: name the arguments, claim_id => 7. Refusals: not_found, already_paid, not_held, hold_expired, claim_used, claim_not_valid, insufficient_balance, seat_busy, idempotency_mismatch.';

CREATE OR REPLACE FUNCTION boxoffice.cancel_reservation(reservation_id bigint, user_id text = NULL, by_house boolean = false, reason text = NULL) RETURNS boxoffice.cancel_reservation_result
    LANGUAGE c VOLATILE
    AS 'MODULE_PATHNAME', 'boxoffice_cancel_reservation';
COMMENT ON FUNCTION boxoffice.cancel_reservation IS 'Cancels a paid reservation before its slot begins: full refund to the balance, seats free and the claim given back at once. With by_house also later, and anyone''s where user_id is null, for administrators (42501 for others). The reason is kept. Again: ok, same refunded. Refusals: not_found, not_held, too_late, limit_exceeded (the balance would reach 2^53), seat_busy.';

CREATE OR REPLACE FUNCTION boxoffice.cancel_any_reservation(reservation_id bigint, user_id text, by_house boolean, reason text) RETURNS boxoffice.cancel_reservation_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_cancel_any_reservation';
COMMENT ON FUNCTION boxoffice.cancel_any_reservation IS 'What cancel_reservation does with the rights of boxoffice; whoever may call it may use by_house.';

-- Balance

CREATE OR REPLACE FUNCTION boxoffice.credit_balance(user_id text, amount bigint, reason text = NULL, idempotency_key text = NULL) RETURNS boxoffice.credit_balance_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_credit_balance';
COMMENT ON FUNCTION boxoffice.credit_balance IS 'Adds an amount in minor units, above 0, to the user''s balance. Refusals: limit_exceeded (the balance would reach 2^53), idempotency_mismatch, seat_busy (only with busy_wait 0).';

CREATE OR REPLACE FUNCTION boxoffice.debit_balance(user_id text, amount bigint, reason text = NULL, idempotency_key text = NULL) RETURNS boxoffice.debit_balance_result
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_debit_balance';
COMMENT ON FUNCTION boxoffice.debit_balance IS 'Takes an amount in minor units, above 0, from the user''s balance. Refusals: insufficient_balance, idempotency_mismatch, seat_busy (only with busy_wait 0).';

CREATE OR REPLACE FUNCTION boxoffice.get_balance(user_id text) RETURNS boxoffice.get_balance_result
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_get_balance';
COMMENT ON FUNCTION boxoffice.get_balance IS 'The user''s balance in minor units; 0 for a user never seen.';
