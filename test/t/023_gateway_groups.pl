# Calls that arrive together run as one transaction. Seen from outside that must not show: who fails, fails alone; who waits,
# waits alone; and what was answered with success is in the database, once.
use strict;
use warnings;

use Boxoffice;
use Gateway;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = start_database('groups');
my $group_limit = 8;
my $gateway = start_gateway($node, environment => { BOXOFFICE_GROUP_LIMIT => $group_limit, BOXOFFICE_STATEMENT_TIMEOUT_MS => 1000 });

# One hold of these seats; returns what must agree with the database.
sub hold {
	my ($slot_id, $user, $seats, %with) = @_;
	my $to = delete $with{gateway} // $gateway;
	my $answer = call($to, 'POST', "/v1/slots/$slot_id/holds", jwt => token_for($user), body => { seat_ids => $seats }, %with);
	my %noted = (user => $user, seats => join(',', @$seats), status => $answer->{status} + 0, text => $answer->{text});
	$noted{id} = $answer->{json}{reservation_id} if $answer->{status} == 201;
	$noted{problem} = is_problem($answer, $answer->{status} + 0) if $answer->{status} == 400 || $answer->{status} == 503;
	return \%noted;
}

# The holds of a slot as the database has them, and as they were answered with success.
sub in_database {
	my ($slot_id) = @_;
	return sql($node, "SELECT reservation_id, user_id, array_to_string(seat_ids, ',') FROM boxoffice.reservation WHERE slot_id = $slot_id ORDER BY 1");
}

sub as_answered {
	my (@answers) = @_;
	return join "\n", map { "$_->{id}|$_->{user}|$_->{seats}" } sort { $a->{id} <=> $b->{id} } grep { $_->{status} == 201 } @answers;
}

# How many answers there are of each status.
sub statuses {
	my %count;
	$count{ $_->{status} }++ for @_;
	return join ' ', map { "$_: $count{$_}" } sort keys %count;
}

# Lets these clients call at once while the lane of writes is held up by one call, because its backend is stopped, so that
# they gather; returns what each got.
sub gathered {
	my ($calls, $to) = @_;
	my $plug = make_slot($node, 1, 0);
	my $backend = $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE application_name = 'boxofficed write 0' ORDER BY backend_start DESC LIMIT 1});
	kill 'STOP', $backend;
	my $first = start_clients(1, sub { return hold($plug, 'plug', [1], gateway => $to // $gateway) });
	sleep 0.2;    # nothing tells from outside that a call is on its way, or waits for its lane
	my $crowd = start_clients(scalar @$calls, sub { return $calls->[ $_[0] - 1 ]->() });
	sleep 0.4;
	kill 'CONT', $backend;
	finish_clients($first);
	return finish_clients($crowd);
}

# What a shape can tell does not get into a group: users of these names make the database itself raise.
sql($node, <<'SQL');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
	AS 'BEGIN RAISE EXCEPTION USING ERRCODE = ''22023'', MESSAGE = ''not this user''; END';
CREATE TRIGGER refuse BEFORE INSERT ON boxoffice.reservation FOR EACH ROW WHEN (NEW.user_id LIKE 'raises%') EXECUTE FUNCTION refuse();
SQL

subtest 'one that raises undoes nobody else' => sub {
	my ($clients, $each, $raising) = (12, 40, 2);
	my $slot_id = make_slot($node, $clients * $each + 1, 10);
	my @results = at_once(
		$clients + $raising,
		sub {
			my ($number) = @_;
			return [ map { hold($slot_id, "raises$number", [ $clients * $each + 1 ]) } 1 .. $each ] if $number > $clients;
			return [ map { hold($slot_id, "user$number", [ ($number - 1) * $each + $_ ]) } 1 .. $each ];
		});
	my @answers = map { @$_ } @results;
	is(statuses(@answers), '201: ' . $clients * $each . ' 400: ' . $raising * $each, 'who raises gets an error, all others their seat');
	is(join("\n", grep { $_ } map { $_->{problem} } @answers), '', 'the errors are as they should be');
	is(in_database($slot_id), as_answered(@answers), 'the database has what was answered, and nothing else');
	my $groups = metric($gateway, 'boxoffice_group_size_count', qr/write/);
	cmp_ok(metric($gateway, 'boxoffice_group_size_sum', qr/write/), '>', $groups, 'there were groups of more than one');
	is(metric($gateway, 'boxoffice_group_size_bucket', qr/write.*le="$group_limit"/), $groups, "and none of more than $group_limit");
	cmp_ok(metric($gateway, 'boxoffice_lane_repeated_total', qr/write/), '>', 0, 'some were run again');
	cmp_ok(metric($gateway, 'boxoffice_groups_undone_total', qr/write/), '>', 0, 'because their group was undone');
};

for my $bad (1, 2, 5)
{
	subtest "$bad of one group raise" => sub {
		my $slot_id = make_slot($node, 10, 10);
		my @good = map { my $seat = $_; sub { return hold($slot_id, "user$seat", [$seat]) } } 1 .. 8 - $bad;
		my @bad = map { my $number = $_; sub { return hold($slot_id, "raises$number", [ 8 + $number % 2 ]) } } 1 .. $bad;
		my $calls = metric($gateway, 'boxoffice_group_size_sum', qr/write/);
		my $groups = metric($gateway, 'boxoffice_group_size_count', qr/write/);
		my @answers = gathered([ @good, @bad ]);
		is(statuses(@answers), '201: ' . @good . " 400: $bad", 'they, and nobody else');
		is(in_database($slot_id), as_answered(@answers), 'the database has what was answered');
		is(metric($gateway, 'boxoffice_group_size_sum', qr/write/) - $calls, 9, 'all were in groups');
		cmp_ok(metric($gateway, 'boxoffice_group_size_count', qr/write/) - $groups, '<=', 3, 'with each other');
	};
}

subtest 'refusals in a group are answers, not errors' => sub {
	my $slot_id = make_slot($node, 2, 10);
	my $repeated = metric($gateway, 'boxoffice_lane_repeated_total');
	my @answers = gathered([ map { my $number = $_; sub { return hold($slot_id, "user$number", [1]) } } 1 .. 8 ]);
	is(statuses(@answers), '201: 1 409: 7', 'one gets the seat');
	is(in_database($slot_id), as_answered(@answers), 'as the database has it');
	is(metric($gateway, 'boxoffice_lane_repeated_total'), $repeated, 'and nothing had to be run again');
};

subtest 'a call that takes too long takes nobody with it' => sub {
	my $slot_id = make_slot($node, 10, 10);
	my $session = $node->background_psql('postgres');
	$session->query_safe('BEGIN; LOCK TABLE boxoffice.idempotency_key IN ACCESS EXCLUSIVE MODE');
	my $since = time;
	my @answers = gathered([ map { my $seat = $_; sub { return hold($slot_id, "user$seat", [$seat], $seat == 4 ? (key => 'k') : ()) } } 1 .. 8 ]);
	my ($slow) = grep { $_->{user} eq 'user4' } @answers;
	is($slow->{status}, 503, 'it is ended in time') or diag($slow->{text});
	is($slow->{problem}, '', 'and may be sent again');
	is(statuses(@answers), '201: 7 503: 1', 'the others are as ever');
	cmp_ok(time - $since, '<', 6, 'in the time of a few statements');
	is(in_database($slot_id), as_answered(@answers), 'the database has what was answered');
	$session->query_safe('COMMIT');
	$session->quit;
	is(hold($slot_id, 'user4', [4], key => 'k')->{status}, 201, 'sent again, it is done');
};

subtest 'one whose commit fails takes nobody with it' => sub {
	my $slot_id = make_slot($node, 10, 10);
	sql($node, <<'SQL');
CREATE FUNCTION fail_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'too late' USING ERRCODE = '40001'; END $$;
CREATE CONSTRAINT TRIGGER sabotage AFTER INSERT ON boxoffice.reservation DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW WHEN (NEW.user_id = 'user4') EXECUTE FUNCTION fail_late();
SQL
	my @answers = gathered([ map { my $seat = $_; sub { return hold($slot_id, "user$seat", [$seat]) } } 1 .. 8 ]);
	my ($failed) = grep { $_->{user} eq 'user4' } @answers;
	is("$failed->{status} " . ($failed->{problem} // ''), '503 ', 'it is told that nothing was done');
	is(statuses(@answers), '201: 7 503: 1', 'the others are as ever');
	is(in_database($slot_id), as_answered(@answers), 'the database has what was answered');
	sql($node, 'DROP TRIGGER sabotage ON boxoffice.reservation');
};

subtest 'fifty times the same request at once' => sub {
	my $other = start_gateway($node, keys => $gateway->{keys});
	for my $to ([$gateway], [ $gateway, $other ])
	{
		my $slot_id = make_slot($node, 60, 10);
		my $user = 'eager' . @$to;
		my @holds = at_once(50, sub { return hold($slot_id, $user, [7], key => 'once', gateway => $to->[ $_[0] % @$to ]) });
		is(statuses(@holds), '201: 50', @$to . ' gateways: all are answered with success');
		is(scalar(grep { $_->{text} ne $holds[0]{text} } @holds), 0, 'with the same answer');
		is(in_database($slot_id), "$holds[0]{id}|$user|7", 'for one hold');
		my @credits = at_once(
			50,
			sub {
				my $answer = call($to->[ $_[0] % @$to ], 'POST', '/v1/balance/credits', jwt => token_for('root', role => 'boxoffice_admin'),
					key => 'credit', body => { user_id => $user, amount => 300 });
				return { status => $answer->{status} + 0, text => $answer->{text} };
			});
		is(statuses(@credits), '200: 50', 'fifty credits');
		is(scalar(grep { $_->{text} ne '{"outcome":"ok","balance":300}' } @credits), 0, 'with one answer');
		is(sql($node, "SELECT balance, (SELECT count(*) FROM boxoffice.ledger_entry e WHERE e.account_id = a.account_id)"
				  . " FROM boxoffice.account a WHERE user_id = '$user'"), '300|1', 'for one entry');
		my @payments = at_once(
			50,
			sub {
				my $answer = call($to->[ $_[0] % @$to ], 'POST', "/v1/reservations/$holds[0]{id}/payment", jwt => token_for($user));
				return { status => $answer->{status} + 0, text => $answer->{text} };
			});
		is(statuses(@payments), '201: 1 409: 49', 'without a key one of fifty payments succeeds');
		is(sql($node, "SELECT balance FROM boxoffice.account WHERE user_id = '$user'"), 290, 'and costs once');
	}
	is(stop_gateway($other), 0, 'the other gateway ends');
};

subtest 'more than can wait' => sub {
	my $slot_id = make_slot($node, 20, 10);
	my $narrow = start_gateway($node, environment => { BOXOFFICE_LANE_CAPACITY => 3 });
	my @answers = gathered([ map { my $seat = $_; sub { return hold($slot_id, "user$seat", [$seat], gateway => $narrow) } } 1 .. 8 ], $narrow);
	is(statuses(@answers), '201: 3 503: 5', 'as many as may wait are served, the others learn it at once');
	is(join('', map { $_->{problem} // '' } @answers), '', 'and may send it again');
	is(in_database($slot_id), as_answered(@answers), 'the database has what was answered');
	is(stop_gateway($narrow), 0, 'the gateway ends in order');
	my $hasty = start_gateway($node, environment => { BOXOFFICE_WAITING_LIMIT_MS => 50 });
	@answers = gathered([ map { my $seat = $_; sub { return hold($slot_id, "user$seat", [ 10 + $seat ], gateway => $hasty) } } 1 .. 5 ], $hasty);
	is(statuses(@answers), '503: 5', 'who has waited too long is not served any more');
	is(sql($node, "SELECT count(*) FROM boxoffice.reservation WHERE slot_id = $slot_id"), 3, 'not even unheard');
	is(hold($slot_id, 'user1', [11], gateway => $hasty)->{status}, 201, 'then it works again');
	is(stop_gateway($hasty), 0, 'the gateway ends in order');
};

# The longest of so many calls, in seconds, each of another user.
sub longest {
	my ($count, $work) = @_;
	my $longest = 0;
	for my $number (1 .. $count)
	{
		my $since = time;
		$work->($number);
		$longest = time - $since if time - $since > $longest;
	}
	return $longest;
}

subtest 'who waits for the own lock waits alone' => sub {
	my $patient = start_gateway($node, environment => { map { ("BOXOFFICE_${_}_MS" => 60_000) } qw(LOCK_TIMEOUT STATEMENT_TIMEOUT WAITING_LIMIT) });
	my @to = (gateway => $patient);
	my $slot_id = make_slot($node, 200, 10);
	my $session = $node->background_psql('postgres');
	$session->query_safe("BEGIN; SELECT outcome FROM boxoffice.credit_balance('stuck', 1)");
	my $stuck = start_clients(6, sub { my ($number) = @_; return hold($slot_id, 'stuck', [$number], @to) });
	wait_for_waiting($node, 'slow %', 2);
	my @answers;
	cmp_ok(longest(50, sub { push @answers, hold($slot_id, "user$_[0]", [ 10 + $_[0] ], @to) }), '<', 0.5, 'others hold without a delay');
	is(statuses(@answers), '201: 50', 'with success');
	cmp_ok(longest(50, sub { call($patient, 'GET', '/v1/reservations', jwt => token_for("user$_[0]")) }), '<', 0.5, 'others read without a delay');
	cmp_ok(longest(20, sub { call($patient, 'GET', '/v1/balance', jwt => token_for('stuck')) }), '<', 0.5, 'also the one who is stuck');
	is(sql($node, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'boxofficed write %' AND wait_event_type = 'Lock'"), 0,
		'the lane of writes never waits');
	$session->query_safe('COMMIT');
	my @late = finish_clients($stuck);
	is(statuses(@late), '201: 6', 'when the lock is free they get what they asked for') or diag(explain(\@late));
	is(in_database($slot_id), as_answered(@answers, @late), 'the database has what was answered');
	$session->quit;
	is(stop_gateway($patient), 0, 'the gateway ends in order');
};

subtest 'several lanes, whose calls share users' => sub {
	my $wide = start_gateway($node, environment => { BOXOFFICE_WRITE_LANES => 3, BOXOFFICE_READ_LANES => 2 });
	my $queue_id = sql($node, "SELECT boxoffice.create_queue('Queue', 3)");
	my $slot_id = make_slot($node, 10, 1, "queue_id => $queue_id");
	sql($node, "SELECT count(outcome) FROM generate_series(1, 4) n, boxoffice.credit_balance('shared' || n, 1000)");
	my $log = -s $node->logfile;
	my @results = at_once(
		12,
		sub {
			my ($number) = @_;
			my (%count, @unexpected);
			my @me = (jwt => token_for('shared' . ($number % 4 + 1)));
			my $noted = sub {
				my $answer = call($wide, @_);
				++$count{ $answer->{status} };
				push @unexpected, "@_[0, 1]: $answer->{text}" if $answer->{status} >= 500 || $answer->{status} == 400;
				return $answer->{json} // {};
			};
			for my $turn (1 .. 15)
			{
				my $token = $noted->('POST', "/v1/queues/$queue_id/tokens", @me)->{token} // next;
				my $id = $noted->('POST', "/v1/slots/$slot_id/holds", @me, queue_token => $token, body => { seat_ids => [ $turn % 10 + 1 ] })->{reservation_id};
				$noted->('GET', '/v1/reservations', @me);
				$noted->('POST', "/v1/reservations/$id/payment", @me) if defined $id && $turn % 2;
				$noted->('POST', "/v1/reservations/$id/cancellation", @me) if defined $id;
				$noted->('DELETE', "/v1/reservations/$id", @me) if defined $id;
				$noted->('DELETE', '/v1/queue-token', queue_token => $token);
			}
			return { count => \%count, unexpected => \@unexpected };
		});
	is(join("\n", map { @{ $_->{unexpected} } } @results), '', 'none of them ends in an error');
	cmp_ok(scalar(grep { $_->{count}{201} } @results), '>', 0, 'some succeed');
	unlike(slurp_file($node->logfile, $log), qr/deadlock/, 'and none in a deadlock');
	is(stop_gateway($wide), 0, 'the gateway ends in order');
};

is(stop_gateway($gateway), 0, 'the gateway ends in order');
verify_is_empty($node);
$node->stop;
done_testing();
