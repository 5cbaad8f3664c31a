# Thirty connections at one coupon: exactly as many claims as there are, each number once, nobody twice; and what is paid
# with them is taken off once.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Every wait of a millisecond is logged, with what was waited for.
my $node = start_server('coupons', conf => "log_lock_waits = on\ndeadlock_timeout = '1ms'");

$node->safe_psql('postgres', 'CREATE TABLE answer (what text, outcome text, claim_number int)');

# How often each outcome was answered to one crowd.
sub outcomes {
	my ($what) = @_;
	return counts($node, "SELECT outcome, count(*) FROM answer WHERE what = '$what' GROUP BY outcome");
}

sub make_coupon {
	my ($quantity, $more) = @_;
	return $node->safe_psql('postgres', "SELECT boxoffice.create_coupon('Discount', $quantity" . (defined $more ? ", $more" : '') . ')');
}

# Claims of a coupon, how many numbers and users they have, the least and the greatest number.
sub claims {
	my ($coupon_id) = @_;
	return $node->safe_psql('postgres',
		'SELECT count(*), count(DISTINCT claim_number), count(DISTINCT user_id), min(claim_number), max(claim_number)'
		  . " FROM boxoffice.coupon_claim WHERE coupon_id = $coupon_id");
}

subtest '100,000 claims and a thousand too many' => sub {
	my $coupon_id = make_coupon(100_000, 'discount_percent => 10');
	crowd($node, 'thirty connections claim', 30, 3370, <<"SQL");
\\set round :round + 1
INSERT INTO answer SELECT 'all', outcome, claim_number FROM boxoffice.claim_coupon($coupon_id, 'user ' || :client_id || ' ' || :round);
SQL
	is(claims($coupon_id), '100000|100000|100000|1|100000', 'all are claimed, each number once');
	my $answered = outcomes('all');
	is($answered->{ok}, 100_000, 'as many were answered ok');
	is(($answered->{sold_out} // 0) + ($answered->{seat_busy} // 0), 1100, 'the others were refused');
	is($node->safe_psql('postgres',
			"SELECT count(*) FROM answer JOIN boxoffice.coupon_claim USING (claim_number) WHERE what = 'all' AND coupon_id = $coupon_id"),
		100_000, 'the numbers are those that were answered');
	is($node->safe_psql('postgres', "SELECT outcome FROM boxoffice.claim_coupon($coupon_id, 'late')"), 'sold_out', 'it is sold out');
	verify_is_empty($node);
};

subtest 'a thousand users want fifty within a moment' => sub {
	my $coupon_id = make_coupon(50);
	crowd($node, 'forty connections claim', 40, 25, <<"SQL");
\\set round :round + 1
INSERT INTO answer SELECT 'few', outcome, claim_number FROM boxoffice.claim_coupon($coupon_id, 'user ' || :client_id || ' ' || :round);
SQL
	is(claims($coupon_id), '50|50|50|1|50', 'fifty get one');
	is(outcomes('few')->{ok}, 50, 'and are told so');
};

subtest 'the same users claim on thirty connections' => sub {
	my $coupon_id = make_coupon(1000);
	crowd($node, 'forty users, each thirty times at once', 30, 40, <<"SQL");
\\set round :round + 1
INSERT INTO answer SELECT 'same', outcome, claim_number FROM boxoffice.claim_coupon($coupon_id, 'user ' || :round);
SQL
	is_deeply(outcomes('same'), { ok => 40, already_claimed => 1160 }, 'each gets it once');
	is($node->safe_psql('postgres', "SELECT count(*) FROM (SELECT FROM answer WHERE what = 'same' GROUP BY claim_number HAVING count(*) = 30) known"),
		40, 'and the refusals tell the number that the user has');
};

subtest 'claims are used and given back at once' => sub {
	my $coupon_id = make_coupon(30, 'discount_amount => 300');
	my $slot_id = make_holds($node, 10, 120, 1000);    # user1 to user10 have twelve holds each
	$node->safe_psql('postgres', "SELECT count(outcome) FROM generate_series(1, 10) u, boxoffice.claim_coupon($coupon_id, 'user' || u)");
	# all twelve are paid with the one claim, by whichever connection comes first, and cancelled again
	$node->safe_psql('postgres', <<"SQL");
CREATE TABLE bill AS SELECT row_number() OVER () AS n, r.reservation_id, r.user_id, c.claim_id
	FROM boxoffice.reservation r JOIN boxoffice.coupon_claim c USING (user_id) WHERE slot_id = $slot_id AND coupon_id = $coupon_id;
SQL
	crowd($node, 'twenty connections pay and cancel', 20, 200, <<'SQL');
\set n random(1, 120)
INSERT INTO answer SELECT 'pay', p.outcome, p.discount FROM bill, boxoffice.pay_reservation(reservation_id, user_id, claim_id => claim_id) p WHERE n = :n;
\set n random(1, 120)
INSERT INTO answer SELECT 'cancel', p.outcome FROM bill, boxoffice.cancel_reservation(reservation_id, user_id) p WHERE n = :n;
SQL
	my $paid = outcomes('pay');
	cmp_ok($paid->{ok}, '>', 10, 'claims that were given back are used again');
	cmp_ok($paid->{claim_used}, '>', 100, 'a claim that is used is refused');
	is($node->safe_psql('postgres', "SELECT count(*) FROM bill JOIN boxoffice.reservation USING (reservation_id)"
			. " WHERE status = 'paid' GROUP BY claim_id HAVING count(*) > 1"), '', 'nobody has paid two with one');
};

subtest 'all that the crowd did adds up and left the log clean' => sub {
	verify_is_empty($node);
	is(log_complaints($node), '', 'refusals wrote nothing to the log');
	is(other_waits($node), '', 'nobody ever waited for anything but the lock of a user');
};

done_testing();
