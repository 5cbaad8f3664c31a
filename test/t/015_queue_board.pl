# The board at its limits: whatever is lost, full, rolled back or left open, order and positions are those of the tables.
use strict;
use warnings;

use Boxoffice;
use Queues;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('board', conf => "boxoffice.board_tokens = 1024\nboxoffice.board_queues = 2");

sub sql { return $node->safe_psql('postgres', $_[0]) }

# Users with numbers join, in transactions of a thousand.
sub join_numbered {
	my ($queue_id, $name, $count) = @_;
	sql(join '', map { "SELECT count(*) FROM generate_series($_, least($_ + 999, $count)) n,"
			. " boxoffice.join_queue($queue_id, '$name' || n) WHERE outcome = 'ok';\n" } grep { $_ % 1000 == 1 } 1 .. $count);
	return;
}

sub token_of { return sql("SELECT token FROM boxoffice.queue_token WHERE user_id = '$_[0]'") }
sub position_of { return sql("SELECT status || coalesce(' ' || position, '') FROM boxoffice.queue_status('" . token_of($_[0]) . "')") }
# What makes the board be built again at its next use.
sub lose_board { sql("UPDATE boxoffice.queue_token SET last_seen_at = last_seen_at WHERE false"); return }
sub empty { sql('TRUNCATE boxoffice.queue_token'); return }

my $first = make_queue($node, "max_active => 1, active_for => '1 day', idle_for => '1 day'");

subtest 'a number in flight while the board is lost keeps its place' => sub {
	join_all($node, $first, ['active']);
	my $late = $node->background_psql('postgres');
	$late->query_safe('BEGIN');
	is($late->query_safe("SELECT status FROM boxoffice.join_queue($first, 'late')"), 'waiting', 'one joins and stays in its transaction');
	# more than one page of numbers, most of whom have gone again
	for my $round (1 .. 5) {
		join_numbered($first, "round${round}_", 1000);
		sql("SELECT count(outcome) FROM boxoffice.queue_token t, boxoffice.leave_queue(t.token) WHERE status = 'waiting' AND user_id <> 'round5_1000'");
	}
	lose_board();
	is(position_of('round5_1000'), 'waiting 2', 'it counts for one who came later');
	$late->query_safe('COMMIT');
	$late->quit;
	is(position_of('late'), 'waiting 1', 'it is the first');
	is(position_of('round5_1000'), 'waiting 2', 'and nobody else has moved');
	sql("SELECT boxoffice.leave_queue('" . token_of($_) . "')") for qw(round5_1000 active);
	is(sql("SELECT status FROM boxoffice.join_queue($first, 'newcomer')"), 'waiting', 'a newcomer is not admitted before');
	is(sql("SELECT boxoffice.admit_waiting($first)"), 1, 'the round admits one');
	is(position_of('late'), 'active', 'the late one');
	empty();
};

subtest 'boxoffice.board_tokens can wait, however often they have changed' => sub {
	join_all($node, $first, ['active']);
	for my $round (1 .. 4) {
		join_numbered($first, "round${round}_", 1000);
		is(position_of("round${round}_1000"), 'waiting 1000', "1,000 wait, for the ${round}th time");
		sql("DELETE FROM boxoffice.queue_token WHERE status = 'waiting'");
	}
	join_numbered($first, 'user', 1024);
	is(sql("SELECT outcome FROM boxoffice.join_queue($first, 'one_too_many')"), 'queue_full', 'one more is refused');
	is(sql("SELECT outcome, status FROM boxoffice.join_queue($first, 'user7')"), 'ok|waiting', 'who has a place keeps it');
	sql("SELECT boxoffice.leave_queue('" . token_of('user1') . "')");
	is(sql("SELECT outcome, position FROM boxoffice.join_queue($first, 'one_too_many')"), 'ok|1024', 'and gets in when another leaves');
};

subtest 'more wait than the board has room for, by a restore or a lower setting' => sub {
	sql("INSERT INTO boxoffice.queue_token (queue_id, number, token, user_id, priority, status, joined_at, last_seen_at)
		SELECT $first, 100000 + n, gen_random_uuid(), 'restored' || n, 0, 'waiting', clock_timestamp(), clock_timestamp()
		FROM generate_series(1, 100) n");
	is(position_of('user2'), 'waiting 1', 'who waits is answered from the tables');
	is(position_of('restored100'), 'waiting 1124', 'the last, too');
	my ($status, undef, $stderr) = $node->psql('postgres', "SELECT boxoffice.join_queue($first, 'another')");
	like($stderr, qr/the board has no room for queue $first\n.*\n.*board_tokens/, 'nobody can join, and the error says why');
	my $slot = make_slot($node, 10, 0, "queue_id => $first");
	my $active = token_of('active');
	is(sql("SELECT hold.outcome FROM boxoffice.hold_seats($slot, 'active', ARRAY[1], '$active') hold"), 'ok', 'the active holds');
	is(sql("SELECT outcome FROM boxoffice.pay_reservation((SELECT max(reservation_id) FROM boxoffice.reservation), 'active')"),
		'ok', 'and pays');
	sql('SELECT boxoffice.tick()');
	is(position_of('user2'), 'active', 'the tick admits the next');
	is(sql("SELECT outcome FROM boxoffice.leave_queue('" . token_of('user3') . "')"), 'ok', 'one who waits leaves');
	is(position_of('user4'), 'waiting 1', 'and all move up');
	empty();
};

subtest 'boxoffice.board_queues have a place on the board at once' => sub {
	my ($second, $third) = map { make_queue($node, 'max_active => 1') } 2 .. 3;
	join_all($node, $_, [ 'a', 'b' ]) for $first, $second;
	join_all($node, $third, [ 'a', 'b' ]);
	is(wrong_positions($node), '', 'a third is served from the tables');
	cmp_ok(scans_of_poll($node, $third), '>', 0, 'where its positions are counted');
	sql("SELECT boxoffice.leave_queue(token) FROM boxoffice.queue_token WHERE queue_id = $first AND user_id = 'b'");
	join_all($node, $third, [ 'c' ]);
	is(wrong_positions($node), '', 'the third takes the place of one where nobody waits any more');
	is(scans_of_poll($node, $third), 0, 'and is answered from the board');
	empty();
};

subtest 'a change of the rules that is rolled back leaves the rules' => sub {
	join_all($node, $first, [ 'a', 'b' ]);
	lose_board();
	sql("BEGIN; SELECT boxoffice.update_queue($first, mode => 'paused'); ROLLBACK;");
	is(sql("SELECT eta_seconds IS NOT NULL FROM boxoffice.queue_status('" . token_of('b') . "')"), 't', 'the queue is not paused');
	sql("SELECT boxoffice.update_queue($first, mode => 'paused')");
	is(sql("SELECT eta_seconds IS NULL FROM boxoffice.queue_status('" . token_of('b') . "')"), 't', 'now it is');
	empty();
};

subtest 'one who leaves in an open transaction does not stop the others' => sub {
	sql("SELECT boxoffice.update_queue($first, mode => 'open')");
	join_all($node, $first, [ 'a', 'b', 'c', 'd' ]);
	my $leaver = $node->background_psql('postgres');
	$leaver->query_safe('BEGIN');
	$leaver->query_safe("SELECT boxoffice.leave_queue('" . token_of('b') . "')");
	sql("SELECT boxoffice.leave_queue('" . token_of('a') . "')");
	is(sql("SELECT boxoffice.admit_waiting($first)"), 1, 'the place is given away');
	is(position_of('c'), 'active', 'to the next who is not leaving');
	$leaver->query_safe('ROLLBACK');
	$leaver->quit;
	is(position_of('b'), 'waiting 1', 'who stays after all is the next');
	empty();
};

subtest 'one queue that cannot be served stops no other' => sub {
	my $second = make_queue($node, 'max_active => 1');
	join_all($node, $_, [ 'a', 'b' ]) for $first, $second;
	sql("CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RAISE 'stumbled'; END \$\$;
		CREATE TRIGGER stumble BEFORE UPDATE ON boxoffice.queue_token FOR EACH ROW WHEN (NEW.queue_id = $first AND NEW.status = 'active')
			EXECUTE FUNCTION stumble()");
	sql("DELETE FROM boxoffice.queue_token WHERE user_id = 'a'");
	my ($status, undef, $stderr) = $node->psql('postgres', 'SELECT boxoffice.tick()');
	like($stderr, qr/WARNING:  boxoffice cannot serve queue $first: stumbled/, 'the tick says which queue it could not serve');
	is(sql("SELECT status FROM boxoffice.queue_token WHERE queue_id = $second"), 'active', 'and serves the other');
	sql('DROP TRIGGER stumble ON boxoffice.queue_token');
	sql('SELECT boxoffice.tick()');
	is(sql("SELECT status FROM boxoffice.queue_token WHERE queue_id = $first"), 'active', 'the next one serves both');
};

verify_is_empty($node);
$node->stop;
done_testing();
