# The gateway killed under load, nginx reloaded under load, and the same request many times at once: meanwhile clients are
# told when to come again, and what they repeat with the same Idempotency-Key is done exactly once.
use strict;
use warnings;

use Boxoffice;
use Front qw(start_front free_port);
use Gateway;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node    = start_database('kill');
my $place   = '127.0.0.1:' . free_port;
my $keys    = write_keys(undef, 'first');
my $gateway = start_again();
my $front   = start_front('kill', $gateway->{port}, '--no-limits');
my $clients = 12;
my $unit    = 1_000_000_000;    # what the balances of two users differ by
my $root    = token_for('root', role => 'boxoffice_admin');

# nginx knows one place only, so a gateway that comes back comes back there.
sub start_again {
	return start_gateway($node, keys => $keys, environment => { BOXOFFICE_LISTEN => $place, BOXOFFICE_SHUTDOWN_TIMEOUT_MS => 3000 });
}

# Why an answer does not tell its client to come again; empty when it does.
sub is_come_again {
	my ($answer) = @_;
	my $problem = $answer->{json} // {};
	return "status $answer->{status}: $answer->{text}" if $answer->{status} !~ /\A50[234]\z/;
	return "content type $answer->{headers}{'content-type'}" if $answer->{headers}{'content-type'} ne 'application/problem+json';
	return "Retry-After is missing" if ($answer->{headers}{'retry-after'} // '') !~ /\A[1-9][0-9]*\z/;
	return "body: $answer->{text}" if ($problem->{status} // 0) != $answer->{status} || !$problem->{retry_after};
	return '';
}

# A client that asks until it is answered. Counts the answers by status, and collects what was wrong. 599 is HTTP::Tiny's
# own word for a connection that broke: it is wrong, too, except where the front may close a connection that it keeps
# open just when the client uses it again.
sub make_asker {
	my ($result, $connection) = @_;
	return sub {
		my ($method, $path, %with) = @_;
		my $patience = time + 45;
		for (;;)
		{
			my $answer = call($front, $method, $path, headers => { Connection => $connection }, %with);
			my $status = $answer->{status};
			my $reused = $status == 599 && $connection eq 'keep-alive' && $answer->{text} =~ /Unexpected end|Socket closed|Could not write|reset by peer/;
			$status = 'closed before use' if $reused;
			$result->{statuses}{$status}++;
			return $answer if $answer->{status} < 500;
			my $wrong = $reused ? '' : is_come_again($answer);
			push @{ $result->{wrong} }, "$method $path: $wrong" if $wrong ne '' && @{ $result->{wrong} } < 5;
			die "$method $path was not answered: $answer->{text}" if time > $patience;
			sleep 0.05 + rand 0.1;
		}
	};
}

# Buys seat after seat of a slot, and is credited and asks for the balance between. Returns what was acknowledged.
sub buy {
	my ($number, $stop, $round, $slot_id, $connection) = @_;
	my $user = "user$number";
	my %me   = (jwt => token_for($user));
	my %result = (holds => [], payments => [], credits => [], statuses => {}, wrong => []);
	my $ask  = make_asker(\%result, $connection);
	my $note = sub {
		my ($right, $what, $answer) = @_;
		push @{ $result{wrong} }, "$what: $answer->{status} $answer->{text}" if !$right && @{ $result{wrong} } < 5;
		return $right;
	};
	for (my $seat = 1; !$stop->(); ++$seat)
	{
		my $key  = "$round-$seat";
		my $hold = $ask->('POST', "/v1/slots/$slot_id/holds", %me, key => "hold-$key", body => { seat_ids => [$seat] });
		$note->($hold->{status} == 201 && "@{ $hold->{json}{seat_ids} }" eq $seat, "hold of seat $seat", $hold) or next;
		my $id = $hold->{json}{reservation_id};
		push @{ $result{holds} }, [ $seat, $id ];
		my $credit = $ask->('POST', '/v1/balance/credits', jwt => $root, key => "credit-$key-$number", body => { user_id => $user, amount => $seat });
		$note->($credit->{status} == 200 && int($credit->{json}{balance} / $unit) == $number, "credit of $user", $credit) or next;
		push @{ $result{credits} }, $seat;
		my $pay = $ask->('POST', "/v1/reservations/$id/payment", %me, key => "pay-$key");
		$note->($pay->{status} == 201 && $pay->{json}{amount} == 100 && int($pay->{json}{balance} / $unit) == $number, "payment of $id", $pay) or next;
		push @{ $result{payments} }, [ $id, $pay->{json}{payment_id} ];
		my $balance = $ask->('GET', '/v1/balance', %me);
		$note->($balance->{status} == 200 && $balance->{json}{balance} == $pay->{json}{balance}, "balance of $user", $balance);
	}
	return \%result;
}

# Lets the clients buy while something is done; returns what all of them say together. Half of them open a connection for
# each request.
sub while_they_buy {
	my ($round, $work) = @_;
	my @slots = map { make_slot($node, 5000, 100, "hold_for => '1 day'") } 1 .. $clients;
	my $crowd = start_clients($clients, sub {
		my ($number, $stop) = @_;
		return buy($number, $stop, $round, $slots[ $number - 1 ], $number % 2 ? 'close' : 'keep-alive');
	});
	$work->();
	my @results = finish_clients($crowd);
	my %all = (statuses => {}, wrong => []);
	for my $result (@results)
	{
		$all{statuses}{$_} += $result->{statuses}{$_} for keys %{ $result->{statuses} };
		push @{ $all{wrong} }, @{ $result->{wrong} };
	}
	is(join("\n", @{ $all{wrong} }), '', 'each answer is that of its question, or says when to come again');
	diag("$round: answers by status: " . JSON::PP->new->canonical->encode($all{statuses}));
	is_recorded($round, $slots[ $_ - 1 ], $_, $results[ $_ - 1 ]) for 1 .. $clients;
	is_once();
	return \%all;
}

# What one client was told is what the database has: neither less nor more.
sub is_recorded {
	my ($round, $slot_id, $number, $result) = @_;
	my $rows = sub { join ' ', map { join '-', @$_ } @_ };
	is(sql($node, "SELECT coalesce(string_agg(seat_ids[1] || '-' || reservation_id, ' ' ORDER BY seat_ids), '')
		FROM boxoffice.reservation WHERE slot_id = $slot_id AND user_id = 'user$number'"),
		$rows->(sort { $a->[0] <=> $b->[0] } @{ $result->{holds} }), "client $number: each hold is there once");
	is(sql($node, "SELECT coalesce(string_agg(reservation_id || '-' || payment_id, ' ' ORDER BY seat_ids), '')
		FROM boxoffice.reservation JOIN boxoffice.payment USING (reservation_id) WHERE slot_id = $slot_id AND status = 'paid'"),
		$rows->(@{ $result->{payments} }), "client $number: each payment is there once");
	is(sql($node, "SELECT count(*) FROM boxoffice.idempotency_key WHERE idempotency_key ~ '^credit-$round-.*-$number\$'"),
		scalar(@{ $result->{credits} }), "client $number: as many credits as were acknowledged");
	return;
}

# Each balance is what it began with, the credits of all rounds so far, and less what was paid.
sub is_once {
	is(sql($node, <<'SQL'), '', 'each credit was done once');
SELECT user_id, balance, expected FROM boxoffice.account JOIN (
	SELECT 'user' || n AS user_id, n * 1000000000::bigint + 500000000
		+ (SELECT coalesce(sum((string_to_array(idempotency_key, '-'))[3]::bigint), 0) FROM boxoffice.idempotency_key
			WHERE idempotency_key ~ ('^credit-.*-' || n || '$'))
		- (SELECT coalesce(sum(amount), 0) FROM boxoffice.reservation WHERE user_id = 'user' || n AND status = 'paid') AS expected
	FROM generate_series(1, 12) n) e USING (user_id) WHERE balance <> expected
SQL
	verify_is_empty($node);
	return;
}

sql($node, "SELECT count(outcome) FROM generate_series(1, $clients) n, boxoffice.credit_balance('user' || n, n * ${unit}::bigint + $unit / 2)");

subtest 'the gateway is killed, three times' => sub {
	my $all = while_they_buy('kill', sub {
		for (1 .. 3)
		{
			sleep 1.5;
			stop_gateway($gateway, 'KILL');
			sleep 0.5 + rand 0.5;
			$gateway = start_again();
		}
		sleep 1;
	});
	my ($unknown, $nothing_done) = map { $_ // 0 } @{ $all->{statuses} }{ 502, 503 };
	cmp_ok($nothing_done, '>', 10, 'clients were told to come again');
	cmp_ok($unknown, '<=', 4 * $clients, 'and only of what was under way that it is not known whether it was done');
};

subtest 'the gateway is ended in order and started again, twice' => sub {
	while_they_buy('end', sub {
		for (1 .. 2)
		{
			sleep 1;
			is(stop_gateway($gateway), 0, 'it ends in order');
			$gateway = start_again();
		}
		sleep 1;
	});
};

subtest 'the database is killed' => sub {
	while_they_buy('database', sub {
		sleep 1;
		$node->stop('immediate');
		sleep 0.5;
		$node->start;
		wait_until_ready($node);
		within(10, sub { is_ready($gateway) }) or die 'the gateway does not come back';
		sleep 1.5;
	});
};

sub workers { return slurp_file("/proc/$front->{pid}/task/$front->{pid}/children") }

subtest 'nginx is reloaded, six times' => sub {
	my $workers = workers();
	my $all = while_they_buy('reload', sub {
		for (1 .. 6)
		{
			sleep 0.6;
			kill 'HUP', $front->{pid};
		}
		sleep 1;
	});
	isnt(workers(), $workers, 'it was reloaded');
	my $closed = delete $all->{statuses}{'closed before use'} // 0;
	is(join(' ', sort keys %{ $all->{statuses} }), '200 201', 'no request got lost');
	diag("connections that were kept open and closed just when they were used again: $closed") if $closed;
};

# The same request by 50 clients at once; all must get the same.
sub fifty {
	my ($name, $status, $path, %with) = @_;
	my @answers = at_once(50, sub { return call($front, 'POST', $path, %with) });
	my %different = map { $_ => 1 } map { "$_->{status} $_->{text} " . ($_->{headers}{location} // '') } @answers;
	is(scalar(keys %different), 1, "$name: 50 equal answers") or diag(join "\n", sort keys %different);
	is($answers[0]{status}, $status, "$name: it was done");
	return $answers[0]{json};
}

subtest 'fifty at once with one key' => sub {
	my $slot_id = make_slot($node, 100, 100, "hold_for => '1 day'");
	my %me = (jwt => token_for('user1'));
	my $before = call($front, 'GET', '/v1/balance', %me)->{json}{balance};
	my $credit = fifty('credit', 200, '/v1/balance/credits', jwt => $root, key => 'fifty', body => { user_id => 'user1', amount => 777 });
	is($credit->{balance}, $before + 777, 'credited once');
	my $hold = fifty('hold', 201, "/v1/slots/$slot_id/holds", %me, key => 'fifty hold', body => { seat_ids => [ 7, 8 ] });
	is(sql($node, "SELECT string_agg(reservation_id::text, ' ') FROM boxoffice.reservation WHERE slot_id = $slot_id"),
		$hold->{reservation_id}, 'held once');
	my $pay = fifty('payment', 201, "/v1/reservations/$hold->{reservation_id}/payment", %me, key => 'fifty payment');
	is(sql($node, "SELECT string_agg(payment_id::text, ' ') FROM boxoffice.payment WHERE reservation_id = $hold->{reservation_id}"),
		$pay->{payment_id}, 'paid once');
	is(call($front, 'GET', '/v1/balance', %me)->{json}{balance}, $before + 777 - 200, 'and the money is right');
	my @holds = at_once(50, sub { return call($front, 'POST', "/v1/slots/$slot_id/holds", %me, body => { seat_ids => [9] }) });
	my %ids = map { ($_->{json}{reservation_id} // $_->{text}) => 1 } @holds;
	is(scalar(grep { $_->{status} == 201 } @holds), 50, 'without a key, too, all hear of a hold');
	is(join(' ', keys %ids), sql($node, "SELECT string_agg(reservation_id::text, ' ') FROM boxoffice.reservation WHERE slot_id = $slot_id AND seat_ids = '{9}'"),
		'which is one and the same');
	verify_is_empty($node);
};

is(stop_gateway($gateway), 0, 'the gateway ends in order');

done_testing;
