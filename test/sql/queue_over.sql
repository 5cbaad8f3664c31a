-- A queue knows when its sale is over: whoever joins hears it, nobody is admitted to it, and who waits is told in the end.
SET timezone = 'UTC';
SELECT boxoffice.create_queue('Over', 1, active_for => '1 day', idle_for => '10 min') AS queue_id \gset
SELECT boxoffice.create_event('Over') AS event_id \gset
PREPARE look AS SELECT user_id, status FROM boxoffice.queue_token WHERE queue_id = $1 ORDER BY number;
-- A queue without slots is open: they may be made later.
SELECT outcome, status FROM boxoffice.join_queue(:queue_id, 'ada');
-- One sale is over, another to come; of one not even the opening is announced.
SELECT boxoffice.create_slot(:event_id, now() - interval '1 day', queue_id => :queue_id) AS past_id \gset
SELECT outcome FROM boxoffice.join_queue(:queue_id, 'bob');
SELECT outcome, status FROM boxoffice.join_queue(:queue_id, 'ada');
SELECT boxoffice.create_slot(:event_id, now() + interval '1 day', sale_opens_at => 'infinity', queue_id => :queue_id) AS next_id \gset
SELECT outcome, status FROM boxoffice.join_queue(:queue_id, 'bob');
SELECT outcome, status FROM boxoffice.join_queue(:queue_id, 'cyd');
-- Seen from the instant before the last one begins, and from then on. The place that one has is one's own all the same.
BEGIN;
SET LOCAL boxoffice.clock_offset = '23:59';
SELECT outcome, status FROM boxoffice.join_queue(:queue_id, 'dan');
SET LOCAL boxoffice.clock_offset = '24:01';
SELECT outcome, status FROM boxoffice.join_queue(:queue_id, 'eve');
SELECT outcome, status FROM boxoffice.join_queue(:queue_id, 'bob');
ROLLBACK;
-- The house stops the sale: the place that becomes free is given to nobody, and those who wait keep theirs.
SELECT boxoffice.update_slot(:next_id, sale_opens_at => now() - interval '1 hour', sale_closes_at => clock_timestamp());
SELECT outcome FROM boxoffice.join_queue(:queue_id, 'dan');
SELECT l.outcome FROM boxoffice.queue_token t, boxoffice.leave_queue(t.token) l WHERE t.queue_id = :queue_id AND t.user_id = 'ada';
SELECT boxoffice.admit_waiting(:queue_id);
SELECT boxoffice.tick();
EXECUTE look(:queue_id);
SELECT t.user_id, s.outcome, s.status, s.position FROM boxoffice.queue_token t, boxoffice.queue_status(t.token) s WHERE t.queue_id = :queue_id AND t.status = 'waiting' ORDER BY 1;
-- It sells on, and the next is admitted.
SELECT boxoffice.update_slot(:next_id, sale_closes_at => clock_timestamp() + interval '1 hour');
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE look(:queue_id);
SELECT outcome, status, position FROM boxoffice.join_queue(:queue_id, 'dan');
-- A typing error closes the sale years ago: the house and who wants to join hear it at once, and who waits keeps the place.
SELECT outcome, status FROM boxoffice.join_queue(:queue_id, 'bob');
SELECT outcome, status, position FROM boxoffice.join_queue(:queue_id, 'eli', 1);
SELECT array_agg(token ORDER BY priority DESC, number) AS tokens FROM boxoffice.queue_token WHERE queue_id = :queue_id AND status = 'waiting' \gset
PREPARE waiting AS SELECT array_agg(user_id ORDER BY priority DESC, number) AS users, array_agg(token ORDER BY priority DESC, number) = $2 AS the_same_tokens
    FROM boxoffice.queue_token WHERE queue_id = $1 AND status = 'waiting';
PREPARE sale_over AS SELECT g.sale_over, l.sale_over AS in_list FROM boxoffice.get_queue($1) g JOIN boxoffice.list_queues() l USING (queue_id);
EXECUTE sale_over(:queue_id);
SELECT boxoffice.update_slot(:next_id, sale_opens_at => '2000-01-01', sale_closes_at => '2000-01-02');
EXECUTE sale_over(:queue_id);
SELECT outcome FROM boxoffice.join_queue(:queue_id, 'fay');
SELECT boxoffice.tick();
EXECUTE waiting(:queue_id, :'tokens');
SELECT user_id, outcome, s.status, position, eta_seconds FROM boxoffice.queue_token t, boxoffice.queue_status(t.token) s WHERE t.queue_id = :queue_id AND t.status = 'waiting' ORDER BY position;
-- 59 minutes later it is corrected. Nobody needed to ask meanwhile, and all go on in their order: who is active leaves, and the first is admitted.
BEGIN;
SET LOCAL boxoffice.clock_offset = '59 min';
SELECT boxoffice.tick();
SELECT boxoffice.update_slot(:next_id, sale_closes_at => clock_timestamp() + interval '1 day');
EXECUTE sale_over(:queue_id);
SELECT boxoffice.tick();
EXECUTE waiting(:queue_id, :'tokens');
SELECT over_since, on_sale_again_at > now() + interval '58 min' AS on_sale_again FROM boxoffice.queue WHERE queue_id = :queue_id;
SELECT user_id, outcome, s.status, position, eta_seconds > 0 AS estimated FROM boxoffice.queue_token t, boxoffice.queue_status_from_tables(t.token) s WHERE t.queue_id = :queue_id AND t.status = 'waiting' ORDER BY position;
SELECT l.outcome FROM boxoffice.queue_token t, boxoffice.leave_queue(t.token) l WHERE t.queue_id = :queue_id AND t.status = 'active';
SELECT boxoffice.admit_waiting(:queue_id);
SELECT user_id, status FROM boxoffice.queue_token WHERE token = ANY (:'tokens') ORDER BY priority DESC, number;
-- Who does not come back within idle_for has gone silent after all; closed by mistake again, the hour begins anew.
SET LOCAL boxoffice.clock_offset = '72 min';
SELECT boxoffice.update_slot(:next_id, sale_closes_at => '2000-01-02');
SELECT boxoffice.tick();
SET LOCAL boxoffice.clock_offset = '131 min';
SELECT boxoffice.tick();
SELECT boxoffice.update_slot(:next_id, sale_closes_at => clock_timestamp() + interval '1 day');
SELECT boxoffice.tick();
SELECT user_id, status FROM boxoffice.queue_token WHERE token = ANY (:'tokens') ORDER BY priority DESC, number;
SET LOCAL boxoffice.clock_offset = '145 min';
SELECT boxoffice.tick();
SELECT user_id, status FROM boxoffice.queue_token WHERE token = ANY (:'tokens') ORDER BY priority DESC, number;
ROLLBACK;
-- Nobody corrects it: who waits is told after an hour, who is active may stay for as long as the token lasts.
BEGIN;
SET LOCAL boxoffice.clock_offset = '61 min';
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE look(:queue_id);
SELECT l.outcome, l.status FROM boxoffice.queue_token t, boxoffice.queue_status(t.token) l WHERE t.queue_id = :queue_id AND t.user_id = 'dan';
SELECT * FROM boxoffice.verify();
ROLLBACK;
-- A queue whose slots were given to another has none, and is open.
SELECT boxoffice.update_slot(:past_id, queue_id => 0);
SELECT boxoffice.update_slot(:next_id, queue_id => 0);
BEGIN;
SET LOCAL boxoffice.clock_offset = '365 days';
SELECT outcome, status FROM boxoffice.join_queue(:queue_id, 'fay');
ROLLBACK;
-- A draw takes place although the sale is over, but neither it nor bypass lets anyone in.
SELECT boxoffice.create_queue('Over draw', 1, idle_for => '365 days', join_before => clock_timestamp() + interval '1 hour', shuffle_seed => 'seed') AS draw_id \gset
SELECT boxoffice.create_slot(:event_id, now() + interval '50 min', queue_id => :draw_id) AS draw_slot_id \gset
SELECT outcome, status FROM boxoffice.join_queue(:draw_id, 'ada');
BEGIN;
SET LOCAL boxoffice.clock_offset = '61 min';
SELECT boxoffice.admit_waiting(:draw_id);
SELECT boxoffice.update_queue(:draw_id, mode => 'bypass');
SELECT boxoffice.admit_waiting(:draw_id);
SELECT outcome FROM boxoffice.join_queue(:draw_id, 'bob');
SELECT drawn_at IS NOT NULL AS drawn, waiting, active FROM boxoffice.get_queue(:draw_id);
ROLLBACK;
-- However many slots a queue has, joining looks at one.
SELECT boxoffice.create_queue('Over many', 1) AS many_id \gset
SELECT count(boxoffice.create_slot(:event_id, now() + n * interval '1 day', queue_id => :many_id)) AS slots FROM generate_series(1, 500) n;
BEGIN;
SELECT idx_tup_fetch + seq_tup_read AS before FROM pg_stat_xact_user_tables WHERE relid = 'boxoffice.slot'::regclass \gset
SELECT outcome FROM boxoffice.join_queue(:many_id, 'ada');
SELECT idx_tup_fetch + seq_tup_read - :before <= 3 AS few_slots_read FROM pg_stat_xact_user_tables WHERE relid = 'boxoffice.slot'::regclass;
COMMIT;
SELECT * FROM boxoffice.verify();
