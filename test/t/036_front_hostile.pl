# What strangers send to the live addresses ends no process of nginx: ids of messages, made up, real and expired, in every
# place where one can stand.
use strict;
use warnings;

use Front;
use POSIX 'strftime';
use Test::More;
use Time::HiRes qw(sleep time);

my $upstream = start_upstream;
# one process: whatever a client leaves behind, the next one meets
my $front = start_front('front', $upstream->{port}, '--no-limits', '--workers', 1);
my $port = $front->{port};

# That the workers are those that there were, and that the log tells of none that ended.
sub lives {
	my ($of, $before, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $log = substr(slurp("$of->{folder}/error.log"), $of->{looked} // 0);
	$of->{looked} = -s "$of->{folder}/error.log";
	my $after = workers($of);
	return ok($before eq $after && $log !~ /exited on signal|Assertion/, $name) || diag("workers $before, then $after; the log says:\n$log");
}

sub publish {
	my ($channel, $message, $of) = @_;
	return ask(($of // $front)->{publisher}, 'POST', "/publish/$channel", ['Content-Type: application/json'], $message);
}

my %headers = (
	events    => ['Accept: text/event-stream'],
	websocket => [ 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' ],
	poll      => []);

# A client that listens to a channel in one of the three ways; more headers and a query may follow.
sub listener {
	my ($as, $channel, $query, $of, @more) = @_;
	my $client = open_client($of->{port});
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
publish('slots/2', "{\"n\":$_}") for 1 .. 3;
my %ids = (
	'of the beginning' => [ 1, 0 ],
	'of now' => [ int $now, 0 ],
	'to come' => [ int($now) + 1000, 3 ],
	'of nobody' => [ int($now) - 10, 32767 ],
	'below zero' => [ int($now), -1 ],
	'too large' => [ '9' x 18, '9' x 18 ],
	'too late' => [ 2**40, 1 ],
	'of several channels' => [ int($now), '1,[2],3' ]);

# The second client meets what the first has left behind.
sub show_id {
	my ($of, $as, $place, @channels) = @_;
	my ($what, $query, @more) = @$place;
	for my $channel (map { ($_) x 3 } @channels)
	{
		my $client = listener($as, $channel, $query // '', $of, @more);
		read_until($client, qr/\r\n\r\n/, 0.03);
		close $client;
	}
	return;
}

for my $as (sort keys %headers)
{
	subtest "made up ids, $as" => sub {
		for my $name (sort keys %ids)
		{
			for my $place (places_for(@{ $ids{$name} }))
			{
				show_id($front, $as, $place, 'slots/1', 'slots/2');
				lives($front, $before, "$place->[0]: an id $name");
				$before = workers($front);
			}
		}
	};
}

subtest 'ids of messages that there were' => sub {
	my $brief = start_front('brief', $upstream->{port}, '--no-limits', '--workers', 1);
	stop_server($brief->{pid}, 'QUIT');
	my $configuration = slurp("$brief->{folder}/nginx.conf");
	$configuration =~ s/nchan_message_timeout 1m;/nchan_message_timeout 1s;/ or die 'no time to keep messages for';
	open(my $file, '>', "$brief->{folder}/nginx.conf") or die $!;
	print $file $configuration;
	close $file;
	run_front($brief);
	my $before = workers($brief);
	my $stream = listener('events', 'slots/3', '', $brief);
	my $text   = '';
	within(10, sub { publish('slots/3', '{"n":1}', $brief); $text .= read_until($stream, qr/^id: /m, 0.1); return $text =~ /^id: [0-9]+:[0-9]+$/m });
	my ($time, $tag) = $text =~ /^id: ([0-9]+):([0-9]+)$/m or die "no id: $text";
	for my $when ('kept', 'expired')
	{
		for my $as (sort keys %headers)
		{
			show_id($brief, $as, $_, 'slots/3') for places_for($time, $tag);
			lives($brief, $before, "$when, $as");
			$before = workers($brief);
		}
		publish('slots/3', '{"n":2}', $brief);
		sleep 2.5;
	}
	stop_server($brief->{pid});
};

done_testing();
