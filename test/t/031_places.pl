# Crowds at the places of pools: never one more than there are, and never sold out while one is left. No worker runs.
use strict;
use warnings;

use Boxoffice;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Every wait of a millisecond is logged, with what was waited for.
my $node = start_server('places', conf => "log_lock_waits = on\ndeadlock_timeout = '1ms'");

# A buyer asks again while the answer is that others are taking the places at this instant; the pause is a buyer's, too.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE answer (what text, client int, outcome text, tries int, at timestamptz);
CREATE FUNCTION buy(pool bigint, buyer text, places int, OUT outcome text, OUT reservation_id bigint, OUT tries int) LANGUAGE plpgsql AS $$
BEGIN
	FOR n IN 1 .. 1000 LOOP
		SELECT held.outcome, held.reservation_id, n INTO outcome, reservation_id, tries FROM boxoffice.hold_places(pool, buyer, places) held;
		EXIT WHEN outcome <> 'seat_busy';
		PERFORM pg_sleep(random() * 0.01);
	END LOOP;
END $$;
SQL

# A pool in a slot of its own. $rules: further arguments of create_slot.
sub make_pool {
	my ($capacity, $price, $rules) = @_;
	my $more = defined $rules ? ", $rules" : '';
	return $node->safe_psql('postgres',
		"SELECT boxoffice.add_pool(boxoffice.create_slot(boxoffice.create_event('Concert'), '2100-01-01'$more), 'Class', $capacity, $price)");
}

# So many users, each on one of 40 connections, want so many places each at once.
sub buyers {
	my ($name, $what, $pool_id, $users, $places, $setting) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $set = $setting // '';
	crowd($node, $name, 40, $users / 40, <<"SQL");
$set
\\set round :round + 1
INSERT INTO answer SELECT '$what', :client_id, outcome, tries, clock_timestamp()
	FROM buy($pool_id, '$what ' || :client_id || '-' || :round, $places);
SQL
	note($node->safe_psql('postgres', "SELECT count(*) || ' answers within ' || max(at) - min(at) || ', ' || sum(tries) || ' calls'"
		  . " FROM answer WHERE what = '$what'"));
	return;
}

sub outcomes {
	my ($what) = @_;
	return counts($node, "SELECT outcome, count(*) FROM answer WHERE what = '$what' GROUP BY outcome");
}

# "free|in running holds|paid"
sub places {
	my ($pool_id) = @_;
	return $node->safe_psql('postgres', "SELECT (SELECT places_free FROM boxoffice.list_pools(slot_id) l WHERE l.pool_id = p.pool_id),"
		  . " (SELECT coalesce(sum(quantity), 0) FROM boxoffice.reservation r WHERE r.pool_id = p.pool_id AND status = 'held' AND expires_at > now()),"
		  . " (SELECT coalesce(sum(quantity), 0) FROM boxoffice.reservation r WHERE r.pool_id = p.pool_id AND status = 'paid')"
		  . " FROM boxoffice.pool p WHERE p.pool_id = $pool_id");
}

subtest 'a thousand users ask for fifty places at once' => sub {
	my $pool_id = make_pool(50, 1000);
	buyers('a thousand ask', 'fifty', $pool_id, 1000, 1);
	is_deeply(outcomes('fifty'), { ok => 50, sold_out => 950 }, 'fifty have one, the others know that there is none');
	is(places($pool_id), '0|50|0', 'exactly fifty are held');
};

subtest 'a product with one left and a thousand buyers' => sub {
	my $pool_id = make_pool(1, 1000);
	buyers('a thousand ask for one', 'one', $pool_id, 1000, 1);
	is_deeply(outcomes('one'), { ok => 1, sold_out => 999 }, 'one has it');
	is(places($pool_id), '0|1|0', 'it is held once');

	$pool_id = make_pool(1, 1000);
	$node->safe_psql('postgres', "SET boxoffice.clock_offset = '-5 min'; SELECT boxoffice.hold_places($pool_id, 'sleeper', 1)");
	is(places($pool_id), '1|0|0', 'another one is in a hold that has just run out');
	buyers('a thousand ask for it', 'lapsed', $pool_id, 1000, 1);
	is_deeply(outcomes('lapsed'), { ok => 1, sold_out => 999 }, 'one has taken it over');
	is(places($pool_id), '0|1|0', 'it is held once');
};

subtest 'one user holds all hundred and does not pay' => sub {
	my $pool_id = make_pool(100, 10, "hold_for => '5 min'");
	is($node->safe_psql('postgres', "SELECT outcome FROM boxoffice.hold_places($pool_id, 'hoarder', 100)"), 'ok', 'all are held');
	buyers('others ask', 'early', $pool_id, 80, 1);
	is_deeply(outcomes('early'), { sold_out => 80 }, 'there is none for anybody else');
	buyers('others ask five minutes later', 'late', $pool_id, 120, 1, "SET boxoffice.clock_offset = '5 min';");
	is_deeply(outcomes('late'), { ok => 100, sold_out => 20 }, 'a hundred others have them, though nobody tidied up');
	is($node->safe_psql('postgres', "SELECT status, quantity FROM boxoffice.reservation WHERE user_id = 'hoarder'"),
		'expired|100', 'the hoarder has none');

	$pool_id = make_pool(100, 10, 'max_per_user => 4');
	crowd($node, 'forty connections of one user hold one place after the other', 40, 5, <<"SQL");
INSERT INTO answer SELECT 'greedy', :client_id, outcome, tries FROM buy($pool_id, 'greedy', 1);
SQL
	is_deeply(outcomes('greedy'), { ok => 200 }, 'at max_per_user they hear of a hold that they have');
	is(places($pool_id), '96|4|0', 'of which there are no more than four; the others are free');
	is($node->safe_psql('postgres', "SELECT outcome FROM boxoffice.hold_places($pool_id, 'greedy', 2)"), 'limit_exceeded', 'more at once they have not');
};

subtest 'what is left is found across the stripes, and comes back from everywhere' => sub {
	my $pool_id = make_pool(300, 10);
	buyers('four hundred ask for seven each', 'seven', $pool_id, 400, 7);
	is_deeply(outcomes('seven'), { ok => 42, sold_out => 358 }, 'forty-two times seven are in three hundred');
	is(places($pool_id), '6|294|0', 'six are left');
	$node->safe_psql('postgres', "SELECT count(outcome) FROM boxoffice.reservation, boxoffice.release_hold(reservation_id, user_id) WHERE pool_id = $pool_id");
	crowd($node, 'places are held, paid, cancelled and released at random', 40, 40, <<"SQL");
\\set places random(1, 20)
\\set what random(1, 4)
SELECT boxoffice.credit_balance('mixed ' || :client_id, 200);
SELECT outcome, coalesce(reservation_id, 0) AS id FROM buy($pool_id, 'mixed ' || :client_id, :places) \\gset
\\if :what > 1
SELECT outcome FROM boxoffice.pay_reservation(:id, 'mixed ' || :client_id);
\\endif
\\if :what > 2
SELECT outcome FROM boxoffice.cancel_reservation(:id, 'mixed ' || :client_id);
\\endif
\\if :what < 2
SELECT outcome FROM boxoffice.release_hold(:id, 'mixed ' || :client_id);
\\endif
SQL
	my ($free, $held, $paid) = split /\|/, places($pool_id);
	is($free + $held + $paid, 300, "$free free, $held held and $paid paid are three hundred");
	cmp_ok($paid, '>', 250, 'nearly all are sold');
	my $next = $free + 1;
	is( $node->safe_psql('postgres', "SELECT outcome FROM boxoffice.hold_places($pool_id, 'last', $next)"),
		'sold_out', 'one more than are left cannot be had');
	is( $free && $node->safe_psql('postgres', "SELECT outcome FROM boxoffice.hold_places($pool_id, 'last', $free)"),
		$free && 'ok', 'but all that are left can');
};

# Whoever changes a capacity waits for those who buy.
is(other_waits($node), '', 'nobody ever waited for anything but the lock of a user');

subtest 'the capacity changes in the middle of a crowd' => sub {
	my $pool_id = make_pool(100, 10);
	my $admin = $node->background_psql('postgres');
	$admin->query_until(qr/started/, qq(
\\echo started
DO \$\$
BEGIN
	FOR n IN 1 .. 200 LOOP
		BEGIN
			PERFORM boxoffice.update_pool($pool_id, capacity => 60 + n % 2 * 60);
		EXCEPTION WHEN invalid_parameter_value THEN NULL;
		END;
		COMMIT;
	END LOOP;
END \$\$;
));
	buyers('four hundred ask', 'changing', $pool_id, 400, 1);
	$admin->quit;
	my $capacity = $node->safe_psql('postgres', "SELECT capacity FROM boxoffice.pool WHERE pool_id = $pool_id");
	my ($free, $held) = split /\|/, places($pool_id);
	is($free + $held, $capacity, "of $capacity places $free are free and $held are held");
	my $answers = outcomes('changing');
	is($answers->{ok}, $held, 'as many as were told that they have one');
	is($answers->{ok} + $answers->{sold_out}, 400, 'and the others that there is none');
};

subtest 'all that the crowds did adds up and left the log clean' => sub {
	verify_is_empty($node);
	is( $node->safe_psql('postgres', "SELECT count(*) FROM boxoffice.pool WHERE capacity < (SELECT sum(quantity)"
			  . " FROM boxoffice.reservation r WHERE r.pool_id = pool.pool_id AND (status = 'paid' OR status = 'held' AND expires_at > now()))"),
		0, 'no pool has given out more than it has');
	is(log_complaints($node), '', 'refusals wrote nothing to the log');
};

# The clients write down outside the database what was answered to them: psql, one hold after the other.
subtest 'kill -9 of the server in the middle of a crowd' => sub {
	my $pool_id = make_pool(100000, 10, "hold_for => '1 day'");
	my @clients;
	for my $number (1 .. 8) {
		my $script = $node->basedir . "/hold$number.sql";
		append_to_file($script, join '', map {
			my $places = 1 + $_ % 5;
			"SELECT outcome, reservation_id, $places FROM boxoffice.hold_places($pool_id, 'psql $number', $places);\n"
		} 1 .. 20000);
		my $client = { answers => $node->basedir . "/held$number" };
		$client->{run} = IPC::Run::start([ 'psql', '-XAtq', '--file', $script, '-d', $node->connstr('postgres') ],
			'>', $client->{answers}, '2>', \$client->{error});
		push @clients, $client;
	}
	$node->poll_query_until('postgres', "SELECT count(*) >= 1000 FROM boxoffice.reservation WHERE pool_id = $pool_id")
	  or die 'the clients hold nothing';
	kill_server($node);
	my %acknowledged;
	for my $client (@clients) {
		IPC::Run::finish($client->{run});
		for my $line (split /\n/, slurp_file($client->{answers})) {
			my ($outcome, $reservation_id, $places) = split /\|/, $line;
			$acknowledged{$reservation_id} = $places if $outcome eq 'ok' && defined $places;
		}
	}
	cmp_ok(scalar keys %acknowledged, '>=', 500, 'holds were acknowledged: ' . keys %acknowledged);
	$node->start;
	my $held = counts($node, "SELECT reservation_id, quantity FROM boxoffice.reservation WHERE pool_id = $pool_id AND status = 'held'");
	my @lost = grep { ($held->{$_} // 0) != $acknowledged{$_} } sort keys %acknowledged;
	is("@lost", '', 'every acknowledged hold is there');
	cmp_ok(keys(%$held) - keys(%acknowledged), '<=', @clients, 'hardly more is there than was acknowledged');
	my $sum = 0;
	$sum += $_ for values %$held;
	is(places($pool_id), (100000 - $sum) . "|$sum|0", 'and the sum is exact');
	verify_is_empty($node);
	is($node->safe_psql('postgres', "SELECT outcome FROM boxoffice.hold_places($pool_id, 'after', 1000)"), 'ok', 'the sale goes on');
};

done_testing();
