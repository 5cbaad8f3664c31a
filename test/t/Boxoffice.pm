# What the TAP tests share: a server with boxoffice, a slot with seats, and a crowd of concurrent clients.
package Boxoffice;

use strict;
use warnings;

use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(start_server make_slot make_holds crowd counts verify_is_empty log_complaints other_waits wait_until_ready
  kill_server);

# The settings of PostgreSQL::Test that a crowd does not need: a log of every statement would hide what we look for.
# No worker unless a test asks for it: what it does, it does at its own time.
my $common = <<'CONF';
max_connections = 400
shared_buffers = '128MB'
log_statement = none
log_checkpoints = off
log_autovacuum_min_duration = -1
timezone = 'UTC'
boxoffice.database = ''
CONF

# A running server with boxoffice preloaded and created in the database postgres.
sub start_server {
	my ($name, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(%{ $options{init} // {} });
	$node->append_conf('postgresql.conf', $common);
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'boxoffice'")
	  unless $options{not_preloaded};
	$node->append_conf('postgresql.conf', $options{conf}) if defined $options{conf};
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION boxoffice') unless $options{no_extension};
	return $node;
}

# A slot with numbered seats of one price; returns its id. $rules: further arguments of create_slot.
sub make_slot {
	my ($node, $seats, $price, $rules) = @_;
	my $more = defined $rules ? ", $rules" : '';
	my $slot_id = $node->safe_psql('postgres',
		"SELECT boxoffice.create_slot(boxoffice.create_event('Concert'), '2100-01-01'$more)");
	$node->safe_psql('postgres', "SELECT boxoffice.add_numbered_seats($slot_id, $seats, $price)");
	return $slot_id;
}

# Holds of one seat each for user1, user2 ... in turn, in a slot of their own, with money enough to pay them all.
sub make_holds {
	my ($node, $users, $holds, $price) = @_;
	my $slot_id = make_slot($node, $holds, $price, "hold_for => '1 day'");
	my $money   = $holds * $price;
	$node->safe_psql('postgres',
		"SELECT count(outcome) FROM generate_series(1, $users) u, boxoffice.credit_balance('user' || u, $money)");
	my $held = $node->safe_psql(
		'postgres', qq(
		SELECT count(*) FROM generate_series(1, $holds) n,
			boxoffice.hold_seats($slot_id, 'user' || n % $users + 1, ARRAY[n]) WHERE outcome = 'ok'));
	die "only $held of $holds holds were given" if $held != $holds;
	return $slot_id;
}

my $crowds = 0;

# Runs a pgbench script, each of so many clients on a connection of its own; all connect before the first begins. No
# client may fail; with $tries a transaction that ends with 40001 is tried again.
sub crowd {
	my ($node, $name, $clients, $transactions, $script, $tries) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $file = $node->basedir . '/crowd' . ++$crowds . '.sql';
	append_to_file($file, $script);
	my $jobs = $clients < 2 ? 1 : 2;
	my ($out, $err);
	my $result = IPC::Run::run(
		[
			'pgbench', '--no-vacuum', "--client=$clients", "--jobs=$jobs", "--transactions=$transactions",
			"--file=$file", '--define=seat=0', '--define=round=0', '--max-tries=' . ($tries // 1),
			$node->connstr('postgres')
		],
		'>', \$out, '2>', \$err);
	my $done = $clients * $transactions;
	my $complete = $result && $out =~ m{number of transactions actually processed: $done/$done};
	ok($complete, $name) or diag("$out\n$err");
	return;
}

# Waits until a server that was killed accepts connections again; a psql that is refused while a query is written to it
# would end the test.
sub wait_until_ready {
	my ($node) = @_;
	for (1 .. 1800)
	{
		return if IPC::Run::run([ 'pg_isready', '--quiet', '--host', $node->host, '--port', $node->port ]);
		select(undef, undef, undef, 0.1);
	}
	die 'the server does not recover';
}

# Kills every process of the server at once, also a stopped one, and waits until the data folder is nobody's.
sub kill_server {
	my ($node) = @_;
	my @processes = split /\n/, $node->safe_psql('postgres', 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
	$node->kill9;
	kill 'KILL', @processes;
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default) {
		return if !grep { kill 0, $_ } @processes;
		select undef, undef, undef, 0.1;
	}
	die 'processes of the server cannot be killed';
}

# What a query counts, as { name => number }: for rows of a name and a number.
sub counts {
	my ($node, $query) = @_;
	return { map { split /\|/ } split /\n/, $node->safe_psql('postgres', $query) };
}

sub verify_is_empty {
	my ($node, $database) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return is($node->safe_psql($database // 'postgres', 'SELECT * FROM boxoffice.verify()'),
		'', 'verify finds nothing');
}

# Lines of the server's log above level LOG, from an offset on.
sub log_complaints {
	my ($node, $offset) = @_;
	my @lines = grep { /\b(?:WARNING|ERROR|FATAL|PANIC):/ } split /\n/, slurp_file($node->logfile, $offset // 0);
	return join("\n", @lines);
}

# What was waited for that is not the lock of a user (7201 marks it), in a log with log_lock_waits. Extending a table is
# none of our locks.
sub other_waits {
	my ($node) = @_;
	my @waits = grep { /(?:still waiting for|deadlock)/ } split /\n/, slurp_file($node->logfile);
	return join("\n", grep { !/on advisory lock \[\d+,\d+,\d+,7201\]/ && !/on extension of relation/ } @waits);
}

1;
