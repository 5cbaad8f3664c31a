# More queues than the board has places: one that has none is served from the tables, in the same order and with the same
# limits, and goes on so when it gets a place, or loses it to a queue in which more wait.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Utils;
use Queues;
use Test::More;

my $node = start_server('places', conf => "boxoffice.board_queues = 2\nboxoffice.busy_wait = '10s'");

sub sql { return $node->safe_psql('postgres', $_[0]) }
sub token_of { return sql("SELECT token FROM boxoffice.queue_token WHERE queue_id = $_[0] AND user_id = '$_[1]'") }
sub leave { my ($queue_id, $user) = @_; return sql("SELECT outcome FROM boxoffice.leave_queue('" . token_of($queue_id, $user) . "')") }
sub join_one { return sql("SELECT outcome, status, position FROM boxoffice.join_queue($_[0], '$_[1]')") }
sub is_on_board { return scans_of_poll($node, $_[0]) == 0 }
# A queue in which nobody is admitted before its draw: whoever joins waits, and keeps a place of the board.
sub make_draw { return make_queue($node, "max_active => 1, idle_for => '1 day', join_before => '2100-01-01', shuffle_seed => 'secret'") }

my @draws = map { make_draw } 1 .. 2;
join_all($node, $_, ['one']) for @draws;
my $sale = make_queue($node, "max_active => 1, active_for => '1 day', idle_for => '1 day'");

subtest 'who joins more queues than there are places' => sub {
	join_all($node, make_draw, ['one']) for 1 .. 3;
	is(join_one($sale, 'a'), 'ok|active|', 'keeps nobody from joining another');
	is(join_one($sale, $_), 'ok|waiting|' . (ord($_) - ord('a')), "$_ waits") for 'b' .. 'e';
	ok(!is_on_board($sale), 'whose positions come from the tables');
	is(wrong_positions($node), '', 'and are right');
	is(join_one($sale, 'c'), 'ok|waiting|2', 'joining again is the same place');
	is(leave($sale, 'b'), 'ok', 'one leaves');
	is(sql("SELECT status, position FROM boxoffice.queue_status('" . token_of($sale, 'c') . "')"), 'waiting|1', 'and the others move up');
	is(leave($sale, 'a'), 'ok', 'the active leaves');
	is(sql("SELECT boxoffice.admit_waiting($sale)"), 1, 'and the next is admitted');
	is(sql("SELECT user_id FROM boxoffice.queue_token WHERE queue_id = $sale AND status = 'active'"), 'c', 'in the order of joining');
	is(sql("BEGIN; SELECT outcome, position FROM boxoffice.join_queue($sale, 'f'); SELECT outcome, position FROM boxoffice.join_queue($sale, 'g');"
			  . " SELECT status, position FROM boxoffice.queue_status('" . token_of($sale, 'e') . "'); COMMIT;"),
		"ok|3\nok|4\nwaiting|2", 'several join in one transaction');
	is(sql("BEGIN; SELECT outcome FROM boxoffice.leave_queue('" . token_of($sale, 'g') . "'); SELECT outcome, position FROM boxoffice.join_queue($sale, 'g'); ROLLBACK;"),
		"ok\nok|4", 'one leaves and joins again, and rolls back');
	is(wrong_positions($node), '', 'everyone knows the right position');
};

subtest 'a place becomes free while somebody joins from the tables' => sub {
	my $slow = $node->background_psql('postgres');
	$slow->query_safe('BEGIN');
	is($slow->query_safe("SELECT status, position FROM boxoffice.join_queue($sale, 'slow')"), 'waiting|5', 'one joins and stays in its transaction');
	leave($draws[0], 'one');
	is(sql("SET boxoffice.busy_wait = 0; SELECT outcome FROM boxoffice.join_queue($sale, 'quick')"), 'seat_busy', 'nobody draws a number in another way meanwhile');
	is(sql("SET boxoffice.busy_wait = 0; SELECT outcome, status FROM boxoffice.queue_status('" . token_of($sale, 'g') . "')"), 'ok|waiting',
		'a poll is answered all the same');
	$slow->query_safe('COMMIT');
	$slow->quit;
	is(join_one($sale, 'quick'), 'ok|waiting|6', 'then the queue has a place, and goes on with the next number');
	ok(is_on_board($sale), 'positions come from the board');
	is(wrong_positions($node), '', 'and are right');
};

subtest 'a place is lost and gained while somebody leaves' => sub {
	my $lone = make_queue($node, "max_active => 1, active_for => '1 day', idle_for => '1 day'");
	join_all($node, $lone, [ 'active', 'p', 'q', 'r' ]);
	ok(!is_on_board($lone), 'a queue without a place');
	my $leaver = $node->background_psql('postgres');
	$leaver->query_safe('BEGIN');
	is($leaver->query_safe("SELECT outcome FROM boxoffice.leave_queue('" . token_of($lone, 'p') . "')"), 'ok', 'one is leaving');
	leave($draws[1], 'one');
	is(join_one($lone, 's'), 'ok|waiting|4', 'the queue gets a place, on which the one who is leaving still waits');
	$leaver->query_safe('COMMIT');
	$leaver->quit;
	ok(is_on_board($lone), 'it is on the board');
	is(wrong_positions($node), '', 'which hears of the one who has left');
	sql("SELECT boxoffice.leave_queue(token) FROM boxoffice.queue_token WHERE queue_id = $lone AND ended_at IS NULL");
	join_all($node, $draws[1], ['one']);
	is(sql("SELECT status FROM boxoffice.join_queue($lone, 'late')"), 'active', 'and goes back to the tables');
};

subtest 'a queue in which many wait takes the place of one in which few do' => sub {
	my $busy = make_queue($node, "max_active => 1, active_for => '1 day', idle_for => '10 min'");
	join_all($node, $busy, [ map { "busy$_" } 1 .. 60 ]);
	sql('SELECT boxoffice.tick()');
	ok(!is_on_board($busy), 'with a few more it does not');
	join_all($node, $busy, [ map { "busy$_" } 61 .. 90 ]);
	sql('SELECT boxoffice.tick()');
	ok(is_on_board($busy), 'with many more it does, at the next tick');
	is(scalar(grep { is_on_board($_) } $sale, $draws[1]), 1, 'one of the others has none now');
	is(wrong_positions($node), '', 'everyone knows the right position');
	# a visit on the board is not in the table
	my $last = token_of($busy, 'busy90');
	sql("SET boxoffice.clock_offset = '9 min'; SELECT FROM boxoffice.queue_status('$last')");
	my @larger = map { make_queue($node, "max_active => 1, active_for => '1 day', idle_for => '10 min'") } 1 .. 2;
	for my $larger (@larger)
	{
		sql("SELECT count(*) FROM generate_series(1, 300) n, boxoffice.join_queue($larger, 'larger' || n)");
	}
	sql("SET boxoffice.clock_offset = '9 min'; SELECT boxoffice.tick()");
	is(join(' ', grep { is_on_board($_) } @larger, $busy), "@larger", 'two with more take both places');
	is(sql("SET boxoffice.clock_offset = '15 min'; SELECT boxoffice.tick(); SELECT status FROM boxoffice.queue_status('$last')"), "\nwaiting",
		'who was seen on the board is not passed over in the tables');
	sql("SELECT count(*) FROM boxoffice.queue_token t, boxoffice.leave_queue(t.token) l WHERE t.queue_id IN ($busy, $larger[0], $larger[1]) AND t.ended_at IS NULL");
};

subtest 'max_waiting without a place' => sub {
	my $small = make_queue($node, "max_active => 1, active_for => '1 day', max_waiting => 30, idle_for => '1 day'");
	sql('CREATE TABLE answer (outcome text, status text)');
	join_all($node, $_, [ map { "fill$_" } 1 .. 20 ]) for @draws;
	crowd($node, 'forty join at once', 40, 1, "INSERT INTO answer SELECT outcome, status FROM boxoffice.join_queue($small, 'user' || :client_id);");
	is_deeply(counts($node, "SELECT concat_ws(' ', outcome, status), count(*) FROM answer GROUP BY 1"),
		{ 'ok active' => 1, 'ok waiting' => 30, queue_full => 9 }, 'so many wait, and no more');
	is(wrong_positions($node), '', 'everyone knows the right position');
	sql('TRUNCATE answer');
};

# Places come and go all the time, under a crowd that joins, asks, leaves and rolls back.
subtest 'a crowd while the queue gains and loses its place' => sub {
	sql("SELECT count(*) FROM boxoffice.queue_token t, boxoffice.leave_queue(t.token) l WHERE t.ended_at IS NULL");
	set_and_reload($node, 'boxoffice.database', 'postgres');
	wait_for_worker($node, 'ticks > 1');
	my $crowded = make_queue($node, "max_active => 5, claim_for => '50 ms', active_for => '200 ms', idle_for => '1 day'");
	my $others = $node->background_psql('postgres');
	sql('CREATE TABLE ended (at timestamptz); CREATE TABLE seen (on_board boolean)');
	$others->query_until(qr/started/, <<"SQL");
\\echo started
DO \$\$
DECLARE
	place uuid;
BEGIN
	WHILE NOT EXISTS (SELECT FROM ended) LOOP
		PERFORM boxoffice.join_queue(queue_id, 'one') FROM unnest(ARRAY[$draws[0], $draws[1]]) queue_id;
		COMMIT;
		PERFORM pg_sleep(0.05);
		FOR place IN SELECT token FROM boxoffice.queue_token WHERE queue_id IN ($draws[0], $draws[1]) AND ended_at IS NULL LOOP
			PERFORM boxoffice.leave_queue(place);
		END LOOP;
		COMMIT;
		PERFORM pg_sleep(0.05);
	END LOOP;
END \$\$;
SQL
	my $own = "(SELECT token FROM boxoffice.queue_token WHERE queue_id = $crowded AND user_id = 'user' || :user ORDER BY number DESC LIMIT 1) own";
	my $join = "SELECT outcome FROM boxoffice.join_queue($crowded, 'user' || :user, :user % 4)";
	my $leave = "SELECT l.outcome FROM $own, boxoffice.leave_queue(own.token) l";
	crowd($node, 'a crowd comes and goes', 20, 200, <<"SQL");
\\set user random(1, 30)
\\set dice random(1, 100)
\\if :dice <= 30
INSERT INTO answer SELECT 'join ' || outcome, status FROM boxoffice.join_queue($crowded, 'user' || :user, :user % 4);
\\elif :dice <= 50
INSERT INTO answer SELECT 'ask ' || s.outcome, s.status FROM $own, boxoffice.queue_status(own.token) s;
\\elif :dice <= 90
$leave;
\\elif :dice <= 94
BEGIN\\; $join\\; ROLLBACK;
\\elif :dice <= 97
BEGIN\\; $join\\; SAVEPOINT place\\; $leave\\; ROLLBACK TO place\\; COMMIT;
\\else
BEGIN\\; SAVEPOINT place\\; $join\\; ROLLBACK TO place\\; $join\\; COMMIT;
\\endif
SQL
	sql('INSERT INTO ended VALUES (now())');
	$others->query_safe('SELECT 1');
	$others->quit;
	sql("SELECT boxoffice.update_queue($crowded, mode => 'paused')");
	my $seen = counts($node, "SELECT concat_ws(' ', outcome, status), count(*) FROM answer GROUP BY 1");
	note(join ', ', map { "$_: $seen->{$_}" } sort keys %$seen);
	is(join(' ', grep { !/^(?:join ok (?:active|waiting)|ask ok (?:active|waiting|expired|left)|ask queue_token_invalid)\z/ } sort keys %$seen), '',
		'everyone is answered');
	check_history($node, $crowded, max_active => 5);
	is(wrong_positions($node), '', 'everyone knows the right position');
	is(sql("SELECT queue_id, waiting, active FROM boxoffice.get_queue($crowded)"),
		sql("SELECT queue_id, waiting, active FROM boxoffice.stat_queue WHERE queue_id = $crowded"), 'and the board how many wait');
	sql("SELECT boxoffice.update_queue($crowded, mode => 'open', max_active => 1000)");
	places_become($node, $crowded, 'waiting', 0);
	is(worker($node, 'errors, last_error'), '0|', 'the worker met no errors');
};

subtest 'a restart' => sub {
	set_and_reload($node, 'boxoffice.database', '');
	sql("SELECT count(*) FROM boxoffice.queue_token t, boxoffice.leave_queue(t.token) l WHERE t.ended_at IS NULL");
	my @queues = (@draws, $sale, make_queue($node, "max_active => 1, active_for => '1 day', idle_for => '10 min'"));
	join_all($node, $_, [ map { "before$_" } 1 .. 5 ]) for @queues;
	is(wrong_positions($node), '', 'four queues with waiting users on two places');
	my $places = sql('SELECT queue_id, number, user_id, status FROM boxoffice.queue_token WHERE ended_at IS NULL ORDER BY 1, 2');
	kill_server($node);
	$node->start;
	wait_until_ready($node);
	is(sql('SELECT queue_id, number, user_id, status FROM boxoffice.queue_token WHERE ended_at IS NULL ORDER BY 1, 2'), $places, 'all is there after a crash');
	is(wrong_positions($node), '', 'everyone knows the right position');
	sql("SET boxoffice.clock_offset = '11 min'; SELECT boxoffice.tick()");
	is(sql("SELECT count(*) FROM boxoffice.queue_token WHERE queue_id = $queues[-1] AND status = 'waiting'"), 4, 'visits before a crash are taken for granted');
	join_all($node, $_, ['after']) for @queues;
	is(wrong_positions($node), '', 'and all go on');
	is(sql("SELECT count(*) FROM boxoffice.queue_token a JOIN boxoffice.queue_token b USING (queue_id) WHERE a.number < b.number AND a.joined_at > b.joined_at"),
		0, 'numbers have the order of joining');
};

verify_is_empty($node);
is(log_complaints($node), '', 'the log has nothing above LOG');
$node->stop;
done_testing();
