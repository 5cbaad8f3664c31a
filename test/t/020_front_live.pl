# Push through the front: what is published on its socket reaches subscribers by server-sent events, WebSocket and long
# poll; nobody else can publish.
use strict;
use warnings;

use Digest::SHA 'sha1_base64';
use Front;
use Test::More;

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

# The events that come until one has the text: [id, data] each.
sub events_until {
	my ($client, $last, $begun) = @_;
	my $text = ($begun // '') =~ /\Q$last\E\n\n/ ? $begun : ($begun // '') . read_until($client, qr/\Q$last\E\n\n/);
	my @events;
	push @events, [ $1, $2 ] while $text =~ /^id: (\S+)\ndata: (.*)$/mg;
	return @events;
}

# Subscribing takes effect a moment after the answer.
sub wait_for_subscribers {
	my ($channel, $number) = @_;
	my $reached = within(10, sub { (publish($channel, '{"ping":1}')->{body} =~ /active subscribers: ([0-9]+)/)[0] >= $number });
	return ok($reached, "$number listen to $channel");
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
	my $poll = subscribe('slots/7');
	my ($other) = events('queues/7');
	my ($second) = events('slots/7');
	wait_for_subscribers('slots/7', 3);
	my $message = '{"slot_id":7,"seats":[{"seat_id":12,"status":"held"}]}';
	is(publish('slots/7', $message)->{status}, 201, 'published');
	is((events_until($stream, $message))[-1][1], $message, 'as an event');
	is((events_until($second, $message))[-1][1], $message, 'to each');
	like(join("\n", frames(read_until($socket, qr/\Q$message\E/))), qr/^\Q$message\E$/m, 'by WebSocket');
	my ($answer) = answers(read_until($poll, qr/\r\n\r\n.*\}/s));
	is($answer->{status}, 200, 'by long poll');
	like($answer->{body}, qr/\A\{"(?:ping|slot_id)"/, 'the first there was');
	is($answer->{headers}{'content-type'}[0], 'application/json', 'as JSON');
	is(publish('queues/7', '{"queue_id":7}')->{status}, 201, 'another channel');
	is(join(' ', map { $_->[1] } events_until($other, '{"queue_id":7}')), '{"queue_id":7}', 'has messages of its own');
};

subtest 'who comes back hears what comes from then on' => sub {
	my ($stream) = events('slots/8');
	publish('slots/8', '{"n":1}');
	my @events = events_until($stream, '{"n":1}');
	close $stream;
	publish('slots/8', "{\"n\":$_}") for 2 .. 20;
	for my $last ($events[-1][0], 'nonsense')
	{
		my ($again, $begun) = events('slots/8', "Last-Event-ID: $last");
		publish('slots/8', '{"n":"new"}');
		is(join(' ', map { $_->[1] } events_until($again, '{"n":"new"}', $begun)), '{"n":"new"}', 'whichever id it shows');
	}
	my $poll = subscribe('slots/8', 'Connection: close', "Last-Event-ID: $events[-1][0]");
	ok(within(10, sub { publish('slots/8', '{"n":"poll"}'); IO::Select->new($poll)->can_read(0.05) }), 'a long poll');
	is((answers(read_until($poll)))[0]{body}, '{"n":"poll"}', 'as well');
};

subtest 'channels are named by numbers only' => sub {
	for my $channel ('slots/x', 'slots/07', 'slots/0', 'slots/-1', 'slots/7/8', 'slots/', 'events/7', 'slots/' . '9' x 20, 'slots/7%2Fx')
	{
		my $answer = ask($port, 'GET', "/v1/live/$channel", ['Accept: text/event-stream']);
		isnt($answer->{headers}{'content-type'}[0], 'text/event-stream; charset=utf-8', "$channel is none");
		is(is_problem(publish($channel, '{}'), 404), '', 'nor to publish');
	}
};

subtest 'only the relay can publish' => sub {
	my ($stream) = events('slots/9');
	my $since = mark($upstream);
	for my $path ('/publish/slots/9', '/v1/publish/../../publish/slots/9', '//publish/slots/9', '/%70ublish/slots/9')
	{
		is(is_problem(ask($port, $_, $path, [], '{"forged":true}'), 404), '', "$_ $path from outside") for 'POST', 'GET', 'DELETE';
	}
	is(is_problem(ask($port, 'PUT', '/publish/slots/9', [], '{}'), 405), '', 'PUT');
	is(is_problem(ask($port, $_, '/v1/live/slots/9', [], '{"forged":true}'), 405), '', "$_ to the channel") for qw(POST PUT DELETE PATCH);
	ask($port, 'POST', '/publish/slots/9', [ 'Host: publisher', 'X-Accel-Redirect: /publish/slots/9' ], '{}');
	talk($port, "POST /publish/slots/9 HTTP/1.1\r\nHost: publisher\r\nContent-Length: 2\r\n\r\n{}");
	talk($port, "POST http://publisher/publish/slots/9 HTTP/1.1\r\nHost: publisher\r\nContent-Length: 2\r\n\r\n{}");
	my ($socket) = open_websocket('slots/9');
	$socket->syswrite("\x81\x82\0\0\0\0{}");
	publish('slots/9', '{"true":1}');
	is(join(' ', map { $_->[1] } events_until($stream, '{"true":1}')), '{"true":1}', 'nothing was published but by the relay');
	is(scalar(seen($upstream, $since)), 0, 'and the gateway has nothing to do with it');
	is(is_problem(ask($publisher, $_, '/publish/slots/9'), 405), '', "the publisher does not take $_") for qw(GET DELETE PUT OPTIONS);
	is(is_problem(ask($publisher, 'GET', $_), 404), '', "nor serves $_") for '/v1/events', '/v1/live/slots/9', '/metrics';
};

subtest 'it ends in time, with streams open' => sub {
	my ($stream) = events('slots/10');
	my $began = time;
	stop_server($front->{pid}, 'QUIT');
	cmp_ok(time - $began, '<', 8, 'in order');
	like(read_until($stream), qr/410 Gone/, 'and tells who listens');
	ok(!-e $publisher, 'it takes its socket away');
	unlike(slurp("$front->{folder}/error.log"), qr/signal [0-9]+|\[(?:alert|emerg|crit)\]/, 'nothing crashed');
};

done_testing();
