# What strangers send to the live addresses ends no process, neither of nginx nor what tells browsers: ids of messages in
# every place where one can stand, and whatever chance makes of HTTP and WebSocket.
use strict;
use warnings;

use Front;
use Hostile;
use POSIX qw(strftime WNOHANG);
use Test::More;
use Time::HiRes qw(sleep time);

my $upstream = start_upstream;
# one process: whatever a client leaves behind, the next one meets
my $front = start_front('front', $upstream->{port}, '--no-limits', '--workers', 1);
my $port = $front->{port};

# The workers of nginx are those that there were, its log tells of none that ended, and what tells browsers runs.
sub is_alive {
	my ($of, $before) = @_;
	my $log = substr(slurp("$of->{folder}/error.log"), $of->{looked} // 0);
	$of->{looked} = -s "$of->{folder}/error.log";
	return $before eq workers($of) && $log !~ /exited on signal/ && waitpid($of->{live_pid}, WNOHANG) == 0;
}

sub lives {
	my ($of, $before, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return ok(is_alive($of, $before), $name) || diag(slurp("$of->{folder}/error.log"));
}

sub publish {
	my ($channel, $message) = @_;
	return ask($front->{publisher}, 'POST', "/publish/$channel", ['Content-Type: application/json'], $message);
}

my %headers = (
	events    => ['Accept: text/event-stream'],
	websocket => [ 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' ],
	poll      => []);

# A client that listens to a channel in one of the three ways; more headers and a query may follow.
sub listener {
	my ($as, $channel, $query, @more) = @_;
	my $client = open_client($port);
	$client->syswrite(join("\r\n", "GET /v1/live/$channel$query HTTP/1.1", 'Host: a', @{ $headers{$as} }, @more, '', ''));
	return $client;
}

# Every place where a client can state the id of a message: [what, query, headers].
sub places_for {
	my ($time, $tag) = @_;
	my $date = strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime($time < 2**40 ? $time : 2**40));
	return (
		[ 'Last-Event-ID', '', "Last-Event-ID: $time:$tag" ],
		[ 'last_event_id', "?last_event_id=$time:$tag" ],
		[ 'escaped', "?last_event_id=$time%3A$tag" ],
		[ 'If-None-Match with a time', '', "If-None-Match: $time:$tag" ],
		[ 'If-None-Match and If-Modified-Since', '', "If-None-Match: $tag", "If-Modified-Since: $date" ],
		[ 'If-Modified-Since', '', "If-Modified-Since: $date" ]);
}

my $before = workers($front);
my $now = time;
my %ids = (
	'of the beginning' => [ 1, 0 ],
	'of now' => [ int $now, 0 ],
	'to come' => [ int($now) + 1000, 3 ],
	'of nobody' => [ int($now) - 10, 32767 ],
	'below zero' => [ int($now), -1 ],
	'too large' => [ '9' x 18, '9' x 18 ],
	'of several channels' => [ int($now), '1,[2],3' ]);

for my $as (sort keys %headers)
{
	subtest "ids of messages, $as" => sub {
		for my $name (sort keys %ids)
		{
			for my $place (places_for(@{ $ids{$name} }))
			{
				my ($what, $query, @more) = @$place;
				# the second client meets what the first has left behind
				for my $channel (('slots/1') x 3, ('slots/2') x 3)
				{
					publish('slots/2', '{"n":1}');
					my $client = listener($as, $channel, $query // '', @more);
					read_until($client, qr/\r\n\r\n/, 0.02);
					close $client;
				}
				lives($front, $before, "$what: an id $name");
			}
		}
	};
}

# A port for HTTP/2 without TLS, which browsers do not speak, but hostile clients of this test.
sub listen_for_http2 {
	my ($of) = @_;
	return $of->{http2} if $of->{http2};
	my $second = free_port;
	stop_server($of->{pid}, 'QUIT');
	my $configuration = slurp("$of->{folder}/nginx.conf");
	$configuration =~ s/^( *listen 127[.]0[.]0[.]1:$of->{port}) /$1;\n        listen 127.0.0.1:$second http2 /m or die 'nowhere to listen';
	open(my $file, '>', "$of->{folder}/nginx.conf") or die $!;
	print $file $configuration;
	close $file;
	run_front($of);
	return $of->{http2} = $second;
}

# The status and all that came of an answer over HTTP/2: it begins the first frame of headers (RFC 7541, appendix A), where a change
# of the table's size may come before it.
sub over_http2 {
	my ($to, $path, @headers) = @_;
	my $client = open_client($to);
	$client->syswrite(http2_request($path, @headers));
	my %statuses = ("\x88" => 200, "\x8c" => 400);
	my $text = read_until($client, qr/\0\0.\x01.\0\0\0\x01.|.\x01\x04\0\0\0\x01../s, 3);
	return $text =~ /.\x01[\x04\x05]\0\0\0\x01\x20?(.)/s ? $statuses{$1} // 'another' : 'none';
}

# A header that holds what others should say makes no WebSocket: it is another protocol that is not spoken here.
subtest 'what one header says stands for no other' => sub {
	my $key    = 'A' x 22 . '==';
	my @right  = ([ 'Sec-WebSocket-Version', 13 ], [ 'Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==' ]);
	my @wrong  = ([ 'Sec-WebSocket-Version', 8 ], [ 'Sec-WebSocket-Key', 'of no use' ]);
	my $second = listen_for_http2($front);
	$before = workers($front);
	my @cases = (
		(map { my $upgrade = $_; map { [ 200, [ 'Upgrade', $upgrade ], @$_ ] } [], \@right, \@wrong }
			"websocket|HTTP/1.1|13|$key|", "websocket|HTTP/1.1|13|$key", "HTTP/1.1|websocket|13|$key|", 'websocket|', '|websocket', "HTTP/1.1|1|13|$key|1", 'websocket, h2c'),
		(map { [ 400, [ 'Upgrade', 'websocket' ], @$_ ] }
			[ [ 'Sec-WebSocket-Version', "13|$key|" ], $wrong[1] ], [ [ 'Sec-WebSocket-Version', "13|$key" ] ], [ [ 'Sec-WebSocket-Version', '13|' ], $right[1] ],
			[ $right[0], [ 'Sec-WebSocket-Key', "$key|" ] ], [ $right[0], [ 'Sec-WebSocket-Key', "$key|1" ] ], [ $right[0], [ 'Sec-WebSocket-Key', "|$key" ] ],
			[ $right[0], [ 'Sec-WebSocket-Key', "$key$key" ] ], \@wrong, []));
	for my $case (@cases)
	{
		my ($status, @headers) = @$case;
		my $name   = join ', ', map { "$_->[0]: $_->[1]" } @headers;
		my @all    = ([ 'Accept', 'text/event-stream' ], @headers);
		my $client = open_client($port);
		$client->syswrite(join "\r\n", 'GET /v1/live/slots/5 HTTP/1.1', 'Host: a', 'Connection: Upgrade', (map { "$_->[0]: $_->[1]" } @all), '', '');
		my ($answered) = read_until($client, qr/\r\n\r\n/) =~ m{\AHTTP/1.1 ([0-9]+)};
		is($answered, $status, $name);
		is(over_http2($second, '/v1/live/slots/5', map { [ lc $_->[0], $_->[1] ] } @all), $status, 'over HTTP/2, too');
	}
	is(over_http2($second, '/v1/live/slots/5', [ 'upgrade', 'websocket' ], map { [ lc $_->[0], $_->[1] ] } @right), 400, 'HTTP/2 has no such WebSocket');
	lives($front, $before, 'nothing ends');
};

# BOXOFFICE_HOSTILE_REQUESTS and BOXOFFICE_HOSTILE_SEED: how many, and the seed that was printed.
subtest 'requests by chance' => sub {
	my $seed     = $ENV{BOXOFFICE_HOSTILE_SEED} // int rand 2**31;
	my $requests = $ENV{BOXOFFICE_HOSTILE_REQUESTS} // 5000;
	my $second   = listen_for_http2($front);
	note("seed $seed");
	$before = workers($front);
	my $began = time;
	my ($alive, $told) = (1, 0);
	my $sent = assault(
		[ $port, $second ], $front->{publisher}, $seed, $requests,
		sub {
			my ($sent) = @_;
			$alive = lives($front, $before, "seed $seed, $sent requests") if !is_alive($front, $before);
			return $alive if $sent < $told + 50_000;
			$told = $sent;
			diag(sprintf '%d requests in %.0f s', $sent, time - $began);
			return 1;
		});
	cmp_ok($sent, '>=', $requests, 'they were sent');
	lives($front, $before, "seed $seed");
	my $stream = listener('events', 'slots/9', '');
	read_until($stream, qr/: hi\n\n/);
	publish('slots/9', '{"n":"still"}');
	like(read_until($stream, qr/still/), qr/^data: \{"n":"still"\}$/m, 'and who listens hears what is said');
	my @worries = grep { /\[(?:alert|emerg|crit)\]/ } split /\n/, slurp("$front->{folder}/error.log");
	is(join("\n", @worries), '', 'the log of nginx has nothing that should worry');
	@worries = grep { /"level":"error"/ } split /\n/, slurp("$front->{folder}/live.log");
	is(join("\n", @worries), '', 'nor has that of what tells browsers');
};

subtest 'limits end with the process that counted' => sub {
	my $limited = start_front('limited', $upstream->{port}, '--workers', 1, '--connections', 3);
	my $count   = sub {
		my @streams = map { open_client($limited->{port}) } 1 .. 4;
		$_->syswrite("GET /v1/live/slots/1 HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n") for @streams;
		my @statuses = map { read_until($_, qr/\r\n\r\n/) =~ m{\AHTTP/1.1 ([0-9]+)} } @streams;
		return (join(' ', sort @statuses), @streams);
	};
	my ($statuses, @streams) = $count->();
	is($statuses, '200 200 200 429', 'an address may have three streams');
	my $dead = workers($limited);
	kill 'KILL', $dead;
	ok(within(10, sub { workers($limited) !~ /\A(?:\Q$dead\E)?\z/ }), 'the process dies, and another takes its place');
	($statuses, @streams) = $count->();
	is($statuses, '200 200 200 429', 'the address may have three again');
	stop_server($limited->{pid});
};

done_testing();
