# What the end-to-end tests of the gateway share: boxofficed as a real process before a real server, keys and tokens that
# the test makes, and clients, one or many at once.
#
# The gateway logs in as a role of its own that has what boxoffice.grant_access gives, and nothing else.
package Gateway;

use strict;
use warnings;

use Boxoffice;
use Cwd 'abs_path';
use Digest::SHA 'hmac_sha256';
use Exporter 'import';
use HTTP::Tiny;
use IO::Socket::INET;
use IPC::Run;
use JSON::PP;
use MIME::Base64 'encode_base64url';
use POSIX '_exit';
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(start_database write_keys run_program start_gateway stop_gateway is_ready within log_lines messages
  mint sign token_for call ask_raw is_problem is_json_type metric start_clients finish_clients at_once sql reconnect
  wait_for_waiting set_for_role secret_of outcomes record_answers is_as_documented);

my $program = abs_path('build/boxofficed');
my $owner   = $$;
my $folder;
my %running;    # gateways by process id
my $files = 0;
my $json  = JSON::PP->new->canonical->allow_nonref->utf8;

# A name for a new file.
sub new_file {
	my ($name) = @_;
	$folder //= PostgreSQL::Test::Utils::tempdir;
	return "$folder/" . ++$files . "-$name";
}

# A server with boxoffice and the role that the gateway logs in as.
sub start_database {
	my ($name, %options) = @_;
	my $node = start_server($name, %options);
	$node->safe_psql('postgres', "CREATE ROLE gateway LOGIN; SELECT boxoffice.grant_access('gateway', 'admin')");
	return $node;
}

# One value, or several rows, of a query as the superuser.
sub sql {
	my ($node, $query) = @_;
	return $node->safe_psql('postgres', $query);
}

# Tries until it is true or the time is over; returns what came last.
sub within {
	my ($seconds, $condition) = @_;
	my $deadline = time + $seconds;
	my $result;
	sleep 0.02 until ($result = $condition->()) || time > $deadline;
	return $result;
}

sub secret_of {
	my ($name) = @_;
	return "the secret of the key $name, long enough for HS256";
}

# A key set with a secret for each of these ids, the first of which signs; returns the file, which may be written anew.
sub write_keys {
	my ($file, @ids) = @_;
	$file //= new_file('keys.json');
	my @keys = map { { kty => 'oct', kid => $_, alg => 'HS256', k => encode_base64url(secret_of($_)) } } @ids;
	open(my $handle, '>', "$file.new") or die "$file: $!";
	print $handle $json->encode({ keys => \@keys });
	close $handle;
	rename "$file.new", $file or die "$file: $!";
	return $file;
}

# What a process of boxofficed gets from its surroundings.
sub environment {
	my ($node, $keys, %more) = @_;
	return (
		(defined $node ? (PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => 'postgres', PGUSER => 'gateway') : ()),
		BOXOFFICE_JWT_KEYS => $keys,
		BOXOFFICE_LISTEN   => '127.0.0.1:0',
		BOXOFFICE_DRAIN_MS => 0,
		%more);
}

# Runs boxofficed to its end; returns its exit status, what it printed and its messages.
sub run_program {
	my ($arguments, %environment) = @_;
	local %ENV = (%ENV, %environment);
	my ($out, $err) = ('', '');
	IPC::Run::run([ $program, @$arguments ], '<', \'', '>', \$out, '2>', \$err, IPC::Run::timeout(60));
	return ($? >> 8, $out, $err);
}

# Starts boxofficed on a free port. Options: arguments, environment, keys (a file), not_ready (do not wait for the database).
sub start_gateway {
	my ($node, %options) = @_;
	my $gateway = { node => $node, keys => $options{keys} // write_keys(undef, 'first'), log => new_file('gateway.log') };
	$gateway->{environment} = { environment($node, $gateway->{keys}, %{ $options{environment} // {} }) };
	append_to_file($gateway->{log}, '');
	my $pid = fork // die "fork: $!";
	if ($pid == 0)
	{
		open(STDIN, '<', '/dev/null') or _exit(99);
		open(STDOUT, '>', $gateway->{log}) or _exit(99);
		open(STDERR, '>&', \*STDOUT) or _exit(99);
		%ENV = (%ENV, %{ $gateway->{environment} });
		exec($program, @{ $options{arguments} // [] }) or _exit(99);
	}
	$gateway->{pid} = $pid;
	$running{$pid} = $gateway;
	within(
		30,
		sub {
			$gateway->{port} = $1 if slurp_file($gateway->{log}) =~ /"message":"listening on [^"]*:([0-9]+)"/;
			return defined $gateway->{port} || waitpid($pid, POSIX::WNOHANG()) == $pid;
		});
	die 'the gateway does not start: ' . slurp_file($gateway->{log}) if !defined $gateway->{port};
	return $gateway if $options{not_ready};
	within(30, sub { is_ready($gateway) }) or die 'the gateway does not get ready: ' . slurp_file($gateway->{log});
	return $gateway;
}

# Ends a gateway and returns its wait status; undefined: it did not end by itself.
sub stop_gateway {
	my ($gateway, $signal) = @_;
	my $pid = $gateway->{pid};
	my $status;
	delete $running{$pid};
	kill $signal // 'TERM', $pid;
	return $status if within(30, sub { waitpid($pid, POSIX::WNOHANG()) == $pid && defined($status = $?) });
	kill 'KILL', $pid;
	waitpid($pid, 0);
	return undef;
}

END {
	if ($$ == $owner)
	{
		my $status = $?;
		stop_gateway($_) for values %running;
		$? = $status;
	}
}

sub is_ready {
	my ($gateway) = @_;
	return call($gateway, 'GET', '/readyz')->{status} == 200;
}

# The lines of a gateway's log, read as JSON; a line that is no JSON is { broken => line }.
sub log_lines {
	my ($gateway) = @_;
	return map { eval { $json->decode($_) } // { broken => $_ } } split /\n/, slurp_file($gateway->{log});
}

sub messages {
	my ($gateway) = @_;
	return join "\n", map { $_->{message} // $_->{broken} } log_lines($gateway);
}

# A token as `boxofficed token` makes it; remembered.
sub mint {
	my ($gateway, $user, %options) = @_;
	my @options = map { ("--$_", $options{$_}) } sort keys %options;
	return $gateway->{tokens}{ join ' ', $user, @options } //= do {
		my ($status, $out, $err) = run_program([ 'token', '--user', $user, @options ], BOXOFFICE_JWT_KEYS => $gateway->{keys});
		die "no token for $user: $err" if $status != 0;
		$out =~ s/\n\z//r;
	};
}

# Texts for header and claims, signed with a secret: a token as anybody could make it.
sub sign {
	my ($header, $claims, $secret) = @_;
	my $signed = join '.', map { encode_base64url($_) } $header, $claims;
	return "$signed." . encode_base64url(hmac_sha256($signed, $secret));
}

# A good token, without a process for each: for crowds.
sub token_for {
	my ($user, %claims) = @_;
	return sign('{"alg":"HS256","kid":"first"}', $json->encode({ sub => $user, exp => int(time) + 3600, %claims }), secret_of('first'));
}

my %clients;    # by process and timeout
my $recorded;   # a file for every answer that call gets from now on; undefined: none

# Notes every answer from now on, for is_as_documented.
sub record_answers {
	$recorded = new_file('answers');
	append_to_file($recorded, '');
	return;
}

# Tests that the recorded answers are what the OpenAPI document says, as far as it has their operations.
sub is_as_documented {
	my ($gateway) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($status, $document, $complaints) = run_program(['openapi'], %{ $gateway->{environment} });
	is($status, 0, 'the document') or diag($complaints);
	my $file = new_file('openapi.json');
	append_to_file($file, $document);
	my ($judge, $verdict) = (abs_path('test/api/judge.mjs'), '');
	IPC::Run::run([ 'node', $judge, 'answers', $file, $recorded ], '>', \$verdict, '2>&1', IPC::Run::timeout(120));
	return is($verdict, '', 'every answer is as the OpenAPI document says');
}

# One request. With: user (a token is minted; `role`, `priority` go into it), jwt (a token as it is), queue_token, key
# (Idempotency-Key), body (becomes JSON) or text (sent as it is), headers, timeout in seconds. Returns status, headers
# (in small letters), text, and json where the answer is.
sub call {
	my ($gateway, $method, $path, %with) = @_;
	my %headers = %{ $with{headers} // {} };
	if (defined $with{user})
	{
		my %claims;
		$claims{role} = $with{role} if defined $with{role};
		$claims{'queue-priority'} = $with{priority} if defined $with{priority};
		$with{jwt} = mint($gateway, $with{user}, %claims);
	}
	$headers{'Authorization'}   = "Bearer $with{jwt}"   if defined $with{jwt};
	$headers{'Queue-Token'}     = $with{queue_token}    if defined $with{queue_token};
	$headers{'Idempotency-Key'} = $with{key}            if defined $with{key};
	my $content = defined $with{body} ? $json->encode($with{body}) : $with{text};
	$headers{'Content-Type'} //= 'application/json' if defined $content;
	my $timeout  = $with{timeout} // 30;
	my $client   = $clients{"$$ $timeout"} //= HTTP::Tiny->new(timeout => $timeout, keep_alive => 1, max_redirect => 0);
	my $response = $client->request($method, "http://127.0.0.1:$gateway->{port}$path",
		{ headers => \%headers, defined $content ? (content => $content) : () });
	my $answer = { status => $response->{status}, headers => $response->{headers} // {}, text => $response->{content} // '' };
	$answer->{json} = eval { $json->decode($answer->{text}) }
	  if ($answer->{headers}{'content-type'} // '') =~ m{^application/(?:problem\+)?json};
	append_to_file($recorded, $json->encode({ method => $method, path => $path, status => $answer->{status} + 0,
				type => $answer->{headers}{'content-type'} // '', text => $answer->{text} }) . "\n")
	  if defined $recorded && $$ == $owner && defined $answer->{json};
	return $answer;
}

# Sends bytes as they are on a connection of their own, and returns what comes back until the pattern matches.
sub ask_raw {
	my ($gateway, $bytes, $pattern) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $gateway->{port}, Timeout => 10) or die "connect: $!";
	local $SIG{PIPE} = 'IGNORE';
	$socket->syswrite($bytes);
	my ($text, $deadline) = ('', time + 10);
	while ($text !~ ($pattern // qr/\r\n\r\n.+/s) && time < $deadline)
	{
		my $ready = '';
		vec($ready, fileno $socket, 1) = 1;
		next if !select($ready, undef, undef, 0.1);
		last if !sysread($socket, $text, 65536, length $text);
	}
	return $text;
}

# Why an answer is not the problem that it should be; empty when it is. Expected: outcome (with the row of the table
# boxoffice.outcome), and the names of explaining columns; or a status alone.
sub is_problem {
	my ($answer, $expected, @explaining) = @_;
	my $status = ref $expected ? $expected->{http_status} : $expected;
	my %allowed = map { $_ => 1 } qw(type title status detail), @explaining;
	return "status $answer->{status}: $answer->{text}" if $answer->{status} != $status;
	return "content type $answer->{headers}{'content-type'}" if $answer->{headers}{'content-type'} ne 'application/problem+json';
	my $problem = $answer->{json} or return "no JSON: $answer->{text}";
	return "status in the body: $answer->{text}" if !is_json_type($problem->{status}, 'number') || $problem->{status} != $status;
	return "no title or no detail: $answer->{text}" if grep { !length($problem->{$_} // '') } qw(title detail);
	return "$_ is missing: $answer->{text}" for grep { !exists $problem->{$_} } @explaining;
	my $again = ref $expected ? $expected->{retryable} : $status == 503;
	$allowed{retry_after} = $again;
	my $header = $answer->{headers}{'retry-after'} // '';
	return "Retry-After is '$header': $answer->{text}" if $again ? $header !~ /^[1-9][0-9]*$/ : $header ne '';
	return "retry_after is not as the header says: $answer->{text}" if $again && $problem->{retry_after} != $header;
	if (ref $expected)
	{
		$allowed{outcome} = 1;
		return "outcome: $answer->{text}" if ($problem->{outcome} // '') ne $expected->{outcome};
		return "title: $answer->{text}" if $problem->{title} ne $expected->{title};
		return "type: $answer->{text}" if $problem->{type} ne "/docs/outcomes#$expected->{outcome}";
	}
	else
	{
		return "type: $answer->{text}" if $problem->{type} ne 'about:blank';
	}
	return "has $_: $answer->{text}" for grep { !$allowed{$_} } sort keys %$problem;
	return '';
}

# The table of outcomes: rows by name, as is_problem wants them.
sub outcomes {
	my ($node) = @_;
	my %outcomes;
	for my $line (split /\n/, sql($node, 'SELECT outcome, http_status, retryable, title FROM boxoffice.outcome'))
	{
		my ($outcome, $status, $retryable, $title) = split /\|/, $line;
		$outcomes{$outcome} = { outcome => $outcome, http_status => $status, retryable => $retryable eq 't', title => $title };
	}
	return \%outcomes;
}

# Whether a value that was read from JSON is a number, string, boolean, null, object or list.
sub is_json_type {
	my ($value, $type) = @_;
	my $text = $json->encode($value);
	my $is =
	    $text eq 'null'    ? 'null'
	  : $text =~ /^[tf]/   ? 'boolean'
	  : $text =~ /^"/      ? 'string'
	  : $text =~ /^\{/     ? 'object'
	  : $text =~ /^\[/     ? 'list'
	  :                      'number';
	return $is eq $type;
}

# The sum of a metric over all labels that match a pattern.
sub metric {
	my ($gateway, $name, $labels) = @_;
	my $sum = 0;
	for my $line (split /\n/, call($gateway, 'GET', '/metrics')->{text})
	{
		my ($has, $value) = $line =~ /^\Q$name\E(\{.*\})? (\S+)$/ or next;
		$sum += $value if !defined $labels || ($has // '') =~ $labels;
	}
	return $sum;
}

# Starts so many clients, each a process; all begin together. The work is called with the client's number, from 1, and a
# condition that becomes true when finish_clients is called; what it returns is what finish_clients gives for it.
sub start_clients {
	my ($count, $work) = @_;
	my $crowd = { stop => new_file('stop'), pids => [] };
	pipe(my $gate, my $opens) or die "pipe: $!";
	for my $number (1 .. $count)
	{
		my $pid = fork // die "fork: $!";
		if ($pid == 0)
		{
			close $opens;
			sysread($gate, my $nothing, 1);
			# a test that died tells nobody to stop
			my $stopped = sub { return -e $crowd->{stop} || getppid != $owner };
			my $result = eval { $work->($number, $stopped) } // { died => "$@" };
			open(my $file, '>', "$crowd->{stop}.$number") or _exit(99);
			print $file $json->encode($result);
			close $file or _exit(99);
			_exit(0);
		}
		push @{ $crowd->{pids} }, $pid;
	}
	return $crowd;
}

# Tells clients to end, waits for them, and returns what each has to say; one that died makes the test die.
sub finish_clients {
	my ($crowd) = @_;
	append_to_file($crowd->{stop}, 'now');
	waitpid($_, 0) for @{ $crowd->{pids} };
	my @results = map { $json->decode(slurp_file("$crowd->{stop}.$_")) } 1 .. @{ $crowd->{pids} };
	for my $result (@results)
	{
		die "a client died: $result->{died}" if ref $result eq 'HASH' && defined $result->{died};
	}
	return @results;
}

# So many clients do one thing at the same time; returns what each got.
sub at_once {
	my ($count, $work) = @_;
	return finish_clients(start_clients($count, $work));
}

# Ends all connections of the gateways to their database, and waits until one has all of its own again.
sub reconnect {
	my ($gateway) = @_;
	my $node = $gateway->{node};
	my $connections = "FROM pg_stat_activity WHERE usename = 'gateway'";
	my ($connected, $now) = split /\|/, sql($node, "SELECT count(*), clock_timestamp() $connections");
	sql($node, "SELECT count(pg_terminate_backend(pid)) $connections");
	$node->poll_query_until('postgres', "SELECT count(*) = $connected $connections AND backend_start > '$now'")
	  or die 'the gateway does not come back';
	within(30, sub { is_ready($gateway) }) or die 'the gateway does not get ready';
	return;
}

# Waits until so many connections of gateways whose name is like this wait for a lock.
sub wait_for_waiting {
	my ($node, $name, $count) = @_;
	my $query = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'boxofficed $name' AND wait_event_type = 'Lock'";
	within(20, sub { sql($node, $query) >= ($count // 1) }) or die "no connection $name waits";
	return;
}

# Gives settings to the role of the gateway, which hold from the next connection on; undefined: the default.
sub set_for_role {
	my ($node, %settings) = @_;
	for my $name (sort keys %settings)
	{
		sql($node, "ALTER ROLE gateway " . (defined $settings{$name} ? "SET $name = '$settings{$name}'" : "RESET $name"));
	}
	return;
}

1;
