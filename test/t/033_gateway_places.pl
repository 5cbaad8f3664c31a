# A crowd that wants the places of one pool, over HTTP: as many are sold as there are, whoever asks how; and the map of the
# seats that costs little.
use strict;
use warnings;

use Boxoffice;
use Gateway;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_database('places');
my $gateway = start_gateway($node, environment => { BOXOFFICE_WRITE_LANES => 2, BOXOFFICE_CACHE_MS => 0 });
my ($clients, $users_each) = (20, 50);

sub add_pool {
	my ($capacity, @rules) = @_;
	my $slot_id = make_slot($node, 1, 0, join ', ', "hold_for => '10 min'", @rules);
	return sql($node, "SELECT boxoffice.add_pool($slot_id, 'Floor', $capacity, 500)");
}

sub hold_places {
	my ($pool_id, $user, $quantity, %with) = @_;
	return call($gateway, 'POST', "/v1/pools/$pool_id/holds", jwt => token_for($user), body => { quantity => $quantity }, %with);
}

# Every user of the crowd asks once; returns how often each outcome came, and the reservations.
sub crowd_asks {
	my ($pool_id, $quantity) = @_;
	my $crowd = start_clients($clients, sub {
		my ($number) = @_;
		my (%came, @ids);
		for my $user (1 .. $users_each)
		{
			my $answer = hold_places($pool_id, "user $number.$user", $quantity);
			++$came{ $answer->{json}{outcome} // "status $answer->{status}" };
			push @ids, $answer->{json}{reservation_id} if $answer->{status} == 201;
		}
		return { came => \%came, ids => \@ids };
	});
	my @results = finish_clients($crowd);
	my %came;
	for my $result (@results)
	{
		$came{$_} += $result->{came}{$_} for keys %{ $result->{came} };
	}
	return (\%came, map { @{ $_->{ids} } } @results);
}

sub in_database {
	my ($pool_id) = @_;
	return sql($node, "SELECT sum(quantity) FROM boxoffice.reservation WHERE pool_id = $pool_id AND status IN ('held', 'paid')");
}

sub free_places {
	my ($pool_id) = @_;
	return sql($node, "SELECT places_free FROM boxoffice.pool p, boxoffice.list_pools(p.slot_id) l WHERE l.pool_id = $pool_id AND p.pool_id = $pool_id");
}

subtest 'a thousand users and fifty places' => sub {
	my $pool_id = add_pool(50);
	my ($came, @ids) = crowd_asks($pool_id, 1);
	is_deeply($came, { ok => 50, sold_out => $clients * $users_each - 50 }, 'fifty get one, the others hear that nothing is left');
	is(in_database($pool_id), 50, 'and that is what the database has');
	is(free_places($pool_id), 0, 'nothing is left');
};

subtest 'a thousand users and the last one of a product' => sub {
	my $pool_id = add_pool(1);
	my ($came, @ids) = crowd_asks($pool_id, 1);
	is_deeply($came, { ok => 1, sold_out => $clients * $users_each - 1 }, 'one gets it');
	is(in_database($pool_id), 1, 'once');
};

subtest 'by twos, of an odd number' => sub {
	my $pool_id = add_pool(51);
	my ($came, @ids) = crowd_asks($pool_id, 2);
	is_deeply($came, { ok => 25, sold_out => $clients * $users_each - 25 }, 'all that makes two');
	is(free_places($pool_id), 1, 'one is left');
	is(hold_places($pool_id, 'single', 1)->{status}, 201, 'which one more gets');
};

subtest 'one who holds everything and does not pay' => sub {
	my $pool_id = add_pool(100);
	is(hold_places($pool_id, 'hoarder', 100)->{status}, 201, 'a hundred places');
	is(hold_places($pool_id, 'anna', 1)->{json}{outcome}, 'sold_out', 'nobody else has one');
	is(hold_places($pool_id, 'hoarder', 100)->{status}, 201, 'a second click finds the first');
	is(in_database($pool_id), 100, 'which is one hold');
	$node->safe_psql('postgres', "ALTER SYSTEM SET boxoffice.clock_offset = '10 min'");
	$node->reload;
	within(10, sub { free_places($pool_id) == 100 });
	my ($came, @ids) = crowd_asks($pool_id, 1);
	is_deeply($came, { ok => 100, sold_out => $clients * $users_each - 100 }, 'when the hold has run out others have all of them, without any upkeep');
	$node->safe_psql('postgres', 'ALTER SYSTEM RESET boxoffice.clock_offset');
	$node->reload;
	my $limited = add_pool(100, 'max_per_user => 4');
	is(hold_places($limited, 'hoarder', 5)->{json}{outcome}, 'limit_exceeded', 'a limit for each user prevents it');
};

subtest 'a key, a limit and a payment' => sub {
	my $pool_id = add_pool(10, 'max_per_user => 3');
	my $held = hold_places($pool_id, 'anna', 2, key => 'k');
	is(hold_places($pool_id, 'anna', 2, key => 'k')->{text}, $held->{text}, 'the same key gives the same answer');
	is(hold_places($pool_id, 'anna', 2)->{json}{reservation_id}, $held->{json}{reservation_id}, 'two more would be too many: a second click finds the first');
	is(hold_places($pool_id, 'anna', 3)->{json}{outcome}, 'limit_exceeded', 'three as well');
	sql($node, "SELECT boxoffice.credit_balance('anna', 1000)");
	my $paid = call($gateway, 'POST', "$held->{headers}{location}/payment", jwt => token_for('anna'));
	is_deeply([ $paid->{status}, $paid->{json}{amount}, $paid->{json}{balance} ], [ 201, 1000, 0 ], 'paid');
	is(call($gateway, 'POST', "$held->{headers}{location}/cancellation", jwt => token_for('anna'))->{json}{refunded}, 1000, 'cancelled');
	is(free_places($pool_id), 10, 'all are free again');
};

subtest 'the map of a stadium' => sub {
	my $slot_id = make_slot($node, 50_000, 0);
	my $path = "/v1/slots/$slot_id/seat-states";
	my $map = call($gateway, 'GET', $path);
	is($map->{json}{seats_total}, 50_000, '50,000 seats');
	cmp_ok(length $map->{text}, '<', 17_000, 'in 17 kB');
	my $again = call($gateway, 'GET', $path, headers => { 'If-None-Match' => $map->{headers}{etag} });
	is("$again->{status} $again->{text}", '304 ', 'unchanged, it costs nothing');
	call($gateway, 'POST', "/v1/slots/$slot_id/holds", jwt => token_for('anna'), body => { seat_ids => [50_000] });
	my $changed = call($gateway, 'GET', $path, headers => { 'If-None-Match' => $map->{headers}{etag} });
	is($changed->{status}, 200, 'changed, it is sent');
	isnt($changed->{json}{version}, $map->{json}{version}, 'as another version');
};

verify_is_empty($node);
is(stop_gateway($gateway), 0, 'the gateway ends in order');
done_testing;
