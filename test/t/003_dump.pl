# A dump restored into a new database is the same shop: same data, next ids, same rights, and it sells on.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node    = start_server('source');
my $other   = start_server('other', not_preloaded => 1, no_extension => 1);
my $folder  = $node->basedir;

# Something of everything: a venue, a plan, each status of a reservation, refunds, coupons, keys, rights, a changed currency.
$node->safe_psql('postgres', <<'SQL');
SELECT boxoffice.create_event('Concert', boxoffice.create_venue('Hall', 'Street 1', 50.9, 11.0, 'hall'), 'music', E'two\nlines', 'c');
SELECT boxoffice.create_slot(1, '2100-01-01 20:00+00', '10 min', max_per_user => 100, external_id => 'night');
SELECT boxoffice.add_seating_plan(1, '{"name": "Hall", "categories": [{"name": "A"}], "zones": [{"name": "Z", "rows": [
	{"row_number": "1", "seats": [{"seat_guid": "g", "seat_number": "1", "category": "A", "position": {"x": 1.5, "y": 2}}]}]}]}',
	'{"A": 2500}');
SELECT boxoffice.add_numbered_seats(1, 9, 1000);
SELECT boxoffice.credit_balance('anna', 20000, 'gift "card"', 'top-up'), boxoffice.credit_balance('bert', 500);
SELECT boxoffice.hold_seats(1, 'anna', ARRAY[n], idempotency_key => 'hold ' || n) FROM generate_series(1, 6) n;
SELECT boxoffice.pay_reservation(n, 'anna', 'pay ' || n) FROM generate_series(1, 3) n;
SELECT boxoffice.create_coupon('Discount', 10, discount_percent => 10, valid_until => '2100-01-01');
SELECT boxoffice.claim_coupon(1, 'anna', 'claim'), boxoffice.claim_coupon(1, 'bert'), boxoffice.pay_reservation(6, 'anna', claim_id => 1);
SELECT boxoffice.cancel_reservation(2, 'anna'), boxoffice.release_hold(4, 'anna'), boxoffice.debit_balance('bert', 100);
SELECT boxoffice.update_slot(1, hold_for_max => '1 hour');
BEGIN;
SET LOCAL boxoffice.clock_offset = '-1 hour';
SELECT boxoffice.hold_seats(1, 'carl', ARRAY[8]), boxoffice.hold_seats(1, 'carl', ARRAY[9]);
COMMIT;
SELECT boxoffice.expire_holds();
BEGIN;
SET LOCAL boxoffice.clock_offset = '-1 hour';
SELECT boxoffice.hold_seats(1, 'carl', ARRAY[10]);
COMMIT;
SELECT boxoffice.add_pool(1, 'Standing', 90, 100), boxoffice.add_pool(1, 'Box', 3, 0);
BEGIN;
SET LOCAL boxoffice.pool_stripes = 2;
SELECT boxoffice.update_pool(2, capacity => 20);
COMMIT;
SELECT boxoffice.hold_places(1, 'bert', 2), boxoffice.hold_places(1, 'bert', 1), boxoffice.hold_places(2, 'carl', 20);
SELECT boxoffice.pay_reservation(10, 'bert');
SELECT boxoffice.block_seats(1, ARRAY[7], reason => 'pillar'), boxoffice.set_seat_prices(1, '999', ARRAY[6]);
SELECT * FROM boxoffice.next_changes();
SQL
for my $cluster ($node, $other) {
	$cluster->safe_psql('postgres', 'CREATE ROLE shop; CREATE ROLE office; CREATE ROLE watch');
}
$node->safe_psql('postgres', "SELECT boxoffice.grant_access('shop', 'client'), boxoffice.grant_access('office', 'admin'),"
	  . " boxoffice.grant_access('watch', 'monitor')");

# The outbox and the feed of sales mean nothing to another server, nor do the transactions of sales.
my $dumped = "relnamespace = 'boxoffice'::regnamespace AND relname NOT LIKE 'outbox%' AND relname <> 'sale_feed'";

# Every table of the schema that is dumped, its rows sorted, and every sequence.
sub contents {
	my ($cluster, $database) = @_;
	my @tables = split /\n/, $cluster->safe_psql($database,
		"SELECT relname FROM pg_class WHERE $dumped AND relkind = 'r' ORDER BY 1");
	my @sequences = split /\n/, $cluster->safe_psql($database,
		"SELECT relname FROM pg_class WHERE $dumped AND relkind = 'S' ORDER BY 1");
	return join "\n",
	  (map { ("-- $_", $cluster->safe_psql($database, "SELECT row FROM (SELECT (to_jsonb(t) - 'xid')::text AS row FROM boxoffice.$_ t) r ORDER BY row COLLATE \"C\"")) } @tables),
	  map { "$_ " . $cluster->safe_psql($database, "SELECT last_value, is_called FROM boxoffice.$_") } @sequences;
}

# Who may do what, as far as it was granted.
sub rights {
	my ($cluster, $database) = @_;
	return $cluster->safe_psql($database, <<'SQL');
SELECT role, p.oid::regprocedure::text, has_function_privilege(role, p.oid, 'EXECUTE')
	FROM unnest(ARRAY['shop', 'office', 'watch', 'public']) role, pg_proc p WHERE pronamespace = 'boxoffice'::regnamespace
UNION ALL SELECT role, c.oid::regclass::text, has_table_privilege(role, c.oid, 'SELECT')
	FROM unnest(ARRAY['shop', 'office', 'watch', 'public']) role, pg_class c
	WHERE relnamespace = 'boxoffice'::regnamespace AND relkind = 'r'
UNION ALL SELECT role, NULL, has_schema_privilege(role, 'boxoffice', 'USAGE') FROM unnest(ARRAY['shop', 'office', 'watch', 'public']) role
ORDER BY 1, 2
SQL
}

my $data = contents($node, 'postgres');

sub check_data {
	my ($cluster, $database) = @_;
	is(contents($cluster, $database), $data, 'every table and every sequence is the same');
	is($cluster->safe_psql($database, 'SELECT (SELECT count(*) FROM boxoffice.outbox), string_agg(consumer, $$ $$) FROM boxoffice.outbox_position'),
		'0|upkeep', 'but no changes, and no position of a relay');
	verify_is_empty($cluster, $database);
	return;
}

# Runs last on a copy, because it changes it.
sub check_selling {
	my ($cluster, $database) = @_;
	my $ask = sub { $cluster->safe_psql($database, $_[0]) };
	is($ask->("SELECT outcome, reservation_id FROM boxoffice.hold_seats(1, 'dora', ARRAY[4])"),
		'ok|14', 'the next reservation has the next id');
	is($ask->("SELECT outcome, balance FROM boxoffice.credit_balance('dora', 1000)"), 'ok|1000', 'a new account is opened');
	is($ask->("SELECT outcome, payment_id, balance FROM boxoffice.pay_reservation(14, 'dora')"), 'ok|7|0', 'and pays');
	is($ask->("SELECT outcome, claim_id FROM boxoffice.claim_coupon(1, 'dora')"), 'ok|3', 'the next claim has the next id');
	is($ask->("SELECT outcome, claim_id FROM boxoffice.claim_coupon(1, 'anna', 'claim')"), 'ok|1', 'what was claimed is known');
	is($ask->("SELECT count(outcome) FROM generate_series(1, 8) n, boxoffice.claim_coupon(1, 'eve' || n) WHERE outcome = 'ok'"), 7, 'and how many are left');
	is($ask->('SELECT count(DISTINCT claim_number), max(claim_number) FROM boxoffice.coupon_claim'), '10|10', 'each number is given once');
	is($ask->("SELECT outcome, refunded FROM boxoffice.cancel_reservation(6, 'anna')"), 'ok|900', 'what was paid with a discount can be cancelled');
	is($ask->("SELECT status FROM boxoffice.list_coupon_claims('anna')"), 'claimed', 'which gives the claim back');
	is($ask->("SELECT outcome, reservation_id FROM boxoffice.hold_seats(1, 'anna', ARRAY[5], idempotency_key => 'hold 5')"),
		'ok|5', 'a key of before repeats its answer');
	is($ask->("SELECT outcome, refunded FROM boxoffice.cancel_reservation(1, 'anna')"), 'ok|2500', 'what was paid before can be cancelled');
	is($ask->("SELECT boxoffice.create_event('Concert', external_id => 'c'), boxoffice.create_event('Next')"),
		'1|3', 'external ids are known, and the next event has a new id');
	is($ask->('SELECT count(*) FROM boxoffice.available_seats(1)'), 6, 'what is free is known');
	is($ask->('SELECT name, places_free, places_total FROM boxoffice.list_pools(1)'), "Standing|87|90\nBox|0|20", 'also of pools');
	is($ask->("SELECT outcome FROM boxoffice.hold_places(2, 'dora', 1)"), 'sold_out', 'a pool that was sold out still is');
	is($ask->("SELECT outcome FROM boxoffice.release_hold(12, 'carl')"), 'ok', 'its places can be given back');
	is($ask->("SELECT outcome FROM boxoffice.hold_places(2, 'dora', 20)"), 'ok', 'and had again');
	is($ask->("SELECT outcome FROM boxoffice.extend_hold(11, 'bert')"), 'ok', 'a hold can be extended');
	is($ask->("SELECT boxoffice.add_pool(1, 'Stand', 9, 1); SELECT boxoffice.update_pool(1, capacity => 91); SELECT name, places_free FROM boxoffice.list_pools(1)"),
		"3\n\nStanding|88\nBox|0\nStand|9", 'a new pool has a new counter, and an old one can grow');
	is($ask->('SELECT * FROM boxoffice.next_changes()'), '', 'a relay begins with the present');
	is($ask->("SELECT outcome FROM boxoffice.hold_seats(1, 'dora', ARRAY[9]); SELECT * FROM boxoffice.next_changes()"),
		qq(ok\n1|[{"status": "held", "seat_id": 9}]), 'and is told what comes');
	my ($code, undef, $error) = $cluster->psql($database, 'UPDATE boxoffice.ledger_entry SET amount = amount');
	like($error, qr/ledger entries are final/, 'the ledger is still final');
	verify_is_empty($cluster, $database);
	return;
}

# Runs a program with arguments against a database.
sub tool {
	my ($cluster, $program, $database, @arguments) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return $cluster->command_ok([ $program, '--dbname', $cluster->connstr($database), @arguments ], "$program @arguments[0 .. 0]");
}

tool($node, 'pg_dump', 'postgres', '--format=plain', "--file=$folder/plain.sql");
tool($node, 'pg_dump', 'postgres', '--format=custom', "--file=$folder/custom.dump");
tool($node, 'pg_dump', 'postgres', '--data-only', "--file=$folder/data.sql");

like(rights($node, 'postgres'), qr/^shop\|boxoffice\.hold_seats\(.*\|t$/m, 'there are rights to lose');

subtest 'a plain dump into a new database' => sub {
	$node->safe_psql('postgres', 'CREATE DATABASE plain');
	tool($node, 'psql', 'plain', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', "--file=$folder/plain.sql");
	check_data($node, 'plain');
	is(rights($node, 'plain'), rights($node, 'postgres'), 'all rights are the same');
	is($node->safe_psql('plain', 'SELECT count(*), count(DISTINCT outcome) FROM boxoffice.outcome'),
		$node->safe_psql('postgres', 'SELECT count(*), count(*) FROM boxoffice.outcome'),
		'the catalogue of outcomes is there once');
	check_selling($node, 'plain');
};

subtest 'a custom dump into a server that does not preload the library' => sub {
	$other->safe_psql('postgres', 'CREATE DATABASE custom');
	tool($other, 'pg_restore', 'custom', '--exit-on-error', '--single-transaction', "$folder/custom.dump");
	check_data($other, 'custom');
	is(rights($other, 'custom'), rights($node, 'postgres'), 'all rights are the same');
	check_selling($other, 'custom');
};

subtest 'a custom dump restored section by section' => sub {
	$node->safe_psql('postgres', 'CREATE DATABASE sections');
	tool($node, 'pg_restore', 'sections', "--section=$_", '--exit-on-error', "$folder/custom.dump") for qw(pre-data data post-data);
	check_data($node, 'sections');
};

subtest 'only the data, into a database that has an empty extension' => sub {
	$node->safe_psql('postgres', 'CREATE DATABASE data');
	$node->safe_psql('data', 'CREATE EXTENSION boxoffice');
	tool($node, 'psql', 'data', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', "--file=$folder/data.sql");
	check_data($node, 'data');
	check_selling($node, 'data');
};

subtest 'a copy is dumped and restored once more' => sub {
	$node->safe_psql('postgres', 'CREATE DATABASE again');
	tool($node, 'pg_dump', 'sections', "--file=$folder/again.sql");
	tool($node, 'psql', 'again', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', "--file=$folder/again.sql");
	check_data($node, 'again');
};

subtest 'a dump taken in mid-sale' => sub {
	my $slot_id = make_slot($node, 20000, 10);
	$node->safe_psql('postgres', "SELECT boxoffice.credit_balance('crowd', 1000000)");
	my $sale = $node->background_psql('postgres', on_error_stop => 0);
	$sale->query_until(qr/started/, qq(
\\echo started
DO \$\$
DECLARE held bigint;
BEGIN
	FOR n IN 1 .. 20000 LOOP
		SELECT reservation_id INTO held FROM boxoffice.hold_seats($slot_id, 'crowd', ARRAY[n]);
		PERFORM boxoffice.pay_reservation(held, 'crowd');
		COMMIT;
	END LOOP;
END \$\$;
));
	$node->poll_query_until('postgres', "SELECT count(*) > 100 FROM boxoffice.payment") or die 'nothing is sold';
	tool($node, 'pg_dump', 'postgres', "--file=$folder/busy.sql");
	$node->safe_psql('postgres', "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
		  . " WHERE query LIKE '%held bigint%' AND pid <> pg_backend_pid()");
	$sale->quit;
	$node->safe_psql('postgres', 'CREATE DATABASE busy');
	tool($node, 'psql', 'busy', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', "--file=$folder/busy.sql");
	my $paid = $node->safe_psql('busy', 'SELECT count(*) FROM boxoffice.payment');
	cmp_ok($paid, '>', 100, 'some of it was dumped');
	cmp_ok($paid, '<', 20000, 'but not all of it');
	verify_is_empty($node, 'busy');
	is( $node->safe_psql('busy', "SELECT outcome FROM boxoffice.hold_seats($slot_id, 'dora', ARRAY[20000])"),
		'ok', 'the copy sells on from there');
};

done_testing();
