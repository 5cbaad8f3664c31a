# Clients that abort: 100,000 requests through nginx, of which many are left before they were sent, before they were
# answered, or in the middle of the answer. Nobody ever gets the answer of another, nothing is left behind, and every
# write is done once.
#
# Pistache answers a connection by its number, which the next connection gets. nginx reads every answer to its end, whatever
# its client does, so that the number is not free before; and the gateway sends nothing for who has gone, so that the same
# holds without nginx, and when nginx itself dies. What an answer says must be of its question (see
# test/bench/questions.py), and so must the request id that the gateway has put into it.
use strict;
use warnings;

use Boxoffice;
use Cwd 'abs_path';
use Front qw(start_front stop_server);
use Gateway;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;

my $node    = start_database('aborts');
my $gateway = start_gateway($node);
my $folder  = PostgreSQL::Test::Utils::tempdir;
my $script  = abs_path('test/bench/aborting_clients.py');
my @waves   = 1 .. 4;

# nginx tells the request id that it knows. Here the one that the gateway puts into its answer is to get through.
sub show_ids_of_gateway {
	my ($front) = @_;
	my $file = "$front->{folder}/nginx.conf";
	my $text = slurp_file($file);
	$text =~ s/ proxy_hide_header X-Request-Id;//            or die 'nginx.sh does not hide the id of the gateway';
	$text =~ s/add_header X-Request-Id /add_header X-Front-Id /g or die 'nginx.sh does not tell an id';
	unlink $file;
	append_to_file($file, $text);
	# before its workers run, a HUP would end it
	within(10, sub { call($front, 'GET', '/livez')->{status} == 200 }) or die 'nginx does not answer';
	kill 'HUP', $front->{pid};
	within(10, sub { call($front, 'GET', '/livez', headers => { Connection => 'close' })->{headers}{'x-front-id'} })
	  or die 'nginx does not take its new configuration';
	return;
}

sub descriptors { return scalar(() = glob "/proc/$gateway->{pid}/fd/*") }

sub resident_mb {
	my ($pages) = slurp_file("/proc/$gateway->{pid}/statm") =~ /\A\d+ (\d+)/;
	return int($pages * 4096 / 2**20 + 0.5);
}

# Everything that is asked for: 200 users with balances that nobody can mix up, places in a queue, events, two halls to
# read and, for each wave and the attack without nginx, slots to hold seats of.
sub make_plan {
	sql($node, q{SELECT count(outcome) FROM generate_series(1, 200) n, boxoffice.credit_balance('user' || n, n * 1000000000::bigint)});
	sql($node, q{SELECT boxoffice.create_queue('all', max_active => 1, active_for => '1 day', claim_for => '1 day', idle_for => '1 day')});
	sql($node, q{SELECT count(outcome) FROM generate_series(1, 1000) n, boxoffice.join_queue(1, 'user' || n)});
	sql($node, q{SELECT count(boxoffice.create_event('event ' || n)) FROM generate_series(1, 1000) n});
	my @halls = map { [ make_slot($node, $_, 100) ] } 1000, 2000;
	$_->[1] = length call($gateway, 'GET', "/v1/slots/$_->[0]/seats")->{text} for @halls;
	my %slots;
	for my $wave (@waves, 'direct')
	{
		push @{ $slots{$wave} }, make_slot($node, 1000, 100, "hold_for => '1 day'") for 1 .. 4;
	}
	my $plan = {
		connections   => 48,
		processes     => 4,
		administrator => token_for('root', role => 'boxoffice_admin'),
		users         => [ map { [ "user$_", token_for("user$_") ] } 1 .. 200 ],
		tokens        => [ split /\n/, sql($node, 'SELECT token FROM boxoffice.queue_token') ],
		events        => [ 1 .. 1000 ],
		halls         => \@halls,
		slots         => [],
		seats         => 1000,
		whole         => 0.6,
		paths         => { poll => 36, event => 20, no_event => 2, nobody => 2, balance => 14, hall => 2, credit => 12, hold => 12 }
	};
	return ($plan, \%slots);
}

# Runs the clients; returns what they say, and keeps what they wrote in the table attempt.
sub run_clients {
	my ($mode, $plan, $wave) = @_;
	my $file = "$folder/$wave";
	unlink "$file.plan";
	append_to_file("$file.plan", encode_json($plan));
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'python3', $script, $mode, "$file.plan", "$file.writes" ], '>', \$out, '2>', \$err)
	  or die "the clients failed: $err";
	sql($node, "DELETE FROM attempt WHERE wave = '$wave'; ALTER TABLE attempt ALTER wave SET DEFAULT '$wave'");
	sql($node, "COPY attempt (kind, user_id, slot_id, seat_id, amount, key, answered) FROM '$file.writes.$_' (NULL '')")
	  for 0 .. $plan->{processes} - 1;
	note("$mode $wave: $out");
	return decode_json($out);
}

# Users whose balance is not what they began with and one credit for each of these attempts.
sub wrong_balances {
	my ($which) = @_;
	return sql($node, <<"SQL");
SELECT a.user_id, a.balance - (n * 1000000000::bigint + coalesce(s.sum, 0))
	FROM generate_series(1, 200) n JOIN boxoffice.account a ON a.user_id = 'user' || n
		LEFT JOIN (SELECT user_id, sum(amount) FROM attempt WHERE kind = 'credit' AND ($which) GROUP BY user_id) s USING (user_id)
	WHERE a.balance <> n * 1000000000::bigint + coalesce(s.sum, 0)
SQL
}

# Holds that were given other than the attempt says, or several times, or without an attempt.
sub wrong_holds {
	return sql($node, <<'SQL');
SELECT a.key, a.answered, r.reservation_id, r.user_id, r.slot_id, r.seat_ids
	FROM (SELECT * FROM attempt WHERE kind = 'hold') a
		FULL JOIN boxoffice.reservation r ON r.slot_id = a.slot_id AND r.seat_ids = ARRAY[a.seat_id]
	WHERE a.key IS NULL OR a.answered IS NOT NULL AND (r.reservation_id, r.user_id) IS DISTINCT FROM (a.answered, a.user_id)
UNION ALL SELECT 'twice', NULL, min(reservation_id), NULL, slot_id, seat_ids
	FROM boxoffice.reservation GROUP BY slot_id, seat_ids HAVING count(*) > 1
SQL
}

sub is_calm {
	my ($got, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_deeply([ map { $got->{$_} } qw(mixed refused broken late) ], [ 0, 0, 0, 0 ], $name)
	  or diag(join "\n", @{ $got->{examples} });
	return;
}

my ($plan, $slots) = make_plan;
sql($node, 'CREATE TABLE attempt (wave text, kind text, user_id text, slot_id bigint, seat_id int, amount bigint, key text, answered bigint)');
my $descriptors_before = within(10, sub { descriptors() });
my $front = start_front('aborts', $gateway->{port}, '--no-limits');
show_ids_of_gateway($front);
my @resident;

subtest '100,000 requests through nginx' => sub {
	my ($seconds, %all) = (0);
	for my $wave (@waves)
	{
		my $got = run_clients('attack', { %$plan, port => $front->{port}, requests => 25_000, seed => $wave, slots => $slots->{$wave} }, $wave);
		$all{$_} += $got->{$_} for qw(asked whole mixed refused broken late);
		$all{left}{$_} += $got->{left}{$_} for keys %{ $got->{left} };
		push @{ $all{examples} }, @{ $got->{examples} };
		push @resident, resident_mb();
		$seconds += $got->{seconds};
	}
	is($all{asked}, 100_000, 'all were sent, or begun');
	cmp_ok($all{whole}, '>', 60_000, 'most answers were read to their end');
	is(scalar(grep { $_ > 1000 } values %{ $all{left} }), 7, 'many left in each of the ways there are');
	is_calm(\%all, 'each answer is that of its question, and each came');
	diag("100,000 requests in $seconds s; answers read: $all{whole}; resident after each quarter: @resident MB");
};

subtest 'what was written' => sub {
	cmp_ok(sql($node, 'SELECT count(*) FROM attempt WHERE answered IS NULL'), '>', 1000, 'many do not know whether it was done');
	is(wrong_balances('key IN (SELECT idempotency_key FROM boxoffice.idempotency_key)'), '', 'each credit that was done was done once');
	is(sql($node, 'SELECT key FROM attempt WHERE answered IS NOT NULL AND key NOT IN (SELECT idempotency_key FROM boxoffice.idempotency_key)'),
		'', 'each that was acknowledged was done');
	is(wrong_holds, '', 'each hold that was acknowledged is there, and no other of its seat');
};

subtest 'the same again, with the same keys' => sub {
	for my $wave (@waves)
	{
		my $got = run_clients('repeat', { %$plan, port => $front->{port}, seed => $wave + 100 }, $wave);
		is_calm($got, 'each answer is that of its question, and what was answered before is answered again');
	}
	is(sql($node, 'SELECT count(*) FROM attempt WHERE answered IS NULL'), 0, 'all is acknowledged');
	is(wrong_balances('true'), '', 'each credit was done once');
	is(wrong_holds, '', 'each hold is there once');
	verify_is_empty($node);
};

subtest 'without nginx, straight at Pistache' => sub {
	my $got = run_clients('attack',
		{ %$plan, port => $gateway->{port} + 0, requests => 20_000, seed => 9, slots => $slots->{direct} }, 'direct');
	is($got->{asked}, 20_000, 'all were sent, or begun');
	# Pistache takes who sends no more for one who has gone: those are broken off
	is_deeply([ @$got{qw(mixed refused late)} ], [ 0, 0, 0 ], 'each answer is that of its question') or diag(join "\n", @{ $got->{examples} });
	ok(is_ready($gateway), 'the gateway is well');
	my $again = run_clients('repeat', { %$plan, port => $front->{port}, seed => 109 }, 'direct');
	is_calm($again, 'with the same keys, through nginx, all gets done');
	is(wrong_balances('true'), '', 'each credit was done once');
	is(wrong_holds, '', 'each hold is there once');
};

subtest 'nothing is left behind' => sub {
	cmp_ok(resident_mb(), '<', $resident[0] + 32, 'memory does not grow with what was aborted');
	is(call($front, 'GET', '/readyz')->{status}, 200, 'through nginx it is ready');
	is(metric($gateway, 'boxoffice_lane_waiting'), 0, 'nothing waits');
	stop_server($front->{pid});
	is(within(20, sub { $_ = descriptors(); $_ <= $descriptors_before && $_ }), $descriptors_before, 'all connections are closed')
	  or diag('descriptors: ' . descriptors());
	verify_is_empty($node);
	is(log_complaints($node), '', 'the server has nothing to complain about');
	my @bad = grep { ($_->{level} // '') =~ /error|critical/ || $_->{broken} } log_lines($gateway);
	is(join("\n", map { $_->{message} // $_->{broken} } @bad[ 0 .. ($#bad > 9 ? 9 : $#bad) ]), '', 'nor has the gateway');
	is(stop_gateway($gateway), 0, 'the gateway ends in order');
};

done_testing;
