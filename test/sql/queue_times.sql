-- What time does to a place in a queue, and what the modes and limits do to admission. The clock is shifted, nobody sleeps;
-- tick and admit_waiting are called by hand, because no worker serves this database.

PREPARE ask (bigint, text) AS
    SELECT s.outcome, s.token = t.token AS same_token, s.status, s.position, s.eta_seconds, s.poll_after_ms, s.expires_at IS NOT NULL AS expires
    FROM (SELECT * FROM boxoffice.queue_token WHERE queue_id = $1 AND user_id = $2 ORDER BY joined_at DESC LIMIT 1) t, boxoffice.queue_status(t.token) s;
PREPARE leave (bigint, text) AS
    SELECT l.outcome FROM (SELECT token FROM boxoffice.queue_token WHERE queue_id = $1 AND user_id = $2 ORDER BY joined_at DESC LIMIT 1) t, boxoffice.leave_queue(t.token) l;
PREPARE join_all (bigint, text[]) AS
    SELECT user_id, outcome, status, position, eta_seconds, poll_after_ms
    FROM unnest($2) WITH ORDINALITY AS users (user_id, n), boxoffice.join_queue($1, user_id) ORDER BY n;
PREPARE tokens (bigint) AS
    SELECT number, user_id, status, lapses_at - admitted_at AS lapses_after, expires_at - admitted_at AS expires_after, ended_at = lapses_at AS ended_as_it_lapsed
    FROM boxoffice.queue_token WHERE queue_id = $1 ORDER BY number;

-- An active place lasts active_for; from then on it reads as expired, and the next round writes that down. Who was admitted must
-- show up within claim_for.
SELECT boxoffice.create_queue('Times', 1, active_for => '10 min', claim_for => '1 min', idle_for => '1 day') AS queue_id \gset
EXECUTE join_all(:queue_id, ARRAY['ann']);
EXECUTE join_all(:queue_id, ARRAY['bob', 'cem', 'dan']);
SET boxoffice.clock_offset = '9 min 50 s';
EXECUTE ask(:queue_id, 'ann');
SELECT boxoffice.admit_waiting(:queue_id);
SET boxoffice.clock_offset = '10 min';
EXECUTE ask(:queue_id, 'ann');
EXECUTE leave(:queue_id, 'ann');
EXECUTE tokens(:queue_id);
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE tokens(:queue_id);
-- Bob shows up in time and has the rest of his ten minutes.
SET boxoffice.clock_offset = '10 min 50 s';
EXECUTE ask(:queue_id, 'bob');
EXECUTE tokens(:queue_id);
SET boxoffice.clock_offset = '19 min 50 s';
EXECUTE ask(:queue_id, 'bob');
SELECT boxoffice.admit_waiting(:queue_id);
SET boxoffice.clock_offset = '20 min 1 s';
EXECUTE ask(:queue_id, 'bob');
SELECT boxoffice.admit_waiting(:queue_id);
-- Cem does not, and asks too late; nothing but the next round changes that.
SET boxoffice.clock_offset = '21 min 2 s';
EXECUTE ask(:queue_id, 'cem');
SELECT status FROM boxoffice.queue_token WHERE queue_id = :queue_id AND user_id = 'cem';
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE tokens(:queue_id);
-- A claim_for longer than active_for does not lengthen the place.
SELECT boxoffice.update_queue(:queue_id, claim_for => '1 hour');
EXECUTE leave(:queue_id, 'dan');
EXECUTE join_all(:queue_id, ARRAY['eve']);
EXECUTE join_all(:queue_id, ARRAY['fay']);
EXECUTE leave(:queue_id, 'eve');
SELECT boxoffice.admit_waiting(:queue_id);
SELECT user_id, status, lapses_at = expires_at AS at_once_or_never, expires_at - admitted_at AS expires_after
    FROM boxoffice.queue_token WHERE queue_id = :queue_id AND user_id = 'fay';
-- Joining after the place has lapsed takes a new one: at the end where somebody waits, at once where nobody does. Joining
-- again before it has lapsed shows up.
SET boxoffice.clock_offset = '40 min';
EXECUTE join_all(:queue_id, ARRAY['gus', 'fay', 'gus']);
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE leave(:queue_id, 'fay');
SELECT boxoffice.update_queue(:queue_id, claim_for => '1 min');
SET boxoffice.clock_offset = '60 min';
EXECUTE join_all(:queue_id, ARRAY['gus']);
EXECUTE join_all(:queue_id, ARRAY['hal']);
EXECUTE leave(:queue_id, 'gus');
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE join_all(:queue_id, ARRAY['hal']);
SELECT user_id, status, lapses_at - admitted_at AS lapses_after FROM boxoffice.queue_token WHERE queue_id = :queue_id AND number > 6 ORDER BY number;
-- A refused joining leaves the lapsed place as it was, too.
SET boxoffice.clock_offset = '80 min';
SELECT boxoffice.update_queue(:queue_id, mode => 'closed');
EXECUTE join_all(:queue_id, ARRAY['hal']);
SELECT boxoffice.update_queue(:queue_id, mode => 'open', max_waiting => 1);
EXECUTE join_all(:queue_id, ARRAY['ida', 'hal']);
SELECT user_id, status, ended_at IS NULL AS not_ended FROM boxoffice.queue_token WHERE queue_id = :queue_id AND number > 8 ORDER BY number;
EXECUTE ask(:queue_id, 'hal');
RESET boxoffice.clock_offset;

-- Who waits and does not ask for idle_for and a quarter is passed over: by the tick, and by whoever would admit him. A visit is
-- written down when a quarter of idle_for has passed since the last.
SELECT boxoffice.create_queue('Idle', 1, active_for => '1 hour', claim_for => '1 hour', idle_for => '8 min') AS queue_id \gset
EXECUTE join_all(:queue_id, ARRAY['ann']);
EXECUTE join_all(:queue_id, ARRAY['bob', 'cem', 'dan', 'eve']);
SET boxoffice.clock_offset = '1 min 50 s';
EXECUTE ask(:queue_id, 'bob');
SET boxoffice.clock_offset = '2 min 1 s';
EXECUTE ask(:queue_id, 'cem');
SET boxoffice.clock_offset = '9 min';
EXECUTE ask(:queue_id, 'dan');
EXECUTE join_all(:queue_id, ARRAY['eve']);
SET boxoffice.clock_offset = '9 min 50 s';
SELECT boxoffice.tick();
SELECT string_agg(user_id, ' ' ORDER BY number) AS waiting FROM boxoffice.queue_token WHERE queue_id = :queue_id AND status = 'waiting';
SET boxoffice.clock_offset = '10 min';
SELECT boxoffice.admit_waiting(:queue_id);
SELECT string_agg(user_id, ' ' ORDER BY number) AS waiting FROM boxoffice.queue_token WHERE queue_id = :queue_id AND status = 'waiting';
SELECT boxoffice.tick();
SELECT string_agg(user_id, ' ' ORDER BY number) AS waiting FROM boxoffice.queue_token WHERE queue_id = :queue_id AND status = 'waiting';
EXECUTE ask(:queue_id, 'bob');
EXECUTE ask(:queue_id, 'eve');
-- Cem was last seen at 2 min 1 s, so ten minutes later Dan is admitted in his place.
SET boxoffice.clock_offset = '12 min 30 s';
EXECUTE leave(:queue_id, 'ann');
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE ask(:queue_id, 'cem');
EXECUTE tokens(:queue_id);
EXECUTE join_all(:queue_id, ARRAY['bob', 'cem']);
-- Who comes back before anybody has looked keeps the place.
SET boxoffice.clock_offset = '40 min';
EXECUTE ask(:queue_id, 'eve');
EXECUTE leave(:queue_id, 'dan');
SELECT boxoffice.admit_waiting(:queue_id);
-- When all who wait are gone, nobody is admitted.
EXECUTE leave(:queue_id, 'eve');
SELECT boxoffice.admit_waiting(:queue_id);
SELECT user_id, status, ended_at > joined_at + interval '10 min' AS ended FROM boxoffice.queue_token WHERE queue_id = :queue_id ORDER BY number;
-- The active need not ask.
EXECUTE join_all(:queue_id, ARRAY['fay']);
SET boxoffice.clock_offset = '99 min';
SELECT boxoffice.tick();
EXECUTE ask(:queue_id, 'fay');
RESET boxoffice.clock_offset;

-- admit_per_minute bounds any 60 seconds, those admitted at joining included.
SELECT boxoffice.create_queue('Rate', 10, admit_per_minute => 2, claim_for => '5 min') AS queue_id \gset
EXECUTE join_all(:queue_id, ARRAY['ann', 'bob']);
EXECUTE join_all(:queue_id, ARRAY['cem', 'dan', 'eve', 'fay']);
SELECT boxoffice.admit_waiting(:queue_id);
SET boxoffice.clock_offset = '50 s';
SELECT boxoffice.admit_waiting(:queue_id);
SET boxoffice.clock_offset = '60 s';
SELECT boxoffice.admit_waiting(:queue_id);
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE leave(:queue_id, 'cem');
SELECT boxoffice.admit_waiting(:queue_id);
SET boxoffice.clock_offset = '110 s';
SELECT boxoffice.admit_waiting(:queue_id);
SELECT boxoffice.update_queue(:queue_id, admit_per_minute => 3);
SELECT boxoffice.admit_waiting(:queue_id);
SET boxoffice.clock_offset = '121 s';
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE join_all(:queue_id, ARRAY['gus']);
EXECUTE join_all(:queue_id, ARRAY['hal']);
SELECT boxoffice.update_queue(:queue_id, admit_per_minute => 0);
SELECT boxoffice.admit_waiting(:queue_id);
SELECT user_id, status, joined_at = admitted_at AS at_once FROM boxoffice.queue_token WHERE queue_id = :queue_id ORDER BY number;
RESET boxoffice.clock_offset;

-- eta_seconds: by the admissions of the last minute, or by max_active per active_for where that is faster, rounded up, never faster than
-- admit_per_minute; poll_after_ms is a tenth of it, from 1 s to 2 min.
SELECT boxoffice.create_queue('Slow', 1, active_for => '5 min', idle_for => '1 day') AS queue_id \gset
EXECUTE join_all(:queue_id, ARRAY['ann']);
EXECUTE join_all(:queue_id, ARRAY['bob', 'cem', 'dan', 'eve', 'fay']);
SET boxoffice.clock_offset = '61 s';
EXECUTE join_all(:queue_id, ARRAY['bob', 'cem', 'dan', 'eve', 'fay']);
RESET boxoffice.clock_offset;
SELECT boxoffice.create_queue('Fast', 3, active_for => '20 s', idle_for => '1 day') AS queue_id \gset
SELECT count(*) FROM generate_series(1, 3) i, boxoffice.join_queue(:queue_id, 'active-' || i);
EXECUTE join_all(:queue_id, ARRAY['ann', 'bob', 'cem', 'dan', 'eve', 'fay', 'gus']);
SELECT boxoffice.update_queue(:queue_id, admit_per_minute => 7);
EXECUTE join_all(:queue_id, ARRAY['ann', 'gus']);
SELECT boxoffice.update_queue(:queue_id, admit_per_minute => 0, max_active => 1000000000, mode => 'paused');
EXECUTE join_all(:queue_id, ARRAY['ann', 'gus']);
-- As long as an integer can tell.
SELECT boxoffice.update_queue(:queue_id, max_active => 1, active_for => '366 days', mode => 'open');
SET boxoffice.clock_offset = '61 s';
EXECUTE join_all(:queue_id, ARRAY['ann', 'gus']);
SELECT max(position) AS position, max(eta_seconds) AS eta_seconds, max(poll_after_ms) AS poll_after_ms
    FROM generate_series(1, 80) i, boxoffice.join_queue(:queue_id, 'waiting-' || i);
RESET boxoffice.clock_offset;

-- Modes. paused: everybody may join and waits, nobody is admitted, the active go on.
SELECT boxoffice.create_queue('Modes', 2, idle_for => '1 day', active_for => '1 hour', claim_for => '1 hour') AS queue_id \gset
EXECUTE join_all(:queue_id, ARRAY['ann']);
SELECT boxoffice.update_queue(:queue_id, mode => 'paused');
EXECUTE join_all(:queue_id, ARRAY['ann', 'bob', 'cem', 'dan']);
SELECT boxoffice.admit_waiting(:queue_id), boxoffice.tick();
EXECUTE ask(:queue_id, 'bob');
-- open again: whoever waits goes first.
SELECT boxoffice.update_queue(:queue_id, mode => 'open');
EXECUTE join_all(:queue_id, ARRAY['eve']);
SELECT boxoffice.admit_waiting(:queue_id);
-- closed: nobody new, also where there is room; who waits is served, who has a place may ask and leave.
SELECT boxoffice.update_queue(:queue_id, mode => 'closed');
EXECUTE join_all(:queue_id, ARRAY['fay', 'cem', 'ann']);
EXECUTE leave(:queue_id, 'ann');
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE join_all(:queue_id, ARRAY['ann', 'cem']);
-- bypass: everybody at once, those who wait with the next round; more than max_active is no violation then nor afterwards.
SELECT boxoffice.update_queue(:queue_id, mode => 'bypass', max_waiting => 1, admit_per_minute => 1);
EXECUTE join_all(:queue_id, ARRAY['fay', 'gus', 'hal']);
EXECUTE join_all(:queue_id, ARRAY['dan']);
SELECT boxoffice.tick();
EXECUTE join_all(:queue_id, ARRAY['dan', 'eve']);
SELECT waiting, active, max_active FROM boxoffice.stat_queue WHERE queue_id = :queue_id;
SELECT * FROM boxoffice.verify();
SELECT boxoffice.update_queue(:queue_id, mode => 'open', max_waiting => 0, admit_per_minute => 0);
EXECUTE join_all(:queue_id, ARRAY['ida']);
SELECT boxoffice.admit_waiting(:queue_id);
SELECT * FROM boxoffice.verify();
SELECT user_id, status, lapses_at = expires_at AS shown_up FROM boxoffice.queue_token WHERE queue_id = :queue_id ORDER BY number;
