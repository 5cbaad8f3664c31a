-- Triggers that a house adds to boxoffice's tables, for what it wants to do after a sale, plan their statements as anybody does:
-- what boxoffice asks of the planner for its own statements holds for those alone.

SELECT boxoffice.create_event('Triggers') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 10, 100);
CREATE TABLE public.seen_by_trigger (name text, setting text);
CREATE FUNCTION public.look_at_settings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.seen_by_trigger SELECT s.name, s.setting FROM pg_catalog.pg_settings s
        WHERE s.name IN ('enable_seqscan', 'enable_sort', 'enable_incremental_sort', 'enable_hashjoin', 'enable_mergejoin', 'enable_bitmapscan', 'jit');
    RETURN NULL;
END
$$;
CREATE TRIGGER look AFTER INSERT ON boxoffice.reservation FOR EACH ROW EXECUTE FUNCTION public.look_at_settings();
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'trigger-ann', ARRAY[1]);
SELECT outcome FROM boxoffice.hold_best_seats(:slot_id, 'trigger-ann', 2);
SELECT name, array_agg(DISTINCT setting = current_setting(name)) AS as_everywhere FROM public.seen_by_trigger GROUP BY name ORDER BY name;
DROP TRIGGER look ON boxoffice.reservation;
DROP FUNCTION public.look_at_settings();
DROP TABLE public.seen_by_trigger;

-- A trigger that changes seats which a call is about: what it has changed is not lost, and nothing is half done. A payment writes its
-- seats first, so a price of tomorrow does no harm; a hold that would be another's raises.
CREATE FUNCTION public.raise_prices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE boxoffice.seat SET price = price + 1 WHERE slot_id = NEW.slot_id AND seat_id = ANY (NEW.seat_ids);
    RETURN NULL;
END
$$;
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS priced_id \gset
SELECT boxoffice.add_numbered_seats(:priced_id, 10, 100);
SELECT outcome FROM boxoffice.credit_balance('trigger-ann', 1000);
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:priced_id, 'trigger-ann', ARRAY[1, 2]) \gset
CREATE TRIGGER prices AFTER UPDATE OF status ON boxoffice.reservation FOR EACH ROW EXECUTE FUNCTION public.raise_prices();
SELECT outcome, amount FROM boxoffice.pay_reservation(:reservation_id, 'trigger-ann');
SELECT seat_id, sold, price FROM boxoffice.seat WHERE slot_id = :priced_id AND seat_id < 4 ORDER BY seat_id;
DROP TRIGGER prices ON boxoffice.reservation;
CREATE TRIGGER prices AFTER INSERT ON boxoffice.reservation FOR EACH ROW EXECUTE FUNCTION public.raise_prices();
SELECT outcome FROM boxoffice.hold_seats(:priced_id, 'trigger-ann', ARRAY[3, 4]);
\echo :LAST_ERROR_SQLSTATE
SELECT seat_id, sold, held_until IS NULL AS free, price FROM boxoffice.seat WHERE slot_id = :priced_id AND seat_id IN (3, 4) ORDER BY seat_id;
DROP TRIGGER prices ON boxoffice.reservation;
CREATE CONSTRAINT TRIGGER prices AFTER INSERT ON boxoffice.reservation DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.raise_prices();
SELECT outcome FROM boxoffice.hold_seats(:priced_id, 'trigger-ann', ARRAY[3, 4]);
SELECT seat_id, held_until IS NULL AS free, price FROM boxoffice.seat WHERE slot_id = :priced_id AND seat_id IN (3, 4) ORDER BY seat_id;
DROP TRIGGER prices ON boxoffice.reservation;
DROP FUNCTION public.raise_prices();
UPDATE boxoffice.seat SET price = 100 WHERE slot_id = :priced_id;
SELECT * FROM boxoffice.verify();
