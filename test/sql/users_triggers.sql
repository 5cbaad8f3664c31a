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
