# Requests that two readers could read in two ways: whatever a client sends, the gateway sees at most one request for each
# that the front accepts, written anew, and never one that was hidden in another.
use strict;
use warnings;

use Front;
use Test::More;

my $upstream = start_upstream;
my $front = start_front('front', $upstream->{port}, '--no-limits', '--workers', 1);
my $port = $front->{port};

my $hidden = "GET /v1/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
my $one_chunk = sprintf("%x\r\n%s\r\n0\r\n\r\n", length $hidden, $hidden);
my %may_pass = map { $_ => 1 }
  qw(Host Connection X-Request-Id Authorization Queue-Token Idempotency-Key Content-Type If-None-Match Content-Length);

# What is wrong with the bytes of a request that the gateway got; empty when nothing is.
sub flaws {
	my ($request) = @_;
	my ($line, @headers) = split /\r\n/, $request->{head};
	return "first line $line" if $line !~ m{\A(?:GET|POST|PATCH|DELETE) (/[\x21-\x7e\x80-\xff]*) HTTP/1\.1\z};
	my ($path) = split /\?/, $1;
	return "path $path" if $path =~ m{//|/\.\.?(?:/|\z)|%00};
	return "smuggled" if $path eq '/v1/smuggled';
	my %seen;
	for my $header (@headers)
	{
		return "header $header" if $header !~ /\A([A-Za-z-]+): ([^\r\n\0]+)\z/ || !$may_pass{$1} || $seen{$1}++;
		return "header $header" if $1 eq 'Connection' && $2 ne 'keep-alive' || $1 eq 'Content-Length' && $2 !~ /\A[0-9]+\z/;
	}
	return 'no Host' if !$seen{Host};
	return 'a body without length' if length $request->{body} && !$seen{'Content-Length'};
	return '';
}

# Sends bytes; returns the statuses of the answers and the requests that the gateway got, as "METHOD PATH BODY".
sub attack {
	my ($name, $bytes, $most) = @_;
	my $since = mark($upstream);
	my @statuses = map { $_->{status} } answers(talk($port, $bytes));
	# what was sent on would be noted before this, on the same connection or another
	ask($port, 'GET', '/v1/after');
	my @events = seen($upstream, $since);
	my @requests = grep { defined $_->{head} && $_->{head} !~ m{\AGET /v1/after } } @events;
	is(join('; ', grep { length } map { flaws($_) } @requests), '', "$name: nothing wrong gets there");
	cmp_ok(scalar(@requests), '<=', $most // 1, 'at most one request') if !defined $most || $most > 0;
	is(join('', map { $_->{rest} // '' } @events), '', 'and nothing is left over');
	return (join(' ', @statuses), join('|', map { join ' ', (split / /, $_->{head})[ 0, 1 ], $_->{body} } @requests));
}

sub refused {
	my ($name, $bytes, $expected) = @_;
	my ($statuses, $requests) = attack($name, $bytes);
	is($statuses, $expected // '400', 'it is refused');
	is($requests, '', 'nothing gets there');
	return;
}

sub post {
	my ($headers, $body) = @_;
	return join("\r\n", 'POST /v1/a HTTP/1.1', 'Host: a', @$headers, '', '') . $body;
}

subtest 'the upstream would notice' => sub {
	my ($statuses, $requests) = attack('two requests, one after another', "GET /v1/one HTTP/1.1\r\nHost: a\r\n\r\nGET /v1/two HTTP/1.1\r\nHost: a\r\n\r\n", 2);
	is($statuses, '200 200', 'are two requests');
	is($requests, 'GET /v1/one |GET /v1/two ', 'here, too');
	like(flaws({ head => "GET /v1/smuggled HTTP/1.1\r\nHost: a\r\n\r\n", body => '' }), qr/smuggled/, 'a hidden one is a flaw');
	like(flaws({ head => "GET /v1/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", body => '' }), qr/Transfer-Encoding/, 'so is a header');
};

subtest 'length and chunks at once' => sub {
	my @lengths = (0, 4, 6, length $one_chunk);
	for my $length (@lengths)
	{
		refused("CL.TE $length", post([ "Content-Length: $length", 'Transfer-Encoding: chunked' ], "0\r\n\r\n$hidden"));
		refused("TE.CL $length", post([ 'Transfer-Encoding: chunked', "Content-Length: $length" ], $one_chunk));
	}
};

subtest 'odd spellings of Transfer-Encoding, with a length' => sub {
	my @spellings = (
		'Transfer-Encoding: xchunked', 'Transfer-Encoding : chunked', 'Transfer-Encoding:chunked', "Transfer-Encoding:\tchunked",
		"Transfer-Encoding: chunked\t", 'transfer-encoding: CHUNKED', 'Transfer-Encoding: chunked, identity', 'Transfer-Encoding: identity, chunked',
		'Transfer-Encoding: identity', 'Transfer-Encoding: "chunked"', "Transfer-Encoding: chunked\x0b", "Transfer-Encoding: \x0bchunked",
		'Transfer_Encoding: chunked', "Transfer-Encoding\t: chunked", "X: y\nTransfer-Encoding: chunked", "X: y\rTransfer-Encoding: chunked",
		"X: y\r\n Transfer-Encoding: chunked", "Transfer-Encoding:\r\n chunked", "Transfer-Encoding\r\n: chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
		"Transfer-Encoding: x\r\nTransfer-Encoding: chunked", "\0Transfer-Encoding: chunked", "Transfer-Encoding: chunked\0", 'Transfer-Encoding: ,chunked',
		'Transfer-Encoding: chunked;q=1', "Transfer-Encoding\xa0: chunked", 'TE: chunked', 'Connection: Transfer-Encoding', ' Transfer-Encoding: chunked');
	for my $spelling (@spellings)
	{
		my $name = $spelling =~ s/([^ -~])/sprintf '\x%02x', ord $1/ger;
		# closed after it, so that what follows the request as one reader reads it is no request of its own
		my ($statuses) = attack("CL.TE $name", post([ 'Connection: close', 'Content-Length: 5', $spelling ], "0\r\n\r\n$hidden"));
		like($statuses, qr/\A(?:400|501|200|)\z/, "answered: $statuses");
		attack("TE.CL $name", post([ $spelling, 'Connection: close', 'Content-Length: ' . length $one_chunk ], $one_chunk));
		attack("no length $name", post([ 'Connection: close', $spelling ], $one_chunk));
	}
};

subtest 'odd lengths' => sub {
	my @odd = ('-1', '+5', '0x5', '5 5', '5,5', '5;5', '1e1', 'five', '5.0', "5\x0b", '99999999999999999999999', '9223372036854775808', '18446744073709551621', '');
	refused("Content-Length: $_", post([ "Content-Length: $_" ], "hello$hidden")) for @odd;
	refused('as long as a number can be', post([ 'Content-Length: 9223372036854775807' ], "hello$hidden"), '413');
	refused('two lengths', post([ 'Content-Length: 5', 'Content-Length: 6' ], "hello$hidden"));
	refused('the same length twice', post([ 'Content-Length: 5', 'Content-Length: 5' ], "hello$hidden"));
	refused('two lengths in two spellings', post([ 'Content-Length: 5', 'content-length: ' . (5 + length $hidden) ], "hello$hidden"));
	refused('a space before the colon', post([ 'Content-Length : 5' ], "hello$hidden"));
	my ($statuses, $requests) = attack('too long', post([ 'Content-Length: 40000' ], $hidden x 1000));
	is("$statuses $requests", '413 ', 'what is too long does not get there, nor does any of it');
	($statuses, $requests) = attack('a leading zero', post([ 'Connection: close', 'Content-Length: 005' ], "hello$hidden"));
	is($requests, 'POST /v1/a hello', 'is written anew') if $statuses eq '200';
	($statuses, $requests) = attack('ends early', post([ 'Content-Length: 500' ], $hidden));
	is($requests, '', 'a body that does not come to its end does not get there');
};

subtest 'odd chunks' => sub {
	my @taken = (
		[ 'an extension', "5;a=b\r\nhello\r\n0\r\n\r\n" ], [ 'an extension in quotes', "5;a=\"b\"\r\nhello\r\n0;c\r\n\r\n" ],
		[ 'zeros before', "0005\r\nhello\r\n000\r\n\r\n" ], [ 'trailers', "5\r\nhello\r\n0\r\nContent-Length: 9\r\nHost: b\r\n\r\n" ],
		[ 'many', join('', map { "1\r\n$_\r\n" } qw(h e l l o)) . "0\r\n\r\n" ]);
	for my $case (@taken)
	{
		my ($statuses, $requests) = attack($case->[0], post([ 'Transfer-Encoding: chunked', 'Connection: close' ], $case->[1] . $hidden));
		is("$statuses $requests", '200 POST /v1/a hello', 'is taken, and sent on with its length');
	}
	my @refused = (
		[ 'a size too large', "ffffffffffffffff1\r\nhello" ], [ 'a negative size', "-5\r\nhello\r\n0\r\n\r\n" ], [ '0x', "0x5\r\nhello\r\n0\r\n\r\n" ],
		[ 'no size', "\r\nhello\r\n0\r\n\r\n" ], [ 'a size too small', "3\r\nhello\r\n0\r\n\r\n" ], [ 'a space before', " 5\r\nhello\r\n0\r\n\r\n" ], [ 'letters', "g\r\nhello\r\n0\r\n\r\n" ]);
	refused($_->[0], post(['Transfer-Encoding: chunked'], $_->[1] . $hidden)) for @refused;
	refused('the largest size', post(['Transfer-Encoding: chunked'], "7fffffffffffffff\r\nhello"));
	refused('chunks in HTTP/1.0', "POST /v1/a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n$one_chunk");
	my ($statuses, $requests) = attack('line feeds only', post([ 'Transfer-Encoding: chunked', 'Connection: close' ], "5\nhello\n0\n\n$hidden"));
	like("$statuses $requests", qr/\A(?:400 |200 POST \/v1\/a hello)\z/, "$statuses $requests");
	($statuses, $requests) = attack('no last chunk', post(['Transfer-Encoding: chunked'], "5\r\nhello\r\n"));
	is($requests, '', 'does not get there');
};

subtest 'hosts' => sub {
	refused('none', "GET /v1/a HTTP/1.1\r\n\r\n");
	refused('two', "GET /v1/a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
	refused('the same twice', "GET /v1/a HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n");
	refused('with a slash', "GET /v1/a HTTP/1.1\r\nHost: a/../b\r\n\r\n");
	refused('with NUL', "GET /v1/a HTTP/1.1\r\nHost: a\0b\r\n\r\n");
	for my $address ('http://evil.example/v1/a', 'http://evil.example:80/v1/a', 'HTTP://evil.example//v1/x/../a', 'http://user@evil.example/v1/a')
	{
		my ($statuses, $requests) = attack($address, "GET $address HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n");
		like("$statuses $requests", qr/\A(?:200 GET \/v1\/a |400 )\z/, "answered $statuses");
	}
	my ($statuses, $requests) = attack('HTTP/1.0 needs none', "GET /v1/a HTTP/1.0\r\n\r\n");
	is("$statuses $requests", '200 GET /v1/a ', 'and gets one');
};

subtest 'control characters, folded headers, odd lines' => sub {
	refused('a folded header', "GET /v1/a HTTP/1.1\r\nHost: a\r\nQueue-Token: b\r\n c: d\r\n\r\n");
	refused('a folded first header', "GET /v1/a HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n");
	refused('NUL in a header', "GET /v1/a HTTP/1.1\r\nHost: a\r\nQueue-Token: a\0b\r\n\r\n");
	refused('NUL in a name', "GET /v1/a HTTP/1.1\r\nHost: a\r\nQueue\0Token: b\r\n\r\n");
	refused('CR in a header', "GET /v1/a HTTP/1.1\r\nHost: a\r\nQueue-Token: a\rX: b\r\n\r\n");
	refused('CR in the path', "GET /v1/a\rb HTTP/1.1\r\nHost: a\r\n\r\n");
	refused('NUL in the path', "GET /v1/a\0b HTTP/1.1\r\nHost: a\r\n\r\n");
	refused('no name', "GET /v1/a HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n");
	refused('small letters', "get /v1/a HTTP/1.1\r\nHost: a\r\n\r\n");
	refused('a space in the path', "GET /v1/a b HTTP/1.1\r\nHost: a\r\n\r\n");
	refused('two versions', "GET /v1/a HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n");
	refused('no request', "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n");
	refused('HTTP/2 without TLS', "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	refused('HTTP/3', "GET /v1/a HTTP/3.0\r\nHost: a\r\n\r\n", '505');
	refused('a proxy', "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n");
	refused('a star', "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
	# without headers there is no status
	my ($statuses, $requests) = attack('HTTP/0.9', "GET /v1/a\r\n");
	is("$statuses $requests", ' ', 'HTTP/0.9 does not get there');
	like(talk($port, "GET $_\r\n"), qr/\A\{"type":"about:blank",.*"status":505,.*\}\z/, "what is answered to it at $_ is the problem alone") for '/v1/a', '/', '/livez';
	for my $line ("Queue-Token", "Queue-Token\x80: b", "Queue Token: b", "Queue-Token: \x01\x7f\x80\xff", "Queue-Token: \x0ba", 'X' x 300 . ': b')
	{
		attack('header ' . $line =~ s/([^ -~])/sprintf '\x%02x', ord $1/ger, "GET /v1/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n$line\r\n\r\n");
	}
	($statuses, $requests) = attack('lines that end with LF', "GET /v1/a HTTP/1.1\nHost: a\nConnection: close\n\n");
	is("$statuses $requests", '200 GET /v1/a ', 'are written anew');
	($statuses, $requests) = attack('empty lines before', "\r\n\r\nGET /v1/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	is("$statuses $requests", '200 GET /v1/a ', 'are left out');
};

subtest 'a body where none is expected' => sub {
	for my $method (qw(GET HEAD DELETE))
	{
		my $length = length $hidden;
		my ($statuses, $requests) = attack($method, "$method /v1/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: $length\r\n\r\n$hidden");
		is($requests, ($method eq 'HEAD' ? 'GET' : $method) . " /v1/a $hidden", 'stays a body');
		($statuses, $requests) = attack("$method in chunks", "$method /v1/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n$one_chunk");
		is($requests, ($method eq 'HEAD' ? 'GET' : $method) . " /v1/a $hidden", 'stays a body');
	}
	for my $path ('/none', '/livez', '/v1/live/slots/0')
	{
		my ($statuses, $requests) = attack("POST $path", "POST $path HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: " . length($hidden) . "\r\n\r\n$hidden");
		is($requests, '', 'the body of what is refused does not get there');
	}
};

subtest 'headers that speak of one connection only' => sub {
	for my $connection ('close, Authorization', 'keep-alive, X-Request-Id, Host', 'upgrade', 'Content-Length')
	{
		my $since = mark($upstream);
		my ($statuses, $requests) = attack("Connection: $connection", post([ "Connection: $connection", 'Upgrade: h2c', 'HTTP2-Settings: AA', 'Authorization: Bearer x', 'Content-Length: 5' ], 'hello'));
		is("$statuses $requests", '200 POST /v1/a hello', 'does nothing');
		my ($request) = grep { defined $_->{head} } seen($upstream, $since);
		like($request->{head}, qr/^Authorization: Bearer x\r$/m, 'to the others');
	}
	attack("Expect: $_", post([ "Expect: $_", 'Connection: close', 'Content-Length: 5' ], 'hello')) for '100-continue', '200-ok', "100-continue\x0b", ' y 100-continue';
};

subtest 'paths' => sub {
	my @paths = (
		'/v1//..//smuggled%20HTTP/1.1', '/v1/a%0d%0a%0d%0aGET%20/v1/smuggled', '/v1/a?%0d%0aX:y', '/v1/a#/../b', '/v1/a;b', '/v1/a\\..\\b',
		"/v1/\xff\xfe", '/v1/%ff%c0%af', '/v1/%', '/v1/%zz', '/v1/.', '/v1/..', '/v1/%2F%2F', '/v1/{a}|^`"<>', "/v1/\x01", "/v1/\x7f", 'v1/a', '');
	for my $path (@paths)
	{
		my ($statuses) = attack('path ' . $path =~ s/([^ -~])/sprintf '\x%02x', ord $1/ger, "GET $path HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
		like($statuses, qr/\A(?:200|400|404)\z/, "answered $statuses");
	}
};

done_testing();
