# pg_upgrade, from a server to one of the same release: what was sold is there, nothing works by itself meanwhile, and the worker
# and the sale go on afterwards.
use strict;
use warnings;

use Boxoffice;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Queues;
use Test::More;

my $old = start_server('old', conf => "boxoffice.database = 'postgres'");
my $sold = $old->safe_psql('postgres', <<'SQL');
SELECT boxoffice.create_event('Upgrade');
SELECT boxoffice.create_slot(1, now() + interval '30 days', hold_for => '1 hour', hold_for_max => '1 hour');
SELECT boxoffice.add_numbered_seats(1, 100, 1000);
SELECT boxoffice.add_pool(1, 'Places', 50, 500);
SELECT boxoffice.credit_balance('ann', 100000);
SELECT outcome FROM boxoffice.hold_seats(1, 'ann', ARRAY[1, 2]);
SELECT outcome FROM boxoffice.pay_reservation(1, 'ann');
SELECT outcome FROM boxoffice.hold_places(1, 'ann', 3);
SELECT boxoffice.create_queue('Room', 5, active_for => '10 minutes');
CREATE ROLE shop LOGIN; SELECT boxoffice.grant_access('shop', 'client');
SQL
wait_for_ticks($old, 1);
my $state = q{SELECT format('%s %s %s', (SELECT string_agg(status || ' ' || amount, ', ' ORDER BY reservation_id) FROM boxoffice.reservation),
    (boxoffice.get_balance('ann')).balance, (SELECT count(*) FROM boxoffice.verify()))};
my $before = $old->safe_psql('postgres', $state);
is($before, 'paid 2000, held 1500 98000 0', 'something is sold, something is held');
$old->stop;

# pg_upgrade starts both servers by -b: then there is to be no worker, which would write into either.
subtest 'nothing works by itself meanwhile' => sub {
	ok(!system_log('pg_ctl', '--pgdata', $old->data_dir, '--log', $old->logfile, '--wait', '--options', '-b', 'start'), 'a server for an upgrade starts');
	is($old->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'boxoffice worker'}), 0, 'no worker runs');
	is($old->safe_psql('postgres', 'SELECT count(*) FROM boxoffice.stat_worker WHERE pid IS NOT NULL'), 0, 'and the view says so');
	ok(!system_log('pg_ctl', '--pgdata', $old->data_dir, '--wait', 'stop'), 'it stops');
};

subtest 'the upgrade' => sub {
	my $new = PostgreSQL::Test::Cluster->new('new');
	$new->init;
	$new->append_conf('postgresql.conf', "shared_preload_libraries = 'boxoffice'\nboxoffice.database = 'postgres'");
	my $folder = PostgreSQL::Test::Utils::tempdir();
	my $programs = $old->config_data('--bindir');
	ok(!system_log('sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', $folder, 'pg_upgrade', '--old-datadir', $old->data_dir, '--new-datadir', $new->data_dir,
			'--old-bindir', $programs, '--new-bindir', $programs, '--socketdir', $new->host, '--old-port', $old->port, '--new-port', $new->port),
		'pg_upgrade');
	$new->start;
	is($new->safe_psql('postgres', $state), $before, 'what was sold and held is there');
	wait_for_ticks($new, 1);
	is($new->safe_psql('postgres', q{SET ROLE shop; SELECT outcome FROM boxoffice.hold_seats(1, 'ann', ARRAY[3])}), 'ok', 'who had access has it, and the sale goes on');
	is($new->safe_psql('postgres', q{SELECT outcome FROM boxoffice.pay_reservation(2, 'ann')}), 'ok', 'a hold from before is paid');
	is($new->safe_psql('postgres', 'SELECT count(*) FROM boxoffice.verify()'), 0, 'verify finds nothing');
	$new->stop;
};

done_testing();
