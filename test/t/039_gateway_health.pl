# What stands around the gateway and keeps it from working, or queues from moving, and that it says so.
#
# Behind pgbouncer: in transaction mode a session of the server is lent to another client after every transaction: the
# gateway notices before it sets or prepares anything there, says so once in its log and in /readyz, and leaves nothing
# behind. In session mode it works, also where the pooler has no session to spare; then it cannot tell, says so and looks
# again. SQL clients work in both.
use strict;
use warnings;

use Boxoffice;
use Gateway;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes 'sleep';

my $node = start_database('pooler');
my $slot_id = make_slot($node, 20, 100);
my @poolers;

# Starts pgbouncer with so many sessions of the server; returns where it is.
sub start_pooler {
	my ($mode, $sessions) = @_;
	my $folder = PostgreSQL::Test::Utils::tempdir_short;
	my $port   = 6432;
	append_to_file("$folder/users", qq("gateway" ""\n));
	append_to_file("$folder/pgbouncer.ini", join "\n",
		'[databases]',
		sprintf('postgres = host=%s port=%d dbname=postgres pool_size=%d', $node->host, $node->port, $sessions),
		'[pgbouncer]',
		"pool_mode = $mode",
		"unix_socket_dir = $folder",
		"listen_port = $port",
		'auth_type = trust',
		"auth_file = $folder/users",
		"logfile = $folder/log",
		'max_client_conn = 200',
		'');
	my ($out, $err) = ('', '');
	my $process = IPC::Run::start([ 'pgbouncer', "$folder/pgbouncer.ini" ], '<', \'', '>', \$out, '2>', \$err);
	push @poolers, $process;
	within(20, sub { -S "$folder/.s.PGSQL.$port" }) or die "pgbouncer does not start: $err";
	return { PGHOST => $folder, PGPORT => $port, log => "$folder/log" };
}

END
{
	my $status = $?;
	$_->kill_kill for @poolers;
	$? = $status;
}

sub place { my ($pooler) = @_; return (PGHOST => $pooler->{PGHOST}, PGPORT => $pooler->{PGPORT}) }

# What psql prints as the gateway's role, through the pooler.
sub ask_through {
	my ($pooler, $query) = @_;
	local %ENV = (%ENV, place($pooler), PGUSER => 'gateway', PGDATABASE => 'postgres');
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'psql', '-XAtq', '-c', $query ], '<', \'', '>', \$out, '2>', \$err) or die $err;
	return $out =~ s/\n\z//r;
}

subtest 'transaction mode' => sub {
	my $pooler  = start_pooler('transaction', 3);
	my $gateway = start_gateway($node, environment => { place($pooler) }, not_ready => 1);
	my $reason  = qr/reached through a pooler in transaction mode: connect boxofficed to PostgreSQL itself/;
	my $answer;
	ok(within(30, sub { $answer = call($gateway, 'GET', '/readyz'); $answer->{text} =~ $reason }), '/readyz says why') or diag($answer->{text});
	is(is_problem($answer, 503), '', 'and that it is not ready');
	is(call($gateway, 'GET', '/livez')->{status}, 200, 'it lives');
	is(is_problem(call($gateway, 'GET', '/v1/events'), 503), '', 'calls are refused');
	ok(within(60, sub { scalar(() = slurp_file($pooler->{log}) =~ /login attempt/g) > 60 }), 'it goes on trying')
	  or diag(slurp_file($pooler->{log}));
	is(scalar(() = messages($gateway) =~ /$reason/g), 1, 'the log says it once') or diag(messages($gateway));

	# all sessions at once: each transaction keeps its own until it ends
	my @found = map { $_->{found} } at_once(
		3,
		sub {
			return { found => ask_through($pooler, q{
				SELECT pg_backend_pid() || ' ' || count(*) || ' ' || (SELECT count(*) FROM pg_prepared_statements) FROM pg_settings
					WHERE source = 'session' AND name NOT IN ('application_name', 'client_encoding');
				SELECT pg_sleep(1)}) };
		});
	my %processes = map { /^(\d+) / ? ($1 => 1) : () } @found;
	is(scalar(keys %processes), 3, 'every session was looked at');
	is(scalar(grep { /^\d+ 0 0$/m } @found), 3, 'nothing was left behind on any') or diag(join "\n", @found);

	my ($status, undef, $err) = run_program(['openapi'], PGDATABASE => 'postgres', PGUSER => 'gateway', place($pooler));
	is($status, 1, 'boxofficed openapi does not work either');
	like($err, $reason, 'for the same reason');

	is(ask_through($pooler, "SELECT outcome FROM boxoffice.credit_balance('ann', 500)"), 'ok', 'an SQL client credits');
	my $id = ask_through($pooler, "SELECT reservation_id FROM boxoffice.hold_seats($slot_id, 'ann', ARRAY[1, 2])");
	is(ask_through($pooler, "SELECT outcome, balance FROM boxoffice.pay_reservation(reservation_id => $id, user_id => 'ann')"), 'ok|300', 'holds and pays');
	is(stop_gateway($gateway), 0, 'it ends in order');
};

# Ten is what the gateway needs: none is left to ask with.
for my $sessions (10, 30)
{
	subtest "session mode, $sessions sessions" => sub {
		my $gateway = start_gateway($node, environment => { place(start_pooler('session', $sessions)) });
		is(call($gateway, 'GET', '/readyz')->{status}, 200, 'ready');
		is(call($gateway, 'GET', '/v1/balance', user => 'ann')->{json}{balance}, 300, 'reads');
		is(call($gateway, 'POST', "/v1/slots/$slot_id/holds", user => "ann$sessions", body => { seat_ids => [ 3 + $sessions / 2 ] })->{status}, 201, 'writes');
		my $warns = sub { return scalar grep { $_ eq 'pooler' } @{ call($gateway, 'GET', '/readyz')->{json}{warnings} // [] } };
		if ($sessions == 10)
		{
			ok(within(30, $warns), '/readyz says that it cannot tell how sessions are lent') or diag(messages($gateway));
			like(messages($gateway), qr/pooler: whether the pooler lends a session for one transaction only cannot be told/, 'the log says why');
			is(call($gateway, 'GET', '/readyz')->{status}, 200, 'and it is ready');
		}
		else
		{
			ok(!$warns->(), 'without a complaint');
			unlike(messages($gateway), qr/pooler/, 'nor in the log');
		}
		is(stop_gateway($gateway), 0, 'it ends in order');
	};
}

# The sessions of the gateway were its own when it connected.
subtest 'session mode, and transaction mode later' => sub {
	my $pooler  = start_pooler('session', 30);
	my $gateway = start_gateway($node, environment => { place($pooler) });
	my $file    = "$pooler->{PGHOST}/pgbouncer.ini";
	my $text    = slurp_file($file) =~ s/pool_mode = session/pool_mode = transaction/r;
	unlink $file;
	append_to_file($file, $text);
	$poolers[-1]->signal('HUP');
	my $answer;
	ok(within(60, sub { $answer = call($gateway, 'GET', '/readyz'); $answer->{text} =~ /through a pooler in transaction mode/ }), 'is noticed')
	  or diag($answer->{text}, messages($gateway));
	is(is_problem($answer, 503), '', 'and it is not ready any more');
	is(stop_gateway($gateway), 0, 'it ends in order');
};

subtest 'a worker that serves another database' => sub {
	my $serve = sub { sql($node, "ALTER SYSTEM SET boxoffice.database = '$_[0]'"); sql($node, 'SELECT pg_reload_conf()') };
	my @warnings;
	my $warns = sub { @warnings = grep { /worker/ } @{ call($_[0], 'GET', '/readyz')->{json}{warnings} // [] }; return @warnings > 0 };
	$serve->('template1');
	my $gateway = start_gateway($node);
	ok(!$warns->($gateway), 'without queues nobody misses it');
	sql($node, "SELECT boxoffice.create_queue('Queue', 5)");
	ok(within(60, sub { $warns->($gateway) }), 'with a queue /readyz names it');
	is(call($gateway, 'GET', '/readyz')->{status}, 200, 'and is ready');
	like(messages($gateway), qr/worker.*template1/, 'the log says which database it serves');
	unlike(call($gateway, 'GET', '/readyz')->{text}, qr/template1/, 'which is not for everybody');
	$serve->('postgres');
	ok(within(60, sub { !$warns->($gateway) }), 'then it serves this one') or diag(messages($gateway));
	is(scalar(() = messages($gateway) =~ /the setup of the database: worker/g), 1, 'it was said once') or diag(messages($gateway));
	is(stop_gateway($gateway), 0, 'it ends in order');
	$serve->('');
};

verify_is_empty($node);
$node->stop;
done_testing();
