# The front, api/front/nginx.sh, as a real nginx before an upstream that notes what it is sent: what is let through and in
# which form, what is refused and in which words, and what happens when the gateway does not answer.
# Attempts to smuggle requests: 020_front_smuggling.pl; push: 020_front_live.pl.
use strict;
use warnings;

use Encode 'decode';
use Front;
use IO::Select;
use JSON::PP;
use Test::More;
use Time::HiRes 'time';

my $upstream = start_upstream;
my $front = start_front('front', $upstream->{port}, '--workers', 1, '--user-rate', 100000, '--address-rate', 100000);
my $port = $front->{port};

# They are looked at when everything else is done, when their time is over.
my $began = time;
my %slow = map { $_->[0] => open_client($port) }
  my @slow = (
	[ 'never begins', '' ],
	[ 'never ends its headers', "GET /v1/slow HTTP/1.1\r\nHost: a\r\n" ],
	[ 'never ends its body', "POST /v1/slow HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345" ]);
$slow{ $_->[0] }->syswrite($_->[1]) for @slow;

sub header {
	my ($answer, $name) = @_;
	return join ',', @{ $answer->{headers}{$name} // [] };
}

# The one request that the upstream saw.
sub the_request {
	my ($since) = @_;
	my @requests = grep { !$_->{closed} } seen($upstream, $since);
	return @requests == 1 ? $requests[0] : { head => scalar(@requests) . ' requests', body => '' };
}

subtest 'options that make no sense are refused with a reason' => sub {
	my @good = ('--directory', folder, '--live', 'unix:' . folder . '/live');
	my @cases = (
		[ qr/no option --wrong/, @good, '--wrong' ],
		[ qr/--listen needs a value/, @good, '--listen' ],
		[ qr/--directory is missing/, @good[ 2, 3 ] ],
		[ qr/absolute path, not "here"/, '--directory', 'here', @good[ 2, 3 ] ],
		[ qr/no folder \/nowhere/, '--directory', '/nowhere', @good[ 2, 3 ] ],
		[ qr/letters, digits/, '--directory', '/tmp;user root', @good[ 2, 3 ] ],
		[ qr/port from 1 to 65535/, @good, '--listen', '127.0.0.1:65536' ],
		[ qr/port from 1 to 65535/, @good, '--listen', '8080' ],
		[ qr/no IPv4 address/, @good, '--listen', '127.0.0.256:80' ],
		[ qr/must have an IPv4 address/, @good, '--gateway', '*:80' ],
		[ qr/must have an IPv4 address/, @good, '--gateway', 'evil;:80' ],
		[ qr/on loopback, not "192.0.2.1:80"/, @good[ 0, 1 ], '--live', '192.0.2.1:80' ],
		[ qr/on loopback/, @good[ 0, 1 ], '--live', '[::2]:80' ],
		[ qr/107 characters/, @good[ 0, 1 ], '--live', 'unix:/' . 'x' x 107 ],
		[ qr/whole number from 1 to 1000000, not "0"/, @good, '--user-rate', '0' ],
		[ qr/whole number/, @good, '--address-rate', '1.5' ],
		[ qr/whole number/, @good, '--connections', '-1' ],
		[ qr/whole number/, @good, '--workers', 'many' ],
		[ qr/both 127.0.0.1:8081/, @good, '--listen', '127.0.0.1:8081' ],
		[ qr/--certificate needs --key/, @good, '--certificate', '/etc/hostname' ],
		[ qr/cannot be read/, @good, '--certificate', '/nowhere', '--key', '/nowhere' ],
		[ qr/no swagger-ui-bundle.js in \/tmp/, @good, '--swagger', '/tmp' ]);
	for my $case (@cases)
	{
		my ($reason, @options) = @$case;
		my ($status, $output, $complaint) = run_script(@options);
		is($status, 2, "@options");
		like($complaint, $reason, $complaint =~ s/\n.*//sr);
		is($output, '', 'and nothing is printed');
	}
	my ($status, $help) = run_script('--help');
	is($status, 0, 'help');
	like($help, qr/^  $_\b/m, "tells of $_") for qw(--directory --live --listen --gateway --no-limits);
};

subtest 'the gateway gets what it reads, and nothing else' => sub {
	my $since = mark($upstream);
	my @passed = (
		'Authorization: Bearer abc', 'Queue-Token: 9f', 'Idempotency-Key: k 1', 'If-None-Match: "x"',
		'Content-Type: application/json; charset=utf-8', 'X-Request-Id: mine-1');
	my @dropped = (
		'Accept: @', 'Cookie: a=b', 'User-Agent: x', 'X-Forwarded-For: 1.2.3.4', 'Accept-Encoding: br', 'Range: bytes=0-1',
		'If-Range: "x"', 'TE: trailers', 'Upgrade: h2c', 'Keep-Alive: 5', 'Expect: 100-continue', 'Proxy: x', 'Referer: x');
	my @conditions = ('If-Match: "x", "y"', 'If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT');
	my $answer = ask($port, 'POST', '/v1/pools/1/holds?a=%20b&c', [ @passed, @dropped, @conditions ], '{"quantity":1}');
	is($answer->{status}, 200, 'it answers');
	my $request = the_request($since);
	is( $request->{head},
		join("\r\n",
			'POST /v1/pools/1/holds?a=%20b&c HTTP/1.1', 'Host: shop.example', 'Connection: keep-alive', 'X-Request-Id: mine-1', @passed[ 0 .. 2 ],
			'Content-Type: application/json', 'If-None-Match: "x"', 'If-Match: *', 'If-Unmodified-Since: *', 'Content-Length: 14', '', ''),
		'the headers, and of conditions that there are such');
	is($request->{body}, '{"quantity":1}', 'the body');
	is(header($answer, 'server'), 'nginx', 'who answers is not told in detail');
	is(header($answer, 'etag'), '"tag"', 'headers of the answer pass');
};

subtest 'what Pistache would fail to parse does not get there' => sub {
	for my $case ([ '@@', 'application/octet-stream' ], [ 'application/jsonx', 'application/octet-stream' ], [ 'APPLICATION/JSON;x', 'application/json' ])
	{
		my $since = mark($upstream);
		ask($port, 'POST', '/v1/a', [ "Content-Type: $case->[0]" ], '{}');
		like(the_request($since)->{head}, qr{^Content-Type: \Q$case->[1]\E\r$}m, "Content-Type $case->[0]");
	}
	for my $host ('a..b', '[::1]:80', 'a_b', 'A.B:8080', '-', '<x>', '1.2.3.4.5')
	{
		my $since = mark($upstream);
		talk($port, "GET /v1/a HTTP/1.1\r\nHost: $host\r\nConnection: close\r\n\r\n");
		my @hosts = map { $_->{head} =~ /^Host: (.*)\r$/mg } grep { $_->{head} } seen($upstream, $since);
		ok(!grep({ !/\A[a-z0-9][a-z0-9.-]*\z/ } @hosts), "Host $host: @hosts");
	}
};

subtest 'paths are normalised' => sub {
	my %paths = (
		'//v1///events' => '/v1/events',
		'/v1/x/../events/./7' => '/v1/events/7',
		'/v1/x/%2e%2e/events' => '/v1/events',
		'/v1/%65vents%2F7' => '/v1/events/7',
		'/v1/events%0d%0aHost:%20x' => '/v1/events%0D%0AHost:%20x',
		'/v1/a%20b?c=d%20e' => '/v1/a%20b?c=d%20e',
		'/nothing/../v1/events?x' => '/v1/events?x',
		'/v1/slots/7/../7/seating-plan' => '/v1/slots/7/seating-plan',
		'/metrics' => '/metrics',
		'/openapi.json' => '/openapi.json',
		'/livez' => '/livez',
		'/readyz' => '/readyz');
	for my $path (sort keys %paths)
	{
		my $since = mark($upstream);
		ask($port, $path =~ /plan/ ? 'POST' : 'GET', $path, [], $path =~ /plan/ ? '{}' : undef);
		# that a plan may be sent was asked before
		my ($method, $sent) = split / /, (grep { $_->{head} } seen($upstream, $since))[-1]{head};
		is($sent, $paths{$path}, $path);
	}
	for my $path ('/v1/../../etc/passwd', '/v1/%00', '/', '/v1', '/v2/events', '/.git/config', '/livez/', '/problem/400', '/publish/slots/7')
	{
		my $since = mark($upstream);
		my $answer = ask($port, 'GET', $path);
		like(is_problem($answer, $answer->{status}) . $answer->{status}, qr/\A40[04]\z/, "$path is refused");
		is(scalar(seen($upstream, $since)), 0, 'and does not get there');
	}
};

subtest 'every answer has a request id, which the gateway gets, too' => sub {
	for my $id ('a', 'A-z_9' x 12, 'x' x 64)
	{
		my $since = mark($upstream);
		my $answer = ask($port, 'GET', '/v1/a', [ "X-Request-Id: $id" ]);
		is(header($answer, 'x-request-id'), $id, 'that of the client');
		like(the_request($since)->{head}, qr/^X-Request-Id: $id\r$/m, 'gets there');
	}
	for my $id ('', 'x' x 65, 'a b', 'a"b', "a\tb", '../x')
	{
		my $since = mark($upstream);
		my $answer = ask($port, 'GET', '/v1/a', [ "X-Request-Id: $id" ]);
		like(header($answer, 'x-request-id'), qr/\A[0-9a-f]{32}\z/, "a new one instead of \"$id\"");
		like(the_request($since)->{head}, qr/^X-Request-Id: @{[ header($answer, 'x-request-id') ]}\r$/m, 'gets there');
	}
	is(header(ask($port, 'GET', '/none', ['X-Request-Id: mine']), 'x-request-id'), 'mine', 'on answers of nginx itself');
	isnt(header(ask($port, 'GET', '/none'), 'x-request-id'), header(ask($port, 'GET', '/none'), 'x-request-id'), 'each has its own');
};

subtest 'connections to the gateway are kept, whatever clients do' => sub {
	my $connection = sub {
		my $since = mark($upstream);
		ask($port, 'GET', '/v1/a');
		return the_request($since)->{connection} // 'none';
	};
	my $first = $connection->();
	is($connection->(), $first, 'one after another') for 1 .. 20;
	my $since = mark($upstream);
	my $client = open_client($port);
	$client->syswrite("POST /v1/later HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
	ok(within(10, sub { grep { $_->{head} } seen($upstream, $since) }), 'a client asks');
	close $client;
	ok(within(10, sub { grep { $_->{answered} } seen($upstream, $since) }), 'and goes before it is answered');
	is($connection->(), $first, 'the connection to the gateway stays');
	is(scalar(grep { $_->{closed} } seen($upstream, $since)), 0, 'none was closed');
};

subtest 'HEAD is a GET without the body' => sub {
	my $since = mark($upstream);
	my $answer = ask($port, 'HEAD', '/v1/events');
	is($answer->{status}, 200, 'it answers');
	is(header($answer, 'etag'), '"tag"', 'with the headers');
	cmp_ok(header($answer, 'content-length'), '>', 10, 'the length of what GET would give');
	like(the_request($since)->{head}, qr{\AGET /v1/events HTTP}, 'the gateway sees GET');
	like(talk($port, "HEAD /v1/events HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), qr/\r\n\r\n\z/, 'nothing follows the headers');
	is(ask($port, 'HEAD', '/v1/refusal')->{status}, 503, 'a refusal stays one');
	like(talk($port, "HEAD /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), qr/\AHTTP\/1.1 404.*\r\n\r\n\z/s, 'nginx does the same');
};

subtest 'methods' => sub {
	my $since = mark($upstream);
	my $any = 'GET, HEAD, POST, PATCH, DELETE';
	my @cases = (
		[ 'TRACE', '/v1/events', $any ], [ 'PUT', '/livez', 'GET, HEAD' ], [ 'PROPFIND', '/docs', 'GET, HEAD' ],
		[ 'POST', '/livez', 'GET, HEAD' ], [ 'DELETE', '/metrics', 'GET, HEAD' ], [ 'POST', '/openapi.json', 'GET, HEAD' ],
		[ 'POST', '/docs', 'GET, HEAD' ], [ 'HEAD', '/v1/live/slots/7', 'GET' ], [ 'POST', '/v1/live/slots/7', 'GET' ], [ 'OPTIONS', '/v1/live/queues/7', 'GET' ]);
	for my $case (@cases)
	{
		my ($method, $path, $allowed) = @$case;
		my $answer = ask($port, $method, $path);
		is(header($answer, 'allow'), $allowed, "$method $path: Allow");
		is($method eq 'HEAD' ? $answer->{status} : is_problem($answer, 405), $method eq 'HEAD' ? 405 : '', 'a problem');
	}
	is(is_problem(ask($port, $_, '/none', [], '{}'), 404), '', "what is not there takes no method, and no $_") for qw(POST PUT PROPFIND);
	is(scalar(grep { $_->{head} } seen($upstream, $since)), 0, 'the gateway saw none of them');
	for my $method (qw(PUT OPTIONS PROPFIND))
	{
		$since = mark($upstream);
		ask($port, $method, '/v1/a');
		like(the_request($since)->{head}, qr/\APUT /, "of $method the gateway says what the address takes instead");
	}
	for my $method (qw(GET POST PATCH DELETE))
	{
		$since = mark($upstream);
		is(ask($port, $method, '/v1/a')->{status}, 200, $method);
		like(the_request($since)->{head}, qr/\A$method /, 'gets there');
	}
};

subtest 'limits of size' => sub {
	my $chunked = sub {
		my ($path, $length) = @_;
		my $bytes = "POST $path HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
		for (my $left = $length; $left > 0; $left -= 10000)
		{
			my $size = $left < 10000 ? $left : 10000;
			$bytes .= sprintf("%x\r\n%s\r\n", $size, 'x' x $size);
		}
		return (answers(talk($port, "${bytes}0\r\n\r\n")))[0];
	};
	for my $case ([ '/v1/a', 32768, 32768 ], [ '/v1/slots/7/seating-plan', 9_400_000, 64 * 1024 * 1024 ])
	{
		my ($path, $much, $most) = @$case;
		my $since = mark($upstream);
		is(decode_json(ask($port, 'POST', $path, [], 'x' x $much)->{body})->{bytes}, $much, "$path: $much bytes get there");
		is(decode_json($chunked->($path, 30_000)->{body})->{bytes}, 30_000, 'in chunks, too');
		$since = mark($upstream);
		is(is_problem(ask($port, 'POST', $path, [], 'x' x ($most + 1)), 413), '', "one more than $most does not");
		is(is_problem($chunked->($path, $most + 1), 413), '', 'not even in chunks');
		is(join(' ', map { length $_->{body} } grep { $_->{head} } seen($upstream, $since)), $much == $most ? '' : 0, 'nothing of them gets there');
	}
	for my $status (401, 403)
	{
		my $path = "/v1/slots/$status/seating-plan";
		my $since = mark($upstream);
		my $client = open_client($port);
		$client->syswrite("POST $path HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nContent-Length: 9400000\r\n\r\n" . 'x' x 1000);
		my ($answer) = answers(read_until($client, qr/\}\z/));
		is(is_problem($answer, $status), '', 'a plan is read only from those who may send one');
		is(header($answer, 'www-authenticate'), $status == 401 ? 'Bearer realm="boxoffice"' : '', 'which says what is missing');
		my @requests = grep { $_->{head} } seen($upstream, $since);
		is(join(' ', map { length $_->{body} } @requests), 0, 'the gateway is asked without it');
		like($requests[0]{head}, qr{\APOST $path HTTP/1.1\r\n.*^Authorization: Bearer x\r$}ms, 'with the token');
	}
	# Of a plan that is announced, but not sent, the answer comes at once, or it would come never.
	my $announce = sub {
		my ($to, $method, $slot) = @_;
		my $client = open_client($to);
		$client->syswrite("$method /v1/slots/$slot/seating-plan HTTP/1.1\r\nHost: a\r\nContent-Length: 9400000\r\n\r\n" . 'x' x 1000);
		return $client;
	};
	my $answer_of = sub {
		my ($client, $method) = @_;
		return (answers(read_until($client, $method eq 'HEAD' ? qr/\r\n\r\n\z/ : qr/\}\z/, 5), $method))[0] // { status => 'none', headers => {} };
	};
	for my $method (qw(GET HEAD PUT PATCH DELETE OPTIONS PROPFIND))
	{
		my $since = mark($upstream);
		my $answer = $answer_of->($announce->($port, $method, 7), $method);
		is("$answer->{status} " . header($answer, 'allow'), '405 POST', "$method sends no plan");
		is(is_problem($answer, 405), '', 'which is said in words') if $method ne 'HEAD';
		is(scalar(grep { $_->{head} } seen($upstream, $since)), 0, 'the gateway is not asked');
	}
	my %answered = (404 => 404, 405 => 500, 409 => 500, 415 => 500, 422 => 500, 429 => 429, 500 => 500, 501 => 500, 502 => 503, 503 => 503, 504 => 503);
	for my $status (sort keys %answered)
	{
		my $since = mark($upstream);
		is(is_problem($answer_of->($announce->($port, 'POST', $status), 'POST'), $answered{$status}), '', "the gateway says $status: no plan is read");
		is(join(' ', map { length $_->{body} } grep { $_->{head} } seen($upstream, $since)), 0, 'it was asked once, without it');
	}
	my ($silent, $kept) = silent_port;
	my $lonely = start_front('planless', $silent, '--no-limits', '--workers', 1);
	is(is_problem($answer_of->($announce->($lonely->{port}, 'POST', 7), 'POST'), 503), '', 'nor where there is no gateway');
	stop_server($lonely->{pid});
	my @sending = map { $announce->($port, 'POST', 7) } 1 .. 4;
	ok(!IO::Select->new(@sending)->can_read(0.5), 'four plans of an address may be under way');
	my $asked = mark($upstream);
	is(is_problem($answer_of->($announce->($port, 'POST', 7), 'POST'), 429), '', 'a fifth waits');
	is(scalar(seen($upstream, $asked)), 0, 'and the gateway is not asked');
	is(ask($port, 'GET', '/v1/a')->{status}, 200, 'other requests of the address go on');
	close $_ for @sending;
	ok(within(5, sub { ask($port, 'POST', '/v1/slots/7/seating-plan', [], '{}')->{status} == 200 }), 'when they are gone there is room again');
	is(is_problem(ask($port, 'POST', "/v1/slots/$_/seating-plan", [], 'x' x 40000), 413), '', "slot $_ is none") for 'x', '1x', '-1', '1' x 20;
	my $since = mark($upstream);
	my $token = 'x' x 4096;
	is(ask($port, 'GET', '/v1/a', [ "Authorization: Bearer $token", 'Queue-Token: ' . 'x' x 4096 ])->{status}, 200, 'tokens of 4096 characters');
	like(the_request($since)->{head}, qr/^Authorization: Bearer $token\r$/m, 'get there');
	$since = mark($upstream);
	is(is_problem(ask($port, 'GET', '/v1/a', [ 'Authorization: Bearer ' . 'x' x 8000 ]), 431), '', 'one header too long');
	is(is_problem(ask($port, 'GET', '/v1/a', [ map { "Header-$_: " . 'x' x 5000 } 1 .. 6 ]), 431), '', 'all headers too long');
	is(is_problem(ask($port, 'GET', '/v1/' . 'x' x 8000), 414), '', 'address too long');
	is(scalar(seen($upstream, $since)), 0, 'they do not get there');
};

subtest 'a client that waits for 100 Continue is told to go on' => sub {
	my $since = mark($upstream);
	my $client = open_client($port);
	$client->syswrite("POST /v1/a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
	like(read_until($client, qr/\r\n\r\n/), qr{\AHTTP/1.1 100 Continue\r\n\r\n\z}, 'by nginx');
	is(scalar(seen($upstream, $since)), 0, 'the gateway knows nothing yet');
	$client->syswrite('{}');
	like(read_until($client), qr{\AHTTP/1.1 200 }, 'then it is answered');
};

subtest 'answers are compressed for who takes it' => sub {
	my $plain = ask($port, 'GET', '/v1/large');
	cmp_ok(length $plain->{body}, '>', 2_000_000, 'without');
	is(decode_json($plain->{body})->{large}, 'x' x 2_000_000, 'all of it');
	my $compressed = ask($port, 'GET', '/v1/large', ['Accept-Encoding: gzip']);
	is(header($compressed, 'content-encoding'), 'gzip', 'with gzip');
	is(header($compressed, 'vary'), 'Accept-Encoding', 'caches are told');
	cmp_ok(length $compressed->{body}, '<', 100_000, 'less');
};

subtest 'when the gateway does not answer' => sub {
	my $since = mark($upstream);
	is(is_problem(ask($port, 'POST', '/v1/break', [], '{}'), 502), '', 'it breaks off: 502');
	is(is_problem(ask($port, 'GET', '/v1/break'), 502), '', 'for GET, too');
	is(scalar(grep { $_->{head} } seen($upstream, $since)), 2, 'neither is sent a second time');
	my $refusal = ask($port, 'GET', '/v1/refusal');
	is($refusal->{body}, '{"title":"as the gateway says"}', 'its own problems pass unchanged');
	is(header($refusal, 'retry-after'), '7', 'with their headers');

	my $impatient = start_front('impatient', $upstream->{port}, '--no-limits', '--gateway-timeout', 1);
	is(is_problem(ask($impatient->{port}, 'GET', '/v1/silence'), 504), '', 'it is silent: 504');
	stop_server($impatient->{pid});

	my ($silent, $kept) = silent_port;
	my $lonely = start_front('lonely', $silent, '--no-limits', '--access-log', '--workers', 1);
	my $answer = ask($lonely->{port}, 'POST', '/v1/a', [ 'X-Request-Id: lonely', 'Authorization: Bearer secret' ], '{}');
	is(is_problem($answer, 503), '', 'it is not there: 503');
	like($answer->{body}, qr/nothing was done/, 'which says that it is safe to repeat');
	is(header($answer, 'x-request-id'), 'lonely', 'under the same request id');
	ask($lonely->{port}, 'GET', '/v1/events?query=private');
	stop_server($lonely->{pid}, 'QUIT');
	my @log = map { decode_json($_) } split /\n/, slurp("$lonely->{folder}/access.log");
	is_deeply([ map { "$_->{method} $_->{path} $_->{status}" } grep { $_->{path} ne '' } @log ], [ 'POST /v1/a 503', 'GET /v1/events 503' ], 'the log has both');
	is($log[-2]{request_id}, 'lonely', 'and the request id');
	unlike(slurp("$lonely->{folder}/access.log"), qr/secret|private/, 'but nothing private');
	stop_server($lonely->{live_pid});
	ok(!-e $lonely->{publisher}, 'nothing stays when it ends in order');
};

subtest 'the log is JSON whatever clients send' => sub {
	my $logging = start_front('logging', $upstream->{port}, '--no-limits', '--access-log', '--workers', 1);
	my @bytes = map { chr } 0 .. 255;
	for my $byte (@bytes)
	{
		my $escaped = sprintf '%%%02x', ord $byte;
		for my $path ("/v1/a$byte", "/v1/a$escaped", "/v1/$escaped$escaped/metrics", "/v1/a?$byte")
		{
			my $client = open_client($logging->{port});
			$client->syswrite("GET $path HTTP/1.1\r\nHost: a$byte\r\nX-Request-Id: $byte\r\nUser-Agent: $byte\r\nConnection: close\r\n\r\n");
			read_until($client);
		}
	}
	for my $request ("G\xc0T /v1/a HTTP/1.1\r\n\r\n", "GET /v1/a HTTP/\xc0\xae\r\n\r\n", "\xff\xfe\r\n\r\n", "GET http://\xc0\xae/v1/b HTTP/1.1\r\nHost: a\r\n\r\n")
	{
		my $client = open_client($logging->{port});
		$client->syswrite($request);
		read_until($client, qr/\r\n\r\n/);
	}
	stop_server($logging->{pid}, 'QUIT');
	my @lines = split /\n/, slurp("$logging->{folder}/access.log");
	cmp_ok(scalar(@lines), '>=', 4 * 256, 'a line for each');
	my $strict = JSON::PP->new->utf8;
	my @broken = grep {
		my $line = $_;
		!eval { decode('UTF-8', my $copy = $line, Encode::FB_CROAK); $strict->decode($line) };
	} @lines;
	is(join("\n", @broken), '', 'all of them JSON in UTF-8');
	my %paths = map { $strict->decode($_)->{path} => 1 } grep { my $line = $_; !grep { $_ eq $line } @broken } @lines;
	ok($paths{'/v1/%c0%c0/metrics'}, 'with the path as it was sent');
	ok($paths{'(not ASCII)'}, 'unless it has other characters than ASCII');
	is(scalar(grep { /[?]/ } keys %paths), 0, 'and without what is looked for');
};

subtest 'metrics are for the machine itself' => sub {
	is(ask($port, 'GET', '/metrics')->{status}, 200, 'from 127.0.0.1');
	is(is_problem(ask($port, 'GET', '/metrics', [$_]), 403), '', "not by a proxy on it: $_") for 'X-Forwarded-For: 192.0.2.1', 'Forwarded: for=192.0.2.1', 'X-Forwarded-For:',
	  'forwarded:', 'Via: 1.1 proxy', 'Via:', 'X-Real-IP: 127.0.0.1', 'X-Real-IP:', 'X-Forwarded-Host: a', 'X-Forwarded-Proto: https', 'True-Client-IP: 127.0.0.1';
	is(ask($port, 'GET', '/metrics', [ 'User-Agent: Prometheus/2', 'X-Prometheus-Scrape-Timeout-Seconds: 10', 'Accept: */*' ])->{status}, 200, 'but by Prometheus');
	my $since = mark($upstream);
	for my $path ('/metrics', '//metrics', '/v1/../metrics', '/%6detrics')
	{
		is(is_problem(ask($port, 'GET', $path, [], undef, LocalAddr => '127.0.0.2'), 403), '', "$path from another address");
	}
	is(is_problem(ask($port, 'GET', '/metrics', [ 'X-Forwarded-For: 127.0.0.1', 'X-Real-IP: 127.0.0.1' ], undef, LocalAddr => '127.0.0.2'), 403), '', 'which says it is this one');
	is(scalar(seen($upstream, $since)), 0, 'they do not get there');
};

subtest 'who asks too often waits' => sub {
	my $limited = start_front('limited', $upstream->{port}, '--user-rate', 5, '--address-rate', 50, '--connections', 3);
	my $count = sub {
		my ($times, $headers, %options) = @_;
		my %statuses;
		for (1 .. $times)
		{
			my $answer = ask($limited->{port}, 'GET', '/v1/a', [ ref $headers eq 'CODE' ? $headers->($_) : @$headers ], undef, %options);
			$statuses{ $answer->{status} }++;
			is(is_problem($answer, 429), '', 'the refusal') if $answer->{status} != 200 && $statuses{429} == 1;
		}
		return \%statuses;
	};
	my $ann = 'Authorization: Bearer ' . 'x' x 1000 . 'ann';
	my $queue_token = 'Queue-Token: 01234567-89ab-cdef-0123-456789abcdef';
	my $bob = 'Authorization: Bearer ' . 'x' x 1000 . 'bob';
	my $statuses = $count->(15, [$ann]);
	cmp_ok($statuses->{200}, '>=', 6, 'a user may ask so often');
	cmp_ok($statuses->{429} // 0, '>=', 5, 'and no more');
	is($count->(5, [$bob])->{200}, 5, 'another user may ask at the same time');
	is($count->(5, [ $queue_token ])->{200}, 5, 'a queue token is a user');
	cmp_ok($count->(10, [ uc($queue_token) =~ s/.*:/Queue-Token:/r ])->{429}, '>=', 4, 'with the same limit, in upper case, too');
	my $case = 0;
	my $mixed = $count->(12, sub { my $bit = 1 << $case++ % 6; my $at = 0; return $queue_token =~ s/([a-f])(?=[^:]*$)/$bit >> $at++ & 1 ? uc $1 : $1/ger });
	cmp_ok($mixed->{429} // 0, '>=', 4, 'and in any mixture');
	is($count->(5, [ $queue_token =~ s/0/1/r ])->{200}, 5, 'another token has a limit of its own');
	my $spread = $count->(120, sub { "Authorization: $_[0]" }, LocalAddr => '127.0.0.3');
	cmp_ok($spread->{200}, '>=', 51, 'an address may ask more often');
	cmp_ok($spread->{429} // 0, '>=', 20, 'but not without end, whoever it says it is');
	my @waiting = map { open_client($limited->{port}, LocalAddr => '127.0.0.4') } 1 .. 4;
	$_->syswrite("GET /v1/live/slots/1 HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n") for @waiting;
	my @beginnings = map { read_until($_, qr/\r\n\r\n/) =~ m{\AHTTP/1.1 ([0-9]+)} } @waiting;
	is(join(' ', sort @beginnings), '200 200 200 429', 'an address may have so many under way');
	close $_ for @waiting;
	stop_server($limited->{pid});
};

subtest 'TLS' => sub {
	my ($key, $certificate) = map { folder . "/$_.pem" } 'key', 'certificate';
	system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout $key -out $certificate 2>/dev/null") == 0 or die 'openssl';
	my $secure = start_front('secure', $upstream->{port}, '--no-limits', '--certificate', $certificate, '--key', $key);
	my $curl = "curl --silent --max-time 20 --cacert $certificate --resolve localhost:$secure->{port}:127.0.0.1";
	my $since = mark($upstream);
	like(`$curl --http2 --head https://localhost:$secure->{port}/v1/events`, qr/\AHTTP\/2 200.*^strict-transport-security: max-age/ms, 'HTTP/2');
	like(the_request($since)->{head}, qr{\AGET /v1/events HTTP/1.1\r\nHost: localhost\r\n}, 'the gateway gets HTTP/1.1');
	like(`$curl --http1.1 --include https://localhost:$secure->{port}/none`, qr{\AHTTP/1.1 404 .*application/problem\+json}s, 'HTTP/1.1');
	is(is_problem(ask($secure->{port}, 'GET', '/v1/events'), 400), '', 'without TLS');
	isnt(system("$curl --tls-max 1.1 https://localhost:$secure->{port}/livez >/dev/null 2>&1"), 0, 'nothing older than TLS 1.2');
	stop_server($secure->{pid});
};

subtest 'the documentation' => sub {
	my $plain = ask($port, 'GET', '/docs');
	is("$plain->{status} " . header($plain, 'content-type'), '200 text/html; charset=utf-8', 'is a plain page where Swagger UI was not asked for');
	like($plain->{body}, qr/\Q$_\E/, "which tells of $_") for 'href="/openapi.json"', 'href="/docs/outcomes"', '--swagger';
	my $swagger = folder . '/swagger';
	mkdir $swagger;
	for my $name ('swagger-ui-bundle.js', 'swagger-ui.css', 'package.json')
	{
		open(my $file, '>', "$swagger/$name") or die $!;
		print $file '/* ' . 'x' x 1000 . ' */';
	}
	my $documented = start_front('documented', $upstream->{port}, '--no-limits', '--swagger', $swagger);
	my $page = ask($documented->{port}, 'GET', '/docs');
	is(header($page, 'content-type'), 'text/html; charset=utf-8', 'a page');
	like(header($page, 'content-security-policy'), qr/\Adefault-src 'none'; script-src 'self'; style-src 'self';/, 'with a strict policy');
	is(ask($documented->{port}, 'GET', '/docs/')->{body}, $page->{body}, 'the slash does not matter');
	unlike($page->{body}, qr{//|<script>|<style|\son\w+=}, 'asks nobody else, and has no inline scripts or styles');
	my @parts = $page->{body} =~ /(?:src|href)="(\/docs[^"]*)"/g;
	is(scalar(@parts), 3, 'has three parts');
	for my $part (@parts)
	{
		my $answer = ask($documented->{port}, 'GET', $part);
		is($answer->{status}, 200, $part);
		is(header($answer, 'content-type'), ($part =~ /css$/ ? 'text/css' : 'text/javascript') . '; charset=utf-8', 'its type');
		is(header($answer, 'x-content-type-options'), 'nosniff', 'which is not guessed');
	}
	is(header(ask($documented->{port}, 'GET', '/docs/swagger-ui.css', ['Accept-Encoding: gzip']), 'content-encoding'), 'gzip', 'compressed');
	is(is_problem(ask($documented->{port}, 'GET', '/docs/package.json'), 404), '', 'no other file is served');
	is(is_problem(ask($documented->{port}, 'POST', '/docs'), 405), '', 'only to be read');
	is(is_problem(ask($documented->{port}, 'GET', '/docs', ['If-Match: "x"']), 412), '', 'under a condition that does not hold');
	stop_server($documented->{pid});
};

subtest 'who is too slow is cut off' => sub {
	for my $case (@slow)
	{
		my ($name) = @$case;
		my $looked = time;
		my $text = read_until($slow{$name}, undef, 20);
		my ($seconds, $waited) = (time - $began, time - $looked);
		is($text, '', "a client that $name gets nothing");
		ok($seconds < 25 || $waited < 1, 'and the connection ends, or has ended');
	}
	is(scalar(grep { ($_->{head} // '') =~ m{/v1/slow} } seen($upstream)), 0, 'nothing of it gets to the gateway');
};

subtest 'the log has nothing that should worry' => sub {
	stop_server($front->{pid}, 'QUIT');
	my @worries = grep { /\[(?:warn|alert|emerg|crit)\]/ && !/buffered to a temporary file/ } split /\n/, slurp("$front->{folder}/error.log");
	is(join("\n", @worries), '', 'warnings');
};

done_testing();
