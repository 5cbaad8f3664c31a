# What strangers send to the gateway, who need no token for it: texts that no conversion of theirs may survive by luck.
# Whatever comes, the gateway answers it with what is wrong, and goes on.
use strict;
use warnings;

use Boxoffice;
use Front qw(start_front stop_server talk);
use Gateway;
use MIME::Base64 'encode_base64url';
use PostgreSQL::Test::Utils;
use Test::More;

my $node    = start_database('strangers');
my $gateway = start_gateway($node);

# Numbers that no double holds, and long ones.
my %numbers = (
	'too small with a fraction'   => '0.00000000000000000000000001e-323',
	'many zeros'                  => '0.' . '0' x 348 . '1',
	'thousands of zeros'          => '0.' . '0' x 1400 . '1',
	'thousands of digits'         => '9' x 1400,
	'an exponent of many digits'  => '1e-' . '9' x 1000,
	'a large exponent'            => '9e308',
	'a long number with an end'   => '1' x 800 . 'e' . '1' x 800,
	'thousands of digits, a half' => '9' x 1400 . '.5');
my $numbers_only = '{"alg":"HS256","kid":"first","x":%s}';

for my $name (sort keys %numbers)
{
	my $body = qq({"x":$numbers{$name}});
	for my $path ('/v1/events', '/v1/balance', '/v1/venues', '/v1/slots/1/holds', '/v1/queue-token', '/v1/nothing')
	{
		for my $method (qw(GET POST PATCH DELETE))
		{
			my $answer = call($gateway, $method, $path, text => $body);
			fail("$name: $method $path: $answer->{status} $answer->{text}") if $answer->{status} !~ /^4/;
		}
	}
	my $answer = call($gateway, 'GET', '/v1/events', text => $body);
	is(is_problem($answer, 400), '', "$name in a body is no JSON that can be read");
	like($answer->{json}{detail}, qr/^the body is not JSON that can be read: .*too .*at byte/, "$name: the detail says what is wrong");

	my $header = sprintf $numbers_only, $numbers{$name};
	my $part   = encode_base64url($header);
	$answer = call($gateway, 'GET', '/v1/balance', jwt => "$part.e30.AAAA");
	is($answer->{status}, 401, "$name in the header of a token that nobody has signed");
	$answer = call($gateway, 'GET', '/v1/balance', jwt => sign('{"alg":"HS256","kid":"first"}', qq({"sub":"ann","exp":$numbers{$name}}), secret_of('first')));
	is($answer->{status}, 401, "$name in the claims of a token");
}
is(call($gateway, 'GET', '/livez')->{status}, 200, 'the gateway lives');
is(call($gateway, 'GET', '/v1/balance', user => 'ann')->{status}, 200, 'and does what it is for');

# Services are started again however often they fail.
for my $unit (glob 'docs/operations/*.service')
{
	my ($section) = slurp_file($unit) =~ /^\[Unit\]\n(.*?)^\[/ms;
	like($section, qr/^StartLimitIntervalSec=0$/m, "$unit does not give up after five failures");
}

# Headers that say one thing, through the front. What is sent are bytes: clients of libraries would mend it.
sql($node, "SELECT boxoffice.credit_balance('ann', 100)");
my $front = start_front('front', $gateway->{port}, '--no-limits');
my $admin = mint($gateway, 'root', role => 'boxoffice_admin');

sub send_lines {
	my ($method, $path, $body, @lines) = @_;
	my $bytes = join "\r\n", "$method $path HTTP/1.1", 'Host: a', 'Connection: close', @lines, 'Content-Type: application/json',
	  'Content-Length: ' . length $body, '', $body;
	my $text = talk($front->{port}, $bytes);
	my ($status) = $text =~ m{\AHTTP/1.1 ([0-9]+)};
	return { status => $status // 0, text => $text, allow => $text =~ /^Allow: (.*?)\r$/m ? $1 : '' };
}

sub credit {
	return send_lines('POST', '/v1/balance/credits', '{"user_id":"ann","amount":1}', "Authorization: Bearer $admin", @_);
}

sub balance { return sql($node, "SELECT balance FROM boxoffice.get_balance('ann')") }

for my $lines (
	['Idempotency-Key: '], ['Idempotency-Key:'], [ 'Idempotency-Key: a', 'Idempotency-Key: b' ], [ 'Idempotency-Key: a', 'idempotency-KEY: a' ],
	[ 'Idempotency-Key: a', 'X-A: ' . 'x' x 5000, 'Idempotency-Key: ' ], [ 'Queue-Token: ', 'Idempotency-Key: a' ],
	[ ('Queue-Token: 01234567-89ab-cdef-0123-456789abcdef') x 2 ], [ "Authorization: Bearer $admin", 'Idempotency-Key: a' ])
{
	my $name = join ', ', map { substr $_, 0, 40 } @$lines;
	my $answer = credit(@$lines);
	is($answer->{status}, 400, "$name: refused");
	my ($header) = $lines->[-1] =~ /^(idempotency-key)/i;
	like($answer->{text}, qr/the header (?:Idempotency-Key|Queue-Token) is empty, or is there more than once/, 'with the reason')
	  if $name !~ /^Authorization/;
}
is(balance(), 100, 'nothing was credited');

my $umlauts = "\xc3\xbc" x 255;
is(credit("Idempotency-Key: $umlauts")->{status}, 200, 'a key of 255 characters, of two bytes each');
is(credit("Idempotency-Key: $umlauts")->{status}, 200, 'is one key');
is(balance(), 101, 'and has one effect');
is(sql($node, "SELECT outcome FROM boxoffice.credit_balance('ann', 1, idempotency_key => repeat('ü', 255))"), 'ok', 'SQL takes the same key');
is(balance(), 101, 'which is the same');
is(credit("Idempotency-Key: $umlauts\xc3\xbc")->{status}, 400, 'a key of 256 characters is too long over HTTP');
my ($status, $out, $err) = $node->psql('postgres', "SELECT outcome FROM boxoffice.credit_balance('ann', 1, idempotency_key => repeat('ü', 256))");
like($err, qr/idempotency_key must have 1 to 255 characters/, 'and in SQL');
is(credit('Idempotency-Key: ' . "\xf0\x9f\x98\x80" x 255)->{status}, 200, 'a key of 255 characters of four bytes each');

# A member without a name is one that nobody reads.
my $answer = call($gateway, 'POST', '/v1/balance/credits', user => 'root', role => 'boxoffice_admin', text => '{"user_id":"ann","amount":1,"":0}');
is(is_problem($answer, 400), '', 'a member named ""');
is($answer->{json}{detail}, 'the body must not have a member ""', 'is refused by its name');
is(is_problem(call($gateway, 'POST', '/v1/slots/1/holds', user => 'ann', text => '{"seat_ids":[1],"":0}'), 400), '', 'also of a hold');

# One token in several spellings is one token.
my $queue_id = sql($node, "SELECT boxoffice.create_queue('Q', 1)");
my $token = call($gateway, 'POST', "/v1/queues/$queue_id/tokens", user => 'ann')->{json}{token};
is(call($gateway, 'GET', '/v1/queue-token', queue_token => uc $token)->{json}{token}, $token, 'a token in upper case is the same token');
is(is_problem(call($gateway, 'GET', '/v1/queue-token', queue_token => $_), 400), '', "$_ is none") for "{$token}", $token =~ s/-//gr, "urn:uuid:$token";

# 405 says what the address takes, also of methods that the gateway does not know; a body that is encoded is refused.
my %takes = (
	'/v1/queues/1/tokens' => 'POST', '/v1/events' => 'GET, HEAD, POST', '/v1/queue-token' => 'GET, HEAD, DELETE', '/v1/pools/1' => 'GET, HEAD, PATCH',
	'/v1/slots/1/seating-plan' => 'POST', '/livez' => 'GET, HEAD', '/v1/live/slots/1' => 'GET');
for my $path (sort keys %takes)
{
	for my $method (qw(PUT OPTIONS PROPFIND))
	{
		my $refused = send_lines($method, $path, '');
		is("$refused->{status} $refused->{allow}", "405 $takes{$path}", "$method $path");
	}
}
is(send_lines('PUT', '/v1/nothing', '')->{status}, 404, 'PUT where there is nothing');
$answer = send_lines('POST', '/v1/events', "\x1f\x8b\x08\0\0\0\0\0\0\0", "Authorization: Bearer $admin", 'Content-Encoding: gzip');
is($answer->{status}, 415, 'a body in gzip');
like($answer->{text}, qr/no Content-Encoding is taken here/, 'with the reason');
is(send_lines('POST', '/v1/events', '{"title":"E"}', "Authorization: Bearer $admin", 'Content-Encoding: identity')->{status}, 201, 'identity is none');
stop_server($front->{pid}, 'QUIT');

# A gateway whose role has only the level client.
sql($node, "CREATE ROLE seller LOGIN; SELECT boxoffice.grant_access('seller', 'client')");
my $seller = start_gateway($node, keys => $gateway->{keys}, environment => { PGUSER => 'seller' });
for my $try (1, 2)
{
	$answer = call($seller, 'POST', '/v1/venues', user => 'root', role => 'boxoffice_admin', body => { name => 'V' });
	is(is_problem($answer, 403), '', "what only administrators of the database let it do, time $try");
	like($answer->{json}{detail}, qr/boxoffice\.grant_access\(role => \.\., level => 'admin'\)/, 'says how it is let');
}
is(scalar(grep { ($_->{message} // '') =~ /create_venue failed with SQLSTATE 42501/ } log_lines($seller)), 1, 'the log says it once');
is(call($seller, 'GET', '/v1/balance', user => 'ann')->{status}, 200, 'what buyers need it may do');
sql($node, "SELECT boxoffice.grant_access('seller', 'admin')");
is(call($seller, 'POST', '/v1/venues', user => 'root', role => 'boxoffice_admin', body => { name => 'V' })->{status}, 201, 'what is granted works at once');
is(stop_gateway($seller), 0, 'the second gateway ends in order');

is(stop_gateway($gateway), 0, 'the gateway ends in order');
done_testing();
