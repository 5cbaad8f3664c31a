# Hundreds of connections at the same seats and the same money: one winner each, exact sums, nobody waits for a seat.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Every wait of a millisecond is logged, with what was waited for.
my $node = start_server('crowd', conf => "log_lock_waits = on\ndeadlock_timeout = '1ms'");

$node->safe_psql('postgres', 'CREATE TABLE answer (what text, client int, outcome text, detail text)');

# How often each outcome was answered to the clients of one crowd.
sub outcomes {
	my ($what) = @_;
	return counts($node, "SELECT outcome, count(*) FROM answer WHERE what = '$what' GROUP BY outcome");
}

sub balance {
	my ($user) = @_;
	return $node->safe_psql('postgres', "SELECT balance FROM boxoffice.get_balance('$user')");
}

subtest 'of ten users who want one seat at once, one gets it and nine are refused' => sub {
	my $slot_id = make_slot($node, 50, 1000);
	crowd($node, 'fifty seats are fought for, one after the other', 10, 50, <<"SQL");
\\set seat :seat + 1
INSERT INTO answer SELECT 'one seat', :seat, outcome, refused_seat_ids::text
	FROM boxoffice.hold_seats($slot_id, 'user' || :client_id, ARRAY[:seat]);
SQL
	is_deeply(
		counts($node, "SELECT ok || ' won', count(*) FROM (SELECT count(*) FILTER (WHERE outcome = 'ok') AS ok,"
			  . " count(*) FILTER (WHERE outcome IN ('seat_busy', 'seat_taken')) AS refused"
			  . " FROM answer WHERE what = 'one seat' GROUP BY client) seat WHERE ok + refused = 10 GROUP BY ok"),
		{ '1 won' => 50 },
		'each seat was given once and refused nine times');
};

subtest 'nobody waits for a seat whose taker has not committed' => sub {
	my $slot_id = make_slot($node, 1, 1000);
	my $winner = $node->background_psql('postgres');
	$winner->query_safe('BEGIN');
	is($winner->query_safe("SELECT outcome FROM boxoffice.hold_seats($slot_id, 'winner', ARRAY[1])"),
		'ok', 'one takes it and stays in its transaction');
	# Were anybody to wait, this would never end.
	crowd($node, 'nine others get their answers meanwhile', 9, 1, <<"SQL");
SET statement_timeout = '60s';
INSERT INTO answer SELECT 'open', :client_id, outcome FROM boxoffice.hold_seats($slot_id, 'user' || :client_id, ARRAY[1]);
SQL
	is_deeply(outcomes('open'), { seat_busy => 9 }, 'all nine are told that it is being taken');
	$winner->query_safe('COMMIT');
	$winner->quit;
	is( $node->safe_psql('postgres', "SELECT user_id FROM boxoffice.reservation WHERE slot_id = $slot_id"),
		'winner', 'there is one reservation');
};

subtest 'concurrent credits and debits of one user add up' => sub {
	$node->safe_psql('postgres',
		"SELECT boxoffice.credit_balance('saver', 1000), boxoffice.credit_balance('spender', 500000)");
	crowd($node, '300 credits', 300, 1, <<'SQL');
INSERT INTO answer SELECT 'credit', :client_id, outcome FROM boxoffice.credit_balance('saver', 500);
SQL
	is(balance('saver'), 151000, '1,000 and 300 times 500 are 151,000');
	crowd($node, '300 debits', 300, 1, <<'SQL');
INSERT INTO answer SELECT 'debit', :client_id, outcome FROM boxoffice.debit_balance('spender', 1000);
SQL
	is(balance('spender'), 200000, '500,000 less 300 times 1,000 are 200,000');
	is_deeply([ outcomes('credit'), outcomes('debit') ], [ { ok => 300 }, { ok => 300 } ], 'all were answered ok');
	crowd($node, '300 debits of which 200 fit', 300, 1, <<'SQL');
INSERT INTO answer SELECT 'too many', :client_id, outcome FROM boxoffice.debit_balance('spender', 1000);
SQL
	is_deeply(outcomes('too many'), { ok => 200, insufficient_balance => 100 }, 'what fits is taken, the rest refused');
	is(balance('spender'), 0, 'nothing is negative');
};

subtest 'of concurrent payments what fits is paid' => sub {
	my @slots = map { make_slot($node, 40, $_) } (4000, 2000, 3500);
	$node->safe_psql('postgres', 'CREATE TABLE bill (round int, client int, reservation_id bigint)');
	for my $client (0 .. 2) {
		$node->safe_psql('postgres',
			"INSERT INTO bill SELECT n, $client, reservation_id FROM generate_series(1, 40) n,"
			  . " boxoffice.hold_seats($slots[$client], 'payer' || n, ARRAY[n])");
	}
	$node->safe_psql('postgres',
		"SELECT count(outcome) FROM generate_series(1, 40) n, boxoffice.credit_balance('payer' || n, 5000)");
	crowd($node, 'forty users pay 4,000, 2,000 and 3,500 out of 5,000 at once', 3, 40, <<'SQL');
\set round :round + 1
INSERT INTO answer SELECT 'bill', :round, p.outcome, p.amount
	FROM bill, boxoffice.pay_reservation(reservation_id, 'payer' || :round) p WHERE round = :round AND client = :client_id;
SQL
	is_deeply(outcomes('bill'), { ok => 40, insufficient_balance => 80 }, 'each paid one of three');
	is( $node->safe_psql('postgres',
			"SELECT count(*) FROM answer JOIN boxoffice.account a ON user_id = 'payer' || client"
			  . " WHERE what = 'bill' AND outcome = 'ok' AND a.balance = 5000 - detail::int"),
		40, 'and has exactly the rest of the money');
};

subtest 'a payment sent 50 times at once is made once' => sub {
	my $slot_id = make_slot($node, 2, 700);
	my ($keyed, $plain) = split /\n/, $node->safe_psql('postgres',
		"SELECT reservation_id FROM boxoffice.hold_seats($slot_id, 'fan', ARRAY[1])"
		  . " UNION ALL SELECT reservation_id FROM boxoffice.hold_seats($slot_id, 'fan', ARRAY[2])");
	$node->safe_psql('postgres', "SELECT boxoffice.credit_balance('fan', 2000)");
	crowd($node, 'fifty times with one key', 50, 1, <<"SQL");
INSERT INTO answer SELECT 'keyed', :client_id, p.outcome, p::text FROM boxoffice.pay_reservation($keyed, 'fan', 'order') p;
SQL
	is_deeply(outcomes('keyed'), { ok => 50 }, 'all fifty answers are ok');
	is($node->safe_psql('postgres', "SELECT count(DISTINCT detail) FROM answer WHERE what = 'keyed'"),
		1, 'and identical');
	is(balance('fan'), 1300, 'there was one debit');
	crowd($node, 'fifty times without a key', 50, 1, <<"SQL");
INSERT INTO answer SELECT 'plain', :client_id, outcome FROM boxoffice.pay_reservation($plain, 'fan');
SQL
	is_deeply(outcomes('plain'), { ok => 1, already_paid => 49 }, 'one is ok, the others are already_paid');
	is(balance('fan'), 600, 'there was one more debit');
};

subtest 'max_per_user holds across parallel requests of one user' => sub {
	my $slot_id = make_slot($node, 40, 100, 'max_per_user => 4');
	crowd($node, 'twenty one-seat holds', 20, 1, <<"SQL");
INSERT INTO answer SELECT 'limit', :client_id, outcome FROM boxoffice.hold_seats($slot_id, 'greedy', ARRAY[:client_id + 1]);
SQL
	is_deeply(outcomes('limit'), { ok => 4, limit_exceeded => 16 }, 'four are given');
	crowd($node, 'a hundred two-seat holds of two users', 20, 5, <<"SQL");
\\set first random(1, 39)
INSERT INTO answer SELECT 'limits', :client_id, outcome
	FROM boxoffice.hold_seats($slot_id, 'pair' || :client_id % 2, ARRAY[:first, :first + 1]);
SQL
	is( $node->safe_psql('postgres',
			"SELECT max(seats) = 4 FROM (SELECT sum(quantity) AS seats FROM boxoffice.reservation"
			  . " WHERE slot_id = $slot_id GROUP BY user_id) own"),
		't', 'nobody has more, and someone has all of them');
};

subtest 'all that the crowd did adds up and left the log clean' => sub {
	verify_is_empty($node);
	is(log_complaints($node), '', 'refusals wrote nothing to the log');
	like(slurp_file($node->logfile), qr/still waiting for ExclusiveLock on advisory lock/, 'waits were logged');
	is(other_waits($node), '', 'nobody ever waited for anything but the lock of a user');
};

done_testing();
