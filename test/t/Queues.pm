# What the TAP tests of queues share: making queues, looking at them, and what must be true of all that happened in one.
package Queues;

use strict;
use warnings;

use Exporter 'import';
use Boxoffice;
use Test::More;

our @EXPORT = qw(make_queue join_all places wrong_positions count_places scans_of_poll check_history set_and_reload
  worker wait_for_worker wait_for_ticks places_become one_by_one is_handed_on_at_once);

# A queue with these further arguments of create_queue; returns its id.
sub make_queue {
	my ($node, $rules, $database) = @_;
	return $node->safe_psql($database // 'postgres', "SELECT boxoffice.create_queue('Queue', $rules)");
}

# Users join in this order, each in a transaction of its own.
sub join_all {
	my ($node, $queue_id, $users, $priority, $database) = @_;
	$priority //= 0;
	my $joined = $node->safe_psql($database // 'postgres', join '',
		map { "SELECT outcome FROM boxoffice.join_queue($queue_id, '$_', $priority);\n" } @$users);
	my @refused = grep { $_ ne 'ok' } split /\n/, $joined;
	die "of those who join $queue_id some are answered @refused" if @refused;
	return;
}

# All places of all queues: what the tables say, and what queue_status answers to everyone but those whom the question
# would make claim.
sub places {
	my ($node, $database) = @_;
	return $node->safe_psql($database // 'postgres', <<'SQL');
SELECT queue_id, number, user_id, priority, status, token, joined_at, admitted_at, lapses_at, expires_at, ended_at
	FROM boxoffice.queue_token ORDER BY queue_id, number;
SELECT t.queue_id, t.number, s.outcome, s.status, s.position, s.token = t.token, s.expires_at
	FROM boxoffice.queue_token t, boxoffice.queue_status(t.token) s
	WHERE t.lapses_at IS NOT DISTINCT FROM t.expires_at ORDER BY 1, 2;
SQL
}

# Who waits and is answered another position than the tables give; before a draw there is none.
sub wrong_positions {
	my ($node, $database) = @_;
	return $node->safe_psql($database // 'postgres', <<'SQL');
SELECT place.queue_id, place.number, place.position, s.outcome, s.status, s.position
	FROM (SELECT queue_id, number, token, CASE WHEN join_before IS NULL OR drawn_at IS NOT NULL THEN
			row_number() OVER (PARTITION BY queue_id ORDER BY priority DESC, number) END AS position
		FROM boxoffice.queue_token JOIN boxoffice.queue USING (queue_id) WHERE status = 'waiting') place,
		boxoffice.queue_status(place.token) s
	WHERE (s.outcome, s.status, s.position) IS DISTINCT FROM ('ok', 'waiting', place.position)
SQL
}

# How many places of a queue have each status.
sub count_places {
	my ($node, $queue_id, $database) = @_;
	my @lines = split /\n/, $node->safe_psql($database // 'postgres',
		"SELECT status, count(*) FROM boxoffice.queue_token WHERE queue_id = $queue_id GROUP BY status");
	return { map { split /\|/ } @lines };
}

# How often the table is looked into for a poll of everyone who waits in a queue.
sub scans_of_poll {
	my ($node, $queue_id, $database) = @_;
	my @tokens = split /\n/, $node->safe_psql($database // 'postgres',
		"SELECT token FROM boxoffice.queue_token WHERE queue_id = $queue_id AND status = 'waiting'");
	my $polls = join '', map { "SELECT FROM boxoffice.queue_status('$_');\n" } @tokens;
	my @lines = split /\n/, $node->safe_psql($database // 'postgres',
		"BEGIN;\n${polls}SELECT seq_scan + idx_scan FROM pg_stat_xact_all_tables"
		  . " WHERE relid = 'boxoffice.queue_token'::regclass;\nCOMMIT;");
	return $lines[-1];
}

# What must be true of all that ever happened in an open queue whose rules have not changed.
sub check_history {
	my ($node, $queue_id, %limit) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $ask = sub { $node->safe_psql('postgres', "WITH t AS (SELECT * FROM boxoffice.queue_token WHERE queue_id = $queue_id) $_[0]") };
	cmp_ok(
		$ask->("SELECT max(active) FROM (SELECT sum(step) OVER (ORDER BY at, step) AS active FROM (
			SELECT admitted_at AS at, 1 AS step FROM t WHERE admitted_at IS NOT NULL
			UNION ALL SELECT ended_at, -1 FROM t WHERE admitted_at IS NOT NULL AND ended_at IS NOT NULL) change) history"),
		'<=', $limit{max_active}, "never more than $limit{max_active} were active");
	# who is just leaving may be passed over
	my $waited_until = "coalesce(a.admitted_at, a.ended_at - interval '1 s', 'infinity')";
	is( $ask->("SELECT a.number, a.priority, b.number, b.admitted_at, $waited_until FROM t a JOIN t b USING (priority)
			WHERE a.number < b.number AND b.admitted_at < $waited_until ORDER BY b.number LIMIT 5"),
		'', 'nobody was admitted before one with the same priority and a smaller number');
	is( $ask->("SELECT a.number, a.priority, b.number, b.priority, b.admitted_at, $waited_until FROM t a, t b
			WHERE a.priority > b.priority AND a.joined_at < b.admitted_at - interval '2 s' AND b.admitted_at < $waited_until
			ORDER BY b.number LIMIT 5"),
		'', 'nor before one of a higher priority who had joined long before');
	is( $ask->("SELECT number, joined_at, before FROM (
			SELECT number, joined_at, lag(joined_at) OVER (ORDER BY number) AS before FROM t) joined WHERE joined_at < before"),
		'', 'numbers were drawn in the order of joining');
	is($ask->('SELECT count(*) - count(DISTINCT token) FROM t'), 0, 'every token is another one');
	is( $ask->("SELECT a.user_id, a.number, b.number FROM t a JOIN t b USING (user_id) WHERE a.number < b.number
			AND b.joined_at < coalesce(a.ended_at, 'infinity') LIMIT 5"),
		'', 'nobody had two places at once');
	return if !$limit{admit_per_minute};
	cmp_ok(
		$ask->("SELECT max(admitted) FROM (SELECT count(*) OVER (ORDER BY admitted_at RANGE BETWEEN
			interval '59.999999 s' PRECEDING AND CURRENT ROW) AS admitted FROM t WHERE admitted_at IS NOT NULL) minute"),
		'<=', $limit{admit_per_minute}, "in no 60 seconds more than $limit{admit_per_minute} were admitted");
	return;
}

sub set_and_reload {
	my ($node, $setting, $value) = @_;
	$node->safe_psql('postgres', "ALTER SYSTEM SET $setting = '$value'");
	$node->reload;
	return;
}

# What stat_worker says.
sub worker {
	my ($node, $columns, $database) = @_;
	return $node->safe_psql($database // 'postgres', "SELECT $columns FROM boxoffice.stat_worker");
}

sub wait_for_worker {
	my ($node, $condition, $database) = @_;
	$node->poll_query_until($database // 'postgres', "SELECT ($condition) IS TRUE FROM boxoffice.stat_worker")
	  or die "the worker never comes to $condition";
	return;
}

# Waits until the worker has ended so many more ticks; all but the first began after this call.
sub wait_for_ticks {
	my ($node, $more) = @_;
	my $ticks = worker($node, 'ticks');
	wait_for_worker($node, "ticks >= $ticks + $more");
	return;
}

# A test: so many places of a queue come to have a status.
sub places_become {
	my ($node, $queue_id, $status, $count, $database) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return ok(
		$node->poll_query_until($database // 'postgres',
			"SELECT count(*) = $count FROM boxoffice.queue_token WHERE queue_id = $queue_id AND status = '$status'"),
		"$count come to be $status");
}

# Does something with so many places of a queue, one after the other, each as soon as it is active. Without SQL that says
# what, it is left.
sub one_by_one {
	my ($node, $queue_id, $turns, $what) = @_;
	$what //= 'PERFORM boxoffice.leave_queue(place.token);';
	$node->safe_psql('postgres', <<"SQL");
DO \$\$
DECLARE
	place boxoffice.queue_token;
BEGIN
	FOR turn IN 1 .. $turns LOOP
		LOOP
			SELECT * INTO place FROM boxoffice.queue_token WHERE queue_id = $queue_id AND status = 'active';
			EXIT WHEN FOUND;
			COMMIT;
			PERFORM pg_sleep(0.01);
		END LOOP;
		$what
		COMMIT;
	END LOOP;
END \$\$;
SQL
	return;
}

# Tests, in a queue for one after the other, how long it takes from the end of one to the admission of the next. By ticks
# alone each would take a second.
sub is_handed_on_at_once {
	my ($node, $queue_id, $turns) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$node->poll_query_until('postgres',
		"SELECT count(admitted_at) > $turns FROM boxoffice.queue_token WHERE queue_id = $queue_id")
	  or die "$turns are never admitted";
	my ($gaps, $most, $worst) = split /\|/, $node->safe_psql('postgres', <<"SQL");
SELECT count(gap), percentile_disc(0.8) WITHIN GROUP (ORDER BY gap), max(gap) FROM (
	SELECT extract(epoch FROM admitted_at - lag(least(ended_at, lapses_at)) OVER (ORDER BY number)) * 1000 AS gap
	FROM boxoffice.queue_token WHERE queue_id = $queue_id AND admitted_at IS NOT NULL ORDER BY number LIMIT $turns + 1) handed
SQL
	is($gaps, $turns, "the place was given to $turns more");
	cmp_ok($most, '<', 300, "most waited at most $most ms, all at most $worst ms");
	cmp_ok($worst, '<', 1000, 'nobody waited for a tick');
	return;
}

1;
