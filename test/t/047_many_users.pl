# One thing for many users: a transaction that would lock too many is refused before the server is out of memory for locks, and
# the procedures that commit by themselves do it, whatever cuts them: everybody once.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Room for some 6,500 locks of all sessions together.
my $node = start_server('many', conf => "max_locks_per_transaction = 16\nmax_prepared_transactions = 2\nrestart_after_crash = on\n");
my $users = 35_000;

# What an administrator does, as the documentation shows it.
sub credit_all {
	my ($key, $amount) = @_;
	return "DO \$\$ DECLARE user_ids text[] := ARRAY(SELECT 'user ' || n FROM generate_series(1, $users) n);"
	  . " BEGIN CALL boxoffice.credit_balances(user_ids, $amount, '$key', 'promotion'); END \$\$";
}

sub join_all {
	my ($queue_id, $joiners) = @_;
	return "DO \$\$ DECLARE user_ids text[] := ARRAY(SELECT 'user ' || n FROM generate_series(1, $joiners) n);"
	  . " BEGIN CALL boxoffice.join_users($queue_id, user_ids); END \$\$";
}

# The SQLSTATE, message, detail and hint of a statement that fails.
sub complaint {
	my ($statement, %options) = @_;
	my ($result, $out, $err) = $node->psql('postgres', $statement, on_error_stop => 0, extra_params => [ '--set=VERBOSITY=verbose' ], %options);
	return $err;
}

sub number { return $node->safe_psql('postgres', $_[0]) }

# Runs a statement on a connection of its own, and cuts it once the query is at the number.
sub cut {
	my ($statement, $query, $number, $how) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($out, $err) = ('', '');
	my $client = IPC::Run::start([ 'psql', '--no-psqlrc', '--quiet', '--dbname', $node->connstr('postgres') . ' application_name=cut', '--command', $statement ],
		'>', \$out, '2>', \$err);
	my $most_locks = 0;
	for (1 .. 100 * $PostgreSQL::Test::Utils::timeout_default) {
		my $locks = number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 7201");
		$most_locks = $locks if $locks > $most_locks;
		last if number($query) >= $number || !$client->pumpable;
		select undef, undef, undef, 0.01;
	}
	my $pid = number("SELECT pid FROM pg_stat_activity WHERE application_name = 'cut'");
	if ($how eq 'kill') { kill 'KILL', $pid }
	else                { number("SELECT pg_terminate_backend($pid)") }
	$client->finish;
	like($err, qr/(terminat|server closed|connection)/i, "it was cut: $how");
	cmp_ok($most_locks, '<=', 1000, 'no more users are locked than a batch has');
	return;
}

subtest 'a transaction for too many users is refused' => sub {
	my $statement = "SELECT count(boxoffice.credit_balance('user ' || n, 1)) FROM generate_series(1, $users) n";
	my $said = complaint($statement);
	like($said, qr/54000: a transaction may write for at most 5000 users/, 'with a SQLSTATE of its own');
	like($said, qr/HINT: .*credit_balances/, 'and what to do instead');
	is(number('SELECT count(*) FROM boxoffice.account WHERE user_id IS NOT NULL'), 0, 'nothing is left of it');
	unlike(slurp_file($node->logfile), qr/out of shared memory/, 'the memory for locks did not run out');
	is(number("SELECT count(boxoffice.credit_balance('few ' || n, 1)) FROM generate_series(1, 5000) n"), 5000, 'five thousand may be');
};

subtest 'credits, cut twice' => sub {
	my $credited = "SELECT count(*) FROM boxoffice.ledger_entry WHERE reason = 'promotion'";
	cut(credit_all('promotion', 5), $credited, 3000, 'terminate');
	my $first = number($credited);
	cmp_ok($first, '>=', 3000, 'what was committed stays');
	cmp_ok($first, '<', $users, 'and it was cut in the middle');
	is($first % 1000, 0, 'between two batches');
	cut(credit_all('promotion', 5), $credited, $first + 4000, 'kill');
	wait_until_ready($node);
	my $second = number($credited);
	cmp_ok($second, '>=', $first + 4000, 'called again it goes on where it was cut');
	cmp_ok($second, '<', $users, 'and was cut again');
	$node->safe_psql('postgres', credit_all('promotion', 5));
	is(number($credited), $users, 'everybody is credited');
	is(number("SELECT count(*) FROM boxoffice.account WHERE user_id LIKE 'user %' AND balance = 5"), $users, 'exactly once');
	$node->safe_psql('postgres', credit_all('promotion', 5));
	is(number($credited), $users, 'once more changes nothing');
	like(complaint(credit_all('promotion', 6)), qr/TK015: idempotency_mismatch.*DETAIL:  It is about user "user 1"/s, 'another amount under the key is refused');
	verify_is_empty($node);
};

subtest 'a refusal in the middle' => sub {
	number("SELECT outcome FROM boxoffice.credit_balance('user 34999', 9007199254740991 - 5)");
	like(complaint(credit_all('refused', 7)), qr/TK004: limit_exceeded.*DETAIL:  It is about user "user 34999". The first \d+ of $users users are done/s,
		'says who it is about, and how far it came');
	my $done = number("SELECT count(*) FROM boxoffice.account WHERE balance = 12");
	cmp_ok($done, '>', 0, 'what was committed stays');
	number("SELECT outcome FROM boxoffice.debit_balance('user 34999', 9007199254740991 - 5)");
	$node->safe_psql('postgres', credit_all('refused', 7));
	is(number("SELECT count(*) FROM boxoffice.account WHERE user_id LIKE 'user %' AND balance = 12"), $users, 'called again it goes on');
};

subtest 'users join a queue, cut once' => sub {
	my $queue_id = number("SELECT boxoffice.create_queue('Imported', max_active => 1)");
	my $joined = "SELECT count(*) FROM boxoffice.queue_token WHERE queue_id = $queue_id";
	cut(join_all($queue_id, 12_000), $joined, 2000, 'terminate');
	my $first = number($joined);
	cmp_ok($first, '<', 12_000, 'it was cut in the middle');
	$node->safe_psql('postgres', join_all($queue_id, 12_000));
	is(number($joined), 12_000, 'everybody has one place');
	is(number("SELECT count(*) FROM (SELECT user_id, row_number() OVER (ORDER BY number) AS place FROM boxoffice.queue_token WHERE queue_id = $queue_id) t"
			. " WHERE user_id = 'user ' || place"), 12_000, 'in the order in which they were named');
	verify_is_empty($node);
};

subtest 'what counts for a transaction' => sub {
	my $few = "SET boxoffice.max_users_per_transaction = 2;";
	my $credit = sub { return join ' ', map { "SELECT outcome FROM boxoffice.credit_balance('counted $_', 1);" } @_ };
	is(number("$few BEGIN; " . $credit->(1, 2, 1, 2) . ' COMMIT; ' . $credit->(3)), join("\n", ('ok') x 5), 'a user counts once, and the next transaction begins anew');
	is(number("$few BEGIN; " . $credit->(1, 2) . " PREPARE TRANSACTION 'counted'; BEGIN; " . $credit->(3, 4) . " COMMIT; COMMIT PREPARED 'counted'; " . $credit->(1, 2)),
		join("\n", ('ok') x 6), 'what is prepared counts no more');
	is(number("$few BEGIN; " . $credit->(1) . ' SAVEPOINT s; ' . $credit->(2) . ' ROLLBACK TO s; ' . $credit->(3) . ' RELEASE s; ' . $credit->(1) . ' COMMIT'),
		join("\n", ('ok') x 4), 'what a savepoint took back counts no more');
	like(complaint("$few BEGIN; " . $credit->(1) . ' SAVEPOINT s; ' . $credit->(2) . ' RELEASE s; ' . $credit->(3) . ' COMMIT'), qr/54000/, 'what it kept does');
	is(number("$few BEGIN; DECLARE c CURSOR FOR SELECT outcome FROM generate_series(1, 9) n, boxoffice.credit_balance('counted ' || n, 1);"
			. ' FETCH 1 FROM c; SAVEPOINT s; FETCH 1 FROM c; ROLLBACK TO s; CLOSE c; ' . $credit->(3) . ' COMMIT'),
		join("\n", ('ok') x 3), 'so it is with a cursor');
	is(number("$few BEGIN; SELECT outcome FROM generate_series(1, 9) n, boxoffice.debit_balance('uncounted ' || n, 1); COMMIT"),
		join("\n", ('insufficient_balance') x 9), 'a refusal keeps no lock and does not count');
	verify_is_empty($node);
};

subtest 'where the procedures cannot commit' => sub {
	my $call = q{CALL boxoffice.credit_balances(ARRAY['user 1'], 1, 'never')};
	like(complaint("BEGIN; $call"), qr/25001: credit_balances cannot run inside a transaction block/, 'in a transaction block');
	$node->safe_psql('postgres', "CREATE FUNCTION calls() RETURNS void LANGUAGE plpgsql AS 'BEGIN CALL boxoffice.join_users(1, ARRAY[''user 1'']); END'");
	like(complaint('SELECT calls()'), qr/25001: join_users cannot run inside a transaction block or a function/, 'in a function');
	like(complaint("DO 'BEGIN BEGIN $call; EXCEPTION WHEN no_data_found THEN NULL; END; END'" =~ s/'never'/''never''/r =~ s/'user 1'/''user 1''/r),
		qr/2D000|25001/, 'in a block that catches exceptions');
	is(number("SELECT count(*) FROM boxoffice.idempotency_key WHERE idempotency_key = 'never'"), 0, 'nothing was done');
};

subtest 'who may call them' => sub {
	$node->safe_psql('postgres', 'CREATE ROLE shop; CREATE ROLE house; SELECT boxoffice.grant_access(\'shop\', \'client\'); SELECT boxoffice.grant_access(\'house\', \'admin\')');
	my $call = "CALL boxoffice.credit_balances(ARRAY['access 1', 'access 2'], 3, 'access')";
	like(complaint("SET ROLE shop; $call"), qr/42501/, 'not a client');
	# objects of the caller's own do not get in the way
	is(number("SET ROLE house; CREATE FUNCTION pg_temp.unnest(text[]) RETURNS SETOF text LANGUAGE sql AS 'SELECT ''thief''';"
			. " SET search_path = pg_temp, boxoffice, pg_catalog; $call; SELECT count(*) FROM boxoffice.account WHERE user_id LIKE 'access _' AND balance = 3"), 2, 'an administrator');
	is(number("SELECT count(*) FROM boxoffice.account WHERE user_id = 'thief'"), 0, 'with nobody else');
};

done_testing();
