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
	my $second = free_port;
	stop_server($of->{pid}, 'QUIT');
	my $configuration = slurp("$of->{folder}/nginx.conf");
	$configuration =~ s/^( *listen 127[.]0[.]0[.]1:$of->{port}) /$1;\n        listen 127.0.0.1:$second http2 /m or die 'nowhere to listen';
	open(my $file, '>', "$of->{folder}/nginx.conf") or die $!;
	print $file $configuration;
	close $file;
	run_front($of);
	return $second;
}

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

done_testing();
