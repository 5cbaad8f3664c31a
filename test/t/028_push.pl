# Push from end to end: what is sold over HTTP is heard by who listens, in the form that is promised and at once; and in
# the end everybody has heard everything, whatever was killed or away in between. Sales do not notice.
use strict;
use warnings;

use Boxoffice;
use Front qw(start_front run_front stop_server);
use Gateway;
use JSON::PP;
use List::Util qw(max sum uniq);
use PostgreSQL::Test::Utils;
use Push;
use Test::More;
use Time::HiRes qw(sleep time);

my $node    = start_database('push', conf => 'restart_after_crash = on');
my $gateway = start_gateway($node);
make_relay_role($node);
# two processes: what the relay tells one must be heard by who listens to the other
my $front = start_front('front', $gateway->{port}, '--no-limits', '--workers', 2);

sub begin_relay { return start_relay($node, $front->{publisher}, @_) }

# One request of a user; dies of another status than this. Returns the answer.
sub ask_for {
	my ($where, $user, $status, $method, $path, $body) = @_;
	my $answer = call($where, $method, $path, jwt => token_for($user), defined $body ? (body => $body) : ());
	die "$method $path: $answer->{status} $answer->{text}" if $answer->{status} != $status;
	return $answer->{json};
}

# Returns the reservation's path.
sub hold {
	my ($where, $user, $slot_id, @seats) = @_;
	return '/v1/reservations/' . ask_for($where, $user, 201, 'POST', "/v1/slots/$slot_id/holds", { seat_ids => \@seats })->{reservation_id};
}

sub median {
	my @sorted = sort { $a <=> $b } @_;
	return $sorted[ $#sorted / 2 ];
}

# That a relay has ended as it should.
sub ends_well {
	my ($relay, $name, $signal) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($status, $seconds) = end_relay($relay, $signal);
	is($status, 0, "$name: the relay ends with status 0");
	return cmp_ok($seconds, '<', 2, 'within two seconds');
}

# Everything that was heard adds up to what is; returns how often each seat was told of.
sub hears_what_is {
	my ($listener, $slot_id, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($seats, $told, @wrong);
	hear(
		$listener, 15,
		sub {
			($seats, $told) = (seats_of($node, $slot_id), told_of($listener));
			@wrong = grep { ($told->{$_} // ['free'])->[-1] ne $seats->{$_} } sort { $a <=> $b } keys %$seats;
			return !@wrong;
		});
	is(join(' ', map { "$_ is $seats->{$_}" } @wrong), '', "$name: what was heard last of each seat is what it is");
	return $told;
}

# ---------------------------------------------------------------------------------------------------------------------
# What is heard
# ---------------------------------------------------------------------------------------------------------------------

subtest 'every change of a seat' => sub {
	my $relay   = begin_relay;
	my $slot_id = make_slot($node, 20, 500);
	sql($node, "SELECT outcome FROM boxoffice.credit_balance('anna', 100000)");
	my %listeners = map { $_ => listen_to($front, "slots/$slot_id", as => $_) } qw(events websocket poll);
	my $stream    = $listeners{events};
	my $says      = sub { return qq({"slot_id":$slot_id,"seats":[) . join(',', map { qq({"seat_id":$_->[0],"status":"$_->[1]"}) } @_) . ']}' };

	my $held = hold($front, 'anna', $slot_id, 12, 3);
	is(next_message($stream), $says->([ 3, 'held' ], [ 12, 'held' ]), 'held');
	is(call($front, 'POST', "/v1/slots/$slot_id/holds", jwt => token_for('bert'), body => { seat_ids => [ 12, 13 ] })->{status}, 409, 'a refusal');
	ask_for($front, 'anna', 200, 'DELETE', $held);
	is(next_message($stream), $says->([ 3, 'free' ], [ 12, 'free' ]), 'is not heard of; released');
	$held = hold($front, 'anna', $slot_id, 20);
	is(next_message($stream), $says->([ 20, 'held' ]), 'held');
	ask_for($front, 'anna', 201, 'POST', "$held/payment");
	is(next_message($stream), $says->([ 20, 'sold' ]), 'paid');
	ask_for($front, 'anna', 200, 'POST', "$held/cancellation");
	is(next_message($stream), $says->([ 20, 'free' ]), 'cancelled');

	my @texts = map { $_->{text} } @{ $stream->{heard} };
	hear($listeners{websocket}, 10, sub { @{ $listeners{websocket}{heard} } == 5 });
	is(join("\n", map { $_->{text} } @{ $listeners{websocket}{heard} }), join("\n", @texts), 'the same by websocket');
	is(next_message($listeners{poll}), $texts[0], 'a poll ends with the first');
	my $poll = listen_to($front, "slots/$slot_id", as => 'poll');
	hold($front, 'anna', $slot_id, 19);
	is(next_message($poll), $says->([ 19, 'held' ]), 'the next one with what comes after that');
	is(next_message($stream), $says->([ 19, 'held' ]), 'which the stream has, too');
	like($listeners{websocket}{head}, qr{\AHTTP/1.1 101 }, 'which is a WebSocket');

	my $brief = make_slot($node, 3, 0, "hold_for => '1 s'");
	$stream = listen_to($front, "slots/$brief");
	hold($front, 'anna', $brief, 2);
	is(next_message($stream), qq({"slot_id":$brief,"seats":[{"seat_id":2,"status":"held"}]}), 'held for a second');
	sleep 1.1;
	sql($node, 'SELECT boxoffice.tick()');
	is(next_message($stream), qq({"slot_id":$brief,"seats":[{"seat_id":2,"status":"free"}]}), 'lapsed');
	is(scalar(@{ $stream->{heard} }), 2, 'nothing else, and nothing of another slot');
	ends_well($relay, 'SIGINT', 'INT');
};

subtest 'at once' => sub {
	my $relay   = begin_relay;
	my $slot_id = make_slot($node, 20, 0);
	my $stream  = listen_to($front, "slots/$slot_id");
	my @delays;
	for my $seat (1 .. 20)
	{
		sleep rand 0.15;
		hold($front, 'anna', $slot_id, $seat);
		my $answered = time;
		next_message($stream) =~ /"seat_id":$seat,"status":"held"/ or die "seat $seat was not told of";
		push @delays, max(0, $stream->{heard}[-1]{at} - $answered);
	}
	note(sprintf 'from the answer to the message: median %.0f ms, at most %.0f ms', 1000 * median(@delays), 1000 * max(@delays));
	cmp_ok(median(@delays), '<', 0.2, 'half of the holds are heard of within 200 ms of their answer');
	is(join(' ', grep { $_ >= 0.5 } @delays), '', 'each within 500 ms');
	ends_well($relay, 'idle');
};

subtest 'how far a queue is' => sub {
	my @relays   = (begin_relay, begin_relay);
	my $queue_id = sql($node, "SELECT boxoffice.create_queue('Queue', 2)");
	my $stream   = listen_to($front, "queues/$queue_id");
	my $says     = sub { return qq({"queue_id":$queue_id,"mode":"$_[0]","waiting":$_[1],"active":$_[2]}) };
	my $heard    = sub {
		my ($expected, $name) = @_;
		hear($stream, 10, sub { @{ $stream->{heard} } && $stream->{heard}[-1]{text} eq $expected });
		return is($stream->{heard}[-1]{text}, $expected, $name);
	};
	$heard->($says->('open', 0, 0), 'an empty one');
	my ($began, $before) = (time, scalar @{ $stream->{heard} });
	for my $user (1 .. 60)
	{
		ask_for($front, "queuer$user", 201, 'POST', "/v1/queues/$queue_id/tokens");
		hear($stream, 0.04, sub { 0 });
	}
	my $seconds = time - $began;
	my $while   = @{ $stream->{heard} } - $before;
	note(sprintf '%d messages while 60 joined within %.1f s', $while, $seconds);
	cmp_ok($while, '<=', $seconds / 0.5 + 1, 'while many join, at most one in half a second');
	cmp_ok($while, '>=', 2, 'but more than one');
	$heard->($says->('open', 58, 2), 'then where it ends');
	call($front, 'PATCH', "/v1/queues/$queue_id", jwt => token_for('root', role => 'boxoffice_admin'), body => { mode => 'paused' });
	$heard->($says->('paused', 58, 2), 'paused');
	my $count = @{ $stream->{heard} };
	hear($stream, 1.5, sub { 0 });
	is(scalar(@{ $stream->{heard} }), $count, 'nothing where nothing changes');
	my @texts = map { $_->{text} } @{ $stream->{heard} };
	is(join(' ', grep { $texts[$_] eq $texts[ $_ - 1 ] } 1 .. $#texts), '', 'two relays do not tell anything twice');
	ends_well($_, 'one of two') for @relays;
};

subtest 'a big change, in messages that are not too big' => sub {
	my $slot_id = make_slot($node, 2500, 0);
	my $stream  = listen_to($front, "slots/$slot_id");
	hold($front, "big$_", $slot_id, 500 * $_ + 1 .. 500 * $_ + 500) for 0 .. 4;
	my $relay = begin_relay;
	my $told  = hears_what_is($stream, $slot_id, 'all at once');
	is(join(' ', map { scalar(() = $_->{text} =~ /seat_id/g) } @{ $stream->{heard} }), '1000 1000 500', 'in messages of at most 1000 seats');
	is(scalar(grep { @$_ == 1 } values %$told), 2500, 'each seat once');
	ends_well($relay, 'after it');
};

# ---------------------------------------------------------------------------------------------------------------------
# Who is killed, or away
# ---------------------------------------------------------------------------------------------------------------------

# Holds, pays, cancels and lets go of seats of one slot, and holds some of another that nobody lets go of.
sub trade {
	my ($slot_id, $kept, $number, $stopped) = @_;
	my ($user, $count, %done) = ("trader$number", 0);
	my %token = (jwt => token_for($user));
	until ($stopped->())
	{
		my $seat   = 1 + int rand 60;
		my $answer = call($front, 'POST', "/v1/slots/$slot_id/holds", %token, body => { seat_ids => [ $seat, $seat % 60 + 1 ] });
		++$done{ $answer->{status} };
		if ($answer->{status} == 201)
		{
			my $path = "/v1/reservations/$answer->{json}{reservation_id}";
			my $next = int rand 3;
			++$done{ call($front, 'DELETE', $path, %token)->{status} } if $next == 0;
			++$done{ call($front, 'POST', "$path/payment", %token)->{status} } if $next == 1;
			++$done{ call($front, 'POST', "$path/cancellation", %token)->{status} } if $next == 1 && rand() < 0.7;
		}
		++$done{ call($front, 'POST', "/v1/slots/$kept/holds", %token, body => { seat_ids => [ 1000 * ($number - 1) + ++$count ] })->{status} } if $count < 1000;
		sleep 0.005;
	}
	return { done => \%done, count => $count };
}

subtest 'two relays, killed again and again' => sub {
	my @relays  = (begin_relay, begin_relay);
	my $slot_id = make_slot($node, 60, 10);
	my $kept    = make_slot($node, 6000, 0);
	sql($node, q{SELECT count(boxoffice.credit_balance('trader' || n, 100000000)) FROM generate_series(1, 6) n});
	my ($traded, $held) = map { listen_to($front, "slots/$_") } $slot_id, $kept;
	my $crowd = start_clients(6, sub { return trade($slot_id, $kept, @_) });
	for my $round (1 .. 10)
	{
		hear($traded, 0.1 + rand 0.2, sub { 0 });
		hear($held, 0.05, sub { 0 });
		# every third time both, and for a moment there is none
		for my $which ($round % 3 == 0 ? (0, 1) : $round % 2)
		{
			end_relay($relays[$which], 'KILL');
			$relays[$which] = undef;
		}
		hear($traded, rand 0.3, sub { 0 });
		$relays[$_] //= begin_relay for 0, 1;
	}
	my @results = finish_clients($crowd);
	note(encode_json([ map { $_->{done} } @results ]));
	is(join(' ', uniq grep { !/^(20[01]|409)$/ } map { keys %{ $_->{done} } } @results), '', 'sales go on');
	my $told    = hears_what_is($traded, $slot_id, 'seats that change hands');
	my @changed = split /\n/, sql($node, "SELECT DISTINCT unnest(seat_ids) FROM boxoffice.outbox WHERE slot_id = $slot_id");
	# what was held and let go of in the end may be told of last
	hear($traded, 10, sub { $told = told_of($traded); return !grep { !$told->{$_} } @changed });
	is(join(' ', grep { !$told->{$_} } @changed), '', 'each of ' . @changed . ' that changed was told of');
	$told = hears_what_is($held, $kept, 'seats that are held for good');
	my $held_for_good = sum map { $_->{count} } @results;
	is(join(' ', scalar(keys %$told), uniq map { @$_ } values %$told), "$held_for_good held", 'each of them was told of, as held');
	cmp_ok($held_for_good, '>', 100, 'and they are many');
	is(join("\n", grep { !/^info the relay (works|ends)$/ } map { relay_messages($_) } @relays), '', 'nothing is wrong');
	ends_well($_, 'under load') for @relays;
};

subtest 'killed before it knows that it was heard' => sub {
	my $stub    = start_stub;
	my $slot_id = make_slot($node, 5, 0);
	my $stream  = listen_to($front, "slots/$slot_id");
	my $relay   = start_relay($node, $stub->{socket}, not_ready => 1);
	hold($front, 'anna', $slot_id, 4);
	my $message = qq({"slot_id":$slot_id,"seats":[{"seat_id":4,"status":"held"}]});
	ok(within(10, sub { grep { $_ eq $message } stub_has($stub) }), 'it was about to tell');
	end_relay($relay, 'KILL');
	$relay = begin_relay;
	is(next_message($stream), $message, 'the next one tells it');
	end_relay($relay);
	end_stub($stub);
};

subtest 'nobody to tell' => sub {
	my $relay   = begin_relay;
	my $slot_id = make_slot($node, 500, 0);
	my $stream  = listen_to($front, "slots/$slot_id");
	my $holds   = sub {
		return map { my $began = time; hold($gateway, 'anna', $slot_id, $_); time - $began } @_;
	};
	my @before = $holds->(1 .. 40);
	hears_what_is($stream, $slot_id, 'before');
	stop_server($front->{pid}, 'QUIT');
	my @during = $holds->(41 .. 80);
	ok(within(10, sub { grep { /^warning the publisher cannot be reached/ } relay_messages($relay) }), 'the relay says so');
	push @during, $holds->(81 .. 120);
	note(sprintf 'a hold takes %.1f ms, without the front %.1f ms', map { 1000 * median(@$_) } \@before, \@during);
	cmp_ok(median(@during), '<', 2 * median(@before) + 0.02, 'sales go on as before');
	sleep 1;
	run_front($front);
	my $again = listen_to($front, "slots/$slot_id");
	my $seats = ask_for($front, 'anna', 200, 'GET', "/v1/slots/$slot_id/seats")->{items};
	my @parts = map { sprintf '{"seat_id":%d,"status":"%s"}', $_->{seat_id}, $_->{status} } @$seats;
	unshift @{ $again->{heard} }, { text => qq({"slot_id":$slot_id,"seats":[@{[ join ',', @parts ]}]}) };
	my $told = hears_what_is($again, $slot_id, 'who comes back, listens and then asks');
	is(scalar(keys %$told), 500, 'for all seats');
	hold($front, 'anna', $slot_id, 200);
	hears_what_is($again, $slot_id, 'afterwards');
	within(10, sub { (relay_messages($relay))[-1] eq 'info the relay works' });
	is(join("\n", relay_messages($relay)),
		"info the relay works\nwarning the publisher cannot be reached: Couldn't connect to server\ninfo the relay works", 'the log says it once');
	ends_well($relay, 'afterwards');
};

subtest 'a publisher that refuses' => sub {
	my $stub    = start_stub(500);
	my $slot_id = make_slot($node, 50, 0);
	my $relay   = start_relay($node, $stub->{socket}, not_ready => 1);
	hold($gateway, 'anna', $slot_id, 7);
	ok(within(10, sub { 3 < grep { /"slot_id":$slot_id,/ } stub_has($stub) }), 'it tries again');
	is(join("\n", relay_messages($relay)), 'warning the publisher answered with status 500', 'and says so once');
	ends_well($relay, 'while it is refused');
	end_stub($stub);
};

subtest 'the database goes away, and comes back' => sub {
	my $relay   = begin_relay;
	my $slot_id = make_slot($node, 500, 0);
	my $stream  = listen_to($front, "slots/$slot_id");
	my $seat    = 0;
	for my $how ('fast', 'immediate', 'crash')
	{
		my $hold = sub {
			within(20, sub { call($gateway, 'POST', "/v1/slots/$slot_id/holds", jwt => token_for('anna'), body => { seat_ids => [ $seat + 1 ] })->{status} == 201 })
			  or die 'no hold';
			++$seat;
		};
		$hold->() for 1 .. 10;
		my $log = -s $node->logfile;
		if ($how eq 'crash')
		{
			kill 'KILL', sql($node, "SELECT pid FROM pg_stat_activity WHERE application_name = 'boxofficed write 0'");
			$node->wait_for_log(qr/all server processes terminated; reinitializing/, $log);
			wait_until_ready($node);
		}
		else
		{
			$node->stop($how);
			sleep 0.5;
			$node->start;
		}
		within(20, sub { is_ready($gateway) }) or die 'the gateway does not come back';
		$hold->() for 1 .. 10;
		hears_what_is($stream, $slot_id, $how);
	}
	my @messages = relay_messages($relay);
	is(scalar(grep { /^info the relay works$/ } @messages), 4, 'the relay works again each time');
	is(join("\n", grep { !/^(info the relay works|warning the (relay has no database|database says): .+)$/ } @messages), '', 'the log has nothing but that');
	is(join("\n", map { $messages[$_] } grep { $messages[$_] eq $messages[ $_ - 1 ] } 1 .. $#messages), '', 'and says it once');
	cmp_ok(scalar(@messages), '<', 20, 'all in all');
	ends_well($relay, 'afterwards');
};

subtest 'a database that does not let it in, and one that is not there' => sub {
	sql($node, 'ALTER ROLE relay NOLOGIN');
	my $relay = begin_relay(not_ready => 1);
	sleep 1.5;
	is(scalar(relay_messages($relay)), 1, 'it says so once');
	like((relay_messages($relay))[0], qr/^warning the relay has no database: .*not permitted to log in/, 'why');
	sql($node, 'ALTER ROLE relay LOGIN; CREATE DATABASE empty');
	ok(within(10, sub { (relay_messages($relay))[-1] eq 'info the relay works' }), 'it waits for that');
	ends_well($relay, 'then');
	$relay = begin_relay(not_ready => 1, environment => { PGDATABASE => 'empty' });
	sleep 1.5;
	is(join("\n", relay_messages($relay)) =~ s/does not exist.*//r, 'warning the relay has no database: ERROR:  schema "boxoffice" ', 'without boxoffice: it says so once');
	ends_well($relay, 'while it has no database');
};

# ---------------------------------------------------------------------------------------------------------------------
# Its end
# ---------------------------------------------------------------------------------------------------------------------

subtest 'its end, with much to tell' => sub {
	my @slots = split /\n/, sql($node, "SELECT boxoffice.create_slot(1, '2100-01-01') FROM generate_series(1, 30)");
	sql($node, "SELECT boxoffice.add_numbered_seats(slot_id, 2, 0) FROM unnest(ARRAY[@{[ join ',', @slots ]}]) slot_id");
	hold($gateway, 'anna', $_, 1) for @slots;
	my $stub  = start_stub(201, 0.2);
	my $relay = start_relay($node, $stub->{socket}, not_ready => 1);
	ok(within(10, sub { stub_has($stub) > 2 }), 'it is telling');
	ends_well($relay, 'in mid-sentence');
	cmp_ok(scalar(stub_has($stub)), '<', 30, 'before it has told everything');
	end_stub($stub);

	$stub  = start_stub;
	$relay = start_relay($node, $stub->{socket}, not_ready => 1);
	ok(within(10, sub { stub_has($stub) > 0 }), 'it tells one who does not answer');
	ends_well($relay, 'who does not wait for that');
	end_stub($stub);

	my $stream = listen_to($front, "slots/$slots[-1]");
	$relay = begin_relay;
	is(next_message($stream), qq({"slot_id":$slots[-1],"seats":[{"seat_id":1,"status":"held"}]}), 'the next one tells it');
	is((relay_messages($relay))[-1], 'info the relay works', 'without complaints');
	$node->stop;
	ends_well($relay, 'without a database');
	is((relay_messages($relay))[-1], 'info the relay ends', 'as its log says');
	$node->start;
};

verify_is_empty($node);
is(stop_gateway($gateway), 0, 'the gateway ends');
stop_server($front->{pid}, 'QUIT');
unlike(slurp_file("$front->{folder}/error.log"), qr/signal [0-9]+|\[(?:alert|emerg|crit|error)\]/, 'the front has nothing to complain about');
$node->stop;
done_testing();
