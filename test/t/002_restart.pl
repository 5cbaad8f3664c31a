# A server that stops, crashes or is killed in mid-sale loses nothing that it has acknowledged.
#
# The clients write down outside the database what was answered to them: psql, one payment after the other.
use strict;
use warnings;

use Boxoffice;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $users = 8;
my $holds = 16000;
my $price = 100;
my $node  = start_server('restart', conf => "fsync = on\nrestart_after_crash = on\nwal_writer_delay = '10s'");
make_holds($node, $users, $holds, $price);

# Each user's client pays its open holds in order; psql prints each answer once it has it, and ends with its connection.
sub start_clients {
	my ($round) = @_;
	my @clients;
	for my $user (1 .. $users) {
		my @open = split /\n/, $node->safe_psql('postgres',
			"SELECT reservation_id FROM boxoffice.reservation WHERE user_id = 'user$user' AND status = 'held' ORDER BY 1");
		my $script = $node->basedir . "/pay$round-$user.sql";
		append_to_file($script, join '',
			map { "SELECT $_, outcome, payment_id FROM boxoffice.pay_reservation($_, 'user$user');\n" } @open);
		my $client = { answers => $node->basedir . "/answers$round-$user" };
		$client->{run} = IPC::Run::start([ 'psql', '-XAtq', '--file', $script, '-d', $node->connstr('postgres') ],
			'>', $client->{answers}, '2>', \$client->{error});
		push @clients, $client;
	}
	return @clients;
}

sub wait_until_paid {
	my ($payments) = @_;
	$node->poll_query_until('postgres', "SELECT count(*) >= $payments FROM boxoffice.payment")
	  or die 'the clients do not pay';
	return;
}

my %acknowledged;

# Collects what the clients were answered; returns how many payments that adds.
sub collect {
	my @clients = @_;
	my $more = 0;
	for my $client (@clients) {
		IPC::Run::finish($client->{run});
		for my $line (split /\n/, slurp_file($client->{answers})) {
			my ($reservation_id, $outcome, $payment_id) = split /\|/, $line;
			next if ($outcome // '') ne 'ok';
			$acknowledged{$reservation_id} = $payment_id;
			$more++;
		}
	}
	return $more;
}

# Every acknowledged payment is there, and seats and money agree with what is there.
sub check_sales {
	my $paid = counts($node, "SELECT r.reservation_id, payment_id FROM boxoffice.payment p"
		  . " JOIN boxoffice.reservation r USING (reservation_id) JOIN boxoffice.seat s USING (reservation_id)"
		  . " WHERE r.status = 'paid' AND s.sold");
	my @lost = grep { ($paid->{$_} // 0) != $acknowledged{$_} } sort keys %acknowledged;
	is("@lost", '', 'every acknowledged payment is there, and its seat is sold');
	# what a client was told last may be missing to it, but each has one payment at most under way
	cmp_ok(keys(%$paid) - keys(%acknowledged), '<=', 3 * $users, 'hardly more is there than was acknowledged');
	is( $node->safe_psql('postgres',
			"SELECT sum(balance) FROM boxoffice.account") + keys(%$paid) * $price,
		$users * $holds * $price, 'each payment took its money once');
	verify_is_empty($node);
	return;
}

subtest 'a clean restart in mid-sale' => sub {
	my @clients = start_clients('restart');
	wait_until_paid(500);
	$node->restart;
	my $answers = collect(@clients);
	cmp_ok($answers, '>=', 100, "clients had $answers payments acknowledged");
	cmp_ok($answers, '<', $holds, 'and were not through');
	check_sales();
};

subtest 'kill -9 of one backend in mid-sale' => sub {
	my $before  = $node->safe_psql('postgres', 'SELECT count(*) FROM boxoffice.payment');
	my @clients = start_clients('backend');
	wait_until_paid($before + 500);
	my $log = -s $node->logfile;
	my $backend = $node->safe_psql('postgres',
		"SELECT pid FROM pg_stat_activity WHERE query LIKE '%pay_reservation%' AND pid <> pg_backend_pid() LIMIT 1");
	kill 9, $backend;
	my $answers = collect(@clients);
	cmp_ok($answers, '>=', 100, "clients had $answers payments acknowledged");
	wait_until_ready($node);
	like(slurp_file($node->logfile, $log), qr/database system was not properly shut down; automatic recovery in progress/,
		'the server recovered from the log');
	check_sales();
};

subtest 'kill -9 of the whole server in mid-sale' => sub {
	my $before  = $node->safe_psql('postgres', 'SELECT count(*) FROM boxoffice.payment');
	my @clients = start_clients('server');
	wait_until_paid($before + 500);
	kill_server($node);
	my $answers = collect(@clients);
	cmp_ok($answers, '>=', 100, "clients had $answers payments acknowledged");
	$node->start;
	check_sales();
};

subtest 'what is acknowledged survives although the caller set synchronous_commit off' => sub {
	my $slot_id = make_slot($node, 5, 100);
	$node->safe_psql('postgres', "CREATE TABLE careless (what text); SELECT boxoffice.credit_balance('late', 1000)");
	# Stopped, the writer of the log cannot make durable by chance what nobody asked it to.
	my $writer = $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'");
	kill 'STOP', $writer;
	my $session = $node->background_psql('postgres');
	$session->query_safe('SET synchronous_commit = off');
	my @answers = map { $session->query_safe($_) } (
		"SELECT outcome FROM boxoffice.hold_seats($slot_id, 'late', ARRAY[1])",
		"SELECT outcome FROM boxoffice.credit_balance('late', 77)",
		"SELECT p.outcome FROM (SELECT max(reservation_id) AS id FROM boxoffice.reservation) r, boxoffice.pay_reservation(id, 'late') p",
		"BEGIN; SELECT outcome FROM boxoffice.hold_seats($slot_id, 'late', ARRAY[2]); SET LOCAL synchronous_commit = off; COMMIT");
	is("@answers", 'ok ok ok ok', 'hold, credit, payment and a hold in a transaction are acknowledged');
	is($session->query_safe('SHOW synchronous_commit'), 'off', "the session's own setting is untouched");
	$session->query_safe("INSERT INTO careless VALUES ('lost')");
	kill_server($node);
	$session->{run}->finish;
	$node->start;
	is($node->safe_psql('postgres', 'SELECT * FROM careless'), '', 'an ordinary commit of that session is lost as it asked for');
	is_deeply(
		counts($node, "SELECT seat_id, sold FROM boxoffice.seat WHERE slot_id = $slot_id AND reservation_id IS NOT NULL"),
		{ 1 => 't', 2 => 'f' }, 'but the seats are sold and held');
	is($node->safe_psql('postgres', "SELECT balance FROM boxoffice.get_balance('late')"), 977, 'and the money is right');
	verify_is_empty($node);
};

done_testing();
