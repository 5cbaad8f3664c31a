# A queue on a hot standby: everyone is told the right position there, but asking there counts for nothing. Once it is
# promoted its own worker serves the queue, in the same order.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Queues;
use Test::More;

my $primary = start_server('primary', init => { allows_streaming => 1 }, conf => "boxoffice.database = 'postgres'");
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;

my $queue_id = make_queue($primary, "max_active => 3, claim_for => '1 day', active_for => '1 week', idle_for => '1 week'");
join_all($primary, $queue_id, [ map { "user$_" } 1 .. 12 ]);
join_all($primary, $queue_id, [ map { "vip$_" } 1 .. 4 ], 3);
join_all($primary, $queue_id, [ map { "member$_" } 1 .. 4 ], 1);
my $drawn = make_queue($primary,
	"max_active => 1, join_before => clock_timestamp() + interval '1 day', shuffle_seed => 's', idle_for => '2 days'");
join_all($primary, $drawn, [ map { "user$_" } 1 .. 5 ]);

my %token = map { split /\|/ } split /\n/,
  $primary->safe_psql('postgres', "SELECT user_id, token FROM boxoffice.queue_token WHERE queue_id = $queue_id");
$primary->safe_psql('postgres', "SELECT boxoffice.leave_queue('$token{user1}')");
$primary->poll_query_until('postgres', "SELECT status = 'active' FROM boxoffice.queue_token WHERE token = '$token{vip1}'")
  or die 'nobody is admitted';
$primary->wait_for_catchup($standby);

# What the tables hold, as anybody may read it.
sub rows {
	my ($node) = @_;
	return $node->safe_psql('postgres', 'SELECT * FROM boxoffice.queue_token ORDER BY queue_id, number');
}

subtest 'the standby answers as the primary' => sub {
	is_deeply(count_places($standby, $queue_id), { left => 1, active => 3, waiting => 16 }, 'it knows all places');
	is(wrong_positions($primary), '', 'positions on the primary are right');
	my $positions = sub {
		return $_[0]->safe_psql('postgres', "SELECT t.number, s.outcome, s.token = t.token, s.status, s.position, s.eta_seconds,"
			  . " s.poll_after_ms, s.expires_at FROM boxoffice.queue_token t, boxoffice.queue_status(t.token) s"
			  . " WHERE queue_id = $queue_id AND user_id <> 'vip1' ORDER BY 1");
	};
	is($positions->($standby), $positions->($primary), 'whoever asks is answered alike');
	is( $standby->safe_psql('postgres', "SELECT s.outcome, s.status, position, eta_seconds, poll_after_ms"
			  . " FROM boxoffice.queue_token t, boxoffice.queue_status(t.token) s WHERE queue_id = $drawn AND user_id = 'user1'"),
		'ok|waiting|||120000', 'before a draw nobody has a position there either');
	is($standby->safe_psql('postgres', "SELECT outcome FROM boxoffice.queue_status('00000000-0000-0000-0000-000000000000')"),
		'queue_token_invalid', 'a token that does not exist is invalid');
	is($standby->safe_psql('postgres', "SELECT waiting, active FROM boxoffice.stat_queue WHERE queue_id = $queue_id"),
		'16|3', 'stat_queue counts');
	is($standby->safe_psql('postgres', 'SELECT pid FROM boxoffice.stat_worker'), '', 'no worker runs');
};

subtest 'asking the standby counts for nothing' => sub {
	my $before = rows($primary);
	my $unclaimed = "SELECT lapses_at < expires_at FROM boxoffice.queue_token WHERE token = '$token{vip1}'";
	is($standby->safe_psql('postgres', "$unclaimed; SELECT outcome, status FROM boxoffice.queue_status('$token{vip1}')"),
		"t\nok|active", 'one who must show up asks');
	is(rows($primary), $before, 'which changes nothing');
	$primary->safe_psql('postgres', "SELECT FROM boxoffice.queue_status('$token{vip1}')");
	is($primary->safe_psql('postgres', $unclaimed), 'f', 'unlike asking the primary');

	my $brief = make_queue($primary, "max_active => 1, active_for => '1 week', idle_for => '1 hour'");
	join_all($primary, $brief, [ 'active', 'standby', 'primary' ]);
	$primary->wait_for_catchup($standby);
	for my $node ($standby, $primary) {
		my $name = $node->name;
		my $place = $node->safe_psql('postgres', "SELECT token FROM boxoffice.queue_token WHERE queue_id = $brief AND user_id = '$name'");
		is( $node->safe_psql('postgres', "SET boxoffice.clock_offset = '1 hour'; SELECT status FROM boxoffice.queue_status('$place')"),
			'waiting', "an hour later one asks the $name");
	}
	# the worker may be at it, then this tick leaves the queue alone
	for (1 .. 50) {
		$primary->safe_psql('postgres', "SET boxoffice.clock_offset = '80 min'; SELECT boxoffice.tick()");
		last if count_places($primary, $brief)->{expired};
	}
	is( $primary->safe_psql('postgres', "SELECT user_id, status FROM boxoffice.queue_token WHERE queue_id = $brief ORDER BY number"),
		"active|active\nstandby|expired\nprimary|waiting", 'only the one who asked the primary is still there afterwards');
};

subtest 'the standby refuses to write' => sub {
	for my $call (
		"boxoffice.join_queue($queue_id, 'new')",       "boxoffice.join_queue($queue_id, 'user5')",
		"boxoffice.leave_queue('$token{user5}')",       "boxoffice.leave_queue('$token{user1}')",
		"boxoffice.admit_waiting($queue_id)",           'boxoffice.tick()',
		"boxoffice.create_queue('New', 1)",             "boxoffice.update_queue($queue_id, mode => 'paused')") {
		my ($code, $out, $error) = $standby->psql('postgres', "\\set VERBOSITY sqlstate\nSELECT $call");
		is($error, 'psql:<stdin>:2: ERROR:  25006', $call =~ s/'[0-9a-f-]{36}'/'...'/r);
	}
};

subtest 'promoted, its own worker goes on' => sub {
	$primary->wait_for_catchup($standby);
	my $places = places($primary);
	$primary->stop('immediate');
	$standby->promote;
	$standby->poll_query_until('postgres', 'SELECT ticks > 1 FROM boxoffice.stat_worker') or die 'no worker';
	is(places($standby), $places, 'every place is the same');
	is(wrong_positions($standby), '', 'and every position');
	is(scans_of_poll($standby, $queue_id), 0, 'which come from a board');
	join_all($standby, $queue_id, ['new']);
	is($standby->safe_psql('postgres', "SELECT number FROM boxoffice.queue_token WHERE user_id = 'new'"),
		21, 'the next number comes next');
	my @next = qw(vip2 vip3 vip4 member1 member2 member3 member4 user4 user5 user6);
	for my $turn (0 .. $#next) {
		$standby->safe_psql('postgres', "SELECT boxoffice.leave_queue(token) FROM boxoffice.queue_token"
			  . " WHERE queue_id = $queue_id AND status = 'active' ORDER BY admitted_at, number LIMIT 1");
		$standby->poll_query_until('postgres', "SELECT status = 'active' FROM boxoffice.queue_token WHERE token = '$token{$next[$turn]}'")
		  or die "$next[$turn] is not admitted";
	}
	is( $standby->safe_psql('postgres', "SELECT string_agg(user_id, ' ' ORDER BY admitted_at) FROM boxoffice.queue_token"
			  . " WHERE queue_id = $queue_id AND admitted_at > joined_at AND user_id <> 'vip1'"),
		"@next", 'the next were admitted in their order');
	is(wrong_positions($standby), '', 'and the others have come forward');
	is($standby->safe_psql('postgres', 'SELECT errors FROM boxoffice.stat_worker'), 0, 'the worker met no errors');
	verify_is_empty($standby);
	$standby->stop;
};

done_testing();
