# Options of the front for those who come from elsewhere: pages of other origins, a page of one's own, and other proxies before it.
use strict;
use warnings;

use Front;
use Test::More;

my $upstream = start_upstream;

sub header {
	my ($answer, $name) = @_;
	return join ',', @{ $answer->{headers}{$name} // [] };
}

sub write_file {
	my ($name, $text) = @_;
	open(my $file, '>', $name) or die "$name: $!";
	print $file $text;
	close $file;
	return;
}

subtest 'options that make no sense are refused with a reason' => sub {
	my @good = ('--directory', folder);
	my @cases = (
		(map { [ qr/must be \* or as browsers write it/, '--allow-origin', $_ ] } 'shop.example', 'https://shop.example/', 'https://SHOP.example', 'https://a b', 'https://a";', 'null', 'ftp://a', 'https://*.a'),
		[ qr/absolute path/, '--site', 'here' ],
		[ qr/no folder \/nowhere/, '--site', '/nowhere' ],
		(map { [ qr/must be an IPv4 or IPv6 address/, '--trusted-proxy', $_ ] } 'all', 'unix:', '1.2.3', '10.0.0.1;', 'proxy.example'),
		(map { [ qr/no IPv4 address/, '--trusted-proxy', $_ ] } '10.0.0.256', '999.0.0.0/8'),
		(map { [ qr/length of the prefix must be a whole number/, '--trusted-proxy', $_ ] } '10.0.0.0/33', '10.0.0.0/0', '::/0', 'fd00::/129', '10.0.0.0/x', '10.0.0.0/'),
		[ qr/--proxy-protocol needs --trusted-proxy/, '--proxy-protocol' ],
		[ qr/needs a value/, '--allow-origin' ]);
	for my $case (@cases)
	{
		my ($reason, @options) = @$case;
		my ($status, $output, $complaint) = run_script(@good, @options);
		is("$status $output", '2 ', "@options");
		like($complaint, $reason, $complaint =~ s/\n.*//sr);
	}
};

subtest 'pages from elsewhere' => sub {
	my $shop  = 'https://shop.example';
	my $front = start_front('origins', $upstream->{port}, '--no-limits', '--allow-origin', $shop, '--allow-origin', 'http://127.0.0.1:3000');
	my $port  = $front->{port};
	my $asks  = sub {
		my ($method, $path, @headers) = @_;
		return ask($port, $method, $path, \@headers);
	};
	for my $origin ($shop, 'http://127.0.0.1:3000')
	{
		for my $path ('/v1/events', '/v1/refusal', '/none', '/livez', '/docs')
		{
			my $answer = $asks->('GET', $path, "Origin: $origin");
			is(header($answer, 'access-control-allow-origin'), $origin, "$origin may read $path");
			is(header($answer, 'access-control-expose-headers'), 'ETag, Location, Retry-After, X-Request-Id', 'with what matters');
			like(header($answer, 'vary'), qr/\bOrigin\b/, 'caches are told');
			is(header($answer, 'access-control-allow-credentials'), '', 'without credentials');
		}
	}
	my @preflight = ("Origin: $shop", 'Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: authorization,content-type,idempotency-key');
	my $since  = mark($upstream);
	my $answer = $asks->('OPTIONS', '/v1/slots/1/holds', @preflight);
	is("$answer->{status} $answer->{body}", '204 ', 'before it sends it asks');
	is(header($answer, 'access-control-allow-origin'), $shop, 'and may');
	is(header($answer, 'access-control-allow-methods'), 'GET, HEAD, POST, PATCH, DELETE', 'with every method there is');
	my %allowed = map { lc $_ => 1 } split /, /, header($answer, 'access-control-allow-headers');
	ok($allowed{$_}, "and $_") for qw(authorization content-type idempotency-key if-none-match queue-token);
	is(scalar(seen($upstream, $since)), 0, 'the gateway is not asked');
	for my $origin ('https://evil.example', 'https://shop.example.evil.example', 'https://xshop.example', 'null', "$shop:444", '')
	{
		is(header($asks->('GET', '/v1/events', "Origin: $origin"), 'access-control-allow-origin'), '', "\"$origin\" may not");
		$since  = mark($upstream);
		$answer = $asks->('OPTIONS', '/v1/events', "Origin: $origin", $preflight[1]);
		is(header($answer, "access-control-allow-$_"), '', "not even when it asks: $_") for qw(origin methods headers);
		is(scalar(grep { ($_->{head} // '') =~ /\APUT / } seen($upstream, $since)), 1, 'the gateway says what the address takes');
	}
	is(header($asks->('OPTIONS', '/v1/events', "Origin: $shop"), 'access-control-allow-methods'), '', 'OPTIONS that is no such question gets no such answer');
	my $client = open_client($port);
	$client->syswrite("GET /v1/live/slots/1 HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\nOrigin: $shop\r\n\r\n");
	like(read_until($client, qr/: hi\n\n/), qr{^Access-Control-Allow-Origin: \Q$shop\E\r$}m, 'streams, too');
	stop_server($front->{pid});

	my $open = start_front('open', $upstream->{port}, '--no-limits', '--allow-origin', '*');
	$answer = ask($open->{port}, 'GET', '/v1/events', ['Origin: https://anybody.example']);
	is(header($answer, 'access-control-allow-origin'), '*', '* is every page');
	is(header($answer, 'access-control-allow-credentials'), '', 'without credentials');
	stop_server($open->{pid});
	my $closed = start_front('closed', $upstream->{port}, '--no-limits');
	is(header(ask($closed->{port}, 'GET', '/v1/events', ["Origin: $shop"]), 'access-control-allow-origin'), '', 'without the option nobody may');
	stop_server($closed->{pid});
};

subtest 'a page of one\'s own' => sub {
	my $site = folder . '/site';
	mkdir "$site$_" for '', '/shop', '/.git', '/v1', '/shop/.hidden';
	chmod 0755, $site;
	write_file("$site/$_", "this is $_") for qw(index.html app.js style.css image.svg shop/index.html .git/config .env shop/.hidden/x v1/events livez metrics data.bin);
	mkdir folder . $_ for '/elsewhere', '/elsewhere/inside';
	write_file(folder . "/elsewhere/$_", 'not of the site') for 'secret.txt', 'inside/index.html';
	symlink(folder . '/elsewhere/secret.txt', "$site/link.txt") or die "symlink: $!";
	symlink('../elsewhere/inside',            "$site/away")     or die "symlink: $!";
	symlink($site, folder . '/site-by-link') or die "symlink: $!";
	my $front = start_front('own', $upstream->{port}, '--no-limits', '--site', folder . '/site-by-link');
	my %types = ('index.html' => 'text/html; charset=utf-8', 'app.js' => 'text/javascript; charset=utf-8', 'style.css' => 'text/css; charset=utf-8',
		'image.svg' => 'image/svg+xml; charset=utf-8', 'data.bin' => 'application/octet-stream', 'shop/index.html' => 'text/html; charset=utf-8');
	for my $name (sort keys %types)
	{
		my $answer = ask($front->{port}, 'GET', "/$name");
		is("$answer->{status} $answer->{body}", "200 this is $name", $name);
		is(header($answer, 'content-type'), $types{$name}, 'its type');
		is(header($answer, 'x-content-type-options'), 'nosniff', 'which is not guessed');
	}
	is(ask($front->{port}, 'GET', $_->[0])->{body}, "this is $_->[1]", "$_->[0] is $_->[1]") for [ '/', 'index.html' ], [ '/shop/', 'shop/index.html' ];
	my $tag = header(ask($front->{port}, 'GET', '/app.js'), 'etag');
	is(ask($front->{port}, 'GET', '/app.js', ["If-None-Match: $tag"])->{status}, 304, 'it is asked for again, and sent when it has changed');
	for my $path ('/.git/config', '/.env', '/shop/.hidden/x', '/%2eenv', '/shop/../.env', '/nothing', '/.git/', '/shop/.hidden/')
	{
		is(is_problem(ask($front->{port}, 'GET', $path), 404), '', "$path is not there");
	}
	is(is_problem(ask($front->{port}, 'GET', '/../../etc/passwd'), 400), '', 'nothing outside');
	for my $path ('/link.txt', '/away/', '/away/index.html', '/away')
	{
		is(is_problem(ask($front->{port}, 'GET', $path), 404), '', "nor by a link inside: $path");
	}
	for my $path ('/v1/events', '/livez', '/metrics')
	{
		like(ask($front->{port}, 'GET', $path)->{body}, qr/"method":"GET"/, "$path is the gateway's");
	}
	is(is_problem(ask($front->{port}, $_, '/index.html', [], 'x'), 405), '', "$_ changes nothing") for qw(POST PATCH DELETE);
	stop_server($front->{pid});
};

subtest 'behind another proxy' => sub {
	my @limits = ('--address-rate', 5, '--user-rate', 1000, '--workers', 1, '--access-log');
	# how many of twenty requests were let through
	my $passed = sub {
		my ($front, %with) = @_;
		my $count = 0;
		for (1 .. 20)
		{
			my $client = open_client($front->{port}, LocalAddr => $with{from} // '127.0.0.1');
			$client->syswrite(($with{before} // '') . join("\r\n", 'GET /v1/a HTTP/1.1', 'Host: a', 'Connection: close', @{ $with{headers} // [] }, '', ''));
			++$count if read_until($client) =~ m{\AHTTP/1.1 200 };
		}
		return $count;
	};
	my $front = start_front('proxied', $upstream->{port}, @limits, '--trusted-proxy', '127.0.0.1', '--trusted-proxy', '127.0.1.0/24');
	my @ann = ('X-Forwarded-For: 192.0.2.1');
	cmp_ok($passed->($front, headers => \@ann), '<', 15, 'a client behind it has a limit');
	cmp_ok($passed->($front, headers => ['X-Forwarded-For: 192.0.2.2']), '>', 5, 'another one has its own');
	cmp_ok($passed->($front, headers => ['X-Forwarded-For: 192.0.2.3, 192.0.2.1']), '<', 6, 'what a client says of itself does not count');
	cmp_ok($passed->($front, headers => ['X-Forwarded-For: 192.0.2.1, 127.0.1.7']), '<', 6, 'two proxies in a row');
	cmp_ok($passed->($front, headers => ['X-Forwarded-For: 192.0.2.9'], from => '127.0.0.5'), '>', 5, 'one that is not trusted');
	cmp_ok($passed->($front, headers => ['X-Forwarded-For: 192.0.2.10'], from => '127.0.0.5'), '<', 6, 'is one client, whomever it names');
	is(is_problem(ask($front->{port}, 'GET', '/metrics', ['X-Forwarded-For: 192.0.2.20']), 403), '', 'metrics are not for those behind it');
	is(is_problem(ask($front->{port}, 'GET', '/metrics', ['X-Forwarded-For: 127.0.0.1, 192.0.2.21']), 403), '', 'whatever they say');
	is(is_problem(ask($front->{port}, 'GET', '/metrics', ['X-Forwarded-For: 127.0.0.1']), 403), '', 'nor for one that says to be the machine itself');
	stop_server($front->{pid}, 'QUIT');
	my %addresses = map { /"address":"([^"]*)"/ ? ($1 => 1) : () } split /\n/, slurp("$front->{folder}/access.log");
	ok($addresses{$_}, "the log names $_") for '192.0.2.1', '192.0.2.2', '127.0.0.5';
	ok(!$addresses{$_}, "but not $_") for '192.0.2.3', '192.0.2.9';

	$front = start_front('announced', $upstream->{port}, @limits, '--trusted-proxy', '127.0.0.1', '--proxy-protocol');
	cmp_ok($passed->($front, before => "PROXY TCP4 192.0.2.1 192.0.2.100 1000 80\r\n"), '<', 15, 'by the PROXY protocol');
	cmp_ok($passed->($front, before => "PROXY TCP4 192.0.2.2 192.0.2.100 1000 80\r\n"), '>', 5, 'another one has its own');
	is($passed->($front), 0, 'a connection that does not begin with it is refused');
	stop_server($front->{pid}, 'QUIT');
};

done_testing();
