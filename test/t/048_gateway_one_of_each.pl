# What was made is where the answer says: the Location of every 201 leads to a 200. No answer has a word where a time should
# be, and a list stays short whatever it lists.
use strict;
use warnings;

use Boxoffice;
use Gateway;
use Test::More;
use Time::HiRes 'time';

my $node = start_database('one_of_each');
my $gateway = start_gateway($node, environment => { BOXOFFICE_CACHE_MS => 0 });
my %administrator = (user => 'root', role => 'boxoffice_admin');

# Makes something; returns what it is and the answer at its Location, which is asked for by the same caller.
sub make {
	my ($path, $body, %with) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	%with = %administrator if !%with;
	my $made = call($gateway, 'POST', $path, %with, defined $body ? (body => $body) : ());
	is($made->{status}, 201, "POST $path") or diag($made->{text});
	delete @with{qw(key queue_token)};
	$with{queue_token} = $made->{json}{token} if exists $made->{json}{token};
	my $location = $made->{headers}{location} // '';
	my $found = call($gateway, 'GET', $location, %with);
	is($found->{status}, 200, "its Location $location");
	unlike($found->{text}, qr/infinity/i, 'has no word where a time should be');
	return ($made->{json}, $found->{json});
}

subtest 'the Location of every 201' => sub {
	my ($venue, $found) = make('/v1/venues', { name => 'Halle', latitude => 51, longitude => 11 });
	is($found->{name}, 'Halle', 'the venue');
	(my $event, $found) = make('/v1/events', { title => 'Concert', venue_id => $venue->{venue_id} });
	is($found->{venue}, 'Halle', 'the event');
	(my $queue, $found) = make('/v1/queues', { name => 'Crowd', max_active => 5, join_before => undef });
	is_deeply([ @$found{qw(name mode waiting active)} ], [ 'Crowd', 'open', 0, 0 ], 'the queue');
	(my $slot, $found) = make("/v1/events/$event->{event_id}/slots", { starts_at => '2100-01-01T20:00:00Z', queue_id => $queue->{queue_id} });
	is_deeply([ @$found{qw(event_id title sale_status)} ], [ $event->{event_id}, 'Concert', 'on_sale' ], 'the slot');
	(undef, $found) = make("/v1/slots/$slot->{slot_id}/numbered-seats", { count => 4, price => 100 });
	is(scalar @{ $found->{items} }, 4, 'the seats');
	(my $hall) = make("/v1/events/$event->{event_id}/slots", { starts_at => '2100-01-02T20:00:00Z' });
	my $plan = { categories => [ { name => 'A' } ],
		zones => [ { name => 'Z', rows => [ { row_number => '1', seats => [ { seat_guid => 'Z-1', seat_number => '1', category => 'A' } ] } ] } ] };
	(undef, $found) = make("/v1/slots/$hall->{slot_id}/seating-plan", { plan => $plan, prices => { A => 700 } });
	is($found->{items}[0]{seat_guid}, 'Z-1', 'the seats of a plan');
	(my $pool, $found) = make("/v1/slots/$slot->{slot_id}/pools", { name => 'Floor', capacity => 10, price => 300 });
	is_deeply([ @$found{qw(name places_free slot_id)} ], [ 'Floor', 10, $slot->{slot_id} ], 'the pool');
	(my $coupon, $found) = make('/v1/coupons', { name => 'Gift', quantity => 3, discount_amount => 50 });
	is_deeply([ @$found{qw(name claims_left status)} ], [ 'Gift', 3, 'valid' ], 'the coupon');

	my %ann = (user => 'ann');
	(my $place, $found) = make("/v1/queues/$queue->{queue_id}/tokens", undef, %ann);
	is($found->{status}, 'active', 'the place in the queue');
	my @shown = (%ann, queue_token => $place->{token});
	(my $held, $found) = make("/v1/slots/$slot->{slot_id}/holds", { seat_ids => [ 1, 2 ] }, @shown);
	is_deeply([ $found->{status}, $found->{quantity}, scalar @{ $found->{items} } ], [ 'held', 2, 2 ], 'the hold');
	make("/v1/slots/$slot->{slot_id}/holds", { quantity => 1 }, @shown);
	make("/v1/pools/$pool->{pool_id}/holds", { quantity => 3 }, @shown);
	(undef, $found) = make("/v1/coupons/$coupon->{coupon_id}/claims", undef, %ann);
	is($found->{items}[0]{coupon_id}, $coupon->{coupon_id}, 'the claim');
	sql($node, "SELECT boxoffice.credit_balance('ann', 1000)");
	(undef, $found) = make("/v1/reservations/$held->{reservation_id}/payment", undef, %ann);
	is($found->{status}, 'paid', 'the payment');
	is(call($gateway, 'GET', "/v1/coupons/$coupon->{coupon_id}", %ann)->{status}, 403, 'how many claims are left is for administrators');
	is(is_problem(call($gateway, 'GET', $_, %administrator), outcomes($node)->{not_found}), '', "$_: 404")
	  for map { "/v1/$_/999999" } qw(venues events slots pools queues coupons);
	is(is_problem(call($gateway, 'GET', $_, %administrator), outcomes($node)->{not_found}), '', "$_: 404")
	  for '/v1/sales-report?slot_id=999999', '/v1/sales-report?event_id=999999', '/v1/slots/999999/seat-states';
	my $bare = make("/v1/events/$event->{event_id}/slots", { starts_at => '2100-01-03T20:00:00Z' });
	is_deeply(call($gateway, 'GET', "/v1/slots/$bare->{slot_id}/$_", %administrator)->{json}{items}, [], "$_ of a slot that has none")
	  for qw(seats seats?available=true pools blocks);
};

subtest 'what is not announced' => sub {
	my $event_id = sql($node, "SELECT boxoffice.create_event('Secret')");
	my $slot_id = sql($node, "SELECT boxoffice.create_slot($event_id, '2100-01-01', sale_opens_at => 'infinity')");
	my $undated = sql($node, "SELECT boxoffice.create_slot($event_id, 'infinity', sale_closes_at => '-infinity')");
	for my $path ("/v1/events/$event_id/slots", "/v1/slots/$slot_id", "/v1/slots/$undated", '/v1/events')
	{
		my $answer = call($gateway, 'GET', $path);
		is($answer->{status}, 200, $path);
		unlike($answer->{text}, qr/infinity/i, 'a time or null');
	}
	my $slot = call($gateway, 'GET', "/v1/slots/$slot_id")->{json};
	is_deeply([ @$slot{qw(sale_opens_at sale_status)} ], [ undef, 'not_announced' ], 'which of the two a status says');
	$slot = call($gateway, 'GET', "/v1/slots/$undated")->{json};
	is_deeply([ @$slot{qw(starts_at sale_closes_at sale_status)} ], [ undef, undef, 'closed' ], 'for every side');
};

subtest 'a list stays short' => sub {
	my $slot_id = make_slot($node, 1000, 10);
	# by hand, as a user would in a minute
	sql($node, "INSERT INTO boxoffice.reservation (slot_id, user_id, status, seat_ids, quantity, amount, created_at, expires_at)"
		  . " SELECT $slot_id, 'hoarder', 'released', (SELECT array_agg(s ORDER BY s) FROM generate_series(1, 1000) s), 1000, 10000, now(), now() FROM generate_series(1, 100)");
	sql($node, "INSERT INTO boxoffice.reservation (slot_id, user_id, status, seat_ids, quantity, amount, created_at, expires_at)"
		  . " SELECT $slot_id, 'hoarder', 'released', (SELECT array_agg(s ORDER BY s) FROM generate_series(1, 100) s), 100, 1000, now(), now() FROM generate_series(1, 100)");
	my $list = call($gateway, 'GET', '/v1/reservations?max_rows=1000', user => 'hoarder');
	is(scalar @{ $list->{json}{items} }, 200, 'all reservations');
	cmp_ok(length $list->{text}, '<', 250_000, 'in few bytes');
	my ($small, $large) = @{ $list->{json}{items} }[ 0, -1 ];
	is_deeply([ $small->{quantity}, scalar @{ $small->{items} } ], [ 100, 100 ], 'with the items of small ones');
	is_deeply([ $large->{quantity}, $large->{items} ], [ 1000, undef ], 'and the number of a large one');
	is(scalar @{ call($gateway, 'GET', "/v1/reservations/$large->{reservation_id}", user => 'hoarder')->{json}{items} }, 1000, 'which has all its items alone');

	my $event_id = sql($node, "SELECT boxoffice.create_event('Dates')");
	sql($node, "SELECT boxoffice.create_slot($event_id, '2100-01-01'::timestamptz + n % 3 * interval '1 day') FROM generate_series(1, 7) n");
	my ($path, @dates) = ("/v1/events/$event_id/slots?max_rows=3");
	for (my $pages = 0; defined $path && $pages < 10; ++$pages)
	{
		my $page = call($gateway, 'GET', $path)->{json};
		push @dates, map { sprintf "%s %06d", @$_{qw(starts_at slot_id)} } @{ $page->{items} };
		$path = $page->{next};
	}
	is(scalar @dates, 7, 'seven dates, page by page');
	is_deeply(\@dates, [ sort @dates ], 'soonest first, and each once');
};

is(stop_gateway($gateway), 0, 'the gateway ends in order');
$node->stop;
done_testing();
