# What relays are told adds up to what is: no change is lost or told twice, however long its transaction was open, whatever
# crashed in between, and however many relays there were.
use strict;
use warnings;

use Boxoffice;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('outbox', conf => "boxoffice.database = 'postgres'\nrestart_after_crash = on");
my $scripts = 0;

# Two relays that write down what they are told, in the transaction in which they are told it.
$node->safe_psql('postgres', 'CREATE TABLE told (message bigserial, slot_id bigint, seats jsonb)');
my $relay = <<'SQL';
INSERT INTO told (slot_id, seats) SELECT slot_id, seats FROM boxoffice.next_changes(max_rows => 20);
\sleep 3 ms
SQL

# A pgbench that runs until it is stopped, or until its server is.
sub start_clients {
	my ($clients, $script) = @_;
	my $file = $node->basedir . '/clients' . ++$scripts . '.sql';
	append_to_file($file, $script);
	my ($out, $err);
	return IPC::Run::start(
		[
			'pgbench', '--no-vacuum', "--client=$clients", '--time=600', "--file=$file", '--define=round=0',
			$node->connstr('postgres')
		],
		'>', \$out, '2>', \$err);
}

sub stop_clients {
	$_->kill_kill for @_;
	return;
}

# Each seat that was told of, how often, and what was told last.
my $last_told = <<'SQL';
SELECT (seat ->> 'seat_id')::int AS seat_id, count(*) AS times, (array_agg(seat ->> 'status' ORDER BY message DESC))[1] AS status
	FROM told, jsonb_array_elements(seats) seat WHERE slot_id = %d GROUP BY 1
SQL

sub poll {
	my ($query, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return ok($node->poll_query_until('postgres', $query), $what);
}

subtest 'each change is told once, those of a long transaction too' => sub {
	my $slot_id = make_slot($node, 1000, 100);
	$node->safe_psql('postgres', 'SELECT * FROM boxoffice.next_changes()');
	my $relays = start_clients(2, $relay);
	my $long = $node->background_psql('postgres');
	$long->query_safe('BEGIN');
	$long->query_safe("SELECT boxoffice.hold_seats($slot_id, 'long', ARRAY[n]) FROM generate_series(1, 30) n");
	# every seat changes once; every seventh transaction thinks better of it, every fifth takes its time
	crowd($node, 'eight buyers', 8, 100, <<"SQL");
\\set round :round + 1
\\set seat 100 + :client_id * 100 + :round
BEGIN;
SELECT outcome FROM boxoffice.hold_seats($slot_id, 'user' || :client_id, ARRAY[:seat]);
\\if :round % 5 = 0
\\sleep 20 ms
\\endif
\\if :round % 7 = 0
ROLLBACK;
\\else
COMMIT;
\\endif
SQL
	poll("SELECT count(*) = 8 * 86 FROM (@{[ sprintf $last_told, $slot_id ]}) t", 'all of the buyers is told while the long transaction is open');
	$node->safe_psql('postgres', 'SELECT boxoffice.tick()');
	$long->query_safe("SELECT boxoffice.hold_seats($slot_id, 'long', ARRAY[n]) FROM generate_series(31, 60) n");
	$long->query_safe('COMMIT');
	$long->quit;
	poll("SELECT count(*) = 8 * 86 + 60 FROM (@{[ sprintf $last_told, $slot_id ]}) t", 'and the rest when it has committed');
	is( $node->safe_psql('postgres', "SELECT times, status, count(*) FROM (@{[ sprintf $last_told, $slot_id ]}) t GROUP BY 1, 2"),
		'1|held|748', 'each seat was told once');
	is( $node->safe_psql('postgres',
			"SELECT count(*) FROM (@{[ sprintf $last_told, $slot_id ]}) t FULL JOIN boxoffice.seat_map($slot_id) m USING (seat_id)"
			  . " WHERE m.status <> coalesce(t.status, 'free')"),
		0, 'and is what was told');
	stop_clients($relays);
};

# Buyers who hold, pay, cancel and let go; holds end after a second, and the worker marks them.
my $fighting = <<'SQL';
\set seat random(1, 100)
\set user random(1, 40)
SELECT outcome FROM boxoffice.hold_seats(%1$d, 'user' || :user, ARRAY[:seat, :seat + 100]);
\sleep :client_id ms
SELECT count(boxoffice.pay_reservation(reservation_id, user_id)) FROM (SELECT * FROM boxoffice.reservation
	WHERE slot_id = %1$d AND user_id = 'user' || :user AND status = 'held' ORDER BY reservation_id DESC LIMIT 1) r WHERE :seat %% 3 = 0;
SELECT count(boxoffice.release_hold(reservation_id, user_id)) FROM (SELECT * FROM boxoffice.reservation
	WHERE slot_id = %1$d AND user_id = 'user' || :user AND status = 'held' ORDER BY reservation_id DESC LIMIT 1) r WHERE :seat %% 3 = 1;
SELECT count(boxoffice.cancel_reservation(reservation_id, user_id)) FROM (SELECT * FROM boxoffice.reservation
	WHERE slot_id = %1$d AND user_id = 'user' || :user AND status = 'paid' ORDER BY reservation_id LIMIT 1) r WHERE :seat %% 2 = 0;
SQL

subtest 'what was told last is what is, after a crash in mid-sale' => sub {
	my $slot_id = make_slot($node, 200, 10, "hold_for => '1 s'");
	$node->safe_psql('postgres', "SELECT count(boxoffice.credit_balance('user' || n, 1000000)) FROM generate_series(1, 40) n");
	my @clients = (start_clients(2, $relay), start_clients(6, sprintf $fighting, $slot_id));
	poll("SELECT count(*) > 500 FROM boxoffice.payment", 'seats are sold');
	# this one's seats go with the server
	my $doomed = $node->background_psql('postgres', on_error_stop => 0);
	$doomed->query_safe('BEGIN');
	$doomed->query_safe("SELECT boxoffice.hold_seats($slot_id, 'doomed', ARRAY[n]) FROM generate_series(1, 200) n");
	$node->stop('immediate');
	$doomed->{run}->finish;
	stop_clients(@clients);
	$node->start;
	my $before = $node->safe_psql('postgres', 'SELECT count(*) FROM boxoffice.payment');
	@clients = (start_clients(2, $relay), start_clients(6, sprintf $fighting, $slot_id));
	my $long = $node->background_psql('postgres');
	$long->query_safe('BEGIN');
	$long->query_safe("SELECT boxoffice.hold_seats($slot_id, 'long', ARRAY[n]) FROM generate_series(1, 200) n");
	poll("SELECT count(*) > $before + 500 FROM boxoffice.payment", 'and again');
	$long->query_safe('COMMIT');
	$long->quit;
	stop_clients($clients[1]);
	# of what is left on hold nothing is left after a second, and the worker says so
	poll("SELECT NOT EXISTS (SELECT FROM boxoffice.reservation WHERE slot_id = $slot_id AND status = 'held')", 'the holds end');
	poll('SELECT count(*) = 0 FROM boxoffice.outbox', 'everything is told, and deleted by the worker');
	stop_clients($clients[0]);
	is( $node->safe_psql('postgres',
			"SELECT seat_id, t.status, m.status FROM (@{[ sprintf $last_told, $slot_id ]}) t FULL JOIN boxoffice.seat_map($slot_id) m USING (seat_id)"
			  . " WHERE m.status <> coalesce(t.status, 'free')"),
		'', 'each seat is what was told last');
	is( $node->safe_psql('postgres', "SELECT count(DISTINCT status) FROM (@{[ sprintf $last_told, $slot_id ]}) t"),
		2, 'some are sold, some are free');
	verify_is_empty($node);
};

subtest 'a relay that was away is told everything when it comes back' => sub {
	my $slot_id = make_slot($node, 3000, 10);
	$node->safe_psql('postgres',
		"SELECT count(boxoffice.hold_seats($slot_id, 'crowd', ARRAY[n])) FROM generate_series(1, 3000) n");
	$node->restart;
	is($node->safe_psql('postgres', 'SELECT count(*) FROM boxoffice.outbox'), 3000, 'its changes wait for it');
	my $relays = start_clients(2, $relay);
	poll("SELECT count(*) = 3000 FROM (@{[ sprintf $last_told, $slot_id ]}) t", 'all are told');
	poll('SELECT count(*) = 0 FROM boxoffice.outbox', 'and deleted');
	stop_clients($relays);
	is( $node->safe_psql('postgres', "SELECT DISTINCT times FROM (@{[ sprintf $last_told, $slot_id ]}) t"), 1, 'each once');
};

done_testing();
