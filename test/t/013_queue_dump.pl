# A dump of queues, restored, is the same queues: the same places in the same order, the same next number.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Queues;
use Test::More;

my $node   = start_server('source');
my $other  = start_server('other', not_preloaded => 1, no_extension => 1);
my $folder = $node->basedir;

my $patient = "claim_for => '1 day', active_for => '1 week', idle_for => '1 week'";

# Queues in every mode and with every status of a place, one before and one after its draw, and one whose last number is
# that of a user who has left.
my @queues = map { make_queue($node, "max_active => $_, max_waiting => 50, admit_per_minute => 100, $patient") } 2 .. 5;
push @queues, map {
	make_queue($node, "max_active => 2, join_before => clock_timestamp() + interval '$_', shuffle_seed => 's', $patient")
} '1 hour', '1 week';
my $slot_id = make_slot($node, 10, 100, "queue_id => $queues[0]");
for my $queue_id (@queues) {
	join_all($node, $queue_id, [ 'buyer', map { "user$_" } 1 .. 12 ]);
	join_all($node, $queue_id, [ map { "vip$_" } 1 .. 3 ], 3);
	join_all($node, $queue_id, [ map { "member$_" } 1 .. 3 ], 1);
	join_all($node, $queue_id, ['last']);
}
$node->safe_psql('postgres', <<"SQL");
SELECT boxoffice.credit_balance('buyer', 1000);
SELECT count(outcome) FROM boxoffice.queue_token t, boxoffice.leave_queue(t.token) WHERE user_id IN ('user1', 'user5', 'last');
SELECT count(h.outcome) FROM boxoffice.queue_token t, boxoffice.hold_seats($slot_id, 'buyer', ARRAY[1], t.token) h
	WHERE queue_id = $queues[0] AND user_id = 'buyer';
SELECT boxoffice.pay_reservation(1, 'buyer');
SELECT boxoffice.tick();
SET boxoffice.clock_offset = '1 hour';
SELECT boxoffice.tick();
RESET boxoffice.clock_offset;
SELECT boxoffice.update_queue($queues[1], mode => 'paused'), boxoffice.update_queue($queues[2], mode => 'closed'),
	boxoffice.update_queue($queues[3], mode => 'bypass');
SQL
is( $node->safe_psql('postgres',
		"SELECT string_agg(DISTINCT status, ' ' ORDER BY status), min(number), max(number) FROM boxoffice.queue_token"),
	'active completed left waiting|-17|20', 'there are places of many kinds');


sub positions {
	my ($cluster, $database) = @_;
	return $cluster->safe_psql($database, "SELECT queue_id, number, s.outcome, s.status, s.position, s.expires_at"
		  . " FROM boxoffice.queue_token t, boxoffice.queue_status(t.token) s WHERE t.lapses_at IS NOT DISTINCT FROM t.expires_at ORDER BY 1, 2");
}

my $rules     = $node->safe_psql('postgres', 'SELECT * FROM boxoffice.queue ORDER BY queue_id');
my $positions = positions($node, 'postgres');
my $rows      = $node->safe_psql('postgres', 'SELECT * FROM boxoffice.queue_token ORDER BY queue_id, number');
my $numbers   = join ' ', map {
	$node->safe_psql('postgres', "SELECT greatest(0, max(number)) + 1 FROM boxoffice.queue_token WHERE queue_id = $_")
} @queues[ 0, 1, 4, 5 ];

sub tool {
	my ($cluster, $program, $database, @arguments) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return $cluster->command_ok([ $program, '--dbname', $cluster->connstr($database), @arguments ], "$program @arguments[0 .. 0]");
}

# Runs last on a copy, because it changes it.
sub check_copy {
	my ($cluster, $database) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($cluster->safe_psql($database, 'SELECT * FROM boxoffice.queue ORDER BY queue_id'), $rules, 'the rules are the same');
	is(positions($cluster, $database), $positions, 'everyone is answered the same');
	is($cluster->safe_psql($database, 'SELECT * FROM boxoffice.queue_token ORDER BY queue_id, number'),
		$rows, 'which changes nothing');
	join_all($cluster, $_, ['new'], 0, $database) for @queues[ 0, 1, 4, 5 ];
	is( $cluster->safe_psql($database,
			"SELECT string_agg(number::text, ' ' ORDER BY queue_id) FROM boxoffice.queue_token WHERE user_id = 'new'"),
		$numbers, 'the next number comes after all others');
	is($cluster->safe_psql($database, "SELECT outcome FROM boxoffice.join_queue($queues[2], 'new')"),
		'queue_closed', 'a closed one is closed');
	is($cluster->safe_psql($database, "SELECT status FROM boxoffice.join_queue($queues[3], 'new')"),
		'active', 'and bypass is open to all');
	is( $cluster->safe_psql($database, "SELECT count(*) FROM boxoffice.queue_token t, boxoffice.queue_status(t.token) s"
			  . " WHERE queue_id = $queues[5] AND s.position IS NULL AND s.status = 'waiting'"),
		18, 'before the draw nobody has a position');
	my $next = $cluster->safe_psql($database, "SELECT user_id FROM boxoffice.queue_token WHERE queue_id = $queues[0]"
		  . " AND status = 'waiting' ORDER BY priority DESC, number LIMIT 1");
	$cluster->safe_psql($database, "SELECT count(outcome) FROM boxoffice.queue_token t, boxoffice.leave_queue(t.token)"
		  . " WHERE queue_id = $queues[0] AND number = (SELECT min(number) FROM boxoffice.queue_token"
		  . " WHERE queue_id = $queues[0] AND status = 'active')");
	is($cluster->safe_psql($database, "SELECT boxoffice.admit_waiting($queues[0])"), 1, 'a free place');
	is($cluster->safe_psql($database, "SELECT status FROM boxoffice.queue_token WHERE queue_id = $queues[0] AND user_id = '$next'"),
		'active', 'is given to the next');
	is($cluster->safe_psql($database, "SET boxoffice.clock_offset = '7 days'; SELECT boxoffice.admit_waiting($queues[5])"),
		2, 'the draw is held');
	is( $cluster->safe_psql($database, "SELECT bool_and(place = expected) FROM (SELECT place, row_number() OVER (ORDER BY"
			  . " sha256(convert_to(shuffle_seed, 'UTF8') || decode(ticket, 'hex'))) AS expected FROM boxoffice.stat_draw"
			  . " JOIN boxoffice.stat_queue USING (queue_id) WHERE queue_id = $queues[5]) checked"),
		't', 'by its seed');
	is(make_queue($cluster, 'max_active => 1', $database), $queues[5] + 1, 'the next queue has the next id');
	is(wrong_positions($cluster, $database), '', 'all positions are right in the end');
	verify_is_empty($cluster, $database);
	return;
}

tool($node, 'pg_dump', 'postgres', '--format=plain', "--file=$folder/plain.sql");
tool($node, 'pg_dump', 'postgres', '--format=custom', "--file=$folder/custom.dump");
tool($node, 'pg_dump', 'postgres', '--data-only', "--file=$folder/data.sql");

subtest 'a plain dump into another database of the server' => sub {
	$node->safe_psql('postgres', 'CREATE DATABASE plain');
	tool($node, 'psql', 'plain', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', "--file=$folder/plain.sql");
	check_copy($node, 'plain');
	is(positions($node, 'postgres'), $positions, 'the queues of the same ids in the first database are as before');
};

subtest 'a custom dump into a server that does not preload the library' => sub {
	$other->safe_psql('postgres', 'CREATE DATABASE custom');
	tool($other, 'pg_restore', 'custom', '--exit-on-error', '--single-transaction', "$folder/custom.dump");
	check_copy($other, 'custom');
};

subtest 'only the data, where the queues were used before' => sub {
	$node->safe_psql('postgres', 'CREATE DATABASE data');
	$node->safe_psql('data', 'CREATE EXTENSION boxoffice');
	for my $queue_id (@queues) {
		make_queue($node, 'max_active => 1', 'data');
		join_all($node, $queue_id, [ map { "earlier$_" } 1 .. 5 ], 2, 'data');
	}
	is(wrong_positions($node, 'data'), '', 'they are on the board');
	$node->safe_psql('data', 'DELETE FROM boxoffice.queue_token; DELETE FROM boxoffice.queue');
	# a session that has gone on since
	my $session = $node->background_psql('data');
	is($session->query_safe("SELECT outcome FROM boxoffice.join_queue($queues[0], 'anna')"), 'not_found', 'then all are deleted');
	tool($node, 'psql', 'data', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', "--file=$folder/data.sql");
	is( $session->query_safe("SELECT s.position FROM boxoffice.queue_token t, boxoffice.queue_status(t.token) s"
			  . " WHERE queue_id = $queues[0] AND user_id = 'user12'"),
		$positions =~ s/.*^$queues[0]\|13\|ok\|waiting\|(\d+)\|.*/$1/msr,
		'a session that goes on sees what was restored');
	$session->quit;
	check_copy($node, 'data');
};

subtest 'a copy made by the server' => sub {
	$node->safe_psql('postgres', 'CREATE DATABASE twin TEMPLATE postgres');
	check_copy($node, 'twin');
	is(positions($node, 'postgres'), $positions, 'the original is as before');
};

is(log_complaints($_), '', 'the log of ' . $_->name . ' has nothing above LOG') for $node, $other;

done_testing();
