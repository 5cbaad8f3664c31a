# The demo that is kept: what it prints at the end can be pasted as it stands, over HTTP and in SQL, again and again, and a stranger
# who does so has bought something.
use strict;
use warnings;

use IPC::Run;
use Pages;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('demo');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'boxoffice'\nboxoffice.database = 'boxoffice'\nmax_connections = 100\ntimezone = 'UTC'");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE boxoffice');

# What the harness would give it.
my $private = PostgreSQL::Test::Utils::tempdir_short;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$ENV{PGDATABASE} = 'boxoffice';
delete $ENV{PGUSER};
$ENV{BOXOFFICE_PRIVATE} = $private;
$ENV{BOXOFFICE_SERVER_USER} = getpwuid $>;
$ENV{keeps} = 'yes';
$ENV{way} = 'http';

END
{
	my $status = $?;
	system('test/gateway.sh', 'stop', $private) if defined $private;
	$? = $status;
}

my @small = qw(--buyers 40 --connections 8 --arrive-within 0 --think-for 0 --hold-for 1 --max-active 40);
my ($printed, $complaints) = ('', '');
IPC::Run::run([ 'bash', 'test/demo.sh', @small ], '<', \undef, '>', \$printed, '2>', \$complaints, IPC::Run::timeout(120));
is($? >> 8, 0, 'the demo runs') or BAIL_OUT("$printed\n$complaints");

my ($shell, $sql) = map { join '', map { "$_\n" } map { s/^  //r } grep { /^  / } split /\n/, $_ } split /^And the same in SQL/m, $printed =~ s/.*? is up,//sr;
like($shell, qr/\Aurl=http.*\nme=\S+\nadmin=\S+\n/, 'it prints how to get in');

my $database = sub { $node->safe_psql('boxoffice', $_[0]) };
my $paid = sub { $database->("SELECT count(*) FROM boxoffice.payment JOIN boxoffice.reservation USING (reservation_id) WHERE user_id = 'me'") };

for my $time (1, 2)
{
	subtest "pasted into a shell, time $time" => sub {
		my ($out, $err) = ('', '');
		IPC::Run::run([ 'bash', '-e', '-u' ], '<', \$shell, '>', \$out, '2>', \$err, IPC::Run::timeout(60));
		is($? >> 8, 0, 'every line works');
		is($err, '', 'without a complaint');
		is(() = $out =~ /"outcome":"ok"/g, 4, 'credit, hold, payment and balance are ok') or diag($out);
		like($out, qr/"balance":${time}000,"currency"/, 'what is left of the money');
		like($out, qr/"seats":\[\{"seat_id":[0-9]+,"status":"held"\}/, 'the listener hears of the hold');
		like($out, qr/"seats":\[\{"seat_id":[0-9]+,"status":"sold"\}/, 'and of the payment');
		unlike($out, qr/problem|"status":4/, 'nothing is refused');
		is($paid->(), $time, 'something was bought');
	};
}

for my $time (1, 2)
{
	subtest "pasted into psql, time $time" => sub {
		my ($out, $err) = ('', '');
		IPC::Run::run([ 'psql', '--no-psqlrc', '--tuples-only', '--no-align', '--set', 'ON_ERROR_STOP=1' ], '<', \$sql, '>', \$out, '2>', \$err, IPC::Run::timeout(60));
		is("$?$err", '0', 'every line works');
		like($out, qr/^\d+\|Encore$/m, 'it looks around');
		like($out, qr/^ok\|9000\|\d+$/m, 'and pays');
		is($paid->(), 2 + $time, 'something was bought');
	};
}

for my $name ('README.md', 'docs/queue.md')
{
	subtest "the examples of $name, after all that" => sub { run_examples($node->connstr('boxoffice'), page($name) =~ s/^## Installing.*//msr, 5) };
}

is($database->('SELECT * FROM boxoffice.verify()'), '', 'verify finds nothing');
system('test/gateway.sh', 'stop', $private);
$node->stop;
done_testing();
