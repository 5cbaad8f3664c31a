# Hundreds of calls at once for the best seats of a real hall: everything that can be sold in pairs is sold in pairs, each
# seat once, and nobody is refused for good while two seats are free that nobody is taking.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('best', conf => "log_lock_waits = on\ndeadlock_timeout = '20ms'");
my $plan = slurp_file('test/data/riethsporthalle.plan.json');
my $seats = 1231;

sub make_hall {
	my ($rules) = @_;
	my $slot_id = $node->safe_psql('postgres',
		"SELECT boxoffice.create_slot(boxoffice.create_event('Concert'), '2100-01-01'" . ($rules // '') . ')');
	$node->safe_psql('postgres',
		qq(SELECT boxoffice.add_seating_plan($slot_id, \$plan\$$plan\$plan\$, '{"VIP": 300, "Kategorie I": 200, "Kategorie II": 100}')));
	return $slot_id;
}

$node->safe_psql('postgres',
	'CREATE TABLE answer (what text, outcome text, adjacent bool, seats int[], answered_at timestamptz DEFAULT clock_timestamp())');

sub outcomes {
	my ($what) = @_;
	return counts($node, "SELECT outcome, count(*) FROM answer WHERE what = '$what' GROUP BY outcome");
}

# Every seat is in one answer at most, and the tables say the same as the answers.
sub each_seat_once {
	my ($what, $slot_id) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is( $node->safe_psql('postgres', "SELECT count(*) = count(DISTINCT seat) FROM answer, unnest(seats) seat WHERE what = '$what' AND outcome = 'ok'"),
		't', 'no seat was given twice');
	is( $node->safe_psql('postgres',
			"SELECT (SELECT sum(cardinality(seats)) FROM answer WHERE what = '$what') = (SELECT count(*) FROM boxoffice.seat_map($slot_id) WHERE status <> 'free')"),
		't', 'and what was answered is held');
	verify_is_empty($node);
	return;
}

# Pairs that are really next to each other: in one row of one block and 22 apart, as the hall is drawn.
sub adjacent_is_true {
	my ($what, $slot_id) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is(
		$node->safe_psql('postgres',
			"SELECT count(*) FROM answer a JOIN boxoffice.seat one ON one.slot_id = $slot_id AND one.seat_id = seats[1]"
			  . " JOIN boxoffice.seat other ON other.slot_id = $slot_id AND other.seat_id = seats[2] WHERE what = '$what'"
			  . " AND adjacent <> ((one.zone, one.row_label, abs(one.x - other.x)) = (other.zone, other.row_label, 22))"),
		0, 'adjacent says what is so');
}

subtest '1,000 calls for pairs of 30 connections sell all that can be sold in pairs' => sub {
	my $slot_id = make_hall;
	crowd($node, 'thirty connections ask 34 times each', 30, 34, <<"SQL");
\\set buyer random(1, 1000000000)
INSERT INTO answer (what, outcome, adjacent, seats) SELECT 'pairs', outcome, adjacent, seat_ids FROM boxoffice.hold_best_seats($slot_id, 'buyer' || :client_id || '-' || :buyer, 2);
SQL
	my $outcomes = outcomes('pairs');
	is($outcomes->{ok}, int($seats / 2), 'every pair was sold') or diag(explain($outcomes));
	is($outcomes->{ok} + $outcomes->{sold_out} + ($outcomes->{seat_busy} // 0), 1020, 'and the others were refused');
	is( $node->safe_psql('postgres',
			"SELECT count(*) FROM answer WHERE outcome = 'sold_out' AND answered_at < (SELECT max(created_at) FROM boxoffice.reservation WHERE slot_id = $slot_id)"),
		0, 'sold_out was not told before the last pair was sold');
	cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM answer WHERE what = 'pairs' AND adjacent"), '>', 560, 'nearly all next to each other');
	adjacent_is_true('pairs', $slot_id);
	each_seat_once('pairs', $slot_id);
};

subtest 'parties of every size and single people sell everything' => sub {
	my $slot_id = make_hall;
	crowd($node, 'thirty connections until nothing is left', 30, 40, <<"SQL");
\\set buyer random(1, 1000000000)
\\set quantity random(1, 4)
INSERT INTO answer (what, outcome, adjacent, seats) SELECT 'all', outcome, adjacent, seat_ids
	FROM boxoffice.hold_best_seats($slot_id, 'buyer' || :client_id || '-' || :buyer, :quantity);
INSERT INTO answer (what, outcome, adjacent, seats) SELECT 'one', outcome, adjacent, seat_ids
	FROM boxoffice.hold_best_seats($slot_id, 'buyer' || :client_id || '+' || :buyer, 1);
SQL
	is($node->safe_psql('postgres', "SELECT count(*) FROM boxoffice.seat_map($slot_id) WHERE status = 'free'"),
		0, 'everything is sold in the end');
	is( $node->safe_psql('postgres', "SELECT count(*) = count(DISTINCT seat) FROM answer, unnest(seats) seat WHERE what IN ('all', 'one')"),
		't', 'each seat once');
	verify_is_empty($node);
};

subtest 'best seats, seats by name, payments and releases together' => sub {
	my $slot_id = make_hall(", hold_for => '200 ms', max_per_user => 8");
	$node->safe_psql('postgres', "SELECT count(outcome) FROM generate_series(0, 19) n, boxoffice.credit_balance('mixed' || n, 1000000)");
	crowd($node, 'twenty connections do all sorts of things', 20, 60, <<"SQL");
\\set quantity random(1, 3)
\\set seat random(1, 1231)
\\set what random(1, 4)
SELECT coalesce(max(reservation_id), 0) AS reservation FROM boxoffice.hold_best_seats($slot_id, 'mixed' || :client_id, :quantity) \\gset
SELECT outcome FROM boxoffice.hold_seats($slot_id, 'mixed' || :client_id, ARRAY[:seat]);
\\if :what = 1
SELECT outcome FROM boxoffice.release_hold(:reservation, 'mixed' || :client_id);
\\elif :what = 2
SELECT outcome FROM boxoffice.pay_reservation(:reservation, 'mixed' || :client_id);
\\elif :what = 3
BEGIN;
SELECT outcome FROM boxoffice.hold_best_seats($slot_id, 'mixed' || :client_id, 1, 'VIP');
ROLLBACK;
\\endif
SQL
	verify_is_empty($node);
};

subtest 'nothing was waited for, and nothing complained' => sub {
	is(log_complaints($node), '', 'refusals wrote nothing to the log');
	is(other_waits($node), '', 'nobody ever waited for anything but the lock of a user');
};

done_testing();
