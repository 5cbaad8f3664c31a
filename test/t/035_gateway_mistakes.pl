# What buyers can get wrong: whatever they send to a route that writes, it is refused by its shape, before it gets into a
# group, or it is an outcome. So no mistake undoes the calls of others that go with it, and none writes a line to the
# server's log.
use strict;
use warnings;

use Boxoffice;
use Gateway;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes 'time';

my $node    = start_database('mistakes');
my $gateway = start_gateway($node);
my $slot_id = make_slot($node, 2000, 100);
my $pool_id = sql($node, "SELECT boxoffice.add_pool($slot_id, 'Floor', 1000000, 500)");
my $coupon_id = sql($node, "SELECT boxoffice.create_coupon('C', 10, discount_amount => 1)");
my $queue_id  = sql($node, "SELECT boxoffice.create_queue('Q', 10)");
my $json = JSON::PP->new->canonical;

sub route { return { method => $_[0], path => $_[1], who => $_[2] // 'user', members => $_[3] // {} } }

# Every route of the lanes of writes, with a good value for each member of its body.
my $holds = "/v1/slots/$slot_id/holds";
my %amount = (user_id => '"ann"', amount => 1);
my %routes = (
	hold_seats         => route('POST', $holds, 'user', { seat_ids => '[1]' }),
	hold_best_seats    => route('POST', $holds, 'user', { quantity => 1 }),
	hold_places        => route('POST', "/v1/pools/$pool_id/holds", 'user', { quantity => 1 }),
	join_queue         => route('POST', "/v1/queues/$queue_id/tokens"),
	leave_queue        => route('DELETE', '/v1/queue-token', 'bearer'),
	release_hold       => route('DELETE', '/v1/reservations/1'),
	extend_hold        => route('POST', '/v1/reservations/1/extension'),
	pay_reservation    => route('POST', '/v1/reservations/1/payment'),
	cancel_reservation => route('POST', '/v1/reservations/1/cancellation'),
	claim_coupon       => route('POST', "/v1/coupons/$coupon_id/claims"),
	credit_balance     => route('POST', '/v1/balance/credits', 'administrator', {%amount}),
	debit_balance      => route('POST', '/v1/balance/debits', 'administrator', {%amount}));

# What is wrong for a member of each kind, as JSON.
my @no_number = ('null', '"1"', 'true', '[]', '[1]', '{}', '1.5', '1e2', '0', '-1', '-0', '9007199254740993', '99999999999999999999', '1e400', '1e-400', '9' x 400);
my @no_text = ('null', '""', '1', 'true', '[]', '{}', '"\u0000"', '"\ud800"', "\"\xff\"", '"' . 'x' x 1001 . '"');
my %wrong = (
	quantity => [ @no_number, 1001, 2147483647, 2147483648 ],
	seat_ids => [
		'null', '1', '"1"', '{}', '[]', '[1,1]', '[1,2,3,2]', '[0]', '[-1]', '[1,null]', '["1"]', '[[1]]', '[1.5]', '[2147483648]', '"{1}"',
		'[' . join(',', 1 .. 1001) . ']' ],
	user_id => [ @no_text, '"' . 'x' x 256 . '"', '"' . "\xc3\xbc" x 128 . '"' ],
	amount  => \@no_number,
	reason  => [ grep({ $_ ne 'null' } @no_text), '" "', '"\t\r\n"', '"' . "\xc3\xbc" x 501 . '"' ],
	claim_id => [ grep { !/^(?:null|0|-0)$/ } @no_number ],
	category => [ grep { !/^(?:null|"x+"|"")$/ } @no_text ]);
my @wrong_keys = ('', 'k' x 256, 'k' x 4000);
my @wrong_tokens = ('', 'x', '01234567-89ab-cdef-0123-456789abcde', '{01234567-89ab-cdef-0123-456789abcdef}', '0123456789abcdef0123456789abcdef');
my @wrong_ids = ('x', '-1', '1.5', '9007199254740992', '9223372036854775808', '%00', '%ff');
my %optional = (hold_best_seats => ['category'], pay_reservation => ['claim_id'], credit_balance => ['reason'], debit_balance => ['reason']);
my %has_key = map { $_ => 1 } qw(hold_seats hold_best_seats hold_places pay_reservation claim_coupon credit_balance debit_balance);

# All the mistakes of one route, each as [what it is, method, path, what goes with it].
sub mistakes {
	my ($name) = @_;
	my $route = $routes{$name};
	my %with =
	    $route->{who} eq 'bearer' ? (queue_token => '01234567-89ab-cdef-0123-456789abcdef')
	  : (jwt => token_for('buyer', $route->{who} eq 'administrator' ? (role => 'boxoffice_admin') : ()));
	my @all;
	my $send = sub { my ($what, %more) = @_; push @all, [ "$name: $what", $route->{method}, delete $more{path} // $route->{path}, %with, %more ] };
	my $body_of = sub { my %members = @_; return '{' . join(',', map { "\"$_\":$members{$_}" } sort keys %members) . '}' };
	for my $member (sort(keys %{ $route->{members} }), @{ $optional{$name} // [] })
	{
		$send->("$member is $_", text => $body_of->(%{ $route->{members} }, $member => $_)) for @{ $wrong{$member} };
		my %without = %{ $route->{members} };
		$send->("no $member", text => $body_of->(%without)) if delete $without{$member};
	}
	$send->("a member $_", text => $body_of->(%{ $route->{members} }, $_ => 1)) for '', 'extra', 'slot_id', 'idempotency_key';
	$send->("the body $_", text => $_) for '[]', '1', 'null', '{', '{"quantity":1,"quantity":1}', '[' x 1000, "{\"\xff\":1}";
	my $good = %{ $route->{members} } ? $body_of->(%{ $route->{members} }) : undef;
	$send->("the key $_", headers => { 'Idempotency-Key' => $_ }, text => $good) for $has_key{$name} ? @wrong_keys : ();
	$send->("the token $_", headers => { 'Queue-Token' => $_ }, text => $good) for $name =~ /^hold_/ ? @wrong_tokens : ();
	$send->("the token $_", queue_token => $_) for $name eq 'leave_queue' ? @wrong_tokens : ();
	$send->("the id $_", path => $route->{path} =~ s{/[0-9]+}{/$_}r, text => $good) for $route->{path} =~ m{/[0-9]+} ? @wrong_ids : ();
	$send->('a text as type', text => $good // '{}', headers => { 'Content-Type' => 'text/plain' });
	return @all;
}

my $document = call($gateway, 'GET', '/openapi.json')->{json};
my $since = -s $node->logfile;
my @all = map { mistakes($_) } sort keys %routes;
cmp_ok(scalar(@all), '>', 400, 'there are hundreds of mistakes: ' . @all);
my @taken;
for my $mistake (@all)
{
	my ($what, @call) = @$mistake;
	my $answer = call($gateway, @call);
	my $problem = is_problem($answer, $answer->{status});
	push @taken, "$what: $answer->{status} $answer->{text}" if $answer->{status} !~ /^4(?:00|15)$/ || $problem ne '';
}
is(join("\n", map { s/[^ -~]/?/gr } @taken), '', 'each is refused by its shape');
is(log_complaints($node, $since), '', 'no line in the log of the server');
is(metric($gateway, 'boxoffice_groups_undone_total'), 0, 'no group was undone');

# A storm of them, while others buy: 4 clients send mistakes, 4 hold seats, and each seat that is free is held at once.
my $storm = start_clients(
	8,
	sub {
		my ($number, $stopped) = @_;
		my %count = (ok => 0, refused => 0, other => []);
		for (my $turn = 0; !$stopped->(); $turn++)
		{
			if ($number > 4)
			{
				my ($what, @call) = @{ $all[ ($turn * 7 + $number) % @all ] };
				my $answer = call($gateway, @call);
				$answer->{status} =~ /^4(?:00|15)$/ ? $count{refused}++ : push @{ $count{other} }, "$what: $answer->{status}";
				next;
			}
			last if $turn >= 500;
			my $seat = ($number - 1) * 500 + $turn + 1;
			my $answer = call($gateway, 'POST', $holds, jwt => token_for("good$number-$turn"), body => { seat_ids => [$seat] });
			$answer->{status} == 201 ? $count{ok}++ : push @{ $count{other} }, "seat $seat: $answer->{status} $answer->{text}";
		}
		return \%count;
	});
sleep 6;
my @counts = finish_clients($storm);
my ($ok, $refused) = (0, 0);
($ok, $refused) = ($ok + $_->{ok}, $refused + $_->{refused}) for @counts;
is(join("\n", map { @{ $_->{other} } } @counts), '', 'nobody got anything else');
cmp_ok($ok, '>', 100, "good holds went on: $ok");
cmp_ok($refused, '>', 100, "while mistakes were refused: $refused");
is(sql($node, "SELECT count(*) FROM boxoffice.reservation WHERE slot_id = $slot_id"), $ok, 'every good hold is there, and no other');
is(log_complaints($node, $since), '', 'no line in the log of the server');
is(metric($gateway, 'boxoffice_groups_undone_total'), 0, 'no group was undone');

# The document says the limits, from the same rows.
my $components = sub { my ($path) = @_; return $document->{paths}{$path}{post}{requestBody}{content}{'application/json'}{schema} };
my ($of_seats) = grep { $_->{properties}{seat_ids} } @{ $components->('/v1/slots/{slot_id}/holds')->{oneOf} };
my %limits = %{ $of_seats->{properties}{seat_ids} };
is_deeply([ @limits{qw(minItems maxItems uniqueItems)}, $limits{items}{minimum} ], [ 1, 1000, JSON::PP::true, 1 ], 'of a list of seats');
my $of_places = $components->('/v1/pools/{pool_id}/holds')->{properties}{quantity};
is_deeply([ @$of_places{qw(minimum maximum)} ], [ 1, 1000 ], 'of a quantity');
my $of_credits = $components->('/v1/balance/credits')->{properties};
is_deeply([ map { @{ $of_credits->{$_} }{qw(minimum maximum minLength maxLength)} } qw(amount user_id reason) ],
	[ 1, 9007199254740991, undef, undef, undef, undef, 1, 255, undef, undef, 1, 1000 ], 'of amounts and texts');

# Each limit of the table is the one of its function: what is just inside is taken, what is just outside raises in SQL.
sub raises {
	my ($call) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "SELECT outcome FROM boxoffice.$call");
	return $err =~ /ERROR/ ? 1 : 0;
}
my $seats = sub { return "ARRAY(SELECT generate_series(1, $_[0]))" };
is(raises("hold_seats($slot_id, 'a', " . $seats->(1001) . ')'), 1, '1001 seats');
is(raises("hold_seats($slot_id, 'a', " . $seats->(1000) . ')'), 0, '1000 seats');
is(raises("hold_places($pool_id, 'a', $_->[0])"), $_->[1], "$_->[0] places") for [ 0, 1 ], [ 1, 0 ], [ 1000, 0 ], [ 1001, 1 ];
is(raises("hold_best_seats($slot_id, 'a', $_->[0])"), $_->[1], "$_->[0] of the best") for [ 0, 1 ], [ 1000, 0 ], [ 1001, 1 ];
is(raises("credit_balance('a', $_->[0])"), $_->[1], "an amount of $_->[0]") for [ 0, 1 ], [ 1, 0 ], [ '9007199254740992', 1 ];
is(raises("credit_balance('b', 9007199254740991)"), 0, 'the largest amount');
is(raises("credit_balance(repeat('u', $_->[0]), 1)"), $_->[1], "a user of $_->[0] bytes") for [ 0, 1 ], [ 255, 0 ], [ 256, 1 ];
is(raises("credit_balance('a', 1, reason => repeat('r', $_->[0]))"), $_->[1], "a reason of $_->[0] bytes") for [ 0, 1 ], [ 1000, 0 ], [ 1001, 1 ];
is(raises("credit_balance('a', 1, reason => E' \\t\\r\\n')"), 1, 'a blank reason');

is(stop_gateway($gateway), 0, 'the gateway ends in order');
done_testing();
