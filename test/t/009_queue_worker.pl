# The background worker serves the queues: it ticks about once a second, gives a free place to the next at once, and an
# error in one queue does not stop the others.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Queues;
use Test::More;

my $node = start_server('worker', conf => "boxoffice.database = 'postgres'");

# How many milliseconds after a statement began all of a queue were admitted who waited before.
sub admission_after {
	my ($queue_id, $statement) = @_;
	my $before = $node->safe_psql('postgres', "SELECT clock_timestamp() FROM (SELECT 1) once; $statement");
	$before =~ s/\n.*//s;
	$node->poll_query_until('postgres',
		"SELECT NOT EXISTS (SELECT FROM boxoffice.queue_token WHERE queue_id = $queue_id AND status = 'waiting')")
	  or die 'somebody waits for ever';
	return $node->safe_psql('postgres', "SELECT extract(epoch FROM max(admitted_at) - '$before') * 1000"
		  . " FROM boxoffice.queue_token WHERE queue_id = $queue_id");
}

subtest 'it ticks about once a second' => sub {
	wait_for_worker($node, 'ticks > 0');
	my ($ticks, $at) = split /\|/, worker($node, 'ticks, last_tick_at');
	wait_for_ticks($node, 3);
	my ($pause, $lag) = split /\|/,
	  worker($node, "extract(epoch FROM last_tick_at - '$at') / (ticks - $ticks), extract(epoch FROM lag)");
	cmp_ok($pause, '>=', 0.99, "a tick every $pause s");
	cmp_ok($pause, '<',  1.5,  'and not much less often');
	cmp_ok($lag,   '>=', 0,    "the last was $lag s late");
	cmp_ok($lag,   '<',  1,    'which is not much');
	is( worker($node, 'database, started_at < last_tick_at, last_tick_at > clock_timestamp() - interval $$5 s$$, errors, last_error,'
			  . ' last_error_at'),
		'postgres|t|t|0||', 'without errors');
	is( $node->safe_psql('postgres', "SELECT datname, pid = (SELECT pid FROM boxoffice.stat_worker) FROM pg_stat_activity"
			  . " WHERE backend_type = 'boxoffice worker'"),
		'postgres|t', 'pg_stat_activity shows it');
};

subtest 'a queue with room admits when one joins' => sub {
	my $queue_id = make_queue($node, 'max_active => 2');
	my $join = sub { $node->safe_psql('postgres', "SELECT outcome, status FROM boxoffice.join_queue($queue_id, '$_[0]')") };
	is($join->('anna'), 'ok|active',  'the first');
	is($join->('bert'), 'ok|active',  'the second');
	is($join->('carl'), 'ok|waiting', 'the third waits');
	is( $node->safe_psql('postgres', "SELECT DISTINCT admitted_at - joined_at, lapses_at = expires_at"
			  . " FROM boxoffice.queue_token WHERE queue_id = $queue_id AND status = 'active'"),
		'00:00:00|t', 'at that very instant, and they have shown up');
	$node->safe_psql('postgres', "SELECT FROM boxoffice.queue_token t, boxoffice.leave_queue(t.token) WHERE queue_id = $queue_id");
	wait_for_ticks($node, 1);
	is($join->('dora'), 'ok|active', 'and so it is when all have left');
};

subtest 'a place that becomes free is given to the next at once' => sub {
	my $turns = 10;
	my @users = map { "user$_" } 1 .. $turns + 2;
	my $alone = "max_active => 1, claim_for => '1 hour', active_for => '1 hour'";
	subtest 'left' => sub {
		my $queue_id = make_queue($node, $alone);
		join_all($node, $queue_id, \@users);
		one_by_one($node, $queue_id, $turns);
		is_handed_on_at_once($node, $queue_id, $turns);
		is_deeply(count_places($node, $queue_id), { left => $turns, active => 1, waiting => 1 }, 'one after the other');
	};
	subtest 'completed by a payment' => sub {
		my $queue_id = make_queue($node, $alone);
		my $slot_id = make_slot($node, $turns, 100, "queue_id => $queue_id");
		$node->safe_psql('postgres', join ';', map { "SELECT boxoffice.credit_balance('$_', 100)" } @users);
		join_all($node, $queue_id, \@users);
		one_by_one($node, $queue_id, $turns, <<"SQL");
PERFORM boxoffice.pay_reservation(hold.reservation_id, place.user_id)
	FROM boxoffice.hold_seats($slot_id, place.user_id, ARRAY[turn], place.token) hold;
SQL
		is_handed_on_at_once($node, $queue_id, $turns);
		is_deeply(count_places($node, $queue_id), { completed => $turns, active => 1, waiting => 1 }, 'one after the other');
	};
	subtest 'nobody shows up within claim_for' => sub {
		my $queue_id = make_queue($node, "max_active => 1, claim_for => '50 ms'");
		join_all($node, $queue_id, \@users);
		one_by_one($node, $queue_id, 1);
		is_handed_on_at_once($node, $queue_id, $turns);
		places_become($node, $queue_id, 'expired', $turns + 1);
	};
	subtest 'the time of active_for is over' => sub {
		my $queue_id = make_queue($node, "max_active => 1, active_for => '50 ms'");
		join_all($node, $queue_id, \@users);
		is_handed_on_at_once($node, $queue_id, $turns);
		places_become($node, $queue_id, 'expired', $turns + 2);
	};
};

subtest 'a change of the rules that lets more in does so at once' => sub {
	my @late;
	for my $turn (1 .. 3) {
		for my $change ('max_active => 4', "mode => 'bypass'", "mode => 'open'") {
			my $paused   = $change =~ /open/;
			my $queue_id = make_queue($node, 'max_active => ' . ($paused ? 4 : 1));
			$node->safe_psql('postgres', "SELECT boxoffice.update_queue($queue_id, mode => 'paused')") if $paused;
			join_all($node, $queue_id, [ map { "user$_" } 1 .. 4 ]);
			cmp_ok(count_places($node, $queue_id)->{waiting}, '>=', 3, "some wait for $change");
			my $ms = admission_after($queue_id, "SELECT boxoffice.update_queue($queue_id, $change)");
			push @late, "$ms ms after $change" if $ms > 300;
		}
	}
	cmp_ok(scalar @late, '<=', 1, 'all were admitted') or diag(join "\n", @late);
};

subtest 'a draw takes place at its time' => sub {
	my $queue_id = make_queue($node,
		"max_active => 5, join_before => clock_timestamp() + interval '1.5 s', shuffle_seed => 'seed'");
	my @users = map { "user$_" } 1 .. 20;
	join_all($node, $queue_id, \@users);
	is_deeply(count_places($node, $queue_id), { waiting => 20 }, 'nobody is admitted before');
	places_become($node, $queue_id, 'active', 5);
	is( $node->safe_psql('postgres', "SELECT drawn_at - join_before BETWEEN '0' AND '900 ms'"
			  . " FROM boxoffice.queue WHERE queue_id = $queue_id"),
		't', 'it is not late');
	is( $node->safe_psql('postgres', "SELECT min(number), max(number), max(number) FILTER (WHERE status = 'active') FROM"
			  . " boxoffice.queue_token WHERE queue_id = $queue_id"),
		'-20|-1|-16', 'and the first of it are admitted');
	is(wrong_positions($node), '', 'the others know their places');
};

subtest 'admit_per_minute: the next are admitted when a minute is over' => sub {
	my $queue_id = make_queue($node, 'max_active => 10, admit_per_minute => 3');
	join_all($node, $queue_id, [ map { "user$_" } 1 .. 6 ]);
	wait_for_ticks($node, 2);
	is_deeply(count_places($node, $queue_id), { active => 3, waiting => 3 }, 'three are admitted, and no more by ticks');
	set_and_reload($node, 'boxoffice.clock_offset', '61 s');
	places_become($node, $queue_id, 'active', 6);
	set_and_reload($node, 'boxoffice.clock_offset', '0');
	is( $node->safe_psql('postgres', "SELECT min(a.admitted_at - b.admitted_at) > '1 min' FROM boxoffice.queue_token a,"
			  . " boxoffice.queue_token b WHERE a.queue_id = $queue_id AND b.queue_id = $queue_id AND a.number = b.number + 3"),
		't', 'the others a minute later');
};

subtest 'who waits and stays away is passed over' => sub {
	my $queue_id = make_queue($node, "max_active => 1, idle_for => '1 s'");
	join_all($node, $queue_id, [ map { "user$_" } 1 .. 4 ]);
	my $token = $node->safe_psql('postgres',
		"SELECT token FROM boxoffice.queue_token WHERE queue_id = $queue_id AND user_id = 'user3'");
	# two rounds, when one falls between the ends of their times
	ok( $node->poll_query_until('postgres', "SELECT s.position = 1 AND (SELECT count(*) = 2 FROM boxoffice.queue_token"
			  . " WHERE queue_id = $queue_id AND status = 'expired') FROM boxoffice.queue_status('$token') s"),
		'the one who asks comes forward');
	is_deeply(count_places($node, $queue_id), { active => 1, waiting => 1, expired => 2 }, 'the silent have lost their places');
	is( $node->safe_psql('postgres', "SELECT count(*) FROM boxoffice.queue_token WHERE queue_id = $queue_id"
			  . " AND status = 'expired' AND ended_at - joined_at BETWEEN '1.2 s' AND '10 s'"),
		2, 'after the time allowed');
};

subtest 'holds that have run out are tidied up' => sub {
	my $slot_id = make_slot($node, 2, 100, "hold_for => '100 ms'");
	$node->safe_psql('postgres', "SELECT boxoffice.hold_seats($slot_id, 'anna', ARRAY[1, 2])");
	ok( $node->poll_query_until('postgres', "SELECT status = 'expired' FROM boxoffice.reservation WHERE slot_id = $slot_id"),
		'without anybody asking for the seats');
};

subtest 'an error in one queue does not stop the others' => sub {
	my ($bad, $good) = map { make_queue($node, "max_active => 1, claim_for => '1 hour'") } 1 .. 2;
	my @users = map { "user$_" } 1 .. 7;
	join_all($node, $_, \@users) for $bad, $good;
	$node->safe_psql('postgres', <<"SQL");
CREATE FUNCTION sabotage() RETURNS trigger LANGUAGE plpgsql AS \$\$
BEGIN
	IF NEW.status = 'active' AND OLD.status = 'waiting' THEN
		RAISE EXCEPTION 'sabotage of queue %', NEW.queue_id;
	END IF;
	RETURN NEW;
END \$\$;
CREATE TRIGGER sabotage BEFORE UPDATE ON boxoffice.queue_token FOR EACH ROW WHEN (NEW.queue_id = $bad)
	EXECUTE FUNCTION sabotage();
SQL
	my $log    = -s $node->logfile;
	my $pid    = worker($node, 'pid');
	my $errors = worker($node, 'errors');
	one_by_one($node, $bad,  1);
	one_by_one($node, $good, 5);
	is_handed_on_at_once($node, $good, 5);
	wait_for_worker($node, "errors >= $errors + 2");
	is(worker($node, 'last_error, last_error_at > clock_timestamp() - interval $$5 s$$, pid'),
		"sabotage of queue $bad|t|$pid", 'the worker goes on and shows the error');
	is_deeply(count_places($node, $bad), { left => 1, waiting => 6 }, 'the queue with the error admits nobody');
	is(wrong_positions($node), '', 'but positions stay right');
	like(slurp_file($node->logfile, $log), qr/LOG:  sabotage of queue $bad$/m, 'the log shows it, too');
	my ($before, $ticks) = split /\|/, worker($node, 'errors, ticks');
	wait_for_ticks($node, 3);
	my $more = worker($node, "errors - $before - (ticks - $ticks)");
	cmp_ok($more, '<=', 1, 'it is tried again once a tick');
	$node->safe_psql('postgres', 'DROP FUNCTION sabotage CASCADE');
	places_become($node, $bad, 'active', 1);
	$errors = worker($node, 'errors');
	wait_for_ticks($node, 2);
	is(worker($node, 'errors'), $errors, 'without the cause there are no more errors');
	is(log_complaints($node, $log), '', 'none of it was more than a message in the log');
};

subtest 'an error in all that it does' => sub {
	my $queue_id = make_queue($node, 'max_active => 1');
	join_all($node, $queue_id, [ 'anna', 'bert' ]);
	my $errors = worker($node, 'errors');
	my $pid    = worker($node, 'pid');
	$node->safe_psql('postgres', 'ALTER TABLE boxoffice.queue RENAME TO lost');
	wait_for_worker($node, "errors >= $errors + 2");
	is(worker($node, 'last_error, pid'), "relation \"boxoffice.queue\" does not exist|$pid", 'is shown');
	$node->safe_psql('postgres', 'ALTER TABLE boxoffice.lost RENAME TO queue');
	one_by_one($node, $queue_id, 1);
	places_become($node, $queue_id, 'active', 1);
	$errors = worker($node, 'errors');
	wait_for_ticks($node, 2);
	is(worker($node, 'errors, pid'), "$errors|$pid", 'and over when the cause is gone');
};

verify_is_empty($node);

done_testing();
