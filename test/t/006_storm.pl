# Twenty users on twenty connections do everything at random with the same few seats: several calls in one transaction,
# roll-backs, holds that lapse within milliseconds, upkeep in between. Whatever happens, it adds up and nobody deadlocks.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('storm', conf => "log_lock_waits = on\ndeadlock_timeout = '1ms'");
my $brief = make_slot($node, 30, 700, "hold_for => '20 ms'");
my $long  = make_slot($node, 30, 300, "max_per_user => 5");

$node->safe_psql('postgres', 'CREATE TABLE answer (what text, outcome text, user_id text, reservation_id bigint, money bigint)');
$node->safe_psql('postgres',
	"SELECT count(outcome) FROM generate_series(1, 20) n, boxoffice.credit_balance('user' || n, 10000)");

# All writes of one transaction are one user's: that is what makes it free of deadlocks.
my $hold = <<'SQL';
INSERT INTO answer SELECT 'hold', outcome, 'user' || :user, reservation_id, 0 FROM boxoffice.hold_seats(:slot, 'user' || :user,
	ARRAY(SELECT DISTINCT 1 + floor(random() * 30)::int FROM generate_series(1, :seats)));
SQL
my $own = "(SELECT reservation_id FROM boxoffice.reservation WHERE user_id = 'user' || :user AND status = '%s'"
  . " ORDER BY random() LIMIT 1) own";
my $pay = sprintf(<<"SQL", 'held');
INSERT INTO answer SELECT 'pay', p.outcome, 'user' || :user, own.reservation_id, -p.amount FROM $own,
	boxoffice.pay_reservation(own.reservation_id, 'user' || :user) p;
SQL
my $release = sprintf(<<"SQL", 'held');
INSERT INTO answer SELECT 'release', r.outcome, 'user' || :user, own.reservation_id, 0 FROM $own,
	boxoffice.release_hold(own.reservation_id, 'user' || :user) r;
SQL
my $cancel = sprintf(<<"SQL", 'paid');
INSERT INTO answer SELECT 'cancel', c.outcome, 'user' || :user, own.reservation_id, c.refunded FROM $own,
	boxoffice.cancel_reservation(own.reservation_id, 'user' || :user) c;
SQL
my $chance = <<"SQL";
\\set user random(1, 20)
\\set slot random($brief, $long)
\\set seats random(1, 4)
\\set dice random(1, 100)
SQL
die 'the two slots must be neighbours' if $long != $brief + 1;

subtest 'single calls' => sub {
	crowd($node, 'all of them are answered', 20, 500, <<"SQL");
$chance
\\if :dice <= 40
$hold
\\elif :dice <= 65
$pay
\\elif :dice <= 80
$release
\\elif :dice <= 95
$cancel
\\elif :dice <= 98
SELECT boxoffice.expire_holds();
\\else
SELECT boxoffice.tick();
\\endif
SQL
};

subtest 'transactions of several calls, of which some roll back' => sub {
	for my $isolation ('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE') {
		crowd($node, "all of them end, $isolation", 20, 100, <<"SQL", 1000);
$chance
BEGIN ISOLATION LEVEL $isolation;
$hold
SAVEPOINT midway;
$hold
\\if :dice <= 20
ROLLBACK TO midway;
\\endif
$pay
\\if :dice <= 60
$cancel
\\elif :dice <= 80
$release
\\endif
\\if :dice % 7 = 0
ROLLBACK;
\\else
COMMIT;
\\endif
SQL
	}
};

subtest 'everything was seen that can happen' => sub {
	my $seen = counts($node, "SELECT what || ' ' || outcome, count(*) FROM answer GROUP BY 1");
	note(join ', ', map { "$_: $seen->{$_}" } sort keys %$seen);
	for my $expected ('hold ok', 'hold seat_taken', 'hold limit_exceeded', 'pay ok', 'pay hold_expired', 'release ok',
		'release hold_expired', 'cancel ok') {
		cmp_ok($seen->{$expected} // 0, '>', 0, $expected);
	}
};

subtest 'seats and money add up' => sub {
	verify_is_empty($node);
	is( $node->safe_psql('postgres',
			# a second cancellation repeats the answer, not the refund
			"SELECT user_id, balance, 10000 + coalesce(sum(money), 0) FROM boxoffice.account JOIN"
			  . " (SELECT DISTINCT what, user_id, reservation_id, money FROM answer WHERE outcome = 'ok') a USING (user_id)"
			  . " GROUP BY 1, 2 HAVING balance <> 10000 + coalesce(sum(money), 0)"),
		'', "each balance is what the user's answers say");
	is( $node->safe_psql('postgres',
			"SELECT slot_id, seat_id FROM boxoffice.reservation, unnest(seat_ids) seat_id WHERE status = 'paid'"
			  . " GROUP BY 1, 2 HAVING count(*) > 1"),
		'', 'no seat is sold twice');
	is( $node->safe_psql('postgres',
			"SELECT user_id FROM boxoffice.reservation WHERE slot_id = $long AND (status = 'paid' OR"
			  . " status = 'held' AND expires_at > clock_timestamp()) GROUP BY 1 HAVING sum(quantity) > 5"),
		'', 'nobody has more than the limit');
	is( $node->safe_psql('postgres', "SELECT sum(balance) FILTER (WHERE user_id IS NOT NULL) = 200000 - sales FROM boxoffice.account,"
			  . " (SELECT coalesce(sum(amount - refunded), 0) AS sales FROM boxoffice.payment) p GROUP BY sales"),
		't', 'what users have and what was sold is what they brought');
};

subtest 'nobody deadlocked, and refusals left nothing in the log' => sub {
	is($node->safe_psql('postgres', "SELECT deadlocks FROM pg_stat_database WHERE datname = 'postgres'"),
		0, 'no deadlock was counted');
	is(join("\n", grep { !/could not serialize access/ } split /\n/, log_complaints($node)), '', 'the log has nothing above LOG');
	is(other_waits($node), '', 'nobody ever waited for anything but the lock of a user');
};

done_testing();
