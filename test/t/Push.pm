# What the tests of push share: relays as real processes, publishers that do not do as they should, and listeners that note
# what they hear and when.
#
# A relay logs in as a role of its own, which has what docs/functions.md says that it needs and nothing else.
package Push;

use strict;
use warnings;

use Cwd 'abs_path';
use Exporter 'import';
use Front qw(ask open_client);
use Gateway qw(within);
use IO::Select;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX '_exit';
use PostgreSQL::Test::Utils;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(make_relay_role start_relay end_relay relay_messages start_stub stub_has end_stub listen_to hear next_message
  told_of seats_of);

my $program = abs_path('build/boxofficed');
my $owner   = $$;
my $folder  = abs_path(PostgreSQL::Test::Utils::tempdir);
my $files   = 0;
my %running;    # what to wait for, by process id

sub make_relay_role {
	my ($node) = @_;
	$node->safe_psql('postgres', "CREATE ROLE relay LOGIN; SELECT boxoffice.grant_access('relay', 'client')");
	return;
}

# Starts a relay before a server; publisher: the path of a socket. It works when this returns, unless not_ready.
sub start_relay {
	my ($node, $publisher, %options) = @_;
	my $relay = { log => "$folder/relay" . ++$files . '.log' };
	append_to_file($relay->{log}, '');
	my $pid = fork // die "fork: $!";
	if ($pid == 0)
	{
		open(STDIN, '<', '/dev/null') or _exit(99);
		open(STDOUT, '>', $relay->{log}) or _exit(99);
		open(STDERR, '>&', \*STDOUT) or _exit(99);
		%ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => 'postgres', PGUSER => 'relay', %{ $options{environment} // {} });
		exec($program, 'relay', '--publisher', "unix:$publisher") or _exit(99);
	}
	$relay->{pid} = $pid;
	$running{$pid} = 1;
	return $relay if $options{not_ready};
	within(30, sub { slurp_file($relay->{log}) =~ /"the relay works"/ }) or die 'the relay does not work: ' . slurp_file($relay->{log});
	return $relay;
}

# Ends a process of this module; returns its wait status and how long it took. Undefined: it did not end by itself.
sub end_process {
	my ($pid, $signal) = @_;
	my ($status, $began) = (undef, time);
	delete $running{$pid};
	kill $signal, $pid;
	if (!within(20, sub { waitpid($pid, POSIX::WNOHANG()) == $pid && defined($status = $?) }))
	{
		kill 'KILL', $pid;
		waitpid($pid, 0);
	}
	return ($status, time - $began);
}

sub end_relay {
	my ($relay, $signal) = @_;
	return end_process($relay->{pid}, $signal // 'TERM');
}

# What its log says, "level message" each; a line that is no JSON is "broken line".
sub relay_messages {
	my ($relay) = @_;
	my @messages;
	for my $line (split /\n/, slurp_file($relay->{log}))
	{
		my $entry = eval { decode_json($line) };
		push @messages, defined $entry ? "$entry->{level} $entry->{message}" : "broken $line";
	}
	return @messages;
}

# Notes the body of every request, and answers with a status after so many seconds; without a status never.
sub run_stub {
	my ($listener, $log, $status, $seconds) = @_;
	while (my $client = $listener->accept)
	{
		my $buffer = '';
		while (sysread($client, $buffer, 65536, length $buffer))
		{
			while (my ($head, $length) = $buffer =~ /\A((?:[^\r\n]+\r\n)*?Content-Length: ([0-9]+)\r\n(?:[^\r\n]+\r\n)*\r\n)/i)
			{
				last if length $buffer < length($head) + $length;
				append_to_file($log, substr($buffer, length $head, $length) . "\n");
				substr($buffer, 0, length($head) + $length) = '';
				next if !defined $status;
				sleep $seconds;
				syswrite($client, "HTTP/1.1 $status As Told\r\nContent-Length: 0\r\n\r\n");
			}
		}
	}
	return;
}

# A publisher that is none; returns its socket and process id.
sub start_stub {
	my ($status, $seconds) = @_;
	my $number = ++$files;
	my $stub = { socket => "$folder/stub$number", log => "$folder/stub$number.log" };
	append_to_file($stub->{log}, '');
	my $listener = IO::Socket::UNIX->new(Local => $stub->{socket}, Listen => 16) or die "listen: $!";
	$stub->{pid} = fork // die "fork: $!";
	if ($stub->{pid} == 0)
	{
		$SIG{PIPE} = 'IGNORE';
		run_stub($listener, $stub->{log}, $status, $seconds // 0);
		_exit(0);
	}
	$running{ $stub->{pid} } = 1;
	return $stub;
}

# The messages that it was sent.
sub stub_has {
	my ($stub) = @_;
	return split /\n/, slurp_file($stub->{log});
}

sub end_stub {
	my ($stub) = @_;
	end_process($stub->{pid}, 'TERM');
	return;
}

END {
	if ($$ == $owner)
	{
		my $status = $?;
		end_process($_, 'TERM') for keys %running;
		$? = $status;
	}
}

# Opens a subscription as a client would: to a channel, as events, websocket or poll. Nothing is awaited.
sub subscribe {
	my ($listener) = @_;
	my %headers = (
		events    => ['Accept: text/event-stream'],
		websocket => [ 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' ],
		poll      => []);
	$listener->{socket} = open_client($listener->{port});
	$listener->{socket}->syswrite(join("\r\n", "GET /v1/live/$listener->{channel} HTTP/1.1", 'Host: a', @{ $headers{ $listener->{as} } }, '', ''));
	$listener->{bytes} = '';
	$listener->{begun} = 0;
	return;
}

# Takes complete messages off what came: events.
sub take_events {
	my ($listener) = @_;
	my @texts;
	while ($listener->{bytes} =~ s/\A(.*?)\n\n//s)
	{
		my $event = $1;
		push @texts, $1 if $event =~ /^data: (.*)$/m;
	}
	return @texts;
}

# Unmasked frames, as servers send them (RFC 6455, 5.2).
sub take_frames {
	my ($listener) = @_;
	my @texts;
	while (length $listener->{bytes} >= 2)
	{
		my ($kind, $length) = unpack 'CC', $listener->{bytes};
		my $start = 2;
		($length, $start) = (unpack('x2 n', $listener->{bytes}), 4) if $length == 126;
		last if length $listener->{bytes} < $start + $length;
		push @texts, substr($listener->{bytes}, $start, $length) if ($kind & 15) == 1;
		substr($listener->{bytes}, 0, $start + $length) = '';
	}
	return @texts;
}

# One answer, after which the next poll begins; what happens in between is not heard.
sub take_answer {
	my ($listener) = @_;
	my ($head)   = $listener->{bytes} =~ /\A(HTTP\/1.1 200 .*?\r\n\r\n)/s or return;
	my ($length) = $head =~ /^Content-Length: ([0-9]+)/mi;
	return if length $listener->{bytes} < length($head) + $length;
	my $text = substr($listener->{bytes}, length $head, $length);
	subscribe($listener);
	return $text;
}

# Reads what has come, for at most so long, and notes each message with the time.
sub listen_for {
	my ($listener, $seconds) = @_;
	return 0 if !IO::Select->new($listener->{socket})->can_read($seconds > 0 ? $seconds : 0);
	if (!sysread($listener->{socket}, $listener->{bytes}, 1 << 20, length $listener->{bytes}))
	{
		$listener->{ended} = 1;
		return 0;
	}
	my $at = time;
	if ($listener->{as} ne 'poll' && !$listener->{begun})
	{
		$listener->{bytes} =~ s/\A(.*?\r\n\r\n)//s or return 1;
		$listener->{head}  = $1;
		$listener->{begun} = 1;
	}
	my $take = { events => \&take_events, websocket => \&take_frames, poll => \&take_answer }->{ $listener->{as} };
	for my $text ($take->($listener))
	{
		++$listener->{pings} if $text =~ /"ping"/;
		push @{ $listener->{heard} }, { text => $text, at => $at } if $text !~ /"ping"/;
	}
	return 1;
}

# Listens until the condition is true or the time is over; returns what the condition said last.
sub hear {
	my ($listener, $seconds, $condition) = @_;
	my $deadline = time + $seconds;
	my $result;
	until (($result = $condition->()) || $listener->{ended} || time > $deadline)
	{
		my $left = $deadline - time;
		listen_for($listener, $left < 0.05 ? $left : 0.05);
	}
	return $result;
}

# A client of the front that listens to a channel, as events, websocket or poll. Subscribing takes effect a moment after the
# answer, so this returns when it has heard something, which is not noted.
sub listen_to {
	my ($front, $channel, %options) = @_;
	my $listener = { port => $front->{port}, channel => $channel, as => $options{as} // 'events', heard => [], next => 0, pings => 0 };
	subscribe($listener);
	within(
		10,
		sub {
			ask($front->{publisher}, 'POST', "/publish/$channel", [], '{"ping":1}');
			listen_for($listener, 0.05);
			return $listener->{pings};
		}) or die "nobody hears anything of $channel";
	return $listener;
}

# The text of the next message that was not asked for yet; waits for it.
sub next_message {
	my ($listener, $seconds) = @_;
	hear($listener, $seconds // 10, sub { @{ $listener->{heard} } > $listener->{next} }) or return 'no message';
	return $listener->{heard}[ $listener->{next}++ ]{text};
}

# What a listener was told of each seat, in order: { seat_id => [status, ...] }. Dies of a message that is not in the form of
# the contract.
sub told_of {
	my ($listener) = @_;
	my %told;
	for my $message (@{ $listener->{heard} })
	{
		my ($slot_id) = $listener->{channel} =~ m{\Aslots/([0-9]+)\z};
		my ($seats) = $message->{text} =~ /\A\{"slot_id":$slot_id,"seats":\[(.+)\]\}\z/ or die "not the form: $message->{text}";
		for my $seat (split /(?<=\}),/, $seats)
		{
			$seat =~ /\A\{"seat_id":([1-9][0-9]*),"status":"(free|held|sold|blocked)"\}\z/ or die "not the form: $seat";
			push @{ $told{$1} }, $2;
		}
	}
	return \%told;
}

# What each seat of a slot is: { seat_id => status }.
sub seats_of {
	my ($node, $slot_id) = @_;
	my %seats = map { split /\|/ } split /\n/, $node->safe_psql('postgres', "SELECT seat_id, status FROM boxoffice.seat_map($slot_id)");
	return \%seats;
}

1;
