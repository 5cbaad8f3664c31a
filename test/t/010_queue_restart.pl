# However the server or one of its processes ends, a queue goes on as it was: the same places in the same order, the next
# number after all others, and nothing of those who were just joining.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Queues;
use Test::More;

# Nothing lapses by itself in the time of this test.
my $patient = "claim_for => '1 day', active_for => '1 day', idle_for => '1 day'";

# Runs SQL about the token of a user, as :'token'.
sub with_token {
	my ($node, $queue_id, $user, $sql) = @_;
	return $node->safe_psql('postgres', "SELECT token FROM boxoffice.queue_token WHERE queue_id = $queue_id"
		  . " AND user_id = '$user' ORDER BY number DESC LIMIT 1 \\gset\n$sql");
}

sub leave {
	my ($node, $queue_id, $user) = @_;
	return with_token($node, $queue_id, $user, "SELECT outcome FROM boxoffice.leave_queue(:'token')");
}

# Who waits in a queue, in the order of admission.
sub waiting {
	my ($node, $queue_id) = @_;
	return split /\n/, $node->safe_psql('postgres', "SELECT user_id FROM boxoffice.queue_token"
		  . " WHERE queue_id = $queue_id AND status = 'waiting' ORDER BY priority DESC, number");
}

# Two queues with places of every kind: all priorities, active and claimed or not, left while waiting and while active,
# expired by silence, by claim_for and by active_for, completed; the greatest number is that of one who left. A third with a draw.
sub fill {
	my ($node) = @_;
	my $brief  = "active_for => '5 min', claim_for => '1 min', idle_for => '1 min'";
	my @queues = map { make_queue($node, "max_active => 1, max_waiting => 100, $brief") } 1 .. 2;
	my $slot_id = make_slot($node, 5, 100, "queue_id => $queues[0]");
	$node->safe_psql('postgres', "SELECT boxoffice.credit_balance('buyer', 1000)");
	# places that ended long ago
	$node->safe_psql('postgres', <<"SQL") for @queues;
SET boxoffice.clock_offset = '-1 day';
SELECT boxoffice.join_queue($_, 'stayed too long'), boxoffice.join_queue($_, 'silent');
SET boxoffice.clock_offset = '-23 hours -55 min -30 s';
SELECT boxoffice.join_queue($_, 'did not come', 3);
SET boxoffice.clock_offset = '-23 hours -55 min';
SELECT boxoffice.admit_waiting($_);
SET boxoffice.clock_offset = '-23 hours';
-- a tick that meets the worker's round leaves the queue to it, which has another clock
DO \$\$ BEGIN
	FOR n IN 1 .. 200 LOOP
		PERFORM boxoffice.tick();
		EXIT WHEN NOT EXISTS (SELECT FROM boxoffice.queue_token WHERE queue_id = $_ AND user_id = 'silent' AND status = 'waiting');
		PERFORM pg_sleep(0.05);
	END LOOP;
END \$\$;
RESET boxoffice.clock_offset;
SELECT boxoffice.update_queue($_, $patient, max_active => 4);
SQL
	for my $queue_id (@queues) {
		join_all($node, $queue_id, [ 'buyer', 'gone', 'first', 'second' ]);
		join_all($node, $queue_id, [ map { "user$_" } 1 .. 15 ]);
		join_all($node, $queue_id, [ map { "vip$_" } 1 .. 5 ],   3);
		join_all($node, $queue_id, [ map { "member$_" } 1 .. 5 ], 1);
		join_all($node, $queue_id, [ map { "friend$_" } 1 .. 5 ], 2);
		join_all($node, $queue_id, ['last']);
		leave($node, $queue_id, $_) for qw(user7 member1 gone last);
	}
	with_token($node, $queues[0], 'buyer', "SELECT outcome FROM boxoffice.hold_seats($slot_id, 'buyer', ARRAY[1], :'token');"
		  . " SELECT outcome FROM boxoffice.pay_reservation(1, 'buyer')");
	my $drawn = make_queue($node,
		"max_active => 1, join_before => clock_timestamp() + interval '1 hour', shuffle_seed => 's', $patient");
	join_all($node, $drawn, [ map { "user$_" } 1 .. 10 ]);
	$node->safe_psql('postgres', "SELECT boxoffice.tick(); SET boxoffice.clock_offset = '1 hour'; SELECT boxoffice.tick()");
	join_all($node, $drawn, [ 'late1', 'late2' ]);
	$node->poll_query_until('postgres', "SELECT count(*) = 9 FROM boxoffice.queue_token WHERE status = 'active'")
	  or die 'what became free is not given away';
	my @counts = map { count_places($node, $_) } @queues, $drawn;
	is_deeply(
		\@counts,
		[
			{ active => 4, waiting => 26, left => 4, expired => 3, completed => 1 },
			{ active => 4, waiting => 27, left => 4, expired => 3 },
			{ active => 1, waiting => 11 }
		],
		'there are places of every kind');
	return;
}

sub crash_restart {
	my ($node, $pid) = @_;
	my $log = -s $node->logfile;
	kill 9, $pid;
	$node->wait_for_log(qr/all server processes terminated; reinitializing/, $log);
	wait_until_ready($node);
	return;
}

# Ways to end it, in order; each gets the session of one who is just joining.
my @ends = (
	[ 'a clean restart'      => sub { $_[0]->restart } ],
	[ 'an immediate stop'    => sub { $_[0]->stop('immediate'); $_[0]->start } ],
	[
		'kill -9 of a session' =>
		  sub { crash_restart($_[0], $_[0]->background_psql('postgres')->query_safe('SELECT pg_backend_pid()')) }
	],
	[ 'kill -9 of one who is joining' => sub { crash_restart($_[0], $_[1]) } ],
	[ 'kill -9 of the worker' => sub { crash_restart($_[0], $_[0]->safe_psql('postgres', 'SELECT pid FROM boxoffice.stat_worker')) } ],
);

# One who is joining all queues, and one who is leaving, both in an open transaction; returns both sessions.
sub open_transactions {
	my ($node, @queues) = @_;
	my @sessions = map { $node->background_psql('postgres', on_error_stop => 0) } 1 .. 2;
	$sessions[0]->query_safe('BEGIN; ' . join ';', map { "SELECT boxoffice.join_queue($_, 'halfway', 3)" } @queues);
	$sessions[1]->query_safe('BEGIN; ' . join ';', map { "SELECT boxoffice.leave_queue(token) FROM boxoffice.queue_token"
		  . " WHERE queue_id = $_ AND status = 'waiting' AND priority = 0 AND user_id = 'user8'" } @queues);
	return @sessions;
}

# Three are admitted, one after the other, in the order of the queue.
sub goes_on {
	my ($node, $queue_id, $serve) = @_;
	my @next = waiting($node, $queue_id);
	for (1 .. 3) {
		my $user = shift @next;
		my ($active) = split /\n/, $node->safe_psql('postgres',
			"SELECT user_id FROM boxoffice.queue_token WHERE queue_id = $queue_id AND status = 'active' ORDER BY admitted_at, number");
		leave($node, $queue_id, $active);
		$serve->($queue_id);
		$node->poll_query_until('postgres', "SELECT EXISTS (SELECT FROM boxoffice.queue_token"
			  . " WHERE queue_id = $queue_id AND status = 'active' AND user_id = '$user')") or die "$user is not admitted";
	}
	return join(' ', waiting($node, $queue_id)), "@next";
}

sub outlives {
	my ($node, $serve, $name, $end) = @_;
	my @queues = split /\n/, $node->safe_psql('postgres', 'SELECT queue_id FROM boxoffice.queue ORDER BY 1');
	my $serial = $node->safe_psql('postgres', 'SELECT count(*) FROM boxoffice.queue_token');
	my $places = places($node);
	my @sessions = open_transactions($node, @queues);
	my @numbers = map { $node->safe_psql('postgres', "SELECT max(number) FROM boxoffice.queue_token WHERE queue_id = $_") } @queues;
	$end->($node, $sessions[0]->query_safe('SELECT pg_backend_pid()'));
	$_->quit for @sessions;
	is(places($node), $places, "after $name every place is the same, and nothing is left of who was joining");
	is(wrong_positions($node), '', 'positions are those of the tables');
	is(join(' ', map { scans_of_poll($node, $_) } @queues), '0 0 0', 'and come from the board again');
	join_all($node, $_, ["late$serial"]) for @queues;
	my @next = map { with_token($node, $_, "late$serial", "SELECT number FROM boxoffice.queue_token WHERE token = :'token'") } @queues;
	is("@next", join(' ', map { $_ + 1 } @numbers), 'the next number comes after all others');
	for my $queue_id (@queues) {
		my ($got, $expected) = goes_on($node, $queue_id, $serve);
		is($got, $expected, "queue $queue_id admits in the same order");
	}
	is(wrong_positions($node), '', 'and positions follow');
	return;
}

subtest 'served by the worker' => sub {
	my $node = start_server('served', conf => "boxoffice.database = 'postgres'\nrestart_after_crash = on");
	fill($node);
	for my $case (@ends) {
		my ($name, $end) = @$case;
		subtest $name => sub {
			outlives($node, sub { }, $name, $end);
			$node->poll_query_until('postgres', 'SELECT pid IS NOT NULL FROM boxoffice.stat_worker') or die 'no worker';
			is($node->safe_psql('postgres', 'SELECT errors FROM boxoffice.stat_worker'), 0, 'the worker meets no errors');
		};
	}
	verify_is_empty($node);
	$node->stop;
};

subtest 'served by calls of tick' => sub {
	my $node = start_server('ticked', conf => 'restart_after_crash = on');
	fill($node);
	for my $case (grep { $_->[0] !~ /worker/ } @ends) {
		my ($name, $end) = @$case;
		subtest $name => sub {
			outlives($node, sub { $node->safe_psql('postgres', 'SELECT boxoffice.tick()') }, $name, $end);
		};
	}
	verify_is_empty($node);
	subtest 'nobody is silent because the server was down' => sub {
		my $queue_id = make_queue($node, "max_active => 1, idle_for => '1 min'");
		$node->safe_psql('postgres', "SET boxoffice.clock_offset = '-1 hour'; SELECT boxoffice.join_queue($queue_id, 'user' || n)"
			  . ' FROM generate_series(1, 5) n');
		$node->restart;
		$node->safe_psql('postgres', 'SELECT boxoffice.tick()');
		is_deeply(count_places($node, $queue_id), { expired => 1, active => 1, waiting => 3 }, 'all who waited still do');
		$node->safe_psql('postgres', "SET boxoffice.clock_offset = '2 min'; SELECT boxoffice.tick()");
		is(count_places($node, $queue_id)->{waiting}, undef, 'unless they are not seen afterwards');
	};
	$node->stop;
};

done_testing();
