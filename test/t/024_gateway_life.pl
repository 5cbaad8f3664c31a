# The life of the gateway: how it begins, with which settings; what it does while its database is gone or comes back; how its
# keys change; how it ends; and what its log says of all that.
use strict;
use warnings;

use Boxoffice;
use Front 'start_front';
use Gateway;
use IO::Socket::INET;
use JSON::PP;
use MIME::Base64 'decode_base64url';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = start_database('life', conf => 'restart_after_crash = on');
my $json = JSON::PP->new->canonical->utf8;

# ---------------------------------------------------------------------------------------------------------------------
# Beginning
# ---------------------------------------------------------------------------------------------------------------------

subtest 'help and version' => sub {
	my ($status, $out, $err) = run_program(['--version']);
	is("$status $out$err", "0 boxofficed 1.0.0\n", '--version');
	($status, $out, $err) = run_program(['--help']);
	is("$status $err", '0 ', '--help');
	like($out, qr/--$_\b/, "tells of --$_") for qw(listen listen-publicly jwt-keys group-limit statement-timeout-ms config log-requests);
	like($out, qr/^ +$_ /m, "and of the subcommand $_") for qw(serve relay token openapi);
	($status, $out) = run_program([ 'token', '--help' ]);
	like("$status $out", qr/^0 .*--queue-priority/s, 'each subcommand has its own');
};

my $keys = write_keys(undef, 'first');

sub settings_file {
	my ($text) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/settings.toml';
	append_to_file($file, $text);
	return $file;
}

subtest 'what it does not begin with' => sub {
	my $taken = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1);
	my $port = $taken->sockport;
	my $broken_keys = settings_file('{"keys":[{"kty":"oct","kid":"x","alg":"HS256","k":"c2hvcnQ"}]}');
	my @cases = (
		[ qr/listen on 127\.0\.0\.1:$port: .*in use/i, '--listen', "127.0.0.1:$port" ],
		[ qr/0\.0\.0\.0:8081.*--listen-publicly/, '--listen', '0.0.0.0:8081' ],
		[ qr/\[::\]:8081.*--listen-publicly/, '--listen', '[::]:8081' ],
		[ qr/192\.0\.2\.1:80.*--listen-publicly/, '--listen', '192.0.2.1:80' ],
		[ qr/127\.0\.0\.1\.example:80.*--listen-publicly/, '--listen', '127.0.0.1.example:80' ],
		[ qr/ADDRESS:PORT/, '--listen', '8081' ],
		[ qr/ADDRESS:PORT/, '--listen', '127.0.0.1:65536' ],
		[ qr/ADDRESS:PORT/, '--listen', '127.0.0.1:80x' ],
		[ qr/--wrong/, '--wrong' ],
		[ qr/wrong/, 'wrong' ],
		[ qr/--threads/, '--threads', '0' ],
		[ qr/--threads/, '--threads', 'many' ],
		[ qr/--group-limit/, '--group-limit', '61' ],
		[ qr/log_level.*loud/, '--log-level', 'loud' ],
		[ qr/publisher/, '--publisher', 'ftp://x' ],
		[ qr{/nowhere/settings\.toml}, '--config', '/nowhere/settings.toml' ],
		[ qr/"thread"/, '--config', settings_file("thread = 2\n") ],
		[ qr/threads.*whole number from 1 to 256/, '--config', settings_file("threads = 257\n") ],
		[ qr/threads.*whole number/, '--config', settings_file("threads = \"2\"\n") ],
		[ qr/allow_self_credit.*true or false/, '--config', settings_file("allow_self_credit = 1\n") ],
		[ qr/TOML/, '--config', settings_file("threads = = 2\n") ],
		[ qr{/nowhere/keys}, '--jwt-keys', '/nowhere/keys' ],
		[ qr/key "x" is a secret of 5 bytes/, '--jwt-keys', $broken_keys ]);
	for my $case (@cases)
	{
		my ($reason, @arguments) = @$case;
		my ($status, $out, $err) = run_program(\@arguments, BOXOFFICE_JWT_KEYS => $keys);
		is($status, 2, "@arguments: exit status 2");
		like($err, $reason, $err =~ s/\s*\n.*//sr);
	}
	my ($status, $out, $err) = run_program([]);
	like("$status $err", qr/^2 .*neither jwt_keys nor jwks_url is set/, 'without keys');
	($status, $out, $err) = run_program([], BOXOFFICE_JWT_KEYS => $keys, BOXOFFICE_THREADS => 'many');
	like("$status $err", qr/^2 .*threads/i, 'with a wrong variable');
	# whoever may listen publicly is stopped by the next obstacle only
	($status, $out, $err) = run_program([ '--listen-publicly', '--listen', "0.0.0.0:$port" ], BOXOFFICE_JWT_KEYS => $keys);
	is($status, 2, '--listen-publicly');
	like($err, qr/^boxofficed: cannot listen on 0\.0\.0\.0:$port: Address already in use\n\z/m, 'allows what is refused without it');
};

# What a token says of its issuer and audience, which are settings.
sub claims_with {
	my ($arguments, %environment) = @_;
	my ($status, $out, $err) = run_program([ @$arguments, 'token', '--user', 'anna' ], BOXOFFICE_JWT_KEYS => $keys, %environment);
	return "status $status: $err" if $status != 0;
	my $claims = $json->decode(decode_base64url((split /\./, $out)[1]));
	return join ' ', map { $claims->{$_} // '-' } qw(iss aud);
}

subtest 'where settings come from' => sub {
	my $file = settings_file("jwt_issuer = \"file\"\njwt_audience = \"file\"\n");
	my @environment = (BOXOFFICE_JWT_ISSUER => 'environment');
	is(claims_with([]), '- -', 'the default');
	is(claims_with([ '--config', $file ]), 'file file', 'a file');
	is(claims_with([], BOXOFFICE_CONFIG => $file), 'file file', 'a file that the environment names');
	is(claims_with([ '--config', $file ], @environment), 'environment file', 'the environment comes before the file');
	is(claims_with([ '--config', $file, '--jwt-issuer', 'flag' ], @environment), 'flag file', 'and a flag before the environment');
	is(claims_with([ '--config', $file ], BOXOFFICE_CONFIG => settings_file("jwt_issuer = \"other\"\n")), 'file file', 'also for the file itself');
	# the same through a gateway that serves, with a truth and a number
	my $settings = settings_file("allow_self_credit = true\ncache_ms = 0\nlog_requests = true\nlisten = \"127.0.0.1:1\"\n");
	my $gateway = start_gateway($node, arguments => [ '--config', $settings ], environment => { BOXOFFICE_ALLOW_SELF_CREDIT => 'false' });
	is(call($gateway, 'POST', '/v1/balance/credits', user => 'anna', body => { amount => 5 })->{status}, 403, 'false in the environment before true in the file');
	is(stop_gateway($gateway), 0, 'it ends');
	$gateway = start_gateway($node, arguments => [ '--config', $settings, '--log-requests=false' ], environment => { BOXOFFICE_LOG_LEVEL => 'info' });
	is(call($gateway, 'POST', '/v1/balance/credits', user => 'anna', body => { amount => 5 })->{status}, 200, 'true in the file before the default');
	is(stop_gateway($gateway, 'INT'), 0, 'it ends, also by SIGINT');
	is(join(' ', grep { $_ eq 'request' } split /\n/, messages($gateway)), '', 'a flag can say false: no line for the request');
};

subtest 'begun before its database' => sub {
	my $other = PostgreSQL::Test::Cluster->new('late');
	my $gateway = start_gateway($other, not_ready => 1);
	is(call($gateway, 'GET', '/livez')->{status}, 200, 'it lives');
	is(is_problem(call($gateway, 'GET', $_, user => 'anna'), 503), '', "$_: 503") for qw(/readyz /v1/events /v1/balance /openapi.json /docs/outcomes);
	is(is_problem(call($gateway, 'GET', '/v1/balance'), 401), '', 'what needs no database is answered as ever');
	$other->init;
	$other->append_conf('postgresql.conf', "shared_preload_libraries = 'boxoffice'\nboxoffice.database = ''");
	$other->start;
	$other->safe_psql('postgres', 'CREATE ROLE gateway LOGIN');
	ok(within(20, sub { messages($gateway) =~ /no extension boxoffice: run CREATE EXTENSION/ }), 'a database without boxoffice is named in the log');
	is(call($gateway, 'GET', '/readyz')->{status}, 503, 'and not good enough');
	$other->safe_psql('postgres', "BEGIN; CREATE EXTENSION boxoffice; SELECT boxoffice.grant_access('gateway', 'admin'); COMMIT");
	ok(within(20, sub { is_ready($gateway) }), 'it gets ready by itself');
	is(call($gateway, 'GET', $_, user => 'anna')->{status}, 200, "$_ is there") for qw(/v1/events /v1/balance /openapi.json /docs/outcomes);
	is(stop_gateway($gateway), 0, 'it ends');
	$other->stop;
};

# ---------------------------------------------------------------------------------------------------------------------
# Keys
# ---------------------------------------------------------------------------------------------------------------------

subtest 'new keys' => sub {
	my $file = write_keys(undef, 'first');
	my $gateway = start_gateway($node, keys => $file);
	my %token = map { my $claims = $json->encode({ sub => 'anna', exp => int(time) + 600 });
		$_ => sign(qq({"alg":"HS256","kid":"$_"}), $claims, secret_of($_)) } qw(first second);
	my $accepted = sub { return join ' ', map { call($gateway, 'GET', '/v1/balance', jwt => $token{$_})->{status} } qw(first second) };
	my $reload = sub {
		my $pattern = shift;
		my $before = () = messages($gateway) =~ /$pattern/g;
		kill 'HUP', $gateway->{pid};
		ok(within(10, sub { my $now = () = messages($gateway) =~ /$pattern/g; $now > $before }), "SIGHUP: $pattern");
	};
	is($accepted->(), '200 401', 'one key');
	write_keys($file, 'second', 'first');
	is($accepted->(), '200 401', 'a new file alone changes nothing');
	$reload->('read again');
	is($accepted->(), '200 200', 'the new key is taken, and for the time being the old one');
	write_keys($file, 'second');
	$reload->('read again');
	is($accepted->(), '401 200', 'the old one is not, although its token was known');
	for my $content ('{"keys":[', '{"keys":[]}', '', '{"keys":[{"kty":"oct","kid":"second","alg":"none","k":"eA"}]}')
	{
		unlink $file;
		append_to_file($file, $content);
		$reload->('stay as they were');
		is($accepted->(), '401 200', "with '$content' for keys those before stay");
	}
	unlink $file;
	$reload->('stay as they were');
	is($accepted->(), '401 200', 'also without a file');
	like((grep { ($_->{message} // '') =~ /stay as they were/ } log_lines($gateway))[-1]{message}, qr/\Q$file\E/, 'the log names the file');
	write_keys($file, 'first');
	$reload->('read again');
	is($accepted->(), '200 401', 'and a good one is taken again');
	is(stop_gateway($gateway), 0, 'it ends');
};

# ---------------------------------------------------------------------------------------------------------------------
# The database goes away
# ---------------------------------------------------------------------------------------------------------------------

my ($clients, $seats_each) = (5, 5000);

# A client holds one seat after the other, each with a key of its own; what is not acknowledged it sends again.
sub hold_on_and_on {
	my ($port, $slot_id, $number, $stopped) = @_;
	my %result = (user => "user$number", acknowledged => {}, refused => 0, complaints => []);
	my $jwt = token_for($result{user});
	for my $seat (($number - 1) * $seats_each + 1 .. $number * $seats_each)
	{
		last if $stopped->();
		while (1)
		{
			my $answer = call({ port => $port }, 'POST', "/v1/slots/$slot_id/holds", jwt => $jwt, key => "slot $slot_id seat $seat", body => { seat_ids => [$seat] });
			if ($answer->{status} == 201)
			{
				$result{acknowledged}{$seat} = $answer->{text};
				last;
			}
			my $problem = $answer->{status} == 503 ? is_problem($answer, 503) : "$answer->{status}: $answer->{text}";
			push @{ $result{complaints} }, $problem if $problem ne '';
			return \%result if $stopped->() || @{ $result{complaints} } > 100;
			++$result{refused};
			sleep 0.02;
		}
	}
	return \%result;
}

# Every acknowledged hold is in the database, once; what more is there is at most the last request of each client.
sub check_acknowledged {
	my ($slot_id, @results) = @_;
	my %there;
	for my $line (split /\n/, sql($node, "SELECT user_id, seat_ids[1], reservation_id FROM boxoffice.reservation WHERE slot_id = $slot_id"))
	{
		my ($user, $seat, $id) = split /\|/, $line;
		push @{ $there{$seat} }, "$user $id";
	}
	my @wrong;
	my $acknowledged = 0;
	for my $result (@results)
	{
		for my $seat (sort keys %{ $result->{acknowledged} })
		{
			++$acknowledged;
			my $id = $json->decode($result->{acknowledged}{$seat})->{reservation_id};
			push @wrong, "$seat is @{ $there{$seat} // [] }" if join(',', @{ $there{$seat} // [] }) ne "$result->{user} $id";
		}
	}
	is("@wrong[0 .. ($#wrong < 4 ? $#wrong : 4)]", '', "each of $acknowledged acknowledged holds is in the database once");
	cmp_ok(keys(%there) - $acknowledged, '<=', $clients, 'and hardly more');
	return;
}

# Kills every process of the server at once, and waits until the data folder is nobody's.
sub kill_server {
	my @processes = split /\n/, sql($node, 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
	push @processes, slurp_file($node->data_dir . '/postmaster.pid') =~ /\A(\d+)/;
	$node->kill9;
	kill 'KILL', @processes;
	within(30, sub { !grep { kill 0, $_ } @processes }) or die 'processes of the server cannot be killed';
	return;
}

sub wait_for_holds {
	my ($slot_id, $more) = @_;
	my $count = "SELECT count(*) FROM boxoffice.reservation WHERE slot_id = $slot_id";
	my $now = sql($node, $count);
	return ok(within(30, sub { sql($node, $count) >= $now + $more }), 'holds are given');
}

subtest 'the database goes away under load, and comes back' => sub {
	my $gateway = start_gateway($node);
	my $slot_id = make_slot($node, $clients * $seats_each, 10);
	my $crowd = start_clients($clients, sub { return hold_on_and_on($gateway->{port}, $slot_id, @_) });
	my @ends = (
		[ 'stopped' => sub { $node->stop('fast') } ],
		[ 'stopped at once' => sub { $node->stop('immediate') } ],
		[
			'killed, the connection of writes' => sub {
				my $log = -s $node->logfile;
				kill 'KILL', sql($node, "SELECT pid FROM pg_stat_activity WHERE application_name = 'boxofficed write 0'");
				$node->wait_for_log(qr/all server processes terminated; reinitializing/, $log);
				wait_until_ready($node);
				return 1;
			}
		],
		[ 'killed, the server' => sub { kill_server(); return } ]);
	for my $case (@ends)
	{
		my ($name, $end) = @$case;
		wait_for_holds($slot_id, 100);
		my $running = $end->();
		if (!$running || $name =~ /stopped/)
		{
			ok(within(10, sub { call($gateway, 'GET', '/readyz')->{status} == 503 }), "$name: not ready");
			is(is_problem(call($gateway, 'GET', '/v1/events/1'), 503), '', 'reads are refused, too');
			is(call($gateway, 'GET', '/livez')->{status}, 200, 'but it lives');
			$node->start;
		}
		ok(within(20, sub { is_ready($gateway) }), "$name: ready again, by itself");
	}
	wait_for_holds($slot_id, 100);
	my @results = finish_clients($crowd);
	is(join("\n", map { @{ $_->{complaints} } } @results), '', 'everybody was answered, with 201 or a good 503');
	cmp_ok($_->{refused}, '>', 0, "$_->{user} was refused at times") for @results;
	check_acknowledged($slot_id, @results);
	my @repeated = at_once(
		$clients,
		sub {
			my $result = $results[ $_[0] - 1 ];
			my ($different, $count, $jwt) = (0, 0, token_for($result->{user}));
			for my $seat (sort { $b <=> $a } keys %{ $result->{acknowledged} })
			{
				last if ++$count > 400;
				my $answer = call($gateway, 'POST', "/v1/slots/$slot_id/holds", jwt => $jwt, key => "slot $slot_id seat $seat", body => { seat_ids => [$seat] });
				++$different if $answer->{text} ne $result->{acknowledged}{$seat};
			}
			return [$different];
		});
	is(join(' ', map { $_->[0] } @repeated), join(' ', (0) x $clients), 'whatever is repeated with its key gets the same answer');
	check_acknowledged($slot_id, @results);
	verify_is_empty($node);
	is(stop_gateway($gateway), 0, 'it ends');
};

# ---------------------------------------------------------------------------------------------------------------------
# Ending
# ---------------------------------------------------------------------------------------------------------------------

subtest 'SIGTERM under load' => sub {
	my $gateway = start_gateway($node, environment =>
		  { BOXOFFICE_DRAIN_MS => 1500, BOXOFFICE_SHUTDOWN_TIMEOUT_MS => 10_000, BOXOFFICE_LOCK_TIMEOUT_MS => 20_000, BOXOFFICE_STATEMENT_TIMEOUT_MS => 30_000 });
	my $front = start_front('front', $gateway->{port}, '--no-limits');
	my $slot_id = make_slot($node, $clients * $seats_each, 10);
	my $other = make_slot($node, 2, 10);
	my $crowd = start_clients($clients, sub { return hold_on_and_on($front->{port}, $slot_id, @_) });
	my $session = $node->background_psql('postgres');
	$session->query_safe("BEGIN; SELECT outcome FROM boxoffice.credit_balance('stuck', 1)");
	my $stuck = start_clients(1, sub {
		my $answer = call($front, 'POST', "/v1/slots/$other/holds", jwt => token_for('stuck'), body => { seat_ids => [1] });
		return { status => $answer->{status}, text => $answer->{text} };
	});
	wait_for_waiting($node, 'slow %');
	wait_for_holds($slot_id, 100);
	my $since = time;
	kill 'TERM', $gateway->{pid};
	ok(within(1, sub { call($gateway, 'GET', '/readyz')->{status} == 503 }), 'first /readyz fails');
	is(call($gateway, 'GET', '/livez')->{status}, 200, 'it lives');
	is(call($gateway, 'POST', "/v1/slots/$other/holds", jwt => token_for('quick'), body => { seat_ids => [2] })->{status}, 201, 'and works on');
	ok(within(5, sub { is_problem(call($gateway, 'GET', '/v1/events'), 503) eq '' }), 'then nothing new is taken on');
	$session->query_safe('COMMIT');
	$session->quit;
	my ($late) = finish_clients($stuck);
	is($late->{status}, 201, 'what was under way is answered') or diag($late->{text});
	is(stop_gateway($gateway, 'TERM'), 0, 'exit status 0');
	cmp_ok(time - $since, '<', 8, 'before the deadline');
	like(messages($gateway), qr/everything under way was answered/, 'the log says so');
	is(call($front, 'GET', '/v1/events')->{headers}{'content-type'}, 'application/problem+json', 'without a gateway the front answers by itself');
	my @results = finish_clients($crowd);
	my @complaints = grep { !m{^50[24]: .*"status":50[24]}s } map { @{ $_->{complaints} } } @results;
	is(join("\n", @complaints), '', 'nobody was left without an answer');
	check_acknowledged($slot_id, @results);
	verify_is_empty($node);
};

subtest 'SIGTERM with a call that does not end' => sub {
	my $gateway = start_gateway($node,
		environment => { BOXOFFICE_SHUTDOWN_TIMEOUT_MS => 500, BOXOFFICE_LOCK_TIMEOUT_MS => 60_000, BOXOFFICE_STATEMENT_TIMEOUT_MS => 60_000 });
	my $slot_id = make_slot($node, 2, 10);
	my $session = $node->background_psql('postgres');
	$session->query_safe("BEGIN; SELECT outcome FROM boxoffice.credit_balance('stuck', 1)");
	my $stuck = start_clients(1, sub { return { status => call($gateway, 'POST', "/v1/slots/$slot_id/holds", jwt => token_for('stuck'), body => { seat_ids => [1] })->{status} } });
	wait_for_waiting($node, 'slow %');
	my $since = time;
	is(stop_gateway($gateway), 0, 'it leaves all the same, with exit status 0');
	cmp_ok(time - $since, '<', 5, 'by its deadline');
	like(messages($gateway), qr/with requests under way/, 'the log says so');
	$session->query_safe('ROLLBACK');
	$session->quit;
	finish_clients($stuck);
	$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = 'gateway'") or die 'connections stay';
	verify_is_empty($node);
};

# ---------------------------------------------------------------------------------------------------------------------
# The log
# ---------------------------------------------------------------------------------------------------------------------

subtest 'one line for each request' => sub {
	my $gateway = start_gateway($node, environment => { BOXOFFICE_CACHE_MS => 1000 });
	my $slot_id = make_slot($node, 3, 4711);
	my $queue_id = sql($node, "SELECT boxoffice.create_queue('Queue', 5)");
	my @administrator = (user => 'root', role => 'boxoffice_admin');
	my $queue_token;
	my @requests = (
		[ 'POST', '/v1/balance/credits', 200, 'ok', 'write 0', @administrator, body => { user_id => 'anna', amount => 123456 } ],
		[ 'GET', '/v1/balance', 200, 'ok', 'read 0', user => 'anna' ],
		[ 'POST', "/v1/slots/$slot_id/holds", 201, 'ok', 'write 0', user => 'anna', key => 'secret-key', body => { seat_ids => [1] } ],
		[ 'POST', "/v1/slots/$slot_id/holds", 409, 'seat_taken', 'write 0', user => 'bert', body => { seat_ids => [1] } ],
		[ 'POST', "/v1/slots/$slot_id/holds", 400, '', '', user => 'bert', text => '{"seat_ids":["a-secret"]}' ],
		[ 'POST', "/v1/slots/$slot_id/holds", 400, '', '', user => 'bert', body => { seat_ids => [] } ],
		[ 'POST', "/v1/slots/$slot_id/holds", 401, '', '', jwt => 'eyJhbGciOiJub25lIn0.e30.' ],
		[ 'POST', "/v1/queues/$queue_id/tokens", 201, 'ok', 'write 0', user => 'anna' ],
		[ 'GET', "/v1/slots/$slot_id/seats", 200, '', qr/^browse \d$/ ],
		[ 'GET', "/v1/slots/$slot_id/seats", 200, '', 'shared' ],
		[ 'POST', '/v1/events', 201, '', qr/^administration \d$/, @administrator, body => { title => 'E' } ],
		[ 'PATCH', '/v1/balance', 405, '', '', user => 'anna' ],
		[ 'GET', '/v1/a"b\\c%22', 404, '', '' ],
		[ 'PUT', '/v1/events', 405, '', '' ]);
	my $number = 0;
	for my $request (@requests)
	{
		my ($method, $path, $status, $outcome, $lane, %with) = @$request;
		my $id = 'request-' . ++$number;
		is(call($gateway, $method, $path, headers => { 'X-Request-Id' => $id }, %with)->{status}, $status, "$method $path: $status");
		my @lines;
		within(5, sub { @lines = grep { ($_->{request_id} // '') eq $id && $_->{message} eq 'request' } log_lines($gateway) });
		is(scalar(@lines), 1, 'one line') or next;
		my $line = $lines[0];
		is(join(' ', sort keys %$line), 'duration_ms lane level message outcome request_id route status time', 'with all that there is to say');
		is("$line->{status} $line->{outcome} $line->{level}", "$status $outcome info", 'status and outcome');
		ref $lane ? like($line->{lane}, $lane, 'the lane') : is($line->{lane}, $lane, 'the lane');
		my $route = $status == 404 || $status == 405 ? 'none' : "$method $path" =~ s{/\d+(?=/|\z)}{/[id]}gr;
		is($line->{route} =~ s/\{[a-z]+_id\}/[id]/gr, $route, 'the route, without ids');
		ok(is_json_type($line->{duration_ms}, 'number') && $line->{duration_ms} >= 0 && $line->{duration_ms} < 30_000, 'how long it took');
		like($line->{time}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\z/, 'when');
	}
	is(stop_gateway($gateway), 0, 'it ends');
	is(join("\n", map { $_->{broken} } grep { defined $_->{broken} } log_lines($gateway)), '', 'every line is JSON');
	unlike(slurp_file($gateway->{log}), qr/eyJ|123456|secret|anna|bert|4711/, 'without tokens, keys, users, money');
};

verify_is_empty($node);
$node->stop;
done_testing();
