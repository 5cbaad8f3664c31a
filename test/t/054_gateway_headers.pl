# What a client states beside the thing that it asks for, and what was ignored before: conditions in headers, keys where none
# is taken, parameters named twice. Whatever is not honoured is refused before anything is done, through the front and without
# it, and says what it is about.
use strict;
use warnings;

use Boxoffice;
use Front qw(start_front stop_server talk);
use Gateway;
use JSON::PP;
use Test::More;

my $node    = start_database('headers');
my $gateway = start_gateway($node, environment => { BOXOFFICE_CACHE_MS => 0, BOXOFFICE_WRITE_LNES => 3, BOXOFFICE_SERVER_USER => 'nobody' });
my $front   = start_front('front', $gateway->{port}, '--no-limits');
my $slot_id = make_slot($node, 10, 100);
my $root    = mint($gateway, 'root', role => 'boxoffice_admin');
my $ann     = mint($gateway, 'ann');
sql($node, "SELECT boxoffice.credit_balance('ann', 1000)");
my $queue_id = sql($node, "SELECT boxoffice.create_queue('Q', 10)");

subtest 'a misspelt variable of the environment' => sub {
	my @warnings = grep { $_->{level} =~ /^warn/ && $_->{message} =~ /BOXOFFICE_/ } log_lines($gateway);
	is(scalar(@warnings), 1, 'is warned of, and no other');
	like($warnings[0]{message}, qr/BOXOFFICE_WRITE_LNES/, 'by its name');
};

# The answer through the front, or from the gateway itself. What is sent are bytes, so a header may be empty.
sub ask_by {
	my ($port, $method, $path, $jwt, $body, @lines) = @_;
	push @lines, 'Content-Type: application/json' if defined $body;
	my $text = talk($port, join("\r\n", "$method $path HTTP/1.1", 'Host: a', 'Connection: close', "Authorization: Bearer $jwt", @lines,
		'Content-Length: ' . length($body // ''), '', $body // ''));
	my ($status, $content) = $text =~ m{\AHTTP/1\.1 ([0-9]+) .*?\r\n\r\n(.*)\z}s;
	my $problem = ($content // '') =~ /(\{.*\})/s ? eval { decode_json($1) } : undef;
	return { status => $status // 0, problem => $problem, text => $text };
}

sub ask { return ask_by($front->{port}, @_) }

# All that a write could have changed.
sub everything {
	return sql($node, 'SELECT ' . join " || ' ' || ", map { "(SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM boxoffice.$_ t)" }
		qw(venue event slot pool queue coupon coupon_claim seat reservation account ledger_entry payment queue_token idempotency_key));
}

# One write of each kind that would be done.
my $reservation_id = sql($node, "SELECT reservation_id FROM boxoffice.hold_seats($slot_id, 'ann', ARRAY[1])");
my $coupon_id      = sql($node, "SELECT boxoffice.create_coupon('C', 5, discount_amount => 1)");
my @writes = (
	[ 'POST',   '/v1/venues',                                $root, '{"name":"V"}' ],
	[ 'PATCH',  "/v1/slots/$slot_id",                        $root, '{"max_per_user":9}' ],
	[ 'POST',   "/v1/slots/$slot_id/numbered-seats",         $root, '{"count":1,"price":5}' ],
	[ 'POST',   "/v1/slots/$slot_id/seating-plan",           $root, '{"plan":{},"prices":{}}' ],
	[ 'POST',   "/v1/slots/$slot_id/holds",                  $ann,  '{"seat_ids":[2]}' ],
	[ 'POST',   "/v1/queues/$queue_id/tokens",               $ann,  undef ],
	[ 'POST',   "/v1/reservations/$reservation_id/payment",  $ann,  undef ],
	[ 'DELETE', "/v1/reservations/$reservation_id",          $ann,  undef ],
	[ 'POST',   "/v1/coupons/$coupon_id/claims",             $ann,  undef ],
	[ 'POST',   '/v1/balance/credits',                       $root, '{"user_id":"ann","amount":5}' ]);

subtest 'a write under a condition is not done' => sub {
	my $before = everything();
	for my $write (@writes)
	{
		for my $line ('If-Match: "abc"', 'If-Match: *', 'If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT')
		{
			my ($name) = $line =~ /^([^:]*)/;
			for my $port ($front->{port}, $gateway->{port})
			{
				my $answer = ask_by($port, @$write, $line);
				is($answer->{status}, 412, "@$write[ 0, 1 ] with $line") or diag($answer->{text});
				like($answer->{problem}{detail} // '', qr/\Q$name\E/, 'which it names');
			}
		}
		is(ask(@$write, $_)->{status}, 400, "@$write[ 0, 1 ] with an empty $_") for 'If-Match:', 'If-Unmodified-Since: ';
	}
	is(everything(), $before, 'nothing was done');
	is(ask('POST', '/v1/venues', $ann, '{"name":"V"}', 'If-Match: *')->{status}, 403, 'who may not do it at all is told that');
	is(ask('GET', '/v1/balance', $ann, undef, 'If-Match: "abc"')->{status}, 200, 'reads are answered as without');
};

subtest 'a key where none is taken' => sub {
	my $before = everything();
	for my $write (grep { $_->[1] !~ /holds|payment|claims|credits/ } @writes)
	{
		my $answer = ask(@$write, 'Idempotency-Key: k');
		is($answer->{status}, 400, "@$write[ 0, 1 ]") or diag($answer->{text});
		like($answer->{problem}{detail} // '', qr/the header Idempotency-Key is not taken .* leave it out/, 'with what to do');
	}
	is(everything(), $before, 'nothing was done');
	is(ask('GET', '/v1/balance', $ann, undef, 'Idempotency-Key: k')->{status}, 200, 'reads do nothing twice anyway');
	is(ask('POST', '/v1/balance/credits', $root, '{"user_id":"ann","amount":5}', 'Idempotency-Key: k')->{status}, 200, 'where it is taken');
	my $paths = call($gateway, 'GET', '/openapi.json')->{json}{paths};
	my %takes;
	for my $path (keys %$paths)
	{
		for my $method (grep { $_ ne 'get' } keys %{ $paths->{$path} })
		{
			my $operation = $paths->{$path}{$method};
			my $takes = grep { $_->{name} eq 'Idempotency-Key' } @{ $operation->{parameters} };
			$takes{ $operation->{operationId} } = 1 if $takes;
			is($operation->{description} =~ /Takes no Idempotency-Key/ ? 0 : 1, $takes, "OpenAPI says whether $method $path takes one");
			ok($operation->{responses}{412}, 'and of conditions');
		}
	}
	is(join(' ', sort keys %takes), 'claim_coupon credit_balance debit_balance hold_places hold_seats pay_reservation', 'these do');
};

subtest 'a parameter given twice, and one with NUL' => sub {
	for my $case ([ '/v1/events?query=a&query=b', 'parameter query is' ], [ '/v1/events?query=a&max_rows=5&query=a', 'parameter query is' ], [ '/v1/reservations?max_rows=5&max_rows=5', 'parameter max_rows is' ],
		[ "/v1/slots/$slot_id/seats?available=true&available=false", 'parameter available is' ], [ '/v1/events?query=a&%71uery=b', 'parameter query is' ],
		[ '//v1//events?query=a&query=b', 'parameter query is' ], [ '/v1/events?query&query', 'parameter query is' ], [ '/v1/events?%22=a&%22=b', 'parameter \(another\) is' ], [ '/v1/events?query=%00', 'NUL \(%00\)' ], [ '/v1/events?query=a%ff', 'UTF-8' ])
	{
		my $answer = ask('GET', $case->[0], $ann);
		is($answer->{status}, 400, $case->[0]);
		like($answer->{problem}{detail} // '', qr/$case->[1]/, 'says what is wrong');
	}
	is(ask('GET', $_, $ann)->{status}, 200, $_) for '/v1/events?query=a&max_rows=5', '/v1/events?query=a%26query=b&max_rows=5';
	my $answer = ask_by($gateway->{port}, 'GET', '/v1/events?query=a&%71uery=b', $ann);
	is($answer->{status}, 400, 'without the front: two spellings of one name');
};

subtest 'the feed of sales, while nothing is new' => sub {
	my $feed = ask('GET', '/v1/sales', $root);
	like($feed->{problem}{next}, qr{^/v1/sales\?}, 'before the first sale there is an address to go on at');
	is(ask('POST', "/v1/reservations/$reservation_id/payment", $ann)->{status}, 201, 'a sale');
	$feed = ask('GET', $feed->{problem}{next}, $root);
	is(scalar @{ $feed->{problem}{items} }, 1, 'is seen there');
	my $url = $feed->{problem}{next};
	for my $turn (1 .. 3)
	{
		$feed = ask('GET', $url, $root);
		is_deeply([ @{ $feed->{problem} }{qw(items next)} ], [ [], $url ], 'then there is nothing more, at the same address');
		$url = $feed->{problem}{next};
	}
	my $other = sql($node, "SELECT reservation_id FROM boxoffice.hold_seats($slot_id, 'ann', ARRAY[3])");
	is(ask('POST', "/v1/reservations/$other/payment", $ann)->{status}, 201, 'another sale');
	is(join(' ', map { $_->{reservation_id} } @{ ask('GET', $url, $root)->{problem}{items} }), $other, 'is all that is new');
};

stop_server($front->{pid}, 'QUIT');
done_testing();
