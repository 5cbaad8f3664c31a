# Push through the front: what is published on its socket reaches subscribers by server-sent events, WebSocket and long
# poll; nobody else can publish.
use strict;
use warnings;

use Digest::SHA 'sha1_base64';
use Front;
use IO::Select;
use Test::More;
use Time::HiRes qw(sleep time);

# by these live keeps messages for two seconds
@ENV{qw(BOXOFFICE_CACHE_MS BOXOFFICE_STATEMENT_TIMEOUT_MS)} = (0, 500);
my $upstream = start_upstream;
# two processes: a message must reach the subscribers of both
my $front = start_front('front', $upstream->{port}, '--no-limits', '--workers', 2);
my $port = $front->{port};
my $publisher = $front->{publisher};

sub publish {
	my ($channel, $message, $where) = @_;
	return ask($where // $publisher, 'POST', "/publish/$channel", ['Content-Type: application/json'], $message);
}

sub subscribe {
	my ($channel, @headers) = @_;
	my $client = open_client($port);
	$client->syswrite(join("\r\n", "GET /v1/live/$channel HTTP/1.1", 'Host: a', @headers, '', ''));
	return $client;
}

# An event stream that has begun; headers beyond the usual ones may follow.
sub events {
	my ($channel, @headers) = @_;
	my $client = subscribe($channel, 'Accept: text/event-stream', @headers);
	my $beginning = read_until($client, qr/: hi\n\n/);
	return ($client, $beginning);
}

# The events that come until one has the text: the data of each.
sub events_until {
	my ($client, $last, $begun) = @_;
	my $text = ($begun // '') =~ /\Q$last\E\n\n/ ? $begun : ($begun // '') . read_until($client, qr/\Q$last\E\n\n/);
	my @events;
	push @events, $1 while $text =~ /^data: (.*)$/mg;
	return @events;
}

sub open_websocket {
	my ($channel) = @_;
	my $client = subscribe($channel, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==');
	return ($client, read_until($client, qr/\r\n\r\n/));
}

# The texts of unmasked frames, as servers send them (RFC 6455, 5.2).
sub frames {
	my ($bytes) = @_;
	my @texts;
	while (length $bytes >= 2)
	{
		my ($kind, $length) = unpack 'CC', $bytes;
		my $start = 2;
		($length, $start) = (unpack('x2 n', $bytes), 4) if $length == 126;
		last if length $bytes < $start + $length;
		push @texts, substr($bytes, $start, $length) if ($kind & 15) == 1;
		substr($bytes, 0, $start + $length) = '';
	}
	return @texts;
}

subtest 'a message reaches who listens, however it listens' => sub {
	my ($stream, $beginning) = events('slots/7');
	like($beginning, qr{\AHTTP/1.1 200 .*^Content-Type: text/event-stream}ms, 'a stream of events');
	like($beginning, qr{^X-Request-Id: [0-9a-f]{32}\r$}m, 'with a request id');
	like($beginning, qr{^Cache-Control: no-store\r$}m, 'not to be kept');
	unlike($beginning, qr{^Content-Encoding}m, 'nor compressed');
	my ($socket, $handshake) = open_websocket('slots/7');
	my $accepted = sha1_base64('dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11') . '=';
	like($handshake, qr{\AHTTP/1.1 101 .*^Sec-WebSocket-Accept: \Q$accepted\E\r$}msi, 'a WebSocket');
	my ($other) = events('queues/7');
	my ($second) = events('slots/7');
	my $message = '{"slot_id":7,"seats":[{"seat_id":12,"status":"held"}]}';
	my $published = publish('slots/7', $message);
	is("$published->{status} $published->{body}", '201 {"listeners":3}', 'published');
	is((events_until($stream, $message))[-1], $message, 'as an event');
	is((events_until($second, $message))[-1], $message, 'to each');
	like(join("\n", frames(read_until($socket, qr/\Q$message\E/))), qr/^\Q$message\E$/m, 'by WebSocket');
	my $poll = subscribe('slots/7');
	ok(within(10, sub { publish('slots/7', $message); IO::Select->new($poll)->can_read(0.05) }), 'by long poll');
	my ($answer) = answers(read_until($poll, qr/\r\n\r\n.*\}\z/s));
	is("$answer->{status} $answer->{body}", "200 $message", 'the whole of it');
	is($answer->{headers}{'content-type'}[0], 'application/json', 'as JSON');
	is(publish('queues/7', '{"queue_id":7}')->{status}, 201, 'another channel');
	is(join(' ', events_until($other, '{"queue_id":7}')), '{"queue_id":7}', 'has messages of its own');
};

subtest 'who comes back hears what was said of late' => sub {
	my ($stream) = events('slots/8');
	publish('slots/8', '{"n":1}');
	is(join(' ', events_until($stream, '{"n":1}')), '{"n":1}', 'a message');
	close $stream;
	sleep 2.2;
	publish('slots/8', "{\"n\":$_}") for 2 .. 3;
	for my $header ('Last-Event-ID: 1:0', 'Last-Event-ID: nonsense', 'If-None-Match: 1:0', 'If-Modified-Since: Thu, 01 Jan 1970 00:00:01 GMT')
	{
		my ($again, $begun) = events('slots/8', $header);
		is(join(' ', events_until($again, '{"n":3}', $begun)), '{"n":2} {"n":3}', "no more and no less with $header");
	}
	my ($socket, $handshake) = open_websocket('slots/8');
	my ($first) = $handshake =~ /\r\n\r\n(.*)\z/s;
	$first .= read_until($socket, qr/"n":3/) if $first !~ /"n":3/;
	is(join(' ', frames($first)), '{"n":2} {"n":3}', 'so does a WebSocket');
	my $poll = subscribe('slots/8', 'Connection: close');
	ok(!IO::Select->new($poll)->can_read(0.3), 'a poll waits for what is new');
	publish('slots/8', '{"n":4}');
	is((answers(read_until($poll)))[0]{body}, '{"n":4}', 'and hears it');
};

subtest 'an older answer needs what was said longer ago' => sub {
	my ($folder, $kept) = ("$front->{folder}/older", '{"n":1}');
	mkdir $folder or die "$folder: $!";
	local $ENV{BOXOFFICE_CACHE_MS} = 8000;
	my $socket = "$folder/live";
	my $live   = { folder => $folder, publisher => $socket };
	run_live($live);
	publish('slots/8', $kept, $socket);
	sleep 2.5;
	my $client = open_client($socket);
	$client->syswrite("GET /live/slots/8 HTTP/1.1\r\nAccept: text/event-stream\r\n\r\n");
	is(join(' ', events_until($client, $kept)), $kept, 'by the settings of the gateway');
	stop_server($live->{live_pid});
};

# ---------------------------------------------------------------------------------------------------------------------
# Those who do not read
# ---------------------------------------------------------------------------------------------------------------------

# A WebSocket to live itself: what nginx keeps for a client is not counted.
sub direct_websocket {
	my ($channel) = @_;
	my $client = open_client($publisher);
	$client->syswrite("GET /live/$channel HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
	read_until($client, qr/\r\n\r\n/);
	return $client;
}

# How much memory live has, in KiB.
sub memory { return slurp("/proc/$front->{live_pid}/status") =~ /^VmRSS:\s+(\d+)/m ? $1 : die 'no memory' }

subtest 'pings without end' => sub {
	local $SIG{PIPE} = 'IGNORE';
	my $client = direct_websocket('slots/12');
	my $pings  = "\x89\xfd\0\0\0\0" . 'p' x 125;
	my ($sent, $left) = (0, '');
	$client->blocking(0);
	my $ended = within(10, sub {
			while (1)
			{
				$left = $pings x 100 if $left eq '';
				my $count = $client->syswrite($left);
				return !$!{EAGAIN} if !defined $count;
				substr($left, 0, $count) = '';
				$sent += $count;
			}
		});
	ok($ended, 'who sends pings and does not read is ended');
	# what waits in the two sockets is the kernel's
	cmp_ok($sent, '<', 900_000, 'before a mebibyte of answers waits') or note($sent);
	my ($reader) = direct_websocket('slots/12');
	for (1 .. 20)
	{
		$reader->syswrite($pings x 500);
		my $heard = 0;
		my $all   = within(10, sub { sysread($reader, my $bytes, 65536) // die; $heard += length $bytes; return $heard >= 63_500 });
		ok($all, 'who reads is not') if !$all || $_ == 20;
	}
};

subtest 'a long message to many who do not read' => sub {
	my @clients = map { direct_websocket('slots/13') } 1 .. 60;
	my $message = '{"long":"' . 'x' x 1_000_000 . '"}';
	publish('slots/13', '{"n":1}');
	my $before = memory();
	is(publish('slots/13', $message)->{body}, '{"listeners":60}', 'is told to all');
	cmp_ok(memory() - $before, '<', 20_000, 'and is there once, not once for each');
	my $whole = read_until($clients[0], qr/"\}\z/);
	like($whole, qr/\Q$message\E\z/, 'who reads in the end has all of it');
};

subtest 'channels are named by numbers only' => sub {
	for my $channel ('slots/x', 'slots/07', 'slots/0', 'slots/-1', 'slots/7/8', 'slots/', 'events/7', 'slots/' . '9' x 20, 'slots/7%2Fx')
	{
		my $answer = ask($port, 'GET', "/v1/live/$channel", ['Accept: text/event-stream']);
		isnt($answer->{headers}{'content-type'}[0], 'text/event-stream; charset=utf-8', "$channel is none");
		is(publish($channel, '{}')->{status}, 404, 'nor to publish');
	}
};

subtest 'there is nothing to hear of what does not exist' => sub {
	for my $channel ('slots/404', 'queues/404')
	{
		is(is_problem(ask($port, 'GET', "/v1/live/$channel", $_), 404), '', "$channel: @$_[-1 .. -1]")
		  for ['Accept: text/event-stream'], ['Accept: */*'], [ 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' ];
	}
	for my $channel ('slots/401', 'slots/403')
	{
		my ($stream, $beginning) = events($channel);
		like($beginning, qr/\AHTTP\/1.1 200 /, "$channel: when the gateway cannot say, the stream begins");
	}
	is(is_problem(ask($port, 'GET', $_), 404), '', "$_ is for nginx alone") for '/live-channel', '/may-send-plan';
};

subtest 'only the relay can publish' => sub {
	my ($stream) = events('slots/9');
	my $since = mark($upstream);
	for my $path ('/publish/slots/9', '/v1/publish/../../publish/slots/9', '//publish/slots/9', '/%70ublish/slots/9')
	{
		is(is_problem(ask($port, $_, $path, [], '{"forged":true}'), 404), '', "$_ $path from outside") for 'POST', 'GET', 'DELETE';
	}
	is(is_problem(ask($port, 'PUT', '/publish/slots/9', [], '{}'), 404), '', 'PUT');
	is(is_problem(ask($port, $_, '/v1/live/slots/9', [], '{"forged":true}'), 405), '', "$_ to the channel") for qw(POST PUT DELETE PATCH);
	ask($port, 'POST', '/publish/slots/9', [ 'Host: publisher', 'X-Accel-Redirect: /publish/slots/9' ], '{}');
	talk($port, "POST /publish/slots/9 HTTP/1.1\r\nHost: publisher\r\nContent-Length: 2\r\n\r\n{}");
	talk($port, "POST http://publisher/publish/slots/9 HTTP/1.1\r\nHost: publisher\r\nContent-Length: 2\r\n\r\n{}");
	my ($socket) = open_websocket('slots/9');
	$socket->syswrite("\x81\x82\0\0\0\0{}");
	publish('slots/9', '{"true":1}');
	is(join(' ', events_until($stream, '{"true":1}')), '{"true":1}', 'nothing was published but by the relay');
	my @others = grep { ($_->{head} // '') !~ m{\AGET /v1/slots/9 } } grep { !$_->{closed} } seen($upstream, $since);
	is(scalar(@others), 0, 'and the gateway has nothing to do with it, but to say that there is such a slot');
	is(ask($publisher, $_, '/publish/slots/9')->{status}, 404, "the publisher does not take $_") for qw(GET DELETE PUT OPTIONS);
	is(ask($publisher, 'GET', $_)->{status}, 404, "nor serves $_") for '/v1/events', '/v1/live/slots/9', '/metrics', '/live/slots/9/8';
};

subtest 'it ends in time, with streams open' => sub {
	my ($stream) = events('slots/10');
	my $began = time;
	stop_server($front->{live_pid});
	cmp_ok(time - $began, '<', 2, 'what tells browsers');
	is(read_until($stream, qr{0\r\n\r\n}), "0\r\n\r\n", 'the stream ends');
	is(is_problem(ask($port, 'GET', '/v1/live/slots/10'), 503), '', 'a new one cannot begin');
	run_live($front);
	($stream) = events('slots/10');
	publish('slots/10', '{"n":1}');
	is(join(' ', events_until($stream, '{"n":1}')), '{"n":1}', 'until it is back');
	stop_server($front->{live_pid}, 'KILL');
	run_live($front);
	($stream) = events('slots/10');
	$began = time;
	stop_server($front->{pid}, 'QUIT');
	cmp_ok(time - $began, '<', 8, 'nginx');
	read_until($stream, qr{0\r\n\r\n});
	# that nobody listened for a while is said, of course
	my @worries = grep { /signal [0-9]+|\[(?:alert|emerg|crit)\]/ && !/ connect\(\) to unix:\S+ failed/ } split /\n/, slurp("$front->{folder}/error.log");
	is(join("\n", @worries), '', 'nothing crashed');
	unlike(slurp("$front->{folder}/live.log"), qr/"level":"(?:error|warning)"/, 'and nothing to complain about');
};

done_testing();
