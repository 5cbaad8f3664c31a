# Every answer that is not ok, produced for real: each outcome with its status, its words and what explains it; each kind of
# error of the database; and everything that is malformed. None of it leaves anything behind.
use strict;
use warnings;

use Boxoffice;
use Gateway;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = start_database('outcomes');
my $gateway = start_gateway($node, environment => { BOXOFFICE_CACHE_MS => 0, BOXOFFICE_LOCK_TIMEOUT_MS => 300, BOXOFFICE_STATEMENT_TIMEOUT_MS => 1000 });
my $outcomes = outcomes($node);
my @administrator = (user => 'root', role => 'boxoffice_admin');
my %produced;
record_answers;

# All that calls could leave: how many rows each table has, and what changes in place.
sub contents {
	my @tables = split /\n/, sql($node, "SELECT relname FROM pg_class WHERE relnamespace = 'boxoffice'::regnamespace AND relkind = 'r' ORDER BY 1");
	return sql($node, join ' UNION ALL ', map { "SELECT '$_', count(*), md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM boxoffice.$_ t" } @tables);
}

# Tests that an answer is a refusal, and counts the outcome as produced.
sub refuses {
	my ($outcome, $answer, %explaining) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$produced{$outcome} = 1;
	is(is_problem($answer, $outcomes->{$outcome}, sort keys %explaining), '', "$outcome, $outcomes->{$outcome}{http_status}");
	is_deeply({ map { $_ => $answer->{json}{$_} } keys %explaining }, \%explaining, 'explained by ' . join ', ', sort keys %explaining) if %explaining;
	return;
}

# A subtest in which nothing may be written.
sub writes_nothing {
	my ($name, $work) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return subtest $name => sub {
		my $before = contents();
		$work->();
		is(contents(), $before, 'nothing was written');
	};
}

sub hold {
	my ($slot_id, $user, $seats, %with) = @_;
	return call($gateway, 'POST', "/v1/slots/$slot_id/holds", user => $user, body => { seat_ids => $seats }, %with);
}

sub held {
	my ($slot_id, $user, @seats) = @_;
	my $answer = hold($slot_id, $user, \@seats);
	die "no hold: $answer->{text}" if $answer->{status} != 201;
	return $answer->{json}{reservation_id};
}

sub hold_places {
	my ($pool_id, $user, $quantity, %with) = @_;
	return call($gateway, 'POST', "/v1/pools/$pool_id/holds", user => $user, body => { quantity => $quantity }, %with);
}

sub pay { return call($gateway, 'POST', "/v1/reservations/$_[0]/payment", user => $_[1], @_[ 2 .. $#_ ]) }
sub cancel { return call($gateway, 'POST', "/v1/reservations/$_[0]/cancellation", user => $_[1]) }
sub release { return call($gateway, 'DELETE', "/v1/reservations/$_[0]", user => $_[1]) }
sub credit { return call($gateway, 'POST', '/v1/balance/credits', @administrator, body => { user_id => $_[0], amount => $_[1] }) }
sub join_queue { return call($gateway, 'POST', "/v1/queues/$_[0]/tokens", user => $_[1]) }

# ---------------------------------------------------------------------------------------------------------------------
# Outcomes
# ---------------------------------------------------------------------------------------------------------------------

my $slot_id = make_slot($node, 20, 1000);
credit('rich', 100_000);
credit('poor', 999);
my $sold = held($slot_id, 'rich', 1, 2);
is(pay($sold, 'rich')->{status}, 201, 'two seats are sold');
my $released = held($slot_id, 'rich', 3);
is(release($released, 'rich')->{status}, 200, 'one was held, and released');
my $of_poor = held($slot_id, 'poor', 4);

writes_nothing 'who comes too late to a seat' => sub {
	refuses('seat_taken', hold($slot_id, 'anna', [ 3, 4, 2, 5 ]), refused_seat_ids => [ 2, 4 ]);
	refuses('not_found', hold($slot_id, 'anna', [ 5, 77, 78 ]), refused_seat_ids => [ 77, 78 ]);
	refuses('not_found', hold(999_999, 'anna', [1]));
};

writes_nothing 'reservations in another state' => sub {
	refuses('already_paid', pay($sold, 'rich'));
	refuses('already_paid', release($sold, 'rich'));
	refuses('not_held', pay($released, 'rich'));
	refuses('not_held', cancel($of_poor, 'poor'));
	refuses('limit_exceeded', credit('rich', 9_007_199_254_740_991), balance => sql($node, q{SELECT balance FROM boxoffice.get_balance('rich')}));
	refuses('insufficient_balance', pay($of_poor, 'poor'), balance => 999);
	refuses('insufficient_balance',
		call($gateway, 'POST', '/v1/balance/debits', @administrator, body => { user_id => 'poor', amount => 1000 }), balance => 999);
	refuses('not_found', call($gateway, 'GET', "/v1/reservations/$sold", user => 'poor'));
	refuses('not_found', call($gateway, 'GET', '/v1/events/999999'));
};

subtest 'a pool of which nothing is left' => sub {
	my $pool_id = sql($node, "SELECT boxoffice.add_pool($slot_id, 'Floor', 3, 500)");
	is(hold_places($pool_id, 'anna', 2)->{status}, 201, 'two of three places');
	writes_nothing 'beyond it' => sub {
		refuses('sold_out', hold_places($pool_id, 'bert', 2));
		refuses('not_found', hold_places(999_999, 'bert', 1));
		is(is_problem(hold_places($pool_id, 'bert', $_), 400), '', "$_ places") for 0, -1, 1001;
		is(is_problem(call($gateway, 'PATCH', "/v1/pools/$pool_id", @administrator, body => { capacity => 1 }), 400), '', 'fewer than are held');
		is(is_problem(call($gateway, 'POST', "/v1/slots/$slot_id/pools", @administrator, body => { name => 'Floor', capacity => 1, price => 1 }), 409), '', 'twice');
	};
};

subtest 'a limit for each user' => sub {
	my $limited = make_slot($node, 5, 0, 'max_per_user => 2');
	held($limited, 'anna', 1);
	my $pool_id = sql($node, "SELECT boxoffice.add_pool($limited, 'Floor', 10, 0)");
	writes_nothing 'beyond it' => sub {
		refuses('limit_exceeded', hold($limited, 'anna', [ 2, 3 ]));
		refuses('limit_exceeded', hold_places($pool_id, 'anna', 2));
	};
};

writes_nothing 'out of the time of sale' => sub {
	my $early = sql($node, "SELECT slot_id FROM boxoffice.slot WHERE slot_id = $slot_id");
	is(call($gateway, 'PATCH', "/v1/slots/$early", @administrator, body => { sale_opens_at => '2099-01-01T00:00:00Z' })->{status}, 200, 'not yet');
	refuses('not_on_sale', hold($early, 'anna', [5]));
	is(call($gateway, 'PATCH', "/v1/slots/$early", @administrator, body => { sale_opens_at => 'infinity' })->{status}, 200, 'now');
};

subtest 'queues' => sub {
	my $queue_id = sql($node, "SELECT boxoffice.create_queue('Queue', 1, max_waiting => 1)");
	my $queued = make_slot($node, 5, 0, "queue_id => $queue_id");
	my $first = join_queue($queue_id, 'first')->{json}{token};
	my $second = join_queue($queue_id, 'second')->{json}{token};
	my $unknown = '01234567-89ab-cdef-0123-456789abcdef';
	writes_nothing 'refusals' => sub {
		refuses('queue_full', join_queue($queue_id, 'third'));
		refuses('queue_token_required', hold($queued, 'first', [1]));
		refuses('queue_token_invalid', hold($queued, 'first', [1], queue_token => $_)) for $second, $unknown;
		refuses('queue_token_invalid', hold($queued, 'second', [1], queue_token => $_)) for $second, $first;
		refuses('queue_token_invalid', call($gateway, $_, '/v1/queue-token', queue_token => $unknown)) for qw(GET DELETE);
		refuses('not_found', join_queue(999_999, 'first'));
	};
	is(call($gateway, 'PATCH', "/v1/queues/$queue_id", @administrator, body => { mode => 'closed' })->{status}, 200, 'it is closed');
	writes_nothing 'closed' => sub {
		refuses('queue_closed', join_queue($queue_id, 'third'));
	};
};

subtest 'idempotency keys' => sub {
	my $keyed = make_slot($node, 5, 10);
	my $answer = hold($keyed, 'rich', [1], key => 'hold');
	my $id = $answer->{json}{reservation_id};
	is(pay($id, 'rich', key => 'pay')->{status}, 201, 'a hold and a payment with keys');
	writes_nothing 'the key of another request' => sub {
		refuses('idempotency_mismatch', hold($keyed, 'rich', [2], key => 'hold'));
		refuses('idempotency_mismatch', hold($keyed, 'rich', [2], key => 'pay'));
		refuses('idempotency_mismatch', pay($id, 'rich', key => 'hold'));
		is(hold($keyed, 'rich', [1], key => 'hold')->{text}, $answer->{text}, 'the same request gets its answer');
	};
	is(hold($keyed, 'anna', [ 2 ], key => 'hold')->{status}, 201, 'another user may choose the same key');
	my $fee = sub { return call($gateway, 'POST', "/v1/balance/$_[0]", @administrator, key => 'fee-1', body => { user_id => 'keyed', amount => $_[1] }) };
	is(hold($keyed, 'keyed', [4], key => 'fee-1')->{status}, 201, 'a user chooses a key');
	is($fee->('credits', 9)->{status}, 200, 'and an administrator the same one, for the same user');
	writes_nothing 'the key of another credit' => sub {
		refuses('idempotency_mismatch', $fee->('debits', 9));
		is($fee->('credits', 9)->{json}{balance}, 9, 'the same request gets its answer');
	};
	is(hold($keyed, 'rich', [3], key => 'k' x 255)->{status}, 201, 'a key of 255 bytes');
};

subtest 'seats that somebody is taking at this instant' => sub {
	my $busy = make_slot($node, 5, 10);
	my $session = $node->background_psql('postgres');
	$session->query_safe("BEGIN; SELECT boxoffice.hold_seats($busy, 'slow hand', ARRAY[2, 3])");
	writes_nothing 'seat_busy' => sub {
		my $since = time;
		refuses('seat_busy', hold($busy, 'anna', [ 1, 2 ]), refused_seat_ids => [2]);
		cmp_ok(time - $since, '<', 1, 'nobody waits for a seat');
		is(metric($gateway, 'boxoffice_outcomes_total', qr/"seat_busy"/), 1, 'it is counted once');
	};
	$session->query_safe('ROLLBACK');
	is(hold($busy, 'anna', [ 1, 2 ])->{status}, 201, 'a moment later they are free');
	my $id = held($busy, 'rich', 4);
	$session->query_safe("BEGIN; SELECT FROM boxoffice.reservation WHERE reservation_id = $id FOR UPDATE");
	writes_nothing 'a reservation that another transaction has' => sub {
		refuses('seat_busy', pay($id, 'rich'));
		refuses('seat_busy', release($id, 'rich'));
	};
	$session->query_safe('ROLLBACK');
	is(pay($id, 'rich')->{status}, 201, 'a moment later it is paid');
	$session->quit;
};

subtest 'the best seats of a slot in which few are left' => sub {
	my $few = make_slot($node, 3, 500);
	my $ask = sub {
		my ($user, $quantity, %more) = @_;
		return call($gateway, 'POST', "/v1/slots/$few/holds", user => $user, body => { quantity => $quantity, %more });
	};
	my $first = $ask->('anna', 2);
	is("$first->{status} @{ $first->{json}{seat_ids} }", '201 1 2', 'two of three seats');
	is($first->{json}{adjacent}, JSON::PP::true, 'next to each other');
	my $other = $node->background_psql('postgres');
	$other->query_safe('BEGIN');
	$other->query_safe("SELECT boxoffice.hold_best_seats($few, 'someone', 1)");
	writes_nothing 'beyond them' => sub {
		refuses('seat_busy', $ask->('bert', 1));
		refuses('sold_out', $ask->('bert', 2));
		refuses('not_found', $ask->('bert', 1, category => 'VIP'));
		refuses('not_found', call($gateway, 'POST', '/v1/slots/999999/holds', user => 'bert', body => { quantity => 1 }));
		is(is_problem($ask->('bert', $_), 400), '', "$_ seats") for 0, -1, 1001;
		is(is_problem($ask->('bert', 1, seat_ids => [3]), 400), '', 'by name and by number at once');
	};
	$other->query_safe('ROLLBACK');
	$other->quit;
	is($ask->('bert', 1)->{status}, 201, 'what was given back is there');
	is(is_problem(call($gateway, 'PATCH', "/v1/slots/$few/focal-point", @administrator, body => { x => 1 }), 400), '', 'half a focal point');
	refuses('not_found', call($gateway, 'PATCH', '/v1/slots/999999/focal-point', @administrator, body => {}));
};

subtest 'the lock of a user, held elsewhere' => sub {
	my $locked = make_slot($node, 5, 10);
	my $session = $node->background_psql('postgres');
	$session->query_safe("BEGIN; SELECT boxoffice.credit_balance('anna', 1)");
	writes_nothing 'for longer than a slow connection waits' => sub {
		my $since = time;
		is(is_problem(hold($locked, 'anna', [1]), 503), '', '503, to be sent again');
		cmp_ok(time - $since, '>', 0.25, 'after it was waited for');
		cmp_ok(time - $since, '<', 5, 'but not for ever');
		is(hold($locked, 'bert', [])->{status}, 400, 'others are answered meanwhile');
	};
	my $crowd = start_clients(1, sub { return { status => hold($locked, 'anna', [1])->{status} } });
	wait_for_waiting($node, 'slow %');
	$session->query_safe('COMMIT');
	my ($result) = finish_clients($crowd);
	is($result->{status}, 201, 'who waits gets what was asked for when the lock is free in time');
	$session->quit;
};

subtest 'coupons' => sub {
	my $slot = make_slot($node, 5, 1000);
	my $make = sub { return call($gateway, 'POST', '/v1/coupons', @administrator, body => { name => 'Discount', quantity => 1, @_ })->{json}{coupon_id} };
	my $claim = sub { return call($gateway, 'POST', "/v1/coupons/$_[0]/claims", user => $_[1], @_[ 2 .. $#_ ]) };
	my ($coupon, $dear, $later) = ($make->(discount_amount => 100), $make->(minimum_amount => 1001), $make->(valid_from => '2099-01-01T00:00:00Z'));
	my $used = $claim->($coupon, 'rich', key => 'claim')->{json}{claim_id};
	my $of_dear = $claim->($dear, 'rich')->{json}{claim_id};
	my ($with, $without, $of_anna) = (held($slot, 'rich', 1), held($slot, 'rich', 2), held($slot, 'anna', 3));
	is(pay($with, 'rich', body => { claim_id => $used })->{status}, 201, 'one is paid with a claim');
	writes_nothing 'refusals' => sub {
		refuses('already_claimed', $claim->($coupon, 'rich'), claim_id => $used, claim_number => 1);
		refuses('sold_out', $claim->($coupon, 'anna'));
		refuses('not_on_sale', $claim->($later, 'anna'));
		refuses('not_found', $claim->(999_999, 'anna'));
		refuses('idempotency_mismatch', $claim->($dear, 'rich', key => 'claim'));
		refuses('claim_used', pay($without, 'rich', body => { claim_id => $used }));
		refuses('claim_not_valid', pay($without, 'rich', body => { claim_id => $of_dear }));
		refuses('not_found', pay($without, 'rich', body => { claim_id => 999_999 }));
		refuses('not_found', pay($of_anna, 'anna', body => { claim_id => $of_dear }));
	};
	my $session = $node->background_psql('postgres');
	my $last = $make->();
	$session->query_safe("BEGIN; SELECT boxoffice.claim_coupon($last, 'slow hand')");
	writes_nothing 'the last one, that somebody is claiming at this instant' => sub { refuses('seat_busy', $claim->($last, 'anna')) };
	$session->query_safe('ROLLBACK');
	$session->quit;
	is($claim->($last, 'anna')->{status}, 201, 'a moment later there is one');
};

subtest 'when time has passed' => sub {
	my $passing = make_slot($node, 8, 10, "hold_for => '1 hour'");
	sql($node, "SELECT boxoffice.update_slot($passing, starts_at => clock_timestamp() + interval '6 hours')");
	my $queue_id = sql($node, "SELECT boxoffice.create_queue('Queue', 5)");
	my $queued = make_slot($node, 5, 10, "queue_id => $queue_id");
	my $token = join_queue($queue_id, 'anna')->{json}{token};
	my ($lapsed, $bought) = (held($passing, 'rich', 1), held($passing, 'rich', 2));
	is(pay($bought, 'rich')->{status}, 201, 'one is paid');
	set_for_role($node, 'boxoffice.clock_offset' => '7 hours');
	reconnect($gateway);
	writes_nothing 'seven hours later' => sub {
		refuses('hold_expired', pay($lapsed, 'rich'));
		refuses('hold_expired', release($lapsed, 'rich'));
		refuses('too_late', cancel($bought, 'rich'));
		refuses('not_on_sale', hold($passing, 'anna', [3]));
		refuses('queue_token_invalid', hold($queued, 'anna', [1], queue_token => $token));
		is(call($gateway, 'GET', "/v1/reservations/$lapsed", user => 'rich')->{json}{status}, 'expired', 'the hold reads expired');
	};
	set_for_role($node, 'boxoffice.clock_offset' => undef);
	reconnect($gateway);
	is(cancel($bought, 'rich')->{status}, 200, 'in time it can be cancelled');
};

is(join(' ', grep { !$produced{$_} } sort keys %$outcomes), 'ok', 'every outcome but ok was produced');

# ---------------------------------------------------------------------------------------------------------------------
# Errors of the database
# ---------------------------------------------------------------------------------------------------------------------

# No word of the server's own texts, no statement, no name of a relation.
sub is_discreet {
	my ($answer) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return unlike($answer->{text}, qr/SELECT|relation|function|permission|transaction|statement|PL|SQL|psql|pg_|lock/, 'without internal text');
}

writes_nothing 'values that cannot be' => sub {
	my $event_id = sql($node, "SELECT min(event_id) FROM boxoffice.event");
	my @cases = (
		[ 'no seats',             'POST', "/v1/slots/$slot_id/holds", { seat_ids => [] } ],
		[ 'a seat twice',         'POST', "/v1/slots/$slot_id/holds", { seat_ids => [ 6, 7, 6 ] } ],
		[ 'too many seats',       'POST', "/v1/slots/$slot_id/holds", { seat_ids => [ 1 .. 1001 ] } ],
		[ 'an amount of 0',       'POST', '/v1/balance/credits', { user_id => 'anna', amount => 0 } ],
		[ 'an amount below 0',    'POST', '/v1/balance/debits', { user_id => 'anna', amount => -5 } ],
		[ 'a user of 0 bytes',    'POST', '/v1/balance/credits', { user_id => '', amount => 5 } ],
		[ 'a user of 256 bytes',  'POST', '/v1/balance/credits', { user_id => 'x' x 256, amount => 5 } ],
		[ 'a reason of 1001',     'POST', '/v1/balance/credits', { user_id => 'anna', amount => 5, reason => 'x' x 1001 } ],
		[ 'a 30th of February',   'POST', "/v1/events/$event_id/slots", { starts_at => '2027-02-30T00:00:00Z' } ],
		[ 'an hour of 25',        'POST', "/v1/events/$event_id/slots", { starts_at => '2027-02-03T25:00:00Z' } ],
		[ 'a year beyond all',    'POST', "/v1/events/$event_id/slots", { starts_at => '0000-01-01T00:00:00Z' } ],
		[ 'an interval of 0',     'POST', "/v1/events/$event_id/slots", { starts_at => '2100-01-01T00:00:00Z', hold_for => 'PT0S' } ],
		[ 'an odd interval',      'POST', "/v1/events/$event_id/slots", { starts_at => '2100-01-01T00:00:00Z', hold_for => 'PTTT' } ],
		[ 'a sale that begins when the slot does', 'PATCH', "/v1/slots/$slot_id", { starts_at => '2101-01-01T00:00:00Z', sale_opens_at => '2101-01-01T00:00:00Z' } ],
		[ 'a sale that ends before it begins', 'PATCH', "/v1/slots/$slot_id", { sale_opens_at => '2027-01-02T00:00:00Z', sale_closes_at => '2027-01-01T00:00:00Z' } ],
		[ 'half a place',         'POST', '/v1/venues', { name => 'V', latitude => 5 } ],
		[ 'a place in space',     'POST', '/v1/venues', { name => 'V', latitude => 91, longitude => 0 } ],
		[ 'a latitude beyond double', 'POST', '/v1/venues', '{"name":"V","latitude":1e999,"longitude":0}' ],
		[ 'a mode there is not',  'PATCH', '/v1/queues/1', { mode => 'ajar' } ],
		[ 'half a draw',          'PATCH', '/v1/queues/1', { join_before => '2100-01-01T00:00:00Z' } ],
		[ 'two discounts',        'POST', '/v1/coupons', { name => 'C', quantity => 1, discount_amount => 1, discount_percent => 1 } ],
		[ 'more than all',        'POST', '/v1/coupons', { name => 'C', quantity => 1, discount_percent => 101 } ],
		[ 'a coupon of nothing',  'POST', '/v1/coupons', { name => 'C', quantity => 0 } ],
		[ 'a coupon that ends before it begins', 'POST', '/v1/coupons',
			{ name => 'C', quantity => 1, valid_from => '2027-01-02T00:00:00Z', valid_until => '2027-01-01T00:00:00Z' } ],
		[ 'a claim that is no id', 'POST', '/v1/reservations/1/payment', { claim_id => -1 } ],
		[ 'no plan of seats',     'POST', "/v1/slots/$slot_id/seating-plan", { plan => {}, prices => {} } ],
		[ 'no seats at all',      'POST', "/v1/slots/$slot_id/numbered-seats", { count => 0, price => 1 } ],
		[ 'a price below 0',      'POST', "/v1/slots/$slot_id/numbered-seats", { count => 1, price => -1 } ]);
	for my $case (@cases)
	{
		my ($name, $method, $path, $body) = @$case;
		my $answer = call($gateway, $method, $path, @administrator, ref $body ? (body => $body) : (text => $body));
		is(is_problem($answer, 400), '', "$name: 400");
	}
	# administrators' functions raise what would be an outcome elsewhere
	refuses('not_found', call($gateway, 'PATCH', $_, @administrator, body => {}))
	  for '/v1/venues/999999', '/v1/events/999999', '/v1/slots/999999', '/v1/queues/999999';
	refuses('not_found', call($gateway, 'POST', '/v1/slots/999999/numbered-seats', @administrator, body => { count => 1, price => 1 }));
};

subtest 'what exists already' => sub {
	my @ids = map { call($gateway, 'POST', '/v1/events', @administrator, body => { title => 'E', external_id => $_ })->{json}{event_id} } 'one', 'two', 'one';
	is($ids[2], $ids[0], 'made again by its external_id it is the same');
	my %pool = (name => 'Once', capacity => 1, price => 1);
	is(call($gateway, 'POST', "/v1/slots/$slot_id/pools", @administrator, body => \%pool)->{status}, 201, 'a pool');
	writes_nothing 'a change into another' => sub {
		is(is_problem(call($gateway, 'PATCH', "/v1/events/$ids[1]", @administrator, body => { external_id => 'one' }), 409), '', '409');
		is(is_problem(call($gateway, 'POST', "/v1/slots/$slot_id/pools", @administrator, body => \%pool), 409), '', '409');
	};
};

subtest 'a statement that takes too long' => sub {
	my $session = $node->background_psql('postgres');
	$session->query_safe('BEGIN; LOCK TABLE boxoffice.event, boxoffice.queue IN ACCESS EXCLUSIVE MODE');
	my @calls = ([ 'GET', '/v1/events' ], [ 'POST', '/v1/queues/1/tokens', user => 'anna' ], [ 'POST', '/v1/events', @administrator, body => { title => 'E' } ]);
	my @answers = at_once(3, sub { return call($gateway, @{ $calls[ $_[0] - 1 ] }) });
	is(is_problem($_, 503), '', '503, to be sent again') for @answers;
	is_discreet($_) for @answers;
	$session->query_safe('COMMIT');
	$session->quit;
	is(call($gateway, 'GET', '/v1/events')->{status}, 200, 'then it works again');
};

subtest 'a server that can only be read' => sub {
	set_for_role($node, default_transaction_read_only => 'on');
	reconnect($gateway);
	writes_nothing 'writes' => sub {
		for my $answer (
			hold($slot_id, 'anna', [8]), release($of_poor, 'poor'), pay($of_poor, 'poor'), credit('anna', 5), join_queue(1, 'anna'),
			call($gateway, 'POST', '/v1/events', @administrator, body => { title => 'E' }))
		{
			is(is_problem($answer, 503), '', 'a write: 503, to be sent again');
			is_discreet($answer);
		}
		is(call($gateway, 'GET', $_, user => 'anna')->{status}, 200, "$_ is read") for '/v1/events', '/v1/balance', "/v1/slots/$slot_id/seats";
	};
	set_for_role($node, default_transaction_read_only => undef);
	reconnect($gateway);
	is(hold($slot_id, 'anna', [8])->{status}, 201, 'then it works again');
};

subtest 'what only the operator can mend' => sub {
	sql($node, 'REVOKE EXECUTE ON FUNCTION boxoffice.get_balance(text) FROM gateway');
	my $answer = call($gateway, 'GET', '/v1/balance', user => 'anna', headers => { 'X-Request-Id' => 'denied-1' });
	is(is_problem($answer, 403), '', '403');
	like($answer->{json}{detail}, qr/boxoffice\.grant_access/, 'that says who can mend it');
	is_discreet($answer);
	my $noted = within(5, sub { return (grep { ($_->{request_id} // '') eq 'denied-1' && $_->{level} eq 'error' } log_lines($gateway))[0] });
	like($noted->{message} // '', qr/get_balance failed with SQLSTATE 42501/, 'the log says why, with the id of the request');
	is(call($gateway, 'GET', '/v1/balance', user => 'anna')->{status}, 403, 'again');
	is(scalar(grep { ($_->{message} // '') =~ /42501/ } log_lines($gateway)), 1, 'the log says it once');
	sql($node, 'GRANT EXECUTE ON FUNCTION boxoffice.get_balance(text) TO gateway');
	is(call($gateway, 'GET', '/v1/balance', user => 'anna')->{status}, 200, 'then it works again');
};

subtest 'settings of the role change nothing' => sub {
	my $path = "/v1/slots/$slot_id/seats";
	my $read = sub { return map { call($gateway, 'GET', $_, user => 'rich')->{text} } '/v1/reservations', '/v1/payments', '/v1/balance/entries', $path };
	my @before = $read->();
	my %odd = (
		timezone => 'Asia/Kolkata', datestyle => 'German', intervalstyle => 'postgres_verbose', extra_float_digits => -10, bytea_output => 'escape',
		'boxoffice.raise_refusals' => 'on', search_path => '', default_transaction_isolation => 'serializable', client_encoding => 'LATIN1');
	set_for_role($node, %odd);
	reconnect($gateway);
	is_deeply([ $read->() ], \@before, 'the same answers');
	writes_nothing 'refusals' => sub { refuses('seat_taken', hold($slot_id, 'anna', [ 9, 1 ]), refused_seat_ids => [1]) };
	is(call($gateway, 'POST', '/v1/balance/credits', @administrator, body => { user_id => 'anna', amount => 1, reason => "\x{20ac}" })->{status}, 200, 'a euro');
	is(call($gateway, 'GET', '/v1/balance/entries', user => 'anna')->{json}{items}[0]{reason}, "\x{20ac}", 'stays one');
	set_for_role($node, map { $_ => undef } keys %odd);
	reconnect($gateway);
};

is_as_documented($gateway);

subtest 'an extension that is changed under the gateway' => sub {
	my $before = call($gateway, 'GET', '/v1/balance', user => 'anna')->{text};
	sql($node, 'ALTER TYPE boxoffice.get_balance_result ADD ATTRIBUTE later text');
	is(call($gateway, 'GET', '/v1/balance', user => 'anna')->{text}, $before, 'connections that are open answer as before');
	reconnect($gateway);
	is(call($gateway, 'GET', '/v1/balance', user => 'anna')->{text}, $before =~ s/\}/,"later":null}/r, 'new ones have the new column');
};

# ---------------------------------------------------------------------------------------------------------------------
# Bad input
# ---------------------------------------------------------------------------------------------------------------------

writes_nothing 'bodies' => sub {
	my @of_holds = (
		'', ' ', 'nonsense', 'null', '[]', '[{"seat_ids":[9]}]', '"seat_ids"', '5', '{}', '{"seat_ids":[9]', '{"seat_ids":[9]}}', '{"seat_ids":[9]} {}',
		'{"seat_ids":[9],}', '{"seat_ids":[9,]}', '{seat_ids:[9]}', "{'seat_ids':[9]}", '{"seat_ids":[9]/**/}', '{"seat_ids":[9]} // x',
		'{"seat_ids":[09]}', '{"seat_ids":[+9]}', '{"seat_ids":[0x9]}', '{"seat_ids":[NaN]}', '{"seat_ids":[Infinity]}', "\xef\xbb\xbf{\"seat_ids\":[9]}",
		'{"seat_ids":null}', '{"seat_ids":9}', '{"seat_ids":"9"}', '{"seat_ids":{"1":9}}', '{"seat_ids":["9"]}', '{"seat_ids":[null]}', '{"seat_ids":[[9]]}',
		'{"seat_ids":[9.5]}', '{"seat_ids":[9e0]}', '{"seat_ids":[true]}', '{"seat_ids":[2147483648]}', '{"seat_ids":[99999999999999999999]}',
		'{"seat_ids":[9],"seat_ids":[10]}', '{"seat_ids":[9],"seat\u005fids":[10]}', '{"seat_ids":[9],"extra":1}', '{"seat_ids":[9],"user_id":"root"}',
		'{"seat_ids":[9],"queue_token":"01234567-89ab-cdef-0123-456789abcdef"}', '{"seat_ids":[9],"idempotency_key":"k"}', '{"SEAT_IDS":[9]}',
		'{"seat_ids":[9]}' . "\0", '{"seat_ids":[9],"x":' . '[' x 300_000, '[' x 300_000, '{"a":' x 100_000, '{"seat_ids":' . '[' x 100 . ']' x 100 . '}');
	is(is_problem(call($gateway, 'POST', "/v1/slots/$slot_id/holds", user => 'anna', text => $_), 400), '', substr $_ =~ s/[^ -~]/?/gr, 0, 60) for @of_holds;

	my @texts = (
		"\xff", "caf\xe9", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xe2\x82", '\ud800', '\udc00\ud800',
		'\u0000', "\0", "a\nb", '\x41', '\u12');
	is(is_problem(call($gateway, 'POST', '/v1/events', @administrator, text => qq({"title":"$_"})), 400), '', 'a title of ' . s/[^ -~]/sprintf '<%02x>', ord $&/ger)
	  for @texts;
	is(is_problem(call($gateway, 'POST', '/v1/events', @administrator, text => qq({"title":$_})), 400), '', "a title that is $_") for qw(5 true null [] {});
	is(is_problem(call($gateway, 'POST', '/v1/balance/credits', @administrator, text => qq({"user_id":"anna","amount":$_})), 400), '', "an amount of $_")
	  for qw("5" 5.5 5.0 1e3 true null [5] 9007199254740992 -9007199254740992 18446744073709551616), '9' x 400;
	my @slots = map { qq({"starts_at":"$_"}) } 'tomorrow', 'now', '2100-01-01', '2100-01-01T00:00:00', '2100-01-01 00:00:00Z', '2100-01-01T00:00:00 Europe/Berlin',
	  '-infinity', 'epoch', '1e9', '';
	push @slots, map { qq({"starts_at":"2100-01-01T00:00:00Z","hold_for":$_}) } '"5 min"', '300', '"PT-5M"', '"-PT5M"', '"infinity"', '""', '"P"';
	push @slots, map { qq({"starts_at":"2100-01-01T00:00:00Z","$_}) } 'queue_id":-1', 'queue_id":"1', 'queue_id":1.5', 'event_id":1', 'slot_id":1';
	is(is_problem(call($gateway, 'POST', '/v1/events/1/slots', @administrator, text => $_), 400), '', $_) for @slots;
	is(is_problem(call($gateway, 'GET', '/v1/balance', user => 'anna', text => '{"user_id":"rich"}'), 400), '', 'a body where none is read');
	is(is_problem(call($gateway, 'POST', '/v1/reservations/1/payment', user => 'anna', text => '{"amount":0}'), 400), '', 'a member where none is read');
};

writes_nothing 'content types' => sub {
	my $path = "/v1/slots/$slot_id/holds";
	for my $type ('text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream')
	{
		is(is_problem(call($gateway, 'POST', $path, user => 'anna', text => '{"seat_ids":[10]}', headers => { 'Content-Type' => $type }), 415), '', "$type: 415");
	}
	for my $type ('application/json', 'application/json; charset=utf-8')
	{
		refuses('seat_taken', call($gateway, 'POST', $path, user => 'anna', text => '{"seat_ids":[1]}', headers => { 'Content-Type' => $type }), refused_seat_ids => [1]);
	}
};

writes_nothing 'addresses' => sub {
	for my $id (qw(abc -1 +1 1.0 1e3 0x1 1_000 %31 1%00 9007199254740992 9223372036854775808 99999999999999999999 1;2 1,2 null), '9' x 1000, '%EF%BC%91')
	{
		is(is_problem(call($gateway, 'GET', "/v1/events/$id"), 400), '', 'the id ' . substr $id, 0, 30);
		is(is_problem(call($gateway, 'POST', "/v1/slots/$id/holds", user => 'anna', body => { seat_ids => [1] }), 400), '', 'also for a write');
	}
	refuses('not_found', call($gateway, 'GET', "/v1/events/$_")) for qw(0 9007199254740991);
	my @queries = qw(max_rows=x max_rows= max_rows max_rows=1.5 max_rows=2147483648 before_id=x before_id=-1 before_id=9007199254740992 page=2 Max_rows=1 user_id=rich
	  query=%zz query=%f query=% query=%ff query=%00 query=%ed%a0%80 %6d%61x_rows=x);
	is(is_problem(call($gateway, 'GET', "/v1/events?$_"), 400), '', "?$_") for @queries;
	is(is_problem(call($gateway, 'GET', "/v1/balance?user_id=rich", user => 'anna'), 400), '', 'whose balance is never the address\'s to say');
	is(call($gateway, 'GET', '/v1/events?query=%25_%5C%27%22;--')->{status}, 200, 'text with a meaning elsewhere is text');
};

writes_nothing 'headers' => sub {
	is(is_problem(hold($slot_id, 'anna', [10], key => $_), 400), '', 'a key of ' . length($_) . ' bytes') for 'k' x 256, 'k' x 2000;
	is(is_problem(hold($slot_id, 'anna', [10], queue_token => $_), 400), '', "the queue token '$_'") for 'x', '1', '0' x 36, 'null', '01234567-89ab-cdef-0123-456789abcdef ,';
	my $jwt = mint($gateway, 'anna');
	my $body = '{"seat_ids":[10]}';
	for my $line ("Idempotency-Key: \xff\xfe", "Idempotency-Key: ", "Queue-Token: \xff")
	{
		my $text = ask_raw($gateway, join "\r\n", "POST /v1/slots/$slot_id/holds HTTP/1.1", 'Host: a', "Authorization: Bearer $jwt", $line,
			'Content-Type: application/json', 'Content-Length: ' . length $body, '', $body);
		like($text, qr{^HTTP/1.1 400 .*application/problem\+json}s, $line =~ s/[^ -~]/?/gr);
	}
};

# ---------------------------------------------------------------------------------------------------------------------
# Tokens
# ---------------------------------------------------------------------------------------------------------------------

subtest 'tokens that are not to be trusted' => sub {
	my ($now, $secret) = (int time, secret_of('first'));
	my $header = '{"alg":"HS256","kid":"first"}';
	my $claims = sub { return JSON::PP->new->canonical->encode({ sub => 'anna', exp => $now + 600, @_ }) };
	my $good = sign($header, $claims->(), $secret);
	is(call($gateway, 'GET', '/v1/balance', jwt => $good)->{status}, 200, 'one like the others, but right');
	is(call($gateway, 'GET', '/v1/balance', headers => { Authorization => "bEARER $good" })->{status}, 200, 'the scheme in other letters');
	my ($first, $second, $third) = split /\./, $good;
	my $unsigned = sign('{"alg":"none"}', $claims->(), '') =~ s/[^.]*\z//r;
	my $flipped = $third =~ s/^(.)/$1 eq 'A' ? 'B' : 'A'/er;
	my %bad = (
		'words'                     => 'nonsense',
		'dots'                      => '..',
		'two parts'                 => "$first.$second",
		'four parts'                => "$good.$third",
		'no signature'              => "$first.$second.",
		'another signature'         => "$first.$second.$flipped",
		'a cut signature'           => "$first.$second." . substr($third, 0, 20),
		'claims of another'         => join('.', $first, (split /\./, sign($header, $claims->(sub => 'rich'), $secret))[1], $third),
		'padding'                   => "$good=",
		'more behind it'            => "$good x",
		'a comma and another'       => "$good,$good",
		'a length of 20,000'        => $good . 'A' x 20_000,
		'no algorithm'              => $unsigned,
		'none, signed'              => sign('{"alg":"none","kid":"first"}', $claims->(), $secret),
		'None'                      => sign('{"alg":"None","kid":"first"}', $claims->(), $secret),
		'another algorithm'         => sign('{"alg":"HS512","kid":"first"}', $claims->(), $secret),
		'RS256 with a secret'       => sign('{"alg":"RS256","kid":"first"}', $claims->(), $secret),
		'no alg'                    => sign('{"kid":"first"}', $claims->(), $secret),
		'an unknown kid'            => sign('{"alg":"HS256","kid":"second"}', $claims->(), $secret),
		'a kid that is a path'      => sign('{"alg":"HS256","kid":"../../dev/null"}', $claims->(), ''),
		'a kid that is SQL'         => sign('{"alg":"HS256","kid":"\' OR 1=1"}', $claims->(), ''),
		'a kid that is a number'    => sign('{"alg":"HS256","kid":1}', $claims->(), $secret),
		'a key of its own'          => sign('{"alg":"HS256","kid":"first","jwk":{"kty":"oct","k":"eA"}}', $claims->(), 'x'),
		'crit'                      => sign('{"alg":"HS256","kid":"first","crit":["exp"]}', $claims->(), $secret),
		'b64 false'                 => sign('{"alg":"HS256","kid":"first","b64":false}', $claims->(), $secret),
		'a header that is a list'   => sign('[]', $claims->(), $secret),
		'a header with alg twice'   => sign('{"alg":"none","alg":"HS256","kid":"first"}', $claims->(), $secret),
		'another secret'            => sign($header, $claims->(), 'another secret that is long enough for HS256'),
		'an empty secret'           => sign($header, $claims->(), ''),
		'claims that are a list'    => sign($header, '[]', $secret),
		'claims that are no JSON'   => sign($header, 'sub=anna', $secret),
		'claims that are deep'      => sign($header, '{"x":' . '[' x 5000, $secret),
		'sub twice'                 => sign($header, "{\"sub\":\"anna\",\"sub\":\"rich\",\"exp\":@{[ $now + 600 ]}}", $secret),
		'no sub'                    => sign($header, "{\"exp\":@{[ $now + 600 ]}}", $secret),
		'an empty sub'              => sign($header, $claims->(sub => ''), $secret),
		'a sub that is a number'    => sign($header, $claims->(sub => 5), $secret),
		'a sub of 256 bytes'        => sign($header, $claims->(sub => 'x' x 256), $secret),
		'a sub with a line end'     => sign($header, $claims->(sub => "anna\nrich"), $secret),
		'a sub that is not UTF-8'   => sign($header, "{\"sub\":\"\xff\",\"exp\":@{[ $now + 600 ]}}", $secret),
		'a sub with a NUL'          => sign($header, "{\"sub\":\"anna\\u0000\",\"exp\":@{[ $now + 600 ]}}", $secret),
		'no exp'                    => sign($header, '{"sub":"anna"}', $secret),
		'an exp that is over'       => sign($header, $claims->(exp => $now - 60), $secret),
		'an exp of text'            => sign($header, $claims->(exp => 'never'), $secret),
		'an exp beyond all'         => sign($header, '{"sub":"anna","exp":1e300}', $secret),
		'nbf to come'               => sign($header, $claims->(nbf => $now + 600), $secret),
		'a priority of 4'           => sign($header, $claims->(queue_priority => 4), $secret),
		'a priority of -1'          => sign($header, $claims->(queue_priority => -1), $secret),
		'a priority of text'        => sign($header, $claims->(queue_priority => '3'), $secret));
	my $before = contents();
	for my $name (sort keys %bad)
	{
		my $answer = call($gateway, 'POST', "/v1/slots/$slot_id/holds", jwt => $bad{$name}, body => { seat_ids => [11] });
		is(is_problem($answer, 401), '', "$name: 401");
		like($answer->{headers}{'www-authenticate'} // '', qr/^Bearer\b/, 'WWW-Authenticate');
		is(index($answer->{text} . ($answer->{headers}{'www-authenticate'} // ''), $bad{$name}), -1, 'it is not repeated') if length $bad{$name} > 8;
	}
	is(contents(), $before, 'nothing was written');

	my $exact = start_gateway($node, keys => $gateway->{keys}, environment => { BOXOFFICE_JWT_LEEWAY => 0 });
	my $brief = mint($exact, 'anna', 'valid-for' => 2);
	is(call($exact, 'GET', '/v1/balance', jwt => $brief)->{status}, 200, 'a token for two seconds');
	ok(within(10, sub { call($exact, 'GET', '/v1/balance', jwt => $brief)->{status} == 401 }), 'is remembered no longer than that, without leeway');
	is(stop_gateway($exact), 0, 'the gateway without leeway ends');
	my $strict = start_gateway($node, keys => $gateway->{keys}, environment => { BOXOFFICE_JWT_ISSUER => 'https://issuer', BOXOFFICE_JWT_AUDIENCE => 'shop' });
	for my $case ([ 401, () ], [ 401, iss => 'https://issuer' ], [ 401, iss => 'https://issuer', aud => 'other' ], [ 401, iss => 'x', aud => 'shop' ],
		[ 200, iss => 'https://issuer', aud => 'shop' ], [ 200, iss => 'https://issuer', aud => [ 'other', 'shop' ] ])
	{
		my ($status, %more) = @$case;
		is(call($strict, 'GET', '/v1/balance', jwt => sign($header, $claims->(%more), $secret))->{status}, $status, 'issuer and audience: ' . JSON::PP->new->canonical->encode(\%more));
	}
	is(stop_gateway($strict), 0, 'it ends');
};

subtest 'credit for oneself' => sub {
	my $demo = start_gateway($node, environment => { BOXOFFICE_ALLOW_SELF_CREDIT => 'true' });
	for my $path ('/v1/balance/credits', '/v1/balance/debits')
	{
		writes_nothing "$path without the setting" => sub {
			is(is_problem(call($gateway, 'POST', $path, user => 'self', body => $_), 403), '', 'only for administrators')
			  for { amount => 5 }, { user_id => 'self', amount => 5 };
		};
		is(call($demo, 'POST', $path, user => 'self', body => { amount => 5 })->{status}, 200, "$path with it, for whom the token names");
		is(call($demo, 'POST', $path, user => 'self', body => { amount => 5, user_id => 'self' })->{status}, $path =~ /debits/ ? 402 : 200, 'or by name')
		  if $path =~ /credits/;
		writes_nothing 'for others' => sub {
			is(is_problem(call($demo, 'POST', $path, user => 'self', body => { amount => 5, user_id => $_ }), 403), '', "not for '$_'") for 'rich', 'Self', '';
			is(is_problem(call($demo, 'POST', $path, user => 'self', text => qq({"amount":5,"user_id":$_})), 403), '', "nor for $_") for 'null', '5', '["self"]', '"self "';
			is(is_problem(call($demo, 'POST', $path, user => 'self', text => '{"amount":5,"user_id":"self","user_id":"rich"}'), 400), '', 'nor for two');
			is(is_problem(call($demo, 'POST', $path, user => 'self'), 400), '', 'nor without an amount');
			is(is_problem(call($demo, 'POST', $path, body => { amount => 5 }), 401), '', 'nor without a token');
			is(is_problem(call($demo, 'POST', $path, @administrator, body => { amount => 5 }), 400), '', 'an administrator names somebody');
		};
		is(call($demo, 'POST', $path, @administrator, body => { amount => 1, user_id => 'rich' })->{status}, 200, 'who may be anybody');
	}
	is(call($demo, 'GET', '/v1/balance', user => 'self')->{json}{balance}, 5, 'what is left');
	is(stop_gateway($demo), 0, 'it ends');
};

is(call($gateway, 'GET', '/livez')->{status}, 200, 'after all that the gateway lives');
is(stop_gateway($gateway), 0, 'and ends in order');
my $log = slurp_file($gateway->{log});
is(join("\n", map { $_->{broken} } grep { defined $_->{broken} } log_lines($gateway)), '', 'every line of its log is JSON');
unlike($log, qr/eyJ|Bearer|\b100000\b|"balance"/, 'without tokens and balances');
verify_is_empty($node);
$node->stop;
done_testing();
