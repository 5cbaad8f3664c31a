# The extension comes and goes without a trace, needs no preloading, and no error harms the session that made it.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('install', not_preloaded => 1, no_extension => 1);

# Everything the catalogue has, by name.
sub catalogue {
	return $node->safe_psql('postgres', <<'SQL');
SELECT 'relation', oid::regclass::text FROM pg_class WHERE oid >= 16384
UNION ALL SELECT 'function', oid::regprocedure::text FROM pg_proc WHERE oid >= 16384
UNION ALL SELECT 'type', oid::regtype::text FROM pg_type WHERE oid >= 16384
UNION ALL SELECT 'trigger', tgname FROM pg_trigger WHERE oid >= 16384
UNION ALL SELECT 'extension', extname FROM pg_extension
UNION ALL SELECT 'initial privilege', objoid::text FROM pg_init_privs WHERE objoid >= 16384
UNION ALL SELECT 'comment', objoid::text FROM pg_description WHERE objoid >= 16384
UNION ALL SELECT 'dependency', refobjid::text FROM pg_shdepend WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY 1, 2
SQL
}

subtest 'CREATE and DROP EXTENSION leave nothing' => sub {
	my $before = catalogue();
	$node->safe_psql('postgres', 'CREATE ROLE clerk LOGIN; CREATE EXTENSION boxoffice');
	isnt(catalogue(), $before, 'the extension brings something');
	make_holds($node, 2, 10, 100);
	$node->safe_psql('postgres', "SELECT boxoffice.grant_access('clerk', 'client')");
	$node->safe_psql('postgres', 'DROP EXTENSION boxoffice');
	is(catalogue(), $before, 'and takes it away again, with data and grants');
	$node->safe_psql('postgres', 'CREATE EXTENSION boxoffice');
};

subtest 'everything works without preloading' => sub {
	is($node->safe_psql('postgres', 'SHOW shared_preload_libraries'), '', 'nothing is preloaded');
	my $slot_id = make_holds($node, 2, 10, 100);
	is( $node->safe_psql('postgres', "SELECT string_agg(outcome, ' ') FROM generate_series(1, 5) n,"
			  . " boxoffice.pay_reservation(2 * n, 'user1')"),
		'ok ok ok ok ok', 'holds are paid');
	$node->safe_psql('postgres', 'SELECT boxoffice.tick()');
	verify_is_empty($node);
	$node->safe_psql('postgres', "SELECT boxoffice.grant_access('clerk', 'client')");
	my ($code, $out, $error) = $node->psql('postgres',
		"SET boxoffice.clock_offset = '1 day'; SELECT outcome FROM boxoffice.release_hold(1, 'user2');"
		  . ' SHOW boxoffice.clock_offset; SELECT outcome FROM boxoffice.pay_reservation(3, \'user2\')',
		extra_params => [ '--username', 'clerk' ], on_error_stop => 0);
	# user2's holds last a day: by the clock that was asked for they would have ended
	is($out, "ok\n0\nok", 'who is no superuser cannot shift the clock, not even before the library is loaded');
};

# One session that meets one error after the other; each must leave it as it was.
subtest 'an error in a call does not harm later calls of the session' => sub {
	my $slot_id = make_slot($node, 100, 100);
	my $rival   = $node->background_psql('postgres');
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_safe("SELECT boxoffice.credit_balance('anna', 10000)");
	my $seat = 0;
	my $still_works = sub {
		my ($after) = @_;
		$seat++;
		is( scalar $session->query("SELECT outcome, seat_ids FROM boxoffice.hold_seats($slot_id, 'anna', ARRAY[$seat])"),
			"ok|{$seat}", "a call after $after");
		return;
	};
	my $fails = sub {
		my ($what, $pattern, @statements) = @_;
		$session->{stderr} = '';
		$session->query(join ";\n", @statements);
		like($session->{stderr}, $pattern, $what);
		$session->{stderr} = '';
		$session->query('ROLLBACK');
		$session->{stderr} = '';
		$still_works->($what);
		return;
	};
	$still_works->('nothing');
	$fails->('a missing argument', qr/user_id must not be null/, "SELECT boxoffice.hold_seats($slot_id, NULL, ARRAY[1])");
	$fails->('a seat named twice', qr/must not name a seat twice/, "SELECT boxoffice.hold_seats($slot_id, 'anna', ARRAY[1, 1])");
	$fails->('a refusal that raises', qr/seat_taken/,
		'BEGIN', 'SET LOCAL boxoffice.raise_refusals = on', "SELECT boxoffice.hold_seats($slot_id, 'anna', ARRAY[99, 1])");
	$fails->('a read-only transaction', qr/in a read-only transaction/, 'BEGIN READ ONLY', "SELECT boxoffice.credit_balance('anna', 1)");
	$fails->('a violated constraint', qr/the slot has a pool "Standing" already/,
		"SELECT boxoffice.add_pool($slot_id, name, 10, 100) FROM unnest(ARRAY['Standing', 'Standing']) AS name");
	$rival->query_safe("BEGIN; SELECT boxoffice.credit_balance('bert', 1); LOCK TABLE boxoffice.venue");
	for my $timeout ('lock_timeout', 'statement_timeout') {
		my $name = $timeout =~ s/_/ /r;
		my @briefly = ('BEGIN', "SET LOCAL $timeout = '20ms'");
		$fails->("a $name on the user's lock", qr/due to $name/, @briefly, "SELECT boxoffice.credit_balance('bert', 1)");
		$fails->("a $name on a table", qr/due to $name/, @briefly, "SELECT boxoffice.create_venue('Hall')");
	}
	$rival->query_safe('ROLLBACK');
	$session->query("DO \$\$ BEGIN PERFORM boxoffice.hold_seats($slot_id, 'anna', ARRAY[0, 0]);"
		  . " EXCEPTION WHEN OTHERS THEN PERFORM boxoffice.hold_seats($slot_id, 'bert', ARRAY[90]); END \$\$");
	is( $node->safe_psql('postgres', "SELECT user_id FROM boxoffice.reservation WHERE slot_id = $slot_id AND seat_ids = ARRAY[90]"),
		'bert', 'an error that was caught lets the transaction go on');
	$still_works->('an error that was caught');
	$_->quit for $session, $rival;
	verify_is_empty($node);
};

subtest 'a session outlives the extension it has used' => sub {
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $call    = "SELECT outcome, reservation_id FROM boxoffice.hold_seats(1, 'anna', ARRAY[1])";
	my $renew   = "CREATE EXTENSION boxoffice; SELECT boxoffice.create_event('E'); SELECT boxoffice.create_slot(1, '2100-01-01');"
	  . ' SELECT boxoffice.add_numbered_seats(1, 9, 5)';
	$node->safe_psql('postgres', "DROP EXTENSION boxoffice; $renew");
	is(scalar $session->query($call), 'ok|1', 'it holds a seat');
	$session->query_safe("PREPARE hold AS $call; PREPARE pay AS SELECT outcome FROM boxoffice.pay_reservation(1, 'anna')");
	$session->query_safe("SELECT boxoffice.credit_balance('anna', 5, idempotency_key => 'k'); EXECUTE pay");
	for my $who ('the same', 'another') {
		my $run = $who eq 'the same' ? sub { $session->query_safe($_[0]) } : sub { $node->safe_psql('postgres', $_[0]) };
		$run->('DROP EXTENSION boxoffice');
		for my $statement ($call, 'EXECUTE hold') {
			$session->{stderr} = '';
			is(scalar $session->query($statement), '', "no answer once $who session has dropped it");
			like($session->{stderr}, qr/ERROR:  (?:schema|function|relation|type) .* does not exist/, 'but an error that says so');
			$session->{stderr} = '';
		}
		$run->($renew);
		is(scalar $session->query($call), 'ok|1', "once $who session has created it again it works");
		is(scalar $session->query('EXECUTE hold'), 'ok|1', 'and so do prepared statements, which find that hold');
		is(scalar $session->query("SELECT outcome, balance FROM boxoffice.credit_balance('anna', 5, idempotency_key => 'k')"),
			'ok|5', 'keys are forgotten');
		is(scalar $session->query('EXECUTE pay'), 'ok', 'and money moves');
	}
	is( scalar $session->query("ALTER TYPE boxoffice.hold_result ADD ATTRIBUTE later text;"
			  . " SELECT outcome, seat_ids, later IS NULL FROM boxoffice.hold_seats(1, 'anna', ARRAY[5])"),
		'ok|{5}|t', 'a column added to a result by a later version reads null');
	$session->quit;
	verify_is_empty($node);
};

# Last, because it ends without the extension.
subtest 'DROP EXTENSION takes its schema and the rights in it along' => sub {
	$node->safe_psql('postgres', "CREATE ROLE leaver; SELECT boxoffice.grant_access('leaver', 'client'); DROP EXTENSION boxoffice");
	is($node->safe_psql('postgres', "SELECT to_regnamespace('boxoffice')"), '', 'the schema is gone');
	is($node->psql('postgres', 'DROP ROLE leaver'), 0, 'a role that had access can be dropped');
};

is(join("\n", grep { /(?:PANIC|terminated by signal)/ } split /\n/, slurp_file($node->logfile)), '', 'nothing crashed');

done_testing();
