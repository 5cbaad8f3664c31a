# A crowd in front of small queues: hundreds of users join, ask, leave, hold and pay at once, some of them roll back or are
# terminated. Whatever happens, nobody overtakes, no limit is passed, and in the end everyone's position is right. So it is
# with the board and the worker, and so without the library preloaded, where a loop calls tick().
use strict;
use warnings;

use Boxoffice;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Queues;
use Test::More;

# As few as the board can take, so that what leaks is missed. Nobody is passed over because the machine has more to do
# than it can: whoever serves the queue waits for those who are just leaving.
my $conf = "boxoffice.board_tokens = 1024\nboxoffice.busy_wait = '10s'";

# Does something again and again in a session of its own, until told to end.
sub again_and_again {
	my ($node, $name, $body, $pause) = @_;
	my $session = $node->background_psql('postgres');
	$session->query_until(qr/started/, <<"SQL");
\\echo started
DO \$\$
BEGIN
	WHILE NOT EXISTS (SELECT FROM ended WHERE name = '$name') LOOP
		$body
		COMMIT;
		PERFORM pg_sleep($pause);
	END LOOP;
END \$\$;
SQL
	return { node => $node, name => $name, session => $session };
}

sub end {
	my ($loop) = @_;
	$loop->{node}->safe_psql('postgres', "INSERT INTO ended VALUES ('$loop->{name}')");
	$loop->{session}->query_safe('SELECT 1');
	$loop->{session}->quit;
	return;
}

# Connections that end in mid-transaction, one after the other, as long as their script is there: of who was joining, and
# of who was leaving.
sub start_doomed {
	my ($node, $queue_id, $change_places) = @_;
	my $rejoin = $change_places ? "SELECT outcome FROM boxoffice.join_queue($queue_id, :'user_id', 2)" : 'SELECT';
	my $script = $node->basedir . "/doomed$queue_id.sql";
	append_to_file($script, <<"SQL");
SELECT 'doomed' || 1 + floor(random() * 30) AS user_id, random() < 0.5 AS has_place \\gset
\\if :has_place
SELECT FROM boxoffice.join_queue($queue_id, :'user_id', 1);
BEGIN\\; SELECT l.outcome FROM boxoffice.queue_token t, boxoffice.leave_queue(t.token) l WHERE queue_id = $queue_id
	AND user_id = :'user_id' AND status IN ('waiting', 'active')\\; $rejoin\\; SELECT pg_terminate_backend(pg_backend_pid());
\\endif
BEGIN\\; SELECT outcome FROM boxoffice.join_queue($queue_id, :'user_id')\\; SELECT pg_terminate_backend(pg_backend_pid());
SQL
	my $connection = $node->connstr('postgres');
	return IPC::Run::start([ 'sh', '-c', "while [ -e '$script' ]; do psql -XAtq --file '$script' -d \"$connection\"; done" ],
		'>&', \my $out);
}

sub outcomes {
	my ($node, $what) = @_;
	return counts($node, "SELECT concat_ws(' ', outcome, status), count(*) FROM answer WHERE what = '$what' GROUP BY 1");
}

sub one_user_at_once {
	my ($node) = @_;
	my $queue_id = make_queue($node, 'max_active => 1');
	for my $user ('admitted', 'waiting') {
		crowd($node, "fifty times at once, $user", 50, 1, <<"SQL");
INSERT INTO answer SELECT 'one $user', outcome, status, token FROM boxoffice.join_queue($queue_id, '$user');
SQL
		my $status = $user eq 'waiting' ? 'waiting' : 'active';
		is_deeply(outcomes($node, "one $user"), { "ok $status" => 50 }, 'all are answered alike');
		is($node->safe_psql('postgres', "SELECT count(DISTINCT token) FROM answer WHERE what = 'one $user'"), 1, 'with one token');
	}
	is_deeply(count_places($node, $queue_id), { active => 1, waiting => 1 }, 'there are two places');
	return;
}

# The life of a crowd in a queue that is far too small. With change_places some leave and join again in one transaction:
# without the board, a tick and one who does that wait for each other, until one of them gives in. With disturb something
# happens again and again meanwhile.
sub everything_at_once {
	my ($node, %crowd) = @_;
	my $users = 300;
	my %limit = (max_active => 8, max_waiting => 100);
	my $queue_id = make_queue($node,
		"max_active => 8, max_waiting => 100, claim_for => '40 ms', active_for => '200 ms'");
	my $slot_id = make_slot($node, 2000, 10, "queue_id => $queue_id, hold_for => '300 ms'");
	$node->safe_psql('postgres',
		"SELECT count(outcome) FROM generate_series(1, $users) n, boxoffice.credit_balance('user' || n, 10000)");
	$node->safe_psql('postgres', 'TRUNCATE answer, ended, sample');
	my $monitor = again_and_again($node, 'monitor', <<"SQL", 0.003);
INSERT INTO sample SELECT count(*) FILTER (WHERE status = 'active'), count(*) FILTER (WHERE status = 'waiting')
	FROM boxoffice.queue_token WHERE queue_id = $queue_id AND status IN ('active', 'waiting');
SQL
	my $doomed = start_doomed($node, $queue_id, $crowd{change_places});
	my @loops = ($monitor, $crowd{disturb} ? again_and_again($node, 'disturb', $crowd{disturb}, 0.1) : ());
	my $own = "(SELECT token FROM boxoffice.queue_token WHERE queue_id = $queue_id AND user_id = 'user' || :user"
	  . " ORDER BY number DESC LIMIT 1) own";
	my $join  = "SELECT outcome FROM boxoffice.join_queue($queue_id, 'user' || :user, :user % 4)";
	my $leave = "SELECT l.outcome FROM $own, boxoffice.leave_queue(own.token) l";
	my $rejoin = $crowd{change_places} ? $join : 'SELECT';
	crowd($node, 'a crowd comes and goes', $crowd{clients}, $crowd{transactions}, <<"SQL");
\\set user random(1, $users)
\\set dice random(1, 100)
\\if :dice <= 35
INSERT INTO answer SELECT 'join', outcome, status FROM boxoffice.join_queue($queue_id, 'user' || :user, :user % 4);
\\elif :dice <= 76
INSERT INTO answer SELECT 'ask', s.outcome, s.status FROM $own, boxoffice.queue_status(own.token) s;
\\elif :dice <= 80
INSERT INTO answer SELECT 'leave', l.outcome FROM $own, boxoffice.leave_queue(own.token) l;
\\elif :dice <= 87
INSERT INTO answer SELECT 'hold', h.outcome FROM (SELECT 1 + floor(random() * 2000)::int AS seat_id) seat, (SELECT user_id, token
	FROM boxoffice.queue_token WHERE queue_id = $queue_id AND status = 'active' ORDER BY random() LIMIT 1) one,
	boxoffice.hold_seats($slot_id, one.user_id, ARRAY[seat_id], queue_token => one.token) h;
\\elif :dice <= 94
INSERT INTO answer SELECT 'pay', p.outcome FROM (SELECT reservation_id, user_id FROM boxoffice.reservation
	WHERE slot_id = $slot_id AND status = 'held' ORDER BY random() LIMIT 1) one,
	boxoffice.pay_reservation(one.reservation_id, one.user_id) p;
\\elif :dice <= 96
BEGIN\\; $join\\; ROLLBACK;
\\elif :dice <= 98
BEGIN\\; $join\\; SAVEPOINT place\\; $leave\\; $rejoin\\; ROLLBACK TO place\\; COMMIT;
\\else
BEGIN\\; SAVEPOINT place\\; $leave\\; $rejoin\\; ROLLBACK TO place\\; $rejoin\\; COMMIT;
\\endif
SQL
	$node->safe_psql('postgres', "SELECT boxoffice.update_queue($queue_id, mode => 'paused')");
	unlink $node->basedir . "/doomed$queue_id.sql";
	$doomed->finish;
	end($_) for @loops;
	my $seen = counts($node, "SELECT concat_ws(' ', what, outcome, status), count(*) FROM answer GROUP BY 1");
	note(join ', ', map { "$_: $seen->{$_}" } sort keys %$seen);
	my @missing = grep { !$seen->{$_} } ('join ok active', 'join ok waiting', 'join queue_full', 'ask ok waiting', 'ask ok active',
		'ask ok expired', 'ask ok left', 'leave ok', 'hold ok', 'pay ok');
	is("@missing", '', 'everything was answered that can be');
	my $places = count_places($node, $queue_id);
	note(join ', ', map { "$_: $places->{$_}" } sort keys %$places);
	cmp_ok($places->{$_}, '>', 5, "many are $_") for qw(completed expired left waiting);
	my ($samples, $active, $waiting) = split /\|/,
	  $node->safe_psql('postgres', 'SELECT count(*), max(active), max(waiting) FROM sample');
	cmp_ok($samples, '>',  100, "$samples times somebody looked");
	cmp_ok($active,  '<=', 8,   "and saw at most $active active");
	cmp_ok($waiting, '<=', 100, "and at most $waiting waiting");
	check_history($node, $queue_id, %limit);
	is(wrong_positions($node), '', 'everyone knows the right position');
	verify_is_empty($node);
	$node->safe_psql('postgres', "SELECT boxoffice.update_queue($queue_id, mode => 'open', max_active => 1000)");
	ok( $node->poll_query_until('postgres',
			"SELECT NOT EXISTS (SELECT FROM boxoffice.queue_token WHERE queue_id = $queue_id AND status IN ('waiting', 'active'))"),
		'with room for all the queue runs empty');
	is( $node->safe_psql('postgres', "SELECT status FROM boxoffice.join_queue($queue_id, 'next')"),
		'active', 'and whoever comes next is admitted at once');
	return;
}

# More than a minute's worth come at once.
sub only_so_many_per_minute {
	my ($node) = @_;
	my $queue_id = make_queue($node, "max_active => 1000, admit_per_minute => 60, claim_for => '1 hour'");
	crowd($node, 'a hundred join at once', 100, 1, <<"SQL");
INSERT INTO answer SELECT 'minute', outcome FROM boxoffice.join_queue($queue_id, 'user' || :client_id);
SQL
	is_deeply(outcomes($node, 'minute'), { ok => 100 }, 'all get a place');
	ok( $node->poll_query_until('postgres',
			"SELECT count(*) = 60 FROM boxoffice.queue_token WHERE queue_id = $queue_id AND status = 'active'"),
		'sixty are admitted');
	my $first = "(SELECT min(admitted_at) FROM boxoffice.queue_token WHERE queue_id = $queue_id)";
	my $tick_at = sub {
		my $offset = $node->safe_psql('postgres', "SELECT $first + interval '$_[0]' - clock_timestamp()");
		$node->safe_psql('postgres', "SET boxoffice.clock_offset = '$offset'; SELECT boxoffice.tick()");
	};
	$tick_at->('59 s');
	is_deeply(count_places($node, $queue_id), { active => 60, waiting => 40 }, 'and no more before a minute has passed');
	# a tick leaves a queue alone that another is serving
	for (1 .. 50) {
		$tick_at->('100 s');
		last if !count_places($node, $queue_id)->{waiting};
	}
	is_deeply(count_places($node, $queue_id), { active => 100 }, 'then the others');
	check_history($node, $queue_id, max_active => 1000, admit_per_minute => 60);
	return;
}

# Calls that are held up for a second where they first change a place: by then the world is another one.
sub slow_calls {
	my ($node) = @_;
	$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('application_name') = 'slow' THEN
		PERFORM pg_sleep(1);
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER dawdle BEFORE UPDATE ON boxoffice.queue_token EXECUTE FUNCTION dawdle();
SQL
	my $token = "SELECT token FROM boxoffice.queue_token WHERE user_id";
	# Only a round that finds somebody lapsed writes before it counts; so the worker must not be faster.
	$node->safe_psql('postgres', $_) for q(ALTER SYSTEM SET boxoffice.database = ''), 'SELECT pg_reload_conf()';
	my $queue_id = make_queue($node, 'max_active => 2');
	join_all($node, $queue_id, [ 'slow0', 'slow1', 'slow2' ]);
	$node->safe_psql('postgres', "UPDATE boxoffice.queue_token SET lapses_at = clock_timestamp() WHERE user_id = 'slow0'");
	my $round = $node->background_psql('postgres');
	$round->query_until(qr/started/, "\\echo started\nSET application_name = slow; SELECT boxoffice.admit_waiting($queue_id);\n");
	$node->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'slow' AND wait_event = 'PgSleep'")
	  or die 'the round is not slow';
	$node->safe_psql('postgres', "SELECT FROM boxoffice.leave_queue(($token = 'slow1'))");
	$round->query_safe('SELECT 1');
	$round->quit;
	$node->poll_query_until('postgres', "SELECT status = 'active' FROM boxoffice.queue_token WHERE user_id = 'slow2'")
	  or die 'nobody is admitted';
	check_history($node, $queue_id, max_active => 2);
	$node->safe_psql('postgres', $_) for 'ALTER SYSTEM RESET boxoffice.database', 'SELECT pg_reload_conf()';

	my $brief   = make_queue($node, "max_active => 1, claim_for => '800 ms', active_for => '900 ms'");
	my $slot_id = make_slot($node, 1, 10, "queue_id => $brief");
	join_all($node, $brief, [ 'slow3', 'slow4' ]);
	my $outcome = $node->safe_psql('postgres', <<"SQL");
SELECT FROM boxoffice.leave_queue(($token = 'slow3'));
SELECT FROM boxoffice.admit_waiting($brief);
SET application_name = slow;
SELECT outcome FROM boxoffice.hold_seats($slot_id, 'slow4', ARRAY[1], ($token = 'slow4'));
SQL
	is($outcome =~ s/.*\n//sr, 'queue_token_invalid', 'a hold is not given when meanwhile the time of its token is over');
	verify_is_empty($node);
	$node->safe_psql('postgres', 'DROP FUNCTION dawdle CASCADE');
	return;
}

# Room that was drawn and given back, in whatever way, is there again.
sub board_is_whole {
	my ($node) = @_;
	$node->safe_psql('postgres', "SELECT FROM boxoffice.queue_token t, boxoffice.leave_queue(t.token) WHERE status = 'waiting'");
	my $queue_id = make_queue($node, 'max_active => 1');
	join_all($node, $queue_id, ['active']);
	crowd($node, 'more come than have room', 2, 513, <<"SQL");
\\set round :round + 1
INSERT INTO answer SELECT 'room', outcome, status FROM boxoffice.join_queue($queue_id, 'user' || :client_id * 1000 + :round);
SQL
	is_deeply(outcomes($node, 'room'), { 'ok waiting' => 1024, queue_full => 2 }, 'all of the board is to be had');
	is(wrong_positions($node), '', 'and everyone knows the right position');
	return;
}

sub no_complaints {
	my ($node) = @_;
	is( join("\n", grep { !/terminating connection due to administrator command/ } split /\n/, log_complaints($node)),
		'', 'the log has nothing above LOG');
	is($node->safe_psql('postgres', "SELECT deadlocks FROM pg_stat_database WHERE datname = 'postgres'"), 0, 'nobody deadlocked');
	return;
}

my $tables = 'CREATE TABLE answer (what text, outcome text, status text, token uuid); CREATE TABLE ended (name text);'
  . ' CREATE TABLE sample (active int, waiting int)';

subtest 'with the board and the worker' => sub {
	my $node = start_server('preloaded', conf => "$conf\nboxoffice.database = 'postgres'");
	$node->safe_psql('postgres', $tables);
	subtest 'one user joins fifty times at once' => sub { one_user_at_once($node) };
	subtest 'everything at once' => sub { everything_at_once($node, clients => 60, transactions => 400, change_places => 1) };
	subtest 'everything at once, and the board is lost again and again' => sub {
		everything_at_once($node, clients => 60, transactions => 200, change_places => 1,
			disturb => 'UPDATE boxoffice.queue SET name = name;');
	};
	subtest 'admit_per_minute' => sub { only_so_many_per_minute($node) };
	subtest 'the clock of slow calls' => sub { slow_calls($node) };
	subtest 'nothing has leaked from the board' => sub { board_is_whole($node) };
	is($node->safe_psql('postgres', 'SELECT errors, last_error FROM boxoffice.stat_worker'), '0|', 'the worker met no errors');
	no_complaints($node);
	$node->stop;
};

subtest 'without the library preloaded' => sub {
	my $node = start_server('not_preloaded', conf => $conf, not_preloaded => 1);
	$node->safe_psql('postgres', $tables);
	my $ticks = again_and_again($node, 'ticks', 'PERFORM boxoffice.tick();', 0.05);
	subtest 'one user joins fifty times at once' => sub { one_user_at_once($node) };
	subtest 'everything at once' => sub { everything_at_once($node, clients => 30, transactions => 400) };
	subtest 'admit_per_minute' => sub { only_so_many_per_minute($node) };
	end($ticks);
	subtest 'the clock of slow calls' => sub { slow_calls($node) };
	no_complaints($node);
	$node->stop;
};

done_testing();
