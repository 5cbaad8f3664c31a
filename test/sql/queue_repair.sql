-- Should the board and the tables ever disagree, the tick finds out within a minute and builds the board again.
-- Without preloading there is no board that could be wrong.
SELECT ticks IS NOT NULL AS preloaded FROM boxoffice.worker_status() \gset
\if :preloaded
\else
\quit
\endif
SELECT boxoffice.create_queue('Repair', max_active => 1, active_for => '1 hour', idle_for => '1 hour') AS queue_id \gset
SELECT user_id, status, position FROM unnest(ARRAY['ada', 'bob', 'cem', 'dan']) user_id, boxoffice.join_queue(:queue_id, user_id);
SELECT token AS dan_token FROM boxoffice.queue_token WHERE queue_id = :queue_id AND user_id = 'dan' \gset
SELECT boxoffice.tick();
-- What no trigger sees: bob vanishes, and the board does not know.
ALTER TABLE boxoffice.queue_token DISABLE TRIGGER queue_token_changed;
DELETE FROM boxoffice.queue_token WHERE queue_id = :queue_id AND user_id = 'bob';
ALTER TABLE boxoffice.queue_token ENABLE ALWAYS TRIGGER queue_token_changed;
SELECT status, position FROM boxoffice.queue_status(:'dan_token');
-- It is compared about once a minute.
SELECT boxoffice.tick();
SELECT status, position FROM boxoffice.queue_status(:'dan_token');
SET boxoffice.clock_offset = '61 s';
SELECT boxoffice.tick();
SELECT status, position FROM boxoffice.queue_status(:'dan_token');
