# A slow read stands before nobody else's: what takes long is held up by locks that the test takes, and meanwhile others are
# served. Lists of a user and what strangers browse have lanes of their own, of which each party has one call at most; a
# quick read that turns out to be slow goes on to them.
use strict;
use warnings;

use Boxoffice;
use Gateway;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes 'time';

my $node    = start_database('reads');
my $gateway = start_gateway(
	$node,
	environment => {
		BOXOFFICE_CACHE_MS             => 0,
		BOXOFFICE_LOCK_TIMEOUT_MS      => 60_000,
		BOXOFFICE_STATEMENT_TIMEOUT_MS => 60_000,
		BOXOFFICE_WAITING_LIMIT_MS     => 60_000
	});
my $slot_id = make_slot($node, 100, 100);

sub get { return call($gateway, 'GET', @_, timeout => 60) }

# What users ask for with a token that costs no process.
sub get_as { my ($user, $path) = @_; return get($path, jwt => token_for($user)) }

# A session of the test that locks a table until it is told to let go.
sub lock_table {
	my ($table) = @_;
	my $session = $node->background_psql('postgres');
	$session->query_safe("BEGIN; LOCK TABLE boxoffice.$table");
	return $session;
}

sub let_go { my ($session) = @_; $session->query_safe('COMMIT'); $session->quit; return }

sub waiting_calls { my ($lane) = @_; return metric($gateway, 'boxoffice_lane_waiting', qr/lane="$lane 0"/) }

# How many connections whose name is like this wait for a lock.
sub held_up {
	my ($name) = @_;
	return sql($node, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'boxofficed $name' AND wait_event_type = 'Lock'");
}

# The lane that answers a request, as the log has it.
my $requests = 0;

sub lane_of {
	my ($path, %with) = @_;
	my $id = 'lane-' . ++$requests;
	my $answer = get($path, headers => { 'X-Request-Id' => $id }, %with);
	return "status $answer->{status}" if $answer->{status} != 200;
	my $line;
	within(20, sub { ($line) = grep { ($_->{request_id} // '') eq $id } log_lines($gateway) });
	return $line->{lane};
}

# So many clients ask at once; the answers come when the test lets go.
sub ask {
	my ($count, $work) = @_;
	return start_clients($count, sub { my $answer = $work->($_[0]); return { map { $_ => $answer->{$_} } qw(status headers text json) } });
}

sub statuses {
	my (@answers) = @_;
	my %count;
	$count{ $_->{status} }++ for @answers;
	return join ', ', map { "$_: $count{$_}" } sort keys %count;
}

# Others are answered now, though the test has not let go yet.
sub others_are_served {
	my ($what) = @_;
	for my $request ([ 'bob', '/v1/balance' ], [ 'bob', '/v1/coupon-claims' ], [ 'carl', '/v1/coupon-claims' ], [ undef, "/v1/slots/$slot_id/seats" ])
	{
		my ($user, $path) = @$request;
		is((defined $user ? get_as($user, $path) : get($path))->{status}, 200, "$what: GET $path of " . ($user // 'a stranger'));
	}
	return;
}

subtest 'the lists of one user, twenty at once' => sub {
	my $lock  = lock_table('reservation');
	my $crowd = ask(20, sub { get_as('ann', '/v1/reservations?max_rows=100') });
	wait_for_waiting($node, 'list%');
	ok(within(20, sub { waiting_calls('list') == 16 }), 'sixteen wait') or diag(waiting_calls('list'));
	is(held_up('%'), 1, 'one is under way');
	others_are_served('a list is held up');
	is(get('/v1/events')->{status}, 200, 'events');
	is(held_up('%'), 1, 'which still is');
	my $more = get_as('ann', '/v1/payments');
	is(is_problem($more, 503), '', 'one more is refused, with Retry-After');
	is(get_as('ann', '/v1/balance')->{status}, 200, 'but a quick one');
	let_go($lock);
	is(statuses(finish_clients($crowd)), '200: 17, 503: 3', 'then all that waited are answered');
};

# A reservation may have a thousand seats: it is as long as a list.
subtest 'one reservation, asked for twenty times at once with several tokens' => sub {
	my $id = sql($node, "SELECT reservation_id FROM boxoffice.hold_seats($slot_id, 'ann', ARRAY[1, 2])");
	like(lane_of("/v1/reservations/$id", jwt => token_for('ann')), qr/^list/, 'it goes where lists go');
	my $lock  = lock_table('reservation');
	my $crowd = ask(20, sub { get("/v1/reservations/$id", jwt => mint($gateway, 'ann')) });
	wait_for_waiting($node, 'list%');
	ok(within(20, sub { waiting_calls('list') == 16 }), 'sixteen wait') or diag(waiting_calls('list'));
	is(held_up('%'), 1, 'one is under way');
	others_are_served('a reservation is held up');
	let_go($lock);
	is(statuses(finish_clients($crowd)), '200: 17, 503: 3', 'then all that waited are answered');
	like(lane_of($_, user => 'root', role => 'boxoffice_admin'), qr/^list/, "$_ of an administrator goes there, too")
	  for "/v1/slots/$slot_id/blocks", "/v1/sales-report?slot_id=$slot_id", '/v1/sales';
	sql($node, "SELECT boxoffice.release_hold($id, 'ann')");
};

subtest 'strangers search, twenty at once' => sub {
	my $lock  = lock_table('event');
	my $crowd = ask(20, sub { get("/v1/events?query=concert$_[0]") });
	wait_for_waiting($node, 'browse%');
	ok(within(20, sub { waiting_calls('browse') == 16 }), 'sixteen wait') or diag(waiting_calls('browse'));
	is(held_up('%'), 1, 'one search is under way');
	others_are_served('a search is held up');
	is(is_problem(get('/v1/events?query=more'), 503), '', 'one more is refused, with Retry-After');
	is(held_up('%'), 1, 'and still one is under way');
	let_go($lock);
	is(statuses(finish_clients($crowd)), '200: 17, 503: 3', 'then all that waited are answered');
	ok(within(20, sub { lane_of('/v1/events/' . sql($node, "SELECT boxoffice.create_event('E')")) eq 'read 0' }), 'one event is read where quick ones go');
	like(lane_of('/v1/events?before_id=1000'), qr/^browse/, 'further pages of events do not: of such there are many');
};

subtest 'the maps of halls, one of each hall' => sub {
	my $lock  = lock_table('seat');
	my $crowd = ask(4, sub { get("/v1/slots/$slot_id/" . ($_[0] % 2 ? 'seat-states' : 'seats')) });
	wait_for_waiting($node, 'browse%');
	ok(within(20, sub { waiting_calls('browse') == 3 }), 'the others of this hall wait') or diag(waiting_calls('browse'));
	is(held_up('%'), 1, 'one is under way');
	is(get("/v1/slots/$slot_id/pools")->{status},  200, 'pools');
	is(get('/v1/events?query=concert')->{status}, 200, 'a search');
	let_go($lock);
	is(statuses(finish_clients($crowd)), '200: 4', 'then all are answered');
};

subtest 'a quick read that is slow' => sub {
	my $lock  = lock_table('account');
	my $crowd = ask(3, sub { get_as('ann', '/v1/balance') });
	wait_for_waiting($node, 'list%');
	is(get('/v1/events')->{status}, 200, 'events, meanwhile');
	is(get_as('bob', '/v1/coupon-claims')->{status}, 200, 'a list of another user');
	ok(within(20, sub { waiting_calls('list') == 2 }), 'the others of this user wait') or diag(waiting_calls('list'));
	let_go($lock);
	is(statuses(finish_clients($crowd)), '200: 3', 'then all are answered');
	like(lane_of('/v1/balance', jwt => token_for('ann')), qr/^list/, 'again: where slow ones go, for a while');
	# on a busy machine one may be slow by itself
	my $others = 0;
	ok(within(20, sub { lane_of('/v1/balance', jwt => token_for('other' . ++$others)) eq 'read 0' }), 'of other users: where quick ones go');
};

# The median of the milliseconds that ten of these take.
sub median_ms {
	my ($work) = @_;
	my @took = sort { $a <=> $b } map { my $began = time; $work->(); (time - $began) * 1000 } 1 .. 11;
	return $took[5];
}

# Here nothing is held up, and the bound is loose: what it would notice is that reads wait for seconds.
subtest 'the worst list there is and different searches, at full speed' => sub {
	sql($node, q{SELECT count(boxoffice.create_event('Event ' || n, description => repeat('nothing ', 100))) FROM generate_series(1, 5000) n});
	my $large = make_slot($node, 20_000, 0);
	sql($node, "SELECT count(r.outcome) FROM generate_series(1, 20) n, LATERAL boxoffice.hold_seats($large, 'worst', ARRAY(SELECT generate_series(n * 1000 - 999, n * 1000))) h,"
		  . " LATERAL boxoffice.release_hold(h.reservation_id, 'worst') r");
	my %quiet = map { $_ => median_ms(sub { get_as('bob', $_) }) } '/v1/balance', '/v1/events';
	my $before = metric($gateway, 'boxoffice_group_size_count', qr/browse|list/);
	my $crowd  = start_clients(
		6,
		sub {
			my ($number, $stopped) = @_;
			my %seen;
			for (my $turn = 0; !$stopped->(); $turn++)
			{
				my $answer = $number <= 2 ? get_as('worst', '/v1/reservations?max_rows=100') : get("/v1/events?query=$number.$turn");
				$seen{ $answer->{status} }++;
			}
			return \%seen;
		});
	ok(within(60, sub { metric($gateway, 'boxoffice_group_size_count', qr/browse|list/) >= $before + 20 }), 'they hammer');
	for my $path (sort keys %quiet)
	{
		my $busy = median_ms(sub { is(get_as('bob', $path)->{status}, 200, "GET $path") });
		note(sprintf '%s: %.1f ms, %.1f ms while they hammer', $path, $quiet{$path}, $busy);
		cmp_ok($busy, '<', 100 * $quiet{$path} + 500, "$path is as quick as before, nearly");
	}
	my %seen;
	for my $result (finish_clients($crowd)) { $seen{$_} += $result->{$_} for keys %$result }
	is(join(', ', grep { $_ != 200 && $_ != 503 } keys %seen), '', 'and they are answered, too');
	cmp_ok($seen{200}, '>', 5, 'with what they wanted');
};

is(stop_gateway($gateway), 0, 'the gateway ends in order');
verify_is_empty($node);
$node->stop;
done_testing();
