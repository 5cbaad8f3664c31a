# The life of the background worker: it comes back when it was terminated or killed, and serves the database that its
# setting names, whenever that comes and goes.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Queues;
use Test::More;

# It starts without a database to serve.
my $node = start_server('worker', conf => 'restart_after_crash = on');

subtest 'without a database to serve it idles' => sub {
	my $queue_id = make_queue($node, 'max_active => 1');
	join_all($node, $queue_id, [ 'anna', 'bert' ]);
	$node->safe_psql('postgres', "SELECT FROM boxoffice.queue_token t, boxoffice.leave_queue(t.token) WHERE user_id = 'anna'");
	is(worker($node, 'pid IS NULL, ticks, errors, last_tick_at IS NULL, last_error IS NULL'), 't|0|0|t|t', 'it is not there');
	is_deeply(count_places($node, $queue_id), { left => 1, waiting => 1 }, 'and admits nobody');
	set_and_reload($node, 'boxoffice.database', 'postgres');
	places_become($node, $queue_id, 'active', 1);
	is(worker($node, 'database, pid IS NOT NULL'), 'postgres|t', 'a reload gives it one');
};

subtest 'terminated, it comes back' => sub {
	my $queue_id = make_queue($node, 'max_active => 1');
	join_all($node, $queue_id, [ 'anna', 'bert' ]);
	my ($pid, $ticks) = split /\|/, worker($node, 'pid, ticks');
	is(worker($node, 'pg_terminate_backend(pid)'), 't', 'an administrator ends it');
	$node->poll_query_until('postgres', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)")
	  or die 'it does not end';
	one_by_one($node, $queue_id, 1);
	places_become($node, $queue_id, 'active', 1);
	wait_for_worker($node, "ticks > $ticks + 1");
	isnt(worker($node, 'pid'), $pid, 'another process does its work');
	is(wrong_positions($node), '', 'all positions are right');
};

subtest 'killed, it takes the server through a restart and comes back' => sub {
	my $queue_id = make_queue($node, 'max_active => 1');
	join_all($node, $queue_id, [ map { "user$_" } 1 .. 5 ]);
	my $pid = worker($node, 'pid');
	my $log = -s $node->logfile;
	kill 9, $pid;
	$node->wait_for_log(qr/all server processes terminated; reinitializing/, $log);
	wait_until_ready($node);
	wait_for_worker($node, "pid <> $pid AND ticks > 0");
	is(worker($node, 'errors, last_error'), '0|', 'it begins anew');
	is(wrong_positions($node), '', 'all positions are right');
	one_by_one($node, $queue_id, 3);
	is_handed_on_at_once($node, $queue_id, 3);
};

subtest 'it follows its setting to another database, which may come later and go' => sub {
	my $log = -s $node->logfile;
	my $queue_id = make_queue($node, 'max_active => 1');
	join_all($node, $queue_id, [ 'anna', 'bert', 'carl' ]);
	set_and_reload($node, 'boxoffice.database', 'shop');
	$node->wait_for_log(qr/FATAL:  database "shop" does not exist/, $log);
	is(worker($node, 'database, pid'), 'shop|', 'a database that is not there');
	$node->safe_psql('postgres', 'CREATE DATABASE shop');
	wait_for_worker($node, 'pid IS NOT NULL');
	wait_for_ticks($node, 2);
	is(worker($node, 'database, errors > 0, last_error'), 'shop|t|the worker could not connect to database "shop"',
		'once there it is served, also without the extension, and what was wrong is not forgotten');
	for my $time ('created', 'created again') {
		$node->safe_psql('shop', 'DROP EXTENSION IF EXISTS boxoffice; CREATE EXTENSION boxoffice');
		my $other = make_queue($node, 'max_active => 1', 'shop');
		join_all($node, $other, [ 'anna', 'bert', 'carl' ], 0, 'shop');
		$node->safe_psql('shop', "SELECT FROM boxoffice.queue_token t, boxoffice.leave_queue(t.token) WHERE user_id = 'anna'");
		places_become($node, $other, 'active', 1, 'shop');
		is(wrong_positions($node, 'shop'), '', "with the extension $time its queues are served");
	}
	my $errors = worker($node, 'errors');
	wait_for_ticks($node, 2);
	is(worker($node, 'errors'), $errors, 'without errors, once they have come');
	one_by_one($node, $queue_id, 1);
	wait_for_ticks($node, 2);
	is_deeply(count_places($node, $queue_id), { left => 1, waiting => 2 }, 'a queue of the other database is not served');
	$node->safe_psql('postgres', 'DROP DATABASE shop WITH (FORCE)');
	set_and_reload($node, 'boxoffice.database', 'postgres');
	places_become($node, $queue_id, 'active', 1);
	is(worker($node, 'database, pid IS NOT NULL'), 'postgres|t', 'and back');
	my $pid = worker($node, 'pid');
	set_and_reload($node, 'boxoffice.database', '');
	wait_for_worker($node, 'pid IS NULL');
	one_by_one($node, $queue_id, 1);
	ok( $node->poll_query_until('postgres', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)"),
		'with none it leaves');
	is_deeply(count_places($node, $queue_id), { left => 2, waiting => 1 }, 'and serves nobody');
	set_and_reload($node, 'boxoffice.database', 'postgres');
	places_become($node, $queue_id, 'active', 1);
	is( join("\n", grep { !/database "shop" does not exist|"shop", which does not have the extension|terminating background worker/ } split /\n/, log_complaints($node, $log)),
		'', 'the log has nothing else above LOG');
	verify_is_empty($node);
};

done_testing();
