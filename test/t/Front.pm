# What the tests of the front share: nginx with the configuration that api/front/nginx.sh prints, in front of an upstream
# that notes every byte it is sent, `boxofficed live`, and clients that send bytes as they are told.
#
# The upstream reads as Pistache does where that matters: what follows a request on a connection is the next request.
# It answers by path: see answer_to.
package Front;

use strict;
use warnings;

use Cwd 'abs_path';
use Exporter 'import';
use File::Path 'remove_tree';
use File::Temp 'tempdir';
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP;
use MIME::Base64;
use POSIX '_exit';
use Time::HiRes qw(sleep time);

our @EXPORT = qw(folder free_port silent_port start_upstream start_front run_front run_live workers stop_server run_script talk open_client read_until answers
  ask is_problem seen mark within slurp);

my $script = abs_path('api/front/nginx.sh');
my $program = abs_path('build/boxofficed');
my $owner = $$;
my %servers;    # by process id
my @taken;      # sockets that keep the ports that were given out
my $folder;

# A private folder; where root runs the test, nginx's workers run as its owner.
sub folder {
	return $folder if defined $folder;
	$folder = tempdir('front_XXXXXX', TMPDIR => 1);
	chown((getpwnam('nobody'))[ 2, 3 ], $folder) if $> == 0;
	chmod 0755, $folder;
	return $folder;
}

# Tries until it is true or the time is over; returns what came last.
sub within {
	my ($seconds, $condition) = @_;
	my $deadline = time + $seconds;
	my $result;
	sleep 0.02 until ($result = $condition->()) || time > $deadline;
	return $result;
}

sub slurp {
	my ($file) = @_;
	open(my $handle, '<:raw', $file) or return '';
	local $/;
	return <$handle> // '';
}

# A port that nobody listens on, and that is not given out twice.
sub free_port {
	my %used = map { $_ => 1 } @taken;
	for (1 .. 100)
	{
		my $port = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)->sockport;
		next if $used{$port};
		push @taken, $port;
		return $port;
	}
	die 'no free port';
}

# A port that refuses connections: it is taken, and nobody listens. Returns it and what keeps it.
sub silent_port {
	my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp') or die "bind: $!";
	return ($socket->sockport, $socket);
}

# Runs the script; returns its exit status, what it printed and its messages.
sub run_script {
	my (@options) = @_;
	my $pid = fork // die "fork: $!";
	if ($pid == 0)
	{
		open(STDOUT, '>', folder . '/stdout') or _exit(99);
		open(STDERR, '>', folder . '/stderr') or _exit(99);
		exec($script, @options) or _exit(99);
	}
	waitpid($pid, 0);
	return ($? >> 8, slurp(folder . '/stdout'), slurp(folder . '/stderr'));
}

# It takes connections, and there is a process that answers them.
sub works {
	my ($front) = @_;
	return
	     defined IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $front->{port}, Timeout => 1)
		  && workers($front) ne '';
}

# The process ids of nginx's workers, in order. Soon after one has ended there is a new one.
sub workers {
	my ($front) = @_;
	return join ' ', sort split / /, slurp("/proc/$front->{pid}/task/$front->{pid}/children");
}

# Starts nginx in a folder of its own, and behind it what tells browsers. Returns its public port, process id, folder, and where
# to publish.
sub start_front {
	my ($name, $gateway, @options) = @_;
	my %front = (port => free_port, folder => folder . "/$name");
	mkdir $front{folder} or die "mkdir: $!";
	chown((getpwnam('nobody'))[ 2, 3 ], $front{folder}) if $> == 0;
	$front{publisher} = "$front{folder}/publisher";
	my ($status, $configuration, $complaints) = run_script('--directory', $front{folder}, '--listen', "127.0.0.1:$front{port}",
		'--gateway', "127.0.0.1:$gateway", '--live', "unix:$front{publisher}", @options);
	die "nginx.sh: $complaints" if $status != 0;
	open(my $file, '>', "$front{folder}/nginx.conf") or die $!;
	print $file $configuration;
	close $file;
	run_live(\%front);
	run_front(\%front);
	return \%front;
}

# Runs a program until it is stopped; what it prints goes to a file.
sub run_program {
	my ($log, @command) = @_;
	my $pid = fork // die "fork: $!";
	if ($pid == 0)
	{
		open(STDOUT, '>>', $log) or _exit(99);
		open(STDERR, '>&', \*STDOUT) or _exit(99);
		$ENV{PATH} = "$ENV{PATH}:/usr/sbin";
		exec(@command) or _exit(99);
	}
	$servers{$pid} = 'TERM';
	return $pid;
}

# Runs what tells browsers; where it listens, the relay publishes.
sub run_live {
	my ($front) = @_;
	$front->{live_pid} = run_program("$front->{folder}/live.log", $program, 'live', '--publisher', "unix:$front->{publisher}");
	within(20, sub { IO::Socket::UNIX->new(Peer => $front->{publisher}) }) or die 'live does not start: ' . slurp("$front->{folder}/live.log");
	return;
}

# Runs nginx with the configuration that start_front has written: after it was stopped, this is how it comes back.
sub run_front {
	my ($front) = @_;
	$front->{pid} = run_program("$front->{folder}/start.log", 'nginx', '-e', "$front->{folder}/error.log", '-c', "$front->{folder}/nginx.conf", '-g', 'daemon off;');
	$servers{ $front->{pid} } = 'QUIT';
	within(20, sub { works($front) }) or die "nginx does not start: " . slurp("$front->{folder}/start.log");
	return;
}

# Ends what this process started, and waits for it.
sub stop_server {
	my ($pid, $signal) = @_;
	delete $servers{$pid};
	kill $signal // 'TERM', $pid;
	return if within(15, sub { waitpid($pid, POSIX::WNOHANG()) == $pid });
	kill 'KILL', $pid;
	waitpid($pid, 0);
	return;
}

END {
	if ($$ == $owner)
	{
		my $status = $?;
		stop_server($_) for keys %servers;
		remove_tree($folder) if defined $folder;
		$? = $status;
	}
}

# How the upstream answers: /v1/slots/401 and whatever is below it with this status, so 403 and 404; the seating plan of a slot
# from 400 to 599 with this status, and of others with 400 where it is empty, as for an administrator; /v1/refusal with a problem, /v1/large with 2 MB, /v1/later after 0.3 s, /v1/silence never,
# /v1/break by ending the connection, anything else with what it was asked.
sub answer_to {
	my ($method, $path, $body) = @_;
	return if $path eq '/v1/silence';
	sleep 0.3 if $path eq '/v1/later';
	my ($status, $type, $more) = ('200 OK', 'application/json', '');
	my $answer = encode_json({ method => $method, path => $path, bytes => length $body });
	$answer = encode_json({ large => 'x' x 2_000_000 }) if $path eq '/v1/large';
	my %refused = (401 => '401 Unauthorized', 403 => '403 Forbidden', 404 => '404 Not Found');
	if ($path =~ m{\A/v1/(?:slots|queues)/(40[134])\b})
	{
		($status, $type) = ($refused{$1}, 'application/problem+json');
		$answer = '{"title":"refused by the gateway"}';
	}
	my ($slot) = $path =~ m{\A/v1/slots/([0-9]+)/seating-plan};
	if (defined $slot && ($slot =~ /\A[45][0-9][0-9]\z/ || $body eq ''))
	{
		$status = ($slot =~ /\A[45][0-9][0-9]\z/ ? $slot : 400) . ' Refused';
		($type, $answer) = ('application/problem+json', '{"title":"refused by the gateway"}');
	}
	if ($path eq '/v1/refusal')
	{
		($status, $type, $more) = ('503 Service Unavailable', 'application/problem+json', "Retry-After: 7\r\n");
		$answer = '{"title":"as the gateway says"}';
	}
	return "HTTP/1.1 $status\r\nContent-Type: $type\r\nETag: \"tag\"\r\nX-Request-Id: of-the-gateway\r\nServer: gateway\r\n$more"
	  . 'Content-Length: '
	  . length($answer)
	  . "\r\n\r\n$answer";
}

# Takes complete requests off a buffer, notes and answers them; false when the connection is to be closed.
sub serve_requests {
	my ($client, $number, $buffer, $note) = @_;
	while ($$buffer =~ /\A(.*?\r\n\r\n)/s)
	{
		my $head = $1;
		my $length = $head =~ /^Content-Length: *([0-9]+)\r$/mi ? $1 : 0;
		return 1 if length($$buffer) < length($head) + $length;
		my $body = substr($$buffer, length $head, $length);
		substr($$buffer, 0, length($head) + $length) = '';
		$note->({ connection => $number, head => $head, body => encode_base64($body, '') });
		my ($method, $path) = $head =~ /\A(\S+) (\S+)/;
		return 0 if $path eq '/v1/break';
		my $answer = answer_to($method, $path, $body) // next;
		$client->blocking(1);
		print $client $answer;
		$client->blocking(0);
		$note->({ connection => $number, answered => 1 }) if $path eq '/v1/later';
	}
	return 1;
}

sub run_upstream {
	my ($listener, $log) = @_;
	open(my $file, '>>', $log) or _exit(99);
	$file->autoflush(1);
	my $note = sub { print $file encode_json($_[0]) . "\n" };
	my $select = IO::Select->new($listener);
	my ($connections, %number, %buffer) = (0);
	for (;;)
	{
		for my $ready ($select->can_read)
		{
			if ($ready == $listener)
			{
				my $client = $listener->accept or next;
				$client->blocking(0);
				$number{$client} = ++$connections;
				$buffer{$client} = '';
				$select->add($client);
				next;
			}
			my $read = sysread($ready, $buffer{$ready}, 65536, length $buffer{$ready});
			next if !defined $read && $!{EAGAIN};
			next if $read && serve_requests($ready, $number{$ready}, \$buffer{$ready}, $note);
			$note->({ connection => $number{$ready}, closed => 1, rest => encode_base64($buffer{$ready}, '') });
			$select->remove($ready);
			delete $buffer{$ready};
			delete $number{$ready};
			close $ready;
		}
	}
	return;
}

# Starts the upstream; returns its port, process id and log.
sub start_upstream {
	my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 128) or die "listen: $!";
	my %upstream = (port => $listener->sockport, log => folder . '/upstream.log');
	$upstream{pid} = fork // die "fork: $!";
	if ($upstream{pid} == 0)
	{
		$SIG{PIPE} = 'IGNORE';
		run_upstream($listener, $upstream{log});
		_exit(0);
	}
	$servers{ $upstream{pid} } = 'TERM';
	push @taken, $upstream{port};
	return \%upstream;
}

sub mark {
	my ($upstream) = @_;
	return -s $upstream->{log} // 0;
}

# What the upstream noted since a mark: requests { connection, head, body }, ends of connections { closed, rest }, and
# { answered } for /v1/later.
sub seen {
	my ($upstream, $since) = @_;
	my @events = map { decode_json($_) } split /\n/, substr(slurp($upstream->{log}), $since // 0);
	$_->{body} = decode_base64($_->{body}) for grep { defined $_->{body} } @events;
	return @events;
}

# $where is a port or the path of a socket.
sub open_client {
	my ($where, %options) = @_;
	my $client =
	    $where =~ m{^/}
	  ? IO::Socket::UNIX->new(Peer => $where)
	  : IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $where, %options);
	die "cannot connect to $where: $!" if !defined $client;
	return $client;
}

# Reads until the pattern matches all that came, the other side ends, or the time is over; returns all that came.
sub read_until {
	my ($client, $pattern, $seconds) = @_;
	my $deadline = time + ($seconds // 10);
	my $text = '';
	my $select = IO::Select->new($client);
	while (!defined $pattern || $text !~ $pattern)
	{
		my $left = $deadline - time;
		last if $left <= 0 || !$select->can_read($left);
		last if !sysread($client, $text, 65536, length $text);
	}
	return $text;
}

# Sends bytes, then no more; returns all that comes back. With stay_open its side of the connection stays open:
# a client that has sent its last byte is taken for one that has gone, where an answer is passed on as it comes.
sub talk {
	my ($where, $bytes, %options) = @_;
	local $SIG{PIPE} = 'IGNORE';
	my $stay_open = delete $options{stay_open};
	my $client = open_client($where, %options);
	my $sent = 0;
	while ($sent < length $bytes)
	{
		$sent += syswrite($client, $bytes, 65536, $sent) // last;
	}
	shutdown($client, 1) if !$stay_open;
	return read_until($client, undef, 20);
}

# The answers in a text: { status, headers => { name => [values] }, body }. $method HEAD: they have no bodies.
sub answers {
	my ($text, $method) = @_;
	my @answers;
	while ($text =~ s/\AHTTP\/1\.1 ([0-9]{3})[^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n//)
	{
		my ($status, $head, %headers) = ($1, $2);
		push @{ $headers{ lc $1 } }, $2 while $head =~ /^([^:]+): ?(.*?)\r$/mg;
		my $length = ($method // '') eq 'HEAD' ? 0 : $headers{'content-length'}[0] // ($status < 200 || $status == 304 ? 0 : length $text);
		push @answers, { status => $status, headers => \%headers, body => substr($text, 0, $length, '') };
	}
	return @answers;
}

# One request with ordinary headers and more, a list of lines; returns its answer.
sub ask {
	my ($where, $method, $path, $headers, $body, %options) = @_;
	my $bytes = join("\r\n", "$method $path HTTP/1.1", 'Host: shop.example', 'Connection: close', @{ $headers // [] });
	$bytes .= "\r\nContent-Length: " . length $body if defined $body;
	my ($answer) = grep { $_->{status} >= 200 } 
	  answers(talk($where, "$bytes\r\n\r\n" . ($body // ''), %options, stay_open => 1), $method);
	return $answer // { status => 0, headers => {}, body => '' };
}

# Why an answer is not the problem that it should be; empty when it is.
sub is_problem {
	my ($answer, $status) = @_;
	my $header = sub { join ',', @{ $answer->{headers}{ $_[0] } // [] } };
	return "status $answer->{status}" if $answer->{status} != $status;
	return 'type ' . $header->('content-type') if $header->('content-type') ne 'application/problem+json';
	return 'request id ' . $header->('x-request-id') if $header->('x-request-id') !~ /\A[A-Za-z0-9_-]{1,64}\z/;
	my $problem = eval { decode_json($answer->{body}) } or return "not JSON: $answer->{body}";
	return "status in the body $problem->{status}" if $problem->{status} != $status;
	return "not about:blank" if $problem->{type} ne 'about:blank';
	return 'no title or detail' if !length $problem->{title} || length $problem->{detail} < 20;
	my $again = $status == 429 || $status > 501 && $status < 505;
	return 'Retry-After ' . $header->('retry-after') if $header->('retry-after') ne ($again ? '1' : '');
	return 'retry_after' if ($problem->{retry_after} // 0) != ($again ? 1 : 0);
	return '';
}

1;
