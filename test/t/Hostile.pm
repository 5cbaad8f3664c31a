# Clients that mean harm to the live addresses of the front: requests made by chance from what HTTP and WebSocket know,
# sent in pieces, answered or not, and ended in every way; over HTTP/1 and HTTP/2; and meanwhile messages are published.
#
# The same seed makes the same requests. What nginx makes of them depends on the order in which the bytes arrive, too, so a
# seed repeats an accident often, not always.
package Hostile;

use strict;
use warnings;

use Exporter 'import';
use Front qw(open_client);
use IO::Select;
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(sleep time);

our @EXPORT = qw(assault http2_request);

my $under_way = 60;    # clients at a time

sub any_of { return $_[ int rand @_ ] }
sub chance { return rand() < $_[0] }

sub noise {
	my ($length) = @_;
	return join '', map { chr int rand 256 } 1 .. $length;
}

sub an_id {
	my $time = any_of(int(time), int(time) - int rand 100, 1, 0, -1, 2**31, 9999999999999);
	return any_of("$time:0", "$time:@{[ int rand 9 ]}", "$time:-1", "$time:1,[2],3", "$time", ':', '', 'nonsense', "$time:" . '9' x 30, noise(int rand 12) =~ tr/\r\n//dr);
}

sub a_date {
	return any_of('Thu, 01 Jan 1970 00:00:01 GMT', 'Sat, 28 Nov 2099 10:00:00 GMT', scalar(gmtime) . ' GMT', 'yesterday', '', '0');
}

sub a_path {
	my $kind = any_of('slots', 'slots', 'queues');
	my $path = "/v1/live/$kind/" . any_of(1, 1, 2, 2, 3, 4, 1 + int rand 1000, '9' x 18, '9' x 19, 0, '1%00', '1/', '01', 'x');
	$path = any_of("//v1/./live/$kind/1", "/v1/live/$kind/%31", "/v1/live/$kind/../$kind/2", "http://a/v1/live/$kind/1", '*', '/v1/live/', $path . noise(3)) if chance(0.05);
	$path .= '?' . join '&', map { any_of('last_event_id=' . an_id(), 'x', '%', 'last_event_id=' . 'a' x 200, 'x=1') } 1 .. 1 + int rand 3 if chance(0.2);
	return $path;
}

my @websocket = ('Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==');

# What decides how a request is taken.
sub as_what {
	my $way = rand;
	return 'Accept: text/event-stream' if $way < 0.35;
	return @websocket if $way < 0.65;
	return (any_of('Accept: multipart/mixed', 'TE: chunked', 'Accept: */*', 'Accept: text/event-stream;q=0, multipart/mixed', 'Accept:')) if $way < 0.75;
	return grep { chance(0.8) } any_of(
		[@websocket], [ @websocket, 'Accept: text/event-stream' ],
		[ 'Connection: keep-alive, upgrade', 'Upgrade: WebSocket', @websocket[ 2, 3 ] ],
		[ @websocket[ 0 .. 2 ], 'Sec-WebSocket-Key: ' . any_of('', 'x', 'x' x 500, '=') ],
		[ @websocket[ 0, 1, 3 ], 'Sec-WebSocket-Version: ' . any_of(8, 0, -1, 99, 'x', '13, 8') ],
		[ @websocket[ 0, 2, 3 ], 'Upgrade: ' . any_of('h2c', 'x', '', 'websocket, h2c') ])->@* if $way < 0.9;
	return;
}

my @more = (
	sub { 'Last-Event-ID: ' . an_id() }, sub { 'If-None-Match: ' . an_id() }, sub { 'If-Modified-Since: ' . a_date() },
	sub { 'If-Match: ' . an_id() }, sub { 'If-Unmodified-Since: ' . a_date() }, sub { 'If-Range: ' . an_id() },
	sub { 'Range: bytes=' . any_of('0-', '0-1', '-1', '1-0', '0-0,1-1,2-2') }, sub { 'Origin: ' . any_of('http://a', 'null', '', '*', 'x' x 300) },
	sub { 'Sec-WebSocket-Protocol: ' . any_of('chat', 'x', '', 'chat, y', ',') },
	sub { 'Sec-WebSocket-Extensions: ' . any_of('permessage-deflate', 'permessage-deflate; client_max_window_bits', 'permessage-deflate; server_max_window_bits=8; client_max_window_bits=99', 'x-webkit-deflate-frame', ';,;', 'permessage-deflate, ' x 20) },
	sub { 'Accept-Encoding: gzip' }, sub { 'Connection: ' . any_of('close', 'keep-alive', 'Upgrade', 'x') }, sub { 'Expect: 100-continue' },
	sub { 'X-Forwarded-For: ' . noise(4) =~ tr/\r\n//dr }, sub { 'X-Accel-Redirect: /publish/slots/1' }, sub { 'Host: ' . any_of('publisher', '', 'a b', 'x' x 300) },
	sub { 'Cookie: ' . 'x' x int rand 5000 }, sub { 'Transfer-Encoding: ' . any_of('chunked', 'gzip', 'chunked, chunked') }, sub { 'Content-Length: ' . any_of(0, 3, 5, -1, 99999999) },
	sub { 'Access-Control-Request-Method: GET' }, sub { 'X-EventSource-Event: x' }, sub { noise(8) =~ tr/\r\n//dr . ': ' . noise(8) =~ tr/\r\n//dr }, sub { 'Authorization: Bearer ' . 'x' x int rand 300 });

sub a_method {
	return chance(0.85) ? 'GET' : any_of(qw(HEAD POST PUT DELETE PATCH OPTIONS TRACE CONNECT get MOVE), 'X' x 20);
}

sub a_request {
	my @lines = (join ' ', a_method(), a_path(), any_of(('HTTP/1.1') x 18, 'HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'HTTP/9', 'HTTP/0.9'));
	push @lines, 'Host: a' if chance(0.95);
	push @lines, as_what();
	push @lines, any_of(@more)->() for 1 .. (chance(0.5) ? 0 : 1 + int rand 5);
	my $request = join("\r\n", @lines, '', '');
	$request .= any_of('xyz', "3\r\nxyz\r\n0\r\n\r\n", 'x' x 40000, "0\r\n\r\n", noise(30)) if chance(0.1);
	substr($request, int rand length $request, 1) = noise(1) if chance(0.02);
	return $request;
}

# A frame of a client of a WebSocket, right or wrong.
sub a_frame {
	my $payload = noise(any_of(0, 1, 5, 125, 126, 1000));
	my $length  = length $payload;
	my $first   = chance(0.8) ? 0x80 | any_of(1, 2, 8, 9, 10) : int rand 256;
	my $masked  = chance(0.85) ? 0x80 : 0;
	my $head    = pack('C', $first) . ($length < 126 ? pack('C', $masked | $length) : pack('Cn', $masked | 126, $length));
	$head = pack('CCQ>', $first, $masked | 127, any_of(0, 1, 2**31, 2**63 - 1, 2**63)) if chance(0.05);
	return $head . ($masked ? "\0\0\0\0" : '') . $payload;
}

sub in_pieces {
	my ($bytes, $pieces) = @_;
	my @pieces;
	push @pieces, substr($bytes, 0, 1 + int rand length $bytes, '') while length $bytes && @pieces < $pieces - 1;
	return (@pieces, length $bytes ? $bytes : ());
}

sub http1 {
	my @requests = map { a_request() } 1 .. (chance(0.9) ? 1 : 1 + int rand 4);
	my $bytes = join '', @requests, chance(0.3) ? map { a_frame() } 1 .. 1 + int rand 4 : ();
	return (scalar(@requests), in_pieces($bytes, chance(0.8) ? 1 : 1 + int rand 4));
}

sub h2_frame {
	my ($type, $flags, $stream, $payload) = @_;
	return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags, $stream) . $payload;
}

# Literals that are not to be indexed (RFC 7541, 6.2.2), all of them short.
sub h2_headers {
	return join '', map { my ($name, $value) = @$_; "\0" . pack('C/a*', substr $name, 0, 126) . pack('C/a*', substr $value, 0, 126) } @_;
}

# The bytes of a connection that asks once, by GET; the headers as [name, value].
sub http2_request {
	my ($path, @headers) = @_;
	my @pseudo = ([ ':method', 'GET' ], [ ':scheme', 'http' ], [ ':authority', 'a' ], [ ':path', $path ]);
	return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . h2_frame(4, 0, 0, '') . h2_frame(1, 5, 1, h2_headers(@pseudo, @headers));
}

sub http2 {
	my $streams = 1 + int rand 4;
	my $bytes   = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . h2_frame(4, 0, 0, '');
	for my $number (1 .. $streams)
	{
		my $stream = 2 * $number - 1;
		my @lines  = map { [ lc $1, $2 ] if /\A([^:]+): ?(.*)\z/s } as_what(), chance(0.4) ? map { any_of(@more)->() } 1 .. 3 : ();
		my @pseudo = ([ ':method', a_method() ], [ ':scheme', 'http' ], [ ':authority', 'a' ], [ ':path', a_path() ]);
		push @pseudo, [ ':protocol', 'websocket' ] if chance(0.05);
		my $end = chance(0.9) ? 1 : 0;
		$bytes .= h2_frame(1, 4 | $end, $stream, h2_headers(@pseudo, grep { ref } @lines));
		$bytes .= h2_frame(0, int rand 2, $stream, noise(int rand 50)) if !$end;
		$bytes .= h2_frame(3, 0, any_of($stream, 2 * int(rand $number) + 1), pack 'N', int rand 14) if chance(0.3);
		$bytes .= h2_frame(8, 0, any_of(0, $stream), pack 'N', any_of(0, 1, 2**31 - 1)) if chance(0.1);
		$bytes .= h2_frame(any_of(2, 6, 7, 9, int rand 20), int rand 256, any_of(0, $stream), noise(8)) if chance(0.1);
	}
	return ($streams, in_pieces($bytes, chance(0.5) ? 1 : 1 + int rand 6));
}

sub publish_by_chance {
	my ($publisher) = @_;
	my $message = '{"n":"' . 'x' x any_of(1, 100, 30000) . '"}';
	my $channel = any_of('slots', 'queues') . '/' . any_of(1 .. 4);
	$publisher->syswrite("POST /publish/$channel HTTP/1.1\r\nHost: a\r\nContent-Length: @{[ length $message ]}\r\n\r\n$message");
	return;
}

sub begin_client {
	my ($ports) = @_;
	my $second = $ports->[1] && chance(0.2);
	my ($requests, @pieces) = $second ? http2() : http1();
	my $socket = eval { open_client($ports->[$second ? 1 : 0]) } or return;
	$socket->blocking(0);
	my $stay = chance(0.85) ? rand 0.03 : chance(0.9) ? rand 0.3 : rand 3;
	return { socket => $socket, pieces => \@pieces, requests => $requests, write_at => 0, end_at => time + $stay, begun => time };
}

# Sends the next piece, reads what is there; false when the client is done.
sub continue_client {
	my ($client, $now) = @_;
	my $socket = $client->{socket};
	if (@{ $client->{pieces} } && $now >= $client->{write_at})
	{
		syswrite($socket, shift @{ $client->{pieces} });
		$client->{write_at} = $now + rand 0.01;
		shutdown($socket, 1) if !@{ $client->{pieces} } && rand() < 0.03;
	}
	return 0 if $now >= $client->{end_at} && !@{ $client->{pieces} };
	my $read = sysread($socket, my $buffer, 65536);
	return defined $read ? $read > 0 : $!{EAGAIN} ? 1 : 0;
}

# Some go without a word, some reset the connection.
sub end_client {
	my ($client) = @_;
	setsockopt($client->{socket}, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0) if rand() < 0.3;
	close $client->{socket};
	return;
}

# Sends so many requests to the ports, HTTP/1 and, if there is a second one, HTTP/2 without TLS, and publishes meanwhile.
# After each few hundred requests the check is called with how many were sent; it ends the assault by returning false.
sub assault {
	my ($ports, $publisher_path, $seed, $requests, $check) = @_;
	local $SIG{PIPE} = 'IGNORE';
	srand $seed;
	my ($sent, $checked, $publisher, @clients) = (0, 0);
	while ($sent < $requests || @clients)
	{
		while ($sent < $requests && @clients < $under_way)
		{
			my $client = begin_client($ports) or last;
			$sent += $client->{requests};
			push @clients, $client;
		}
		$publisher = undef if defined $publisher && !defined $publisher->peerpath;
		$publisher //= eval { open_client($publisher_path) };
		if (defined $publisher)
		{
			$publisher->blocking(0);
			publish_by_chance($publisher) if chance(0.3);
			my $read = sysread($publisher, my $buffer, 65536);
			$publisher = undef if defined $read ? !$read : !$!{EAGAIN};
		}
		IO::Select->new(map { $_->{socket} } @clients)->can_read(0.002);
		my $now = time;
		my @left;
		continue_client($_, $now) ? push @left, $_ : end_client($_) for @clients;
		@clients = @left;
		if ($sent >= $checked + 500)
		{
			$checked = $sent;
			$check->($sent) or last;
		}
	}
	end_client($_) for @clients;
	return $sent;
}

1;
