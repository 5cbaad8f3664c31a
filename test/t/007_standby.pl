# A hot standby answers every reading function, refuses every writing one with 25006, and sells on once it is promoted.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = start_server('primary', init => { allows_streaming => 1 });
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;

my $slot_id = make_holds($primary, 2, 10, 100);
$primary->safe_psql('postgres', "SELECT boxoffice.pay_reservation(1, 'user2', 'order')");
$primary->wait_for_catchup($standby);

my @reading = (
	"SELECT count(*) FROM boxoffice.list_events('concert')",
	'SELECT outcome, title FROM boxoffice.get_event(1)',
	'SELECT slot_id, seats_free, seats_total FROM boxoffice.list_slots(1)',
	"SELECT count(*) FROM boxoffice.available_seats($slot_id)",
	"SELECT status, count(*) FROM boxoffice.seat_map($slot_id) GROUP BY 1 ORDER BY 1",
	"SELECT reservation_id, status FROM boxoffice.list_reservations('user2')",
	"SELECT outcome, status, items FROM boxoffice.get_reservation(1, 'user2')",
	"SELECT payment_id, amount FROM boxoffice.list_payments('user2')",
	"SELECT entry_id, amount, balance FROM boxoffice.list_balance_entries('user2')",
	"SELECT outcome, balance FROM boxoffice.get_balance('user2')",
	'SELECT * FROM boxoffice.queue_progress()',
	'SELECT * FROM boxoffice.verify()',
);

my @writing = (
	"boxoffice.hold_seats($slot_id, 'anna', ARRAY[1])",
	"boxoffice.release_hold(2, 'user1')",
	"boxoffice.pay_reservation(2, 'user1')",
	"boxoffice.pay_reservation(1, 'user2', 'order')",
	"boxoffice.cancel_reservation(1, 'user2')",
	"boxoffice.credit_balance('user1', 5)",
	"boxoffice.debit_balance('user1', 5)",
	'boxoffice.expire_holds()',
	'boxoffice.tick()',
	'boxoffice.next_changes()',
	"boxoffice.create_venue('Hall')",
	"boxoffice.create_event('Opera')",
	"boxoffice.create_slot(1, '2100-01-01')",
	"boxoffice.update_event(1, title => 'Opera')",
	"boxoffice.update_slot($slot_id, max_per_user => 3)",
	"boxoffice.add_numbered_seats($slot_id, 5, 100)",
	"boxoffice.grant_access('pg_monitor', 'monitor')",
);

subtest 'a standby answers what reading functions answer' => sub {
	for my $query (@reading) {
		is($standby->safe_psql('postgres', $query), $primary->safe_psql('postgres', $query), $query);
	}
};

subtest 'a standby refuses to write, whatever the call' => sub {
	for my $call (@writing) {
		my ($code, $out, $error) = $standby->psql('postgres', "\\set VERBOSITY sqlstate\nSELECT $call");
		is($error, 'psql:<stdin>:2: ERROR:  25006', $call);
	}
};

subtest 'so does a read-only transaction' => sub {
	for my $call (@writing) {
		my ($code, $out, $error) = $primary->psql('postgres', "\\set VERBOSITY sqlstate\nBEGIN READ ONLY;\nSELECT $call");
		is($error, 'psql:<stdin>:3: ERROR:  25006', $call);
	}
};

subtest 'a promoted standby sells on' => sub {
	$primary->wait_for_catchup($standby);
	$primary->stop('immediate');
	$standby->promote;
	is( $standby->safe_psql('postgres', "SELECT outcome, amount, balance FROM boxoffice.pay_reservation(2, 'user1')"),
		'ok|100|900', 'a hold of before is paid');
	is( $standby->safe_psql('postgres', "SELECT outcome FROM boxoffice.pay_reservation(1, 'user2', 'order')"),
		'ok', 'a key of before repeats its answer');
	is($standby->safe_psql('postgres', "SELECT sum(balance) FROM boxoffice.account"), 1800, 'the money is right');
	verify_is_empty($standby);
};

done_testing();
