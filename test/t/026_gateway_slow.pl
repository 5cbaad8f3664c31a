# Slow clients: 1,000 connections that send their headers, send their body, or read their answer as slowly as they can
# (slowhttptest), while others poll. Without the limits of nginx all 1,000 are let in, and the others do not notice; with
# them the attack is cut off, and others, from other addresses, are served as before.
#
# What is compared is the 99th percentile of the polls in the best of several seconds, before the attack and during it: what
# else this machine does makes single seconds bad, but an attack that worked would make all of them bad. It may also keep
# the machine busy for longer; so there is a second gateway behind a second nginx, which nobody attacks, and whose polls
# say how slow everything is at the moment. What an attack costs in processor time is measured by itself. An attack that
# seems to work is tried again, twice at most: one that works, works each time.
#
# Those who attack run when a processor is idle: that they share the processors with the servers is not their attack.
use strict;
use warnings;

use Boxoffice;
use Front qw(start_front stop_server);
use Gateway;
use IO::Socket::INET;
use POSIX ();
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $attackers = 1000;
my $pollers   = 16;    # every other one asks where nobody attacks
my $node      = start_database('slow');
my $gateway   = start_gateway($node);
my $calm_one  = start_front('calm', start_gateway($node)->{port}, '--no-limits');
my $folder    = PostgreSQL::Test::Utils::tempdir;
my $slot_id   = make_slot($node, 1000, 100);

sql($node, q{SELECT boxoffice.create_queue('all', max_active => 1, active_for => '1 day', claim_for => '1 day', idle_for => '1 day')});
sql($node, q{SELECT count(outcome) FROM generate_series(0, 100) n, boxoffice.join_queue(1, 'user' || n)});
my @tokens = split /\n/, sql($node, "SELECT token FROM boxoffice.queue_token WHERE status = 'waiting'");

my %attacks = (
	'slow headers' => [ '-H', '-i', 1, '-x', 8, '-u', '/v1/events' ],
	'slow body'    => [ '-B', '-i', 1, '-x', 8, '-s', 30_000, '-f', 'application/json', '-u', '/v1/balance/credits' ],
	'slow read'    => [ '-X', '-n', 1, '-w', 256, '-y', 1024, '-z', 16, '-u', "/v1/slots/$slot_id/seats" ]);

# Starts an attack on a port; returns its process id.
sub start_attack {
	my ($name, $port, $seconds) = @_;
	my @options = @{ $attacks{$name} };
	$options[-1] = "http://127.0.0.1:$port$options[-1]";
	my $pid = fork // die "fork: $!";
	if ($pid == 0)
	{
		open(STDIN,  '<', '/dev/null')                  or POSIX::_exit(99);
		open(STDOUT, '>', "$folder/$name $port.log") or POSIX::_exit(99);
		open(STDERR, '>&', \*STDOUT)                    or POSIX::_exit(99);
		exec('chrt', '--idle', 0, 'slowhttptest', '-c', $attackers, '-r', $attackers, '-l', $seconds, '-p', 3, @options) or POSIX::_exit(99);
	}
	return $pid;
}

# What an attack had to say, for when it did not attack.
sub log_of { return slurp_file("$folder/$_[0] $_[1].log") =~ s/\e\[[0-9;]*m//gr }

sub end_attack {
	my ($pid) = @_;
	kill 'KILL', $pid;
	waitpid($pid, 0);
	return;
}

# How many connections of 127.0.0.1 a port has.
sub connections {
	my ($port) = @_;
	my $at = sprintf '0100007F:%04X 0100007F:', $port;
	return scalar(() = slurp_file('/proc/net/tcp') =~ /^ *\d+: \Q$at\E[0-9A-F]{4} 01 /mg);
}

# The processes of a server: it and its children.
sub processes { return ($_[0], split / /, slurp_file("/proc/$_[0]/task/$_[0]/children")) }

# The seconds of processor time that a server has had.
sub processor_seconds {
	my ($server) = @_;
	my $sum = 0;
	for my $pid (processes($server->{pid}))
	{
		my ($fields) = slurp_file("/proc/$pid/stat") =~ /\) (.*)/;
		$sum += (split / /, $fields)[$_] / POSIX::sysconf(POSIX::_SC_CLK_TCK()) for 11, 12;
	}
	return $sum;
}

# Polls 20 times per second, from an address that the attack does not come from. Returns [when, seconds] of each poll, and
# what went wrong.
sub poll {
	my ($port, $number, $stop) = @_;
	my $token = $tokens[$number];
	my $request = "GET /v1/queue-token HTTP/1.1\r\nHost: test\r\nQueue-Token: $token\r\n\r\n";
	my (@polls, @wrong, $socket);
	my $next = time + rand 0.05;
	local $SIG{PIPE} = 'IGNORE';
	until ($stop->())
	{
		sleep($next - time) if $next > time;
		my $began = time;
		$socket //= IO::Socket::INET->new(
			PeerAddr => '127.0.0.1', PeerPort => $port, LocalAddr => '127.0.0.' . (2 + $number % 4), Timeout => 10);
		my ($answer, $complete) = ('', 0);
		if ($socket)
		{
			syswrite($socket, $request);
			while (!$complete)
			{
				sysread($socket, $answer, 65536, length $answer) or last;
				$complete = $answer =~ /\r\n\r\n.*\}\z/s;
			}
		}
		my $ended = time;
		push @polls, [ $began, $ended - $began ];
		push @wrong, $answer if @wrong < 5 && ($answer !~ /\AHTTP\/1\.1 200 / || $answer !~ /"token":"\Q$token\E"/);
		undef $socket if !$complete || $answer =~ /^Connection: close/mi;
		# who is late does not catch up
		$next += 0.05;
		$next = $ended if $next < $ended;
	}
	return { polls => \@polls, wrong => \@wrong };
}

sub start_polls {
	my ($front) = @_;
	return start_clients($pollers, sub {
		my ($number, $stop) = @_;
		return poll(($number % 2 ? $front : $calm_one)->{port}, $number, $stop);
	});
}

# The 99th percentile in milliseconds, in the best second of a time.
sub best_second {
	my ($polls, $from, $to) = @_;
	my $best;
	for (my $at = $from; $at + 1 <= $to; $at += 0.5)
	{
		my @seconds = sort { $a <=> $b } map { $_->[1] } grep { $_->[0] >= $at && $_->[0] < $at + 1 } @$polls;
		next if @seconds < 100;
		my $p99 = $seconds[ int(@seconds * 0.99) ] * 1000;
		$best = $p99 if !defined $best || $p99 < $best;
	}
	return $best;
}

# Polls for some seconds, starts the attacks, and goes on for so many seconds once they have as many connections as they
# will get. Returns what was measured: connections, the percentiles (before, during, and untouched: where nobody attacks),
# processor time per second (calm and busy, of both servers), and the polls that failed.
sub attack {
	my ($front, $names, $expected, $seconds) = @_;
	my %got;
	my $crowd = start_polls($front);
	sleep 0.5;    # they open their connections
	my @used = map { processor_seconds($_) } $gateway, $front;
	my $from = time;
	sleep 3;
	my $to = time;
	$got{calm} = [ map { (processor_seconds($_) - shift @used) / ($to - $from) } $gateway, $front ];
	my @attacks = map { start_attack($_, $front->{port}, 40) } @$names;
	within(10, sub { connections($front->{port}) >= $expected });
	sleep 1;      # what is sent to all at the beginning
	my $since = time;
	@used = map { processor_seconds($_) } $gateway, $front;
	sleep $seconds;
	my $until = time;
	$got{busy}        = [ map { (processor_seconds($_) - shift @used) / ($until - $since) } $gateway, $front ];
	$got{connections} = connections($front->{port});
	end_attack($_) for @attacks;
	my @results = finish_clients($crowd);
	my @polls   = map { @{ $results[ $_ * 2 ]{polls} } } 0 .. $#results / 2;
	my @others  = map { @{ $results[ $_ * 2 + 1 ]{polls} } } 0 .. $#results / 2;
	$got{before}    = best_second(\@polls, $from, $to)      // die 'too few polls before the attack';
	$got{during}    = best_second(\@polls, $since, $until)  // 10_000;
	$got{untouched} = best_second(\@others, $since, $until) // 0;
	$got{wrong}     = join "\n", map { @{ $_->{wrong} } } @results;
	within(10, sub { connections($front->{port}) == 0 });
	return \%got;
}

# The others wait at most twice as long; a millisecond is what a timer is off.
sub is_served {
	my ($got) = @_;
	my $usual = $got->{before} > $got->{untouched} ? $got->{before} : $got->{untouched};
	return $got->{during} <= 2 * $usual + 1;
}

# Attacks, and tests that the others do not notice. Returns what was measured.
sub withstands {
	my ($name, @attack) = @_;
	my ($got, @wrong);
	for (1 .. 3)
	{
		$got = attack(@attack);
		push @wrong, $got->{wrong} if $got->{wrong} ne '';
		diag(sprintf '%s: %d connections; p99 of polls %.1f ms before, %.1f ms during (where nobody attacks: %.1f ms);'
			  . ' processors before and during: gateway %.0f %%, %.0f %%, nginx %.0f %%, %.0f %%',
			$name, $got->{connections}, @$got{qw(before during untouched)},
			map { 100 * $_ } map { $got->{calm}[$_], $got->{busy}[$_] } 0, 1);
		last if is_served($got);
	}
	is(join("\n", @wrong), '', "$name: no poll failed");
	ok(is_served($got), "$name: the polls take at most twice as long");
	cmp_ok($got->{busy}[0], '<', $got->{calm}[0] + 0.2, "$name: the gateway does not spin");
	cmp_ok($got->{busy}[1], '<', $got->{calm}[1] + 0.4, "$name: nor does nginx");
	return $got;
}

subtest 'without limits' => sub {
	my $front = start_front('open', $gateway->{port}, '--no-limits');
	for my $name (sort keys %attacks)
	{
		my $got = withstands($name, $front, [$name], $attackers * 0.95, 4);
		cmp_ok($got->{connections}, '>=', $attackers * 0.95, "$name: the attackers were in") or diag(log_of($name, $front->{port}));
	}
	ok(is_ready($gateway), 'the gateway is well');
	stop_server($front->{pid});
};

subtest 'with the limits there are, all three at once' => sub {
	my $front = start_front('limited', $gateway->{port}, '--access-log');
	# longer than nginx waits for headers
	withstands('all three', $front, [ sort keys %attacks ], $attackers * 2, 10);
	stop_server($front->{pid});
	my %statuses;
	for my $line (split /\n/, slurp_file("$front->{folder}/access.log"))
	{
		my ($path, $status) = $line =~ /"address":"127\.0\.0\.1".*"path":"([^"]*)".*"status":"([0-9]+)"/ or next;
		$statuses{"$path $status"}++;
		$statuses{"any $status"}++;
	}
	note("$_: $statuses{$_}") for sort keys %statuses;
	cmp_ok($statuses{'/v1/balance/credits 429'} // 0, '>', $attackers / 2, 'slow bodies are refused');
	cmp_ok($statuses{"/v1/slots/$slot_id/seats 429"} // 0, '>', $attackers / 2, 'slow readers are refused');
	cmp_ok($statuses{'any 408'} // 0, '>', $attackers / 4, 'slow headers run out of time');
};

is(stop_gateway($gateway), 0, 'the gateway ends in order');
verify_is_empty($node);

done_testing;
