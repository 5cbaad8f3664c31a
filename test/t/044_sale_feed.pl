# The feed of sales while a crowd pays and cancels: nothing is lost and nothing told twice, however long a transaction is open,
# whatever crashes in between; an open transaction does not make it read what it has read; another server says: begin again.
use strict;
use warnings;

use Boxoffice;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = start_server('sale_feed', conf => "boxoffice.database = 'postgres'\nrestart_after_crash = on");

# A reader that remembers what it was told together with how far it is.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE reader (position text);
INSERT INTO reader VALUES (NULL);
CREATE TABLE told (n bigserial, status text, reservation_id bigint, amount bigint, refunded bigint);
CREATE FUNCTION read_on(max_rows int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
	sales boxoffice.next_sales_row[] := ARRAY(SELECT s FROM boxoffice.next_sales((SELECT position FROM reader FOR UPDATE), max_rows) s);
BEGIN
	INSERT INTO told (status, reservation_id, amount, refunded) SELECT status, reservation_id, amount, refunded FROM unnest(sales);
	UPDATE reader SET position = sales[cardinality(sales)].position WHERE cardinality(sales) > 0;
	RETURN cardinality(sales);
END $$;
SQL
append_to_file($node->basedir . '/reader.sql', "SELECT read_on(30);\n\\sleep 3 ms\n");

sub start_reader {
	my ($out, $err);
	return IPC::Run::start(
		[ 'pgbench', '--no-vacuum', '--client=1', '--time=600', '--file=' . $node->basedir . '/reader.sql', $node->connstr('postgres') ],
		'>', \$out, '2>', \$err);
}

my $is_told = "SELECT (SELECT count(*) FROM told) >= (SELECT count(*) FROM boxoffice.payment) + (SELECT count(*) FROM boxoffice.cancellation)";

# What was told is what is there, each once, and each cancellation after its payment.
sub is_exact {
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($node->poll_query_until('postgres', $is_told), 'all of it is told');
	is($node->safe_psql('postgres', 'SELECT read_on(1000)'), 0, 'and no more');
	is($node->safe_psql('postgres', 'SELECT status, reservation_id, count(*) FROM told GROUP BY 1, 2 HAVING count(*) > 1'), '', 'nothing is told twice');
	is( $node->safe_psql('postgres', <<'SQL'), '0|0|0', 'nothing is lost, and each cancellation comes after its payment');
SELECT (SELECT count(*) FROM boxoffice.payment p WHERE NOT EXISTS (SELECT FROM told t WHERE t.reservation_id = p.reservation_id AND t.status = 'paid' AND t.amount = p.amount)),
	(SELECT count(*) FROM boxoffice.cancellation c WHERE NOT EXISTS (SELECT FROM told t WHERE t.reservation_id = c.reservation_id AND t.status = 'cancelled')),
	(SELECT count(*) FROM told c JOIN told p USING (reservation_id) WHERE c.status = 'cancelled' AND p.status = 'paid' AND c.n < p.n)
SQL
	return;
}

# Every seat is held and paid; every fifth transaction takes its time, every seventh thinks better of it, every third is cancelled.
sub selling {
	my ($slot_id) = @_;
	return <<"SQL";
\\set round :round + 1
\\set seat 100 + :client_id * 100 + :round
BEGIN;
SELECT reservation_id FROM boxoffice.hold_seats($slot_id, 'user' || :client_id, ARRAY[:seat]) \\gset
SELECT outcome FROM boxoffice.pay_reservation(:reservation_id, 'user' || :client_id);
\\if :round % 5 = 0
\\sleep 20 ms
\\endif
\\if :round % 7 = 0
ROLLBACK;
\\else
COMMIT;
\\if :round % 3 = 0
SELECT outcome FROM boxoffice.cancel_reservation(:reservation_id, 'user' || :client_id);
\\endif
\\endif
SQL
}

$node->safe_psql('postgres', "SELECT count(boxoffice.credit_balance(name, 10000000)) FROM (SELECT 'user' || generate_series(0, 7) AS name UNION SELECT 'long') names");

subtest 'with a transaction open all the while' => sub {
	my $slot_id = make_slot($node, 1000, 100);
	my $reader = start_reader();
	my $long = $node->background_psql('postgres');
	$long->query_safe('BEGIN');
	my $sell = 'SELECT count(*) FROM generate_series(%d, %d) n, LATERAL (SELECT reservation_id FROM boxoffice.hold_seats(' . $slot_id
	  . ", 'long', ARRAY[n]) OFFSET 0) h, boxoffice.pay_reservation(h.reservation_id, 'long') p WHERE p.outcome = 'ok'";
	is($long->query_safe(sprintf $sell, 1, 30), 30, 'thirty sales that do not commit yet');
	crowd($node, 'eight buyers', 8, 60, selling($slot_id));
	ok($node->poll_query_until('postgres', $is_told), 'all of the buyers is told meanwhile');
	is($long->query_safe(sprintf $sell, 31, 60), 30, 'thirty more');
	$long->query_safe('COMMIT');
	$long->quit;
	is_exact();
	is($node->safe_psql('postgres', "SELECT count(*) FROM told WHERE status = 'paid'"), 8 * 52 + 60, 'as many as were paid');
	$reader->kill_kill;
};

subtest 'whatever crashes' => sub {
	my $slot_id = make_slot($node, 1000, 100);
	my $reader = start_reader();
	my $long = $node->background_psql('postgres', on_error_stop => 0);
	$long->query_safe('BEGIN');
	$long->query_safe("SELECT p.outcome FROM boxoffice.hold_seats($slot_id, 'long', ARRAY[1]) h, boxoffice.pay_reservation(h.reservation_id, 'long') p");
	crowd($node, 'eight buyers', 8, 20, selling($slot_id));
	$node->stop('immediate');
	$long->{run}->finish;
	$reader->kill_kill;
	$node->start;
	$reader = start_reader();
	crowd($node, 'eight more', 8, 20, selling(make_slot($node, 1000, 100)));
	is_exact();
	$reader->kill_kill;
};

# Nothing of what the position speaks of has been flushed by a commit, and the numbers and the transactions come again.
subtest 'a crash behind what was flushed' => sub {
	$node->append_conf('postgresql.conf', "wal_writer_delay = 10s");
	$node->reload;
	my $slot_id = make_slot($node, 200, 1);
	my $pay = "SELECT p.outcome FROM boxoffice.hold_seats($slot_id, 'long', ARRAY[%d]) h, boxoffice.pay_reservation(h.reservation_id, 'long') p";
	$node->safe_psql('postgres', sprintf $pay, 1);
	my ($long, $idle) = map { $node->background_psql('postgres', on_error_stop => 0) } 1, 2;
	$long->query_safe(join ';', 'BEGIN', sprintf($pay, $_), 'ROLLBACK') for 2 .. 41;
	$long->query_safe('BEGIN');
	$long->query_safe(sprintf $pay, $_) for 42 .. 61;
	$idle->query_safe('BEGIN');
	$idle->query_safe('SELECT pg_current_xact_id()');
	my @told;
	my $position = $node->safe_psql('postgres', 'SELECT position FROM reader');
	my $read = sub {
		for (split /\n/, $node->safe_psql('postgres', "SELECT position, seat_ids FROM boxoffice.next_sales('$position') WHERE slot_id = $slot_id")) {
			($position, my $seats) = split /\|/;
			push @told, $seats;
		}
	};
	$read->();
	is("@told", '{1}', 'a position while sixty numbers are drawn and not flushed');
	$node->stop('immediate');
	$_->{run}->finish for $long, $idle;
	$node->start;
	$read->();
	is("@told", '{1}', 'nothing has happened since');
	for my $seat (101 .. 180) {
		is($node->safe_psql('postgres', sprintf $pay, $seat), 'ok', "seat $seat is paid");
		$read->() if $seat % 3 == 0;
	}
	$read->();
	is("@told", join(' ', map { "{$_}" } 1, 101 .. 180), 'each is told, and once');
	$node->safe_psql('postgres', 'SELECT read_on(1000)');
};

subtest 'an open transaction costs the reader nothing' => sub {
	my $slot_id = make_slot($node, 2000, 1);
	my $long = $node->background_psql('postgres');
	$long->query_safe('BEGIN');
	$long->query_safe("SELECT p.outcome FROM boxoffice.hold_seats($slot_id, 'long', ARRAY[1]) h, boxoffice.pay_reservation(h.reservation_id, 'long') p");
	crowd($node, 'one buyer after the other', 4, 80, selling($slot_id));
	my $position = $node->safe_psql('postgres', 'SELECT (array_agg(position))[count(*)] FROM boxoffice.next_sales((SELECT position FROM reader))');
	crowd($node, 'and some more', 2, 4, selling(make_slot($node, 1000, 1)));
	my $read = $node->safe_psql('postgres', <<"SQL");
BEGIN;
SELECT count(*) FROM boxoffice.next_sales('$position');
SELECT sum(idx_tup_fetch + seq_tup_read) FROM pg_stat_xact_user_tables WHERE relname IN ('payment', 'cancellation');
SQL
	like($read, qr/^1[0-9]\n[0-9]{2}$/, 'it reads what is new and not again what it has read');
	$long->query_safe('COMMIT');
	$long->quit;
	$node->safe_psql('postgres', 'SELECT read_on(1000)');
	is_exact();
};

subtest 'another server' => sub {
	my $dump = $node->basedir . '/dump.sql';
	$node->command_ok([ 'pg_dump', '--file', $dump, $node->connstr('postgres') ], 'dumped');
	my $other = PostgreSQL::Test::Cluster->new('other');
	$other->init;
	$other->start;
	$other->command_ok([ 'psql', '-q', '-X', '-v', 'ON_ERROR_STOP=1', '-f', $dump, $other->connstr('postgres') ], 'restored');
	my ($code, undef, $error) = $other->psql('postgres', 'SELECT read_on(30)');
	isnt($code, 0, 'the position of the first server is refused');
	like($error, qr/the position is not of this server/, 'in these words');
	$other->safe_psql('postgres', 'TRUNCATE told; UPDATE reader SET position = NULL');
	my $calls = 0;
	$calls++ while $other->safe_psql('postgres', 'SELECT read_on(30)') > 0;
	cmp_ok($calls, '>', 10, 'from the beginning, by the page');
	is( $other->safe_psql('postgres', 'SELECT count(*), count(DISTINCT (status, reservation_id)) FROM told'),
		$node->safe_psql('postgres', 'SELECT count(*), count(*) FROM told'),
		'everything, each once');
	$other->safe_psql('postgres',
		"SELECT p.outcome FROM boxoffice.hold_seats((SELECT max(slot_id) FROM boxoffice.slot), 'user1', ARRAY[999]) h, boxoffice.pay_reservation(h.reservation_id, 'user1') p");
	is($other->safe_psql('postgres', 'SELECT read_on(30)'), 1, 'and from then on what is new');
	verify_is_empty($other);
};

verify_is_empty($node);
done_testing();
