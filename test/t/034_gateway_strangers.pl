# What strangers send to the gateway, who need no token for it: texts that no conversion of theirs may survive by luck.
# Whatever comes, the gateway answers it with what is wrong, and goes on.
use strict;
use warnings;

use Boxoffice;
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

is(stop_gateway($gateway), 0, 'the gateway ends in order');
done_testing();
